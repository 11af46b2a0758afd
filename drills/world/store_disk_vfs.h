/* SPDX-License-Identifier: Apache-2.0 */
/* A disk (disk.h) as SQLite sees it. */
#ifndef COMITY_DRILLS_WORLD_STORE_DISK_VFS_H
#define COMITY_DRILLS_WORLD_STORE_DISK_VFS_H

#include "base/attributes.h"

struct disk;
struct disk_vfs;

/* Registers the disk (borrowed) as a VFS of that name, which is copied. */
MUST_USE struct disk_vfs *disk_vfs_new(struct disk *, const char *name);
/* Takes the VFS out of SQLite; NULL is allowed. */
void disk_vfs_free(struct disk_vfs *);

#endif
