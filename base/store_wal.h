/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SQLite's write-ahead log, watched from below. SQLite ends recovery at the first frame that does not hold, which is right for
 * the torn end of a power cut and forgets every later commit, in silence, when a bit rotted in the middle. Here the two are
 * told apart when the log is opened, before SQLite reads it:
 *
 * - One connection, synchronous=FULL, no spilling: the frames of a commit are written when it is made, synced before it is
 *   answered, and only then come the next ones. So at most the last commit of a log can be torn by a power cut, and whatever
 *   of this log stands behind it proves that it was synced once.
 * - After each sync an end mark is put behind the last frame: a frame's head without a page, which SQLite takes for the end.
 *   It is not synced itself, costs one small write, and proves the last commit too wherever the machine went on running.
 * - A log that begins anew in the same file is first marked as home (all of it is in the database), so that a torn new head
 *   and a rotten one are not the same.
 *
 * What stays undecided is rot in the last commit before a power cut that took its end mark: it looks like a torn one. (Where
 * the head of the frame that ended the commit before it is what rotted, the same holds for both.)
 *
 * Layout: SQLite file format 4.1 to 4.4. Frames are counted from 0 here.
 */
#ifndef COMITY_BASE_STORE_WAL_H
#define COMITY_BASE_STORE_WAL_H

#include "base/attributes.h"
#include "base/bytes.h"
#include "base/error.h"

#define WAL_HEADER_BYTES 32
#define WAL_HEAD_BYTES   24 /* of a frame; its page follows */

struct sqlite3_file;

struct wal {
    struct sqlite3_file *file; /* beneath; NULL: not open */
    char *path;                /* of the log */
    size_t page_bytes;
    uint8_t *frame; /* room for one */
    uint8_t header[WAL_HEADER_BYTES];
    uint8_t (*heads)[WAL_HEAD_BYTES]; /* of the frames in use */
    size_t count, room;
    bool marked; /* the end mark stands behind the last frame */
    bool failed; /* a write or sync did: a later sync proves nothing, and no end mark is put any more */
    uint64_t dropped_frames; /* of a commit that was cut short, when the log was opened */
};

/* False: no memory. path: of the database. wal_done also after a failure. */
MUST_USE bool wal_init(struct wal *, const char *path, size_t page_bytes);
void wal_done(struct wal *);

/*
 * All of these return SQLite's codes. SQLITE_IOERR_DATA: the log is damaged, and the text says so; an earlier text is kept.
 *
 * wal_open checks every frame and cuts off the torn end. The file is open and borrowed until wal_close, and nobody else has it.
 */
MUST_USE int wal_open(struct wal *, struct sqlite3_file *, struct error *);
void wal_close(struct wal *);

/* What SQLite asks of the file. A page that is read is checked against the head of its frame. */
MUST_USE int wal_read(struct wal *, void *ret, int size, int64_t offset, struct error *);
MUST_USE int wal_write(struct wal *, const void *data, int size, int64_t offset);
MUST_USE int wal_truncate(struct wal *, int64_t size);
MUST_USE int wal_sync(struct wal *, int flags);

#endif
