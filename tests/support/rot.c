/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* MAP_ANONYMOUS */
#include "tests/support/rot.h"

#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/ensure.h"
#include "base/store.h"
#include "base/store_checksum_vfs.h"
#include "base/store_wal.h"
#include "broker/broker_private.h"
#include "nodes/store_node.h"
#include "tests/support/officer.h"

#define CASES   3
#define PARTIES 2  /* that the play is between */
#define PLAYED  50 /* bytes of a file that an ordinary run plays with */
#define CHECKED 700
#define ALWAYS  32 /* the first bytes of a file: its head */

static const char *const names[PARTIES] = {"XA/poc", "XB/poc"};
static const char ack[] = "{\"ack\":{\"reference\":\"XB-77\",\"desk\":\"duty\",\"answer\":\"WILL_ANSWER\","
                          "\"form\":\"by letter\",\"answerBy\":\"2026-06-02T12:00:00+02:00\"}}";

/* What a party's officers see of a case. */
struct sight {
    char state[24];
    size_t letters;
};

/* How a run ended: written by its process, read by the test's. */
struct end {
    bool refused; /* it did not start */
    bool went_down;
    bool named; /* and the text says which file is damaged */
    bool told;
    bool up[PARTIES];
    uint8_t view[PARTIES][32]; /* hash of all that is seen */
    struct sight sight[PARTIES][CASES];
    char text[512];
};

struct stage {
    struct slab *slab;
    struct fixture *fixture;
    char *request;
    struct world *world;
    size_t actor;
    const char *path; /* of its database */
    char log[32];     /* and of its log */
    size_t page;      /* bytes of one, in both */
    enum rot_stop stop;
    bool (*told)(struct world *, size_t actor);
    char cases[CASES][33];
    struct end *end;        /* shared with the runs */
    struct end whole, down; /* without a flip, and with the party down */
};

/* --- the play --- */

static void send_request(struct stage *stage, size_t which)
{
    json_t *answer = NULL;
    unsigned status = officer_send(stage->world, stage->fixture, names[0], names[1], stage->request, &answer);
    const char *id = json_string_value(json_object_get(answer, "case"));
    (void)snprintf(stage->cases[which], 33, "%s", status == 200 && id != NULL ? id : "none");
    json_decref(answer);
}

static void settle(struct stage *stage)
{
    ensure(world_settle(stage->world, 100000));
    ensure(world_pass(stage->world, 3000));
}

static void checkpoint(struct stage *stage)
{
    enum door door = stage->actor == WORLD_BROKER
                         ? broker_between_turns(world_broker(stage->world), true)
                         : node_between_turns(world_node(stage->world, stage->actor), true);
    assert_int_equal(door, DOOR_OK);
}

/* One case known to both, its pages at home; then another, of which the pages are in the log. */
static void first_half(struct stage *stage)
{
    static const enum disk_cut cuts[] = {DISK_KEEP_ALL, DISK_KEEP_ALL, DISK_LOSE_ALL};
    settle(stage);
    send_request(stage, 0);
    settle(stage);
    assert_int_equal(officer_send(stage->world, stage->fixture, names[1], stage->cases[0], ack, NULL), 200);
    settle(stage);
    checkpoint(stage);
    send_request(stage, 1);
    settle(stage);
    if (stage->stop == ROT_HOME) {
        checkpoint(stage);
    }
    world_crash(stage->world, stage->actor, cuts[stage->stop]);
}

static void look(struct stage *stage, size_t party)
{
    struct end *end = stage->end;
    crypto_generichash_state hash;
    (void)crypto_generichash_init(&hash, NULL, 0, 32);
    end->up[party] = world_is_up(stage->world, world_actor(stage->world, names[party]));
    for (size_t i = 0; i <= CASES && end->up[party]; i++) {
        json_t *answer = i == CASES ? officer_get(stage->world, names[party], VERB_INBOX, "", "all=1")
                                    : officer_get(stage->world, names[party], VERB_CASE, stage->cases[i], "");
        char *dump = json_dumps(answer, JSON_ENCODE_ANY | JSON_SORT_KEYS);
        if (dump != NULL) {
            (void)crypto_generichash_update(&hash, (const uint8_t *)dump, strlen(dump));
        }
        if (i < CASES) {
            const char *state = json_string_value(json_object_get(answer, "state"));
            (void)snprintf(end->sight[party][i].state, sizeof end->sight[party][i].state, "%s",
                           state == NULL ? "" : state);
            end->sight[party][i].letters = json_array_size(json_object_get(answer, "letters"));
        }
        free(dump);
        json_decref(answer);
        end->up[party] = world_is_up(stage->world, world_actor(stage->world, names[party]));
    }
    (void)crypto_generichash_final(&hash, end->view[party], 32);
}

static void second_half(struct stage *stage)
{
    settle(stage);
    (void)officer_send(stage->world, stage->fixture, names[1], stage->cases[1], ack, NULL);
    send_request(stage, 2);
    settle(stage);
    for (size_t i = 0; i < PARTIES; i++) {
        look(stage, i);
    }
}

static bool names_the_file(const struct stage *stage, const char *text)
{
    return strstr(text, stage->path) != NULL && strstr(text, "damaged") != NULL;
}

static enum store_outcome open_and_check(const struct stage *stage, const char *vfs, struct store **ret,
                                         struct error *error)
{
    bool broker = stage->actor == WORLD_BROKER;
    struct store_options options = {.path = stage->path,
                                    .vfs = vfs,
                                    .schema = "",
                                    .version = broker ? BROKER_SCHEMA_VERSION : NODE_SCHEMA_VERSION,
                                    .page_bytes = (int)stage->page,
                                    .check_everything = true};
    return store_open(ret, &options, error);
}

/* The full check of a store that its party could not go on with. */
static bool check_names_the_file(struct stage *stage)
{
    struct store *store = NULL;
    struct error error = {.text = ""};
    const char *vfs = world_vfs(stage->world, stage->actor);
    world_crash(stage->world, stage->actor, DISK_KEEP_ALL);
    bool opened = open_and_check(stage, vfs, &store, &error) == STORE_OK;
    (void)snprintf(stage->end->text, sizeof stage->end->text, "%s", error.text);
    store_close(opened ? store : NULL);
    return !opened && names_the_file(stage, error.text);
}

/* --- one run, in a process of its own --- */

static void run(struct stage *stage, bool start)
{
    struct end *end = stage->end;
    struct error error = {.text = ""};
    *end = (struct end){.refused = false};
    end->refused = start && !world_start(stage->world, stage->actor, &error);
    end->named = end->refused && names_the_file(stage, error.text);
    (void)snprintf(end->text, sizeof end->text, "%s", error.text);
    second_half(stage);
    if (start && !end->refused && !world_is_up(stage->world, stage->actor)) {
        end->went_down = true;
        end->named = check_names_the_file(stage);
    }
    end->told = stage->told != NULL && stage->told(stage->world, stage->actor);
}

static unsigned bit_of(uint64_t offset)
{
    return (unsigned)((offset ^ offset >> 3 ^ offset >> 7) % 8);
}

/* path NULL: no bit is turned. */
static struct end run_with_flip(struct stage *stage, const char *path, uint64_t offset, bool start)
{
    int status = 0;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        ensure(path == NULL ||
               disk_flip_bit(world_disk(stage->world, stage->actor), path, offset, bit_of(offset)));
        run(stage, start);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    if (status != 0) {
        fail_msg("a flip at %llu of %s ended the process: status %d", (unsigned long long)offset,
                 path == NULL ? "none" : path, status);
    }
    return *stage->end;
}

/* --- judging --- */

static bool same_views(const struct end *a, const struct end *b, size_t party)
{
    return a->up[party] == b->up[party] && memcmp(a->view[party], b->view[party], 32) == 0;
}

/* Of a party that is up: each case is as it would be with the damaged party down, as without damage, or on the way. */
static bool nothing_wrong(const struct stage *stage, const struct end *end, size_t party)
{
    for (size_t i = 0; i < CASES && end->up[party]; i++) {
        const struct sight *seen = &end->sight[party][i];
        const struct sight *a = &stage->down.sight[party][i];
        const struct sight *b = &stage->whole.sight[party][i];
        if ((strcmp(seen->state, a->state) != 0 && strcmp(seen->state, b->state) != 0) ||
            (seen->letters != a->letters && seen->letters != b->letters)) {
            return false;
        }
    }
    return true;
}

/* First byte of the log whose damage can pass for a torn last commit. */
static uint64_t last_commit_of(struct stage *stage)
{
    struct bytes file = disk_file(world_disk(stage->world, stage->actor), stage->log);
    uint64_t last = 0;
    uint64_t before = 0;
    const uint64_t frame = WAL_HEAD_BYTES + stage->page;
    for (uint64_t at = WAL_HEADER_BYTES; at + frame <= file.size; at += frame) {
        if (!bytes_all_zero(bytes_of(file.data + at + 4, 4))) {
            before = last;
            last = at;
        }
    }
    return before; /* the frame that ends the commit before it: its head counts */
}

struct counts {
    unsigned flips, refused, went_down, harmless, forgotten;
};

static void judge(struct stage *stage, const char *path, uint64_t offset, uint64_t undecided,
                  const struct end *end, struct counts *counts)
{
    bool same = true;
    bool wrong = false;
    for (size_t i = 0; i < PARTIES; i++) {
        same = same && same_views(end, &stage->whole, i);
        wrong = wrong || !nothing_wrong(stage, end, i);
    }
    counts->flips++;
    counts->refused += end->refused;
    counts->went_down += end->went_down;
    counts->harmless += same;
    if ((end->refused || end->went_down) && end->named && !wrong) {
        return;
    }
    if (same && !end->refused && !end->went_down) {
        return;
    }
    if (!end->refused && !end->went_down && stage->stop == ROT_CUT && offset >= undecided &&
        (stage->told == NULL || end->told)) {
        counts->forgotten++;
        return;
    }
    fail_msg("a flip at %llu of %s: %s%s%s%s \"%s\"", (unsigned long long)offset, path,
             end->refused     ? "refused to start"
             : end->went_down ? "went down"
                              : "went on",
             end->named ? "" : ", the file is not named", same ? "" : ", other views",
             wrong ? ", wrong views" : "", end->text);
}

static uint64_t stride_of(const char *variable, uint64_t size, uint64_t sample)
{
    const char *given = getenv(variable);
    uint64_t stride = given == NULL ? 0 : strtoull(given, NULL, 10);
    return stride != 0 ? stride : size / sample + 1;
}

static void play_with_flips(struct stage *stage, const char *path, uint64_t undecided, struct counts *counts)
{
    uint64_t size = disk_file_bytes(world_disk(stage->world, stage->actor), path);
    uint64_t step = stride_of("COMITY_ROT_PLAY_STRIDE", size, PLAYED);
    for (uint64_t offset = 0; offset < size; offset += offset < ALWAYS ? 1 : step) {
        struct end end = run_with_flip(stage, path, offset, true);
        judge(stage, path, offset, undecided, &end, counts);
    }
}

/* --- the whole --- */

/* Of a database, as its head says. */
static size_t page_bytes(struct bytes file)
{
    assert_true(file.size > 18);
    size_t stated = (size_t)file.data[16] << 8 | file.data[17];
    return stated == 1 ? 65536 : stated;
}

static void stage_open(struct stage *stage, const char *party, enum rot_stop stop)
{
    assert_true(sodium_init() >= 0);
    *stage = (struct stage){.stop = stop};
    stage->slab = slab_new(512, NULL);
    stage->fixture = fixture_new(stage->slab);
    stage->request = officer_sample_request();
    stage->world = officer_world(stage->fixture, 21);
    stage->end = mmap(NULL, sizeof *stage->end, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(stage->end != MAP_FAILED);
    stage->actor = party == NULL ? WORLD_BROKER : world_actor(stage->world, party);
    stage->path = world_store_path(stage->world, stage->actor);
    (void)snprintf(stage->log, sizeof stage->log, "%s-wal", stage->path);
    first_half(stage);
    stage->page = page_bytes(disk_file(world_disk(stage->world, stage->actor), stage->path));
}

static void stage_close(struct stage *stage)
{
    (void)munmap(stage->end, sizeof *stage->end);
    world_free(stage->world);
    free(stage->request);
    fixture_free(stage->fixture);
    slab_free(stage->slab);
}

static double seconds_now(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

void rot_changes_nothing(const char *party, enum rot_stop stop, bool (*told)(struct world *, size_t actor))
{
    struct stage stage;
    struct counts counts = {.flips = 0};
    stage_open(&stage, party, stop);
    stage.told = told;
    stage.down = run_with_flip(&stage, NULL, 0, false);
    stage.whole = run_with_flip(&stage, NULL, 0, true);
    assert_true(stage.whole.up[0] && stage.whole.up[1] && !stage.whole.refused && !stage.whole.went_down);
    assert_string_equal(stage.whole.sight[0][1].state, "ACKNOWLEDGED");
    assert_string_equal(stage.whole.sight[1][2].state, "REQUESTED");
    struct end again = run_with_flip(&stage, NULL, 0, true);
    assert_true(same_views(&again, &stage.whole, 0) && same_views(&again, &stage.whole, 1));
    double start = seconds_now();
    play_with_flips(&stage, stage.path, UINT64_MAX, &counts);
    play_with_flips(&stage, stage.log, last_commit_of(&stage), &counts);
    print_message(
        "# %u flips, %.0f a second: %u refused at the start, %u ended the party later, %u without effect, "
        "%u forgot the last commit\n",
        counts.flips, counts.flips / (seconds_now() - start), counts.refused, counts.went_down,
        counts.harmless, counts.forgotten);
    stage_close(&stage);
}

/* --- the store alone --- */

/* Each page is that of the database without a flip, or will not be taken for it. */
static bool same_or_seen(struct bytes file, const uint8_t *whole, size_t size)
{
    static uint8_t page[65536];
    for (size_t at = 0; at + size <= file.size; at += size) {
        if (memcmp(file.data + at, whole + at, size) == 0) {
            continue;
        }
        memcpy(page, file.data + at, size);
        checksum_vfs_seal(page, size, (uint32_t)(at / size) + 1);
        if (memcmp(file.data + at, page, size) == 0) {
            return false;
        }
    }
    return true;
}

/* The database when it was opened and the log is home; malloc'd, NULL: refused, with a text. */
static uint8_t *opened_and_home(const struct stage *stage, struct disk *disk, struct error *error,
                                size_t *ret_size)
{
    struct store *store = NULL;
    if (open_and_check(stage, "rot", &store, error) != STORE_OK) {
        return NULL;
    }
    disk_kill(disk);
    store_close(store);
    struct bytes file = disk_file(disk, stage->path);
    uint8_t *copy = malloc(file.size);
    ensure(copy != NULL);
    memcpy(copy, file.data, file.size);
    *ret_size = file.size;
    return copy;
}

static void check_flips(struct stage *stage, struct disk *disk, const char *path, uint64_t undecided,
                        struct counts *counts)
{
    const struct disk *stopped = world_disk(stage->world, stage->actor);
    struct error error = {.text = ""};
    size_t whole_size = 0;
    disk_copy(disk, stopped);
    uint8_t *whole = opened_and_home(stage, disk, &error, &whole_size);
    assert_non_null(whole);
    uint64_t size = disk_file_bytes(stopped, path);
    uint64_t step = stride_of("COMITY_ROT_STRIDE", size, CHECKED);
    for (uint64_t offset = 0; offset < size; offset += offset < ALWAYS ? 1 : step) {
        size_t now_size = 0;
        error.text[0] = '\0';
        disk_copy(disk, stopped);
        assert_true(disk_flip_bit(disk, path, offset, bit_of(offset)));
        uint8_t *now = opened_and_home(stage, disk, &error, &now_size);
        bool same = now != NULL && now_size == whole_size &&
                    same_or_seen(bytes_of(now, now_size), whole, stage->page);
        bool named = now == NULL && names_the_file(stage, error.text);
        bool forgotten = now != NULL && !same && stage->stop == ROT_CUT && offset >= undecided;
        if (!same && !named && !forgotten) {
            fail_msg("a flip at %llu of %s: %s \"%s\"", (unsigned long long)offset, path,
                     now == NULL ? "refused" : "opened with other content", error.text);
        }
        counts->flips++;
        counts->refused += named;
        counts->harmless += same;
        counts->forgotten += forgotten;
        free(now);
    }
    free(whole);
}

void rot_is_seen_in_every_byte(const char *party, enum rot_stop stop)
{
    struct stage stage;
    struct counts counts = {.flips = 0};
    stage_open(&stage, party, stop);
    struct disk *disk = disk_new("rot", 1);
    double start = seconds_now();
    check_flips(&stage, disk, stage.path, UINT64_MAX, &counts);
    check_flips(&stage, disk, stage.log, last_commit_of(&stage), &counts);
    print_message(
        "# %u flips, %.0f a second: %u refused, %u without effect, %u forgot the last commit; files of %zu "
        "and %zu bytes\n",
        counts.flips, counts.flips / (seconds_now() - start), counts.refused, counts.harmless,
        counts.forgotten, disk_file_bytes(world_disk(stage.world, stage.actor), stage.path),
        disk_file_bytes(world_disk(stage.world, stage.actor), stage.log));
    disk_free(disk);
    stage_close(&stage);
}
