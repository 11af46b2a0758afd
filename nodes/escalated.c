/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/escalated.h"

#include <string.h>

#include "nodes/lifecycle.h"
#include "nodes/node_says.h"
#include "nodes/recall.h"
#include "nodes/tie.h"

#define OPEN_MAX 8 /* LINKs of one case: an older build told so many at a time */

struct telling {
    struct node *node;
    struct turn *turn;
    const struct case_row *row;
    const struct case_fold *fold;
    const struct case_alarms *alarms;
    struct arena *arena;
};

/* As Tie.overdue has it; "": nobody elsewhere is told of that. */
static const char *clock_word(enum clock_name clock)
{
    size_t count = 0;
    const struct clock_rule *rules = clock_rules(&count);
    return (size_t)clock < count      ? rules[clock].name
           : clock == CLOCK_RENEW     ? "RENEW"
           : clock == CLOCK_START     ? "START"
           : clock == CLOCK_TAKE_OVER ? "TAKE_OVER"
                                      : "";
}

/* The number of an order is no item of the case. */
static uint32_t item_of(const struct watch *watch)
{
    return watch->clock == CLOCK_RENEW ? 0 : watch->item;
}

/* That date; or what became of it, and has run out again. */
static bool is_about(const struct tie *tie, const struct watch *watch, uint64_t now_ms)
{
    uint64_t apart = tie->at_ms > watch->due_ms ? tie->at_ms - watch->due_ms : watch->due_ms - tie->at_ms;
    const char *word = clock_word(watch->clock);
    return word[0] != '\0' && strcmp(tie->overdue, word) == 0 &&
           (apart <= WATCH_SAME_MS || (tie->item == item_of(watch) && watch->due_ms <= now_ms));
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

/* False: not now. */
static bool tell(struct telling *t, const struct watch *watch, const struct address *other)
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
    return may_tell(t, other) && tie_told(t->node, t->turn, &tie, NULL, t->arena);
}

/* That date was told, or another one of the same clock and item that is not over. */
static bool is_told(const struct telling *t, const struct watch *watch)
{
    return store_escalated(t->node->store, &t->row->id, clock_word(watch->clock), item_of(watch),
                           watch->due_ms, WATCH_SAME_MS);
}

/* Of what went to the central authority, is nobody's and was not told, what ran out first. NULL: none. */
static const struct watch *first_untold(const struct telling *t, const struct watch *list, size_t count)
{
    const struct watch *first = NULL;
    for (size_t i = 0; i < count; i++) {
        bool reached = !list[i].taken && watch_said_to(t->alarms, &list[i], WHO_CENTRAL);
        if (reached && (first == NULL || list[i].due_ms < first->due_ms) && !is_told(t, &list[i])) {
            first = &list[i];
        }
    }
    return first;
}

/* Does its date still run, and has nobody the case? */
static bool is_still_so(const struct telling *t, const struct tie *tie, const struct watch *list,
                        size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!list[i].taken && is_about(tie, &list[i], turn_wall(t->turn).ms)) {
            return true;
        }
    }
    return false;
}

static void look_again(const struct telling *t)
{
    store_chore_put(t->node->store, &t->row->id, turn_wall(t->turn).ms + SAY_AGAIN_MS);
}

/* What was told and is over ends. Does one still run that the central authority of now knows of? */
static bool one_still_runs(const struct telling *t, const struct watch *list, size_t count)
{
    struct tie *open = arena_take(t->arena, OPEN_MAX * sizeof *open);
    size_t open_count =
        open == NULL ? 0 : store_escalated_open(t->node->store, &t->row->id, OPEN_MAX, t->arena, open);
    bool runs = open == NULL; /* nothing is known of it: nothing is told */
    for (size_t i = 0; i < open_count; i++) {
        if (is_still_so(t, &open[i], list, count)) {
            const struct address *central = central_authority(t->node);
            runs = runs || (central != NULL && address_equal(&open[i].other, central));
            continue;
        }
        if (!tie_over(t->node, t->turn, &open[i], COMITY__MLA_ENDED__WHY__COMPLETED, t->arena)) {
            look_again(t);
        }
    }
    return runs;
}

void escalated_follow(struct node *node, struct turn *turn, const struct case_row *row,
                      const struct case_fold *fold, const struct watch *list, size_t count,
                      const struct case_alarms *alarms, struct arena *arena)
{
    struct telling t = {
        .node = node, .turn = turn, .row = row, .fold = fold, .alarms = alarms, .arena = arena};
    if (fold->machine == MACHINE_LINK || fold->machine == MACHINE_PING ||
        !case_in_exercise(node, row)) { /* what was said of it would be refused */
        return;
    }
    const struct watch *next = one_still_runs(&t, list, count) ? NULL : first_untold(&t, list, count);
    const struct address *other = next == NULL ? NULL : central_authority(node);
    if (other != NULL && !tell(&t, next, other)) {
        look_again(&t);
    }
}
