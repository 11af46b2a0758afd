/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "nodes/stats.h"
#include "nodes/store_columns.h"

void store_stats_cut(struct store *store, const struct case_id *id, uint64_t n)
{
    struct query *q = store_query(store, "DELETE FROM stat_event WHERE case_id = ?1 AND n > ?2");
    query_bytes(q, 1, case_bytes(id));
    query_int(q, 2, (int64_t)n);
    query_run(q);
}

void store_stat_drop(struct store *store, const struct case_id *id, uint64_t n)
{
    struct query *q = store_query(store, "DELETE FROM stat_event WHERE case_id = ?1 AND n = ?2");
    query_bytes(q, 1, case_bytes(id));
    query_int(q, 2, (int64_t)n);
    query_run(q);
}

#define PUT_COLUMNS                                                                                          \
    "metric, part, item, start_ms, stop_ms, due_ms, paused_ms, paused_since_ms, outcome, urgency, staffing," \
    " ours, peer, exercise"
#define PUT_VALUES "?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16"

/* What stands in an index is mostly as it was: a row that is replaced is put there anew. */
void store_stat_put(struct store *store, const struct stat_event *event, uint64_t n)
{
    struct query *q = store_query(
        store, "INSERT INTO stat_event(case_id, n, " PUT_COLUMNS ") VALUES(?1, ?2, " PUT_VALUES ")"
               " ON CONFLICT(case_id, n) DO UPDATE SET (" PUT_COLUMNS ") = (" PUT_VALUES ")");
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
    " staffing, ours, peer, exercise, case_id, n FROM stat_event"

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

size_t store_stats_of_case(struct store *store, const struct case_id *id, size_t max,
                           struct numbered_event *ret)
{
    struct query *q = store_query(store, EVENT_COLUMNS " WHERE case_id = ?1 ORDER BY n");
    size_t count = 0;
    query_bytes(q, 1, case_bytes(id));
    while (count < max && query_row(q)) {
        ret[count++] = (struct numbered_event){.n = number_at(q, 15), .event = event_at(q)};
    }
    query_end(q);
    return count;
}

uint64_t store_stats_from(struct store *store, uint64_t since_ms, uint64_t until_ms, bool exercise,
                          size_t max)
{
    struct query *q = store_query(store, "SELECT start_ms + 1 FROM stat_event WHERE exercise = ?1"
                                         " AND start_ms >= ?2 AND start_ms < ?3"
                                         " ORDER BY start_ms DESC LIMIT 1 OFFSET ?4");
    query_int(q, 1, exercise ? 1 : 0);
    query_int(q, 2, (int64_t)since_ms);
    query_int(q, 3, (int64_t)until_ms);
    query_int(q, 4, (int64_t)max);
    uint64_t from_ms = query_row(q) ? number_at(q, 0) : since_ms;
    query_end(q);
    return from_ms;
}

void store_stats_each(struct store *store, uint64_t since_ms, uint64_t until_ms, bool exercise, bool by_peer,
                      void (*each)(void *context, const struct stat_event *), void *context)
{
    struct query *q =
        store_query(store, EVENT_COLUMNS " WHERE start_ms >= ?1 AND start_ms < ?4 AND exercise = ?2"
                                         " ORDER BY metric, ours DESC, urgency, part,"
                                         " CASE ?3 WHEN 1 THEN peer END");
    query_int(q, 1, (int64_t)since_ms);
    query_int(q, 2, exercise ? 1 : 0);
    query_int(q, 3, by_peer ? 1 : 0);
    query_int(q, 4, (int64_t)until_ms);
    while (query_row(q)) {
        const struct stat_event event = event_at(q);
        each(context, &event);
    }
    query_end(q);
}

void store_stats_of_measure(struct store *store, enum metric metric, uint64_t since_ms, uint64_t until_ms,
                            bool exercise, void (*each)(void *context, const struct stat_event *),
                            void *context)
{
    struct query *q = store_query(store, EVENT_COLUMNS
                                  " WHERE metric = ?1 AND start_ms >= ?2 AND start_ms < ?3 AND exercise = ?4"
                                  " ORDER BY start_ms, case_id, n");
    query_int(q, 1, (int64_t)metric);
    query_int(q, 2, (int64_t)since_ms);
    query_int(q, 3, (int64_t)until_ms);
    query_int(q, 4, exercise ? 1 : 0);
    while (query_row(q)) {
        const struct stat_event event = event_at(q);
        each(context, &event);
    }
    query_end(q);
}

size_t store_stats_of(struct store *store, enum metric metric, uint64_t since_ms, uint64_t until_ms,
                      bool exercise, const struct stat_place *after, size_t max, struct stat_event *ret)
{
    struct query *q = store_query(store, EVENT_COLUMNS
                                  " WHERE metric = ?1 AND start_ms >= ?2 AND start_ms < ?5 AND exercise = ?3"
                                  " AND (start_ms < ?6 OR (start_ms = ?6 AND (case_id, item) > (?7, ?8)))"
                                  " ORDER BY start_ms DESC, case_id, item LIMIT ?4");
    size_t count = 0;
    query_int(q, 1, (int64_t)metric);
    query_int(q, 2, (int64_t)since_ms);
    query_int(q, 3, exercise ? 1 : 0);
    query_int(q, 4, (int64_t)max);
    query_int(q, 5, (int64_t)until_ms);
    query_int(q, 6, (int64_t)after->start_ms);
    query_bytes(q, 7, case_bytes(&after->case_id));
    query_int(q, 8, after->item);
    while (count < max && query_row(q)) {
        ret[count++] = event_at(q);
    }
    query_end(q);
    return count;
}

/* What was never asked for has no length, and says nothing of how long it takes. */
uint64_t store_stats_mla_lead(struct store *store, unsigned of_hundred, uint64_t now_ms)
{
    struct query *q = store_query(
        store, "SELECT start_ms, CASE outcome WHEN ?2 THEN ?3 ELSE stop_ms END, outcome = ?4 FROM stat_event"
               " WHERE metric = ?1 AND ours = 1 AND exercise = 0 AND outcome <> ?5"
               " ORDER BY start_ms DESC, case_id, n LIMIT ?6");
    struct measured leads[LEADS_MAX];
    size_t count = 0, came = 0;
    uint64_t span_ms = 0;
    query_int(q, 1, METRIC_MLA_LEAD);
    query_int(q, 2, STAT_OPEN);
    query_int(q, 3, (int64_t)now_ms);
    query_int(q, 4, STAT_DONE);
    query_int(q, 5, STAT_MISSED);
    query_int(q, 6, LEADS_MAX);
    while (count < LEADS_MAX && query_row(q)) {
        uint64_t start_ms = number_at(q, 0), stop_ms = number_at(q, 1);
        leads[count].span_ms = stop_ms > start_ms ? stop_ms - start_ms : 0;
        leads[count].done = query_get_int(q, 2) != 0;
        came += leads[count++].done ? 1 : 0;
    }
    query_end(q);
    measures_sort(leads, count);
    return came >= LEADS_MIN && measure_percentile(leads, count, of_hundred, &span_ms) ? span_ms : 0;
}
