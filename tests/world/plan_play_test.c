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

static void a_lie_is_answered_as_the_plan_says(void **state)
{
    (void)state;
    assert_verdict(PARTIES "XC/poc lies with padding to XA/poc\n" QUIET "expect E_PADDING of the last lie\n",
                   NULL, NULL);
    assert_verdict(PARTIES "XC/poc lies with padding to XA/poc\n" QUIET "expect E_BODY of the last lie\n",
                   "PLAN", "t.plan:4: the last lie was refused with E_PADDING");
    assert_verdict(PARTIES "XC/poc lies with padding to XA/poc\nexpect E_PADDING of the last lie\n", "PLAN",
                   "t.plan:3: the last lie was not refused");
}

static void nothing_is_seen_only_at_a_member_that_is_there(void **state)
{
    (void)state;
    assert_verdict(PARTIES REQUEST QUIET "expect XB/poc sees theft dues[0].item nothing\n", "PLAN",
                   "t.plan:4: a case as XB/poc shows it has no dues at dues[0].item");
    assert_verdict(PARTIES REQUEST QUIET "expect XB/poc sees theft items[0].heldUntil nothing\n", "PLAN",
                   "t.plan:4: a case as XB/poc shows it has no heldUntil at items[0].heldUntil");
    assert_verdict(PARTIES REQUEST QUIET "expect XB/poc sees theft asks[0].asq nothing\n", "PLAN",
                   "t.plan:4: a case as XB/poc shows it has no asq at asks[0].asq");
    assert_verdict(PARTIES REQUEST QUIET "expect XB/poc sees theft items[0].held_until nothing\n"
                                         "expect XB/poc sees theft items[7] nothing\n"
                                         "expect XB/poc sees theft asks nothing\n",
                   NULL, NULL);
}

static void a_refused_letter_is_expected_or_fails(void **state)
{
    (void)state;
    assert_verdict(PARTIES REQUEST QUIET "XA/poc writes held in theft\n" QUIET END, "PLAN",
                   "t.plan:4: it was answered 422 INCOMPLETE, which no line expects");
    assert_verdict(PARTIES REQUEST QUIET
                   "XA/poc writes held in theft\nexpect 422 of the last write\n" QUIET END,
                   NULL, NULL);
    assert_verdict(PARTIES REQUEST QUIET "crash XB/poc losing nothing\nXB/poc writes status in theft\n"
                                         "start XB/poc\n" QUIET END,
                   NULL, NULL); /* whoever is down says nothing */
}

static void a_moment_that_never_comes_fails(void **state)
{
    (void)state;
    assert_verdict(PARTIES QUIET "crash XC/poc after its commit losing nothing\n" END, "PLAN",
                   "t.plan:3: that never came: crash XC/poc after its commit losing nothing");
    assert_verdict(
        PARTIES QUIET "crash XC/poc half spoken losing nothing\n"
                      "crash XC/poc before its commit losing nothing\n" END,
        "PLAN", "t.plan:3: that did not come before line 4: crash XC/poc before its commit losing nothing");
    assert_verdict(PARTIES QUIET "fault cut_after_commit at XC/poc\n" END, "PLAN",
                   "t.plan:3: that never came: fault cut_after_commit at XC/poc");
    assert_verdict(PARTIES QUIET "crash XA/poc after its commit losing nothing\n" REQUEST
                                 "wait 1 second\nexpect XA/poc is down\nstart XA/poc\n" QUIET END,
                   NULL, NULL);
}

static void a_disk_fault_that_strikes_nothing_fails(void **state)
{
    static const char *const faults[] = {"torn_write", "cut_in_write", "no_space",
                                         "eio_read",   "eio_write",    "eio_sync"};
    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        char text[200], wanted[100];
        (void)snprintf(text, sizeof text, PARTIES QUIET "fault %s at XC/poc\n" END, faults[i]);
        (void)snprintf(wanted, sizeof wanted, "t.plan:3: that never came: fault %s at XC/poc", faults[i]);
        assert_verdict(text, "PLAN", wanted);
    }
    assert_verdict(PARTIES QUIET "fault torn_write at XB/poc\n" REQUEST "wait 2 days\n" QUIET END, NULL,
                   NULL);
}

static struct bytes file_of(const char *name)
{
    static char text[PLAN_BYTES_MAX];
    char path[512];
    const char *top = getenv("COMITY_TOP");
    (void)snprintf(path, sizeof path, "%s/tests/world/%s", top == NULL ? "." : top, name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t size = fread(text, 1, sizeof text, file);
    (void)fclose(file);
    return bytes_of(text, size);
}

/* A second cut in the same instant finds nothing to decide about. In the middle of a write there is. */
static void torn_plan_tears_at_each_of_the_three(void **state)
{
    struct history_result result;
    (void)state;
    play(bytes_of_text(PARTIES QUIET
                       "fault power_cut at XA/poc\nfault power_cut at XA/poc\nwait 5 minutes\n" END),
         &result);
    assert_true(result.ok);
    assert_int_equal(result.coverage.power_cuts, 2);
    assert_true(result.coverage.unsafe_cuts <= 1);
    play(file_of("torn.plan"), &result);
    assert_string_equal(result.ok ? "" : result.verdict.text, "");
    assert_int_equal(result.coverage.power_cuts, 3);
    assert_int_equal(result.coverage.unsafe_cuts, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_is_down_knows_neither_much_nor_nothing),
        cmocka_unit_test(a_lie_is_answered_as_the_plan_says),
        cmocka_unit_test(nothing_is_seen_only_at_a_member_that_is_there),
        cmocka_unit_test(a_refused_letter_is_expected_or_fails),
        cmocka_unit_test(a_moment_that_never_comes_fails),
        cmocka_unit_test(a_disk_fault_that_strikes_nothing_fails),
        cmocka_unit_test(torn_plan_tears_at_each_of_the_three),
    };
    return cmocka_run_group_tests_name("plans played", tests, NULL, NULL);
}
