/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/conduct/ledger.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "base/instant.h"

void ledger_init(struct ledger *ledger, const struct scenario *scenario)
{
    *ledger = (struct ledger){.scenario = scenario};
    ledger->injects = calloc(scenario->injects.count + 1, sizeof *ledger->injects);
    ensure(ledger->injects != NULL);
    for (size_t i = 0; i < scenario->injects.count; i++) {
        ledger->injects[i].of = &scenario->injects.list[i];
    }
}

void ledger_done(struct ledger *ledger)
{
    free(ledger->injects);
    free(ledger->cases);
    *ledger = (struct ledger){.scenario = NULL};
}

size_t ledger_number(const struct ledger *ledger, const struct scenario_inject *inject)
{
    size_t number = (size_t)(inject - ledger->scenario->injects.list);
    ensure(number < ledger->scenario->injects.count);
    return number;
}

/* --- cases --- */

static const struct ledger_case *find_case(const struct ledger *ledger, const char *case_id)
{
    for (size_t i = 0; i < ledger->case_count; i++) {
        if (strcmp(ledger->cases[i].id, case_id) == 0) {
            return &ledger->cases[i];
        }
    }
    return NULL;
}

size_t ledger_of_case(const struct ledger *ledger, const char *case_id)
{
    const struct ledger_case *found = find_case(ledger, case_id);
    return found == NULL ? SIZE_MAX : found->inject;
}

void ledger_case(struct ledger *ledger, const char *case_id, size_t inject, bool assistance)
{
    if (ledger->case_count == ledger->case_room) {
        ledger->case_room = ledger->case_room == 0 ? 16 : 2 * ledger->case_room;
        ledger->cases = realloc(ledger->cases, ledger->case_room * sizeof *ledger->cases);
        ensure(ledger->cases != NULL);
    }
    struct ledger_case *added = &ledger->cases[ledger->case_count++];
    *added = (struct ledger_case){.inject = inject, .assistance = assistance};
    (void)snprintf(added->id, sizeof added->id, "%s", case_id);
    if (!assistance) {
        memcpy(ledger->injects[inject].case_id, added->id, sizeof added->id);
    }
}

/* --- events --- */

void ledger_event(struct ledger *ledger, size_t inject, enum scenario_event event, uint32_t item,
                  uint64_t at_ms)
{
    struct ledger_inject *of = &ledger->injects[inject];
    if (item != 0 && item <= LEDGER_ITEMS_MAX && of->items[item - 1].event_ms[event] == 0) {
        of->items[item - 1].event_ms[event] = at_ms;
    }
    if (of->event_ms[event] == 0) {
        of->event_ms[event] = at_ms;
        if (ledger->happened != NULL) {
            ledger->happened(ledger->context, inject, event, at_ms);
        }
    }
}

static const struct {
    const char *letter;
    enum scenario_event event;
    bool decides, theirs; /* theirs: of the requested side: its first is its acknowledgement */
} meanings[] = {
    {"ACK", SCENARIO_EVENT_COMMITTED, false, true},
    {"ORAL_NOTED", SCENARIO_EVENT_NONE, false, true},
    {"INFO_ASKED", SCENARIO_EVENT_ASKED, false, true},
    {"INFO_GIVEN", SCENARIO_EVENT_GIVEN, false, false},
    {"ORDERED", SCENARIO_EVENT_ORDERED, true, true},
    {"HELD", SCENARIO_EVENT_HELD, true, true},
    {"NOT_HELD", SCENARIO_EVENT_NOT_HELD, true, true},
    {"REFUSED", SCENARIO_EVENT_REFUSED, true, true},
    {"REFERRED", SCENARIO_EVENT_REFERRED, true, true},
    {"MOVED", SCENARIO_EVENT_MOVED, false, true},
    {"WARNING", SCENARIO_EVENT_WARNED, false, true},
    {"EXTEND", SCENARIO_EVENT_EXTENSION_ASKED, false, false},
    {"EXTENDED", SCENARIO_EVENT_EXTENDED, false, true},
    {"EXTENSION_REFUSED", SCENARIO_EVENT_EXTENSION_REFUSED, false, true},
    {"WITHDRAW", SCENARIO_EVENT_WITHDRAWN, false, false},
    {"LOST", SCENARIO_EVENT_LOST, false, true},
    {"ADMITTED", SCENARIO_EVENT_ADMITTED, true, true},
    {"POSTPONED", SCENARIO_EVENT_POSTPONED, true, true},
    {"EVIDENCE", SCENARIO_EVENT_EVIDENCE, false, true},
    {"EVIDENCE_RECEIPT", SCENARIO_EVENT_EVIDENCE_RECEIVED, false, false},
    {"ANSWERED", SCENARIO_EVENT_ANSWERED, false, true},
    {"PING_ANSWERED", SCENARIO_EVENT_ANSWERED, false, true},
    {"DISCLOSED", SCENARIO_EVENT_DISCLOSED, true, true},
    {"DISCLOSED_43", SCENARIO_EVENT_DISCLOSED, false, true},
    {"DECLINED", SCENARIO_EVENT_DECLINED, true, true},
    {"RELEASED", SCENARIO_EVENT_HOLD_RELEASED, false, true},
    {"STATUS", SCENARIO_EVENT_NONE, false, true},
};

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text == NULL ? "" : text;
}

static uint64_t ms_of(const json_t *object, const char *name)
{
    struct instant at;
    bool good = instant_read(bytes_of_text(text_of(object, name)), &at) == INSTANT_OK && at.ms > 0;
    return good ? (uint64_t)at.ms : 0;
}

/* Of the items a letter names, or of all that the inject asked for. */
static void each_item(struct ledger *ledger, size_t inject, enum scenario_event event, const json_t *body,
                      uint64_t at_ms)
{
    const json_t *items = json_object_get(body, "items");
    size_t count = ledger->injects[inject].of->data.count, i = 0;
    json_t *number = NULL;
    if (!json_is_array(items)) {
        for (size_t k = 0; k < count; k++) {
            ledger_event(ledger, inject, event, (uint32_t)k + 1, at_ms);
        }
        ledger_event(ledger, inject, event, 0, at_ms);
        return;
    }
    json_array_foreach(items, i, number)
    {
        ledger_event(ledger, inject, event, (uint32_t)json_integer_value(number), at_ms);
    }
}

static void note_hold(struct ledger *ledger, size_t inject, const json_t *body)
{
    struct ledger_inject *of = &ledger->injects[inject];
    uint64_t from = ms_of(body, "heldFrom"), until = ms_of(body, "holdUntil");
    size_t i = 0;
    json_t *number = NULL;
    json_array_foreach(json_object_get(body, "items"), i, number)
    {
        json_int_t item = json_integer_value(number);
        if (item >= 1 && item <= LEDGER_ITEMS_MAX) {
            struct ledger_item *held = &of->items[item - 1];
            held->held_from_ms = held->held_from_ms == 0 ? from : held->held_from_ms;
            held->hold_until_ms = until;
        }
    }
    of->held_from_ms = from > of->held_from_ms ? from : of->held_from_ms;
    of->hold_until_ms = until > of->hold_until_ms ? until : of->hold_until_ms;
}

/* What a letter says besides its kind. */
static enum scenario_event finer(const char *letter, const json_t *body, enum scenario_event event)
{
    if (strcmp(letter, "RELEASED") == 0 && strcmp(text_of(body, "why"), "EXPIRED") == 0) {
        return SCENARIO_EVENT_LAPSED;
    }
    if (strcmp(letter, "ANSWERED") == 0 && strcmp(text_of(body, "outcome"), "BANK_TOLD") == 0) {
        return SCENARIO_EVENT_TOLD;
    }
    return event;
}

/* Of the case of assistance after a hold, so much is said of the hold's inject. */
static bool is_of_assistance(enum scenario_event event)
{
    return event == SCENARIO_EVENT_ADMITTED || event == SCENARIO_EVENT_POSTPONED ||
           event == SCENARIO_EVENT_EVIDENCE || event == SCENARIO_EVENT_EVIDENCE_RECEIVED;
}

static void read_letter(struct ledger *ledger, const struct actors_said *said, const struct ledger_case *of)
{
    const json_t *body = json_object_iter_value(json_object_iter((json_t *)(uintptr_t)said->body));
    size_t inject = of->inject;
    for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++) {
        if (strcmp(meanings[i].letter, said->letter) != 0) {
            continue;
        }
        enum scenario_event event = finer(said->letter, body, meanings[i].event);
        if (of->assistance) {
            if (strcmp(said->letter, "ACK") == 0) {
                ledger_event(ledger, inject, SCENARIO_EVENT_ASSISTANCE_RECEIVED, 0, said->at_ms);
            } else if (is_of_assistance(event)) {
                ledger_event(ledger, inject, event, 0, said->at_ms);
            }
            return;
        }
        if (meanings[i].theirs) {
            ledger_event(ledger, inject, SCENARIO_EVENT_ACKNOWLEDGED, 0, said->at_ms);
        }
        if (event != SCENARIO_EVENT_NONE) {
            each_item(ledger, inject, event, body, said->at_ms);
        }
        if (event == SCENARIO_EVENT_TOLD) {
            ledger_event(ledger, inject, SCENARIO_EVENT_ANSWERED, 0, said->at_ms);
        }
        if (meanings[i].decides) {
            each_item(ledger, inject, SCENARIO_EVENT_DECIDED, body, said->at_ms);
        }
        if (event == SCENARIO_EVENT_HELD || event == SCENARIO_EVENT_EXTENDED) {
            note_hold(ledger, inject, body);
        }
        ledger->injects[inject].letters++;
    }
}

void ledger_said(struct ledger *ledger, const struct actors_said *said)
{
    const struct ledger_case *of = find_case(ledger, said->case_id);
    if (of == NULL) {
        return;
    }
    if (said->letter[0] != '\0') {
        read_letter(ledger, said, of);
    } else if (said->event != SCENARIO_EVENT_NONE && !of->assistance) {
        ledger_event(ledger, of->inject, said->event, said->item, said->at_ms);
    }
    if (strcmp(said->what, "trouble") == 0) {
        (void)snprintf(ledger->injects[of->inject].why, sizeof ledger->injects[of->inject].why, "%s",
                       said->detail);
    }
}
