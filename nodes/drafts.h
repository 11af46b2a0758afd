/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests that follow from a case, made ready for an officer to complete: what the case says is there, what only people know (the file
 * number, the help that is sought) is left out and named by completeness. Nothing is sent by itself.
 */
#ifndef COMITY_NODES_DRAFTS_H
#define COMITY_NODES_DRAFTS_H

#include "nodes/case.h"

enum draft_kind {
#define DRAFT(name, word) DRAFT_##name,
#include "nodes/drafts.def"
#undef DRAFT
    DRAFT_KINDS
};

/* --- draft_names.c --- */

/* "like", "preserve" ...; all of them: "like, preserve, ..." in the arena, "" when it ends. */
const char *draft_name(enum draft_kind);
const char *draft_names(struct arena *);
/* False when there is none of that name. */
MUST_USE bool draft_kind_of_name(const char *name, enum draft_kind *ret);

/* --- drafts.c --- */

struct draft_source {
    const struct case_fold *fold;
    struct case_id case_id;
    struct address r; /* the requested party of the case */
    enum side own;    /* who drafts: of what the other side asked, what it said of itself goes */
};

enum draft_outcome {
    DRAFT_OK,
    DRAFT_NO_REQUEST, /* the case has no request yet */
    DRAFT_NOTHING, /* nothing in the case calls for it: nothing is held, disclosed, referred, or has ended; or it is no request */
    DRAFT_TOO_FAR, /* HOP: the trail has passed 16 States */
    DRAFT_EXHAUSTED, /* the arena ended */
};

/* The request, in the arena; it shares texts with the letters of the fold. *ret untouched unless OK. */
MUST_USE enum draft_outcome draft_make(const struct draft_source *, enum draft_kind, struct arena *,
                                       Comity__Request **ret);

#endif
