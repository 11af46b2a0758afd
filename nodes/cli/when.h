/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Moments as officers write and read them. Written: RFC 3339 with zone; for a date that is to come also YYYY-MM-DD (the end
 * of that day, 24:00, in the party's zone) and +90m, +2h, +3d; for one that is past also "now".
 */
#ifndef COMITY_NODES_CLI_WHEN_H
#define COMITY_NODES_CLI_WHEN_H

#include "base/arena.h"
#include "base/clock.h"
#include "base/instant.h"
#include "base/zone.h"
#include "nodes/cli/cli.h"

enum when_kind {
    WHEN_TO_COME, /* --by, --until, --expires */
    WHEN_PAST,    /* --from, --served */
};

/* False: *ret_fault says what is wrong and what to write. zone NULL: not known, then a date alone is refused. */
MUST_USE bool when_read(const char *text, enum when_kind, wall_ms now, const struct zone *,
                        const struct cli *, struct instant *ret, const char **ret_fault);

/* "30s", "5m", "2h", "250ms" in milliseconds; 1 ms to 30 days. */
MUST_USE bool when_read_span(const char *text, uint64_t *ret_ms);

/* "Sat 21 Nov 14:00" in the zone (NULL: UTC, ends in "Z"); with the year when it is half a year from now or more. */
const char *when_local(const struct cli *, uint64_t now_ms, uint64_t ms, const struct zone *);
/* The same on the clock that the moment was written by: "Sat 21 Nov 14:00". */
const char *when_there(const struct cli *, struct instant);
/*
 * The same moment on another clock, to stand beside when_local(): "08:00", or "Sun 08:00" where the day is not that of the
 * first zone. zone NULL: UTC, ends in "Z".
 */
const char *when_beside(const struct cli *, uint64_t ms, const struct zone *, const struct zone *first);
/* "in 2d04h", "in 07h42", "in 42m"; "3h10 ago". */
const char *when_distance(const struct cli *, uint64_t now_ms, uint64_t ms);

#endif
