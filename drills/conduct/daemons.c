/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* realpath */
#include "drills/conduct/daemons.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/daemon/host.h"
#include "base/ensure.h"
#include "base/instant.h"
#include "drills/conduct/left_over.h"

#define READY_MS      15000
#define CONNECTED_MS  5000
#define STOP_MS       5000
#define BEGINS_MS     1000 /* the clock stands still until everybody has come up: so long, */
#define BEGINS_EACH   100  /* and so much more for each of them */
#define LOOK_EVERY_MS 25
#define ARENA_BYTES   ((size_t)64 * 1024 * 1024)
#define SCRATCH_BYTES ((size_t)64 * 1024 * 1024)
#define NOWHERE       "tcp://127.0.0.1:1" /* nobody listens there */

/* --- the folder --- */

static struct network_folder scratch_folder(struct daemons *daemons, struct error *error)
{
    arena_reset(daemons->scratch);
    return (struct network_folder){
        .directory = daemons->folder.directory, .arena = daemons->scratch, .error = error};
}

static const char *moment(struct daemons *daemons, uint64_t ms)
{
    char text[INSTANT_TEXT_MAX];
    return arena_format(daemons->scratch, "%s", instant_write(text, (struct instant){.ms = (int64_t)ms}));
}

static bool write_conf(struct daemons *daemons, size_t actor, struct error *error)
{
    const struct daemon_actor *of = &daemons->actors[actor];
    const struct network_folder folder = scratch_folder(daemons, error);
    const char *begins = moment(daemons, daemons->clock.begins.ms);
    const char *shows = moment(daemons, (uint64_t)((int64_t)daemons->clock.shows.ms + of->off_ms));
    const struct network_conduct conduct = {
        .clock = arena_format(daemons->scratch, "%s %s %llu", begins, shows,
                              (unsigned long long)daemons->clock.rate),
        .through = of->cut ? NOWHERE : NULL,
    };
    return network_write_conf(daemons->network, &folder, actor, &conduct);
}

static void name_actors(struct daemons *daemons)
{
    struct arena *arena = daemons->arena;
    daemons->count = daemons->network->party_count + 1;
    daemons->actors = arena_zero(arena, daemons->count, sizeof *daemons->actors);
    ensure(daemons->actors != NULL);
    for (size_t i = 0; i < daemons->count; i++) {
        struct daemon_actor *actor = &daemons->actors[i];
        const char *name =
            i == 0 ? NETWORK_FOLDER_BROKER
                   : network_folder_member(&daemons->folder, &daemons->network->parties[i - 1].address);
        actor->member.is_broker = i == 0;
        actor->member.ends_with_us = true;
        actor->member.path = arena_format(arena, "%s/%s", daemons->folder.directory, name);
        actor->member.log = arena_format(arena, "%s/log", actor->member.path);
        ensure(actor->member.log != NULL);
        (void)snprintf(actor->member.name, sizeof actor->member.name, "%s", name);
        actor->cli = *daemons->of->cli;
        actor->cli.directory = actor->member.path;
        actor->cli.arena = daemons->scratch;
        actor->cli.language = NULL;
    }
}

static bool choose_folder(struct daemons *daemons, struct error *error)
{
    const char *directory = daemons->of->directory;
    daemons->ours = directory == NULL;
    if (directory != NULL) {
        struct network_folder given = {.directory = directory, .arena = daemons->arena, .error = error};
        if (!network_folder_open(&given)) {
            return false;
        }
        char *absolute = realpath(directory, NULL);
        directory = absolute == NULL ? NULL : arena_format(daemons->arena, "%s", absolute);
        free(absolute);
    } else {
        directory = network_folder_temporary(daemons->arena, REHEARSAL_FOLDER, error);
    }
    daemons->folder =
        (struct network_folder){.directory = directory, .arena = daemons->arena, .error = error};
    daemons->made = directory != NULL;
    daemons->lock = directory == NULL ? -1 : left_over_hold(directory, daemons->arena, error);
    daemons->of->made = directory == NULL ? NULL : arena_format(daemons->of->cli->arena, "%s", directory);
    return daemons->made && daemons->lock >= 0;
}

/* --- time --- */

/* By the machine: what begins is said by its clock. */
static uint64_t machine_ms(void)
{
    host_exercise((struct exercise_clock){.rate = 0});
    return host_wall().ms;
}

static void set_time(struct daemons *daemons, uint64_t shows_ms, uint64_t rate)
{
    daemons->clock = (struct exercise_clock){
        .begins = {.ms = machine_ms() + BEGINS_MS + BEGINS_EACH * daemons->count},
        .shows = {.ms = shows_ms},
        .rate = rate,
    };
    host_exercise(daemons->clock);
}

bool daemons_wait(struct daemons *daemons, uint64_t ms)
{
    const struct timespec time = {.tv_sec = (time_t)(ms / 1000), .tv_nsec = (long)(ms % 1000) * 1000000};
    return sigtimedwait(&daemons->signals, NULL, &time) < 0;
}

/* --- processes --- */

bool daemons_is_up(const struct daemons *daemons, size_t actor)
{
    return daemons->actors[actor].member.pid != 0;
}

/* Starts it with its present configuration; does not wait. */
static bool launch(struct daemons *daemons, size_t actor, struct error *error)
{
    struct daemon_actor *of = &daemons->actors[actor];
    return write_conf(daemons, actor, error) && network_start(&of->cli, &of->member, &of->member.pid, error);
}

/* Waits until it serves. What looks at its configuration takes its clock for ours. */
static bool await(struct daemons *daemons, size_t actor, struct error *error)
{
    struct daemon_actor *of = &daemons->actors[actor];
    arena_reset(daemons->scratch);
    bool good = network_wait_ready(&of->cli, &of->member, of->member.pid, READY_MS, error);
    if (good && actor != 0 && !of->has_client) {
        of->cli.arena = daemons->arena; /* its settings stay */
        of->has_client = client_open(&of->client, &of->cli) == EXIT_DONE;
        of->cli.arena = daemons->scratch;
        good = of->has_client;
    }
    host_exercise(daemons->clock);
    return good;
}

bool daemons_start(struct daemons *daemons, size_t actor, struct error *error)
{
    return launch(daemons, actor, error) && await(daemons, actor, error);
}

void daemons_crash(struct daemons *daemons, size_t actor)
{
    struct network_member *member = &daemons->actors[actor].member;
    if (member->pid != 0) {
        (void)kill(member->pid, SIGKILL);
        (void)waitpid(member->pid, NULL, 0);
        member->pid = 0;
    }
}

static bool stop(struct daemons *daemons, size_t actor, struct error *error)
{
    struct network_member *member = &daemons->actors[actor].member;
    bool good = network_stop(member, STOP_MS, error);
    member->pid = good ? 0 : member->pid;
    return good;
}

bool daemons_restart(struct daemons *daemons, size_t actor, struct error *error)
{
    return !daemons_is_up(daemons, actor) ||
           (stop(daemons, actor, error) && daemons_start(daemons, actor, error));
}

/* Nodes first: none has to look for a broker that went before it. */
static bool stop_all(struct daemons *daemons, struct error *error)
{
    bool all = true;
    for (size_t i = daemons->count; i-- > 0;) {
        all = stop(daemons, i, error) && all;
    }
    return all;
}

static void await_links(struct daemons *daemons)
{
    uint64_t until = host_mono().ms + CONNECTED_MS;
    for (size_t i = 1; i < daemons->count && host_mono().ms < until;) {
        unsigned status = 0;
        arena_reset(daemons->scratch);
        struct daemon_actor *of = &daemons->actors[i];
        json_t *said = of->member.pid == 0 ? NULL : client_glance(&of->client, "/v1/status", &status);
        bool waits = said != NULL && !json_is_true(json_object_get(said, "connected")) && !of->cut;
        json_decref(said);
        if (waits) {
            network_pause(LOOK_EVERY_MS);
        } else {
            i++;
        }
    }
}

/* The broker first, so that no node has to knock twice. */
static bool start_those(struct daemons *daemons, const bool *up, struct error *error)
{
    if (up[0] && !daemons_start(daemons, 0, error)) {
        return false;
    }
    for (size_t i = 1; i < daemons->count; i++) {
        if (up[i] && !launch(daemons, i, error)) {
            return false;
        }
    }
    for (size_t i = 1; i < daemons->count; i++) {
        if (up[i] && !await(daemons, i, error)) {
            return false;
        }
    }
    await_links(daemons);
    return true;
}

size_t daemons_ended(struct daemons *daemons)
{
    for (size_t i = 0; i < daemons->count; i++) {
        struct network_member *member = &daemons->actors[i].member;
        if (member->pid != 0 && waitpid(member->pid, NULL, WNOHANG) == member->pid) {
            member->pid = 0;
            return i;
        }
    }
    return SIZE_MAX;
}

bool daemons_roster(struct daemons *daemons, struct error *error)
{
    const struct network_folder folder = scratch_folder(daemons, error);
    if (!network_write_newest(daemons->network, &folder)) {
        return false;
    }
    for (size_t i = 0; i < daemons->count; i++) {
        if (daemons_is_up(daemons, i)) {
            (void)kill(daemons->actors[i].member.pid, SIGHUP);
        }
    }
    return true;
}

/* --- all of them --- */

struct daemons *daemons_new(struct rehearsal *of)
{
    struct daemons *daemons = calloc(1, sizeof *daemons);
    ensure(daemons != NULL);
    daemons->of = of;
    daemons->lock = -1;
    daemons->arena = arena_new(ARENA_BYTES);
    daemons->scratch = arena_new(SCRATCH_BYTES);
    ensure(daemons->arena != NULL && daemons->scratch != NULL);
    (void)sigemptyset(&daemons->signals);
    (void)sigaddset(&daemons->signals, SIGINT);
    (void)sigaddset(&daemons->signals, SIGTERM);
    (void)sigaddset(&daemons->signals, SIGHUP);
    daemons->holds_signals = sigprocmask(SIG_BLOCK, &daemons->signals, &daemons->before) == 0;
    return daemons;
}

bool daemons_begin(struct daemons *daemons, const struct network *network, uint64_t shows_ms, uint64_t rate,
                   struct error *error)
{
    daemons->network = network;
    if (!choose_folder(daemons, error) || !network_write(network, &daemons->folder)) {
        return false;
    }
    name_actors(daemons);
    bool *up = arena_zero(daemons->arena, daemons->count, sizeof *up);
    ensure(up != NULL);
    memset(up, true, daemons->count * sizeof *up);
    set_time(daemons, shows_ms, rate);
    return start_those(daemons, up, error);
}

bool daemons_leap(struct daemons *daemons, uint64_t shows_ms, struct error *error)
{
    bool *up = calloc(daemons->count, sizeof *up);
    ensure(up != NULL);
    for (size_t i = 0; i < daemons->count; i++) {
        up[i] = daemons_is_up(daemons, i);
    }
    bool good = stop_all(daemons, error);
    set_time(daemons, shows_ms, daemons->clock.rate);
    good = good && start_those(daemons, up, error);
    free(up);
    return good;
}

/* Who does not go when asked is made to. */
static void end_all(struct daemons *daemons)
{
    bool stopped = stop_all(daemons, NULL);
    for (size_t i = 0; i < daemons->count; i++) {
        if (!stopped) {
            daemons_crash(daemons, i);
        }
        if (daemons->actors[i].has_client) {
            client_close(&daemons->actors[i].client);
        }
    }
}

void daemons_free(struct daemons *daemons)
{
    if (daemons == NULL) {
        return;
    }
    if (daemons->actors != NULL) {
        end_all(daemons);
    }
    host_exercise((struct exercise_clock){.rate = 0});
    if (daemons->lock >= 0) {
        (void)close(daemons->lock);
    }
    if (daemons->made && daemons->ours && !daemons->of->keep &&
        network_folder_remove(daemons->folder.directory, NULL)) {
        daemons->of->made = NULL;
    }
    if (daemons->holds_signals) {
        (void)sigprocmask(SIG_SETMASK, &daemons->before, NULL);
    }
    arena_free(daemons->scratch);
    arena_free(daemons->arena);
    free(daemons);
}

/* --- asking them --- */

static const struct route {
    const char *method, *path;
    bool is_command;
} routes[] = {
    [VERB_NONE] = {NULL, NULL, false},
#define QUERY                                false
#define COMMAND                              true
#define VERB(name, kind, method, path, help) [VERB_##name] = {method, path, kind},
#include "nodes/api.def"
#undef VERB
#undef COMMAND
#undef QUERY
};

/* "/v1/cases/{id}" of a case, and what is asked for behind "?". */
static const char *path_of(struct arena *arena, const struct command *command)
{
    const char *path = routes[command->verb].path, *id = strstr(path, "{id}");
    const char *ask = command->query[0] == '\0' ? "" : "?";
    return id == NULL ? arena_format(arena, "%s%s%s", path, ask, command->query)
                      : arena_format(arena, "%.*s%s%s%s%s", (int)(id - path), path, command->target,
                                     id + strlen("{id}"), ask, command->query);
}

bool daemons_command(struct daemons *daemons, size_t actor, const struct command *command,
                     unsigned *ret_status, json_t **ret_answer)
{
    struct daemon_actor *of = &daemons->actors[actor];
    const struct route *route = &routes[command->verb];
    if (of->member.pid == 0) {
        return false;
    }
    arena_reset(daemons->scratch);
    const char *path = path_of(daemons->scratch, command);
    ensure(path != NULL);
    *ret_answer = client_once(&of->client, route->method, path, command->body,
                              route->is_command ? command->id : NULL, ret_status);
    return *ret_answer != NULL;
}

bool daemons_changed(struct daemons *daemons, size_t actor)
{
    struct daemon_actor *of = &daemons->actors[actor];
    const struct command look = {.verb = VERB_STATUS, .target = "", .query = ""};
    unsigned status = 0;
    json_t *answer = NULL;
    if (host_mono().ms < of->looked_ms + LOOK_EVERY_MS ||
        !daemons_command(daemons, actor, &look, &status, &answer)) {
        return false;
    }
    of->looked_ms = host_mono().ms;
    const json_t *figures = json_object_get(answer, "figures");
    uint64_t letters = (uint64_t)json_integer_value(json_object_get(figures, "received")) +
                       (uint64_t)json_integer_value(json_object_get(figures, "effective"));
    bool changed = letters != of->letters;
    of->letters = letters;
    json_decref(answer);
    return changed;
}

unsigned daemons_free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof address;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool good = fd >= 0 && bind(fd, (const struct sockaddr *)&address, sizeof address) == 0 &&
                getsockname(fd, (struct sockaddr *)&address, &size) == 0;
    if (fd >= 0) {
        (void)close(fd);
    }
    return good ? ntohs(address.sin_port) : 0;
}
