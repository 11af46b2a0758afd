/* SPDX-License-Identifier: Apache-2.0 */
/* A node whose disk has lost letters: how it finds out, whom it asks, and what it takes back. The node is XB/poc. */
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/store.h"
#include "keys/prekeys.h"
#include "nodes/chains.h"
#include "nodes/inbox.h"
#include "nodes/letters.h"
#include "nodes/node_private.h"
#include "nodes/prekeys.h"
#include "nodes/recall.h"
#include "nodes/signed_letter.h"
#include "nodes/store_chains.h"
#include "nodes/store_recall.h"
#include "proto/limits.h"
#include "tests/support/node_control.h"

static int setup(void **state)
{
    static unsigned number;
    char vfs[32];
    (void)snprintf(vfs, sizeof vfs, "recall%u", ++number);
    *state = rig_open(vfs);
    return 0;
}

static int teardown(void **state)
{
    rig_close(*state);
    return 0;
}

/* --- the broker --- */

static void hello(struct rig *rig)
{
    rig->link.number++;
    rig_begin(rig);
    assert_int_equal(node_link_up(rig->node, rig->turn, rig->link), DOOR_OK);
    rig_end(rig);
    rig_welcome(rig, 1, 0);
}

static Comity__PeerHead head(struct rig *rig, bool own, uint32_t seq)
{
    static uint8_t id[32];
    Comity__PeerHead message = COMITY__PEER_HEAD__INIT;
    memset(id, (int)seq, sizeof id);
    *(own ? &message.to : &message.from) = text_make(rig->arena, "XA/poc");
    message.lane = LANE_URGENT;
    message.incarnation = 1;
    message.seq = seq;
    message.id = wire_binary(bytes_of(id, sizeof id));
    return message;
}

/* The question that was sealed in the last turn; NULL: none. */
static const Comity__Control *question(struct rig *rig, const Comity__Header **ret_header,
                                       struct envelope_id *ret_id)
{
    const Comity__Control *control;
    for (size_t n = 0; (control = control_heard(rig, n, ret_header, ret_id)) != NULL; n++) {
        if (control->body_case == COMITY__CONTROL__BODY_RECALL) {
            return control;
        }
    }
    return NULL;
}

/* The turn with what is sealed first: at once, or when the keys of XA/poc have come. */
static void heads_and_keys(struct rig *rig, Comity__PeerHead *message)
{
    rig_heads(rig, message);
    if (question(rig, NULL, NULL) == NULL) {
        rig_give_prekeys(rig, rig->wall.ms);
    }
}

/* A link whose heads show that numbers of ours are lost; the question to XA/poc. */
static uint64_t lose(struct rig *rig, uint32_t seq)
{
    Comity__PeerHead message = head(rig, true, seq);
    hello(rig);
    heads_and_keys(rig, &message);
    const Comity__Control *control = question(rig, NULL, NULL);
    assert_non_null(control);
    assert_int_equal(control->body_case, COMITY__CONTROL__BODY_RECALL);
    assert_true(control->recall->number != 0);
    return control->recall->number;
}

/* The link is lost, and comes up again so much later; what is sealed first is heard. */
static void later(struct rig *rig, uint64_t ms)
{
    rig_link_down(rig);
    rig->wall.ms += ms;
    rig->mono.ms += ms;
    hello(rig);
    heads_and_keys(rig, NULL);
}

static bool asks(struct rig *rig)
{
    const Comity__Control *control = question(rig, NULL, NULL);
    return control != NULL && control->body_case == COMITY__CONTROL__BODY_RECALL;
}

static struct letter_row letter_of(struct rig *rig, const struct letter_id *id)
{
    struct letter_row row;
    assert_true(letter_get(rig->node, id, rig->arena, &row));
    return row;
}

static bool is_filed(struct rig *rig, const struct given *g)
{
    struct letter_row row;
    return letter_get(rig->node, &g->id, rig->arena, &row);
}

static bool is_done(struct rig *rig)
{
    struct recall_state states[2];
    assert_int_equal(recall_states(rig->node, 2, states), 2);
    assert_string_equal(states[0].party.text, "XA/poc");
    assert_true(states[0].shown);
    assert_string_equal(states[1].party.text, "XC/poc"); /* asked to be sure, and its keys are not here */
    assert_false(states[1].shown);
    return states[0].done_ms != 0;
}

static const struct bytes nothing = {.data = NULL, .size = 0};

/* The question that was heard last reaches XA/poc. */
static void reaches_them(struct rig *rig)
{
    const Comity__Header *header = NULL;
    struct envelope_id id;
    assert_non_null(question(rig, &header, &id));
    rig_give_receipt(rig, RECEIPT_ACCEPTED, header, &id, REASON_NONE);
    rig_give_receipt(rig, RECEIPT_DELIVERED, header, &id, REASON_NONE);
}

/* The last page without letters: how far XA/poc has our chain, and knows its own to have ended. */
static void give_last(struct rig *rig, struct control_chain *chain, uint64_t number, uint32_t received,
                      uint32_t ended)
{
    Comity__Through first = COMITY__THROUGH__INIT;
    Comity__Through second = COMITY__THROUGH__INIT;
    Comity__Through *firsts[] = {&first};
    Comity__Through *seconds[] = {&second};
    Comity__Returned returned = COMITY__RETURNED__INIT;
    Comity__Control control = COMITY__CONTROL__INIT;
    first.lane = second.lane = LANE_URGENT;
    first.incarnation = second.incarnation = 1;
    first.seq = received;
    second.seq = ended;
    returned.number = number;
    returned.n_received = received != 0;
    returned.received = firsts;
    returned.n_ended = ended != 0;
    returned.ended = seconds;
    control.body_case = COMITY__CONTROL__BODY_RETURNED;
    control.returned = &returned;
    control_send(rig, chain, &control, nothing);
}

static uint64_t ask_again(struct rig *rig)
{
    later(rig, 7 * MS_PER_HOUR);
    const Comity__Control *control = question(rig, NULL, NULL);
    assert_non_null(control);
    return control->recall->number;
}

/* --- finding out --- */

static void a_higher_head_of_ours_is_asked_about(void **state)
{
    struct rig *rig = *state;
    const Comity__Header *header = NULL;
    Comity__PeerHead message = head(rig, true, 12);
    hello(rig);
    assert_int_equal(recall_noticed_ms(rig->node), 0);
    rig_heads(rig, &message);
    assert_int_equal(recall_noticed_ms(rig->node), rig->wall.ms);
    rig_give_prekeys(rig, 1);
    const Comity__Control *control = question(rig, &header, NULL);
    assert_non_null(control);
    assert_int_equal(control->recall->after.len, 0);
    assert_string_equal(header->to, "XA/poc");
    assert_int_equal(header->exercise.len, 0);
    assert_int_equal(rig_count(rig, COMITY__FRAME__BODY_SUBMIT), 1);
}

static void a_number_answered_and_not_known_is_asked_about_once(void **state)
{
    struct rig *rig = *state;
    Comity__PeerHead message = head(rig, false, 7);
    hello(rig);
    rig_heads(rig, &message);
    rig_give_prekeys(rig, 1);
    assert_true(asks(rig));
    rig->wall.ms += 1000;
    rig_link_down(rig);
    rig_restart(rig);
    hello(rig);
    rig_heads(rig, &message); /* the same again: noted */
    assert_int_equal(recall_noticed_ms(rig->node), rig->wall.ms - 1000);
    message = head(rig, false, 8);
    rig_link_down(rig);
    hello(rig);
    rig_heads(rig, &message);
    assert_int_equal(recall_noticed_ms(rig->node), rig->wall.ms);
}

static void say_heads(struct rig *rig, Comity__PeerHead *message, bool last)
{
    Comity__Heads heads = COMITY__HEADS__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    heads.n_head = 1;
    heads.head = &message;
    heads.last = last;
    frame.body_case = COMITY__FRAME__BODY_HEADS;
    frame.heads = &heads;
    rig_say(rig, &frame);
}

/* What shows the loss is noted and does not show it again: the others are asked all the same. */
static void a_link_that_ends_between_heads_leaves_nobody_unasked(void **state)
{
    struct rig *rig = *state;
    struct recall_state states[2];
    Comity__PeerHead message = head(rig, true, 12);
    hello(rig);
    say_heads(rig, &message, false);
    assert_int_equal(recall_states(rig->node, 2, states), 1);
    rig_link_down(rig);
    rig_restart(rig);
    hello(rig);
    say_heads(rig, &message, true);
    assert_int_equal(recall_states(rig->node, 2, states), 2);
    assert_string_equal(states[1].party.text, "XC/poc");
    assert_int_equal(store_noticed(rig->node->store, "unasked"), 0); /* once */
}

/* As many chains as a frame holds, or fewer; how many lines the log has of them. */
static size_t lines_about(struct rig *rig, size_t chains)
{
    Comity__PeerHead messages[PEER_HEADS_MAX];
    Comity__PeerHead *pointers[PEER_HEADS_MAX];
    Comity__Heads heads = COMITY__HEADS__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    size_t count = 0;
    size_t lines = 0;
    for (size_t i = 0; i < chains; i++) {
        messages[i] = head(rig, true, 1);
        messages[i].incarnation = (uint32_t)i + 1;
        pointers[i] = &messages[i];
    }
    heads.n_head = chains;
    heads.head = pointers;
    heads.last = true;
    frame.body_case = COMITY__FRAME__BODY_HEADS;
    frame.heads = &heads;
    rig_say(rig, &frame);
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
        assert_int_equal(teardown(state), 0);
        assert_int_equal(setup(state), 0);
        hello(*state);
        assert_int_equal(lines_about(*state, chains[i]), chains[i] <= 16 ? chains[i] : 17);
    }
}

static void welcome_with(struct rig *rig, uint64_t prekeys)
{
    rig_link_down(rig);
    rig->link.number++;
    rig_begin(rig);
    assert_int_equal(node_link_up(rig->node, rig->turn, rig->link), DOOR_OK);
    rig_end(rig);
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
        heads_and_keys(rig, NULL);
        assert_int_equal(recall_noticed_ms(rig->node), rig->wall.ms);
        if (i > 0) {
            assert_false(asks(rig));
            later(rig, MS_PER_HOUR - 1);
            assert_false(asks(rig));
            later(rig, 1);
        }
        assert_true(asks(rig));
        uint64_t number = question(rig, NULL, NULL)->recall->number;
        reaches_them(rig);
        give_last(rig, &chain, number, 0, 0);
    }
}

static void an_answer_that_is_known_is_no_loss(void **state)
{
    struct rig *rig = *state;
    struct sample s;
    rig_link(rig);
    rig_letter(rig, &s, LETTER_REQUEST, 1, 1, NULL);
    rig_send(rig, &s);
    Comity__PeerHead message = head(rig, false, 1);
    message.id = wire_binary(digest_bytes(&s.id.digest));
    rig_link_down(rig);
    hello(rig);
    rig_heads(rig, &message);
    assert_int_equal(recall_noticed_ms(rig->node), 0);
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
    Comity__PeerHead message = head(rig, false, 1);
    message.id = wire_binary(digest_bytes(&s.id.digest));
    rig_link_down(rig);
    hello(rig);
    rig_heads(rig, &message);
    assert_int_equal(recall_noticed_ms(rig->node), 0);
}

static void a_head_is_of_one_direction(void **state)
{
    struct rig *rig = *state;
    for (int i = 0; i < 3; i++) {
        Comity__PeerHead message = head(rig, i == 0, 1);
        char both[] = "XC/poc";
        char none[] = "";
        message.to = i == 0 ? none : i == 1 ? both : message.to;
        message.ended = i == 2 ? 1 : 0;
        rig_link_down(rig);
        hello(rig);
        rig_heads(rig, &message);
        assert_true(rig->hung_up);
    }
}

static void an_end_that_was_forgotten_is_asked_for_again(void **state)
{
    struct rig *rig = *state;
    struct envelope_id id;
    Comity__PeerHead message = head(rig, true, 1);
    (void)rig_write(rig, NULL, LETTER_REQUEST, NULL);
    rig_link(rig);
    rig_give_prekeys(rig, 1);
    const Comity__Header *header = rig_submitted(rig, 0, &id);
    rig_give_receipt(rig, RECEIPT_ACCEPTED, header, &id, REASON_NONE);
    message.id = wire_binary(digest_bytes(&id.digest));
    for (uint32_t ended = 0; ended <= 1; ended++) {
        message.ended = ended;
        rig_link_down(rig);
        hello(rig);
        rig_heads(rig, &message);
        assert_int_equal(rig_letters(rig), ended);
        assert_int_equal(recall_noticed_ms(rig->node), ended == 0 ? 0 : rig->wall.ms);
    }
    rig_give_receipt(rig, RECEIPT_DELIVERED, header, &id, REASON_NONE);
    rig_give_receipt(rig, RECEIPT_ACCEPTED, header, &id, REASON_NONE);
    rig_link_down(rig);
    hello(rig);
    rig_heads(rig, &message);
    assert_int_equal(rig_letters(rig), 0);
}

/* The chain has gone on and that is lost, too; the first number may have ended: it is submitted again. */
static void what_was_accepted_is_submitted_again_after_a_loss(void **state)
{
    struct rig *rig = *state;
    struct envelope_id id;
    Comity__PeerHead message = head(rig, true, 5);
    (void)rig_write(rig, NULL, LETTER_REQUEST, NULL);
    rig_link(rig);
    rig_give_prekeys(rig, 1);
    const Comity__Header *header = rig_submitted(rig, 0, &id);
    rig_give_receipt(rig, RECEIPT_ACCEPTED, header, &id, REASON_NONE);
    message.ended = 4;
    rig_link_down(rig);
    hello(rig);
    rig_heads(rig, &message);
    assert_int_equal(rig_letters(rig), 1);
    rig_give_receipt(rig, RECEIPT_ACCEPTED, header, &id, REASON_NONE);
    rig_link_down(rig);
    hello(rig);
    rig_heads(rig, &message); /* noted */
    assert_int_equal(rig_letters(rig), 0);
}

static void what_should_have_ended_long_ago_is_submitted_again(void **state)
{
    struct rig *rig = *state;
    struct envelope_id id;
    Comity__PeerHead message = head(rig, true, 1);
    (void)rig_write(rig, NULL, LETTER_REQUEST, NULL);
    rig_link(rig);
    rig_give_prekeys(rig, 1);
    const Comity__Header *header = rig_submitted(rig, 0, &id);
    rig_give_receipt(rig, RECEIPT_ACCEPTED, header, &id, REASON_NONE);
    message.id = wire_binary(digest_bytes(&id.digest));
    rig->wall.ms = header->expires_ms + MS_PER_DAY;
    for (size_t i = 0; i < 2; i++) {
        rig_link_down(rig);
        hello(rig);
        rig_heads(rig, &message);
        assert_int_equal(rig_letters(rig), i);
        rig->wall.ms++;
    }
}

static void a_broker_that_fell_back_is_named_once(void **state)
{
    struct rig *rig = *state;
    struct envelope_id id;
    (void)rig_write(rig, NULL, LETTER_REQUEST, NULL);
    rig_link(rig);
    rig_give_prekeys(rig, 1);
    const Comity__Header *header = rig_submitted(rig, 0, &id);
    rig_link_down(rig);
    rig_link(rig); /* it never answered: nothing is lost */
    assert_int_equal(recall_broker_noticed_ms(rig->node), 0);
    rig_give_receipt(rig, RECEIPT_ACCEPTED, header, &id, REASON_NONE);
    for (unsigned i = 1; i <= 2; i++) {
        rig->wall.ms += 1000;
        rig_link_down(rig);
        rig_link(rig);
        assert_int_equal(recall_broker_noticed_ms(rig->node), rig->wall.ms - (i == 1 ? 0 : 1000));
    }
    assert_int_equal(recall_noticed_ms(rig->node), 0);
}

/* --- what the broker cannot tell --- */

static void say_standing(struct rig *rig, struct control_chain *chain, uint32_t incarnation,
                         uint32_t received, uint32_t ended)
{
    Comity__Through first = COMITY__THROUGH__INIT;
    Comity__Through second = COMITY__THROUGH__INIT;
    Comity__Through *firsts[] = {&first};
    Comity__Through *seconds[] = {&second};
    Comity__Standing standing = COMITY__STANDING__INIT;
    Comity__Control control = COMITY__CONTROL__INIT;
    first.lane = second.lane = LANE_URGENT;
    first.incarnation = second.incarnation = incarnation;
    first.seq = received;
    second.seq = ended;
    standing.n_received = received != 0;
    standing.received = firsts;
    standing.n_ended = ended != 0;
    standing.ended = seconds;
    control.body_case = COMITY__CONTROL__BODY_STANDING;
    control.standing = &standing;
    control_send(rig, chain, &control, nothing);
    assert_non_null(rig_receipt(rig, RECEIPT_DELIVERED, &chain->last.id));
}

static void standing_shows_what_the_broker_cannot(void **state)
{
    struct rig *rig = *state;
    struct control_chain chain = {.last = {.header = {.seq = 0}}};
    struct sample s;
    struct envelope_id id;
    rig_link(rig);
    rig_give_prekeys(rig, 1);
    rig_letter(rig, &s, LETTER_REQUEST, 1, 1, NULL);
    rig_send(rig, &s);
    (void)rig_write(rig, NULL, LETTER_REQUEST, NULL);
    say_standing(rig, &chain, 1, 1, 1); /* nothing that is not known here, too */
    assert_false(asks(rig));
    say_standing(rig, &chain, 1002, 1, 0); /* incarnations are not used up on the word of anybody */
    assert_false(asks(rig));
    say_standing(rig, &chain, 1, 1, 2);
    assert_true(asks(rig));
    uint64_t number = question(rig, NULL, NULL)->recall->number;
    reaches_them(rig);
    say_standing(rig, &chain, 1, 1, 2); /* being asked about */
    assert_false(asks(rig));
    give_last(rig, &chain, number, 1, 2);
    say_standing(rig, &chain, 1, 5, 2);
    assert_true(asks(rig));
    (void)rig_write(rig, NULL, LETTER_REQUEST, NULL);
    assert_int_equal(rig_submitted(rig, 0, &id)->incarnation, 2);
}

/* The newest incarnation of our chain to XA/poc, as if it had been begun. */
static void begin_incarnation(struct rig *rig, uint32_t incarnation)
{
    const struct own_head begun = {.incarnation = incarnation};
    rig_begin(rig);
    store_own_head_put(rig->node->store, "XA/poc", LANE_URGENT, &begun);
    rig_end(rig);
}

static void assert_next_incarnation(struct rig *rig, uint32_t incarnation)
{
    struct own_number number;
    rig_begin(rig);
    own_chain_next(rig->node, rig->turn, &rig->peer->address, LANE_URGENT, &number);
    rig_end(rig);
    assert_int_equal(number.incarnation, incarnation);
}

/* The broker names a number of that incarnation; the party does. Is it believed? */
static void assert_lost(struct rig *rig, struct control_chain *chain, uint32_t incarnation, bool by_broker,
                        bool lost)
{
    Comity__PeerHead message = head(rig, true, 1);
    struct own_number before;
    message.incarnation = incarnation;
    rig_link_down(rig);
    hello(rig);
    rig_begin(rig);
    own_chain_next(rig->node, rig->turn, &rig->peer->address, LANE_URGENT, &before);
    rig_end(rig);
    rig_heads(rig, by_broker ? &message : NULL);
    if (!by_broker) {
        say_standing(rig, chain, incarnation, 1, 0);
    }
    assert_next_incarnation(rig, lost ? incarnation + 1 : before.incarnation);
}

static void incarnations_are_not_used_up_on_the_word_of_others(void **state)
{
    struct rig *rig = *state;
    struct control_chain chain = {.last = {.header = {.seq = 0}}};
    const uint32_t half = UINT32_C(1) << 31;
    for (uint32_t i = 0; i < 2; i++) {
        uint32_t base = 10000 * (i + 1);
        rig_link(rig);
        begin_incarnation(rig, base);
        assert_lost(rig, &chain, UINT32_MAX, i == 0, false);
        assert_lost(rig, &chain, base + 1001, i == 0, false);
        assert_lost(rig, &chain, base + 1000, i == 0, true);
        assert_lost(rig, &chain, base + 1999, i == 0, true);
        rig_link_down(rig);
    }
    rig_link(rig);
    begin_incarnation(rig, half - 999);
    for (uint32_t i = 0; i < 2; i++) {
        assert_lost(rig, &chain, half + 1, i == 0, false); /* in steps neither */
        assert_lost(rig, &chain, half - 1 + i, i == 0, true);
    }
    assert_lost(rig, &chain, half + 1, true, false);
    begin_incarnation(rig, half + 1); /* its own go on */
    assert_next_incarnation(rig, half + 1);
}

static void settle_all(struct rig *rig)
{
    const Comity__Frame *said;
    ProtobufCBinaryData digests[4];
    Comity__Settle settle = COMITY__SETTLE__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    while (settle.n_digest < 4 &&
           (said = rig_heard(rig, COMITY__FRAME__BODY_RECEIPT, settle.n_digest)) != NULL) {
        struct signed_receipt receipt;
        assert_int_equal(receipt_read(NULL, wire_bytes(said->receipt->receipt), rig->fixture->roster,
                                      rig->arena, &receipt),
                         REASON_NONE);
        digests[settle.n_digest++] = wire_binary(arena_copy(rig->arena, digest_bytes(&receipt.digest)));
    }
    assert_true(settle.n_digest > 0);
    settle.digest = digests;
    frame.body_case = COMITY__FRAME__BODY_SETTLE;
    frame.settle = &settle;
    rig_say(rig, &frame);
}

/* Heads of the first or second request, or none; how the node takes it. */
static void assert_falls_back(struct rig *rig, const struct sample *told, bool falls_back)
{
    Comity__PeerHead message = head(rig, false, told == NULL ? 1 : told->header.seq);
    uint64_t before = recall_broker_noticed_ms(rig->node);
    if (told != NULL) {
        message.id = wire_binary(digest_bytes(&told->id.digest));
    }
    rig->wall.ms += 1000;
    rig_link_down(rig);
    hello(rig);
    rig_heads(rig, told == NULL ? NULL : &message);
    assert_int_equal(recall_broker_noticed_ms(rig->node), falls_back ? rig->wall.ms : before);
}

static void an_answer_that_the_broker_forgot_is_told_to_its_sender(void **state)
{
    struct rig *rig = *state;
    struct sample first, second;
    rig_link(rig);
    rig_give_prekeys(rig, 1);
    rig_letter(rig, &first, LETTER_REQUEST, 1, 1, NULL);
    rig_send(rig, &first);
    assert_falls_back(rig, NULL, false); /* it was not settled */
    rig_deliver(rig, first.bytes);       /* the same receipt again */
    settle_all(rig);
    rig_letter(rig, &second, LETTER_STATUS_ASK, 2, 2, &first);
    rig_send(rig, &second);
    settle_all(rig);
    assert_falls_back(rig, &second, false);
    assert_falls_back(rig, &first, true);
    const Comity__Control *control = control_heard(rig, 0, NULL, NULL);
    assert_non_null(control);
    assert_int_equal(control->body_case, COMITY__CONTROL__BODY_STANDING);
    assert_int_equal(control->standing->n_received, 1);
    assert_int_equal(control->standing->received[0]->seq, 2);
    assert_falls_back(rig, &first, false); /* said once */
    assert_falls_back(rig, NULL, true);
    assert_falls_back(rig, NULL, false);
    assert_falls_back(rig, &second, false);
    assert_falls_back(rig, NULL, true); /* again */
}

static void a_broker_that_fell_back_is_no_witness(void **state)
{
    struct rig *rig = *state;
    struct envelope_id id;
    (void)rig_write(rig, NULL, LETTER_REQUEST, NULL);
    rig_link(rig);
    rig_give_prekeys(rig, 1);
    const Comity__Header *header = rig_submitted(rig, 0, &id);
    rig_give_receipt(rig, RECEIPT_ACCEPTED, header, &id, REASON_NONE);
    rig_give_receipt(rig, RECEIPT_DELIVERED, header, &id, REASON_NONE);
    rig_link_down(rig);
    rig_link(rig);
    const Comity__Control *control = control_heard(rig, 0, &header, &id);
    assert_non_null(control);
    assert_int_equal(control->body_case, COMITY__CONTROL__BODY_STANDING);
    assert_int_equal(control->standing->n_ended, 1);
    assert_int_equal(control->standing->ended[0]->seq, 1);
    rig_give_receipt(rig, RECEIPT_REFUSED, header, &id, REASON_SLOT);
    rig_give_prekeys(rig, 1); /* a lower number would do, too */
    assert_non_null(control_heard(rig, 0, &header, &id));
    rig_give_receipt(rig, RECEIPT_DELIVERED, header, &id, REASON_NONE);
    rig_give_prekeys(rig, 2);
    assert_null(control_heard(rig, 0, NULL, NULL));
}

static void settle_prekeys(struct rig *rig)
{
    struct prekeys list;
    Comity__Settle message = COMITY__SETTLE__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    assert_int_equal(prekeys_read(NULL, rig->my_prekeys, rig->fixture->roster, rig->arena, &list),
                     REASON_NONE);
    ProtobufCBinaryData item = wire_binary(digest_bytes(&list.digest));
    message.n_digest = 1;
    message.digest = &item;
    frame.body_case = COMITY__FRAME__BODY_SETTLE;
    frame.settle = &message;
    rig_say(rig, &frame);
}

/* It had our keys and has them no more; its heads show nothing, for this node has sent nothing that is open. */
static void a_broker_without_our_keys_has_fallen_back(void **state)
{
    struct rig *rig = *state;
    struct sample s;
    rig_link(rig);
    rig_letter(rig, &s, LETTER_REQUEST, 1, 1, NULL);
    rig_send(rig, &s);
    rig_link_down(rig);
    rig_link(rig); /* not settled: it may never have had them */
    rig_give_prekeys(rig, 1);
    assert_null(control_heard(rig, 0, NULL, NULL));
    settle_prekeys(rig);
    rig_link_down(rig);
    rig_link(rig);
    const Comity__Control *control = control_heard(rig, 0, NULL, NULL);
    assert_non_null(control);
    assert_int_equal(control->body_case, COMITY__CONTROL__BODY_STANDING);
    assert_int_equal(control->standing->n_received, 1);
    assert_int_equal(recall_broker_noticed_ms(rig->node), rig->wall.ms);
}

/* What it gave back may have been of a disk that it has replaced since. */
static void a_party_that_lost_its_disk_is_asked_once_more(void **state)
{
    struct rig *rig = *state;
    struct control_chain chain = {.last = {.header = {.seq = 0}}};
    Comity__Recall recall = COMITY__RECALL__INIT;
    Comity__Control control = COMITY__CONTROL__INIT;
    uint64_t number = lose(rig, 12);
    reaches_them(rig);
    give_last(rig, &chain, number, 12, 0);
    assert_true(is_done(rig));
    recall.number = 1;
    control.body_case = COMITY__CONTROL__BODY_RECALL;
    control.recall = &recall;
    for (uint64_t i = 0; i < 6; i++) {
        recall.number = i + 1;
        recall.loss = 70 + i / 2;
        control_send(rig, &chain, &control, nothing);
        assert_int_equal(asks(rig), i % 2 == 0); /* once for each loss */
        if (asks(rig)) {
            number = question(rig, NULL, NULL)->recall->number;
            reaches_them(rig);
            give_last(rig, &chain, number, 0, 0);
        }
    }
}

static void an_answer_in_an_unknown_case_shows_a_loss(void **state)
{
    struct rig *rig = *state;
    struct control_chain chain = {.last = {.header = {.seq = 0}}};
    struct sample s;
    struct in_row row;
    rig_link(rig);
    rig_give_prekeys(rig, 1);
    rig_letter(rig, &s, LETTER_ACK, 1, 1, NULL);
    rig_send(rig, &s);
    assert_false(inbox_get(rig->node, &s.id, &row));
    assert_non_null(rig_heard(rig, COMITY__FRAME__BODY_REJECTED, 0));
    assert_true(asks(rig));
    uint64_t number = question(rig, NULL, NULL)->recall->number;
    reaches_them(rig);
    give_last(rig, &chain, number, 0, 0); /* they have nothing: it is as wrong as ever */
    rig_deliver(rig, s.bytes);
    assert_non_null(rig_receipt(rig, RECEIPT_REFUSED, &s.id));
    assert_false(asks(rig));
}

static void a_number_that_is_taken_shows_a_loss(void **state)
{
    static const enum reason reasons[] = {REASON_FORK, REASON_SEQUENCE, REASON_CASE, REASON_LETTER};
    struct rig *rig = *state;
    struct control_chain chain = {.last = {.header = {.seq = 0}}};
    rig_link(rig);
    rig_give_prekeys(rig, 1);
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++) {
        struct envelope_id id;
        (void)rig_write(rig, NULL, LETTER_REQUEST, NULL);
        const Comity__Header *header = rig_submitted(rig, 0, &id);
        rig_give_receipt(rig, RECEIPT_REFUSED, header, &id, reasons[i]);
        assert_int_equal(asks(rig), reasons[i] != REASON_LETTER);
        if (asks(rig)) {
            uint64_t number = question(rig, NULL, NULL)->recall->number;
            reaches_them(rig);
            give_last(rig, &chain, number, 0, 0);
        }
    }
}

/* XA/poc says itself that the keys are not its own: so whatever the broker has of it is better. */
static void a_list_that_is_not_theirs_is_forgotten(void **state)
{
    struct rig *rig = *state;
    struct envelope_id id;
    rig_link(rig);
    rig_give_prekeys(rig, 9);
    for (unsigned i = 0; i < 2; i++) {
        (void)rig_write(rig, NULL, LETTER_REQUEST, NULL);
        const Comity__Header *header = rig_submitted(rig, 0, &id);
        rig_give_receipt(rig, RECEIPT_REFUSED, header, &id, i == 0 ? REASON_PREKEY : REASON_SLOT);
        struct public_key held = rig->peer_key[0];
        rig_give_prekeys(rig, 3); /* lower than 9 */
        const Comity__Frame *frame = rig_heard(rig, COMITY__FRAME__BODY_SUBMIT, 0);
        struct envelope envelope;
        assert_non_null(frame);
        assert_int_equal(
            envelope_read(wire_bytes(frame->submit->envelope), &rig->fixture->network, rig->arena, &envelope),
            REASON_NONE);
        const void *slot = envelope.seal_message->slot[0]->recipient_key.data;
        assert_memory_equal(slot, i == 0 ? held.bytes : rig->peer_key[0].bytes, 32);
        if (i == 0) { /* as before: the keys that the node still has */
            rig->peer_key[0] = held;
        }
    }
}

/* --- asking --- */

static void an_unanswered_question_is_put_again_ever_more_seldom(void **state)
{
    struct rig *rig = *state;
    static const unsigned minutes[] = {10, 20, 40, 80, 160, 320, 360, 360};
    (void)lose(rig, 12);
    for (size_t i = 0; i < sizeof minutes / sizeof minutes[0]; i++) {
        reaches_them(rig);
        later(rig, minutes[i] * MS_PER_MINUTE - 1);
        assert_false(asks(rig));
        later(rig, 1);
        assert_true(asks(rig));
    }
    uint64_t number = question(rig, NULL, NULL)->recall->number;
    later(rig, 24 * MS_PER_HOUR);
    assert_int_equal(question(rig, NULL, NULL)->recall->number, number); /* it is on its way still */
}

/* Two that are seldom on line together: the answer comes when its question was put again long ago. */
static void a_late_answer_is_taken(void **state)
{
    struct rig *rig = *state;
    struct control_chain chain = {.last = {.header = {.seq = 0}}};
    const Comity__Header *header = NULL;
    uint64_t number = lose(rig, 12);
    reaches_them(rig);
    later(rig, 7 * MS_PER_HOUR);
    const Comity__Control *again = question(rig, &header, NULL);
    assert_non_null(again);
    assert_int_equal(header->seq, 2); /* another envelope */
    assert_int_equal(header->lane, LANE_BULK);
    give_last(rig, &chain, number, 12, 0);
    assert_true(is_done(rig));
}

static void a_question_that_does_not_arrive_is_sealed_again(void **state)
{
    struct rig *rig = *state;
    const Comity__Header *header = NULL;
    struct envelope_id id;
    (void)lose(rig, 12);
    (void)question(rig, &header, &id);
    rig_give_receipt(rig, RECEIPT_REFUSED, header, &id, REASON_SLOT);
    later(rig, MS_PER_MINUTE - 1);
    assert_false(asks(rig));
    rig_tick(rig, 1);
    assert_true(asks(rig));
}

/* --- taking back --- */

struct history_given {
    struct given request, ack, ask, held;
};

/* XA/poc's case: it asked, XB/poc acknowledged, XA/poc asked how it stands, XB/poc held. */
static void make_history(struct rig *rig, struct history_given *h)
{
    given_make(rig, &h->request, LETTER_REQUEST, false, 1, NULL, NULL);
    given_make(rig, &h->ack, LETTER_ACK, true, 1, &h->request, NULL);
    given_make(rig, &h->ask, LETTER_STATUS_ASK, false, 2, &h->request, &h->request);
    given_make(rig, &h->held, LETTER_HELD, true, 2, &h->request, &h->ack);
}

static void letters_of_both_sides_come_back(void **state)
{
    struct rig *rig = *state;
    struct control_chain chain = {.last = {.header = {.seq = 0}}};
    struct history_given h;
    uint64_t number = lose(rig, 12);
    make_history(rig, &h);
    h.ack.message.opened_ms = rig->wall.ms + 3000;
    struct given *letters[] = {&h.request, &h.ask, &h.ack, &h.held};
    control_give(rig, &chain, number, letters, 4, nothing);
    assert_non_null(rig_receipt(rig, RECEIPT_DELIVERED, &chain.last.id));
    for (size_t i = 0; i < 4; i++) {
        struct letter_row row = letter_of(rig, &letters[i]->id);
        assert_int_equal(row.place, PLACE_EFFECT);
        assert_int_equal(row.own, letters[i]->own);
        assert_true(row.returned);
        assert_int_equal(row.accepted_ms, letters[i]->message.accepted_ms);
        assert_int_equal(row.delivered_ms, letters[i]->message.delivered_ms);
        assert_int_equal(row.opened_ms, letters[i]->message.opened_ms);
        assert_int_equal(row.sending, row.own ? SENDING_DELIVERED : SENDING_NONE);
    }
    struct letter_row request = letter_of(rig, &h.request.id);
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
    struct history_given h;
    size_t count = 0;
    uint64_t number = lose(rig, 12);
    make_history(rig, &h);
    reaches_them(rig);
    struct given *letters[] = {&h.request, &h.request, &h.ack, &h.ack};
    control_give(rig, &chain, number, letters, 4, bytes_of("x", 1));
    rig_tick(rig, MS_PER_SECOND);
    assert_true(asks(rig));
    number = question(rig, NULL, NULL)->recall->number;
    control_give(rig, &chain, number, letters, 4, nothing);
    struct letter_row request = letter_of(rig, &h.request.id);
    assert_non_null(letter_list(rig->node, &request.case_id, rig->arena, &count));
    assert_int_equal(count, 2);
}

static void pages_follow_each_other(void **state)
{
    struct rig *rig = *state;
    struct control_chain chain = {.last = {.header = {.seq = 0}}};
    struct history_given h;
    uint64_t first = lose(rig, 12);
    make_history(rig, &h);
    reaches_them(rig);
    struct given *one[] = {&h.request};
    struct given *two[] = {&h.ack};
    control_give(rig, &chain, first, one, 1, bytes_of("place", 5));
    rig_tick(rig, MS_PER_SECOND - 1);
    assert_false(asks(rig));
    rig_tick(rig, 1);
    const Comity__Control *control = question(rig, NULL, NULL);
    assert_non_null(control);
    assert_true(bytes_equal(wire_bytes(control->recall->after), bytes_of("place", 5)));
    assert_true(control->recall->number != first);
    control_give(rig, &chain, first, two, 1, nothing); /* the answer to a question that was answered */
    assert_false(is_filed(rig, &h.ack));
    control_give(rig, &chain, control->recall->number, two, 1, nothing);
    assert_true(is_filed(rig, &h.ack));
}

static void a_page_that_brings_nothing_leads_nowhere(void **state)
{
    struct rig *rig = *state;
    struct control_chain chain = {.last = {.header = {.seq = 0}}};
    uint64_t number = lose(rig, 12);
    reaches_them(rig);
    control_give(rig, &chain, number, NULL, 0, bytes_of("place", 5));
    assert_false(asks(rig));
    assert_false(is_done(rig));
    later(rig, 10 * MS_PER_MINUTE);
    assert_true(asks(rig));
    assert_int_equal(question(rig, NULL, NULL)->recall->after.len, 0); /* from the first letter on */
}

static void nothing_is_taken_that_was_not_asked_for(void **state)
{
    struct rig *rig = *state;
    struct control_chain chain = {.last = {.header = {.seq = 0}}};
    struct history_given h;
    rig_link(rig);
    make_history(rig, &h);
    struct given *letters[] = {&h.request};
    control_give(rig, &chain, 0, letters, 1, nothing);
    assert_false(is_filed(rig, &h.request));
    rig_link_down(rig);
    uint64_t number = lose(rig, 12);
    control_give(rig, &chain, number + 2, letters, 1, nothing);
    control_give(rig, &chain, 0, letters, 1, nothing);
    assert_false(is_filed(rig, &h.request));
    control_give(rig, &chain, number, letters, 1, nothing);
    assert_true(is_filed(rig, &h.request));
}

/* --- forgeries --- */

/* The letter, broken by the test, is not filed, and does not harm those beside it. */
static void assert_not_taken(struct rig *rig, struct control_chain *chain, uint64_t *number,
                             struct given *bad)
{
    struct given good;
    given_make(rig, &good, LETTER_REQUEST, false, 1, NULL, NULL);
    reaches_them(rig);
    struct given *letters[] = {bad, &good};
    control_give(rig, chain, *number, letters, 2, bytes_of("x", 1));
    assert_non_null(rig_receipt(rig, RECEIPT_DELIVERED, &chain->last.id));
    assert_false(is_filed(rig, bad));
    assert_true(is_filed(rig, &good));
    rig_tick(rig, MS_PER_SECOND);
    assert_true(asks(rig));
    *number = question(rig, NULL, NULL)->recall->number;
}

static ProtobufCBinaryData with_a_bit_turned(struct rig *rig, ProtobufCBinaryData bytes, size_t bit)
{
    struct bytes copy = arena_copy(rig->arena, wire_bytes(bytes));
    uint8_t *writable = (uint8_t *)(uintptr_t)copy.data;
    writable[bit / 8] ^= (uint8_t)(1U << bit % 8);
    return wire_binary(copy);
}

static void a_letter_of_other_parties_is_not_taken(void **state)
{
    struct rig *rig = *state;
    struct control_chain chain = {.last = {.header = {.seq = 0}}};
    static const char *const pairs[][2] = {{"XC/poc", "XB/poc"}, {"XA/poc", "XC/poc"}, {"XB/poc", "XC/poc"},
                                           {"XC/poc", "XA/poc"}, {"XB/poc", "XB/poc"}, {"XA/poc", "XA/poc"}};
    uint64_t number = lose(rig, 12);
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        struct given g;
        given_make(rig, &g, LETTER_REQUEST, false, 1, NULL, NULL);
        g.context.from = text_make(rig->arena, pairs[i][0]);
        g.context.to = text_make(rig->arena, pairs[i][1]);
        g.officer = &fixture_party(rig->fixture, pairs[i][0])->officer[FIXTURE_DUTY];
        given_sign(rig, &g);
        assert_not_taken(rig, &chain, &number, &g);
    }
}

static void a_letter_of_other_officers_is_not_taken(void **state)
{
    struct rig *rig = *state;
    struct control_chain chain = {.last = {.header = {.seq = 0}}};
    uint64_t number = lose(rig, 12);
    struct given g;
    given_make(rig, &g, LETTER_REQUEST, true, 1, NULL, NULL);
    g.officer = &rig->peer->officer[FIXTURE_DUTY]; /* XA/poc's, for a letter of ours */
    given_sign(rig, &g);
    assert_not_taken(rig, &chain, &number, &g);
    g.officer = &rig->me->node_signer; /* ours, and no officer's */
    given_sign(rig, &g);
    assert_not_taken(rig, &chain, &number, &g);
    g.officer = &rig->me->officer[FIXTURE_DUTY];
    g.second = &rig->me->officer[FIXTURE_DUTY]; /* twice the same */
    given_sign(rig, &g);
    assert_not_taken(rig, &chain, &number, &g);
    g.second = NULL;
    given_sign(rig, &g);
    g.message.n_signature = 0; /* nobody */
    assert_not_taken(rig, &chain, &number, &g);
}

static void a_letter_with_any_byte_changed_is_not_taken(void **state)
{
    struct rig *rig = *state;
    struct control_chain chain = {.last = {.header = {.seq = 0}}};
    uint64_t number = lose(rig, 12);
    for (size_t i = 0; i < 3; i++) {
        for (size_t bit = 3; bit < 1000; bit += 97) {
            struct given g;
            given_make(rig, &g, LETTER_REQUEST, i == 1, 1, NULL, NULL);
            ProtobufCBinaryData *part = i == 0   ? &g.message.context
                                        : i == 1 ? &g.message.letter
                                                 : &g.message.signature[0];
            *part = with_a_bit_turned(rig, *part, bit % (8 * part->len));
            assert_not_taken(rig, &chain, &number, &g);
        }
    }
}

static void what_does_not_fit_its_case_is_not_taken(void **state)
{
    struct rig *rig = *state;
    struct control_chain chain = {.last = {.header = {.seq = 0}}};
    struct history_given h;
    uint64_t number = lose(rig, 12);
    make_history(rig, &h);
    struct given *letters[] = {&h.request};
    reaches_them(rig);
    control_give(rig, &chain, number, letters, 1, bytes_of("x", 1));
    rig_tick(rig, MS_PER_SECOND);
    number = question(rig, NULL, NULL)->recall->number;
    struct given other;
    given_make(rig, &other, LETTER_REQUEST, false, 1, &h.request, NULL); /* a number that is taken */
    other.letter->request->reference = text_make(rig->arena, "another");
    given_sign(rig, &other);
    assert_not_taken(rig, &chain, &number, &other);
    given_make(rig, &other, LETTER_ACK, true, 1, NULL, NULL); /* of no case */
    assert_not_taken(rig, &chain, &number, &other);
    given_make(rig, &other, LETTER_ACK, false, 2, &h.request, &h.request); /* of the wrong side */
    assert_not_taken(rig, &chain, &number, &other);
    given_make(rig, &other, LETTER_REQUEST, false, 1, NULL, NULL);
    other.context.exercise = wire_binary(bytes_of("an exercise 1234", 16)); /* its officers act in none */
    given_sign(rig, &other);
    assert_not_taken(rig, &chain, &number, &other);
}

static void a_context_out_of_range_is_not_taken(void **state)
{
    struct rig *rig = *state;
    struct control_chain chain = {.last = {.header = {.seq = 0}}};
    static uint8_t noise[32] = {9};
    uint64_t number = lose(rig, 12);
    for (unsigned i = 0; i < 9; i++) {
        struct given g;
        given_make(rig, &g, LETTER_REQUEST, false, 1, NULL, NULL);
        g.context.version = i == 0 ? 2 : 1;
        g.context.kind = i == 1 ? KIND_CONTROL : KIND_LETTER;
        g.context.network = i == 2 ? wire_binary(bytes_of(noise, 32)) : g.context.network;
        g.context.roster = i == 3 ? 2 : 1; /* later than ours */
        g.context.roster_hash = i == 4 ? wire_binary(bytes_of(noise, 32)) : g.context.roster_hash;
        g.context.signed_ms = i == 5 ? CREATED_MS_END : g.context.signed_ms;
        given_sign(rig, &g);
        g.message.accepted_ms = i == 6 ? 0 : g.message.accepted_ms;
        g.message.delivered_ms = i == 7 ? CREATED_MS_END : g.message.delivered_ms;
        g.message.opened_ms = i == 8 ? CREATED_MS_MIN - 1 : 0;
        assert_not_taken(rig, &chain, &number, &g);
    }
}

/* --- numbers that are taken --- */

static void a_letter_of_ours_that_never_arrived_gives_way(void **state)
{
    struct rig *rig = *state;
    struct control_chain chain = {.last = {.header = {.seq = 0}}};
    struct sample asked;
    struct given request, ack;
    rig_link(rig);
    rig_letter(rig, &asked, LETTER_REQUEST, 1, 1, NULL);
    rig_send(rig, &asked);
    rig_link_down(rig);
    struct letter_id mine = rig_write(rig, &asked.case_id, LETTER_ACK, NULL);
    struct letter_id behind = rig_write(rig, &asked.case_id, LETTER_STATUS, NULL);
    uint64_t number = lose(rig, 12);
    assert_int_equal(rig_count(rig, COMITY__FRAME__BODY_SUBMIT), 1); /* the question; the two wait */
    given_make(rig, &request, LETTER_REQUEST, false, 1, NULL, NULL);
    request.context.case_id = asked.context.case_id;
    given_make(rig, &ack, LETTER_ACK, true, 1, &request, NULL);
    ack.letter->ack->reference = text_make(rig->arena, "the other one");
    given_sign(rig, &ack);
    struct given *letters[] = {&ack};
    control_give(rig, &chain, number, letters, 1, nothing);
    assert_int_equal(letter_of(rig, &mine).place, PLACE_DEAD);
    assert_int_equal(letter_of(rig, &mine).reason, REASON_CASE);
    assert_int_equal(letter_of(rig, &behind).place, PLACE_DEAD);
    assert_int_equal(letter_of(rig, &ack.id).place, PLACE_EFFECT);
}

static void a_letter_of_ours_that_they_have_signed_for_stays(void **state)
{
    struct rig *rig = *state;
    struct control_chain chain = {.last = {.header = {.seq = 0}}};
    struct sample asked;
    struct given request, ack;
    struct envelope_id id;
    struct recall_state recall;
    rig_link(rig);
    rig_give_prekeys(rig, 1);
    rig_letter(rig, &asked, LETTER_REQUEST, 1, 1, NULL);
    rig_send(rig, &asked);
    struct letter_id mine = rig_write(rig, &asked.case_id, LETTER_ACK, NULL);
    const Comity__Header *header = rig_submitted(rig, 0, &id);
    rig_give_receipt(rig, RECEIPT_DELIVERED, header, &id, REASON_NONE);
    rig_link_down(rig);
    uint64_t number = lose(rig, 12);
    given_make(rig, &request, LETTER_REQUEST, false, 1, NULL, NULL);
    request.context.case_id = asked.context.case_id;
    given_make(rig, &ack, LETTER_ACK, true, 1, &request, NULL);
    ack.letter->ack->reference = text_make(rig->arena, "the other one");
    given_sign(rig, &ack);
    struct given *letters[] = {&ack};
    reaches_them(rig);
    control_give(rig, &chain, number, letters, 1, nothing);
    assert_int_equal(letter_of(rig, &mine).place, PLACE_EFFECT);
    assert_false(is_filed(rig, &ack));
    assert_int_equal(recall_states(rig->node, 1, &recall), 1);
    assert_int_equal(recall.refused, 1);
    number = ask_again(rig);
    give_last(rig, &chain, number, 12, 0);
    assert_true(is_done(rig));
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
    (void)lose(rig, 12);
    assert_int_equal(recall_blocks(rig->node, &asked.case_id, "XA/poc"), RECALL_PENDING);
    assert_int_equal(recall_blocks(rig->node, &asked.case_id, "XC/poc"), RECALL_FREE);
    struct letter_id waits = rig_write(rig, &asked.case_id, LETTER_ACK, NULL);
    assert_int_equal(letter_of(rig, &waits).sending, SENDING_WANTED);
    struct letter_row row = letter_of(rig, &waits);
    assert_true(letter_waits_for_recall(rig->node, &row));
    struct letter_id request = rig_write(rig, NULL, LETTER_REQUEST, &fresh);
    assert_int_equal(letter_of(rig, &request).sending, SENDING_SEALED);
    assert_int_equal(recall_blocks(rig->node, &fresh, "XA/poc"), RECALL_FREE);
    rig_letter(rig, &later, LETTER_REQUEST, 2, 1, &asked);
    memset(later.case_id.bytes, 7, 16);
    later.context.case_id = wire_binary(bytes_of(later.case_id.bytes, 16));
    rig_send(rig, &later);
    assert_int_equal(recall_blocks(rig->node, &later.case_id, "XA/poc"), RECALL_FREE);
    struct letter_id answer = rig_write(rig, &later.case_id, LETTER_ACK, NULL);
    assert_int_equal(letter_of(rig, &answer).sending, SENDING_SEALED);
}

static void a_letter_of_a_case_that_was_lost_comes_again(void **state)
{
    struct rig *rig = *state;
    struct control_chain chain = {.last = {.header = {.seq = 0}}};
    struct history_given h;
    struct sample ask;
    struct in_row row;
    uint64_t number = lose(rig, 12);
    make_history(rig, &h);
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
    assert_int_equal(letter_of(rig, &ask.letter_id).place, PLACE_EFFECT);
}

/* A letter that is here, as XA/poc gives it back. */
static void given_of_file(struct rig *rig, struct given *g, const struct letter_id *id)
{
    const struct letter_row row = letter_of(rig, id);
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
    reaches_them(rig);
    control_give(rig, chain, *number, letters, 1, bytes_of("x", 1));
    later(rig, MS_PER_SECOND);
    assert_true(asks(rig));
    *number = question(rig, NULL, NULL)->recall->number;
}

static void times_that_are_proven_stay(void **state)
{
    struct rig *rig = *state;
    struct control_chain chain = {.last = {.header = {.seq = 0}}};
    struct sample asked;
    struct envelope_id id;
    rig_link(rig);
    rig_give_prekeys(rig, 1);
    rig_letter(rig, &asked, LETTER_REQUEST, 1, 1, NULL);
    rig_send(rig, &asked);
    struct letter_id mine = rig_write(rig, &asked.case_id, LETTER_ACK, NULL);
    const Comity__Header *header = rig_submitted(rig, 0, &id);
    rig_give_receipt(rig, RECEIPT_ACCEPTED, header, &id, REASON_NONE);
    rig->wall.ms += 1000;
    rig_give_receipt(rig, RECEIPT_DELIVERED, header, &id, REASON_NONE);
    rig->wall.ms += 1000;
    rig_give_receipt(rig, RECEIPT_OPENED, header, &id, REASON_NONE);
    rig_link_down(rig);
    const struct letter_row ours = letter_of(rig, &mine);
    const struct letter_row theirs = letter_of(rig, &asked.letter_id);
    assert_true(ours.accepted_ms != 0 && ours.delivered_ms != 0 && ours.opened_ms != 0);
    uint64_t number = lose(rig, 12);
    give_with_early_times(rig, &chain, &number, &mine);
    give_with_early_times(rig, &chain, &number, &asked.letter_id);
    struct letter_row row = letter_of(rig, &mine);
    assert_int_equal(row.accepted_ms, ours.accepted_ms);
    assert_int_equal(row.delivered_ms, ours.delivered_ms);
    assert_int_equal(row.opened_ms, ours.opened_ms);
    assert_false(row.returned);
    row = letter_of(rig, &asked.letter_id);
    assert_int_equal(row.accepted_ms, theirs.accepted_ms);
    assert_int_equal(row.delivered_ms, theirs.delivered_ms);
    assert_int_equal(row.opened_ms, 0); /* nobody here has opened it */
    assert_false(row.returned);
}

/* Their word, and marked so; a request filed after the loss goes on all the same. */
static void times_of_a_delivery_that_is_not_known_are_marked(void **state)
{
    struct rig *rig = *state;
    struct control_chain chain = {.last = {.header = {.seq = 0}}};
    struct case_id fresh;
    uint64_t number = lose(rig, 12);
    reaches_them(rig);
    struct letter_id mine = rig_write(rig, NULL, LETTER_REQUEST, &fresh);
    struct given g;
    given_of_file(rig, &g, &mine);
    struct given *letters[] = {&g};
    control_give(rig, &chain, number, letters, 1, bytes_of("x", 1));
    struct letter_row row = letter_of(rig, &mine);
    assert_int_equal(row.sending, SENDING_DELIVERED);
    assert_int_equal(row.delivered_ms, g.message.delivered_ms);
    assert_true(row.returned);
    assert_int_equal(recall_blocks(rig->node, &fresh, "XA/poc"), RECALL_FREE);
    struct letter_id next = rig_write(rig, &fresh, LETTER_STATUS_ASK, NULL);
    assert_int_equal(letter_of(rig, &next).sending, SENDING_SEALED);
}

/* A letter of ours after the request, whose last envelope ends so; and what our officer then wrote in its place. */
static void give_up_and_write_again(struct rig *rig, enum receipt_kind kind, struct letter_id *ret_first,
                                    struct letter_id *ret_second)
{
    struct envelope_id id;
    struct case_id case_id;
    rig_link(rig);
    (void)rig_write(rig, NULL, LETTER_REQUEST, &case_id);
    rig_give_prekeys(rig, 1);
    const Comity__Header *header = rig_submitted(rig, 0, &id);
    rig_give_receipt(rig, RECEIPT_DELIVERED, header, &id, REASON_NONE);
    *ret_first = rig_write(rig, &case_id, LETTER_STATUS_ASK, NULL);
    header = rig_submitted(rig, 0, &id);
    rig_give_receipt(rig, RECEIPT_REFUSED, header, &id, REASON_BODY);
    rig_give_prekeys(rig, 2); /* sealed again */
    header = rig_submitted(rig, 0, &id);
    rig_give_receipt(rig, kind, header, &id, REASON_LETTER);
    assert_int_equal(letter_of(rig, ret_first).place, PLACE_DEAD);
    rig->wall.ms++;
    *ret_second = rig_write(rig, &case_id, LETTER_STATUS_ASK, NULL);
    rig_link_down(rig);
}

static void a_letter_that_they_refused_does_not_come_back(void **state)
{
    struct rig *rig = *state;
    struct control_chain chain = {.last = {.header = {.seq = 0}}};
    struct letter_id first, second;
    struct given g;
    give_up_and_write_again(rig, RECEIPT_REFUSED, &first, &second);
    uint64_t number = lose(rig, 12);
    given_of_file(rig, &g, &first);
    struct given *letters[] = {&g};
    control_give(rig, &chain, number, letters, 1, nothing);
    assert_int_equal(letter_of(rig, &first).place, PLACE_DEAD);
    assert_int_equal(letter_of(rig, &first).delivered_ms, 0);
    assert_int_equal(letter_of(rig, &second).place, PLACE_EFFECT);
}

/* That the broker did not take it here proves nothing about what was lost. */
static void a_letter_given_up_that_they_have_comes_back(void **state)
{
    struct rig *rig = *state;
    struct control_chain chain = {.last = {.header = {.seq = 0}}};
    struct letter_id first, second;
    struct given g;
    give_up_and_write_again(rig, RECEIPT_REJECTED, &first, &second);
    uint64_t number = lose(rig, 12);
    given_of_file(rig, &g, &first);
    struct given *letters[] = {&g};
    control_give(rig, &chain, number, letters, 1, nothing);
    assert_int_equal(letter_of(rig, &first).place, PLACE_EFFECT);
    assert_int_equal(letter_of(rig, &first).delivered_ms, g.message.delivered_ms);
    assert_int_equal(letter_of(rig, &second).place, PLACE_DEAD);
}

static uint64_t refused(struct rig *rig)
{
    struct recall_state recall;
    assert_int_equal(recall_states(rig->node, 1, &recall), 1);
    return recall.refused;
}

static enum recall_block blocks(struct rig *rig, const struct given *g)
{
    struct case_id id;
    memcpy(id.bytes, g->context.case_id.data, sizeof id.bytes);
    return recall_blocks(rig->node, &id, "XA/poc");
}

/* A case of XA/poc's of its own, and our acknowledgement in it. */
static void make_case(struct rig *rig, struct given *request, struct given *ack, uint8_t number)
{
    uint8_t id[16];
    memset(id, number, sizeof id);
    given_make(rig, request, LETTER_REQUEST, false, 1, NULL, NULL);
    request->context.case_id = wire_binary(arena_copy(rig->arena, bytes_of(id, sizeof id)));
    given_sign(rig, request);
    given_make(rig, ack, LETTER_ACK, true, 1, request, NULL);
}

/* "Ours" by keys of theirs, by one that has no part in the roster, by a broken signature, by nobody, by too many. */
static void a_forged_letter_of_ours_is_not_kept_and_blocks_nothing(void **state)
{
    struct rig *rig = *state;
    struct control_chain chain = {.last = {.header = {.seq = 0}}};
    const struct signer stranger = fixture_signer(rig->slab, 1000);
    struct given request, ack;
    uint64_t number = lose(rig, 12);
    for (uint8_t i = 0; i < 7; i++) {
        make_case(rig, &request, &ack, (uint8_t)(100 + i));
        ack.officer = i == 0   ? &stranger
                      : i == 1 ? &rig->peer->officer[FIXTURE_DUTY]
                      : i == 2 ? &rig->me->node_signer
                               : ack.officer;
        ack.second = i == 3 ? &stranger : NULL;
        given_sign(rig, &ack);
        if (i == 4) {
            ack.message.signature[0] = with_a_bit_turned(rig, ack.message.signature[0], 300);
        }
        ack.message.n_signature = i == 5 ? 0 : i == 6 ? 2 : ack.message.n_signature;
        ack.message.signature[1] = i == 6 ? ack.message.signature[0] : ack.message.signature[1];
        assert_not_taken(rig, &chain, &number, &ack);
        assert_int_equal(refused(rig), 0);
    }
    reaches_them(rig);
    give_last(rig, &chain, number, 12, 0);
    assert_true(is_done(rig));
    for (uint8_t i = 0; i < 7; i++) {
        make_case(rig, &request, &ack, (uint8_t)(100 + i));
        assert_int_equal(blocks(rig, &ack), RECALL_FREE);
    }
}

static void revoke_our_duty(struct roster_draft *draft, struct arena *arena, void *context)
{
    const struct rig *rig = context;
    for (size_t i = 0; i < draft->party_count; i++) {
        struct party *party = &draft->parties[i];
        struct roster_key *keys = draft_keys(arena, party->keys, party->key_count, 0);
        for (size_t j = 0; j < party->key_count; j++) {
            if (public_key_equal(&keys[j].key, &rig->me->officer[FIXTURE_DUTY].key)) {
                keys[j].revoked = true;
                keys[j].revoked_at_ms = FIXTURE_NOW.ms;
                keys[j].revoked_reason = "lost";
            }
        }
        party->keys = keys;
    }
}

/* What is kept proves by itself who signed. */
static void assert_kept_with_signature(struct rig *rig, const struct given *g)
{
    Comity__Inner *proofs = NULL;
    rig_begin(rig);
    struct query *q =
        store_query(rig->node->store, "SELECT context, letter, proofs FROM recall_refused WHERE id = ?1");
    query_bytes(q, 1, digest_bytes(&g->id.digest));
    assert_true(query_row(q));
    struct letter_id id = letter_id_of(query_get_bytes(q, 0), query_get_bytes(q, 1));
    struct bytes packed = arena_copy(rig->arena, query_get_bytes(q, 2));
    query_end(q);
    rig_end(rig);
    assert_int_equal(inner_unpack(packed, rig->arena, &proofs, NULL), WIRE_OK);
    assert_int_equal(proofs->n_signature, 1);
    assert_int_equal(proof_verify(NULL, wire_bytes(proofs->signature[0]), &id.digest, &g->officer->key),
                     PROOF_OK);
}

/* They have it, signed when the officer could: its number is taken, and nothing can be put in its place. */
static void a_letter_of_ours_by_an_officer_revoked_since_blocks_its_case(void **state)
{
    struct rig *rig = *state;
    struct control_chain chain = {.last = {.header = {.seq = 0}}};
    struct given request, ack;
    struct bytes minisigs[2];
    enum roster_outcome outcome;
    struct roster *next = fixture_next(rig->fixture, rig->fixture->roster, revoke_our_duty, rig, minisigs);
    rig_begin(rig);
    assert_int_equal(node_roster(rig->node, rig->turn, roster_json(next), minisigs, 2, &outcome, NULL),
                     DOOR_OK);
    rig_end(rig);
    uint64_t number = lose(rig, 12);
    make_case(rig, &request, &ack, 100);
    assert_not_taken(rig, &chain, &number, &ack);
    assert_int_equal(refused(rig), 1);
    reaches_them(rig);
    give_last(rig, &chain, number, 12, 0);
    assert_true(is_done(rig));
    assert_int_equal(blocks(rig, &ack), RECALL_BROKEN);
    assert_kept_with_signature(rig, &ack);
    roster_free(next);
}

/* Letters that they sign and that do not hold take no room from the proofs that block a case. */
static void proofs_are_bounded_for_each_side(void **state)
{
    struct rig *rig = *state;
    struct control_chain chain = {.last = {.header = {.seq = 0}}};
    struct given request, ack;
    uint64_t number = lose(rig, 12);
    for (unsigned i = 0; i < 202; i++) {
        struct given ask;
        if (i % 2 == 0) { /* of no case */
            given_make(rig, &request, LETTER_REQUEST, false, 1, NULL, NULL);
            request.context.signed_ms = rig->wall.ms + i;
            request.letter->request->reference = text_make(rig->arena, "never given");
            given_sign(rig, &request);
            given_make(rig, &ask, LETTER_ACK, false, 1, &request, NULL);
        } else {
            make_case(rig, &request, &ask, (uint8_t)(1 + i / 2));
        }
        assert_not_taken(rig, &chain, &number, &ask);
        assert_int_equal(refused(rig), i < 200 ? i + 1 : 200);
    }
    make_case(rig, &request, &ack, 101);
    reaches_them(rig);
    give_last(rig, &chain, number, 12, 0);
    assert_true(is_done(rig));
    assert_int_equal(blocks(rig, &ack), RECALL_FREE); /* one more than are kept */
    make_case(rig, &request, &ack, 100);
    assert_int_equal(blocks(rig, &ack), RECALL_BROKEN);
}

/* --- when it is whole --- */

static void it_is_whole_when_all_we_sent_has_arrived_or_is_gone(void **state)
{
    struct rig *rig = *state;
    struct control_chain chain = {.last = {.header = {.seq = 0}}};
    uint64_t number = lose(rig, 12);
    reaches_them(rig);
    give_last(rig, &chain, number, 11, 0);
    assert_false(is_done(rig));
    number = ask_again(rig);
    reaches_them(rig);
    give_last(rig, &chain, number, 12, 0);
    assert_true(is_done(rig));
    later(rig, 7 * MS_PER_HOUR);
    assert_false(asks(rig));
}

static void it_is_whole_when_they_know_that_what_they_sent_has_ended(void **state)
{
    struct rig *rig = *state;
    struct control_chain chain = {.last = {.header = {.seq = 0}}};
    const struct in_chain theirs = {.from = rig->peer->address, .lane = LANE_URGENT, .incarnation = 1};
    Comity__PeerHead message = head(rig, false, 7);
    hello(rig);
    rig_heads(rig, &message);
    rig_give_prekeys(rig, 1);
    uint64_t number = question(rig, NULL, NULL)->recall->number;
    reaches_them(rig);
    give_last(rig, &chain, number, 0, 6);
    assert_false(is_done(rig));
    assert_int_equal(in_chain_through(rig->node, &theirs), 0);
    number = ask_again(rig);
    give_last(rig, &chain, number, 0, 8);
    assert_true(is_done(rig));
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
        Comity__PeerHead message = head(rig, false, 7 + i);
        rig_link_down(rig);
        hello(rig);
        heads_and_keys(rig, &message);
        uint64_t number = question(rig, NULL, NULL)->recall->number;
        reaches_them(rig);
        give_last(rig, &chain, number, 0, told[i]);
        assert_true(is_done(rig));
        assert_int_equal(in_chain_through(rig->node, &theirs), 7 + i);
    }
}

static void answered(struct rig *rig, uint32_t seq)
{
    Comity__PeerHead message = head(rig, false, seq);
    rig_link_down(rig);
    rig->wall.ms++;
    hello(rig);
    heads_and_keys(rig, &message);
}

/* A broker that names less afterwards does not make it whole sooner. */
static void what_is_to_be_covered_does_not_become_less(void **state)
{
    struct rig *rig = *state;
    struct control_chain chain = {.last = {.header = {.seq = 0}}};
    answered(rig, 6);
    assert_true(asks(rig));
    reaches_them(rig);
    answered(rig, 7); /* more does */
    assert_true(asks(rig));
    uint64_t number = question(rig, NULL, NULL)->recall->number;
    reaches_them(rig);
    answered(rig, 5);
    for (uint32_t ended = 5; ended <= 7; ended++) {
        give_last(rig, &chain, number, 0, ended);
        assert_int_equal(is_done(rig), ended == 7);
        if (ended < 7) {
            number = ask_again(rig);
            reaches_them(rig);
        }
    }
    answered(rig, 7);
    assert_false(asks(rig));
    answered(rig, 5); /* another loss, after it was whole */
    assert_true(asks(rig));
}

#define LAST_PASS_MS (14 * MS_PER_DAY + 12 * MS_PER_HOUR)

static void a_pass_that_begins_when_nothing_is_on_its_way_is_the_last(void **state)
{
    struct rig *rig = *state;
    struct control_chain chain = {.last = {.header = {.seq = 0}}};
    uint64_t lost_ms = rig->wall.ms;
    uint64_t number = lose(rig, 12);
    while (rig->wall.ms < lost_ms + LAST_PASS_MS - 7 * MS_PER_HOUR) {
        reaches_them(rig);
        give_last(rig, &chain, number, 3, 0);
        assert_false(is_done(rig));
        number = ask_again(rig);
    }
    reaches_them(rig);
    later(rig, lost_ms + LAST_PASS_MS - 1 - rig->wall.ms);
    reaches_them(rig);
    give_last(rig, &chain, number, 3, 0); /* asked before: it does not count */
    assert_false(is_done(rig));
    assert_false(asks(rig));
    later(rig, 1); /* six hours have not passed, and it is asked */
    assert_true(asks(rig));
    number = question(rig, NULL, NULL)->recall->number;
    give_last(rig, &chain, number, 3, 0);
    assert_true(is_done(rig));
}

static void welcome_at(struct rig *rig, uint64_t now_ms)
{
    char name[] = "hub";
    Comity__Welcome welcome = COMITY__WELCOME__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    rig->link.number++;
    rig_begin(rig);
    assert_int_equal(node_link_up(rig->node, rig->turn, rig->link), DOOR_OK);
    rig_end(rig);
    welcome.version = 1;
    welcome.broker = name;
    welcome.software = name;
    welcome.roster = 1;
    welcome.now_ms = now_ms;
    welcome.submits_max = 64;
    frame.body_case = COMITY__FRAME__BODY_WELCOME;
    frame.welcome = &welcome;
    rig_say(rig, &frame);
}

static void a_clock_that_is_behind_does_not_date_the_loss(void **state)
{
    struct rig *rig = *state;
    struct control_chain chain = {.last = {.header = {.seq = 0}}};
    struct recall_state recall;
    Comity__PeerHead message = head(rig, true, 12);
    const uint64_t behind_ms = 20 * MS_PER_DAY;
    welcome_at(rig, rig->wall.ms + behind_ms);
    heads_and_keys(rig, &message);
    assert_int_equal(recall_states(rig->node, 1, &recall), 1);
    assert_int_equal(recall.since_ms, rig->wall.ms + behind_ms);
    assert_false(asks(rig));
    later(rig, behind_ms); /* it is set right */
    assert_true(asks(rig));
    uint64_t number = question(rig, NULL, NULL)->recall->number;
    reaches_them(rig);
    give_last(rig, &chain, number, 3, 0);
    assert_false(is_done(rig));
}

/* Nor does one that is ahead, of either side, keep it open or end it. */
static void a_clock_that_is_ahead_does_not_end_the_recall(void **state)
{
    struct rig *rig = *state;
    uint64_t lost_ms = rig->wall.ms;
    struct recall_state recall;
    (void)lose(rig, 12);
    for (unsigned i = 0; i < 2; i++) {
        rig_link_down(rig);
        rig->wall.ms = lost_ms + 1 + (i == 0 ? 20 * MS_PER_DAY : 0);
        welcome_at(rig, lost_ms + 1 + (i == 1 ? 20 * MS_PER_DAY : 0));
        rig_heads(rig, NULL);
        assert_false(is_done(rig));
        assert_int_equal(recall_states(rig->node, 1, &recall), 1);
        assert_int_equal(recall.since_ms, lost_ms);
    }
}

static void a_party_that_never_answers_holds_up_nothing_after_fifteen_days(void **state)
{
    struct rig *rig = *state;
    const struct case_id any = {.bytes = {7}};
    uint64_t lost_ms = rig->wall.ms;
    (void)lose(rig, 12);
    later(rig, lost_ms + 15 * MS_PER_DAY - 1 - rig->wall.ms);
    assert_false(is_done(rig));
    assert_int_equal(recall_blocks(rig->node, &any, "XA/poc"), RECALL_PENDING);
    rig_tick(rig, 1);
    assert_true(is_done(rig));
    assert_int_equal(recall_blocks(rig->node, &any, "XA/poc"), RECALL_FREE);
}

/* Nor does one whose pages never end, or whose letters find no room. */
static void pages_without_end_end_after_fifteen_days(void **state)
{
    struct rig *rig = *state;
    struct control_chain chain = {.last = {.header = {.seq = 0}}};
    struct history_given h;
    uint64_t lost_ms = rig->wall.ms;
    uint64_t number = lose(rig, 12);
    make_history(rig, &h);
    reaches_them(rig);
    later(rig, lost_ms + 15 * MS_PER_DAY - 2 * MS_PER_SECOND - rig->wall.ms);
    struct given *one[] = {&h.request};
    control_give(rig, &chain, number, one, 1, bytes_of("x", 1));
    query_run(store_query(rig->node->store, "UPDATE recall SET held = 1"));
    rig_tick(rig, 2 * MS_PER_SECOND - 1);
    assert_false(is_done(rig));
    rig_tick(rig, 1);
    assert_true(is_done(rig));
    rig_tick(rig, MS_PER_DAY);
    assert_false(asks(rig));
}

static void after_a_thousand_pages_the_next_are_asked_for_seldom(void **state)
{
    struct rig *rig = *state;
    struct control_chain chain = {.last = {.header = {.seq = 0}}};
    struct history_given h;
    uint64_t number = lose(rig, 12);
    make_history(rig, &h);
    struct given *one[] = {&h.request};
    query_run(store_query(rig->node->store, "UPDATE recall SET pages = 1022"));
    for (unsigned page = 1023; page <= 1025; page++) {
        uint64_t pause = page < 1024 ? MS_PER_SECOND : 10 * MS_PER_MINUTE;
        reaches_them(rig);
        control_give(rig, &chain, number, one, 1, bytes_of("x", 1));
        later(rig, pause - 1);
        assert_false(asks(rig));
        rig_tick(rig, 1);
        assert_true(asks(rig));
        number = question(rig, NULL, NULL)->recall->number;
    }
    reaches_them(rig);
    give_last(rig, &chain, number, 3, 0);
    number = ask_again(rig); /* six hours after the pass before: swift again */
    reaches_them(rig);
    control_give(rig, &chain, number, one, 1, bytes_of("x", 1));
    rig_tick(rig, MS_PER_SECOND);
    assert_true(asks(rig));
}

static void what_is_shown_again_holds_up_half_of_the_time_at_most(void **state)
{
    struct rig *rig = *state;
    const struct case_id any = {.bytes = {7}};
    uint64_t lost_ms = rig->wall.ms;
    struct recall_state recall;
    uint32_t seq = 12;
    (void)lose(rig, seq++);
    for (uint64_t ms = 3 * MS_PER_DAY; ms <= 30 * MS_PER_DAY; ms += 3 * MS_PER_DAY) {
        Comity__PeerHead message = head(rig, true, seq++);
        rig_link_down(rig);
        rig->wall.ms = lost_ms + ms - 1;
        hello(rig);
        rig_heads(rig, &message);
        rig_tick(rig, 0);
        enum recall_block before = ms <= 15 * MS_PER_DAY ? RECALL_PENDING : RECALL_FREE;
        assert_int_equal(recall_blocks(rig->node, &any, "XA/poc"), before);
        assert_int_equal(recall_states(rig->node, 1, &recall), 1);
        assert_int_equal(recall.done_ms, 0); /* it is asked all the same */
        message.seq = seq++;
        rig_link_down(rig);
        rig->wall.ms++;
        hello(rig);
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
    uint64_t number = lose(rig, 12);
    reaches_them(rig);
    give_last(rig, &chain, number, 12, 0);
    assert_true(is_done(rig));
    rig_link_down(rig);
    number = lose(rig, 15);
    assert_false(is_done(rig));
    reaches_them(rig);
    give_last(rig, &chain, number, 15, 0);
    assert_true(is_done(rig));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(a_higher_head_of_ours_is_asked_about),
        TEST(a_number_answered_and_not_known_is_asked_about_once),
        TEST(a_link_that_ends_between_heads_leaves_nobody_unasked),
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
        TEST(standing_shows_what_the_broker_cannot),
        TEST(incarnations_are_not_used_up_on_the_word_of_others),
        TEST(an_answer_that_the_broker_forgot_is_told_to_its_sender),
        TEST(a_broker_that_fell_back_is_no_witness),
        TEST(a_broker_without_our_keys_has_fallen_back),
        TEST(a_party_that_lost_its_disk_is_asked_once_more),
        TEST(an_answer_in_an_unknown_case_shows_a_loss),
        TEST(a_number_that_is_taken_shows_a_loss),
        TEST(a_list_that_is_not_theirs_is_forgotten),
        TEST(an_unanswered_question_is_put_again_ever_more_seldom),
        TEST(a_late_answer_is_taken),
        TEST(a_question_that_does_not_arrive_is_sealed_again),
        TEST(letters_of_both_sides_come_back),
        TEST(what_is_given_back_twice_is_there_once),
        TEST(pages_follow_each_other),
        TEST(a_page_that_brings_nothing_leads_nowhere),
        TEST(nothing_is_taken_that_was_not_asked_for),
        TEST(a_letter_of_other_parties_is_not_taken),
        TEST(a_letter_of_other_officers_is_not_taken),
        TEST(a_letter_with_any_byte_changed_is_not_taken),
        TEST(what_does_not_fit_its_case_is_not_taken),
        TEST(a_context_out_of_range_is_not_taken),
        TEST(a_letter_of_ours_that_never_arrived_gives_way),
        TEST(a_letter_of_ours_that_they_have_signed_for_stays),
        TEST(times_that_are_proven_stay),
        TEST(times_of_a_delivery_that_is_not_known_are_marked),
        TEST(a_letter_that_they_refused_does_not_come_back),
        TEST(a_letter_given_up_that_they_have_comes_back),
        TEST(a_forged_letter_of_ours_is_not_kept_and_blocks_nothing),
        TEST(a_letter_of_ours_by_an_officer_revoked_since_blocks_its_case),
        TEST(proofs_are_bounded_for_each_side),
        TEST(numbers_of_older_cases_wait_and_those_of_new_ones_go_on),
        TEST(a_letter_of_a_case_that_was_lost_comes_again),
        TEST(it_is_whole_when_all_we_sent_has_arrived_or_is_gone),
        TEST(it_is_whole_when_they_know_that_what_they_sent_has_ended),
        TEST(no_numbers_are_covered_beyond_what_was_shown),
        TEST(what_is_to_be_covered_does_not_become_less),
        TEST(a_pass_that_begins_when_nothing_is_on_its_way_is_the_last),
        TEST(a_clock_that_is_behind_does_not_date_the_loss),
        TEST(a_clock_that_is_ahead_does_not_end_the_recall),
        TEST(a_party_that_never_answers_holds_up_nothing_after_fifteen_days),
        TEST(pages_without_end_end_after_fifteen_days),
        TEST(after_a_thousand_pages_the_next_are_asked_for_seldom),
        TEST(what_is_shown_again_holds_up_half_of_the_time_at_most),
        TEST(a_second_loss_is_asked_about_again),
    };
    return cmocka_run_group_tests_name("recall", tests, NULL, NULL);
}
