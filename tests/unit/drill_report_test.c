/* SPDX-License-Identifier: Apache-2.0 */
/* The report of a small drill made by hand: what it says of expectations, its bytes, its page, and two of them compared. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/daemon/files.h"
#include "drills/record/read_scenario.h"
#include "drills/report/report.h"
#include "nodes/metrics.h"
#include "tests/support/drill_scene.h"
#include "tests/support/scenario_text.h"
#include "tests/support/scene_report.h"

#define HOUR   MS_PER_HOUR
#define DAY    MS_PER_DAY
#define GOLDEN "tests/unit/drill_report.json"

static const char text[] =
    "scenario: 1\n"
    "title: One weekend\n"
    "summary: Data are asked for on a Friday evening.\n"
    "teaches: A desk that sleeps.\n"
    "classification: TLP:CLEAR\n"
    "clock: {start: 2026-11-16T08:00:00Z, length: 10d}\n"
    "objectives: [{id: data, text: The data are kept}]\n"
    "questions:\n"
    "  - {id: when, text: From when on were they held?, measure: M5, of: {inject: ask}}\n"
    "  - {id: who, text: How long did each take?, measure: M1}\n"
    "  - {id: where, text: Where did the time go?, measure: M20}\n"
    "  - {id: saved, text: How many were saved?, measure: M6}\n"
    "  - {id: none, text: And the evidence?, measure: M8}\n"
    "desks:\n"
    "  day: {people: 2, hours: 24/7}\n"
    "  office: {people: 1, hours: office}\n"
    "habits: {h: {}}\n"
    "states:\n"
    "  - {code: XA, name: Aldoria, zone: Etc/UTC, place: [10.5, 20.25], units: [{name: poc, desk: day, "
    "habits: h}]}\n"
    "  - {code: XB, name: Bravonia, zone: Etc/UTC, week: {work: mon-fri, hours: 08:00-16:00}, units: [{name: "
    "poc, "
    "desk: office, habits: h}]}\n"
    "times: {x: {p0: 1h, p100: 2h}}\n"
    "providers:\n"
    "  - name: Hosting\n"
    "    state: XB\n"
    "    custodian: x\n"
    "    data: [{label: logs, kind: TRAFFIC, identifier: {kind: IP_ADDRESS, value: 203.0.113.77}, until: "
    "2026-11-18T00:00:00Z}]\n"
    "injects:\n"
    "  - {id: ask, text: 'They ask </script> for logs', at: 2026-11-16T18:00:00Z, kind: request, from: "
    "XA/poc, to: "
    "XB/poc, type: preservation, class: urgent, data: [logs]}\n"
    "  - {id: second, at: 2026-11-17T08:00:00Z, kind: request, from: XA/poc, to: XB/poc, type: preservation, "
    "class: "
    "urgent, data: [logs]}\n"
    "expect:\n"
    "  - {id: answers, objective: data, who: XB/poc, what: acknowledged, of: ask, by: 60m, weight: 2}\n"
    "  - {id: holds, objective: data, who: XB/poc, what: held, of: ask, data: logs, by: 48h, weight: 3}\n"
    "  - {id: answers-2, who: XB/poc, what: acknowledged, of: second, by: 60m}\n"
    "  - {id: refuses-or-holds, who: XB/poc, what: refused, of: ask, by: 2d, alternative: [held]}\n"
    "  - {id: evidence, objective: data, who: XB/poc, what: mla received, of: ask, by: "
    "20d}\n";

static struct scenario_texts texts;
static const struct scenario *scenario;

static int setup(void **state)
{
    scenario = scenario_texts_one(&texts, text);
    return scene_setup(state);
}

static int teardown(void **state)
{
    scenario_texts_close(&texts);
    return scene_teardown(state);
}

/* Asked for on Monday at 18:00, ordered on Tuesday at ordered_hour; held 4 hours later from one hour before. */
static void tell(uint64_t ordered_hour)
{
    record_free(scene.record);
    scene.record = record_new();
    record_read_scenario(scene.record, scenario);
    scene.record->head.way = "world";
    scene.record->head.build = "test";
    scene.record->head.command = "comity drill run a.yaml";
    size_t ask = record_find_inject(scene.record, "ask"), second = record_find_inject(scene.record, "second");
    uint64_t asked_ms = T0_MS + 10 * HOUR, ordered_ms = T0_MS - 8 * HOUR + DAY + ordered_hour * HOUR;
    record_inject_is(scene.record, ask, RECORD_RELEASED, asked_ms);
    record_inject_is(scene.record, ask, RECORD_RECEIVED, asked_ms + 60000);
    record_inject_is(scene.record, second, RECORD_RELEASED, T0_MS + DAY);
    size_t of_case = scene_case(1), other = scene_case(2);
    record_case_is(scene.record, of_case, ask, 0);
    record_case_is(scene.record, other, second, 0);
    record_add_asks(scene.record, &(struct record_asks){.of_case = of_case, .truth = 1, .item = 1});
    scene_write(of_case, MACHINE_HOLD, "REQUEST", asked_ms);
    scene_write(of_case, MACHINE_HOLD, "ORDERED", ordered_ms);
    Comity__Letter *held = letter_named(scene.arena, MACHINE_HOLD, "HELD", ordered_ms + 4 * HOUR);
    held->held->held_from->ms = (int64_t)(ordered_ms + 3 * HOUR);
    scene_letter(of_case, SIDE_R, held, ordered_ms + 4 * HOUR);
    scene_write(other, MACHINE_HOLD, "REQUEST", T0_MS + DAY);
    record_add_note(scene.record, &(struct record_note){.at_ms = ordered_ms,
                                                        .by = "evaluator",
                                                        .of_case = of_case,
                                                        .text = "the desk phoned first \xe2\x80\xa8 at 9"});
    for (uint64_t hour = 0; hour < 3; hour++) {
        record_add_hour(scene.record, &(struct record_hour){.party = XB,
                                                            .at_ms = T0_MS + hour * HOUR,
                                                            .span_ms = HOUR,
                                                            .staffed = 1,
                                                            .busy_ms = hour * 600000,
                                                            .queue = hour});
    }
    record_add_fault(scene.record, &(struct record_fault){.id = "cut",
                                                          .kind = "partition",
                                                          .where = "XA/poc",
                                                          .party = XA,
                                                          .from_ms = T0_MS + 5 * DAY,
                                                          .until_ms = T0_MS + 5 * DAY + HOUR});
    scene_measure(T0_MS + 10 * DAY, scenario);
}

/* --- expectations --- */

static const struct judgement *judged(const char *id)
{
    for (size_t i = 0; i < scene.measures->judgement_count; i++) {
        if (strcmp(scene.measures->judgements[i].expectation->id, id) == 0) {
            return &scene.measures->judgements[i];
        }
    }
    fail_msg("no expectation %s", id);
    return NULL;
}

static void expectations_are_met_late_missed_or_cut(void **state)
{
    (void)state;
    tell(9);
    assert_int_equal(judged("answers")->result, JUDGED_LATE); /* by 19:00, came at 09:00 */
    assert_int_equal(judged("answers")->by_ms, T0_MS + 11 * HOUR);
    assert_int_equal(judged("answers")->at_ms, T0_MS + 25 * HOUR);
    assert_int_equal(judged("holds")->result, JUDGED_MET);
    assert_int_equal(judged("holds")->at_ms, T0_MS + 28 * HOUR); /* held from, not the letter */
    assert_int_equal(judged("answers-2")->result, JUDGED_MISSED);
    assert_int_equal(judged("refuses-or-holds")->result, JUDGED_MET); /* the alternative */
    assert_int_equal(judged("evidence")->result, JUDGED_CUT);         /* the drill was over before */
}

/* The same expectation of somebody else: the scenario is this test's own. */
static void expect_of(const char *id, const char *address)
{
    struct scenario_expectation *wanted = (struct scenario_expectation *)(uintptr_t)judged(id)->expectation;
    wanted->who = scenario_unit(scenario, address);
    measures_free(scene.measures);
    scene.measures = measures_new(scene.record, scenario);
}

static void what_another_party_did_meets_nothing(void **state)
{
    (void)state;
    tell(9);
    expect_of("holds", "XA/poc");
    assert_int_equal(judged("holds")->result, JUDGED_MISSED);
    assert_int_equal(judged("holds")->at_ms, 0);
    expect_of("answers", "XA/poc");
    assert_int_equal(judged("answers")->result, JUDGED_MISSED);
    expect_of("holds", "XB/poc");
    assert_int_equal(judged("holds")->result, JUDGED_MET);
}

/* Nobody can answer what was never sent. */
static void of_what_was_skipped_nothing_is_missed(void **state)
{
    (void)state;
    tell(9);
    size_t second = record_find_inject(scene.record, "second");
    record_case_is(scene.record, 2, record_find_inject(scene.record, "ask"), 0);
    record_inject_is(scene.record, second, RECORD_SKIPPED, T0_MS + DAY);
    measures_free(scene.measures);
    scene.measures = measures_new(scene.record, scenario);
    assert_int_equal(judged("answers-2")->result, JUDGED_CUT);
}

static void before_the_end_what_is_not_due_is_open(void **state)
{
    (void)state;
    tell(9);
    measures_free(scene.measures);
    scene.record->head.end_ms = T0_MS + 9 * DAY; /* looked at while it runs */
    scene.measures = measures_new(scene.record, scenario);
    assert_int_equal(judged("evidence")->result, JUDGED_OPEN);
}

static void a_freeze_gives_more_time_to_a_span(void **state)
{
    (void)state;
    tell(9);
    measures_free(scene.measures);
    record_add_freeze(scene.record, &(struct record_freeze){.stop_ms = T0_MS + 10 * HOUR + 1000,
                                                            .resume_ms = T0_MS + 24 * HOUR + 30 * 60000});
    scene.measures = measures_new(scene.record, scenario);
    assert_int_equal(judged("answers")->result, JUDGED_MET); /* 31 minutes after RESUME and STOP */
}

/* --- report.json --- */

static void questions_are_answered_with_numbers(void **state)
{
    (void)state;
    tell(9);
    json_t *json = scene_report(scenario);
    assert_string_equal(scene_answered(json, "when"),
                        "From 2026-11-17 12:00 UTC on, 17 h 59 min after it was delivered.");
    assert_string_equal(
        scene_answered(json, "who"),
        "Bravonia (XB/poc): 2 times, from 14 h 59 min to more than 8 d 23 h (1 did not come).");
    assert_string_equal(scene_answered(json, "saved"), "1 of 1; 0 not decided yet.");
    assert_string_equal(scene_answered(json, "none"), "Nothing of it was measured.");
    assert_non_null(strstr(scene_answered(json, "where"), "Bravonia (XB/poc), closed: "));
    json_decref(json);
}

/* Rule 11 of the measures: no number is of two classes. */
static void classes_stand_apart_in_an_answer(void **state)
{
    (void)state;
    tell(9);
    for (size_t i = 0; i < scene.measures->event_count; i++) {
        struct measured_event *event = &scene.measures->events[i];
        event->event.urgency = event->of_case == 2 ? URGENCY_ROUTINE : event->event.urgency;
    }
    json_t *json = scene_report(scenario);
    assert_string_equal(scene_answered(json, "who"), "Bravonia (XB/poc), urgent: 14 h 59 min; "
                                                     "Bravonia (XB/poc), routine: not within 8 d 23 h.");
    json_decref(json);
}

static struct bytes golden(void)
{
    const char *top = getenv("COMITY_TOP");
    struct error error = {.text = ""};
    struct bytes bytes = bytes_of(NULL, 0);
    char *path = arena_format(scene.arena, "%s/%s", top == NULL ? "." : top, GOLDEN);
    (void)!files_read(path, (size_t)1 << 20, scene.arena, &bytes, &error);
    return bytes;
}

/* With COMITY_GOLDEN set it is written anew: look at what changed. */
static void the_same_drill_gives_the_same_bytes(void **state)
{
    (void)state;
    size_t size = 0, again_size = 0;
    tell(9);
    json_t *json = scene_report(scenario);
    char *one = report_text(json, &size);
    json_decref(json);
    measures_free(scene.measures);
    scene.measures = NULL;
    tell(9);
    json = scene_report(scenario);
    char *again = report_text(json, &again_size);
    json_decref(json);
    assert_int_equal(size, again_size);
    assert_memory_equal(one, again, size);
    if (getenv("COMITY_GOLDEN") != NULL) {
        FILE *file = fopen(GOLDEN, "w");
        assert_non_null(file);
        assert_int_equal(fwrite(one, 1, size, file), size);
        assert_int_equal(fclose(file), 0);
    }
    struct bytes wanted = golden();
    assert_int_equal(wanted.size, size);
    assert_memory_equal(wanted.data, one, size);
    free(one);
    free(again);
}

/* Points of all parties; what one of them spans, and is busy in all. */
static size_t people_points(const json_t *json, uint64_t *ret_span_ms, uint64_t *ret_busy_ms)
{
    size_t day = 0, at = 0, count = 0;
    json_t *load = NULL, *point = NULL;
    *ret_span_ms = *ret_busy_ms = 0;
    json_array_foreach(json_object_get(json, "people"), day, load)
    {
        json_array_foreach(json_object_get(load, "hours"), at, point)
        {
            uint64_t span_ms = (uint64_t)json_integer_value(json_object_get(point, "span"));
            *ret_span_ms += span_ms;
            *ret_busy_ms +=
                (uint64_t)json_integer_value(json_object_get(point, "busy_ms")) * (span_ms / HOUR);
            count++;
        }
    }
    return count;
}

static void hours_of_people_stay_few_and_leave_no_time_out(void **state)
{
    (void)state;
    uint64_t span_ms = 0, busy_ms = 0;
    tell(9);
    for (uint64_t hour = 3; hour < 5000; hour++) { /* of unlike spans: 1, 2, 1, 2 .. */
        record_add_hour(scene.record, &(struct record_hour){.party = XA,
                                                            .at_ms = T0_MS + (hour * 3 / 2) * HOUR,
                                                            .span_ms = (1 + hour % 2) * HOUR,
                                                            .staffed = hour % 2,
                                                            .busy_ms = 600000,
                                                            .queue = hour % 7});
    }
    json_t *json = scene_report(scenario);
    const size_t points = people_points(json, &span_ms, &busy_ms);
    assert_in_range(points, 1000, 2000);
    assert_int_equal(span_ms, (5000 * 3 / 2 - 3 * 3 / 2 + 3) * HOUR);
    assert_in_range(busy_ms, (span_ms / HOUR - 3) * 600000, (span_ms / HOUR) * 600000 + 3 * 600000);
    json_decref(json);
}

static void buckets_of_a_class_sum_up_to_its_time(void **state)
{
    (void)state;
    size_t at = 0;
    json_t *one = NULL, *ms = NULL;
    json_int_t sum = 0;
    tell(9);
    json_t *json = scene_report(scenario);
    const json_t *first = json_array_get(json_object_get(json, "buckets"), 0);
    json_array_foreach(json_object_get(first, "ms"), at, ms)
    {
        sum += json_integer_value(ms);
    }
    /* 10 days less 10 hours, and 9 days */
    assert_int_equal(sum, (json_int_t)(10 * DAY - 10 * HOUR + 9 * DAY));
    json_array_foreach(json_object_get(json, "bottlenecks"), at, one)
    {
        assert_string_not_equal(json_string_value(json_object_get(one, "bucket")),
                                "assistance, requesting side");
    }
    json_decref(json);
}

/* --- numbers for a sweep --- */

static void assert_number(const json_t *numbers, const char *key, uint64_t number, uint64_t whole)
{
    size_t at = 0;
    json_t *one = NULL;
    json_array_foreach(numbers, at, one)
    {
        if (strcmp(json_string_value(json_array_get(one, 0)), key) == 0) {
            if ((uint64_t)json_integer_value(json_array_get(one, 1)) != number ||
                (uint64_t)json_integer_value(json_array_get(one, 2)) != whole) {
                fail_msg("%s: %lld of %lld", key, (long long)json_integer_value(json_array_get(one, 1)),
                         (long long)json_integer_value(json_array_get(one, 2)));
            }
            return;
        }
    }
    fail_msg("no %s", key);
}

static void a_run_comes_to_numbers_of_which_none_is_left_out(void **state)
{
    (void)state;
    tell(9);
    json_t *numbers = report_numbers(
        &(struct report_of){.record = scene.record, .scenario = scenario, .measures = scene.measures});
    size_t at = 0;
    json_t *one = NULL;
    json_array_foreach(numbers, at, one)
    {
        enum number_kind kind;
        assert_true(number_kind_of(json_string_value(json_array_get(one, 0)), &kind));
    }
    assert_number(numbers, "expect|answers|||met", 0, 1);
    assert_number(numbers, "expect|holds|||met", 1, 1);
    assert_number(numbers, "expect|evidence|||met", 0, 0); /* cut: nobody can say */
    assert_number(numbers, "expect||||weight", 3 + 1, 2 + 3 + 1 + 1);
    assert_number(numbers, "answer|when|||span", 18 * HOUR - 60000, 1);
    /* Two were asked, one answered: half by then, and nine in ten not within the nine days that the other waits. */
    assert_number(numbers, "M1|acknowledge|U|XB|p50", 15 * HOUR - 60000, 1);
    assert_number(numbers, "M1|acknowledge|U|XB|p90", 9 * DAY - 60000, 0);
    assert_number(numbers, "M1|acknowledge|U||on time", 0, 2);
    assert_number(numbers, "M6|saved-in-time|U||so", 1, 1);
    assert_number(numbers, "M7|lapse|||count", 0, 1);
    json_decref(numbers);
}

static void a_key_is_of_five_parts_and_a_kind(void **state)
{
    (void)state;
    enum number_kind kind = NUMBER_SPAN;
    char part[NUMBER_KEY_BYTES_MAX + 1];
    assert_true(number_kind_of("M7|lapse|||count", &kind));
    assert_int_equal(kind, NUMBER_MEAN);
    assert_false(number_kind_of("M7|lapse||count", &kind));
    assert_false(number_kind_of("M7|lapse||||count", &kind));
    assert_false(number_kind_of("M7|lapse|||counts", &kind));
    assert_false(number_kind_of("", &kind));
    assert_string_equal(number_key_part("M7|lapse|||count", 1, part), "lapse");
    assert_string_equal(number_key_part("M7|lapse|||count", 3, part), "");
    assert_string_equal(number_key_part("M7|lapse|||count", 4, part), "count");
    assert_string_equal(number_key_part("M7", 4, part), "");
}

/* --- the page --- */

static void the_page_has_the_report_at_its_mark_and_no_markup_of_it(void **state)
{
    (void)state;
    char *page = NULL;
    size_t size = 0, json_size = 0;
    tell(9);
    json_t *json = scene_report(scenario);
    char *made = report_text(json, &json_size);
    struct bytes template = bytes_of_text("<script id=r>@REPORT_JSON@</script><p>");
    assert_true(report_page(template, bytes_of(made, json_size), &page, &size));
    assert_int_equal(strlen(page), size);
    assert_ptr_equal(strstr(page, "</script>"), page + size - strlen("</script><p>"));
    assert_non_null(strstr(page, "They ask \\u003c/script> for logs"));
    assert_null(strstr(page, "\xe2\x80\xa8"));
    assert_non_null(strstr(page, "first \\u2028 at 9"));
    char *inside = strstr(page, "{");
    json_t *back = json_loadb(inside, (size_t)(strstr(page, "</script>") - inside), 0, NULL);
    assert_true(json_equal(json, back)); /* it says the same */
    json_decref(back);
    free(page);
    assert_false(report_page(bytes_of_text("no mark"), bytes_of(made, json_size), &page, &size));
    assert_false(
        report_page(bytes_of_text("@REPORT_JSON@@REPORT_JSON@"), bytes_of(made, json_size), &page, &size));
    json_decref(json);
    free(made);
}

/* --- two of them --- */

/* key: "M1|acknowledge|p50"; the first of it. */
static const json_t *row_of(const json_t *compared, const char *key)
{
    static const char *const names[] = {"measure", "word", "what"};
    size_t at = 0;
    json_t *row = NULL;
    json_array_foreach(json_object_get(compared, "rows"), at, row)
    {
        char found[200] = "";
        for (size_t i = 0; i < 3; i++) {
            size_t size = strlen(found);
            (void)snprintf(found + size, sizeof found - size, "%s%s", i == 0 ? "" : "|",
                           json_string_value(json_object_get(row, names[i])));
        }
        if (strcmp(found, key) == 0) {
            return row;
        }
    }
    fail_msg("no %s", key);
    return NULL;
}

static const char *result_of(const json_t *compared, const char *key)
{
    return json_string_value(json_object_get(row_of(compared, key), "result"));
}

static void an_earlier_answer_is_better_and_a_later_one_worse(void **state)
{
    (void)state;
    tell(9);
    json_t *slow = scene_report(scenario);
    measures_free(scene.measures);
    scene.measures = NULL;
    tell(8);
    json_t *fast = scene_report(scenario);
    json_t *compared = report_compare(slow, fast);
    assert_string_equal(result_of(compared, "expect|answers|time to spare"), "better");
    assert_string_equal(result_of(compared, "M5|safe|worst"), "same"); /* the other one still waits */
    assert_string_equal(result_of(compared, "M10|custodian|worst"), "same");
    assert_string_equal(result_of(compared, "M7|lapse|count"), "same");
    assert_true(json_is_true(json_object_get(compared, "same_scenario")));
    assert_true(json_is_false(json_object_get(compared, "same_transcript")));
    json_decref(compared);
    compared = report_compare(fast, slow);
    assert_string_equal(result_of(compared, "expect|answers|time to spare"), "worse");
    assert_int_not_equal(json_integer_value(json_object_get(compared, "worse")), 0);
    json_decref(compared);
    compared = report_compare(fast, fast);
    assert_int_equal(json_integer_value(json_object_get(compared, "better")), 0);
    assert_int_equal(json_integer_value(json_object_get(compared, "worse")), 0);
    json_decref(compared);
    json_t *other = json_object();
    assert_null(report_compare(fast, other));
    json_decref(other);
    json_decref(slow);
    json_decref(fast);
}

/* --- rows made by hand --- */

/* A row of M1, class U, of a State, with its percentiles, the slowest, and how many were on time of those that are due. */
static json_t *hand_row(const char *state_code, json_int_t n, json_int_t p50, json_int_t worst,
                        json_int_t on_time, json_int_t open)
{
    json_t *p = p50 == 0 ? json_null() : json_integer(p50);
    json_t *row = json_pack("{s:s, s:s?, s:s, s:s, s:I, s:I, s:I, s:o, s:n, s:I, s:b, s:I, s:I}", "class",
                            "U", "state", state_code, "hours", "all", "clock", "gross", "n", n, "open", open,
                            "missed", (json_int_t)0, "p50", p, "p90", "worst", worst, "beyond",
                            n >= FEW && p50 == 0, "mature", n, "on_time", on_time);
    assert_non_null(row);
    return row;
}

/* Takes the rows. */
static json_t *hand_report(json_t *rows)
{
    json_t *json = json_pack("{s:s, s:[{s:s, s:s, s:s, s:o}]}", "format", REPORT_FORMAT, "measures", "id",
                             "M1", "word", "acknowledge", "kind", "span", "rows", rows);
    assert_non_null(json);
    return json;
}

static void a_difference_that_does_not_show_is_none(void **state)
{
    (void)state;
    static const struct {
        json_int_t one, other;
        const char *result;
    } cases[] = {
        {10001, 10999, "same"},          {400, 900, "same"},
        {10000, 11000, "worse"},         {86400000, 89000000, "same"},
        {86400000, 90000000, "worse"},   {3600000, 3659999, "same"},
        {172800000, 86400000, "better"}, {0, 999, "same"},
        {59999, 61000, "worse"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        json_t *rows = json_array(), *others = json_array();
        report_add(rows, hand_row(NULL, 4, 0, cases[i].one, 1, 0));
        report_add(others, hand_row(NULL, 4, 0, cases[i].other, 1, 0));
        json_t *one = hand_report(rows), *other = hand_report(others), *compared = report_compare(one, other);
        if (strcmp(result_of(compared, "M1|acknowledge|worst"), cases[i].result) != 0) {
            fail_msg("%zu: %s", i, result_of(compared, "M1|acknowledge|worst"));
        }
        json_decref(compared);
        json_decref(one);
        json_decref(other);
    }
}

static void what_is_few_or_had_not_come_is_compared_as_what_it_is(void **state)
{
    (void)state;
    static const struct {
        json_int_t n, p50, worst, on_time, open;
    } a = {4, 0, 100000, 1, 0}, more = {40, 50000, 100000, 10, 0};
    const struct {
        json_int_t n, p50, worst, on_time, open;
        bool many, few;
        const char *what, *result;
    } cases[] = {
        {4, 0, 100000, 2, 0, false, true, "on time", "better"},
        {8, 90000, 100000, 2, 0, false, true, "on time", "same"}, /* 1 of 4 is 2 of 8 */
        {4, 0, 100000, 1, 1, false, true, "worst", "unknown"},    /* that one may come to more */
        {4, 0, 300000, 1, 1, false, true, "worst", "worse"},
        {20, 50000, 100000, 5, 0, true, false, "on time", "same"},
        {40, 0, 80000, 10, 30, true, false, "p50", "worse"}, /* half had not come by 80 s, and had by 50 s */
        {40, 0, 20000, 10, 30, true, false, "p50", "unknown"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char key[40];
        json_t *rows = json_array(), *others = json_array();
        report_add(rows, cases[i].many ? hand_row(NULL, more.n, more.p50, more.worst, more.on_time, more.open)
                                       : hand_row(NULL, a.n, a.p50, a.worst, a.on_time, a.open));
        report_add(others,
                   hand_row(NULL, cases[i].n, cases[i].p50, cases[i].worst, cases[i].on_time, cases[i].open));
        json_t *one = hand_report(rows), *other = hand_report(others), *compared = report_compare(one, other);
        (void)snprintf(key, sizeof key, "M1|acknowledge|%s", cases[i].what);
        if (strcmp(result_of(compared, key), cases[i].result) != 0) {
            fail_msg("%zu: %s", i, result_of(compared, key));
        }
        assert_int_equal(json_is_true(json_object_get(row_of(compared, key), "few")), cases[i].few);
        json_decref(compared);
        json_decref(one);
        json_decref(other);
    }
}

static void a_number_that_no_report_says_is_none(void **state)
{
    (void)state;
    json_t *rows = json_array(), *others = json_array();
    report_add(rows, hand_row(NULL, INT64_MAX, INT64_MIN, INT64_MAX, INT64_MAX, INT64_MAX));
    report_add(others, hand_row(NULL, 5, 1, 1, 1, 0));
    json_t *one = hand_report(rows), *other = hand_report(others), *compared = report_compare(one, other);
    assert_string_equal(result_of(compared, "M1|acknowledge|p50"), "unknown");
    assert_string_equal(result_of(compared, "M1|acknowledge|on time"), "unknown");
    json_decref(compared);
    json_decref(one);
    json_decref(other);
}

/* CPU seconds to compare two reports of so many rows, backwards in the second; all of them are worse by one number each. */
static double compare_s(size_t count)
{
    json_t *rows = json_array(), *others = json_array();
    for (size_t i = 0; i < count; i++) {
        char code[24], last[24];
        (void)snprintf(code, sizeof code, "S%zu", i);
        (void)snprintf(last, sizeof last, "S%zu", count - 1 - i);
        report_add(rows, hand_row(code, 9, 60000, 100000, 9, 0));
        report_add(others, hand_row(last, 9, 90000, 100000, 9, 0));
    }
    json_t *one = hand_report(rows), *other = hand_report(others);
    clock_t from = clock();
    json_t *compared = report_compare(one, other);
    double s = (double)(clock() - from) / CLOCKS_PER_SEC;
    assert_int_equal(json_integer_value(json_object_get(compared, "worse")), count);
    json_decref(compared);
    json_decref(one);
    json_decref(other);
    return s;
}

static void sixteen_times_the_rows_take_no_square_of_it(void **state)
{
    (void)state;
    double few_s = 0, many_s = 0;
    for (unsigned i = 0; i < 3; i++) { /* the best of three: what else the machine does is not counted */
        double s = compare_s(250), more_s = compare_s(4000);
        few_s = i == 0 || s < few_s ? s : few_s;
        many_s = i == 0 || more_s < many_s ? more_s : many_s;
    }
    if (many_s > 64 * few_s) { /* 16 times as much is expected, of a square 256 times */
        fail_msg("250 rows %.4f s, 4000 rows %.4f s", few_s, many_s);
    }
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        T(expectations_are_met_late_missed_or_cut),
        T(what_another_party_did_meets_nothing),
        T(of_what_was_skipped_nothing_is_missed),
        T(before_the_end_what_is_not_due_is_open),
        T(a_freeze_gives_more_time_to_a_span),
        T(questions_are_answered_with_numbers),
        T(classes_stand_apart_in_an_answer),
        T(the_same_drill_gives_the_same_bytes),
        T(hours_of_people_stay_few_and_leave_no_time_out),
        T(buckets_of_a_class_sum_up_to_its_time),
        T(a_run_comes_to_numbers_of_which_none_is_left_out),
        T(a_key_is_of_five_parts_and_a_kind),
        T(the_page_has_the_report_at_its_mark_and_no_markup_of_it),
        T(an_earlier_answer_is_better_and_a_later_one_worse),
        T(a_difference_that_does_not_show_is_none),
        T(what_is_few_or_had_not_come_is_compared_as_what_it_is),
        T(a_number_that_no_report_says_is_none),
        T(sixteen_times_the_rows_take_no_square_of_it),
    };
    return cmocka_run_group_tests_name("report of a drill", tests, NULL, NULL);
}
