/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/case_follow.h"

#include "nodes/case_line.h"
#include "nodes/orders.h"
#include "nodes/take.h"
#include "nodes/watch.h"

#define MLA_LEAD_MS (27 * MS_PER_DAY) /* of a plain case, where none of our own was measured */

void case_follow(struct node *node, const struct case_row *row, const struct case_fold *fold,
                 struct arena *arena)
{
    struct line_records records = {.mla_lead_ms = MLA_LEAD_MS};
    struct case_line line;
    struct public_key by;
    uint64_t since_ms = 0;
    records.taken = case_taken(node->store, &row->id, &by, &since_ms);
    orders_follow(node, row, fold, &records);
    case_line_make(row, fold, &records, arena, &line);
    store_line_put(node->store, row, &line);
    cases_watch(node, row, fold, &line, &records);
}
