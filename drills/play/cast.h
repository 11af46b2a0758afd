/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who takes part: a broker and its parties with all their keys, the roots, and the rosters they sign, all drawn from a seed.
 * States are fictional (XA .. XL), each with a zone of its own; a party is XA/poc, for some States XA/central too.
 */
#ifndef COMITY_DRILLS_PLAY_CAST_H
#define COMITY_DRILLS_PLAY_CAST_H

#include "drills/world/world.h"
#include "keys/roster.h"
#include "keys/slab.h"

#define CAST_PARTIES_MAX 12
#define CAST_OFFICERS    3 /* "duty", "head", "deputy", all with the mandate to sign; "deputy" may be revoked */
#define CAST_BROKER_ID   "hub"

struct cast_party {
    struct address address;
    struct signer node_signer, seal_signer, officer[CAST_OFFICERS];
    const char *phone; /* in the roster */
};

struct cast {
    struct slab *slab;   /* own */
    struct arena *arena; /* own */
    struct network_id network;
    struct bytes roster_json, minisigs[2]; /* version 1: issued before start, keys valid for years around it */
    struct roster *roster;                 /* the newest made */
    struct bytes newest_json, newest_minisigs[2];
    struct signer receipt_signer;
    size_t party_count;
    struct cast_party parties[CAST_PARTIES_MAX];
};

/* party_count 2 .. CAST_PARTIES_MAX. Aborts on any failure: a cast is ours. */
struct cast *cast_new(uint64_t seed, size_t party_count, wall_ms start);
void cast_free(struct cast *);
const struct cast_party *cast_party(const struct cast *, const char *address); /* aborts when there is none */

/* The world of this cast, everybody linked; spool_bytes_max and the like as in setup, whose other members it fills in. */
struct world *cast_world(const struct cast *, struct world_setup *);

/* The next roster version, issued then: what changes is one of these. newest_* are the new ones. */
enum cast_change {
    CAST_NOTHING,         /* only newer dates */
    CAST_REVOKE_OFFICER,  /* the deputy of the party; gone for good */
    CAST_SUSPEND,         /* the party */
    CAST_RESUME,
    CAST_QUOTA,           /* the party's quota becomes small */
};
void cast_next_roster(struct cast *, enum cast_change, size_t party, wall_ms issued);

#endif
