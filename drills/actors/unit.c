/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/actors/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "base/instant.h"
#include "base/text.h"
#include "drills/office/signing.h"

#define STALE_TRIES 4
#define RETRY_MS                                                                                             \
    (10 * MS_PER_MINUTE) /* a node that does not answer, or a letter that it does not take, is tried again */
#define FAILURES_MAX 6
#define OFFICERS_MAX ACTORS_OFFICERS

static void file_wake(void *context, uint64_t argument);

uint64_t unit_now(const struct unit *unit)
{
    return unit->actors->setup.agenda->now_ms;
}

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text == NULL ? "" : text;
}

/* --- drawing --- */

struct stream file_stream(const struct file *file, const char *word, uint64_t n)
{
    char name[320];
    (void)snprintf(name, sizeof name, "%s|%s|%s", file->unit->of->address, file->reference, word);
    return stream_of(file->unit->actors->setup.seed, name, n);
}

uint64_t file_draw(const struct file *file, enum scenario_task task, uint64_t n)
{
    const struct scenario_habits *habits = file->unit->of->habits;
    const struct scenario_quantiles *times = habits == NULL ? NULL : habits->times.of[task].by[file->urgency];
    struct stream stream = file_stream(file, scenario_task_word(task), n);
    return times == NULL ? 0 : scenario_draw(times, stream_next(&stream));
}

bool file_cannot_wait(const struct file *file)
{
    return file->urgency == SCENARIO_EMERGENCY || file->urgency == SCENARIO_URGENT || file->called;
}

void file_ask_custodian(struct file *file, struct file_item *item, uint32_t number, const char *provider,
                        const char *identifier, struct stream *stream)
{
    const struct actors_setup *setup = &file->unit->actors->setup;
    const uint64_t now = unit_now(file->unit);
    item->asked = file->asked_any = true;
    if (setup->custodian == NULL ||
        !setup->custodian(setup->context, provider, identifier, now, stream, &item->answer)) {
        item->answer =
            custodian_ask(setup->scenario, file->unit->of->state, provider, identifier, now, stream);
    }
    file_said(file, SCENARIO_EVENT_NONE, "custodian asked", number, provider);
}

/* --- telling --- */

void file_said(const struct file *file, enum scenario_event event, const char *what, uint32_t item,
               const char *detail)
{
    const struct actors_setup *setup = &file->unit->actors->setup;
    setup->said(setup->context, &(struct actors_said){.at_ms = unit_now(file->unit),
                                                      .party = file->unit->place,
                                                      .case_id = file->id,
                                                      .reference = file->reference,
                                                      .event = event,
                                                      .letter = "",
                                                      .what = what,
                                                      .item = item,
                                                      .detail = detail});
}

void unit_letter_said(const struct unit *unit, const char *case_id, const char *reference, const char *kind,
                      const json_t *body, const char *what)
{
    const struct actors_setup *setup = &unit->actors->setup;
    setup->said(setup->context, &(struct actors_said){.at_ms = unit_now(unit),
                                                      .party = unit->place,
                                                      .case_id = case_id,
                                                      .reference = reference,
                                                      .letter = kind,
                                                      .body = body,
                                                      .what = what,
                                                      .detail = ""});
}

/* --- the node --- */

json_t *unit_ask(struct unit *unit, enum verb verb, const char *target, const char *query, const json_t *body,
                 unsigned *ret_status)
{
    const struct desk_port *port = unit->actors->setup.port;
    return port->ask(port->context, unit->place, verb, target, query, body, ret_status);
}

unsigned unit_command(struct unit *unit, enum verb verb, const char *target, const json_t *body,
                      json_t **ret_answer)
{
    const struct desk_port *port = unit->actors->setup.port;
    struct stream stream = stream_of(unit->actors->setup.seed, unit->of->address, ++unit->commands);
    uint8_t id[16];
    stream_bytes(&stream, id, sizeof id);
    id[0] |= 1; /* a command's id is not zero */
    return port->command(port->context, unit->place, verb, target, body, id, ret_answer);
}

static const char *why_of(const json_t *answer)
{
    const json_t *fault = json_array_get(json_object_get(answer, "faults"), 0);
    return fault != NULL ? text_of(fault, "text") : text_of(answer, "error");
}

void unit_why(char ret[320], unsigned status, const json_t *answer)
{
    const json_t *fault = json_array_get(json_object_get(answer, "faults"), 0);
    (void)snprintf(ret, 320, "%u %s%s%s%s%s", status,
                   status == 0 ? "the node does not answer" : text_of(answer, "code"),
                   fault == NULL ? "" : ": ", fault == NULL ? "" : text_of(fault, "path"),
                   answer == NULL ? "" : ": ", answer == NULL ? "" : why_of(answer));
}

static size_t officers_of(struct unit *unit, const struct signer *ret[OFFICERS_MAX])
{
    const struct actors_setup *setup = &unit->actors->setup;
    return setup->officers(setup->context, unit->place, ret);
}

static unsigned signatures_of(const char *kind)
{
    return strcmp(kind, "refused") == 0 || strcmp(kind, "extensionRefused") == 0 ? 2 : 1;
}

static unsigned write_once(struct unit *unit, const char *where, const char *name, const json_t *letter,
                           unsigned signatures, char ret_case[ACTORS_CASE_TEXT], json_t **ret_answer)
{
    const struct signer *officers[OFFICERS_MAX];
    struct public_key keys[OFFICERS_MAX];
    size_t count = officers_of(unit, officers);
    count = count < signatures ? count : signatures;
    for (size_t i = 0; i < count; i++) {
        keys[i] = officers[i]->key;
    }
    unsigned status = 0;
    json_t *body = signing_prepare(where, name, letter, keys, count);
    json_t *prepared = unit_ask(unit, VERB_PREPARE, "", "", body, &status);
    json_decref(body);
    if (status != 200) {
        *ret_answer = prepared;
        return status;
    }
    arena_reset(unit->actors->scratch);
    body = signing_submit(unit->actors->scratch, prepared, officers, count, true);
    status = unit_command(unit, VERB_SUBMIT, "", body, ret_answer);
    if (status == 200 && ret_case != NULL) {
        (void)snprintf(ret_case, ACTORS_CASE_TEXT, "%s", text_of(prepared, "case"));
    }
    json_decref(body);
    json_decref(prepared);
    return status;
}

unsigned unit_write(struct unit *unit, const char *where, const char *name, const json_t *letter,
                    char ret_case[ACTORS_CASE_TEXT], char ret_why[320])
{
    unsigned status = 0, tries = 0;
    json_t *answer = NULL;
    unsigned signatures = signatures_of(json_object_iter_key(json_object_iter((json_t *)(uintptr_t)letter)));
    do {
        json_decref(answer);
        answer = NULL;
        status = write_once(unit, where, name, letter, signatures, ret_case, &answer);
        if (status == 422 && strcmp(text_of(answer, "code"), "SIGNERS") == 0) {
            signatures++; /* this State asks for more than the treaty does */
        }
    } while (++tries < STALE_TRIES &&
             (status == 409 || (status == 422 && strcmp(text_of(answer, "code"), "SIGNERS") == 0)));
    if (status != 200) {
        unit_why(ret_why, status, answer);
    }
    json_decref(answer);
    return status;
}

/* --- files --- */

/* Where a case stands in the table, or would: ids are random, so that their beginning spreads them. */
static size_t slot_of(const struct unit *unit, const char *case_id)
{
    char beginning[9];
    (void)snprintf(beginning, sizeof beginning, "%s", case_id);
    size_t slot = strtoul(beginning, NULL, 16) & (unit->slot_count - 1);
    while (unit->slots[slot] != NULL && strcmp(unit->slots[slot]->id, case_id) != 0) {
        slot = (slot + 1) & (unit->slot_count - 1);
    }
    return slot;
}

struct file *unit_file(struct unit *unit, const char *case_id)
{
    return unit->slot_count == 0 ? NULL : unit->slots[slot_of(unit, case_id)];
}

/* Half of the table stays empty. */
static void put_in_slot(struct unit *unit, struct file *file)
{
    if (unit->file_count * 2 > unit->slot_count) {
        unit->slot_count = unit->slot_count == 0 ? 32 : 2 * unit->slot_count;
        free(unit->slots);
        unit->slots = calloc(unit->slot_count, sizeof(struct file *));
        ensure(unit->slots != NULL);
        for (size_t i = 0; i < unit->file_count; i++) {
            unit->slots[slot_of(unit, unit->files[i]->id)] = unit->files[i];
        }
    }
    unit->slots[slot_of(unit, file->id)] = file;
}

struct file *unit_add_file(struct unit *unit, const char *case_id)
{
    if (unit->file_count == unit->file_room) {
        unit->file_room = unit->file_room == 0 ? 16 : 2 * unit->file_room;
        unit->files = realloc(unit->files, unit->file_room * sizeof(struct file *));
        ensure(unit->files != NULL);
    }
    struct file *file = calloc(1, sizeof *file);
    ensure(file != NULL);
    file->unit = unit;
    file->index = unit->file_count;
    file->urgency = SCENARIO_ROUTINE;
    (void)snprintf(file->id, sizeof file->id, "%s", case_id);
    unit->files[unit->file_count++] = file;
    put_in_slot(unit, file);
    return file;
}

struct writer file_writer(const struct file *file)
{
    return (struct writer){
        .unit = file->unit->of, .now_ms = unit_now(file->unit), .reference = file->reference};
}

enum scenario_class class_of_words(const char *urgency, const char *type)
{
    return strcmp(urgency, "EMERGENCY") == 0 || strcmp(type, "EMERGENCY") == 0 ? SCENARIO_EMERGENCY
           : strcmp(urgency, "URGENT") == 0                                    ? SCENARIO_URGENT
                                                                               : SCENARIO_ROUTINE;
}

static void stands(struct file *file, bool closed, bool held_open)
{
    bool open = !file->requesting && held_open;
    file->unit->held_open += open && !file->open ? 1 : 0;
    file->unit->held_open -= !open && file->open ? 1 : 0;
    file->open = open;
    file->closed = closed;
}

static void is_called(struct file *file, const char *reference)
{
    if (file->reference == NULL) {
        file->reference = strdup(reference);
        ensure(file->reference != NULL);
    }
}

static void is_seen(struct file *file)
{
    if (!file->seen && !file->requesting) {
        file_said(file, SCENARIO_EVENT_DELIVERED, "delivered", 0, "");
    }
    file->seen = true;
}

void file_get_to_know(struct file *file, const struct outside *outside)
{
    is_called(file, outside->reference);
    file->to = outside->to;
    file->requesting = outside->requesting;
    file->urgency = outside->urgency;
    is_seen(file);
}

/* What the view says that does not change, and items that are new. */
static void learn(struct file *file, const json_t *view)
{
    is_called(file, text_of(view, "reference"));
    (void)snprintf(file->to.text, sizeof file->to.text, "%s", text_of(view, "to"));
    file->requesting = strcmp(text_of(view, "side"), "requesting") == 0;
    file->urgency = class_of_words(text_of(view, "urgency"), text_of(view, "type"));
    stands(file, strcmp(text_of(view, "state"), "CLOSED") == 0,
           strcmp(text_of(view, "state"), "HELD_OPEN") == 0);
    size_t count = json_array_size(json_object_get(json_object_get(view, "request"), "items"));
    if (!file->requesting && count > file->item_count) {
        file->items = realloc(file->items, count * sizeof *file->items);
        ensure(file->items != NULL);
        memset(&file->items[file->item_count], 0, (count - file->item_count) * sizeof *file->items);
        file->item_count = count;
    }
    is_seen(file);
}

static json_t *view_with(struct file *file, const char *letters)
{
    const struct signer *officers[OFFICERS_MAX];
    char query[128], key[2 * sizeof officers[0]->key.bytes + 1];
    unsigned status = 0;
    if (officers_of(file->unit, officers) == 0) {
        return NULL;
    }
    (void)hex_write(key, bytes_of(officers[0]->key.bytes, sizeof officers[0]->key.bytes));
    (void)snprintf(query, sizeof query, "signer=%s%s", key, letters);
    json_t *view = unit_ask(file->unit, VERB_CASE, file->id, query, NULL, &status);
    if (status != 200) {
        json_decref(view);
        return NULL;
    }
    learn(file, view);
    return view;
}

json_t *file_view(struct file *file)
{
    return view_with(file, "&letters=none");
}

json_t *file_view_letters(struct file *file)
{
    return view_with(file, "");
}

void file_forget_view(struct file *file)
{
    json_decref(file->view);
    file->view = NULL;
}

/* --- reading --- */

void file_read_at(struct file *file, uint64_t at_ms)
{
    if ((file->read_ms == 0) != (at_ms == 0)) {
        desk_unread(file->unit->desk, at_ms != 0);
    }
    file->read_ms = at_ms;
}

/* When somebody gets to what lies unread; at the requested side that may be never. */
static void plan_reading(struct file *file)
{
    struct unit *unit = file->unit;
    bool first = !file->requesting && !file->fate.drawn;
    uint64_t takes = file_draw(file, SCENARIO_TASK_LOOK, file->jobs);
    uint64_t at_ms = desk_staffed_after(unit->of, unit_now(unit), takes, file_cannot_wait(file));
    if (first) {
        struct stream stream = file_stream(file, "never", 0);
        const struct scenario_habits *habits = unit->of->habits;
        bool never = habits != NULL && scenario_happens(habits->chances.never, stream_next(&stream));
        at_ms = never && !file->called ? UINT64_MAX : at_ms;
    }
    file_read_at(file, at_ms);
}

static void open_letters(struct file *file, const json_t *view)
{
    const struct signer *officers[OFFICERS_MAX];
    json_t *answer = NULL;
    if (officers_of(file->unit, officers) == 0) {
        return;
    }
    arena_reset(file->unit->actors->scratch);
    json_t *body = json_pack(
        "{s:o}", "opened",
        signing_receipts(file->unit->actors->scratch, officers[0], json_object_get(view, "unopened")));
    ensure(body != NULL);
    unsigned status = unit_command(file->unit, VERB_OPEN, file->id, body, &answer);
    json_decref(body);
    json_decref(answer);
    if (status == 200) {
        file_said(file, file->requesting ? SCENARIO_EVENT_NONE : SCENARIO_EVENT_OPENED, "opened", 0, "");
    }
}

/* False: there is something that nobody has read yet. */
static bool is_read(struct file *file, const json_t *view)
{
    if (json_array_size(json_object_get(view, "unopened")) == 0) {
        file_read_at(file, 0);
        return true;
    }
    if (file->read_ms == 0) {
        plan_reading(file);
    }
    if (file->read_ms > unit_now(file->unit)) {
        return false;
    }
    file_read_at(file, 0);
    open_letters(file, view);
    screen_looked_at(file);
    return true;
}

/* --- working --- */

void file_wake_at(struct file *file, uint64_t at_ms)
{
    if (at_ms != UINT64_MAX && (file->wake_ms == 0 || at_ms < file->wake_ms)) {
        file->wake_ms = at_ms;
        agenda_put(file->unit->actors->setup.agenda, at_ms, file_wake, file->unit, file->index);
    }
}

/* What is written when it is done goes by the case as it is now, unless something comes meanwhile. */
static void put_on_desk(struct file *file, enum job job, json_t *view)
{
    file->job = job;
    file_forget_view(file);
    file->view = job_needs_letters(job) || file->shown.unopened ? NULL : json_incref(view);
    desk_put(file->unit->desk, &(struct desk_task){.owner = file->index,
                                                   .cannot_wait = file_cannot_wait(file),
                                                   .needs_ms = file_draw(file, job_task(job), file->jobs)});
}

/* What who asks writes has its effect when it is there: until then the case shows it as still to be done, and nobody does it again. */
static bool is_on_its_way(const struct file *file, enum job job, const json_t *view)
{
    size_t i = 0;
    json_t *flag = NULL;
    json_array_foreach(json_object_get(view, "flags"), i, flag)
    {
        const char *word = json_string_value(flag);
        if (word != NULL && strcmp(word, "ON_ITS_WAY") == 0) {
            return file->requesting && file->handed_in == job;
        }
    }
    return false;
}

/* What custodians have said by now is known to the drill from then on. */
static void note_custodians(struct file *file)
{
    for (size_t i = 0; i < file->item_count; i++) {
        struct file_item *item = &file->items[i];
        if (item->asked && !item->told && item->answer.at_ms <= unit_now(file->unit)) {
            item->told = true;
            file_said(file, SCENARIO_EVENT_NONE, item->answer.found ? "custodian confirmed" : "nothing found",
                      (uint32_t)i + 1, item->answer.data == NULL ? "" : item->answer.data->label);
        }
    }
}

/* Somebody looks what is next in the case, unless it is being worked at. */
void file_consider(struct file *file)
{
    if (file->job != JOB_NONE) {
        return;
    }
    json_t *view = file_view(file);
    if (view == NULL) {
        file_wake_at(file, unit_now(file->unit) + RETRY_MS);
        return;
    }
    note_custodians(file);
    if (!is_read(file, view)) {
        file_wake_at(file, file->read_ms);
    } else if (!file->closed || file->astray) {
        struct choice choice = casework_next(file, view);
        if (choice.job != JOB_NONE && is_on_its_way(file, choice.job, view)) {
            file_wake_at(file, unit_now(file->unit) + RETRY_MS);
        } else if (choice.job != JOB_NONE) {
            put_on_desk(file, choice.job, view);
        } else {
            file_wake_at(file, choice.wake_ms);
        }
    }
    json_decref(view);
}

/* Who has not read what came before sees no more than that something more has come. */
static bool waits_unread(struct file *file, const struct changed_line *line)
{
    const struct shown *shown = &line->shown;
    if (!shown->unopened || (!file->seen && line->outside.reference[0] == '\0')) {
        return false;
    }
    if (!file->seen) {
        file_get_to_know(file, &line->outside);
    }
    stands(file, shown->closed, shown->held_open);
    note_custodians(file);
    if (file->read_ms == 0) {
        plan_reading(file);
    }
    return file->read_ms > unit_now(file->unit);
}

void file_changed(struct file *file, const struct changed_line *line)
{
    if (file->job == JOB_NONE && waits_unread(file, line)) {
        file_wake_at(file, file->read_ms);
    } else {
        file_consider(file);
    }
}

static void file_wake(void *context, uint64_t argument)
{
    struct unit *unit = context;
    struct file *file = unit->files[argument];
    if (file->wake_ms <= unit_now(unit)) {
        file->wake_ms = 0;
    }
    file_consider(file);
}

/* It was not taken: tried again later, and in the end told. */
static void failed(struct file *file, enum job job, const char *why)
{
    if (++file->failures <= FAILURES_MAX) {
        file_wake_at(file, unit_now(file->unit) + RETRY_MS * file->failures);
    }
    if (file->failures == 1 || file->failures == FAILURES_MAX) {
        char text[400];
        (void)snprintf(text, sizeof text, "%s: %s", job_word(job), why);
        file_said(file, SCENARIO_EVENT_NONE, "trouble", 0, text);
    }
}

bool file_goes_on(struct file *file)
{
    struct actors *actors = file->unit->actors;
    const uint64_t now = unit_now(file->unit);
    char at[INSTANT_TEXT_MAX];
    file->at_once.count = file->at_once.at_ms == now ? file->at_once.count + 1 : 1;
    file->at_once.at_ms = now;
    if (file->at_once.count <= FILE_AT_ONCE_MAX) {
        return true;
    }
    (void)snprintf(
        actors->stuck, sizeof actors->stuck,
        "case %s: %s did more than %d things in it at %s, the last of them \"%s\", and would not end",
        file->reference == NULL ? file->id : file->reference, file->unit->of->address, FILE_AT_ONCE_MAX,
        instant_write(at, (struct instant){.ms = (int64_t)now}), job_word(file->job));
    return false;
}

/* As it was when the job was put on the desk, where nothing has come since. A new reference; NULL: the node does not show it. */
static json_t *view_to_write_by(struct file *file, enum job job)
{
    bool known = screen_refresh(file->unit) && file->view != NULL;
    json_t *view = known                    ? json_incref(file->view)
                   : job_needs_letters(job) ? file_view_letters(file)
                                            : file_view(file);
    file_forget_view(file);
    return view;
}

/* Somebody has finished what was begun: the letter is signed and handed in, if it is still what is next. */
static void work_done(void *context, uint64_t owner)
{
    struct unit *unit = context;
    if (owner == UNIT_CALL) {
        return;
    }
    if (owner >= UNIT_PAPER) {
        paper_done(unit, (size_t)(owner - UNIT_PAPER));
        return;
    }
    if (owner >= UNIT_ORDER) {
        order_looked_at(unit, (size_t)(owner - UNIT_ORDER));
        return;
    }
    struct file *file = unit->files[owner];
    enum job job = file->job;
    char why[320] = "";
    if (!file_goes_on(file)) {
        return; /* it stays what is being done: nobody looks at the case again */
    }
    file->job = JOB_NONE;
    file->jobs++;
    json_t *view = view_to_write_by(file, job);
    if (view == NULL) {
        file_wake_at(file, unit_now(unit) + RETRY_MS);
        return;
    }
    json_t *letter = NULL;
    if ((!file->closed || file->astray) && !is_on_its_way(file, job, view) &&
        casework_next(file, view).job == job) {
        letter = job_write(file, job, view);
    }
    if (letter != NULL && goes_astray(file, job, letter)) {
        json_decref(letter);
        json_decref(view);
        return;
    }
    if (letter != NULL) {
        unsigned status = unit_write(unit, "case", file->id, letter, NULL, why);
        if (status == 200) {
            file->failures = 0;
            file->handed_in = job;
            unit_letter_said(unit, file->id, file->reference, job_letter(job), letter, job_word(job));
            job_done(file, job, view, letter);
        } else if (job == JOB_REFUSE && status == 422) { /* no law has that ground: it is done */
            file_said(file, SCENARIO_EVENT_NONE, "refusal not allowed", 0, why);
            file->fate.ground = NULL;
            file->decision = SCENARIO_DECISION_NONE;
        } else {
            failed(file, job, why);
            json_decref(letter);
            json_decref(view);
            return;
        }
    }
    json_decref(letter);
    json_decref(view);
    screen_looked_at(file);
    file_consider(file);
}

/* --- the desk --- */

static uint64_t handover_takes(void *context)
{
    struct unit *unit = context;
    const struct scenario_habits *habits = unit->of->habits;
    const struct scenario_quantiles *times =
        habits == NULL ? NULL : habits->times.of[SCENARIO_TASK_HANDOVER].by[SCENARIO_ROUTINE];
    struct stream stream = stream_of(unit->actors->setup.seed, unit->of->address, unit_now(unit));
    return times == NULL ? 0 : scenario_draw(times, stream_next(&stream));
}

struct desk_owner unit_desk_owner(struct unit *unit)
{
    return (struct desk_owner){
        .context = unit, .first = screen_first, .done = work_done, .handover_ms = handover_takes};
}
