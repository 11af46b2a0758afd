/* SPDX-License-Identifier: Apache-2.0 */
/* The node's outbox: sealed when it may be, kept until it ends, replaced without asking the officer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "keys/prekeys.h"
#include "nodes/outbox.h"
#include "nodes/receipts.h"
#include "tests/support/node_rig.h"

static int setup(void **state)
{
    static unsigned number;
    char vfs[32];
    (void)snprintf(vfs, sizeof vfs, "outbox%u", ++number);
    *state = rig_open(vfs);
    return 0;
}

static int teardown(void **state)
{
    rig_close(*state);
    return 0;
}

/* A request of ours, sealed and submitted. */
struct sent {
    struct case_id case_id;
    struct letter_id letter;
    const Comity__Header *head;
    struct envelope_id id;
};

static struct sent send_request(struct rig *rig)
{
    struct sent sent;
    rig_link(rig);
    sent.letter = rig_write(rig, NULL, LETTER_REQUEST, &sent.case_id);
    rig_give_prekeys(rig, 1);
    sent.head = rig_submitted(rig, 0, &sent.id);
    assert_non_null(sent.head);
    return sent;
}

static struct bytes submitted_bytes(struct rig *rig, size_t nth)
{
    const Comity__Frame *frame = rig_heard(rig, COMITY__FRAME__BODY_SUBMIT, nth);
    return frame == NULL ? bytes_of(NULL, 0) : wire_bytes(frame->submit->envelope);
}

static struct letter_row letter_of(struct rig *rig, const struct letter_id *id)
{
    struct letter_row row;
    assert_true(letter_get(rig->node, id, rig->arena, &row));
    return row;
}

static enum out_state state_of(struct rig *rig, const struct envelope_id *id)
{
    struct out_row row;
    assert_true(outbox_get(rig->node, id, rig->arena, &row));
    return row.state;
}

static enum slot_key find_peer_key(void *context, const struct public_key *key, uint8_t ret_secret[32])
{
    struct rig *rig = context;
    for (size_t i = 0; i < 8; i++) {
        if (public_key_equal(&rig->peer_key[i], key)) {
            memcpy(ret_secret, rig->peer_secret[i], 32);
            return SLOT_MINE;
        }
    }
    return SLOT_NOT_MINE;
}

/* What the recipient finds in the nth submitted envelope. */
static Comity__Inner *opened(struct rig *rig, size_t nth)
{
    struct envelope envelope;
    struct bytes bytes;
    Comity__Inner *inner = NULL;
    const struct slot_keys keys = {.find = find_peer_key, .context = rig};
    assert_int_equal(envelope_read(submitted_bytes(rig, nth), &rig->fixture->network, rig->arena, &envelope),
                     REASON_NONE);
    assert_int_equal(open_envelope(&envelope, keys, rig->arena, &bytes, NULL), REASON_NONE);
    assert_int_equal(inner_unpack(bytes, rig->arena, &inner, NULL), WIRE_OK);
    return inner;
}

static Comity__Frame rejection(Comity__Rejected *rejected, uint64_t tag, enum reason reason, bool temporary)
{
    Comity__Frame frame = COMITY__FRAME__INIT;
    comity__rejected__init(rejected);
    rejected->tag = tag;
    rejected->reason = (uint32_t)reason;
    rejected->temporary = temporary;
    rejected->retry_ms = temporary ? 5000 : 0;
    frame.body_case = COMITY__FRAME__BODY_REJECTED;
    frame.rejected = rejected;
    return frame;
}

static uint64_t tag_of(struct rig *rig, size_t nth)
{
    return rig_heard(rig, COMITY__FRAME__BODY_SUBMIT, nth)->submit->tag;
}

/* --- sealing --- */

static void a_letter_waits_for_the_recipients_keys(void **state)
{
    struct rig *rig = *state;
    rig_link(rig);
    struct letter_id id = rig_write(rig, NULL, LETTER_REQUEST, NULL);
    assert_int_equal(rig_count(rig, COMITY__FRAME__BODY_SUBMIT), 0);
    const Comity__Frame *ask = rig_heard(rig, COMITY__FRAME__BODY_PREKEYS, 0);
    assert_non_null(ask);
    assert_string_equal(ask->prekeys->ask, "XA/poc");
    rig_give_prekeys(rig, 1);
    const Comity__Header *head = rig_submitted(rig, 0, NULL);
    assert_non_null(head);
    assert_int_equal(head->seq, 1);
    assert_int_equal(head->incarnation, 1);
    assert_int_equal(head->lane, LANE_URGENT);
    assert_string_equal(head->to, "XA/poc");
    assert_int_equal(letter_of(rig, &id).sending, SENDING_SEALED);
    struct letter_row row = letter_of(rig, &id);
    Comity__Inner *inner = opened(rig, 0);
    assert_true(bytes_equal(wire_bytes(inner->letter), row.letter));
    assert_true(bytes_equal(wire_bytes(inner->context), row.context));
}

static void what_was_written_without_a_link_goes_out_in_order(void **state)
{
    struct rig *rig = *state;
    struct case_id case_id;
    struct envelope_id first;
    (void)rig_write(rig, NULL, LETTER_REQUEST, &case_id);
    (void)rig_write(rig, &case_id, LETTER_STATUS_ASK, NULL);
    rig_restart(rig);
    rig_link(rig);
    rig_give_prekeys(rig, 1);
    const Comity__Header *one = rig_submitted(rig, 0, &first);
    const Comity__Header *two = rig_submitted(rig, 1, NULL);
    assert_non_null(one);
    assert_non_null(two);
    assert_int_equal(one->seq, 1);
    assert_int_equal(two->seq, 2);
    assert_true(bytes_equal(wire_bytes(two->prev), digest_bytes(&first.digest)));
    assert_true(two->created_ms >= one->created_ms);
}

static void nothing_is_sealed_before_the_heads_are_told(void **state)
{
    struct rig *rig = *state;
    rig->link.number = 9;
    rig_begin(rig);
    assert_int_equal(node_link_up(rig->node, rig->turn, rig->link), DOOR_OK);
    rig_end(rig);
    rig_welcome(rig, 1, 0);
    struct letter_id id = rig_write(rig, NULL, LETTER_REQUEST, NULL);
    rig_give_prekeys(rig, 1);
    assert_int_equal(letter_of(rig, &id).sending, SENDING_WANTED);
    rig_heads(rig, NULL);
    rig_give_prekeys(rig, 1);
    assert_int_equal(letter_of(rig, &id).sending, SENDING_SEALED);
}

static void submits_stay_within_what_the_broker_takes(void **state)
{
    struct rig *rig = *state;
    struct envelope_id first;
    for (int i = 0; i < 70; i++) {
        (void)rig_write(rig, NULL, LETTER_REQUEST, NULL);
    }
    rig_link(rig);
    rig_give_prekeys(rig, 1);
    assert_int_equal(rig_count(rig, COMITY__FRAME__BODY_SUBMIT), 64);
    const Comity__Header *head = rig_submitted(rig, 0, &first);
    rig_tick(rig, 0);
    assert_int_equal(rig_count(rig, COMITY__FRAME__BODY_SUBMIT), 0);
    rig_give_receipt(rig, RECEIPT_ACCEPTED, head, &first, REASON_NONE);
    assert_int_equal(rig_count(rig, COMITY__FRAME__BODY_SUBMIT), 1);
    assert_int_equal(rig_submitted(rig, 0, NULL)->seq, 65);
}

/* --- until it ends --- */

static void an_envelope_is_kept_until_it_is_delivered(void **state)
{
    struct rig *rig = *state;
    struct sent sent = send_request(rig);
    struct bytes bytes = submitted_bytes(rig, 0);
    rig_restart(rig); /* unanswered: the same bytes again */
    rig->link.number = 20;
    rig_link(rig);
    assert_true(bytes_equal(submitted_bytes(rig, 0), bytes));
    rig_give_receipt(rig, RECEIPT_ACCEPTED, sent.head, &sent.id, REASON_NONE);
    assert_int_equal(state_of(rig, &sent.id), OUT_ACCEPTED);
    assert_int_equal(letter_of(rig, &sent.letter).accepted_ms, rig->wall.ms);
    rig_link_down(rig);
    rig_link(rig); /* the broker's heads do not know it any more: it was restored */
    assert_true(bytes_equal(submitted_bytes(rig, 0), bytes));
    rig_give_receipt(rig, RECEIPT_ACCEPTED, sent.head, &sent.id, REASON_NONE);
    rig->wall.ms += 9000;
    rig_give_receipt(rig, RECEIPT_DELIVERED, sent.head, &sent.id, REASON_NONE);
    assert_int_equal(rig_count(rig, COMITY__FRAME__BODY_SETTLE), 1);
    assert_int_equal(state_of(rig, &sent.id), OUT_DELIVERED);
    struct letter_row row = letter_of(rig, &sent.letter);
    assert_int_equal(row.sending, SENDING_DELIVERED);
    assert_int_equal(row.delivered_ms, rig->wall.ms);
    rig_link_down(rig);
    rig_link(rig);
    assert_int_equal(rig_letters(rig), 0);
    struct case_row c;
    assert_true(case_get(rig->node, &sent.case_id, rig->arena, &c));
    assert_int_equal(c.state, CASE_REQUESTED);
}

/* The recipient has lost its disk and with it its keys, and a broker that was restored delivered it again. */
static void what_was_delivered_is_not_undone_by_lost_keys(void **state)
{
    struct rig *rig = *state;
    struct sent sent = send_request(rig);
    rig_give_receipt(rig, RECEIPT_ACCEPTED, sent.head, &sent.id, REASON_NONE);
    rig_give_receipt(rig, RECEIPT_DELIVERED, sent.head, &sent.id, REASON_NONE);
    rig_give_receipt(rig, RECEIPT_REFUSED, sent.head, &sent.id, REASON_SLOT);
    assert_int_equal(state_of(rig, &sent.id), OUT_DELIVERED);
    assert_int_equal(letter_of(rig, &sent.letter).sending, SENDING_DELIVERED);
    rig_give_receipt(rig, RECEIPT_REFUSED, sent.head, &sent.id, REASON_CASE); /* but by its case it is */
    assert_int_equal(state_of(rig, &sent.id), OUT_REFUSED);
    assert_int_equal(letter_of(rig, &sent.letter).place, PLACE_DEAD);
}

/* The broker died after its commit and before it spoke: the word ACCEPTED is what its time counts from on both sides. */
static void a_delivered_envelope_is_submitted_until_the_word_accepted_comes(void **state)
{
    struct rig *rig = *state;
    struct sent sent = send_request(rig);
    struct bytes bytes = submitted_bytes(rig, 0);
    uint64_t accepted_ms = rig->wall.ms;
    rig_link_down(rig);
    rig_link(rig);
    rig_give_receipt(rig, RECEIPT_DELIVERED, sent.head, &sent.id, REASON_NONE);
    assert_int_equal(state_of(rig, &sent.id), OUT_DELIVERED);
    rig_restart(rig); /* not memory: it is known after a restart too */
    rig->link.number = 20;
    rig_link(rig);
    assert_int_equal(rig_letters(rig), 1);
    assert_true(bytes_equal(submitted_bytes(rig, rig_count(rig, COMITY__FRAME__BODY_SUBMIT) - 1), bytes));
    rig_give_receipt(rig, RECEIPT_ACCEPTED, sent.head, &sent.id, REASON_NONE);
    assert_int_equal(letter_of(rig, &sent.letter).accepted_ms, accepted_ms);
    assert_int_equal(state_of(rig, &sent.id), OUT_DELIVERED);
    rig_link_down(rig);
    rig_link(rig);
    assert_int_equal(rig_letters(rig), 0); /* and then never again */
}

static void what_the_broker_knows_is_not_sent_again(void **state)
{
    struct rig *rig = *state;
    Comity__PeerHead head = COMITY__PEER_HEAD__INIT;
    struct sent sent = send_request(rig);
    rig_give_receipt(rig, RECEIPT_ACCEPTED, sent.head, &sent.id, REASON_NONE);
    head.to = text_make(rig->arena, "XA/poc");
    head.lane = LANE_URGENT;
    head.incarnation = 1;
    head.seq = 1;
    head.id = wire_binary(digest_bytes(&sent.id.digest));
    rig_link_down(rig);
    rig->link.number++;
    rig_begin(rig);
    assert_int_equal(node_link_up(rig->node, rig->turn, rig->link), DOOR_OK);
    rig_end(rig);
    rig_welcome(rig, 1, 1);
    rig_heads(rig, &head);
    assert_int_equal(rig_count(rig, COMITY__FRAME__BODY_SUBMIT), 0);
}

static void a_refusal_for_now_repeats_the_same_bytes_and_holds_the_chain(void **state)
{
    struct rig *rig = *state;
    Comity__Rejected rejected;
    struct sent sent = send_request(rig);
    struct bytes bytes = submitted_bytes(rig, 0);
    Comity__Frame frame = rejection(&rejected, tag_of(rig, 0), REASON_QUOTA, true);
    rig_say(rig, &frame);
    assert_int_equal(rig_count(rig, COMITY__FRAME__BODY_SUBMIT), 0);
    (void)rig_write(rig, &sent.case_id, LETTER_STATUS_ASK, NULL);
    assert_int_equal(rig_count(rig, COMITY__FRAME__BODY_SUBMIT), 0); /* not past the one before it */
    assert_true(node_deadline(rig->node).ms <= rig->mono.ms + 5000);
    rig_tick(rig, 5000);
    assert_int_equal(rig_count(rig, COMITY__FRAME__BODY_SUBMIT), 2);
    assert_true(bytes_equal(submitted_bytes(rig, 0), bytes));
}

static void what_rotted_at_the_broker_is_submitted_again(void **state)
{
    struct rig *rig = *state;
    Comity__Rejected rejected;
    struct sent sent = send_request(rig);
    struct bytes bytes = submitted_bytes(rig, 0);
    rig_give_receipt(rig, RECEIPT_ACCEPTED, sent.head, &sent.id, REASON_NONE);
    assert_int_equal(rig_count(rig, COMITY__FRAME__BODY_SUBMIT), 0);
    Comity__Frame frame = rejection(&rejected, 0, REASON_SIGNATURE, true);
    rig_say(rig, &frame); /* names no envelope: a list of keys or a receipt did not hold */
    assert_int_equal(rig_count(rig, COMITY__FRAME__BODY_SUBMIT), 0);
    rejected.id = wire_binary(digest_bytes(&sent.id.digest));
    rig_say(rig, &frame);
    assert_true(bytes_equal(submitted_bytes(rig, 0), bytes));
    rig_give_receipt(rig, RECEIPT_ACCEPTED, sent.head, &sent.id, REASON_NONE);
    assert_int_equal(state_of(rig, &sent.id), OUT_ACCEPTED);
    rig_give_receipt(rig, RECEIPT_DELIVERED, sent.head, &sent.id, REASON_NONE);
    rig_say(rig, &frame);
    assert_int_equal(rig_count(rig, COMITY__FRAME__BODY_SUBMIT), 0); /* it has ended */
    assert_int_equal(state_of(rig, &sent.id), OUT_DELIVERED);
}

static void pong(struct rig *rig)
{
    Comity__Pong message = COMITY__PONG__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    message.now_ms = rig->wall.ms;
    frame.body_case = COMITY__FRAME__BODY_PONG;
    frame.pong = &message;
    rig_say(rig, &frame);
}

/* An hour, on both clocks; envelopes live no longer. */
static void an_hour_later(struct rig *rig)
{
    rig->wall.ms += MS_PER_HOUR;
    pong(rig);
}

static struct sent send_for_an_hour(struct rig *rig)
{
    rig->options.life_ms = MS_PER_HOUR;
    rig_restart(rig);
    return send_request(rig);
}

static void an_expired_letter_is_sealed_again_three_times_and_then_shown(void **state)
{
    struct rig *rig = *state;
    struct sent sent = send_for_an_hour(rig);
    struct letter_row row = letter_of(rig, &sent.letter);
    for (uint32_t seq = 2; seq <= 4; seq++) {
        rig_give_receipt(rig, RECEIPT_ACCEPTED, sent.head, &sent.id, REASON_NONE);
        an_hour_later(rig);
        rig_give_receipt(rig, RECEIPT_EXPIRED, sent.head, &sent.id, REASON_NONE);
        assert_int_equal(state_of(rig, &sent.id), OUT_EXPIRED);
        sent.head = rig_submitted(rig, 0, &sent.id);
        assert_non_null(sent.head);
        assert_int_equal(sent.head->seq, seq);
        assert_true(bytes_equal(wire_bytes(opened(rig, 0)->context), row.context)); /* no officer was asked */
    }
    rig_give_receipt(rig, RECEIPT_ACCEPTED, sent.head, &sent.id, REASON_NONE);
    an_hour_later(rig);
    rig_give_receipt(rig, RECEIPT_EXPIRED, sent.head, &sent.id, REASON_NONE);
    assert_int_equal(rig_count(rig, COMITY__FRAME__BODY_SUBMIT), 0);
    row = letter_of(rig, &sent.letter);
    assert_int_equal(row.sending, SENDING_FAILED);
    assert_int_equal(row.reason, REASON_EXPIRED);
}

static void a_refused_key_is_asked_for_before_sealing_again(void **state)
{
    struct rig *rig = *state;
    struct sent sent = send_request(rig);
    rig_give_receipt(rig, RECEIPT_REFUSED, sent.head, &sent.id, REASON_PREKEY);
    assert_int_equal(rig_count(rig, COMITY__FRAME__BODY_SUBMIT), 0);
    assert_non_null(rig_heard(rig, COMITY__FRAME__BODY_PREKEYS, 0));
    rig_give_prekeys(rig, 2);
    assert_non_null(rig_submitted(rig, 0, NULL));
    assert_non_null(opened(rig, 0)); /* under the new keys */
}

static void a_final_refusal_frees_the_place_in_the_case(void **state)
{
    struct rig *rig = *state;
    struct sent sent = send_request(rig);
    rig_give_receipt(rig, RECEIPT_DELIVERED, sent.head, &sent.id, REASON_NONE);
    struct letter_id ask = rig_write(rig, &sent.case_id, LETTER_STATUS_ASK, NULL);
    struct envelope_id ask_envelope;
    const Comity__Header *ask_head = rig_submitted(rig, 0, &ask_envelope);
    struct letter_id next = rig_write(rig, &sent.case_id, LETTER_WITHDRAW, NULL);
    rig_give_receipt(rig, RECEIPT_REFUSED, ask_head, &ask_envelope, REASON_LETTER);
    assert_int_equal(rig_count(rig, COMITY__FRAME__BODY_SUBMIT), 0);
    assert_int_equal(letter_of(rig, &ask).place, PLACE_DEAD);
    assert_int_equal(letter_of(rig, &ask).reason, REASON_LETTER);
    assert_int_equal(letter_of(rig, &next).place, PLACE_DEAD); /* it names a letter that never took effect */
    rig->wall.ms += 1;
    struct letter_id again = rig_write(rig, &sent.case_id, LETTER_WITHDRAW, NULL);
    struct letter_row row = letter_of(rig, &again);
    assert_int_equal(row.case_seq, 2);
    assert_true(digest_equal(&row.prev.digest, &sent.letter.digest));
}

static void a_delivery_after_a_rejection_counts(void **state)
{
    struct rig *rig = *state;
    struct sent sent = send_for_an_hour(rig);
    struct envelope_id second;
    an_hour_later(rig);
    rig_give_receipt(rig, RECEIPT_EXPIRED, sent.head, &sent.id, REASON_NONE);
    assert_non_null(rig_submitted(rig, 0, &second));
    rig_give_receipt(rig, RECEIPT_DELIVERED, sent.head, &sent.id, REASON_NONE);
    assert_int_equal(letter_of(rig, &sent.letter).sending, SENDING_DELIVERED);
    uint64_t delivered_ms = letter_of(rig, &sent.letter).delivered_ms;
    rig->wall.ms += 5;
    const struct out_row none = {.number = 0};
    struct out_row row = none;
    assert_true(outbox_get(rig->node, &second, rig->arena, &row));
    Comity__Header head = *sent.head;
    head.seq = row.seq;
    rig_give_receipt(rig, RECEIPT_DELIVERED, &head, &second, REASON_NONE);
    assert_int_equal(letter_of(rig, &sent.letter).delivered_ms,
                     delivered_ms); /* the first one, on both sides */
}

/*
 * The node died before it had the word ACCEPTED, the broker's clock jumped: EXPIRED is the first that the next link says, and
 * DELIVERED follows, for the envelope was in flight.
 */
static void an_expired_envelope_is_submitted_until_the_word_accepted_comes(void **state)
{
    struct rig *rig = *state;
    struct sent sent = send_for_an_hour(rig);
    struct bytes bytes = submitted_bytes(rig, 0);
    uint64_t accepted_ms = rig->wall.ms;
    struct envelope_id second;
    rig_link_down(rig);
    rig_link(rig);
    an_hour_later(rig);
    rig_give_receipt(rig, RECEIPT_EXPIRED, sent.head, &sent.id, REASON_NONE);
    assert_int_equal(rig_letters(rig), 2); /* the letter under a new number, and what asks for the word */
    const Comity__Header *head = rig_submitted(rig, 0, &second);
    assert_int_equal(head->seq, 2);
    assert_true(bytes_equal(submitted_bytes(rig, 1), bytes));
    rig_give_receipt(rig, RECEIPT_DELIVERED, sent.head, &sent.id, REASON_NONE);
    rig->wall.ms = accepted_ms - 1; /* the clock came back */
    rig_give_receipt(rig, RECEIPT_ACCEPTED, head, &second, REASON_NONE);
    rig->wall.ms = accepted_ms; /* that of the one that was delivered counts */
    rig_give_receipt(rig, RECEIPT_ACCEPTED, sent.head, &sent.id, REASON_NONE);
    assert_int_equal(letter_of(rig, &sent.letter).accepted_ms, accepted_ms);
    assert_int_equal(state_of(rig, &sent.id), OUT_DELIVERED);
    rig_link_down(rig);
    rig_link(rig);
    assert_int_equal(rig_letters(rig), 1); /* the second, of which these heads know nothing */
    assert_int_equal(rig_submitted(rig, 0, NULL)->seq, 2);
}

/* The order in which the words come says nothing: what was accepted is told before the end that makes it count. */
static void the_time_of_an_expired_envelope_is_kept_for_its_delivery(void **state)
{
    struct rig *rig = *state;
    struct sent sent = send_for_an_hour(rig);
    struct envelope_id second;
    rig_link_down(rig);
    rig_link(rig);
    an_hour_later(rig);
    uint64_t accepted_ms = rig->wall.ms;
    rig_give_receipt(rig, RECEIPT_EXPIRED, sent.head, &sent.id, REASON_NONE);
    const Comity__Header *head = rig_submitted(rig, 0, &second);
    rig_give_receipt(rig, RECEIPT_ACCEPTED, sent.head, &sent.id, REASON_NONE);
    rig->wall.ms += 5;
    rig_give_receipt(rig, RECEIPT_ACCEPTED, head, &second, REASON_NONE);
    assert_int_equal(letter_of(rig, &sent.letter).accepted_ms, accepted_ms + 5);
    rig_give_receipt(rig, RECEIPT_DELIVERED, sent.head, &sent.id, REASON_NONE);
    assert_int_equal(letter_of(rig, &sent.letter).accepted_ms, accepted_ms);
}

/* The broker was restored and does not know it any more: no word will come, nobody asks for ever. */
static void a_rejection_ends_the_wait_for_the_word_accepted(void **state)
{
    struct rig *rig = *state;
    struct sent sent = send_for_an_hour(rig);
    struct bytes bytes = submitted_bytes(rig, 0);
    rig_link_down(rig);
    rig_link(rig);
    an_hour_later(rig);
    rig_give_receipt(rig, RECEIPT_EXPIRED, sent.head, &sent.id, REASON_NONE);
    assert_true(bytes_equal(submitted_bytes(rig, 1), bytes));
    rig_give_receipt(rig, RECEIPT_EXPIRED, sent.head, &sent.id, REASON_NONE); /* it comes with each answer */
    rig_link_down(rig);
    rig_link(rig);
    assert_int_equal(rig_letters(rig), 2);
    rig_give_receipt(rig, RECEIPT_REJECTED, sent.head, &sent.id, REASON_EXPIRED);
    rig_link_down(rig);
    rig_link(rig);
    assert_int_equal(rig_letters(rig), 1); /* the letter, under its new number */
    assert_int_equal(state_of(rig, &sent.id), OUT_EXPIRED);
}

/* The letter went before, in an envelope that was accepted and expired: the time of that one is not the one that counts. */
static void the_time_of_the_envelope_that_was_delivered_counts(void **state)
{
    struct rig *rig = *state;
    struct sent sent = send_for_an_hour(rig);
    struct envelope_id second;
    rig_give_receipt(rig, RECEIPT_ACCEPTED, sent.head, &sent.id, REASON_NONE);
    an_hour_later(rig);
    rig_give_receipt(rig, RECEIPT_EXPIRED, sent.head, &sent.id, REASON_NONE);
    const Comity__Header *head = rig_submitted(rig, 0, &second);
    uint64_t accepted_ms = rig->wall.ms;
    rig_link_down(rig);
    rig_link(rig);
    rig->wall.ms += 5;
    rig_give_receipt(rig, RECEIPT_DELIVERED, head, &second, REASON_NONE);
    rig->wall.ms = accepted_ms;
    rig_give_receipt(rig, RECEIPT_ACCEPTED, head, &second, REASON_NONE);
    assert_int_equal(letter_of(rig, &sent.letter).accepted_ms, accepted_ms);
}

/* --- numbers --- */

static void a_fork_begins_a_new_incarnation(void **state)
{
    struct rig *rig = *state;
    struct sent sent = send_request(rig);
    rig_give_receipt(rig, RECEIPT_REJECTED, sent.head, &sent.id, REASON_FORK);
    const Comity__Header *head = rig_submitted(rig, 0, NULL);
    assert_non_null(head);
    assert_int_equal(head->incarnation, 2);
    assert_int_equal(head->seq, 1);
    assert_int_equal(head->prev.len, 0);
}

static void a_higher_head_begins_a_new_incarnation(void **state)
{
    struct rig *rig = *state;
    uint8_t id[32] = {1};
    Comity__PeerHead head = COMITY__PEER_HEAD__INIT;
    head.to = text_make(rig->arena, "XA/poc");
    head.lane = LANE_URGENT;
    head.incarnation = 3;
    head.seq = 12;
    head.id = wire_binary(bytes_of(id, sizeof id));
    rig->link.number++;
    rig_begin(rig);
    assert_int_equal(node_link_up(rig->node, rig->turn, rig->link), DOOR_OK);
    rig_end(rig);
    rig_welcome(rig, 1, 0);
    rig_heads(rig, &head); /* this node has lost all it knew: nothing of it is used again */
    (void)rig_write(rig, NULL, LETTER_REQUEST, NULL);
    rig_give_prekeys(rig, 1);
    const Comity__Header *sent = rig_submitted(rig, 0, NULL);
    assert_int_equal(sent->incarnation, 4);
    assert_int_equal(sent->seq, 1);
}

/* A backup that is not empty: it knows the chain and not how far it went. */
static void a_head_beyond_ours_ends_the_incarnation(void **state)
{
    struct rig *rig = *state;
    uint8_t id[32] = {1};
    Comity__PeerHead head = COMITY__PEER_HEAD__INIT;
    struct sent sent = send_request(rig);
    rig_give_receipt(rig, RECEIPT_DELIVERED, sent.head, &sent.id, REASON_NONE);
    head.to = text_make(rig->arena, "XA/poc");
    head.lane = LANE_URGENT;
    head.incarnation = 1;
    head.seq = 2;
    head.id = wire_binary(bytes_of(id, sizeof id));
    rig_link_down(rig);
    rig->link.number++;
    rig_begin(rig);
    assert_int_equal(node_link_up(rig->node, rig->turn, rig->link), DOOR_OK);
    rig_end(rig);
    rig_welcome(rig, 1, 1);
    rig_heads(rig, &head);
    (void)rig_write(rig, NULL, LETTER_REQUEST, NULL);
    assert_int_equal(rig_submitted(rig, 0, NULL)->incarnation, 2);
}

static void another_id_for_our_number_begins_a_new_incarnation(void **state)
{
    struct rig *rig = *state;
    uint8_t id[32] = {1};
    Comity__PeerHead head = COMITY__PEER_HEAD__INIT;
    struct sent sent = send_request(rig);
    rig_give_receipt(rig, RECEIPT_DELIVERED, sent.head, &sent.id, REASON_NONE);
    head.to = text_make(rig->arena, "XA/poc");
    head.lane = LANE_URGENT;
    head.incarnation = 1;
    head.seq = 1;
    head.id = wire_binary(bytes_of(id, sizeof id));
    rig_link_down(rig);
    rig->link.number++;
    rig_begin(rig);
    assert_int_equal(node_link_up(rig->node, rig->turn, rig->link), DOOR_OK);
    rig_end(rig);
    rig_welcome(rig, 1, 1);
    rig_heads(rig, &head);
    (void)rig_write(rig, NULL, LETTER_REQUEST, NULL);
    assert_int_equal(rig_submitted(rig, 0, NULL)->incarnation, 2);
}

static void a_number_that_was_never_taken_is_voided_and_told(void **state)
{
    struct rig *rig = *state;
    Comity__Rejected rejected;
    Comity__Gossip *gossip = NULL;
    struct sent sent = send_request(rig);
    Comity__Frame frame = rejection(&rejected, tag_of(rig, 0), REASON_TO, false);
    rig_say(rig, &frame); /* no receipt: the number is free, it waits for another roster */
    rig_tick(rig, 6000);
    assert_int_equal(rig_count(rig, COMITY__FRAME__BODY_SUBMIT), 0);
    rig_tick(rig, 14 * MS_PER_DAY);
    assert_int_equal(state_of(rig, &sent.id), OUT_VOIDED);
    rig_link(rig);
    rig_give_prekeys(rig, 2);
    const Comity__Header *head = rig_submitted(rig, 0, NULL);
    assert_non_null(head);
    assert_int_equal(head->seq, 2);
    assert_int_equal(gossip_unpack(wire_bytes(opened(rig, 0)->gossip), rig->arena, &gossip, NULL), WIRE_OK);
    assert_int_equal(gossip->n_voided, 1);
    assert_int_equal(gossip->voided[0]->seq, 1);
    assert_true(bytes_equal(wire_bytes(gossip->voided[0]->id), digest_bytes(&sent.id.digest)));
}

static void a_clock_that_went_back_begins_a_new_incarnation(void **state)
{
    struct rig *rig = *state;
    struct sent sent = send_request(rig);
    rig_give_receipt(rig, RECEIPT_DELIVERED, sent.head, &sent.id, REASON_NONE);
    rig->wall.ms -= MS_PER_MINUTE;
    (void)rig_write(rig, &sent.case_id, LETTER_STATUS_ASK, NULL);
    rig_give_prekeys(rig, 1);
    assert_int_equal(rig_submitted(rig, 0, NULL)->created_ms, sent.head->created_ms); /* never lower */
    rig->wall.ms -= MS_PER_HOUR;
    (void)rig_write(rig, &sent.case_id, LETTER_STATUS_ASK, NULL);
    rig_give_prekeys(rig, 1);
    assert_int_equal(rig_submitted(rig, 0, NULL)->incarnation, 2);
}

/* A minute passes on a link that lives. */
static void a_minute_later(struct rig *rig)
{
    Comity__Ping message = COMITY__PING__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    message.nonce = 1;
    frame.body_case = COMITY__FRAME__BODY_PING;
    frame.ping = &message;
    rig_tick(rig, 30000);
    rig_say(rig, &frame);
    rig_tick(rig, 29000);
    rig_say(rig, &frame);
    rig_tick(rig, 1000);
}

/* Ahead: the broker would refuse it as from its future. So far behind that it would have expired: the same. */
static void a_clock_that_the_broker_would_refuse_stops_sealing_until_it_is_set(void **state)
{
    struct rig *rig = *state;
    rig_link(rig);
    (void)rig_write(rig, NULL, LETTER_REQUEST, NULL);
    rig->wall.ms += CLOCK_AHEAD_MS + 1;
    rig_give_prekeys(rig, 1);
    assert_int_equal(rig_count(rig, COMITY__FRAME__BODY_SUBMIT), 0);
    rig->wall.ms -= CLOCK_AHEAD_MS + 1 + LIFE_MS_MAX;
    a_minute_later(rig);
    assert_int_equal(rig_count(rig, COMITY__FRAME__BODY_SUBMIT), 0);
    rig->wall.ms += LIFE_MS_MAX;
    a_minute_later(rig);
    rig_give_prekeys(rig, 2); /* what was heard by the wrong clock is asked again */
    assert_int_equal(rig_count(rig, COMITY__FRAME__BODY_SUBMIT), 1);
}

/* It was the broker's clock that was wrong: it says so with the next Pong. */
static void the_brokers_clock_is_heard_again_with_each_pong(void **state)
{
    struct rig *rig = *state;
    rig->wall.ms += 30 * MS_PER_DAY;
    rig_link(rig);
    rig->wall.ms -= 30 * MS_PER_DAY;
    (void)rig_write(rig, NULL, LETTER_REQUEST, NULL);
    rig_give_prekeys(rig, 1);
    assert_int_equal(rig_count(rig, COMITY__FRAME__BODY_SUBMIT), 0);
    pong(rig);
    a_minute_later(rig);
    assert_int_equal(rig_count(rig, COMITY__FRAME__BODY_SUBMIT), 1);
}

/* --- the roster --- */

static void a_stale_roster_is_marked_and_works(void **state)
{
    struct rig *rig = *state;
    rig->wall.ms = FIXTURE_EXPIRES_MS + MS_PER_DAY;
    struct sent sent = send_request(rig);
    assert_true(letter_of(rig, &sent.letter).stale);
}

static void an_expired_roster_stops_sealing_and_nothing_else(void **state)
{
    struct rig *rig = *state;
    struct sample s;
    rig->wall.ms = FIXTURE_EXPIRES_MS + (FIXTURE_GRACE_DAYS + 1) * MS_PER_DAY;
    rig_link(rig);
    struct letter_id id = rig_write(rig, NULL, LETTER_REQUEST, NULL);
    rig_give_prekeys(rig, 1);
    assert_int_equal(rig_count(rig, COMITY__FRAME__BODY_SUBMIT), 0);
    assert_int_equal(letter_of(rig, &id).sending, SENDING_WANTED);
    rig_letter(rig, &s, LETTER_REQUEST, 1, 1, NULL);
    rig_send(rig, &s);
    assert_non_null(rig_receipt(rig, RECEIPT_DELIVERED, &s.id));
}

/* --- receipts that are not to be believed --- */

static void a_receipt_of_the_wrong_signer_moves_nothing(void **state)
{
    struct rig *rig = *state;
    struct sent sent = send_request(rig);
    Comity__Header turned = *sent.head;
    turned.to = turned.from; /* signed by this node itself, not by the recipient */
    rig_give_receipt(rig, RECEIPT_DELIVERED, &turned, &sent.id, REASON_NONE);
    assert_int_equal(state_of(rig, &sent.id), OUT_SEALED);
    Comity__Header other = *sent.head;
    other.seq = 2;
    rig_give_receipt(rig, RECEIPT_DELIVERED, &other, &sent.id, REASON_NONE);
    assert_int_equal(state_of(rig, &sent.id), OUT_SEALED);
    assert_int_equal(letter_of(rig, &sent.letter).sending, SENDING_SEALED);
}

static void opened_goes_into_the_file(void **state)
{
    struct rig *rig = *state;
    struct sent sent = send_request(rig);
    rig_give_receipt(rig, RECEIPT_DELIVERED, sent.head, &sent.id, REASON_NONE);
    rig->wall.ms += 60000;
    rig_give_receipt(rig, RECEIPT_OPENED, sent.head, &sent.id, REASON_NONE);
    assert_int_equal(letter_of(rig, &sent.letter).opened_ms, rig->wall.ms);
}

struct opening {
    struct rig *rig;
    struct bytes receipt;
    enum opened_outcome outcome, again;
};

static void act_open(struct node *node, struct turn *turn, void *context)
{
    struct opening *o = context;
    enum reason reason;
    o->outcome = node_file_opened(node, turn, o->receipt, &reason);
    o->again = node_file_opened(node, turn, o->receipt, &reason);
}

static void an_officers_opening_is_filed_and_shared(void **state)
{
    struct rig *rig = *state;
    struct sample s;
    struct digest digest;
    struct bytes proof;
    struct opening o = {.rig = rig};
    const struct signer *officer = &rig->me->officer[FIXTURE_DUTY];
    rig_link(rig);
    rig_letter(rig, &s, LETTER_REQUEST, 1, 1, NULL);
    rig_send(rig, &s);
    struct bytes draft =
        node_opened_draft(rig->node, &s.case_id, &officer->key, rig->wall, rig->arena, &digest);
    assert_non_null(draft.data);
    assert_true(sign_turn(&rig->me->officer[FIXTURE_HEAD], &digest, 1, rig->arena, &proof));
    o.receipt = signed_receipt_encode(rig->arena, draft, proof);
    rig_begin(rig);
    assert_int_equal(node_input(rig->node, rig->turn, act_open, &o), INPUT_DONE);
    rig_end(rig);
    assert_int_equal(o.outcome, OPENED_REFUSED); /* another officer's signature */
    assert_true(sign_turn(officer, &digest, 1, rig->arena, &proof));
    o.receipt = signed_receipt_encode(rig->arena, draft, proof);
    rig_begin(rig);
    assert_int_equal(node_input(rig->node, rig->turn, act_open, &o), INPUT_DONE);
    rig_end(rig);
    assert_int_equal(o.outcome, OPENED_OK);
    assert_int_equal(o.again, OPENED_KNOWN);
    assert_non_null(rig_receipt(rig, RECEIPT_OPENED, &s.id));
    assert_int_equal(letter_of(rig, &s.letter_id).opened_ms, rig->wall.ms);
    assert_null(node_opened_draft(rig->node, &s.case_id, &officer->key, rig->wall, rig->arena, &digest).data);
}

static void revoke_duty(struct roster_draft *draft, struct arena *arena, void *context)
{
    const struct rig *rig = context;
    for (size_t i = 0; i < draft->party_count; i++) {
        struct party *party = &draft->parties[i];
        struct roster_key *keys = draft_keys(arena, party->keys, party->key_count, 0);
        assert_non_null(keys);
        for (size_t j = 0; j < party->key_count; j++) {
            if (public_key_equal(&keys[j].key, &rig->me->officer[FIXTURE_DUTY].key)) {
                keys[j].revoked = true;
                keys[j].revoked_at_ms = rig->wall.ms / 1000 * 1000;
                keys[j].revoked_reason = "lost";
            }
        }
        party->keys = keys;
    }
}

/* A new link, up to Welcome: the turn in which unsettled receipts are said again. */
static void greet(struct rig *rig)
{
    rig_link_down(rig);
    rig->link.number++;
    rig_begin(rig);
    assert_int_equal(node_link_up(rig->node, rig->turn, rig->link), DOOR_OK);
    rig_end(rig);
    rig_welcome(rig, roster_version(node_current_roster(rig->node)), 1);
}

/* The first is too old to be sent; what follows it in its case could never take effect, and no number is spent on it. */
static void a_letter_given_up_takes_those_behind_it_along(void **state)
{
    struct rig *rig = *state;
    struct case_id case_id;
    rig_link(rig);
    (void)rig_write(rig, NULL, LETTER_REQUEST, &case_id);
    rig_tick(rig, 20 * MS_PER_DAY);
    struct letter_id second = rig_write(rig, &case_id, LETTER_STATUS_ASK, NULL);
    rig_tick(rig, 11 * MS_PER_DAY);
    greet(rig);
    rig_give_prekeys(rig, 1); /* before the heads: then both are looked at in one turn */
    rig_heads(rig, NULL);
    assert_int_equal(rig_count(rig, COMITY__FRAME__BODY_SUBMIT), 0);
    assert_int_equal(letter_of(rig, &second).place, PLACE_DEAD);
}

/* The broker had not taken it before the revocation and never will. */
static void an_opening_by_a_revoked_officer_is_not_said_for_ever(void **state)
{
    struct rig *rig = *state;
    struct sample s;
    struct digest digest;
    struct bytes proof;
    struct bytes minisigs[2];
    struct error error = {.text = ""};
    enum roster_outcome outcome = ROSTER_NO_MEMORY;
    struct opening o = {.rig = rig};
    const struct signer *officer = &rig->me->officer[FIXTURE_DUTY];
    rig_link(rig);
    rig_letter(rig, &s, LETTER_REQUEST, 1, 1, NULL);
    rig_send(rig, &s);
    struct bytes draft =
        node_opened_draft(rig->node, &s.case_id, &officer->key, rig->wall, rig->arena, &digest);
    assert_true(sign_turn(officer, &digest, 1, rig->arena, &proof));
    o.receipt = signed_receipt_encode(rig->arena, draft, proof);
    rig_begin(rig);
    assert_int_equal(node_input(rig->node, rig->turn, act_open, &o), INPUT_DONE);
    rig_end(rig);
    greet(rig);
    assert_non_null(rig_receipt(rig, RECEIPT_OPENED, &s.id));
    struct roster *next = fixture_next(rig->fixture, rig->fixture->roster, revoke_duty, rig, minisigs);
    rig_begin(rig);
    assert_int_equal(node_roster(rig->node, rig->turn, roster_json(next), minisigs, 2, &outcome, &error),
                     DOOR_OK);
    rig_end(rig);
    assert_int_equal(outcome, ROSTER_OK);
    greet(rig);
    assert_null(rig_receipt(rig, RECEIPT_OPENED, &s.id));
    assert_int_equal(rig_count(rig, COMITY__FRAME__BODY_RECEIPT), 1); /* the DELIVERED */
    roster_free(next);
}

/* Damaged on the way, or no room there: the broker names none, and the link may last for months. */
static void a_receipt_that_was_refused_is_said_again_on_the_same_link(void **state)
{
    struct rig *rig = *state;
    struct sample s;
    Comity__Rejected rejected;
    Comity__Frame frame = rejection(&rejected, 0, REASON_ENCODING, true);
    rig_link(rig);
    rig_letter(rig, &s, LETTER_REQUEST, 1, 1, NULL);
    rig_send(rig, &s);
    assert_non_null(rig_receipt(rig, RECEIPT_DELIVERED, &s.id));
    rig_say(rig, &frame);
    rig_say(rig, &frame); /* one of the same round */
    assert_null(rig_receipt(rig, RECEIPT_DELIVERED, &s.id));
    assert_true(node_deadline(rig->node).ms <= rig->mono.ms + 5000);
    rig_tick(rig, 4999);
    assert_null(rig_receipt(rig, RECEIPT_DELIVERED, &s.id));
    rig_tick(rig, 1);
    assert_non_null(rig_receipt(rig, RECEIPT_DELIVERED, &s.id));
    rig_tick(rig, 15000);
    assert_null(rig_receipt(rig, RECEIPT_DELIVERED, &s.id)); /* it may have been taken */
    rig_say(rig, &frame);
    rig_tick(rig, 9999);
    assert_null(rig_receipt(rig, RECEIPT_DELIVERED, &s.id));
    rig_tick(rig, 1);
    assert_non_null(rig_receipt(rig, RECEIPT_DELIVERED, &s.id));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_letter_waits_for_the_recipients_keys),
        TEST(what_was_written_without_a_link_goes_out_in_order),
        TEST(nothing_is_sealed_before_the_heads_are_told),
        TEST(submits_stay_within_what_the_broker_takes),
        TEST(an_envelope_is_kept_until_it_is_delivered),
        TEST(what_was_delivered_is_not_undone_by_lost_keys),
        TEST(a_delivered_envelope_is_submitted_until_the_word_accepted_comes),
        TEST(what_the_broker_knows_is_not_sent_again),
        TEST(a_refusal_for_now_repeats_the_same_bytes_and_holds_the_chain),
        TEST(what_rotted_at_the_broker_is_submitted_again),
        TEST(an_expired_letter_is_sealed_again_three_times_and_then_shown),
        TEST(a_refused_key_is_asked_for_before_sealing_again),
        TEST(a_final_refusal_frees_the_place_in_the_case),
        TEST(a_delivery_after_a_rejection_counts),
        TEST(an_expired_envelope_is_submitted_until_the_word_accepted_comes),
        TEST(the_time_of_an_expired_envelope_is_kept_for_its_delivery),
        TEST(a_rejection_ends_the_wait_for_the_word_accepted),
        TEST(the_time_of_the_envelope_that_was_delivered_counts),
        TEST(a_fork_begins_a_new_incarnation),
        TEST(a_higher_head_begins_a_new_incarnation),
        TEST(a_head_beyond_ours_ends_the_incarnation),
        TEST(another_id_for_our_number_begins_a_new_incarnation),
        TEST(a_number_that_was_never_taken_is_voided_and_told),
        TEST(a_clock_that_went_back_begins_a_new_incarnation),
        TEST(a_clock_that_the_broker_would_refuse_stops_sealing_until_it_is_set),
        TEST(the_brokers_clock_is_heard_again_with_each_pong),
        TEST(a_letter_given_up_takes_those_behind_it_along),
        TEST(a_stale_roster_is_marked_and_works),
        TEST(an_expired_roster_stops_sealing_and_nothing_else),
        TEST(a_receipt_of_the_wrong_signer_moves_nothing),
        TEST(opened_goes_into_the_file),
        TEST(an_officers_opening_is_filed_and_shared),
        TEST(an_opening_by_a_revoked_officer_is_not_said_for_ever),
        TEST(a_receipt_that_was_refused_is_said_again_on_the_same_link),
    };
    return cmocka_run_group_tests_name("node outbox", tests, NULL, NULL);
}
