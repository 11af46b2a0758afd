/* SPDX-License-Identifier: Apache-2.0 */
/* Driver of the record tests until the program of drills/cli is merged, whose table takes these two in. */
#include <stdio.h>
#include <unistd.h>

#include "base/daemon/host.h"
#include "drills/cli/recording.h"
#include "nodes/cli/help.h"
#include "nodes/cli/options.h"

const struct subcommand *const subcommands[] = {&cmd_world_replay, &cmd_world_record_key, NULL};

int main(int argc, char **argv)
{
    struct error error = {.text = ""};
    struct arguments arguments;
    struct options_result result;
    struct cli cli = {.command = "", .arena = arena_new((size_t)64 * 1024 * 1024)};
    if (cli.arena == NULL || !host_harden(&error)) {
        return EXIT_REFUSED;
    }
    int code = EXIT_USAGE;
    switch (options_read(argc, (const char *const *)argv, subcommands, &cli, &arguments, &result)) {
    case OPTIONS_RUN:
        code = arguments.subcommand->run(&cli, &arguments);
        break;
    case OPTIONS_BAD:
        (void)fprintf(stderr, "comity: %s; %s\n", result.fault, result.next == NULL ? "" : result.next);
        break;
    case OPTIONS_HELP:
        help_one(stdout, arguments.subcommand);
        code = EXIT_DONE;
        break;
    case OPTIONS_NOTHING:
    case OPTIONS_VERSION:
        break;
    }
    arena_free(cli.arena);
    return code;
}
