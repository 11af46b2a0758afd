/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/envelope.h"

#include <string.h>

#include "keys/sign.h"

/* A body is one of four plaintext sizes and the 16 bytes of its authenticator (docs/protocol.md 3). */
static bool is_body_size(size_t size)
{
    return size == 4112 || size == 16400 || size == 65552 || size == 262160;
}

/* Check 1 for the parts that envelope and stub have in common. */
static bool part_sizes_hold(struct bytes header, struct bytes seal, struct bytes proof)
{
    return header.size <= HEADER_BYTES_MAX && seal.size <= SEAL_BYTES_MAX && proof.size <= PROOF_BYTES_MAX;
}

/*
 * Field 1 is the first of the one accepted encoding, so version 1 is these two bytes: a header of another version is known
 * as such before its other fields are looked at.
 */
static bool is_version_1(struct bytes header)
{
    return header.size >= 2 && header.data[0] == 0x08 && header.data[1] == 0x01;
}

static bool times_hold(const Comity__Header *head)
{
    return time_in_range(head->created_ms) && head->expires_ms >= head->created_ms + LIFE_MS_MIN &&
           head->expires_ms <= head->created_ms + LIFE_MS_MAX;
}

static bool number_holds(const Comity__Header *head)
{
    return head->incarnation >= 1 && head->seq >= 1 &&
           head->prev.len == (head->seq == 1 ? 0 : sizeof(struct digest));
}

static bool header_fields_hold(const Comity__Header *head, struct chain *ret_chain)
{
    bool kind = head->kind == KIND_LETTER || head->kind == KIND_CONTROL;
    bool lane = head->lane >= LANE_URGENT && head->lane <= LANE_BULK;
    bool sizes = head->network.len == sizeof(struct network_id) &&
                 head->from_key.len == sizeof(struct public_key) &&
                 (head->exercise.len == 0 || head->exercise.len == sizeof(struct exercise_id));
    bool parties = address_read(bytes_of_text(head->from), &ret_chain->from) &&
                   address_read(bytes_of_text(head->to), &ret_chain->to);
    ret_chain->lane = (enum lane)head->lane;
    ret_chain->incarnation = head->incarnation;
    return kind && lane && sizes && parties && head->roster >= 1 && times_hold(head) && number_holds(head);
}

static bool slot_holds(const Comity__Slot *slot)
{
    return slot->recipient_key.len == 32 && slot->enc.len == 32 && slot->wrapped.len == 48;
}

static bool seal_fields_hold(const Comity__Seal *seal)
{
    if (seal->commit.len != sizeof(struct digest) || seal->n_slot < 1 || seal->n_slot > 8) {
        return false;
    }
    for (size_t i = 0; i < seal->n_slot; i++) {
        if (!slot_holds(seal->slot[i])) {
            return false;
        }
        if (i > 0 &&
            memcmp(seal->slot[i - 1]->recipient_key.data, seal->slot[i]->recipient_key.data, 32) >= 0) {
            return false;
        }
    }
    return true;
}

/* What the decoding of the three messages came to; each check is asked of all three before the next one. */
struct decoded {
    enum wire_outcome header, seal;
    enum proof_outcome proof;
    Comity__Header *head;
    Comity__Seal *seal_message;
};

static struct decoded decode(struct bytes header, struct bytes seal, struct bytes proof, struct arena *arena)
{
    struct decoded d = {.head = NULL};
    d.header = header_unpack(header, arena, &d.head, NULL);
    d.seal = seal_unpack(seal, arena, &d.seal_message, NULL);
    d.proof = proof_check_fields(proof, arena);
    return d;
}

/*
 * Checks 2 to 5 over the parts whose sizes hold; fills all of *ret but body and id. complete: the fourth part, body or
 * hash, is there.
 */
static enum reason parts_read(struct bytes header, struct bytes seal, struct bytes proof, bool complete,
                              const struct network_id *network, struct arena *arena, struct envelope *ret)
{
    struct decoded d = decode(header, seal, proof, arena);
    if (d.header == WIRE_EXHAUSTED || d.seal == WIRE_EXHAUSTED) {
        return REASON_SIZE;
    }
    if (d.header == WIRE_ENCODING || d.seal == WIRE_ENCODING || d.proof == PROOF_ENCODING) {
        return REASON_ENCODING;
    }
    if (!is_version_1(header)) {
        return REASON_VERSION;
    }
    struct chain chain;
    if (!complete || d.header != WIRE_OK || d.seal != WIRE_OK || d.proof != PROOF_OK ||
        !header_fields_hold(d.head, &chain) || !seal_fields_hold(d.seal_message)) {
        return REASON_FIELD;
    }
    if (memcmp(d.head->network.data, network->bytes, sizeof network->bytes) != 0) {
        return REASON_NETWORK;
    }
    ret->header = header;
    ret->seal = seal;
    ret->proof = proof;
    ret->head = d.head;
    ret->seal_message = d.seal_message;
    ret->chain = chain;
    memcpy(ret->from_key.bytes, d.head->from_key.data, sizeof ret->from_key.bytes);
    return REASON_NONE;
}

enum reason envelope_read(struct bytes from, const struct network_id *network, struct arena *arena,
                          struct envelope *ret)
{
    Comity__Envelope *envelope = NULL;
    if (from.size > ENVELOPE_BYTES_MAX) {
        return REASON_SIZE;
    }
    enum wire_outcome outcome = envelope_unpack(from, arena, &envelope, NULL);
    if (outcome != WIRE_OK) {
        return outcome == WIRE_ENCODING ? REASON_ENCODING
                                        : REASON_SIZE; /* the only rows of Envelope are sizes */
    }
    struct bytes header = wire_bytes(envelope->header);
    struct bytes seal = wire_bytes(envelope->seal);
    struct bytes body = wire_bytes(envelope->body);
    struct bytes proof = wire_bytes(envelope->proof);
    if (!part_sizes_hold(header, seal, proof) || (body.size != 0 && !is_body_size(body.size))) {
        return REASON_SIZE;
    }
    struct envelope read;
    enum reason reason = parts_read(header, seal, proof, body.size != 0, network, arena, &read);
    if (reason != REASON_NONE) {
        return reason;
    }
    read.body = body;
    read.body_hash = plain_hash(body);
    read.id = envelope_id_of(header, seal, &read.body_hash);
    *ret = read;
    return REASON_NONE;
}

enum reason stub_read(const Comity__Stub *stub, const struct network_id *network, struct arena *arena,
                      struct envelope *ret)
{
    struct bytes header = wire_bytes(stub->header);
    struct bytes seal = wire_bytes(stub->seal);
    struct bytes proof = wire_bytes(stub->proof);
    if (!part_sizes_hold(header, seal, proof)) {
        return REASON_SIZE;
    }
    struct envelope read;
    bool complete = stub->body_hash.len == sizeof read.body_hash.bytes;
    enum reason reason = parts_read(header, seal, proof, complete, network, arena, &read);
    if (reason != REASON_NONE) {
        return reason;
    }
    read.body = bytes_of(NULL, 0);
    read.body_hash = digest_from(wire_bytes(stub->body_hash));
    read.id = envelope_id_of(header, seal, &read.body_hash);
    *ret = read;
    return REASON_NONE;
}

struct envelope_id envelope_id_of(struct bytes header, struct bytes seal, const struct digest *body_hash)
{
    const struct bytes parts[] = {header, seal, digest_bytes(body_hash)};
    return (struct envelope_id){.digest = labelled_digest("comity/v1/env", parts, 3)};
}

enum reason chain_check(const struct envelope *envelope, const struct chain_link *same,
                        const struct chain_link *before, const struct chain_link *after)
{
    if (same->known && !digest_equal(&same->id, &envelope->id.digest)) {
        return REASON_FORK;
    }
    if (before->known && envelope->head->seq > 1) {
        struct digest prev = digest_from(wire_bytes(envelope->head->prev));
        if (!digest_equal(&before->id, &prev) || envelope->head->created_ms < before->created_ms) {
            return REASON_SEQUENCE;
        }
    }
    if (after->known && !digest_equal(&after->prev, &envelope->id.digest)) {
        return REASON_SEQUENCE;
    }
    return REASON_NONE;
}
