/* SPDX-License-Identifier: Apache-2.0 */
/* Which broker the link of a node goes to: the one whose key the roster says is good now. */
#ifndef COMITY_NODES_DAEMON_TARGET_H
#define COMITY_NODES_DAEMON_TARGET_H

#include "base/daemon/logger.h"
#include "nodes/daemon/uplink.h"
#include "nodes/node.h"

/* All zero at first. */
struct target {
    bool none;           /* the roster names nobody to connect to: told once */
    const char *through; /* instead of the broker's endpoints; borrowed; NULL: nothing is */
};

/*
 * Why no broker's link key is good at that time, for people: our own clock may be why, when each that is not revoked begins later or has
 * ended; then *ret_clock.
 */
const char *target_none_because(const struct roster *, wall_ms now, bool *ret_clock);

/* Points the uplink there. In every round: keys also follow each other within one version of the roster. */
void target_follow(struct target *, struct uplink *, const struct node *, struct logger *);

#endif
