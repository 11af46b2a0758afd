/* SPDX-License-Identifier: Apache-2.0 */
/* Plays the runs of a sweep that are not there yet, each in a process of its own, so many at a time. */
#ifndef COMITY_DRILLS_CLI_SWEEP_PLAY_H
#define COMITY_DRILLS_CLI_SWEEP_PLAY_H

#include "drills/sweep/sweep.h"
#include "nodes/cli/cli.h"

struct sweep_play {
    struct cli *cli;
    const char *file; /* the scenario, as it was named */
    const struct sweep_grid *grid;
    struct sweep *sweep;
    uint64_t seed;
    size_t runs;
    unsigned jobs;
    const char *kept; /* file that each run is put at the end of; NULL: nowhere */
};

/*
 * EXIT_DONE: all of it is there, or Ctrl-C ended it (sweep_done() tells). Else a run failed, or could not be kept; it was said, and what was
 * played before is there.
 */
int sweep_play(const struct sweep_play *);

#endif
