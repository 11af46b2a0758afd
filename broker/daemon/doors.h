/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The broker's doors as its host calls them: each puts down in the record what the core is given and what came of it, and does
 * what the door of that name in broker.h does. Without a record they are those doors and nothing else.
 */
#ifndef COMITY_BROKER_DAEMON_DOORS_H
#define COMITY_BROKER_DAEMON_DOORS_H

#include "base/daemon/record.h"
#include "broker/broker.h"

#define BROKER_TURN_BYTES_MAX ((size_t)256 * 1024 * 1024)
#define BROKER_SLAB_CELLS     16

struct broker_doors {
    struct broker *broker;
    struct turn *turn;     /* borrowed */
    struct record *record; /* borrowed; NULL: nothing is recorded */
};

/* From now on what this signer, which the core is opened with, signs is put down as well. */
void broker_door_signer(struct broker_doors *, struct signer *);
MUST_USE enum door broker_door_open(struct broker_doors *, const struct broker_options *, struct error *);
void broker_door_disk_free(struct broker_doors *, uint64_t bytes);

void broker_door_begin(struct broker_doors *, wall_ms, mono_ms); /* turn_begin() */
MUST_USE enum door broker_door_link_up(struct broker_doors *, link_id, const struct address *party);
MUST_USE enum door broker_door_link_down(struct broker_doors *, link_id);
MUST_USE enum door broker_door_frame(struct broker_doors *, link_id, struct bytes frame);
MUST_USE enum door broker_door_roster(struct broker_doors *, struct bytes json, const struct bytes *minisigs,
                                      size_t count, enum roster_outcome *ret_outcome, struct error *);
MUST_USE enum door broker_door_tick(struct broker_doors *);
/* FATAL also when the turn's memory ran out. */
MUST_USE enum door broker_door_turn_end(struct broker_doors *);
/* An open record ends here when the roster in force is not, or no longer, one of exercises. */
MUST_USE enum door broker_door_commit(struct broker_doors *);
MUST_USE enum door broker_door_between_turns(struct broker_doors *, bool idle);

#endif
