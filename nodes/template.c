/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/template.h"

#include <stdio.h>
#include <string.h>

#include "base/columns.h"
#include "proto/form.h"
#include "proto/json.h"

#define COLUMNS_MAX 100
#define YES_OR_NO   "yes or no" /* as forms have it */

/* A text that grows; text NULL: the arena ended. */
struct page {
    struct arena *arena;
    const struct catalogue *words;
    char *text;
    size_t size, room;
};

static void put(struct page *page, const char *text, size_t size)
{
    if (page->text != NULL && page->size + size + 1 > page->room) {
        size_t room = 2 * (page->size + size + 1);
        char *more = arena_take(page->arena, room);
        if (more != NULL) {
            memcpy(more, page->text, page->size);
        }
        page->text = more;
        page->room = room;
    }
    if (page->text != NULL) {
        memcpy(page->text + page->size, text, size);
        page->size += size;
        page->text[page->size] = '\0';
    }
}

static void put_text(struct page *page, const char *text)
{
    put(page, text, strlen(text));
}

/* A comment, broken at blanks into lines that fit; a script that has none is broken between its characters. */
static void put_comment(struct page *page, const char *text)
{
    while (*text != '\0') {
        size_t size = columns_fit(text, COLUMNS_MAX);
        put_text(page, "# ");
        put(page, text, size);
        put_text(page, "\n");
        text += size;
        text += *text == ' ';
    }
}

const char *template_words(const char *path, struct arena *arena)
{
    const ProtobufCFieldDescriptor *field = form_field(&comity__request__descriptor, path);
    if (field == NULL || (field->type != PROTOBUF_C_TYPE_ENUM && field->type != PROTOBUF_C_TYPE_BOOL)) {
        return "";
    }
    if (field->type == PROTOBUF_C_TYPE_BOOL) {
        return YES_OR_NO;
    }
    const ProtobufCEnumDescriptor *words = field->descriptor;
    struct page page = {.arena = arena, .text = arena_zero(arena, 1, 1), .room = 1};
    for (unsigned i = 1; i < words->n_values; i++) {
        put_text(&page, i == 1 ? "" : ", ");
        put_text(&page, words->values[i].name);
    }
    return page.text == NULL ? "" : page.text;
}

/* An example stands in a comment; one of several lines in several. */
static void put_example(struct page *page, const char *example)
{
    if (strchr(example, '\n') == NULL) {
        char *line = arena_format(page->arena, say(page->words, "such as %s"), example);
        put_text(page, "#   ");
        put_text(page, line == NULL ? example : line);
        put_text(page, "\n");
        return;
    }
    put_text(page, "#   ");
    put_text(page, say(page->words, "such as, below the colon:"));
    for (const char *line = example; line != NULL;) {
        const char *end = strchr(line, '\n');
        put_text(page, "\n#     ");
        put(page, line, end == NULL ? strlen(line) : (size_t)(end - line));
        line = end == NULL ? NULL : end + 1;
    }
    put_text(page, "\n");
}

static void put_words(struct page *page, const char *words)
{
    char *list = arena_format(page->arena, say(page->words, "one of: %s"), words);
    char *line =
        arena_format(page->arena, "  %s", list == NULL || strcmp(words, YES_OR_NO) == 0 ? words : list);
    put_comment(page, line == NULL ? words : line);
}

/* --- what is said already --- */

#define SAID_MAX 1024

struct said {
    struct {
        const char *path, *text;
        bool written;
    } list[SAID_MAX];
    size_t count;
};

static void keep(void *context, const char *path, const char *text)
{
    struct said *said = context;
    if (said->count < SAID_MAX) {
        said->list[said->count].path = path;
        said->list[said->count].text = text;
        said->list[said->count++].written = false;
    }
}

/* What is said at a path, which is then written; "": nothing. */
static const char *said_of(struct said *said, const char *path)
{
    for (size_t i = 0; said != NULL && i < said->count; i++) {
        if (strcmp(said->list[i].path, path) == 0) {
            said->list[i].written = true;
            return said->list[i].text;
        }
    }
    return "";
}

static void put_line(struct page *page, const char *path, const char *text)
{
    const char *line = form_line(page->arena, path, text);
    put_text(page, line == NULL ? "" : line);
}

static void put_rest(struct page *page, const struct said *said)
{
    bool first = true;
    for (size_t i = 0; i < said->count; i++) {
        if (!said->list[i].written) {
            put_text(page, first ? "\n" : "");
            put_line(page, said->list[i].path, said->list[i].text);
            first = false;
        }
    }
}

/* --- the page --- */

static void put_field(struct page *page, const struct request_field *field, struct said *said)
{
    const char *words = template_words(field->path, page->arena);
    const char *why = say(page->words, field->why);
    char *needed = field->needed ? arena_format(page->arena, say(page->words, "%s (needed)"), why) : NULL;
    put_text(page, "\n");
    put_comment(page, needed == NULL ? why : needed);
    if (words[0] != '\0') {
        put_words(page, words);
    }
    put_example(page, field->example);
    put_line(page, field->path, said_of(said, field->path));
}

static char *write_form(const struct request_kind *kind, struct said *said, const struct catalogue *words,
                        struct arena *arena)
{
    struct request_field fields[REQUEST_FIELDS_MAX];
    struct page page = {.arena = arena, .words = words, .text = arena_zero(arena, 1, 4096), .room = 4096};
    size_t count = request_fields(kind, fields);
    char *title = arena_format(arena, "%s: %s.", say(words, kind->title), say(words, kind->about));
    put_comment(&page, title == NULL ? kind->title : title);
    put_comment(
        &page,
        say(words,
            "Fill in what is after the colons, then: comity request FILE --to PARTY. What has no "
            "value is left out, and so are lines that begin with #. A long value goes on in lines that "
            "begin with blanks. Further items are items[1], items[2] and so on."));
    put_text(&page, "\n");
    put_line(&page, "type", kind->type_word);
    (void)said_of(said, "type");
    if (kind->path[0] != '\0') {
        put_line(&page, kind->path, kind->value);
        (void)said_of(said, kind->path);
    }
    for (size_t i = 0; i < count; i++) {
        put_field(&page, &fields[i], said);
    }
    if (said != NULL) {
        put_rest(&page, said);
    }
    return page.text;
}

char *template_write(const struct request_kind *kind, const struct catalogue *words, struct arena *arena)
{
    return write_form(kind, NULL, words, arena);
}

char *template_filled(const struct request_kind *kind, const json_t *request, const struct catalogue *words,
                      struct arena *arena)
{
    struct said *said = arena_zero(arena, 1, sizeof *said);
    if (said != NULL) {
        form_each(&comity__request__descriptor, request, arena, keep, said);
    }
    return said == NULL ? NULL : write_form(kind, said, words, arena);
}

char *template_of(const json_t *request, const struct catalogue *words, struct arena *arena)
{
    struct faults faults;
    faults_init(&faults, arena);
    const ProtobufCMessage *read =
        request == NULL ? NULL : message_of_json(&comity__request__descriptor, request, arena, &faults);
    const struct request_kind *kind =
        read == NULL ? NULL : request_kind_of((const Comity__Request *)(const void *)read);
    return kind == NULL ? NULL : template_filled(kind, request, words, arena);
}
