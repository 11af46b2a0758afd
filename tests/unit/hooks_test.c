/* SPDX-License-Identifier: Apache-2.0 */
/* The hook program: told once, tried again, ended when it hangs, and never waited for. */
/* cmocka.h wants the four before it. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/daemon/host.h"
#include "nodes/daemon/hooks.h"

#define ONE "{\"party\":\"XB/poc\",\"alarms\":[{\"alarm\":4,\"what\":\"look\"}]}"
#define TWO                                                                                                  \
    "{\"party\":\"XB/poc\",\"alarms\":[{\"alarm\":4,\"what\":\"look\"},{\"alarm\":9,\"what\":\"decide\"}]}"

static char folder[32], program[64], told[64];

static int set_up(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof folder, "/tmp/hooks-test-XXXXXX");
    if (mkdtemp(folder) == NULL) {
        return -1;
    }
    (void)snprintf(program, sizeof program, "%s/hook", folder);
    (void)snprintf(told, sizeof told, "%s/told", folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    (void)unlink(program);
    (void)unlink(told);
    return rmdir(folder);
}

static void write_program(const char *text)
{
    FILE *file = fopen(program, "w");
    assert_non_null(file);
    (void)fprintf(file, "#!/bin/sh\n%s\n", text);
    (void)fclose(file);
    assert_int_equal(chmod(program, 0700), 0);
}

static struct hooks *open_with(const char *text, const char *alarms)
{
    struct error error = {.text = ""};
    write_program(text);
    struct hooks *hooks = hooks_new(program, &error);
    assert_non_null(hooks);
    assert_true(hooks_want(hooks, 0)); /* of alarms from before this process */
    hooks_give(hooks, 2, alarms, strlen(alarms));
    assert_false(hooks_want(hooks, 2));
    return hooks;
}

static void wait_for_end(const struct hooks *hooks)
{
    struct pollfd end = {.fd = hooks_poll_fd(hooks), .events = POLLIN};
    assert_true(end.fd >= 0);
    assert_int_equal(poll(&end, 1, 10000), 1);
}

static const char *read_told(char room[512])
{
    FILE *file = fopen(told, "r");
    size_t size = file == NULL ? 0 : fread(room, 1, 511, file);
    room[size] = '\0';
    if (file != NULL) {
        (void)fclose(file);
    }
    return room;
}

/* The pipe ends a moment before the process can be waited for. */
static bool result(struct hooks *hooks, mono_ms now, uint64_t *ret_alarm, bool *ret_told)
{
    for (unsigned i = 0; i < 5000; i++) {
        hooks_run(hooks, now);
        if (hooks_result(hooks, ret_alarm, ret_told)) {
            return true;
        }
        (void)poll(NULL, 0, 1);
    }
    return false;
}

static void each_alarm_is_told_once_in_order(void **state)
{
    (void)state;
    char command[128], room[512];
    uint64_t alarm = 0;
    bool is_told = false;
    mono_ms now = {1000};
    (void)snprintf(command, sizeof command, "cat >> %s", told);
    struct hooks *hooks = open_with(command, TWO);
    assert_int_equal(hooks_deadline(hooks).ms, 0);
    hooks_run(hooks, now);
    wait_for_end(hooks);
    assert_true(result(hooks, now, &alarm, &is_told));
    assert_int_equal(alarm, 4);
    assert_true(is_told);
    hooks_run(hooks, now);
    wait_for_end(hooks);
    assert_true(result(hooks, now, &alarm, &is_told));
    assert_int_equal(alarm, 9);
    assert_false(hooks_result(hooks, &alarm, &is_told));
    assert_string_equal(read_told(room), "{\"alarm\":4,\"what\":\"look\",\"party\":\"XB/poc\"}\n"
                                         "{\"alarm\":9,\"what\":\"decide\",\"party\":\"XB/poc\"}\n");
    assert_int_equal(hooks_deadline(hooks).ms, UINT64_MAX);
    assert_false(hooks_want(hooks, 2));
    assert_true(hooks_want(hooks, 3));
    hooks_free(hooks);
}

static void what_is_old_is_given_up_and_said_to_be(void **state)
{
    (void)state;
    char command[128], room[512];
    uint64_t alarm = 0;
    bool is_told = true;
    mono_ms now = {1000};
    (void)snprintf(command, sizeof command, "cat >> %s", told);
    struct hooks *hooks = open_with(command, "{\"party\":\"XB/poc\",\"alarms\":[{\"alarm\":3,\"old\":true},"
                                             "{\"alarm\":4,\"what\":\"look\"}]}");
    assert_true(hooks_result(hooks, &alarm, &is_told));
    assert_int_equal(alarm, 3);
    assert_false(is_told);
    assert_true(result(hooks, now, &alarm, &is_told));
    assert_int_equal(alarm, 4);
    assert_true(is_told);
    assert_string_equal(read_told(room), "{\"alarm\":4,\"what\":\"look\",\"party\":\"XB/poc\"}\n");
    hooks_free(hooks);
}

/* Runs until one try has ended. */
static void fail_once(struct hooks *hooks, mono_ms now, uint64_t want)
{
    uint64_t alarm = 0;
    bool is_told = true;
    assert_true(result(hooks, now, &alarm, &is_told));
    assert_int_equal(alarm, want);
    assert_false(is_told);
}

static void one_that_fails_is_tried_for_as_long_as_the_node_names_it(void **state)
{
    (void)state;
    mono_ms now = {1000};
    uint64_t pause = MS_PER_SECOND;
    struct hooks *hooks = open_with("exit 1", ONE);
    for (unsigned i = 0; i < 12; i++) {
        fail_once(hooks, now, 4);
        assert_int_equal(hooks_deadline(hooks).ms, now.ms + pause);
        pause = 4 * pause < HOOK_PAUSE_MAX_MS ? 4 * pause : HOOK_PAUSE_MAX_MS;
        assert_true(hooks_want(hooks, 2)); /* is it still worth telling? */
        hooks_give(hooks, 2, ONE, strlen(ONE));
        now = hooks_deadline(hooks);
    }
    hooks_give(hooks, 2, "{\"alarms\":[]}", strlen("{\"alarms\":[]}"));
    assert_int_equal(hooks_deadline(hooks).ms, UINT64_MAX);
    hooks_free(hooks);
}

static void what_is_new_does_not_wait_for_what_failed(void **state)
{
    (void)state;
    mono_ms now = {1000};
    struct hooks *hooks = open_with("exit 1", ONE);
    fail_once(hooks, now, 4);
    hooks_give(hooks, 3, TWO, strlen(TWO)); /* 4 and 9 */
    fail_once(hooks, now, 9);
    hooks_run(hooks, now);
    assert_int_equal(hooks_poll_fd(hooks), -1); /* both wait now */
    assert_int_equal(hooks_deadline(hooks).ms, now.ms + MS_PER_SECOND);
    hooks_free(hooks);
}

static void one_that_hangs_is_ended(void **state)
{
    (void)state;
    mono_ms now = {1000};
    struct hooks *hooks = open_with("sleep 600 & sleep 600", ONE);
    hooks_run(hooks, now);
    assert_int_equal(hooks_deadline(hooks).ms, now.ms + HOOK_TIME_MS);
    hooks_run(hooks, (mono_ms){now.ms + HOOK_TIME_MS - 1});
    struct pollfd end = {.fd = hooks_poll_fd(hooks), .events = POLLIN};
    assert_int_equal(poll(&end, 1, 0), 0); /* it runs */
    int watched = dup(end.fd);
    hooks_run(hooks, (mono_ms){now.ms + HOOK_TIME_MS});
    assert_int_equal(hooks_poll_fd(hooks), -1);
    end.fd = watched;
    assert_int_equal(poll(&end, 1, 10000), 1); /* its children, too */
    (void)close(watched);
    hooks_free(hooks);
}

/* In a group that is not its own: nothing but its own end ends it. */
static void one_that_left_its_group_is_ended_and_not_waited_for(void **state)
{
    (void)state;
    char command[160], room[512];
    mono_ms now = {1000};
    (void)snprintf(command, sizeof command,
                   "exec perl -e 'setpgrp(0, getpgrp(getppid())); open(F, \">%s\"); print F \"x\"; close(F); "
                   "sleep 600'",
                   told);
    struct hooks *hooks = open_with(command, ONE);
    hooks_run(hooks, now);
    int watched = dup(hooks_poll_fd(hooks));
    for (unsigned wait = 0; wait < 10000 && strcmp(read_told(room), "x") != 0; wait++) {
        (void)poll(NULL, 0, 1);
    }
    assert_string_equal(read_told(room), "x");
    (void)alarm(20); /* else it would be waited for until the end of the test */
    hooks_run(hooks, (mono_ms){now.ms + HOOK_TIME_MS});
    (void)alarm(0);
    struct pollfd end = {.fd = watched, .events = POLLIN};
    assert_int_equal(poll(&end, 1, 10000), 1);
    (void)close(watched);
    hooks_free(hooks);
}

static void what_is_no_program_is_refused(void **state)
{
    (void)state;
    struct error error = {.text = ""};
    assert_null(hooks_new("mail", &error));
    assert_non_null(strstr(error.text, "absolute path"));
    assert_null(hooks_new("/nonexistent/hook", &error));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(each_alarm_is_told_once_in_order),
        TEST(one_that_fails_is_tried_for_as_long_as_the_node_names_it),
        TEST(what_is_new_does_not_wait_for_what_failed),
        TEST(what_is_old_is_given_up_and_said_to_be),
        TEST(one_that_hangs_is_ended),
        TEST(one_that_left_its_group_is_ended_and_not_waited_for),
        TEST(what_is_no_program_is_refused),
    };
    return cmocka_run_group_tests_name("hooks", tests, NULL, NULL);
}
