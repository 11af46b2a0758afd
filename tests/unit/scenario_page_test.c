/* SPDX-License-Identifier: Apache-2.0 */
/* docs/drills/scenario.md is what the tables say. With COMITY_WRITE_DOCS set the page is written instead (make docs). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/daemon/files.h"
#include "drills/scenario/schema.h"

static void the_page_is_what_the_tables_say(void **state)
{
    const char *top = getenv("COMITY_TOP");
    struct arena *arena = arena_new((size_t)8 << 20);
    struct error error = {.text = ""};
    struct bytes there;
    (void)state;
    assert_non_null(arena);
    const char *page = schema_page(arena);
    const char *path = arena_format(arena, "%s/docs/drills/scenario.md", top == NULL ? "." : top);
    assert_true(page != NULL && path != NULL);
    if (getenv("COMITY_WRITE_DOCS") != NULL) {
        assert_true(files_write_atomic(path, bytes_of_text(page), 0644, &error));
    } else if (files_read(path, (size_t)1 << 20, arena, &there, &error) != FILES_OK ||
               !bytes_equal(there, bytes_of_text(page))) {
        fail_msg("%s is not what the tables say: make docs", path);
    }
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_page_is_what_the_tables_say)};
    return cmocka_run_group_tests_name("scenario_page", tests, NULL, NULL);
}
