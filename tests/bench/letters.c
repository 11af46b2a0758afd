/* SPDX-License-Identifier: Apache-2.0 */
/* keys/ and proto/ on the way of one letter: sealed and signed in turns, read, verified, opened. */
#include <sodium.h>
#include <string.h>

#include "keys/seal.h"
#include "tests/bench/bench.h"
#include "tests/bench/network.h"

#define LETTERS      256
#define LETTER_BYTES 2400

struct recipient {
    struct public_key key;
    uint8_t secret[32];
};

static enum slot_key find(void *context, const struct public_key *key, uint8_t ret_secret[32])
{
    const struct recipient *recipient = context;
    if (!public_key_equal(key, &recipient->key)) {
        return SLOT_NOT_MINE;
    }
    memcpy(ret_secret, recipient->secret, sizeof recipient->secret);
    return SLOT_MINE;
}

static double microseconds_each(uint64_t start)
{
    return (double)(processor_ns() - start) / 1e3 / LETTERS;
}

/* Seals and signs all letters in turns of so many; microseconds an envelope. */
static double seal_all(struct bench *bench, struct arena *arena, const struct recipient *recipient,
                       size_t turn, struct bytes ret[LETTERS])
{
    struct bytes inner = noise(bench, LETTER_BYTES);
    struct envelope_id previous = {.digest = {{0}}};
    struct sealed *sealed = arena_take(arena, turn * sizeof *sealed);
    struct digest *digests = arena_take(arena, turn * sizeof *digests);
    struct bytes *proofs = arena_take(arena, turn * sizeof *proofs);
    ensure(sealed != NULL && digests != NULL && proofs != NULL);
    uint64_t start = processor_ns();
    for (size_t i = 0; i < LETTERS; i += turn) {
        for (size_t j = 0; j < turn; j++) {
            struct seal_random random;
            struct bytes header = network_header(bench->network, arena, (uint32_t)(i + j + 1), &previous);
            randombytes_buf(&random, 64); /* one slot */
            ensure(seal_letter(header, inner, &recipient->key, 1, &random, arena, &sealed[j]) == SEAL_OK);
            digests[j] = sealed[j].id.digest;
            previous = sealed[j].id;
        }
        ensure(sign_turn(&bench->network->sender, digests, turn, arena, proofs));
        for (size_t j = 0; j < turn; j++) {
            ret[i + j] = envelope_encode(arena, sealed[j].header, sealed[j].seal, sealed[j].body, proofs[j]);
            ensure(ret[i + j].data != NULL);
        }
    }
    return microseconds_each(start);
}

struct costs {
    double read, verify, open;
};

/* As a recipient does, one step for all letters after the other; microseconds an envelope. */
static struct costs receive_all(struct bench *bench, struct arena *arena, struct recipient *recipient,
                                const struct bytes *encoded)
{
    struct slot_keys keys = {.find = find, .context = recipient};
    struct envelope *envelopes = arena_take(arena, LETTERS * sizeof *envelopes);
    struct costs costs;
    ensure(envelopes != NULL);
    uint64_t start = processor_ns();
    for (size_t i = 0; i < LETTERS; i++) {
        ensure(envelope_read(encoded[i], &bench->network->id, arena, &envelopes[i]) == REASON_NONE);
    }
    costs.read = microseconds_each(start);
    start = processor_ns();
    for (size_t i = 0; i < LETTERS; i++) {
        const struct envelope *e = &envelopes[i];
        ensure(proof_verify(NULL, e->proof, &e->id.digest, &e->from_key) == PROOF_OK);
    }
    costs.verify = microseconds_each(start);
    start = processor_ns();
    for (size_t i = 0; i < LETTERS; i++) {
        struct bytes inner;
        ensure(open_envelope(&envelopes[i], keys, arena, &inner, NULL) == REASON_NONE &&
               inner.size == LETTER_BYTES);
    }
    costs.open = microseconds_each(start);
    return costs;
}

/* Scan and unpack alone, without hashes and rules; microseconds an envelope. */
static double scan_all(const struct bytes *envelopes)
{
    struct arena *arena = arena_new((size_t)1024 * 1024);
    ensure(arena != NULL);
    uint64_t start = processor_ns();
    for (size_t i = 0; i < LETTERS; i++) {
        Comity__Envelope *envelope = NULL;
        Comity__Header *header = NULL;
        Comity__Seal *seal = NULL;
        Comity__Proof *proof = NULL;
        arena_reset(arena);
        ensure(envelope_unpack(envelopes[i], arena, &envelope, NULL) == WIRE_OK &&
               header_unpack(wire_bytes(envelope->header), arena, &header, NULL) == WIRE_OK &&
               seal_unpack(wire_bytes(envelope->seal), arena, &seal, NULL) == WIRE_OK &&
               proof_unpack(wire_bytes(envelope->proof), arena, &proof, NULL) == WIRE_OK);
    }
    double each = microseconds_each(start);
    arena_free(arena);
    return each;
}

void round_keys(struct bench *bench)
{
    struct bytes envelopes[LETTERS];
    struct recipient recipient;
    struct arena *arena = arena_new((size_t)64 * 1024 * 1024);
    ensure(arena != NULL);
    randombytes_buf(recipient.secret, sizeof recipient.secret);
    crypto_scalarmult_base(recipient.key.bytes, recipient.secret);

    note(bench, ROW_SEAL_1, seal_all(bench, arena, &recipient, 1, envelopes));
    note(bench, ROW_VERIFY_1, receive_all(bench, arena, &recipient, envelopes).verify);
    note(bench, ROW_SEAL_16, seal_all(bench, arena, &recipient, 16, envelopes));
    note(bench, ROW_SEAL_64, seal_all(bench, arena, &recipient, 64, envelopes));
    note(bench, ROW_SCAN, scan_all(envelopes));
    struct costs costs = receive_all(bench, arena, &recipient, envelopes);
    double whole = costs.read + costs.verify + costs.open;
    note(bench, ROW_READ, costs.read);
    note(bench, ROW_VERIFY_64, costs.verify);
    note(bench, ROW_OPEN, costs.open);
    note(bench, ROW_RECEIVE, whole);
    note(bench, ROW_VERIFY_SHARE, costs.verify * 100 / whole);
    arena_free(arena);
}
