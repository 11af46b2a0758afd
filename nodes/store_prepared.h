/* SPDX-License-Identifier: Apache-2.0 */
/* Letters that wait for the signatures of officers who sit at other machines; none of them is part of a case yet. */
#ifndef COMITY_NODES_STORE_PREPARED_H
#define COMITY_NODES_STORE_PREPARED_H

#include "base/clock.h"
#include "base/store.h"
#include "proto/ids.h"
#include "proto/limits.h"

#define PREPARED_MAX    64         /* that wait at one time */
#define PREPARED_AGE_MS MS_PER_DAY /* a letter is submitted within a day of being prepared */

struct prepared_row {
    struct letter_id id;
    struct bytes context, letter;
    uint64_t made_ms; /* signed_ms of the context */
    const char *by;   /* the user who brought it */
    struct bytes
        proofs[SIGNERS_MAX]; /* one a signer of the context, in its order; data NULL: not signed yet */
};

/* Keeps a letter without signatures; one that is kept stays as it is. */
void store_prepared_put(struct store *, const struct prepared_row *);
/* Keeps a signature; one that is kept stays. */
void store_prepared_sign(struct store *, const struct letter_id *, size_t signer, struct bytes proof);
/* With what was signed; in the arena. False: there is none, or no memory. */
MUST_USE bool store_prepared_get(struct store *, const struct letter_id *, struct arena *,
                                 struct prepared_row *ret);
/* The ids of all, those made first at the beginning; at most PREPARED_MAX. Returns how many. */
size_t store_prepared_list(struct store *, struct letter_id ret[PREPARED_MAX]);
/* Forgets one, and its signatures; nothing when there is none. */
void store_prepared_drop(struct store *, const struct letter_id *);
/* When the oldest was made; 0: there is none. */
uint64_t store_prepared_oldest_ms(struct store *);
/* Forgets those made at that moment or before. */
void store_prepared_expire(struct store *, uint64_t made_ms);

#endif
