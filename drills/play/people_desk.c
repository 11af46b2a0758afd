/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/play/people_desk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "base/text.h"
#include "drills/office/signing.h"
#include "keys/receipt.h"

#define TRIES_MAX 4 /* a letter that went stale is prepared again so often, as a person would */

/* --- errands --- */

void errand_done(struct errand *errand)
{
    json_decref(errand->body);
    json_decref(errand->letter);
    *errand = (struct errand){.verb = VERB_NONE};
}

void errands_put(struct errands *errands, const struct errand *errand)
{
    if (errands->count == errands->room) {
        errands->room = errands->room == 0 ? 16 : 2 * errands->room;
        errands->list = realloc(errands->list, errands->room * sizeof *errands->list);
        ensure(errands->list != NULL);
    }
    errands->list[errands->count++] = *errand;
}

struct errand errands_take(struct errands *errands, size_t index)
{
    ensure(index < errands->count);
    struct errand errand = errands->list[index];
    errands->count--;
    memmove(&errands->list[index], &errands->list[index + 1],
            (errands->count - index) * sizeof *errands->list);
    return errand;
}

/* --- the API --- */

static void count_reason(struct people *people, const char *name)
{
    for (uint32_t i = REASON_NONE + 1; name != NULL && people->coverage != NULL && i < REASON_COUNT; i++) {
        if (strcmp(reason_name(i), name) == 0) {
            people->coverage->reasons[i]++;
        }
    }
}

/*
 * Reason codes that an answer shows: its own, of letters in a case, of envelopes in WHY, of what waits in
 * STATUS.
 */
static void count_reasons(struct people *people, const json_t *answer)
{
    size_t index = 0;
    json_t *entry = NULL;
    count_reason(people, json_string_value(json_object_get(answer, "code")));
    count_reason(people,
                 json_string_value(json_object_get(json_object_get(answer, "waiting_because"), "code")));
    json_array_foreach(json_object_get(answer, "letters"), index, entry)
    {
        count_reason(people, json_string_value(json_object_get(entry, "reason")));
    }
    json_array_foreach(json_object_get(answer, "envelopes"), index, entry)
    {
        count_reason(people, json_string_value(json_object_get(entry, "code")));
    }
}

/* The status; 0: it is or went down, *ret_answer is NULL then. */
static unsigned call(struct people *people, const struct asked *asked, const struct command *command,
                     json_t **ret_answer)
{
    unsigned status = 0;
    size_t party = asked->party;
    *ret_answer = NULL;
    if (!world_is_up(people->world, party) ||
        !world_command(people->world, party, command, &status, ret_answer)) {
        return 0;
    }
    desk_judge(people, asked, status, *ret_answer);
    count_reasons(people, *ret_answer);
    return status;
}

json_t *desk_ask(struct people *people, size_t party, enum verb verb, const char *target, const char *query,
                 unsigned *ret_status)
{
    json_t *answer = NULL;
    struct asked asked = desk_asked(people, party, verb, ERRAND_LOOK, target, "");
    asked.deputy = true; /* it may be the one that asks what it would open */
    unsigned status =
        call(people, &asked,
             &(struct command){.actor = "officer", .verb = verb, .target = target, .query = query}, &answer);
    if (verb == VERB_CASE && status == 200 && people->oracle != NULL) {
        oracle_shown(people->oracle, world_now_us(people->world), party, target, answer);
    }
    if (ret_status != NULL) {
        *ret_status = status;
    }
    return answer;
}

/* --- looking --- */

/* What arrived there since the last look, and what it met. */
static void count_met(struct people *people, size_t party, const char *case_id, const json_t *view)
{
    size_t index = desk_note_view(people, view);
    if (index == people->case_count || strcmp(people->cases[index].id, case_id) != 0) {
        return; /* it was asked for by less than its id */
    }
    struct met *of = &people->met[index];
    bool is_q = people->cases[index].q == party; /* only the two have it */
    *(is_q ? &of->q_shown : &of->r_shown) = true;
    if (people->coverage != NULL) {
        uint32_t *met = is_q ? &of->q_view : &of->r_view;
        arena_reset(people->scratch);
        *met = sight_count_met(view, *met, people->scratch, people->coverage);
    }
}

void people_count_met(struct people *people, size_t party, const json_t *view)
{
    count_met(people, party, sight_text(view, "case"), view);
}

json_t *desk_case(struct people *people, size_t party, const char *case_id, unsigned *ret_status)
{
    unsigned status = 0;
    json_t *view = desk_ask(people, party, VERB_CASE, case_id, "letters=all", &status);
    if (ret_status != NULL) {
        *ret_status = status;
    }
    if (status != 200) {
        json_decref(view);
        return NULL;
    }
    count_met(people, party, case_id, view);
    return view;
}

void desk_look_done(struct look *look)
{
    json_decref(look->view);
    look->view = NULL;
}

bool desk_look(struct people *people, size_t party, const char *case_id, struct look *ret)
{
    *ret = (struct look){.party = party};
    (void)snprintf(ret->case_id, sizeof ret->case_id, "%s", case_id);
    ret->view = desk_case(people, party, case_id, NULL);
    sight_read(ret->view, world_clock(people->world, party), &ret->sight);
    return ret->view != NULL;
}

/* --- signing --- */

void desk_officers(struct people *people, struct draft *draft)
{
    const struct cast_party *party = desk_party(people, draft->party);
    size_t order[CAST_OFFICERS] = {0, 1, 2};
    size_t needed = row_of_table(draft->row)->signatures;
    needed = needed == 0 ? 1 : needed; /* what a node says by itself an officer may say, too */
    _Static_assert(CAST_OFFICERS == 3, "the order above");
    if (needed < CAST_OFFICERS && stream_chance(&people->stream, 50)) {
        needed++;
    }
    for (size_t i = 0; i < CAST_OFFICERS; i++) {
        size_t other = i + stream_below(&people->stream, CAST_OFFICERS - i);
        size_t officer = order[other];
        order[other] = order[i];
        order[i] = officer;
        draft->keys[i] = &party->officer[officer];
        draft->signers[i] = party->officer[officer].key;
    }
    draft->signer_count = needed;
}

/* --- preparing --- */

static json_t *prepare_body(const struct draft *draft)
{
    return signing_prepare(draft->case_id == NULL ? "to" : "case",
                           draft->case_id == NULL ? draft->to : draft->case_id, draft->letter, draft->signers,
                           draft->signer_count);
}

/* It was tried of these items, whatever comes of it. */
static void count_cells(const struct people *people, const struct draft *draft)
{
    uint32_t named[CASE_ITEMS_MAX];
    if (people->coverage == NULL || draft->sight == NULL ||
        row_of_table(draft->row)->machine != draft->sight->machine) {
        return;
    }
    size_t count = letter_names(draft->letter, named);
    for (size_t i = 0; count == 0 && i < draft->sight->item_count; i++) {
        coverage_tried(people->coverage, draft->row, draft->sight->items[i].state);
    }
    for (size_t i = 0; i < count; i++) {
        if (named[i] <= draft->sight->item_count) {
            coverage_tried(people->coverage, draft->row, draft->sight->items[named[i] - 1].state);
        }
    }
}

static void new_id(struct people *people, uint8_t ret[16])
{
    stream_bytes(&people->stream, ret, 16);
    ret[0] |= 1; /* a command's id is not zero */
}

/* The body of SUBMIT. */
static json_t *sign(struct people *people, const struct draft *draft, const json_t *prepared)
{
    arena_reset(people->scratch);
    return signing_submit(people->scratch, prepared, draft->keys, draft->signer_count,
                          stream_chance(&people->stream, 700));
}

static bool has_deputy(const struct people *people, const struct draft *draft)
{
    const struct signer *deputy = cast_deputy(desk_party(people, draft->party));
    bool has = false;
    for (size_t i = 0; i < draft->signer_count; i++) {
        has |= public_key_equal(&draft->signers[i], &deputy->key);
    }
    return has;
}

static void fill_errand(struct people *people, const struct draft *draft, const json_t *prepared,
                        struct errand *ret)
{
    const char *case_id = json_string_value(json_object_get(prepared, "case"));
    ensure(case_id != NULL && strlen(case_id) < sizeof ret->case_id);
    *ret = (struct errand){.verb = VERB_SUBMIT, .party = draft->party, .row = draft->row};
    new_id(people, ret->id);
    ret->body = sign(people, draft, prepared);
    ret->letter = json_deep_copy(draft->letter);
    ret->told = draft->sort == ERRAND_TOLD;
    ret->deputy = has_deputy(people, draft);
    ret->prepared_us = world_now_us(people->world);
    memcpy(ret->case_id, case_id, strlen(case_id) + 1);
    if (draft->case_id == NULL) {
        (void)snprintf(ret->to, sizeof ret->to, "%s", draft->to);
        (void)snprintf(ret->label, sizeof ret->label, "%s", draft->label);
    }
}

unsigned desk_prepare(struct people *people, const struct draft *draft, struct errand *ret_errand,
                      json_t **ret_answer)
{
    json_t *prepared = NULL;
    json_t *body = prepare_body(draft);
    struct asked asked =
        desk_asked(people, draft->party, VERB_PREPARE, draft->sort,
                   draft->case_id == NULL ? "" : draft->case_id, draft->case_id == NULL ? draft->to : "");
    asked.deputy = has_deputy(people, draft);
    unsigned status = call(
        people, &asked,
        &(struct command){.actor = "officer", .verb = VERB_PREPARE, .target = "", .query = "", .body = body},
        &prepared);
    json_decref(body);
    if (status != 0) {
        count_cells(people, draft);
    }
    if (status == 200) {
        fill_errand(people, draft, prepared, ret_errand);
    }
    if (status != 200 && ret_answer != NULL) {
        *ret_answer = prepared;
    } else {
        json_decref(prepared);
    }
    return status;
}

/* --- handing in --- */

static void tell_opened(struct people *people, const struct errand *errand)
{
    size_t index = 0;
    json_t *entry = NULL;
    json_array_foreach(json_object_get(errand->body, "opened"), index, entry)
    {
        struct bytes raw =
            signed_receipt_encode(people->scratch, signing_member(people->scratch, entry, "receipt"),
                                  signing_member(people->scratch, entry, "proof"));
        ensure(raw.data != NULL);
        oracle_opened(people->oracle, world_now_us(people->world), errand->party, raw);
    }
}

/* Of what must be refused the oracle hears nothing: nothing may come of it. */
static bool oracle_hears(const struct people *people, const struct errand *errand)
{
    return people->oracle != NULL && !errand->wrong;
}

/* The oracle hears of it before the node: what follows from it may be said before the answer is given. */
static void tell_before(struct people *people, const struct errand *errand)
{
    if (!oracle_hears(people, errand)) {
        return;
    }
    arena_reset(people->scratch);
    tell_opened(people, errand);
    if (errand->verb == VERB_SUBMIT) {
        oracle_submit(people->oracle, world_now_us(people->world), errand->party, errand->id,
                      signing_member(people->scratch, errand->body, "context"),
                      signing_member(people->scratch, errand->body, "letter"));
    }
}

static void note_label(struct people *people, const struct errand *errand)
{
    struct label *label = NULL;
    for (size_t i = 0; i < people->label_count; i++) {
        if (strcmp(people->labels[i].name, errand->label) == 0) {
            label = &people->labels[i];
        }
    }
    if (label == NULL) {
        if (people->label_count == people->label_room) {
            people->label_room = people->label_room == 0 ? 16 : 2 * people->label_room;
            people->labels = realloc(people->labels, people->label_room * sizeof *people->labels);
            ensure(people->labels != NULL);
        }
        label = &people->labels[people->label_count++];
        memcpy(label->name, errand->label, sizeof label->name);
    }
    memcpy(label->case_id, errand->case_id, sizeof label->case_id);
}

/* A new case exists from when its request was handed in, unless that was refused. */
static void note_new_case(struct people *people, const struct errand *errand)
{
    if (errand->verb == VERB_SUBMIT && errand->to[0] != '\0') {
        desk_note_begun(people, errand);
        if (errand->label[0] != '\0') {
            note_label(people, errand);
        }
    }
}

static void remember(struct people *people, struct errand *errand)
{
    errand_done(&people->answered[people->answered_next]);
    people->answered[people->answered_next] = *errand;
    people->answered_next = (people->answered_next + 1) % ANSWERED;
    people->answered_count += people->answered_count < ANSWERED;
    *errand = (struct errand){.verb = VERB_NONE};
}

/* Refused because the world moved on since it was prepared, not because of what it says. */
static bool went_stale(unsigned status, const json_t *answer)
{
    static const char *const codes[] = {"CASE_MOVED", "ROSTER_MOVED", "CONTEXT", "OFFICER", NULL};
    return (status == 409 || status == 422) && text_is_one_of(desk_code(answer), codes);
}

/*
 * Prepares the letter of an errand anew, with officers drawn anew until they may sign. The errand is given
 * up.
 */
static unsigned prepare_again(struct people *people, struct errand *errand, json_t **ret_answer)
{
    struct errand next = {.verb = VERB_NONE};
    struct draft draft = {.party = errand->party,
                          .row = errand->row,
                          .case_id = errand->to[0] == '\0' ? errand->case_id : NULL,
                          .to = errand->to,
                          .label = errand->label,
                          .letter = errand->letter,
                          .sort = errand->told ? ERRAND_TOLD : ERRAND_STALE};
    unsigned status = 0;
    bool revoked = false;
    do {
        json_decref(*ret_answer);
        *ret_answer = NULL;
        errand->tries++;
        desk_officers(people, &draft);
        status = desk_prepare(people, &draft, &next, ret_answer);
        revoked = status == 422 && strcmp(desk_code(*ret_answer), "OFFICER") == 0;
    } while (revoked && errand->tries < TRIES_MAX);
    next.tries = errand->tries;
    errand_done(errand);
    if (status == 200) {
        *errand = next;
    }
    return status;
}

static unsigned hand_in_once(struct people *people, struct errand *errand, json_t **ret_answer)
{
    struct command command = {.actor = "officer",
                              .verb = errand->verb,
                              .target = errand->verb == VERB_OPEN ? errand->case_id : "",
                              .query = "",
                              .body = errand->body};
    memcpy(command.id, errand->id, sizeof command.id);
    *ret_answer = NULL;
    if (!world_is_up(people->world, errand->party)) {
        return 0;
    }
    const struct asked asked = desk_asked_by(people, errand);
    errand->handed_in = true;
    tell_before(people, errand);
    unsigned status = call(people, &asked, &command, ret_answer);
    if (oracle_hears(people, errand) && errand->verb == VERB_SUBMIT) {
        oracle_answer(people->oracle, world_now_us(people->world), errand->party, errand->id, status,
                      *ret_answer);
    }
    if (status == 200 && errand->wrong) {
        desk_trouble(people, errand->party, "a letter with a wrong signature was taken", status, *ret_answer);
    }
    return status;
}

/* After its answer: kept, remembered or given up. */
static void settle(struct people *people, struct errand *errand, unsigned status)
{
    if (status == 200) {
        people->letters += errand->verb == VERB_SUBMIT;
        note_new_case(people, errand);
        remember(people, errand);
    } else if ((status == 0 || status == 503) && !errand->wrong) {
        note_new_case(people, errand);
        errands_put(&people->waiting, errand);
    } else {
        errand_done(errand);
    }
}

unsigned desk_hand_in(struct people *people, struct errand *errand, json_t **ret_answer)
{
    json_t *answer = NULL;
    unsigned status = hand_in_once(people, errand, &answer);
    while (errand->verb == VERB_SUBMIT && !errand->wrong && errand->tries < TRIES_MAX &&
           went_stale(status, answer)) {
        status = prepare_again(people, errand, &answer);
        if (status == 200) {
            status = hand_in_once(people, errand, &answer);
        }
    }
    if (errand->verb != VERB_NONE) {
        settle(people, errand, status);
    }
    if (ret_answer != NULL) {
        *ret_answer = answer;
    } else {
        json_decref(answer);
    }
    return status;
}

void desk_repeat(struct people *people)
{
    if (people->answered_count == 0) {
        return;
    }
    json_t *answer = NULL;
    size_t index = stream_below(&people->stream, people->answered_count);
    (void)hand_in_once(people, &people->answered[index], &answer);
    json_decref(answer);
}

unsigned desk_open(struct people *people, size_t party, const char *case_id)
{
    size_t drawn = stream_below(&people->stream, CAST_OFFICERS);
    const struct signer *officer = &desk_party(people, party)->officer[drawn];
    char query[96] = "letters=all&signer=";
    unsigned status = 0;
    hex_write(query + strlen(query), bytes_of(officer->key.bytes, sizeof officer->key.bytes));
    json_t *view = desk_ask(people, party, VERB_CASE, case_id, query, &status);
    const json_t *unopened = json_object_get(view, "unopened");
    if (status == 200 && json_array_size(unopened) != 0) {
        struct errand errand = {.verb = VERB_OPEN,
                                .party = party,
                                .deputy = drawn == CAST_OFFICERS - 1,
                                .prepared_us = world_now_us(people->world)};
        new_id(people, errand.id);
        (void)snprintf(errand.case_id, sizeof errand.case_id, "%s", case_id);
        arena_reset(people->scratch);
        errand.body = json_pack("{s:o}", "opened", signing_receipts(people->scratch, officer, unopened));
        ensure(errand.body != NULL);
        status = desk_hand_in(people, &errand, NULL);
    }
    json_decref(view);
    return status;
}

unsigned desk_enter(struct people *people, size_t party, const json_t *body)
{
    json_t *answer = NULL;
    struct asked asked = desk_asked(people, party, VERB_MLA_LOG, ERRAND_FRESH, "", "");
    struct command command = {
        .actor = "officer", .verb = VERB_MLA_LOG, .target = "", .query = "", .body = body};
    new_id(people, command.id);
    unsigned status = call(people, &asked, &command, &answer);
    json_decref(answer);
    return status;
}
