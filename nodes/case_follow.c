/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/case_follow.h"

#include "base/turn.h"
#include "nodes/case_line.h"
#include "nodes/case_marks.h"
#include "nodes/escalated.h"
#include "nodes/fingerprint.h"
#include "nodes/moved.h"
#include "nodes/orders.h"
#include "nodes/stats.h"
#include "nodes/store_chores.h"
#include "nodes/take.h"

#define MLA_LEAD_OF_100 80

static bool has_due(const struct case_fold *fold, enum clock_name clock)
{
    for (size_t i = 0; i < fold->due_count; i++) {
        if (fold->dues[i].clock == clock) {
            return true;
        }
    }
    return false;
}

/*
 * Only who asks sends requests for assistance, and only what waits for one is measured by them. Where too few of its own were
 * measured, the configuration says it.
 */
static uint64_t mla_lead_ms(struct node *node, const struct turn *turn, const struct case_row *row,
                            const struct case_fold *fold)
{
    uint64_t measured = row->own_side == SIDE_Q && has_due(fold, CLOCK_MLA)
                            ? store_stats_mla_lead(node->store, MLA_LEAD_OF_100, turn_wall(turn).ms)
                            : 0;
    return measured == 0 ? node->options.mla_lead_days * MS_PER_DAY : measured;
}

void case_follow(struct node *node, struct turn *turn, const struct case_row *row,
                 const struct case_fold *fold, struct arena *arena)
{
    struct line_records records = {.now_ms = turn_wall(turn).ms,
                                   .mla_lead_ms = mla_lead_ms(node, turn, row, fold)};
    struct case_line line;
    struct watch *watches = NULL;
    struct public_key by;
    uint64_t since_ms = 0;
    const struct case_alarms *alarms = case_alarms_read(node, &row->id, arena);
    if (alarms == NULL) { /* memory ended: another turn does it */
        case_touch(node, &row->id, 0);
        return;
    }
    records.taken = case_taken(node->store, &row->id, &by, &since_ms);
    fingerprints_follow(node, row, fold, arena, &records);
    orders_follow(node, row, fold, &records);
    records.moved_ms = moved_due_ms(node, row, fold, arena);
    struct case_look look = {.count = 0};
    if (fold->request == NULL && row->failed_number != 0 && case_look(node, &row->id, arena, &look)) {
        records.failed = letters_failed_request(look.rows, look.count, arena);
    }
    case_line_make(row, fold, &records, arena, &line);
    store_line_put(node->store, row, &line);
    if (line.ends_ms != 0) {
        store_chore_put(node->store, &row->id, line.ends_ms);
    }
    line_changes_add(&node->changes, &row->id);
    size_t count = case_in_exercise(node, row)
                       ? case_watches(node, row, fold, &line, &records, alarms, arena, &watches)
                       : 0; /* dates of an exercise that was left remind nobody */
    cases_watch(node, &row->id, watches, count, alarms, arena);
    escalated_follow(node, turn, row, fold, watches, count, alarms, arena);
    stats_follow(node, row, fold, alarms, arena);
}
