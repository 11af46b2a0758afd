/* SPDX-License-Identifier: Apache-2.0 */
/* What a load model says of States: kinds of desk by share, and seasons in which people are away. */
#include "drills/scenario/reader.h"

/* FNV-1a: States are put in an order that does not depend on where they stand in the file. */
static uint64_t hash_of(const struct scenario *s, const struct scenario_state *state)
{
    uint64_t hash = UINT64_C(14695981039346656037) ^ s->seed;
    for (const char *c = state->code == NULL ? "" : state->code; *c != '\0'; c++) {
        hash = (hash ^ (uint8_t)*c) * UINT64_C(1099511628211);
    }
    return hash;
}

static size_t rank_of(const struct scenario *s, const struct scenario_state *state)
{
    size_t rank = 0;
    for (size_t i = 0; i < s->states.count; i++) {
        rank += hash_of(s, &s->states.list[i]) < hash_of(s, state) ? 1 : 0;
    }
    return rank;
}

/* In that order, the first 15 % of the States have the first kind of desk, and so on: the shares are exact. */
static const struct scenario_load_share *share_of(const struct scenario *s,
                                                  const struct scenario_state *state)
{
    const uint64_t middle =
        (2 * (uint64_t)rank_of(s, state) + 1) * SCENARIO_MILLION / (2 * (uint64_t)s->states.count);
    uint64_t sum = 0;
    for (size_t i = 0; i < s->load.desks.count; i++) {
        sum += s->load.desks.list[i].share;
        if (middle < sum) {
            return &s->load.desks.list[i];
        }
    }
    return NULL;
}

static void fill_desk(const struct scenario *s, struct scenario_state *state)
{
    const struct scenario_load_share *share = share_of(s, state);
    struct scenario_unit *units = (struct scenario_unit *)(uintptr_t)state->units.list;
    for (size_t i = 0; share != NULL && i < state->units.count; i++) {
        if (units[i].role == SCENARIO_ROLE_POC) {
            units[i].desk = share->desk == NULL ? units[i].desk : share->desk;
            units[i].habits = share->habits == NULL ? units[i].habits : share->habits;
        }
    }
}

static bool is_away(const struct scenario_season *season, const struct scenario_state *state)
{
    bool in = season->states.count == 0;
    for (size_t i = 0; i < season->states.count; i++) {
        in = in || season->states.list[i] == state;
    }
    return in;
}

static void fill_seasons(struct reader *reader, struct scenario_state *state)
{
    const struct scenario_load *load = &reader->s->load;
    const struct scenario_season **list =
        take(reader, load->seasons.count + 1, sizeof(struct scenario_season *));
    size_t count = 0;
    for (size_t i = 0; list != NULL && i < load->seasons.count; i++) {
        if (is_away(&load->seasons.list[i], state)) {
            list[count++] = &load->seasons.list[i];
        }
    }
    state->seasons.list = list;
    state->seasons.count = count;
}

void fill_load(struct reader *reader)
{
    struct scenario_state *states = (struct scenario_state *)(uintptr_t)reader->s->states.list;
    for (size_t i = 0; reader->s->load.given && i < reader->s->states.count; i++) {
        fill_desk(reader->s, &states[i]);
        fill_seasons(reader, &states[i]);
    }
}
