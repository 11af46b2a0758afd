/* SPDX-License-Identifier: Apache-2.0 */
/* Filling in the templates of letters.def. Their words are described there; those that the case decides are in letters_case.c. */
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "base/instant.h"
#include "base/text.h"
#include "drills/play/letters_private.h"
#include "proto/json.h"

#define HOURS_TEXT_MAX 4096
#define WORDS_MAX      16
#define TEXT_BYTES_MAX 4000
#define WHEN           "$when "

/* A template of a letter in one machine, or (MACHINE_NONE) in all that have none of their own. */
static const struct {
    enum letter_kind kind;
    enum machine machine;
    const char *text;
} templates[] = {
#define TEMPLATE_OF(machine, word, ...) {LETTER_##word, MACHINE_##machine, #__VA_ARGS__},
#define TEMPLATE(word, ...)             {LETTER_##word, MACHINE_NONE, #__VA_ARGS__},
#define PART(name, ...)
#include "drills/play/letters.def"
#undef TEMPLATE_OF
#undef TEMPLATE
#undef PART
};

static const struct {
    const char *name, *text;
} parts[] = {
#define TEMPLATE_OF(machine, word, ...)
#define TEMPLATE(word, ...)
#define PART(name, ...) {#name, #__VA_ARGS__},
#include "drills/play/letters.def"
#undef TEMPLATE_OF
#undef TEMPLATE
#undef PART
};

static json_t *fill(struct filling *, const json_t *template);

void letter_put(json_t *object, const char *name, json_t *value)
{
    ensure(json_object_set_new(object, name, value) == 0);
}

void letter_append(json_t *list, json_t *value)
{
    ensure(json_array_append_new(list, value) == 0);
}

json_t *letter_text(const char *value)
{
    json_t *json = json_string(value);
    ensure(json != NULL);
    return json;
}

json_t *letter_bytes(struct bytes bytes)
{
    char written[128];
    ensure(sodium_base64_ENCODED_LEN(bytes.size, sodium_base64_VARIANT_ORIGINAL) <= sizeof written);
    return letter_text(
        sodium_bin2base64(written, sizeof written, bytes.data, bytes.size, sodium_base64_VARIANT_ORIGINAL));
}

json_t *letter_random(struct filling *f, size_t size)
{
    uint8_t bytes[64];
    ensure(size <= sizeof bytes);
    stream_bytes(f->scene->stream, bytes, size);
    return letter_bytes(bytes_of(bytes, size));
}

/* --- moments --- */

/* As the author's clock on the wall shows it. */
json_t *letter_moment(const struct filling *f, uint64_t ms)
{
    char written[INSTANT_TEXT_MAX];
    const struct zone *zone = f->scene->author->zone;
    int32_t offset_s = zone == NULL ? 0 : zone_offset_s(zone, (wall_ms){.ms = ms});
    return letter_text(
        instant_write(written, (struct instant){.ms = (int64_t)ms, .offset_min = offset_s / 60}));
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
    return letter_text(list[stream_below(f->scene->stream, count)]);
}

static json_t *some_of(struct filling *f, char *words)
{
    char *list[WORDS_MAX];
    size_t count = split(words, list);
    uint64_t certain = stream_below(f->scene->stream, count);
    json_t *json = json_array();
    for (size_t i = 0; i < count; i++) {
        if (i == certain || stream_chance(f->scene->stream, 300)) {
            letter_append(json, letter_text(list[i]));
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

json_t *letter_words(struct filling *f, uint64_t min, uint64_t max)
{
    char written[TEXT_BYTES_MAX + 1], whole[TEXT_BYTES_MAX + 1 + CANARY_TEXT];
    ensure(max >= min + 2 * CANARY_TEXT); /* some words, too */
    words(f->scene->stream, min, max - CANARY_TEXT, written);
    if (written[0] == '\0') {
        return NULL;
    }
    (void)snprintf(whole, sizeof whole, "%s %s", written, canary(f));
    return letter_text(whole);
}

json_t *letter_reference(struct filling *f)
{
    char written[32];
    (void)snprintf(written, sizeof written, "%.2s-%" PRIu64, f->scene->author->address.text,
                   stream_below(f->scene->stream, 1000000));
    return letter_text(written);
}

static json_t *file_name(struct filling *f)
{
    char written[32];
    (void)snprintf(written, sizeof written, "log-%" PRIu64 ".gz", stream_next(f->scene->stream));
    return letter_text(written);
}

static json_t *digits(struct filling *f, uint64_t min, uint64_t max)
{
    char written[24];
    (void)snprintf(written, sizeof written, "%" PRIu64, stream_between(f->scene->stream, min, max));
    return letter_text(written);
}

static json_t *address(struct filling *f)
{
    char written[32];
    (void)snprintf(written, sizeof written, "203.0.113.%" PRIu64, stream_below(f->scene->stream, 256));
    return letter_text(written);
}

/* --- filling in --- */

static json_t *template_read(const char *said)
{
    json_t *template = json_loads(said, JSON_REJECT_DUPLICATES, NULL);
    ensure(template != NULL);
    return template;
}

/* A new reference. */
static json_t *part_named(const char *name)
{
    size_t i = 0;
    while (i < sizeof parts / sizeof parts[0] && strcmp(parts[i].name, name) != 0) {
        i++;
    }
    ensure(i < sizeof parts / sizeof parts[0]);
    return template_read(parts[i].text);
}

static json_t *fill_part(struct filling *f, const char *name)
{
    json_t *template = part_named(name);
    json_t *filled = fill(f, template);
    json_decref(template);
    return filled;
}

static json_t *request_of(struct filling *f);

static json_t *fill_words(struct filling *f, const char *template)
{
    struct stream *stream = f->scene->stream;
    char name[24] = "", rest[HOURS_TEXT_MAX] = "";
    uint64_t min = 0, max = 0;
    bool of_case = false;
    ensure(strlen(template) < sizeof rest);
    (void)sscanf(template, "$%23[a-z_] %4095[^\n]", name, rest);
    json_t *by_case = letter_case_word(f, name, &of_case);
    if (of_case) {
        return by_case;
    }
    bool has_range = sscanf(rest, "%" SCNu64 " %" SCNu64, &min, &max) == 2;
#define WORD(word, value)                                                                                    \
    if (strcmp(name, word) == 0) {                                                                           \
        return value;                                                                                        \
    }
    WORD("one", one_of(f, rest))
    WORD("some", some_of(f, rest))
    WORD("part", fill_part(f, rest))
    WORD("request", request_of(f))
    WORD("maybe", json_boolean(stream_chance(stream, 500)))
    WORD("reference", letter_reference(f))
    WORD("file", file_name(f))
    WORD("hash", letter_random(f, 32))
    WORD("address", address(f))
    WORD("facts", letter_words(f, 40, TEXT_BYTES_MAX))
    ensure(has_range);
    WORD("number", json_integer((json_int_t)stream_between(stream, min, max)))
    WORD("digits", digits(f, min, max))
    WORD("text", letter_words(f, min, max))
    WORD("ago", letter_moment(f, f->scene->sight->now.ms - draw_hours(f, min, max)))
    WORD("ahead", letter_moment(f, f->scene->sight->now.ms + draw_hours(f, min, max)))
    WORD("date", date(f, min, max))
#undef WORD
    ensure(false); /* a word that letters.def does not describe */
    return NULL;
}

static void fill_object(struct filling *f, const json_t *template, json_t *into);

static void fill_member(struct filling *f, const char *name, const json_t *template, json_t *into);

static void fill_perhaps(struct filling *f, const json_t *template, json_t *into)
{
    const char *member = NULL;
    json_t *value = NULL;
    json_object_foreach((json_t *)(uintptr_t) template, member, value)
    {
        if (!f->scene->told && stream_chance(f->scene->stream, 500)) {
            fill_member(f, member, value, into);
        }
    }
}

static void fill_with(struct filling *f, const json_t *names, json_t *into)
{
    for (size_t i = 0; i < json_array_size(names); i++) {
        json_t *template = part_named(json_string_value(json_array_get(names, i)));
        fill_object(f, template, into);
        json_decref(template);
    }
}

static void fill_member(struct filling *f, const char *name, const json_t *template, json_t *into)
{
    if (strcmp(name, "$either") == 0) {
        fill_object(f, json_array_get(template, stream_below(f->scene->stream, json_array_size(template))),
                    into);
        return;
    }
    if (strcmp(name, "$perhaps") == 0) {
        fill_perhaps(f, template, into);
        return;
    }
    if (strcmp(name, "$with") == 0) {
        fill_with(f, template, into);
        return;
    }
    if (strncmp(name, WHEN, strlen(WHEN)) == 0) {
        if (strcmp(name + strlen(WHEN), why_name(f->row->why)) == 0) {
            fill_object(f, template, into);
        }
        return;
    }
    if (into == f->body && json_object_get(f->fields, name) != NULL) {
        return;
    }
    json_t *filled = fill(f, template);
    if (strcmp(name, "items") == 0 && into == f->body && f->row->kind != LETTER_REQUEST) {
        letter_note_items(f, filled);
    }
    if (filled != NULL) {
        letter_put(into, name, filled);
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
        letter_append(list, fill(f, of));
    }
    return list;
}

static json_t *fill_list(struct filling *f, const json_t *template)
{
    json_t *list = json_array();
    for (size_t i = 0; i < json_array_size(template); i++) {
        letter_append(list, fill(f, json_array_get(template, i)));
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
    if (json_is_array(template)) {
        return fill_list(f, template);
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
static json_t *told_value(struct filling *f, const json_t *value)
{
    const char *said = json_string_value(value);
    const char *key = NULL;
    const json_t *part = NULL;
    size_t i = 0;
    if (said != NULL && is_moment(said)) {
        return letter_moment(f, f->scene->sight->now.ms +
                                    (uint64_t)(strtoll(said + 1, NULL, 10) * (int64_t)MS_PER_HOUR));
    }
    if (said != NULL && f->row->kind != LETTER_REQUEST && strcmp(said, "$request") == 0) {
        return request_of(f);
    }
    if (json_is_object(value)) {
        json_t *object = json_object();
        json_object_foreach((json_t *)(uintptr_t)value, key, part)
        {
            letter_put(object, key, told_value(f, part));
        }
        return object;
    }
    if (json_is_array(value)) {
        json_t *list = json_array();
        json_array_foreach(value, i, part)
        {
            letter_append(list, told_value(f, part));
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
            letter_note_items(f, given);
        }
        if (given != NULL) {
            letter_put(into, member, told_value(f, given));
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

/* The template of that letter in that machine. */
static const char *template_of(enum letter_kind kind, enum machine machine)
{
    const char *of_all = NULL;
    for (size_t i = 0; i < sizeof templates / sizeof templates[0]; i++) {
        if (templates[i].kind == kind && templates[i].machine == machine) {
            return templates[i].text;
        }
        of_all =
            templates[i].kind == kind && templates[i].machine == MACHINE_NONE ? templates[i].text : of_all;
    }
    ensure(of_all != NULL);
    return of_all;
}

static json_t *request_of(struct filling *f)
{
    const struct filling inner = {.scene = f->scene, .row = f->row};
    json_t *template = template_read(template_of(LETTER_REQUEST, f->row->machine));
    json_t *request = json_object();
    struct filling filling = inner;
    fill_object(&filling, template, request);
    json_decref(template);
    return request;
}

json_t *letter_draw(enum cell_row index, struct letter_scene *scene, const json_t *fields)
{
    struct filling f = {.scene = scene, .row = row_of_table(index)};
    char member[JSON_NAME_MAX];
    scene->canary[0] = '\0';
    json_t *template = template_read(template_of(f.row->kind, f.row->machine));
    json_t *body = json_object();
    f.body = body;
    f.fields = fields;
    copy_fields(&f, body); /* first: what a letter names decides its dates */
    fill_object(&f, template, body);
    json_decref(template);
    member_name(member, f.row->kind);
    json_t *letter = json_object();
    letter_put(letter, member, body);
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
