/* SPDX-License-Identifier: Apache-2.0 */
/* What the scenario asks, answered with numbers. */
#include <stdlib.h>
#include <string.h>

#include "base/catalogue.h"
#include "base/ensure.h"
#include "drills/report/report_private.h"

#define PARTIES_TOLD 8 /* each; of more: all together, and the longest */
#define LONGEST_TOLD 3
#define BUCKETS_TOLD 3

struct told_answer {
    const char *text;
    uint64_t at_ms, span_ms; /* 0: none */
};

static const char *tr(const struct report *report, const char *text) FORMAT_OF(2);
static const char *tr(const struct report *report, const char *text)
{
    return say(report->of.words, text);
}

static const char *measure_of(const struct scenario_question *question)
{
    return scenario_measure_word(question->measure);
}

/* The first measure of that id of which anything was measured; NULL: none. */
static const struct measure_rule *rule_of(const struct report *report, const char *id)
{
    size_t count = 0;
    const struct measure_rule *rules = measure_rules(&count), *found = NULL;
    for (size_t i = 0; i < count; i++) {
        bool of_it = strcmp(measure_id(&rules[i]), id) == 0 && measure_any(report->m, rules[i].metric);
        /* the truth goes before what letters say */
        found =
            of_it && (found == NULL || rules[i].own_id != NULL) && (found == NULL || found->own_id == NULL)
                ? &rules[i]
                : found;
    }
    return found;
}

static bool is_about(const struct report *report, const struct scenario_about *about,
                     const struct measured_event *event)
{
    const struct record_party *party = record_party(report->record, event->party);
    const struct record_case *it = record_case(report->record, event->of_case);
    size_t inject = about->inject == NULL ? 0 : record_find_inject(report->record, about->inject->id);
    return (about->state == NULL ||
            (party != NULL && strcmp(state_code(report, event->party), about->state->code) == 0)) &&
           (about->party == NULL || (party != NULL && strcmp(party->address, about->party->address) == 0)) &&
           (about->inject == NULL ||
            (it != NULL &&
             (it->inject == inject || case_of_inject(report->record, inject) == event->of_case))) &&
           (about->urgency == SCENARIO_NO_CLASS ||
            (unsigned)about->urgency == (unsigned)event->event.urgency);
}

/* --- of one inject: from which moment on --- */

/* The event of the scenario that ends a measure; 0: none. */
static enum scenario_event event_of(const char *id)
{
    static const struct {
        const char *id;
        enum scenario_event event;
    } events[] = {{"M1", SCENARIO_EVENT_ACKNOWLEDGED},
                  {"M2", SCENARIO_EVENT_COMMITTED},
                  {"M3", SCENARIO_EVENT_DELIVERED},
                  {"M4", SCENARIO_EVENT_DECIDED},
                  {"M5", SCENARIO_EVENT_HELD},
                  {"M7", SCENARIO_EVENT_ASSISTANCE_RECEIVED},
                  {"M8", SCENARIO_EVENT_EVIDENCE_RECEIVED},
                  {"M9", SCENARIO_EVENT_DISCLOSED},
                  {"M10", SCENARIO_EVENT_HELD},
                  {"M12", SCENARIO_EVENT_EXTENDED},
                  {"M13", SCENARIO_EVENT_ASSISTANCE_SENT},
                  {"M24", SCENARIO_EVENT_ANSWERED},
                  {"M27", SCENARIO_EVENT_HELD},
                  {"D1", SCENARIO_EVENT_RECEIVED}};
    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++) {
        if (strcmp(events[i].id, id) == 0) {
            return events[i].event;
        }
    }
    return SCENARIO_EVENT_NONE;
}

/* As the world has it, and as the clock on the wall of who was asked has it. */
static const char *both_times(const struct report *report, const struct scenario_inject *of, uint64_t ms)
{
    const struct scenario_state *state = of == NULL || of->to == NULL ? NULL : of->to->state;
    const struct zone *zone = state == NULL ? NULL : state->zone.zone;
    const int32_t offset_s = zone == NULL ? 0 : zone_offset_s(zone, (wall_ms){.ms = ms});
    if (offset_s == 0) {
        return moment_text(report, ms);
    }
    const struct civil at = instant_civil((struct instant){.ms = (int64_t)ms, .offset_min = offset_s / 60});
    return report_format(report, tr(report, N_("%s (%04d-%02d-%02d %02d:%02d in %s)")),
                         moment_text(report, ms), at.year, at.month, at.day, at.hour, at.minute, state->code);
}

static struct told_answer came(const struct report *report, const struct scenario_inject *of, uint64_t at_ms,
                               uint64_t from_ms, const char *open)
{
    const char *when = both_times(report, of, at_ms);
    struct told_answer answer = {.at_ms = at_ms,
                                 .span_ms =
                                     at_ms > from_ms && from_ms != 0
                                         ? drill_ms(report->record, at_ms) - drill_ms(report->record, from_ms)
                                         : 0};
    answer.text = open[0] != '\0'
                      ? report_format(report, tr(report, N_("From %s on, %s after it was delivered; %s")),
                                      when, span_text(report, answer.span_ms), open)
                      : report_format(report, tr(report, N_("From %s on, %s after it was delivered.")), when,
                                      span_text(report, answer.span_ms));
    return answer;
}

/* Of items: when the last of them came; those that did not are counted. */
static struct told_answer answer_items(const struct report *report, const struct measure_rule *rule,
                                       const struct scenario_about *about, uint64_t from_ms)
{
    uint64_t last_ms = 0;
    size_t done = 0, open = 0, never = 0;
    for (size_t i = 0; i < report->m->event_count; i++) {
        const struct measured_event *event = &report->m->events[i];
        if ((uint32_t)event->event.metric == rule->metric && is_about(report, about, event)) {
            done += event->event.outcome == STAT_DONE;
            open += event->event.outcome == STAT_OPEN;
            never += event->event.outcome == STAT_MISSED || event->event.outcome == STAT_LEFT;
            last_ms = event->event.outcome == STAT_DONE && event->stopped_ms > last_ms ? event->stopped_ms
                                                                                       : last_ms;
        }
    }
    if (done + open + never == 0) {
        return (struct told_answer){.text = NULL};
    }
    if (done == 0) {
        return (struct told_answer){
            .text = never != 0
                        ? tr(report, N_("Never: it was not to come any more."))
                        : report_format(
                              report,
                              tr(report, N_("Not until the end of the drill, %s after it was delivered.")),
                              span_text(report, drill_ms(report->record, report->m->now_ms) -
                                                    drill_ms(report->record, from_ms)))};
    }
    const char *rest = open + never == 0 ? ""
                                         : report_format(report, tr(report, N_("of %zu items %zu only.")),
                                                         done + open + never, done);
    return came(report, about->inject, last_ms, from_ms, rest);
}

static struct told_answer answer_inject(const struct report *report, const struct scenario_question *question)
{
    const char *id = measure_of(question);
    const struct measure_rule *rule = rule_of(report, id);
    size_t inject = record_find_inject(report->record, question->about.inject->id);
    size_t of_case = case_of_inject(report->record, inject);
    const struct record_inject *it = record_inject(report->record, inject);
    uint64_t from_ms = of_case != 0 ? report->m->facts[of_case - 1].delivered_ms
                       : it != NULL ? it->released_ms
                                    : 0;
    struct told_answer answer = {.text = NULL};
    if (rule != NULL && rule->kind == METRIC_SPAN) {
        answer = answer_items(report, rule, &question->about, from_ms);
    }
    if (answer.text == NULL && event_of(id) != SCENARIO_EVENT_NONE) {
        uint64_t at_ms = event_came_ms(report->m, of_case, inject, event_of(id), 0);
        answer = at_ms != 0 ? came(report, question->about.inject, at_ms, from_ms, "")
                            : (struct told_answer){.text = tr(report, N_("Not until the end of the drill."))};
    }
    return answer;
}

/* --- of many: by who owes --- */

/* What a question is about, by who owes: parties stand one after the other. */
struct asked {
    const struct measured_event **list;
    size_t count;
    struct measured *spans; /* room for as many */
};

struct tally {
    size_t n, done, open, missed;
    uint64_t longest_ms;
    const struct measured *list; /* n, in the order of their spans: until the next tally */
};

static int by_party(const void *a, const void *b)
{
    const struct measured_event *x = *(const struct measured_event *const *)a;
    const struct measured_event *y = *(const struct measured_event *const *)b;
    return (x->party > y->party) - (x->party < y->party);
}

static struct asked asked_new(const struct report *report, const struct measure_rule *rule,
                              const struct scenario_about *about)
{
    struct asked asked = {.list = calloc(report->m->event_count + 1, sizeof(void *))};
    ensure(asked.list != NULL);
    for (size_t i = 0; i < report->m->event_count; i++) {
        const struct measured_event *event = &report->m->events[i];
        if ((uint32_t)event->event.metric == rule->metric && event->left_out == LEFT_IN &&
            is_about(report, about, event)) {
            asked.list[asked.count++] = event;
        }
    }
    qsort(asked.list, asked.count, sizeof(void *), by_party);
    asked.spans = calloc(asked.count + 1, sizeof *asked.spans);
    ensure(asked.spans != NULL);
    return asked;
}

static void asked_free(struct asked *asked)
{
    free(asked->list);
    free(asked->spans);
}

/* Of those from first on, count of them, what is of that class (RECORD_CLASSES: all). */
static void tally(const struct report *report, const struct asked *asked, size_t first, size_t count,
                  enum record_class urgency, struct tally *ret)
{
    uint64_t now_ms = drill_ms(report->record, report->m->now_ms);
    *ret = (struct tally){.list = asked->spans};
    for (size_t i = first; i < first + count; i++) {
        const struct measured_stat *e = &asked->list[i]->event;
        const struct stat_event event = stat_of(e);
        if (urgency != RECORD_CLASSES && (enum record_class)e->urgency != urgency) {
            continue;
        }
        uint64_t end_ms = stat_event_until_ms(&event, now_ms);
        uint64_t span_ms = end_ms > e->start_ms ? end_ms - e->start_ms : 0;
        asked->spans[ret->n++] = (struct measured){.span_ms = e->outcome == STAT_MISSED ? NEVER_MS : span_ms,
                                                   .done = e->outcome == STAT_DONE};
        ret->done += e->outcome == STAT_DONE;
        ret->open += e->outcome == STAT_OPEN;
        ret->missed += e->outcome == STAT_MISSED;
        ret->longest_ms = e->outcome != STAT_MISSED && span_ms > ret->longest_ms ? span_ms : ret->longest_ms;
    }
    measures_sort(asked->spans, ret->n);
}

static void tally_all(const struct report *report, const struct asked *asked, enum record_class urgency,
                      struct tally *ret)
{
    tally(report, asked, 0, asked->count, urgency, ret);
}

/* "2 d 3 h"; "3 times, from 5 min to more than 3 h (1 did not come)"; "12 times, half by 20 min (2 did not come)". */
static const char *tally_text(const struct report *report, const struct tally *t)
{
    uint64_t median_ms = 0;
    size_t not = t->open + t->missed;
    const char *open = not == 0 ? "" : report_format(report, tr(report, N_(" (%zu did not come)")), not );
    if (t->done == 0) {
        return t->longest_ms == 0 ? tr(report, N_("never"))
               : t->n == 1
                   ? report_format(report, tr(report, N_("not within %s")), span_text(report, t->longest_ms))
                   : report_format(report, tr(report, N_("%zu times, none within %s")), t->n,
                                   span_text(report, t->longest_ms));
    }
    if (t->n == 1) {
        return span_text(report, t->longest_ms);
    }
    if (t->n < FEW) {
        return report_format(report,
                             not == 0 ? tr(report, N_("%zu times, from %s to %s%s"))
                                      : tr(report, N_("%zu times, from %s to more than %s%s")),
                             t->n, span_text(report, t->list[0].span_ms), span_text(report, t->longest_ms),
                             open);
    }
    bool reached = measure_percentile(t->list, t->n, 50, &median_ms);
    return report_format(report,
                         reached ? tr(report, N_("%zu times, half by %s%s"))
                                 : tr(report, N_("%zu times, fewer than half by %s%s")),
                         t->n, span_text(report, reached ? median_ms : t->longest_ms), open);
}

/* How many classes the answer is of: they stand apart, and are named where there are several. */
static size_t classes_of(const struct report *report, const struct asked *asked)
{
    size_t count = 0;
    for (size_t i = 0; i < ROW_CLASS_COUNT; i++) {
        struct tally t;
        tally_all(report, asked, report_classes[i], &t);
        count += t.n != 0;
    }
    return count;
}

/* What a party owed: a part of what is asked. */
struct owing {
    size_t party, first, count;
    size_t n;         /* of the class */
    uint64_t half_ms; /* half came by then; NEVER_MS: fewer did */
};

/* The parties of that class, as they stand in asked. Returns how many; ret has room for every party. */
static size_t parties_owing(const struct report *report, const struct asked *asked, enum record_class urgency,
                            struct owing *ret)
{
    size_t count = 0;
    for (size_t first = 0, next = 0; first < asked->count; first = next) {
        const size_t party = asked->list[first]->party;
        struct tally t;
        while (next < asked->count && asked->list[next]->party == party) {
            next++;
        }
        tally(report, asked, first, next - first, urgency, &t);
        if (party != 0 && t.n != 0) {
            struct owing *it = &ret[count++];
            *it = (struct owing){.party = party, .first = first, .count = next - first, .n = t.n};
            it->half_ms = measure_percentile(t.list, t.n, 50, &it->half_ms) ? it->half_ms : NEVER_MS;
        }
    }
    return count;
}

/* Those of which only few were measured come last: one that never came says little of a party. */
static int longest_first(const void *a, const void *b)
{
    const struct owing *x = a, *y = b;
    return (x->n < FEW) != (y->n < FEW) ? (x->n < FEW) - (y->n < FEW)
           : x->half_ms != y->half_ms   ? (x->half_ms < y->half_ms) - (x->half_ms > y->half_ms)
           : x->n != y->n               ? (x->n < y->n) - (x->n > y->n)
                                        : (x->party > y->party) - (x->party < y->party);
}

/* "Bravonia (XB/poc): 2 times, from 9 min to 5 h 16 min" */
static const char *party_text(const struct report *report, const struct asked *asked,
                              const struct owing *owing, enum record_class urgency, const char *named)
{
    struct tally t;
    tally(report, asked, owing->first, owing->count, urgency, &t);
    return report_format(report, "%s%s%s: %s", party_said(report, owing->party), named[0] == '\0' ? "" : ", ",
                         named, tally_text(report, &t));
}

/*
 * "Bravonia (XB/poc): 2 times, from 9 min to 5 h 16 min; Cordania (XC/poc): never". Of more parties than anyone reads: all of them
 * together, and the longest. NULL: nothing was measured.
 */
static const char *parties_text(const struct report *report, const struct asked *asked,
                                enum record_class urgency, const char *named)
{
    struct owing *owing = calloc(report->record->parties.count + 1, sizeof *owing);
    ensure(owing != NULL);
    const size_t count = parties_owing(report, asked, urgency, owing);
    const bool some = count > PARTIES_TOLD;
    if (some) {
        qsort(owing, count, sizeof *owing, longest_first);
    }
    const char *text = "";
    for (size_t i = 0; i < (some ? LONGEST_TOLD : count); i++) {
        text = report_format(report, "%s%s%s", text, i == 0 ? "" : "; ",
                             party_text(report, asked, &owing[i], urgency, some ? "" : named));
    }
    if (some) {
        struct tally t;
        tally_all(report, asked, urgency, &t);
        text = report_format(report, tr(report, N_("%zu parties%s%s: %s; the longest: %s")), count,
                             named[0] == '\0' ? "" : ", ", named, tally_text(report, &t), text);
    }
    free(owing);
    return count == 0 ? NULL : text;
}

static struct told_answer answer_spans(const struct report *report, const struct measure_rule *rule,
                                       const struct scenario_about *about)
{
    struct asked asked = asked_new(report, rule, about);
    const bool several = classes_of(report, &asked) > 1;
    struct tally t;
    const char *text = NULL;
    for (size_t i = 0; i < ROW_CLASS_COUNT; i++) {
        const enum record_class urgency = report_classes[i];
        const char *of_class =
            parties_text(report, &asked, urgency, several ? class_said(report, urgency) : "");
        text = of_class == NULL ? text
               : text == NULL   ? of_class
                                : report_format(report, "%s; %s", text, of_class);
    }
    tally_all(report, &asked, RECORD_CLASSES, &t);
    asked_free(&asked);
    return (struct told_answer){.text = text == NULL ? NULL : report_format(report, "%s.", text),
                                .span_ms = t.n == 1 && t.done == 1 ? t.longest_ms : 0};
}

static struct told_answer answer_share(const struct report *report, const struct measure_rule *rule,
                                       const struct scenario_about *about)
{
    struct asked asked = asked_new(report, rule, about);
    const bool several = classes_of(report, &asked) > 1;
    struct tally t;
    const char *text = NULL;
    for (size_t i = 0; i < ROW_CLASS_COUNT; i++) {
        tally_all(report, &asked, report_classes[i], &t);
        if (t.n == 0) {
            continue;
        }
        const char *said = rule->kind == METRIC_COUNT
                               ? report_format(report, "%zu.", t.n)
                               : report_format(report, tr(report, N_("%zu of %zu; %zu not decided yet.")),
                                               t.done, t.done + t.missed, t.open);
        said = several ? report_format(report, "%s: %s", class_said(report, report_classes[i]), said) : said;
        text = text == NULL ? said : report_format(report, "%s %s", text, said);
    }
    asked_free(&asked);
    return (struct told_answer){.text = text};
}

/* M20: the three longest, with whose they are. */
static struct told_answer answer_time(const struct report *report)
{
    struct bottleneck list[BUCKETS_TOLD];
    size_t count = bottlenecks(report, BUCKETS_TOLD, list);
    const char *text = "";
    for (size_t i = 0; i < count; i++) {
        text = report_format(report, "%s%s%s, %s: %s (%zu %%)", text, i == 0 ? "" : "; ",
                             list[i].party == 0 ? tr(report, N_("the network"))
                                                : party_said(report, list[i].party),
                             bucket_word(list[i].bucket), span_text(report, list[i].ms),
                             (size_t)((list[i].ms * 100 + list[i].whole_ms / 2) / list[i].whole_ms));
    }
    return (struct told_answer){.text = count == 0 ? NULL : report_format(report, "%s.", text)};
}

static const char *half_by(const struct report *report, const struct by_hours *by)
{
    return by->median.reached
               ? span_text(report, by->median.ms)
               : report_format(report, tr(report, N_("more than %s")), span_text(report, by->median.ms));
}

/* M21, of a State or of all: "first answer, urgent: half by 46 min 2 s in hours, by 2 h 21 min out of them". */
static struct told_answer answer_hours(const struct report *report, const struct scenario_about *about)
{
    static const struct {
        uint32_t metric;
        const char *of;
    } measured[] = {{METRIC_ACKNOWLEDGE, N_("first answer")}, {METRIC_DECIDE, N_("decision")}};
    const char *text = "";
    for (size_t m = 0; m < sizeof measured / sizeof measured[0]; m++) {
        for (size_t c = 0; c < CLASS_COUNT; c++) {
            struct metric_row row;
            const struct row_wanted wanted = {
                .metric = measured[m].metric,
                .urgency = report_classes[c],
                .state = about->state == NULL ? 0 : record_find_state(report->record, about->state->code)};
            bool is_asked = about->urgency == SCENARIO_NO_CLASS ||
                            (unsigned)about->urgency == (unsigned)report_classes[c];
            if (!is_asked || !measure_row(report->m, &wanted, &row) || !row.hours_shown) {
                continue;
            }
            text = report_format(report, tr(report, N_("%s%s%s, %s: half by %s in hours, by %s out of them")),
                                 text, text[0] == '\0' ? "" : "; ", tr(report, measured[m].of),
                                 class_said(report, report_classes[c]), half_by(report, &row.in_hours),
                                 half_by(report, &row.out_of_hours));
        }
    }
    return (struct told_answer){
        .text = text[0] == '\0' ? tr(report, N_("Too few came to tell: ten in hours and ten out of them are "
                                                "needed of a class."))
                                : report_format(report, "%s.", text)};
}

static struct told_answer answer_one(const struct report *report, const struct scenario_question *question)
{
    const char *id = measure_of(question);
    const struct measure_rule *rule = rule_of(report, id);
    struct told_answer answer = {.text = NULL};
    if (strcmp(id, "M20") == 0) {
        answer = answer_time(report);
    } else if (strcmp(id, "M21") == 0 && question->about.party == NULL && question->about.inject == NULL) {
        answer = answer_hours(report, &question->about);
    } else if (question->about.inject != NULL) {
        answer = answer_inject(report, question);
    }
    if (answer.text == NULL && rule != NULL) {
        answer = rule->kind == METRIC_SPAN ? answer_spans(report, rule, &question->about)
                                           : answer_share(report, rule, &question->about);
    }
    if (answer.text == NULL) {
        answer.text = tr(report, N_("Nothing of it was measured."));
    }
    return answer;
}

json_t *report_answers(const struct report *report)
{
    json_t *list = json_array();
    size_t count = report->of.scenario == NULL ? 0 : report->of.scenario->questions.count;
    for (size_t i = 0; i < count; i++) {
        const struct scenario_question *question = &report->of.scenario->questions.list[i];
        struct told_answer answer = answer_one(report, question);
        json_t *json = json_object();
        report_put(json, "id", text_json(question->id == NULL ? "" : question->id));
        report_put(json, "question", text_json(question->text == NULL ? "" : question->text));
        report_put(json, "answer", text_json(answer.text));
        report_put(json, "at", ms_json(answer.at_ms));
        report_put(json, "span", ms_json(answer.span_ms));
        report_add(list, json);
    }
    return list;
}
