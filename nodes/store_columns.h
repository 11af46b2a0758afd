/* SPDX-License-Identifier: Apache-2.0 */
/* What the store_*.c files read from and bind to columns alike. */
#ifndef COMITY_NODES_STORE_COLUMNS_H
#define COMITY_NODES_STORE_COLUMNS_H

#include "base/arena.h"
#include "base/store.h"
#include "proto/ids.h"

static inline struct bytes case_bytes(const struct case_id *id)
{
    return bytes_of(id->bytes, sizeof id->bytes);
}

/* A copy in the arena; "" when it ends. */
static inline const char *text_at(struct query *q, int column, struct arena *arena)
{
    struct bytes copy = arena_copy(arena, bytes_of_text(query_get_text(q, column)));
    return copy.data == NULL ? "" : (const char *)copy.data;
}

/* A copy in the arena; nothing for NULL, and when it ends. */
static inline struct bytes bytes_at(struct query *q, int column, struct arena *arena)
{
    return query_is_null(q, column) ? bytes_of(NULL, 0) : arena_copy(arena, query_get_bytes(q, column));
}

static inline uint64_t number_at(struct query *q, int column)
{
    return (uint64_t)query_get_int(q, column);
}

#endif
