/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/calendar.h"

#include "base/ensure.h"
#include "base/instant.h"

#define DAY_MS    ((int64_t)MS_PER_DAY)
#define MINUTE_MS INT64_C(60000)

struct calendar calendar_default(void)
{
    static const struct party says_nothing;
    return (struct calendar){.zone = NULL,
                             .entry = *party_calendar(&says_nothing),
                             .lead_days = (uint32_t)party_terms(&says_nothing)->lead_days};
}

/* Of a civil date: 0 is Sunday, as 1970-01-01 was a Thursday. */
static unsigned weekday(int64_t date)
{
    return (unsigned)((date % 7 + 11) % 7);
}

static bool is_holiday(const struct calendar_entry *entry, int64_t date)
{
    size_t low = 0;
    size_t high = entry->holiday_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (entry->holidays[middle] < date) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < entry->holiday_count && entry->holidays[low] == date;
}

bool calendar_works_on(const struct calendar *calendar, int64_t date)
{
    return (calendar->entry.week >> weekday(date) & 1) != 0 && !is_holiday(&calendar->entry, date);
}

/* The local time of a moment, counted as if it were UTC. */
static int64_t local_ms(const struct calendar *calendar, uint64_t ms)
{
    wall_ms at = {.ms = ms < (uint64_t)INSTANT_MS_MAX ? ms : (uint64_t)INSTANT_MS_MAX};
    int32_t offset_s = calendar->zone == NULL ? 0 : zone_offset_s(calendar->zone, at);
    return (int64_t)at.ms + offset_s * INT64_C(1000);
}

static int64_t date_of(int64_t local)
{
    return local / DAY_MS - (local % DAY_MS < 0);
}

/* The next working day in that direction: 1 or -1. */
static int64_t next_workday(const struct calendar *calendar, int64_t date, int64_t direction)
{
    do {
        date += direction;
    } while (!calendar_works_on(calendar, date));
    return date;
}

static uint64_t workdays_from(const struct calendar *calendar, uint64_t ms, uint64_t n, int64_t direction)
{
    ensure((calendar->entry.week & 0x7f) != 0); /* else there is no end */
    const int64_t local = local_ms(calendar, ms);
    const int64_t first = date_of(local);
    int64_t date = first;
    if (n == 0) {
        return ms;
    }
    for (uint64_t i = 0; i < n; i++) {
        date = next_workday(calendar, date, direction);
    }
    const int64_t then = local + (date - first) * DAY_MS;
    if (then <= 0) {
        return 0;
    }
    return calendar->zone == NULL ? (uint64_t)then : zone_at_local(calendar->zone, then).ms;
}

uint64_t calendar_workdays_after(const struct calendar *calendar, uint64_t ms, uint64_t n)
{
    return workdays_from(calendar, ms, n, 1);
}

uint64_t calendar_workdays_before(const struct calendar *calendar, uint64_t ms, uint64_t n)
{
    return workdays_from(calendar, ms, n, -1);
}

enum staffing calendar_staffing(const struct calendar *calendar, uint64_t ms)
{
    const int64_t local = local_ms(calendar, ms);
    const int64_t date = date_of(local);
    const unsigned minute = (unsigned)((local - date * DAY_MS) / MINUTE_MS);
    const struct day_span hours = calendar->entry.hours;
    bool over_midnight = hours.until_min <= hours.from_min && minute < hours.until_min;
    int64_t begun =
        day_span_given(hours) && over_midnight ? date - 1 : date; /* the day whose hours these are */
    if (calendar_works_on(calendar, begun) && (!day_span_given(hours) || day_span_has(hours, minute))) {
        return STAFFED;
    }
    return day_span_has(calendar->entry.on_call, minute) ? ON_CALL : CLOSED;
}

bool calendar_staffed(const struct calendar *calendar, uint64_t ms)
{
    return calendar_staffing(calendar, ms) == STAFFED;
}
