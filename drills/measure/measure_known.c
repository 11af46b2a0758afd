/* SPDX-License-Identifier: Apache-2.0 */
/* What the drill knows and no node does: which data were where, which requests were forged or asked twice, trails over States. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/ensure.h"
#include "drills/measure/measures_private.h"
#include "proto/codes.h"

/* --- M6: saved in time, against the truth --- */

/* When the item of a hold was safe; 0: it is not. ret_over: and will not be any more. */
static uint64_t held_ms(const struct drill_measures *m, size_t of_case, uint32_t item, bool *ret_over)
{
    const struct case_facts *facts = &m->facts[of_case - 1];
    *ret_over = facts->ended_ms != 0;
    for (size_t i = 0; i < facts->events; i++) {
        const struct measured_event *event = &m->events[facts->first_event + i];
        if (event->event.metric == METRIC_SAFE && event->event.item == item) {
            *ret_over = event->event.outcome == STAT_MISSED || event->event.outcome == STAT_LEFT;
            return event->event.outcome == STAT_DONE ? event->stopped_ms : 0;
        }
    }
    return 0;
}

static enum stat_outcome saved(const struct drill_measures *m, const struct record_asks *asks,
                               uint64_t until_ms)
{
    bool over = false;
    uint64_t ms = held_ms(m, asks->of_case, asks->item, &over);
    return ms != 0 ? ms <= until_ms ? STAT_DONE : STAT_MISSED
           : over || until_ms <= record_case_known_ms(m->record, asks->of_case) ? STAT_MISSED
                                                                                : STAT_OPEN;
}

/* When the first of the data of a case die: the truth, and else what its letters say. */
static void earliest_truth(struct case_facts *facts, uint64_t until_ms)
{
    facts->dies_ms = !facts->dies_true || until_ms < facts->dies_ms ? until_ms : facts->dies_ms;
    facts->dies_true = true;
}

/*
 * Of holds: what is asked for in another way is not held, and how long it takes is measured as such (M8, M9). What letters say of an end
 * where the drill knows the data is taken out.
 */
static void measure_truths(struct drill_measures *m)
{
    const struct drill_record *record = m->record;
    bool *known = calloc(record->cases.count + 1, sizeof *known);
    size_t kept = 0;
    ensure(known != NULL);
    for (size_t i = 0; i < record->asks.count; i++) {
        const struct record_asks *asks = &record->asks.list[i];
        const struct record_truth *truth = &record->truths.list[asks->truth - 1];
        const struct record_case *it = record_case(record, asks->of_case);
        if (it == NULL) {
            continue;
        }
        struct case_facts *facts = &m->facts[asks->of_case - 1];
        known[asks->of_case] = true;
        if (truth->there && truth->until_ms != 0) {
            earliest_truth(facts, truth->until_ms);
        }
        if (truth->there && truth->until_ms != 0 && facts->is_hold) {
            measured_share(m, MEASURE_SAVED_TRUE, asks->of_case, it->r, asks->item, facts->opened_ms,
                           saved(m, asks, truth->until_ms));
        }
    }
    for (size_t i = 0; i < m->event_count; i++) {
        if (m->events[i].event.metric != METRIC_SAVED || !known[m->events[i].of_case]) {
            m->events[kept++] = m->events[i];
        }
    }
    m->event_count = kept;
    free(known);
}

/* --- letters of a case, by kind --- */

/* When R (or Q) first said one of these, in effect; 0: never. */
static uint64_t first_of(const struct drill_measures *m, const struct record_case *it, enum record_side side,
                         const enum letter_kind *kinds, size_t count)
{
    for (size_t i = 0; i < it->letters; i++) {
        const struct record_letter *letter = &m->record->letters.list[it->first_letter - 1 + i];
        for (size_t k = 0; k < count; k++) {
            if (letter->side == side && !letter->without_effect && letter->kind == (uint32_t)kinds[k]) {
                return record_letter_ms(letter);
            }
        }
    }
    return 0;
}
#define FIRST(m, it, side, ...)                                                                              \
    first_of(m, it, side, (const enum letter_kind[]){__VA_ARGS__},                                           \
             sizeof((const enum letter_kind[]){__VA_ARGS__}) / sizeof(enum letter_kind))

/* The first that the record says of a case or of what began it; 0: it does not. */
static uint64_t act_ms(const struct drill_measures *m, size_t of_case, size_t inject, const char *what)
{
    const struct record_act *acts = m->record->acts.list;
    size_t of_it = lookup_act_of_case(m->lookup, of_case, 0);
    size_t of_inject = lookup_act_of_inject(m->lookup, inject, 0);
    while (of_it != 0 && strcmp(acts[of_it - 1].what, what) != 0) {
        of_it = lookup_act_of_case(m->lookup, of_case, of_it);
    }
    while (of_inject != 0 && strcmp(acts[of_inject - 1].what, what) != 0) {
        of_inject = lookup_act_of_inject(m->lookup, inject, of_inject);
    }
    size_t first = of_it == 0 || (of_inject != 0 && of_inject < of_it) ? of_inject : of_it;
    return first == 0 ? 0 : acts[first - 1].at_ms;
}

/* --- M22: duplicates --- */

static void measure_duplicate(struct drill_measures *m, size_t number)
{
    const struct record_case *it = record_case(m->record, number);
    uint64_t acted_ms = FIRST(m, it, RECORD_R, LETTER_ORDERED, LETTER_HELD);
    uint64_t begun_ms = m->facts[number - 1].acknowledged_ms, ended_ms = m->facts[number - 1].ended_ms;
    bool merged = false;
    for (size_t i = 0; i < it->letters; i++) {
        const struct record_letter *letter = &m->record->letters.list[it->first_letter - 1 + i];
        merged = merged || (letter->kind == LETTER_NOT_HELD && letter->why != NULL &&
                            strcmp(letter->why, "DUPLICATE_OF") == 0);
    }
    measured_share(m, MEASURE_DUPLICATE_TRUE, number, it->r, 0, m->facts[number - 1].opened_ms,
                   acted_ms != 0   ? STAT_MISSED
                   : merged        ? STAT_DONE
                   : ended_ms != 0 ? STAT_MISSED
                                   : STAT_OPEN);
    if (acted_ms != 0) {
        measured_span(m, MEASURE_DOUBLE_WORK, number, it->r, 0, begun_ms != 0 ? begun_ms : acted_ms, ended_ms,
                      ended_ms != 0 ? STAT_DONE : STAT_OPEN);
    }
}

/* --- M25: forged requests --- */

static uint64_t called_back_ms(const struct drill_measures *m, size_t number, const struct record_case *it)
{
    for (size_t i = 0; i < m->record->calls.count; i++) {
        const struct record_call *call = &m->record->calls.list[i];
        if (call->of_case == number && call->from == it->r) {
            return call->at_ms;
        }
    }
    return act_ms(m, number, 0, "called back");
}

static void measure_forged(struct drill_measures *m, size_t number)
{
    const struct record_case *it = record_case(m->record, number);
    uint64_t opened_ms = m->facts[number - 1].opened_ms;
    uint64_t acted_ms = FIRST(m, it, RECORD_R, LETTER_ORDERED, LETTER_HELD, LETTER_DISCLOSED,
                              LETTER_DISCLOSED_43, LETTER_ADMITTED, LETTER_EVIDENCE, LETTER_TAKEN);
    uint64_t refused_ms = FIRST(m, it, RECORD_R, LETTER_REFUSED, LETTER_DECLINED, LETTER_NOT_HELD);
    uint64_t stopped_ms = act_ms(m, number, it->inject, "rejected");
    uint64_t called_ms = called_back_ms(m, number, it);
    uint64_t warned_ms = act_ms(m, number, it->inject, "warned network");
    refused_ms = refused_ms == 0 ? stopped_ms : refused_ms;
    measured_share(m, MEASURE_FORGED, number, it->r, 0, opened_ms,
                   acted_ms != 0 && (refused_ms == 0 || acted_ms < refused_ms) ? STAT_MISSED
                   : refused_ms != 0                                           ? STAT_DONE
                                                                               : STAT_OPEN);
    if (refused_ms != 0 && acted_ms == 0) {
        measured_share(m, MEASURE_FORGED_CALLED, number, it->r, 0, opened_ms,
                       called_ms != 0 && called_ms <= refused_ms ? STAT_DONE : STAT_MISSED);
    }
    measured_span(m, MEASURE_FORGED_WARNED, number, it->r, 0, opened_ms, warned_ms,
                  warned_ms != 0 ? STAT_DONE : STAT_OPEN);
}

/* Those that the network stopped before they were a case of anybody's. */
static void measure_stopped(struct drill_measures *m)
{
    for (size_t i = 0; i < m->record->acts.count; i++) {
        const struct record_act *act = &m->record->acts.list[i];
        if (act->of_case == 0 && strcmp(act->what, "rejected") == 0) {
            measured_share(m, MEASURE_FORGED, 0, act->party, 0, act->at_ms, STAT_DONE);
        }
    }
}

/* --- M27: trails --- */

size_t trail_root(const struct drill_record *record, size_t number, size_t *ret_hops)
{
    size_t hops = 1;
    for (const struct record_case *it = record_case(record, number);
         it != NULL && it->referred_from != 0 && hops <= record->cases.count; hops++) {
        number = it->referred_from;
        it = record_case(record, number);
    }
    *ret_hops = hops;
    return number;
}

/* By number, whether another case goes on from it; free() it. */
static bool *that_go_on(const struct drill_record *record)
{
    bool *list = calloc(record->cases.count + 1, sizeof *list);
    ensure(list != NULL);
    for (size_t i = 0; i < record->cases.count; i++) {
        list[record->cases.list[i].referred_from] = true;
    }
    return list;
}

/* The end of the data that the last State was asked for; 0: not known. */
static uint64_t dies_ms(const struct drill_record *record, size_t number)
{
    for (size_t i = 0; i < record->asks.count; i++) {
        if (record->asks.list[i].of_case == number) {
            return record->truths.list[record->asks.list[i].truth - 1].until_ms;
        }
    }
    return 0;
}

static void measure_chain(struct drill_measures *m, size_t last)
{
    size_t hops = 0, root = trail_root(m->record, last, &hops);
    const struct case_facts *end = &m->facts[last - 1];
    uint64_t opened_ms = m->facts[root - 1].opened_ms, dead_ms = dies_ms(m->record, last);
    size_t party = record_case(m->record, last)->r;
    bool over = end->ended_ms != 0 && end->held_from_ms == 0;
    if (opened_ms == 0) {
        return; /* nobody shows how it began */
    }
    measured_add(m, last, party,
                 &(struct stat_event){.metric = (enum metric)MEASURE_CHAIN,
                                      .part = (uint32_t)hops,
                                      .start_ms = opened_ms,
                                      .stop_ms = end->held_from_ms,
                                      .outcome = end->held_from_ms != 0 ? STAT_DONE
                                                 : over                 ? STAT_MISSED
                                                                        : STAT_OPEN,
                                      .urgency = (enum urgency)end->urgency});
    if (dead_ms != 0) {
        measured_share(m, MEASURE_CHAIN_SAVED, last, party, 0, opened_ms,
                       end->held_from_ms != 0 ? end->held_from_ms <= dead_ms ? STAT_DONE : STAT_MISSED
                       : over || dead_ms <= record_case_known_ms(m->record, last) ? STAT_MISSED
                                                                                  : STAT_OPEN);
    }
}

void measure_known(struct drill_measures *m)
{
    const struct drill_record *record = m->record;
    bool *goes_on = that_go_on(record);
    measure_truths(m);
    for (size_t n = 1; n <= record->cases.count; n++) {
        const struct record_case *it = record_case(record, n);
        if (it->forged != NULL) {
            measure_forged(m, n);
        } else if (it->duplicate_of != 0) {
            measure_duplicate(m, n);
        }
        if (it->referred_from != 0 && !goes_on[n]) {
            measure_chain(m, n);
        }
    }
    measure_stopped(m);
    free(goes_on);
}
