/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/store_exercise.h"

#include <stdio.h>
#include <string.h>

#include "nodes/case_line.h"

#define OF_EXERCISE "(SELECT case_id FROM case_file WHERE exercise = ?1)"

static struct query *of_exercise(struct query *q, const struct exercise_id *id)
{
    query_bytes(q, 1, bytes_of(id->bytes, sizeof id->bytes));
    return q;
}

static uint64_t count(struct query *q)
{
    uint64_t n = query_row(q) ? (uint64_t)query_get_int(q, 0) : 0;
    query_end(q);
    return n;
}

void store_exercise_drop(struct store *store)
{
    query_run(store_query(store, "DELETE FROM exercise"));
}

void store_exercise_put(struct store *store, const struct exercise_row *row)
{
    store_exercise_drop(store);
    struct query *q = of_exercise(
        store_query(store, "INSERT INTO exercise(id, title, joined_ms) VALUES(?1, ?2, ?3)"), &row->id);
    query_text(q, 2, row->title);
    query_int(q, 3, (int64_t)row->joined_ms);
    query_run(q);
}

bool store_exercise_get(struct store *store, struct exercise_row *ret)
{
    struct exercise_row row = {.joined_ms = 0};
    struct query *q = store_query(store, "SELECT id, title, joined_ms FROM exercise");
    bool found = query_row(q) && query_get_bytes(q, 0).size == sizeof row.id.bytes;
    if (found) {
        memcpy(row.id.bytes, query_get_bytes(q, 0).data, sizeof row.id.bytes);
        (void)snprintf(row.title, sizeof row.title, "%s", query_get_text(q, 1));
        row.joined_ms = (uint64_t)query_get_int(q, 2);
        *ret = row;
    }
    query_end(q);
    return found;
}

static uint64_t open_cases(struct store *store, const struct exercise_id *id)
{
    struct query *q = of_exercise(
        store_query(store, "SELECT COUNT(*) FROM case_line WHERE rank <> ?2 AND case_id IN " OF_EXERCISE),
        id);
    query_int(q, 2, LINE_REST);
    return count(q);
}

struct exercise_left store_exercise_left(struct store *store, const struct exercise_id *id)
{
    return (struct exercise_left){
        .cases =
            count(of_exercise(store_query(store, "SELECT COUNT(*) FROM case_file WHERE exercise = ?1"), id)),
        .open = open_cases(store, id),
        .letters = count(
            of_exercise(store_query(store, "SELECT COUNT(*) FROM letter WHERE case_id IN " OF_EXERCISE), id)),
    };
}

void store_exercise_touch(struct store *store, const struct exercise_id *id)
{
    query_run(of_exercise(store_query(store, "UPDATE case_file SET dirty = 1 WHERE exercise = ?1"), id));
}

void store_exercise_hush(struct store *store, const struct exercise_id *id, uint64_t now_ms)
{
    store_exercise_touch(store, id);
    struct query *q = of_exercise(
        store_query(
            store,
            "UPDATE alarm SET seen_ms = ?2, seen_by = '' WHERE seen_ms = 0 AND case_id IN " OF_EXERCISE),
        id);
    query_int(q, 2, (int64_t)now_ms);
    query_run(q);
}
