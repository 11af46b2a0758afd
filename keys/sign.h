/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one signature rule (docs/protocol.md 2.4). A signer signs the root of the digests of a turn once; each object
 * carries Proof{signature, size, index, path}. One object alone: size 1, no index, no path - just a signature.
 * So every object is provable on its own and the cost of signing is shared.
 *
 * Sources: RFC 9162 2.1 (tree), 2.1.3.2 (path check); RFC 8032 through libsodium (refuses non-canonical S and A and small
 * order A and R).
 */
#ifndef COMITY_KEYS_SIGN_H
#define COMITY_KEYS_SIGN_H

#include "base/arena.h"
#include "keys/slab.h"
#include "proto/ids.h"

#define SIGN_TURN_MAX 4096
#define SIGN_BYTES    64 /* Ed25519 */

/* M(label, p1..pn) hashed: D(label, p..) = BLAKE2b-256 of it. label at most 16 ASCII characters: "comity/v1/env". */
struct digest labelled_digest(const char *label, const struct bytes *parts, size_t count);
/* K(key, label, p..): the same, keyed with 32 bytes. */
struct digest labelled_mac(const uint8_t key[32], const char *label, const struct bytes *parts, size_t count);

/* H(x) = BLAKE2b-256 without key. */
struct digest plain_hash(struct bytes);

/* An Ed25519 key pair: the secret is libsodium's 64 bytes, which contain the public key (never taken apart). */
struct signer {
    struct public_key key;
    struct secret *secret; /* 64 bytes; owned by the signer */
    struct
        sign_hand { /* of a host that puts down what is signed, or gives what was signed then; sign NULL: nobody's */
        void (*sign)(void *context, const struct signer *, struct bytes text, uint8_t ret[SIGN_BYTES]);
        void *context;
    } hand;
    struct verified_turns
        *verified; /* what it signs by itself is remembered there; borrowed; NULL: nowhere */
};
/* From a 32-byte seed. False when the slab is full. */
MUST_USE bool signer_init(struct signer *, struct slab *, const uint8_t seed[32]);
void signer_done(struct signer *);

/* The secret's signature of the text; what sign_turn() uses where there is no hand. */
void signer_sign(const struct signer *, struct bytes text, uint8_t ret[SIGN_BYTES]);

/*
 * Signs count digests (1..SIGN_TURN_MAX) as one turn; ret_proofs[i] becomes the encoded Proof of digests[i], in the arena.
 * False only when the arena is exhausted.
 */
MUST_USE bool sign_turn(const struct signer *, const struct digest *digests, size_t count, struct arena *,
                        struct bytes *ret_proofs);

/*
 * The turns that were verified last, each by the whole tuple of key, signature, size and root: what else they hold needs no
 * multiplication. What a signer here has made itself holds, too: RFC 8032 says so of every signature. Which standing a key has is asked for every object anew. All zero: none. Parties that live in one process may
 * keep theirs in one place: a signature that holds for one holds for all.
 */
#define VERIFIED_TURNS 4096 /* one for each of the first 12 bits of a signature */
struct verified_turns {
    struct verified_turns *place; /* where they are kept; NULL: here */
    struct verified_turn {
        uint8_t key[32];
        uint8_t signature[SIGN_BYTES];
        uint8_t root[32];
        uint64_t size; /* 0: none is kept here */
    } turns[VERIFIED_TURNS];
};

enum proof_outcome { PROOF_OK, PROOF_ENCODING, PROOF_FIELD, PROOF_BAD };
/*
 * Checks an encoded Proof over a digest in full: encoding, 0 <= index < size <= 4096, path used up exactly, signature. A turn
 * that holds is remembered (NULL: nowhere).
 */
MUST_USE enum proof_outcome proof_verify(struct verified_turns *, struct bytes proof, const struct digest *,
                                         const struct public_key *);

/* The part of it that needs no key: encoding and ranges. Decodes into the arena; an exhausted one is PROOF_ENCODING. */
MUST_USE enum proof_outcome proof_check_fields(struct bytes proof, struct arena *);

/* Root of a Merkle tree over leaf hashes SHA-256(00 || digest), RFC 9162 2.1.1. count >= 1. */
void merkle_root(const struct digest *digests, size_t count, uint8_t ret_root[32]);

#endif
