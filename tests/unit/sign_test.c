/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "keys/sign.h"
#include "tests/support/kit.h"

static struct digest numbered(size_t n)
{
    return plain_hash(bytes_of(&n, sizeof n));
}

/* --- labelled hashes --- */

static void labelled_text_is_padded_counted_and_measured(void **state)
{
    (void)state;
    const struct bytes parts[] = {bytes_of_text("ab"), bytes_of(NULL, 0)};
    static const uint8_t text[] = {'c', 'o', 'm', 'i', 't', 'y', '/', 'v', '1', '/', 'e', 'n',
                                   'v', 0,   0,   0,   2,   0,   0,   0,   0,   0,   0,   0,
                                   2,   'a', 'b', 0,   0,   0,   0,   0,   0,   0,   0};
    const uint8_t key[32] = {9};
    struct digest expected;
    struct digest made = labelled_digest("comity/v1/env", parts, 2);
    crypto_generichash(expected.bytes, 32, text, sizeof text, NULL, 0);
    assert_true(digest_equal(&made, &expected));
    made = labelled_mac(key, "comity/v1/env", parts, 2);
    crypto_generichash(expected.bytes, 32, text, sizeof text, key, 32);
    assert_true(digest_equal(&made, &expected));
}

static void a_label_of_sixteen_characters_fits(void **state)
{
    (void)state;
    struct digest made = labelled_digest("comity/v1/letter", NULL, 0);
    struct digest expected;
    static const uint8_t text[] = "comity/v1/letter"; /* and the zero: no parts */
    crypto_generichash(expected.bytes, 32, text, 17, NULL, 0);
    assert_true(digest_equal(&made, &expected));
}

static void parts_cannot_be_cut_elsewhere(void **state)
{
    (void)state;
    const struct bytes one[] = {bytes_of_text("ab"), bytes_of_text("c")};
    const struct bytes two[] = {bytes_of_text("a"), bytes_of_text("bc")};
    struct digest a = labelled_digest("comity/v1/env", one, 2);
    struct digest b = labelled_digest("comity/v1/env", two, 2);
    assert_false(digest_equal(&a, &b));
}

/* --- the tree --- */

/* RFC 9162 2.1.1 word for word. */
static void root_by_definition(const struct digest *digests, size_t count, uint8_t ret[32])
{
    uint8_t text[65];
    if (count == 1) {
        text[0] = 0;
        memcpy(text + 1, digests[0].bytes, 32);
        crypto_hash_sha256(ret, text, 33);
        return;
    }
    size_t k = 1;
    while (2 * k < count) {
        k *= 2;
    }
    text[0] = 1;
    root_by_definition(digests, k, text + 1);
    root_by_definition(digests + k, count - k, text + 33);
    crypto_hash_sha256(ret, text, 65);
}

static void root_is_that_of_the_definition(void **state)
{
    (void)state;
    static struct digest digests[300];
    for (size_t i = 0; i < 300; i++) {
        digests[i] = numbered(i);
    }
    for (size_t count = 1; count <= 300; count++) {
        uint8_t made[32], expected[32];
        merkle_root(digests, count, made);
        root_by_definition(digests, count, expected);
        assert_memory_equal(made, expected, 32);
    }
}

/* --- proofs --- */

static void every_object_of_a_turn_is_provable_alone(void **state)
{
    struct kit *kit = *state;
    static const size_t sizes[] = {1, 2, 3, 4, 5, 7, 8, 9, 31, 33, 64};
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        struct digest digests[64];
        struct bytes proofs[64];
        for (size_t i = 0; i < sizes[s]; i++) {
            digests[i] = numbered(i);
        }
        assert_true(sign_turn(&kit->node, digests, sizes[s], kit->arena, proofs));
        for (size_t i = 0; i < sizes[s]; i++) {
            assert_true(proofs[i].size <= PROOF_BYTES_MAX);
            assert_int_equal(proof_verify(NULL, proofs[i], &digests[i], &kit->node.key), PROOF_OK);
            assert_int_equal(proof_verify(NULL, proofs[i], &digests[i], &kit->other_node.key), PROOF_BAD);
            struct digest other = numbered(i + 1);
            assert_int_equal(proof_verify(NULL, proofs[i], &other, &kit->node.key), PROOF_BAD);
        }
    }
}

static void the_largest_turn(void **state)
{
    struct kit *kit = *state;
    static struct digest digests[SIGN_TURN_MAX];
    static struct bytes proofs[SIGN_TURN_MAX];
    for (size_t i = 0; i < SIGN_TURN_MAX; i++) {
        digests[i] = numbered(i);
    }
    assert_true(sign_turn(&kit->node, digests, SIGN_TURN_MAX, kit->arena, proofs));
    for (size_t i = 0; i < SIGN_TURN_MAX; i += 255) {
        assert_true(proofs[i].size <= PROOF_BYTES_MAX);
        assert_int_equal(proof_verify(NULL, proofs[i], &digests[i], &kit->node.key), PROOF_OK);
    }
}

static void alone_it_is_just_a_signature(void **state)
{
    struct kit *kit = *state;
    struct digest digest = numbered(1);
    struct bytes encoded;
    Comity__Proof *proof = NULL;
    assert_true(sign_turn(&kit->node, &digest, 1, kit->arena, &encoded));
    assert_int_equal(encoded.size, 2 + 64 + 2); /* signature and size, neither index nor path */
    assert_int_equal(proof_unpack(encoded, kit->arena, &proof, NULL), WIRE_OK);

    uint8_t text[16 + 1 + 8 + 8 + 8 + 32] = "comity/v1/turn";
    text[16] = 2;
    text[24] = 8;
    text[32] = 1; /* size */
    text[40] = 32;
    uint8_t leaf[33] = {0};
    memcpy(leaf + 1, digest.bytes, 32);
    crypto_hash_sha256(text + 41, leaf, sizeof leaf);
    assert_int_equal(
        crypto_sign_verify_detached(proof->signature.data, text, sizeof text, kit->node.key.bytes), 0);
}

static void an_exhausted_arena_is_said(void **state)
{
    struct kit *kit = *state;
    struct digest digests[8];
    struct bytes proofs[8];
    memset(digests, 1, sizeof digests);
    for (size_t room = 0; room < 1024; room += 64) {
        struct arena *small = arena_new(room);
        assert_false(sign_turn(&kit->node, digests, 8, small, proofs));
        arena_free(small);
    }
}

/* A turn of seven, of which the third object's proof is bent. */
struct bent {
    struct digest digests[7];
    struct bytes proofs[7];
    Comity__Proof *proof;
    uint8_t path[13 * 32];
};

static void bend(struct kit *kit, struct bent *bent)
{
    for (size_t i = 0; i < 7; i++) {
        bent->digests[i] = numbered(i);
    }
    assert_true(sign_turn(&kit->node, bent->digests, 7, kit->arena, bent->proofs));
    assert_int_equal(proof_unpack(bent->proofs[2], kit->arena, &bent->proof, NULL), WIRE_OK);
    assert_int_equal(bent->proof->index, 2);
    assert_int_equal(bent->proof->path.len, 3 * 32);
    memset(bent->path, 0, sizeof bent->path);
    memcpy(bent->path, bent->proof->path.data, bent->proof->path.len);
    bent->proof->path.data = bent->path;
}

static enum proof_outcome outcome_of(struct kit *kit, const struct bent *bent)
{
    return proof_verify(NULL, kit_pack(kit->arena, &bent->proof->base), &bent->digests[2], &kit->node.key);
}

static void index_and_size_have_their_ranges(void **state)
{
    struct kit *kit = *state;
    static const struct {
        uint32_t size, index;
        enum proof_outcome outcome;
    } cases[] = {
        {7, 2, PROOF_OK},
        {7, 3, PROOF_BAD},
        {7, 0, PROOF_BAD},
        {8, 2, PROOF_BAD},
        {6, 2, PROOF_BAD},
        {7, 7, PROOF_FIELD},
        {7, 8, PROOF_FIELD},
        {0, 0, PROOF_FIELD},
        {0, 2, PROOF_FIELD},
        {2, 2, PROOF_FIELD},
        {4096, 2, PROOF_BAD},
        {4097, 2, PROOF_FIELD},
        {UINT32_MAX, 2, PROOF_FIELD},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct bent bent;
        bend(kit, &bent);
        bent.proof->size = cases[i].size;
        bent.proof->index = cases[i].index;
        assert_int_equal(outcome_of(kit, &bent), cases[i].outcome);
    }
}

static void the_path_is_used_up_exactly(void **state)
{
    struct kit *kit = *state;
    struct bent bent;
    bend(kit, &bent);
    for (size_t steps = 0; steps <= 13; steps++) {
        bent.proof->path.len = steps * 32;
        enum proof_outcome expected = steps == 3 ? PROOF_OK : steps <= 12 ? PROOF_BAD : PROOF_FIELD;
        assert_int_equal(outcome_of(kit, &bent), expected);
    }
    bent.proof->path.len = 3 * 32 - 1;
    assert_int_equal(outcome_of(kit, &bent), PROOF_FIELD);
}

static void the_path_of_another_leaf_does_not_serve(void **state)
{
    struct kit *kit = *state;
    struct bent bent;
    bend(kit, &bent);
    for (size_t i = 0; i < 7; i++) {
        assert_int_equal(proof_verify(NULL, bent.proofs[i], &bent.digests[2], &kit->node.key),
                         i == 2 ? PROOF_OK : PROOF_BAD);
    }
}

/* A node of the tree is no leaf (00 and 01 in front), and a turn of two is not one of another size. */
static void an_inner_node_is_no_object(void **state)
{
    struct kit *kit = *state;
    struct digest digests[2] = {numbered(0), numbered(1)};
    struct bytes proofs[2];
    struct digest root;
    assert_true(sign_turn(&kit->node, digests, 2, kit->arena, proofs));
    merkle_root(digests, 2, root.bytes);
    Comity__Proof *proof = NULL;
    assert_int_equal(proof_unpack(proofs[0], kit->arena, &proof, NULL), WIRE_OK);
    proof->size = 1;
    proof->path.len = 0;
    assert_int_equal(proof_verify(NULL, kit_pack(kit->arena, &proof->base), &root, &kit->node.key),
                     PROOF_BAD);
}

/* What was verified spares a multiplication, and nothing else: key, signature, size and root must each be those of the turn. */
static void a_turn_is_remembered_by_all_that_it_is(void **state)
{
    struct kit *kit = *state;
    static struct verified_turns verified;
    const struct public_key *key = &kit->node.key;
    struct bent bent;
    memset(&verified, 0, sizeof verified);
    bend(kit, &bent);
    assert_int_equal(proof_verify(&verified, bent.proofs[2], &bent.digests[2], &kit->other_node.key),
                     PROOF_BAD);
    assert_true(bytes_all_zero(bytes_of(&verified, sizeof verified))); /* what fails is not remembered */
    for (size_t i = 0; i < 7; i++) {
        assert_int_equal(proof_verify(&verified, bent.proofs[i], &bent.digests[i], key), PROOF_OK);
        assert_int_equal(proof_verify(&verified, bent.proofs[i], &bent.digests[(i + 1) % 7], key), PROOF_BAD);
    }
    assert_int_equal(proof_verify(&verified, bent.proofs[2], &bent.digests[2], &kit->other_node.key),
                     PROOF_BAD);
    bent.proof->size = 8; /* the same root by the same path */
    assert_int_equal(proof_verify(&verified, kit_pack(kit->arena, &bent.proof->base), &bent.digests[2], key),
                     PROOF_BAD);
    bent.proof->size = 7;
    for (size_t i = 1; i < SIGN_BYTES; i++) {
        bent.proof->signature.data[i] ^= 1;
        assert_int_equal(
            proof_verify(&verified, kit_pack(kit->arena, &bent.proof->base), &bent.digests[2], key),
            PROOF_BAD);
        bent.proof->signature.data[i] ^= 1;
    }
    assert_int_equal(proof_verify(&verified, bent.proofs[2], &bent.digests[2], key), PROOF_OK);
}

/* Two parties that keep theirs in one place: what holds for one holds for the other, and what fails is kept for neither. */
static void one_place_may_serve_several(void **state)
{
    struct kit *kit = *state;
    static struct verified_turns place;
    struct verified_turns *mine = calloc(1, sizeof *mine);
    struct verified_turns *theirs = calloc(1, sizeof *theirs);
    struct bent bent;
    assert_true(mine != NULL && theirs != NULL);
    memset(&place, 0, sizeof place);
    mine->place = theirs->place = &place;
    bend(kit, &bent);
    assert_int_equal(proof_verify(mine, bent.proofs[2], &bent.digests[2], &kit->other_node.key), PROOF_BAD);
    assert_true(bytes_all_zero(bytes_of(&place, sizeof place)));
    assert_int_equal(proof_verify(mine, bent.proofs[2], &bent.digests[2], &kit->node.key), PROOF_OK);
    assert_true(bytes_all_zero(bytes_of(mine->turns, sizeof mine->turns)));
    const struct verified_turns kept = place;
    assert_false(bytes_all_zero(bytes_of(&kept, sizeof kept)));
    assert_int_equal(proof_verify(theirs, bent.proofs[2], &bent.digests[2], &kit->node.key), PROOF_OK);
    assert_int_equal(proof_verify(theirs, bent.proofs[2], &bent.digests[2], &kit->other_node.key), PROOF_BAD);
    assert_memory_equal(&kept, &place, sizeof place);
    free(theirs);
    free(mine);
}

/* More turns than are kept: each is verified again where another took its place. */
static void more_turns_than_are_remembered_hold_all_the_same(void **state)
{
    struct kit *kit = *state;
    static struct verified_turns verified;
    static struct bytes proofs[VERIFIED_TURNS + 1];
    memset(&verified, 0, sizeof verified);
    for (size_t round = 0; round < 2; round++) {
        for (size_t i = 0; i < VERIFIED_TURNS + 1; i++) {
            struct digest digest = numbered(i), other = numbered(i + 1);
            if (round == 0) {
                assert_true(sign_turn(&kit->node, &digest, 1, kit->arena, &proofs[i]));
            }
            assert_int_equal(proof_verify(&verified, proofs[i], &digest, &kit->node.key), PROOF_OK);
            assert_int_equal(proof_verify(&verified, proofs[i], &other, &kit->node.key), PROOF_BAD);
        }
    }
}

/* A proof over one step of path after the other, with the object on the side that the bits of sides say: what a signer signs. */
static struct bytes misshapen(struct kit *kit, const struct digest *digest, uint32_t size, size_t steps,
                              unsigned sides)
{
    static uint8_t path[2 * 32] = {5};
    uint8_t text[73] = "comity/v1/turn";
    uint8_t signature[64];
    text[16] = 2;
    text[24] = 8;
    text[32] = (uint8_t)size;
    text[40] = 32;
    merkle_root(digest, 1, text + 41);
    for (size_t i = 0; i < steps; i++) {
        bool right = (sides >> i & 1) != 0;
        uint8_t node[65] = {1};
        memcpy(node + (right ? 33 : 1), text + 41, 32);
        memcpy(node + (right ? 1 : 33), path + 32 * i, 32);
        crypto_hash_sha256(text + 41, node, sizeof node);
    }
    crypto_sign_detached(signature, NULL, text, sizeof text, secret_bytes(kit->node.secret).data);
    Comity__Proof proof = COMITY__PROOF__INIT;
    proof.signature = wire_binary(bytes_of(signature, 64));
    proof.size = size;
    proof.path = wire_binary(bytes_of(path, 32 * steps));
    return kit_pack(kit->arena, &proof.base);
}

/* The signer itself cannot make a proof that only a lax reader takes: paths that do not fit the size it signed. */
static void a_signer_cannot_sign_a_misshapen_tree(void **state)
{
    struct kit *kit = *state;
    struct digest digest = numbered(1);
    for (uint32_t size = 1; size <= 4; size++) {
        for (size_t steps = 0; steps <= 2; steps++) {
            for (unsigned sides = 0; sides < 1u << steps; sides++) {
                bool fits = sides == 0 && steps == (size == 1 ? 0u : size == 2 ? 1u : 2u);
                struct bytes proof = misshapen(kit, &digest, size, steps, sides);
                assert_int_equal(proof_verify(NULL, proof, &digest, &kit->node.key),
                                 fits ? PROOF_OK : PROOF_BAD);
            }
        }
    }
}

static void a_proof_has_one_encoding(void **state)
{
    struct kit *kit = *state;
    struct digest digest = numbered(1);
    struct bytes proof;
    uint8_t longer[128];
    assert_true(sign_turn(&kit->node, &digest, 1, kit->arena, &proof));
    memcpy(longer, proof.data, proof.size);
    memcpy(longer + proof.size, "\x18\x00", 2); /* index = 0, said */
    assert_int_equal(proof_verify(NULL, bytes_of(longer, proof.size + 2), &digest, &kit->node.key),
                     PROOF_ENCODING);
    memcpy(longer + proof.size, "\x2a\x01x", 3); /* field 5 */
    assert_int_equal(proof_verify(NULL, bytes_of(longer, proof.size + 3), &digest, &kit->node.key),
                     PROOF_ENCODING);
    assert_int_equal(proof_verify(NULL, bytes_of(proof.data, proof.size - 1), &digest, &kit->node.key),
                     PROOF_ENCODING);
    assert_int_equal(proof_verify(NULL, bytes_of(proof.data, 66), &digest, &kit->node.key), PROOF_FIELD);
    assert_int_equal(proof_verify(NULL, bytes_of(NULL, 0), &digest, &kit->node.key), PROOF_FIELD);
}

/* --- what Ed25519 must refuse --- */

static void a_signature_with_the_group_order_added_is_refused(void **state)
{
    struct kit *kit = *state;
    struct digest digest = numbered(1);
    struct bytes encoded;
    Comity__Proof *proof = NULL;
    uint8_t order[32];
    unsigned carry = 0;
    assert_true(hex_read(order, 32,
                         bytes_of_text("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010")));
    assert_true(sign_turn(&kit->node, &digest, 1, kit->arena, &encoded));
    assert_int_equal(proof_unpack(encoded, kit->arena, &proof, NULL), WIRE_OK);
    for (size_t i = 0; i < 32; i++) {
        carry += (unsigned)proof->signature.data[32 + i] + order[i];
        proof->signature.data[32 + i] = (uint8_t)carry;
        carry >>= 8;
    }
    assert_int_equal(carry, 0);
    assert_int_equal(proof_verify(NULL, kit_pack(kit->arena, &proof->base), &digest, &kit->node.key),
                     PROOF_BAD);
}

/* With A of small order and S = 0, R = -hA, a lax verifier accepts a signature of nobody for every h that hits. */
static void keys_of_small_order_are_refused(void **state)
{
    struct kit *kit = *state;
    static const char *const points[] = {
        "0100000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    };
    for (size_t a = 0; a < 8; a++) {
        for (size_t r = 0; r < 8; r++) {
            uint8_t signature[64] = {0};
            struct public_key key;
            struct digest digest = numbered(a);
            Comity__Proof proof = COMITY__PROOF__INIT;
            assert_true(hex_read(key.bytes, 32, bytes_of_text(points[a])));
            assert_true(hex_read(signature, 32, bytes_of_text(points[r])));
            assert_int_equal(crypto_core_ed25519_is_valid_point(key.bytes), 0);
            proof.signature = wire_binary(bytes_of(signature, 64));
            proof.size = 1;
            assert_int_equal(proof_verify(NULL, kit_pack(kit->arena, &proof.base), &digest, &key), PROOF_BAD);
        }
    }
}

/* CVE-2025-69277: the base point plus the point of order two, (-x, -y), has order 2L and was taken for a valid key. */
static void the_library_knows_points_outside_the_main_subgroup(void **state)
{
    (void)state;
    uint8_t point[32];
    assert_true(hex_read(point, 32,
                         bytes_of_text("9599999999999999999999999999999999999999999999999999999999999999")));
    assert_int_equal(crypto_core_ed25519_is_valid_point(point), 0);
    assert_true(hex_read(point, 32,
                         bytes_of_text("5866666666666666666666666666666666666666666666666666666666666666")));
    assert_int_equal(crypto_core_ed25519_is_valid_point(point), 1); /* the base point itself */
}

/* --- T23: a signature made for one kind of object serves no other --- */

static void no_label_stands_for_another(void **state)
{
    struct kit *kit = *state;
    static const char *const labels[] = {"turn",   "env",  "letter", "rcpt", "prekey", "slot",
                                         "commit", "body", "leaf",   "head", "pop"};
    struct digest digests[11];
    struct bytes proofs[11];
    const struct bytes part = bytes_of_text("the same part");
    for (size_t i = 0; i < 11; i++) {
        char label[17];
        (void)snprintf(label, sizeof label, "comity/v1/%s", labels[i]);
        digests[i] = labelled_digest(label, &part, 1);
        assert_true(sign_turn(&kit->node, &digests[i], 1, kit->arena, &proofs[i]));
    }
    for (size_t i = 0; i < 11; i++) {
        for (size_t j = 0; j < 11; j++) {
            assert_int_equal(proof_verify(NULL, proofs[i], &digests[j], &kit->node.key),
                             i == j ? PROOF_OK : PROOF_BAD);
        }
    }
}

/* Nor does a signature over the bare digest, over the tree's root, or over the text without its label. */
static void a_signature_without_the_turn_label_is_none(void **state)
{
    struct kit *kit = *state;
    struct digest digest = numbered(1);
    uint8_t root[32];
    merkle_root(&digest, 1, root);
    const struct bytes texts[] = {digest_bytes(&digest), bytes_of(root, 32), bytes_of(NULL, 0)};
    for (size_t i = 0; i < 3; i++) {
        uint8_t signature[64];
        Comity__Proof proof = COMITY__PROOF__INIT;
        crypto_sign_detached(signature, NULL, texts[i].data, texts[i].size,
                             secret_bytes(kit->node.secret).data);
        proof.signature = wire_binary(bytes_of(signature, 64));
        proof.size = 1;
        assert_int_equal(proof_verify(NULL, kit_pack(kit->arena, &proof.base), &digest, &kit->node.key),
                         PROOF_BAD);
    }
}

static void a_full_slab_gives_no_signer(void **state)
{
    (void)state;
    struct error error = {.text = ""};
    struct slab *slab = slab_new(1, &error);
    struct signer a, b;
    uint8_t seed[32] = {1};
    assert_true(signer_init(&a, slab, seed));
    assert_false(signer_init(&b, slab, seed));
    signer_done(&a);
    assert_true(signer_init(&b, slab, seed));
    signer_done(&b);
    slab_free(slab);
}

struct signed_by_hand {
    uint8_t text[128];
    size_t size;
};

static void sign_zeros(void *context, const struct signer *signer, struct bytes text, uint8_t ret[SIGN_BYTES])
{
    struct signed_by_hand *seen = context;
    (void)signer;
    assert_true(text.size <= sizeof seen->text);
    memcpy(seen->text, text.data, text.size);
    seen->size = text.size;
    memset(ret, 0, SIGN_BYTES);
}

/* What a hand is given is what the secret would sign, and what it gives stands in the proof. */
static void a_hand_signs_in_place_of_the_secret(void **state)
{
    struct kit *kit = *state;
    struct signed_by_hand seen = {.size = 0};
    struct signer by_hand = kit->node;
    by_hand.secret = NULL; /* is not needed */
    by_hand.hand = (struct sign_hand){.sign = sign_zeros, .context = &seen};
    const struct digest digest = plain_hash(bytes_of_text("x"));
    struct bytes proofs[2];
    uint8_t signature[SIGN_BYTES];
    Comity__Proof *proof = NULL;
    assert_true(sign_turn(&kit->node, &digest, 1, kit->arena, &proofs[0]));
    assert_true(sign_turn(&by_hand, &digest, 1, kit->arena, &proofs[1]));
    signer_sign(&kit->node, bytes_of(seen.text, seen.size), signature);
    assert_int_equal(proof_unpack(proofs[0], kit->arena, &proof, NULL), WIRE_OK);
    assert_memory_equal(proof->signature.data, signature, sizeof signature);
    assert_int_equal(proof_unpack(proofs[1], kit->arena, &proof, NULL), WIRE_OK);
    assert_true(bytes_all_zero(wire_bytes(proof->signature)));
}

/* What a signer makes itself is remembered as one that was verified; what a hand gave in its place is not. */
static void what_a_signer_made_is_remembered(void **state)
{
    struct kit *kit = *state;
    static struct verified_turns made, verified;
    struct signed_by_hand seen = {.size = 0};
    struct signer signer = kit->node;
    const struct digest digest = numbered(1);
    struct bytes proof;
    memset(&made, 0, sizeof made);
    memset(&verified, 0, sizeof verified);
    signer.verified = &made;
    assert_true(sign_turn(&signer, &digest, 1, kit->arena, &proof));
    assert_int_equal(proof_verify(&verified, proof, &digest, &signer.key), PROOF_OK);
    assert_false(bytes_all_zero(bytes_of(&made, sizeof made)));
    assert_memory_equal(&made, &verified, sizeof made);
    signer.hand = (struct sign_hand){.sign = sign_zeros, .context = &seen};
    assert_true(sign_turn(&signer, &digest, 1, kit->arena, &proof));
    assert_memory_equal(&made, &verified, sizeof made);
    assert_int_equal(proof_verify(&made, proof, &digest, &signer.key), PROOF_BAD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(labelled_text_is_padded_counted_and_measured),
        cmocka_unit_test(a_label_of_sixteen_characters_fits),
        cmocka_unit_test(parts_cannot_be_cut_elsewhere),
        cmocka_unit_test(root_is_that_of_the_definition),
        cmocka_unit_test(every_object_of_a_turn_is_provable_alone),
        cmocka_unit_test(the_largest_turn),
        cmocka_unit_test(alone_it_is_just_a_signature),
        cmocka_unit_test(an_exhausted_arena_is_said),
        cmocka_unit_test(index_and_size_have_their_ranges),
        cmocka_unit_test(the_path_is_used_up_exactly),
        cmocka_unit_test(the_path_of_another_leaf_does_not_serve),
        cmocka_unit_test(an_inner_node_is_no_object),
        cmocka_unit_test(a_turn_is_remembered_by_all_that_it_is),
        cmocka_unit_test(one_place_may_serve_several),
        cmocka_unit_test(more_turns_than_are_remembered_hold_all_the_same),
        cmocka_unit_test(a_signer_cannot_sign_a_misshapen_tree),
        cmocka_unit_test(a_proof_has_one_encoding),
        cmocka_unit_test(a_signature_with_the_group_order_added_is_refused),
        cmocka_unit_test(keys_of_small_order_are_refused),
        cmocka_unit_test(the_library_knows_points_outside_the_main_subgroup),
        cmocka_unit_test(no_label_stands_for_another),
        cmocka_unit_test(a_signature_without_the_turn_label_is_none),
        cmocka_unit_test(a_full_slab_gives_no_signer),
        cmocka_unit_test(a_hand_signs_in_place_of_the_secret),
        cmocka_unit_test(what_a_signer_made_is_remembered),
    };
    return cmocka_run_group_tests_name("sign", tests, kit_setup, kit_teardown);
}
