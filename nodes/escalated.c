/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/escalated.h"

#include <string.h>

#include "nodes/lifecycle.h"
#include "nodes/node_says.h"
#include "nodes/recall.h"
#include "nodes/tie.h"

#define TOLD_MAX 64 /* of one case */

struct telling {
    struct node *node;
    struct turn *turn;
    const struct case_row *row;
    const struct case_fold *fold;
    struct arena *arena;
    struct tie *told;
    size_t count;
};

/* As Tie.overdue has it. */
static const char *clock_word(enum clock_name clock)
{
    size_t count = 0;
    const struct clock_rule *rules = clock_rules(&count);
    return (size_t)clock < count  ? rules[clock].name
           : clock == CLOCK_RENEW ? "RENEW"
           : clock == CLOCK_START ? "START"
                                  : "TAKE_OVER";
}

/* The number of an order is no item of the case. */
static uint32_t item_of(const struct watch *watch)
{
    return watch->clock == CLOCK_RENEW ? 0 : watch->item;
}

static bool is_about(const struct tie *tie, const struct watch *watch)
{
    return tie->item == item_of(watch) && strcmp(tie->overdue, clock_word(watch->clock)) == 0;
}

static bool same_moment(uint64_t a, uint64_t b)
{
    return (a > b ? a - b : b - a) <= WATCH_SAME_MS;
}

/* That date was told, or another one of the same clock and the other side has not closed that yet. */
static bool is_told(const struct telling *t, const struct watch *watch)
{
    for (size_t i = 0; i < t->count; i++) {
        const struct tie *tie = &t->told[i];
        if (is_about(tie, watch) &&
            (same_moment(tie->at_ms, watch->due_ms) || (tie->state != ITEM_ENDED && !tie->ending))) {
            return true;
        }
    }
    return false;
}

/*
 * While the link is down this disk may be older than it was and not know it: what it told before would be told again. The other
 * end gives that back first.
 */
static bool may_tell(const struct telling *t, const struct address *other)
{
    return t->node->live.stage == LINK_READY &&
           recall_blocks(t->node, &t->row->id, other->text) == RECALL_FREE;
}

/* As urgent as what was asked, for the same reasons; by when an answer was wished may be past. NULL: not said. */
static const Comity__Necessity *necessity_of(const struct telling *t)
{
    const Comity__Request *request = t->fold->request;
    Comity__Necessity *necessity = arena_take(t->arena, sizeof *necessity);
    if (request == NULL || request->necessity == NULL || necessity == NULL) {
        return NULL;
    }
    *necessity = *request->necessity;
    necessity->answer_wanted_by = NULL;
    return necessity;
}

static void tell(struct telling *t, const struct watch *watch, const struct address *other)
{
    const struct case_row *row = t->row;
    const char *own = row->own_side == SIDE_Q ? row->q_reference : row->r_reference;
    struct tie tie = {.event = COMITY__TIE__EVENT__ESCALATED,
                      .other = *other,
                      .hold_party = t->node->options.party,
                      .hold = row->id,
                      .hold_reference = own[0] == '\0' ? row->q_reference : own,
                      .mla_reference = "",
                      .overdue = clock_word(watch->clock),
                      .item = item_of(watch),
                      .at_ms = watch->due_ms,
                      .necessity = necessity_of(t),
                      .exercise =
                          row->has_exercise}; /* live cases are told live, those of an exercise in it */
    if (!may_tell(t, other) || !tie_told(t->node, t->turn, &tie, NULL, t->arena)) {
        store_chore_put(t->node->store, &row->id, turn_wall(t->turn).ms + SAY_AGAIN_MS);
    }
}

/* Does its date still run, and has nobody the case? */
static bool is_still_so(const struct tie *tie, const struct watch *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!list[i].taken && is_about(tie, &list[i])) {
            return true;
        }
    }
    return false;
}

void escalated_follow(struct node *node, struct turn *turn, const struct case_row *row,
                      const struct case_fold *fold, const struct watch *list, size_t count,
                      struct arena *arena)
{
    struct telling t = {.node = node,
                        .turn = turn,
                        .row = row,
                        .fold = fold,
                        .arena = arena,
                        .told = arena_take(arena, TOLD_MAX * sizeof *t.told)};
    const struct address *other = central_authority(node);
    if (fold->machine == MACHINE_LINK || fold->machine == MACHINE_PING || t.told == NULL) {
        return;
    }
    t.count = store_ties_of(node->store, TIES_OF_HOLD, &row->id, COMITY__TIE__EVENT__ESCALATED, true,
                            TOLD_MAX, arena, t.told);
    for (size_t i = 0; i < count && t.count < TOLD_MAX && other != NULL && case_in_exercise(node, row); i++) {
        if (!list[i].taken && watch_said_to(node, &list[i], WHO_CENTRAL) && !is_told(&t, &list[i])) {
            tell(&t, &list[i], other);
        }
    }
    for (size_t i = 0; i < t.count; i++) {
        if (t.told[i].state != ITEM_ENDED && !t.told[i].ending && !is_still_so(&t.told[i], list, count)) {
            tie_over(node, turn, &t.told[i], COMITY__MLA_ENDED__WHY__COMPLETED, arena);
        }
    }
}
