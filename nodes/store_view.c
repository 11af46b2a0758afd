/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/store_view.h"

#include <string.h>

#include "nodes/store_columns.h"
#include "nodes/store_letters.h"

size_t store_case_candidates(struct store *store, const char *name, size_t max, struct arena *arena,
                             struct case_candidate *ret)
{
    struct query *q =
        store_query(store, "SELECT case_id, q, r, q_reference, r_reference FROM case_file" CASE_IS_NAMED
                           " ORDER BY case_id LIMIT ?4");
    size_t count = 0;
    store_case_bind_name(q, name);
    query_int(q, 4, (int64_t)max);
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
