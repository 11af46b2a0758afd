/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* pipe2 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/daemon/host.h"
#include "nodes/cli/client.h"
#include "nodes/cli/network.h"

#define LOOK_EVERY_MS 10

void network_pause(unsigned ms)
{
    struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};
    (void)nanosleep(&time, NULL);
}

/* The lock tells who runs: a file without a lock on it belongs to a process that is gone. */
pid_t network_pid(const char *lock_path)
{
    char text[32] = "";
    pid_t pid = 0;
    int fd = open(lock_path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) {
        return 0;
    }
    if (flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK && read(fd, text, sizeof text - 1) > 0) {
        long value = strtol(text, NULL, 10);
        pid = value > 1 && value <= INT_MAX ? (pid_t)value : 0;
    }
    (void)close(fd);
    return pid;
}

static const char *lock_of(struct cli *cli, const struct network_member *member)
{
    return arena_format(cli->arena, "%s/%s.lock", member->path, member->is_broker ? "broker" : "node");
}

/* Fills one member when DIR/name holds the configuration of a daemon. */
static bool look_at(struct cli *cli, const char *directory, const char *name, struct network_member *ret)
{
    struct stat status;
    bool is_broker = strcmp(name, "broker") == 0;
    const char *path = arena_format(cli->arena, "%s/%s", directory, name);
    const char *conf =
        arena_format(cli->arena, "%s/%s/%s", directory, name, is_broker ? "broker.conf" : "node.conf");
    if (path == NULL || conf == NULL || stat(conf, &status) != 0 || strlen(name) >= sizeof ret->name) {
        return false;
    }
    *ret = (struct network_member){.is_broker = is_broker, .path = path};
    memcpy(ret->name, name, strlen(name) + 1); /* fits: looked at above */
    ret->log = arena_format(cli->arena, "%s/log", path);
    const char *lock = lock_of(cli, ret);
    ret->pid = lock == NULL ? 0 : network_pid(lock);
    return ret->log != NULL;
}

static int broker_first_then_name(const void *a, const void *b)
{
    const struct network_member *left = a;
    const struct network_member *right = b;
    if (left->is_broker != right->is_broker) {
        return left->is_broker ? -1 : 1;
    }
    return strcmp(left->name, right->name);
}

bool network_members(struct cli *cli, const char *directory, struct network_member **ret, size_t *ret_count)
{
    char *absolute = realpath(directory, NULL);
    const char *top = absolute == NULL ? NULL : arena_format(cli->arena, "%s", absolute);
    DIR *folder = top == NULL ? NULL : opendir(top);
    struct network_member *members = arena_zero(cli->arena, NETWORK_PARTIES_MAX + 1, sizeof *members);
    size_t count = 0;
    free(absolute);
    if (folder == NULL || members == NULL) {
        (void)cli_fail(cli, EXIT_REFUSED, "make one: comity network new DIR --states XA,XB,XC", "%s: %s",
                       directory, strerror(errno));
        if (folder != NULL) {
            (void)closedir(folder);
        }
        return false;
    }
    for (struct dirent *entry = readdir(folder); entry != NULL && count <= NETWORK_PARTIES_MAX;
         entry = readdir(folder)) {
        count += entry->d_name[0] != '.' && look_at(cli, top, entry->d_name, &members[count]);
    }
    (void)closedir(folder);
    qsort(members, count, sizeof *members, broker_first_then_name);
    if (count < 2 || !members[0].is_broker) {
        (void)cli_fail(cli, EXIT_REFUSED, "make one: comity network new DIR --states XA,XB,XC",
                       "%s holds no network (no broker and nodes)", directory);
        return false;
    }
    *ret = members;
    *ret_count = count;
    return true;
}

/*
 * In the child, which becomes the daemon; returns why it does not. The kernel kills it when who started it has gone, even by
 * SIGKILL; and who went before that was asked for is not its parent any more.
 */
static int become(const struct network_member *member, const char *path, char *const *arguments, pid_t parent)
{
    const struct {
        const char *path;
        int flags;
    } files[] = {
        {"/dev/null", O_RDONLY}, {"/dev/null", O_WRONLY}, {member->log, O_WRONLY | O_CREAT | O_APPEND}};
    if (member->ends_with_us && (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)) {
        return ESRCH;
    }
    for (int i = 0; i < 3; i++) {
        int fd = open(files[i].path, files[i].flags, 0600);
        if (fd < 0 || (fd != i && dup2(fd, i) < 0)) {
            return errno;
        }
        if (fd != i) {
            (void)close(fd);
        }
    }
    (void)setsid(); /* a key pressed at our terminal is not for it */
    (void)execvp(path, arguments);
    return errno;
}

/* What the child could not do; 0: it is the daemon, and the other end of the pipe has closed. */
static int failure_of(int fd)
{
    int failure = 0;
    ssize_t size = 0;
    do {
        size = read(fd, &failure, sizeof failure);
    } while (size < 0 && errno == EINTR);
    return size == (ssize_t)sizeof failure ? failure : 0;
}

bool network_start(struct cli *cli, const struct network_member *member, pid_t *ret_pid, struct error *error)
{
    const char *name = member->is_broker ? "comity-broker" : "comity-node";
    const char *path = cli_program_beside(cli, name);
    char *arguments[] = {(char *)(uintptr_t)name, (char *)(uintptr_t) "-C", (char *)(uintptr_t)member->path,
                         NULL};
    int ends[2];
    const pid_t self = getpid();
    pid_t pid = pipe2(ends, O_CLOEXEC) != 0 ? -1 : fork();
    int failure = pid < 0 ? errno : 0;
    if (pid == 0) {
        failure = become(member, path, arguments, self);
        (void)!write(ends[1], &failure, sizeof failure);
        _exit(EXIT_FAILURE);
    }
    if (pid > 0) {
        (void)close(ends[1]);
        failure = failure_of(ends[0]);
        (void)close(ends[0]);
    }
    if (pid > 0 && failure == 0) {
        *ret_pid = pid;
    } else if (pid > 0) {
        (void)waitpid(pid, NULL, 0);
    }
    if (failure != 0) {
        error_set(error, "cannot start %s: %s", path, strerror(failure));
    }
    return failure == 0;
}

/* The last line of a member's log, for people. */
static const char *last_log_line(struct cli *cli, const struct network_member *member)
{
    struct bytes log;
    struct error ignored = {.text = ""};
    if (files_read(member->log, (size_t)4 * 1024 * 1024, cli->arena, &log, &ignored) != FILES_OK) {
        const char *see = cli_text(cli, "see %s", member->log);
        return see == NULL ? "" : see;
    }
    if (log.size == 0) {
        return say(cli->words, "its log is empty");
    }
    size_t end = log.size - (log.data[log.size - 1] == '\n');
    size_t from = end;
    while (from > 0 && log.data[from - 1] != '\n') {
        from--;
    }
    const char *line = arena_format(cli->arena, "%.*s", (int)(end - from), (const char *)log.data + from);
    return line == NULL ? "" : line;
}

/* A broker serves when it listens: somebody answers at its endpoint once the lock is held and "broker.ready" is logged. */
static bool broker_serves(struct cli *cli, const struct network_member *member, pid_t pid)
{
    char wanted[64];
    struct bytes log;
    struct error ignored = {.text = ""};
    const char *lock = lock_of(cli, member);
    const char *ready = arena_format(cli->arena, "%s/ready", member->path);
    (void)snprintf(wanted, sizeof wanted, "%ld\n", (long)pid);
    return lock != NULL && ready != NULL && network_pid(lock) == pid &&
           files_read(ready, 64, cli->arena, &log, &ignored) == FILES_OK &&
           bytes_equal(log, bytes_of_text(wanted));
}

static bool serves(struct cli *cli, const struct network_member *member, pid_t pid)
{
    return member->is_broker ? broker_serves(cli, member, pid) : client_answers(cli, member->path);
}

bool network_wait_ready(struct cli *cli, const struct network_member *member, pid_t pid, unsigned timeout_ms,
                        struct error *error)
{
    uint64_t end = host_mono().ms + timeout_ms;
    while (!serves(cli, member, pid)) {
        if (waitpid(pid, NULL, WNOHANG) == pid) {
            error_set(error, "%s ended at once: %s", member->name, last_log_line(cli, member));
            return false;
        }
        if (host_mono().ms > end) {
            error_set(error, "%s does not serve after %u s: %s", member->name, timeout_ms / 1000,
                      last_log_line(cli, member));
            return false;
        }
        network_pause(LOOK_EVERY_MS);
    }
    return true;
}

json_t *network_ask(struct cli *cli, const struct network_member *member)
{
    struct cli other = *cli;
    unsigned status = 0;
    other.directory = member->path;
    json_t *answer = member->pid == 0 ? NULL : client_try(&other, "/v1/status", &status);
    if (answer != NULL && status != 200) {
        json_decref(answer);
        answer = NULL;
    }
    return answer;
}

void network_wait_connected(struct cli *cli, const struct network_member *members, size_t count,
                            unsigned timeout_ms)
{
    uint64_t end = host_mono().ms + timeout_ms;
    for (size_t i = 0; i < count && host_mono().ms <= end;) {
        json_t *said = members[i].is_broker ? NULL : network_ask(cli, &members[i]);
        bool waits = said != NULL && !json_is_true(json_object_get(said, "connected"));
        json_decref(said);
        if (waits) {
            network_pause(LOOK_EVERY_MS);
        } else {
            i++;
        }
    }
}

/*
 * The kernel lets go of the lock when the process ends. Whether its id is still taken says nothing: it stays so until
 * somebody reaps it, and in a container there may be nobody who does.
 */
static bool is_gone(const struct network_member *member)
{
    char lock[PATH_MAX];
    pid_t child = waitpid(member->pid, NULL, WNOHANG);
    if (child >= 0) { /* it is our own */
        return child == member->pid;
    }
    (void)snprintf(lock, sizeof lock, "%s/%s.lock", member->path, member->is_broker ? "broker" : "node");
    return network_pid(lock) != member->pid;
}

bool network_stop(const struct network_member *member, unsigned timeout_ms, struct error *error)
{
    uint64_t patience = host_mono().ms + timeout_ms;
    if (member->pid == 0) {
        return true;
    }
    if (kill(member->pid, SIGTERM) != 0 && errno != ESRCH) {
        error_set(error, "cannot end %s (process %ld): %s", member->name, (long)member->pid, strerror(errno));
        return false;
    }
    while (!is_gone(member)) {
        if (host_mono().ms > patience) {
            (void)kill(member->pid, SIGKILL);
            patience = host_mono().ms + 1000;
        }
        network_pause(LOOK_EVERY_MS);
    }
    return true;
}
