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
#include "drills/play/faults.h"
#include "drills/play/liar.h"
#include "drills/play/people.h"
#include "drills/play/transcript.h"

/* I8: the longest life of an envelope, the time after which silence is asked about, and a day for what follows. */
#define HISTORY_BOUND_MS ((UINT64_C(14) + 2) * 86400000)

struct plan;

/* Everything that one history is played on: by the mix of its seed, or by a plan. */
struct plan_stage {
    struct world *world;
    struct cast *cast;
    struct people *people;
    struct liar *liar; /* NULL: nobody lies */
    struct faults_play *faults;
    struct oracle *oracle;
    struct transcript *transcript;
    const struct world_witness *witness; /* the world's; who stands before it hands everything on to it */
    struct error error;                  /* of a plan: what was expected and did not hold */
    struct error stall;                  /* what stood still though all were linked (I8); "": nothing did */
};

/*
 * Nothing waits for anything but time: no submit unanswered, no lie untold, nobody down, every outbox, inbox and the spool empty,
 * receipts handed out.
 */
bool stage_is_quiet(const struct plan_stage *);
/*
 * Lets time pass until it is quiet or ms have passed, retrying what people got no answer to. False: not quiet in that time, the
 * oracle found something, or envelopes stood still at the broker while all were linked (stall).
 */
MUST_USE bool stage_wait_until_quiet(struct plan_stage *, uint64_t ms);

struct history_options {
    uint64_t seed;
    const struct plan *plan; /* NULL: drawn from the seed */
    FILE *trace;             /* every event in words, or NULL */
    FILE *report;            /* where a failure is described with its last events, or NULL */
};

struct history_result {
    bool ok;
    struct oracle_verdict
        verdict; /* when not ok; invariant "PLAN": an expectation of the plan, "START": a party does not start, "BUSY": no end */
    uint8_t transcript[32];
    struct oracle_figures figures;
    struct coverage coverage;
};

/* Plays it to its end in this process, which must not have played another (SQLite's generator is the process's). */
void history_play(const struct history_options *, struct history_result *ret);

#endif
