/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/template.h"

#include <stdio.h>
#include <string.h>

#include "proto/form.h"

#define LINE_MAX_CHARS 100

/* A text that grows; text NULL: the arena ended. */
struct page {
    struct arena *arena;
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
        return "yes or no";
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
    const char *line = example;
    bool table = strchr(example, '\n') != NULL;
    put_text(page, table ? "#   such as, below the colon:\n" : "");
    while (line != NULL) {
        const char *end = strchr(line, '\n');
        put_text(page, table ? "#     " : "#   such as ");
        put(page, line, end == NULL ? strlen(line) : (size_t)(end - line));
        put_text(page, "\n");
        line = end == NULL ? NULL : end + 1;
    }
}

static void put_field(struct page *page, const struct request_field *field)
{
    const char *words = template_words(field->path, page->arena);
    char *why = arena_format(page->arena, "%s%s", field->why, field->needed ? " (needed)" : "");
    put_text(page, "\n");
    put_comment(page, why == NULL ? field->why : why);
    if (words[0] != '\0') {
        char *line =
            arena_format(page->arena, "  %s%s", strcmp(words, "yes or no") == 0 ? "" : "of: ", words);
        put_comment(page, line == NULL ? words : line);
    }
    put_example(page, field->example);
    put_text(page, field->path);
    put_text(page, ":\n");
}

char *template_write(const struct request_kind *kind, struct arena *arena)
{
    struct request_field fields[REQUEST_FIELDS_MAX];
    struct page page = {.arena = arena, .text = arena_zero(arena, 1, 4096), .room = 4096};
    size_t count = request_fields(kind, fields);
    char *title = arena_format(arena, "%s: %s.", kind->title, kind->about);
    put_comment(&page, title == NULL ? kind->title : title);
    put_comment(
        &page, "Fill in what is after the colons, then: comity request FILE --to PARTY. What has no value is "
               "left out, and so are lines that begin with #. A long value goes on in lines that begin with "
               "blanks. Further items are items[1], items[2] and so on.");
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
