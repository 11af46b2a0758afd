/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/load/places.h"

#include <stdlib.h>

#include "base/ensure.h"

#define UNIT       (UINT64_C(1) << 31)
#define BITS       16
#define SIZE_SCALE 1000 /* of a request: so that small shares are not rounded away */

static void *take(struct arena *arena, size_t count, size_t size)
{
    void *taken = arena_zero(arena, count, size);
    ensure(taken != NULL);
    return taken;
}

/* --- powers, in whole numbers --- */

static uint64_t square_root(uint64_t of)
{
    uint64_t root = 0;
    for (uint64_t bit = UINT64_C(1) << 31; bit != 0; bit >>= 1) {
        uint64_t next = root | bit;
        root = next * next <= of ? next : root;
    }
    return root;
}

/* log2(over / under), times 2^16; over is not the smaller one, both are below 2^31. */
static uint64_t logarithm(uint64_t over, uint64_t under)
{
    uint64_t whole = 0;
    while (over >= 2 * under) {
        under *= 2;
        whole++;
    }
    uint64_t rest = over * UNIT / under, log = whole;
    for (unsigned i = 0; i < BITS; i++) {
        rest = rest * rest / UNIT;
        log = log << 1 | (rest >= 2 * UNIT ? 1 : 0);
        rest = rest >= 2 * UNIT ? rest / 2 : rest;
    }
    return log;
}

/* of * 2^(exponent / 2^16); exponent is from -2^20 to 2^20. */
static uint64_t times_power(uint64_t of, int64_t exponent)
{
    const int64_t one = 1 << BITS;
    int64_t whole = exponent >= 0 ? exponent / one : -((-exponent + one - 1) / one);
    uint64_t part = (uint64_t)(exponent - whole * one), factor = UNIT, root = 2 * UNIT;
    for (unsigned i = 0; i < BITS; i++) {
        root = square_root(root * UNIT); /* 2^(1/2), 2^(1/4), ... */
        factor = (part >> (BITS - 1 - i) & 1) != 0 ? factor * root / UNIT : factor;
    }
    uint64_t value = of * factor / UNIT;
    return whole >= 0 ? value << whole : value >> -whole;
}

/* --- how much each sends --- */

/* Of the normal distribution: quantiles below the middle, as thousandths of the one at 95 %. */
static const struct {
    uint32_t ppm;
    int32_t milli;
} normal[] = {{500, -2001},   {1000, -1879},   {2500, -1707},   {5000, -1566},   {10000, -1414},
              {25000, -1192}, {50000, -1000},  {100000, -779},  {150000, -630},  {200000, -512},
              {300000, -319}, {400000, -154},  {500000, 0}};

static int64_t normal_milli(uint32_t ppm)
{
    if (ppm > SCENARIO_MILLION / 2) {
        return -normal_milli(SCENARIO_MILLION - ppm);
    }
    size_t i = 1;
    while (i + 1 < sizeof normal / sizeof normal[0] && normal[i].ppm < ppm) {
        i++;
    }
    int64_t low = normal[i - 1].ppm, high = normal[i].ppm, at = ppm < low ? low : ppm;
    return normal[i - 1].milli + (normal[i].milli - normal[i - 1].milli) * (at - low) / (high - low);
}

static uint64_t size_at(const struct scenario_load_spread *spread, uint32_t ppm)
{
    uint64_t p95 = spread->p95 < spread->median ? spread->median : spread->p95;
    int64_t log = (int64_t)logarithm(p95, spread->median);
    uint64_t size = times_power(spread->median * SIZE_SCALE, log * normal_milli(ppm) / 1000);
    uint64_t cap = spread->cap * SIZE_SCALE;
    return size == 0 ? 1 : size > cap ? cap : size;
}

/* All places in a drawn order. */
static size_t *shuffled(size_t count, struct stream stream, struct arena *arena)
{
    size_t *order = take(arena, count, sizeof *order);
    for (size_t i = 0; i < count; i++) {
        size_t k = (size_t)stream_below(&stream, i + 1);
        order[i] = order[k];
        order[k] = i;
    }
    return order;
}

static void draw_sizes(struct places *places, uint64_t seed, struct arena *arena)
{
    size_t count = places->scenario->states.count;
    const size_t *order = shuffled(count, stream_of(seed, "load sizes", 0), arena);
    places->until = take(arena, count, sizeof *places->until);
    for (size_t i = 0; i < count; i++) {
        uint32_t ppm = (uint32_t)((2 * order[i] + 1) * (uint64_t)SCENARIO_MILLION / (2 * count));
        places->until[i] =
            (i == 0 ? 0 : places->until[i - 1]) + size_at(&places->scenario->load.spread, ppm);
    }
}

/* --- who is near --- */

static uint64_t apart(const struct scenario_position *a, const struct scenario_position *b)
{
    const int64_t round = INT64_C(360) * SCENARIO_MILLION;
    int64_t north = (int64_t)a->north - b->north, east = llabs((int64_t)a->east - b->east);
    east = east > round / 2 ? round - east : east;
    return (uint64_t)(north * north) + (uint64_t)(east * east);
}

/* Puts one into the row of the nearest of another, which is in order. */
static void compare(struct places *places, size_t of, size_t other)
{
    const struct scenario_state *states = places->scenario->states.list;
    size_t *row = places->near[of], at = PLACES_NEAR;
    uint64_t distance = apart(&states[of].at, &states[other].at);
    while (at != 0 && (row[at - 1] == of || apart(&states[of].at, &states[row[at - 1]].at) > distance)) {
        if (at != PLACES_NEAR) {
            row[at] = row[at - 1];
        }
        at--;
    }
    if (at != PLACES_NEAR) {
        row[at] = other;
    }
}

static void find_near(struct places *places, struct arena *arena)
{
    size_t count = places->scenario->states.count;
    places->near = take(arena, count, sizeof *places->near);
    places->near_count = count - 1 < PLACES_NEAR ? count - 1 : PLACES_NEAR;
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < PLACES_NEAR; k++) {
            places->near[i][k] = i; /* nobody yet */
        }
        for (size_t k = 0; k < count; k++) {
            if (k != i) {
                compare(places, i, k);
            }
        }
    }
}

void places_draw(struct places *places, const struct scenario *scenario, uint64_t seed, struct arena *arena)
{
    size_t count = scenario->states.count;
    ensure(count >= 2);
    *places = (struct places){.scenario = scenario};
    draw_sizes(places, seed, arena);
    places->seats = shuffled(count, stream_of(seed, "load seats", 0), arena);
    places->seat_count = scenario->load.seats.states < count ? (size_t)scenario->load.seats.states : count;
    find_near(places, arena);
}

/* --- drawing --- */

size_t places_sender(const struct places *places, struct stream *stream)
{
    size_t last = places->scenario->states.count - 1, i = 0;
    uint64_t at = stream_below(stream, places->until[last]);
    while (places->until[i] <= at) {
        i++;
    }
    return i;
}

size_t places_seat(const struct places *places, size_t from, struct stream *stream)
{
    size_t seat = places->seats[stream_below(stream, places->seat_count)];
    return seat == from ? places_any(places, from, stream) : seat;
}

size_t places_near(const struct places *places, size_t from, struct stream *stream)
{
    return places->near[from][stream_below(stream, places->near_count)];
}

size_t places_any(const struct places *places, size_t from, struct stream *stream)
{
    size_t other = (size_t)stream_below(stream, places->scenario->states.count - 1);
    return other < from ? other : other + 1;
}
