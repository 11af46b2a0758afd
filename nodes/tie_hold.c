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

/* The hold of this party that the tie was found to be about; NULL: it is none that such a tie can be about. */
static const struct case_fold *hold_of(const struct renewal *r, const struct tie *tie, struct case_row *ret)
{
    enum side side = tie->event == COMITY__TIE__EVENT__SENT ? SIDE_Q : SIDE_R;
    if (no_case(&tie->here) || !case_get(r->node, &tie->here, r->arena, ret) || ret->own_side != side) {
        return NULL;
    }
    const struct case_fold *fold = case_load(r->node, &tie->here, r->arena);
    return fold != NULL && fold->machine == MACHINE_HOLD ? fold : NULL;
}

/* Writes the letter that is owed in the hold, once; from: who sent or has the request for assistance. */
void tie_hold_tell(const struct renewal *r, struct tie *tie, const char *from, const uint32_t *items,
                   size_t item_count)
{
    struct case_row row;
    const struct case_fold *hold = hold_of(r, tie, &row);
    Comity__Letter *letter = hold == NULL || is_told(hold, tie) ? NULL : hold_letter(r, tie, from);
    uint32_t *list = NULL;
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

/* Does the hold wait for that request for assistance still? */
bool tie_hold_waits(const struct renewal *r, const struct tie *tie)
{
    struct case_row row;
    const struct case_fold *hold = hold_of(r, tie, &row);
    for (size_t i = 0; hold != NULL && tie->event == COMITY__TIE__EVENT__RECEIVED && i < hold->link_count;
         i++) {
        const struct case_link *link = &hold->links[i];
        if (link->items != 0 && strcmp(link->reference, tie->mla_reference) == 0) {
            return true;
        }
    }
    return false;
}

/* Does it wait on elsewhere: at the party that the case was handed to? That one nobody tells but a person. */
bool tie_hold_waits_elsewhere(const struct renewal *r, const struct tie *tie)
{
    struct case_row row;
    const struct case_fold *hold = hold_of(r, tie, &row);
    bool moved = false;
    for (size_t i = 0; hold != NULL && tie->event == COMITY__TIE__EVENT__RECEIVED && i < hold->item_count;
         i++) {
        moved |= hold->items[i].result == RESULT_MOVED;
    }
    return moved;
}
/* By its id where that is said, else by its reference, if only one hold has it. */
bool tie_hold_find(const struct renewal *r, const struct tie *tie, struct case_id *ret)
{
    struct case_id ids[SAME_REFERENCE_MAX];
    enum side side = tie->event == COMITY__TIE__EVENT__SENT ? SIDE_Q : SIDE_R;
    bool named = !no_case(&tie->hold);
    size_t holds = 0, count = 1;
    if (!named) {
        count = store_cases_by_reference(r->node->store, tie->hold_reference, side, SAME_REFERENCE_MAX, ids);
    }
    for (size_t i = 0; i < count; i++) {
        struct case_row row;
        struct tie found = {.event = tie->event, .here = named ? tie->hold : ids[i]};
        if (hold_of(r, &found, &row) != NULL) {
            *ret = found.here;
            holds++;
        }
    }
    return holds == 1;
}

/* LINK cases that wait for it are looked at again; a tie without one is looked at here. */
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
        if (tie->ending && !tie_hold_waits(r, tie)) {
            tie->state = ITEM_ENDED;
            store_tie_put(r->node->store, tie);
        } else if (tie->stuck) {
            tie_hold_tell(r, tie, r->node->options.party.text, NULL, 0);
            store_tie_put(r->node->store, tie);
        }
    }
}
