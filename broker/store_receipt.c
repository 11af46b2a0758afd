/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/receipts.h"

static int64_t get_number(struct query *query)
{
    return (int64_t)query_number(query);
}

int64_t receipt_next_number(struct store *store)
{
    return get_number(store_query(store, "SELECT ifnull(max(number), 0) FROM receipt")) + 1;
}

void receipt_add(struct store *store, const struct receipt_row *row)
{
    struct query *query =
        store_query(store, "INSERT INTO receipt (number, kind, pair, taken_ms, digest, signed, loose)"
                           " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");
    query_int(query, 1, row->number);
    query_int(query, 2, row->kind);
    query_int(query, 3, row->pair);
    query_int(query, 4, (int64_t)row->taken_ms);
    query_bytes(query, 5, digest_bytes(&row->digest));
    query_bytes(query, 6, row->signed_bytes);
    query_int(query, 7, row->loose);
    query_run(query);
}

uint64_t receipts_loose(struct store *store, int64_t pair, const struct digest *digest, bool *ret_there)
{
    struct query *query = store_query(
        store, "SELECT count(*), ifnull(sum(digest = ?2), 0) FROM receipt WHERE pair = ?1 AND loose = 1");
    query_int(query, 1, pair);
    query_bytes(query, 2, digest_bytes(digest));
    uint64_t count = 0;
    *ret_there = false;
    if (query_row(query)) {
        count = (uint64_t)query_get_int(query, 0);
        *ret_there = query_get_int(query, 1) != 0;
    }
    query_end(query);
    return count;
}

uint64_t receipts_loose_bytes(struct store *store, int64_t recipient)
{
    struct query *query =
        store_query(store, "SELECT ifnull(sum(length(signed)), 0) FROM pair JOIN receipt"
                           " ON receipt.pair = pair.pair AND loose = 1 WHERE pair.recipient = ?1");
    query_int(query, 1, recipient);
    return (uint64_t)get_number(query);
}

bool receipt_find(struct store *store, int64_t number, struct arena *arena, struct receipt_row *ret)
{
    struct query *query =
        store_query(store, "SELECT kind, pair, taken_ms, digest, signed FROM receipt WHERE number = ?1");
    query_int(query, 1, number);
    bool found = query_row(query) && query_get_bytes(query, 3).size == sizeof ret->digest.bytes;
    if (found) {
        *ret = (struct receipt_row){.number = number,
                                    .kind = (enum receipt_kind)query_get_int(query, 0),
                                    .pair = query_get_int(query, 1),
                                    .taken_ms = (uint64_t)query_get_int(query, 2),
                                    .digest = digest_from(query_get_bytes(query, 3)),
                                    .signed_bytes = arena_copy(arena, query_get_bytes(query, 4))};
    }
    query_end(query);
    return found && ret->signed_bytes.data != NULL;
}

bool owed_add(struct store *store, int64_t party, int64_t number)
{
    struct query *query = store_query(store, "INSERT OR IGNORE INTO owed (party, number) VALUES (?1, ?2)");
    query_int(query, 1, party);
    query_int(query, 2, number);
    query_run(query);
    return store_outcome(store) == STORE_OK && store_changes(store) == 1;
}

bool owed_settle(struct store *store, int64_t party, int64_t number)
{
    struct query *query = store_query(store, "DELETE FROM owed WHERE party = ?1 AND number = ?2");
    query_int(query, 1, party);
    query_int(query, 2, number);
    query_run(query);
    bool was_owed = store_outcome(store) == STORE_OK && store_changes(store) == 1;
    query = store_query(store, "DELETE FROM receipt WHERE number = ?1 AND loose = 1");
    query_int(query, 1, number);
    query_run(query);
    return was_owed;
}

int64_t owed_next(struct store *store, int64_t party, int64_t after)
{
    struct query *query = store_query(
        store, "SELECT number FROM owed WHERE party = ?1 AND number > ?2 ORDER BY number LIMIT 1");
    query_int(query, 1, party);
    query_int(query, 2, after);
    return get_number(query);
}

uint64_t owed_count(struct store *store)
{
    return (uint64_t)get_number(store_query(store, "SELECT count(*) FROM owed"));
}
