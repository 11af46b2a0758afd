/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who takes part: a broker and its parties with all their keys, the roots, and the rosters they sign, all
 * drawn from a seed. States are fictional, each with a zone of its own. Parties come in one order whatever
 * the seed, every fourth a second party of a State: XA/poc, XB/poc, XC/poc, XA/central, XD/poc, XE/poc,
 * XF/poc, XB/central, XG/poc, XH/poc, XI/poc, XC/central.
 */
#ifndef COMITY_DRILLS_PLAY_CAST_H
#define COMITY_DRILLS_PLAY_CAST_H

#include "drills/world/world.h"
#include "keys/roster_shelf.h"
#include "keys/slab.h"

#define CAST_PARTIES_MAX 12
#define CAST_OFFICERS    3 /* "duty", "head", "deputy", all with the mandate to sign; "deputy" may be revoked */
#define CAST_BROKER_ID   "hub"
#define CAST_ROOTS       2

/* The address of that place in this order, below CAST_PARTIES_MAX. */
const char *cast_address(size_t place);

struct cast_party {
    struct address address;
    struct signer node_signer, seal_signer, officer[CAST_OFFICERS];
    const char *phone; /* in the roster */
    const char *zone_name;
    const struct zone *zone; /* from tzdata; in the cast's arena */
};

struct cast {
    struct slab *slab;          /* own */
    struct arena *arena;        /* own */
    struct roster_shelf *shelf; /* own: its rosters, for the world, too */
    struct verified_turns
        verified; /* by any party of the world; what the cast's signers have signed is there */
    struct network_id network;
    struct bytes roster_json,
        minisigs[2];       /* version 1: issued before start, keys valid for years around it */
    struct roster *roster; /* the newest made */
    struct bytes newest_json, newest_minisigs[2];
    struct signer receipt_signer;
    size_t party_count;
    bool has_liar; /* one more party, behind the others: it has good keys and no node (liar.h) */
    struct cast_party parties[CAST_PARTIES_MAX];
    uint64_t seed;
    wall_ms start;
    bool exercise; /* joined by all parties but the outsider */
    size_t outsider, liar_place;
    struct signer root[CAST_ROOTS]; /* all sign, two are enough */
    struct public_key link[CAST_PARTIES_MAX],
        broker_link; /* nobody has their secrets: links of a world carry bare frames */
    struct world_party *world_parties;
    struct zone_set *zones; /* of all of them */
};

struct cast_setup {
    uint64_t seed;
    size_t party_count; /* 2 .. CAST_PARTIES_MAX, with the liar */
    wall_ms start;
    /*
     * An exercise that all have joined, with officers whose keys sign in exercises only; but for one party (its index; party_count:
     * none) and the liar, who work as ever.
     */
    bool exercise;
    size_t outsider;
    bool has_liar;
    size_t liar; /* its place in the order above, below party_count: it leaves it and comes last */
};
/* Aborts on any failure: a cast is ours. */
struct cast *cast_of(const struct cast_setup *);
/* Without exercise and liar. */
struct cast *cast_new(uint64_t seed, size_t party_count, wall_ms start);
void cast_free(struct cast *);
/* The actor of the liar in the world of this cast; there is one. */
size_t cast_liar(const struct cast *);
const struct cast_party *cast_party(const struct cast *, const char *address); /* aborts when there is none */
const struct signer *cast_deputy(const struct cast_party *); /* whom CAST_REVOKE_OFFICER revokes */
/* The first of these addresses that is of no party; NULL: all are cast. */
const char *cast_misses(const struct cast *, const char *const *addresses, size_t count);

/*
 * The world of this cast, everybody linked; life_ms, prekey_days, checkpoint_pages, spool_bytes_max and quotas as in setup,
 * whose other members it fills in. Aborts when it does not start.
 */
struct world *cast_world(struct cast *, struct world_setup *);

/*
 * The next roster version, issued then: what changes is one of these. newest_* are the new ones, roster_json
 * stays version 1.
 */
enum cast_change {
    CAST_NOTHING,        /* only newer dates */
    CAST_REVOKE_OFFICER, /* the deputy of the party; gone for good */
    CAST_SUSPEND,        /* the party */
    CAST_RESUME,
    CAST_QUOTA, /* the party's quota becomes small; again: what it was */
};
void cast_next_roster(struct cast *, enum cast_change, size_t index, wall_ms issued);

#endif
