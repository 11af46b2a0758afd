/* SPDX-License-Identifier: Apache-2.0 */
/* Cases and letters of a record from what nodes export: the same in a world, on daemons of this machine and on those of others. */
#ifndef COMITY_DRILLS_RECORD_READ_NODE_H
#define COMITY_DRILLS_RECORD_READ_NODE_H

#include <jansson.h>

#include "drills/record/record.h"
#include "nodes/case.h"

/* A node that is asked by its API. */
struct record_source {
    void *context;
    /*
     * GET: verb as in nodes/api.def ("INBOX", "EXPORT", "STATS", "ALARMS"), target a case (32 hex) or "", query as in a URL without
     * the "?" or "". A new reference, NULL when it does not answer or refuses; why is then in *ret_status (0: no answer).
     */
    json_t *(*ask)(void *context, const char *verb, const char *target, const char *query,
                   unsigned *ret_status);
};

typedef void record_line(void *context, const json_t *line);
/*
 * Each line of a list of its inbox ("cases": what is real, "exercises"), page after page; which: of a query, "all=1" for what is folded
 * away, too. NULL, or why not all of them were shown, a static text.
 */
MUST_USE const char *record_each_line(const struct record_source *, const char *which, const char *list,
                                      record_line *, void *context);

struct record_read {
    size_t cases, skipped, letters;
    const char *trouble; /* the first, in a sentence that lives as long as the record; "" */
};
/*
 * Adds all cases of that party (those of this exercise only, when the record's head has one), their letters, and what no letter
 * tells. A case that another node has shown whole already is not asked for again. What a node says is not believed blindly: what
 * does not parse, or contradicts itself, is counted in skipped and told. False: the node did not answer.
 */
MUST_USE bool record_read_node(struct drill_record *, size_t party, const struct record_source *,
                               struct record_read *ret);
/* One EXPORT as it is; for records kept as files. False: trouble. */
MUST_USE bool record_read_case(struct drill_record *, const json_t *exported, struct record_read *ret);

/* What a letter says by itself: kind, why, items and what people declare in it. The texts are static. */
void record_letter_says(const Comity__Letter *, struct record_letter *ret);

#endif
