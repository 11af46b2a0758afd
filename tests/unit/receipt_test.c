/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "keys/receipt.h"
#include "tests/support/kit.h"

static int open_kit(void **state)
{
    static struct kit kit;
    kit_open(&kit);
    *state = &kit;
    return 0;
}

static int close_kit(void **state)
{
    kit_close(*state);
    return 0;
}

static const struct signer *signer_of(const struct kit *kit, enum receipt_kind kind)
{
    if (kind <= RECEIPT_EXPIRED) {
        return &kit->receipt;
    }
    return kind == RECEIPT_OPENED ? &kit->officer : &kit->other_node;
}

static struct receipt_item item_of(enum receipt_kind kind, uint32_t seq)
{
    struct receipt_item item = {.lane = LANE_ROUTINE, .incarnation = 1, .seq = seq};
    item.id.digest = plain_hash(bytes_of(&seq, sizeof seq));
    item.reason = kind == RECEIPT_REJECTED  ? REASON_FORK
                  : kind == RECEIPT_REFUSED ? REASON_COMMIT
                                            : REASON_NONE;
    item.through = kind == RECEIPT_DELIVERED ? seq : 0;
    return item;
}

static struct bytes receipt_of(struct kit *kit, enum receipt_kind kind, size_t count,
                               struct digest *ret_digest)
{
    static struct receipt_item items[RECEIPT_ITEMS_MAX];
    struct address from = kit_address("XA/poc");
    struct address to = kit_address("XB/poc");
    for (size_t i = 0; i < count; i++) {
        items[i] = item_of(kind, (uint32_t)i + 1);
    }
    struct bytes receipt = receipt_encode(kind, &kit->network, &from, &to, &signer_of(kit, kind)->key, 1,
                                          (wall_ms){KIT_CREATED_MS}, items, count, kit->arena, ret_digest);
    assert_non_null(receipt.data);
    return receipt;
}

static struct bytes signed_by(struct kit *kit, struct bytes receipt, const struct digest *digest,
                              const struct signer *signer)
{
    struct bytes proof;
    assert_true(sign_turn(signer, digest, 1, kit->arena, &proof));
    struct bytes whole = signed_receipt_encode(kit->arena, receipt, proof);
    assert_non_null(whole.data);
    return whole;
}

static struct bytes good(struct kit *kit, enum receipt_kind kind, size_t count)
{
    struct digest digest;
    struct bytes receipt = receipt_of(kit, kind, count, &digest);
    return signed_by(kit, receipt, &digest, signer_of(kit, kind));
}

static void each_kind_is_read_as_it_was_given(void **state)
{
    struct kit *kit = *state;
    for (int kind = RECEIPT_ACCEPTED; kind <= RECEIPT_OPENED; kind++) {
        struct signed_receipt read;
        struct digest digest;
        struct bytes whole = good(kit, (enum receipt_kind)kind, 3);
        (void)receipt_of(kit, (enum receipt_kind)kind, 3, &digest);
        assert_int_equal(receipt_read(NULL, whole, kit->roster, kit->arena, &read), REASON_NONE);
        assert_true(bytes_equal(read.raw, whole));
        assert_true(digest_equal(&read.digest, &digest));
        assert_string_equal(read.from.text, "XA/poc");
        assert_string_equal(read.to.text, "XB/poc");
        assert_int_equal(read.body->kind, kind);
        assert_int_equal(read.body->n_item, 3);
        struct receipt_item item = item_of((enum receipt_kind)kind, 3);
        assert_memory_equal(read.body->item[2]->id.data, item.id.digest.bytes, 32);
        assert_int_equal(read.body->item[2]->seq, 3);
        assert_int_equal(read.body->item[2]->reason, item.reason);
        assert_int_equal(read.body->item[2]->through, item.through);
    }
}

static void the_most_items_fit(void **state)
{
    struct kit *kit = *state;
    struct signed_receipt read;
    assert_int_equal(
        receipt_read(NULL, good(kit, RECEIPT_DELIVERED, RECEIPT_ITEMS_MAX), kit->roster, kit->arena, &read),
        REASON_NONE);
    assert_int_equal(read.body->n_item, RECEIPT_ITEMS_MAX);
    arena_reset(kit->arena);
}

/* Receipts of a turn share one signature with all else that was signed then. */
static void receipts_of_a_turn_share_a_signature(void **state)
{
    struct kit *kit = *state;
    struct digest digests[3] = {{{1}}, {{2}}, {{3}}};
    struct bytes proofs[3];
    struct signed_receipt read;
    struct bytes receipt = receipt_of(kit, RECEIPT_ACCEPTED, 1, &digests[1]);
    assert_true(sign_turn(&kit->receipt, digests, 3, kit->arena, proofs));
    assert_int_equal(receipt_read(NULL, signed_receipt_encode(kit->arena, receipt, proofs[1]), kit->roster,
                                  kit->arena, &read),
                     REASON_NONE);
    assert_int_equal(receipt_read(NULL, signed_receipt_encode(kit->arena, receipt, proofs[2]), kit->roster,
                                  kit->arena, &read),
                     REASON_SIGNATURE);
}

static void an_exhausted_arena_is_said(void **state)
{
    struct kit *kit = *state;
    struct arena *none = arena_new(0);
    struct receipt_item item = item_of(RECEIPT_ACCEPTED, 1);
    struct address a = kit_address("XA/poc");
    struct digest digest;
    struct signed_receipt read;
    assert_null(receipt_encode(RECEIPT_ACCEPTED, &kit->network, &a, &a, &kit->receipt.key, 1,
                               (wall_ms){KIT_CREATED_MS}, &item, 1, none, &digest)
                    .data);
    assert_int_equal(receipt_read(NULL, good(kit, RECEIPT_ACCEPTED, 1), kit->roster, none, &read),
                     REASON_SIZE);
    arena_free(none);
}

/* --- a good receipt bent and signed again --- */

static Comity__Receipt *apart(struct kit *kit, enum receipt_kind kind)
{
    struct digest digest;
    Comity__Receipt *receipt = NULL;
    assert_int_equal(receipt_unpack(receipt_of(kit, kind, 2, &digest), kit->arena, &receipt, NULL), WIRE_OK);
    return receipt;
}

static enum reason read_bent(struct kit *kit, const Comity__Receipt *receipt, const struct signer *signer)
{
    Comity__SignedReceipt outer = COMITY__SIGNED_RECEIPT__INIT;
    struct bytes encoded = kit_pack(kit->arena, &receipt->base);
    struct digest digest = labelled_digest("comity/v1/rcpt", &encoded, 1);
    struct bytes proof;
    struct signed_receipt read;
    assert_true(sign_turn(signer, &digest, 1, kit->arena, &proof));
    outer.receipt = wire_binary(encoded);
    outer.proof = wire_binary(proof);
    return receipt_read(NULL, kit_pack(kit->arena, &outer.base), kit->roster, kit->arena, &read);
}

#define BENT(kind, expected, ...)                                                                            \
    do {                                                                                                     \
        Comity__Receipt *r = apart(kit, kind);                                                               \
        const struct signer *s = signer_of(kit, kind);                                                       \
        __VA_ARGS__;                                                                                         \
        assert_int_equal(read_bent(kit, r, s), expected);                                                    \
    } while (0)

static void each_field_has_its_range(void **state)
{
    struct kit *kit = *state;
    static uint8_t zeros[32];
    BENT(RECEIPT_ACCEPTED, REASON_NONE, (void)r);
    BENT(RECEIPT_ACCEPTED, REASON_VERSION, r->version = 2);
    BENT(RECEIPT_ACCEPTED, REASON_FIELD, r->kind = 0);
    BENT(RECEIPT_ACCEPTED, REASON_FIELD, r->kind = 7);
    BENT(RECEIPT_ACCEPTED, REASON_FIELD, r->network.len = 0);
    BENT(RECEIPT_ACCEPTED, REASON_FIELD, r->by_key.len = 31);
    BENT(RECEIPT_ACCEPTED, REASON_FIELD, r->roster = 0);
    BENT(RECEIPT_ACCEPTED, REASON_FIELD, r->at_ms = 0);
    BENT(RECEIPT_ACCEPTED, REASON_FIELD, r->n_item = 0);
    BENT(RECEIPT_ACCEPTED, REASON_FIELD, r->item[1]->lane = 0);
    BENT(RECEIPT_ACCEPTED, REASON_FIELD, r->item[1]->lane = 4);
    BENT(RECEIPT_ACCEPTED, REASON_FIELD, r->item[1]->incarnation = 0);
    BENT(RECEIPT_ACCEPTED, REASON_FIELD, r->item[1]->seq = 0);
    BENT(RECEIPT_ACCEPTED, REASON_FIELD, r->item[1]->id.len = 31);
    BENT(RECEIPT_ACCEPTED, REASON_FIELD, r->item[1]->id.len = 0);
    BENT(RECEIPT_ACCEPTED, REASON_NETWORK, r->network = wire_binary(bytes_of(zeros, 32)));
}

static void what_belongs_to_one_kind_is_in_no_other(void **state)
{
    struct kit *kit = *state;
    static uint8_t note[16];
    for (int k = RECEIPT_ACCEPTED; k <= RECEIPT_OPENED; k++) {
        enum receipt_kind kind = (enum receipt_kind)k;
        bool reasoned = kind == RECEIPT_REJECTED || kind == RECEIPT_REFUSED;
        enum reason accepted_only = kind == RECEIPT_ACCEPTED ? REASON_NONE : REASON_FIELD;
        BENT(kind, reasoned ? REASON_NONE : REASON_FIELD, r->item[0]->reason = REASON_CASE);
        BENT(kind, reasoned ? REASON_FIELD : REASON_NONE, r->item[0]->reason = 0);
        BENT(kind, REASON_FIELD, r->item[0]->reason = REASON_COUNT);
        BENT(kind, accepted_only, r->item[0]->leaf = 5);
        BENT(kind, accepted_only, r->checkpoint = wire_binary(bytes_of(note, sizeof note)));
        BENT(kind, kind == RECEIPT_DELIVERED ? REASON_NONE : REASON_FIELD, r->item[0]->through = 9);
    }
}

/* Each rung of the ladder has its own signer. */
static void the_signer_has_the_role_of_the_kind(void **state)
{
    struct kit *kit = *state;
    const struct signer *signers[] = {&kit->receipt, &kit->node, &kit->other_node, &kit->officer, &kit->seal};
    for (int k = RECEIPT_ACCEPTED; k <= RECEIPT_OPENED; k++) {
        for (size_t i = 0; i < sizeof signers / sizeof signers[0]; i++) {
            enum receipt_kind kind = (enum receipt_kind)k;
            bool right = signers[i] == signer_of(kit, kind);
            BENT(kind, right ? REASON_NONE : REASON_KEY, s = signers[i],
                 r->by_key = wire_binary(bytes_of(s->key.bytes, 32)));
        }
    }
}

static void a_party_that_is_not_in_the_roster_gives_no_receipt(void **state)
{
    struct kit *kit = *state;
    static char elsewhere[] = "XC/poc";
    BENT(RECEIPT_DELIVERED, REASON_KEY, r->to = elsewhere);
    /* nor does a broker's key speak for it */
    BENT(RECEIPT_DELIVERED, REASON_KEY, r->to = elsewhere, s = &kit->receipt,
         r->by_key = wire_binary(bytes_of(s->key.bytes, 32)));
}

static void the_key_is_judged_at_the_receipts_time(void **state)
{
    struct kit *kit = *state;
    BENT(RECEIPT_ACCEPTED, REASON_KEY, r->at_ms = KIT_CREATED_MS - 60 * MS_PER_DAY);
    BENT(RECEIPT_ACCEPTED, REASON_KEY, r->at_ms = KIT_CREATED_MS + 400 * MS_PER_DAY);
}

static void the_signature_is_over_the_receipt_and_its_label(void **state)
{
    struct kit *kit = *state;
    struct signed_receipt read;
    BENT(RECEIPT_ACCEPTED, REASON_SIGNATURE, s = &kit->node); /* signed by another than by_key */
    struct digest digest;
    struct bytes receipt = receipt_of(kit, RECEIPT_ACCEPTED, 1, &digest);
    digest = labelled_digest("comity/v1/env", &receipt, 1);
    assert_int_equal(
        receipt_read(NULL, signed_by(kit, receipt, &digest, &kit->receipt), kit->roster, kit->arena, &read),
        REASON_SIGNATURE);
    struct bytes whole = good(kit, RECEIPT_ACCEPTED, 1);
    uint8_t *bent = (uint8_t *)(uintptr_t)whole.data;
    for (size_t at = 0; at < whole.size; at++) {
        bent[at] ^= 1;
        assert_int_not_equal(receipt_read(NULL, whole, kit->roster, kit->arena, &read), REASON_NONE);
        bent[at] ^= 1;
    }
}

static void a_receipt_of_another_form_is_refused(void **state)
{
    struct kit *kit = *state;
    static uint8_t large[RECEIPT_BYTES_MAX + 4096];
    struct signed_receipt read;
    struct bytes whole = good(kit, RECEIPT_ACCEPTED, 1);
    assert_int_equal(receipt_read(NULL, bytes_of(whole.data, whole.size - 1), kit->roster, kit->arena, &read),
                     REASON_ENCODING);
    assert_int_equal(receipt_read(NULL, bytes_of(large, sizeof large), kit->roster, kit->arena, &read),
                     REASON_SIZE);
    assert_int_equal(receipt_read(NULL, bytes_of(NULL, 0), kit->roster, kit->arena, &read), REASON_VERSION);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_is_read_as_it_was_given),
        cmocka_unit_test(the_most_items_fit),
        cmocka_unit_test(receipts_of_a_turn_share_a_signature),
        cmocka_unit_test(an_exhausted_arena_is_said),
        cmocka_unit_test(each_field_has_its_range),
        cmocka_unit_test(what_belongs_to_one_kind_is_in_no_other),
        cmocka_unit_test(the_signer_has_the_role_of_the_kind),
        cmocka_unit_test(a_party_that_is_not_in_the_roster_gives_no_receipt),
        cmocka_unit_test(the_key_is_judged_at_the_receipts_time),
        cmocka_unit_test(the_signature_is_over_the_receipt_and_its_label),
        cmocka_unit_test(a_receipt_of_another_form_is_refused),
    };
    return cmocka_run_group_tests_name("receipt", tests, open_kit, close_kit);
}
