/* SPDX-License-Identifier: Apache-2.0 */
/* Sweeps: the grid and its limits, runs as lines that anybody may have changed, and what they come to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "drills/sweep/sweep.h"
#include "tests/support/scenario_text.h"

#define HOUR 3600000

/* --- the grid --- */

struct grids {
    struct arena *arena;
    struct sweep_grid grid;
    struct error error;
};

static bool grid_of(struct grids *g, const char *const *sets)
{
    size_t count = 0;
    while (sets[count] != NULL) {
        count++;
    }
    memset(g, 0, sizeof *g);
    g->arena = arena_new(1 << 20);
    assert_non_null(g->arena);
    return sweep_grid_read(sets, count, g->arena, &g->grid, &g->error);
}

#define SETS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void assert_refused(const char *const *sets, const char *words)
{
    struct grids g;
    assert_false(grid_of(&g, sets));
    if (strstr(g.error.text, words) == NULL) {
        fail_msg("\"%s\" is not in: %s", words, g.error.text);
    }
    arena_free(g.arena);
}

static void each_point_has_one_value_of_each_name(void **state)
{
    (void)state;
    struct grids g;
    assert_true(grid_of(&g, SETS("desk.XB.people=1..3,8", "links.latency=90ms,2s", "note=a=b..c")));
    assert_int_equal(g.grid.points, 8);
    const char *const *first = sweep_grid_sets(&g.grid, 0, g.arena);
    const char *const *last = sweep_grid_sets(&g.grid, 7, g.arena);
    assert_string_equal(first[0], "desk.XB.people=1");
    assert_string_equal(first[1], "links.latency=90ms");
    assert_string_equal(first[2], "note=a=b..c"); /* no numbers, no range */
    assert_string_equal(sweep_grid_sets(&g.grid, 1, g.arena)[1], "links.latency=2s");
    assert_string_equal(last[0], "desk.XB.people=8");
    assert_string_equal(last[1], "links.latency=2s");
    arena_free(g.arena);
}

static void nothing_to_vary_is_one_point(void **state)
{
    (void)state;
    struct grids g;
    assert_true(grid_of(&g, (const char *const[]){NULL}));
    assert_int_equal(g.grid.points, 1);
    arena_free(g.arena);
}

static void what_is_no_grid_is_refused_with_what_would_be_right(void **state)
{
    (void)state;
    assert_refused(SETS("people"), "write such as --set desk.XB.people=1..4");
    assert_refused(SETS("=3"), "write such as");
    assert_refused(SETS("people=4..1"), "from 4 to 1 there is nothing");
    assert_refused(SETS("people=1..3,2"), "the value \"2\" stands twice");
    assert_refused(SETS("people=1", "people=2"), "given twice");
    assert_refused(SETS("a=1,2", "b=1,2", "c=1,2", "d=1,2", "e=1,2"), "5 names have several values");
}

static void limits_hold_at_below_and_above(void **state)
{
    (void)state;
    struct grids g;
    assert_true(grid_of(&g, SETS("a=1..99")));
    arena_free(g.arena);
    assert_true(grid_of(&g, SETS("a=1..100"))); /* SWEEP_VALUES_MAX */
    arena_free(g.arena);
    assert_refused(SETS("a=1..101"), "more than 100 values");
    assert_refused(SETS("a=1..999999999"), "more than 100 values");
    assert_true(grid_of(&g, SETS("a=1..37", "b=1..27"))); /* 999 points */
    arena_free(g.arena);
    assert_true(grid_of(&g, SETS("a=1..100", "b=1..10"))); /* SWEEP_POINTS_MAX */
    assert_int_equal(g.grid.points, SWEEP_POINTS_MAX);
    arena_free(g.arena);
    assert_refused(SETS("a=1..77", "b=1..13"), "1001 points");
    assert_refused(SETS("a=1..100", "b=1..100", "c=1..100", "d=1..100"), "10000 points");
    assert_true(grid_of(&g, SETS("a=1,2", "b=1,2", "c=1,2", "d=1,2", "e=1"))); /* SWEEP_AXES_MAX */
    arena_free(g.arena);
}

/* --- a sweep of two points, or three of which two are the same scenario --- */

static struct scenario_texts texts;
static const struct scenario *scenario;
static uint8_t hashes[3][32] = {{1}, {2}, {1}};

static int setup(void **state)
{
    (void)state;
    scenario_texts_open(&texts);
    scenario_texts_add(&texts, "a.yaml", scenario_small);
    scenario = scenario_texts_read(&texts, "a.yaml", NULL, 0);
    return scenario == NULL ? -1 : 0;
}

static int teardown(void **state)
{
    (void)state;
    scenario_texts_close(&texts);
    return 0;
}

static struct sweep *sweep_of(struct grids *g, const char *const *sets, size_t runs)
{
    assert_true(grid_of(g, sets));
    const struct sweep_setup setup_of = {.grid = &g->grid,
                                         .hashes = hashes,
                                         .seed = 7,
                                         .runs = runs,
                                         .scenario = scenario,
                                         .build = "1 (abc)",
                                         .command = "comity drill sweep x"};
    return sweep_new(&setup_of);
}

/* A run with one span and one expectation. */
static char *line_of(unsigned hash, uint64_t seed, uint64_t hours, bool came, bool met, size_t *ret_size)
{
    uint8_t bytes[32] = {(uint8_t)hash}, transcript[32] = {9};
    json_t *numbers = json_pack("[[s, I, i], [s, i, i]]", "M5|safe|U|XB|p50", (json_int_t)hours * HOUR, came,
                                "expect|quick|||met", met, 1);
    assert_non_null(numbers);
    if (seed % 2 == 0) { /* no run need tell them in the same order */
        json_t *first = json_incref(json_array_get(numbers, 0));
        assert_int_equal(json_array_remove(numbers, 0), 0);
        assert_int_equal(json_array_append_new(numbers, first), 0);
    }
    char *line = sweep_line(bytes, seed, "1 (abc)", transcript, numbers, ret_size);
    json_decref(numbers);
    return line;
}

static enum sweep_taken take(struct sweep *sweep, unsigned hash, uint64_t seed, uint64_t hours, bool came,
                             bool met)
{
    size_t size = 0;
    char *line = line_of(hash, seed, hours, came, met, &size);
    enum sweep_taken taken = sweep_take(sweep, bytes_of(line, size));
    free(line);
    return taken;
}

/* Runs 7 .. 26 of two points: the second takes ten times as long. backwards: they come in the other way round. */
static void fill(struct sweep *sweep, bool backwards)
{
    for (unsigned i = 0; i < 40; i++) {
        unsigned at = backwards ? 39 - i : i;
        unsigned point = at / 20, run = at % 20;
        assert_int_equal(take(sweep, 1 + point, 7 + run, (point == 0 ? 2 : 20) + run % 5, true, point == 0),
                         SWEEP_TAKEN);
    }
}

static char *json_text(struct sweep *sweep)
{
    json_t *json = sweep_json(sweep);
    char *text = json_dumps(json, JSON_COMPACT);
    json_decref(json);
    assert_non_null(text);
    return text;
}

static void the_order_in_which_runs_come_in_changes_nothing(void **state)
{
    (void)state;
    struct grids g, h;
    struct sweep *a = sweep_of(&g, SETS("people=1,2"), 20), *b = sweep_of(&h, SETS("people=1,2"), 20);
    fill(a, false);
    fill(b, true);
    char *x = json_text(a), *y = json_text(b);
    assert_string_equal(x, y);
    size_t size = 0, other = 0;
    char *p = sweep_csv(a, &size), *q = sweep_csv(b, &other);
    assert_int_equal(size, other);
    assert_memory_equal(p, q, size);
    assert_non_null(strstr(p, "people,measure,word,class,state,what,unit,runs,value,low,high,beyond\r\n"));
    free(x);
    free(y);
    free(p);
    free(q);
    sweep_free(a);
    sweep_free(b);
    arena_free(g.arena);
    arena_free(h.arena);
}

static void medians_and_chances_come_with_how_far_they_may_be_trusted(void **state)
{
    (void)state;
    struct grids g;
    struct sweep_cell cell;
    struct sweep *sweep = sweep_of(&g, SETS("people=1,2"), 20);
    fill(sweep, false);
    assert_int_equal(sweep_columns(sweep), 2);
    assert_string_equal(sweep_column_key(sweep, 0), "expect|quick|||met");
    assert_true(sweep_cell(sweep, 1, 0, &cell));
    assert_true(cell.reached && cell.sure && cell.low_reached && cell.high_reached);
    assert_int_equal(cell.n, 20);
    assert_int_equal(cell.value, 4 * HOUR);
    assert_in_range(cell.low, 3 * HOUR, 4 * HOUR);
    assert_in_range(cell.high, 4 * HOUR, 5 * HOUR);
    assert_true(sweep_cell(sweep, 0, 0, &cell));
    assert_int_equal(cell.value, 1000);
    assert_int_equal(cell.low, 838); /* Wilson: 20 / (20 + 3.8416) */
    assert_int_equal(cell.high, 1000);
    assert_true(sweep_differs(sweep, 0));
    assert_true(sweep_differs(sweep, 1));
    sweep_free(sweep);
    arena_free(g.arena);
}

static void what_lies_within_chance_does_not_differ(void **state)
{
    (void)state;
    struct grids g;
    struct sweep *sweep = sweep_of(&g, SETS("people=1,2"), 20);
    for (unsigned run = 0; run < 20; run++) {
        assert_int_equal(take(sweep, 1, 7 + run, 2 + run % 7, true, run % 2 == 0), SWEEP_TAKEN);
        assert_int_equal(take(sweep, 2, 7 + run, 2 + (run + 3) % 7, true, run % 3 == 0), SWEEP_TAKEN);
    }
    assert_int_equal(sweep_columns(sweep), 2);
    assert_false(sweep_differs(sweep, 0));
    assert_false(sweep_differs(sweep, 1));
    sweep_free(sweep);
    arena_free(g.arena);
}

static void what_had_not_come_is_beyond_and_not_left_out(void **state)
{
    (void)state;
    struct grids g;
    struct sweep_cell cell;
    struct sweep *sweep = sweep_of(&g, SETS("people=1,2"), 12);
    for (unsigned run = 0; run < 12; run++) {
        assert_int_equal(take(sweep, 1, 7 + run, run < 4 ? 2 : 100, run < 4, true), SWEEP_TAKEN);
        assert_int_equal(take(sweep, 2, 7 + run, 2, true, true), SWEEP_TAKEN);
    }
    assert_int_equal(sweep_columns(sweep), 2);
    assert_true(sweep_cell(sweep, 1, 0, &cell));
    assert_false(cell.reached);
    assert_int_equal(cell.value, 100 * HOUR);
    assert_true(cell.sure);
    assert_false(cell.high_reached);
    sweep_free(sweep);
    arena_free(g.arena);
}

static void few_runs_have_no_interval(void **state)
{
    (void)state;
    struct grids g;
    struct sweep_cell cell;
    struct sweep *sweep = sweep_of(&g, SETS("people=1,2"), SWEEP_SURE_LEAST);
    for (unsigned run = 0; run < SWEEP_SURE_LEAST; run++) {
        assert_int_equal(sweep_columns(sweep), run == 0 ? 0 : 2);
        assert_int_equal(take(sweep, 1, 7 + run, 2, true, true), SWEEP_TAKEN);
        (void)sweep_columns(sweep);
        assert_true(sweep_cell(sweep, 1, 0, &cell));
        assert_int_equal(cell.sure, run + 1 == SWEEP_SURE_LEAST);
    }
    sweep_free(sweep);
    arena_free(g.arena);
}

static void points_of_one_scenario_share_their_runs(void **state)
{
    (void)state;
    struct grids g;
    struct sweep *sweep = sweep_of(&g, SETS("people=1..3"), 2);
    assert_true(sweep_is_first(sweep, 0) && sweep_is_first(sweep, 1));
    assert_false(sweep_is_first(sweep, 2));
    assert_int_equal(take(sweep, 1, 7, 2, true, true), SWEEP_TAKEN);
    assert_true(sweep_has(sweep, 0, 0) && sweep_has(sweep, 2, 0));
    assert_false(sweep_has(sweep, 1, 0));
    assert_int_equal(sweep_done(sweep), 2);
    sweep_free(sweep);
    arena_free(g.arena);
}

static void lines_of_others_and_no_lines_are_left_alone(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "{",
        "[]",
        "null",
        "{}",
        "{\"scenario_hash\":\"01\"}",
        "{\"scenario_hash\":1,\"seed\":7,\"build\":\"1 (abc)\",\"transcript_hash\":\"x\",\"numbers\":[]}"};
    static const char *const numbers[] = {"{}",
                                          "[1]",
                                          "[[]]",
                                          "[[\"M5|safe|U|XB|p50\",1]]",
                                          "[[\"M5|safe|U|XB|p50\",-1,1]]",
                                          "[[\"M5|safe|U|XB|p50\",1.5,1]]",
                                          "[[\"M5|safe|U|XB\",1,1]]",
                                          "[[\"M5|safe|U|XB|none\",1,1]]",
                                          "[[\"M5|sa\\u001bfe|U|XB|p50\",1,1]]",
                                          "[[\"M5|sa\\u0000fe|U|XB|p50\",1,1]]",
                                          "[[[],1,1]]",
                                          "[[\"M5|safe|U|XB|p50\",1,1,1]]"};
    struct grids g;
    struct sweep *sweep = sweep_of(&g, SETS("people=1,2"), 2);
    char hash[65], line[1024];
    (void)hex_write(hash, bytes_of(hashes[0], 32));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(sweep_take(sweep, bytes_of_text(bad[i])), SWEEP_BAD);
    }
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        (void)snprintf(line, sizeof line,
                       "{\"scenario_hash\":\"%s\",\"seed\":7,\"build\":\"1 "
                       "(abc)\",\"transcript_hash\":\"%s\",\"numbers\":%s}",
                       hash, hash, numbers[i]);
        if (sweep_take(sweep, bytes_of_text(line)) != SWEEP_BAD) {
            fail_msg("taken: %s", numbers[i]);
        }
    }
    assert_int_equal(take(sweep, 1, 6, 2, true, true), SWEEP_OTHER); /* seeds 7 and 8 are of it */
    assert_int_equal(take(sweep, 1, 9, 2, true, true), SWEEP_OTHER);
    assert_int_equal(take(sweep, 77, 7, 2, true, true), SWEEP_OTHER);
    (void)snprintf(
        line, sizeof line,
        "{\"scenario_hash\":\"%s\",\"seed\":7,\"build\":\"2\",\"transcript_hash\":\"%s\",\"numbers\":[]}",
        hash, hash);
    assert_int_equal(sweep_take(sweep, bytes_of_text(line)), SWEEP_OTHER);
    assert_int_equal(sweep_done(sweep), 0);
    assert_int_equal(take(sweep, 1, 7, 2, true, true), SWEEP_TAKEN);
    assert_int_equal(take(sweep, 1, 7, 2, true, true), SWEEP_OTHER); /* twice */
    sweep_free(sweep);
    arena_free(g.arena);
}

static void a_file_that_was_cut_off_gives_all_whole_lines(void **state)
{
    (void)state;
    struct grids g;
    struct sweep *sweep = sweep_of(&g, SETS("people=1,2"), 3);
    size_t sizes[3] = {0};
    char file[3 * 2048] = "";
    for (unsigned run = 0; run < 3; run++) {
        char *line = line_of(1, 7 + run, 2, true, true, &sizes[run]);
        strcat(file, line);
        free(line);
    }
    assert_int_equal(sweep_take_all(sweep, bytes_of(file, sizes[0] + sizes[1] + sizes[2] - 20)), 2);
    assert_int_equal(sweep_done_at(sweep, 0), 2);
    sweep_free(sweep);
    arena_free(g.arena);
}

static void a_line_that_is_too_long_is_none(void **state)
{
    (void)state;
    struct grids g;
    struct sweep *sweep = sweep_of(&g, SETS("people=1,2"), 2);
    size_t size = 0;
    char *line = line_of(1, 7, 2, true, true, &size);
    char *large = malloc(SWEEP_LINE_BYTES_MAX + 1);
    assert_non_null(large);
    memset(large, ' ', SWEEP_LINE_BYTES_MAX + 1); /* blanks around JSON are none of it */
    memcpy(large, line, size);
    assert_int_equal(sweep_take(sweep, bytes_of(large, SWEEP_LINE_BYTES_MAX + 1)), SWEEP_BAD);
    assert_int_equal(sweep_take(sweep, bytes_of(large, SWEEP_LINE_BYTES_MAX)), SWEEP_TAKEN);
    free(line);
    free(large);
    sweep_free(sweep);
    arena_free(g.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_point_has_one_value_of_each_name),
        cmocka_unit_test(nothing_to_vary_is_one_point),
        cmocka_unit_test(what_is_no_grid_is_refused_with_what_would_be_right),
        cmocka_unit_test(limits_hold_at_below_and_above),
        cmocka_unit_test(the_order_in_which_runs_come_in_changes_nothing),
        cmocka_unit_test(medians_and_chances_come_with_how_far_they_may_be_trusted),
        cmocka_unit_test(what_lies_within_chance_does_not_differ),
        cmocka_unit_test(what_had_not_come_is_beyond_and_not_left_out),
        cmocka_unit_test(few_runs_have_no_interval),
        cmocka_unit_test(points_of_one_scenario_share_their_runs),
        cmocka_unit_test(lines_of_others_and_no_lines_are_left_alone),
        cmocka_unit_test(a_file_that_was_cut_off_gives_all_whole_lines),
        cmocka_unit_test(a_line_that_is_too_long_is_none),
    };
    return cmocka_run_group_tests_name("sweep", tests, setup, teardown);
}
