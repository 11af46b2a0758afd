/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The content of a file of a simulated disk, from one point of view: a table of pieces (piece.h), where one that is missing
 * is zeros. A file that fits into less than a piece has one of that size. Bytes that are cut off may be kept for a while,
 * because a power cut can bring them back: that is the extent.
 */
#ifndef COMITY_DRILLS_WORLD_IMAGE_H
#define COMITY_DRILLS_WORLD_IMAGE_H

#include "base/bytes.h"
#include "drills/world/piece.h"

#define IMAGE_BYTES_MAX (UINT64_C(1) << 40) /* a larger file is a bug of ours */

struct image {
    size_t size;
    size_t extent;         /* bytes that are kept: size or more */
    struct pieces *pieces; /* where they are; borrowed; NULL: on the heap */
    struct piece **table;  /* of so many as the extent needs */
    size_t count, room;
};

/* An image of nothing is all zeros but for its pieces; done makes it that again. */
void image_done(struct image *);

/* Bytes within the extent. */
void image_read(const struct image *, uint8_t *ret, size_t size, uint64_t offset);
/* Zeros where the offset is beyond the size; these, and what is written, may cover what was kept. */
void image_write(struct image *, struct bytes, uint64_t offset);
/* What is cut off stays within the extent; what is added is zeros. */
void image_resize(struct image *, uint64_t size);
/* What is there, also of another pool. Within one pool no byte is copied before one of the two is written. */
void image_copy(struct image *to, const struct image *from);

/* As it was before a change: these bytes, which are within the extent, and that size. */
void image_put_back(struct image *, struct bytes, uint64_t offset, size_t size);
/* What was cut off does not come back: nothing beyond the size is kept. */
void image_trim(struct image *);
/* Changes the bits of a byte; nothing beyond the extent. */
void image_flip(struct image *, uint64_t offset, uint8_t mask);

#endif
