/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands that play a scenario have in common: they read it, play it, say what came of it and write the report. */
#ifndef COMITY_DRILLS_CLI_PLAY_SCENARIO_H
#define COMITY_DRILLS_CLI_PLAY_SCENARIO_H

#include "drills/conduct/conduct_world.h"
#include "nodes/cli/cli.h"

struct way_of_playing {
    bool (*conduct)(const struct conduct_setup *, struct drill_record *, struct conduct_result *ret,
                    struct error *);
    /* Fills in what this way needs; the scenario and the seed are there. */
    void (*prepare)(struct cli *, const struct arguments *, struct conduct_setup *);
};

/* Of the options --set, --seed and --out. The exit code; what is wrong was said. */
int play_scenario(struct cli *, const struct arguments *, const struct way_of_playing *);

#endif
