/* SPDX-License-Identifier: Apache-2.0 */
/* What the letters of a case say of when things were done, once over: what case_metrics.c measures by. */
#ifndef COMITY_NODES_CASE_HISTORY_H
#define COMITY_NODES_CASE_HISTORY_H

#include "nodes/case.h"

/* Lists by the number of the item, from 1. A time of 0: not yet, or never. */
struct case_history {
    const struct case_fold *fold;
    uint64_t request_ms; /* delivered; 0: not yet */
    uint64_t request_accepted_ms;
    uint64_t roster;            /* of the letter that opened it */
    uint64_t officer_ms;        /* the first letter of R that an officer signed */
    uint64_t commit_ms;         /* will be answered, or any decision */
    uint64_t emergency_ms;      /* disclosed, declined, referred */
    uint64_t asked_ms, said_ms; /* status */
    bool is_decided, questions, elsewhere, merged, refused, out_of_list;
    uint64_t withdrawn_ms[CASE_ITEMS_MAX +
                          1]; /* R had it that it is not needed any more; [0]: the case, with its last item */
    uint64_t decided_ms[CASE_ITEMS_MAX + 1], ordered_ms[CASE_ITEMS_MAX + 1];
    uint64_t extend_ms[CASE_ITEMS_MAX + 1], answered_ms[CASE_ITEMS_MAX + 1], notice_ms[CASE_ITEMS_MAX + 1];
    uint64_t until_ms[CASE_ITEMS_MAX + 1];          /* the date of the hold, as last said */
    uint64_t linked_ms[CASE_ITEMS_MAX + 1];         /* assistance was sent, or received, as first said */
    uint64_t linked_until_ms[CASE_ITEMS_MAX + 1];   /* until_ms then; 0: it had no date yet */
    uint64_t received_ms[CASE_ITEMS_MAX + 1];       /* declared */
    uint64_t received_until_ms[CASE_ITEMS_MAX + 1]; /* until_ms then; 0: it had no date yet */
    uint64_t final_ms[CASE_ITEMS_MAX + 1],
        whole_ms[CASE_ITEMS_MAX + 1]; /* evidence: the final part, found good */
    struct case_pause {
        uint64_t ms, since_ms;                                /* 0: does not run */
    } pause[CASE_ITEMS_MAX + 1], decided[CASE_ITEMS_MAX + 1]; /* now; when it was decided */
};

/* Letters that have no effect say nothing. Borrowed: the fold. */
void case_history_read(struct case_history *ret, const struct case_fold *);

/* When the broker had it, or else (what is of this very turn) when it was signed. */
uint64_t letter_sent_ms(const struct case_letter *);

#endif
