/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/report/timeline.h"

#include <stdlib.h>
#include <string.h>

#include "base/instant.h"
#include "base/text.h"
#include "drills/report/report.h"

#define TEXT_BYTES_MAX 400
#define WORD_BYTES_MAX 100
#define STATES_MAX     1000

struct reading_timeline {
    const json_t *report;
    const struct catalogue *words;
    struct arena *arena;
    struct error *error;
    struct timeline timeline;
};

/* Columns of the rows that are read, each by its place; -1: the report has no such column. */
struct columns {
    int of_case, at, party, event, letter, why, item;
};

static const char *tr(const struct reading_timeline *r, const char *text) FORMAT_OF(2);
static const char *tr(const struct reading_timeline *r, const char *text)
{
    return say(r->words, text);
}

static bool wrong(struct reading_timeline *r, const char *where)
{
    error_set(r->error, error_say(r->error, N_("this is no report: %s is not as it should be")), where);
    return false;
}

/* One line of a string, cut at max; "" of anything else. */
static const char *line_of(struct reading_timeline *r, const json_t *json, size_t max)
{
    const char *text =
        json_is_string(json)
            ? text_quiet(r->arena, bytes_of(json_string_value(json), json_string_length(json)), max)
            : "";
    return text == NULL ? "" : text;
}

static const char *member(struct reading_timeline *r, const json_t *object, const char *name, size_t max)
{
    return line_of(r, json_object_get(object, name), max);
}

/* A time that a date can say. False: there is none. */
static bool is_time(const json_t *json, uint64_t *ret_ms)
{
    json_int_t ms = json_is_integer(json) ? json_integer_value(json) : -1;
    if (ms < 0 || ms > INSTANT_MS_MAX) {
        return false;
    }
    *ret_ms = (uint64_t)ms;
    return true;
}

static void add(struct reading_timeline *r, uint64_t at_ms, const char *who, const char *text)
{
    struct timeline *t = &r->timeline;
    t->moments[t->count] =
        (struct moment){.at_ms = at_ms, .who = who, .text = text == NULL ? "" : text, .order = t->count};
    t->count++;
}

/* --- letters and what else happened in cases --- */

static int column(const json_t *rows, const char *name)
{
    const json_t *columns = json_object_get(rows, "columns");
    for (size_t i = 0; i < json_array_size(columns); i++) {
        const char *word = json_string_value(json_array_get(columns, i));
        if (word != NULL && strcmp(word, name) == 0) {
            return (int)i;
        }
    }
    return -1;
}

static const json_t *cell(const json_t *row, int at)
{
    return at < 0 ? NULL : json_array_get(row, (size_t)at);
}

/* A case by its row, as the writer of reports names it, or by its name. */
static const char *case_text(struct reading_timeline *r, const json_t *name, int reference)
{
    const json_t *rows = json_object_get(json_object_get(r->report, "cases"), "rows");
    return json_is_integer(name) && json_integer_value(name) >= 0
               ? line_of(r, cell(json_array_get(rows, (size_t)json_integer_value(name)), reference),
                         WORD_BYTES_MAX)
               : line_of(r, name, WORD_BYTES_MAX);
}

/* Sealing and reading would hide what went from State to State. */
static bool is_told(const char *event)
{
    static const char *const unsaid[] = {"sealed", "opened", "delivered", NULL};
    return !text_is_one_of(event, unsaid);
}

/* HELD_OPEN is a word of machines. */
static const char *plain(struct reading_timeline *r, const char *word)
{
    char *text = arena_format(r->arena, "%s", word);
    for (char *c = text; c != NULL && *c != '\0'; c++) {
        *c = *c == '_' ? ' ' : *c >= 'A' && *c <= 'Z' ? (char)(*c - 'A' + 'a') : *c;
    }
    return text == NULL ? "" : text;
}

static bool read_event(struct reading_timeline *r, const json_t *row, const struct columns *c, int reference)
{
    uint64_t at_ms = 0;
    if (!is_time(cell(row, c->at), &at_ms)) {
        return wrong(r, "events.rows");
    }
    const char *event = line_of(r, cell(row, c->event), WORD_BYTES_MAX);
    if (!is_told(event)) {
        return true;
    }
    const char *letter = line_of(r, cell(row, c->letter), WORD_BYTES_MAX);
    const char *why = line_of(r, cell(row, c->why), WORD_BYTES_MAX);
    const json_t *item = cell(row, c->item);
    const char *of_case = case_text(r, cell(row, c->of_case), reference);
    const char *text = arena_format(r->arena, "%s%s%s", plain(r, letter[0] != '\0' ? letter : event),
                                    why[0] == '\0' ? "" : ", ", plain(r, why));
    if (text != NULL && json_is_integer(item)) {
        text = arena_format(r->arena, tr(r, N_("%s, item %lld")), text, (long long)json_integer_value(item));
    }
    if (text != NULL && of_case[0] != '\0') {
        text = arena_format(r->arena, "%s  %s", text, of_case);
    }
    add(r, at_ms, line_of(r, cell(row, c->party), WORD_BYTES_MAX), text);
    return true;
}

static bool read_events(struct reading_timeline *r)
{
    const json_t *events = json_object_get(r->report, "events"), *rows = json_object_get(events, "rows");
    const struct columns c = {.of_case = column(events, "case"),
                              .at = column(events, "at"),
                              .party = column(events, "party"),
                              .event = column(events, "event"),
                              .letter = column(events, "letter"),
                              .why = column(events, "why"),
                              .item = column(events, "item")};
    int reference = column(json_object_get(r->report, "cases"), "reference");
    if (events != NULL && (!json_is_array(rows) || c.at < 0 || c.event < 0)) {
        return wrong(r, "events");
    }
    for (size_t i = 0; i < json_array_size(rows); i++) {
        if (!read_event(r, json_array_get(rows, i), &c, reference)) {
            return false;
        }
    }
    return true;
}

/* --- injects, faults, notes --- */

static void read_inject(struct reading_timeline *r, const json_t *one)
{
    uint64_t at_ms = 0;
    const char *id = member(r, one, "id", WORD_BYTES_MAX), *text = member(r, one, "text", TEXT_BYTES_MAX);
    if (is_time(json_object_get(one, "released"), &at_ms) ||
        is_time(json_object_get(one, "received"), &at_ms)) {
        add(r, at_ms, member(r, one, "to", WORD_BYTES_MAX),
            text[0] == '\0' ? arena_format(r->arena, tr(r, N_("inject %s")), id)
                            : arena_format(r->arena, tr(r, N_("inject %s: %s")), id, text));
    }
}

static void read_fault(struct reading_timeline *r, const json_t *one)
{
    uint64_t at_ms = 0;
    const char *where = member(r, one, "where", WORD_BYTES_MAX),
               *kind = member(r, one, "kind", WORD_BYTES_MAX);
    if (is_time(json_object_get(one, "from"), &at_ms)) {
        add(r, at_ms, where, arena_format(r->arena, tr(r, N_("fault: %s")), kind));
    }
    if (is_time(json_object_get(one, "until"), &at_ms)) {
        add(r, at_ms, where, arena_format(r->arena, tr(r, N_("fault is over: %s")), kind));
    }
}

static void read_note(struct reading_timeline *r, const json_t *one)
{
    uint64_t at_ms = 0;
    if (is_time(json_object_get(one, "at"), &at_ms)) {
        add(r, at_ms, member(r, one, "by", WORD_BYTES_MAX),
            arena_format(r->arena, tr(r, N_("note: %s")), member(r, one, "text", TEXT_BYTES_MAX)));
    }
}

static const struct {
    const char *key;
    void (*read)(struct reading_timeline *, const json_t *);
} lists[] = {{"injects", read_inject}, {"faults", read_fault}, {"notes", read_note}};

static bool read_lists(struct reading_timeline *r)
{
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        const json_t *list = json_object_get(r->report, lists[i].key);
        if (list != NULL && !json_is_array(list)) {
            return wrong(r, lists[i].key);
        }
        for (size_t k = 0; k < json_array_size(list); k++) {
            lists[i].read(r, json_array_get(list, k));
        }
    }
    return true;
}

/* --- all of it --- */

static bool no_memory(struct reading_timeline *r)
{
    error_set(r->error, "%s", error_say(r->error, N_("there is no memory left")));
    return false;
}

/* A fault has two moments. */
static bool make_room(struct reading_timeline *r)
{
    size_t most = json_array_size(json_object_get(json_object_get(r->report, "events"), "rows"));
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        most += 2 * json_array_size(json_object_get(r->report, lists[i].key));
    }
    if (most > TIMELINE_MOMENTS_MAX) {
        error_set(r->error,
                  error_say(r->error, N_("more than %zu moments; look at a part of it in events.csv")),
                  TIMELINE_MOMENTS_MAX);
        return false;
    }
    r->timeline.moments = arena_zero(r->arena, most + 1, sizeof *r->timeline.moments);
    return r->timeline.moments != NULL || no_memory(r);
}

static bool read_zones(struct reading_timeline *r)
{
    const json_t *states = json_object_get(r->report, "states");
    struct timeline *t = &r->timeline;
    if (states != NULL && (!json_is_array(states) || json_array_size(states) > STATES_MAX)) {
        return wrong(r, "states");
    }
    t->zones = arena_zero(r->arena, json_array_size(states) + 1, sizeof *t->zones);
    for (size_t i = 0; t->zones != NULL && i < json_array_size(states); i++) {
        const json_t *state = json_array_get(states, i);
        t->zones[t->zone_count++] = (struct timeline_zone){.state = member(r, state, "code", WORD_BYTES_MAX),
                                                           .zone = member(r, state, "zone", WORD_BYTES_MAX)};
    }
    return t->zones != NULL || no_memory(r);
}

static int by_time(const void *left, const void *right)
{
    const struct moment *a = left, *b = right;
    if (a->at_ms != b->at_ms) {
        return a->at_ms < b->at_ms ? -1 : 1;
    }
    return (a->order > b->order) - (a->order < b->order);
}

bool timeline_read(const json_t *report, const struct catalogue *words, struct arena *arena,
                   struct timeline *ret, struct error *error)
{
    struct reading_timeline r = {.report = report, .words = words, .arena = arena, .error = error};
    const char *format = json_string_value(json_object_get(report, "format"));
    const json_t *clock = json_object_get(report, "clock");
    const char *of = json_string_value(json_object_get(report, "events_of"));
    if (format == NULL || strcmp(format, REPORT_FORMAT) != 0) {
        error_set(error, error_say(error, N_("this is no report of the format %s")), REPORT_FORMAT);
        return false;
    }
    if (!is_time(json_object_get(clock, "start"), &r.timeline.start_ms) ||
        !is_time(json_object_get(clock, "end"), &r.timeline.end_ms) ||
        r.timeline.end_ms < r.timeline.start_ms) {
        return wrong(&r, "clock");
    }
    r.timeline.title = member(&r, report, "title", TEXT_BYTES_MAX);
    r.timeline.some = of != NULL && strcmp(of, "some") == 0;
    if (!make_room(&r) || !read_zones(&r) || !read_events(&r) || !read_lists(&r)) {
        return false;
    }
    if (arena_exhausted(arena)) {
        return no_memory(&r);
    }
    qsort(r.timeline.moments, r.timeline.count, sizeof *r.timeline.moments, by_time);
    *ret = r.timeline;
    return true;
}

size_t timeline_find(const struct timeline *timeline, uint64_t at_ms)
{
    size_t from = 0, to = timeline->count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (timeline->moments[middle].at_ms < at_ms) {
            from = middle + 1;
        } else {
            to = middle;
        }
    }
    return from;
}
