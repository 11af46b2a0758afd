/* SPDX-License-Identifier: Apache-2.0 */
/* Two runs beside each other: B is better or worse than A, number by number. What belongs together is found by its key, in one look. */
#include <string.h>

#include "base/catalogue.h"
#include "base/ensure.h"
#include "drills/report/report_private.h"
#include "nodes/metrics.h"

#define NOISE_PERMILLE 10 /* a span that differs by less is the same */
#define NUMBER_MAX     (INT64_C(1) << 53)
#define COUNT_MAX      (INT64_C(1) << 31) /* two of them multiplied are a number */

const char *compared_word(enum compared result)
{
    static const char *const words[] = {"same", "better", "worse", "unknown"};
    return (unsigned)result < sizeof words / sizeof words[0] ? words[result] : "";
}

struct comparing {
    struct arena *arena; /* of keys */
    json_t *rows;
    size_t counts[COMPARED_UNKNOWN + 1];
};

/* --- numbers --- */

struct number {
    bool known, beyond;   /* beyond: later than that, nobody knows by how much */
    json_int_t value, of; /* of: how many it is of, or how many it was measured of; 0: of none */
};

/* A file is anybody's: what no report says is no number. */
static bool is_number(const json_t *json, json_int_t max)
{
    return json_is_integer(json) && json_integer_value(json) <= max && json_integer_value(json) >= -max;
}

static json_int_t count_of(const json_t *row, const char *key)
{
    const json_t *json = json_object_get(row, key);
    return is_number(json, COUNT_MAX) && json_integer_value(json) > 0 ? json_integer_value(json) : 0;
}

static struct number number_of(const json_t *json, json_int_t of)
{
    bool known = is_number(json, NUMBER_MAX);
    return (struct number){.known = known, .value = known ? json_integer_value(json) : 0, .of = of};
}

static struct number share_of(json_int_t part, json_int_t whole)
{
    return (struct number){.known = whole != 0 && part <= whole, .value = part, .of = whole};
}

/* A percentile that the curve does not reach lies behind the slowest, and so may the slowest while one is still waited for. */
static struct number span_of(const json_t *row, const char *key)
{
    bool slowest = strcmp(key, "worst") == 0;
    json_int_t n = count_of(row, "n");
    struct number number = number_of(json_object_get(row, key), n);
    number.beyond = slowest && count_of(row, "open") + count_of(row, "missed") != 0;
    if (!number.known && json_is_true(json_object_get(row, "beyond"))) {
        number = number_of(json_object_get(row, "worst"), n);
        number.beyond = true;
    }
    return number;
}

/* --- a row --- */

enum unit { UNIT_MS, UNIT_COUNT, UNIT_SHARE };
static const char *const unit_words[] = {"ms", "count", "share"};

/* What two numbers are of, as in report_numbers(). key: of its class and State; NULL: of all. */
struct compared_of {
    const char *measure, *word, *what;
    const json_t *key;
    enum unit unit;
    bool less; /* is better */
};

/* A span as it is shown: to the second, from an hour on to the minute, from a day on to the hour. */
static json_int_t shown_ms(json_int_t ms)
{
    const json_int_t size = ms < 0 ? -ms : ms;
    const json_int_t unit = size >= 86400000 ? 3600000 : size >= 3600000 ? 60000 : 1000;
    return ms / unit * unit;
}

static bool is_noise(json_int_t x, json_int_t y)
{
    json_int_t apart = x > y ? x - y : y - x, size = x > 0 ? x : -x;
    return apart < 1000 || apart <= size / 1000 * NOISE_PERMILLE || shown_ms(x) == shown_ms(y);
}

static enum compared result_of(const struct compared_of *of, const struct number *a, const struct number *b)
{
    json_int_t x = a->value, y = b->value;
    if (!a->known || !b->known) {
        return COMPARED_UNKNOWN;
    }
    if (of->unit == UNIT_SHARE) {
        x *= b->of;
        y *= a->of;
    }
    if (of->unit == UNIT_MS ? is_noise(x, y) : x == y) {
        return a->beyond == b->beyond ? COMPARED_SAME : COMPARED_UNKNOWN;
    }
    if ((a->beyond && x < y) || (b->beyond && y < x)) {
        return COMPARED_UNKNOWN; /* the lesser one may come to more */
    }
    return (y < x) == of->less ? COMPARED_BETTER : COMPARED_WORSE;
}

static void put_side(json_t *row, const char *name, const char *of, const char *beyond,
                     const struct number *number)
{
    report_put(row, name, number->known ? json_integer(number->value) : json_null());
    report_put(row, of, number->of == 0 ? json_null() : json_integer(number->of));
    report_put(row, beyond, json_boolean(number->beyond));
}

static json_t *copied(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_string(value) ? json_deep_copy(value) : json_null();
}

static void compare(struct comparing *c, const struct compared_of *of, struct number a, struct number b)
{
    if (!a.known && !b.known) {
        return;
    }
    enum compared result = result_of(of, &a, &b);
    json_int_t least = a.of < b.of ? a.of : b.of;
    json_t *row = json_object();
    report_put(row, "measure", json_string(of->measure));
    report_put(row, "word", json_string(of->word));
    report_put(row, "what", json_string(of->what));
    report_put(row, "class", copied(of->key, "class"));
    report_put(row, "state", copied(of->key, "state"));
    report_put(row, "unit", json_string(unit_words[of->unit]));
    put_side(row, "a", "a_of", "a_beyond", &a);
    put_side(row, "b", "b_of", "b_beyond", &b);
    report_put(row, "few", json_boolean(least != 0 && least < FEW));
    report_put(row, "result", json_string(compared_word(result)));
    report_add(c->rows, row);
    c->counts[result]++;
}

/* --- what belongs together --- */

#define KEY_PARTS_MAX 4

/* "M1|acknowledge" by its values of those names, NULL-terminated; what is no text is empty. */
static const char *key_of(struct arena *arena, const json_t *object, const char *const *names)
{
    const char *parts[KEY_PARTS_MAX] = {"", "", "", ""};
    for (size_t i = 0; i < KEY_PARTS_MAX && names[i] != NULL; i++) {
        const char *text = json_string_value(json_object_get(object, names[i]));
        parts[i] = text == NULL ? "" : text;
    }
    const char *key = arena_format(arena, "%s|%s|%s|%s", parts[0], parts[1], parts[2], parts[3]);
    ensure(key != NULL);
    return key;
}

/* The objects of a list by their keys, the first of each: a new reference to an object of borrowed ones. */
static json_t *index_of(struct arena *arena, json_t *list, const char *const *names)
{
    json_t *index = json_object(), *one = NULL;
    size_t at = 0;
    json_array_foreach(list, at, one)
    {
        const char *key = key_of(arena, one, names);
        if (json_object_get(index, key) == NULL) {
            ensure(json_object_set(index, key, one) == 0);
        }
    }
    return index;
}

static bool same(const json_t *a, const json_t *b, const char *key)
{
    const json_t *x = json_object_get(a, key), *y = json_object_get(b, key);
    return x != NULL && y != NULL && json_equal(x, y);
}

/* --- expectations: by what became of them, and how early it came --- */

static bool is_result(const json_t *expectation, const char *result)
{
    const char *text = json_string_value(json_object_get(expectation, "result"));
    return text != NULL && strcmp(text, result) == 0;
}

/* Of those that could be judged. */
static struct number weight_met(const json_t *report)
{
    size_t at = 0;
    json_t *one = NULL;
    json_int_t met = 0, all = 0;
    json_array_foreach(json_object_get(report, "expectations"), at, one)
    {
        json_int_t weight = count_of(one, "weight");
        bool is_met = is_result(one, "met"),
             judged = is_met || is_result(one, "late") || is_result(one, "missed");
        met += is_met && met < COUNT_MAX - weight ? weight : 0;
        all += judged && all < COUNT_MAX - weight ? weight : 0;
    }
    return share_of(met, all);
}

static struct number lapses(const json_t *report)
{
    return (struct number){.known = true,
                           .value = (json_int_t)json_array_size(json_object_get(report, "lapses"))};
}

static void compare_expectations(struct comparing *c, const json_t *a, const json_t *b)
{
    static const char *const names[] = {"id", NULL};
    size_t at = 0;
    json_t *one = NULL, *index = index_of(c->arena, json_object_get(b, "expectations"), names);
    compare(c, &(struct compared_of){.measure = "expect", .word = "", .what = "weight", .unit = UNIT_SHARE},
            weight_met(a), weight_met(b));
    compare(c,
            &(struct compared_of){
                .measure = "M7", .word = "lapse", .what = "count", .unit = UNIT_COUNT, .less = true},
            lapses(a), lapses(b));
    json_array_foreach(json_object_get(a, "expectations"), at, one)
    {
        const json_t *other = json_object_get(index, key_of(c->arena, one, names));
        const char *id = json_string_value(json_object_get(one, "id"));
        if (id != NULL && other != NULL) {
            compare(c,
                    &(struct compared_of){
                        .measure = "expect", .word = id, .what = "time to spare", .unit = UNIT_MS},
                    number_of(json_object_get(one, "margin"), 0),
                    number_of(json_object_get(other, "margin"), 0));
        }
    }
    json_decref(index);
}

/* --- measures --- */

static bool is_plain(const json_t *row)
{
    const char *hours = json_string_value(json_object_get(row, "hours"));
    const char *clock = json_string_value(json_object_get(row, "clock"));
    return hours != NULL && clock != NULL && strcmp(hours, "all") == 0 && strcmp(clock, "gross") == 0;
}

/* Where there are too few for a median, the slowest stands for it. */
static void compare_rows(struct comparing *c, const json_t *measure, const json_t *row, const json_t *like)
{
    static const char *const spans[] = {"p50", "p90", "worst"};
    const char *kind = json_string_value(json_object_get(measure, "kind"));
    struct compared_of of = {.measure = json_string_value(json_object_get(measure, "id")),
                             .word = json_string_value(json_object_get(measure, "word")),
                             .key = row,
                             .unit = UNIT_MS,
                             .less = true};
    if (of.measure == NULL || of.word == NULL || kind == NULL || strcmp(kind, "count") == 0) {
        return;
    }
    bool span = strcmp(kind, "span") == 0;
    for (size_t i = 0; span && i < sizeof spans / sizeof spans[0]; i++) {
        of.what = spans[i];
        compare(c, &of, span_of(row, spans[i]), span_of(like, spans[i]));
    }
    of.what = span ? "on time" : "so";
    of.unit = UNIT_SHARE;
    of.less = false;
    compare(c, &of, share_of(count_of(row, "on_time"), count_of(row, "mature")),
            share_of(count_of(like, "on_time"), count_of(like, "mature")));
}

static void compare_measure(struct comparing *c, const json_t *one, const json_t *other)
{
    static const char *const names[] = {"class", "state", "hours", "clock"};
    size_t at = 0;
    json_t *row = NULL, *index = index_of(c->arena, json_object_get(other, "rows"), names);
    json_array_foreach(json_object_get(one, "rows"), at, row)
    {
        const json_t *like = json_object_get(index, key_of(c->arena, row, names));
        if (like != NULL && is_plain(row)) {
            compare_rows(c, one, row, like);
        }
    }
    json_decref(index);
}

static void compare_measures(struct comparing *c, const json_t *a, const json_t *b)
{
    static const char *const names[] = {"id", "word", NULL};
    size_t at = 0;
    json_t *one = NULL, *index = index_of(c->arena, json_object_get(b, "measures"), names);
    json_array_foreach(json_object_get(a, "measures"), at, one)
    {
        const json_t *other = json_object_get(index, key_of(c->arena, one, names));
        if (other != NULL) {
            compare_measure(c, one, other);
        }
    }
    json_decref(index);
}

/* --- all of it --- */

static json_t *side_json(const json_t *report)
{
    static const char *const keys[] = {"title", "way",   "scenario_hash", "transcript_hash",
                                       "seed",  "build", "command"};
    json_t *json = json_object();
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        const json_t *value = json_object_get(report, keys[i]);
        report_put(json, keys[i], value == NULL ? json_null() : json_deep_copy(value));
    }
    return json;
}

static bool is_report(const json_t *report)
{
    const char *format = json_string_value(json_object_get(report, "format"));
    return format != NULL && strcmp(format, REPORT_FORMAT) == 0;
}

json_t *report_compare(const json_t *a, const json_t *b)
{
    if (!is_report(a) || !is_report(b)) {
        return NULL;
    }
    struct comparing c = {.arena = arena_new(REPORT_WORDS_BYTES), .rows = json_array()};
    json_t *json = json_object();
    ensure(c.arena != NULL);
    compare_expectations(&c, a, b);
    compare_measures(&c, a, b);
    arena_free(c.arena);
    report_put(json, "format", json_string(COMPARE_FORMAT));
    report_put(json, "same_scenario", json_boolean(same(a, b, "scenario_hash")));
    report_put(json, "same_transcript", json_boolean(same(a, b, "transcript_hash")));
    report_put(json, "a", side_json(a));
    report_put(json, "b", side_json(b));
    report_put(json, "rows", c.rows);
    report_put(json, "better", number_json(c.counts[COMPARED_BETTER]));
    report_put(json, "worse", number_json(c.counts[COMPARED_WORSE]));
    report_put(json, "same", number_json(c.counts[COMPARED_SAME]));
    return json;
}
