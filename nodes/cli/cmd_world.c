/* SPDX-License-Identifier: Apache-2.0 */
/* Worlds are played by a program of their own, comity-drill, which reads what follows "world" (docs/decisions/0017). */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "nodes/cli/subcommands.h"

#define PROGRAM "comity-drill"

static bool has_json(const struct arguments *arguments)
{
    for (size_t i = 0; i < arguments->rest_count; i++) {
        if (strcmp(arguments->rest[i], "--json") == 0) {
            return true;
        }
    }
    return false;
}

static int run(struct cli *cli, const struct arguments *arguments)
{
    const char *path = cli_program_beside(cli, PROGRAM);
    char **words = arena_zero(cli->arena, arguments->rest_count + 4, sizeof *words);
    size_t count = 0;
    if (words == NULL) {
        return cli_fail(cli, EXIT_REFUSED, NULL, "no memory");
    }
    words[count++] = (char *)(uintptr_t)PROGRAM;
    words[count++] = (char *)(uintptr_t) "world";
    if (cli->json && !has_json(arguments)) { /* it stood before "world" */
        words[count++] = (char *)(uintptr_t) "--json";
    }
    for (size_t i = 0; i < arguments->rest_count; i++) {
        words[count++] = (char *)(uintptr_t)arguments->rest[i];
    }
    (void)fflush(stdout);
    (void)execvp(path, words);
    return cli_fail(cli, EXIT_REFUSED, "install it beside comity, or build it: make",
                    "the program %s that plays worlds cannot be started: %s", PROGRAM, strerror(errno));
}

static const char *const members[] = {"run", "swarm", "replay", "record-key", NULL};

const struct subcommand cmd_world = {
    .name = "world",
    .group = N_("Worlds"),
    .synopsis = "run|swarm|replay|record-key ...",
    .does = N_("play histories with faults in a simulated network: run, swarm, replay"),
    .help = N_("The same broker and nodes as in the daemons, on a simulated clock, network and disk.\n"
               "Help on each: comity world run --help. Examples:\n"
               "  comity world run --seed 7 --trace\n"
               "  comity world swarm --seeds 1..1000"),
    .members = members,
    .run = run,
};
