/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "nodes/stats.h"
#include "nodes/store_columns.h"

void store_stats_clear(struct store *store, const struct case_id *id)
{
    struct query *q = store_query(store, "DELETE FROM stat_event WHERE case_id = ?1");
    query_bytes(q, 1, case_bytes(id));
    query_run(q);
}

void store_stat_put(struct store *store, const struct stat_event *event)
{
    struct query *q = store_query(store, "INSERT INTO stat_event(case_id, metric, item, start_ms, stop_ms,"
                                         " outcome, urgency, ours, peer, exercise)"
                                         " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)");
    query_bytes(q, 1, case_bytes(&event->case_id));
    query_int(q, 2, (int64_t)event->metric);
    query_int(q, 3, (int64_t)event->item);
    query_int(q, 4, (int64_t)event->start_ms);
    query_int(q, 5, (int64_t)event->stop_ms);
    query_int(q, 6, (int64_t)event->outcome);
    query_int(q, 7, (int64_t)event->urgency);
    query_int(q, 8, event->ours ? 1 : 0);
    query_text(q, 9, event->peer.text);
    query_int(q, 10, event->exercise ? 1 : 0);
    query_run(q);
}

void store_stats_each(struct store *store, uint64_t since_ms, bool exercise, bool by_peer,
                      void (*each)(void *context, const struct stat_event *), void *context)
{
    struct query *q =
        store_query(store, "SELECT metric, item, start_ms, stop_ms, outcome, urgency, ours, peer"
                           " FROM stat_event WHERE start_ms >= ?1 AND exercise = ?2"
                           " ORDER BY metric, ours DESC, urgency, CASE ?3 WHEN 1 THEN peer END");
    query_int(q, 1, (int64_t)since_ms);
    query_int(q, 2, exercise ? 1 : 0);
    query_int(q, 3, by_peer ? 1 : 0);
    while (query_row(q)) {
        struct stat_event event = {.metric = (enum metric)query_get_int(q, 0),
                                   .item = (uint32_t)query_get_int(q, 1),
                                   .start_ms = (uint64_t)query_get_int(q, 2),
                                   .stop_ms = (uint64_t)query_get_int(q, 3),
                                   .outcome = (enum stat_outcome)query_get_int(q, 4),
                                   .urgency = (enum urgency)query_get_int(q, 5),
                                   .ours = query_get_int(q, 6) != 0,
                                   .exercise = exercise};
        (void)snprintf(event.peer.text, sizeof event.peer.text, "%s", query_get_text(q, 7));
        each(context, &event);
    }
}

uint64_t store_stats_mla_lead(struct store *store, unsigned of_hundred)
{
    struct query *q = store_query(
        store,
        "WITH last AS (SELECT stop_ms - start_ms AS span FROM stat_event WHERE metric = ?1 AND ours = 1"
        " AND outcome = ?2 AND exercise = 0 ORDER BY start_ms DESC LIMIT 1000)"
        " SELECT span FROM last WHERE (SELECT count(*) FROM last) >= ?3 ORDER BY span LIMIT 1"
        " OFFSET (SELECT (count(*) * ?4 + 99) / 100 - 1 FROM last)");
    query_int(q, 1, METRIC_MLA_LEAD);
    query_int(q, 2, STAT_DONE);
    query_int(q, 3, LEADS_MIN);
    query_int(q, 4, (int64_t)of_hundred);
    uint64_t span = query_row(q) ? (uint64_t)query_get_int(q, 0) : 0;
    query_end(q);
    return span;
}
