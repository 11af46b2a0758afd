/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/sweep/grid.h"

#include <inttypes.h>
#include <string.h>

#include "base/catalogue.h"
#include "base/ensure.h"
#include "base/text.h"

#define NUMBER_DIGITS_MAX 9

struct reading_grid {
    struct arena *arena;
    struct error *error;
    const char *name;
    const char *values[SWEEP_VALUES_MAX];
    size_t count;
};

static bool no_memory(struct error *error)
{
    error_set(error, "%s", error_say(error, N_("there is no memory left")));
    return false;
}

/* What stands in the command line, as it can be shown. */
static const char *quiet(const struct reading_grid *r, const char *text)
{
    const char *shown = text_quiet(r->arena, bytes_of_text(text), 60);
    return shown == NULL ? "?" : shown;
}

static bool add(struct reading_grid *r, const char *value)
{
    if (value == NULL) {
        return no_memory(r->error);
    }
    for (size_t i = 0; i < r->count; i++) {
        if (strcmp(r->values[i], value) == 0) {
            error_set(r->error,
                      error_say(r->error, N_("--set %s: the value \"%s\" stands twice; name it once")),
                      quiet(r, r->name), quiet(r, value));
            return false;
        }
    }
    if (r->count == SWEEP_VALUES_MAX) {
        error_set(r->error, error_say(r->error, N_("--set %s: more than %d values; take fewer of them")),
                  quiet(r, r->name), SWEEP_VALUES_MAX);
        return false;
    }
    r->values[r->count++] = value;
    return true;
}

/* A number of at most NUMBER_DIGITS_MAX digits, all of the text. */
static bool whole_number(const char *text, size_t size, uint64_t *ret)
{
    uint64_t number = 0;
    if (size == 0 || size > NUMBER_DIGITS_MAX) {
        return false;
    }
    for (size_t i = 0; i < size; i++) {
        if (!text_is_digit(text[i])) {
            return false;
        }
        number = number * 10 + (uint64_t)(text[i] - '0');
    }
    *ret = number;
    return true;
}

/* One value, or a range of numbers. */
static bool add_part(struct reading_grid *r, const char *part)
{
    const char *dots = strstr(part, "..");
    uint64_t first = 0, last = 0;
    if (dots == NULL || !whole_number(part, (size_t)(dots - part), &first) ||
        !whole_number(dots + 2, strlen(dots + 2), &last)) {
        return add(r, part);
    }
    if (last < first) {
        error_set(
            r->error,
            error_say(r->error,
                      N_("--set %s: from %llu to %llu there is nothing; write the smaller number first")),
            quiet(r, r->name), (unsigned long long)first, (unsigned long long)last);
        return false;
    }
    for (uint64_t number = first; number <= last; number++) {
        if (!add(r, arena_format(r->arena, "%" PRIu64, number))) {
            return false;
        }
    }
    return true;
}

static bool add_values(struct reading_grid *r, const char *text)
{
    for (const char *at = text;;) {
        size_t size = strcspn(at, ",");
        char *part = arena_format(r->arena, "%.*s", (int)size, at);
        if (part == NULL) {
            return no_memory(r->error);
        }
        if (!add_part(r, part)) {
            return false;
        }
        if (at[size] == '\0') {
            return true;
        }
        at += size + 1;
    }
}

static bool is_named(const struct sweep_grid *grid, const char *name)
{
    for (size_t i = 0; i < grid->count; i++) {
        if (strcmp(grid->names[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

static bool add_name(struct reading_grid *r, struct sweep_grid *grid, const char *set)
{
    const char *equals = strchr(set, '=');
    if (equals == NULL || equals == set) {
        error_set(
            r->error, "%s",
            error_say(r->error, N_("--set takes NAME=VALUES; write such as --set desk.XB.people=1..4")));
        return false;
    }
    r->name = arena_format(r->arena, "%.*s", (int)(equals - set), set);
    r->count = 0;
    if (r->name == NULL) {
        return no_memory(r->error);
    }
    if (is_named(grid, r->name)) {
        error_set(r->error,
                  error_say(r->error, N_("--set %s is given twice; write all its values with commas")),
                  quiet(r, r->name));
        return false;
    }
    if (!add_values(r, equals + 1)) {
        return false;
    }
    const char **values = arena_zero(r->arena, r->count, sizeof *values);
    if (values == NULL) {
        return no_memory(r->error);
    }
    memcpy(values, r->values, r->count * sizeof *values);
    grid->names[grid->count++] = (struct sweep_name){.name = r->name, .values = values, .count = r->count};
    grid->points *= r->count;
    return true;
}

static bool not_too_large(const struct sweep_grid *grid, struct error *error)
{
    size_t axes = 0;
    for (size_t i = 0; i < grid->count; i++) {
        axes += grid->names[i].count > 1;
    }
    if (axes > SWEEP_AXES_MAX) {
        error_set(error,
                  error_say(error, N_("%zu names have several values, and nobody can read more than %d; give "
                                      "one value to some")),
                  axes, SWEEP_AXES_MAX);
        return false;
    }
    if (grid->points > SWEEP_POINTS_MAX) {
        error_set(
            error,
            error_say(error, N_("this grid has %zu points, and at most %d are played; take fewer values")),
            grid->points, SWEEP_POINTS_MAX);
        return false;
    }
    return true;
}

bool sweep_grid_read(const char *const *sets, size_t count, struct arena *arena, struct sweep_grid *ret,
                     struct error *error)
{
    struct reading_grid *r = arena_zero(arena, 1, sizeof *r);
    struct sweep_grid grid = {.points = 1};
    if (r == NULL) {
        return no_memory(error);
    }
    r->arena = arena;
    r->error = error;
    ensure(count <= SWEEP_NAMES_MAX);
    for (size_t i = 0; i < count; i++) {
        if (!add_name(r, &grid, sets[i]) || !not_too_large(&grid, error)) {
            return false;
        }
    }
    *ret = grid;
    return true;
}

size_t sweep_grid_at(const struct sweep_grid *grid, size_t point, size_t name)
{
    for (size_t i = grid->count; i-- > name + 1;) {
        point /= grid->names[i].count;
    }
    return point % grid->names[name].count;
}

const char *const *sweep_grid_sets(const struct sweep_grid *grid, size_t point, struct arena *arena)
{
    const char **sets = arena_zero(arena, grid->count + 1, sizeof *sets);
    for (size_t i = 0; sets != NULL && i < grid->count; i++) {
        const struct sweep_name *name = &grid->names[i];
        sets[i] = arena_format(arena, "%s=%s", name->name, name->values[sweep_grid_at(grid, point, i)]);
        if (sets[i] == NULL) {
            return NULL;
        }
    }
    return sets;
}
