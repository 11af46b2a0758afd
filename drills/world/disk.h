/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The disk of one party in a simulated world: files in memory behind an SQLite VFS, which keeps apart what was synced and
 * what was written since, and which can fail at any operation. The product's own storage code runs on it unchanged.
 *
 * What it promises after a power cut is what Linux and a disk without power-loss protection give, and no more:
 * - a write or truncation is safe once its file was synced; before that it may survive whole, in part or not at all, in
 *   any order with the others (bytes beside a write are never harmed: SQLite's "powersafe overwrite", as on Linux);
 * - a new file exists once it was synced itself, or the directory was. The first is more than fsync(2) promises, which wants
 *   the directory synced; it is what ext4, XFS and Btrfs do, and what the name of a new database may lean on: SQLite's unix
 *   VFS syncs the directory for journals and WALs, not for it;
 * - a deletion is safe once the directory was synced, or a newer file of that name;
 * - the disk is one directory. It is synced by xDelete with syncDir, and with the first sync of a new journal or WAL:
 *   SQLite's unix VFS does both;
 * - when a sync fails, what it was to save is lost for good although it can still be read, and a later sync that
 *   succeeds does not bring it back, as on Linux.
 *
 * Life of a power cut: disk_power_off (or the trap DISK_CUT), close the store, disk_power_cut, open the store again.
 * One thread. Not a core: it may allocate, and running out of memory aborts.
 */
#ifndef COMITY_DRILLS_WORLD_DISK_H
#define COMITY_DRILLS_WORLD_DISK_H

#include "base/attributes.h"
#include "base/bytes.h"
#include "base/turn.h"

struct disk;
struct pieces;

/*
 * An empty disk, registered as the SQLite VFS vfs_name (copied; unique in the process). Paths on it are any absolute
 * names; there are no directories. seed: of what the VFS gives SQLite as randomness. Asking this VFS for the time
 * aborts: nothing in SQL of ours may.
 */
MUST_USE struct disk *disk_new(const char *vfs_name, uint64_t seed);
void disk_free(struct disk *); /* NULL is allowed; every store on it is closed before */
/* Its files are made of pieces of that pool (piece.h), not of the heap; borrowed for the disk's life. The disk is empty. */
void disk_use_pieces(struct disk *, struct pieces *);

/*
 * Its power is never cut, and no sync of it fails: what is written is safe at once, and no copy is kept of what it covers. A cut that
 * loses something, or a failed sync, aborts from now on. The disk is empty.
 */
void disk_is_steady(struct disk *);

/* Asking for the time is an error of SQL from now on (datetime('now') is NULL): for a schema that may be a stranger's. */
void disk_has_no_time(struct disk *);

/* Seeds the generator that all of SQLite in this process shares (WAL salts), for runs that repeat. seed is not 0. */
void disk_seed_sqlite(uint32_t seed);

/* --- power --- */

enum disk_cut {
    DISK_KEEP_ALL, /* all that was written survives */
    DISK_LOSE_ALL, /* nothing survives that was not synced */
    DISK_RANDOM,   /* each unsynced write, truncation, creation and deletion survives or not */
    DISK_PREFIX,   /* they survive in the order they were made, up to some point */
    DISK_TORN,     /* as RANDOM, and each 512-byte sector of a write is new, old or noise */
};

/* How many writes, truncations, creations and deletions are not safe: what a power cut decides about. */
size_t disk_unsafe(const struct disk *);
/* Every operation fails from now on, until disk_power_cut. */
void disk_power_off(struct disk *);
/*
 * Decides what survived and takes it as the disk's content. Every handle that is open is dead for good, the trap is
 * gone, and new files can be opened. random is asked in the modes RANDOM, PREFIX and TORN only.
 */
void disk_power_cut(struct disk *, enum disk_cut, struct turn_source random);

/*
 * The end of a process (kill -9) on a machine that goes on: every handle is dead and the trap is gone, all that was written
 * can still be read, and none of it is safer than before. The power, if it was off, is on.
 */
void disk_kill(struct disk *);

/* --- faults --- */

enum disk_fault {
    DISK_CUT, /* disk_power_off before the operation takes effect */
    DISK_NO_SPACE, /* half of the write, then SQLITE_FULL; a file that is to be made: SQLITE_CANTOPEN, as on Linux */
    DISK_EIO_READ,  /* SQLITE_IOERR_READ */
    DISK_EIO_WRITE, /* half of the write, then SQLITE_IOERR_WRITE; also truncations, creations and deletions */
    DISK_EIO_SYNC,  /* SQLITE_IOERR_FSYNC */
};

/*
 * Sets the trap: the first operation that the fault can hit and whose number is at least nth fails with it; if lasting,
 * all such operations after it too. Operations are numbered from 1 (the next is disk_operations() + 1). A CUT
 * hits any operation. One trap at a time: a new one replaces the old.
 */
void disk_fail_at(struct disk *, uint64_t nth, enum disk_fault, bool lasting);
void disk_fail_never(struct disk *);       /* takes the trap away */
uint64_t disk_failed(const struct disk *); /* the operation that the last trap struck first; 0: none yet */
bool disk_fails_on(const struct disk *);   /* it struck, and strikes on: a lasting one that is still set */

/* Counted since disk_new: xRead, xWrite, xTruncate, xSync, xDelete and an xOpen that makes a file. */
struct disk_counters {
    uint64_t reads, writes, truncations, syncs, creations, deletions;
    uint64_t bytes_read, bytes_written;
    uint64_t refusals; /* writes for which the capacity had no room */
    uint64_t lies;     /* syncs that said yes and did nothing */
};
uint64_t disk_operations(const struct disk *); /* their sum, without the bytes, refusals and lies */
struct disk_counters disk_counters(const struct disk *);

/* While true, a sync says yes and does nothing, and so does the directory's. */
void disk_lie_about_sync(struct disk *, bool lie);
/* Writes that would make the files larger than bytes in sum end in SQLITE_FULL. UINT64_MAX, at first: no limit. */
void disk_capacity(struct disk *, uint64_t bytes);
/* Bytes that are free within the capacity; UINT64_MAX: no limit. */
uint64_t disk_room(const struct disk *);
/* Turns one bit (0 .. 7) of the byte at offset, synced or not: the medium rots. False: there is no such byte. */
MUST_USE bool disk_flip_bit(struct disk *, const char *path, uint64_t offset, unsigned bit);

/* --- what is on it --- */

/* Sum of the sizes of all files. */
uint64_t disk_bytes(const struct disk *);
/* Size of a file; 0 when there is none. */
uint64_t disk_file_bytes(const struct disk *, const char *path);
/* Content of a file as it reads now, valid until the next call of this; data is NULL when there is none. */
struct bytes disk_file(struct disk *, const char *path);
/*
 * Makes to hold what from holds, all of it synced: a backup, or a restore. No file of to may be open. Its faults,
 * counters and randomness stay its own.
 */
void disk_copy(struct disk *to, const struct disk *from);

/* --- the file system, for its VFS (store_disk_vfs.c) --- */

enum disk_outcome {
    DISK_OK,
    DISK_SHORT,  /* a read beyond the end: the rest is zeros */
    DISK_ABSENT, /* no such file */
    DISK_FULL,
    DISK_BUSY, /* another handle has a lock in the way */
    DISK_IO,   /* no power, a dead handle, or the trap */
};

enum disk_lock {
    DISK_UNLOCKED,
    DISK_SHARED,
    DISK_RESERVED,
    DISK_PENDING,
    DISK_EXCLUSIVE
}; /* SQLite's levels */

struct file;
struct disk_handle {
    struct disk *disk;
    struct file *file; /* NULL: dead since a power cut */
    enum disk_lock lock;
    bool sync_directory;      /* with the next sync */
    struct disk_handle *next; /* of the disk's open handles */
};

/*
 * The handle is the caller's memory and stays where it is until disk_close. sync_directory: if this makes the file, its
 * first sync syncs the directory too.
 */
MUST_USE enum disk_outcome disk_open(struct disk *, const char *path, bool create, bool sync_directory,
                                     struct disk_handle *ret);
void disk_close(struct disk_handle *);
MUST_USE enum disk_outcome disk_read(struct disk_handle *, uint8_t *ret, size_t size, uint64_t offset);
MUST_USE enum disk_outcome disk_write(struct disk_handle *, struct bytes, uint64_t offset);
MUST_USE enum disk_outcome disk_truncate(struct disk_handle *, uint64_t size);
MUST_USE enum disk_outcome disk_sync(struct disk_handle *);
MUST_USE enum disk_outcome disk_size(struct disk_handle *, uint64_t *ret);
MUST_USE enum disk_outcome disk_lock(struct disk_handle *, enum disk_lock wanted);
void disk_unlock(struct disk_handle *, enum disk_lock wanted);
/* Whether another handle or this one holds RESERVED or more. */
bool disk_is_reserved(const struct disk_handle *);
MUST_USE enum disk_outcome disk_delete(struct disk *, const char *path, bool sync_directory);
MUST_USE enum disk_outcome disk_exists(const struct disk *, const char *path, bool *ret);
/* Whether asking for the time is our own bug. */
bool disk_time_is_a_bug(const struct disk *);
/* The next bytes of the disk's own generator (the seed of disk_new). */
void disk_random(struct disk *, uint8_t *ret, size_t size);

#endif
