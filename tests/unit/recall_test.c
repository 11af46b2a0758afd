/* SPDX-License-Identifier: Apache-2.0 */
/* A node whose disk has lost letters: how it finds out, and whom it asks. The node is XB/poc. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "nodes/letters.h"
#include "nodes/node_private.h"
#include "nodes/prekeys.h"
#include "nodes/recall.h"
#include "nodes/store_chains.h"
#include "nodes/store_recall.h"
#include "proto/limits.h"
#include "tests/support/loss.h"

/* --- finding out --- */

static void a_higher_head_of_ours_is_asked_about(void **state)
{
    struct rig *rig = *state;
    const Comity__Header *header = NULL;
    Comity__PeerHead message = rig_head(rig, true, 1, 12);
    rig_hello(rig);
    assert_int_equal(recall_noticed_ms(rig->node), 0);
    rig_heads(rig, &message);
    assert_int_equal(recall_noticed_ms(rig->node), rig->wall.ms);
    rig_give_prekeys(rig, 1);
    const Comity__Control *control = loss_question(rig, &header, NULL);
    assert_non_null(control);
    assert_int_equal(control->recall->after.len, 0);
    assert_string_equal(header->to, "XA/poc");
    assert_int_equal(header->exercise.len, 0);
    assert_int_equal(rig_count(rig, COMITY__FRAME__BODY_SUBMIT), 1);
}

static void a_number_answered_and_not_known_is_asked_about_once(void **state)
{
    struct rig *rig = *state;
    Comity__PeerHead message = rig_head(rig, false, 1, 7);
    rig_hello(rig);
    rig_heads(rig, &message);
    rig_give_prekeys(rig, 1);
    assert_true(loss_asks(rig));
    rig->wall.ms += 1000;
    rig_link_down(rig);
    rig_restart(rig);
    rig_hello(rig);
    rig_heads(rig, &message); /* the same again: noted */
    assert_int_equal(recall_noticed_ms(rig->node), rig->wall.ms - 1000);
    message = rig_head(rig, false, 1, 8);
    rig_link_down(rig);
    rig_hello(rig);
    rig_heads(rig, &message);
    assert_int_equal(recall_noticed_ms(rig->node), rig->wall.ms);
}

/* What shows the loss is noted and does not show it again: the others are asked all the same. */
static void a_link_that_ends_between_heads_leaves_nobody_unasked(void **state)
{
    struct rig *rig = *state;
    struct recall_state states[2];
    Comity__PeerHead message = rig_head(rig, true, 1, 12);
    Comity__PeerHead *heads[] = {&message};
    rig_hello(rig);
    rig_heads_part(rig, heads, 1, false);
    assert_int_equal(recall_states(rig->node, 2, states), 1);
    rig_link_down(rig);
    rig_restart(rig);
    rig_hello(rig);
    rig_heads_part(rig, heads, 1, true);
    assert_int_equal(recall_states(rig->node, 2, states), 2);
    assert_string_equal(states[1].party.text, "XC/poc");
    assert_int_equal(store_noticed(rig->node->store, "unasked"), 0); /* once */
}

static void by_standing(struct rig *rig, struct control_chain *chain)
{
    control_say_standing(rig, chain, 1, 20, 0);
}

static void by_last_page(struct rig *rig, struct control_chain *chain)
{
    loss_answer(rig, chain, 20, 0);
}

static void by_number_taken(struct rig *rig, struct control_chain *chain)
{
    struct envelope_id id;
    const Comity__Header *header = NULL;
    (void)chain;
    loss_question_arrives(rig);
    (void)rig_write(rig, NULL, LETTER_REQUEST, NULL);
    header = rig_submitted(rig, 0, &id);
    assert_int_equal(header->lane, LANE_URGENT);
    rig_give_receipt(rig, RECEIPT_REFUSED, header, &id, REASON_FORK);
}

/* The question itself began a chain, which may lie behind what is lost as well. */
static void no_chain_to_a_party_that_shows_a_loss_goes_on_while_it_is_asked(void **state)
{
    static void (*const shows[])(struct rig *, struct control_chain *) = {by_standing, by_last_page,
                                                                          by_number_taken};
    for (size_t i = 0; i < sizeof shows / sizeof shows[0]; i++) {
        assert_int_equal(rig_teardown(state), 0);
        assert_int_equal(rig_setup(state), 0);
        struct rig *rig = *state;
        struct control_chain chain = {.last = {.header = {.seq = 0}}};
        struct own_head head;
        (void)loss_show(rig, 12);
        assert_true(store_own_head(rig->node->store, "XA/poc", LANE_BULK, 1, &head));
        assert_false(head.closed);
        assert_true(store_recall_lasts(rig->node->store, "XA/poc"));
        shows[i](rig, &chain);
        assert_true(store_own_head(rig->node->store, "XA/poc", LANE_BULK, 1, &head));
        assert_true(head.closed);
    }
}

/* A number that no chain reaches, and then what the disk has lost indeed. */
static void what_a_party_makes_up_hides_no_loss_that_the_heads_show(void **state)
{
    struct rig *rig = *state;
    struct control_chain chain = {.last = {.header = {.seq = 0}}};
    Comity__PeerHead message = rig_head(rig, true, 1, 50);
    rig_hello(rig);
    rig_heads(rig, NULL);
    rig_give_prekeys(rig, 1);
    control_say_standing(rig, &chain, 1, UINT32_MAX, 0);
    assert_true(store_recall_lasts(rig->node->store, "XA/poc"));
    assert_int_equal(recall_noticed_ms(rig->node), 0);
    rig_link_down(rig);
    rig_hello(rig);
    rig_heads(rig, &message);
    assert_int_equal(recall_noticed_ms(rig->node), rig->wall.ms);
}

/* As many chains as a frame holds, or fewer; how many lines the log has of them. */
static size_t lines_about(struct rig *rig, size_t chains)
{
    Comity__PeerHead messages[PEER_HEADS_MAX];
    Comity__PeerHead *heads[PEER_HEADS_MAX];
    size_t count = 0;
    size_t lines = 0;
    for (size_t i = 0; i < chains; i++) {
        messages[i] = rig_head(rig, true, (uint32_t)i + 1, 1);
        heads[i] = &messages[i];
    }
    rig_heads_part(rig, heads, chains, true);
    const struct logged *logged = turn_logged(rig->turn, &count);
    for (size_t i = 0; i < count; i++) {
        lines += strcmp(logged[i].event, "store.behind") == 0;
    }
    return lines;
}

static void many_lost_chains_are_few_lines_in_the_log(void **state)
{
    static const size_t chains[] = {15, 16, 17, PEER_HEADS_MAX};
    for (size_t i = 0; i < sizeof chains / sizeof chains[0]; i++) {
        assert_int_equal(rig_teardown(state), 0);
        assert_int_equal(rig_setup(state), 0);
        rig_hello(*state);
        assert_int_equal(lines_about(*state, chains[i]), chains[i] <= 16 ? chains[i] : 17);
    }
}

static void welcome_with(struct rig *rig, uint64_t prekeys)
{
    rig_link_down(rig);
    rig_link_up(rig);
    rig_welcome(rig, 1, prekeys);
}

/* It would be said at each link, for no list of ours ever takes its number. */
static void a_list_of_ours_that_cannot_be_shows_no_loss(void **state)
{
    struct rig *rig = *state;
    rig_link(rig);
    uint64_t most = node_prekeys_number(rig->node) + 100000;
    for (uint64_t above = 2; above > 0; above--) {
        welcome_with(rig, most + above - 1);
        assert_int_equal(recall_noticed_ms(rig->node), above == 2 ? 0 : rig->wall.ms);
    }
}

static void to_be_sure_nobody_is_asked_more_than_once_an_hour(void **state)
{
    struct rig *rig = *state;
    struct control_chain chain = {.last = {.header = {.seq = 0}}};
    rig_link(rig);
    for (unsigned i = 0; i < 3; i++) {
        welcome_with(rig, node_prekeys_number(rig->node) + 1);
        loss_heads(rig, NULL);
        assert_int_equal(recall_noticed_ms(rig->node), rig->wall.ms);
        if (i > 0) {
            assert_false(loss_asks(rig));
            loss_later(rig, MS_PER_HOUR - 1);
            assert_false(loss_asks(rig));
            loss_later(rig, 1);
        }
        assert_true(loss_asks(rig));
        loss_answer(rig, &chain, 0, 0);
    }
}

/* The next heads name this as number 1 of XA/poc's chain, answered by us. */
static void assert_no_loss(struct rig *rig, const struct envelope_id *answered)
{
    Comity__PeerHead message = rig_head(rig, false, 1, 1);
    message.id = wire_binary(digest_bytes(&answered->digest));
    rig_link_down(rig);
    rig_hello(rig);
    rig_heads(rig, &message);
    assert_int_equal(recall_noticed_ms(rig->node), 0);
}

static void an_answer_that_is_known_is_no_loss(void **state)
{
    struct rig *rig = *state;
    struct sample s;
    rig_link(rig);
    rig_letter(rig, &s, LETTER_REQUEST, 1, 1, NULL);
    rig_send(rig, &s);
    assert_no_loss(rig, &s.id);
}

static void a_refused_number_outside_its_chain_is_no_loss(void **state)
{
    struct rig *rig = *state;
    struct sample s;
    rig_link(rig);
    rig_letter(rig, &s, LETTER_REQUEST, 1, 1, NULL);
    s.node_signer = &rig->me->node_signer;
    s.header.from_key = wire_binary(bytes_of(rig->me->node_signer.key.bytes, 32));
    rig_send(rig, &s);
    assert_non_null(rig_receipt(rig, RECEIPT_REFUSED, &s.id)); /* E_KEY: it took no number */
    assert_no_loss(rig, &s.id);
}

static void a_head_is_of_one_direction(void **state)
{
    struct rig *rig = *state;
    for (int i = 0; i < 3; i++) {
        Comity__PeerHead message = rig_head(rig, i == 0, 1, 1);
        char both[] = "XC/poc";
        char none[] = "";
        message.to = i == 0 ? none : i == 1 ? both : message.to;
        message.ended = i == 2 ? 1 : 0;
        rig_link_down(rig);
        rig_hello(rig);
        rig_heads(rig, &message);
        assert_true(rig->hung_up);
    }
}

static void an_end_that_was_forgotten_is_asked_for_again(void **state)
{
    struct rig *rig = *state;
    Comity__PeerHead message = rig_head(rig, true, 1, 1);
    struct rig_sent sent = rig_request(rig);
    rig_give_receipt(rig, RECEIPT_ACCEPTED, sent.head, &sent.id, REASON_NONE);
    message.id = wire_binary(digest_bytes(&sent.id.digest));
    for (uint32_t ended = 0; ended <= 1; ended++) {
        message.ended = ended;
        rig_link_down(rig);
        rig_hello(rig);
        rig_heads(rig, &message);
        assert_int_equal(rig_letters(rig), ended);
        assert_int_equal(recall_noticed_ms(rig->node), ended == 0 ? 0 : rig->wall.ms);
    }
    rig_give_receipt(rig, RECEIPT_DELIVERED, sent.head, &sent.id, REASON_NONE);
    rig_give_receipt(rig, RECEIPT_ACCEPTED, sent.head, &sent.id, REASON_NONE);
    rig_link_down(rig);
    rig_hello(rig);
    rig_heads(rig, &message);
    assert_int_equal(rig_letters(rig), 0);
}

/* The chain has gone on and that is lost, too; the first number may have ended: it is submitted again. */
static void what_was_accepted_is_submitted_again_after_a_loss(void **state)
{
    struct rig *rig = *state;
    Comity__PeerHead message = rig_head(rig, true, 1, 5);
    struct rig_sent sent = rig_request(rig);
    rig_give_receipt(rig, RECEIPT_ACCEPTED, sent.head, &sent.id, REASON_NONE);
    message.ended = 4;
    rig_link_down(rig);
    rig_hello(rig);
    rig_heads(rig, &message);
    assert_int_equal(rig_letters(rig), 1);
    rig_give_receipt(rig, RECEIPT_ACCEPTED, sent.head, &sent.id, REASON_NONE);
    rig_link_down(rig);
    rig_hello(rig);
    rig_heads(rig, &message); /* noted */
    assert_int_equal(rig_letters(rig), 0);
}

static void what_should_have_ended_long_ago_is_submitted_again(void **state)
{
    struct rig *rig = *state;
    Comity__PeerHead message = rig_head(rig, true, 1, 1);
    struct rig_sent sent = rig_request(rig);
    rig_give_receipt(rig, RECEIPT_ACCEPTED, sent.head, &sent.id, REASON_NONE);
    message.id = wire_binary(digest_bytes(&sent.id.digest));
    rig->wall.ms = sent.head->expires_ms + MS_PER_DAY;
    for (size_t i = 0; i < 2; i++) {
        rig_link_down(rig);
        rig_hello(rig);
        rig_heads(rig, &message);
        assert_int_equal(rig_letters(rig), i);
        rig->wall.ms++;
    }
}

static void a_broker_that_fell_back_is_named_once(void **state)
{
    struct rig *rig = *state;
    struct rig_sent sent = rig_request(rig);
    rig_link_down(rig);
    rig_link(rig); /* it never answered: nothing is lost */
    assert_int_equal(recall_broker_noticed_ms(rig->node), 0);
    rig_give_receipt(rig, RECEIPT_ACCEPTED, sent.head, &sent.id, REASON_NONE);
    for (unsigned i = 1; i <= 2; i++) {
        rig->wall.ms += 1000;
        rig_link_down(rig);
        rig_link(rig);
        assert_int_equal(recall_broker_noticed_ms(rig->node), rig->wall.ms - (i == 1 ? 0 : 1000));
    }
    assert_int_equal(recall_noticed_ms(rig->node), 0);
}

/* --- asking --- */

static void an_unanswered_question_is_put_again_ever_more_seldom(void **state)
{
    struct rig *rig = *state;
    static const unsigned minutes[] = {10, 20, 40, 80, 160, 320, 360, 360};
    (void)loss_show(rig, 12);
    for (size_t i = 0; i < sizeof minutes / sizeof minutes[0]; i++) {
        loss_question_arrives(rig);
        loss_later(rig, minutes[i] * MS_PER_MINUTE - 1);
        assert_false(loss_asks(rig));
        loss_later(rig, 1);
        assert_true(loss_asks(rig));
    }
    uint64_t number = loss_question_number(rig);
    loss_later(rig, 24 * MS_PER_HOUR);
    assert_int_equal(loss_question_number(rig), number); /* it is on its way still */
}

/* Two that are seldom on line together: the answer comes when its question was put again long ago. */
static void a_late_answer_is_taken(void **state)
{
    struct rig *rig = *state;
    struct control_chain chain = {.last = {.header = {.seq = 0}}};
    const Comity__Header *header = NULL;
    struct envelope_id first, second;
    uint64_t number = loss_show(rig, 12);
    assert_non_null(loss_question(rig, NULL, &first));
    loss_question_arrives(rig);
    loss_later(rig, 7 * MS_PER_HOUR);
    const Comity__Control *again = loss_question(rig, &header, &second);
    assert_non_null(again);
    assert_false(digest_equal(&first.digest, &second.digest)); /* another envelope */
    assert_int_equal(header->lane, LANE_BULK);
    loss_last_page(rig, &chain, number, 12, 0);
    assert_true(loss_is_done(rig));
}

static void a_question_that_does_not_arrive_is_sealed_again(void **state)
{
    struct rig *rig = *state;
    const Comity__Header *header = NULL;
    struct envelope_id id;
    (void)loss_show(rig, 12);
    (void)loss_question(rig, &header, &id);
    rig_give_receipt(rig, RECEIPT_REFUSED, header, &id, REASON_SLOT);
    loss_later(rig, MS_PER_MINUTE - 1);
    assert_false(loss_asks(rig));
    rig_tick(rig, 1);
    assert_true(loss_asks(rig));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_higher_head_of_ours_is_asked_about),
        TEST(a_number_answered_and_not_known_is_asked_about_once),
        TEST(a_link_that_ends_between_heads_leaves_nobody_unasked),
        TEST(no_chain_to_a_party_that_shows_a_loss_goes_on_while_it_is_asked),
        TEST(what_a_party_makes_up_hides_no_loss_that_the_heads_show),
        TEST(many_lost_chains_are_few_lines_in_the_log),
        TEST(a_list_of_ours_that_cannot_be_shows_no_loss),
        TEST(to_be_sure_nobody_is_asked_more_than_once_an_hour),
        TEST(an_answer_that_is_known_is_no_loss),
        TEST(a_refused_number_outside_its_chain_is_no_loss),
        TEST(a_head_is_of_one_direction),
        TEST(an_end_that_was_forgotten_is_asked_for_again),
        TEST(what_was_accepted_is_submitted_again_after_a_loss),
        TEST(what_should_have_ended_long_ago_is_submitted_again),
        TEST(a_broker_that_fell_back_is_named_once),
        TEST(an_unanswered_question_is_put_again_ever_more_seldom),
        TEST(a_late_answer_is_taken),
        TEST(a_question_that_does_not_arrive_is_sealed_again),
    };
    return cmocka_run_group_tests_name("recall", tests, NULL, NULL);
}
