/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A record of an incident: everything a core was given, drew and signed, in order, and what came of it, after a copy of the store
 * it began with. Given the same again, the same core does the same, byte for byte and without a private key of a signer
 * (drills/play/replay.h). docs/recording.md is the page for people.
 *
 * Entries (record_entries.def) gather in memory during a turn and are written after it: a record never comes between a commit
 * and the word. Whatever goes wrong with it ends the record, with a line in the log, and never the daemon or a turn.
 * All functions take NULL for a daemon that does not record, and do nothing then.
 */
#ifndef COMITY_BASE_DAEMON_RECORD_H
#define COMITY_BASE_DAEMON_RECORD_H

#include "base/daemon/logger.h"
#include "base/error.h"

#define RECORD_KEY_BYTES       32 /* X25519 */
#define RECORD_HASH_BYTES      32
#define RECORD_NUMBERS_MAX     8
#define RECORD_BLOBS_MAX       65 /* a roster and its signature files */
#define RECORD_ENTRY_BYTES_MAX ((size_t)16 * 1024 * 1024)
#define RECORD_TURN_BYTES_MAX  ((size_t)128 * 1024 * 1024) /* of all entries of a turn */
#define RECORD_FILE_BYTES_MIN  (UINT64_C(1) << 20)
#define RECORD_FILE_BYTES_SET  (UINT64_C(1) << 30) /* unless told otherwise */

enum record_kind {
    RECORD_NONE = 0,
#define RECORD_ENTRY(name, word, numbers, blobs) RECORD_##name,
#include "base/daemon/record_entries.def"
#undef RECORD_ENTRY
    RECORD_KINDS
};
const char *record_word(enum record_kind); /* "link up" */

struct record_options {
    const char *path; /* a new file, 0600; one that is there, or a symbolic link, is refused */
    const uint8_t
        *key; /* RECORD_KEY_BYTES: only who has the other half can read it. NULL: anybody who has the file */
    uint64_t bytes_max;    /* of the file; a turn that would not fit ends the record */
    const char *program;   /* "comity-broker" */
    struct logger *logger; /* borrowed: event=record.ended when it ends by itself */
};

struct record;

/*
 * Makes the file and writes its head. When the process aborts (ensure.h), what was gathered of the unfinished turn is still
 * written: the last entry is then what made it abort. One record a process. NULL with an error.
 */
MUST_USE struct record *record_open(const struct record_options *, struct error *);
/* Writes what is gathered and the clean end. */
void record_close(struct record *);
/* Ends the record before the daemon's end: the cause goes to the log and into the record. The present turn is left out. */
void record_stop(struct record *, const char *cause);

bool record_is_sealed(const struct record *); /* true for NULL: nobody reads what is not written */

/* The source, with every draw put down. The record must live as long as the turns made with it. */
struct turn_source record_source(struct record *, struct turn_source);

/* Puts down the database at path and what SQLite keeps beside it. Call before anything opens it, under the daemon's lock. */
void record_store(struct record *, const char *path);

/* Puts down one entry: as many numbers as the table names (NULL: none), and its blobs. */
void record_add(struct record *, enum record_kind, const uint64_t *numbers, const struct bytes *blobs,
                size_t blob_count);

/* Puts down what a door answered, and returns it. */
enum door record_result(struct record *, enum door);
/* The same with a code (record_entries.def) and, of a command, the bytes it is answered with. */
enum door record_result_of(struct record *, enum door, uint64_t code, struct bytes answer);

/* After the turn's word: puts down what was said, and writes all that has been gathered. */
void record_turn(struct record *, const struct turn *);

#endif
