/* SPDX-License-Identifier: Apache-2.0 */
/* Single values of scenarios, distributions, and who is at a desk when. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/instant.h"
#include "drills/scenario/schema.h"
#include "drills/scenario/values.h"
#include "proto/wire.h"
#include "tests/support/scenario_text.h"

#define NONE UINT64_MAX

static void spans_are_read_to_the_millisecond(void **state)
{
    static const struct {
        const char *text;
        uint64_t ms;
    } rows[] = {
        {"0s", 0},
        {"1ms", 1},
        {"90s", 90000},
        {"15m", 900000},
        {"4h", 14400000},
        {"3d", 3 * MS_PER_DAY},
        {"2w", 14 * MS_PER_DAY},
        {"1d 12h", 36 * MS_PER_HOUR},
        {"1d12h30m", 36 * MS_PER_HOUR + 30 * MS_PER_MINUTE},
        {"3660d", SPAN_MS_MAX},
        {"3661d", NONE},
        {"3660d 1ms", NONE},
        {"999999999999999ms", NONE},
        {"99999999999999999999d", NONE},
        {"", NONE},
        {"5", NONE},
        {"-5m", NONE},
        {"05m", NONE},
        {"5 m", NONE},
        {"1.5h", NONE},
        {"12h 1d", NONE},
        {"1h 1h", NONE},
        {"1h  1m", NONE},
        {"1h ", NONE},
        {"2wd", NONE},
        {"m", NONE},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint64_t ms = NONE;
        bool good = value_span(rows[i].text, &ms);
        if (good != (rows[i].ms != NONE) || ms != rows[i].ms) {
            fail_msg("\"%s\": %d, %llu", rows[i].text, good, (unsigned long long)ms);
        }
    }
    struct scenario_span span = {1, 1};
    assert_true(value_workspan("2wd", &span) && span.ms == 0 && span.workdays == 2);
    assert_true(value_workspan("2000wd", &span) && !value_workspan("2001wd", &span));
    assert_true(value_workspan("8h", &span) && span.ms == 8 * MS_PER_HOUR && span.workdays == 0);
}

static void chances_are_parts_in_a_million(void **state)
{
    static const struct {
        const char *text;
        uint32_t ppm;
    } rows[] = {
        {"30 %", 300000},    {"30%", 300000},         {"0 %", 0},
        {"100 %", 1000000},  {"6.25 %", 62500},       {"0.0001 %", 1},
        {"1 in 300", 3333},  {"1 in 1", 1000000},     {"2 in 3", 666666},
        {"0 in 5", 0},       {"100.0001 %", 1234567}, {"101 %", 1234567},
        {"30", 1234567},     {"0.3", 1234567},        {"0.00001 %", 1234567},
        {"2 in 1", 1234567}, {"1 in 0", 1234567},     {"-1 %", 1234567},
        {"1. %", 1234567},   {".5 %", 1234567},       {"30 % ", 1234567},
        {"", 1234567},       {"1 in 1e9", 1234567},   {"99999999999999999999 %", 1234567},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint32_t ppm = 1234567;
        bool good = value_chance(rows[i].text, SCENARIO_MILLION, &ppm);
        if (good != (rows[i].ppm != 1234567) || ppm != rows[i].ppm) {
            fail_msg("\"%s\": %d, %u", rows[i].text, good, ppm);
        }
    }
}

static void hours_and_days_are_read(void **state)
{
    uint16_t minute = 0;
    uint32_t days = 0;
    struct day_span span = {0, 0};
    (void)state;
    assert_true(value_daytime("00:00", &minute) && minute == 0);
    assert_true(value_daytime("23:59", &minute) && minute == 1439);
    assert_true(value_daytime("24:00", &minute) && minute == 1440);
    static const char *const no_times[] = {"24:01", "9:00", "09:60", "09-00", "ab:cd", "09:000", ""};
    for (size_t i = 0; i < sizeof no_times / sizeof no_times[0]; i++) {
        assert_false(value_daytime(no_times[i], &minute));
    }
    assert_true(value_dayspan("22:00-06:00", &span) && span.from_min == 1320 && span.until_min == 360);
    assert_false(value_dayspan("09:00-09:00", &span) || value_dayspan("09:00", &span));
    assert_true(value_days("mon-fri", true, &days) && days == 0x3e);
    assert_true(value_days("fri-sun", true, &days) && days == 0x61);
    assert_true(value_days("sun-thu", true, &days) && days == 0x1f);
    assert_true(value_days("mon, wed,fri, holiday", false, &days) && days == (0x2a | SCENARIO_DAY_HOLIDAY));
    assert_true(value_days("every", false, &days) && days == SCENARIO_DAY_EVERY);
    static const char *const no_days[] = {"work", "holiday", "mon-", "mon fri", "monday", "mon,", "", "Mon"};
    for (size_t i = 0; i < sizeof no_days / sizeof no_days[0]; i++) {
        assert_false(value_days(no_days[i], true, &days));
    }
}

static void rates_places_and_days_of_the_clock_are_read(void **state)
{
    uint64_t number = 0;
    uint16_t minute = 0;
    int32_t degrees = 0;
    uint32_t ppm = 0;
    char code[3] = "";
    (void)state;
    assert_true(value_rate("64 kbit/s", &number) && number == 8000);
    assert_true(value_rate("1Gbit/s", &number) && number == 125000000);
    assert_false(value_rate("0 kbit/s", &number) || value_rate("5", &number) ||
                 value_rate("5 kb/s", &number));
    assert_true(value_degrees("-9.14", 180, &degrees) && degrees == -9140000);
    assert_true(value_degrees("90", 90, &degrees) && degrees == 90000000);
    assert_false(value_degrees("90.000001", 90, &degrees) || value_degrees("1.2345678", 90, &degrees) ||
                 value_degrees("--1", 90, &degrees));
    assert_true(value_quantile_key("p99.9", &ppm) && ppm == 999000);
    assert_false(value_quantile_key("p100.1", &ppm) || value_quantile_key("50", &ppm) ||
                 value_quantile_key("p", &ppm));
    assert_true(value_day("day 3 09:05 XB", &number, &minute, code) && number == 3 && minute == 545);
    assert_string_equal(code, "XB");
    static const char *const no_days[] = {"day 0 09:00 XB",    "day 3 24:00 XB",  "day 3 9:00 XB",
                                          "day 3 09:00",       "day 3 09:00 XBB", "Day 3 09:00 XB",
                                          "day 3661 09:00 XB", "day  3 09:00 XB"};
    for (size_t i = 0; i < sizeof no_days / sizeof no_days[0]; i++) {
        assert_false(value_day(no_days[i], &number, &minute, code));
    }
}

/* --- drawing --- */

static void a_draw_follows_its_quantiles(void **state)
{
    const struct scenario_quantiles table = {
        .count = 4, .points = {{0, 120000}, {500000, 900000}, {900000, 4500000}, {1000000, 21600000}}};
    (void)state;
    assert_int_equal(scenario_draw(&table, 0), 120000);
    assert_int_equal(scenario_draw(&table, UINT64_C(1) << 63), 900000);
    assert_in_range(scenario_draw(&table, UINT64_MAX), 21599000, 21600000);
    assert_in_range(scenario_draw(&table, UINT64_C(1) << 62), 509999, 510000); /* p25: half way */
    uint64_t last = 0, below = 0;
    for (uint64_t i = 0; i < 1000; i++) {
        uint64_t ms = scenario_draw(&table, i * (UINT64_MAX / 1000));
        assert_true(ms >= last);
        last = ms;
        below += ms < 4500000;
    }
    assert_in_range(below, 899, 901);
    const struct scenario_quantiles wide = {.count = 2, .points = {{0, 0}, {1000000, SPAN_MS_MAX}}};
    assert_in_range(scenario_draw(&wide, UINT64_MAX), SPAN_MS_MAX - SPAN_MS_MAX / 10000000, SPAN_MS_MAX);
    assert_in_range(scenario_draw(&wide, UINT64_C(1) << 63), SPAN_MS_MAX / 2 - 20000,
                    SPAN_MS_MAX / 2 + 20000);
    const struct scenario_quantiles tail = {.count = 3,
                                            .points = {{0, 0}, {999900, 0}, {1000000, SPAN_MS_MAX}}};
    const uint64_t in_tail = UINT64_MAX - UINT64_MAX / 20000; /* the middle of the last ten-thousandth */
    assert_in_range(scenario_draw(&tail, in_tail), SPAN_MS_MAX / 2 - SPAN_MS_MAX / 100000,
                    SPAN_MS_MAX / 2 + SPAN_MS_MAX / 100000);
    const struct scenario_quantiles step = {.count = 3, .points = {{0, 5}, {500000, 5}, {1000000, 5}}};
    assert_int_equal(scenario_draw(&step, 12345), 5);
    assert_int_equal(scenario_draw(NULL, 12345), 0);
}

static void a_chance_happens_as_often_as_it_says(void **state)
{
    static const uint32_t chances[] = {0, 3333, 300000, 999999, SCENARIO_MILLION};
    (void)state;
    for (size_t k = 0; k < sizeof chances / sizeof chances[0]; k++) {
        uint64_t happened = 0;
        for (uint64_t i = 0; i < 1000000; i++) {
            happened += scenario_happens(chances[k], i * (UINT64_MAX / 1000000) + 9000000000000);
        }
        assert_in_range(happened + 2, chances[k], chances[k] + 4);
    }
    assert_false(scenario_happens(0, 0) || scenario_happens(0, UINT64_MAX));
    assert_true(scenario_happens(SCENARIO_MILLION, 0) && scenario_happens(SCENARIO_MILLION, UINT64_MAX));
}

/* --- people by hour --- */

static struct scenario_texts texts;

static const char offices[] =
    "scenario: 1\n"
    "title: Desks\n"
    "clock: {start: 2026-10-19T00:00:00Z, length: 90d}\n"
    "desks:\n"
    "  always: {hours: 24/7, people: 2, shifts: [06:00, 22:00]}\n"
    "  office: {hours: office, people: 3, on_call: yes}\n"
    "  night: {people: [{days: fri, from: 22:00, to: 02:00, people: 4}]}\n"
    "  holiday: {people: [{days: holiday, people: 1}, {days: work, from: 08:00, to: 09:00, people: 5}]}\n"
    "habits: {h: {}}\n"
    "states:\n"
    "  - code: XA\n"
    "    name: Aldoria\n"
    "    zone: Europe/Lisbon\n"
    "    week: {work: mon-fri, hours: 09:00-17:00}\n"
    "    holidays: [2026-12-08]\n"
    "    units:\n"
    "      - {name: always, desk: always, habits: h}\n"
    "      - {name: office, desk: office, habits: h}\n"
    "      - {name: night, desk: night, habits: h}\n"
    "      - {name: holiday, desk: holiday, habits: h}\n";

static uint64_t at(const char *text)
{
    struct instant instant;
    assert_int_equal(instant_read(bytes_of_text(text), &instant), INSTANT_OK);
    return (uint64_t)instant.ms;
}

static void desks_keep_local_hours_and_holidays(void **state)
{
    static const struct {
        const char *unit, *at;
        uint64_t people;
        enum staffing staffing;
        const char *until; /* NULL: not looked at */
    } rows[] = {
        {"XA/always", "2026-10-25T00:30:00Z", 2, STAFFED, NULL},
        /* Lisbon is UTC+1 up to 25 October 2026, then UTC */
        {"XA/office", "2026-10-23T07:59:59Z", 0, ON_CALL, "2026-10-23T08:00:00Z"},
        {"XA/office", "2026-10-23T08:00:00Z", 3, STAFFED, "2026-10-23T16:00:00Z"},
        {"XA/office", "2026-10-23T16:00:00Z", 0, ON_CALL, "2026-10-26T09:00:00Z"}, /* over the change */
        {"XA/office", "2026-10-26T08:30:00Z", 0, ON_CALL, "2026-10-26T09:00:00Z"},
        {"XA/office", "2026-10-26T09:00:00Z", 3, STAFFED, "2026-10-26T17:00:00Z"},
        {"XA/office", "2026-12-07T17:00:00Z", 0, ON_CALL, "2026-12-09T09:00:00Z"}, /* over the holiday */
        {"XA/office", "2026-12-08T12:00:00Z", 0, ON_CALL, NULL},
        {"XA/night", "2026-11-20T21:59:00Z", 0, CLOSED, "2026-11-20T22:00:00Z"},
        {"XA/night", "2026-11-20T23:00:00Z", 4, STAFFED, "2026-11-21T02:00:00Z"},
        {"XA/night", "2026-11-21T01:59:00Z", 4, STAFFED, "2026-11-21T02:00:00Z"},
        {"XA/night", "2026-11-21T02:00:00Z", 0, CLOSED, "2026-11-27T22:00:00Z"},
        {"XA/night", "2026-11-20T01:00:00Z", 0, CLOSED, NULL},
        {"XA/holiday", "2026-12-08T00:00:00Z", 1, STAFFED, "2026-12-09T00:00:00Z"},
        {"XA/holiday", "2026-12-08T08:30:00Z", 1, STAFFED, NULL},
        {"XA/holiday", "2026-12-09T08:30:00Z", 5, STAFFED, "2026-12-09T09:00:00Z"},
    };
    (void)state;
    scenario_texts_open(&texts);
    scenario_texts_add(&texts, "a.yaml", offices);
    const struct scenario *s = scenario_texts_read(&texts, "a.yaml", NULL, 0);
    assert_non_null(s);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct scenario_staff staff = scenario_staff_at(scenario_unit(s, rows[i].unit), at(rows[i].at));
        if (staff.people != rows[i].people || staff.staffing != rows[i].staffing ||
            (rows[i].until != NULL && staff.until_ms != at(rows[i].until))) {
            char until[INSTANT_TEXT_MAX];
            fail_msg("%s at %s: %llu, %d, until %s", rows[i].unit, rows[i].at,
                     (unsigned long long)staff.people, (int)staff.staffing,
                     instant_write(until, (struct instant){.ms = (int64_t)staff.until_ms, .offset_min = 0}));
        }
    }
    const struct scenario_unit *always = scenario_unit(s, "XA/always");
    assert_true(scenario_shift_begins(always, at("2026-11-20T22:00:00Z")));
    assert_true(scenario_shift_begins(always, at("2026-10-20T05:00:30Z"))); /* 06:00 in summer */
    assert_false(scenario_shift_begins(always, at("2026-11-20T14:00:00Z")));
    assert_int_equal(
        scenario_span_end((struct scenario_span){.workdays = 1}, always->state, at("2026-12-07T10:00:00Z")),
        at("2026-12-09T10:00:00Z"));
    assert_int_equal(scenario_span_end((struct scenario_span){.ms = 5}, always->state, 1000), 1005);
    scenario_texts_close(&texts);
}

/* --- words that are those of letters --- */

static void words_are_those_of_the(const ProtobufCEnumDescriptor *type, enum word_list list)
{
    size_t count = 0;
    for (; schema_word(list, count + 1) != NULL; count++) {
        if (protobuf_c_enum_descriptor_get_value_by_name(type, schema_word(list, count + 1)) == NULL) {
            fail_msg("%s has no %s", type->name, schema_word(list, count + 1));
        }
    }
    assert_int_equal(count, type->n_values - 1); /* all but the one for nothing */
}

static void words_of_letters_are_the_letters_own(void **state)
{
    (void)state;
    words_are_those_of_the(&comity__item__category__descriptor, WORDS_DATA);
    words_are_those_of_the(&comity__identifier__kind__descriptor, WORDS_IDENTIFIER);
    assert_int_equal(SCENARIO_EVENTS <= 64, 1); /* alternatives are bits of a number */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spans_are_read_to_the_millisecond),
        cmocka_unit_test(chances_are_parts_in_a_million),
        cmocka_unit_test(hours_and_days_are_read),
        cmocka_unit_test(rates_places_and_days_of_the_clock_are_read),
        cmocka_unit_test(a_draw_follows_its_quantiles),
        cmocka_unit_test(a_chance_happens_as_often_as_it_says),
        cmocka_unit_test(desks_keep_local_hours_and_holidays),
        cmocka_unit_test(words_of_letters_are_the_letters_own),
    };
    return cmocka_run_group_tests_name("scenario_values", tests, NULL, NULL);
}
