/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/stats.h"

#include "nodes/case_metrics.h"
#include "nodes/orders.h"

#define EVENTS_OF_METRIC 65536 /* of one case there are fewer */
#define EVENTS_COMPARED  256   /* the first of one case; those behind them are written each time */

#define METRIC_NUMBERS            256
#define METRIC(name, number, ...) _Static_assert((number) < METRIC_NUMBERS, "counted by its number");
#include "nodes/metrics.def"
#undef METRIC

struct gathering {
    struct node *node;
    struct case_calendars calendars;
    struct case_id id;
    uint32_t counts[METRIC_NUMBERS]; /* of events, by metric */
    struct numbered_event *held;     /* as they are stored */
    size_t held_count;
    bool stays[EVENTS_COMPARED]; /* of those held: there still is one with its number */
};

static uint64_t workdays(const void *context, enum side side, uint64_t roster, uint64_t ms, uint64_t n)
{
    const struct gathering *g = context;
    return case_workdays_after(&g->calendars, side, roster, ms, n);
}

static struct staffing_span staffing_at(const void *context, enum side side, uint64_t roster, uint64_t ms)
{
    struct gathering *g = (struct gathering *)(uintptr_t)context; /* looking a calendar up keeps it there */
    return calendar_staffing_span(case_calendar(&g->calendars, side, roster), ms);
}

static uint64_t order_until(const void *context, uint32_t item)
{
    const struct gathering *g = context;
    uint64_t n = 0, until_ms = 0;
    return store_order_of_item(g->node->store, &g->id, item, &n, &until_ms) ? until_ms : 0;
}

static bool same_event(const struct stat_event *a, const struct stat_event *b)
{
    return a->metric == b->metric && a->part == b->part && a->item == b->item && a->start_ms == b->start_ms &&
           a->stop_ms == b->stop_ms && a->due_ms == b->due_ms && a->paused_ms == b->paused_ms &&
           a->paused_since_ms == b->paused_since_ms && a->outcome == b->outcome && a->urgency == b->urgency &&
           a->staffing == b->staffing && a->ours == b->ours && a->exercise == b->exercise &&
           address_equal(&a->peer, &b->peer);
}

/* Of the first one held that does not come before that number. */
static size_t place_of(const struct gathering *g, uint64_t n)
{
    size_t from = 0, to = g->held_count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (g->held[middle].n < n) {
            from = middle + 1;
        } else {
            to = middle;
        }
    }
    return from;
}

/* Numbered within its metric: one more moves none of another. */
static void put(void *into, const struct stat_event *event)
{
    struct gathering *g = into;
    uint64_t n = (uint64_t)event->metric * EVENTS_OF_METRIC + ++g->counts[event->metric];
    size_t at = place_of(g, n);
    bool known = at < g->held_count && g->held[at].n == n;
    if (known) {
        g->stays[at] = true;
    }
    if (!known || !same_event(&g->held[at].event, event)) {
        store_stat_put(g->node->store, event, n);
    }
}

static bool same_date(const struct told_date *told, const struct watch *watch)
{
    uint64_t apart =
        told->due_ms > watch->due_ms ? told->due_ms - watch->due_ms : watch->due_ms - told->due_ms;
    return told->clock == watch->clock && told->item == watch->item && apart <= WATCH_SAME_MS;
}

/* Of each date the highest of those who were told of it, from deputy on. */
static size_t gather_told(const struct case_alarms *alarms, struct arena *arena, struct told_date **ret)
{
    struct told_date *list = arena_take(arena, alarms->count * sizeof *list);
    size_t told = 0;
    for (size_t i = 0; list != NULL && i < alarms->count; i++) {
        const struct watch *watch = &alarms->latest[i].watch;
        enum watch_who who = watch_who(watch, alarms->latest[i].step);
        size_t at = 0;
        while (at < told && !same_date(&list[at], watch)) {
            at++;
        }
        if (who < WHO_DEPUTY || line_clock_is_of_letter(watch->clock)) {
            continue;
        }
        if (at == told) {
            list[told++] =
                (struct told_date){.clock = watch->clock, .item = watch->item, .due_ms = watch->due_ms};
        }
        list[at].who = who > list[at].who ? who : list[at].who;
    }
    *ret = list;
    return told;
}

void stats_follow(struct node *node, const struct case_row *row, const struct case_fold *fold,
                  const struct case_alarms *alarms, struct arena *arena)
{
    struct gathering *g = arena_zero(arena, 1, sizeof *g);
    struct told_date *told = NULL;
    struct numbered_event *held = arena_take(arena, EVENTS_COMPARED * sizeof *held);
    if (g == NULL || held == NULL) {
        store_stats_cut(node->store, &row->id, 0);
        return;
    }
    g->node = node;
    g->id = row->id;
    g->held = held;
    g->held_count = store_stats_of_case(node->store, &row->id, EVENTS_COMPARED, held);
    case_calendars_init(&g->calendars, node, row->q.text, row->r.text, arena);
    size_t told_count = gather_told(alarms, arena, &told);
    const struct metric_scene scene = {.own = row->own_side,
                                       .base = {.case_id = row->id,
                                                .exercise = row->has_exercise,
                                                .peer = row->own_side == SIDE_Q ? row->r : row->q},
                                       .context = g,
                                       .workdays_after = workdays,
                                       .staffing = staffing_at,
                                       .order_until = row->own_side == SIDE_R ? order_until : NULL,
                                       .told = told,
                                       .told_count = told_count,
                                       .put = put,
                                       .into = g};
    if (g->held_count == EVENTS_COMPARED) {
        store_stats_cut(node->store, &row->id, held[EVENTS_COMPARED - 1].n);
    }
    case_metrics(fold, &scene);
    for (size_t i = 0; i < g->held_count; i++) {
        if (!g->stays[i]) {
            store_stat_drop(node->store, &row->id, held[i].n);
        }
    }
}
