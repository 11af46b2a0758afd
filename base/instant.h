/* SPDX-License-Identifier: Apache-2.0 */
/* A moment as a person wrote it: milliseconds UTC and the offset of the writer's clock. RFC 3339 in text. */
#ifndef COMITY_BASE_INSTANT_H
#define COMITY_BASE_INSTANT_H

#include "base/attributes.h"
#include "base/bytes.h"

struct instant {
    int64_t ms;         /* since 1970-01-01T00:00:00Z; years 1 to 9999 */
    int32_t offset_min; /* east of UTC, -1439 .. 1439 */
};

#define INSTANT_MS_MIN (-INT64_C(62135596800000)) /* 0001-01-01T00:00:00Z */
#define INSTANT_MS_MAX INT64_C(253402300799999)   /* 9999-12-31T23:59:59.999Z */

#define INSTANT_TEXT_MAX 40 /* with the terminating zero */

enum instant_outcome {
    INSTANT_OK,
    INSTANT_MALFORMED, /* not YYYY-MM-DDTHH:MM:SS[.fff](Z|+HH:MM|-HH:MM), no such date or time, or outside years 1 to 9999 in UTC */
    INSTANT_NO_ZONE,   /* all there but the zone: a fault people make, with a message of its own */
    INSTANT_DATE_ONLY, /* YYYY-MM-DD */
};

/* Reads RFC 3339 5.6 with at most three decimals. Leap second 60 is read as 59. ret untouched on failure. */
MUST_USE enum instant_outcome instant_read(struct bytes text, struct instant *ret);

/* YYYY-MM-DD to midnight UTC of that day. */
MUST_USE bool instant_read_date(struct bytes text, int64_t *ret_ms);

/* True if ms and offset_min are in their ranges: to be asked of numbers that came from elsewhere. */
bool instant_in_range(struct instant);

/*
 * Writes with the instant's own offset, "Z" when it is 0 or would leave the years 1 to 9999, decimals only when not
 * zero. An instant out of range is held at the nearest one in range. Returns ret.
 */
char *instant_write(char ret[INSTANT_TEXT_MAX], struct instant);

/* The civil date of a moment shifted by the offset; held in range like instant_write(). */
struct civil {
    int year, month, day, hour, minute, second, milli, weekday; /* weekday 0 = Sunday */
};
struct civil instant_civil(struct instant);

/* Days since 1970-01-01 of a proleptic Gregorian date. */
int64_t civil_days(int year, int month, int day);

#endif
