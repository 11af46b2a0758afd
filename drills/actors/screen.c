/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The screen of a unit: the inbox of its node, kept up to date by what the node says has changed since (INBOX, changed=MARK), so that
 * what an arrival costs does not depend on how many cases are open.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "base/instant.h"
#include "drills/actors/unit.h"

#define QUERY_BYTES   256
#define LEGAL_NEAR_MS (3 * MS_PER_DAY) /* as the inbox has it (docs/api.yaml) */

enum rank { RANK_LOSS, RANK_OWED, RANK_READ, RANK_THEIRS, RANK_REST, RANKS };
static const char *const rank_words[RANKS] = {"LOSS", "OWED", "READ", "THEIRS", "REST"};

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

/* --- a line --- */

static int hash_piece(const char *piece, size_t size, void *context)
{
    uint64_t *hash = context;
    for (size_t i = 0; i < size; i++) {
        *hash = (*hash ^ (uint8_t)piece[i]) * UINT64_C(1099511628211);
    }
    return 0;
}

/* FNV-1a of a line as it is shown, but for where it stands and what moves with the clock alone. */
static uint64_t hash_line(json_t *line)
{
    static const char *const left_out[] = {"overdue", "rank", "at", "legal"};
    uint64_t hash = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < sizeof left_out / sizeof left_out[0]; i++) {
        (void)json_object_del(line, left_out[i]);
    }
    ensure(json_dump_callback(line, hash_piece, &hash, JSON_COMPACT) == 0);
    return hash == 0 ? 1 : hash;
}

static bool has_flag(const json_t *line, const char *flag)
{
    size_t i = 0;
    json_t *word = NULL;
    json_array_foreach(json_object_get(line, "flags"), i, word)
    {
        if (strcmp(json_string_value(word), flag) == 0) {
            return true;
        }
    }
    return false;
}

/* Takes from the line what is not part of its hash. */
static struct shown read_line(json_t *line, bool exercise)
{
    struct shown shown = {.exercise = exercise,
                          .at_ms = ms_of(line, "at"),
                          .legal_ms = ms_of(line, "legal"),
                          .unopened = has_flag(line, "UNOPENED"),
                          .closed = strcmp(text_of(line, "state"), "CLOSED") == 0,
                          .held_open = strcmp(text_of(line, "state"), "HELD_OPEN") == 0};
    while (shown.rank < RANK_REST && strcmp(text_of(line, "rank"), rank_words[shown.rank]) != 0) {
        shown.rank++;
    }
    shown.life = shown.rank == RANK_LOSS && strcmp(text_of(line, "class"), "E") == 0;
    shown.listed = shown.rank <= RANK_READ;
    shown.hash = shown.listed ? hash_line(line) : 0;
    return shown;
}

static enum scenario_class class_of(const json_t *line)
{
    const char *letter = text_of(line, "class");
    return class_of_words(letter[0] == 'E'   ? "EMERGENCY"
                          : letter[0] == 'U' ? "URGENT"
                                             : "ROUTINE",
                          text_of(line, "type"));
}

static struct outside read_outside(const struct unit *unit, const json_t *line)
{
    const char *reference = text_of(line, "reference");
    struct outside outside = {.requesting = strcmp(text_of(line, "side"), "requesting") == 0,
                              .urgency = class_of(line)};
    const char *to = outside.requesting ? text_of(line, "who") : unit->of->address;
    (void)snprintf(outside.to.text, sizeof outside.to.text, "%s", to);
    if (strlen(reference) < sizeof outside.reference) {
        (void)snprintf(outside.reference, sizeof outside.reference, "%s", reference);
    }
    return outside;
}

/* --- the order of the inbox --- */

struct place {
    bool exercise;
    unsigned step;
    uint64_t at_ms;
    const char *id;
    size_t index; /* where the line is in a list */
};

static struct place place_of(const struct shown *shown, const char *id, uint64_t near_ms)
{
    bool near = shown->rank == RANK_OWED && shown->legal_ms != 0 && shown->legal_ms <= near_ms;
    bool second = shown->rank == RANK_LOSS ? !shown->life : shown->rank == RANK_OWED && !near;
    return (struct place){.exercise = shown->exercise,
                          .step = 2 * shown->rank + (second ? 1 : 0),
                          .at_ms = near ? shown->legal_ms : shown->at_ms,
                          .id = id};
}

static int place_order(const void *left, const void *right)
{
    const struct place *a = left, *b = right;
    if (a->exercise != b->exercise) {
        return a->exercise ? 1 : -1;
    }
    if (a->step != b->step) {
        return a->step < b->step ? -1 : 1;
    }
    return a->at_ms != b->at_ms ? (a->at_ms < b->at_ms ? -1 : 1) : strcmp(a->id, b->id);
}

/* --- what changed --- */

static struct changed_line *find_changed(struct screen *screen, const char *id)
{
    size_t i = 0;
    while (i < screen->changed_count && strcmp(screen->changed[i].id, id) != 0) {
        i++;
    }
    return i == screen->changed_count ? NULL : &screen->changed[i];
}

static struct changed_line *add_changed(struct screen *screen, const char *id)
{
    if (screen->changed_count == screen->changed_room) {
        screen->changed_room = screen->changed_room == 0 ? 8 : 2 * screen->changed_room;
        screen->changed = realloc(screen->changed, screen->changed_room * sizeof *screen->changed);
        ensure(screen->changed != NULL);
    }
    struct changed_line *line = &screen->changed[screen->changed_count++];
    *line = (struct changed_line){.shown = {.listed = false}};
    (void)snprintf(line->id, sizeof line->id, "%s", id);
    return line;
}

/*
 * Requests for assistance, and of what others ask here ties and holds that one keeps open: the end of one is on the worklist. What this
 * party ties itself ends at the other one.
 */
static bool may_tie(const json_t *line)
{
    const char *type = text_of(line, "type");
    bool asked_here = strcmp(text_of(line, "side"), "requested") == 0;
    return strcmp(type, "MLA") == 0 ||
           (asked_here && (strcmp(type, "LINK") == 0 || strcmp(text_of(line, "state"), "HELD_OPEN") == 0));
}

/* whole: each line comes once. */
static void take_lines(struct unit *unit, const json_t *inbox, const char *list, bool whole)
{
    struct screen *screen = &unit->screen;
    bool exercise = strcmp(list, "exercises") == 0;
    size_t i = 0;
    json_t *line = NULL;
    json_array_foreach(json_object_get(inbox, list), i, line)
    {
        const char *id = text_of(line, "case");
        struct file *file = unit_file(unit, id);
        struct changed_line *changed = whole ? NULL : find_changed(screen, id);
        screen->ties_changed = screen->ties_changed || may_tie(line);
        const struct shown shown = read_line(line, exercise);
        changed = changed == NULL ? add_changed(screen, id) : changed;
        changed->shown = shown;
        changed->outside = read_outside(unit, line);
        if (file != NULL) {
            file->shown = shown;
            file_forget_view(file);
        }
    }
}

/* All is read anew: what was known of it is nothing any more. */
static void forget(struct unit *unit)
{
    unit->screen.changed_count = 0;
    for (size_t i = 0; i < unit->file_count; i++) {
        unit->files[i]->shown.listed = false;
        file_forget_view(unit->files[i]);
    }
}

/* One answer; false: none came. ret_more: of the page before, then of this one; "": there is none. */
static bool take_page(struct unit *unit, const char *query, char ret_more[QUERY_BYTES])
{
    unsigned status = 0;
    json_t *inbox = unit_ask(unit, VERB_INBOX, "", query, NULL, &status);
    bool whole = json_object_get(inbox, "gone") == NULL, first = ret_more[0] == '\0';
    if (status != 200) {
        json_decref(inbox);
        return false;
    }
    if (first) { /* what changes while pages are turned comes next time */
        (void)snprintf(unit->screen.mark, sizeof unit->screen.mark, "%s", text_of(inbox, "mark"));
    }
    if (first && whole) {
        forget(unit);
    }
    take_lines(unit, inbox, "cases", whole);
    take_lines(unit, inbox, "exercises", whole);
    unit->screen.near_ms = ms_of(inbox, "now") + LEGAL_NEAR_MS;
    (void)snprintf(ret_more, QUERY_BYTES, "%s", text_of(inbox, "more"));
    json_decref(inbox);
    return true;
}

bool screen_refresh(struct unit *unit)
{
    char query[2 * QUERY_BYTES], more[QUERY_BYTES] = "";
    bool good = true;
    (void)snprintf(query, sizeof query, "all=1&changed=%s", unit->screen.mark);
    do {
        good = take_page(unit, query, more);
        (void)snprintf(query, sizeof query, "all=1&after=%s", more);
    } while (good && more[0] != '\0');
    return good;
}

void screen_done(struct screen *screen)
{
    free(screen->changed);
}

void screen_looked_at(struct file *file)
{
    if (screen_refresh(file->unit) && file->shown.listed) {
        file->line = file->shown.hash;
    }
}

size_t screen_first(void *context, const struct desk_task *waiting, size_t count)
{
    struct unit *unit = context;
    struct place best = {.id = NULL};
    size_t first = 0;
    if (!screen_refresh(unit)) {
        return 0;
    }
    for (size_t i = 0; i < count; i++) {
        const struct file *file = waiting[i].owner < unit->file_count ? unit->files[waiting[i].owner] : NULL;
        if (file == NULL || !file->shown.listed) {
            continue;
        }
        const struct place place = place_of(&file->shown, file->id, unit->screen.near_ms);
        if (best.id == NULL || place_order(&place, &best) < 0) {
            best = place;
            first = i;
        }
    }
    return first;
}

/* --- what arrives --- */

static void look_at_line(struct unit *unit, const struct changed_line *line)
{
    struct file *file = unit_file(unit, line->id);
    if (file == NULL) {
        file = unit_add_file(unit, line->id);
        file->shown = line->shown;
    }
    if (file->line != line->shown.hash) {
        file->line = line->shown.hash;
        file_changed(file, line);
    }
}

/* In the order of the inbox; what changes meanwhile is for the next time. */
static void look_at_changed(struct unit *unit)
{
    struct screen *screen = &unit->screen;
    struct changed_line *lines = screen->changed;
    struct place *places = calloc(screen->changed_count + 1, sizeof *places);
    size_t count = 0;
    ensure(places != NULL);
    for (size_t i = 0; i < screen->changed_count; i++) {
        if (lines[i].shown.listed) {
            places[count] = place_of(&lines[i].shown, lines[i].id, screen->near_ms);
            places[count++].index = i;
        }
    }
    qsort(places, count, sizeof *places, place_order);
    screen->changed = NULL;
    screen->changed_count = screen->changed_room = 0;
    for (size_t i = 0; i < count; i++) {
        look_at_line(unit, &lines[places[i].index]);
    }
    free(places);
    free(lines);
}

/* Holds whose request for assistance has ended wait on the worklist. */
static void look_at_worklist(struct unit *unit)
{
    unsigned status = 0;
    size_t i = 0;
    json_t *entry = NULL;
    json_t *list = unit_ask(unit, VERB_WORKLIST, "", "what=ASSISTANCE_ENDED", NULL, &status);
    unit->screen.ties_changed = status != 200;
    json_array_foreach(json_object_get(list, "entries"), i, entry)
    {
        struct file *file = unit_file(unit, text_of(entry, "hold"));
        if (file != NULL && !file->requesting && strcmp(file->ended, text_of(entry, "mla_reference")) != 0) {
            (void)snprintf(file->ended, sizeof file->ended, "%s", text_of(entry, "mla_reference"));
            (void)snprintf(file->ended_why, sizeof file->ended_why, "%s", text_of(entry, "why"));
            file_consider(file);
        }
    }
    json_decref(list);
}

void actors_arrived(struct actors *actors, size_t party)
{
    struct unit *unit = &actors->units[party];
    if (screen_refresh(unit)) {
        look_at_changed(unit);
    }
    if (unit->held_open != 0 && unit->screen.ties_changed) {
        look_at_worklist(unit);
    }
}
