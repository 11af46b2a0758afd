/* SPDX-License-Identifier: Apache-2.0 */
/* What is wrong with a scenario, each with its place: FILE:LINE:COLUMN: what is wrong; what would be right. */
#ifndef COMITY_DRILLS_SCENARIO_MISTAKES_H
#define COMITY_DRILLS_SCENARIO_MISTAKES_H

#include "base/arena.h"
#include "base/catalogue.h"

struct scenario_file;

/* From 1; a column is a character, not a byte. line 0: all of it, such as a --set. file NULL: nowhere. */
struct scenario_place {
    const struct scenario_file *file;
    uint32_t line, column;
};

struct scenario_file {
    const char *path;
    struct scenario_place included; /* where; file NULL: it was not included */
};

struct scenario_mistake {
    struct scenario_place place;
    const char *text; /* "what is wrong; what would be right" */
};

#define SCENARIO_MISTAKES_MAX 50
struct scenario_mistakes {
    struct arena *arena;
    const struct catalogue *words; /* the language of the texts; NULL: the source's */
    size_t count;                  /* of those kept */
    size_t more;                   /* beyond */
    struct scenario_mistake list[SCENARIO_MISTAKES_MAX];
};

void scenario_mistakes_init(struct scenario_mistakes *, struct arena *, const struct catalogue *words);

/* True, and counted, if no more are kept: nobody need find out what would be right. */
bool mistakes_full(struct scenario_mistakes *);

/* format is looked up in the catalogue. Whatever came from the file is to be made quiet before: mistake_quote(). */
void mistake_at(struct scenario_mistakes *, struct scenario_place, const char *format, ...) PRINTF_LIKE(3, 4);

/* Puts them in order: by file, line, column. */
void mistakes_sort(struct scenario_mistakes *);

/* A word of the file as it can be shown on one line, cut at 60 bytes. "?" when memory ended. */
const char *mistake_quote(struct scenario_mistakes *, const char *text);

/*
 * "FILE:LINE:COLUMN: text (included from FILE:LINE:COLUMN ...)". "?" when memory ended.
 */
const char *mistake_line(const struct scenario_mistake *, struct arena *, const struct catalogue *words);
/* "FILE:LINE:COLUMN" */
const char *mistake_place(struct scenario_place, struct arena *);

#endif
