/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory in a file that nobody else sees: for the disks of worlds that are larger than the memory of the machine. Pages are
 * written there when memory is short. The directory needs as much room as the world's disks; a full one ends the process (SIGBUS).
 */
#ifndef COMITY_DRILLS_WORLD_SCRATCH_H
#define COMITY_DRILLS_WORLD_SCRATCH_H

#include <stddef.h>

#include "base/attributes.h"
#include "base/error.h"

struct scratch;

/* An unlinked file in that directory. NULL with an error. */
MUST_USE struct scratch *scratch_open(const char *directory, struct error *);
void scratch_close(struct scratch *); /* NULL is allowed; nothing taken from it is used any more */

/* At least size bytes, of any content; *ret_size: how many. Running out of address space aborts. */
void *scratch_take(struct scratch *, size_t size, size_t *ret_size);
/* Gives back what was taken, with the size that was got. */
void scratch_give(struct scratch *, void *, size_t size);
/* None of it is in memory for a while; what is read or written then comes back from the file. */
void scratch_rest(struct scratch *);

#endif
