/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/sign.h"

#include <sodium.h>
#include <string.h>

#include "base/ensure.h"
#include "proto/wire.h"

#define LABEL_BYTES     16
#define HASH_BYTES      32
#define PATH_MAX_STEPS  12 /* log2 of SIGN_TURN_MAX */
#define TURN_TEXT_BYTES (LABEL_BYTES + 1 + 8 + 8 + 8 + HASH_BYTES)

/* Room for one unpacked Proof. */
#define PROOF_ARENA_BYTES ((size_t)4096)

_Static_assert(SIGN_TURN_MAX == 1 << PATH_MAX_STEPS, "a path has at most PATH_MAX_STEPS steps");

static void u64be(uint8_t ret[8], uint64_t value)
{
    for (int i = 0; i < 8; i++) {
        ret[i] = (uint8_t)(value >> (56 - 8 * i));
    }
}

/* M's first 17 bytes: the label padded with zeros, and the number of parts. */
static void labelled_head(uint8_t ret[LABEL_BYTES + 1], const char *label, size_t count)
{
    size_t length = strlen(label);
    ensure(length <= LABEL_BYTES && count <= UINT8_MAX);
    memset(ret, 0, LABEL_BYTES);
    memcpy(ret, label, length);
    ret[LABEL_BYTES] = (uint8_t)count;
}

/* BLAKE2b-256 over M(label, parts), with a key when key_size is not 0. */
static struct digest labelled_hash(const uint8_t *key, size_t key_size, const char *label,
                                   const struct bytes *parts, size_t count)
{
    struct digest ret;
    crypto_generichash_state state;
    uint8_t head[LABEL_BYTES + 1];
    labelled_head(head, label, count);
    crypto_generichash_init(&state, key, key_size, sizeof ret.bytes);
    crypto_generichash_update(&state, head, sizeof head);
    for (size_t i = 0; i < count; i++) {
        uint8_t length[8];
        u64be(length, parts[i].size);
        crypto_generichash_update(&state, length, sizeof length);
        crypto_generichash_update(&state, parts[i].data, parts[i].size);
    }
    crypto_generichash_final(&state, ret.bytes, sizeof ret.bytes);
    sodium_memzero(&state, sizeof state);
    return ret;
}

struct digest labelled_digest(const char *label, const struct bytes *parts, size_t count)
{
    return labelled_hash(NULL, 0, label, parts, count);
}

struct digest labelled_mac(const uint8_t key[32], const char *label, const struct bytes *parts, size_t count)
{
    return labelled_hash(key, 32, label, parts, count);
}

struct digest plain_hash(struct bytes from)
{
    struct digest ret;
    crypto_generichash(ret.bytes, sizeof ret.bytes, from.data, from.size, NULL, 0);
    return ret;
}

/* --- the tree --- */

struct node {
    uint8_t bytes[HASH_BYTES];
};

static struct node leaf_hash(const struct digest *digest)
{
    uint8_t text[1 + sizeof digest->bytes] = {0x00};
    struct node ret;
    memcpy(text + 1, digest->bytes, sizeof digest->bytes);
    crypto_hash_sha256(ret.bytes, text, sizeof text);
    return ret;
}

static struct node node_hash(const struct node *left, const struct node *right)
{
    uint8_t text[1 + 2 * HASH_BYTES] = {0x01};
    struct node ret;
    memcpy(text + 1, left->bytes, HASH_BYTES);
    memcpy(text + 1 + HASH_BYTES, right->bytes, HASH_BYTES);
    crypto_hash_sha256(ret.bytes, text, sizeof text);
    return ret;
}

/*
 * Leaf by leaf with one pending subtree for each bit of the number of leaves taken: two of equal size become one at once;
 * those left at the end are joined from the right, which is the split of RFC 9162 2.1.1.
 */
void merkle_root(const struct digest *digests, size_t count, uint8_t ret_root[32])
{
    ensure(count >= 1);
    struct node pending[64];
    size_t depth = 0;
    for (size_t i = 0; i < count; i++) {
        struct node node = leaf_hash(&digests[i]);
        for (size_t taken = i; (taken & 1) != 0; taken >>= 1) {
            node = node_hash(&pending[--depth], &node);
        }
        pending[depth++] = node;
    }
    while (depth > 1) {
        depth--;
        pending[depth - 1] = node_hash(&pending[depth - 1], &pending[depth]);
    }
    memcpy(ret_root, pending[0].bytes, HASH_BYTES);
}

/* All levels of a tree, leaves first: a node without a sibling goes up as it is. */
struct tree {
    size_t levels;
    size_t width[PATH_MAX_STEPS + 1];
    struct node *level[PATH_MAX_STEPS + 1];
};

static bool tree_make(struct tree *tree, const struct digest *digests, size_t count, struct arena *arena)
{
    tree->levels = 0;
    for (size_t width = count;; width = (width + 1) / 2) {
        struct node *level = arena_take(arena, width * sizeof *level);
        if (level == NULL) {
            return false;
        }
        const struct node *below = tree->levels == 0 ? NULL : tree->level[tree->levels - 1];
        for (size_t i = 0; i < width; i++) {
            if (below == NULL) {
                level[i] = leaf_hash(&digests[i]);
            } else if (2 * i + 1 < tree->width[tree->levels - 1]) {
                level[i] = node_hash(&below[2 * i], &below[2 * i + 1]);
            } else {
                level[i] = below[2 * i];
            }
        }
        tree->width[tree->levels] = width;
        tree->level[tree->levels] = level;
        tree->levels++;
        if (width == 1) {
            return true;
        }
    }
}

/* Siblings from the leaf up; returns their number. */
static size_t tree_path(const struct tree *tree, size_t index, struct node ret[PATH_MAX_STEPS])
{
    size_t steps = 0;
    for (size_t i = 0; i + 1 < tree->levels; i++, index /= 2) {
        size_t sibling = index ^ 1;
        if (sibling < tree->width[i]) {
            ret[steps++] = tree->level[i][sibling];
        }
    }
    return steps;
}

/* RFC 9162 2.1.3.2: the root that a leaf and its path lead to; false when the path is too short or too long. */
static bool path_root(const struct digest *digest, size_t index, size_t size, struct bytes path,
                      struct node *ret)
{
    size_t fn = index;
    size_t sn = size - 1;
    struct node root = leaf_hash(digest);
    for (size_t at = 0; at < path.size; at += HASH_BYTES) {
        struct node step;
        if (sn == 0) {
            return false;
        }
        memcpy(step.bytes, path.data + at, HASH_BYTES);
        if ((fn & 1) != 0 || fn == sn) {
            root = node_hash(&step, &root);
            while ((fn & 1) == 0 && fn != 0) {
                fn >>= 1;
                sn >>= 1;
            }
        } else {
            root = node_hash(&root, &step);
        }
        fn >>= 1;
        sn >>= 1;
    }
    *ret = root;
    return sn == 0;
}

/* --- the signature --- */

/* M("comity/v1/turn", u64be(size), root): the one text that Ed25519 signs. */
static void turn_text(uint8_t ret[TURN_TEXT_BYTES], size_t size, const uint8_t root[HASH_BYTES])
{
    uint8_t *at = ret;
    labelled_head(at, "comity/v1/turn", 2);
    at += LABEL_BYTES + 1;
    u64be(at, 8);
    u64be(at + 8, size);
    u64be(at + 16, HASH_BYTES);
    memcpy(at + 24, root, HASH_BYTES);
}

/* --- turns that were verified --- */

static struct verified_turn turn_of(const struct public_key *key, const uint8_t signature[SIGN_BYTES],
                                    const uint8_t root[HASH_BYTES], uint64_t size)
{
    struct verified_turn turn = {.size = size};
    memcpy(turn.key, key->bytes, sizeof turn.key);
    memcpy(turn.signature, signature, sizeof turn.signature);
    memcpy(turn.root, root, sizeof turn.root);
    return turn;
}

/* Where such a turn is kept; NULL: nowhere. */
static struct verified_turn *place_of(struct verified_turns *verified, const struct verified_turn *turn)
{
    struct verified_turns *place = verified == NULL || verified->place == NULL ? verified : verified->place;
    size_t bits = (size_t)turn->signature[0] | (size_t)turn->signature[1] << 8;
    return place == NULL ? NULL : &place->turns[bits % VERIFIED_TURNS];
}

static void remember(struct verified_turns *verified, const struct verified_turn *turn)
{
    struct verified_turn *place = place_of(verified, turn);
    if (place != NULL) {
        *place = *turn;
    }
}

static bool same_turn(const struct verified_turn *a, const struct verified_turn *b)
{
    return a->size == b->size && memcmp(a->key, b->key, sizeof a->key) == 0 &&
           memcmp(a->signature, b->signature, sizeof a->signature) == 0 &&
           memcmp(a->root, b->root, sizeof a->root) == 0;
}

static bool is_remembered(struct verified_turns *verified, const struct verified_turn *turn)
{
    const struct verified_turn *place = place_of(verified, turn);
    return place != NULL && same_turn(place, turn);
}

/* --- signing --- */

bool signer_init(struct signer *signer, struct slab *slab, const uint8_t seed[32])
{
    struct secret *secret = secret_new(slab, crypto_sign_SECRETKEYBYTES);
    if (secret == NULL) {
        return false;
    }
    signer->secret = secret;
    signer->hand = (struct sign_hand){.sign = NULL};
    signer->verified = NULL;
    crypto_sign_seed_keypair(signer->key.bytes, secret_data(secret), seed);
    return true;
}

void signer_done(struct signer *signer)
{
    secret_free(signer->secret);
    signer->secret = NULL;
}

void signer_sign(const struct signer *signer, struct bytes text, uint8_t ret[SIGN_BYTES])
{
    (void)crypto_sign_detached(ret, NULL, text.data, text.size, secret_bytes(signer->secret).data);
}

bool sign_turn(const struct signer *signer, const struct digest *digests, size_t count, struct arena *arena,
               struct bytes *ret_proofs)
{
    ensure(count >= 1 && count <= SIGN_TURN_MAX);
    struct tree tree;
    if (!tree_make(&tree, digests, count, arena)) {
        return false;
    }
    uint8_t text[TURN_TEXT_BYTES];
    uint8_t signature[crypto_sign_BYTES];
    turn_text(text, count, tree.level[tree.levels - 1]->bytes);
    if (signer->hand.sign != NULL) {
        signer->hand.sign(signer->hand.context, signer, bytes_of(text, sizeof text), signature);
    } else {
        signer_sign(signer, bytes_of(text, sizeof text), signature);
        const struct verified_turn turn =
            turn_of(&signer->key, signature, tree.level[tree.levels - 1]->bytes, count);
        remember(signer->verified, &turn);
    }

    for (size_t i = 0; i < count; i++) {
        struct node path[PATH_MAX_STEPS];
        size_t steps = tree_path(&tree, i, path);
        Comity__Proof proof = COMITY__PROOF__INIT;
        proof.signature = wire_binary(bytes_of(signature, sizeof signature));
        proof.size = (uint32_t)count;
        proof.index = (uint32_t)i;
        proof.path = wire_binary(bytes_of(path, steps * sizeof path[0]));
        ret_proofs[i] = proof_pack(arena, &proof);
        if (ret_proofs[i].data == NULL) {
            return false;
        }
    }
    return true;
}

/* Decodes a Proof and holds its fields against their ranges. */
static enum proof_outcome proof_read(struct bytes encoded, struct arena *arena, Comity__Proof **ret)
{
    Comity__Proof *proof = NULL;
    enum wire_outcome outcome = proof_unpack(encoded, arena, &proof, NULL);
    if (outcome != WIRE_OK) {
        return outcome == WIRE_LIMIT ? PROOF_FIELD : PROOF_ENCODING;
    }
    if (proof->signature.len != crypto_sign_BYTES || proof->size < 1 || proof->size > SIGN_TURN_MAX ||
        proof->index >= proof->size || proof->path.len % HASH_BYTES != 0 ||
        proof->path.len > (size_t)PATH_MAX_STEPS * HASH_BYTES) {
        return PROOF_FIELD;
    }
    *ret = proof;
    return PROOF_OK;
}

static bool turn_holds(const struct verified_turn *turn)
{
    uint8_t text[TURN_TEXT_BYTES];
    turn_text(text, turn->size, turn->root);
    return crypto_sign_verify_detached(turn->signature, text, sizeof text, turn->key) == 0;
}

static enum proof_outcome proof_holds(struct verified_turns *verified, const Comity__Proof *proof,
                                      const struct digest *digest, const struct public_key *key)
{
    struct node root;
    if (!path_root(digest, proof->index, proof->size, wire_bytes(proof->path), &root)) {
        return PROOF_BAD;
    }
    const struct verified_turn turn = turn_of(key, proof->signature.data, root.bytes, proof->size);
    if (is_remembered(verified, &turn)) {
        return PROOF_OK;
    }
    if (!turn_holds(&turn)) {
        return PROOF_BAD;
    }
    remember(verified, &turn);
    return PROOF_OK;
}

enum proof_outcome proof_check_fields(struct bytes encoded, struct arena *arena)
{
    Comity__Proof *proof = NULL;
    return proof_read(encoded, arena, &proof);
}

enum proof_outcome proof_verify(struct verified_turns *verified, struct bytes encoded,
                                const struct digest *digest, const struct public_key *key)
{
    struct arena *arena = arena_new(PROOF_ARENA_BYTES);
    if (arena == NULL) {
        return PROOF_BAD; /* never final: E_SIGNATURE is only a code on the link, the same bytes come again */
    }
    Comity__Proof *proof = NULL;
    enum proof_outcome outcome = proof_read(encoded, arena, &proof);
    if (outcome == PROOF_OK) {
        outcome = proof_holds(verified, proof, digest, key);
    }
    arena_free(arena);
    return outcome;
}
