/* SPDX-License-Identifier: Apache-2.0 */
/* Tasks in processes of their own: each is done, what it tells comes back whole, and what goes wrong goes wrong alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "drills/play/workers.h"

#define TASKS_MAX 64
#define LARGE     ((size_t)300 * 1024) /* more than a pipe holds */

struct seen {
    enum work_outcome outcome[TASKS_MAX];
    int status[TASKS_MAX];
    unsigned times[TASKS_MAX], count;
    size_t told[TASKS_MAX];
    bool whole;
    volatile sig_atomic_t stop;
};

static struct bytes tell_much(void *context, uint64_t task, unsigned round, FILE *said)
{
    static uint8_t room[LARGE];
    (void)context;
    (void)said;
    memset(room, (int)(task + round), sizeof room);
    return bytes_of(room, task == 3 ? LARGE : task);
}

static struct bytes some_end_badly(void *context, uint64_t task, unsigned round, FILE *said)
{
    if (task == 1) {
        abort();
    }
    if (task == 2) {
        _exit(7);
    }
    if (task == 4) {
        for (;;) {
            (void)pause();
        }
    }
    return tell_much(context, task, round, said);
}

static void see(struct seen *seen, const struct work_end *end)
{
    seen->outcome[end->task] = end->outcome;
    seen->status[end->task] = end->status;
    seen->told[end->task] = end->told.size;
    seen->times[end->task]++;
    seen->count++;
    for (size_t i = 0; i < end->told.size; i++) {
        seen->whole = seen->whole && end->told.data[i] == (uint8_t)(end->task + end->round);
    }
}

static enum work_next go_on(void *context, const struct work_end *end)
{
    see(context, end);
    return WORK_ON;
}

static enum work_next fives_again(void *context, const struct work_end *end)
{
    see(context, end);
    return end->task % 5 == 0 && end->round < 2 ? WORK_AGAIN : WORK_ON;
}

static enum work_next stop_at_once(void *context, const struct work_end *end)
{
    see(context, end);
    return WORK_STOP;
}

static enum work_next interrupt(void *context, const struct work_end *end)
{
    struct seen *seen = context;
    see(seen, end);
    seen->stop = 1;
    return WORK_ON;
}

static void nothing(void *context)
{
    (void)context;
}

static struct seen run(struct bytes (*work)(void *, uint64_t, unsigned, FILE *),
                       enum work_next (*ended)(void *, const struct work_end *), uint64_t last, unsigned jobs,
                       size_t told_max)
{
    struct seen seen = {.whole = true};
    struct error error = {.text = ""};
    const struct workers_options options = {.first = 0,
                                            .last = last,
                                            .jobs = jobs,
                                            .told_bytes_max = told_max,
                                            .cpu_seconds_max = 20,
                                            .wall_ms_max = 1000,
                                            .memory_bytes_max = UINT64_C(1) << 40,
                                            .stop = &seen.stop,
                                            .context = &seen,
                                            .work = work,
                                            .ended = ended,
                                            .look = nothing};
    assert_true(workers_run(&options, &error));
    return seen;
}

static void each_task_is_done_once_and_tells_all(void **state)
{
    (void)state;
    for (unsigned jobs = 1; jobs <= 4; jobs += 3) {
        struct seen seen = run(tell_much, go_on, 20, jobs, LARGE);
        assert_int_equal(seen.count, 21);
        assert_true(seen.whole);
        for (size_t i = 0; i <= 20; i++) {
            assert_int_equal(seen.times[i], 1);
            assert_int_equal(seen.outcome[i], WORK_TOLD);
            assert_int_equal(seen.told[i], i == 3 ? LARGE : i);
        }
    }
}

static void a_task_may_be_done_again(void **state)
{
    (void)state;
    struct seen seen = run(tell_much, fives_again, 11, 3, LARGE);
    assert_int_equal(seen.count, 12 + 3 * 2);
    assert_int_equal(seen.times[10], 3);
    assert_int_equal(seen.told[10], 10); /* of the last time alone */
    assert_true(seen.whole);
}

static void what_goes_wrong_goes_wrong_alone(void **state)
{
    (void)state;
    struct seen seen = run(some_end_badly, go_on, 6, 7, LARGE - 1);
    assert_int_equal(seen.outcome[0], WORK_TOLD);
    assert_int_equal(seen.outcome[1], WORK_KILLED);
    assert_int_equal(seen.status[1], SIGABRT);
    assert_int_equal(seen.outcome[2], WORK_LEFT);
    assert_int_equal(seen.status[2], 7);
    assert_int_equal(seen.outcome[3], WORK_LEFT); /* it tells one byte more than it may */
    assert_int_equal(seen.outcome[4], WORK_HUNG);
    assert_int_equal(seen.outcome[6], WORK_TOLD);
}

static void it_stops_when_told_to(void **state)
{
    (void)state;
    struct seen seen = run(tell_much, stop_at_once, 60, 2, LARGE);
    assert_in_range(seen.count, 1, 2); /* what was under way */
    seen = run(tell_much, interrupt, 60, 1, LARGE);
    assert_int_equal(seen.count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_task_is_done_once_and_tells_all),
        cmocka_unit_test(a_task_may_be_done_again),
        cmocka_unit_test(what_goes_wrong_goes_wrong_alone),
        cmocka_unit_test(it_stops_when_told_to),
    };
    return cmocka_run_group_tests_name("workers", tests, NULL, NULL);
}
