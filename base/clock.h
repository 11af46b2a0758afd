/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two kinds of time that cannot be mixed up. Only hosts read clocks; a core is given both by its turn.
 */
#ifndef COMITY_BASE_CLOCK_H
#define COMITY_BASE_CLOCK_H

#include <stdint.h>

/* Milliseconds since 1970-01-01T00:00:00Z. Law, expiry, stamps. May jump either way. */
typedef struct {
    uint64_t ms;
} wall_ms;

/* Milliseconds since some fixed moment of this boot. Retries, credit, heartbeats. Never goes back. */
typedef struct {
    uint64_t ms;
} mono_ms;

#define MONO_NEVER ((mono_ms){.ms = UINT64_MAX}) /* a deadline that does not come */

#define MS_PER_SECOND UINT64_C(1000)
#define MS_PER_MINUTE (60 * MS_PER_SECOND)
#define MS_PER_HOUR   (60 * MS_PER_MINUTE)
#define MS_PER_DAY    (24 * MS_PER_HOUR)

static inline mono_ms mono_earlier(mono_ms a, mono_ms b)
{
    return a.ms < b.ms ? a : b;
}

/* t + ms, held at MONO_NEVER instead of wrapping. */
static inline mono_ms mono_after(mono_ms t, uint64_t ms)
{
    return (mono_ms){.ms = t.ms > UINT64_MAX - ms ? UINT64_MAX : t.ms + ms};
}

#endif
