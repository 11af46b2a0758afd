/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
/* On real files: what the store promises about them is the point. */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/store.h"

#define SCHEMA                                                                                               \
    "CREATE TABLE t(id INTEGER PRIMARY KEY, name TEXT, body BLOB) STRICT;"                                   \
    "CREATE TABLE u(name TEXT UNIQUE) STRICT;"                                                               \
    "CREATE INDEX t_empty ON t(name) WHERE length(body) = 0;"

static char folder[64];
static char path[96];

static struct store_options options(void)
{
    return (struct store_options){.path = path, .schema = SCHEMA, .version = 3, .page_bytes = 4096};
}

static struct store *opened(void)
{
    struct store *store = NULL;
    struct store_options o = options();
    struct error error = {0};
    assert_int_equal(store_open(&store, &o, &error), STORE_OK);
    assert_string_equal(error.text, "");
    return store;
}

static int make_folder(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof folder, "/tmp/comity-store-XXXXXX");
    if (mkdtemp(folder) == NULL) {
        return -1;
    }
    (void)snprintf(path, sizeof path, "%s/store.db", folder);
    return 0;
}

static int remove_folder(void **state)
{
    static const char *const names[] = {"store.db", "store.db-wal", "store.db-shm", "link.db"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char name[128];
        (void)snprintf(name, sizeof name, "%s/%s", folder, names[i]);
        (void)unlink(name);
    }
    return rmdir(folder);
}

static void insert(struct store *store, int64_t id, size_t body_bytes)
{
    static const uint8_t body[200000] = {1};
    struct query *query = store_query(store, "INSERT INTO t(id, name, body) VALUES(?1, ?2, ?3)");
    query_int(query, 1, id);
    query_text(query, 2, "name");
    query_bytes(query, 3, bytes_of(body, body_bytes));
    query_run(query);
}

static int64_t one_number(struct store *store, const char *sql)
{
    struct query *query = store_query_at(store, sql);
    int64_t value = query_row(query) ? query_get_int(query, 0) : -1;
    query_end(query);
    return value;
}

static int64_t rows(struct store *store)
{
    return one_number(store, "SELECT count(*) FROM t");
}

static void open_refuses(const struct store_options *o, const char *says)
{
    struct store *store = NULL;
    struct error error = {0};
    assert_int_equal(store_open(&store, o, &error), STORE_FATAL);
    assert_null(store);
    if (strstr(error.text, says) == NULL) {
        fail_msg("\"%s\" does not say \"%s\"", error.text, says);
    }
}

static off_t size_of(const char *suffix)
{
    char name[128];
    struct stat st;
    (void)snprintf(name, sizeof name, "%s%s", path, suffix);
    return stat(name, &st) == 0 ? st.st_size : -1;
}

static void promises_are_read_back(void **state)
{
    (void)state;
    struct store *store = opened();
    assert_int_equal(one_number(store, "PRAGMA synchronous"), 2);
    assert_int_equal(one_number(store, "PRAGMA user_version"), 3);
    assert_int_equal(one_number(store, "PRAGMA page_size"), 4096);
    assert_int_equal(one_number(store, "PRAGMA wal_autocheckpoint"), 0);
    assert_int_equal(one_number(store, "PRAGMA secure_delete"), 0);
    struct query *query = store_query(store, "PRAGMA journal_mode");
    assert_true(query_row(query));
    assert_string_equal(query_get_text(query, 0), "wal");
    query_end(query);
    query = store_query(store, "PRAGMA locking_mode");
    assert_true(query_row(query));
    assert_string_equal(query_get_text(query, 0), "exclusive");
    query_end(query);
    store_begin(store);
    insert(store, 1, 10);
    assert_int_equal(store_commit(store), STORE_OK);
    assert_int_equal(size_of("-shm"), -1);
    store_close(store);

    struct store_options o = options();
    o.erase_deleted = true;
    o.check_everything = true;
    struct error error = {0};
    assert_int_equal(store_open(&store, &o, &error), STORE_OK);
    assert_int_equal(one_number(store, "PRAGMA secure_delete"), 1);
    store_close(store);
    store_close(NULL);
}

static void what_is_committed_is_there_again(void **state)
{
    (void)state;
    struct store *store = opened();
    store_begin(store);
    store_begin(store);
    assert_true(store_in_transaction(store));
    insert(store, 7, 3);
    assert_int_equal(store_changes(store), 1);
    assert_int_equal(store_last_rowid(store), 7);
    assert_int_equal(store_commit(store), STORE_OK);
    assert_false(store_in_transaction(store));
    assert_int_equal(store_commit(store), STORE_OK);
    store_begin(store);
    insert(store, 8, 3);
    store_close(store); /* not committed */
    store = opened();
    assert_int_equal(rows(store), 1);
    struct query *query = store_query(store, "SELECT id, name, body, NULL FROM t");
    assert_true(query_row(query));
    assert_int_equal(query_get_int(query, 0), 7);
    assert_string_equal(query_get_text(query, 1), "name");
    assert_true(bytes_equal(query_get_bytes(query, 2), bytes_of("\1\0\0", 3)));
    assert_true(query_is_null(query, 3));
    assert_string_equal(query_get_text(query, 3), "");
    assert_false(query_row(query));
    store_close(store);
}

static void parameters_do_not_outlive_their_use(void **state)
{
    (void)state;
    static const char sql[] = "INSERT INTO t(id, name) VALUES(?1, ?2)";
    struct store *store = opened();
    struct query *query = store_query_at(store, sql);
    query_int(query, 1, 1);
    query_text(query, 2, "bound");
    query_run(query);
    query = store_query_at(store, sql);
    query_int(query, 1, 2);
    query_text(query, 2, NULL);
    query_run(query);
    assert_int_equal(one_number(store, "SELECT count(*) FROM t WHERE name IS NULL"), 1);
    query = store_query(store, "UPDATE t SET body=?1");
    query_bytes(query, 1, bytes_of(NULL, 0));
    query_run(query);
    assert_int_equal(one_number(store, "SELECT count(*) FROM t WHERE body IS NOT NULL AND length(body)=0"),
                     2);
    assert_int_equal(store_outcome(store), STORE_OK);
    store_close(store);
}

/* Their copies stand one behind the other, until there is no room for more. */
static void parameters_hold_while_other_queries_come_and_go(void **state)
{
    (void)state;
    struct store *store = opened();
    char name[1000];
    memset(name, 'a', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    for (int i = 0; i < 3; i++) {
        insert(store, i + 1, 10);
    }
    struct query *outer = store_query(store, "SELECT id, ?1, ?2 FROM t ORDER BY id");
    query_text(outer, 1, name);
    query_bytes(outer, 2, bytes_of("outer", 5));
    for (int64_t row = 1; row <= 3; row++) {
        assert_true(query_row(outer));
        for (int i = 0; i < 9; i++) {
            char inner[700];
            memset(inner, 'b' + i, sizeof inner);
            struct query *query = store_query(store, "INSERT INTO u(name) VALUES(?1)");
            inner[sizeof inner - (size_t)row] = '\0';
            query_text(query, 1, inner);
            memset(inner, 'x', sizeof inner); /* it was copied */
            query_run(query);
        }
        assert_int_equal(query_get_int(outer, 0), row);
        assert_string_equal(query_get_text(outer, 1), name);
        assert_true(bytes_equal(query_get_bytes(outer, 2), bytes_of("outer", 5)));
    }
    assert_false(query_row(outer));
    assert_int_equal(one_number(store, "SELECT count(*) FROM u WHERE length(name) BETWEEN 697 AND 699"
                                       " AND ltrim(name, substr(name, 1, 1)) = '' AND name < 'l'"),
                     27);
    static const char either[] = "SELECT id FROM t WHERE name = ?1 OR id = ?2";
    query_text(store_query_at(store, either), 1, "name"); /* never run */
    struct query *query = store_query_at(store, either);
    query_int(query, 2, 2);
    assert_int_equal(query_number(query), 2);
    assert_int_equal(store_outcome(store), STORE_OK);
    store_close(store);
}

static void a_second_open_is_refused(void **state)
{
    (void)state;
    struct store *store = opened();
    struct store_options o = options();
    open_refuses(&o, "is open in another process; stop that one first");
    store_close(store);
    store_close(opened());
}

static void paths_that_are_not_plain_and_absolute_are_refused(void **state)
{
    (void)state;
    char link_path[128];
    char uri[160];
    struct store_options o = options();
    store_close(opened());
    o.path = "store.db";
    open_refuses(&o, "not absolute");
    o.path = "";
    open_refuses(&o, "not absolute");
    o.path = ":memory:";
    open_refuses(&o, "not absolute");
    (void)snprintf(uri, sizeof uri, "file:%s?nolock=1", path);
    o.path = uri;
    open_refuses(&o, "not absolute");
    (void)snprintf(link_path, sizeof link_path, "%s/link.db", folder);
    assert_int_equal(symlink(path, link_path), 0);
    o.path = link_path;
    open_refuses(&o, "symbolic link");
    o.path = "/nonexistent/folder/store.db";
    open_refuses(&o, "/nonexistent/folder/store.db");
}

/* One commit: what fails half-way leaves the database as it was, and the program before can go on with it. */
static void a_database_of_a_version_before_is_brought_up(void **state)
{
    (void)state;
    const char *upgrades[] = {"CREATE TABLE added(n INTEGER PRIMARY KEY);",
                              "INSERT INTO added VALUES(5); SELECT nothing FROM nowhere;"};
    struct store_options o = options();
    struct error error = {.text = ""};
    struct store *store = opened();
    insert(store, 7, 10);
    store_close(store);
    o.version = 5;
    o.upgrades = upgrades;
    o.upgrade_count = 2;
    open_refuses(&o, "cannot make the tables");
    store = opened(); /* version 3 still */
    assert_int_equal(one_number(store, "SELECT count(*) FROM sqlite_schema WHERE name = 'added'"), 0);
    store_close(store);
    o.version = 4; /* by the first of them alone */
    o.upgrade_count = 1;
    assert_int_equal(store_open(&store, &o, &error), STORE_OK);
    assert_int_equal(one_number(store, "PRAGMA user_version"), 4);
    assert_int_equal(one_number(store, "SELECT count(*) FROM added"), 0);
    store_close(store);
    o.version = 5; /* and now the second alone */
    o.upgrade_count = 2;
    upgrades[1] = "INSERT INTO added VALUES(5);";
    assert_int_equal(store_open(&store, &o, &error), STORE_OK);
    assert_int_equal(one_number(store, "PRAGMA user_version"), 5);
    assert_int_equal(one_number(store, "SELECT n FROM added"), 5);
    store_close(store);
    o.version = 8; /* two upgrades do not reach back to 5 */
    open_refuses(&o, "its tables are version 5");
}

/* Version 3 to 5 in one opening. */
static void upgrades_follow_each_other(void **state)
{
    (void)state;
    static const char *const upgrades[] = {"SELECT nothing FROM nowhere;",
                                           "CREATE TABLE added(n INTEGER PRIMARY KEY);",
                                           "INSERT INTO added VALUES(5);"};
    struct store_options o = options();
    struct error error = {.text = ""};
    struct store *store = opened();
    store_close(store);
    o.version = 5;
    o.upgrades = upgrades;
    o.upgrade_count = 3;
    assert_int_equal(store_open(&store, &o, &error), STORE_OK);
    assert_int_equal(one_number(store, "PRAGMA user_version"), 5);
    assert_int_equal(one_number(store, "SELECT n FROM added"), 5);
    store_close(store);
    o.version = 3; /* what is newer than the program is not its own to change */
    open_refuses(&o, "its tables are version 5, this one reads 3");
}

static void what_is_not_ours_is_refused(void **state)
{
    (void)state;
    struct store_options o = options();
    store_close(opened());
    o.version = 4;
    open_refuses(&o, "written by another version of comity (its tables are version 3, this one reads 4)");

    struct store *store = opened(); /* a database of another program: tables, and no version */
    (void)one_number(store, "PRAGMA user_version=0");
    store_close(store);
    o.version = 3;
    open_refuses(&o, "database of another program");

    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    for (int i = 0; i < 5000; i++) {
        (void)fputs("not a database ", file);
    }
    (void)fclose(file);
    open_refuses(&o, path);
}

static void damage_is_found_by_the_full_check(void **state)
{
    (void)state;
    struct store *store = opened();
    for (int i = 1; i < 400; i++) {
        insert(store, i, 900);
    }
    store_close(store);
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, 20L * 4096, SEEK_SET), 0);
    static const uint8_t garbage[64] = {0xff, 0xff, 0xff};
    assert_int_equal(fwrite(garbage, 1, sizeof garbage, file), sizeof garbage);
    (void)fclose(file);
    struct store_options o = options();
    o.check_everything = true;
    open_refuses(&o, "page 21 is damaged on disk");
}

static void a_schema_that_fails_leaves_nothing(void **state)
{
    (void)state;
    struct store_options o = options();
    o.schema = "CREATE TABLE good(a); CREATE TABLE bad(";
    open_refuses(&o, "cannot make the tables");
    store_close(opened());
}

static void time_and_randomness_are_denied(void **state)
{
    (void)state;
    static const char *const denied[] = {"SELECT random()",
                                         "SELECT randomblob(4)",
                                         "SELECT datetime('now')",
                                         "SELECT date('now')",
                                         "SELECT time('now')",
                                         "SELECT julianday('now')",
                                         "SELECT strftime('%s','now')",
                                         "SELECT unixepoch()",
                                         "SELECT current_timestamp",
                                         "SELECT current_date",
                                         "SELECT current_time",
                                         "SELECT RANDOM()",
                                         "ATTACH '/tmp/x' AS x",
                                         "SELECT load_extension('x')",
                                         "SELECT 1 ORDER BY random()"};
    for (size_t i = 0; i < sizeof denied / sizeof denied[0]; i++) {
        struct store *store = opened();
        struct query *query = store_query_at(store, denied[i]);
        if (query_row(query) || store_outcome(store) != STORE_FATAL) {
            fail_msg("%s was run", denied[i]);
        }
        store_close(store);
    }
}

static void one_input_is_undone_and_the_others_stay(void **state)
{
    (void)state;
    struct store *store = opened();
    store_savepoint(store);
    insert(store, 1, 10);
    assert_int_equal(store_savepoint_end(store), STORE_OK);
    store_savepoint(store);
    insert(store, 2, 10);
    struct query *half_read = store_query(store, "SELECT id FROM t ORDER BY id");
    assert_true(query_row(half_read));
    assert_int_equal(store_savepoint_undo(store), STORE_OK);
    store_savepoint(store);
    insert(store, 3, 10);
    assert_int_equal(store_savepoint_end(store), STORE_OK);
    assert_int_equal(store_commit(store), STORE_OK);
    assert_int_equal(rows(store), 2);
    assert_int_equal(one_number(store, "SELECT sum(id) FROM t"), 4);
    store_close(store);
}

static void the_first_input_is_undone_and_what_follows_stays(void **state)
{
    (void)state;
    struct store *store = opened();
    store_savepoint(store);
    insert(store, 1, 10);
    assert_int_equal(store_savepoint_undo(store), STORE_OK);
    assert_true(store_in_transaction(store));
    insert(store, 2, 10); /* of the turn, after its only input */
    store_savepoint(store);
    insert(store, 3, 10);
    assert_int_equal(store_savepoint_undo(store), STORE_OK);
    store_close(store); /* not committed */
    store = opened();
    assert_int_equal(rows(store), 0);
    store_bytes_max(store, 1 << 18);
    store_savepoint(store);
    insert(store, 4, 10);
    insert(store, 5, 200000);
    assert_int_equal(store_savepoint_end(store), STORE_FULL);
    assert_int_equal(rows(store), 0);
    store_savepoint(store);
    insert(store, 6, 200000); /* full before it has written anything */
    assert_int_equal(store_savepoint_end(store), STORE_FULL);
    store_savepoint(store);
    insert(store, 7, 10);
    assert_int_equal(store_savepoint_end(store), STORE_OK);
    assert_int_equal(store_commit(store), STORE_OK);
    store_close(store);
    store = opened();
    assert_int_equal(one_number(store, "SELECT sum(id) FROM t"), 7);
    store_close(store);
}

/* It is of the turn, and undoing the input would not undo it. */
static void what_failed_before_an_input_is_not_forgiven(void **state)
{
    (void)state;
    struct store *store = opened();
    store_begin(store);
    insert(store, 1, 10);
    store_bytes_max(store, 1 << 18);
    insert(store, 2, 200000);
    assert_int_equal(store_outcome(store), STORE_FULL);
    store_savepoint(store);
    assert_int_equal(store_savepoint_end(store), STORE_FATAL);
    store_close(store);
    store = opened();
    assert_int_equal(rows(store), 0);
    store_close(store);
}

static void a_turn_that_only_reads_leaves_no_trace(void **state)
{
    (void)state;
    struct store *store = opened();
    insert(store, 1, 10);
    assert_int_equal(store_checkpoint(store, true), STORE_OK);
    for (int turn = 0; turn < 3; turn++) {
        store_savepoint(store);
        assert_int_equal(rows(store), 1);
        assert_int_equal(turn == 1 ? store_savepoint_undo(store) : store_savepoint_end(store), STORE_OK);
        assert_int_equal(store_commit(store), STORE_OK);
        assert_false(store_in_transaction(store));
    }
    assert_int_equal(size_of("-wal"), 0);
    insert(store, 2, 10); /* between turns: a transaction of its own */
    assert_true(size_of("-wal") > 0);
    store_savepoint(store);
    assert_int_equal(rows(store), 2);
    assert_int_equal(store_savepoint_end(store), STORE_OK);
    assert_int_equal(store_commit(store), STORE_OK);
    assert_int_equal(store_checkpoint(store, true), STORE_OK);
    assert_int_equal(size_of("-wal"), 0);
    store_close(store);
    store = opened();
    assert_int_equal(rows(store), 2);
    store_close(store);
}

static void full_leaves_earlier_inputs_intact(void **state)
{
    (void)state;
    struct store *store = opened();
    store_bytes_max(store, 1 << 20);
    int64_t kept = 0;
    enum store_outcome outcome = STORE_OK;
    while (outcome == STORE_OK && kept < 1000) {
        store_savepoint(store);
        insert(store, kept + 1, 20000);
        insert(store, kept + 10001, 20000);
        outcome = store_savepoint_end(store);
        kept += outcome == STORE_OK;
    }
    assert_int_equal(outcome, STORE_FULL);
    assert_true(kept > 10 && kept < 30);
    assert_int_equal(store_outcome(store), STORE_OK);
    assert_true(store_in_transaction(store));
    assert_int_equal(rows(store), 2 * kept);
    assert_true(store_bytes_used(store) <= 1 << 20);
    assert_int_equal(store_commit(store), STORE_OK);

    store_savepoint(store); /* small updates and deletes always run */
    struct query *query = store_query(store, "UPDATE t SET name='settled' WHERE id=1");
    query_run(query);
    query = store_query(store, "DELETE FROM t WHERE id>1");
    query_run(query);
    assert_int_equal(store_savepoint_end(store), STORE_OK);
    store_savepoint(store); /* and make room again */
    insert(store, 5, 100000);
    assert_int_equal(store_savepoint_end(store), STORE_OK);
    store_savepoint(store); /* an update that grows is an insert in disguise */
    static const uint8_t large[2 << 20];
    query = store_query(store, "UPDATE t SET body=?1 WHERE id=1");
    query_bytes(query, 1, bytes_of(large, sizeof large));
    query_run(query);
    assert_int_equal(store_outcome(store), STORE_FULL);
    assert_int_equal(store_savepoint_end(store), STORE_FULL);
    assert_int_equal(store_commit(store), STORE_OK);
    store_close(store);
    store = opened();
    assert_int_equal(rows(store), 2);
    store_close(store);
}

static void failure_is_sticky(void **state)
{
    (void)state;
    struct store *store = opened();
    assert_int_equal(rows(store), 0);
    store_savepoint(store);
    insert(store, 1, 10);
    insert(store, 1, 10); /* the key is taken: a bug of the core, hence fatal */
    assert_int_equal(store_outcome(store), STORE_FATAL);
    assert_non_null(strstr(store_error(store), "UNIQUE"));
    insert(store, 2, 10);
    assert_int_equal(rows(store), -1);
    assert_int_equal(store_bytes_used(store), 0);
    assert_int_equal(store_savepoint_end(store), STORE_FATAL);
    assert_int_equal(store_commit(store), STORE_FATAL);
    store_close(store);
    store = opened();
    assert_int_equal(rows(store), 0);
    store_close(store);
}

static void a_statement_that_is_wrong_is_fatal(void **state)
{
    (void)state;
    struct store *store = opened();
    assert_int_equal(one_number(store, "SELECT nothing FROM nowhere"), -1);
    assert_int_equal(store_outcome(store), STORE_FATAL);
    store_savepoint(store);
    assert_int_equal(store_savepoint_undo(store), STORE_FATAL);
    store_close(store);
}

static void checkpoints_bring_the_log_home(void **state)
{
    (void)state;
    struct store *store = opened();
    assert_int_equal(store_checkpoint(store, true), STORE_OK);
    for (int turn = 0; turn < 3; turn++) {
        store_begin(store);
        for (int i = 0; i < 100; i++) {
            insert(store, turn * 100 + i + 1, 20000);
        }
        assert_int_equal(store_commit(store), STORE_OK);
    }
    off_t wal = size_of("-wal");
    assert_true(wal > 1000L * 4096);
    assert_int_equal(store_checkpoint(store, false), STORE_OK); /* too short to be worth it */
    assert_true(size_of("") < 100L * 4096);
    for (int i = 0; i < 800; i++) {
        insert(store, 1000 + i, 20000);
    }
    assert_int_equal(store_checkpoint(store, false),
                     STORE_OK); /* over 4,000 pages: copied home, the file stays */
    assert_true(size_of("") > 4000L * 4096);
    store_close(store);
    store = opened();
    store_begin(store);
    insert(store, 5000, 10);
    assert_int_equal(store_commit(store), STORE_OK);
    assert_true(size_of("-wal") > 0);
    assert_int_equal(store_checkpoint(store, true), STORE_OK); /* idle: and the log is cut to nothing */
    assert_int_equal(size_of("-wal"), 0);
    assert_int_equal(rows(store), 1101);
    store_close(store);
}

static struct query *ids(struct store *store)
{
    return store_query(store, "SELECT id FROM t ORDER BY id");
}

static void a_checkpoint_ends_what_was_half_read(void **state)
{
    (void)state;
    struct store *store = opened();
    insert(store, 1, 10);
    insert(store, 2, 10);
    struct query *ended = store_query(store, "SELECT name FROM t");
    assert_true(query_row(ended));
    query_end(ended);
    query_end(ended);
    struct query *half_read = ids(store);
    assert_true(query_row(half_read));
    assert_true(query_row(half_read));
    assert_int_equal(store_checkpoint(store, true), STORE_OK);
    assert_int_equal(size_of("-wal"), 0); /* no reader was in its way */
    half_read = ids(store);
    assert_true(query_row(half_read));
    assert_int_equal(query_get_int(half_read, 0), 1);
    query_end(half_read);
    store_close(store);
}

static void many_statements_find_their_own_slot(void **state)
{
    (void)state;
    static char texts[400][24];
    struct store *store = opened();
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 400; i++) {
            (void)snprintf(texts[i], sizeof texts[i], "SELECT %d", i);
            assert_int_equal(one_number(store, texts[i]), i);
        }
    }
    store_close(store);
}

/* A partial index serves a value only if that stands in the statement: no plan hangs on what was bound last. */
static void a_plan_is_made_once_for_all_values(void **state)
{
    (void)state;
    struct store *store = opened();
    for (int value = 0; value < 2; value++) {
        struct query *q = store_query(store, "EXPLAIN QUERY PLAN SELECT name FROM t WHERE length(body) = ?1");
        query_int(q, 1, value);
        assert_true(query_row(q));
        assert_string_equal(query_get_text(q, 3), "SCAN t");
        query_end(q);
    }
    store_close(store);
}

static void a_number_is_kept_until_one_of_its_tables_is_written(void **state)
{
    (void)state;
    static const char rows_of_t[] = "SELECT count(*) FROM t";
    struct store *store = opened();
    assert_int_equal(store_number_at(store, rows_of_t), 0);
    store_savepoint(store);
    insert(store, 1, 10);
    assert_int_equal(store_number_at(store, rows_of_t), 1);
    insert(store, 2, 10);
    assert_int_equal(store_number_at(store, rows_of_t), 2);
    assert_int_equal(store_savepoint_undo(store), STORE_OK);
    assert_int_equal(store_number_at(store, rows_of_t), 0);

    query_run(store_query(store, "INSERT INTO u(name) VALUES('another table')"));
    assert_int_equal(store_number(store, "SELECT count(*) FROM u"), 1);
    query_run(store_query(store, "DELETE FROM t WHERE id = 1")); /* which is not there */
    struct query *asking = store_query_at(store, rows_of_t);
    assert_true(query_row(asking)); /* one use at a time: to ask now would abort */
    assert_int_equal(store_number_at(store, rows_of_t), 0);
    query_end(asking);
    assert_int_equal(query_number(store_query(store, "DELETE FROM u RETURNING 7")), 7);
    assert_int_equal(store_number(store, "SELECT count(*) FROM u"), 0);
    assert_int_equal(store_commit(store), STORE_OK);
    store_close(store);
}

/* A statement lives as long as its store, a large value only until its use is over. */
static void a_large_value_is_not_kept_after_its_use(void **state)
{
    (void)state;
    const size_t large = (size_t)4 * 1024 * 1024;
    struct store *store = opened();
    uint8_t *value = calloc(1, large);
    assert_non_null(value);
    for (int i = 0; i < 2; i++) { /* the first prepares the statement */
        size_t before = mallinfo2().uordblks + mallinfo2().hblkhd;
        struct query *query = store_query(store, "SELECT length(?1), ?2 IS NULL");
        query_bytes(query, 1, bytes_of(value, large));
        if (i == 0) {
            query_text(query, 2, "not the next time");
        }
        assert_true(query_row(query));
        assert_int_equal(query_get_int(query, 0), large);
        assert_int_equal(query_get_int(query, 1), i);
        query_end(query);
        assert_true(mallinfo2().uordblks + mallinfo2().hblkhd < before + large / 2);
    }
    free(value);
    store_close(store);
}

static uint64_t stamp_of_t(struct store *store)
{
    return store_stamp(store, "SELECT 1 FROM t");
}

static void a_stamp_is_another_one_when_its_table_was_written(void **state)
{
    (void)state;
    struct store *store = opened();
    uint64_t stamp = stamp_of_t(store);
    assert_int_not_equal(stamp, 0);
    assert_int_equal(stamp_of_t(store), stamp);
    query_run(store_query(store, "INSERT INTO u(name) VALUES('another table')"));
    query_run(store_query(store, "DELETE FROM t WHERE id = 1")); /* which is not there */
    assert_int_equal(stamp_of_t(store), stamp);
    store_savepoint(store);
    insert(store, 1, 10);
    uint64_t written = stamp_of_t(store);
    assert_int_not_equal(written, stamp);
    assert_int_equal(stamp_of_t(store), written);
    assert_int_equal(store_savepoint_undo(store), STORE_OK);
    uint64_t undone = stamp_of_t(store);
    assert_true(undone != written && undone != stamp);
    assert_int_equal(store_commit(store), STORE_OK);
    assert_int_equal(stamp_of_t(store), undone);
    store_close(store);
}

#define STORE_TEST(f) cmocka_unit_test_setup_teardown(f, make_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(promises_are_read_back),
        STORE_TEST(what_is_committed_is_there_again),
        STORE_TEST(parameters_do_not_outlive_their_use),
        STORE_TEST(parameters_hold_while_other_queries_come_and_go),
        STORE_TEST(a_second_open_is_refused),
        STORE_TEST(paths_that_are_not_plain_and_absolute_are_refused),
        STORE_TEST(a_database_of_a_version_before_is_brought_up),
        STORE_TEST(upgrades_follow_each_other),
        STORE_TEST(what_is_not_ours_is_refused),
        STORE_TEST(damage_is_found_by_the_full_check),
        STORE_TEST(a_schema_that_fails_leaves_nothing),
        STORE_TEST(time_and_randomness_are_denied),
        STORE_TEST(one_input_is_undone_and_the_others_stay),
        STORE_TEST(the_first_input_is_undone_and_what_follows_stays),
        STORE_TEST(what_failed_before_an_input_is_not_forgiven),
        STORE_TEST(a_turn_that_only_reads_leaves_no_trace),
        STORE_TEST(full_leaves_earlier_inputs_intact),
        STORE_TEST(failure_is_sticky),
        STORE_TEST(a_statement_that_is_wrong_is_fatal),
        STORE_TEST(checkpoints_bring_the_log_home),
        STORE_TEST(a_checkpoint_ends_what_was_half_read),
        STORE_TEST(many_statements_find_their_own_slot),
        STORE_TEST(a_plan_is_made_once_for_all_values),
        STORE_TEST(a_number_is_kept_until_one_of_its_tables_is_written),
        STORE_TEST(a_large_value_is_not_kept_after_its_use),
        STORE_TEST(a_stamp_is_another_one_when_its_table_was_written),
    };
    return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
