/* SPDX-License-Identifier: Apache-2.0 */
/* STATS: what was measured, a row for each metric, side and class; never a mean over classes. */
#include <string.h>

#include "base/measure.h"
#include "nodes/stats.h"
#include "nodes/view.h"

#define FEW 5 /* fewer tell no percentile */

/* The events of one row, as they come. */
struct rows {
    struct call *call;
    json_t *list;
    bool by_peer, any;
    struct stat_event key;
    struct measured *measured; /* spans that have begun */
    size_t count;
    uint64_t done, open, left, missed, met, mature;
};

static const struct metric_rule *rule_of(enum metric metric)
{
    size_t count = 0;
    const struct metric_rule *rules = metric_rules(&count);
    for (size_t i = 0; i < count; i++) {
        if (rules[i].metric == metric) {
            return &rules[i];
        }
    }
    return NULL;
}

static void put_percentile(struct rows *rows, json_t *json, const char *name, const char *beyond,
                           unsigned of_hundred)
{
    uint64_t ms = 0;
    bool reached = measure_percentile(rows->measured, rows->count, of_hundred, &ms);
    put_number(rows->call, json, reached ? name : beyond, ms);
}

static void put_span(struct rows *rows, json_t *json, uint64_t target_ms)
{
    struct call *call = rows->call;
    put_number(call, json, "done", rows->done);
    put_number(call, json, "open", rows->open);
    put_number(call, json, "left", rows->left);
    put_number(call, json, "missed", rows->missed);
    if (target_ms != 0) {
        put_number(call, json, "target_ms", target_ms);
        put_number(call, json, "mature", rows->mature);
        put_number(call, json, "on_time", rows->met);
    }
    if (rows->count >= FEW) {
        measures_sort(rows->measured, rows->count);
        put_percentile(rows, json, "median_ms", "median_beyond_ms", 50);
        put_percentile(rows, json, "p90_ms", "p90_beyond_ms", 90);
    }
}

static void end_row(struct rows *rows)
{
    struct call *call = rows->call;
    const struct metric_rule *rule = rows->any ? rule_of(rows->key.metric) : NULL;
    if (rule == NULL) {
        return;
    }
    json_t *json = json_object();
    put_text(call, json, "metric", rule->word);
    put_text(call, json, "whose", rows->key.ours ? N_("ours") : N_("theirs"));
    if (rows->by_peer) {
        put_text(call, json, "peer", rows->key.peer.text);
    }
    put_text(call, json, "urgency",
             rows->key.urgency == URGENCY_NONE ? "" : urgency_name((uint32_t)rows->key.urgency));
    put_number(call, json, "n", rows->done + rows->open + rows->left + rows->missed);
    if (rule->is_span) {
        put_span(rows, json, rule->target_ms[rows->key.urgency]);
    } else {
        put_number(call, json, "so", rows->done);
    }
    append(call, rows->list, json);
}

static bool same_key(const struct rows *rows, const struct stat_event *event)
{
    const struct stat_event *key = &rows->key;
    return rows->any && key->metric == event->metric && key->ours == event->ours &&
           key->urgency == event->urgency && (!rows->by_peer || address_equal(&key->peer, &event->peer));
}

static void count_outcome(struct rows *rows, const struct stat_event *event)
{
    rows->done += event->outcome == STAT_DONE;
    rows->open += event->outcome == STAT_OPEN;
    rows->left += event->outcome == STAT_LEFT;
    rows->missed += event->outcome == STAT_MISSED;
}

/* How long it took, has taken, or (it will not come any more) would have taken for ever. */
static struct measured span_of(const struct rows *rows, const struct stat_event *event)
{
    uint64_t now = rows->call->now.ms;
    uint64_t until =
        event->outcome == STAT_OPEN ? (now > event->start_ms ? now : event->start_ms) : event->stop_ms;
    return (struct measured){.span_ms = event->outcome == STAT_MISSED ? NEVER_MS : until - event->start_ms,
                             .done = event->outcome == STAT_DONE};
}

/* On time is asked of what had its whole time to come, and was not withdrawn before. */
static void count_target(struct rows *rows, const struct stat_event *event, const struct measured *span,
                         uint64_t target_ms)
{
    bool left = event->outcome == STAT_LEFT && span->span_ms < target_ms;
    if (target_ms != 0 && !left && event->start_ms + target_ms <= rows->call->now.ms) {
        rows->mature++;
        rows->met += span->done && span->span_ms <= target_ms;
    }
}

static void add(void *context, const struct stat_event *event)
{
    struct rows *rows = context;
    if (!same_key(rows, event)) {
        end_row(rows);
        *rows = (struct rows){.call = rows->call,
                              .list = rows->list,
                              .by_peer = rows->by_peer,
                              .any = true,
                              .key = *event,
                              .measured = rows->measured};
    }
    const struct metric_rule *rule = rule_of(event->metric);
    count_outcome(rows, event);
    if (rule != NULL && rule->is_span && rows->count < MEASURES_MAX) {
        struct measured span = span_of(rows, event);
        count_target(rows, event, &span, rule->target_ms[event->urgency]);
        rows->measured[rows->count++] = span;
    }
}

static json_t *metrics_json(struct call *call)
{
    size_t count = 0;
    const struct metric_rule *rules = metric_rules(&count);
    json_t *json = json_object();
    for (size_t i = 0; i < count; i++) {
        put_text(call, json, rules[i].word, rules[i].text);
    }
    return json;
}

/* "2026-06-01" or a moment; 0: none is given. False when it answered. */
static bool since_of_query(struct call *call, uint64_t *ret)
{
    const char *text = query_value(call, "since");
    struct instant at = {.ms = 0};
    int64_t day = 0;
    *ret = 0;
    if (text == NULL) {
        return true;
    }
    if (instant_read_date(bytes_of_text(text), &day)) {
        at.ms = day;
    } else if (instant_read(bytes_of_text(text), &at) != INSTANT_OK) {
        answer_error(call, 400, "MALFORMED", "write a date such as 2026-06-01", "\"since\" is no date");
        return false;
    }
    *ret = at.ms > 0 ? (uint64_t)at.ms : 0;
    return true;
}

static bool is_given(struct call *call, const char *name, const char *value)
{
    const char *given = query_value(call, name);
    return given != NULL && strcmp(given, value) == 0;
}

void view_stats(struct call *call)
{
    uint64_t since_ms = 0;
    struct rows rows = {.call = call,
                        .by_peer = is_given(call, "by", "party"),
                        .measured = arena_take(call->arena, MEASURES_MAX * sizeof *rows.measured)};
    if (!since_of_query(call, &since_ms)) {
        return;
    }
    if (rows.measured == NULL) {
        answer_too_large(call);
        return;
    }
    rows.list = json_array();
    store_stats_each(call->node->store, since_ms, is_given(call, "exercise", "1"), rows.by_peer, add, &rows);
    end_row(&rows);
    json_t *json = json_object();
    put_text(call, json, "party", call->node->options.party.text);
    put_ms(call, json, "now", call->now.ms);
    put_ms(call, json, "since", since_ms);
    put(call, json, "rows", rows.list);
    put(call, json, "metrics", metrics_json(call));
    answer_json(call, json);
}
