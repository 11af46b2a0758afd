/* SPDX-License-Identifier: Apache-2.0 */
/* The report of a drill of many States: what it says of more parties, lapses and hours than anyone reads one by one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "drills/record/read_scenario.h"
#include "drills/report/report.h"
#include "nodes/metrics.h"
#include "tests/support/drill_scene.h"
#include "tests/support/scenario_text.h"
#include "tests/support/scene_report.h"

#define HOUR          MS_PER_HOUR
#define MINUTE        MS_PER_MINUTE
#define DAY           MS_PER_DAY
#define STATES        30 /* XA asks the others */
#define CASES_A_STATE 6

static const char head[] = "scenario: 1\n"
                           "title: Many\n"
                           "clock: {start: 2026-11-16T08:00:00Z, length: 10d}\n"
                           "questions:\n"
                           "  - {id: who, text: How long did each take?, measure: M1}\n"
                           "  - {id: night, text: What did the night cost?, measure: M21}\n"
                           "  - {id: night-here, text: And in XC?, measure: M21, of: {state: XC}}\n"
                           "desks: {office: {people: 1, hours: office}}\n"
                           "habits: {h: {}}\n"
                           "states:\n";

static char text[16384];
static struct scenario_texts texts;
static const struct scenario *scenario;

/* "XA" ... "XZ", "QM" ...: States that there are not. */
static void code_of(size_t state, char ret[3])
{
    ret[0] = state < 26 ? 'X' : 'Q';
    ret[1] = (char)(state < 26 ? 'A' + state : 'M' + state - 26);
    ret[2] = '\0';
}

static int setup(void **state)
{
    size_t size = (size_t)snprintf(text, sizeof text, "%s", head);
    for (size_t i = 0; i < STATES; i++) {
        char code[3];
        code_of(i, code);
        size += (size_t)snprintf(text + size, sizeof text - size,
                                 "  - {code: %s, name: State %s, zone: Etc/UTC, week: {work: mon-fri, hours: "
                                 "08:00-16:00}, units: [{name: poc, desk: office, habits: h}]}\n",
                                 code, code);
    }
    scenario = scenario_texts_one(&texts, text);
    return scene_setup(state);
}

static int teardown(void **state)
{
    scenario_texts_close(&texts);
    return scene_teardown(state);
}

/* So many States are asked, each often; the n-th answers after n minutes by day, n hours by night; a last one once and never. */
static void tell(size_t asked)
{
    record_free(scene.record);
    scene.record = record_new();
    record_read_scenario(scene.record, scenario);
    scene.record->head.way = "world";
    scene.record->head.build = "test";
    scene.record->head.command = "comity drill run a.yaml";
    uint8_t id = 1;
    for (size_t n = 1; n <= asked; n++) {
        for (size_t i = 0; i < CASES_A_STATE; i++) {
            bool night = i % 2 == 1;
            uint64_t ms = T0_MS + DAY + (night ? 12 * HOUR : HOUR);
            size_t of_case = scene_case(id++);
            scene.record->cases.list[of_case - 1].r = 1 + n;
            scene_write(of_case, MACHINE_HOLD, "REQUEST", ms);
            scene_write(of_case, MACHINE_HOLD, "ORDERED", ms + MINUTE + n * (night ? HOUR : MINUTE));
        }
    }
    size_t never = scene_case(id);
    scene.record->cases.list[never - 1].r = 2 + asked;
    scene_write(never, MACHINE_HOLD, "REQUEST", T0_MS + DAY);
    scene_measure(T0_MS + 10 * DAY, scenario);
}

static void of_eight_parties_each_is_told(void **state)
{
    (void)state;
    tell(7);
    json_t *json = scene_report(scenario);
    assert_string_equal(
        scene_answered(json, "who"),
        "State XB (XB/poc): 6 times, half by 1 min; State XC (XC/poc): 6 times, half by 2 min; "
        "State XD (XD/poc): 6 times, half by 3 min; State XE (XE/poc): 6 times, half by 4 min; "
        "State XF (XF/poc): 6 times, half by 5 min; State XG (XG/poc): 6 times, half by 6 min; "
        "State XH (XH/poc): 6 times, half by 7 min; State XI (XI/poc): not within 8 d 23 h.");
    json_decref(json);
}

/* That of which one case never came to anything is not among the longest: there was only one. */
static void of_nine_parties_all_together_and_the_longest(void **state)
{
    (void)state;
    tell(8);
    json_t *json = scene_report(scenario);
    assert_string_equal(
        scene_answered(json, "who"),
        "9 parties: 49 times, half by 1 h (1 did not come); the longest: State XI (XI/poc): 6 "
        "times, half by 8 min; State XH (XH/poc): 6 times, half by 7 min; State XG (XG/poc): 6 "
        "times, half by 6 min.");
    json_decref(json);
}

static void the_night_is_set_against_the_day_where_ten_of_each_came(void **state)
{
    (void)state;
    tell(5);
    json_t *json = scene_report(scenario);
    assert_string_equal(scene_answered(json, "night"),
                        "first answer, urgent: half by 3 min in hours, by 3 h out of them; decision, urgent: "
                        "half by 3 min in hours, by 3 h out of them.");
    assert_string_equal(scene_answered(json, "night-here"),
                        "Too few came to tell: ten in hours and ten out of them are needed of a class.");
    json_decref(json);
}

/* --- lapses --- */

/* Of the n-th State n holds ended, of the last one two, each for another reason. */
static void lapse(size_t states)
{
    struct measured_lapse *list = calloc(states * (states + 1) / 2 + 2, sizeof *list);
    assert_non_null(list);
    size_t count = 0;
    for (size_t n = 1; n <= states; n++) {
        for (size_t i = 0; i < n; i++) {
            list[count++] = (struct measured_lapse){.of_case = 1,
                                                    .owed_by = n + 1,
                                                    .item = 1,
                                                    .at_ms = T0_MS + n * HOUR,
                                                    .what = "EXPIRED",
                                                    .owed = OWED_ASSISTANCE};
        }
    }
    list[count] = list[count - 1];
    list[count++].owed = OWED_EXTENSION;
    free(scene.measures->lapses);
    scene.measures->lapses = list;
    scene.measures->lapse_count = scene.measures->lapse_room = count;
}

static const char *finding(const json_t *json, size_t at, const char *what)
{
    const char *word =
        json_string_value(json_object_get(json_array_get(json_object_get(json, "improvements"), at), what));
    return word == NULL ? "" : word;
}

static size_t findings_of(const json_t *json, const char *measure)
{
    size_t at = 0, count = 0;
    json_t *one = NULL;
    json_array_foreach(json_object_get(json, "improvements"), at, one)
    {
        const char *by = json_string_value(json_object_get(one, "measure"));
        count += by != NULL && strcmp(by, measure) == 0;
    }
    return count;
}

static void lapses_are_a_finding_a_state_and_what_it_owed_the_most_first(void **state)
{
    (void)state;
    tell(3);
    lapse(3);
    json_t *json = scene_report(scenario);
    assert_int_equal(findings_of(json, "M7"), 4);
    assert_string_equal(
        finding(json, 0, "finding"),
        "holds that ended so: 3; the first: the hold of item 1 of XA-009 ended on 2026-11-16 "
        "11:00 UTC (EXPIRED); State XD (XD/poc) owed a request for assistance, or an extension");
    assert_string_equal(finding(json, 0, "state"), "XD");
    assert_string_equal(finding(json, 1, "state"), "XC");
    assert_string_equal(finding(json, 2, "finding"),
                        "the hold of item 1 of XA-009 ended on 2026-11-16 09:00 UTC (EXPIRED); State XB "
                        "(XB/poc) owed a request for assistance, or an extension");
    assert_string_equal(finding(json, 3, "state"), "XD");
    assert_int_equal(json_array_size(json_object_get(json, "lapses")), 7);
    json_decref(json);
}

/* What else might be better is told, too. */
static void beyond_twenty_findings_the_rest_is_a_number(void **state)
{
    (void)state;
    tell(3);
    lapse(25);
    json_t *json = scene_report(scenario);
    assert_int_equal(findings_of(json, "M7"), 21);
    assert_string_equal(finding(json, 20, "finding"), "further holds that ended so: 16");
    assert_string_equal(finding(json, 20, "state"), "");
    assert_true(findings_of(json, "M20") > 0);
    json_decref(json);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        T(of_eight_parties_each_is_told),
        T(of_nine_parties_all_together_and_the_longest),
        T(the_night_is_set_against_the_day_where_ten_of_each_came),
        T(lapses_are_a_finding_a_state_and_what_it_owed_the_most_first),
        T(beyond_twenty_findings_the_rest_is_a_number),
    };
    return cmocka_run_group_tests_name("answers of a drill", tests, NULL, NULL);
}
