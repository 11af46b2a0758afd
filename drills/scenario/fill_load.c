/* SPDX-License-Identifier: Apache-2.0 */
/* What a load model says of States: kinds of desk by share, who may host, and seasons in which people are away. */
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "drills/scenario/reader.h"

/* The lot that a State draws: it depends on the seed and its code, not on its place in the file or in the alphabet. */
struct lot {
    uint8_t bytes[crypto_shorthash_BYTES];
};

static struct lot lot_of(const struct scenario *s, const struct scenario_state *state)
{
    static const uint8_t key[crypto_shorthash_KEYBYTES]; /* nothing is secret */
    char text[64];
    struct lot lot;
    int size = snprintf(text, sizeof text, "%llu %s", (unsigned long long)s->seed,
                        state->code == NULL ? "" : state->code);
    (void)crypto_shorthash(lot.bytes, (const uint8_t *)text, (unsigned long long)size, key);
    return lot;
}

static size_t rank_of(const struct lot *lots, size_t count, size_t state)
{
    size_t rank = 0;
    for (size_t i = 0; i < count; i++) {
        rank += memcmp(lots[i].bytes, lots[state].bytes, sizeof lots[i].bytes) < 0 ? 1 : 0;
    }
    return rank;
}

/*
 * In the order of their lots, the first 15 % of the States have the first kind of desk, and so on: the shares are exact. Points of contact that
 * say nothing of their own have it.
 */
static const struct scenario_load_share *share_of(const struct scenario *s, size_t rank)
{
    const uint64_t middle = (2 * (uint64_t)rank + 1) * SCENARIO_MILLION / (2 * (uint64_t)s->states.count);
    uint64_t sum = 0;
    for (size_t i = 0; i < s->load.desks.count; i++) {
        sum += s->load.desks.list[i].share;
        if (middle < sum) {
            return &s->load.desks.list[i];
        }
    }
    return NULL;
}

static void fill_desk(const struct scenario_load_share *share, const struct scenario_state *state)
{
    struct scenario_unit *units = (struct scenario_unit *)(uintptr_t)state->units.list;
    for (size_t i = 0; share != NULL && i < state->units.count; i++) {
        if (units[i].role == SCENARIO_ROLE_POC) {
            units[i].desk = units[i].desk == NULL ? share->desk : units[i].desk;
            units[i].habits = units[i].habits == NULL ? share->habits : units[i].habits;
        }
    }
}

static void fill_desks(struct reader *reader)
{
    const struct scenario *s = reader->s;
    const size_t count = s->load.desks.count == 0 ? 0 : s->states.count;
    struct lot *lots = take(reader, count + 1, sizeof *lots);
    for (size_t i = 0; lots != NULL && i < count; i++) {
        lots[i] = lot_of(s, &s->states.list[i]);
    }
    for (size_t i = 0; lots != NULL && i < count; i++) {
        fill_desk(share_of(s, rank_of(lots, count, i)), &s->states.list[i]);
    }
}

/* The one that requests go to: the first. */
static const struct scenario_unit *poc_of(const struct scenario_state *state)
{
    for (size_t i = 0; i < state->units.count; i++) {
        if (state->units.list[i].role == SCENARIO_ROLE_POC) {
            return &state->units.list[i];
        }
    }
    return NULL;
}

bool scenario_may_host(const struct scenario_load *load, const struct scenario_state *state)
{
    const struct scenario_unit *poc = poc_of(state);
    bool may = load->seats.desks.count == 0;
    for (size_t i = 0; poc != NULL && i < load->seats.desks.count; i++) {
        may = may || poc->desk == load->seats.desks.list[i];
    }
    return may;
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
    if (!reader->s->load.given) {
        return;
    }
    fill_desks(reader);
    for (size_t i = 0; i < reader->s->states.count; i++) {
        fill_seasons(reader, &states[i]);
    }
}
