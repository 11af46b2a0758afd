/* SPDX-License-Identifier: Apache-2.0 */
/* The subcommands about records (docs/recording.md). */
#ifndef COMITY_DRILLS_CLI_RECORDING_H
#define COMITY_DRILLS_CLI_RECORDING_H

#include "nodes/cli/cli.h"

extern const struct subcommand cmd_world_replay, cmd_world_record_key;

#endif
