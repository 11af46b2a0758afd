/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/moved.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "nodes/lifecycle.h"
#include "nodes/node_says.h"
#include "nodes/signed_letter.h"
#include "nodes/tie.h"

#define OPENER_BYTES_MAX 53248 /* of Tie.opener (proto/limits.def) */
#define TIES_MAX         8     /* a case is handed over once or twice */

/* --- the party that had the case --- */

/* The last word on where it went; NULL: it did not. */
static const Comity__Moved *moved_of(const struct case_fold *fold)
{
    const Comity__Moved *moved = NULL;
    for (size_t i = 0; i < fold->letter_count; i++) {
        const struct folded_letter *folded = &fold->letters[i];
        moved = folded->letter->kind == LETTER_MOVED && folded->effect == EFFECT_FOLDED
                    ? folded->letter->letter->moved
                    : moved;
    }
    return moved;
}

/* The letter that began the case, with what its officers signed. data NULL: the arena ended, or it is too large. */
static struct bytes opener_pack(struct node *node, const struct case_id *id, struct arena *arena)
{
    const struct bytes none = bytes_of(NULL, 0);
    Comity__ReturnedLetter opener = COMITY__RETURNED_LETTER__INIT;
    Comity__Inner *proofs = NULL;
    size_t count = 0, at = 0;
    const struct letter_row *rows = letter_list(node, id, arena, &count);
    while (at < count && !(letter_begins(&rows[at]) && rows[at].place == PLACE_EFFECT)) {
        at++;
    }
    if (at == count || inner_unpack(rows[at].proofs, arena, &proofs, NULL) != WIRE_OK) {
        return none;
    }
    opener.context = wire_binary(rows[at].context);
    opener.letter = wire_binary(rows[at].letter);
    opener.n_signature = proofs->n_signature;
    opener.signature = proofs->signature;
    opener.accepted_ms = rows[at].accepted_ms;
    opener.delivered_ms = rows[at].delivered_ms;
    opener.opened_ms = rows[at].opened_ms;
    struct bytes packed = returned_letter_pack(arena, &opener);
    return packed.size <= OPENER_BYTES_MAX ? packed : none;
}

static void hand_over(struct node *node, struct turn *turn, const struct case_row *row,
                      const Comity__Moved *moved, struct arena *arena)
{
    struct tie known[TIES_MAX];
    struct tie tie = {.event = COMITY__TIE__EVENT__HAND_OVER,
                      .hold_party = node->options.party,
                      .hold = row->id,
                      .hold_reference = row->r_reference,
                      .mla = case_named(moved->case_id), /* it goes on as */
                      .mla_reference = "",
                      .at_ms = turn_wall(turn).ms};
    size_t count = store_ties(node->store, TIES_BY_HOLD, &row->id, TIES_MAX, arena, known);
    if (!address_read(bytes_of_text(moved->party), &tie.other) || node_is_me(node, tie.other.text) ||
        !same_state(node->options.party.text, tie.other.text)) {
        return;
    }
    for (size_t i = 0; i < count; i++) {
        if (known[i].asked && known[i].event == COMITY__TIE__EVENT__HAND_OVER &&
            address_equal(&known[i].other, &tie.other)) {
            return;
        }
    }
    struct bytes opener = opener_pack(node, &row->id, arena);
    if (opener.data != NULL && !tie_told(node, turn, &tie, opener, arena)) {
        store_chore_put(node->store, &row->id, turn_wall(turn).ms + SAY_AGAIN_MS);
    }
}

/* --- the party that goes on with it --- */

const Comity__Letter *opener_read(struct bytes opener, struct arena *arena, struct letter_id *ret)
{
    Comity__ReturnedLetter *signed_letter = NULL;
    Comity__Letter *letter = NULL;
    if (returned_letter_unpack(opener, arena, &signed_letter, NULL) != WIRE_OK ||
        letter_unpack(wire_bytes(signed_letter->letter), arena, &letter, NULL) != WIRE_OK ||
        letter_request(letter) == NULL) {
        return NULL;
    }
    *ret = letter_id_of(wire_bytes(signed_letter->context), wire_bytes(signed_letter->letter));
    return letter;
}

void moved_case(struct node *node, const Comity__TakenOver *taken, struct arena *arena, struct case_id *ret)
{
    struct tie known[TIES_MAX];
    struct case_row row;
    const struct case_id before = case_named(taken->from_case);
    size_t count = store_ties(node->store, TIES_BY_HOLD, &before, TIES_MAX, arena, known);
    for (size_t i = 0; i < count; i++) {
        bool named = !bytes_all_zero(bytes_of(known[i].mla.bytes, sizeof known[i].mla.bytes));
        if (!known[i].asked && known[i].event == COMITY__TIE__EVENT__HAND_OVER && named &&
            !case_get(node, &known[i].mla, arena, &row)) {
            *ret = known[i].mla;
        }
    }
}

/* What was handed over is taken: the LINK has done what it was for. */
static void close_links(struct node *node, struct turn *turn, const struct case_id *before,
                        struct arena *arena)
{
    struct tie known[TIES_MAX];
    size_t count = store_ties(node->store, TIES_BY_HOLD, before, TIES_MAX, arena, known);
    for (size_t i = 0; i < count; i++) {
        struct case_row row;
        if (known[i].asked || known[i].event != COMITY__TIE__EVENT__HAND_OVER ||
            known[i].state == ITEM_ENDED || !case_get(node, &known[i].link, arena, &row)) {
            continue;
        }
        const struct case_fold *link = case_load(node, &known[i].link, arena);
        Comity__Letter *letter = released_new(arena, COMITY__RELEASED__WHY__CLOSED, turn_wall(turn).ms);
        if (link != NULL && letter != NULL && node_says(node, turn, &row, link, letter, arena) == SAID) {
            known[i].state = ITEM_ENDED;
            store_tie_put(node->store, &known[i]);
        }
    }
}

/* --- the requesting side --- */

/* What an item was before it moved: a date is kept when it ends. */
static void check_item(const struct case_item *before, const Comity__Restated *now, size_t index,
                       struct faults *faults)
{
    char path[64];
    (void)snprintf(path, sizeof path, "restated[%zu].holdUntil", index);
    bool ended = strcmp(now->state, item_state_name(ITEM_ENDED)) == 0;
    bool open = strcmp(now->state, item_state_name(ITEM_HELD_OPEN)) == 0;
    bool held = strcmp(now->state, item_state_name(ITEM_HELD)) == 0;
    if (before->state == ITEM_ENDED && before->result != RESULT_MOVED) {
        return; /* it had ended before the case moved */
    }
    if (before->held_from.ms != 0 && !ended && !held && !open) {
        faults_add(faults, path, "LESS", "item %" PRIu32 " was held, and is not said to be", before->number);
    }
    if (before->hold_until.ms != 0 && !open &&
        (now->hold_until == NULL || now->hold_until->ms < before->hold_until.ms)) {
        char until[INSTANT_TEXT_MAX];
        faults_add(faults, path, "EARLIER",
                   "item %" PRIu32 " was held until %s, and a promise is not shortened", before->number,
                   instant_write(until, before->hold_until));
    }
}

void taken_over_check(const Comity__TakenOver *taken, const struct case_fold *before, const char *r,
                      struct faults *faults)
{
    const struct case_letter *first = before->opener;
    if (strcmp(taken->from_party, r) != 0) {
        faults_add(faults, "fromParty", "OTHER_PARTY", "%s had the case before", r);
    }
    if (first == NULL || !bytes_equal(wire_bytes(taken->request_letter), digest_bytes(&first->id.digest))) {
        faults_add(faults, "requestLetter", "OTHER_LETTER",
                   "that is not the letter that began the case before");
    }
    for (size_t i = 0; i < before->item_count; i++) {
        const struct case_item *item = &before->items[i];
        size_t at = 0;
        while (at < taken->n_restated && taken->restated[at]->item != item->number) {
            at++;
        }
        if (at < taken->n_restated) {
            check_item(item, taken->restated[at], at, faults);
        } else if (item->state != ITEM_ENDED || item->result == RESULT_MOVED) {
            faults_add(faults, "restated", "LEFT_OUT", "item %" PRIu32 " is not restated", item->number);
        }
    }
}

/* Held against what stood; what is wrong with it stands on the worklist until a person has seen to it. */
static void compare(struct node *node, const struct case_row *row, const Comity__TakenOver *taken,
                    struct arena *arena)
{
    struct case_row before;
    struct faults *faults = arena_zero(arena, 1, sizeof *faults);
    struct tie tie = {.alone = true,
                      .asked = true,
                      .event = COMITY__TIE__EVENT__HAND_OVER,
                      .other = row->r,
                      .hold = case_named(taken->from_case),
                      .hold_reference = row->q_reference,
                      .mla_reference = "",
                      .here = row->id,
                      .link = row->id,
                      .at_ms = row->created_ms,
                      .state = ITEM_ENDED};
    const struct case_fold *fold = case_get(node, &tie.hold, arena, &before) && before.own_side == SIDE_Q
                                       ? case_load(node, &tie.hold, arena)
                                       : NULL;
    if (fold == NULL || faults == NULL) {
        return;
    }
    faults_init(faults, arena);
    taken_over_check(taken, fold, before.r.text, faults);
    tie.stuck = faults_any(faults) || !same_state(before.r.text, row->r.text);
    tie.state = tie.stuck ? ITEM_LINKED : ITEM_ENDED;
    store_tie_put(node->store, &tie);
}

void moved_follow(struct node *node, struct turn *turn, const struct case_row *row,
                  const struct case_fold *fold, struct arena *arena)
{
    const struct case_letter *first = fold->opener;
    const Comity__Moved *moved = row->own_side == SIDE_R ? moved_of(fold) : NULL;
    if (moved != NULL) {
        hand_over(node, turn, row, moved, arena);
    }
    if (first != NULL && first->kind == LETTER_TAKEN_OVER) {
        const struct case_id before = case_named(first->letter->taken_over->from_case);
        if (row->own_side == SIDE_R) {
            close_links(node, turn, &before, arena);
        } else {
            compare(node, row, first->letter->taken_over, arena);
        }
    }
}
