/* SPDX-License-Identifier: Apache-2.0 */
/* What a screen is told of changed lines: each once, all of them, and nothing to who asks with a mark that nobody knows any more. */
/* cmocka.h wants the four before it. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <string.h>

#include "nodes/line_changes.h"

static struct arena *arena;

static int set_up(void **state)
{
    struct line_changes *changes = test_calloc(1, sizeof *changes);
    arena = arena_new((size_t)1 << 20);
    assert_non_null(arena);
    *state = changes;
    return 0;
}

static int tear_down(void **state)
{
    test_free(*state);
    arena_free(arena);
    return 0;
}

static const char *mark(struct line_changes *changes, uint64_t ms)
{
    const char *text = line_changes_mark(changes, (wall_ms){ms}, arena);
    assert_non_null(text);
    return text;
}

static struct case_id numbered(unsigned number)
{
    struct case_id id = {.bytes = {(uint8_t)number, (uint8_t)(number >> 8)}};
    return id;
}

static void add(struct line_changes *changes, unsigned number)
{
    const struct case_id id = numbered(number);
    line_changes_add(changes, &id);
}

static void each_case_is_told_once_since_the_mark(void **state)
{
    struct line_changes *changes = *state;
    struct case_id told[LINE_CHANGES_MAX], first = numbered(7), second = numbered(8);
    size_t count = 99;
    add(changes, 6);
    const char *before = mark(changes, 1000);
    assert_true(line_changes_since(changes, before, told, &count));
    assert_int_equal(count, 0);
    add(changes, 7);
    add(changes, 8);
    add(changes, 7);
    assert_true(line_changes_since(changes, before, told, &count));
    assert_int_equal(count, 2);
    assert_memory_equal(&told[0], &first, sizeof first);
    assert_memory_equal(&told[1], &second, sizeof second);
    assert_true(line_changes_since(changes, mark(changes, 2000), told, &count));
    assert_int_equal(count, 0);
}

static void a_mark_that_is_too_old_is_not_known(void **state)
{
    struct line_changes *changes = *state;
    struct case_id told[LINE_CHANGES_MAX];
    size_t count = 0;
    const char *before = mark(changes, 1000);
    for (unsigned i = 0; i < LINE_CHANGES_MAX; i++) {
        add(changes, i);
    }
    assert_true(line_changes_since(changes, before, told, &count));
    assert_int_equal(count, LINE_CHANGES_MAX);
    add(changes, LINE_CHANGES_MAX);
    assert_false(line_changes_since(changes, before, told, &count));
}

static void a_mark_of_another_process_is_not_known(void **state)
{
    struct line_changes *changes = *state, next = {.count = 0};
    struct case_id told[LINE_CHANGES_MAX];
    size_t count = 0;
    const char *before = mark(changes, 1000);
    add(&next, 1);
    (void)mark(&next, 5000);
    assert_false(line_changes_since(&next, before, told, &count));
}

static void what_is_no_mark_is_not_known(void **state)
{
    struct line_changes *changes = *state;
    static const char *const wrong[] = {"",       "1000",  "1000.", "1000.x", "1000.0x",
                                        "1000.2", "999.1", ".1",    "1000.-1"};
    struct case_id told[LINE_CHANGES_MAX];
    size_t count = 0;
    add(changes, 1);
    assert_string_equal(mark(changes, 1000), "1000.1");
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_false(line_changes_since(changes, wrong[i], told, &count));
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_case_is_told_once_since_the_mark),
        TEST(a_mark_that_is_too_old_is_not_known),
        TEST(a_mark_of_another_process_is_not_known),
        TEST(what_is_no_mark_is_not_known),
    };
    return cmocka_run_group_tests_name("line_changes", tests, NULL, NULL);
}
