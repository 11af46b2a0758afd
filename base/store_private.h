/* SPDX-License-Identifier: Apache-2.0 */
/* A store in two files: store_sqlite.c has the file and its transactions, store_query.c the statements. */
#ifndef COMITY_BASE_STORE_PRIVATE_H
#define COMITY_BASE_STORE_PRIVATE_H

#include "base/store.h"

#define STORE_SLOTS 1024 /* of the table of statements: at most half full */
/* Of small parameters of the queries in use; what has no room is SQLite's to copy. */
#define STORE_PARAMETERS_BYTES 4096

struct query {
    struct store *store;
    const char *sql; /* a string literal: its address is the key */
    struct sqlite3_stmt *statement;
    bool busy;
    bool adds_row;
    bool bound;             /* a parameter, since they were last cleared */
    bool changes_rows;      /* may: it needs the input's savepoint before it */
    uint64_t bound_bytes;   /* of its parameters */
    uint64_t reads, writes; /* bits of tables, by store->tables */
    uint64_t number, asked; /* of store_number(): what it said, and store->clock when it did; 0: it did not */
};

#define STORE_TABLES 64 /* bits of a number */

/* Of the input at hand: none; nothing written yet; it wrote first of its transaction, so that all of that is its own; else. */
enum store_savepoint { SAVEPOINT_NONE, SAVEPOINT_UNWRITTEN, SAVEPOINT_WHOLE, SAVEPOINT_NESTED };

struct store {
    struct sqlite3 *db;
    struct checksum_vfs *vfs;
    enum store_outcome outcome;
    char error[512];
    /* A turn's transaction is open. SQLite's stays open beyond it, for reading, when nothing was written. */
    bool turn;
    enum store_savepoint savepoint;
    uint64_t wal_pages, checkpoint_pages;
    uint64_t page_bytes;
    uint64_t bytes_max;
    struct query *preparing;        /* whose tables the authorizer notes; NULL: of no query */
    uint64_t clock;                 /* of writes */
    uint64_t changes;               /* rows changed so far, as SQLite counts them */
    uint64_t tables[STORE_TABLES];  /* that queries name: a hash of each name, 0 behind the last */
    uint64_t written[STORE_TABLES]; /* when each was, by clock */
    size_t busy_queries;            /* that have a row at hand */
    size_t bound_queries;           /* while 0, nobody reads the parameters */
    size_t parameters_size;
    uint8_t parameters[STORE_PARAMETERS_BYTES];
    size_t query_count;
    struct query queries[STORE_SLOTS]; /* open addressing; a slot is free while its sql is NULL */
};

/* By a result of SQLite: the first that is told stays; nothing more is done then. */
void store_fail(struct store *, int code);
/* Before a query that may write: marks the place to which the input at hand is undone. */
void store_before_write(struct store *);
/* Every number that store_number() keeps may be another one now. */
void store_forget_numbers(struct store *);
/* The authorizer saw that the query being prepared reads, or writes, that table. */
void store_note_table(struct store *, const char *table, bool writes);

#endif
