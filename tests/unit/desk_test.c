/* SPDX-License-Identifier: Apache-2.0 */
/* The people of a unit: how many do how much at once, when nobody is there, hand-over, fatigue, calls; and custodians. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/instant.h"
#include "drills/actors/custodian.h"
#include "drills/actors/desk.h"
#include "tests/support/scenario_text.h"

#define TASKS_MAX 8

static const char desks[] =
    "scenario: 1\n"
    "title: Desks\n"
    "summary: s\n"
    "teaches: t\n"
    "classification: TLP:CLEAR\n"
    "clock: {start: 2026-01-05T00:00:00Z, length: 30d}\n" /* a Monday */
    "seed: 1\n"
    "times: {day: {p0: 1d, p100: 1d}}\n"
    "desks:\n"
    "  two: {hours: 24/7, people: 2}\n"
    "  office: {hours: [{days: work, from: 09:00, to: 17:00}], people: 1}\n"
    "  phone: {hours: [{days: work, from: 09:00, to: 17:00}], people: 2, on_call: yes}\n"
    "  shifts: {hours: 24/7, people: 1, shifts: [06:00, 14:00, 22:00]}\n"
    "  long: {hours: 24/7, people: 1, shifts: [06:00], fatigue: 10 %}\n"
    "habits: {h: {power: own}}\n"
    "states:\n"
    "  - {code: XA, name: Aldoria, zone: UTC, week: {work: mon-fri, hours: 09:00-17:00}, units: [\n"
    "      {name: poc, desk: two, habits: h}, {name: b, role: other, desk: office, habits: h},\n"
    "      {name: c, role: other, desk: phone, habits: h}, {name: d, role: other, desk: shifts, habits: h},\n"
    "      {name: e, role: other, desk: long, habits: h}]}\n"
    "providers:\n"
    "  - {name: Host, state: XA, custodian: day, keeps: 10d, data: [\n"
    "      {label: early, kind: TRAFFIC, identifier: {kind: ACCOUNT, value: one}, until: "
    "2026-01-07T00:00:00Z},\n"
    "      {label: late, kind: TRAFFIC, identifier: {kind: ACCOUNT, value: two}}]}\n"
    "injects: [{id: n, at: day 1 12:00 XA, kind: note, script: x}]\n";

struct place {
    struct scenario_texts texts;
    const struct scenario *scenario;
    struct agenda agenda;
    struct desk *desk;
    uint64_t done_ms[TASKS_MAX], start_ms;
    uint64_t handover_ms;
};
static struct place here;

static void note_done(void *context, uint64_t owner)
{
    struct place *place = context;
    assert_true(owner < TASKS_MAX);
    place->done_ms[owner] = place->agenda.now_ms - place->start_ms;
}

static uint64_t handover_takes(void *context)
{
    return ((struct place *)context)->handover_ms;
}

static size_t last_first(void *context, const struct desk_task *waiting, size_t count)
{
    (void)context;
    (void)waiting;
    return count - 1;
}

static void read_desks(void)
{
    scenario_texts_open(&here.texts);
    scenario_texts_add(&here.texts, "a.yaml", desks);
    here.scenario = scenario_texts_read(&here.texts, "a.yaml", NULL, 0);
    if (here.scenario == NULL) {
        fail_msg("%s", here.texts.mistakes.list[0].text);
    }
}

/* At that hour of the Monday. */
static void open_desk(const char *address, uint64_t hour, bool last)
{
    memset(&here, 0, sizeof here);
    read_desks();
    here.start_ms = here.scenario->clock.start_ms;
    here.agenda.now_ms = here.start_ms + hour * MS_PER_HOUR;
    const struct desk_owner owner = {.context = &here,
                                     .first = last ? last_first : NULL,
                                     .done = note_done,
                                     .handover_ms = handover_takes};
    here.desk = desk_new(scenario_unit(here.scenario, address), &here.agenda, &owner);
}

static void close_desk(void)
{
    desk_free(here.desk);
    agenda_done(&here.agenda);
    scenario_texts_close(&here.texts);
}

static void put(uint64_t owner, uint64_t minutes, bool cannot_wait)
{
    desk_put(here.desk, &(struct desk_task){
                            .owner = owner, .cannot_wait = cannot_wait, .needs_ms = minutes * MS_PER_MINUTE});
}

static void pass(uint64_t hours)
{
    agenda_run(&here.agenda, here.agenda.now_ms + hours * MS_PER_HOUR);
}

static void assert_done(uint64_t owner, uint64_t hour, uint64_t minute)
{
    assert_int_equal(here.done_ms[owner] / MS_PER_MINUTE, hour * 60 + minute);
}

static void two_people_do_two_things_at_once(void **state)
{
    (void)state;
    open_desk("XA/poc", 10, false);
    put(0, 30, false);
    put(1, 60, false);
    put(2, 30, false);
    assert_int_equal(desk_waiting(here.desk), 1);
    pass(3);
    assert_done(0, 10, 30);
    assert_done(1, 11, 0);
    assert_done(2, 11, 0); /* begun when the first was done */
    close_desk();
}

static void the_owner_says_which_comes_first(void **state)
{
    (void)state;
    open_desk("XA/b", 10, true);
    put(0, 30, false);
    put(1, 30, false);
    put(2, 30, false);
    pass(3);
    assert_done(0, 10, 30); /* was begun at once */
    assert_done(2, 11, 0);
    assert_done(1, 11, 30);
    close_desk();
}

static void a_closed_desk_waits_until_it_opens(void **state)
{
    (void)state;
    open_desk("XA/b", 3, false);
    put(0, 30, true);
    pass(48);
    assert_done(0, 9, 30);
    close_desk();
}

static void what_is_not_done_when_it_closes_goes_on_when_it_opens(void **state)
{
    (void)state;
    open_desk("XA/b", 16, false);
    put(0, 90, false);
    pass(48);
    assert_done(0, 24 + 9, 30);
    close_desk();
}

static void on_call_one_does_what_cannot_wait(void **state)
{
    (void)state;
    open_desk("XA/c", 2, false);
    put(0, 30, false);
    put(1, 30, true);
    put(2, 30, true);
    pass(12);
    assert_done(1, 2, 30);
    assert_done(2, 3, 0);
    assert_done(0, 9, 30);
    close_desk();
}

static void what_can_wait_is_put_down_by_who_goes_on_call(void **state)
{
    (void)state;
    open_desk("XA/c", 16, false);
    put(0, 90, false);
    put(1, 90, true);
    pass(24);
    assert_done(1, 17, 30);
    assert_done(0, 24 + 9, 30);
    close_desk();
}

static void a_shift_begins_with_the_hand_over_of_what_there_is(void **state)
{
    (void)state;
    open_desk("XA/d", 13, false);
    here.handover_ms = 15 * MS_PER_MINUTE;
    put(0, 90, false);
    pass(12);
    assert_done(0, 14, 45); /* an hour, a quarter of telling, the rest */
    close_desk();
    open_desk("XA/d", 13, false);
    here.handover_ms = 15 * MS_PER_MINUTE;
    put(0, 30, false);
    pass(12);
    put(1, 30, false); /* nothing was there at ten in the evening: nothing was handed over */
    pass(2);
    assert_done(1, 25, 30);
    close_desk();
}

static void after_eight_hours_tasks_take_longer(void **state)
{
    (void)state;
    open_desk("XA/poc", 0, false); /* no fatigue: the same at any hour */
    pass(12);
    put(0, 100, false);
    pass(4);
    assert_done(0, 13, 40);
    close_desk();
    open_desk("XA/e", 16, false); /* the tenth hour of a shift from six */
    put(0, 100, false);
    pass(4);
    assert_done(0, 18, 0);
    close_desk();
}

static void a_call_interrupts(void **state)
{
    (void)state;
    open_desk("XA/b", 10, false);
    put(0, 60, false);
    pass(0);
    agenda_run(&here.agenda, here.start_ms + 10 * MS_PER_HOUR + 30 * MS_PER_MINUTE);
    assert_true(desk_call(here.desk, &(struct desk_task){.owner = 1, .needs_ms = 10 * MS_PER_MINUTE}));
    pass(3);
    assert_done(1, 10, 40);
    assert_done(0, 11, 10);
    pass(6); /* it is closed now, and nobody is on call */
    assert_false(desk_call(here.desk, &(struct desk_task){.owner = 1, .needs_ms = 1}));
    close_desk();
}

static void hours_tell_who_was_busy_and_what_waited(void **state)
{
    (void)state;
    const struct desk_hour *hours = NULL;
    open_desk("XA/b", 10, false);
    put(0, 90, false);
    put(1, 30, false);
    pass(4);
    assert_int_equal(desk_hours(here.desk, &hours), 3);
    assert_int_equal(hours[0].busy_ms, MS_PER_HOUR);
    assert_int_equal(hours[0].queue, 1);
    assert_int_equal(hours[0].staffed, 1);
    assert_int_equal(hours[1].busy_ms, MS_PER_HOUR);
    assert_int_equal(hours[1].queue, 0);
    assert_int_equal(hours[2].span_ms, 2 * MS_PER_HOUR);
    assert_int_equal(hours[2].busy_ms, 0);
    close_desk();
}

static void assert_hours(const struct desk_hour *hours, uint64_t from_hour, uint64_t count, uint64_t staffed,
                         uint64_t queue)
{
    assert_int_equal(hours->at_ms, here.start_ms + from_hour * MS_PER_HOUR);
    assert_int_equal(hours->span_ms, count * MS_PER_HOUR);
    assert_int_equal(hours->staffed, staffed);
    assert_int_equal(hours->queue, queue);
    assert_int_equal(hours->busy_ms, 0);
}

static void what_lies_unread_at_a_closed_desk_waits_for_it(void **state)
{
    (void)state;
    const struct desk_hour *hours = NULL;
    open_desk("XA/b", 15, false);
    pass(3);
    assert_int_equal(desk_hours(here.desk, &hours), 0); /* it never had anything */
    desk_unread(here.desk, true);
    pass(16);
    desk_unread(here.desk, false); /* somebody opens it at ten */
    pass(1);
    assert_int_equal(desk_waiting(here.desk), 0); /* it is no task */
    assert_int_equal(desk_hours(here.desk, &hours), 6);
    assert_hours(&hours[0], 15, 2, 1, 0);
    assert_hours(&hours[1], 17, 1, 0, 0); /* closed, and nothing waits */
    assert_hours(&hours[2], 18, 6, 0, 1);
    assert_hours(&hours[3], 24, 9, 0, 1); /* another day */
    assert_hours(&hours[4], 33, 1, 1, 1);
    assert_hours(&hours[5], 34, 1, 1, 0);
    close_desk();
}

static void a_month_without_work_is_told_in_few_hours(void **state)
{
    (void)state;
    const struct desk_hour *hours = NULL;
    open_desk("XA/b", 0, false);
    desk_unread(here.desk, true);
    pass(28 * 24);
    assert_true(desk_hours(here.desk, &hours) <= 28 * 3);
    close_desk();
}

static void staffed_time_passes_when_somebody_is_there(void **state)
{
    (void)state;
    open_desk("XA/poc", 0, false);
    const uint64_t at = here.start_ms + 16 * MS_PER_HOUR;
    const struct scenario_unit *office = scenario_unit(here.scenario, "XA/b");
    const struct scenario_unit *phone = scenario_unit(here.scenario, "XA/c");
    assert_int_equal(desk_staffed_after(office, at, 2 * MS_PER_HOUR, true), at + 18 * MS_PER_HOUR);
    assert_int_equal(desk_staffed_after(phone, at, 2 * MS_PER_HOUR, false), at + 18 * MS_PER_HOUR);
    assert_int_equal(desk_staffed_after(phone, at, 2 * MS_PER_HOUR, true), at + 2 * MS_PER_HOUR);
    close_desk();
}

static void a_custodian_finds_only_what_is_not_yet_deleted(void **state)
{
    (void)state;
    open_desk("XA/poc", 0, false);
    const struct scenario_state *where = scenario_state(here.scenario, "XA");
    const uint64_t start = here.start_ms;
    struct stream stream = stream_of(1, "custodian", 0);
    struct custodian_answer answer = custodian_ask(here.scenario, where, "Host", "one", start, &stream);
    assert_true(answer.found);
    assert_int_equal(answer.at_ms, start + MS_PER_DAY);
    assert_string_equal(answer.data->label, "early");
    answer =
        custodian_ask(here.scenario, where, "Host", "one", start + MS_PER_DAY, &stream); /* a day too late */
    assert_false(answer.found);
    assert_int_equal(answer.at_ms, start + 2 * MS_PER_DAY);
    answer = custodian_ask(here.scenario, where, "Host", "two", start + 8 * MS_PER_DAY, &stream);
    assert_true(answer.found); /* kept for ten days */
    answer = custodian_ask(here.scenario, where, "Host", "two", start + 9 * MS_PER_DAY, &stream);
    assert_false(answer.found);
    answer = custodian_ask(here.scenario, where, "Host", "three", start, &stream);
    assert_false(answer.found);
    assert_null(answer.data);
    answer = custodian_ask(here.scenario, where, "Nobody", "one", start, &stream);
    assert_false(answer.found);
    close_desk();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_people_do_two_things_at_once),
        cmocka_unit_test(the_owner_says_which_comes_first),
        cmocka_unit_test(a_closed_desk_waits_until_it_opens),
        cmocka_unit_test(what_is_not_done_when_it_closes_goes_on_when_it_opens),
        cmocka_unit_test(on_call_one_does_what_cannot_wait),
        cmocka_unit_test(what_can_wait_is_put_down_by_who_goes_on_call),
        cmocka_unit_test(a_shift_begins_with_the_hand_over_of_what_there_is),
        cmocka_unit_test(after_eight_hours_tasks_take_longer),
        cmocka_unit_test(a_call_interrupts),
        cmocka_unit_test(hours_tell_who_was_busy_and_what_waited),
        cmocka_unit_test(what_lies_unread_at_a_closed_desk_waits_for_it),
        cmocka_unit_test(a_month_without_work_is_told_in_few_hours),
        cmocka_unit_test(staffed_time_passes_when_somebody_is_there),
        cmocka_unit_test(a_custodian_finds_only_what_is_not_yet_deleted),
    };
    return cmocka_run_group_tests_name("desk", tests, NULL, NULL);
}
