/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/store_chores.h"

void store_chore_put(struct store *store, const struct case_id *id, uint64_t at_ms)
{
    struct query *q = store_query(store, "INSERT INTO chore(case_id, at_ms) VALUES(?1, ?2)"
                                         " ON CONFLICT(case_id) DO UPDATE SET at_ms = ?2 WHERE at_ms > ?2");
    query_bytes(q, 1, bytes_of(id->bytes, sizeof id->bytes));
    query_int(q, 2, (int64_t)at_ms);
    query_run(q);
}

void store_chores_wake(struct store *store, uint64_t now_ms)
{
    uint64_t next_ms = store_chore_next_ms(store);
    if (next_ms == 0 || next_ms > now_ms) {
        return;
    }
    struct query *q = store_query(store, "UPDATE case_file SET dirty = 1 WHERE case_id IN"
                                         " (SELECT case_id FROM chore WHERE at_ms <= ?1)");
    query_int(q, 1, (int64_t)now_ms);
    query_run(q);
    q = store_query(store, "DELETE FROM chore WHERE at_ms <= ?1");
    query_int(q, 1, (int64_t)now_ms);
    query_run(q);
}

uint64_t store_chore_next_ms(struct store *store)
{
    return store_number(store, "SELECT min(at_ms) FROM chore");
}
