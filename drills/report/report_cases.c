/* SPDX-License-Identifier: Apache-2.0 */
/* Each case as a row, and the events of those that are shown with all of them. */
#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "base/text.h"
#include "drills/report/report_private.h"

#define SHOWN_MAX 500 /* cases with all their events */

static const char *const case_columns[] = {
    "reference", "id",        "machine",    "class", "from", "to",    "opened", "delivered", "acknowledged",
    "decided",   "held_from", "hold_until", "mla",   "dies", "ended", "result", "inject",    NULL};

static json_t *case_json(const struct report *report, size_t number)
{
    const struct record_case *it = record_case(report->record, number);
    const struct case_facts *facts = &report->m->facts[number - 1];
    const struct record_inject *inject = record_inject(report->record, it->inject);
    const struct record_letter *first =
        it->letters == 0 ? NULL : record_letter(report->record, it->first_letter);
    char id[33];
    uint64_t opened_ms = facts->opened_ms != 0 ? facts->opened_ms : first == NULL ? 0 : first->sealed_ms;
    json_t *row = json_array();
    report_add(row, text_json(it->reference == NULL ? "" : it->reference));
    report_add(row, json_string(hex_write(id, bytes_of(it->id, sizeof it->id))));
    report_add(row, text_json(it->machine == NULL ? "" : it->machine));
    report_add(row, class_json(facts->urgency));
    report_add(row, text_json(party_name(report, it->q)));
    report_add(row, text_json(party_name(report, it->r)));
    report_add(row, number_json(opened_ms));
    const uint64_t moments[] = {facts->delivered_ms, facts->acknowledged_ms, facts->decided_ms,
                                facts->held_from_ms, facts->hold_until_ms,   facts->mla_ms,
                                facts->dies_ms,      facts->ended_ms};
    for (size_t i = 0; i < sizeof moments / sizeof moments[0]; i++) {
        report_add(row, ms_json(moments[i]));
    }
    report_add(row, text_json(facts->result == NULL || facts->result[0] == '\0' ? NULL : facts->result));
    report_add(row, text_json(inject == NULL ? NULL : inject->id));
    return row;
}

json_t *report_cases(const struct report *report)
{
    json_t *json = rows_json(case_columns);
    for (size_t n = 1; n <= report->record->cases.count; n++) {
        report_add(json_object_get(json, "rows"), case_json(report, n));
    }
    return json;
}

/* --- which cases matter most: those that lapsed, those that an expectation missed, the slowest --- */

struct ranked {
    size_t number;
    unsigned rank;
    uint64_t slow_ms;
};

static int by_rank(const void *left, const void *right)
{
    const struct ranked *a = left, *b = right;
    if (a->rank != b->rank) {
        return a->rank > b->rank ? -1 : 1;
    }
    return a->slow_ms != b->slow_ms ? a->slow_ms > b->slow_ms ? -1 : 1
           : a->number < b->number  ? -1
                                    : a->number > b->number;
}

/* [number - 1]: shown. */
static bool *shown_new(const struct report *report, bool *ret_all)
{
    size_t count = report->record->cases.count;
    bool *shown = calloc(count + 1, sizeof *shown);
    struct ranked *list = calloc(count + 1, sizeof *list);
    ensure(shown != NULL && list != NULL);
    for (size_t i = 0; i < count; i++) {
        const struct case_facts *facts = &report->m->facts[i];
        uint64_t to_ms = facts->acknowledged_ms != 0 ? facts->acknowledged_ms
                                                     : record_case_known_ms(report->record, i + 1);
        list[i] = (struct ranked){.number = i + 1,
                                  .slow_ms = facts->delivered_ms != 0 && to_ms > facts->delivered_ms
                                                 ? to_ms - facts->delivered_ms
                                                 : 0};
    }
    for (size_t i = 0; i < report->m->lapse_count; i++) {
        list[report->m->lapses[i].of_case - 1].rank |= 2;
    }
    for (size_t i = 0; i < report->m->judgement_count; i++) {
        const struct judgement *j = &report->m->judgements[i];
        if (j->of_case != 0 && (j->result == JUDGED_MISSED || j->result == JUDGED_LATE)) {
            list[j->of_case - 1].rank |= 1;
        }
    }
    *ret_all = count <= SHOWN_MAX;
    if (!*ret_all) {
        qsort(list, count, sizeof *list, by_rank);
    }
    for (size_t i = 0; i < count && i < SHOWN_MAX; i++) {
        shown[list[i].number - 1] = true;
    }
    free(list);
    return shown;
}

/* --- events --- */

static const char *const event_columns[] = {"case", "at",  "party", "event",  "letter", "why",
                                            "side", "seq", "item",  "detail", NULL};

static json_t *none_if_empty(const char *text)
{
    return text_json(text == NULL || text[0] == '\0' ? NULL : text);
}

static json_t *event_json(const struct report *report, const struct record_event *event)
{
    const struct record_letter *letter = record_letter(report->record, event->letter);
    json_t *row = json_array();
    uint64_t items = letter == NULL ? 0 : letter->items;
    unsigned only = 0;
    for (unsigned i = 0; i < 64; i++) {
        only = items == UINT64_C(1) << i ? i + 1 : only;
    }
    const char *detail = event->detail[0] == '\0' ? event->who
                         : event->who[0] == '\0'  ? event->detail
                                                 : report_format(report, "%s: %s", event->who, event->detail);
    report_add(row, number_json(event->of_case - 1));
    report_add(row, number_json(event->at_ms));
    report_add(row, text_json(party_name(report, event->party)));
    report_add(row, text_json(event->what));
    report_add(row, letter == NULL ? json_null() : none_if_empty(letter->word));
    report_add(row, letter == NULL ? json_null() : none_if_empty(letter->why));
    report_add(row, letter == NULL ? json_null() : json_string(letter->side == RECORD_Q ? "Q" : "R"));
    report_add(row, letter == NULL ? json_null() : number_json(letter->seq));
    report_add(row, event->item != 0 || only != 0 ? number_json(event->item != 0 ? event->item : only)
                                                  : json_null());
    report_add(row, none_if_empty(detail));
    return row;
}

json_t *report_events(const struct report *report, const char **ret_of)
{
    bool all = true;
    bool *shown = shown_new(report, &all);
    json_t *json = rows_json(event_columns);
    for (size_t i = 0; i < report->record->events.count; i++) {
        const struct record_event *event = &report->record->events.list[i];
        if (event->of_case != 0 && shown[event->of_case - 1]) {
            report_add(json_object_get(json, "rows"), event_json(report, event));
        }
    }
    free(shown);
    *ret_of = all ? "all" : "some";
    return json;
}
