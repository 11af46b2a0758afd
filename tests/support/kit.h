/* SPDX-License-Identifier: Apache-2.0 */
/* Fixed keys, a small roster and sample envelopes, the same in every run: what tests of keys/ start from. */
#ifndef COMITY_TESTS_KIT_H
#define COMITY_TESTS_KIT_H

#include "base/arena.h"
#include "keys/envelope.h"
#include "keys/roster.h"
#include "keys/seal.h"
#include "keys/sign.h"
#include "keys/slab.h"

#define KIT_CREATED_MS UINT64_C(1767225600000) /* 2026-01-01T00:00:00Z */
#define KIT_RECIPIENTS 3

struct kit {
    struct slab *slab;
    struct arena *arena;
    struct roster *roster; /* version 1: XA/poc, XB/poc and one broker */
    struct network_id network;
    struct signer node, other_node, officer, seal, receipt, revoked;
    struct public_key recipient[KIT_RECIPIENTS]; /* X25519, ascending */
    uint8_t secret[KIT_RECIPIENTS][32];
};

/* Fails the test when anything is missing. */
void kit_open(struct kit *);
void kit_close(struct kit *);
/* For cmocka: one kit for a group. */
int kit_setup(void **state);
int kit_teardown(void **state);

/* size (at most 64) bytes that depend on nothing but the name. */
void kit_fill(uint8_t *ret, size_t size, const char *name);
/* A fresh-looking seal_random of that name. */
struct seal_random kit_random(const char *name);
struct address kit_address(const char *text);

/* A header from XA/poc to XB/poc in which every field holds: number 1, a letter, urgent. Views point into the kit. */
Comity__Header kit_header(struct kit *);
/* Packs without asking limits.def: what a hostile sender can do. */
struct bytes kit_pack(struct arena *, const ProtobufCMessage *);

/* Seals for the first count recipients, signs as node, and puts the envelope together. ret may be NULL. */
struct bytes kit_envelope(struct kit *, const Comity__Header *, struct bytes inner, size_t count,
                          struct sealed *ret);

/* A slot_keys that knows the kit's recipient keys in the standing given for each. */
struct kit_keys {
    const struct kit *kit;
    enum slot_key standing[KIT_RECIPIENTS];
};
struct slot_keys kit_slot_keys(struct kit_keys *);

#endif
