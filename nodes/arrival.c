/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/arrival.h"

#include <string.h>

#include "base/text.h"
#include "nodes/broker_time.h"
#include "nodes/prekeys.h"
#include "nodes/recall.h"
#include "nodes/rosters.h"

#define ARRIVES_LATE_MS  UINT64_C(300000)  /* after expires_ms, for clocks that differ */
#define SIGNED_BEFORE_MS (30 * MS_PER_DAY) /* signed_ms before created_ms */

/* --- 1 to 11: the envelope as it came --- */

static enum reason check_read(struct arrival *a)
{
    enum reason reason = envelope_read(a->raw, &a->node->options.network, a->arena, &a->envelope);
    if (reason == REASON_NONE) {
        a->chain = (struct in_chain){.from = a->envelope.chain.from,
                                     .lane = a->envelope.chain.lane,
                                     .incarnation = a->envelope.chain.incarnation};
    }
    return reason;
}

static enum reason check_to(struct arrival *a)
{
    return address_equal(&a->envelope.chain.to, &a->node->options.party) ? REASON_NONE : REASON_TO;
}

static enum reason check_roster(struct arrival *a)
{
    const struct roster *roster = node_roster_now(a->node);
    return roster == NULL || a->envelope.head->roster > roster_version(roster) ? REASON_ROSTER : REASON_NONE;
}

/*
 * By the key that the header names, whosever it is: what was damaged on the way, the key itself included, is told from
 * what really was sent before anything final is said of it.
 */
static enum reason check_signature(struct arrival *a)
{
    return proof_verify(&a->node->verified, a->envelope.proof, &a->envelope.id.digest,
                        &a->envelope.from_key) == PROOF_OK
               ? REASON_NONE
               : REASON_SIGNATURE;
}

static enum key_standing sender_standing(struct arrival *a)
{
    const wall_ms created = {.ms = a->envelope.head->created_ms};
    return a->from == NULL ? KEY_UNKNOWN
                           : roster_key_standing(node_roster_now(a->node), a->from, ROLE_NODE,
                                                 &a->envelope.from_key, created, NULL);
}

static enum reason check_key(struct arrival *a)
{
    a->from = roster_find(node_roster_now(a->node), a->envelope.chain.from.text);
    enum key_standing standing = sender_standing(a);
    return standing == KEY_UNKNOWN || standing == KEY_NOT_AT_THAT_TIME ? REASON_KEY : REASON_NONE;
}

static enum reason check_revoked(struct arrival *a)
{
    return sender_standing(a) == KEY_REVOKED ? REASON_REVOKED : REASON_NONE;
}

static enum reason check_expired(struct arrival *a)
{
    const uint64_t last = a->envelope.head->expires_ms + ARRIVES_LATE_MS;
    wall_ms theirs;
    if (turn_wall(a->turn).ms <= last) {
        return REASON_NONE;
    }
    /* By our clock alone: that is no reason to refuse it for good. It comes again until the clocks agree. */
    return broker_time_now(a->node, a->turn, &theirs) && theirs.ms <= last ? REASON_CLOCK : REASON_EXPIRED;
}

static enum reason check_chain(struct arrival *a)
{
    struct chain_link same, before = {.known = false}, after = {.known = false};
    uint32_t seq = a->envelope.head->seq;
    in_chain_link(a->node, &a->chain, seq, &same);
    if (seq > 1) {
        in_chain_link(a->node, &a->chain, seq - 1, &before);
    }
    if (seq < UINT32_MAX) {
        in_chain_link(a->node, &a->chain, seq + 1, &after);
    }
    return chain_check(&a->envelope, &same, &before, &after);
}

/* "known" (7) stands between "to" and "roster"; it is no failure but an answer of its own, see inbox.c. */
const struct arrival_step arrival_outer_steps[] = {
    {1, "read", check_read},           {6, "to", check_to},        {8, "roster", check_roster},
    {8, "signature", check_signature}, {9, "key", check_key},      {10, "revoked", check_revoked},
    {10, "expired", check_expired},    {11, "chain", check_chain},
};
const size_t arrival_outer_count = sizeof arrival_outer_steps / sizeof arrival_outer_steps[0];

/* A stub: who sent it and that it is the envelope of that id. It has expired, and a fork is kept by the caller. */
enum reason arrival_check_stub(struct arrival *a)
{
    static enum reason (*const checks[])(struct arrival *) = {check_to, check_roster, check_key,
                                                              check_signature};
    enum reason reason = REASON_NONE;
    for (size_t i = 0; i < sizeof checks / sizeof checks[0] && reason == REASON_NONE; i++) {
        reason = checks[i](a);
    }
    return reason;
}

/* --- 13 to 18: what was sealed --- */

static enum reason check_exercise(struct arrival *a)
{
    const struct node_options *options = &a->node->options;
    struct bytes exercise = wire_bytes(a->envelope.head->exercise);
    bool joined = exercise.size == 0 ||
                  (options->has_exercise &&
                   bytes_equal(exercise, bytes_of(options->exercise.bytes, sizeof options->exercise.bytes)));
    return joined ? REASON_NONE : REASON_EXERCISE;
}

static enum reason check_open(struct arrival *a)
{
    return open_envelope(&a->envelope, node_prekeys_slots(a->node), a->arena, &a->inner_bytes, NULL);
}

/* --- 19 to 21: what the officer signed beside the letter --- */

static enum reason check_inner(struct arrival *a)
{
    bool good = inner_unpack(a->inner_bytes, a->arena, &a->inner, NULL) == WIRE_OK &&
                context_unpack(wire_bytes(a->inner->context), a->arena, &a->context, NULL) == WIRE_OK &&
                (a->inner->gossip.len == 0 ||
                 gossip_unpack(wire_bytes(a->inner->gossip), a->arena, &a->gossip, NULL) == WIRE_OK);
    return good ? REASON_NONE : REASON_INNER;
}

static bool same_as_header(const Comity__Context *context, const Comity__Header *head)
{
    return context->version == 1 && context->kind == head->kind && strcmp(context->from, head->from) == 0 &&
           strcmp(context->to, head->to) == 0 &&
           bytes_equal(wire_bytes(context->network), wire_bytes(head->network)) &&
           bytes_equal(wire_bytes(context->exercise), wire_bytes(head->exercise));
}

/* Fields 7-10 are there for a letter and absent for a control; case_prev is absent for the first letter only. */
static bool case_fields_hold(const Comity__Context *context)
{
    return context->kind == KIND_LETTER ? context_is_of_letter(context)
                                        : context->case_id.len == 0 && context->case_seq == 0 &&
                                              context->case_prev.len == 0 && context->seen.len == 0;
}

static bool signed_in_time(const Comity__Context *context, const Comity__Header *head)
{
    return context->signed_ms <= head->created_ms + CLOCK_AHEAD_MS &&
           context->signed_ms + SIGNED_BEFORE_MS >= head->created_ms;
}

/* Of a letter, when it was signed is looked at once it is seen to be new. */
static bool times_hold(const Comity__Context *context, const Comity__Header *head)
{
    return context->roster >= 1 && context->roster <= head->roster &&
           context->roster_hash.len == sizeof(struct digest) &&
           (context->kind == KIND_LETTER || signed_in_time(context, head));
}

/* The letter as a row of the case file; its case place and author's side are for the later steps. */
static void fill_letter(struct arrival *a)
{
    a->signed_letter = (struct signed_letter){.context = a->context,
                                              .context_bytes = wire_bytes(a->inner->context),
                                              .letter_bytes = wire_bytes(a->inner->letter),
                                              .proof_count = a->inner->n_signature,
                                              .proofs = a->inner->signature};
    letter_row_of(&a->signed_letter, &a->letter);
    a->letter.lane = a->envelope.chain.lane;
    a->letter.envelope = a->envelope.id;
    a->letter.accepted_ms = a->accepted_ms;
}

/* A CONTROL is of the node alone: no officer signs it and it brings no letter. How many sign a letter is check 23. */
static bool speaks_for_its_kind(const struct arrival *a)
{
    return a->context->kind == KIND_LETTER ? a->inner->control.len == 0
                                           : a->context->n_signer == 0 && a->context->n_copy == 0 &&
                                                 a->inner->n_signature == 0 && a->inner->letter.len == 0;
}

static enum reason check_context(struct arrival *a)
{
    bool good = same_as_header(a->context, a->envelope.head) && case_fields_hold(a->context) &&
                speaks_for_its_kind(a) && times_hold(a->context, a->envelope.head);
    if (good && a->context->kind == KIND_LETTER) {
        fill_letter(a);
    }
    return good ? REASON_NONE : REASON_CONTEXT;
}

static enum reason check_roster_hash(struct arrival *a)
{
    return signed_letter_roster(a->node, a->context);
}

/* --- 22 to 24: the officers --- */

/* Known and dead: it was held back and then refused, and is refused again. Otherwise nothing is left to check. */
static enum reason check_known_letter(struct arrival *a)
{
    struct letter_row known;
    if (!letter_get(a->node, &a->letter.id, a->arena, &known)) {
        return REASON_NONE;
    }
    a->letter_known = true;
    return known.place == PLACE_DEAD && !known.own ? known.reason : REASON_NONE;
}

/* A sender that was put back, or whose clock was, sends again what is known here: that is no new letter. */
static enum reason check_signed_in_time(struct arrival *a)
{
    return signed_in_time(a->context, a->envelope.head) ? REASON_NONE : REASON_CONTEXT;
}

/* The letter is decoded here to learn how many must sign; whether it does is check 25. */
static enum reason check_officers(struct arrival *a)
{
    enum reason reason = signed_letter_officers(a->node, &a->signed_letter, a->from, a->arena, &a->message);
    a->letter.kind = a->message == NULL ? LETTER_NONE : letter_kind(a->message);
    return reason;
}

static enum reason check_officer_signatures(struct arrival *a)
{
    return signed_letter_signatures(a->node, &a->signed_letter, &a->letter.id);
}

/* --- 25 and 26: the letter and its case --- */

static enum reason check_letter(struct arrival *a)
{
    if (a->message == NULL || a->letter.kind == LETTER_NONE) {
        return REASON_LETTER;
    }
    if (recall_awaits_case(a->node, a->turn, &a->letter)) {
        return REASON_QUOTA; /* its case was lost with this node's disk and is on its way back: it comes again */
    }
    a->letter.author = letter_author(a->node, &a->letter, a->message);
    return letter_is_complete(a->node, &a->letter, a->message, a->arena, &a->why) ? REASON_NONE
                                                                                  : REASON_LETTER;
}

static enum reason check_case(struct arrival *a)
{
    a->fit = letter_fit(a->node, &a->letter);
    switch (a->fit) {
    case FIT_NEXT:
    case FIT_LATER:
        return REASON_NONE;
    case FIT_CROWDED:
        return REASON_QUOTA;
    case FIT_NOT:
    case FIT_FULL:
        break;
    }
    return REASON_CASE;
}

const struct arrival_step arrival_inner_steps[] = {
    {13, "exercise", check_exercise}, {14, "open", check_open}, /* and 15 to 18 */
    {19, "inner", check_inner},       {20, "context", check_context}, {21, "roster hash", check_roster_hash},
};
const size_t arrival_inner_count = sizeof arrival_inner_steps / sizeof arrival_inner_steps[0];

const struct arrival_step arrival_letter_steps[] = {
    {22, "known letter", check_known_letter},
    {22, "signed in time", check_signed_in_time},
    {23, "officers", check_officers},
    {24, "officer signatures", check_officer_signatures},
    {25, "letter", check_letter},
    {26, "case", check_case},
};
const size_t arrival_letter_count = sizeof arrival_letter_steps / sizeof arrival_letter_steps[0];

/* --- of a CONTROL --- */

enum reason arrival_check_control(struct arrival *a)
{
    if (a->inner->control.len == 0) {
        return REASON_NONE; /* nothing but gossip */
    }
    bool good = control_unpack(wire_bytes(a->inner->control), a->arena, &a->control, NULL) == WIRE_OK &&
                a->control->body_case != COMITY__CONTROL__BODY__NOT_SET;
    return good ? REASON_NONE : REASON_LETTER;
}
