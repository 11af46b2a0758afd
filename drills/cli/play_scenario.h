/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands that play a scenario have in common: they read it, play it, say what came of it and write the report. */
#ifndef COMITY_DRILLS_CLI_PLAY_SCENARIO_H
#define COMITY_DRILLS_CLI_PLAY_SCENARIO_H

#include "drills/conduct/conduct_world.h"
#include "nodes/cli/cli.h"

struct way_of_playing {
    bool (*conduct)(const struct conduct_setup *, struct drill_record *, struct conduct_result *ret,
                    struct error *);
    /* On a terminal; the context is a play_progress that has begun. */
    void (*progress)(void *context, uint64_t at_ms, uint64_t start_ms, uint64_t end_ms);
    /* Fills in what this way needs besides; the rest is there. May be NULL. */
    void (*prepare)(struct cli *, const struct arguments *, struct conduct_setup *);
};

/* Of the options --set, --seed and --out. The exit code; what is wrong was said. */
int play_scenario(struct cli *, const struct arguments *, const struct way_of_playing *);

#endif
