/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A case that another party of the same State goes on with (MOVED): the node of the one that had it hands over the letter that began
 * it and what stood, in a LINK; the other one begins a case of its own with TAKEN_OVER, which restates what stood (restated.h). The
 * requesting side's node holds that against what stood, as it has it.
 */
#ifndef COMITY_NODES_MOVED_H
#define COMITY_NODES_MOVED_H

#include "nodes/tie.h"

/* What is to be done after this case was renewed; of tie_follow(). */
void moved_follow(struct node *, struct turn *, const struct case_row *, const struct case_fold *,
                  struct arena *);

/*
 * What goes along, into the LINK. What makes it too large for one letter stays behind: first the letter that began the case, of which
 * the id is told instead; then what stood.
 */
void hand_over_put(const struct hand_over *, Comity__Letter *link);
/* The LINK as who handed over has it: where it was declined and the case has not gone on, a person has to see to it. */
void hand_over_declined(struct node *, const struct case_fold *link, struct arena *, struct tie *);

/* The id that was chosen for the case, where it was handed over to this party; else *ret is left. */
void moved_case(struct node *, const Comity__TakenOver *, struct arena *, struct case_id *ret);

/* The opener in a HAND_OVER, as it was signed: its letter, in the arena, and its id. NULL: it does not decode. */
const Comity__Letter *opener_read(struct bytes opener, struct arena *, struct letter_id *ret);

#endif
