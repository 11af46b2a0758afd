/* SPDX-License-Identifier: Apache-2.0 */
/* Brings a record into an order that does not depend on who was read first, and makes the events of it. */
#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "base/sort.h"
#include "drills/record/record_private.h"

/* --- cases and letters in their order --- */

/* When a letter was sent, as far as anybody knows. */
static uint64_t sent_ms(const struct record_letter *letter)
{
    return letter->sealed_ms != 0 ? letter->sealed_ms : letter->accepted_ms;
}

struct place {
    size_t was; /* number */
    uint64_t at_ms;
    const struct record_case *it;
};

static int by_number(uint64_t a, uint64_t b)
{
    return a < b ? -1 : a > b;
}

static int by_beginning(const void *left, const void *right)
{
    const struct place *a = left, *b = right;
    int order = by_number(a->at_ms, b->at_ms);
    return order != 0 ? order : memcmp(a->it->id, b->it->id, sizeof a->it->id);
}

static int by_case(const void *left, const void *right, const void *context)
{
    (void)context;
    const struct record_letter *a = left, *b = right;
    int order = by_number(a->of_case, b->of_case);
    order = order != 0 ? order : by_number(sent_ms(a), sent_ms(b));
    order = order != 0 ? order : by_number((uint64_t)a->side, (uint64_t)b->side);
    return order != 0 ? order : by_number(a->seq, b->seq);
}

static size_t renumbered(const size_t *now, size_t was)
{
    return was == 0 ? 0 : now[was];
}

/* Everything that names a case names it anew. */
static void renumber(struct drill_record *record, const size_t *now)
{
#define RENUMBER(list_, member)                                                                              \
    for (size_t i = 0; i < record->list_.count; i++) {                                                       \
        record->list_.list[i].member = renumbered(now, record->list_.list[i].member);                        \
    }
    RENUMBER(letters, of_case)
    RENUMBER(spans, of_case)
    RENUMBER(injects, of_case)
    RENUMBER(calls, of_case)
    RENUMBER(asks, of_case)
    RENUMBER(acts, of_case)
    RENUMBER(notes, of_case)
    RENUMBER(disputes, of_case)
    RENUMBER(cases, duplicate_of)
    RENUMBER(cases, referred_from)
#undef RENUMBER
}

static void *room_for(size_t count, size_t size)
{
    void *list = calloc(count + 1, size);
    ensure(list != NULL);
    return list;
}

static void sort_cases(struct drill_record *record)
{
    size_t count = record->cases.count;
    struct place *places = room_for(count, sizeof *places);
    struct record_case *sorted = room_for(count, sizeof *sorted);
    size_t *now = room_for(count, sizeof *now);
    for (size_t i = 0; i < count; i++) {
        places[i] = (struct place){.was = i + 1, .at_ms = UINT64_MAX, .it = &record->cases.list[i]};
    }
    for (size_t i = 0; i < record->letters.count; i++) {
        const struct record_letter *letter = &record->letters.list[i];
        uint64_t *at_ms = &places[letter->of_case - 1].at_ms;
        *at_ms = sent_ms(letter) < *at_ms ? sent_ms(letter) : *at_ms;
    }
    qsort(places, count, sizeof *places, by_beginning);
    for (size_t i = 0; i < count; i++) {
        sorted[i] = *places[i].it;
        now[places[i].was] = i + 1;
    }
    if (count != 0) {
        memcpy(record->cases.list, sorted, count * sizeof *sorted);
    }
    renumber(record, now);
    record_reindex(record);
    free(places);
    free(sorted);
    free(now);
}

static void sort_letters(struct drill_record *record)
{
    sort_in_place(record->letters.list, record->letters.count, sizeof *record->letters.list, by_case, NULL);
    for (size_t i = record->letters.count; i > 0; i--) {
        struct record_case *it = &record->cases.list[record->letters.list[i - 1].of_case - 1];
        it->first_letter = i;
        it->letters++;
    }
}

/* --- events --- */

static void add(struct drill_record *record, struct record_event event)
{
    if (event.at_ms == 0) {
        return;
    }
    if (record->events.count == record->events.room) {
        record->events.room = record->events.room == 0 ? 1024 : 2 * record->events.room;
        record->events.list = realloc(record->events.list, record->events.room * sizeof *record->events.list);
        ensure(record->events.list != NULL);
    }
    event.who = event.who == NULL ? "" : event.who;
    event.detail = event.detail == NULL ? "" : event.detail;
    record->events.list[record->events.count++] = event;
}

static void add_letters(struct drill_record *record)
{
    for (size_t i = 0; i < record->letters.count; i++) {
        const struct record_letter *letter = &record->letters.list[i];
        const struct record_case *it = record_case(record, letter->of_case);
        size_t by = letter->side == RECORD_Q ? it->q : it->r;
        struct record_event event = {.of_case = letter->of_case, .inject = it->inject, .letter = i + 1};
        const struct {
            uint64_t at_ms;
            const char *what;
            size_t party;
        } moments[] = {{letter->sealed_ms, "sealed", by},
                       {letter->accepted_ms, "accepted", by},
                       {letter->delivered_ms, "delivered", it->q + it->r - by},
                       {letter->opened_ms, "opened", it->q + it->r - by}};
        for (size_t m = 0; m < sizeof moments / sizeof moments[0]; m++) {
            event.at_ms = moments[m].at_ms;
            event.what = moments[m].what;
            event.party = moments[m].party;
            event.detail = letter->without_effect ? "without effect" : "";
            add(record, event);
        }
    }
}

static void add_injects(struct drill_record *record)
{
    for (size_t i = 0; i < record->injects.count; i++) {
        const struct record_inject *inject = &record->injects.list[i];
        struct record_event event = {.inject = i + 1, .of_case = inject->of_case, .detail = inject->kind};
        const struct {
            uint64_t at_ms;
            const char *what;
            size_t party;
        } moments[] = {{inject->planned_ms, "inject planned", inject->from},
                       {inject->released_ms, "inject released", inject->from},
                       {inject->received_ms, "inject received", inject->to},
                       {inject->done_ms, "inject done", inject->to},
                       {inject->skipped_ms, "inject skipped", inject->from}};
        for (size_t m = 0; m < sizeof moments / sizeof moments[0]; m++) {
            event.at_ms = moments[m].at_ms;
            event.what = moments[m].what;
            event.party = moments[m].party;
            add(record, event);
        }
    }
}

static void add_calls(struct drill_record *record)
{
    for (size_t i = 0; i < record->calls.count; i++) {
        const struct record_call *call = &record->calls.list[i];
        struct record_event event = {.of_case = call->of_case, .inject = call->inject, .who = call->kind};
        event.detail = call->detail;
        event.at_ms = call->at_ms;
        event.what = "called";
        event.party = call->from;
        add(record, event);
        event.at_ms = call->received_ms;
        event.what = call->knew_role == RECORD_NO ? "call taken by somebody else" : "call taken";
        event.party = call->to;
        add(record, event);
    }
}

static void add_drill(struct drill_record *record)
{
    for (size_t i = 0; i < record->faults.count; i++) {
        const struct record_fault *fault = &record->faults.list[i];
        struct record_event event = {.party = fault->party, .who = fault->where, .detail = fault->kind};
        event.at_ms = fault->from_ms;
        event.what = "fault begins";
        add(record, event);
        event.at_ms = fault->until_ms;
        event.what = "fault ends";
        add(record, event);
    }
    for (size_t i = 0; i < record->truths.count; i++) {
        const struct record_truth *truth = &record->truths.list[i];
        add(record, (struct record_event){.at_ms = truth->until_ms,
                                          .what = "retention ends", /* what is held stays */
                                          .who = truth->provider,
                                          .detail = truth->label});
    }
    for (size_t i = 0; i < record->shifts.count; i++) {
        const struct record_shift *shift = &record->shifts.list[i];
        add(record,
            (struct record_event){
                .at_ms = shift->from_ms, .what = "on duty", .party = shift->party, .who = shift->who});
    }
}

static void add_people(struct drill_record *record)
{
    for (size_t i = 0; i < record->acts.count; i++) {
        const struct record_act *act = &record->acts.list[i];
        add(record, (struct record_event){.at_ms = act->at_ms,
                                          .what = act->what,
                                          .party = act->party,
                                          .of_case = act->of_case,
                                          .inject = act->inject,
                                          .item = act->item,
                                          .who = act->who,
                                          .detail = act->detail});
    }
    for (size_t i = 0; i < record->notes.count; i++) {
        const struct record_note *note = &record->notes.list[i];
        add(record, (struct record_event){.at_ms = note->at_ms,
                                          .what = note->corrects == NULL ? "note" : "correction",
                                          .of_case = note->of_case,
                                          .who = note->by,
                                          .detail = note->text});
    }
    for (size_t i = 0; i < record->freezes.count; i++) {
        const struct record_freeze *freeze = &record->freezes.list[i];
        add(record,
            (struct record_event){
                .at_ms = freeze->stop_ms, .what = "STOP", .party = freeze->party, .detail = freeze->why});
        add(record,
            (struct record_event){.at_ms = freeze->resume_ms, .what = "RESUME", .party = freeze->party});
    }
    for (size_t i = 0; i < record->jumps.count; i++) {
        add(record, (struct record_event){.at_ms = record->jumps.list[i].at_ms, .what = "jump"});
    }
}

/* By what they say and not by who was read first. */
static int by_event(const void *left, const void *right, const void *context)
{
    (void)context;
    const struct record_event *a = left, *b = right;
    const uint64_t numbers[][2] = {{a->at_ms, b->at_ms},   {a->of_case, b->of_case}, {a->letter, b->letter},
                                   {a->inject, b->inject}, {a->party, b->party},     {a->item, b->item}};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        int order = by_number(numbers[i][0], numbers[i][1]);
        if (order != 0) {
            return order;
        }
    }
    int order = strcmp(a->what, b->what);
    order = order != 0 ? order : strcmp(a->who, b->who);
    return order != 0 ? order : strcmp(a->detail, b->detail);
}

static int by_stop(const void *left, const void *right)
{
    const struct record_freeze *a = left, *b = right;
    return by_number(a->stop_ms, b->stop_ms);
}

void record_finish(struct drill_record *record, uint64_t end_ms)
{
    ensure(record->events.count == 0 && !record->closed);
    record->closed = true;
    record->head.end_ms = end_ms;
    sort_cases(record);
    sort_letters(record);
    if (record->freezes.count != 0) {
        qsort(record->freezes.list, record->freezes.count, sizeof *record->freezes.list, by_stop);
    }
    add_letters(record);
    add_injects(record);
    add_calls(record);
    add_drill(record);
    add_people(record);
    sort_in_place(record->events.list, record->events.count, sizeof *record->events.list, by_event, NULL);
}
