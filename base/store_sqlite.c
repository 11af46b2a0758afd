/* SPDX-License-Identifier: Apache-2.0 */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "base/store_checksum_vfs.h"
#include "base/store_private.h"

#define BLOB_BYTES_MAX (8 * 1024 * 1024)

/* SQL may not ask for time or randomness: both come in through the turn. The schema is ours alone. */
static int authorize(void *context, int action, const char *a, const char *b, const char *c, const char *d)
{
    static const char *const denied[] = {"random",
                                         "randomblob",
                                         "date",
                                         "time",
                                         "datetime",
                                         "julianday",
                                         "strftime",
                                         "unixepoch",
                                         "current_timestamp",
                                         "current_date",
                                         "current_time",
                                         "load_extension",
                                         NULL};
    (void)c;
    (void)d;
    if (action == SQLITE_READ || action == SQLITE_INSERT || action == SQLITE_UPDATE ||
        action == SQLITE_DELETE) {
        store_note_table(context, a, action != SQLITE_READ);
    }
    if (action == SQLITE_ATTACH || action == SQLITE_DETACH) {
        return SQLITE_DENY;
    }
    if (action == SQLITE_FUNCTION && b != NULL) {
        for (const char *const *name = denied; *name != NULL; name++) {
            if (sqlite3_stricmp(b, *name) == 0) {
                return SQLITE_DENY;
            }
        }
    }
    return SQLITE_OK;
}

static int wal_grew(void *context, sqlite3 *db, const char *name, int pages)
{
    struct store *store = context;
    (void)db;
    (void)name;
    store->wal_pages = pages < 0 ? 0 : (uint64_t)pages;
    return SQLITE_OK;
}

/* Damage where there is some: SQLite's own text would be "disk I/O error", without the file, the page and the next step. */
static const char *cause(const struct store *store)
{
    const char *damage = checksum_vfs_damage(store->vfs);
    return damage[0] != '\0' ? damage : sqlite3_errmsg(store->db);
}

void store_fail(struct store *store, int code)
{
    enum store_outcome outcome = (code & 0xff) == SQLITE_FULL ? STORE_FULL : STORE_FATAL;
    if (store->outcome == STORE_OK || outcome == STORE_FATAL) {
        if (store->outcome != STORE_FATAL) {
            (void)snprintf(store->error, sizeof store->error, "%s (SQLite %d)", cause(store),
                           sqlite3_extended_errcode(store->db));
        }
        store->outcome = outcome;
    }
}

static void execute(struct store *store, const char *sql)
{
    int code = sqlite3_exec(store->db, sql, NULL, NULL, NULL);
    if (code != SQLITE_OK) {
        store_fail(store, code);
    }
}

/* The same, of what every turn asks for: parsed once. sql is a string literal. */
static void execute_often(struct store *store, const char *sql)
{
    query_run(store_query_at(store, sql));
}

static enum store_outcome checkpoint(struct store *store, int mode)
{
    int code = sqlite3_wal_checkpoint_v2(store->db, NULL, mode, NULL, NULL);
    if (code == SQLITE_OK) {
        store->wal_pages = 0;
    } else if ((code & 0xff) != SQLITE_FULL) { /* no room to copy pages home: they stay safe in the WAL */
        store_fail(store, code);
    }
    return store->outcome;
}

/* Runs a pragma that answers one value and compares it. */
static bool pragma_is(struct store *store, const char *sql, const char *wanted)
{
    sqlite3_stmt *statement = NULL;
    bool same = false;
    if (sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW) {
        const unsigned char *got = sqlite3_column_text(statement, 0);
        same = got != NULL && strcmp((const char *)got, wanted) == 0;
    }
    (void)sqlite3_finalize(statement);
    return same;
}

static int64_t pragma_int(struct store *store, const char *sql)
{
    struct query *query = store_query_at(store, sql);
    int64_t value = 0;
    if (query_row(query)) {
        value = query_get_int(query, 0);
    }
    query_end(query);
    return value;
}

/* Called before any other text is set: the first one counts. */
static void tell_damage(const struct store *store, struct error *error)
{
    const char *damage = checksum_vfs_damage(store->vfs);
    if (damage[0] != '\0') {
        error_set(error, "%s", damage);
    }
}

/* The last bytes of every page are the checksum's: asked for before the first page is made, and after its size. */
static void reserve(struct store *store)
{
    int bytes = STORE_RESERVED_BYTES;
    int code = sqlite3_file_control(store->db, "main", SQLITE_FCNTL_RESERVE_BYTES, &bytes);
    if (code != SQLITE_OK) {
        store_fail(store, code);
    }
}

static bool configure(struct store *store, const struct store_options *options, struct error *error)
{
    char sql[96];
    (void)sqlite3_extended_result_codes(store->db, 1);
    (void)sqlite3_db_config(store->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    (void)sqlite3_db_config(store->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    /* A plan is made once: else a statement that could meet a partial index by a parameter's value is parsed at each use. */
    (void)sqlite3_db_config(store->db, SQLITE_DBCONFIG_ENABLE_QPSG, 1, NULL);
    (void)sqlite3_limit(store->db, SQLITE_LIMIT_LENGTH, BLOB_BYTES_MAX);
    (void)sqlite3_limit(store->db, SQLITE_LIMIT_ATTACHED, 0);
    (void)snprintf(sql, sizeof sql, "PRAGMA page_size=%d", options->page_bytes);
    execute(store, sql);
    reserve(store);
    execute(store, "PRAGMA locking_mode=EXCLUSIVE");
    /* Until WAL is on, the directory is synced when a rollback journal is deleted: else one that comes back after a power
     * cut would roll a new database back to nothing, and its WAL with all commits would be thrown away. */
    execute(store, "PRAGMA synchronous=EXTRA");
    if (!pragma_is(store, "PRAGMA journal_mode=WAL", "wal")) {
        tell_damage(store, error);
        int code = sqlite3_errcode(store->db) & 0xff;
        if (code == SQLITE_BUSY || code == SQLITE_LOCKED) {
            error_set(error, "%s is open in another process; stop that one first", options->path);
        } else {
            error_set(error, "cannot open the store %s: %s%s", options->path, sqlite3_errmsg(store->db),
                      code == SQLITE_CORRUPT || code == SQLITE_NOTADB ? "; " STORE_WAY_OUT : "");
        }
        return false;
    }
    execute(store, "PRAGMA synchronous=FULL");
    execute(store, "PRAGMA wal_autocheckpoint=0"); /* takes any hook away: ours comes after it */
    (void)sqlite3_wal_hook(store->db, wal_grew, store);
    execute(store, "PRAGMA cell_size_check=ON");
    execute(store, "PRAGMA mmap_size=0");
    execute(store, "PRAGMA temp_store=MEMORY");
    execute(store, "PRAGMA cache_spill=OFF"); /* the log holds commits and nothing else: store_wal.h */
    (void)snprintf(
        sql, sizeof sql, "PRAGMA cache_size=-%llu",
        (unsigned long long)(options->cache_bytes == 0 ? STORE_CACHE_BYTES : options->cache_bytes) / 1024);
    execute(store, sql);
    execute(store, options->erase_deleted ? "PRAGMA secure_delete=ON" : "PRAGMA secure_delete=OFF");
    if (store->outcome != STORE_OK || !pragma_is(store, "PRAGMA synchronous", "2") ||
        !pragma_is(store, "PRAGMA locking_mode", "exclusive")) {
        tell_damage(store, error);
        error_set(error, "the store %s does not keep synchronous=FULL and exclusive locking: %s",
                  options->path, sqlite3_errmsg(store->db));
        return false;
    }
    return true;
}

static bool executed(struct store *store, const char *sql)
{
    execute(store, sql);
    return store->outcome == STORE_OK;
}

/* The changes one after the other and the new version, in one commit. */
static bool change_schema(struct store *store, const struct store_options *options,
                          const char *const *changes, size_t count, struct error *error)
{
    char version[48];
    (void)snprintf(version, sizeof version, "PRAGMA user_version=%d", options->version);
    bool done = executed(store, "BEGIN IMMEDIATE"); /* closing rolls back what failed half-way */
    for (size_t i = 0; done && i < count; i++) {
        done = executed(store, changes[i]);
    }
    if (!done || !executed(store, version) || !executed(store, "COMMIT")) {
        error_set(error, "cannot make the tables in %s: %s", options->path, store->error);
        return false;
    }
    return true;
}

static bool make_schema(struct store *store, const struct store_options *options, struct error *error)
{
    if (!pragma_is(store, "SELECT count(*) FROM sqlite_schema", "0")) {
        error_set(error, "%s is a database of another program; give another path", options->path);
        return false;
    }
    return change_schema(store, options, &options->schema, 1, error);
}

static bool make_or_check_schema(struct store *store, const struct store_options *options,
                                 struct error *error)
{
    ensure(options->version > 0);
    int64_t version = pragma_int(store, "PRAGMA user_version");
    if (store->outcome == STORE_OK && options->check_everything &&
        !pragma_is(store, "PRAGMA integrity_check(1)", "ok")) {
        tell_damage(store, error);
        error_set(error, "%s is damaged; " STORE_WAY_OUT, options->path);
        return false;
    }
    if (store->outcome != STORE_OK) {
        tell_damage(store, error);
        error_set(error, "cannot read %s: %s; " STORE_WAY_OUT, options->path, store->error);
        return false;
    }
    if (version == 0) {
        return make_schema(store, options, error);
    }
    if (version < options->version && version >= options->version - (int64_t)options->upgrade_count) {
        size_t steps = (size_t)(options->version - version);
        return change_schema(store, options, options->upgrades + options->upgrade_count - steps, steps,
                             error);
    }
    if (version != options->version) {
        error_set(
            error,
            "%s was written by another version of comity (its tables are version %lld, this one reads %d)",
            options->path, (long long)version, options->version);
        return false;
    }
    return true;
}

/*
 * Everything that a process before this one left in the log goes home, and a log begins that is this process's own: frames that
 * it could read need not be on the disk, if their sync failed, and commits behind them would be lost with them.
 */
static bool bring_home(struct store *store, const struct store_options *options, struct error *error)
{
    if (checkpoint(store, SQLITE_CHECKPOINT_TRUNCATE) == STORE_OK) {
        return true;
    }
    tell_damage(store, error);
    error_set(error, "cannot write the store %s: %s", options->path, store->error);
    return false;
}

void store_start(void)
{
    ensure(sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0) == SQLITE_OK);
}

enum store_outcome store_open(struct store **ret, const struct store_options *options, struct error *error)
{
    struct store *store = calloc(1, sizeof *store);
    if (store == NULL) {
        error_set(error, "no memory to open %s", options->path);
        return STORE_FATAL;
    }
    store->bytes_max = UINT64_MAX;
    if (options->path[0] != '/') { /* and so no "file:" URI, whose parameters could switch locking off */
        error_set(error, "the path of the store %s is not absolute; give the whole path", options->path);
        store_close(store);
        return STORE_FATAL;
    }
    store->vfs = checksum_vfs_new(options->path, options->vfs, (size_t)options->page_bytes);
    if (store->vfs == NULL) {
        error_set(error, "no memory to open %s", options->path);
        store_close(store);
        return STORE_FATAL;
    }
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW;
    int code = sqlite3_open_v2(options->path, &store->db, flags, checksum_vfs_name(store->vfs));
    if (code != SQLITE_OK) {
        tell_damage(store, error);
        bool link = store->db != NULL && sqlite3_extended_errcode(store->db) == SQLITE_CANTOPEN_SYMLINK;
        error_set(error, "cannot open the store %s: %s", options->path,
                  link ? "a part of its path is a symbolic link; give the real path" : sqlite3_errstr(code));
        store_close(store);
        return STORE_FATAL;
    }
    if (!configure(store, options, error) || !make_or_check_schema(store, options, error) ||
        !bring_home(store, options, error)) {
        store_close(store);
        return STORE_FATAL;
    }
    (void)sqlite3_set_authorizer(store->db, authorize, store);
    store->checkpoint_pages =
        options->checkpoint_pages == 0 ? STORE_CHECKPOINT_PAGES : options->checkpoint_pages;
    store->page_bytes = (uint64_t)pragma_int(store, "PRAGMA page_size");
    *ret = store;
    return STORE_OK;
}

void store_close(struct store *store)
{
    if (store == NULL) {
        return;
    }
    for (size_t i = 0; i < STORE_SLOTS; i++) {
        (void)sqlite3_finalize(store->queries[i].statement);
    }
    (void)sqlite3_close(store->db);
    checksum_vfs_free(store->vfs);
    free(store);
}

enum store_outcome store_outcome(const struct store *store)
{
    return store->outcome;
}

const char *store_error(const struct store *store)
{
    return store->error;
}

uint64_t store_dropped_frames(const struct store *store)
{
    return checksum_vfs_dropped_frames(store->vfs);
}

static bool reads_or_writes(const struct store *store)
{
    return sqlite3_get_autocommit(store->db) == 0;
}

static bool wrote(const struct store *store)
{
    return sqlite3_txn_state(store->db, "main") == SQLITE_TXN_WRITE;
}

void store_begin(struct store *store)
{
    if (store->outcome == STORE_OK && !store->turn) {
        store->turn = true;
        if (!reads_or_writes(store)) {
            execute_often(store, "BEGIN");
        }
    }
}

bool store_in_transaction(const struct store *store)
{
    return store->turn;
}

enum store_outcome store_commit(struct store *store)
{
    ensure(store->savepoint == SAVEPOINT_NONE);
    if (store->outcome == STORE_OK && store->turn && wrote(store)) {
        execute_often(store, "COMMIT");
    }
    if (store->outcome != STORE_OK) {
        store->outcome = STORE_FATAL;
    }
    store->turn = false;
    return store->outcome;
}

/* What stays open when a turn has written nothing; it holds no change. */
static void end_reading(struct store *store)
{
    if (reads_or_writes(store)) {
        execute_often(store, "COMMIT");
    }
}

void store_savepoint(struct store *store)
{
    ensure(store->savepoint == SAVEPOINT_NONE);
    if (store->outcome != STORE_OK) {
        store->outcome = STORE_FATAL; /* of before this input: its undoing would not undo that */
    }
    store_begin(store);
    store->savepoint = SAVEPOINT_UNWRITTEN;
}

void store_before_write(struct store *store)
{
    if (store->outcome == STORE_OK && !store->turn) {
        end_reading(store); /* it is a transaction of its own, as where nothing was read before */
    }
    if (store->outcome == STORE_OK && store->savepoint == SAVEPOINT_UNWRITTEN) {
        store->savepoint = wrote(store) ? SAVEPOINT_NESTED : SAVEPOINT_WHOLE;
        if (store->savepoint == SAVEPOINT_NESTED) {
            execute_often(store, "SAVEPOINT input");
        }
    }
}

static void reset_all(struct store *store)
{
    for (size_t i = 0; i < STORE_SLOTS && store->busy_queries != 0; i++) {
        if (store->queries[i].busy) {
            query_end(&store->queries[i]);
        }
    }
}

static void undo(struct store *store, enum store_savepoint to)
{
    reset_all(store);
    if (!reads_or_writes(store)) {
        store->outcome = STORE_FATAL; /* SQLite threw away the whole turn, frames and all */
        return;
    }
    if (to == SAVEPOINT_UNWRITTEN) {
        return;
    }
    store_forget_numbers(store);
    execute(store, to == SAVEPOINT_WHOLE ? "ROLLBACK; BEGIN" : "ROLLBACK TO input; RELEASE input");
}

enum store_outcome store_savepoint_end(struct store *store)
{
    enum store_savepoint savepoint = store->savepoint;
    ensure(savepoint != SAVEPOINT_NONE);
    store->savepoint = SAVEPOINT_NONE;
    if (store->outcome == STORE_OK) {
        if (savepoint == SAVEPOINT_NESTED) {
            execute_often(store, "RELEASE input");
        }
        return store->outcome == STORE_OK ? STORE_OK : (store->outcome = STORE_FATAL);
    }
    if (store->outcome == STORE_FULL || store->outcome == STORE_GIVEN_UP) {
        const enum store_outcome ended = store->outcome;
        store->outcome = STORE_OK;
        undo(store, savepoint);
        return store->outcome == STORE_OK ? ended : (store->outcome = STORE_FATAL);
    }
    return STORE_FATAL;
}

void store_give_up(struct store *store)
{
    ensure(store->savepoint != SAVEPOINT_NONE);
    if (store->outcome == STORE_OK) {
        store->outcome = STORE_GIVEN_UP;
    }
}

enum store_outcome store_savepoint_undo(struct store *store)
{
    enum store_savepoint savepoint = store->savepoint;
    ensure(savepoint != SAVEPOINT_NONE);
    store->savepoint = SAVEPOINT_NONE;
    if (store->outcome != STORE_FATAL) {
        store->outcome = STORE_OK;
        undo(store, savepoint);
    }
    return store->outcome == STORE_OK ? STORE_OK : (store->outcome = STORE_FATAL);
}

enum store_outcome store_checkpoint(struct store *store, bool idle)
{
    ensure(!store->turn);
    if (store->outcome != STORE_OK || store->wal_pages == 0 ||
        (!idle && store->wal_pages < store->checkpoint_pages)) {
        return store->outcome;
    }
    reset_all(store);
    end_reading(store);
    if (store->outcome != STORE_OK) {
        return store->outcome = STORE_FATAL;
    }
    return checkpoint(store, idle ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE);
}

uint64_t store_bytes_used(struct store *store)
{
    int64_t pages = pragma_int(store, "PRAGMA page_count") - pragma_int(store, "PRAGMA freelist_count");
    return (uint64_t)pages * store->page_bytes;
}

void store_bytes_max(struct store *store, uint64_t bytes_max)
{
    store->bytes_max = bytes_max;
}
