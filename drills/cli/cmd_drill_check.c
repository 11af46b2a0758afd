/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a scenario and says what it understood, or all that is wrong. */
#include "drills/cli/scenario_arguments.h"
#include "drills/cli/scenario_print.h"
#include "drills/cli/subcommands.h"

static const struct option_spec options[] = {
    {"set", "NAME=VALUE", true, "a parameter, or a path of keys: states.XB.units.poc.people=3"},
    {NULL, NULL, false, NULL},
};

static int run(struct cli *cli, const struct arguments *arguments)
{
    struct arena *arena = arena_new(SCENARIO_ARENA_BYTES);
    if (arena == NULL) {
        return cli_fail(cli, EXIT_REFUSED, NULL, "no memory");
    }
    int code = EXIT_DONE;
    const struct scenario *scenario = scenario_of_arguments(cli, arguments, arena, &code);
    if (scenario != NULL && cli->json) {
        code = cli_print_json(cli, scenario_json(scenario, cli->arena));
    } else if (scenario != NULL) {
        scenario_print(cli, scenario);
    }
    arena_free(arena);
    return code;
}

const struct subcommand cmd_drill_check = {
    .name = "drill check",
    .group = "Drills",
    .synopsis = "FILE [--set NAME=VALUE]...",
    .does = "read a scenario, and say what it understood or what is wrong",
    .help =
        "FILE is a scenario, or a folder with a scenario.yaml in it.\n"
        "Prints States, desks, people by hour, injects in order with local times, expectations, and the "
        "hash\n"
        "that names the scenario in every report. Exit code 1, and each mistake with its line, column and\n"
        "the nearest right word, if it cannot be played. Examples:\n"
        "  comity drill check drills/scenarios/long-weekend\n"
        "  comity drill check long-weekend.yaml --set desk.PH.people=4",
    .options = options,
    .words_min = 1,
    .words_max = 1,
    .run = run,
};
