/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When somebody works: a week, hours, holidays. Pure: a zone (base/zone.h) says what the local time is, NULL is UTC. Dates are
 * days since 1970-01-01.
 */
#ifndef COMITY_BASE_CALENDAR_H
#define COMITY_BASE_CALENDAR_H

#include "base/zone.h"

/* A stretch of each local day, in minutes after midnight; until <= from: over midnight. Both 0: none is given. */
struct day_span {
    uint16_t from_min, until_min; /* until: at most 1440 */
};
bool day_span_given(struct day_span);
bool day_span_has(struct day_span, unsigned minute); /* false when none is given */

#define CALENDAR_HOLIDAYS_MAX 200

struct calendar_entry {
    uint8_t week;            /* working days: bit 0 is Sunday, bit 6 Saturday; never 0 */
    struct day_span hours;   /* staffed, on working days; not given: all of them */
    struct day_span on_call; /* outside these somebody can be called, on every day */
    const int32_t *holidays; /* days since 1970-01-01, ascending: no working days */
    size_t holiday_count;
};

/* 0 is Sunday. */
unsigned date_weekday(int64_t date);
/* The local time of a moment, counted as if it were UTC; held at the end of the year 9999. */
int64_t zone_local_ms(const struct zone *, uint64_t ms);
/* The date of a local time that is counted so. */
int64_t local_date(int64_t local_ms);

bool calendar_entry_is_holiday(const struct calendar_entry *, int64_t date);
/* Whether the date is a working day. */
bool calendar_entry_works_on(const struct calendar_entry *, int64_t date);

/*
 * The n-th working day after the local date of that moment, at the same local time of day: from a Friday, from a Saturday and
 * from a Sunday the first working day of a week of Monday to Friday is the Monday. Where a jump of the clock leaves that time
 * out, the first moment after; where it comes twice, the first. n = 0: the moment itself.
 */
uint64_t calendar_entry_workdays_after(const struct calendar_entry *, const struct zone *, uint64_t ms,
                                       uint64_t n);

/* The n-th working day before, likewise; 0: that is before 1970. */
uint64_t calendar_entry_workdays_before(const struct calendar_entry *, const struct zone *, uint64_t ms,
                                        uint64_t n);

/* S, C and X of the measures: who is there at a moment. */
enum staffing { STAFFED = 1, ON_CALL, CLOSED };
/* Staffed: a working day, within its hours (all of it, where none are given). */
enum staffing calendar_entry_staffing(const struct calendar_entry *, const struct zone *, uint64_t ms);

/* It stays so at least until then: until the first moment after at which it is another, if that comes within eight days. */
struct staffing_span {
    enum staffing staffing;
    uint64_t until_ms; /* after the moment asked for, but at the end of time */
};
struct staffing_span calendar_entry_staffing_span(const struct calendar_entry *, const struct zone *,
                                                  uint64_t ms);

#endif
