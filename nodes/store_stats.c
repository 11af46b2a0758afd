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

void store_stat_put(struct store *store, const struct stat_event *event, size_t n)
{
    struct query *q = store_query(
        store, "INSERT INTO stat_event(case_id, n, metric, part, item, start_ms, stop_ms, due_ms, paused_ms,"
               " paused_since_ms, outcome, urgency, staffing, ours, peer, exercise)"
               " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)");
    query_bytes(q, 1, case_bytes(&event->case_id));
    query_int(q, 2, (int64_t)n);
    query_int(q, 3, (int64_t)event->metric);
    query_int(q, 4, (int64_t)event->part);
    query_int(q, 5, (int64_t)event->item);
    query_int(q, 6, (int64_t)event->start_ms);
    query_int(q, 7, (int64_t)event->stop_ms);
    query_int(q, 8, (int64_t)event->due_ms);
    query_int(q, 9, (int64_t)event->paused_ms);
    query_int(q, 10, (int64_t)event->paused_since_ms);
    query_int(q, 11, (int64_t)event->outcome);
    query_int(q, 12, (int64_t)event->urgency);
    query_int(q, 13, (int64_t)event->staffing);
    query_int(q, 14, event->ours ? 1 : 0);
    query_text(q, 15, event->peer.text);
    query_int(q, 16, event->exercise ? 1 : 0);
    query_run(q);
}

#define EVENT_COLUMNS                                                                                        \
    "SELECT metric, part, item, start_ms, stop_ms, due_ms, paused_ms, paused_since_ms, outcome, urgency,"    \
    " staffing, ours, peer, exercise, case_id FROM stat_event"

static struct stat_event event_at(struct query *q)
{
    struct stat_event event = {.metric = (enum metric)query_get_int(q, 0),
                               .part = (uint32_t)number_at(q, 1),
                               .item = (uint32_t)number_at(q, 2),
                               .start_ms = number_at(q, 3),
                               .stop_ms = number_at(q, 4),
                               .due_ms = number_at(q, 5),
                               .paused_ms = number_at(q, 6),
                               .paused_since_ms = number_at(q, 7),
                               .outcome = (enum stat_outcome)query_get_int(q, 8),
                               .urgency = (enum urgency)query_get_int(q, 9),
                               .staffing = (enum staffing)query_get_int(q, 10),
                               .ours = query_get_int(q, 11) != 0,
                               .exercise = query_get_int(q, 13) != 0};
    (void)snprintf(event.peer.text, sizeof event.peer.text, "%s", query_get_text(q, 12));
    memcpy(event.case_id.bytes, query_get_bytes(q, 14).data, sizeof event.case_id.bytes);
    return event;
}

void store_stats_each(struct store *store, uint64_t since_ms, bool exercise, bool by_peer,
                      void (*each)(void *context, const struct stat_event *), void *context)
{
    struct query *q = store_query(store, EVENT_COLUMNS " WHERE start_ms >= ?1 AND exercise = ?2"
                                                       " ORDER BY metric, ours DESC, urgency, part,"
                                                       " CASE ?3 WHEN 1 THEN peer END");
    query_int(q, 1, (int64_t)since_ms);
    query_int(q, 2, exercise ? 1 : 0);
    query_int(q, 3, by_peer ? 1 : 0);
    while (query_row(q)) {
        const struct stat_event event = event_at(q);
        each(context, &event);
    }
    query_end(q);
}

size_t store_stats_of(struct store *store, enum metric metric, uint64_t since_ms, bool exercise, size_t max,
                      struct stat_event *ret)
{
    struct query *q =
        store_query(store, EVENT_COLUMNS " WHERE metric = ?1 AND start_ms >= ?2 AND exercise = ?3"
                                         " ORDER BY start_ms DESC, case_id, n LIMIT ?4");
    size_t count = 0;
    query_int(q, 1, (int64_t)metric);
    query_int(q, 2, (int64_t)since_ms);
    query_int(q, 3, exercise ? 1 : 0);
    query_int(q, 4, (int64_t)max);
    while (count < max && query_row(q)) {
        ret[count++] = event_at(q);
    }
    query_end(q);
    return count;
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
