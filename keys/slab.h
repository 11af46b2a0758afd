/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One locked slab a process for all secrets: sodium_malloc'd pages (guarded, mlocked, not dumped), cut into 64-byte cells.
 * One page a key would run into max_map_count and RLIMIT_MEMLOCK (traps.md).
 */
#ifndef COMITY_KEYS_SLAB_H
#define COMITY_KEYS_SLAB_H

#include "base/attributes.h"
#include "base/bytes.h"
#include "base/error.h"

#define SECRET_BYTES_MAX 64

struct slab;
struct secret; /* a cell: size bytes, locked in memory; wiped when given back */

/* Room for cells secrets. NULL with an error when the memory cannot be locked (fatal: raise RLIMIT_MEMLOCK). */
MUST_USE struct slab *slab_new(size_t cells, struct error *);
void slab_free(struct slab *); /* wipes everything; NULL is allowed */

/* A wiped cell of size <= SECRET_BYTES_MAX bytes; NULL when the slab is full. */
MUST_USE struct secret *secret_new(struct slab *, size_t size);
MUST_USE struct secret *secret_of(struct slab *, struct bytes); /* a copy */
void secret_free(struct secret *);                              /* wipes; NULL is allowed */

uint8_t *secret_data(struct secret *);
struct bytes secret_bytes(const struct secret *);

#endif
