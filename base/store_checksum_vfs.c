/* SPDX-License-Identifier: Apache-2.0 */
#include "base/store_checksum_vfs.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/checksum.h"
#include "base/store_wal.h"

#define DATABASE_HEADER_BYTES 100 /* the first bytes of page 1 (SQLite file format, 1.3) */
#define AT_PAGE_BYTES         16
#define AT_RESERVED           20

static const uint8_t magic[16] = "SQLite format 3";

struct checksum_vfs {
    sqlite3_vfs vfs;
    sqlite3_vfs *beneath;
    char name[40];
    char *path;
    size_t page_bytes;
    uint8_t *page; /* room for one */
    struct wal wal;
    struct error damage;
};

/* SQLite's view, then ours; the file beneath follows in the same memory. */
struct watched_file {
    sqlite3_file base;
    struct checksum_vfs *of;
};

static struct checksum_vfs *of_file(sqlite3_file *file)
{
    return ((struct watched_file *)file)->of;
}

static sqlite3_file *beneath(sqlite3_file *file)
{
    return (sqlite3_file *)((struct watched_file *)file + 1);
}

/* --- a page --- */

static struct checksum sum_of(const uint8_t *page, size_t page_bytes, uint32_t number)
{
    struct checksum start = {.a = number, .b = 1};
    return checksum_add(start, bytes_of(page, page_bytes - STORE_RESERVED_BYTES), CHECKSUM_LITTLE);
}

void checksum_vfs_seal(uint8_t *page, size_t page_bytes, uint32_t number)
{
    checksum_write(page + page_bytes - STORE_RESERVED_BYTES, sum_of(page, page_bytes, number));
}

static int page_damaged(struct checksum_vfs *of, uint32_t number, const char *how)
{
    error_set(&of->damage, "%s: page %lu %s; " STORE_WAY_OUT, of->path, (unsigned long)number, how);
    return SQLITE_IOERR_DATA;
}

static int foreign(struct checksum_vfs *of)
{
    error_set(&of->damage,
              "%s has pages without checksums: another version of comity wrote it, or another program, or "
              "its first bytes are "
              "damaged on disk; give another path, or " STORE_WAY_OUT,
              of->path);
    return SQLITE_IOERR_DATA;
}

static uint32_t page_number(const struct checksum_vfs *of, int64_t offset)
{
    return (uint32_t)(offset / (int64_t)of->page_bytes) + 1;
}

static bool is_page(const struct checksum_vfs *of, int size, int64_t offset)
{
    return (size_t)size == of->page_bytes && offset % size == 0;
}

static int check_page(struct checksum_vfs *of, const uint8_t *page, uint32_t number)
{
    struct checksum stored = checksum_read(page + of->page_bytes - STORE_RESERVED_BYTES);
    if (checksum_equal(stored, sum_of(page, of->page_bytes, number))) {
        return SQLITE_OK;
    }
    bool ours = number != 1 || memcmp(page, magic, sizeof magic) == 0;
    return page_damaged(of, number,
                        ours ? "is damaged on disk (bit rot, or another program wrote it)"
                             : "is not that of a store of comity, or is damaged on disk");
}

/*
 * SQLite looks at the first bytes before it takes a lock and plays back a journal, so a sum may not hold yet. It takes the size
 * of pages from them and reads the page again. Enough is seen to leave a database that is not ours untouched.
 */
static int check_database_header(struct checksum_vfs *of, const uint8_t *header)
{
    size_t page_bytes = (size_t)header[AT_PAGE_BYTES] << 8 | (size_t)header[AT_PAGE_BYTES + 1] << 16;
    bool database = memcmp(header, magic, sizeof magic) == 0;
    bool ours = page_bytes == of->page_bytes && header[AT_RESERVED] == STORE_RESERVED_BYTES;
    return database && !ours ? foreign(of) : SQLITE_OK;
}

/* --- the database file --- */

static int database_read(sqlite3_file *file, void *ret, int size, sqlite3_int64 offset)
{
    struct checksum_vfs *of = of_file(file);
    sqlite3_int64 file_bytes = 0;
    int code = beneath(file)->pMethods->xRead(beneath(file), ret, size, offset);
    if (code == SQLITE_IOERR_SHORT_READ) {
        int asked = beneath(file)->pMethods->xFileSize(beneath(file), &file_bytes);
        bool header = offset == 0 && size <= DATABASE_HEADER_BYTES;
        if (asked != SQLITE_OK || file_bytes == 0 || header) {
            return asked == SQLITE_OK ? code : asked;
        }
        return page_damaged(of, page_number(of, offset), "is missing: the file was cut off");
    }
    if (code != SQLITE_OK) {
        return code;
    }
    if (is_page(of, size, offset)) {
        return check_page(of, ret, page_number(of, offset));
    }
    if (offset == 0 && size == DATABASE_HEADER_BYTES) {
        return check_database_header(of, ret);
    }
    if (offset + size <= DATABASE_HEADER_BYTES) {
        return SQLITE_OK; /* the counter of changes, which only says whether pages are to be read again */
    }
    return page_damaged(of, page_number(of, offset), "is damaged on disk (it gives a wrong size of pages)");
}

static int database_write(sqlite3_file *file, const void *data, int size, sqlite3_int64 offset)
{
    struct checksum_vfs *of = of_file(file);
    if (!is_page(of, size, offset)) {
        return SQLITE_IOERR_WRITE;
    }
    if (offset == 0 && check_database_header(of, data) != SQLITE_OK) {
        return SQLITE_IOERR_DATA;
    }
    memcpy(of->page, data, of->page_bytes);
    checksum_vfs_seal(of->page, of->page_bytes, page_number(of, offset));
    return beneath(file)->pMethods->xWrite(beneath(file), of->page, size, offset);
}

static int any_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    return beneath(file)->pMethods->xTruncate(beneath(file), size);
}

static int any_sync(sqlite3_file *file, int flags)
{
    return beneath(file)->pMethods->xSync(beneath(file), flags);
}

static int any_close(sqlite3_file *file)
{
    return beneath(file)->pMethods->xClose(beneath(file));
}

static int any_size(sqlite3_file *file, sqlite3_int64 *ret)
{
    return beneath(file)->pMethods->xFileSize(beneath(file), ret);
}

static int any_lock(sqlite3_file *file, int level)
{
    return beneath(file)->pMethods->xLock(beneath(file), level);
}

static int any_unlock(sqlite3_file *file, int level)
{
    return beneath(file)->pMethods->xUnlock(beneath(file), level);
}

static int any_is_reserved(sqlite3_file *file, int *ret)
{
    return beneath(file)->pMethods->xCheckReservedLock(beneath(file), ret);
}

static int any_control(sqlite3_file *file, int operation, void *argument)
{
    return beneath(file)->pMethods->xFileControl(beneath(file), operation, argument);
}

static int any_sector_bytes(sqlite3_file *file)
{
    return beneath(file)->pMethods->xSectorSize(beneath(file));
}

static int any_device(sqlite3_file *file)
{
    return beneath(file)->pMethods->xDeviceCharacteristics(beneath(file));
}

/* --- the log --- */

static int log_read(sqlite3_file *file, void *ret, int size, sqlite3_int64 offset)
{
    struct checksum_vfs *of = of_file(file);
    return wal_read(&of->wal, ret, size, offset, &of->damage);
}

static int log_write(sqlite3_file *file, const void *data, int size, sqlite3_int64 offset)
{
    return wal_write(&of_file(file)->wal, data, size, offset);
}

static int log_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    return wal_truncate(&of_file(file)->wal, size);
}

static int log_sync(sqlite3_file *file, int flags)
{
    return wal_sync(&of_file(file)->wal, flags);
}

static int log_close(sqlite3_file *file)
{
    wal_close(&of_file(file)->wal);
    return any_close(file);
}

/* Version 1: no shared memory, which exclusive locking does without, and no memory map, which nothing could check. */
static const sqlite3_io_methods database_methods = {
    .iVersion = 1,
    .xClose = any_close,
    .xRead = database_read,
    .xWrite = database_write,
    .xTruncate = any_truncate,
    .xSync = any_sync,
    .xFileSize = any_size,
    .xLock = any_lock,
    .xUnlock = any_unlock,
    .xCheckReservedLock = any_is_reserved,
    .xFileControl = any_control,
    .xSectorSize = any_sector_bytes,
    .xDeviceCharacteristics = any_device,
};

static const sqlite3_io_methods log_methods = {
    .iVersion = 1,
    .xClose = log_close,
    .xRead = log_read,
    .xWrite = log_write,
    .xTruncate = log_truncate,
    .xSync = log_sync,
    .xFileSize = any_size,
    .xLock = any_lock,
    .xUnlock = any_unlock,
    .xCheckReservedLock = any_is_reserved,
    .xFileControl = any_control,
    .xSectorSize = any_sector_bytes,
    .xDeviceCharacteristics = any_device,
};

/* --- the VFS --- */

static struct checksum_vfs *of_vfs(sqlite3_vfs *vfs)
{
    return vfs->pAppData;
}

static int vfs_open(sqlite3_vfs *vfs, sqlite3_filename path, sqlite3_file *file, int flags, int *ret_flags)
{
    struct checksum_vfs *of = of_vfs(vfs);
    bool database = (flags & SQLITE_OPEN_MAIN_DB) != 0;
    bool log = (flags & SQLITE_OPEN_WAL) != 0;
    file->pMethods = NULL;
    if (!database && !log) {
        return of->beneath->xOpen(of->beneath, path, file, flags, ret_flags);
    }
    int code = of->beneath->xOpen(of->beneath, path, beneath(file), flags, ret_flags);
    if (code == SQLITE_OK && log) {
        code = wal_open(&of->wal, beneath(file), &of->damage);
        if (code != SQLITE_OK) {
            (void)beneath(file)->pMethods->xClose(beneath(file));
        }
    }
    if (code == SQLITE_OK) {
        ((struct watched_file *)file)->of = of;
        file->pMethods = log ? &log_methods : &database_methods;
    }
    return code;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *path, int sync_directory)
{
    sqlite3_vfs *next = of_vfs(vfs)->beneath;
    return next->xDelete(next, path, sync_directory);
}

static int vfs_access(sqlite3_vfs *vfs, const char *path, int flags, int *ret)
{
    sqlite3_vfs *next = of_vfs(vfs)->beneath;
    return next->xAccess(next, path, flags, ret);
}

static int vfs_full_path(sqlite3_vfs *vfs, const char *path, int size, char *ret)
{
    sqlite3_vfs *next = of_vfs(vfs)->beneath;
    return next->xFullPathname(next, path, size, ret);
}

static int vfs_randomness(sqlite3_vfs *vfs, int size, char *ret)
{
    sqlite3_vfs *next = of_vfs(vfs)->beneath;
    return next->xRandomness(next, size, ret);
}

static int vfs_sleep(sqlite3_vfs *vfs, int microseconds)
{
    sqlite3_vfs *next = of_vfs(vfs)->beneath;
    return next->xSleep(next, microseconds);
}

static int vfs_current_time(sqlite3_vfs *vfs, double *ret)
{
    sqlite3_vfs *next = of_vfs(vfs)->beneath;
    return next->xCurrentTime(next, ret);
}

static int vfs_last_error(sqlite3_vfs *vfs, int size, char *ret)
{
    sqlite3_vfs *next = of_vfs(vfs)->beneath;
    return next->xGetLastError(next, size, ret);
}

static bool fill(struct checksum_vfs *of, const char *path, size_t page_bytes)
{
    size_t length = strlen(path) + 1;
    of->page_bytes = page_bytes;
    of->path = malloc(length);
    of->page = malloc(page_bytes);
    if (!wal_init(&of->wal, path, page_bytes) || of->path == NULL || of->page == NULL) {
        return false;
    }
    memcpy(of->path, path, length);
    /* Unique while it lives, and seen by nobody but the call that opens the database. */
    (void)snprintf(of->name, sizeof of->name, "comity-%p", (void *)of);
    of->vfs = (sqlite3_vfs){
        .iVersion = 1,
        .szOsFile = (int)sizeof(struct watched_file) + of->beneath->szOsFile,
        .mxPathname = of->beneath->mxPathname,
        .zName = of->name,
        .pAppData = of,
        .xOpen = vfs_open,
        .xDelete = vfs_delete,
        .xAccess = vfs_access,
        .xFullPathname = vfs_full_path,
        .xRandomness = vfs_randomness,
        .xSleep = vfs_sleep,
        .xCurrentTime = vfs_current_time,
        .xGetLastError = vfs_last_error,
    };
    return true;
}

struct checksum_vfs *checksum_vfs_new(const char *path, const char *beneath_name, size_t page_bytes)
{
    sqlite3_vfs *next = sqlite3_vfs_find(beneath_name);
    struct checksum_vfs *of = next == NULL ? NULL : calloc(1, sizeof *of);
    if (of == NULL) {
        return NULL;
    }
    of->beneath = next;
    if (!fill(of, path, page_bytes) || sqlite3_vfs_register(&of->vfs, 0) != SQLITE_OK) {
        checksum_vfs_free(of);
        return NULL;
    }
    return of;
}

void checksum_vfs_free(struct checksum_vfs *of)
{
    if (of == NULL) {
        return;
    }
    (void)sqlite3_vfs_unregister(&of->vfs); /* one that was never registered is no error */
    wal_done(&of->wal);
    free(of->path);
    free(of->page);
    free(of);
}

const char *checksum_vfs_name(const struct checksum_vfs *of)
{
    return of->name;
}

const char *checksum_vfs_damage(const struct checksum_vfs *of)
{
    return of->damage.text;
}

uint64_t checksum_vfs_dropped_frames(const struct checksum_vfs *of)
{
    return of->wal.dropped_frames;
}
