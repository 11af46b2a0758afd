/* SPDX-License-Identifier: Apache-2.0 */
/* Drills are read and played by comity-drill, which reads what follows "drill" (docs/decisions/0017). */
#include "nodes/cli/drill_program.h"
#include "nodes/cli/subcommands.h"

static const char *const members[] = {"check", "combine",  "compare", "end",    "live",
                                      "note",  "rehearse", "release", "replay", "resume",
                                      "run",   "schema",   "stop",    "sweep",  NULL};

const struct subcommand cmd_drill = {
    .name = "drill",
    .group = N_("Drills"),
    .synopsis =
        "check|run|rehearse|live|note|stop|resume|release|end|combine|sweep|compare|replay|schema ...",
    .does = N_("scenarios of a page, and what they teach: check, run, rehearse, live, sweep, compare ..."),
    .help = N_("A scenario is a file of YAML: States, desks, what happens, what is expected.\n"
               "Help on each: comity drill check --help. Examples:\n"
               "  comity drill check drills/scenarios/long-weekend\n"
               "  comity drill run drills/scenarios/long-weekend\n"
               "  comity drill schema injects"),
    .members = members,
    .run = drill_program_run,
};
