/* SPDX-License-Identifier: Apache-2.0 */
/* Two runs beside each other: B is better or worse than A, number by number. */
#include <stdio.h>
#include <string.h>

#include "base/catalogue.h"
#include "base/ensure.h"
#include "drills/report/report_private.h"

#define NOISE_PERMILLE 10 /* a span that differs by less is the same */

const char *compared_word(enum compared result)
{
    static const char *const words[] = {"same", "better", "worse", "unknown"};
    return (unsigned)result < sizeof words / sizeof words[0] ? words[result] : "";
}

struct comparing {
    json_t *rows;
    size_t counts[COMPARED_UNKNOWN + 1];
};

/* less: what is smaller is better. Numbers that one of them lacks cannot be compared. */
static enum compared result_of(const json_t *a, const json_t *b, bool less, bool span)
{
    if (!json_is_integer(a) || !json_is_integer(b)) {
        return json_is_integer(a) == json_is_integer(b) ? COMPARED_SAME : COMPARED_UNKNOWN;
    }
    json_int_t x = json_integer_value(a), y = json_integer_value(b), apart = x > y ? x - y : y - x;
    json_int_t noise = span && x > 0 ? x / 1000 * NOISE_PERMILLE : 0;
    return apart <= noise ? COMPARED_SAME : (y < x) == less ? COMPARED_BETTER : COMPARED_WORSE;
}

static void compare(struct comparing *c, const char *what, const json_t *key, const json_t *a,
                    const json_t *b, bool less, bool span)
{
    enum compared result = result_of(a, b, less, span);
    json_t *row = json_object();
    if (!json_is_integer(a) && !json_is_integer(b)) {
        json_decref(row);
        return;
    }
    report_put(row, "what", json_string(what));
    report_put(row, "class", key == NULL ? json_null() : json_deep_copy(json_object_get(key, "class")));
    report_put(row, "state", key == NULL ? json_null() : json_deep_copy(json_object_get(key, "state")));
    report_put(row, "unit", json_string(span ? "ms" : "count"));
    report_put(row, "a", json_is_integer(a) ? json_deep_copy(a) : json_null());
    report_put(row, "b", json_is_integer(b) ? json_deep_copy(b) : json_null());
    report_put(row, "result", json_string(compared_word(result)));
    report_add(c->rows, row);
    c->counts[result]++;
}

static bool same(const json_t *a, const json_t *b, const char *key)
{
    const json_t *x = json_object_get(a, key), *y = json_object_get(b, key);
    return x != NULL && y != NULL && json_equal(x, y);
}

/* --- expectations: by what became of them --- */

static json_int_t weight_met(const json_t *report)
{
    size_t at = 0;
    json_t *one = NULL;
    json_int_t sum = 0;
    json_array_foreach(json_object_get(report, "expectations"), at, one)
    {
        const char *result = json_string_value(json_object_get(one, "result"));
        sum += result != NULL && strcmp(result, "met") == 0
                   ? json_integer_value(json_object_get(one, "weight"))
                   : 0;
    }
    return sum;
}

static void compare_counts(struct comparing *c, const json_t *a, const json_t *b)
{
    json_t *x = json_integer(weight_met(a)), *y = json_integer(weight_met(b));
    compare(c, "expectations met (weight)", NULL, x, y, false, false);
    json_decref(x);
    json_decref(y);
    x = json_integer((json_int_t)json_array_size(json_object_get(a, "lapses")));
    y = json_integer((json_int_t)json_array_size(json_object_get(b, "lapses")));
    compare(c, "holds lapsed", NULL, x, y, true, false);
    json_decref(x);
    json_decref(y);
}

/* Each expectation that both have: how early it came. */
static void compare_expectations(struct comparing *c, const json_t *a, const json_t *b)
{
    size_t at = 0, k = 0;
    json_t *one = NULL, *other = NULL;
    json_array_foreach(json_object_get(a, "expectations"), at, one)
    {
        json_array_foreach(json_object_get(b, "expectations"), k, other)
        {
            const char *id = json_string_value(json_object_get(one, "id"));
            if (id != NULL && same(one, other, "id")) {
                char what[200];
                (void)snprintf(what, sizeof what, "%.150s: time to spare", id);
                compare(c, what, NULL, json_object_get(one, "margin"), json_object_get(other, "margin"),
                        false, true);
            }
        }
    }
}

/* --- measures --- */

static const json_t *row_like(const json_t *measure, const json_t *row)
{
    size_t at = 0;
    json_t *one = NULL;
    json_array_foreach(json_object_get(measure, "rows"), at, one)
    {
        if (same(one, row, "class") && same(one, row, "state") && same(one, row, "hours") &&
            same(one, row, "clock")) {
            return one;
        }
    }
    return NULL;
}

static bool is_plain(const json_t *row)
{
    const char *hours = json_string_value(json_object_get(row, "hours"));
    const char *clock = json_string_value(json_object_get(row, "clock"));
    return hours != NULL && clock != NULL && strcmp(hours, "all") == 0 && strcmp(clock, "gross") == 0;
}

/* Where there are too few for a median, the slowest stands for it. */
static void compare_rows(struct comparing *c, const json_t *measure, const json_t *row, const json_t *like)
{
    const char *id = json_string_value(json_object_get(measure, "id"));
    const char *word = json_string_value(json_object_get(measure, "word"));
    const char *kind = json_string_value(json_object_get(measure, "kind"));
    static const char *const keys[] = {"p50", "p90", "worst"};
    char what[200];
    if (id == NULL || word == NULL || kind == NULL) {
        return;
    }
    for (size_t i = 0; strcmp(kind, "span") == 0 && i < sizeof keys / sizeof keys[0]; i++) {
        (void)snprintf(what, sizeof what, "%.20s %.100s %s", id, word, keys[i]);
        compare(c, what, row, json_object_get(row, keys[i]), json_object_get(like, keys[i]), true, true);
    }
    if (strcmp(kind, "count") != 0) {
        (void)snprintf(what, sizeof what, "%.20s %.100s %s", id, word,
                       strcmp(kind, "span") == 0 ? "on time" : "so");
        compare(c, what, row, json_object_get(row, "on_time"), json_object_get(like, "on_time"), false,
                false);
        (void)snprintf(what, sizeof what, "%.20s %.100s missed", id, word);
        compare(c, what, row, json_object_get(row, "missed"), json_object_get(like, "missed"), true, false);
    }
}

static void compare_measures(struct comparing *c, const json_t *a, const json_t *b)
{
    size_t at = 0, k = 0, r = 0;
    json_t *one = NULL, *other = NULL, *row = NULL;
    json_array_foreach(json_object_get(a, "measures"), at, one)
    {
        json_array_foreach(json_object_get(b, "measures"), k, other)
        {
            if (!same(one, other, "id") || !same(one, other, "word")) {
                continue;
            }
            json_array_foreach(json_object_get(one, "rows"), r, row)
            {
                const json_t *like = row_like(other, row);
                if (like != NULL && is_plain(row)) {
                    compare_rows(c, one, row, like);
                }
            }
        }
    }
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
    struct comparing c = {.rows = json_array()};
    json_t *json = json_object();
    compare_counts(&c, a, b);
    compare_expectations(&c, a, b);
    compare_measures(&c, a, b);
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
