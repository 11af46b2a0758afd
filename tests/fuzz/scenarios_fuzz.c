/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hostile scenarios: what is read keeps its promises to who plays it, and what is not says why. A file that it includes is a small
 * sound one, whatever its name. The corpus is replayed by tests/unit/scenario_test.c.
 */
#include "tests/fuzz/scenarios_fuzz.h"

#include "base/ensure.h"
#include "base/text.h"
#include "tests/support/scenario_text.h"

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
    struct scenario_texts texts;
    scenario_texts_open(&texts);
    texts.otherwise = bytes_of_text(scenario_small);
    scenario_texts_add_bytes(&texts, "d/own.yaml", bytes_of(data, size));
    const struct scenario *s = scenario_texts_read(&texts, "d/own.yaml", sets, size % 3);
    ensure((s == NULL) == (texts.mistakes.count > 0));
    for (size_t i = 0; i < texts.mistakes.count; i++) {
        ensure(arena_exhausted(texts.arena) ||
               text_is_line(bytes_of_text(mistake_line(&texts.mistakes.list[i], texts.arena, NULL))));
    }
    if (s != NULL) {
        check_scenario(s);
    }
    scenario_texts_close(&texts);
    return 0;
}
