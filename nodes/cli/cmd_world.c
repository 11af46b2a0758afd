/* SPDX-License-Identifier: Apache-2.0 */
/* Worlds are played by a program of their own, comity-drill, which reads what follows "world" (docs/decisions/0017). */
#include "nodes/cli/drill_program.h"
#include "nodes/cli/subcommands.h"

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
    .run = drill_program_run,
};
