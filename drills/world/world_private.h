/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of a world share: events.h (what comes next), actor.c (one host), round.c (its turn), connections.c, world.c. */
#ifndef COMITY_DRILLS_WORLD_WORLD_PRIVATE_H
#define COMITY_DRILLS_WORLD_WORLD_PRIVATE_H

#include "drills/world/clocks.h"
#include "drills/world/events.h"
#include "drills/world/pipe.h"
#include "drills/world/world.h"

struct connection;

/* One end of a connection: it reads the direction that leads to it. */
struct end {
    bool open;
    bool told;           /* its core knows of it */
    bool down_to_tell;   /* in its actor's list of these */
    size_t swallowed;    /* frames it said after the other end was gone */
    bool ready;          /* something has arrived: in its actor's list of these */
    uint64_t arrival_us; /* of the ARRIVAL event that counts; PIPE_HELD: none */
    uint64_t arrival_event;
    struct pipe pipe; /* what was said to it */
    struct connection *ready_before, *ready_next, *down_next;
};

/* Between the node of a party and the broker. The number is both cores' link id. */
struct connection {
    uint64_t number;
    size_t party;
    struct end ends[2]; /* by enum world_direction: [WORLD_TO_BROKER] is the broker's */
};

/* What has arrived at an actor, in that order. */
struct inbox {
    struct connection *down_first, *down_last;
    struct connection *ready_first, *ready_last;
};

/* A party's line to the broker. */
struct line {
    struct link_nature nature;
    struct link_strikes strikes;
    bool wanted;
    struct connection *current; /* the node's; NULL: it has none */
    uint64_t not_before_us;     /* the next attempt to connect */
    uint64_t attempt_event;     /* the CONNECT event that counts; 0: none is planned */
};

/* A roster version that was handed in, kept once for all actors. */
struct offer {
    uint64_t version;             /* 0: it does not read */
    struct bytes json, *minisigs; /* of own memory each */
    size_t count;
    struct offer *next;
};

struct offered {
    const struct offer *offer;
    bool handed_in; /* once at least */
};

struct actor {
    struct world *world;
    size_t index;
    char vfs[32];
    struct disk *disk;
    struct turn *turn;
    struct stream random;     /* of its turns */
    struct stream fate;       /* of its crashes */
    struct broker *broker;    /* actor 0 */
    struct node *node;        /* the others */
    struct world_guest guest; /* or whoever speaks for a party without a node */
    bool is_guest;
    const struct world_party *party;
    struct line line; /* of a party */
    struct inbox inbox;

    struct clocks clocks;
    bool rebooted; /* the power was cut: the next start is a new boot */
    uint64_t frozen_until_us, busy_until_us;
    uint64_t turn_us, sync_us;
    uint64_t wake_us; /* of the WAKE event that counts; UINT64_MAX: none */
    uint64_t wake_event;

    struct offered *offered; /* by version */
    size_t offered_count;
    bool offers_waiting; /* to be handed in with the next turn */
    uint64_t
        roster_version; /* that the core held after its last turn; 0: none, or it is down or has had no turn yet */
    mono_ms disk_looked_at;
    bool disk_bounded;

    struct {
        bool set;
        enum world_moment moment;
        enum disk_cut cut;
    } ending; /* of world_crash_in_turn() */
    enum world_cause cause_of_end;
};

struct world {
    struct world_setup setup;
    struct world_party *parties;
    struct actor *actors;
    size_t actor_count; /* with the guests, who come last */
    struct offer *offers;
    struct arena *arena;   /* of all turns: one is played at a time, and its memory is warm for the next */
    bool playing;          /* one is */
    struct pieces *pieces; /* of the disks; NULL: on the heap */
    struct verified_turns
        verified;               /* where the setup gives no place: what holds for one party holds for all */
    struct roster_shelf *shelf; /* the same; NULL: the setup's */
    struct events events;
    uint64_t now_us;
    bool running; /* events are being played */
    uint64_t turns_this_instant;
    struct stream network;
    struct connection **connections; /* by number */
    size_t connection_count, connection_room;
    uint64_t last_connection;
    bool sweep; /* some of them have no open end left */
    unsigned fatals;
    struct world_tap tap;
    struct world_witness witness;
    struct world_figures figures;
};

/* --- world.c --- */

struct actor *world_actor_at(const struct world *, size_t index); /* aborts when there is none */
void world_tell(struct world *, size_t actor, enum world_fact, const char *text);
/* Ends an actor; its disk stays as it is. */
void world_end(struct world *, struct actor *, enum world_cause, bool last_words, const char *why);
/* The actor looks whether it has something to do at that time at the latest. */
void world_wake(struct world *, struct actor *, uint64_t at_us);

/* --- actor.c: one host of one core --- */

bool actor_is_up(const struct actor *);
/* Opens the core on the actor's disk. */
MUST_USE enum door actor_open(struct actor *, struct error *);
/* Closes the core; says nothing to anybody. */
void actor_close(struct actor *);
/* What it decided by itself must be done by: true time. UINT64_MAX: never. */
uint64_t actor_deadline_us(const struct actor *);
/* Adds a version to what it is handed; copied. */
void actor_offer(struct actor *, struct bytes json, const struct bytes *minisigs, size_t count);
void world_offers_free(struct world *);
/* The roster version its core holds, 0: none. */
uint64_t actor_roster_version(const struct actor *);
/* Hands in the versions that are new or newer than what the core holds, oldest first, as the daemons read them from their disk. */
MUST_USE enum door actor_hand_in(struct actor *);
/* Measures the free space now and then, as the daemons do. */
void actor_look_at_disk(struct actor *, mono_ms now);
/* Whether the broker lets this party connect, as its ZAP handler decides. */
bool actor_admits(const struct actor *broker, const struct address *party);

MUST_USE enum door actor_link_up(struct actor *, link_id, const struct address *party);
MUST_USE enum door actor_link_down(struct actor *, link_id);
MUST_USE enum door actor_frame(struct actor *, link_id, struct bytes frame);
MUST_USE enum door actor_tick(struct actor *);
MUST_USE enum door actor_turn_end(struct actor *);
MUST_USE enum door actor_commit(struct actor *);
MUST_USE enum door actor_between_turns(struct actor *, bool idle);

/* --- round.c: a turn --- */

/* What a command was answered; json is owned by whoever asked, also when the turn failed after it. */
struct reply {
    unsigned status;
    json_t *json;
};
/* Drain, decide, commit, speak. command may be NULL. False: the actor went down. */
bool round_play(struct world *, struct actor *, const struct command *, struct reply *ret);
/* A WAKE event: a turn, if the actor is awake and has a reason for one. A guest hears what has arrived. */
void round_wake(struct world *, struct actor *, uint64_t event);
/* Plans the next turn. */
void round_plan(struct world *, struct actor *);

/* --- connections.c --- */

/* The direction that leads to this actor. */
enum world_direction direction_to(const struct actor *);
/* Plans an attempt of the party's node to connect, if it wants to and none is planned. */
void line_try(struct world *, size_t party);
/* The same at once for the party of this actor, or for all if it is the broker: what stood in their way may be gone. */
void lines_try_again(struct world *, const struct actor *);
void line_attempt(struct world *, size_t party, uint64_t event); /* a CONNECT event */
void line_arrival(struct world *, const struct event *);         /* an ARRIVAL event */

bool inbox_waits(const struct actor *);
/* One input: the door it is for is called. *ret_bytes: its size. There is one. */
MUST_USE enum door inbox_take(struct world *, struct actor *, size_t *ret_bytes);

/* What the actor said: leaves at departs_us. */
void connections_speak(struct world *, struct actor *, const struct said *, uint64_t departs_us);
/* The actor is gone. last_words: what has left it still arrives before the other ends learn of it; else that is lost. */
void connections_drop(struct world *, struct actor *, bool last_words, const char *why);
void connections_sweep(struct world *);
void connections_free(struct world *);

#endif
