/* SPDX-License-Identifier: Apache-2.0 */
#include "base/calendar.h"

#include "base/ensure.h"
#include "base/instant.h"

#define DAY_MS    ((int64_t)MS_PER_DAY)
#define MINUTE_MS INT64_C(60000)

#define LOOK_AHEAD_MS (8 * MS_PER_DAY) /* a change that is further off is looked for again then */

bool day_span_given(struct day_span span)
{
    return span.from_min != 0 || span.until_min != 0;
}

bool day_span_has(struct day_span span, unsigned minute)
{
    if (!day_span_given(span)) {
        return false;
    }
    return span.from_min < span.until_min ? minute >= span.from_min && minute < span.until_min
                                          : minute >= span.from_min || minute < span.until_min;
}

/* 1970-01-01 was a Thursday. */
unsigned date_weekday(int64_t date)
{
    return (unsigned)((date % 7 + 11) % 7);
}

int64_t zone_local_ms(const struct zone *zone, uint64_t ms)
{
    wall_ms at = {.ms = ms < (uint64_t)INSTANT_MS_MAX ? ms : (uint64_t)INSTANT_MS_MAX};
    int32_t offset_s = zone == NULL ? 0 : zone_offset_s(zone, at);
    return (int64_t)at.ms + offset_s * INT64_C(1000);
}

int64_t local_date(int64_t local_ms)
{
    return local_ms / DAY_MS - (local_ms % DAY_MS < 0);
}

bool calendar_entry_is_holiday(const struct calendar_entry *entry, int64_t date)
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

bool calendar_entry_works_on(const struct calendar_entry *entry, int64_t date)
{
    return (entry->week >> date_weekday(date) & 1) != 0 && !calendar_entry_is_holiday(entry, date);
}

/* The next working day in that direction: 1 or -1. */
static int64_t next_workday(const struct calendar_entry *entry, int64_t date, int64_t direction)
{
    do {
        date += direction;
    } while (!calendar_entry_works_on(entry, date));
    return date;
}

static uint64_t workdays_from(const struct calendar_entry *entry, const struct zone *zone, uint64_t ms,
                              uint64_t n, int64_t direction)
{
    ensure((entry->week & 0x7f) != 0); /* else there is no end */
    const int64_t local = zone_local_ms(zone, ms);
    const int64_t first = local_date(local);
    int64_t date = first;
    if (n == 0) {
        return ms;
    }
    for (uint64_t i = 0; i < n; i++) {
        date = next_workday(entry, date, direction);
    }
    const int64_t then = local + (date - first) * DAY_MS;
    if (then <= 0) {
        return 0;
    }
    return zone == NULL ? (uint64_t)then : zone_at_local(zone, then).ms;
}

uint64_t calendar_entry_workdays_after(const struct calendar_entry *entry, const struct zone *zone,
                                       uint64_t ms, uint64_t n)
{
    return workdays_from(entry, zone, ms, n, 1);
}

uint64_t calendar_entry_workdays_before(const struct calendar_entry *entry, const struct zone *zone,
                                        uint64_t ms, uint64_t n)
{
    return workdays_from(entry, zone, ms, n, -1);
}

enum staffing calendar_entry_staffing(const struct calendar_entry *entry, const struct zone *zone,
                                      uint64_t ms)
{
    const int64_t local = zone_local_ms(zone, ms);
    const int64_t date = local_date(local);
    const unsigned minute = (unsigned)((local - date * DAY_MS) / MINUTE_MS);
    const struct day_span hours = entry->hours;
    bool over_midnight = hours.until_min <= hours.from_min && minute < hours.until_min;
    int64_t begun =
        day_span_given(hours) && over_midnight ? date - 1 : date; /* the day whose hours these are */
    if (calendar_entry_works_on(entry, begun) && (!day_span_given(hours) || day_span_has(hours, minute))) {
        return STAFFED;
    }
    return day_span_has(entry->on_call, minute) ? ON_CALL : CLOSED;
}

static uint64_t plus(uint64_t ms, uint64_t more_ms)
{
    return ms > UINT64_MAX - more_ms ? UINT64_MAX : ms + more_ms;
}

/* The first moment after at which it may be another: a stretch or a day begins or ends, or the clock changes. */
static uint64_t staffing_turn(const struct calendar_entry *entry, const struct zone *zone, uint64_t ms)
{
    const unsigned minutes[] = {entry->hours.from_min, entry->hours.until_min, entry->on_call.from_min,
                                entry->on_call.until_min};
    const int64_t local = zone_local_ms(zone, ms);
    const int64_t now = local - local_date(local) * DAY_MS;
    int64_t next = DAY_MS;
    for (size_t i = 0; i < sizeof minutes / sizeof minutes[0]; i++) {
        const int64_t mark = minutes[i] * MINUTE_MS;
        next = mark > now && mark < next ? mark : next;
    }
    const uint64_t turn_ms = plus(ms, (uint64_t)(next - now));
    const uint64_t change_ms = zone == NULL ? UINT64_MAX : zone_next_change(zone, (wall_ms){.ms = ms}).ms;
    return change_ms < turn_ms ? change_ms : turn_ms;
}

struct staffing_span calendar_entry_staffing_span(const struct calendar_entry *entry, const struct zone *zone,
                                                  uint64_t ms)
{
    const uint64_t end_ms = plus(ms, LOOK_AHEAD_MS);
    struct staffing_span span = {.staffing = calendar_entry_staffing(entry, zone, ms), .until_ms = ms};
    do {
        span.until_ms = staffing_turn(entry, zone, span.until_ms);
    } while (span.until_ms < end_ms && calendar_entry_staffing(entry, zone, span.until_ms) == span.staffing);
    return span;
}
