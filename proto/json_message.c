/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON to messages. The recursion follows the message types, which are not recursive (at most WIRE_DEPTH_MAX), never
 * the input: members that the type does not name are faults and are not entered.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/ensure.h"
#include "base/instant.h"
#include "base/text.h"
#include "proto/json.h"
#include "proto/json_value.h"
#include "proto/limits.h"

#define PATH_MAX_BYTES 512
#define KEY_SHOWN_MAX  64
#define PLACES_MAX     (2 * WIRE_DEPTH_MAX + 2)

/* Where the reader is, from the inside out; the outermost has neither name nor index. */
struct place {
    const struct place *up;
    const char *name; /* NULL: an element */
    size_t index;
};

struct reader {
    struct arena *arena;
    struct faults *faults;
    bool failed;
};

/* A field, its limits, and the place of the value read into it. */
struct slot {
    const ProtobufCFieldDescriptor *field;
    const struct field_limit *limit;
    const struct place *place;
    bool element; /* of a repetition: must say something */
};

/* An integer as JSON gives it. */
struct integer {
    bool negative;
    uint64_t size;
};

static void read_object(struct reader *, const struct place *, const struct message_limit *, const json_t *,
                        ProtobufCMessage *);

static void path_write(char ret[PATH_MAX_BYTES], const struct place *place)
{
    const struct place *way[PLACES_MAX];
    size_t count = 0;
    size_t used = 0;
    for (; place->up != NULL && count < PLACES_MAX; place = place->up) {
        way[count++] = place;
    }
    ret[0] = 0;
    while (count > 0 && used < PATH_MAX_BYTES) {
        place = way[--count];
        int more = place->name == NULL ? snprintf(ret + used, PATH_MAX_BYTES - used, "[%zu]", place->index)
                                       : snprintf(ret + used, PATH_MAX_BYTES - used, "%s%s",
                                                  used != 0 ? "." : "", place->name);
        used += (size_t)more;
    }
}

PRINTF_LIKE(4, 5)
static void fault(struct reader *r, const struct place *place, const char *code, const char *format, ...)
{
    char path[PATH_MAX_BYTES];
    char text[PATH_MAX_BYTES];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    path_write(path, place);
    faults_add(r->faults, path, code, "%s", text);
    r->failed = true;
}

static void no_room(struct reader *r, const struct place *place)
{
    fault(r, place, "TOO_LONG", "there is no room for so much");
}

/* --- numbers --- */

static bool integer_of_text(const char *text, size_t size, struct integer *ret)
{
    struct integer value = {.negative = size != 0 && text[0] == '-'};
    size_t first = value.negative ? 1 : 0;
    if (size == first || (text[first] == '0' && size - first > 1)) {
        return false;
    }
    for (size_t i = first; i < size; i++) {
        unsigned digit = (unsigned)(unsigned char)text[i] - '0';
        if (digit > 9 || value.size > (UINT64_MAX - digit) / 10) {
            return false;
        }
        value.size = value.size * 10 + digit;
    }
    *ret = value;
    return true;
}

static bool integer_of_json(const json_t *json, struct integer *ret)
{
    if (json_is_string(json)) {
        return integer_of_text(json_string_value(json), json_string_length(json), ret);
    }
    if (!json_is_integer(json)) {
        return false;
    }
    json_int_t value = json_integer_value(json);
    *ret = (struct integer){
        .negative = value < 0,
        .size = value < 0 ? (uint64_t)0 - (uint64_t)value : (uint64_t)value,
    };
    return true;
}

static void read_unsigned(struct reader *r, const struct slot *slot, struct integer value, void *to)
{
    bool wide = slot->field->type == PROTOBUF_C_TYPE_FIXED64;
    bool nothing = slot->element && value.size == 0;
    if ((value.negative && value.size != 0) || nothing || (!wide && value.size > UINT32_MAX)) {
        fault(r, slot->place, "RANGE", "must be a whole number from %d to %llu", slot->element ? 1 : 0,
              wide ? (unsigned long long)UINT64_MAX : (unsigned long long)UINT32_MAX);
    } else if (wide) {
        memcpy(to, &value.size, sizeof value.size);
    } else {
        uint32_t narrow = (uint32_t)value.size;
        memcpy(to, &narrow, sizeof narrow);
    }
}

static void read_number(struct reader *r, const struct slot *slot, const json_t *json, void *to)
{
    struct integer value;
    if (integer_of_json(json, &value)) {
        read_unsigned(r, slot, value, to);
    } else {
        fault(r, slot->place, "TYPE", "must be a whole number");
    }
}

static void read_bool(struct reader *r, const struct slot *slot, const json_t *json, void *to)
{
    protobuf_c_boolean value = json_is_true(json);
    if (json_is_boolean(json)) {
        memcpy(to, &value, sizeof value);
    } else {
        fault(r, slot->place, "TYPE", "must be true or false, without quotes");
    }
}

/* --- enums --- */

/* The names that may be written, "A, B, C": all but the zero value, which stands for absent. */
static void write_names(char *ret, size_t room, const ProtobufCEnumDescriptor *descriptor)
{
    size_t used = 0;
    ret[0] = 0;
    for (unsigned i = 0; i < descriptor->n_values && used < room; i++) {
        if (descriptor->values[i].value != 0) {
            used += (size_t)snprintf(ret + used, room - used, "%s%s", used != 0 ? ", " : "",
                                     descriptor->values[i].name);
        }
    }
}

static void read_enum(struct reader *r, const struct slot *slot, const json_t *json, void *to)
{
    const ProtobufCEnumDescriptor *descriptor = slot->field->descriptor;
    const char *name = json_string_value(json);
    const ProtobufCEnumValue *value =
        name != NULL ? protobuf_c_enum_descriptor_get_value_by_name(descriptor, name) : NULL;
    if (value != NULL && value->value != 0) {
        memcpy(to, &value->value, sizeof value->value);
        return;
    }
    if (name != NULL && name[0] == 0 && !slot->element) {
        return;
    }
    char names[PATH_MAX_BYTES - 64];
    write_names(names, sizeof names, descriptor);
    fault(r, slot->place, name != NULL ? "ENUM" : "TYPE", "must be one of: %s", names);
}

/* --- text and bytes --- */

static const char *advice(enum limit_kind kind)
{
    if (kind == LIMIT_ADDRESS) {
        return "must be an address such as XA/poc";
    }
    if (kind == LIMIT_DATE) {
        return "must be a date such as 2026-12-15";
    }
    if (kind == LIMIT_STATE) {
        return "must be the two capital letters of a State";
    }
    if (kind == LIMIT_REFERENCE) {
        return "must be one line without control, direction or invisible characters";
    }
    return kind == LIMIT_LINE ? "must be one line without control or direction characters"
                              : "must be without control or direction characters";
}

static bool check_size(struct reader *r, const struct slot *slot, size_t size)
{
    const struct field_limit *limit = slot->limit;
    if (size > (uint64_t)limit->max) {
        fault(r, slot->place, "TOO_LONG", "has %zu bytes; at most %lld are allowed", size,
              (long long)limit->max);
    } else if (size < (uint64_t)limit->min || (limit->step > 1 && size % limit->step != 0)) {
        fault(r, slot->place, "RANGE", "has %zu bytes; at least %lld are needed%s", size,
              (long long)limit->min, limit->step > 1 ? ", and a multiple of that" : "");
    } else {
        return true;
    }
    return false;
}

static void read_text(struct reader *r, const struct slot *slot, const json_t *json, void *to)
{
    if (!json_is_string(json)) {
        fault(r, slot->place, "TYPE", "must be a text in quotes");
        return;
    }
    struct bytes text = bytes_of(json_string_value(json), json_string_length(json));
    if (text.size == 0) {
        if (slot->element) {
            fault(r, slot->place, "TEXT", "is empty: leave it out");
        }
        return;
    }
    if (limit_text_fault(slot->limit, text) != NULL) {
        fault(r, slot->place, slot->limit->kind == LIMIT_DATE ? "NOT_A_DATE" : "TEXT", "%s",
              advice(slot->limit->kind));
    } else if (check_size(r, slot, text.size)) {
        struct bytes copy = arena_copy(r->arena, text);
        char *chars = (char *)(uintptr_t)copy.data;
        if (chars == NULL) {
            no_room(r, slot->place);
        }
        memcpy(to, &chars, sizeof chars);
    }
}

static void read_bytes(struct reader *r, const struct slot *slot, const json_t *json, void *to)
{
    struct bytes text = bytes_of(json_string_value(json), json_string_length(json));
    size_t room = text.size / 4 * 3 + 1;
    uint8_t *bytes = json_is_string(json) ? arena_take(r->arena, room) : NULL;
    size_t size = 0;
    if (!json_is_string(json)) {
        fault(r, slot->place, "TYPE", "must be bytes in base64, in quotes");
    } else if (bytes == NULL) {
        no_room(r, slot->place);
    } else if (!base64_read(bytes, room, &size, text)) {
        fault(r, slot->place, "TYPE", "is not base64");
    } else if ((size != 0 || slot->element) && check_size(r, slot, size)) {
        ProtobufCBinaryData data = {.len = size, .data = bytes};
        memcpy(to, &data, sizeof data);
    }
}

/* --- messages --- */

static void read_instant(struct reader *r, const struct slot *slot, const json_t *json, Comity__Instant *to)
{
    const struct field_limit *ms = &slot->limit->of->field[0];
    struct bytes text = bytes_of(json_string_value(json), json_string_length(json));
    struct instant value = {0};
    enum instant_outcome outcome = json_is_string(json) ? instant_read(text, &value) : INSTANT_MALFORMED;
    switch (outcome) {
    case INSTANT_OK:
        if (value.ms < ms->min || value.ms > ms->max) {
            fault(r, slot->place, "RANGE", "must lie in the years 1 to 9999");
        }
        to->ms = value.ms;
        to->offset_min = value.offset_min;
        break;
    case INSTANT_NO_ZONE:
        fault(r, slot->place, "NO_ZONE",
              "has no time zone: write %.*sZ for UTC, or the offset, as in %.*s+07:00", (int)text.size,
              (const char *)text.data, (int)text.size, (const char *)text.data);
        break;
    case INSTANT_DATE_ONLY:
        fault(r, slot->place, "DATE_ONLY",
              "is a date only: write the time and zone too, as in %.*sT00:00:00Z", (int)text.size,
              (const char *)text.data);
        break;
    case INSTANT_MALFORMED:
        fault(r, slot->place, "NOT_A_TIME", "must be a time with its zone, as in 2026-11-13T00:00:00Z");
        break;
    }
}

static void read_message(struct reader *r, const struct slot *slot, const json_t *json, void *to)
{
    const struct message_limit *limit = slot->limit->of;
    ProtobufCMessage *message = arena_zero(r->arena, 1, limit->descriptor->sizeof_message);
    if (message == NULL) {
        no_room(r, slot->place);
        return;
    }
    protobuf_c_message_init(limit->descriptor, message);
    bool is_instant = limit->descriptor == &comity__instant__descriptor;
    if (is_instant) {
        read_instant(r, slot, json, (Comity__Instant *)(void *)message);
    } else if (json_is_object(json)) {
        read_object(r, slot->place, limit, json, message);
    } else {
        fault(r, slot->place, "TYPE", "must be an object in braces");
    }
    /* Where the scanner refuses an empty message, it is absent (scan.c). */
    bool may_be_empty =
        is_instant || slot->element || (slot->field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0;
    if (!r->failed && (may_be_empty || protobuf_c_message_get_packed_size(message) != 0)) {
        memcpy(to, &message, sizeof message);
    }
}

/* --- fields --- */

static void read_value(struct reader *r, const struct slot *slot, const json_t *json, void *to)
{
    switch (slot->field->type) {
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_FIXED64:
        read_number(r, slot, json, to);
        return;
    case PROTOBUF_C_TYPE_BOOL:
        read_bool(r, slot, json, to);
        return;
    case PROTOBUF_C_TYPE_ENUM:
        read_enum(r, slot, json, to);
        return;
    case PROTOBUF_C_TYPE_STRING:
        read_text(r, slot, json, to);
        return;
    case PROTOBUF_C_TYPE_BYTES:
        read_bytes(r, slot, json, to);
        return;
    case PROTOBUF_C_TYPE_MESSAGE:
        read_message(r, slot, json, to);
        return;
    case PROTOBUF_C_TYPE_SINT32: /* only in Instant, which is read as a whole */
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_INT32: /* and these in none of our messages */
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_DOUBLE:
        break;
    }
    bool type_of_ours = false;
    ensure(type_of_ours);
}

static void read_array(struct reader *r, const struct slot *slot, const json_t *json,
                       ProtobufCMessage *message)
{
    size_t count = json_array_size(json);
    size_t size = json_value_size(slot->field->type);
    if (!json_is_array(json)) {
        fault(r, slot->place, "TYPE", "must be a list in square brackets");
        return;
    }
    if (count > slot->limit->many) {
        fault(r, slot->place, "TOO_MANY", "has %zu elements; at most %u are allowed", count,
              (unsigned)slot->limit->many);
        return;
    }
    uint8_t *elements = arena_zero(r->arena, count, size);
    if (elements == NULL) {
        no_room(r, slot->place);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        struct place place = {.up = slot->place, .index = i};
        struct slot element = {.field = slot->field, .limit = slot->limit, .place = &place, .element = true};
        read_value(r, &element, json_array_get(json, i), elements + i * size);
    }
    memcpy((uint8_t *)message + slot->field->quantifier_offset, &count, sizeof count);
    memcpy((uint8_t *)message + slot->field->offset, &elements, sizeof(void *));
}

static void read_field(struct reader *r, const struct slot *slot, const json_t *json,
                       ProtobufCMessage *message)
{
    if (slot->field->label == PROTOBUF_C_LABEL_REPEATED) {
        read_array(r, slot, json, message);
        return;
    }
    if ((slot->field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0) {
        uint8_t *quantifier = (uint8_t *)message + slot->field->quantifier_offset;
        uint32_t member = 0;
        memcpy(&member, quantifier, sizeof member);
        if (member != 0) {
            const ProtobufCFieldDescriptor *first =
                protobuf_c_message_descriptor_get_field(message->descriptor, member);
            char name[JSON_NAME_MAX];
            fault(r, slot->place, "TWO_OF", "only one of these may be given, and %s is",
                  json_name(name, first->name));
            return;
        }
        memcpy(quantifier, &slot->field->id, sizeof slot->field->id);
    }
    read_value(r, slot, json, (uint8_t *)message + slot->field->offset);
}

/* The index of the field of that name, in either spelling; n_fields if there is none. */
static unsigned find_field(const ProtobufCMessageDescriptor *descriptor, const char *key)
{
    char name[JSON_NAME_MAX];
    unsigned i = 0;
    while (i < descriptor->n_fields && strcmp(key, descriptor->fields[i].name) != 0 &&
           strcmp(key, json_name(name, descriptor->fields[i].name)) != 0) {
        i++;
    }
    return i;
}

static void unknown_member(struct reader *r, const struct place *up,
                           const ProtobufCMessageDescriptor *descriptor, const char *key)
{
    const char *shown = text_quiet(r->arena, bytes_of_text(key), KEY_SHOWN_MAX);
    struct place place = {.up = up, .name = shown != NULL ? shown : "?"};
    const char **names = arena_zero(r->arena, descriptor->n_fields + 1u, sizeof *names);
    for (unsigned i = 0; names != NULL && i < descriptor->n_fields; i++) {
        char *name = arena_take(r->arena, JSON_NAME_MAX);
        names[i] = name != NULL ? json_name(name, descriptor->fields[i].name) : NULL;
    }
    const char *near = names != NULL && strlen(key) < JSON_NAME_MAX ? text_nearest(key, names) : NULL;
    if (near != NULL) {
        fault(r, &place, "UNKNOWN", "there is no such member; did you mean %s?", near);
    } else {
        fault(r, &place, "UNKNOWN", "there is no such member");
    }
}

static void read_object(struct reader *r, const struct place *up, const struct message_limit *limit,
                        const json_t *json, ProtobufCMessage *message)
{
    const ProtobufCMessageDescriptor *descriptor = limit->descriptor;
    json_t *object =
        (json_t *)(uintptr_t)json; /* the iterators of jansson are not const; nothing is changed */
    uint64_t given = 0;
    ensure(descriptor->n_fields == limit->field_count && descriptor->n_fields <= 64);
    for (void *at = json_object_iter(object); at != NULL; at = json_object_iter_next(object, at)) {
        const char *key = json_object_iter_key(at);
        const json_t *value = json_object_iter_value(at);
        unsigned i = find_field(descriptor, key);
        if (i == descriptor->n_fields) {
            unknown_member(r, up, descriptor, key);
            continue;
        }
        struct place place = {.up = up, .name = key};
        struct slot slot = {.field = &descriptor->fields[i], .limit = &limit->field[i], .place = &place};
        if ((given >> i & 1) != 0) {
            fault(r, &place, "DUPLICATE", "is given twice, in both spellings");
        } else if (!json_is_null(value)) {
            read_field(r, &slot, value, message);
        }
        given |= UINT64_C(1) << i;
    }
}

ProtobufCMessage *message_of_json(const ProtobufCMessageDescriptor *descriptor, const json_t *json,
                                  struct arena *arena, struct faults *faults)
{
    const struct message_limit *limit = limits_of(descriptor);
    struct reader r = {.arena = arena, .faults = faults};
    struct place outermost = {.up = NULL};
    /* The whole is read as the element of an imaginary repetition: it may be empty. */
    ProtobufCFieldDescriptor field = {.type = PROTOBUF_C_TYPE_MESSAGE, .descriptor = descriptor};
    struct field_limit whole = {.kind = LIMIT_MESSAGE, .of = limit};
    struct slot slot = {.field = &field, .limit = &whole, .place = &outermost, .element = true};
    ProtobufCMessage *message = NULL;
    read_message(&r, &slot, json, &message);
    if (r.failed) {
        return NULL;
    }
    size_t size = protobuf_c_message_get_packed_size(message);
    if (size > limit->bytes_max) {
        fault(&r, &outermost, "TOO_LONG", "has %zu bytes when encoded; at most %zu are allowed", size,
              limit->bytes_max);
        return NULL;
    }
    return message;
}
