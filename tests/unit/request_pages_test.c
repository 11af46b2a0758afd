/* SPDX-License-Identifier: Apache-2.0 */
/* docs/requests is what the tables say. With COMITY_WRITE_DOCS set the pages are written instead (make docs). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/request_pages.h"

static struct arena *arena;

static void is_the_page(const char *name, const char *page)
{
    const char *top = getenv("COMITY_TOP");
    char *path = arena_format(arena, "%s/docs/requests/%s.md", top == NULL ? "." : top, name);
    bool write = getenv("COMITY_WRITE_DOCS") != NULL;
    FILE *file = fopen(path, write ? "w" : "r");
    if (file == NULL) {
        fail_msg("there is no %s: make docs", path);
    }
    if (write) {
        assert_true(fputs(page, file) >= 0);
    } else {
        char *there = arena_zero(arena, 1, 65536);
        size_t size = fread(there, 1, 65535, file);
        if (size != strlen(page) || memcmp(there, page, size) != 0) {
            (void)fclose(file);
            fail_msg("%s is not what the tables say: make docs", path);
        }
    }
    assert_int_equal(fclose(file), 0);
}

static void each_page_is_what_the_tables_say(void **state)
{
    (void)state;
    size_t count = 0;
    const struct request_kind *kinds = request_kinds(&count);
    arena = arena_new((size_t)1 << 20);
    assert_non_null(arena);
    for (size_t i = 0; i < count; i++) {
        is_the_page(kinds[i].name, request_page(&kinds[i], arena));
        arena_reset(arena);
    }
    is_the_page("README", request_pages_list(arena));
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_page_is_what_the_tables_say)};
    return cmocka_run_group_tests_name("request_pages", tests, NULL, NULL);
}
