/* SPDX-License-Identifier: Apache-2.0 */
/* Filling in the templates of letters.def. Their words are described there. */
#include "drills/play/letters.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "base/instant.h"
#include "base/text.h"
#include "proto/json.h"

#define HOURS_TEXT_MAX 4096
#define WORDS_MAX      16
#define TEXT_BYTES_MAX 4000
#define SHORT_DAYS     30 /* a hold that the rules do not allow */

/* The template of each letter that people write (row_is_played). */
static const char *const templates[LETTER_KINDS + 1] = {
#define TEMPLATE(word, ...) [LETTER_##word] = #__VA_ARGS__,
#include "drills/play/letters.def"
#undef TEMPLATE
};

struct filling {
    struct letter_scene *scene;
    const struct lifecycle_row *row;
    uint64_t promised_ms; /* the latest hold of the items it names */
    const json_t *body;   /* being filled; its members that fields has are not the template's */
    const json_t *fields; /* or NULL */
};

static json_t *fill(struct filling *, const json_t *template);

static void put(json_t *object, const char *name, json_t *value)
{
    ensure(json_object_set_new(object, name, value) == 0);
}

static void append(json_t *list, json_t *value)
{
    ensure(json_array_append_new(list, value) == 0);
}

static json_t *text(const char *value)
{
    json_t *json = json_string(value);
    ensure(json != NULL);
    return json;
}

/* --- moments --- */

/* As the author's clock on the wall shows it. */
static json_t *moment(const struct filling *f, uint64_t ms)
{
    char written[INSTANT_TEXT_MAX];
    const struct zone *zone = f->scene->author->zone;
    int32_t offset_s = zone == NULL ? 0 : zone_offset_s(zone, (wall_ms){.ms = ms});
    return text(instant_write(written, (struct instant){.ms = (int64_t)ms, .offset_min = offset_s / 60}));
}

static uint64_t draw_hours(struct filling *f, uint64_t min, uint64_t max)
{
    return stream_between(f->scene->stream, min * MS_PER_HOUR, max * MS_PER_HOUR);
}

static json_t *date(struct filling *f, uint64_t min_days, uint64_t max_days)
{
    char written[INSTANT_TEXT_MAX];
    uint64_t days = stream_between(f->scene->stream, min_days, max_days);
    instant_write(written, (struct instant){.ms = (int64_t)(f->scene->sight->now.ms + days * MS_PER_DAY)});
    return json_stringn(written, strlen("2026-01-01"));
}

/* Where nothing is promised yet the node may choose; else not before what is promised. Seldom too short. */
static json_t *hold_until(struct filling *f)
{
    struct stream *stream = f->scene->stream;
    uint64_t now = f->scene->sight->now.ms;
    uint64_t least = hold_floor_ms(now, HOLD_DAYS_FLOOR, f->scene->author->zone);
    if (f->promised_ms == 0 && stream_chance(stream, 400)) {
        return NULL;
    }
    if (stream_chance(stream, 40)) {
        f->scene->odd = true;
        return moment(f, now + SHORT_DAYS * MS_PER_DAY);
    }
    uint64_t from = f->promised_ms > least ? f->promised_ms : least;
    return moment(f, from + stream_tailed(stream, 0, 90) * MS_PER_DAY);
}

/* Later than promised; seldom not, and sometimes after the extension was due anyway. */
static json_t *later_end(struct filling *f)
{
    struct stream *stream = f->scene->stream;
    uint64_t now = f->scene->sight->now.ms;
    uint64_t from = f->promised_ms > now ? f->promised_ms : now;
    bool same = stream_chance(stream, 50);
    f->scene->odd |= same;
    return moment(f, from + (same ? 0 : stream_between(stream, 1, 120) * MS_PER_DAY));
}

/* --- words --- */

/* Splits "A|B" in place of a copy; how many. */
static size_t split(char *words, char *ret[WORDS_MAX])
{
    size_t count = 0;
    char *rest = NULL;
    for (char *word = strtok_r(words, "|", &rest); word != NULL; word = strtok_r(NULL, "|", &rest)) {
        ensure(count < WORDS_MAX);
        ret[count++] = word;
    }
    ensure(count != 0);
    return count;
}

static json_t *one_of(struct filling *f, char *words)
{
    char *list[WORDS_MAX];
    size_t count = split(words, list);
    return text(list[stream_below(f->scene->stream, count)]);
}

static json_t *some_of(struct filling *f, char *words)
{
    char *list[WORDS_MAX];
    size_t count = split(words, list);
    uint64_t certain = stream_below(f->scene->stream, count);
    json_t *json = json_array();
    for (size_t i = 0; i < count; i++) {
        if (i == certain || stream_chance(f->scene->stream, 300)) {
            append(json, text(list[i]));
        }
    }
    return json;
}

/* Sentences of at least min and about max bytes, mostly short ones; letters of several scripts. */
static void words(struct stream *stream, uint64_t min, uint64_t max, char ret[TEXT_BYTES_MAX + 1])
{
    static const char *const list[] = {"the",    "account", "server", "отдел",  "données", "hộp thư",
                                       "logged", "session", "証拠",   "wallet", "court",   "seized"};
    uint64_t size = stream_tailed(stream, min, max);
    size_t used = 0;
    ret[0] = '\0';
    ensure(max <= TEXT_BYTES_MAX);
    while (used < size) {
        const char *word = list[stream_below(stream, sizeof list / sizeof list[0])];
        size_t length = strlen(word);
        if (used + length + 1 > TEXT_BYTES_MAX) {
            break;
        }
        memcpy(ret + used, word, length);
        used += length;
        ret[used] = ' ';
        ret[++used] = '\0';
    }
    if (used != 0) {
        ret[used - 1] = '\0';
    }
}

/* Text that must be read by the two ends only. */
static const char *canary(struct filling *f)
{
    uint8_t random[12];
    if (f->scene->canary[0] == '\0') {
        stream_bytes(f->scene->stream, random, sizeof random);
        memcpy(f->scene->canary, "canary-", 7);
        hex_write(f->scene->canary + 7, bytes_of(random, sizeof random));
    }
    return f->scene->canary;
}

static json_t *some_text(struct filling *f, uint64_t min, uint64_t max)
{
    char written[TEXT_BYTES_MAX + 1], whole[TEXT_BYTES_MAX + 1 + CANARY_TEXT];
    ensure(max >= min + 2 * CANARY_TEXT); /* some words, too */
    words(f->scene->stream, min, max - CANARY_TEXT, written);
    if (written[0] == '\0') {
        return NULL;
    }
    (void)snprintf(whole, sizeof whole, "%s %s", written, canary(f));
    return text(whole);
}

static json_t *reference(struct filling *f)
{
    char written[32];
    (void)snprintf(written, sizeof written, "%.2s-%" PRIu64, f->scene->author->address.text,
                   stream_below(f->scene->stream, 1000000));
    return text(written);
}

static json_t *address(struct filling *f)
{
    char written[32];
    (void)snprintf(written, sizeof written, "203.0.113.%" PRIu64, stream_below(f->scene->stream, 256));
    return text(written);
}

/* --- what the case decides --- */

/* Some of those it may name, or none, which means all of them. Seldom one that the request does not have. */
static json_t *items(struct filling *f)
{
    struct letter_scene *scene = f->scene;
    if (scene->item_count == 0 || stream_chance(scene->stream, 300)) {
        return NULL;
    }
    json_t *list = json_array();
    uint64_t certain = stream_below(scene->stream, scene->item_count);
    for (size_t i = 0; i < scene->item_count; i++) {
        if (i == certain || stream_chance(scene->stream, 500)) {
            append(list, json_integer((json_int_t)scene->items[i]));
        }
    }
    if (stream_chance(scene->stream, 10)) {
        scene->odd = true;
        append(list, json_integer((json_int_t)scene->sight->item_count + 1));
    }
    return list;
}

/* A ground that the legal basis has; one in ten is any. */
static json_t *ground(struct filling *f)
{
    struct stream *stream = f->scene->stream;
    size_t count = 0;
    const struct ground_rule *rules = ground_rules(&count);
    const char *basis = json_string_value(json_object_get(
        json_object_get(json_object_get(f->scene->sight->view, "request"), "basis"), "instrument"));
    uint32_t number = BASIS_UN_CYBERCRIME;
    while (basis != NULL && number < BASIS_OTHER && strcmp(basis_name(number), basis) != 0) {
        number++;
    }
    const struct ground_rule *rule = &rules[stream_below(stream, count)];
    bool any = stream_chance(stream, 100);
    f->scene->odd |= any;
    while (!any && (rule->letters[number] & GROUND_LETTER_BIT(REFUSES_HOLD)) == 0) {
        rule = &rules[stream_below(stream, count)];
    }
    f->scene->odd |= (rule->letters[number] & GROUND_IF_OUTSIDE) != 0; /* by the offence */
    return text(ground_name((uint32_t)rule->ground));
}

/* The questions that were put last; NULL: none is known. */
static const json_t *questions(const struct sight *sight)
{
    size_t index = 0;
    json_t *letter = NULL;
    const json_t *last = NULL;
    json_array_foreach(json_object_get(sight->view, "letters"), index, letter)
    {
        const char *effect = json_string_value(json_object_get(letter, "effect"));
        const json_t *asked = json_object_get(json_object_get(letter, "body"), "infoAsked");
        if (asked != NULL && effect != NULL && strcmp(effect, "FOLDED") == 0) {
            last = json_object_get(asked, "questions");
        }
    }
    return last;
}

/* An answer to each question; seldom one is forgotten. */
static json_t *answers(struct filling *f)
{
    size_t count = json_array_size(questions(f->scene->sight));
    json_t *list = json_array();
    for (size_t i = 0; i < count || i == 0; i++) {
        if (i + 1 == count && i != 0 && stream_chance(f->scene->stream, 50)) {
            f->scene->odd = true;
            break;
        }
        json_t *answer = json_object();
        put(answer, "question", json_integer((json_int_t)i + 1));
        put(answer, "text", some_text(f, 3, 600));
        append(list, answer);
    }
    return list;
}

/* --- filling in --- */

static json_t *fill_words(struct filling *f, const char *template)
{
    struct stream *stream = f->scene->stream;
    char name[24] = "", rest[HOURS_TEXT_MAX] = "";
    uint64_t min = 0, max = 0;
    ensure(strlen(template) < sizeof rest);
    (void)sscanf(template, "$%23[a-z_] %4095[^\n]", name, rest);
    bool has_range = sscanf(rest, "%" SCNu64 " %" SCNu64, &min, &max) == 2;
#define WORD(word, value)                                                                                    \
    if (strcmp(name, word) == 0) {                                                                           \
        return value;                                                                                        \
    }
    WORD("one", one_of(f, rest))
    WORD("some", some_of(f, rest))
    WORD("items", items(f))
    WORD("maybe", json_boolean(stream_chance(stream, 500)))
    WORD("reference", reference(f))
    WORD("address", address(f))
    WORD("facts", some_text(f, 40, TEXT_BYTES_MAX))
    WORD("ground", ground(f))
    WORD("answers", answers(f))
    WORD("hold_until", hold_until(f))
    WORD("later_end", later_end(f))
    WORD("phone", text(f->scene->author->phone))
    WORD("zone", text(f->scene->author->zone_name))
    WORD("why", text(why_name(f->row->why)))
    ensure(has_range);
    WORD("number", json_integer((json_int_t)stream_between(stream, min, max)))
    WORD("text", some_text(f, min, max))
    WORD("ago", moment(f, f->scene->sight->now.ms - draw_hours(f, min, max)))
    WORD("ahead", moment(f, f->scene->sight->now.ms + draw_hours(f, min, max)))
    WORD("date", date(f, min, max))
#undef WORD
    ensure(false); /* a word that letters.def does not describe */
    return NULL;
}

/* Remembers what the items that the letter names are promised: later words depend on it. */
static void note_items(struct filling *f, const json_t *list)
{
    for (size_t i = 0; i < f->scene->item_count; i++) {
        uint32_t number = f->scene->items[i];
        bool named = list == NULL;
        for (size_t k = 0; k < json_array_size(list); k++) {
            named |= json_integer_value(json_array_get(list, k)) == (json_int_t)number;
        }
        uint64_t until_ms = f->scene->sight->items[number - 1].until_ms;
        if (named && until_ms > f->promised_ms) {
            f->promised_ms = until_ms;
        }
    }
}

static void fill_object(struct filling *f, const json_t *template, json_t *into);

static void fill_member(struct filling *f, const char *name, const json_t *template, json_t *into)
{
    if (strcmp(name, "$either") == 0) {
        fill_object(f, json_array_get(template, stream_below(f->scene->stream, json_array_size(template))),
                    into);
        return;
    }
    if (strcmp(name, "$perhaps") == 0) {
        const char *member = NULL;
        json_t *value = NULL;
        json_object_foreach((json_t *)(uintptr_t) template, member, value)
        {
            if (stream_chance(f->scene->stream, 500)) {
                fill_member(f, member, value, into);
            }
        }
        return;
    }
    if (into == f->body && json_object_get(f->fields, name) != NULL) {
        return;
    }
    json_t *filled = fill(f, template);
    if (strcmp(name, "items") == 0 && f->row->kind != LETTER_REQUEST) {
        note_items(f, filled);
    }
    if (filled != NULL) {
        put(into, name, filled);
    }
}

static void fill_object(struct filling *f, const json_t *template, json_t *into)
{
    const char *member = NULL;
    json_t *value = NULL;
    json_object_foreach((json_t *)(uintptr_t) template, member, value)
    {
        fill_member(f, member, value, into);
    }
}

static json_t *fill_times(struct filling *f, const json_t *times, const json_t *of)
{
    uint64_t min = (uint64_t)json_integer_value(json_array_get(times, 0));
    uint64_t max = (uint64_t)json_integer_value(json_array_get(times, 1));
    uint64_t count = stream_tailed(f->scene->stream, min, max);
    json_t *list = json_array();
    for (uint64_t i = 0; i < count; i++) {
        append(list, fill(f, of));
    }
    return list;
}

/* The depth is that of a template. NULL: the member is left out. */
static json_t *fill(struct filling *f, const json_t *template)
{
    if (json_is_string(template) && json_string_value(template)[0] == '$') {
        return fill_words(f, json_string_value(template));
    }
    const json_t *times = json_object_get(template, "$times");
    if (times != NULL) {
        return fill_times(f, times, json_object_get(template, "of"));
    }
    if (!json_is_object(template)) {
        return json_is_null(template) ? NULL : json_deep_copy(template);
    }
    json_t *object = json_object();
    fill_object(f, template, object);
    return object;
}

/* "@24", "@-1": so many hours after the author's clock, or before it. */
static bool is_moment(const char *said)
{
    size_t sign = said[0] == '@' && said[1] == '-' ? 2 : 1;
    size_t digits = said[0] == '@' ? strspn(said + sign, "0123456789") : 0;
    return digits >= 1 && digits <= 6 && said[sign + digits] == '\0';
}

/* The depth is that of a plan's line. */
static json_t *told_value(struct letter_scene *scene, const struct filling *f, const json_t *value)
{
    const char *said = json_string_value(value);
    const char *key = NULL;
    const json_t *part = NULL;
    size_t i = 0;
    if (said != NULL && is_moment(said)) {
        return moment(f,
                      scene->sight->now.ms + (uint64_t)(strtoll(said + 1, NULL, 10) * (int64_t)MS_PER_HOUR));
    }
    if (said != NULL && f->row == NULL && strcmp(said, "$request") == 0) {
        json_t *letter = letter_draw(ROW_HOLD_REQUEST_NONE, scene, NULL);
        json_t *request = json_incref(json_object_get(letter, "request"));
        json_decref(letter);
        return request;
    }
    if (json_is_object(value)) {
        json_t *object = json_object();
        json_object_foreach((json_t *)(uintptr_t)value, key, part)
        {
            put(object, key, told_value(scene, f, part));
        }
        return object;
    }
    if (json_is_array(value)) {
        json_t *list = json_array();
        json_array_foreach(value, i, part)
        {
            append(list, told_value(scene, f, part));
        }
        return list;
    }
    return json_deep_copy(value);
}

/* What somebody else wrote (a plan) is taken as it is, but for moments: a "$" in it is a letter like others. */
static void copy_fields(struct filling *f, json_t *into)
{
    const char *member = NULL;
    json_t *value = NULL;
    json_object_foreach((json_t *)(uintptr_t)f->fields, member, value)
    {
        const json_t *given = json_is_null(value) ? NULL : value;
        if (strcmp(member, "items") == 0 && f->row->kind != LETTER_REQUEST) {
            note_items(f, given);
        }
        if (given != NULL) {
            put(into, member, told_value(f->scene, f, given));
        }
    }
}

/* "infoAsked" of LETTER_INFO_ASKED. */
static void member_name(char ret[JSON_NAME_MAX], enum letter_kind kind)
{
    static const char *const members[LETTER_KINDS + 1] = {
#define LETTER_KIND(number, word, member) [LETTER_##word] = #member,
#include "proto/codes.def"
#undef LETTER_KIND
    };
    json_name(ret, members[kind]);
}

json_t *letter_draw(enum cell_row index, struct letter_scene *scene, const json_t *fields)
{
    struct filling f = {.scene = scene, .row = row_of_table(index)};
    char member[JSON_NAME_MAX];
    scene->canary[0] = '\0';
    json_t *template = json_loads(templates[f.row->kind], JSON_REJECT_DUPLICATES, NULL);
    ensure(template != NULL);
    json_t *body = json_object();
    f.body = body;
    f.fields = fields;
    copy_fields(&f, body); /* first: what a letter names decides its dates */
    fill_object(&f, template, body);
    json_decref(template);
    member_name(member, f.row->kind);
    json_t *letter = json_object();
    put(letter, member, body);
    return letter;
}

json_t *letter_told(enum letter_kind kind, struct letter_scene *scene, const json_t *fields)
{
    const struct filling f = {.scene = scene};
    char member[JSON_NAME_MAX];
    json_t *letter = json_object();
    scene->canary[0] = '\0';
    member_name(member, kind);
    put(letter, member, fields == NULL ? json_object() : told_value(scene, &f, fields));
    return letter;
}

static size_t add_names(const json_t *list, size_t count, uint32_t ret[CASE_ITEMS_MAX])
{
    for (size_t i = 0; i < json_array_size(list) && count < CASE_ITEMS_MAX; i++) {
        json_int_t number = json_integer_value(json_array_get(list, i));
        if (number > 0 && number <= CASE_ITEMS_MAX) {
            ret[count++] = (uint32_t)number;
        }
    }
    return count;
}

size_t letter_names(const json_t *letter, uint32_t ret[CASE_ITEMS_MAX])
{
    const json_t *body = json_object_iter_value(json_object_iter((json_t *)(uintptr_t)letter));
    const json_t *questions_put = json_object_get(body, "questions");
    size_t count = add_names(json_object_get(body, "items"), 0, ret);
    for (size_t i = 0; i < json_array_size(questions_put); i++) {
        count = add_names(json_object_get(json_array_get(questions_put, i), "items"), count, ret);
    }
    return count;
}
