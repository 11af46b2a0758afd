/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
/* Against the C library's own reading of the machine's zone files. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/instant.h"
#include "base/zone.h"

#define FOLDER "/usr/share/zoneinfo/"

static struct arena *arena;
static uint8_t file[ZONE_BYTES_MAX];

static int open_arena(void **state)
{
    (void)state;
    arena = arena_new((size_t)1 << 20);
    return arena == NULL;
}

static int close_arena(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static struct bytes file_of(const char *name)
{
    char path[128];
    (void)snprintf(path, sizeof path, FOLDER "%s", name);
    FILE *from = fopen(path, "rb");
    assert_non_null(from);
    size_t size = fread(file, 1, sizeof file, from);
    (void)fclose(from);
    return bytes_of(file, size);
}

/* The zone, and the C library set to the same one. */
static const struct zone *zone_of(const char *name)
{
    arena_reset(arena);
    const struct zone *zone = zone_read(file_of(name), arena);
    assert_non_null(zone);
    assert_int_equal(setenv("TZ", name, 1), 0);
    tzset();
    return zone;
}

static int64_t libc_offset(int64_t at_s)
{
    time_t t = (time_t)at_s;
    struct tm tm;
    assert_non_null(localtime_r(&t, &tm));
    int64_t local = civil_days(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday) * 86400 + tm.tm_hour * 3600 +
                    tm.tm_min * 60 + tm.tm_sec;
    return local - at_s;
}

static uint64_t at(const char *text)
{
    struct instant instant;
    assert_int_equal(instant_read(bytes_of_text(text), &instant), INSTANT_OK);
    return (uint64_t)instant.ms;
}

static const char *const zones[] = {
    "Asia/Ho_Chi_Minh", "America/New_York",  "Asia/Kolkata",        "Africa/Cairo",      "Asia/Beirut",
    "Europe/Paris",     "Europe/Dublin",     "Australia/Lord_Howe", "America/Havana",    "America/St_Johns",
    "Pacific/Apia",     "Africa/Casablanca", "Asia/Tehran",         "America/Sao_Paulo", "Antarctica/Troll",
    "Asia/Gaza",        "Pacific/Chatham",   "America/Santiago",    "America/Nuuk",      "Etc/UTC",
    "Asia/Kathmandu",   "Asia/Pyongyang",    "America/Scoresbysund"};
#define ZONES (sizeof zones / sizeof zones[0])

static void offsets_are_those_of_the_c_library(void **state)
{
    (void)state;
    for (size_t i = 0; i < ZONES; i++) {
        const struct zone *zone = zone_of(zones[i]);
        for (int64_t s = 0; s < INT64_C(5000000000); s += 23 * 3600 + 1801) { /* to 2128 */
            if (zone_offset_s(zone, (wall_ms){(uint64_t)s * 1000 + 999}) != libc_offset(s)) {
                fail_msg("%s at %lld", zones[i], (long long)s);
            }
        }
    }
}

/* Where the offset changes within a day, the very second has to be the same. */
static void changes_come_at_the_same_second(void **state)
{
    (void)state;
    for (size_t i = 0; i < ZONES; i++) {
        const struct zone *zone = zone_of(zones[i]);
        for (int64_t day = 0; day < 36525 * 86400LL; day += 86400) {
            int64_t low = day;
            int64_t high = day + 86400;
            int64_t before = libc_offset(low);
            if (libc_offset(high) == before) {
                continue;
            }
            while (high - low > 1) {
                int64_t middle = low + (high - low) / 2;
                *(libc_offset(middle) == before ? &low : &high) = middle;
            }
            assert_int_equal(zone_offset_s(zone, (wall_ms){(uint64_t)high * 1000 - 1}), libc_offset(low));
            assert_int_equal(zone_offset_s(zone, (wall_ms){(uint64_t)high * 1000}), libc_offset(high));
        }
    }
}

static int64_t libc_date(int64_t at_s)
{
    int64_t local = at_s + libc_offset(at_s);
    return local / 86400 - (local % 86400 < 0);
}

/* The definition, walked quarter hour by quarter hour and second by second with the C library. */
static int64_t libc_next_midnight(int64_t at_s)
{
    if (libc_date(at_s) > libc_date(at_s - 1)) {
        return at_s;
    }
    for (;; at_s++) {
        while (libc_date(at_s) == libc_date(at_s + 60)) {
            at_s += 60;
        }
        if (libc_date(at_s + 1) > libc_date(at_s)) {
            return at_s + 1;
        }
    }
}

static void midnights_are_those_of_the_c_library(void **state)
{
    (void)state;
    for (size_t i = 0; i < ZONES; i++) {
        const struct zone *zone = zone_of(zones[i]);
        for (int64_t s = 1577836800 + (int64_t)i * 977; s < 1577836800 + 8 * 366 * 86400LL;
             s += 86400 * 13 + 7621) {
            int64_t expected = libc_next_midnight(s);
            assert_true(zone_next_midnight(zone, (wall_ms){(uint64_t)s * 1000}).ms ==
                        (uint64_t)expected * 1000);
            assert_true(zone_next_midnight(zone, (wall_ms){(uint64_t)expected * 1000}).ms ==
                        (uint64_t)expected * 1000);
            assert_true(zone_next_midnight(zone, (wall_ms){(uint64_t)expected * 1000 - 1}).ms ==
                        (uint64_t)expected * 1000);
        }
    }
}

static void table_of_midnights(void **state)
{
    (void)state;
    static const struct {
        const char *zone, *from, *midnight;
    } rows[] = {
        {"Asia/Ho_Chi_Minh", "2025-03-01T09:30:00Z", "2025-03-02T00:00:00+07:00"},
        {"Asia/Ho_Chi_Minh", "2025-03-01T17:00:00Z", "2025-03-02T00:00:00+07:00"},
        {"Asia/Ho_Chi_Minh", "2025-03-01T17:00:00.001Z", "2025-03-03T00:00:00+07:00"},
        {"Asia/Kolkata", "2025-03-01T18:29:59.999Z", "2025-03-02T00:00:00+05:30"},
        {"America/New_York", "2025-03-09T05:00:00.001Z", "2025-03-10T00:00:00-04:00"}, /* a day of 23 hours */
        {"America/New_York", "2025-11-02T04:00:00.001Z", "2025-11-03T00:00:00-05:00"}, /* and one of 25 */
        {"Europe/Paris", "2040-03-25T00:30:00Z", "2040-03-26T00:00:00+02:00"},
        {"Europe/Paris", "2040-10-28T00:30:00Z", "2040-10-29T00:00:00+01:00"},
        {"Africa/Cairo", "2024-04-25T12:00:00Z", "2024-04-26T01:00:00+03:00"}, /* no midnight that night */
        {"Asia/Beirut", "2022-03-26T12:00:00Z", "2022-03-27T01:00:00+03:00"},
        {"Asia/Beirut", "2024-03-30T12:00:00Z", "2024-03-31T01:00:00+03:00"},
        {"America/Havana", "2024-11-02T12:00:00Z",
         "2024-11-03T00:00:00-04:00"}, /* 00:00 twice: the first begins it */
        {"America/Havana", "2024-11-03T04:00:00.001Z", "2024-11-04T00:00:00-05:00"},
        {"Pacific/Apia", "2011-12-29T12:00:00Z", "2011-12-31T00:00:00+14:00"}, /* 30 December was left out */
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct zone *zone = zone_of(rows[i].zone);
        if (zone_next_midnight(zone, (wall_ms){at(rows[i].from)}).ms != at(rows[i].midnight)) {
            fail_msg("%s from %s is not %s", rows[i].zone, rows[i].from, rows[i].midnight);
        }
    }
}

static void the_ends_of_time_are_safe(void **state)
{
    (void)state;
    for (size_t i = 0; i < ZONES; i++) {
        const struct zone *zone = zone_of(zones[i]);
        assert_int_equal(zone_offset_s(zone, (wall_ms){UINT64_MAX}),
                         zone_offset_s(zone, (wall_ms){(uint64_t)INSTANT_MS_MAX}));
        assert_true(zone_next_midnight(zone, (wall_ms){UINT64_MAX}).ms == UINT64_MAX);
        assert_true(zone_next_midnight(zone, (wall_ms){(uint64_t)INSTANT_MS_MAX}).ms >=
                    (uint64_t)INSTANT_MS_MAX);
        assert_true(zone_next_midnight(zone, (wall_ms){0}).ms < 25 * MS_PER_HOUR);
    }
}

/* A file with no changes and this footer. */
static const struct zone *zone_of_footer(const char *footer)
{
    static const uint8_t header[44] = {[0] = 'T', 'Z', 'i', 'f', '2', [39] = 1, [43] = 4};
    static const uint8_t rest[10] = {0, 0, 0, 0, 0, 0, 'U', 'T', 'C', 0};
    uint8_t bytes[400];
    size_t size = 0;
    for (int i = 0; i < 2; i++) {
        memcpy(bytes + size, header, sizeof header);
        size += sizeof header;
        memcpy(bytes + size, rest, sizeof rest);
        size += sizeof rest;
    }
    memcpy(bytes + size, footer, strlen(footer));
    arena_reset(arena);
    return zone_read(bytes_of(bytes, size + strlen(footer)), arena);
}

static void footers_are_read_as_the_standard_says(void **state)
{
    (void)state;
    /* The first five also mean the same to the C library; the sixth is summer time all year. */
    static const char *const good[] = {"UTC0",
                                       "<+0330>-3:30",
                                       "IST-1GMT0,M10.5.0,M3.5.0/1",
                                       "EST5EDT,M3.2.0,M11.1.0",
                                       "<-02>2<-01>,M3.5.0/-1,M10.5.0/0",
                                       "EST5EDT,0/0,J365/25",
                                       "AAA-14:59:59BBB,59/-167:59:59,J60/167"};
    static const char *const bad[] = {"",
                                      "UTC",
                                      "U0",
                                      "UTC0EDT",
                                      "UTC25",
                                      "UTC0:60",
                                      "<UTC0",
                                      "<>0",
                                      "UTC0EDT,",
                                      "UTC0EDT,M1.1.0",
                                      "UTC0EDT,M0.1.0,M2.1.0",
                                      "UTC0EDT,M13.1.0,M2.1.0",
                                      "UTC0EDT,M1.6.0,M2.1.0",
                                      "UTC0EDT,M1.1.7,M2.1.0",
                                      "UTC0EDT,J0,J5",
                                      "UTC0EDT,J366,J5",
                                      "UTC0EDT,366,5",
                                      "UTC0EDT,1/168,5",
                                      "UTC0EDT,1,5,",
                                      "UTC9999999999",
                                      "UTC0\nUTC0",
                                      "UTC--1"};
    char footer[80];
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        (void)snprintf(footer, sizeof footer, "\n%s\n", good[i]);
        const struct zone *zone = zone_of_footer(footer);
        assert_non_null(zone);
        assert_int_equal(setenv("TZ", good[i], 1), 0);
        tzset();
        for (int64_t s = 0; s < INT64_C(3000000000) && i < 5; s += 7 * 3600 + 1) {
            if (zone_offset_s(zone, (wall_ms){(uint64_t)s * 1000}) != libc_offset(s)) {
                fail_msg("%s at %lld", good[i], (long long)s);
            }
        }
        for (int64_t s = 0; s < INT64_C(3000000000) && i == 5; s += 7 * 3600 + 1) {
            assert_int_equal(zone_offset_s(zone, (wall_ms){(uint64_t)s * 1000}),
                             -4 * 3600); /* RFC 8536 3.3.1 */
        }
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        (void)snprintf(footer, sizeof footer, "\n%s\n", bad[i]);
        if ((zone_of_footer(footer) != NULL) != (bad[i][0] == '\0')) { /* an empty one says: no rule */
            fail_msg("footer \"%s\"", bad[i]);
        }
    }
    assert_null(zone_of_footer("\nUTC0"));
    assert_null(zone_of_footer("UTC0\n"));
    assert_null(zone_of_footer(""));
    assert_null(zone_of_footer("\nUTC0\n\n"));
}

static uint32_t random_next(uint32_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed;
}

static void hostile_files_are_refused_or_answer(void **state)
{
    (void)state;
    struct bytes whole = file_of("America/New_York");
    for (size_t size = 0; size < whole.size; size++) { /* every cut, at its exact size on the heap */
        uint8_t *copy = malloc(size == 0 ? 1 : size);
        assert_non_null(copy);
        memcpy(copy, whole.data, size);
        arena_reset(arena);
        assert_null(zone_read(bytes_of(copy, size), arena));
        free(copy);
    }
    uint32_t seed = 20250301;
    size_t read = 0;
    for (int i = 0; i < 20000; i++) {
        uint8_t *copy = malloc(whole.size);
        assert_non_null(copy);
        memcpy(copy, whole.data, whole.size);
        for (uint32_t n = random_next(&seed) % 4 + 1; n > 0; n--) {
            copy[random_next(&seed) % whole.size] = (uint8_t)random_next(&seed);
        }
        arena_reset(arena);
        const struct zone *zone = zone_read(bytes_of(copy, whole.size), arena);
        free(copy);
        if (zone != NULL) {
            read++;
            uint64_t ms = (uint64_t)random_next(&seed) * 1000;
            int32_t offset = zone_offset_s(zone, (wall_ms){ms});
            assert_true(offset >= -26 * 3600 && offset <= 26 * 3600);
            uint64_t midnight = zone_next_midnight(zone, (wall_ms){ms}).ms;
            assert_true(midnight >= ms && midnight < ms + 5 * MS_PER_DAY);
        }
    }
    assert_true(read > 1000 && read < 20000);
}

static size_t number_at(const uint8_t *from)
{
    return (size_t)from[0] << 24 | (size_t)from[1] << 16 | (size_t)from[2] << 8 | from[3];
}

static void changes_out_of_order_are_refused(void **state)
{
    (void)state;
    struct bytes whole = file_of("America/New_York");
    const uint8_t *old = file + 20; /* the counts of the first header */
    size_t second = 44 + number_at(old + 12) * 5 + number_at(old + 16) * 6 + number_at(old + 20) +
                    number_at(old) + number_at(old + 4);
    uint8_t *times = file + second + 44;
    arena_reset(arena);
    assert_non_null(zone_read(whole, arena));
    memcpy(times + 16, times + 8, 8);
    assert_null(zone_read(whole, arena));
    assert_false(arena_exhausted(arena));
}

static void exhaustion_is_told_apart(void **state)
{
    (void)state;
    struct arena *small = arena_new(256);
    assert_null(zone_read(file_of("America/New_York"), small));
    assert_true(arena_exhausted(small));
    arena_free(small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(offsets_are_those_of_the_c_library),
        cmocka_unit_test(changes_come_at_the_same_second),
        cmocka_unit_test(midnights_are_those_of_the_c_library),
        cmocka_unit_test(table_of_midnights),
        cmocka_unit_test(the_ends_of_time_are_safe),
        cmocka_unit_test(footers_are_read_as_the_standard_says),
        cmocka_unit_test(hostile_files_are_refused_or_answer),
        cmocka_unit_test(changes_out_of_order_are_refused),
        cmocka_unit_test(exhaustion_is_told_apart),
    };
    return cmocka_run_group_tests_name("zone", tests, open_arena, close_arena);
}
