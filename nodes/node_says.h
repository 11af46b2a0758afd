/* SPDX-License-Identifier: Apache-2.0 */
/* Letters that a node writes by itself: it knows what they say, and no officer is needed (0 signatures in the table). */
#ifndef COMITY_NODES_NODE_SAYS_H
#define COMITY_NODES_NODE_SAYS_H

#include "nodes/letters.h"
#include "nodes/store_chores.h"

#define SAY_AGAIN_MS                                                                                         \
    (10 * MS_PER_MINUTE) /* what could not be said now; after a letter that failed, twice as long each time */
#define SAY_AGAIN_DOUBLES 12 /* 28 days at most */

enum node_said {
    SAID,       /* filed, to be sealed in the next turn */
    SAID_NEVER, /* the rules of letters forbid it as the case stands */
    SAID_LATER, /* not now: no roster, the disk is full, or the case is being recalled */
};
/* The next letter of that case, which is looked at again when it is to be said later. The fold is of the case as it stands. */
enum node_said node_says(struct node *, struct turn *, const struct case_row *, const struct case_fold *,
                         Comity__Letter *, struct arena *);
/* The first letter of a new case of ours towards that party. */
enum node_said node_begins(struct node *, struct turn *, const struct address *to, bool exercise,
                           Comity__Letter *, struct arena *, struct case_id *ret);

/*
 * The items (all, where count is 0) that the letter may be about now, ascending, in the arena: what a node names in it. 0: none,
 * or the arena ended. The letter says already what its rules look at.
 */
size_t items_for(const struct case_fold *, const Comity__Letter *, const uint32_t *wanted, size_t count,
                 uint64_t now_ms, struct arena *, uint32_t **ret);

/* A RELEASED, in the arena; NULL when it ends. */
Comity__Letter *released_new(struct arena *, Comity__Released__Why, uint64_t at_ms);

/* Parts of letters, in the arena; NULL when it ends. */
Comity__Instant *instant_new(struct arena *, uint64_t ms);
char *text_new(struct arena *, const char *);

#endif
