/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Receipts in the broker's store, and to whom each is still owed. Receipts are kept for ever, loose ones aside: they are what
 * the broker answers when asked again, byte for byte. Failures are sticky in the store (base/store.h).
 */
#ifndef COMITY_BROKER_RECEIPTS_H
#define COMITY_BROKER_RECEIPTS_H

#include "base/arena.h"
#include "base/clock.h"
#include "base/store.h"
#include "proto/ids.h"

struct receipt_row {
    int64_t number;
    enum receipt_kind kind;
    int64_t pair;
    uint64_t taken_ms; /* when the broker gave it or took it in */
    struct digest digest;
    struct bytes signed_bytes; /* SignedReceipt */
    bool loose;                /* about envelopes that are not known here: goes when it is settled */
};

/* The next free number. */
int64_t receipt_next_number(struct store *);
void receipt_add(struct store *, const struct receipt_row *);
/* signed_bytes in the arena. False when there is none. */
MUST_USE bool receipt_find(struct store *, int64_t number, struct arena *, struct receipt_row *ret);

/* How many loose ones wait for this pair, and whether that one is among them. */
uint64_t receipts_loose(struct store *, int64_t pair, const struct digest *, bool *ret_there);
/* The bytes of all loose ones that this party gave. */
uint64_t receipts_loose_bytes(struct store *, int64_t recipient);

/* True when it was not owed before. */
MUST_USE bool owed_add(struct store *, int64_t party, int64_t number);
/* True when it was still owed. A loose one is gone with it. */
MUST_USE bool owed_settle(struct store *, int64_t party, int64_t number);
/* The first receipt owed to a party with a number above after; 0 = none. */
int64_t owed_next(struct store *, int64_t party, int64_t after);
uint64_t owed_count(struct store *);

#endif
