/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The node's doors as its host calls them: each puts down in the record what the core is given and what came of it, and does
 * what the door of that name in node.h does. Without a record they are those doors and nothing else.
 */
#ifndef COMITY_NODES_DAEMON_DOORS_H
#define COMITY_NODES_DAEMON_DOORS_H

#include "base/daemon/record.h"
#include "nodes/node.h"

#define NODE_TURN_BYTES_MAX ((size_t)256 * 1024 * 1024)
#define NODE_SLAB_CELLS     256

struct node_doors {
    struct node *node;
    struct turn *turn;     /* borrowed */
    struct record *record; /* borrowed; NULL: nothing is recorded */
    char trouble[320];     /* of the link, as the core knows it; "" at first */
};

/* From now on what this signer, which the core is opened with, signs is put down as well. */
void node_door_signer(struct node_doors *, struct signer *);
MUST_USE enum door node_door_open(struct node_doors *, const struct node_options *, struct error *);
void node_door_disk_free(struct node_doors *, uint64_t bytes);
/* The zone in the bytes of a TZif file, made in the arena, which must live as long as it is the node's. False: none; UTC. */
MUST_USE bool node_door_zone(struct node_doors *, struct bytes tzif, struct arena *);
/* One zone into the set that node_door_zones() is to give. False: there is no such zone; it is UTC. */
MUST_USE bool node_door_zone_of(struct node_doors *, struct zone_set *, const char *name, struct bytes tzif);
/* The set, which must live as long as it is the node's. */
void node_door_zones(struct node_doors *, const struct zone_set *);
/* Told only when it is another than before: a host asks in every round. */
void node_door_link_trouble(struct node_doors *, const char *text);

void node_door_begin(struct node_doors *, wall_ms, mono_ms); /* turn_begin() */
MUST_USE enum door node_door_link_up(struct node_doors *, link_id);
MUST_USE enum door node_door_link_down(struct node_doors *, link_id);
MUST_USE enum door node_door_frame(struct node_doors *, link_id, struct bytes frame);
MUST_USE enum door node_door_roster(struct node_doors *, struct bytes json, const struct bytes *minisigs,
                                    size_t count, enum roster_outcome *ret_outcome, struct error *);
MUST_USE enum door node_door_command(struct node_doors *, const struct command *, struct answer *ret);
MUST_USE enum door node_door_tick(struct node_doors *);
/* FATAL also when the turn's memory ran out. */
MUST_USE enum door node_door_turn_end(struct node_doors *);
/* An open record ends here when the roster in force is not, or no longer, one of exercises. */
MUST_USE enum door node_door_commit(struct node_doors *);
MUST_USE enum door node_door_between_turns(struct node_doors *, bool idle);

#endif
