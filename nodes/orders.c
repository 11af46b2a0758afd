/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/orders.h"

void orders_follow(struct node *node, const struct case_row *row, const struct case_fold *fold,
                   struct line_records *ret)
{
    struct store *store = node->store;
    uint64_t n = 0, until_ms = 0;
    bool changed = false, first = false;
    if (row->own_side != SIDE_R || (fold->machine != MACHINE_HOLD && fold->machine != MACHINE_MLA)) {
        return;
    }
    bool any = store_orders_any(store, &row->id);
    for (size_t i = 0; i < fold->item_count; i++) {
        const struct case_item *item = &fold->items[i];
        changed = (any && store_order_item_end(store, &row->id, item->number, item->state == ITEM_ENDED)) ||
                  changed;
        ret->order_missing = ret->order_missing ||
                             (item_is_held(item) &&
                              !(any && store_order_of_item(store, &row->id, item->number, &n, &until_ms)));
    }
    if (changed) {
        store_orders_touch(store, &row->id);
        node->live.more = true;
    }
    if (any && store_order_of_case(store, &row->id, &n, &until_ms, &first)) {
        ret->renew_order = (uint32_t)n;
        ret->order_until_ms = until_ms;
        ret->renew_ms = until_ms > RENEW_LEAD_MS ? until_ms - RENEW_LEAD_MS : 1;
        ret->renew_watched = first;
    }
}
