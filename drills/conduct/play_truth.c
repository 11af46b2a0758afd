/* SPDX-License-Identifier: Apache-2.0 */
/* What no node knows: which requests were forged, asked twice or followed a trail, and who came on duty when. */
#include <stdio.h>
#include <string.h>

#include "drills/conduct/play.h"

#define WHO_BYTES  32
#define BIT(event) (UINT64_C(1) << (event))

/* --- cases --- */

static bool is_in(const struct scenario_inject *inject, const struct scenario_data *data)
{
    for (size_t i = 0; i < inject->data.count; i++) {
        if (inject->data.list[i] == data) {
            return true;
        }
    }
    return false;
}

/* The same authority asks the same one for nothing that it has not asked for before. */
static bool asks_again(const struct scenario_inject *inject, const struct scenario_inject *before)
{
    bool same = inject->from == before->from && inject->to == before->to &&
                strcmp(inject->type, before->type) == 0 && inject->data.count != 0;
    for (size_t i = 0; same && i < inject->data.count; i++) {
        same = is_in(before, inject->data.list[i]);
    }
    return same;
}

/* It follows what another State said to a request of the same State. */
static bool is_hop(const struct scenario_inject *inject)
{
    const struct scenario_inject *before = inject->after.of;
    const uint64_t leads = BIT(SCENARIO_EVENT_REFERRED) | BIT(SCENARIO_EVENT_NOT_HELD) |
                           BIT(SCENARIO_EVENT_DISCLOSED) | BIT(SCENARIO_EVENT_ANSWERED) |
                           BIT(SCENARIO_EVENT_DECLINED);
    _Static_assert(SCENARIO_EVENTS <= 64, "a bit each");
    return before != NULL && before->kind == SCENARIO_INJECT_REQUEST &&
           inject->from->state == before->from->state && inject->to->state != before->to->state &&
           (leads >> inject->after.event & 1) != 0;
}

/* Its number in the record; 0: it began no case. */
static size_t case_of(const struct play *play, const struct scenario_inject *inject)
{
    const struct ledger *ledger = &play->result->ledger;
    return play_case(play, ledger->injects[ledger_number(ledger, inject)].case_id);
}

static size_t first_of_the_same(const struct play *play, size_t number)
{
    const struct ledger *ledger = &play->result->ledger;
    const struct ledger_inject *own = &ledger->injects[number], *first = NULL;
    for (size_t i = 0; i < play->scenario->injects.count; i++) {
        const struct ledger_inject *other = &ledger->injects[i];
        bool before =
            other->released_ms < own->released_ms || (other->released_ms == own->released_ms && i < number);
        if (i != number && other->of->kind == SCENARIO_INJECT_REQUEST && other->case_id[0] != '\0' &&
            before && asks_again(own->of, other->of) &&
            (first == NULL || other->released_ms < first->released_ms)) {
            first = other;
        }
    }
    return first == NULL ? 0 : play_case(play, first->case_id);
}

void truth_of_cases(struct play *play)
{
    for (size_t i = 0; i < play->scenario->injects.count; i++) {
        const struct scenario_inject *inject = &play->scenario->injects.list[i];
        size_t number = inject->kind == SCENARIO_INJECT_REQUEST ? case_of(play, inject) : 0;
        if (number == 0) {
            continue;
        }
        struct record_case known = {
            .forged = inject->forged == SCENARIO_FORGERY_NONE ? NULL : scenario_forgery_word(inject->forged),
            .duplicate_of = first_of_the_same(play, i),
            .referred_from = is_hop(inject) ? case_of(play, inject->after.of) : 0};
        memcpy(known.id, record_case(play->record, number)->id, sizeof known.id);
        (void)record_add_case(play->record, &known);
    }
}

/* --- desks --- */

/* The shift that is on at a moment, from 0, and when the next one begins; without shifts there is one. */
static size_t shift_at(const struct scenario_unit *unit, uint64_t at_ms, uint64_t *ret_until_ms)
{
    const struct zone *zone = unit->state->zone.zone;
    const int64_t date = local_date(zone_local_ms(zone, at_ms));
    uint64_t since_ms = 0;
    size_t shift = 0;
    *ret_until_ms = UINT64_MAX;
    for (size_t i = 0; i < unit->desk->shifts.count; i++) {
        for (int64_t day = date - 1; day <= date + 1; day++) {
            uint64_t begins_ms =
                zone_at_local(zone, day * (int64_t)MS_PER_DAY +
                                        (int64_t)unit->desk->shifts.list[i] * (int64_t)MS_PER_MINUTE)
                    .ms;
            if (begins_ms <= at_ms && begins_ms >= since_ms) {
                since_ms = begins_ms;
                shift = i;
            } else if (begins_ms > at_ms && begins_ms < *ret_until_ms) {
                *ret_until_ms = begins_ms;
            }
        }
    }
    return shift;
}

/* "A1": the first of the first shift. The same person comes again the next day. */
static void come_on_duty(struct play *play, size_t party, const struct scenario_unit *unit, size_t shift,
                         uint64_t people, uint64_t from_ms, uint64_t until_ms)
{
    for (uint64_t i = 0; i < people; i++) {
        char who[WHO_BYTES];
        (void)snprintf(who, sizeof who, "%s%c%u", unit->name, (int)('A' + shift % 26), (unsigned)i + 1);
        (void)record_add_shift(
            play->record,
            &(struct record_shift){.party = party, .who = who, .from_ms = from_ms, .until_ms = until_ms});
    }
}

/* Where nobody says when people change - a desk that never closes, without shifts - nothing is known of them. */
static void duty_of(struct play *play, size_t party, const struct scenario_unit *unit)
{
    uint64_t at_ms = play->scenario->clock.start_ms;
    while (at_ms < play->result->end_ms) {
        const struct scenario_staff staff = scenario_staff_at(unit, at_ms);
        uint64_t change_ms = 0, until_ms = staff.until_ms;
        size_t shift = shift_at(unit, at_ms, &change_ms);
        until_ms = change_ms < until_ms ? change_ms : until_ms;
        until_ms = until_ms < play->result->end_ms ? until_ms : play->result->end_ms;
        if (until_ms - at_ms <= MS_PER_DAY) {
            come_on_duty(play, party, unit, shift, staff.people, at_ms, until_ms);
        }
        at_ms = until_ms;
    }
}

void truth_of_desks(struct play *play)
{
    for (size_t i = 0; i < play->network->party_count; i++) {
        const struct desk_hour *hours = NULL;
        if (actors_hours(play->actors, i, &hours) !=
            0) { /* desks that never had anything to do tell nothing */
            duty_of(play, i + 1, play->network->parties[i].unit);
        }
    }
}
