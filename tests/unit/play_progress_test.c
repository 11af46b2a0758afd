/* SPDX-License-Identifier: Apache-2.0 */
/* How long a drill that is being played will still take. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "drills/cli/play_progress.h"

#define SECOND MS_PER_SECOND
#define DAY    MS_PER_DAY

static void nothing_is_said_before_anything_was_played(void **state)
{
    struct play_progress progress = {.cli = NULL};
    (void)state;
    assert_int_equal(play_progress_left(&progress, 3 * SECOND, 0, 10 * DAY), UINT64_MAX);
}

static void an_even_pace_goes_on(void **state)
{
    struct play_progress progress = {.cli = NULL};
    (void)state;
    for (uint64_t day = 1; day < 100; day++) {
        assert_int_equal(play_progress_left(&progress, day * 2 * SECOND, day * DAY, (100 - day) * DAY),
                         (100 - day) * 2 * SECOND);
    }
}

/* The first hundred days took a second each, now a day takes ten: what is left is reckoned by what days take now. */
static void later_days_count_when_they_take_longer(void **state)
{
    struct play_progress progress = {.cli = NULL};
    uint64_t left = 0;
    (void)state;
    for (uint64_t day = 1; day <= 100; day++) {
        (void)play_progress_left(&progress, day * SECOND, day * DAY, (200 - day) * DAY);
    }
    for (uint64_t day = 101; day <= 105; day++) {
        left = play_progress_left(&progress, (100 + (day - 100) * 10) * SECOND, day * DAY, (200 - day) * DAY);
    }
    assert_int_equal(left, 95 * 10 * SECOND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_said_before_anything_was_played),
        cmocka_unit_test(an_even_pace_goes_on),
        cmocka_unit_test(later_days_count_when_they_take_longer),
    };
    return cmocka_run_group_tests_name("play_progress", tests, NULL, NULL);
}
