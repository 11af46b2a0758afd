/* SPDX-License-Identifier: Apache-2.0 */
/* Expectations of the scenario: what came, when, and what that makes of them (D2). An evaluator may say otherwise, in a note. */
#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "drills/measure/measures_private.h"
#include "proto/codes.h"

/* Which letters an event of the scenario is; why NULL: whatever it says. */
static const struct saying {
    enum scenario_event event;
    enum letter_kind kind;
    enum record_side side;
    const char *why;
} sayings[] = {
    {SCENARIO_EVENT_ASKED, LETTER_INFO_ASKED, RECORD_R, NULL},
    {SCENARIO_EVENT_GIVEN, LETTER_INFO_GIVEN, RECORD_Q, NULL},
    {SCENARIO_EVENT_DECIDED, LETTER_ORDERED, RECORD_R, NULL},
    {SCENARIO_EVENT_DECIDED, LETTER_HELD, RECORD_R, NULL},
    {SCENARIO_EVENT_DECIDED, LETTER_NOT_HELD, RECORD_R, NULL},
    {SCENARIO_EVENT_DECIDED, LETTER_REFUSED, RECORD_R, NULL},
    {SCENARIO_EVENT_DECIDED, LETTER_REFERRED, RECORD_R, NULL},
    {SCENARIO_EVENT_DECIDED, LETTER_ANSWERED, RECORD_R, NULL},
    {SCENARIO_EVENT_DECIDED, LETTER_DECLINED, RECORD_R, NULL},
    {SCENARIO_EVENT_DECIDED, LETTER_DISCLOSED, RECORD_R, NULL},
    {SCENARIO_EVENT_DECIDED, LETTER_ADMITTED, RECORD_R, NULL},
    {SCENARIO_EVENT_ORDERED, LETTER_ORDERED, RECORD_R, NULL},
    {SCENARIO_EVENT_HELD, LETTER_HELD, RECORD_R, NULL},
    {SCENARIO_EVENT_NOT_HELD, LETTER_NOT_HELD, RECORD_R, NULL},
    {SCENARIO_EVENT_REFUSED, LETTER_REFUSED, RECORD_R, NULL},
    {SCENARIO_EVENT_REFERRED, LETTER_REFERRED, RECORD_R, NULL},
    {SCENARIO_EVENT_MOVED, LETTER_MOVED, RECORD_R, NULL},
    {SCENARIO_EVENT_WARNED, LETTER_WARNING, RECORD_R, NULL},
    {SCENARIO_EVENT_EXTENSION_ASKED, LETTER_EXTEND, RECORD_Q, NULL},
    {SCENARIO_EVENT_EXTENDED, LETTER_EXTENDED, RECORD_R, NULL},
    {SCENARIO_EVENT_EXTENSION_REFUSED, LETTER_EXTENSION_REFUSED, RECORD_R, NULL},
    {SCENARIO_EVENT_WITHDRAWN, LETTER_WITHDRAW, RECORD_Q, NULL},
    {SCENARIO_EVENT_HOLD_RELEASED, LETTER_RELEASED, RECORD_R, NULL},
    {SCENARIO_EVENT_LAPSED, LETTER_RELEASED, RECORD_R, "EXPIRED"},
    {SCENARIO_EVENT_LAPSED, LETTER_RELEASED, RECORD_R, "LAW_END"},
    {SCENARIO_EVENT_LOST, LETTER_LOST, RECORD_R, NULL},
    {SCENARIO_EVENT_ASSISTANCE_SENT, LETTER_MLA_NOTICE, RECORD_Q, NULL},
    {SCENARIO_EVENT_ASSISTANCE_RECEIVED, LETTER_MLA_RECEIVED, RECORD_R, NULL},
    {SCENARIO_EVENT_ADMITTED, LETTER_ADMITTED, RECORD_R, NULL},
    {SCENARIO_EVENT_POSTPONED, LETTER_POSTPONED, RECORD_R, NULL},
    {SCENARIO_EVENT_EVIDENCE, LETTER_EVIDENCE, RECORD_R, "FINAL"},
    {SCENARIO_EVENT_EVIDENCE_RECEIVED, LETTER_EVIDENCE_RECEIPT, RECORD_Q, "OK"},
    {SCENARIO_EVENT_TOLD, LETTER_ANSWERED, RECORD_R, NULL},
    {SCENARIO_EVENT_ANSWERED, LETTER_ANSWERED, RECORD_R, NULL},
    {SCENARIO_EVENT_ANSWERED, LETTER_PING_ANSWERED, RECORD_R, NULL},
    {SCENARIO_EVENT_DISCLOSED, LETTER_DISCLOSED, RECORD_R, NULL},
    {SCENARIO_EVENT_DISCLOSED, LETTER_DISCLOSED_43, RECORD_R, NULL},
    {SCENARIO_EVENT_DECLINED, LETTER_DECLINED, RECORD_R, NULL},
};

const char *judged_word(enum judged result)
{
    static const char *const words[] = {"met", "late", "missed", "open", "cut"};
    return (unsigned)result < sizeof words / sizeof words[0] ? words[result] : "";
}

/* The earlier of two, 0 being none. */
static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a == 0 || (b != 0 && b < a) ? b : a;
}

/* What is held is safe from the moment that the custodian gave, not from that of the letter. */
static uint64_t moment_of(const struct record_letter *letter, enum scenario_event event)
{
    uint64_t at_ms = record_letter_ms(letter);
    return event == SCENARIO_EVENT_HELD && letter->held_from_ms != 0 ? letter->held_from_ms : at_ms;
}

static bool says(const struct record_letter *letter, enum scenario_event event, uint32_t item)
{
    if (letter->without_effect ||
        (item != 0 && letter->items != 0 && (letter->items >> (item - 1) & 1) == 0)) {
        return false;
    }
    for (size_t i = 0; i < sizeof sayings / sizeof sayings[0]; i++) {
        if (sayings[i].event == event && (uint32_t)sayings[i].kind == letter->kind &&
            sayings[i].side == letter->side &&
            (sayings[i].why == NULL || (letter->why != NULL && strcmp(sayings[i].why, letter->why) == 0))) {
            return true;
        }
    }
    return false;
}

/* Whose deed is looked for; 0: anybody's. */
static bool is_theirs(size_t party, size_t by)
{
    return party == 0 || by == 0 || party == by;
}

/* Who took a case over writes on the side of who had it. */
static bool is_moved(const struct drill_record *record, const struct record_case *it)
{
    for (size_t i = 0; i < it->letters; i++) {
        const struct record_letter *letter = &record->letters.list[it->first_letter - 1 + i];
        if (letter->kind == LETTER_MOVED && !letter->without_effect) {
            return true;
        }
    }
    return false;
}

static bool wrote(const struct drill_record *record, const struct record_case *it, enum record_side side,
                  size_t party)
{
    bool other = party == (side == RECORD_Q ? it->r : it->q);
    return is_theirs(party, side == RECORD_Q ? it->q : it->r) || (!other && is_moved(record, it));
}

static uint64_t by_letter(const struct drill_measures *m, const struct record_case *it,
                          enum scenario_event event, uint32_t item, size_t party)
{
    uint64_t at_ms = 0;
    for (size_t i = 0; i < it->letters; i++) {
        const struct record_letter *letter = &m->record->letters.list[it->first_letter - 1 + i];
        if (says(letter, event, item) && wrote(m->record, it, letter->side, party)) {
            at_ms = earlier(at_ms, moment_of(letter, event));
        }
    }
    return at_ms;
}

/* What the case as a whole came to. */
static uint64_t by_facts(const struct drill_measures *m, size_t number, enum scenario_event event,
                         size_t party)
{
    const struct case_facts *facts = &m->facts[number - 1];
    const struct record_case *it = record_case(m->record, number);
    bool asker = event == SCENARIO_EVENT_ENDED || event == SCENARIO_EVENT_DELIVERED;
    if (!wrote(m->record, it, RECORD_R, party) && !(asker && is_theirs(party, it->q))) {
        return 0;
    }
    switch ((unsigned)event) {
    case SCENARIO_EVENT_DELIVERED:
        return facts->delivered_ms;
    case SCENARIO_EVENT_OPENED:
        return it->letters == 0 ? 0 : m->record->letters.list[it->first_letter - 1].opened_ms;
    case SCENARIO_EVENT_ACKNOWLEDGED:
        return facts->acknowledged_ms;
    case SCENARIO_EVENT_COMMITTED:
        return facts->committed_ms;
    case SCENARIO_EVENT_ENDED:
        return facts->ended_ms;
    default:
        return 0;
    }
}

/* What the drill wrote down itself. */
static uint64_t by_act(const struct drill_measures *m, size_t number, size_t inject,
                       enum scenario_event event, size_t party)
{
    static size_t (*const nexts[])(const struct lookup *, size_t, size_t) = {lookup_act_of_case,
                                                                             lookup_act_of_inject};
    const size_t keys[] = {number, inject};
    const char *word = scenario_event_word(event);
    uint64_t at_ms = 0;
    for (size_t k = 0; k < 2; k++) {
        for (size_t n = nexts[k](m->lookup, keys[k], 0); n != 0; n = nexts[k](m->lookup, keys[k], n)) {
            const struct record_act *act = &m->record->acts.list[n - 1];
            bool so = strcmp(act->what, word) == 0 && is_theirs(party, act->party);
            at_ms = so ? earlier(at_ms, act->at_ms) : at_ms;
        }
    }
    return at_ms;
}

static uint64_t came_ms(const struct drill_measures *m, size_t number, size_t inject,
                        enum scenario_event event, uint32_t item, size_t party)
{
    const struct record_inject *of = record_inject(m->record, inject);
    if (event == SCENARIO_EVENT_RELEASED || event == SCENARIO_EVENT_RECEIVED) {
        return of == NULL ? 0 : event == SCENARIO_EVENT_RELEASED ? of->released_ms : of->received_ms;
    }
    uint64_t at_ms = by_act(m, number, inject, event, party);
    if (number != 0) {
        at_ms = earlier(at_ms, by_letter(m, record_case(m->record, number), event, item, party));
        at_ms = earlier(at_ms, by_facts(m, number, event, party));
    }
    return at_ms;
}

uint64_t event_came_ms(const struct drill_measures *m, size_t number, size_t inject,
                       enum scenario_event event, uint32_t item)
{
    return came_ms(m, number, inject, event, item, 0);
}

/* The case that an inject began; 0: none. */
size_t case_of_inject(const struct drill_record *record, size_t inject)
{
    const struct record_inject *it = record_inject(record, inject);
    if (it != NULL && it->of_case != 0) {
        return it->of_case;
    }
    for (size_t i = 0; i < record->cases.count; i++) {
        if (inject != 0 && record->cases.list[i].inject == inject) {
            return i + 1;
        }
    }
    return 0;
}

/* The item of a case that asks for those data; 0: all of it. */
static uint32_t item_of(const struct drill_record *record, size_t number, const struct scenario_data *data)
{
    size_t truth = data == NULL ? 0 : record_find_truth(record, data->label);
    for (size_t i = 0; truth != 0 && i < record->asks.count; i++) {
        if (record->asks.list[i].of_case == number && record->asks.list[i].truth == truth) {
            return record->asks.list[i].item;
        }
    }
    return 0;
}

/* A moment stays; a span after the inject goes on later by what was frozen. */
static uint64_t due_of(const struct drill_measures *m, const struct scenario_expectation *wanted,
                       size_t inject)
{
    const struct record_inject *of = record_inject(m->record, inject);
    if (wanted->by.at_ms != 0) {
        return wanted->by.at_ms;
    }
    if (of == NULL || of->released_ms == 0) {
        return 0;
    }
    const struct scenario_state *state = wanted->who == NULL ? NULL : wanted->who->state;
    uint64_t end_ms = state == NULL ? of->released_ms + wanted->by.within.ms
                                    : scenario_span_end(wanted->by.within, state, of->released_ms);
    return thawed_ms(m->record, of->released_ms, end_ms);
}

/* Up to when it is known whether it came. */
static uint64_t known_ms(const struct drill_measures *m, const struct scenario_expectation *wanted,
                         size_t inject, size_t of_case)
{
    bool release = wanted->what == SCENARIO_EVENT_RELEASED;
    return of_case != 0 ? record_case_known_ms(m->record, of_case)
           : inject != 0 || wanted->who == NULL
               ? record_inject_known_ms(m->record, inject, release)
               : record_party_known_ms(m->record, record_find_party(m->record, wanted->who->address));
}

/* Nobody can do anything about what the drill could not send; a phone that nobody took is another matter. */
static bool is_skipped(const struct drill_record *record, size_t inject, size_t of_case)
{
    const struct record_inject *it = record_inject(record, inject);
    bool phone = it != NULL && it->kind != NULL && strcmp(it->kind, "phone") == 0;
    return it != NULL && it->state == RECORD_SKIPPED && of_case == 0 && !phone;
}

static struct judgement judge_one(const struct drill_measures *m, const struct scenario_expectation *wanted)
{
    size_t inject = wanted->of == NULL ? 0 : record_find_inject(m->record, wanted->of->id);
    size_t party = wanted->who == NULL ? 0 : record_find_party(m->record, wanted->who->address);
    struct judgement j = {.expectation = wanted, .of_case = case_of_inject(m->record, inject)};
    uint32_t item = item_of(m->record, j.of_case, wanted->data);
    j.by_ms = due_of(m, wanted, inject);
    j.at_ms = came_ms(m, j.of_case, inject, wanted->what, item, party);
    for (unsigned event = 1; event < SCENARIO_EVENTS; event++) {
        if ((wanted->alternatives >> event & 1) != 0) {
            j.at_ms =
                earlier(j.at_ms, came_ms(m, j.of_case, inject, (enum scenario_event)event, item, party));
        }
    }
    uint64_t seen_ms = known_ms(m, wanted, inject, j.of_case);
    bool ended = m->scenario->clock.end_ms <= m->now_ms || seen_ms < m->now_ms;
    j.result = j.at_ms != 0 && j.by_ms != 0               ? j.at_ms <= j.by_ms ? JUDGED_MET : JUDGED_LATE
               : is_skipped(m->record, inject, j.of_case) ? JUDGED_CUT
               : j.by_ms != 0 && j.by_ms <= seen_ms       ? JUDGED_MISSED
               : ended                                    ? JUDGED_CUT
                                                          : JUDGED_OPEN;
    return j;
}

void judge(struct drill_measures *m)
{
    size_t count = m->scenario == NULL ? 0 : m->scenario->expect.count;
    m->judgements = calloc(count + 1, sizeof *m->judgements);
    ensure(m->judgements != NULL);
    for (size_t i = 0; i < count; i++) {
        struct judgement j = judge_one(m, &m->scenario->expect.list[i]);
        const struct scenario_unit *who = j.expectation->who;
        m->judgements[m->judgement_count++] = j;
        measured_share(m, MEASURE_EXPECTED, j.of_case,
                       who == NULL ? 0 : record_find_party(m->record, who->address), 0, j.by_ms,
                       j.result == JUDGED_MET    ? STAT_DONE
                       : j.result == JUDGED_OPEN ? STAT_OPEN
                       : j.result == JUDGED_CUT  ? STAT_LEFT
                                                 : STAT_MISSED);
    }
}
