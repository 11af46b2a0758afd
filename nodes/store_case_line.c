/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "nodes/case_line.h"
#include "nodes/store_columns.h"

#define COLUMNS                                                                                              \
    "l.case_id, f.own_side, f.q, f.r, f.q_reference, f.r_reference, l.exercise, f.state, f.changed_ms,"      \
    " l.rank, l.at_ms, l.legal_ms, l.class, l.type, l.target, l.items, l.held, l.held_until_ms, l.dies_ms,"  \
    " l.order_until_ms, l.safe_start_ms, l.flags, l.what, l.item, l.due_ms, l.ours, l.waits, l.twin,"        \
    " t.officer"
#define LINES                                                                                                \
    "SELECT " COLUMNS " FROM case_line l JOIN case_file f ON f.case_id = l.case_id"                          \
    " LEFT JOIN taken t ON t.case_id = l.case_id WHERE "

#define PUT_COLUMNS                                                                                          \
    "rank, at_ms, legal_ms, class, type, target, items, held, held_until_ms, dies_ms, order_until_ms,"       \
    " safe_start_ms, flags, what, item, due_ms, ours, waits, twin"
#define PUT_VALUES "?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21"

static void bind_line(struct query *q, const struct case_row *row, const struct case_line *line)
{
    query_bytes(q, 1, case_bytes(&row->id));
    query_int(q, 2, row->has_exercise ? 1 : 0);
    query_int(q, 3, (int64_t)line->rank);
    query_int(q, 4, (int64_t)line->at_ms);
    if (line->legal_ms != 0) {
        query_int(q, 5, (int64_t)line->legal_ms);
    }
    query_int(q, 6, (int64_t)line->urgency);
    query_text(q, 7, line->type);
    query_text(q, 8, line->target);
    query_int(q, 9, (int64_t)line->items);
    query_int(q, 10, (int64_t)line->held);
    query_int(q, 11, (int64_t)line->held_until_ms);
    query_int(q, 12, (int64_t)line->dies_ms);
    query_int(q, 13, (int64_t)line->order_until_ms);
    query_int(q, 14, (int64_t)line->safe_start_ms);
    query_int(q, 15, (int64_t)line->flags);
    query_int(q, 16, (int64_t)line->what);
    query_int(q, 17, (int64_t)line->item);
    query_int(q, 18, (int64_t)line->due_ms);
    query_int(q, 19, line->ours ? 1 : 0);
    query_int(q, 20, (int64_t)line->waits);
    if (line->has_twin) {
        query_bytes(q, 21, case_bytes(&line->twin));
    }
}

/* Before the line is put: its rank counts there, and where it was (0: it is new) no more. */
static void count_line(struct store *store, uint64_t before, enum line_rank rank)
{
    if (before == (uint64_t)rank) {
        return;
    }
    /* Of five rows, looked at one by one: a search for two makes a table of what it looks for first. */
    struct query *q = store_query(store, "UPDATE line_count SET n = n + CASE rank WHEN ?1 THEN 1 ELSE -1 END"
                                         " WHERE +rank IN (?1, ?2)");
    query_int(q, 1, (int64_t)rank);
    query_int(q, 2, (int64_t)before);
    query_run(q);
}

/* A line that is as it was is not written. */
void store_line_put(struct store *store, const struct case_row *row, const struct case_line *line)
{
    struct query *q = store_query(store, "SELECT rank, (" PUT_COLUMNS ") IS (" PUT_VALUES ") FROM case_line"
                                         " WHERE case_id = ?1");
    bind_line(q, row, line);
    bool known = query_row(q);
    uint64_t rank = known ? number_at(q, 0) : 0;
    bool same = known && query_get_int(q, 1) != 0;
    query_end(q);
    if (same) {
        return;
    }
    count_line(store, rank, line->rank);
    q = store_query(store, "INSERT INTO case_line(case_id, exercise, " PUT_COLUMNS ")"
                           " VALUES(?1, ?2, " PUT_VALUES ")"
                           " ON CONFLICT(case_id) DO UPDATE SET (" PUT_COLUMNS ") = (" PUT_VALUES ")");
    bind_line(q, row, line);
    query_run(q);
}

static void read_row(struct query *q, struct arena *arena, struct case_row *ret)
{
    *ret = (struct case_row){.own_side = (enum side)query_get_int(q, 1),
                             .q_reference = text_at(q, 4, arena),
                             .r_reference = text_at(q, 5, arena),
                             .has_exercise = query_get_int(q, 6) != 0,
                             .state = (enum case_state)query_get_int(q, 7),
                             .changed_ms = number_at(q, 8)};
    memcpy(ret->id.bytes, query_get_bytes(q, 0).data, sizeof ret->id.bytes);
    (void)snprintf(ret->q.text, sizeof ret->q.text, "%s", query_get_text(q, 2));
    (void)snprintf(ret->r.text, sizeof ret->r.text, "%s", query_get_text(q, 3));
}

static void read_line(struct query *q, struct arena *arena, struct listed_line *ret)
{
    read_row(q, arena, &ret->row);
    ret->line = (struct case_line){.rank = (enum line_rank)query_get_int(q, 9),
                                   .at_ms = number_at(q, 10),
                                   .legal_ms = number_at(q, 11),
                                   .urgency = (enum urgency)query_get_int(q, 12),
                                   .type = text_at(q, 13, arena),
                                   .target = text_at(q, 14, arena),
                                   .items = (size_t)number_at(q, 15),
                                   .held = (size_t)number_at(q, 16),
                                   .held_until_ms = number_at(q, 17),
                                   .dies_ms = number_at(q, 18),
                                   .order_until_ms = number_at(q, 19),
                                   .safe_start_ms = number_at(q, 20),
                                   .flags = (unsigned)number_at(q, 21),
                                   .what = (enum clock_name)query_get_int(q, 22),
                                   .item = (uint32_t)number_at(q, 23),
                                   .due_ms = number_at(q, 24),
                                   .ours = query_get_int(q, 25) != 0,
                                   .waits = number_at(q, 26),
                                   .has_twin = !query_is_null(q, 27)};
    ret->taken = !query_is_null(q, 28);
    if (ret->line.has_twin) {
        memcpy(ret->line.twin.bytes, query_get_bytes(q, 27).data, sizeof ret->line.twin.bytes);
    }
    if (ret->taken) {
        memcpy(ret->taken_by.bytes, query_get_bytes(q, 28).data, sizeof ret->taken_by.bytes);
    }
}

bool store_line_look(struct store *store, const struct case_id *id, struct case_line *ret)
{
    struct query *q =
        store_query(store, "SELECT flags, safe_start_ms, order_until_ms FROM case_line WHERE case_id = ?1");
    query_bytes(q, 1, case_bytes(id));
    bool found = query_row(q);
    if (found) {
        *ret = (struct case_line){.flags = (unsigned)number_at(q, 0),
                                  .safe_start_ms = number_at(q, 1),
                                  .order_until_ms = number_at(q, 2)};
    }
    query_end(q);
    return found;
}

/* A literal for each: the legal dates have an index of their own, and promises leave out what stands there. */
static struct query *step_query(struct store *store, enum line_step step)
{
    if (step == STEP_LEGAL) {
        return store_query(store, LINES "l.rank = 2 AND l.legal_ms IS NOT NULL AND l.exercise = ?1"
                                        " AND l.legal_ms <= ?5 AND (l.legal_ms, l.case_id) > (?2, ?3)"
                                        " ORDER BY l.legal_ms, l.case_id LIMIT ?4");
    }
    if (step == STEP_PROMISE) {
        return store_query(store, LINES "l.rank = 2 AND l.exercise = ?1"
                                        " AND (l.legal_ms IS NULL OR l.legal_ms > ?5)"
                                        " AND (l.at_ms, l.case_id) > (?2, ?3)"
                                        " ORDER BY l.at_ms, l.case_id LIMIT ?4");
    }
    if (step == STEP_LIFE || step == STEP_LOSS) {
        return store_query(store, LINES "l.rank = 1 AND l.exercise = ?1 AND (l.class = ?5) = ?6"
                                        " AND (l.at_ms, l.case_id) > (?2, ?3)"
                                        " ORDER BY l.at_ms, l.case_id LIMIT ?4");
    }
    return store_query(store, LINES "l.rank = ?5 AND l.exercise = ?1 AND (l.at_ms, l.case_id) > (?2, ?3)"
                                    " ORDER BY l.at_ms, l.case_id LIMIT ?4");
}

static enum line_rank rank_of(enum line_step step)
{
    static const enum line_rank ranks[STEPS] = {LINE_LOSS, LINE_LOSS,   LINE_OWED, LINE_OWED,
                                                LINE_READ, LINE_THEIRS, LINE_REST};
    return ranks[step];
}

size_t store_lines(struct store *store, const struct line_place *place, uint64_t near_ms, size_t max,
                   struct arena *arena, struct listed_line *ret)
{
    struct query *q = step_query(store, place->step);
    bool by_date = place->step == STEP_LEGAL || place->step == STEP_PROMISE;
    bool loss = place->step == STEP_LIFE || place->step == STEP_LOSS;
    size_t count = 0;
    query_int(q, 1, place->exercise ? 1 : 0);
    query_int(q, 2, place->any ? -1 : (int64_t)place->at_ms);
    query_bytes(q, 3, place->any ? bytes_of(NULL, 0) : case_bytes(&place->id));
    query_int(q, 4, (int64_t)max);
    if (loss) {
        query_int(q, 5, URGENCY_EMERGENCY);
        query_int(q, 6, place->step == STEP_LIFE ? 1 : 0);
    } else {
        query_int(q, 5, by_date ? (int64_t)near_ms : (int64_t)rank_of(place->step));
    }
    while (count < max && query_row(q)) {
        read_line(q, arena, &ret[count++]);
    }
    query_end(q);
    return count;
}

bool store_line_get(struct store *store, const struct case_id *id, struct arena *arena,
                    struct listed_line *ret)
{
    struct query *q = store_query(store, LINES "l.case_id = ?1");
    query_bytes(q, 1, case_bytes(id));
    bool found = query_row(q);
    if (found) {
        read_line(q, arena, ret);
    }
    query_end(q);
    return found;
}

uint64_t store_lines_from(struct store *store, enum line_rank rank)
{
    struct query *q = store_query(store, "SELECT sum(n) FROM line_count WHERE rank >= ?1");
    query_int(q, 1, (int64_t)rank);
    return query_number(q);
}
