/* SPDX-License-Identifier: Apache-2.0 */
/* An envelope as read from bytes: the checks 1 to 5 that broker and recipient share, its id, and its place in a chain. */
#ifndef COMITY_KEYS_ENVELOPE_H
#define COMITY_KEYS_ENVELOPE_H

#include "base/clock.h"
#include "proto/ids.h"
#include "proto/reason.h"
#include "proto/wire.h"

#define CREATED_MS_MIN UINT64_C(1577836800000)
#define CREATED_MS_END UINT64_C(4102444800000)
#define LIFE_MS_MIN    UINT64_C(60000)
#define LIFE_MS_MAX    UINT64_C(1209600000)
#define CLOCK_AHEAD_MS UINT64_C(300000)

/* A moment that somebody else tells, in ms since 1970 UTC: 2020 to 2099. What is reckoned from another could go round. */
static inline bool time_in_range(uint64_t ms)
{
    return ms >= CREATED_MS_MIN && ms < CREATED_MS_END;
}

/* Views and decoded messages lie in the arena; a stub's views point into the Stub. */
struct envelope {
    struct bytes header, seal, body, proof; /* as received; body may be absent (a stub) */
    const Comity__Header *head;
    const Comity__Seal *seal_message;
    struct digest body_hash;
    struct envelope_id id; /* D(env, header, seal, H(body)) */
    struct chain chain;
    struct public_key from_key;
};

/*
 * Checks 1-5 of docs/protocol.md 4: SIZE, ENCODING, VERSION, FIELD, NETWORK; REASON_NONE when all hold and *ret is filled.
 * The proof is only decoded here, its signature is check 9 (proof_verify over id).
 */
MUST_USE enum reason envelope_read(struct bytes envelope, const struct network_id *, struct arena *,
                                   struct envelope *ret);
/* The same for a stub: H(body) instead of the body. */
MUST_USE enum reason stub_read(const Comity__Stub *, const struct network_id *, struct arena *,
                               struct envelope *ret);

struct envelope_id envelope_id_of(struct bytes header, struct bytes seal, const struct digest *body_hash);

/* What a verifier knows of one number of a chain. */
struct chain_link {
    bool known;
    struct digest id;
    struct digest prev; /* zero for number 1 */
    uint64_t created_ms;
};

/*
 * Check 11. same, before, after: what is known of this number, the one before and the one after.
 * NONE, FORK (same number, other id), SEQUENCE (does not fit its neighbours). A gap fits.
 */
MUST_USE enum reason chain_check(const struct envelope *, const struct chain_link *same,
                                 const struct chain_link *before, const struct chain_link *after);

#endif
