/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scenarios as a whole: what ships, what is wrong and how that is said, limits, the hash. What is said of tests/data/scenarios/wrong
 * stands beside each; with COMITY_WRITE_DOCS set it is written instead, to be read before it is kept.
 */
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/daemon/files.h"
#include "drills/scenario/files.h"
#include "drills/scenario/schema.h"
#include "drills/scenario/tree.h"
#include "tests/fuzz/scenarios_fuzz.c" /* the fuzz target's function, to replay its corpus */
#include "tests/support/scenario_text.h"

static struct scenario_texts texts;

static int open_texts(void **state)
{
    (void)state;
    scenario_texts_open(&texts);
    return 0;
}

static int close_texts(void **state)
{
    (void)state;
    scenario_texts_close(&texts);
    return 0;
}

static void go_to(const char *folder)
{
    const char *top = getenv("COMITY_TOP");
    char path[1024];
    static char start[512];
    if (start[0] == '\0' && top == NULL) {
        assert_non_null(getcwd(start, sizeof start));
    }
    (void)snprintf(path, sizeof path, "%s/%s", top == NULL ? start : top, folder);
    assert_int_equal(chdir(path), 0);
}

static const struct scenario *read_path(const char *path, const char *const *sets, size_t set_count)
{
    scenario_mistakes_init(&texts.mistakes, texts.arena, NULL);
    return scenario_read(path, sets, set_count, &scenario_files, texts.arena, &texts.mistakes);
}

/* All that is wrong, a line each. */
static const char *said(void)
{
    const char *text = "";
    for (size_t i = 0; i < texts.mistakes.count; i++) {
        text = arena_format(texts.arena, "%s%s\n", text,
                            mistake_line(&texts.mistakes.list[i], texts.arena, NULL));
        assert_non_null(text);
    }
    return text;
}

static void is_taken(const struct scenario *scenario, const char *name)
{
    if (scenario == NULL) {
        fail_msg("%s is not taken:\n%s", name, said());
    }
}

/* --- what ships --- */

static void shipped_scenarios_are_taken(void **state)
{
    glob_t shipped;
    (void)state;
    go_to("drills/scenarios");
    assert_int_equal(glob("*/scenario.yaml", 0, NULL, &shipped), 0);
    assert_true(shipped.gl_pathc >= 2);
    for (size_t i = 0; i < shipped.gl_pathc; i++) {
        const char *path = shipped.gl_pathv[i];
        const char *readme =
            arena_format(texts.arena, "%.*s/README.md", (int)(strlen(path) - strlen("/scenario.yaml")), path);
        is_taken(read_path(path, NULL, 0), path);
        if (access(readme, R_OK) != 0) {
            fail_msg("there is no %s", readme);
        }
    }
    globfree(&shipped);
}

static void the_example_of_the_page_is_taken(void **state)
{
    (void)state;
    texts.count = 0;
    scenario_texts_add(&texts, "example.yaml", schema_example);
    is_taken(scenario_texts_read(&texts, "example.yaml", NULL, 0), "the example");
}

static void a_scenario_with_every_key_is_taken(void **state)
{
    (void)state;
    go_to("tests/data/scenarios");
    const struct scenario *s = read_path("all.yaml", NULL, 0);
    is_taken(s, "all.yaml");
    for (unsigned id = 0; id < SECTIONS; id++) {
        size_t count = 0;
        const struct schema_key *keys = schema_keys((enum section_id)id, &count);
        for (size_t i = 0; i < count; i++) {
            const char *member = arena_format(texts.arena, "\"%s\":", keys[i].word);
            if (keys[i].word[0] != '\0' && strstr(s->canonical, member) == NULL) {
                fail_msg("all.yaml has no %s of %s", keys[i].word,
                         schema_section((enum section_id)id)->title);
            }
        }
    }
}

static void what_is_written_is_what_is_read(void **state)
{
    (void)state;
    go_to("tests/data/scenarios");
    const struct scenario *s = read_path("all.yaml", NULL, 0);
    is_taken(s, "all.yaml");
    const struct scenario_unit *unit = scenario_unit(s, "XB/poc");
    const struct scenario_inject *ask = scenario_inject(s, "ask");
    const struct scenario_inject *again = scenario_inject(s, "again");
    assert_string_equal(unit->desk->name, "rows");
    assert_int_equal(unit->people.number, 3);
    assert_ptr_equal(unit->state, scenario_state(s, "XB"));
    assert_int_equal(unit->state->calendar.holiday_count, 2);
    assert_true(unit->state->calendar.holidays[0] < unit->state->calendar.holidays[1]);
    assert_int_equal(unit->state->link.latency, 200);
    assert_int_equal(scenario_state(s, "XA")->link.latency, 80); /* that of `links` */
    assert_int_equal(ask->at, UINT64_C(1795096800000));          /* 2026-11-19 21:00 in Hanoi */
    assert_int_equal(ask->data.count, 2);
    assert_ptr_equal(ask->data.list[0]->provider, &s->providers.list[0]);
    assert_int_equal(s->providers.list[0].data.list[0].until_ms,
                     UINT64_C(1795651200000)); /* 26 November 00:00Z */
    assert_ptr_equal(again->after.of, ask);
    assert_int_equal(again->after.event, SCENARIO_EVENT_HELD);
    assert_int_equal(again->after.plus.workdays, 2);
    assert_string_equal(again->what, "extend");
    assert_string_equal(again->letter, "{\"days\":60}");
    assert_int_equal(scenario_inject(s, "nearly")->when.kind, SCENARIO_WHEN_HOLD_EXPIRES);
    assert_int_equal(scenario_inject(s, "nearly")->when.within, 10 * MS_PER_DAY);
    assert_ptr_equal(scenario_inject(s, "busy")->when.party, unit);
    assert_int_equal(s->faults.list[1].parties.count, 2); /* all of XA */
    assert_int_equal(s->expect.list[1].by.within.workdays, 2);
    assert_int_equal(s->expect.list[0].alternatives,
                     UINT64_C(1) << SCENARIO_EVENT_NOT_HELD | UINT64_C(1) << SCENARIO_EVENT_REFERRED);
    assert_int_equal(s->load.kinds.assistance, 105000);
    assert_int_equal(s->load.forged, 3333);
    const struct scenario_habits *careful = unit->habits;
    assert_string_equal(careful->times.of[SCENARIO_TASK_LOOK].by[SCENARIO_EMERGENCY]->name, "quick");
    assert_null(careful->times.of[SCENARIO_TASK_LOOK].by[SCENARIO_URGENT]->name);
    assert_int_equal(careful->chances.refuse.list[1].chance, 3333);
}

/* --- what is wrong --- */

#define SETS_MAX 8

/* The "# --set NAME=VALUE" lines of a file. */
static size_t sets_of(const char *path, const char *sets[SETS_MAX])
{
    struct bytes text;
    struct error error = {.text = ""};
    size_t count = 0;
    assert_int_equal(files_read(path, TREE_BYTES_MAX, texts.arena, &text, &error), FILES_OK);
    for (const char *at = (const char *)text.data;
         (at = strstr(at, "# --set ")) != NULL && count < SETS_MAX;) {
        at += strlen("# --set ");
        sets[count++] = arena_format(texts.arena, "%.*s", (int)strcspn(at, "\n"), at);
    }
    return count;
}

static void each_wrong_scenario_says_what_is_wrong_and_where(void **state)
{
    const char *const *names = NULL;
    size_t count = 0;
    struct error error = {.text = ""};
    (void)state;
    go_to("tests/data/scenarios/wrong");
    assert_int_equal(files_list(".", ".yaml", texts.arena, &names, &count, &error), FILES_OK);
    assert_true(count >= 50);
    for (size_t i = 0; i < count; i++) {
        const char *sets[SETS_MAX];
        struct bytes expected;
        const char *beside =
            arena_format(texts.arena, "%.*s.expected", (int)(strlen(names[i]) - strlen(".yaml")), names[i]);
        size_t set_count = sets_of(names[i], sets);
        struct bytes text;
        assert_int_equal(files_read(names[i], TREE_BYTES_MAX, texts.arena, &text, &error), FILES_OK);
        assert_int_equal(LLVMFuzzerTestOneInput(text.data, text.size), 0);
        if (read_path(names[i], sets, set_count) != NULL) {
            fail_msg("%s is taken", names[i]);
        }
        if (getenv("COMITY_WRITE_DOCS") != NULL) {
            assert_true(files_write_atomic(beside, bytes_of_text(said()), 0644, &error));
        }
        assert_int_equal(files_read(beside, TREE_BYTES_MAX, texts.arena, &expected, &error), FILES_OK);
        assert_string_equal(said(), (const char *)expected.data);
    }
}

/* Reads one file; expects a mistake at that line and column with that text in it. */
static void is_refused(const char *text, unsigned line, unsigned column, const char *because)
{
    texts.count = 0;
    scenario_texts_add(&texts, "a.yaml", text);
    if (scenario_texts_read(&texts, "a.yaml", NULL, 0) != NULL) {
        fail_msg("it is taken: %.60s", text);
    }
    const struct scenario_mistake *first = &texts.mistakes.list[0];
    if (first->place.line != line || first->place.column != column || strstr(first->text, because) == NULL) {
        fail_msg("%u:%u %s", first->place.line, first->place.column, first->text);
    }
}

static const struct scenario *read_text(const char *text)
{
    texts.count = 0;
    scenario_texts_add(&texts, "a.yaml", text);
    return scenario_texts_read(&texts, "a.yaml", NULL, 0);
}

/* count times the piece, between before and after. */
static char *repeated(const char *before, const char *piece, size_t count, const char *after)
{
    size_t size = strlen(piece);
    char *text = malloc(strlen(before) + size * count + strlen(after) + 1);
    assert_non_null(text);
    memcpy(text, before, strlen(before));
    char *at = text + strlen(before);
    for (size_t i = 0; i < count; i++, at += size) {
        memcpy(at, piece, size);
    }
    memcpy(at, after, strlen(after) + 1);
    return text;
}

static void past_finds_of_the_fuzzer_hold(void **state)
{
    const char *const *names = NULL;
    size_t count = 0;
    struct error error = {.text = ""};
    (void)state;
    go_to("tests/data/scenarios");
    assert_int_equal(files_list(".", "", texts.arena, &names, &count, &error), FILES_OK);
    assert_true(count >= 1);
    for (size_t i = 0; i < count; i++) {
        struct bytes text;
        assert_int_equal(files_read(names[i], TREE_BYTES_MAX, texts.arena, &text, &error), FILES_OK);
        assert_int_equal(LLVMFuzzerTestOneInput(text.data, text.size), 0);
    }
}

static void a_file_has_a_mebibyte(void **state)
{
    (void)state;
    char *text = repeated(scenario_small, "#", TREE_BYTES_MAX - strlen(scenario_small), "");
    is_taken(read_text(text), "1 MiB");
    free(text);
    text = repeated(scenario_small, "#", TREE_BYTES_MAX - strlen(scenario_small) + 1, "");
    is_refused(text, 1, 1, "more than 1048576 bytes");
    free(text);
    text = repeated("", "0123456789", 1 << 20, ""); /* 10 MB */
    is_refused(text, 1, 1, "more than 1048576 bytes");
    free(text);
}

static void it_is_nested_at_most_32_deep(void **state)
{
    (void)state;
    for (size_t depth = TREE_DEPTH_MAX - 1; depth <= TREE_DEPTH_MAX + 1; depth++) {
        char *open = repeated("a: ", "[", depth - 1, "");
        char *text = repeated(open, "]", depth - 1, "\n");
        if (depth > TREE_DEPTH_MAX) {
            is_refused(text, 1, 3 + TREE_DEPTH_MAX, "nested deeper than 32");
        } else {
            assert_null(read_text(text));
            assert_non_null(strstr(said(), "\"a\" is no key here"));
        }
        free(open);
        free(text);
    }
    char *text = repeated("a: ", "[", 1 << 19, "");
    is_refused(text, 1, 3 + TREE_DEPTH_MAX, "nested deeper than 32");
    free(text);
}

static void it_has_at_most_100000_values(void **state)
{
    (void)state;
    /* the map, the list, its elements */
    char *text = repeated("a: [", "b,", TREE_NODES_MAX - 2, "]\n");
    assert_null(read_text(text));
    assert_non_null(strstr(said(), "\"a\" is no key here"));
    free(text);
    text = repeated("a: [", "b,", TREE_NODES_MAX - 1, "]\n");
    is_refused(text, 1, 5 + 2 * (TREE_NODES_MAX - 2), "more than 100000 values");
    free(text);
    text = repeated("a: [", "b,", TREE_NODES_MAX / 2, "]\n"); /* two of these are too many */
    texts.count = 0;
    scenario_texts_add(&texts, "a.yaml", "include: [b.yaml, c.yaml]\n");
    scenario_texts_add(&texts, "b.yaml", text);
    scenario_texts_add(&texts, "c.yaml", text);
    assert_null(scenario_texts_read(&texts, "a.yaml", NULL, 0));
    assert_non_null(strstr(said(), "more than 100000 values"));
    free(text);
}

static void a_map_has_at_most_1000_keys(void **state)
{
    (void)state;
    for (size_t count = TREE_KEYS_MAX; count <= TREE_KEYS_MAX + 1; count++) {
        const char *text = arena_format(texts.arena, "%stimes:\n", scenario_small);
        for (size_t i = 0; i < count; i++) {
            text = arena_format(texts.arena, "%s  t%zu: {p0: 1s, p100: 2s}\n", text, i);
        }
        if (count == TREE_KEYS_MAX) {
            is_taken(read_text(text), "1000 keys");
        } else {
            is_refused(text, 8 + TREE_KEYS_MAX, 3, "at most 1000 keys");
        }
    }
}

static void keys_and_texts_have_an_end(void **state)
{
    (void)state;
    char *text = repeated("", "k", TREE_KEY_BYTES_MAX, ": 1\n");
    assert_null(read_text(text));
    assert_non_null(strstr(said(), "is no key here"));
    free(text);
    text = repeated("", "k", TREE_KEY_BYTES_MAX + 1, ": 1\n");
    is_refused(text, 1, 1, "a key has 1 to 128 bytes, this one 129");
    free(text);
    text = repeated("a: ", "k", TREE_TEXT_BYTES_MAX, "\n");
    assert_null(read_text(text));
    assert_non_null(strstr(said(), "is no key here"));
    free(text);
    text = repeated("a: ", "k", TREE_TEXT_BYTES_MAX + 1, "\n");
    is_refused(text, 1, 4, "more than 16384 bytes");
    free(text);
}

static void it_says_up_to_50_mistakes(void **state)
{
    (void)state;
    for (size_t count = SCENARIO_MISTAKES_MAX - 1; count <= SCENARIO_MISTAKES_MAX + 1; count++) {
        char *start = repeated(scenario_small, "", 0, "white_cell: [");
        char *text = repeated(start, "XZ/poc,", count, "]\n");
        assert_null(read_text(text));
        assert_int_equal(texts.mistakes.count, count > SCENARIO_MISTAKES_MAX ? SCENARIO_MISTAKES_MAX : count);
        assert_int_equal(texts.mistakes.more, count > SCENARIO_MISTAKES_MAX ? 1 : 0);
        free(start);
        free(text);
    }
}

static void states_and_quantiles_have_an_end(void **state)
{
    (void)state;
    const char *quantiles = "times: {a: {p0: 1s, p100: 2s";
    for (int i = 1; i <= SCENARIO_QUANTILES_MAX - 2; i++) {
        quantiles = arena_format(texts.arena, "%s, p%d: 1s", quantiles, i);
    }
    char *text = repeated(scenario_small, quantiles, 1, "}}\n");
    is_taken(read_text(text), "16 quantiles");
    free(text);
    text = repeated(scenario_small, quantiles, 1, ", p99: 2s}}\n");
    is_refused(text, 7, 12, "2 to 16 quantiles");
    free(text);
    for (int count = SCENARIO_STATES_MAX; count <= SCENARIO_STATES_MAX + 1; count++) {
        const char *states =
            "scenario: 1\ntitle: Many\ninspired_by: nothing\nclock: {start: 2026-11-19T08:00:00Z, "
            "length: 30d}\ndesks: {a: {people: 1}}\nhabits: {h: {}}\nstates:\n";
        for (int i = 0; i < count; i++) {
            states = arena_format(
                texts.arena,
                "%s- {code: %c%c, name: S, zone: UTC, units: [{name: poc, desk: a, habits: h}]}\n", states,
                'A' + i / 26, 'A' + i % 26);
        }
        if (count == SCENARIO_STATES_MAX) {
            is_taken(read_text(states), "256 States");
        } else {
            is_refused(states, 8, 1, "there are 257 of these; at most 256");
        }
    }
}

static void includes_go_at_most_8_deep(void **state)
{
    (void)state;
    for (size_t depth = INCLUDE_DEPTH_MAX - 1; depth <= INCLUDE_DEPTH_MAX + 1; depth++) {
        texts.count = 0;
        for (size_t i = 0; i <= depth; i++) {
            char *name = arena_format(texts.arena, "%zu.yaml", i);
            scenario_texts_add(&texts, name,
                               i == depth ? scenario_small
                                          : arena_format(texts.arena, "include: [%zu.yaml]\n", i + 1));
        }
        const struct scenario *s = scenario_texts_read(&texts, "0.yaml", NULL, 0);
        if (depth <= INCLUDE_DEPTH_MAX) {
            is_taken(s, "includes");
        } else {
            assert_null(s);
            assert_non_null(strstr(said(), "8.yaml:1:11: files include each other deeper than 8"));
            assert_non_null(strstr(said(), "(included from 0.yaml:1:11)"));
        }
    }
}

static void there_are_at_most_64_files(void **state)
{
    (void)state;
    for (size_t count = INCLUDE_FILES_MAX; count <= INCLUDE_FILES_MAX + 1; count++) {
        const char *list = "";
        texts.count = 0;
        for (size_t i = 1; i < count; i++) {
            char *name = arena_format(texts.arena, "%zu.yaml", i);
            scenario_texts_add(&texts, name, "objectives: []\n");
            list = arena_format(texts.arena, "%s%s,", list, name);
        }
        scenario_texts_add(&texts, "a.yaml",
                           arena_format(texts.arena, "%sinclude: [%s]\n", scenario_small, list));
        const struct scenario *s = scenario_texts_read(&texts, "a.yaml", NULL, 0);
        if (count == INCLUDE_FILES_MAX) {
            is_taken(s, "64 files");
        } else {
            assert_null(s);
            assert_non_null(strstr(said(), "more than 64 files"));
        }
    }
}

static void a_file_that_comes_by_two_ways_is_taken_once(void **state)
{
    (void)state;
    texts.count = 0;
    scenario_texts_add(&texts, "d/a.yaml", "include: [b.yaml, ../d/c.yaml, ./small.yaml]\n");
    scenario_texts_add(&texts, "d/b.yaml", "include: [small.yaml]\n");
    scenario_texts_add(&texts, "d/c.yaml", "include: [small.yaml]\n");
    scenario_texts_add(&texts, "d/small.yaml", scenario_small);
    is_taken(scenario_texts_read(&texts, "d/a.yaml", NULL, 0), "d/a.yaml");
}

/* --- the hash --- */

static void same_hash(const char *one, const char *other, bool same)
{
    uint8_t hash[32];
    const struct scenario *s = read_text(one);
    is_taken(s, one);
    memcpy(hash, s->hash, sizeof hash);
    s = read_text(other);
    is_taken(s, other);
    if ((memcmp(hash, s->hash, sizeof hash) == 0) != same) {
        fail_msg("%s hash of\n%s", same ? "another" : "the same", other);
    }
}

static void the_hash_is_of_what_is_said_and_of_nothing_else(void **state)
{
    static const char again[] = "# another order, comments, other quotes\n"
                                "states:\n  - units: [{habits: h, desk: a, name: poc}]\n    zone: "
                                "\"Europe/Oslo\"\n    name: 'Aldoria'\n"
                                "    code: XA\n"
                                "title:   Small   # as before\n"
                                "parameters: {n: 1}\n"
                                "desks: {a: {people: ${n}}}\n"
                                "habits: {h: {}}\n"
                                "clock:\n  length: 30d\n  start: 2026-11-19T08:00:00Z\n"
                                "scenario: 1\n";
    (void)state;
    char *other = repeated(again, "", 0, "");
    char *n = strstr(other, "people: ${n}");
    memcpy(n, "people: 1   ", 12);
    same_hash(scenario_small, other, true);
    free(other);
    static const char *const changes[][2] = {
        {"30d", "31d"}, {"Aldoria", "Aldorie"}, {"people: 1", "people: 2"},
        {"XA", "XB"},   {"Small", "small"},     {"08:00", "08:01"}};
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        other = repeated(scenario_small, "", 0, "");
        memcpy(strstr(other, changes[i][0]), changes[i][1], strlen(changes[i][1]));
        same_hash(scenario_small, other, false);
        free(other);
    }
}

static void parameters_and_sets_change_the_hash_by_what_they_change(void **state)
{
    static const char text[] =
        "parameters: {n: 1, unused: 5}\ninclude: [small.yaml]\nsummary: \"${n} of them\"\n";
    static const char *const none[] = {"unused=7"}, *const other[] = {"n=2"},
                             *const path[] = {"desk.XA.people=4"}, *const same[] = {"desks.a.people=1"};
    uint8_t hash[32];
    (void)state;
    texts.count = 0;
    scenario_texts_add(&texts, "a.yaml", text);
    scenario_texts_add(&texts, "small.yaml", scenario_small);
    const struct scenario *s = scenario_texts_read(&texts, "a.yaml", NULL, 0);
    is_taken(s, "a.yaml");
    memcpy(hash, s->hash, sizeof hash);
    s = scenario_texts_read(&texts, "a.yaml", none, 1);
    assert_memory_equal(hash, s->hash, sizeof hash);
    s = scenario_texts_read(&texts, "a.yaml", same, 1);
    assert_memory_equal(hash, s->hash, sizeof hash);
    s = scenario_texts_read(&texts, "a.yaml", other, 1);
    assert_string_equal(s->summary, "2 of them");
    assert_memory_not_equal(hash, s->hash, sizeof hash);
    s = scenario_texts_read(&texts, "a.yaml", path, 1);
    is_taken(s, "desk.XA.people=4");
    assert_int_equal(scenario_unit(s, "XA/poc")->people.number, 4);
    assert_int_equal(scenario_unit(s, "XA/poc")->desk->people.number, 1);
    assert_memory_not_equal(hash, s->hash, sizeof hash);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_texts, close_texts)
    const struct CMUnitTest tests[] = {
        TEST(shipped_scenarios_are_taken),
        TEST(the_example_of_the_page_is_taken),
        TEST(a_scenario_with_every_key_is_taken),
        TEST(what_is_written_is_what_is_read),
        TEST(each_wrong_scenario_says_what_is_wrong_and_where),
        TEST(past_finds_of_the_fuzzer_hold),
        TEST(a_file_has_a_mebibyte),
        TEST(it_is_nested_at_most_32_deep),
        TEST(it_has_at_most_100000_values),
        TEST(a_map_has_at_most_1000_keys),
        TEST(keys_and_texts_have_an_end),
        TEST(it_says_up_to_50_mistakes),
        TEST(states_and_quantiles_have_an_end),
        TEST(includes_go_at_most_8_deep),
        TEST(there_are_at_most_64_files),
        TEST(a_file_that_comes_by_two_ways_is_taken_once),
        TEST(the_hash_is_of_what_is_said_and_of_nothing_else),
        TEST(parameters_and_sets_change_the_hash_by_what_they_change),
    };
    return cmocka_run_group_tests_name("scenario", tests, NULL, NULL);
}
