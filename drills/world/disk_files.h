/* SPDX-License-Identifier: Apache-2.0 */
/* The files of a disk (disk.h): how they read, what of them is safe, and what was done since. */
#ifndef COMITY_DRILLS_WORLD_DISK_FILES_H
#define COMITY_DRILLS_WORLD_DISK_FILES_H

#include "drills/world/disk.h"
#include "drills/world/image.h"

/* A file, with or without a name: deleted ones stay while a handle is open or a power cut may bring them back. */
struct file {
    char *path;
    struct image written; /* what was synced, and all that was done since */
    struct image cached;  /* as it reads, where a failed sync lost something */
    bool lossy;           /* it did: the file reads as cached */
    bool named;           /* the path leads to it now */
    bool safely_named;    /* and would after losing all */
    bool replaced;        /* a newer file has safely taken the path: this one cannot come back */
    unsigned open_count;
    struct file *next; /* an older one */
};

/* What was done and is not safe yet, with what it takes to undo it. */
enum change_kind { CHANGE_WRITE, CHANGE_TRUNCATE, CHANGE_CREATE, CHANGE_DELETE };
struct change {
    enum change_kind kind;
    struct file *file;
    size_t offset;      /* WRITE: where; TRUNCATE: the new size */
    uint8_t *written;   /* WRITE, once it was undone: what was written */
    size_t size;        /* of that */
    size_t size_before; /* of the file */
    size_t covers_at;   /* where there were bytes that were lost from its image, */
    uint8_t *covered;   /* which were these */
    size_t covered_size;
};

struct disk_files {
    struct file *first;
    struct change *changes; /* in order, over all files */
    size_t change_count, change_room;
    struct pieces *pieces; /* of files made from now on; borrowed; NULL: the heap */
    bool steady;           /* content is safe at once: only names are in the list of changes */
};

/* Forgets everything; no file may be open. */
void disk_files_clear(struct disk_files *);

/* The file that the path leads to now, or NULL. */
struct file *disk_files_find(const struct disk_files *, const char *path);
/* As it reads. */
const struct image *file_image(const struct file *);

/* What is done to files, and is not safe at first. */
struct file *disk_files_create(struct disk_files *, const char *path);
void disk_files_write(struct disk_files *, struct file *, struct bytes, uint64_t offset);
void disk_files_truncate(struct disk_files *, struct file *, uint64_t size);
void disk_files_delete(struct disk_files *, struct file *);

/* The file was synced: its content and its naming are safe. */
void disk_files_settle(struct disk_files *, struct file *);
/* Its sync failed: what was done to its content since the last one is lost, although it can still be read. */
void disk_files_lose(struct disk_files *, struct file *);
/* The directory was synced: all names, and what no longer has one, are safe. */
void disk_files_settle_names(struct disk_files *);
/* Frees the files that no name, no handle and no power cut can lead to any more. */
void disk_files_forget(struct disk_files *);

/* Turns a bit of a byte of the file, in whatever version of it may come back. */
void disk_files_flip(struct disk_files *, struct file *, uint64_t offset, uint8_t mask);
/* A copy of a file that is safe from the start. */
void disk_files_copy(struct disk_files *, const struct file *);

/* The power was cut: lets survive what the mode lets survive. No file is open. */
void disk_files_survive(struct disk_files *, enum disk_cut, struct turn_source random);

#endif
