/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes to messages and back. Nothing is unpacked that the strict scanner has not passed: the accepted encoding of a
 * message is unique (fields ascending, singular at most once, repeated together and scalars packed, shortest varints,
 * no zero scalar and no empty bytes or string present, no unknown field, one member of a oneof, strings as proto/limits.def
 * states them), so that pack(unpack(x)) == x and two parsers cannot differ. Only in Gossip are fields >= 16 skipped.
 *
 * Source: docs/protocol.md 2.1; traps of protobuf-c 1.4.1 (findings 12, 13).
 */
#ifndef COMITY_PROTO_WIRE_H
#define COMITY_PROTO_WIRE_H

#include "base/arena.h"
#include "proto/control.pb-c.h"
#include "proto/envelope.pb-c.h"
#include "proto/frame.pb-c.h"
#include "proto/letter.pb-c.h"
#include "proto/receipt.pb-c.h"

#define FRAME_BYTES_MAX    327680 /* MAXMSGSIZE */
#define ENVELOPE_BYTES_MAX 264192
#define HEADER_BYTES_MAX   256
#define SEAL_BYTES_MAX     1024
#define PROOF_BYTES_MAX    512
#define CONTEXT_BYTES_MAX  1024
#define RECEIPT_BYTES_MAX  131072
#define WIRE_DEPTH_MAX     6

enum wire_outcome {
    WIRE_OK,
    WIRE_SIZE,      /* the whole message is larger than its row in limits.def */
    WIRE_ENCODING,  /* not the one accepted encoding, or a string that is not what its row says */
    WIRE_LIMIT,     /* a field or a repetition outside its row */
    WIRE_EXHAUSTED, /* the arena ended (a budget, not the machine): refuse like WIRE_SIZE */
};

/* Where the scanner stopped, for logs and tests. path is static or in the arena given. */
struct wire_fault {
    size_t offset;
    const char *path;   /* "Header.prev" */
    const char *reason; /* "field repeated", "explicit zero", ... */
};

/* The scan alone. ret_fault may be NULL. */
MUST_USE enum wire_outcome wire_scan(const ProtobufCMessageDescriptor *, struct bytes,
                                     struct wire_fault *ret_fault);

/* Scans, then unpacks into the arena (strings and bytes are copied there). *ret untouched on failure. */
MUST_USE enum wire_outcome wire_unpack(const ProtobufCMessageDescriptor *, struct bytes, struct arena *,
                                       ProtobufCMessage **ret, struct wire_fault *ret_fault);

/* Packs into the arena; data is NULL on exhaustion. The result of a message that breaks limits.def is our bug (ensure). */
MUST_USE struct bytes wire_pack(struct arena *, const ProtobufCMessage *);

/* Typed: header_unpack(), header_pack(), header_scan() and so on. */
#define WIRE_MESSAGE(name, Type, descriptor)                                                                 \
    MUST_USE static inline enum wire_outcome name##_unpack(struct bytes from, struct arena *arena,           \
                                                           Comity__##Type **ret, struct wire_fault *fault)   \
    {                                                                                                        \
        ProtobufCMessage *message = NULL;                                                                    \
        enum wire_outcome outcome =                                                                          \
            wire_unpack(&comity__##descriptor##__descriptor, from, arena, &message, fault);                  \
        if (outcome == WIRE_OK) {                                                                            \
            *ret = (Comity__##Type *)message;                                                                \
        }                                                                                                    \
        return outcome;                                                                                      \
    }                                                                                                        \
    MUST_USE static inline struct bytes name##_pack(struct arena *arena, const Comity__##Type *message)      \
    {                                                                                                        \
        return wire_pack(arena, &message->base);                                                             \
    }
WIRE_MESSAGE(envelope, Envelope, envelope)
WIRE_MESSAGE(header, Header, header)
WIRE_MESSAGE(seal, Seal, seal)
WIRE_MESSAGE(proof, Proof, proof)
WIRE_MESSAGE(inner, Inner, inner)
WIRE_MESSAGE(context, Context, context)
WIRE_MESSAGE(gossip, Gossip, gossip)
WIRE_MESSAGE(control, Control, control)
WIRE_MESSAGE(returned_letter, ReturnedLetter, returned_letter)
WIRE_MESSAGE(prekey_list, PrekeyList, prekey_list)
WIRE_MESSAGE(signed_prekeys, SignedPrekeys, signed_prekeys)
WIRE_MESSAGE(receipt, Receipt, receipt)
WIRE_MESSAGE(signed_receipt, SignedReceipt, signed_receipt)
WIRE_MESSAGE(frame, Frame, frame)
WIRE_MESSAGE(roster_bundle, Roster, roster)
WIRE_MESSAGE(letter, Letter, letter)
#undef WIRE_MESSAGE

/* Views of protobuf-c's bytes and strings, and back (no copy). */
static inline struct bytes wire_bytes(ProtobufCBinaryData b)
{
    return bytes_of(b.data, b.len);
}
static inline ProtobufCBinaryData wire_binary(struct bytes b)
{
    return (ProtobufCBinaryData){.len = b.size, .data = (uint8_t *)(uintptr_t)b.data};
}

#endif
