/* SPDX-License-Identifier: Apache-2.0 */
/* Bit rot in the broker's files is named, or has no effect (tests/support/rot.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/support/rot.h"

static void rot_of_a_store_at_rest_is_named_or_harmless(void **state)
{
    (void)state;
    rot_changes_nothing(NULL, ROT_HOME, NULL);
}

static void rot_after_a_kill_is_named_or_harmless(void **state)
{
    (void)state;
    rot_changes_nothing(NULL, ROT_KILLED, NULL);
}

static void rot_after_a_power_cut_can_hide_the_last_commit_only(void **state)
{
    (void)state;
    rot_changes_nothing(NULL, ROT_CUT, NULL);
}

static void every_byte_of_a_store_at_rest_counts(void **state)
{
    (void)state;
    rot_is_seen_in_every_byte(NULL, ROT_HOME);
}

static void every_byte_after_a_kill_counts(void **state)
{
    (void)state;
    rot_is_seen_in_every_byte(NULL, ROT_KILLED);
}

static void every_byte_after_a_power_cut_counts_but_for_the_last_commit(void **state)
{
    (void)state;
    rot_is_seen_in_every_byte(NULL, ROT_CUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_byte_of_a_store_at_rest_counts),
        cmocka_unit_test(every_byte_after_a_kill_counts),
        cmocka_unit_test(every_byte_after_a_power_cut_counts_but_for_the_last_commit),
        cmocka_unit_test(rot_of_a_store_at_rest_is_named_or_harmless),
        cmocka_unit_test(rot_after_a_kill_is_named_or_harmless),
        cmocka_unit_test(rot_after_a_power_cut_can_hide_the_last_commit_only),
    };
    return cmocka_run_group_tests_name("rot_broker", tests, NULL, NULL);
}
