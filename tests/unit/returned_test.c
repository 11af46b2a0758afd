/* SPDX-License-Identifier: Apache-2.0 */
/* What a node that lost letters takes back from XA/poc, and what becomes of its own. The node is XB/poc. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "nodes/inbox.h"
#include "nodes/letters.h"
#include "nodes/recall.h"
#include "tests/support/loss.h"

static const struct bytes nothing = {.data = NULL, .size = 0};

/* --- taking back --- */

static void letters_of_both_sides_come_back(void **state)
{
    struct rig *rig = *state;
    struct control_chain chain = {.last = {.header = {.seq = 0}}};
    struct given_case h;
    uint64_t number = loss_show(rig, 12);
    given_make_case(rig, &h);
    h.ack.message.opened_ms = rig->wall.ms + 3000;
    struct given *letters[] = {&h.request, &h.ask, &h.ack, &h.held};
    control_give(rig, &chain, number, letters, 4, nothing);
    assert_non_null(rig_receipt(rig, RECEIPT_DELIVERED, &chain.last.id));
    for (size_t i = 0; i < 4; i++) {
        struct letter_row row = rig_filed(rig, &letters[i]->id);
        assert_int_equal(row.place, PLACE_EFFECT);
        assert_int_equal(row.own, letters[i]->own);
        assert_true(row.returned);
        assert_int_equal(row.accepted_ms, letters[i]->message.accepted_ms);
        assert_int_equal(row.delivered_ms, letters[i]->message.delivered_ms);
        assert_int_equal(row.opened_ms, letters[i]->message.opened_ms);
        assert_int_equal(row.sending, row.own ? SENDING_DELIVERED : SENDING_NONE);
    }
    struct letter_row request = rig_filed(rig, &h.request.id);
    struct case_row row;
    assert_true(case_get(rig->node, &request.case_id, rig->arena, &row));
    assert_int_equal(row.own_side, SIDE_R);
    assert_int_equal(row.state, CASE_HELD);
    assert_int_equal(row.unopened, 0);
    assert_int_equal(rig_count(rig, COMITY__FRAME__BODY_SUBMIT), 0); /* nothing of it is sent again */
    struct letter_draft draft;
    assert_true(letter_draft(rig->node, &request.case_id, &draft));
    assert_int_equal(draft.case_seq, 3);
}

static void what_is_given_back_twice_is_there_once(void **state)
{
    struct rig *rig = *state;
    struct control_chain chain = {.last = {.header = {.seq = 0}}};
    struct given_case h;
    size_t count = 0;
    uint64_t number = loss_show(rig, 12);
    given_make_case(rig, &h);
    loss_question_arrives(rig);
    struct given *letters[] = {&h.request, &h.request, &h.ack, &h.ack};
    control_give(rig, &chain, number, letters, 4, bytes_of("x", 1));
    rig_tick(rig, MS_PER_SECOND);
    assert_true(loss_asks(rig));
    number = loss_question_number(rig);
    control_give(rig, &chain, number, letters, 4, nothing);
    struct letter_row request = rig_filed(rig, &h.request.id);
    assert_non_null(letter_list(rig->node, &request.case_id, rig->arena, &count));
    assert_int_equal(count, 2);
}

static void pages_follow_each_other(void **state)
{
    struct rig *rig = *state;
    struct control_chain chain = {.last = {.header = {.seq = 0}}};
    struct given_case h;
    uint64_t first = loss_show(rig, 12);
    given_make_case(rig, &h);
    loss_question_arrives(rig);
    struct given *one[] = {&h.request};
    struct given *two[] = {&h.ack};
    control_give(rig, &chain, first, one, 1, bytes_of("place", 5));
    rig_tick(rig, MS_PER_SECOND - 1);
    assert_false(loss_asks(rig));
    rig_tick(rig, 1);
    const Comity__Control *control = loss_question(rig, NULL, NULL);
    assert_non_null(control);
    assert_true(bytes_equal(wire_bytes(control->recall->after), bytes_of("place", 5)));
    assert_true(control->recall->number != first);
    control_give(rig, &chain, first, two, 1, nothing); /* the answer to a question that was answered */
    assert_false(given_is_filed(rig, &h.ack));
    control_give(rig, &chain, control->recall->number, two, 1, nothing);
    assert_true(given_is_filed(rig, &h.ack));
}

static void a_page_that_brings_nothing_leads_nowhere(void **state)
{
    struct rig *rig = *state;
    struct control_chain chain = {.last = {.header = {.seq = 0}}};
    uint64_t number = loss_show(rig, 12);
    loss_question_arrives(rig);
    control_give(rig, &chain, number, NULL, 0, bytes_of("place", 5));
    assert_false(loss_asks(rig));
    assert_false(loss_is_done(rig));
    loss_later(rig, 10 * MS_PER_MINUTE);
    assert_true(loss_asks(rig));
    assert_int_equal(loss_question(rig, NULL, NULL)->recall->after.len, 0); /* from the first letter on */
}

static void nothing_is_taken_that_was_not_asked_for(void **state)
{
    struct rig *rig = *state;
    struct control_chain chain = {.last = {.header = {.seq = 0}}};
    struct given_case h;
    rig_link(rig);
    given_make_case(rig, &h);
    struct given *letters[] = {&h.request};
    control_give(rig, &chain, 0, letters, 1, nothing);
    assert_false(given_is_filed(rig, &h.request));
    rig_link_down(rig);
    uint64_t number = loss_show(rig, 12);
    control_give(rig, &chain, number + 2, letters, 1, nothing);
    control_give(rig, &chain, 0, letters, 1, nothing);
    assert_false(given_is_filed(rig, &h.request));
    control_give(rig, &chain, number, letters, 1, nothing);
    assert_true(given_is_filed(rig, &h.request));
}

/* --- numbers that are taken --- */

/* An acknowledgement of ours in the case of that request, and not the one that is here. */
static void make_other_ack(struct rig *rig, const struct sample *asked, struct given *ack)
{
    struct given request;
    given_make(rig, &request, LETTER_REQUEST, false, 1, NULL, NULL);
    request.context.case_id = asked->context.case_id;
    given_make(rig, ack, LETTER_ACK, true, 1, &request, NULL);
    ack->letter->ack->reference = text_make(rig->arena, "the other one");
    given_sign(rig, ack);
}

static void a_letter_of_ours_that_never_arrived_gives_way(void **state)
{
    struct rig *rig = *state;
    struct control_chain chain = {.last = {.header = {.seq = 0}}};
    struct sample asked;
    struct given ack;
    rig_link(rig);
    rig_letter(rig, &asked, LETTER_REQUEST, 1, 1, NULL);
    rig_send(rig, &asked);
    rig_link_down(rig);
    struct letter_id mine = rig_write(rig, &asked.case_id, LETTER_ACK, NULL);
    struct letter_id behind = rig_write(rig, &asked.case_id, LETTER_STATUS, NULL);
    uint64_t number = loss_show(rig, 12);
    assert_int_equal(rig_count(rig, COMITY__FRAME__BODY_SUBMIT), 1); /* the question; the two wait */
    make_other_ack(rig, &asked, &ack);
    struct given *letters[] = {&ack};
    control_give(rig, &chain, number, letters, 1, nothing);
    assert_int_equal(rig_filed(rig, &mine).place, PLACE_DEAD);
    assert_int_equal(rig_filed(rig, &mine).reason, REASON_CASE);
    assert_int_equal(rig_filed(rig, &behind).place, PLACE_DEAD);
    assert_int_equal(rig_filed(rig, &ack.id).place, PLACE_EFFECT);
}

/* A request of XA/poc's has come, and our acknowledgement is submitted. */
static struct rig_sent acknowledge(struct rig *rig, struct sample *asked)
{
    struct rig_sent sent;
    rig_link(rig);
    rig_give_prekeys(rig, 1);
    rig_letter(rig, asked, LETTER_REQUEST, 1, 1, NULL);
    rig_send(rig, asked);
    sent.case_id = asked->case_id;
    sent.letter = rig_write(rig, &sent.case_id, LETTER_ACK, NULL);
    sent.head = rig_submitted(rig, 0, &sent.id);
    assert_non_null(sent.head);
    return sent;
}

static void a_letter_of_ours_that_they_have_signed_for_stays(void **state)
{
    struct rig *rig = *state;
    struct control_chain chain = {.last = {.header = {.seq = 0}}};
    struct sample asked;
    struct given ack;
    struct recall_state recall;
    struct rig_sent mine = acknowledge(rig, &asked);
    rig_give_receipt(rig, RECEIPT_DELIVERED, mine.head, &mine.id, REASON_NONE);
    rig_link_down(rig);
    uint64_t number = loss_show(rig, 12);
    make_other_ack(rig, &asked, &ack);
    struct given *letters[] = {&ack};
    loss_question_arrives(rig);
    control_give(rig, &chain, number, letters, 1, nothing);
    assert_int_equal(rig_filed(rig, &mine.letter).place, PLACE_EFFECT);
    assert_false(given_is_filed(rig, &ack));
    assert_int_equal(recall_states(rig->node, 1, &recall), 1);
    assert_int_equal(recall.refused, 1);
    number = loss_ask_again(rig);
    loss_last_page(rig, &chain, number, 12, 0);
    assert_true(loss_is_done(rig));
    assert_int_equal(recall_blocks(rig->node, &asked.case_id, "XA/poc"), RECALL_BROKEN);
    assert_int_equal(recall_blocks(rig->node, &asked.case_id, "XC/poc"), RECALL_FREE);
}

static void numbers_of_older_cases_wait_and_those_of_new_ones_go_on(void **state)
{
    struct rig *rig = *state;
    struct sample asked, later;
    struct case_id fresh;
    rig_link(rig);
    rig_letter(rig, &asked, LETTER_REQUEST, 1, 1, NULL);
    rig_send(rig, &asked);
    rig_link_down(rig);
    (void)loss_show(rig, 12);
    assert_int_equal(recall_blocks(rig->node, &asked.case_id, "XA/poc"), RECALL_PENDING);
    assert_int_equal(recall_blocks(rig->node, &asked.case_id, "XC/poc"), RECALL_FREE);
    struct letter_id waits = rig_write(rig, &asked.case_id, LETTER_ACK, NULL);
    assert_int_equal(rig_filed(rig, &waits).sending, SENDING_WANTED);
    struct letter_row row = rig_filed(rig, &waits);
    assert_true(letter_waits_for_recall(rig->node, &row));
    struct letter_id request = rig_write(rig, NULL, LETTER_REQUEST, &fresh);
    assert_int_equal(rig_filed(rig, &request).sending, SENDING_SEALED);
    assert_int_equal(recall_blocks(rig->node, &fresh, "XA/poc"), RECALL_FREE);
    rig_letter(rig, &later, LETTER_REQUEST, 2, 1, &asked);
    memset(later.case_id.bytes, 7, 16);
    later.context.case_id = wire_binary(bytes_of(later.case_id.bytes, 16));
    rig_send(rig, &later);
    assert_int_equal(recall_blocks(rig->node, &later.case_id, "XA/poc"), RECALL_FREE);
    struct letter_id answer = rig_write(rig, &later.case_id, LETTER_ACK, NULL);
    assert_int_equal(rig_filed(rig, &answer).sending, SENDING_SEALED);
}

static void a_letter_of_a_case_that_was_lost_comes_again(void **state)
{
    struct rig *rig = *state;
    struct control_chain chain = {.last = {.header = {.seq = 0}}};
    struct given_case h;
    struct sample ask;
    struct in_row row;
    uint64_t number = loss_show(rig, 12);
    given_make_case(rig, &h);
    rig_letter(rig, &ask, LETTER_STATUS_ASK, 1, 2, NULL);
    ask.context.case_id = h.request.context.case_id;
    ask.context.case_prev = wire_binary(digest_bytes(&h.request.id.digest));
    rig_send(rig, &ask);
    const Comity__Frame *frame = rig_heard(rig, COMITY__FRAME__BODY_REJECTED, 0);
    assert_non_null(frame);
    assert_int_equal(frame->rejected->reason, REASON_QUOTA);
    assert_true(frame->rejected->temporary);
    assert_false(inbox_get(rig->node, &ask.id, &row));
    struct given *letters[] = {&h.request};
    control_give(rig, &chain, number, letters, 1, nothing);
    rig_deliver(rig, ask.bytes);
    assert_non_null(rig_receipt(rig, RECEIPT_DELIVERED, &ask.id));
    assert_int_equal(rig_filed(rig, &ask.letter_id).place, PLACE_EFFECT);
}

/* How long it is put back: the longer the recall has lasted, the longer, for each time it is opened anew. */
static void what_waits_for_its_case_comes_ever_later(void **state)
{
    struct rig *rig = *state;
    static const struct {
        uint64_t lasted_ms;
        uint32_t retry_ms;
    } steps[] = {{0, 60000},
                 {4 * MS_PER_MINUTE, 60000},
                 {6 * MS_PER_MINUTE, 90000},
                 {MS_PER_HOUR, 900000},
                 {MS_PER_DAY, 900000}};
    struct given_case h;
    struct sample ask;
    (void)loss_show(rig, 12);
    given_make_case(rig, &h);
    rig_letter(rig, &ask, LETTER_STATUS_ASK, 1, 2, NULL);
    ask.context.case_id = h.request.context.case_id;
    ask.context.case_prev = wire_binary(digest_bytes(&h.request.id.digest));
    rig_send(rig, &ask);
    const uint64_t shown_ms = rig->wall.ms;
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        rig->wall.ms = shown_ms + steps[i].lasted_ms;
        rig_deliver(rig, ask.bytes);
        assert_int_equal(rig_heard(rig, COMITY__FRAME__BODY_REJECTED, 0)->rejected->retry_ms,
                         steps[i].retry_ms);
    }
}

/* --- times, letters given up --- */

/* A letter that is here, as XA/poc gives it back. */
static void given_of_file(struct rig *rig, struct given *g, const struct letter_id *id)
{
    const struct letter_row row = rig_filed(rig, id);
    Comity__Inner *proofs = NULL;
    assert_int_equal(inner_unpack(row.proofs, rig->arena, &proofs, NULL), WIRE_OK);
    *g = (struct given){.own = row.own, .id = *id};
    comity__returned_letter__init(&g->message);
    g->message.context = wire_binary(row.context);
    g->message.letter = wire_binary(row.letter);
    g->message.n_signature = proofs->n_signature;
    g->message.signature = proofs->signature;
    g->message.accepted_ms = rig->wall.ms + 1000;
    g->message.delivered_ms = rig->wall.ms + 2000;
}

/* Gives the letter back in a page of its own; times earlier than any. */
static void give_with_early_times(struct rig *rig, struct control_chain *chain, uint64_t *number,
                                  const struct letter_id *id)
{
    struct given g;
    given_of_file(rig, &g, id);
    g.message.accepted_ms = g.message.delivered_ms = g.message.opened_ms = CREATED_MS_MIN;
    struct given *letters[] = {&g};
    loss_question_arrives(rig);
    control_give(rig, chain, *number, letters, 1, bytes_of("x", 1));
    loss_later(rig, MS_PER_SECOND);
    assert_true(loss_asks(rig));
    *number = loss_question_number(rig);
}

static void times_that_are_proven_stay(void **state)
{
    struct rig *rig = *state;
    struct control_chain chain = {.last = {.header = {.seq = 0}}};
    struct sample asked;
    struct rig_sent mine = acknowledge(rig, &asked);
    rig_give_receipt(rig, RECEIPT_ACCEPTED, mine.head, &mine.id, REASON_NONE);
    rig->wall.ms += 1000;
    rig_give_receipt(rig, RECEIPT_DELIVERED, mine.head, &mine.id, REASON_NONE);
    rig->wall.ms += 1000;
    rig_give_receipt(rig, RECEIPT_OPENED, mine.head, &mine.id, REASON_NONE);
    rig_link_down(rig);
    const struct letter_row ours = rig_filed(rig, &mine.letter);
    const struct letter_row theirs = rig_filed(rig, &asked.letter_id);
    assert_true(ours.accepted_ms != 0 && ours.delivered_ms != 0 && ours.opened_ms != 0);
    uint64_t number = loss_show(rig, 12);
    give_with_early_times(rig, &chain, &number, &mine.letter);
    give_with_early_times(rig, &chain, &number, &asked.letter_id);
    struct letter_row row = rig_filed(rig, &mine.letter);
    assert_int_equal(row.accepted_ms, ours.accepted_ms);
    assert_int_equal(row.delivered_ms, ours.delivered_ms);
    assert_int_equal(row.opened_ms, ours.opened_ms);
    assert_false(row.returned);
    row = rig_filed(rig, &asked.letter_id);
    assert_int_equal(row.accepted_ms, theirs.accepted_ms);
    assert_int_equal(row.delivered_ms, theirs.delivered_ms);
    assert_int_equal(row.opened_ms, 0); /* nobody here has opened it */
    assert_false(row.returned);
}

/* Our letter was delivered in an envelope of after the loss; then they give it back with these times, from its signature on. */
static void give_back_after_the_loss(struct rig *rig, int64_t accepted, int64_t delivered,
                                     struct letter_row *ret_proven, struct letter_row *ret_now)
{
    struct control_chain chain = {.last = {.header = {.seq = 0}}};
    struct sample asked;
    struct given g;
    struct given *letters[] = {&g};
    struct rig_sent mine = acknowledge(rig, &asked);
    rig_link_down(rig);
    uint64_t number = loss_show(rig, 12);
    loss_question_arrives(rig);
    rig_give_receipt(rig, RECEIPT_ACCEPTED, mine.head, &mine.id, REASON_NONE);
    rig->wall.ms += 1000;
    rig_give_receipt(rig, RECEIPT_DELIVERED, mine.head, &mine.id, REASON_NONE);
    *ret_proven = rig_filed(rig, &mine.letter);
    assert_true(ret_proven->accepted_ms != 0 && ret_proven->delivered_ms != 0);
    assert_false(ret_proven->returned);
    given_of_file(rig, &g, &mine.letter);
    g.message.accepted_ms = (uint64_t)((int64_t)ret_proven->signed_ms + accepted);
    g.message.delivered_ms = (uint64_t)((int64_t)ret_proven->signed_ms + delivered);
    control_give(rig, &chain, number, letters, 1, bytes_of("x", 1));
    *ret_now = rig_filed(rig, &mine.letter);
}

/* A backup has sealed the letter again: what is proven is of an envelope after the loss, and the first one counts there. */
static void times_before_the_loss_are_taken_for_those_after_it(void **state)
{
    struct letter_row proven, now;
    give_back_after_the_loss(*state, -600000, 1, &proven, &now);
    assert_int_equal(now.accepted_ms, proven.signed_ms - 600000);
    assert_int_equal(now.delivered_ms, proven.signed_ms + 1);
    assert_true(now.returned);
}

static void no_time_before_the_signature_is_taken(void **state)
{
    struct letter_row proven, now;
    give_back_after_the_loss(*state, -600001, 1, &proven, &now);
    assert_int_equal(now.accepted_ms, proven.accepted_ms);
    assert_int_equal(now.delivered_ms, proven.delivered_ms);
    assert_false(now.returned);
}

/* Who answers late would have more time by it. */
static void no_later_acceptance_is_taken(void **state)
{
    struct letter_row proven, now;
    give_back_after_the_loss(*state, (int64_t)365 * 86400000, 1, &proven, &now);
    assert_int_equal(now.accepted_ms, proven.accepted_ms);
    assert_int_equal(now.delivered_ms, proven.delivered_ms);
    assert_false(now.returned);
}

/* Our letter was delivered, with the word ACCEPTED or without, and the broker may have forgotten it; then they give it back. */
static void give_back_as_accepted_at(struct rig *rig, enum receipt_kind word, int64_t accepted,
                                     struct letter_row *ret_before, struct letter_row *ret_now)
{
    struct control_chain chain = {.last = {.header = {.seq = 0}}};
    struct sample asked;
    struct given g;
    struct given *letters[] = {&g};
    struct rig_sent mine = acknowledge(rig, &asked);
    rig_give_receipt(rig, RECEIPT_DELIVERED, mine.head, &mine.id, REASON_NONE);
    if (word != RECEIPT_DELIVERED) {
        rig_give_receipt(rig, word, mine.head, &mine.id,
                         word == RECEIPT_REJECTED ? REASON_EXPIRED : REASON_NONE);
    }
    rig_link_down(rig);
    uint64_t number = loss_show(rig, 12);
    loss_question_arrives(rig);
    *ret_before = rig_filed(rig, &mine.letter);
    given_of_file(rig, &g, &mine.letter);
    g.message.accepted_ms = (uint64_t)((int64_t)ret_before->signed_ms + accepted);
    g.message.delivered_ms = ret_before->delivered_ms;
    control_give(rig, &chain, number, letters, 1, bytes_of("x", 1));
    *ret_now = rig_filed(rig, &mine.letter);
}

static void the_time_of_an_acceptance_that_nobody_told_is_taken(void **state)
{
    struct letter_row before, now;
    give_back_as_accepted_at(*state, RECEIPT_REJECTED, -600000, &before, &now);
    assert_int_equal(before.accepted_ms, 0);
    assert_int_equal(now.accepted_ms, now.signed_ms - 600000);
    assert_int_equal(now.delivered_ms, before.delivered_ms);
    assert_true(now.returned);
}

static void no_acceptance_before_the_signature_is_taken(void **state)
{
    struct letter_row before, now;
    give_back_as_accepted_at(*state, RECEIPT_REJECTED, -600001, &before, &now);
    assert_int_equal(now.accepted_ms, 0);
    assert_false(now.returned);
}

static void no_acceptance_after_the_delivery_is_taken(void **state)
{
    struct letter_row before, now;
    give_back_as_accepted_at(*state, RECEIPT_REJECTED, (int64_t)365 * 86400000, &before, &now);
    assert_int_equal(now.accepted_ms, 0);
    assert_false(now.returned);
}

/* Its word is on its way, and a proof. */
static void no_acceptance_is_taken_that_may_still_be_told(void **state)
{
    struct letter_row before, now;
    give_back_as_accepted_at(*state, RECEIPT_DELIVERED, -600000, &before, &now);
    assert_int_equal(now.accepted_ms, 0);
    assert_false(now.returned);
}

static void the_time_of_an_acceptance_that_is_proven_stays(void **state)
{
    struct letter_row before, now;
    give_back_as_accepted_at(*state, RECEIPT_ACCEPTED, -600000, &before, &now);
    assert_int_not_equal(before.accepted_ms, 0);
    assert_int_equal(now.accepted_ms, before.accepted_ms);
    assert_false(now.returned);
}

/* Their word, and marked so; a request filed after the loss goes on all the same. */
static void times_of_a_delivery_that_is_not_known_are_marked(void **state)
{
    struct rig *rig = *state;
    struct control_chain chain = {.last = {.header = {.seq = 0}}};
    struct case_id fresh;
    uint64_t number = loss_show(rig, 12);
    loss_question_arrives(rig);
    struct letter_id mine = rig_write(rig, NULL, LETTER_REQUEST, &fresh);
    struct given g;
    given_of_file(rig, &g, &mine);
    struct given *letters[] = {&g};
    control_give(rig, &chain, number, letters, 1, bytes_of("x", 1));
    struct letter_row row = rig_filed(rig, &mine);
    assert_int_equal(row.sending, SENDING_DELIVERED);
    assert_int_equal(row.delivered_ms, g.message.delivered_ms);
    assert_true(row.returned);
    assert_int_equal(recall_blocks(rig->node, &fresh, "XA/poc"), RECALL_FREE);
    struct letter_id next = rig_write(rig, &fresh, LETTER_STATUS_ASK, NULL);
    assert_int_equal(rig_filed(rig, &next).sending, SENDING_SEALED);
}

/* A letter of ours after the request, whose envelope failed on its way: it waits to be sealed again. */
static struct letter_id write_and_fail(struct rig *rig, struct case_id *ret_case)
{
    struct envelope_id id;
    rig_link(rig);
    (void)rig_write(rig, NULL, LETTER_REQUEST, ret_case);
    rig_give_prekeys(rig, 1);
    const Comity__Header *header = rig_submitted(rig, 0, &id);
    rig_give_receipt(rig, RECEIPT_DELIVERED, header, &id, REASON_NONE);
    struct letter_id letter = rig_write(rig, ret_case, LETTER_STATUS_ASK, NULL);
    header = rig_submitted(rig, 0, &id);
    rig_give_receipt(rig, RECEIPT_REFUSED, header, &id, REASON_BODY);
    return letter;
}

/* Of such a letter the last envelope ends so; and what our officer then wrote in its place. */
static void give_up_and_write_again(struct rig *rig, enum receipt_kind kind, struct letter_id *ret_first,
                                    struct letter_id *ret_second)
{
    struct envelope_id id;
    struct case_id case_id;
    *ret_first = write_and_fail(rig, &case_id);
    rig_give_prekeys(rig, 2); /* sealed again */
    const Comity__Header *header = rig_submitted(rig, 0, &id);
    rig_give_receipt(rig, kind, header, &id, REASON_LETTER);
    assert_int_equal(rig_filed(rig, ret_first).place, PLACE_DEAD);
    rig->wall.ms++;
    *ret_second = rig_write(rig, &case_id, LETTER_STATUS_ASK, NULL);
    rig_link_down(rig);
}

/* XA/poc gives back the one whose envelope ended so. */
static void give_back_the_first(struct rig *rig, enum receipt_kind kind, struct letter_row *ret_first,
                                struct letter_row *ret_second, struct given *ret_given)
{
    struct control_chain chain = {.last = {.header = {.seq = 0}}};
    struct letter_id first, second;
    give_up_and_write_again(rig, kind, &first, &second);
    uint64_t number = loss_show(rig, 12);
    given_of_file(rig, ret_given, &first);
    control_give(rig, &chain, number, &ret_given, 1, nothing);
    *ret_first = rig_filed(rig, &first);
    *ret_second = rig_filed(rig, &second);
}

static void a_letter_that_they_refused_does_not_come_back(void **state)
{
    struct letter_row first, second;
    struct given g;
    give_back_the_first(*state, RECEIPT_REFUSED, &first, &second, &g);
    assert_int_equal(first.place, PLACE_DEAD);
    assert_int_equal(first.delivered_ms, 0);
    assert_int_equal(second.place, PLACE_EFFECT);
}

/* That the broker did not take it here proves nothing about what was lost. */
static void a_letter_given_up_that_they_have_comes_back(void **state)
{
    struct letter_row first, second;
    struct given g;
    give_back_the_first(*state, RECEIPT_REJECTED, &first, &second, &g);
    assert_int_equal(first.place, PLACE_EFFECT);
    assert_int_equal(first.delivered_ms, g.message.delivered_ms);
    assert_int_equal(second.place, PLACE_DEAD);
}

/* An envelope that they refused because it failed on its way says nothing about the letter: another one brought it. */
static void a_letter_that_came_in_another_envelope_is_not_sent_again(void **state)
{
    struct rig *rig = *state;
    struct control_chain chain = {.last = {.header = {.seq = 0}}};
    struct case_id case_id;
    struct letter_id letter = write_and_fail(rig, &case_id);
    struct given g, *given = &g;
    assert_int_equal(rig_filed(rig, &letter).sending, SENDING_WANTED);
    rig_link_down(rig);
    uint64_t number = loss_show(rig, 12);
    given_of_file(rig, &g, &letter);
    control_give(rig, &chain, number, &given, 1, nothing);
    const struct letter_row row = rig_filed(rig, &letter);
    assert_int_equal(row.sending, SENDING_DELIVERED);
    assert_int_equal(row.delivered_ms, g.message.delivered_ms);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)
    const struct CMUnitTest tests[] = {
        TEST(letters_of_both_sides_come_back),
        TEST(what_is_given_back_twice_is_there_once),
        TEST(pages_follow_each_other),
        TEST(a_page_that_brings_nothing_leads_nowhere),
        TEST(nothing_is_taken_that_was_not_asked_for),
        TEST(a_letter_of_ours_that_never_arrived_gives_way),
        TEST(a_letter_of_ours_that_they_have_signed_for_stays),
        TEST(times_that_are_proven_stay),
        TEST(times_before_the_loss_are_taken_for_those_after_it),
        TEST(no_time_before_the_signature_is_taken),
        TEST(no_later_acceptance_is_taken),
        TEST(the_time_of_an_acceptance_that_nobody_told_is_taken),
        TEST(no_acceptance_before_the_signature_is_taken),
        TEST(no_acceptance_after_the_delivery_is_taken),
        TEST(no_acceptance_is_taken_that_may_still_be_told),
        TEST(the_time_of_an_acceptance_that_is_proven_stays),
        TEST(times_of_a_delivery_that_is_not_known_are_marked),
        TEST(a_letter_that_they_refused_does_not_come_back),
        TEST(a_letter_given_up_that_they_have_comes_back),
        TEST(a_letter_that_came_in_another_envelope_is_not_sent_again),
        TEST(numbers_of_older_cases_wait_and_those_of_new_ones_go_on),
        TEST(a_letter_of_a_case_that_was_lost_comes_again),
        TEST(what_waits_for_its_case_comes_ever_later),
    };
    return cmocka_run_group_tests_name("returned", tests, NULL, NULL);
}
