/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What people who answered a ping found wrong in the directory, as records: proposals in files, a party each, whichever way it
 * answered. Nothing is changed by them: `comity roster draft --correct FILE` makes them part of a draft, which the holders of the
 * root keys look at and sign.
 */
#ifndef COMITY_NODES_CLI_PING_CORRECTIONS_H
#define COMITY_NODES_CLI_PING_CORRECTIONS_H

#include "nodes/cli/client.h"

#define PING_CORRECTIONS_FORMAT "comity-corrections-1"

/* FOLDER/ROUND-XQ-poc.json for each party of a report with something to correct. An exit code, told. */
MUST_USE int ping_corrections_write(struct client *, const json_t *report, const char *folder);

#endif
