/* SPDX-License-Identifier: Apache-2.0 */
/* A report.json that a command names. */
#ifndef COMITY_DRILLS_CLI_REPORT_LOAD_H
#define COMITY_DRILLS_CLI_REPORT_LOAD_H

#include <jansson.h>

#include "nodes/cli/cli.h"

/* The file, or report.json in the folder of that name: any JSON. A new reference; NULL: it was said why. */
json_t *report_load(struct cli *, const char *word);

#endif
