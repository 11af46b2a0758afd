/* SPDX-License-Identifier: Apache-2.0 */
/* The register of domestic orders: one under many holds, lifted after the last, renewed again and again. */
/* cmocka.h wants the four before it. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <stdio.h>
#include <string.h>

#include "tests/support/api.h"

#define HELD     "{\"held\":{\"items\":[1,2],\"scope\":\"all\",\"custodianReference\":\"EH-1\"}}"
#define HELD_ALL "{\"held\":{\"scope\":\"all\",\"custodianReference\":\"EH-1\"}}"

static json_t *order_body(const char *case_id, const char *until)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:[{s:s, s:i}, {s:s, s:i}]}", "custodian", "Example Hosting",
                     "reference", "Order 12/26", "served", "2026-05-01T08:00:00Z", "until", until, "items",
                     "case", case_id, "item", 1, "case", case_id, "item", 2);
}

static json_t *put_order(struct api *api, const json_t *known, const char *case_id, const char *until,
                         unsigned *ret_status)
{
    json_t *body = order_body(case_id, until);
    if (known != NULL) {
        (void)json_object_set(body, "order", (json_t *)(uintptr_t)known);
    }
    return api_call(api, "XB/poc", VERB_ORDER_PUT, "", "", true, body, ret_status);
}

static json_t *order_at(struct api *api, size_t i)
{
    json_t *answer = officer_get(api->world, "XB/poc", VERB_ORDERS, "", "all=1");
    json_t *order = json_incref(json_array_get(json_object_get(answer, "orders"), i));
    json_decref(answer);
    return order;
}

static bool may_be_lifted(struct api *api)
{
    json_t *order = order_at(api, 0);
    bool may = json_is_true(json_object_get(order, "may_be_lifted"));
    json_decref(order);
    return may;
}

static unsigned act(struct api *api, enum verb verb, const char *n, json_t *body, json_t **ret)
{
    unsigned status = 0;
    *ret = api_call(api, "XB/poc", verb, n, "", true, body, &status);
    return status;
}

static bool has_flag(struct api *api, const char *case_id, const char *word)
{
    json_t *view = officer_get(api->world, "XB/poc", VERB_CASE, case_id, "");
    size_t i = 0;
    json_t *flag = NULL;
    bool has = false;
    json_array_foreach(json_object_get(view, "flags"), i, flag)
    {
        has = has || strcmp(json_string_value(flag), word) == 0;
    }
    json_decref(view);
    return has;
}

#define WITHDRAWN "{\"released\":{\"why\":\"WITHDRAWN\",\"text\":\"as you asked\"}}"

/* Two requests for the same data: the order goes only after both have ended. */
static void an_order_is_lifted_after_its_last_hold(void **state)
{
    struct api *api = *state;
    char first[33];
    unsigned status = 0;
    json_t *answer = NULL;
    api_case(api);
    (void)snprintf(first, sizeof first, "%s", api->case_id);
    json_t *order = put_order(api, NULL, first, "2026-12-01T00:00:00Z", &status);
    if (status != 200) {
        fail_msg("%u %s", status, api_text(order, "error"));
    }
    json_t *n = json_incref(json_object_get(order, "order"));
    json_decref(order);
    api_case(api);
    order = put_order(api, n, api->case_id, "", &status);
    assert_int_equal(status, 200);
    assert_int_equal(json_array_size(json_object_get(order, "items")), 4);
    json_decref(order);
    assert_false(may_be_lifted(api));
    assert_int_equal(act(api, VERB_ORDER_END, "1", json_object(), &answer), 409);
    assert_string_equal(api_text(answer, "code"), "STILL_HELD");
    json_decref(answer);
    for (size_t i = 0; i < 2; i++) {
        assert_false(may_be_lifted(api));
        api_send(api, "XB/poc", "{\"notHeld\":{\"items\":[1],\"cause\":\"NOT_FOUND\",\"text\":\"gone\"}}");
        assert_false(may_be_lifted(api)); /* the other item of it is still to be held */
        api_send(api, "XA/poc", API_WITHDRAW);
        api_send(api, "XB/poc", WITHDRAWN);
        (void)snprintf(api->case_id, sizeof api->case_id, "%s", first);
    }
    assert_true(may_be_lifted(api));
    assert_int_equal(act(api, VERB_ORDER_END, "1", json_object(), &answer), 200);
    json_decref(answer);
    assert_int_equal(act(api, VERB_ORDER_END, "1", json_object(), &answer), 409);
    json_decref(answer);
    json_decref(n);
}

static void a_hold_without_an_order_says_so(void **state)
{
    struct api *api = *state;
    unsigned status = 0;
    json_t *answer = NULL;
    api_case(api);
    assert_false(has_flag(api, api->case_id, "NO_ORDER"));
    api_send(api, "XB/poc", HELD);
    assert_true(has_flag(api, api->case_id, "NO_ORDER"));
    json_decref(put_order(api, NULL, api->case_id, "2026-12-01T00:00:00Z", &status));
    assert_int_equal(status, 200);
    api_settle(api);
    assert_false(has_flag(api, api->case_id, "NO_ORDER"));
    assert_int_equal(act(api, VERB_ORDER_END, "1", json_pack("{s:s}", "why", "the court lifted it"), &answer),
                     200);
    json_decref(answer);
    api_settle(api);
    assert_true(has_flag(api, api->case_id, "NO_ORDER"));
}

static const char *due_of(struct api *api, char room[32])
{
    json_t *inbox = officer_get(api->world, "XB/poc", VERB_INBOX, "", "all=1");
    const json_t *line = json_array_get(json_object_get(inbox, "cases"), 0);
    (void)snprintf(room, 32, "%s", api_text(json_object_get(line, "due"), "what"));
    json_decref(inbox);
    return room;
}

static size_t renewals_said(struct api *api)
{
    json_t *answer = officer_get(api->world, "XB/poc", VERB_ALARMS, "", "all=1");
    size_t i = 0, count = 0;
    json_t *alarm = NULL;
    json_array_foreach(json_object_get(answer, "alarms"), i, alarm)
    {
        count += strcmp(api_text(alarm, "what"), "renew") == 0;
    }
    json_decref(answer);
    return count;
}

/* The order ends on 20 June, the hold weeks later: the renewal stands first, is called out, and after it the next one. */
static void a_renewal_is_owed_again_and_again(void **state)
{
    struct api *api = *state;
    unsigned status = 0;
    json_t *answer = NULL;
    char room[32];
    api_case(api);
    api_send(api, "XB/poc", HELD_ALL);
    json_decref(put_order(api, NULL, api->case_id, "2026-06-20T00:00:00Z", &status));
    assert_int_equal(status, 200);
    api_settle(api);
    assert_string_equal(due_of(api, room), "renew");
    assert_true(world_leap(api->world, 8 * MS_PER_DAY));
    assert_true(world_pass(api->world, MS_PER_MINUTE));
    size_t before = renewals_said(api);
    assert_true(before >= 1);
    assert_int_equal(
        act(api, VERB_ORDER_RENEW, "1", json_pack("{s:s}", "until", "2026-06-20T00:00:00Z"), &answer), 422);
    json_decref(answer);
    assert_int_equal(
        act(api, VERB_ORDER_RENEW, "1", json_pack("{s:s}", "until", "2026-07-20T00:00:00Z"), &answer), 200);
    assert_int_equal(json_integer_value(json_object_get(answer, "renewals")), 1);
    assert_string_equal(api_text(answer, "renew_by"), "2026-07-10T00:00:00Z");
    json_decref(answer);
    assert_true(world_leap(api->world, 30 * MS_PER_DAY));
    assert_true(world_pass(api->world, MS_PER_MINUTE));
    assert_true(renewals_said(api) > before);
}

/* Said once for an order, at one of its cases; when nothing is held for that any more, at another one. */
static void the_renewal_of_an_order_is_watched_at_a_case_that_needs_it(void **state)
{
    struct api *api = *state;
    char first[33], second[33];
    unsigned status = 0;
    api_case(api);
    (void)snprintf(first, sizeof first, "%s", api->case_id);
    for (char *at = strstr(api->request, "\"value\""); at != NULL; at = strstr(at + 1, "\"value\"")) {
        char *digit = strpbrk(at, "0123456789"); /* of other things: no double, or that would renew both */
        *digit = *digit == '1' ? '2' : '1';
    }
    api_case(api);
    (void)snprintf(second, sizeof second, "%s", api->case_id);
    json_t *order = put_order(api, NULL, first, "2026-06-20T00:00:00Z", &status);
    json_t *n = json_incref(json_object_get(order, "order"));
    json_decref(order);
    json_decref(put_order(api, n, second, "", &status));
    assert_int_equal(status, 200);
    json_decref(n);
    bool first_is_less = strcmp(first, second) < 0;
    (void)snprintf(api->case_id, sizeof api->case_id, "%s", first_is_less ? first : second);
    api_send(api, "XA/poc", API_WITHDRAW);
    api_send(api, "XB/poc", WITHDRAWN);
    assert_true(world_leap(api->world, 9 * MS_PER_DAY));
    assert_true(world_pass(api->world, MS_PER_MINUTE));
    json_t *answer = officer_get(api->world, "XB/poc", VERB_ALARMS, "", "all=1");
    size_t i = 0, renewals = 0;
    json_t *alarm = NULL;
    json_array_foreach(json_object_get(answer, "alarms"), i, alarm)
    {
        renewals += strcmp(api_text(alarm, "what"), "renew") == 0 &&
                    strcmp(api_text(alarm, "case"), first_is_less ? second : first) == 0;
    }
    assert_true(renewals >= 1);
    json_decref(answer);
}

static void what_is_no_order_is_refused(void **state)
{
    struct api *api = *state;
    unsigned status = 0;
    api_case(api);
    json_t *answer = put_order(api, NULL, "nothing", "2026-12-01T00:00:00Z", &status);
    api_assert_refused(answer, status, 404, "NOT_FOUND");
    answer = put_order(api, NULL, api->case_id, "2026-04-01T00:00:00Z", &status);
    api_assert_refused(answer, status, 422, "MALFORMED");
    answer = put_order(api, NULL, api->case_id, "2026-12-01", &status);
    api_assert_refused(answer, status, 422, "MALFORMED");
    answer = api_call(api, "XA/poc", VERB_ORDER_PUT, "", "", true,
                      json_pack("{s:s, s:s, s:s, s:s, s:[{s:s, s:i}]}", "custodian", "C", "reference", "R",
                                "served", "2026-05-01T08:00:00Z", "until", "2026-12-01T00:00:00Z", "items",
                                "case", api->case_id, "item", 1),
                      &status);
    api_assert_refused(answer, status, 422, "MALFORMED"); /* XA asked: others hold for it */
    assert_int_equal(act(api, VERB_ORDER_RENEW, "7", json_object(), &answer), 404);
    json_decref(answer);
}

/* --- memory --- */

static size_t allocations, failing; /* of jansson; the one that fails, 0: none */

static void *failing_malloc(size_t size)
{
    return ++allocations == failing ? NULL : malloc(size);
}

static size_t order_count(struct api *api)
{
    json_t *answer = officer_get(api->world, "XB/poc", VERB_ORDERS, "", "all=1");
    size_t count = json_array_size(json_object_get(answer, "orders"));
    json_decref(answer);
    return count;
}

/* Each allocation of the answer fails once: what is answered 503 was not done, and what was done is answered. */
static void without_memory_for_its_answer_nothing_is_recorded(void **state)
{
    struct api *api = *state;
    size_t recorded = 0, refused = 0;
    api_case(api);
    for (size_t fail = 1, last = SIZE_MAX; fail <= last; fail++) {
        unsigned status = 0;
        json_t *body = order_body(api->case_id, "2026-12-01T00:00:00Z");
        json_set_alloc_funcs(failing_malloc, free);
        allocations = 0;
        failing = fail;
        json_t *answer = api_call(api, "XB/poc", VERB_ORDER_PUT, "", "", true, body, &status);
        last = allocations;
        json_set_alloc_funcs(malloc, free);
        assert_true(status == 200 || status == 503);
        recorded += status == 200;
        refused += status == 503;
        json_decref(answer);
        assert_int_equal(order_count(api), recorded);
    }
    assert_true(refused > 20);
    unsigned status = 0;
    json_decref(put_order(api, NULL, api->case_id, "2026-12-01T00:00:00Z", &status));
    assert_int_equal(status, 200);
    assert_int_equal(order_count(api), recorded + 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, api_set_up, api_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_order_is_lifted_after_its_last_hold),
        TEST(a_hold_without_an_order_says_so),
        TEST(a_renewal_is_owed_again_and_again),
        TEST(the_renewal_of_an_order_is_watched_at_a_case_that_needs_it),
        TEST(what_is_no_order_is_refused),
        TEST(without_memory_for_its_answer_nothing_is_recorded),
    };
    return cmocka_run_group_tests_name("orders", tests, NULL, NULL);
}
