/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The report of a drill: report.json (comity-drill-report-1; drills/report/page/src/report.ts has the same keys), events.csv, and one
 * page with the first in it. The same record gives the same bytes, whenever and wherever it is made.
 */
#ifndef COMITY_DRILLS_REPORT_REPORT_H
#define COMITY_DRILLS_REPORT_REPORT_H

#include <jansson.h>

#include "base/catalogue.h"
#include "base/error.h"
#include "drills/measure/measures.h"

#define REPORT_FORMAT "comity-drill-report-1"

struct report_of {
    const struct drill_record *record;
    const struct scenario *scenario; /* may be NULL */
    const struct drill_measures *measures;
    const struct catalogue *words; /* language of the sentences; NULL: the source's */
};

/* Both take the reference; out of memory is the end. */
void report_put(json_t *object, const char *name, json_t *value);
void report_add(json_t *list, json_t *value);

/* A new reference. Heap; out of memory is the end. */
json_t *report_json(const struct report_of *);
/* As it is written: compact, keys in the order of the schema, a line end behind it. To be freed. */
char *report_text(const json_t *report, size_t *ret_size);

/*
 * The page: the template with the report at its mark, "<" in it as \u003c, U+2028 and U+2029 as escapes. False: the template has
 * no mark, or more than one. *ret is to be freed.
 */
MUST_USE bool report_page(struct bytes template, struct bytes report_json, char **ret, size_t *ret_size);

/*
 * Writes report.json, events.csv and, with a template, report.html into a folder that there is, each whole or not at all. False
 * with the reason.
 */
MUST_USE bool report_write(const struct report_of *, const char *directory, struct bytes template,
                           struct error *);

/* The same page with other JSON in it, as STEM.json and STEM.html: a sweep, or two reports compared. */
MUST_USE bool report_write_page(const json_t *, const char *directory, const char *stem,
                                struct bytes template, struct error *);

/* --- what a run comes to in numbers, to be set beside others: report_numbers.c --- */

/*
 * [[key, number, whole], ...], a new reference. A key is "MEASURE|WORD|CLASS|STATE|WHAT", empty where it is of all: whatever WHAT is
 * in number_kinds has its kind. A span has come after `number` ms where whole is 1, and had not come by then where it is 0; of
 * anything else `number` is a part of `whole`.
 */
json_t *report_numbers(const struct report_of *);

enum number_kind {
    NUMBER_SPAN,   /* ms */
    NUMBER_SHARE,  /* of many in a run */
    NUMBER_CHANCE, /* it is so in a run, or it is not */
    NUMBER_MEAN    /* how many in a run */
};
/* False: no key of report_numbers(). */
MUST_USE bool number_kind_of(const char *key, enum number_kind *ret);
#define NUMBER_KEY_BYTES_MAX ((size_t)200)
#define NUMBER_KEY_PARTS     5
/* A part of a key: measure, word, class, State, what. Returns ret. */
const char *number_key_part(const char *key, size_t part, char ret[NUMBER_KEY_BYTES_MAX + 1]);

/* --- two reports beside each other: compare.c --- */

enum compared { COMPARED_SAME, COMPARED_BETTER, COMPARED_WORSE, COMPARED_UNKNOWN };
const char *compared_word(enum compared); /* "better" ... */
#define COMPARE_FORMAT "comity-drill-compare-1"
/*
 * {"format", "same_scenario", "same_transcript", "a": {...}, "b": {...}, "rows": [{"measure", "word", "what", "class", "state", "unit",
 * "a", "a_of", "a_beyond", "b", ..., "few", "result"}], "better", "worse", "same"}: B against A. A number that one of them lacks is null,
 * and its row is unknown. As long as both are, and no longer. NULL: one of them is no report of this format.
 */
json_t *report_compare(const json_t *a, const json_t *b);

#endif
