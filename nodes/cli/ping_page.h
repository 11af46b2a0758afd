/* SPDX-License-Identifier: Apache-2.0 */
/* The report of a round as one page: no script, nothing that is fetched; whatever came from others is text. */
#ifndef COMITY_NODES_CLI_PING_PAGE_H
#define COMITY_NODES_CLI_PING_PAGE_H

#include "nodes/cli/cli.h"

/* The page of a report (ping_round.h), in the arena of cli; NULL: no memory. */
MUST_USE const char *ping_page(const struct cli *, const json_t *report);
/* Puts it into a file. An exit code, told. */
MUST_USE int ping_page_write(const struct cli *, const json_t *report, const char *path);

#endif
