/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/store_outbox.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define PREFIX_DIGITS_MIN 8

#define OUT_COLUMNS                                                                                          \
    "n, id, letter, party, lane, incarnation, seq, created_ms, expires_ms, accepted_ms, ended_ms, state, "   \
    "reason,"                                                                                                \
    " detail, parked, said, status, status_ms, status_before, seen_ms, here, state > 2 AND body IS NOT "     \
    "NULL,"                                                                                                  \
    " EXISTS(SELECT 1 FROM chain_blocked b WHERE b.party = envelope_out.party AND b.lane = "                 \
    "envelope_out.lane)"

static const char *kept_text(struct arena *arena, const char *text)
{
    struct bytes copy = arena_copy(arena, bytes_of_text(text));
    return copy.data == NULL ? "" : (const char *)copy.data;
}

static void read_row(struct query *q, struct arena *arena, struct out_row *ret)
{
    ret->number = (uint64_t)query_get_int(q, 0);
    ret->id.digest = digest_from(query_get_bytes(q, 1));
    ret->letter.digest = digest_from(query_get_bytes(q, 2));
    (void)snprintf(ret->to.text, sizeof ret->to.text, "%s", query_get_text(q, 3));
    ret->lane = (enum lane)query_get_int(q, 4);
    ret->incarnation = (uint32_t)query_get_int(q, 5);
    ret->seq = (uint32_t)query_get_int(q, 6);
    ret->created_ms = (uint64_t)query_get_int(q, 7);
    ret->expires_ms = (uint64_t)query_get_int(q, 8);
    ret->accepted_ms = (uint64_t)query_get_int(q, 9);
    ret->ended_ms = (uint64_t)query_get_int(q, 10);
    ret->state = (enum out_state)query_get_int(q, 11);
    ret->reason = (enum reason)query_get_int(q, 12);
    ret->detail = kept_text(arena, query_get_text(q, 13));
    ret->parked = query_get_int(q, 14) != 0;
    ret->said = query_get_int(q, 15) != 0;
    ret->status = (uint32_t)query_get_int(q, 16);
    ret->status_ms = (uint64_t)query_get_int(q, 17);
    ret->status_before = (uint64_t)query_get_int(q, 18);
    ret->recipient_seen_ms = (uint64_t)query_get_int(q, 19);
    ret->recipient_here = query_get_int(q, 20) != 0;
    ret->unanswered = query_get_int(q, 21) != 0;
    ret->blocked = query_get_int(q, 22) != 0;
}

static bool read_only_row(struct query *q, struct arena *arena, struct out_row *ret)
{
    bool found = query_row(q);
    if (found) {
        read_row(q, arena, ret);
    }
    query_end(q);
    return found;
}

bool outbox_get(struct node *node, const struct envelope_id *id, struct arena *arena, struct out_row *ret)
{
    struct query *q = store_query(node->store, "SELECT " OUT_COLUMNS " FROM envelope_out WHERE id = ?1");
    query_bytes(q, 1, digest_bytes(&id->digest));
    return read_only_row(q, arena, ret);
}

bool outbox_not_taken(struct node *node, struct arena *arena, struct out_row *ret)
{
    struct query *q =
        store_query(node->store, "SELECT " OUT_COLUMNS " FROM envelope_out WHERE state < 3 AND state = 1"
                                 " ORDER BY reason = 0, n LIMIT 1");
    return read_only_row(q, arena, ret);
}

size_t outbox_of_letter(struct node *node, const struct letter_id *letter, size_t max, struct arena *arena,
                        struct out_row *ret)
{
    struct query *q =
        store_query(node->store, "SELECT " OUT_COLUMNS " FROM envelope_out WHERE letter = ?1 ORDER BY n");
    size_t count = 0;
    query_bytes(q, 1, digest_bytes(&letter->digest));
    while (count < max && query_row(q)) {
        read_row(q, arena, &ret[count++]);
    }
    query_end(q);
    return count;
}

size_t outbox_by_prefix(struct node *node, const char *digits, size_t max, struct envelope_id *ret)
{
    struct query *q =
        store_query(node->store, "SELECT id FROM envelope_out WHERE lower(hex(id)) GLOB ?1 || '*'"
                                 " UNION ALL SELECT id FROM envelope_in"
                                 " WHERE lower(hex(id)) GLOB ?1 || '*' LIMIT ?2");
    size_t count = 0;
    size_t length = strlen(digits);
    bool usable = length >= PREFIX_DIGITS_MIN && strspn(digits, "0123456789abcdef") == length;
    query_text(q, 1, digits);
    query_int(q, 2, usable ? (int64_t)max : 0);
    while (count < max && query_row(q)) {
        ret[count++].digest = digest_from(query_get_bytes(q, 0));
    }
    query_end(q);
    return count;
}

void store_out_put(struct store *store, const struct outgoing *out, struct bytes proof)
{
    struct query *q = store_query(
        store,
        "INSERT INTO envelope_out(id, letter, party, lane, incarnation, seq, created_ms, expires_ms, header,"
        " seal, body, proof, state, reason, parked, said, accepted_ms, ended_ms, status, status_ms,"
        " status_before, seen_ms, here)"
        " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)");
    query_bytes(q, 1, digest_bytes(&out->sealed.id.digest));
    query_bytes(q, 2, digest_bytes(&out->letter.digest));
    query_text(q, 3, out->number.to.text);
    query_int(q, 4, (int64_t)out->number.lane);
    query_int(q, 5, out->number.incarnation);
    query_int(q, 6, out->number.seq);
    query_int(q, 7, (int64_t)out->number.created_ms);
    query_int(q, 8, (int64_t)out->expires_ms);
    query_bytes(q, 9, out->sealed.header);
    query_bytes(q, 10, out->sealed.seal);
    query_bytes(q, 11, out->sealed.body);
    query_bytes(q, 12, proof);
    query_run(q);
}

static size_t take_ids(struct query *q, size_t max, struct envelope_id *ret)
{
    size_t count = 0;
    query_int(q, 1, (int64_t)max);
    while (count < max && query_row(q)) {
        ret[count++].digest = digest_from(query_get_bytes(q, 0));
    }
    query_end(q);
    return count;
}

#define CHAIN_IS_OPEN                                                                                        \
    " AND parked = 0 AND NOT EXISTS(SELECT 1 FROM chain_blocked b WHERE b.party = envelope_out.party"        \
    " AND b.lane = envelope_out.lane) ORDER BY lane, n LIMIT ?1"

size_t store_out_unsent(struct store *store, size_t max, struct envelope_id *ret)
{
    bool open = store_number(store, "SELECT 1 FROM envelope_out WHERE state < 3 AND state = 1 LIMIT 1") != 0;
    bool unanswered =
        store_number(store, "SELECT 1 FROM envelope_out WHERE state > 2 AND body IS NOT NULL LIMIT 1") != 0;
    size_t count =
        !open
            ? 0
            : take_ids(store_query(store,
                                   "SELECT id FROM envelope_out WHERE state < 3 AND state = 1" CHAIN_IS_OPEN),
                       max, ret);
    return count + (!unanswered
                        ? 0
                        : take_ids(store_query(store, "SELECT id FROM envelope_out"
                                                      " WHERE state > 2 AND body IS NOT NULL" CHAIN_IS_OPEN),
                                   max - count, &ret[count]));
}

bool store_out_parts(struct store *store, const struct envelope_id *id, struct arena *arena,
                     struct bytes *ret_header, struct bytes *ret_seal, struct bytes *ret_body,
                     struct bytes *ret_proof)
{
    struct query *q = store_query(
        store, "SELECT header, seal, body, proof FROM envelope_out WHERE id = ?1 AND body IS NOT NULL");
    bool found = false;
    query_bytes(q, 1, digest_bytes(&id->digest));
    if (query_row(q)) {
        *ret_header = arena_copy(arena, query_get_bytes(q, 0));
        *ret_seal = arena_copy(arena, query_get_bytes(q, 1));
        *ret_body = arena_copy(arena, query_get_bytes(q, 2));
        *ret_proof = arena_copy(arena, query_get_bytes(q, 3));
        found = ret_header->data != NULL && ret_seal->data != NULL && ret_body->data != NULL &&
                ret_proof->data != NULL;
    }
    query_end(q);
    return found;
}

void store_out_said(struct store *store, const struct envelope_id *id)
{
    struct query *q = store_query(store, "UPDATE envelope_out SET said = 1 WHERE id = ?1 AND said = 0");
    query_bytes(q, 1, digest_bytes(&id->digest));
    query_run(q);
}

void store_out_accepted(struct store *store, const struct envelope_id *id, uint64_t accepted_ms)
{
    struct query *q = store_query(
        store,
        "UPDATE envelope_out SET state = 2, accepted_ms = ?2, reason = 0, detail = NULL WHERE id = ?1");
    query_bytes(q, 1, digest_bytes(&id->digest));
    query_int(q, 2, (int64_t)accepted_ms);
    query_run(q);
}

void store_out_answered(struct store *store, const struct envelope_id *id, uint64_t accepted_ms)
{
    struct query *q = store_query(
        store, "UPDATE envelope_out SET accepted_ms = ?2, body = NULL WHERE id = ?1 AND state > 2");
    query_bytes(q, 1, digest_bytes(&id->digest));
    query_int(q, 2, (int64_t)accepted_ms);
    query_run(q);
}

bool store_out_unsend(struct store *store, const struct envelope_id *id)
{
    struct query *q = store_query(
        store,
        "UPDATE envelope_out SET state = 1, parked = 0 WHERE id = ?1 AND state < 3 AND body IS NOT NULL");
    query_bytes(q, 1, digest_bytes(&id->digest));
    query_run(q);
    return store_changes(store) != 0;
}

void store_out_unsend_accepted(struct store *store, const char *party)
{
    struct query *q =
        store_query(store, "UPDATE envelope_out SET state = 1 WHERE state < 3 AND state = 2 AND party = ?1");
    query_text(q, 1, party);
    query_run(q);
}

void store_out_end(struct store *store, const struct envelope_id *id, enum out_state state,
                   enum reason reason, uint64_t ended_ms)
{
    struct query *q = store_query(
        store, "UPDATE envelope_out SET state = ?2, reason = ?3, ended_ms = ?4, parked = 0,"
               " body = CASE WHEN ?2 IN (3, 6) AND accepted_ms = 0 THEN body ELSE NULL END WHERE id = ?1");
    query_bytes(q, 1, digest_bytes(&id->digest));
    query_int(q, 2, (int64_t)state);
    query_int(q, 3, (int64_t)reason);
    query_int(q, 4, (int64_t)ended_ms);
    query_run(q);
}

void store_out_waits(struct store *store, const struct envelope_id *id, enum reason reason,
                     const char *detail, bool parked)
{
    struct query *q = store_query(
        store, "UPDATE envelope_out SET reason = CASE WHEN state > 2 THEN reason ELSE ?2 END,"
               " detail = CASE WHEN state > 2 THEN detail ELSE ?3 END, parked = ?4 WHERE id = ?1");
    query_bytes(q, 1, digest_bytes(&id->digest));
    query_int(q, 2, (int64_t)reason);
    query_text(q, 3, detail);
    query_int(q, 4, parked ? 1 : 0);
    query_run(q);
}

void store_out_unpark(struct store *store)
{
    query_run(store_query(store, "UPDATE envelope_out SET parked = 0 WHERE parked = 1"));
}

void store_out_status(struct store *store, const struct envelope_id *id, const struct out_row *row)
{
    struct query *q =
        store_query(store, "UPDATE envelope_out SET status = ?2, status_ms = ?3, status_before = ?4,"
                           " seen_ms = ?5, here = ?6 WHERE id = ?1");
    query_bytes(q, 1, digest_bytes(&id->digest));
    query_int(q, 2, row->status);
    query_int(q, 3, (int64_t)row->status_ms);
    query_int(q, 4, (int64_t)row->status_before);
    query_int(q, 5, (int64_t)row->recipient_seen_ms);
    query_int(q, 6, row->recipient_here ? 1 : 0);
    query_run(q);
}

size_t store_out_expired_unsent(struct store *store, uint64_t now_ms, size_t max, struct envelope_id *ret)
{
    uint64_t next_ms = store_out_expiry_ms(store);
    if (next_ms == 0 || next_ms > now_ms) {
        return 0;
    }
    struct query *q =
        store_query(store, "SELECT id FROM envelope_out WHERE state = 1 AND (said = 0 OR parked = 1)"
                           " AND expires_ms <= ?1 ORDER BY expires_ms, n LIMIT ?2");
    size_t count = 0;
    query_int(q, 1, (int64_t)now_ms);
    query_int(q, 2, (int64_t)max);
    while (count < max && query_row(q)) {
        ret[count++].digest = digest_from(query_get_bytes(q, 0));
    }
    query_end(q);
    return count;
}

uint64_t store_out_expiry_ms(struct store *store)
{
    return store_number(store, "SELECT min(expires_ms) FROM envelope_out"
                               " WHERE state = 1 AND (said = 0 OR parked = 1)");
}

uint64_t outbox_words_owed(struct node *node)
{
    struct query *q =
        store_query(node->store, "SELECT count(*) FROM envelope_out WHERE state > 2 AND body IS NOT NULL");
    return query_number(q);
}
