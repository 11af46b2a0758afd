/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "nodes/store_columns.h"
#include "nodes/take.h"

bool case_taken(struct store *store, const struct case_id *id, struct public_key *ret, uint64_t *ret_ms)
{
    struct query *q = store_query(store, "SELECT officer, at_ms FROM taken WHERE case_id = ?1");
    query_bytes(q, 1, case_bytes(id));
    bool found = query_row(q);
    if (found) {
        memcpy(ret->bytes, query_get_bytes(q, 0).data, sizeof ret->bytes);
        *ret_ms = (uint64_t)query_get_int(q, 1);
    }
    query_end(q);
    return found;
}

void store_take(struct store *store, const struct case_id *id, const struct public_key *officer,
                uint64_t now_ms)
{
    struct query *q = store_query(store, "INSERT INTO taken(case_id, officer, at_ms) VALUES(?1, ?2, ?3)"
                                         " ON CONFLICT(case_id) DO UPDATE SET officer = ?2, at_ms = ?3");
    query_bytes(q, 1, case_bytes(id));
    query_bytes(q, 2, bytes_of(officer->bytes, sizeof officer->bytes));
    query_int(q, 3, (int64_t)now_ms);
    query_run(q);
}

void store_give_back(struct store *store, const struct case_id *id)
{
    struct query *q = store_query(store, "DELETE FROM taken WHERE case_id = ?1");
    query_bytes(q, 1, case_bytes(id));
    query_run(q);
}

void store_note(struct store *store, const struct case_id *id, uint64_t now_ms, const struct public_key *by,
                const char *text)
{
    struct query *q = store_query(store, "INSERT INTO note(case_id, at_ms, by, text) VALUES(?1, ?2, ?3, ?4)");
    query_bytes(q, 1, case_bytes(id));
    query_int(q, 2, (int64_t)now_ms);
    if (by != NULL) {
        query_bytes(q, 3, bytes_of(by->bytes, sizeof by->bytes));
    }
    query_text(q, 4, text);
    query_run(q);
}

size_t store_notes(struct store *store, const struct case_id *id, size_t max, struct arena *arena,
                   struct note_row *ret)
{
    struct query *q = store_query(store, "SELECT n, at_ms, by, text FROM note WHERE case_id = ?1"
                                         " ORDER BY n DESC LIMIT ?2");
    size_t count = 0;
    query_bytes(q, 1, case_bytes(id));
    query_int(q, 2, (int64_t)max);
    while (count < max && query_row(q)) {
        struct note_row *note = &ret[count++];
        struct bytes text = arena_copy(arena, bytes_of_text(query_get_text(q, 3)));
        *note = (struct note_row){.n = (uint64_t)query_get_int(q, 0),
                                  .at_ms = (uint64_t)query_get_int(q, 1),
                                  .has_by = !query_is_null(q, 2),
                                  .text = text.data == NULL ? "" : (const char *)text.data};
        if (note->has_by) {
            memcpy(note->by.bytes, query_get_bytes(q, 2).data, sizeof note->by.bytes);
        }
    }
    query_end(q);
    return count;
}
