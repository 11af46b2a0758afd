/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/store_view.h"

#include <string.h>

#include "nodes/store_letters.h"

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
                                         " OR case_id BETWEEN ?3 AND ?4 ORDER BY case_id LIMIT ?2");
    struct case_id low, high;
    size_t count = 0;
    query_text(q, 1, name);
    query_int(q, 2, (int64_t)max);
    if (store_case_is_prefix(name)) {
        store_case_range(name, &low, &high);
        query_bytes(q, 3, bytes_of(low.bytes, sizeof low.bytes));
        query_bytes(q, 4, bytes_of(high.bytes, sizeof high.bytes));
    }
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
