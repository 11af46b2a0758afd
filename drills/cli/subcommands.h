/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMITY_DRILLS_CLI_SUBCOMMANDS_H
#define COMITY_DRILLS_CLI_SUBCOMMANDS_H

#include "nodes/cli/cli.h"

extern const struct subcommand cmd_drill_end, cmd_drill_live, cmd_drill_note, cmd_drill_release,
    cmd_drill_resume, cmd_drill_stop;
extern const struct subcommand cmd_drill_check, cmd_drill_combine, cmd_drill_compare, cmd_drill_rehearse,
    cmd_drill_replay, cmd_drill_run, cmd_drill_schema, cmd_drill_sweep;
extern const struct subcommand cmd_world_record_key, cmd_world_replay, cmd_world_run, cmd_world_swarm;

extern const struct subcommand *const drill_subcommands[]; /* NULL-terminated; in subcommands.c */

#endif
