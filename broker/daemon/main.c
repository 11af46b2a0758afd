/* SPDX-License-Identifier: Apache-2.0 */
/* comity-broker: the broker's host. Drain, decide, commit, speak; everything about the protocol is in the core. */
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/daemon/host.h"
#include "base/daemon/logger.h"
#include "base/daemon/notify.h"
#include "base/daemon/program.h"
#include "base/daemon/signals.h"
#include "base/log.h"
#include "base/store.h"
#include "base/text.h"
#include "broker/broker.h"
#include "broker/daemon/doors.h"
#include "broker/daemon/hub.h"
#include "keys/keyfile.h"

#define TURN_INPUT_BYTES   ((size_t)1024 * 1024)
#define TURN_INPUT_FRAMES  512
#define TURN_DRAIN_MS      2
#define DISK_LOOK_EVERY_MS 1000
#define TELL_EVERY_MS      1000

struct settings {
    const char *network;
    const char *id;
    const char *bind;
    const char *log;
    const char *exercise_clock;
    uint64_t spool_bytes_max;
    uint64_t quota_envelopes;
    uint64_t quota_bytes;
};

static const struct config_key keys[] = {
    {"network", CONFIG_TEXT, offsetof(struct settings, network), 64, 64, NULL,
     "id of the network: the hash of roster version 1, 64 hexadecimal digits, compared on paper"},
    {"id", CONFIG_TEXT, offsetof(struct settings, id), 1, 64, "broker-1",
     "name of this broker in the roster"},
    {"bind", CONFIG_TEXT, offsetof(struct settings, bind), 8, 255, "tcp://127.0.0.1:7701", "where to listen"},
    {"log", CONFIG_TEXT, offsetof(struct settings, log), 1, 16, "info",
     "least level of what is logged: error, warning, notice, info, debug"},
    {"exercise_clock", CONFIG_TEXT, offsetof(struct settings, exercise_clock), 1, EXERCISE_CLOCK_TEXT_MAX,
     "none", EXERCISE_CLOCK_HELP},
    {"spool_bytes_max", CONFIG_SIZE, offsetof(struct settings, spool_bytes_max), 1048576, INT64_MAX,
     CONFIG_TEXT_OF(BROKER_SPOOL_GIB) "GiB",
     "what may wait in the spool; beyond it senders are told to wait"},
    {"quota_envelopes", CONFIG_NUMBER, offsetof(struct settings, quota_envelopes), 1, 1000000000,
     CONFIG_TEXT_OF(BROKER_QUOTA_ENVELOPES),
     "envelopes of one sender that may wait for one recipient, unless the roster says otherwise"},
    {"quota_bytes", CONFIG_SIZE, offsetof(struct settings, quota_bytes), 1048576, INT64_MAX,
     CONFIG_TEXT_OF(BROKER_QUOTA_GIB) "GiB",
     "bytes of one sender that may wait for one recipient, unless the roster says otherwise"},
};
static const struct config_table table = {keys, sizeof keys / sizeof keys[0], sizeof(struct settings)};
static const struct program program = {
    .name = "comity-broker",
    .does = "The hub of a Comity network: stores and forwards sealed envelopes, and cannot read them.",
    .lives_in = "  broker.conf       configuration\n"
                "  keys/link.key     its CurveZMQ key (roster role link)\n"
                "  keys/receipt.key  the key that signs its receipts (roster role receipt)\n"
                "  roster/N/         roster version N: roster.json and its signatures roster.json.*.minisig\n"
                "  broker.db         the spool; made at the first start\n",
    .config = "broker.conf",
    .table = &table,
};

struct daemon {
    struct settings settings;
    char *directory;
    struct record_wish wish;
    struct exercise_clock clock;
    char *roster_directory;
    struct arena *arena; /* for the program's life */
    struct slab *slab;
    struct keyfile link_key, receipt_key;
    struct signer receipt_signer;
    struct broker_doors doors;
    struct hub *hub;
    struct logger *logger;
    int signals;
    mono_ms disk_looked_at, look_again;
    uint64_t told; /* refusals at the door that were logged */
    mono_ms tell_after;
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
    daemon->slab = slab_new(BROKER_SLAB_CELLS, error);
    if (daemon->slab == NULL || !read_key(daemon, "keys/link.key", ROLE_LINK, &daemon->link_key, error) ||
        !read_key(daemon, "keys/receipt.key", ROLE_RECEIPT, &daemon->receipt_key, error)) {
        return false;
    }
    if (!signer_init(&daemon->receipt_signer, daemon->slab, secret_data(daemon->receipt_key.secret))) {
        error_set(error, "no locked memory for the receipt key");
        return false;
    }
    return true;
}

static bool open_broker(struct daemon *daemon, struct error *error)
{
    struct broker_options options;
    broker_options_default(&options);
    options.store_path = program_path(daemon->arena, daemon->directory, "broker.db");
    options.id = daemon->settings.id;
    options.receipt_signer = &daemon->receipt_signer;
    options.spool_bytes_max = daemon->settings.spool_bytes_max;
    options.quota_envelopes = daemon->settings.quota_envelopes;
    options.quota_bytes = daemon->settings.quota_bytes;
    if (!hex_read(options.network.bytes, sizeof options.network.bytes,
                  bytes_of_text(daemon->settings.network))) {
        error_set(error, "broker.conf: network is not 64 lower-case hexadecimal digits");
        return false;
    }
    if (options.store_path == NULL) {
        error_set(error, "no memory");
        return false;
    }
    return broker_door_open(&daemon->doors, &options, error) == DOOR_OK;
}

/*
 * Whether the broker holds a roster of exercises only. It is opened for the question and closed again: what a record begins with
 * is the store as it is before the core opens it.
 */
static bool is_of_exercises(struct daemon *daemon, struct error *error)
{
    if (!open_broker(daemon, error)) {
        return false;
    }
    const struct roster *roster = broker_current_roster(daemon->doors.broker);
    bool exercises = roster != NULL && roster_is_exercise(roster);
    broker_close(daemon->doors.broker);
    daemon->doors.broker = NULL;
    if (!exercises) {
        error_set(
            error,
            "--record without --record-key is for networks whose roster is of exercises only, and what the "
            "broker holds is not; seal the record: make a key with: comity world record-key FILE");
    }
    return exercises;
}

static bool keep_clock(struct daemon *daemon, struct error *error)
{
    const struct roster *roster = broker_current_roster(daemon->doors.broker);
    return program_keep_clock(&program, &daemon->clock, roster != NULL,
                              roster != NULL && roster_is_exercise(roster), error);
}

/* Begins the record, if one is asked for, and makes the turn, whose draws belong into it as the signatures do. */
static bool begin_record(struct daemon *daemon, struct error *error)
{
    char *store = program_path(daemon->arena, daemon->directory, "broker.db");
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
    broker_door_signer(&daemon->doors, &daemon->receipt_signer);
    daemon->doors.turn =
        turn_new(record_source(daemon->doors.record, host_turn_source()), BROKER_TURN_BYTES_MAX);
    if (daemon->doors.turn == NULL) {
        error_set(error, "no memory");
    }
    return daemon->doors.turn != NULL;
}

static bool admit(void *context, const struct public_key *key, struct address *ret_party)
{
    struct daemon *daemon = context;
    const struct party *party = broker_admit(daemon->doors.broker, key, host_wall());
    if (party != NULL) {
        *ret_party = party->address;
    }
    return party != NULL;
}

/* Speaks what the turn said, in order, after its commit. */
static void speak(struct daemon *daemon, mono_ms now)
{
    size_t count = 0;
    const struct said *said = turn_said(daemon->doors.turn, &count);
    for (size_t i = 0; i < count; i++) {
        if (said[i].kind == SAID_FRAME) {
            (void)hub_send(daemon->hub, said[i].to,
                           said[i].frame); /* a link that cannot take it ends: reported */
        } else {
            hub_hang_up(daemon->hub, said[i].to, now);
        }
    }
}

/* Ends the turn: one commit, then the word. False: this process must end. */
static bool finish_turn(struct daemon *daemon, enum door door, mono_ms now)
{
    const char *cause = NULL;
    if (door == DOOR_OK) {
        door = broker_door_turn_end(&daemon->doors);
    }
    if (door != DOOR_OK) {
        cause = "the turn failed, nothing of it was said; a restart continues";
    } else if (broker_door_commit(&daemon->doors) != DOOR_OK) {
        cause = "the outcome of a commit is unknown, only the disk knows; a restart continues";
    }
    logger_turn(daemon->logger, daemon->doors.turn); /* of a turn that failed too: it says what led to it */
    if (cause != NULL) {
        logger_end(daemon->logger, "broker.fatal", cause, broker_trouble(daemon->doors.broker));
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
        broker_door_roster(&daemon->doors, file->json, file->minisigs, file->count, &outcome, error);
    if (outcome != ROSTER_OK && outcome != ROSTER_SAME) {
        *ret_refused = roster_outcome_name(outcome);
    }
    return door;
}

/* Reads roster versions that are on the disk and newer than what the broker holds. */
static enum door read_rosters(struct daemon *daemon)
{
    const struct roster *held = broker_current_roster(daemon->doors.broker);
    uint64_t version = held == NULL ? 1 : roster_version(held) + 1;
    const struct roster_taker taker = {.offer = offer_roster, .context = daemon};
    return program_rosters(daemon->roster_directory, version, taker, daemon->logger);
}

static enum door take_in(struct daemon *daemon, const struct hub_input *input)
{
    switch (input->event) {
    case HUB_LINK_UP:
        return broker_door_link_up(&daemon->doors, input->link, &input->party);
    case HUB_FRAME:
        return broker_door_frame(&daemon->doors, input->link, input->frame);
    case HUB_LINK_DOWN:
        return broker_door_link_down(&daemon->doors, input->link);
    case HUB_NOTHING:
        break;
    }
    return DOOR_OK;
}

static void look_at_disk(struct daemon *daemon, mono_ms now)
{
    uint64_t free_bytes = 0;
    struct error ignored = {.text = ""};
    if (now.ms >= daemon->disk_looked_at.ms && files_free_space(daemon->directory, &free_bytes, &ignored)) {
        broker_door_disk_free(&daemon->doors, free_bytes);
        daemon->disk_looked_at = mono_after(now, DISK_LOOK_EVERY_MS);
    }
}

static mono_ms tick_at(const struct daemon *daemon)
{
    return mono_earlier(broker_deadline(daemon->doors.broker), daemon->look_again);
}

/* One turn: drains what waits within its bounds, decides, commits, speaks. False: end. */
static bool one_turn(struct daemon *daemon, bool reload, bool *ret_idle)
{
    enum door door = DOOR_OK;
    size_t bytes = 0;
    size_t frames = 0;
    mono_ms now = host_mono();
    look_at_disk(daemon, now);
    broker_door_begin(&daemon->doors, host_wall(), now);
    if (reload) {
        door = read_rosters(daemon);
    }
    while (door == DOOR_OK && frames < TURN_INPUT_FRAMES && bytes < TURN_INPUT_BYTES) {
        struct hub_input input = hub_next(daemon->hub);
        if (input.event == HUB_NOTHING) {
            break;
        }
        door = take_in(daemon, &input);
        bytes += input.event == HUB_FRAME ? input.frame.size : 0;
        frames++;
        if (host_mono().ms > now.ms + TURN_DRAIN_MS) {
            break;
        }
    }
    if (door == DOOR_OK && tick_at(daemon).ms <= now.ms) {
        door = broker_door_tick(&daemon->doors);
        daemon->look_again = host_look_again(now);
    }
    *ret_idle = frames == 0;
    return finish_turn(daemon, door, now);
}

/* What the door turned away: at most a line a second, however many knock. */
static uint64_t door_refusals(const struct daemon *daemon)
{
    const struct hub_figures *f = hub_figures(daemon->hub);
    return f->refused_keys + f->failed_handshakes + f->forged + f->second_frames + f->flooded +
           f->unspeakable + f->accept_failed;
}

static void tell_door(struct daemon *daemon, mono_ms now)
{
    if (door_refusals(daemon) == daemon->told || now.ms < daemon->tell_after.ms) {
        return;
    }
    daemon->told = door_refusals(daemon);
    daemon->tell_after = mono_after(now, TELL_EVERY_MS);
    const struct hub_figures *f = hub_figures(daemon->hub);
    logger_event(daemon->logger, LOG_WARNING, "hub.refused",
                 "keys=%" PRIu64 " handshakes=%" PRIu64 " forged=%" PRIu64 " second_frames=%" PRIu64
                 " flooded=%" PRIu64 " unspeakable=%" PRIu64 " accept_failed=%" PRIu64,
                 f->refused_keys, f->failed_handshakes, f->forged, f->second_frames, f->flooded,
                 f->unspeakable, f->accept_failed);
}

/* Since the start: what was taken, and what was refused by which code. */
static void tell_figures(struct daemon *daemon)
{
    struct broker_figures figures;
    struct log_line line;
    broker_figures(daemon->doors.broker, &figures);
    log_line_init(&line);
    log_number(&line, "accepted", (int64_t)figures.accepted);
    log_number(&line, "duplicates", (int64_t)figures.duplicates);
    log_number(&line, "delivered", (int64_t)figures.delivered);
    log_number(&line, "settled", (int64_t)figures.settled);
    log_number(&line, "expired", (int64_t)figures.expired);
    log_number(&line, "gaps", (int64_t)figures.gaps);
    for (uint32_t reason = 1; reason < REASON_COUNT; reason++) {
        if (figures.refused[reason] != 0) {
            log_number(&line, reason_name(reason), (int64_t)figures.refused[reason]);
        }
    }
    logger_event(daemon->logger, LOG_NOTICE, "broker.figures", "%s", line.text);
}

static int64_t wait_ms(struct daemon *daemon, mono_ms now, mono_ms tend_at)
{
    mono_ms until = mono_earlier(tick_at(daemon), tend_at);
    until = door_refusals(daemon) == daemon->told ? until : mono_earlier(until, daemon->tell_after);
    return notify_wait_ms(now, until);
}

static int serve(struct daemon *daemon)
{
    bool idle = false;
    for (;;) {
        struct error error = {.text = ""};
        mono_ms now = host_mono();
        mono_ms tend_at = hub_tend(daemon->hub, now);
        bool signalled = hub_wait(daemon->hub, daemon->signals, wait_ms(daemon, now, tend_at), &error);
        if (error.text[0] != '\0') {
            logger_end(daemon->logger, "broker.fatal", "cannot wait for input; a restart continues",
                       error.text);
            return EXIT_REFUSED;
        }
        tell_door(daemon, now);
        enum host_signal signal = signalled ? signals_next(daemon->signals) : HOST_SIGNAL_NONE;
        if (signal == HOST_SIGNAL_STOP) {
            notify_stopping();
            tell_figures(daemon);
            logger_event(daemon->logger, LOG_NOTICE, "broker.stopped", "signal=1");
            return EXIT_DONE;
        }
        if (!one_turn(daemon, signal == HOST_SIGNAL_RELOAD, &idle)) {
            return EXIT_REFUSED;
        }
        if (!keep_clock(daemon, &error)) {
            logger_end(daemon->logger, "broker.fatal", "the clock of an exercise may not go on", error.text);
            return EXIT_REFUSED;
        }
        if (broker_door_between_turns(&daemon->doors, idle) != DOOR_OK) {
            logger_end(daemon->logger, "broker.fatal", "the store failed between turns; a restart continues",
                       broker_trouble(daemon->doors.broker));
            return EXIT_REFUSED;
        }
        notify_alive();
    }
}

static bool start(struct daemon *daemon, struct error *error)
{
    if (!program_configure(&program, daemon->directory, &daemon->settings, daemon->arena, error)) {
        return false;
    }
    daemon->logger = program_logger(&program, daemon->settings.log, error);
    if (daemon->logger == NULL) {
        return false;
    }
    char *lock = program_path(daemon->arena, daemon->directory, "broker.lock");
    daemon->roster_directory = program_path(daemon->arena, daemon->directory, "roster");
    if (lock == NULL || daemon->roster_directory == NULL) {
        error_set(error, "no memory");
        return false;
    }
    daemon->signals = signals_open(error);
    if (daemon->signals < 0 || files_lock(lock, error) < 0 || !read_keys(daemon, error) ||
        !program_exercise_clock(&program, daemon->settings.exercise_clock, &daemon->clock, error) ||
        !begin_record(daemon, error) || !open_broker(daemon, error) || !keep_clock(daemon, error)) {
        return false;
    }
    if (broker_dropped_pages(daemon->doors.broker) !=
        0) { /* normal after a power cut or a kill in the middle of a commit */
        logger_event(daemon->logger, LOG_NOTICE, "store.cut_short", "pages=%llu",
                     (unsigned long long)broker_dropped_pages(daemon->doors.broker));
    }
    broker_door_begin(&daemon->doors, host_wall(), host_mono());
    if (!finish_turn(daemon, read_rosters(daemon), host_mono())) {
        error_set(error, "the store failed while the roster was read");
        return false;
    }
    if (!broker_ready(daemon->doors.broker)) {
        error_set(error, "there is no roster; put version 1 and its signatures into %s/roster/1",
                  daemon->directory);
        return false;
    }
    if (!keep_clock(daemon, error)) {
        return false;
    }
    daemon->look_again = host_look_again(host_mono());
    daemon->hub =
        hub_open(daemon->settings.bind, &daemon->link_key.key, secret_bytes(daemon->link_key.secret),
                 (struct hub_admission){.admit = admit, .context = daemon}, error);
    return daemon->hub != NULL;
}

/* The file "ready" holds our process id while we serve: for who starts us without systemd. */
static void say_ready(struct daemon *daemon, bool ready)
{
    char *path = program_path(daemon->arena, daemon->directory, "ready");
    char *pid = arena_format(daemon->arena, "%ld\n", (long)getpid());
    struct error error = {.text = ""};
    if (path == NULL || pid == NULL) {
        return;
    }
    if (!ready) {
        (void)unlink(path);
    } else if (!files_write_atomic(path, bytes_of_text(pid), 0600, &error)) {
        logger_event(daemon->logger, LOG_WARNING, "broker.ready_file", "cause=\"cannot be written\"");
    }
}

static void stop(struct daemon *daemon)
{
    hub_close(daemon->hub);
    broker_close(daemon->doors.broker);
    turn_free(daemon->doors.turn);
    record_close(daemon->doors.record);
    signer_done(&daemon->receipt_signer);
    keyfile_done(&daemon->link_key);
    keyfile_done(&daemon->receipt_key);
    slab_free(daemon->slab);
    logger_free(daemon->logger);
    arena_free(daemon->arena);
    free(daemon->directory);
}

int main(int argc, char **argv)
{
    struct error error = {.text = ""};
    struct daemon daemon = {.signals = -1};
    int code = EXIT_REFUSED;
    if (!host_harden(&error)) {
        (void)fprintf(stderr, "comity-broker: %s\n", error.text);
        return EXIT_REFUSED;
    }
    store_start();
    daemon.directory = program_directory(&program, argc, argv, &daemon.wish);
    daemon.arena = arena_new(CONFIG_BYTES_MAX * 8);
    if (daemon.arena == NULL || !start(&daemon, &error)) {
        (void)fprintf(stderr, "comity-broker: %s\n", error.text[0] == '\0' ? "no memory" : error.text);
    } else {
        logger_event(daemon.logger, LOG_NOTICE, "broker.ready", "endpoint=%s version=%s",
                     hub_endpoint(daemon.hub), COMITY_VERSION);
        notify_ready();
        say_ready(&daemon, true);
        code = serve(&daemon);
        say_ready(&daemon, false);
    }
    stop(&daemon);
    return code;
}
