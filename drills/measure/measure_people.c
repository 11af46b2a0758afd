/* SPDX-License-Identifier: Apache-2.0 */
/* Shifts, alarms, injects: M26, D1 and D5. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/ensure.h"
#include "drills/measure/measures_private.h"

#define HANDOVER_MS (2 * MS_PER_HOUR) /* in which somebody should have written after a change */
#define BREAK_MS    (8 * MS_PER_HOUR) /* shorter than that is no rest */
#define ALARM_MS    (4 * MS_PER_HOUR) /* in which an alarm that needed an act got it */

/* --- cases of a party --- */

/* The cases in which a party is asked, by party. */
struct by_party {
    size_t *cases; /* numbers */
    size_t *first; /* of party n at n; n + 1: behind the last */
};

static struct by_party by_party_new(const struct drill_record *record)
{
    size_t parties = record->parties.count;
    struct by_party by = {.cases = calloc(record->cases.count + 1, sizeof *by.cases),
                          .first = calloc(parties + 3, sizeof *by.first)};
    ensure(by.cases != NULL && by.first != NULL);
    for (size_t i = 0; i < record->cases.count; i++) {
        by.first[record->cases.list[i].r + 2]++;
    }
    for (size_t p = 2; p <= parties + 2; p++) {
        by.first[p] += by.first[p - 1];
    }
    for (size_t i = 0; i < record->cases.count; i++) {
        by.cases[by.first[record->cases.list[i].r + 1]++] = i + 1;
    }
    return by;
}

/* Whether an officer of R wrote in it in [from, to). */
static bool wrote(const struct drill_measures *m, size_t number, uint64_t from_ms, uint64_t to_ms)
{
    const struct record_case *it = record_case(m->record, number);
    for (size_t i = 0; i < it->letters; i++) {
        const struct record_letter *letter = &m->record->letters.list[it->first_letter - 1 + i];
        const uint64_t at_ms = record_letter_ms(letter);
        if (letter->side == RECORD_R && letter->human && at_ms >= from_ms && at_ms < to_ms) {
            return true;
        }
    }
    return false;
}

/* R is to read or to decide; of what is no hold, to read. */
static bool waits(const struct drill_measures *m, size_t number, uint64_t at_ms)
{
    const struct case_facts *facts = &m->facts[number - 1];
    const char *machine = record_case(m->record, number)->machine;
    bool hold = machine != NULL && strcmp(machine, "HOLD") == 0;
    uint64_t done_ms = hold ? facts->decided_ms : facts->acknowledged_ms;
    uint64_t until_ms = done_ms != 0 ? done_ms : facts->ended_ms;
    return facts->delivered_ms != 0 && facts->delivered_ms <= at_ms && (until_ms == 0 || until_ms > at_ms);
}

/* --- M26 --- */

static void measure_moment(struct drill_measures *m, const struct by_party *by, uint32_t metric, size_t party,
                           uint64_t at_ms)
{
    for (size_t i = by->first[party]; i < by->first[party + 1]; i++) {
        size_t number = by->cases[i];
        if (at_ms + HANDOVER_MS <= m->now_ms && waits(m, number, at_ms)) {
            measured_share(m, metric, number, party, 0, at_ms,
                           wrote(m, number, at_ms, at_ms + HANDOVER_MS) ? STAT_DONE : STAT_MISSED);
        }
    }
}

static int by_desk(const void *left, const void *right)
{
    const struct record_shift *a = left, *b = right;
    const uint64_t keys[][2] = {{a->party, b->party}, {a->from_ms, b->from_ms}, {a->until_ms, b->until_ms}};
    for (size_t i = 0; i < 3; i++) {
        if (keys[i][0] != keys[i][1]) {
            return keys[i][0] < keys[i][1] ? -1 : 1;
        }
    }
    return 0;
}

static int by_person(const void *left, const void *right)
{
    const struct record_shift *a = left, *b = right;
    int order = a->party < b->party ? -1 : a->party > b->party;
    order = order != 0 ? order : strcmp(a->who == NULL ? "" : a->who, b->who == NULL ? "" : b->who);
    return order != 0 ? order : by_desk(left, right);
}

/* A change is where a shift begins and another one was before; its middle is what it is set against. */
static void measure_changes(struct drill_measures *m, const struct by_party *by)
{
    size_t count = m->record->shifts.count;
    struct record_shift *list = calloc(count + 1, sizeof *list);
    ensure(list != NULL);
    for (size_t i = 0; i < count; i++) {
        list[i] = m->record->shifts.list[i];
    }
    qsort(list, count, sizeof *list, by_desk);
    for (size_t i = 0; i < count; i++) {
        const struct record_shift *shift = &list[i];
        bool again = i > 0 && list[i - 1].party == shift->party && list[i - 1].from_ms == shift->from_ms;
        bool first = i == 0 || list[i - 1].party != shift->party;
        if (shift->party == 0 || again || first) {
            continue;
        }
        measure_moment(m, by, MEASURE_HANDOVER, shift->party, shift->from_ms);
        measure_moment(m, by, MEASURE_MID_SHIFT, shift->party,
                       shift->from_ms + (shift->until_ms - shift->from_ms) / 2);
    }
    free(list);
}

/* --- D5 --- */

static bool is_same_person(const struct record_shift *a, const struct record_shift *b)
{
    return a->party == b->party && strcmp(a->who == NULL ? "" : a->who, b->who == NULL ? "" : b->who) == 0;
}

/* The longest stretch of one person, whose shifts these are, in their order: short breaks count in it. */
static void measure_longest(struct drill_measures *m, const struct record_shift *list, size_t count)
{
    uint64_t begun_ms = list[0].from_ms, best_ms = 0, best_from_ms = 0;
    for (size_t i = 0; i < count; i++) {
        bool on = i > 0 && list[i].from_ms < list[i - 1].until_ms + BREAK_MS;
        begun_ms = on ? begun_ms : list[i].from_ms;
        if (list[i].until_ms - begun_ms > best_ms) {
            best_ms = list[i].until_ms - begun_ms;
            best_from_ms = begun_ms;
        }
    }
    if (list[0].who != NULL) {
        measured_span(m, MEASURE_ON_DUTY, 0, list[0].party, 0, best_from_ms, best_from_ms + best_ms,
                      STAT_DONE);
    }
}

static void measure_duty(struct drill_measures *m)
{
    size_t count = m->record->shifts.count;
    struct record_shift *list = calloc(count + 1, sizeof *list);
    ensure(list != NULL);
    for (size_t i = 0; i < count; i++) {
        list[i] = m->record->shifts.list[i];
    }
    qsort(list, count, sizeof *list, by_person);
    for (size_t begin = 0, end = 0; begin < count; begin = end) {
        for (end = begin + 1; end < count && is_same_person(&list[end], &list[begin]);) {
            end++;
        }
        measure_longest(m, &list[begin], end - begin);
    }
    free(list);
}

static void measure_alarms(struct drill_measures *m)
{
    for (size_t i = 0; i < m->record->acts.count; i++) {
        const struct record_act *act = &m->record->acts.list[i];
        if (strcmp(act->what, "alarm") != 0 || act->of_case == 0) {
            continue;
        }
        bool over = act->at_ms + ALARM_MS <= m->now_ms;
        measured_share(m, MEASURE_ALARMS_IDLE, act->of_case, act->party, act->item, act->at_ms,
                       wrote(m, act->of_case, act->at_ms, act->at_ms + ALARM_MS) ? STAT_DONE
                       : over                                                    ? STAT_MISSED
                                                                                 : STAT_OPEN);
    }
}

/* --- M24, M1: by phone --- */

static void measure_calls(struct drill_measures *m)
{
    for (size_t i = 0; i < m->record->calls.count; i++) {
        const struct record_call *call = &m->record->calls.list[i];
        if (call->knew_role != RECORD_UNKNOWN) {
            measured_share(m, MEASURE_CALL_KNEW, call->of_case, call->to, 0, call->at_ms,
                           call->knew_role == RECORD_YES ? STAT_DONE : STAT_MISSED);
        }
    }
    for (size_t i = 0; i < m->record->letters.count; i++) {
        const struct record_letter *letter = &m->record->letters.list[i];
        if (letter->called_ms != 0 && !letter->without_effect) {
            measured_span(m, MEASURE_ORAL, letter->of_case, record_case(m->record, letter->of_case)->r, 0,
                          letter->called_ms, letter->called_back_ms,
                          letter->called_back_ms != 0 ? STAT_DONE : STAT_OPEN);
        }
    }
}

/* --- D1 --- */

static void measure_injects(struct drill_measures *m)
{
    for (size_t i = 0; i < m->record->injects.count; i++) {
        const struct record_inject *inject = &m->record->injects.list[i];
        if (inject->state == RECORD_SKIPPED || inject->state == RECORD_UNSEEN) {
            continue;
        }
        if (inject->planned_ms != 0 && inject->planned_ms <= m->now_ms) {
            measured_span(m, MEASURE_INJECT_RELEASE, inject->of_case, inject->from, 0, inject->planned_ms,
                          inject->released_ms, inject->released_ms != 0 ? STAT_DONE : STAT_OPEN);
        }
        bool seen = inject->received_ms != 0 || record_inject_known_ms(m->record, i + 1, false) != 0;
        if (inject->released_ms != 0 && inject->to != 0 && seen) {
            measured_span(m, MEASURE_INJECT_RECEIVED, inject->of_case, inject->to, 0, inject->released_ms,
                          inject->received_ms, inject->received_ms != 0 ? STAT_DONE : STAT_OPEN);
        }
    }
}

void measure_people(struct drill_measures *m)
{
    struct by_party by = by_party_new(m->record);
    measure_changes(m, &by);
    measure_duty(m);
    measure_alarms(m);
    measure_calls(m);
    measure_injects(m);
    free(by.cases);
    free(by.first);
}
