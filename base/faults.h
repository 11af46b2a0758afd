/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is wrong with something a person gave, all of it at once: a list of places and sentences. A request with five
 * faults gets five lines, not one line five times.
 */
#ifndef COMITY_BASE_FAULTS_H
#define COMITY_BASE_FAULTS_H

#include "base/arena.h"

struct catalogue; /* base/catalogue.h */

struct fault {
    const char *path; /* where, as a person would write it: "items[1].period.from"; "" = the whole */
    const char *code; /* stable word for programs: MISSING, NO_ZONE, TOO_SHORT ... */
    const char *text; /* one sentence: what is wrong and what to write instead */
};

#define FAULTS_MAX 64

struct faults {
    struct arena *arena; /* holds paths and texts */
    const struct catalogue
        *words;   /* the language of the texts; NULL: as in the source. Set after faults_init() */
    size_t count; /* of those kept, at most FAULTS_MAX */
    size_t more;  /* found beyond that */
    struct fault list[FAULTS_MAX];
};

static inline void faults_init(struct faults *faults, struct arena *arena)
{
    faults->arena = arena;
    faults->words = NULL;
    faults->count = 0;
    faults->more = 0;
}

static inline bool faults_any(const struct faults *faults)
{
    return faults->count != 0;
}

/* Adds one. path is copied; code must live as long as the program; format is looked up in the catalogue. */
void faults_add(struct faults *, const char *path, const char *code, const char *format, ...)
    PRINTF_LIKE(4, 5);

#endif
