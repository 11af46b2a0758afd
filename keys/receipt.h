/* SPDX-License-Identifier: Apache-2.0 */
/* Receipts: signed facts about envelopes of one ordered pair (docs/protocol.md 5). */
#ifndef COMITY_KEYS_RECEIPT_H
#define COMITY_KEYS_RECEIPT_H

#include "base/arena.h"
#include "base/clock.h"
#include "keys/roster.h"
#include "keys/sign.h"
#include "proto/ids.h"
#include "proto/reason.h"
#include "proto/wire.h"

#define RECEIPT_ITEMS_MAX 1024

struct receipt_item {
    struct envelope_id id;
    enum lane lane;
    uint32_t incarnation, seq;
    enum reason reason; /* present iff REJECTED or REFUSED */
    uint32_t through;   /* DELIVERED only; 0 = absent */
};

/* The unsigned Receipt, encoded in the arena, and its digest D(rcpt, receipt). data NULL on exhaustion. */
MUST_USE struct bytes receipt_encode(enum receipt_kind, const struct network_id *, const struct address *from,
                                     const struct address *to, const struct public_key *by,
                                     uint64_t roster_version, wall_ms at, const struct receipt_item *items,
                                     size_t count, struct arena *, struct digest *ret_digest);

/* SignedReceipt from both parts. */
MUST_USE struct bytes signed_receipt_encode(struct arena *, struct bytes receipt, struct bytes proof);

struct signed_receipt {
    struct bytes raw;            /* the SignedReceipt as received */
    const Comity__Receipt *body; /* in the arena */
    struct digest digest;
    struct address from, to;
};

/* Of an encoded Receipt (docs/protocol.md 2.3), whatever it says. */
struct digest receipt_digest(struct bytes receipt);
/*
 * All checks but "pair and ids known to me": SIZE ENCODING VERSION FIELD NETWORK KEY REVOKED SIGNATURE. The signer must
 * have, at at_ms, role `receipt` of a broker (kinds 1-3), `node` of `to` (4, 5) or `officer` of `to` (6).
 */
MUST_USE enum reason receipt_read(struct verified_turns *, struct bytes signed_receipt, const struct roster *,
                                  struct arena *, struct signed_receipt *ret);

#endif
