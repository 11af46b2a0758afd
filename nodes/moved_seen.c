/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A case that moved, as the requesting side sees it: from MOVED until TAKEN_OVER nobody has it, which is dated; then it is held
 * against what stood. What one of both letters says without the other stands on the worklist, whichever came first.
 */
#include <string.h>

#include "nodes/calendar.h"
#include "nodes/letter_checks.h"
#include "nodes/lifecycle.h"
#include "nodes/moved.h"
#include "nodes/node_says.h"
#include "nodes/restated.h"
#include "nodes/rosters.h"
#include "nodes/store_letters.h"

#define TAKEN_OVER_HOURS    4 /* in an emergency */
#define TAKEN_OVER_DAYS     1 /* urgent: working days */
#define TAKEN_OVER_DAYS_ALL 5 /* else */

/* A move as far as both cases are here. */
struct move {
    struct case_id before, after;
    struct case_row before_row, after_row;
    const struct case_fold *fold;    /* of the case before; NULL: this party asked for no such case */
    const struct case_letter *moved; /* by which R said that it goes on in the other one; NULL: R has not */
    const Comity__TakenOver *taken;  /* by which it does; NULL: not yet */
};

static bool same_id(const struct case_id *a, const struct case_id *b)
{
    return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

struct case_id move_id(const struct case_id *before, const struct case_id *after)
{
    const struct bytes parts[] = {bytes_of(before->bytes, sizeof before->bytes),
                                  bytes_of(after->bytes, sizeof after->bytes)};
    struct digest hash = labelled_digest("comity/v1/moved", parts, 2);
    struct case_id id;
    memcpy(id.bytes, hash.bytes, sizeof id.bytes);
    return id;
}

/* --- both cases --- */

static const struct case_letter *moved_to(const struct case_fold *fold, const struct case_id *after)
{
    const struct case_letter *found = NULL;
    for (size_t i = 0; i < fold->letter_count; i++) {
        const struct folded_letter *folded = &fold->letters[i];
        if (folded->letter->kind == LETTER_MOVED && folded->effect == EFFECT_FOLDED) {
            struct case_id to = case_named(folded->letter->letter->moved->case_id);
            found = same_id(&to, after) ? folded->letter : found;
        }
    }
    return found;
}

/* What TAKEN_OVER began that case with, from that case before; NULL: nothing did. */
static const Comity__TakenOver *taken_in(struct node *node, const struct move *m, struct arena *arena)
{
    const struct case_fold *fold = case_load(node, &m->after, arena);
    if (fold == NULL || fold->opener == NULL || fold->opener->kind != LETTER_TAKEN_OVER) {
        return NULL;
    }
    const Comity__TakenOver *taken = fold->opener->letter->taken_over;
    const struct case_id before = case_named(taken->from_case);
    return same_id(&before, &m->before) ? taken : NULL;
}

/* False: the arena ended. */
static bool move_load(struct node *node, const struct case_id *before, const struct case_id *after,
                      struct arena *arena, struct move *ret)
{
    *ret = (struct move){.before = *before, .after = *after};
    if (case_get(node, before, arena, &ret->before_row) && ret->before_row.own_side == SIDE_Q) {
        ret->fold = case_load(node, before, arena);
        ret->moved = ret->fold == NULL ? NULL : moved_to(ret->fold, after);
    }
    if (case_get(node, after, arena, &ret->after_row) && ret->after_row.own_side == SIDE_Q) {
        bool apart = ret->fold != NULL && !case_same_exercise(&ret->before_row, &ret->after_row);
        ret->taken = apart ? NULL : taken_in(node, ret, arena);
    }
    return !arena_exhausted(arena);
}

/* --- what comes of it --- */

/* WAITS: for TAKEN_OVER; IN_VAIN: of a party that cannot. OVER: R opened again all that moved. */
enum move_outcome { MOVE_NONE, MOVE_WAITS, MOVE_IN_VAIN, MOVE_OVER, MOVE_GOES_ON, MOVE_WRONG };

static enum move_outcome waits(struct node *node, const struct move *m)
{
    bool can = may_take_over(node_roster_now(node), m->before_row.r.text, m->moved->letter->moved->party);
    return is_seen_to(m->fold, &m->after) ? MOVE_OVER : can ? MOVE_WAITS : MOVE_IN_VAIN;
}

/* By the party and in the case that were named, in the same State, and with no less than stood. */
static enum move_outcome compare(struct node *node, const struct move *m, struct arena *arena)
{
    const Comity__Moved *moved = m->moved->letter->moved;
    struct restated stood;
    struct faults *faults = arena_zero(arena, 1, sizeof *faults);
    const struct case_id said = case_named(m->taken->as_case);
    const struct case_fold *before = case_load_before(node, &m->before, &m->moved->id, arena);
    if (faults == NULL || before == NULL || !restated_of(before, m->moved->letter, arena, &stood)) {
        return MOVE_NONE; /* the arena ended */
    }
    faults_init(faults, arena);
    taken_over_check(m->taken, &stood, m->fold->machine, m->before_row.r.text, faults);
    bool good = !faults_any(faults) && strcmp(moved->party, m->after_row.r.text) == 0 &&
                same_state(m->before_row.r.text, m->after_row.r.text) && !is_seen_to(m->fold, &m->after) &&
                (m->taken->as_case.len == 0 || same_id(&said, &m->after));
    return good ? MOVE_GOES_ON : MOVE_WRONG;
}

static enum move_outcome outcome_of(struct node *node, const struct move *m, struct arena *arena)
{
    if (m->taken == NULL) {
        return m->moved == NULL ? MOVE_NONE : waits(node, m);
    }
    return m->moved == NULL ? MOVE_WRONG : compare(node, m, arena);
}

/* --- the date --- */

/* Not after the data may be gone. */
static uint64_t due_ms(struct node *node, const struct move *m, struct arena *arena)
{
    const struct roster *roster = node_roster_now(node);
    uint64_t start_ms = m->moved->delivered_ms == 0 ? m->moved->signed_ms : m->moved->delivered_ms;
    const struct calendar *calendar =
        node_calendar(node, node->options.party.text, roster == NULL ? 0 : roster_version(roster), arena);
    const struct calendar none = calendar_default();
    uint64_t days = m->fold->urgency == URGENCY_URGENT ? TAKEN_OVER_DAYS : TAKEN_OVER_DAYS_ALL;
    uint64_t when_ms = m->fold->urgency == URGENCY_EMERGENCY
                           ? start_ms + TAKEN_OVER_HOURS * MS_PER_HOUR
                           : calendar_workdays_after(calendar == NULL ? &none : calendar, start_ms, days);
    for (size_t i = 0; i < m->fold->item_count; i++) {
        const struct case_item *item = &m->fold->items[i];
        bool held = item->result == RESULT_MOVED && item->hold_until.ms > (int64_t)start_ms;
        when_ms = held && (uint64_t)item->hold_until.ms < when_ms ? (uint64_t)item->hold_until.ms : when_ms;
    }
    return when_ms;
}

uint64_t moved_due_ms(struct node *node, const struct case_row *row, const struct case_fold *fold,
                      struct arena *arena)
{
    uint64_t first_ms = 0;
    for (size_t i = 0; i < fold->letter_count && row->own_side == SIDE_Q; i++) {
        const struct folded_letter *folded = &fold->letters[i];
        struct move m;
        if (folded->letter->kind != LETTER_MOVED || folded->effect != EFFECT_FOLDED) {
            continue;
        }
        const struct case_id after = case_named(folded->letter->letter->moved->case_id);
        const struct case_id id = move_id(&row->id, &after);
        if (move_load(node, &row->id, &after, arena, &m) && m.moved != NULL && m.taken == NULL &&
            !is_seen_to(m.fold, &after) && !store_is_settled(node->store, &id)) {
            uint64_t when_ms = due_ms(node, &m, arena);
            first_ms = first_ms == 0 || when_ms < first_ms ? when_ms : first_ms;
        }
    }
    return first_ms;
}

/* --- the worklist --- */

static struct tie tie_of(const struct move *m, enum move_outcome outcome)
{
    bool stuck = outcome == MOVE_IN_VAIN || outcome == MOVE_WRONG;
    bool open = stuck || outcome == MOVE_WAITS;
    const struct case_row *row = m->taken != NULL ? &m->after_row : &m->before_row;
    struct tie tie = {.alone = true,
                      .asked = true,
                      .event = COMITY__TIE__EVENT__HAND_OVER,
                      .link = move_id(&m->before, &m->after),
                      .other = row->r,
                      .hold = m->before,
                      .hold_reference = row->q_reference,
                      .mla = m->after,
                      .mla_reference = "",
                      .at_ms = m->taken != NULL ? m->after_row.created_ms : m->moved->signed_ms,
                      .state = !open              ? ITEM_ENDED
                               : m->taken != NULL ? ITEM_LINKED
                                                  : ITEM_ASKED,
                      .stuck = stuck};
    if (m->taken != NULL) {
        tie.here = m->after;
    } else {
        (void)address_read(bytes_of_text(m->moved->letter->moved->party), &tie.other);
    }
    return tie;
}

static void judge(struct node *node, struct turn *turn, const struct case_row *row,
                  const struct case_id *before, const struct case_id *after, struct arena *arena)
{
    struct move m;
    enum move_outcome outcome =
        move_load(node, before, after, arena, &m) ? outcome_of(node, &m, arena) : MOVE_NONE;
    if (arena_exhausted(arena)) {
        store_chore_put(node->store, &row->id, turn_wall(turn).ms + SAY_AGAIN_MS);
        return;
    }
    if (outcome == MOVE_NONE) {
        return;
    }
    struct tie tie = tie_of(&m, outcome), known = {.state = ITEM_ENDED};
    bool is_known = store_ties(node->store, TIES_BY_LINK, &tie.link, 1, arena, &known) != 0;
    if (store_is_settled(node->store, &tie.link)) {
        tie.state = ITEM_ENDED;
    }
    store_tie_put(node->store, &tie);
    if (m.fold != NULL && !same_id(&row->id, before) && (!is_known || known.state != tie.state)) {
        case_touch(node, before, 0); /* its date goes */
        node->live.more = true;
    }
}

void moved_seen(struct node *node, struct turn *turn, const struct case_row *row,
                const struct case_fold *fold, struct arena *arena)
{
    const struct case_letter *first = fold->opener;
    for (size_t i = 0; i < fold->letter_count; i++) {
        const struct folded_letter *folded = &fold->letters[i];
        if (folded->letter->kind == LETTER_MOVED && folded->effect == EFFECT_FOLDED) {
            const struct case_id after = case_named(folded->letter->letter->moved->case_id);
            judge(node, turn, row, &row->id, &after, arena);
        }
    }
    if (first != NULL && first->kind == LETTER_TAKEN_OVER) {
        const struct case_id before = case_named(first->letter->taken_over->from_case);
        judge(node, turn, row, &before, &row->id, arena);
    }
}
