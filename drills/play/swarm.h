/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many histories, each seed in a process of its own, so many at a time. A seed that aborts, hangs or takes too much memory fails
 * alone and is told with its signal. A sample of seeds is played twice, the second time on a heap that is laid out and filled
 * otherwise, and must give the same transcript (I12).
 */
#ifndef COMITY_DRILLS_PLAY_SWARM_H
#define COMITY_DRILLS_PLAY_SWARM_H

#include "drills/play/history.h"
#include "drills/play/workers.h"

#define SWARM_JOBS_MAX         WORKERS_JOBS_MAX
#define SWARM_INVARIANT_BYTES  16
#define SWARM_CPU_SECONDS      120
#define SWARM_WALL_MS          (UINT64_C(10) * 60 * 1000)
#define SWARM_MEMORY_BYTES     (UINT64_C(2) * 1024 * 1024 * 1024)
#define SWARM_REPORT_BYTES_MAX ((size_t)256 * 1024) /* the end of a longer one is kept */

/* One seed that failed. */
struct swarm_failure {
    uint64_t seed, at_us;
    char invariant
        [SWARM_INVARIANT_BYTES]; /* as of history_result; "ABORT": its process ended by a signal; "HANG" */
    char text[512];
    const char *report; /* what the history and the process said, ended by a zero; borrowed for the call */
};

struct swarm_progress {
    uint64_t seeds, done, failed, wall_ms; /* seeds: of the whole swarm */
};

struct swarm_options {
    uint64_t first, last; /* seeds, both included */
    unsigned jobs;        /* processes at a time, 1 .. SWARM_JOBS_MAX */
    bool keep_going;      /* after a failure */
    unsigned twice;       /* so many seeds in 1000 are played twice */
    /* The history of a seed, in a process of its own; history_play but in tests. */
    void (*play)(const struct history_options *, struct history_result *);
    uint64_t cpu_seconds_max, wall_ms_max, memory_bytes_max; /* of one seed; 0: SWARM_... */
    void *context;
    void (*failed)(void *context, const struct swarm_failure *);    /* in the order they end; may be NULL */
    void (*progress)(void *context, const struct swarm_progress *); /* a few times a second; may be NULL */
};

struct swarm_result {
    struct swarm_progress progress;
    uint64_t twice; /* seeds played twice */
    struct oracle_figures figures;
    struct coverage coverage;
};

/* Returns when all seeds were played, or after the first failure those that were under way. False with an error: processes cannot be made. */
MUST_USE bool swarm_run(const struct swarm_options *, struct swarm_result *ret, struct error *);

/* Adds the members up. */
void swarm_add_figures(struct oracle_figures *to, const struct oracle_figures *from);

#endif
