/* SPDX-License-Identifier: Apache-2.0 */
/* Letters that came before their predecessor: held back within bounds, then in effect in order, or refused after all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "nodes/inbox.h"
#include "nodes/letters.h"
#include "nodes/node_private.h"
#include "tests/support/arrivals.h"

/* --- the order of effect --- */

static void a_letter_waits_for_its_predecessor(void **state)
{
    struct rig *rig = *state;
    struct sample a, b, c;
    struct letter_row row;
    rig_letter(rig, &a, LETTER_REQUEST, 1, 1, NULL);
    rig_seal(rig, &a);
    rig_letter(rig, &b, LETTER_STATUS_ASK, 2, 2, &a);
    rig_seal(rig, &b);
    rig_letter(rig, &c, LETTER_WITHDRAW, 3, 3, &b);
    rig_seal(rig, &c);
    rig_deliver(rig, c.bytes);
    assert_delivered(rig, &c);
    rig_deliver(rig, b.bytes);
    assert_delivered(rig, &b);
    assert_non_null(rig_heard(rig, COMITY__FRAME__BODY_ASK_AGAIN, 0));
    assert_true(letter_get(rig->node, &b.letter_id, rig->arena, &row));
    assert_int_equal(row.place, PLACE_HELD_BACK);
    struct node_figures figures;
    node_figures(rig->node, &figures);
    assert_int_equal(figures.waiting_in, 2);
    rig_deliver(rig, a.bytes);
    assert_delivered(rig, &a);
    assert_true(letter_get(rig->node, &c.letter_id, rig->arena, &row));
    assert_int_equal(row.place, PLACE_EFFECT);
    const struct case_fold *fold = case_load(rig->node, &a.case_id, rig->arena);
    assert_non_null(fold);
    assert_int_equal(fold->letter_count, 3);
    assert_true(digest_equal(&fold->last_q->id.digest, &c.letter_id.digest));
}

static void a_held_letter_that_does_not_follow_is_refused_after_all(void **state)
{
    struct rig *rig = *state;
    struct sample a, other, b;
    struct letter_row row;
    rig_letter(rig, &a, LETTER_REQUEST, 1, 1, NULL);
    rig_seal(rig, &a);
    other = a;
    other.context.signed_ms -= 1; /* another letter for number 1 */
    rig_seal(rig, &other);
    rig_letter(rig, &b, LETTER_WITHDRAW, 2, 2, &other);
    b.header.prev = wire_binary(digest_bytes(&a.id.digest));
    rig_send(rig, &b);
    assert_delivered(rig, &b);
    rig_deliver(rig, a.bytes);
    assert_delivered(rig, &a);
    const Comity__ReceiptItem *item = rig_receipt(rig, RECEIPT_REFUSED, &b.id);
    assert_non_null(item);
    assert_int_equal(item->reason, REASON_CASE);
    assert_true(letter_get(rig->node, &b.letter_id, rig->arena, &row));
    assert_int_equal(row.place, PLACE_DEAD);
}

static void letters_held_back_are_bounded(void **state)
{
    struct rig *rig = *state;
    struct sample first, s;
    rig_letter(rig, &first, LETTER_REQUEST, 1, 1, NULL);
    rig_seal(rig, &first);
    struct sample last = first;
    for (uint32_t n = 2; n <= 66; n++) {
        rig_letter(rig, &s, LETTER_STATUS_ASK, n, n, &last);
        rig_send(rig, &s);
        if (n <= 65) {
            assert_delivered(rig, &s);
        }
        last = s;
    }
    assert_put_back(rig, &s.id,
                    REASON_QUOTA); /* the limit is ours: once the first one has come there is room */
    rig_deliver(rig, first.bytes);
    rig_deliver(rig, s.bytes);
    assert_delivered(rig, &s);
    struct node_figures figures;
    node_figures(rig->node, &figures);
    assert_int_equal(figures.waiting_in, 0);
}

static void make_third_partys(struct rig *rig, struct sample *s)
{
    const struct fixture_party *xc = fixture_party(rig->fixture, "XC/poc");
    s->header.from = text_make(rig->arena, "XC/poc");
    s->header.from_key = wire_binary(bytes_of(xc->node_signer.key.bytes, 32));
    s->node_signer = &xc->node_signer;
    s->context.from = s->header.from;
    s->officers[0] = &xc->officer[FIXTURE_DUTY];
    s->context.signer[0] = wire_binary(bytes_of(s->officers[0]->key.bytes, 32));
    s->letter->status_ask->text = text_make(rig->arena, "how does it stand?");
}

static void what_one_party_leaves_open_takes_no_room_from_others(void **state)
{
    struct rig *rig = *state;
    struct sample lost, s, previous;
    for (uint32_t n = 1; n <= HELD_BACK_PEER + 1; n++) {
        rig_letter(rig, &lost, LETTER_REQUEST, n, 1, NULL); /* of another case each, and never sent */
        rig_seal(rig, &lost);
        rig_letter(rig, &s, LETTER_STATUS_ASK, n, 2, &lost);
        s.header.prev =
            n == 1 ? wire_binary(bytes_of(NULL, 0)) : wire_binary(digest_bytes(&previous.id.digest));
        rig_send(rig, &s);
        if (n <= HELD_BACK_PEER) {
            assert_delivered(rig, &s);
        }
        previous = s;
    }
    assert_put_back(rig, &s.id, REASON_QUOTA);
    rig_letter(rig, &lost, LETTER_REQUEST, 1, 1, NULL);
    rig_seal(rig, &lost);
    rig_letter(rig, &s, LETTER_STATUS_ASK, 1, 2, &lost);
    make_third_partys(rig, &s);
    rig_send(rig, &s);
    struct in_row row;
    assert_true(inbox_get(rig->node, &s.id, &row));
    assert_int_equal(row.outcome, IN_DELIVERED);
}

/* The last letter that a case has room for: once it is filed it counts, and is not measured again when its turn comes. */
static void a_letter_held_back_has_its_room_already(void **state)
{
    struct rig *rig = *state;
    struct sample s, last;
    struct letter_row row;
    rig_letter(rig, &s, LETTER_REQUEST, 1, 1, NULL);
    rig_send(rig, &s);
    for (uint32_t n = 2; n < CASE_LETTERS_SIDE; n++) {
        rig_letter(rig, &s, LETTER_STATUS_ASK, n, n, &s);
        if (n < CASE_LETTERS_SIDE - 1) {
            rig_send(rig, &s);
        }
    }
    rig_seal(rig, &s);
    rig_letter(rig, &last, LETTER_STATUS_ASK, CASE_LETTERS_SIDE, CASE_LETTERS_SIDE, &s);
    rig_send(rig, &last);
    assert_delivered(rig, &last);
    rig_deliver(rig, s.bytes);
    assert_delivered(rig, &s);
    assert_true(letter_get(rig->node, &last.letter_id, rig->arena, &row));
    assert_int_equal(row.place, PLACE_EFFECT);
    rig_letter(rig, &s, LETTER_STATUS_ASK, CASE_LETTERS_SIDE + 1, CASE_LETTERS_SIDE + 1, &last);
    rig_send(rig, &s);
    assert_refused(rig, &s, REASON_CASE, true);
}

/* The letter came in two envelopes: neither stays delivered, or its sender would go on believing in it. */
static void a_letter_refused_after_all_is_refused_in_each_envelope(void **state)
{
    struct rig *rig = *state;
    struct sample a, other, b, again;
    rig_letter(rig, &a, LETTER_REQUEST, 1, 1, NULL);
    rig_seal(rig, &a);
    other = a;
    other.context.signed_ms -= 1;
    rig_seal(rig, &other);
    rig_letter(rig, &b, LETTER_WITHDRAW, 2, 2, &other);
    b.header.prev = wire_binary(digest_bytes(&a.id.digest));
    rig_send(rig, &b);
    assert_delivered(rig, &b);
    again = b;
    again.header.seq = 3;
    again.header.prev = wire_binary(digest_bytes(&b.id.digest));
    rig_send(rig, &again);
    assert_delivered(rig, &again);
    rig_deliver(rig, a.bytes);
    assert_non_null(rig_receipt(rig, RECEIPT_REFUSED, &b.id));
    assert_non_null(rig_receipt(rig, RECEIPT_REFUSED, &again.id));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup_linked, rig_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_letter_waits_for_its_predecessor),
        TEST(a_held_letter_that_does_not_follow_is_refused_after_all),
        TEST(letters_held_back_are_bounded),
        TEST(a_letter_held_back_has_its_room_already),
        TEST(what_one_party_leaves_open_takes_no_room_from_others),
        TEST(a_letter_refused_after_all_is_refused_in_each_envelope),
    };
    return cmocka_run_group_tests_name("node held back", tests, NULL, NULL);
}
