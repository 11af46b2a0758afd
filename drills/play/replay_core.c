/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/play/replay_core.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/daemon/files.h"
#include "base/ensure.h"
#include "base/exercise_clock.h"
#include "base/text.h"
#include "broker/broker.h"
#include "keys/envelope.h"
#include "keys/prekeys.h"
#include "nodes/node.h"

#define VFS              "replay"
#define ZONE_ARENA_BYTES (8 * (size_t)ZONE_BYTES_MAX)
#define ZONES_BYTES      ((size_t)16 * 1024 * 1024)
#define TURN_BYTES_TOP   (UINT64_C(1) << 32)
#define SLAB_CELLS_TOP   4096
#define PATH_BYTES       4096

struct replay_core {
    struct turn_source source;
    struct sign_hand hand;
    struct disk *disk;
    struct slab *slab;
    char owner[80];
    struct signer signers[2]; /* receipt; or node and seal: without their secrets */
    struct broker *broker;
    struct node *node;
    struct turn *turn;
    bool in_turn;
    mono_ms mono;
    struct arena *zone_arena;
    struct arena *zones_arena,
        *zones_before;      /* of the set that grows or was given, and of the one the core has until then */
    struct zone_set *zones; /* NULL: none is begun */
};

struct replay_core *replay_core_new(struct turn_source source, struct sign_hand hand)
{
    struct replay_core *core = calloc(1, sizeof *core);
    ensure(core != NULL);
    core->source = source;
    core->hand = hand;
    disk_seed_sqlite(1);
    core->disk = disk_new(VFS, 1);
    disk_has_no_time(core->disk);
    return core;
}

void replay_core_free(struct replay_core *core)
{
    if (core == NULL) {
        return;
    }
    broker_close(core->broker);
    node_close(core->node);
    turn_free(core->turn);
    arena_free(core->zone_arena);
    arena_free(core->zones_arena);
    arena_free(core->zones_before);
    slab_free(core->slab);
    disk_free(core->disk);
    free(core);
}

struct turn *replay_core_turn(struct replay_core *core)
{
    return core->turn;
}

const char *replay_core_owner(const struct replay_core *core)
{
    return core->owner;
}

static bool unsound(struct error *error, const char *what)
{
    error_set(error, "the record is not sound: %s", what);
    return false;
}

/* --- the store --- */

/* The pieces of a file come in order, from its beginning: what they take is no more than the record has. */
static bool play_store(struct replay_core *core, const struct record_entry *entry, struct error *error)
{
    char path[sizeof REPLAY_STORE + 16];
    struct disk_handle handle;
    struct bytes suffix = entry->blobs[0];
    struct bytes data = entry->blobs[1];
    static const char *const suffixes[] = {"", "-wal", "-journal", NULL};
    if (core->turn != NULL || !text_is_one_of((const char *)suffix.data, suffixes)) {
        return unsound(error, "a piece of the store where none can be");
    }
    (void)snprintf(path, sizeof path, REPLAY_STORE "%s", (const char *)suffix.data);
    if (entry->numbers[0] != disk_file_bytes(core->disk, path)) {
        return unsound(error, "a piece of the store that does not follow the one before it");
    }
    ensure(disk_open(core->disk, path, true, true, &handle) == DISK_OK);
    bool good = data.size == 0 || disk_write(&handle, data, entry->numbers[0]) == DISK_OK;
    ensure(good && disk_sync(&handle) == DISK_OK);
    disk_close(&handle);
    return true;
}

/* --- opening --- */

/* A signer with the recorded public key and no secret: the hand gives what was signed then. */
static bool make_signer(struct replay_core *core, struct bytes key, struct signer *ret, struct error *error)
{
    if (key.size != sizeof ret->key.bytes) {
        return unsound(error, "a public key of another size");
    }
    *ret = (struct signer){.hand = core->hand};
    memcpy(ret->key.bytes, key.data, key.size);
    return true;
}

static bool make_room(struct replay_core *core, const struct record_entry *entry, struct error *error)
{
    uint64_t turn_bytes = entry->numbers[4];
    uint64_t cells = entry->numbers[5];
    if (core->turn != NULL || turn_bytes > TURN_BYTES_TOP || cells > SLAB_CELLS_TOP) {
        return unsound(error, "a core that is opened twice, or with other limits than a daemon has");
    }
    core->slab = slab_new((size_t)cells, error);
    core->turn = turn_new(core->source, (size_t)turn_bytes);
    if (core->turn == NULL) {
        error_set(error, "no memory");
    }
    return core->slab != NULL && core->turn != NULL;
}

static void say_trouble(struct replay_answer *answer, const char *text)
{
    (void)snprintf(answer->trouble, sizeof answer->trouble, "%s", text);
}

static bool open_broker(struct replay_core *core, const struct record_entry *entry, struct replay_answer *ret,
                        struct error *error)
{
    struct broker_options options;
    struct error why = {.text = ""};
    broker_options_default(&options);
    if (!make_room(core, entry, error) || !make_signer(core, entry->blobs[3], &core->signers[0], error)) {
        return false;
    }
    if (entry->blobs[1].size != sizeof options.network.bytes || entry->blobs[2].size >= sizeof core->owner) {
        return unsound(error, "the options of a broker");
    }
    memcpy(options.network.bytes, entry->blobs[1].data, sizeof options.network.bytes);
    (void)snprintf(core->owner, sizeof core->owner, "%s", (const char *)entry->blobs[2].data);
    options.store_path = REPLAY_STORE;
    options.vfs = VFS;
    options.id = core->owner;
    options.receipt_signer = &core->signers[0];
    options.spool_bytes_max = entry->numbers[0];
    options.quota_envelopes = entry->numbers[1];
    options.quota_bytes = entry->numbers[2];
    options.submits_max = (uint32_t)entry->numbers[3];
    ret->door = broker_open(&core->broker, &options, &why);
    say_trouble(ret, why.text);
    return true;
}

static bool open_node(struct replay_core *core, const struct record_entry *entry, struct replay_answer *ret,
                      struct error *error)
{
    struct node_options options;
    struct error why = {.text = ""};
    node_options_default(&options);
    if (!make_room(core, entry, error) || !make_signer(core, entry->blobs[3], &core->signers[0], error) ||
        !make_signer(core, entry->blobs[4], &core->signers[1], error)) {
        return false;
    }
    if (entry->blobs[1].size != sizeof options.network.bytes ||
        !address_read(entry->blobs[2], &options.party) ||
        entry->blobs[5].size != sizeof options.exercise.bytes || entry->numbers[1] < LIFE_MS_MIN ||
        entry->numbers[1] > LIFE_MS_MAX || entry->numbers[2] < PREKEYS_MIN ||
        entry->numbers[2] > PREKEYS_MAX || entry->numbers[6] < 1 || entry->numbers[6] > MLA_LEAD_DAYS_MAX ||
        entry->numbers[7] < 1 || entry->numbers[7] > EXERCISE_CLOCK_RATE_MAX) {
        return unsound(error, "the options of a node");
    }
    memcpy(options.network.bytes, entry->blobs[1].data, sizeof options.network.bytes);
    memcpy(options.exercise.bytes, entry->blobs[5].data, sizeof options.exercise.bytes);
    (void)snprintf(core->owner, sizeof core->owner, "%s", options.party.text);
    options.store_path = REPLAY_STORE;
    options.vfs = VFS;
    options.node_signer = &core->signers[0];
    options.seal_signer = &core->signers[1];
    options.slab = core->slab;
    options.store_bytes_max = entry->numbers[0];
    options.life_ms = entry->numbers[1];
    options.prekey_days = entry->numbers[2];
    options.has_exercise = entry->numbers[3] != 0;
    options.mla_lead_days = entry->numbers[6];
    options.wall_rate = entry->numbers[7];
    ret->door = node_open(&core->node, &options, &why);
    say_trouble(ret, why.text);
    return true;
}

/* --- doors that both have --- */

static link_id link_of(const struct record_entry *entry)
{
    return (link_id){.number = entry->numbers[0]};
}

static void play_roster(struct replay_core *core, const struct record_entry *entry, struct replay_answer *ret)
{
    enum roster_outcome outcome = ROSTER_NO_MEMORY;
    struct error why = {.text = ""};
    const struct bytes *minisigs = entry->blobs + 1;
    size_t count = entry->blob_count - 1;
    ret->door =
        core->broker != NULL
            ? broker_roster(core->broker, core->turn, entry->blobs[0], minisigs, count, &outcome, &why)
            : node_roster(core->node, core->turn, entry->blobs[0], minisigs, count, &outcome, &why);
    ret->code = outcome;
    say_trouble(ret, why.text);
}

static bool play_link_up(struct replay_core *core, const struct record_entry *entry,
                         struct replay_answer *ret, struct error *error)
{
    struct address party;
    if (core->node != NULL) {
        ret->door = node_link_up(core->node, core->turn, link_of(entry));
        return true;
    }
    if (!address_read(entry->blobs[0], &party)) {
        return unsound(error, "a link of nobody");
    }
    ret->door = broker_link_up(core->broker, core->turn, link_of(entry), &party);
    return true;
}

static enum door play_turn_end(struct replay_core *core)
{
    enum door door = core->broker != NULL ? broker_turn_end(core->broker, core->turn)
                                          : node_turn_end(core->node, core->turn);
    return turn_exhausted(core->turn) ? DOOR_FATAL : door;
}

static void play_commit(struct replay_core *core, struct replay_answer *ret)
{
    size_t said = 0;
    (void)turn_said(core->turn, &said);
    ret->door = core->broker != NULL ? broker_commit(core->broker) : node_commit(core->node);
    ret->code = said;
    core->in_turn = false;
}

static bool play_turn(struct replay_core *core, const struct record_entry *entry, struct error *error)
{
    if (core->in_turn || entry->numbers[1] < core->mono.ms) {
        return unsound(error, "a turn within a turn, or before the one before it");
    }
    core->mono = (mono_ms){.ms = entry->numbers[1]};
    core->in_turn = true;
    turn_begin(core->turn, (wall_ms){.ms = entry->numbers[0]}, core->mono);
    return true;
}

/* --- doors of a node --- */

static bool play_command(struct replay_core *core, const struct record_entry *entry,
                         struct replay_answer *ret, struct error *error)
{
    struct command command = {
        .actor = (const char *)entry->blobs[1].data,
        .verb = (enum verb)entry->numbers[0],
        .target = (const char *)entry->blobs[2].data,
        .query = (const char *)entry->blobs[3].data,
    };
    struct answer answer = {.status = 500}; /* as the daemon begins with */
    struct bytes text = entry->blobs[4];
    json_t *body =
        text.size == 0 ? NULL : json_loadb((const char *)text.data, text.size, JSON_ALLOW_NUL, NULL);
    if (entry->blobs[0].size != sizeof command.id || entry->numbers[0] > UINT8_MAX ||
        (body == NULL && text.size != 0)) {
        json_decref(body);
        return unsound(error, "a command that is none");
    }
    memcpy(command.id, entry->blobs[0].data, sizeof command.id);
    command.body = body;
    ret->door = node_command(core->node, core->turn, &command, &answer);
    ret->code = answer.status;
    ret->bytes = answer.json;
    json_decref(body);
    return true;
}

static void play_zone(struct replay_core *core, const struct record_entry *entry)
{
    struct arena *arena = arena_new(ZONE_ARENA_BYTES);
    ensure(arena != NULL);
    node_zone(core->node, entry->blobs[0].size == 0 ? NULL : zone_read(entry->blobs[0], arena));
    arena_free(core->zone_arena);
    core->zone_arena = arena;
}

static bool play_zone_of(struct replay_core *core, const struct record_entry *entry, struct error *error)
{
    if (core->zones == NULL) {
        core->zones_before = core->zones_arena;
        core->zones_arena = arena_new(ZONES_BYTES);
        core->zones = core->zones_arena == NULL ? NULL : arena_take(core->zones_arena, sizeof *core->zones);
        ensure(core->zones != NULL);
        zone_set_init(core->zones, core->zones_arena);
    }
    const char *name = (const char *)entry->blobs[0].data;
    return zone_set_add(core->zones, name == NULL ? "" : name, entry->blobs[1]) ||
           unsound(error, "a zone that is none");
}

static void play_zones(struct replay_core *core)
{
    node_zones(core->node, core->zones);
    if (core->zones == NULL) {
        core->zones_before = core->zones_arena;
        core->zones_arena = NULL;
    }
    arena_free(core->zones_before);
    core->zones_before = NULL;
    core->zones = NULL; /* the next one begins anew */
}

/* --- all doors --- */

static bool stands_in_turn(enum record_kind kind)
{
    return kind >= RECORD_LINK_UP && kind <= RECORD_COMMIT;
}

static bool stands_at_node_only(enum record_kind kind)
{
    return kind == RECORD_ZONE || kind == RECORD_ZONE_OF || kind == RECORD_ZONES ||
           kind == RECORD_LINK_TROUBLE || kind == RECORD_COMMAND;
}

static bool play_door(struct replay_core *core, const struct record_entry *entry, struct replay_answer *ret,
                      struct error *error)
{
    struct broker *broker = core->broker;
    struct node *node = core->node;
    struct turn *turn = core->turn;
    switch ((int)entry->kind) { /* what is not named is no door */
    case RECORD_DISK_FREE:
        broker != NULL ? broker_disk_free(broker, entry->numbers[0])
                       : node_disk_free(node, entry->numbers[0]);
        return true;
    case RECORD_ZONE:
        play_zone(core, entry);
        return true;
    case RECORD_ZONE_OF:
        return play_zone_of(core, entry, error);
    case RECORD_ZONES:
        play_zones(core);
        return true;
    case RECORD_LINK_TROUBLE:
        node_link_trouble(node, (const char *)entry->blobs[0].data);
        return true;
    case RECORD_TURN:
        return play_turn(core, entry, error);
    case RECORD_LINK_UP:
        return play_link_up(core, entry, ret, error);
    case RECORD_LINK_DOWN:
        ret->door = broker != NULL ? broker_link_down(broker, turn, link_of(entry))
                                   : node_link_down(node, turn, link_of(entry));
        return true;
    case RECORD_FRAME:
        ret->door = broker != NULL ? broker_frame(broker, turn, link_of(entry), entry->blobs[0])
                                   : node_frame(node, turn, link_of(entry), entry->blobs[0]);
        return true;
    case RECORD_ROSTER:
        play_roster(core, entry, ret);
        return true;
    case RECORD_COMMAND:
        return play_command(core, entry, ret, error);
    case RECORD_TICK:
        ret->door = broker != NULL ? broker_tick(broker, turn) : node_tick(node, turn);
        return true;
    case RECORD_TURN_END:
        ret->door = play_turn_end(core);
        return true;
    case RECORD_COMMIT:
        play_commit(core, ret);
        return true;
    case RECORD_BETWEEN_TURNS:
        ret->door = broker != NULL ? broker_between_turns(broker, entry->numbers[0] != 0)
                                   : node_between_turns(node, entry->numbers[0] != 0);
        return true;
    }
    return unsound(error, "an entry where it cannot be");
}

bool replay_core_play(struct replay_core *core, const struct record_entry *entry, struct replay_answer *ret,
                      struct error *error)
{
    *ret = (struct replay_answer){.door = DOOR_OK};
    switch ((int)entry->kind) {
    case RECORD_STORE:
        return play_store(core, entry, error);
    case RECORD_OPEN_BROKER:
        return open_broker(core, entry, ret, error);
    case RECORD_OPEN_NODE:
        return open_node(core, entry, ret, error);
    }
    if ((core->broker == NULL && core->node == NULL) ||
        (stands_at_node_only(entry->kind) && core->node == NULL) ||
        (stands_in_turn(entry->kind) && !core->in_turn) ||
        (entry->kind == RECORD_BETWEEN_TURNS && core->in_turn)) {
        return unsound(error, "an entry where it cannot be");
    }
    bool sound = play_door(core, entry, ret, error);
    if (ret->door == DOOR_FATAL) {
        say_trouble(ret, core->broker != NULL ? broker_trouble(core->broker) : node_trouble(core->node));
    }
    return sound;
}

/* --- the database, to look into --- */

static bool path_of_dump(char ret[PATH_BYTES], const char *directory, const char *suffix, struct error *error)
{
    int length = snprintf(ret, PATH_BYTES, "%s" REPLAY_STORE "%s", directory, suffix);
    if (length < 0 || length >= PATH_BYTES) {
        error_set(error, "%s: the name is too long", directory);
        return false;
    }
    return true;
}

static bool is_free(const char *directory, const char *suffix, struct error *error)
{
    char path[PATH_BYTES];
    struct stat status;
    if (!path_of_dump(path, directory, suffix, error)) {
        return false;
    }
    if (lstat(path, &status) == 0) {
        error_set(error, "%s exists already and is never overwritten; name another directory", path);
        return false;
    }
    return true;
}

bool replay_core_may_dump(const char *directory, struct error *error)
{
    return is_free(directory, "", error) && is_free(directory, "-wal", error);
}

static bool dump_file(struct replay_core *core, const char *directory, const char *suffix,
                      struct error *error)
{
    char from[sizeof REPLAY_STORE + 16];
    char to[PATH_BYTES];
    (void)snprintf(from, sizeof from, REPLAY_STORE "%s", suffix);
    struct bytes content = disk_file(core->disk, from);
    if (content.data == NULL) {
        return true;
    }
    return path_of_dump(to, directory, suffix, error) && files_write_new(to, content, 0600, error);
}

bool replay_core_dump(struct replay_core *core, const char *directory, struct error *error)
{
    return dump_file(core, directory, "", error) && dump_file(core, directory, "-wal", error);
}
