/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/inbox.h"

#include <string.h>

#include "nodes/arrival.h"
#include "nodes/recall.h"
#include "nodes/receipts.h"
#include "nodes/rosters.h"
#include "nodes/store_inbox.h"

#define PUT_BACK_RETRY_MS 5000

const char *in_outcome_name(enum in_outcome outcome)
{
    static const char *const names[] = {"?", "delivered", "refused", "expired"};
    return outcome >= IN_DELIVERED && outcome <= IN_EXPIRED ? names[outcome] : names[0];
}

/* --- answers --- */

static void say_put_back(struct node *node, struct turn *turn, uint64_t tag, const struct envelope_id *id,
                         enum reason reason, uint32_t retry_ms)
{
    Comity__Rejected message = COMITY__REJECTED__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    message.tag = tag;
    if (id != NULL) {
        message.id = wire_binary(digest_bytes(&id->digest));
    }
    message.reason = (uint32_t)reason;
    message.temporary = true;
    message.retry_ms = retry_ms;
    frame.body_case = COMITY__FRAME__BODY_REJECTED;
    frame.rejected = &message;
    node_say(node, turn, &frame);
    node_event(turn, EVENT_ENVELOPE_PUT_BACK, "reason=%s", reason_name((uint32_t)reason));
}

static void say_settled(struct node *node, struct turn *turn, const struct envelope_id *id)
{
    ProtobufCBinaryData item = wire_binary(digest_bytes(&id->digest));
    Comity__Settle message = COMITY__SETTLE__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    message.n_digest = 1;
    message.digest = &item;
    frame.body_case = COMITY__FRAME__BODY_SETTLE;
    frame.settle = &message;
    node_say(node, turn, &frame);
}

/* --- what becomes of an envelope --- */

/* Failures that say nothing final: the proof is outside the id, a roster can still arrive, a clock be set. Nothing is stored. */
static bool may_come_again(enum reason reason)
{
    return reason == REASON_SIZE || reason == REASON_ENCODING || reason == REASON_VERSION ||
           reason == REASON_FIELD || reason == REASON_NETWORK || reason == REASON_TO ||
           reason == REASON_ROSTER || reason == REASON_SIGNATURE || reason == REASON_CLOCK;
}

static void refuse(struct arrival *a, enum reason reason)
{
    char id[ID_SHORT];
    struct chain_link same;
    bool fork = reason == REASON_FORK;
    in_chain_link(a->node, &a->chain, a->envelope.head->seq, &same);
    /* KEY and FORK leave the chain as it is; so does one refused earlier whose number another one holds. */
    bool takes =
        reason != REASON_KEY && !fork && (!same.known || digest_equal(&same.id, &a->envelope.id.digest));
    const struct in_entry entry = {.envelope = &a->envelope,
                                   .accepted_ms = a->accepted_ms,
                                   .received_ms = turn_wall(a->turn).ms,
                                   .in_chain = takes,
                                   .outcome = IN_REFUSED,
                                   .reason = reason,
                                   .due = RECEIPT_REFUSED};
    store_in_put(a->node->store, &entry);
    if (takes) {
        in_chain_taken(a->node, a->turn, &a->chain, a->envelope.head->seq);
    }
    if (fork) {
        in_chain_fork(a->node, a->turn, &a->envelope, a->raw);
    }
    if (reason == REASON_SLOT) {
        recall_key_unknown(a->node, a->turn, a->envelope.chain.from.text);
    }
    a->node->live.figures.refused[reason]++;
    node_event(a->turn, EVENT_ENVELOPE_REFUSED, "from=%s reason=%s id=%s why=\"%s\"",
               a->envelope.chain.from.text, reason_name((uint32_t)reason),
               id_short(id, &a->envelope.id.digest), a->why == NULL ? "" : a->why);
}

static void take_gossip(struct arrival *a)
{
    for (size_t i = 0; a->gossip != NULL && i < a->gossip->n_voided; i++) {
        const Comity__Head *head = a->gossip->voided[i];
        const struct in_chain chain = {
            .from = a->envelope.chain.from, .lane = (enum lane)head->lane, .incarnation = head->incarnation};
        if (head->lane >= LANE_URGENT && head->lane <= LANE_BULK && head->incarnation >= 1 &&
            head->seq >= 1) {
            in_chain_voided(a->node, a->turn, &chain, head->seq);
        }
    }
}

/* 27: in the case file, at its place. */
static void take_effect(struct arrival *a)
{
    struct roster_standing standing = node_rosters_standing(a->node, a->turn);
    a->letter.stale = standing.stale;
    a->letter.filed_ms = turn_wall(a->turn).ms;
    a->letter.place = a->fit == FIT_NEXT ? PLACE_EFFECT : PLACE_HELD_BACK;
    a->letter.delivered_ms = turn_wall(a->turn).ms; /* the receipt's at_ms: it is signed in this turn */
    a->letter.proofs = signed_letter_proofs(&a->signed_letter, a->arena);
    letter_take(a->node, a->turn, &a->letter, a->message);
    if (a->fit == FIT_NEXT) {
        letters_follow(a->node, a->turn, &a->letter.case_id, a->letter.from.text);
    } else {
        in_chains_ask(a->node, a->turn, a->letter.from.text);
    }
}

static void deliver(struct arrival *a)
{
    bool control = a->context->kind == KIND_CONTROL;
    const struct in_entry entry = {.envelope = &a->envelope,
                                   .accepted_ms = a->accepted_ms,
                                   .received_ms = turn_wall(a->turn).ms,
                                   .in_chain = true,
                                   .outcome = IN_DELIVERED,
                                   .due = RECEIPT_DELIVERED,
                                   .letter = control ? NULL : &a->letter.id,
                                   .raw = control ? bytes_of(NULL, 0) : a->raw};
    store_in_put(a->node->store, &entry);
    in_chain_taken(a->node, a->turn, &a->chain, a->envelope.head->seq);
    take_gossip(a);
    a->node->live.figures.received++;
    if (control && a->control != NULL) {
        recall_take(a->node, a->turn, &a->envelope.chain.from, a->control);
    } else if (!control && !a->letter_known) {
        take_effect(a);
    }
}

/* A letter that came in another envelope before: what the officers opened then is said once more. */
static void repeat_opened(struct arrival *a)
{
    struct letter_row known;
    if (letter_get(a->node, &a->letter.id, a->arena, &known)) {
        node_receipts_repeat(a->node, a->turn, &known.envelope, RECEIPT_OPENED);
    }
}

static enum reason run(struct arrival *a, const struct arrival_step *steps, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        enum reason reason = steps[i].check(a);
        if (reason != REASON_NONE || a->letter_known) {
            return reason; /* of a letter that is known, nothing of the steps after it applies */
        }
    }
    return REASON_NONE;
}

static enum reason run_inner(struct arrival *a)
{
    enum reason reason = run(a, arrival_inner_steps, arrival_inner_count);
    if (reason != REASON_NONE) {
        return reason;
    }
    return a->context->kind == KIND_CONTROL ? arrival_check_control(a)
                                            : run(a, arrival_letter_steps, arrival_letter_count);
}

/* Step 7: the same receipt bytes again; one that is due is given at the turn's end anyway. */
static bool is_known(struct arrival *a)
{
    struct in_row row;
    if (!inbox_get(a->node, &a->envelope.id, &row) || row.outcome == IN_EXPIRED) {
        return false;
    }
    node_receipts_repeat(a->node, a->turn, &row.id,
                         row.outcome == IN_DELIVERED ? RECEIPT_DELIVERED : RECEIPT_REFUSED);
    return true;
}

#define STEPS_BEFORE_KNOWN 2 /* "read" and "to" */

/* When the broker says that it took it in; if that is no time, now. */
static uint64_t accepted_ms(struct turn *turn, const Comity__Deliver *frame)
{
    return time_in_range(frame->accepted_ms) ? frame->accepted_ms : turn_wall(turn).ms;
}

static void take_envelope(struct node *node, struct turn *turn, const Comity__Deliver *frame)
{
    struct arrival *a = arena_zero(turn_arena(turn), 1, sizeof *a);
    if (a == NULL) {
        return;
    }
    a->node = node;
    a->turn = turn;
    a->arena = turn_arena(turn);
    a->raw = wire_bytes(frame->envelope);
    a->accepted_ms = accepted_ms(turn, frame);
    enum reason reason = run(a, arrival_outer_steps, STEPS_BEFORE_KNOWN);
    if (reason == REASON_NONE && is_known(a)) {
        return;
    }
    if (reason == REASON_NONE) {
        reason = run(a, arrival_outer_steps + STEPS_BEFORE_KNOWN, arrival_outer_count - STEPS_BEFORE_KNOWN);
    }
    if (may_come_again(reason)) {
        say_put_back(node, turn, frame->tag, a->envelope.head == NULL ? NULL : &a->envelope.id, reason,
                     PUT_BACK_RETRY_MS);
        node->live.figures.refused[reason]++;
        return;
    }
    if (reason == REASON_NONE) {
        reason = run_inner(a);
    }
    if (reason ==
        REASON_QUOTA) { /* too many wait for their predecessor, or its case is being rebuilt: for now */
        say_put_back(node, turn, frame->tag, &a->envelope.id, reason,
                     recall_retry_ms(node, turn, a->envelope.chain.from.text));
        node->live.figures.refused[reason]++;
        return;
    }
    if (reason != REASON_NONE) {
        refuse(a, reason);
        return;
    }
    deliver(a);
    if (a->letter_known) {
        repeat_opened(a);
    }
}

/* --- stubs --- */

/* The EXPIRED receipt of a stub speaks of this very envelope. */
static bool is_expired(struct arrival *a, const Comity__Stub *stub)
{
    struct signed_receipt receipt;
    if (receipt_read(&a->node->verified, wire_bytes(stub->expired), node_roster_now(a->node), a->arena,
                     &receipt) != REASON_NONE ||
        receipt.body->kind != RECEIPT_EXPIRED || !address_equal(&receipt.from, &a->envelope.chain.from) ||
        !address_equal(&receipt.to, &a->node->options.party)) {
        return false;
    }
    for (size_t i = 0; i < receipt.body->n_item; i++) {
        if (bytes_equal(wire_bytes(receipt.body->item[i]->id), digest_bytes(&a->envelope.id.digest))) {
            return true;
        }
    }
    return false;
}

static void file_stub(struct arrival *a)
{
    struct chain_link same;
    char id[ID_SHORT];
    in_chain_link(a->node, &a->chain, a->envelope.head->seq, &same);
    bool takes = !same.known || digest_equal(&same.id, &a->envelope.id.digest);
    const struct in_entry entry = {.envelope = &a->envelope,
                                   .accepted_ms = a->accepted_ms,
                                   .received_ms = turn_wall(a->turn).ms,
                                   .in_chain = takes,
                                   .outcome = IN_EXPIRED,
                                   .reason = REASON_EXPIRED};
    store_in_put(a->node->store, &entry);
    if (takes) {
        in_chain_taken(a->node, a->turn, &a->chain, a->envelope.head->seq);
    } else {
        in_chain_fork(a->node, a->turn, &a->envelope, a->envelope.header);
    }
    node_event(a->turn, EVENT_STUB_TAKEN, "from=%s id=%s", a->envelope.chain.from.text,
               id_short(id, &a->envelope.id.digest));
}

static void take_stub(struct node *node, struct turn *turn, const Comity__Deliver *frame)
{
    struct in_row row;
    struct arrival *a = arena_zero(turn_arena(turn), 1, sizeof *a);
    if (a == NULL) {
        return;
    }
    a->node = node;
    a->turn = turn;
    a->arena = turn_arena(turn);
    a->accepted_ms = accepted_ms(turn, frame);
    enum reason reason = stub_read(frame->stub, &node->options.network, a->arena, &a->envelope);
    if (reason == REASON_NONE) {
        a->chain = (struct in_chain){.from = a->envelope.chain.from,
                                     .lane = a->envelope.chain.lane,
                                     .incarnation = a->envelope.chain.incarnation};
        reason = arrival_check_stub(a);
    }
    if (reason == REASON_NONE && !is_expired(a, frame->stub)) {
        reason = REASON_SIGNATURE;
    }
    if (reason != REASON_NONE) {
        say_put_back(node, turn, frame->tag, a->envelope.head == NULL ? NULL : &a->envelope.id, reason,
                     PUT_BACK_RETRY_MS);
        return;
    }
    if (!inbox_get(node, &a->envelope.id, &row)) {
        file_stub(a);
    }
    say_settled(node, turn, &a->envelope.id);
}

bool inbox_deliver(struct node *node, struct turn *turn, const Comity__Deliver *frame)
{
    bool whole = frame->envelope.len != 0;
    if (whole == (frame->stub != NULL)) {
        return false;
    }
    if (node->live.disk_low) {
        inbox_put_back(node, turn, frame);
    } else if (whole) {
        take_envelope(node, turn, frame);
    } else {
        take_stub(node, turn, frame);
    }
    return true;
}

void inbox_put_back(struct node *node, struct turn *turn, const Comity__Deliver *frame)
{
    say_put_back(node, turn, frame->tag, NULL, REASON_QUOTA, PUT_BACK_RETRY_MS);
}

void inbox_refuse(struct node *node, struct turn *turn, const struct letter_id *letter, enum reason reason)
{
    struct letter_row row;
    char id[ID_SHORT];
    if (!letter_get(node, letter, turn_arena(turn), &row)) {
        return;
    }
    store_in_refuse(node->store, letter, reason);
    node->live.figures.refused[reason]++;
    node_event(turn, EVENT_ENVELOPE_REFUSED, "from=%s reason=%s id=%s why=\"held back, then did not follow\"",
               row.from.text, reason_name((uint32_t)reason), id_short(id, &row.envelope.digest));
}

void inbox_receipt_given(struct node *node, const struct envelope_id *id, enum receipt_kind kind,
                         uint64_t at_ms)
{
    struct in_row row;
    if (kind == RECEIPT_DELIVERED && inbox_get(node, id, &row) && row.has_letter) {
        letter_received(node, &row.letter, id, row.accepted_ms, at_ms);
    }
}

void inbox_opened(struct node *node, const struct envelope_id *id, uint64_t at_ms, bool shared)
{
    struct in_row row;
    if (inbox_get(node, id, &row) && row.has_letter) {
        letter_opened(node, &row.letter, at_ms, true);
        if (shared) {
            letter_opened(node, &row.letter, at_ms, false);
        }
    }
}
