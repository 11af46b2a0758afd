/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/slab.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"

#define CELL_BYTES ((size_t)SECRET_BYTES_MAX)

/* The handle of a cell, in ordinary memory: nothing but the secrets themselves takes up locked pages. */
struct secret {
    struct slab *slab;
    struct secret *next_free;
    size_t size; /* 0 = free */
};

struct slab {
    uint8_t *cells; /* sodium_malloc: guard pages around it, not in core dumps */
    size_t count;
    struct secret *free;
    struct secret handles[];
};

static uint8_t *cell_of(const struct secret *secret)
{
    return secret->slab->cells + (size_t)(secret - secret->slab->handles) * CELL_BYTES;
}

/* sodium_malloc() does not say when its pages could not be locked, so they are locked once more, which does. */
static uint8_t *locked_cells(size_t count, struct error *error)
{
    uint8_t *cells = sodium_allocarray(count, CELL_BYTES);
    if (cells == NULL) {
        error_set(error, "no memory for %zu secret keys", count);
        return NULL;
    }
    if (sodium_mlock(cells, count * CELL_BYTES) != 0) {
        error_set(error,
                  "the memory for %zu secret keys cannot be locked (%s): raise the limit of locked memory "
                  "(ulimit -l, LimitMEMLOCK=)",
                  count, strerror(errno));
        sodium_free(cells);
        return NULL;
    }
    sodium_memzero(cells, count * CELL_BYTES);
    return cells;
}

struct slab *slab_new(size_t cells, struct error *error)
{
    ensure(cells > 0 && cells <= SIZE_MAX / sizeof(struct secret) - 1);
    struct slab *slab = calloc(1, sizeof *slab + cells * sizeof slab->handles[0]);
    if (slab == NULL) {
        error_set(error, "no memory for %zu secret keys", cells);
        return NULL;
    }
    slab->cells = locked_cells(cells, error);
    if (slab->cells == NULL) {
        free(slab);
        return NULL;
    }
    slab->count = cells;
    for (size_t i = cells; i-- > 0;) {
        slab->handles[i] = (struct secret){.slab = slab, .next_free = slab->free};
        slab->free = &slab->handles[i];
    }
    return slab;
}

void slab_free(struct slab *slab)
{
    if (slab == NULL) {
        return;
    }
    sodium_memzero(slab->cells, slab->count * CELL_BYTES);
    sodium_free(slab->cells);
    free(slab);
}

struct secret *secret_new(struct slab *slab, size_t size)
{
    ensure(size > 0 && size <= SECRET_BYTES_MAX);
    struct secret *secret = slab->free;
    if (secret != NULL) {
        slab->free = secret->next_free;
        secret->next_free = NULL;
        secret->size = size;
    }
    return secret;
}

struct secret *secret_of(struct slab *slab, struct bytes from)
{
    struct secret *secret = secret_new(slab, from.size);
    if (secret != NULL) {
        memcpy(cell_of(secret), from.data, from.size);
    }
    return secret;
}

void secret_free(struct secret *secret)
{
    if (secret == NULL) {
        return;
    }
    ensure(secret->size != 0); /* given back twice */
    sodium_memzero(cell_of(secret), CELL_BYTES);
    secret->size = 0;
    secret->next_free = secret->slab->free;
    secret->slab->free = secret;
}

uint8_t *secret_data(struct secret *secret)
{
    ensure(secret->size != 0);
    return cell_of(secret);
}

struct bytes secret_bytes(const struct secret *secret)
{
    ensure(secret->size != 0);
    return bytes_of(cell_of(secret), secret->size);
}
