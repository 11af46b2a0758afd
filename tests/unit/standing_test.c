/* SPDX-License-Identifier: Apache-2.0 */
/* Losses that the broker cannot show, since it lost them, too: the parties tell each other. The node is XB/poc. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "keys/prekeys.h"
#include "nodes/chains.h"
#include "nodes/inbox.h"
#include "nodes/node_private.h"
#include "nodes/recall.h"
#include "nodes/store_chains.h"
#include "nodes/store_recall.h"
#include "tests/support/loss.h"

static const struct bytes nothing = {.data = NULL, .size = 0};

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
    control_say_standing(rig, &chain, 1, 1, 1); /* nothing that is not known here, too */
    assert_false(loss_asks(rig));
    control_say_standing(rig, &chain, 1002, 1, 0); /* incarnations are not used up on the word of anybody */
    assert_false(loss_asks(rig));
    control_say_standing(rig, &chain, 1, 1, 2);
    assert_true(loss_asks(rig));
    uint64_t number = loss_question_number(rig);
    loss_question_arrives(rig);
    control_say_standing(rig, &chain, 1, 1, 2); /* being asked about */
    assert_false(loss_asks(rig));
    loss_last_page(rig, &chain, number, 1, 2);
    control_say_standing(rig, &chain, 1, 5, 2);
    assert_true(loss_asks(rig));
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
    Comity__PeerHead message = rig_head(rig, true, 1, 1);
    struct own_number before;
    message.incarnation = incarnation;
    rig_link_down(rig);
    rig_hello(rig);
    rig_begin(rig);
    own_chain_next(rig->node, rig->turn, &rig->peer->address, LANE_URGENT, &before);
    rig_end(rig);
    rig_heads(rig, by_broker ? &message : NULL);
    if (!by_broker) {
        control_say_standing(rig, chain, incarnation, 1, 0);
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

/* What was said of receipts; returns how many. */
static size_t settle_all(struct rig *rig)
{
    const Comity__Frame *said;
    struct digest digests[4];
    size_t count = 0;
    while (count < 4 && (said = rig_heard(rig, COMITY__FRAME__BODY_RECEIPT, count)) != NULL) {
        struct signed_receipt receipt;
        assert_int_equal(receipt_read(NULL, wire_bytes(said->receipt->receipt), rig->fixture->roster,
                                      rig->arena, &receipt),
                         REASON_NONE);
        digests[count++] = receipt.digest;
    }
    assert_true(count > 0);
    rig_settle(rig, digests, count);
    return count;
}

static void deliver_in_turn(struct rig *rig, struct bytes envelope)
{
    const struct bytes frame = rig_deliver_frame(rig, envelope);
    assert_int_equal(node_frame(rig->node, rig->turn, rig->link, frame), DOOR_OK);
}

/* Heads of the first or second request, or none; how the node takes it. */
static void assert_falls_back(struct rig *rig, const struct sample *told, bool falls_back)
{
    Comity__PeerHead message = rig_head(rig, false, 1, told == NULL ? 1 : told->header.seq);
    uint64_t before = recall_broker_noticed_ms(rig->node);
    if (told != NULL) {
        message.id = wire_binary(digest_bytes(&told->id.digest));
    }
    rig->wall.ms += 1000;
    rig_link_down(rig);
    rig_hello(rig);
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
    (void)settle_all(rig);
    rig_letter(rig, &second, LETTER_STATUS_ASK, 2, 2, &first);
    rig_send(rig, &second);
    (void)settle_all(rig);
    assert_falls_back(rig, &second, false);
    assert_falls_back(rig, &first, true);
    const Comity__Control *control = control_heard(rig, 0, NULL, NULL);
    assert_non_null(control);
    assert_int_equal(control->body_case, COMITY__CONTROL__BODY_STANDING);
    assert_int_equal(control->standing->n_received, 1);
    assert_int_equal(control->standing->received[0]->seq, 2);
    assert_int_equal(settle_all(rig), 1);  /* that of the second is said again, */
    assert_falls_back(rig, &first, false); /* once */
    assert_null(rig_heard(rig, COMITY__FRAME__BODY_RECEIPT, 0));
    assert_falls_back(rig, NULL, true);
    assert_int_equal(settle_all(rig), 2); /* and both */
    assert_falls_back(rig, NULL, false);
    assert_null(rig_heard(rig, COMITY__FRAME__BODY_RECEIPT, 0));
    assert_falls_back(rig, &second, false);
    assert_falls_back(rig, NULL, true); /* again */
    assert_int_equal(settle_all(rig), 2);
}

/* What is delivered is answered before what is refused, whatever came first. */
/* Under number 3 of a chain that was never begun here; what the broker alone says shows nothing. */
static void a_receipt_about_a_number_that_is_not_known_shows_a_loss(void **state)
{
    struct rig *rig = *state;
    static const enum receipt_kind kinds[] = {RECEIPT_EXPIRED, RECEIPT_DELIVERED};
    const struct envelope_id id = {.digest = {.bytes = {9}}};
    Comity__Header header = COMITY__HEADER__INIT;
    char from[] = "XB/poc", to[] = "XA/poc";
    header.from = from;
    header.to = to;
    header.lane = LANE_URGENT;
    header.incarnation = 1;
    header.seq = 3;
    rig_link(rig);
    rig_give_prekeys(rig, 1);
    for (size_t i = 0; i < 2; i++) {
        rig_give_receipt(rig, kinds[i], &header, &id, REASON_NONE);
        assert_int_equal(loss_asks(rig), i == 1);
    }
    assert_next_incarnation(rig, 2);
}

static void the_order_of_answers_in_a_turn_is_no_loss(void **state)
{
    struct rig *rig = *state;
    struct sample first, second;
    rig_link(rig);
    rig_letter(rig, &first, LETTER_REQUEST, 1, 1, NULL);
    rig_seal_inner(rig, &first, bytes_of("no inner", 8));
    rig_letter(rig, &second, LETTER_REQUEST, 2, 1, NULL);
    second.header.prev = wire_binary(digest_bytes(&first.id.digest));
    rig_seal(rig, &second);
    rig_begin(rig);
    deliver_in_turn(rig, first.bytes);
    deliver_in_turn(rig, second.bytes);
    rig_end(rig);
    assert_non_null(rig_receipt(rig, RECEIPT_REFUSED, &first.id));
    assert_non_null(rig_receipt(rig, RECEIPT_DELIVERED, &second.id));
    (void)settle_all(rig);
    assert_falls_back(rig, &first, false);
    assert_falls_back(rig, NULL, true);
}

static void a_broker_that_fell_back_is_no_witness(void **state)
{
    struct rig *rig = *state;
    struct envelope_id id;
    const Comity__Header *header = NULL;
    struct rig_sent sent = rig_request(rig);
    rig_give_receipt(rig, RECEIPT_ACCEPTED, sent.head, &sent.id, REASON_NONE);
    rig_give_receipt(rig, RECEIPT_DELIVERED, sent.head, &sent.id, REASON_NONE);
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
    assert_int_equal(prekeys_read(NULL, rig->my_prekeys, rig->fixture->roster, rig->arena, &list),
                     REASON_NONE);
    rig_settle(rig, &list.digest, 1);
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

/* It may lie behind the envelope that tells of it: who sees it first would take it for a loss. */
static void what_the_broker_let_expire_is_not_told_as_answered(void **state)
{
    struct rig *rig = *state;
    struct envelope_id second;
    rig->options.life_ms = MS_PER_HOUR;
    rig_restart(rig);
    struct rig_sent first = rig_request(rig);
    rig_give_receipt(rig, RECEIPT_ACCEPTED, first.head, &first.id, REASON_NONE);
    rig_give_receipt(rig, RECEIPT_DELIVERED, first.head, &first.id, REASON_NONE);
    (void)rig_write(rig, NULL, LETTER_REQUEST, NULL);
    const Comity__Header *header = rig_submitted(rig, 0, &second);
    rig_give_receipt(rig, RECEIPT_ACCEPTED, header, &second, REASON_NONE);
    rig->wall.ms += MS_PER_HOUR;
    rig_give_receipt(rig, RECEIPT_EXPIRED, header, &second, REASON_NONE);
    assert_int_equal(rig_out_state(rig, &second), OUT_EXPIRED);
    struct chain_through ended[2];
    assert_int_equal(store_chains_ended(rig->node->store, "XA/poc", false, 2, ended), 1);
    assert_int_equal(ended[0].seq, 2);
    assert_int_equal(store_chains_ended(rig->node->store, "XA/poc", true, 2, ended), 1);
    assert_int_equal(ended[0].seq, 1);
}

/* What it gave back may have been of a disk that it has replaced since. */
static void a_party_that_lost_its_disk_is_asked_once_more(void **state)
{
    struct rig *rig = *state;
    struct control_chain chain = {.last = {.header = {.seq = 0}}};
    Comity__Recall recall = COMITY__RECALL__INIT;
    Comity__Control control = COMITY__CONTROL__INIT;
    (void)loss_show(rig, 12);
    loss_answer(rig, &chain, 12, 0);
    assert_true(loss_is_done(rig));
    recall.number = 1;
    control.body_case = COMITY__CONTROL__BODY_RECALL;
    control.recall = &recall;
    for (uint64_t i = 0; i < 6; i++) {
        recall.number = i + 1;
        recall.loss = 70 + i / 2;
        control_send(rig, &chain, &control, nothing);
        assert_int_equal(loss_asks(rig), i % 2 == 0); /* once for each loss */
        if (loss_asks(rig)) {
            loss_answer(rig, &chain, 0, 0);
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
    assert_true(loss_asks(rig));
    loss_answer(rig, &chain, 0, 0); /* they have nothing: it is as wrong as ever */
    rig_deliver(rig, s.bytes);
    assert_non_null(rig_receipt(rig, RECEIPT_REFUSED, &s.id));
    assert_false(loss_asks(rig));
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
        assert_int_equal(loss_asks(rig), reasons[i] != REASON_LETTER);
        if (loss_asks(rig)) {
            loss_answer(rig, &chain, 0, 0);
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

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)
    const struct CMUnitTest tests[] = {
        TEST(standing_shows_what_the_broker_cannot),
        TEST(incarnations_are_not_used_up_on_the_word_of_others),
        TEST(an_answer_that_the_broker_forgot_is_told_to_its_sender),
        TEST(a_receipt_about_a_number_that_is_not_known_shows_a_loss),
        TEST(the_order_of_answers_in_a_turn_is_no_loss),
        TEST(a_broker_that_fell_back_is_no_witness),
        TEST(a_broker_without_our_keys_has_fallen_back),
        TEST(what_the_broker_let_expire_is_not_told_as_answered),
        TEST(a_party_that_lost_its_disk_is_asked_once_more),
        TEST(an_answer_in_an_unknown_case_shows_a_loss),
        TEST(a_number_that_is_taken_shows_a_loss),
        TEST(a_list_that_is_not_theirs_is_forgotten),
    };
    return cmocka_run_group_tests_name("standing", tests, NULL, NULL);
}
