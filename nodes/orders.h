/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Domestic orders under holds: the requested side's own record, never sent. One order may carry the holds of several States and
 * own cases: it may be lifted only after the last of them has ended. It ends by itself on its date, and so it has to be
 * renewed, again and again, for as long as something is held under it (also, and just then, when a hold has no end).
 */
#ifndef COMITY_NODES_ORDERS_H
#define COMITY_NODES_ORDERS_H

#include "nodes/case_line.h"

struct order_row {
    uint64_t n;
    const char *custodian, *reference;
    uint64_t served_ms, until_ms; /* until: when it ends unless it is renewed */
    uint64_t renewals;
    uint64_t ended_ms; /* 0: it runs */
    const char *why;   /* it was ended while something was held under it; "" */
};
struct order_item {
    struct case_id case_id;
    uint32_t item;
    bool ended; /* of the case: nothing is held under the order for it */
};

/*
 * Notes which items of the case have ended, and fills in what its line says of orders. Other cases of an order whose items
 * changed are renewed, too: the first one with something held is where the renewal is watched.
 */
void orders_follow(struct node *, const struct case_row *, const struct case_fold *, struct line_records *);

/* --- as stored --- */

uint64_t store_order_put(struct store *, const struct order_row *);
MUST_USE bool store_order_get(struct store *, uint64_t n, struct arena *, struct order_row *ret);
/* Behind a number, in the order they were put; running: only those that run. */
size_t store_orders(struct store *, uint64_t after, bool running, size_t max, struct arena *,
                    struct order_row *ret);
void store_order_renew(struct store *, uint64_t n, uint64_t until_ms);
void store_order_end(struct store *, uint64_t n, uint64_t now_ms, const char *why);
void store_order_item_put(struct store *, uint64_t n, const struct order_item *);
size_t store_order_items(struct store *, uint64_t n, size_t max, struct order_item *ret);
/* How many of its items something is held for. */
uint64_t store_order_open_items(struct store *, uint64_t n);
/* Whether any order, of whatever time, is recorded under an item of the case. */
MUST_USE bool store_orders_any(struct store *, const struct case_id *);
/* True if that was new. */
bool store_order_item_end(struct store *, const struct case_id *, uint32_t item, bool ended);
/* The order under an item that ends last, of those that run; false: none is recorded. */
MUST_USE bool store_order_of_item(struct store *, const struct case_id *, uint32_t item, uint64_t *ret_n,
                                  uint64_t *ret_until_ms);
/* Of the running orders with something held for the case, the one that ends first. *ret_first: it is the first of its cases. */
MUST_USE bool store_order_of_case(struct store *, const struct case_id *, uint64_t *ret_n,
                                  uint64_t *ret_until_ms, bool *ret_first);
/* All cases of all orders of a case are to be renewed. */
void store_orders_touch(struct store *, const struct case_id *);
void store_order_touch(struct store *, uint64_t n);

#endif
