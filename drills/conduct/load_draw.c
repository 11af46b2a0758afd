/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/conduct/load_draw.h"

#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "drills/world/stream.h"

#define TRIES    64               /* for a moment that fits; then any is taken */
#define NEAR     5                /* States that count as near */
#define AGAIN_MS (5 * MS_PER_DAY) /* within which somebody asks once more */
#define Q16      16

struct drawing {
    const struct scenario *scenario;
    const struct scenario_load *load;
    struct stream stream;
    size_t count;   /* States */
    size_t *order;  /* States by rank, who sends fewest first */
    size_t *seats;  /* where hosting sits: the first ones */
    uint64_t *sums; /* of weights, up to and with each rank */
    struct load_request *list;
    size_t drawn, room;
};

/* --- how many each State sends --- */

/* Quantiles of the normal law, where that of 95 % is a million. */
static int64_t normal(uint64_t ppm)
{
    static const struct {
        uint64_t ppm;
        int64_t value;
    } half[] = {{500000, 0},       {600000, 154021},  {700000, 318813},  {800000, 511667},
                {900000, 779123},  {950000, 1000000}, {975000, 1191571}, {990000, 1414310},
                {995000, 1565979}, {999000, 1878730}, {1000000, 2500000}};
    bool low = ppm < 500000;
    uint64_t at = low ? 1000000 - ppm : ppm;
    size_t i = 1;
    while (half[i].ppm < at) {
        i++;
    }
    int64_t span = half[i].value - half[i - 1].value;
    int64_t value =
        half[i - 1].value + span * (int64_t)(at - half[i - 1].ppm) / (int64_t)(half[i].ppm - half[i - 1].ppm);
    return low ? -value : value;
}

/* The square root in Q16. */
static uint64_t root(uint64_t q16)
{
    uint64_t found = 0, value = q16 << Q16;
    for (uint64_t bit = UINT64_C(1) << 31; bit != 0; bit >>= 1) {
        if ((found | bit) * (found | bit) <= value) {
            found |= bit;
        }
    }
    return found;
}

/* The ratio, in Q16, to the power of so many millionths, at most 2.5: straight between eighths. */
static uint64_t power(uint64_t ratio, uint64_t millionths)
{
    const uint64_t eighth = root(root(root(ratio))), eighths = millionths * 8;
    uint64_t low = UINT64_C(1) << Q16;
    for (uint64_t i = 0; i < eighths / 1000000; i++) {
        low = low * eighth >> Q16;
    }
    uint64_t high = low * eighth >> Q16;
    return low + (high - low) * (eighths % 1000000) / 1000000;
}

uint64_t load_weight(const struct scenario_load_spread *spread, size_t rank, size_t count)
{
    const uint64_t p95 = spread->p95 > spread->median ? spread->p95 : spread->median;
    const uint64_t ratio = (p95 << Q16) / spread->median, cap = spread->cap << Q16;
    const int64_t at = normal((2 * (uint64_t)rank + 1) * 1000000 / (2 * (uint64_t)count));
    const uint64_t times = power(ratio, (uint64_t)(at < 0 ? -at : at));
    uint64_t weight = at < 0 ? (spread->median << (2 * Q16)) / times : spread->median * times;
    weight = weight > cap ? cap : weight;
    return weight == 0 ? 1 : weight;
}

/* --- who --- */

static const struct scenario_state *state_at(const struct drawing *d, size_t state)
{
    return &d->scenario->states.list[state];
}

static const struct scenario_unit *unit_of(const struct drawing *d, size_t state, enum scenario_role role)
{
    const struct scenario_state *of = state_at(d, state);
    for (size_t i = 0; i < of->units.count; i++) {
        if (of->units.list[i].role == role) {
            return &of->units.list[i];
        }
    }
    return &of->units.list[0];
}

static bool happens(struct drawing *d, uint32_t chance)
{
    return scenario_happens(chance, stream_next(&d->stream));
}

static void shuffle(struct drawing *d, size_t *list)
{
    for (size_t i = 0; i < d->count; i++) {
        size_t k = (size_t)stream_below(&d->stream, i + 1);
        list[i] = list[k];
        list[k] = i;
    }
}

/* Who may host comes first, in the order drawn. */
static void seat_hosts(struct drawing *d)
{
    size_t hosts = 0;
    for (size_t i = 0; i < d->count; i++) {
        const size_t state = d->seats[i];
        if (scenario_may_host(d->load, state_at(d, state))) {
            d->seats[i] = d->seats[hosts];
            d->seats[hosts++] = state;
        }
    }
}

static void rank_states(struct drawing *d)
{
    uint64_t sum = 0;
    shuffle(d, d->order);
    shuffle(d, d->seats);
    seat_hosts(d);
    for (size_t i = 0; i < d->count; i++) {
        sum += load_weight(&d->load->spread, i, d->count);
        d->sums[i] = sum;
    }
}

static size_t draw_sender(struct drawing *d)
{
    uint64_t at = stream_below(&d->stream, d->sums[d->count - 1]);
    size_t rank = 0;
    while (d->sums[rank] <= at) {
        rank++;
    }
    return d->order[rank];
}

static size_t draw_other(struct drawing *d, size_t than)
{
    size_t state = (size_t)stream_below(&d->stream, d->count - 1);
    return state < than ? state : state + 1;
}

static size_t draw_seat(struct drawing *d, size_t than)
{
    size_t seats = d->load->seats.states < d->count ? (size_t)d->load->seats.states : d->count;
    size_t seat = d->seats[stream_below(&d->stream, seats)];
    return seat == than ? draw_other(d, than) : seat;
}

/* Squared, in millionths of a degree of a plane map; unknown places are far from all. */
static uint64_t distance(const struct scenario_state *a, const struct scenario_state *b)
{
    const int64_t whole = 360000000;
    int64_t north = (int64_t)a->at.north - b->at.north, east = (int64_t)a->at.east - b->at.east;
    east = east < 0 ? -east : east;
    east = east > whole / 2 ? whole - east : east;
    return a->at.given && b->at.given ? (uint64_t)(north * north) + (uint64_t)(east * east) : UINT64_MAX;
}

/* One of the five that are nearest; in the order of the file where no place is known. */
static size_t draw_near(struct drawing *d, size_t to)
{
    size_t near[NEAR], count = 0;
    for (size_t i = 0; i < d->count; i++) {
        size_t at = count;
        while (at != 0 && distance(state_at(d, to), state_at(d, i)) <
                              distance(state_at(d, to), state_at(d, near[at - 1]))) {
            at--;
        }
        if (i == to || at == NEAR) {
            continue;
        }
        count += count < NEAR ? 1 : 0;
        memmove(&near[at + 1], &near[at], (count - 1 - at) * sizeof near[0]);
        near[at] = i;
    }
    return near[stream_below(&d->stream, count)];
}

/* --- when --- */

static uint64_t any_moment(struct drawing *d)
{
    return d->scenario->clock.start_ms + stream_below(&d->stream, d->scenario->clock.length_ms);
}

static bool is_last_workday(const struct scenario_state *state, int64_t date)
{
    return calendar_entry_works_on(&state->calendar, date) &&
           !calendar_entry_works_on(&state->calendar, date + 1);
}

/* In office hours, and a moment of the last afternoon more or less often than one of others. */
static bool fits(struct drawing *d, const struct scenario_state *state, uint64_t at_ms)
{
    const uint32_t friday = d->load->when.friday,
                   most = friday > SCENARIO_MILLION ? friday : SCENARIO_MILLION;
    const int64_t local = zone_local_ms(state->zone.zone, at_ms), date = local_date(local);
    const uint64_t minute = (uint64_t)(local - date * (int64_t)MS_PER_DAY) / MS_PER_MINUTE;
    const struct day_span hours = state->week.hours;
    bool open = calendar_entry_works_on(&state->calendar, date) && minute >= hours.from_min &&
                minute < hours.until_min;
    bool late = minute >= (hours.from_min + (uint64_t)hours.until_min) / 2 && is_last_workday(state, date);
    return open && stream_below(&d->stream, most) < (late ? friday : SCENARIO_MILLION);
}

static uint64_t draw_moment(struct drawing *d, size_t sender)
{
    const struct scenario_state *state = state_at(d, sender);
    bool office = happens(d, d->load->when.office);
    uint64_t at_ms = any_moment(d);
    for (unsigned i = 0; i < TRIES; i++) {
        bool off =
            calendar_entry_is_holiday(&state->calendar, local_date(zone_local_ms(state->zone.zone, at_ms)));
        if (office ? fits(d, state, at_ms) : !off) {
            break;
        }
        at_ms = any_moment(d);
    }
    return at_ms;
}

/* --- what --- */

static size_t draw_share(struct drawing *d, const struct scenario_load_share *list, size_t count)
{
    uint64_t at = stream_below(&d->stream, SCENARIO_MILLION), sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum += list[i].share;
        if (at < sum) {
            return i;
        }
    }
    return 0;
}

/* Data of any age are asked for, as long as they are kept. */
static void draw_data(struct drawing *d, struct load_request *request)
{
    const struct scenario_load *load = d->load;
    size_t kept = draw_share(d, load->retention.list, load->retention.count);
    uint64_t keeps = load->retention.count == 0 ? 0 : load->retention.list[kept].keeps;
    request->custodian = draw_share(d, load->custodians.list, load->custodians.count);
    request->dies_ms = keeps == 0 ? 0 : request->at_ms + 1 + stream_below(&d->stream, keeps);
    request->nothing = happens(d, load->nothing);
    request->nothing = happens(d, load->misdirected) || request->nothing;
}

static struct load_request *add(struct drawing *d, const struct load_request *request)
{
    if (d->drawn == d->room) {
        d->room = d->room == 0 ? 256 : 2 * d->room;
        d->list = realloc(d->list, d->room * sizeof *d->list);
        ensure(d->list != NULL);
    }
    struct load_request *added = &d->list[d->drawn++];
    *added = *request;
    added->number = d->drawn;
    return added;
}

/* The same authority asks for the same once more. */
static void ask_again(struct drawing *d, size_t number, uint64_t within_ms)
{
    struct load_request again = d->list[number - 1];
    again.at_ms += 1 + stream_below(&d->stream, within_ms);
    again.duplicate_of = number;
    if (again.at_ms < d->scenario->clock.end_ms) {
        (void)add(d, &again);
    }
}

static void draw_hold(struct drawing *d, size_t from, size_t to, uint64_t at_ms, uint32_t duplicates,
                      uint64_t within_ms)
{
    struct load_request request = {.at_ms = at_ms,
                                   .from = unit_of(d, from, SCENARIO_ROLE_POC),
                                   .to = unit_of(d, to, SCENARIO_ROLE_POC),
                                   .type = "preservation",
                                   .urgency = SCENARIO_URGENT};
    draw_data(d, &request);
    size_t number = add(d, &request)->number;
    if (happens(d, duplicates)) {
        ask_again(d, number, within_ms);
    }
}

static void draw_plain(struct drawing *d, size_t from)
{
    static const char *const questions[] = {"legal-info", "advice"};
    static const char *const others[] = {"freeze-alert", "spontaneous", "police-info"};
    const struct scenario_load_kinds *kinds = &d->load->kinds;
    const uint64_t kind = stream_below(&d->stream, SCENARIO_MILLION), pick = stream_next(&d->stream);
    const uint64_t at_ms = draw_moment(d, from);
    uint64_t sum = kinds->hold;
    if (kind < sum) {
        size_t to = happens(d, d->load->seats.share) ? draw_seat(d, from) : draw_other(d, from);
        draw_hold(d, from, to, at_ms, d->load->duplicates, AGAIN_MS);
        return;
    }
    size_t to = happens(d, d->load->seats.near) ? draw_near(d, from) : draw_other(d, from);
    bool mla = kind < (sum += kinds->assistance), question = kind < (sum += kinds->question);
    bool emergency = !question && kind < sum + kinds->emergency;
    enum scenario_role role = mla ? SCENARIO_ROLE_CENTRAL : SCENARIO_ROLE_POC;
    struct load_request request = {.at_ms = at_ms,
                                   .from = unit_of(d, from, role),
                                   .to = unit_of(d, to, role),
                                   .type = mla         ? "stored-data"
                                           : question  ? questions[pick % 2]
                                           : emergency ? "emergency"
                                                       : others[pick % 3],
                                   .urgency = emergency ? SCENARIO_EMERGENCY : SCENARIO_ROUTINE,
                                   .forged = emergency && happens(d, d->load->forged)};
    if (mla || emergency) {
        draw_data(d, &request);
    }
    (void)add(d, &request);
}

/* Many States ask one for the same server within hours. */
static void draw_burst(struct drawing *d, size_t most)
{
    const struct scenario_load_bursts *bursts = &d->load->bursts;
    size_t about = draw_seat(d, d->count),
           states = bursts->states < d->count - 1 ? (size_t)bursts->states : d->count - 1;
    uint64_t lasts = bursts->lasts == 0 ? 1 : bursts->lasts, begins_ms = any_moment(d), before = d->drawn;
    for (size_t i = 0; i < states && d->drawn - before < most; i++) {
        size_t from = draw_sender(d);
        uint64_t at_ms = begins_ms + stream_below(&d->stream, lasts);
        from = from == about ? draw_other(d, about) : from;
        if (at_ms < d->scenario->clock.end_ms) {
            draw_hold(d, from, about, at_ms, bursts->duplicates, lasts);
        }
    }
}

/* --- all of it --- */

static int by_time(const void *left, const void *right)
{
    const struct load_request *a = left, *b = right;
    return a->at_ms != b->at_ms    ? (a->at_ms < b->at_ms ? -1 : 1)
           : a->number < b->number ? -1
                                   : a->number > b->number;
}

/* In order of time; what names another names it by its new number. */
static void put_in_order(struct drawing *d)
{
    size_t *now = calloc(d->drawn + 1, sizeof *now);
    ensure(now != NULL && d->drawn != 0);
    qsort(d->list, d->drawn, sizeof *d->list, by_time);
    for (size_t i = 0; i < d->drawn; i++) {
        now[d->list[i].number] = i + 1;
    }
    for (size_t i = 0; i < d->drawn; i++) {
        d->list[i].number = i + 1;
        d->list[i].duplicate_of = now[d->list[i].duplicate_of];
    }
    free(now);
}

struct load_request *load_draw(const struct scenario *scenario, uint64_t seed, size_t *ret_count)
{
    struct drawing d = {.scenario = scenario,
                        .load = &scenario->load,
                        .stream = stream_of(seed, "load", 0),
                        .count = scenario->states.count};
    *ret_count = 0;
    if (!scenario->load.given || d.count < 2) {
        return NULL;
    }
    d.order = calloc(d.count, sizeof *d.order);
    d.seats = calloc(d.count, sizeof *d.seats);
    d.sums = calloc(d.count, sizeof *d.sums);
    ensure(d.order != NULL && d.seats != NULL && d.sums != NULL);
    const uint64_t hours = scenario->clock.length_ms / MS_PER_HOUR;
    const size_t all = (size_t)(d.load->a_year * hours / (LOAD_YEAR_MS / MS_PER_HOUR));
    const size_t together = (size_t)((uint64_t)all * d.load->bursts.share / SCENARIO_MILLION);
    rank_states(&d);
    for (size_t before = SIZE_MAX; d.drawn < together && d.drawn != before;) {
        before = d.drawn;
        draw_burst(&d, together - d.drawn);
    }
    while (d.drawn < all) {
        draw_plain(&d, draw_sender(&d));
    }
    if (d.drawn != 0) {
        put_in_order(&d);
    }
    free(d.order);
    free(d.seats);
    free(d.sums);
    *ret_count = d.drawn;
    return d.list;
}
