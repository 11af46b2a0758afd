/* SPDX-License-Identifier: Apache-2.0 */
/* What keeps this node itself from its work, while its link is up: its clock, its keys, its disk. Looked at, never changed. */
#ifndef COMITY_NODES_TROUBLE_H
#define COMITY_NODES_TROUBLE_H

#include "nodes/node_private.h"

struct trouble {
    const char *what; /* "clock", "node_key", "seal_key", "disk" */
    struct error why; /* in the language that its words were set to */
    const char *next; /* what its people should do; as in the source */
    bool seals_nothing;
};

/* All there is now, at most TROUBLES_MAX. words: the language; NULL: as in the source. */
#define TROUBLES_MAX 4
MUST_USE size_t troubles(const struct node *, const struct turn *, const struct catalogue *words,
                         struct trouble ret[TROUBLES_MAX]);

/* How the own key of that role, ROLE_NODE or ROLE_SEAL, keeps it from signing. False: it does not, or no roster names this party. */
MUST_USE bool trouble_of_key(const struct node *, const struct turn *, enum key_role,
                             const struct catalogue *words, struct trouble *ret);

#endif
