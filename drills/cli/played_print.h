/* SPDX-License-Identifier: Apache-2.0 */
/* What a drill came to, in words and as JSON. */
#ifndef COMITY_DRILLS_CLI_PLAYED_PRINT_H
#define COMITY_DRILLS_CLI_PLAYED_PRINT_H

#include "drills/conduct/conduct_world.h"
#include "drills/measure/measures.h"
#include "nodes/cli/cli.h"

struct played_drill {
    const struct scenario *scenario;
    const struct drill_measures *measures;
    const struct conduct_result *result;
    uint64_t seed, wall_ms;
    uint8_t transcript[32];
    const char *report; /* the file to be opened; NULL: none was written */
};

void played_print(struct cli *, const struct played_drill *);
json_t *played_json(struct cli *, const struct played_drill *); /* a new reference */

#endif
