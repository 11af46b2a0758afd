/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/report/player.h"

#include "base/clock.h"

#define WHOLE_S 120

static const struct moment *next_moment(const struct player *p)
{
    return p->next < p->last ? &p->timeline->moments[p->next] : NULL;
}

void player_begin(struct player *p, const struct timeline *timeline, uint64_t from_ms, uint64_t until_ms)
{
    p->timeline = timeline;
    p->now_ms = from_ms;
    p->first = p->next = timeline_find(timeline, from_ms);
    p->last = until_ms == UINT64_MAX ? timeline->count : timeline_find(timeline, until_ms + 1);
    p->last = p->last < p->first ? p->first : p->last;
    p->skipped_ms = 0;
    p->paused = false;
    p->over = p->first == p->last;
}

uint64_t player_speed(const struct timeline *timeline, uint64_t from_ms, uint64_t until_ms)
{
    static const uint64_t round[] = {1, 10, 60, 600, 3600, 6 * 3600, 86400, 7 * 86400};
    const size_t count = sizeof round / sizeof round[0];
    uint64_t from = from_ms > timeline->start_ms ? from_ms : timeline->start_ms;
    uint64_t until = until_ms < timeline->end_ms ? until_ms : timeline->end_ms;
    uint64_t whole_s = until > from ? (until - from) / 1000 : 0;
    size_t i = 0;
    while (i + 1 < count && whole_s / round[i] > WHOLE_S) {
        i++;
    }
    return round[i];
}

static void show_next(struct player *p)
{
    const struct moment *moment = next_moment(p);
    p->now_ms = moment->at_ms > p->now_ms ? moment->at_ms : p->now_ms;
    p->next++;
    p->over = p->next == p->last && !p->paused;
    p->show(p->context, moment, p->skipped_ms, false);
    p->skipped_ms = 0;
}

/* What would be silence for long is over in a beat. */
static void skip(struct player *p)
{
    const struct moment *moment = next_moment(p);
    if (moment != NULL && moment->at_ms > p->now_ms &&
        moment->at_ms - p->now_ms > PLAYER_QUIET_MAX_MS * p->speed) {
        p->skipped_ms = moment->at_ms - p->now_ms - PLAYER_BEAT_MS * p->speed;
        p->now_ms += p->skipped_ms;
    }
}

void player_pass(struct player *p, uint64_t passed_ms)
{
    if (p->paused || p->over) {
        return;
    }
    uint64_t until_ms = p->now_ms + passed_ms * p->speed;
    for (const struct moment *moment = NULL;
         (moment = next_moment(p)) != NULL && moment->at_ms <= until_ms;) {
        show_next(p);
    }
    p->now_ms = until_ms;
    skip(p);
}

uint64_t player_wait_ms(const struct player *p)
{
    const struct moment *moment = next_moment(p);
    if (p->paused || p->over || moment == NULL) {
        return UINT64_MAX;
    }
    uint64_t left_ms = moment->at_ms > p->now_ms ? moment->at_ms - p->now_ms : 0;
    return (left_ms + p->speed - 1) / p->speed;
}

static void back(struct player *p)
{
    p->paused = true;
    p->over = false;
    if (p->next <= p->first + 1) {
        return;
    }
    p->next--;
    p->skipped_ms = 0;
    const struct moment *moment = &p->timeline->moments[p->next - 1];
    p->now_ms = moment->at_ms;
    p->show(p->context, moment, 0, true);
}

void player_key(struct player *p, enum player_key key)
{
    switch (key) {
    case PLAYER_PAUSE:
        p->paused = !p->paused;
        p->over = !p->paused && p->next == p->last;
        break;
    case PLAYER_NEXT:
        p->paused = true;
        if (next_moment(p) != NULL) {
            show_next(p);
        }
        break;
    case PLAYER_BACK:
        back(p);
        break;
    case PLAYER_FASTER:
        p->speed = p->speed > PLAYER_SPEED_MAX / 2 ? PLAYER_SPEED_MAX : p->speed * 2;
        break;
    case PLAYER_SLOWER:
        p->speed = p->speed < 2 ? 1 : p->speed / 2;
        break;
    case PLAYER_QUIT:
        p->over = true;
        break;
    }
}
