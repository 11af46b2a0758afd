/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/lifecycle.h"

#define MINUTES(n)                                                                                           \
    {                                                                                                        \
        SPAN_MS, (n)*MS_PER_MINUTE                                                                           \
    }
#define HOURS(n)                                                                                             \
    {                                                                                                        \
        SPAN_MS, (n)*MS_PER_HOUR                                                                             \
    }
#define DAYS(n)                                                                                              \
    {                                                                                                        \
        SPAN_MS, (n)*MS_PER_DAY                                                                              \
    }
#define WORKDAYS(n)                                                                                          \
    {                                                                                                        \
        SPAN_WORKDAYS, (n)                                                                                   \
    }
#define HOLD_END(n)                                                                                          \
    {                                                                                                        \
        SPAN_HOLD_END, (n)*MS_PER_DAY                                                                        \
    }
#define SCOPE_CASE false
#define SCOPE_ITEM true

static const struct clock_rule clocks[] = {
#define CLOCK(word, said, by, scope, emergency, urgent, routine, what)                                       \
    [CLOCK_##word] = {.name = #word,                                                                         \
                      .text = (said),                                                                        \
                      .owed_by = SIDE_##by,                                                                  \
                      .per_item = SCOPE_##scope,                                                             \
                      .spans = {[URGENCY_NONE] = routine,                                                    \
                                [URGENCY_EMERGENCY] = emergency,                                             \
                                [URGENCY_URGENT] = urgent,                                                   \
                                [URGENCY_ROUTINE] = routine},                                                \
                      .waits_for = (what)},
#include "nodes/clocks.def"
#undef CLOCK
};
#define CLOCK_COUNT (sizeof clocks / sizeof clocks[0])

_Static_assert(CLOCK_COUNT <= 32, "a row's starts and stops are masks of 32 bits");

const struct clock_rule *clock_rules(size_t *ret_count)
{
    *ret_count = CLOCK_COUNT;
    return clocks;
}

const char *clock_text(enum clock_name clock)
{
    return (size_t)clock < CLOCK_COUNT ? clocks[clock].text : "?";
}

uint64_t workdays_after(uint64_t ms, uint64_t n)
{
    while (n != 0) {
        ms += MS_PER_DAY;
        uint64_t weekday = (ms / MS_PER_DAY + 4) % 7; /* 1970-01-01 was a Thursday; 0 = Sunday */
        if (weekday != 0 && weekday != 6) {
            n--;
        }
    }
    return ms;
}

uint64_t clock_deadline(enum clock_name clock, enum urgency urgency, uint64_t start_ms,
                        uint64_t hold_until_ms)
{
    struct span span = clocks[clock].spans[urgency];
    switch (span.kind) {
    case SPAN_MS:
        return start_ms + span.amount;
    case SPAN_WORKDAYS:
        return workdays_after(start_ms, span.amount);
    case SPAN_HOLD_END:
        return hold_until_ms > span.amount ? hold_until_ms - span.amount : 0;
    }
    return start_ms;
}

uint64_t hold_floor_ms(uint64_t held_from_ms, uint32_t days, const struct zone *zone)
{
    uint64_t least = held_from_ms + (days > HOLD_DAYS_FLOOR ? days : HOLD_DAYS_FLOOR) * MS_PER_DAY;
    return zone == NULL ? least : zone_next_midnight(zone, (wall_ms){.ms = least}).ms;
}
