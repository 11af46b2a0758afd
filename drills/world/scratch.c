/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/world/scratch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/daemon/files.h"
#include "base/ensure.h"

struct scratch {
    int fd;
    char *directory; /* to tell */
    uint32_t end;    /* slots that the file has had */
    uint32_t *holes; /* of these, free again */
    uint32_t hole_count, hole_room;
};

struct scratch *scratch_open(const char *directory, struct error *error)
{
    int fd = files_unnamed(directory, error);
    if (fd < 0) {
        return NULL;
    }
    struct scratch *scratch = calloc(1, sizeof *scratch);
    ensure(scratch != NULL);
    scratch->fd = fd;
    scratch->directory = calloc(1, strlen(directory) + 1);
    ensure(scratch->directory != NULL);
    memcpy(scratch->directory, directory, strlen(directory));
    return scratch;
}

void scratch_close(struct scratch *scratch)
{
    if (scratch == NULL) {
        return;
    }
    (void)close(scratch->fd);
    free(scratch->directory);
    free(scratch->holes);
    free(scratch);
}

/* The disks of the world cannot be kept: nothing can go on, and no answer to an operation on them would be true. */
static _Noreturn void failed(const struct scratch *scratch, const char *what, const char *why)
{
    (void)fprintf(stderr, "cannot %s the scratch file in %s: %s; make room there and run again\n", what,
                  scratch->directory, why);
    abort();
}

static off_t place_of(uint32_t slot)
{
    return (off_t)slot * SCRATCH_SLOT_BYTES;
}

uint32_t scratch_put(struct scratch *scratch, const uint8_t *slot_bytes)
{
    ensure(scratch->hole_count != 0 || scratch->end != SCRATCH_NOWHERE);
    uint32_t slot = scratch->hole_count != 0 ? scratch->holes[--scratch->hole_count] : scratch->end++;
    for (size_t done = 0; done < SCRATCH_SLOT_BYTES;) {
        ssize_t put =
            pwrite(scratch->fd, slot_bytes + done, SCRATCH_SLOT_BYTES - done, place_of(slot) + (off_t)done);
        if (put == 0 || (put < 0 && errno != EINTR)) {
            failed(scratch, "write", put == 0 ? "it takes no more" : strerror(errno));
        }
        done += put < 0 ? 0 : (size_t)put;
    }
    return slot;
}

void scratch_get(const struct scratch *scratch, uint32_t slot, uint8_t *ret)
{
    ensure(slot < scratch->end);
    for (size_t done = 0; done < SCRATCH_SLOT_BYTES;) {
        ssize_t got = pread(scratch->fd, ret + done, SCRATCH_SLOT_BYTES - done, place_of(slot) + (off_t)done);
        if (got == 0 || (got < 0 && errno != EINTR)) {
            failed(scratch, "read", got == 0 ? "it was cut off" : strerror(errno));
        }
        done += got < 0 ? 0 : (size_t)got;
    }
}

void scratch_free(struct scratch *scratch, uint32_t slot)
{
    ensure(slot < scratch->end && scratch->hole_count < scratch->end);
    if (scratch->hole_count == scratch->hole_room) {
        scratch->hole_room = scratch->hole_room == 0 ? 64 : 2 * scratch->hole_room;
        scratch->holes = realloc(scratch->holes, scratch->hole_room * sizeof *scratch->holes);
        ensure(scratch->holes != NULL);
    }
    scratch->holes[scratch->hole_count++] = slot;
}
