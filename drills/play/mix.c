/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/play/mix.h"

#include <string.h>

#include "base/clock.h"
#include "keys/envelope.h"
#include "keys/prekeys.h"

#define FLURRY_GAP_MS_MAX 2000
#define NAP_MS_MIN        (4 * MS_PER_DAY)
#define NAP_MS_MAX        (70 * MS_PER_DAY)
#define SLEEP_MS_MAX      (250 * MS_PER_DAY) /* of a seed: a roster lasts for 400 days */

/* Lines as they are: in a building, between cities, between continents, over a satellite, over a bad mobile network. */
static const struct link_nature natures[] = {
    {.delay_min_us = 100, .delay_max_us = 2000, .reconnect_us = 100000},
    {.delay_min_us = 5000, .delay_max_us = 60000, .reconnect_us = 200000},
    {.delay_min_us = 60000, .delay_max_us = 400000, .bytes_per_s = 1250000, .reconnect_us = 500000},
    {.delay_min_us = 270000, .delay_max_us = 1500000, .bytes_per_s = 64000, .reconnect_us = 2000000},
    {.delay_min_us = 80000, .delay_max_us = 5000000, .bytes_per_s = 32000, .reconnect_us = 5000000},
};
#define NATURES (sizeof natures / sizeof natures[0])

static void draw_size(struct stream *stream, struct mix *mix)
{
    mix->parties = (size_t)(stream_chance(stream, 850) ? stream_between(stream, 3, 6)
                                                       : stream_between(stream, 7, CAST_PARTIES_MAX));
    mix->letters =
        stream_tailed(stream, 95, 260); /* with what nodes write by themselves, 100 envelopes and more */
    mix->acts_max = 20 * mix->letters;
}

/*
 * Within seconds, over hours, over days: one pace a seed. Who works slowly works in flurries: a long gap costs every
 * link a new beginning.
 */
static void draw_pace(struct stream *stream, struct mix *mix)
{
    static const struct {
        uint64_t min_ms, max_ms, flurry_min, flurry_max;
    } paces[] = {
        {0, 50, 0, 300},
        {10, 2000, 0, 300},
        {200, 30000, 0, 600},
        {1000, 10 * MS_PER_MINUTE, 500, 900},
        {MS_PER_MINUTE, 12 * MS_PER_HOUR, 700, 950},
    };
    size_t pace = (size_t)stream_below(stream, sizeof paces / sizeof paces[0]);
    mix->gap_min_ms = paces[pace].min_ms;
    mix->gap_max_ms = paces[pace].max_ms;
    mix->flurry = (unsigned)stream_between(stream, paces[pace].flurry_min, paces[pace].flurry_max);
}

static void draw_faults(struct stream *stream, struct mix *mix)
{
    uint64_t manner = stream_below(stream, 10);
    unsigned each = manner < 5 ? 150 : 600; /* in 1000: a kind is on */
    for (size_t kind = 0; kind < FAULT_COUNT; kind++) {
        mix->on[kind] = manner > 2 && stream_chance(stream, each);
    }
    if (manner == 1 || manner == 2) {
        mix->on[stream_below(stream, FAULT_COUNT)] = true;
    }
    mix->fault = (unsigned)stream_between(stream, 10, 200);
    mix->backup =
        mix->on[FAULT_RESTORE] || mix->on[FAULT_RESTORE_BROKER] || mix->on[FAULT_LYING_DISK] ? 60 : 0;
}

static void draw_lines(struct stream *stream, struct mix *mix)
{
    bool same = stream_chance(stream, 300);
    size_t nature = (size_t)stream_below(stream, NATURES);
    for (size_t i = 1; i <= mix->parties; i++) {
        mix->lines[i] = natures[same ? nature : stream_below(stream, NATURES)];
    }
}

/* One limit at a time is small, so that the others leave room for progress. */
static void draw_limits(struct stream *stream, struct mix *mix)
{
    struct world_setup *limits = &mix->limits;
    limits->checkpoint_pages = stream_tailed(stream, 100, 4000);
    if (stream_chance(stream, 300)) {
        limits->prekey_days = stream_between(stream, PREKEYS_MIN, PREKEYS_MIN + 4);
    }
    switch (stream_below(stream, 10)) {
    case 0:
        limits->spool_bytes_max = stream_between(stream, 512 * 1024, UINT64_C(4) * 1024 * 1024);
        break;
    case 1:
        limits->quota_envelopes = stream_between(stream, 1, 8);
        break;
    case 2:
        limits->quota_bytes = stream_between(stream, 512 * 1024, UINT64_C(4) * 1024 * 1024);
        break;
    case 3:
        limits->life_ms = stream_between(stream, MS_PER_HOUR, 2 * MS_PER_DAY);
        break;
    default:
        break;
    }
    mix->exercise = stream_chance(stream, 120);
    mix->outsider = (size_t)stream_below(stream, 2 * mix->parties);
    mix->outsider = mix->outsider < mix->parties ? mix->outsider : mix->parties;
}

/* From a stream of its own: a seed without a liar is what it is with none in any. */
static void draw_liar(uint64_t seed, struct mix *mix)
{
    struct stream stream = stream_of(seed, "mix", 2);
    if (mix->parties < CAST_PARTIES_MAX && stream_chance(&stream, 150)) {
        mix->lie = (unsigned)stream_between(&stream, 20, 150);
        mix->liar = (size_t)stream_below(&stream, mix->parties + 1);
        mix->lines[mix->parties + 1] = natures[stream_below(&stream, NATURES)];
    }
}

/*
 * Holds end after 60 days, and clocks of assistance are longer still: some seeds sleep for weeks, a few times. Where somebody lies nobody
 * does: a lie that is as old as that is refused for its age.
 */
static void draw_sleeps(uint64_t seed, struct mix *mix)
{
    struct stream stream = stream_of(seed, "mix", 3);
    mix->sleep_left_ms = mix->lie == 0 ? SLEEP_MS_MAX : 0;
    if (mix->lie == 0 && stream_chance(&stream, 300)) {
        mix->sleep = (unsigned)stream_between(&stream, 20, 50);
    }
}

void mix_draw(uint64_t seed, struct mix *ret)
{
    struct stream stream = stream_of(seed, "mix", 0);
    memset(ret, 0, sizeof *ret);
    draw_size(&stream, ret);
    draw_pace(&stream, ret);
    draw_faults(&stream, ret);
    draw_lines(&stream, ret);
    draw_limits(&stream, ret);
    draw_liar(seed, ret);
    draw_sleeps(seed, ret);
    ret->stream = stream_of(seed, "mix", 1);
}

bool mix_fault(struct mix *mix, enum fault_kind *ret_kind, size_t *ret_actor)
{
    enum fault_kind kinds[FAULT_COUNT];
    size_t count = 0;
    for (size_t kind = 0; kind < FAULT_COUNT; kind++) {
        if (mix->on[kind]) {
            kinds[count++] = (enum fault_kind)kind;
        }
    }
    if (count == 0) {
        return false;
    }
    *ret_kind = kinds[stream_below(&mix->stream, count)];
    bool party_only = *ret_kind == FAULT_RESTORE || *ret_kind == FAULT_REVOKED_OFFICER ||
                      *ret_kind == FAULT_SUSPENDED_PARTY || *ret_kind == FAULT_SMALL_QUOTA;
    bool broker = *ret_kind == FAULT_RESTORE_BROKER || (!party_only && stream_chance(&mix->stream, 350));
    *ret_actor = broker ? WORLD_BROKER : 1 + (size_t)stream_below(&mix->stream, mix->parties);
    return true;
}

uint64_t mix_gap_ms(struct mix *mix)
{
    if (stream_chance(&mix->stream, mix->flurry)) {
        return stream_tailed(&mix->stream, 0,
                             FLURRY_GAP_MS_MAX < mix->gap_max_ms ? FLURRY_GAP_MS_MAX : mix->gap_max_ms);
    }
    return stream_tailed(&mix->stream, mix->gap_min_ms, mix->gap_max_ms);
}

uint64_t mix_sleep_ms(struct mix *mix, uint64_t wanted_ms)
{
    uint64_t ms = wanted_ms;
    if (mix->sleep != 0 && stream_chance(&mix->stream, mix->sleep)) {
        const uint64_t drawn_ms = stream_between(&mix->stream, NAP_MS_MIN, NAP_MS_MAX);
        ms = drawn_ms > wanted_ms ? drawn_ms : wanted_ms;
    }
    ms = ms < mix->sleep_left_ms ? ms : mix->sleep_left_ms;
    mix->sleep_left_ms -= ms;
    return ms;
}

void mix_print(const struct mix *mix, FILE *to)
{
    (void)fprintf(to, "%zu parties, %llu letters, an act each %llu to %llu ms, faults after %u in 1000:",
                  mix->parties, (unsigned long long)mix->letters, (unsigned long long)mix->gap_min_ms,
                  (unsigned long long)mix->gap_max_ms, mix->fault);
    bool any = false;
    for (size_t kind = 0; kind < FAULT_COUNT; kind++) {
        if (mix->on[kind]) {
            (void)fprintf(to, " %s", fault_name((enum fault_kind)kind));
            any = true;
        }
    }
    if (mix->lie != 0) {
        (void)fprintf(to, "%s %s lies after %u in 1000", any ? "," : "", cast_address(mix->liar), mix->lie);
        any = true;
    }
    if (mix->sleep != 0) {
        (void)fprintf(to, "%s sleeps after %u in 1000", any ? "," : "", mix->sleep);
        any = true;
    }
    (void)fprintf(
        to,
        "%s; life %llu ms, %llu prekey days, log %llu pages, spool %llu, quota %llu envelopes %llu bytes%s\n",
        any ? "" : " none", (unsigned long long)mix->limits.life_ms,
        (unsigned long long)mix->limits.prekey_days, (unsigned long long)mix->limits.checkpoint_pages,
        (unsigned long long)mix->limits.spool_bytes_max, (unsigned long long)mix->limits.quota_envelopes,
        (unsigned long long)mix->limits.quota_bytes, mix->exercise ? ", exercise" : "");
}
