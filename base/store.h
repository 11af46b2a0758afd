/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One SQLite database, opened the only way that keeps its promises: WAL, synchronous=FULL, exclusive locking, one
 * connection, no automatic checkpoint. Cores keep all their state here (design: "nothing outside the store").
 *
 * Failure is sticky. A query that fails leaves an outcome in the store; every later query of the same input does
 * nothing and finds no rows. A door looks once, at its end: OK - release the input's savepoint; FULL - roll it back,
 * strike what was said, answer "wait"; FATAL - the party ends, restart is the recovery. So no query needs its
 * own error path, and none can be forgotten.
 *
 * sqlite3_* is called in files named store_*.c only; other files of a core call functions of its own store.h.
 */
#ifndef COMITY_BASE_STORE_H
#define COMITY_BASE_STORE_H

#include "base/arena.h"
#include "base/attributes.h"
#include "base/bytes.h"
#include "base/error.h"

struct store;

enum store_outcome {
    STORE_OK,
    STORE_FULL,     /* no room (SQLITE_FULL): this input is undone, the store goes on */
    STORE_GIVEN_UP, /* store_give_up(): undone as by FULL, and there is room */
    STORE_FATAL,    /* anything else: outcome unknown, only the disk knows; end the process */
};

#define STORE_CHECKPOINT_PAGES 4000
#define STORE_CACHE_BYTES      (UINT64_C(32) * 1024 * 1024)

struct store_options {
    const char *path;   /* absolute, and not a URI */
    const char *vfs;    /* name of a registered SQLite VFS; NULL = the system's */
    const char *schema; /* SQL that makes the tables when the database is new; user_version becomes version */
    int version; /* of the schema; a database of another version is refused, but for those of upgrades */
    const char *const
        *upgrades; /* SQL each, oldest first: the last makes one of the version before into this one,
                                    the one before it one of the version before that into the version before */
    size_t upgrade_count;
    int page_bytes;            /* 4096 .. 65536 */
    bool erase_deleted;        /* zero what is deleted: on where private keys or plaintext live */
    uint64_t checkpoint_pages; /* of log before it is brought home under load; 0: STORE_CHECKPOINT_PAGES */
    uint64_t cache_bytes;      /* of pages in memory at most; 0: STORE_CACHE_BYTES */
    bool check_everything; /* integrity_check at open: after an unclean end of the machine or by command */
};

/*
 * Once in a process, before its first store: SQLite keeps no figures of its memory, which nobody reads and which cost two
 * locks an allocation. Without it all is the same, only slower.
 */
void store_start(void);

/*
 * Opens or creates the database and reads back that WAL, FULL and EXCLUSIVE hold. Fails with a text that names the
 * path and the next step: another process has it open, not a database, written by another version, damaged. Every page that is
 * read, now or later, is checked against its checksum (store_checksum_vfs.h, store_wal.h); one that does not hold is FATAL.
 */
MUST_USE enum store_outcome store_open(struct store **ret, const struct store_options *, struct error *);
void store_close(struct store *); /* NULL is allowed; an open transaction is rolled back */

/*
 * What a commit that was never answered left in the log and the opening cut off, in pages: normal after a power cut or a kill
 * in the middle of a commit, 0 otherwise.
 */
uint64_t store_dropped_frames(const struct store *);

/* The sticky outcome of the queries since it was last cleared, and the error text behind it. */
enum store_outcome store_outcome(const struct store *);
const char *store_error(const struct store *);

/* --- the turn's transaction: called by a core's commit door and at the start of its first door of the turn --- */

void store_begin(struct store *); /* no-op when one is open */
bool store_in_transaction(const struct store *);
/* One synchronous commit, of a turn that wrote; else nothing. Any failure is FATAL: a failed commit can come back to life. */
MUST_USE enum store_outcome store_commit(struct store *);

/* --- an input's savepoint: one at a time; it costs nothing before the input's first change --- */

void store_savepoint(struct store *);
/*
 * Ends it by the sticky outcome: OK keeps the changes; FULL and GIVEN_UP undo them, clear the outcome and return it (FATAL if
 * SQLite threw away the whole transaction); FATAL returns FATAL.
 */
MUST_USE enum store_outcome store_savepoint_end(struct store *);
/* Makes the outcome GIVEN_UP: what the input did cannot be kept, though the disk has room. No-op after a failure. */
void store_give_up(struct store *);
/* Undoes the input's changes on purpose (it was refused half-way); the savepoint is over. */
MUST_USE enum store_outcome store_savepoint_undo(struct store *);

/* Between turns, never in a transaction: a passive checkpoint when the WAL has grown over 4,000 pages, a truncating one when idle is true. */
MUST_USE enum store_outcome store_checkpoint(struct store *, bool idle);

/* Bytes of the database as SQLite counts them (pages in use, without the WAL); 0 while an outcome is sticky. */
uint64_t store_bytes_used(struct store *);
/*
 * The most it may grow to. An INSERT that might go beyond (its parameters, and room for the pages of its trees), or an
 * UPDATE whose parameters alone would, ends in STORE_FULL before it runs; small updates and deletes always run, so that
 * what is full can be emptied. It is checked here because SQLite's own limit throws the whole transaction away.
 */
void store_bytes_max(struct store *, uint64_t bytes_max);

/* --- queries: used in store_*.c files --- */

struct query;

/*
 * A prepared statement, reset and with no parameters bound, cached by the address of sql: always a string literal (nothing else
 * compiles), one statement without anything after it. One use at a time for one literal.
 */
#define store_query(store, sql) store_query_at((store), "" sql "")
/* The same for a function that was given the literal. */
struct query *store_query_at(struct store *, const char *sql);

/* Parameters, numbered from 1. Bytes and text are copied. */
void query_int(struct query *, int index, int64_t value);
void query_bytes(struct query *, int index, struct bytes value);
void query_text(struct query *, int index, const char *value); /* NULL binds NULL */

/* The next row; false at the end or on failure (sticky), and the statement is then reset. */
MUST_USE bool query_row(struct query *);
/* Runs to the end, rows are ignored. */
void query_run(struct query *);
/* Ends a statement of which not all rows were read. */
void query_end(struct query *);
/* For statements that answer one thing; both end them. The number in the first column of the first row; NULL, or no row: 0. */
MUST_USE uint64_t query_number(struct query *);
/* Whether there is a row. */
MUST_USE bool query_any(struct query *);

/*
 * query_number() of a query without parameters, asked again only when a row of a table that it reads was changed since: for what
 * is looked at in every turn and seldom is another. While an outcome is sticky: 0, as any query.
 */
#define store_number(store, sql) store_number_at((store), "" sql "")
MUST_USE uint64_t store_number_at(struct store *, const char *sql);

/*
 * A number that is another one whenever a row of a table that the query reads was changed since, or may have been: what is made
 * of such rows and kept is as they are while it has not changed. Never 0. The query has no parameters and is not run.
 */
#define store_stamp(store, sql) store_stamp_at((store), "" sql "")
MUST_USE uint64_t store_stamp_at(struct store *, const char *sql);

/* Columns, numbered from 0; valid until the next row or reset. */
int64_t query_get_int(struct query *, int column);
struct bytes query_get_bytes(struct query *, int column);
const char *query_get_text(struct query *, int column); /* "" for NULL */
bool query_is_null(struct query *, int column);

/* The first column of the next row in the arena; ends the statement. False: no row, or the arena is exhausted. */
MUST_USE bool query_copy(struct query *, struct arena *, struct bytes *ret);

/* Rows changed by the last finished INSERT, UPDATE or DELETE, and the rowid of the last INSERT. */
int64_t store_changes(struct store *);
int64_t store_last_rowid(struct store *);

#endif
