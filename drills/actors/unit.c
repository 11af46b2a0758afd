/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/actors/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "base/text.h"
#include "drills/office/signing.h"

#define STALE_TRIES 4
#define RETRY_MS                                                                                             \
    (10 * MS_PER_MINUTE) /* a node that does not answer, or a letter that it does not take, is tried again */
#define FAILURES_MAX 6
#define OFFICERS_MAX ACTORS_OFFICERS
#define CALL         (UINT64_MAX - 1) /* the owner of a phone call at a desk */

static void consider(struct file *file);
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

static void letter_said(const struct unit *unit, const char *case_id, const char *reference, const char *kind,
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

static json_t *ask(struct unit *unit, enum verb verb, const char *target, const char *query,
                   const json_t *body, unsigned *ret_status)
{
    const struct desk_port *port = unit->actors->setup.port;
    return port->ask(port->context, unit->place, verb, target, query, body, ret_status);
}

/* A command under an id of its own, from the stream of the unit. */
static unsigned command(struct unit *unit, enum verb verb, const char *target, const json_t *body,
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

static void put_why(char ret[320], unsigned status, const json_t *answer)
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
    json_t *prepared = ask(unit, VERB_PREPARE, "", "", body, &status);
    json_decref(body);
    if (status != 200) {
        *ret_answer = prepared;
        return status;
    }
    arena_reset(unit->actors->scratch);
    body = signing_submit(unit->actors->scratch, prepared, officers, count, true);
    status = command(unit, VERB_SUBMIT, "", body, ret_answer);
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
        put_why(ret_why, status, answer);
    }
    json_decref(answer);
    return status;
}

/* --- files --- */

struct file *unit_file(struct unit *unit, const char *case_id)
{
    for (size_t i = unit->file_count; i != 0; i--) {
        if (strcmp(unit->files[i - 1]->id, case_id) == 0) {
            return unit->files[i - 1];
        }
    }
    return NULL;
}

static struct file *add_file(struct unit *unit, const char *case_id)
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
    return file;
}

struct writer file_writer(const struct file *file)
{
    return (struct writer){
        .unit = file->unit->of, .now_ms = unit_now(file->unit), .reference = file->reference};
}

static enum scenario_class class_of(const json_t *view)
{
    const char *urgency = text_of(view, "urgency");
    return strcmp(urgency, "EMERGENCY") == 0 || strcmp(text_of(view, "type"), "EMERGENCY") == 0
               ? SCENARIO_EMERGENCY
           : strcmp(urgency, "URGENT") == 0 ? SCENARIO_URGENT
                                            : SCENARIO_ROUTINE;
}

/* What the view says that does not change, and items that are new. */
static void learn(struct file *file, const json_t *view)
{
    if (file->reference == NULL) {
        file->reference = strdup(text_of(view, "reference"));
        ensure(file->reference != NULL);
    }
    file->requesting = strcmp(text_of(view, "side"), "requesting") == 0;
    file->urgency = class_of(view);
    file->closed = strcmp(text_of(view, "state"), "CLOSED") == 0;
    file->open = !file->requesting && strcmp(text_of(view, "state"), "HELD_OPEN") == 0;
    size_t count = json_array_size(json_object_get(json_object_get(view, "request"), "items"));
    if (!file->requesting && count > file->item_count) {
        file->items = realloc(file->items, count * sizeof *file->items);
        ensure(file->items != NULL);
        memset(&file->items[file->item_count], 0, (count - file->item_count) * sizeof *file->items);
        file->item_count = count;
    }
    if (!file->seen && !file->requesting) {
        file_said(file, SCENARIO_EVENT_DELIVERED, "delivered", 0, "");
    }
    file->seen = true;
}

static json_t *view_of(struct file *file)
{
    const struct signer *officers[OFFICERS_MAX];
    char query[96] = "signer=";
    unsigned status = 0;
    if (officers_of(file->unit, officers) == 0) {
        return NULL;
    }
    hex_write(query + strlen(query), bytes_of(officers[0]->key.bytes, sizeof officers[0]->key.bytes));
    json_t *view = ask(file->unit, VERB_CASE, file->id, query, NULL, &status);
    if (status != 200) {
        json_decref(view);
        return NULL;
    }
    learn(file, view);
    return view;
}

/* --- reading --- */

/* When somebody gets to what lies unread; at the requested side that may be never. */
static void plan_reading(struct file *file)
{
    struct unit *unit = file->unit;
    bool first = !file->requesting && !file->fate.drawn;
    uint64_t takes = file_draw(file, SCENARIO_TASK_LOOK, file->jobs);
    file->read_ms = desk_staffed_after(unit->of, unit_now(unit), takes, file_cannot_wait(file));
    if (first) {
        struct stream stream = file_stream(file, "never", 0);
        const struct scenario_habits *habits = unit->of->habits;
        bool never = habits != NULL && scenario_happens(habits->chances.never, stream_next(&stream));
        file->read_ms = never && !file->called ? UINT64_MAX : file->read_ms;
    }
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
    unsigned status = command(file->unit, VERB_OPEN, file->id, body, &answer);
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
        file->read_ms = 0;
        return true;
    }
    if (file->read_ms == 0) {
        plan_reading(file);
    }
    if (file->read_ms > unit_now(file->unit)) {
        return false;
    }
    file->read_ms = 0;
    open_letters(file, view);
    return true;
}

/* --- working --- */

static void plan_wake(struct file *file, uint64_t at_ms)
{
    if (at_ms != UINT64_MAX && (file->wake_ms == 0 || at_ms < file->wake_ms)) {
        file->wake_ms = at_ms;
        agenda_put(file->unit->actors->setup.agenda, at_ms, file_wake, file->unit, file->index);
    }
}

static void put_on_desk(struct file *file, enum job job)
{
    file->job = job;
    desk_put(file->unit->desk, &(struct desk_task){.owner = file->index,
                                                   .cannot_wait = file_cannot_wait(file),
                                                   .needs_ms = file_draw(file, job_task(job), file->jobs)});
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
static void consider(struct file *file)
{
    if (file->job != JOB_NONE) {
        return;
    }
    json_t *view = view_of(file);
    if (view == NULL) {
        plan_wake(file, unit_now(file->unit) + RETRY_MS);
        return;
    }
    note_custodians(file);
    if (!is_read(file, view)) {
        plan_wake(file, file->read_ms);
    } else if (!file->closed) {
        struct choice choice = casework_next(file, view);
        if (choice.job != JOB_NONE) {
            put_on_desk(file, choice.job);
        } else {
            plan_wake(file, choice.wake_ms);
        }
    }
    json_decref(view);
}

static void file_wake(void *context, uint64_t argument)
{
    struct unit *unit = context;
    struct file *file = unit->files[argument];
    if (file->wake_ms <= unit_now(unit)) {
        file->wake_ms = 0;
    }
    consider(file);
}

/* It was not taken: tried again later, and in the end told. */
static void failed(struct file *file, enum job job, const char *why)
{
    if (++file->failures <= FAILURES_MAX) {
        plan_wake(file, unit_now(file->unit) + RETRY_MS * file->failures);
    }
    if (file->failures == 1 || file->failures == FAILURES_MAX) {
        char text[400];
        (void)snprintf(text, sizeof text, "%s: %s", job_word(job), why);
        file_said(file, SCENARIO_EVENT_NONE, "trouble", 0, text);
    }
}

/* Somebody has finished what was begun: the letter is signed and handed in, if it is still what is next. */
static void work_done(void *context, uint64_t owner)
{
    struct unit *unit = context;
    if (owner == CALL) {
        return;
    }
    struct file *file = unit->files[owner];
    enum job job = file->job;
    char why[320] = "";
    file->job = JOB_NONE;
    file->jobs++;
    json_t *view = view_of(file);
    if (view == NULL) {
        plan_wake(file, unit_now(unit) + RETRY_MS);
        return;
    }
    json_t *letter = NULL;
    if (!file->closed && casework_next(file, view).job == job) {
        letter = job_write(file, job, view);
    }
    if (letter != NULL) {
        unsigned status = unit_write(unit, "case", file->id, letter, NULL, why);
        if (status == 200) {
            file->failures = 0;
            letter_said(unit, file->id, file->reference, job_letter(job), letter, job_word(job));
            job_done(file, job, view, letter);
        } else {
            failed(file, job, why);
            json_decref(letter);
            json_decref(view);
            return;
        }
    }
    json_decref(letter);
    json_decref(view);
    consider(file);
}

/* --- the desk --- */

/* The place of a case in the inbox; count: it is not in it. */
static size_t place_of(const json_t *inbox, const char *id)
{
    static const char *const lists[] = {"cases", "exercises"};
    size_t place = 0;
    for (size_t k = 0; k < sizeof lists / sizeof lists[0]; k++) {
        size_t i = 0;
        json_t *line = NULL;
        json_array_foreach(json_object_get(inbox, lists[k]), i, line)
        {
            if (strcmp(text_of(line, "case"), id) == 0) {
                return place;
            }
            place++;
        }
    }
    return SIZE_MAX;
}

static size_t first_of(void *context, const struct desk_task *waiting, size_t count)
{
    struct unit *unit = context;
    unsigned status = 0;
    json_t *inbox = ask(unit, VERB_INBOX, "", "", NULL, &status);
    size_t first = 0, best = SIZE_MAX;
    for (size_t i = 0; i < count && status == 200; i++) {
        size_t place = waiting[i].owner < unit->file_count
                           ? place_of(inbox, unit->files[waiting[i].owner]->id)
                           : SIZE_MAX;
        if (place < best) {
            best = place;
            first = i;
        }
    }
    json_decref(inbox);
    return first;
}

static uint64_t handover_takes(void *context)
{
    struct unit *unit = context;
    const struct scenario_habits *habits = unit->of->habits;
    const struct scenario_quantiles *times =
        habits == NULL ? NULL : habits->times.of[SCENARIO_TASK_HANDOVER].by[SCENARIO_ROUTINE];
    struct stream stream = stream_of(unit->actors->setup.seed, unit->of->address, unit_now(unit));
    return times == NULL ? 0 : scenario_draw(times, stream_next(&stream));
}

/* FNV-1a of a line as it is shown, but for what moves with the clock alone. */
static uint64_t hash_line(json_t *line)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    (void)json_object_del(line, "overdue");
    char *text = json_dumps(line, JSON_COMPACT | JSON_SORT_KEYS);
    ensure(text != NULL);
    for (const char *c = text; *c != '\0'; c++) {
        hash = (hash ^ (uint8_t)*c) * UINT64_C(1099511628211);
    }
    free(text);
    return hash == 0 ? 1 : hash;
}

static void look_at_lines(struct unit *unit, json_t *lines)
{
    size_t i = 0;
    json_t *line = NULL;
    json_array_foreach(lines, i, line)
    {
        uint64_t hash = hash_line(line);
        struct file *file = unit_file(unit, text_of(line, "case"));
        file = file == NULL ? add_file(unit, text_of(line, "case")) : file;
        if (file->line != hash) {
            file->line = hash;
            consider(file);
        }
    }
}

/* Holds whose request for assistance has ended wait on the worklist. */
static void look_at_worklist(struct unit *unit)
{
    unsigned status = 0;
    size_t i = 0;
    json_t *entry = NULL;
    json_t *list = ask(unit, VERB_WORKLIST, "", "", NULL, &status);
    json_array_foreach(json_object_get(list, "entries"), i, entry)
    {
        struct file *file = unit_file(unit, text_of(entry, "hold"));
        if (file != NULL && !file->requesting && strcmp(text_of(entry, "what"), "ASSISTANCE_ENDED") == 0 &&
            strcmp(file->ended, text_of(entry, "mla_reference")) != 0) {
            (void)snprintf(file->ended, sizeof file->ended, "%s", text_of(entry, "mla_reference"));
            (void)snprintf(file->ended_why, sizeof file->ended_why, "%s", text_of(entry, "why"));
            consider(file);
        }
    }
    json_decref(list);
}

static bool keeps_open(const struct unit *unit)
{
    for (size_t i = 0; i < unit->file_count; i++) {
        if (unit->files[i]->open && !unit->files[i]->closed) {
            return true;
        }
    }
    return false;
}

void actors_arrived(struct actors *actors, size_t party)
{
    struct unit *unit = &actors->units[party];
    unsigned status = 0;
    json_t *inbox = ask(unit, VERB_INBOX, "", "", NULL, &status);
    if (status == 200) {
        look_at_lines(unit, json_object_get(inbox, "cases"));
        look_at_lines(unit, json_object_get(inbox, "exercises"));
    }
    json_decref(inbox);
    if (keeps_open(unit)) {
        look_at_worklist(unit);
    }
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
    json_t *letter = write_assistance(&writer, view);
    unsigned status = unit_write(from, "to", to->of->address, letter, case_id, why);
    if (status == 200) {
        struct file *begun = add_file(from, case_id);
        file_said(file, SCENARIO_EVENT_ASSISTANCE_SENT, "mla sent", 0, reference);
        letter_said(from, case_id, reference, "REQUEST", letter, "assistance");
        consider(begun);
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
        struct file *file = add_file(unit, ret_case);
        letter_said(unit, ret_case, reference, "REQUEST", letter, "request");
        consider(file);
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
        struct file *file = add_file(unit, ret_case);
        file->reference = strdup(reference);
        ensure(file->reference != NULL);
        file->called = file->seen = true;
        letter_said(unit, ret_case, reference, "ORAL_NOTED", letter, "call noted");
        consider(file);
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
        letter_said(unit, case_id, reference, "REQUEST", letter, "written request");
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

unsigned actors_letter(struct actors *actors, size_t party, const char *case_id, const char *name,
                       const json_t *body, char ret_why[320])
{
    struct unit *unit = &actors->units[party];
    char member[64], kind[64];
    names_of(name, member, kind, sizeof member);
    json_t *letter = json_object();
    ensure(json_object_set_new(letter, member, body == NULL ? json_object() : json_deep_copy(body)) == 0);
    unsigned status = unit_write(unit, "case", case_id, letter, NULL, ret_why);
    struct file *file = unit_file(unit, case_id);
    if (status == 200) {
        letter_said(unit, case_id, file == NULL ? "" : file->reference, kind, letter, "letter");
        if (file != NULL) {
            consider(file);
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
    consider(file);
    return true;
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
    if (!desk_call(unit->desk, &(struct desk_task){.owner = CALL, .needs_ms = takes})) {
        return false;
    }
    struct file *file = case_id[0] == '\0' ? NULL : unit_file(unit, case_id);
    if (file != NULL && !file->called) {
        file->called = true;
        file->read_ms = file->read_ms == 0 ? 0 : unit_now(unit); /* they look while they are on the phone */
        consider(file);
    }
    return true;
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
    actors->scratch = arena_new((size_t)64 * 1024 * 1024);
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
            const struct desk_owner owner = {
                .context = unit, .first = first_of, .done = work_done, .handover_ms = handover_takes};
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
            free(unit->files[k]);
        }
        free(unit->files);
        desk_free(unit->desk);
    }
    free(actors->units);
    arena_free(actors->scratch);
    free(actors);
}
