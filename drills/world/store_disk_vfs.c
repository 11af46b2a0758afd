/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Version-1 methods: no shared memory and no memory map, so WAL runs on it with exclusive locking only, which is how
 * stores are opened. What it says of the device is what SQLite's unix VFS says on Linux, so that the product's own
 * choices are what is tested.
 */
#include "drills/world/store_disk_vfs.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "drills/world/disk.h"

#define SECTOR_BYTES   4096
#define PATH_BYTES_MAX 512

struct disk_vfs {
    sqlite3_vfs vfs;
    char *name;
};

struct vfs_file {
    sqlite3_file base; /* first: SQLite's view of this struct */
    struct disk_handle handle;
};

static struct disk_handle *handle_of(sqlite3_file *file)
{
    return &((struct vfs_file *)file)->handle;
}

static struct disk *disk_of(sqlite3_vfs *vfs)
{
    return vfs->pAppData;
}

/* The code of an outcome; io is the operation's own code for an input/output error. */
static int code_of(enum disk_outcome outcome, int io)
{
    switch (outcome) {
    case DISK_OK:
        return SQLITE_OK;
    case DISK_SHORT:
        return SQLITE_IOERR_SHORT_READ;
    case DISK_ABSENT:
        return SQLITE_CANTOPEN;
    case DISK_FULL:
        return SQLITE_FULL;
    case DISK_BUSY:
        return SQLITE_BUSY;
    case DISK_IO:
        break;
    }
    return io;
}

/* --- a file's methods --- */

static int file_close(sqlite3_file *file)
{
    disk_close(handle_of(file));
    return SQLITE_OK;
}

static int file_read(sqlite3_file *file, void *ret, int size, sqlite3_int64 offset)
{
    return code_of(disk_read(handle_of(file), ret, (size_t)size, (uint64_t)offset), SQLITE_IOERR_READ);
}

static int file_write(sqlite3_file *file, const void *data, int size, sqlite3_int64 offset)
{
    return code_of(disk_write(handle_of(file), bytes_of(data, (size_t)size), (uint64_t)offset),
                   SQLITE_IOERR_WRITE);
}

static int file_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    return code_of(disk_truncate(handle_of(file), (uint64_t)size), SQLITE_IOERR_TRUNCATE);
}

static int file_sync(sqlite3_file *file, int flags)
{
    (void)flags;
    return code_of(disk_sync(handle_of(file)), SQLITE_IOERR_FSYNC);
}

static int file_size(sqlite3_file *file, sqlite3_int64 *ret)
{
    uint64_t size = 0;
    int code = code_of(disk_size(handle_of(file), &size), SQLITE_IOERR_FSTAT);
    if (code == SQLITE_OK) {
        *ret = (sqlite3_int64)size;
    }
    return code;
}

static int file_lock(sqlite3_file *file, int level)
{
    return code_of(disk_lock(handle_of(file), (enum disk_lock)level), SQLITE_IOERR_LOCK);
}

static int file_unlock(sqlite3_file *file, int level)
{
    disk_unlock(handle_of(file), (enum disk_lock)level);
    return SQLITE_OK;
}

static int file_is_reserved(sqlite3_file *file, int *ret)
{
    *ret = disk_is_reserved(handle_of(file));
    return SQLITE_OK;
}

static int file_control(sqlite3_file *file, int operation, void *argument)
{
    (void)file;
    (void)operation;
    (void)argument;
    return SQLITE_NOTFOUND;
}

static int file_sector_bytes(sqlite3_file *file)
{
    (void)file;
    return SECTOR_BYTES;
}

static int file_device(sqlite3_file *file)
{
    (void)file;
    return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

static const sqlite3_io_methods methods = {
    .iVersion = 1,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_unlock,
    .xCheckReservedLock = file_is_reserved,
    .xFileControl = file_control,
    .xSectorSize = file_sector_bytes,
    .xDeviceCharacteristics = file_device,
};

/* --- the VFS's methods --- */

/* A file without a name would be a temporary one: stores keep those in memory, and nothing may hold what no check sees. */
static int vfs_open(sqlite3_vfs *vfs, sqlite3_filename path, sqlite3_file *file, int flags, int *ret_flags)
{
    file->pMethods = NULL;
    if (path == NULL) {
        return SQLITE_CANTOPEN;
    }
    bool create = (flags & SQLITE_OPEN_CREATE) != 0;
    bool journal = (flags & (SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL | SQLITE_OPEN_WAL)) != 0;
    enum disk_outcome outcome = disk_open(disk_of(vfs), path, create, journal, handle_of(file));
    if (outcome != DISK_OK) {
        return outcome == DISK_IO ? SQLITE_IOERR : SQLITE_CANTOPEN;
    }
    file->pMethods = &methods;
    if (ret_flags != NULL) {
        *ret_flags = flags;
    }
    return SQLITE_OK;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *path, int sync_directory)
{
    enum disk_outcome outcome = disk_delete(disk_of(vfs), path, sync_directory != 0);
    return outcome == DISK_ABSENT ? SQLITE_IOERR_DELETE_NOENT : code_of(outcome, SQLITE_IOERR_DELETE);
}

static int vfs_access(sqlite3_vfs *vfs, const char *path, int flags, int *ret)
{
    bool exists = false;
    (void)flags;
    int code = code_of(disk_exists(disk_of(vfs), path, &exists), SQLITE_IOERR_ACCESS);
    *ret = exists;
    return code;
}

static int vfs_full_path(sqlite3_vfs *vfs, const char *path, int size, char *ret)
{
    (void)vfs;
    size_t length = strlen(path);
    if (path[0] != '/' || length >= (size_t)size) {
        return SQLITE_CANTOPEN;
    }
    memcpy(ret, path, length + 1);
    return SQLITE_OK;
}

static int vfs_randomness(sqlite3_vfs *vfs, int size, char *ret)
{
    disk_random(disk_of(vfs), (uint8_t *)ret, (size_t)size);
    return size;
}

static int vfs_sleep(sqlite3_vfs *vfs, int microseconds)
{
    (void)vfs;
    return microseconds;
}

/* With a version-1 VFS this is the only clock SQLite has. */
static int vfs_current_time(sqlite3_vfs *vfs, double *ret)
{
    ensure(!disk_time_is_a_bug(disk_of(vfs)));
    *ret = 0;
    return SQLITE_ERROR;
}

static int vfs_last_error(sqlite3_vfs *vfs, int size, char *ret)
{
    (void)vfs;
    (void)size;
    (void)ret;
    return 0;
}

struct disk_vfs *disk_vfs_new(struct disk *disk, const char *name)
{
    struct disk_vfs *made = calloc(1, sizeof *made);
    size_t length = strlen(name);
    ensure(made != NULL);
    ensure(sqlite3_initialize() == SQLITE_OK && sqlite3_vfs_find(name) == NULL);
    made->name = calloc(1, length + 1);
    ensure(made->name != NULL);
    memcpy(made->name, name, length);
    made->vfs = (sqlite3_vfs){
        .iVersion = 1,
        .szOsFile = sizeof(struct vfs_file),
        .mxPathname = PATH_BYTES_MAX,
        .zName = made->name,
        .pAppData = disk,
        .xOpen = vfs_open,
        .xDelete = vfs_delete,
        .xAccess = vfs_access,
        .xFullPathname = vfs_full_path,
        .xRandomness = vfs_randomness,
        .xSleep = vfs_sleep,
        .xCurrentTime = vfs_current_time,
        .xGetLastError = vfs_last_error,
    };
    ensure(sqlite3_vfs_register(&made->vfs, 0) == SQLITE_OK);
    return made;
}

void disk_vfs_free(struct disk_vfs *made)
{
    if (made != NULL) {
        (void)sqlite3_vfs_unregister(&made->vfs);
        free(made->name);
        free(made);
    }
}

void disk_seed_sqlite(uint32_t seed)
{
    ensure(seed != 0);
    (void)sqlite3_test_control(SQLITE_TESTCTRL_PRNG_SEED, (int)seed, NULL);
}
