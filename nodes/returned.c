/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One letter that the other end of its case gives back: verified as one that arrives is, from check 19 on, and filed at its
 * place. Its officers vouch for what it says; the times are the word of who returns it, and it is marked so.
 */
#include <string.h>

#include "nodes/lifecycle.h"
#include "nodes/outbox.h"
#include "nodes/recall.h"
#include "nodes/signed_letter.h"
#include "nodes/store_letters.h"
#include "nodes/store_recall.h"
#include "proto/limits.h"

/* That a letter may be signed, and sealed, by clocks that are ahead: protocol.md 4.1, 4.2. */
#define SIGNED_AHEAD_MS (10 * MS_PER_MINUTE)

#define REFUSED_KEPT_MAX 100 /* proofs of a party, of ours and of theirs; one more is only in the log */

struct returned {
    struct node *node;
    struct turn *turn;
    struct arena *arena;
    const struct address *peer;
    const Comity__ReturnedLetter *told;
    struct signed_letter signed_letter;
    struct letter_row letter;
    Comity__Letter *message;
    enum letter_fit fit;
    bool fails; /* an own one that follows a letter that was given up or is lost */
};

/* --- checks --- */

/* 20: of this network, between this node and who returns it, and at a place in a case. */
static bool context_holds(struct returned *r, const Comity__Context *context)
{
    const struct node_options *options = &r->node->options;
    const char *me = options->party.text;
    const char *them = r->peer->text;
    bool between = (strcmp(context->from, me) == 0 && strcmp(context->to, them) == 0) ||
                   (strcmp(context->from, them) == 0 && strcmp(context->to, me) == 0);
    return context->version == 1 && context->kind == KIND_LETTER && between &&
           bytes_equal(wire_bytes(context->network),
                       bytes_of(options->network.bytes, sizeof options->network.bytes)) &&
           context_is_of_letter(context) && time_in_range(context->signed_ms) &&
           context->roster <= roster_version(node_roster_now(r->node));
}

static enum reason read_context(struct returned *r)
{
    Comity__Context *context = NULL;
    struct bytes bytes = wire_bytes(r->told->context);
    if (context_unpack(bytes, r->arena, &context, NULL) != WIRE_OK || r->told->letter.len == 0) {
        return REASON_INNER;
    }
    if (!context_holds(r, context)) {
        return REASON_CONTEXT;
    }
    r->signed_letter = (struct signed_letter){.context = context,
                                              .context_bytes = bytes,
                                              .letter_bytes = wire_bytes(r->told->letter),
                                              .proof_count = r->told->n_signature,
                                              .proofs = r->told->signature};
    letter_row_of(&r->signed_letter, &r->letter);
    r->letter.own = node_is_me(r->node, r->letter.from.text);
    r->letter.accepted_ms = r->told->accepted_ms;
    r->letter.delivered_ms = r->told->delivered_ms;
    bool times = time_in_range(r->told->accepted_ms) && time_in_range(r->told->delivered_ms) &&
                 (r->told->opened_ms == 0 || time_in_range(r->told->opened_ms));
    return times ? signed_letter_roster(r->node, context) : REASON_CONTEXT;
}

/* 23 to 25 */
static enum reason check_letter(struct returned *r)
{
    const char *why = NULL;
    const struct party *from = roster_find(node_roster_now(r->node), r->letter.from.text);
    enum reason reason =
        from == NULL ? REASON_OFFICER
                     : signed_letter_officers(r->node, &r->signed_letter, from, r->arena, &r->message);
    if (reason == REASON_NONE) {
        reason = signed_letter_signatures(r->node, &r->signed_letter, &r->letter.id);
    }
    if (reason != REASON_NONE) {
        return reason;
    }
    r->letter.kind = r->message == NULL ? LETTER_NONE : letter_kind(r->message);
    r->letter.author = letter_author(r->node, &r->letter, r->message);
    bool good =
        r->letter.kind != LETTER_NONE && letter_is_complete(r->node, &r->letter, r->message, r->arena, &why);
    return good ? REASON_NONE : REASON_LETTER;
}

/*
 * An own letter whose predecessor is given up here, or known to nobody: pages go in the order of numbers, and those that were
 * found not to hold are kept. It is held back there, and what it waits for does not come.
 */
static bool follows_nothing(const struct returned *r)
{
    struct letter_row before;
    struct letter_draft next;
    if (!r->letter.own || r->letter.case_seq == 1 ||
        store_recall_is_refused(r->node->store, &r->letter.prev) ||
        !letter_draft(r->node, &r->letter.case_id, &next) || !address_equal(&next.to, &r->letter.to)) {
        return false;
    }
    return !letter_get(r->node, &r->letter.prev, r->arena, &before) || before.place == PLACE_DEAD;
}

/* An own letter that waits there for others: its number is not taken, whatever is wrong with it. */
static bool waits_there(const struct returned *r)
{
    return r->letter.own &&
           (r->fails || store_letters_undelivered_below(r->node->store, &r->letter.case_id,
                                                        r->letter.from.text, r->letter.case_seq));
}

/*
 * Its case is not known here, for R may have begun it: pages go by the sides, Q's letters first, and the one that begins the
 * case comes behind this one.
 */
static bool precedes_its_case(const struct returned *r)
{
    bool first = r->letter.case_seq == 1;
    return r->letter.author == SIDE_Q && (first || r->letter.own) && !letter_begins(&r->letter) &&
           !store_case_is_known(r->node->store, &r->letter.case_id);
}

/* 26 */
static enum reason check_case(struct returned *r)
{
    if (r->fails) {
        return letter_fit(r->node, &r->letter) == FIT_FULL ? REASON_CASE : REASON_NONE;
    }
    if (r->letter.own && !letter_make_way(r->node, r->turn, &r->letter)) {
        return REASON_CASE;
    }
    r->fit = letter_fit(r->node, &r->letter);
    bool held_back = r->fit == FIT_LATER && !r->letter.own;
    return r->fit == FIT_NEXT || held_back ? REASON_NONE : r->fit == FIT_CROWDED ? REASON_QUOTA : REASON_CASE;
}

/* --- what becomes of it --- */

/*
 * What is known of a delivery is of an envelope that was accepted after the loss: sealed again, for the backup did not know that
 * the letter had arrived. The first time counts at the recipient. Nobody's word makes a time later, or a letter older than its
 * signature.
 */
static bool was_delivered_before(const struct returned *r, const struct letter_row *known)
{
    struct recall_row recall;
    return r->letter.delivered_ms < known->delivered_ms && r->letter.accepted_ms < known->accepted_ms &&
           r->letter.accepted_ms + SIGNED_AHEAD_MS >= known->signed_ms &&
           store_recall_get(r->node->store, r->peer->text, r->arena, &recall) &&
           known->accepted_ms >= recall.lost_ms;
}

/* That delivery is known, and no ACCEPTED came of it or will: whom it was delivered to knows when the broker took it. */
static bool was_never_answered(const struct returned *r, const struct letter_row *known)
{
    struct out_row envelope;
    return known->accepted_ms == 0 && r->letter.delivered_ms == known->delivered_ms &&
           r->letter.accepted_ms <= known->delivered_ms &&
           r->letter.accepted_ms + SIGNED_AHEAD_MS >= known->signed_ms &&
           (!outbox_get(r->node, &known->envelope, r->arena, &envelope) || !envelope.unanswered);
}

/*
 * It is here already. An own one, though given up or not known to have arrived, was delivered all the same; what is proven
 * stands: times that are known, and the refusal of the letter that they signed, which that of an envelope that failed on its way
 * is not. Of a letter of theirs we know ourselves what became of it here.
 */
static void take_known(struct returned *r, const struct letter_row *known)
{
    struct node *node = r->node;
    enum reason refusal = store_letter_refusal(node->store, &known->id);
    if (!known->own || (refusal != REASON_NONE && !reason_is_of_transport(refusal))) {
        return;
    }
    if (known->delivered_ms == 0 || was_delivered_before(r, known)) {
        letter_delivered(node, &known->id, r->letter.accepted_ms, r->letter.delivered_ms);
        store_letter_times_returned(node->store, &known->id);
    } else if (was_never_answered(r, known)) {
        letter_answered(node, &known->id, r->letter.accepted_ms, r->letter.delivered_ms);
        store_letter_times_returned(node->store, &known->id);
    }
    letter_revive(node, r->turn, &known->id);
    if (r->told->opened_ms != 0 && known->opened_ms == 0) {
        letter_opened(node, &known->id, r->told->opened_ms, false);
    }
}

static void file(struct returned *r)
{
    struct node *node = r->node;
    struct letter_row *letter = &r->letter;
    letter->place = r->fit == FIT_NEXT ? PLACE_EFFECT : PLACE_HELD_BACK;
    letter->sending = letter->own ? SENDING_DELIVERED : SENDING_NONE;
    letter->proofs = signed_letter_proofs(&r->signed_letter, r->arena);
    if (letter->proofs.data == NULL) {
        return; /* the turn is exhausted: its host ends this party */
    }
    if (r->fails) {
        letter_return_failed(node, r->turn, letter, r->message);
    } else {
        letter_return(node, r->turn, letter, r->message);
    }
    store_recall_accepted(node->store, &letter->id);
    if (r->told->opened_ms != 0) {
        letter_opened(node, &letter->id, r->told->opened_ms, false);
    }
    if (!letter->own && letter->place == PLACE_EFFECT) {
        letters_follow(node, r->turn, &letter->case_id, letter->from.text);
    }
}

/* A letter that neither officers nor the node of its sender signed proves nothing, and is kept nowhere. */
static bool is_genuine(const struct returned *r)
{
    const struct party *from = roster_find(node_roster_now(r->node), r->letter.from.text);
    return from != NULL &&
           signed_letter_is_genuine(r->node, &r->signed_letter, &r->letter.id, from, r->arena);
}

static void refuse(struct returned *r, enum reason reason)
{
    char id[ID_SHORT];
    bool known = r->signed_letter.context != NULL;
    if (known && !waits_there(r) && is_genuine(r)) {
        r->letter.proofs = signed_letter_proofs(&r->signed_letter, r->arena);
    }
    if (r->letter.proofs.data != NULL) {
        store_recall_refused(r->node->store, &r->letter, reason, turn_wall(r->turn).ms, REFUSED_KEPT_MAX);
    }
    node_event(r->turn, EVENT_RECALL_REFUSED, "party=%s reason=%s id=%s", r->peer->text,
               reason_name((uint32_t)reason), known ? id_short(id, &r->letter.id.digest) : "?");
}

enum returned_outcome returned_take(struct node *node, struct turn *turn, const struct address *peer,
                                    const Comity__ReturnedLetter *told, bool whole)
{
    struct letter_row known;
    struct returned *r = arena_zero(turn_arena(turn), 1, sizeof *r);
    if (r == NULL) {
        return RETURNED_AGAIN;
    }
    *r = (struct returned){.node = node, .turn = turn, .arena = turn_arena(turn), .peer = peer, .told = told};
    enum reason reason = read_context(r);
    if (reason == REASON_NONE && letter_get(node, &r->letter.id, r->arena, &known)) {
        take_known(r, &known);
        return RETURNED_TAKEN;
    }
    r->fails = reason == REASON_NONE && follows_nothing(r);
    if (reason == REASON_NONE) {
        reason = check_letter(r);
    }
    if (reason == REASON_NONE && !whole && precedes_its_case(r)) {
        return RETURNED_EARLY;
    }
    if (reason == REASON_NONE) {
        reason = check_case(r);
    }
    if (reason == REASON_NONE) {
        file(r);
    } else if (reason != REASON_QUOTA) {
        refuse(r, reason);
    }
    /* What one that fails waits for may have come there since, and not been on this page: the next pass tells. */
    bool again = reason == REASON_QUOTA || (reason == REASON_NONE && r->fails);
    return again ? RETURNED_AGAIN : RETURNED_TAKEN;
}
