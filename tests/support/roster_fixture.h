/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small network for tests, the same bytes in every run: three roots (2 of 3 sign), the broker "hub", and the parties
 * XA/poc (Asia/Ho_Chi_Minh), XB/poc (Europe/Paris) and XC/poc (America/New_York), all active, sharing OPENED receipts,
 * understanding all letters (format 2).
 *
 * Keys hold from 2026-01-01T00:00:00Z until 2029-01-01T00:00:00Z. Version 1 is issued on 2026-01-01, expires on
 * 2027-01-31 (stale after it) and has 90 days of grace. FIXTURE_NOW is a moment when all is well.
 *
 *     sodium_init();
 *     struct slab *slab = slab_new(FIXTURE_SLAB_CELLS, NULL);
 *     struct fixture *f = fixture_new(slab);
 *     const struct fixture_party *xb = fixture_party(f, "XB/poc");
 *     ... f->roster, &xb->node_signer, &xb->officer[FIXTURE_DUTY] ...
 *     fixture_free(f);
 *     slab_free(slab);
 */
#ifndef COMITY_TESTS_SUPPORT_ROSTER_FIXTURE_H
#define COMITY_TESTS_SUPPORT_ROSTER_FIXTURE_H

#include "keys/roster.h"
#include "keys/roster_make.h"
#include "keys/sign.h"

#define FIXTURE_NOW        ((wall_ms){UINT64_C(1780315200000)}) /* 2026-06-01T12:00:00Z */
#define FIXTURE_FROM_MS    UINT64_C(1767225600000)              /* 2026-01-01: keys and version 1 */
#define FIXTURE_EXPIRES_MS UINT64_C(1801353600000)              /* 2027-01-31 */
#define FIXTURE_UNTIL_MS   UINT64_C(1861920000000)              /* 2029-01-01: keys */
#define FIXTURE_GRACE_DAYS 90
#define FIXTURE_ROOTS      3
#define FIXTURE_THRESHOLD  2
#define FIXTURE_PARTIES    3
#define FIXTURE_SLAB_CELLS 64 /* enough for a fixture and some more */

enum {
    FIXTURE_DUTY,
    FIXTURE_HEAD,
    FIXTURE_OFFICERS
}; /* officers "duty" and "head": mandate "sign", no exercise */

struct fixture_party {
    struct address address;
    const struct party *party; /* in f->roster */
    struct signer node_signer;
    struct signer seal_signer; /* signs prekey lists */
    struct signer officer[FIXTURE_OFFICERS];
    struct public_key link_key; /* CurveZMQ */
    uint8_t link_secret[32];
};

struct fixture {
    struct slab *slab;   /* the caller's */
    unsigned letters;    /* of each party */
    struct arena *arena; /* 4 MiB for the fixture's own texts; free to use, ends with the fixture */
    struct signer root[FIXTURE_ROOTS];
    struct minisign_key root_key[FIXTURE_ROOTS];
    struct roster_draft draft; /* of version 1 */
    struct bytes json;         /* of version 1 */
    struct bytes minisig[FIXTURE_ROOTS];
    struct roster *roster; /* version 1, verified */
    struct network_id network;
    struct signer broker_receipt_signer;
    struct public_key broker_link_key;
    uint8_t broker_link_secret[32];
    struct fixture_party parties[FIXTURE_PARTIES];
};

/* Aborts on any failure. Takes 16 cells of the slab. */
struct fixture *fixture_new(struct slab *);
/* The same in format 1, parties understanding the letters of before: version 1 is tests/data/roster/roster.json. */
struct fixture *fixture_kept(struct slab *);
void fixture_free(struct fixture *); /* NULL is allowed */

/* By address; aborts when there is none. */
const struct fixture_party *fixture_party(const struct fixture *, const char *address);

/* A signer and a root key from a number, distinct for distinct numbers; numbers below 1000 are the fixture's own. */
struct signer fixture_signer(struct slab *, unsigned number);
struct minisign_key fixture_root_key(const struct signer *);
/* An X25519 pair the same way. */
struct public_key fixture_link(unsigned number, uint8_t ret_secret[32]);

/* The .minisig of a root over a text, in f->arena. */
struct bytes fixture_minisig(struct fixture *, const struct signer *root, struct bytes json);

/*
 * The text of a version after held, in f->arena: as held, issued a day later, changed by mutate (NULL: not at all).
 * The draft's lists may be changed in place; for keys see draft_keys().
 */
typedef void fixture_mutate(struct roster_draft *, struct arena *, void *context);
struct bytes fixture_successor(struct fixture *, const struct roster *held, fixture_mutate *, void *context);

/* A change, context: the key of a party, in each of its roles, is revoked as lost at that moment (whole seconds). */
struct fixture_revocation {
    struct public_key key;
    uint64_t at_ms;
};
void fixture_revoke(struct roster_draft *, struct arena *, void *context);

/*
 * The same read and verified against held with the signatures of the fixture's roots 0 and 1, which ret_minisigs gets
 * (may be NULL): what a daemon would take. The caller frees the roster. Aborts when it is refused.
 */
struct roster *fixture_next(struct fixture *, const struct roster *held, fixture_mutate *, void *context,
                            struct bytes ret_minisigs[2]);

#endif
