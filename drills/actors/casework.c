/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is next in a case. A desk sees the case as its node shows it and remembers a little (struct file); what others take their time
 * for - a prosecutor, a custodian, a translator - is begun here and looked at again when it has come.
 */
#include <string.h>

#include "base/ensure.h"
#include "base/instant.h"
#include "drills/actors/unit.h"
#include "nodes/case.h"

#define GRACE_SPAN_MS (72 * MS_PER_HOUR)
#define LEAD_MIN_DAYS 1 /* an extension is asked for so many days before it is owed */
#define LEAD_MAX_DAYS 6

static const struct choice nothing = {.job = JOB_NONE, .wake_ms = UINT64_MAX};

static struct choice now_do(enum job job)
{
    return (struct choice){.job = job, .wake_ms = UINT64_MAX};
}

static struct choice later(uint64_t at_ms)
{
    return (struct choice){.job = JOB_NONE, .wake_ms = at_ms};
}

static struct choice sooner(struct choice a, struct choice b)
{
    return a.job != JOB_NONE ? a : b.job != JOB_NONE || b.wake_ms < a.wake_ms ? b : a;
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

bool casework_may(const json_t *view, const char *letter)
{
    size_t i = 0;
    json_t *entry = NULL;
    json_array_foreach(json_object_get(view, "next"), i, entry)
    {
        if (strcmp(text_of(entry, "letter"), letter) == 0) {
            return true;
        }
    }
    return false;
}

static bool may(const json_t *view, enum job job)
{
    return casework_may(view, job_letter(job));
}

/* Does this side owe an answer of that kind? */
static bool is_asked(const struct file *file, const json_t *view, const char *ask)
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

/* Does the other side owe it? */
static bool asks_them(const struct file *file, const json_t *view, const char *ask)
{
    size_t i = 0;
    json_t *entry = NULL;
    json_array_foreach(json_object_get(view, "asks"), i, entry)
    {
        if (strcmp(text_of(entry, "ask"), ask) == 0 &&
            strcmp(text_of(entry, "by"), file->unit->of->address) != 0) {
            return true;
        }
    }
    return false;
}

static bool any_item(const json_t *view, const char *state)
{
    size_t i = 0;
    json_t *entry = NULL;
    json_array_foreach(json_object_get(view, "items"), i, entry)
    {
        if (strcmp(text_of(entry, "state"), state) == 0) {
            return true;
        }
    }
    return false;
}

bool casework_holds(const json_t *view)
{
    return any_item(view, "ORDERED") || any_item(view, "HELD") || any_item(view, "HELD_OPEN");
}

/* The first end of what is held; 0: nothing is. */
static uint64_t held_until(const json_t *view)
{
    uint64_t first = 0;
    size_t i = 0;
    json_t *entry = NULL;
    json_array_foreach(json_object_get(view, "items"), i, entry)
    {
        uint64_t until = ms_of(entry, "held_until");
        if (strcmp(text_of(entry, "state"), "HELD") == 0 && until != 0 && (first == 0 || until < first)) {
            first = until;
        }
    }
    return first;
}

/* When this side owes that; 0: it does not. */
static uint64_t owed_ms(const struct file *file, const json_t *view, const char *what)
{
    uint64_t first = 0;
    size_t i = 0;
    json_t *entry = NULL;
    json_array_foreach(json_object_get(view, "owed"), i, entry)
    {
        uint64_t when = ms_of(entry, "when");
        if (strcmp(text_of(entry, "what"), what) == 0 &&
            strcmp(text_of(entry, "by"), file->unit->of->address) == 0 && (first == 0 || when < first)) {
            first = when;
        }
    }
    return first;
}

/* --- fate --- */

static bool happens(struct stream *stream, uint32_t chance)
{
    return scenario_happens(chance, stream_next(stream));
}

/* Sees before the work begins what is wrong with a request, if anything is. */
static bool notices(const struct file *file)
{
    const struct scenario_habits *habits = file->unit->of->habits;
    struct stream stream = file_stream(file, "notices", 0);
    return habits != NULL && happens(&stream, habits->chances.notices);
}

/* Everything is drawn in this order, once, whatever is used of it: another chance leaves the other draws as they were. */
static void draw_fate(struct file *file)
{
    static const struct scenario_chances none;
    const struct scenario_habits *habits = file->unit->of->habits;
    const struct scenario_chances *chances = habits == NULL ? &none : &habits->chances;
    struct stream stream = file_stream(file, "fate", 0);
    file->fate.drawn = true;
    file->fate.never = happens(&stream, chances->never);
    file->fate.refer = happens(&stream, chances->refer);
    bool asks = happens(&stream, chances->ask), again = happens(&stream, chances->ask_again);
    file->fate.asks = asks ? (again ? 2 : 1) : 0;
    file->fate.extend = happens(&stream, chances->extend);
    file->fate.withdraw = happens(&stream, chances->withdraw);
    file->fate.assistance = happens(&stream, chances->mla_follows);
    for (size_t i = 0; i < chances->refuse.count; i++) {
        if (happens(&stream, chances->refuse.list[i].chance) && file->fate.ground == NULL) {
            file->fate.ground = chances->refuse.list[i].ground;
        }
    }
}

/* --- the requested side --- */

/* What has to come from outside of the desk: 0 before it has begun. True when it has come. */
static bool has_come(struct file *file, uint64_t *at_ms, enum scenario_task task)
{
    uint64_t now = unit_now(file->unit);
    if (*at_ms == 0) {
        *at_ms = now + file_draw(file, task, 0);
    }
    return *at_ms <= now;
}

/* Who has the power has decided on the hold; where that is somebody else, they were asked for an order. */
static bool is_decided(struct file *file)
{
    const struct scenario_habits *habits = file->unit->of->habits;
    bool others = habits != NULL && habits->power != SCENARIO_POWER_OWN;
    if (others && file->decide_ms == 0) {
        file_said(file, SCENARIO_EVENT_NONE, "order asked", 0, scenario_power_word(habits->power));
    }
    bool come = has_come(file, &file->decide_ms, SCENARIO_TASK_DECIDE);
    if (others && come && !file->order_told) {
        file_said(file, SCENARIO_EVENT_NONE, "order given", 0, scenario_power_word(habits->power));
    }
    file->order_told = come;
    return come;
}

static bool asks_more(const struct file *file, const json_t *view)
{
    return file->asked < file->fate.asks && may(view, JOB_ASK);
}

/* Refusing needs a consultation first (art. 40(25)). */
static bool under_paragraph_21(const struct file *file, const json_t *view)
{
    const char *ground = file->fate.ground == NULL ? "G21B" : file->fate.ground;
    return strcmp(text_of(view, "type"), "MLA") == 0 && strncmp(ground, "G21", 3) == 0;
}

static struct choice decided(struct file *file, const json_t *view, enum job yes)
{
    bool refuses = file->fate.ground != NULL || file->decision == SCENARIO_DECISION_REFUSE;
    if (refuses && under_paragraph_21(file, view) && may(view, JOB_CONSULT)) {
        return now_do(JOB_CONSULT);
    }
    if (refuses && may(view, JOB_REFUSE)) {
        return now_do(JOB_REFUSE);
    }
    if (file->fate.refer && may(view, JOB_REFER)) {
        return now_do(JOB_REFER);
    }
    return may(view, yes) ? now_do(yes) : nothing;
}

/* The screen shows other cases for the same; one that was here before serves this request, too. */
static bool is_twin(const struct file *file, const json_t *view)
{
    size_t i = 0;
    json_t *twin = NULL;
    json_array_foreach(json_object_get(view, "twins"), i, twin)
    {
        const struct file *other = unit_file(file->unit, text_of(twin, "case"));
        if (other != NULL && other->index < file->index && !other->closed &&
            strcmp(text_of(twin, "who"), text_of(view, "from")) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_forged(const struct file *file)
{
    const struct actors_setup *setup = &file->unit->actors->setup;
    return setup->forged != NULL && setup->forged(setup->context, file->id);
}

/* What somebody who looks twice does instead of the work; NONE: there is nothing to see, or nobody sees it. */
static enum job on_second_look(const struct file *file, const json_t *view)
{
    bool twin = is_twin(file, view);
    if (file->asked_any || !any_item(view, "ASKED") || !(twin || is_forged(file)) || !notices(file)) {
        return JOB_NONE;
    }
    if (twin) {
        return may(view, JOB_MERGE) ? JOB_MERGE : JOB_NONE;
    }
    return may(view, JOB_UNMASK)    ? JOB_UNMASK
           : may(view, JOB_DECLINE) ? JOB_DECLINE
           : may(view, JOB_REFUSE)  ? JOB_REFUSE
                                    : JOB_NONE;
}

/* What custodians were asked for: passed on as it comes. */
static struct choice custodians(struct file *file, const json_t *view)
{
    struct choice choice = nothing;
    uint64_t now = unit_now(file->unit);
    size_t i = 0;
    json_t *entry = NULL;
    json_array_foreach(json_object_get(view, "items"), i, entry)
    {
        const struct file_item *item = i < file->item_count ? &file->items[i] : NULL;
        if (item == NULL || !item->asked || strcmp(text_of(entry, "state"), "ORDERED") != 0) {
            continue;
        }
        choice = sooner(choice, item->answer.at_ms > now ? later(item->answer.at_ms)
                                : item->answer.found     ? now_do(JOB_CONFIRM)
                                                         : now_do(JOB_NOTHING));
    }
    return choice;
}

static struct choice end_of_hold(struct file *file, const json_t *view)
{
    uint64_t until = held_until(view), now = unit_now(file->unit);
    if (until == 0 || is_asked(file, view, "EXTEND") || is_asked(file, view, "NOTICE")) {
        return nothing;
    }
    if (now <= until + GRACE_SPAN_MS) {
        return later(until + GRACE_SPAN_MS + MS_PER_MINUTE);
    }
    return may(view, JOB_EXPIRE) ? now_do(JOB_EXPIRE) : nothing;
}

/* What kept the hold open has come to its end: that is said, and what was disclosed is let go of. */
static struct choice after_assistance(const struct file *file, const json_t *view)
{
    if (file->ended[0] == '\0') {
        return nothing;
    }
    if (any_item(view, "HELD_OPEN") && may(view, JOB_GO_BACK)) {
        return now_do(JOB_GO_BACK);
    }
    bool disclosed = strcmp(file->ended_why, "COMPLETED") == 0 && any_item(view, "HELD");
    return disclosed && may(view, JOB_CLOSE) ? now_do(JOB_CLOSE) : nothing;
}

static struct choice hold(struct file *file, const json_t *view)
{
    struct choice choice = sooner(custodians(file, view), end_of_hold(file, view));
    choice = sooner(choice, after_assistance(file, view));
    if (is_asked(file, view, "EXTEND") && may(view, JOB_GRANT)) {
        return now_do(JOB_GRANT);
    }
    if (!any_item(view, "ASKED") || asks_them(file, view, "INFO") || asks_them(file, view, "ORAL")) {
        return choice;
    }
    if (asks_more(file, view)) {
        return now_do(JOB_ASK);
    }
    if (!is_decided(file)) {
        return sooner(choice, later(file->decide_ms));
    }
    return sooner(choice, decided(file, view, JOB_ORDER));
}

static struct choice assistance(struct file *file, const json_t *view)
{
    if (asks_them(file, view, "INFO") || asks_them(file, view, "TRANSLATION")) {
        return nothing;
    }
    if (any_item(view, "CONSULTING")) {
        bool over = !asks_them(file, view, "CONSULT") && may(view, JOB_REFUSE);
        return over ? now_do(JOB_REFUSE) : nothing;
    }
    if (any_item(view, "EXECUTING")) {
        return has_come(file, &file->execute_ms, SCENARIO_TASK_EXECUTE) ? now_do(JOB_DELIVER)
                                                                        : later(file->execute_ms);
    }
    if (!any_item(view, "ASKED")) {
        return nothing;
    }
    if (asks_more(file, view)) {
        return now_do(JOB_ASK);
    }
    return has_come(file, &file->decide_ms, SCENARIO_TASK_MLA_DECIDE) ? decided(file, view, JOB_ADMIT)
                                                                      : later(file->decide_ms);
}

static struct choice emergency(struct file *file, const json_t *view)
{
    if (!any_item(view, "ASKED") || asks_them(file, view, "INFO")) {
        return nothing;
    }
    uint64_t now = unit_now(file->unit);
    struct file_item *item = file->item_count == 0 ? NULL : &file->items[0];
    if (item == NULL) {
        return now_do(JOB_DISCLOSE);
    }
    if (!item->asked) { /* somebody calls the provider at once; no order is written first */
        const json_t *asked = json_array_get(json_object_get(json_object_get(view, "request"), "items"), 0);
        const json_t *identifier = json_array_get(json_object_get(asked, "identifiers"), 0);
        struct stream stream = file_stream(file, "custodian", 1);
        file_ask_custodian(file, item, 1, text_of(asked, "custodian"), text_of(identifier, "value"), &stream);
    }
    if (item->answer.at_ms > now) {
        return later(item->answer.at_ms);
    }
    return now_do(item->answer.found ? JOB_DISCLOSE : JOB_NOTHING);
}

static struct choice enquiry(const struct file *file, const json_t *view)
{
    const json_t *asked = json_object_get(json_object_get(view, "request"), "enquiry");
    if (!any_item(view, "ASKED") || asks_them(file, view, "INFO")) {
        return nothing;
    }
    return now_do(strcmp(text_of(asked, "topic"), "FREEZE_ALERT") == 0 ? JOB_TELL : JOB_REPLY);
}

static struct choice by_type(struct file *file, const json_t *view)
{
    const char *type = text_of(view, "type");
    if (strcmp(type, "PRESERVE") == 0) {
        return hold(file, view);
    }
    if (strcmp(type, "MLA") == 0) {
        return assistance(file, view);
    }
    if (strcmp(type, "EMERGENCY") == 0) {
        return emergency(file, view);
    }
    if (strcmp(type, "ENQUIRY") == 0) {
        return enquiry(file, view);
    }
    if (strcmp(type, "PING") == 0) {
        return may(view, JOB_RETURN) ? now_do(JOB_RETURN) : nothing;
    }
    return strcmp(type, "SPONTANEOUS") == 0 && may(view, JOB_TAKE) ? now_do(JOB_TAKE) : nothing;
}

static struct choice requested(struct file *file, const json_t *view)
{
    if (file->astray && may(view, JOB_REOPEN)) {
        return now_do(JOB_REOPEN);
    }
    enum job second = on_second_look(file, view);
    if (second != JOB_NONE) {
        return now_do(second);
    }
    bool answers = owed_ms(file, view, "answer") != 0 || owed_ms(file, view, "acknowledge") != 0 ||
                   owed_ms(file, view, "look") != 0;
    if (answers && may(view, JOB_ACK)) {
        return now_do(JOB_ACK);
    }
    if ((is_asked(file, view, "WITHDRAW") || is_asked(file, view, "STOP") ||
         file->decision == SCENARIO_DECISION_RELEASE) &&
        may(view, JOB_RELEASE)) {
        return now_do(JOB_RELEASE);
    }
    struct choice choice = by_type(file, view);
    if (choice.job == JOB_NONE && is_asked(file, view, "STATUS") && may(view, JOB_STATUS)) {
        return now_do(JOB_STATUS);
    }
    return choice;
}

/* --- the requesting side --- */

/* The request for assistance: drafted, translated, signed, and on its way, all by others than the desk. */
static struct choice follow_up(struct file *file, const json_t *view)
{
    uint64_t now = unit_now(file->unit);
    if (file->assist_ms == 0) {
        file->assist_ms = now + file_draw(file, SCENARIO_TASK_MLA_DRAFT, 0) +
                          file_draw(file, SCENARIO_TASK_TRANSLATE, 0) +
                          file_draw(file, SCENARIO_TASK_SIGN, 0) + file_draw(file, SCENARIO_TASK_TRANSMIT, 0);
        file_said(file, SCENARIO_EVENT_NONE, "mla begun", 0, "");
    }
    if (file->assist_ms > now) {
        return later(file->assist_ms);
    }
    unit_assist(file, view);
    return nothing;
}

/* What somebody here decides about a hold that runs: to withdraw, to ask for assistance, to extend. */
static struct choice while_held(struct file *file, const json_t *view)
{
    uint64_t now = unit_now(file->unit), until = held_until(view);
    struct choice choice = nothing;
    if (until == 0) {
        return nothing;
    }
    const json_t *intended =
        json_object_get(json_object_get(json_object_get(view, "request"), "mla"), "intended");
    bool wants =
        (file->fate.assistance && json_is_true(intended)) || file->decision == SCENARIO_DECISION_ASSISTANCE;
    if (file->fate.withdraw && !wants) {
        struct stream stream = file_stream(file, "withdraw", 0);
        file->withdraw_ms = file->withdraw_ms != 0 ? file->withdraw_ms
                            : until <= now         ? now
                                                   : now + stream_below(&stream, until - now);
        choice = file->withdraw_ms <= now && may(view, JOB_WITHDRAW) ? now_do(JOB_WITHDRAW)
                                                                     : later(file->withdraw_ms);
    }
    if (wants && !file->assisted) {
        choice = sooner(choice, follow_up(file, view));
    }
    uint64_t owed = owed_ms(file, view, "extend");
    bool extends = file->decision == SCENARIO_DECISION_EXTEND;
    if (extends && may(view, JOB_EXTEND) && !asks_them(file, view, "EXTEND")) {
        return now_do(JOB_EXTEND);
    }
    if (owed != 0 && wants && !file->assisted && file->fate.extend && !asks_them(file, view, "EXTEND")) {
        struct stream stream = file_stream(file, "lead", file->extended);
        uint64_t lead = stream_between(&stream, LEAD_MIN_DAYS, LEAD_MAX_DAYS) * MS_PER_DAY;
        uint64_t at = owed > lead ? owed - lead : 0;
        bool due = at <= now && may(view, JOB_EXTEND);
        choice = sooner(due ? now_do(JOB_EXTEND) : at > now ? later(at) : nothing, choice);
    }
    return choice;
}

static struct choice requesting(struct file *file, const json_t *view)
{
    static const struct {
        const char *ask;
        enum job job;
    } answers[] = {
        {"INFO", JOB_GIVE},  {"WARN", JOB_DECIDE},     {"CONSULT", JOB_AGREE}, {"COND", JOB_AGREE},
        {"COST", JOB_AGREE}, {"OUTCOME", JOB_OUTCOME}, {"CONTENT", JOB_SEND},
    };
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        if (is_asked(file, view, answers[i].ask) && may(view, answers[i].job)) {
            return now_do(answers[i].job);
        }
    }
    if (owed_ms(file, view, "receipt") != 0 && may(view, JOB_VERIFY)) {
        return now_do(JOB_VERIFY);
    }
    if (file->decision == SCENARIO_DECISION_WITHDRAW && may(view, JOB_WITHDRAW) &&
        !asks_them(file, view, "WITHDRAW")) {
        return now_do(JOB_WITHDRAW);
    }
    return strcmp(text_of(view, "type"), "PRESERVE") == 0 ? while_held(file, view) : nothing;
}

struct choice casework_next(struct file *file, const json_t *view)
{
    if (!file->fate.drawn) {
        draw_fate(file);
    }
    return file->requesting ? requesting(file, view) : requested(file, view);
}
