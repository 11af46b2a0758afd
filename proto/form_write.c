/* SPDX-License-Identifier: Apache-2.0 */
/* A message as the lines of a form: what form_read() reads back. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "proto/form.h"
#include "proto/json.h"

/* --- values --- */

/* A word, number or text of JSON as one writes it. */
static const char *plain(struct arena *arena, const json_t *value)
{
    const char *text = json_is_string(value)  ? json_string_value(value)
                       : json_is_true(value)  ? "yes"
                       : json_is_false(value) ? "no"
                       : json_is_integer(value)
                           ? arena_format(arena, "%" JSON_INTEGER_FORMAT, json_integer_value(value))
                           : "";
    return text == NULL ? "" : text;
}

static const char *listed(struct arena *arena, const ProtobufCFieldDescriptor *field, const json_t *list)
{
    bool text = field->type == PROTOBUF_C_TYPE_STRING;
    const char *all = "";
    size_t i = 0;
    json_t *value = NULL;
    json_array_foreach(list, i, value)
    {
        const char *longer = arena_format(arena, "%s%s%s", all,
                                          i == 0 ? ""
                                          : text ? "\n"
                                                 : ", ",
                                          plain(arena, value));
        all = longer == NULL ? all : longer;
    }
    return all;
}

static bool is_part(const ProtobufCFieldDescriptor *field)
{
    return field->type == PROTOBUF_C_TYPE_MESSAGE && field->descriptor != &comity__instant__descriptor;
}

/* --- the walk: message types are not recursive --- */

struct walk {
    struct arena *arena;
    void (*each)(void *context, const char *path, const char *text);
    void *context;
};

static void walk_message(const struct walk *, const ProtobufCMessageDescriptor *, const json_t *,
                         const char *);

static void walk_parts(const struct walk *w, const ProtobufCFieldDescriptor *field, const json_t *value,
                       const char *path)
{
    size_t i = 0;
    json_t *part = NULL;
    if (!json_is_array(value)) {
        walk_message(w, field->descriptor, value, path);
        return;
    }
    json_array_foreach(value, i, part)
    {
        const char *element = arena_format(w->arena, "%s[%zu]", path, i);
        walk_message(w, field->descriptor, part, element == NULL ? "" : element);
    }
}

static void walk_message(const struct walk *w, const ProtobufCMessageDescriptor *type, const json_t *message,
                         const char *prefix)
{
    for (unsigned i = 0; i < type->n_fields; i++) {
        char name[JSON_NAME_MAX];
        const ProtobufCFieldDescriptor *field = &type->fields[i];
        const json_t *value = json_object_get(message, json_name(name, field->name));
        const char *path = value == NULL
                               ? NULL
                               : arena_format(w->arena, "%s%s%s", prefix, prefix[0] == '\0' ? "" : ".", name);
        if (path == NULL) {
            continue;
        }
        if (is_part(field)) {
            walk_parts(w, field, value, path);
        } else {
            w->each(w->context, path,
                    json_is_array(value) ? listed(w->arena, field, value) : plain(w->arena, value));
        }
    }
}

void form_each(const ProtobufCMessageDescriptor *type, const json_t *message, struct arena *arena,
               void (*each)(void *context, const char *path, const char *text), void *context)
{
    const struct walk walk = {.arena = arena, .each = each, .context = context};
    walk_message(&walk, type, message, "");
}

char *form_line(struct arena *arena, const char *path, const char *text)
{
    size_t lines = 0;
    bool below = false; /* a line that begins with blanks keeps them beside one that does not */
    for (const char *c = text; *c != '\0'; c++) {
        lines += *c == '\n';
        below |= *c == '\n' && (c[1] == ' ' || c[1] == '\t');
    }
    size_t size = strlen(path) + strlen(text) + 2 * lines + sizeof ":\n  \n";
    char *line = arena_take(arena, size);
    if (line == NULL) {
        return NULL;
    }
    size_t used = (size_t)snprintf(line, size, "%s:%s", path, below ? "\n  " : text[0] == '\0' ? "" : " ");
    for (const char *c = text; *c != '\0'; c++) {
        line[used++] = *c;
        if (*c == '\n') {
            line[used++] = ' ';
            line[used++] = ' ';
        }
    }
    line[used++] = '\n';
    line[used] = '\0';
    return line;
}
