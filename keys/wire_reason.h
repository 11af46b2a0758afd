/* SPDX-License-Identifier: Apache-2.0 */
/* What the wire says of a message, as the first checks of docs/protocol.md 4 call it. */
#ifndef COMITY_KEYS_WIRE_REASON_H
#define COMITY_KEYS_WIRE_REASON_H

#include "proto/reason.h"
#include "proto/wire.h"

static inline enum reason wire_reason(enum wire_outcome outcome)
{
    switch (outcome) {
    case WIRE_OK:
        return REASON_NONE;
    case WIRE_ENCODING:
        return REASON_ENCODING;
    case WIRE_LIMIT:
        return REASON_FIELD;
    case WIRE_SIZE:
    case WIRE_EXHAUSTED:
        break;
    }
    return REASON_SIZE;
}

#endif
