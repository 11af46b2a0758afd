/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/oracle/protobuf_walk.h"

#include <string.h>

#include "base/ensure.h"

#define VARINT_BYTES_MAX 10

static bool fail(struct protobuf_walk *walk)
{
    walk->malformed = true;
    return false;
}

static void skip(struct protobuf_walk *walk, size_t size)
{
    walk->left.data += size;
    walk->left.size -= size;
}

static bool take_varint(struct protobuf_walk *walk, uint64_t *ret)
{
    uint64_t value = 0;
    for (size_t i = 0; i < VARINT_BYTES_MAX && i < walk->left.size; i++) {
        uint8_t byte = walk->left.data[i];
        if (i == VARINT_BYTES_MAX - 1 && byte > 1) {
            return false; /* beyond 64 bits */
        }
        value |= (uint64_t)(byte & 0x7f) << (7 * i);
        if ((byte & 0x80) == 0) {
            skip(walk, i + 1);
            *ret = value;
            return byte != 0 || i == 0; /* the shortest form */
        }
    }
    return false;
}

/* Little-endian. */
static bool take_fixed(struct protobuf_walk *walk, size_t size, uint64_t *ret)
{
    uint64_t value = 0;
    if (walk->left.size < size) {
        return false;
    }
    for (size_t i = size; i > 0; i--) {
        value = value << 8 | walk->left.data[i - 1];
    }
    skip(walk, size);
    *ret = value;
    return true;
}

static bool take_bytes(struct protobuf_walk *walk, struct bytes *ret)
{
    uint64_t size = 0;
    if (!take_varint(walk, &size) || size > walk->left.size) {
        return false;
    }
    *ret = bytes_of(walk->left.data, (size_t)size);
    skip(walk, (size_t)size);
    return true;
}

static bool take_value(struct protobuf_walk *walk, struct protobuf_field *field)
{
    switch (field->wire_type) {
    case 0:
        return take_varint(walk, &field->value);
    case 1:
        return take_fixed(walk, 8, &field->value);
    case 2:
        return take_bytes(walk, &field->bytes);
    case 5:
        return take_fixed(walk, 4, &field->value);
    default:
        return false;
    }
}

bool protobuf_next(struct protobuf_walk *walk, struct protobuf_field *ret)
{
    struct protobuf_field field = {0};
    uint64_t key = 0;
    if (walk->malformed || walk->left.size == 0) {
        return false;
    }
    if (!take_varint(walk, &key) || key >> 3 == 0 || key > UINT32_MAX) {
        return fail(walk);
    }
    field.number = (uint32_t)(key >> 3);
    field.wire_type = (uint32_t)(key & 7);
    if (field.number < walk->last || !take_value(walk, &field)) {
        return fail(walk);
    }
    walk->last = field.number;
    *ret = field;
    return true;
}

static bool is_of_type(const struct protobuf_field *field, char type)
{
    switch (type) {
    case 'v':
        return field->wire_type == 0;
    case '8':
        return field->wire_type == 1;
    case '4':
        return field->wire_type == 5;
    default:
        return field->wire_type == 2;
    }
}

bool protobuf_read(struct bytes message, const char *types,
                   struct protobuf_field ret[PROTOBUF_FIELDS_MAX + 1])
{
    struct protobuf_walk walk = {.left = message};
    struct protobuf_field field;
    size_t count = strlen(types);
    ensure(count <= PROTOBUF_FIELDS_MAX);
    memset(ret, 0, (PROTOBUF_FIELDS_MAX + 1) * sizeof *ret);
    while (protobuf_next(&walk, &field)) {
        char type = field.number <= count ? types[field.number - 1] : '\0';
        bool again = type != '\0' && ret[field.number].number != 0;
        if (type == '\0' || !is_of_type(&field, type) || (again && type != 'B')) {
            return false;
        }
        ret[field.number] = field;
    }
    return !walk.malformed;
}
