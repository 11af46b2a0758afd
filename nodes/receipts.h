/* SPDX-License-Identifier: Apache-2.0 */
/* Receipts given and received: kept byte for byte, ours until the broker has them. */
#ifndef COMITY_NODES_RECEIPTS_H
#define COMITY_NODES_RECEIPTS_H

#include "keys/receipt.h"
#include "nodes/node_private.h"

/* --- given: at the end of a turn --- */

/* One receipt to be signed: what the inputs of this turn left due, for one sender and one kind. */
struct due_receipt {
    enum receipt_kind kind;
    struct address from;
    struct bytes receipt;
    struct digest digest;
    const struct receipt_item *items;
    size_t count;
};
/* Memory in the turn; returns how many. */
size_t node_receipts_prepare(struct node *, struct turn *, struct due_receipt *ret, size_t max);
void node_receipts_store(struct node *, struct turn *, const struct due_receipt *, struct bytes proof);
/* Says those that this link has not heard yet and the broker has not settled, in order. */
void node_receipts_say(struct node *, struct turn *);
/* The broker did not take one of them: what is not settled then is said again on this link, after a time that doubles. */
void node_receipts_refused(struct node *, struct turn *, uint64_t retry_ms);
void node_receipts_tick(struct node *, struct turn *);
void node_receipts_due(const struct node *, struct due *);
/* The same receipt once more: DELIVERED, REFUSED or (shared) OPENED of an envelope. False: none was given. */
bool node_receipts_repeat(struct node *, struct turn *, const struct envelope_id *, enum receipt_kind);
/* The broker has it. False: no receipt of ours. */
MUST_USE bool node_receipts_settled(struct node *, const struct digest *);

/* --- OPENED --- */

enum opened_outcome {
    OPENED_OK,
    OPENED_KNOWN, /* this receipt is filed already */
    OPENED_REFUSED, /* not a receipt OPENED of ours, its signature does not hold, or its key is no officer's: *ret_reason */
    OPENED_UNKNOWN, /* an envelope it names was not delivered here */
};
/*
 * Files a receipt OPENED that an officer of this party signed (a SignedReceipt, one sender, delivered envelopes). It goes
 * to the other State if this party shares them. Call inside an input.
 */
MUST_USE enum opened_outcome node_file_opened(struct node *, struct turn *, struct bytes signed_receipt,
                                              enum reason *ret_reason);
/*
 * The receipts OPENED that an officer would have to sign for the unopened letters of a case: unsigned, encoded, one per
 * case. data NULL when nothing is unopened or the arena ended.
 */
MUST_USE struct bytes node_opened_draft(struct node *, const struct case_id *,
                                        const struct public_key *officer, wall_ms at, struct arena *,
                                        struct digest *ret_digest);

/* --- received --- */

/* A SignedReceipt from the broker. It is verified, filed, moves what it speaks of, and is settled. False: not verified. */
bool node_receipts_take(struct node *, struct turn *, struct bytes signed_receipt);
/* One did not verify on this link, and a newer roster is here, as new as the broker's: the broker says it on the next link. */
MUST_USE bool node_receipts_wanted(const struct node *);
/* All receipts about an envelope, oldest first, in the arena: for proofs and "why". */
struct receipt_row {
    enum receipt_kind kind;
    bool own; /* given by this party to the other side; an OPENED that is kept here is not */
    bool settled;
    uint64_t at_ms;
    struct bytes raw;
};
size_t node_receipts_of(struct node *, const struct envelope_id *, size_t max, struct arena *,
                        struct receipt_row *ret);
/* Own receipts the broker has not settled. */
uint64_t node_receipts_owed(struct node *);

#endif
