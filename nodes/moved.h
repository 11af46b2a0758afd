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

/* --- moved_seen.c: the requesting side --- */

void moved_seen(struct node *, struct turn *, const struct case_row *, const struct case_fold *,
                struct arena *);
/* The entry of the worklist that is about this move. */
struct case_id move_id(const struct case_id *before, const struct case_id *after);
/* By when a case that moved and that nobody has taken over is to be seen to: the first such date of it; 0: there is none. */
uint64_t moved_due_ms(struct node *, const struct case_row *, const struct case_fold *, struct arena *);

/* --- the requested side --- */

/* Has what went to that case gone on otherwise: opened again, or handed to somebody else? */
bool is_seen_to(const struct case_fold *, const struct case_id *successor);

/*
 * What goes along, into the LINK. What makes it too large for one letter stays behind: first the letter that began the case, of which
 * the id is told instead; then what stood.
 */
void hand_over_put(const struct hand_over *, Comity__Letter *link);
/* The LINK as who handed over has it: where it was declined and the case has not gone on, a person has to see to it. */
void hand_over_declined(struct node *, const struct case_fold *link, struct arena *, struct tie *);

/*
 * The id that was chosen for the case that is taken over. NONE: none was handed over; UNCLEAR: several were, and it does not say which,
 * or it says one that was not, or that goes on already. What was handed over in an exercise goes on in it (exercise).
 */
enum successor { SUCCESSOR_NONE, SUCCESSOR_FOUND, SUCCESSOR_UNCLEAR };
MUST_USE enum successor moved_case(struct node *, const Comity__TakenOver *, bool exercise, struct arena *,
                                   struct case_id *ret);

/* The letter with the request that began a case, as it comes along in a HAND_OVER; in the arena. */
struct opener {
    const Comity__Letter *letter;
    struct letter_id id;
    bool by_q;        /* the requesting side's REQUEST; else the requested side wrote it down */
    struct address q; /* who asked */
};
/* NOT_GENUINE: it is no letter of the case that this party hands over, or not signed by officers of who it says it is from. */
enum opener_outcome { OPENER_OK, OPENER_UNREADABLE, OPENER_NOT_GENUINE };
MUST_USE enum opener_outcome opener_read(struct node *, const Comity__Tie *, const char *party,
                                         struct arena *, struct opener *ret);

#endif
