/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `load` says of all States together becomes what each of them has: kinds of desk by lot, so that the shares are kept as
 * exactly as the number of units allows; and seasons.
 */
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drills/scenario/reader.h"

struct lot {
    uint8_t hash[16]; /* of the seed and the address: their order is the draw */
    struct scenario_unit *unit;
};

static int by_hash(const void *a, const void *b)
{
    const struct lot *x = a, *y = b;
    return memcmp(x->hash, y->hash, sizeof x->hash);
}

static struct lot lot_of(uint64_t seed, struct scenario_unit *unit)
{
    struct lot lot = {.unit = unit};
    char text[96];
    (void)snprintf(text, sizeof text, "%" PRIu64 " %s", seed, unit->address);
    (void)crypto_generichash(lot.hash, sizeof lot.hash, (const unsigned char *)text, strlen(text), NULL, 0);
    return lot;
}

/* The share in which the place'th of count lies, each in the middle of its part. */
static const struct scenario_load_share *share_of(const struct scenario_load *load, size_t place, size_t count)
{
    const uint64_t at = (2 * place + 1) * (uint64_t)SCENARIO_MILLION / (2 * count);
    uint64_t sum = 0;
    size_t i = 0;
    while (i + 1 < load->desks.count && at >= sum + load->desks.list[i].share) {
        sum += load->desks.list[i++].share;
    }
    return &load->desks.list[i];
}

static void draw_desks(struct reader *reader, struct lot *lots)
{
    const struct scenario *s = reader->s;
    size_t count = 0;
    for (size_t i = 0; i < s->states.count; i++) {
        for (size_t k = 0; k < s->states.list[i].units.count; k++) {
            const struct scenario_unit *unit = &s->states.list[i].units.list[k];
            if (unit->address != NULL && (unit->desk == NULL || unit->habits == NULL)) {
                lots[count++] = lot_of(s->seed, (struct scenario_unit *)(uintptr_t)unit);
            }
        }
    }
    qsort(lots, count, sizeof *lots, by_hash);
    for (size_t i = 0; i < count; i++) {
        const struct scenario_load_share *share = share_of(&s->load, i, count);
        struct scenario_unit *unit = lots[i].unit;
        unit->desk = unit->desk == NULL ? share->desk : unit->desk;
        unit->habits = unit->habits == NULL ? share->habits : unit->habits;
    }
}

static bool is_of(const struct scenario_season *season, const struct scenario_state *state)
{
    bool found = season->states.count == 0;
    for (size_t i = 0; i < season->states.count; i++) {
        found |= season->states.list[i] == state;
    }
    return found;
}

static void give_seasons(struct reader *reader, struct scenario_state *state)
{
    const struct scenario_load *load = &reader->s->load;
    const struct scenario_season **list = arena_zero(reader->r->arena, load->seasons.count + 1, sizeof *list);
    for (size_t i = 0; list != NULL && i < load->seasons.count; i++) {
        if (is_of(&load->seasons.list[i], state)) {
            list[state->seasons.count++] = &load->seasons.list[i];
        }
    }
    state->seasons.list = list;
}

static size_t count_units(const struct scenario *s)
{
    size_t count = 0;
    for (size_t i = 0; i < s->states.count; i++) {
        count += s->states.list[i].units.count;
    }
    return count;
}

void lots_draw(struct reader *reader)
{
    struct scenario *s = reader->s;
    if (!s->load.given) {
        return;
    }
    struct lot *lots = arena_zero(reader->r->arena, count_units(s) + 1, sizeof *lots);
    if (lots != NULL && s->load.desks.count != 0) {
        draw_desks(reader, lots);
    }
    for (size_t i = 0; i < s->states.count && s->load.seasons.count != 0; i++) {
        give_seasons(reader, (struct scenario_state *)(uintptr_t)&s->states.list[i]);
    }
}
