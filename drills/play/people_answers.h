/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a node may answer to people, and when: answers.def. A node that refuses what it should take, or that answers what nobody can act
 * on, is found out by the first such answer.
 */
#ifndef COMITY_DRILLS_PLAY_PEOPLE_ANSWERS_H
#define COMITY_DRILLS_PLAY_PEOPLE_ANSWERS_H

#include "drills/play/cast.h"
#include "drills/play/coverage.h"

/* What an officer is about; one bit each, so that a line of the table names several. */
enum errand_sort {
    ERRAND_LOOK = 1, /* a query */
    ERRAND_OFFERED =
        2, /* preparing what the case as just shown allows, drawn as the rules want it; or a new case */
    ERRAND_ODD = 4,      /* preparing whatever comes to mind */
    ERRAND_MISNAMED = 8, /* preparing with officers who may not sign */
    ERRAND_FRESH = 16,   /* handing in what was prepared a moment ago */
    ERRAND_STALE = 32,   /* what was prepared or answered before: preparing it or handing it in again */
    ERRAND_SPOILED = 64, /* handing in what must be refused */
    ERRAND_TOLD = 128,   /* what a plan says, which itself expects an answer */
};

struct asked {
    enum verb verb;
    enum errand_sort sort;
    size_t party, other; /* actors; 0: nobody */
    bool shown;          /* this party's node has shown the case before */
    bool deputy;         /* the officer whose key may be revoked takes part */
    uint64_t prepared_us;
    uint64_t operations; /* of the party's disk, before it */
};

/* What befell each actor that bears on answers. */
struct struck {
    bool ever[FAULT_COUNT];
    uint64_t full_us; /* when DISK_FULL began or ended last */
};

struct people;
struct errand;

/* What is about to be asked of whom; case_id "" or to "": none. */
struct asked desk_asked(const struct people *, size_t party, enum verb, enum errand_sort, const char *case_id,
                        const char *to);
/* The same of what is handed in. */
struct asked desk_asked_by(const struct people *, const struct errand *);
/* Is that one of the answers that the table allows now? If not, it is trouble. answer: NULL: it did not read. */
void desk_judge(struct people *, const struct asked *, unsigned status, const json_t *answer);

#endif
