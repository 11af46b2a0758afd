/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_BYTES    ((size_t)16 * 1024)
#define KEPT_BYTES_MAX ((size_t)1024 * 1024) /* of one round for the next */

struct block {
    struct block *next; /* the older one */
    size_t size;        /* of what follows the header */
    size_t used;
    alignas(max_align_t) uint8_t bytes[];
};

struct arena {
    struct block *newest; /* the oldest is the one that a reset keeps */
    size_t bytes_max;
    size_t used;
    size_t round_bytes; /* of the largest round, up to KEPT_BYTES_MAX: the oldest block holds as much */
    bool exhausted;
};

struct arena *arena_new(size_t bytes_max)
{
    struct arena *arena = calloc(1, sizeof *arena);
    if (arena != NULL) {
        arena->bytes_max = bytes_max;
    }
    return arena;
}

void arena_free(struct arena *arena)
{
    if (arena == NULL) {
        return;
    }
    for (struct block *b = arena->newest, *older; b != NULL; b = older) {
        older = b->next;
        free(b);
    }
    free(arena);
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

static struct block *block_new(struct block *next, size_t size)
{
    struct block *b = size > SIZE_MAX - sizeof *b ? NULL : malloc(sizeof *b + size);
    if (b != NULL) {
        b->next = next;
        b->size = size;
        b->used = 0;
    }
    return b;
}

static void *exhaust(struct arena *arena)
{
    arena->exhausted = true;
    return NULL;
}

void *arena_take(struct arena *arena, size_t size)
{
    size_t rounded = (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
    if (rounded < size || rounded > arena->bytes_max - arena->used) {
        return exhaust(arena);
    }
    struct block *b = arena->newest;
    if (b == NULL || b->size - b->used < rounded) {
        size_t least = b == NULL ? larger(arena->round_bytes, BLOCK_BYTES) : BLOCK_BYTES;
        b = block_new(b, larger(rounded, least));
        if (b == NULL) {
            return exhaust(arena);
        }
        arena->newest = b;
    }
    void *taken = b->bytes + b->used;
    b->used += rounded;
    arena->used += rounded;
    return taken;
}

void *arena_zero(struct arena *arena, size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size) {
        return exhaust(arena);
    }
    void *taken = arena_take(arena, count * size);
    if (taken != NULL) {
        memset(taken, 0, count * size);
    }
    return taken;
}

struct bytes arena_copy(struct arena *arena, struct bytes from)
{
    uint8_t *to = from.size < SIZE_MAX ? arena_take(arena, from.size + 1) : exhaust(arena);
    if (to == NULL) {
        return bytes_of(NULL, 0);
    }
    if (from.size != 0) {
        memcpy(to, from.data, from.size);
    }
    to[from.size] = 0;
    return bytes_of(to, from.size);
}

char *arena_format_list(struct arena *arena, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    char *text = length < 0 ? exhaust(arena) : arena_take(arena, (size_t)length + 1);
    if (text != NULL) {
        (void)vsnprintf(text, (size_t)length + 1, format, again);
    }
    va_end(again);
    return text;
}

char *arena_format(struct arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = arena_format_list(arena, format, args);
    va_end(args);
    return text;
}

/* A block that was too small for the round goes, too: the next round begins with one that is not. */
void arena_reset(struct arena *arena)
{
    arena->round_bytes =
        larger(arena->round_bytes, arena->used < KEPT_BYTES_MAX ? arena->used : KEPT_BYTES_MAX);
    while (arena->newest != NULL &&
           (arena->newest->next != NULL || arena->newest->size < arena->round_bytes)) {
        struct block *older = arena->newest->next;
        free(arena->newest);
        arena->newest = older;
    }
    if (arena->newest != NULL) {
        arena->newest->used = 0;
    }
    arena->used = 0;
    arena->exhausted = false;
}

size_t arena_used(const struct arena *arena)
{
    return arena->used;
}

bool arena_exhausted(const struct arena *arena)
{
    return arena->exhausted;
}
