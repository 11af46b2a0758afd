/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/scenario/mistakes.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define QUOTE_BYTES 60
#define PATH_SHOWN  200

void scenario_mistakes_init(struct scenario_mistakes *mistakes, struct arena *arena,
                            const struct catalogue *words)
{
    mistakes->arena = arena;
    mistakes->words = words;
    mistakes->count = 0;
    mistakes->more = 0;
}

bool mistakes_full(struct scenario_mistakes *mistakes)
{
    mistakes->more += mistakes->count == SCENARIO_MISTAKES_MAX;
    return mistakes->count == SCENARIO_MISTAKES_MAX;
}

void mistake_at(struct scenario_mistakes *mistakes, struct scenario_place place, const char *format, ...)
{
    if (mistakes_full(mistakes)) {
        return;
    }
    va_list arguments;
    va_start(arguments, format);
    const char *text = arena_format_list(mistakes->arena, say(mistakes->words, format), arguments);
    va_end(arguments);
    mistakes->list[mistakes->count++] = (struct scenario_mistake){
        .place = place, .text = text == NULL ? say(mistakes->words, N_("there is no memory left")) : text};
}

static int by_place(const void *a, const void *b)
{
    const struct scenario_place *x = &((const struct scenario_mistake *)a)->place;
    const struct scenario_place *y = &((const struct scenario_mistake *)b)->place;
    int order = strcmp(x->file == NULL ? "" : x->file->path, y->file == NULL ? "" : y->file->path);
    if (order != 0) {
        return order;
    }
    if (x->line != y->line) {
        return x->line < y->line ? -1 : 1;
    }
    if (x->column != y->column) {
        return x->column < y->column ? -1 : 1;
    }
    return strcmp(((const struct scenario_mistake *)a)->text, ((const struct scenario_mistake *)b)->text);
}

void mistakes_sort(struct scenario_mistakes *mistakes)
{
    qsort(mistakes->list, mistakes->count, sizeof mistakes->list[0], by_place);
}

const char *mistake_quote(struct scenario_mistakes *mistakes, const char *text)
{
    const char *quiet = text_quiet(mistakes->arena, bytes_of_text(text), QUOTE_BYTES);
    return quiet == NULL ? "?" : quiet;
}

const char *mistake_place(struct scenario_place place, struct arena *arena)
{
    if (place.file == NULL) {
        return "";
    }
    const char *path = text_quiet(arena, bytes_of_text(place.file->path), PATH_SHOWN);
    if (path == NULL) {
        return "?";
    }
    const char *text = place.line == 0
                           ? path
                           : arena_format(arena, "%s:%" PRIu32 ":%" PRIu32, path, place.line, place.column);
    return text == NULL ? "?" : text;
}

const char *mistake_line(const struct scenario_mistake *mistake, struct arena *arena,
                         const struct catalogue *words)
{
    const char *text = arena_format(arena, "%s: %s", mistake_place(mistake->place, arena), mistake->text);
    const struct scenario_file *file = mistake->place.file;
    while (text != NULL && file != NULL && file->included.file != NULL) {
        text = arena_format(arena, say(words, N_("%s (included from %s)")), text,
                            mistake_place(file->included, arena));
        file = file->included.file;
    }
    return text == NULL ? "?" : text;
}
