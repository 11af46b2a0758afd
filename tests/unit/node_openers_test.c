/* SPDX-License-Identifier: Apache-2.0 */
/* Cases that the requested side begins: after a call (ORAL_NOTED), or for another party (TAKEN_OVER). The node is XB/poc. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "nodes/inbox.h"
#include "nodes/letters.h"
#include "nodes/recall.h"
#include "tests/support/arrivals.h"
#include "tests/support/loss.h"

static const struct bytes nothing = {.data = NULL, .size = 0};

static struct case_row case_of(struct rig *rig, const struct case_id *id)
{
    struct case_row row;
    assert_true(case_get(rig->node, id, rig->arena, &row));
    return row;
}

static const struct case_fold *fold_of(struct rig *rig, const struct case_id *id)
{
    const struct case_fold *fold = case_load(rig->node, id, rig->arena);
    assert_non_null(fold);
    return fold;
}

static struct case_id case_of_given(const struct given *g)
{
    struct case_id id;
    memcpy(id.bytes, g->context.case_id.data, sizeof id.bytes);
    return id;
}

/* What XA/poc says of a letter it signs now: it is the nth of its side in that case, and it had seen that one. */
static void answers(struct sample *s, const struct case_id *id, const struct letter_id *seen)
{
    s->case_id = *id;
    s->context.case_id = wire_binary(bytes_of(s->case_id.bytes, sizeof s->case_id.bytes));
    s->seen = seen->digest;
    s->context.seen = wire_binary(digest_bytes(&s->seen));
}

/* --- sides --- */

static void who_notes_a_call_is_the_requested_side(void **state)
{
    struct rig *rig = *state;
    struct case_id id;
    struct letter_id oral = rig_write(rig, NULL, LETTER_ORAL_NOTED, &id);
    struct case_row row = case_of(rig, &id);
    assert_int_equal(row.own_side, SIDE_R);
    assert_string_equal(row.q.text, "XA/poc");
    assert_string_equal(row.r.text, "XB/poc");
    assert_string_equal(row.r_reference, "XB-2026-88");
    assert_int_equal(row.state, CASE_ACKNOWLEDGED);
    assert_int_equal(rig_filed(rig, &oral).author, SIDE_R);
    (void)rig_write(rig, &id, LETTER_HELD, NULL); /* the data are held before anything is in writing */
    assert_int_equal(case_of(rig, &id).state, CASE_HELD);
}

static void who_is_told_of_a_call_is_the_requesting_side(void **state)
{
    static const enum letter_kind kinds[] = {LETTER_ORAL_NOTED, LETTER_TAKEN_OVER};
    struct rig *rig = *state;
    struct sample s;
    rig_link(rig);
    for (size_t i = 0; i < 2; i++) {
        const struct sample last = s;
        rig_letter(rig, &s, kinds[i], (uint32_t)i + 1, 1, NULL);
        if (i > 0) {
            s.prev = last.id.digest;
            s.header.prev = wire_binary(digest_bytes(&s.prev));
        }
        rig_send(rig, &s);
        assert_non_null(rig_receipt(rig, RECEIPT_DELIVERED, &s.id));
        struct case_row row = case_of(rig, &s.case_id);
        assert_int_equal(row.own_side, SIDE_Q);
        assert_string_equal(row.q.text, "XB/poc");
        assert_string_equal(row.r.text, "XA/poc");
        assert_int_equal(rig_filed(rig, &s.letter_id).author, SIDE_R);
        assert_true(ask_is_open(fold_of(rig, &s.case_id), ASK_ORAL, 0) == (i == 0));
        rig->random++; /* another case */
    }
}

static void the_written_request_joins_the_case_of_the_call(void **state)
{
    struct rig *rig = *state;
    struct case_id id;
    struct sample s;
    rig_link(rig);
    struct letter_id oral = rig_write(rig, NULL, LETTER_ORAL_NOTED, &id);
    assert_true(ask_is_open(fold_of(rig, &id), ASK_ORAL, 0));
    rig_letter(rig, &s, LETTER_REQUEST, 1, 1, NULL);
    answers(&s, &id, &oral);
    rig_send(rig, &s);
    assert_non_null(rig_receipt(rig, RECEIPT_DELIVERED, &s.id));
    const struct case_fold *fold = fold_of(rig, &id);
    assert_false(ask_is_open(fold, ASK_ORAL, 0));
    assert_int_equal(fold->letter_count, 2);
    struct case_row row = case_of(rig, &id);
    assert_int_equal(row.own_side, SIDE_R); /* still */
    assert_string_equal(row.q_reference, s.letter->request->reference);
}

static void who_was_asked_begins_no_case_of_who_asked(void **state)
{
    static const enum letter_kind kinds[] = {LETTER_ORAL_NOTED, LETTER_TAKEN_OVER};
    struct rig *rig = *state;
    struct sample s;
    struct rig_sent sent = rig_request(rig);
    const char *reference = case_of(rig, &sent.case_id).q_reference;
    for (size_t i = 0; i < 2; i++) {
        const struct sample last = s;
        rig_letter(rig, &s, kinds[i], (uint32_t)i + 1, 1, NULL);
        if (i > 0) {
            s.prev = last.id.digest;
            s.header.prev = wire_binary(digest_bytes(&s.prev));
        }
        s.case_id = sent.case_id;
        s.context.case_id = wire_binary(bytes_of(s.case_id.bytes, sizeof s.case_id.bytes));
        rig_send(rig, &s);
        assert_non_null(rig_receipt(rig, RECEIPT_REFUSED, &s.id));
        assert_int_equal(rig_receipt(rig, RECEIPT_REFUSED, &s.id)->reason, REASON_CASE);
    }
    assert_string_equal(case_of(rig, &sent.case_id).q_reference, reference);
    assert_int_equal(fold_of(rig, &sent.case_id)->opener->author, SIDE_Q);
}

static void a_first_letter_that_began_nothing_says_what_it_saw(void **state)
{
    struct rig *rig = *state;
    struct letter_draft draft;
    struct case_id id;
    struct sample s;
    rig_link(rig);
    rig_letter(rig, &s, LETTER_ORAL_NOTED, 1, 1, NULL);
    rig_send(rig, &s);
    id = s.case_id;
    assert_true(letter_draft(rig->node, &id, &draft));
    assert_int_equal(draft.author, SIDE_Q);
    assert_int_equal(draft.case_seq, 1);
    assert_true(draft.has_seen && !draft.has_prev);
    struct letter_id request = rig_write(rig, &id, LETTER_REQUEST, NULL);
    struct letter_row row = rig_filed(rig, &request);
    assert_int_equal(row.author, SIDE_Q);
    assert_false(letter_begins(&row));
    row = rig_filed(rig, &s.letter_id);
    assert_true(letter_begins(&row));
}

/* --- a disk that lost letters --- */

/* XB/poc noted a call of XA/poc, who asked how it stands before it wrote, then wrote; XB/poc holds. */
struct oral_case {
    struct given oral, ask, request, held;
};

static void oral_case_make(struct rig *rig, bool own, struct oral_case *c)
{
    given_make(rig, &c->oral, LETTER_ORAL_NOTED, own, 1, NULL, NULL);
    given_make(rig, &c->ask, LETTER_STATUS_ASK, !own, 1, &c->oral, NULL);
    given_make(rig, &c->request, LETTER_REQUEST, !own, 2, &c->oral, &c->ask);
    given_make(rig, &c->held, LETTER_HELD, own, 2, &c->oral, &c->oral);
    const struct given *seen[] = {&c->oral, &c->oral, &c->request};
    struct given *by[] = {&c->ask, &c->request, &c->held};
    for (size_t i = 0; i < 3; i++) {
        struct bytes id = arena_copy(rig->arena, digest_bytes(&seen[i]->id.digest));
        by[i]->context.seen = wire_binary(id);
        if (by[i] == &c->request) {
            by[i]->context.case_prev = wire_binary(arena_copy(rig->arena, digest_bytes(&c->ask.id.digest)));
        }
        given_sign(rig, by[i]);
    }
}

/* Pages go by the sides, Q first: the letters of Q come before the one that began their case. */
static void a_case_that_began_with_a_call_comes_back(struct rig *rig, bool own)
{
    struct control_chain chain = {.last = {.header = {.seq = 0}}};
    struct oral_case c;
    uint64_t number = loss_show(rig, 12);
    oral_case_make(rig, own, &c);
    struct given *letters[] = {&c.ask, &c.request, &c.oral, &c.held};
    control_give(rig, &chain, number, letters, 4, nothing);
    for (size_t i = 0; i < 4; i++) {
        struct letter_row row = rig_filed(rig, &letters[i]->id);
        assert_int_equal(row.place, PLACE_EFFECT);
        assert_int_equal(row.author, i < 2 ? SIDE_Q : SIDE_R);
        assert_true(row.returned);
    }
    struct case_id id = case_of_given(&c.oral);
    struct case_row row = case_of(rig, &id);
    assert_int_equal(row.own_side, own ? SIDE_R : SIDE_Q);
    assert_string_equal(row.q.text, own ? "XA/poc" : "XB/poc");
    assert_int_equal(row.state, CASE_HELD);
    assert_false(ask_is_open(fold_of(rig, &id), ASK_ORAL, 0));
}

static void it_comes_back_to_the_requested_side(void **state)
{
    a_case_that_began_with_a_call_comes_back(*state, true);
}

static void it_comes_back_to_the_requesting_side(void **state)
{
    a_case_that_began_with_a_call_comes_back(*state, false);
}

/* It puts a call into writing that nobody here knows of: that was lost, or never was. */
static void a_request_that_had_seen_something_begins_no_case(void **state)
{
    struct rig *rig = *state;
    struct control_chain chain = {.last = {.header = {.seq = 0}}};
    struct case_id id = {.bytes = {7}};
    const struct letter_id oral = {.digest = {.bytes = {9}}};
    struct case_row row;
    struct sample s;
    rig_link(rig);
    rig_give_prekeys(rig, 1);
    rig_letter(rig, &s, LETTER_REQUEST, 1, 1, NULL);
    answers(&s, &id, &oral);
    rig_send(rig, &s);
    assert_put_back(rig, &s.id, REASON_QUOTA);
    assert_true(loss_asks(rig));
    loss_answer(rig, &chain, 0, 0); /* they have no such call either */
    rig_deliver(rig, s.bytes);
    assert_refused(rig, &s, REASON_CASE, true);
    assert_false(case_get(rig->node, &id, rig->arena, &row));
}

/* Its number 1 may be taken there; that of a call noted now cannot be. */
static void a_request_for_a_lost_case_waits_and_a_new_call_does_not(void **state)
{
    struct rig *rig = *state;
    struct control_chain chain = {.last = {.header = {.seq = 0}}};
    struct case_id id;
    struct given oral;
    uint64_t number = loss_show(rig, 12);
    given_make(rig, &oral, LETTER_ORAL_NOTED, false, 1, NULL, NULL);
    struct given *letters[] = {&oral};
    control_give(rig, &chain, number, letters, 1, bytes_of("more", 4));
    id = case_of_given(&oral);
    assert_int_equal(case_of(rig, &id).own_side, SIDE_Q);
    assert_int_equal(recall_blocks(rig->node, &id, "XA/poc"), RECALL_PENDING);
    struct letter_id request = rig_write(rig, &id, LETTER_REQUEST, NULL);
    struct letter_row row = rig_filed(rig, &request);
    assert_true(letter_waits_for_recall(rig->node, &row));
    struct letter_id call = rig_write(rig, NULL, LETTER_ORAL_NOTED, &id);
    row = rig_filed(rig, &call);
    assert_false(letter_waits_for_recall(rig->node, &row));
    assert_int_equal(recall_blocks(rig->node, &id, "XA/poc"), RECALL_FREE);
}

/* XA/poc's second letter overtakes its first: it is held back as one of the requested side. */
static void a_letter_of_r_may_overtake_the_one_that_begins_its_case(void **state)
{
    struct rig *rig = *state;
    struct sample first, second;
    rig_link(rig);
    rig_letter(rig, &first, LETTER_ORAL_NOTED, 1, 1, NULL);
    rig_seal(rig, &first);
    rig_letter(rig, &second, LETTER_HELD, 2, 2, &first);
    second.case_id = first.case_id;
    second.context.seen = wire_binary(nothing);
    rig_seal(rig, &second);
    rig_deliver(rig, second.bytes);
    struct letter_row row = rig_filed(rig, &second.letter_id);
    assert_int_equal(row.place, PLACE_HELD_BACK);
    assert_int_equal(row.author, SIDE_R);
    rig_deliver(rig, first.bytes);
    row = rig_filed(rig, &second.letter_id);
    assert_int_equal(row.place, PLACE_EFFECT);
    assert_int_equal(case_of(rig, &first.case_id).state, CASE_HELD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define CASE(test) cmocka_unit_test_setup_teardown(test, rig_setup, rig_teardown)
        CASE(who_notes_a_call_is_the_requested_side),
        CASE(who_is_told_of_a_call_is_the_requesting_side),
        CASE(the_written_request_joins_the_case_of_the_call),
        CASE(who_was_asked_begins_no_case_of_who_asked),
        CASE(a_first_letter_that_began_nothing_says_what_it_saw),
        CASE(it_comes_back_to_the_requested_side),
        CASE(it_comes_back_to_the_requesting_side),
        CASE(a_request_that_had_seen_something_begins_no_case),
        CASE(a_request_for_a_lost_case_waits_and_a_new_call_does_not),
        CASE(a_letter_of_r_may_overtake_the_one_that_begins_its_case),
    };
    return cmocka_run_group_tests_name("node_openers", tests, NULL, NULL);
}
