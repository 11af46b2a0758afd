/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/rosters.h"

void roster_row_add(struct store *store, uint64_t version, struct bytes bundle)
{
    struct query *query = store_query(store, "INSERT INTO roster (version, bundle) VALUES (?1, ?2)");
    query_int(query, 1, (int64_t)version);
    query_bytes(query, 2, bundle);
    query_run(query);
}

bool roster_row_find(struct store *store, uint64_t version, struct arena *arena, struct bytes *ret)
{
    if (version > INT64_MAX) {
        return false;
    }
    struct query *query = store_query(store, "SELECT bundle FROM roster WHERE version = ?1");
    query_int(query, 1, (int64_t)version);
    struct bytes bundle = bytes_of(NULL, 0);
    if (query_row(query)) {
        bundle = arena_copy(arena, query_get_bytes(query, 0));
    }
    query_end(query);
    if (bundle.data == NULL) {
        return false;
    }
    *ret = bundle;
    return true;
}

uint64_t roster_row_newest(struct store *store)
{
    struct query *query = store_query(store, "SELECT ifnull(max(version), 0) FROM roster");
    return query_number(query);
}

void roster_fork_add(struct store *store, const struct digest *hash, uint64_t version, struct bytes bundle)
{
    struct query *query =
        store_query(store, "INSERT OR IGNORE INTO roster_fork (hash, version, bundle) SELECT ?1, ?2, ?3"
                           " WHERE (SELECT count(*) FROM roster_fork) < ?4");
    query_bytes(query, 1, digest_bytes(hash));
    query_int(query, 2, (int64_t)version);
    query_bytes(query, 3, bundle);
    query_int(query, 4, ROSTER_FORKS_MAX);
    query_run(query);
}

bool prekeys_row_find(struct store *store, int64_t party, struct arena *arena, struct prekeys_row *ret)
{
    struct query *query = store_query(store, "SELECT number, digest, list FROM prekeys WHERE party = ?1");
    query_int(query, 1, party);
    bool found = query_row(query) && query_get_bytes(query, 1).size == sizeof ret->digest.bytes;
    if (found) {
        *ret = (struct prekeys_row){.number = (uint64_t)query_get_int(query, 0),
                                    .digest = digest_from(query_get_bytes(query, 1))};
        if (arena != NULL) {
            ret->list = arena_copy(arena, query_get_bytes(query, 2));
        }
    }
    query_end(query);
    return found && (arena == NULL || ret->list.data != NULL);
}

void prekeys_row_put(struct store *store, int64_t party, const struct prekeys_row *row)
{
    struct query *query = store_query(store, "INSERT OR REPLACE INTO prekeys (party, number, digest, list)"
                                             " VALUES (?1, ?2, ?3, ?4)");
    query_int(query, 1, party);
    query_int(query, 2, (int64_t)row->number);
    query_bytes(query, 3, digest_bytes(&row->digest));
    query_bytes(query, 4, row->list);
    query_run(query);
}
