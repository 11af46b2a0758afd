/* SPDX-License-Identifier: Apache-2.0 */
/* Who has a case, so that two do not answer it, and what was noted on it: this side's own words, which are never sent. */
#ifndef COMITY_NODES_TAKE_H
#define COMITY_NODES_TAKE_H

#include "nodes/command.h"

/* The officer who has the case. False: nobody. */
MUST_USE bool case_taken(struct store *, const struct case_id *, struct public_key *ret, uint64_t *ret_ms);

/*
 * May these officers write in the case? False when it answered: another one has it. In an emergency nobody is held up: life goes
 * before order.
 */
MUST_USE bool signers_have_case(struct call *, const struct case_id *, const struct public_key *signers,
                                size_t count, const struct case_fold *);

/* "taken" and "notes" of a case, where there are any. */
void put_taken(struct call *, json_t *object, const struct case_row *);

/* --- as stored --- */

void store_take(struct store *, const struct case_id *, const struct public_key *, uint64_t now_ms);
void store_give_back(struct store *, const struct case_id *);
void store_note(struct store *, const struct case_id *, uint64_t now_ms, const struct public_key *,
                const char *text);
struct note_row {
    uint64_t n, at_ms;
    bool has_by;
    struct public_key by;
    const char *text;
};
/* The last ones, latest first. */
size_t store_notes(struct store *, const struct case_id *, size_t max, struct arena *, struct note_row *ret);

#endif
