/* SPDX-License-Identifier: Apache-2.0 */
/* Reads that only the API needs. */
#ifndef COMITY_NODES_STORE_VIEW_H
#define COMITY_NODES_STORE_VIEW_H

#include "nodes/letters.h"

#define CANDIDATES_MAX 8

struct case_candidate {
    struct case_id id;
    const char *q, *r, *q_reference, *r_reference; /* in the arena */
};
/* The cases that a name fits, as case_find() looks for it; in order of id, at most max. */
size_t store_case_candidates(struct store *, const char *name, size_t max, struct arena *,
                             struct case_candidate *ret);

#endif
