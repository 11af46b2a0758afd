/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store on a disk that fails. One workload is run again and again, each time with a fault at another operation: after
 * the power cut every row whose commit was answered is there, and of the turn that was cut short all or nothing (I1).
 */
/* cmocka.h wants the four before it. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/store.h"
#include "drills/world/disk.h"

#define PATH          "/store.db"
#define COMMITS       30
#define ROWS_A_COMMIT 3
#define BEFORE        4
#define UNDER_FAULT   9 /* has a checkpoint in it */
#define SEED          UINT64_C(20261121)

static const char *const schema =
    "CREATE TABLE row (number INTEGER PRIMARY KEY, turn INTEGER NOT NULL, body BLOB NOT NULL) STRICT;";

/* --- randomness of the cuts: xorshift64 --- */

static void draw(void *context, uint8_t *ret, size_t size)
{
    uint64_t *state = context;
    for (size_t i = 0; i < size; i++) {
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        ret[i] = (uint8_t)(*state >> 32);
    }
}

static void cut(struct disk *disk, enum disk_cut mode, uint64_t seed)
{
    uint64_t state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
    disk_power_cut(disk, mode, (struct turn_source){.random = draw, .context = &state});
}

/* --- the workload --- */

static enum store_outcome open_on(struct store **ret, const char *vfs, bool check, struct error *error)
{
    struct store_options options = {.path = PATH,
                                    .vfs = vfs,
                                    .schema = schema,
                                    .version = 1,
                                    .page_bytes = 4096,
                                    .check_everything = check};
    return store_open(ret, &options, error);
}

/* A row's body is known from its number and fills pages, so that a commit is several writes. */
static struct bytes body_of(uint8_t ret[2500], uint64_t number)
{
    for (size_t i = 0; i < 2500; i++) {
        ret[i] = (uint8_t)((number * 1000003 + i) * (number * 31 + i) >> 3);
    }
    return bytes_of(ret, 2500);
}

static void add_rows(struct store *store, uint64_t turn)
{
    uint8_t body[2500];
    for (uint64_t i = 0; i < ROWS_A_COMMIT; i++) {
        uint64_t number = turn * ROWS_A_COMMIT + i + 1;
        struct query *query = store_query(store, "INSERT INTO row (number, turn, body) VALUES (?1, ?2, ?3)");
        query_int(query, 1, (int64_t)number);
        query_int(query, 2, (int64_t)turn);
        query_bytes(query, 3, body_of(body, number));
        query_run(query);
    }
}

struct outcome {
    uint64_t committed;      /* turns whose commit was answered OK */
    bool opened;             /* the store could be opened */
    uint64_t full;           /* inputs answered with FULL */
    enum store_outcome last; /* OK: the workload came to its end */
};

/* As a host runs it: savepoint, commit, a checkpoint now and then; ends at the first FATAL. An input that is FULL is undone. */
static struct outcome work(struct store *store, uint64_t from, uint64_t turns)
{
    struct outcome outcome = {.opened = true, .committed = from, .last = STORE_OK};
    for (uint64_t tries = 0; outcome.committed < from + turns && tries < 2 * turns; tries++) {
        store_savepoint(store);
        add_rows(store, outcome.committed);
        outcome.last = store_savepoint_end(store);
        if (outcome.last == STORE_FULL) {
            outcome.full++;
        }
        if (outcome.last == STORE_FATAL || store_commit(store) != STORE_OK) {
            outcome.last = STORE_FATAL;
            return outcome;
        }
        outcome.committed += outcome.last == STORE_OK;
        if (outcome.committed % 7 == 6 && store_checkpoint(store, true) != STORE_OK) {
            outcome.last = STORE_FATAL;
            return outcome;
        }
    }
    return outcome;
}

/* Opens, works and closes. */
static struct outcome run(const char *vfs, uint64_t from, uint64_t turns)
{
    struct store *store = NULL;
    struct outcome outcome = {.committed = from, .last = STORE_FATAL};
    struct error error = {.text = ""};
    if (open_on(&store, vfs, false, &error) == STORE_OK) {
        outcome = work(store, from, turns);
        store_close(store);
    } else {
        assert_string_not_equal(error.text, "");
    }
    return outcome;
}

/* Number of turns in the store; every turn is whole, none is missing before the last, every body is what was put. */
static uint64_t turns_kept(struct store *store)
{
    uint64_t count = 0;
    uint8_t wanted[2500];
    struct query *query = store_query(store, "SELECT number, turn, body FROM row ORDER BY number");
    while (query_row(query)) {
        count++;
        assert_int_equal(query_get_int(query, 0), count);
        assert_int_equal(query_get_int(query, 1), (count - 1) / ROWS_A_COMMIT);
        assert_true(bytes_equal(query_get_bytes(query, 2), body_of(wanted, count)));
    }
    assert_int_equal(store_outcome(store), STORE_OK);
    assert_int_equal(count % ROWS_A_COMMIT, 0);
    return count / ROWS_A_COMMIT;
}

/* Reopens with the full check; returns the turns that are there. */
static uint64_t look(const char *vfs)
{
    struct store *store = NULL;
    struct error error = {.text = ""};
    enum store_outcome outcome = open_on(&store, vfs, true, &error);
    assert_string_equal(error.text, "");
    assert_int_equal(outcome, STORE_OK);
    uint64_t turns = turns_kept(store);
    store_close(store);
    return turns;
}

/* How many operations the workload takes when nothing fails. */
static uint64_t operations_of_workload(void)
{
    struct disk *disk = disk_new("count", SEED);
    struct outcome outcome = run("count", 0, COMMITS);
    assert_int_equal(outcome.last, STORE_OK);
    assert_int_equal(outcome.committed, COMMITS);
    uint64_t operations = disk_operations(disk);
    disk_free(disk);
    return operations;
}

/* --- power cuts --- */

/* Cuts at operation nth; the rows that were answered are there, and at most the one commit under way besides. */
static void cut_at(uint64_t nth, enum disk_cut mode)
{
    struct disk *disk = disk_new("cut", SEED);
    disk_fail_at(disk, nth, DISK_CUT, false);
    struct outcome outcome = run("cut", 0, COMMITS);
    assert_int_not_equal(disk_failed(disk), 0);
    cut(disk, mode, nth);
    uint64_t kept = look("cut");
    if (kept < outcome.committed || kept > outcome.committed + 1) {
        print_error("cut at %ju, mode %d: %ju commits answered, %ju there\n", (uintmax_t)nth, (int)mode,
                    (uintmax_t)outcome.committed, (uintmax_t)kept);
    }
    assert_in_range(kept, outcome.committed, outcome.committed + 1);
    disk_free(disk);
}

static void every_operation(enum disk_cut mode)
{
    uint64_t operations = operations_of_workload();
    assert_true(operations > 100);
    for (uint64_t nth = 1; nth <= operations; nth++) {
        cut_at(nth, mode);
    }
}

static void answered_commits_survive_losing_all_that_was_not_synced(void **state)
{
    (void)state;
    every_operation(DISK_LOSE_ALL);
}

static void answered_commits_survive_the_end_of_the_process(void **state)
{
    (void)state;
    every_operation(DISK_KEEP_ALL);
}

static void answered_commits_survive_losing_any_of_the_writes(void **state)
{
    (void)state;
    every_operation(DISK_RANDOM);
}

static void answered_commits_survive_losing_the_last_writes(void **state)
{
    (void)state;
    every_operation(DISK_PREFIX);
}

static void answered_commits_survive_torn_and_garbled_writes(void **state)
{
    (void)state;
    every_operation(DISK_TORN);
}

/* Opens with the trap set, works a little if that can be done, and says in answered what was answered so far. */
static void recover_with_trap(struct disk *disk, uint64_t more, uint64_t *answered)
{
    struct store *store = NULL;
    struct error error = {.text = ""};
    disk_fail_at(disk, disk_operations(disk) + more, DISK_CUT, false);
    if (open_on(&store, "again", false, &error) == STORE_OK) {
        struct query *query = store_query(store, "SELECT count(*) FROM row");
        uint64_t from = query_row(query) ? (uint64_t)query_get_int(query, 0) / ROWS_A_COMMIT : UINT64_MAX;
        query_end(query);
        if (from != UINT64_MAX) {
            assert_in_range(from, *answered, *answered + 1);
            *answered = work(store, from, 2).committed;
        }
        store_close(store);
    }
}

/* Each recovery is cut short a little later than the one before, and so is the work after it. */
static void answered_commits_survive_cuts_during_recovery(void **state)
{
    (void)state;
    uint64_t operations = operations_of_workload();
    for (uint64_t nth = 5; nth <= operations; nth += 11) {
        struct disk *disk = disk_new("again", SEED);
        disk_fail_at(disk, nth, DISK_CUT, false);
        uint64_t answered = run("again", 0, COMMITS).committed;
        cut(disk, DISK_TORN, nth);
        for (uint64_t more = 1; more <= 30; more += 2) {
            recover_with_trap(disk, more, &answered);
            disk_power_off(disk);
            cut(disk, more % 4 == 1 ? DISK_TORN : DISK_RANDOM, nth * 100 + more);
        }
        uint64_t kept = look("again");
        assert_in_range(kept, answered, answered + 1);
        disk_free(disk);
    }
}

/* The process is killed anywhere; a second one works on what the first left unsynced; then the power goes. */
static void answered_commits_survive_a_kill_and_then_a_cut(void **state)
{
    (void)state;
    uint64_t operations = operations_of_workload();
    for (uint64_t nth = 1; nth <= operations; nth += nth < 60 ? 1 : 7) {
        struct disk *disk = disk_new("kill", SEED);
        disk_fail_at(disk, nth, DISK_CUT, false);
        struct outcome first = run("kill", 0, COMMITS);
        disk_kill(disk);
        struct store *store = NULL;
        struct error error = {.text = ""};
        assert_int_equal(open_on(&store, "kill", false, &error), STORE_OK);
        uint64_t kept = turns_kept(store);
        assert_in_range(kept, first.committed, first.committed + 1);
        struct outcome second = work(store, kept, 1);
        disk_power_off(disk);
        store_close(store);
        cut(disk, DISK_LOSE_ALL, nth);
        assert_int_equal(look("kill"), second.committed);
        disk_free(disk);
    }
}

/*
 * A commit whose sync failed can be read by the next process, and is nowhere on the disk: what is built on it must not be lost
 * with it (a sync that succeeds later does not bring it back, as on Linux).
 */
static void answered_commits_survive_a_failed_sync_a_kill_and_a_cut(void **state)
{
    (void)state;
    uint64_t operations = operations_of_workload();
    for (uint64_t nth = 1; nth <= operations; nth++) {
        struct disk *disk = disk_new("ghost", SEED);
        disk_fail_at(disk, nth, DISK_EIO_SYNC, false);
        struct store *store = NULL;
        struct error error = {.text = ""};
        struct outcome first = {.opened = open_on(&store, "ghost", false, &error) == STORE_OK};
        if (first.opened) {
            first = work(store, 0, COMMITS);
        }
        nth = disk_failed(disk) == 0 ? operations : disk_failed(disk);
        disk_kill(disk); /* before anything is closed in an orderly way */
        store_close(first.opened ? store : NULL);
        error.text[0] = '\0';
        assert_int_equal(open_on(&store, "ghost", false, &error), STORE_OK);
        uint64_t kept = turns_kept(store);
        assert_in_range(kept, first.committed, first.committed + 1);
        struct outcome second = work(store, kept, 2);
        assert_int_equal(second.last, STORE_OK);
        disk_power_off(disk);
        store_close(store);
        cut(disk, nth % 2 == 0 ? DISK_LOSE_ALL : DISK_TORN, nth);
        assert_int_equal(look("ghost"), second.committed);
        disk_free(disk);
    }
}

/* The oracle can fail: on a disk that says yes to a sync and does nothing, answered commits are lost. */
static void lying_disk_loses_answered_commits(void **state)
{
    (void)state;
    struct disk *disk = disk_new("liar", SEED);
    assert_int_equal(run("liar", 0, 5).committed, 5);
    disk_lie_about_sync(disk, true);
    assert_int_equal(run("liar", 5, COMMITS).committed, COMMITS + 5);
    disk_power_off(disk);
    cut(disk, DISK_LOSE_ALL, 1);
    assert_int_equal(look("liar"), 5);
    disk_free(disk);
}

/* --- errors --- */

/*
 * A fault at operation nth of a run that has some commits behind it. The store ends in FATAL or, for no space, undoes
 * inputs; and after a restart, of the process or of the machine, all that was answered is there and the work goes on.
 * Returns the operation that was struck, counted like nth; 0 when there is none left.
 */
static uint64_t fault_at(uint64_t nth, enum disk_fault fault, bool lasting, enum disk_cut mode)
{
    struct disk *disk = disk_new("fault", SEED);
    assert_int_equal(run("fault", 0, BEFORE).committed, BEFORE);
    uint64_t before = disk_operations(disk);
    disk_fail_at(disk, before + nth, fault, lasting);
    struct outcome outcome = run("fault", BEFORE, UNDER_FAULT);
    uint64_t struck = disk_failed(disk);
    bool told = outcome.last != STORE_OK || outcome.full != 0;
    assert_true(told || outcome.committed == BEFORE + UNDER_FAULT);
    if (fault != DISK_NO_SPACE) {
        assert_int_equal(outcome.full, 0); /* an input/output error is never taken for a full disk */
    }
    disk_power_off(disk);
    cut(disk, mode, nth);
    uint64_t kept = look("fault");
    assert_in_range(kept, outcome.committed, outcome.committed + 1);
    assert_int_equal(run("fault", kept, 3).committed, kept + 3);
    assert_int_equal(look("fault"), kept + 3);
    disk_free(disk);
    return struck == 0 ? 0 : struck - before;
}

static void every_fault(enum disk_fault fault)
{
    static const enum disk_cut modes[] = {DISK_LOSE_ALL, DISK_KEEP_ALL, DISK_RANDOM};
    for (unsigned i = 0; i < 2 * sizeof modes / sizeof modes[0]; i++) {
        unsigned struck_count = 0;
        for (uint64_t struck = 0; (struck = fault_at(struck + 1, fault, i % 2 == 0, modes[i / 2])) != 0;) {
            struck_count++;
        }
        assert_true(struck_count > 3);
    }
}

static void no_space_anywhere_loses_nothing_in_silence(void **state)
{
    (void)state;
    every_fault(DISK_NO_SPACE);
}

static void read_error_anywhere_loses_nothing_in_silence(void **state)
{
    (void)state;
    every_fault(DISK_EIO_READ);
}

static void write_error_anywhere_loses_nothing_in_silence(void **state)
{
    (void)state;
    every_fault(DISK_EIO_WRITE);
}

static void sync_error_anywhere_loses_nothing_in_silence(void **state)
{
    (void)state;
    every_fault(DISK_EIO_SYNC);
}

/* Turns that are there after a commit that failed in its sync, on top of one that was answered. */
static uint64_t turns_after_failed_commit(enum disk_cut mode)
{
    struct disk *disk = disk_new("ghost", SEED);
    struct store *store = NULL;
    struct error error = {.text = ""};
    assert_int_equal(open_on(&store, "ghost", false, &error), STORE_OK);
    assert_int_equal(work(store, 0, 1).committed, 1);
    disk_fail_at(disk, disk_operations(disk) + 1, DISK_EIO_SYNC, false);
    struct outcome outcome = work(store, 1, 1);
    assert_int_equal(outcome.last, STORE_FATAL);
    assert_int_equal(outcome.committed, 1);
    disk_power_off(disk);
    store_close(store);
    cut(disk, mode, 1);
    uint64_t turns = look("ghost");
    disk_free(disk);
    return turns;
}

/* The reason why a failed commit ends the process: only the disk knows whether it will be there. */
static void failed_commit_may_come_back(void **state)
{
    (void)state;
    assert_int_equal(turns_after_failed_commit(DISK_KEEP_ALL), 2);
    assert_int_equal(turns_after_failed_commit(DISK_LOSE_ALL), 1);
}

static void full_disk_refuses_input_and_goes_on_when_there_is_room(void **state)
{
    (void)state;
    struct disk *disk = disk_new("full", SEED);
    struct store *store = NULL;
    struct error error = {.text = ""};
    assert_int_equal(open_on(&store, "full", false, &error), STORE_OK);
    assert_int_equal(work(store, 0, 6).committed, 6);
    store_bytes_max(store, store_bytes_used(store) + 4096);
    struct outcome outcome = work(store, 6, 4);
    assert_int_equal(outcome.last, STORE_FULL);
    assert_true(outcome.full > 0);
    store_bytes_max(store, UINT64_C(1) << 30);
    outcome = work(store, outcome.committed, 4);
    assert_int_equal(outcome.last, STORE_OK);
    store_close(store);
    assert_int_equal(look("full"), outcome.committed);
    disk_free(disk);
}

static void capacity_is_kept(void **state)
{
    (void)state;
    struct disk *disk = disk_new("small", SEED);
    assert_int_equal(run("small", 0, 5).committed, 5);
    uint64_t capacity = disk_bytes(disk) + 60000;
    disk_capacity(disk, capacity);
    struct outcome outcome = run("small", 5, COMMITS);
    assert_int_not_equal(outcome.last, STORE_OK);
    assert_in_range(disk_bytes(disk), 1, capacity);
    disk_capacity(disk, UINT64_MAX);
    uint64_t kept = look("small");
    assert_in_range(kept, outcome.committed, outcome.committed + 1);
    assert_int_equal(run("small", kept, 3).committed, kept + 3);
    disk_free(disk);
}

/* --- disks and runs do not touch each other --- */

static void two_disks_do_not_mix(void **state)
{
    (void)state;
    struct disk *a = disk_new("a", SEED);
    struct disk *b = disk_new("b", SEED + 1);
    assert_int_equal(run("a", 0, 4).committed, 4);
    assert_int_equal(run("b", 0, 9).committed, 9);
    disk_power_off(a);
    assert_int_equal(look("b"), 9);
    cut(a, DISK_LOSE_ALL, 1);
    assert_int_equal(look("a"), 4);
    disk_free(a);
    assert_int_equal(look("b"), 9);
    disk_free(b);
}

static void second_open_is_refused(void **state)
{
    (void)state;
    struct disk *disk = disk_new("one", SEED);
    struct store *first = NULL;
    struct store *second = NULL;
    struct error error = {.text = ""};
    assert_int_equal(open_on(&first, "one", false, &error), STORE_OK);
    assert_int_equal(open_on(&second, "one", false, &error), STORE_FATAL);
    assert_non_null(strstr(error.text, "another process"));
    store_close(first);
    assert_int_equal(open_on(&second, "one", false, &error), STORE_OK);
    store_close(second);
    disk_free(disk);
}

static void dead_handle_touches_nothing(void **state)
{
    (void)state;
    struct disk *disk = disk_new("dead", SEED);
    struct store *old = NULL;
    struct error error = {.text = ""};
    assert_int_equal(open_on(&old, "dead", false, &error), STORE_OK);
    assert_int_equal(work(old, 0, 3).committed, 3);
    disk_power_off(disk);
    cut(disk, DISK_LOSE_ALL, 1);
    assert_int_equal(work(old, 3, 2).last, STORE_FATAL);
    assert_int_equal(look("dead"), 3);
    store_close(old);
    assert_int_equal(look("dead"), 3);
    disk_free(disk);
}

/* The number that a power cut asks for. */
static void draw_that(void *context, uint8_t *ret, size_t size)
{
    const uint8_t *number = context;
    memset(ret, 0, size);
    ret[size - 1] = *number;
}

/* On a disk that lies: made and written three times, deleted twice. */
static struct disk *made_anew(const char *name)
{
    struct disk *disk = disk_new(name, SEED);
    disk_lie_about_sync(disk, true);
    for (uint8_t i = 0; i < 3; i++) {
        struct disk_handle handle;
        if (i > 0) {
            assert_int_equal(disk_delete(disk, "/file", true), DISK_OK);
        }
        assert_int_equal(disk_open(disk, "/file", true, true, &handle), DISK_OK);
        assert_int_equal(disk_write(&handle, bytes_of(&i, 1), 0), DISK_OK);
        assert_int_equal(disk_sync(&handle), DISK_OK);
        disk_close(&handle);
    }
    return disk;
}

static void the_last_changes_that_are_lost_leave_the_file_of_before(void **state)
{
    (void)state;
    /* Made, written, deleted; made, written, deleted; made, written. */
    for (uint8_t kept = 0; kept <= 8; kept++) {
        struct disk *disk = made_anew("anew");
        bool there = true;
        disk_power_cut(disk, DISK_PREFIX, (struct turn_source){.random = draw_that, .context = &kept});
        assert_int_equal(disk_exists(disk, "/file", &there), DISK_OK);
        assert_int_equal(there, kept % 3 != 0);
        if (kept % 3 == 2) {
            assert_int_equal(disk_file(disk, "/file").size, 1);
            assert_int_equal(disk_file(disk, "/file").data[0], kept / 3);
        } else if (there) {
            assert_int_equal(disk_file(disk, "/file").size, 0);
        }
        disk_free(disk);
    }
}

static void backup_is_what_it_was(void **state)
{
    (void)state;
    struct disk *disk = disk_new("live", SEED);
    struct disk *backup = disk_new("backup", SEED);
    assert_int_equal(run("live", 0, 3).committed, 3);
    disk_copy(backup, disk);
    assert_int_equal(run("live", 3, 4).committed, 7);
    assert_int_equal(look("live"), 7);
    assert_int_equal(look("backup"), 3);
    disk_copy(disk, backup);
    assert_int_equal(look("live"), 3);
    disk_free(backup);
    disk_free(disk);
}

/* SQLite alone would give the changed body out: its own check passes over it. */
static void flipped_bit_in_a_body_is_named(void **state)
{
    (void)state;
    struct disk *disk = disk_new("rot", SEED);
    uint8_t body[2500];
    assert_int_equal(run("rot", 0, 1).committed, 1);
    struct bytes file = disk_file(disk, PATH);
    (void)body_of(body, 2);
    uint64_t at = 0;
    while (at + 100 < file.size && memcmp(file.data + at, body + 100, 100) != 0) {
        at++;
    }
    assert_true(at + 100 < file.size);
    assert_true(disk_flip_bit(disk, PATH, at, 3));
    assert_false(disk_flip_bit(disk, PATH, file.size, 3));
    assert_false(disk_flip_bit(disk, "/none", 0, 3));
    struct store *store = NULL;
    struct error error = {.text = ""};
    assert_int_equal(open_on(&store, "rot", true, &error), STORE_FATAL);
    assert_non_null(strstr(error.text, PATH ": page"));
    disk_free(disk);
}

/* Everything that a run left on its disk. */
static uint64_t fingerprint(uint64_t seed)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    static const char *const paths[] = {PATH, PATH "-wal", PATH "-journal"};
    struct disk *disk = disk_new("same", seed);
    disk_seed_sqlite((uint32_t)seed);
    disk_fail_at(disk, 170, DISK_CUT, false);
    (void)run("same", 0, COMMITS);
    assert_int_not_equal(disk_failed(disk), 0);
    cut(disk, DISK_TORN, seed);
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        struct bytes file = disk_file(disk, paths[i]);
        for (size_t at = 0; at < file.size; at++) {
            hash = (hash ^ file.data[at]) * UINT64_C(1099511628211);
        }
        hash = (hash ^ file.size) * UINT64_C(1099511628211);
    }
    disk_free(disk);
    return hash;
}

static void same_seed_leaves_the_same_bytes(void **state)
{
    (void)state;
    uint64_t first = fingerprint(7);
    assert_true(first == fingerprint(7));
    assert_true(first != fingerprint(8));
    assert_true(first == fingerprint(7));
}

/* DEFAULT current_timestamp escapes the store's authorizer; the disk's clock does not let it pass. */
static void asking_the_time_aborts(void **state)
{
    (void)state;
    struct disk *disk = disk_new("time", SEED);
    struct store_options options = {
        .path = PATH,
        .vfs = "time",
        .schema = "CREATE TABLE row (number INTEGER PRIMARY KEY, at TEXT DEFAULT current_timestamp)",
        .version = 1,
        .page_bytes = 4096};
    struct store *store = NULL;
    struct error error = {.text = ""};
    assert_int_equal(store_open(&store, &options, &error), STORE_OK);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        (void)signal(SIGABRT, SIG_DFL);
        (void)close(STDERR_FILENO);
        query_run(store_query(store, "INSERT INTO row (number) VALUES (1)"));
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
    store_close(store);
    disk_free(disk);
}

static void commit_is_one_sync(void **state)
{
    (void)state;
    struct disk *disk = disk_new("once", SEED);
    struct store *store = NULL;
    struct error error = {.text = ""};
    assert_int_equal(open_on(&store, "once", false, &error), STORE_OK);
    assert_int_equal(work(store, 0, 1).committed, 1); /* the first one also syncs the head of the log */
    struct disk_counters before = disk_counters(disk);
    assert_int_equal(work(store, 1, 4).committed, 5);
    assert_int_equal(disk_counters(disk).syncs - before.syncs, 4);
    assert_int_equal(disk_counters(disk).reads - before.reads, 0);
    store_close(store);
    disk_free(disk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answered_commits_survive_losing_all_that_was_not_synced),
        cmocka_unit_test(answered_commits_survive_the_end_of_the_process),
        cmocka_unit_test(answered_commits_survive_losing_any_of_the_writes),
        cmocka_unit_test(answered_commits_survive_losing_the_last_writes),
        cmocka_unit_test(answered_commits_survive_torn_and_garbled_writes),
        cmocka_unit_test(answered_commits_survive_cuts_during_recovery),
        cmocka_unit_test(answered_commits_survive_a_kill_and_then_a_cut),
        cmocka_unit_test(answered_commits_survive_a_failed_sync_a_kill_and_a_cut),
        cmocka_unit_test(lying_disk_loses_answered_commits),
        cmocka_unit_test(no_space_anywhere_loses_nothing_in_silence),
        cmocka_unit_test(read_error_anywhere_loses_nothing_in_silence),
        cmocka_unit_test(write_error_anywhere_loses_nothing_in_silence),
        cmocka_unit_test(sync_error_anywhere_loses_nothing_in_silence),
        cmocka_unit_test(failed_commit_may_come_back),
        cmocka_unit_test(full_disk_refuses_input_and_goes_on_when_there_is_room),
        cmocka_unit_test(capacity_is_kept),
        cmocka_unit_test(two_disks_do_not_mix),
        cmocka_unit_test(second_open_is_refused),
        cmocka_unit_test(dead_handle_touches_nothing),
        cmocka_unit_test(the_last_changes_that_are_lost_leave_the_file_of_before),
        cmocka_unit_test(backup_is_what_it_was),
        cmocka_unit_test(flipped_bit_in_a_body_is_named),
        cmocka_unit_test(same_seed_leaves_the_same_bytes),
        cmocka_unit_test(asking_the_time_aborts),
        cmocka_unit_test(commit_is_one_sync),
    };
    return cmocka_run_group_tests_name("disk", tests, NULL, NULL);
}
