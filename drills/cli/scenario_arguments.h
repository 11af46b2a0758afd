/* SPDX-License-Identifier: Apache-2.0 */
/* The scenario that a command names: its file, and --set NAME=VALUE. */
#ifndef COMITY_DRILLS_CLI_SCENARIO_ARGUMENTS_H
#define COMITY_DRILLS_CLI_SCENARIO_ARGUMENTS_H

#include "drills/scenario/scenario.h"
#include "nodes/cli/cli.h"
#include "nodes/cli/options.h"

/* Of the first word. NULL: all that is wrong was said, *ret_code is the exit code. */
const struct scenario *scenario_of_arguments(struct cli *, const struct arguments *, struct arena *,
                                             int *ret_code);

#endif
