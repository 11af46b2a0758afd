/* SPDX-License-Identifier: Apache-2.0 */
/* Between the two halves of the JSON mapping, json.c (out) and json_message.c (in). */
#ifndef COMITY_PROTO_JSON_VALUE_H
#define COMITY_PROTO_JSON_VALUE_H

#include <protobuf-c/protobuf-c.h>
#include <stddef.h>

/* Bytes that one value of the type takes in a message's struct or in the array of a repeated field. */
size_t json_value_size(ProtobufCType);

#endif
