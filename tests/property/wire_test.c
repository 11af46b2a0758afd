/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random messages of every type, made by their descriptors and limits. What we pack the scanner passes and unpacking
 * gives back; bytes changed at random are either refused or still the one encoding of what they say; JSON loses nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/text.h"
#include "proto/json.h"
#include "proto/json_value.h"
#include "proto/limits.h"

#define SEED        UINT64_C(0x9e3779b97f4a7c15)
#define ROUNDS      400
#define PART_MAX    512 /* bytes of one text, so that messages stay small */
#define MANY_MAX    4
#define SECONDS_MAX 2
#define MUTATIONS   60

static uint64_t random_state;

static uint64_t random_next(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

static uint64_t random_below(uint64_t end)
{
    return random_next() % end;
}

static bool one_in(uint64_t count)
{
    return random_below(count) == 0;
}

static int64_t random_within(int64_t least, int64_t most)
{
    return least + (int64_t)random_below((uint64_t)(most - least) + 1);
}

static uint64_t random_number(void)
{
    return random_next() >> random_below(64);
}

/* --- one value by its row --- */

static char *random_text(struct arena *arena, const struct field_limit *limit)
{
    static const char *const pieces[] = {
        "a", "Z", " ", "7", "\"", "\\", "\xc3\xa9", "\xe1\xbb\x87", "\xf0\x9f\x94\x92", "\n", "\t"};
    if (limit->kind == LIMIT_ADDRESS) {
        return arena_format(arena, "X%c/p%.*s", (int)random_within('A', 'Z'), (int)random_below(28),
                            "oc-0123456789abcdefghijklmnop");
    }
    if (limit->kind == LIMIT_DATE) {
        return arena_format(arena, "2%03d-%02d-%02d", (int)random_below(1000), (int)random_within(1, 12),
                            (int)random_within(1, 28));
    }
    if (limit->kind == LIMIT_STATE) {
        return arena_format(arena, "X%c", (int)random_within('A', 'Z'));
    }
    size_t kinds = sizeof pieces / sizeof pieces[0] -
                   (limit->kind == LIMIT_LINE || limit->kind == LIMIT_REFERENCE ? 2 : 0);
    size_t most = (size_t)limit->max < PART_MAX ? (size_t)limit->max : PART_MAX;
    size_t end = 1 + random_below(most);
    size_t size = 1;
    char *text = arena_take(arena, most + 1);
    assert_non_null(text);
    text[0] = 'x';
    while (size < end) {
        const char *piece = pieces[random_below(kinds)];
        if (size + strlen(piece) > most) {
            break;
        }
        memcpy(text + size, piece, strlen(piece));
        size += strlen(piece);
    }
    text[size] = 0;
    return text;
}

static ProtobufCBinaryData random_bytes(struct arena *arena, const struct field_limit *limit)
{
    int64_t most = limit->max > PART_MAX && limit->min <= PART_MAX ? PART_MAX : limit->max;
    size_t size = (size_t)(random_within(limit->min, most) / limit->step * limit->step);
    uint8_t *data = arena_take(arena, size);
    assert_non_null(data);
    for (size_t i = 0; i < size; i++) {
        data[i] = (uint8_t)random_next();
    }
    return (ProtobufCBinaryData){.len = size, .data = data};
}

/* Zero now and then where the value is not the element of a list: absent. */
static uint64_t random_raw(const ProtobufCFieldDescriptor *field, const struct field_limit *limit)
{
    uint64_t least = limit->many != 0 ? 1 : 0;
    if (field->type == PROTOBUF_C_TYPE_BOOL) {
        return random_below(2);
    }
    if (field->type == PROTOBUF_C_TYPE_ENUM) {
        const ProtobufCEnumDescriptor *type = field->descriptor;
        return (uint64_t)type->values[least + random_below(type->n_values - least)].value;
    }
    if (limit->max != 0) {
        return one_in(4) ? 0 : (uint64_t)random_within(limit->min, limit->max);
    }
    uint64_t raw = field->type == PROTOBUF_C_TYPE_FIXED64 ? random_number() : random_number() & UINT32_MAX;
    return raw < least ? least : raw;
}

static void fill_value(struct arena *arena, const ProtobufCFieldDescriptor *field,
                       const struct field_limit *limit, const ProtobufCMessage *part, uint8_t *to)
{
    if (field->type == PROTOBUF_C_TYPE_STRING) {
        char *text = random_text(arena, limit);
        memcpy(to, &text, sizeof(void *));
    } else if (field->type == PROTOBUF_C_TYPE_BYTES) {
        ProtobufCBinaryData data = random_bytes(arena, limit);
        memcpy(to, &data, sizeof data);
    } else if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
        memcpy(to, &part, sizeof(void *));
    } else {
        uint64_t raw = random_raw(field, limit);
        memcpy(to, &raw, json_value_size(field->type)); /* little-endian, as this test's machines are */
    }
}

static ProtobufCMessage *random_message(struct arena *, const struct message_limit *);

/* A part for the field, or NULL: not a message, or one that would be empty where it may not be. */
static ProtobufCMessage *random_part(struct arena *arena, const ProtobufCFieldDescriptor *field,
                                     const struct field_limit *limit)
{
    if (limit->kind != LIMIT_MESSAGE) {
        return NULL;
    }
    ProtobufCMessage *part = random_message(arena, limit->of);
    bool may_be_empty = limit->many != 0 || (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0 ||
                        limit->of->descriptor == &comity__instant__descriptor;
    return may_be_empty || protobuf_c_message_get_packed_size(part) != 0 ? part : NULL;
}

static void fill_repeated(struct arena *arena, ProtobufCMessage *message,
                          const ProtobufCFieldDescriptor *field, const struct field_limit *limit)
{
    size_t size = json_value_size(field->type);
    size_t count = random_below((limit->many < MANY_MAX ? limit->many : MANY_MAX) + 1);
    uint8_t *elements = arena_zero(arena, count + 1, size);
    assert_non_null(elements);
    for (size_t i = 0; i < count; i++) {
        fill_value(arena, field, limit, random_part(arena, field, limit), elements + i * size);
    }
    memcpy((uint8_t *)message + field->quantifier_offset, &count, sizeof count);
    memcpy((uint8_t *)message + field->offset, &elements, sizeof(void *));
}

/* The recursion follows the types of limits.def, which do not nest in themselves. */
static ProtobufCMessage *random_message(struct arena *arena, const struct message_limit *limit)
{
    const ProtobufCMessageDescriptor *type = limit->descriptor;
    ProtobufCMessage *message = arena_zero(arena, 1, type->sizeof_message);
    assert_non_null(message);
    protobuf_c_message_init(type, message);
    size_t member = random_below(type->n_fields); /* of the oneof, if it has one */
    for (size_t i = 0; i < type->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &type->fields[i];
        bool oneof = (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0;
        if (oneof ? i != member : one_in(3)) {
            continue;
        }
        if (field->label == PROTOBUF_C_LABEL_REPEATED) {
            fill_repeated(arena, message, field, &limit->field[i]);
            continue;
        }
        if (oneof) {
            memcpy((uint8_t *)message + field->quantifier_offset, &field->id, sizeof field->id);
        }
        fill_value(arena, field, &limit->field[i], random_part(arena, field, &limit->field[i]),
                   (uint8_t *)message + field->offset);
    }
    return message;
}

/* --- the properties --- */

static void fail_with_seed(uint64_t seed, const char *type, const char *what, const struct wire_fault *fault)
{
    fail_msg("seed %#llx, %s: %s (%s: %s)", (unsigned long long)seed, type, what,
             fault != NULL && fault->path != NULL ? fault->path : "-",
             fault != NULL && fault->reason != NULL ? fault->reason : "-");
}

typedef void property(struct arena *, const struct message_limit *, const ProtobufCMessage *, uint64_t seed);

/* Every type in turn, so many rounds, ended by the clock on a slow machine. */
static void for_all_messages(property *holds, size_t rounds)
{
    struct arena *arena = arena_new((size_t)64 * 1024 * 1024);
    assert_non_null(arena);
    clock_t end = clock() + SECONDS_MAX * CLOCKS_PER_SEC;
    for (size_t round = 0; round < rounds && clock() < end; round++) {
        for (size_t i = 0; limits_all()[i] != NULL; i++) {
            uint64_t seed = SEED + round * 1000 + i;
            random_state = seed;
            ProtobufCMessage *message = random_message(arena, limits_all()[i]);
            if (protobuf_c_message_get_packed_size(message) <= limits_all()[i]->bytes_max) {
                holds(arena, limits_all()[i], message, seed);
            }
            arena_reset(arena);
        }
    }
    arena_free(arena);
}

static struct bytes pack_plain(struct arena *arena, const ProtobufCMessage *message)
{
    uint8_t *to = arena_take(arena, protobuf_c_message_get_packed_size(message) + 1);
    assert_non_null(to);
    return bytes_of(to, protobuf_c_message_pack(message, to));
}

static void survives_the_wire(struct arena *arena, const struct message_limit *limit,
                              const ProtobufCMessage *message, uint64_t seed)
{
    struct wire_fault fault = {.path = NULL, .reason = NULL};
    ProtobufCMessage *back = NULL;
    struct bytes packed = pack_plain(arena, message);
    if (wire_scan(limit->descriptor, packed, &fault) != WIRE_OK) {
        fail_with_seed(seed, limit->descriptor->short_name, "packed and not passed", &fault);
    }
    if (wire_unpack(limit->descriptor, packed, arena, &back, &fault) != WIRE_OK) {
        fail_with_seed(seed, limit->descriptor->short_name, "passed and not unpacked", &fault);
    }
    if (!bytes_equal(wire_pack(arena, back), packed)) {
        fail_with_seed(seed, limit->descriptor->short_name, "unpacked and packed to other bytes", NULL);
    }
}

static size_t mutate(uint8_t *bytes, size_t size, size_t room)
{
    size_t at = size != 0 ? random_below(size) : 0;
    switch (random_below(5)) {
    case 0: /* a bit flips */
        bytes[at] ^= (uint8_t)(1u << random_below(8));
        return size;
    case 1: /* a byte is another */
        bytes[at] = (uint8_t)random_next();
        return size;
    case 2: /* bytes are lost */
        return at;
    case 3: /* a byte is gone */
        memmove(bytes + at, bytes + at + 1, room - at - 1);
        return size != 0 ? size - 1 : 0;
    default: /* a byte is new */
        memmove(bytes + at + 1, bytes + at, room - at - 1);
        bytes[at] = (uint8_t)random_below(4);
        return size + 1;
    }
}

static void changed_bytes_are_refused_or_unique(struct arena *arena, const struct message_limit *limit,
                                                const ProtobufCMessage *message, uint64_t seed)
{
    struct bytes packed = pack_plain(arena, message);
    size_t room = packed.size + 8;
    uint8_t *bytes = arena_zero(arena, 1, room);
    struct arena *own = arena_new((size_t)16 * 1024 * 1024);
    assert_non_null(own);
    assert_non_null(bytes);
    for (size_t i = 0; i < MUTATIONS; i++) {
        memcpy(bytes, packed.data, packed.size);
        size_t size = mutate(bytes, packed.size, room);
        size = one_in(3) ? mutate(bytes, size, room) : size;
        ProtobufCMessage *back = NULL;
        if (wire_unpack(limit->descriptor, bytes_of(bytes, size), own, &back, NULL) == WIRE_OK &&
            !bytes_equal(pack_plain(own, back), bytes_of(bytes, size))) {
            fail_with_seed(seed, limit->descriptor->short_name, "passed and packed to other bytes", NULL);
        }
        arena_reset(own);
    }
    arena_free(own);
}

static void survives_json(struct arena *arena, const struct message_limit *limit,
                          const ProtobufCMessage *message, uint64_t seed)
{
    struct faults faults;
    faults_init(&faults, arena);
    struct bytes packed = pack_plain(arena, message);
    json_t *json = json_of_message(message);
    char *text = json != NULL ? json_dumps(json, JSON_ENCODE_ANY) : NULL;
    json_t *again = text != NULL ? json_loads(text, JSON_DECODE_ANY, NULL) : NULL;
    if (again == NULL || !json_equal(json, again)) {
        fail_with_seed(seed, limit->descriptor->short_name, "not told in JSON", NULL);
    }
    ProtobufCMessage *back = message_of_json(limit->descriptor, again, arena, &faults);
    if (back == NULL) {
        fail_msg("seed %#llx, %s: not read from its JSON: %s: %s", (unsigned long long)seed,
                 limit->descriptor->short_name, faults.list[0].path, faults.list[0].text);
    }
    if (!bytes_equal(wire_pack(arena, back), packed)) {
        fail_with_seed(seed, limit->descriptor->short_name, "its JSON says something else", NULL);
    }
    json_decref(json);
    json_decref(again);
    free(text);
}

static void every_message_survives_the_wire(void **state)
{
    (void)state;
    for_all_messages(survives_the_wire, ROUNDS);
}

static void every_change_is_refused_or_another_message(void **state)
{
    (void)state;
    for_all_messages(changed_bytes_are_refused_or_unique, ROUNDS / 8);
}

static void every_message_survives_json(void **state)
{
    (void)state;
    for_all_messages(survives_json, ROUNDS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_message_survives_the_wire),
        cmocka_unit_test(every_change_is_refused_or_another_message),
        cmocka_unit_test(every_message_survives_json),
    };
    return cmocka_run_group_tests_name("wire properties", tests, NULL, NULL);
}
