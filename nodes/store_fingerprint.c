/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "nodes/fingerprint.h"
#include "nodes/store_columns.h"

#define MS_STORED_MAX ((uint64_t)INT64_MAX)
/* Of those that name the same thing: a peer can name it as often as it likes (I9). */
#define OTHERS_LOOKED_AT 64

static int64_t stored_ms(uint64_t ms)
{
    return ms > MS_STORED_MAX ? INT64_MAX : (int64_t)ms;
}

static uint64_t read_ms(struct query *q, int column)
{
    int64_t ms = query_get_int(q, column);
    return ms == INT64_MAX ? UINT64_MAX : (uint64_t)ms;
}

size_t store_prints(struct store *store, const struct case_id *id, size_t max, struct arena *arena,
                    struct print_row *ret)
{
    struct query *q = store_query(store, "SELECT hash, items, custodian, from_ms, to_ms FROM fingerprint"
                                         " WHERE case_id = ?1 ORDER BY hash");
    size_t count = 0;
    query_bytes(q, 1, case_bytes(id));
    while (query_row(q)) {
        if (count < max) {
            struct bytes custodian = arena_copy(arena, bytes_of_text(query_get_text(q, 2)));
            ret[count] = (struct print_row){
                .print = {.hash = digest_from(query_get_bytes(q, 0)), read_ms(q, 3), read_ms(q, 4)},
                .items = (uint64_t)query_get_int(q, 1),
                .custodian = custodian.data == NULL ? "" : (const char *)custodian.data};
        }
        count++;
    }
    return count;
}

void store_prints_clear(struct store *store, const struct case_id *id)
{
    struct query *q = store_query(store, "DELETE FROM fingerprint WHERE case_id = ?1");
    query_bytes(q, 1, case_bytes(id));
    query_run(q);
}

void store_print_put(struct store *store, const struct case_id *id, const struct print_row *row,
                     bool exercise)
{
    struct query *q = store_query(store, "INSERT OR IGNORE INTO fingerprint(hash, case_id, items, custodian,"
                                         " from_ms, to_ms, exercise) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)");
    query_bytes(q, 1, digest_bytes(&row->print.hash));
    query_bytes(q, 2, case_bytes(id));
    query_int(q, 3, (int64_t)row->items);
    query_text(q, 4, row->custodian);
    query_int(q, 5, stored_ms(row->print.from_ms));
    query_int(q, 6, stored_ms(row->print.to_ms));
    query_int(q, 7, exercise ? 1 : 0);
    query_run(q);
}

/* Live or not alike, times that overlap, and no two custodians that differ. */
static struct query *query_others(struct store *store, const struct case_id *id, struct query *own)
{
    struct query *q = store_query(
        store, "SELECT o.case_id, o.items FROM (SELECT * FROM fingerprint WHERE hash = ?1 LIMIT ?8) o"
               " WHERE o.case_id <> ?2 AND o.exercise = ?3 AND o.from_ms <= ?4 AND o.to_ms >= ?5"
               " AND (o.custodian = ?6 OR o.custodian = '' OR ?6 = '') LIMIT ?7");
    query_bytes(q, 1, query_get_bytes(own, 0));
    query_bytes(q, 2, case_bytes(id));
    query_int(q, 3, query_get_int(own, 5));
    query_int(q, 4, query_get_int(own, 4));
    query_int(q, 5, query_get_int(own, 3));
    query_text(q, 6, query_get_text(own, 2));
    return q;
}

static bool is_listed(const struct twin *list, size_t count, const struct twin *twin, bool by_case)
{
    for (size_t i = 0; i < count; i++) {
        if (memcmp(list[i].case_id.bytes, twin->case_id.bytes, sizeof twin->case_id.bytes) == 0 &&
            (by_case || list[i].item == twin->item)) {
            return true;
        }
    }
    return false;
}

/* The first of a mask of items. */
static uint32_t lowest(uint64_t items)
{
    uint32_t number = 1;
    while (number < 64 && (items >> (number - 1) & 1U) == 0) {
        number++;
    }
    return number;
}

size_t store_twins(struct store *store, const struct case_id *id, bool by_case, size_t max, struct twin *ret)
{
    struct query *own =
        store_query(store, "SELECT hash, items, custodian, from_ms, to_ms, exercise FROM fingerprint"
                           " WHERE case_id = ?1 ORDER BY hash");
    size_t count = 0;
    query_bytes(own, 1, case_bytes(id));
    while (count < max && query_row(own)) {
        struct query *other = query_others(store, id, own);
        query_int(other, 7, (int64_t)max);
        query_int(other, 8, OTHERS_LOOKED_AT);
        while (count < max && query_row(other)) {
            uint64_t items = (uint64_t)query_get_int(own, 1);
            struct twin twin = {.their_item = lowest((uint64_t)query_get_int(other, 1))};
            memcpy(twin.case_id.bytes, query_get_bytes(other, 0).data, sizeof twin.case_id.bytes);
            for (; items != 0 && count < max; items &= items - 1) {
                twin.item = lowest(items);
                if (!is_listed(ret, count, &twin, by_case)) {
                    ret[count++] = twin;
                }
            }
        }
        query_end(other);
    }
    query_end(own);
    return count;
}
