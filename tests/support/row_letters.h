/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A letter for any row of the table, with all that the fold reads of it; and cases of any machine brought into any state by letters.
 */
#ifndef COMITY_TESTS_ROW_LETTERS_H
#define COMITY_TESTS_ROW_LETTERS_H

#include "nodes/lifecycle.h"
#include "tests/support/case_letters.h"

/* The reference of the request for assistance that these letters name. */
#define MLA_REFERENCE "MLA-1"

/*
 * A letter that says what the row is for, signed at ms: dates a day on, a hold of 61 days (150 more of EXTENDED), conditions in
 * an offer. items: a list of count numbers, where such letters have one; none: it names no item. A letter that brings a request
 * brings one of the row's machine with item_count items, or without any where its machine needs none and item_count is 1.
 */
Comity__Letter *letter_of_row(struct arena *, const struct lifecycle_row *, uint64_t ms,
                              const uint32_t *items, size_t count, size_t item_count);
/* The row of that name in the machine; the test ends when there is none. */
const struct lifecycle_row *row_named(enum machine, const char *name);
/* The same by its name, of all items. */
Comity__Letter *letter_named(struct arena *, enum machine, const char *name, uint64_t ms);

/*
 * Brings a new history, all items of it, into a state of the machine by a few letters, one a day. Returns the time then;
 * 0: the machine has no such state.
 */
uint64_t machine_reach(struct history *ret, enum machine, enum item_state, size_t item_count);

#endif
