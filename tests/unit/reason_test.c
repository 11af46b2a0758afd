/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "proto/reason.h"

/* The order of docs/protocol.md 4, which is on the wire and never changes. */
static const char *const order[] = {
    "SIZE",     "ENCODING", "VERSION",  "FIELD",     "NETWORK",     "FROM",    "ROSTER",
    "TO",       "KEY",      "REVOKED",  "SIGNATURE", "CLOCK",       "EXPIRED", "FORK",
    "SEQUENCE", "QUOTA",    "EXERCISE", "SLOT",      "PREKEY",      "HPKE",    "COMMIT",
    "BODY",     "PADDING",  "INNER",    "CONTEXT",   "ROSTER_FORK", "OFFICER", "OFFICER_SIGNATURE",
    "LETTER",   "CASE",
};

static void reasons_keep_their_numbers(void **state)
{
    (void)state;
    assert_int_equal(sizeof order / sizeof order[0] + 1, REASON_COUNT);
    for (uint32_t i = 1; i < REASON_COUNT; i++) {
        assert_memory_equal(reason_name(i), "E_", 2);
        assert_string_equal(reason_name(i) + 2, order[i - 1]);
    }
}

static void each_reason_says_what_it_means_and_what_to_do(void **state)
{
    (void)state;
    for (uint32_t i = 0; i <= REASON_COUNT; i++) {
        const char *texts[] = {reason_meaning(i), reason_next(i), reason_next_sender(i)};
        for (size_t k = 0; k < 3; k++) {
            assert_true(strlen(texts[k]) > 0);
            assert_int_not_equal(texts[k][strlen(texts[k]) - 1], '.');
        }
    }
}

static void an_unknown_number_has_a_name_too(void **state)
{
    (void)state;
    assert_string_equal(reason_name(REASON_COUNT), "E_?");
    assert_string_equal(reason_name(UINT32_MAX), "E_?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reasons_keep_their_numbers),
        cmocka_unit_test(each_reason_says_what_it_means_and_what_to_do),
        cmocka_unit_test(an_unknown_number_has_a_name_too),
    };
    return cmocka_run_group_tests_name("reason", tests, NULL, NULL);
}
