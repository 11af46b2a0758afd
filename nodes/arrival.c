/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/arrival.h"

#include <string.h>

#include "base/text.h"
#include "nodes/broker_time.h"
#include "nodes/prekeys.h"
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

static enum reason check_signature(struct arrival *a)
{
    return proof_verify(a->envelope.proof, &a->envelope.id.digest, &a->envelope.from_key) == PROOF_OK
               ? REASON_NONE
               : REASON_SIGNATURE;
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
    {1, "read", check_read},           {6, "to", check_to},
    {8, "roster", check_roster},       {8, "key", check_key},
    {9, "signature", check_signature}, {10, "revoked", check_revoked},
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
    if (context->kind == KIND_CONTROL) {
        return context->case_id.len == 0 && context->case_seq == 0 && context->case_prev.len == 0 &&
               context->seen.len == 0;
    }
    return context->case_id.len == sizeof(struct case_id) && context->case_seq >= 1 &&
           context->case_prev.len == (context->case_seq == 1 ? 0 : sizeof(struct letter_id));
}

static bool times_hold(const Comity__Context *context, const Comity__Header *head)
{
    return context->roster >= 1 && context->roster <= head->roster &&
           context->roster_hash.len == sizeof(struct digest) &&
           context->signed_ms <= head->created_ms + CLOCK_AHEAD_MS &&
           context->signed_ms + SIGNED_BEFORE_MS >= head->created_ms;
}

static bool copies_ascend(const Comity__Context *context)
{
    for (size_t i = 1; i < context->n_copy; i++) {
        if (strcmp(context->copy[i - 1], context->copy[i]) >= 0) {
            return false;
        }
    }
    return true;
}

/* The letter as a row of the case file; its case place and author's side are for the later steps. */
static void fill_letter(struct arrival *a)
{
    const Comity__Context *context = a->context;
    struct letter_row *letter = &a->letter;
    struct digest hash = plain_hash(wire_bytes(a->inner->letter));
    const struct bytes parts[] = {wire_bytes(a->inner->context), digest_bytes(&hash)};
    letter->id.digest = labelled_digest("comity/v1/letter", parts, 2);
    letter->from = a->envelope.chain.from;
    letter->to = a->envelope.chain.to;
    letter->lane = a->envelope.chain.lane;
    letter->envelope = a->envelope.id;
    letter->accepted_ms = a->accepted_ms;
    letter->signed_ms = context->signed_ms;
    letter->context = parts[0];
    letter->letter = wire_bytes(a->inner->letter);
    letter->case_seq = context->case_seq;
    memcpy(letter->case_id.bytes, context->case_id.data, sizeof letter->case_id.bytes);
    if (context->case_prev.len != 0) {
        letter->prev.digest = digest_from(wire_bytes(context->case_prev));
    }
    if (context->seen.len != 0) {
        letter->seen.digest = digest_from(wire_bytes(context->seen));
    }
}

/* A CONTROL is of the node alone: no officer signs it and it brings no letter. How many sign a letter is check 23. */
static bool speaks_for_its_kind(const struct arrival *a)
{
    return a->context->kind == KIND_LETTER || (a->context->n_signer == 0 && a->context->n_copy == 0 &&
                                               a->inner->n_signature == 0 && a->inner->letter.len == 0);
}

static enum reason check_context(struct arrival *a)
{
    bool good = same_as_header(a->context, a->envelope.head) && case_fields_hold(a->context) &&
                speaks_for_its_kind(a) && times_hold(a->context, a->envelope.head) &&
                copies_ascend(a->context);
    if (good && a->context->kind == KIND_LETTER) {
        fill_letter(a);
    }
    return good ? REASON_NONE : REASON_CONTEXT;
}

static enum reason check_roster_hash(struct arrival *a)
{
    struct digest held;
    bool known = node_rosters_hash(a->node, a->context->roster, &held);
    return known && !bytes_equal(digest_bytes(&held), wire_bytes(a->context->roster_hash))
               ? REASON_ROSTER_FORK
               : REASON_NONE;
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

static bool may_sign(const struct roster_key *key, bool exercise)
{
    return text_is_one_of("sign", key->mandate) && key->exercise == exercise;
}

static struct public_key signer_at(const struct arrival *a, size_t i)
{
    struct public_key key;
    memcpy(key.bytes, a->context->signer[i].data, sizeof key.bytes);
    return key;
}

static bool is_officer(struct arrival *a, size_t i)
{
    const struct roster_key *key = NULL;
    const struct public_key signer = signer_at(a, i);
    const wall_ms signed_at = {.ms = a->context->signed_ms};
    for (size_t j = 0; j < i; j++) {
        const struct public_key earlier = signer_at(a, j);
        if (public_key_equal(&earlier, &signer)) {
            return false;
        }
    }
    return roster_key_standing(node_roster_now(a->node), a->from, ROLE_OFFICER, &signer, signed_at, &key) ==
               KEY_GOOD &&
           may_sign(key, a->context->exercise.len != 0);
}

/* The letter is decoded here to learn how many must sign; whether it does is check 25. */
static enum reason check_officers(struct arrival *a)
{
    size_t count = a->context->n_signer;
    if (count < 1 || count > 3 || a->inner->n_signature != count) {
        return REASON_OFFICER;
    }
    for (size_t i = 0; i < count; i++) {
        if (!is_officer(a, i)) {
            return REASON_OFFICER;
        }
    }
    if (letter_unpack(a->letter.letter, a->arena, &a->message, NULL) == WIRE_OK) {
        a->letter.kind = letter_kind(a->message);
        if (a->letter.kind != LETTER_NONE && count < letter_signatures_needed(a->letter.kind, a->message)) {
            return REASON_OFFICER;
        }
    }
    return REASON_NONE;
}

static enum reason check_officer_signatures(struct arrival *a)
{
    for (size_t i = 0; i < a->context->n_signer; i++) {
        const struct public_key signer = signer_at(a, i);
        if (proof_verify(wire_bytes(a->inner->signature[i]), &a->letter.id.digest, &signer) != PROOF_OK) {
            return REASON_OFFICER_SIGNATURE;
        }
    }
    return REASON_NONE;
}

/* --- 25 and 26: the letter and its case --- */

static enum reason check_letter(struct arrival *a)
{
    if (a->message == NULL || a->letter.kind == LETTER_NONE) {
        return REASON_LETTER;
    }
    a->letter.author = letter_author(a->node, &a->letter);
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
    {13, "exercise", check_exercise},
    {14, "open", check_open}, /* and 15 to 18 */
    {19, "inner", check_inner},
    {20, "context", check_context},
    {21, "roster hash", check_roster_hash},
    {22, "known letter", check_known_letter},
    {23, "officers", check_officers},
    {24, "officer signatures", check_officer_signatures},
    {25, "letter", check_letter},
    {26, "case", check_case},
};
const size_t arrival_inner_count = sizeof arrival_inner_steps / sizeof arrival_inner_steps[0];
