/* SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE /* anonymous mmap(2), madvise(2) */
#include "drills/world/piece.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/ensure.h"

#define REGION_BYTES     ((size_t)32 * 1024 * 1024) /* asked of the system at once */
#define LARGE_PAGE_BYTES ((size_t)2 * 1024 * 1024)
#define FRAMES_A_REGION  (REGION_BYTES / PIECE_BYTES)

/*
 * In memory where data is set, and in the scratch file where slot is: in both when it was read from there and not written
 * since. A piece of a pool that has PIECE_BYTES is in its list while it is in memory.
 */
struct piece {
    uint8_t *data;
    uint32_t bytes;
    uint32_t images; /* that have it */
    uint32_t slot;
    struct piece *newer, *older; /* of the list, by their last use */
};

/* Memory from the system: begin is what it gave, first the frames in it. */
struct region {
    void *begin;
    size_t size;
    uint8_t *first;
    struct region *next;
};

/* Memory of a piece that is no more. */
struct free_frame {
    struct free_frame *next;
};

struct pieces {
    struct scratch *scratch;
    struct piece *newest, *oldest;
    size_t frames_max, frame_count; /* frames: memory for one piece each, taken of the regions so far */
    struct free_frame *free_frames;
    struct region *regions; /* the first has what was never used */
    size_t unused;          /* of its frames */
    struct pieces_counts counts;
};

struct pieces *pieces_open(const char *directory, size_t bytes_max, struct error *error)
{
    struct scratch *scratch = scratch_open(directory, error);
    if (scratch == NULL) {
        return NULL;
    }
    struct pieces *pieces = calloc(1, sizeof *pieces);
    ensure(pieces != NULL && bytes_max / PIECE_BYTES >= 2);
    pieces->scratch = scratch;
    pieces->frames_max = bytes_max / PIECE_BYTES;
    return pieces;
}

void pieces_close(struct pieces *pieces)
{
    if (pieces == NULL) {
        return;
    }
    ensure(pieces->counts.in_memory == 0 && pieces->counts.outside == 0);
    for (struct region *region = pieces->regions, *next = NULL; region != NULL; region = next) {
        next = region->next;
        (void)munmap(region->begin, region->size);
        free(region);
    }
    scratch_close(pieces->scratch);
    free(pieces);
}

struct pieces_counts pieces_counts(const struct pieces *pieces)
{
    return pieces->counts;
}

/* --- the list --- */

static void list_remove(struct pieces *pieces, struct piece *piece)
{
    *(piece->newer == NULL ? &pieces->newest : &piece->newer->older) = piece->older;
    *(piece->older == NULL ? &pieces->oldest : &piece->older->newer) = piece->newer;
    piece->newer = piece->older = NULL;
}

static void list_add(struct pieces *pieces, struct piece *piece)
{
    piece->older = pieces->newest;
    *(pieces->newest == NULL ? &pieces->oldest : &pieces->newest->newer) = piece;
    pieces->newest = piece;
}

/* --- frames --- */

static void region_add(struct pieces *pieces)
{
    struct region *region = calloc(1, sizeof *region);
    ensure(region != NULL);
    region->size = REGION_BYTES + LARGE_PAGE_BYTES; /* for the frames to begin with a large page */
    region->begin = mmap(NULL, region->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ensure(region->begin != MAP_FAILED);
    size_t past = (size_t)((uintptr_t)region->begin % LARGE_PAGE_BYTES);
    region->first = (uint8_t *)region->begin + (past == 0 ? 0 : LARGE_PAGE_BYTES - past);
    (void)madvise(region->first, REGION_BYTES, MADV_HUGEPAGE); /* it is only slower where there are none */
    region->next = pieces->regions;
    pieces->regions = region;
    pieces->unused = FRAMES_A_REGION;
}

/* The one that was not used for longest goes out. */
static uint8_t *evict(struct pieces *pieces)
{
    struct piece *piece = pieces->oldest;
    uint8_t *frame = piece->data;
    if (piece->slot == SCRATCH_NOWHERE) {
        piece->slot = scratch_put(pieces->scratch, frame);
        pieces->counts.written++;
    }
    list_remove(pieces, piece);
    piece->data = NULL;
    pieces->counts.in_memory--;
    pieces->counts.outside++;
    return frame;
}

/* Memory for a piece; *ret_clean: it is zeros. */
static uint8_t *frame_take(struct pieces *pieces, bool *ret_clean)
{
    *ret_clean = false;
    if (pieces->free_frames != NULL) {
        struct free_frame *frame = pieces->free_frames;
        pieces->free_frames = frame->next;
        return (uint8_t *)frame;
    }
    if (pieces->frame_count == pieces->frames_max) {
        return evict(pieces);
    }
    if (pieces->unused == 0) {
        region_add(pieces);
    }
    *ret_clean = true;
    pieces->frame_count++;
    return pieces->regions->first + (FRAMES_A_REGION - pieces->unused--) * PIECE_BYTES;
}

static void frame_give(struct pieces *pieces, uint8_t *data)
{
    struct free_frame *frame = (struct free_frame *)(void *)data;
    frame->next = pieces->free_frames;
    pieces->free_frames = frame;
}

/* --- pieces --- */

static bool is_pooled(const struct pieces *pieces, const struct piece *piece)
{
    return pieces != NULL && piece->bytes == PIECE_BYTES;
}

static void bring_in(struct pieces *pieces, struct piece *piece, uint8_t *frame)
{
    piece->data = frame;
    list_add(pieces, piece);
    pieces->counts.in_memory++;
}

struct piece *piece_new(struct pieces *pieces, size_t bytes)
{
    struct piece *piece = calloc(1, sizeof *piece);
    bool clean = true;
    ensure(piece != NULL && bytes != 0 && bytes <= PIECE_BYTES);
    *piece = (struct piece){.bytes = (uint32_t)bytes, .images = 1, .slot = SCRATCH_NOWHERE};
    if (!is_pooled(pieces, piece)) {
        piece->data = calloc(1, bytes);
        ensure(piece->data != NULL);
        return piece;
    }
    uint8_t *frame = frame_take(pieces, &clean);
    if (!clean) {
        memset(frame, 0, bytes);
    }
    bring_in(pieces, piece, frame);
    return piece;
}

size_t piece_bytes(const struct piece *piece)
{
    return piece->bytes;
}

struct piece *piece_share(struct piece *piece)
{
    ensure(piece->images < UINT32_MAX);
    piece->images++;
    return piece;
}

static void slot_give(struct pieces *pieces, struct piece *piece)
{
    if (piece->slot != SCRATCH_NOWHERE) {
        scratch_free(pieces->scratch, piece->slot);
        piece->slot = SCRATCH_NOWHERE;
    }
}

void piece_drop(struct pieces *pieces, struct piece *piece)
{
    if (piece == NULL || --piece->images != 0) {
        return;
    }
    if (!is_pooled(pieces, piece)) {
        free(piece->data);
    } else if (piece->data == NULL) {
        pieces->counts.outside--;
        slot_give(pieces, piece);
    } else {
        pieces->counts.in_memory--;
        list_remove(pieces, piece);
        frame_give(pieces, piece->data);
        slot_give(pieces, piece);
    }
    free(piece);
}

/* It is in memory, and was used last. */
static void use(struct pieces *pieces, struct piece *piece)
{
    bool clean = false;
    if (!is_pooled(pieces, piece) || piece == pieces->newest) {
        return;
    }
    if (piece->data != NULL) {
        list_remove(pieces, piece);
        list_add(pieces, piece);
        return;
    }
    uint8_t *frame = frame_take(pieces, &clean);
    scratch_get(pieces->scratch, piece->slot, frame);
    pieces->counts.read++;
    pieces->counts.outside--;
    bring_in(pieces, piece, frame);
}

const uint8_t *piece_read(struct pieces *pieces, struct piece *piece)
{
    use(pieces, piece);
    return piece->data;
}

uint8_t *piece_write(struct pieces *pieces, struct piece **piece)
{
    struct piece *from = *piece;
    use(pieces, from);
    if (from->images != 1) {
        struct piece *copy = piece_new(pieces, from->bytes);
        ensure(from->data != NULL); /* two are in memory at least: the newest stays */
        memcpy(copy->data, from->data, from->bytes);
        from->images--;
        *piece = copy;
    } else if (is_pooled(pieces, from)) {
        slot_give(pieces, from);
    }
    return (*piece)->data;
}
