/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a record (record.h) entry by entry. Whoever made the file, every answer is an outcome. */
#ifndef COMITY_BASE_DAEMON_RECORD_READER_H
#define COMITY_BASE_DAEMON_RECORD_READER_H

#include "base/arena.h"
#include "base/daemon/record.h"
#include "base/daemon/record_key.h"

enum record_outcome {
    RECORD_OK,
    RECORD_END, /* the record was ended and all of it has been read */
    RECORD_CUT, /* the file ends before its end: the process was killed, the disk full or the file cut off */
    RECORD_ALTERED,   /* damaged from here on, or changed */
    RECORD_NONE_SUCH, /* not a record */
    RECORD_OTHER_VERSION,
    RECORD_KEY_NEEDED, /* it is sealed and no key was given */
    RECORD_KEY_WRONG,  /* it is sealed to another key */
    RECORD_FAILED,     /* the system */
};

struct record_entry {
    enum record_kind kind;
    uint64_t numbers[RECORD_NUMBERS_MAX];
    struct bytes blobs[RECORD_BLOBS_MAX]; /* at least as many as the table names; a zero byte follows each */
    size_t blob_count;
};

struct record_reader;

/* pair: of a sealed record; NULL: none at hand. Every outcome but OK leaves a text in error that names path and next step. */
MUST_USE enum record_outcome record_reader_open(struct record_reader **ret, const char *path,
                                                const struct record_pair *pair, struct error *);
void record_reader_close(struct record_reader *); /* NULL is allowed */

/* The next entry, its blobs in the arena. Every outcome but OK leaves a text in error. */
MUST_USE enum record_outcome record_reader_next(struct record_reader *, struct arena *,
                                                struct record_entry *ret, struct error *);

bool record_reader_sealed(const struct record_reader *);

#endif
