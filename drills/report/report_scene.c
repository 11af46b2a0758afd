/* SPDX-License-Identifier: Apache-2.0 */
/* What the report says before anything is measured: what was played, by whom, and what the drill did. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/ensure.h"
#include "base/text.h"
#include "drills/report/report_private.h"

#define PEOPLE_MAX 2000 /* points in all */
#define SAFE_INT   (UINT64_C(1) << 53)

static json_t *hex_json(const struct report *report, const uint8_t *bytes, size_t size)
{
    return text_json(hex_new(report->arena, bytes_of(bytes, size)));
}

static json_t *clock_json(const struct report *report)
{
    const struct record_head *head = &report->record->head;
    json_t *json = json_object(), *jumps = json_array();
    for (size_t i = 0; i < report->record->jumps.count; i++) {
        json_t *jump = json_object();
        report_put(jump, "at", number_json(report->record->jumps.list[i].at_ms));
        report_put(jump, "to", number_json(report->record->jumps.list[i].to_ms));
        report_add(jumps, jump);
    }
    report_put(json, "start", number_json(head->start_ms));
    report_put(json, "end", number_json(head->end_ms));
    report_put(json, "zone", json_string("UTC"));
    report_put(json, "compression", number_json(head->compression == 0 ? 1 : head->compression));
    report_put(json, "frozen_ms", number_json(frozen_ms(report->record, head->start_ms, head->end_ms)));
    report_put(json, "jumps", jumps);
    return json;
}

static json_t *or_null(const char *text)
{
    return text_json(text == NULL || text[0] == '\0' ? NULL : text);
}

json_t *report_head(const struct report *report, json_t *json)
{
    const struct record_head *head = &report->record->head;
    const struct scenario *scenario = report->of.scenario;
    uint8_t hash[32];
    report_put(json, "format", json_string(REPORT_FORMAT));
    report_put(json, "title", text_json(head->title == NULL ? "" : head->title));
    report_put(json, "summary",
               text_json(scenario == NULL || scenario->summary == NULL ? "" : scenario->summary));
    report_put(json, "teaches", or_null(scenario == NULL ? NULL : scenario->teaches));
    report_put(json, "inspired_by", or_null(scenario == NULL ? NULL : scenario->inspired_by));
    report_put(json, "classification",
               or_null(scenario == NULL ? NULL : scenario_classification_word(scenario->classification)));
    report_put(json, "way", text_json(head->way == NULL ? "world" : head->way));
    report_put(json, "exercise",
               head->has_exercise ? hex_json(report, head->exercise, sizeof head->exercise) : json_null());
    report_put(json, "scenario_hash", hex_json(report, head->scenario_hash, sizeof head->scenario_hash));
    record_hash(report->record, hash);
    report_put(json, "transcript_hash", hex_json(report, hash, sizeof hash));
    report_put(json, "seed",
               head->seed < SAFE_INT
                   ? number_json(head->seed)
                   : text_json(report_format(report, "%llu", (unsigned long long)head->seed)));
    report_put(json, "build", text_json(head->build == NULL ? "" : head->build));
    report_put(json, "command", text_json(head->command == NULL ? "" : head->command));
    report_put(json, "clock", clock_json(report));
    return json;
}

/* ISO 3166-1 keeps AA, QM to QZ, XA to XZ and ZZ for those who make up States. */
static bool is_real(const char *code)
{
    bool two = code[0] >= 'A' && code[0] <= 'Z' && code[1] >= 'A' && code[1] <= 'Z' && code[2] == '\0';
    return two && code[0] != 'X' && !(code[0] == 'Q' && code[1] >= 'M') && strcmp(code, "AA") != 0 &&
           strcmp(code, "ZZ") != 0;
}

/* Millionths of a degree as a number of JSON: shown on a map, and never reckoned with. */
static json_t *degrees_json(bool placed, int32_t millionths)
{
    return placed ? json_real((double)millionths / 1e6) : json_null();
}

static json_t *parties_json(const struct report *report, size_t state)
{
    json_t *list = json_array();
    for (size_t i = 0; i < report->record->parties.count; i++) {
        const struct record_party *party = &report->record->parties.list[i];
        if (party->state == state) {
            json_t *json = json_object();
            report_put(json, "address", text_json(party->address));
            report_put(json, "role", text_json(party->role == NULL ? "" : party->role));
            report_put(json, "desk", text_json(party->desk == NULL ? "" : party->desk));
            report_put(json, "people", number_json(party->people));
            report_add(list, json);
        }
    }
    return list;
}

json_t *report_states(const struct report *report)
{
    json_t *list = json_array();
    for (size_t i = 0; i < report->record->states.count; i++) {
        const struct record_state *state = &report->record->states.list[i];
        json_t *json = json_object();
        report_put(json, "code", text_json(state->code));
        report_put(json, "name", text_json(state->name == NULL ? state->code : state->name));
        report_put(json, "zone", text_json(state->zone_name == NULL ? "UTC" : state->zone_name));
        report_put(json, "lat", degrees_json(state->placed, state->north));
        report_put(json, "lon", degrees_json(state->placed, state->east));
        report_put(json, "real", json_boolean(is_real(state->code)));
        report_put(json, "white_cell", json_boolean(state->white_cell));
        report_put(json, "parties", parties_json(report, i + 1));
        report_add(list, json);
    }
    return list;
}

json_t *report_injects(const struct report *report)
{
    json_t *list = json_array();
    for (size_t i = 0; i < report->record->injects.count; i++) {
        const struct record_inject *inject = &report->record->injects.list[i];
        json_t *json = json_object();
        report_put(json, "id", text_json(inject->id));
        report_put(json, "kind", text_json(inject->kind == NULL ? "" : inject->kind));
        report_put(json, "planned", ms_json(inject->planned_ms));
        report_put(json, "released", ms_json(inject->released_ms));
        report_put(json, "received", ms_json(inject->received_ms));
        report_put(json, "state", json_string(record_inject_state_word(inject->state)));
        report_put(json, "to", text_json(party_name(report, inject->to)));
        report_put(json, "text", text_json(inject->text == NULL ? "" : inject->text));
        report_add(list, json);
    }
    return list;
}

json_t *report_faults(const struct report *report)
{
    json_t *list = json_array();
    for (size_t i = 0; i < report->record->faults.count; i++) {
        const struct record_fault *fault = &report->record->faults.list[i];
        json_t *json = json_object();
        report_put(json, "id", text_json(fault->id == NULL ? "" : fault->id));
        report_put(json, "kind", text_json(fault->kind));
        report_put(json, "where",
                   text_json(fault->where == NULL ? party_name(report, fault->party) : fault->where));
        report_put(json, "from", number_json(fault->from_ms));
        report_put(json, "until", ms_json(fault->until_ms));
        report_add(list, json);
    }
    return list;
}

static int by_time(const void *left, const void *right)
{
    const struct record_note *const *a = left, *const *b = right;
    return (*a)->at_ms != (*b)->at_ms ? (*a)->at_ms < (*b)->at_ms ? -1 : 1 : *a < *b ? -1 : *a > *b;
}

/* In the order of time; of one moment, as they were added. */
json_t *report_notes(const struct report *report)
{
    size_t count = report->record->notes.count;
    const struct record_note **sorted = arena_zero(report->arena, count + 1, sizeof(const void *));
    json_t *list = json_array();
    ensure(sorted != NULL);
    for (size_t i = 0; i < count; i++) {
        sorted[i] = &report->record->notes.list[i];
    }
    qsort(sorted, count, sizeof *sorted, by_time);
    for (size_t i = 0; i < count; i++) {
        json_t *json = json_object();
        report_put(json, "at", number_json(sorted[i]->at_ms));
        report_put(json, "by", text_json(sorted[i]->by == NULL ? "" : sorted[i]->by));
        report_put(json, "case", sorted[i]->of_case == 0 ? json_null() : number_json(sorted[i]->of_case - 1));
        report_put(json, "text", text_json(sorted[i]->text == NULL ? "" : sorted[i]->text));
        report_put(json, "corrects", text_json(sorted[i]->corrects));
        report_add(list, json);
    }
    return list;
}

/* --- people, by the hour --- */

static int by_party(const void *left, const void *right)
{
    const struct record_hour *const *a = left, *const *b = right;
    if ((*a)->party != (*b)->party) {
        return (*a)->party < (*b)->party ? -1 : 1;
    }
    return (*a)->at_ms < (*b)->at_ms ? -1 : (*a)->at_ms > (*b)->at_ms;
}

/* So many of them as one point: the mean of what is busy, the most of all else; where there is a gap between them, nobody is. */
static json_t *point_json(const struct record_hour *const *hours, size_t count)
{
    json_t *json = json_object();
    const struct record_hour *last = hours[count - 1];
    uint64_t staffed = 0, busy_ms = 0, queue = 0, span_ms = last->at_ms + last->span_ms - hours[0]->at_ms;
    for (size_t i = 0; i < count; i++) {
        staffed = hours[i]->staffed > staffed ? hours[i]->staffed : staffed;
        queue = hours[i]->queue > queue ? hours[i]->queue : queue;
        busy_ms += hours[i]->busy_ms * (hours[i]->span_ms / MS_PER_HOUR);
    }
    report_put(json, "at", number_json(hours[0]->at_ms));
    report_put(json, "span", number_json(span_ms));
    report_put(json, "staffed", number_json(staffed));
    report_put(json, "busy_ms", number_json(busy_ms / (span_ms / MS_PER_HOUR)));
    report_put(json, "queue", number_json(queue));
    return json;
}

/* How many points there are where so many hours of a party become one; the last of a party may be of fewer. */
static size_t points_by(const struct record_hour *const *sorted, size_t count, size_t stride)
{
    size_t points = 0, of_party = 0;
    for (size_t i = 0; i < count; i++) {
        of_party = i != 0 && sorted[i]->party == sorted[i - 1]->party ? of_party + 1 : 0;
        points += of_party % stride == 0 ? 1 : 0;
    }
    return points;
}

/* About the least that keeps them to PEOPLE_MAX, where there are not more parties than that. */
static size_t stride_of(const struct record_hour *const *sorted, size_t count)
{
    size_t stride = 1;
    while (stride < count && points_by(sorted, count, stride) > PEOPLE_MAX) {
        stride += (stride + 7) / 8;
    }
    return stride;
}

static const char *day_text(const struct report *report, uint64_t ms)
{
    return report_format(report, "%.10s", moment_text(report, ms));
}

json_t *report_people(const struct report *report)
{
    size_t count = report->record->hours.count;
    const struct record_hour **sorted = arena_zero(report->arena, count + 1, sizeof(const void *));
    json_t *list = json_array(), *points = NULL;
    uint64_t day = UINT64_MAX;
    ensure(sorted != NULL);
    for (size_t i = 0; i < count; i++) {
        sorted[i] = &report->record->hours.list[i];
    }
    qsort(sorted, count, sizeof *sorted, by_party);
    const size_t stride = stride_of(sorted, count);
    for (size_t i = 0, taken; i < count; i += taken) {
        for (taken = 1;
             taken < stride && i + taken < count && sorted[i + taken]->party == sorted[i]->party;) {
            taken++;
        }
        if (i == 0 || sorted[i]->party != sorted[i - 1]->party || sorted[i]->at_ms / MS_PER_DAY != day) {
            json_t *json = json_object();
            day = sorted[i]->at_ms / MS_PER_DAY;
            points = json_array();
            report_put(json, "party", text_json(party_name(report, sorted[i]->party)));
            report_put(json, "day", text_json(day_text(report, sorted[i]->at_ms)));
            report_put(json, "hours", points);
            report_add(list, json);
        }
        report_add(points, point_json(&sorted[i], taken));
    }
    return list;
}
