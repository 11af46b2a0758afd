/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands about a live exercise have in common: they are given its folder (drills/conduct/live.h). */
#ifndef COMITY_DRILLS_CLI_LIVE_COMMAND_H
#define COMITY_DRILLS_CLI_LIVE_COMMAND_H

#include "drills/conduct/live.h"
#include "nodes/cli/cli.h"

/* The folder that the first word names; live_close() it. EXIT_DONE, or what is wrong was said: also that it has ended. */
MUST_USE int live_of_arguments(struct cli *, const struct arguments *, struct live_drill *ret);
/* Adds a line to the journal now, and says what was done; entry is taken. */
MUST_USE int live_say(struct cli *, struct live_drill *, const char *what, json_t *entry, const char *done);
/* The scenario of the exercise, as it was when it began. NULL: what is wrong was said, *ret_code is the exit code. */
const struct scenario *live_scenario(struct cli *, const struct live_drill *, struct arena *, int *ret_code);

#endif
