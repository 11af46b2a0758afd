/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/world/image.h"

#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"

static size_t pieces_for(size_t bytes)
{
    return (bytes + PIECE_BYTES - 1) / PIECE_BYTES;
}

/* How many of size bytes at the offset are in its piece. */
static size_t in_piece(size_t offset, size_t size)
{
    size_t left = PIECE_BYTES - offset % PIECE_BYTES;
    return left < size ? left : size;
}

/* --- the table --- */

static void drop_from(struct image *image, size_t count)
{
    for (size_t i = count; i < image->count; i++) {
        piece_drop(image->pieces, image->table[i]);
        image->table[i] = NULL;
    }
    image->count = count < image->count ? count : image->count;
}

void image_done(struct image *image)
{
    drop_from(image, 0);
    free(image->table);
    image->table = NULL;
    image->count = image->room = 0;
    image->size = image->extent = 0;
}

/* Of the piece at that place, in an image of that extent: only one that has no other may be less. */
static size_t piece_bytes_for(size_t place, size_t extent)
{
    size_t bytes = PIECE_BYTES_LEAST;
    while (bytes < extent && bytes < PIECE_BYTES) {
        bytes *= 2;
    }
    return place == 0 ? bytes : PIECE_BYTES;
}

static void grow_first(struct image *image, size_t bytes)
{
    struct piece *larger = piece_new(image->pieces, bytes);
    uint8_t *to = piece_write(image->pieces, &larger);
    size_t had =
        piece_bytes(image->table[0]); /* less than a piece: on the heap, and no eviction can take it */
    memcpy(to, piece_read(image->pieces, image->table[0]), had);
    piece_drop(image->pieces, image->table[0]);
    image->table[0] = larger;
}

static void extend(struct image *image, size_t extent)
{
    size_t count = pieces_for(extent);
    if (extent <= image->extent) {
        return;
    }
    if (count > image->room) {
        size_t room = count > 2 * image->room ? count : 2 * image->room;
        image->table = realloc(image->table, room * sizeof(struct piece *));
        ensure(image->table != NULL);
        memset(image->table + image->room, 0, (room - image->room) * sizeof(struct piece *));
        image->room = room;
    }
    ensure(image->table != NULL);
    image->count = count;
    image->extent = extent;
    size_t first = piece_bytes_for(0, extent);
    if (image->table[0] != NULL && piece_bytes(image->table[0]) < first) {
        grow_first(image, first);
    }
}

/* The byte at the offset, to be written. */
static uint8_t *at_to_write(struct image *image, size_t offset)
{
    size_t place = offset / PIECE_BYTES;
    if (image->table[place] == NULL) {
        image->table[place] = piece_new(image->pieces, piece_bytes_for(place, image->extent));
    }
    return piece_write(image->pieces, &image->table[place]) + offset % PIECE_BYTES;
}

/* --- bytes within the extent --- */

static void put(struct image *image, struct bytes from, size_t offset)
{
    for (size_t done = 0, size = 0; done < from.size; done += size) {
        size = in_piece(offset + done, from.size - done);
        memcpy(at_to_write(image, offset + done), from.data + done, size);
    }
}

static void put_zeros(struct image *image, size_t from, size_t to)
{
    for (size_t at = from, size = 0; at < to; at += size) {
        struct piece **piece = &image->table[at / PIECE_BYTES];
        size = in_piece(at, to - at);
        if (size == PIECE_BYTES) {
            piece_drop(image->pieces, *piece);
            *piece = NULL;
        } else if (*piece != NULL) {
            memset(at_to_write(image, at), 0, size);
        }
    }
}

void image_read(const struct image *image, uint8_t *ret, size_t size, uint64_t offset)
{
    ensure(offset <= image->extent && size <= image->extent - offset);
    for (size_t done = 0, part = 0; done < size; done += part) {
        size_t at = (size_t)offset + done;
        struct piece *piece = image->table[at / PIECE_BYTES];
        part = in_piece(at, size - done);
        if (piece == NULL) {
            memset(ret + done, 0, part);
        } else {
            memcpy(ret + done, piece_read(image->pieces, piece) + at % PIECE_BYTES, part);
        }
    }
}

/* --- what is done to a file --- */

void image_resize(struct image *image, uint64_t size)
{
    ensure(size <= IMAGE_BYTES_MAX);
    extend(image, (size_t)size);
    if (size > image->size) {
        put_zeros(image, image->size, (size_t)size);
    }
    image->size = (size_t)size;
}

void image_write(struct image *image, struct bytes from, uint64_t offset)
{
    ensure(offset <= IMAGE_BYTES_MAX && from.size <= IMAGE_BYTES_MAX - offset);
    if (from.size == 0) {
        return;
    }
    size_t end = (size_t)offset + from.size;
    extend(image, end);
    if (offset > image->size) {
        put_zeros(image, image->size, (size_t)offset);
    }
    put(image, from, (size_t)offset);
    image->size = end > image->size ? end : image->size;
}

static void copy_piece(struct image *to, const struct image *from, size_t place)
{
    struct piece *piece = from->table[place];
    if (piece != NULL && to->pieces == from->pieces) {
        to->table[place] = piece_share(piece);
    } else if (piece != NULL) {
        to->table[place] = piece_new(to->pieces, piece_bytes(piece));
        memcpy(piece_write(to->pieces, &to->table[place]), piece_read(from->pieces, piece),
               piece_bytes(piece));
    }
}

void image_copy(struct image *to, const struct image *from)
{
    ensure(to != from);
    image_done(to);
    extend(to, from->size);
    for (size_t i = 0; i < to->count; i++) {
        copy_piece(to, from, i);
    }
    to->size = from->size;
}

void image_put_back(struct image *image, struct bytes from, uint64_t offset, size_t size)
{
    ensure(offset <= image->extent && from.size <= image->extent - offset && size <= image->extent);
    put(image, from, (size_t)offset);
    image->size = size;
}

void image_trim(struct image *image)
{
    drop_from(image, pieces_for(image->size));
    image->extent = image->size;
}

void image_flip(struct image *image, uint64_t offset, uint8_t mask)
{
    if (offset < image->extent) {
        *at_to_write(image, (size_t)offset) ^= mask;
    }
}
