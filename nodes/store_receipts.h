/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMITY_NODES_STORE_RECEIPTS_H
#define COMITY_NODES_STORE_RECEIPTS_H

#include "nodes/receipts.h"

/* An arrived envelope that waits for its receipt. */
struct due_row {
    struct address from;
    enum receipt_kind kind;
    struct receipt_item item;
};
/* Ordered by sender, kind and arrival. */
size_t store_receipts_due(struct store *, size_t max, struct due_row *ret);
void store_receipt_given(struct store *, const struct envelope_id *);

struct stored_receipt {
    enum receipt_kind kind;
    const char *party; /* the other one of the pair */
    bool own;          /* to be given to the other side, until settled */
    bool settled;
    uint64_t at_ms;
    struct public_key by;
    struct digest digest;
    struct bytes raw;
};
/* False: these very bytes are there already. */
MUST_USE bool store_receipt_put(struct store *, const struct stored_receipt *, uint64_t *ret_row);
void store_receipt_item(struct store *, uint64_t row, enum receipt_kind, const struct envelope_id *);
/* The next own unsettled receipt after a row, without its party; in the arena. */
MUST_USE bool store_receipt_unsettled(struct store *, uint64_t after, struct arena *, uint64_t *ret_row,
                                      struct stored_receipt *ret);
MUST_USE bool store_receipt_settled(struct store *, const struct digest *);
/* An own receipt about an envelope; shared: only one that goes to the other State. */
/* DELIVERED of that envelope, if it was given, is to be said until it is settled once more. */
void store_receipt_again(struct store *, const struct envelope_id *);
MUST_USE bool store_receipt_about(struct store *, const struct envelope_id *, enum receipt_kind,
                                  struct arena *, struct bytes *ret_raw);

#endif
