/* SPDX-License-Identifier: Apache-2.0 */
/* STATS: what was measured, a row for each metric, side, class and part; never a mean over classes. */
#include <string.h>

#include "base/text.h"
#include "nodes/stats.h"
#include "nodes/view.h"

#define LAPSES_MAX 100               /* that are named on a page, the latest first */
#define EVENTS_MAX ((size_t)1 << 16) /* that one answer is made of, the latest: no turn is long */

/* The events of one row, as they come. */
struct rows {
    struct call *call;
    json_t *list;
    bool by_peer, any;
    struct stat_event key;
    struct metric_tally tally;
};

/* --- a row --- */

static void put_percentile(struct call *call, json_t *json, const char *name, const char *beyond,
                           const struct percentile *p)
{
    put_number(call, json, p->reached ? name : beyond, p->ms);
}

/* Few: each as it is; what had not come is "open", what never comes has no length. */
static json_t *dots_json(struct call *call, const struct metric_row *row)
{
    json_t *list = json_array();
    for (size_t i = 0; i < row->dots; i++) {
        json_t *dot = json_object();
        if (row->dot[i].span_ms != NEVER_MS) {
            put_number(call, dot, "ms", row->dot[i].span_ms);
        }
        put(call, dot, "came", json_boolean(row->dot[i].done));
        append(call, list, dot);
    }
    return list;
}

static json_t *hours_json(struct call *call, const struct by_hours *hours)
{
    json_t *json = json_object();
    put_number(call, json, "n", hours->count);
    put_percentile(call, json, "median_ms", "median_beyond_ms", &hours->median);
    put_percentile(call, json, "low_ms", "low_beyond_ms", &hours->low);
    put_percentile(call, json, "high_ms", "high_beyond_ms", &hours->high);
    return json;
}

static void put_span(struct call *call, json_t *json, const struct metric_target *target,
                     const struct metric_row *row)
{
    put_number(call, json, "done", row->done);
    put_number(call, json, "open", row->open);
    put_number(call, json, "left", row->left);
    put_number(call, json, "missed", row->missed);
    if (target->ms != 0 || target->workdays != 0) {
        put_number(call, json, target->ms != 0 ? "target_ms" : "target_workdays",
                   target->ms != 0 ? target->ms : target->workdays);
        put_number(call, json, "mature", row->mature);
        put_number(call, json, "on_time", row->on_time);
    }
    if (!row->percentiles) {
        put(call, json, "dots", dots_json(call, row));
        return;
    }
    put_percentile(call, json, "median_ms", "median_beyond_ms", &row->median);
    put_percentile(call, json, "p90_ms", "p90_beyond_ms", &row->p90);
    if (row->paused) {
        put_percentile(call, json, "net_median_ms", "net_median_beyond_ms", &row->net_median);
        put_percentile(call, json, "net_p90_ms", "net_p90_beyond_ms", &row->net_p90);
    }
    if (row->hours_shown) {
        put(call, json, "in_hours", hours_json(call, &row->in_hours));
        put(call, json, "out_of_hours", hours_json(call, &row->out_of_hours));
    }
    put_true(call, json, "cut", row->cut);
}

static void put_row(struct call *call, json_t *json, const struct metric_rule *rule, enum urgency urgency,
                    const struct metric_row *row)
{
    put_number(call, json, "n", row->n);
    switch (rule->kind) {
    case METRIC_SPAN:
        put_span(call, json, &rule->targets[urgency], row);
        break;
    case METRIC_SHARE:
        put_number(call, json, "so", row->done);
        put_number(call, json, "not_so", row->missed);
        put_number(call, json, "open", row->open);
        put_number(call, json, "left", row->left);
        break;
    case METRIC_TOTAL:
        put_number(call, json, "total_ms", row->total_ms);
        break;
    case METRIC_COUNT:
        break;
    }
}

static void end_row(struct rows *rows)
{
    struct call *call = rows->call;
    struct metric_row row;
    if (!rows->any) {
        return;
    }
    const struct metric_rule *rule = rows->tally.rule;
    const char *part = metric_part_word(rule, rows->key.part);
    json_t *json = json_object();
    metric_tally_end(&rows->tally, &row);
    put_text(call, json, "metric", rule->word);
    if (part[0] != '\0') {
        put_text(call, json, "part", part);
    }
    put_text(call, json, "whose", rows->key.ours ? N_("ours") : N_("theirs"));
    if (rows->by_peer) {
        put_text(call, json, "peer", rows->key.peer.text);
    }
    put_text(call, json, "urgency",
             rows->key.urgency == URGENCY_NONE ? "" : urgency_name((uint32_t)rows->key.urgency));
    put_row(call, json, rule, rows->key.urgency, &row);
    append(call, rows->list, json);
}

static bool same_key(const struct rows *rows, const struct stat_event *event)
{
    const struct stat_event *key = &rows->key;
    return rows->any && key->metric == event->metric && key->ours == event->ours &&
           key->urgency == event->urgency && key->part == event->part &&
           (!rows->by_peer || address_equal(&key->peer, &event->peer));
}

static void add(void *context, const struct stat_event *event)
{
    struct rows *rows = context;
    const struct metric_rule *rule = metric_rule(event->metric);
    if (rule == NULL) {
        return;
    }
    if (!same_key(rows, event)) {
        end_row(rows);
        rows->any = true;
        rows->key = *event;
        metric_tally_begin(&rows->tally, rule);
    }
    metric_tally_add(&rows->tally, event);
}

/* --- all of it --- */

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

/* --- holds that lapsed: a page of them --- */

struct lapses {
    size_t max;
    struct stat_place place;
};

/* "1796000000000.3.HEX": when it was held from, item, case. */
static const char *place_text(struct call *call, const struct stat_event *event)
{
    const char *hex = hex_new(call->arena, bytes_of(event->case_id.bytes, sizeof event->case_id.bytes));
    return arena_format(call->arena, "%llu.%u.%s", (unsigned long long)event->start_ms, (unsigned)event->item,
                        hex == NULL ? "" : hex);
}

/* False when it answered. */
static bool lapses_asked(struct call *call, struct lapses *ret)
{
    const char *after = NULL;
    uint64_t item = 0;
    *ret = (struct lapses){.place = {.start_ms = INT64_MAX}};
    if (!page_asked(call, LAPSES_MAX, &ret->max, &after)) {
        return false;
    }
    if (after != NULL &&
        (!place_number(&after, &ret->place.start_ms) || !place_number(&after, &item) || item > UINT32_MAX ||
         !hex_read(ret->place.case_id.bytes, sizeof ret->place.case_id.bytes, bytes_of_text(after)))) {
        answer_no_page(call);
        return false;
    }
    ret->place.item = (uint32_t)item;
    return true;
}

/* Each hold that lapsed, with who owed what. */
static void put_lapses(struct call *call, json_t *answer, const struct lapses *lapses, uint64_t since_ms,
                       uint64_t until_ms, bool exercise)
{
    struct stat_event *events = arena_zero(call->arena, LAPSES_MAX, sizeof *events);
    json_t *list = json_array();
    size_t count = events == NULL ? 0
                                  : store_stats_of(call->node->store, METRIC_LAPSE, since_ms, until_ms,
                                                   exercise, &lapses->place, lapses->max, events);
    for (size_t i = 0; i < count; i++) {
        json_t *json = json_object();
        put_hex(call, json, "case", bytes_of(events[i].case_id.bytes, sizeof events[i].case_id.bytes));
        put_text(call, json, "peer", events[i].peer.text);
        put_number(call, json, "item", events[i].item);
        put_ms(call, json, "held_from", events[i].start_ms);
        put_text(call, json, "owed", metric_part_word(metric_rule(METRIC_LAPSE), events[i].part));
        put_text(call, json, "by", events[i].ours ? N_("ours") : N_("theirs"));
        append(call, list, json);
    }
    put(call, answer, "lapses", list);
    if (count != 0 && count == lapses->max) {
        put_text(call, answer, "more", place_text(call, &events[count - 1]));
    }
}

/* --- the events themselves, for who measures more than one node --- */

struct spans {
    struct call *call;
    const struct metric_rule *rule;
    json_t *list;
};

static void add_span(void *context, const struct stat_event *event)
{
    static const char *const outcomes[] = {"", "done", "open", "left", "missed"};
    struct spans *spans = context;
    struct call *call = spans->call;
    json_t *json = json_object();
    put_hex(call, json, "case", bytes_of(event->case_id.bytes, sizeof event->case_id.bytes));
    put_text(call, json, "part", metric_part_word(spans->rule, event->part));
    put_number(call, json, "item", event->item);
    put_text(call, json, "class",
             event->urgency == URGENCY_EMERGENCY ? "E"
             : event->urgency == URGENCY_URGENT  ? "U"
                                                 : "R");
    put_text(call, json, "whose", event->ours ? N_("ours") : N_("theirs"));
    put_text(call, json, "peer", event->peer.text);
    put_ms(call, json, "start", event->start_ms);
    put_ms(call, json, "stop", event->stop_ms);
    put_ms(call, json, "due", event->due_ms);
    put_number(call, json, "paused_ms", event->paused_ms);
    put_text(call, json, "outcome", outcomes[event->outcome < 5 ? event->outcome : 0]);
    append(call, spans->list, json);
}

/* NULL: there is no such measure. */
static const struct metric_rule *rule_of_word(const char *word)
{
    size_t count = 0;
    const struct metric_rule *list = metric_rules(&count);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(list[i].word, word) == 0) {
            return &list[i];
        }
    }
    return NULL;
}

/* Each event of the measure that is asked for. False when it answered. */
static bool put_spans(struct call *call, json_t *json, const char *word, uint64_t from_ms, uint64_t until_ms,
                      bool exercise)
{
    struct spans spans = {.call = call, .rule = rule_of_word(word), .list = json_array()};
    if (spans.rule == NULL) {
        json_decref(spans.list);
        answer_error(call, 400, "MALFORMED", "take a word of \"metrics\", such as acknowledge",
                     "\"spans\" is no measure");
        return false;
    }
    store_stats_of_measure(call->node->store, spans.rule->metric, from_ms, until_ms, exercise, add_span,
                           &spans);
    put(call, json, "spans", spans.list);
    return true;
}

/* "2026-06-01" or a moment; *ret as it is: none is given. False when it answered. */
static bool moment_of_query(struct call *call, const char *name, uint64_t *ret)
{
    const char *text = query_value(call, name);
    struct instant at = {.ms = 0};
    int64_t day = 0;
    if (text == NULL) {
        return true;
    }
    if (instant_read_date(bytes_of_text(text), &day)) {
        at.ms = day;
    } else if (instant_read(bytes_of_text(text), &at) != INSTANT_OK) {
        answer_error(call, 400, "MALFORMED", "write a date such as 2026-06-01", "\"%s\" is no date", name);
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

/* What all events say together. False when it answered. */
static bool put_measures(struct call *call, json_t *json, const struct lapses *lapses, uint64_t from_ms,
                         uint64_t until_ms, bool exercise)
{
    struct rows rows = {.call = call, .by_peer = is_given(call, "by", "party")};
    if (!metric_tally_init(&rows.tally, call->arena, EVENTS_MAX, call->now.ms)) {
        answer_too_large(call);
        return false;
    }
    rows.list = json_array();
    store_stats_each(call->node->store, from_ms, until_ms, exercise, rows.by_peer, add, &rows);
    end_row(&rows);
    put(call, json, "rows", rows.list);
    put_lapses(call, json, lapses, from_ms, until_ms, exercise);
    put(call, json, "metrics", metrics_json(call));
    return true;
}

void view_stats(struct call *call)
{
    uint64_t since_ms = 0, until_ms = INT64_MAX;
    bool exercise = is_given(call, "exercise", "1");
    const char *spans = query_value(call, "spans");
    struct lapses lapses;
    if (!moment_of_query(call, "since", &since_ms) || !moment_of_query(call, "until", &until_ms) ||
        (spans == NULL && !lapses_asked(call, &lapses))) {
        return;
    }
    uint64_t from_ms = store_stats_from(call->node->store, since_ms, until_ms, exercise, EVENTS_MAX);
    json_t *json = json_object();
    put_text(call, json, "party", call->node->options.party.text);
    put_ms(call, json, "now", call->now.ms);
    put_ms(call, json, "since", from_ms);
    put_true(call, json, "cut", from_ms > since_ms);
    bool good = spans == NULL ? put_measures(call, json, &lapses, from_ms, until_ms, exercise)
                              : put_spans(call, json, spans, from_ms, until_ms, exercise);
    if (good) {
        answer_json(call, json);
    } else {
        json_decref(json);
    }
}
