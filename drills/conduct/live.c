/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/conduct/live.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/daemon/files.h"
#include "base/ensure.h"
#include "base/text.h"
#include "drills/record/read_scenario.h"
#include "keys/sign.h"

#define FORMAT            "comity-drill-live-1"
#define JOURNAL_BYTES_MAX ((size_t)16 * 1024 * 1024)
#define PATH_BYTES_MAX    4096

struct exercise_id live_exercise(const struct scenario *scenario)
{
    const struct bytes parts[] = {bytes_of(scenario->hash, sizeof scenario->hash)};
    struct digest hash = labelled_digest("comity/v1/live", parts, 1);
    struct exercise_id id;
    memcpy(id.bytes, hash.bytes, sizeof id.bytes);
    id.bytes[0] |= 1; /* the id of an exercise is not zero */
    return id;
}

/* --- the folder --- */

static void path_of(const char *folder, const char *name, char ret[PATH_BYTES_MAX])
{
    (void)snprintf(ret, PATH_BYTES_MAX, "%s/%s", folder, name);
}

static const char *text_of(const json_t *json, const char *name)
{
    const char *text = json_string_value(json_object_get(json, name));
    return text == NULL ? "" : text;
}

static uint64_t ms_of(const json_t *json, const char *name)
{
    json_int_t ms = json_integer_value(json_object_get(json, name));
    return ms < 0 ? 0 : (uint64_t)ms;
}

static json_t *read_drill(const char *folder, struct error *error)
{
    char path[PATH_BYTES_MAX];
    path_of(folder, "drill.json", path);
    json_t *drill = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
    if (strcmp(text_of(drill, "format"), FORMAT) != 0) {
        json_decref(drill);
        error_set(error, "%s is no folder of a live exercise", folder);
        return NULL;
    }
    return drill;
}

/* A line that was cut short by the end of its writer is none. */
static json_t *read_journal(const char *folder, struct error *error)
{
    char path[PATH_BYTES_MAX];
    struct bytes text;
    struct arena *arena = arena_new(JOURNAL_BYTES_MAX + PATH_BYTES_MAX);
    json_t *journal = json_array();
    ensure(arena != NULL && journal != NULL);
    path_of(folder, "journal.jsonl", path);
    enum files_outcome outcome = files_read(path, JOURNAL_BYTES_MAX, arena, &text, error);
    for (size_t at = 0; outcome == FILES_OK && at < text.size;) {
        const uint8_t *end = memchr(text.data + at, '\n', text.size - at);
        size_t size = end == NULL ? text.size - at : (size_t)(end - text.data) - at;
        json_t *entry = json_loadb((const char *)text.data + at, size, 0, NULL);
        if (json_is_object(entry)) {
            ensure(json_array_append(journal, entry) == 0);
        }
        json_decref(entry);
        at += size + 1;
    }
    arena_free(arena);
    if (outcome != FILES_OK && outcome != FILES_ABSENT) {
        json_decref(journal);
        return NULL;
    }
    return journal;
}

/* An empty folder is as good as none: who made it was ended before anything was in it. */
static bool folder_new(const char *folder)
{
    return mkdir(folder, 0700) == 0 || (errno == EEXIST && rmdir(folder) == 0 && mkdir(folder, 0700) == 0);
}

bool live_new(const char *folder, json_t *drill, struct error *error)
{
    char path[PATH_BYTES_MAX];
    bool made = folder_new(folder);
    path_of(folder, "drill.json", path);
    ensure(json_object_set_new(drill, "format", json_string(FORMAT)) == 0);
    json_t *known = made ? NULL : read_drill(folder, error);
    bool good = made || known != NULL;
    if (known != NULL && strcmp(text_of(known, "exercise"), text_of(drill, "exercise")) != 0) {
        error_set(error, "%s is of another exercise: %s", folder, text_of(known, "title"));
        good = false;
    } else if (made) {
        char *text = json_dumps(drill, JSON_INDENT(2));
        ensure(text != NULL);
        good = files_write_new(path, bytes_of_text(text), 0600, error);
        (void)(!good && rmdir(folder) == 0);
        free(text);
    }
    json_decref(known);
    json_decref(drill);
    return good;
}

bool live_open(const char *folder, struct live_drill *ret, struct error *error)
{
    *ret = (struct live_drill){.folder = folder, .drill = read_drill(folder, error)};
    ret->journal = ret->drill == NULL ? NULL : read_journal(folder, error);
    if (ret->journal == NULL) {
        live_close(ret);
        return false;
    }
    return true;
}

void live_close(struct live_drill *live)
{
    json_decref(live->drill);
    json_decref(live->journal);
    *live = (struct live_drill){.folder = NULL};
}

const char *live_text(const struct live_drill *live, const char *name)
{
    return text_of(live->drill, name);
}

/* One write of a whole line: what two programs add does not mix. */
static bool append(const char *folder, const json_t *entry, struct error *error)
{
    char path[PATH_BYTES_MAX];
    char *text = json_dumps(entry, JSON_COMPACT);
    ensure(text != NULL);
    size_t size = strlen(text);
    text[size] = '\n'; /* in place of the zero */
    path_of(folder, "journal.jsonl", path);
    int fd = files_append_lines(path, 0600);
    bool good = fd >= 0 && write(fd, text, size + 1) == (ssize_t)size + 1 && fsync(fd) == 0;
    if (!good) {
        error_set(error, "%s: %s", path, strerror(errno));
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    free(text);
    return good;
}

bool live_write(struct live_drill *live, uint64_t at_ms, const char *what, json_t *entry, struct error *error)
{
    ensure(json_object_set_new(entry, "at", json_integer((json_int_t)at_ms)) == 0 &&
           json_object_set_new(entry, "what", json_string(what)) == 0);
    bool good = append(live->folder, entry, error);
    json_decref(entry);
    json_t *journal = good ? read_journal(live->folder, error) : NULL;
    if (journal != NULL) {
        json_decref(live->journal);
        live->journal = journal;
    }
    return journal != NULL;
}

/* --- what the journal says --- */

static bool is(const json_t *entry, const char *what)
{
    return strcmp(text_of(entry, "what"), what) == 0;
}

bool live_is_over(const struct live_drill *live)
{
    size_t i = 0;
    const json_t *entry = NULL;
    json_array_foreach(live->journal, i, entry)
    {
        if (is(entry, LIVE_END)) {
            return true;
        }
    }
    return false;
}

const char *live_stopped(const struct live_drill *live)
{
    size_t i = 0;
    const json_t *entry = NULL;
    const char *why = NULL;
    json_array_foreach(live->journal, i, entry)
    {
        why = is(entry, LIVE_STOP) ? text_of(entry, "why") : is(entry, LIVE_RESUME) ? NULL : why;
    }
    return why;
}

uint64_t live_released_ms(const struct live_drill *live, const char *inject)
{
    size_t i = 0;
    const json_t *entry = NULL;
    json_array_foreach(live->journal, i, entry)
    {
        if (is(entry, LIVE_RELEASED) && strcmp(text_of(entry, "inject"), inject) == 0) {
            return ms_of(entry, "at");
        }
    }
    return 0;
}

bool live_knows_emergency(const struct live_drill *live, const char *case_id)
{
    size_t i = 0, k = 0;
    const json_t *entry = NULL, *known = NULL;
    json_array_foreach(live->journal, i, entry)
    {
        json_array_foreach(json_object_get(entry, "emergencies"), k, known)
        {
            if (json_is_string(known) && strcmp(json_string_value(known), case_id) == 0) {
                return true;
            }
        }
    }
    return false;
}

/* --- injects --- */

bool live_is_own(const struct scenario_inject *inject, const struct scenario_unit *unit)
{
    return inject->from != NULL ? inject->from == unit : inject->to == unit;
}

const char *live_reference(const struct scenario_inject *inject, char ret[LIVE_REFERENCE_MAX])
{
    const struct scenario_unit *unit = inject->from != NULL ? inject->from : inject->to;
    (void)snprintf(ret, LIVE_REFERENCE_MAX, "%.2s-%s", unit == NULL ? "XX" : unit->address, inject->id);
    return ret;
}

uint64_t live_due_ms(const struct live_drill *live, const struct scenario_inject *inject,
                     live_event *event_of, void *context)
{
    if (inject->manual || inject->when.kind != SCENARIO_WHEN_NOTHING) {
        return UINT64_MAX;
    }
    if (inject->after.of == NULL) {
        return inject->at;
    }
    uint64_t at = live_released_ms(live, inject->after.of->id);
    if (inject->after.event != SCENARIO_EVENT_RELEASED) {
        at = event_of(context, inject->after.of, inject->after.event);
    }
    const struct scenario_unit *who = inject->from != NULL ? inject->from : inject->to;
    return at == 0       ? UINT64_MAX
           : who == NULL ? at + inject->after.plus.ms
                         : scenario_span_end(inject->after.plus, who->state, at);
}

/* --- the record --- */

void live_record_begin(struct drill_record *record, const struct scenario *scenario, const char *build,
                       const char *command)
{
    struct exercise_id id = live_exercise(scenario);
    record_read_scenario(record, scenario);
    record->head.way = "live";
    record->head.build = record_text(record, build);
    record->head.command = record_text(record, command);
    record->head.compression = 1;
    record->head.has_exercise = true;
    memcpy(record->head.exercise, id.bytes, sizeof record->head.exercise);
}

static size_t case_of(const struct drill_record *record, const json_t *entry)
{
    uint8_t id[16];
    return hex_read(id, sizeof id, bytes_of_text(text_of(entry, "case"))) ? record_find_case(record, id) : 0;
}

static void record_entry(struct drill_record *record, const json_t *entry, struct record_freeze *freeze)
{
    const uint64_t at_ms = ms_of(entry, "at");
    size_t inject = record_find_inject(record, text_of(entry, "inject"));
    if (is(entry, LIVE_RELEASED) && inject != 0) {
        record_inject_is(record, inject, RECORD_RELEASED, at_ms);
    } else if (is(entry, LIVE_NOTE)) {
        const json_t *corrects = json_object_get(entry, "corrects");
        (void)record_add_note(record, &(struct record_note){.at_ms = ms_of(entry, "noted"),
                                                            .by = text_of(entry, "by"),
                                                            .of_case = case_of(record, entry),
                                                            .text = text_of(entry, "text"),
                                                            .corrects = json_string_value(corrects)});
    } else if (is(entry, LIVE_STOP) && freeze->stop_ms == 0) {
        *freeze = (struct record_freeze){.stop_ms = at_ms, .why = text_of(entry, "why")};
    } else if (is(entry, LIVE_RESUME) && freeze->stop_ms != 0) {
        freeze->resume_ms = at_ms;
        (void)record_add_freeze(record, freeze);
        *freeze = (struct record_freeze){.stop_ms = 0};
    }
}

/* What its first letter says of an inject: another side released it, if this one did not. */
static void follow_request(struct drill_record *record, size_t of_case, size_t inject)
{
    for (size_t i = 0; i < record->letters.count; i++) {
        const struct record_letter *letter = &record->letters.list[i];
        const struct record_inject *of = record_inject(record, inject);
        bool first = letter->of_case == of_case && letter->seq == 1 && letter->side == RECORD_Q;
        if (first && of->released_ms == 0 && letter->sealed_ms != 0) {
            record_inject_is(record, inject, RECORD_RELEASED, letter->sealed_ms);
        }
        if (first && letter->delivered_ms != 0) {
            record_inject_is(record, inject, RECORD_RECEIVED, letter->delivered_ms);
        }
    }
}

void live_record_cases(struct drill_record *record)
{
    for (size_t i = 1; i <= record->cases.count; i++) {
        const struct record_case *of = record_case(record, i);
        const char *dash = of->reference == NULL ? NULL : strchr(of->reference, '-');
        size_t inject = dash == NULL ? 0 : record_find_inject(record, dash + 1);
        if (inject != 0) {
            record_case_is(record, i, inject, 0);
            follow_request(record, i, inject);
        }
    }
}

void live_record_journal(const json_t *journal, struct drill_record *record)
{
    size_t i = 0;
    const json_t *entry = NULL;
    struct record_freeze freeze = {.stop_ms = 0};
    json_array_foreach(journal, i, entry)
    {
        record_entry(record, entry, &freeze);
    }
    if (freeze.stop_ms != 0) {
        (void)record_add_freeze(record, &freeze);
    }
}
