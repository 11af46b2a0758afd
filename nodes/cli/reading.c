/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/cli/reading.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "nodes/cli/screen.h"
#include "nodes/letter_opens.h"
#include "proto/codes.h"
#include "proto/json.h"

#define DEPTH_MAX       JSON_DEPTH_MAX
#define TEXT_COLUMN     30
#define SHOWN_BYTES_MAX 32

struct printer {
    FILE *out;
    const struct cli *cli;
    size_t indent;
};

static const ProtobufCFieldDescriptor *field_of(const ProtobufCMessageDescriptor *of, const char *name)
{
    char spelt[JSON_NAME_MAX];
    for (unsigned i = 0; of != NULL && i < of->n_fields; i++) {
        if (strcmp(json_name(spelt, of->fields[i].name), name) == 0) {
            return &of->fields[i];
        }
    }
    return NULL;
}

const ProtobufCMessageDescriptor *reading_part(const ProtobufCMessageDescriptor *of, const char *name)
{
    const ProtobufCFieldDescriptor *field = name == NULL ? NULL : field_of(of, name);
    return field != NULL && field->type == PROTOBUF_C_TYPE_MESSAGE ? field->descriptor : NULL;
}

/* Ids and sums as people have them elsewhere; of longer ones, which nobody reads, how long they are. */
static const char *bytes_text(const struct printer *p, const json_t *value)
{
    struct arena *arena = p->cli->arena;
    struct bytes base64 = bytes_of(json_string_value(value), json_string_length(value));
    uint8_t *data = arena_take(arena, base64.size / 4 * 3 + 1);
    char hex[2 * SHOWN_BYTES_MAX + 1];
    size_t size = 0;
    if (data == NULL || !base64_read(data, base64.size / 4 * 3 + 1, &size, base64)) {
        return NULL;
    }
    return size > SHOWN_BYTES_MAX ? cli_text(p->cli, "%zu bytes", size)
                                  : arena_format(arena, "%s", hex_write(hex, bytes_of(data, size)));
}

static void print_line(const struct printer *p, const char *first, const char *text)
{
    screen_wrapped(p->out, first, p->indent + TEXT_COLUMN, text == NULL ? "?" : text, 0);
}

/* Line by line as it is signed: two rows of a table are not one. */
static void print_lines(const struct printer *p, const char *first, const json_t *value)
{
    const char *text = json_string_value(value), *end = text + json_string_length(value);
    for (bool more = true; more; first = "") {
        const char *feed = memchr(text, '\n', (size_t)(end - text));
        more = feed != NULL && feed + 1 < end;
        size_t size = (size_t)((feed == NULL ? end : feed) - text);
        print_line(p, first, screen_quiet(p->cli->arena, bytes_of(text, size)));
        text += more ? size + 1 : 0;
    }
}

static void print_value(const struct printer *p, const char *path, const json_t *value, bool bytes)
{
    struct arena *arena = p->cli->arena;
    const char *path_text = arena_format(arena, "%*s%s ", (int)p->indent, "", path);
    const char *first = path_text == NULL ? "" : path_text;
    if (bytes) {
        print_line(p, first, bytes_text(p, value));
    } else if (json_is_string(value)) {
        print_lines(p, first, value);
    } else if (json_is_integer(value)) {
        print_line(p, first, arena_format(arena, "%lld", (long long)json_integer_value(value)));
    } else {
        print_line(p, first, json_is_true(value) ? "yes" : "no");
    }
}

static const char *below(const struct printer *p, const char *path, const char *key)
{
    const char *longer = arena_format(p->cli->arena, "%s%s%s", path, path[0] == '\0' ? "" : ".", key);
    return longer == NULL ? "?" : longer;
}

static const char *element(const struct printer *p, const char *path, size_t index)
{
    const char *longer = arena_format(p->cli->arena, "%s #%zu", path, index + 1);
    return longer == NULL ? "?" : longer;
}

/* What is still to be printed; a stack instead of recursion, in order. */
struct pending {
    const char *path;
    const json_t *value;
    const ProtobufCMessageDescriptor *of; /* what its objects are; NULL: not known, or none */
    bool bytes;
};

#define PENDING_MAX 4096

/* Returns how many are on the stack then; those that find no room are only counted. */
static size_t push_children(const struct printer *p, struct pending *stack, size_t count, struct pending at,
                            size_t *lost)
{
    size_t first = count, index = 0;
    const char *key = NULL;
    json_t *value = NULL;
    if (json_is_object(at.value)) {
        json_object_foreach((json_t *)(uintptr_t)at.value, key, value)
        {
            if (count == PENDING_MAX) {
                ++*lost;
                continue;
            }
            const ProtobufCFieldDescriptor *field = field_of(at.of, key);
            stack[count++] = (struct pending){below(p, at.path, key), value, reading_part(at.of, key),
                                              field != NULL && field->type == PROTOBUF_C_TYPE_BYTES};
        }
    } else {
        json_array_foreach(at.value, index, value)
        {
            if (count == PENDING_MAX) {
                ++*lost;
                continue;
            }
            stack[count++] = (struct pending){element(p, at.path, index), value, at.of, at.bytes};
        }
    }
    for (size_t i = 0; i < (count - first) / 2; i++) { /* the first is printed first */
        struct pending swap = stack[first + i];
        stack[first + i] = stack[count - 1 - i];
        stack[count - 1 - i] = swap;
    }
    return count;
}

bool reading_fields(FILE *out, const struct cli *cli, const json_t *object, size_t indent,
                    const ProtobufCMessageDescriptor *of)
{
    const struct printer printer = {.out = out, .cli = cli, .indent = indent};
    struct pending *stack = calloc(PENDING_MAX, sizeof *stack);
    size_t count = 0, lost = 0;
    if (stack == NULL) {
        return false;
    }
    stack[count++] = (struct pending){"", object, of, false};
    while (count > 0) {
        struct pending at = stack[--count];
        if (json_is_object(at.value) || json_is_array(at.value)) {
            count = push_children(&printer, stack, count, at, &lost);
        } else {
            print_value(&printer, at.path, at.value, at.bytes && json_is_string(at.value));
        }
    }
    free(stack);
    return lost == 0;
}

bool reading_letter(FILE *out, const struct cli *cli, const json_t *letter, size_t indent)
{
    const char *key = NULL;
    json_t *value = NULL;
    bool first = true, all = json_is_object(letter);
    json_object_foreach((json_t *)(uintptr_t)letter, key, value)
    {
        json_t *beside = first ? NULL : json_pack("{s:O}", key, value);
        all =
            all &&
            (first ? reading_fields(out, cli, value, indent, reading_part(&comity__letter__descriptor, key))
                   : beside != NULL && reading_fields(out, cli, beside, indent, &comity__letter__descriptor));
        json_decref(beside);
        first = false;
    }
    return all;
}

/* Which case it is of: from what is signed; how people call it, from the node. */
static void print_case(FILE *out, const struct cli *cli, const Comity__Context *context,
                       const Comity__Letter *letter, const char *reference)
{
    char id[2 * sizeof(struct case_id) + 1];
    struct bytes bytes = wire_bytes(context->case_id);
    const char *shown = reference[0] == '\0' ? "" : screen_quiet(cli->arena, bytes_of_text(reference));
    if (bytes.size != sizeof(struct case_id)) {
        bytes.size = 0;
    }
    screen_wrapped(
        out, "  ", 4,
        cli_text(cli,
                 letter_begins_case(context, letter) ? N_("of a new case %s%s%s, letter %u of this side")
                                                     : N_("of the case %s%s%s, letter %u of this side"),
                 hex_write(id, bytes), shown[0] == '\0' ? "" : " ", shown, (unsigned)context->case_seq),
        0);
}

bool reading_print(FILE *out, const struct cli *cli, const struct officer *signers, size_t count,
                   const Comity__Context *context, const Comity__Letter *letter, const char *reference)
{
    json_t *json = json_of_message(&letter->base);
    const char *who = "";
    for (size_t i = 0; i < count && who != NULL; i++) {
        who = arena_format(cli->arena, "%s%s%s", who, i == 0 ? "" : say(cli->words, N_(" and ")),
                           signers[i].name);
    }
    (void)fprintf(out, "%s", context->exercise.len == 0 ? "" : say(cli->words, N_("EXERCISE: ")));
    const char *kind = letter_name((uint32_t)letter_kind(letter));
    if (count == 0) {
        (void)fprintf(out, say(cli->words, "%s to %s:\n"), kind, context->to);
    } else {
        (void)fprintf(out, say_n(cli->words, "%s signs %s to %s:\n", "%s sign %s to %s:\n", count),
                      who == NULL ? "?" : who, kind, context->to);
    }
    print_case(out, cli, context, letter, reference);
    bool all = reading_letter(out, cli, json, 2);
    json_decref(json);
    return all;
}

bool reading_received(FILE *out, const struct cli *cli, const json_t *letter)
{
    (void)fprintf(out, say(cli->words, "%s of %s, letter %lld of that side, read by nobody here so far:\n"),
                  screen_member(cli->arena, letter, "letter"), screen_member(cli->arena, letter, "by"),
                  (long long)json_integer_value(json_object_get(letter, "seq")));
    bool all = reading_letter(out, cli, json_object_get(letter, "body"), 2);
    (void)fputs("\n", out);
    return all;
}

int reading_failed(const struct cli *cli)
{
    return cli_fail(cli, EXIT_REFUSED, "nothing was signed; try again, or with --json",
                    "no memory for showing the whole of what is to be signed");
}
