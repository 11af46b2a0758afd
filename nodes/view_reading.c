/* SPDX-License-Identifier: Apache-2.0 */
/* A letter as text for the eyes of those who sign it. */
#include <string.h>

#include "base/text.h"
#include "nodes/view.h"
#include "proto/json.h"

/* Text that grows in an arena. */
struct writer {
    struct arena *arena;
    char *text;
    size_t used, room;
    bool failed;
};

static void write_bytes(struct writer *w, const char *bytes, size_t size)
{
    if (w->failed || w->used + size + 1 > w->room) {
        size_t room = (w->used + size + 1) * 2;
        char *larger = w->failed ? NULL : arena_take(w->arena, room);
        if (larger == NULL) {
            w->failed = true;
            return;
        }
        memcpy(larger, w->text == NULL ? "" : w->text, w->used);
        w->text = larger;
        w->room = room;
    }
    memcpy(w->text + w->used, bytes, size);
    w->used += size;
    w->text[w->used] = '\0';
}

static void write_text(struct writer *w, const char *text)
{
    write_bytes(w, text, strlen(text));
}

static void write_indent(struct writer *w, unsigned depth)
{
    for (unsigned i = 0; i < depth; i++) {
        write_text(w, "  ");
    }
}

/* "holdDays" is "hold days". */
static void write_name(struct writer *w, const char *name)
{
    for (; *name != '\0'; name++) {
        bool upper = *name >= 'A' && *name <= 'Z';
        char c = upper ? (char)(*name - 'A' + 'a') : *name;
        write_bytes(w, " ", upper ? 1 : 0);
        write_bytes(w, &c, 1);
    }
}

/* On its own line after the name, or, when it has several, on lines of their own behind a bar. */
static void write_value(struct writer *w, unsigned depth, const char *text)
{
    if (strchr(text, '\n') == NULL) {
        write_text(w, " ");
        write_text(w, text);
        write_text(w, "\n");
        return;
    }
    write_text(w, "\n");
    while (*text != '\0') {
        size_t size = strcspn(text, "\n");
        write_indent(w, depth + 1);
        write_text(w, "| ");
        write_bytes(w, text, size);
        write_text(w, "\n");
        text += size + (text[size] == '\n' ? 1 : 0);
    }
}

static void write_scalar(struct writer *w, unsigned depth, const json_t *value)
{
    if (json_is_string(value)) {
        write_value(w, depth, json_string_value(value));
    } else if (json_is_integer(value)) {
        const char *text = arena_format(w->arena, "%lld", (long long)json_integer_value(value));
        write_value(w, depth, text == NULL ? "?" : text);
    } else {
        write_value(w, depth, json_is_true(value) ? "yes" : "no");
    }
}

static void write_object(struct writer *w, unsigned depth, const json_t *json);

static void write_array(struct writer *w, unsigned depth, const char *name, const json_t *array)
{
    for (size_t i = 0; i < json_array_size(array); i++) {
        const json_t *element = json_array_get(array, i);
        const char *number = arena_format(w->arena, " %zu:", i + 1);
        write_indent(w, depth);
        write_name(w, name);
        write_text(w, number == NULL ? ":" : number);
        if (json_is_object(element)) {
            write_text(w, "\n");
            write_object(w, depth + 1, element);
        } else {
            write_scalar(w, depth, element);
        }
    }
}

/* The recursion follows the message types, which are not recursive, at most WIRE_DEPTH_MAX. */
static void write_object(struct writer *w, unsigned depth, const json_t *json)
{
    json_t *object =
        (json_t *)(uintptr_t)json; /* the iterators of jansson are not const; nothing is changed */
    for (void *at = json_object_iter(object); at != NULL; at = json_object_iter_next(object, at)) {
        const char *name = json_object_iter_key(at);
        const json_t *value = json_object_iter_value(at);
        if (json_is_array(value)) {
            write_array(w, depth, name, value);
            continue;
        }
        write_indent(w, depth);
        write_name(w, name);
        write_text(w, ":");
        if (json_is_object(value)) {
            write_text(w, "\n");
            write_object(w, depth + 1, value);
        } else {
            write_scalar(w, depth, value);
        }
    }
}

static void write_line(struct writer *w, const char *name, const char *value)
{
    write_text(w, name);
    write_value(w, 0, value == NULL ? "?" : value);
}

static void write_signers(struct writer *w, struct call *call, const Comity__Context *context)
{
    for (size_t i = 0; i < context->n_signer; i++) {
        struct public_key key;
        char text[65];
        memcpy(key.bytes, context->signer[i].data, sizeof key.bytes);
        write_line(w, "signed by:",
                   arena_format(w->arena, "%s, key %.16s...", officer_name(call, context->from, &key),
                                hex_write(text, bytes_of(key.bytes, sizeof key.bytes))));
    }
}

static void write_head(struct writer *w, struct call *call, const Comity__Context *context,
                       enum letter_kind kind)
{
    char at[INSTANT_TEXT_MAX];
    char case_id[2 * sizeof(struct case_id) + 1];
    if (context->exercise.len != 0) {
        write_text(w, "EXERCISE EXERCISE EXERCISE\n");
    }
    write_line(w, "letter:", letter_name((uint32_t)kind));
    write_line(w, "from:", context->from);
    write_line(w, "to:", context->to);
    write_line(w, "case:",
               arena_format(w->arena, "%s, letter %u of this side",
                            hex_write(case_id, wire_bytes(context->case_id)), (unsigned)context->case_seq));
    write_line(w, "signed at:", instant_write(at, (struct instant){.ms = (int64_t)context->signed_ms}));
    write_line(w, "roster:", arena_format(w->arena, "version %llu", (unsigned long long)context->roster));
    write_signers(w, call, context);
    write_text(w, "\n");
}

const char *view_reading(struct call *call, struct bytes context_bytes, struct bytes letter_bytes)
{
    struct writer w = {.arena = call->arena};
    Comity__Context *context = NULL;
    Comity__Letter *letter = NULL;
    if (context_unpack(context_bytes, call->arena, &context, NULL) != WIRE_OK ||
        letter_unpack(letter_bytes, call->arena, &letter, NULL) != WIRE_OK) {
        return NULL;
    }
    json_t *json = json_of_message(&letter->base);
    if (json == NULL) {
        return NULL;
    }
    write_head(&w, call, context, letter_kind(letter));
    write_object(&w, 0, json_object_iter_value(json_object_iter(json)));
    json_decref(json);
    return w.failed ? NULL : w.text;
}
