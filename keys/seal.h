/* SPDX-License-Identifier: Apache-2.0 */
/* Sealing a letter for its recipient's prekeys and opening it again: docs/protocol.md 3, steps 1-7 and "Open". */
#ifndef COMITY_KEYS_SEAL_H
#define COMITY_KEYS_SEAL_H

#include "base/arena.h"
#include "keys/envelope.h"
#include "keys/slab.h"

#define SEAL_SLOTS_MAX 8

/* 32 + 32 * slots bytes of fresh randomness go into one sealing: the content key and one ephemeral a slot. */
struct seal_random {
    uint8_t content_key[32];
    uint8_t ephemeral[SEAL_SLOTS_MAX][32];
};

struct sealed {
    struct bytes header, seal, body; /* in the arena */
    struct envelope_id id;
};

enum seal_outcome {
    SEAL_OK,
    SEAL_TOO_LONG, /* inner and its padding byte do not fit 262,144 bytes */
    SEAL_KEY,      /* a recipient key is of low order */
    SEAL_EXHAUSTED,
};

/*
 * Seals the encoded Inner under an encoded Header for 1..8 recipient keys, strictly ascending, no two equal (ensure).
 * random is wiped before return, whatever the outcome.
 */
MUST_USE enum seal_outcome seal_letter(struct bytes header, struct bytes inner,
                                       const struct public_key *recipients, size_t count,
                                       struct seal_random *random, struct arena *, struct sealed *ret);

/* Puts the four parts together. */
MUST_USE struct bytes envelope_encode(struct arena *, struct bytes header, struct bytes seal,
                                      struct bytes body, struct bytes proof);

/* What the recipient's node knows of a key that a slot names. */
enum slot_key { SLOT_NOT_MINE, SLOT_ERASED, SLOT_MINE };
struct slot_keys {
    /* SLOT_MINE fills ret_secret (32 bytes), which open_envelope wipes. */
    enum slot_key (*find)(void *context, const struct public_key *, uint8_t ret_secret[32]);
    void *context;
};

/*
 * Checks 14-18: SLOT, PREKEY, HPKE, COMMIT, BODY, PADDING; NONE: *ret_inner is the plaintext in the arena and, if
 * ret_content_key is not NULL, the key that discloses this one envelope to a third party.
 */
MUST_USE enum reason open_envelope(const struct envelope *, struct slot_keys, struct arena *,
                                   struct bytes *ret_inner, uint8_t *ret_content_key);

#endif
