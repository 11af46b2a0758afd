/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/form.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "proto/json.h"

#define FORM_BYTES_MAX ((size_t)256 * 1024)
#define STEPS_MAX      8
#define INDEX_MAX      9999

/* "items[2]" of a path. */
struct step {
    char name[JSON_NAME_MAX];
    bool indexed;
    size_t index;
};

/* One "path: value", while its lines are read. */
struct entry {
    unsigned line; /* 0: none is open */
    struct bytes path;
    char *value;
    size_t size;
    size_t further; /* where its further lines begin: with their blanks until it is closed */
    size_t least;   /* blanks that each of them begins with */
    size_t empty;   /* lines that belong to the value if it goes on */
};

struct form {
    struct arena *arena;
    struct faults *faults;
    bool failed;
    unsigned line;
    const ProtobufCMessageDescriptor *type;
    json_t *root;
    struct entry entry;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static struct bytes trimmed(struct bytes text)
{
    while (text.size > 0 && is_blank((char)text.data[0])) {
        text = bytes_of(text.data + 1, text.size - 1);
    }
    while (text.size > 0 && is_blank((char)text.data[text.size - 1])) {
        text.size--;
    }
    return text;
}

bool form_is(struct bytes text)
{
    for (size_t i = 0; i < text.size; i++) {
        char c = (char)text.data[i];
        if (!is_blank(c) && c != '\r' && c != '\n') {
            return c != '{' && c != '[';
        }
    }
    return true;
}

PRINTF_LIKE(4, 5)
static void fault(struct form *f, unsigned line, const char *code, const char *format, ...)
{
    char text[256];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    faults_add(f->faults, "", code, "line %u: %s", line, text);
    f->failed = true;
}

/* --- paths --- */

static bool is_name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* One step at the front of the path; what it takes is cut off. */
static bool read_step(struct bytes *path, struct step *ret)
{
    size_t at = 0;
    *ret = (struct step){.indexed = false};
    while (at < path->size && is_name_char((char)path->data[at]) && at < JSON_NAME_MAX - 1) {
        ret->name[at] = (char)path->data[at];
        at++;
    }
    bool good = at > 0;
    if (at < path->size && path->data[at] == '[') {
        size_t first = ++at;
        while (at < path->size && path->data[at] >= '0' && path->data[at] <= '9' && ret->index <= INDEX_MAX) {
            ret->index = ret->index * 10 + (size_t)(path->data[at++] - '0');
        }
        good = good && at > first && ret->index <= INDEX_MAX && at < path->size && path->data[at] == ']';
        ret->indexed = true;
        at++;
    }
    if (good && at < path->size) {
        good = path->data[at] == '.' && at + 1 < path->size;
        at++;
    }
    if (good) {
        *path = bytes_of(path->data + at, path->size - at);
    }
    return good;
}

static size_t read_path(struct bytes path, struct step ret[STEPS_MAX])
{
    size_t count = 0;
    while (path.size > 0) {
        if (count == STEPS_MAX || !read_step(&path, &ret[count])) {
            return 0;
        }
        count++;
    }
    return count;
}

/* The field of that name, in either spelling; NULL: there is none, or the message is none of ours. */
static const ProtobufCFieldDescriptor *find_field(const ProtobufCMessageDescriptor *type, const char *name)
{
    for (unsigned i = 0; type != NULL && i < type->n_fields; i++) {
        char json[JSON_NAME_MAX];
        if (strcmp(name, type->fields[i].name) == 0 ||
            strcmp(name, json_name(json, type->fields[i].name)) == 0) {
            return &type->fields[i];
        }
    }
    return NULL;
}

static const ProtobufCFieldDescriptor *field_of_path(const ProtobufCMessageDescriptor *type,
                                                     const struct step *steps, size_t count)
{
    const ProtobufCFieldDescriptor *field = NULL;
    for (size_t i = 0; i < count; i++) {
        field = find_field(type, steps[i].name);
        bool part = field != NULL && field->type == PROTOBUF_C_TYPE_MESSAGE;
        type = part ? field->descriptor : NULL;
    }
    return field;
}

const ProtobufCFieldDescriptor *form_field(const ProtobufCMessageDescriptor *type, const char *path)
{
    struct step steps[STEPS_MAX];
    return field_of_path(type, steps, read_path(bytes_of_text(path), steps));
}

/* --- values --- */

static json_t *one_value(const ProtobufCFieldDescriptor *field, struct bytes text)
{
    if (field != NULL && field->type == PROTOBUF_C_TYPE_BOOL) {
        if (bytes_equal(text, bytes_of_text("true")) || bytes_equal(text, bytes_of_text("yes"))) {
            return json_true();
        }
        if (bytes_equal(text, bytes_of_text("false")) || bytes_equal(text, bytes_of_text("no"))) {
            return json_false();
        }
    }
    return json_stringn((const char *)text.data, text.size);
}

/* Taken apart at commas, or at line ends where an element may have commas of its own; empty ones are left out. */
static json_t *list_of_values(const ProtobufCFieldDescriptor *field, struct bytes text)
{
    bool words = field->type == PROTOBUF_C_TYPE_ENUM || field->type == PROTOBUF_C_TYPE_UINT32;
    json_t *list = json_array();
    size_t first = 0;
    for (size_t i = 0; i <= text.size; i++) {
        bool end = i == text.size || text.data[i] == '\n' || (words && text.data[i] == ',');
        if (!end) {
            continue;
        }
        struct bytes element = trimmed(bytes_of(text.data + first, i - first));
        if (element.size > 0) {
            (void)json_array_append_new(list, one_value(field, element));
        }
        first = i + 1;
    }
    return list;
}

static json_t *value_of(const ProtobufCFieldDescriptor *field, const struct step *last, struct bytes text)
{
    bool list = field != NULL && field->label == PROTOBUF_C_LABEL_REPEATED && !last->indexed &&
                field->type != PROTOBUF_C_TYPE_MESSAGE;
    return list ? list_of_values(field, text) : one_value(field, text);
}

/* --- putting a value into its place --- */

/* The array of a name in an object, made if need be; NULL: something else stands there. */
static json_t *array_in(json_t *object, const char *name)
{
    json_t *array = json_object_get(object, name);
    if (array == NULL) {
        array = json_array();
        (void)json_object_set_new(object, name, array);
    }
    return json_is_array(array) ? array : NULL;
}

/* The part that a step leads to, made if need be. */
static json_t *part_in(struct form *f, json_t *object, const struct step *step)
{
    json_t *part = NULL;
    json_t *array = step->indexed ? array_in(object, step->name) : NULL;
    if (step->indexed && array != NULL && step->index == json_array_size(array)) {
        (void)json_array_append_new(array, json_object());
    }
    part = step->indexed ? json_array_get(array, step->index) : json_object_get(object, step->name);
    if (!step->indexed && part == NULL) {
        part = json_object();
        (void)json_object_set_new(object, step->name, part);
    }
    if (step->indexed && array != NULL && step->index > json_array_size(array)) {
        fault(f, f->entry.line, "ORDER", "%s[%zu] is given, but nothing of %s[%zu] before it", step->name,
              step->index, step->name, json_array_size(array));
    } else if (!json_is_object(part)) {
        fault(f, f->entry.line, "NOT_A_FORM", "%s has a value of its own above, and cannot have parts",
              step->name);
    }
    return json_is_object(part) ? part : NULL;
}

static void put_value(struct form *f, json_t *object, const struct step *last, json_t *value)
{
    json_t *array = last->indexed ? array_in(object, last->name) : NULL;
    size_t there = last->indexed ? json_array_size(array) : 0;
    bool twice =
        last->indexed ? array == NULL || last->index < there : json_object_get(object, last->name) != NULL;
    if (value == NULL) {
        fault(f, f->entry.line, "TEXT", "there is no room for so much");
    } else if (twice) {
        fault(f, f->entry.line, "DUPLICATE", "%s is given twice", last->name);
    } else if (last->indexed && last->index > there) {
        fault(f, f->entry.line, "ORDER", "%s[%zu] is given, but not %s[%zu] before it", last->name,
              last->index, last->name, there);
    } else if (last->indexed) {
        (void)json_array_append(array, value);
    } else {
        (void)json_object_set(object, last->name, value);
    }
    json_decref(value);
}

/* Takes from each further line of a value the blanks that all of them begin with. */
static void outdent(struct entry *entry)
{
    size_t to = entry->further;
    bool begins = to == 0;
    for (size_t at = to; at < entry->size; at++) {
        at += begins && entry->value[at] != '\n' ? entry->least : 0;
        begins = entry->value[at] == '\n';
        entry->value[to++] = entry->value[at];
    }
    entry->size = to;
}

/* What was read so far of the open entry goes into its place. */
static void close_entry(struct form *f)
{
    struct step steps[STEPS_MAX];
    if (f->entry.line == 0 || f->entry.size == 0) {
        return;
    }
    outdent(&f->entry);
    struct bytes value = bytes_of(f->entry.value, f->entry.size);
    size_t count = read_path(f->entry.path, steps);
    if (count == 0) {
        fault(f, f->entry.line, "NOT_A_FORM",
              "what stands before the colon is no path, such as items[0].description");
        return;
    }
    json_t *at = f->root;
    for (size_t i = 0; i + 1 < count && at != NULL; i++) {
        at = part_in(f, at, &steps[i]);
    }
    if (at != NULL) {
        const ProtobufCFieldDescriptor *field = field_of_path(f->type, steps, count);
        put_value(f, at, &steps[count - 1], value_of(field, &steps[count - 1], value));
    }
}

/* --- lines --- */

static void append(struct entry *entry, const void *text, size_t size)
{
    if (size > 0) {
        memcpy(entry->value + entry->size, text, size);
    }
    entry->size += size;
}

/* text: the end of the line, without the blanks around it. */
static void go_on(struct form *f, struct bytes line, struct bytes text)
{
    size_t blanks = (size_t)(text.data - line.data);
    if (f->entry.line == 0) {
        fault(f, f->line, "NOT_A_FORM",
              "a line that begins with blanks goes on with a value, and none is open");
        return;
    }
    for (; f->entry.size > 0 && f->entry.empty > 0; f->entry.empty--) {
        append(&f->entry, "\n", 1);
    }
    if (f->entry.size > 0) {
        append(&f->entry, "\n", 1);
    }
    f->entry.empty = 0;
    f->entry.least = blanks < f->entry.least ? blanks : f->entry.least;
    append(&f->entry, line.data, blanks + text.size);
}

static void begin(struct form *f, struct bytes line)
{
    const uint8_t *colon = memchr(line.data, ':', line.size);
    close_entry(f);
    f->entry.line = 0;
    if (colon == NULL) {
        fault(f, f->line, "NOT_A_FORM", "there is no colon: write path: value, or # before a comment");
        return;
    }
    size_t before = (size_t)(colon - line.data);
    struct bytes value = trimmed(bytes_of(colon + 1, line.size - before - 1));
    f->entry.line = f->line;
    f->entry.path = trimmed(bytes_of(line.data, before));
    f->entry.size = 0;
    f->entry.empty = 0;
    f->entry.further = value.size;
    f->entry.least = SIZE_MAX;
    append(&f->entry, value.data, value.size);
}

static void read_line(struct form *f, struct bytes line)
{
    f->line++;
    struct bytes text = trimmed(line);
    if (text.size == 0) {
        f->entry.empty++;
    } else if (line.data[0] == '#') {
        return;
    } else if (is_blank((char)line.data[0])) {
        go_on(f, line, text);
    } else {
        begin(f, line);
    }
}

/* A copy with LF as the only line ends and without a byte order mark, as editors put them; NULL: no room. */
static struct bytes plain(struct arena *arena, struct bytes text)
{
    static const uint8_t mark[] = {0xef, 0xbb, 0xbf};
    uint8_t *to = arena_take(arena, text.size + 1);
    size_t size = 0;
    size_t from = text.size >= sizeof mark && memcmp(text.data, mark, sizeof mark) == 0 ? sizeof mark : 0;
    for (size_t i = from; to != NULL && i < text.size; i++) {
        bool line_end = text.data[i] == '\r' && i + 1 < text.size && text.data[i + 1] == '\n';
        if (!line_end) {
            to[size++] = text.data[i];
        }
    }
    return bytes_of(to, size);
}

json_t *form_read(struct bytes from, const ProtobufCMessageDescriptor *type, struct arena *arena,
                  struct faults *faults)
{
    struct form f = {.arena = arena, .faults = faults, .type = type};
    if (from.size > FORM_BYTES_MAX) {
        faults_add(faults, "", "TOO_LONG", "the form has %zu bytes; at most %zu are read", from.size,
                   FORM_BYTES_MAX);
        return NULL;
    }
    struct bytes text = plain(arena, from);
    f.entry.value = arena_take(arena, text.size + 1);
    if (text.data == NULL || f.entry.value == NULL) {
        faults_add(faults, "", "TOO_LONG", "there is no room for so much");
        return NULL;
    }
    if (!text_is_showable(text)) {
        faults_add(faults, "", "TEXT", "the form is not plain text in UTF-8, or has controls in it");
        return NULL;
    }
    f.root = json_object();
    for (size_t at = 0; at < text.size && f.root != NULL;) {
        const uint8_t *end = memchr(text.data + at, '\n', text.size - at);
        size_t size = end == NULL ? text.size - at : (size_t)(end - text.data) - at;
        read_line(&f, bytes_of(text.data + at, size));
        at += size + 1;
    }
    close_entry(&f);
    if (f.failed || f.root == NULL) {
        json_decref(f.root);
        return NULL;
    }
    return f.root;
}
