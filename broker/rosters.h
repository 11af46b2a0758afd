/* SPDX-License-Identifier: Apache-2.0 */
/* Roster versions and prekey lists in the broker's store. Failures are sticky in the store (base/store.h). */
#ifndef COMITY_BROKER_ROSTERS_H
#define COMITY_BROKER_ROSTERS_H

#include "base/arena.h"
#include "base/store.h"
#include "proto/ids.h"

/* Every version is kept for ever, as the encoded Roster{json, minisig}. */
void roster_row_add(struct store *, uint64_t version, struct bytes bundle);
/* In the arena. False when that version is not held. */
MUST_USE bool roster_row_find(struct store *, uint64_t version, struct arena *, struct bytes *ret);
/* 0: none. */
uint64_t roster_row_newest(struct store *);
/* Another roster of a version held: proof of a fork. At most ROSTER_FORKS_MAX are kept. */
#define ROSTER_FORKS_MAX 8
void roster_fork_add(struct store *, const struct digest *hash, uint64_t version, struct bytes bundle);

struct prekeys_row {
    uint64_t number; /* 0: no list */
    struct digest digest;
    struct bytes list; /* SignedPrekeys */
};
/* list in the arena; NULL arena: number and digest only. False when there is none. */
MUST_USE bool prekeys_row_find(struct store *, int64_t party, struct arena *, struct prekeys_row *ret);
void prekeys_row_put(struct store *, int64_t party, const struct prekeys_row *);

#endif
