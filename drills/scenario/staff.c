/* SPDX-License-Identifier: Apache-2.0 */
/* Who is at a desk at a moment: by local time, week, holidays. */
#include "drills/scenario/scenario.h"

#define MINUTES_A_DAY  1440
#define LOOK_AHEAD_MIN (8 * MINUTES_A_DAY) /* a change that is further off is looked for again then */

/* A local date, and whether it is a working day or a holiday of the State. */
struct day {
    unsigned weekday;
    bool work, holiday;
};

static struct day day_of(const struct scenario_state *state, int64_t date)
{
    return (struct day){.weekday = date_weekday(date),
                        .work = calendar_entry_works_on(&state->calendar, date),
                        .holiday = calendar_entry_is_holiday(&state->calendar, date)};
}

static bool row_on(const struct scenario_hours *row, const struct day *day)
{
    return ((row->days & SCENARIO_DAY_WORK) != 0 && day->work) ||
           ((row->days & SCENARIO_DAY_OFF) != 0 && !day->work) ||
           (day->holiday ? (row->days & SCENARIO_DAY_HOLIDAY) != 0 : (row->days >> day->weekday & 1) != 0);
}

/* Whether a row holds in a minute of a day; over midnight, the day before counts. */
static bool row_holds(const struct scenario_hours *row, const struct scenario_state *state,
                      const struct day *today, const struct day *before, unsigned minute)
{
    struct day_span span = row->office ? state->week.hours : row->span;
    bool over = span.until_min <= span.from_min;
    bool own = minute >= span.from_min && (over || minute < span.until_min);
    return (own && row_on(row, today)) || (over && minute < span.until_min && row_on(row, before));
}

static bool any_holds(const scenario_hours_list *rows, const struct scenario_state *state,
                      const struct day *today, const struct day *before, unsigned minute,
                      uint64_t *ret_people)
{
    for (size_t i = 0; i < rows->count; i++) {
        if (row_holds(&rows->list[i], state, today, before, minute)) {
            *ret_people = rows->list[i].people;
            return true;
        }
    }
    return false;
}

/* Of so many, those who are not away on that day; where half of one is there, he is there every other day. */
static uint64_t present(const struct scenario_state *state, int64_t date, uint64_t people)
{
    for (size_t i = 0; i < state->seasons.count; i++) {
        const struct scenario_season *season = state->seasons.list[i];
        if (date >= season->from && date <= season->until) {
            const uint64_t day = (uint64_t)(date - season->from), parts = people * season->capacity;
            return (day + 1) * parts / SCENARIO_MILLION - day * parts / SCENARIO_MILLION;
        }
    }
    return people;
}

static uint64_t people_at(const struct scenario_unit *unit, const struct day *today, const struct day *before,
                          unsigned minute)
{
    const struct scenario_people *people = unit->people.given ? &unit->people : &unit->desk->people;
    uint64_t number = 0;
    if (unit->desk->hours.count > 0 &&
        !any_holds(&unit->desk->hours, unit->state, today, before, minute, &number)) {
        return 0;
    }
    number = 0;
    return people->rows.count == 0                                                 ? people->number
           : any_holds(&people->rows, unit->state, today, before, minute, &number) ? number
                                                                                   : 0;
}

static uint64_t people_at_local(const struct scenario_unit *unit, int64_t local_ms)
{
    int64_t date = local_date(local_ms);
    struct day today = day_of(unit->state, date);
    struct day before = day_of(unit->state, date - 1);
    const uint64_t people = people_at(
        unit, &today, &before, (unsigned)((local_ms - date * (int64_t)MS_PER_DAY) / (int64_t)MS_PER_MINUTE));
    return present(unit->state, date, people);
}

/* Minutes of a day at which a row may begin or end, in order, without those that are there. */
struct marks {
    uint16_t list[256];
    size_t count;
};

static void mark(struct marks *marks, uint16_t minute)
{
    size_t i = marks->count;
    if (minute >= MINUTES_A_DAY) {
        return; /* midnight is looked at anyway */
    }
    for (size_t k = 0; k < marks->count; k++) {
        if (marks->list[k] == minute) {
            return;
        }
    }
    if (marks->count == sizeof marks->list / sizeof marks->list[0]) {
        return;
    }
    for (; i > 0 && marks->list[i - 1] > minute; i--) {
        marks->list[i] = marks->list[i - 1];
    }
    marks->list[i] = minute;
    marks->count++;
}

static void mark_rows(struct marks *marks, const scenario_hours_list *rows,
                      const struct scenario_state *state)
{
    for (size_t i = 0; i < rows->count; i++) {
        struct day_span span = rows->list[i].office ? state->week.hours : rows->list[i].span;
        mark(marks, span.from_min);
        mark(marks, span.until_min);
    }
}

/* The first moment after at_ms, within eight days, at which another number of people is there; else the end of these. */
static uint64_t until(const struct scenario_unit *unit, uint64_t at_ms, uint64_t people)
{
    const struct zone *zone = unit->state->zone.zone;
    struct marks marks = {.list = {0}, .count = 1};
    mark_rows(&marks, &unit->desk->hours, unit->state);
    mark_rows(&marks, &unit->desk->people.rows, unit->state);
    mark_rows(&marks, &unit->people.rows, unit->state);
    const int64_t first = local_date(zone_local_ms(zone, at_ms));
    for (int64_t date = first; date < first + LOOK_AHEAD_MIN / MINUTES_A_DAY; date++) {
        for (size_t i = 0; i < marks.count; i++) {
            int64_t local = date * (int64_t)MS_PER_DAY + marks.list[i] * (int64_t)MS_PER_MINUTE;
            uint64_t then = zone_at_local(zone, local).ms;
            if (then > at_ms && people_at_local(unit, zone_local_ms(zone, then)) != people) {
                return then;
            }
        }
    }
    return at_ms + LOOK_AHEAD_MIN * MS_PER_MINUTE;
}

struct scenario_staff scenario_staff_at(const struct scenario_unit *unit, uint64_t at_ms)
{
    uint64_t people = people_at_local(unit, zone_local_ms(unit->state->zone.zone, at_ms));
    return (struct scenario_staff){
        .people = people,
        .staffing = people > 0            ? STAFFED
                    : unit->desk->on_call ? ON_CALL
                                          : CLOSED,
        .until_ms = until(unit, at_ms, people),
    };
}

uint64_t scenario_span_end(struct scenario_span span, const struct scenario_state *state, uint64_t from_ms)
{
    return calendar_entry_workdays_after(&state->calendar, state->zone.zone, from_ms + span.ms,
                                         span.workdays);
}

bool scenario_shift_begins(const struct scenario_unit *unit, uint64_t at_ms)
{
    int64_t local = zone_local_ms(unit->state->zone.zone, at_ms);
    int64_t minute = (local - local_date(local) * (int64_t)MS_PER_DAY) / (int64_t)MS_PER_MINUTE;
    for (size_t i = 0; i < unit->desk->shifts.count; i++) {
        if (unit->desk->shifts.list[i] == minute) {
            return true;
        }
    }
    return false;
}
