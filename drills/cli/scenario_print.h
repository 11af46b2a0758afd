/* SPDX-License-Identifier: Apache-2.0 */
/* A scenario in short: for people, and as JSON. */
#ifndef COMITY_DRILLS_CLI_SCENARIO_PRINT_H
#define COMITY_DRILLS_CLI_SCENARIO_PRINT_H

#include <jansson.h>

#include "drills/scenario/scenario.h"
#include "nodes/cli/cli.h"

void scenario_print(const struct cli *, const struct scenario *);
json_t *scenario_json(const struct scenario *, struct arena *); /* a new reference */

/*
 * Injects in the order in which they are planned: those with a time, those after others behind them, then those that wait for
 * a condition or a controller. ret has room for all. *ret_ms: the earliest moment of each; 0 where none can be told.
 */
void scenario_order(const struct scenario *, const struct scenario_inject **ret, uint64_t *ret_ms);

/* "Fri 2016-02-05 09:00 PH", in the arena of the command. */
const char *scenario_local_text(const struct cli *, const struct scenario_state *, uint64_t ms);

#endif
