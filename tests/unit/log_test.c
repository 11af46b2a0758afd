/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/log.h"
#include "base/text.h"

static struct log_line with_text(const char *text, size_t size)
{
    struct log_line line;
    log_line_init(&line);
    log_text(&line, "k", bytes_of(text, size));
    return line;
}

static void table_of_values(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"plain-1.5:/@+", "k=plain-1.5:/@+"},
        {"", "k=\"\""},
        {"two words", "k=\"two words\""},
        {"a=b", "k=\"a=b\""},
        {"say \"hi\"", "k=\"say \\\"hi\\\"\""},
        {"back\\slash", "k=\"back\\\\slash\""},
        {"line\nlevel=error", "k=\"line\\x0alevel=error\""},
        {"\x1b[2Jgone", "k=\"\\x1b[2Jgone\""},
        {"Trần", "k=\"Trần\""},
        {"\xe2\x80\xae"
         "fdp",
         "k=\"\\xe2\\x80\\xaefdp\""},
        {"\xff", "k=\"\\xff\""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_string_equal(with_text(rows[i][0], strlen(rows[i][0])).text, rows[i][1]);
    }
    assert_string_equal(with_text("a\0b", 3).text, "k=\"a\\x00b\"");
}

/* Reads logfmt back: true if the line is keys and values with nothing left over; counts the fields. */
static bool parses(const char *c, size_t *ret_fields)
{
    *ret_fields = 0;
    for (;; c++) {
        size_t key = strspn(c, "abcdefghijklmnopqrstuvwxyz0123456789_");
        c += key;
        if (key == 0 || *c++ != '=') {
            return false;
        }
        if (*c == '"') {
            for (c++; *c != '"'; c++) {
                if (*c == '\0' || (*c == '\\' && *++c == '\0')) {
                    return false;
                }
            }
            c++;
        } else {
            c += strcspn(c, " \"=");
        }
        (*ret_fields)++;
        if (*c == '\0') {
            return true;
        }
        if (*c != ' ') {
            return false;
        }
    }
}

static void any_bytes_are_one_line_and_one_field(void **state)
{
    (void)state;
    uint32_t seed = 4711;
    char noise[600];
    for (int round = 0; round < 5000; round++) {
        size_t size = (size_t)round % sizeof noise;
        for (size_t i = 0; i < size; i++) {
            seed = seed * 1664525 + 1013904223;
            noise[i] = "\n\"\\ =x\x1b\0\xe2\x80\xae\xff\xc3\xa9\r\t"[(seed >> 16) % 16];
        }
        struct log_line line = with_text(noise, size);
        size_t fields = 0;
        assert_true(text_is_line(bytes_of_text(line.text)));
        assert_int_equal(line.size, strlen(line.text));
        assert_true(parses(line.text, &fields));
        assert_int_equal(fields, 1);
        assert_true(line.size <= LOG_VALUE_BYTES + 2);
    }
}

static void numbers_and_hex_are_fields(void **state)
{
    (void)state;
    struct log_line line;
    uint8_t large[500] = {0xab};
    log_line_init(&line);
    assert_string_equal(line.text, "");
    log_number(&line, "n", INT64_MIN);
    log_hex(&line, "id", bytes_of("\x00\xff", 2));
    log_hex(&line, "none", bytes_of(NULL, 0));
    assert_string_equal(line.text, "n=-9223372036854775808 id=00ff none=\"\"");
    log_line_init(&line);
    log_hex(&line, "id", bytes_of(large, sizeof large));
    assert_true(strlen(line.text) <= LOG_VALUE_BYTES + 3);
    assert_string_equal(line.text + line.size - 5, "00...");
    log_line_init(&line);
    log_hex(&line, "id", bytes_of(large, LOG_VALUE_BYTES / 2));
    assert_int_equal(line.size, 3 + LOG_VALUE_BYTES);
}

static void a_full_line_says_that_it_is_cut(void **state)
{
    (void)state;
    char value[300];
    memset(value, 'x', sizeof value);
    for (size_t size = 1; size < sizeof value; size++) {
        struct log_line line;
        size_t fields = 0;
        log_line_init(&line);
        for (int i = 0; i < 100; i++) {
            log_text(&line, "key", bytes_of(value, size));
        }
        assert_true(line.size < sizeof line.text);
        assert_int_equal(line.size, strlen(line.text));
        assert_true(parses(line.text, &fields));
        assert_true(line.cut == (strstr(line.text, " cut=1") != NULL));
        assert_true(line.cut == (fields < 100 || size > 5));
        if (line.cut) {
            assert_string_equal(line.text + line.size - 6, " cut=1");
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table_of_values),
        cmocka_unit_test(any_bytes_are_one_line_and_one_field),
        cmocka_unit_test(numbers_and_hex_are_fields),
        cmocka_unit_test(a_full_line_says_that_it_is_cut),
    };
    return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
