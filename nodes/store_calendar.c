/* SPDX-License-Identifier: Apache-2.0 */
/* The calendars of parties by roster version: a row where a version changes one. Holidays are days since 1970, 4 bytes each. */
#include "base/store.h"
#include "nodes/calendar.h"

#define DAY_BYTES 4

static uint64_t span_number(struct day_span span)
{
    return (uint64_t)span.from_min << 16 | span.until_min;
}

static struct day_span span_of(int64_t number)
{
    return (struct day_span){.from_min = (uint16_t)(number >> 16 & 0xffff),
                             .until_min = (uint16_t)(number & 0xffff)};
}

void store_calendar_put(struct store *store, const char *party, uint64_t version,
                        const struct calendar *calendar)
{
    const struct calendar_entry *entry = &calendar->entry;
    uint8_t days[CALENDAR_HOLIDAYS_MAX * DAY_BYTES];
    size_t size = 0;
    for (size_t i = 0; i < entry->holiday_count && i < CALENDAR_HOLIDAYS_MAX; i++) {
        for (unsigned shift = 32; shift > 0; shift -= 8) {
            days[size++] = (uint8_t)((uint32_t)entry->holidays[i] >> (shift - 8));
        }
    }
    struct query *q =
        store_query(store, "INSERT INTO calendar(party, version, week, hours, on_call, lead_days, holidays)"
                           " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)");
    query_text(q, 1, party);
    query_int(q, 2, (int64_t)version);
    query_int(q, 3, entry->week);
    query_int(q, 4, (int64_t)span_number(entry->hours));
    query_int(q, 5, (int64_t)span_number(entry->on_call));
    query_int(q, 6, calendar->lead_days);
    query_bytes(q, 7, bytes_of(days, size));
    query_run(q);
}

bool store_calendar_known(struct store *store, const char *party)
{
    struct query *q = store_query(store, "SELECT 1 FROM calendar WHERE party = ?1 LIMIT 1");
    query_text(q, 1, party);
    return query_any(q);
}

static bool read_days(struct bytes days, struct arena *arena, struct calendar_entry *ret)
{
    size_t count = days.size / DAY_BYTES;
    int32_t *holidays = arena_zero(arena, count, sizeof *holidays);
    if (holidays == NULL) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        const uint8_t *at = days.data + i * DAY_BYTES;
        holidays[i] = (int32_t)((uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3]);
    }
    ret->holidays = holidays;
    ret->holiday_count = count;
    return true;
}

bool store_calendar_get(struct store *store, const char *party, uint64_t version, struct arena *arena,
                        struct calendar *ret)
{
    struct query *q = store_query(
        store, "SELECT week, hours, on_call, lead_days, holidays FROM calendar WHERE party = ?1 AND version ="
               " coalesce((SELECT max(version) FROM calendar WHERE party = ?1 AND version <= ?2),"
               " (SELECT min(version) FROM calendar WHERE party = ?1))");
    bool good = false;
    query_text(q, 1, party);
    query_int(q, 2, version > INT64_MAX ? INT64_MAX : (int64_t)version);
    if (query_row(q)) {
        struct calendar_entry entry = {
            .week = (uint8_t)query_get_int(q, 0),
            .hours = span_of(query_get_int(q, 1)),
            .on_call = span_of(query_get_int(q, 2)),
        };
        good = read_days(query_get_bytes(q, 4), arena, &entry);
        if (good) {
            ret->entry = entry;
            ret->lead_days = (uint32_t)query_get_int(q, 3);
        }
    }
    query_end(q);
    return good;
}
