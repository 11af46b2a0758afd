/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/measure/desk_hours.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/ensure.h"

#define SLOT_MS (15 * MS_PER_MINUTE)

struct desk {
    uint8_t *staffing; /* of each slot; NULL: not looked up yet */
    uint32_t *staffed; /* slots that are staffed before this one */
};
struct desk_hours {
    const struct drill_record *record;
    uint64_t start_ms; /* on a quarter of an hour */
    size_t slots;
    struct desk *desks; /* of party n at n - 1 */
};

struct desk_hours *desk_hours_new(const struct drill_record *record)
{
    struct desk_hours *hours = calloc(1, sizeof *hours);
    ensure(hours != NULL);
    hours->record = record;
    hours->start_ms = record->head.start_ms - record->head.start_ms % SLOT_MS;
    hours->slots = record->head.end_ms <= hours->start_ms
                       ? 0
                       : (size_t)((record->head.end_ms - hours->start_ms) / SLOT_MS) + 1;
    hours->desks = calloc(record->parties.count + 1, sizeof *hours->desks);
    ensure(hours->desks != NULL);
    return hours;
}

void desk_hours_free(struct desk_hours *hours)
{
    if (hours == NULL) {
        return;
    }
    for (size_t i = 0; i < hours->record->parties.count; i++) {
        free(hours->desks[i].staffing);
        free(hours->desks[i].staffed);
    }
    free(hours->desks);
    free(hours);
}

static enum staffing ask(const struct record_party *party, uint64_t ms)
{
    return party->staffing != NULL ? party->staffing(party->hours, ms)
           : party->on.week == 0   ? STAFFED /* nothing is published */
                                   : calendar_entry_staffing(&party->on, party->zone, ms);
}

static const struct desk *look_up(struct desk_hours *hours, size_t party)
{
    struct desk *desk = &hours->desks[party - 1];
    if (desk->staffing == NULL) {
        desk->staffing = calloc(hours->slots + 1, sizeof *desk->staffing);
        desk->staffed = calloc(hours->slots + 1, sizeof *desk->staffed);
        ensure(desk->staffing != NULL && desk->staffed != NULL);
        for (size_t i = 0; i < hours->slots; i++) {
            desk->staffing[i] =
                (uint8_t)ask(record_party(hours->record, party), hours->start_ms + i * SLOT_MS);
            desk->staffed[i + 1] = desk->staffed[i] + (desk->staffing[i] == STAFFED);
        }
    }
    return desk;
}

enum staffing desk_staffing(struct desk_hours *hours, size_t party, uint64_t ms)
{
    if (party == 0) {
        return 0;
    }
    size_t slot = ms < hours->start_ms ? SIZE_MAX : (size_t)((ms - hours->start_ms) / SLOT_MS);
    return slot >= hours->slots ? ask(record_party(hours->record, party), ms)
                                : (enum staffing)look_up(hours, party)->staffing[slot];
}

struct staffing_span desk_staffing_span(struct desk_hours *hours, size_t party, uint64_t ms)
{
    const uint64_t end_ms = hours->start_ms + hours->slots * SLOT_MS;
    struct staffing_span span = {.staffing = desk_staffing(hours, party, ms), .until_ms = ms};
    do {
        span.until_ms += SLOT_MS - span.until_ms % SLOT_MS;
    } while (span.until_ms > hours->start_ms && span.until_ms < end_ms &&
             desk_staffing(hours, party, span.until_ms) == span.staffing);
    return span;
}

/* Up to a moment. */
static uint64_t staffed_until(struct desk_hours *hours, size_t party, uint64_t ms)
{
    const struct desk *desk = look_up(hours, party);
    if (ms <= hours->start_ms) {
        return 0;
    }
    uint64_t slot = (ms - hours->start_ms) / SLOT_MS;
    if (slot >= hours->slots) {
        return desk->staffed[hours->slots] * SLOT_MS;
    }
    uint64_t part = desk->staffing[slot] == STAFFED ? (ms - hours->start_ms) % SLOT_MS : 0;
    return desk->staffed[slot] * SLOT_MS + part;
}

uint64_t desk_staffed_ms(struct desk_hours *hours, size_t party, uint64_t from_ms, uint64_t to_ms)
{
    return party == 0 || to_ms <= from_ms
               ? 0
               : staffed_until(hours, party, to_ms) - staffed_until(hours, party, from_ms);
}
