/* SPDX-License-Identifier: Apache-2.0 */
/* What is made from a case each time it is renewed: its line in lists, its alarms, what is said of them to the central
 * authority, its fingerprints, what is measured. */
#ifndef COMITY_NODES_CASE_FOLLOW_H
#define COMITY_NODES_CASE_FOLLOW_H

#include "nodes/letters.h"

/* In this order, for each looks at what the one before wrote. The row has the state of the fold. */
void case_follow(struct node *, struct turn *, const struct case_row *, const struct case_fold *,
                 struct arena *);

#endif
