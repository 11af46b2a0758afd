/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A world: one broker and some nodes in one process, over disks in memory (disk.h), links that behave as badly as they are
 * told to (link.h), and clocks that move from event to event. It hosts the very objects the daemons link: same doors, same turn,
 * same order of commit before speech. A door that answers FATAL crashes that one actor; starting it again from its disk is the
 * recovery. Nothing happens but through these functions and the setup: the same calls give the same run, byte for byte (I12).
 *
 * True time is counted in microseconds from the start of the world, by a heap of events ordered by (time, number). Every actor
 * reads its own two clocks, which may be wrong. All times that these functions take are true time.
 */
#ifndef COMITY_DRILLS_WORLD_WORLD_H
#define COMITY_DRILLS_WORLD_WORLD_H

#include "base/error.h"
#include "broker/broker.h"
#include "drills/world/disk.h"
#include "drills/world/link.h"
#include "nodes/node.h"

#define WORLD_PARTIES_MAX 400
#define WORLD_BROKER                                                                                         \
    0 /* actor 0; the parties are 1 .. party_count in the order of the setup, then the guests */

struct world;

struct world_party {
    struct address address;
    const struct signer *node_signer, *seal_signer; /* borrowed for the world's life */
    const struct zone *zone;                        /* borrowed; NULL: UTC */
    bool has_exercise;                              /* joined; its letters carry it */
    struct exercise_id exercise;
};

struct world_setup {
    struct network_id network;
    struct bytes roster_json; /* the first version; borrowed for the world's life */
    const struct bytes *minisigs;
    size_t minisig_count;
    const char *broker_id;
    const struct signer *receipt_signer;
    const struct world_party *parties;
    size_t party_count;
    size_t guest_count; /* parties behind these that have no node: world_set_guest() */
    struct slab *slab;
    /* Of all parties; borrowed for the world's life; NULL: its own. Signers that say the same place save the others a multiplication. */
    struct verified_turns *verified;
    struct roster_shelf *shelf; /* the same */
    wall_ms start;              /* true time 0 */
    uint64_t seed;
    const struct zone_set *zones; /* of all parties; borrowed for the world's life; NULL: none */
    /* What disks have beyond 1 GiB is in a file there (piece.h); NULL: in memory. */
    const char *scratch_directory;
    bool steady_disks; /* none loses its power, and no sync fails (disk.h) */
    uint64_t
        quiet_ms; /* before a node pings its line (nodes/node.h); the broker waits three times as long; 0: the default */
    uint64_t tick_ms;          /* of every node (nodes/node.h); 0: its default */
    uint64_t life_ms;          /* of envelopes; 0: the node's default */
    uint64_t prekey_days;      /* 0: the node's default */
    uint64_t checkpoint_pages; /* of every store; 0: its default */
    uint64_t cache_bytes;      /* of every node's store; 0: its default */
    bool busy; /* a log goes home when it is long or has a roster, not when there is nothing else to do */
    uint64_t spool_bytes_max, quota_envelopes, quota_bytes; /* of the broker; 0: its default */
};

/* Everybody is started and linked; nothing has been said yet. NULL with an error. */
MUST_USE struct world *world_new(const struct world_setup *, struct error *);
void world_free(struct world *); /* NULL is allowed */

/* The index of a party; aborts when there is none. */
size_t world_actor(const struct world *, const char *address);
size_t world_actor_count(
    const struct world *); /* with the broker, without guests: those that have a disk and may be up */
struct disk *world_disk(struct world *, size_t index);
const char *world_vfs(const struct world *, size_t index);        /* of its disk */
const char *world_store_path(const struct world *, size_t index); /* of its database there */
struct broker *world_broker(struct world *);                      /* NULL while it is down */
struct node *world_node(struct world *, size_t index);            /* NULL while it is down */

/* --- time --- */

wall_ms world_now(const struct world *);     /* true time as a wall clock without fault shows it */
uint64_t world_now_us(const struct world *); /* since the start */
/* When something may happen next, since the start: nothing does before. UINT64_MAX: never. */
uint64_t world_next_us(const struct world *);

/* What happens without the clock moving, until nothing waits and no deadline has come. False: still busy after turns_max. */
MUST_USE bool world_settle(struct world *, unsigned turns_max);
/* All events of the next ms. False: an instant that would not end (100,000 turns). */
MUST_USE bool world_pass(struct world *, uint64_t ms);
/* Every machine sleeps for ms and wakes: the clock moves at once, then all act on what has come due. False as above. */
MUST_USE bool world_leap(struct world *, uint64_t ms);

/* Calls what at that true time, or now if it is past, between turns; it may call anything here but settle, pass and leap. */
void world_at(struct world *, uint64_t at_us, void (*what)(void *context), void *context);

/* An actor's own clocks: wall = true + offset, both run drift_ppm fast (negative: slow). The monotonic one never goes back. */
void world_set_clock(struct world *, size_t index, int64_t offset_ms, int32_t drift_ppm);
wall_ms world_clock(const struct world *, size_t index);
/* No turn before that time: SIGSTOP, a sleeping machine. Frames and commands wait. */
void world_freeze(struct world *, size_t index, uint64_t until_us);
/* Each turn takes so long, and each sync of its disk so much more, before what it said leaves and the next turn begins. */
void world_slow(struct world *, size_t index, uint64_t turn_us, uint64_t sync_us);

/* --- people --- */

/* One turn of a party with this command in it. False: it is down or frozen, or went down in that turn. */
MUST_USE bool world_command(struct world *, size_t index, const struct command *, unsigned *ret_status,
                            json_t **ret_answer);
/* Hands an actor a roster version (copied) in its next turn, again after each restart until it holds that version. */
void world_roster(struct world *, size_t index, struct bytes json, const struct bytes *minisigs,
                  size_t count);

/* --- faults --- */

bool world_is_up(const struct world *, size_t index);
/* What ended it last, also while WORLD_DOWN is told. Of one that never ended: BY_ITSELF. */
enum world_cause {
    WORLD_BY_ITSELF,     /* FATAL */
    WORLD_CRASHED,       /* world_crash() */
    WORLD_AT_ITS_MOMENT, /* world_crash_in_turn() */
    WORLD_STOPPED,       /* world_stop() */
};
enum world_cause world_cause_of_end(const struct world *, size_t index);
/* Ends an actor and decides what its disk kept; its links go down. DISK_KEEP_ALL is kill -9. Already down: only the disk. */
void world_crash(struct world *, size_t index, enum disk_cut);
/* The same at a moment of the next turn in which the actor has something to say. The world reports WORLD_DOWN. */
enum world_moment { WORLD_BEFORE_COMMIT, WORLD_AFTER_COMMIT, WORLD_HALF_SPOKEN };
void world_crash_in_turn(struct world *, size_t index, enum world_moment, enum disk_cut);
/* Ends an actor as its operator does: its store is closed, what it said still arrives. Already down: nothing. */
void world_stop(struct world *, size_t index);
/* Starts it from its disk and links it again. False with an error: it refuses to start. */
MUST_USE bool world_start(struct world *, size_t index, struct error *);
/* Crashed actors that went down by themselves (FATAL) since the last call. */
unsigned world_fatals(struct world *);
/* A copy of its disk as it stands (a snapshot), and bringing it back: the actor is down and stays down. */
void world_backup(struct world *, size_t index, struct disk *to);
void world_restore(struct world *, size_t index, const struct disk *from);

/* How a party's line behaves from now on (link.h). A new world's links are perfect. */
void world_link(struct world *, size_t party, const struct link_nature *);
/* Cuts a party's connection; what was on its way is lost. A wanted link comes up again after the nature's reconnect_us. */
void world_cut_link(struct world *, size_t party);
/*
 * Only the end that this direction leads to learns of it; the other believes until it hears nothing for too long. What was on
 * its way is lost. An end that the link had not come up for has nothing to believe in: such a connection is cut.
 */
void world_cut_half(struct world *, size_t party, enum world_direction learns);
void world_want_link(struct world *, size_t party, bool wanted);
bool world_has_connection(const struct world *,
                          size_t party); /* one that is up or coming up, at either end */

/* --- guests --- */

/*
 * A party without a node: whoever speaks for it has its line, and hears what the broker says to it. It has no disk and no turns; of
 * the functions here those about lines are for it, too. Its line is unwanted at first.
 */
struct world_guest {
    void (*link_up)(void *context);
    void (*link_down)(void *context);
    void (*heard)(void *context, struct bytes frame); /* borrowed for the call */
    void *context;
};
void world_set_guest(struct world *, size_t index, struct world_guest);
/* A frame to the broker, at once. False: there is no link, or it ended just now because its queue is full. */
bool world_say(struct world *, size_t index, struct bytes frame);

/* --- watching --- */

/* Sees every frame as it is put on a link and may change or take it away. */
enum world_verdict { WORLD_PASS, WORLD_DROP };
struct world_tap {
    /* *frame may be pointed at other bytes, which are copied at once. */
    enum world_verdict (*frame)(void *context, size_t party, enum world_direction, struct bytes *frame);
    void *context;
};
void world_set_tap(struct world *, struct world_tap);
/* Puts a frame on a link as if the other end had said it. */
void world_inject(struct world *, size_t party, enum world_direction, struct bytes frame);

enum world_fact {
    WORLD_UP,        /* started from its disk */
    WORLD_DOWN,      /* ended: world_cause_of_end() says by what, text why */
    WORLD_LINK_UP,   /* of a party */
    WORLD_LINK_DOWN, /* text: which end learnt of it and why */
};
/* All of them may be NULL. Called in the order things happen; none may change the world. */
struct world_witness {
    void *context;
    /* After the speaker's commit and before the network touches it: what was said. */
    void (*said)(void *context, size_t party, enum world_direction, struct bytes frame);
    /* What reached the other end's core, changed or not. */
    void (*heard)(void *context, size_t party, enum world_direction, struct bytes frame);
    void (*logged)(void *context, size_t actor, const struct logged *);
    void (*fact)(void *context, size_t actor, enum world_fact, const char *text);
};
void world_set_witness(struct world *, struct world_witness);

/* Of a party's line since the world began. */
struct link_strikes world_strikes(const struct world *, size_t party);

struct world_figures {
    uint64_t turns, events, frames, frame_bytes, frames_lost, links_ended_full;
};
struct world_figures world_figures(const struct world *);

#endif
