/* SPDX-License-Identifier: Apache-2.0 */
/* What people do where a State has several parties: requests for assistance that come on paper, cases that are handed over. */
#ifndef COMITY_DRILLS_PLAY_PEOPLE_STATE_H
#define COMITY_DRILLS_PLAY_PEOPLE_STATE_H

#include "drills/play/people_desk.h"

/* One such thing, of any party. */
void act_between(struct people *);

#endif
