/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/world/disk.h"

#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "drills/world/disk_files.h"
#include "drills/world/store_disk_vfs.h"
#include "drills/world/stream.h"

struct disk {
    struct disk_vfs *vfs;
    uint64_t generator;
    bool off;
    bool lies;
    bool strange; /* the schema may be a stranger's */
    uint64_t capacity;
    struct {
        bool set, lasting;
        enum disk_fault fault;
        uint64_t nth;
        uint64_t struck; /* at this operation first; 0: not yet */
    } trap;
    struct disk_counters counters;
    struct disk_files files;
    struct disk_handle *handles;
    uint8_t *shown; /* by disk_file(); NULL: nothing yet */
};

/* --- life --- */

struct disk *disk_new(const char *vfs_name, uint64_t seed)
{
    struct disk *disk = calloc(1, sizeof *disk);
    ensure(disk != NULL);
    disk->generator = seed;
    disk->capacity = UINT64_MAX;
    disk->vfs = disk_vfs_new(disk, vfs_name);
    return disk;
}

void disk_free(struct disk *disk)
{
    if (disk == NULL) {
        return;
    }
    ensure(disk->handles == NULL);
    disk_files_clear(&disk->files);
    disk_vfs_free(disk->vfs);
    free(disk->shown);
    free(disk);
}

void disk_use_pieces(struct disk *disk, struct pieces *pieces)
{
    ensure(disk->files.first == NULL);
    disk->files.pieces = pieces;
}

void disk_is_steady(struct disk *disk)
{
    ensure(disk->files.first == NULL);
    disk->files.steady = true;
}

void disk_random(struct disk *disk, uint8_t *ret, size_t size)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < size; i++) {
        bits = i % 8 == 0 ? splitmix64(&disk->generator) : bits >> 8;
        ret[i] = (uint8_t)bits;
    }
}

void disk_has_no_time(struct disk *disk)
{
    disk->strange = true;
}

bool disk_time_is_a_bug(const struct disk *disk)
{
    return !disk->strange;
}

/* --- power --- */

size_t disk_unsafe(const struct disk *disk)
{
    return disk->files.change_count;
}

void disk_power_off(struct disk *disk)
{
    disk->off = true;
}

void disk_kill(struct disk *disk)
{
    for (struct disk_handle *handle = disk->handles; handle != NULL; handle = handle->next) {
        if (handle->file != NULL) {
            handle->file->open_count--;
            handle->file = NULL;
        }
    }
    disk_files_forget(&disk->files);
    disk_fail_never(disk);
    disk->off = false;
}

void disk_power_cut(struct disk *disk, enum disk_cut mode, struct turn_source random)
{
    disk_kill(disk);
    disk_files_survive(&disk->files, mode, random);
}

/* --- faults --- */

void disk_fail_at(struct disk *disk, uint64_t nth, enum disk_fault fault, bool lasting)
{
    disk->trap.set = true;
    disk->trap.struck = 0;
    disk->trap.lasting = lasting;
    disk->trap.fault = fault;
    disk->trap.nth = nth;
}

void disk_fail_never(struct disk *disk)
{
    disk->trap.set = false;
}

uint64_t disk_failed(const struct disk *disk)
{
    return disk->trap.struck;
}

bool disk_fails_on(const struct disk *disk)
{
    return disk->trap.set && disk->trap.struck != 0;
}

enum operation { READ, WRITE, TRUNCATE, SYNC, CREATE, DELETE };

static bool can_hit(enum disk_fault fault, enum operation operation)
{
    switch (fault) {
    case DISK_CUT:
        return true;
    case DISK_NO_SPACE:
        return operation == WRITE || operation == CREATE;
    case DISK_EIO_READ:
        return operation == READ;
    case DISK_EIO_WRITE:
        return operation != READ && operation != SYNC;
    case DISK_EIO_SYNC:
        return operation == SYNC;
    }
    return false;
}

/* Counts the operation and says how it is to end before it has begun; DISK_OK: it may go on. */
static enum disk_outcome begin(struct disk *disk, uint64_t *counter, enum operation operation)
{
    if (disk->off) {
        return DISK_IO;
    }
    (*counter)++;
    if (!disk->trap.set || disk_operations(disk) < disk->trap.nth || !can_hit(disk->trap.fault, operation)) {
        return DISK_OK;
    }
    disk->trap.struck = disk->trap.struck == 0 ? disk_operations(disk) : disk->trap.struck;
    disk->trap.set = disk->trap.lasting;
    if (disk->trap.fault == DISK_CUT) {
        disk_power_off(disk);
    }
    return disk->trap.fault == DISK_NO_SPACE ? DISK_FULL : DISK_IO;
}

uint64_t disk_operations(const struct disk *disk)
{
    const struct disk_counters *c = &disk->counters;
    return c->reads + c->writes + c->truncations + c->syncs + c->creations + c->deletions;
}

struct disk_counters disk_counters(const struct disk *disk)
{
    return disk->counters;
}

void disk_lie_about_sync(struct disk *disk, bool lie)
{
    disk->lies = lie;
}

void disk_capacity(struct disk *disk, uint64_t bytes)
{
    disk->capacity = bytes;
}

uint64_t disk_room(const struct disk *disk)
{
    uint64_t used = disk->capacity == UINT64_MAX ? 0 : disk_bytes(disk);
    return disk->capacity == UINT64_MAX ? UINT64_MAX : used < disk->capacity ? disk->capacity - used : 0;
}

bool disk_flip_bit(struct disk *disk, const char *path, uint64_t offset, unsigned bit)
{
    struct file *file = disk_files_find(&disk->files, path);
    ensure(bit < 8);
    if (file == NULL || offset >= file_image(file)->size) {
        return false;
    }
    disk_files_flip(&disk->files, file, offset, (uint8_t)(1u << bit));
    return true;
}

/* --- what is on it --- */

uint64_t disk_bytes(const struct disk *disk)
{
    uint64_t bytes = 0;
    for (const struct file *file = disk->files.first; file != NULL; file = file->next) {
        bytes += file->named ? file_image(file)->size : 0;
    }
    return bytes;
}

uint64_t disk_file_bytes(const struct disk *disk, const char *path)
{
    const struct file *file = disk_files_find(&disk->files, path);
    return file == NULL ? 0 : file_image(file)->size;
}

struct bytes disk_file(struct disk *disk, const char *path)
{
    const struct file *file = disk_files_find(&disk->files, path);
    if (file == NULL) {
        return bytes_of(NULL, 0);
    }
    const struct image *image = file_image(file);
    free(disk->shown);
    disk->shown = malloc(image->size + 1);
    ensure(disk->shown != NULL);
    image_read(image, disk->shown, image->size, 0);
    return bytes_of(disk->shown, image->size);
}

void disk_copy(struct disk *to, const struct disk *from)
{
    ensure(to != from && to->handles == NULL);
    disk_files_clear(&to->files);
    for (const struct file *file = from->files.first; file != NULL; file = file->next) {
        if (file->named) {
            disk_files_copy(&to->files, file);
        }
    }
}

/* --- the file system --- */

enum disk_outcome disk_open(struct disk *disk, const char *path, bool create, bool sync_directory,
                            struct disk_handle *ret)
{
    struct file *file = disk_files_find(&disk->files, path);
    if (disk->off) {
        return DISK_IO;
    }
    if (file == NULL && !create) {
        return DISK_ABSENT;
    }
    *ret = (struct disk_handle){.disk = disk, .sync_directory = file == NULL && sync_directory};
    if (file == NULL) {
        enum disk_outcome outcome = begin(disk, &disk->counters.creations, CREATE);
        if (outcome != DISK_OK) {
            return outcome;
        }
        file = disk_files_create(&disk->files, path);
    }
    ret->file = file;
    ret->next = disk->handles;
    disk->handles = ret;
    file->open_count++;
    return DISK_OK;
}

void disk_close(struct disk_handle *handle)
{
    struct disk_handle **at = &handle->disk->handles;
    while (*at != handle) {
        ensure(*at != NULL);
        at = &(*at)->next;
    }
    *at = handle->next;
    if (handle->file != NULL) {
        handle->file->open_count--;
        disk_files_forget(&handle->disk->files);
    }
}

enum disk_outcome disk_read(struct disk_handle *handle, uint8_t *ret, size_t size, uint64_t offset)
{
    struct disk *disk = handle->disk;
    enum disk_outcome outcome = handle->file == NULL ? DISK_IO : begin(disk, &disk->counters.reads, READ);
    if (outcome != DISK_OK) {
        return outcome;
    }
    const struct image *image = file_image(handle->file);
    size_t there = offset >= image->size ? 0 : image->size - (size_t)offset;
    size_t got = there < size ? there : size;
    if (got != 0) {
        image_read(image, ret, got, offset);
    }
    memset(ret + got, 0, size - got);
    disk->counters.bytes_read += got;
    return got == size ? DISK_OK : DISK_SHORT;
}

/* How many of size bytes at offset there is room for. */
static size_t room_for(const struct disk *disk, const struct file *file, size_t size, uint64_t offset)
{
    if (disk->capacity == UINT64_MAX) {
        return size;
    }
    uint64_t used = disk_bytes(disk);
    uint64_t end_max = file_image(file)->size + (used < disk->capacity ? disk->capacity - used : 0);
    if (offset + size <= end_max) {
        return size;
    }
    return offset < end_max ? (size_t)(end_max - offset) : 0;
}

enum disk_outcome disk_write(struct disk_handle *handle, struct bytes from, uint64_t offset)
{
    struct disk *disk = handle->disk;
    enum disk_outcome outcome = handle->file == NULL ? DISK_IO : begin(disk, &disk->counters.writes, WRITE);
    if (handle->file == NULL || disk->off) {
        return DISK_IO;
    }
    size_t size = outcome == DISK_OK ? from.size : from.size / 2;
    size_t room = room_for(disk, handle->file, size, offset);
    if (outcome == DISK_OK && room < size) {
        disk->counters.refusals++;
        outcome = DISK_FULL;
    }
    if (room != 0) {
        disk_files_write(&disk->files, handle->file, bytes_of(from.data, room), offset);
        disk->counters.bytes_written += room;
    }
    return outcome;
}

enum disk_outcome disk_truncate(struct disk_handle *handle, uint64_t size)
{
    struct disk *disk = handle->disk;
    enum disk_outcome outcome =
        handle->file == NULL ? DISK_IO : begin(disk, &disk->counters.truncations, TRUNCATE);
    if (outcome == DISK_OK) {
        disk_files_truncate(&disk->files, handle->file, size);
    }
    return outcome;
}

enum disk_outcome disk_sync(struct disk_handle *handle)
{
    struct disk *disk = handle->disk;
    enum disk_outcome outcome = handle->file == NULL ? DISK_IO : begin(disk, &disk->counters.syncs, SYNC);
    if (handle->file == NULL || disk->off) {
        return DISK_IO;
    }
    if (outcome != DISK_OK) {
        /* the kernel takes the pages for clean and forgets them */
        disk_files_lose(&disk->files, handle->file);
    } else if (disk->lies) {
        disk->counters.lies++;
    } else {
        disk_files_settle(&disk->files, handle->file);
        if (handle->sync_directory) {
            disk_files_settle_names(&disk->files);
            handle->sync_directory = false;
        }
        disk_files_forget(&disk->files);
    }
    return outcome;
}

enum disk_outcome disk_size(struct disk_handle *handle, uint64_t *ret)
{
    if (handle->file == NULL || handle->disk->off) {
        return DISK_IO;
    }
    *ret = file_image(handle->file)->size;
    return DISK_OK;
}

/* The highest lock that another handle holds on the same file. */
static enum disk_lock highest_of_others(const struct disk_handle *handle)
{
    enum disk_lock highest = DISK_UNLOCKED;
    for (const struct disk_handle *other = handle->disk->handles; other != NULL; other = other->next) {
        if (other != handle && other->file == handle->file && other->lock > highest) {
            highest = other->lock;
        }
    }
    return highest;
}

/* Source: SQLite's "File Locking And Concurrency", 3: who waits for exclusive lets no new reader in. */
enum disk_outcome disk_lock(struct disk_handle *handle, enum disk_lock wanted)
{
    if (handle->file == NULL || handle->disk->off) {
        return DISK_IO;
    }
    if (handle->lock >= wanted) {
        return DISK_OK;
    }
    enum disk_lock others = highest_of_others(handle);
    if (wanted == DISK_SHARED ? others >= DISK_PENDING : others >= DISK_RESERVED) {
        return DISK_BUSY;
    }
    if (wanted == DISK_EXCLUSIVE && others == DISK_SHARED) {
        handle->lock = DISK_PENDING;
        return DISK_BUSY;
    }
    handle->lock = wanted;
    return DISK_OK;
}

void disk_unlock(struct disk_handle *handle, enum disk_lock wanted)
{
    if (handle->lock > wanted) {
        handle->lock = wanted;
    }
}

bool disk_is_reserved(const struct disk_handle *handle)
{
    return handle->file != NULL &&
           (handle->lock >= DISK_RESERVED || highest_of_others(handle) >= DISK_RESERVED);
}

enum disk_outcome disk_delete(struct disk *disk, const char *path, bool sync_directory)
{
    enum disk_outcome outcome = begin(disk, &disk->counters.deletions, DELETE);
    struct file *file = disk_files_find(&disk->files, path);
    if (outcome != DISK_OK) {
        return outcome;
    }
    if (file == NULL) {
        return DISK_ABSENT;
    }
    disk_files_delete(&disk->files, file);
    if (sync_directory && !disk->lies) {
        disk_files_settle_names(&disk->files);
    }
    disk_files_forget(&disk->files);
    return DISK_OK;
}

enum disk_outcome disk_exists(const struct disk *disk, const char *path, bool *ret)
{
    if (disk->off) {
        return DISK_IO;
    }
    *ret = disk_files_find(&disk->files, path) != NULL;
    return DISK_OK;
}
