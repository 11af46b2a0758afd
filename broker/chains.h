/* SPDX-License-Identifier: Apache-2.0 */
/* Parties, ordered pairs and chains in the broker's store. Failures are sticky in the store (base/store.h). */
#ifndef COMITY_BROKER_CHAINS_H
#define COMITY_BROKER_CHAINS_H

#include "base/clock.h"
#include "base/store.h"
#include "proto/ids.h"
#include "proto/reason.h"

/* The row of a party, made when there is none; 0 only after a failure. */
int64_t party_row(struct store *, const struct address *);
/* When a link of the party was last heard of, Unix ms; 0: never. */
uint64_t party_seen(struct store *, int64_t party);
void party_note_seen(struct store *, int64_t party, wall_ms);

/* Where a chain stands in the store; rows are 0 where there is none yet. */
struct chain_place {
    int64_t sender, recipient; /* parties */
    int64_t pair, chain;
};
struct chain_place chain_place_find(struct store *, const struct chain *);
/* The same of two parties alone, with their rows made; chain 0. */
struct chain_place pair_place_make(struct store *, const struct address *from, const struct address *to);
/* The same of a chain, with every row made. */
struct chain_place chain_place_make(struct store *, const struct chain *);

/* One number of a chain. */
struct chain_row {
    struct digest id, prev; /* prev zero for number 1 */
    uint64_t created_ms;
    uint32_t kinds;     /* bit (1 << enum receipt_kind) for each kind of receipt known */
    enum reason reason; /* of REJECTED */
    int64_t answer;     /* number of the receipt that answered the submit */
    int64_t final;      /* number of the last DELIVERED, REFUSED or EXPIRED receipt; 0 = none */
    int64_t arrival;    /* in the spool; 0 = not there */
};
static inline uint32_t kind_bit(enum receipt_kind kind)
{
    return UINT32_C(1) << kind;
}
/* False when the number is not known (or chain is 0). */
MUST_USE bool chain_row_find(struct store *, int64_t chain, uint32_t seq, struct chain_row *ret);
/* Adds a number and raises the head of its chain. */
void chain_row_add(struct store *, int64_t chain, uint32_t seq, const struct chain_row *);
/* Rewrites kinds, final and arrival. */
void chain_row_change(struct store *, int64_t chain, uint32_t seq, const struct chain_row *);

/* What waits for a pair: the quota is counted against it. Stubs count as envelopes, too: they use room until fetched. */
struct pair_waiting {
    uint64_t envelopes, bytes;
};
struct pair_waiting pair_waiting(struct store *, int64_t pair);
void pair_charge(struct store *, int64_t pair, int64_t envelopes, int64_t bytes);
int64_t pair_sender(struct store *, int64_t pair);
int64_t chain_pair(struct store *, int64_t chain);
int64_t chain_of_pair(struct store *, int64_t pair, enum lane, uint32_t incarnation); /* 0: there is none */
/* Sum over all pairs. */
struct pair_waiting pair_waiting_total(struct store *);

/* The recipient answered this number with a receipt (its number) that was not known before. */
void chain_answered(struct store *, int64_t chain, uint32_t seq, int64_t receipt);
/* The sender settled the end of this number. */
void chain_told(struct store *, int64_t chain, uint32_t seq);

struct chain_head {
    int64_t row; /* cursor */
    struct address peer;
    enum lane lane;
    uint32_t incarnation, seq;
    uint32_t told; /* of a chain of the party's own; 0 = none */
    struct digest id;
};
/* Heads of all chains of a sender, in the order of their rows, beyond the row after. Returns how many were written. */
MUST_USE size_t chain_heads(struct store *, int64_t sender, int64_t after, struct chain_head *ret,
                            size_t max);
/* Of each sender and lane the number that the recipient answered last; in a fixed order, beyond the row after. */
MUST_USE size_t chain_heads_answered(struct store *, int64_t recipient, int64_t after, struct chain_head *ret,
                                     size_t max);

/* Proofs of a fork: the answer given to the other id of a number; 0 = none. */
int64_t fork_find(struct store *, int64_t chain, uint32_t seq, const struct digest *id);
size_t fork_count(struct store *, int64_t chain, uint32_t seq);
void fork_add(struct store *, int64_t chain, uint32_t seq, const struct digest *id, int64_t answer);

/* Final refusals of a sender that were kept on that day (since 1970, UTC), and one more. */
MUST_USE uint64_t refusals_kept(struct store *, int64_t sender, uint64_t day);
void refusals_add(struct store *, int64_t sender, uint64_t day);

#endif
