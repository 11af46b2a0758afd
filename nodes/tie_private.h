/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ties in five files: tie.c has what a changed case leads to and the parties of one State, tie_mla.c the request for assistance and
 * the holds that it names, tie_link.c the LINK as both sides have it, tie_hold.c the hold that a tie is about and the letter that is
 * owed in it, store_ties.c how they are stored.
 */
#ifndef COMITY_NODES_TIE_PRIVATE_H
#define COMITY_NODES_TIE_PRIVATE_H

#include "nodes/lifecycle.h"
#include "nodes/node_says.h"
#include "nodes/tie.h"

#define TIES_OF_CASE_MAX 128 /* a request for assistance names fewer holds */

/* One case is renewed. */
struct renewal {
    struct node *node;
    struct turn *turn;
    struct arena *arena;
    const struct case_row *row;
    const struct case_fold *fold;
};

/* --- tie.c --- */

bool no_case(const struct case_id *);
bool same_case(const struct case_id *, const struct case_id *);
/* An id for a letter, in the arena; none: no bytes. */
ProtobufCBinaryData name_case(struct arena *, const struct case_id *);

/* That case is renewed again in a while: memory ended, or what was to be said could not be said now. */
void tie_again(const struct renewal *, const struct case_id *);

/* --- tie_hold.c --- */

/* LATER: memory ended before that was known. */
enum hold_found { HOLD_HERE, HOLD_NONE, HOLD_LATER };
/* The hold of this party that the tie is about: by its id where that is said, else by its reference, if only one hold has it. */
MUST_USE enum hold_found tie_hold_find(const struct renewal *, const struct tie *, struct case_id *ret);
/* Is the case that it was found to be about one that it can be about? */
MUST_USE enum hold_found tie_hold_is(const struct renewal *, const struct tie *);
/* Writes the letter that is owed in the hold, once; from: who sent or has the request for assistance. */
void tie_hold_tell(const struct renewal *, struct tie *, const char *from, const uint32_t *items,
                   size_t item_count);
/*
 * Does the hold wait for that request for assistance still? ELSEWHERE: at the party that the case was handed to, which nobody tells but
 * a person.
 */
enum hold_waits { WAITS_NOT, WAITS_HERE, WAITS_ELSEWHERE, WAITS_LATER };
MUST_USE enum hold_waits tie_hold_waits(const struct renewal *, const struct tie *);
/* A hold was renewed: LINK cases that wait for it are looked at again; a tie without one is looked at here. */
void tie_hold_follow(const struct renewal *);

/* --- tie_mla.c --- */

void tie_mla_follow(const struct renewal *);
/* Who keeps the hold, as seen from here: this State's party. "": nobody is to be told. */
struct address tie_whom(const struct renewal *, const struct tie *);

/* --- tie_link.c --- */

void tie_link_follow(const struct renewal *);
/* Tells who has the hold. The tie's other is filled; false: not now. */
MUST_USE bool tie_tell(const struct renewal *, struct tie *, const uint32_t *items, size_t item_count,
                       const struct hand_over *along);
/* The link is asked to end, or (one party has both) the hold is seen to. What is to be said later the link's own renewals do not say. */
enum node_said tie_end(const struct renewal *, struct tie *, Comity__MlaEnded__Why);

#endif
