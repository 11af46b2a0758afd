/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file that nobody else sees, of slots of SCRATCH_SLOT_BYTES: where pieces of simulated disks are put when there are more
 * of them than memory is wanted for (piece.h). Its directory needs room for them; when there is none, that is said and the
 * process ends.
 */
#ifndef COMITY_DRILLS_WORLD_SCRATCH_H
#define COMITY_DRILLS_WORLD_SCRATCH_H

#include <stdint.h>

#include "base/attributes.h"
#include "base/error.h"

#define SCRATCH_SLOT_BYTES 16384
#define SCRATCH_NOWHERE    UINT32_MAX /* no slot */

struct scratch;

/* An unlinked file in that directory. NULL with an error. */
MUST_USE struct scratch *scratch_open(const char *directory, struct error *);
void scratch_close(struct scratch *); /* NULL is allowed */

/* Writes a slot's bytes to one that is free, which is taken now. */
MUST_USE uint32_t scratch_put(struct scratch *, const uint8_t *slot_bytes);
/* What was put there, which stays. */
void scratch_get(const struct scratch *, uint32_t slot, uint8_t *ret);
/* The slot is free. */
void scratch_free(struct scratch *, uint32_t slot);

#endif
