/* SPDX-License-Identifier: Apache-2.0 */
/* Plays a scenario in the world: simulated time, real nodes and broker, simulated people. */
#include "drills/cli/play_progress.h"
#include "drills/cli/play_scenario.h"
#include "drills/cli/subcommands.h"

static const struct option_spec options[] = {
    {"set", "NAME=VALUE", true, N_("a parameter, or a path of keys: states.XB.units.poc.people=3")},
    {"seed", "S", false, N_("the number that everything is drawn from, instead of the scenario's")},
    {"out", "DIR", false,
     N_("where the report goes; default a new folder here, named after the scenario and the time")},
    {NULL, NULL, false, NULL},
};

static int run(struct cli *cli, const struct arguments *arguments)
{
    return play_scenario(cli, arguments,
                         &(struct way_of_playing){.conduct = conduct_world, .progress = play_progress_show});
}

const struct subcommand cmd_drill_run = {
    .name = "drill run",
    .group = N_("Drills"),
    .synopsis = "FILE [--set NAME=VALUE]... [--seed S] [--out DIR]",
    .does = N_("play a scenario in simulated time, and say what came of it"),
    .help = N_(
        "FILE is a scenario, or a folder with a scenario.yaml in it.\n"
        "Real nodes and a real broker in one process, with simulated people at the desks: what became of\n"
        "each inject in local times, and which expectation was met, late or missed. The same scenario,\n"
        "seed and build give the same transcript to the byte. The report is three files in one folder:\n"
        "report.html for people, which opens without a network, report.json for programs, events.csv for\n"
        "tables. Nobody is there to release by hand: an inject that is manual is released at its time, or\n"
        "at the one that --set injects.NAME.at=TIME gives it. Examples:\n"
        "  comity drill run drills/scenarios/long-weekend\n"
        "  comity drill run long-weekend.yaml --set ph_desk=day-and-night \\\n      --out /tmp/drill"),
    .options = options,
    .words_min = 1,
    .words_max = 1,
    .run = run,
};
