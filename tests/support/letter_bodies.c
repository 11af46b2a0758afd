/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/letter_bodies.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "base/instant.h"
#include "proto/json.h"

#define MS_OF_HOUR INT64_C(3600000)

static const struct {
    enum letter_kind kind;
    const char *text;
} bodies[] = {
#define BODY(word, ...) {LETTER_##word, #__VA_ARGS__},
#include "tests/support/letter_bodies.def"
#undef BODY
};

const char *letter_body_text(enum letter_kind kind)
{
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        if (bodies[i].kind == kind) {
            return bodies[i].text;
        }
    }
    return NULL;
}

static json_t *moment(const char *hours, uint64_t ms)
{
    char text[INSTANT_TEXT_MAX];
    int64_t at = (int64_t)ms + strtoll(hours, NULL, 10) * MS_OF_HOUR;
    return json_string(instant_write(text, (struct instant){.ms = at}));
}

/* "+3d" */
static bool is_from_now(const char *text)
{
    size_t digits = text[0] == '+' ? strspn(text + 1, "0123456789") : 0;
    return digits != 0 && strchr("mhd", text[1 + digits]) != NULL && strlen(text) == digits + 2;
}

static json_t *moment_from_now(const char *text, uint64_t ms)
{
    char *unit = NULL;
    char written[INSTANT_TEXT_MAX];
    int64_t number = strtoll(text + 1, &unit, 10);
    int64_t each = *unit == 'm' ? MS_OF_HOUR / 60 : *unit == 'h' ? MS_OF_HOUR : 24 * MS_OF_HOUR;
    return json_string(instant_write(written, (struct instant){.ms = (int64_t)ms + number * each}));
}

/* What stands in place of a value; the same value, when nothing does. The depth is that of our own texts. */
static json_t *filled(json_t *value, uint64_t ms, const Comity__Request *request)
{
    const char *text = json_string_value(value);
    const char *key;
    void *safe;
    json_t *part;
    size_t i;
    if (text != NULL && text[0] == '@') {
        return moment(text + 1, ms);
    }
    if (text != NULL && is_from_now(text)) {
        return moment_from_now(text, ms);
    }
    if (text != NULL && strcmp(text, "$request") == 0) {
        ensure(request != NULL);
        return json_of_message(&request->base);
    }
    json_object_foreach_safe(value, safe, key, part)
    {
        ensure(json_object_set_new(value, key, filled(part, ms, request)) == 0);
    }
    json_array_foreach(value, i, part)
    {
        ensure(json_array_set_new(value, i, filled(part, ms, request)) == 0);
    }
    return json_incref(value);
}

json_t *json_as_of(json_t *json, uint64_t ms)
{
    return filled(json, ms, NULL);
}

ProtobufCMessage *message_of_text(struct arena *arena, const ProtobufCMessageDescriptor *descriptor,
                                  const char *text, uint64_t ms, const Comity__Request *request)
{
    struct faults faults;
    faults_init(&faults, arena);
    json_t *json = json_read(bytes_of_text(text), strlen(text), &faults);
    json_t *whole = json == NULL ? NULL : filled(json, ms, request);
    ProtobufCMessage *message = whole == NULL ? NULL : message_of_json(descriptor, whole, arena, &faults);
    for (size_t i = 0; i < faults.count; i++) {
        (void)fprintf(stderr, "%s %s: %s\n", faults.list[i].path, faults.list[i].code, faults.list[i].text);
    }
    ensure(message != NULL);
    json_decref(whole);
    json_decref(json);
    return message;
}

Comity__Letter *letter_of_body(struct arena *arena, enum letter_kind kind, uint64_t ms,
                               const Comity__Request *request)
{
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field(&comity__letter__descriptor, kind);
    Comity__Letter *letter = arena_take(arena, sizeof *letter);
    const char *text = letter_body_text(kind);
    ensure(field != NULL && letter != NULL && text != NULL);
    comity__letter__init(letter);
    letter->body_case = (Comity__Letter__BodyCase)kind;
    ProtobufCMessage *body = message_of_text(arena, field->descriptor, text, ms, request);
    memcpy((uint8_t *)letter + field->offset, &body, sizeof(void *));
    return letter;
}
