/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DRAFT: the letter that follows from a case, ready for an officer to complete (drafts.h): a request to another State or authority, the
 * same once more; or, of a case that another party of this State handed over, the letter that takes it over; or, of a request for what
 * another one of the same party asks for, too, the letter that says so. What lacks is named.
 * Nothing is kept and nothing is sent.
 */
#include <string.h>

#include "base/text.h"
#include "nodes/command.h"
#include "nodes/drafts.h"
#include "nodes/fingerprint.h"
#include "nodes/lifecycle.h"
#include "nodes/moved.h"
#include "nodes/node_says.h"
#include "nodes/tie.h"
#include "proto/json.h"

#define TWINS_MAX 64

struct draft {
    struct call *call;
    enum draft_kind kind;
    struct case_row row;
    const struct case_fold *fold;
    struct address to; /* "": not known */
};

/* --- to whom --- */

/* The party of that State that takes requests for a hold, by its terms; else its point of contact. */
static void address_in(struct draft *d, const char *state)
{
    size_t count = 0;
    const struct roster *roster = node_roster_now(d->call->node);
    const struct party *parties = roster_parties(roster, &count);
    const struct party *poc = NULL;
    for (size_t i = 0; i < count; i++) {
        const char *address = parties[i].address.text;
        if (strlen(state) == 2 && strncmp(address, state, 2) == 0 && address[2] == '/') {
            const struct address *said = terms_authority(party_terms(&parties[i]), "42");
            poc = poc == NULL || strcmp(address + 3, "poc") == 0 ? &parties[i] : poc;
            if (said != NULL && roster_find(roster, said->text) != NULL) {
                poc = roster_find(roster, said->text);
                break;
            }
        }
    }
    if (poc != NULL && !node_is_me(d->call->node, poc->address.text)) {
        d->to = poc->address;
    }
}

/* Whom the last letter of that kind names. */
static void address_told(struct draft *d)
{
    enum draft_kind kind = d->kind;
    for (size_t i = 0; i < d->fold->letter_count; i++) {
        const struct case_letter *letter = d->fold->letters[i].letter;
        if (kind == DRAFT_REFERRAL && letter->kind == LETTER_REFERRED) {
            const Comity__Referred *referred = letter->letter->referred;
            struct address named;
            d->to.text[0] = '\0';
            if (address_read(bytes_of_text(referred->party), &named) &&
                roster_find(node_roster_now(d->call->node), named.text) != NULL) {
                d->to = named;
            } else {
                address_in(d, referred->state);
            }
        } else if (kind == DRAFT_REFERRAL && letter->kind == LETTER_NOT_HELD) {
            address_in(d, letter->letter->not_held->state);
        } else if (kind == DRAFT_HOP && letter->kind == LETTER_DISCLOSED_43) {
            address_in(d, letter->letter->disclosed_43->state);
        }
    }
}

static void choose_recipient(struct draft *d)
{
    switch (d->kind) {
    case DRAFT_HOP:
    case DRAFT_REFERRAL:
        address_told(d);
        break;
    case DRAFT_LIKE:
    case DRAFT_PRESERVE:
    case DRAFT_REOPEN:
        d->to = d->row.own_side == SIDE_Q ? d->row.r : d->to; /* nobody asks himself */
        break;
    case DRAFT_MLA: {
        char state[3] = {d->row.r.text[0], d->row.r.text[1], '\0'};
        size_t count = 0;
        const struct party *parties = roster_parties(node_roster_now(d->call->node), &count);
        for (size_t i = 0; i < count; i++) {
            const struct address *said = terms_authority(party_terms(&parties[i]), "40");
            if (said != NULL && d->row.own_side == SIDE_Q &&
                strncmp(parties[i].address.text, state, 2) == 0) {
                d->to = *said;
            }
        }
        break;
    }
    case DRAFT_TAKE_OVER:
    case DRAFT_DUPLICATE:
    case DRAFT_KINDS:
        break; /* no requests: made with whom they go to */
    }
}

/* --- the answer --- */

/* before: the case that it is written in; NULL: it begins one. */
static void answer_draft(const struct draft *d, const Comity__Letter *letter, enum side author,
                         const struct case_fold *before)
{
    struct call *call = d->call;
    const char *me = call->node->options.party.text;
    struct faults *faults = call_faults(call);
    if (faults == NULL) {
        return;
    }
    const struct letter_terms terms = case_terms(call->node, author == SIDE_Q ? me : d->to.text,
                                                 author == SIDE_Q ? d->to.text : me, call->now);
    letter_check(letter, author, before, &terms, faults);
    json_t *json = json_object();
    put_text(call, json, "as", draft_name(d->kind));
    put_text(call, json, "to", d->to.text);
    put(call, json, "letter", json_of_message(&letter->base));
    put(call, json, "faults", faults_json(call, faults));
    answer_json(call, json);
}

static void draft_request(struct draft *d)
{
    struct call *call = d->call;
    const struct draft_source from = {
        .fold = d->fold, .case_id = d->row.id, .r = d->row.r, .own = d->row.own_side};
    Comity__Letter letter = COMITY__LETTER__INIT;
    switch (draft_make(&from, d->kind, call->arena, &letter.request)) {
    case DRAFT_OK:
        letter.body_case = COMITY__LETTER__BODY_REQUEST;
        choose_recipient(d);
        answer_draft(d, &letter, SIDE_Q, NULL);
        return;
    case DRAFT_NO_REQUEST:
    case DRAFT_NOTHING:
        answer_error(call, 409, "NOTHING", "look at the case",
                     "nothing in this case calls for such a letter");
        return;
    case DRAFT_TOO_FAR:
        answer_error(call, 409, "TOO_FAR", "ask who sent it to you", "the trail has passed 16 States");
        return;
    case DRAFT_EXHAUSTED:
        answer_too_large(call);
        return;
    }
}

/* --- taking over --- */

/* The request with what SUPPLEMENTs added; NULL: that does not decode, or the arena ended. */
static Comity__Request *request_with(const Comity__Request *asked, const Comity__Tie *tie,
                                     struct arena *arena)
{
    Comity__Request *request = arena_take(arena, sizeof *request);
    Comity__Letter *more = NULL;
    if (request == NULL ||
        (tie->more.len != 0 && letter_unpack(wire_bytes(tie->more), arena, &more, NULL) != WIRE_OK)) {
        return NULL;
    }
    const Comity__Request *added = more == NULL ? NULL : letter_request(more);
    size_t added_count = added == NULL ? 0 : added->n_items;
    Comity__Item **items = arena_zero(arena, asked->n_items + added_count + 1, sizeof(Comity__Item *));
    if (items == NULL) {
        return NULL;
    }
    *request = *asked;
    request->items = items;
    for (size_t i = 0; i < asked->n_items; i++) {
        items[i] = asked->items[i];
    }
    for (size_t i = 0; i < added_count; i++) {
        items[request->n_items++] = added->items[i];
    }
    return request;
}

/* Who asked, and what for, from the letter that began the case; without it an officer adds both. False when it answered. */
static bool read_opener(struct draft *d, const Comity__Tie *tie, Comity__TakenOver *taken)
{
    struct call *call = d->call;
    struct opener opener;
    if (tie->opener.len == 0) {
        taken->request_letter = tie->opener_letter;
        return true;
    }
    if (opener_read(call->node, tie, d->row.q.text, call->arena, &opener) != OPENER_OK) {
        answer_error(call, 409, "NOT_GENUINE", "call who handed it over, and ask for an export of the case",
                     "the letter that the case began with is not signed by officers of who it is from");
        return false;
    }
    d->to = opener.q;
    taken->request = request_with(letter_request(opener.letter), tie, call->arena);
    taken->request_letter = wire_binary(arena_copy(call->arena, digest_bytes(&opener.id.digest)));
    if (taken->request == NULL) {
        answer_too_large(call);
    }
    return taken->request != NULL;
}

static void draft_take_over(struct draft *d)
{
    struct call *call = d->call;
    const Comity__Tie *tie = d->fold->request == NULL ? NULL : d->fold->request->tie;
    bool handed = tie != NULL && tie->event == COMITY__TIE__EVENT__HAND_OVER && tie->hold != NULL &&
                  d->row.own_side == SIDE_R && same_state(d->row.q.text, d->row.r.text);
    Comity__Letter letter = COMITY__LETTER__INIT;
    Comity__TakenOver taken = COMITY__TAKEN_OVER__INIT;
    if (!handed) {
        answer_error(call, 409, "NOTHING", "look at the worklist: comity worklist",
                     "no case was handed over by that link");
        return;
    }
    if (!read_opener(d, tie, &taken)) {
        return;
    }
    letter.body_case = COMITY__LETTER__BODY_TAKEN_OVER;
    letter.taken_over = &taken;
    taken.from_party = d->row.q.text;
    taken.from_case = tie->hold->case_id;
    taken.as_case = tie->mla_case;
    taken.restated = tie->restated;
    taken.n_restated = tie->n_restated;
    taken.asks = tie->asks;
    taken.n_asks = tie->n_asks;
    taken.dues = tie->dues;
    taken.n_dues = tie->n_dues;
    answer_draft(d, &letter, SIDE_R, NULL);
}

/* --- what is asked for twice --- */

/* Of the same two parties, in a case that goes on; better: one that holds the data, else the older one. */
static bool serves(struct draft *d, const struct case_id *id, const struct case_row *best,
                   struct case_row *ret)
{
    if (!case_get(d->call->node, id, d->call->arena, ret) || ret->state == CASE_CLOSED ||
        !address_equal(&ret->q, &d->row.q) || !address_equal(&ret->r, &d->row.r)) {
        return false;
    }
    bool holds = ret->state == CASE_HELD || ret->state == CASE_HELD_OPEN;
    bool held = best->state == CASE_HELD || best->state == CASE_HELD_OPEN;
    return best->created_ms == 0 || (holds && !held) || (holds == held && ret->created_ms < best->created_ms);
}

/* Names in wanted the items that the other case asks for, too. Returns how many; 0: there is no such case. */
static size_t items_twice(struct draft *d, uint32_t wanted[TWINS_MAX], struct case_row *ret_other)
{
    struct twin twins[TWINS_MAX];
    struct case_row other, best = {.created_ms = 0};
    size_t named = 0, count = store_twins(d->call->node->store, &d->row.id, false, TWINS_MAX, twins);
    for (size_t i = 0; i < count; i++) {
        best = serves(d, &twins[i].case_id, &best, &other) ? other : best;
    }
    for (size_t i = 0; i < count && best.created_ms != 0; i++) {
        bool same = memcmp(twins[i].case_id.bytes, best.id.bytes, sizeof best.id.bytes) == 0;
        bool known = named != 0 && wanted[named - 1] == twins[i].item;
        if (same && !known) {
            wanted[named++] = twins[i].item;
        }
    }
    *ret_other = best;
    return named;
}

static void draft_duplicate(struct draft *d)
{
    struct call *call = d->call;
    struct case_row other;
    uint32_t wanted[TWINS_MAX];
    Comity__Letter letter = COMITY__LETTER__INIT;
    Comity__NotHeld not_held = COMITY__NOT_HELD__INIT;
    size_t count = d->row.own_side == SIDE_R ? items_twice(d, wanted, &other) : 0;
    letter.body_case = COMITY__LETTER__BODY_NOT_HELD;
    letter.not_held = &not_held;
    not_held.cause = COMITY__NOT_HELD__CAUSE__DUPLICATE_OF;
    if (count != 0) {
        not_held.duplicate_of = hex_new(call->arena, bytes_of(other.id.bytes, sizeof other.id.bytes));
        not_held.n_items =
            items_for(d->fold, &letter, wanted, count, call->now.ms, call->arena, &not_held.items);
    }
    if (not_held.n_items == 0) {
        answer_error(call, 409, "NOTHING", "look at the case",
                     "no other request of that party here asks for the same and goes on");
        return;
    }
    d->to = d->row.q;
    answer_draft(d, &letter, SIDE_R, d->fold);
}

/* The case as it stands; one whose request was refused for good as if that stood in it. */
static const struct case_fold *fold_or_failed(struct call *call, const struct case_id *id)
{
    struct case_look look = {.count = 0};
    struct case_fold *fold = arena_take(call->arena, sizeof *fold);
    if (fold == NULL || !case_look(call->node, id, call->arena, &look)) {
        return NULL;
    }
    *fold = *look.fold;
    const Comity__Request *failed =
        fold->request == NULL ? letters_failed_request(look.rows, look.count, call->arena) : NULL;
    fold->request = failed == NULL ? fold->request : failed;
    for (size_t i = 0; failed != NULL && i < failed->n_items && i < CASE_ITEMS_MAX; i++) {
        fold->items[i] = (struct case_item){.number = (uint32_t)i + 1, .asked = failed->items[i]};
        fold->item_count = i + 1;
    }
    return fold;
}

void view_draft(struct call *call)
{
    const char *as = query_value(call, "as");
    struct draft d = {.call = call};
    if (!call_has_roster(call) || !call_case(call, call->command->target, &d.row)) {
        return;
    }
    if (as == NULL || !draft_kind_of_name(as, &d.kind)) {
        answer_error(call, 400, "MALFORMED",
                     call_text(call, "say as=WORD, one of: %s", draft_names(call->arena)),
                     "it is not said what is to be drafted");
        return;
    }
    d.fold = d.kind == DRAFT_LIKE ? fold_or_failed(call, &d.row.id)
                                  : case_load(call->node, &d.row.id, call->arena);
    if (d.fold == NULL) {
        answer_too_large(call);
    } else if (d.kind == DRAFT_TAKE_OVER) {
        draft_take_over(&d);
    } else if (d.kind == DRAFT_DUPLICATE) {
        draft_duplicate(&d);
    } else {
        draft_request(&d);
    }
}
