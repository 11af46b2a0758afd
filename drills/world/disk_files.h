/* SPDX-License-Identifier: Apache-2.0 */
/* The files of a disk (disk.h): how they read, what of them is safe, and what was done since. */
#ifndef COMITY_DRILLS_WORLD_DISK_FILES_H
#define COMITY_DRILLS_WORLD_DISK_FILES_H

#include "drills/world/disk.h"

/* The content of a file from one point of view. */
struct image {
    uint8_t *data;
    size_t size, room;
    struct scratch *scratch; /* where data is; NULL: the heap */
};

/* A file, with or without a name: deleted ones stay while a handle is open or a power cut may bring them back. */
struct file {
    char *path;
    struct image now;  /* as it reads */
    struct image safe; /* as it was synced */
    bool named;        /* the path leads to it now */
    bool safely_named; /* and would after losing all */
    bool replaced;     /* a newer file has safely taken the path: this one cannot come back */
    unsigned open_count;
    struct file *next;
};

/* What was done and is not safe yet, in order, over all files. */
enum change_kind { CHANGE_WRITE, CHANGE_TRUNCATE, CHANGE_CREATE, CHANGE_DELETE };
struct change {
    enum change_kind kind;
    struct file *file;
    uint64_t offset; /* WRITE: where; TRUNCATE: the new size */
    uint8_t *data;   /* WRITE */
    size_t size;
    struct change *next;
};

struct disk_files {
    struct file *first;
    struct change *changes;
    struct change **changes_end;
    struct scratch *scratch; /* of files made from now on; borrowed; NULL: the heap */
};

void disk_files_init(struct disk_files *);
/* Forgets everything; no file may be open. */
void disk_files_clear(struct disk_files *);

/* The file that the path leads to now, or NULL. */
struct file *disk_files_find(const struct disk_files *, const char *path);
/* A new empty file under that name, which is not safe yet; no change is recorded. */
struct file *disk_files_new(struct disk_files *, const char *path);

/* Records what was done to the file; the bytes are copied. */
void disk_files_change(struct disk_files *, enum change_kind, struct file *, struct bytes, uint64_t offset);
/* Takes the file's changes of content out of the list, with_name its naming too: they are safe now, or lost. */
void disk_files_settle(struct disk_files *, const struct file *, bool with_name, bool safe);
/* The directory was synced: all names, and what no longer has one, are safe. */
void disk_files_settle_names(struct disk_files *);
/* Frees the files that no name, no handle and no power cut can lead to any more. */
void disk_files_forget(struct disk_files *);

/* The power was cut: lets survive what the mode lets survive. No file is open. */
void disk_files_survive(struct disk_files *, enum disk_cut, struct turn_source random);

void image_resize(struct image *, uint64_t size);
void image_write(struct image *, struct bytes from, uint64_t offset);
void image_copy(struct image *to, const struct image *from);

#endif
