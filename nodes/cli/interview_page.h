/* SPDX-License-Identifier: Apache-2.0 */
/* What an interview looks like on a terminal, and how it reads a line. */
#ifndef COMITY_NODES_CLI_INTERVIEW_PAGE_H
#define COMITY_NODES_CLI_INTERVIEW_PAGE_H

#include "nodes/cli/cli.h"
#include "nodes/request_kinds.h"

void page_begin(const struct cli *, const struct request_kind *, const char *to);
void page_kinds(const struct cli *, const struct request_kind *, size_t count);
void page_parties(const struct cli *, const json_t *parties, const char *own);
/* The field at that path: why it is asked for, what it may say, an example. */
void page_question(const struct cli *, const struct request_field *, const char *path);
/* What else there is to know about it. */
void page_more(const struct cli *, const struct request_kind *, const struct request_field *);
/* Fields that may all be left out; page_yes() reads whether they shall not be. otherwise: what Enter means. */
void page_part(const struct cli *, const struct request_field *, size_t count, const char *part,
               bool otherwise);
void page_one_more(const struct cli *, const char *path, bool otherwise);
void page_wrong(const struct cli *, const char *text);
void page_faults(const struct cli *, const json_t *faults);

/*
 * A line that somebody wrote, trimmed, in the arena; what ends with a backslash goes on in the next one where `long_ones` are taken.
 * NULL: there is no more. `before` stands in brackets.
 */
const char *page_answer(const struct cli *, const char *before, bool long_ones);
/* "y" or "yes", "n" or "no"; Enter: otherwise. *ret_left is set when somebody left. */
bool page_yes(const struct cli *, bool otherwise, bool *ret_left);

#endif
