/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many tasks, each in a process of its own, so many at a time. One that aborts, hangs or takes too much memory ends alone; what it
 * tells comes back through a pipe, what it says on its standard error is kept.
 */
#ifndef COMITY_DRILLS_PLAY_WORKERS_H
#define COMITY_DRILLS_PLAY_WORKERS_H

#include <signal.h>
#include <stdio.h>

#include "base/bytes.h"
#include "base/error.h"

#define WORKERS_JOBS_MAX 256

enum work_outcome {
    WORK_TOLD,   /* it ended well: `told` is all of it */
    WORK_HUNG,   /* it took longer than it may */
    WORK_KILLED, /* by a signal: `status` */
    WORK_LEFT    /* with an exit code, or having told more than it may: `status` */
};

struct work_end {
    uint64_t task;
    unsigned round; /* how often this task was done before */
    unsigned job;   /* below options.jobs; a task that is done again keeps it */
    enum work_outcome outcome;
    int status;        /* signal or exit code */
    struct bytes told; /* borrowed for the call */
    FILE *said;        /* what it wrote there and to its standard error; likewise */
};

enum work_next { WORK_ON, WORK_AGAIN, WORK_STOP };

struct workers_options {
    uint64_t first, last; /* tasks, both included */
    unsigned jobs;        /* processes at a time, 1 .. WORKERS_JOBS_MAX */
    size_t told_bytes_max;
    uint64_t cpu_seconds_max, wall_ms_max, memory_bytes_max; /* of one task */
    const volatile sig_atomic_t *stop; /* once that is not 0, what runs is ended; may be NULL */
    void *context;
    /* In a process of its own; what it returns is told, and lives until that process ends. */
    struct bytes (*work)(void *context, uint64_t task, unsigned round, FILE *said);
    /* In the order in which they end: go on; do the same task again; or start no more. */
    enum work_next (*ended)(void *context, const struct work_end *);
    void (*look)(void *context); /* a few times a second */
};

/* Returns when all was done, or stopped. False with an error: processes cannot be made. */
MUST_USE bool workers_run(const struct workers_options *, struct error *);

/* As many as there are processors, at most WORKERS_JOBS_MAX. */
unsigned workers_jobs(void);

#endif
