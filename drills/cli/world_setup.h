/* SPDX-License-Identifier: Apache-2.0 */
/* How a scenario is played in the world from the command line: once, or many times. */
#ifndef COMITY_DRILLS_CLI_WORLD_SETUP_H
#define COMITY_DRILLS_CLI_WORLD_SETUP_H

#include "drills/conduct/conduct_world.h"

/* scenario and command are borrowed. */
struct conduct_setup world_setup_of(const struct scenario *, uint64_t seed, const char *command);

#endif
