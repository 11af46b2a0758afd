/* SPDX-License-Identifier: Apache-2.0 */
/* All units together: what passes between them, and what the drill makes them do. */
#include "drills/actors/actors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "drills/actors/unit.h"

#define SCRATCH_BYTES ((size_t)64 * 1024 * 1024)

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text == NULL ? "" : text;
}

/* --- assistance --- */

/* The central authority of the State of a party; the party itself where there is none. */
static struct unit *assisting(struct actors *actors, const char *address)
{
    const struct scenario_unit *own = scenario_unit(actors->setup.scenario, address);
    struct unit *found = NULL;
    for (size_t i = 0; own != NULL && i < actors->unit_count; i++) {
        const struct scenario_unit *unit = actors->units[i].of;
        if (unit == own && found == NULL) {
            found = &actors->units[i];
        } else if (unit->state == own->state && unit->role == SCENARIO_ROLE_CENTRAL) {
            found = &actors->units[i];
        }
    }
    return found;
}

static bool waits_beside(const struct file *file, const struct file *other)
{
    return other != file && other->requesting && other->fate.assistance && other->assist_ms != 0 &&
           !other->assisted && !other->closed;
}

/* Other holds at the same party that wait for their request for assistance go along, as many as the load model says. */
static void take_along(struct file *file, json_t *letter)
{
    const struct scenario *scenario = file->unit->actors->setup.scenario;
    uint64_t left =
        scenario->load.given && scenario->load.holds_an_mla > 1 ? scenario->load.holds_an_mla - 1 : 0;
    for (size_t i = 0; left != 0 && i < file->unit->file_count; i++) {
        struct file *other = file->unit->files[i];
        bool along = waits_beside(file, other) && address_equal(&other->to, &file->to);
        json_t *view = along ? file_view(other) : NULL;
        if (view != NULL && write_along(letter, view)) {
            other->assisted = true;
            file_said(other, SCENARIO_EVENT_ASSISTANCE_SENT,
                      scenario_event_word(SCENARIO_EVENT_ASSISTANCE_SENT), 0, file->reference);
            left--;
        }
        json_decref(view);
    }
}

void unit_assist(struct file *file, const json_t *view)
{
    struct actors *actors = file->unit->actors;
    struct unit *from = assisting(actors, text_of(view, "from"));
    const struct unit *to = assisting(actors, text_of(view, "to"));
    char reference[160], case_id[ACTORS_CASE_TEXT] = "", why[320] = "";
    file->assisted = true;
    if (from == NULL || to == NULL) {
        return;
    }
    (void)snprintf(reference, sizeof reference, "%s-MLA", file->reference);
    const struct writer writer = {.unit = from->of, .now_ms = unit_now(from), .reference = reference};
    json_t *letter = write_assistance(&writer, to->of->state, view);
    take_along(file, letter);
    unsigned status = unit_write(from, "to", to->of->address, letter, case_id, why);
    if (status == 200) {
        struct file *begun = unit_add_file(from, case_id);
        screen_looked_at(begun);
        file_said(file, SCENARIO_EVENT_ASSISTANCE_SENT, "mla sent", 0, reference);
        unit_letter_said(from, case_id, reference, "REQUEST", letter, "assistance");
        file_consider(begun);
    } else {
        file_said(file, SCENARIO_EVENT_NONE, "trouble", 0, why);
    }
    json_decref(letter);
}

/* --- what the drill makes them do --- */

static struct unit *unit_of(struct actors *actors, const struct scenario_unit *of)
{
    size_t i = 0;
    while (i < actors->unit_count && actors->units[i].of != of) {
        i++;
    }
    ensure(i < actors->unit_count);
    return &actors->units[i];
}

/* The case as who wrote the request knows it: nothing is next in it before something comes. */
static struct outside outside_of(const json_t *letter, const char *reference, const char *to)
{
    const json_t *request = json_object_get(letter, "request");
    const char *urgency = text_of(json_object_get(request, "necessity"), "urgency");
    struct outside outside = {.requesting = true,
                              .urgency = class_of_words(urgency, text_of(request, "type"))};
    (void)snprintf(outside.reference, sizeof outside.reference, "%s", reference);
    (void)snprintf(outside.to.text, sizeof outside.to.text, "%s", to);
    return outside;
}

unsigned actors_request(struct actors *actors, const struct scenario_inject *inject,
                        char ret_case[ACTORS_CASE_TEXT], char ret_why[320])
{
    struct unit *unit = unit_of(actors, inject->from);
    char reference[160];
    (void)snprintf(reference, sizeof reference, "%s-%s", inject->from->state->code, inject->id);
    const struct writer writer = {.unit = unit->of, .now_ms = unit_now(unit), .reference = reference};
    json_t *letter = write_request(&writer, actors->setup.scenario, inject);
    unsigned status = unit_write(unit, "to", inject->to->address, letter, ret_case, ret_why);
    if (status == 200) {
        const struct outside outside = outside_of(letter, reference, inject->to->address);
        file_get_to_know(unit_add_file(unit, ret_case), &outside);
        unit_letter_said(unit, ret_case, reference, "REQUEST", letter, "request");
    }
    json_decref(letter);
    return status;
}

static void call_reference(const struct scenario_inject *inject, char ret[160])
{
    (void)snprintf(ret, 160, "%s-call-%s", inject->to->state->code, inject->id);
}

unsigned actors_oral(struct actors *actors, const struct scenario_inject *request, const char *said,
                     char ret_case[ACTORS_CASE_TEXT], char ret_why[320])
{
    struct unit *unit = unit_of(actors, request->to);
    char reference[160], own[160];
    (void)snprintf(reference, sizeof reference, "%s-%s", request->from->state->code, request->id);
    call_reference(request, own);
    const struct writer writer = {.unit = unit->of, .now_ms = unit_now(unit), .reference = own};
    json_t *letter = write_oral(&writer, actors->setup.scenario, request, reference, said);
    unsigned status = unit_write(unit, "to", request->from->address, letter, ret_case, ret_why);
    if (status == 200) {
        struct file *file = unit_add_file(unit, ret_case);
        file->reference = strdup(reference);
        ensure(file->reference != NULL);
        file->called = file->seen = true;
        unit_letter_said(unit, ret_case, reference, "ORAL_NOTED", letter, "call noted");
        file_consider(file);
    }
    json_decref(letter);
    return status;
}

unsigned actors_confirm(struct actors *actors, const struct scenario_inject *inject, const char *case_id,
                        char ret_why[320])
{
    struct unit *unit = unit_of(actors, inject->from);
    char reference[160], call[160];
    (void)snprintf(reference, sizeof reference, "%s-%s", inject->from->state->code, inject->id);
    call_reference(inject, call);
    const struct writer writer = {.unit = unit->of, .now_ms = unit_now(unit), .reference = reference};
    json_t *letter = write_request(&writer, actors->setup.scenario, inject);
    ensure(json_object_set_new(json_object_get(letter, "request"), "oralReference", json_string(call)) == 0);
    unsigned status = unit_write(unit, "case", case_id, letter, NULL, ret_why);
    if (status == 200) {
        unit_letter_said(unit, case_id, reference, "REQUEST", letter, "written request");
    }
    json_decref(letter);
    return status;
}

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

/* "INFO_ASKED", "info_asked": the member "infoAsked", the name "INFO_ASKED". */
static void names_of(const char *name, char *ret_member, char *ret_name, size_t room)
{
    size_t at = 0, i = 0;
    bool upper = false;
    for (; name[i] != '\0' && i + 1 < room; i++) {
        char big = (char)(is_lower(name[i]) ? name[i] - 'a' + 'A' : name[i]);
        ret_name[i] = big;
        if (big == '_') {
            upper = true;
            continue;
        }
        bool letter = big >= 'A' && big <= 'Z';
        ret_member[at++] = (char)(letter && !upper ? big - 'A' + 'a' : big);
        upper = false;
    }
    ret_member[at] = '\0';
    ret_name[i] = '\0';
}

/* The job that such a letter ends; NONE: people here never write one by themselves. */
static enum job job_of_letter(const char *kind)
{
    for (unsigned job = JOB_NONE + 1; job < JOBS; job++) {
        if (strcmp(job_letter((enum job)job), kind) == 0) {
            return (enum job)job;
        }
    }
    return JOB_NONE;
}

/* As people here would write it, where they would; what the scenario says of it is laid over that. */
static json_t *letter_of(struct file *file, enum job job, const char *member, const json_t *view,
                         const json_t *body)
{
    json_t *letter = job == JOB_NONE || view == NULL ? NULL : job_write(file, job, view);
    letter = letter == NULL ? json_pack("{s:{}}", member) : letter;
    ensure(letter != NULL);
    write_over(json_object_get(letter, member), body);
    return letter;
}

unsigned actors_letter(struct actors *actors, size_t party, const char *case_id, const char *name,
                       const json_t *body, char ret_why[320])
{
    struct unit *unit = &actors->units[party];
    char member[64], kind[64];
    names_of(name, member, kind, sizeof member);
    struct file *file = unit_file(unit, case_id);
    json_t *view = file == NULL ? NULL : file_view_letters(file);
    enum job job = job_of_letter(kind);
    json_t *letter = letter_of(file, job, member, view, body);
    unsigned status = unit_write(unit, "case", case_id, letter, NULL, ret_why);
    if (status == 200 && view != NULL && job != JOB_NONE) {
        job_done(file, job, view, letter);
    }
    json_decref(view);
    if (status == 200) {
        unit_letter_said(unit, case_id, file == NULL ? "" : file->reference, kind, letter, "letter");
        if (file != NULL) {
            file_consider(file);
        }
    }
    json_decref(letter);
    return status;
}

bool actors_decide(struct actors *actors, size_t party, const char *case_id, enum scenario_decision decision)
{
    struct file *file = unit_file(&actors->units[party], case_id);
    if (file == NULL) {
        return false;
    }
    file->decision = decision;
    file_consider(file);
    return true;
}

void actors_assisted(struct actors *actors, size_t party, const char *case_id)
{
    struct file *file = unit_file(&actors->units[party], case_id);
    if (file != NULL) {
        file->assisted = true;
        file_said(file, SCENARIO_EVENT_ASSISTANCE_SENT, scenario_event_word(SCENARIO_EVENT_ASSISTANCE_SENT),
                  0, "");
    }
}

void actors_note(struct actors *actors, size_t party, const char *case_id, const char *text)
{
    json_t *body = json_pack("{s:s}", "text", text), *answer = NULL;
    ensure(body != NULL);
    (void)unit_command(&actors->units[party], VERB_NOTE, case_id, body, &answer);
    json_decref(body);
    json_decref(answer);
}

bool actors_answers(const struct actors *actors, size_t party)
{
    return desk_answers(actors->units[party].desk);
}

bool actors_call(struct actors *actors, size_t party, const char *case_id)
{
    struct unit *unit = &actors->units[party];
    const struct scenario_habits *habits = unit->of->habits;
    const struct scenario_quantiles *times =
        habits == NULL ? NULL : habits->times.of[SCENARIO_TASK_CALL].by[SCENARIO_URGENT];
    struct stream stream = stream_of(actors->setup.seed, unit->of->address, unit_now(unit) + 1);
    uint64_t takes = times == NULL ? 0 : scenario_draw(times, stream_next(&stream));
    if (!desk_call(unit->desk, &(struct desk_task){.owner = UNIT_CALL, .needs_ms = takes})) {
        return false;
    }
    struct file *file = case_id[0] == '\0' ? NULL : unit_file(unit, case_id);
    if (file != NULL && !file->called) {
        file->called = true;
        file_read_at(file,
                     file->read_ms == 0 ? 0 : unit_now(unit)); /* they look while they are on the phone */
        file_consider(file);
    }
    return true;
}

const char *actors_stuck(const struct actors *actors)
{
    return actors->stuck[0] == '\0' ? NULL : actors->stuck;
}

size_t actors_open_cases(const struct actors *actors, size_t party)
{
    size_t open = 0;
    for (size_t i = 0; i < actors->units[party].file_count; i++) {
        open += actors->units[party].files[i]->closed ? 0 : 1;
    }
    return open;
}

size_t actors_hours(const struct actors *actors, size_t party, const struct desk_hour **ret)
{
    return desk_hours(actors->units[party].desk, ret);
}

/* --- life --- */

struct actors *actors_new(const struct actors_setup *setup)
{
    const struct scenario *scenario = setup->scenario;
    struct actors *actors = calloc(1, sizeof *actors);
    ensure(actors != NULL);
    actors->setup = *setup;
    actors->scratch = arena_new(SCRATCH_BYTES);
    ensure(actors->scratch != NULL);
    for (size_t i = 0; i < scenario->states.count; i++) {
        actors->unit_count += scenario->states.list[i].units.count;
    }
    actors->units = calloc(actors->unit_count + 1, sizeof *actors->units);
    ensure(actors->units != NULL);
    size_t place = 0;
    for (size_t i = 0; i < scenario->states.count; i++) {
        for (size_t k = 0; k < scenario->states.list[i].units.count; k++, place++) {
            struct unit *unit = &actors->units[place];
            *unit = (struct unit){
                .actors = actors, .place = place, .of = &scenario->states.list[i].units.list[k]};
            const struct desk_owner owner = unit_desk_owner(unit);
            unit->desk = desk_new(unit->of, setup->agenda, &owner);
        }
    }
    return actors;
}

void actors_free(struct actors *actors)
{
    if (actors == NULL) {
        return;
    }
    for (size_t i = 0; i < actors->unit_count; i++) {
        struct unit *unit = &actors->units[i];
        for (size_t k = 0; k < unit->file_count; k++) {
            free(unit->files[k]->reference);
            free(unit->files[k]->items);
            file_forget_view(unit->files[k]);
            free(unit->files[k]);
        }
        screen_done(&unit->screen);
        free(unit->files);
        free(unit->slots);
        free(unit->papers);
        free(unit->orders);
        desk_free(unit->desk);
    }
    free(actors->units);
    arena_free(actors->scratch);
    free(actors);
}
