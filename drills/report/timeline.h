/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What happened in a drill, one line a moment in order of time, from its report.json: letters, injects, faults, notes. The file may have
 * come from anybody.
 */
#ifndef COMITY_DRILLS_REPORT_TIMELINE_H
#define COMITY_DRILLS_REPORT_TIMELINE_H

#include <jansson.h>

#include "base/catalogue.h"
#include "base/error.h"

#define TIMELINE_MOMENTS_MAX ((size_t)1000000)

struct moment {
    uint64_t at_ms;
    const char *who;  /* a party, or where: "XA/poc"; "" */
    const char *text; /* one line, safe on a terminal */
    size_t order;     /* in the report: of what came at once, the first goes first */
};

struct timeline {
    const char *title; /* likewise */
    uint64_t start_ms, end_ms;
    bool some; /* of cases with a timeline only: a large drill */
    struct moment *moments;
    size_t count;
    struct timeline_zone {
        const char *state, *zone;
    } * zones; /* of the States; a name of a zone may be none */
    size_t zone_count;
};

/* In the arena; words: the language of "inject", "fault" ... False with what is wrong with it. */
MUST_USE bool timeline_read(const json_t *report, const struct catalogue *words, struct arena *,
                            struct timeline *ret, struct error *);

/* The first moment at or after that time; count: there is none. */
size_t timeline_find(const struct timeline *, uint64_t at_ms);

#endif
