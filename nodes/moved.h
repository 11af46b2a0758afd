/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A case that another party of the same State goes on with (MOVED): the node of the one that had it hands over the letter that began
 * it, in a LINK; the other one begins a case of its own with TAKEN_OVER, which restates what stood. The requesting side's node holds
 * that against what stood, as it has it.
 */
#ifndef COMITY_NODES_MOVED_H
#define COMITY_NODES_MOVED_H

#include "base/faults.h"
#include "nodes/letters.h"

/* What is to be done after this case was renewed; of tie_follow(). */
void moved_follow(struct node *, struct turn *, const struct case_row *, const struct case_fold *,
                  struct arena *);

/*
 * What TAKEN_OVER says less than stood in the case before it, as folded here: another party or request, an item left out, a date
 * earlier, what was held not held. Nothing where all of it stands.
 */
void taken_over_check(const Comity__TakenOver *, const struct case_fold *before, const char *r,
                      struct faults *);

/* The id that was chosen for the case, where it was handed over to this party; else *ret is left. */
void moved_case(struct node *, const Comity__TakenOver *, struct arena *, struct case_id *ret);

/* The opener in a HAND_OVER, as it was signed: its letter, in the arena, and its id. NULL: it does not decode. */
const Comity__Letter *opener_read(struct bytes opener, struct arena *, struct letter_id *ret);

#endif
