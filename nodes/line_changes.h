/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which lines of the inbox were made anew lately, so that a screen that shows the inbox asks for these alone. Memory only: to a mark
 * that another process gave, or one that is too old, the whole inbox is the answer. A line that was undone with its input, or came out
 * as it was, counts as well: who asks is shown it as it is.
 */
#ifndef COMITY_NODES_LINE_CHANGES_H
#define COMITY_NODES_LINE_CHANGES_H

#include "base/arena.h"
#include "base/clock.h"
#include "proto/ids.h"

#define LINE_CHANGES_MAX 128 /* that are known one by one */

struct line_changes {
    uint64_t began_ms; /* wall clock at the first mark: it tells processes apart; 0: none was given */
    uint64_t count;    /* in this process */
    struct case_id last[LINE_CHANGES_MAX];
};

void line_changes_add(struct line_changes *, const struct case_id *);
/* A mark of now: "1796000000000.17", in the arena; NULL: that has ended. */
const char *line_changes_mark(struct line_changes *, wall_ms now, struct arena *);
/* The cases whose lines were made since a mark, each once. False: nobody knows. */
MUST_USE bool line_changes_since(const struct line_changes *, const char *mark,
                                 struct case_id ret[LINE_CHANGES_MAX], size_t *ret_count);

#endif
