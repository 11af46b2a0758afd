/* SPDX-License-Identifier: Apache-2.0 */
#include "base/daemon/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "base/daemon/host.h"
#include "base/text.h"

#define LOCK_TRIES        50
#define LOCK_TRY_EVERY_MS 10

#define NAME_BYTES_MAX 256
#define PIECES_BYTES   ((size_t)64 << 10) /* written together */

/* --- reading --- */

/* Opens a plain file and nothing else; O_NONBLOCK so that a pipe in its place cannot hold us up. */
static enum files_outcome open_plain(const char *path, int *ret_fd, struct stat *ret_status,
                                     struct error *error)
{
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) {
        int failed = errno;
        error_set(error, "cannot read %s: %s", path,
                  failed == ELOOP ? "it is a symbolic link, which is not followed here" : strerror(failed));
        return failed == ENOENT ? FILES_ABSENT : FILES_FAILED;
    }
    if (fstat(fd, ret_status) != 0 || !S_ISREG(ret_status->st_mode)) {
        error_set(error, "cannot read %s: it is not a plain file", path);
        (void)close(fd);
        return FILES_FAILED;
    }
    *ret_fd = fd;
    return FILES_OK;
}

/* Reads until size bytes or the end; -1 on an error. */
static ssize_t read_up_to(int fd, uint8_t *ret, size_t size)
{
    size_t have = 0;
    while (have < size) {
        ssize_t got = read(fd, ret + have, size - have);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return -1;
        }
        if (got == 0) {
            break;
        }
        have += (size_t)got;
    }
    return (ssize_t)have;
}

enum files_outcome files_read(const char *path, size_t bytes_max, struct arena *arena, struct bytes *ret,
                              struct error *error)
{
    int fd = -1;
    struct stat status;
    enum files_outcome outcome = open_plain(path, &fd, &status, error);
    if (outcome != FILES_OK) {
        return outcome;
    }
    outcome = FILES_FAILED;
    size_t room = (size_t)status.st_size + 1; /* one more, to see a file that grows meanwhile */
    uint8_t *content = status.st_size < 0 || room - 1 > bytes_max ? NULL : arena_take(arena, room);
    ssize_t size = content == NULL ? -1 : read_up_to(fd, content, room);
    if (room - 1 > bytes_max) {
        error_set(error, "%s is larger than %zu bytes", path, bytes_max);
    } else if (content == NULL) {
        error_set(error, "no memory to read %s", path);
    } else if (size < 0) {
        error_set(error, "cannot read %s: %s", path, strerror(errno));
    } else if ((size_t)size == room) {
        error_set(error, "%s was written to while it was read; try again", path);
    } else {
        content[size] = 0;
        *ret = bytes_of(content, (size_t)size);
        outcome = FILES_OK;
    }
    (void)close(fd);
    return outcome;
}

/* --- writing --- */

/* The directory of path, opened; the rest of the path in *ret_name. */
static int open_directory_of(const char *path, const char **ret_name)
{
    char directory[4096] = ".";
    const char *slash = strrchr(path, '/');
    *ret_name = slash == NULL ? path : slash + 1;
    if (slash != NULL) {
        size_t length = slash == path ? 1 : (size_t)(slash - path);
        if (length >= sizeof directory) {
            errno = ENAMETOOLONG;
            return -1;
        }
        memcpy(directory, path, length);
        directory[length] = '\0';
    }
    return open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static bool write_all(int fd, struct bytes content)
{
    while (content.size != 0) {
        ssize_t written = write(fd, content.data, content.size);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written < 0) {
            return false;
        }
        content = bytes_of(content.data + written, content.size - (size_t)written);
    }
    return true;
}

/* What is said of a file, together in larger writes. */
struct pieces {
    int fd;
    int failed; /* errno of the first write that failed; 0 */
    size_t used;
    uint8_t together[PIECES_BYTES];
};

static bool write_out(struct pieces *pieces, struct bytes bytes)
{
    if (pieces->failed == 0 && !write_all(pieces->fd, bytes)) {
        pieces->failed = errno;
    }
    return pieces->failed == 0;
}

static bool write_together(struct pieces *pieces)
{
    struct bytes together = bytes_of(pieces->together, pieces->used);
    pieces->used = 0;
    return write_out(pieces, together);
}

static bool put_piece(void *out, const char *piece, size_t size)
{
    struct pieces *pieces = out;
    if (size > PIECES_BYTES - pieces->used && !write_together(pieces)) {
        return false;
    }
    if (size > PIECES_BYTES) {
        return write_out(pieces, bytes_of((const uint8_t *)piece, size));
    }
    if (size != 0) {
        memcpy(pieces->together + pieces->used, piece, size);
    }
    pieces->used += size;
    return pieces->failed == 0;
}

static bool write_filled(int fd, files_fill *fill, const void *context)
{
    struct pieces *pieces = malloc(sizeof *pieces);
    if (pieces == NULL) {
        errno = ENOMEM;
        return false;
    }
    pieces->fd = fd;
    pieces->failed = 0;
    pieces->used = 0;
    errno = 0;
    bool good = fill(context, put_piece, pieces);
    int failed = good ? 0 : errno == 0 ? EIO : errno;
    (void)write_together(pieces);
    failed = pieces->failed != 0 ? pieces->failed : failed;
    sodium_memzero(pieces, sizeof *pieces); /* keys are written like anything else */
    free(pieces);
    errno = failed;
    return failed == 0;
}

/* fill of a file that is to have these bytes. */
static bool say_bytes(const void *context, files_put *put, void *out)
{
    const struct bytes *bytes = context;
    return put(out, (const char *)bytes->data, bytes->size);
}

/* A new synced file of what fill says, with exactly the mode; false with errno, and nothing left behind. */
static bool write_new(int directory, const char *name, files_fill *fill, const void *context, mode_t mode)
{
    int fd = openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) {
        return false;
    }
    bool written = write_filled(fd, fill, context) && fchmod(fd, mode) == 0 && fsync(fd) == 0;
    int failed = errno;
    (void)close(fd);
    if (!written) {
        (void)unlinkat(directory, name, 0);
        errno = failed;
    }
    return written;
}

/* Whether name may be replaced: it is absent or a plain file. */
static bool is_replaceable(int directory, const char *name)
{
    struct stat status;
    if (fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) != 0) {
        return errno == ENOENT;
    }
    errno = S_ISLNK(status.st_mode) ? ELOOP : EEXIST;
    return S_ISREG(status.st_mode);
}

static bool temporary_name(char ret[NAME_BYTES_MAX], const char *name)
{
    uint8_t random[8];
    char hex[2 * sizeof random + 1];
    host_random(NULL, random, sizeof random);
    int length =
        snprintf(ret, NAME_BYTES_MAX, ".%s.%s", name, hex_write(hex, bytes_of(random, sizeof random)));
    errno = ENAMETOOLONG;
    return name[0] != '\0' && length > 0 && length < NAME_BYTES_MAX;
}

static bool replace(int directory, const char *name, files_fill *fill, const void *context, mode_t mode)
{
    char temporary[NAME_BYTES_MAX];
    if (!is_replaceable(directory, name) || !temporary_name(temporary, name) ||
        !write_new(directory, temporary, fill, context, mode)) {
        return false;
    }
    if (renameat(directory, temporary, directory, name) != 0) {
        int failed = errno;
        (void)unlinkat(directory, temporary, 0);
        errno = failed;
        return false;
    }
    return fsync(directory) == 0;
}

bool files_fill_atomic(const char *path, files_fill *fill, const void *context, unsigned mode,
                       struct error *error)
{
    const char *name = NULL;
    int directory = open_directory_of(path, &name);
    bool done = directory >= 0 && replace(directory, name, fill, context, (mode_t)mode);
    if (!done) {
        error_set(error, "cannot write %s: %s", path,
                  errno == ELOOP ? "it is a symbolic link, which is not followed here" : strerror(errno));
    }
    if (directory >= 0) {
        (void)close(directory);
    }
    return done;
}

bool files_write_atomic(const char *path, struct bytes content, unsigned mode, struct error *error)
{
    return files_fill_atomic(path, say_bytes, &content, mode, error);
}

bool files_write_new(const char *path, struct bytes content, unsigned mode, struct error *error)
{
    const char *name = NULL;
    int directory = open_directory_of(path, &name);
    bool done = directory >= 0 && write_new(directory, name, say_bytes, &content, (mode_t)mode) &&
                fsync(directory) == 0;
    if (!done) {
        error_set(error, "cannot make %s: %s", path, strerror(errno));
    }
    if (directory >= 0) {
        (void)close(directory);
    }
    return done;
}

/* --- temporary files --- */

const char *files_temporary(void)
{
    const char *directory = getenv("TMPDIR");
    return directory != NULL && directory[0] == '/' ? directory : "/tmp";
}

int files_unnamed(const char *directory, struct error *error)
{
    char path[4096];
    int length = snprintf(path, sizeof path, "%s/comity-XXXXXX", directory);
    errno = ENAMETOOLONG;
    int fd = length < 0 || (size_t)length >= sizeof path ? -1 : mkstemp(path);
    if (fd < 0) {
        error_set(error,
                  "cannot make a temporary file in %s: %s; set TMPDIR to the absolute path of a directory "
                  "where it can be made",
                  directory, strerror(errno));
        return -1;
    }
    (void)unlink(path);
    (void)fcntl(fd, F_SETFD, FD_CLOEXEC); /* which fails for no descriptor that is open */
    return fd;
}

/* --- listing --- */

static bool ends_in(const char *name, const char *suffix)
{
    size_t length = strlen(name);
    size_t tail = strlen(suffix);
    return length >= tail && strcmp(name + length - tail, suffix) == 0;
}

static bool is_wanted(DIR *directory, const char *name, const char *suffix)
{
    struct stat status;
    return name[0] != '.' && ends_in(name, suffix) &&
           fstatat(dirfd(directory), name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(status.st_mode);
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Fills names; false with an error when there are more than FILES_LIST_MAX or no memory. */
static bool collect(DIR *directory, const char *suffix, struct arena *arena, const char **names,
                    size_t *ret_count, struct error *error)
{
    size_t count = 0;
    errno = 0;
    for (const struct dirent *entry = NULL; (entry = readdir(directory)) != NULL; errno = 0) {
        if (!is_wanted(directory, entry->d_name, suffix)) {
            continue;
        }
        if (count == FILES_LIST_MAX) {
            error_set(error, "more than %d files", FILES_LIST_MAX);
            return false;
        }
        names[count] = (const char *)arena_copy(arena, bytes_of_text(entry->d_name)).data;
        if (names[count++] == NULL) {
            error_set(error, "no memory");
            return false;
        }
    }
    if (errno != 0) {
        error_set(error, "%s", strerror(errno));
        return false;
    }
    *ret_count = count;
    return true;
}

enum files_outcome files_list(const char *path, const char *suffix, struct arena *arena,
                              const char *const **ret_names, size_t *ret_count, struct error *error)
{
    struct error why = {.text = ""};
    DIR *directory = opendir(path);
    if (directory == NULL) {
        int failed = errno;
        error_set(error, "cannot list %s: %s", path, strerror(failed));
        return failed == ENOENT ? FILES_ABSENT : FILES_FAILED;
    }
    size_t count = 0;
    const char **names = arena_take(arena, FILES_LIST_MAX * sizeof *names);
    bool listed = names != NULL && collect(directory, suffix, arena, names, &count, &why);
    (void)closedir(directory);
    if (!listed) {
        error_set(error, "cannot list %s: %s", path, names == NULL ? "no memory" : why.text);
        return FILES_FAILED;
    }
    qsort(names, count, sizeof *names, by_bytes);
    *ret_names = names;
    *ret_count = count;
    return FILES_OK;
}

/* --- the lock, and room --- */

static void say_who_holds(int fd, const char *path, struct error *error)
{
    char pid[16] = "";
    ssize_t size = pread(fd, pid, sizeof pid - 1, 0);
    pid[size < 0 ? 0 : strspn(pid, "0123456789")] = '\0';
    error_set(error, "another process (%s) holds %s; stop that one first",
              pid[0] == '\0' ? "of unknown id" : pid, path);
}

/*
 * A process that was killed may hold its lock for a moment after it is gone from sight, and whoever asks who holds a lock
 * shares it for an instant: neither is a second daemon.
 */
static bool lock_within(int fd, unsigned tries)
{
    const struct timespec pause = {.tv_nsec = LOCK_TRY_EVERY_MS * 1000000L};
    while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK || tries-- == 0) {
            return false;
        }
        (void)nanosleep(&pause, NULL);
    }
    return true;
}

int files_lock(const char *path, struct error *error)
{
    char pid[16];
    int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) {
        error_set(error, "cannot open the lock file %s: %s", path, strerror(errno));
        return -1;
    }
    if (!lock_within(fd, LOCK_TRIES)) {
        if (errno == EWOULDBLOCK) {
            say_who_holds(fd, path, error);
        } else {
            error_set(error, "cannot lock %s: %s", path, strerror(errno));
        }
        (void)close(fd);
        return -1;
    }
    /* The id is for people: a disk too full to hold it does not undo the lock. */
    int length = snprintf(pid, sizeof pid, "%ld\n", (long)getpid());
    if (ftruncate(fd, 0) == 0) {
        (void)write_all(fd, bytes_of(pid, (size_t)length));
    }
    return fd;
}

int files_append_lines(const char *path, unsigned mode)
{
    char last = '\n';
    int fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, (mode_t)mode);
    off_t size = fd < 0 ? 0 : lseek(fd, 0, SEEK_END);
    bool good = size == 0 ||
                (size > 0 && pread(fd, &last, 1, size - 1) == 1 && (last == '\n' || write(fd, "\n", 1) == 1));
    if (!good) {
        int failed = errno;
        (void)close(fd);
        errno = failed;
    }
    return good ? fd : -1;
}

bool files_free_space(const char *path, uint64_t *ret_bytes, struct error *error)
{
    struct statvfs status;
    if (statvfs(path, &status) != 0) {
        error_set(error, "cannot ask for the free space of %s: %s", path, strerror(errno));
        return false;
    }
    *ret_bytes = (uint64_t)status.f_bavail * (uint64_t)status.f_frsize;
    return true;
}
