/* SPDX-License-Identifier: Apache-2.0 */
/* Small files of a daemon: configuration, roster, state that people may look at; and the lock of its directory. */
#ifndef COMITY_BASE_DAEMON_FILES_H
#define COMITY_BASE_DAEMON_FILES_H

#include "base/arena.h"
#include "base/error.h"

enum files_outcome {
    FILES_OK,
    FILES_ABSENT, /* no such file */
    FILES_FAILED, /* anything else */
};

/*
 * The whole file into the arena, with a zero byte after it that is not counted. Every outcome but OK leaves a text in
 * error that names the path: absent, larger than bytes_max, a symbolic link, not a plain file, not readable.
 */
MUST_USE enum files_outcome files_read(const char *path, size_t bytes_max, struct arena *, struct bytes *ret,
                                       struct error *);

/*
 * Replaces or makes the file so that, whenever the power goes, either all of the old or all of the new is there: a
 * temporary file beside it, fsync, rename, fsync of the directory. mode is exact (the umask does not count). A symbolic
 * link or a directory at path is refused. False with an error; the old file is then untouched, except when the very
 * last step, the directory's fsync, fails: then either is there.
 */
MUST_USE bool files_write_atomic(const char *path, struct bytes content, unsigned mode, struct error *);
/*
 * The same of what fill says piece by piece, for what is too long to be held in memory. fill gives each piece to put; a put that failed
 * makes the whole fail, whatever fill returns. It returns false when there is nothing to be written after all, with errno as the reason.
 */
typedef bool files_put(void *out, const char *piece, size_t size);
typedef bool files_fill(const void *context, files_put *put, void *out);
MUST_USE bool files_fill_atomic(const char *path, files_fill *, const void *context, unsigned mode,
                                struct error *);

/* Where temporary files lie: TMPDIR if that is an absolute path, else /tmp. */
const char *files_temporary(void);
/* A new empty file there that has no name and is gone when it is closed. -1 with an error. */
MUST_USE int files_unnamed(const char *directory, struct error *);

/* Makes a new file with the content, synced with its directory. False with an error, also when anything is there already. */
MUST_USE bool files_write_new(const char *path, struct bytes content, unsigned mode, struct error *);

/*
 * Opens a file of lines, made if absent, to append to and to read. A last line that was cut short, when the power went or the disk was
 * full, is ended, so that it does not spoil the next. -1: errno says why.
 */
MUST_USE int files_append_lines(const char *path, unsigned mode);

#define FILES_LIST_MAX 4096

/*
 * The names (without the directory) of the plain files in a directory that end in suffix and do not begin with a dot, sorted
 * by their bytes, in the arena. More than FILES_LIST_MAX are an error. FILES_ABSENT: no such directory.
 */
MUST_USE enum files_outcome files_list(const char *directory, const char *suffix, struct arena *,
                                       const char *const **ret_names, size_t *ret_count, struct error *);

/*
 * Holds the lock file at path (made if absent, our process id in it) until the descriptor is closed or the process
 * ends. -1 with an error: when another process holds it, and still does after half a second, the text names its id.
 */
MUST_USE int files_lock(const char *path, struct error *);

/* Bytes that an unprivileged process may still write on the file system of path. False with an error. */
MUST_USE bool files_free_space(const char *path, uint64_t *ret_bytes, struct error *);

#endif
