/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The strict scanner (docs/protocol.md 2.1). It walks the bytes once, with a stack of WIRE_DEPTH_MAX levels and nothing
 * else, so that no input makes it use memory. Every refusal about the form is final at once; a field outside its limits
 * is only noted and the walk goes on, because the form is to be answered for before the content (docs/protocol.md 2.1).
 *
 * An empty nested message is accepted where being there says something: the member of a oneof, the element of a
 * repetition (its place counts), and an Instant (the epoch). Elsewhere it says what its absence says, and is refused.
 */
#include "base/ensure.h"
#include "proto/limits.h"
#include "proto/wire.h"

/* Fields of a Gossip from here on belong to later versions and are skipped. */
#define GOSSIP_SKIP_FROM 16

enum wire_type { WIRE_VARINT = 0, WIRE_FIXED64 = 1, WIRE_SIZED = 2, WIRE_FIXED32 = 5, WIRE_NONE = 8 };

struct level {
    const struct message_limit *limit;
    size_t end;      /* of this message in the bytes */
    size_t next;     /* index of the first field not yet passed */
    uint32_t number; /* of the last field read */
    uint32_t times;  /* it was read */
    bool member;     /* a member of the oneof was read; our messages have at most one oneof */
};

struct scan {
    struct bytes from;
    size_t at;       /* next byte to read */
    size_t field_at; /* where the present field begins */
    const char *path;
    enum wire_outcome outcome;
    struct wire_fault fault;
    size_t depth;
    struct level stack[WIRE_DEPTH_MAX];
};

static struct level *top(struct scan *s)
{
    return &s->stack[s->depth - 1];
}

static void note(struct scan *s, enum wire_outcome outcome, const char *reason)
{
    s->outcome = outcome;
    s->fault = (struct wire_fault){.offset = s->field_at, .path = s->path, .reason = reason};
}

static bool refuse(struct scan *s, const char *reason)
{
    note(s, WIRE_ENCODING, reason);
    return false;
}

static void outside(struct scan *s, const char *reason)
{
    if (s->outcome == WIRE_OK) {
        note(s, WIRE_LIMIT, reason);
    }
}

static bool push(struct scan *s, const struct message_limit *limit, size_t end)
{
    if (s->depth == WIRE_DEPTH_MAX) {
        return refuse(s, "nested too deep");
    }
    ensure(limit->field_count == limit->descriptor->n_fields); /* limits.def follows the .proto files */
    s->stack[s->depth++] = (struct level){.limit = limit, .end = end};
    return true;
}

static bool read_varint(struct scan *s, uint64_t *ret)
{
    size_t end = top(s)->end;
    uint64_t value = 0;
    for (unsigned i = 0; i < 10 && s->at < end; i++) {
        uint8_t byte = s->from.data[s->at++];
        if (i == 9 && byte > 1) {
            return refuse(s, "number too large");
        }
        value |= (uint64_t)(byte & 0x7fu) << (7 * i);
        if (byte < 0x80) {
            *ret = value;
            return (byte != 0 || i == 0) || refuse(s, "number not in its shortest form");
        }
    }
    return refuse(s, "cut off");
}

static bool read_fixed(struct scan *s, size_t size, uint64_t *ret)
{
    uint64_t value = 0;
    if (top(s)->end - s->at < size) {
        return refuse(s, "cut off");
    }
    for (size_t i = 0; i < size; i++) {
        value |= (uint64_t)s->from.data[s->at + i] << (8 * i);
    }
    s->at += size;
    *ret = value;
    return true;
}

static bool read_size(struct scan *s, size_t *ret)
{
    uint64_t size = 0;
    if (!read_varint(s, &size)) {
        return false;
    }
    if (size > top(s)->end - s->at) {
        return refuse(s, "longer than what holds it");
    }
    *ret = (size_t)size;
    return true;
}

static enum wire_type wire_type_of(ProtobufCType type)
{
    static const uint8_t types[] = {
        [PROTOBUF_C_TYPE_UINT32] = WIRE_VARINT + 1,   [PROTOBUF_C_TYPE_SINT32] = WIRE_VARINT + 1,
        [PROTOBUF_C_TYPE_SINT64] = WIRE_VARINT + 1,   [PROTOBUF_C_TYPE_BOOL] = WIRE_VARINT + 1,
        [PROTOBUF_C_TYPE_ENUM] = WIRE_VARINT + 1,     [PROTOBUF_C_TYPE_FIXED32] = WIRE_FIXED32 + 1,
        [PROTOBUF_C_TYPE_FIXED64] = WIRE_FIXED64 + 1, [PROTOBUF_C_TYPE_STRING] = WIRE_SIZED + 1,
        [PROTOBUF_C_TYPE_BYTES] = WIRE_SIZED + 1,     [PROTOBUF_C_TYPE_MESSAGE] = WIRE_SIZED + 1,
    };
    size_t i = (size_t)type;
    bool ours = i < sizeof types && types[i] != 0; /* other types occur in none of our messages */
    return ours ? (enum wire_type)(types[i] - 1) : WIRE_NONE;
}

/* A raw number of the field's type: not zero, not too large for it, one of the enum's, within its limits. */
static bool check_number(struct scan *s, const ProtobufCFieldDescriptor *field,
                         const struct field_limit *limit, uint64_t raw)
{
    bool zigzag = field->type == PROTOBUF_C_TYPE_SINT32 || field->type == PROTOBUF_C_TYPE_SINT64;
    bool small = field->type == PROTOBUF_C_TYPE_UINT32 || field->type == PROTOBUF_C_TYPE_SINT32;
    if (raw == 0) {
        return refuse(s, "explicit zero");
    }
    if (small && raw > UINT32_MAX) {
        return refuse(s, "number too large");
    }
    if (field->type == PROTOBUF_C_TYPE_BOOL && raw != 1) {
        return refuse(s, "bool neither 0 nor 1");
    }
    if (field->type == PROTOBUF_C_TYPE_ENUM &&
        (raw > INT32_MAX || protobuf_c_enum_descriptor_get_value(field->descriptor, (int)raw) == NULL)) {
        return refuse(s, "unknown value of an enum");
    }
    if (limit->max != 0) {
        int64_t value = zigzag ? (int64_t)(raw >> 1) ^ -(int64_t)(raw & 1) : (int64_t)(raw & INT64_MAX);
        if (value < limit->min || value > limit->max || (!zigzag && raw > INT64_MAX)) {
            outside(s, "number outside its limits");
        }
    }
    return true;
}

static bool scan_number(struct scan *s, const ProtobufCFieldDescriptor *field,
                        const struct field_limit *limit, enum wire_type wire)
{
    uint64_t raw = 0;
    bool read =
        wire == WIRE_VARINT ? read_varint(s, &raw) : read_fixed(s, wire == WIRE_FIXED32 ? 4 : 8, &raw);
    return read && check_number(s, field, limit, raw);
}

static bool scan_packed(struct scan *s, const ProtobufCFieldDescriptor *field,
                        const struct field_limit *limit)
{
    size_t size = 0;
    uint32_t count = 0;
    if (!read_size(s, &size)) {
        return false;
    }
    if (size == 0) {
        return refuse(s, "empty list");
    }
    size_t end = s->at + size;
    while (s->at < end) {
        /* A number that runs over the end of the list is seen after the loop. */
        if (!scan_number(s, field, limit, WIRE_VARINT)) {
            return false;
        }
        count++;
    }
    if (s->at != end) {
        return refuse(s, "longer than what holds it");
    }
    if (count > limit->many) {
        outside(s, "too many");
    }
    return true;
}

static bool scan_sized(struct scan *s, const ProtobufCFieldDescriptor *field, const struct field_limit *limit)
{
    size_t size = 0;
    if (!read_size(s, &size)) {
        return false;
    }
    if (limit->kind == LIMIT_MESSAGE) {
        bool says_something = (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0 ||
                              field->label == PROTOBUF_C_LABEL_REPEATED ||
                              field->descriptor == &comity__instant__descriptor;
        if (size == 0 && !says_something) {
            return refuse(s, "empty message");
        }
        return push(s, limit->of, s->at + size);
    }
    if (size == 0) {
        return refuse(s, "empty text or bytes");
    }
    struct bytes value = bytes_of(s->from.data + s->at, size);
    s->at += size;
    if (size < (uint64_t)limit->min || size > (uint64_t)limit->max ||
        (limit->step > 1 && size % limit->step != 0)) {
        outside(s, "size outside its limits");
    }
    const char *wrong = limit_text_fault(limit, value);
    return wrong == NULL || refuse(s, wrong);
}

static bool skip_unknown(struct scan *s, uint32_t number, uint32_t wire)
{
    uint64_t value = 0;
    size_t size = 0;
    if (top(s)->limit->descriptor != &comity__gossip__descriptor || number < GOSSIP_SKIP_FROM) {
        return refuse(s, "unknown field");
    }
    top(s)->number = number;
    if (wire == WIRE_VARINT) {
        return read_varint(s, &value);
    }
    if (wire == WIRE_FIXED64 || wire == WIRE_FIXED32) {
        return read_fixed(s, wire == WIRE_FIXED32 ? 4 : 8, &value);
    }
    if (wire != WIRE_SIZED) {
        return refuse(s, "wrong wire type");
    }
    if (!read_size(s, &size)) {
        return false;
    }
    s->at += size;
    return true;
}

/* What is said about the field by its place: singular once, repeated not too often, one member of a oneof. */
static bool check_place(struct scan *s, const ProtobufCFieldDescriptor *field,
                        const struct field_limit *limit, bool packed)
{
    struct level *level = top(s);
    level->times = field->id == level->number ? level->times + 1 : 1;
    level->number = field->id;
    if (level->times > 1 && (packed || field->label != PROTOBUF_C_LABEL_REPEATED)) {
        return refuse(s, "field repeated");
    }
    if ((field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0) {
        if (level->member) {
            return refuse(s, "two members of a oneof");
        }
        level->member = true;
    }
    if (limit->many != 0 && !packed && level->times > limit->many) {
        outside(s, "too many");
    }
    return true;
}

static bool scan_field(struct scan *s)
{
    struct level *level = top(s);
    const ProtobufCMessageDescriptor *message = level->limit->descriptor;
    uint64_t tag = 0;
    s->field_at = s->at;
    s->path = message->short_name;
    if (!read_varint(s, &tag)) {
        return false;
    }
    if (tag > UINT32_MAX || tag >> 3 == 0) {
        return refuse(s, "no such field number");
    }
    uint32_t number = (uint32_t)(tag >> 3);
    uint32_t wire = (uint32_t)(tag & 7);
    if (number < level->number) {
        return refuse(s, "fields not ascending");
    }
    while (level->next < message->n_fields && message->fields[level->next].id < number) {
        level->next++;
    }
    if (level->next == message->n_fields || message->fields[level->next].id != number) {
        return skip_unknown(s, number, wire);
    }
    const ProtobufCFieldDescriptor *field = &message->fields[level->next];
    const struct field_limit *limit = &level->limit->field[level->next];
    bool packed = (field->flags & PROTOBUF_C_FIELD_FLAG_PACKED) != 0;
    s->path = limit->path;
    if (wire != (uint32_t)(packed ? WIRE_SIZED : wire_type_of(field->type))) {
        return refuse(s, "wrong wire type");
    }
    if (!check_place(s, field, limit, packed)) {
        return false;
    }
    if (packed) {
        return scan_packed(s, field, limit);
    }
    return wire == WIRE_SIZED ? scan_sized(s, field, limit)
                              : scan_number(s, field, limit, (enum wire_type)wire);
}

enum wire_outcome wire_scan(const ProtobufCMessageDescriptor *descriptor, struct bytes from,
                            struct wire_fault *ret_fault)
{
    const struct message_limit *limit = limits_of(descriptor);
    struct scan s = {.from = from, .path = descriptor->short_name};
    if (from.size > limit->bytes_max) {
        note(&s, WIRE_SIZE, "message too large");
    } else {
        bool going = push(&s, limit, from.size);
        while (going && s.depth != 0) {
            if (s.at == top(&s)->end) {
                s.depth--;
            } else {
                going = scan_field(&s);
            }
        }
    }
    if (s.outcome != WIRE_OK && ret_fault != NULL) {
        *ret_fault = s.fault;
    }
    return s.outcome;
}
