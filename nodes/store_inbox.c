/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/store_inbox.h"

#include <stdio.h>

bool inbox_get(struct node *node, const struct envelope_id *id, struct in_row *ret)
{
    struct query *q =
        store_query(node->store, "SELECT n, party, lane, incarnation, seq, created_ms, accepted_ms,"
                                 " received_ms, in_chain, outcome, reason, letter"
                                 " FROM envelope_in WHERE id = ?1");
    bool found = false;
    query_bytes(q, 1, digest_bytes(&id->digest));
    if (query_row(q)) {
        found = true;
        *ret = (struct in_row){.number = (uint64_t)query_get_int(q, 0),
                               .id = *id,
                               .lane = (enum lane)query_get_int(q, 2),
                               .incarnation = (uint32_t)query_get_int(q, 3),
                               .seq = (uint32_t)query_get_int(q, 4),
                               .created_ms = (uint64_t)query_get_int(q, 5),
                               .accepted_ms = (uint64_t)query_get_int(q, 6),
                               .received_ms = (uint64_t)query_get_int(q, 7),
                               .in_chain = query_get_int(q, 8) != 0,
                               .outcome = (enum in_outcome)query_get_int(q, 9),
                               .reason = (enum reason)query_get_int(q, 10),
                               .has_letter = !query_is_null(q, 11)};
        (void)snprintf(ret->from.text, sizeof ret->from.text, "%s", query_get_text(q, 1));
        if (ret->has_letter) {
            ret->letter.digest = digest_from(query_get_bytes(q, 11));
        }
    }
    query_end(q);
    return found;
}

void store_in_put(struct store *store, const struct in_entry *entry)
{
    const struct envelope *envelope = entry->envelope;
    struct query *q = store_query(
        store,
        "INSERT INTO envelope_in(id, party, lane, incarnation, seq, prev, created_ms, accepted_ms,"
        " received_ms, in_chain, outcome, reason, due, letter, raw)"
        " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)"
        " ON CONFLICT(id) DO UPDATE SET accepted_ms = ?8, received_ms = ?9, in_chain = ?10, outcome = ?11,"
        " reason = ?12, due = ?13, letter = ?14, raw = ?15");
    query_bytes(q, 1, digest_bytes(&envelope->id.digest));
    query_text(q, 2, envelope->chain.from.text);
    query_int(q, 3, (int64_t)envelope->chain.lane);
    query_int(q, 4, envelope->chain.incarnation);
    query_int(q, 5, envelope->head->seq);
    if (envelope->head->prev.len != 0) {
        query_bytes(q, 6, wire_bytes(envelope->head->prev));
    }
    query_int(q, 7, (int64_t)envelope->head->created_ms);
    query_int(q, 8, (int64_t)entry->accepted_ms);
    query_int(q, 9, (int64_t)entry->received_ms);
    query_int(q, 10, entry->in_chain ? 1 : 0);
    query_int(q, 11, (int64_t)entry->outcome);
    query_int(q, 12, (int64_t)entry->reason);
    query_int(q, 13, (int64_t)entry->due);
    if (entry->letter != NULL) {
        query_bytes(q, 14, digest_bytes(&entry->letter->digest));
    }
    if (entry->raw.size != 0) {
        query_bytes(q, 15, entry->raw);
    }
    query_run(q);
}

void store_in_refuse(struct store *store, const struct letter_id *letter, enum reason reason)
{
    struct query *q =
        store_query(store, "UPDATE envelope_in SET outcome = ?2, reason = ?3, due = ?4 WHERE letter = ?1");
    query_bytes(q, 1, digest_bytes(&letter->digest));
    query_int(q, 2, IN_REFUSED);
    query_int(q, 3, (int64_t)reason);
    query_int(q, 4, RECEIPT_REFUSED);
    query_run(q);
}

size_t inbox_unopened(struct node *node, const struct case_id *id, size_t max, struct receipt_item *ret,
                      struct address *ret_from)
{
    /* What stands before the letter itself in its row is looked at first; no LIMIT: it would be sorted in a table of its own. */
    struct query *q =
        store_query(node->store, "SELECT e.id, e.lane, e.incarnation, e.seq, e.party FROM letter l"
                                 " JOIN envelope_in e ON e.id = l.envelope WHERE l.case_id = ?1 AND l.own = 0"
                                 " AND l.opened_here_ms = 0 AND l.place = 1 AND e.outcome = 1 ORDER BY l.n");
    size_t count = 0;
    query_bytes(q, 1, bytes_of(id->bytes, sizeof id->bytes));
    while (count < max && query_row(q)) {
        ret[count++] = (struct receipt_item){.id = {.digest = digest_from(query_get_bytes(q, 0))},
                                             .lane = (enum lane)query_get_int(q, 1),
                                             .incarnation = (uint32_t)query_get_int(q, 2),
                                             .seq = (uint32_t)query_get_int(q, 3)};
        (void)snprintf(ret_from->text, sizeof ret_from->text, "%s", query_get_text(q, 4));
    }
    query_end(q);
    return count;
}
