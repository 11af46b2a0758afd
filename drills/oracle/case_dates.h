/* SPDX-License-Identifier: Apache-2.0 */
/* The states and dates of the items of a case, from its letters and docs/lifecycle.md by themselves (I5, I11). */
#ifndef COMITY_DRILLS_ORACLE_CASE_DATES_H
#define COMITY_DRILLS_ORACLE_CASE_DATES_H

#include "drills/oracle/oracle_private.h"

/*
 * Takes the letters of the view (GET case) in its order, with the effects it tells, and holds items, dates and releases against
 * what follows from them. Letters that it does not know change nothing.
 */
void case_dates_check(struct oracle *, const char *case_id, const json_t *view);

#endif
