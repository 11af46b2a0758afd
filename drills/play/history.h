/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One history of one network: a cast, a world, people and faults by a seed or by a plan, watched by the oracle. First a
 * time with faults, in which no promise may be broken; then all is healed, and within HISTORY_BOUND_MS everything that was accepted must have
 * reached its end and both sides must see the same cases.
 */
#ifndef COMITY_DRILLS_PLAY_HISTORY_H
#define COMITY_DRILLS_PLAY_HISTORY_H

#include <stdio.h>

#include "drills/oracle/oracle.h"
#include "drills/play/coverage.h"

/* I8: the longest life of an envelope, the time after which silence is asked about, and a day for what follows. */
#define HISTORY_BOUND_MS ((UINT64_C(14) + 2) * 86400000)

struct plan;

struct history_options {
    uint64_t seed;
    const struct plan *plan; /* NULL: drawn from the seed */
    FILE *trace;             /* every event in words, or NULL */
    FILE *report;            /* where a failure is described with its last events, or NULL */
};

struct history_result {
    bool ok;
    struct oracle_verdict verdict; /* when not ok; invariant "PLAN": an expectation of the plan, "START": a party does not start, "BUSY": no end */
    uint8_t transcript[32];
    struct oracle_figures figures;
    struct coverage coverage;
};

/* Plays it to its end in this process, which must not have played another (SQLite's generator is the process's). */
void history_play(const struct history_options *, struct history_result *ret);

#endif
