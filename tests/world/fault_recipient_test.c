/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "drills/world/world.h"
#include "tests/support/power.h"

static void every_fault_of_the_recipients_disk_loses_nothing(void **state)
{
    (void)state;
    disk_faults_lose_nothing(2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_fault_of_the_recipients_disk_loses_nothing)};
    return cmocka_run_group_tests_name("fault_recipient", tests, NULL, NULL);
}
