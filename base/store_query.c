/* SPDX-License-Identifier: Apache-2.0 */
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "base/ensure.h"
#include "base/store_private.h"

#define STATEMENTS_MAX 512
#define PARAMETERS_MAX 63 /* of a statement, numbered from 1 */
#define INSERT_PAGES   16 /* that one row can add to its table and indexes, beyond its own bytes */

/* The slot of a literal: the one that holds it, or the free one where it belongs. */
static struct query *slot(struct store *store, const char *sql)
{
    uint64_t hash = (uint64_t)(uintptr_t)sql * UINT64_C(0x9e3779b97f4a7c15);
    size_t i = (size_t)(hash >> 32) % STORE_SLOTS;
    while (store->queries[i].sql != NULL && store->queries[i].sql != sql) {
        i = (i + 1) % STORE_SLOTS;
    }
    return &store->queries[i];
}

/* The place of a table among those met so far. All beyond the last share it: what reads one is asked again more often than it need be. */
static size_t table_at(struct store *store, const char *name)
{
    uint64_t hash = 1;
    size_t i = 0;
    for (; *name != '\0'; name++) {
        hash = hash * 31 + (uint64_t)(unsigned char)*name;
    }
    while (i < STORE_TABLES - 1 && store->tables[i] != 0 && store->tables[i] != hash) {
        i++;
    }
    store->tables[i] = hash;
    return i;
}

void store_note_table(struct store *store, const char *table, bool writes)
{
    if (store->preparing != NULL) {
        *(writes ? &store->preparing->writes : &store->preparing->reads) |= UINT64_C(1)
                                                                            << table_at(store, table);
    }
}

void store_forget_numbers(struct store *store)
{
    store->clock++;
    for (size_t i = 0; i < STORE_TABLES; i++) {
        store->written[i] = store->clock;
    }
}

static void prepare(struct query *query)
{
    const char *tail = "";
    query->store->preparing = query;
    int code = sqlite3_prepare_v3(query->store->db, query->sql, -1, SQLITE_PREPARE_PERSISTENT,
                                  &query->statement, &tail);
    query->store->preparing = NULL;
    if (code != SQLITE_OK) {
        store_fail(query->store, code);
        return;
    }
    ensure(query->statement != NULL && *tail == '\0');
    ensure(sqlite3_bind_parameter_count(query->statement) < PARAMETERS_MAX);
    query->changes_rows = sqlite3_stmt_readonly(query->statement) == 0;
    query->adds_row =
        sqlite3_strnicmp(query->sql, "INSERT", 6) == 0 || sqlite3_strnicmp(query->sql, "REPLACE", 7) == 0;
}

static void unbind(struct query *query)
{
    if (query->bound) {
        (void)sqlite3_clear_bindings(query->statement);
        query->bound = false;
        query->store->bound_queries--;
    }
}

struct query *store_query_at(struct store *store, const char *sql)
{
    struct query *query = slot(store, sql);
    if (query->sql == NULL) {
        ensure(store->query_count < STATEMENTS_MAX);
        store->query_count++;
        *query = (struct query){.store = store, .sql = sql};
    }
    ensure(!query->busy);
    unbind(query); /* one that was bound and never run */
    query->bound_bytes = 0;
    if (query->statement == NULL && store->outcome == STORE_OK) {
        prepare(query);
    }
    return query;
}

static bool usable(const struct query *query)
{
    return query->store->outcome == STORE_OK && query->statement != NULL;
}

static bool bind_begins(struct query *query)
{
    if (!usable(query)) {
        return false;
    }
    if (!query->bound) {
        struct store *store = query->store;
        store->parameters_size = store->bound_queries++ == 0 ? 0 : store->parameters_size;
        query->bound = true;
    }
    return true;
}

static void bind_ends(struct query *query, int code)
{
    if (code != SQLITE_OK) {
        store_fail(query->store, code);
    }
}

/* A copy that stays until its query ends, as long as there is room; else the value itself, to be copied by SQLite. */
static const void *copied(struct store *store, const void *value, size_t size, sqlite3_destructor_type *ret)
{
    if (size > STORE_PARAMETERS_BYTES - store->parameters_size) {
        *ret = SQLITE_TRANSIENT;
        return value;
    }
    void *copy = store->parameters + store->parameters_size;
    store->parameters_size += size;
    *ret = SQLITE_STATIC;
    return memcpy(copy, value, size);
}

void query_int(struct query *query, int index, int64_t value)
{
    if (bind_begins(query)) {
        bind_ends(query, sqlite3_bind_int64(query->statement, index, value));
    }
}

void query_bytes(struct query *query, int index, struct bytes value)
{
    if (!bind_begins(query)) {
        return;
    }
    if (value.size == 0) {
        bind_ends(query, sqlite3_bind_zeroblob(query->statement, index, 0));
        return;
    }
    sqlite3_destructor_type kept;
    const void *data = copied(query->store, value.data, value.size, &kept);
    query->bound_bytes += value.size;
    bind_ends(query, sqlite3_bind_blob64(query->statement, index, data, value.size, kept));
}

void query_text(struct query *query, int index, const char *value)
{
    if (value == NULL || !bind_begins(query)) {
        return;
    }
    sqlite3_destructor_type kept;
    size_t length = strlen(value);
    const char *text = copied(query->store, value, length, &kept);
    query->bound_bytes += length;
    bind_ends(query, sqlite3_bind_text64(query->statement, index, text, length, kept, SQLITE_UTF8));
}

/* What a query has written, if it changed a row: SQLite counts that at the end of one, also where it gives back rows. */
static void note_written(struct query *query)
{
    struct store *store = query->store;
    uint64_t changes = query->writes == 0 ? store->changes : (uint64_t)sqlite3_total_changes64(store->db);
    if (changes == store->changes) {
        return;
    }
    store->changes = changes;
    store->clock++;
    for (size_t i = 0; i < STORE_TABLES; i++) {
        store->written[i] = (query->writes >> i & 1U) != 0 ? store->clock : store->written[i];
    }
}

/* Holds store_bytes_max() for the first step of a statement that changes the database. */
static void check_room(struct query *query)
{
    struct store *store = query->store;
    if (store->bytes_max == UINT64_MAX) {
        return;
    }
    uint64_t pages = query->bound_bytes / store->page_bytes + (query->adds_row ? INSERT_PAGES : 0);
    if (pages == 0) {
        return;
    }
    uint64_t used = store_bytes_used(store);
    if (used > store->bytes_max || pages * store->page_bytes > store->bytes_max - used) {
        (void)snprintf(store->error, sizeof store->error, "the store may hold %llu bytes and holds %llu",
                       (unsigned long long)store->bytes_max, (unsigned long long)used);
        store->outcome = STORE_FULL;
    }
}

bool query_row(struct query *query)
{
    if (usable(query) && !query->busy && query->changes_rows) {
        check_room(query);
        store_before_write(query->store);
    }
    if (!usable(query)) {
        query_end(query);
        return false;
    }
    int code = sqlite3_step(query->statement);
    if (code == SQLITE_ROW) {
        query->store->busy_queries += !query->busy;
        query->busy = true;
        return true;
    }
    if (code != SQLITE_DONE) {
        store_fail(query->store, code);
    }
    query_end(query);
    return false;
}

void query_run(struct query *query)
{
    while (query_row(query)) {
    }
}

void query_end(struct query *query)
{
    query->store->busy_queries -= query->busy;
    query->busy = false;
    if (query->statement != NULL) {
        (void)sqlite3_reset(query->statement);
        unbind(query);
        note_written(query);
    }
}

uint64_t query_number(struct query *query)
{
    uint64_t number = query_row(query) ? (uint64_t)query_get_int(query, 0) : 0;
    query_end(query);
    return number;
}

/* When a table that the query reads was last written, by the store's clock. */
static uint64_t last_written(const struct query *query)
{
    uint64_t last = 0;
    for (size_t i = 0; i < STORE_TABLES && query->reads >> i != 0; i++) {
        uint64_t at = (query->reads >> i & 1U) != 0 ? query->store->written[i] : 0;
        last = at > last ? at : last;
    }
    return last;
}

uint64_t store_number_at(struct store *store, const char *sql)
{
    struct query *query = slot(store, sql);
    if (store->outcome != STORE_OK) {
        return 0;
    }
    if (query->sql == NULL || query->asked == 0 || last_written(query) >= query->asked) {
        query = store_query_at(store, sql);
        query->number = query_number(query);
        query->asked = store->outcome == STORE_OK ? ++store->clock : 0;
    }
    return query->number;
}

uint64_t store_stamp_at(struct store *store, const char *sql)
{
    struct query *query = slot(store, sql);
    if (query->sql == NULL || query->statement == NULL) {
        query = store_query_at(store, sql);
    }
    return (query->statement == NULL ? ++store->clock : last_written(query)) + 1;
}

bool query_any(struct query *query)
{
    bool any = query_row(query);
    query_end(query);
    return any;
}

int64_t query_get_int(struct query *query, int column)
{
    return sqlite3_column_int64(query->statement, column);
}

struct bytes query_get_bytes(struct query *query, int column)
{
    const void *data = sqlite3_column_blob(query->statement, column);
    return bytes_of(data, (size_t)sqlite3_column_bytes(query->statement, column));
}

const char *query_get_text(struct query *query, int column)
{
    const unsigned char *text = sqlite3_column_text(query->statement, column);
    return text == NULL ? "" : (const char *)text;
}

bool query_is_null(struct query *query, int column)
{
    return sqlite3_column_type(query->statement, column) == SQLITE_NULL;
}

bool query_copy(struct query *query, struct arena *arena, struct bytes *ret)
{
    struct bytes copy = bytes_of(NULL, 0);
    if (query_row(query)) {
        copy = arena_copy(arena, query_get_bytes(query, 0));
    }
    query_end(query);
    if (copy.data != NULL) {
        *ret = copy;
    }
    return copy.data != NULL;
}

int64_t store_changes(struct store *store)
{
    return sqlite3_changes64(store->db);
}

int64_t store_last_rowid(struct store *store)
{
    return sqlite3_last_insert_rowid(store->db);
}
