/* SPDX-License-Identifier: Apache-2.0 */
/* How answers are made, and what every verb looks up first. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "nodes/command.h"
#include "nodes/store_view.h"

/* --- JSON --- */

void put(struct call *call, json_t *object, const char *name, json_t *value)
{
    if (json_object_set_new(object, name, value) != 0) {
        call->lost = true;
    }
}

void append(struct call *call, json_t *array, json_t *value)
{
    if (json_array_append_new(array, value) != 0) {
        call->lost = true;
    }
}

void put_text(struct call *call, json_t *object, const char *name, const char *text)
{
    if (text != NULL && text[0] != '\0') {
        put(call, object, name, json_string(text));
    }
}

void put_hex(struct call *call, json_t *object, const char *name, struct bytes bytes)
{
    const char *text = hex_new(call->arena, bytes);
    put(call, object, name, text == NULL ? NULL : json_string(text));
}

void put_base64(struct call *call, json_t *object, const char *name, struct bytes bytes)
{
    const char *text = base64_new(call->arena, bytes);
    put(call, object, name, text == NULL ? NULL : json_string(text));
}

void put_number(struct call *call, json_t *object, const char *name, uint64_t number)
{
    put(call, object, name, json_integer((json_int_t)number));
}

void put_true(struct call *call, json_t *object, const char *name, bool is)
{
    if (is) {
        put(call, object, name, json_true());
    }
}

void put_instant(struct call *call, json_t *object, const char *name, struct instant instant)
{
    char text[INSTANT_TEXT_MAX];
    put(call, object, name, json_string(instant_write(text, instant)));
}

void put_ms(struct call *call, json_t *object, const char *name, uint64_t ms)
{
    if (ms != 0) {
        int64_t held = ms > (uint64_t)INSTANT_MS_MAX ? INSTANT_MS_MAX : (int64_t)ms;
        put_instant(call, object, name, (struct instant){.ms = held});
    }
}

/* --- answers --- */

static void answer(struct call *call, unsigned status, json_t *json)
{
    if (call->status != 0) { /* the first one stands */
        json_decref(json);
        return;
    }
    call->status = status;
    call->json = json;
}

void answer_json(struct call *call, json_t *json)
{
    answer(call, 200, json);
}

static json_t *error_json(struct call *call, const char *text, const char *code, const char *next)
{
    json_t *json = json_object();
    put_text(call, json, "error", text == NULL ? code : text);
    put_text(call, json, "code", code);
    put_text(call, json, "next", say(call->words, next));
    return json;
}

void answer_error(struct call *call, unsigned status, const char *code, const char *next, const char *format,
                  ...)
{
    va_list args;
    va_start(args, format);
    const char *text = arena_format_list(call->arena, say(call->words, format), args);
    va_end(args);
    answer(call, status, error_json(call, text, code, next));
}

const char *call_text(struct call *call, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *text = arena_format_list(call->arena, say(call->words, format), args);
    va_end(args);
    return text == NULL ? "?" : text;
}

struct faults *call_faults(struct call *call)
{
    struct faults *faults = arena_take(call->arena, sizeof *faults);
    if (faults == NULL) {
        answer_too_large(call);
        return NULL;
    }
    faults_init(faults, call->arena);
    faults->words = call->words;
    return faults;
}

json_t *faults_json(struct call *call, const struct faults *faults)
{
    json_t *list = json_array();
    for (size_t i = 0; i < faults->count; i++) {
        json_t *fault = json_object();
        put(call, fault, "path", json_string(faults->list[i].path));
        put_text(call, fault, "code", faults->list[i].code);
        put_text(call, fault, "text", faults->list[i].text);
        append(call, list, fault);
    }
    return list;
}

void answer_faults(struct call *call, const struct faults *faults)
{
    size_t count = faults->count + faults->more;
    const char *text =
        arena_format(call->arena,
                     say_n(call->words, "the letter cannot be signed yet: one thing is missing or wrong",
                           "the letter cannot be signed yet: %zu things are missing or wrong", count),
                     count);
    json_t *json =
        error_json(call, text, "INCOMPLETE", N_("correct what is named and prepare the letter again"));
    put(call, json, "faults", faults_json(call, faults));
    answer(call, 422, json);
}

void answer_too_large(struct call *call)
{
    answer_error(call, 503, "FULL", "tell whoever runs this node",
                 "this is more than the node can take up at once");
}

/* --- what is asked for --- */

const json_t *body_member(const struct call *call, const char *name)
{
    return call->command->body == NULL ? NULL : json_object_get(call->command->body, name);
}

struct bytes bytes_of_json(struct call *call, const json_t *json)
{
    const struct bytes none = bytes_of(NULL, 0);
    size_t room = json_string_length(json) / 4 * 3 + 1;
    size_t size = 0;
    uint8_t *bytes = json_is_string(json) ? arena_take(call->arena, room) : NULL;
    if (bytes == NULL ||
        !base64_read(bytes, room, &size, bytes_of(json_string_value(json), json_string_length(json)))) {
        return none;
    }
    return bytes_of(bytes, size);
}

const char *query_value(struct call *call, const char *name)
{
    size_t name_size = strlen(name);
    for (const char *at = call->command->query; at != NULL && *at != '\0';) {
        size_t size = strcspn(at, "&");
        if (size > name_size && strncmp(at, name, name_size) == 0 && at[name_size] == '=') {
            struct bytes value = arena_copy(call->arena, bytes_of(at + name_size + 1, size - name_size - 1));
            return (const char *)value.data;
        }
        at += at[size] == '&' ? size + 1 : size;
    }
    return NULL;
}

bool key_of_text(const char *text, struct public_key *ret)
{
    return text != NULL && hex_read(ret->bytes, sizeof ret->bytes, bytes_of_text(text));
}

/* --- looking up --- */

static void answer_ambiguous(struct call *call, const char *name, const char *shown)
{
    struct case_candidate *found = arena_zero(call->arena, CANDIDATES_MAX, sizeof *found);
    size_t count = found == NULL
                       ? 0
                       : store_case_candidates(call->node->store, name, CANDIDATES_MAX, call->arena, found);
    answer_error(call, 409, "AMBIGUOUS", "write more digits of the case's id", "\"%s\" fits several cases",
                 shown);
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        json_t *candidate = json_object();
        put_hex(call, candidate, "case", bytes_of(found[i].id.bytes, sizeof found[i].id.bytes));
        put_text(call, candidate, "from", found[i].q);
        put_text(call, candidate, "to", found[i].r);
        put_text(call, candidate, "reference", found[i].q_reference);
        put_text(call, candidate, "their_reference", found[i].r_reference);
        append(call, list, candidate);
    }
    put(call, call->json, "candidates", list);
}

bool call_case(struct call *call, const char *name, struct case_row *ret)
{
    const char *shown = text_quiet(call->arena, bytes_of_text(name), REFERENCE_MAX);
    enum case_found found = case_find(call->node, name, call->arena, ret);
    if (found == CASE_FOUND) {
        return true;
    }
    if (found == CASE_AMBIGUOUS) {
        answer_ambiguous(call, name, shown == NULL ? "" : shown);
    } else {
        answer_error(call, 404, "NOT_FOUND", "list the cases: comity inbox --all", "there is no case \"%s\"",
                     shown == NULL ? "" : shown);
    }
    return false;
}

bool call_has_roster(struct call *call)
{
    if (node_ready(call->node)) {
        return true;
    }
    answer_error(call, 409, "NO_ROSTER", "take the roster in: comity roster update",
                 "this node holds no roster that names %s", call->node->options.party.text);
    return false;
}

bool call_may_send(struct call *call)
{
    if (!call_has_roster(call)) {
        return false;
    }
    if (!node_rosters_standing(call->node, call->turn).usable) {
        answer_error(call, 409, "ROSTER_EXPIRED",
                     "get the new one from your registrar, then: comity roster update",
                     "the roster is past its expiry and its grace: nothing may be signed under it");
        return false;
    }
    if (node_self(call->node)->status != PARTY_ACTIVE) {
        answer_error(call, 409, "NOT_ALLOWED", "ask the registrar why", "%s is not active in the roster",
                     call->node->options.party.text);
        return false;
    }
    return true;
}
