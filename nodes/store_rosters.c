/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/rosters.h"

void store_roster_put(struct store *store, uint64_t version, const struct digest *hash, struct bytes bundle)
{
    struct query *q = store_query(store, "INSERT INTO roster(version, hash, bundle) VALUES(?1, ?2, ?3)");
    query_int(q, 1, (int64_t)version);
    query_bytes(q, 2, digest_bytes(hash));
    query_bytes(q, 3, bundle);
    query_run(q);
}

bool store_roster_get(struct store *store, uint64_t version, struct arena *arena, struct bytes *ret_bundle)
{
    struct query *q = store_query(store, "SELECT bundle FROM roster WHERE version = ?1 OR ?1 = 0"
                                         " ORDER BY version DESC LIMIT 1");
    query_int(q, 1, (int64_t)version);
    return query_copy(q, arena, ret_bundle);
}

bool store_roster_hash(struct store *store, uint64_t version, struct digest *ret)
{
    struct query *q = store_query(store, "SELECT hash FROM roster WHERE version = ?1");
    bool found = false;
    query_int(q, 1, (int64_t)version);
    if (query_row(q)) {
        found = true;
        *ret = digest_from(query_get_bytes(q, 0));
    }
    query_end(q);
    return found;
}
