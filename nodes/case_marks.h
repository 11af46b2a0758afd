/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cases that changed: the end of the turn renews them (cases_renew()). A mark lives in memory for the turn, with struct live, so that
 * it goes with the input that is undone; the commit writes into their rows those that the end did not get to.
 */
#ifndef COMITY_NODES_CASE_MARKS_H
#define COMITY_NODES_CASE_MARKS_H

#include "base/attributes.h"
#include "proto/ids.h"

#define CASES_MARKED_MAX 32 /* in memory; of more in one turn the rows are marked at once */

struct node;

struct case_mark {
    struct case_id id;
    uint64_t changed_ms;
};

struct case_marks {
    size_t count;
    struct case_mark list[CASES_MARKED_MAX];
};

/* changed_ms: of a letter filed or in effect; 0: it changed otherwise. False: it is marked in memory already. Call inside an input. */
bool case_touch(struct node *, const struct case_id *, uint64_t changed_ms);
/* Those that are marked, in memory or in their rows, in the order of ids, the first max. */
size_t cases_marked(struct node *, size_t max, struct case_id *ret);
/* Takes the mark in memory away. When its case changed last, as the mark has it; 0: it does not say. */
uint64_t case_unmark(struct node *, const struct case_id *);
/* Before a commit: marks the rows of those that are left in memory. */
void cases_marked_store(struct node *);

#endif
