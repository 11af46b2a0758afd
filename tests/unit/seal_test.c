/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "keys/hpke.h"
#include "keys/seal.h"
#include "tests/support/kit.h"

static const struct kit_keys ALL_MINE = {.standing = {SLOT_MINE, SLOT_MINE, SLOT_MINE}};

static struct slot_keys keys_of(struct kit *kit, struct kit_keys *keys)
{
    keys->kit = kit;
    return kit_slot_keys(keys);
}

/* Opens the parts as recipient 0, 1 and 2 who has all keys in the standing given. */
static enum reason open_with(struct kit *kit, struct bytes envelope, struct kit_keys keys,
                             struct bytes *ret_inner)
{
    struct envelope e;
    assert_int_equal(envelope_read(envelope, &kit->network, kit->arena, &e), REASON_NONE);
    return open_envelope(&e, keys_of(kit, &keys), kit->arena, ret_inner, NULL);
}

static enum reason open_parts(struct kit *kit, struct bytes header, struct bytes seal, struct bytes body,
                              struct bytes *ret_inner)
{
    struct digest any = {.bytes = {1}};
    struct bytes proof;
    assert_true(sign_turn(&kit->node, &any, 1, kit->arena, &proof));
    return open_with(kit, envelope_encode(kit->arena, header, seal, body, proof), ALL_MINE, ret_inner);
}

/* --- the round --- */

static void what_is_opened_is_what_was_sealed(void **state)
{
    struct kit *kit = *state;
    static uint8_t inner[262144];
    static const struct {
        size_t inner, body;
    } cases[] = {
        {0, 4112},      {1, 4112},      {4095, 4112},    {4096, 16400},    {16383, 16400},
        {16384, 65552}, {65535, 65552}, {65536, 262160}, {262143, 262160},
    };
    randombytes_buf_deterministic(inner, sizeof inner, (const uint8_t[32]){3});
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        Comity__Header header = kit_header(kit);
        struct sealed sealed;
        struct bytes opened;
        struct bytes envelope = kit_envelope(kit, &header, bytes_of(inner, cases[i].inner), 1, &sealed);
        assert_int_equal(sealed.body.size, cases[i].body);
        assert_true(envelope.size <= ENVELOPE_BYTES_MAX);
        assert_int_equal(open_with(kit, envelope, ALL_MINE, &opened), REASON_NONE);
        assert_true(bytes_equal(opened, bytes_of(inner, cases[i].inner)));
        arena_reset(kit->arena);
    }
}

/* The padding begins with an 80, so an inner part that ends in 80 and 00 comes back whole. */
static void an_end_that_looks_like_padding_is_kept(void **state)
{
    struct kit *kit = *state;
    static const uint8_t inner[] = {'a', 0x80, 0, 0};
    for (size_t size = 1; size <= sizeof inner; size++) {
        Comity__Header header = kit_header(kit);
        struct bytes opened;
        struct bytes envelope = kit_envelope(kit, &header, bytes_of(inner, size), 1, NULL);
        assert_int_equal(open_with(kit, envelope, ALL_MINE, &opened), REASON_NONE);
        assert_true(bytes_equal(opened, bytes_of(inner, size)));
    }
}

static void every_recipient_key_opens_it(void **state)
{
    struct kit *kit = *state;
    Comity__Header header = kit_header(kit);
    struct bytes envelope = kit_envelope(kit, &header, bytes_of_text("for three"), 3, NULL);
    for (size_t i = 0; i < 3; i++) {
        struct kit_keys keys = {.standing = {SLOT_NOT_MINE, SLOT_NOT_MINE, SLOT_NOT_MINE}};
        struct bytes opened;
        keys.standing[i] = SLOT_MINE;
        assert_int_equal(open_with(kit, envelope, keys, &opened), REASON_NONE);
        assert_true(bytes_equal(opened, bytes_of_text("for three")));
    }
}

/* docs/protocol.md 3: give the envelope and the content key, and that one envelope is disclosed. */
static void the_content_key_discloses_one_envelope(void **state)
{
    struct kit *kit = *state;
    Comity__Header header = kit_header(kit);
    struct seal_random random = kit_random("envelope");
    struct envelope e;
    struct bytes opened;
    uint8_t content_key[32] = {0};
    struct kit_keys keys = ALL_MINE;
    struct bytes envelope = kit_envelope(kit, &header, bytes_of_text("inner"), 1, NULL);
    assert_int_equal(envelope_read(envelope, &kit->network, kit->arena, &e), REASON_NONE);
    assert_int_equal(open_envelope(&e, keys_of(kit, &keys), kit->arena, &opened, content_key), REASON_NONE);
    assert_memory_equal(content_key, random.content_key, 32);
}

static void randomness_is_wiped_whatever_the_outcome(void **state)
{
    struct kit *kit = *state;
    static const uint8_t large[262144];
    static const struct public_key low_order = {.bytes = {1}};
    Comity__Header header = kit_header(kit);
    struct bytes encoded = kit_pack(kit->arena, &header.base);
    struct arena *none = arena_new(0);
    const struct {
        struct bytes inner;
        const struct public_key *key;
        struct arena *arena;
        enum seal_outcome outcome;
    } cases[] = {
        {bytes_of_text("a"), &kit->recipient[0], kit->arena, SEAL_OK},
        {bytes_of(large, sizeof large), &kit->recipient[0], kit->arena, SEAL_TOO_LONG},
        {bytes_of_text("a"), &low_order, kit->arena, SEAL_KEY},
        {bytes_of_text("a"), &kit->recipient[0], none, SEAL_EXHAUSTED},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct seal_random random = kit_random("wiped");
        struct sealed sealed;
        assert_int_equal(
            seal_letter(encoded, cases[i].inner, cases[i].key, 1, &random, cases[i].arena, &sealed),
            cases[i].outcome);
        assert_true(bytes_all_zero(bytes_of(&random, sizeof random)));
    }
    arena_free(none);
}

/* --- check 14 --- */

static void a_key_never_mine_and_an_erased_one_differ(void **state)
{
    struct kit *kit = *state;
    static const struct {
        enum slot_key standing[3];
        enum reason reason;
    } cases[] = {
        {{SLOT_NOT_MINE, SLOT_NOT_MINE, SLOT_NOT_MINE}, REASON_SLOT},
        {{SLOT_ERASED, SLOT_NOT_MINE, SLOT_NOT_MINE}, REASON_PREKEY},
        {{SLOT_NOT_MINE, SLOT_NOT_MINE, SLOT_ERASED}, REASON_PREKEY},
        {{SLOT_ERASED, SLOT_NOT_MINE, SLOT_MINE}, REASON_NONE},
    };
    Comity__Header header = kit_header(kit);
    struct bytes envelope = kit_envelope(kit, &header, bytes_of_text("inner"), 3, NULL);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct kit_keys keys = {.kit = kit};
        struct bytes opened;
        memcpy(keys.standing, cases[i].standing, sizeof keys.standing);
        assert_int_equal(open_with(kit, envelope, keys, &opened), cases[i].reason);
    }
}

/* --- a hostile sealer: the steps of docs/protocol.md 3, each of which may be done wrongly --- */

struct recipe {
    const char *ephemeral;         /* name of the ephemeral key */
    const char *wrapped_key;       /* names of the content key in the slot, */
    const char *committed_key;     /* in the commitment */
    const char *body_key;          /* and of the body */
    struct bytes plaintext;        /* already padded */
    const struct public_key *slot; /* sealed for this key */
};

static const struct bytes NOTHING = {.data = NULL, .size = 0};

static void aead(uint8_t *ret, struct bytes plain, const uint8_t key[32])
{
    static const uint8_t nonce[12];
    crypto_aead_chacha20poly1305_ietf_encrypt(ret, NULL, plain.data, plain.size, NULL, 0, NULL, nonce, key);
}

struct crafted {
    struct bytes header, seal, body;
};

static struct crafted craft(struct kit *kit, const Comity__Header *header, const struct recipe *recipe)
{
    static uint8_t bodies[4][262160];
    static size_t turn;
    uint8_t *body = bodies[turn++ % 4];
    struct crafted c = {.header = kit_pack(kit->arena, &header->base)};
    uint8_t wrapped_key[32], committed_key[32], content_key[32], ephemeral[32], kek[32], enc[32], wrapped[48];
    struct hpke hpke;
    kit_fill(wrapped_key, 32, recipe->wrapped_key);
    kit_fill(committed_key, 32, recipe->committed_key);
    kit_fill(content_key, 32, recipe->body_key);
    kit_fill(ephemeral, 32, recipe->ephemeral);

    struct digest commit = labelled_mac(committed_key, "comity/v1/commit", NULL, 0);
    const struct bytes slot_parts[] = {c.header, digest_bytes(&commit)};
    struct digest x = labelled_digest("comity/v1/slot", slot_parts, 2);
    assert_true(
        hpke_setup_sender(&hpke, enc, recipe->slot->bytes, ephemeral, bytes_of_text("comity/v1/slot")));
    hpke_export(&hpke, digest_bytes(&x), kek, sizeof kek);
    aead(wrapped, bytes_of(wrapped_key, 32), kek);

    Comity__Slot slot = COMITY__SLOT__INIT;
    Comity__Slot *slots[] = {&slot};
    Comity__Seal seal = COMITY__SEAL__INIT;
    slot.recipient_key = wire_binary(bytes_of(recipe->slot->bytes, 32));
    slot.enc = wire_binary(bytes_of(enc, 32));
    slot.wrapped = wire_binary(bytes_of(wrapped, 48));
    seal.commit = wire_binary(digest_bytes(&commit));
    seal.n_slot = 1;
    seal.slot = slots;
    c.seal = kit_pack(kit->arena, &seal.base);

    const struct bytes body_parts[] = {c.header, c.seal};
    struct digest key = labelled_mac(content_key, "comity/v1/body", body_parts, 2);
    aead(body, recipe->plaintext, key.bytes);
    c.body = bytes_of(body, recipe->plaintext.size + 16);
    return c;
}

static uint8_t plaintext[262144];

static struct recipe good_recipe(struct kit *kit)
{
    memset(plaintext, 0, sizeof plaintext);
    memcpy(plaintext, "inner\x80", 6);
    return (struct recipe){
        .ephemeral = "ephemeral",
        .wrapped_key = "content",
        .committed_key = "content",
        .body_key = "content",
        .plaintext = bytes_of(plaintext, 4096),
        .slot = &kit->recipient[0],
    };
}

static enum reason open_recipe(struct kit *kit, const struct recipe *recipe, struct bytes *ret_inner)
{
    Comity__Header header = kit_header(kit);
    struct crafted c = craft(kit, &header, recipe);
    return open_parts(kit, c.header, c.seal, c.body, ret_inner);
}

static void a_second_sealer_made_from_the_text_agrees(void **state)
{
    struct kit *kit = *state;
    struct recipe recipe = good_recipe(kit);
    struct bytes opened = NOTHING;
    assert_int_equal(open_recipe(kit, &recipe, &opened), REASON_NONE);
    assert_true(bytes_equal(opened, bytes_of_text("inner")));
}

/* --- checks 15 to 18 --- */

static void an_encapsulation_of_low_order_is_refused(void **state)
{
    struct kit *kit = *state;
    Comity__Header header = kit_header(kit);
    struct sealed sealed;
    Comity__Seal *seal = NULL;
    struct bytes opened = NOTHING;
    (void)kit_envelope(kit, &header, bytes_of_text("inner"), 1, &sealed);
    assert_int_equal(seal_unpack(sealed.seal, kit->arena, &seal, NULL), WIRE_OK);
    memset(seal->slot[0]->enc.data, 0, 32);
    assert_int_equal(open_parts(kit, sealed.header, kit_pack(kit->arena, &seal->base), sealed.body, &opened),
                     REASON_HPKE);
    seal->slot[0]->enc.data[0] = 1;
    assert_int_equal(open_parts(kit, sealed.header, kit_pack(kit->arena, &seal->base), sealed.body, &opened),
                     REASON_HPKE);
}

static void a_slot_for_another_private_key_does_not_open(void **state)
{
    struct kit *kit = *state;
    struct recipe recipe = good_recipe(kit);
    struct bytes opened = NOTHING;
    Comity__Header header = kit_header(kit);
    Comity__Seal *seal = NULL;
    recipe.slot = &kit->recipient[1];
    struct crafted c = craft(kit, &header, &recipe);
    assert_int_equal(seal_unpack(c.seal, kit->arena, &seal, NULL), WIRE_OK);
    memcpy(seal->slot[0]->recipient_key.data, kit->recipient[0].bytes, 32);
    assert_int_equal(open_parts(kit, c.header, kit_pack(kit->arena, &seal->base), c.body, &opened),
                     REASON_HPKE);
}

/* T9: a slot whose content key is not the one committed to would give that recipient another reading. */
static void two_content_keys_under_one_commitment_are_refused(void **state)
{
    struct kit *kit = *state;
    struct recipe recipe = good_recipe(kit);
    struct bytes opened = NOTHING;
    recipe.wrapped_key = "another";
    recipe.body_key = "another"; /* the body would open with it */
    assert_int_equal(open_recipe(kit, &recipe, &opened), REASON_COMMIT);
    recipe.wrapped_key = "content";
    assert_int_equal(open_recipe(kit, &recipe, &opened), REASON_BODY);
    assert_null(opened.data);
}

/* One encapsulation may serve a turn, but the key it exports depends on header and commitment. */
static void a_slot_moved_under_a_shared_encapsulation_does_not_open(void **state)
{
    struct kit *kit = *state;
    struct recipe one = good_recipe(kit);
    struct recipe two = good_recipe(kit);
    struct bytes opened = NOTHING;
    Comity__Header first = kit_header(kit);
    Comity__Header second = kit_header(kit);
    second.lane = LANE_BULK;
    two.wrapped_key = two.committed_key = two.body_key = "content of the second";
    struct crafted a = craft(kit, &first, &one);
    struct crafted b = craft(kit, &second, &two);
    Comity__Seal *seal_a = NULL;
    Comity__Seal *seal_b = NULL;
    assert_int_equal(seal_unpack(a.seal, kit->arena, &seal_a, NULL), WIRE_OK);
    assert_int_equal(seal_unpack(b.seal, kit->arena, &seal_b, NULL), WIRE_OK);
    assert_memory_equal(seal_a->slot[0]->enc.data, seal_b->slot[0]->enc.data, 32);
    assert_int_equal(open_parts(kit, b.header, b.seal, b.body, &opened), REASON_NONE);

    /* only the wrapped key, then the whole seal, then seal and body: another's header carries none of them */
    memcpy(seal_b->slot[0]->wrapped.data, seal_a->slot[0]->wrapped.data, 48);
    assert_int_equal(open_parts(kit, b.header, kit_pack(kit->arena, &seal_b->base), b.body, &opened),
                     REASON_HPKE);
    assert_int_equal(open_parts(kit, b.header, a.seal, b.body, &opened), REASON_HPKE);
    assert_int_equal(open_parts(kit, b.header, a.seal, a.body, &opened), REASON_HPKE);
    /* the other's body under one's own seal */
    assert_int_equal(open_parts(kit, a.header, a.seal, b.body, &opened), REASON_BODY);
}

static void a_slot_added_later_makes_another_body_key(void **state)
{
    struct kit *kit = *state;
    Comity__Header header = kit_header(kit);
    struct sealed sealed;
    Comity__Seal *seal = NULL;
    struct bytes opened = NOTHING;
    (void)kit_envelope(kit, &header, bytes_of_text("inner"), 2, &sealed);
    assert_int_equal(seal_unpack(sealed.seal, kit->arena, &seal, NULL), WIRE_OK);
    seal->n_slot = 1; /* or taken away */
    assert_int_equal(open_parts(kit, sealed.header, kit_pack(kit->arena, &seal->base), sealed.body, &opened),
                     REASON_BODY);
}

static void a_flipped_body_does_not_open(void **state)
{
    struct kit *kit = *state;
    Comity__Header header = kit_header(kit);
    struct sealed sealed;
    struct bytes opened = NOTHING;
    (void)kit_envelope(kit, &header, bytes_of_text("inner"), 1, &sealed);
    uint8_t *body = (uint8_t *)(uintptr_t)sealed.body.data;
    static const size_t places[] = {0, 5, 4095, 4096, 4111};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        body[places[i]] ^= 0x10;
        assert_int_equal(open_parts(kit, sealed.header, sealed.seal, sealed.body, &opened), REASON_BODY);
        body[places[i]] ^= 0x10;
    }
    assert_int_equal(open_parts(kit, sealed.header, sealed.seal, sealed.body, &opened), REASON_NONE);
}

static void padding_is_the_one_prescribed(void **state)
{
    struct kit *kit = *state;
    struct recipe recipe = good_recipe(kit);
    struct bytes opened = NOTHING;

    plaintext[4095] = 1; /* not zeros to the end */
    assert_int_equal(open_recipe(kit, &recipe, &opened), REASON_PADDING);
    recipe = good_recipe(kit);
    plaintext[5] = 0x81; /* no 80 */
    assert_int_equal(open_recipe(kit, &recipe, &opened), REASON_PADDING);
    memset(plaintext, 0, sizeof plaintext); /* nothing but zeros */
    assert_int_equal(open_recipe(kit, &recipe, &opened), REASON_PADDING);
    plaintext[0] = 0x80; /* an empty inner part */
    assert_int_equal(open_recipe(kit, &recipe, &opened), REASON_NONE);
    assert_int_equal(opened.size, 0);
}

static void a_larger_size_than_needed_is_refused(void **state)
{
    struct kit *kit = *state;
    static const size_t sizes[] = {4096, 16384, 65536, 262144};
    for (size_t i = 1; i < 4; i++) {
        struct recipe recipe = good_recipe(kit);
        struct bytes opened = NOTHING;
        recipe.plaintext.size = sizes[i];
        assert_int_equal(open_recipe(kit, &recipe, &opened), REASON_PADDING);
        plaintext[5] = 0;
        plaintext[sizes[i - 1] - 1] = 0x80; /* would still have fitted the smaller one */
        assert_int_equal(open_recipe(kit, &recipe, &opened), REASON_PADDING);
        plaintext[sizes[i - 1] - 1] = 0;
        plaintext[sizes[i - 1]] = 0x80;
        assert_int_equal(open_recipe(kit, &recipe, &opened), REASON_NONE);
        assert_int_equal(opened.size, sizes[i - 1]);
    }
}

static void nothing_is_given_out_on_failure(void **state)
{
    struct kit *kit = *state;
    struct recipe recipe = good_recipe(kit);
    struct kit_keys keys = ALL_MINE;
    struct bytes opened = bytes_of("untouched", 9);
    uint8_t content_key[32] = {0};
    struct digest any = {.bytes = {1}};
    struct bytes proof;
    struct envelope e;
    Comity__Header header = kit_header(kit);
    plaintext[5] = 0x81;
    struct crafted c = craft(kit, &header, &recipe);
    assert_true(sign_turn(&kit->node, &any, 1, kit->arena, &proof));
    assert_int_equal(envelope_read(envelope_encode(kit->arena, c.header, c.seal, c.body, proof),
                                   &kit->network, kit->arena, &e),
                     REASON_NONE);
    assert_int_equal(open_envelope(&e, keys_of(kit, &keys), kit->arena, &opened, content_key),
                     REASON_PADDING);
    assert_true(bytes_equal(opened, bytes_of_text("untouched")));
    assert_true(bytes_all_zero(bytes_of(content_key, 32)));
    e.body = NOTHING; /* a stub has nothing to open */
    assert_int_equal(open_envelope(&e, keys_of(kit, &keys), kit->arena, &opened, content_key), REASON_BODY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_opened_is_what_was_sealed),
        cmocka_unit_test(an_end_that_looks_like_padding_is_kept),
        cmocka_unit_test(every_recipient_key_opens_it),
        cmocka_unit_test(the_content_key_discloses_one_envelope),
        cmocka_unit_test(randomness_is_wiped_whatever_the_outcome),
        cmocka_unit_test(a_key_never_mine_and_an_erased_one_differ),
        cmocka_unit_test(a_second_sealer_made_from_the_text_agrees),
        cmocka_unit_test(an_encapsulation_of_low_order_is_refused),
        cmocka_unit_test(a_slot_for_another_private_key_does_not_open),
        cmocka_unit_test(two_content_keys_under_one_commitment_are_refused),
        cmocka_unit_test(a_slot_moved_under_a_shared_encapsulation_does_not_open),
        cmocka_unit_test(a_slot_added_later_makes_another_body_key),
        cmocka_unit_test(a_flipped_body_does_not_open),
        cmocka_unit_test(padding_is_the_one_prescribed),
        cmocka_unit_test(a_larger_size_than_needed_is_refused),
        cmocka_unit_test(nothing_is_given_out_on_failure),
    };
    return cmocka_run_group_tests_name("seal", tests, kit_setup, kit_teardown);
}
