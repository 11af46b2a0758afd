/* SPDX-License-Identifier: Apache-2.0 */
/* Sentences made from facts: the headline, what was narrow, what lapsed, what might be better. */
#include <stdlib.h>
#include <string.h>

#include "base/catalogue.h"
#include "base/ensure.h"
#include "drills/report/report_private.h"

#define BOTTLENECKS_MAX 8
#define LEAST_PERMILLE  20 /* what took less is not narrow */
#define FINDINGS_MAX    200
#define LAPSES_TOLD     20 /* groups of them */

static const char *tr(const struct report *report, const char *text) FORMAT_OF(2);
static const char *tr(const struct report *report, const char *text)
{
    return say(report->of.words, text);
}

/* --- bottlenecks --- */

/* Time until data are safe or a request is answered: what comes after, until assistance is asked for, nobody waits for. */
static bool is_narrow(enum time_bucket bucket)
{
    return bucket != BUCKET_FROZEN && bucket != BUCKET_MLA_Q && bucket != BUCKET_VERIFYING;
}

static int by_ms(const void *left, const void *right)
{
    const struct bottleneck *a = left, *b = right;
    if (a->ms != b->ms) {
        return a->ms > b->ms ? -1 : 1;
    }
    if (a->party != b->party) {
        return a->party < b->party ? -1 : 1;
    }
    return a->bucket < b->bucket ? -1 : a->bucket > b->bucket;
}

size_t bottlenecks(const struct report *report, size_t max, struct bottleneck *ret)
{
    size_t parties = report->record->parties.count, count = 0, kept = 0;
    struct bottleneck *list = calloc((parties + 1) * BUCKETS, sizeof *list);
    uint64_t whole_ms = 0;
    ensure(list != NULL);
    for (size_t i = 0; i < (parties + 1) * BUCKETS; i++) {
        enum time_bucket bucket = (enum time_bucket)(i % BUCKETS);
        if (report->m->owed[i].ms != 0 && is_narrow(bucket)) {
            whole_ms += report->m->owed[i].ms;
            list[count++] = (struct bottleneck){.party = i / BUCKETS,
                                                .bucket = bucket,
                                                .ms = report->m->owed[i].ms,
                                                .cases = report->m->owed[i].cases};
        }
    }
    qsort(list, count, sizeof *list, by_ms);
    for (; kept < count && kept < max && list[kept].ms * 1000 >= whole_ms * LEAST_PERMILLE; kept++) {
        ret[kept] = list[kept];
        ret[kept].whole_ms = whole_ms;
    }
    free(list);
    return kept;
}

static uint64_t permille(uint64_t part, uint64_t whole)
{
    return whole == 0 ? 0 : part > UINT64_MAX / 2000 ? 1000 : (part * 1000 + whole / 2) / whole;
}

/* "41 %", "3 %", "0.4 %" below one. */
static const char *share_text(const struct report *report, uint64_t of_thousand)
{
    return of_thousand >= 10 ? report_format(report, "%zu %%", (size_t)((of_thousand + 5) / 10))
                             : report_format(report, "0.%zu %%", (size_t)of_thousand);
}

static const char *narrow_text(const struct report *report, const struct bottleneck *b)
{
    const char *who = b->party == 0 ? tr(report, N_("the network")) : party_said(report, b->party);
    const char *span = span_text(report, b->ms), *share = share_text(report, permille(b->ms, b->whole_ms));
    switch (b->bucket) {
    case BUCKET_CLOSED:
        return report_format(
            report,
            tr(report, N_("%s was closed while its cases waited: %s, %s of all waiting (cases: %zu)")), who,
            span, share, b->cases);
    case BUCKET_ON_CALL:
        return report_format(
            report,
            tr(report,
               N_("%s had only its phone while its cases waited: %s, %s of all waiting (cases: %zu)")),
            who, span, share, b->cases);
    case BUCKET_UNSEEN:
        return report_format(
            report,
            tr(report, N_("%s was staffed, and cases waited to be read: %s, %s of all waiting (cases: %zu)")),
            who, span, share, b->cases);
    case BUCKET_CUSTODIAN:
        return report_format(
            report, tr(report, N_("custodians took their time in %s: %s, %s of all waiting (cases: %zu)")),
            state_said(report, b->party), span, share, b->cases);
    case BUCKET_Q_OWES:
        return report_format(report, tr(report, N_("%s owed an answer: %s, %s of all waiting (cases: %zu)")),
                             who, span, share, b->cases);
    case BUCKET_FROZEN:
    case BUCKET_TRANSPORT:
    case BUCKET_AWAY:
    case BUCKET_DECIDING:
    case BUCKET_ORDER:
    case BUCKET_MLA_Q:
    case BUCKET_TRANSLATION:
    case BUCKET_MLA_R:
    case BUCKET_EXECUTING:
    case BUCKET_POSTPONED:
    case BUCKET_TRANSFER:
    case BUCKET_VERIFYING:
    case BUCKETS:
        break;
    }
    return report_format(report, tr(report, N_("%s: %s: %s, %s of all waiting (cases: %zu)")), who,
                         bucket_word(b->bucket), span, share, b->cases);
}

/* What to try; NULL: nothing that a scenario can change. */
static const char *what_if(const struct report *report, const struct bottleneck *b)
{
    const char *state = state_code(report, b->party);
    const char *each = b->cases == 0 ? "" : span_text(report, b->ms / b->cases);
    switch (b->bucket) {
    case BUCKET_CLOSED:
    case BUCKET_ON_CALL:
        return report_format(
            report,
            tr(report,
               N_("staffed day and night, a case comes up to %s sooner; try a desk of other hours for %s")),
            each, state);
    case BUCKET_UNSEEN:
    case BUCKET_DECIDING:
        return report_format(report,
                             tr(report, N_("with more people a case comes up to %s sooner; try: comity drill "
                                           "sweep ... --set desk.%s.people=1..4")),
                             each, state);
    case BUCKET_CUSTODIAN:
        return report_format(report,
                             tr(report, N_("custodians that answer at once, by a line of their own or a "
                                           "portal: up to %s sooner in a case")),
                             each);
    case BUCKET_ORDER:
        return report_format(
            report,
            tr(report,
               N_("an order at once, by a judge on duty or a power of its own: up to %s sooner in a case")),
            each);
    case BUCKET_Q_OWES:
        return report_format(
            report, tr(report, N_("requests that are whole from the start: up to %s sooner in a case")),
            each);
    case BUCKET_TRANSLATION:
        return report_format(
            report, tr(report, N_("requests in a language that is read there: up to %s sooner in a case")),
            each);
    case BUCKET_TRANSPORT:
    case BUCKET_AWAY:
        return report_format(report,
                             tr(report, N_("links and nodes that stay up: up to %s sooner in a case")), each);
    case BUCKET_FROZEN:
    case BUCKET_MLA_Q:
    case BUCKET_MLA_R:
    case BUCKET_EXECUTING:
    case BUCKET_POSTPONED:
    case BUCKET_TRANSFER:
    case BUCKET_VERIFYING:
    case BUCKETS:
        break;
    }
    return NULL;
}

json_t *report_bottlenecks(const struct report *report)
{
    struct bottleneck list[BOTTLENECKS_MAX];
    size_t count = bottlenecks(report, BOTTLENECKS_MAX, list);
    json_t *json = json_array();
    for (size_t i = 0; i < count; i++) {
        json_t *one = json_object();
        report_put(one, "rank", number_json(i + 1));
        report_put(one, "state", text_json(state_code(report, list[i].party)));
        report_put(one, "party", text_json(party_name(report, list[i].party)));
        report_put(one, "bucket", json_string(bucket_word(list[i].bucket)));
        report_put(one, "ms", number_json(list[i].ms));
        report_put(one, "share", number_json(permille(list[i].ms, list[i].whole_ms)));
        report_put(one, "text", text_json(narrow_text(report, &list[i])));
        report_put(one, "what_if", text_json(what_if(report, &list[i])));
        report_add(json, one);
    }
    return json;
}

/* --- lapses --- */

static const char *owed_text(const struct report *report, enum owed_at_lapse owed)
{
    switch (owed) {
    case OWED_ASSISTANCE:
        return tr(report, N_("a request for assistance, or an extension"));
    case OWED_EXTENSION:
        return tr(report, N_("an answer to the extension asked for"));
    case OWED_SEARCH:
        return tr(report, N_("a word that the request for assistance had come"));
    case OWED_HOLD:
        break;
    }
    return tr(report, N_("the hold that was promised"));
}

const char *lapse_text(const struct report *report, const struct measured_lapse *lapse)
{
    return report_format(report, tr(report, N_("the hold of item %u of %s ended on %s (%s); %s owed %s")),
                         lapse->item, case_name(report, lapse->of_case), moment_text(report, lapse->at_ms),
                         lapse->what, party_said(report, lapse->owed_by), owed_text(report, lapse->owed));
}

json_t *report_lapses(const struct report *report)
{
    json_t *list = json_array();
    for (size_t i = 0; i < report->m->lapse_count; i++) {
        const struct measured_lapse *lapse = &report->m->lapses[i];
        json_t *json = json_object();
        report_put(json, "case", number_json(lapse->of_case - 1));
        report_put(json, "item", number_json(lapse->item));
        report_put(json, "at", number_json(lapse->at_ms));
        report_put(json, "what", json_string(lapse->what));
        report_put(json, "owed_by", text_json(party_name(report, lapse->owed_by)));
        report_put(json, "owed_what", text_json(owed_text(report, lapse->owed)));
        report_put(json, "text", text_json(lapse_text(report, lapse)));
        report_add(list, json);
    }
    return list;
}

/* --- the headline --- */

static const char *expected_sentence(const struct report *report)
{
    const struct drill_measures *m = report->m;
    size_t met = 0, late = 0, missed = 0;
    for (size_t i = 0; i < m->judgement_count; i++) {
        met += m->judgements[i].result == JUDGED_MET;
        late += m->judgements[i].result == JUDGED_LATE;
        missed += m->judgements[i].result == JUDGED_MISSED;
    }
    return m->judgement_count == 0
               ? report_format(report, tr(report, N_("Cases that were played: %zu.")),
                               report->record->cases.count)
               : report_format(
                     report,
                     tr(report, N_("%zu of %zu expectations were met, %zu came late, %zu did not come.")),
                     met, m->judgement_count, late, missed);
}

const char *class_said(const struct report *report, enum record_class urgency)
{
    static const char *const words[RECORD_CLASSES] = {N_("of no case"), N_("emergency"), N_("urgent"),
                                                      N_("routine")};
    return tr(report, words[urgency]);
}

/* The case that waited longest for a person; of the most urgent class there is. */
static const char *answer_sentence(const struct report *report)
{
    for (enum record_class urgency = RECORD_EMERGENCY; urgency <= RECORD_ROUTINE; urgency++) {
        struct metric_row row;
        const struct row_wanted wanted = {.metric = METRIC_ACKNOWLEDGE, .urgency = urgency};
        const struct measured_event *slowest = NULL;
        uint64_t longest_ms = 0;
        if (!measure_row(report->m, &wanted, &row)) {
            continue;
        }
        for (size_t i = 0; i < report->m->event_count; i++) {
            const struct measured_event *event = &report->m->events[i];
            uint64_t end_ms = event->event.stop_ms != 0 ? event->event.stop_ms
                                                        : drill_ms(report->record, report->m->now_ms);
            if (event->event.metric == METRIC_ACKNOWLEDGE && event->left_out == LEFT_IN &&
                (enum record_class)event->event.urgency == urgency && event->event.outcome != STAT_MISSED &&
                end_ms - event->event.start_ms >= longest_ms) {
                longest_ms = end_ms - event->event.start_ms;
                slowest = event;
            }
        }
        if (slowest != NULL && row.mature == 0) {
            return report_format(report,
                                 tr(report, N_("Requests (%s): for none has the time to be answered by a "
                                               "person passed; the longest wait, %s, was for %s.")),
                                 class_said(report, urgency), span_text(report, longest_ms),
                                 party_said(report, slowest->party));
        }
        return slowest == NULL
                   ? NULL
                   : report_format(report,
                                   tr(report, N_("Requests (%s): %zu of %zu were answered by a person in "
                                                 "time; the longest wait, %s, was for %s.")),
                                   class_said(report, urgency), (size_t)row.on_time, (size_t)row.mature,
                                   span_text(report, longest_ms), party_said(report, slowest->party));
    }
    return NULL;
}

static const char *loss_sentence(const struct report *report)
{
    size_t saved = 0, lost = 0;
    for (size_t i = 0; i < report->m->event_count; i++) {
        const struct measured_event *event = &report->m->events[i];
        bool of_it = event->left_out == LEFT_IN && (uint32_t)event->event.metric == MEASURE_SAVED_TRUE;
        saved += of_it && event->event.outcome == STAT_DONE;
        lost += of_it && event->event.outcome == STAT_MISSED;
    }
    if (report->m->lapse_count != 0) {
        return report_format(report, tr(report, N_("Holds that lapsed: %zu; the first: %s.")),
                             report->m->lapse_count, lapse_text(report, &report->m->lapses[0]));
    }
    if (lost != 0) {
        return report_format(report,
                             tr(report, N_("Of %zu items of data whose end is known, %zu were lost.")),
                             saved + lost, lost);
    }
    struct bottleneck b;
    return bottlenecks(report, 1, &b) == 0
               ? NULL
               : report_format(report, tr(report, N_("The narrowest place: %s.")), narrow_text(report, &b));
}

json_t *report_headline(const struct report *report)
{
    const char *const sentences[] = {expected_sentence(report), answer_sentence(report),
                                     loss_sentence(report)};
    json_t *list = json_array();
    for (size_t i = 0; i < sizeof sentences / sizeof sentences[0]; i++) {
        if (sentences[i] != NULL) {
            report_add(list, text_json(sentences[i]));
        }
    }
    return list;
}

/* --- what might be better: to be owned and dated by people --- */

static void improve(json_t *list, const char *finding, const char *measure, const char *state,
                    const char *suggestion)
{
    json_t *json = json_object();
    if (json_array_size(list) >= FINDINGS_MAX) {
        json_decref(json);
        return;
    }
    report_put(json, "finding", text_json(finding));
    report_put(json, "measure", text_json(measure));
    report_put(json, "state", text_json(state == NULL || state[0] == '\0' ? NULL : state));
    report_put(json, "suggestion", text_json(suggestion));
    report_put(json, "owner", json_string(""));
    report_put(json, "date", json_string(""));
    report_add(list, json);
}

static const char *late_finding(const struct report *report, const struct judgement *j)
{
    const struct scenario_expectation *wanted = j->expectation;
    const char *who = wanted->who == NULL ? "" : wanted->who->address,
               *what = scenario_event_word(wanted->what);
    const char *of = wanted->of == NULL ? "" : wanted->of->id;
    return j->result == JUDGED_LATE
               ? report_format(report, tr(report, N_("%s: \"%s\" of %s came %s late")), who, what, of,
                               span_text(report, j->at_ms - j->by_ms))
               : report_format(report, tr(report, N_("%s: \"%s\" of %s did not come")), who, what, of);
}

/* Holds that ended while one State owed the same. */
struct lapses_of {
    const struct measured_lapse *first;
    const char *state;
    size_t count;
};

static int most_first(const void *a, const void *b)
{
    const struct lapses_of *x = a, *y = b;
    return x->count != y->count ? (x->count < y->count) - (x->count > y->count)
                                : (x->first > y->first) - (x->first < y->first);
}

static size_t group_lapses(const struct report *report, struct lapses_of *ret)
{
    size_t count = 0;
    for (size_t i = 0; i < report->m->lapse_count; i++) {
        const struct measured_lapse *lapse = &report->m->lapses[i];
        const char *state = state_code(report, lapse->owed_by);
        size_t at = 0;
        while (at < count && (ret[at].first->owed != lapse->owed || strcmp(ret[at].state, state) != 0)) {
            at++;
        }
        if (at == count) {
            ret[count++] = (struct lapses_of){.first = lapse, .state = state};
        }
        ret[at].count++;
    }
    return count;
}

/* One finding a State and what it owed, those with the most first; beyond some, how many more. */
static void improve_lapses(const struct report *report, json_t *list)
{
    struct lapses_of *groups = calloc(report->m->lapse_count + 1, sizeof *groups);
    ensure(groups != NULL);
    size_t count = group_lapses(report, groups), more = 0;
    qsort(groups, count, sizeof *groups, most_first);
    for (size_t i = 0; i < count; i++) {
        const struct lapses_of *of = &groups[i];
        if (i >= LAPSES_TOLD) {
            more += of->count;
            continue;
        }
        const char *first = lapse_text(report, of->first);
        improve(list,
                of->count == 1
                    ? first
                    : report_format(report, tr(report, N_("holds that ended so: %zu; the first: %s")),
                                    of->count, first),
                "M7", of->state,
                of->first->owed == OWED_ASSISTANCE
                    ? tr(report,
                         N_("begin the request for assistance on the day of the hold; ask to extend in time"))
                    : tr(report, N_("answer what is asked of a hold before its date")));
    }
    if (more != 0) {
        improve(list, report_format(report, tr(report, N_("further holds that ended so: %zu")), more), "M7",
                NULL, tr(report, N_("look at each State's lapses in report.json")));
    }
    free(groups);
}

json_t *report_improvements(const struct report *report)
{
    json_t *list = json_array();
    struct bottleneck narrow[BOTTLENECKS_MAX];
    size_t count = bottlenecks(report, BOTTLENECKS_MAX, narrow);
    for (size_t i = 0; i < report->m->judgement_count; i++) {
        const struct judgement *j = &report->m->judgements[i];
        if (j->result == JUDGED_LATE || j->result == JUDGED_MISSED) {
            const struct scenario_unit *who = j->expectation->who;
            improve(list, late_finding(report, j), "D2", who == NULL ? NULL : who->state->code,
                    tr(report, N_("find out which step took the time (its case, below), and who could have "
                                  "taken it earlier")));
        }
    }
    improve_lapses(report, list);
    for (size_t i = 0; i < count; i++) {
        const char *what = what_if(report, &narrow[i]);
        if (what != NULL) {
            improve(list, narrow_text(report, &narrow[i]), "M20", state_code(report, narrow[i].party), what);
        }
    }
    return list;
}
