/* SPDX-License-Identifier: Apache-2.0 */
/* What a sweep came to, for a terminal. */
#ifndef COMITY_DRILLS_CLI_SWEEP_PRINT_H
#define COMITY_DRILLS_CLI_SWEEP_PRINT_H

#include "drills/sweep/sweep.h"
#include "nodes/cli/cli.h"

/* all: also what is the same at every point, and the less telling numbers. */
void sweep_print(struct cli *, struct sweep *, const struct sweep_grid *, bool all);

#endif
