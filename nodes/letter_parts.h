/* SPDX-License-Identifier: Apache-2.0 */
/* What letters of different kinds say alike, read by one table each (letter_parts.def, whys.def). */
#ifndef COMITY_NODES_LETTER_PARTS_H
#define COMITY_NODES_LETTER_PARTS_H

#include "nodes/case.h"

/* What a letter says it is for, where that parts the rows of its kind. */
enum letter_why {
    WHY_NONE = 0,
#define WHY(word) WHY_##word,
#include "nodes/whys.def"
#undef WHY
    WHYS
};
enum letter_why letter_why(const Comity__Letter *);
const char *why_name(enum letter_why); /* "EXPIRED" ...; "" for NONE */

/* The list of item numbers a letter carries; false for one that has no such list (INFO_ASKED has one a question). */
bool letter_item_list(const Comity__Letter *, const uint32_t **ret, size_t *ret_count);

/* The items a letter is about. */
struct targets {
    bool all;                          /* named none: all to which it applies */
    bool beyond;                       /* named one that the case does not have */
    bool named[CASE_ITEMS_MAX + 1];    /* by number, from 1 */
    bool blocking[CASE_ITEMS_MAX + 1]; /* INFO_ASKED; [0]: all of them */
};
void letter_targets(const Comity__Letter *, size_t item_count, struct targets *ret);

/* A moment of a letter; ms 0 for none. */
struct instant instant_of(const Comity__Instant *);
/* The date it sets for what it starts: when an answer, the evidence, a review is owed. ms 0: it sets none. */
struct instant letter_by(const Comity__Letter *);
/* The hold_until a letter promises, and its zone (may be NULL, then not written); ms 0 and "" for none. */
struct instant letter_hold_until(const Comity__Letter *, const char **ret_zone);

/* The request for assistance it names. Borrowed from the letter. */
struct letter_link {
    const char *reference; /* "": none */
    struct bytes mla;      /* of 16 bytes, or none */
};
struct letter_link letter_link(const Comity__Letter *);

/* The whole request of a letter that can open a case; NULL for any other. */
const Comity__Request *letter_request(const Comity__Letter *);

#endif
