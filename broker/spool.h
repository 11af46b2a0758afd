/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The spool: envelopes that wait for their recipient, in the order of arrival. Arrival numbers are given by the caller,
 * always larger than any before in the life of this process. Failures are sticky in the store (base/store.h).
 */
#ifndef COMITY_BROKER_SPOOL_H
#define COMITY_BROKER_SPOOL_H

#include "base/arena.h"
#include "base/clock.h"
#include "base/store.h"
#include "keys/envelope.h"
#include "proto/ids.h"

enum spool_state {
    SPOOL_WHOLE = 0,
    SPOOL_STUB = 1, /* expired: the body is gone */
    SPOOL_ROTTEN =
        2, /* did not match its checksum: nothing is left of it until its sender submits it again */
};

struct spool_row {
    int64_t arrival;
    int64_t recipient; /* party */
    enum lane lane;
    int64_t chain;
    uint32_t seq;
    enum spool_state state;
    uint64_t accepted_ms, expires_ms;
    uint64_t bytes;        /* charged to the pair */
    int64_t expired;       /* the EXPIRED receipt of a stub */
    struct envelope_id id; /* recomputed when read: never trusted from the disk */
    struct digest body_hash;
    struct bytes header, seal, proof, body;
};

/* The next free arrival number. */
int64_t spool_next_arrival(struct store *);

void spool_add(struct store *, const struct spool_row *);
/* Puts a resubmitted envelope in the place of a rotten one. */
void spool_repair(struct store *, const struct spool_row *);
void spool_drop(struct store *, int64_t arrival);

enum spool_read { SPOOL_READ_OK, SPOOL_READ_NONE, SPOOL_READ_ROTTEN };
/*
 * Reads a row with its blobs into the arena and recomputes id and checksum, which covers header, seal, body and proof.
 * ROTTEN: what the disk gave back is not what was stored; it must not be delivered. ret is filled but for the blobs.
 */
MUST_USE enum spool_read spool_read(struct store *, int64_t arrival, struct arena *, struct spool_row *ret);

/* The rotten row: blobs dropped, no longer delivered, and on the list of what its sender must submit again. */
void spool_mark_rotten(struct store *, int64_t arrival, int64_t sender);

/* A row without its blobs. */
struct spool_key {
    int64_t arrival, chain, recipient, pair;
    uint32_t seq;
    enum lane lane;
    enum spool_state state;
    uint64_t accepted_ms, bytes;
};
/* Bytes charged for a row; 0: there is none. */
uint64_t spool_bytes(struct store *, int64_t arrival);
/* The first deliverable row of a recipient and lane that arrived after. */
MUST_USE bool spool_next(struct store *, int64_t recipient, enum lane, int64_t after, struct spool_key *ret);
/* Arrivals of lower numbers of the chain that arrived later than after: those go first. Returns how many (<= max). */
MUST_USE size_t spool_before(struct store *, int64_t chain, uint32_t seq, int64_t after, int64_t *ret,
                             size_t max);
/* Arrivals of the numbers first..last of a chain that are still deliverable; how many (<= max). */
MUST_USE size_t spool_range(struct store *, int64_t chain, uint32_t first, uint32_t last, int64_t *ret,
                            size_t max);
/* By envelope id; verified against the chain's row. */
MUST_USE bool spool_find(struct store *, const struct envelope_id *, struct spool_key *ret);
/* Rows of a recipient and lane that arrived before; counts no further than max. */
uint64_t spool_ahead(struct store *, int64_t recipient, enum lane, int64_t arrival, uint64_t max);

/* What expires. */
struct spool_expiring {
    int64_t arrival, chain_row;
    enum spool_state state;
    uint64_t bytes;
    int64_t pair, sender, recipient;
    uint32_t seq;
    struct chain chain;
    struct envelope_id id;
};
/* Rows that are no stubs and whose time is up, earliest first; how many (<= max). */
MUST_USE size_t spool_expired(struct store *, wall_ms now, struct spool_expiring *ret, size_t max);
/* The earliest moment at which a row expires, Unix ms; UINT64_MAX: none waits. */
uint64_t spool_earliest_expiry(struct store *);
/* Drops the body; returns the bytes the stub is charged with from now on. */
uint64_t spool_make_stub(struct store *, int64_t arrival, int64_t expired_receipt);

/* Envelopes of a sender that it must submit again: ids and chain positions. Returns how many (<= max). */
MUST_USE size_t spool_rotten_of(struct store *, int64_t sender, struct envelope_id *ret, size_t max);

#endif
