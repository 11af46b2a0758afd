/* SPDX-License-Identifier: Apache-2.0 */
/* The swarm, over histories that do what the test says: what fails is told with its seed, and nothing else suffers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "drills/play/swarm.h"

#define HELD_BYTES ((size_t)400 * 1024 * 1024)

/* What came out of a swarm. */
struct heard {
    struct swarm_result result;
    struct swarm_failure failures[16];
    char reports[16][200];
    size_t count;
    unsigned shown;
};

static void hear_failure(void *context, const struct swarm_failure *failure)
{
    struct heard *heard = context;
    assert_true(heard->count < 16);
    (void)snprintf(heard->reports[heard->count], sizeof heard->reports[0], "%s", failure->report);
    heard->failures[heard->count++] = *failure;
}

static void hear_progress(void *context, const struct swarm_progress *progress)
{
    ((struct heard *)context)->shown++;
    assert_true(progress->done <= progress->seeds);
}

static struct heard *run(const struct swarm_options *options)
{
    struct swarm_options all = *options;
    struct heard *heard = calloc(1, sizeof *heard);
    struct error error = {.text = ""};
    assert_non_null(heard);
    all.context = heard;
    all.failed = hear_failure;
    all.progress = hear_progress;
    assert_true(swarm_run(&all, &heard->result, &error));
    return heard;
}

/* Seed 7 breaks a promise, as a history does. */
static void seven_is_wrong(const struct history_options *options, struct history_result *ret)
{
    memset(ret, 0, sizeof *ret);
    ret->ok = options->seed != 7;
    ret->figures.letters = options->seed;
    ret->coverage.seeds = 1;
    ret->transcript[0] = (uint8_t)options->seed;
    if (!ret->ok) {
        (void)fprintf(options->report, "the last events of %d\n", 7);
        ret->verdict.invariant = "I2";
        ret->verdict.at_us = 12;
        (void)snprintf(ret->verdict.text, sizeof ret->verdict.text, "a letter took effect twice");
    }
}

static void every_seed_is_played_once_and_added_up(void **state)
{
    (void)state;
    struct heard *heard =
        run(&(struct swarm_options){.first = 10, .last = 59, .jobs = 3, .play = seven_is_wrong});
    assert_int_equal(heard->result.progress.done, 50);
    assert_int_equal(heard->result.progress.failed, 0);
    assert_int_equal(heard->result.coverage.seeds, 50);
    assert_int_equal(heard->result.figures.letters, (10 + 59) * 50 / 2);
    assert_int_equal(heard->result.twice, 0);
    assert_int_equal(heard->count, 0);
    free(heard);
}

static void a_failure_is_told_with_its_seed_and_what_it_said(void **state)
{
    (void)state;
    struct heard *heard =
        run(&(struct swarm_options){.first = 1, .last = 1000, .jobs = 2, .play = seven_is_wrong});
    assert_int_equal(heard->count, 1);
    assert_int_equal(heard->failures[0].seed, 7);
    assert_int_equal(heard->failures[0].at_us, 12);
    assert_string_equal(heard->failures[0].invariant, "I2");
    assert_string_equal(heard->failures[0].text, "a letter took effect twice");
    assert_string_equal(heard->reports[0], "the last events of 7\n");
    assert_in_range(heard->result.progress.done, 7,
                    999); /* what the other job did meanwhile is the machine's */
    free(heard);
}

static void after_a_failure_nothing_more_is_begun(void **state)
{
    (void)state;
    struct heard *heard =
        run(&(struct swarm_options){.first = 1, .last = 1000, .jobs = 1, .play = seven_is_wrong});
    assert_int_equal(heard->count, 1);
    assert_int_equal(heard->result.progress.done, 7);
    free(heard);
}

static void it_goes_on_when_told_to(void **state)
{
    (void)state;
    struct heard *heard = run(&(struct swarm_options){
        .first = 1, .last = 30, .jobs = 2, .keep_going = true, .play = seven_is_wrong});
    assert_int_equal(heard->count, 1);
    assert_int_equal(heard->result.progress.done, 30);
    assert_int_equal(heard->result.progress.failed, 1);
    free(heard);
}

/* More than is kept of a report, in lines of 102 bytes. */
static void says_much(const struct history_options *options, struct history_result *ret)
{
    seven_is_wrong(options, ret);
    for (unsigned i = 0; i < 6000; i++) {
        (void)fputc('x', options->report);
        for (unsigned k = 0; k < 50; k++) {
            (void)fputs("\xc3\xa4", options->report);
        }
        (void)fputc('\n', options->report);
    }
}

static void the_end_of_a_long_report_begins_with_a_whole_line(void **state)
{
    (void)state;
    struct heard *heard = run(&(struct swarm_options){.first = 7, .last = 7, .jobs = 1, .play = says_much});
    assert_int_equal(heard->count, 1);
    assert_memory_equal(heard->reports[0], "x\xc3\xa4", 3);
    assert_int_equal(heard->reports[0][101], '\n');
    free(heard);
}

/* One seed each: aborts, never ends, takes all memory, leaves without a word, is well. */
static void some_go_wrong(const struct history_options *options, struct history_result *ret)
{
    memset(ret, 0, sizeof *ret);
    ret->ok = true;
    if (options->seed == 1) {
        (void)fprintf(stderr, "x.c:1: y does not hold\n");
        abort();
    }
    for (volatile unsigned turns = 0; options->seed == 2;) {
        turns++;
    }
    if (options->seed == 3) {
        char *memory = malloc(HELD_BYTES);
        ret->ok = false;
        ret->verdict.invariant = memory == NULL ? "NONE" : "SOME";
        free(memory);
    }
    if (options->seed == 4) {
        _exit(9);
    }
}

static const struct swarm_failure *failure_of(const struct heard *heard, uint64_t seed)
{
    for (size_t i = 0; i < heard->count; i++) {
        if (heard->failures[i].seed == seed) {
            return &heard->failures[i];
        }
    }
    fail_msg("seed %d did not fail", (int)seed);
    return NULL;
}

static void a_seed_that_aborts_or_hangs_fails_alone(void **state)
{
    (void)state;
    struct heard *heard = run(&(struct swarm_options){
        .first = 1, .last = 6, .jobs = 6, .keep_going = true, .cpu_seconds_max = 1, .play = some_go_wrong});
    assert_int_equal(heard->result.progress.done, 6);
    assert_string_equal(failure_of(heard, 1)->invariant, "ABORT");
    assert_string_equal(failure_of(heard, 1)->text, "its process ended by signal 6 (Aborted)");
    assert_non_null(strstr(heard->reports[failure_of(heard, 1) - heard->failures], "y does not hold"));
    assert_string_equal(failure_of(heard, 2)->invariant, "HANG");
    assert_string_equal(failure_of(heard, 4)->text, "its process ended with exit code 9");
    free(heard);
}

static void what_sleeps_is_ended(const struct history_options *options, struct history_result *ret)
{
    (void)ret;
    while (options->seed == 1) {
        (void)pause();
    }
}

static void a_seed_that_waits_for_ever_is_ended(void **state)
{
    (void)state;
    struct heard *heard = run(&(struct swarm_options){
        .first = 1, .last = 1, .jobs = 1, .wall_ms_max = 300, .play = what_sleeps_is_ended});
    assert_string_equal(failure_of(heard, 1)->invariant, "HANG");
    assert_true(heard->shown > 0);
    free(heard);
}

static void memory_is_bounded(void **state)
{
    (void)state;
#if defined(__SANITIZE_ADDRESS__)
    return; /* nothing to see: its shadow counts as memory of the process */
#endif
    struct heard *heard = run(&(struct swarm_options){
        .first = 3, .last = 3, .jobs = 1, .memory_bytes_max = HELD_BYTES, .play = some_go_wrong});
    assert_string_equal(failure_of(heard, 3)->invariant, "NONE");
    free(heard);
}

/* Even seeds depend on memory that nobody has written. */
static void even_seeds_read_what_was_freed(const struct history_options *options, struct history_result *ret)
{
    memset(ret, 0, sizeof *ret);
    ret->ok = true;
    volatile uint8_t *memory = malloc(100);
    assert_non_null(memory);
    memory[50] = options->seed % 2 == 0 ? memory[50] : 1;
    ret->transcript[31] = memory[50];
    free((void *)(uintptr_t)memory);
}

static void the_second_time_must_be_as_the_first(void **state)
{
    (void)state;
#if defined(__SANITIZE_ADDRESS__)
    return; /* nothing to see: it fills memory by itself, the same both times */
#endif
    struct heard *heard = run(&(struct swarm_options){.first = 1,
                                                      .last = 6,
                                                      .jobs = 2,
                                                      .keep_going = true,
                                                      .twice = 1000,
                                                      .play = even_seeds_read_what_was_freed});
    assert_int_equal(heard->result.twice, 6);
    assert_int_equal(heard->count, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(heard->failures[i].seed % 2, 0);
        assert_string_equal(heard->failures[i].invariant, "I12");
    }
    free(heard);
}

static void a_sample_is_played_twice(void **state)
{
    (void)state;
    struct heard *heard = run(
        &(struct swarm_options){.first = 100, .last = 499, .jobs = 2, .twice = 50, .play = seven_is_wrong});
    assert_int_equal(heard->result.progress.done, 400);
    assert_int_equal(heard->result.coverage.seeds, 400);
    assert_in_range(heard->result.twice, 5, 50);
    free(heard);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_seed_is_played_once_and_added_up),
        cmocka_unit_test(a_failure_is_told_with_its_seed_and_what_it_said),
        cmocka_unit_test(after_a_failure_nothing_more_is_begun),
        cmocka_unit_test(it_goes_on_when_told_to),
        cmocka_unit_test(the_end_of_a_long_report_begins_with_a_whole_line),
        cmocka_unit_test(a_seed_that_aborts_or_hangs_fails_alone),
        cmocka_unit_test(a_seed_that_waits_for_ever_is_ended),
        cmocka_unit_test(memory_is_bounded),
        cmocka_unit_test(the_second_time_must_be_as_the_first),
        cmocka_unit_test(a_sample_is_played_twice),
    };
    return cmocka_run_group_tests_name("swarm", tests, NULL, NULL);
}
