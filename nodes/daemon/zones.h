/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The zones that a node counts dates in: each that its newest roster names, however that roster came, as this machine's tzdata has
 * it. A zone that is not on this machine is UTC.
 */
#ifndef COMITY_NODES_DAEMON_ZONES_H
#define COMITY_NODES_DAEMON_ZONES_H

#include "base/daemon/logger.h"
#include "nodes/daemon/doors.h"

/* All zero at first. */
struct zones {
    struct arena *arena; /* of those the node has */
    uint64_t version;    /* of the roster that named them; 0: none yet */
};

/*
 * Gives the node the zones of its newest roster, unless it has them. party: the node's own; when its zone is missing that is told
 * apart. Without memory those it has stay, until the next call.
 */
void zones_follow(struct zones *, struct node_doors *, const char *party, struct logger *);
/* After the node is closed, which borrows them. */
void zones_done(struct zones *);

#endif
