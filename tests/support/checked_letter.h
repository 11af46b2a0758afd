/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A letter between XA/poc, who asks, and XB/poc, and the faults that its check finds: tests make it wrong in one way at a time.
 * One of each for a test program, so that tables of wrong letters can name them.
 */
#ifndef COMITY_TESTS_SUPPORT_CHECKED_LETTER_H
#define COMITY_TESTS_SUPPORT_CHECKED_LETTER_H

#include "tests/support/case_letters.h"

extern struct arena *arena;
extern struct faults faults;
extern Comity__Letter *letter;
extern const struct party checked_q, checked_r; /* XA/poc, with numbers to call; XB/poc */

/* For cmocka: a complete request of two items, at T0_MS. */
int checked_letter_setup(void **state);
int checked_letter_teardown(void **state);

/* Checks the letter as of that author at that time; against NULL: by itself. */
void letter_check_at(enum side author, const struct case_fold *against, uint64_t now_ms);
/* What the last check found: nothing; exactly this one fault; this one or NULL. */
void expect_no_fault(void);
void expect_fault(const char *path, const char *code);
const struct fault *letter_fault(const char *path, const char *code);

#endif
