/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/store_receipts.h"

#include <stdio.h>
#include <string.h>

size_t store_receipts_due(struct store *store, size_t max, struct due_row *ret)
{
    if (store_number(store, "SELECT 1 FROM envelope_in WHERE due <> 0 LIMIT 1") == 0) {
        return 0;
    }
    struct query *q =
        store_query(store, "SELECT party, due, id, lane, incarnation, seq, reason FROM envelope_in"
                           " WHERE due <> 0 ORDER BY party, due, n LIMIT ?1");
    size_t count = 0;
    query_int(q, 1, (int64_t)max);
    while (count < max && query_row(q)) {
        struct due_row *row = &ret[count++];
        (void)snprintf(row->from.text, sizeof row->from.text, "%s", query_get_text(q, 0));
        row->kind = (enum receipt_kind)query_get_int(q, 1);
        row->item = (struct receipt_item){
            .id = {.digest = digest_from(query_get_bytes(q, 2))},
            .lane = (enum lane)query_get_int(q, 3),
            .incarnation = (uint32_t)query_get_int(q, 4),
            .seq = (uint32_t)query_get_int(q, 5),
            .reason = row->kind == RECEIPT_REFUSED ? (enum reason)query_get_int(q, 6) : REASON_NONE};
    }
    query_end(q);
    return count;
}

void store_receipt_given(struct store *store, const struct envelope_id *id)
{
    struct query *q = store_query(store, "UPDATE envelope_in SET due = 0 WHERE id = ?1");
    query_bytes(q, 1, digest_bytes(&id->digest));
    query_run(q);
}

bool store_receipt_put(struct store *store, const struct stored_receipt *receipt, uint64_t *ret_row)
{
    struct query *q =
        store_query(store, "INSERT OR IGNORE INTO receipt(digest, kind, party, own, settled, at_ms,"
                           " by_key, raw) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
    query_bytes(q, 1, digest_bytes(&receipt->digest));
    query_int(q, 2, (int64_t)receipt->kind);
    query_text(q, 3, receipt->party);
    query_int(q, 4, receipt->own ? 1 : 0);
    query_int(q, 5, receipt->settled ? 1 : 0);
    query_int(q, 6, (int64_t)receipt->at_ms);
    query_bytes(q, 7, bytes_of(receipt->by.bytes, sizeof receipt->by.bytes));
    query_bytes(q, 8, receipt->raw);
    query_run(q);
    bool added = store_changes(store) != 0;
    if (added) {
        *ret_row = (uint64_t)store_last_rowid(store);
    }
    return added;
}

void store_receipt_item(struct store *store, uint64_t row, enum receipt_kind kind,
                        const struct envelope_id *id)
{
    struct query *q =
        store_query(store, "INSERT OR IGNORE INTO receipt_item(envelope, kind, receipt) VALUES(?1, ?2, ?3)");
    query_bytes(q, 1, digest_bytes(&id->digest));
    query_int(q, 2, (int64_t)kind);
    query_int(q, 3, (int64_t)row);
    query_run(q);
}

bool store_receipt_unsettled(struct store *store, uint64_t after, struct arena *arena, uint64_t *ret_row,
                             struct stored_receipt *ret)
{
    if (store_number(store, "SELECT max(n) FROM receipt WHERE own = 1 AND settled = 0") <= after) {
        return false;
    }
    struct query *q = store_query(store, "SELECT n, kind, at_ms, by_key, digest, raw FROM receipt"
                                         " WHERE own = 1 AND settled = 0 AND n > ?1 ORDER BY n LIMIT 1");
    bool found = false;
    query_int(q, 1, (int64_t)after);
    if (query_row(q)) {
        struct bytes by = query_get_bytes(q, 3);
        struct stored_receipt receipt = {.kind = (enum receipt_kind)query_get_int(q, 1),
                                         .own = true,
                                         .at_ms = (uint64_t)query_get_int(q, 2),
                                         .digest = digest_from(query_get_bytes(q, 4)),
                                         .raw = arena_copy(arena, query_get_bytes(q, 5))};
        found = receipt.raw.data != NULL && by.size == sizeof receipt.by.bytes;
        if (found) {
            memcpy(receipt.by.bytes, by.data, by.size);
            *ret_row = (uint64_t)query_get_int(q, 0);
            *ret = receipt;
        }
    }
    query_end(q);
    return found;
}

bool store_receipt_settled(struct store *store, const struct digest *digest)
{
    struct query *q = store_query(store, "UPDATE receipt SET settled = 1 WHERE digest = ?1 AND own = 1");
    query_bytes(q, 1, digest_bytes(digest));
    query_run(q);
    return store_changes(store) != 0;
}

void store_receipt_again(struct store *store, const struct envelope_id *id)
{
    struct query *q =
        store_query(store, "UPDATE receipt SET settled = 0 WHERE own = 1 AND n IN"
                           " (SELECT receipt FROM receipt_item WHERE envelope = ?1 AND kind = ?2)");
    query_bytes(q, 1, digest_bytes(&id->digest));
    query_int(q, 2, RECEIPT_DELIVERED);
    query_run(q);
}

bool store_receipt_about(struct store *store, const struct envelope_id *id, enum receipt_kind kind,
                         struct arena *arena, struct bytes *ret_raw)
{
    struct query *q = store_query(store, "SELECT r.raw FROM receipt_item i JOIN receipt r ON r.n = i.receipt"
                                         " WHERE i.envelope = ?1 AND i.kind = ?2 AND r.own = 1"
                                         " ORDER BY r.n LIMIT 1");
    query_bytes(q, 1, digest_bytes(&id->digest));
    query_int(q, 2, (int64_t)kind);
    return query_copy(q, arena, ret_raw);
}

size_t node_receipts_of(struct node *node, const struct envelope_id *id, size_t max, struct arena *arena,
                        struct receipt_row *ret)
{
    struct query *q =
        store_query(node->store, "SELECT r.kind, r.own, r.settled, r.at_ms, r.raw FROM receipt_item i"
                                 " JOIN receipt r ON r.n = i.receipt WHERE i.envelope = ?1 ORDER BY r.n");
    size_t count = 0;
    query_bytes(q, 1, digest_bytes(&id->digest));
    while (count < max && query_row(q)) {
        ret[count++] = (struct receipt_row){.kind = (enum receipt_kind)query_get_int(q, 0),
                                            .own = query_get_int(q, 1) != 0,
                                            .settled = query_get_int(q, 2) != 0,
                                            .at_ms = (uint64_t)query_get_int(q, 3),
                                            .raw = arena_copy(arena, query_get_bytes(q, 4))};
    }
    query_end(q);
    return count;
}

uint64_t node_receipts_owed(struct node *node)
{
    struct query *q = store_query(node->store, "SELECT count(*) FROM receipt WHERE own = 1 AND settled = 0");
    return query_number(q);
}
