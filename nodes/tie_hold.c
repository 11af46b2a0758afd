/* SPDX-License-Identifier: Apache-2.0 */
/* The hold that a tie is about, at the party that has it. */
#include <string.h>

#include "nodes/node_says.h"
#include "nodes/store_letters.h"
#include "nodes/tie_private.h"

#define SAME_REFERENCE_MAX 8  /* so many cases with one reference are looked at */
#define LINKS_WOKEN        16 /* fewer are marked one by one */

/* Does that letter say in the hold that the request for assistance was sent, or came in: as it is now, not before it was opened again? */
static bool says_it(const struct case_letter *letter, const struct tie *tie)
{
    bool sent = tie->event == COMITY__TIE__EVENT__SENT;
    if (letter->kind != (sent ? LETTER_MLA_NOTICE : LETTER_MLA_RECEIVED)) {
        return false;
    }
    struct letter_link link = letter_link(letter->letter);
    struct case_id mla = case_named(wire_binary(link.mla));
    const Comity__Instant *at =
        sent ? letter->letter->mla_notice->sent_at : letter->letter->mla_received->received_at;
    return same_case(&mla, &tie->mla) && strcmp(link.reference, tie->mla_reference) == 0 &&
           (instant_of(at).ms >= (int64_t)tie->at_ms || letter->signed_ms >= tie->at_ms);
}

/*
 * Of which items it is said: what a letter said of one that was opened again since is over; one that is kept open for it needs no word.
 * said: such a letter.
 */
static void find_told(const struct case_fold *hold, const struct tie *tie, const Comity__Letter *said,
                      bool ret[CASE_ITEMS_MAX + 1])
{
    for (size_t i = 0; i < hold->letter_count; i++) {
        const struct case_letter *letter = hold->letters[i].letter;
        bool anew = letter->kind == LETTER_REOPENED && hold->letters[i].effect == EFFECT_FOLDED;
        bool told = says_it(letter, tie);
        struct targets t;
        if (anew || told) {
            letter_targets(letter->letter, hold->item_count, &t);
        }
        for (uint32_t item = 1; (anew || told) && item <= hold->item_count; item++) {
            ret[item] = t.all || t.named[item] ? told : ret[item];
        }
    }
    for (uint32_t item = 1; item <= hold->item_count; item++) {
        ret[item] = ret[item] || case_link_find(hold, said, item) != NULL;
    }
}

/* Of these (all, where count is 0) those of which it is not said yet, in the arena. *ret_told: of one of them it is. NULL: it ended. */
static const uint32_t *not_told(const struct renewal *r, const struct case_fold *hold, const struct tie *tie,
                                const Comity__Letter *said, const uint32_t *items, size_t count,
                                size_t *ret_count, bool *ret_told)
{
    bool told[CASE_ITEMS_MAX + 1] = {false};
    uint32_t *list = arena_zero(r->arena, hold->item_count + 1, sizeof *list);
    find_told(hold, tie, said, told);
    *ret_count = 0;
    *ret_told = false;
    for (uint32_t item = 1; list != NULL && item <= hold->item_count; item++) {
        bool wanted = count == 0;
        for (size_t k = 0; k < count; k++) {
            wanted |= items[k] == item;
        }
        if (wanted && !told[item]) {
            list[(*ret_count)++] = item;
        }
        *ret_told |= wanted && told[item];
    }
    return list;
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

/* An exercise ties no real hold, nor the other way round; where no case here says which (row NULL), the tie does. */
static bool is_of_same_exercise(const struct renewal *r, const struct tie *tie, const struct case_row *hold)
{
    return r->row != NULL ? case_same_exercise(r->row, hold)
                          : hold->has_exercise == tie->exercise && case_in_exercise(r->node, hold);
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
    enum hold_found found = hold_of(r, tie, &row, &hold);
    return found == HOLD_HERE && !is_of_same_exercise(r, tie, &row) ? HOLD_NONE : found;
}

static void name_items(Comity__Letter *letter, uint32_t *list, size_t count)
{
    if (letter->body_case == COMITY__LETTER__BODY_MLA_NOTICE) {
        letter->mla_notice->n_items = count;
        letter->mla_notice->items = list;
    } else {
        letter->mla_received->n_items = count;
        letter->mla_received->items = list;
    }
}

void tie_hold_tell(const struct renewal *r, struct tie *tie, const char *from, const uint32_t *items,
                   size_t item_count)
{
    struct case_row row;
    const struct case_fold *hold = NULL;
    enum hold_found found = hold_of(r, tie, &row, &hold);
    Comity__Letter *letter = found == HOLD_HERE ? hold_letter(r, tie, from) : NULL;
    uint32_t *list = NULL;
    size_t untold = 0;
    bool told = false;
    const uint32_t *wanted =
        letter == NULL ? NULL : not_told(r, hold, tie, letter, items, item_count, &untold, &told);
    if (arena_exhausted(r->arena)) {
        tie_again(r, &tie->here);
        return;
    }
    tie->stuck = false;
    if (letter == NULL || untold == 0) {
        return;
    }
    size_t count = items_for(hold, letter, wanted, untold, turn_wall(r->turn).ms, r->arena, &list);
    name_items(letter, list, count);
    enum node_said said = count == 0 ? SAID_NEVER : node_says(r->node, r->turn, &row, hold, letter, r->arena);
    tie->stuck = said != SAID && !told;
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
        if (outcome == HOLD_HERE && is_kept_by(tie, &row) && is_of_same_exercise(r, tie, &row)) {
            one = asked.here;
            holds++;
        }
    }
    if (holds == 1) {
        *ret = one;
    }
    return holds == 1 ? HOLD_HERE : HOLD_NONE;
}

/* They are looked at again. How many wait, other parties have a say in: of more than a few the rows are marked, by one statement. */
static void wake_waiting(const struct renewal *r)
{
    struct case_id ids[LINKS_WOKEN];
    size_t count = store_ties_waiting(r->node->store, r->row, LINKS_WOKEN, ids);
    for (size_t i = 0; i < count && count < LINKS_WOKEN; i++) {
        r->node->live.more = case_touch(r->node, &ids[i], 0) || r->node->live.more;
    }
    if (count == LINKS_WOKEN) {
        store_ties_mark_waiting(r->node->store, r->row);
        r->node->live.more = true;
    }
}

void tie_hold_follow(const struct renewal *r)
{
    struct tie *ties = arena_take(r->arena, TIES_OF_CASE_MAX * sizeof *ties);
    size_t count = ties == NULL ? 0
                                : store_ties(r->node->store, TIES_BY_HERE, &r->row->id, TIES_OF_CASE_MAX,
                                             r->arena, ties);
    wake_waiting(r);
    for (size_t i = 0; i < count; i++) {
        struct tie *tie = &ties[i];
        if (!tie->alone || tie->state == ITEM_ENDED || tie->event == COMITY__TIE__EVENT__HAND_OVER) {
            continue;
        }
        if (tie->ending) {
            (void)tie_end(r, tie, tie->why);
        } else if (no_case(&tie->mla)) {
            tie_hold_tell(r, tie, r->node->options.party.text, NULL, 0);
            store_tie_put(r->node->store, tie);
        } else {
            case_touch(r->node, &tie->mla, 0); /* it knows which items it is for */
            r->node->live.more = true;
        }
    }
}
