/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that is given out piece by piece and taken back all at once, under a hard cap: what one input or one
 * turn may use. Exhaustion is an outcome (NULL), never an abort, because a peer can bring it about.
 */
#ifndef COMITY_BASE_ARENA_H
#define COMITY_BASE_ARENA_H

#include <stdarg.h>

#include "base/attributes.h"
#include "base/bytes.h"

struct arena;

/*
 * An arena that never gives out more than bytes_max bytes; the blocks behind it are at most twice that and 32 KiB,
 * whatever sizes are asked for. NULL when the system has no memory.
 */
MUST_USE struct arena *arena_new(size_t bytes_max);
void arena_free(struct arena *); /* NULL is allowed */

/* size bytes, aligned for any type, content undefined; NULL when the cap or the system's memory is reached. */
MUST_USE void *arena_take(struct arena *, size_t size);

/* The same, all zero. */
MUST_USE void *arena_zero(struct arena *, size_t count, size_t size);

/* A copy of the bytes with a zero byte after them (not counted in the size). data is NULL on exhaustion. */
MUST_USE struct bytes arena_copy(struct arena *, struct bytes);

/* A formatted string; NULL on exhaustion. */
MUST_USE char *arena_format(struct arena *, const char *format, ...) PRINTF_LIKE(2, 3);
MUST_USE char *arena_format_list(struct arena *, const char *format, va_list) PRINTF_LIKE(2, 0);

/* Forgets everything taken; memory for as much is kept for the next round, up to a MiB. */
void arena_reset(struct arena *);

/* Bytes taken since the last reset, and whether a take has failed since then. */
size_t arena_used(const struct arena *);
bool arena_exhausted(const struct arena *);

#endif
