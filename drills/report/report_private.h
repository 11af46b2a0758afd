/* SPDX-License-Identifier: Apache-2.0 */
/* The report in files: what was found (report_measures.c), who and when (report_scene.c), each case (report_cases.c), in words (report_words.c). */
#ifndef COMITY_DRILLS_REPORT_REPORT_PRIVATE_H
#define COMITY_DRILLS_REPORT_REPORT_PRIVATE_H

#include "drills/report/report.h"

#define REPORT_WORDS_BYTES ((size_t)1 << 30)

struct report {
    struct report_of of;
    struct arena *arena; /* of texts, for the life of the report's making */
    const struct drill_record *record;
    const struct drill_measures *m;
};

/* --- JSON: report_values.c --- */
json_t *text_json(const char *);                    /* NULL: null */
json_t *number_json(uint64_t);                      /* held at the greatest a JSON number of 64 bits holds */
json_t *ms_json(uint64_t);                          /* 0: null */
json_t *percentile_json(bool reached, uint64_t ms); /* not reached: null */
json_t *rows_json(const char *const *columns);      /* {"columns", "rows": []}; NULL-terminated */

/* --- words: report_values.c --- */
const char *span_text(const struct report *, uint64_t ms);   /* "2 d 3 h", "45 min", "12 s" */
const char *moment_text(const struct report *, uint64_t ms); /* "2016-02-08 01:30 UTC" */
const char *report_format(const struct report *, const char *format, ...) PRINTF_LIKE(2, 3);
const char *case_name(const struct report *,
                      size_t of_case); /* its reference, or the first digits of its id */
const char *state_code(const struct report *, size_t party); /* "" */
const char *party_name(const struct report *, size_t party); /* "" */
const char *party_said(const struct report *, size_t party); /* "Philippines (PH/poc)", for sentences; "" */
const char *state_said(const struct report *, size_t party); /* "Philippines", or its code; "" */
const char *class_said(const struct report *, enum record_class); /* "urgent", within a sentence */

/* --- parts --- */
json_t *report_head(const struct report *, json_t *json); /* title ... clock, into it; returns it */
json_t *report_states(const struct report *);
json_t *report_injects(const struct report *);
json_t *report_faults(const struct report *);
json_t *report_notes(const struct report *);
json_t *report_people(const struct report *);
void report_sides(const struct report *, json_t *json); /* into it; of a record of several sides */

#define CLASS_COUNT     3
#define ROW_CLASS_COUNT 4                                       /* and what is of no case */
extern const enum record_class report_classes[ROW_CLASS_COUNT]; /* emergencies first, RECORD_NO_CLASS last */
json_t *class_json(enum record_class);                          /* of none: null */
bool is_core_measure(
    uint32_t metric); /* one of those that decide: shown of each State, however many there are */
json_t *report_objectives(const struct report *);
json_t *report_expectations(const struct report *);
json_t *report_measures(const struct report *);
json_t *report_buckets(const struct report *);
json_t *report_heat(const struct report *);
json_t *report_flows(const struct report *);

json_t *report_cases(const struct report *);
json_t *report_events(const struct report *, const char **ret_of);

json_t *report_headline(const struct report *);
json_t *report_answers(const struct report *);
json_t *report_bottlenecks(const struct report *);
json_t *report_lapses(const struct report *);
json_t *report_improvements(const struct report *);

/* What cost most before data were safe or a request answered: by party and bucket, the longest first. At most max. */
struct bottleneck {
    size_t party;
    enum time_bucket bucket;
    uint64_t ms, whole_ms; /* of all such time */
    size_t cases;
};
size_t bottlenecks(const struct report *, size_t max, struct bottleneck *ret);
const char *lapse_text(const struct report *, const struct measured_lapse *);

#endif
