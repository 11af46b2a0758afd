/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A request asked for field by field, on a terminal: why each is needed, what it may say, an example; a default in brackets. "?" says
 * more, "!" leaves. The node itself looks at every answer, so what is wrong is told at once, in the words of the check before
 * signing.
 */
#ifndef COMITY_NODES_CLI_INTERVIEW_H
#define COMITY_NODES_CLI_INTERVIEW_H

#include "nodes/cli/client.h"
#include "nodes/request_kinds.h"

struct interview;

/* kind and to may be NULL: they are asked for first. like: a request whose words are the defaults, borrowed; or NULL. NULL: no memory. */
struct interview *interview_begin(struct client *, const struct request_kind *, const struct address *to,
                                  const json_t *like);
void interview_end(struct interview *);

/*
 * Asks until the node finds nothing missing or wrong. EXIT_DONE: *ret is the request as JSON, a new reference, and *ret_to whom it goes
 * to. EXIT_REFUSED: somebody left, which was answered.
 */
MUST_USE int interview_ask(struct interview *, json_t **ret, struct address *ret_to);

/* What to do with a letter that was shown. */
enum interview_choice { CHOICE_SIGN, CHOICE_EDIT, CHOICE_WRITE, CHOICE_QUIT };
enum interview_choice interview_choose(struct interview *);
/* Asks which fields, and for each of them again. False: somebody left. */
MUST_USE bool interview_edit(struct interview *);
/* Asks for a file until the form is written into one, or none is wanted. */
int interview_write(struct interview *);
/* Offers to keep in a file what was filled in. code: what ended it, told already; EXIT_DONE: somebody left. An exit code, told. */
int interview_leave(struct interview *, int code);

#endif
