/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/checked_letter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct arena *arena;
struct faults faults;
Comity__Letter *letter;

static const struct contact CONTACTS[] = {
    {.role = "", .name = "", .phone = "+99 555 0104", .email = "", .hours = ""},
    {.role = "", .name = "", .phone = "+99-555-0100", .email = "", .hours = ""}};
const struct party checked_q = {.address = {"XA/poc"}, .contacts = CONTACTS, .contact_count = 2};
const struct party checked_r = {.address = {"XB/poc"}};

int checked_letter_setup(void **state)
{
    (void)state;
    arena = arena_new((size_t)16 << 20);
    assert_non_null(arena);
    faults_init(&faults, arena);
    letter = letter_make(arena, LETTER_REQUEST, T0_MS, 2);
    return 0;
}

int checked_letter_teardown(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

void letter_check_at(enum side author, const struct case_fold *against, uint64_t now_ms)
{
    struct letter_terms terms = {.q = &checked_q, .r = &checked_r, .now = {.ms = now_ms}};
    faults_init(&faults, arena);
    letter_check(letter, author, against, &terms, &faults);
}

void expect_no_fault(void)
{
    for (size_t i = 0; i < faults.count; i++) {
        print_error("%s %s: %s\n", faults.list[i].path, faults.list[i].code, faults.list[i].text);
    }
    assert_int_equal(faults.count, 0);
}

void expect_fault(const char *path, const char *code)
{
    if (faults.count != 1 || strcmp(faults.list[0].path, path) != 0 ||
        strcmp(faults.list[0].code, code) != 0) {
        print_error("expected %s %s, found %zu:\n", path, code, faults.count);
        for (size_t i = 0; i < faults.count; i++) {
            print_error("  %s %s: %s\n", faults.list[i].path, faults.list[i].code, faults.list[i].text);
        }
        fail();
    }
}

const struct fault *letter_fault(const char *path, const char *code)
{
    for (size_t i = 0; i < faults.count; i++) {
        if (strcmp(faults.list[i].path, path) == 0 && strcmp(faults.list[i].code, code) == 0) {
            return &faults.list[i];
        }
    }
    return NULL;
}
