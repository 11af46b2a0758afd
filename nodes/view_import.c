/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IMPORT: a request as another program has it, made into the letter that an officer would sign. Members that no request has are left
 * out and named; what lacks or is wrong is named as PREPARE names it. It is a stranger's text: it is read like any other, nothing
 * of it is kept, and nothing is sent but by PREPARE and SUBMIT, with officers' signatures.
 */
#include <string.h>

#include "base/text.h"
#include "nodes/command.h"
#include "nodes/terms_check.h"
#include "proto/json.h"

#define IGNORED_MAX 200 /* members that are named; more are left out all the same */
#define PATH_BYTES  256

struct import {
    struct call *call;
    json_t *ignored;
};

static const ProtobufCFieldDescriptor *field_of(const ProtobufCMessageDescriptor *type, const char *member)
{
    char name[JSON_NAME_MAX];
    for (unsigned i = 0; i < type->n_fields; i++) {
        if (strcmp(json_name(name, type->fields[i].name), member) == 0) {
            return &type->fields[i];
        }
    }
    return NULL;
}

static void ignore(struct import *import, const char *path)
{
    if (json_array_size(import->ignored) < IGNORED_MAX) {
        const char *quiet = text_quiet(import->call->arena, bytes_of_text(path), PATH_BYTES);
        append(import->call, import->ignored, quiet == NULL ? NULL : json_string(quiet));
    }
}

static json_t *known_members(struct import *, const ProtobufCMessageDescriptor *, const json_t *,
                             const char *path);

/* What the field of a message has: objects without what they do not know; all else as it is. */
static json_t *known_value(struct import *import, const ProtobufCFieldDescriptor *field, const json_t *value,
                           const char *path)
{
    const ProtobufCMessageDescriptor *type = field->descriptor;
    size_t i = 0;
    const json_t *element = NULL;
    if (field->type != PROTOBUF_C_TYPE_MESSAGE) {
        return json_deep_copy(value);
    }
    if (json_is_object(value)) {
        return known_members(import, type, value, path);
    }
    json_t *list = json_is_array(value) ? json_array() : json_deep_copy(value);
    json_array_foreach(value, i, element)
    {
        const char *at = arena_format(import->call->arena, "%s[%zu]", path, i);
        append(import->call, list,
               json_is_object(element) ? known_members(import, type, element, at == NULL ? "" : at)
                                       : json_deep_copy(element));
    }
    return list;
}

/* As deep as the messages are, not the text: a member that no message has is not entered. */
static json_t *known_members(struct import *import, const ProtobufCMessageDescriptor *type,
                             const json_t *object, const char *path)
{
    json_t *known = json_object();
    const char *member = NULL;
    const json_t *value = NULL;
    json_object_foreach((json_t *)(uintptr_t)object, member, value)
    {
        const ProtobufCFieldDescriptor *field = field_of(type, member);
        const char *at =
            arena_format(import->call->arena, "%s%s%s", path, path[0] == '\0' ? "" : ".", member);
        if (field == NULL) {
            ignore(import, at == NULL ? member : at);
        } else {
            put(import->call, known, member, known_value(import, field, value, at == NULL ? "" : at));
        }
    }
    return known;
}

/* Whom it is for; "": nobody is named yet. False when it answered. */
static bool read_to(struct call *call, struct address *ret)
{
    const json_t *to = body_member(call, "to");
    const char *named = json_string_value(to);
    ret->text[0] = '\0';
    if (to == NULL) {
        return true;
    }
    if (named == NULL || !address_read(bytes_of_text(named), ret)) {
        answer_error(call, 422, "RECIPIENT", "write an address such as XB/poc", "\"to\" is no party address");
        return false;
    }
    return recipient_good(call, ret->text);
}

static void answer_import(struct import *import, const struct address *to, Comity__Letter *letter,
                          struct faults *faults)
{
    struct call *call = import->call;
    if (letter != NULL) {
        const struct letter_terms terms =
            case_terms(call->node, call->node->options.party.text, to->text, call->now);
        letter_defaults(call, letter, NULL, NULL);
        letter_check(letter, SIDE_Q, NULL, &terms, faults);
        letter_terms_check(letter, SIDE_Q, NULL, &terms, faults, faults);
    }
    json_t *json = json_object();
    if (to->text[0] != '\0') {
        put_text(call, json, "to", to->text);
    }
    if (letter != NULL) {
        put(call, json, "letter", json_of_message(&letter->base));
    }
    put(call, json, "faults", faults_json(call, faults));
    put(call, json, "ignored", json_incref(import->ignored));
    answer_json(call, json);
}

void view_import(struct call *call)
{
    struct import import = {.call = call};
    struct address to;
    struct faults *faults = call_faults(call);
    const json_t *request = body_member(call, "request");
    if (faults == NULL || !call_has_roster(call)) {
        return;
    }
    if (!json_is_object(request)) {
        answer_error(call, 400, "MALFORMED", "give {\"request\": {...}, \"to\": \"XB/poc\"}",
                     "there is no request in it");
        return;
    }
    if (!read_to(call, &to)) {
        return;
    }
    import.ignored = json_array();
    json_t *known = known_members(&import, &comity__request__descriptor, request, "");
    Comity__Letter letter = COMITY__LETTER__INIT;
    letter.body_case = COMITY__LETTER__BODY_REQUEST;
    letter.request =
        (Comity__Request *)message_of_json(&comity__request__descriptor, known, call->arena, faults);
    answer_import(&import, &to, letter.request == NULL ? NULL : &letter, faults);
    json_decref(known);
    json_decref(import.ignored);
}
