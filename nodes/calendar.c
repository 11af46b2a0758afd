/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/calendar.h"

struct calendar calendar_default(void)
{
    static const struct party says_nothing;
    return (struct calendar){.zone = NULL,
                             .entry = *party_calendar(&says_nothing),
                             .lead_days = (uint32_t)party_terms(&says_nothing)->lead_days};
}

bool calendar_works_on(const struct calendar *calendar, int64_t date)
{
    return calendar_entry_works_on(&calendar->entry, date);
}

uint64_t calendar_workdays_after(const struct calendar *calendar, uint64_t ms, uint64_t n)
{
    return calendar_entry_workdays_after(&calendar->entry, calendar->zone, ms, n);
}

uint64_t calendar_workdays_before(const struct calendar *calendar, uint64_t ms, uint64_t n)
{
    return calendar_entry_workdays_before(&calendar->entry, calendar->zone, ms, n);
}

enum staffing calendar_staffing(const struct calendar *calendar, uint64_t ms)
{
    return calendar_entry_staffing(&calendar->entry, calendar->zone, ms);
}

struct staffing_span calendar_staffing_span(const struct calendar *calendar, uint64_t ms)
{
    return calendar_entry_staffing_span(&calendar->entry, calendar->zone, ms);
}

bool calendar_staffed(const struct calendar *calendar, uint64_t ms)
{
    return calendar_staffing(calendar, ms) == STAFFED;
}
