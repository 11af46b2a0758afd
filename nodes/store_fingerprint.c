/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "nodes/fingerprint.h"

/* The other prints of the same thing: live or not alike, times that overlap, and no two custodians that differ. */
#define TWINS                                                                                                \
    " FROM fingerprint f JOIN fingerprint o ON o.hash = f.hash AND o.case_id <> f.case_id"                   \
    " AND o.exercise = f.exercise AND o.from_ms <= f.to_ms AND f.from_ms <= o.to_ms"                         \
    " AND (o.custodian = f.custodian OR o.custodian = '' OR f.custodian = '') WHERE f.case_id = ?1"

#define MS_STORED_MAX ((uint64_t)INT64_MAX)

static struct bytes case_bytes(const struct case_id *id)
{
    return bytes_of(id->bytes, sizeof id->bytes);
}

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
    struct query *q = store_query(store, "SELECT hash, item, custodian, from_ms, to_ms FROM fingerprint"
                                         " WHERE case_id = ?1 ORDER BY hash, item");
    size_t count = 0;
    query_bytes(q, 1, case_bytes(id));
    while (query_row(q)) {
        if (count < max) {
            struct bytes custodian = arena_copy(arena, bytes_of_text(query_get_text(q, 2)));
            ret[count] = (struct print_row){
                .print = {.hash = digest_from(query_get_bytes(q, 0)), read_ms(q, 3), read_ms(q, 4)},
                .item = (uint32_t)query_get_int(q, 1),
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
    struct query *q = store_query(store, "INSERT OR IGNORE INTO fingerprint(hash, case_id, item, custodian,"
                                         " from_ms, to_ms, exercise) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)");
    query_bytes(q, 1, digest_bytes(&row->print.hash));
    query_bytes(q, 2, case_bytes(id));
    query_int(q, 3, (int64_t)row->item);
    query_text(q, 4, row->custodian);
    query_int(q, 5, stored_ms(row->print.from_ms));
    query_int(q, 6, stored_ms(row->print.to_ms));
    query_int(q, 7, exercise ? 1 : 0);
    query_run(q);
}

size_t store_twins(struct store *store, const struct case_id *id, size_t max, struct twin *ret)
{
    struct query *q = store_query(store, "SELECT DISTINCT f.item, o.case_id, o.item" TWINS
                                         " ORDER BY o.case_id, f.item, o.item LIMIT ?2");
    size_t count = 0;
    query_bytes(q, 1, case_bytes(id));
    query_int(q, 2, (int64_t)max);
    while (count < max && query_row(q)) {
        ret[count].item = (uint32_t)query_get_int(q, 0);
        memcpy(ret[count].case_id.bytes, query_get_bytes(q, 1).data, sizeof ret->case_id.bytes);
        ret[count++].their_item = (uint32_t)query_get_int(q, 2);
    }
    query_end(q);
    return count;
}

void store_twins_touch(struct store *store, const struct case_id *id)
{
    struct query *q =
        store_query(store, "UPDATE case_file SET dirty = 1 WHERE case_id IN (SELECT o.case_id" TWINS ")");
    query_bytes(q, 1, case_bytes(id));
    query_run(q);
}
