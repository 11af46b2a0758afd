/* SPDX-License-Identifier: Apache-2.0 */
/* When what a node lost is whole again, and when it is waited for no longer. The node is XB/poc; XA/poc is asked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/store.h"
#include "nodes/chains.h"
#include "nodes/node_private.h"
#include "nodes/recall.h"
#include "nodes/store_recall.h"
#include "tests/support/loss.h"

static void it_is_whole_when_all_we_sent_has_arrived_or_is_gone(void **state)
{
    struct rig *rig = *state;
    struct control_chain chain = {.last = {.header = {.seq = 0}}};
    (void)loss_show(rig, 12);
    loss_answer(rig, &chain, 11, 0);
    assert_false(loss_is_done(rig));
    (void)loss_ask_again(rig);
    loss_answer(rig, &chain, 12, 0);
    assert_true(loss_is_done(rig));
    loss_later(rig, 7 * MS_PER_HOUR);
    assert_false(loss_asks(rig));
}

/* A pass of two pages, which tell that they have had so much; is it the last one? */
static bool is_whole_after(struct rig *rig, struct control_chain *chain, uint64_t *number,
                           struct given *letter, uint32_t at_first, uint32_t at_last)
{
    loss_question_arrives(rig);
    loss_page(rig, chain, *number, letter, at_first, 0);
    rig_tick(rig, MS_PER_SECOND);
    *number = loss_question_number(rig);
    loss_question_arrives(rig);
    loss_last_page(rig, chain, *number, at_last, 0);
    return loss_is_done(rig);
}

/* It reached them after the first page was made, and its place is on that page. */
static void what_reaches_them_while_they_give_back_makes_another_pass(void **state)
{
    struct rig *rig = *state;
    struct control_chain chain = {.last = {.header = {.seq = 0}}};
    struct given_case h;
    uint64_t number = loss_show(rig, 12);
    given_make_case(rig, &h);
    assert_false(is_whole_after(rig, &chain, &number, &h.request, 11, 12));
    number = loss_ask_again(rig);
    assert_false(
        is_whole_after(rig, &chain, &number, &h.ack, 0, 12)); /* nor if the first one does not tell */
    number = loss_ask_again(rig);
    assert_true(is_whole_after(rig, &chain, &number, &h.ack, 12, 12));
}

static void it_is_whole_when_they_know_that_what_they_sent_has_ended(void **state)
{
    struct rig *rig = *state;
    struct control_chain chain = {.last = {.header = {.seq = 0}}};
    const struct in_chain theirs = {.from = rig->peer->address, .lane = LANE_URGENT, .incarnation = 1};
    Comity__PeerHead message = rig_head(rig, false, 1, 7);
    rig_hello(rig);
    rig_heads(rig, &message);
    rig_give_prekeys(rig, 1);
    loss_answer(rig, &chain, 0, 6);
    assert_false(loss_is_done(rig));
    assert_int_equal(in_chain_through(rig->node, &theirs), 0);
    uint64_t number = loss_ask_again(rig);
    loss_last_page(rig, &chain, number, 0, 8);
    assert_true(loss_is_done(rig));
    assert_int_equal(in_chain_through(rig->node, &theirs), 7); /* nothing of it is missing any more */
}

/* Of what nobody showed we do not say that we have it. */
static void no_numbers_are_covered_beyond_what_was_shown(void **state)
{
    struct rig *rig = *state;
    struct control_chain chain = {.last = {.header = {.seq = 0}}};
    const struct in_chain theirs = {.from = rig->peer->address, .lane = LANE_URGENT, .incarnation = 1};
    static const uint32_t told[] = {7, 9, UINT32_MAX};
    for (uint32_t i = 0; i < sizeof told / sizeof told[0]; i++) {
        Comity__PeerHead message = rig_head(rig, false, 1, 7 + i);
        rig_link_down(rig);
        rig_hello(rig);
        loss_heads(rig, &message);
        loss_answer(rig, &chain, 0, told[i]);
        assert_true(loss_is_done(rig));
        assert_int_equal(in_chain_through(rig->node, &theirs), 7 + i);
    }
}

static void what_came_behind_a_gap_that_is_closed_counts(void **state)
{
    struct rig *rig = *state;
    struct control_chain chain = {.last = {.header = {.seq = 0}}};
    const struct in_chain theirs = {.from = rig->peer->address, .lane = LANE_URGENT, .incarnation = 1};
    Comity__PeerHead message = rig_head(rig, false, 1, 7);
    struct digest before;
    struct sample s;
    rig_hello(rig);
    loss_heads(rig, &message);
    uint64_t number = loss_question_number(rig);
    loss_question_arrives(rig);
    for (uint32_t seq = 8; seq <= 9; seq++) {
        static const uint8_t lost[sizeof before.bytes];
        rig_letter(rig, &s, LETTER_REQUEST, seq, 1, NULL);
        s.header.prev = wire_binary(seq == 8 ? bytes_of(lost, sizeof lost) : digest_bytes(&before));
        rig_send(rig, &s);
        assert_non_null(rig_receipt(rig, RECEIPT_DELIVERED, &s.id));
        before = s.id.digest;
    }
    assert_int_equal(in_chain_through(rig->node, &theirs), 0);
    loss_last_page(rig, &chain, number, 0, 7);
    assert_true(loss_is_done(rig));
    assert_int_equal(in_chain_through(rig->node, &theirs), 9);
}

static void answered(struct rig *rig, uint32_t seq)
{
    Comity__PeerHead message = rig_head(rig, false, 1, seq);
    rig_link_down(rig);
    rig->wall.ms++;
    rig_hello(rig);
    loss_heads(rig, &message);
}

/* A broker that names less afterwards does not make it whole sooner. */
static void what_is_to_be_covered_does_not_become_less(void **state)
{
    struct rig *rig = *state;
    struct control_chain chain = {.last = {.header = {.seq = 0}}};
    answered(rig, 6);
    assert_true(loss_asks(rig));
    loss_question_arrives(rig);
    answered(rig, 7); /* more does */
    assert_true(loss_asks(rig));
    uint64_t number = loss_question_number(rig);
    loss_question_arrives(rig);
    answered(rig, 5);
    for (uint32_t ended = 5; ended <= 7; ended++) {
        loss_last_page(rig, &chain, number, 0, ended);
        assert_int_equal(loss_is_done(rig), ended == 7);
        if (ended < 7) {
            number = loss_ask_again(rig);
            loss_question_arrives(rig);
        }
    }
    answered(rig, 7);
    assert_false(loss_asks(rig));
    answered(rig, 5); /* another loss, after it was whole */
    assert_true(loss_asks(rig));
}

#define LAST_PASS_MS (14 * MS_PER_DAY + 12 * MS_PER_HOUR)

static void a_pass_that_begins_when_nothing_is_on_its_way_is_the_last(void **state)
{
    struct rig *rig = *state;
    struct control_chain chain = {.last = {.header = {.seq = 0}}};
    uint64_t lost_ms = rig->wall.ms;
    uint64_t number = loss_show(rig, 12);
    while (rig->wall.ms < lost_ms + LAST_PASS_MS - 7 * MS_PER_HOUR) {
        loss_question_arrives(rig);
        loss_last_page(rig, &chain, number, 3, 0);
        assert_false(loss_is_done(rig));
        number = loss_ask_again(rig);
    }
    loss_question_arrives(rig);
    loss_later(rig, lost_ms + LAST_PASS_MS - 1 - rig->wall.ms);
    loss_question_arrives(rig);
    loss_last_page(rig, &chain, number, 3, 0); /* asked before: it does not count */
    assert_false(loss_is_done(rig));
    assert_false(loss_asks(rig));
    loss_later(rig, 1); /* six hours have not passed, and it is asked */
    assert_true(loss_asks(rig));
    number = loss_question_number(rig);
    loss_last_page(rig, &chain, number, 3, 0);
    assert_true(loss_is_done(rig));
}

static void welcome_at(struct rig *rig, uint64_t now_ms)
{
    rig_link_up(rig);
    rig_welcome_at(rig, 1, 0, now_ms);
}

static void a_clock_that_is_behind_does_not_date_the_loss(void **state)
{
    struct rig *rig = *state;
    struct control_chain chain = {.last = {.header = {.seq = 0}}};
    struct recall_state recall;
    Comity__PeerHead message = rig_head(rig, true, 1, 12);
    const uint64_t behind_ms = 20 * MS_PER_DAY;
    welcome_at(rig, rig->wall.ms + behind_ms);
    loss_heads(rig, &message);
    assert_int_equal(recall_states(rig->node, 1, &recall), 1);
    assert_int_equal(recall.since_ms, rig->wall.ms + behind_ms);
    assert_false(loss_asks(rig));
    loss_later(rig, behind_ms); /* it is set right */
    assert_true(loss_asks(rig));
    loss_answer(rig, &chain, 3, 0);
    assert_false(loss_is_done(rig));
}

/* Nor does one that is ahead, of either side, keep it open or end it. */
static void a_clock_that_is_ahead_does_not_end_the_recall(void **state)
{
    struct rig *rig = *state;
    uint64_t lost_ms = rig->wall.ms;
    struct recall_state recall;
    (void)loss_show(rig, 12);
    for (unsigned i = 0; i < 2; i++) {
        rig_link_down(rig);
        rig->wall.ms = lost_ms + 1 + (i == 0 ? 20 * MS_PER_DAY : 0);
        welcome_at(rig, lost_ms + 1 + (i == 1 ? 20 * MS_PER_DAY : 0));
        rig_heads(rig, NULL);
        assert_false(loss_is_done(rig));
        assert_int_equal(recall_states(rig->node, 1, &recall), 1);
        assert_int_equal(recall.since_ms, lost_ms);
    }
}

/* What it is reckoned with would go round, and the first pass would be the last. */
static void a_time_that_is_none_dates_no_recall(void **state)
{
    struct rig *rig = *state;
    struct recall_state recall;
    Comity__PeerHead message = rig_head(rig, true, 1, 12);
    welcome_at(rig, UINT64_MAX - MS_PER_HOUR);
    loss_heads(rig, &message);
    assert_int_equal(recall_states(rig->node, 1, &recall), 1);
    assert_int_equal(recall.since_ms, rig->wall.ms);
}

static void a_party_that_never_answers_holds_up_nothing_after_fifteen_days(void **state)
{
    struct rig *rig = *state;
    const struct case_id any = {.bytes = {7}};
    uint64_t lost_ms = rig->wall.ms;
    (void)loss_show(rig, 12);
    loss_later(rig, lost_ms + LAST_PASS_MS - rig->wall.ms);
    loss_live(rig, 12 * MS_PER_HOUR - 1);
    assert_false(loss_is_done(rig));
    assert_int_equal(recall_blocks(rig->node, &any, "XA/poc"), RECALL_PENDING);
    rig_tick(rig, 1);
    assert_true(loss_is_done(rig));
    assert_int_equal(recall_blocks(rig->node, &any, "XA/poc"), RECALL_FREE);
}

static size_t done_count(struct rig *rig)
{
    struct recall_state states[64];
    size_t done = 0;
    size_t count = recall_states(rig->node, 64, states);
    for (size_t i = 0; i < count; i++) {
        done += states[i].done_ms != 0;
    }
    return done;
}

/* More than one tick ends: the next one comes at once. */
static void all_that_are_over_together_end_together(void **state)
{
    struct rig *rig = *state;
    rig_link(rig);
    rig_begin(rig);
    for (unsigned i = 0; i < 30; i++) {
        char party[16];
        (void)snprintf(party, sizeof party, "XB/no%u", i);
        store_recall_open(rig->node->store, party, true, i + 1, rig->wall.ms, rig->wall.ms);
    }
    rig_end(rig);
    loss_later(rig, LAST_PASS_MS);
    loss_live(rig, 12 * MS_PER_HOUR - 1);
    assert_int_equal(done_count(rig), 0);
    rig_tick(rig, 1);
    for (unsigned turns = 0; turns < 4 && node_deadline(rig->node).ms == rig->mono.ms; turns++) {
        rig_tick(rig, 0);
    }
    assert_int_equal(done_count(rig), 30);
}

/* Not even by a broker whose clock is behind, and that is never quiet. */
static void the_end_is_put_off_by_nothing_that_is_said(void **state)
{
    struct rig *rig = *state;
    uint64_t lost_ms = rig->wall.ms;
    (void)loss_show(rig, 12);
    loss_later(rig, LAST_PASS_MS);
    loss_live(rig, 12 * MS_PER_HOUR - MS_PER_MINUTE);
    rig_link_down(rig);
    rig->wall.ms += MS_PER_MINUTE;
    rig->mono.ms += MS_PER_MINUTE;
    welcome_at(rig, lost_ms + 15 * MS_PER_DAY - MS_PER_SECOND);
    rig_heads(rig, NULL);
    rig_tick(rig, 0);
    assert_false(loss_is_done(rig));
    for (unsigned pings = 0; pings < 6; pings++) {
        rig->wall.ms += 10 * MS_PER_SECOND;
        rig->mono.ms += 10 * MS_PER_SECOND;
        rig_ping(rig, 1);
    }
    assert_true(node_deadline(rig->node).ms <= rig->mono.ms + MS_PER_SECOND); /* no turn is sooner */
    rig_tick(rig, 0);
    assert_true(loss_is_done(rig));
}

/* The ways to be away for so long: without a link, and asleep with one. */
static void be_away(struct rig *rig, unsigned way, uint64_t ms)
{
    if (way == 1) {
        rig_tick(rig, ms);
        rig_link_down(rig);
        ms = 0;
    }
    loss_later(rig, ms);
}

static void who_was_away_asks_and_is_given_its_letters_back(void **state)
{
    struct rig *rig = *state;
    struct control_chain chain = {.last = {.header = {.seq = 0}}};
    const struct case_id any = {.bytes = {7}};
    struct given_case h;
    (void)loss_show(rig, 12);
    loss_question_arrives(rig);
    given_make_case(rig, &h);
    for (unsigned way = 0; way < 2; way++) {
        be_away(rig, way, 21 * MS_PER_DAY);
        assert_false(loss_is_done(rig));
        assert_int_equal(recall_blocks(rig->node, &any, "XA/poc"), RECALL_PENDING);
        loss_question_arrives(rig);
    }
    loss_later(rig, MS_PER_DAY);
    uint64_t number = loss_question_number(rig);
    assert_true(is_whole_after(rig, &chain, &number, &h.request, 12, 12));
    assert_int_equal(rig_filed(rig, &h.request.id).place, PLACE_EFFECT);
}

/* What is lost besides, after so long, has its own days: no pass is the last one that does not cover it. */
static void what_is_lost_besides_while_it_lasts_must_be_covered(void **state)
{
    struct rig *rig = *state;
    struct control_chain chain = {.last = {.header = {.seq = 0}}};
    (void)loss_show(rig, 12);
    loss_question_arrives(rig);
    loss_later(rig, 29 * MS_PER_DAY);
    loss_question_arrives(rig);
    Comity__PeerHead message = rig_head(rig, true, 1, 13);
    rig_link_down(rig);
    rig_hello(rig);
    loss_heads(rig, &message);
    loss_answer(rig, &chain, 12, 0);
    assert_false(loss_is_done(rig));
    (void)loss_ask_again(rig);
    loss_answer(rig, &chain, 13, 0);
    assert_true(loss_is_done(rig));
}

/* An hour a day is enough, if the other side does not answer in twelve of them; an hour without a link is none. */
static void the_last_half_day_is_one_with_a_link(void **state)
{
    struct rig *rig = *state;
    (void)loss_show(rig, 12);
    rig_link_down(rig);
    for (unsigned hours = 0; hours < 24; hours++) {
        rig_tick(rig, 20 * MS_PER_DAY + hours * MS_PER_HOUR);
    }
    assert_true(node_deadline(rig->node).ms >=
                rig->mono.ms + MS_PER_SECOND); /* it does not wait for the link by turns */
    for (unsigned days = 0; days < 11; days++) {
        loss_later(rig, MS_PER_DAY);
        loss_live(rig, MS_PER_HOUR);
        assert_false(loss_is_done(rig));
    }
    loss_later(rig, MS_PER_DAY);
    loss_live(rig, MS_PER_HOUR);
    assert_true(loss_is_done(rig));
}

/* A broker that cuts each link at once does not keep the cases waiting. */
static void a_link_that_never_lasts_puts_off_no_end(void **state)
{
    struct rig *rig = *state;
    (void)loss_show(rig, 12);
    loss_later(rig, LAST_PASS_MS);
    for (unsigned links = 0; links < 12 * 60 * 2; links++) {
        loss_later(rig, MS_PER_SECOND);
        loss_live(rig, 29 * MS_PER_SECOND);
    }
    loss_live(rig, MS_PER_MINUTE);
    assert_true(loss_is_done(rig));
}

/* What ends late is followed by as long a rest. */
static void the_rest_begins_with_the_end(void **state)
{
    struct rig *rig = *state;
    const struct case_id any = {.bytes = {7}};
    struct recall_state recall;
    (void)loss_show(rig, 12);
    loss_later(rig, 29 * MS_PER_DAY);
    Comity__PeerHead message = rig_head(rig, true, 1, 13);
    rig_link_down(rig);
    rig_hello(rig);
    rig_heads(rig, &message); /* while it lasts: no new time begins, and none ends */
    assert_int_equal(recall_blocks(rig->node, &any, "XA/poc"), RECALL_PENDING);
    loss_live(rig, 12 * MS_PER_HOUR + MS_PER_MINUTE);
    assert_true(loss_is_done(rig));
    for (unsigned i = 0; i < 2; i++) {
        loss_later(rig, i == 0 ? 14 * MS_PER_DAY + 23 * MS_PER_HOUR : MS_PER_HOUR);
        message.seq++;
        rig_link_down(rig);
        rig_hello(rig);
        rig_heads(rig, &message);
        assert_int_equal(recall_states(rig->node, 1, &recall), 1);
        assert_int_equal(recall.done_ms, 0); /* it is asked all the same */
        assert_int_equal(recall_blocks(rig->node, &any, "XA/poc"), i == 0 ? RECALL_FREE : RECALL_PENDING);
    }
}

/* Nor does one whose pages never end, or whose letters find no room. */
static void pages_without_end_end_after_fifteen_days(void **state)
{
    struct rig *rig = *state;
    struct control_chain chain = {.last = {.header = {.seq = 0}}};
    struct given_case h;
    uint64_t lost_ms = rig->wall.ms;
    uint64_t number = loss_show(rig, 12);
    given_make_case(rig, &h);
    loss_question_arrives(rig);
    loss_later(rig, lost_ms + LAST_PASS_MS - rig->wall.ms);
    loss_live(rig, 12 * MS_PER_HOUR - 2 * MS_PER_SECOND);
    struct given *one[] = {&h.request};
    control_give(rig, &chain, number, one, 1, bytes_of("x", 1));
    query_run(store_query(rig->node->store, "UPDATE recall SET held = 1"));
    rig_tick(rig, 2 * MS_PER_SECOND - 1);
    assert_false(loss_is_done(rig));
    rig_tick(rig, 1);
    assert_true(loss_is_done(rig));
    rig_tick(rig, MS_PER_DAY);
    assert_false(loss_asks(rig));
}

static void after_a_thousand_pages_the_next_are_asked_for_seldom(void **state)
{
    struct rig *rig = *state;
    struct control_chain chain = {.last = {.header = {.seq = 0}}};
    struct given_case h;
    uint64_t number = loss_show(rig, 12);
    given_make_case(rig, &h);
    struct given *one[] = {&h.request};
    query_run(store_query(rig->node->store, "UPDATE recall SET pages = 1022"));
    for (unsigned page = 1023; page <= 1025; page++) {
        uint64_t pause = page < 1024 ? MS_PER_SECOND : 10 * MS_PER_MINUTE;
        loss_question_arrives(rig);
        control_give(rig, &chain, number, one, 1, bytes_of("x", 1));
        loss_later(rig, pause - 1);
        assert_false(loss_asks(rig));
        rig_tick(rig, 1);
        assert_true(loss_asks(rig));
        number = loss_question_number(rig);
    }
    loss_question_arrives(rig);
    loss_last_page(rig, &chain, number, 3, 0);
    number = loss_ask_again(rig); /* six hours after the pass before: swift again */
    loss_question_arrives(rig);
    control_give(rig, &chain, number, one, 1, bytes_of("x", 1));
    rig_tick(rig, MS_PER_SECOND);
    assert_true(loss_asks(rig));
}

static void what_is_shown_again_holds_up_half_of_the_time_at_most(void **state)
{
    struct rig *rig = *state;
    const struct case_id any = {.bytes = {7}};
    uint64_t lost_ms = rig->wall.ms;
    struct recall_state recall;
    uint32_t seq = 12;
    (void)loss_show(rig, seq++);
    for (uint64_t ms = 3 * MS_PER_DAY; ms <= 30 * MS_PER_DAY; ms += 3 * MS_PER_DAY) {
        Comity__PeerHead message = rig_head(rig, true, 1, seq++);
        loss_later(rig, lost_ms + ms - 12 * MS_PER_HOUR - rig->wall.ms);
        loss_live(rig, 12 * MS_PER_HOUR - 1);
        rig_link_down(rig);
        rig_hello(rig);
        rig_heads(rig, &message);
        rig_tick(rig, 0);
        enum recall_block before = ms <= 15 * MS_PER_DAY ? RECALL_PENDING : RECALL_FREE;
        assert_int_equal(recall_blocks(rig->node, &any, "XA/poc"), before);
        assert_int_equal(recall_states(rig->node, 1, &recall), 1);
        assert_int_equal(recall.done_ms, 0); /* it is asked all the same */
        message.seq = seq++;
        loss_live(rig, 2 * MS_PER_MINUTE); /* the link was down for a moment */
        rig_link_down(rig);
        rig_hello(rig);
        rig_heads(rig, &message);
        rig_tick(rig, 0);
        bool blocks = ms < 15 * MS_PER_DAY || ms == 30 * MS_PER_DAY;
        assert_int_equal(recall_blocks(rig->node, &any, "XA/poc"), blocks ? RECALL_PENDING : RECALL_FREE);
    }
}

static void a_second_loss_is_asked_about_again(void **state)
{
    struct rig *rig = *state;
    struct control_chain chain = {.last = {.header = {.seq = 0}}};
    (void)loss_show(rig, 12);
    loss_answer(rig, &chain, 12, 0);
    assert_true(loss_is_done(rig));
    rig_link_down(rig);
    (void)loss_show(rig, 15);
    assert_false(loss_is_done(rig));
    loss_answer(rig, &chain, 15, 0);
    assert_true(loss_is_done(rig));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)
    const struct CMUnitTest tests[] = {
        TEST(it_is_whole_when_all_we_sent_has_arrived_or_is_gone),
        TEST(what_reaches_them_while_they_give_back_makes_another_pass),
        TEST(it_is_whole_when_they_know_that_what_they_sent_has_ended),
        TEST(no_numbers_are_covered_beyond_what_was_shown),
        TEST(what_came_behind_a_gap_that_is_closed_counts),
        TEST(what_is_to_be_covered_does_not_become_less),
        TEST(a_pass_that_begins_when_nothing_is_on_its_way_is_the_last),
        TEST(a_clock_that_is_behind_does_not_date_the_loss),
        TEST(a_clock_that_is_ahead_does_not_end_the_recall),
        TEST(a_time_that_is_none_dates_no_recall),
        TEST(a_party_that_never_answers_holds_up_nothing_after_fifteen_days),
        TEST(all_that_are_over_together_end_together),
        TEST(the_end_is_put_off_by_nothing_that_is_said),
        TEST(who_was_away_asks_and_is_given_its_letters_back),
        TEST(what_is_lost_besides_while_it_lasts_must_be_covered),
        TEST(the_last_half_day_is_one_with_a_link),
        TEST(a_link_that_never_lasts_puts_off_no_end),
        TEST(the_rest_begins_with_the_end),
        TEST(pages_without_end_end_after_fifteen_days),
        TEST(after_a_thousand_pages_the_next_are_asked_for_seldom),
        TEST(what_is_shown_again_holds_up_half_of_the_time_at_most),
        TEST(a_second_loss_is_asked_about_again),
    };
    return cmocka_run_group_tests_name("recall end", tests, NULL, NULL);
}
