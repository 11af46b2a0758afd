/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A world: one broker and some nodes in one process, over disks in memory, links that are queues, and a clock that stands
 * still until it is told to move. It hosts the very objects the daemons link: same doors, same turn, same order of commit
 * before speech. A door that answers FATAL crashes that one actor; starting it again from its disk is the recovery.
 */
#ifndef COMITY_DRILLS_WORLD_WORLD_H
#define COMITY_DRILLS_WORLD_WORLD_H

#include "base/error.h"
#include "broker/broker.h"
#include "drills/world/disk.h"
#include "nodes/node.h"

#define WORLD_PARTIES_MAX 400
#define WORLD_BROKER      0 /* actor 0; the parties are 1 .. party_count in the order of the setup */

struct world;

struct world_party {
    struct address address;
    const struct signer *node_signer, *seal_signer; /* borrowed for the world's life */
};

struct world_setup {
    struct network_id network;
    struct bytes roster_json; /* version 1; borrowed for the world's life */
    const struct bytes *minisigs;
    size_t minisig_count;
    const char *broker_id;
    const struct signer *receipt_signer;
    const struct world_party *parties;
    size_t party_count;
    struct slab *slab;
    wall_ms start;
    uint64_t seed;
    uint64_t life_ms;     /* of envelopes; 0: the node's default */
    uint64_t prekey_days; /* 0: the node's default */
};

/* Everybody is started and linked; nothing has been said yet. NULL with an error. */
MUST_USE struct world *world_new(const struct world_setup *, struct error *);
void world_free(struct world *); /* NULL is allowed */

size_t world_actor(const struct world *,
                   const char *address); /* index of a party; aborts when there is none */
struct disk *world_disk(struct world *, size_t index);
struct broker *world_broker(struct world *);           /* NULL while it is down */
struct node *world_node(struct world *, size_t index); /* NULL while it is down */
wall_ms world_now(const struct world *);

/* --- time --- */

/* Turns until nothing waits and no deadline has come, without moving the clock. False: still busy after turns_max. */
MUST_USE bool world_settle(struct world *, unsigned turns_max);
/* Moves the clock from deadline to deadline, settling in between, for ms in all. False: it would not settle. */
MUST_USE bool world_pass(struct world *, uint64_t ms);

/* Every machine sleeps for ms and wakes: the clock moves at once, then all act on what has come due. False as above. */
MUST_USE bool world_leap(struct world *, uint64_t ms);

/* --- people --- */

/* One turn of a party with this command in it. False: the party is down, or went down in that turn. */
MUST_USE bool world_command(struct world *, size_t index, const struct command *, unsigned *ret_status,
                            json_t **ret_answer);

/* --- faults --- */

bool world_is_up(const struct world *, size_t index);
/* Ends an actor and decides what its disk kept; its links go down. DISK_KEEP_ALL is kill -9. */
void world_crash(struct world *, size_t index, enum disk_cut);
/* Starts it from its disk and links it again. False with an error: it refuses to start. */
MUST_USE bool world_start(struct world *, size_t index, struct error *);
/* Crashed actors that went down by themselves (FATAL) since the last call. */
unsigned world_fatals(struct world *);

/* Cuts a party's link; what was on its way is lost. Wanted links come up again when the world next settles. */
void world_cut_link(struct world *, size_t party);
void world_want_link(struct world *, size_t party, bool wanted);

/* Sees every frame as it is put on a link and may change or take it away. */
enum world_direction { WORLD_TO_BROKER, WORLD_TO_NODE };
enum world_verdict { WORLD_PASS, WORLD_DROP };
struct world_tap {
    /* *frame may be pointed at other bytes, which are copied at once. */
    enum world_verdict (*frame)(void *context, size_t party, enum world_direction, struct bytes *frame);
    void *context;
};
void world_set_tap(struct world *, struct world_tap);
/* Puts a frame on a link as if the other end had said it. */
void world_inject(struct world *, size_t party, enum world_direction, struct bytes frame);

#endif
