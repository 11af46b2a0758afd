/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of letter_check(): what a letter must be to the roster and to the case, each a concept of its own. */
#ifndef COMITY_NODES_LETTER_CHECKS_H
#define COMITY_NODES_LETTER_CHECKS_H

#include "nodes/case.h"

/*
 * The number to call back on must be one that the roster has of the requesting party, so that a forged request does not bring its own:
 * confirmation.phone of a REQUEST, numberCalledBack of an ORAL_NOTED. A party without numbers in the roster is not checked; in an
 * emergency the rule can give way (Acted: CALL_BACK). Fault NOT_IN_ROSTER, with the numbers known.
 */
void callback_check(const Comity__Letter *, const struct case_fold *, const struct letter_terms *,
                    struct faults *);

/* The same number, however it is spaced: only digits count. */
bool same_phone(const char *, const char *);

/*
 * Who asks, as the request has it, against what the roster says of that party: phone, e-mail and hours of its contacts, its zone. Notes
 * NOT_IN_ROSTER, with what is known; nothing is said of what the roster leaves open. Another letter than a REQUEST is not looked at.
 */
void authority_check(const Comity__Letter *, const struct party *own, struct faults *notes);

/* What ties the cases of one State together is nothing to another one: a LINK is between parties of one. Fault OTHER_STATE at "type". */
void link_parties_check(const Comity__Letter *, const struct letter_terms *, struct faults *);

/* Can that party go on with a case of R: another one of its State, in the roster and active? */
bool may_take_over(const struct roster *, const char *r, const char *party);
/* MOVED names such a party: else nobody has the case. Fault RECIPIENT at "party". */
void moved_party_check(const Comity__Letter *, const struct letter_terms *, struct faults *);

/*
 * Answers by rows name one item that was asked for in rows, and rows that it has. Faults NO_ROWS, NO_ROW at "rows". What cannot be read
 * is completeness's.
 */
void row_answers_check(const Comity__Letter *, const struct case_fold *, struct faults *);

#endif
