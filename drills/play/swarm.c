/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* mallopt */
#include "drills/play/swarm.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "base/daemon/host.h"
#include "base/ensure.h"

/* What a seed's process tells of itself. */
struct told {
    bool ok;
    char invariant[SWARM_INVARIANT_BYTES];
    uint64_t at_us;
    char text[512];
    uint8_t transcript[32];
    struct oracle_figures figures;
    struct coverage coverage;
};

struct swarm {
    const struct swarm_options *options;
    struct swarm_result *result;
    uint64_t started_ms;
    bool stopping;
    uint8_t transcript[SWARM_JOBS_MAX][32]; /* of the first time of the seed that each job plays twice */
};

void swarm_add_figures(struct oracle_figures *to, const struct oracle_figures *from)
{
    to->letters += from->letters;
    to->accepted += from->accepted;
    to->delivered += from->delivered;
    to->refused += from->refused;
    to->rejected += from->rejected;
    to->expired += from->expired;
    to->opened += from->opened;
    to->duplicates += from->duplicates;
    to->excused += from->excused;
    to->failed += from->failed;
}

/* --- in a process of its own --- */

static uint64_t or_default(uint64_t value, uint64_t instead)
{
    return value == 0 ? instead : value;
}

static void copy_result(struct told *told, const struct history_result *result)
{
    told->ok = result->ok;
    told->at_us = result->verdict.at_us;
    (void)snprintf(told->invariant, sizeof told->invariant, "%s",
                   result->ok || result->verdict.invariant == NULL ? "" : result->verdict.invariant);
    (void)snprintf(told->text, sizeof told->text, "%s", result->ok ? "" : result->verdict.text);
    memcpy(told->transcript, result->transcript, sizeof told->transcript);
    told->figures = result->figures;
    told->coverage = result->coverage;
}

static struct bytes play(void *context, uint64_t seed, unsigned round, FILE *said)
{
    static struct history_result result;
    static struct told told;
    const struct swarm *swarm = context;
    if (round != 0) {
        (void)mallopt(M_PERTURB, 0x5a);        /* what is taken and what is freed is not zero */
        (void)mallopt(M_MMAP_THRESHOLD, 8192); /* larger pieces come from elsewhere and in another order */
    }
    const struct history_options history = {.seed = seed, .report = said};
    swarm->options->play(&history, &result);
    copy_result(&told, &result);
    return bytes_of(&told, sizeof told);
}

/* --- what came of it --- */

/* Some seeds by chance, the same in every run. */
static bool is_played_twice(const struct swarm *swarm, uint64_t seed)
{
    uint64_t mixed = (seed + 1) * UINT64_C(0x9e3779b97f4a7c15);
    mixed ^= mixed >> 32;
    return mixed * UINT64_C(0xd6e8feb86659fd93) % 1000 < swarm->options->twice;
}

/* The end of what it said, from the beginning of a line; malloc'd. */
static char *read_said(FILE *said)
{
    char *text = calloc(1, SWARM_REPORT_BYTES_MAX + 1);
    ensure(text != NULL);
    (void)fflush(said);
    (void)fseek(said, 0, SEEK_END);
    long size = ftell(said);
    (void)fseek(said, size > (long)SWARM_REPORT_BYTES_MAX ? size - (long)SWARM_REPORT_BYTES_MAX : 0,
                SEEK_SET);
    text[fread(text, 1, SWARM_REPORT_BYTES_MAX, said)] = '\0';
    const char *whole = size > (long)SWARM_REPORT_BYTES_MAX ? strchr(text, '\n') : NULL;
    if (whole != NULL) {
        memmove(text, whole + 1, strlen(whole + 1) + 1);
    }
    return text;
}

static void fail(struct swarm *swarm, const struct work_end *end, const struct told *told,
                 const char *invariant, const char *text)
{
    struct swarm_failure failure = {.seed = end->task, .at_us = told->at_us};
    char *report = read_said(end->said);
    (void)snprintf(failure.invariant, sizeof failure.invariant, "%s", invariant);
    (void)snprintf(failure.text, sizeof failure.text, "%s", text);
    failure.report = report;
    swarm->result->progress.failed++;
    swarm->stopping |= !swarm->options->keep_going;
    if (swarm->options->failed != NULL) {
        swarm->options->failed(swarm->options->context, &failure);
    }
    free(report);
}

static void fail_untold(struct swarm *swarm, const struct work_end *end, const struct told *told)
{
    char text[160];
    if (end->outcome == WORK_HUNG) {
        (void)snprintf(text, sizeof text, "it did not end within %llu s of processor time or %llu s",
                       (unsigned long long)or_default(swarm->options->cpu_seconds_max, SWARM_CPU_SECONDS),
                       (unsigned long long)(or_default(swarm->options->wall_ms_max, SWARM_WALL_MS) / 1000));
        fail(swarm, end, told, "HANG", text);
    } else if (end->outcome == WORK_KILLED) {
        (void)snprintf(text, sizeof text, "its process ended by signal %d (%s)", end->status,
                       strsignal(end->status));
        fail(swarm, end, told, "ABORT", text);
    } else {
        (void)snprintf(text, sizeof text, "its process ended with exit code %d", end->status);
        fail(swarm, end, told, "ABORT", text);
    }
}

/* True: it goes on with the second time. */
static bool judge(struct swarm *swarm, const struct work_end *end)
{
    static struct told told;
    bool heard = end->outcome == WORK_TOLD && end->told.size == sizeof told;
    if (!heard) {
        told = (struct told){.coverage = {.seeds = 1, .failed = 1}};
        fail_untold(swarm, end, &told);
    } else {
        memcpy(&told, end->told.data, sizeof told);
    }
    if (heard && !told.ok) {
        fail(swarm, end, &told, told.invariant, told.text);
    } else if (heard && end->round != 0 &&
               memcmp(told.transcript, swarm->transcript[end->job], sizeof told.transcript) != 0) {
        fail(swarm, end, &told, "I12", "played twice, the same seed gave two different transcripts");
    }
    if (end->round != 0) {
        swarm->result->twice++;
        return false; /* counted the first time */
    }
    swarm_add_figures(&swarm->result->figures, &told.figures);
    coverage_add(&swarm->result->coverage, &told.coverage);
    memcpy(swarm->transcript[end->job], told.transcript, sizeof told.transcript);
    return told.ok && is_played_twice(swarm, end->task);
}

static enum work_next ended(void *context, const struct work_end *end)
{
    struct swarm *swarm = context;
    if (judge(swarm, end)) {
        return WORK_AGAIN;
    }
    swarm->result->progress.done++;
    return swarm->stopping ? WORK_STOP : WORK_ON;
}

static void show_progress(void *context)
{
    struct swarm *swarm = context;
    swarm->result->progress.wall_ms = host_mono().ms - swarm->started_ms;
    if (swarm->options->progress != NULL) {
        swarm->options->progress(swarm->options->context, &swarm->result->progress);
    }
}

bool swarm_run(const struct swarm_options *options, struct swarm_result *ret, struct error *error)
{
    struct swarm swarm = {.options = options, .result = ret, .started_ms = host_mono().ms};
    const struct workers_options workers = {
        .first = options->first,
        .last = options->last,
        .jobs = options->jobs,
        .told_bytes_max = sizeof(struct told),
        .cpu_seconds_max = or_default(options->cpu_seconds_max, SWARM_CPU_SECONDS),
        .wall_ms_max = or_default(options->wall_ms_max, SWARM_WALL_MS),
        .memory_bytes_max = or_default(options->memory_bytes_max, SWARM_MEMORY_BYTES),
        .context = &swarm,
        .work = play,
        .ended = ended,
        .look = show_progress};
    memset(ret, 0, sizeof *ret);
    ret->progress.seeds = options->last - options->first + 1;
    return workers_run(&workers, error);
}
