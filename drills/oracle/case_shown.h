/* SPDX-License-Identifier: Apache-2.0 */
/* A case as one side shows it (GET case): its members, and what must hold of it at any moment (I3, I4). */
#ifndef COMITY_DRILLS_ORACLE_CASE_SHOWN_H
#define COMITY_DRILLS_ORACLE_CASE_SHOWN_H

#include "drills/oracle/oracle_private.h"

/* "" where there is none. */
const char *shown_text(const json_t *object, const char *name);
/* 0: not there, or no moment. */
int64_t shown_ms(const json_t *object, const char *name);

/* Is the letter in effect? Not what is on its way, held back or given up. */
bool shown_in_effect(const json_t *letter);
/* What it says; NULL: nothing is shown of that. */
const json_t *shown_body(const json_t *letter);
/* What was handed in under its id; NULL: nothing. */
const struct letter_record *shown_record(const struct oracle *, const json_t *letter);

#endif
