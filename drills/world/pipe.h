/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One direction of a connection: what was said and not yet read, in order, each with the time it arrives. When that is follows
 * from how the line behaves (link.h) at the moment it is said; what a stalled line holds arrives after it is let go.
 */
#ifndef COMITY_DRILLS_WORLD_PIPE_H
#define COMITY_DRILLS_WORLD_PIPE_H

#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "drills/world/link.h"

#define PIPE_HELD UINT64_MAX /* of arrives_us: not before the line is let go */

enum parcel_kind {
    PARCEL_UP, /* the connection stands */
    PARCEL_FRAME,
    PARCEL_END, /* the other end has closed it */
};

struct parcel {
    struct parcel *next;
    enum parcel_kind kind;
    uint64_t arrives_us;
    size_t size;
    uint8_t bytes[];
};

struct pipe {
    struct parcel *first, *last;
    size_t frames; /* PARCEL_FRAMEs in it */
    uint64_t bytes;
    uint64_t wire_free_us;    /* when what was said so far has left */
    uint64_t last_arrival_us; /* nothing said later arrives earlier */
};

/* An all-zero struct pipe is an empty one. Returns how many frames were thrown away. */
size_t pipe_clear(struct pipe *);
/*
 * Says something at departs_us. The bytes are copied; of a hostile line the copy is corrupted, doubled, or put before the frame
 * in front of it: what of that happened now.
 */
struct link_strikes pipe_put(struct pipe *, enum parcel_kind, struct bytes, uint64_t departs_us,
                             const struct link_nature *, enum world_direction, struct stream *);
/* The first parcel that has arrived, the caller's to free(); NULL. */
struct parcel *pipe_take(struct pipe *, uint64_t now_us);
/* When the next one arrives; PIPE_HELD also when there is none. */
uint64_t pipe_next_us(const struct pipe *);
/* The line stalls: what has not arrived is held. It is let go: all that is held leaves now. */
void pipe_hold(struct pipe *, uint64_t now_us);
void pipe_let_go(struct pipe *, uint64_t now_us, const struct link_nature *, enum world_direction,
                 struct stream *);

#endif
