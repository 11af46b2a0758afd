/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/template.h"

#include <stdio.h>
#include <string.h>

#include "proto/form.h"

#define LINE_MAX_CHARS 100
#define YES_OR_NO      "yes or no" /* as forms have it */

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

/* A comment, broken at blanks into lines that fit. */
static void put_comment(struct page *page, const char *text)
{
    while (*text != '\0') {
        size_t size = strlen(text);
        if (size > LINE_MAX_CHARS) {
            size = LINE_MAX_CHARS;
            while (size > 1 && text[size] != ' ') {
                size--;
            }
        }
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

static void put_field(struct page *page, const struct request_field *field)
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
    put_text(page, field->path);
    put_text(page, ":\n");
}

char *template_write(const struct request_kind *kind, const struct catalogue *words, struct arena *arena)
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
    put_text(&page, "\ntype: ");
    put_text(&page, kind->type_word);
    put_text(&page, "\n");
    if (kind->path[0] != '\0') {
        put_text(&page, kind->path);
        put_text(&page, ": ");
        put_text(&page, kind->value);
        put_text(&page, "\n");
    }
    for (size_t i = 0; i < count; i++) {
        put_field(&page, &fields[i]);
    }
    return page.text;
}
