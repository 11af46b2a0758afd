/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "keys/prekeys.h"
#include "tests/support/kit.h"

#define FIRST_MS KIT_CREATED_MS

static struct public_key daily[PREKEYS_MAX];

static int open_kit(void **state)
{
    static struct kit kit;
    kit_open(&kit);
    for (size_t i = 0; i < PREKEYS_MAX; i++) {
        char name[32];
        uint8_t secret[32];
        (void)snprintf(name, sizeof name, "prekey %zu", i);
        kit_fill(secret, sizeof secret, name);
        crypto_scalarmult_base(daily[i].bytes, secret);
    }
    *state = &kit;
    return 0;
}

static int close_kit(void **state)
{
    kit_close(*state);
    return 0;
}

static struct bytes list_of(struct kit *kit, uint64_t number, size_t count)
{
    struct address party = kit_address("XB/poc");
    struct bytes list = prekeys_sign(&kit->seal, &kit->network, &party, number, (wall_ms){KIT_CREATED_MS},
                                     FIRST_MS, daily, count, kit->arena);
    assert_non_null(list.data);
    return list;
}

static struct prekeys read_of(struct kit *kit, struct bytes list)
{
    struct prekeys prekeys;
    assert_int_equal(prekeys_read(NULL, list, kit->roster, kit->arena, &prekeys), REASON_NONE);
    return prekeys;
}

/* A good list taken apart, to be bent and signed again as a hostile owner would. */
static Comity__PrekeyList *apart(struct kit *kit)
{
    Comity__SignedPrekeys *outer = NULL;
    Comity__PrekeyList *list = NULL;
    assert_int_equal(signed_prekeys_unpack(list_of(kit, 7, PREKEYS_MIN), kit->arena, &outer, NULL), WIRE_OK);
    assert_int_equal(prekey_list_unpack(wire_bytes(outer->list), kit->arena, &list, NULL), WIRE_OK);
    return list;
}

static struct bytes signed_again(struct kit *kit, const Comity__PrekeyList *list, const struct signer *signer,
                                 const char *label)
{
    Comity__SignedPrekeys outer = COMITY__SIGNED_PREKEYS__INIT;
    struct bytes encoded = kit_pack(kit->arena, &list->base);
    struct digest digest = labelled_digest(label, &encoded, 1);
    struct bytes proof;
    assert_true(sign_turn(signer, &digest, 1, kit->arena, &proof));
    outer.list = wire_binary(encoded);
    outer.proof = wire_binary(proof);
    return kit_pack(kit->arena, &outer.base);
}

static enum reason read_bent(struct kit *kit, const Comity__PrekeyList *list)
{
    struct prekeys prekeys;
    return prekeys_read(NULL, signed_again(kit, list, &kit->seal, "comity/v1/prekey"), kit->roster,
                        kit->arena, &prekeys);
}

static void a_list_is_read_as_it_was_signed(void **state)
{
    struct kit *kit = *state;
    static const size_t counts[] = {PREKEYS_MIN, 28, PREKEYS_MAX};
    for (size_t i = 0; i < 3; i++) {
        struct prekeys prekeys = read_of(kit, list_of(kit, 7, counts[i]));
        assert_string_equal(prekeys.party.text, "XB/poc");
        assert_int_equal(prekeys.number, 7);
        assert_int_equal(prekeys.issued_ms, KIT_CREATED_MS);
        assert_int_equal(prekeys.first_ms, FIRST_MS);
        assert_int_equal(prekeys.list->n_key, counts[i]);
        assert_memory_equal(prekeys.list->key[counts[i] - 1].data, daily[counts[i] - 1].bytes, 32);
    }
}

#define BENT(expected, ...)                                                                                  \
    do {                                                                                                     \
        Comity__PrekeyList *l = apart(kit);                                                                  \
        __VA_ARGS__;                                                                                         \
        assert_int_equal(read_bent(kit, l), expected);                                                       \
    } while (0)

static void each_field_has_its_range(void **state)
{
    struct kit *kit = *state;
    static uint8_t zeros[32];
    static uint8_t one[32] = {1};
    BENT(REASON_NONE, (void)l);
    BENT(REASON_VERSION, l->version = 2);
    BENT(REASON_VERSION, l->version = 0);
    BENT(REASON_FIELD, l->network.len = 31);
    BENT(REASON_FIELD, l->signer_key.len = 0);
    BENT(REASON_FIELD, l->number = 0);
    BENT(REASON_FIELD, l->issued_ms = 0);
    BENT(REASON_FIELD, l->issued_ms = CREATED_MS_END);
    BENT(REASON_FIELD, l->first_ms += 1);
    BENT(REASON_FIELD, l->first_ms = 0);
    BENT(REASON_FIELD, l->first_ms = UINT64_MAX - UINT64_MAX % MS_PER_DAY);
    BENT(REASON_FIELD, l->n_key = PREKEYS_MIN - 1);
    BENT(REASON_FIELD, l->n_key = 0);
    BENT(REASON_FIELD, l->key[3] = l->key[6]);
    BENT(REASON_FIELD, l->key[3].len = 31);
    BENT(REASON_FIELD, l->key[3] = wire_binary(bytes_of(zeros, 32)));
    BENT(REASON_FIELD, l->key[3] = wire_binary(bytes_of(one, 32)));
    BENT(REASON_NETWORK, l->network = wire_binary(bytes_of(zeros, 32)));
}

static void a_list_of_another_form_is_refused(void **state)
{
    struct kit *kit = *state;
    static uint8_t large[4096];
    struct prekeys prekeys;
    struct bytes good = list_of(kit, 1, PREKEYS_MIN);
    assert_int_equal(
        prekeys_read(NULL, bytes_of(good.data, good.size - 1), kit->roster, kit->arena, &prekeys),
        REASON_ENCODING);
    assert_int_equal(prekeys_read(NULL, bytes_of(large, sizeof large), kit->roster, kit->arena, &prekeys),
                     REASON_SIZE);
    assert_int_equal(prekeys_read(NULL, bytes_of(NULL, 0), kit->roster, kit->arena, &prekeys),
                     REASON_VERSION);
    struct arena *none = arena_new(0);
    assert_int_equal(prekeys_read(NULL, good, kit->roster, none, &prekeys), REASON_SIZE);
    arena_free(none);
}

/* Is a list with this key refused exactly when X25519 with it gives nothing? Both spellings of the ignored top bit. */
static void assert_as_x25519_finds_it(struct kit *kit, const uint8_t key[32])
{
    static const uint8_t scalar[32] = {8};
    uint8_t shared[32];
    uint8_t bent[32];
    for (unsigned top = 0; top < 2; top++) {
        Comity__PrekeyList *list = apart(kit);
        memcpy(bent, key, sizeof bent);
        bent[31] = (uint8_t)((bent[31] & 0x7f) | top << 7);
        list->key[3] = wire_binary(bytes_of(bent, sizeof bent));
        bool refused = read_bent(kit, list) != REASON_NONE;
        assert_int_equal(refused, crypto_scalarmult(shared, scalar, bent) != 0);
    }
}

static void keys_of_low_order_are_refused_and_no_others(void **state)
{
    static const char *const low[] = {
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    };
    uint8_t key[32];
    for (size_t i = 0; i < sizeof low / sizeof low[0]; i++) {
        assert_true(hex_read(key, sizeof key, bytes_of_text(low[i])));
        assert_as_x25519_finds_it(*state, key);
        key[0] ^= 1;
        assert_as_x25519_finds_it(*state, key);
        key[0] ^= 1;
        key[31] ^= 1;
        assert_as_x25519_finds_it(*state, key);
    }
    for (unsigned value = 0; value < 256; value++) { /* small numbers, and those around p = 2^255 - 19 */
        memset(key, 0, sizeof key);
        key[0] = (uint8_t)value;
        assert_as_x25519_finds_it(*state, key);
        memset(key, 0xff, sizeof key);
        key[0] = (uint8_t)value;
        assert_as_x25519_finds_it(*state, key);
    }
}

static void only_a_seal_key_of_the_party_may_sign(void **state)
{
    struct kit *kit = *state;
    static char elsewhere[] = "XC/poc";
    static char alpha[] = "XA/poc";
    BENT(REASON_TO, l->party = elsewhere);
    BENT(REASON_KEY, l->party = alpha); /* XB's key speaks for XB */
    BENT(REASON_KEY, l->signer_key = wire_binary(bytes_of(kit->other_node.key.bytes, 32))); /* other role */
    BENT(REASON_KEY, l->issued_ms = KIT_CREATED_MS - 60 * MS_PER_DAY);
    BENT(REASON_KEY, l->issued_ms = KIT_CREATED_MS + 400 * MS_PER_DAY);
    BENT(REASON_REVOKED, l->party = alpha, l->signer_key = wire_binary(bytes_of(kit->revoked.key.bytes, 32)));
}

static void the_signature_is_over_the_list_and_its_label(void **state)
{
    struct kit *kit = *state;
    struct prekeys prekeys;
    Comity__PrekeyList *list = apart(kit);
    assert_int_equal(prekeys_read(NULL, signed_again(kit, list, &kit->other_node, "comity/v1/prekey"),
                                  kit->roster, kit->arena, &prekeys),
                     REASON_SIGNATURE);
    assert_int_equal(prekeys_read(NULL, signed_again(kit, list, &kit->seal, "comity/v1/rcpt"), kit->roster,
                                  kit->arena, &prekeys),
                     REASON_SIGNATURE);
    struct bytes good = list_of(kit, 1, PREKEYS_MIN);
    for (size_t at = 0; at < good.size; at++) {
        uint8_t *bent = (uint8_t *)(uintptr_t)good.data;
        bent[at] ^= 1;
        assert_int_not_equal(prekeys_read(NULL, good, kit->roster, kit->arena, &prekeys), REASON_NONE);
        bent[at] ^= 1;
    }
}

static void a_higher_number_replaces_and_an_equal_one_must_be_the_same(void **state)
{
    struct kit *kit = *state;
    struct prekeys held = read_of(kit, list_of(kit, 7, PREKEYS_MIN));
    struct prekeys same = read_of(kit, list_of(kit, 7, PREKEYS_MIN));
    struct prekeys other = read_of(kit, list_of(kit, 7, PREKEYS_MIN + 1));
    struct prekeys newer = read_of(kit, list_of(kit, 9, PREKEYS_MIN));
    struct prekeys older = read_of(kit, list_of(kit, 6, PREKEYS_MIN));
    assert_int_equal(prekeys_compare(held.number, &held.digest, &same), PREKEYS_SAME);
    assert_int_equal(prekeys_compare(held.number, &held.digest, &other), PREKEYS_CONFLICT);
    assert_int_equal(prekeys_compare(held.number, &held.digest, &newer), PREKEYS_NEWER);
    assert_int_equal(prekeys_compare(held.number, &held.digest, &older), PREKEYS_OLDER);
}

static void the_key_is_that_of_the_day(void **state)
{
    struct kit *kit = *state;
    struct prekeys prekeys = read_of(kit, list_of(kit, 7, 10));
    static const struct {
        int64_t days, ms;
        int index; /* -1: none */
        bool stale;
    } cases[] = {
        {-100, 0, 0, false}, {0, -1, 0, false},  {0, 0, 0, false},     {1, -1, 0, false},
        {1, 0, 1, false},    {9, 0, 9, false},   {10, -1, 9, false},   {10, 0, 9, true},
        {45, -1, 9, true},   {45, 0, -1, false}, {5000, 0, -1, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct public_key key;
        bool stale = false;
        int64_t at = (int64_t)FIRST_MS + cases[i].days * (int64_t)MS_PER_DAY + cases[i].ms;
        bool found = prekeys_choose(&prekeys, (wall_ms){(uint64_t)at}, &key, &stale);
        assert_int_equal(found, cases[i].index >= 0);
        if (found) {
            assert_true(public_key_equal(&key, &daily[cases[i].index]));
            assert_int_equal(stale, cases[i].stale);
        }
    }
}

static void renewal_is_due_when_fewer_than_fourteen_days_are_left(void **state)
{
    (void)state;
    uint64_t end = FIRST_MS + 28 * MS_PER_DAY;
    assert_false(prekeys_renewal_due(FIRST_MS, 28, (wall_ms){FIRST_MS}));
    assert_false(prekeys_renewal_due(FIRST_MS, 28, (wall_ms){end - 14 * MS_PER_DAY}));
    assert_true(prekeys_renewal_due(FIRST_MS, 28, (wall_ms){end - 14 * MS_PER_DAY + 1}));
    assert_true(prekeys_renewal_due(FIRST_MS, 28, (wall_ms){end + MS_PER_DAY}));
    assert_int_equal(prekeys_renewal_ms(FIRST_MS, 28), end - 14 * MS_PER_DAY + 1);
    assert_false(prekeys_renewal_due(FIRST_MS, 8,
                                     (wall_ms){FIRST_MS + 4 * MS_PER_DAY})); /* a new short list is not due */
    assert_true(prekeys_renewal_due(FIRST_MS, 8, (wall_ms){FIRST_MS + 4 * MS_PER_DAY + 1}));
}

/* 15 days cover the longest life of an envelope made in the last moment of the day, and the clock's tolerance. */
static void a_private_key_outlives_what_was_sealed_for_it(void **state)
{
    (void)state;
    assert_int_equal(prekey_erase_ms(FIRST_MS, 0), FIRST_MS + 16 * MS_PER_DAY);
    assert_int_equal(prekey_erase_ms(FIRST_MS, 27), FIRST_MS + 43 * MS_PER_DAY);
    uint64_t last_expiry = FIRST_MS + MS_PER_DAY - 1 + LIFE_MS_MAX;
    assert_true(prekey_erase_ms(FIRST_MS, 0) > last_expiry + CLOCK_AHEAD_MS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_is_read_as_it_was_signed),
        cmocka_unit_test(each_field_has_its_range),
        cmocka_unit_test(a_list_of_another_form_is_refused),
        cmocka_unit_test(keys_of_low_order_are_refused_and_no_others),
        cmocka_unit_test(only_a_seal_key_of_the_party_may_sign),
        cmocka_unit_test(the_signature_is_over_the_list_and_its_label),
        cmocka_unit_test(a_higher_number_replaces_and_an_equal_one_must_be_the_same),
        cmocka_unit_test(the_key_is_that_of_the_day),
        cmocka_unit_test(renewal_is_due_when_fewer_than_fourteen_days_are_left),
        cmocka_unit_test(a_private_key_outlives_what_was_sealed_for_it),
    };
    return cmocka_run_group_tests_name("prekeys", tests, open_kit, close_kit);
}
