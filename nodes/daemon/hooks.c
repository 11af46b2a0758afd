/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/daemon/hooks.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct waiting {
    uint64_t alarm;
    char *line; /* JSON; owned */
    unsigned tries;
    mono_ms at; /* not tried before */
};

struct hooks {
    const char *program;
    struct waiting queue[HOOK_QUEUE_MAX];
    size_t count;
    struct {
        uint64_t alarm;
        bool told;
    } results[HOOK_QUEUE_MAX];
    size_t result_count;
    bool asked;      /* the node was asked since this process began */
    bool more;       /* there was more than the queue takes */
    uint64_t raised; /* as of then */
    pid_t child;     /* 0: nothing runs */
    pid_t killed;    /* is to be gone soon, and nothing begins before; 0: none */
    int ended;       /* the read end of a pipe whose other end only the child has; -1 */
    size_t told;     /* which of the queue it is told */
    mono_ms until;   /* of the run, or of the wait for what was killed */
};

struct hooks *hooks_new(const char *program, struct error *error)
{
    struct hooks *hooks = calloc(1, sizeof *hooks);
    if (program[0] != '/' || access(program, X_OK) != 0) {
        error_set(error, "hook = %s is no program that can be run; give an absolute path, or none", program);
    } else if (hooks == NULL) {
        error_set(error, "no memory");
    } else {
        hooks->program = program;
        hooks->ended = -1;
        return hooks;
    }
    free(hooks);
    return NULL;
}

/* Its group and itself, for it may have left the group. What a disk holds up ends later than it is told to: nobody waits. */
static void end_child(struct hooks *hooks)
{
    (void)kill(-hooks->child, SIGKILL);
    (void)kill(hooks->child, SIGKILL);
    hooks->killed = hooks->child;
}

static bool is_gone(struct hooks *hooks)
{
    if (hooks->killed != 0 && waitpid(hooks->killed, NULL, WNOHANG) != 0) {
        hooks->killed = 0;
    }
    return hooks->killed == 0;
}

static void close_end(struct hooks *hooks)
{
    (void)close(hooks->ended);
    hooks->ended = -1;
    hooks->child = 0;
}

static void drop(struct waiting *queue, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(queue[i].line);
    }
}

void hooks_free(struct hooks *hooks)
{
    if (hooks == NULL) {
        return;
    }
    if (hooks->child != 0) {
        end_child(hooks);
        close_end(hooks);
    }
    drop(hooks->queue, hooks->count);
    free(hooks);
}

/* --- what is to be told --- */

bool hooks_want(const struct hooks *hooks, uint64_t raised)
{
    return hooks->child == 0 && hooks->result_count == 0 &&
           (!hooks->asked || raised != hooks->raised || (hooks->more && hooks->count == 0));
}

static const struct waiting *find(const struct waiting *queue, size_t count, uint64_t alarm)
{
    for (size_t i = 0; i < count; i++) {
        if (queue[i].alarm == alarm) {
            return &queue[i];
        }
    }
    return NULL;
}

static void report(struct hooks *hooks, uint64_t alarm, bool told)
{
    if (hooks->result_count < HOOK_QUEUE_MAX) {
        hooks->results[hooks->result_count].alarm = alarm;
        hooks->results[hooks->result_count++].told = told;
    }
}

void hooks_give(struct hooks *hooks, uint64_t raised, const char *json, size_t size)
{
    struct waiting before[HOOK_QUEUE_MAX];
    size_t before_count = hooks->count;
    json_t *answer = json_loadb(json, size, 0, NULL);
    json_t *party = json_object_get(answer, "party");
    json_t *list = json_object_get(answer, "alarms");
    memcpy(before, hooks->queue, sizeof before);
    hooks->asked = true;
    hooks->raised = raised;
    hooks->more = json_array_size(list) >= HOOK_QUEUE_MAX;
    hooks->count = 0;
    for (size_t i = 0; i < json_array_size(list) && hooks->count < HOOK_QUEUE_MAX; i++) {
        json_t *alarm = json_array_get(list, i);
        uint64_t number = (uint64_t)json_integer_value(json_object_get(alarm, "alarm"));
        const struct waiting *known = find(before, before_count, number);
        if (json_is_true(json_object_get(alarm, "old"))) {
            report(hooks, number, false);
            continue;
        }
        struct waiting *last = &hooks->queue[hooks->count];
        (void)json_object_set(alarm, "party", party);
        *last = (struct waiting){.alarm = number, .line = json_dumps(alarm, JSON_COMPACT)};
        if (known != NULL) {
            last->tries = known->tries;
            last->at = known->at;
        }
        hooks->count += last->line == NULL ? 0 : 1;
    }
    drop(before, before_count);
    json_decref(answer);
}

bool hooks_result(struct hooks *hooks, uint64_t *ret_alarm, bool *ret_told)
{
    if (hooks->result_count == 0) {
        return false;
    }
    hooks->result_count--;
    *ret_alarm = hooks->results[hooks->result_count].alarm;
    *ret_told = hooks->results[hooks->result_count].told;
    return true;
}

/* --- one run --- */

static void finish(struct hooks *hooks)
{
    report(hooks, hooks->queue[hooks->told].alarm, true);
    free(hooks->queue[hooks->told].line);
    hooks->count--;
    memmove(&hooks->queue[hooks->told], &hooks->queue[hooks->told + 1],
            (hooks->count - hooks->told) * sizeof hooks->queue[0]);
}

/* The node says anew what is still worth telling: in a day nobody has to hear of it any more. */
static void try_later(struct hooks *hooks, mono_ms now)
{
    struct waiting *failed = &hooks->queue[hooks->told];
    uint64_t pause = MS_PER_SECOND << (2 * (failed->tries < 8 ? failed->tries : 8));
    failed->tries++;
    failed->at = mono_after(now, pause < HOOK_PAUSE_MAX_MS ? pause : HOOK_PAUSE_MAX_MS);
    hooks->asked = false;
    report(hooks, failed->alarm, false);
}

/* The first of those whose time has come; count: none. */
static size_t next(const struct hooks *hooks, mono_ms now)
{
    size_t at = 0;
    while (at < hooks->count && hooks->queue[at].at.ms > now.ms) {
        at++;
    }
    return at;
}

/* The child has the read end of in as its standard input and the write end of ended as descriptor 3, and nothing else. */
static bool spawn(struct hooks *hooks, int in, int ended)
{
    static char path[] = "PATH=/usr/local/bin:/usr/bin:/bin";
    char *environment[] = {path, NULL};
    char *arguments[] = {(char *)(uintptr_t)hooks->program, NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, ignored;
    (void)sigemptyset(&none);
    (void)sigemptyset(&ignored);
    (void)sigaddset(&ignored, SIGPIPE);
    (void)sigaddset(&ignored, SIGXFSZ);
    if (posix_spawn_file_actions_init(&actions) != 0) {
        return false;
    }
    if (posix_spawnattr_init(&attributes) != 0) {
        (void)posix_spawn_file_actions_destroy(&actions);
        return false;
    }
    bool set = posix_spawn_file_actions_adddup2(&actions, ended, 3) == 0 &&
               posix_spawn_file_actions_adddup2(&actions, in, 0) == 0 &&
               posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0) == 0 &&
               posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0) == 0 &&
               posix_spawnattr_setsigmask(&attributes, &none) == 0 &&
               posix_spawnattr_setsigdefault(&attributes, &ignored) == 0 &&
               posix_spawnattr_setpgroup(&attributes, 0) == 0 &&
               posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                                                         POSIX_SPAWN_SETPGROUP) == 0;
    bool began =
        set && posix_spawn(&hooks->child, hooks->program, &actions, &attributes, arguments, environment) == 0;
    (void)posix_spawnattr_destroy(&attributes);
    (void)posix_spawn_file_actions_destroy(&actions);
    return began;
}

/* Four descriptors above 3, closed in every child but for what is handed to it. */
static bool pipes(int ret_in[2], int ret_ended[2])
{
    if (pipe(ret_in) != 0) {
        return false;
    }
    if (pipe(ret_ended) != 0) {
        (void)close(ret_in[0]);
        (void)close(ret_in[1]);
        return false;
    }
    int *all[] = {&ret_in[0], &ret_in[1], &ret_ended[0], &ret_ended[1]};
    bool good = true;
    for (size_t i = 0; i < 4; i++) {
        int moved = fcntl(*all[i], F_DUPFD_CLOEXEC, 4);
        (void)close(*all[i]);
        *all[i] = moved;
        good = good && moved >= 0;
    }
    return good;
}

/* A line is shorter than what a pipe takes at once: writing it does not wait for the program. */
static bool begin(struct hooks *hooks, mono_ms now)
{
    int in[2] = {-1, -1};
    int ended[2] = {-1, -1};
    const char *line = hooks->queue[hooks->told].line;
    size_t size = strlen(line);
    bool began = pipes(in, ended) && size < 4096 && write(in[1], line, size) == (ssize_t)size &&
                 write(in[1], "\n", 1) == 1 && spawn(hooks, in[0], ended[1]);
    int others[] = {in[0], in[1], ended[1], began ? -1 : ended[0]};
    for (size_t i = 0; i < 4; i++) {
        if (others[i] >= 0) {
            (void)close(others[i]);
        }
    }
    hooks->ended = began ? ended[0] : -1;
    hooks->child = began ? hooks->child : 0;
    hooks->until = mono_after(now, HOOK_TIME_MS);
    return began;
}

/* True when the run is over. */
static bool is_over(struct hooks *hooks, mono_ms now, bool *ret_told)
{
    int status = 0;
    pid_t got = waitpid(hooks->child, &status, WNOHANG);
    *ret_told = got == hooks->child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (got == 0 && now.ms >= hooks->until.ms) {
        end_child(hooks);
        return true;
    }
    return got != 0 && !(got < 0 && errno == EINTR);
}

void hooks_run(struct hooks *hooks, mono_ms now)
{
    bool told = false;
    if (hooks->child != 0) {
        if (!is_over(hooks, now, &told)) {
            return;
        }
        close_end(hooks);
        hooks->until = (mono_ms){0};
        if (told) {
            finish(hooks);
        } else {
            try_later(hooks, now);
        }
    }
    if (hooks->result_count != 0) {
        return; /* the node hears of it first, and may name another one */
    }
    hooks->told = next(hooks, now);
    if (hooks->told == hooks->count) {
        return;
    }
    if (!is_gone(hooks)) {
        hooks->until = mono_after(now, MS_PER_SECOND);
    } else if (!begin(hooks, now)) {
        hooks->until = (mono_ms){0};
        try_later(hooks, now);
    }
}

int hooks_poll_fd(const struct hooks *hooks)
{
    return hooks->ended;
}

mono_ms hooks_deadline(const struct hooks *hooks)
{
    mono_ms first = {hooks->result_count != 0 ? 0 : UINT64_MAX};
    if (hooks->child != 0) {
        return hooks->until;
    }
    for (size_t i = 0; i < hooks->count; i++) {
        first = mono_earlier(first, hooks->queue[i].at);
    }
    return first.ms < hooks->until.ms ? hooks->until : first;
}
