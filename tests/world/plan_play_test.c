/* SPDX-License-Identifier: Apache-2.0 */
/* A plan that is played says so when what it tells did not come about: nothing that it expects holds by itself. */
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
#include "drills/play/plan.h"

#define PARTIES "parties XA/poc XB/poc XC/poc\n"
#define REQUEST "XA/poc writes request to XB/poc as theft\n"
#define QUIET   "wait until quiet\n"
#define END     "expect hub is up\n"

static void write_result(struct bytes text, int to)
{
    struct history_result result;
    struct plan *plan = NULL;
    struct error error = {.text = ""};
    if (!plan_read(text, "t.plan", &plan, &error)) {
        (void)fprintf(stderr, "%s\n", error.text);
        _exit(1);
    }
    history_play(&(struct history_options){.seed = 1, .plan = plan}, &result);
    plan_free(plan);
    _exit(write(to, &result, sizeof result) == (ssize_t)sizeof result ? 0 : 1);
}

/* SQLite's generator is the process's: each history has a process of its own. */
static void play(struct bytes text, struct history_result *ret)
{
    int ends[2];
    int status = 0;
    size_t got = 0;
    ssize_t n = 1;
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        write_result(text, ends[1]);
    }
    (void)close(ends[1]);
    while (n > 0 && got < sizeof *ret) {
        n = read(ends[0], (uint8_t *)ret + got, sizeof *ret - got);
        got += n > 0 ? (size_t)n : 0;
    }
    (void)close(ends[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(got, sizeof *ret);
}

/* wanted NULL: every promise was kept, and the plan held. */
static void assert_verdict(const char *text, const char *invariant, const char *wanted)
{
    struct history_result result;
    play(bytes_of_text(text), &result);
    if (wanted == NULL) {
        assert_string_equal(result.ok ? "" : result.verdict.text, "");
        return;
    }
    assert_false(result.ok);
    assert_string_equal(result.verdict.text, wanted);
    assert_string_equal(result.verdict.invariant, invariant);
}

static void who_is_down_knows_neither_much_nor_nothing(void **state)
{
    (void)state;
    assert_verdict(PARTIES REQUEST QUIET "expect XC/poc knows nothing of theft\n", NULL, NULL);
    assert_verdict(PARTIES REQUEST QUIET "expect XB/poc knows nothing of theft\n", "PLAN",
                   "t.plan:4: XB/poc knows of theft");
    assert_verdict(PARTIES REQUEST QUIET
                   "crash XC/poc losing nothing\nexpect XC/poc knows nothing of theft\n",
                   "PLAN", "t.plan:5: XC/poc does not say whether it knows theft: it is down");
    assert_verdict(PARTIES REQUEST QUIET "crash XB/poc losing nothing\nexpect both see the same of theft\n",
                   "PLAN", "t.plan:5: XB/poc does not show theft: it is down");
    assert_verdict(PARTIES REQUEST QUIET "expect XC/poc sees theft state REQUESTED\n", "PLAN",
                   "t.plan:4: XC/poc does not know theft");
}

static void nothing_is_seen_only_at_a_member_that_is_there(void **state)
{
    (void)state;
    assert_verdict(PARTIES REQUEST QUIET "expect XB/poc sees theft dues[0].item nothing\n", "PLAN",
                   "t.plan:4: a case as XB/poc shows it has no dues at dues[0].item");
    assert_verdict(PARTIES REQUEST QUIET "expect XB/poc sees theft items[0].heldUntil nothing\n", "PLAN",
                   "t.plan:4: a case as XB/poc shows it has no heldUntil at items[0].heldUntil");
    assert_verdict(PARTIES REQUEST QUIET "expect XB/poc sees theft asks[0].aks nothing\n", "PLAN",
                   "t.plan:4: a case as XB/poc shows it has no aks at asks[0].aks");
    assert_verdict(PARTIES REQUEST QUIET "expect XB/poc sees theft items[0].held_until nothing\n"
                                         "expect XB/poc sees theft items[7] nothing\n"
                                         "expect XB/poc sees theft asks nothing\n",
                   NULL, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_is_down_knows_neither_much_nor_nothing),
        cmocka_unit_test(nothing_is_seen_only_at_a_member_that_is_there),
    };
    return cmocka_run_group_tests_name("plans played", tests, NULL, NULL);
}
