/* SPDX-License-Identifier: Apache-2.0 */
/* Letters of a case for tests: complete ones, to be made wrong in one way, and histories of both sides. */
#ifndef COMITY_TESTS_CASE_LETTERS_H
#define COMITY_TESTS_CASE_LETTERS_H

#include "nodes/case.h"

/* Monday 2026-11-16T08:00:00Z */
#define T0_MS UINT64_C(1794816000000)

/* A complete letter of the kind, as signed at that moment; a REQUEST has item_count items. Never NULL: the test ends. */
Comity__Letter *letter_make(struct arena *, enum letter_kind, uint64_t ms, size_t item_count);
/* The same that names items (a list of count; of a question for INFO_ASKED). */
Comity__Letter *letter_make_of(struct arena *, enum letter_kind, uint64_t ms, const uint32_t *items,
                               size_t count);
Comity__Letter *letter_released(struct arena *, Comity__Released__Why, uint64_t ms);
Comity__Instant *instant_make(struct arena *, uint64_t ms);
char *text_make(struct arena *, const char *);

#define HISTORY_MAX 48
struct history {
    struct arena *arena;
    struct case_letter q[HISTORY_MAX], r[HISTORY_MAX];
    size_t q_count, r_count;
};
void history_init(struct history *, struct arena *);
/* Signed and accepted at ms, delivered a minute later; its delivered_ms may be set to 0 by the test. */
struct case_letter *q_writes(struct history *, const Comity__Letter *, uint64_t ms);
/* Signed at ms when the first `seen` letters of Q had been taken in; delivered a minute later. */
struct case_letter *r_writes(struct history *, const Comity__Letter *, uint64_t ms, size_t seen);
/* Folds what there is; the test ends when it cannot. */
void history_fold(const struct history *, struct case_fold *ret);
/* In a fold: what is due by that clock for that item, or NULL; the last letter, which there must be; every end of an item. */
const struct case_due *fold_due(const struct case_fold *, enum clock_name, uint32_t item);
const struct folded_letter *fold_last(const struct case_fold *);
#define ITEM_ENDS 7
extern const enum item_result item_ends[ITEM_ENDS];

/* What docs/lifecycle.md says, written down once more by hand: the test of the table must not read the table. */
struct expected_row {
    const char *name;
    enum letter_kind kind;
    Comity__Released__Why why;
    enum side side;
    unsigned signatures;
    const char *cells[5]; /* A O H M Z */
};
#define EXPECTED_ROWS 15
extern const struct expected_row expected_rows[EXPECTED_ROWS];

/* Brings the one item of a new history into a state: "A" "O" "H", or "Z" with its result. Returns the time it is then. */
uint64_t history_reach(struct history *, enum item_state, enum item_result);

#endif
