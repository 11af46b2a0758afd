/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/measure/lookup.h"

#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"

/* Numbers from 1 in a chain for each key, in their order; of key 0 there is none. */
struct chains {
    size_t *first, *next;
};

struct stroke {
    uint64_t from_ms, until_ms;
    uint64_t latest_ms; /* until when any of those up to this one lasts */
    size_t fault;       /* in the list, from 0 */
};

struct lookup {
    const struct drill_record *record;
    struct chains by_case, by_inject;
    struct stroke *strokes; /* of each party, and of 0, by when they begin */
    size_t *begin;          /* those of party p: begin[p] up to begin[p + 1] */
};

static void *zeros(size_t count, size_t size)
{
    void *list = calloc(count + 1, size);
    ensure(list != NULL);
    return list;
}

/* --- acts --- */

static void put_before(struct chains *chains, size_t key, size_t number)
{
    if (key != 0) {
        chains->next[number] = chains->first[key];
        chains->first[key] = number;
    }
}

static void index_acts(struct lookup *l)
{
    const size_t count = l->record->acts.count;
    l->by_case = (struct chains){.first = zeros(l->record->cases.count, sizeof(size_t)),
                                 .next = zeros(count, sizeof(size_t))};
    l->by_inject = (struct chains){.first = zeros(l->record->injects.count, sizeof(size_t)),
                                   .next = zeros(count, sizeof(size_t))};
    for (size_t number = count; number > 0; number--) {
        const struct record_act *act = &l->record->acts.list[number - 1];
        put_before(&l->by_case, act->of_case, number);
        put_before(&l->by_inject, act->inject, number);
    }
}

static size_t behind(const struct chains *chains, size_t key, size_t after)
{
    return key == 0 ? 0 : after == 0 ? chains->first[key] : chains->next[after];
}

size_t lookup_act_of_case(const struct lookup *l, size_t of_case, size_t after)
{
    return behind(&l->by_case, of_case, after);
}

size_t lookup_act_of_inject(const struct lookup *l, size_t inject, size_t after)
{
    return behind(&l->by_inject, inject, after);
}

/* --- faults --- */

/* Whether a fault is one of that party's, or of what lies between all of them. */
static bool strikes(const struct drill_record *record, const struct record_fault *fault, size_t party)
{
    bool broker = fault->party == 0 && (fault->where == NULL || strcmp(fault->where, "broker") == 0);
    return broker || record_fault_strikes(record, fault, party);
}

static int by_begin(const void *left, const void *right)
{
    const struct stroke *a = left, *b = right;
    return a->from_ms != b->from_ms ? (a->from_ms < b->from_ms ? -1 : 1)
                                    : (a->fault < b->fault ? -1 : a->fault > b->fault);
}

static size_t add_strokes(struct lookup *l, size_t party, size_t at)
{
    const struct drill_record *record = l->record;
    const size_t begin = at;
    for (size_t i = 0; i < record->faults.count; i++) {
        const struct record_fault *fault = &record->faults.list[i];
        if (strikes(record, fault, party)) {
            l->strokes[at++] =
                (struct stroke){.from_ms = fault->from_ms,
                                .until_ms = fault->until_ms == 0 ? record->head.end_ms : fault->until_ms,
                                .fault = i};
        }
    }
    qsort(&l->strokes[begin], at - begin, sizeof *l->strokes, by_begin);
    uint64_t latest_ms = 0;
    for (size_t i = begin; i < at; i++) {
        latest_ms = l->strokes[i].until_ms > latest_ms ? l->strokes[i].until_ms : latest_ms;
        l->strokes[i].latest_ms = latest_ms;
    }
    return at;
}

static void index_faults(struct lookup *l)
{
    const size_t parties = l->record->parties.count + 1;
    size_t room = 0;
    for (size_t party = 0; party < parties; party++) {
        for (size_t i = 0; i < l->record->faults.count; i++) {
            room += strikes(l->record, &l->record->faults.list[i], party);
        }
    }
    l->strokes = zeros(room, sizeof *l->strokes);
    l->begin = zeros(parties, sizeof *l->begin);
    for (size_t party = 0; party < parties; party++) {
        l->begin[party + 1] = add_strokes(l, party, l->begin[party]);
    }
}

/* The first of them that may last beyond that moment: latest_ms only grows. */
static size_t first_beyond(const struct lookup *l, size_t party, uint64_t ms)
{
    size_t low = l->begin[party], high = l->begin[party + 1];
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (l->strokes[middle].latest_ms > ms) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}

const struct record_fault *lookup_fault(const struct lookup *l, size_t party, uint64_t from_ms,
                                        uint64_t to_ms, uint64_t one_in)
{
    const size_t none = l->record->faults.count, end = l->begin[party + 1];
    size_t found = none;
    for (size_t i = first_beyond(l, party, from_ms); i < end && l->strokes[i].from_ms < to_ms; i++) {
        const struct stroke *stroke = &l->strokes[i];
        uint64_t begin_ms = stroke->from_ms > from_ms ? stroke->from_ms : from_ms;
        uint64_t end_ms = stroke->until_ms < to_ms ? stroke->until_ms : to_ms;
        bool large = end_ms > begin_ms && (end_ms - begin_ms) * one_in >= to_ms - from_ms;
        found = large && stroke->fault < found ? stroke->fault : found;
    }
    return found == none ? NULL : &l->record->faults.list[found];
}

/* --- all of it --- */

struct lookup *lookup_new(const struct drill_record *record)
{
    struct lookup *l = zeros(1, sizeof *l);
    l->record = record;
    index_acts(l);
    index_faults(l);
    return l;
}

void lookup_free(struct lookup *l)
{
    if (l != NULL) {
        free(l->by_case.first);
        free(l->by_case.next);
        free(l->by_inject.first);
        free(l->by_inject.next);
        free(l->strokes);
        free(l->begin);
        free(l);
    }
}
