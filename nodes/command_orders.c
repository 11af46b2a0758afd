/* SPDX-License-Identifier: Apache-2.0 */
/* ORDERS, ORDER_PUT, ORDER_RENEW, ORDER_END: the register of domestic orders under holds (orders.h). */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "nodes/orders.h"
#include "nodes/view.h"

#define ORDERS_MAX      1000
#define ORDER_ITEMS_MAX 1024
#define WORDS_MAX       400

/* --- what is said --- */

static bool refuse(struct call *call, const char *what)
{
    answer_error(call, 422, "MALFORMED", "see docs/api.yaml, orders", "%s", say(call->words, what));
    return false;
}

static bool moment(struct call *call, const char *member, uint64_t *ret)
{
    struct instant at = {.ms = 0};
    const json_t *json = body_member(call, member);
    if (!json_is_string(json) || instant_read(bytes_of_text(json_string_value(json)), &at) != INSTANT_OK ||
        at.ms <= 0) {
        return refuse(call, call_text(call, "%s is no moment with a zone", member));
    }
    *ret = (uint64_t)at.ms;
    return true;
}

static bool words(struct call *call, const char *member, const char **ret)
{
    const json_t *json = body_member(call, member);
    size_t size = json_string_length(json);
    if (size == 0 || size > WORDS_MAX || !text_is_line(bytes_of(json_string_value(json), size))) {
        return refuse(call, call_text(call, "%s is no line of 1 to %d bytes", member, WORDS_MAX));
    }
    *ret = json_string_value(json);
    return true;
}

static bool order_of_path(struct call *call, struct order_row *ret)
{
    if (!store_order_get(call->node->store, strtoull(call->command->target, NULL, 10), call->arena, ret)) {
        answer_error(call, 404, "NOT_FOUND", "list them: comity orders", "there is no order of that number");
        return false;
    }
    if (ret->ended_ms != 0) {
        answer_error(call, 409, "ENDED", "record the new one", "order %llu has ended",
                     (unsigned long long)ret->n);
        return false;
    }
    return true;
}

/* {"case": NAME, "item": N}: an item that this side holds, or is asked to hold. */
static bool read_item(struct call *call, const json_t *json, struct order_item *ret)
{
    struct case_row row;
    const char *name = json_string_value(json_object_get(json, "case"));
    json_int_t item = json_integer_value(json_object_get(json, "item"));
    if (name == NULL) {
        return refuse(call, "items are {\"case\": ..., \"item\": ...}");
    }
    if (!call_case(call, name, &row)) {
        return false;
    }
    const struct case_fold *fold = case_load(call->node, &row.id, call->arena);
    if (fold == NULL) {
        answer_too_large(call);
        return false;
    }
    if (row.own_side != SIDE_R || item < 1 || (size_t)item > fold->item_count) {
        return refuse(call, "an item is none of what this side is asked to hold");
    }
    *ret = (struct order_item){
        .case_id = row.id, .item = (uint32_t)item, .ended = fold->items[item - 1].state == ITEM_ENDED};
    return true;
}

/* --- what is answered --- */

static json_t *items_json(struct call *call, uint64_t n)
{
    json_t *list = json_array();
    struct order_item *items = arena_zero(call->arena, ORDER_ITEMS_MAX, sizeof *items);
    size_t count = items == NULL ? 0 : store_order_items(call->node->store, n, ORDER_ITEMS_MAX, items);
    for (size_t i = 0; i < count; i++) {
        struct case_row row;
        json_t *json = json_object();
        put_hex(call, json, "case", bytes_of(items[i].case_id.bytes, sizeof items[i].case_id.bytes));
        if (case_get(call->node, &items[i].case_id, call->arena, &row)) {
            put_text(call, json, "who", row.q.text);
            put_text(call, json, "reference", row.q_reference);
        }
        put_number(call, json, "item", items[i].item);
        put_true(call, json, "ended", items[i].ended);
        append(call, list, json);
    }
    return list;
}

static json_t *order_json(struct call *call, const struct order_row *order)
{
    json_t *json = json_object();
    bool runs = order->ended_ms == 0;
    put_number(call, json, "order", order->n);
    put_text(call, json, "custodian", order->custodian);
    put_text(call, json, "reference", order->reference);
    put_ms(call, json, "served", order->served_ms);
    put_ms(call, json, "until", order->until_ms);
    put_number(call, json, "renewals", order->renewals);
    if (runs && order->until_ms > RENEW_LEAD_MS) {
        put_ms(call, json, "renew_by", order->until_ms - RENEW_LEAD_MS);
    }
    put_ms(call, json, "ended", order->ended_ms);
    put_text(call, json, "why", order->why);
    put_true(call, json, "may_be_lifted", runs && store_order_open_items(call->node->store, order->n) == 0);
    put(call, json, "items", items_json(call, order->n));
    return json;
}

static void answer_order(struct call *call, uint64_t n)
{
    struct order_row order;
    store_order_touch(call->node->store, n); /* lines and alarms follow */
    call->changed = true;
    if (store_order_get(call->node->store, n, call->arena, &order)) {
        answer_json(call, order_json(call, &order));
    }
}

void view_orders(struct call *call)
{
    const char *after = query_value(call, "after");
    const char *all = query_value(call, "all");
    struct order_row *orders = arena_zero(call->arena, ORDERS_MAX, sizeof *orders);
    if (orders == NULL) {
        answer_too_large(call);
        return;
    }
    size_t count = store_orders(call->node->store, after == NULL ? 0 : strtoull(after, NULL, 10),
                                all == NULL || strcmp(all, "1") != 0, ORDERS_MAX, call->arena, orders);
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        append(call, list, order_json(call, &orders[i]));
    }
    json_t *json = json_object();
    put(call, json, "orders", list);
    if (count == ORDERS_MAX) {
        put_number(call, json, "more", orders[count - 1].n);
    }
    answer_json(call, json);
}

/* {"custodian", "reference", "served", "until", "items": [...]}, or {"order": N, "items": [...]}: more items under it. */
void command_order_put(struct call *call)
{
    const json_t *list = body_member(call, "items");
    const json_t *known = body_member(call, "order");
    size_t count = json_array_size(list);
    struct order_row order = {.n = 0};
    struct order_item *items = arena_zero(call->arena, ORDER_ITEMS_MAX, sizeof *items);
    if (items == NULL || !call_has_roster(call)) {
        answer_too_large(call);
        return;
    }
    if (count == 0 || count > ORDER_ITEMS_MAX) {
        (void)refuse(call, "name 1 to 1,024 items that are held under it");
        return;
    }
    bool good = known != NULL ||
                (words(call, "custodian", &order.custodian) && words(call, "reference", &order.reference) &&
                 moment(call, "served", &order.served_ms) && moment(call, "until", &order.until_ms));
    if (good && known == NULL && order.until_ms <= order.served_ms) {
        good = refuse(call, "the order ends before it was served");
    }
    for (size_t i = 0; good && i < count; i++) {
        good = read_item(call, json_array_get(list, i), &items[i]);
    }
    if (good && known != NULL &&
        (!store_order_get(call->node->store, (uint64_t)json_integer_value(known), call->arena, &order) ||
         order.ended_ms != 0)) {
        good = refuse(call, "there is no such order that runs");
    }
    if (good) {
        order.n = known != NULL ? order.n : store_order_put(call->node->store, &order);
        for (size_t i = 0; i < count; i++) {
            store_order_item_put(call->node->store, order.n, &items[i]);
        }
        answer_order(call, order.n);
    }
}

/* {"until"} */
void command_order_renew(struct call *call)
{
    struct order_row order;
    uint64_t until_ms = 0;
    if (!order_of_path(call, &order) || !moment(call, "until", &until_ms)) {
        return;
    }
    if (until_ms <= order.until_ms) {
        (void)refuse(call, "a renewed order ends later than before");
        return;
    }
    store_order_renew(call->node->store, order.n, until_ms);
    answer_order(call, order.n);
}

/* {} once nothing is held under it any more; else {"why"}: a court lifted it. */
void command_order_end(struct call *call)
{
    struct order_row order;
    const char *why = "";
    if (!order_of_path(call, &order) || (body_member(call, "why") != NULL && !words(call, "why", &why))) {
        return;
    }
    uint64_t open = store_order_open_items(call->node->store, order.n);
    if (open != 0 && why[0] == '\0') {
        const char *text = arena_format(call->arena,
                                        say_n(call->words, "%llu item is still held under order %llu",
                                              "%llu items are still held under order %llu", open),
                                        (unsigned long long)open, (unsigned long long)order.n);
        answer_error(call, 409, "STILL_HELD", "end those first; if a court lifted it, say so in \"why\"",
                     "%s", text == NULL ? "?" : text);
        put(call, call->json, "items", items_json(call, order.n));
        return;
    }
    store_order_end(call->node->store, order.n, call->now.ms, why);
    answer_order(call, order.n);
}
