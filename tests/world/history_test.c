/* SPDX-License-Identifier: Apache-2.0 */
/* A history is fixed by its seed, byte for byte (I12), does something, and says what it was when it fails. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "drills/play/history.h"
#include "drills/play/mix.h"

/* SQLite's generator is the process's: each history has a process of its own. */
static void play(uint64_t seed, struct history_result *ret)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct history_result result;
        const struct history_options options = {.seed = seed, .report = stderr};
        history_play(&options, &result);
        bool whole = write(ends[1], &result, sizeof result) == (ssize_t)sizeof result;
        _exit(whole ? 0 : 1);
    }
    (void)close(ends[1]);
    size_t got = 0;
    while (got < sizeof *ret) {
        ssize_t n = read(ends[0], (uint8_t *)ret + got, sizeof *ret - got);
        assert_true(n > 0);
        got += (size_t)n;
    }
    (void)close(ends[0]);
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void the_same_seed_gives_the_same_transcript(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 6; seed++) {
        struct history_result first;
        struct history_result second;
        play(seed, &first);
        play(seed, &second);
        assert_true(first.ok);
        assert_memory_equal(first.transcript, second.transcript, sizeof first.transcript);
        assert_memory_equal(&first.coverage, &second.coverage, sizeof first.coverage);
    }
}

static void another_seed_gives_another_history(void **state)
{
    struct history_result first;
    struct history_result second;
    (void)state;
    play(7, &first);
    play(8, &second);
    assert_memory_not_equal(first.transcript, second.transcript, sizeof first.transcript);
    assert_true(first.coverage.letters >= 50 && second.coverage.letters >= 50);
    assert_true(first.figures.accepted > 0 && first.figures.delivered > 0);
}

static void mixes_differ_and_leave_no_fault_out(void **state)
{
    unsigned on[FAULT_COUNT] = {0};
    unsigned none = 0;
    unsigned one = 0;
    unsigned liars = 0;
    (void)state;
    for (uint64_t seed = 1; seed <= 1000; seed++) {
        struct mix mix;
        unsigned kinds = 0;
        mix_draw(seed, &mix);
        assert_true(mix.parties >= 3 && mix.parties + (mix.lie != 0) <= CAST_PARTIES_MAX);
        assert_true(mix.liar <= mix.parties);
        liars += mix.lie != 0;
        for (int kind = 0; kind < FAULT_COUNT; kind++) {
            on[kind] += mix.on[kind];
            kinds += mix.on[kind];
        }
        none += kinds == 0;
        one += kinds == 1;
    }
    assert_in_range(none, 50, 250);
    assert_in_range(one, 100, 350);
    assert_in_range(liars, 80, 220);
    for (int kind = 0; kind < FAULT_COUNT; kind++) {
        assert_in_range(on[kind], 100, 600);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mixes_differ_and_leave_no_fault_out),
        cmocka_unit_test(the_same_seed_gives_the_same_transcript),
        cmocka_unit_test(another_seed_gives_another_history),
    };
    return cmocka_run_group_tests_name("history", tests, NULL, NULL);
}
