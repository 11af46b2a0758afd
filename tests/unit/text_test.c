/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"

static struct arena *arena;

static int open_arena(void **state)
{
    (void)state;
    arena = arena_new(64 * 1024);
    return arena == NULL;
}

static int close_arena(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static void hex_comes_back(void **state)
{
    (void)state;
    uint8_t all[256];
    uint8_t back[256];
    for (size_t i = 0; i < sizeof all; i++) {
        all[i] = (uint8_t)i;
    }
    char *text = hex_new(arena, bytes_of(all, sizeof all));
    assert_int_equal(strlen(text), 512);
    assert_true(hex_read(back, sizeof back, bytes_of_text(text)));
    assert_memory_equal(back, all, sizeof all);
    assert_string_equal(hex_new(arena, bytes_of(NULL, 0)), "");
}

static void hex_takes_lower_case_of_the_exact_length(void **state)
{
    (void)state;
    static const char *const bad[] = {"",     "0",     "0a0",   "0a0b0", "0a0b0c0", "0A0b",
                                      "0g0b", " 0a0b", "0a0b ", "0x0a",  "-1ff"};
    uint8_t ret[2] = {0x55, 0x55};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(hex_read(ret, 2, bytes_of_text(bad[i])));
        assert_true(ret[0] == 0x55 && ret[1] == 0x55);
    }
    assert_true(hex_read(ret, 2, bytes_of_text("fe01")));
    assert_true(ret[0] == 0xfe && ret[1] == 1);
}

static void base64_is_that_of_rfc_4648(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {{"", ""},
                                           {"f", "Zg=="},
                                           {"fo", "Zm8="},
                                           {"foo", "Zm9v"},
                                           {"foob", "Zm9vYg=="},
                                           {"fooba", "Zm9vYmE="},
                                           {"foobar", "Zm9vYmFy"}};
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        uint8_t ret[8];
        size_t size = 99;
        assert_string_equal(base64_new(arena, bytes_of_text(pairs[i][0])), pairs[i][1]);
        assert_true(base64_read(ret, sizeof ret, &size, bytes_of_text(pairs[i][1])));
        assert_int_equal(size, strlen(pairs[i][0]));
        assert_memory_equal(ret, pairs[i][0], size);
    }
}

static void base64_that_is_not_canonical_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"Z",        "Zg",    "Zg=",      "Zg===",  "Zh==",     "Zm9",   "Zm8",
                                      "Zm9=",     "====",  "=",        "Zg==\n", " Zg==",    "Zm 8=", "Zm-_",
                                      "Zg==Zg==", "Zm9v=", "Zm9v====", "Z===",   "Zm9vYg==A"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        uint8_t ret[16];
        size_t size = 99;
        if (base64_read(ret, sizeof ret, &size, bytes_of_text(bad[i]))) {
            fail_msg("\"%s\" was read", bad[i]);
        }
        assert_int_equal(size, 99);
    }
    uint8_t ret[2];
    size_t size = 99;
    assert_false(base64_read(ret, sizeof ret, &size, bytes_of_text("Zm9v")));
    assert_int_equal(size, 99);
}

struct sample {
    const char *text;
    size_t size;
};
#define SAMPLE(text)                                                                                         \
    {                                                                                                        \
        (text), sizeof(text) - 1                                                                             \
    }

static void good_text_is_shown(void **state)
{
    (void)state;
    static const struct sample good[] = {SAMPLE(""),
                                         SAMPLE("plain"),
                                         SAMPLE("Trần Thị Ánh"),
                                         SAMPLE("القاهرة"),
                                         SAMPLE("日本語"),
                                         SAMPLE("\U0001f600"),
                                         SAMPLE("\xc2\xa0"),
                                         SAMPLE("\xed\x9f\xbf"),
                                         SAMPLE("\xee\x80\x80"),
                                         SAMPLE("\xf4\x8f\xbf\xbd"),
                                         SAMPLE("a\xe2\x80\x8d"
                                                "b"),
                                         SAMPLE("\xef\xbf\xbd")};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_true(text_is_showable(bytes_of(good[i].text, good[i].size)));
        assert_true(text_is_line(bytes_of(good[i].text, good[i].size)));
        assert_string_equal(text_quiet(arena, bytes_of(good[i].text, good[i].size), 100), good[i].text);
    }
    assert_true(text_is_showable(bytes_of_text("a\n\tb")));
    assert_false(text_is_line(bytes_of_text("a\nb")));
    assert_false(text_is_line(bytes_of_text("a\tb")));
}

static void what_looks_the_same_is_the_same_reference(void **state)
{
    (void)state;
    static const char *const good[] = {"XA-NCC-2026-0417", "Нац. 7/б", "\u0645\u0631\u062c\u0639 12",
                                       "\u4e2d 3", "a b"};
    static const char *const bad[] = {"a\u200b1",
                                      "a\u200c1",
                                      "a\u200d1",
                                      "a\u200e",
                                      "\u200f1",
                                      "a\u2060"
                                      "b",
                                      "a\u00ad"
                                      "b",
                                      "\u115f",
                                      "a\ufe0f",
                                      "\U000e0041",
                                      "a\n",
                                      "\u202e"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_true(text_is_reference(bytes_of_text(good[i])));
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (text_is_reference(bytes_of_text(bad[i]))) {
            fail_msg("sample %zu passed", i);
        }
    }
    assert_false(text_is_reference(bytes_of("\xc3", 1)));
}

static const struct sample nasty[] = {
    SAMPLE("admin\0bad"),
    SAMPLE("\x01"),
    SAMPLE("a\rb"),
    SAMPLE("\x1b[2J"),
    SAMPLE("\x7f"),
    SAMPLE("\x08"), /* controls */
    SAMPLE("\xc2\x80"),
    SAMPLE("\xc2\x9b"
           "31m"),
    SAMPLE("\xc2\x9f"), /* C1 */
    SAMPLE("\xe2\x80\xaa"),
    SAMPLE("\xe2\x80\xab"),
    SAMPLE("\xe2\x80\xac"),
    SAMPLE("\xe2\x80\xad"), /* bidi */
    SAMPLE("\xe2\x80\xae"),
    SAMPLE("\xe2\x81\xa6"),
    SAMPLE("\xe2\x81\xa7"),
    SAMPLE("\xe2\x81\xa8"),
    SAMPLE("\xe2\x81\xa9"),
    SAMPLE("invoice\xe2\x80\xae"
           "fdp.exe"),
    SAMPLE("\xe2\x80\xa8"),
    SAMPLE("\xe2\x80\xa9"),
    SAMPLE("\xef\xbb\xbf"),
    SAMPLE("\xef\xbf\xbe"),
    SAMPLE("\xef\xbf\xbf"),
    SAMPLE("\xef\xb7\x90"), /* nonchars */
    SAMPLE("\xef\xb7\xaf"),
    SAMPLE("\xf0\x9f\xbf\xbe"),
    SAMPLE("\xf4\x8f\xbf\xbf"),
    SAMPLE("\x80"),
    SAMPLE("\xbf"),
    SAMPLE("\xc0\x80"),
    SAMPLE("\xc1\xbf"),
    SAMPLE("\xe0\x80\x80"), /* not UTF-8 */
    SAMPLE("\xe0\x9f\xbf"),
    SAMPLE("\xf0\x8f\xbf\xbf"),
    SAMPLE("\xed\xa0\x80"),
    SAMPLE("\xed\xbf\xbf"),
    SAMPLE("\xf4\x90\x80\x80"),
    SAMPLE("\xf5\x80\x80\x80"),
    SAMPLE("\xfe"),
    SAMPLE("\xff"),
    SAMPLE("\xc3"),
    SAMPLE("\xe2\x82"),
    SAMPLE("\xf0\x9f\x98"),
    SAMPLE("\xc3("),
    SAMPLE("\xe2\x28\xa1"),
    SAMPLE("\xf8\x88\x80\x80\x80"),
};

static void nasty_text_is_not_shown(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof nasty / sizeof nasty[0]; i++) {
        if (text_is_showable(bytes_of(nasty[i].text, nasty[i].size)) ||
            text_is_line(bytes_of(nasty[i].text, nasty[i].size))) {
            fail_msg("sample %zu passed", i);
        }
    }
}

static void quiet_text_is_always_a_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof nasty / sizeof nasty[0]; i++) {
        for (size_t max = 0; max < 40; max++) {
            arena_reset(arena);
            /* an exact copy on the heap, so that a sanitizer sees a read past its end */
            uint8_t *copy = malloc(nasty[i].size);
            assert_non_null(copy);
            memcpy(copy, nasty[i].text, nasty[i].size);
            const char *quiet = text_quiet(arena, bytes_of(copy, nasty[i].size), max);
            assert_non_null(quiet);
            assert_true(text_is_line(bytes_of_text(quiet)));
            assert_true(strlen(quiet) <= max + 3);
            free(copy);
        }
    }
    assert_string_equal(text_quiet(arena, bytes_of("a\n\x1b\xff", 4), 100), "a\\x0a\\x1b\\xff");
    assert_string_equal(text_quiet(arena, bytes_of_text("abcdef"), 4), "abcd...");
    assert_string_equal(text_quiet(arena, bytes_of_text("ab\xc3\xa9"), 3), "ab...");
    assert_non_null(text_quiet(arena, bytes_of_text("abc"), SIZE_MAX));
}

static void nearest_word_is_found(void **state)
{
    (void)state;
    static const char *const words[] = {"listen", "store", "roster", "zone", "log_level", NULL};
    assert_string_equal(text_nearest("lisen", words), "listen");
    assert_string_equal(text_nearest("sotre", words), "store");
    assert_string_equal(text_nearest("loglevel", words), "log_level");
    assert_string_equal(text_nearest("zone", words), "zone");
    assert_null(text_nearest("completely", words));
    assert_null(text_nearest("", words));
    char longest[200];
    memset(longest, 'x', sizeof longest);
    longest[sizeof longest - 1] = '\0';
    assert_null(text_nearest(longest, words));
    assert_true(text_is_one_of("zone", words));
    assert_false(text_is_one_of("zones", words));
}

static void error_keeps_the_first_cause_and_whole_characters(void **state)
{
    (void)state;
    struct error error = {0};
    error_set(NULL, "nobody listens");
    error_set(&error, "first %d", 1);
    error_set(&error, "second");
    assert_string_equal(error.text, "first 1");
    for (int shift = 0; shift < 4; shift++) {
        struct error long_error = {0};
        char filler[2000] = "";
        for (int i = 0; i < 400; i++) {
            strcat(filler, "\xe2\x82\xac");
        }
        error_set(&long_error, "%.*s%s", shift, "abc", filler);
        assert_true(strlen(long_error.text) > sizeof long_error.text - 8);
        assert_true(text_is_line(bytes_of_text(long_error.text)));
    }
}

static void numbers_are_grouped_by_three(void **state)
{
    char text[GROUPED_TEXT];
    (void)state;
    assert_string_equal(number_grouped(text, 0), "0");
    assert_string_equal(number_grouped(text, 999), "999");
    assert_string_equal(number_grouped(text, 1000), "1,000");
    assert_string_equal(number_grouped(text, 1234567), "1,234,567");
    assert_string_equal(number_grouped(text, UINT64_MAX), "18,446,744,073,709,551,615");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hex_comes_back),
        cmocka_unit_test(hex_takes_lower_case_of_the_exact_length),
        cmocka_unit_test(base64_is_that_of_rfc_4648),
        cmocka_unit_test(base64_that_is_not_canonical_is_refused),
        cmocka_unit_test(good_text_is_shown),
        cmocka_unit_test(what_looks_the_same_is_the_same_reference),
        cmocka_unit_test(nasty_text_is_not_shown),
        cmocka_unit_test(quiet_text_is_always_a_line),
        cmocka_unit_test(nearest_word_is_found),
        cmocka_unit_test(numbers_are_grouped_by_three),
        cmocka_unit_test(error_keeps_the_first_cause_and_whole_characters),
    };
    return cmocka_run_group_tests_name("text", tests, open_arena, close_arena);
}
