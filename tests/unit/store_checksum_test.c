/* SPDX-License-Identifier: Apache-2.0 */
/* Checksums of pages and the watched log, on a disk in memory whose bytes the test changes behind the store's back. */
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/checksum.h"
#include "base/store.h"
#include "base/store_checksum_vfs.h"
#include "base/store_wal.h"
#include "drills/world/disk.h"

#define PATH  "/store.db"
#define LOG   PATH "-wal"
#define PAGE  4096
#define FRAME (WAL_HEAD_BYTES + PAGE)

static const char *const schema = "CREATE TABLE t(id INTEGER PRIMARY KEY, body BLOB) STRICT;";

static enum store_outcome try_open(struct store **ret, bool check, struct error *error)
{
    struct store_options options = {.path = PATH,
                                    .vfs = "sums",
                                    .schema = schema,
                                    .version = 1,
                                    .page_bytes = PAGE,
                                    .check_everything = check};
    *error = (struct error){.text = ""};
    return store_open(ret, &options, error);
}

static struct store *opened(void)
{
    struct store *store = NULL;
    struct error error;
    if (try_open(&store, false, &error) != STORE_OK) {
        fail_msg("%s", error.text);
    }
    return store;
}

/* Refused, at the latest by the full check, with a text that says it. */
static void refused(const char *says)
{
    struct store *store = NULL;
    struct error error;
    assert_int_equal(try_open(&store, true, &error), STORE_FATAL);
    if (strstr(error.text, says) == NULL || strstr(error.text, "restore the database") == NULL) {
        fail_msg("\"%s\" does not say \"%s\" and what to do", error.text, says);
    }
}

static void add(struct store *store, int64_t id, size_t bytes)
{
    static const uint8_t body[3 * PAGE] = {7};
    struct query *query = store_query(store, "INSERT INTO t(id, body) VALUES(?1, ?2)");
    query_int(query, 1, id);
    query_bytes(query, 2, bytes_of(body, bytes));
    query_run(query);
}

static void commit(struct store *store, int64_t id, size_t bytes)
{
    store_begin(store);
    add(store, id, bytes);
    assert_int_equal(store_commit(store), STORE_OK);
}

static int64_t rows(struct store *store)
{
    struct query *query = store_query(store, "SELECT count(*), max(body) FROM t");
    int64_t count = query_row(query) ? query_get_int(query, 0) : -1;
    query_end(query);
    return count;
}

static int64_t rows_after_restart(void)
{
    struct store *store = opened();
    int64_t count = rows(store);
    store_close(store);
    return count;
}

/* kill -9: the file stays as it is, log and all. */
static void killed(struct disk *disk, struct store *store)
{
    disk_kill(disk);
    store_close(store);
}

static int64_t ten_rows(struct disk *disk, bool home)
{
    struct store *store = opened();
    for (int64_t i = 1; i <= 10; i++) {
        commit(store, i, 2 * PAGE);
    }
    if (home) {
        assert_int_equal(store_checkpoint(store, true), STORE_OK);
    }
    killed(disk, store);
    return 10;
}

static void flip(struct disk *disk, const char *path, uint64_t offset)
{
    assert_true(disk_flip_bit(disk, path, offset, (unsigned)(offset % 8)));
}

static void overwrite(struct disk *disk, const char *path, const void *data, size_t size, uint64_t offset)
{
    struct disk_handle handle;
    assert_int_equal(disk_open(disk, path, true, false, &handle), DISK_OK);
    assert_int_equal(disk_write(&handle, bytes_of(data, size), offset), DISK_OK);
    disk_close(&handle);
}

static void cut_off(struct disk *disk, const char *path, uint64_t size)
{
    struct disk_handle handle;
    assert_int_equal(disk_open(disk, path, false, false, &handle), DISK_OK);
    assert_int_equal(disk_truncate(&handle, size), DISK_OK);
    disk_close(&handle);
}

static size_t frames(struct disk *disk)
{
    return (disk_file(disk, LOG).size - WAL_HEADER_BYTES) / FRAME;
}

/* --- sums --- */

static void sum_is_that_of_sqlites_log(void **state)
{
    struct disk *disk = *state;
    (void)ten_rows(disk, false);
    struct bytes log = disk_file(disk, LOG);
    struct checksum sum = {.a = 0, .b = 0};
    enum checksum_words words = (log.data[3] & 1) != 0 ? CHECKSUM_BIG : CHECKSUM_LITTLE;
    sum = checksum_add(sum, bytes_of(log.data, 24), words);
    assert_true(checksum_equal(sum, checksum_read(log.data + 24)));
    uint8_t written[8];
    checksum_write(written, sum);
    assert_memory_equal(written, log.data + 24, 8);
}

static void sum_depends_on_every_bit_and_on_the_number(void **state)
{
    (void)state;
    uint8_t page[512] = {0};
    uint8_t sealed[512];
    checksum_vfs_seal(page, sizeof page, 3);
    memcpy(sealed, page, sizeof page);
    for (size_t i = 0; i < 8 * (sizeof page - STORE_RESERVED_BYTES); i++) {
        page[i / 8] ^= (uint8_t)(1u << i % 8);
        checksum_vfs_seal(page, sizeof page, 3);
        assert_memory_not_equal(page + 504, sealed + 504, 8);
        page[i / 8] ^= (uint8_t)(1u << i % 8);
    }
    checksum_vfs_seal(page, sizeof page, 4);
    assert_memory_not_equal(page + 504, sealed + 504, 8);
    checksum_vfs_seal(page, sizeof page, 3);
    assert_memory_equal(page, sealed, sizeof page);
}

static void every_page_is_sealed_and_keeps_room_for_it(void **state)
{
    struct disk *disk = *state;
    (void)ten_rows(disk, true);
    struct bytes file = disk_file(disk, PATH);
    assert_true(file.size >= 20u * PAGE && file.size % PAGE == 0);
    assert_int_equal(file.data[20], STORE_RESERVED_BYTES);
    for (size_t i = 0; i < file.size / PAGE; i++) {
        uint8_t page[PAGE];
        memcpy(page, file.data + i * PAGE, PAGE);
        checksum_vfs_seal(page, PAGE, (uint32_t)i + 1);
        assert_memory_equal(page, file.data + i * PAGE, PAGE);
    }
}

/* --- the database --- */

static void rot_of_a_page_is_named(void **state)
{
    struct disk *disk = *state;
    (void)ten_rows(disk, true);
    flip(disk, PATH, 3 * PAGE + 1000);
    refused(PATH ": page 4 is damaged on disk");
    flip(disk, PATH, 3 * PAGE + 1000);
    assert_int_equal(rows_after_restart(), 10);
    flip(disk, PATH, 5); /* "SQLite format 3" */
    refused(PATH ": page 1 is not that of a store of comity, or is damaged on disk");
}

static void rot_that_is_met_while_it_runs_ends_the_store(void **state)
{
    struct disk *disk = *state;
    (void)ten_rows(disk, true);
    struct store *store = opened();
    uint64_t last = disk_file(disk, PATH).size - PAGE + 50;
    flip(disk, PATH, last);
    commit(store, 11, 10);
    assert_int_equal(rows(store), -1);
    assert_int_equal(store_outcome(store), STORE_FATAL);
    assert_non_null(strstr(store_error(store), PATH ": page "));
    assert_non_null(strstr(store_error(store), "DIAGNOSTICS"));
    store_close(store);
    flip(disk, PATH, last);
    assert_int_equal(rows_after_restart(), 11);
}

static void a_page_in_the_place_of_another_is_found(void **state)
{
    struct disk *disk = *state;
    uint8_t page[PAGE];
    (void)ten_rows(disk, true);
    memcpy(page, disk_file(disk, PATH).data + 5 * PAGE, PAGE);
    overwrite(disk, PATH, page, PAGE, 7 * PAGE);
    refused(PATH ": page 8 is damaged on disk");
}

static void pages_that_are_missing_are_found(void **state)
{
    struct disk *disk = *state;
    (void)ten_rows(disk, true);
    uint64_t size = disk_file(disk, PATH).size;
    cut_off(disk, PATH, size - 100);
    refused("is missing: the file was cut off");
    cut_off(disk, PATH, size - PAGE); /* SQLite counts whole pages itself */
    refused(PATH ": database disk image is malformed");
}

/* Made by SQLite alone: without room for sums, and with a log that a checkpoint would copy home. */
static void make_without_sums(struct disk *disk, int page_bytes, int reserved)
{
    sqlite3 *db = NULL;
    char sql[64];
    assert_int_equal(sqlite3_open_v2(PATH, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, "sums"),
                     SQLITE_OK);
    (void)snprintf(sql, sizeof sql, "PRAGMA page_size=%d", page_bytes);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_file_control(db, "main", SQLITE_FCNTL_RESERVE_BYTES, &reserved), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db,
                                  "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL;"
                                  "PRAGMA user_version=1; CREATE TABLE t(id INTEGER PRIMARY KEY, body BLOB);"
                                  "INSERT INTO t VALUES(1, zeroblob(9000))",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    disk_kill(disk);
    (void)sqlite3_close(db);
}

static void a_database_without_sums_is_refused_and_left_as_it_was(void **state)
{
    static const struct {
        int page_bytes, reserved;
    } kinds[] = {{PAGE, 0}, {PAGE, 24}, {8192, STORE_RESERVED_BYTES}};
    struct disk *disk = *state;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct disk *before = disk_new("before", 1);
        disk_copy(disk, before); /* empty */
        make_without_sums(disk, kinds[i].page_bytes, kinds[i].reserved);
        assert_true(disk_file(disk, LOG).size > WAL_HEADER_BYTES);
        disk_copy(before, disk);
        refused("another version of comity wrote it");
        assert_true(bytes_equal(disk_file(disk, PATH), disk_file(before, PATH)));
        assert_true(bytes_equal(disk_file(disk, LOG), disk_file(before, LOG)));
        disk_free(before);
    }
}

/* --- the log --- */

static void rot_in_the_log_is_named_before_sqlite_forgets_what_follows(void **state)
{
    struct disk *disk = *state;
    struct disk *whole = disk_new("whole", 1);
    (void)ten_rows(disk, false);
    disk_copy(whole, disk);
    size_t count = frames(disk);
    assert_true(count >= 20);
    for (size_t frame = 0; frame < count; frame++) {
        for (uint64_t at = 0; at < FRAME; at += at < WAL_HEAD_BYTES ? 1 : 509) {
            char says[96];
            disk_copy(disk, whole);
            flip(disk, LOG, WAL_HEADER_BYTES + frame * FRAME + at);
            (void)snprintf(says, sizeof says, LOG ": frame %zu of this log is damaged", frame + 1);
            refused(says);
        }
    }
    for (uint64_t at = 0; at < WAL_HEADER_BYTES; at++) {
        disk_copy(disk, whole);
        flip(disk, LOG, at);
        refused(LOG ": the head of this log is damaged");
    }
    for (uint64_t at = WAL_HEADER_BYTES + count * FRAME; at < disk_file(whole, LOG).size; at++) {
        disk_copy(disk, whole); /* the end mark only proves: without it nothing is lost */
        flip(disk, LOG, at);
        assert_int_equal(rows_after_restart(), 10);
    }
    disk_copy(disk, whole);
    assert_int_equal(rows_after_restart(), 10);
    disk_free(whole);
}

static void rot_in_the_log_is_met_while_it_runs(void **state)
{
    struct disk *disk = *state;
    struct store *store = opened();
    commit(store, 1, 2 * PAGE);
    flip(disk, LOG, WAL_HEADER_BYTES + WAL_HEAD_BYTES + 700);
    assert_int_equal(store_checkpoint(store, true), STORE_FATAL);
    assert_non_null(strstr(store_error(store), LOG ": frame 1 of this log is damaged"));
    store_close(store);
    refused(LOG ": frame 1");
}

static void the_torn_end_of_a_power_cut_is_cut_off(void **state)
{
    struct disk *disk = *state;
    (void)ten_rows(disk, false);
    size_t count = frames(disk);
    cut_off(disk, LOG, WAL_HEADER_BYTES + count * FRAME - 1); /* and so without an end mark */
    struct store *store = opened();
    assert_in_range(store_dropped_frames(store), 2, 4); /* all of that commit, one of them in part */
    assert_int_equal(rows(store), 9);
    commit(store, 20, 10);
    killed(disk, store);
    store = opened();
    assert_int_equal(store_dropped_frames(store), 0);
    assert_int_equal(rows(store), 10);
    store_close(store);
}

/*
 * What no reader of the log alone can tell: a power cut took the end mark, and then a bit of the last commit rotted. It is
 * forgotten as if it had been torn. Commits before it are not.
 */
static void only_the_last_commit_before_a_power_cut_can_be_forgotten(void **state)
{
    struct disk *disk = *state;
    struct disk *whole = disk_new("whole", 1);
    struct store *store = opened();
    size_t before_last = 0;
    for (int64_t i = 1; i <= 4; i++) {
        before_last = frames(disk);
        commit(store, i, 2 * PAGE);
    }
    disk_power_off(disk);
    store_close(store);
    disk_power_cut(disk, DISK_LOSE_ALL, (struct turn_source){.random = NULL});
    assert_int_equal(disk_file(disk, LOG).size % FRAME, WAL_HEADER_BYTES);
    disk_copy(whole, disk);
    size_t count = frames(disk);
    for (size_t frame = 0; frame < count; frame++) {
        disk_copy(disk, whole);
        flip(disk, LOG, WAL_HEADER_BYTES + frame * FRAME + 100);
        if (frame < before_last) {
            refused("is damaged on disk");
        } else {
            assert_int_equal(rows_after_restart(), 3);
        }
    }
    disk_free(whole);
}

/* The end is cut off at once, not when the log goes home: there may be no room for that. */
static void the_torn_end_is_cut_off_on_a_full_disk(void **state)
{
    struct disk *disk = *state;
    (void)ten_rows(disk, false);
    size_t count = frames(disk);
    cut_off(disk, LOG, WAL_HEADER_BYTES + count * FRAME - 1);
    disk_capacity(disk, disk_bytes(disk));
    struct store *store = opened();
    size_t left = frames(disk);
    assert_in_range(left, count - 5, count - 2);
    uint64_t end = WAL_HEADER_BYTES + left * FRAME;
    assert_in_range(disk_file(disk, LOG).size, end, end + WAL_HEAD_BYTES); /* and an end mark */
    assert_int_equal(rows(store), 9);
    killed(disk, store);
}

/* A frame without its commit behind it would be taken for a torn end, or for proof of one that never was. */
static void nothing_is_in_the_log_before_its_commit(void **state)
{
    struct disk *disk = *state;
    struct store *store = opened();
    commit(store, 1, 10);
    uint64_t size = disk_file(disk, LOG).size;
    store_begin(store);
    for (int64_t i = 2; i <= 4000; i++) { /* more than the cache holds */
        add(store, i, 3 * PAGE);
    }
    assert_int_equal(disk_file(disk, LOG).size, size);
    assert_int_equal(store_commit(store), STORE_OK);
    assert_int_equal(rows(store), 4000);
    store_close(store);
}

static void draw(void *context, uint8_t *ret, size_t size)
{
    uint64_t *seed = context;
    for (size_t i = 0; i < size; i++) {
        *seed ^= *seed << 13;
        *seed ^= *seed >> 7;
        *seed ^= *seed << 17;
        ret[i] = (uint8_t)(*seed >> 32);
    }
}

/* In a process of its own: commits with the power going at operation nth, and a look at what is there. */
static int play_with_cut(struct disk *disk, struct store *store, uint64_t nth, uint64_t seed)
{
    int64_t answered = 0;
    struct store *again = NULL;
    struct error error;
    disk_fail_at(disk, disk_operations(disk) + nth, DISK_CUT, false);
    for (int64_t i = 0; i < 3; i++) {
        store_begin(store);
        for (int64_t row = 0; row < 40; row++) {
            add(store, 2000 + 40 * i + row, 3 * PAGE);
        }
        answered += store_commit(store) == STORE_OK;
    }
    disk_power_off(disk);
    store_close(store);
    disk_power_cut(disk, DISK_TORN, (struct turn_source){.random = draw, .context = &seed});
    if (try_open(&again, false, &error) != STORE_OK) {
        (void)fprintf(stderr, "cut at %llu: %s\n", (unsigned long long)nth, error.text);
        return 1;
    }
    int64_t kept = rows(again) - 1400;
    return kept == 40 * answered || kept == 40 * (answered + 1) ? 0 : 2;
}

/* A log of more than 4,000 pages is copied home and begins anew in the same file: over frames of the one before. */
static void a_log_that_begins_anew_is_no_damage_wherever_the_power_goes(void **state)
{
    struct disk *disk = *state;
    struct store *store = opened();
    for (int64_t i = 1; i <= 1400; i++) {
        commit(store, i, 3 * PAGE);
    }
    assert_int_equal(store_checkpoint(store, false), STORE_OK);
    uint64_t size = disk_file(disk, LOG).size;
    /* The mark, its sync, the header, its sync, and somewhere in the first commit and the second. */
    static const struct {
        uint64_t nth, seeds;
    } cuts[] = {{1, 1}, {2, 2}, {3, 30}, {4, 12}, {5, 2}, {6, 1}, {200, 8}, {330, 8}, {500, 4}};
    for (size_t i = 0; i < sizeof cuts / sizeof cuts[0]; i++) {
        for (uint64_t seed = 1; seed <= cuts[i].seeds; seed++) {
            uint64_t nth = cuts[i].nth;
            int status = 0;
            pid_t child = fork();
            assert_true(child >= 0);
            if (child == 0) {
                _exit(play_with_cut(disk, store, nth, seed * UINT64_C(0x9e3779b97f4a7c15) + nth));
            }
            assert_int_equal(waitpid(child, &status, 0), child);
            assert_int_equal(status, 0);
        }
    }
    commit(store, 2000, 10);
    assert_int_equal(disk_file(disk, LOG).size,
                     size); /* in place: a file that keeps its length is synced faster */
    killed(disk, store);
    flip(disk, LOG, 17);
    refused("the head of this log is damaged");
    flip(disk, LOG, 17);
    assert_int_equal(rows_after_restart(), 1401);
}

static int set_up(void **state)
{
    disk_seed_sqlite(1);
    *state = disk_new("sums", 1);
    return 0;
}

static int tear_down(void **state)
{
    disk_free(*state);
    return 0;
}

#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(sum_is_that_of_sqlites_log),
        T(sum_depends_on_every_bit_and_on_the_number),
        T(every_page_is_sealed_and_keeps_room_for_it),
        T(rot_of_a_page_is_named),
        T(rot_that_is_met_while_it_runs_ends_the_store),
        T(a_page_in_the_place_of_another_is_found),
        T(pages_that_are_missing_are_found),
        T(a_database_without_sums_is_refused_and_left_as_it_was),
        T(rot_in_the_log_is_named_before_sqlite_forgets_what_follows),
        T(rot_in_the_log_is_met_while_it_runs),
        T(the_torn_end_of_a_power_cut_is_cut_off),
        T(only_the_last_commit_before_a_power_cut_can_be_forgotten),
        T(the_torn_end_is_cut_off_on_a_full_disk),
        T(nothing_is_in_the_log_before_its_commit),
        T(a_log_that_begins_anew_is_no_damage_wherever_the_power_goes),
    };
    return cmocka_run_group_tests_name("store_checksum", tests, NULL, NULL);
}
