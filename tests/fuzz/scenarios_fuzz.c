/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hostile scenarios: what is read keeps its promises to who plays it, and what is not says why. A file that it includes is a small
 * sound one, whatever its name. The corpus is replayed by tests/unit/scenario_test.c.
 */
#include "tests/fuzz/scenarios_fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "base/text.h"
#include "drills/scenario/scenario.h"

static const char included[] =
    "scenario: 1\n"
    "title: Small\n"
    "clock: {start: 2026-11-19T08:00:00Z, length: 30d}\n"
    "times: {quick: {p0: 1m, p100: 2h}}\n"
    "desks: {always: {hours: 24/7, people: 1}}\n"
    "habits: {careful: {times: {look: quick}}}\n"
    "states: [{code: XA, name: Aldoria, zone: UTC, units: [{name: poc, desk: always, habits: careful}]},"
    " {code: XB, name: Bravonia, zone: UTC, units: [{name: poc, desk: always, habits: careful}]}]\n";

/* UTC, as a TZif file of version 2: two headers with one type of local time each, and a footer. */
static const uint8_t utc[] =
    "TZif2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\4"
    "\0\0\0\0\0\0UTC\0"
    "TZif2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\4"
    "\0\0\0\0\0\0UTC\0\nUTC0\n";

static bool read_file(void *context, const char *path, size_t bytes_max, struct arena *arena,
                      struct bytes *ret, const char **ret_why)
{
    const struct bytes *own = context;
    (void)arena;
    (void)bytes_max;
    if (strstr(path, "none") != NULL) {
        *ret_why = "there is no such file";
        return false;
    }
    *ret = strcmp(path, "d/own.yaml") == 0 ? *own : bytes_of_text(included);
    return true;
}

static const struct zone *read_zone(void *context, const char *name, struct arena *arena)
{
    (void)context;
    return strcmp(name, "none") == 0 ? NULL : zone_read(bytes_of(utc, sizeof utc - 1), arena);
}

static void check_unit(const struct scenario *s, const struct scenario_unit *unit)
{
    ensure(unit->desk != NULL && unit->habits != NULL && scenario_unit(s, unit->address) == unit);
    struct scenario_staff staff = scenario_staff_at(unit, s->clock.start_ms);
    ensure(staff.until_ms > s->clock.start_ms && (staff.people > 0) == (staff.staffing == STAFFED));
}

static void check_scenario(const struct scenario *s)
{
    ensure(s->title != NULL && s->clock.end_ms > s->clock.start_ms && s->states.count >= 1);
    for (size_t i = 0; i < s->states.count; i++) {
        ensure(s->states.list[i].zone.zone != NULL && s->states.list[i].units.count >= 1);
        for (size_t k = 0; k < s->states.list[i].units.count; k++) {
            check_unit(s, &s->states.list[i].units.list[k]);
        }
    }
    for (size_t i = 0; i < s->injects.count; i++) {
        const struct scenario_inject *inject = &s->injects.list[i];
        ensure(inject->id != NULL && inject->kind != SCENARIO_INJECT_NONE);
        ensure(inject->kind != SCENARIO_INJECT_REQUEST || (inject->from != NULL && inject->to != NULL));
        ensure(inject->at == 0 || (inject->at >= s->clock.start_ms && inject->at <= s->clock.end_ms));
    }
    for (size_t i = 0; i < s->expect.count; i++) {
        ensure(s->expect.list[i].who != NULL && s->expect.list[i].of != NULL);
    }
    for (size_t i = 0; i < s->times.count; i++) {
        ensure(scenario_draw(&s->times.list[i], UINT64_MAX / 3) <=
               scenario_draw(&s->times.list[i], UINT64_MAX));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const sets[] = {"a=1", "states.XA.units.poc.people=2"};
    struct arena *arena = arena_new((size_t)32 << 20);
    struct scenario_mistakes *mistakes = calloc(1, sizeof *mistakes);
    struct bytes own = bytes_of(data, size);
    const struct scenario_source source = {.context = &own, .file = read_file, .zone = read_zone};
    if (arena == NULL || mistakes == NULL) {
        abort();
    }
    scenario_mistakes_init(mistakes, arena, NULL);
    const struct scenario *s = scenario_read("d/own.yaml", sets, size % 3, &source, arena, mistakes);
    ensure((s == NULL) == (mistakes->count > 0));
    for (size_t i = 0; i < mistakes->count; i++) {
        ensure(arena_exhausted(arena) ||
               text_is_line(bytes_of_text(mistake_line(&mistakes->list[i], arena, NULL))));
    }
    if (s != NULL) {
        check_scenario(s);
    }
    free(mistakes);
    arena_free(arena);
    return 0;
}
