/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A letter against what States publish of how they work (docs/protocol.md 9.5), before it is signed: nothing here is looked
 * at when a letter arrives. What the other State makes a condition is a fault; what it only tells, and everything about a
 * State that publishes nothing, is a note that the officer sees and may pass over. In an emergency the conditions give way
 * to the letter's own word that rules of a State were left aside, and why (`acted`): they are notes then, too.
 */
#ifndef COMITY_NODES_TERMS_CHECK_H
#define COMITY_NODES_TERMS_CHECK_H

#include "nodes/case.h"

/*
 * Codes of faults: NOT_UNDERSTOOD (the other side's program does not know such a letter: never a note), AUTHORITY, LANGUAGE,
 * INSISTED, DUAL_CRIMINALITY; of notes besides: RESERVATION, HOLD_DAYS, EXTENSIONS, LEAD_TIME, FORMAT. fold NULL: a new
 * case. Paths as letter_check()'s.
 */
void letter_terms_check(const Comity__Letter *, enum side author, const struct case_fold *fold,
                        const struct letter_terms *, struct faults *faults, struct faults *notes);

/* Is it about an emergency: of what it asks, or of the case it belongs to? fold NULL: a new case. */
bool letter_in_emergency(const Comity__Letter *, const struct case_fold *fold);
/* It is, and the letter says that this rule of its own State was left aside, and why. */
bool letter_acted(const Comity__Letter *, const struct case_fold *fold, Comity__Acted__Rule);

/*
 * How many officers of the party sign here: by the treaty, or more where the own State says so in its terms; that more gives
 * way in an emergency to `acted`. Other States do not look at it. 0: the node alone.
 */
unsigned letter_signatures_here(const Comity__Letter *, const struct case_fold *fold,
                                const struct party *own);

/*
 * Where officers of the party have the mandate to decide, one of them has to be among the two or more who sign a letter that
 * needs two. False: none of these is one, and that rule was not left aside in an emergency.
 */
MUST_USE bool letter_decided_by(const Comity__Letter *, const struct case_fold *fold, const struct party *own,
                                wall_ms at, const struct public_key *signers, size_t count);

#endif
