/* SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE /* madvise(2) */
#include "drills/world/scratch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/ensure.h"

#define SMALLEST_BITS 16
#define SIZES         32 /* powers of two: 64 KiB, 128 KiB, ... */

/* A part of the file that was given back. */
struct hole {
    off_t at;
    struct hole *next;
};

/* A part that is taken: where it is in the file. */
struct part {
    void *address;
    size_t size;
    off_t at;
    struct part *next;
};

struct scratch {
    int fd;
    off_t end;
    struct hole *holes[SIZES];
    struct part *parts;
};

struct scratch *scratch_open(const char *directory, struct error *error)
{
    char path[4096];
    int length = snprintf(path, sizeof path, "%s/comity-world-XXXXXX", directory);
    int fd = length < 0 || (size_t)length >= sizeof path ? -1 : mkstemp(path);
    if (fd < 0) {
        error_set(error, "cannot make a scratch file in %s: %s", directory, strerror(errno));
        return NULL;
    }
    (void)unlink(path);
    struct scratch *scratch = calloc(1, sizeof *scratch);
    ensure(scratch != NULL);
    scratch->fd = fd;
    return scratch;
}

void scratch_close(struct scratch *scratch)
{
    if (scratch == NULL) {
        return;
    }
    ensure(scratch->parts == NULL);
    for (size_t i = 0; i < SIZES; i++) {
        for (struct hole *hole = scratch->holes[i], *next = NULL; hole != NULL; hole = next) {
            next = hole->next;
            free(hole);
        }
    }
    (void)close(scratch->fd);
    free(scratch);
}

static size_t class_of(size_t size)
{
    size_t class = 0;
    while (((size_t)1 << (SMALLEST_BITS + class)) < size) {
        class ++;
    }
    ensure(class < SIZES);
    return class;
}

/* The place of a part of that class: one that was given back, or a new one at the end. */
static off_t place(struct scratch *scratch, size_t class)
{
    struct hole *hole = scratch->holes[class];
    off_t at = scratch->end;
    if (hole != NULL) {
        at = hole->at;
        scratch->holes[class] = hole->next;
        free(hole);
    } else {
        scratch->end += (off_t)1 << (SMALLEST_BITS + class);
        ensure(ftruncate(scratch->fd, scratch->end) == 0);
    }
    return at;
}

void *scratch_take(struct scratch *scratch, size_t size, size_t *ret_size)
{
    size_t class = class_of(size);
    struct part *part = calloc(1, sizeof *part);
    ensure(part != NULL);
    *ret_size = (size_t)1 << (SMALLEST_BITS + class);
    part->size = *ret_size;
    part->at = place(scratch, class);
    part->address = mmap(NULL, *ret_size, PROT_READ | PROT_WRITE, MAP_SHARED, scratch->fd, part->at);
    ensure(part->address != MAP_FAILED);
    part->next = scratch->parts;
    scratch->parts = part;
    return part->address;
}

void scratch_give(struct scratch *scratch, void *address, size_t size)
{
    struct part **at = &scratch->parts;
    while (*at != NULL && (*at)->address != address) {
        at = &(*at)->next;
    }
    ensure(*at != NULL);
    struct part *part = *at;
    struct hole *hole = calloc(1, sizeof *hole);
    ensure(hole != NULL);
    *at = part->next;
    hole->at = part->at;
    hole->next = scratch->holes[class_of(size)];
    scratch->holes[class_of(size)] = hole;
    (void)munmap(address, size);
    free(part);
}

void scratch_rest(struct scratch *scratch)
{
    for (struct part *part = scratch->parts; part != NULL; part = part->next) {
        (void)madvise(part->address, part->size, MADV_DONTNEED); /* of a shared mapping: the file keeps it */
    }
}
