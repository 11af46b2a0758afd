/* SPDX-License-Identifier: Apache-2.0 */
/* Faults of a scenario, as far as the host has means for them; and what is no fault: lines that are down at times, rosters renewed. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "base/text.h"
#include "drills/conduct/play.h"

#define ROSTER_EVERY_MS (300 * MS_PER_DAY)
#define HOURS_AHEAD     1000
#define WHERE_BYTES     ((size_t)64 * 1024)
#define OUTAGE_MS       (15 * MS_PER_MINUTE) /* where the scenario does not say how long a line is down */

static void begin(void *context, uint64_t number);

static size_t actor_of(const struct play *play, const struct scenario_unit *unit)
{
    return network_place(play->network, unit) + 1;
}

/* The actors that a fault strikes: by number, the broker where it names no party. */
static size_t struck(const struct play *play, const struct scenario_fault *fault, size_t index)
{
    return fault->parties.count == 0 ? WORLD_BROKER : actor_of(play, fault->parties.list[index]);
}

static size_t struck_count(const struct scenario_fault *fault)
{
    return fault->parties.count == 0 ? 1 : fault->parties.count;
}

static void go_down(struct play *play, size_t actor, bool down)
{
    struct error error = {.text = ""};
    if (down) {
        play->host->crash(play, actor);
    } else if (!play->host->is_up(play, actor) && !play->host->start(play, actor, &error)) {
        play_act(play, "trouble", NULL, SIZE_MAX, error.text);
    }
}

static void change_link(struct play *play, const struct scenario_fault *fault, size_t actor, bool begins)
{
    const struct scenario_link *link = &play->network->parties[actor - 1].unit->state->link;
    uint64_t latency = begins && fault->latency != 0 ? fault->latency : link->latency;
    uint64_t bandwidth = begins && fault->bandwidth != 0 ? fault->bandwidth : link->bandwidth;
    play->host->slow_line(play, actor - 1, latency, bandwidth);
}

void play_roster(struct play *play, size_t revoked)
{
    network_next_roster(play->network, revoked, play->agenda.now_ms);
    play->host->give_roster(play);
}

static void restore(struct play *play, size_t number, size_t actor)
{
    if (play->host->has_backup(play, number)) {
        play->host->restore(play, number, actor);
        go_down(play, actor, false);
    }
}

/* --- requests without end --- */

#define FLOOD(number, place) ((uint64_t)(number) << 32 | (place))

/* Somebody else than the party itself, each in turn. */
static const struct scenario_unit *other_than(const struct play *play, size_t place, uint64_t turn)
{
    size_t count = play->network->party_count;
    size_t other = count < 2 ? place : (place + 1 + (size_t)(turn % (count - 1))) % count;
    return other == place ? NULL : play->network->parties[other].unit;
}

/* One more question, until the fault is over; as many an hour as it says, evenly. */
static void flood(void *context, uint64_t argument)
{
    struct play *play = context;
    size_t number = (size_t)(argument >> 32), place = (size_t)(argument & UINT32_MAX);
    const struct scenario_fault *fault = &play->scenario->faults.list[number];
    struct played_fault *played = &play->faults[number];
    const struct scenario_unit *from = other_than(play, place, played->sent);
    char id[64], case_id[ACTORS_CASE_TEXT] = "", why[320] = "";
    if (played->over || from == NULL) {
        return;
    }
    (void)snprintf(id, sizeof id, "%s-%" PRIu64, fault->id, ++played->sent);
    const struct scenario_inject request = {.id = id,
                                            .kind = SCENARIO_INJECT_REQUEST,
                                            .from = from,
                                            .to = play->network->parties[place].unit,
                                            .type = "legal-info",
                                            .urgency = SCENARIO_ROUTINE};
    if (actors_request(play->actors, &request, case_id, why) ==
        200) { /* else their own node has no room for more */
        struct record_case sent = {.of_fault = true, .q = play_party(play, from)};
        ensure(hex_read(sent.id, sizeof sent.id, bytes_of_text(case_id)));
        (void)record_add_case(play->record, &sent);
    }
    agenda_put(&play->agenda, play->agenda.now_ms + MS_PER_HOUR / fault->an_hour, flood, play, argument);
}

/* False: there are no means for it. */
static bool strike(struct play *play, size_t number, size_t actor, bool begins)
{
    const struct scenario_fault *fault = &play->scenario->faults.list[number];
    int64_t off = (int64_t)fault->off;
    switch (fault->kind) {
    case SCENARIO_FAULT_NODE_DOWN:
    case SCENARIO_FAULT_BROKER_DOWN:
        go_down(play, actor, begins);
        return true;
    case SCENARIO_FAULT_PARTITION:
        if (actor != WORLD_BROKER) {
            play->host->cut_line(play, actor - 1, begins);
        }
        return actor != WORLD_BROKER;
    case SCENARIO_FAULT_SLOW_LINK:
        change_link(play, fault, actor, begins);
        return true;
    case SCENARIO_FAULT_REVOKED_KEY:
        if (begins) {
            play_roster(play, actor - 1);
        }
        return true;
    case SCENARIO_FAULT_CLOCK_OFF:
        play->host->set_clock(play, actor, !begins ? 0 : fault->side == SCENARIO_CLOCK_BEHIND ? -off : off);
        return true;
    case SCENARIO_FAULT_RESTORED:
        if (begins) {
            restore(play, number, actor);
        }
        return true;
    case SCENARIO_FAULT_WRONG_DIRECTORY:
        if (actor != WORLD_BROKER) {
            play->network->parties[actor - 1].wrong_entry = begins;
            play_roster(play, SIZE_MAX);
        }
        return actor != WORLD_BROKER;
    case SCENARIO_FAULT_OVERLOAD:
        if (begins && actor != WORLD_BROKER) {
            flood(play, FLOOD(number, actor - 1));
        }
        return actor != WORLD_BROKER;
    case SCENARIO_FAULT_NONE:
        break;
    }
    return false;
}

static void end(void *context, uint64_t number)
{
    struct play *play = context;
    const struct scenario_fault *fault = &play->scenario->faults.list[number];
    for (size_t i = 0; i < struck_count(fault); i++) {
        (void)strike(play, number, struck(play, fault, i), false);
    }
    play->faults[number].over = true;
}

/* All that it strikes, by their addresses. */
static void put_where(const struct scenario_fault *fault, char ret[WHERE_BYTES])
{
    size_t size = (size_t)snprintf(ret, WHERE_BYTES, "%s", fault->parties.count == 0 ? "broker" : "");
    for (size_t i = 0; i < fault->parties.count && size < WHERE_BYTES; i++) {
        size += (size_t)snprintf(ret + size, WHERE_BYTES - size, "%s%s", i == 0 ? "" : ", ",
                                 fault->parties.list[i]->address);
    }
}

/* When it is over: a backup that is brought back and a key that is revoked are of a moment, whatever follows from them. */
static uint64_t until_ms(const struct play *play, const struct scenario_fault *fault)
{
    bool moment = fault->kind == SCENARIO_FAULT_RESTORED || fault->kind == SCENARIO_FAULT_REVOKED_KEY;
    return fault->lasts != 0 ? play->agenda.now_ms + fault->lasts : moment ? play->agenda.now_ms + 1 : 0;
}

static void begin(void *context, uint64_t number)
{
    struct play *play = context;
    const struct scenario_fault *fault = &play->scenario->faults.list[number];
    bool played = true;
    if (play->faults[number].begun) {
        return;
    }
    play->faults[number].begun = true;
    for (size_t i = 0; i < struck_count(fault); i++) {
        played = strike(play, number, struck(play, fault, i), true) && played;
    }
    play->result->not_played += played ? 0 : 1;
    bool one = fault->parties.count == 1;
    char where[WHERE_BYTES];
    put_where(fault, where);
    (void)record_add_fault(play->record,
                           &(struct record_fault){.id = fault->id,
                                                  .kind = scenario_fault_word(fault->kind),
                                                  .where = where,
                                                  .party = one ? play_party(play, fault->parties.list[0]) : 0,
                                                  .from_ms = play->agenda.now_ms,
                                                  .until_ms = until_ms(play, fault)});
    if (fault->lasts != 0) {
        agenda_put(&play->agenda, play->agenda.now_ms + fault->lasts, end, play, number);
    }
}

static void back_up(void *context, uint64_t number)
{
    struct play *play = context;
    const struct scenario_fault *fault = &play->scenario->faults.list[number];
    size_t actor = struck(play, fault, 0);
    if (!play->host->has_backup(play, number)) {
        play->host->back_up(play, number, actor);
    }
}

void faults_begin(struct play *play)
{
    play->faults = calloc(play->scenario->faults.count + 1, sizeof *play->faults);
    ensure(play->faults != NULL);
    for (size_t i = 0; i < play->scenario->faults.count; i++) {
        const struct scenario_fault *fault = &play->scenario->faults.list[i];
        if (fault->kind == SCENARIO_FAULT_RESTORED) {
            bool early = fault->at > play->agenda.now_ms + fault->off;
            agenda_put(&play->agenda, early ? fault->at - fault->off : play->agenda.now_ms, back_up, play, i);
        }
        if (fault->at != 0) {
            agenda_put(&play->agenda, fault->at, begin, play, i);
        }
    }
}

void faults_after(struct play *play, size_t inject, enum scenario_event event, uint64_t at_ms)
{
    for (size_t i = 0; i < play->scenario->faults.count; i++) {
        const struct scenario_fault *fault = &play->scenario->faults.list[i];
        if (fault->after.of == &play->scenario->injects.list[inject] && fault->after.event == event) {
            const struct scenario_state *state =
                fault->parties.count == 0 ? NULL : fault->parties.list[0]->state;
            agenda_put(&play->agenda, play_after(&fault->after, state, at_ms), begin, play, i);
        }
    }
}

void faults_watch(struct play *play)
{
    for (size_t i = 0; i < play->scenario->faults.count; i++) {
        const struct scenario_fault *fault = &play->scenario->faults.list[i];
        if (fault->when.kind != SCENARIO_WHEN_NOTHING && !play->faults[i].begun &&
            play_condition(play, &fault->when)) {
            begin(play, i);
        }
    }
}

void faults_done(struct play *play)
{
    free(play->faults);
    play->faults = NULL;
}

/* --- every day --- */

static uint64_t outage_ms(const struct scenario_link *link)
{
    return link->outage == 0 ? OUTAGE_MS : link->outage;
}

static void line_up(void *context, uint64_t place)
{
    struct play *play = context;
    play->host->cut_line(play, (size_t)place, false);
}

/* Lines are up for as long as makes the share of time that the scenario states; between nothing and twice as long, drawn. */
static void line_down(void *context, uint64_t place)
{
    struct play *play = context;
    const struct network_party *party = &play->network->parties[place];
    const struct scenario_link *link = &party->unit->state->link;
    uint64_t down = outage_ms(link), off = SCENARIO_MILLION - link->up;
    struct stream stream = stream_of(play->network->seed, party->address.text, play->agenda.now_ms);
    uint64_t up = down / off * link->up;
    play->host->cut_line(play, (size_t)place, true);
    agenda_put(&play->agenda, play->agenda.now_ms + down, line_up, play, place);
    agenda_put(&play->agenda, play->agenda.now_ms + down + 1 + stream_below(&stream, 2 * up + 1), line_down,
               play, place);
}

static void plan_break(void *context, uint64_t place);
static void line_breaks(void *context, uint64_t place);

/* The next hour in which a connection breaks; where none does in a thousand, it is drawn again then. */
static void plan_break(void *context, uint64_t place)
{
    struct play *play = context;
    const struct network_party *party = &play->network->parties[place];
    struct stream stream =
        stream_of(play->network->seed ^ UINT64_C(0x10), party->address.text, play->agenda.now_ms);
    uint64_t hours = 0;
    while (hours < HOURS_AHEAD && !scenario_happens(party->unit->state->link.loss, stream_next(&stream))) {
        hours++;
    }
    agenda_put(&play->agenda,
               play->agenda.now_ms + hours * MS_PER_HOUR + stream_below(&stream, MS_PER_HOUR) + 1,
               hours == HOURS_AHEAD ? plan_break : line_breaks, play, place);
}

static void line_breaks(void *context, uint64_t place)
{
    struct play *play = context;
    play->host->break_line(play, (size_t)place);
    plan_break(play, place);
}

static void renew_roster(void *context, uint64_t ignored)
{
    struct play *play = context;
    play_roster(play, SIZE_MAX);
    agenda_put(&play->agenda, play->agenda.now_ms + ROSTER_EVERY_MS, renew_roster, play, ignored);
}

void faults_everyday(struct play *play)
{
    agenda_put(&play->agenda, play->agenda.now_ms + ROSTER_EVERY_MS, renew_roster, play, 0);
    for (size_t i = 0; i < play->network->party_count; i++) {
        const struct scenario_link *link = &play->network->parties[i].unit->state->link;
        if (link->up != 0 && link->up < SCENARIO_MILLION) {
            struct stream stream = stream_of(play->network->seed, play->network->parties[i].address.text, 1);
            uint64_t up = outage_ms(link) / (SCENARIO_MILLION - link->up) * link->up;
            agenda_put(&play->agenda, play->agenda.now_ms + stream_below(&stream, 2 * up + 1), line_down,
                       play, i);
        }
        if (link->loss != 0 && play->host->break_line != NULL) {
            plan_break(play, i);
        }
    }
}
