/* SPDX-License-Identifier: Apache-2.0 */
/* What officers sit down to write, drawn: of a case that they look at, or of a new one. draft_done() gives back what it holds. */
#ifndef COMITY_DRILLS_PLAY_PEOPLE_DRAFT_H
#define COMITY_DRILLS_PLAY_PEOPLE_DRAFT_H

#include "drills/play/people_next.h"

/* fields: as of letter_draw(), or NULL; with some PREPARE may refuse it. The look is borrowed for the draft's life. */
void draft_in_case(struct people *, const struct look *, const struct choice *, const json_t *fields,
                   struct draft *ret);
/* The letter that opens a case, of which party, other, row and fields are given. The sight is the draft's for its life. */
void draft_begin(struct people *, const struct drawing *, struct sight *ret_sight, struct draft *ret);
void draft_done(struct draft *);

#endif
