/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stream of numbers that a seed and a name fix. A world has one for each use (network, each disk, each actor, faults,
 * people), so that one more draw in one of them leaves the others as they were. Not for keys of anything real.
 */
#ifndef COMITY_DRILLS_WORLD_STREAM_H
#define COMITY_DRILLS_WORLD_STREAM_H

#include "base/attributes.h"
#include "base/turn.h"

struct stream {
    uint64_t state[4];
};

/* The next number of a state, any at first. Source: Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014. */
uint64_t splitmix64(uint64_t *state);

/* Distinct (seed, name, index) give unrelated streams. Source: xoshiro256** seeded by splitmix64 (Blackman, Vigna). */
struct stream stream_of(uint64_t seed, const char *name, uint64_t index);

uint64_t stream_next(struct stream *);
uint64_t stream_below(struct stream *, uint64_t bound);               /* 0 .. bound - 1; bound is not 0 */
uint64_t stream_between(struct stream *, uint64_t min, uint64_t max); /* both included */
bool stream_chance(struct stream *, uint64_t permille);               /* true so many times in 1000 */
/* Mostly near min, sometimes near max: a whole-number approximation of a long-tailed wait (no floating point). */
uint64_t stream_tailed(struct stream *, uint64_t min, uint64_t max);
void stream_bytes(struct stream *, uint8_t *ret, size_t size);
struct turn_source stream_source(struct stream *); /* borrowed */

#endif
