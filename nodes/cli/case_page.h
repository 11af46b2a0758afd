/* SPDX-License-Identifier: Apache-2.0 */
/* What pages about a case have alike: fields under headings, moments on three clocks, what is owed. */
#ifndef COMITY_NODES_CLI_CASE_PAGE_H
#define COMITY_NODES_CLI_CASE_PAGE_H

#include "nodes/cli/look.h"

struct show {
    const struct cli *cli;
    struct arena *arena;
    const struct look *look;
    const json_t *json;
    const char *party; /* ours */
    uint64_t now_ms;
    bool full; /* nothing is cut */
};

/* The page of a case that was looked at; json is what the node said of it (look->json, or another answer with the same head). */
struct show show_of(const struct cli *, const struct client *, const struct look *, const json_t *);

const char *page_member(const struct show *, const json_t *object,
                        const char *name); /* quiet; "" when there is none */
bool page_has(const char *text);
/* A list of words with blanks between; "" when it is none. */
const char *page_words(const struct show *, const json_t *list);
/* Two texts with a blank between; without it when one of them is empty. */
const char *page_pair(const struct show *, const char *left, const char *right);

void page_heading(const struct show *, const char *text);
/* "  NAME            TEXT", wrapped under the text; nothing when there is no text. The name is looked up. */
void page_field(const struct show *, const char *name, const char *text, size_t lines_max);

/* "Sat 21 Nov 14:00 here | 08:00 XA/poc | 07:00Z": the same moment on the three clocks; the day again where it is another. */
const char *page_moment(const struct show *, uint64_t ms);
const char *page_here(const struct show *, uint64_t ms); /* on ours alone */

/* What one side owes, a line each with all the items of which the same is due. Returns how many lines. */
size_t page_owed(const struct show *, bool ours);
/* A letter of ours that was refused for good, and how it is written again. False: there is none, and nothing is printed. */
bool page_failed(const struct show *);

#endif
