/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/oracle/store_read.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"

#define PATH_BYTES_MAX 512

/* --- opening --- */

static bool fail(sqlite3 *db, struct error *error)
{
    error_set(error, "%s", db == NULL ? "no memory" : sqlite3_errmsg(db));
    return false;
}

static bool has_wal(const struct oracle_store *store)
{
    char path[PATH_BYTES_MAX];
    int is_there = 0;
    sqlite3_vfs *vfs = sqlite3_vfs_find(store->vfs);
    (void)snprintf(path, sizeof path, "%s-wal", store->path);
    return vfs != NULL && vfs->xAccess(vfs, path, SQLITE_ACCESS_EXISTS, &is_there) == SQLITE_OK &&
           is_there != 0;
}

/* A store that was closed is one file and nothing is written; one that was left as it stood has a WAL to be read. */
static bool open_store(const struct oracle_store *store, sqlite3 **ret, struct error *error)
{
    char uri[PATH_BYTES_MAX];
    bool wal = has_wal(store);
    ensure(strpbrk(store->path, "?#%") == NULL && strlen(store->path) + 32 < sizeof uri);
    (void)snprintf(uri, sizeof uri, wal ? "file:%s" : "file:%s?immutable=1", store->path);
    int flags = SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX | (wal ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY);
    *ret = NULL;
    return (sqlite3_open_v2(uri, ret, flags, store->vfs) == SQLITE_OK &&
            sqlite3_exec(*ret, "PRAGMA locking_mode=EXCLUSIVE", NULL, NULL, NULL) == SQLITE_OK) ||
           fail(*ret, error);
}

/* Calls take for each row. */
static bool each_row(sqlite3 *db, const char *sql, void (*take)(void *, sqlite3_stmt *), void *context,
                     struct error *error)
{
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK) {
        return fail(db, error);
    }
    int code = sqlite3_step(statement);
    for (; code == SQLITE_ROW; code = sqlite3_step(statement)) {
        take(context, statement);
    }
    bool done = code == SQLITE_DONE || fail(db, error);
    (void)sqlite3_finalize(statement);
    return done;
}

struct soundness {
    bool is_sound;
    char trouble[160]; /* the first that SQLite names */
};

static void take_soundness(void *context, sqlite3_stmt *row)
{
    struct soundness *found = context;
    const unsigned char *text = sqlite3_column_text(row, 0);
    found->is_sound = text != NULL && strcmp((const char *)text, "ok") == 0;
    (void)snprintf(found->trouble, sizeof found->trouble, "%s", text == NULL ? "" : (const char *)text);
}

/* Trees, indices and pages agree with each other, also where no row is read here. */
static bool is_sound(sqlite3 *db, struct error *error)
{
    struct soundness found = {.is_sound = false};
    bool read = each_row(db, "PRAGMA integrity_check(1)", take_soundness, &found, error);
    if (read && !found.is_sound) {
        error_set(error, "it is not sound: %s", found.trouble);
    }
    return read && found.is_sound;
}

/* --- columns --- */

static struct bytes bytes_at(sqlite3_stmt *row, int column)
{
    const void *data = sqlite3_column_blob(row, column);
    return bytes_of(data, (size_t)sqlite3_column_bytes(row, column));
}

/* Zero for what is NULL or no id. */
static struct id id_at(sqlite3_stmt *row, int column)
{
    struct id id = {.bytes = {0}};
    return id_from(bytes_at(row, column), &id) ? id : (struct id){.bytes = {0}};
}

static uint32_t number_at(sqlite3_stmt *row, int column)
{
    return (uint32_t)sqlite3_column_int64(row, column);
}

static uint64_t moment_at(sqlite3_stmt *row, int column)
{
    return (uint64_t)sqlite3_column_int64(row, column);
}

static struct said_address address_at(sqlite3_stmt *row, int column)
{
    struct said_address address = {.text = ""};
    const unsigned char *text = sqlite3_column_text(row, column);
    (void)snprintf(address.text, sizeof address.text, "%s", text == NULL ? "" : (const char *)text);
    return address;
}

/* --- a node's --- */

static void take_letter(void *context, sqlite3_stmt *row)
{
    struct node_file *file = context;
    struct bytes case_id = bytes_at(row, 1);
    struct bytes letter_context = bytes_at(row, 2);
    file->letters = list_grow(file->letters, file->letter_count, &file->letter_room, sizeof *file->letters);
    struct letter_row *letter = &file->letters[file->letter_count];
    *letter = (struct letter_row){.id = id_at(row, 0),
                                  .computed = said_letter_id(letter_context, bytes_at(row, 3)),
                                  .own = number_at(row, 4) != 0,
                                  .from = address_at(row, 5),
                                  .to = address_at(row, 6),
                                  .case_seq = number_at(row, 7),
                                  .prev = id_at(row, 8),
                                  .place = number_at(row, 9),
                                  .sending = number_at(row, 10),
                                  .reason = number_at(row, 11),
                                  .envelope = id_at(row, 12),
                                  .delivered_ms = moment_at(row, 13)};
    letter->context_good = said_context_read(letter_context, &letter->context);
    if (case_id.size == sizeof letter->case_id) {
        memcpy(letter->case_id, case_id.data, sizeof letter->case_id);
    }
    id_map_put(&file->letter_of_id, &letter->id, (uint32_t)file->letter_count++);
}

static void take_out(void *context, sqlite3_stmt *row)
{
    struct node_file *file = context;
    file->outs = list_grow(file->outs, file->out_count, &file->out_room, sizeof *file->outs);
    file->outs[file->out_count] = (struct out_row){.id = id_at(row, 0),
                                                   .letter = id_at(row, 1),
                                                   .state = number_at(row, 2),
                                                   .reason = number_at(row, 3),
                                                   .has_body = number_at(row, 4) != 0,
                                                   .to = address_at(row, 5),
                                                   .created_ms = moment_at(row, 6),
                                                   .expires_ms = moment_at(row, 7),
                                                   .ended_ms = moment_at(row, 8)};
    id_map_put(&file->out_of_id, &file->outs[file->out_count].id, (uint32_t)file->out_count);
    file->out_count++;
}

static void take_in(void *context, sqlite3_stmt *row)
{
    struct node_file *file = context;
    file->ins = list_grow(file->ins, file->in_count, &file->in_room, sizeof *file->ins);
    file->ins[file->in_count] = (struct in_row){.id = id_at(row, 0),
                                                .letter = id_at(row, 1),
                                                .outcome = number_at(row, 2),
                                                .reason = number_at(row, 3),
                                                .due = number_at(row, 4)};
    id_map_put(&file->in_of_id, &file->ins[file->in_count].id, (uint32_t)file->in_count);
    file->in_count++;
}

static void take_receipt(void *context, sqlite3_stmt *row)
{
    struct node_file *file = context;
    struct bytes raw = bytes_at(row, 0);
    uint8_t *copy = malloc(raw.size + 1);
    ensure(copy != NULL);
    if (raw.size != 0) {
        memcpy(copy, raw.data, raw.size);
    }
    file->receipts =
        list_grow(file->receipts, file->receipt_count, &file->receipt_room, sizeof *file->receipts);
    file->receipts[file->receipt_count++] = (struct receipt_bytes){
        .raw = bytes_of(copy, raw.size), .own = number_at(row, 1) != 0, .settled = number_at(row, 2) != 0};
}

bool store_read_node(const struct oracle_store *store, struct node_file *ret, struct error *error)
{
    sqlite3 *db = NULL;
    *ret = (struct node_file){0};
    bool read =
        open_store(store, &db, error) && is_sound(db, error) &&
        each_row(db,
                 "SELECT id, case_id, context, letter, own, sender, recipient, case_seq, prev, place,"
                 " sending, reason, envelope, delivered_ms FROM letter ORDER BY n",
                 take_letter, ret, error) &&
        each_row(db,
                 "SELECT id, letter, state, reason, body IS NOT NULL, party, created_ms, expires_ms, ended_ms"
                 " FROM envelope_out ORDER BY n",
                 take_out, ret, error) &&
        each_row(db, "SELECT id, letter, outcome, reason, due FROM envelope_in ORDER BY n", take_in, ret,
                 error) &&
        each_row(db, "SELECT raw, own, settled FROM receipt ORDER BY n", take_receipt, ret, error);
    (void)sqlite3_close(db);
    return read;
}

void store_read_node_free(struct node_file *file)
{
    for (size_t i = 0; i < file->receipt_count; i++) {
        free((void *)(uintptr_t)file->receipts[i].raw.data);
    }
    free(file->letters);
    free(file->outs);
    free(file->ins);
    free(file->receipts);
    id_map_free(&file->letter_of_id);
    id_map_free(&file->out_of_id);
    id_map_free(&file->in_of_id);
}

/* --- the broker's --- */

static void take_link(void *context, sqlite3_stmt *row)
{
    struct broker_file *file = context;
    file->links = list_grow(file->links, file->link_count, &file->link_room, sizeof *file->links);
    file->links[file->link_count] = (struct link_row){
        .id = id_at(row, 0), .kinds = number_at(row, 1), .in_spool = number_at(row, 2) != 0};
    id_map_put(&file->link_of_id, &file->links[file->link_count].id, (uint32_t)file->link_count);
    file->link_count++;
}

static void take_broker_receipt(void *context, sqlite3_stmt *row)
{
    struct broker_file *file = context;
    struct said_receipt said;
    file->receipts =
        list_grow(file->receipts, file->receipt_count, &file->receipt_room, sizeof *file->receipts);
    file->receipts[file->receipt_count] =
        said_receipt_read(bytes_at(row, 0), &said) ? said.digest : (struct id){.bytes = {0}};
    id_map_put(&file->receipt_of_digest, &file->receipts[file->receipt_count], (uint32_t)file->receipt_count);
    file->receipt_count++;
}

static struct waiting_row *add_waiting(struct broker_file *file, sqlite3_stmt *row)
{
    file->waiting = list_grow(file->waiting, file->waiting_count, &file->waiting_room, sizeof *file->waiting);
    struct waiting_row *waiting = &file->waiting[file->waiting_count++];
    *waiting = (struct waiting_row){.from = address_at(row, 0), .to = address_at(row, 1)};
    return waiting;
}

static void take_spool(void *context, sqlite3_stmt *row)
{
    add_waiting(context, row)->id = id_at(row, 2);
}

static void take_owed(void *context, sqlite3_stmt *row)
{
    struct waiting_row *waiting = add_waiting(context, row);
    struct said_receipt said;
    waiting->kind = number_at(row, 2);
    if (said_receipt_read(bytes_at(row, 3), &said)) {
        waiting->id = said.digest;
        waiting->from = said.from;
    }
}

struct search {
    struct broker_file *file;
    const struct canaries *canaries;
    const char *table;
};

static void search_row(void *context, sqlite3_stmt *row)
{
    const struct search *search = context;
    for (int i = 0; i < sqlite3_column_count(row) && search->file->canary == NULL; i++) {
        int type = sqlite3_column_type(row, i);
        if (type == SQLITE_BLOB || type == SQLITE_TEXT) {
            search->file->canary = canaries_find(search->canaries, bytes_at(row, i));
        }
    }
    if (search->file->canary != NULL) {
        (void)snprintf(search->file->canary_table, sizeof search->file->canary_table, "%s", search->table);
    }
}

struct table_name {
    char text[TABLE_NAME_MAX];
};

struct table_list {
    struct table_name *names;
    size_t count, room;
};

static void take_table(void *context, sqlite3_stmt *row)
{
    struct table_list *tables = context;
    tables->names = list_grow(tables->names, tables->count, &tables->room, sizeof *tables->names);
    struct table_name *name = &tables->names[tables->count++];
    (void)snprintf(name->text, sizeof name->text, "%s", (const char *)sqlite3_column_text(row, 0));
}

/* Every text and blob of every table. */
static bool search_all(sqlite3 *db, const struct canaries *canaries, struct broker_file *file,
                       struct error *error)
{
    struct table_list tables = {0};
    bool read = each_row(db, "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name", take_table,
                         &tables, error);
    for (size_t i = 0; read && i < tables.count && file->canary == NULL; i++) {
        char sql[96];
        struct search search = {.file = file, .canaries = canaries, .table = tables.names[i].text};
        (void)snprintf(sql, sizeof sql, "SELECT * FROM \"%s\"", tables.names[i].text);
        read = each_row(db, sql, search_row, &search, error);
    }
    free(tables.names);
    return read;
}

bool store_read_broker(const struct oracle_store *store, const struct canaries *canaries,
                       struct broker_file *ret, struct error *error)
{
    sqlite3 *db = NULL;
    *ret = (struct broker_file){0};
    bool read = open_store(store, &db, error) && is_sound(db, error) &&
                each_row(db, "SELECT id, kinds, arrival <> 0 FROM chain_link ORDER BY chain, seq", take_link,
                         ret, error) &&
                each_row(db, "SELECT signed FROM receipt ORDER BY number", take_broker_receipt, ret, error) &&
                each_row(db,
                         "SELECT f.address, t.address, l.id FROM spool s LEFT JOIN chain c USING (chain)"
                         " LEFT JOIN party f ON f.party = c.sender LEFT JOIN party t ON t.party = s.recipient"
                         " LEFT JOIN chain_link l ON l.chain = s.chain AND l.seq = s.seq ORDER BY s.arrival",
                         take_spool, ret, error) &&
                each_row(db,
                         "SELECT '', p.address, r.kind, r.signed FROM owed LEFT JOIN party p USING (party)"
                         " LEFT JOIN receipt r USING (number) ORDER BY owed.number, owed.party",
                         take_owed, ret, error) &&
                search_all(db, canaries, ret, error);
    (void)sqlite3_close(db);
    return read;
}

void store_read_broker_free(struct broker_file *file)
{
    free(file->links);
    free(file->waiting);
    free(file->receipts);
    id_map_free(&file->link_of_id);
    id_map_free(&file->receipt_of_digest);
}
