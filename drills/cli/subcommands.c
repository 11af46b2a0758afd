/* SPDX-License-Identifier: Apache-2.0 */
/* The table of comity-drill's subcommands: one file each, cmd_world_NAME.c, cmd_drill_NAME.c. comity(1) names them in nodes/cli/cmd_world.c
 * and cmd_drill.c. */
#include "drills/cli/subcommands.h"

const struct subcommand *const drill_subcommands[] = {
    &cmd_drill_check,
    &cmd_drill_combine,
    &cmd_drill_compare,
    &cmd_drill_end,
    &cmd_drill_live,
    &cmd_drill_note,
    &cmd_drill_rehearse,
    &cmd_drill_release,
    &cmd_drill_replay,
    &cmd_drill_resume,
    &cmd_drill_run,
    &cmd_drill_schema,
    &cmd_drill_stop,
    &cmd_drill_sweep,
    &cmd_world_run,
    &cmd_world_swarm,
    &cmd_world_replay,
    &cmd_world_record_key,
    NULL,
};
