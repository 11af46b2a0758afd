/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/world/stream.h"

#include <string.h>

#include "base/ensure.h"

uint64_t splitmix64(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static uint64_t rotate(uint64_t value, unsigned bits)
{
    return value << bits | value >> (64 - bits);
}

/* Each part of the name of a stream goes through the mixer, so that seeds and indexes beside each other share nothing. */
struct stream stream_of(uint64_t seed, const char *name, uint64_t index)
{
    struct stream stream;
    uint64_t state = seed;
    state = splitmix64(&state);
    for (const char *c = name; *c != '\0'; c++) {
        state ^= (unsigned char)*c;
        state = splitmix64(&state);
    }
    state ^= index;
    state = splitmix64(&state);
    for (size_t i = 0; i < 4; i++) {
        stream.state[i] = splitmix64(&state);
    }
    return stream;
}

/* Source: xoshiro256** 1.0 (Blackman, Vigna: Scrambled linear pseudorandom number generators, 2018). */
uint64_t stream_next(struct stream *stream)
{
    uint64_t *s = stream->state;
    uint64_t result = rotate(s[1] * 5, 7) * 9;
    uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 45);
    return result;
}

/* Numbers of the last, incomplete round of the bound are drawn again: no value is more likely than another. */
uint64_t stream_below(struct stream *stream, uint64_t bound)
{
    ensure(bound != 0);
    uint64_t incomplete = (UINT64_MAX - bound + 1) % bound; /* 2^64 mod bound */
    uint64_t value = stream_next(stream);
    while (value < incomplete) {
        value = stream_next(stream);
    }
    return value % bound;
}

uint64_t stream_between(struct stream *stream, uint64_t min, uint64_t max)
{
    ensure(min <= max);
    return max - min == UINT64_MAX ? stream_next(stream) : min + stream_below(stream, max - min + 1);
}

bool stream_chance(struct stream *stream, uint64_t permille)
{
    return stream_below(stream, 1000) < permille;
}

/* The span is halved for each head that a coin shows: half of the waits lie in its first 64th. */
uint64_t stream_tailed(struct stream *stream, uint64_t min, uint64_t max)
{
    ensure(min <= max);
    uint64_t coins = stream_next(stream);
    uint64_t span = (max - min) >> 6;
    for (unsigned i = 0; i < 6 && (coins & 1) != 0; i++, coins >>= 1) {
        span = (max - min) >> (5 - i);
    }
    return stream_between(stream, min, min + span);
}

void stream_bytes(struct stream *stream, uint8_t *ret, size_t size)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < size; i++) {
        bits = i % 8 == 0 ? stream_next(stream) : bits >> 8;
        ret[i] = (uint8_t)bits;
    }
}

static void source_random(void *context, uint8_t *ret, size_t size)
{
    stream_bytes(context, ret, size);
}

struct turn_source stream_source(struct stream *stream)
{
    return (struct turn_source){.random = source_random, .context = stream};
}
