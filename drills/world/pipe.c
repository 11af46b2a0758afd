/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/world/pipe.h"

#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "drills/world/events.h"

#define MILLION UINT64_C(1000000)

size_t pipe_clear(struct pipe *pipe)
{
    size_t frames = pipe->frames;
    for (struct parcel *parcel = pipe->first, *next = NULL; parcel != NULL; parcel = next) {
        next = parcel->next;
        free(parcel);
    }
    pipe->first = pipe->last = NULL;
    pipe->frames = 0;
    pipe->bytes = 0;
    return frames;
}

/* The time of arrival of what leaves at departs_us; the wire is busy until it is gone. */
static uint64_t schedule(struct pipe *pipe, const struct parcel *parcel, uint64_t departs_us,
                         const struct link_nature *nature, enum world_direction direction,
                         struct stream *random)
{
    uint64_t at = later_us(departs_us, pipe->wire_free_us);
    if (nature->bytes_per_s != 0) {
        at += parcel->size * MILLION / nature->bytes_per_s;
    }
    pipe->wire_free_us = at;
    if (nature->delay_max_us != 0) {
        at += stream_tailed(random, nature->delay_min_us, nature->delay_max_us);
    }
    uint64_t pace = nature->frames_per_s[direction];
    uint64_t after = pipe->last_arrival_us;
    if (pace != 0 && parcel->kind == PARCEL_FRAME) {
        after += (MILLION + pace - 1) / pace;
    }
    return pipe->last_arrival_us = later_us(at, after);
}

static struct parcel *parcel_new(enum parcel_kind kind, struct bytes bytes)
{
    struct parcel *parcel = malloc(sizeof *parcel + bytes.size);
    ensure(parcel != NULL);
    parcel->next = NULL;
    parcel->kind = kind;
    parcel->size = bytes.size;
    if (bytes.size != 0) {
        memcpy(parcel->bytes, bytes.data, bytes.size);
    }
    return parcel;
}

/* One byte, or a few in a row, become others. */
static void corrupt(struct parcel *parcel, struct stream *random)
{
    uint64_t at = stream_below(random, parcel->size);
    uint64_t count = stream_between(random, 1, 4);
    for (uint64_t i = at; i < parcel->size && i < at + count; i++) {
        parcel->bytes[i] ^= (uint8_t)stream_between(random, 1, 255);
    }
}

static void append(struct pipe *pipe, struct parcel *parcel)
{
    if (pipe->last == NULL) {
        pipe->first = parcel;
    } else {
        pipe->last->next = parcel;
    }
    pipe->last = parcel;
}

/* The last two frames change places and times. False: what is before the last is no frame. */
static bool swap_last(struct pipe *pipe)
{
    struct parcel **at = &pipe->first;
    while ((*at)->next != pipe->last) {
        at = &(*at)->next;
    }
    struct parcel *before = *at;
    struct parcel *after = pipe->last;
    uint64_t earlier_us = before->arrives_us;
    if (before->kind != PARCEL_FRAME) {
        return false;
    }
    before->arrives_us = after->arrives_us;
    after->arrives_us = earlier_us;
    *at = after;
    after->next = before;
    before->next = NULL;
    pipe->last = before;
    return true;
}

static void put_one(struct pipe *pipe, enum parcel_kind kind, struct bytes bytes, uint64_t departs_us,
                    const struct link_nature *nature, enum world_direction direction, struct stream *random,
                    struct link_strikes *strikes)
{
    struct parcel *parcel = parcel_new(kind, bytes);
    bool frame = kind == PARCEL_FRAME;
    if (frame && parcel->size != 0 && nature->corrupt != 0 && stream_chance(random, nature->corrupt)) {
        corrupt(parcel, random);
        strikes->corrupted++;
    }
    parcel->arrives_us = nature->stalled[direction]
                             ? PIPE_HELD
                             : schedule(pipe, parcel, departs_us, nature, direction, random);
    append(pipe, parcel);
    pipe->frames += frame;
    pipe->bytes += parcel->size;
    if (frame && nature->reorder != 0 && stream_chance(random, nature->reorder) && pipe->first != parcel) {
        strikes->reordered += swap_last(pipe);
    }
}

struct link_strikes pipe_put(struct pipe *pipe, enum parcel_kind kind, struct bytes bytes,
                             uint64_t departs_us, const struct link_nature *nature,
                             enum world_direction direction, struct stream *random)
{
    struct link_strikes strikes = {.corrupted = 0};
    put_one(pipe, kind, bytes, departs_us, nature, direction, random, &strikes);
    if (kind == PARCEL_FRAME && nature->duplicate != 0 && stream_chance(random, nature->duplicate)) {
        put_one(pipe, kind, bytes, departs_us, nature, direction, random, &strikes);
        strikes.duplicated++;
    }
    return strikes;
}

struct parcel *pipe_take(struct pipe *pipe, uint64_t now_us)
{
    struct parcel *parcel = pipe->first;
    if (parcel == NULL || parcel->arrives_us > now_us) {
        return NULL;
    }
    pipe->first = parcel->next;
    pipe->last = pipe->first == NULL ? NULL : pipe->last;
    pipe->frames -= parcel->kind == PARCEL_FRAME;
    pipe->bytes -= parcel->size;
    return parcel;
}

uint64_t pipe_next_us(const struct pipe *pipe)
{
    return pipe->first == NULL ? PIPE_HELD : pipe->first->arrives_us;
}

void pipe_hold(struct pipe *pipe, uint64_t now_us)
{
    for (struct parcel *parcel = pipe->first; parcel != NULL; parcel = parcel->next) {
        parcel->arrives_us = parcel->arrives_us > now_us ? PIPE_HELD : parcel->arrives_us;
    }
    pipe->wire_free_us = pipe->wire_free_us > now_us ? now_us : pipe->wire_free_us;
    pipe->last_arrival_us = pipe->last_arrival_us > now_us ? now_us : pipe->last_arrival_us;
}

void pipe_let_go(struct pipe *pipe, uint64_t now_us, const struct link_nature *nature,
                 enum world_direction direction, struct stream *random)
{
    for (struct parcel *parcel = pipe->first; parcel != NULL; parcel = parcel->next) {
        if (parcel->arrives_us == PIPE_HELD) {
            parcel->arrives_us = schedule(pipe, parcel, now_us, nature, direction, random);
        }
    }
}
