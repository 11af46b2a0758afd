/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A layer between SQLite and the VFS beneath it, one for each store: every page of the database carries a checksum of its
 * bytes and its number in its last eight bytes, written as the page is, compared as it is read; the log is watched as
 * store_wal.h says. What SQLite would take for data when a bit rots is an error that names the file and the page.
 *
 * SQLite leaves the last eight bytes of each page alone because the database was made with so many reserved
 * (SQLITE_FCNTL_RESERVE_BYTES before its first page). A database without them is refused as it is opened, before anything is
 * written: the layer never puts a checksum over content. Rules: one connection, exclusive locking, WAL, no memory map, no
 * spilling. The rollback journal with which a database is made is not watched: until WAL is on, nothing was promised.
 */
#ifndef COMITY_BASE_STORE_CHECKSUM_VFS_H
#define COMITY_BASE_STORE_CHECKSUM_VFS_H

#include "base/attributes.h"
#include "base/bytes.h"
#include "base/error.h"

#define STORE_RESERVED_BYTES 8 /* of each page, at its end */

/* What every text about a damaged file ends with. The man pages say under DIAGNOSTICS what comes back by itself. */
#define STORE_WAY_OUT                                                                                        \
    "restore the database from its last backup, or move it and its -wal file away and start with an empty "  \
    "one: see DIAGNOSTICS in comity-broker(8) and comity-node(8)"

struct checksum_vfs;

/*
 * Registers a VFS of its own over the one of that name (NULL: the system's) for the database at path. NULL: no memory, or no
 * VFS of that name. It is freed after the connection that uses it was closed.
 */
MUST_USE struct checksum_vfs *checksum_vfs_new(const char *path, const char *beneath, size_t page_bytes);
void checksum_vfs_free(struct checksum_vfs *); /* NULL is allowed */

const char *checksum_vfs_name(const struct checksum_vfs *);
/* The first damage that was met, with the next step; "" when there was none. */
const char *checksum_vfs_damage(const struct checksum_vfs *);
/* Frames of a commit that was never answered, cut off when the log was opened. */
uint64_t checksum_vfs_dropped_frames(const struct checksum_vfs *);

/* Puts the checksum of page number (from 1) into the last eight bytes of the page. */
void checksum_vfs_seal(uint8_t *page, size_t page_bytes, uint32_t number);

#endif
