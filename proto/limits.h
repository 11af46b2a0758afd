/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What each field may hold: proto/limits.def as a table. Descriptors of protobuf-c carry no options, so the limits stand
 * beside them; tests/unit/wire_test.c compares the two field by field.
 */
#ifndef COMITY_PROTO_LIMITS_H
#define COMITY_PROTO_LIMITS_H

#include <protobuf-c/protobuf-c.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

/* Whole messages beyond those of wire.h. */
#define INNER_BYTES_MAX          262143 /* with the 80 of the padding: the largest plaintext, 262,144 */
#define LETTER_BYTES_MAX         65536
#define LETTER_PART_BYTES_MAX    65528 /* what stands alone in a Letter: leaves room for its tag and length */
#define GOSSIP_BYTES_MAX         16384
#define CONTROL_BYTES_MAX        131072 /* a page of letters; one letter always fits */
#define CONTROL_PART_BYTES_MAX   131064 /* what stands alone in a Control */
#define PREKEY_LIST_BYTES_MAX    2048
#define SIGNED_PREKEYS_BYTES_MAX 3072
#define SIGNED_RECEIPT_BYTES_MAX 131840
#define ROSTER_BUNDLE_BYTES_MAX  5242880 /* 4 MiB of JSON and 64 signature files */

/* Repetitions. */
#define ITEMS_MAX            64  /* data items of a request, and lists of their numbers */
#define STOOD_MAX            256 /* asks, and dues, of a case that moved */
#define IDENTIFIERS_MAX      32  /* of one item */
#define QUESTIONS_MAX        64
#define SLOTS_MAX            8
#define SIGNERS_MAX          3
#define COPIES_MAX           16
#define GOSSIP_HEADS_MAX     64 /* in each of Gossip's three lists */
#define RETURNED_LETTERS_MAX 64
#define RETURNED_CHAINS_MAX  64
#define PREKEYS_MAX          42
#define RECEIPT_ITEMS_MAX    1024
#define SETTLE_MAX           1024 /* digests of one Settle */
#define PEER_HEADS_MAX       64   /* heads of one Heads; more follow in the next frame */

/* One part of a roster version in a frame. */
#define ROSTER_PART_BYTES_MAX 262144

enum limit_kind {
    LIMIT_NUMBER,    /* min .. max when max is not 0, else what its type holds */
    LIMIT_MESSAGE,   /* of */
    LIMIT_BYTES,     /* min .. max bytes, a multiple of step */
    LIMIT_ADDRESS,   /* a party address */
    LIMIT_LINE,      /* 1 .. max bytes, text_is_line() */
    LIMIT_REFERENCE, /* 1 .. max bytes, text_is_reference() */
    LIMIT_TEXT,      /* 1 .. max bytes, text_is_showable() */
    LIMIT_DATE,      /* YYYY-MM-DD, a real date */
    LIMIT_STATE,     /* [A-Z]{2} */
};

struct message_limit;

struct field_limit {
    const char *path; /* "Header.prev" */
    enum limit_kind kind;
    int64_t min, max;
    uint32_t step;
    uint32_t many; /* most elements of a repeated field; 0 = not repeated */
    const struct message_limit *of;
};

struct message_limit {
    const ProtobufCMessageDescriptor *descriptor;
    size_t bytes_max;
    const struct field_limit *field; /* one for each field of the descriptor, in its order */
    size_t field_count;
};

/* The limits of a message of ours; never NULL (a descriptor without limits is our bug). */
const struct message_limit *limits_of(const ProtobufCMessageDescriptor *);

/* What is wrong with the form of a text, size apart; NULL when nothing is, or when the field holds no text. */
const char *limit_text_fault(const struct field_limit *, struct bytes text);

/* All of them, NULL-terminated. */
const struct message_limit *const *limits_all(void);

#endif
