/* SPDX-License-Identifier: Apache-2.0 */
/* Rosters that parties of one process share. */
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "keys/roster_shelf.h"
#include "tests/support/roster_fixture.h"

struct bench {
    struct slab *slab;
    struct fixture *f;
    struct roster_shelf *shelf;
};

static int open_bench(void **state)
{
    static struct bench bench;
    assert_true(sodium_init() >= 0);
    bench.slab = slab_new(FIXTURE_SLAB_CELLS, NULL);
    assert_non_null(bench.slab);
    bench.f = fixture_new(bench.slab);
    bench.shelf = roster_shelf_new();
    assert_non_null(bench.shelf);
    *state = &bench;
    return 0;
}

static int close_bench(void **state)
{
    struct bench *b = *state;
    roster_shelf_free(b->shelf);
    fixture_free(b->f);
    slab_free(b->slab);
    return 0;
}

static struct roster *read_after(struct bench *b, struct bytes json)
{
    struct roster *roster = NULL;
    assert_int_equal(roster_shelf_read_after(b->shelf, NULL, json, &roster, NULL), ROSTER_OK);
    return roster;
}

/* A version whose first key is no point. */
static struct bytes bad_points(struct bench *b)
{
    struct roster_key *keys = (struct roster_key *)(uintptr_t)b->f->draft.parties[0].keys;
    keys[0].key = (struct public_key){{2}};
    return roster_make(&b->f->draft, b->f->arena);
}

static void same_bytes_are_read_once_and_others_apart(void **state)
{
    struct bench *b = *state;
    struct roster *first = read_after(b, b->f->json), *again = read_after(b, b->f->json), *stored = NULL;
    assert_ptr_equal(first, again);
    assert_int_equal(roster_shelf_read_stored(b->shelf, b->f->json, &stored, NULL), ROSTER_OK);
    assert_ptr_equal(first, stored);
    b->f->draft.grace_days--;
    struct roster *other = read_after(b, roster_make(&b->f->draft, b->f->arena));
    assert_ptr_not_equal(first, other);
    assert_int_equal(roster_grace_ms(other), roster_grace_ms(first) - MS_PER_DAY);
    roster_free(first);
    roster_free(again);
    roster_free(stored);
    roster_free(other);
}

static void what_is_held_outlives_the_shelf_and_the_others(void **state)
{
    struct bench *b = *state;
    struct roster *first = read_after(b, b->f->json), *again = read_after(b, b->f->json);
    roster_shelf_free(b->shelf);
    b->shelf = NULL;
    roster_free(first);
    assert_non_null(roster_find(again, "XB/poc"));
    roster_free(again);
}

static void without_a_shelf_each_reads_its_own(void **state)
{
    struct bench *b = *state;
    struct roster *first = NULL, *again = NULL;
    assert_int_equal(roster_shelf_read_after(NULL, NULL, b->f->json, &first, NULL), ROSTER_OK);
    assert_int_equal(roster_shelf_read_stored(NULL, b->f->json, &again, NULL), ROSTER_OK);
    assert_ptr_not_equal(first, again);
    roster_free(first);
    roster_free(again);
}

/* Who reads from its own store does not multiply; that says nothing to who reads what a stranger brought. */
static void what_was_stored_is_not_taken_for_checked(void **state)
{
    struct bench *b = *state;
    struct bytes json = bad_points(b);
    struct roster *stored = NULL, *brought = NULL;
    struct error error = {.text = ""};
    assert_int_equal(roster_shelf_read_stored(b->shelf, json, &stored, NULL), ROSTER_OK);
    assert_int_equal(roster_shelf_read_after(b->shelf, NULL, json, &brought, &error), ROSTER_RULE);
    assert_string_equal(error.text, "parties[0].keys[0]: not a valid Ed25519 key");
    assert_int_equal(roster_shelf_read_after(b->shelf, NULL, json, &brought, &error), ROSTER_RULE);
    assert_null(brought);
    roster_free(stored);
}

static void what_does_not_read_is_refused_each_time(void **state)
{
    struct bench *b = *state;
    struct roster *roster = NULL;
    struct error error = {.text = ""};
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(roster_shelf_read_after(b->shelf, NULL, bytes_of_text("{}"), &roster, &error),
                         ROSTER_FORMAT);
        assert_null(roster);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_bench, close_bench)
    const struct CMUnitTest tests[] = {
        TEST(same_bytes_are_read_once_and_others_apart), TEST(what_is_held_outlives_the_shelf_and_the_others),
        TEST(without_a_shelf_each_reads_its_own),        TEST(what_was_stored_is_not_taken_for_checked),
        TEST(what_does_not_read_is_refused_each_time),
    };
    return cmocka_run_group_tests_name("roster_shelf", tests, NULL, NULL);
}
