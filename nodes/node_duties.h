/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a node owes in a case by itself, as the requested side: the echo of a ping, as far as its roster entry consents, and its end
 * when no person answered; the end of assistance and of an emergency whose last word came, or is overdue after a reminder.
 */
#ifndef COMITY_NODES_NODE_DUTIES_H
#define COMITY_NODES_NODE_DUTIES_H

#include "nodes/letters.h"

/* After this case was renewed. */
void duties_follow(struct node *, struct turn *, const struct case_row *, const struct case_fold *,
                   struct arena *);

/* Why a party that consents so is not to be pinged at that moment; NULL: it may be. before: echoes to the same party in a year. */
const char *ping_refusal(const struct ping_consent *, const struct zone *, uint64_t now_ms, uint64_t before);

#endif
