/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/store_view.h"

#include <string.h>

static const char *text_at(struct query *q, int column, struct arena *arena)
{
    struct bytes copy = arena_copy(arena, bytes_of_text(query_get_text(q, column)));
    return copy.data == NULL ? "" : (const char *)copy.data;
}

size_t store_case_candidates(struct store *store, const char *name, size_t max, struct arena *arena,
                             struct case_candidate *ret)
{
    struct query *q = store_query(store, "SELECT case_id, q, r, q_reference, r_reference FROM case_file"
                                         " WHERE q_reference = ?1 OR r_reference = ?1"
                                         " OR substr(lower(hex(case_id)), 1, length(?1)) = ?1"
                                         " ORDER BY case_id LIMIT ?2");
    size_t count = 0;
    query_text(q, 1, name);
    query_int(q, 2, (int64_t)max);
    while (count < max && query_row(q)) {
        struct case_candidate *candidate = &ret[count++];
        memcpy(candidate->id.bytes, query_get_bytes(q, 0).data, sizeof candidate->id.bytes);
        candidate->q = text_at(q, 1, arena);
        candidate->r = text_at(q, 2, arena);
        candidate->q_reference = text_at(q, 3, arena);
        candidate->r_reference = text_at(q, 4, arena);
    }
    query_end(q);
    return count;
}

uint64_t store_case_count(struct store *store)
{
    struct query *q = store_query(store, "SELECT count(*) FROM case_file");
    uint64_t count = query_row(q) ? (uint64_t)query_get_int(q, 0) : 0;
    query_end(q);
    return count;
}

bool store_case_request(struct store *store, const struct case_id *id, struct arena *arena, struct bytes *ret)
{
    struct query *q = store_query(store, "SELECT letter FROM letter WHERE case_id = ?1 AND seen IS NULL"
                                         " AND case_seq = 1 AND place = ?2");
    struct bytes letter = bytes_of(NULL, 0);
    query_bytes(q, 1, bytes_of(id->bytes, sizeof id->bytes));
    query_int(q, 2, PLACE_EFFECT);
    if (query_row(q)) {
        letter = arena_copy(arena, query_get_bytes(q, 0));
    }
    query_end(q);
    if (letter.data != NULL) {
        *ret = letter;
    }
    return letter.data != NULL;
}
