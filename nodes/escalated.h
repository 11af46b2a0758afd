/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The last step of a ladder: the node tells the central authority of its own State, in a LINK case, that nobody answers for a
 * case. What is told is the date that ran out and the case's reference, not the case. When somebody took the case or wrote what
 * was owed, the node says so and the LINK ends. One of a case at a time, that which ran out first: what ran out besides, and
 * still runs then, is told after it. Once for a date: what was told shows in the LINK case, which the other end gives back to a
 * disk that came back older. docs/decisions/0045-one-escalation-of-a-case.md.
 */
#ifndef COMITY_NODES_ESCALATED_H
#define COMITY_NODES_ESCALATED_H

#include "nodes/watch.h"

/* After a case was renewed: these are its dates that run. Looked at again where it cannot be said now. */
void escalated_follow(struct node *, struct turn *, const struct case_row *, const struct case_fold *,
                      const struct watch *, size_t count, const struct case_alarms *, struct arena *);

#endif
