/* SPDX-License-Identifier: Apache-2.0 */
/* The runs of a sweep. */
#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "base/text.h"
#include "drills/sweep/sweep_private.h"

#define NUMBERS_ALL_MAX ((size_t)64 << 20) /* columns times runs */

struct sweep *sweep_new(const struct sweep_setup *setup)
{
    struct sweep *sweep = calloc(1, sizeof *sweep);
    ensure(sweep != NULL && setup->runs >= 1 && setup->grid->points >= 1);
    sweep->setup = *setup;
    sweep->done = calloc(setup->grid->points * setup->runs, sizeof *sweep->done);
    ensure(sweep->done != NULL);
    return sweep;
}

void sweep_free(struct sweep *sweep)
{
    if (sweep == NULL) {
        return;
    }
    for (size_t i = 0; i < sweep->count; i++) {
        free(sweep->columns[i].numbers);
    }
    free(sweep->columns);
    free(sweep->done);
    free(sweep);
}

bool sweep_has(const struct sweep *sweep, size_t point, size_t run)
{
    return sweep->done[point * sweep->setup.runs + run];
}

bool sweep_is_first(const struct sweep *sweep, size_t point)
{
    for (size_t i = 0; i < point; i++) {
        if (memcmp(sweep->setup.hashes[i], sweep->setup.hashes[point], 32) == 0) {
            return false;
        }
    }
    return true;
}

size_t sweep_done_at(const struct sweep *sweep, size_t point)
{
    size_t done = 0;
    for (size_t run = 0; run < sweep->setup.runs; run++) {
        done += sweep_has(sweep, point, run);
    }
    return done;
}

size_t sweep_done(const struct sweep *sweep)
{
    size_t done = 0;
    for (size_t point = 0; point < sweep->setup.grid->points; point++) {
        done += sweep_done_at(sweep, point);
    }
    return done;
}

/* --- a run as a line --- */

char *sweep_line(const uint8_t scenario_hash[32], uint64_t seed, const char *build,
                 const uint8_t transcript[32], const json_t *numbers, size_t *ret_size)
{
    char scenario_hex[65], transcript_hex[65];
    json_t *json = json_pack("{s:s, s:I, s:s, s:s, s:O}", "scenario_hash",
                             hex_write(scenario_hex, bytes_of(scenario_hash, 32)), "seed", (json_int_t)seed,
                             "build", build, "transcript_hash",
                             hex_write(transcript_hex, bytes_of(transcript, 32)), "numbers", numbers);
    ensure(json != NULL);
    char *text = report_text(json, ret_size);
    json_decref(json);
    return text;
}

/* --- columns --- */

static struct sweep_column *column_of(struct sweep *sweep, const char *key, size_t hint)
{
    for (size_t i = 0; i < sweep->count; i++) { /* most often the next one */
        struct sweep_column *column = &sweep->columns[(hint + i) % sweep->count];
        if (strcmp(column->key, key) == 0) {
            return column;
        }
    }
    size_t all = sweep->setup.grid->points * sweep->setup.runs;
    struct sweep_column made = {.numbers = NULL};
    if ((sweep->count + 1) * all > NUMBERS_ALL_MAX || !number_kind_of(key, &made.kind)) {
        return NULL;
    }
    if (sweep->count == sweep->room) {
        sweep->room = 2 * sweep->room + 64;
        sweep->columns = realloc(sweep->columns, sweep->room * sizeof *sweep->columns);
        ensure(sweep->columns != NULL);
    }
    made.numbers = malloc(all * sizeof *made.numbers);
    ensure(made.numbers != NULL);
    for (size_t i = 0; i < all; i++) {
        made.numbers[i] = (struct sweep_number){.number = 0, .whole = SWEEP_ABSENT};
    }
    memcpy(made.key, key, strlen(key) + 1);
    sweep->columns[sweep->count] = made;
    return &sweep->columns[sweep->count++];
}

/* --- taking a line in --- */

static bool is_count(const json_t *json)
{
    return json_is_integer(json) && json_integer_value(json) >= 0;
}

static bool is_number(const json_t *one)
{
    const json_t *key = json_array_get(one, 0);
    const char *text = json_string_value(key);
    enum number_kind kind;
    return json_array_size(one) == 3 && text != NULL && json_string_length(key) <= NUMBER_KEY_BYTES_MAX &&
           text_is_line(bytes_of_text(text)) && number_kind_of(text, &kind) &&
           is_count(json_array_get(one, 1)) && is_count(json_array_get(one, 2));
}

static bool is_run(const json_t *json)
{
    const json_t *numbers = json_object_get(json, "numbers"), *one = NULL;
    const char *transcript = json_string_value(json_object_get(json, "transcript_hash"));
    uint8_t hash[32];
    size_t at = 0;
    if (!json_is_array(numbers) || !is_count(json_object_get(json, "seed")) || transcript == NULL ||
        !hex_read(hash, sizeof hash, bytes_of_text(transcript)) ||
        !json_is_string(json_object_get(json, "build"))) {
        return false;
    }
    json_array_foreach((json_t *)(uintptr_t)numbers, at, one)
    {
        if (!is_number(one)) {
            return false;
        }
    }
    return true;
}

/* False: there is no room for all of its numbers. */
static bool put_numbers(struct sweep *sweep, size_t point, size_t run, const json_t *numbers)
{
    for (size_t i = 0; i < json_array_size(numbers); i++) {
        const json_t *one = json_array_get(numbers, i);
        struct sweep_column *column = column_of(sweep, json_string_value(json_array_get(one, 0)), i);
        if (column == NULL) {
            return false;
        }
        column->came |= json_integer_value(json_array_get(one, 2)) != 0;
        column->numbers[point * sweep->setup.runs + run] =
            (struct sweep_number){.number = (uint64_t)json_integer_value(json_array_get(one, 1)),
                                  .whole = (uint64_t)json_integer_value(json_array_get(one, 2))};
    }
    sweep->done[point * sweep->setup.runs + run] = true;
    sweep->ordered = false;
    return true;
}

static enum sweep_taken take(struct sweep *sweep, const json_t *json)
{
    const char *text = json_string_value(json_object_get(json, "scenario_hash"));
    uint8_t hash[32];
    if (text == NULL || !hex_read(hash, sizeof hash, bytes_of_text(text)) || !is_run(json)) {
        return SWEEP_BAD;
    }
    uint64_t seed = (uint64_t)json_integer_value(json_object_get(json, "seed"));
    bool ours = strcmp(json_string_value(json_object_get(json, "build")), sweep->setup.build) == 0 &&
                seed >= sweep->setup.seed && seed - sweep->setup.seed < sweep->setup.runs;
    enum sweep_taken taken = SWEEP_OTHER;
    for (size_t point = 0; ours && point < sweep->setup.grid->points; point++) {
        size_t run = (size_t)(seed - sweep->setup.seed);
        if (memcmp(sweep->setup.hashes[point], hash, sizeof hash) == 0 && !sweep_has(sweep, point, run)) {
            if (!put_numbers(sweep, point, run, json_object_get(json, "numbers"))) {
                return SWEEP_FULL;
            }
            taken = SWEEP_TAKEN;
        }
    }
    return taken;
}

enum sweep_taken sweep_take(struct sweep *sweep, struct bytes line)
{
    json_t *json = line.size > SWEEP_LINE_BYTES_MAX
                       ? NULL
                       : json_loadb((const char *)line.data, line.size, JSON_REJECT_DUPLICATES, NULL);
    enum sweep_taken taken = json == NULL ? SWEEP_BAD : take(sweep, json);
    json_decref(json);
    return taken;
}

size_t sweep_take_all(struct sweep *sweep, struct bytes lines)
{
    size_t taken = 0;
    while (lines.size != 0) {
        const uint8_t *end = memchr(lines.data, '\n', lines.size);
        size_t size = end == NULL ? lines.size : (size_t)(end - lines.data) + 1;
        taken += sweep_take(sweep, bytes_of(lines.data, size)) == SWEEP_TAKEN;
        lines = bytes_of(lines.data + size, lines.size - size);
    }
    return taken;
}
