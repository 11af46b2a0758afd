/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A case told letter by letter: each is written a day after the one before, R's having seen all of Q's, and the case is folded. One for a
 * test program.
 */
#ifndef COMITY_TESTS_TOLD_CASE_H
#define COMITY_TESTS_TOLD_CASE_H

#include "tests/support/row_letters.h"

extern struct told_case {
    struct arena *arena;
    struct history h;
    struct case_fold fold;
    uint64_t now; /* when the next letter is written; T0_MS at first */
} told;

/* For cmocka. */
int told_setup(void **state);
int told_teardown(void **state);

/* Begins another case, at the time it is. */
void told_anew(void);
/* A case of that machine with so many items in that state; the test ends when there is no way to it. */
void told_begin(enum machine, enum item_state, size_t items);
/* The next letter, by the side of the row. What became of it. */
const struct folded_letter *told_letter(const struct lifecycle_row *, const Comity__Letter *);
/* The same, of a letter by its name, about all items. */
const struct folded_letter *told_say(enum machine, const char *name);
enum letter_effect told_effect(enum machine, const char *name);
bool told_asked(enum ask_kind, uint32_t item);

#endif
