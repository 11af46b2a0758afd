/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stood in a case when another party of the requested State went on with it, in the words of a letter: the LINK hands it over,
 * TAKEN_OVER restates it to the requesting side, whose node holds it against what stood there. Items keep their states, dates and
 * links; asks their age and date; what is owed stays owed by when it was. What a rule asks for besides (was it consulted about, did the
 * evidence arrive whole) is not carried along: it is said again.
 */
#ifndef COMITY_NODES_RESTATED_H
#define COMITY_NODES_RESTATED_H

#include "nodes/lifecycle.h"

/* As Tie and TakenOver have it; in the arena. */
struct restated {
    const struct case_letter *letter; /* that has the request; borrowed from the fold */
    Comity__Item **more;              /* items that are not in it: SUPPLEMENTs added them */
    size_t more_count;
    Comity__Restated **items;
    Comity__OpenAsk **asks; /* what is alike of several items is one */
    Comity__OpenDue **dues;
    size_t item_count, ask_count, due_count;
};

/*
 * What goes along with a MOVED. before: the case as it stood without that letter. An item that it leaves behind, and one that
 * ended before, is restated as ended: the one as MOVED, the other with its result. False when the arena ends.
 */
MUST_USE bool restated_of(const struct case_fold *before, const Comity__Letter *moved, struct arena *,
                          struct restated *ret);

/*
 * What TAKEN_OVER says less than stood: another party or request, an item left out, a date earlier, a state that is worse, an answer
 * that is owed no more, or later. Nothing where all of it stands.
 */
void taken_over_check(const Comity__TakenOver *, const struct restated *stood, enum machine, const char *r,
                      struct faults *);

/* --- the words --- */

/* False: the machine has no such state. */
MUST_USE bool restated_state(enum machine, const char *word, enum item_state *ret);
/* Of a kind that a letter of the machine opens; ASK_NONE: it is none. */
enum ask_kind restated_ask(enum machine, const char *word);
enum side restated_ask_owed_by(enum machine, enum ask_kind);
/* CLOCK_BIT() of those that run while it is open, in cases of that machine. */
unsigned restated_ask_clocks(enum machine, enum ask_kind);
/* Of those that a letter of the machine starts. False: it is none. */
MUST_USE bool restated_clock(enum machine, const char *word, enum clock_name *ret);
enum side restated_clock_owed_by(enum machine, enum clock_name);

#endif
