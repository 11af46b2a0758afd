/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/measure/measures.h"

#include <stdlib.h>
#include <string.h>

#include "base/catalogue.h"
#include "base/ensure.h"
#include "base/sort.h"
#include "drills/measure/measures_private.h"

#define ARENA_BYTES  ((size_t)1 << 30)
#define FAULT_ONE_IN 10 /* a fault that took less than this part of a span explains little of it */

/* --- the list of measures --- */

static const struct measure_rule rules[] = {
#define METRIC(name, number, said, how, emergency, urgent, routine, has, what)                               \
    {.metric = (number), .word = (said), .kind = METRIC_##how, .text = (what)},
#include "nodes/metrics.def"
#undef METRIC
#define MEASURE(name, number, of, said, how, what)                                                           \
    {.metric = (number), .own_id = (of), .word = (said), .kind = METRIC_##how, .text = (what)},
#include "drills/measure/measures.def"
#undef MEASURE
};
#define RULES (sizeof rules / sizeof rules[0])

const struct measure_rule *measure_rules(size_t *ret_count)
{
    *ret_count = RULES;
    return rules;
}

const struct measure_rule *measure_rule(uint32_t metric)
{
    for (size_t i = 0; i < RULES; i++) {
        if (rules[i].metric == metric) {
            return &rules[i];
        }
    }
    return NULL;
}

/* Of nodes/metrics.def: 107 is the second of M7. */
const char *measure_id(const struct measure_rule *rule)
{
    static const char *const ids[] = {"",    "M1",  "M2",  "M3",  "M4",  "M5",  "M6",  "M7",  "M8",
                                      "M9",  "M10", "M11", "M12", "M13", "M14", "M15", "M16", "M17",
                                      "M18", "M19", "M20", "M21", "M22", "M23", "M24"};
    uint32_t number = rule->metric % 100;
    return rule->own_id != NULL ? rule->own_id : number < sizeof ids / sizeof ids[0] ? ids[number] : "";
}

const char *left_out_word(enum left_out why)
{
    static const char *const words[LEFT_OUTS] = {
        [LEFT_IN] = "",
        [LEFT_CORRECTED] = N_("corrected by a controller"),
        [LEFT_FORGED] = N_("a forged request"),
        [LEFT_WHITE] = N_("played by a controller"),
        [LEFT_DUPLICATE] = N_("a duplicate: the first of them counts"),
        [LEFT_JUMP] = N_("the clock jumped in it"),
        [LEFT_FAULT] = N_("under an injected fault"),
        [LEFT_MAINTENANCE] = N_("down for maintenance, as said before"),
    };
    return (unsigned)why < LEFT_OUTS ? words[why] : "";
}

/* --- buckets --- */

const char *bucket_word(enum time_bucket bucket)
{
    return metric_part_word(metric_rule(METRIC_TIME), (uint32_t)bucket);
}

enum record_side bucket_owner(enum time_bucket bucket)
{
    switch (bucket) {
    case BUCKET_Q_OWES:
    case BUCKET_MLA_Q:
    case BUCKET_VERIFYING:
        return RECORD_Q;
    case BUCKET_AWAY:
    case BUCKET_CLOSED:
    case BUCKET_ON_CALL:
    case BUCKET_UNSEEN:
    case BUCKET_DECIDING:
    case BUCKET_CUSTODIAN:
    case BUCKET_ORDER:
    case BUCKET_TRANSLATION:
    case BUCKET_MLA_R:
    case BUCKET_EXECUTING:
    case BUCKET_POSTPONED:
    case BUCKET_TRANSFER:
        return RECORD_R;
    case BUCKET_FROZEN:
    case BUCKET_TRANSPORT:
    case BUCKETS:
        break;
    }
    return RECORD_NO_SIDE;
}

/* --- why an event does not count --- */

/* Measures of what is left out everywhere else. */
static bool is_about_it(uint32_t metric)
{
    return metric == METRIC_DUPLICATE || metric == MEASURE_DUPLICATE_TRUE || metric == MEASURE_DOUBLE_WORK ||
           metric == MEASURE_FORGED || metric == MEASURE_FORGED_CALLED || metric == MEASURE_FORGED_WARNED ||
           metric >= MEASURE_INJECT_RELEASE;
}

/* The first jump within that stretch; NULL: there is none. */
static const struct record_jump *jumped(const struct drill_record *record, uint64_t from_ms, uint64_t to_ms)
{
    for (size_t i = 0; i < record->jumps.count; i++) {
        const struct record_jump *jump = &record->jumps.list[i];
        if (from_ms <= jump->at_ms && to_ms >= jump->to_ms) {
            return jump;
        }
    }
    return NULL;
}

/* The fault that took a tenth of it or more; of two the first in the list. */
static enum left_out faulty(const struct drill_measures *m, size_t party, uint64_t from_ms, uint64_t to_ms)
{
    const struct record_fault *fault = lookup_fault(m->lookup, party, from_ms, to_ms, FAULT_ONE_IN);
    return fault == NULL ? LEFT_IN : strcmp(fault->kind, "maintenance") == 0 ? LEFT_MAINTENANCE : LEFT_FAULT;
}

static enum left_out why_out(const struct drill_measures *m, const struct measured_event *event, bool span,
                             uint64_t to_ms)
{
    const struct drill_record *record = m->record;
    const struct record_case *it = record_case(record, event->of_case);
    const struct record_party *party = record_party(record, event->party);
    if (is_about_it((uint32_t)event->event.metric)) {
        return LEFT_IN;
    }
    return it != NULL && it->withdrawn_by_drill             ? LEFT_CORRECTED
           : it != NULL && it->of_fault                     ? LEFT_FAULT
           : it != NULL && it->forged != NULL               ? LEFT_FORGED
           : party != NULL && party->white_cell             ? LEFT_WHITE
           : it != NULL && it->duplicate_of != 0            ? LEFT_DUPLICATE
           : !span                                          ? LEFT_IN
           : jumped(record, event->began_ms, to_ms) != NULL ? LEFT_JUMP
                                                            : faulty(m, event->party, event->began_ms, to_ms);
}

/* Up to when there was something to wait for: a case that is closed waits for nothing. */
static uint64_t waited_to_ms(const struct drill_measures *m, const struct measured_event *event)
{
    const struct measured_stat *e = &event->event;
    uint64_t ended_ms = event->of_case == 0 ? 0 : m->facts[event->of_case - 1].ended_ms;
    return e->stop_ms != 0 ? e->stop_ms : e->outcome == STAT_MISSED && ended_ms != 0 ? ended_ms : m->now_ms;
}

/* What is open ran for as long as somebody looked at its case: what came after is not known. */
static void end_where_known(const struct drill_measures *m, struct measured_event *event)
{
    uint64_t known_ms = event->of_case == 0 ? m->now_ms : record_case_known_ms(m->record, event->of_case);
    if (event->event.outcome == STAT_OPEN && known_ms < m->now_ms) {
        event->event.stop_ms = known_ms;
    }
}

/* Who had not answered a ping when the clock jumped was tried until then, and is no more left out than any who is silent. */
static void end_at_jump(const struct drill_record *record, struct measured_stat *e, uint64_t *to_ms)
{
    const struct record_jump *jump = jumped(record, e->start_ms, *to_ms);
    if (e->metric == METRIC_REACH && e->stop_ms == 0 && jump != NULL) {
        e->outcome = STAT_LEFT;
        e->stop_ms = *to_ms = jump->at_ms;
    }
}

/* --- adding --- */

/* Staffed while the drill ran. */
static uint64_t staffed_ms(const struct drill_measures *m, size_t party, uint64_t from_ms, uint64_t to_ms)
{
    uint64_t ms = desk_staffed_ms(m->hours, party, from_ms, to_ms), counted_ms = from_ms;
    for (size_t i = 0; i < m->record->freezes.count; i++) {
        const struct record_freeze *freeze = &m->record->freezes.list[i];
        uint64_t begin_ms = freeze->stop_ms > counted_ms ? freeze->stop_ms : counted_ms;
        uint64_t end_ms = freeze->resume_ms == 0 || freeze->resume_ms > to_ms ? to_ms : freeze->resume_ms;
        if (end_ms > begin_ms) {
            ms -= desk_staffed_ms(m->hours, party, begin_ms, end_ms);
            counted_ms = end_ms;
        }
    }
    return ms;
}

struct stat_event stat_of(const struct measured_stat *e)
{
    return (struct stat_event){.metric = e->metric,
                               .part = e->part,
                               .item = e->item,
                               .outcome = e->outcome,
                               .urgency = e->urgency,
                               .staffing = e->staffing,
                               .start_ms = e->start_ms,
                               .stop_ms = e->stop_ms,
                               .due_ms = e->due_ms,
                               .paused_ms = e->paused_ms,
                               .paused_since_ms = e->paused_since_ms};
}

void measured_add(struct drill_measures *m, size_t of_case, size_t party, const struct stat_event *given)
{
    struct measured_event event = {.of_case = (uint32_t)of_case,
                                   .party = (uint32_t)party,
                                   .event = {.metric = given->metric,
                                             .part = given->part,
                                             .item = given->item,
                                             .outcome = given->outcome,
                                             .urgency = given->urgency,
                                             .staffing = given->staffing,
                                             .start_ms = given->start_ms,
                                             .stop_ms = given->stop_ms,
                                             .due_ms = given->due_ms,
                                             .paused_ms = given->paused_ms,
                                             .paused_since_ms = given->paused_since_ms}};
    struct measured_stat *e = &event.event;
    ensure(of_case <= UINT32_MAX && party <= UINT32_MAX);
    const struct measure_rule *rule = measure_rule((uint32_t)e->metric);
    bool span = rule != NULL && rule->kind == METRIC_SPAN;
    end_where_known(m, &event);
    uint64_t start_ms = e->start_ms, to_ms = waited_to_ms(m, &event);
    end_at_jump(m->record, e, &to_ms);
    event.began_ms = start_ms;
    event.stopped_ms = e->stop_ms;
    event.left_out = why_out(m, &event, span, to_ms);
    event.staffed_ms = span ? staffed_ms(m, event.party, start_ms, to_ms) : 0;
    if (span && e->staffing == 0) {
        e->staffing = desk_staffing(m->hours, event.party, start_ms);
    }
    e->start_ms = drill_ms(m->record, start_ms);
    e->stop_ms = e->stop_ms == 0 ? 0 : drill_ms(m->record, e->stop_ms);
    e->due_ms = e->due_ms == 0                 ? 0
                : span && e->due_ms > start_ms ? e->start_ms + (e->due_ms - start_ms)
                                               : drill_ms(m->record, e->due_ms);
    e->paused_since_ms = e->paused_since_ms == 0 ? 0 : drill_ms(m->record, e->paused_since_ms);
    if (m->event_count == m->event_room) {
        m->event_room = m->event_room == 0 ? 1024 : 2 * m->event_room;
        m->events = realloc(m->events, m->event_room * sizeof *m->events);
        ensure(m->events != NULL);
    }
    m->events[m->event_count++] = event;
}

/* What is of no case - a shift, a call, an inject - has no class either. */
static enum urgency class_of(const struct drill_measures *m, size_t of_case)
{
    return of_case == 0 ? URGENCY_NONE : (enum urgency)m->facts[of_case - 1].urgency;
}

void measured_span(struct drill_measures *m, uint32_t metric, size_t of_case, size_t party, uint32_t item,
                   uint64_t start_ms, uint64_t stop_ms, enum stat_outcome outcome)
{
    if (start_ms != 0) {
        measured_add(m, of_case, party,
                     &(struct stat_event){.metric = (enum metric)metric,
                                          .item = item,
                                          .start_ms = start_ms,
                                          .stop_ms = stop_ms != 0 && stop_ms < start_ms ? start_ms : stop_ms,
                                          .outcome = outcome,
                                          .urgency = class_of(m, of_case)});
    }
}

void measured_share(struct drill_measures *m, uint32_t metric, size_t of_case, size_t party, uint32_t item,
                    uint64_t start_ms, enum stat_outcome outcome)
{
    measured_add(m, of_case, party,
                 &(struct stat_event){.metric = (enum metric)metric,
                                      .item = item,
                                      .start_ms = start_ms,
                                      .outcome = outcome,
                                      .urgency = class_of(m, of_case)});
}

/* --- all of it --- */

static size_t state_of(const struct drill_record *record, size_t party)
{
    const struct record_party *it = record_party(record, party);
    return it == NULL ? 0 : it->state;
}

static int compare(const void *left, const void *right, const void *context)
{
    const struct drill_record *record = context;
    const struct measured_event *a = left, *b = right;
    const uint64_t keys[][2] = {{(uint64_t)a->event.metric, (uint64_t)b->event.metric},
                                {(uint64_t)a->event.urgency, (uint64_t)b->event.urgency},
                                {state_of(record, a->party), state_of(record, b->party)},
                                {a->party, b->party},
                                {a->began_ms, b->began_ms},
                                {a->of_case, b->of_case},
                                {a->event.item, b->event.item},
                                {a->event.part, b->event.part},
                                {(uint64_t)a->event.outcome, (uint64_t)b->event.outcome}};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        if (keys[i][0] != keys[i][1]) {
            return keys[i][0] < keys[i][1] ? -1 : 1;
        }
    }
    return 0;
}

struct drill_measures *measures_new(const struct drill_record *record, const struct scenario *scenario)
{
    struct drill_measures *m = calloc(1, sizeof *m);
    ensure(m != NULL && record->closed);
    m->record = record;
    m->scenario = scenario;
    m->now_ms = record->head.end_ms;
    m->arena = arena_new(ARENA_BYTES);
    m->hours = desk_hours_new(record);
    m->lookup = lookup_new(record);
    m->facts = calloc(record->cases.count + 1, sizeof *m->facts);
    m->owed = calloc((record->parties.count + 1) * BUCKETS, sizeof *m->owed);
    ensure(m->arena != NULL && m->facts != NULL && m->owed != NULL);
    measure_cases(m);
    measure_known(m);
    measure_people(m);
    judge(m);
    sort_in_place(m->events, m->event_count, sizeof *m->events, compare, record);
    return m;
}

void measures_free(struct drill_measures *m)
{
    if (m != NULL) {
        desk_hours_free(m->hours);
        lookup_free(m->lookup);
        arena_free(m->arena);
        free(m->events);
        free(m->facts);
        free(m->lapses);
        free(m->judgements);
        free(m->owed);
        free(m);
    }
}
