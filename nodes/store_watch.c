/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "nodes/store_columns.h"
#include "nodes/watch.h"

/* --- what is to be said --- */

#define WATCH_COLUMNS "SELECT case_id, clock, due_ms, item, urgency, taken, step, at_ms FROM watch"

static size_t read_watches(struct query *q, size_t max, struct watch_row *ret)
{
    size_t count = 0;
    while (count < max && query_row(q)) {
        struct watch_row *row = &ret[count++];
        *row = (struct watch_row){.watch = {.clock = (enum clock_name)query_get_int(q, 1),
                                            .due_ms = number_at(q, 2),
                                            .item = (uint32_t)number_at(q, 3),
                                            .urgency = (enum urgency)query_get_int(q, 4),
                                            .taken = query_get_int(q, 5) != 0},
                                  .step = (unsigned)number_at(q, 6),
                                  .at_ms = number_at(q, 7)};
        memcpy(row->watch.id.bytes, query_get_bytes(q, 0).data, sizeof row->watch.id.bytes);
    }
    query_end(q);
    return count;
}

size_t store_watches_of(struct store *store, const struct case_id *id, size_t max, struct watch_row *ret)
{
    struct query *q = store_query(store, WATCH_COLUMNS " WHERE case_id = ?1");
    query_bytes(q, 1, case_bytes(id));
    return read_watches(q, max, ret);
}

size_t store_watch_due(struct store *store, uint64_t now_ms, size_t max, struct watch_row *ret)
{
    struct query *q = store_query(store, WATCH_COLUMNS " WHERE at_ms <= ?1"
                                                       " ORDER BY at_ms, case_id, clock, due_ms LIMIT ?2");
    query_int(q, 1, (int64_t)now_ms);
    query_int(q, 2, (int64_t)max);
    return read_watches(q, max, ret);
}

void store_watch_put(struct store *store, const struct watch *watch, unsigned step, uint64_t at_ms)
{
    struct query *q =
        store_query(store, "INSERT OR REPLACE INTO watch(case_id, clock, due_ms, item, urgency, taken, step,"
                           " at_ms) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
    query_bytes(q, 1, case_bytes(&watch->id));
    query_int(q, 2, (int64_t)watch->clock);
    query_int(q, 3, (int64_t)watch->due_ms);
    query_int(q, 4, (int64_t)watch->item);
    query_int(q, 5, (int64_t)watch->urgency);
    query_int(q, 6, watch->taken ? 1 : 0);
    query_int(q, 7, (int64_t)step);
    query_int(q, 8, (int64_t)at_ms);
    query_run(q);
}

void store_watch_drop(struct store *store, const struct watch *watch)
{
    struct query *q =
        store_query(store, "DELETE FROM watch WHERE case_id = ?1 AND clock = ?2 AND due_ms = ?3");
    query_bytes(q, 1, case_bytes(&watch->id));
    query_int(q, 2, (int64_t)watch->clock);
    query_int(q, 3, (int64_t)watch->due_ms);
    query_run(q);
}

uint64_t store_watch_next_ms(struct store *store)
{
    return store_number(store, "SELECT min(at_ms) FROM watch");
}

/* --- what was said --- */

void store_alarms_said(struct store *store, const struct case_id *id, enum clock_name clock,
                       struct steps_said *ret)
{
    struct query *q = store_query(store, "SELECT step, max(raised_ms) FROM alarm"
                                         " WHERE case_id = ?1 AND clock = ?2 GROUP BY step");
    *ret = (struct steps_said){.at_ms = {0}};
    query_bytes(q, 1, case_bytes(id));
    query_int(q, 2, (int64_t)clock);
    while (query_row(q)) {
        uint64_t step = number_at(q, 0);
        if (step <= WATCH_STEPS_MAX) {
            ret->at_ms[step] = number_at(q, 1);
        }
    }
}

uint64_t store_alarm_put(struct store *store, const struct watch *watch, unsigned step, uint64_t now_ms)
{
    struct query *q = store_query(store, "INSERT INTO alarm(case_id, clock, item, step, due_ms, urgency,"
                                         " raised_ms, seen_ms, seen_by, told_ms)"
                                         " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, '', 0)");
    query_bytes(q, 1, case_bytes(&watch->id));
    query_int(q, 2, (int64_t)watch->clock);
    query_int(q, 3, (int64_t)watch->item);
    query_int(q, 4, (int64_t)step);
    query_int(q, 5, (int64_t)watch->due_ms);
    query_int(q, 6, (int64_t)watch->urgency);
    query_int(q, 7, (int64_t)now_ms);
    query_run(q);
    return (uint64_t)store_last_rowid(store);
}

#define ALARM_COLUMNS                                                                                        \
    "SELECT n, case_id, clock, item, step, due_ms, urgency, raised_ms, seen_ms, seen_by FROM alarm"

/* arena NULL: without who has seen it. */
static struct alarm_row alarm_at(struct query *q, struct arena *arena)
{
    struct bytes by =
        arena == NULL ? bytes_of(NULL, 0) : arena_copy(arena, bytes_of_text(query_get_text(q, 9)));
    struct alarm_row row = {.n = number_at(q, 0),
                            .watch = {.clock = (enum clock_name)query_get_int(q, 2),
                                      .item = (uint32_t)number_at(q, 3),
                                      .due_ms = number_at(q, 5),
                                      .urgency = (enum urgency)query_get_int(q, 6)},
                            .step = (unsigned)number_at(q, 4),
                            .raised_ms = number_at(q, 7),
                            .seen_ms = number_at(q, 8),
                            .seen_by = by.data == NULL ? "" : (const char *)by.data};
    memcpy(row.watch.id.bytes, query_get_bytes(q, 1).data, sizeof row.watch.id.bytes);
    return row;
}

static size_t read_alarms(struct query *q, size_t max, struct arena *arena, struct alarm_row *ret)
{
    size_t count = 0;
    while (count < max && query_row(q)) {
        ret[count++] = alarm_at(q, arena);
    }
    query_end(q);
    return count;
}

size_t store_alarms(struct store *store, uint64_t after, bool unseen, size_t max, struct arena *arena,
                    struct alarm_row *ret)
{
    struct query *q =
        unseen ? store_query(store, ALARM_COLUMNS " WHERE seen_ms = 0 AND n > ?1 ORDER BY n LIMIT ?2")
               : store_query(store, ALARM_COLUMNS " WHERE n > ?1 ORDER BY n LIMIT ?2");
    query_int(q, 1, (int64_t)after);
    query_int(q, 2, (int64_t)max);
    return read_alarms(q, max, arena, ret);
}

size_t store_alarms_untold(struct store *store, size_t max, struct alarm_row *ret)
{
    struct query *q = store_query(store, ALARM_COLUMNS " WHERE told_ms = 0"
                                                       " ORDER BY urgency != ?2, raised_ms, n LIMIT ?1");
    query_int(q, 1, (int64_t)max);
    query_int(q, 2, (int64_t)URGENCY_EMERGENCY);
    return read_alarms(q, max, NULL, ret);
}

static void note_said(struct steps_said *said, const struct alarm_row *row)
{
    if (row->watch.clock <= CLOCK_LAST && row->step <= WATCH_STEPS_MAX) {
        uint64_t *at_ms = &said[row->watch.clock].at_ms[row->step];
        *at_ms = row->raised_ms > *at_ms ? row->raised_ms : *at_ms;
    }
}

/* Put in order here: mostly there are few or none, and a sorter of SQLite costs more than they do. */
size_t store_alarms_of_case(struct store *store, const struct case_id *id, size_t max, struct alarm_row *ret,
                            struct steps_said ret_said[CLOCK_LAST + 1])
{
    struct query *q = store_query(store, ALARM_COLUMNS " WHERE case_id = ?1");
    size_t count = 0;
    memset(ret_said, 0, (CLOCK_LAST + 1) * sizeof *ret_said);
    query_bytes(q, 1, case_bytes(id));
    while (query_row(q)) {
        const struct alarm_row row = alarm_at(q, NULL);
        size_t at = count;
        note_said(ret_said, &row);
        while (at > 0 && ret[at - 1].n < row.n) {
            at--;
        }
        if (at < max) {
            count += count < max;
            memmove(&ret[at + 1], &ret[at], (count - 1 - at) * sizeof *ret);
            ret[at] = row;
        }
    }
    return count;
}

bool store_alarm_told(struct store *store, uint64_t n, uint64_t now_ms)
{
    struct query *q = store_query(store, "UPDATE alarm SET told_ms = ?2 WHERE n = ?1 AND told_ms = 0");
    query_int(q, 1, (int64_t)n);
    query_int(q, 2, (int64_t)now_ms);
    query_run(q);
    return store_changes(store) == 1;
}

bool store_alarm_seen(struct store *store, uint64_t n, uint64_t now_ms, const char *by)
{
    struct query *q = store_query(store, "SELECT count(*) FROM alarm WHERE n = ?1");
    query_int(q, 1, (int64_t)n);
    if (query_number(q) == 0) {
        return false;
    }
    q = store_query(store, "UPDATE alarm SET seen_ms = ?2, seen_by = ?3 WHERE n = ?1 AND seen_ms = 0");
    query_int(q, 1, (int64_t)n);
    query_int(q, 2, (int64_t)now_ms);
    query_text(q, 3, by);
    query_run(q);
    return true;
}
