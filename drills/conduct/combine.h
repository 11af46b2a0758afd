/* SPDX-License-Identifier: Apache-2.0 */
/* One record of a live exercise from the records that its sides wrote at its end (drills/record/side.h). */
#ifndef COMITY_DRILLS_CONDUCT_COMBINE_H
#define COMITY_DRILLS_CONDUCT_COMBINE_H

#include "drills/record/side.h"
#include "drills/scenario/scenario.h"

#define COMBINE_SIDES_MAX 1024

struct combine_side {
    const char *name; /* of its file */
    struct side_record side;
};

/*
 * Into a new record, finished: what the sides show of that exercise. Who gave none is in record->sides as well, unless a white cell plays
 * it. False with an error that names the file: it is of another exercise, or of no party of the scenario; two are of one
 * party; it shows a case of others; it ended before the exercise began. build and command as live_record_begin() has them.
 */
MUST_USE bool combine(struct combine_side *, size_t count, const struct scenario *, const char *build,
                      const char *command, struct drill_record *, struct error *);

#endif
