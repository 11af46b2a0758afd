/* SPDX-License-Identifier: Apache-2.0 */
/* Lists sorted where they lie: in order, each element once, equals as they stood. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/sort.h"

#define ELEMENTS 1000

struct element {
    uint32_t key, was; /* place before */
    uint8_t rest[33];  /* of was */
};

/* By key, modulo the context. */
static int by_key(const void *left, const void *right, const void *context)
{
    const struct element *a = left, *b = right;
    const uint32_t by = *(const uint32_t *)context;
    return (a->key % by > b->key % by) - (a->key % by < b->key % by);
}

static void assert_sorted(size_t count, uint32_t keys, uint32_t by)
{
    static struct element list[ELEMENTS];
    static bool seen[ELEMENTS];
    uint32_t random = 12345;
    memset(seen, 0, sizeof seen);
    for (uint32_t i = 0; i < count; i++) {
        random = random * 1664525U + 1013904223U;
        list[i] = (struct element){.key = (random >> 8) % keys, .was = i};
        memset(list[i].rest, (int)(i % 251), sizeof list[i].rest);
    }
    sort_in_place(list, count, sizeof *list, by_key, &by);
    for (size_t i = 0; i < count; i++) {
        assert_true(list[i].was < count && !seen[list[i].was]);
        seen[list[i].was] = true;
        assert_int_equal(list[i].rest[0], list[i].was % 251);
        assert_int_equal(list[i].rest[32], list[i].was % 251);
        if (i != 0) {
            int order = by_key(&list[i - 1], &list[i], &by);
            assert_true(order < 0 || (order == 0 && list[i - 1].was < list[i].was));
        }
    }
}

static void each_element_once_in_order_and_equals_as_they_stood(void **state)
{
    (void)state;
    for (size_t count = 0; count <= 40; count++) {
        assert_sorted(count, 1000000, 1000000);
        assert_sorted(count, 5, 1000000);
        assert_sorted(count, 1, 1000000);
    }
    assert_sorted(ELEMENTS, 1U << 24, 1U << 24);
    assert_sorted(ELEMENTS, 30, 1U << 24);
}

static void the_context_reaches_the_comparison(void **state)
{
    (void)state;
    assert_sorted(ELEMENTS, 1U << 24, 7);
}

static void an_empty_list_may_be_nowhere(void **state)
{
    (void)state;
    const uint32_t by = 1;
    sort_in_place(NULL, 0, sizeof(struct element), by_key, &by);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_element_once_in_order_and_equals_as_they_stood),
        cmocka_unit_test(the_context_reaches_the_comparison),
        cmocka_unit_test(an_empty_list_may_be_nowhere),
    };
    return cmocka_run_group_tests_name("sort", tests, NULL, NULL);
}
