/* SPDX-License-Identifier: Apache-2.0 */
/* Which letter is written next in a case: one of those that the node says may be (NEXT), by what kind of desk this is. */
#ifndef COMITY_DRILLS_PLAY_PEOPLE_NEXT_H
#define COMITY_DRILLS_PLAY_PEOPLE_NEXT_H

#include "drills/play/people_desk.h"

struct choice {
    enum cell_row row;
    uint32_t items[CASE_ITEMS_MAX]; /* it may be about these */
    size_t item_count;
    bool exact; /* it names them all */
};

/* False: none may be written, or these people do not write now. */
bool choose_next(struct people *, const struct look *, struct choice *ret);

#endif
