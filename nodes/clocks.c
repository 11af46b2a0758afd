/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/lifecycle.h"

#define MINUTES(n)        .kind = SPAN_MS, .amount = (n)*MS_PER_MINUTE
#define HOURS(n)          .kind = SPAN_MS, .amount = (n)*MS_PER_HOUR
#define DAYS(n)           .kind = SPAN_MS, .amount = (n)*MS_PER_DAY
#define WORKDAYS(n)       .kind = SPAN_WORKDAYS, .amount = (n)
#define HOLD_END          .kind = SPAN_HOLD_END
#define HOLD_LEAD         .kind = SPAN_HOLD_LEAD
#define STATED(span)      .stated = true, span
#define WITHIN_HOLD(span) .within_hold = true, span
#define SCOPE_CASE        false
#define SCOPE_ITEM        true
#define SIDE_OTHER        SIDE_NONE
#define IN(state)         STATE_BIT(ITEM_##state)
#define ANY               (~0U)
#define Q_(kind)          ASK_BIT(ASK_##kind)

static const struct clock_rule clocks[CLOCKS] = {
#define CLOCK(word, said, by, scope, emergency, urgent, routine, in, with, pauses, what)                     \
    [CLOCK_##word] = {.name = #word,                                                                         \
                      .text = (said),                                                                        \
                      .owed_by = SIDE_##by,                                                                  \
                      .per_item = SCOPE_##scope,                                                             \
                      .spans = {[URGENCY_NONE] = {routine},                                                  \
                                [URGENCY_EMERGENCY] = {emergency},                                           \
                                [URGENCY_URGENT] = {urgent},                                                 \
                                [URGENCY_ROUTINE] = {routine}},                                              \
                      .starts_in = (in),                                                                     \
                      .goes_with = (with),                                                                   \
                      .paused_by = (pauses),                                                                 \
                      .waits_for = (what)},
#include "nodes/clocks.def"
#undef CLOCK
};

_Static_assert(CLOCKS <= 32, "a row's starts and stops are masks of 32 bits");

const struct clock_rule *clock_rules(size_t *ret_count)
{
    *ret_count = CLOCKS;
    return clocks;
}

const char *clock_text(enum clock_name clock)
{
    return (unsigned)clock < CLOCKS ? clocks[clock].text : "?";
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

static uint64_t workdays(const struct clock_scene *s, uint64_t n)
{
    const struct case_setting *setting = s->setting;
    return setting == NULL || setting->workdays_after == NULL
               ? workdays_after(s->start_ms, n)
               : setting->workdays_after(setting->context, s->owed_by, s->roster, s->start_ms, n);
}

static uint64_t lead_ms(const struct case_setting *setting)
{
    return (setting == NULL || setting->lead_days == 0 ? HOLD_LEAD_DAYS : setting->lead_days) * MS_PER_DAY;
}

static uint64_t span_end(const struct span *span, const struct clock_scene *s)
{
    switch (span->kind) {
    case SPAN_MS:
        return s->start_ms + span->amount;
    case SPAN_WORKDAYS:
        return workdays(s, span->amount);
    case SPAN_HOLD_END:
        return s->hold_until_ms;
    case SPAN_HOLD_LEAD:
        return s->hold_until_ms > lead_ms(s->setting) ? s->hold_until_ms - lead_ms(s->setting) : 0;
    }
    return s->start_ms;
}

uint64_t clock_deadline(enum clock_name clock, const struct clock_scene *s)
{
    const struct span *span = &clocks[clock].spans[s->urgency];
    uint64_t end = span->stated && s->stated_ms != 0 ? s->stated_ms : span_end(span, s);
    return span->within_hold && s->hold_runs && end > s->hold_until_ms ? s->hold_until_ms : end;
}

/* The clock that the letter starts with that ask; of an ask restated in another case, one that goes with such. NULL: none. */
static const struct clock_rule *answer_clock(enum ask_kind kind, enum urgency urgency,
                                             const struct lifecycle_row *row)
{
    const struct clock_rule *found = NULL;
    for (size_t i = 0; i < CLOCKS; i++) {
        const struct span *span = &clocks[i].spans[urgency];
        bool goes = (clocks[i].goes_with & ASK_BIT(kind)) != 0 && span->stated && span->kind == SPAN_MS;
        if (goes && (found == NULL || (row != NULL && (row->starts & CLOCK_BIT(i)) != 0))) {
            found = &clocks[i];
        }
    }
    return found;
}

uint64_t ask_by_ms(const struct case_fold *fold, const struct case_ask *ask)
{
    const Comity__Request *request = fold->request;
    enum urgency urgency = request == NULL || request->necessity == NULL
                               ? URGENCY_NONE
                               : urgency_of(request->necessity->urgency);
    const struct lifecycle_row *row = lifecycle_row_of(fold->machine, ask->opened_by->letter);
    const struct clock_rule *rule = answer_clock(ask->kind, urgency, row);
    uint64_t accepted = ask->opened_by->accepted_ms;
    uint64_t least = accepted == 0 || rule == NULL ? 0 : accepted + rule->spans[urgency].amount;
    return accepted == 0 ? 0 : ask->by_ms > least ? ask->by_ms : least;
}

uint64_t hold_floor_ms(uint64_t held_from_ms, uint32_t days, const struct zone *zone)
{
    uint64_t least = held_from_ms + (days > HOLD_DAYS_FLOOR ? days : HOLD_DAYS_FLOOR) * MS_PER_DAY;
    return zone == NULL ? least : zone_next_midnight(zone, (wall_ms){.ms = least}).ms;
}
