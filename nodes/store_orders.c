/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "nodes/orders.h"
#include "nodes/store_columns.h"

#define COLUMNS "SELECT n, custodian, reference, served_ms, until_ms, renewals, ended_ms, why FROM hold_order"

static void read_order(struct query *q, struct arena *arena, struct order_row *ret)
{
    *ret = (struct order_row){.n = number_at(q, 0),
                              .custodian = text_at(q, 1, arena),
                              .reference = text_at(q, 2, arena),
                              .served_ms = number_at(q, 3),
                              .until_ms = number_at(q, 4),
                              .renewals = number_at(q, 5),
                              .ended_ms = number_at(q, 6),
                              .why = text_at(q, 7, arena)};
}

uint64_t store_order_put(struct store *store, const struct order_row *row)
{
    struct query *q = store_query(store, "INSERT INTO hold_order(custodian, reference, served_ms, until_ms,"
                                         " renewals, ended_ms, why) VALUES(?1, ?2, ?3, ?4, 0, 0, '')");
    query_text(q, 1, row->custodian);
    query_text(q, 2, row->reference);
    query_int(q, 3, (int64_t)row->served_ms);
    query_int(q, 4, (int64_t)row->until_ms);
    query_run(q);
    return (uint64_t)store_last_rowid(store);
}

bool store_order_get(struct store *store, uint64_t n, struct arena *arena, struct order_row *ret)
{
    struct query *q = store_query(store, COLUMNS " WHERE n = ?1");
    query_int(q, 1, (int64_t)n);
    bool found = query_row(q);
    if (found) {
        read_order(q, arena, ret);
    }
    query_end(q);
    return found;
}

size_t store_orders(struct store *store, uint64_t after, bool running, size_t max, struct arena *arena,
                    struct order_row *ret)
{
    struct query *q =
        store_query(store, COLUMNS " WHERE n > ?1 AND (?2 = 0 OR ended_ms = 0) ORDER BY n LIMIT ?3");
    size_t count = 0;
    query_int(q, 1, (int64_t)after);
    query_int(q, 2, running ? 1 : 0);
    query_int(q, 3, (int64_t)max);
    while (count < max && query_row(q)) {
        read_order(q, arena, &ret[count++]);
    }
    query_end(q);
    return count;
}

void store_order_renew(struct store *store, uint64_t n, uint64_t until_ms)
{
    struct query *q =
        store_query(store, "UPDATE hold_order SET until_ms = ?2, renewals = renewals + 1 WHERE n = ?1");
    query_int(q, 1, (int64_t)n);
    query_int(q, 2, (int64_t)until_ms);
    query_run(q);
}

void store_order_end(struct store *store, uint64_t n, uint64_t now_ms, const char *why)
{
    struct query *q = store_query(store, "UPDATE hold_order SET ended_ms = ?2, why = ?3 WHERE n = ?1");
    query_int(q, 1, (int64_t)n);
    query_int(q, 2, (int64_t)now_ms);
    query_text(q, 3, why);
    query_run(q);
}

void store_order_item_put(struct store *store, uint64_t n, const struct order_item *item)
{
    struct query *q = store_query(store, "INSERT OR IGNORE INTO hold_order_item(n, case_id, item, ended)"
                                         " VALUES(?1, ?2, ?3, ?4)");
    query_int(q, 1, (int64_t)n);
    query_bytes(q, 2, case_bytes(&item->case_id));
    query_int(q, 3, (int64_t)item->item);
    query_int(q, 4, item->ended ? 1 : 0);
    query_run(q);
}

size_t store_order_items(struct store *store, uint64_t n, size_t max, struct order_item *ret)
{
    struct query *q = store_query(store, "SELECT case_id, item, ended FROM hold_order_item WHERE n = ?1"
                                         " ORDER BY case_id, item LIMIT ?2");
    size_t count = 0;
    query_int(q, 1, (int64_t)n);
    query_int(q, 2, (int64_t)max);
    while (count < max && query_row(q)) {
        memcpy(ret[count].case_id.bytes, query_get_bytes(q, 0).data, sizeof ret->case_id.bytes);
        ret[count].item = (uint32_t)number_at(q, 1);
        ret[count++].ended = query_get_int(q, 2) != 0;
    }
    query_end(q);
    return count;
}

uint64_t store_order_open_items(struct store *store, uint64_t n)
{
    struct query *q = store_query(store, "SELECT count(*) FROM hold_order_item WHERE n = ?1 AND ended = 0");
    query_int(q, 1, (int64_t)n);
    return query_number(q);
}

bool store_orders_any(struct store *store, const struct case_id *id)
{
    struct query *q = store_query(store, "SELECT 1 FROM hold_order_item WHERE case_id = ?1 LIMIT 1");
    query_bytes(q, 1, case_bytes(id));
    return query_any(q);
}

bool store_order_item_end(struct store *store, const struct case_id *id, uint32_t item, bool ended)
{
    struct query *q = store_query(
        store, "UPDATE hold_order_item SET ended = ?3 WHERE case_id = ?1 AND item = ?2 AND ended <> ?3");
    query_bytes(q, 1, case_bytes(id));
    query_int(q, 2, (int64_t)item);
    query_int(q, 3, ended ? 1 : 0);
    query_run(q);
    return store_changes(store) != 0;
}

bool store_order_of_item(struct store *store, const struct case_id *id, uint32_t item, uint64_t *ret_n,
                         uint64_t *ret_until_ms)
{
    struct query *q = store_query(
        store, "SELECT o.n, o.until_ms FROM hold_order_item i JOIN hold_order o ON o.n = i.n"
               " WHERE i.case_id = ?1 AND i.item = ?2 AND o.ended_ms = 0 ORDER BY o.until_ms DESC LIMIT 1");
    query_bytes(q, 1, case_bytes(id));
    query_int(q, 2, (int64_t)item);
    bool found = query_row(q);
    if (found) {
        *ret_n = number_at(q, 0);
        *ret_until_ms = number_at(q, 1);
    }
    query_end(q);
    return found;
}

bool store_order_of_case(struct store *store, const struct case_id *id, uint64_t *ret_n,
                         uint64_t *ret_until_ms, bool *ret_first)
{
    struct query *q = store_query(
        store, "SELECT o.n, o.until_ms, (SELECT min(j.case_id) FROM hold_order_item j"
               " WHERE j.n = o.n AND j.ended = 0) = ?1 FROM hold_order_item i JOIN hold_order o ON o.n = i.n"
               " WHERE i.case_id = ?1 AND i.ended = 0 AND o.ended_ms = 0 ORDER BY o.until_ms, o.n LIMIT 1");
    query_bytes(q, 1, case_bytes(id));
    bool found = query_row(q);
    if (found) {
        *ret_n = number_at(q, 0);
        *ret_until_ms = number_at(q, 1);
        *ret_first = query_get_int(q, 2) != 0;
    }
    query_end(q);
    return found;
}

void store_orders_touch(struct store *store, const struct case_id *id)
{
    struct query *q = store_query(
        store, "UPDATE case_file SET dirty = 1 WHERE case_id <> ?1 AND case_id IN (SELECT j.case_id FROM"
               " hold_order_item i JOIN hold_order_item j ON j.n = i.n WHERE i.case_id = ?1)");
    query_bytes(q, 1, case_bytes(id));
    query_run(q);
}

void store_order_touch(struct store *store, uint64_t n)
{
    struct query *q = store_query(store, "UPDATE case_file SET dirty = 1 WHERE case_id IN"
                                         " (SELECT case_id FROM hold_order_item WHERE n = ?1)");
    query_int(q, 1, (int64_t)n);
    query_run(q);
}
