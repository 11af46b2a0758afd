/* SPDX-License-Identifier: Apache-2.0 */
/* What a run comes to in numbers. */
#include <string.h>

#include "base/ensure.h"
#include "drills/report/report_private.h"

#define STATES_APART 12 /* with more, only all of them together */

static const struct {
    const char *what;
    enum number_kind kind;
} kinds[] = {
    {"p50", NUMBER_SPAN},      {"p90", NUMBER_SPAN},   {"span", NUMBER_SPAN},
    {"on time", NUMBER_SHARE}, {"so", NUMBER_SHARE},   {"time", NUMBER_SHARE},
    {"weight", NUMBER_SHARE},  {"met", NUMBER_CHANCE}, {"count", NUMBER_MEAN},
};

bool number_kind_of(const char *key, enum number_kind *ret)
{
    const char *what = key;
    size_t bars = 0;
    for (const char *c = key; *c != '\0'; c++) {
        if (*c == '|') {
            bars++;
            what = c + 1;
        }
    }
    for (size_t i = 0; bars == NUMBER_KEY_PARTS - 1 && i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(what, kinds[i].what) == 0) {
            *ret = kinds[i].kind;
            return true;
        }
    }
    return false;
}

const char *number_key_part(const char *key, size_t part, char ret[NUMBER_KEY_BYTES_MAX + 1])
{
    for (; part != 0; part--) {
        const char *bar = strchr(key, '|');
        key = bar == NULL ? "" : bar + 1;
    }
    size_t size = strcspn(key, "|");
    memcpy(ret, key, size);
    ret[size] = '\0';
    return ret;
}

/* What a number is of. */
struct number_of {
    const char *measure, *word, *urgency, *state;
};

static void put(const struct report *report, json_t *list, const struct number_of *of, const char *what,
                uint64_t number, uint64_t whole)
{
    json_t *one = json_array();
    const char *key =
        report_format(report, "%s|%.100s|%s|%s|%s", of->measure, of->word, of->urgency, of->state, what);
    ensure(strlen(key) <= NUMBER_KEY_BYTES_MAX);
    report_add(one, text_json(key));
    report_add(one, number_json(number));
    report_add(one, number_json(whole));
    report_add(list, one);
}

/* --- measures --- */

/* Of few as of many: a run is one of many, so that none of its numbers stands for itself. */
static void put_percentile(const struct report *report, json_t *list, const struct number_of *of,
                           const struct metric_row *row, unsigned of_hundred)
{
    struct percentile p = of_hundred == 50 ? row->median : row->p90;
    if (!row->percentiles) {
        p.reached = measure_percentile(row->dot, row->dots, of_hundred, &p.ms);
    }
    put(report, list, of, of_hundred == 50 ? "p50" : "p90", p.reached ? p.ms : row->longest_ms, p.reached);
}

static void put_row(const struct report *report, json_t *list, const struct measure_rule *rule,
                    enum record_class urgency, size_t state)
{
    struct metric_row row;
    const struct record_state *it = record_state(report->record, state);
    const struct row_wanted wanted = {.metric = rule->metric, .urgency = urgency, .state = state};
    const struct number_of of = {.measure = measure_id(rule),
                                 .word = rule->word,
                                 .urgency = record_class_letter(urgency),
                                 .state = it == NULL ? "" : it->code};
    if (!measure_row(report->m, &wanted, &row)) {
        return;
    }
    if (rule->kind == METRIC_SHARE && row.done + row.missed != 0) {
        put(report, list, &of, "so", row.done, row.done + row.missed);
    } else if (rule->kind == METRIC_SPAN) {
        put_percentile(report, list, &of, &row, 50);
        put_percentile(report, list, &of, &row, 90);
        if (row.mature != 0) {
            put(report, list, &of, "on time", row.on_time, row.mature);
        }
    }
}

static void put_measures(const struct report *report, json_t *list)
{
    size_t count = 0, states = report->record->states.count;
    const struct measure_rule *rules = measure_rules(&count);
    for (size_t i = 0; i < count; i++) {
        bool apart = is_core_measure(rules[i].metric) && states <= STATES_APART;
        for (size_t c = 0; c < ROW_CLASS_COUNT; c++) {
            for (size_t state = 0; state <= (apart ? states : 0); state++) {
                put_row(report, list, &rules[i], report_classes[c], state);
            }
        }
    }
    const struct number_of lapses = {.measure = "M7", .word = "lapse", .urgency = "", .state = ""};
    put(report, list, &lapses, "count", report->m->lapse_count, 1);
}

/* M20, of all States. */
static void put_buckets(const struct report *report, json_t *list)
{
    for (size_t c = 0; c < CLASS_COUNT; c++) {
        uint64_t sum[BUCKETS] = {0}, whole = 0;
        for (size_t i = 0; i < report->record->cases.count; i++) {
            const struct case_facts *facts = &report->m->facts[i];
            for (size_t b = 1; b < BUCKETS && facts->timed && facts->urgency == report_classes[c]; b++) {
                sum[b] += facts->bucket_ms[b];
                whole += facts->bucket_ms[b];
            }
        }
        for (unsigned b = 1; b < BUCKETS && whole != 0; b++) {
            const struct number_of of = {.measure = "M20",
                                         .word = bucket_word((enum time_bucket)b),
                                         .urgency = record_class_letter(report_classes[c]),
                                         .state = ""};
            put(report, list, &of, "time", sum[b], whole);
        }
    }
}

/* --- what the scenario asks and expects --- */

static void put_expectations(const struct report *report, json_t *list)
{
    uint64_t met = 0, whole = 0;
    for (size_t i = 0; i < report->m->judgement_count; i++) {
        const struct judgement *judgement = &report->m->judgements[i];
        bool judged = judgement->result == JUDGED_MET || judgement->result == JUDGED_LATE ||
                      judgement->result == JUDGED_MISSED;
        bool is_met = judgement->result == JUDGED_MET;
        const struct number_of of = {
            .measure = "expect", .word = judgement->expectation->id, .urgency = "", .state = ""};
        put(report, list, &of, "met", is_met, judged);
        met += is_met ? judgement->expectation->weight : 0;
        whole += judged ? judgement->expectation->weight : 0;
    }
    if (whole != 0) {
        put(report, list, &(struct number_of){.measure = "expect", .word = "", .urgency = "", .state = ""},
            "weight", met, whole);
    }
}

/* Those that are a span: from when on, of one inject. What had not come, had not by the end. */
static void put_answers(const struct report *report, json_t *list)
{
    json_t *answers = report_answers(report), *answer = NULL;
    size_t at = 0;
    json_array_foreach(answers, at, answer)
    {
        const struct scenario_question *question = &report->of.scenario->questions.list[at];
        const json_t *span = json_object_get(answer, "span");
        const struct number_of of = {.measure = "answer", .word = question->id, .urgency = "", .state = ""};
        if (question->about.inject != NULL && question->id != NULL) {
            put(report, list, &of, "span",
                json_is_integer(span) ? (uint64_t)json_integer_value(span)
                                      : report->m->now_ms - report->of.scenario->clock.start_ms,
                json_is_integer(span));
        }
    }
    json_decref(answers);
}

json_t *report_numbers(const struct report_of *of)
{
    struct report report = {
        .of = *of, .arena = arena_new(REPORT_WORDS_BYTES), .record = of->record, .m = of->measures};
    ensure(report.arena != NULL);
    json_t *list = json_array();
    put_expectations(&report, list);
    put_answers(&report, list);
    put_measures(&report, list);
    put_buckets(&report, list);
    arena_free(report.arena);
    return list;
}
