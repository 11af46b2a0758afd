/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/actors/custodian.h"

#include <string.h>

#define UNKNOWN_MS MS_PER_DAY /* until somebody who is not in the scenario says that there is nothing */

static bool is_about(const struct scenario_data *data, const char *identifier)
{
    return data->identifier.value == NULL || strcmp(data->identifier.value, identifier) == 0;
}

const struct scenario_data *custodian_data(const struct scenario *scenario,
                                           const struct scenario_state *state, const char *provider,
                                           const char *identifier)
{
    for (size_t i = 0; i < scenario->providers.count; i++) {
        const struct scenario_provider *known = &scenario->providers.list[i];
        for (size_t k = 0; known->state == state && k < known->data.count; k++) {
            if (strcmp(known->name, provider) == 0 && is_about(&known->data.list[k], identifier)) {
                return &known->data.list[k];
            }
        }
    }
    return NULL;
}

static const struct scenario_provider *provider_of(const struct scenario *scenario,
                                                   const struct scenario_state *state, const char *name)
{
    for (size_t i = 0; i < scenario->providers.count; i++) {
        const struct scenario_provider *known = &scenario->providers.list[i];
        if (known->state == state && strcmp(known->name, name) == 0) {
            return known;
        }
    }
    return NULL;
}

uint64_t custodian_deletes_ms(const struct scenario *scenario, const struct scenario_data *data)
{
    if (data->until_ms != 0) {
        return data->until_ms;
    }
    return data->provider->keeps == 0 ? UINT64_MAX : scenario->clock.start_ms + data->provider->keeps;
}

struct custodian_answer custodian_ask(const struct scenario *scenario, const struct scenario_state *state,
                                      const char *provider, const char *identifier, uint64_t asked_ms,
                                      struct stream *stream)
{
    const uint64_t takes = stream_next(stream), never = stream_next(stream), nothing = stream_next(stream);
    const struct scenario_provider *known = provider_of(scenario, state, provider);
    struct custodian_answer answer = {.at_ms = asked_ms + UNKNOWN_MS};
    if (known == NULL) {
        return answer;
    }
    answer.at_ms = known->custodian == NULL ? asked_ms : asked_ms + scenario_draw(known->custodian, takes);
    if (scenario_happens(known->never, never)) {
        answer.at_ms = UINT64_MAX;
        return answer;
    }
    answer.notifies = known->notifies;
    answer.data = custodian_data(scenario, state, provider, identifier);
    answer.found = answer.data != NULL && !scenario_happens(known->nothing, nothing) &&
                   answer.at_ms < custodian_deletes_ms(scenario, answer.data);
    return answer;
}
