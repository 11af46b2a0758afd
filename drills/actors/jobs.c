/* SPDX-License-Identifier: Apache-2.0 */
/* The letters of tasks.def as they are written, and what follows from each at the desk. */
#include <stdio.h>
#include <string.h>

#include "base/ensure.h"
#include "base/instant.h"
#include "drills/actors/unit.h"
#include "nodes/case.h"
#include "nodes/lifecycle.h"

#define EXTEND_DAYS     60
#define EXTEND_DAYS_MAX 180
#define GO_BACK_DAYS    15

static const struct {
    const char *word, *letter;
    enum scenario_task task;
} jobs[JOBS] = {
#define JOB(name, word, task, letter, ...) [JOB_##name] = {word, #letter, SCENARIO_TASK_##task},
#include "drills/actors/tasks.def"
#undef JOB
};

const char *job_word(enum job job)
{
    return job == JOB_NONE ? "" : jobs[job].word;
}

const char *job_letter(enum job job)
{
    return job == JOB_NONE ? "" : jobs[job].letter;
}

enum scenario_task job_task(enum job job)
{
    ensure(job != JOB_NONE);
    return jobs[job].task;
}

/* --- the view --- */

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

static const json_t *item_at(const json_t *view, size_t index)
{
    return json_array_get(json_object_get(view, "items"), index);
}

static bool is_in(const json_t *view, size_t index, const char *state)
{
    return strcmp(text_of(item_at(view, index), "state"), state) == 0;
}

static void add_number(json_t *items, size_t index)
{
    ensure(json_array_append_new(items, json_integer((json_int_t)index + 1)) == 0);
}

/* The items in that state; a new reference. */
static json_t *items_in(const json_t *view, const char *state)
{
    json_t *items = json_array();
    for (size_t i = 0; i < json_array_size(json_object_get(view, "items")); i++) {
        if (is_in(view, i, state)) {
            add_number(items, i);
        }
    }
    return items;
}

/* The questions of the last INFO_ASKED; 0: there is none. */
static size_t questions_of(const json_t *view)
{
    size_t count = 0, i = 0;
    json_t *entry = NULL;
    json_array_foreach(json_object_get(view, "letters"), i, entry)
    {
        if (strcmp(text_of(entry, "letter"), "INFO_ASKED") == 0) {
            const json_t *body = json_object_get(json_object_get(entry, "body"), "infoAsked");
            count = json_array_size(json_object_get(body, "questions"));
        }
    }
    return count;
}

/* The part of the evidence that came last. */
static uint64_t part_of(const json_t *view)
{
    json_int_t number = 1;
    size_t i = 0;
    json_t *entry = NULL;
    json_array_foreach(json_object_get(view, "letters"), i, entry)
    {
        if (strcmp(text_of(entry, "letter"), "EVIDENCE") == 0) {
            const json_t *body = json_object_get(json_object_get(entry, "body"), "evidence");
            number = json_integer_value(json_object_get(body, "number"));
        }
    }
    return number < 1 ? 1 : (uint64_t)number;
}

/* --- orders and custodians --- */

/* Who is said to have the data of the first item that nothing was ordered for. */
static const char *first_custodian(const struct file *file, const json_t *view)
{
    const json_t *items = json_object_get(view, "items");
    for (size_t i = 0; i < json_array_size(items) && i < file->item_count; i++) {
        if (is_in(view, i, "ASKED")) {
            return text_of(json_array_get(items, i), "custodian");
        }
    }
    return "";
}

/* An order goes to one custodian, for all that it has. */
static json_t *write_order(struct file *file, const json_t *view)
{
    const struct writer writer = file_writer(file);
    const char *custodian = first_custodian(file, view);
    json_t *items = json_array();
    for (size_t i = 0; i < file->item_count; i++) {
        if (is_in(view, i, "ASKED") && strcmp(text_of(item_at(view, i), "custodian"), custodian) == 0) {
            add_number(items, i);
        }
    }
    json_t *letter = write_ordered(&writer, items, custodian[0] == '\0' ? "the custodian" : custodian);
    json_decref(items);
    return letter;
}

static void ask_custodians(struct file *file, const json_t *view, const json_t *letter)
{
    const json_t *items = json_object_get(json_object_get(letter, "ordered"), "items");
    size_t i = 0;
    json_t *number = NULL;
    json_array_foreach(items, i, number)
    {
        size_t index = (size_t)json_integer_value(number) - 1;
        const json_t *asked = item_at(view, index);
        const json_t *identifier = json_array_get(json_object_get(asked, "identifiers"), 0);
        struct stream stream = file_stream(file, "custodian", index + 1);
        struct file_item *item = &file->items[index];
        file_ask_custodian(file, item, (uint32_t)index + 1, text_of(asked, "custodian"),
                           text_of(identifier, "value"), &stream);
        if (item->answer.notifies && item->answer.at_ms != UINT64_MAX) {
            file_said(file, SCENARIO_EVENT_NONE, "notify", (uint32_t)index + 1, text_of(asked, "custodian"));
        }
    }
}

/* The ordered items whose custodian has answered so by now; a new reference. from: the last of these answers. */
static json_t *answered(struct file *file, const json_t *view, bool found, uint64_t *ret_from_ms)
{
    json_t *items = json_array();
    *ret_from_ms = 0;
    for (size_t i = 0; i < file->item_count; i++) {
        struct file_item *item = &file->items[i];
        if (item->asked && is_in(view, i, "ORDERED") && item->answer.at_ms <= unit_now(file->unit) &&
            item->answer.found == found) {
            *ret_from_ms = item->answer.at_ms > *ret_from_ms ? item->answer.at_ms : *ret_from_ms;
            add_number(items, i);
        }
    }
    return items;
}

static uint32_t hold_days(const struct file *file, const json_t *view)
{
    json_int_t asked = json_integer_value(json_object_get(json_object_get(view, "request"), "holdDays"));
    uint64_t most = file->unit->of->state->terms.hold_days_max;
    uint64_t days = asked < HOLD_DAYS_FLOOR ? HOLD_DAYS_FLOOR : (uint64_t)asked;
    return (uint32_t)(most != 0 && days > most ? most : days);
}

static json_t *confirm(struct file *file, const json_t *view)
{
    const struct writer writer = file_writer(file);
    uint64_t from_ms = 0;
    json_t *items = answered(file, view, true, &from_ms), *letter = NULL;
    if (json_array_size(items) != 0) {
        uint64_t until = hold_floor_ms(from_ms, hold_days(file, view), file->unit->of->state->zone.zone);
        letter = write_held(&writer, items, from_ms, until, "as asked for");
    }
    json_decref(items);
    return letter;
}

static json_t *nothing_found(struct file *file, const json_t *view)
{
    const struct writer writer = file_writer(file);
    uint64_t from_ms = 0;
    bool listed = strcmp(text_of(view, "type"), "PRESERVE") == 0;
    json_t *items = listed ? answered(file, view, false, &from_ms) : NULL, *letter = NULL;
    if (!listed || json_array_size(items) != 0) {
        letter = write_not_held(&writer, items);
    }
    json_decref(items);
    return letter;
}

/* --- dates --- */

static json_t *grant(struct file *file, const json_t *view)
{
    const struct writer writer = file_writer(file);
    uint64_t until = 0, days = EXTEND_DAYS;
    size_t i = 0;
    json_t *entry = NULL;
    json_array_foreach(json_object_get(view, "items"), i, entry)
    {
        uint64_t held = strcmp(text_of(entry, "state"), "HELD") == 0 ? ms_of(entry, "held_until") : 0;
        until = held > until ? held : until;
    }
    json_array_foreach(json_object_get(view, "letters"), i, entry)
    {
        if (strcmp(text_of(entry, "letter"), "EXTEND") == 0) {
            json_int_t asked = json_integer_value(
                json_object_get(json_object_get(json_object_get(entry, "body"), "extend"), "days"));
            days = asked < 1 || asked > EXTEND_DAYS_MAX ? EXTEND_DAYS : (uint64_t)asked;
        }
    }
    json_t *items = items_in(view, "HELD");
    json_t *letter =
        until == 0 ? NULL
                   : write_extended(&writer, items,
                                    hold_floor_ms(until, (uint32_t)days, file->unit->of->state->zone.zone));
    json_decref(items);
    return letter;
}

/* Fourteen days on, and no shorter than was promised: so that it can be asked for again. */
static json_t *go_back(struct file *file, const json_t *view)
{
    const struct writer writer = file_writer(file);
    uint64_t until = hold_floor_ms(writer.now_ms, GO_BACK_DAYS, file->unit->of->state->zone.zone);
    size_t i = 0;
    json_t *entry = NULL;
    json_array_foreach(json_object_get(view, "items"), i, entry)
    {
        uint64_t promised = ms_of(entry, "held_until");
        until = promised > until ? promised : until;
    }
    return write_mla_ended(&writer, file->ended, file->ended_why, until);
}

static json_t *close_hold(struct file *file, const json_t *view)
{
    const struct writer writer = file_writer(file);
    json_t *items = items_in(view, "HELD");
    json_t *letter = write_closed(&writer, items, file->ended);
    json_decref(items);
    return letter;
}

static json_t *expire(struct file *file, const json_t *view)
{
    const struct writer writer = file_writer(file);
    json_t *items = items_in(view, "HELD");
    json_t *letter = write_released(&writer, items, "EXPIRED");
    json_decref(items);
    return letter;
}

static bool owes(const struct file *file, const json_t *view, const char *ask)
{
    size_t i = 0;
    json_t *entry = NULL;
    json_array_foreach(json_object_get(view, "asks"), i, entry)
    {
        if (strcmp(text_of(entry, "ask"), ask) == 0 &&
            strcmp(text_of(entry, "by"), file->unit->of->address) == 0) {
            return true;
        }
    }
    return false;
}

/* The same where a letter lists items: of a hold. NULL: it does not. */
static json_t *listed_in(const json_t *view, const char *state)
{
    return strcmp(text_of(view, "type"), "PRESERVE") == 0 ? items_in(view, state) : NULL;
}

static json_t *refuse(struct file *file, const json_t *view)
{
    const struct writer writer = file_writer(file);
    json_t *items = listed_in(view, "ASKED");
    json_t *letter = write_refused(&writer, items, file->fate.ground == NULL ? "G21B" : file->fate.ground);
    json_decref(items);
    return letter;
}

static json_t *refer(struct file *file, const json_t *view)
{
    const struct writer writer = file_writer(file);
    json_t *items = listed_in(view, "ASKED");
    json_t *letter = write_referred(&writer, items);
    json_decref(items);
    return letter;
}

/* The node knows which case it is, and which items. */
static json_t *merge(struct file *file)
{
    unsigned status = 0;
    json_t *draft = unit_ask(file->unit, VERB_DRAFT, file->id, "as=duplicate", NULL, &status);
    json_t *letter = status == 200 ? json_incref(json_object_get(draft, "letter")) : NULL;
    json_decref(draft);
    return letter;
}

static json_t *unmask(struct file *file, const json_t *view)
{
    const struct writer writer = file_writer(file);
    json_t *items = listed_in(view, "ASKED");
    json_t *letter = write_unmasked(&writer, items);
    json_decref(items);
    return letter;
}

static json_t *take_back(struct file *file, const json_t *view)
{
    const struct writer writer = file_writer(file);
    json_t *items = listed_in(view, "ENDED");
    json_t *letter = write_reopened(&writer, items);
    json_decref(items);
    return letter;
}

/* The directory's entry is looked at before it is called right. */
static json_t *answer_ping(struct file *file)
{
    const struct writer writer = file_writer(file);
    char query[80];
    unsigned status = 0;
    (void)snprintf(query, sizeof query, "of=%s", file->unit->of->address);
    json_t *directory = unit_ask(file->unit, VERB_DIRECTORY, "", query, NULL, &status);
    const json_t *party = json_array_get(json_object_get(directory, "parties"), 0);
    const json_t *contact = json_array_get(json_object_get(party, "contacts"), 0);
    json_t *letter = write_ping_answered(&writer, text_of(contact, "phone"));
    json_decref(directory);
    return letter;
}

/* So long a desk like this takes to answer, as it says itself: by the middle of its own times. */
static uint64_t promised(const struct file *file, enum scenario_task task)
{
    const struct scenario_habits *habits = file->unit->of->habits;
    const struct scenario_quantiles *times = habits == NULL ? NULL : habits->times.of[task].by[file->urgency];
    return unit_now(file->unit) + MS_PER_HOUR + (times == NULL ? 0 : scenario_draw(times, UINT64_MAX / 2));
}

json_t *job_write(struct file *file, enum job job, const json_t *view)
{
    const struct writer writer = file_writer(file);
    const uint64_t now = writer.now_ms;
    bool assists = strcmp(text_of(view, "type"), "MLA") == 0;
    switch (job) {
    case JOB_ACK:
        return write_ack(&writer, promised(file, assists ? SCENARIO_TASK_MLA_DECIDE : SCENARIO_TASK_DECIDE),
                         assists ? promised(file, SCENARIO_TASK_EXECUTE) : 0);
    case JOB_ASK:
        return write_question(&writer, now + MS_PER_DAY);
    case JOB_ORDER:
        return write_order(file, view);
    case JOB_CONFIRM:
        return confirm(file, view);
    case JOB_NOTHING:
        return nothing_found(file, view);
    case JOB_REFUSE:
        return refuse(file, view);
    case JOB_MERGE:
        return merge(file);
    case JOB_UNMASK:
        return unmask(file, view);
    case JOB_DECLINE:
        return write_declined(&writer);
    case JOB_REOPEN:
        return take_back(file, view);
    case JOB_REFER:
        return refer(file, view);
    case JOB_GRANT:
        return grant(file, view);
    case JOB_RELEASE:
        return write_released(&writer, NULL, owes(file, view, "STOP") ? "STOPPED" : "WITHDRAWN");
    case JOB_CLOSE:
        return close_hold(file, view);
    case JOB_GO_BACK:
        return go_back(file, view);
    case JOB_EXPIRE:
        return expire(file, view);
    case JOB_STATUS:
        return write_status(&writer);
    case JOB_TELL:
        return write_answered(&writer, "BANK_TOLD",
                              "The bank and the financial intelligence unit were told by phone.");
    case JOB_REPLY:
        return write_answered(&writer, "INFORMATION", "As far as it is known here: yes.");
    case JOB_DISCLOSE:
        return write_disclosed(&writer);
    case JOB_TAKE:
        return write_taken(&writer);
    case JOB_RETURN:
        return answer_ping(file);
    case JOB_CONSULT:
        return write_consult(&writer, file->fate.ground == NULL ? "G21B" : file->fate.ground);
    case JOB_ADMIT:
        return write_admitted(&writer, promised(file, SCENARIO_TASK_EXECUTE));
    case JOB_DELIVER:
        return write_evidence(&writer, "evidence.pdf");
    case JOB_GIVE:
        return questions_of(view) == 0 ? NULL : write_answers(&writer, questions_of(view));
    case JOB_EXTEND:
        return write_extend(&writer, EXTEND_DAYS);
    case JOB_WITHDRAW:
        return write_withdraw(&writer);
    case JOB_DECIDE:
        return write_decide(&writer, file->decision == SCENARIO_DECISION_STOP ? "STOP" : "GO_ON");
    case JOB_AGREE:
        return write_reply(&writer, owes(file, view, "CONSULT") ? "CONSULT"
                                    : owes(file, view, "COND")  ? "CONDITIONS"
                                                                : "COST");
    case JOB_VERIFY:
        return write_receipt(&writer, part_of(view));
    case JOB_OUTCOME:
        return write_outcome(&writer);
    case JOB_SEND:
        return write_content(&writer);
    case JOB_NONE:
    case JOBS:
        break;
    }
    return NULL;
}

void job_done(struct file *file, enum job job, const json_t *view, const json_t *letter)
{
    if (job == JOB_CLOSE || (job == JOB_GO_BACK && strcmp(file->ended_why, "COMPLETED") != 0)) {
        file->ended[0] = '\0';
    }
    if (job == JOB_UNMASK || job == JOB_DECLINE) {
        file_said(file, SCENARIO_EVENT_NONE, "called back", 0, "nobody there asked for it");
        file_said(file, SCENARIO_EVENT_NONE, "warned network", 0, "");
    }
    if (job == JOB_REOPEN) {
        file->astray = file->order_told = false;
        file->decide_ms = 0;
    }
    file->asked += job == JOB_ASK ? 1 : 0;
    file->extended += job == JOB_EXTEND ? 1 : 0;
    if (job == JOB_ASK) {
        file->decide_ms = 0; /* who decides waits for the answer */
        file->order_told = false;
    }
    if (job == JOB_ORDER) {
        order_served(file, json_object_get(letter, "ordered"));
        ask_custodians(file, view, letter);
    }
    if (job == JOB_EXTEND || job == JOB_WITHDRAW || job == JOB_DECIDE || job == JOB_REFUSE ||
        job == JOB_RELEASE) {
        file->decision = SCENARIO_DECISION_NONE;
    }
}
