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

/* --- two reports beside each other: compare.c --- */

enum compared { COMPARED_SAME, COMPARED_BETTER, COMPARED_WORSE, COMPARED_UNKNOWN };
const char *compared_word(enum compared); /* "better" ... */
/*
 * {"same_scenario", "same_transcript", "a": {...}, "b": {...}, "rows": [{"what", "class", "state", "a", "b", "result"}], "better",
 * "worse", "same"}: B against A. A number that one of them lacks is null, and its row is unknown. NULL: one of them is no report
 * of this format.
 */
json_t *report_compare(const json_t *a, const json_t *b);

#endif
