/* SPDX-License-Identifier: Apache-2.0 */
/* Events to rows: by class, State, hours and clock. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/ensure.h"
#include "drills/measure/measures_private.h"

#define ROW_BYTES ((size_t)64 << 20)

static size_t state_of(const struct drill_measures *m, const struct measured_event *event)
{
    const struct record_party *party = record_party(m->record, event->party);
    return party == NULL ? 0 : party->state;
}

/* What events are sorted by first; each narrows down those before it. */
struct sorted_by {
    uint32_t metric;
    bool of_class, of_state;
    enum record_class urgency;
    size_t state;
};

/* Before, in or behind those events. */
static int side_of(const struct drill_measures *m, const struct measured_event *event,
                   const struct sorted_by *by)
{
    const struct {
        bool counts;
        uint64_t is, wanted;
    } keys[] = {{true, (uint64_t)event->event.metric, by->metric},
                {by->of_class, (uint64_t)event->event.urgency, (uint64_t)by->urgency},
                {by->of_state, state_of(m, event), by->state}};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        if (keys[i].counts && keys[i].is != keys[i].wanted) {
            return keys[i].is < keys[i].wanted ? -1 : 1;
        }
    }
    return 0;
}

/* The first event for which side_of() is not below that. */
static size_t bound(const struct drill_measures *m, const struct sorted_by *by, int side)
{
    size_t from = 0, to = m->event_count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (side_of(m, &m->events[middle], by) < side) {
            from = middle + 1;
        } else {
            to = middle;
        }
    }
    return from;
}

/* The first of them and how many there are. */
static size_t range(const struct drill_measures *m, const struct sorted_by *by, size_t *ret_count)
{
    size_t from = bound(m, by, 0);
    *ret_count = bound(m, by, 1) - from;
    return from;
}

/* Of a class, or of what has none; state 0: of all. */
static size_t class_range(const struct drill_measures *m, uint32_t metric, enum record_class urgency,
                          size_t state, size_t *ret_count)
{
    const struct sorted_by by = {
        .metric = metric, .of_class = true, .urgency = urgency, .of_state = state != 0, .state = state};
    return range(m, &by, ret_count);
}

/* Staffed time instead of all of it: as if it had begun at 1 ms and lasted so long. */
static struct stat_event staffed(const struct measured_event *event)
{
    struct stat_event e = stat_of(&event->event);
    e.start_ms = 1;
    e.stop_ms = 1 + event->staffed_ms;
    e.due_ms = e.paused_ms = e.paused_since_ms = 0;
    return e;
}

static uint64_t paused_ms(const struct stat_event *e, uint64_t now_ms)
{
    uint64_t end_ms = stat_event_until_ms(e, now_ms);
    return e->paused_ms +
           (e->paused_since_ms != 0 && end_ms > e->paused_since_ms ? end_ms - e->paused_since_ms : 0);
}

/* Without pauses: as if it had begun so much later, and been due so much later. */
static struct stat_event net(const struct measured_event *event, uint64_t now_ms)
{
    struct stat_event e = stat_of(&event->event);
    uint64_t ms = paused_ms(&e, now_ms);
    e.start_ms += ms;
    e.due_ms += e.due_ms == 0 ? 0 : ms;
    e.paused_ms = e.paused_since_ms = 0;
    return e;
}

static void add(struct metric_tally *tally, const struct measured_event *event, enum row_clock clock)
{
    bool open = event->event.outcome == STAT_OPEN;
    struct stat_event e = clock == ROW_STAFFED ? staffed(event)
                          : clock == ROW_NET   ? net(event, tally->now_ms)
                                               : stat_of(&event->event);
    if (clock == ROW_STAFFED && open) { /* its length is known, and not to be reckoned from now */
        e.outcome = STAT_LEFT;
        tally->row.left--;
        tally->row.open++;
    }
    metric_tally_add(tally, &e);
}

struct tallying {
    struct arena *arena;
    struct metric_tally tally;
    struct metric_rule rule;
};

/* max: events of the row. */
static void begin(struct tallying *t, const struct drill_measures *m, uint32_t metric, size_t max)
{
    const struct measure_rule *rule = measure_rule(metric);
    ensure(rule != NULL);
    t->arena = arena_new(ROW_BYTES);
    t->rule = (struct metric_rule){.metric = (enum metric)metric, .word = rule->word, .kind = rule->kind};
    ensure(t->arena != NULL &&
           metric_tally_init(&t->tally, t->arena, max + 1, drill_ms(m->record, m->now_ms)));
    metric_tally_begin(&t->tally, &t->rule);
}

static bool end(struct tallying *t, struct metric_row *ret)
{
    metric_tally_end(&t->tally, ret);
    arena_free(t->arena);
    return ret->n != 0;
}

bool measure_row(const struct drill_measures *m, const struct row_wanted *wanted, struct metric_row *ret)
{
    struct tallying t;
    size_t count = 0;
    bool paused = false;
    size_t from = class_range(m, wanted->metric, wanted->urgency, wanted->state, &count);
    begin(&t, m, wanted->metric, count);
    for (size_t i = from; i < from + count; i++) {
        const struct measured_event *event = &m->events[i];
        if (event->left_out == LEFT_IN && (wanted->hours == 0 || event->event.staffing == wanted->hours)) {
            const struct stat_event e = stat_of(&event->event);
            paused = paused || paused_ms(&e, t.tally.now_ms) != 0;
            add(&t.tally, event, wanted->clock);
        }
    }
    bool any = end(&t, ret);
    ret->paused = paused;
    return any;
}

static struct measured span_of(const struct drill_measures *m, const struct measured_event *event)
{
    const struct stat_event e = stat_of(&event->event);
    uint64_t end_ms = stat_event_until_ms(&e, drill_ms(m->record, m->now_ms));
    return (struct measured){.span_ms = e.outcome == STAT_MISSED ? NEVER_MS
                                        : end_ms > e.start_ms    ? end_ms - e.start_ms
                                                                 : 0,
                             .done = e.outcome == STAT_DONE};
}

/* Monday 00:00 there is 0. */
static unsigned hour_of_week(const struct drill_measures *m, const struct measured_event *event)
{
    const struct record_party *party = record_party(m->record, event->party);
    int64_t local_ms = zone_local_ms(party == NULL ? NULL : party->zone, event->began_ms);
    int64_t date = local_date(local_ms);
    unsigned day = (date_weekday(date) + 6) % 7;
    return day * 24 + (unsigned)((local_ms - date * (int64_t)MS_PER_DAY) / (int64_t)MS_PER_HOUR);
}

struct warm {
    unsigned hour;
    struct measured one;
};

static int by_hour(const void *left, const void *right)
{
    const struct warm *a = left, *b = right;
    if (a->hour != b->hour) {
        return a->hour < b->hour ? -1 : 1;
    }
    return a->one.span_ms < b->one.span_ms ? -1 : a->one.span_ms > b->one.span_ms;
}

bool measure_heat(const struct drill_measures *m, uint32_t metric, enum record_class urgency, size_t state,
                  struct heat_cell ret[HOURS_A_WEEK])
{
    size_t count = 0, kept = 0;
    size_t from = class_range(m, metric, urgency, state, &count);
    struct warm *list = calloc(count + 1, sizeof *list);
    struct measured *spans = calloc(count + 1, sizeof *spans);
    ensure(list != NULL && spans != NULL);
    for (size_t i = from; i < from + count; i++) {
        if (m->events[i].left_out == LEFT_IN) {
            list[kept++] =
                (struct warm){.hour = hour_of_week(m, &m->events[i]), .one = span_of(m, &m->events[i])};
        }
    }
    qsort(list, kept, sizeof *list, by_hour);
    for (unsigned hour = 0, at = 0; hour < HOURS_A_WEEK; hour++) {
        struct heat_cell cell = {.n = 0};
        for (; at < kept && list[at].hour == hour; at++) {
            spans[cell.n++] = list[at].one;
        }
        cell.median.reached = cell.n >= FEW && measure_percentile(spans, cell.n, 50, &cell.median.ms);
        ret[hour] = cell;
    }
    free(list);
    free(spans);
    return kept != 0;
}

bool measure_any(const struct drill_measures *m, uint32_t metric)
{
    size_t count = 0;
    (void)range(m, &(struct sorted_by){.metric = metric}, &count);
    return count != 0;
}

void measure_left_out(const struct drill_measures *m, uint32_t metric, size_t ret[LEFT_OUTS])
{
    size_t count = 0;
    size_t from = range(m, &(struct sorted_by){.metric = metric}, &count);
    for (size_t why = 0; why < LEFT_OUTS; why++) {
        ret[why] = 0;
    }
    for (size_t i = from; i < from + count; i++) {
        ret[m->events[i].left_out]++;
    }
}

/* --- the curve --- */

static size_t spans_of(const struct drill_measures *m, uint32_t metric, enum record_class urgency,
                       struct measured *list)
{
    size_t count = 0, kept = 0;
    size_t from = class_range(m, metric, urgency, 0, &count);
    for (size_t i = from; i < from + count; i++) {
        if (m->events[i].left_out == LEFT_IN) {
            list[kept++] = span_of(m, &m->events[i]);
        }
    }
    measures_sort(list, kept);
    return kept;
}

size_t measure_curve(const struct drill_measures *m, uint32_t metric, enum record_class urgency, size_t max,
                     struct curve_point *ret)
{
    size_t all = 0, points = 0, steps = 0;
    (void)class_range(m, metric, urgency, 0, &all);
    ensure(all <= m->event_count);
    struct measured *list = calloc(all + 1, sizeof *list);
    struct curve_point *curve = calloc(all + 1, sizeof *curve);
    ensure(list != NULL && curve != NULL);
    size_t count = spans_of(m, metric, urgency, list);
    uint64_t survival = SURVIVAL_ONE;
    for (size_t at = 0; at < count && list[at].span_ms != NEVER_MS;) {
        size_t from = at, came = 0;
        for (; at < count && list[at].span_ms == list[from].span_ms; at++) {
            came += list[at].done;
        }
        uint64_t risk = count - from;
        survival = (survival * (risk - came) + risk / 2) / risk;
        if (came != 0 || at == count) {
            curve[steps++] = (struct curve_point){
                .span_ms = list[from].span_ms,
                .permille = (uint32_t)(((SURVIVAL_ONE - survival) * 1000 + SURVIVAL_ONE / 2) / SURVIVAL_ONE)};
        }
    }
    for (size_t i = 0; i < steps && max != 0; i++) { /* every so many-th, and the last */
        size_t stride = (steps + max - 1) / max;
        if (i % stride == 0 || i + 1 == steps) {
            points = points == max ? max - 1 : points;
            ret[points++] = curve[i];
        }
    }
    free(list);
    free(curve);
    return points;
}
