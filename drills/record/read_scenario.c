/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/record/read_scenario.h"

#include <string.h>

static bool is_white(const struct scenario *scenario, const struct scenario_unit *unit)
{
    for (size_t i = 0; i < scenario->white_cell.count; i++) {
        if (scenario->white_cell.list[i] == unit) {
            return true;
        }
    }
    return false;
}

static uint64_t most_people(const struct scenario_unit *unit)
{
    const struct scenario_people *people = unit->people.given ? &unit->people : &unit->desk->people;
    uint64_t most = people->number;
    for (size_t i = 0; i < people->rows.count; i++) {
        most = people->rows.list[i].people > most ? people->rows.list[i].people : most;
    }
    return most;
}

static enum staffing staffing(const void *hours, uint64_t at_ms)
{
    return scenario_staff_at(hours, at_ms).staffing;
}

/* White when all of it is. */
static void read_state(struct drill_record *record, const struct scenario *scenario,
                       const struct scenario_state *state)
{
    bool white = state->units.count != 0;
    for (size_t i = 0; i < state->units.count; i++) {
        white = white && is_white(scenario, &state->units.list[i]);
    }
    size_t number = record_add_state(record, &(struct record_state){.code = state->code,
                                                                    .name = state->name,
                                                                    .zone_name = state->zone.name,
                                                                    .placed = state->at.given,
                                                                    .north = state->at.north,
                                                                    .east = state->at.east,
                                                                    .white_cell = white});
    for (size_t i = 0; i < state->units.count; i++) {
        const struct scenario_unit *unit = &state->units.list[i];
        (void)record_add_party(record, &(struct record_party){.address = unit->address,
                                                              .state = number,
                                                              .role = scenario_role_word(unit->role),
                                                              .desk = unit->desk->name,
                                                              .people = most_people(unit),
                                                              .zone = state->zone.zone,
                                                              .on = state->calendar,
                                                              .staffing = staffing,
                                                              .hours = unit,
                                                              .lead_days = state->terms.lead_days,
                                                              .white_cell = is_white(scenario, unit)});
    }
}

static size_t number_of(const struct drill_record *record, const struct scenario_unit *unit)
{
    return unit == NULL ? 0 : record_find_party(record, unit->address);
}

static void read_provider(struct drill_record *record, const struct scenario *scenario,
                          const struct scenario_provider *provider)
{
    for (size_t i = 0; i < provider->data.count; i++) {
        const struct scenario_data *data = &provider->data.list[i];
        uint64_t until_ms = data->until_ms != 0    ? data->until_ms
                            : provider->keeps != 0 ? scenario->clock.start_ms + provider->keeps
                                                   : 0;
        (void)record_add_truth(
            record, &(struct record_truth){.label = data->label,
                                           .provider = provider->name,
                                           .state = record_find_state(record, provider->state->code),
                                           .until_ms = until_ms,
                                           .there = true});
    }
}

void record_read_scenario(struct drill_record *record, const struct scenario *scenario)
{
    record->head.title = record_text(record, scenario->title);
    memcpy(record->head.scenario_hash, scenario->hash, sizeof record->head.scenario_hash);
    record->head.seed = scenario->seed;
    record->head.compression = scenario->clock.compression;
    record->head.start_ms = scenario->clock.start_ms;
    for (size_t i = 0; i < scenario->states.count; i++) {
        read_state(record, scenario, &scenario->states.list[i]);
    }
    for (size_t i = 0; i < scenario->providers.count; i++) {
        read_provider(record, scenario, &scenario->providers.list[i]);
    }
    for (size_t i = 0; i < scenario->injects.count; i++) {
        const struct scenario_inject *inject = &scenario->injects.list[i];
        (void)record_add_inject(record, &(struct record_inject){.id = inject->id,
                                                                .kind = scenario_inject_word(inject->kind),
                                                                .text = inject->text,
                                                                .from = number_of(record, inject->from),
                                                                .to = number_of(record, inject->to),
                                                                .planned_ms = inject->at});
    }
    for (size_t i = 0; i < scenario->clock.jumps.count; i++) {
        (void)record_add_jump(record, &(struct record_jump){.at_ms = scenario->clock.jumps.list[i].at_ms,
                                                            .to_ms = scenario->clock.jumps.list[i].to_ms});
    }
}
