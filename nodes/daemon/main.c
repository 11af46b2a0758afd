/* SPDX-License-Identifier: Apache-2.0 */
/* comity-node: the node's host. Drain, decide, commit, speak and answer; everything about cases is in the core. */
#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "base/daemon/host.h"
#include "base/daemon/logger.h"
#include "base/daemon/notify.h"
#include "base/daemon/program.h"
#include "base/daemon/signals.h"
#include "base/log.h"
#include "base/store.h"
#include "base/text.h"
#include "keys/envelope.h"
#include "keys/keyfile.h"
#include "nodes/daemon/doors.h"
#include "nodes/daemon/hook_door.h"
#include "nodes/daemon/hooks.h"
#include "nodes/daemon/http.h"
#include "nodes/daemon/target.h"
#include "nodes/daemon/uplink.h"
#include "nodes/daemon/zones.h"
#include "nodes/node.h"
#include "nodes/settings.h"
#include "proto/json.h"

#define TURN_INPUT_BYTES   ((size_t)1024 * 1024)
#define TURN_INPUTS        512
#define TURN_DRAIN_MS      2
#define DISK_LOOK_EVERY_MS 1000
#define TROUBLE_LASTS_MS   2000
#define TROUBLE_AGAIN_MS   600000
#define WORDS_BYTES_MAX    (LANGUAGES_MAX * 4 * CATALOGUE_BYTES_MAX)

static const struct program program = {
    .name = "comity-node",
    .does = "The node of one national authority: keeps its cases, sends and receives sealed letters.",
    .lives_in = "  node.conf      configuration\n"
                "  keys/node.key  the key that signs envelopes (roster role node)\n"
                "  keys/seal.key  the key that signs lists of sealing keys (roster role seal)\n"
                "  keys/link.key  its CurveZMQ key (roster role link)\n"
                "  officers/      key files of officers: read by the command line, never by this daemon\n"
                "  roster/N/      roster version N: roster.json and its signatures roster.json.*.minisig\n"
                "  node.db        the case file; made at the first start\n"
                "  node.sock      the API: HTTP and JSON, for this user and root only\n",
    .config = "node.conf",
    .table = &settings_table,
};

#define PENDING_MAX (HTTP_CONNECTIONS_MAX * 2)

struct daemon {
    struct settings settings;
    char *directory;
    struct record_wish wish;
    struct exercise_clock clock;
    char *roster_directory;
    struct arena *arena; /* for the program's life */
    struct slab *slab;
    struct keyfile node_key, seal_key, link_key;
    struct signer node_signer, seal_signer;
    struct node_doors doors;
    struct uplink *uplink;
    struct http *http;
    struct hooks *hooks; /* NULL: no program is configured */
    struct languages languages;
    struct arena *words_arena; /* of the languages */
    struct logger *logger;
    int signals;
    struct zones zones;
    struct target target;
    mono_ms disk_looked_at, look_again;
    struct {
        char now[320], told[320]; /* why there is no link; "" when there is one */
        mono_ms since, tell_again;
    } trouble;
    struct {
        struct http_request *request;
        struct answer answer;
    } pending[PENDING_MAX]; /* answered after the commit */
    size_t pending_count;
};

static bool read_key(struct daemon *daemon, const char *name, enum key_role role, struct keyfile *ret,
                     struct error *error)
{
    const char *path = program_path(daemon->arena, daemon->directory, name);
    if (path == NULL) {
        error_set(error, "no memory");
        return false;
    }
    return keyfile_read_role(path, role, daemon->slab, ret, error);
}

static bool read_keys(struct daemon *daemon, struct error *error)
{
    daemon->slab = slab_new(NODE_SLAB_CELLS, error);
    if (daemon->slab == NULL || !read_key(daemon, "keys/node.key", ROLE_NODE, &daemon->node_key, error) ||
        !read_key(daemon, "keys/seal.key", ROLE_SEAL, &daemon->seal_key, error) ||
        !read_key(daemon, "keys/link.key", ROLE_LINK, &daemon->link_key, error)) {
        return false;
    }
    if (!signer_init(&daemon->node_signer, daemon->slab, secret_data(daemon->node_key.secret)) ||
        !signer_init(&daemon->seal_signer, daemon->slab, secret_data(daemon->seal_key.secret))) {
        error_set(error, "no locked memory for the node's keys");
        return false;
    }
    return true;
}

static bool open_node(struct daemon *daemon, struct error *error)
{
    struct node_options options;
    const struct settings *settings = &daemon->settings;
    node_options_default(&options);
    options.store_path = program_path(daemon->arena, daemon->directory, "node.db");
    options.node_signer = &daemon->node_signer;
    options.seal_signer = &daemon->seal_signer;
    options.slab = daemon->slab;
    options.life_ms = settings->life_days * MS_PER_DAY;
    options.prekey_days = settings->prekey_days;
    options.mla_lead_days = settings->mla_lead_days;
    options.store_bytes_max = settings->store_bytes_max;
    options.wall_rate = daemon->clock.rate == 0 ? 1 : daemon->clock.rate;
    options.has_exercise = strcmp(settings->exercise, "none") != 0;
    if (!hex_read(options.network.bytes, sizeof options.network.bytes, bytes_of_text(settings->network))) {
        error_set(error, "node.conf: network is not 64 lower-case hexadecimal digits");
        return false;
    }
    if (!address_read(bytes_of_text(settings->party), &options.party)) {
        error_set(error, "node.conf: party = %s is no address; write one like XA/poc", settings->party);
        return false;
    }
    if (options.has_exercise &&
        !hex_read(options.exercise.bytes, sizeof options.exercise.bytes, bytes_of_text(settings->exercise))) {
        error_set(error, "node.conf: exercise is neither none nor 32 lower-case hexadecimal digits");
        return false;
    }
    if (options.store_path == NULL) {
        error_set(error, "no memory");
        return false;
    }
    return node_door_open(&daemon->doors, &options, error) == DOOR_OK;
}

/*
 * Whether the node holds a roster of exercises only. It is opened for the question and closed again: what a record begins with
 * is the store as it is before the core opens it.
 */
static bool is_of_exercises(struct daemon *daemon, struct error *error)
{
    if (!open_node(daemon, error)) {
        return false;
    }
    const struct roster *roster = node_current_roster(daemon->doors.node);
    bool exercises = roster != NULL && roster_is_exercise(roster);
    node_close(daemon->doors.node);
    daemon->doors.node = NULL;
    if (!exercises) {
        error_set(
            error,
            "--record without --record-key is for networks whose roster is of exercises only, and what the "
            "node holds is not; seal the record: make a key with: comity world record-key FILE");
    }
    return exercises;
}

static bool keep_clock(struct daemon *daemon, struct error *error)
{
    const struct roster *roster = node_current_roster(daemon->doors.node);
    return program_keep_clock(&program, &daemon->clock, roster != NULL,
                              roster != NULL && roster_is_exercise(roster), error);
}

/* Begins the record, if one is asked for, and makes the turn, whose draws belong into it as the signatures do. */
static bool begin_record(struct daemon *daemon, struct error *error)
{
    char *store = program_path(daemon->arena, daemon->directory, "node.db");
    if (daemon->wish.file != NULL) {
        if (daemon->wish.key == NULL && !is_of_exercises(daemon, error)) {
            return false;
        }
        daemon->doors.record = program_record(&program, &daemon->wish, daemon->logger, error);
        if (daemon->doors.record == NULL || store == NULL) {
            return false;
        }
        record_store(daemon->doors.record, store);
    }
    node_door_signer(&daemon->doors, &daemon->node_signer);
    node_door_signer(&daemon->doors, &daemon->seal_signer);
    daemon->doors.turn =
        turn_new(record_source(daemon->doors.record, host_turn_source()), NODE_TURN_BYTES_MAX);
    if (daemon->doors.turn == NULL) {
        error_set(error, "no memory");
    }
    return daemon->doors.turn != NULL;
}

static void speak(struct daemon *daemon, mono_ms now)
{
    size_t count = 0;
    const struct said *said = turn_said(daemon->doors.turn, &count);
    for (size_t i = 0; i < count; i++) {
        if (said[i].kind == SAID_FRAME) {
            (void)uplink_send(daemon->uplink, said[i].to, said[i].frame); /* a full link ends: reported */
        } else {
            uplink_hang_up(daemon->uplink, said[i].to, said[i].why, now);
        }
    }
    for (size_t i = 0; i < daemon->pending_count; i++) {
        http_answer(daemon->pending[i].request, daemon->pending[i].answer.status,
                    daemon->pending[i].answer.json);
    }
    daemon->pending_count = 0;
}

/* Ends the turn: one commit, then the word. False: this process must end. */
static bool finish_turn(struct daemon *daemon, enum door door, mono_ms now)
{
    const char *cause = NULL;
    if (door == DOOR_OK) {
        door = node_door_turn_end(&daemon->doors);
    }
    if (door != DOOR_OK) {
        cause = "the turn failed, nothing of it was said; a restart continues";
    } else if (node_door_commit(&daemon->doors) != DOOR_OK) {
        cause = "the outcome of a commit is unknown, only the disk knows; a restart continues";
    }
    logger_turn(daemon->logger, daemon->doors.turn); /* of a turn that failed too: it says what led to it */
    if (cause != NULL) {
        logger_end(daemon->logger, "node.fatal", cause, node_trouble(daemon->doors.node));
        return false;
    }
    speak(daemon, now);
    record_turn(daemon->doors.record, daemon->doors.turn);
    return true;
}

static enum door offer_roster(void *context, const struct roster_file *file, const char **ret_refused,
                              struct error *error)
{
    struct daemon *daemon = context;
    enum roster_outcome outcome = ROSTER_NO_MEMORY;
    enum door door =
        node_door_roster(&daemon->doors, file->json, file->minisigs, file->count, &outcome, error);
    if (outcome != ROSTER_OK && outcome != ROSTER_SAME) {
        *ret_refused = roster_outcome_name(outcome);
    }
    return door;
}

/* Reads roster versions that are on the disk and newer than what the node holds. */
static enum door read_rosters(struct daemon *daemon)
{
    const struct roster *held = node_current_roster(daemon->doors.node);
    uint64_t version = held == NULL ? 1 : roster_version(held) + 1;
    const struct roster_taker taker = {.offer = offer_roster, .context = daemon};
    enum door door = program_rosters(daemon->roster_directory, version, taker, daemon->logger);
    zones_follow(&daemon->zones, &daemon->doors, daemon->settings.party, daemon->logger);
    return door;
}

static enum door take_in_link(struct daemon *daemon, const struct uplink_input *input)
{
    switch (input->event) {
    case UPLINK_UP:
        logger_event(daemon->logger, LOG_INFO, "link.up", "link=%" PRIu64, input->link.number);
        return node_door_link_up(&daemon->doors, input->link);
    case UPLINK_FRAME:
        return node_door_frame(&daemon->doors, input->link, input->frame);
    case UPLINK_DOWN:
        logger_event(daemon->logger, LOG_WARNING, "link.down", "link=%" PRIu64 " why=\"%s\"",
                     input->link.number, input->why);
        return node_door_link_down(&daemon->doors, input->link);
    case UPLINK_NOTHING:
        break;
    }
    return DOOR_OK;
}

/* A fault of the JSON text itself is answered here, since a core is given objects. */
static struct answer bad_json(struct turn *turn, const struct faults *faults)
{
    const struct fault *fault = &faults->list[0];
    json_t *object = json_pack("{s:s, s:s, s:s}", "error", fault->text, "code", fault->code, "next",
                               say(faults->words, "correct the body; see docs/api.yaml"));
    char *printed = object == NULL ? NULL : json_dumps(object, JSON_COMPACT);
    struct bytes copy = arena_copy(turn_arena(turn), bytes_of_text(printed == NULL ? "{}" : printed));
    free(printed);
    json_decref(object);
    return (struct answer){.status = 400, .json = copy};
}

static enum door take_in_request(struct daemon *daemon, struct http_request *request)
{
    struct faults faults;
    struct bytes text = http_body(request);
    struct answer answer = {.status = 500};
    enum door door = DOOR_OK;
    faults_init(&faults, turn_arena(daemon->doors.turn));
    faults.words = http_words(request);
    json_t *body = text.size == 0 ? NULL : json_read(text, HTTP_BODY_BYTES_MAX, &faults);
    if (faults_any(&faults)) {
        answer = bad_json(daemon->doors.turn, &faults);
    } else {
        struct command command = {
            .actor = http_actor(request),
            .verb = http_verb(request),
            .target = http_target(request),
            .query = http_query(request),
            .body = body,
            .words = http_words(request),
        };
        memcpy(command.id, http_command_id(request), sizeof command.id);
        door = node_door_command(&daemon->doors, &command, &answer);
    }
    json_decref(body);
    daemon->pending[daemon->pending_count].request = request;
    daemon->pending[daemon->pending_count++].answer = answer;
    return door;
}

static void look_at_disk(struct daemon *daemon, mono_ms now)
{
    uint64_t free_bytes = 0;
    struct error ignored = {.text = ""};
    if (now.ms >= daemon->disk_looked_at.ms && files_free_space(daemon->directory, &free_bytes, &ignored)) {
        node_door_disk_free(&daemon->doors, free_bytes);
        daemon->disk_looked_at = mono_after(now, DISK_LOOK_EVERY_MS);
    }
}

static mono_ms tick_at(const struct daemon *daemon)
{
    return mono_earlier(node_deadline(daemon->doors.node), daemon->look_again);
}

/* One turn: drains what waits within its bounds, decides, commits, speaks and answers. False: end. */
static bool one_turn(struct daemon *daemon, bool reload, bool *ret_idle)
{
    enum door door = DOOR_OK;
    size_t bytes = 0;
    size_t inputs = 0;
    mono_ms now = host_mono();
    look_at_disk(daemon, now);
    node_door_begin(&daemon->doors, host_wall(), now);
    if (reload) {
        door = read_rosters(daemon);
    }
    while (door == DOOR_OK && inputs < TURN_INPUTS && bytes < TURN_INPUT_BYTES) {
        struct uplink_input input = uplink_next(daemon->uplink, now);
        struct http_request *request = daemon->pending_count < PENDING_MAX ? http_next(daemon->http) : NULL;
        if (input.event == UPLINK_NOTHING && request == NULL) {
            break;
        }
        door = take_in_link(daemon, &input);
        /* A frame may have brought a roster: what is asked next counts in its zones. */
        zones_follow(&daemon->zones, &daemon->doors, daemon->settings.party, daemon->logger);
        if (door == DOOR_OK && request != NULL) {
            door = take_in_request(daemon, request);
        }
        bytes += input.event == UPLINK_FRAME ? input.frame.size : 0;
        inputs++;
        if (host_mono().ms > now.ms + TURN_DRAIN_MS) {
            break;
        }
    }
    if (door == DOOR_OK && tick_at(daemon).ms <= now.ms) {
        door = node_door_tick(&daemon->doors);
        daemon->look_again = host_look_again(now);
    }
    if (door == DOOR_OK && daemon->hooks != NULL) {
        door = hook_door_tend(daemon->hooks, &daemon->doors);
    }
    *ret_idle = inputs == 0;
    return finish_turn(daemon, door, now);
}

/* Says why there is no link once that has lasted a moment; the same trouble again after ten minutes only. */
static void tell_trouble(struct daemon *daemon, mono_ms now)
{
    const char *trouble = uplink_trouble(daemon->uplink);
    node_door_link_trouble(&daemon->doors, trouble);
    if (strcmp(trouble, daemon->trouble.now) != 0) {
        (void)snprintf(daemon->trouble.now, sizeof daemon->trouble.now, "%s", trouble);
        daemon->trouble.since = now;
    }
    bool is_new = strcmp(trouble, daemon->trouble.told) != 0 || now.ms >= daemon->trouble.tell_again.ms;
    if (trouble[0] == '\0' || !is_new || now.ms < mono_after(daemon->trouble.since, TROUBLE_LASTS_MS).ms) {
        return;
    }
    struct log_line line;
    log_line_init(&line);
    log_text(&line, "cause", bytes_of_text(trouble));
    logger_event(daemon->logger, LOG_WARNING, "link.trouble", "%s", line.text);
    (void)snprintf(daemon->trouble.told, sizeof daemon->trouble.told, "%s", trouble);
    daemon->trouble.tell_again = mono_after(now, TROUBLE_AGAIN_MS);
}

static int64_t wait_ms(struct daemon *daemon, mono_ms now, mono_ms tend_at)
{
    mono_ms until = mono_earlier(tick_at(daemon), tend_at);
    mono_ms lasted = mono_after(daemon->trouble.since, TROUBLE_LASTS_MS);
    int64_t http = http_timeout_ms(daemon->http);
    until = http < 0 ? until : mono_earlier(until, mono_after(now, (uint64_t)http));
    until = daemon->trouble.now[0] == '\0' || lasted.ms <= now.ms ? until : mono_earlier(until, lasted);
    until = daemon->hooks == NULL ? until : mono_earlier(until, hooks_deadline(daemon->hooks));
    return notify_wait_ms(now, until);
}

/* Waits for the link, the API or a signal. False when the poll itself failed. */
static bool wait_for_input(struct daemon *daemon, int64_t timeout_ms, bool *ret_signalled)
{
    zmq_pollitem_t items[5] = {
        {.fd = daemon->signals, .events = ZMQ_POLLIN},
        {.fd = http_poll_fd(daemon->http), .events = ZMQ_POLLIN},
    };
    void *sockets[2];
    size_t count = uplink_poll_sockets(daemon->uplink, sockets);
    for (size_t i = 0; i < count; i++) {
        items[2 + i] = (zmq_pollitem_t){.socket = sockets[i], .events = ZMQ_POLLIN};
    }
    int ended = daemon->hooks == NULL ? -1 : hooks_poll_fd(daemon->hooks);
    if (ended >= 0) {
        items[2 + count++] = (zmq_pollitem_t){.fd = ended, .events = ZMQ_POLLIN};
    }
    if (zmq_poll(items, 2 + (int)count, (long)timeout_ms) < 0 && zmq_errno() != EINTR) {
        return false;
    }
    *ret_signalled = (items[0].revents & ZMQ_POLLIN) != 0;
    http_run(daemon->http);
    return true;
}

static void run_hooks(struct daemon *daemon)
{
    if (daemon->hooks != NULL) {
        hooks_run(daemon->hooks, host_mono());
    }
}

static int serve(struct daemon *daemon)
{
    bool idle = false;
    for (;;) {
        bool signalled = false;
        target_follow(&daemon->target, daemon->uplink, daemon->doors.node, daemon->logger);
        mono_ms now = host_mono();
        mono_ms tend_at = uplink_tend(daemon->uplink, now);
        tell_trouble(daemon, now);
        if (!wait_for_input(daemon, wait_ms(daemon, now, tend_at), &signalled)) {
            logger_end(daemon->logger, "node.fatal", "cannot wait for input; a restart continues",
                       zmq_strerror(zmq_errno()));
            return EXIT_REFUSED;
        }
        enum host_signal signal = signalled ? signals_next(daemon->signals) : HOST_SIGNAL_NONE;
        if (signal == HOST_SIGNAL_STOP) {
            notify_stopping();
            logger_event(daemon->logger, LOG_NOTICE, "node.stopped", "signal=1");
            return EXIT_DONE;
        }
        run_hooks(daemon); /* what ended is told in this turn */
        if (!one_turn(daemon, signal == HOST_SIGNAL_RELOAD, &idle)) {
            return EXIT_REFUSED;
        }
        struct error error = {.text = ""};
        if (!keep_clock(daemon, &error)) {
            logger_end(daemon->logger, "node.fatal", "the clock of an exercise may not go on", error.text);
            return EXIT_REFUSED;
        }
        http_run(daemon->http); /* what was answered leaves */
        run_hooks(daemon);
        if (node_door_between_turns(&daemon->doors, idle) != DOOR_OK) {
            logger_end(daemon->logger, "node.fatal", "the store failed between turns; a restart continues",
                       node_trouble(daemon->doors.node));
            return EXIT_REFUSED;
        }
        notify_alive();
    }
}

static bool prepare(struct daemon *daemon, struct error *error)
{
    if (!program_configure(&program, daemon->directory, &daemon->settings, daemon->arena, error)) {
        return false;
    }
    daemon->logger = program_logger(&program, daemon->settings.log, error);
    if (daemon->logger == NULL) {
        return false;
    }
    daemon->roster_directory = program_path(daemon->arena, daemon->directory, "roster");
    if (daemon->roster_directory == NULL) {
        error_set(error, "no memory");
        return false;
    }
    return true;
}

static bool start(struct daemon *daemon, struct error *error)
{
    if (!prepare(daemon, error)) {
        return false;
    }
    char *lock = program_path(daemon->arena, daemon->directory, "node.lock");
    char *socket = program_path(daemon->arena, daemon->directory, daemon->settings.socket);
    daemon->signals = signals_open(error);
    if (lock == NULL || socket == NULL || daemon->signals < 0 || files_lock(lock, error) < 0 ||
        !read_keys(daemon, error) ||
        !program_exercise_clock(&program, daemon->settings.exercise_clock, &daemon->clock, error) ||
        !begin_record(daemon, error) || !open_node(daemon, error) || !keep_clock(daemon, error)) {
        return false;
    }
    if (node_dropped_pages(daemon->doors.node) !=
        0) { /* normal after a power cut or a kill in the middle of a commit */
        logger_event(daemon->logger, LOG_NOTICE, "store.cut_short", "pages=%llu",
                     (unsigned long long)node_dropped_pages(daemon->doors.node));
    }
    node_door_begin(&daemon->doors, host_wall(), host_mono());
    if (!finish_turn(daemon, read_rosters(daemon), host_mono())) {
        error_set(error, "the store failed while the roster was read");
        return false;
    }
    if (!node_ready(daemon->doors.node)) {
        error_set(error, "no roster names %s; put version 1 and its signatures into %s/1",
                  daemon->settings.party, daemon->roster_directory);
        return false;
    }
    if (!keep_clock(daemon, error)) {
        return false;
    }
    daemon->target.through = strcmp(daemon->settings.through, "none") == 0 ? NULL : daemon->settings.through;
    daemon->look_again = host_look_again(host_mono());
    if (strcmp(daemon->settings.hook, "none") != 0) {
        daemon->hooks = hooks_new(daemon->settings.hook, error);
        if (daemon->hooks == NULL) {
            return false;
        }
    }
    daemon->uplink = uplink_new(&daemon->link_key.key, secret_bytes(daemon->link_key.secret), error);
    daemon->http = daemon->uplink == NULL ? NULL : http_open(socket, error);
    if (daemon->http == NULL) {
        return false;
    }
    daemon->words_arena = arena_new(WORDS_BYTES_MAX);
    if (daemon->words_arena != NULL) { /* without memory for them it speaks as the source does */
        languages_read(&daemon->languages, daemon->words_arena);
        http_languages(daemon->http, &daemon->languages);
    }
    return true;
}

static void stop(struct daemon *daemon)
{
    hooks_free(daemon->hooks);
    http_close(daemon->http);
    uplink_free(daemon->uplink);
    node_close(daemon->doors.node);
    turn_free(daemon->doors.turn);
    record_close(daemon->doors.record);
    signer_done(&daemon->node_signer);
    signer_done(&daemon->seal_signer);
    keyfile_done(&daemon->node_key);
    keyfile_done(&daemon->seal_key);
    keyfile_done(&daemon->link_key);
    zones_done(&daemon->zones);
    slab_free(daemon->slab);
    logger_free(daemon->logger);
    arena_free(daemon->words_arena);
    arena_free(daemon->arena);
    free(daemon->directory);
}

int main(int argc, char **argv)
{
    struct error error = {.text = ""};
    static struct daemon daemon = {.signals = -1};
    int code = EXIT_REFUSED;
    if (!host_harden(&error)) {
        (void)fprintf(stderr, "comity-node: %s\n", error.text);
        return EXIT_REFUSED;
    }
    store_start();
    daemon.directory = program_directory(&program, argc, argv, &daemon.wish);
    daemon.arena = arena_new(CONFIG_BYTES_MAX * 16);
    if (daemon.arena == NULL || !start(&daemon, &error)) {
        (void)fprintf(stderr, "comity-node: %s\n", error.text[0] == '\0' ? "no memory" : error.text);
    } else {
        logger_event(daemon.logger, LOG_NOTICE, "node.ready", "party=%s version=%s", daemon.settings.party,
                     COMITY_VERSION);
        notify_ready();
        code = serve(&daemon);
    }
    stop(&daemon);
    return code;
}
