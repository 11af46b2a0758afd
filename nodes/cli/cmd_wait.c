/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/daemon/host.h"
#include "nodes/cli/client.h"
#include "nodes/cli/subcommands.h"
#include "nodes/cli/when.h"

#define LOOK_EVERY_MS     100
#define TIMEOUT_MS        60000
#define PROGRESS_EVERY_MS 1000

static const struct option_spec options[] = {
    {"state", "STATE", false, N_("SENT REQUESTED ACKNOWLEDGED ORDERED HELD HELD_OPEN CLOSED")},
    {"timeout", "SPAN", false, N_("how long to wait, such as 30s, 5m or 2h; default 60s")},
    {NULL, NULL, false, NULL},
};

/* In the order in which a case comes through them; CLOSED lies on no path: a case may be closed without having been held. */
static const char *const states[] = {"SENT", "REQUESTED", "ACKNOWLEDGED", "ORDERED",
                                     "HELD", "HELD_OPEN", "CLOSED",       NULL};
#define CLOSED   6
#define NOT_HERE SIZE_MAX

static size_t state_number(const char *name)
{
    size_t number = 0;
    while (states[number] != NULL && (name == NULL || strcmp(states[number], name) != 0)) {
        number++;
    }
    return number;
}

static bool is_reached(size_t number, size_t wanted)
{
    return number == wanted || (wanted < CLOSED && number < CLOSED && number > wanted);
}

struct waiting {
    struct client client;
    const struct cli *cli;
    const char *name;
    size_t wanted, seen; /* NOT_HERE: no such case yet */
    mono_ms started, told;
    uint64_t timeout_ms;
};

static const char *seen_name(const struct waiting *w)
{
    return w->seen == NOT_HERE ? say(w->cli->words, N_("not here yet")) : states[w->seen];
}

static void pause_before_next_look(void)
{
    struct timespec span = {.tv_nsec = LOOK_EVERY_MS * 1000000L};
    (void)nanosleep(&span, NULL);
}

static void tell_progress(struct waiting *w, mono_ms now)
{
    if (w->cli->terminal && !w->cli->json && now.ms >= w->told.ms + PROGRESS_EVERY_MS) {
        (void)fprintf(stderr, "\r%-40s\r%s, %llu s", "", seen_name(w),
                      (unsigned long long)((now.ms - w->started.ms) / MS_PER_SECOND));
        w->told = now;
    }
}

static void end_progress(const struct waiting *w)
{
    if (w->told.ms != w->started.ms) {
        (void)fputc('\n', stderr);
    }
}

static int timed_out(const struct waiting *w)
{
    const char *next = cli_text(w->cli, "see: comity why %s", w->name);
    return w->seen == NOT_HERE ? cli_fail(w->cli, EXIT_REFUSED, "see: comity inbox --all",
                                          "there is no case %s here yet", w->name)
                               : cli_fail(w->cli, EXIT_REFUSED, next, "case %s stands at %s, not at %s",
                                          w->name, states[w->seen], states[w->wanted]);
}

static int say_reached(const struct waiting *w)
{
    if (w->cli->json) {
        return cli_print_json(w->cli, json_pack("{s:s, s:s}", "case", w->name, "state", states[w->seen]));
    }
    (void)printf("%s\n", states[w->seen]);
    return EXIT_DONE;
}

/* One look; the first one has to be answered. *ret_answered: by anybody. An exit code, told when it is not EXIT_DONE. */
static int look_once(struct waiting *w, const char *path, bool must, bool *ret_answered)
{
    unsigned status = 0;
    json_t *answer = NULL;
    if (must) {
        int code = client_call(&w->client, "GET", path, NULL, false, &status, &answer);
        if (code != EXIT_DONE) {
            return code;
        }
    } else {
        answer = client_glance(&w->client, path, &status);
    }
    *ret_answered = answer != NULL;
    if (answer != NULL && status != 200 && status != 404) {
        end_progress(w);
        return client_refused(w->cli, status, answer);
    }
    if (answer != NULL && status == 200) {
        size_t number = state_number(json_string_value(json_object_get(answer, "state")));
        w->seen = states[number] == NULL ? NOT_HERE : number;
    }
    json_decref(answer);
    return EXIT_DONE;
}

/*
 * Looks until the state is reached. A node that does not answer in between restarts, and a case that is not here is on its
 * way: both are waited for.
 */
static int wait_for(struct waiting *w, const char *path)
{
    bool answered = false;
    int code = look_once(w, path, true, &answered);
    while (code == EXIT_DONE && !(w->seen != NOT_HERE && is_reached(w->seen, w->wanted))) {
        mono_ms now = host_mono();
        if (w->seen == CLOSED || now.ms - w->started.ms >= w->timeout_ms) { /* what is closed stays so */
            end_progress(w);
            code = answered ? EXIT_DONE : look_once(w, path, true, &answered);
            return code == EXIT_DONE ? timed_out(w) : code;
        }
        tell_progress(w, now);
        pause_before_next_look();
        code = look_once(w, path, false, &answered);
    }
    if (code != EXIT_DONE) {
        return code;
    }
    end_progress(w);
    return say_reached(w);
}

static int run(struct cli *cli, const struct arguments *arguments)
{
    struct waiting w = {.cli = cli, .name = arguments->words[0], .seen = NOT_HERE, .timeout_ms = TIMEOUT_MS};
    const char *state = argument_value(arguments, "state");
    const char *timeout = argument_value(arguments, "timeout");
    if (state == NULL) {
        return cli_usage(cli, arguments, "--state is missing");
    }
    w.wanted = state_number(state);
    if (states[w.wanted] == NULL) {
        return cli_usage(cli, arguments,
                         "--state is one of SENT REQUESTED ACKNOWLEDGED ORDERED HELD HELD_OPEN CLOSED");
    }
    if (timeout != NULL && !when_read_span(timeout, &w.timeout_ms)) {
        return cli_usage(cli, arguments, "--timeout is a span such as 30s, 5m or 2h");
    }
    w.started = w.told = host_mono();
    int code = client_open(&w.client, cli);
    const char *path = code == EXIT_DONE ? client_path(&w.client, "/v1/cases/", w.name) : NULL;
    if (code == EXIT_DONE) {
        code = path == NULL ? cli_fail(cli, EXIT_REFUSED, "", "no memory") : wait_for(&w, path);
    }
    client_close(&w.client);
    return code;
}

const struct subcommand cmd_wait = {
    .name = "wait",
    .group = N_("Cases"),
    .synopsis = "CASE --state STATE [--timeout SPAN]",
    .does = N_("wait until a case has come to a state, or past it"),
    .help =
        N_("Exit code 0 when it is reached, 1 when the time is over. CLOSED counts only as itself. Example:\n"
           "  comity wait 3f2a --state ACKNOWLEDGED --timeout 30s"),
    .options = options,
    .words_min = 1,
    .words_max = 1,
    .needs_directory = true,
    .run = run,
};
