/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/bytes.h"

static void equal_compares_size_and_content(void **state)
{
    (void)state;
    assert_true(bytes_equal(bytes_of(NULL, 0), bytes_of("x", 0)));
    assert_true(bytes_equal(bytes_of_text("abc"), bytes_of("abcd", 3)));
    assert_false(bytes_equal(bytes_of_text("abc"), bytes_of_text("abd")));
    assert_false(bytes_equal(bytes_of_text("abc"), bytes_of_text("abcd")));
    assert_false(bytes_equal(bytes_of("a\0b", 3), bytes_of("a\0c", 3)));
}

static void compare_orders_by_content_then_size(void **state)
{
    (void)state;
    assert_true(bytes_compare(bytes_of_text("a"), bytes_of_text("b")) < 0);
    assert_true(bytes_compare(bytes_of_text("b"), bytes_of_text("ab")) > 0);
    assert_true(bytes_compare(bytes_of_text("ab"), bytes_of_text("abc")) < 0);
    assert_true(bytes_compare(bytes_of_text(""), bytes_of_text("a")) < 0);
    assert_int_equal(bytes_compare(bytes_of(NULL, 0), bytes_of("", 0)), 0);
    assert_true(bytes_compare(bytes_of("\xff", 1), bytes_of("\x01", 1)) > 0);
}

static void all_zero_looks_at_every_byte(void **state)
{
    (void)state;
    uint8_t buffer[33] = {0};
    assert_true(bytes_all_zero(bytes_of(NULL, 0)));
    assert_true(bytes_all_zero(bytes_of(buffer, sizeof buffer)));
    for (size_t i = 0; i < sizeof buffer; i++) {
        buffer[i] = 0x80;
        assert_false(bytes_all_zero(bytes_of(buffer, sizeof buffer)));
        buffer[i] = 0;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_compares_size_and_content),
        cmocka_unit_test(compare_orders_by_content_then_size),
        cmocka_unit_test(all_zero_looks_at_every_byte),
    };
    return cmocka_run_group_tests_name("bytes", tests, NULL, NULL);
}
