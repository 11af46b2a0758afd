/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/play/workers.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/daemon/host.h"
#include "base/ensure.h"

#define LOOK_EVERY_MS 200
#define TOLD_AT_ONCE  ((size_t)64 * 1024)

/* An address sanitizer's shadow counts as memory of the process. */
#if defined(__SANITIZE_ADDRESS__)
#define MEMORY_IS_LIMITED false
#elif defined(__has_feature)
#define MEMORY_IS_LIMITED !__has_feature(address_sanitizer)
#else
#define MEMORY_IS_LIMITED true
#endif

struct worker {
    pid_t pid; /* 0: none */
    int pipe;
    FILE *said;
    uint64_t task, started_ms;
    unsigned round;
    bool killed; /* by us: it took too long */
    uint8_t *told;
    size_t told_bytes, told_room;
};

struct workers {
    const struct workers_options *options;
    struct error *error;
    struct worker list[WORKERS_JOBS_MAX];
    uint64_t next, looked_ms;
    bool all_started; /* next is beyond the last */
    bool stopping;
};

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

static _Noreturn void work(const struct workers_options *options, const struct worker *worker, int to_parent)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)signal(SIGINT, SIG_IGN); /* the parent decides who is ended */
    limit(RLIMIT_CPU, options->cpu_seconds_max);
    limit(RLIMIT_CORE, 0);
    if (MEMORY_IS_LIMITED) {
        limit(RLIMIT_AS, options->memory_bytes_max);
    }
    ensure(dup2(fileno(worker->said), STDERR_FILENO) == STDERR_FILENO);
    struct bytes told = options->work(options->context, worker->task, worker->round, worker->said);
    (void)fflush(worker->said);
    for (size_t done = 0; done < told.size;) {
        ssize_t size = write(to_parent, told.data + done, told.size - done);
        ensure(size > 0 || errno == EINTR);
        done += size > 0 ? (size_t)size : 0;
    }
    _exit(0);
}

/* --- the parent --- */

static bool start(struct workers *all, struct worker *worker)
{
    int ends[2] = {-1, -1};
    worker->said = tmpfile();
    if (worker->said == NULL || pipe(ends) != 0) {
        error_set(all->error, "cannot make a file or a pipe for a process: %s", strerror(errno));
        return false;
    }
    worker->told_bytes = 0;
    worker->killed = false;
    worker->started_ms = host_mono().ms;
    worker->pid = fork();
    if (worker->pid == 0) {
        (void)close(ends[0]);
        work(all->options, worker, ends[1]);
    }
    (void)close(ends[1]);
    worker->pipe = ends[0];
    if (worker->pid < 0) {
        error_set(all->error, "cannot start a process: %s", strerror(errno));
        (void)close(ends[0]);
        (void)fclose(worker->said);
        worker->pid = 0;
        return false;
    }
    return true;
}

static enum work_outcome outcome_of(const struct workers *all, const struct worker *worker, int status,
                                    int *ret_status)
{
    bool signalled = WIFSIGNALED(status);
    *ret_status = signalled ? WTERMSIG(status) : WEXITSTATUS(status);
    if (worker->killed || (signalled && *ret_status == SIGXCPU)) {
        return WORK_HUNG;
    }
    return signalled                                                               ? WORK_KILLED
           : *ret_status != 0 || worker->told_bytes > all->options->told_bytes_max ? WORK_LEFT
                                                                                   : WORK_TOLD;
}

static bool finish(struct workers *all, struct worker *worker)
{
    int status = 0;
    while (waitpid(worker->pid, &status, 0) < 0) {
        ensure(errno == EINTR);
    }
    (void)close(worker->pipe);
    worker->pid = 0;
    struct work_end end = {.task = worker->task,
                           .round = worker->round,
                           .job = (unsigned)(worker - all->list),
                           .told = bytes_of(worker->told, worker->told_bytes),
                           .said = worker->said};
    end.outcome = outcome_of(all, worker, status, &end.status);
    enum work_next next = all->options->ended(all->options->context, &end);
    (void)fclose(worker->said);
    all->stopping |= next == WORK_STOP;
    if (next == WORK_AGAIN) {
        worker->round++;
        return start(all, worker);
    }
    return true;
}

static void keep(struct worker *worker, const uint8_t *data, size_t size)
{
    if (worker->told_bytes + size > worker->told_room) {
        worker->told_room = 2 * (worker->told_bytes + size);
        worker->told = realloc(worker->told, worker->told_room);
        ensure(worker->told != NULL);
    }
    memcpy(worker->told + worker->told_bytes, data, size);
    worker->told_bytes += size;
}

/* Reads what is there. True: it has ended. What it tells beyond the limit is thrown away, but for that it was more. */
static bool listen_to(const struct workers *all, struct worker *worker)
{
    uint8_t room[TOLD_AT_ONCE];
    ssize_t got = read(worker->pipe, room, sizeof room);
    if (got > 0 && worker->told_bytes <= all->options->told_bytes_max) {
        keep(worker, room, (size_t)got);
    }
    return got == 0 || (got < 0 && errno != EINTR);
}

static void end_the_slow(const struct workers *all, struct worker *worker)
{
    if (worker->pid != 0 && !worker->killed &&
        host_mono().ms - worker->started_ms > all->options->wall_ms_max) {
        worker->killed = true;
        (void)kill(worker->pid, SIGKILL);
    }
}

static bool start_more(struct workers *all)
{
    for (unsigned i = 0; i < all->options->jobs && !all->all_started && !all->stopping; i++) {
        struct worker *worker = &all->list[i];
        if (worker->pid == 0) {
            worker->task = all->next;
            worker->round = 0;
            if (!start(all, worker)) {
                return false;
            }
            all->all_started = all->next == all->options->last;
            all->next++;
        }
    }
    return true;
}

/* Waits for the children that run. False with an error; *ret_any: there were some. */
static bool look(struct workers *all, bool *ret_any)
{
    struct pollfd fds[WORKERS_JOBS_MAX];
    struct worker *whose[WORKERS_JOBS_MAX];
    nfds_t count = 0;
    for (unsigned i = 0; i < all->options->jobs; i++) {
        if (all->list[i].pid != 0) {
            whose[count] = &all->list[i];
            fds[count++] = (struct pollfd){.fd = all->list[i].pipe, .events = POLLIN};
        }
    }
    *ret_any = count > 0;
    if (count > 0 && poll(fds, count, LOOK_EVERY_MS) < 0) {
        if (errno != EINTR) {
            error_set(all->error, "cannot wait for processes: %s", strerror(errno));
        }
        return errno == EINTR;
    }
    for (nfds_t i = 0; i < count; i++) {
        end_the_slow(all, whose[i]);
        if (fds[i].revents != 0 && listen_to(all, whose[i]) && !finish(all, whose[i])) {
            return false;
        }
    }
    return true;
}

static void end_all(struct workers *all)
{
    for (unsigned i = 0; i < all->options->jobs; i++) {
        struct worker *worker = &all->list[i];
        if (worker->pid != 0) {
            (void)kill(worker->pid, SIGKILL);
            (void)waitpid(worker->pid, NULL, 0);
            (void)close(worker->pipe);
            (void)fclose(worker->said);
        }
        free(worker->told);
    }
}

bool workers_run(const struct workers_options *options, struct error *error)
{
    ensure(options->first <= options->last && options->jobs >= 1 && options->jobs <= WORKERS_JOBS_MAX);
    struct workers *all = calloc(1, sizeof *all);
    ensure(all != NULL);
    all->options = options;
    all->error = error;
    all->next = options->first;
    (void)fflush(stdout);
    (void)fflush(stderr);
    bool any = true, good = true;
    while (good && any && (options->stop == NULL || *options->stop == 0)) {
        good = start_more(all) && look(all, &any);
        if (host_mono().ms - all->looked_ms >= LOOK_EVERY_MS || !any) {
            all->looked_ms = host_mono().ms;
            options->look(options->context);
        }
    }
    end_all(all);
    free(all);
    return good;
}

unsigned workers_jobs(void)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    return processors < 1 ? 1 : processors > WORKERS_JOBS_MAX ? WORKERS_JOBS_MAX : (unsigned)processors;
}
