/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A time zone as a pure function of the bytes of a TZif file (RFC 8536): no environment, no file, no state. A host reads
 * the file and gives the bytes, so that the same zone data give the same dates on every machine and in every world.
 */
#ifndef COMITY_BASE_ZONE_H
#define COMITY_BASE_ZONE_H

#include "base/arena.h"
#include "base/attributes.h"
#include "base/bytes.h"
#include "base/clock.h"

#define ZONE_BYTES_MAX ((size_t)64 * 1024) /* of a file; the longest of the IANA database is under 4 KiB */

struct zone;

/*
 * Reads a TZif file of version 2 or later: its 64-bit block and its footer. Nothing of the bytes is kept; the zone
 * lives as long as the arena. NULL if they are not such a file, count leap seconds ("right/"), or the arena is
 * exhausted (arena_exhausted() tells).
 */
MUST_USE const struct zone *zone_read(struct bytes tzif, struct arena *);

/* Seconds that local time is ahead of UTC at a moment. After the year 9999: as at its end. */
int32_t zone_offset_s(const struct zone *, wall_ms);

/* Until that moment zone_offset_s() stays what it is: the first change of the clock after t; UINT64_MAX: none comes. */
wall_ms zone_next_change(const struct zone *, wall_ms t);

/*
 * The first moment at or after t at which a local date begins: midnight, or where a jump of the clock leaves midnight
 * out, the first moment that date has. Where the clock goes back over midnight and the date begins twice, both count.
 * A moment after the year 9999 is returned as it is.
 */
wall_ms zone_next_midnight(const struct zone *, wall_ms t);

/*
 * The first moment whose local time is at or after that one: local_ms counts as if local time were UTC (civil_days() and the
 * time of day). A time that a jump of the clock leaves out is its first moment after; one that comes twice, its first. Held
 * within 1970 and 9999.
 */
wall_ms zone_at_local(const struct zone *, int64_t local_ms);

#endif
