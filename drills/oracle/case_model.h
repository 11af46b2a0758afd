/* SPDX-License-Identifier: Apache-2.0 */
/* A case by its letters and by case_rules.def: states, results, dates of holds, what is asked (I5), and what ends too soon (I11). */
#ifndef COMITY_DRILLS_ORACLE_CASE_MODEL_H
#define COMITY_DRILLS_ORACLE_CASE_MODEL_H

#include "drills/oracle/oracle_private.h"

/*
 * Takes the letters of the view (GET case) in its order, judges by itself which of them have an effect and what it is, and holds the view
 * against that.
 */
void case_model_check(struct oracle *, const char *case_id, const json_t *view);

#endif
