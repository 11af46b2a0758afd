/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/request_pages.h"

#include <stdio.h>
#include <string.h>

#include "base/ensure.h"
#include "nodes/lifecycle.h"
#include "nodes/template.h"
#include "proto/form.h"

#define PAGE_BYTES ((size_t)64 * 1024)

struct page {
    struct arena *arena;
    char *text;
    size_t size;
};

static struct page page_new(struct arena *arena)
{
    struct page page = {.arena = arena, .text = arena_zero(arena, 1, PAGE_BYTES)};
    ensure(page.text != NULL);
    return page;
}

PRINTF_LIKE(2, 3)
static void put(struct page *page, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int more = vsnprintf(page->text + page->size, PAGE_BYTES - page->size, format, args);
    va_end(args);
    page->size += (size_t)more;
    ensure(more >= 0 && page->size < PAGE_BYTES);
}

/* --- fields --- */

static const struct field_limit *limit_of(const char *path)
{
    char up[128];
    const ProtobufCMessageDescriptor *message = &comity__request__descriptor;
    const ProtobufCFieldDescriptor *field = form_field(message, path);
    (void)snprintf(up, sizeof up, "%s", path);
    char *dot = strrchr(up, '.');
    if (dot != NULL) {
        *dot = '\0';
        message = form_field(&comity__request__descriptor, up)->descriptor;
    }
    ensure(field != NULL);
    return &limits_of(message)->field[field - message->fields];
}

/* What may be written there. */
static const char *form_of(struct arena *arena, const char *path)
{
    const ProtobufCFieldDescriptor *field = form_field(&comity__request__descriptor, path);
    const struct field_limit *limit = limit_of(path);
    const char *words = template_words(path, arena);
    if (words[0] != '\0') {
        return words;
    }
    if (field->descriptor == &comity__instant__descriptor) {
        return "time with zone";
    }
    switch (limit->kind) {
    case LIMIT_NUMBER:
        return "number";
    case LIMIT_DATE:
        return "date";
    case LIMIT_STATE:
        return "two letters";
    case LIMIT_ADDRESS:
        return "address";
    case LIMIT_LINE:
    case LIMIT_REFERENCE:
        return arena_format(arena, "line of %d bytes%s", (int)limit->max,
                            limit->many != 0 && strchr(path, '[') == NULL ? ", several" : "");
    case LIMIT_TEXT:
        return arena_format(arena, "text of %d bytes", (int)limit->max);
    case LIMIT_BYTES:
    case LIMIT_MESSAGE:
        break;
    }
    return "";
}

/* The example on one line of a table. */
static const char *example_of(struct arena *arena, const char *example)
{
    const char *end = strchr(example, '\n');
    return end == NULL ? example : arena_format(arena, "%.*s ...", (int)(end - example), example);
}

static void put_fields(struct page *page, const struct request_kind *kind)
{
    struct request_field fields[REQUEST_FIELDS_MAX];
    size_t count = request_fields(kind, fields);
    put(page, "## Fields\n\n| field | needed | may be | why | such as |\n|---|---|---|---|---|\n");
    put(page, "| `type` | yes | %s | what makes it this kind | %s |\n", kind->type_word, kind->type_word);
    if (kind->path[0] != '\0') {
        put(page, "| `%s` | yes | %s | what makes it this kind | %s |\n", kind->path, kind->value,
            kind->value);
    }
    for (size_t i = 0; i < count; i++) {
        put(page, "| `%s` | %s | %s | %s | %s |\n", fields[i].path, fields[i].needed ? "yes" : "",
            form_of(page->arena, fields[i].path), fields[i].why, example_of(page->arena, fields[i].example));
    }
}

/* --- the course --- */

/* The states that a cell can lead to, at most two; the number of them. */
static size_t ways_of(const struct cell *cell, enum item_state from, enum item_state ret[2])
{
    switch (cell->rule) {
    case CELL_MOVE:
        ret[0] = cell->to;
        return cell->to == from ? 0 : 1;
    case CELL_MOVE_HOLD:
        ret[0] = ITEM_HELD;
        ret[1] = ITEM_HELD_OPEN;
        return 2;
    case CELL_OPEN_LINK:
        ret[0] = ITEM_HELD_OPEN;
        return from == ITEM_HELD_OPEN ? 0 : 1;
    case CELL_END_LINK_HOLD:
        ret[0] = ITEM_HELD;
        return from == ITEM_HELD ? 0 : 1;
    case CELL_FORBIDDEN:
    case CELL_STAY:
    case CELL_ADD_LINK:
    case CELL_END_LINK:
    case CELL_ASK:
    case CELL_NOTE:
    case CELL_VOID:
    case CELL_DUPLICATE:
    case CELL_LATE:
        break;
    }
    return 0;
}

/* The letters that lead from one state to the other, one arrow for all of them. */
static void put_arrow(struct page *page, enum machine machine, enum item_state from, enum item_state to)
{
    size_t count = 0, letters = 0;
    const struct lifecycle_row *rows = lifecycle_rows(&count);
    for (size_t i = 0; i < count; i++) {
        enum item_state ways[2];
        size_t ways_count = rows[i].machine == machine ? ways_of(&rows[i].cells[from], from, ways) : 0;
        for (size_t k = 0; k < ways_count; k++) {
            if (ways[k] == to) {
                const char *before = letters == 0 ? "" : ", ";
                if (letters++ == 0) {
                    put(page, "    %s --> %s : ", item_state_name(from), item_state_name(to));
                }
                char name[64]; /* a colon ends a label */
                (void)snprintf(name, sizeof name, "%s", rows[i].name);
                for (char *colon = strchr(name, ':'); colon != NULL; colon = strchr(colon, ':')) {
                    *colon = ' ';
                }
                put(page, "%s%s", before, name);
            }
        }
    }
    put(page, letters == 0 ? "" : "\n");
}

static void put_course(struct page *page, const struct request_kind *kind)
{
    Comity__Request request = COMITY__REQUEST__INIT;
    request.type = kind->type;
    enum machine machine = machine_of(&request);
    size_t count = 0;
    const enum item_state *states = machine_states(machine, &count);
    put(page,
        "\n## Course\n\nEach item goes its own way; only letters of the requested side move it. All letters, "
        "and what each side owes, are in "
        "[lifecycle.md](../lifecycle.md) (%s).\n\n```mermaid\nstateDiagram-v2\n    [*] --> ASKED : REQUEST\n",
        machine_rule(machine)->text);
    for (size_t from = 0; from < count; from++) {
        for (size_t to = 0; to < count; to++) {
            put_arrow(page, machine, states[from], states[to]);
        }
    }
    put(page, "    ENDED --> [*]\n```\n");
}

char *request_page(const struct request_kind *kind, struct arena *arena)
{
    struct page page = page_new(arena);
    put(&page, "# %s\n\n<!-- Written from nodes/fields.def and nodes/lifecycle.def: make docs -->\n\n",
        kind->title);
    put(&page,
        "A request %s.\n\nExample: [%s.json](../../examples/%s.json). A form to fill in: `comity request "
        "--type %s --new`.\n\n",
        kind->about, kind->name, kind->name, kind->name);
    put_fields(&page, kind);
    put_course(&page, kind);
    return page.text;
}

char *request_pages_list(struct arena *arena)
{
    struct page page = page_new(arena);
    size_t count = 0;
    const struct request_kind *kinds = request_kinds(&count);
    put(&page, "# Requests\n\n<!-- Written from nodes/request_kinds.def: make docs -->\n\n"
               "What can be asked for, one page each with its fields and its course. A moment that is "
               "to come may be told from\nnow in a file that comity(1) reads: `+90m`, `+2h`, `+3d`, as the "
               "examples do; "
               "the API takes it written out.\n\n| kind | type | what "
               "for | example |\n|---|---|---|---|\n");
    for (size_t i = 0; i < count; i++) {
        put(&page, "| [%s](%s.md) | %s | %s | [%s.json](../../examples/%s.json) |\n", kinds[i].title,
            kinds[i].name, kinds[i].type_word, kinds[i].about, kinds[i].name, kinds[i].name);
    }
    return page.text;
}
