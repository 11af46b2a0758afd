/* SPDX-License-Identifier: Apache-2.0 */
/* The node's outbox: sealed when it may be, kept until it ends, replaced without asking the officer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "nodes/prekeys.h"
#include "tests/support/node_sent.h"

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
    assert_int_equal(rig_filed(rig, &id).sending, SENDING_SEALED);
    struct letter_row row = rig_filed(rig, &id);
    Comity__Inner *inner = rig_opened(rig, 0);
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
    rig_hello(rig);
    struct letter_id id = rig_write(rig, NULL, LETTER_REQUEST, NULL);
    rig_give_prekeys(rig, 1);
    assert_int_equal(rig_filed(rig, &id).sending, SENDING_WANTED);
    rig_heads(rig, NULL);
    rig_give_prekeys(rig, 1);
    assert_int_equal(rig_filed(rig, &id).sending, SENDING_SEALED);
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

/* Time passes, and nothing is submitted; the broker is heard all the while. */
static void pass_linked(struct rig *rig, uint64_t ms)
{
    for (uint64_t step = 0; ms > 0; ms -= step) {
        rig_ping(rig, 1);
        step = ms < 15000 ? ms : 15000;
        rig_tick(rig, step);
        assert_true(ms == step || rig_count(rig, COMITY__FRAME__BODY_SUBMIT) == 0);
    }
}

/* An answer may be lost on the way, or be none. */
static void what_stays_unanswered_is_submitted_again_on_the_same_link(void **state)
{
    struct rig *rig = *state;
    struct rig_sent sent = rig_request(rig);
    struct bytes bytes = rig_submitted_bytes(rig, 0);
    pass_linked(rig, ANSWER_MS - 1);
    assert_int_equal(rig_count(rig, COMITY__FRAME__BODY_SUBMIT), 0);
    rig_tick(rig, 1);
    assert_true(bytes_equal(rig_submitted_bytes(rig, 0), bytes));
    rig_give_receipt(rig, RECEIPT_ACCEPTED, sent.head, &sent.id, REASON_NONE);
    pass_linked(rig, ANSWER_MS);
    assert_int_equal(rig_count(rig, COMITY__FRAME__BODY_SUBMIT), 0);
}

/* --- until it ends --- */

static void an_envelope_is_kept_until_it_is_delivered(void **state)
{
    struct rig *rig = *state;
    struct rig_sent sent = rig_request(rig);
    struct bytes bytes = rig_submitted_bytes(rig, 0);
    rig_restart(rig); /* unanswered: the same bytes again */
    rig->link.number = 20;
    rig_link(rig);
    assert_true(bytes_equal(rig_submitted_bytes(rig, 0), bytes));
    rig_give_receipt(rig, RECEIPT_ACCEPTED, sent.head, &sent.id, REASON_NONE);
    assert_int_equal(rig_out_state(rig, &sent.id), OUT_ACCEPTED);
    assert_int_equal(rig_filed(rig, &sent.letter).accepted_ms, rig->wall.ms);
    rig_link_down(rig);
    rig_link(rig); /* the broker's heads do not know it any more: it was restored */
    assert_true(bytes_equal(rig_submitted_bytes(rig, 0), bytes));
    rig_give_receipt(rig, RECEIPT_ACCEPTED, sent.head, &sent.id, REASON_NONE);
    rig->wall.ms += 9000;
    rig_give_receipt(rig, RECEIPT_DELIVERED, sent.head, &sent.id, REASON_NONE);
    assert_int_equal(rig_count(rig, COMITY__FRAME__BODY_SETTLE), 1);
    assert_int_equal(rig_out_state(rig, &sent.id), OUT_DELIVERED);
    struct letter_row row = rig_filed(rig, &sent.letter);
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
    struct rig_sent sent = rig_request(rig);
    rig_give_receipt(rig, RECEIPT_ACCEPTED, sent.head, &sent.id, REASON_NONE);
    rig_give_receipt(rig, RECEIPT_DELIVERED, sent.head, &sent.id, REASON_NONE);
    rig_give_receipt(rig, RECEIPT_REFUSED, sent.head, &sent.id, REASON_SLOT);
    assert_int_equal(rig_out_state(rig, &sent.id), OUT_DELIVERED);
    assert_int_equal(rig_filed(rig, &sent.letter).sending, SENDING_DELIVERED);
    rig_give_receipt(rig, RECEIPT_REFUSED, sent.head, &sent.id, REASON_CASE); /* but by its case it is */
    assert_int_equal(rig_out_state(rig, &sent.id), OUT_REFUSED);
    assert_int_equal(rig_filed(rig, &sent.letter).place, PLACE_DEAD);
}

/* The broker died after its commit and before it spoke: the word ACCEPTED is what its time counts from on both sides. */
static void a_delivered_envelope_is_submitted_until_the_word_accepted_comes(void **state)
{
    struct rig *rig = *state;
    struct rig_sent sent = rig_request(rig);
    struct bytes bytes = rig_submitted_bytes(rig, 0);
    uint64_t accepted_ms = rig->wall.ms;
    rig_link_down(rig);
    rig_link(rig);
    rig_give_receipt(rig, RECEIPT_DELIVERED, sent.head, &sent.id, REASON_NONE);
    assert_int_equal(rig_out_state(rig, &sent.id), OUT_DELIVERED);
    rig_restart(rig); /* not memory: it is known after a restart too */
    rig->link.number = 20;
    rig_link(rig);
    assert_int_equal(rig_letters(rig), 1);
    assert_true(bytes_equal(rig_submitted_bytes(rig, rig_count(rig, COMITY__FRAME__BODY_SUBMIT) - 1), bytes));
    rig_give_receipt(rig, RECEIPT_ACCEPTED, sent.head, &sent.id, REASON_NONE);
    assert_int_equal(rig_filed(rig, &sent.letter).accepted_ms, accepted_ms);
    assert_int_equal(rig_out_state(rig, &sent.id), OUT_DELIVERED);
    rig_link_down(rig);
    rig_link(rig);
    assert_int_equal(rig_letters(rig), 0); /* and then never again */
}

static void what_the_broker_knows_is_not_sent_again(void **state)
{
    struct rig *rig = *state;
    Comity__PeerHead head = rig_head(rig, true, 1, 1);
    struct rig_sent sent = rig_request(rig);
    rig_give_receipt(rig, RECEIPT_ACCEPTED, sent.head, &sent.id, REASON_NONE);
    head.id = wire_binary(digest_bytes(&sent.id.digest));
    rig_link_down(rig);
    rig_link_up(rig);
    rig_welcome(rig, 1, 1);
    rig_heads(rig, &head);
    assert_int_equal(rig_count(rig, COMITY__FRAME__BODY_SUBMIT), 0);
}

static void a_refusal_for_now_repeats_the_same_bytes_and_holds_the_chain(void **state)
{
    struct rig *rig = *state;
    struct rig_sent sent = rig_request(rig);
    struct bytes bytes = rig_submitted_bytes(rig, 0);
    rig_reject(rig, rig_tag(rig, 0), NULL, REASON_QUOTA, true);
    assert_int_equal(rig_count(rig, COMITY__FRAME__BODY_SUBMIT), 0);
    (void)rig_write(rig, &sent.case_id, LETTER_STATUS_ASK, NULL);
    assert_int_equal(rig_count(rig, COMITY__FRAME__BODY_SUBMIT), 0); /* not past the one before it */
    rig_tick(rig, 0);
    assert_int_equal(node_deadline(rig->node).ms, rig->mono.ms + 5000);
    rig_tick(rig, 5000);
    assert_int_equal(rig_count(rig, COMITY__FRAME__BODY_SUBMIT), 2);
    assert_true(bytes_equal(rig_submitted_bytes(rig, 0), bytes));
}

static void what_rotted_at_the_broker_is_submitted_again(void **state)
{
    struct rig *rig = *state;
    struct rig_sent sent = rig_request(rig);
    struct bytes bytes = rig_submitted_bytes(rig, 0);
    rig_give_receipt(rig, RECEIPT_ACCEPTED, sent.head, &sent.id, REASON_NONE);
    assert_int_equal(rig_count(rig, COMITY__FRAME__BODY_SUBMIT), 0);
    rig_reject(rig, 0, NULL, REASON_SIGNATURE,
               true); /* names no envelope: a list of keys or a receipt did not hold */
    assert_int_equal(rig_count(rig, COMITY__FRAME__BODY_SUBMIT), 0);
    rig_reject(rig, 0, &sent.id, REASON_SIGNATURE, true);
    assert_true(bytes_equal(rig_submitted_bytes(rig, 0), bytes));
    rig_give_receipt(rig, RECEIPT_ACCEPTED, sent.head, &sent.id, REASON_NONE);
    assert_int_equal(rig_out_state(rig, &sent.id), OUT_ACCEPTED);
    rig_give_receipt(rig, RECEIPT_DELIVERED, sent.head, &sent.id, REASON_NONE);
    rig_reject(rig, 0, &sent.id, REASON_SIGNATURE, true);
    assert_int_equal(rig_count(rig, COMITY__FRAME__BODY_SUBMIT), 0); /* it has ended */
    assert_int_equal(rig_out_state(rig, &sent.id), OUT_DELIVERED);
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

static struct rig_sent send_for_an_hour(struct rig *rig)
{
    rig->options.life_ms = MS_PER_HOUR;
    rig_restart(rig);
    return rig_request(rig);
}

static void an_expired_letter_is_sealed_again_three_times_and_then_shown(void **state)
{
    struct rig *rig = *state;
    struct rig_sent sent = send_for_an_hour(rig);
    struct letter_row row = rig_filed(rig, &sent.letter);
    for (uint32_t seq = 2; seq <= 4; seq++) {
        rig_give_receipt(rig, RECEIPT_ACCEPTED, sent.head, &sent.id, REASON_NONE);
        an_hour_later(rig);
        rig_give_receipt(rig, RECEIPT_EXPIRED, sent.head, &sent.id, REASON_NONE);
        assert_int_equal(rig_out_state(rig, &sent.id), OUT_EXPIRED);
        sent.head = rig_submitted(rig, 0, &sent.id);
        assert_non_null(sent.head);
        assert_int_equal(sent.head->seq, seq);
        assert_true(
            bytes_equal(wire_bytes(rig_opened(rig, 0)->context), row.context)); /* no officer was asked */
    }
    rig_give_receipt(rig, RECEIPT_ACCEPTED, sent.head, &sent.id, REASON_NONE);
    an_hour_later(rig);
    rig_give_receipt(rig, RECEIPT_EXPIRED, sent.head, &sent.id, REASON_NONE);
    assert_int_equal(rig_count(rig, COMITY__FRAME__BODY_SUBMIT), 0);
    row = rig_filed(rig, &sent.letter);
    assert_int_equal(row.sending, SENDING_FAILED);
    assert_int_equal(row.reason, REASON_EXPIRED);
}

static void a_refused_key_is_asked_for_before_sealing_again(void **state)
{
    struct rig *rig = *state;
    struct rig_sent sent = rig_request(rig);
    rig_give_receipt(rig, RECEIPT_REFUSED, sent.head, &sent.id, REASON_PREKEY);
    assert_int_equal(rig_count(rig, COMITY__FRAME__BODY_SUBMIT), 0);
    assert_non_null(rig_heard(rig, COMITY__FRAME__BODY_PREKEYS, 0));
    rig_give_prekeys(rig, 2);
    assert_non_null(rig_submitted(rig, 0, NULL));
    assert_non_null(rig_opened(rig, 0)); /* under the new keys */
}

static uint64_t held_list(struct rig *rig)
{
    struct peer_list held;
    assert_true(store_peer_get(rig->node->store, "XA/poc", rig->arena, &held));
    return held.number;
}

/* Lines of the last turn that tell of such a list. */
static size_t lists_anew(struct rig *rig)
{
    size_t count = 0, found = 0;
    const struct logged *lines = turn_logged(rig->turn, &count);
    for (size_t i = 0; i < count; i++) {
        found +=
            strcmp(lines[i].event, "prekeys.anew") == 0 && strstr(lines[i].fields, "held=5 number=4") != NULL;
    }
    return found;
}

/* Its number decides, until what is held seals no more: then a party that lost its disk and counts anew is reached again. */
static void a_list_past_its_time_gives_way_to_a_lower_number(void **state)
{
    struct rig *rig = *state;
    rig_link(rig);
    rig_give_prekeys(rig, 5); /* eight days */
    wall_ms issued = rig->wall;
    uint64_t end_ms = rig->wall.ms / MS_PER_DAY * MS_PER_DAY + (8 + PREKEYS_STALE_DAYS) * MS_PER_DAY;
    rig->wall.ms = end_ms - 1;
    rig_give_prekeys(rig, 4);
    assert_int_equal(held_list(rig), 5);
    rig->wall.ms = end_ms;
    rig_give_prekeys_of(rig, 4, issued, end_ms); /* older than what is held, though it would still seal */
    assert_int_equal(held_list(rig), 5);
    rig_give_prekeys_of(rig, 4, rig->wall, end_ms + 2 * MS_PER_DAY); /* by a clock that was ahead */
    assert_int_equal(held_list(rig), 5);
    assert_int_equal(lists_anew(rig), 0);
    rig_give_prekeys(rig, 4);
    assert_int_equal(held_list(rig), 4);
    assert_int_equal(lists_anew(rig), 1); /* people are told */
    rig_give_prekeys(rig, 3);
    assert_int_equal(held_list(rig), 4);
}

static void a_final_refusal_frees_the_place_in_the_case(void **state)
{
    struct rig *rig = *state;
    struct rig_sent sent = rig_request(rig);
    rig_give_receipt(rig, RECEIPT_DELIVERED, sent.head, &sent.id, REASON_NONE);
    struct letter_id ask = rig_write(rig, &sent.case_id, LETTER_STATUS_ASK, NULL);
    struct envelope_id ask_envelope;
    const Comity__Header *ask_head = rig_submitted(rig, 0, &ask_envelope);
    struct letter_id next = rig_write(rig, &sent.case_id, LETTER_WITHDRAW, NULL);
    rig_give_receipt(rig, RECEIPT_REFUSED, ask_head, &ask_envelope, REASON_LETTER);
    assert_int_equal(rig_count(rig, COMITY__FRAME__BODY_SUBMIT), 0);
    assert_int_equal(rig_filed(rig, &ask).place, PLACE_DEAD);
    assert_int_equal(rig_filed(rig, &ask).reason, REASON_LETTER);
    assert_int_equal(rig_filed(rig, &next).place, PLACE_DEAD); /* it names a letter that never took effect */
    rig->wall.ms += 1;
    struct letter_id again = rig_write(rig, &sent.case_id, LETTER_WITHDRAW, NULL);
    struct letter_row row = rig_filed(rig, &again);
    assert_int_equal(row.case_seq, 2);
    assert_true(digest_equal(&row.prev.digest, &sent.letter.digest));
}

static void a_delivery_after_a_rejection_counts(void **state)
{
    struct rig *rig = *state;
    struct rig_sent sent = send_for_an_hour(rig);
    struct envelope_id second;
    an_hour_later(rig);
    rig_give_receipt(rig, RECEIPT_EXPIRED, sent.head, &sent.id, REASON_NONE);
    assert_non_null(rig_submitted(rig, 0, &second));
    rig_give_receipt(rig, RECEIPT_DELIVERED, sent.head, &sent.id, REASON_NONE);
    assert_int_equal(rig_filed(rig, &sent.letter).sending, SENDING_DELIVERED);
    uint64_t delivered_ms = rig_filed(rig, &sent.letter).delivered_ms;
    rig->wall.ms += 5;
    const struct out_row none = {.number = 0};
    struct out_row row = none;
    assert_true(outbox_get(rig->node, &second, rig->arena, &row));
    Comity__Header head = *sent.head;
    head.seq = row.seq;
    rig_give_receipt(rig, RECEIPT_DELIVERED, &head, &second, REASON_NONE);
    assert_int_equal(rig_filed(rig, &sent.letter).delivered_ms,
                     delivered_ms); /* the first one, on both sides */
}

/*
 * The node died before it had the word ACCEPTED, the broker's clock jumped: EXPIRED is the first that the next link says, and
 * DELIVERED follows, for the envelope was in flight.
 */
static void an_expired_envelope_is_submitted_until_the_word_accepted_comes(void **state)
{
    struct rig *rig = *state;
    struct rig_sent sent = send_for_an_hour(rig);
    struct bytes bytes = rig_submitted_bytes(rig, 0);
    uint64_t accepted_ms = rig->wall.ms;
    struct envelope_id second;
    rig_link_down(rig);
    rig_link(rig);
    an_hour_later(rig);
    rig_give_receipt(rig, RECEIPT_EXPIRED, sent.head, &sent.id, REASON_NONE);
    assert_int_equal(rig_letters(rig), 2); /* the letter under a new number, and what asks for the word */
    const Comity__Header *head = rig_submitted(rig, 0, &second);
    assert_int_equal(head->seq, 2);
    assert_true(bytes_equal(rig_submitted_bytes(rig, 1), bytes));
    rig_give_receipt(rig, RECEIPT_DELIVERED, sent.head, &sent.id, REASON_NONE);
    rig->wall.ms = accepted_ms - 1; /* the clock came back */
    rig_give_receipt(rig, RECEIPT_ACCEPTED, head, &second, REASON_NONE);
    rig->wall.ms = accepted_ms; /* that of the one that was delivered counts */
    rig_give_receipt(rig, RECEIPT_ACCEPTED, sent.head, &sent.id, REASON_NONE);
    assert_int_equal(rig_filed(rig, &sent.letter).accepted_ms, accepted_ms);
    assert_int_equal(rig_out_state(rig, &sent.id), OUT_DELIVERED);
    rig_link_down(rig);
    rig_link(rig);
    assert_int_equal(rig_letters(rig), 1); /* the second, of which these heads know nothing */
    assert_int_equal(rig_submitted(rig, 0, NULL)->seq, 2);
}

/* The order in which the words come says nothing: what was accepted is told before the end that makes it count. */
static void the_time_of_an_expired_envelope_is_kept_for_its_delivery(void **state)
{
    struct rig *rig = *state;
    struct rig_sent sent = send_for_an_hour(rig);
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
    assert_int_equal(rig_filed(rig, &sent.letter).accepted_ms, accepted_ms + 5);
    rig_give_receipt(rig, RECEIPT_DELIVERED, sent.head, &sent.id, REASON_NONE);
    assert_int_equal(rig_filed(rig, &sent.letter).accepted_ms, accepted_ms);
}

/* The broker was restored and does not know it any more: no word will come, nobody asks for ever. */
static void a_rejection_ends_the_wait_for_the_word_accepted(void **state)
{
    struct rig *rig = *state;
    struct rig_sent sent = send_for_an_hour(rig);
    struct bytes bytes = rig_submitted_bytes(rig, 0);
    rig_link_down(rig);
    rig_link(rig);
    an_hour_later(rig);
    rig_give_receipt(rig, RECEIPT_EXPIRED, sent.head, &sent.id, REASON_NONE);
    assert_true(bytes_equal(rig_submitted_bytes(rig, 1), bytes));
    rig_give_receipt(rig, RECEIPT_EXPIRED, sent.head, &sent.id, REASON_NONE); /* it comes with each answer */
    rig_link_down(rig);
    rig_link(rig);
    assert_int_equal(rig_letters(rig), 2);
    rig_give_receipt(rig, RECEIPT_REJECTED, sent.head, &sent.id, REASON_EXPIRED);
    rig_link_down(rig);
    rig_link(rig);
    assert_int_equal(rig_letters(rig), 1); /* the letter, under its new number */
    assert_int_equal(rig_out_state(rig, &sent.id), OUT_EXPIRED);
}

/* A request that has ended, and was submitted again for the word ACCEPTED. */
static struct rig_sent delivered_and_unanswered(struct rig *rig)
{
    struct rig_sent sent = rig_request(rig);
    rig_link_down(rig);
    rig_link(rig);
    rig_give_receipt(rig, RECEIPT_DELIVERED, sent.head, &sent.id, REASON_NONE);
    rig_link_down(rig);
    rig_link(rig);
    assert_int_equal(rig_letters(rig), 1);
    return sent;
}

/* What waits for the word only goes after all that is open. */
static uint64_t last_tag(struct rig *rig)
{
    return rig_tag(rig, rig_count(rig, COMITY__FRAME__BODY_SUBMIT) - 1);
}

static struct out_row out_row_of(struct rig *rig, const struct rig_sent *sent)
{
    struct out_row row;
    assert_true(outbox_get(rig->node, &sent->id, rig->arena, &row));
    return row;
}

/* The broker has forgotten it and does not know its recipient or its key any more: that is no end of what has ended. */
static void a_refusal_without_a_receipt_ends_the_wait_for_the_word_accepted(void **state)
{
    struct rig *rig = *state;
    struct rig_sent sent = delivered_and_unanswered(rig);
    rig_reject(rig, last_tag(rig), NULL, REASON_TO, false);
    const struct out_row row = out_row_of(rig, &sent);
    assert_int_equal(row.state, OUT_DELIVERED);
    assert_int_equal(row.reason, REASON_NONE);
    assert_false(row.parked || row.unanswered);
    rig_link_down(rig);
    rig_link(rig);
    assert_int_equal(rig_letters(rig), 0);
}

static void what_has_ended_holds_up_no_chain(void **state)
{
    struct rig *rig = *state;
    struct rig_sent sent = delivered_and_unanswered(rig);
    rig_reject(rig, last_tag(rig), NULL, REASON_QUOTA, true);
    assert_int_equal(rig_count(rig, COMITY__FRAME__BODY_SUBMIT), 0); /* not at once */
    assert_int_equal(out_row_of(rig, &sent).reason, REASON_NONE);
    (void)rig_write(rig, NULL, LETTER_REQUEST, NULL);
    assert_int_equal(rig_count(rig, COMITY__FRAME__BODY_SUBMIT), 1);
    rig_tick(rig, 5000);
    assert_int_equal(rig_count(rig, COMITY__FRAME__BODY_SUBMIT), 1);
    rig_give_receipt(rig, RECEIPT_ACCEPTED, sent.head, &sent.id, REASON_NONE);
    assert_false(out_row_of(rig, &sent).unanswered);
}

/* The letter went before, in an envelope that was accepted and expired: the time of that one is not the one that counts. */
static void the_time_of_the_envelope_that_was_delivered_counts(void **state)
{
    struct rig *rig = *state;
    struct rig_sent sent = send_for_an_hour(rig);
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
    assert_int_equal(rig_filed(rig, &sent.letter).accepted_ms, accepted_ms);
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
    rig_link_down(rig);
    rig_hello(rig);
    rig_give_prekeys(rig, 1); /* before the heads: then both are looked at in one turn */
    rig_heads(rig, NULL);
    assert_int_equal(rig_count(rig, COMITY__FRAME__BODY_SUBMIT), 0);
    assert_int_equal(rig_filed(rig, &second).place, PLACE_DEAD);
}

/* --- the clock --- */

/* A minute passes on a link that lives. */
static void a_minute_later(struct rig *rig)
{
    rig_tick(rig, 30000);
    rig_ping(rig, 1);
    rig_tick(rig, 29000);
    rig_ping(rig, 1);
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
    struct rig_sent sent = rig_request(rig);
    assert_true(rig_filed(rig, &sent.letter).stale);
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
    assert_int_equal(rig_filed(rig, &id).sending, SENDING_WANTED);
    rig_letter(rig, &s, LETTER_REQUEST, 1, 1, NULL);
    rig_send(rig, &s);
    assert_non_null(rig_receipt(rig, RECEIPT_DELIVERED, &s.id));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_letter_waits_for_the_recipients_keys),
        TEST(what_was_written_without_a_link_goes_out_in_order),
        TEST(nothing_is_sealed_before_the_heads_are_told),
        TEST(submits_stay_within_what_the_broker_takes),
        TEST(what_stays_unanswered_is_submitted_again_on_the_same_link),
        TEST(an_envelope_is_kept_until_it_is_delivered),
        TEST(what_was_delivered_is_not_undone_by_lost_keys),
        TEST(a_delivered_envelope_is_submitted_until_the_word_accepted_comes),
        TEST(what_the_broker_knows_is_not_sent_again),
        TEST(a_refusal_for_now_repeats_the_same_bytes_and_holds_the_chain),
        TEST(what_rotted_at_the_broker_is_submitted_again),
        TEST(an_expired_letter_is_sealed_again_three_times_and_then_shown),
        TEST(a_refused_key_is_asked_for_before_sealing_again),
        TEST(a_list_past_its_time_gives_way_to_a_lower_number),
        TEST(a_final_refusal_frees_the_place_in_the_case),
        TEST(a_delivery_after_a_rejection_counts),
        TEST(an_expired_envelope_is_submitted_until_the_word_accepted_comes),
        TEST(the_time_of_an_expired_envelope_is_kept_for_its_delivery),
        TEST(a_rejection_ends_the_wait_for_the_word_accepted),
        TEST(a_refusal_without_a_receipt_ends_the_wait_for_the_word_accepted),
        TEST(what_has_ended_holds_up_no_chain),
        TEST(the_time_of_the_envelope_that_was_delivered_counts),
        TEST(a_clock_that_the_broker_would_refuse_stops_sealing_until_it_is_set),
        TEST(the_brokers_clock_is_heard_again_with_each_pong),
        TEST(a_letter_given_up_takes_those_behind_it_along),
        TEST(a_stale_roster_is_marked_and_works),
        TEST(an_expired_roster_stops_sealing_and_nothing_else),
    };
    return cmocka_run_group_tests_name("node outbox", tests, NULL, NULL);
}
