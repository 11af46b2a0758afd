/* SPDX-License-Identifier: Apache-2.0 */
/* The life of the link to the broker: docs/protocol.md 6. */
#ifndef COMITY_NODES_LINK_H
#define COMITY_NODES_LINK_H

#include "nodes/node_private.h"

void node_uplink_open(struct node *, struct turn *, link_id);
void node_uplink_closed(struct node *, struct turn *);
/*
 * Takes a Ping or Pong of the present link. It touches nothing that is stored, and leaves the end of the turn nothing to look for.
 * False: it is another frame.
 */
MUST_USE bool node_uplink_heartbeat(struct node *, struct turn *, const Comity__Frame *);
/* One other frame of the present link, decoded. False: it is out of place, and the link is to be ended. */
MUST_USE bool node_uplink_frame(struct node *, struct turn *, const Comity__Frame *);
/* Says Bye and asks the host to end the link. */
void node_uplink_break(struct node *, struct turn *, enum reason, const char *why);
/* Asks the broker whether it is there, and its time. Nothing on a link that is not ready. */
void node_uplink_ping(struct node *, struct turn *);
/* Pings a link that is quiet, ends one that is silent, or whose opening does not go on. */
void node_uplink_tick(struct node *, struct turn *);
/*
 * A delivery was answered: the credit of its lane goes back at the end of the turn. One whose lane cannot be read gets none
 * back.
 */
void node_uplink_took(struct node *, struct turn *, const Comity__Deliver *);
/* Gives back the credit of what was taken in. */
void node_uplink_credit(struct node *, struct turn *);
/* Ends a link on which receipts came that may verify now: all that the broker owes is said on the next one. */
void node_uplink_renew(struct node *, struct turn *);
/* When the next tick has something to do for the link. */
mono_ms node_uplink_deadline(const struct node *);

#endif
