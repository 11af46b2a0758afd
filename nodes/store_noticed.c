/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/store_noticed.h"

void store_notice(struct store *store, const char *what, uint64_t ms)
{
    struct query *q = store_query(store, "INSERT INTO noticed(what, at_ms) VALUES(?1, ?2)"
                                         " ON CONFLICT(what) DO UPDATE SET at_ms = ?2");
    query_text(q, 1, what);
    query_int(q, 2, (int64_t)ms);
    query_run(q);
}

void store_unnotice(struct store *store, const char *what)
{
    struct query *q = store_query(store, "DELETE FROM noticed WHERE what = ?1");
    query_text(q, 1, what);
    query_run(q);
}

uint64_t store_noticed(struct store *store, const char *what)
{
    if (store_number(store, "SELECT 1 FROM noticed LIMIT 1") == 0) {
        return 0;
    }
    struct query *q = store_query(store, "SELECT at_ms FROM noticed WHERE what = ?1");
    query_text(q, 1, what);
    return query_number(q);
}
