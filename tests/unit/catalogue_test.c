/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/catalogue.h"
#include "base/daemon/files.h"
#include "base/faults.h"
#include "base/plural.h"

#define ROOM 4096

struct text {
    const char *original, *translation;
    size_t original_size, translation_size; /* 0: up to the first zero byte */
};

#define HEADER "Content-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=2; plural=(n > 1);\n"

static void put(uint8_t *at, uint32_t number, bool swapped)
{
    for (unsigned i = 0; i < 4; i++) {
        at[swapped ? 3 - i : i] = (uint8_t)(number >> (8 * i));
    }
}

/* A .mo file as msgfmt writes it, without a hash table. */
static struct bytes make(uint8_t room[ROOM], const struct text *texts, size_t count, bool swapped)
{
    size_t at = 20 + 16 * count;
    memset(room, 0, ROOM);
    put(room, UINT32_C(0x950412de), swapped);
    put(room + 8, (uint32_t)count, swapped);
    put(room + 12, 20, swapped);
    put(room + 16, (uint32_t)(20 + 8 * count), swapped);
    for (size_t i = 0; i < 2 * count; i++) {
        const struct text *text = &texts[i % count];
        const char *from = i < count ? text->original : text->translation;
        size_t given = i < count ? text->original_size : text->translation_size;
        size_t size = given == 0 ? strlen(from) : given;
        put(room + 20 + 8 * i, (uint32_t)size, swapped);
        put(room + 24 + 8 * i, (uint32_t)at, swapped);
        memcpy(room + at, from, size);
        at += size + 1;
    }
    return bytes_of(room, at);
}

static struct arena *arena;

static int begin(void **state)
{
    (void)state;
    arena = arena_new((size_t)1024 * 1024);
    return arena == NULL;
}

static int end(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static const struct text good[] = {
    {"", HEADER, 0, 0},
    {"%s is %u", "%2$u ist %1$s", 0, 0},
    {"%zu letter\0%zu letters", "ein Brief\0%zu Briefe", 22, 20},
    {"hello", "hallo", 0, 0},
};

static const struct catalogue *read_good(const struct text *texts, size_t count, bool swapped,
                                         size_t refused_expected)
{
    uint8_t room[ROOM];
    const struct catalogue *c = NULL;
    size_t refused = 99;
    struct bytes file = make(room, texts, count, swapped);
    assert_int_equal(catalogue_read(file, arena, &c, &refused), CATALOGUE_OK);
    assert_int_equal(refused, refused_expected);
    memset(room, 'x', sizeof room); /* the file was copied */
    return c;
}

static void texts_are_found_in_either_byte_order(void **state)
{
    (void)state;
    for (int swapped = 0; swapped < 2; swapped++) {
        const struct catalogue *c = read_good(good, 4, swapped == 1, 0);
        assert_string_equal(say(c, "hello"), "hallo");
        assert_string_equal(say(c, "unknown"), "unknown");
        assert_string_equal(say(c, ""), "");
        char text[64];
        (void)snprintf(text, sizeof text, say(c, "%s is %u"), "x", 7U);
        assert_string_equal(text, "7 ist x");
        assert_string_equal(say_n(c, "%zu letter", "%zu letters", 0), "ein Brief");
        assert_string_equal(say_n(c, "%zu letter", "%zu letters", 1), "ein Brief");
        assert_string_equal(say_n(c, "%zu letter", "%zu letters", 2), "%zu Briefe");
    }
    assert_string_equal(say(NULL, "hello"), "hello");
    assert_string_equal(say_n(NULL, "one", "many", 1), "one");
    assert_string_equal(say_n(NULL, "one", "many", 0), "many");
}

/* The file says what the plural is; were it believed, "%zu" could stand where the program gives no number. */
static void a_plural_is_of_the_very_words(void **state)
{
    (void)state;
    const struct catalogue *c = read_good(good, 4, false, 0);
    assert_string_equal(say(c, "%zu letter"), "%zu letter");
    assert_string_equal(say_n(c, "%zu letter", "%zu notes", 2), "%zu notes");
    assert_string_equal(say_n(c, "hello", "hellos", 1), "hello");
}

static void other_conversions_are_refused(void **state)
{
    static const struct text texts[] = {
        {"", HEADER, 0, 0},
        {"a %s", "a %n", 0, 0},
        {"b %s", "b", 0, 0},
        {"c %u", "c %s", 0, 0},
        {"d %s", "d \033[2J%s", 0, 0},
        {"e %d", "e %i", 0, 0},
        {"f", "f %s", 0, 0},
        {"g", "", 0, 0},
    };
    (void)state;
    const struct catalogue *c = read_good(texts, 8, false, 6);
    assert_string_equal(say(c, "a %s"), "a %s");
    assert_string_equal(say(c, "b %s"), "b %s");
    assert_string_equal(say(c, "c %u"), "c %u");
    assert_string_equal(say(c, "d %s"), "d %s");
    assert_string_equal(say(c, "e %d"), "e %i");
    assert_string_equal(say(c, "f"), "f");
    assert_string_equal(say(c, "g"), "g");
}

static void conversions_are_compared_one_by_one(void **state)
{
    (void)state;
    assert_true(formats_agree("%s %llu %% %-10.3s", "%% %s, %llu: %s"));
    assert_true(formats_agree("%.*s", "<%.*s>"));
    assert_true(formats_agree("100 %", "%s")); /* not printed by: it is no format */
    assert_false(formats_agree("%.*s", "%s"));
    assert_false(formats_agree("%u", "%llu"));
    assert_false(formats_agree("%s %s", "%s"));
    assert_false(formats_agree("%s %s", "%2$s"));      /* the first is not named */
    assert_false(formats_agree("%s %s", "%1$s %s"));   /* named and not */
    assert_false(formats_agree("%s %u", "%1$s %2$s")); /* of another type */
    assert_false(formats_agree("%s", "%1000s"));       /* wider than any screen */
    assert_false(formats_agree("%s", "%s %"));
    assert_false(formats_agree("%s", "%s %m"));
    assert_false(formats_agree("%s", "%17$s"));
    assert_true(formats_agree("%s", "%1$s %1$s"));
}

/* Every prefix of a good file, and every byte of it turned over: read or refused, never read beyond. */
static void what_is_cut_or_changed_is_never_overrun(void **state)
{
    uint8_t room[ROOM], *copy = NULL;
    struct bytes file = make(room, good, 4, false);
    (void)state;
    for (size_t size = 0; size < file.size; size++) {
        const struct catalogue *c = NULL;
        arena_reset(arena);
        copy = test_malloc(size == 0 ? 1 : size);
        memcpy(copy, room, size);
        assert_int_equal(catalogue_read(bytes_of(copy, size), arena, &c, NULL), CATALOGUE_FORMAT);
        test_free(copy);
    }
    for (size_t at = 0; at < file.size; at++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            const struct catalogue *c = NULL;
            arena_reset(arena);
            room[at] ^= (uint8_t)(1U << bit);
            if (catalogue_read(file, arena, &c, NULL) == CATALOGUE_OK) {
                assert_non_null(say(c, "hello"));
                assert_non_null(say_n(c, "%zu letter", "%zu letters", at));
            }
            room[at] ^= (uint8_t)(1U << bit);
        }
    }
}

static void a_file_without_order_or_utf8_is_refused(void **state)
{
    static const struct text unordered[] = {{"", HEADER, 0, 0}, {"b", "x", 0, 0}, {"a", "y", 0, 0}};
    static const struct text twice[] = {{"", HEADER, 0, 0}, {"a", "x", 0, 0}, {"a", "y", 0, 0}};
    static const struct text latin[] = {{"", "Content-Type: text/plain; charset=ISO-8859-1\n", 0, 0}};
    static const struct text headless[] = {{"a", "x", 0, 0}};
    static const struct text bad_plural[] = {
        {"", "Content-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=2; plural=n +;\n", 0, 0}};
    static const struct {
        const struct text *texts;
        size_t count;
    } bad[] = {{unordered, 3}, {twice, 3}, {latin, 1}, {headless, 1}, {bad_plural, 1}};
    uint8_t room[ROOM];
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const struct catalogue *c = NULL;
        struct bytes file = make(room, bad[i].texts, bad[i].count, false);
        assert_int_equal(catalogue_read(file, arena, &c, NULL), CATALOGUE_FORMAT);
        assert_null(c);
    }
}

static size_t form_of(const char *expression, uint64_t n)
{
    struct plural plural;
    char text[256];
    (void)snprintf(text, sizeof text, "nplurals=6; plural=%s;", expression);
    assert_true(plural_read(bytes_of_text(text), &plural));
    return plural_form(&plural, n);
}

static void plural_expressions_are_those_of_c(void **state)
{
    static const char polish[] = "(n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2)";
    static const char arabic[] =
        "n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5";
    (void)state;
    for (uint64_t n = 0; n < 300; n++) {
        size_t expected = n == 1 ? 0 : n % 10 >= 2 && n % 10 <= 4 && (n % 100 < 10 || n % 100 >= 20) ? 1 : 2;
        assert_int_equal(form_of(polish, n), expected);
        expected = n == 0                          ? 0
                   : n == 1                        ? 1
                   : n == 2                        ? 2
                   : n % 100 >= 3 && n % 100 <= 10 ? 3
                   : n % 100 >= 11                 ? 4
                                                   : 5;
        assert_int_equal(form_of(arabic, n), expected);
    }
    assert_int_equal(form_of("0", 9), 0);
    assert_int_equal(form_of("!(n == 1) && !!n", 1), 0);
    assert_int_equal(form_of("2 + 3 * 4 - 10 / 2 - 8", 0), 1);
    assert_int_equal(form_of("n / 0", 7), 0); /* no trap */
    assert_int_equal(form_of("n", 77), 0);    /* a form there is not */
}

static void what_is_no_expression_is_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "nplurals=2",
        "nplurals=2; plural=",
        "nplurals=2; plural=;",
        "nplurals=0; plural=0;",
        "nplurals=9; plural=0;",
        "nplurals=2; plural=n n;",
        "nplurals=2; plural=(n;",
        "nplurals=2; plural=n);",
        "nplurals=2; plural=n ? 1;",
        "nplurals=2; plural=n : 1;",
        "nplurals=2; plural=(n ? 1) : 2;",
        "nplurals=2; plural=n !;",
        "nplurals=2; plural=& n;",
        "nplurals=2; plural=x;",
        "nplurals=2; plural=();",
    };
    struct plural plural;
    char deep[2048];
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(plural_read(bytes_of_text(bad[i]), &plural));
    }
    (void)snprintf(deep, sizeof deep, "nplurals=2; plural=%0*d", 1000, 0);
    memset(deep + 19, '(', 1000);
    assert_false(plural_read(bytes_of_text(deep), &plural));
}

/* tests/data/catalogue: made by msgfmt, with its hash table, in both byte orders; the fuzzer begins with them, too. */
static void what_msgfmt_writes_is_read(void **state)
{
    static const char *const names[] = {"little.mo", "big.mo"};
    const char *top = getenv("COMITY_TOP");
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct bytes file;
        size_t refused = 99;
        const struct catalogue *c = NULL;
        const char *path =
            arena_format(arena, "%s/tests/data/catalogue/%s", top == NULL ? "." : top, names[i]);
        assert_int_equal(files_read(path, CATALOGUE_BYTES_MAX, arena, &file, NULL), FILES_OK);
        assert_int_equal(catalogue_read(file, arena, &c, &refused), CATALOGUE_OK);
        assert_int_equal(refused, 0);
        assert_string_equal(say(c, "%s is %u"), "%2$u ist %1$s");
        assert_string_equal(say_n(c, "%zu letter", "%zu letters", 1), "list");
        assert_string_equal(say_n(c, "%zu letter", "%zu letters", 23), "%zu listy");
        assert_string_equal(say_n(c, "%zu letter", "%zu letters", 12), "%zu list\xc3\xb3w");
    }
}

static void faults_speak_the_language_they_carry(void **state)
{
    struct faults faults;
    (void)state;
    faults_init(&faults, arena);
    faults.words = read_good(good, 4, false, 0);
    faults_add(&faults, "items[0]", "CODE", "%s is %u", "x", 3U);
    assert_string_equal(faults.list[0].text, "3 ist x");
    assert_string_equal(faults.list[0].code, "CODE");
    faults_init(&faults, arena);
    faults_add(&faults, "", "CODE", "hello");
    assert_string_equal(faults.list[0].text, "hello");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(texts_are_found_in_either_byte_order, begin, end),
        cmocka_unit_test_setup_teardown(a_plural_is_of_the_very_words, begin, end),
        cmocka_unit_test_setup_teardown(other_conversions_are_refused, begin, end),
        cmocka_unit_test(conversions_are_compared_one_by_one),
        cmocka_unit_test_setup_teardown(what_is_cut_or_changed_is_never_overrun, begin, end),
        cmocka_unit_test_setup_teardown(a_file_without_order_or_utf8_is_refused, begin, end),
        cmocka_unit_test(plural_expressions_are_those_of_c),
        cmocka_unit_test(what_is_no_expression_is_refused),
        cmocka_unit_test_setup_teardown(what_msgfmt_writes_is_read, begin, end),
        cmocka_unit_test_setup_teardown(faults_speak_the_language_they_carry, begin, end),
    };
    return cmocka_run_group_tests_name("catalogue", tests, NULL, NULL);
}
