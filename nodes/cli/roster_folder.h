/* SPDX-License-Identifier: Apache-2.0 */
/* DIR/roster of a node or a broker: one folder a version, each with roster.json and its signatures. */
#ifndef COMITY_NODES_CLI_ROSTER_FOLDER_H
#define COMITY_NODES_CLI_ROSTER_FOLDER_H

#include "nodes/cli/roster_check.h"

/*
 * The newest version in the folder that follows from version 1 of that network by the rules, or NULL when there is none: what
 * a daemon would refuse counts for nothing. An exit code; what is wrong has been said. The caller frees the roster.
 */
MUST_USE int roster_folder_held(const struct cli *, const char *folder, const struct network_id *network,
                                struct roster **ret);

/*
 * Puts a judged roster with the signatures that count into FOLDER/VERSION, so that whenever the power goes, either all of it or
 * nothing is there. False with an error; also when that version is there already.
 */
MUST_USE bool roster_folder_put(const struct roster_check *, const char *folder, struct error *);

#endif
