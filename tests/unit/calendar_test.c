/* SPDX-License-Identifier: Apache-2.0 */
/* Working days and hours against tables worked by hand. 20 November 2026 is a Friday. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/daemon/zonefile.h"
#include "base/instant.h"
#include "nodes/calendar.h"

#define SUN     1
#define MON     2
#define TUE     4
#define WED     8
#define THU     16
#define FRI     32
#define SAT     64
#define MON_FRI (MON | TUE | WED | THU | FRI)
#define SUN_THU (SUN | MON | TUE | WED | THU)
#define SAT_THU (SAT | SUN_THU)
#define ALL     (SAT_THU | FRI)

static struct arena *arena;

static int open_arena(void **state)
{
    (void)state;
    arena = arena_new((size_t)1 << 22);
    return arena == NULL;
}

static int close_arena(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static uint64_t at(const char *text)
{
    struct instant instant;
    assert_int_equal(instant_read(bytes_of_text(text), &instant), INSTANT_OK);
    return (uint64_t)instant.ms;
}

static int32_t day_of(const char *date)
{
    int64_t ms = 0;
    assert_true(instant_read_date(bytes_of_text(date), &ms));
    return (int32_t)(ms / (int64_t)MS_PER_DAY);
}

/* zone NULL: UTC; holidays: dates parted by blanks, "" */
static struct calendar calendar_of(const char *zone, uint8_t week, const char *holidays)
{
    static int32_t days[CALENDAR_HOLIDAYS_MAX];
    struct calendar calendar = {.entry = {.week = week, .holidays = days}};
    if (zone != NULL) {
        calendar.zone = zonefile_read(zone, arena);
        assert_non_null(calendar.zone);
    }
    for (; *holidays != '\0'; holidays += holidays[10] == ' ' ? 11 : 10) {
        char date[11];
        (void)snprintf(date, sizeof date, "%.10s", holidays);
        days[calendar.entry.holiday_count++] = day_of(date);
    }
    return calendar;
}

static const struct {
    const char *what, *zone;
    uint8_t week;
    const char *holidays, *from;
    uint64_t n;
    const char *to;
} backward[] = {
    {"Monday to Friday", NULL, MON_FRI, "", "2026-11-23T10:00:00Z", 1, "2026-11-20T10:00:00Z"},
    {"from a Sunday", NULL, MON_FRI, "", "2026-11-22T10:00:00Z", 1, "2026-11-20T10:00:00Z"},
    {"none", NULL, MON_FRI, "", "2026-11-22T10:00:00Z", 0, "2026-11-22T10:00:00Z"},
    {"Sunday to Thursday", "Africa/Cairo", SUN_THU, "", "2026-11-22T09:00:00+02:00", 1,
     "2026-11-19T09:00:00+02:00"},
    {"Monday to Sunday", "Africa/Cairo", SUN_THU, "", "2026-11-23T09:00:00+02:00", 1,
     "2026-11-22T09:00:00+02:00"},
    {"over Christmas", "Europe/Paris", MON_FRI, "2026-12-25", "2026-12-28T00:30:00+01:00", 1,
     "2026-12-24T00:30:00+01:00"},
    {"Sunday evening in London is Monday in Hanoi", "Asia/Ho_Chi_Minh", MON_FRI, "", "2026-11-22T18:00:00Z",
     1, "2026-11-19T18:00:00Z"},
    {"over the change of the clock", "Europe/Paris", MON_FRI, "", "2026-03-30T00:00:00+02:00", 1,
     "2026-03-27T00:00:00+01:00"},
    {"before 1970", NULL, MON_FRI, "", "1970-01-02T00:00:00Z", 3, "1970-01-01T00:00:00Z"},
};

static const struct {
    const char *what, *zone;
    uint8_t week;
    const char *holidays, *from;
    uint64_t n;
    const char *to;
} rows[] = {
    {"Friday to Monday", NULL, MON_FRI, "", "2026-11-20T10:00:00Z", 1, "2026-11-23T10:00:00Z"},
    {"a week of five", NULL, MON_FRI, "", "2026-11-20T10:00:00Z", 5, "2026-11-27T10:00:00Z"},
    {"from a Saturday", NULL, MON_FRI, "", "2026-11-21T10:00:00Z", 1, "2026-11-23T10:00:00Z"},
    {"from a Sunday", NULL, MON_FRI, "", "2026-11-22T10:00:00Z", 1, "2026-11-23T10:00:00Z"},
    {"none", NULL, MON_FRI, "", "2026-11-22T10:00:00Z", 0, "2026-11-22T10:00:00Z"},
    {"Friday evening in London is Saturday in Hanoi", "Asia/Ho_Chi_Minh", MON_FRI, "", "2026-11-20T18:00:00Z",
     1, "2026-11-22T18:00:00Z"},
    {"Sunday evening in London is Monday in Hanoi", "Asia/Ho_Chi_Minh", MON_FRI, "", "2026-11-22T18:00:00Z",
     1, "2026-11-23T18:00:00Z"},
    {"Friday and Saturday are free", "Africa/Cairo", SUN_THU, "", "2026-11-19T09:00:00+02:00", 1,
     "2026-11-22T09:00:00+02:00"},
    {"so five days from a Thursday", "Africa/Cairo", SUN_THU, "", "2026-11-19T09:00:00+02:00", 5,
     "2026-11-26T09:00:00+02:00"},
    {"only Friday is free", "Asia/Tehran", SAT_THU, "", "2026-11-19T10:00:00+03:30", 1,
     "2026-11-21T10:00:00+03:30"},
    {"six days a week", "Asia/Tehran", SAT_THU, "", "2026-11-19T10:00:00+03:30", 6,
     "2026-11-26T10:00:00+03:30"},
    {"one day a week", NULL, WED, "", "2026-11-19T10:00:00Z", 3, "2026-12-09T10:00:00Z"},
    {"Christmas", "Europe/Paris", MON_FRI, "2026-12-25 2027-01-01", "2026-12-24T16:00:00+01:00", 1,
     "2026-12-28T16:00:00+01:00"},
    {"Christmas and New Year", "Europe/Paris", MON_FRI, "2026-12-25 2027-01-01", "2026-12-24T16:00:00+01:00",
     5, "2027-01-04T16:00:00+01:00"},
    {"a holiday on a Sunday moves nothing", NULL, MON_FRI, "2026-11-22", "2026-11-20T10:00:00Z", 1,
     "2026-11-23T10:00:00Z"},
    {"from a holiday", NULL, MON_FRI, "2026-11-20", "2026-11-20T10:00:00Z", 1, "2026-11-23T10:00:00Z"},
    {"a week of holidays", "Asia/Ho_Chi_Minh", MON_FRI,
     "2026-02-16 2026-02-17 2026-02-18 2026-02-19 2026-02-20", "2026-02-13T11:00:00+07:00", 1,
     "2026-02-23T11:00:00+07:00"},
    /* the clock goes forward between */
    {"Paris, 23 hours less", "Europe/Paris", MON_FRI, "", "2026-03-27T09:00:00+01:00", 1,
     "2026-03-30T09:00:00+02:00"},
    {"New York, a time that is left out", "America/New_York", ALL, "", "2026-03-07T02:30:00-05:00", 1,
     "2026-03-08T03:00:00-04:00"},
    {"and on the day after it", "America/New_York", ALL, "", "2026-03-07T02:30:00-05:00", 2,
     "2026-03-09T02:30:00-04:00"},
    {"just before what is left out", "America/New_York", ALL, "", "2026-03-07T01:59:59-05:00", 1,
     "2026-03-08T01:59:59-05:00"},
    {"and at its end", "America/New_York", ALL, "", "2026-03-07T03:00:00-05:00", 1,
     "2026-03-08T03:00:00-04:00"},
    {"Cairo leaves out midnight", "Africa/Cairo", ALL, "", "2026-04-23T00:30:00+02:00", 1,
     "2026-04-24T01:00:00+03:00"},
    {"Lord Howe, half an hour", "Australia/Lord_Howe", ALL, "", "2026-10-03T02:15:00+10:30", 1,
     "2026-10-04T02:30:00+11:00"},
    {"Apia left out a day", "Pacific/Apia", ALL, "", "2011-12-29T10:00:00-10:00", 1,
     "2011-12-31T00:00:00+14:00"},
    {"and went on", "Pacific/Apia", ALL, "", "2011-12-29T10:00:00-10:00", 2, "2011-12-31T10:00:00+14:00"},
    /* and back */
    {"Paris, 25 hours more", "Europe/Paris", MON_FRI, "", "2026-10-23T09:00:00+02:00", 1,
     "2026-10-26T09:00:00+01:00"},
    {"a time that comes twice: the first", "Europe/Paris", ALL, "", "2026-10-24T02:30:00+02:00", 1,
     "2026-10-25T02:30:00+02:00"},
    {"from the second", "Europe/Paris", ALL, "", "2026-10-25T02:30:00+01:00", 1, "2026-10-26T02:30:00+01:00"},
    {"from the first", "Europe/Paris", ALL, "", "2026-10-25T02:30:00+02:00", 1, "2026-10-26T02:30:00+01:00"},
};

static void working_days_are_those_of_the_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof backward / sizeof backward[0]; i++) {
        char said[INSTANT_TEXT_MAX];
        struct calendar calendar = calendar_of(backward[i].zone, backward[i].week, backward[i].holidays);
        uint64_t then = calendar_workdays_before(&calendar, at(backward[i].from), backward[i].n);
        if (then != at(backward[i].to)) {
            fail_msg("%s: %s, not %s", backward[i].what,
                     instant_write(said, (struct instant){.ms = (int64_t)then}), backward[i].to);
        }
    }
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        arena_reset(arena);
        struct calendar calendar = calendar_of(rows[i].zone, rows[i].week, rows[i].holidays);
        char said[INSTANT_TEXT_MAX];
        uint64_t then = calendar_workdays_after(&calendar, at(rows[i].from), rows[i].n);
        if (then != at(rows[i].to)) {
            fail_msg("%s: %s, not %s", rows[i].what,
                     instant_write(said, (struct instant){.ms = (int64_t)then}), rows[i].to);
        }
    }
}

static int64_t local_of(const struct calendar *calendar, uint64_t ms)
{
    return (int64_t)ms + zone_offset_s(calendar->zone, (wall_ms){.ms = ms}) * INT64_C(1000);
}

/* Every quarter of an hour of 260 days: so many working days lie between, and the time of day is the same. */
static void so_many_working_days_lie_between(void **state)
{
    static const char *const zones[] = {"Europe/Paris", "Africa/Cairo", "Australia/Lord_Howe",
                                        "America/Santiago"};
    const int64_t day_ms = (int64_t)MS_PER_DAY;
    (void)state;
    for (size_t z = 0; z < sizeof zones / sizeof zones[0]; z++) {
        arena_reset(arena);
        struct calendar calendar = calendar_of(zones[z], SUN_THU, "2026-04-06 2026-10-25");
        const uint64_t start = at("2026-03-01T00:00:00Z");
        for (uint64_t ms = start; ms < start + 260 * MS_PER_DAY; ms += UINT64_C(900000)) {
            const int64_t from = local_of(&calendar, ms);
            const int64_t to = local_of(&calendar, calendar_workdays_after(&calendar, ms, 5));
            unsigned between = 0;
            for (int64_t date = from / day_ms + 1; date <= to / day_ms; date++) {
                between += calendar_works_on(&calendar, date);
            }
            assert_int_equal(between, 5);
            assert_true(calendar_works_on(&calendar, to / day_ms));
            assert_true(to % day_ms >= from % day_ms);
            assert_true(to % day_ms - from % day_ms <=
                        INT64_C(3600000)); /* later only by what was left out */
        }
    }
}

static void default_is_monday_to_friday_in_utc(void **state)
{
    (void)state;
    const struct calendar calendar = calendar_default();
    assert_null(calendar.zone);
    assert_int_equal(calendar.entry.week, MON_FRI);
    assert_true(calendar_works_on(&calendar, day_of("2026-11-20")));
    assert_false(calendar_works_on(&calendar, day_of("2026-11-21")));
    assert_false(calendar_works_on(&calendar, day_of("2026-11-22")));
    assert_false(calendar_works_on(&calendar, day_of("1969-12-28"))); /* a Sunday before 1970 */
    assert_true(calendar_works_on(&calendar, day_of("1969-12-29")));
}

static const struct {
    struct day_span hours, on_call;
    const char *at;
    enum staffing staffing;
} shifts[] = {
    /* Paris, Monday to Friday, 25 December free */
    {{510, 1020}, {0, 0}, "2026-11-20T08:30:00+01:00", STAFFED},
    {{510, 1020}, {0, 0}, "2026-11-20T08:29:59+01:00", CLOSED},
    {{510, 1020}, {0, 0}, "2026-11-20T17:00:00+01:00", CLOSED},
    {{510, 1020}, {0, 0}, "2026-11-21T12:00:00+01:00", CLOSED},
    {{510, 1020}, {0, 0}, "2026-12-25T12:00:00+01:00", CLOSED},
    {{510, 1020}, {1020, 510}, "2026-11-20T23:00:00+01:00", ON_CALL},
    {{510, 1020}, {1020, 510}, "2026-11-20T12:00:00+01:00", STAFFED},
    {{510, 1020}, {1020, 510}, "2026-11-21T12:00:00+01:00", CLOSED}, /* no call by day on a Saturday */
    {{510, 1020}, {0, 1440}, "2026-11-21T12:00:00+01:00", ON_CALL},
    {{0, 0}, {0, 0}, "2026-11-20T23:59:59+01:00", STAFFED}, /* no hours said: all of a working day */
    {{0, 0}, {0, 0}, "2026-11-21T00:00:00+01:00", CLOSED},
    {{0, 0}, {0, 1440}, "2026-11-21T00:00:00+01:00", ON_CALL},
    {{0, 1440}, {0, 0}, "2026-11-20T23:59:59+01:00", STAFFED},
    /* a night shift belongs to the day it began on */
    {{1320, 360}, {0, 0}, "2026-11-20T22:00:00+01:00", STAFFED},
    {{1320, 360}, {0, 0}, "2026-11-21T05:59:00+01:00", STAFFED},
    {{1320, 360}, {0, 0}, "2026-11-21T22:00:00+01:00", CLOSED},
    {{1320, 360}, {0, 0}, "2026-11-23T05:00:00+01:00", CLOSED},
    {{510, 1020}, {0, 0}, "2026-07-01T08:30:00+02:00", STAFFED}, /* summer time */
};

static void staffed_on_call_or_closed(void **state)
{
    (void)state;
    arena_reset(arena);
    struct calendar calendar = calendar_of("Europe/Paris", MON_FRI, "2026-12-25");
    for (size_t i = 0; i < sizeof shifts / sizeof shifts[0]; i++) {
        calendar.entry.hours = shifts[i].hours;
        calendar.entry.on_call = shifts[i].on_call;
        if (calendar_staffing(&calendar, at(shifts[i].at)) != shifts[i].staffing) {
            fail_msg("row %zu: %s", i, shifts[i].at);
        }
        assert_int_equal(calendar_staffed(&calendar, at(shifts[i].at)), shifts[i].staffing == STAFFED);
    }
}

/* --- until when --- */

static uint64_t drawn(uint64_t *state, uint64_t below)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state % below;
}

static struct day_span drawn_span(uint64_t *seed)
{
    if (drawn(seed, 4) == 0) {
        return (struct day_span){0, 0};
    }
    return (struct day_span){(uint16_t)drawn(seed, 1440), (uint16_t)drawn(seed, 1441)};
}

/* In a zone whose clock changes in these weeks, by a whole hour, by half of one, at midnight, by a day. */
static struct calendar drawn_calendar(uint64_t *seed, uint64_t *ret_start_ms)
{
    static const struct {
        const char *zone, *from;
        int32_t holiday;
    } scenes[] = {
        {"Europe/Paris", "2026-03-25T22:00:00Z", 0}, {"Europe/Paris", "2026-10-21T05:00:00Z", 5},
        {"Africa/Cairo", "2026-04-20T00:00:00Z", 3}, {"Australia/Lord_Howe", "2026-10-01T00:00:00Z", 2},
        {"Pacific/Apia", "2011-12-27T00:00:00Z", 4}, {NULL, "2026-12-20T00:00:00Z", 5}};
    static int32_t holidays[2];
    const size_t scene = drawn(seed, sizeof scenes / sizeof scenes[0]);
    struct calendar calendar = calendar_of(scenes[scene].zone, (uint8_t)(1 + drawn(seed, 127)), "");
    *ret_start_ms = at(scenes[scene].from);
    holidays[0] = (int32_t)(*ret_start_ms / MS_PER_DAY) + scenes[scene].holiday;
    holidays[1] = holidays[0] + 1 + (int32_t)drawn(seed, 3);
    calendar.entry.holidays = holidays;
    calendar.entry.holiday_count = 2;
    calendar.entry.hours = drawn_span(seed);
    calendar.entry.on_call = drawn_span(seed);
    *ret_start_ms += drawn(seed, MS_PER_DAY);
    return calendar;
}

/* Against who asks every minute, for nine days. */
static void staffing_holds_until_it_is_another(void **state)
{
    (void)state;
    for (uint64_t number = 1; number <= 150; number++) {
        uint64_t seed = number * UINT64_C(0x9e3779b97f4a7c15), start_ms = 0;
        arena_reset(arena);
        const struct calendar calendar = drawn_calendar(&seed, &start_ms);
        struct staffing_span span = calendar_staffing_span(&calendar, start_ms);
        assert_int_equal(span.staffing, calendar_staffing(&calendar, start_ms));
        for (uint64_t ms = start_ms - start_ms % MS_PER_MINUTE + MS_PER_MINUTE;
             ms < start_ms + 9 * MS_PER_DAY; ms += MS_PER_MINUTE) {
            const enum staffing now = calendar_staffing(&calendar, ms);
            const bool turns = now != span.staffing;
            if (turns && ms != span.until_ms) {
                fail_msg("seed %u: another one at %llu, not at %llu", (unsigned)number,
                         (unsigned long long)ms, (unsigned long long)span.until_ms);
            }
            if (ms >= span.until_ms) { /* at it, the same only when it had looked ahead for eight days */
                assert_true(turns || span.until_ms >= start_ms + 8 * MS_PER_DAY);
                span = calendar_staffing_span(&calendar, ms);
            }
        }
    }
}

static void the_end_of_time_is_safe(void **state)
{
    (void)state;
    arena_reset(arena);
    struct calendar calendar = calendar_of("Europe/Paris", FRI, "");
    assert_true(calendar_workdays_after(&calendar, UINT64_MAX, 5) > 0);
    assert_true(calendar_workdays_after(&calendar, (uint64_t)INSTANT_MS_MAX, 1000) > 0);
    assert_true(calendar_staffing(&calendar, UINT64_MAX) != 0);
    assert_true(calendar_staffing_span(&calendar, UINT64_MAX).until_ms == UINT64_MAX);
    assert_true(calendar_staffing_span(&calendar, (uint64_t)INSTANT_MS_MAX).until_ms >
                (uint64_t)INSTANT_MS_MAX);
    calendar.zone = NULL;
    assert_true(calendar_workdays_after(&calendar, 0, 1) == at("1970-01-02T00:00:00Z"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(working_days_are_those_of_the_table),
        cmocka_unit_test(so_many_working_days_lie_between),
        cmocka_unit_test(default_is_monday_to_friday_in_utc),
        cmocka_unit_test(staffed_on_call_or_closed),
        cmocka_unit_test(staffing_holds_until_it_is_another),
        cmocka_unit_test(the_end_of_time_is_safe),
    };
    return cmocka_run_group_tests_name("calendar", tests, open_arena, close_arena);
}
