/* SPDX-License-Identifier: Apache-2.0 */
/* Protobuf as docs/protocol.md 2.1 allows it, read field by field: a second reading, which knows nothing of proto/. */
#ifndef COMITY_DRILLS_ORACLE_PROTOBUF_WALK_H
#define COMITY_DRILLS_ORACLE_PROTOBUF_WALK_H

#include "base/attributes.h"
#include "base/bytes.h"

#define PROTOBUF_FIELDS_MAX 17 /* the highest field number of any message read here */

struct protobuf_field {
    uint32_t number;    /* 0: not there */
    uint32_t wire_type; /* 0 varint, 1 fixed64, 2 bytes, 5 fixed32 */
    uint64_t value;     /* of all but bytes */
    struct bytes bytes; /* lie in the message */
};

struct protobuf_walk {
    struct bytes left;
    uint32_t last; /* field number */
    bool malformed;
};

/*
 * The next field; false at the end, or when the rest is malformed: truncated, numbers that go down, a varint longer than
 * it need be. A walk starts as {.left = message}.
 */
MUST_USE bool protobuf_next(struct protobuf_walk *, struct protobuf_field *ret);

/*
 * A whole message into ret[number]; unset fields are all zero. types has a character for each number from 1: v varint, 8
 * fixed64, 4 fixed32, b bytes, B repeated bytes (ret holds the last one; walk for all). False: malformed, another number,
 * another type, or one twice.
 */
MUST_USE bool protobuf_read(struct bytes message, const char *types,
                            struct protobuf_field ret[PROTOBUF_FIELDS_MAX + 1]);

#endif
