/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/watch.h"

#include <stdio.h>
#include <string.h>

#include "base/catalogue.h"
#include "base/text.h"
#include "nodes/lifecycle.h"
#include "nodes/store_letters.h"

/* --- ladders --- */

#define WATCHES_OF_CASE_MAX (CASE_DUES_MAX + OF_NODE_MAX)
#define OF_NODE_MAX         5 /* dates of a case that are of this node alone */

#define HOURS_MAX_MS (72 * MS_PER_HOUR) /* a longer span is counted in days, and so is its ladder */

enum ladder { LADDER_HOURS, LADDER_WORKDAYS, LADDER_DATE, LADDER_START, LADDER_LETTER, LADDERS };
enum when { WHEN_NONE, WHEN_OF_SPAN, WHEN_WORKDAYS, WHEN_DAYS };

struct step {
    enum watch_who who;
    enum when when;
    int amount;
};

static const struct step steps[LADDERS][WATCH_STEPS_MAX + 1] = {
#define OF_SPAN(percent)              WHEN_OF_SPAN, (percent)
#define WORKDAYS(n)                   WHEN_WORKDAYS, (n)
#define DAYS(n)                       WHEN_DAYS, (n)
#define STEP(ladder, number, to, ...) [LADDER_##ladder][number] = {WHO_##to, __VA_ARGS__},
#include "nodes/ladder.def"
#undef STEP
#undef DAYS
#undef WORKDAYS
#undef OF_SPAN
};

const char *watch_who_word(enum watch_who who)
{
    static const char *const words[] = {"?",          N_("holder"), N_("duty"),
                                        N_("deputy"), N_("head"),   N_("central")};
    return who >= WHO_HOLDER && who <= WHO_CENTRAL ? words[who] : words[0];
}

static struct span span_of(const struct watch *watch)
{
    size_t count = 0;
    const struct clock_rule *rules = clock_rules(&count);
    return (size_t)watch->clock < count ? rules[watch->clock].spans[watch->urgency]
                                        : (struct span){.kind = SPAN_HOLD_END};
}

static enum ladder ladder_of(const struct watch *watch)
{
    if (watch->clock == CLOCK_START) {
        return LADDER_START;
    }
    if (line_clock_is_of_letter(watch->clock)) {
        return LADDER_LETTER;
    }
    if (watch->clock == CLOCK_TAKE_OVER) {
        return LADDER_WORKDAYS;
    }
    struct span span = span_of(watch);
    switch (span.kind) {
    case SPAN_MS:
        return span.amount <= HOURS_MAX_MS ? LADDER_HOURS : LADDER_WORKDAYS;
    case SPAN_WORKDAYS:
        return LADDER_WORKDAYS;
    case SPAN_HOLD_END:
    case SPAN_HOLD_LEAD:
        break;
    }
    return LADDER_DATE;
}

unsigned watch_steps(const struct watch *watch)
{
    enum ladder ladder = ladder_of(watch);
    unsigned count = 0;
    while (count < WATCH_STEPS_MAX && steps[ladder][count + 1].when != WHEN_NONE) {
        count++;
    }
    return count;
}

enum watch_who watch_who(const struct watch *watch, unsigned number)
{
    return steps[ladder_of(watch)][number].who;
}

/* The same local time of day a number of working days after, or before. */
static uint64_t workdays_from(const struct watch *watch, int n)
{
    const struct calendar none = calendar_default();
    const struct calendar *calendar = watch->calendar == NULL ? &none : watch->calendar;
    return n >= 0 ? calendar_workdays_after(calendar, watch->due_ms, (uint64_t)n)
                  : calendar_workdays_before(calendar, watch->due_ms, (uint64_t)-n);
}

static uint64_t shifted(uint64_t ms, int64_t by_ms)
{
    return by_ms >= 0 ? ms + (uint64_t)by_ms : ms > (uint64_t)-by_ms ? ms - (uint64_t)-by_ms : 1;
}

uint64_t watch_at_ms(const struct watch *watch, unsigned number)
{
    const struct step *step = &steps[ladder_of(watch)][number];
    switch (step->when) {
    case WHEN_OF_SPAN:
        return shifted(watch->due_ms, (int64_t)(span_of(watch).amount / 100) * (step->amount - 100));
    case WHEN_WORKDAYS:
        return workdays_from(watch, step->amount);
    case WHEN_DAYS:
        return shifted(watch->due_ms, (int64_t)MS_PER_DAY * step->amount);
    case WHEN_NONE:
        break;
    }
    return watch->due_ms;
}

/* Said, or passed over because a later one was said. */
static bool was_said(const struct watch *watch, const struct steps_said *said, unsigned step)
{
    uint64_t at_ms = watch_at_ms(watch, step);
    unsigned last = watch_who(watch, step) == WHO_HOLDER ? watch_steps(watch) : step;
    for (unsigned s = step; s <= last; s++) {
        if (said->at_ms[s] != 0 && said->at_ms[s] + WATCH_SAME_MS >= at_ms) {
            return true;
        }
    }
    return false;
}

/*
 * Those above the duty officer are not called while somebody has the case, but for a date that nothing moves: data are lost on it
 * whoever meant to see to them.
 */
static bool is_stopped(const struct watch *watch, unsigned step)
{
    return watch->taken && ladder_of(watch) != LADDER_DATE && watch_who(watch, step) > WHO_DUTY;
}

unsigned watch_next(const struct watch *watch, const struct steps_said *said, unsigned after)
{
    for (unsigned step = after + 1; step <= watch_steps(watch); step++) {
        if (!is_stopped(watch, step) && !was_said(watch, said, step)) {
            return step;
        }
    }
    return 0;
}

/* --- the rows of a case --- */

/* row NULL: it has none. One that is as it was is not written. */
static void put_next(struct store *store, const struct watch *watch, const struct steps_said *said,
                     unsigned after, const struct watch_row *row)
{
    unsigned step = watch_next(watch, said, after);
    uint64_t at_ms = step == 0 ? 0 : watch_at_ms(watch, step);
    bool same = row != NULL && row->watch.item == watch->item && row->watch.urgency == watch->urgency &&
                row->watch.taken == watch->taken && row->step == step && row->at_ms == at_ms;
    if (step != 0 && !same) {
        store_watch_put(store, watch, step, at_ms);
    } else if (step == 0 && row != NULL) {
        store_watch_drop(store, watch);
    }
}

static bool is_same(const struct watch *a, const struct watch *b)
{
    return a->clock == b->clock && a->due_ms == b->due_ms;
}

static void watch_date(struct store *store, const struct watch *watch, const struct steps_said *said,
                       const struct watch_row *rows, size_t row_count)
{
    size_t at = 0;
    while (at < row_count && !is_same(&rows[at].watch, watch)) {
        at++;
    }
    put_next(store, watch, said, 0, at == row_count ? NULL : &rows[at]);
}

/* Items that share a date are one. */
static bool is_repeated(const struct case_fold *fold, size_t i)
{
    const struct case_due *due = &fold->dues[i];
    for (size_t j = i; j > 0 && fold->dues[j - 1].when_ms == due->when_ms; j--) {
        const struct case_due *before = &fold->dues[j - 1];
        if (before->clock == due->clock && before->owed_by == due->owed_by && !before->paused) {
            return true;
        }
    }
    return false;
}

/* By which this party counts; NULL: the arena ended. */
static const struct calendar *own_calendar(struct node *node, struct arena *arena)
{
    const struct roster *roster = node_roster_now(node);
    return node_calendar(node, node->options.party.text, roster == NULL ? 0 : roster_version(roster), arena);
}

static bool owes(const struct case_fold *fold, enum side side)
{
    bool any = false;
    for (size_t i = 0; i < fold->due_count && !any; i++) {
        any = fold->dues[i].owed_by == side && !fold->dues[i].paused;
    }
    return any;
}

const struct case_alarms *case_alarms_read(struct node *node, const struct case_id *id, struct arena *arena)
{
    struct case_alarms *alarms = arena_take(arena, sizeof *alarms);
    struct alarm_row *latest = arena_take(arena, ALARMS_OF_CASE_MAX * sizeof *latest);
    if (alarms == NULL || latest == NULL) {
        return NULL;
    }
    alarms->latest = latest;
    alarms->count = store_alarms_of_case(node->store, id, ALARMS_OF_CASE_MAX, latest, alarms->said);
    return alarms;
}

/* Since when the letter is known to have failed: as it was said, or is to be said; else now. */
static uint64_t failed_since_ms(struct node *node, const struct case_row *row,
                                const struct case_alarms *alarms, uint64_t now_ms, struct arena *arena)
{
    struct watch_row *held = arena_take(arena, WATCHES_OF_CASE_MAX * sizeof *held);
    size_t count = held == NULL ? 0 : store_watches_of(node->store, &row->id, WATCHES_OF_CASE_MAX, held);
    for (size_t i = 0; i < alarms->count; i++) {
        const struct watch *said = &alarms->latest[i].watch;
        if (said->clock == CLOCK_FAILED && said->item == row->failed_number) {
            return said->due_ms;
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (held[i].watch.clock == CLOCK_FAILED && held[i].watch.item == row->failed_number) {
            return held[i].watch.due_ms;
        }
    }
    return now_ms;
}

size_t case_watches(struct node *node, const struct case_row *row, const struct case_fold *fold,
                    const struct case_line *line, const struct line_records *records,
                    const struct case_alarms *alarms, struct arena *arena, struct watch **ret)
{
    const uint64_t failed_ms =
        (line->flags & FLAG_FAILED) == 0 ? 0 : failed_since_ms(node, row, alarms, records->now_ms, arena);
    struct watch *list = arena_zero(arena, fold->due_count + OF_NODE_MAX, sizeof *list);
    bool own_dates = records->renew_ms != 0 || records->moved_ms != 0 || line->safe_start_ms != 0 ||
                     line->late_ms != 0 || failed_ms != 0;
    const struct calendar *calendar =
        owes(fold, row->own_side) || own_dates ? own_calendar(node, arena) : NULL;
    const struct watch watch = {
        .id = row->id, .urgency = line->urgency, .taken = records->taken, .calendar = calendar};
    size_t count = 0;
    *ret = list;
    for (size_t i = 0; list != NULL && i < fold->due_count; i++) {
        const struct case_due *due = &fold->dues[i];
        if (due->owed_by == row->own_side && !due->paused && !is_repeated(fold, i)) {
            list[count] = watch;
            list[count].clock = due->clock;
            list[count].item = due->item;
            list[count++].due_ms = due->when_ms;
        }
    }
    const struct {
        enum clock_name clock;
        uint32_t item;
        uint64_t due_ms;
    } of_node[OF_NODE_MAX] = {
        {CLOCK_RENEW, records->renew_order, records->renew_watched ? records->renew_ms : 0},
        {CLOCK_TAKE_OVER, 0, records->moved_ms},
        {CLOCK_START, 0, line->safe_start_ms},
        {CLOCK_UNDELIVERED, 0, line->late_ms},
        {CLOCK_FAILED, row->failed_number, failed_ms},
    };
    for (size_t i = 0; list != NULL && i < OF_NODE_MAX; i++) {
        if (of_node[i].due_ms != 0) {
            list[count] = watch;
            list[count].clock = of_node[i].clock;
            list[count].item = of_node[i].item;
            list[count++].due_ms = of_node[i].due_ms;
        }
    }
    return count;
}

static bool is_among(const struct watch *list, size_t count, const struct watch *watch)
{
    bool found = false;
    for (size_t i = 0; i < count && !found; i++) {
        found = is_same(&list[i], watch);
    }
    return found;
}

void cases_watch(struct node *node, const struct case_id *id, const struct watch *list, size_t count,
                 const struct case_alarms *alarms, struct arena *arena)
{
    struct watch_row *held = arena_take(arena, WATCHES_OF_CASE_MAX * sizeof *held);
    size_t held_count = held == NULL ? 0 : store_watches_of(node->store, id, WATCHES_OF_CASE_MAX, held);
    for (size_t i = 0; i < held_count; i++) {
        if (!is_among(list, count, &held[i].watch)) {
            store_watch_drop(node->store, &held[i].watch);
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (!is_among(list, i, &list[i])) { /* a date that two have in common is that of the first */
            watch_date(node->store, &list[i], &alarms->said[list[i].clock], held, held_count);
        }
    }
}

bool watch_said_to(const struct case_alarms *alarms, const struct watch *watch, enum watch_who who)
{
    const struct steps_said *said = &alarms->said[watch->clock];
    for (unsigned step = 1; step <= watch_steps(watch); step++) {
        if (watch_who(watch, step) == who && said->at_ms[step] != 0 &&
            said->at_ms[step] + WATCH_SAME_MS >= watch_at_ms(watch, step)) {
            return true;
        }
    }
    return false;
}

/* --- saying --- */

static void raise_alarm(struct node *node, struct turn *turn, const struct watch *watch, unsigned step)
{
    char id[2 * sizeof watch->id.bytes + 1];
    uint64_t now = turn_wall(turn).ms;
    uint64_t n = store_alarm_put(node->store, watch, step, now);
    node->live.figures.alarms++;
    node_event(turn, EVENT_ALARM_RAISED, "alarm=%llu case=%.8s what=\"%s\" to=%s item=%u due_ms=%llu",
               (unsigned long long)n, hex_write(id, bytes_of(watch->id.bytes, sizeof watch->id.bytes)),
               line_clock_text(watch->clock), watch_who_word(watch_who(watch, step)), (unsigned)watch->item,
               (unsigned long long)watch->due_ms);
    if (watch_who(watch, step) > WHO_DUTY) { /* told to the central authority, and counted */
        case_touch(node, &watch->id, 0);
        node->live.more = true;
    }
}

/* Of reminders that passed only the last is said. */
static unsigned last_reminder(const struct watch *watch, const struct steps_said *said, unsigned step,
                              uint64_t now)
{
    for (;;) {
        unsigned next = watch_who(watch, step) == WHO_HOLDER ? watch_next(watch, said, step) : 0;
        if (next == 0 || watch_at_ms(watch, next) > now) {
            return step;
        }
        step = next;
    }
}

void watch_tick(struct node *node, struct turn *turn)
{
    struct watch_row due[WATCH_A_TICK];
    uint64_t now = turn_wall(turn).ms;
    uint64_t next_ms = store_watch_next_ms(node->store);
    if (next_ms == 0 || next_ms > now) {
        return;
    }
    size_t count = store_watch_due(node->store, now, WATCH_A_TICK, due);
    const struct calendar *calendar = count == 0 ? NULL : own_calendar(node, turn_arena(turn));
    for (size_t i = 0; i < count; i++) {
        struct watch *watch = &due[i].watch;
        struct steps_said said;
        watch->calendar = calendar;
        store_alarms_said(node->store, &watch->id, watch->clock, &said);
        unsigned step = watch_next(watch, &said, due[i].step - 1);
        if (step != 0 && watch_at_ms(watch, step) <= now) {
            step = last_reminder(watch, &said, step, now);
            raise_alarm(node, turn, watch, step);
            said.at_ms[step] = now;
        } else if (step != 0) {
            step--; /* it lies ahead: the row was of one that is not said any more */
        }
        put_next(node->store, watch, &said, step == 0 ? watch_steps(watch) : step, &due[i]);
    }
    node->live.more = node->live.more || count == WATCH_A_TICK;
}
