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

static void received(struct play *play, size_t number)
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

static void again_later(struct play *play, size_t number)
{
    const struct ledger_inject *inject = &play->result->ledger.injects[number];
    if (play->agenda.now_ms < inject->released_ms + RETRY_DAYS * MS_PER_DAY) {
        agenda_put(&play->agenda, play->agenda.now_ms + RETRY_MS, release, play, number);
    } else {
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
    if (inject->forged != SCENARIO_FORGERY_NONE && inject->forged != SCENARIO_FORGERY_OFFICER_KEY) {
        play->result->not_played++;
        skip(play, number, "a world does not play this forgery");
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
        received(play, number);
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
    received(play, number);
}

static void add_call(struct play *play, size_t number, uint64_t received_ms)
{
    const struct scenario_inject *inject = &play->scenario->injects.list[number];
    const struct ledger_inject *of = &play->result->ledger.injects[number];
    (void)record_add_call(play->record, &(struct record_call){.kind = scenario_inject_word(inject->kind),
                                                              .from = play_party(play, inject->from),
                                                              .to = play_party(play, inject->to),
                                                              .inject = number + 1,
                                                              .at_ms = of->released_ms,
                                                              .received_ms = received_ms,
                                                              .detail = inject->script});
}

static void arrive(void *context, uint64_t number)
{
    struct play *play = context;
    const struct scenario_inject *inject = &play->scenario->injects.list[number];
    char case_id[ACTORS_CASE_TEXT] = "", why[320] = "";
    add_call(play, number, play->agenda.now_ms);
    received(play, number);
    if (inject->carries == SCENARIO_CARRIES_REQUEST && inject->of != NULL &&
        inject->of->kind == SCENARIO_INJECT_REQUEST && case_of(play, inject)[0] == '\0') {
        const char *said = inject->script == NULL ? "The same as will be written." : inject->script;
        if (actors_oral(play->actors, inject->of, said, case_id, why) != 200) {
            play_act(play, "trouble", inject->to, number, why);
        }
    }
}

/* A phone is taken by somebody, now or when the desk opens; the rest lies there when it has come. */
static void play_outside(struct play *play, size_t number)
{
    const struct scenario_inject *inject = &play->scenario->injects.list[number];
    bool phone = inject->kind == SCENARIO_INJECT_PHONE;
    if (phone && inject->to != NULL &&
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
    (void)record_add_note(play->record, &(struct record_note){.at_ms = play->agenda.now_ms,
                                                              .by = "controller",
                                                              .text = text == NULL ? "" : text});
    received(play, number);
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
