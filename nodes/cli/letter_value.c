/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/cli/letter_value.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/daemon/files.h"
#include "base/text.h"
#include "nodes/cli/input.h"
#include "nodes/cli/options.h"
#include "nodes/cli/screen.h"
#include "nodes/field_rules.h"
#include "proto/form.h"
#include "proto/json.h"

#define TEXT_BYTES_MAX ((size_t)64 * 1024)
#define BYTES_MAX      32
#define CASE_BYTES     16

/* Tells what is wrong with the value of an option, once. */
PRINTF_LIKE(3, 4)
static json_t *wrong(struct act *act, const char *option, const char *format, ...)
{
    if (act->code == EXIT_DONE) {
        va_list list;
        va_start(list, format);
        const char *text = arena_format_list(act->cli->arena, say(act->cli->words, format), list);
        va_end(list);
        act->code = cli_fail(act->cli, EXIT_USAGE, NULL, "--%s: %s", option, text == NULL ? "?" : text);
    }
    return NULL;
}

static const char *shown(struct act *act, const char *text)
{
    const char *quiet = text_quiet(act->cli->arena, bytes_of_text(text), 60);
    return quiet == NULL ? "?" : quiet;
}

/* --- single values --- */

static json_t *number_value(struct act *act, const ProtobufCFieldDescriptor *field, const char *option,
                            const char *text)
{
    bool wide = field->type == PROTOBUF_C_TYPE_FIXED64;
    uint64_t number = 0;
    if (!number_read(text, 0, wide ? UINT64_MAX : UINT32_MAX, &number)) {
        return wrong(act, option, "%s is no whole number", shown(act, text));
    }
    return wide ? json_string(text) : json_integer((json_int_t)number); /* 64 bits are text in JSON */
}

static json_t *bool_value(struct act *act, const char *option, const char *text)
{
    if (text[0] == '\0' || strcmp(text, "yes") == 0 || strcmp(text, "true") == 0) { /* a flag */
        return json_true();
    }
    if (strcmp(text, "no") == 0 || strcmp(text, "false") == 0) {
        return json_false();
    }
    return wrong(act, option, "%s is neither yes nor no", shown(act, text));
}

json_t *letter_text(struct act *act, const char *option, const char *text)
{
    bool escaped = text[0] == '@' && text[1] == '@';
    if (act->code != EXIT_DONE) {
        return NULL;
    }
    if (text[0] != '@' || text[1] == '\0' || escaped) {
        json_t *value = json_string(text + (escaped ? 1 : 0));
        return value == NULL ? wrong(act, option, "this is no text: write UTF-8") : value;
    }
    struct error error = {.text = "", .words = act->cli->words};
    struct bytes read;
    if (files_read(text + 1, TEXT_BYTES_MAX, act->cli->arena, &read, &error) != FILES_OK) {
        return wrong(act, option, "%s", error.text);
    }
    while (read.size > 0 && (read.data[read.size - 1] == '\n' || read.data[read.size - 1] == '\r')) {
        read.size--;
    }
    json_t *value = json_stringn((const char *)read.data, read.size);
    return value == NULL ? wrong(act, option, "%s is no text in UTF-8", shown(act, text + 1)) : value;
}

/* A case by any of its names, where it is not told by its id: the node knows. */
static const char *case_id(struct act *act, const char *name)
{
    json_t *answer = NULL;
    const char *path = client_path(&act->client, "/v1/cases/", name);
    if (act->code == EXIT_DONE && path != NULL) {
        act->code = client_get(&act->client, path, &answer);
    }
    const char *id = act->code == EXIT_DONE ? screen_member(act->cli->arena, answer, "case") : "";
    json_decref(answer);
    return id;
}

static json_t *bytes_value(struct act *act, const ProtobufCFieldDescriptor *field, const char *option,
                           const char *text)
{
    uint8_t bytes[BYTES_MAX];
    bool of_case = strstr(field->name, "case") != NULL;
    const char *hex = of_case && strlen(text) != 2 * (size_t)CASE_BYTES ? case_id(act, text) : text;
    size_t size = strlen(hex) / 2;
    if (act->code != EXIT_DONE) {
        return NULL;
    }
    if (size == 0 || size > sizeof bytes || !hex_read(bytes, size, bytes_of_text(hex))) {
        return wrong(act, option, "%s is no id: write its hexadecimal digits", shown(act, text));
    }
    const char *value = base64_new(act->cli->arena, bytes_of(bytes, size));
    return value == NULL ? wrong(act, option, "no memory") : json_string(value);
}

/* As required.def has it; what is neither told as done nor promised is mostly to come. */
static enum when_kind when_of(const ProtobufCMessageDescriptor *message,
                              const ProtobufCFieldDescriptor *field)
{
    size_t count = 0;
    const struct field_rule *rules = field_rules_of(message, &count);
    for (size_t i = 0; i < count; i++) {
        if (rules[i].offset == field->offset && rules[i].kind == RULE_PAST) {
            return WHEN_PAST;
        }
    }
    return WHEN_TO_COME;
}

static json_t *moment_value(struct act *act, const ProtobufCMessageDescriptor *message,
                            const ProtobufCFieldDescriptor *field, const char *option, const char *text)
{
    const char *fault = NULL;
    struct instant instant;
    char written[INSTANT_TEXT_MAX];
    if (!when_read(text, when_of(message, field), act->now, act->look.own_zone, act->cli, &instant, &fault)) {
        return wrong(act, option, "%s", fault == NULL ? "?" : fault);
    }
    return json_string(instant_write(written, instant));
}

/* Anything but a message of parts. */
static json_t *single(struct act *act, const ProtobufCMessageDescriptor *message,
                      const ProtobufCFieldDescriptor *field, const char *option, const char *text)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED64:
        return number_value(act, field, option, text);
    case PROTOBUF_C_TYPE_BOOL:
        return bool_value(act, option, text);
    case PROTOBUF_C_TYPE_ENUM:
        return act_word_of(act, option, field->descriptor, text);
    case PROTOBUF_C_TYPE_STRING:
        return letter_text(act, option, text);
    case PROTOBUF_C_TYPE_BYTES:
        return bytes_value(act, field, option, text);
    case PROTOBUF_C_TYPE_MESSAGE:
        return moment_value(act, message, field, option, text);
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_DOUBLE:
        break;
    }
    return wrong(act, option, "this cannot be given here"); /* no letter has such a field (wire_test) */
}

/* --- parts --- */

/* The field that a part begins with, "name:" after blanks; NULL: it begins with none. *ret_value is behind the colon. */
static const ProtobufCFieldDescriptor *part_field(const ProtobufCMessageDescriptor *message, const char *text,
                                                  const char **ret_value)
{
    char name[JSON_NAME_MAX], json[JSON_NAME_MAX];
    text += strspn(text, " ");
    size_t size = strcspn(text, ":; ");
    const char *colon = text + size + strspn(text + size, " ");
    if (size == 0 || size >= sizeof name || *colon != ':') {
        return NULL;
    }
    memcpy(name, text, size);
    name[size] = '\0';
    for (unsigned i = 0; i < message->n_fields; i++) {
        const char *spelled = json_name(json, message->fields[i].name);
        if (strcmp(spelled, name) == 0 || strcmp(message->fields[i].name, name) == 0) {
            *ret_value = colon + 1 + strspn(colon + 1, " ");
            return &message->fields[i];
        }
    }
    return NULL;
}

/* Up to the next "; name:", for a value may have semicolons of its own; trimmed. *ret_next is behind the semicolon, or NULL. */
static const char *part_text(struct act *act, const ProtobufCMessageDescriptor *message, const char *value,
                             const char **ret_next)
{
    const char *end = strchr(value, ';');
    const char *ignored = NULL;
    while (end != NULL && part_field(message, end + 1, &ignored) == NULL) {
        end = strchr(end + 1, ';');
    }
    size_t size = end == NULL ? strlen(value) : (size_t)(end - value);
    while (size > 0 && value[size - 1] == ' ') {
        size--;
    }
    *ret_next = end == NULL ? NULL : end + 1;
    const char *text = arena_format(act->cli->arena, "%.*s", (int)size, value);
    return text == NULL ? "" : text;
}

static json_t *part_list(struct act *act, const ProtobufCMessageDescriptor *message,
                         const ProtobufCFieldDescriptor *field, const char *option, const char *text)
{
    json_t *list = json_array();
    while (act->code == EXIT_DONE && text != NULL) {
        const char *comma = strchr(text, ',');
        size_t size = comma == NULL ? strlen(text) : (size_t)(comma - text);
        const char *word = arena_format(act->cli->arena, "%.*s", (int)size, text);
        json_t *value = single(act, message, field, option, word == NULL ? "" : word + strspn(word, " "));
        if (value != NULL) {
            (void)json_array_append_new(list, value);
        }
        text = comma == NULL ? NULL : comma + 1;
    }
    return list;
}

static json_t *parts_value(struct act *act, const ProtobufCMessageDescriptor *message, const char *option,
                           const char *text)
{
    json_t *parts = json_object();
    while (act->code == EXIT_DONE && text != NULL) {
        char name[JSON_NAME_MAX];
        const char *value = NULL, *next = NULL;
        const ProtobufCFieldDescriptor *field = part_field(message, text, &value);
        if (field == NULL) {
            json_decref(parts);
            return wrong(act, option, "\"%s\" is no part of it; see --help", shown(act, text));
        }
        if (json_object_get(parts, json_name(name, field->name)) != NULL) {
            json_decref(parts);
            return wrong(act, option, "%s is given twice", name);
        }
        const char *said = part_text(act, message, value, &next);
        json_t *json = field->label == PROTOBUF_C_LABEL_REPEATED
                           ? part_list(act, message, field, option, said)
                           : single(act, message, field, option, said);
        if (json != NULL) {
            (void)json_object_set_new(parts, json_name(name, field->name), json);
        }
        text = next;
    }
    return parts;
}

/* --- files --- */

static json_t *measured(struct act *act, const char *option, const char *path)
{
    crypto_hash_sha256_state state;
    uint8_t chunk[16384], sum[crypto_hash_sha256_BYTES];
    uint64_t size = 0;
    size_t got = 0;
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return wrong(act, option, "%s cannot be read", shown(act, path));
    }
    (void)crypto_hash_sha256_init(&state);
    while ((got = fread(chunk, 1, sizeof chunk, file)) > 0) {
        (void)crypto_hash_sha256_update(&state, chunk, got);
        size += got;
    }
    bool failed = ferror(file) != 0;
    (void)fclose(file);
    (void)crypto_hash_sha256_final(&state, sum);
    const char *slash = strrchr(path, '/');
    const char *base64 = base64_new(act->cli->arena, bytes_of(sum, sizeof sum));
    const char *bytes = arena_format(act->cli->arena, "%" PRIu64, size);
    json_t *json = base64 == NULL || bytes == NULL
                       ? NULL
                       : json_pack("{s:s, s:s, s:s}", "name", slash == NULL ? path : slash + 1, "bytes",
                                   bytes, "sha256", base64);
    if (failed || size == 0 || json == NULL) {
        json_decref(json);
        return wrong(act, option, size == 0 ? N_("%s is empty") : N_("%s cannot be read"), shown(act, path));
    }
    return json;
}

json_t *letter_json_file(struct act *act, const ProtobufCMessageDescriptor *message, const char *path)
{
    json_t *json = NULL;
    if (act->code == EXIT_DONE) {
        act->code = input_message(act->cli, message, path, &json);
    }
    return json;
}

json_t *letter_value(struct act *act, const ProtobufCMessageDescriptor *message,
                     const ProtobufCFieldDescriptor *field, const char *option, const char *text)
{
    const ProtobufCMessageDescriptor *part =
        field->type == PROTOBUF_C_TYPE_MESSAGE ? field->descriptor : NULL;
    if (act->code != EXIT_DONE) {
        return NULL;
    }
    if (part == NULL || part == &comity__instant__descriptor) {
        return single(act, message, field, option, text);
    }
    if (part == &comity__request__descriptor || part == &comity__item__descriptor) {
        return letter_json_file(act, part, text);
    }
    return part == &comity__file__descriptor ? measured(act, option, text)
                                             : parts_value(act, part, option, text);
}
