/* SPDX-License-Identifier: Apache-2.0 */
/* The hold that a tie is about, at the party that has it. */
#include <string.h>

#include "nodes/node_says.h"
#include "nodes/store_letters.h"
#include "nodes/tie_private.h"

#define SAME_REFERENCE_MAX 8 /* so many cases with one reference are looked at */

/* Has this side said in the hold that the request for assistance was sent, or came in? */
static bool is_told(const struct case_fold *hold, const struct tie *tie)
{
    for (size_t i = 0; i < hold->letter_count; i++) {
        const Comity__Letter *letter = hold->letters[i].letter->letter;
        enum letter_kind kind = hold->letters[i].letter->kind;
        if (kind == (tie->event == COMITY__TIE__EVENT__SENT ? LETTER_MLA_NOTICE : LETTER_MLA_RECEIVED)) {
            struct letter_link link = letter_link(letter);
            struct case_id mla = case_named(wire_binary(link.mla));
            if (same_case(&mla, &tie->mla) && strcmp(link.reference, tie->mla_reference) == 0) {
                return true;
            }
        }
    }
    return false;
}

static Comity__Letter *hold_letter(const struct renewal *r, const struct tie *tie, const char *from)
{
    Comity__Letter *letter = arena_take(r->arena, sizeof *letter);
    Comity__MlaNotice *notice = arena_take(r->arena, sizeof *notice);
    Comity__MlaReceived *received = arena_take(r->arena, sizeof *received);
    if (letter == NULL || notice == NULL || received == NULL) {
        return NULL;
    }
    comity__letter__init(letter);
    comity__mla_notice__init(notice);
    comity__mla_received__init(received);
    if (tie->event == COMITY__TIE__EVENT__SENT) {
        letter->body_case = COMITY__LETTER__BODY_MLA_NOTICE;
        letter->mla_notice = notice;
        notice->sent_at = instant_new(r->arena, tie->at_ms);
        notice->by = text_new(r->arena, from);
        notice->channel = tie->channel;
        notice->reference = text_new(r->arena, tie->mla_reference);
        notice->mla_case = name_case(r->arena, &tie->mla);
    } else {
        letter->body_case = COMITY__LETTER__BODY_MLA_RECEIVED;
        letter->mla_received = received;
        received->received_at = instant_new(r->arena, tie->at_ms);
        received->channel = tie->channel;
        received->reference = text_new(r->arena, tie->mla_reference);
        received->mla_case = name_case(r->arena, &tie->mla);
        received->party = text_new(r->arena, from);
    }
    return arena_exhausted(r->arena) ? NULL : letter;
}

static bool is_of_state(const struct address *party, const char *state)
{
    return state != NULL && strlen(state) == 2 && strncmp(party->text, state, 2) == 0 &&
           party->text[2] == '/';
}

/*
 * Such a tie is about a hold that its own State asked for, kept in the State that was named: assistance to one State is nothing to
 * another.
 */
static bool may_be_about(const struct tie *tie, const struct case_row *row)
{
    enum side side = tie->event == COMITY__TIE__EVENT__SENT ? SIDE_Q : SIDE_R;
    const char *kept_by = tie->hold_party.text;
    return row->own_side == side && is_of_state(&row->q, tie->requester) &&
           (kept_by[0] == '\0' || strcmp(row->r.text, kept_by) == 0 || same_state(row->r.text, kept_by));
}

/* The hold of this party that the tie was found to be about; NONE: it is none that such a tie can be about. */
static enum hold_found hold_of(const struct renewal *r, const struct tie *tie, struct case_row *ret_row,
                               const struct case_fold **ret)
{
    if (no_case(&tie->here)) {
        return HOLD_NONE;
    }
    bool known = case_get(r->node, &tie->here, r->arena, ret_row);
    const struct case_fold *fold =
        known && may_be_about(tie, ret_row) ? case_load(r->node, &tie->here, r->arena) : NULL;
    if (arena_exhausted(r->arena)) {
        return HOLD_LATER;
    }
    if (fold == NULL || fold->machine != MACHINE_HOLD) {
        return HOLD_NONE;
    }
    *ret = fold;
    return HOLD_HERE;
}

enum hold_found tie_hold_is(const struct renewal *r, const struct tie *tie)
{
    struct case_row row;
    const struct case_fold *hold = NULL;
    return hold_of(r, tie, &row, &hold);
}

void tie_hold_tell(const struct renewal *r, struct tie *tie, const char *from, const uint32_t *items,
                   size_t item_count)
{
    struct case_row row;
    const struct case_fold *hold = NULL;
    enum hold_found found = hold_of(r, tie, &row, &hold);
    Comity__Letter *letter = found != HOLD_HERE || is_told(hold, tie) ? NULL : hold_letter(r, tie, from);
    uint32_t *list = NULL;
    if (arena_exhausted(r->arena)) {
        tie_again(r, &tie->here);
        return;
    }
    tie->stuck = false;
    if (letter == NULL) {
        return;
    }
    size_t count = items_for(hold, letter, items, item_count, turn_wall(r->turn).ms, r->arena, &list);
    if (letter->body_case == COMITY__LETTER__BODY_MLA_NOTICE) {
        letter->mla_notice->n_items = count;
        letter->mla_notice->items = list;
    } else {
        letter->mla_received->n_items = count;
        letter->mla_received->items = list;
    }
    enum node_said said = count == 0 ? SAID_NEVER : node_says(r->node, r->turn, &row, hold, letter, r->arena);
    tie->stuck = said != SAID;
}

enum hold_waits tie_hold_waits(const struct renewal *r, const struct tie *tie)
{
    struct case_row row;
    const struct case_fold *hold = NULL;
    enum hold_found found = hold_of(r, tie, &row, &hold);
    bool moved = false;
    if (found != HOLD_HERE || tie->event != COMITY__TIE__EVENT__RECEIVED) {
        return found == HOLD_LATER ? WAITS_LATER : WAITS_NOT;
    }
    for (size_t i = 0; i < hold->link_count; i++) {
        const struct case_link *link = &hold->links[i];
        if (link->items != 0 && strcmp(link->reference, tie->mla_reference) == 0) {
            return WAITS_HERE;
        }
    }
    for (size_t i = 0; i < hold->item_count; i++) {
        moved |= hold->items[i].result == RESULT_MOVED;
    }
    return moved ? WAITS_ELSEWHERE : WAITS_NOT;
}

/* By the party that was named, if one was. */
static bool is_kept_by(const struct tie *tie, const struct case_row *row)
{
    return tie->hold_party.text[0] == '\0' || address_equal(&tie->hold_party, &row->r);
}

enum hold_found tie_hold_find(const struct renewal *r, const struct tie *tie, struct case_id *ret)
{
    struct case_id ids[SAME_REFERENCE_MAX], one = {.bytes = {0}};
    enum side side = tie->event == COMITY__TIE__EVENT__SENT ? SIDE_Q : SIDE_R;
    bool named = !no_case(&tie->hold);
    size_t holds = 0, count = 1;
    if (!named) {
        count = store_cases_by_reference(r->node->store, tie->hold_reference, side, SAME_REFERENCE_MAX, ids);
    }
    for (size_t i = 0; i < count; i++) {
        struct case_row row;
        const struct case_fold *hold = NULL;
        struct tie asked = *tie;
        asked.here = named ? tie->hold : ids[i];
        enum hold_found outcome = hold_of(r, &asked, &row, &hold);
        if (outcome == HOLD_LATER) {
            return HOLD_LATER;
        }
        if (outcome == HOLD_HERE && is_kept_by(tie, &row)) {
            one = asked.here;
            holds++;
        }
    }
    if (holds == 1) {
        *ret = one;
    }
    return holds == 1 ? HOLD_HERE : HOLD_NONE;
}

void tie_hold_follow(const struct renewal *r)
{
    struct tie *ties = arena_zero(r->arena, TIES_OF_CASE_MAX, sizeof *ties);
    size_t count = ties == NULL ? 0
                                : store_ties(r->node->store, TIES_BY_HERE, &r->row->id, TIES_OF_CASE_MAX,
                                             r->arena, ties);
    store_ties_wake(r->node->store, r->row);
    r->node->live.more = r->node->live.more || store_changes(r->node->store) != 0;
    for (size_t i = 0; i < count; i++) {
        struct tie *tie = &ties[i];
        if (!tie->alone || tie->state == ITEM_ENDED) {
            continue;
        }
        if (tie->ending) {
            tie_end(r, tie, tie->why);
        } else if (tie->stuck) {
            tie_hold_tell(r, tie, r->node->options.party.text, NULL, 0);
            store_tie_put(r->node->store, tie);
        }
    }
}
