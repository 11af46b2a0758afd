/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An authority's node: case file, lifecycle, outbox, inbox. No socket, no clock, no thread; the doors are those of a
 * turn (base/turn.h), and one more: a command or a query from the API.
 *
 * One turn: any doors in any order, then node_turn_end(), then node_commit(), then the host speaks to the broker and
 * answers the commands.
 */
#ifndef COMITY_NODES_NODE_H
#define COMITY_NODES_NODE_H

#include <jansson.h>

#include "base/error.h"
#include "base/turn.h"
#include "base/zone_set.h"
#include "keys/roster_shelf.h"
#include "keys/sign.h"
#include "proto/ids.h"
#include "proto/reason.h"

struct node;
struct catalogue; /* base/catalogue.h */

/* Defaults, of a host's configuration file, too (nodes/settings.c). */
#define NODE_LIFE_DAYS   14
#define NODE_PREKEY_DAYS 42
#define MLA_LEAD_DAYS    27 /* of a plain case */
#define QUIET_MS_DEFAULT (20 * MS_PER_SECOND)

#define MLA_LEAD_DAYS_MAX 365

struct node_options {
    const char *store_path; /* absolute */
    const char *vfs;        /* NULL = the system's */
    struct network_id network;
    struct address party;             /* for whom this node acts */
    const struct signer *node_signer; /* role node; borrowed */
    const struct signer *seal_signer; /* role seal; borrowed */
    struct slab *slab;                /* for prekey secrets in use; borrowed */
    struct verified_turns
        *verified;              /* shared with the other parties of this process; borrowed; NULL: its own */
    struct roster_shelf *shelf; /* shared with them, too (keys/roster_shelf.h); borrowed; NULL: none */
    const struct zone *zone;    /* of the party, from tzdata; NULL: UTC */
    uint64_t store_bytes_max;   /* 0 = no limit */
    uint64_t checkpoint_pages;  /* of the store's log under load (store.h); 0: the default */
    uint64_t cache_bytes;       /* of the store (store.h); 0: the default */
    uint64_t life_ms;           /* of an envelope: created to expires; LIFE_MS_MIN .. LIFE_MS_MAX */
    uint64_t prekey_days;       /* keys in a list: PREKEYS_MIN .. PREKEYS_MAX */
    uint64_t
        mla_lead_days; /* a request for assistance takes after its hold, as long as too few were measured;
                                  1 .. MLA_LEAD_DAYS_MAX */
    uint64_t
        quiet_ms; /* a link over which nothing was heard for so long is pinged; for three times as long: it ends */
    uint64_t
        tick_ms; /* a tick comes so often at least: a wall clock may jump, and some moments are the broker's */
    uint64_t wall_rate; /* wall clocks of the network run so many times as fast as mono: 1 but in exercises */
    bool has_exercise;
    struct exercise_id
        exercise; /* joined: its letters are taken, and written by officers with keys for exercises */
};
void node_options_default(struct node_options *);

MUST_USE enum door node_open(struct node **ret, const struct node_options *, struct error *);
void node_close(struct node *); /* NULL is allowed */
/* Why a door said FATAL, for people: what the store says, or that memory ended. */
const char *node_trouble(const struct node *);
/* Pages of an unanswered commit that opening cut off the store's log (store_dropped_frames). */
uint64_t node_dropped_pages(const struct node *);

bool node_ready(const struct node *); /* a roster is known and names this party */
const struct roster *node_current_roster(const struct node *);

/* The link to the broker is up (the node says Hello); is gone. */
MUST_USE enum door node_link_up(struct node *, struct turn *, link_id);
MUST_USE enum door node_link_down(struct node *, struct turn *, link_id);
MUST_USE enum door node_frame(struct node *, struct turn *, link_id, struct bytes frame);
MUST_USE enum door node_roster(struct node *, struct turn *, struct bytes json, const struct bytes *minisigs,
                               size_t count, enum roster_outcome *ret_outcome, struct error *);
/* When the deadline has come; sooner does no harm. Keeps the link, and looks at what is stored when any of it is due (due.h). */
MUST_USE enum door node_tick(struct node *, struct turn *);
MUST_USE enum door node_turn_end(struct node *, struct turn *);
MUST_USE enum door node_commit(struct node *);
/* When the next tick should come, as the last turn end found it; before the first: at once. */
mono_ms node_deadline(const struct node *);
/* How many alarms this process has raised (ALARMS): a host with a hook program asks for them when it changed. */
uint64_t node_alarms_raised(const struct node *);
MUST_USE enum door node_between_turns(struct node *, bool idle);
/* So much room its disk has: below DISK_FREE_MIN nothing is filed, and nothing is taken from the broker. Told in the log at a turn's end. */
#define DISK_FREE_MIN (UINT64_C(64) * 1024 * 1024)
void node_disk_free(struct node *, uint64_t bytes);
/*
 * Why there is no link, for people: a sentence, which is looked up where it is shown, and behind ": " what it is about. Copied, cut at
 * 320 bytes; "": there is one. Memory only: WHY and STATUS show it.
 */
void node_link_trouble(struct node *, const char *text);
/* The party's zone from now on: a newer roster may name another. Borrowed until the next call; NULL: UTC. */
void node_zone(struct node *, const struct zone *);
/*
 * The zones of all parties from now on: the host loads those that roster_zones() names, when it is opened and whenever the
 * current roster changed. A zone that is not in the set is UTC. Borrowed until the next call; NULL: none.
 */
void node_zones(struct node *, const struct zone_set *);

/* --- the API: nodes/api.def lists the verbs --- */

enum verb {
    VERB_NONE = 0,
#define VERB(name, kind, method, path, help) VERB_##name,
#include "nodes/api.def"
#undef VERB
};

struct command {
    uint8_t id[16];    /* made by the client; all zero for a query. A repeated id gets the stored answer */
    const char *actor; /* who asks: the peer's user name, for the record */
    enum verb verb;
    const char *target; /* the {id} of the path: case, envelope; "" */
    const json_t *body; /* an object, or NULL */
    const char *query;  /* of the URL, "" */
    const struct catalogue
        *words; /* the language of what people read in the answer; NULL: as in the source */
};

/* An HTTP status and a JSON text in the turn's arena; to be given after the commit. */
struct answer {
    unsigned status;
    struct bytes json;
};
MUST_USE enum door node_command(struct node *, struct turn *, const struct command *, struct answer *ret);
/* The same for a host that reads the value itself: *ret_json is owned by the caller; NULL only with DOOR_FATAL. */
MUST_USE enum door node_command_value(struct node *, struct turn *, const struct command *,
                                      unsigned *ret_status, json_t **ret_json);

struct node_figures {
    uint64_t sent, accepted, delivered, received, effective, refused[REASON_COUNT], waiting_out, waiting_in;
    uint64_t alarms; /* raised */
    bool connected;
};
void node_figures(struct node *, struct node_figures *ret);
/* Letters that came, and letters that took effect, in this process: when it has changed there may be something to read. */
uint64_t node_arrivals(const struct node *);

#endif
