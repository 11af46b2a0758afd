/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/json.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/ensure.h"
#include "base/instant.h"
#include "base/text.h"
#include "proto/json_value.h"

char *json_name(char ret[JSON_NAME_MAX], const char *name)
{
    size_t out = 0;
    bool upper = false;
    for (; *name != 0 && out < JSON_NAME_MAX - 1; name++) {
        if (*name == '_') {
            upper = true;
            continue;
        }
        ret[out++] = upper && *name >= 'a' && *name <= 'z' ? (char)(*name - 'a' + 'A') : *name;
        upper = false;
    }
    ret[out] = 0;
    return ret;
}

/* --- messages to JSON; the recursion follows the message types, which are not recursive, at most WIRE_DEPTH_MAX --- */

static json_t *json_of_bytes(struct bytes from)
{
    struct arena *arena = arena_new(from.size * 2 + 64);
    char *text = arena != NULL ? base64_new(arena, from) : NULL;
    json_t *json = text != NULL ? json_string(text) : NULL;
    arena_free(arena);
    return json;
}

static json_t *json_of_instant(const Comity__Instant *instant)
{
    char text[INSTANT_TEXT_MAX];
    return json_string(
        instant_write(text, (struct instant){.ms = instant->ms, .offset_min = instant->offset_min}));
}

static json_t *json_of_enum(const ProtobufCEnumDescriptor *descriptor, int number)
{
    const ProtobufCEnumValue *value = protobuf_c_enum_descriptor_get_value(descriptor, number);
    return value != NULL ? json_string(value->name) : json_integer(number);
}

static json_t *json_of_wide(bool is_signed, const void *at)
{
    char text[24];
    if (is_signed) {
        (void)snprintf(text, sizeof text, "%" PRId64, *(const int64_t *)at);
    } else {
        (void)snprintf(text, sizeof text, "%" PRIu64, *(const uint64_t *)at);
    }
    return json_string(text);
}

/* One value of the field's type. */
static json_t *json_of_value(const ProtobufCFieldDescriptor *field, const void *at)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
        return json_integer(*(const uint32_t *)at);
    case PROTOBUF_C_TYPE_SINT32:
        return json_integer(*(const int32_t *)at);
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_SINT64:
        return json_of_wide(field->type == PROTOBUF_C_TYPE_SINT64, at);
    case PROTOBUF_C_TYPE_BOOL:
        return json_boolean(*(const protobuf_c_boolean *)at);
    case PROTOBUF_C_TYPE_ENUM:
        return json_of_enum(field->descriptor, *(const int *)at);
    case PROTOBUF_C_TYPE_STRING:
        return json_string(*(const char *const *)at);
    case PROTOBUF_C_TYPE_BYTES:
        return json_of_bytes(wire_bytes(*(const ProtobufCBinaryData *)at));
    case PROTOBUF_C_TYPE_MESSAGE:
        return json_of_message(*(const ProtobufCMessage *const *)at);
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_DOUBLE:
        break; /* in none of our messages */
    }
    bool type_of_ours = false;
    ensure(type_of_ours);
    return NULL;
}

size_t json_value_size(ProtobufCType type)
{
    if (type == PROTOBUF_C_TYPE_STRING || type == PROTOBUF_C_TYPE_MESSAGE) {
        return sizeof(void *);
    }
    if (type == PROTOBUF_C_TYPE_BYTES) {
        return sizeof(ProtobufCBinaryData);
    }
    return type == PROTOBUF_C_TYPE_FIXED64 || type == PROTOBUF_C_TYPE_SINT64 ? sizeof(uint64_t)
                                                                             : sizeof(uint32_t);
}

/* Whether a single field has a value that is not its default. */
static bool is_present(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    const uint8_t *at = (const uint8_t *)message + field->offset;
    if ((field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0) {
        return *(const uint32_t *)(const void *)((const uint8_t *)message + field->quantifier_offset) ==
               field->id;
    }
    if (field->type == PROTOBUF_C_TYPE_STRING) {
        const char *text = *(const char *const *)(const void *)at;
        return text != NULL && text[0] != 0;
    }
    if (field->type == PROTOBUF_C_TYPE_BYTES) {
        return ((const ProtobufCBinaryData *)(const void *)at)->len != 0;
    }
    return !bytes_all_zero(bytes_of(at, json_value_size(field->type)));
}

size_t message_count(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    return field->label == PROTOBUF_C_LABEL_REPEATED
               ? *(const size_t *)(const void *)((const uint8_t *)message + field->quantifier_offset)
               : is_present(message, field);
}

bool message_says(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    return message_count(message, field) != 0;
}

const ProtobufCMessage *message_part(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field,
                                     size_t index)
{
    ensure(field->type == PROTOBUF_C_TYPE_MESSAGE && index < message_count(message, field));
    const void *at = (const uint8_t *)message + field->offset;
    if (field->label != PROTOBUF_C_LABEL_REPEATED) {
        return *(const ProtobufCMessage *const *)at;
    }
    return (*(const ProtobufCMessage *const *const *)at)[index];
}

/* NULL with *ret_absent true: there is nothing to say; with false: out of memory. */
static json_t *json_of_field(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field,
                             bool *ret_absent)
{
    const uint8_t *at = (const uint8_t *)message + field->offset;
    *ret_absent = false;
    if (field->label != PROTOBUF_C_LABEL_REPEATED) {
        *ret_absent = !is_present(message, field);
        return *ret_absent ? NULL : json_of_value(field, at);
    }
    size_t count = *(const size_t *)(const void *)((const uint8_t *)message + field->quantifier_offset);
    *ret_absent = count == 0;
    json_t *array = *ret_absent ? NULL : json_array();
    const uint8_t *element = *(const uint8_t *const *)(const void *)at;
    for (size_t i = 0; array != NULL && i < count; i++) {
        if (json_array_append_new(array, json_of_value(field, element + i * json_value_size(field->type))) !=
            0) {
            json_decref(array);
            array = NULL;
        }
    }
    return array;
}

json_t *json_of_message(const ProtobufCMessage *message)
{
    if (message->descriptor == &comity__instant__descriptor) {
        return json_of_instant((const Comity__Instant *)(const void *)message);
    }
    json_t *object = json_object();
    for (unsigned i = 0; object != NULL && i < message->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];
        char name[JSON_NAME_MAX];
        bool absent = false;
        json_t *value = json_of_field(message, field, &absent);
        if (!absent && json_object_set_new(object, json_name(name, field->name), value) != 0) {
            json_decref(object);
            object = NULL;
        }
    }
    return object;
}

/* --- JSON text --- */

struct json_shape json_shape(struct bytes text)
{
    struct json_shape shape = {.depth = 0, .values = 1};
    size_t depth = 0;
    bool in_string = false;
    for (size_t i = 0; i < text.size; i++) {
        uint8_t c = text.data[i];
        if (in_string) {
            i += c == '\\'; /* whatever is escaped does not end the string */
            in_string = c != '"';
        } else if (c == '"') {
            in_string = true;
        } else if (c == '{' || c == '[') {
            depth++;
            shape.depth = depth > shape.depth ? depth : shape.depth;
            shape.values++;
        } else if (c == ',') {
            shape.values++;
        } else if ((c == '}' || c == ']') && depth > 0) {
            depth--;
        }
    }
    return shape;
}

json_t *json_read(struct bytes text, size_t bytes_max, struct faults *faults)
{
    if (text.size > bytes_max) {
        faults_add(faults, "", "TOO_LONG", "the text has %zu bytes; at most %zu are read", text.size,
                   bytes_max);
        return NULL;
    }
    if (json_shape(text).depth > JSON_DEPTH_MAX) {
        faults_add(faults, "", "NOT_JSON", "the JSON is nested deeper than %d levels", JSON_DEPTH_MAX);
        return NULL;
    }
    json_error_t error;
    json_t *json = json_loadb(text.data != NULL ? (const char *)text.data : "", text.size,
                              JSON_REJECT_DUPLICATES, &error);
    if (json == NULL) {
        bool twice = json_error_code(&error) == json_error_duplicate_key;
        const char *said = text_quiet(faults->arena, bytes_of_text(error.text), sizeof error.text * 2);
        faults_add(faults, "", twice ? "DUPLICATE" : "NOT_JSON", "line %d, column %d: %s", error.line,
                   error.column, said != NULL ? said : "not JSON");
    }
    return json;
}
