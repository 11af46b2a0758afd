/* SPDX-License-Identifier: Apache-2.0 */
/* Ids are one-field structs, so that none can be taken for another. */
#ifndef COMITY_PROTO_IDS_H
#define COMITY_PROTO_IDS_H

#include <stdint.h>
#include <string.h>

#include "base/bytes.h"

struct digest {
    uint8_t bytes[32]; /* BLAKE2b-256 */
};
struct envelope_id {
    struct digest digest;
};
struct letter_id {
    struct digest digest;
};
struct network_id {
    uint8_t bytes[32]; /* hash of roster version 1 */
};
struct case_id {
    uint8_t bytes[16];
};
struct exercise_id {
    uint8_t bytes[16];
};
struct public_key {
    uint8_t bytes[32]; /* Ed25519 or X25519, by its role in the roster */
};

static inline struct bytes digest_bytes(const struct digest *d)
{
    return bytes_of(d->bytes, sizeof d->bytes);
}

static inline bool digest_equal(const struct digest *a, const struct digest *b)
{
    return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

static inline bool public_key_equal(const struct public_key *a, const struct public_key *b)
{
    return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

/* Copies exactly 32 bytes out of a view that a scanner has already found to be 32 bytes long. */
static inline struct digest digest_from(struct bytes b)
{
    struct digest d;
    memcpy(d.bytes, b.data, sizeof d.bytes);
    return d;
}

enum lane { LANE_URGENT = 1, LANE_ROUTINE = 2, LANE_BULK = 3 };
#define LANES 3

enum envelope_kind { KIND_LETTER = 1, KIND_CHUNK = 2, KIND_CONTROL = 3 };

enum receipt_kind {
    RECEIPT_ACCEPTED = 1,
    RECEIPT_REJECTED = 2,
    RECEIPT_EXPIRED = 3,
    RECEIPT_DELIVERED = 4,
    RECEIPT_REFUSED = 5,
    RECEIPT_OPENED = 6,
};

/* "urgent", "routine", "bulk"; "accepted" ... ; "?" for a number that is none. */
const char *lane_name(uint32_t lane);
const char *receipt_kind_name(uint32_t kind);

/* A party address: [A-Z]{2}/[a-z][a-z0-9-]{0,27}. ADDRESS_MAX counts the terminating zero. */
#define ADDRESS_MAX 32
struct address {
    char text[ADDRESS_MAX];
};
/* False, and ret untouched, when the bytes are no address. */
bool address_read(struct bytes text, struct address *ret);
/* Are both addresses of one State? */
bool same_state(const char *a, const char *b);
/* Two upper-case letters, as in ISO 3166-1. */
bool state_is_valid(struct bytes text);
static inline bool address_equal(const struct address *a, const struct address *b)
{
    return strcmp(a->text, b->text) == 0;
}

/* A chain: the envelopes of one (from, to, lane, incarnation), numbered from 1. */
struct chain {
    struct address from, to;
    enum lane lane;
    uint32_t incarnation;
};

#endif
