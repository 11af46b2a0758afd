/* SPDX-License-Identifier: Apache-2.0 */
/*
 * YAML through the event parser of libyaml (docs/decisions): no loader of ours ever sees an anchor or a tag, and each event has
 * its line and column. The text is known to be clean UTF-8 before the parser has it.
 */
#include <string.h>
#include <yaml.h>

#include "base/ensure.h"
#include "base/text.h"
#include "drills/scenario/tree.h"

struct builder {
    struct reading *r;
    const struct scenario_file *file;
    struct tree *open[TREE_DEPTH_MAX]; /* the lists and maps that are begun */
    size_t depth;
    const char *key; /* that waits for its value, in the innermost map */
    struct scenario_place key_place;
    struct tree *root;
    bool ended, stopped;
};

static struct scenario_place place_of(const struct builder *b, yaml_mark_t mark)
{
    return (struct scenario_place){
        .file = b->file, .line = (uint32_t)mark.line + 1, .column = (uint32_t)mark.column + 1};
}

/* Something that is not read any further. */
#define stop(b, place, ...)                                                                                  \
    do {                                                                                                     \
        mistake_at((b)->r->mistakes, place, __VA_ARGS__);                                                    \
        (b)->stopped = true;                                                                                 \
    } while (0)

/* Where the text stops being one that can be shown; false: nowhere. */
static bool find_foul(struct builder *b, struct bytes text, struct scenario_place *ret)
{
    struct scenario_place at = {.file = b->file, .line = 1, .column = 1};
    for (size_t i = 0; i < text.size;) {
        const uint8_t c = text.data[i];
        bool ends_line = c == '\n';
        bool plain = ends_line || c == '\t' || (c == '\r' && i + 1 < text.size && text.data[i + 1] == '\n');
        size_t size = plain ? 1 : text_next_on_line(bytes_of(text.data + i, text.size - i));
        if (size == 0) {
            *ret = at;
            return true;
        }
        i += size;
        at.line += ends_line;
        at.column = ends_line ? 1 : at.column + 1;
    }
    return false;
}

/* --- values --- */

static struct tree *new_value(struct builder *b, enum tree_kind kind, struct scenario_place place)
{
    if (++b->r->nodes > TREE_NODES_MAX) {
        stop(b, place, N_("there are more than %d values, with all that is included; a scenario has less"),
             TREE_NODES_MAX);
        return NULL;
    }
    struct tree *tree = arena_zero(b->r->arena, 1, sizeof *tree);
    if (tree == NULL) {
        stop(b, place, N_("there is no memory left; make the scenario smaller"));
        return NULL;
    }
    tree->kind = kind;
    tree->place = place;
    tree->text = "";
    return tree;
}

/* Puts a value where it belongs: the document, the list, or the map under the key that waits. */
static void put_value(struct builder *b, struct tree *tree)
{
    if (b->depth == 0) {
        b->root = tree;
        return;
    }
    struct tree *parent = b->open[b->depth - 1];
    if (parent->kind == TREE_MAP) {
        tree->key = b->key;
        tree->key_place = b->key_place;
        b->key = NULL;
        const struct tree *there = tree_find(parent, tree->key);
        if (there != NULL) {
            mistake_at(
                b->r->mistakes, tree->key_place, N_("\"%s\" stands twice; the first is at %s: keep one"),
                mistake_quote(b->r->mistakes, tree->key), mistake_place(there->key_place, b->r->arena));
            return;
        }
    }
    tree_append(parent, tree);
}

static void take_key(struct builder *b, const char *text, size_t size, struct scenario_place place)
{
    if (size == 0 || size > TREE_KEY_BYTES_MAX) {
        stop(b, place, N_("a key has 1 to %d bytes, this one %zu"), TREE_KEY_BYTES_MAX, size);
    } else if (b->open[b->depth - 1]->count == TREE_KEYS_MAX) {
        stop(b, place, N_("a map has at most %d keys; make it a list, or several files"), TREE_KEYS_MAX);
    } else {
        b->key = text;
        b->key_place = place;
    }
}

static bool is_null(const yaml_event_t *event)
{
    const char *text = (const char *)event->data.scalar.value;
    return event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
           (strcmp(text, "~") == 0 || strcmp(text, "null") == 0);
}

static void take_scalar(struct builder *b, const yaml_event_t *event)
{
    struct scenario_place place = place_of(b, event->start_mark);
    struct bytes value = bytes_of(event->data.scalar.value, event->data.scalar.length);
    if (!text_is_showable(value)) {
        stop(b, place, N_("this text has characters that cannot be shown; write it without escapes"));
        return;
    }
    if (value.size > TREE_TEXT_BYTES_MAX) {
        stop(b, place, N_("this text has more than %zu bytes; make it shorter"), TREE_TEXT_BYTES_MAX);
        return;
    }
    const char *text = is_null(event) ? "" : (const char *)arena_copy(b->r->arena, value).data;
    if (text == NULL) {
        stop(b, place, N_("there is no memory left; make the scenario smaller"));
        return;
    }
    if (b->depth > 0 && b->open[b->depth - 1]->kind == TREE_MAP && b->key == NULL) {
        take_key(b, text, value.size, place);
        return;
    }
    struct tree *tree = new_value(b, TREE_TEXT, place);
    if (tree != NULL) {
        tree->text = text;
        tree->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
        put_value(b, tree);
    }
}

static void open_value(struct builder *b, enum tree_kind kind, yaml_mark_t mark)
{
    struct scenario_place place = place_of(b, mark);
    if (b->depth > 0 && b->open[b->depth - 1]->kind == TREE_MAP && b->key == NULL) {
        stop(b, place, N_("a key is a word; a list or map is none"));
        return;
    }
    if (b->depth == TREE_DEPTH_MAX) {
        stop(b, place, N_("this is nested deeper than %d; a scenario is flat"), TREE_DEPTH_MAX);
        return;
    }
    struct tree *tree = new_value(b, kind, place);
    if (tree != NULL) {
        put_value(b, tree);
        b->open[b->depth++] = tree;
    }
}

/* --- events --- */

static const yaml_char_t *anchor_of(const yaml_event_t *event)
{
    return event->type == YAML_SCALAR_EVENT           ? event->data.scalar.anchor
           : event->type == YAML_SEQUENCE_START_EVENT ? event->data.sequence_start.anchor
           : event->type == YAML_MAPPING_START_EVENT  ? event->data.mapping_start.anchor
                                                      : NULL;
}

static const yaml_char_t *tag_of(const yaml_event_t *event)
{
    return event->type == YAML_SCALAR_EVENT           ? event->data.scalar.tag
           : event->type == YAML_SEQUENCE_START_EVENT ? event->data.sequence_start.tag
           : event->type == YAML_MAPPING_START_EVENT  ? event->data.mapping_start.tag
                                                      : NULL;
}

static void take_event(struct builder *b, const yaml_event_t *event)
{
    struct scenario_place place = place_of(b, event->start_mark);
    if (anchor_of(event) != NULL || event->type == YAML_ALIAS_EVENT) {
        stop(b, place, N_("anchors and aliases (& and *) are not taken; use parameters, or include a file"));
        return;
    }
    if (tag_of(event) != NULL) {
        stop(b, place, N_("tags (!) are not taken; leave it out"));
        return;
    }
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        take_scalar(b, event);
        break;
    case YAML_SEQUENCE_START_EVENT:
        open_value(b, TREE_LIST, event->start_mark);
        break;
    case YAML_MAPPING_START_EVENT:
        open_value(b, TREE_MAP, event->start_mark);
        break;
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        ensure(b->depth > 0); /* the parser ends what it began */
        b->depth--;
        break;
    case YAML_DOCUMENT_START_EVENT:
        if (b->root != NULL) {
            stop(b, place, N_("a second document begins here; a file is one: include the other"));
        }
        break;
    case YAML_STREAM_END_EVENT:
        b->ended = true;
        break;
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_DOCUMENT_END_EVENT:
    case YAML_ALIAS_EVENT:
        break;
    }
}

/* Whether the line of the mark is indented with a tab before it; then the mark is where that stands. */
static bool is_tab(struct bytes text, yaml_mark_t *mark)
{
    size_t at = 0, line = 0;
    for (; at < text.size && line < mark->line; at++) {
        line += text.data[at] == '\n';
    }
    for (size_t column = 0; at < text.size && column <= mark->column; at++, column++) {
        if (text.data[at] == '\t') {
            mark->column = column;
            return true;
        }
        if (text.data[at] != ' ' && text.data[at] != '-') {
            return false;
        }
    }
    return false;
}

static void say_malformed(struct builder *b, const yaml_parser_t *parser, struct bytes text)
{
    yaml_mark_t mark = parser->problem_mark;
    if (is_tab(text, &mark)) {
        stop(b, place_of(b, mark), N_("a tab; indent with blanks"));
        return;
    }
    const char *problem = parser->problem == NULL ? "it has no form" : parser->problem;
    stop(b, place_of(b, parser->problem_mark),
         N_("this is no YAML: %s; look at the indentation, quotes and colons before it"), problem);
}

static void parse(struct builder *b, struct bytes text)
{
    yaml_parser_t parser;
    if (yaml_parser_initialize(&parser) == 0) {
        stop(b, ((struct scenario_place){.file = b->file, .line = 1, .column = 1}),
             N_("there is no memory left; make the scenario smaller"));
        return;
    }
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, text.data, text.size);
    while (!b->ended && !b->stopped) {
        yaml_event_t event;
        if (yaml_parser_parse(&parser, &event) == 0) {
            say_malformed(b, &parser, text);
            break;
        }
        take_event(b, &event);
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
}

struct tree *tree_read_yaml(struct reading *r, const struct scenario_file *file, struct bytes text)
{
    struct builder b = {.r = r, .file = file};
    struct scenario_place start = {.file = file, .line = 1, .column = 1};
    struct scenario_place foul;
    if (find_foul(&b, text, &foul)) {
        mistake_at(r->mistakes, foul,
                   N_("here is a byte that is no text in UTF-8, or a character that cannot be shown; save "
                      "the file as "
                      "UTF-8 without a byte order mark"));
        return NULL;
    }
    parse(&b, text);
    if (!b.stopped && (b.root == NULL || b.root->kind != TREE_MAP)) {
        stop(&b, b.root == NULL ? start : b.root->place,
             N_("a scenario is a map of keys; begin with: scenario: 1"));
    }
    return b.stopped ? NULL : b.root;
}
