/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/moved.h"

#include <string.h>

#include "nodes/lifecycle.h"
#include "nodes/node_says.h"
#include "nodes/signed_letter.h"
#include "nodes/store_letters.h"
#include "proto/limits.h"

#define OPENER_BYTES_MAX 53248 /* of Tie.opener and Tie.more (proto/limits.def) */
#define TIES_MAX         64    /* so often a case is handed over: an item at a time */

/* Cases that were handed over, by this party or to it. */
static size_t hand_overs(struct node *node, enum ties_of of, const struct case_id *id, bool asked,
                         struct arena *arena, struct tie **ret)
{
    *ret = arena_take(arena, TIES_MAX * sizeof **ret);
    return *ret == NULL ? 0
                        : store_ties_of(node->store, of, id, COMITY__TIE__EVENT__HAND_OVER, asked, TIES_MAX,
                                        arena, *ret);
}

/* --- the party that had the case --- */

/* False: the arena ended. */
static bool more_pack(const struct restated *stood, struct arena *arena, struct bytes *ret)
{
    Comity__Letter letter = COMITY__LETTER__INIT;
    Comity__Request request = COMITY__REQUEST__INIT;
    letter.body_case = COMITY__LETTER__BODY_REQUEST;
    letter.request = &request;
    request.items = stood->more;
    request.n_items = stood->more_count;
    *ret = stood->more_count == 0 ? bytes_of(NULL, 0) : letter_pack(arena, &letter);
    return stood->more_count == 0 || ret->data != NULL;
}

/* The letter with the request, with what its officers signed. False: the arena ended. */
static bool opener_pack(struct node *node, const struct letter_id *id, struct arena *arena,
                        struct hand_over *ret)
{
    Comity__ReturnedLetter opener = COMITY__RETURNED_LETTER__INIT;
    Comity__Inner *proofs = NULL;
    struct letter_row row;
    if (!letter_get(node, id, arena, &row) || inner_unpack(row.proofs, arena, &proofs, NULL) != WIRE_OK) {
        return false;
    }
    opener.context = wire_binary(row.context);
    opener.letter = wire_binary(row.letter);
    opener.n_signature = proofs->n_signature;
    opener.signature = proofs->signature;
    opener.accepted_ms = row.accepted_ms;
    opener.delivered_ms = row.delivered_ms;
    opener.opened_ms = row.opened_ms;
    ret->opener = returned_letter_pack(arena, &opener);
    return ret->opener.data != NULL && more_pack(&ret->stood, arena, &ret->more);
}

void hand_over_put(const struct hand_over *along, Comity__Letter *link)
{
    Comity__Tie *tie = link->request->tie;
    if (along->stood.ask_count <= STOOD_MAX && along->stood.due_count <= STOOD_MAX) {
        tie->restated = along->stood.items;
        tie->n_restated = along->stood.item_count;
        tie->asks = along->stood.asks;
        tie->n_asks = along->stood.ask_count;
        tie->dues = along->stood.dues;
        tie->n_dues = along->stood.due_count;
    }
    tie->more = wire_binary(along->more);
    tie->opener = wire_binary(along->opener);
    if (along->opener.size > OPENER_BYTES_MAX || along->more.size > OPENER_BYTES_MAX ||
        comity__letter__get_packed_size(link) > LETTER_BYTES_MAX) {
        tie->opener = wire_binary(bytes_of(NULL, 0));
        tie->more = wire_binary(bytes_of(NULL, 0));
        tie->opener_letter = wire_binary(digest_bytes(&along->stood.letter->id.digest));
    }
    if (comity__letter__get_packed_size(link) > LETTER_BYTES_MAX) {
        tie->n_restated = tie->n_asks = tie->n_dues = 0;
    }
}

/* Did this party hand a case over to go on as that one? */
static bool is_handed_over(struct node *node, const struct case_id *successor, struct arena *arena)
{
    struct tie *known = NULL;
    return hand_overs(node, TIES_OF_MLA, successor, true, arena, &known) != 0;
}

static void hand_over(struct node *node, struct turn *turn, const struct case_row *row,
                      const struct case_letter *letter, struct arena *arena)
{
    const Comity__Moved *moved = letter->letter->moved;
    struct hand_over along;
    struct tie tie = {.event = COMITY__TIE__EVENT__HAND_OVER,
                      .hold_party = node->options.party,
                      .hold = row->id,
                      .hold_reference = row->r_reference,
                      .mla = case_named(moved->case_id), /* it goes on as */
                      .mla_reference = "",
                      .at_ms = turn_wall(turn).ms,
                      .exercise = row->has_exercise};
    if (!address_read(bytes_of_text(moved->party), &tie.other) || node_is_me(node, tie.other.text) ||
        !same_state(node->options.party.text, tie.other.text) || is_handed_over(node, &tie.mla, arena)) {
        return;
    }
    const struct case_fold *before = case_load_before(node, &row->id, &letter->id, arena);
    bool whole = before != NULL && restated_of(before, letter->letter, arena, &along.stood) &&
                 along.stood.letter != NULL && opener_pack(node, &along.stood.letter->id, arena, &along);
    if (!whole || !tie_told(node, turn, &tie, &along, arena)) {
        store_chore_put(node->store, &row->id, turn_wall(turn).ms + SAY_AGAIN_MS);
    }
}

bool is_seen_to(const struct case_fold *fold, const struct case_id *successor)
{
    for (size_t i = 0; i < fold->item_count; i++) {
        const struct case_item *item = &fold->items[i];
        const Comity__Letter *by = fold->letters[item->moved_by].letter->letter;
        if (item->result == RESULT_MOVED && letter_kind(by) == LETTER_MOVED) {
            struct case_id to = case_named(by->moved->case_id);
            if (memcmp(to.bytes, successor->bytes, sizeof to.bytes) == 0) {
                return false;
            }
        }
    }
    return true;
}

void hand_over_declined(struct node *node, const struct case_fold *link, struct arena *arena, struct tie *tie)
{
    if (link->items[0].result != RESULT_DECLINED) {
        return;
    }
    const struct case_fold *fold = case_load(node, &tie->hold, arena);
    tie->stuck = fold != NULL && !is_seen_to(fold, &tie->mla);
    tie->state = tie->stuck ? ITEM_LINKED : ITEM_ENDED;
}

/* The LINKs by which it was handed over are looked at again, if one was declined. */
static void wake_declined(struct node *node, const struct case_id *id, struct arena *arena)
{
    struct tie *known = NULL;
    size_t count = hand_overs(node, TIES_OF_HOLD, id, true, arena, &known);
    for (size_t i = 0; i < count; i++) {
        if (known[i].stuck) {
            case_touch(node, &known[i].link, 0);
            node->live.more = true;
        }
    }
}

/* --- the party that goes on with it --- */

/* Of a case of that party: asked of it, or begun by it. */
static bool is_opener_of(const struct opener *opener, const Comity__Context *context, const char *party,
                         const struct case_id *case_id)
{
    struct case_id own = case_named(context->case_id);
    return strcmp(opener->by_q ? context->to : context->from, party) == 0 &&
           memcmp(own.bytes, case_id->bytes, sizeof own.bytes) == 0;
}

enum opener_outcome opener_read(struct node *node, const Comity__Tie *tie, const char *party,
                                struct arena *arena, struct opener *ret)
{
    Comity__ReturnedLetter *returned = NULL;
    Comity__Context *context = NULL;
    Comity__Letter *letter = NULL;
    struct opener opener;
    const struct case_id case_id = case_named(tie->hold->case_id);
    if (returned_letter_unpack(wire_bytes(tie->opener), arena, &returned, NULL) != WIRE_OK ||
        context_unpack(wire_bytes(returned->context), arena, &context, NULL) != WIRE_OK ||
        letter_unpack(wire_bytes(returned->letter), arena, &letter, NULL) != WIRE_OK ||
        letter_request(letter) == NULL) {
        return OPENER_UNREADABLE;
    }
    opener.letter = letter;
    opener.by_q = letter_kind(letter) == LETTER_REQUEST;
    opener.id = letter_id_of(wire_bytes(returned->context), wire_bytes(returned->letter));
    const struct signed_letter as_signed = {.context = context,
                                            .context_bytes = wire_bytes(returned->context),
                                            .letter_bytes = wire_bytes(returned->letter),
                                            .proof_count = returned->n_signature,
                                            .proofs = returned->signature};
    const struct party *from = roster_find(node_roster_now(node), context->from);
    if (!is_opener_of(&opener, context, party, &case_id) || from == NULL ||
        !address_read(bytes_of_text(opener.by_q ? context->from : context->to), &opener.q) ||
        !signed_letter_is_genuine(node, &as_signed, &opener.id, from, arena)) {
        return OPENER_NOT_GENUINE;
    }
    *ret = opener;
    return OPENER_OK;
}

enum successor moved_case(struct node *node, const Comity__TakenOver *taken, bool exercise,
                          struct arena *arena, struct case_id *ret)
{
    struct tie *known = NULL;
    struct case_row row;
    const struct case_id before = case_named(taken->from_case), said = case_named(taken->as_case),
                         none = {.bytes = {0}};
    const bool is_said = memcmp(said.bytes, none.bytes, sizeof none.bytes) != 0;
    size_t count = hand_overs(node, TIES_OF_HOLD, &before, false, arena, &known), waiting = 0;
    for (size_t i = 0; i < count; i++) {
        const struct case_id *id = &known[i].mla;
        bool named = memcmp(id->bytes, none.bytes, sizeof none.bytes) != 0;
        bool asked_for = !is_said || memcmp(id->bytes, said.bytes, sizeof said.bytes) == 0;
        bool of_it = case_get(node, &known[i].link, arena, &row) && row.has_exercise == exercise;
        if (named && asked_for && of_it && known[i].state != ITEM_ENDED && !case_get(node, id, arena, &row)) {
            *ret = *id;
            waiting++;
        }
    }
    return waiting == 1 ? SUCCESSOR_FOUND : waiting == 0 && !is_said ? SUCCESSOR_NONE : SUCCESSOR_UNCLEAR;
}

/* What was handed over is taken: the LINK has done what it was for. */
static void close_links(struct node *node, struct turn *turn, const struct case_id *successor,
                        struct arena *arena)
{
    struct tie *known = NULL;
    size_t count = hand_overs(node, TIES_OF_MLA, successor, false, arena, &known);
    for (size_t i = 0; i < count; i++) {
        struct case_row row;
        if (known[i].state == ITEM_ENDED || !case_get(node, &known[i].link, arena, &row)) {
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

/* --- what follows --- */

void moved_follow(struct node *node, struct turn *turn, const struct case_row *row,
                  const struct case_fold *fold, struct arena *arena)
{
    const struct case_letter *first = fold->opener;
    if (row->own_side == SIDE_Q) {
        moved_seen(node, turn, row, fold, arena);
        return;
    }
    for (size_t i = 0; i < fold->letter_count; i++) {
        const struct folded_letter *folded = &fold->letters[i];
        if (folded->letter->kind == LETTER_MOVED && folded->effect == EFFECT_FOLDED) {
            hand_over(node, turn, row, folded->letter, arena);
        }
    }
    wake_declined(node, &row->id, arena);
    if (first != NULL && first->kind == LETTER_TAKEN_OVER) {
        close_links(node, turn, &row->id, arena);
    }
}
