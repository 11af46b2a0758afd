/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <stdio.h>

#include "nodes/cli/network.h"

#define READY_MS     15000
#define CONNECTED_MS 3000 /* a node without its link serves all the same: it is only waited for */
#define STOP_MS      5000

static const struct option_spec options[] = {
    {"detach", NULL, false, N_("return once everybody serves; end them with: comity network down DIR")},
    {0},
};

/* Ends a member and says so if it cannot be ended. */
static bool stop_member(const struct cli *cli, const struct network_member *member)
{
    struct error error = {.text = "", .words = cli->words};
    bool stopped = network_stop(member, STOP_MS, &error);
    if (!stopped) {
        (void)fflush(stdout);
        (void)fprintf(stderr, "comity network up: %s; %s\n", error.text, say(cli->words, "end it by hand"));
    }
    return stopped;
}

/* Nodes first, the broker last. */
static bool stop_all(const struct cli *cli, const struct network_member *members, size_t count)
{
    bool all = true;
    for (size_t i = count; i-- > 0;) {
        all = stop_member(cli, &members[i]) && all;
    }
    return all;
}

static json_t *describe(const struct network_member *members, size_t count)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        (void)json_array_append_new(list, json_pack("{s:s,s:i,s:s}", "name", members[i].name, "pid",
                                                    (int)members[i].pid, "log", members[i].log));
    }
    return json_pack("{s:o}", "running", list);
}

/* Starts members first .. end - 1 that do not run, then waits for each. started says whom to end again on failure. */
static bool start_some(struct cli *cli, struct network_member *members, size_t first, size_t end,
                       bool *started, struct error *error)
{
    for (size_t i = first; i < end; i++) {
        if (members[i].pid == 0) {
            started[i] = network_start(cli, &members[i], &members[i].pid, error);
            if (!started[i]) {
                return false;
            }
        }
    }
    for (size_t i = first; i < end; i++) {
        if (started[i] && !network_wait_ready(cli, &members[i], members[i].pid, READY_MS, error)) {
            return false;
        }
        if (started[i] && !cli->json) {
            cli_print(cli, "%-12s serves, process %ld\n", members[i].name, (long)members[i].pid);
        }
    }
    return true;
}

/* The broker first, so that no node has to knock twice. On failure those started here are ended again. */
static bool start_all(struct cli *cli, struct network_member *members, size_t count, struct error *error)
{
    bool *started = arena_zero(cli->arena, count, sizeof *started);
    if (started == NULL) {
        error_set(error, "no memory");
        return false;
    }
    bool good =
        start_some(cli, members, 0, 1, started, error) && start_some(cli, members, 1, count, started, error);
    if (good) {
        network_wait_connected(cli, members, count, CONNECTED_MS);
    }
    for (size_t i = count; !good && i-- > 0;) {
        if (started[i] && !stop_member(cli, &members[i])) {
            return false;
        }
    }
    return good;
}

/* Blocks INT, TERM and HUP (the terminal was closed) before anything is started, so that none is lost; the daemons unblock their own. */
static void hold_signals(sigset_t *set)
{
    (void)sigemptyset(set);
    (void)sigaddset(set, SIGINT);
    (void)sigaddset(set, SIGTERM);
    (void)sigaddset(set, SIGHUP);
    (void)sigprocmask(SIG_BLOCK, set, NULL);
}

static int run(struct cli *cli, const struct arguments *arguments)
{
    const char *directory = arguments->words[0];
    bool detach = argument_given(arguments, "detach");
    struct network_member *members = NULL;
    size_t count = 0;
    struct error error = {.text = "", .words = cli->words};
    sigset_t signals;
    if (!network_members(cli, directory, &members, &count)) {
        return EXIT_REFUSED;
    }
    if (!detach) {
        hold_signals(&signals);
    }
    if (!start_all(cli, members, count, &error)) {
        return cli_fail(cli, EXIT_REFUSED, "read the logs in its directory", "%s", error.text);
    }
    if (cli->json) {
        (void)cli_print_json(cli, describe(members, count));
    }
    if (detach) {
        return EXIT_DONE;
    }
    if (!cli->json) {
        cli_print(cli,
                  "running; end it with Ctrl-C\n"
                  "in another terminal: comity -C %s inbox\n",
                  members[1].path);
    }
    (void)fflush(stdout);
    int signal = 0;
    (void)sigwait(&signals, &signal);
    return stop_all(cli, members, count) ? EXIT_DONE : EXIT_REFUSED;
}

const struct subcommand cmd_network_up = {
    .name = "network up",
    .group = N_("Network"),
    .synopsis = "DIR [--detach]",
    .does = N_("start the broker and every node of a network"),
    .help = N_("Starts who is not running yet and waits until each serves. Logs go to DIR/broker/log, "
               "DIR/XA-poc/log, ...\n"
               "Without --detach it stays in the foreground and ends them all on Ctrl-C. Example:\n"
               "  comity network up /tmp/net --detach"),
    .options = options,
    .words_min = 1,
    .words_max = 1,
    .run = run,
};
