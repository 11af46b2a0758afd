/* SPDX-License-Identifier: Apache-2.0 */
/* Complete letters as JSON (letter_bodies.def), made as of a moment; and letters of any JSON that names moments by hours. */
#ifndef COMITY_TESTS_SUPPORT_LETTER_BODIES_H
#define COMITY_TESTS_SUPPORT_LETTER_BODIES_H

#include <jansson.h>

#include "base/arena.h"
#include "proto/codes.h"

/* The body of a letter as JSON text; NULL for REQUEST and NONE. */
const char *letter_body_text(enum letter_kind);

/* The same JSON, a new reference: a string "+N" with m, h or d behind it is so many minutes, hours or days after ms, as comity(1) reads it. */
json_t *json_as_of(json_t *, uint64_t ms);

/* A message of JSON in which a string "@N" is the moment N hours after ms, "+3d" as above, and "$request" the request given. Fails on any
 * fault. */
ProtobufCMessage *message_of_text(struct arena *, const ProtobufCMessageDescriptor *, const char *text,
                                  uint64_t ms, const Comity__Request *request);

/* The letter of that kind, complete as of ms; request is what ORAL_NOTED and TAKEN_OVER carry. */
Comity__Letter *letter_of_body(struct arena *, enum letter_kind, uint64_t ms, const Comity__Request *request);

#endif
