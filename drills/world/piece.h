/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of simulated disks are made of: pieces of PIECE_BYTES, which several images (image.h) may share until one of
 * them writes. A pool keeps so many in memory, and those that were not used for longest in a scratch file (scratch.h). It
 * takes memory from the system in large pages, which the kernel clears once, and keeps it until its end.
 *
 * Pieces without a pool are on the heap: of disks that are few and small.
 */
#ifndef COMITY_DRILLS_WORLD_PIECE_H
#define COMITY_DRILLS_WORLD_PIECE_H

#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/error.h"
#include "drills/world/scratch.h"

#define PIECE_BYTES       SCRATCH_SLOT_BYTES
#define PIECE_BYTES_LEAST 4096 /* of the one piece of a small file */

struct pieces;
struct piece;

/*
 * A pool of at most bytes_max in memory, and of as much as there is room for in that directory beyond. At least two pieces
 * fit. NULL with an error.
 */
MUST_USE struct pieces *pieces_open(const char *directory, size_t bytes_max, struct error *);
void pieces_close(struct pieces *); /* NULL is allowed; all its pieces were dropped */

/* In pieces of PIECE_BYTES: in memory now; in the scratch file and nowhere else. */
struct pieces_counts {
    size_t in_memory, outside;
    uint64_t written, read; /* so many times so far, to and from the scratch file */
};
struct pieces_counts pieces_counts(const struct pieces *);

/* All of these: the pool is the piece's; NULL, the heap. Running out of memory aborts. */

/* Zeros, with room for bytes of them: PIECE_BYTES, or less, which is always on the heap. */
MUST_USE struct piece *piece_new(struct pieces *, size_t bytes);
size_t piece_bytes(const struct piece *);
/* One more image has it. */
struct piece *piece_share(struct piece *);
void piece_drop(struct pieces *, struct piece *); /* by one of them; NULL is allowed */

/* Its bytes, until the pool is asked for anything else. */
MUST_USE const uint8_t *piece_read(struct pieces *, struct piece *);
/* The same to write to. A piece that others have is copied for that: *piece is then the copy. */
MUST_USE uint8_t *piece_write(struct pieces *, struct piece **piece);

#endif
