/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The record of one side of a live exercise as a file (comity-drill-side-1): what its node answered about the cases of the exercise and
 * nothing else, and what its people put into the journal. A hash over all of it says whether it is as it was written; who wrote it
 * is told by comparing that hash with the people there.
 */
#ifndef COMITY_DRILLS_RECORD_SIDE_H
#define COMITY_DRILLS_RECORD_SIDE_H

#include "base/error.h"
#include "drills/record/read_node.h"

#define SIDE_FORMAT    "comity-drill-side-1"
#define SIDE_FILE_END  ".side.json"
#define SIDE_BYTES_MAX ((size_t)64 << 20)

/* --- writing --- */

/* Asks the node, and keeps what it says of that exercise. */
struct side_taking {
    const struct record_source *node;
    char exercise[33];
    json_t *inbox, *cases, *spans, *alarms;
};
void side_begin(struct side_taking *, const struct record_source *node, const uint8_t exercise[16]);
/* For record_read_node(), in place of the node. */
struct record_source side_taking_source(struct side_taking *);

struct side_head {
    const char *party, *build;
    uint8_t exercise[16], scenario_hash[32];
    uint64_t ended_ms;
};
/*
 * The whole as it is to be written, malloc'd, with its hash; journal: lines as conduct/live.h has them, of which only what is about the
 * exercise is taken. Ends the taking. NULL: more than SIDE_BYTES_MAX.
 */
char *side_end(struct side_taking *, const struct side_head *, const json_t *journal, uint8_t ret_hash[32]);

/* --- reading --- */

struct side_record {
    json_t *json;
    struct side_head head; /* texts are of json */
    const json_t *journal; /* objects with "at" and "what"; of json */
    uint8_t hash[32];
};
/* Anybody may have written it. False with an error that begins with name: what is wrong, and where. side_close() it else. */
MUST_USE bool side_read(struct bytes text, const char *name, struct side_record *ret, struct error *);
void side_close(struct side_record *);
/* What the node of that side would answer. */
struct record_source side_source(struct side_record *);

#endif
