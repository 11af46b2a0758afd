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
/* The same of a word and a list of NAME=VALUE. */
const struct scenario *scenario_of_sets(struct cli *, const char *word, const char *const *sets, size_t count,
                                        struct arena *, int *ret_code);
/* What was given with --set; returns how many. */
size_t sets_of_arguments(const struct arguments *, const char *ret[SCENARIO_SETS_MAX]);

#endif
