/* SPDX-License-Identifier: Apache-2.0 */
/* The families of subcommands that comity-drill has: world, drill (docs/decisions/0017). */
#ifndef COMITY_NODES_CLI_DRILL_PROGRAM_H
#define COMITY_NODES_CLI_DRILL_PROGRAM_H

#include "nodes/cli/cli.h"

/* Becomes comity-drill with the name of the subcommand and what follows it; returns only if that cannot be started. */
int drill_program_run(struct cli *, const struct arguments *);

#endif
