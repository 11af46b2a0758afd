/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the broker share. State lives in the store; memory holds the links and what they are in the middle
 * of, the current roster, and the lists of this turn. An input (one door call) runs in a savepoint; when it is undone,
 * the lists are cut back to where they stood and what it would have changed in a link is not done (input_end()).
 */
#ifndef COMITY_BROKER_PRIVATE_H
#define COMITY_BROKER_PRIVATE_H

#include "base/store.h"
#include "broker/broker.h"
#include "broker/chains.h"
#include "broker/receipts.h"
#include "broker/rosters.h"
#include "broker/spool.h"
#include "keys/envelope.h"
#include "keys/receipt.h"
#include "proto/limits.h"
#include "proto/wire.h"

/* --- limits: what one link, one input and one turn may use (I9) --- */

#define FLIGHTS_MAX        256               /* deliveries without an answer, held ones included, a lane */
#define PUSHED_MAX         64                /* receipts forwarded and not settled yet, a link */
#define ROTTEN_ASKED_MAX   32                /* damaged envelopes that a sender is asked for at a time */
#define CREDIT_MAX         64                /* a lane and link, however much a node gives */
#define SAY_BYTES_MAX      (1024 * 1024)     /* deliveries, receipts, heads and roster parts of one turn */
#define QUANTUM_BYTES      (64 * 1024)       /* of a recipient before the next one has its turn */
#define TURN_RECEIPTS_MAX  RECEIPT_ITEMS_MAX /* receipt items, and with it receipts, of one turn */
#define EXPIRY_BATCH       256               /* rows that expire in one turn */
#define SCRATCH_BYTES_MAX  ((size_t)16 * 1024 * 1024) /* of one input */
#define DISK_RESERVE_BYTES ((uint64_t)64 * 1024 * 1024)
#define SILENCE_MS         (60 * MS_PER_SECOND)
#define RETRY_MS_MIN       MS_PER_SECOND
#define RETRY_MS_MAX       MS_PER_HOUR
#define ANSWER_MS          (15 * MS_PER_MINUTE) /* a delivery so long unanswered is made again */
#define RETRY_QUOTA_MS     (10 * MS_PER_SECOND) /* what a node is told to wait */
#define RETRY_TURN_MS      100
#define LOOSE_RECEIPTS_MAX 256 /* receipts of a pair about envelopes that are not known here */
#define LOOSE_BYTES_MAX    ((uint64_t)1024 * 1024) /* of all that one party gives */
#define CONTROL_ENVELOPES  16 /* CONTROL of a pair above its quota: a question, a page, a standing */
#define CONTROL_BYTES      ((uint64_t)4 * 1024 * 1024)
#define FORKS_KEPT_MAX     8    /* other ids of one number kept with a signed refusal */
#define REFUSALS_DAY_MAX   1000 /* of one sender: each is kept for ever, and no quota counts it */
#define ROSTER_PATIENCE_MS (10 * MS_PER_SECOND)
#define ROSTER_PARTS_MAX   ((ROSTER_BUNDLE_BYTES_MAX + ROSTER_PART_BYTES_MAX - 1) / ROSTER_PART_BYTES_MAX)
#define SUBMITS_MAX        64 /* unanswered, a link; unless options say otherwise */

_Static_assert(
    LANES *CREDIT_MAX + PUSHED_MAX + ROTTEN_ASKED_MAX + ROSTER_PARTS_MAX + SUBMITS_MAX + 64 <=
        BROKER_UNANSWERED_FRAMES,
    "what may be unanswered on a link, with 64 frames for heads and the like, fits a host's queue");

/* --- links --- */

/* An envelope that was delivered over this link and not answered yet; held: it was put back for a while. */
struct flight {
    uint64_t tag;
    int64_t arrival;
    bool held;     /* the recipient put it back, or asks for it again */
    mono_ms again; /* when it is delivered again: unanswered, or held */
};

/* Those of a lane: what a recipient puts back for days must not stop what it waits for (protocol.md 4.6). */
struct flights {
    size_t count;
    struct flight list[FLIGHTS_MAX];
};

/* A receipt that was forwarded over this link and not settled yet. */
struct pushed {
    int64_t number;
    struct digest digest;
};

#define ABSENT_MAX 16 /* of one link; the oldest gives way, its asker asks again by itself */

struct link {
    /* What is looked at of every link in each turn lies together. */
    link_id id;
    int64_t party_row;
    bool greeted; /* its Hello was answered */
    bool leaving; /* its Bye is said: nothing more goes in or out */
    bool
        stirred; /* since the last turn's end something was heard of it, or left for it: there may be more to say */
    mono_ms due; /* when a delivery is made again, as the last turn's end left it */
    mono_ms heard;
    wall_ms heard_wall;
    struct address party;
    uint32_t submits; /* in this turn */

    uint64_t next_tag;
    uint32_t credit[LANES + 1];
    int64_t cursor[LANES + 1];     /* everything that arrived up to here was delivered over this link */
    bool waiting[LANES + 1];       /* the spool may hold something beyond it */
    struct flights flights[LANES]; /* lane_flights() */

    int64_t owed_cursor; /* receipts up to here were forwarded over this link */
    bool owed_waiting;
    size_t pushed_count;
    struct pushed pushed[PUSHED_MAX];

    int64_t heads_cursor;
    bool heads_waiting;
    bool heads_own_said; /* what is left are heads of chains to this party */

    uint64_t roster_version; /* being sent; 0 = none */
    uint32_t roster_part;    /* the next, from 1 */
    uint64_t roster_asked;   /* the version last asked for, so that it is asked for once */

    size_t absent_count;
    int64_t absent
        [ABSENT_MAX]; /* parties whose prekey list was asked for and is not here yet: given when it comes */
};

/* A roster that a node is bringing in parts: one at a time in the whole broker. */
struct assembly {
    link_id from; /* 0 = none */
    uint64_t version;
    uint32_t parts, next;
    uint8_t *data;
    size_t size;
    mono_ms last;
};

/* --- the lists of a turn --- */

/* One receipt to be made at the end of the turn: of one kind and one ordered pair. */
struct issue {
    enum receipt_kind kind;
    struct chain_place place; /* its parties and pair */
    struct address from, to;
    int64_t number;
    size_t count; /* items */
};
struct issue_item {
    size_t issue;
    struct receipt_item item;
};
/* A submit that gets this turn's REJECTED receipt. */
struct rejection {
    size_t issue;
    link_id link;
    uint64_t tag;
};

struct turn_lists {
    size_t issue_count, item_count, rejection_count;
    struct issue issues[TURN_RECEIPTS_MAX];
    struct issue_item items[TURN_RECEIPTS_MAX];
    struct rejection rejections[TURN_RECEIPTS_MAX];
};

/* What an input would change in links, done when the input is kept. */
struct input_effects {
    size_t dropped_count, settled_count, stub_count;
    int64_t dropped[RECEIPT_ITEMS_MAX]; /* arrivals that left the spool, of the input's link */
    int64_t settled[SETTLE_MAX];        /* receipt numbers, of the input's link */
    struct {
        int64_t recipient, arrival;
    } stubs[EXPIRY_BATCH]; /* made of envelopes that may be in flight */
};

struct input_mark {
    struct turn_mark said;
    size_t issue_count, item_count, rejection_count;
    struct broker_figures figures;
};

struct broker {
    struct broker_options options;
    char *store_path, *vfs, *id; /* own copies behind options */
    struct store *store;
    struct arena *scratch; /* emptied at each input and each delivery */
    struct roster *roster;
    uint64_t disk_free;
    uint64_t committed; /* turns */
    struct verified_turns verified;
    wall_ms wall; /* of the last turn */
    mono_ms mono;
    int64_t next_arrival, next_receipt;
    uint64_t earliest_expiry_ms;
    mono_ms expiry_not_before; /* after the store was full */
    bool more;                 /* the turn's budget ended before the work */
    size_t said_bytes;         /* of what is budgeted, in this turn */
    size_t next_link;          /* whose turn it is */
    size_t link_count, link_room;
    struct link **links;
    struct link *
        *stirred; /* at the end of a turn: those, from the one whose turn it is on; room as for links */
    size_t stirred_count;
    mono_ms links_due; /* the earliest moment of any link, as the last turn's end left it */
    struct assembly assembly;
    struct broker_figures figures;
    struct turn_lists *lists;
    struct input_effects *effects;
    struct input_mark mark;
};

extern const char broker_schema[];
#define BROKER_SCHEMA_VERSION 3
#define BROKER_UPGRADES       1 /* from version 2 on */
extern const char *const broker_upgrades[BROKER_UPGRADES];

/* --- events --- */

enum broker_event {
#define EVENT(identifier, name, level, help) EVENT_##identifier,
#include "broker/events.def"
#undef EVENT
};
enum log_level broker_event_level(enum broker_event);
const char *broker_event_name(enum broker_event);
#define log_event(turn, event, ...)                                                                          \
    turn_log(turn, broker_event_level(EVENT_##event), broker_event_name(EVENT_##event), __VA_ARGS__)

/* --- broker.c: an input --- */

enum input_outcome { INPUT_KEPT, INPUT_FULL, INPUT_FATAL };
void input_begin(struct broker *, struct turn *);
/* link: whose flights and pushed receipts the effects are about; NULL when there are none. */
MUST_USE enum input_outcome input_end(struct broker *, struct turn *, struct link *);

/* --- frames.c: saying --- */

/* Packs the frame and says it; returns its size. */
size_t say_frame(struct broker *, struct turn *, const struct link *, const Comity__Frame *);
void say_rejected(struct broker *, struct turn *, const struct link *, const Comity__Rejected *);
/* Rejected without a receipt, counted by its reason. id may be NULL. */
void say_refusal(struct broker *, struct turn *, const struct link *, uint64_t tag,
                 const struct envelope_id *id, enum reason, bool temporary, uint32_t retry_ms,
                 const char *detail);
void say_settle(struct broker *, struct turn *, const struct link *, const struct digest *);

/* --- links.c --- */

struct link *link_find(const struct broker *, link_id);               /* NULL: unknown or leaving */
struct link *link_of_party(const struct broker *, int64_t party_row); /* the greeted one; NULL */
/* Says Bye and asks the host to end the link. text is one line. */
void link_end(struct broker *, struct turn *, struct link *, enum reason, const char *text);
/* Frees the links that are leaving; at the end of a door. */
void links_sweep(struct broker *);
void links_free(struct broker *);
void link_hello(struct broker *, struct turn *, struct link *, const Comity__Hello *);
void link_end_silent(struct broker *, struct turn *);
/* At the end of a turn: lists the links that may have something to be said, in the order in which they are served. */
void links_gather(struct broker *);
/* When they were served: what is left of them is left to a moment of theirs, or, if the budget ended, to the next turn. */
void links_served(struct broker *);
/* Heads frames as far as the budget goes; true when it said something. */
bool link_say_heads(struct broker *, struct turn *, struct link *);

/* --- admit.c --- */

void admit_submit(struct broker *, struct turn *, struct link *, const Comity__Submit *);

/* --- issue.c: receipts of the broker's own --- */

/* True when the turn has room for one more item. */
bool issue_room(const struct broker *);
/* Adds an item to the receipt of this turn for the pair and kind and returns that receipt's number. */
int64_t issue_item(struct broker *, enum receipt_kind, const struct chain_place *, const struct chain *,
                   const struct receipt_item *);
/* A REJECTED receipt of its own, answered to link and tag. */
int64_t issue_rejection(struct broker *, const struct chain_place *, const struct chain *,
                        const struct receipt_item *, const struct link *, uint64_t tag);
/* One more submit that this turn's REJECTED receipt answers. False: the receipt is not of this turn. */
bool issue_answer_again(struct broker *, int64_t number, const struct link *, uint64_t tag);
/* Signs and stores all receipts of the turn, then says them. False: no memory. */
MUST_USE bool issue_all(struct broker *, struct turn *);

/* --- settle.c: receipts of nodes, and what both sides settle --- */

void settle_receipt(struct broker *, struct turn *, struct link *, const Comity__ReceiptFrame *);
void settle_digests(struct broker *, struct turn *, struct link *, const Comity__Settle *);
bool link_push_receipts(struct broker *, struct turn *, struct link *);
/* The row leaves the spool; what it used is given back to its pair. */
void spool_leave(struct broker *, int64_t arrival, int64_t pair, uint64_t bytes);
/* The receipt is owed to the party from now on, and its link may push. */
void owe(struct broker *, int64_t party, int64_t number);

/* --- lanes.c --- */

void lane_credit(struct broker *, struct turn *, struct link *, const Comity__Credit *);
void lane_rejected(struct broker *, struct link *, const Comity__Rejected *);
void lane_ask_again(struct broker *, struct link *, const Comity__AskAgain *);
void lane_status(struct broker *, struct turn *, struct link *, struct bytes id);
/* This waits for the party in this lane, anew or again (the lane may come from a damaged disk). */
void lane_wake(struct broker *, int64_t recipient, enum lane, int64_t arrival);
/* Deliveries of all links, urgent first, within the budget. */
MUST_USE enum door lanes_run(struct broker *, struct turn *);
/* When a delivery over that link is made again. */
mono_ms lanes_deadline(struct link *);
void flight_forget(struct link *, int64_t arrival);
/* Delivers the row again over this link as soon as there is credit; false when it is not in flight there. */
bool flight_again(struct link *, int64_t arrival, mono_ms when);
/*
 * Tells a sender which of its envelopes rotted here and must be submitted again: the first ROTTEN_ASKED_MAX of them, but for
 * the first skip.
 */
void lane_ask_for_rotten(struct broker *, struct turn *, const struct link *, size_t skip);

/* --- expiry.c --- */

void expire(struct broker *, struct turn *);
/* After the input was kept: what was in flight is delivered again as a stub. */
void expiry_kept(struct broker *);
mono_ms expiry_deadline(const struct broker *);

/* --- roster_exchange.c, prekey_exchange.c --- */

MUST_USE bool roster_load(struct broker *, struct error *);
/* Inside an input: judges and stores a roster. *ret is the new roster when the outcome is ROSTER_OK. */
MUST_USE enum roster_outcome roster_take(struct broker *, struct turn *, struct bytes json,
                                         const struct bytes *minisigs, size_t count, struct roster **ret,
                                         struct error *);
/* After the input was kept: the roster is in effect; announces it and ends the links it no longer allows. */
void roster_put_in_effect(struct broker *, struct turn *, struct roster *);
/* *ret_taken: the new roster, to be put in effect when the input is kept; else untouched. */
void roster_frame(struct broker *, struct turn *, struct link *, const Comity__RosterFrame *,
                  struct roster **ret_taken);
void assembly_drop(struct broker *);
bool link_say_roster(struct broker *, struct turn *, struct link *);
void prekeys_frame(struct broker *, struct turn *, struct link *, const Comity__Prekeys *);

#endif
