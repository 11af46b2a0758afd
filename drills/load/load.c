/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/load/load.h"

#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "drills/load/places.h"

#define ARENA_BYTES  ((size_t)1 << 30)
#define YEAR_DAYS    365
#define TRIES_MAX    400 /* moments that are drawn until one is in the hours wanted */
#define NOON_MIN     (12 * 60)
#define REPEAT_MIN   MS_PER_HOUR
#define REPEAT_MAX   (3 * MS_PER_DAY)
#define FORGED_WITH  SCENARIO_FORGERY_OFFICER_KEY

/* What a request asks for: one or several of them share it. */
struct wanted {
    size_t state, custodian; /* of load: custodians */
    uint64_t until_ms;
    enum scenario_data_kind kind;
    size_t data; /* place among those of its custodian, from 1; 0: not laid out yet */
};

struct drawn {
    uint64_t at_ms;
    size_t number, from, to, burst;
    const struct drawn *repeats;
    const char *type;
    enum scenario_role role;
    enum scenario_class urgency;
    struct wanted *wanted; /* NULL: it asks for no data */
    bool misdirected, forged;
};

struct drawing {
    const struct scenario *scenario;
    const struct scenario_load *load;
    struct arena *arena;
    struct places places;
    uint64_t seed;
    struct drawn *list; /* as drawn: in bursts first */
    size_t count;
};

static void *take(struct arena *arena, size_t count, size_t size)
{
    void *taken = arena_zero(arena, count, size);
    ensure(taken != NULL);
    return taken;
}

static bool happens(uint32_t chance, struct stream *stream)
{
    return scenario_happens(chance, stream_next(stream));
}

/* --- when --- */

struct moment {
    bool office, rush; /* rush: the afternoon of the last working day of a week */
};

static struct moment look_at(const struct scenario_state *state, uint64_t at_ms)
{
    const struct calendar_entry *calendar = &state->calendar;
    int64_t local = zone_local_ms(state->zone.zone, at_ms), date = local_date(local);
    unsigned minute = (unsigned)((local - date * (int64_t)MS_PER_DAY) / (int64_t)MS_PER_MINUTE);
    bool office = calendar_entry_works_on(calendar, date) && day_span_has(state->week.hours, minute);
    bool tomorrow = (calendar->week >> date_weekday(date + 1) & 1) != 0;
    return (struct moment){.office = office, .rush = office && !tomorrow && minute >= NOON_MIN};
}

/* In the hours of who asks, mostly, and most of all before its week ends. */
static uint64_t draw_time(const struct drawing *d, size_t from, struct stream *stream)
{
    const struct scenario_load_when *when = &d->load->when;
    const struct scenario_state *state = &d->scenario->states.list[from];
    const uint64_t most = when->friday > SCENARIO_MILLION ? when->friday : SCENARIO_MILLION;
    const bool office = happens(when->office, stream);
    uint64_t at = 0;
    for (unsigned i = 0; i < TRIES_MAX; i++) {
        at = d->scenario->clock.start_ms + stream_below(stream, d->scenario->clock.length_ms);
        const struct moment moment = look_at(state, at);
        const uint64_t weight = moment.rush ? when->friday : SCENARIO_MILLION;
        if (moment.office == office && (!office || stream_below(stream, most) < weight)) {
            break;
        }
    }
    return at;
}

/* --- what --- */

static const struct scenario_load_share *share_of(const struct scenario_load_share *list, size_t count,
                                                  struct stream *stream)
{
    uint64_t at = stream_below(stream, SCENARIO_MILLION), sum = 0;
    size_t i = 0;
    while (i + 1 < count && at >= sum + list[i].share) {
        sum += list[i++].share;
    }
    return count == 0 ? NULL : &list[i];
}

/* Data that are still there when they are asked for live on for a part of their time. */
static struct wanted *draw_wanted(const struct drawing *d, const struct drawn *drawn, struct stream *stream)
{
    static const enum scenario_data_kind kinds[] = {SCENARIO_DATA_TRAFFIC, SCENARIO_DATA_SUBSCRIBER,
                                                    SCENARIO_DATA_CONTENT};
    const struct scenario_load *load = d->load;
    const struct scenario_load_share *custodian =
        share_of(load->custodians.list, load->custodians.count, stream);
    const struct scenario_load_share *retention =
        share_of(load->retention.list, load->retention.count, stream);
    struct wanted *wanted = take(d->arena, 1, sizeof *wanted);
    const uint64_t keeps = retention == NULL ? 0 : retention->keeps;
    *wanted = (struct wanted){.state = drawn->to,
                              .custodian = custodian == NULL ? 0 : (size_t)(custodian - load->custodians.list),
                              .until_ms = keeps == 0 ? 0 : drawn->at_ms + 1 + stream_below(stream, keeps),
                              .kind = kinds[stream_below(stream, sizeof kinds / sizeof kinds[0])]};
    return wanted;
}

/* The kinds of a load, as kinds of request. */
static const struct kind {
    size_t chance; /* in struct scenario_load_kinds */
    const char *types[3];
    bool data[3];
    enum scenario_role role;
    enum scenario_class urgency;
} kinds[] = {
    {offsetof(struct scenario_load_kinds, hold),
     {"preservation", "preservation", "preservation"},
     {true, true, true},
     SCENARIO_ROLE_POC,
     SCENARIO_URGENT},
    {offsetof(struct scenario_load_kinds, assistance),
     {"stored-data", "stored-data", "records"},
     {true, true, true},
     SCENARIO_ROLE_CENTRAL,
     SCENARIO_ROUTINE},
    {offsetof(struct scenario_load_kinds, question),
     {"advice", "legal-info", "locate-provider"},
     {false, false, true},
     SCENARIO_ROLE_POC,
     SCENARIO_ROUTINE},
    {offsetof(struct scenario_load_kinds, emergency),
     {"emergency", "emergency", "emergency"},
     {true, true, true},
     SCENARIO_ROLE_POC,
     SCENARIO_EMERGENCY},
    {offsetof(struct scenario_load_kinds, other),
     {"spontaneous", "police-info", "joint-investigation"},
     {false, false, false},
     SCENARIO_ROLE_POC,
     SCENARIO_ROUTINE},
};
#define KINDS (sizeof kinds / sizeof kinds[0])
#define HOLD  (&kinds[0])

static const struct kind *draw_kind(const struct drawing *d, struct stream *stream)
{
    uint64_t at = stream_below(stream, SCENARIO_MILLION), sum = 0;
    for (size_t i = 0; i < KINDS; i++) {
        uint32_t chance = 0;
        memcpy(&chance, (const char *)&d->load->kinds + kinds[i].chance, sizeof chance);
        sum += chance;
        if (at < sum) {
            return &kinds[i];
        }
    }
    return HOLD;
}

static size_t draw_target(const struct drawing *d, const struct kind *kind, size_t from,
                          struct stream *stream)
{
    const struct scenario_load_seats *seats = &d->load->seats;
    if (kind == HOLD && happens(seats->share, stream)) {
        return places_seat(&d->places, from, stream);
    }
    return happens(seats->near, stream) ? places_near(&d->places, from, stream)
                                        : places_any(&d->places, from, stream);
}

static void be_of(const struct drawing *d, struct drawn *drawn, const struct kind *kind, struct stream *stream)
{
    size_t type = (size_t)stream_below(stream, sizeof kind->types / sizeof kind->types[0]);
    drawn->type = kind->types[type];
    drawn->role = kind->role;
    drawn->urgency = kind->urgency;
    drawn->wanted = kind->data[type] ? draw_wanted(d, drawn, stream) : NULL;
    drawn->forged = kind->urgency == SCENARIO_EMERGENCY && happens(d->load->forged, stream);
    if (kind == HOLD && happens(d->load->misdirected, stream)) {
        drawn->to = places_any(&d->places, drawn->from, stream);
        drawn->misdirected = drawn->to != drawn->wanted->state;
    }
}

/* The same once more, by the same State. */
static void repeat(const struct drawing *d, struct drawn *drawn, const struct drawn *of, uint64_t most_ms,
                   struct stream *stream)
{
    const size_t number = drawn->number;
    *drawn = *of;
    drawn->number = number;
    drawn->repeats = of->repeats != NULL ? of->repeats : of;
    drawn->at_ms = of->at_ms + stream_between(stream, REPEAT_MIN, most_ms);
    drawn->at_ms = drawn->at_ms < d->scenario->clock.end_ms ? drawn->at_ms : d->scenario->clock.end_ms - 1;
}

/* --- all of them --- */

static struct drawn *next(struct drawing *d)
{
    struct drawn *drawn = &d->list[d->count++];
    drawn->number = d->count;
    return drawn;
}

/* Several States ask for the same server within hours. */
static void draw_burst(struct drawing *d, size_t burst)
{
    const struct scenario_load_bursts *bursts = &d->load->bursts;
    struct stream stream = stream_of(d->seed, "load burst", burst);
    const uint64_t lasts = bursts->lasts < d->scenario->clock.length_ms ? bursts->lasts : MS_PER_HOUR;
    const uint64_t begins =
        d->scenario->clock.start_ms + stream_below(&stream, d->scenario->clock.length_ms - lasts + 1);
    const struct drawn *first = &d->list[d->count];
    size_t target = 0;
    for (uint64_t i = 0; i < bursts->states; i++) {
        const size_t before = (size_t)(&d->list[d->count] - first);
        struct drawn *drawn = next(d);
        drawn->burst = burst;
        if (before != 0 && happens(bursts->duplicates, &stream)) {
            repeat(d, drawn, &first[stream_below(&stream, before)], REPEAT_MIN + lasts, &stream);
            continue;
        }
        drawn->from = places_sender(&d->places, &stream);
        target = before == 0 ? places_seat(&d->places, drawn->from, &stream) : target;
        drawn->from = drawn->from == target ? places_any(&d->places, target, &stream) : drawn->from;
        drawn->to = target;
        drawn->at_ms = begins + stream_below(&stream, lasts);
        be_of(d, drawn, HOLD, &stream);
        drawn->wanted = before == 0 ? drawn->wanted : first->wanted;
    }
}

static void draw_one(struct drawing *d, size_t ones)
{
    struct stream stream = stream_of(d->seed, "load", d->count - ones);
    const size_t earlier = d->count;
    struct drawn *drawn = next(d);
    if (earlier != ones && happens(d->load->duplicates, &stream)) {
        repeat(d, drawn, &d->list[ones + stream_below(&stream, earlier - ones)], REPEAT_MAX, &stream);
        return;
    }
    const struct kind *kind = draw_kind(d, &stream);
    drawn->from = places_sender(&d->places, &stream);
    drawn->to = draw_target(d, kind, drawn->from, &stream);
    drawn->at_ms = draw_time(d, drawn->from, &stream);
    be_of(d, drawn, kind, &stream);
}

static void draw_all(struct drawing *d)
{
    const struct scenario_load_bursts *bursts = &d->load->bursts;
    const uint64_t days = d->scenario->clock.length_ms / MS_PER_HOUR;
    const size_t wanted = (size_t)(d->load->a_year * days / (YEAR_DAYS * 24));
    const size_t burst_count =
        bursts->states == 0 ? 0 : (size_t)(wanted * bursts->share / SCENARIO_MILLION / bursts->states);
    d->list = take(d->arena, wanted + 1, sizeof *d->list);
    for (size_t i = 1; i <= burst_count; i++) {
        draw_burst(d, i);
    }
    const size_t ones = d->count;
    while (d->count < wanted) {
        draw_one(d, ones);
    }
}

static int by_time(const void *a, const void *b)
{
    const struct drawn *x = *(const struct drawn *const *)a, *y = *(const struct drawn *const *)b;
    return x->at_ms != y->at_ms ? (x->at_ms > y->at_ms) - (x->at_ms < y->at_ms)
                                : (x->number > y->number) - (x->number < y->number);
}

/* --- laid out as a scenario has it --- */

struct layout {
    struct load *load;
    size_t kinds;                  /* of custodian */
    size_t *counts;                /* of data, by State and kind of custodian */
    struct scenario_provider *own; /* of the load, in that order */
};

static struct scenario_data *data_of(const struct layout *l, const struct wanted *wanted)
{
    const struct scenario_provider *of = &l->own[wanted->state * l->kinds + wanted->custodian];
    return (struct scenario_data *)(uintptr_t)&of->data.list[wanted->data - 1];
}

static void add_provider(struct layout *l, size_t state, size_t custodian)
{
    struct load *load = l->load;
    const struct scenario_load *shares = &load->scenario.load;
    const size_t place = state * l->kinds + custodian;
    const struct scenario_state *of = &load->scenario.states.list[state];
    const struct scenario_load_share *share =
        shares->custodians.count == 0 ? NULL : &shares->custodians.list[custodian];
    l->own[place] = (struct scenario_provider){
        .name = arena_format(load->arena, "Custodian %zu in %s", custodian + 1, of->name),
        .state = of,
        .custodian = share == NULL ? NULL : share->custodian,
        .never = share == NULL ? 0 : share->never,
        .nothing = shares->nothing,
    };
    ensure(l->own[place].name != NULL);
    l->own[place].data.list = take(load->arena, l->counts[place] + 1, sizeof(struct scenario_data));
    l->own[place].data.count = l->counts[place];
}

static void lay_out_providers(struct layout *l, struct drawing *d)
{
    struct load *load = l->load;
    struct scenario *s = &load->scenario;
    const size_t count = s->states.count * l->kinds;
    struct scenario_provider *list = take(load->arena, s->providers.count + count, sizeof *list);
    for (size_t i = 0; i < s->providers.count; i++) {
        list[i] = s->providers.list[i];
    }
    l->own = &list[s->providers.count];
    l->counts = take(load->arena, count, sizeof *l->counts);
    for (size_t i = 0; i < d->count; i++) {
        struct wanted *wanted = d->list[i].wanted;
        if (wanted != NULL && wanted->data == 0) {
            wanted->data = ++l->counts[wanted->state * l->kinds + wanted->custodian];
        }
    }
    for (size_t i = 0; i < count; i++) {
        add_provider(l, i / l->kinds, i % l->kinds);
    }
    s->providers.list = list;
    s->providers.count += count;
}

static const struct scenario_unit *unit_of(const struct scenario_state *state, enum scenario_role role)
{
    const struct scenario_unit *found = &state->units.list[0];
    for (size_t i = state->units.count; i != 0; i--) {
        found = state->units.list[i - 1].role == role ? &state->units.list[i - 1] : found;
    }
    return found;
}

static void fill_data(struct layout *l, const struct wanted *wanted, const char *label)
{
    struct scenario_provider *provider = &l->own[wanted->state * l->kinds + wanted->custodian];
    struct scenario_data *data = data_of(l, wanted);
    if (data->label == NULL) {
        *data = (struct scenario_data){
            .label = label,
            .text = "As the load has it",
            .provider = provider,
            .kind = wanted->kind,
            .identifier = {.kind = SCENARIO_IDENTIFIER_ACCOUNT, .value = label},
            .until_ms = wanted->until_ms,
        };
    }
}

static void lay_out_request(struct layout *l, const struct drawn *drawn, struct load_request *ret)
{
    struct load *load = l->load;
    const struct scenario_state *states = load->scenario.states.list;
    const char *id = arena_format(load->arena, "load-%zu", (size_t)(ret - load->list) + 1);
    ensure(id != NULL);
    *ret = (struct load_request){
        .inject = {.id = id,
                   .at = drawn->at_ms,
                   .kind = SCENARIO_INJECT_REQUEST,
                   .from = unit_of(&states[drawn->from], drawn->role),
                   .to = unit_of(&states[drawn->to], drawn->role),
                   .type = drawn->type,
                   .urgency = drawn->urgency,
                   .mla = true,
                   .forged = drawn->forged ? FORGED_WITH : SCENARIO_FORGERY_NONE},
        .burst = drawn->burst,
        .misdirected = drawn->misdirected,
    };
    if (drawn->wanted != NULL) {
        const struct scenario_data **one = take(load->arena, 1, sizeof *one);
        fill_data(l, drawn->wanted, id);
        *one = data_of(l, drawn->wanted);
        ret->inject.data.list = one;
        ret->inject.data.count = 1;
    }
}

static void lay_out(struct load *load, struct drawing *d)
{
    const size_t custodians = load->scenario.load.custodians.count;
    struct layout l = {.load = load, .kinds = custodians == 0 ? 1 : custodians};
    const struct drawn **order = take(load->arena, d->count + 1, sizeof *order);
    size_t *number = take(load->arena, d->count + 1, sizeof *number); /* by the number it was drawn with */
    for (size_t i = 0; i < d->count; i++) {
        order[i] = &d->list[i];
    }
    qsort(order, d->count, sizeof *order, by_time);
    lay_out_providers(&l, d);
    load->list = take(load->arena, d->count + 1, sizeof *load->list);
    load->count = d->count;
    for (size_t i = 0; i < d->count; i++) {
        number[order[i]->number] = i + 1;
        lay_out_request(&l, order[i], &load->list[i]);
    }
    for (size_t i = 0; i < d->count; i++) {
        load->list[i].duplicate_of = order[i]->repeats == NULL ? 0 : number[order[i]->repeats->number];
    }
}

struct load *load_draw(const struct scenario *scenario, uint64_t seed)
{
    if (!scenario->load.given || scenario->states.count < 2) {
        return NULL;
    }
    struct arena *arena = arena_new(ARENA_BYTES);
    struct load *load = arena == NULL ? NULL : arena_zero(arena, 1, sizeof *load);
    ensure(load != NULL);
    load->arena = arena;
    load->scenario = *scenario;
    struct drawing d = {.scenario = scenario, .load = &scenario->load, .arena = arena, .seed = seed};
    places_draw(&d.places, scenario, seed, arena);
    draw_all(&d);
    lay_out(load, &d);
    return load;
}

void load_free(struct load *load)
{
    if (load != NULL) {
        arena_free(load->arena);
    }
}
