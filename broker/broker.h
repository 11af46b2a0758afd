/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The broker's decisions: admit, append to the spool, accept; deliver; settle. No socket, no clock, no thread: a host
 * hands in links, frames and rosters together with the turn, commits, and then speaks what was said (base/turn.h).
 *
 * One turn: any doors in any order, then broker_turn_end(), then broker_commit(), then the host speaks. DOOR_FATAL
 * from any of them: end this process (or this simulated party); restart from disk is the recovery.
 */
#ifndef COMITY_BROKER_BROKER_H
#define COMITY_BROKER_BROKER_H

#include "base/error.h"
#include "base/turn.h"
#include "keys/roster_shelf.h"
#include "keys/sign.h"
#include "proto/ids.h"
#include "proto/reason.h"

struct broker;

/*
 * Frames that may be said over one link before its node answers any: deliveries on credit, forwarded receipts, answers to
 * submits, heads, the parts of a roster. A host's queue for a link must hold so many, or work never gets smaller.
 */
#define BROKER_UNANSWERED_FRAMES 512

/* Defaults, of a host's configuration file, too (broker/daemon/main.c). */
#define BROKER_SPOOL_GIB       16
#define BROKER_QUOTA_ENVELOPES 10000
#define BROKER_QUOTA_GIB       1

struct broker_options {
    const char *store_path;              /* absolute */
    const char *vfs;                     /* NULL = the system's */
    struct network_id network;           /* configured from paper */
    const char *id;                      /* of this broker in the roster */
    const struct signer *receipt_signer; /* borrowed for the broker's life */
    struct verified_turns
        *verified;              /* shared with the other parties of this process; borrowed; NULL: its own */
    struct roster_shelf *shelf; /* shared with them, too (keys/roster_shelf.h); borrowed; NULL: none */
    uint64_t spool_bytes_max;   /* letters beyond it wait (E_QUOTA); nodes' own, receipts, rosters do not */
    uint64_t checkpoint_pages;  /* of the store's log under load (store.h); 0: the default */
    uint64_t cache_bytes;       /* of the store (store.h); 0: the default */
    uint64_t quota_envelopes;   /* of letters; default per recipient and sender; the roster's quota wins */
    uint64_t quota_bytes;
    uint64_t silence_ms;  /* a link over which nothing was heard for so long ends */
    uint32_t submits_max; /* unanswered submits a node may have; told in Welcome */
};
void broker_options_default(struct broker_options *);

/* Opens the store (creating it) and takes over what it holds. The rosters in it win over files. */
MUST_USE enum door broker_open(struct broker **ret, const struct broker_options *, struct error *);
void broker_close(struct broker *); /* NULL is allowed */

/* True once a roster is known: before that no link may come up. */
bool broker_ready(const struct broker *);
/* The party whose link key this is, active now; NULL: do not admit. For the host's ZAP handler. */
const struct party *broker_admit(const struct broker *, const struct public_key *link_key, wall_ms now);
/* The newest roster; NULL before the first. Valid until the next broker_roster() or broker_frame(). */
const struct roster *broker_current_roster(const struct broker *);

/* A connection whose CURVE key belongs to party is up; gone. link_down of an unknown link does nothing. */
MUST_USE enum door broker_link_up(struct broker *, struct turn *, link_id, const struct address *party);
MUST_USE enum door broker_link_down(struct broker *, struct turn *, link_id);
/* One message from a link: one payload frame. */
MUST_USE enum door broker_frame(struct broker *, struct turn *, link_id, struct bytes frame);
/* A roster version with its signature files, from disk or by command. *ret_outcome says what became of it. */
MUST_USE enum door broker_roster(struct broker *, struct turn *, struct bytes json,
                                 const struct bytes *minisigs, size_t count, enum roster_outcome *ret_outcome,
                                 struct error *);
/* Time has passed: expiry, retries, silent links. To be called at broker_deadline() at the latest. */
MUST_USE enum door broker_tick(struct broker *, struct turn *);
/* Bytes free on the disk of the store, measured by the host; below the reserve submits are answered E_QUOTA. */
void broker_disk_free(struct broker *, uint64_t bytes);

/* After all inputs, before the commit: lanes, receipts, one signature. */
MUST_USE enum door broker_turn_end(struct broker *, struct turn *);
MUST_USE enum door broker_commit(struct broker *);
/* When to call tick at the latest; "now" when there is more to do. No timer can be lost: it is derived, not kept. */
mono_ms broker_deadline(const struct broker *);
/* Why a door said FATAL, for people: what the store says, or that memory ended. */
const char *broker_trouble(const struct broker *);
/* Pages of an unanswered commit that opening cut off the store's log (store_dropped_frames). */
uint64_t broker_dropped_pages(const struct broker *);
/* Between turns: moves the WAL home when it has grown, or when idle. */
MUST_USE enum door broker_between_turns(struct broker *, bool idle);

/* What happened since the start, for status and tests. */
struct broker_figures {
    uint64_t accepted, duplicates, gaps, delivered, settled, expired, refused[REASON_COUNT];
    uint64_t waiting_envelopes, waiting_bytes, links, receipts_owed;
};
void broker_figures(struct broker *, struct broker_figures *ret);

#endif
