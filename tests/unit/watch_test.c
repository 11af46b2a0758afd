/* SPDX-License-Identifier: Apache-2.0 */
/* Alarms: ladders in order, each step once, over restarts and jumps of the clock; who has a case; what is noted on it. */
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

#include "nodes/watch.h"
#include "tests/support/api.h"
#include "tests/support/node_rig.h"

/* --- ladders --- */

static struct watch date_of(enum clock_name clock, enum urgency urgency)
{
    return (struct watch){
        .clock = clock, .urgency = urgency, .due_ms = UINT64_C(1794816000000)}; /* a Monday */
}

static void steps_of_every_ladder_are_in_order_of_time(void **state)
{
    (void)state;
    static const enum clock_name own[] = {CLOCK_LOOK,    CLOCK_ANSWER, CLOCK_DECIDE, CLOCK_CONFIRM,
                                          CLOCK_INFO,    CLOCK_HOLD,   CLOCK_EXTEND, CLOCK_MLA,
                                          CLOCK_RELEASE, CLOCK_STATUS, CLOCK_RENEW,  CLOCK_START};
    for (size_t c = 0; c < sizeof own / sizeof own[0]; c++) {
        for (enum urgency u = URGENCY_NONE; u <= URGENCY_ROUTINE; u++) {
            struct watch watch = date_of(own[c], u);
            assert_true(watch_steps(&watch) >= 3);
            for (unsigned step = 2; step <= watch_steps(&watch); step++) {
                assert_true(watch_at_ms(&watch, step) > watch_at_ms(&watch, step - 1));
                assert_true(watch_who(&watch, step) >= watch_who(&watch, step - 1));
            }
        }
    }
}

/* Of a letter that did not come there: the officer on duty at once, the head on the next working day while nobody has the case. */
static void a_letter_that_went_wrong_has_a_ladder_of_its_own(void **state)
{
    (void)state;
    const enum clock_name clocks[] = {CLOCK_UNDELIVERED, CLOCK_FAILED};
    for (size_t i = 0; i < 2; i++) {
        struct watch watch = date_of(clocks[i], URGENCY_URGENT);
        const struct steps_said none = {.at_ms = {0}}, duty = {.at_ms = {0, watch.due_ms}};
        assert_int_equal(watch_steps(&watch), 2);
        assert_int_equal(watch_who(&watch, 1), WHO_DUTY);
        assert_int_equal(watch_at_ms(&watch, 1), watch.due_ms);
        assert_int_equal(watch_who(&watch, 2), WHO_HEAD);
        assert_int_equal(watch_at_ms(&watch, 2), watch.due_ms + MS_PER_DAY);
        assert_int_equal(watch_next(&watch, &none, 0), 1);
        assert_int_equal(watch_next(&watch, &duty, 0), 2);
        watch.taken = true;
        assert_int_equal(watch_next(&watch, &none, 0), 1);
        assert_int_equal(watch_next(&watch, &duty, 0), 0);
    }
}

static void ladders_are_those_of_the_plan(void **state)
{
    (void)state;
    struct watch look = date_of(CLOCK_LOOK, URGENCY_EMERGENCY); /* 30 minutes */
    for (unsigned step = 1; step <= 4; step++) {
        assert_int_equal(watch_at_ms(&look, step),
                         look.due_ms - 30 * MS_PER_MINUTE + step * 15 * MS_PER_MINUTE);
        assert_int_equal(watch_who(&look, step), WHO_HOLDER + step);
    }
    struct watch release =
        date_of(CLOCK_RELEASE, URGENCY_ROUTINE); /* due on a Monday: the day before is Friday */
    assert_int_equal(watch_at_ms(&release, 1), release.due_ms - 3 * MS_PER_DAY);
    assert_int_equal(watch_at_ms(&release, 2), release.due_ms);
    assert_int_equal(watch_at_ms(&release, 3), release.due_ms + MS_PER_DAY);
    static const int32_t holidays[] = {(int32_t)(UINT64_C(1794816000000) / MS_PER_DAY) + 1};
    const struct calendar sun_thu = {
        .entry = {.week = 1 | 2 | 4 | 8 | 16, .holidays = holidays, .holiday_count = 1}};
    release.calendar =
        &sun_thu; /* Sunday was the day before, Tuesday is a holiday, Friday and Saturday are free */
    assert_int_equal(watch_at_ms(&release, 1), release.due_ms - MS_PER_DAY);
    assert_int_equal(watch_at_ms(&release, 3), release.due_ms + 2 * MS_PER_DAY);
    assert_int_equal(watch_at_ms(&release, 4), release.due_ms + 6 * MS_PER_DAY);
    struct watch hold = date_of(CLOCK_HOLD, URGENCY_ROUTINE);
    static const unsigned days[] = {30, 14, 7, 3, 1, 0};
    for (unsigned i = 0; i < 6; i++) {
        assert_int_equal(watch_at_ms(&hold, i + 1), hold.due_ms - days[i] * MS_PER_DAY);
    }
}

static void a_step_is_said_once_for_its_date(void **state)
{
    (void)state;
    struct steps_said said = {.at_ms = {0}};
    struct watch hold = date_of(CLOCK_HOLD, URGENCY_ROUTINE);
    assert_int_equal(watch_next(&hold, &said, 0), 1);
    said.at_ms[2] = watch_at_ms(&hold, 2);
    assert_int_equal(watch_next(&hold, &said, 0), 3); /* the first was passed over for good */
    hold.due_ms += 1000;                              /* a receipt moved it a second */
    assert_int_equal(watch_next(&hold, &said, 0), 3);
    hold.due_ms += 60 * MS_PER_DAY; /* extended: all lie ahead again */
    assert_int_equal(watch_next(&hold, &said, 0), 1);
    struct watch look = date_of(CLOCK_LOOK, URGENCY_URGENT);
    said = (struct steps_said){.at_ms = {0}};
    said.at_ms[3] = watch_at_ms(&look, 3);
    assert_int_equal(watch_next(&look, &said, 0), 1); /* other people are called: none is passed over */
    look.taken = true;
    assert_int_equal(watch_next(&look, &said, 0), 1);
    said.at_ms[1] = watch_at_ms(&look, 1);
    assert_int_equal(watch_next(&look, &said, 0), 0);
}

/* Who has the case may be ill on that day. */
static void a_hold_that_lapses_rings_whoever_has_the_case(void **state)
{
    (void)state;
    struct steps_said said = {.at_ms = {0}};
    struct watch hold = date_of(CLOCK_HOLD, URGENCY_ROUTINE);
    hold.taken = true;
    for (unsigned step = 1; step <= watch_steps(&hold); step++) {
        assert_int_equal(watch_next(&hold, &said, 0), step);
        said.at_ms[step] = watch_at_ms(&hold, step);
    }
    assert_int_equal(watch_who(&hold, watch_steps(&hold)), WHO_CENTRAL);
    assert_int_equal(watch_next(&hold, &said, 0), 0);
}

/* --- in a node --- */

static json_t *alarms(struct api *api, const char *query)
{
    json_t *answer = officer_get(api->world, "XB/poc", VERB_ALARMS, "", query);
    json_t *list = json_incref(json_object_get(answer, "alarms"));
    json_decref(answer);
    return list;
}

static size_t count_of(struct api *api, const char *query, const char *what, const char *to)
{
    json_t *list = alarms(api, query);
    size_t i = 0, count = 0;
    json_t *alarm = NULL;
    json_array_foreach(list, i, alarm)
    {
        count += (what == NULL || strcmp(api_text(alarm, "what"), what) == 0) &&
                 (to == NULL || strcmp(api_text(alarm, "to"), to) == 0);
    }
    json_decref(list);
    return count;
}

static void follow(struct rig *rig, const struct case_id *id, const struct watch *list, size_t count)
{
    const struct case_alarms *alarms = case_alarms_read(rig->node, id, rig->arena);
    assert_non_null(alarms);
    cases_watch(rig->node, id, list, count, alarms, rig->arena);
}

/* Whatever of the date changed. */
static void assert_row(struct rig *rig, const struct watch *date, unsigned step)
{
    struct watch_row rows[2];
    follow(rig, &date->id, date, 1);
    assert_int_equal(store_watches_of(rig->node->store, &date->id, 2, rows), 1);
    assert_int_equal(rows[0].watch.clock, date->clock);
    assert_int_equal(rows[0].watch.due_ms, date->due_ms);
    assert_int_equal(rows[0].watch.item, date->item);
    assert_int_equal(rows[0].watch.urgency, date->urgency);
    assert_int_equal(rows[0].watch.taken, date->taken);
    assert_int_equal(rows[0].step, step);
    assert_int_equal(rows[0].at_ms, watch_at_ms(date, step));
}

static void the_row_of_a_date_is_as_the_date_is(void **state)
{
    struct rig *rig = *state;
    struct watch date = date_of(CLOCK_TAKE_OVER, URGENCY_ROUTINE);
    struct calendar no_fridays = calendar_default();
    no_fridays.entry.week &= (uint8_t) ~(1U << 5);
    rig_begin(rig);
    assert_row(rig, &date, 1);
    date.item = 2;
    assert_row(rig, &date, 1);
    date.urgency = URGENCY_URGENT;
    assert_row(rig, &date, 1);
    date.taken = true;
    assert_row(rig, &date, 1);
    date.calendar = &no_fridays;
    assert_row(rig, &date, 1);
    date.taken = false;
    (void)store_alarm_put(rig->node->store, &date, 1, date.due_ms);
    assert_row(rig, &date, 2);
    struct watch_row none[1];
    for (unsigned step = 2; step <= watch_steps(&date); step++) {
        (void)store_alarm_put(rig->node->store, &date, step, watch_at_ms(&date, step));
    }
    follow(rig, &date.id, &date, 1);
    assert_int_equal(store_watches_of(rig->node->store, &date.id, 1, none), 0);
    store_watch_put(rig->node->store, &date, 1, date.due_ms);
    follow(rig, &date.id, NULL, 0);
    assert_int_equal(store_watches_of(rig->node->store, &date.id, 1, none), 0);
    rig_end(rig);
}

/* The request is urgent: look in 60 minutes, answer in 8 hours. */
static void the_ladder_goes_up_while_nobody_looks(void **state)
{
    struct api *api = *state;
    api_case(api);
    assert_int_equal(count_of(api, "all=1", NULL, NULL), 0);
    assert_true(world_pass(api->world, 31 * MS_PER_MINUTE));
    assert_int_equal(count_of(api, "", "look", NULL), 1);
    assert_int_equal(count_of(api, "", "look", "duty"), 1);
    assert_true(world_pass(api->world, 30 * MS_PER_MINUTE));
    assert_int_equal(count_of(api, "", "look", "deputy"), 1);
    assert_true(world_pass(api->world, 60 * MS_PER_MINUTE));
    assert_int_equal(count_of(api, "", "look", "central"), 1);
    assert_int_equal(count_of(api, "", "look", NULL), 4);
    json_t *list = alarms(api, "");
    const json_t *first = json_array_get(list, 0);
    assert_string_equal(api_text(first, "case"), api->case_id);
    assert_string_equal(api_text(first, "who"), "XA/poc");
    assert_string_equal(api_text(first, "urgency"), "URGENT");
    json_decref(list);
}

static void a_letter_stops_the_ladder(void **state)
{
    struct api *api = *state;
    api_case(api);
    api_send(api, "XB/poc", API_ACK);
    assert_true(world_pass(api->world, 2 * MS_PER_HOUR));
    assert_int_equal(count_of(api, "all=1", "look", NULL), 0);
    assert_int_equal(count_of(api, "all=1", NULL, NULL), 0);
    assert_true(world_pass(api->world, 11 * MS_PER_HOUR)); /* decide: 24 hours */
    assert_int_equal(count_of(api, "all=1", "decide", "duty"), 1);
}

/*
 * XB/poc owes the status on the next working day, Tuesday 2 June; Wednesday is a holiday, Friday and Saturday are free: the head is
 * called on Thursday, the central authority, three working days after the date, on Monday.
 */
static void a_ladder_counts_in_the_calendar_of_who_owes(void **state)
{
    struct api *api = *state;
    api_case(api);
    api_send(api, "XB/poc", API_ACK);
    api_send(api, "XA/poc", API_STATUS_ASK);
    assert_true(world_leap(api->world, 2 * MS_PER_DAY + MS_PER_HOUR)); /* Wednesday */
    assert_true(world_pass(api->world, MS_PER_MINUTE));
    assert_int_equal(count_of(api, "all=1", "status", "deputy"), 1);
    assert_int_equal(count_of(api, "all=1", "status", "head"), 0);
    assert_true(world_leap(api->world, MS_PER_DAY)); /* Thursday */
    assert_true(world_pass(api->world, MS_PER_MINUTE));
    assert_int_equal(count_of(api, "all=1", "status", "head"), 1);
    assert_true(world_leap(api->world, 3 * MS_PER_DAY)); /* Sunday */
    assert_true(world_pass(api->world, MS_PER_MINUTE));
    assert_int_equal(count_of(api, "all=1", "status", "central"), 0);
    assert_true(world_leap(api->world, MS_PER_DAY)); /* Monday */
    assert_true(world_pass(api->world, MS_PER_MINUTE));
    assert_int_equal(count_of(api, "all=1", "status", "central"), 1);
}

/* The date of a hold is a Saturday: the next working day is Sunday, before the Monday of others. */
static void a_day_that_others_do_not_work_counts_where_it_is_worked(void **state)
{
    struct api *api = *state;
    api_case(api);
    api_send(api, "XB/poc",
             "{\"held\":{\"scope\":\"all\",\"custodianReference\":\"EH-1\",\"holdUntil\":"
             "\"2026-09-05T12:00:00+02:00\",\"zone\":\"Europe/Paris\"}}");
    const uint64_t sunday_ms = UINT64_C(1788692400000); /* 2026-09-06T11:00:00Z */
    assert_true(world_leap(api->world, sunday_ms - MS_PER_DAY - world_now(api->world).ms));
    assert_true(world_pass(api->world, MS_PER_MINUTE));
    assert_int_equal(count_of(api, "all=1", "hold until", "deputy"), 1);
    assert_int_equal(count_of(api, "all=1", "hold until", "head"), 0);
    assert_true(world_leap(api->world, MS_PER_DAY));
    assert_true(world_pass(api->world, MS_PER_MINUTE));
    assert_int_equal(count_of(api, "all=1", "hold until", "head"), 1);
}

/* The hold lasts 90 days: 30, 14 and 7 days before its end nobody was there. */
static void of_reminders_that_passed_the_last_is_said(void **state)
{
    struct api *api = *state;
    api_case(api);
    api_send(api, "XB/poc", "{\"held\":{\"scope\":\"all\",\"custodianReference\":\"EH-1\"}}");
    assert_int_equal(count_of(api, "all=1", "hold until", NULL), 0);
    assert_true(world_leap(api->world, 85 * MS_PER_DAY));
    assert_true(world_pass(api->world, MS_PER_MINUTE));
    assert_int_equal(count_of(api, "all=1", "hold until", "holder"), 1);
    assert_true(world_leap(api->world, 3 * MS_PER_DAY));
    assert_true(world_pass(api->world, MS_PER_MINUTE));
    assert_int_equal(count_of(api, "all=1", "hold until", "holder"), 2);
}

static void steps_are_said_once_over_restarts_and_jumps(void **state)
{
    struct api *api = *state;
    struct error error = {.text = ""};
    size_t xb = world_actor(api->world, "XB/poc");
    api_case(api);
    assert_true(world_pass(api->world, 31 * MS_PER_MINUTE));
    world_crash(api->world, xb, DISK_KEEP_ALL);
    assert_true(world_start(api->world, xb, &error));
    api_settle(api);
    assert_true(world_pass(api->world, MS_PER_MINUTE));
    assert_int_equal(count_of(api, "all=1", "look", NULL), 1);
    assert_true(
        world_leap(api->world, 3 * MS_PER_HOUR)); /* nobody was there: all that passed is said, once */
    assert_true(world_pass(api->world, MS_PER_MINUTE));
    assert_int_equal(count_of(api, "all=1", "look", NULL), 4);
    api_send(api, "XA/poc", API_STATUS_ASK); /* the case is renewed */
    assert_true(world_pass(api->world, MS_PER_HOUR));
    assert_int_equal(count_of(api, "all=1", "look", NULL), 4);
}

static void alarms_are_seen_and_told(void **state)
{
    struct api *api = *state;
    unsigned status = 0;
    size_t old = 0;
    api_case(api);
    assert_true(world_pass(api->world, 61 * MS_PER_MINUTE));
    assert_int_equal(count_of(api, "", NULL, NULL), 2);
    json_t *list = alarms(api, "");
    json_int_t n = json_integer_value(json_object_get(json_array_get(list, 0), "alarm"));
    json_decref(list);
    json_t *answer =
        api_call(api, "XB/poc", VERB_SEEN, "", "", true, json_pack("{s:[I]}", "alarms", n), &status);
    assert_int_equal(status, 200);
    json_decref(answer);
    assert_int_equal(count_of(api, "", NULL, NULL), 1);
    assert_int_equal(count_of(api, "all=1", NULL, NULL), 2);
    answer =
        api_call(api, "XB/poc", VERB_SEEN, "", "", true, json_pack("{s:[I]}", "alarms", n + 99), &status);
    api_assert_refused(answer, status, 404, "NOT_FOUND");
    answer = api_call(api, "XB/poc", VERB_SEEN, "", "", true, json_object(), &status);
    api_assert_refused(answer, status, 400, "MALFORMED");
    list = alarms(api, "hook=1");
    assert_int_equal(json_array_size(list), 2); /* seen or not */
    assert_null(json_object_get(json_array_get(list, 0), "old"));
    assert_null(json_object_get(json_array_get(list, 0), "who")); /* nothing of the case goes to a program */
    assert_null(json_object_get(json_array_get(list, 0), "reference"));
    json_decref(list);
    char target[24];
    (void)snprintf(target, sizeof target, "%lld", (long long)n);
    answer = api_call(api, "XB/poc", VERB_HOOKED, target, "", true, json_pack("{s:b}", "told", 1), &status);
    assert_int_equal(status, 200);
    json_decref(answer);
    assert_int_equal(count_of(api, "hook=1", NULL, NULL), 1);
    (void)snprintf(target, sizeof target, "%lld", (long long)n + 1);
    answer = api_call(api, "XB/poc", VERB_HOOKED, target, "", true, json_pack("{s:b}", "told", 0), &status);
    assert_int_equal(status, 200);
    json_decref(answer);
    assert_int_equal(count_of(api, "hook=1", NULL, NULL), 1); /* it is to be told all the same */
    list = alarms(api, "");
    json_decref(list);
    list = officer_get(api->world, "XB/poc", VERB_STATUS, "", "");
    assert_int_equal(json_integer_value(json_object_get(list, "hook_failing")), 1);
    json_decref(list);
    (void)snprintf(target, sizeof target, "%lld", (long long)n);
    answer = api_call(api, "XB/poc", VERB_HOOKED, target, "", true, json_pack("{s:b}", "told", 1), &status);
    api_assert_refused(answer, status, 404, "NOT_FOUND");
    assert_true(world_leap(api->world, 2 * MS_PER_DAY));
    list = alarms(api, "hook=1");
    for (size_t i = 0; i < json_array_size(list); i++) { /* what is older than a day tells nobody anything */
        const json_t *alarm = json_array_get(list, i);
        old += json_is_true(json_object_get(alarm, "old"));
    }
    assert_true(old != 0);
    json_decref(list);
}

/* --- who has it --- */

static unsigned take(struct api *api, const char *member, const char *key, json_t **ret)
{
    unsigned status = 0;
    json_t *body = json_pack("{s:s}", "officer", api_officer(api, "XB/poc", 0));
    if (member != NULL) {
        (void)json_object_set_new(body, member, key == NULL ? json_true() : json_string(key));
    }
    *ret = api_call(api, "XB/poc", VERB_TAKE, api->case_id, "", true, body, &status);
    return status;
}

static void who_has_a_case_answers_it(void **state)
{
    struct api *api = *state;
    json_t *answer = NULL;
    unsigned status = 0;
    api_case(api);
    assert_int_equal(take(api, "give", api_officer(api, "XB/poc", 1), &answer), 200);
    assert_string_equal(api_text(json_object_get(answer, "taken"), "officer"), api_officer(api, "XB/poc", 1));
    json_decref(answer);
    status = take(api, NULL, NULL, &answer);
    api_assert_refused(answer, status, 409, "TAKEN");
    answer =
        api_call(api, "XB/poc", VERB_PREPARE, "", "", false,
                 api_prepare_body("case", api->case_id, API_ACK, api_officer(api, "XB/poc", 0)), &status);
    api_assert_refused(answer, status, 409, "TAKEN");
    answer =
        api_call(api, "XB/poc", VERB_PREPARE, "", "", false,
                 api_prepare_body("case", api->case_id, API_ACK, api_officer(api, "XB/poc", 1)), &status);
    assert_int_equal(status, 200);
    json_decref(answer);
    json_t *inbox = officer_get(api->world, "XB/poc", VERB_INBOX, "", "");
    const json_t *line = json_array_get(json_object_get(inbox, "cases"), 0);
    assert_string_equal(api_text(json_object_get(line, "taken"), "officer"), api_officer(api, "XB/poc", 1));
    json_decref(inbox);
    assert_true(world_pass(api->world, 2 * MS_PER_HOUR)); /* somebody has it: nobody above is called */
    assert_int_equal(count_of(api, "all=1", "look", NULL), 1);
    assert_int_equal(take(api, "over", NULL, &answer), 200);
    json_decref(answer);
    assert_int_equal(take(api, "release", NULL, &answer), 200);
    assert_null(json_object_get(answer, "taken"));
    json_decref(answer);
    assert_true(world_pass(api->world, MS_PER_MINUTE));
    assert_int_equal(count_of(api, "all=1", "look", NULL), 4); /* nobody has it any more, and it is late */
}

static void notes_are_for_this_side_alone(void **state)
{
    struct api *api = *state;
    unsigned status = 0;
    api_case(api);
    json_t *answer = api_call(api, "XB/poc", VERB_NOTE, api->case_id, "", true,
                              json_pack("{s:s, s:s}", "text", "called the provider, out until noon",
                                        "officer", api_officer(api, "XB/poc", 0)),
                              &status);
    assert_int_equal(status, 200);
    json_decref(answer);
    answer =
        api_call(api, "XB/poc", VERB_NOTE, api->case_id, "", true, json_pack("{s:s}", "text", ""), &status);
    api_assert_refused(answer, status, 422, "MALFORMED");
    api_settle(api);
    json_t *r = officer_get(api->world, "XB/poc", VERB_CASE, api->case_id, "");
    json_t *q = officer_get(api->world, "XA/poc", VERB_CASE, api->case_id, "");
    assert_string_equal(api_text(json_array_get(json_object_get(r, "notes"), 0), "text"),
                        "called the provider, out until noon");
    assert_null(json_object_get(q, "notes"));
    json_decref(r);
    json_decref(q);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, api_set_up, api_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_of_every_ladder_are_in_order_of_time),
        cmocka_unit_test(a_letter_that_went_wrong_has_a_ladder_of_its_own),
        cmocka_unit_test(ladders_are_those_of_the_plan),
        cmocka_unit_test(a_hold_that_lapses_rings_whoever_has_the_case),
        cmocka_unit_test(a_step_is_said_once_for_its_date),
        cmocka_unit_test_setup_teardown(the_row_of_a_date_is_as_the_date_is, rig_setup, rig_teardown),
        TEST(the_ladder_goes_up_while_nobody_looks),
        TEST(a_letter_stops_the_ladder),
        cmocka_unit_test_setup_teardown(a_ladder_counts_in_the_calendar_of_who_owes, api_set_up_calendar,
                                        api_tear_down),
        cmocka_unit_test_setup_teardown(a_day_that_others_do_not_work_counts_where_it_is_worked,
                                        api_set_up_calendar, api_tear_down),
        TEST(of_reminders_that_passed_the_last_is_said),
        TEST(steps_are_said_once_over_restarts_and_jumps),
        TEST(alarms_are_seen_and_told),
        TEST(who_has_a_case_answers_it),
        TEST(notes_are_for_this_side_alone),
    };
    return cmocka_run_group_tests_name("watch", tests, NULL, NULL);
}
