/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/outbox.h"

#include <sodium.h>
#include <string.h>

#include "base/text.h"
#include "nodes/broker_time.h"
#include "nodes/due.h"
#include "nodes/prekeys.h"
#include "nodes/recall.h"
#include "nodes/rosters.h"
#include "nodes/store_outbox.h"

#define RETRY_MS_MIN MS_PER_SECOND
#define RETRY_MS_MAX (10 * MS_PER_MINUTE)
#define VOIDS_A_TURN 64

const char *out_state_name(enum out_state state)
{
    static const char *const names[] = {"?",       "sealed",   "accepted", "delivered",
                                        "refused", "rejected", "expired",  "voided"};
    return state >= OUT_SEALED && state <= OUT_VOIDED ? names[state] : names[0];
}

void outbox_try_again_after(struct node *node, struct turn *turn, uint64_t ms)
{
    ms = ms < RETRY_MS_MIN ? RETRY_MS_MIN : ms > RETRY_MS_MAX ? RETRY_MS_MAX : ms;
    mono_ms at = mono_after(turn_mono(turn), ms);
    node->live.unblock_at = node->live.unblock_at.ms == 0 ? at : mono_earlier(node->live.unblock_at, at);
}

void outbox_try_again(struct node *node)
{
    own_chains_unblock(node);
    store_peers_go_on(node->store);
    store_out_unpark(node->store);
    node->live.unblock_at = (mono_ms){.ms = 0};
}

/* --- submitting --- */

static bool in_flight(const struct live *live, const struct envelope_id *id)
{
    for (size_t i = 0; i < live->submit_count; i++) {
        if (digest_equal(&live->submits[i].id.digest, &id->digest)) {
            return true;
        }
    }
    return false;
}

/* The submit was answered. */
static void landed(struct live *live, const struct envelope_id *id)
{
    for (size_t i = 0; i < live->submit_count; i++) {
        if (digest_equal(&live->submits[i].id.digest, &id->digest)) {
            live->submits[i] = live->submits[--live->submit_count];
            return;
        }
    }
}

static bool say_submit(struct node *node, struct turn *turn, const struct envelope_id *id)
{
    struct arena *arena = turn_arena(turn);
    struct bytes header, seal, body, proof;
    if (!store_out_parts(node->store, id, arena, &header, &seal, &body, &proof)) {
        return false;
    }
    struct bytes envelope = envelope_encode(arena, header, seal, body, proof);
    if (envelope.data == NULL) {
        return false;
    }
    Comity__Submit message = COMITY__SUBMIT__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    message.tag = ++node->live.next_tag;
    message.envelope = wire_binary(envelope);
    frame.body_case = COMITY__FRAME__BODY_SUBMIT;
    frame.submit = &message;
    node_say(node, turn, &frame);
    node->live.submits[node->live.submit_count++] =
        (struct submit_slot){.tag = message.tag, .id = *id, .said = turn_mono(turn)};
    store_out_said(node->store, id);
    node->live.figures.sent++;
    return true;
}

void outbox_submits_overdue(struct node *node, struct turn *turn)
{
    struct live *live = &node->live;
    const uint64_t now = turn_mono(turn).ms;
    for (size_t i = 0; i < live->submit_count;) {
        if (now >= live->submits[i].said.ms + ANSWER_MS) {
            live->submits[i] = live->submits[--live->submit_count];
        } else {
            i++;
        }
    }
}

void outbox_due(struct node *node, const struct turn *turn, struct due *due)
{
    const struct live *live = &node->live;
    for (size_t i = 0; i < live->submit_count; i++) {
        due_at(due, mono_after(live->submits[i].said, ANSWER_MS));
    }
    if (live->seal_after.ms > turn_mono(turn).ms) {
        due_at(due, live->seal_after);
    }
    due_at(due, live->unblock_at);
    due_sure(due, store_out_expiry_ms(node->store));
}

void outbox_submit(struct node *node, struct turn *turn)
{
    struct envelope_id ids[2 * SUBMITS_MAX];
    struct live *live = &node->live;
    if (live->stage != LINK_READY || live->submit_count >= live->submits_max ||
        !node_rosters_standing(node, turn).usable) {
        return;
    }
    size_t count = store_out_unsent(node->store, 2 * SUBMITS_MAX, ids);
    for (size_t i = 0; i < count && live->submit_count < live->submits_max; i++) {
        if (!in_flight(live, &ids[i]) && !say_submit(node, turn, &ids[i])) {
            return;
        }
    }
}

/* --- what moves an envelope --- */

bool reason_is_of_transport(enum reason reason)
{
    return reason == REASON_EXPIRED || reason == REASON_PREKEY || reason == REASON_SLOT ||
           reason == REASON_HPKE || reason == REASON_BODY || reason == REASON_SEQUENCE ||
           reason == REASON_FORK || reason == REASON_CLOCK || reason == REASON_REVOKED ||
           reason == REASON_KEY;
}

/* What has to change before the letter is sealed again. */
static void heal(struct node *node, struct turn *turn, const struct out_row *row, enum reason reason)
{
    if (reason == REASON_FORK || reason == REASON_SEQUENCE) {
        own_chain_close(node, turn, row->to.text, row->lane, row->incarnation);
        recall_number_taken(node, turn, row->to.text, reason);
    }
    if (reason == REASON_PREKEY || reason == REASON_HPKE || reason == REASON_BODY) {
        node_prekeys_doubt(node, row->to.text);
    }
    if (reason == REASON_SLOT) {
        node_prekeys_forget(node, row->to.text);
    }
}

static bool is_control(const struct out_row *row)
{
    return bytes_all_zero(digest_bytes(&row->letter.digest));
}

/*
 * The envelope ended without delivery: its letter goes again, or is given up and shown. Counted: this is one of the few times
 * that it goes again.
 */
static void replace(struct node *node, struct turn *turn, const struct out_row *row, enum reason reason,
                    bool counted)
{
    struct letter_row letter;
    if (is_control(row)) {
        if (reason_is_of_transport(reason)) {
            heal(node, turn, row, reason);
        }
        recall_envelope_ended(node, turn, &row->id, false, reason_is_of_transport(reason));
        return;
    }
    if (!letter_get(node, &row->letter, turn_arena(turn), &letter) || letter.sending != SENDING_SEALED ||
        !digest_equal(&letter.envelope.digest, &row->id.digest)) {
        return; /* delivered by another envelope, or another one is on its way already */
    }
    if (reason_is_of_transport(reason) && (!counted || letter.seals <= SEALS_AGAIN_MAX)) {
        heal(node, turn, row, reason);
        letter_want_again(node, &letter.id, reason, counted);
    } else {
        letter_fail(node, turn, &letter.id, reason);
    }
}

static void end(struct node *node, struct turn *turn, const struct out_row *row, enum out_state state,
                enum reason reason, uint64_t at_ms)
{
    char id[ID_SHORT];
    store_out_end(node->store, &row->id, state, reason, at_ms);
    own_chain_voided_known(node, &row->id, state == OUT_DELIVERED);
    node_event(turn, EVENT_ENVELOPE_ENDED, "to=%s state=%s reason=%s id=%s", row->to.text,
               out_state_name(state), reason == REASON_NONE ? "-" : reason_name((uint32_t)reason),
               id_short(id, &row->id.digest));
}

/* It has ended: a late or repeated receipt changes nothing, unless the end came without it (protocol.md 4.4). */
static void accepted_late(struct node *node, const struct out_row *row, uint64_t at_ms)
{
    if (!row->unanswered) {
        return;
    }
    store_out_answered(node->store, &row->id, at_ms);
    if (row->state == OUT_DELIVERED) {
        letter_answered(node, &row->letter, at_ms, row->ended_ms);
    }
    node->live.figures.accepted++;
}

static void accepted(struct node *node, const struct out_row *row, uint64_t at_ms)
{
    if (row->state > OUT_ACCEPTED) {
        accepted_late(node, row, at_ms);
        return;
    }
    if (row->state == OUT_SEALED) {
        broker_time_agrees(node);
    }
    store_out_accepted(node->store, &row->id, at_ms);
    letter_accepted(node, &row->letter, at_ms);
    node->live.figures.accepted += row->state == OUT_SEALED ? 1 : 0;
}

/*
 * Holds whatever was known before, even of a letter that was given up: the recipient has it. Unless the recipient itself
 * refused it. The word ACCEPTED may have died with a link: then the envelope is submitted until it comes, for its time counts
 * on both sides, and not that of another envelope of the letter.
 */
static void delivered(struct node *node, struct turn *turn, const struct out_row *row, uint64_t at_ms)
{
    bool unanswered = row->unanswered || (row->state < OUT_DELIVERED && row->accepted_ms == 0);
    if (row->state == OUT_REFUSED) {
        return;
    }
    if (row->state != OUT_DELIVERED) {
        end(node, turn, row, OUT_DELIVERED, REASON_NONE, at_ms);
        node->live.figures.delivered++;
    }
    if (is_control(row)) {
        recall_envelope_ended(node, turn, &row->id, true, false);
        return;
    }
    if (unanswered) {
        letter_accepted(node, &row->letter, 0);
    }
    letter_delivered(node, &row->letter, row->accepted_ms, at_ms);
    letter_revive(node, turn, &row->letter);
}

/* A letter that was delivered and then found to break its case is refused after all: that is final. */
static void refused(struct node *node, struct turn *turn, const struct out_row *row, enum reason reason,
                    uint64_t at_ms)
{
    if (row->state == OUT_REFUSED) {
        return;
    }
    if (row->state == OUT_DELIVERED && reason_is_of_transport(reason)) {
        heal(node, turn, row,
             reason); /* they had it, and lost it with their keys: they ask for it (recall.h) */
        return;
    }
    end(node, turn, row, OUT_REFUSED, reason, at_ms);
    node->live.figures.refused[reason]++;
    if (reason == REASON_CASE && letter_place_is_lost(node, turn, &row->letter)) {
        recall_number_taken(node, turn, row->to.text, reason);
    }
    if (row->state == OUT_DELIVERED) {
        letter_fail(node, turn, &row->letter, reason);
    } else {
        replace(node, turn, row, reason, true);
    }
}

/* The broker's word alone can tell of a clock that is wrong: a recipient's would stop what is for all others, too. */
static void not_forwarded(struct node *node, struct turn *turn, const struct out_row *row,
                          enum out_state state, enum reason reason, uint64_t at_ms)
{
    if (row->state > OUT_ACCEPTED) {
        if (state == OUT_REJECTED) {
            store_out_answered(node->store, &row->id, row->accepted_ms); /* no ACCEPTED will come */
        }
        return;
    }
    end(node, turn, row, state, reason, at_ms);
    node->live.figures.refused[reason]++;
    bool disputed = broker_time_disputed(node, turn, reason, row->created_ms, row->expires_ms);
    if (disputed) {
        broker_time_pause(node, turn);
    }
    replace(node, turn, row, reason, !disputed);
}

bool outbox_receipt(struct node *node, struct turn *turn, enum receipt_kind kind, const struct address *to,
                    const struct receipt_item *item, uint64_t at_ms)
{
    struct out_row row;
    bool known = outbox_get(node, &item->id, turn_arena(turn), &row) && address_equal(&row.to, to) &&
                 row.lane == item->lane && row.incarnation == item->incarnation && row.seq == item->seq;
    if (!known) {
        return false;
    }
    landed(&node->live, &item->id);
    switch (kind) {
    case RECEIPT_ACCEPTED:
        accepted(node, &row, at_ms);
        break;
    case RECEIPT_REJECTED:
        not_forwarded(node, turn, &row, OUT_REJECTED, item->reason, at_ms);
        break;
    case RECEIPT_EXPIRED:
        not_forwarded(node, turn, &row, OUT_EXPIRED, REASON_EXPIRED, at_ms);
        break;
    case RECEIPT_DELIVERED:
        delivered(node, turn, &row, at_ms);
        break;
    case RECEIPT_REFUSED:
        refused(node, turn, &row, item->reason, at_ms);
        break;
    case RECEIPT_OPENED:
        letter_opened(node, &row.letter, at_ms, false);
        break;
    }
    return true;
}

void outbox_unproven(struct node *node, struct turn *turn, enum receipt_kind kind,
                     const struct envelope_id *id)
{
    struct out_row row;
    landed(&node->live, id);
    if (!outbox_get(node, id, turn_arena(turn), &row)) {
        return;
    }
    if (store_out_unsend(node->store, id)) { /* it is open: the next link is asked for its end */
        store_out_waits(node->store, id, REASON_REVOKED, "", true);
    } else if (row.unanswered && kind == RECEIPT_ACCEPTED) {
        store_out_answered(node->store, id, row.accepted_ms);
    }
}

void outbox_rejected(struct node *node, struct turn *turn, const Comity__Rejected *rejected)
{
    struct live *live = &node->live;
    struct out_row row;
    size_t slot = 0;
    while (slot < live->submit_count && live->submits[slot].tag != rejected->tag) {
        slot++;
    }
    if (slot == live->submit_count) {
        return; /* answered already, by its receipt */
    }
    struct envelope_id id = live->submits[slot].id;
    landed(live, &id);
    if (!outbox_get(node, &id, turn_arena(turn), &row)) {
        return;
    }
    enum reason reason = rejected->reason > 0 && rejected->reason < REASON_COUNT
                             ? (enum reason)rejected->reason
                             : REASON_FIELD;
    bool ended = row.state > OUT_ACCEPTED;
    if (ended && !rejected->temporary) {
        store_out_answered(node->store, &id, row.accepted_ms); /* no ACCEPTED will come */
        return;
    }
    store_out_waits(node->store, &id, reason, rejected->detail, ended || !rejected->temporary);
    if (!ended && rejected->temporary) {
        own_chain_block(node, row.to.text, row.lane); /* none goes past an open one */
    }
    if (rejected->temporary) {
        outbox_try_again_after(node, turn, rejected->retry_ms);
    }
    node_event(turn, EVENT_ENVELOPE_WAITS, "to=%s lane=%s reason=%s retry_ms=%u", row.to.text,
               lane_name((uint32_t)row.lane), reason_name((uint32_t)reason), (unsigned)rejected->retry_ms);
}

void outbox_damaged(struct node *node, struct turn *turn, const struct envelope_id *id)
{
    char text[ID_SHORT];
    node_event(turn, EVENT_ENVELOPE_DAMAGED, "id=%s known=%s", id_short(text, &id->digest),
               store_out_unsend(node->store, id) ? "yes" : "no");
}

void outbox_status(struct node *node, struct turn *turn, const Comity__StatusFrame *frame)
{
    const struct envelope_id id = {.digest = digest_from(wire_bytes(frame->id))};
    const struct out_row row = {.status = frame->state,
                                .status_ms = turn_wall(turn).ms,
                                .status_before = frame->before,
                                .recipient_seen_ms =
                                    time_in_range(frame->recipient_seen_ms) ? frame->recipient_seen_ms : 0,
                                .recipient_here = frame->recipient_here};
    store_out_status(node->store, &id, &row);
}

void outbox_ask_status(struct node *node, struct turn *turn, const struct envelope_id *id)
{
    Comity__StatusFrame message = COMITY__STATUS_FRAME__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    message.ask = wire_binary(digest_bytes(&id->digest));
    frame.body_case = COMITY__FRAME__BODY_STATUS;
    frame.status = &message;
    if (node->live.stage == LINK_READY) {
        node_say(node, turn, &frame);
    }
}

/* Its end was signed by a key that is revoked. It was said, and its number is not voided: the recipient may have it. */
static void lapse(struct node *node, struct turn *turn, const struct out_row *row)
{
    end(node, turn, row, OUT_EXPIRED, REASON_EXPIRED, turn_wall(turn).ms);
    store_out_answered(node->store, &row->id, row->accepted_ms);
    node->live.figures.refused[REASON_EXPIRED]++;
    replace(node, turn, row, REASON_EXPIRED, true);
}

void outbox_void_expired(struct node *node, struct turn *turn)
{
    struct envelope_id ids[VOIDS_A_TURN];
    struct out_row row;
    char id[ID_SHORT];
    size_t count = store_out_expired_unsent(node->store, broker_time_sure(node, turn).ms, VOIDS_A_TURN, ids);
    for (size_t i = 0; i < count; i++) {
        if (!outbox_get(node, &ids[i], turn_arena(turn), &row) || in_flight(&node->live, &ids[i])) {
            continue;
        }
        if (row.reason == REASON_REVOKED) {
            lapse(node, turn, &row);
            continue;
        }
        const struct own_number number = {
            .to = row.to, .lane = row.lane, .incarnation = row.incarnation, .seq = row.seq};
        store_out_end(node->store, &row.id, OUT_VOIDED, REASON_EXPIRED, turn_wall(turn).ms);
        own_chain_voided_known(node, &row.id, false);
        own_chain_void(node, &number, &row.id);
        node_event(turn, EVENT_ENVELOPE_VOIDED, "to=%s lane=%s seq=%u id=%s", row.to.text,
                   lane_name((uint32_t)row.lane), (unsigned)row.seq, id_short(id, &row.id.digest));
        replace(node, turn, &row, REASON_EXPIRED, true);
    }
}
