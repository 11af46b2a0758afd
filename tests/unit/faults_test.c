/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/faults.h"

static void all_faults_are_listed_up_to_the_limit(void **state)
{
    (void)state;
    struct arena *arena = arena_new(64 * 1024);
    struct faults faults;
    faults_init(&faults, arena);
    assert_false(faults_any(&faults));
    for (int i = 0; i < FAULTS_MAX + 5; i++) {
        char path[24];
        (void)snprintf(path, sizeof path, "items[%d]", i);
        faults_add(&faults, path, "MISSING", "fault %d", i);
    }
    assert_true(faults_any(&faults));
    assert_int_equal(faults.count, FAULTS_MAX);
    assert_int_equal(faults.more, 5);
    assert_string_equal(faults.list[0].path, "items[0]");
    assert_string_equal(faults.list[FAULTS_MAX - 1].text, "fault 63");
    assert_string_equal(faults.list[7].code, "MISSING");
    arena_free(arena);
}

static void a_fault_without_memory_is_still_a_fault(void **state)
{
    (void)state;
    struct arena *arena = arena_new(8);
    struct faults faults;
    faults_init(&faults, arena);
    faults_add(&faults, "period.from", "NO_ZONE", "%s", "a text that has no room");
    assert_int_equal(faults.count, 1);
    assert_string_equal(faults.list[0].code, "NO_ZONE");
    assert_true(strlen(faults.list[0].text) > 0);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_faults_are_listed_up_to_the_limit),
        cmocka_unit_test(a_fault_without_memory_is_still_a_fault),
    };
    return cmocka_run_group_tests_name("faults", tests, NULL, NULL);
}
