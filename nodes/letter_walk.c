/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/letter_walk.h"

#include <stdio.h>
#include <string.h>

#include "proto/json.h"

#define WHERE_CHARS 160

const ProtobufCMessage *letter_body(const Comity__Letter *letter)
{
    enum letter_kind kind = letter_kind(letter);
    const ProtobufCFieldDescriptor *field =
        kind == LETTER_NONE
            ? NULL
            : protobuf_c_message_descriptor_get_field(&comity__letter__descriptor, (unsigned)kind);
    return field == NULL ? NULL : message_part(&letter->base, field, 0);
}

/* --- paths --- */

struct insistence {
    struct faults *faults;
    const char *code, *text;
    bool unknown; /* a part of the path is no field */
};

static const ProtobufCFieldDescriptor *field_named(const ProtobufCMessageDescriptor *of, const char *name,
                                                   size_t size)
{
    for (unsigned i = 0; i < of->n_fields; i++) {
        char spelled[JSON_NAME_MAX];
        if (strlen(json_name(spelled, of->fields[i].name)) == size && strncmp(spelled, name, size) == 0) {
            return &of->fields[i];
        }
    }
    return NULL;
}

static bool is_out_of_scope(const ProtobufCMessage *message)
{
    return message->descriptor == &comity__identifier__descriptor &&
           ((const Comity__Identifier *)(const void *)message)->kind != COMITY__IDENTIFIER__KIND__IP_ADDRESS;
}

/* The recursion follows the path, and the types of messages, which are not recursive. */
static void insist(struct insistence *i, const ProtobufCMessage *message, const char *path, const char *where)
{
    const size_t size = strcspn(path, ".");
    const char *rest = path[size] == '.' ? path + size + 1 : NULL;
    const ProtobufCFieldDescriptor *field = field_named(message->descriptor, path, size);
    char here[WHERE_CHARS];
    if (field == NULL || (rest != NULL && field->type != PROTOBUF_C_TYPE_MESSAGE)) {
        i->unknown = true;
        return;
    }
    const bool list = field->label == PROTOBUF_C_LABEL_REPEATED;
    const size_t count = message_count(message, field);
    (void)snprintf(here, sizeof here, "%s%s%.*s", where, where[0] == '\0' ? "" : ".", (int)size, path);
    if (is_out_of_scope(message) || (rest != NULL && list && count == 0)) {
        return;
    }
    if (count == 0) {
        faults_add(i->faults, here, i->code, "%s", i->text);
        return;
    }
    for (size_t k = 0; rest != NULL && k < count; k++) {
        char element[WHERE_CHARS + 24];
        (void)snprintf(element, sizeof element, list ? "%s[%zu]" : "%s", here, k);
        insist(i, message_part(message, field, k), rest, element);
    }
}

/* The same for the types alone: a path may be right though this letter has nothing there. */
static bool is_path(const ProtobufCMessageDescriptor *of, const char *path)
{
    for (;;) {
        const size_t size = strcspn(path, ".");
        const ProtobufCFieldDescriptor *field = field_named(of, path, size);
        if (field == NULL || path[size] == '\0') {
            return field != NULL;
        }
        if (field->type != PROTOBUF_C_TYPE_MESSAGE) {
            return false;
        }
        of = field->descriptor;
        path += size + 1;
    }
}

bool letter_insist(const ProtobufCMessage *body, const char *path, struct faults *faults, const char *code,
                   const char *text)
{
    struct insistence i = {.faults = faults, .code = code, .text = text};
    if (!is_path(body->descriptor, path)) {
        return false;
    }
    insist(&i, body, path, "");
    return !i.unknown;
}

/* --- what is new --- */

/* Messages that have grown, and the last field of their first form. */
static const struct {
    const ProtobufCMessageDescriptor *of;
    unsigned last;
} grown[] = {
    {&comity__letter__descriptor, 14},  {&comity__request__descriptor, 19},
    {&comity__item__descriptor, 8},     {&comity__identifier__descriptor, 5},
    {&comity__ack__descriptor, 6},      {&comity__info_given__descriptor, 1},
    {&comity__ordered__descriptor, 5},  {&comity__held__descriptor, 8},
    {&comity__not_held__descriptor, 4}, {&comity__released__descriptor, 4},
    {&comity__status__descriptor, 3},
};

/* And words: the last of the first form of an enum. */
static const struct {
    const ProtobufCEnumDescriptor *of;
    int last;
} grown_words[] = {
    {&comity__request__type__descriptor, 1},
    {&comity__refused__ground__descriptor, 14},
    {&comity__released__why__descriptor, 2},
};

static unsigned last_field(const ProtobufCMessageDescriptor *of)
{
    for (size_t i = 0; i < sizeof grown / sizeof grown[0]; i++) {
        if (grown[i].of == of) {
            return grown[i].last;
        }
    }
    return UINT32_MAX;
}

static bool is_new_word(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    const void *at = (const uint8_t *)message + field->offset;
    if (field->type != PROTOBUF_C_TYPE_ENUM || field->label == PROTOBUF_C_LABEL_REPEATED) {
        return false;
    }
    for (size_t i = 0; i < sizeof grown_words / sizeof grown_words[0]; i++) {
        if (grown_words[i].of == field->descriptor && *(const int *)at > grown_words[i].last) {
            return true;
        }
    }
    return false;
}

/* The recursion follows the types of messages, which are not recursive. */
static bool says_new(const ProtobufCMessage *message)
{
    const ProtobufCMessageDescriptor *of = message->descriptor;
    for (unsigned i = 0; i < of->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &of->fields[i];
        if (!message_says(message, field)) {
            continue;
        }
        if (field->id > last_field(of) || is_new_word(message, field)) {
            return true;
        }
        for (size_t k = 0; field->type == PROTOBUF_C_TYPE_MESSAGE && k < message_count(message, field); k++) {
            if (says_new(message_part(message, field, k))) {
                return true;
            }
        }
    }
    return false;
}

unsigned letter_generation(const Comity__Letter *letter)
{
    return says_new(&letter->base) ? 2 : 1;
}
