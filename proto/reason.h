/* SPDX-License-Identifier: Apache-2.0 */
/* Reason codes of docs/protocol.md 4, from one table (reason.def). REASON_NONE is "nothing wrong". */
#ifndef COMITY_PROTO_REASON_H
#define COMITY_PROTO_REASON_H

#include <stdint.h>

enum reason {
    REASON_NONE = 0,
#define REASON(number, name, meaning, next, next_sender) REASON_##name = (number),
#include "proto/reason.def"
#undef REASON
};
#define REASON_COUNT 31 /* with REASON_NONE */

/* "E_SIZE" ...; "E_?" for a number that is none. */
const char *reason_name(uint32_t reason);
const char *reason_meaning(uint32_t reason);     /* one clause, without a full stop */
const char *reason_next(uint32_t reason);        /* what to do next, for who got it */
const char *reason_next_sender(uint32_t reason); /* the same for who sent it */

#endif
