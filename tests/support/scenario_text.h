/* SPDX-License-Identifier: Apache-2.0 */
/* Scenarios from texts in memory: files by name, zones of this machine. */
#ifndef COMITY_TESTS_SUPPORT_SCENARIO_TEXT_H
#define COMITY_TESTS_SUPPORT_SCENARIO_TEXT_H

#include "drills/scenario/scenario.h"

#define SCENARIO_TEXTS_MAX 80

struct scenario_texts {
    struct arena *arena;
    struct scenario_mistakes mistakes;
    struct bytes otherwise; /* what any other file has whose name is not "none" */
    size_t count;
    struct {
        const char *path;
        struct bytes text;
    } files[SCENARIO_TEXTS_MAX];
};

void scenario_texts_open(struct scenario_texts *);
void scenario_texts_close(struct scenario_texts *);
/* A file; the text, or the bytes, are borrowed. */
void scenario_texts_add(struct scenario_texts *, const char *path, const char *text);
void scenario_texts_add_bytes(struct scenario_texts *, const char *path, struct bytes text);
/* Forgets mistakes, reads the file; NULL: texts->mistakes. */
const struct scenario *scenario_texts_read(struct scenario_texts *, const char *path, const char *const *sets,
                                           size_t set_count);

/* Opens them, for the one scenario that is in this text; wrong ones are told, and end the test. The text is borrowed. */
const struct scenario *scenario_texts_one(struct scenario_texts *, const char *text);

/* What a small scenario needs besides what a test is about: title, clock, desk a, habits h, State XA in UTC+1. */
extern const char scenario_small[];

#endif
