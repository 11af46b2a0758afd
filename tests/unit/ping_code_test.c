/* SPDX-License-Identifier: Apache-2.0 */
/* Codes that are read over the phone: what was misread is noticed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "nodes/cli/ping_code.h"

static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
static const struct ping_code some = {.state = "XQ",
                                      .secret = {0x3a, 0xff, 0, 0x81, 9, 0x44, 0x5c, 0xe0, 0x17, 0x62}};

static void what_is_written_is_read(void **state)
{
    (void)state;
    char text[PING_CODE_TEXT];
    uint64_t x = 88172645463325252;
    for (int round = 0; round < 2000; round++) {
        struct ping_code code = {.state = {(char)('A' + round % 26), (char)('A' + round / 26 % 26)}}, back;
        for (size_t i = 0; i < PING_SECRET_BYTES; i++) {
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
            code.secret[i] = (uint8_t)x;
        }
        assert_int_equal(strlen(ping_code_write(text, &code)), PING_CODE_TEXT - 1);
        assert_int_equal(ping_code_read(text, &back), PING_CODE_OK);
        assert_memory_equal(&code, &back, sizeof code);
    }
}

static void a_code_is_read_as_people_write_it(void **state)
{
    (void)state;
    char text[PING_CODE_TEXT], sloppy[2 * PING_CODE_TEXT];
    struct ping_code back;
    size_t at = 0;
    ping_code_write(text, &some);
    for (size_t i = 0; text[i] != '\0'; i++) {
        char c = text[i] == '-' ? ' ' : text[i] == '0' ? 'o' : text[i] == '1' ? 'l' : text[i];
        sloppy[at++] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    sloppy[at] = '\0';
    assert_int_equal(ping_code_read(sloppy, &back), PING_CODE_OK);
    assert_memory_equal(&some, &back, sizeof back);
}

static void one_wrong_character_is_always_noticed(void **state)
{
    (void)state;
    char text[PING_CODE_TEXT];
    struct ping_code back;
    ping_code_write(text, &some);
    for (size_t i = 0; text[i] != '\0'; i++) {
        char right = text[i];
        for (const char *other = digits; right != '-' && *other != '\0'; other++) {
            text[i] = *other;
            bool same = *other == right || (i < 2 && (*other == '0' || *other == '1'));
            if (!same && !(i < 2 && *other >= '2' && *other <= '9')) {
                assert_int_equal(ping_code_read(text, &back), PING_CODE_CHECK);
            }
        }
        text[i] = right;
    }
    assert_int_equal(ping_code_read(text, &back), PING_CODE_OK);
}

static void two_that_changed_places_are_noticed(void **state)
{
    (void)state;
    char text[PING_CODE_TEXT];
    struct ping_code back;
    ping_code_write(text, &some);
    for (size_t i = 2; text[i + 1] != '\0'; i++) {
        size_t next = text[i + 1] == '-' ? i + 2 : i + 1;
        char one = text[i], two = text[next];
        if (one != '-' && one != two) {
            text[i] = two;
            text[next] = one;
            assert_int_equal(ping_code_read(text, &back), PING_CODE_CHECK);
            text[i] = one;
            text[next] = two;
        }
    }
}

static void what_is_no_code_is_told_apart(void **state)
{
    (void)state;
    char text[PING_CODE_TEXT + 1];
    struct ping_code back;
    ping_code_write(text, &some);
    assert_int_equal(ping_code_read("", &back), PING_CODE_LENGTH);
    assert_int_equal(ping_code_read("XQ-7F3K", &back), PING_CODE_LENGTH);
    memcpy(text + PING_CODE_TEXT - 1, "0", 2);
    assert_int_equal(ping_code_read(text, &back), PING_CODE_LENGTH);
    text[PING_CODE_TEXT - 1] = '\0';
    text[4] = 'U';
    assert_int_equal(ping_code_read(text, &back), PING_CODE_CHARACTER);
    text[4] = (char)0xc3;
    assert_int_equal(ping_code_read(text, &back), PING_CODE_CHARACTER);
    ping_code_write(text, &some);
    text[1] = '7';
    assert_int_equal(ping_code_read(text, &back), PING_CODE_CHARACTER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(a_code_is_read_as_people_write_it),
        cmocka_unit_test(one_wrong_character_is_always_noticed),
        cmocka_unit_test(two_that_changed_places_are_noticed),
        cmocka_unit_test(what_is_no_code_is_told_apart),
    };
    return cmocka_run_group_tests_name("ping_code", tests, NULL, NULL);
}
