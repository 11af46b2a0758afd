/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests that follow from a case, made ready for an officer to complete: what the case says is there, what only people know (the file
 * number, the help that is sought) is left out and named by completeness. Nothing is sent by itself.
 */
#ifndef COMITY_NODES_DRAFTS_H
#define COMITY_NODES_DRAFTS_H

#include "nodes/case.h"

enum draft_kind {
    DRAFT_LIKE,     /* the same once more: no tie to the case */
    DRAFT_PRESERVE, /* hold the data that the case is about: after an emergency, an enquiry, a late extension */
    DRAFT_HOP,      /* to the State that a DISCLOSED_43 leads to: hold what went through its provider there */
    DRAFT_REFERRAL, /* to the State or authority that the requested side named */
    DRAFT_REOPEN,   /* the items that have ended, once more */
    DRAFT_MLA,      /* assistance with what is held */
};
#define DRAFT_KINDS 6

/* "like", "preserve", "hop", "referral", "reopen", "mla". */
const char *draft_name(enum draft_kind);
/* False when there is none of that name. */
MUST_USE bool draft_kind_of_name(const char *name, enum draft_kind *ret);

struct draft_source {
    const struct case_fold *fold;
    struct case_id case_id;
    struct address r; /* the requested party of the case */
    enum side own;    /* who drafts: of what the other side asked, what it said of itself goes */
};

enum draft_outcome {
    DRAFT_OK,
    DRAFT_NO_REQUEST, /* the case has no request yet */
    DRAFT_NOTHING, /* nothing in the case calls for it: nothing is held, disclosed, referred, or has ended */
    DRAFT_TOO_FAR, /* HOP: the trail has passed 16 States */
    DRAFT_EXHAUSTED, /* the arena ended */
};

/* The request, in the arena; it shares texts with the letters of the fold. *ret untouched unless OK. */
MUST_USE enum draft_outcome draft_make(const struct draft_source *, enum draft_kind, struct arena *,
                                       Comity__Request **ret);

#endif
