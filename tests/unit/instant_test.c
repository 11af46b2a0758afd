/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/instant.h"

#define DAY_MS INT64_C(86400000)

static void table_of_good_texts(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t ms;
        int32_t offset_min;
        const char *written; /* NULL: the same */
    } rows[] = {
        {"1970-01-01T00:00:00Z", 0, 0, NULL},
        {"2000-02-29T12:34:56.789Z", INT64_C(951827696789), 0, NULL},
        {"2024-02-29T23:59:59+07:00", INT64_C(1709225999000), 420, NULL},
        {"2023-12-31T20:00:00-05:30", INT64_C(1704072600000), -330, NULL},
        {"1969-12-31T23:59:59.999Z", -1, 0, NULL},
        {"0001-01-01T00:00:00Z", INSTANT_MS_MIN, 0, NULL},
        {"9999-12-31T23:59:59.999Z", INSTANT_MS_MAX, 0, NULL},
        {"0001-01-01T00:00:00-00:01", INSTANT_MS_MIN + 60000, -1, NULL},
        {"1970-01-01t00:00:00.5z", 500, 0, "1970-01-01T00:00:00.500Z"},
        {"1970-01-01 00:00:00.05Z", 50, 0, "1970-01-01T00:00:00.050Z"},
        {"1990-12-31T23:59:60Z", INT64_C(662687999000), 0, "1990-12-31T23:59:59Z"},
        {"1970-01-01T00:00:00-00:00", 0, 0, "1970-01-01T00:00:00Z"},
        {"1970-01-01T23:59:00+23:59", 0, 1439, NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct instant at = {0};
        char text[INSTANT_TEXT_MAX];
        assert_int_equal(instant_read(bytes_of_text(rows[i].text), &at), INSTANT_OK);
        assert_true(at.ms == rows[i].ms);
        assert_int_equal(at.offset_min, rows[i].offset_min);
        assert_string_equal(instant_write(text, at),
                            rows[i].written == NULL ? rows[i].text : rows[i].written);
    }
}

static void table_of_bad_texts(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum instant_outcome outcome;
    } rows[] = {
        {"", INSTANT_MALFORMED},
        {"2024-01-01", INSTANT_DATE_ONLY},
        {"2024-01-01T10:00:00", INSTANT_NO_ZONE},
        {"2024-01-01T10:00:00.123", INSTANT_NO_ZONE},
        {"2023-02-29T00:00:00Z", INSTANT_MALFORMED},
        {"1900-02-29T00:00:00Z", INSTANT_MALFORMED},
        {"2024-04-31T00:00:00Z", INSTANT_MALFORMED},
        {"2024-13-01T00:00:00Z", INSTANT_MALFORMED},
        {"2024-00-01T00:00:00Z", INSTANT_MALFORMED},
        {"2024-01-00T00:00:00Z", INSTANT_MALFORMED},
        {"0000-01-01T00:00:00Z", INSTANT_MALFORMED},
        {"2024-01-01T24:00:00Z", INSTANT_MALFORMED},
        {"2024-01-01T23:60:00Z", INSTANT_MALFORMED},
        {"2024-01-01T23:59:61Z", INSTANT_MALFORMED},
        {"2024-01-01T10:00Z", INSTANT_MALFORMED},
        {"2024-01-01T10:00:00.Z", INSTANT_MALFORMED},
        {"2024-01-01T10:00:00.1234Z", INSTANT_MALFORMED},
        {"2024-01-01T10:00:00+7", INSTANT_MALFORMED},
        {"2024-01-01T10:00:00+24:00", INSTANT_MALFORMED},
        {"2024-01-01T10:00:00+07:60", INSTANT_MALFORMED},
        {"2024-01-01T10:00:00Z ", INSTANT_MALFORMED},
        {" 2024-01-01T10:00:00Z", INSTANT_MALFORMED},
        {"2024-1-1T10:00:00Z", INSTANT_MALFORMED},
        {"24-01-01T10:00:00Z", INSTANT_MALFORMED},
        {"2024-01-01X10:00:00Z", INSTANT_MALFORMED},
        {"2024/01/01T10:00:00Z", INSTANT_MALFORMED},
        {"+024-01-01T10:00:00Z", INSTANT_MALFORMED},
        {"0001-01-01T00:00:00+00:01", INSTANT_MALFORMED}, /* year 0 in UTC */
        {"9999-12-31T23:59:59-00:01", INSTANT_MALFORMED}, /* year 10000 in UTC */
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct instant at = {.ms = 77, .offset_min = 7};
        if (instant_read(bytes_of_text(rows[i].text), &at) != rows[i].outcome) {
            fail_msg("\"%s\" has another outcome", rows[i].text);
        }
        assert_true(at.ms == 77 && at.offset_min == 7);
    }
}

static void every_prefix_is_refused_without_reading_past_it(void **state)
{
    (void)state;
    static const char text[] = "2024-02-29T23:59:59.123+07:00";
    for (size_t size = 0; size < sizeof text - 1; size++) {
        char copy[sizeof text];
        struct instant at;
        memset(copy, '0', sizeof copy);
        memcpy(copy, text, size);
        assert_int_not_equal(instant_read(bytes_of(copy, size), &at), INSTANT_OK);
    }
}

static void round_trip_over_all_years(void **state)
{
    (void)state;
    static const int32_t offsets[] = {0, 420, -300, 345, -1439, 1439};
    for (int64_t ms = INSTANT_MS_MIN; ms <= INSTANT_MS_MAX; ms += 37 * DAY_MS + 12345678) {
        char text[INSTANT_TEXT_MAX];
        struct instant at = {.ms = ms, .offset_min = offsets[(ms / DAY_MS + 4000000) % 6]};
        struct instant back = {0};
        assert_int_equal(instant_read(bytes_of_text(instant_write(text, at)), &back), INSTANT_OK);
        assert_true(back.ms == ms);
    }
}

static void calendar_is_gregorian_day_by_day(void **state)
{
    (void)state;
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int year = 1;
    int month = 1;
    int day = 1;
    int weekday = 1; /* 0001-01-01 was a Monday */
    for (int64_t ms = INSTANT_MS_MIN; ms <= INSTANT_MS_MAX; ms += DAY_MS) {
        struct civil c = instant_civil((struct instant){.ms = ms});
        assert_true(c.year == year && c.month == month && c.day == day && c.weekday == weekday);
        assert_true(civil_days(year, month, day) * DAY_MS == ms);
        bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
        weekday = (weekday + 1) % 7;
        if (++day > days[month - 1] + (month == 2 && leap)) {
            day = 1;
            month = month == 12 ? 1 : month + 1;
            year += month == 1;
        }
    }
    assert_int_equal(year, 10000);
}

static void hostile_numbers_are_held_in_range(void **state)
{
    (void)state;
    static const int64_t nasty[] = {INT64_MIN, INSTANT_MS_MIN - 1, INSTANT_MS_MAX + 1, INT64_MAX};
    char text[INSTANT_TEXT_MAX];
    for (size_t i = 0; i < 4; i++) {
        struct instant at = {.ms = nasty[i], .offset_min = 1439};
        assert_false(instant_in_range(at));
        assert_string_equal(instant_write(text, at),
                            i < 2 ? "0001-01-01T23:59:00+23:59" : "9999-12-31T23:59:59.999Z");
    }
    assert_false(instant_in_range((struct instant){.offset_min = 1440}));
    assert_false(instant_in_range((struct instant){.offset_min = INT32_MIN}));
    assert_string_equal(instant_write(text, (struct instant){.offset_min = INT32_MIN}),
                        "1970-01-01T00:00:00Z");
    assert_string_equal(instant_write(text, (struct instant){.ms = INSTANT_MS_MIN, .offset_min = -60}),
                        "0001-01-01T00:00:00Z");
}

static void date_is_midnight_utc(void **state)
{
    (void)state;
    int64_t ms = 7;
    assert_true(instant_read_date(bytes_of_text("1970-01-02"), &ms) && ms == DAY_MS);
    assert_false(instant_read_date(bytes_of_text("1970-01-02T"), &ms));
    assert_false(instant_read_date(bytes_of_text("1970-02-30"), &ms));
    assert_true(ms == DAY_MS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table_of_good_texts),
        cmocka_unit_test(table_of_bad_texts),
        cmocka_unit_test(every_prefix_is_refused_without_reading_past_it),
        cmocka_unit_test(round_trip_over_all_years),
        cmocka_unit_test(calendar_is_gregorian_day_by_day),
        cmocka_unit_test(hostile_numbers_are_held_in_range),
        cmocka_unit_test(date_is_midnight_utc),
    };
    return cmocka_run_group_tests_name("instant", tests, NULL, NULL);
}
