/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "base/text.h"
#include "drills/conduct/conduct_world.h"
#include "drills/conduct/play.h"
#include "drills/record/read_node.h"
#include "drills/record/read_scenario.h"

#define PROGRESS_MS MS_PER_DAY

/* --- what the parts share --- */

size_t play_party(const struct play *play, const struct scenario_unit *unit)
{
    return unit == NULL ? 0 : network_place(play->network, unit) + 1;
}

size_t play_case(const struct play *play, const char *case_id)
{
    uint8_t id[16];
    return hex_read(id, sizeof id, bytes_of_text(case_id)) ? record_find_case(play->record, id) : 0;
}

void play_act(struct play *play, const char *what, const struct scenario_unit *unit, size_t inject,
              const char *detail)
{
    (void)record_add_act(play->record, &(struct record_act){.at_ms = play->agenda.now_ms,
                                                            .what = what,
                                                            .party = play_party(play, unit),
                                                            .inject = inject == SIZE_MAX ? 0 : inject + 1,
                                                            .detail = detail});
}

void play_trouble(struct play *play, const struct scenario_unit *unit, const char *what)
{
    play_act(play, "trouble", unit, SIZE_MAX, what);
    if (play->result->troubles++ == 0) {
        (void)snprintf(play->result->trouble, sizeof play->result->trouble, "%s: %s",
                       unit == NULL ? "broker" : unit->address, what);
    }
}

void play_rejected(struct play *play, size_t inject, const char *why)
{
    const struct scenario_inject *of = &play->scenario->injects.list[inject];
    play_act(play, scenario_event_word(SCENARIO_EVENT_REJECTED), of->to, inject, why);
    ledger_event(&play->result->ledger, inject, SCENARIO_EVENT_REJECTED, 0, play->agenda.now_ms);
    play->result->ledger.injects[inject].state = RECORD_DONE;
    record_inject_is(play->record, inject + 1, RECORD_DONE, play->agenda.now_ms);
}

uint64_t play_after(const struct scenario_after *after, const struct scenario_state *state, uint64_t event_ms)
{
    return state == NULL ? event_ms + after->plus.ms : scenario_span_end(after->plus, state, event_ms);
}

static uint64_t open_cases(const struct play *play, const struct scenario_condition *condition)
{
    uint64_t open = 0;
    for (size_t i = 0; i < play->network->party_count; i++) {
        const struct scenario_unit *unit = play->network->parties[i].unit;
        bool counts = condition->party != NULL ? unit == condition->party : unit->state == condition->state;
        open += counts ? actors_open_cases(play->actors, i) : 0;
    }
    return open;
}

bool play_condition(const struct play *play, const struct scenario_condition *condition)
{
    switch (condition->kind) {
    case SCENARIO_WHEN_HOLD_EXPIRES: {
        const struct ledger *ledger = &play->result->ledger;
        const struct ledger_inject *of = &ledger->injects[ledger_number(ledger, condition->of)];
        return of->hold_until_ms != 0 && of->hold_until_ms <= play->agenda.now_ms + condition->within &&
               of->event_ms[SCENARIO_EVENT_LAPSED] == 0;
    }
    case SCENARIO_WHEN_OPEN_CASES:
        return open_cases(play, condition) > condition->above;
    case SCENARIO_WHEN_NOTHING:
        break;
    }
    return false;
}

/* --- the port: the host gives it --- */

static json_t *port_ask(void *context, size_t party, enum verb verb, const char *target, const char *query,
                        const json_t *body, unsigned *ret_status)
{
    struct play *play = context;
    json_t *answer = NULL;
    const struct command command = {
        .actor = "officer", .verb = verb, .target = target, .query = query, .body = body};
    *ret_status = 0;
    if (!play->host->command(play, party, &command, ret_status, &answer)) {
        *ret_status = 0;
    }
    return answer;
}

static unsigned port_command(void *context, size_t party, enum verb verb, const char *target,
                             const json_t *body, const uint8_t id[16], json_t **ret_answer)
{
    struct play *play = context;
    unsigned status = 0;
    struct command command = {.actor = "officer", .verb = verb, .target = target, .query = "", .body = body};
    memcpy(command.id, id, sizeof command.id);
    *ret_answer = NULL;
    return play->host->command(play, party, &command, &status, ret_answer) ? status : 0;
}

static uint64_t port_now(void *context)
{
    const struct play *play = context;
    return play->host->now(play);
}

static size_t give_officers(void *context, size_t party, const struct signer *ret[ACTORS_OFFICERS])
{
    _Static_assert(NETWORK_OFFICERS == ACTORS_OFFICERS, "as many as the network has");
    const struct play *play = context;
    return network_officers(play->network, party, ret);
}

static bool is_attack(const struct scenario_inject *inject)
{
    return inject->forged != SCENARIO_FORGERY_NONE;
}

static bool is_forged(void *context, const char *case_id)
{
    const struct play *play = context;
    size_t inject = ledger_of_case(&play->result->ledger, case_id);
    return inject != SIZE_MAX ? is_attack(&play->scenario->injects.list[inject]) : load_forged(play, case_id);
}

/* --- what people said --- */

static void note_case(struct play *play, const struct actors_said *said)
{
    const char *dash = strchr(said->reference, '-');
    bool request = said->letter[0] != '\0';
    uint8_t id[16];
    for (size_t i = 0; dash != NULL && i < play->scenario->injects.count; i++) {
        const char *name = play->scenario->injects.list[i].id;
        size_t size = strlen(name);
        bool same = strncmp(dash + 1, name, size) == 0;
        bool assistance = same && strcmp(dash + 1 + size, "-MLA") == 0;
        bool whole = assistance || (same && dash[1 + size] == '\0');
        if (whole && (request || is_attack(&play->scenario->injects.list[i]))) {
            ledger_case(&play->result->ledger, said->case_id, i, assistance);
        }
    }
    if (hex_read(id, sizeof id, bytes_of_text(said->case_id))) {
        const size_t inject = ledger_of_case(&play->result->ledger, said->case_id);
        bool theirs = strcmp(said->letter, "REQUEST") != 0;
        struct record_case known = {.reference = said->reference,
                                    .q = theirs && inject == SIZE_MAX ? 0
                                         : theirs
                                             ? play_party(play, play->scenario->injects.list[inject].from)
                                             : said->party + 1};
        memcpy(known.id, id, sizeof known.id);
        (void)record_add_case(play->record, &known);
    }
    play->result->cases += request ? 1 : 0;
}

static void note_hold(struct play *play, const struct actors_said *said)
{
    const size_t inject = ledger_of_case(&play->result->ledger, said->case_id);
    const struct ledger_inject *of = inject == SIZE_MAX ? NULL : &play->result->ledger.injects[inject];
    for (size_t i = 0; of != NULL && i < of->of->data.count; i++) {
        size_t truth = record_find_truth(play->record, of->of->data.list[i]->label);
        if (truth != 0) {
            (void)record_add_asks(play->record,
                                  &(struct record_asks){.of_case = play_case(play, said->case_id),
                                                        .truth = truth,
                                                        .item = (uint32_t)i + 1});
        }
    }
}

/* What an attacker sent is a case of who got it; who is said to have sent it knows nothing of it. */
static bool begins_case(const struct play *play, const struct actors_said *said)
{
    return (strcmp(said->letter, "REQUEST") == 0 || strcmp(said->letter, "ORAL_NOTED") == 0 ||
            said->event == SCENARIO_EVENT_DELIVERED) &&
           ledger_of_case(&play->result->ledger, said->case_id) == SIZE_MAX;
}

static void note_received(struct play *play, const struct actors_said *said, size_t inject)
{
    struct ledger_inject *of = &play->result->ledger.injects[inject];
    if (of->received_ms == 0) {
        of->received_ms = said->at_ms;
        of->state = RECORD_RECEIVED;
        record_inject_is(play->record, inject + 1, RECORD_RECEIVED, said->at_ms);
        ledger_event(&play->result->ledger, inject, SCENARIO_EVENT_RECEIVED, 0, said->at_ms);
    }
}

static void note_act(struct play *play, const struct actors_said *said, size_t inject, const char *what,
                     uint32_t item, const char *detail)
{
    (void)record_add_act(play->record, &(struct record_act){.at_ms = said->at_ms,
                                                            .what = what,
                                                            .party = said->party + 1,
                                                            .of_case = play_case(play, said->case_id),
                                                            .inject = inject == SIZE_MAX ? 0 : inject + 1,
                                                            .item = item,
                                                            .detail = detail});
}

static void hear_said(void *context, const struct actors_said *said)
{
    struct play *play = context;
    if (begins_case(play, said)) {
        note_case(play, said);
        note_hold(play, said);
    }
    play->result->letters += said->letter[0] != '\0' ? 1 : 0;
    ledger_said(&play->result->ledger, said);
    const size_t inject = ledger_of_case(&play->result->ledger, said->case_id);
    if (said->event == SCENARIO_EVENT_DELIVERED && inject != SIZE_MAX) {
        note_received(play, said, inject);
    }
    if (strcmp(said->what, "trouble") == 0 && play->result->troubles++ == 0) {
        (void)snprintf(play->result->trouble, sizeof play->result->trouble, "%s: %s",
                       play->network->parties[said->party].address.text, said->detail);
    }
    if (said->letter[0] == '\0' && said->event != SCENARIO_EVENT_DELIVERED &&
        said->event != SCENARIO_EVENT_OPENED) { /* letters and receipts are in the nodes' own record */
        note_act(play, said, inject, said->what, said->item, said->detail);
    }
    if (strcmp(said->what, "tell") == 0) {
        note_act(play, said, inject, scenario_event_word(SCENARIO_EVENT_TOLD), 0,
                 "the bank and the financial intelligence unit, by phone");
    }
}

static void hear_happened(void *context, size_t inject, enum scenario_event event, uint64_t at_ms)
{
    struct play *play = context;
    injects_after(play, inject, event, at_ms);
    faults_after(play, inject, event, at_ms);
}

/* --- time --- */

/* Never before it was sent: a host's time may have gone by itself while people wrote. */
static void see_arrivals(struct play *play)
{
    uint64_t now = play->host->now(play);
    play->agenda.now_ms = now > play->agenda.now_ms ? now : play->agenda.now_ms;
    for (size_t i = play->host->changed(play, 0); i != SIZE_MAX; i = play->host->changed(play, i + 1)) {
        actors_arrived(play->actors, i);
    }
}

/* The next moment at which anything may happen. */
static uint64_t next_ms(const struct play *play)
{
    uint64_t next = agenda_next_ms(&play->agenda), host = play->host->next(play);
    next = host < next ? host : next;
    return next < play->agenda.now_ms ? play->agenda.now_ms : next;
}

/* A jump of people's time: every machine sleeps and wakes. */
static void jump(void *context, uint64_t index)
{
    struct play *play = context;
    uint64_t to = play->scenario->clock.jumps.list[index].to_ms;
    if (to > play->host->now(play) && !play->host->leap(play, to, play->error)) {
        play->stuck = true;
    }
}

static void begin(struct play *play)
{
    play->agenda.now_ms = play->scenario->clock.start_ms;
    for (size_t i = 0; i < play->scenario->clock.jumps.count; i++) {
        agenda_put(&play->agenda, play->scenario->clock.jumps.list[i].at_ms, jump, play, i);
    }
    faults_begin(play);
    faults_everyday(play);
    injects_begin(play);
    load_begin(play);
}

static void tell_progress(const struct play *play, uint64_t at_ms)
{
    const struct conduct_setup *setup = play->setup;
    if (setup->progress != NULL) {
        setup->progress(setup->context, at_ms, play->scenario->clock.start_ms, play->result->end_ms);
    }
}

static uint64_t now_until(const struct play *play, uint64_t end)
{
    uint64_t now = play->host->now(play);
    return now < end ? now : end;
}

static bool are_stuck(struct play *play)
{
    const char *who = actors_stuck(play->actors);
    if (who != NULL) {
        error_set(play->error, "%s", who);
    }
    return who != NULL;
}

/* Plays all that comes until the end. False with an error: it cannot go on. */
static bool run(struct play *play)
{
    const uint64_t end = play->result->end_ms;
    const uint64_t every = play->setup->progress_ms == 0 ? PROGRESS_MS : play->setup->progress_ms;
    uint64_t told_ms = play->agenda.now_ms;
    while (play->agenda.now_ms < end) {
        uint64_t next = next_ms(play);
        if (!play->host->pass(play, next < end ? next : end, play->error)) {
            return false;
        }
        see_arrivals(play);
        forged_go_on(play);
        agenda_run(&play->agenda, now_until(play, end));
        see_arrivals(play);
        injects_watch(play);
        faults_watch(play);
        if (play->stuck || are_stuck(play)) {
            return false;
        }
        if (play->agenda.now_ms >= told_ms + every) {
            told_ms = play->agenda.now_ms;
            tell_progress(play, told_ms);
        }
    }
    return true;
}

/* --- the record --- */

struct asked_of {
    struct play *play;
    size_t party;
};

static enum verb verb_of(const char *name)
{
#define VERB(word, ...)                                                                                      \
    if (strcmp(name, #word) == 0) {                                                                          \
        return VERB_##word;                                                                                  \
    }
#include "nodes/api.def"
#undef VERB
    return VERB_NONE;
}

static json_t *ask_node(void *context, const char *verb, const char *target, const char *query,
                        unsigned *ret_status)
{
    struct asked_of *of = context;
    return port_ask(of->play, of->party, verb_of(verb), target, query, NULL, ret_status);
}

static void read_hours(struct play *play, size_t party)
{
    const struct desk_hour *hours = NULL;
    size_t count = actors_hours(play->actors, party, &hours);
    for (size_t i = 0; i < count; i++) {
        (void)record_add_hour(play->record, &(struct record_hour){.party = party + 1,
                                                                  .at_ms = hours[i].at_ms,
                                                                  .span_ms = hours[i].span_ms,
                                                                  .staffed = hours[i].staffed,
                                                                  .busy_ms = hours[i].busy_ms,
                                                                  .queue = hours[i].queue});
    }
}

static void name_cases(struct play *play)
{
    const struct ledger *ledger = &play->result->ledger;
    for (size_t i = 0; i < ledger->case_count; i++) {
        size_t number = play_case(play, ledger->cases[i].id);
        if (number != 0) {
            record_case_is(play->record, number, ledger->cases[i].inject + 1, 0);
        }
    }
}

static void read_nodes(struct play *play)
{
    for (size_t i = 0; i < play->network->party_count; i++) {
        struct asked_of of = {.play = play, .party = i};
        struct record_read read = {.cases = 0};
        if (play->host->is_up(play, i + 1) &&
            (!record_read_node(play->record, i + 1, &(struct record_source){.context = &of, .ask = ask_node},
                               &read) ||
             read.trouble[0] != '\0')) {
            play_trouble(play, play->network->parties[i].unit, read.trouble);
        }
        read_hours(play, i);
        if (play->host->retire != NULL) { /* the record grows by about what a node held */
            play->host->retire(play, i + 1);
        }
    }
    name_cases(play);
    truth_of_cases(play);
    truth_of_desks(play);
}

static void begin_record(struct play *play)
{
    record_read_scenario(play->record, play->scenario);
    play->record->head.way = play->host->way;
    play->record->head.build = record_text(play->record, play->setup->build);
    play->record->head.command = record_text(play->record, play->setup->command);
    play->record->head.seed = play->setup->seed;
    play->record->head.has_exercise = true;
    _Static_assert(sizeof play->record->head.exercise == sizeof play->network->exercise.bytes, "the same id");
    memcpy(play->record->head.exercise, play->network->exercise.bytes, sizeof play->record->head.exercise);
}

/* --- all of it --- */

static bool set_up(struct play *play)
{
    if (!play->host->open(play, play->error)) {
        return false;
    }
    play->conditions = calloc(play->scenario->injects.count + 1, sizeof *play->conditions);
    play->misdialled = calloc(play->scenario->injects.count + 1, sizeof *play->misdialled);
    ensure(play->conditions != NULL && play->misdialled != NULL);
    play->port =
        (struct desk_port){.context = play, .ask = port_ask, .command = port_command, .now = port_now};
    play->agenda.now_ms = play->scenario->clock.start_ms;
    play->actors = actors_new(&(struct actors_setup){.scenario = play->scenario,
                                                     .seed = play->setup->seed,
                                                     .port = &play->port,
                                                     .agenda = &play->agenda,
                                                     .context = play,
                                                     .officers = give_officers,
                                                     .said = hear_said,
                                                     .forged = is_forged,
                                                     .custodian = load_custodian});
    begin_record(play);
    return true;
}

static void tear_down(struct play *play)
{
    actors_free(play->actors);
    faults_done(play);
    forged_done(play);
    load_done(play);
    play->host->close(play);
    network_free(play->network);
    agenda_done(&play->agenda);
    free(play->conditions);
    free(play->misdialled);
}

/* What the host has no means for is said before anything begins. */
static bool has_means(const struct play *play)
{
    const struct play_host *host = play->host;
    for (size_t i = 0; host->lacks_fault != NULL && i < play->scenario->faults.count; i++) {
        const struct scenario_fault *fault = &play->scenario->faults.list[i];
        const char *lacks = host->lacks_fault(fault);
        if (lacks != NULL) {
            error_set(play->error, "fault %s (%s): %s", fault->id, scenario_fault_word(fault->kind), lacks);
            return false;
        }
    }
    for (size_t i = 0; host->lacks_inject != NULL && i < play->scenario->injects.count; i++) {
        const char *lacks = host->lacks_inject(&play->scenario->injects.list[i]);
        if (lacks != NULL) {
            error_set(play->error, "inject %s: %s", play->scenario->injects.list[i].id, lacks);
            return false;
        }
    }
    return true;
}

bool conduct(const struct conduct_setup *setup, const struct play_host *host, struct drill_record *record,
             struct conduct_result *ret, struct error *error)
{
    struct play play = {.setup = setup,
                        .host = host,
                        .scenario = setup->scenario,
                        .record = record,
                        .result = ret,
                        .error = error};
    *ret = (struct conduct_result){.end_ms = setup->scenario->clock.end_ms};
    ledger_init(&ret->ledger, setup->scenario);
    ret->ledger.context = &play;
    ret->ledger.happened = hear_happened;
    if (!has_means(&play)) {
        ret->ledger.happened = NULL;
        return false;
    }
    bool good = set_up(&play);
    if (good) {
        begin(&play);
        good = run(&play);
    }
    if (good) {
        read_nodes(&play);
        record_finish(record, ret->end_ms);
    }
    ret->ledger.happened = NULL;
    tear_down(&play);
    return good;
}
