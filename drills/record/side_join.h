/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The records of several sides of one live exercise become one: a letter that two sides show is one letter. Of what both could tell
 * the one who knows it at first hand is believed: the author of what was signed, the reader of when it came and was
 * opened. Where two sides differ both are written down.
 */
#ifndef COMITY_DRILLS_RECORD_SIDE_JOIN_H
#define COMITY_DRILLS_RECORD_SIDE_JOIN_H

#include "drills/record/record.h"

/* What one side told, in a record of its own that is not finished; parties have the same numbers in all of them. */
struct side_part {
    size_t party;
    struct drill_record *record;
    uint64_t ended_ms;
};

/* Adds all of the parts, and what they dispute. whole has the same parties and injects, and no case yet. */
void side_join(struct drill_record *whole, const struct side_part *parts, size_t count);

#endif
