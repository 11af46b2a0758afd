/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages to JSON and back by their descriptors, in the proto3 JSON mapping: lowerCamelCase names (the .proto names are
 * read too), enums by name, bytes in base64, 64-bit integers as strings, absent = left out; and one rule more: an Instant
 * is a string, RFC 3339 with its offset ("2026-11-13T00:00:00Z", "2026-11-13T07:00:00+07:00").
 *
 * Reading finds every fault, not the first one, each with its path in the reader's own spelling: "items[1].period.from".
 */
#ifndef COMITY_PROTO_JSON_H
#define COMITY_PROTO_JSON_H

#include <jansson.h>

#include "base/faults.h"
#include "proto/wire.h"

#define JSON_DEPTH_MAX 16

#define JSON_NAME_MAX 64

/* The lowerCamelCase name of a .proto name: "hold_days" is "holdDays". Returns ret. */
char *json_name(char ret[JSON_NAME_MAX], const char *name);

/* Whether a field of a message says anything: not empty, not 0, not false, not absent; a list: it has an element. */
bool message_says(const ProtobufCMessage *, const ProtobufCFieldDescriptor *);
/* How many values the field has, and one of them where it is of messages; a single one is number 0. */
size_t message_count(const ProtobufCMessage *, const ProtobufCFieldDescriptor *);
const ProtobufCMessage *message_part(const ProtobufCMessage *, const ProtobufCFieldDescriptor *,
                                     size_t index);

/* A new reference, or NULL when out of memory. */
MUST_USE json_t *json_of_message(const ProtobufCMessage *);

/*
 * A message in the arena, or NULL with at least one fault added. Codes of faults: NOT_JSON (json_read), UNKNOWN (with the
 * nearest name), TYPE, RANGE, NO_ZONE, DATE_ONLY, NOT_A_TIME, NOT_A_DATE, TEXT (controls, not UTF-8), TOO_LONG, TOO_MANY,
 * ENUM (with the names allowed), TWO_OF (a oneof), DUPLICATE. A null member counts as absent; so do zero, false, "" and
 * an object that says nothing, where a single value is expected. Numbers of elements in paths begin at 0. What comes back
 * passes wire_scan().
 */
MUST_USE ProtobufCMessage *message_of_json(const ProtobufCMessageDescriptor *, const json_t *, struct arena *,
                                           struct faults *);

/*
 * What a parser would have to make of the text, counted before one sees it: depth is the deepest nesting of brackets, which
 * a parser recurses into; values is no less than the number of values, each of which costs memory however short its text.
 */
struct json_shape {
    size_t depth, values;
};
struct json_shape json_shape(struct bytes text);

/*
 * Parses JSON text with our limits: UTF-8, no duplicate member, depth <= JSON_DEPTH_MAX, size <= bytes_max. NULL with one
 * fault (line and column in its text). Also used for the API.
 */
MUST_USE json_t *json_read(struct bytes text, size_t bytes_max, struct faults *);

#endif
