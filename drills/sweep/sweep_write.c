/* SPDX-License-Identifier: Apache-2.0 */
/* A sweep in files. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "base/text.h"
#include "drills/record/csv_line.h"
#include "drills/sweep/sweep_private.h"

/* What an argument of the command line may hold is no text before it was looked at. */
static json_t *shown(const char *text)
{
    struct arena *arena = arena_new(8 * strlen(text) + 4096);
    ensure(arena != NULL);
    const char *quiet = text_quiet(arena, bytes_of_text(text), strlen(text));
    json_t *json = quiet == NULL ? NULL : json_string(quiet);
    arena_free(arena);
    return json;
}

static json_t *names_json(const struct sweep_grid *grid)
{
    json_t *list = json_array();
    for (size_t i = 0; i < grid->count; i++) {
        json_t *one = json_object(), *values = json_array();
        for (size_t k = 0; k < grid->names[i].count; k++) {
            report_add(values, shown(grid->names[i].values[k]));
        }
        report_put(one, "name", shown(grid->names[i].name));
        report_put(one, "values", values);
        report_add(list, one);
    }
    return list;
}

static json_t *points_json(const struct sweep *sweep)
{
    json_t *list = json_array();
    for (size_t point = 0; point < sweep->setup.grid->points; point++) {
        char hex[65];
        json_t *one = json_object(), *at = json_array();
        for (size_t i = 0; i < sweep->setup.grid->count; i++) {
            report_add(at, json_integer((json_int_t)sweep_grid_at(sweep->setup.grid, point, i)));
        }
        report_put(one, "at", at);
        report_put(one, "scenario_hash",
                   json_string(hex_write(hex, bytes_of(sweep->setup.hashes[point], 32))));
        report_put(one, "runs", json_integer((json_int_t)sweep_done_at(sweep, point)));
        report_add(list, one);
    }
    return list;
}

static json_t *bound_json(bool there, uint64_t value)
{
    return there ? json_integer((json_int_t)value) : json_null();
}

/* Few are told one by one. */
static json_t *each_json(const struct sweep *sweep, size_t column, size_t point)
{
    json_t *list = json_array();
    for (size_t run = 0; run < sweep->setup.runs; run++) {
        const struct sweep_number *number = &sweep->columns[column].numbers[point * sweep->setup.runs + run];
        if (number->whole != SWEEP_ABSENT) {
            json_t *one = json_array();
            report_add(one, json_integer((json_int_t)number->number));
            report_add(one, json_integer((json_int_t)number->whole));
            report_add(list, one);
        }
    }
    return list;
}

static json_t *cell_json(const struct sweep *sweep, size_t column, size_t point)
{
    struct sweep_cell cell;
    json_t *json = json_object();
    if (!sweep_cell(sweep, column, point, &cell)) {
        json_decref(json);
        return json_null();
    }
    report_put(json, "n", json_integer((json_int_t)cell.n));
    report_put(json, "value", bound_json(cell.reached, cell.value));
    if (!cell.reached) {
        report_put(json, "beyond", json_integer((json_int_t)cell.value));
    }
    report_put(json, "sure", json_boolean(cell.sure));
    if (cell.sure) {
        report_put(json, "low", bound_json(cell.low_reached, cell.low));
        report_put(json, "high", bound_json(cell.high_reached, cell.high));
    }
    if (cell.n < SWEEP_FEW) {
        report_put(json, "each", each_json(sweep, column, point));
    }
    return json;
}

static const char *const part_names[KEY_PARTS] = {"measure", "word", "class", "state", "what"};
static const char *const kind_words[] = {
    [NUMBER_SPAN] = "span", [NUMBER_SHARE] = "share", [NUMBER_CHANCE] = "chance", [NUMBER_MEAN] = "mean"};

static json_t *columns_json(struct sweep *sweep)
{
    json_t *list = json_array();
    for (size_t column = 0; column < sweep_columns(sweep); column++) {
        json_t *one = json_object(), *cells = json_array();
        for (size_t part = 0; part < KEY_PARTS; part++) {
            char text[NUMBER_KEY_BYTES_MAX + 1];
            (void)number_key_part(sweep->columns[column].key, part, text);
            report_put(one, part_names[part], text[0] == '\0' ? json_null() : json_string(text));
        }
        report_put(one, "kind", json_string(kind_words[sweep->columns[column].kind]));
        report_put(one, "differs", json_boolean(sweep_differs(sweep, column)));
        for (size_t point = 0; point < sweep->setup.grid->points; point++) {
            report_add(cells, cell_json(sweep, column, point));
        }
        report_put(one, "cells", cells);
        report_add(list, one);
    }
    return list;
}

static json_t *text_or_null(const char *text)
{
    return text == NULL ? json_null() : json_string(text);
}

/* What the scenario asks and expects, by the words of its columns. */
static json_t *texts_json(const struct scenario *scenario)
{
    json_t *answers = json_object(), *expect = json_object(), *json = json_object();
    for (size_t i = 0; i < scenario->questions.count; i++) {
        const struct scenario_question *question = &scenario->questions.list[i];
        if (question->id != NULL) {
            report_put(answers, question->id, text_or_null(question->text));
        }
    }
    for (size_t i = 0; i < scenario->expect.count; i++) {
        report_put(expect, scenario->expect.list[i].id, text_or_null(scenario->expect.list[i].text));
    }
    report_put(json, "answer", answers);
    report_put(json, "expect", expect);
    return json;
}

json_t *sweep_json(struct sweep *sweep)
{
    const struct sweep_setup *setup = &sweep->setup;
    json_t *json = json_object();
    report_put(json, "format", json_string(SWEEP_FORMAT));
    report_put(json, "title", text_or_null(setup->scenario->title));
    report_put(json, "summary", text_or_null(setup->scenario->summary));
    report_put(json, "classification",
               json_string(scenario_classification_word(setup->scenario->classification)));
    report_put(json, "texts", texts_json(setup->scenario));
    report_put(json, "build", json_string(setup->build));
    report_put(json, "command", shown(setup->command));
    report_put(json, "seed", json_integer((json_int_t)setup->seed));
    report_put(json, "runs", json_integer((json_int_t)setup->runs));
    report_put(json, "done", json_integer((json_int_t)sweep_done(sweep)));
    size_t all = setup->grid->points * setup->runs;
    report_put(json, "of", json_integer((json_int_t)all));
    report_put(json, "names", names_json(setup->grid));
    report_put(json, "points", points_json(sweep));
    report_put(json, "columns", columns_json(sweep));
    return json;
}

/* --- for spreadsheets --- */

#define FIELDS_MAX (SWEEP_NAMES_MAX + KEY_PARTS + 7)

struct text_out {
    FILE *file;
    struct arena *arena; /* of one line */
};

static bool put_text(void *context, const char *text, size_t size)
{
    struct text_out *out = context;
    return fwrite(text, 1, size, out->file) == size;
}

static const char *number_text(struct text_out *out, bool there, uint64_t number)
{
    const char *text = there ? arena_format(out->arena, "%" PRIu64, number) : "";
    ensure(text != NULL);
    return text;
}

static void write_head(struct text_out *out, const struct sweep_grid *grid)
{
    static const char *const behind[] = {"unit", "runs", "value", "low", "high", "beyond"};
    const char *fields[FIELDS_MAX] = {NULL};
    size_t count = 0;
    for (size_t i = 0; i < grid->count; i++) {
        fields[count++] = grid->names[i].name;
    }
    for (size_t i = 0; i < KEY_PARTS; i++) {
        fields[count++] = part_names[i];
    }
    memcpy(fields + count, behind, sizeof behind);
    ensure(csv_line(&(struct csv_out){.put = put_text, .context = out}, fields));
}

static void write_row(struct text_out *out, const struct sweep *sweep, size_t column, size_t point)
{
    static const char *const units[] = {[NUMBER_SPAN] = "ms",
                                        [NUMBER_SHARE] = "permille",
                                        [NUMBER_CHANCE] = "permille",
                                        [NUMBER_MEAN] = "thousandths"};
    const struct sweep_grid *grid = sweep->setup.grid;
    const char *fields[FIELDS_MAX] = {NULL};
    char parts[KEY_PARTS][NUMBER_KEY_BYTES_MAX + 1];
    struct sweep_cell cell;
    size_t count = 0;
    if (!sweep_cell(sweep, column, point, &cell)) {
        return;
    }
    for (size_t i = 0; i < grid->count; i++) {
        fields[count++] = grid->names[i].values[sweep_grid_at(grid, point, i)];
    }
    for (size_t i = 0; i < KEY_PARTS; i++) {
        fields[count++] = number_key_part(sweep->columns[column].key, i, parts[i]);
    }
    fields[count++] = units[sweep->columns[column].kind];
    fields[count++] = number_text(out, true, cell.n);
    fields[count++] = number_text(out, cell.reached, cell.value);
    fields[count++] = number_text(out, cell.sure && cell.low_reached, cell.low);
    fields[count++] = number_text(out, cell.sure && cell.high_reached, cell.high);
    fields[count++] = number_text(out, !cell.reached, cell.value);
    ensure(csv_line(&(struct csv_out){.put = put_text, .context = out}, fields));
    arena_reset(out->arena);
}

char *sweep_csv(struct sweep *sweep, size_t *ret_size)
{
    char *text = NULL;
    struct text_out out = {.file = open_memstream(&text, ret_size), .arena = arena_new(4096)};
    ensure(out.file != NULL && out.arena != NULL);
    write_head(&out, sweep->setup.grid);
    for (size_t column = 0; column < sweep_columns(sweep); column++) {
        for (size_t point = 0; point < sweep->setup.grid->points; point++) {
            write_row(&out, sweep, column, point);
        }
    }
    ensure(fclose(out.file) == 0 && text != NULL);
    arena_free(out.arena);
    return text;
}
