/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A letter against what States publish of how they work (docs/protocol.md 9.5), before it is signed: nothing here is looked
 * at when a letter arrives. What the other State makes a condition is a fault; what it only tells, and everything about a
 * State that publishes nothing, is a note that the officer sees and may pass over. In an emergency the conditions give way
 * to the letter's own word that rules of a State were left aside, and why (`acted`): they are notes then, too. What a request says
 * of who asks is held against the own entry, too (letter_checks.h).
 */
#ifndef COMITY_NODES_TERMS_CHECK_H
#define COMITY_NODES_TERMS_CHECK_H

#include "nodes/case.h"

/*
 * Codes of faults: NOT_UNDERSTOOD (the other side's program does not know such a letter: never a note), AUTHORITY, LANGUAGE,
 * INSISTED, DUAL_CRIMINALITY; of notes besides: NOT_IN_ROSTER, RESERVATION, HOLD_DAYS, EXTENSIONS, LEAD_TIME, FORMAT. fold NULL: a new
 * case. Paths as letter_check()'s.
 */
void letter_terms_check(const Comity__Letter *, enum side author, const struct case_fold *fold,
                        const struct letter_terms *, struct faults *faults, struct faults *notes);

/*
 * How many officers of the party sign here: by the treaty, or more where the own State says so in its terms; that more gives
 * way in an emergency to `acted`. Other States do not look at it. 0: the node alone.
 */
unsigned letter_signatures_here(const Comity__Letter *, const struct case_fold *fold,
                                const struct party *own);

#endif
