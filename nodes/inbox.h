/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Envelopes that arrive: the recipient's checks of docs/protocol.md 4 as one list of steps, what becomes of an envelope that
 * fails one, and its receipt. DELIVERED and REFUSED become due in the input that stores the envelope and are signed at
 * the end of the same turn: a receipt is never given for what a power cut could take back (I1).
 */
#ifndef COMITY_NODES_INBOX_H
#define COMITY_NODES_INBOX_H

#include "keys/receipt.h"
#include "nodes/chains.h"
#include "nodes/letters.h"

enum in_outcome {
    IN_DELIVERED = 1, /* stored and opened; its letter is in the case file or was there already */
    IN_REFUSED,
    IN_EXPIRED, /* a stub */
};
const char *in_outcome_name(enum in_outcome); /* "delivered" ... */

struct in_row {
    uint64_t number;
    struct envelope_id id;
    struct address from;
    enum lane lane;
    uint32_t incarnation, seq;
    uint64_t created_ms, accepted_ms, received_ms;
    bool in_chain; /* it took its number; false after E_KEY and E_FORK */
    enum in_outcome outcome;
    enum reason reason;
    bool has_letter;
    struct letter_id letter;
};
MUST_USE bool inbox_get(struct node *, const struct envelope_id *, struct in_row *ret);

/* A Deliver from the broker. False: it is out of place (neither envelope nor stub, or both). */
MUST_USE bool inbox_deliver(struct node *, struct turn *, const Comity__Deliver *);
/* The input that took a Deliver in was undone for lack of room: "wait". */
void inbox_put_back(struct node *, struct turn *, const Comity__Deliver *);

/* A letter that was held back turned out to break its case: the envelopes that brought it are refused after all. */
void inbox_refuse(struct node *, struct turn *, const struct letter_id *, enum reason);

/* What the receipts tell: one was given, an officer has opened. */
void inbox_receipt_given(struct node *, const struct envelope_id *, enum receipt_kind, uint64_t at_ms);
void inbox_opened(struct node *, const struct envelope_id *, uint64_t at_ms, bool shared);
/*
 * The envelopes that brought the letters in effect of a case that no own officer has opened, as items of a receipt; their
 * sender. At most max.
 */
size_t inbox_unopened(struct node *, const struct case_id *, size_t max, struct receipt_item *ret,
                      struct address *ret_from);

#endif
