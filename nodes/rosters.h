/* SPDX-License-Identifier: Apache-2.0 */
/* The roster versions this node holds: taken from disk or from the broker, kept for ever, offered to the broker. */
#ifndef COMITY_NODES_ROSTERS_H
#define COMITY_NODES_ROSTERS_H

#include "nodes/node_private.h"

/* Reads the newest version back from the store. False with an error when it does not read. */
MUST_USE bool node_rosters_load(struct node *, struct error *);

/*
 * Verifies a candidate against what is held (or as the first one), stores it and stages it for use when the input
 * holds. Any outcome but ROSTER_OK leaves everything as it was.
 */
MUST_USE enum roster_outcome node_rosters_take(struct node *, struct turn *, struct bytes json,
                                               const struct bytes *minisigs, size_t count, struct error *);
/* The input held, or was undone. */
void node_rosters_adopt(struct node *);
void node_rosters_drop(struct node *);

/* Hash of a version; false when it is not held. */
MUST_USE bool node_rosters_hash(struct node *, uint64_t version, struct digest *ret);

/* May be sealed and submitted under the newest roster; what is filed is stale. Says changes in the log once. */
struct roster_standing {
    bool usable; /* there is one, it names this party, and it is not past its grace */
    bool stale;
};
struct roster_standing node_rosters_standing(struct node *, struct turn *);
/* When the roster's standing, or that of a key of this node, changes next by our clock: what waits for it goes on then. */
void node_rosters_due(const struct node *, const struct turn *, struct due *);
/* May the own key of that role, ROLE_NODE or ROLE_SEAL, sign now? Says in the log when it begins not to, and why. */
bool node_rosters_own_key(struct node *, struct turn *, enum key_role);

/* A RosterFrame from the broker. False: it is out of place, the link is to be ended. */
MUST_USE bool node_rosters_frame(struct node *, struct turn *, const Comity__RosterFrame *);
/* Asks for the version after ours when the broker has one; at a link's opening and after each version taken. */
void node_rosters_ask(struct node *, struct turn *);
/* Says the version that the broker asked for, and the next one that it lacks: one of each a turn. */
void node_rosters_offer(struct node *, struct turn *);
/* Forgets what came in parts: there is another link. */
void node_rosters_forget_parts(struct node *);

/* --- store_rosters.c --- */
void store_roster_put(struct store *, uint64_t version, const struct digest *hash, struct bytes bundle);
/* bundle lies in the arena; version 0: the newest. False: none, or the arena ended. */
MUST_USE bool store_roster_get(struct store *, uint64_t version, struct arena *, struct bytes *ret_bundle);
MUST_USE bool store_roster_hash(struct store *, uint64_t version, struct digest *ret);

#endif
