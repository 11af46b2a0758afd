/* SPDX-License-Identifier: Apache-2.0 */
/* Injects: released at their time, after what they wait for, or once a condition holds. */
#include <stdio.h>
#include <string.h>

#include "base/ensure.h"
#include "drills/conduct/play.h"

#define RETRY_MS   (10 * MS_PER_MINUTE) /* a node that does not answer; a phone that nobody takes */
#define RETRY_DAYS 30                   /* then it is given up */

static void release(void *context, uint64_t number);

static void skip(struct play *play, size_t number, const char *why)
{
    struct ledger_inject *inject = &play->result->ledger.injects[number];
    inject->state = RECORD_SKIPPED;
    (void)snprintf(inject->why, sizeof inject->why, "%s", why);
    record_inject_is(play->record, number + 1, RECORD_SKIPPED, play->agenda.now_ms);
    play_act(play, "inject skipped", inject->of->to, number, why);
}

static void released(struct play *play, size_t number)
{
    struct ledger_inject *inject = &play->result->ledger.injects[number];
    if (inject->released_ms == 0) {
        inject->released_ms = play->agenda.now_ms;
        inject->state = RECORD_RELEASED;
        record_inject_is(play->record, number + 1, RECORD_RELEASED, play->agenda.now_ms);
        ledger_event(&play->result->ledger, number, SCENARIO_EVENT_RELEASED, 0, play->agenda.now_ms);
    }
}

void play_received(struct play *play, size_t number)
{
    struct ledger_inject *inject = &play->result->ledger.injects[number];
    if (inject->received_ms == 0) {
        inject->received_ms = play->agenda.now_ms;
        inject->state = RECORD_RECEIVED;
        record_inject_is(play->record, number + 1, RECORD_RECEIVED, play->agenda.now_ms);
        ledger_event(&play->result->ledger, number, SCENARIO_EVENT_RECEIVED, 0, play->agenda.now_ms);
        inject->state = RECORD_DONE; /* a request is done when its case is: nobody waits for that */
        record_inject_is(play->record, number + 1, RECORD_DONE, play->agenda.now_ms);
    }
}

static void add_call(struct play *play, size_t number, uint64_t received_ms);

static void again_later(struct play *play, size_t number)
{
    const struct ledger_inject *inject = &play->result->ledger.injects[number];
    if (play->agenda.now_ms < inject->released_ms + RETRY_DAYS * MS_PER_DAY) {
        agenda_put(&play->agenda, play->agenda.now_ms + RETRY_MS, release, play, number);
    } else {
        if (inject->of->kind == SCENARIO_INJECT_PHONE && !play->misdialled[number]) {
            add_call(play, number, 0);
        }
        skip(play, number, "nobody answered");
    }
}

/* The case of the inject that this one is about; "": it has none yet. */
static const char *case_of(const struct play *play, const struct scenario_inject *inject)
{
    return inject->of == NULL
               ? ""
               : play->result->ledger.injects[ledger_number(&play->result->ledger, inject->of)].case_id;
}

/* --- kinds --- */

static void play_request(struct play *play, size_t number)
{
    const struct scenario_inject *inject = &play->scenario->injects.list[number];
    char case_id[ACTORS_CASE_TEXT] = "", why[320] = "";
    if (inject->forged != SCENARIO_FORGERY_NONE) {
        (inject->forged == SCENARIO_FORGERY_NOTHING ? forged_mail : forged_begin)(play, number);
        return;
    }
    const char *called = play->result->ledger.injects[number].case_id; /* it was made by phone before */
    unsigned status = called[0] == '\0' ? actors_request(play->actors, inject, case_id, why)
                                        : actors_confirm(play->actors, inject, called, why);
    if (status == 200) {
        return; /* who said it has told: see conduct.c */
    }
    if (status == 0 || status == 503) {
        again_later(play, number);
        return;
    }
    skip(play, number, why);
}

static void play_letter(struct play *play, size_t number)
{
    const struct scenario_inject *inject = &play->scenario->injects.list[number];
    const char *case_id = case_of(play, inject);
    char why[320] = "";
    if (case_id[0] == '\0') {
        skip(play, number, "there is no case for it");
        return;
    }
    json_t *body = inject->letter == NULL ? NULL : json_loads(inject->letter, 0, NULL);
    unsigned status = actors_letter(play->actors, network_place(play->network, inject->from), case_id,
                                    inject->what, body, why);
    json_decref(body);
    if (status == 200) {
        play_received(play, number);
    } else if (status == 0 || status == 503) {
        again_later(play, number);
    } else {
        skip(play, number, why);
    }
}

static void play_decision(struct play *play, size_t number)
{
    const struct scenario_inject *inject = &play->scenario->injects.list[number];
    const struct scenario_unit *who = inject->from != NULL ? inject->from : inject->to;
    const char *case_id = case_of(play, inject);
    if (who == NULL || case_id[0] == '\0' ||
        !actors_decide(play->actors, network_place(play->network, who), case_id, inject->decision)) {
        skip(play, number, "there is no case to decide about");
        return;
    }
    play_received(play, number);
}

/* received_ms 0: nobody took it, or somebody who does not know what the number is for. */
static void add_call(struct play *play, size_t number, uint64_t received_ms)
{
    const struct scenario_inject *inject = &play->scenario->injects.list[number];
    const struct ledger_inject *of = &play->result->ledger.injects[number];
    bool phone = inject->kind == SCENARIO_INJECT_PHONE;
    (void)record_add_call(play->record,
                          &(struct record_call){.kind = scenario_inject_word(inject->kind),
                                                .from = play_party(play, inject->from),
                                                .to = play_party(play, inject->to),
                                                .inject = number + 1,
                                                .of_case = play_case(play, case_of(play, inject)),
                                                .at_ms = of->released_ms,
                                                .received_ms = received_ms,
                                                .knew_role = play->misdialled[number]     ? RECORD_NO
                                                             : !phone || received_ms == 0 ? RECORD_UNKNOWN
                                                                                          : RECORD_YES,
                                                .detail = inject->script});
}

/* How a request for assistance came, by a word of Channel. */
static const char *channel_of(enum scenario_inject_kind kind)
{
    return kind == SCENARIO_INJECT_PAPER     ? "PAPER"
           : kind == SCENARIO_INJECT_COURIER ? "DIPLOMATIC"
                                             : "OTHER_CHANNEL";
}

static void arrive(void *context, uint64_t number)
{
    struct play *play = context;
    const struct scenario_inject *inject = &play->scenario->injects.list[number];
    const char *about = case_of(play, inject);
    char case_id[ACTORS_CASE_TEXT] = "", why[320] = "";
    play->misdialled[number] = false;
    add_call(play, number, play->agenda.now_ms);
    play_received(play, number);
    if (inject->carries == SCENARIO_CARRIES_REQUEST && about[0] == '\0' &&
        actors_oral(play->actors, inject->of, inject->script, case_id, why) != 200) {
        play_act(play, "trouble", inject->to, number, why);
    } else if (inject->carries == SCENARIO_CARRIES_CONFIRMATION && about[0] != '\0') {
        actors_note(play->actors, network_place(play->network, inject->to), about, inject->script);
    } else if (inject->carries == SCENARIO_CARRIES_ASSISTANCE) {
        char reference[160];
        (void)snprintf(reference, sizeof reference, "%s-%s", inject->of->from->state->code, inject->id);
        actors_paper(play->actors, network_place(play->network, inject->to), inject->of->to, inject->of->from,
                     about, reference, channel_of(inject->kind));
    }
}

/* The number that is called is the one that people sit at. */
static bool is_right_number(const struct play *play, const struct scenario_inject *inject)
{
    const struct network_party *party = &play->network->parties[network_place(play->network, inject->to)];
    return inject->number == NULL       ? !party->wrong_entry
           : party->unit->phone == NULL ? true
                                        : strcmp(inject->number, party->unit->phone) == 0;
}

static void misdial(struct play *play, size_t number)
{
    if (!play->misdialled[number]) {
        play->misdialled[number] = true;
        add_call(play, number, 0);
    }
    again_later(play, number);
}

/* A phone is taken by somebody, now or when the desk opens; the rest lies there when it has come. */
static void play_outside(struct play *play, size_t number)
{
    const struct scenario_inject *inject = &play->scenario->injects.list[number];
    bool phone = inject->kind == SCENARIO_INJECT_PHONE;
    if (phone && !is_right_number(play, inject)) {
        misdial(play, number);
        return;
    }
    if (inject->carries == SCENARIO_CARRIES_ASSISTANCE && case_of(play, inject)[0] != '\0') {
        actors_assisted(play->actors, network_place(play->network, inject->of->from), case_of(play, inject));
    }
    if (phone &&
        !actors_call(play->actors, network_place(play->network, inject->to), case_of(play, inject))) {
        again_later(play, number);
        return;
    }
    agenda_put(&play->agenda, play->agenda.now_ms + inject->takes, arrive, play, number);
}

static void play_note(struct play *play, size_t number)
{
    const struct scenario_inject *inject = &play->scenario->injects.list[number];
    const char *text = inject->script != NULL ? inject->script : inject->text;
    (void)record_add_note(play->record,
                          &(struct record_note){.at_ms = play->agenda.now_ms,
                                                .by = "controller",
                                                .of_case = play_case(play, case_of(play, inject)),
                                                .text = text == NULL ? "" : text});
    play_received(play, number);
}

static void release(void *context, uint64_t number)
{
    struct play *play = context;
    const struct scenario_inject *inject = &play->scenario->injects.list[number];
    const struct ledger_inject *of = &play->result->ledger.injects[number];
    if (of->state == RECORD_SKIPPED || of->received_ms != 0) {
        return;
    }
    released(play, number);
    switch (inject->kind) {
    case SCENARIO_INJECT_REQUEST:
        play_request(play, number);
        break;
    case SCENARIO_INJECT_LETTER:
        play_letter(play, number);
        break;
    case SCENARIO_INJECT_PHONE:
    case SCENARIO_INJECT_MAIL:
    case SCENARIO_INJECT_PAPER:
    case SCENARIO_INJECT_COURIER:
        play_outside(play, number);
        break;
    case SCENARIO_INJECT_DECISION:
        play_decision(play, number);
        break;
    case SCENARIO_INJECT_NOTE:
    case SCENARIO_INJECT_NONE:
        play_note(play, number);
        break;
    }
}

/* --- when --- */

void injects_begin(struct play *play)
{
    for (size_t i = 0; i < play->scenario->injects.count; i++) {
        if (play->scenario->injects.list[i].at != 0) {
            agenda_put(&play->agenda, play->scenario->injects.list[i].at, release, play, i);
        }
    }
}

void injects_after(struct play *play, size_t number, enum scenario_event event, uint64_t at_ms)
{
    for (size_t i = 0; i < play->scenario->injects.count; i++) {
        const struct scenario_inject *inject = &play->scenario->injects.list[i];
        if (inject->after.of == &play->scenario->injects.list[number] && inject->after.event == event) {
            const struct scenario_unit *acts = inject->from != NULL ? inject->from : inject->to;
            uint64_t then = play_after(&inject->after, acts == NULL ? NULL : acts->state, at_ms);
            agenda_put(&play->agenda, then, release, play, i);
        }
    }
}

void injects_watch(struct play *play)
{
    for (size_t i = 0; i < play->scenario->injects.count; i++) {
        const struct scenario_inject *inject = &play->scenario->injects.list[i];
        if (inject->when.kind != SCENARIO_WHEN_NOTHING && !play->conditions[i] &&
            play_condition(play, &inject->when)) {
            play->conditions[i] = true;
            release(play, i);
        }
    }
}
