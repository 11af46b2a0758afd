/* SPDX-License-Identifier: Apache-2.0 */
/* A letter as the node prepared it: the bytes that are signed, decoded here, and what is said of one that waits. */
#ifndef COMITY_NODES_CLI_PREPARED_H
#define COMITY_NODES_CLI_PREPARED_H

#include "nodes/cli/client.h"
#include "proto/wire.h"

#define PREPARED_DIGITS 12 /* of a letter's id, in commands to be typed */

struct prepared {
    json_t *answer; /* owned: with "context" and "letter" */
    struct bytes context_bytes, letter_bytes;
    Comity__Context *context;
    Comity__Letter *letter;
    struct letter_id id; /* computed from the bytes, as it is signed */
};

/* Decodes the answer. False: it holds no letter, or memory ended. */
MUST_USE bool prepared_decode(struct arena *, struct prepared *);
/*
 * One that waits at the node, decoded, by the digits of its id: what comes back has that very id, and is of this party. An exit
 * code, told when it is not EXIT_DONE; answer is to be freed in any case.
 */
MUST_USE int prepared_get(struct client *, const char *name, struct prepared *ret);

/* Says of an answer of KEEP or SIGN who has signed and what is to be done next. Takes the reference; an exit code. */
int prepared_say(const struct cli *, json_t *answer);
/* "duty, head": those who have signed, or have not; "" for none. */
const char *prepared_names(const struct cli *, const json_t *answer, bool signed_already);

#endif
