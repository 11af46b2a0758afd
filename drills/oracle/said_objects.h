/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Envelopes, what officers sign, and receipts, read from docs/protocol.md 2 and 5 alone: ids computed, signatures verified.
 * Everything read is borrowed from the bytes given.
 */
#ifndef COMITY_DRILLS_ORACLE_SAID_OBJECTS_H
#define COMITY_DRILLS_ORACLE_SAID_OBJECTS_H

#include "drills/oracle/id_map.h"

#define ADDRESS_BYTES_MAX 31

struct said_address {
    char text[ADDRESS_BYTES_MAX + 1];
};

/* --- envelopes --- */

struct said_header {
    struct said_address from, to;
    struct id from_key;
    uint32_t kind, lane, incarnation, seq;
    uint64_t created_ms, expires_ms;
    bool has_prev;
    struct id prev;
};

struct said_envelope {
    struct id id;
    struct said_header header;
    struct bytes proof;
};

/* False: it is no envelope. */
MUST_USE bool said_envelope_read(struct bytes, struct said_envelope *ret);
/* A Stub, its EXPIRED receipt apart. */
MUST_USE bool said_stub_read(struct bytes, struct said_envelope *ret, struct bytes *ret_expired);

/* --- letters --- */

#define SAID_SIGNERS_MAX 3

struct said_context {
    struct said_address from, to;
    uint8_t case_id[16];
    uint32_t case_seq;
    bool has_prev;
    struct id prev;
    uint64_t signed_ms;
    size_t signer_count;
    struct id signers[SAID_SIGNERS_MAX];
};
MUST_USE bool said_context_read(struct bytes, struct said_context *ret);
struct id said_letter_id(struct bytes context, struct bytes letter);

/* --- receipts --- */

enum fact_kind {
    FACT_ACCEPTED = 1,
    FACT_REJECTED,
    FACT_EXPIRED,
    FACT_DELIVERED,
    FACT_REFUSED,
    FACT_OPENED,
    FACT_KINDS
};
const char *fact_kind_name(enum fact_kind);

#define SAID_ITEMS_MAX   1024
#define SAID_REASONS_MAX 30 /* docs/protocol.md 4.5: 1 to 30 */

struct said_item {
    struct id id;
    uint32_t lane, incarnation, seq, reason, through;
};
struct said_receipt {
    enum fact_kind kind;
    struct said_address from, to;
    struct id by_key, digest;
    uint64_t at_ms;
    struct bytes proof;
    size_t item_count;
    struct bytes body; /* for said_receipt_item */
};
/* Form and fields, also whether each item has a reason exactly where the kind demands one; not the signature. */
MUST_USE bool said_receipt_read(struct bytes signed_receipt, struct said_receipt *ret);
/* All items, in order; ret has room for item_count. */
void said_receipt_items(const struct said_receipt *, struct said_item *ret);

/* --- signatures --- */

/*
 * The one signature rule (2.4): is the digest in the turn that the key signed? Signatures found good are kept in the map,
 * by key, signature, size and root.
 */
MUST_USE bool said_proof_holds(struct bytes proof, const struct id *digest, const struct id *key,
                               struct id_map *good_turns);

#endif
