/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/store_prepared.h"

#include <string.h>

void store_prepared_put(struct store *store, const struct prepared_row *row)
{
    struct query *q =
        store_query(store, "INSERT OR IGNORE INTO prepared(id, context, letter, made_ms, made_by)"
                           " VALUES(?1, ?2, ?3, ?4, ?5)");
    query_bytes(q, 1, digest_bytes(&row->id.digest));
    query_bytes(q, 2, row->context);
    query_bytes(q, 3, row->letter);
    query_int(q, 4, (int64_t)row->made_ms);
    query_text(q, 5, row->by);
    query_run(q);
}

void store_prepared_sign(struct store *store, const struct letter_id *id, size_t signer, struct bytes proof)
{
    struct query *q =
        store_query(store, "INSERT OR IGNORE INTO prepared_proof(id, signer, proof) VALUES(?1, ?2, ?3)");
    query_bytes(q, 1, digest_bytes(&id->digest));
    query_int(q, 2, (int64_t)signer);
    query_bytes(q, 3, proof);
    query_run(q);
}

static bool get_proofs(struct store *store, const struct letter_id *id, struct arena *arena,
                       struct bytes ret[SIGNERS_MAX])
{
    bool good = true;
    struct query *q = store_query(store, "SELECT signer, proof FROM prepared_proof WHERE id = ?1");
    query_bytes(q, 1, digest_bytes(&id->digest));
    while (query_row(q)) {
        int64_t signer = query_get_int(q, 0);
        if (signer >= 0 && signer < SIGNERS_MAX) {
            ret[signer] = arena_copy(arena, query_get_bytes(q, 1));
            good = good && ret[signer].data != NULL;
        }
    }
    return good;
}

bool store_prepared_get(struct store *store, const struct letter_id *id, struct arena *arena,
                        struct prepared_row *ret)
{
    struct prepared_row row = {.id = *id};
    struct query *q =
        store_query(store, "SELECT context, letter, made_ms, made_by FROM prepared WHERE id = ?1");
    query_bytes(q, 1, digest_bytes(&id->digest));
    bool found = query_row(q);
    if (found) {
        row.context = arena_copy(arena, query_get_bytes(q, 0));
        row.letter = arena_copy(arena, query_get_bytes(q, 1));
        row.made_ms = (uint64_t)query_get_int(q, 2);
        row.by = (const char *)arena_copy(arena, bytes_of_text(query_get_text(q, 3))).data;
    }
    query_end(q);
    if (!found || row.context.data == NULL || row.letter.data == NULL || row.by == NULL ||
        !get_proofs(store, id, arena, row.proofs)) {
        return false;
    }
    *ret = row;
    return true;
}

size_t store_prepared_list(struct store *store, struct letter_id ret[PREPARED_MAX])
{
    size_t count = 0;
    struct query *q = store_query(store, "SELECT id FROM prepared ORDER BY made_ms, id LIMIT ?1");
    query_int(q, 1, PREPARED_MAX);
    while (query_row(q)) {
        ret[count++].digest = digest_from(query_get_bytes(q, 0));
    }
    return count;
}

void store_prepared_drop(struct store *store, const struct letter_id *id)
{
    struct query *q = store_query(store, "DELETE FROM prepared_proof WHERE id = ?1");
    query_bytes(q, 1, digest_bytes(&id->digest));
    query_run(q);
    q = store_query(store, "DELETE FROM prepared WHERE id = ?1");
    query_bytes(q, 1, digest_bytes(&id->digest));
    query_run(q);
}

uint64_t store_prepared_oldest_ms(struct store *store)
{
    return store_number(store, "SELECT min(made_ms) FROM prepared");
}

void store_prepared_expire(struct store *store, uint64_t made_ms)
{
    uint64_t oldest_ms = store_prepared_oldest_ms(store);
    if (oldest_ms == 0 || oldest_ms > made_ms) {
        return;
    }
    struct query *q = store_query(store, "DELETE FROM prepared_proof WHERE id IN"
                                         " (SELECT id FROM prepared WHERE made_ms <= ?1)");
    query_int(q, 1, (int64_t)made_ms);
    query_run(q);
    q = store_query(store, "DELETE FROM prepared WHERE made_ms <= ?1");
    query_int(q, 1, (int64_t)made_ms);
    query_run(q);
}
