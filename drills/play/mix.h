/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mix of a seed: how many take part, how fast they write, over which lines, with which limits, and which faults may strike how
 * often. Each seed draws its own: some have no fault, some one kind, some many; a rare thing is met more often where others are absent.
 */
#ifndef COMITY_DRILLS_PLAY_MIX_H
#define COMITY_DRILLS_PLAY_MIX_H

#include <stdio.h>

#include "drills/play/cast.h"
#include "drills/play/coverage.h"
#include "drills/world/stream.h"

struct mix {
    size_t parties;             /* without the liar */
    uint64_t letters, acts_max; /* the history ends when so many letters were taken, or after so many acts */
    uint64_t gap_min_ms, gap_max_ms; /* between acts, long-tailed */
    unsigned flurry;                 /* in 1000 acts: the next follows at once */
    unsigned fault;                  /* in 1000 acts: a fault after it */
    unsigned backup;                 /* in 1000 acts: somebody's backup after it */
    unsigned sleep;                  /* in 1000 acts: a long sleep after it; 0: none */
    uint64_t sleep_left_ms; /* so much more may be slept, so that no roster expires; 0: nobody sleeps */
    unsigned lie;           /* in 1000 acts: a lie after it; 0: nobody lies */
    size_t liar;            /* its place in the cast's order */
    bool on[FAULT_COUNT];
    struct link_nature lines[CAST_PARTIES_MAX + 1]; /* by actor, the liar last */
    struct world_setup limits;                      /* life, prekeys, log, spool and quotas only */
    bool exercise;                                  /* all have joined one, but for the outsider */
    size_t outsider;                                /* index of a party; parties: nobody */
    struct stream stream;                           /* of what is drawn while it is played */
};

void mix_draw(uint64_t seed, struct mix *ret);
/* A fault that is on and whom it strikes; false when none is on. */
bool mix_fault(struct mix *, enum fault_kind *ret_kind, size_t *ret_actor);
uint64_t mix_gap_ms(struct mix *);
/* Days or weeks, mostly 0; or what people want, as far as so much may be slept. */
uint64_t mix_sleep_ms(struct mix *, uint64_t wanted_ms);
/* One line, for whoever reads a failure. */
void mix_print(const struct mix *, FILE *);

#endif
