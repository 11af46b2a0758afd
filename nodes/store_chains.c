/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/store_chains.h"

#include <stdio.h>

#include "proto/limits.h"

static void bind_chain(struct query *q, const char *party, enum lane lane, uint32_t incarnation)
{
    query_text(q, 1, party);
    query_int(q, 2, (int64_t)lane);
    query_int(q, 3, incarnation);
}

bool store_own_head(struct store *store, const char *to, enum lane lane, uint32_t incarnation,
                    struct own_head *ret)
{
    struct query *q = store_query(store, "SELECT incarnation, seq, closed, id, created_ms FROM chain_out"
                                         " WHERE party = ?1 AND lane = ?2 AND (?3 = 0 OR incarnation = ?3)"
                                         " ORDER BY incarnation DESC LIMIT 1");
    bool found = false;
    bind_chain(q, to, lane, incarnation);
    if (query_row(q)) {
        found = true;
        *ret = (struct own_head){.incarnation = (uint32_t)query_get_int(q, 0),
                                 .seq = (uint32_t)query_get_int(q, 1),
                                 .closed = query_get_int(q, 2) != 0,
                                 .created_ms = (uint64_t)query_get_int(q, 4)};
        if (!query_is_null(q, 3)) {
            ret->id = digest_from(query_get_bytes(q, 3));
        }
    }
    query_end(q);
    return found;
}

void store_own_head_put(struct store *store, const char *to, enum lane lane, const struct own_head *head)
{
    struct query *q = store_query(
        store, "INSERT INTO chain_out(party, lane, incarnation, seq, id, created_ms, closed, broker_seq,"
               " behind) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, 0) ON CONFLICT(party, lane, incarnation)"
               " DO UPDATE SET seq = ?4, id = ?5, created_ms = ?6, closed = ?7");
    bind_chain(q, to, lane, head->incarnation);
    query_int(q, 4, head->seq);
    if (!bytes_all_zero(digest_bytes(&head->id))) {
        query_bytes(q, 5, digest_bytes(&head->id));
    }
    query_int(q, 6, (int64_t)head->created_ms);
    query_int(q, 7, head->closed ? 1 : 0);
    query_run(q);
}

void store_own_head_close(struct store *store, const char *to, enum lane lane, uint32_t incarnation)
{
    struct query *q = store_query(
        store,
        "UPDATE chain_out SET closed = 1 WHERE party = ?1 AND lane = ?2 AND incarnation = ?3 AND closed = 0");
    bind_chain(q, to, lane, incarnation);
    query_run(q);
}

void store_own_heads_close(struct store *store, const char *to)
{
    struct query *q =
        to == NULL ? store_query(store, "UPDATE chain_out SET closed = 1 WHERE closed = 0")
                   : store_query(store, "UPDATE chain_out SET closed = 1 WHERE closed = 0 AND party = ?1");
    query_text(q, 1, to);
    query_run(q);
}

void store_broker_heads_clear(struct store *store)
{
    query_run(store_query(store, "UPDATE chain_out SET broker_seq = 0 WHERE broker_seq <> 0"));
}

void store_broker_head(struct store *store, const char *to, enum lane lane, uint32_t incarnation,
                       uint32_t seq)
{
    struct query *q = store_query(
        store, "UPDATE chain_out SET broker_seq = ?4 WHERE party = ?1 AND lane = ?2 AND incarnation = ?3");
    bind_chain(q, to, lane, incarnation);
    query_int(q, 4, seq);
    query_run(q);
}

uint64_t store_broker_behind(struct store *store)
{
    /* Noted by the number the broker fell back to: it stays so until something new is accepted in the chain. */
    struct query *q =
        store_query(store, "UPDATE chain_out SET behind = broker_seq + 1 WHERE behind <> broker_seq + 1"
                           " AND EXISTS(SELECT 1 FROM envelope_out e WHERE e.party = chain_out.party"
                           " AND e.lane = chain_out.lane AND e.incarnation = chain_out.incarnation"
                           " AND e.seq > chain_out.broker_seq AND e.state BETWEEN 2 AND 6)");
    query_run(q);
    uint64_t chains = (uint64_t)store_changes(store);
    if (chains != 0) {
        query_run(store_query(store,
                              "INSERT INTO standing(party, tries) SELECT DISTINCT party, 0 FROM chain_out"
                              " WHERE behind = broker_seq + 1"
                              " ON CONFLICT(party) DO UPDATE SET envelope = NULL, tries = 0"));
    }
    return chains;
}

bool store_own_number_is_open(struct store *store, const char *to, enum lane lane, uint32_t incarnation,
                              uint32_t seq)
{
    struct query *q = store_query(store, "SELECT 1 FROM envelope_out WHERE party = ?1 AND lane = ?2"
                                         " AND incarnation = ?3 AND seq = ?4 AND state IN (1, 2)");
    bind_chain(q, to, lane, incarnation);
    query_int(q, 4, seq);
    return query_any(q);
}

uint64_t store_own_unsend_lost(struct store *store)
{
    struct query *q = store_query(store, "UPDATE envelope_out SET state = 1 WHERE state < 3 AND state = 2 "
                                         "AND seq > (SELECT broker_seq FROM chain_out c"
                                         " WHERE c.party = envelope_out.party AND c.lane = envelope_out.lane"
                                         " AND c.incarnation = envelope_out.incarnation)");
    query_run(q);
    return (uint64_t)store_changes(store);
}

void store_own_unsend_overdue(struct store *store, uint64_t now_ms)
{
    struct query *q = store_query(store, "UPDATE envelope_out SET state = 1 WHERE state < 3 AND state = 2"
                                         " AND expires_ms + 86400000 < ?1");
    query_int(q, 1, (int64_t)now_ms);
    query_run(q);
}

bool store_own_number_id(struct store *store, const char *to, enum lane lane, uint32_t incarnation,
                         uint32_t seq, struct digest *ret)
{
    struct query *q = store_query(store, "SELECT id FROM envelope_out WHERE party = ?1 AND lane = ?2"
                                         " AND incarnation = ?3 AND seq = ?4");
    bool found = false;
    bind_chain(q, to, lane, incarnation);
    query_int(q, 4, seq);
    if (query_row(q)) {
        found = true;
        *ret = digest_from(query_get_bytes(q, 0));
    }
    query_end(q);
    return found;
}

void own_chain_block(struct node *node, const char *to, enum lane lane)
{
    struct query *q =
        store_query(node->store, "INSERT OR IGNORE INTO chain_blocked(party, lane) VALUES(?1, ?2)");
    query_text(q, 1, to);
    query_int(q, 2, (int64_t)lane);
    query_run(q);
}

void own_chains_unblock(struct node *node)
{
    query_run(store_query(node->store, "DELETE FROM chain_blocked"));
}

void own_chain_void(struct node *node, const struct own_number *number, const struct envelope_id *id)
{
    struct query *q =
        store_query(node->store, "INSERT OR IGNORE INTO chain_void(party, lane, incarnation, seq, id)"
                                 " VALUES(?1, ?2, ?3, ?4, ?5)");
    bind_chain(q, number->to.text, number->lane, number->incarnation);
    query_int(q, 4, number->seq);
    query_bytes(q, 5, digest_bytes(&id->digest));
    query_run(q);
}

/* Mostly there is none. */
static bool any_void(struct node *node)
{
    return store_number(node->store, "SELECT 1 FROM chain_void LIMIT 1") != 0;
}

size_t own_chain_voided(struct node *node, const char *to, enum lane lane, struct arena *arena,
                        Comity__Head ***ret)
{
    Comity__Head **heads = any_void(node) ? arena_zero(arena, GOSSIP_HEADS_MAX, sizeof *heads) : NULL;
    size_t count = 0;
    if (heads == NULL) {
        return 0;
    }
    struct query *q = store_query(node->store, "SELECT lane, incarnation, seq, id FROM chain_void"
                                               " WHERE party = ?1 AND lane = ?2 AND told IS NULL"
                                               " ORDER BY incarnation, seq LIMIT 64");
    query_text(q, 1, to);
    query_int(q, 2, (int64_t)lane);
    while (count < GOSSIP_HEADS_MAX && query_row(q)) {
        Comity__Head *head = arena_take(arena, sizeof *head);
        if (head == NULL) {
            break;
        }
        comity__head__init(head);
        head->lane = (uint32_t)query_get_int(q, 0);
        head->incarnation = (uint32_t)query_get_int(q, 1);
        head->seq = (uint32_t)query_get_int(q, 2);
        head->id = wire_binary(arena_copy(arena, query_get_bytes(q, 3)));
        heads[count++] = head;
    }
    query_end(q);
    *ret = heads;
    return count;
}

void own_chain_voided_told(struct node *node, const char *to, enum lane lane, const struct envelope_id *in)
{
    if (!any_void(node)) {
        return;
    }
    struct query *q = store_query(
        node->store, "UPDATE chain_void SET told = ?3 WHERE (party, lane, incarnation, seq) IN"
                     " (SELECT party, lane, incarnation, seq FROM chain_void WHERE party = ?1 AND lane = ?2"
                     " AND told IS NULL ORDER BY incarnation, seq LIMIT 64)");
    query_text(q, 1, to);
    query_int(q, 2, (int64_t)lane);
    query_bytes(q, 3, digest_bytes(&in->digest));
    query_run(q);
}

void own_chain_voided_known(struct node *node, const struct envelope_id *in, bool delivered)
{
    if (!any_void(node)) {
        return;
    }
    struct query *q = delivered
                          ? store_query(node->store, "DELETE FROM chain_void WHERE told = ?1")
                          : store_query(node->store, "UPDATE chain_void SET told = NULL WHERE told = ?1");
    query_bytes(q, 1, digest_bytes(&in->digest));
    query_run(q);
}

/* --- chains of others --- */

void in_chain_link(struct node *node, const struct in_chain *chain, uint32_t seq, struct chain_link *ret)
{
    struct query *q =
        store_query(node->store, "SELECT id, prev, created_ms FROM envelope_in WHERE party = ?1 AND lane = ?2"
                                 " AND incarnation = ?3 AND seq = ?4 AND in_chain = 1");
    *ret = (struct chain_link){.known = false};
    bind_chain(q, chain->from.text, chain->lane, chain->incarnation);
    query_int(q, 4, seq);
    if (query_row(q)) {
        ret->known = true;
        ret->id = digest_from(query_get_bytes(q, 0));
        if (!query_is_null(q, 1)) {
            ret->prev = digest_from(query_get_bytes(q, 1));
        }
        ret->created_ms = (uint64_t)query_get_int(q, 2);
    }
    query_end(q);
}

void store_in_chain_get(struct store *store, const struct in_chain *chain, struct in_state *ret)
{
    struct query *q = store_query(store, "SELECT through, highest, asked FROM chain_in"
                                         " WHERE party = ?1 AND lane = ?2 AND incarnation = ?3");
    *ret = (struct in_state){.through = 0};
    bind_chain(q, chain->from.text, chain->lane, chain->incarnation);
    if (query_row(q)) {
        ret->through = (uint32_t)query_get_int(q, 0);
        ret->highest = (uint32_t)query_get_int(q, 1);
        ret->asked = (uint32_t)query_get_int(q, 2);
    }
    query_end(q);
}

void store_in_chain_put(struct store *store, const struct in_chain *chain, const struct in_state *state)
{
    struct query *q =
        store_query(store, "INSERT INTO chain_in(party, lane, incarnation, through, highest, asked)"
                           " VALUES(?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT(party, lane, incarnation)"
                           " DO UPDATE SET through = ?4, highest = ?5, asked = ?6");
    bind_chain(q, chain->from.text, chain->lane, chain->incarnation);
    query_int(q, 4, state->through);
    query_int(q, 5, state->highest);
    query_int(q, 6, state->asked);
    query_run(q);
}

void store_in_chain_ended(struct store *store, const struct in_chain *chain, uint32_t seq)
{
    struct query *q =
        store_query(store, "INSERT INTO chain_in(party, lane, incarnation, through, highest, asked)"
                           " VALUES(?1, ?2, ?3, ?4, ?4, 0) ON CONFLICT(party, lane, incarnation)"
                           " DO UPDATE SET through = max(through, ?4), highest = max(highest, ?4)");
    bind_chain(q, chain->from.text, chain->lane, chain->incarnation);
    query_int(q, 4, seq);
    query_run(q);
}

bool store_in_number_known(struct store *store, const struct in_chain *chain, uint32_t seq)
{
    struct query *q = store_query(
        store, "SELECT 1 FROM envelope_in WHERE party = ?1 AND lane = ?2 AND incarnation = ?3 AND seq = ?4"
               " AND in_chain = 1 UNION ALL SELECT 1 FROM chain_gone WHERE party = ?1 AND lane = ?2"
               " AND incarnation = ?3 AND seq = ?4 LIMIT 1");
    bind_chain(q, chain->from.text, chain->lane, chain->incarnation);
    query_int(q, 4, seq);
    return query_any(q);
}

void store_in_number_gone(struct store *store, const struct in_chain *chain, uint32_t seq)
{
    struct query *q = store_query(
        store, "INSERT OR IGNORE INTO chain_gone(party, lane, incarnation, seq) VALUES(?1, ?2, ?3, ?4)");
    bind_chain(q, chain->from.text, chain->lane, chain->incarnation);
    query_int(q, 4, seq);
    query_run(q);
}

static void read_gap(struct query *q, struct in_chain *ret, struct in_state *ret_state)
{
    (void)snprintf(ret->from.text, sizeof ret->from.text, "%s", query_get_text(q, 0));
    ret->lane = (enum lane)query_get_int(q, 1);
    ret->incarnation = (uint32_t)query_get_int(q, 2);
    *ret_state = (struct in_state){.through = (uint32_t)query_get_int(q, 3),
                                   .highest = (uint32_t)query_get_int(q, 4),
                                   .asked = (uint32_t)query_get_int(q, 5)};
}

bool store_in_gaps_any(struct store *store)
{
    return store_number(store, "SELECT 1 FROM chain_in WHERE through < highest LIMIT 1") != 0;
}

size_t store_in_gaps(struct store *store, const char *from, size_t max, struct in_chain *ret,
                     struct in_state *ret_state)
{
    struct query *q =
        store_query(store, "SELECT party, lane, max(incarnation), through, highest, asked FROM chain_in"
                           " WHERE through < highest AND (?1 IS NULL OR party = ?1)"
                           " GROUP BY party, lane ORDER BY party, lane");
    size_t count = 0;
    query_text(q, 1, from);
    while (count < max && query_row(q)) {
        read_gap(q, &ret[count], &ret_state[count]);
        count++;
    }
    query_end(q);
    return count;
}

size_t store_in_gaps_old(struct store *store, uint64_t created_ms, size_t max, struct in_chain *ret,
                         struct in_state *ret_state, uint32_t *ret_next)
{
    if (!store_in_gaps_any(store)) {
        return 0;
    }
    struct query *q = store_query(
        store,
        "SELECT c.party, c.lane, c.incarnation, c.through, c.highest, c.asked, e.seq FROM chain_in c"
        " JOIN envelope_in e ON e.party = c.party AND e.lane = c.lane AND e.incarnation = c.incarnation"
        " AND e.in_chain = 1 AND e.seq = (SELECT min(n.seq) FROM envelope_in n WHERE n.party = c.party"
        "  AND n.lane = c.lane AND n.incarnation = c.incarnation AND n.in_chain = 1"
        "  AND n.seq > c.through)"
        " WHERE c.through < c.highest AND e.created_ms <= ?1"
        " ORDER BY c.party, c.lane, c.incarnation LIMIT ?2");
    size_t count = 0;
    query_int(q, 1, (int64_t)created_ms);
    query_int(q, 2, (int64_t)max);
    while (count < max && query_row(q)) {
        read_gap(q, &ret[count], &ret_state[count]);
        ret_next[count++] = (uint32_t)query_get_int(q, 6);
    }
    query_end(q);
    return count;
}

void store_fork_put(struct store *store, const struct envelope *envelope, uint64_t seen_ms, struct bytes raw)
{
    struct query *q =
        store_query(store, "INSERT OR IGNORE INTO chain_fork(id, party, lane, incarnation, seq, seen_ms, raw)"
                           " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)");
    query_bytes(q, 1, digest_bytes(&envelope->id.digest));
    query_text(q, 2, envelope->chain.from.text);
    query_int(q, 3, (int64_t)envelope->chain.lane);
    query_int(q, 4, envelope->chain.incarnation);
    query_int(q, 5, envelope->head->seq);
    query_int(q, 6, (int64_t)seen_ms);
    query_bytes(q, 7, raw);
    query_run(q);
}
