/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/exercise_clock.h"
#include "base/instant.h"

#define BEGINS UINT64_C(1795248000000) /* 2026-11-21T08:00:00Z */

static void it_shows_its_own_time_and_runs_at_its_rate(void **state)
{
    struct exercise_clock clock;
    (void)state;
    assert_true(exercise_clock_read("2026-11-21T08:00:00Z 1970-01-02T00:00:00Z 60", &clock));
    assert_int_equal(exercise_clock_at(&clock, (wall_ms){BEGINS}).ms, MS_PER_DAY);
    assert_int_equal(exercise_clock_at(&clock, (wall_ms){BEGINS + 1500}).ms, MS_PER_DAY + 90000);
    assert_int_equal(exercise_clock_at(&clock, (wall_ms){BEGINS - 1}).ms, MS_PER_DAY);
    assert_true(exercise_clock_read("2026-11-21T10:00:00+02:00 2027-01-20T08:00:00.5Z 1", &clock));
    assert_int_equal(exercise_clock_at(&clock, (wall_ms){BEGINS + 7}).ms, BEGINS + 60 * MS_PER_DAY + 507);
}

static void it_never_passes_the_last_year_that_can_be_written(void **state)
{
    struct exercise_clock clock;
    (void)state;
    assert_true(exercise_clock_read("1970-01-01T00:00:00Z 9999-12-31T23:59:59Z 1440", &clock));
    assert_int_equal(exercise_clock_at(&clock, (wall_ms){UINT64_MAX}).ms, INSTANT_MS_MAX);
}

static void none_is_the_time_of_the_machine(void **state)
{
    struct exercise_clock clock = {.rate = 7};
    (void)state;
    assert_true(exercise_clock_read("none", &clock));
    assert_int_equal(clock.rate, 0);
    assert_int_equal(exercise_clock_at(&clock, (wall_ms){BEGINS}).ms, BEGINS);
}

static void anything_else_is_no_clock(void **state)
{
    static const char *const bad[] = {
        "",
        "None",
        "2026-11-21T08:00:00Z",
        "2026-11-21T08:00:00Z 2026-12-01T08:00:00Z",
        "2026-11-21T08:00:00Z 2026-12-01T08:00:00Z ",
        "2026-11-21T08:00:00Z 2026-12-01T08:00:00Z 0",
        "2026-11-21T08:00:00Z 2026-12-01T08:00:00Z 1441",
        "2026-11-21T08:00:00Z 2026-12-01T08:00:00Z 99999999999999999999999",
        "2026-11-21T08:00:00Z 2026-12-01T08:00:00Z -1",
        "2026-11-21T08:00:00Z 2026-12-01T08:00:00Z 60 1",
        "2026-11-21T08:00:00Z  2026-12-01T08:00:00Z 60",
        "2026-11-21T08:00:00 2026-12-01T08:00:00Z 60",
        "1969-12-31T23:59:59Z 2026-12-01T08:00:00Z 60",
    };
    struct exercise_clock clock = {.rate = 7};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(exercise_clock_read(bad[i], &clock));
        assert_int_equal(clock.rate, 7);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_shows_its_own_time_and_runs_at_its_rate),
        cmocka_unit_test(it_never_passes_the_last_year_that_can_be_written),
        cmocka_unit_test(none_is_the_time_of_the_machine),
        cmocka_unit_test(anything_else_is_no_clock),
    };
    return cmocka_run_group_tests_name("exercise clock", tests, NULL, NULL);
}
