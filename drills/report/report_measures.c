/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "drills/report/report_private.h"

#define CURVE_POINTS 200
#define STATES_ALL   40 /* with more, a State has rows of the eight core measures only */
#define FLOWS_MAX    2000
#define PERMILLE     1000

const enum record_class report_classes[ROW_CLASS_COUNT] = {RECORD_EMERGENCY, RECORD_URGENT, RECORD_ROUTINE,
                                                           RECORD_NO_CLASS};

json_t *class_json(enum record_class urgency)
{
    return text_json(urgency == RECORD_NO_CLASS ? NULL : record_class_letter(urgency));
}

/* --- rows --- */

static json_t *values_json(const struct metric_row *row)
{
    json_t *list = json_array();
    for (size_t i = 0; i < row->dots; i++) {
        if (row->dot[i].done) {
            report_add(list, number_json(row->dot[i].span_ms));
        }
    }
    return list;
}

static void put_percentiles(json_t *json, const struct metric_row *row)
{
    bool many = row->percentiles;
    report_put(json, "p50", percentile_json(many && row->median.reached, row->median.ms));
    report_put(json, "p90", percentile_json(many && row->p90.reached, row->p90.ms));
    report_put(json, "p99", percentile_json(many && row->p99.reached, row->p99.ms));
    report_put(json, "worst", row->n == 0 ? json_null() : number_json(row->longest_ms));
    report_put(json, "beyond",
               json_boolean(many && !(row->median.reached && row->p90.reached && row->p99.reached)));
}

static json_t *row_json(const struct report *report, const struct measure_rule *rule,
                        const struct row_wanted *wanted, const struct metric_row *row)
{
    static const char *const clocks[] = {"gross", "net", "staffed"};
    static const char *const hours[] = {"all", "S", "C", "X"};
    bool share = rule->kind == METRIC_SHARE;
    const struct record_state *state = record_state(report->record, wanted->state);
    json_t *json = json_object();
    report_put(json, "class", class_json(wanted->urgency));
    report_put(json, "state", text_json(state == NULL ? NULL : state->code));
    report_put(json, "hours", json_string(hours[wanted->hours]));
    report_put(json, "clock", json_string(clocks[wanted->clock]));
    report_put(json, "n", number_json(row->n));
    report_put(json, "done", number_json(row->done));
    report_put(json, "open", number_json(row->open));
    report_put(json, "missed", number_json(row->missed));
    report_put(json, "left", number_json(row->left));
    if (rule->kind == METRIC_SPAN) {
        put_percentiles(json, row);
    } else {
        put_percentiles(json, &(struct metric_row){.n = 0});
    }
    report_put(json, "mature", number_json(share ? row->done + row->missed : row->mature));
    report_put(json, "on_time", number_json(share ? row->done : row->on_time));
    if (rule->kind == METRIC_SPAN && row->n < FEW) {
        report_put(json, "values", values_json(row));
    }
    return json;
}

static void add_row(const struct report *report, const struct measure_rule *rule, json_t *rows,
                    struct row_wanted wanted)
{
    struct metric_row row;
    bool any = measure_row(report->m, &wanted, &row);
    if (any && (wanted.clock != ROW_NET || row.paused)) {
        report_add(rows, row_json(report, rule, &wanted, &row));
    }
}

bool is_core_measure(uint32_t metric)
{
    return (metric >= METRIC_ACKNOWLEDGE && metric <= METRIC_EMERGENCY) || metric == METRIC_LAPSE ||
           metric == MEASURE_SAVED_TRUE;
}

/* Elapsed first; then without pauses, then staffed; then by when it came in. */
static void add_rows(const struct report *report, const struct measure_rule *rule, json_t *rows,
                     enum record_class urgency, size_t state)
{
    bool few = report->record->states.count <= STATES_ALL;
    struct row_wanted wanted = {.metric = rule->metric, .urgency = urgency, .state = state};
    add_row(report, rule, rows, wanted);
    if (rule->kind != METRIC_SPAN || (state != 0 && !few)) {
        return;
    }
    for (enum row_clock clock = ROW_NET; clock <= ROW_STAFFED; clock++) {
        wanted.clock = clock;
        add_row(report, rule, rows, wanted);
    }
    wanted.clock = ROW_GROSS;
    for (enum staffing hours = STAFFED; hours <= CLOSED; hours++) {
        wanted.hours = hours;
        add_row(report, rule, rows, wanted);
    }
}

/* --- a measure --- */

static json_t *targets_json(uint32_t metric)
{
    const struct metric_rule *rule = metric_rule((enum metric)metric);
    json_t *json = json_object();
    for (size_t i = 0; i < CLASS_COUNT; i++) {
        report_put(json, record_class_letter(report_classes[i]),
                   rule == NULL || rule->kind != METRIC_SPAN ? json_null()
                                                             : ms_json(rule->targets[report_classes[i]].ms));
    }
    return json;
}

static json_t *curve_json(const struct report *report, const struct measure_rule *rule)
{
    json_t *curves = json_array();
    for (size_t i = 0; rule->kind == METRIC_SPAN && i < ROW_CLASS_COUNT; i++) {
        struct curve_point points[CURVE_POINTS];
        size_t count = measure_curve(report->m, rule->metric, report_classes[i], CURVE_POINTS, points);
        json_t *list = json_array(), *json = json_object();
        for (size_t p = 0; p < count; p++) {
            json_t *point = json_array();
            report_add(point, number_json(points[p].span_ms));
            report_add(point, number_json(points[p].permille));
            report_add(list, point);
        }
        report_put(json, "class", class_json(report_classes[i]));
        report_put(json, "state", json_null());
        report_put(json, "points", list);
        if (count == 0) {
            json_decref(json);
        } else {
            report_add(curves, json);
        }
    }
    return curves;
}

static json_t *left_out_json(const struct report *report, uint32_t metric)
{
    size_t counts[LEFT_OUTS];
    json_t *list = json_array();
    measure_left_out(report->m, metric, counts);
    for (unsigned why = LEFT_IN + 1; why < LEFT_OUTS; why++) {
        if (counts[why] != 0) {
            json_t *json = json_object();
            report_put(json, "why", text_json(say(report->of.words, left_out_word((enum left_out)why))));
            report_put(json, "n", number_json(counts[why]));
            report_add(list, json);
        }
    }
    return list;
}

static json_t *measure_json(const struct report *report, const struct measure_rule *rule)
{
    static const char *const kinds[] = {
        [METRIC_SPAN] = "span", [METRIC_SHARE] = "share", [METRIC_COUNT] = "count", [METRIC_TOTAL] = "count"};
    bool states = report->record->states.count <= STATES_ALL || is_core_measure(rule->metric);
    json_t *json = json_object(), *rows = json_array();
    for (size_t c = 0; c < ROW_CLASS_COUNT; c++) {
        add_rows(report, rule, rows, report_classes[c], 0);
        for (size_t state = 1; states && state <= report->record->states.count; state++) {
            add_rows(report, rule, rows, report_classes[c], state);
        }
    }
    report_put(json, "id", json_string(measure_id(rule)));
    report_put(json, "word", json_string(rule->word));
    report_put(json, "text", text_json(say(report->of.words, rule->text)));
    report_put(json, "kind", json_string(kinds[rule->kind]));
    report_put(json, "targets", targets_json(rule->metric));
    report_put(json, "rows", rows);
    report_put(json, "curve", curve_json(report, rule));
    report_put(json, "left_out", left_out_json(report, rule->metric));
    return json;
}

/* M21: medians in and out of hours, with where 95 of 100 resamples have them; only where there are ten of each. */
static void add_penalty(const struct report *report, json_t *list, uint32_t metric)
{
    static const struct {
        const char *hours;
        bool in;
    } sides[] = {{"S", true}, {"X", false}};
    json_t *json = json_object(), *rows = json_array();
    for (size_t c = 0; c < CLASS_COUNT; c++) {
        struct metric_row row;
        const struct row_wanted wanted = {.metric = metric, .urgency = report_classes[c]};
        if (!measure_row(report->m, &wanted, &row) || !row.hours_shown) {
            continue;
        }
        for (size_t s = 0; s < 2; s++) {
            const struct by_hours *by = sides[s].in ? &row.in_hours : &row.out_of_hours;
            json_t *one =
                row_json(report, measure_rule(metric), &wanted, &(struct metric_row){.n = by->count});
            report_put(one, "hours", json_string(sides[s].hours));
            report_put(one, "p50", percentile_json(by->median.reached, by->median.ms));
            report_put(one, "low", percentile_json(by->low.reached, by->low.ms));
            report_put(one, "high", percentile_json(by->high.reached, by->high.ms));
            report_add(rows, one);
        }
    }
    report_put(json, "id", json_string("M21"));
    report_put(json, "word", text_json(report_format(report, "out-of-hours %s", measure_rule(metric)->word)));
    report_put(json, "text",
               text_json(say(report->of.words, "medians by when it came in: within hours, and outside of "
                                               "them; only where there are ten of each")));
    report_put(json, "kind", json_string("span"));
    report_put(json, "targets", targets_json(0));
    report_put(json, "rows", rows);
    report_put(json, "curve", json_array());
    if (json_array_size(rows) == 0) {
        json_decref(json);
    } else {
        report_add(list, json);
    }
}

static const char *const ids[] = {"M1",  "M2",  "M3",  "M4",  "M5",  "M6",  "M7",  "M8",  "M9",  "M10",
                                  "M11", "M12", "M13", "M14", "M15", "M16", "M17", "M18", "M19", "M21",
                                  "M22", "M23", "M24", "M25", "M26", "M27", "D1",  "D2",  "D5",  NULL};

/* In the order of their ids; those that nothing was measured of are left out. M20 is `buckets`. */
json_t *report_measures(const struct report *report)
{
    size_t count = 0;
    const struct measure_rule *rules = measure_rules(&count);
    json_t *list = json_array();
    for (size_t i = 0; ids[i] != NULL; i++) {
        if (strcmp(ids[i], "M21") == 0) {
            add_penalty(report, list, METRIC_ACKNOWLEDGE);
            add_penalty(report, list, METRIC_DECIDE);
        }
        for (size_t k = 0; k < count; k++) {
            if (measure_any(report->m, rules[k].metric) && rules[k].kind != METRIC_TOTAL &&
                strcmp(measure_id(&rules[k]), ids[i]) == 0) {
                report_add(list, measure_json(report, &rules[k]));
            }
        }
    }
    return list;
}

/* --- M20 --- */

static void add_buckets(const struct report *report, json_t *list, enum record_class urgency, size_t state)
{
    const struct record_state *it = record_state(report->record, state);
    uint64_t sum[BUCKETS] = {0};
    size_t cases = 0;
    for (size_t i = 0; i < report->record->cases.count; i++) {
        const struct case_facts *facts = &report->m->facts[i];
        const struct record_party *r = record_party(report->record, report->record->cases.list[i].r);
        if (!facts->timed || facts->urgency != urgency || (state != 0 && (r == NULL || r->state != state))) {
            continue;
        }
        cases++;
        for (size_t b = 1; b < BUCKETS; b++) {
            sum[b] += facts->bucket_ms[b];
        }
    }
    if (cases == 0) {
        return;
    }
    json_t *json = json_object(), *names = json_array(), *ms = json_array();
    for (unsigned b = 1; b < BUCKETS; b++) {
        report_add(names, json_string(bucket_word((enum time_bucket)b)));
        report_add(ms, number_json(sum[b]));
    }
    report_put(json, "class", json_string(record_class_letter(urgency)));
    report_put(json, "state", text_json(it == NULL ? NULL : it->code));
    report_put(json, "names", names);
    report_put(json, "ms", ms);
    report_put(json, "cases", number_json(cases));
    report_add(list, json);
}

json_t *report_buckets(const struct report *report)
{
    json_t *list = json_array();
    for (size_t c = 0; c < CLASS_COUNT; c++) {
        for (size_t state = 0; state <= report->record->states.count; state++) {
            add_buckets(report, list, report_classes[c], state);
        }
    }
    return list;
}

/* --- by the hour of the week --- */

json_t *report_heat(const struct report *report)
{
    json_t *list = json_array();
    for (size_t state = 1; state <= report->record->states.count; state++) {
        for (size_t c = 0; c < CLASS_COUNT; c++) {
            struct heat_cell cells[HOURS_A_WEEK];
            if (!measure_heat(report->m, METRIC_ACKNOWLEDGE, report_classes[c], state, cells)) {
                continue;
            }
            json_t *json = json_object(), *all = json_array();
            for (size_t i = 0; i < HOURS_A_WEEK; i++) {
                json_t *cell = json_array();
                report_add(cell, number_json(cells[i].n));
                report_add(cell, percentile_json(cells[i].median.reached, cells[i].median.ms));
                report_add(all, cell);
            }
            report_put(json, "state", text_json(record_state(report->record, state)->code));
            report_put(json, "measure", json_string("M1"));
            report_put(json, "class", json_string(record_class_letter(report_classes[c])));
            report_put(json, "cells", all);
            report_add(list, json);
        }
    }
    return list;
}

/* --- flows --- */

struct flow {
    size_t from, to; /* States */
    enum record_class urgency;
    size_t first, count; /* cases, in the list that is sorted */
};
struct sent {
    size_t from, to, number;
    enum record_class urgency;
    const char *machine;
};

static int by_way(const void *left, const void *right)
{
    const struct sent *a = left, *b = right;
    const size_t keys[][2] = {{a->from, b->from}, {a->to, b->to}, {a->urgency, b->urgency}};
    for (size_t i = 0; i < 3; i++) {
        if (keys[i][0] != keys[i][1]) {
            return keys[i][0] < keys[i][1] ? -1 : 1;
        }
    }
    int order = strcmp(a->machine, b->machine);
    return order != 0 ? order : a->number < b->number ? -1 : a->number > b->number;
}

static int by_count(const void *left, const void *right)
{
    const struct flow *a = left, *b = right;
    return a->count != b->count  ? a->count > b->count ? -1 : 1
           : a->first < b->first ? -1
                                 : a->first > b->first;
}

/* Of the first acknowledgement: how many in time, and the median; from the facts, the target in ms of its class. */
static void put_answered(const struct report *report, json_t *json, const struct sent *sent, size_t count,
                         struct measured *spans)
{
    uint64_t target_ms = metric_rule(METRIC_ACKNOWLEDGE)->targets[sent[0].urgency].ms;
    uint64_t mature = 0, met = 0, p50 = 0;
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t now_ms = drill_ms(report->record, record_case_known_ms(report->record, sent[i].number));
        const struct case_facts *facts = &report->m->facts[sent[i].number - 1];
        uint64_t from_ms = drill_ms(report->record, facts->delivered_ms);
        uint64_t to_ms =
            facts->acknowledged_ms == 0 ? now_ms : drill_ms(report->record, facts->acknowledged_ms);
        if (facts->delivered_ms != 0 && to_ms >= from_ms) {
            spans[kept++] =
                (struct measured){.span_ms = to_ms - from_ms, .done = facts->acknowledged_ms != 0};
            mature += from_ms + target_ms <= now_ms;
            met +=
                from_ms + target_ms <= now_ms && facts->acknowledged_ms != 0 && to_ms - from_ms <= target_ms;
        }
    }
    measures_sort(spans, kept);
    bool reached = measure_percentile(spans, kept, 50, &p50);
    report_put(json, "on_time",
               mature == 0 ? json_null() : number_json((met * PERMILLE + mature / 2) / mature));
    report_put(json, "p50", percentile_json(reached && kept >= FEW, p50));
}

static json_t *flow_json(const struct report *report, const struct flow *flow, const struct sent *sent,
                         struct measured *spans)
{
    json_t *json = json_object(), *types = json_object();
    for (size_t i = 0; i < flow->count; i++) {
        json_int_t before = json_integer_value(json_object_get(types, sent[i].machine));
        report_put(types, sent[i].machine, json_integer(before + 1));
    }
    report_put(json, "from", text_json(record_state(report->record, flow->from)->code));
    report_put(json, "to", text_json(record_state(report->record, flow->to)->code));
    report_put(json, "class", json_string(record_class_letter(flow->urgency)));
    report_put(json, "n", number_json(flow->count));
    report_put(json, "by_type", types);
    put_answered(report, json, sent, flow->count, spans);
    return json;
}

static size_t sent_list(const struct report *report, struct sent *list)
{
    size_t count = 0;
    for (size_t i = 0; i < report->record->cases.count; i++) {
        const struct record_case *it = &report->record->cases.list[i];
        const struct record_party *q = record_party(report->record, it->q),
                                  *r = record_party(report->record, it->r);
        if (q != NULL && r != NULL && q->state != 0 && r->state != 0) {
            list[count++] = (struct sent){.from = q->state,
                                          .to = r->state,
                                          .number = i + 1,
                                          .urgency = report->m->facts[i].urgency,
                                          .machine = it->machine == NULL ? "" : it->machine};
        }
    }
    qsort(list, count, sizeof *list, by_way);
    return count;
}

json_t *report_flows(const struct report *report)
{
    size_t room = report->record->cases.count + 1, count = 0;
    struct sent *sent = calloc(room, sizeof *sent);
    struct flow *flows = calloc(room, sizeof *flows);
    struct measured *spans = calloc(room, sizeof *spans);
    json_t *list = json_array();
    ensure(sent != NULL && flows != NULL && spans != NULL);
    size_t all = sent_list(report, sent);
    for (size_t i = 0; i < all; i++) {
        struct flow *last = count == 0 ? NULL : &flows[count - 1];
        if (last == NULL || last->from != sent[i].from || last->to != sent[i].to ||
            last->urgency != sent[i].urgency) {
            last = &flows[count++];
            *last =
                (struct flow){.from = sent[i].from, .to = sent[i].to, .urgency = sent[i].urgency, .first = i};
        }
        last->count++;
    }
    qsort(flows, count, sizeof *flows, by_count);
    for (size_t i = 0; i < count && i < FLOWS_MAX; i++) {
        if (flows[i].urgency != RECORD_NO_CLASS) {
            report_add(list, flow_json(report, &flows[i], &sent[flows[i].first], spans));
        }
    }
    free(sent);
    free(flows);
    free(spans);
    return list;
}

/* --- expectations --- */

static json_t *expectation_json(const struct report *report, const struct judgement *j)
{
    const struct scenario_expectation *wanted = j->expectation;
    bool both = j->at_ms != 0 && j->by_ms != 0;
    json_t *json = json_object();
    report_put(json, "id", text_json(wanted->id == NULL ? "" : wanted->id));
    report_put(json, "objective", text_json(wanted->objective == NULL ? NULL : wanted->objective->id));
    report_put(json, "who", text_json(wanted->who == NULL ? "" : wanted->who->address));
    report_put(json, "what", text_json(scenario_event_word(wanted->what)));
    report_put(json, "of",
               text_json(wanted->of == NULL ? ""
                         : wanted->data == NULL
                             ? wanted->of->id
                             : report_format(report, "%s: %s", wanted->of->id, wanted->data->label)));
    report_put(json, "by", number_json(j->by_ms));
    report_put(json, "weight", number_json(wanted->weight));
    report_put(json, "result", json_string(judged_word(j->result)));
    report_put(json, "at", ms_json(j->at_ms));
    report_put(json, "margin",
               both ? json_integer((json_int_t)j->by_ms - (json_int_t)j->at_ms) : json_null());
    report_put(json, "case", j->of_case == 0 ? json_null() : number_json(j->of_case - 1));
    return json;
}

json_t *report_expectations(const struct report *report)
{
    json_t *list = json_array();
    for (size_t i = 0; i < report->m->judgement_count; i++) {
        report_add(list, expectation_json(report, &report->m->judgements[i]));
    }
    return list;
}

/* Late is not met; what was cut off counts as open. */
json_t *report_objectives(const struct report *report)
{
    json_t *list = json_array();
    size_t count = report->of.scenario == NULL ? 0 : report->of.scenario->objectives.count;
    for (size_t i = 0; i < count; i++) {
        const struct scenario_objective *objective = &report->of.scenario->objectives.list[i];
        uint64_t met = 0, missed = 0, open = 0, weight_met = 0, weight = 0;
        for (size_t k = 0; k < report->m->judgement_count; k++) {
            const struct judgement *j = &report->m->judgements[k];
            if (j->expectation->objective != objective) {
                continue;
            }
            weight += j->expectation->weight;
            weight_met += j->result == JUDGED_MET ? j->expectation->weight : 0;
            met += j->result == JUDGED_MET;
            missed += j->result == JUDGED_MISSED || j->result == JUDGED_LATE;
            open += j->result == JUDGED_OPEN || j->result == JUDGED_CUT;
        }
        json_t *json = json_object();
        report_put(json, "id", text_json(objective->id));
        report_put(json, "text", text_json(objective->text == NULL ? "" : objective->text));
        report_put(json, "met", number_json(met));
        report_put(json, "missed", number_json(missed));
        report_put(json, "open", number_json(open));
        report_put(json, "weight_met", number_json(weight_met));
        report_put(json, "weight", number_json(weight));
        report_add(list, json);
    }
    return list;
}
