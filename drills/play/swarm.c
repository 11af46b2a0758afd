/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* mallopt */
#include "drills/play/swarm.h"

#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/daemon/host.h"
#include "base/ensure.h"

#define LOOK_EVERY_MS 200

/* An address sanitizer's shadow counts as memory of the process. */
#if defined(__SANITIZE_ADDRESS__)
#define MEMORY_IS_LIMITED false
#elif defined(__has_feature)
#define MEMORY_IS_LIMITED !__has_feature(address_sanitizer)
#else
#define MEMORY_IS_LIMITED true
#endif

/* What a child says of itself through its pipe: flat, and smaller than a pipe holds. */
struct told {
    bool ok;
    char invariant[SWARM_INVARIANT_BYTES];
    uint64_t at_us;
    char text[512];
    uint8_t transcript[32];
    struct oracle_figures figures;
    struct coverage coverage;
};

struct child {
    pid_t pid; /* 0: none */
    int pipe;
    FILE *said; /* what it reported and what stands on its standard error */
    uint64_t seed, started_ms;
    bool again;             /* the second time */
    bool killed;            /* by us: it took too long */
    uint8_t transcript[32]; /* of the first time */
    struct told told;
    size_t told_bytes;
};

struct swarm {
    const struct swarm_options *options;
    struct swarm_result *result;
    struct error *error;
    struct child children[SWARM_JOBS_MAX];
    uint64_t next, started_ms, shown_ms;
    bool all_started; /* next is beyond the last */
    bool stopping;
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

/* --- the child --- */

/* At most that. One more until the hard limit: at that the process is killed without saying why. */
static void limit(int resource, rlim_t value)
{
    struct rlimit limits;
    ensure(getrlimit((__rlimit_resource_t)resource, &limits) == 0);
    if (limits.rlim_max == RLIM_INFINITY || limits.rlim_max > value) {
        limits.rlim_max = value + 1;
    }
    limits.rlim_cur = value < limits.rlim_max ? value : limits.rlim_max;
    ensure(setrlimit((__rlimit_resource_t)resource, &limits) == 0);
}

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

static _Noreturn void play(const struct swarm_options *options, const struct child *child, int to_parent)
{
    static struct history_result result;
    static struct told told;
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    limit(RLIMIT_CPU, or_default(options->cpu_seconds_max, SWARM_CPU_SECONDS));
    limit(RLIMIT_CORE, 0);
    if (MEMORY_IS_LIMITED) {
        limit(RLIMIT_AS, or_default(options->memory_bytes_max, SWARM_MEMORY_BYTES));
    }
    if (child->again) {
        (void)mallopt(M_PERTURB, 0x5a);        /* what is taken and what is freed is not zero */
        (void)mallopt(M_MMAP_THRESHOLD, 8192); /* larger pieces come from elsewhere and in another order */
    }
    ensure(dup2(fileno(child->said), STDERR_FILENO) == STDERR_FILENO);
    const struct history_options history = {.seed = child->seed, .report = child->said};
    options->play(&history, &result);
    copy_result(&told, &result);
    (void)fflush(child->said);
    ensure(write(to_parent, &told, sizeof told) == (ssize_t)sizeof told);
    _exit(0);
}

/* --- the parent --- */

static bool start(struct swarm *swarm, struct child *child)
{
    int ends[2] = {-1, -1};
    child->said = tmpfile();
    if (child->said == NULL || pipe(ends) != 0) {
        error_set(swarm->error, "cannot make a file or a pipe for a seed: %s", strerror(errno));
        return false;
    }
    child->told_bytes = 0;
    child->killed = false;
    child->started_ms = host_mono().ms;
    child->pid = fork();
    if (child->pid == 0) {
        (void)close(ends[0]);
        play(swarm->options, child, ends[1]);
    }
    (void)close(ends[1]);
    child->pipe = ends[0];
    if (child->pid < 0) {
        error_set(swarm->error, "cannot start a process for a seed: %s", strerror(errno));
        (void)close(ends[0]);
        (void)fclose(child->said);
        child->pid = 0;
        return false;
    }
    return true;
}

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

static void fail(struct swarm *swarm, const struct child *child, const char *invariant, const char *text)
{
    struct swarm_failure failure = {.seed = child->seed, .at_us = child->told.at_us};
    char *report = read_said(child->said);
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

static void fail_by_signal(struct swarm *swarm, const struct child *child, int status)
{
    char text[160];
    int sign = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    if (child->killed || sign == SIGXCPU) {
        (void)snprintf(text, sizeof text, "it did not end within %llu s of processor time or %llu s",
                       (unsigned long long)or_default(swarm->options->cpu_seconds_max, SWARM_CPU_SECONDS),
                       (unsigned long long)(or_default(swarm->options->wall_ms_max, SWARM_WALL_MS) / 1000));
        fail(swarm, child, "HANG", text);
    } else if (sign != 0) {
        (void)snprintf(text, sizeof text, "its process ended by signal %d (%s)", sign, strsignal(sign));
        fail(swarm, child, "ABORT", text);
    } else {
        (void)snprintf(text, sizeof text, "its process ended with exit code %d", WEXITSTATUS(status));
        fail(swarm, child, "ABORT", text);
    }
}

/* True: it goes on with the second time. */
static bool judge(struct swarm *swarm, struct child *child, int status)
{
    struct told *told = &child->told;
    if (child->told_bytes != sizeof *told || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        *told = (struct told){.coverage = {.seeds = 1, .failed = 1}};
        fail_by_signal(swarm, child, status);
    } else if (!told->ok) {
        fail(swarm, child, told->invariant, told->text);
    } else if (child->again && memcmp(told->transcript, child->transcript, sizeof told->transcript) != 0) {
        fail(swarm, child, "I12", "played twice, the same seed gave two different transcripts");
    }
    if (child->again) {
        swarm->result->twice++;
        return false; /* counted the first time */
    }
    swarm_add_figures(&swarm->result->figures, &told->figures);
    coverage_add(&swarm->result->coverage, &told->coverage);
    memcpy(child->transcript, told->transcript, sizeof child->transcript);
    return told->ok && is_played_twice(swarm, child->seed);
}

static bool finish(struct swarm *swarm, struct child *child)
{
    int status = 0;
    while (waitpid(child->pid, &status, 0) < 0) {
        ensure(errno == EINTR);
    }
    (void)close(child->pipe);
    child->pid = 0;
    bool again = judge(swarm, child, status);
    (void)fclose(child->said);
    if (again) {
        child->again = true;
        return start(swarm, child);
    }
    swarm->result->progress.done++;
    return true;
}

/* Reads what is there. True: it has ended. */
static bool listen_to(struct child *child)
{
    uint8_t room[sizeof child->told];
    ssize_t got = read(child->pipe, room, sizeof room);
    if (got > 0 && child->told_bytes + (size_t)got <= sizeof child->told) {
        memcpy((uint8_t *)&child->told + child->told_bytes, room, (size_t)got);
        child->told_bytes += (size_t)got;
    }
    return got == 0 || (got < 0 && errno != EINTR);
}

static void end_the_slow(struct swarm *swarm, struct child *child)
{
    if (child->pid != 0 && !child->killed &&
        host_mono().ms - child->started_ms > or_default(swarm->options->wall_ms_max, SWARM_WALL_MS)) {
        child->killed = true;
        (void)kill(child->pid, SIGKILL);
    }
}

static bool start_more(struct swarm *swarm)
{
    for (unsigned i = 0; i < swarm->options->jobs && !swarm->all_started && !swarm->stopping; i++) {
        struct child *child = &swarm->children[i];
        if (child->pid == 0) {
            *child = (struct child){.seed = swarm->next};
            if (!start(swarm, child)) {
                return false;
            }
            swarm->all_started = swarm->next == swarm->options->last;
            swarm->next++;
        }
    }
    return true;
}

static void show_progress(struct swarm *swarm)
{
    uint64_t now_ms = host_mono().ms;
    swarm->result->progress.wall_ms = now_ms - swarm->started_ms;
    if (swarm->options->progress != NULL && now_ms - swarm->shown_ms >= LOOK_EVERY_MS) {
        swarm->shown_ms = now_ms;
        swarm->options->progress(swarm->options->context, &swarm->result->progress);
    }
}

/* Waits for the children that run. False with an error; *ret_any: there were some. */
static bool look(struct swarm *swarm, bool *ret_any)
{
    struct pollfd fds[SWARM_JOBS_MAX];
    struct child *whose[SWARM_JOBS_MAX];
    nfds_t count = 0;
    for (unsigned i = 0; i < swarm->options->jobs; i++) {
        if (swarm->children[i].pid != 0) {
            whose[count] = &swarm->children[i];
            fds[count++] = (struct pollfd){.fd = swarm->children[i].pipe, .events = POLLIN};
        }
    }
    *ret_any = count > 0;
    if (count > 0 && poll(fds, count, LOOK_EVERY_MS) < 0 && errno != EINTR) {
        error_set(swarm->error, "cannot wait for seeds: %s", strerror(errno));
        return false;
    }
    for (nfds_t i = 0; i < count; i++) {
        end_the_slow(swarm, whose[i]);
        if (fds[i].revents != 0 && listen_to(whose[i]) && !finish(swarm, whose[i])) {
            return false;
        }
    }
    return true;
}

static void end_all(struct swarm *swarm)
{
    for (unsigned i = 0; i < swarm->options->jobs; i++) {
        struct child *child = &swarm->children[i];
        if (child->pid != 0) {
            (void)kill(child->pid, SIGKILL);
            (void)waitpid(child->pid, NULL, 0);
            (void)close(child->pipe);
            (void)fclose(child->said);
        }
    }
}

bool swarm_run(const struct swarm_options *options, struct swarm_result *ret, struct error *error)
{
    struct swarm swarm = {.options = options, .result = ret, .error = error, .next = options->first};
    ensure(options->first <= options->last && options->jobs >= 1 && options->jobs <= SWARM_JOBS_MAX);
    memset(ret, 0, sizeof *ret);
    ret->progress.seeds = options->last - options->first + 1;
    swarm.started_ms = host_mono().ms;
    (void)fflush(stdout);
    (void)fflush(stderr);
    bool any = true, good = true;
    while (good && any) {
        good = start_more(&swarm) && look(&swarm, &any);
        show_progress(&swarm);
    }
    if (!good) {
        end_all(&swarm);
    }
    return good;
}
