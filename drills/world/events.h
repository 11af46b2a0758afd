/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is to happen in a world, in the order (time, number): a binary heap. An event is never taken out before its time; whoever
 * changed his mind in between knows the number of the one that counts and skips the others.
 */
#ifndef COMITY_DRILLS_WORLD_EVENTS_H
#define COMITY_DRILLS_WORLD_EVENTS_H

#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"

enum event_kind {
    EVENT_WAKE,    /* subject: an actor that may have something to do */
    EVENT_ARRIVAL, /* subject: a connection; the first frame of a direction of it has come */
    EVENT_CONNECT, /* subject: a party whose node tries to connect */
    EVENT_CALL,    /* of world_at() */
};

static inline uint64_t later_us(uint64_t a_us, uint64_t b_us)
{
    return a_us > b_us ? a_us : b_us;
}

struct event {
    uint64_t at_us;
    uint64_t number; /* given by events_add(), from 1 */
    enum event_kind kind;
    unsigned direction; /* ARRIVAL: enum world_direction */
    uint64_t subject;
    void (*what)(void *context); /* CALL */
    void *context;
};

struct events {
    struct event *heap;
    size_t count, room;
    uint64_t last;
};

void events_done(struct events *); /* an all-zero struct events is an empty heap */
/* Returns the number. */
uint64_t events_add(struct events *, struct event);
/* The next one, or NULL; valid until the next call. */
const struct event *events_first(const struct events *);
void events_take(struct events *); /* takes the first out; there is one */

#endif
