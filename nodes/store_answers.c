/* SPDX-License-Identifier: Apache-2.0 */
/* What other parties are given back, and told of how far the chains with them are. */
#include <stdio.h>

#include "nodes/store_columns.h"
#include "nodes/store_recall.h"

#define SAID_AGAIN_MAX 256 /* receipts to one sender: as many as a broker keeps of a pair (protocol.md 6.6) */

/* --- answering --- */

bool store_answer_want(struct store *store, const char *party, uint64_t number, struct bytes after,
                       uint64_t loss, uint64_t now_ms)
{
    struct query *known = store_query(store, "SELECT 1 FROM recall_answer WHERE party = ?1 AND loss = ?2");
    query_text(known, 1, party);
    query_int(known, 2, (int64_t)loss);
    bool same = query_any(known);
    struct query *q = store_query(
        store, "INSERT INTO recall_answer(party, number, after, answered, tries, next_ms, asked_ms,"
               " loss) VALUES(?1, ?2, ?3, 0, 0, ?4, ?4, ?5) ON CONFLICT(party) DO UPDATE SET number = ?2, "
               "after = ?3,"
               " tries = 0, asked_ms = ?4, loss = ?5, next_ms = CASE WHEN next_ms > ?4 + 86400000 THEN ?4 "
               "ELSE next_ms END");
    query_text(q, 1, party);
    query_int(q, 2, (int64_t)number);
    if (after.size != 0) {
        query_bytes(q, 3, after);
    }
    query_int(q, 4, (int64_t)now_ms);
    query_int(q, 5, (int64_t)loss);
    query_run(q);
    return !same;
}

static void read_answer(struct query *q, struct answer_row *ret)
{
    *ret = (struct answer_row){.number = (uint64_t)query_get_int(q, 1),
                               .answered = (uint64_t)query_get_int(q, 2),
                               .next_ms = (uint64_t)query_get_int(q, 3),
                               .tries = (unsigned)query_get_int(q, 4)};
    (void)snprintf(ret->party.text, sizeof ret->party.text, "%s", query_get_text(q, 0));
}

bool store_answers_any(struct store *store)
{
    return store_number(store,
                        "SELECT 1 FROM recall_answer WHERE number <> 0 AND envelope IS NULL LIMIT 1") != 0;
}

size_t store_answers_due(struct store *store, uint64_t now_ms, size_t max, struct arena *arena,
                         struct answer_row *ret)
{
    if (!store_answers_any(store)) {
        return 0;
    }
    struct query *q = store_query(
        store, "SELECT party, number, answered, next_ms, tries, after FROM recall_answer WHERE number <> 0"
               " AND envelope IS NULL AND next_ms <= ?1"
               " AND NOT EXISTS(SELECT 1 FROM peer p WHERE p.party = recall_answer.party AND p.waits = 1)"
               " ORDER BY next_ms, party LIMIT ?2");
    size_t count = 0;
    query_int(q, 1, (int64_t)now_ms);
    query_int(q, 2, (int64_t)max);
    while (count < max && query_row(q)) {
        read_answer(q, &ret[count]);
        ret[count++].after = bytes_at(q, 5, arena);
    }
    query_end(q);
    return count;
}

void store_answer_sent(struct store *store, const char *party, const struct envelope_id *envelope,
                       uint64_t next_ms)
{
    struct query *q = store_query(store, "UPDATE recall_answer SET envelope = ?2, answered = number,"
                                         " tries = tries + 1, next_ms = ?3 WHERE party = ?1");
    query_text(q, 1, party);
    query_bytes(q, 2, digest_bytes(&envelope->digest));
    query_int(q, 3, (int64_t)next_ms);
    query_run(q);
}

bool store_answer_of(struct store *store, const struct envelope_id *envelope, struct answer_row *ret)
{
    struct query *q = store_query(store, "SELECT party, number, answered, next_ms, tries FROM recall_answer"
                                         " WHERE envelope = ?1");
    query_bytes(q, 1, digest_bytes(&envelope->digest));
    bool found = query_row(q);
    if (found) {
        read_answer(q, ret);
    }
    query_end(q);
    return found;
}

void store_answer_ended(struct store *store, const char *party, bool wanted, uint64_t next_ms)
{
    struct query *q = store_query(store, "UPDATE recall_answer SET envelope = NULL, next_ms = ?3,"
                                         " number = CASE ?2 WHEN 0 THEN 0 ELSE number END WHERE party = ?1");
    query_text(q, 1, party);
    query_int(q, 2, wanted ? 1 : 0);
    query_int(q, 3, (int64_t)next_ms);
    query_run(q);
}

static size_t read_through(struct query *q, const char *party, size_t max, struct chain_through *ret)
{
    size_t count = 0;
    query_text(q, 1, party);
    query_int(q, 2, (int64_t)max);
    while (count < max && query_row(q)) {
        ret[count++] = (struct chain_through){.lane = (enum lane)query_get_int(q, 0),
                                              .incarnation = (uint32_t)query_get_int(q, 1),
                                              .seq = (uint32_t)query_get_int(q, 2)};
    }
    query_end(q);
    return count;
}

size_t store_chains_received(struct store *store, const char *party, size_t max, struct chain_through *ret)
{
    /* What was answered and is lost was taken here all the same: it does not come again. */
    return read_through(
        store_query(store,
                    "SELECT lane, incarnation, max(through) FROM (SELECT lane, incarnation, through"
                    " FROM chain_in WHERE party = ?1 AND through > 0 UNION ALL"
                    " SELECT lane, incarnation, seq FROM recall_chain WHERE party = ?1 AND side IN (0, 4)"
                    " AND done = 0) GROUP BY lane, incarnation ORDER BY incarnation DESC, lane LIMIT ?2"),
        party, max, ret);
}

size_t store_chains_ended(struct store *store, const char *party, bool by_them, size_t max,
                          struct chain_through *ret)
{
    /*
     * Up to the first that is open, or has ended without the word ACCEPTED, whose time counts. A number that is given in
     * this turn has no row yet. Not of chains with numbers that are lost here: who does not know them cannot say.
     */
    struct query *q = store_query(
        store,
        "SELECT lane, incarnation, told FROM (SELECT lane, incarnation, CASE ?3 WHEN 0 THEN through ELSE"
        " (SELECT max(e.seq) FROM envelope_out e WHERE e.party = ?1 AND e.lane = t.lane"
        "  AND e.incarnation = t.incarnation AND e.seq <= t.through AND e.state IN (3, 4)) END AS told"
        " FROM (SELECT c.lane AS lane, c.incarnation AS incarnation,"
        " min(CASE c.closed WHEN 1 THEN c.seq ELSE coalesce((SELECT max(e.seq) FROM envelope_out e"
        "  WHERE e.party = c.party AND e.lane = c.lane AND e.incarnation = c.incarnation), 0) END,"
        " coalesce((SELECT min(e.seq) - 1 FROM envelope_out e INDEXED BY envelope_out_open"
        "  WHERE e.state < 3 AND e.party = c.party AND e.lane = c.lane"
        "  AND e.incarnation = c.incarnation), c.seq),"
        " coalesce((SELECT min(e.seq) - 1 FROM envelope_out e INDEXED BY envelope_out_unanswered"
        "  WHERE e.state > 2 AND e.body IS NOT NULL AND e.party = c.party AND e.lane = c.lane"
        "  AND e.incarnation = c.incarnation), c.seq)) AS through"
        " FROM chain_out c WHERE c.party = ?1 AND NOT EXISTS(SELECT 1 FROM recall_chain l"
        "  WHERE l.party = c.party AND l.side IN (1, 5) AND l.lane = c.lane AND l.incarnation = "
        "c.incarnation"
        "  AND l.done = 0)) t) WHERE told > 0 ORDER BY incarnation DESC, lane"
        " LIMIT ?2");
    query_int(q, 3, by_them);
    return read_through(q, party, max, ret);
}

/* --- how far the chains are --- */

void store_standing_want(struct store *store, const char *party)
{
    struct query *q = store_query(
        store, "INSERT INTO standing(party, tries) SELECT party, 0 FROM (SELECT party FROM chain_in"
               " UNION SELECT party FROM chain_out) WHERE ?1 IS NULL OR party = ?1"
               " ON CONFLICT(party) DO UPDATE SET envelope = NULL, tries = 0");
    query_text(q, 1, party);
    query_run(q);
}

size_t store_standings_due(struct store *store, size_t max, struct address *ret)
{
    if (store_number(store, "SELECT 1 FROM standing WHERE envelope IS NULL LIMIT 1") == 0) {
        return 0;
    }
    struct query *q = store_query(
        store, "SELECT party FROM standing WHERE envelope IS NULL"
               " AND NOT EXISTS(SELECT 1 FROM peer p WHERE p.party = standing.party AND p.waits = 1)"
               " ORDER BY party LIMIT ?1");
    size_t count = 0;
    query_int(q, 1, (int64_t)max);
    while (count < max && query_row(q)) {
        (void)snprintf(ret[count].text, sizeof ret[count].text, "%s", query_get_text(q, 0));
        count++;
    }
    query_end(q);
    return count;
}

void store_standing_drop(struct store *store, const char *party)
{
    struct query *q = store_query(store, "DELETE FROM standing WHERE party = ?1");
    query_text(q, 1, party);
    query_run(q);
}

void store_standing_sent(struct store *store, const char *party, const struct envelope_id *envelope)
{
    struct query *q =
        store_query(store, "UPDATE standing SET envelope = ?2, tries = tries + 1 WHERE party = ?1");
    query_text(q, 1, party);
    query_bytes(q, 2, digest_bytes(&envelope->digest));
    query_run(q);
}

bool store_standing_ended(struct store *store, const struct envelope_id *envelope, bool again)
{
    struct query *q =
        again ? store_query(store, "UPDATE standing SET envelope = NULL WHERE envelope = ?1 AND tries < 4")
              : store_query(store, "DELETE FROM standing WHERE envelope = ?1");
    query_bytes(q, 1, digest_bytes(&envelope->digest));
    query_run(q);
    return store_changes(store) != 0;
}

bool store_answered_later(struct store *store, const struct in_row *row)
{
    struct query *q = store_query(
        store, "SELECT 1 FROM envelope_in e JOIN receipt_item i ON i.envelope = e.id AND i.kind IN (4, 5)"
               " JOIN receipt r ON r.n = i.receipt WHERE e.party = ?1 AND e.lane = ?2"
               " AND (e.incarnation, e.seq) > (?3, ?4) AND e.in_chain = 1 AND e.n > ?5 AND r.own = 1"
               " AND r.settled = 1 AND i.receipt > (SELECT coalesce(max(receipt), 0) FROM receipt_item"
               " WHERE envelope = ?6 AND kind IN (4, 5)) LIMIT 1");
    query_text(q, 1, row->from.text);
    query_int(q, 2, (int64_t)row->lane);
    query_int(q, 3, row->incarnation);
    query_int(q, 4, row->seq);
    query_int(q, 5, (int64_t)row->number);
    query_bytes(q, 6, digest_bytes(&row->id.digest)); /* receipts are said in their order */
    return query_any(q);
}

void store_answers_untold(struct store *store)
{
    query_run(store_query(store, "UPDATE chain_in SET told = 0 WHERE told <> 0"));
}

void store_answer_told(struct store *store, const char *party, enum lane lane)
{
    struct query *q = store_query(store, "UPDATE chain_in SET told = 1 WHERE party = ?1 AND lane = ?2");
    query_text(q, 1, party);
    query_int(q, 2, (int64_t)lane);
    query_run(q);
    q = store_query(store, "DELETE FROM recall_chain WHERE party = ?1 AND side = 3 AND lane = ?2"
                           " AND incarnation = 0");
    query_text(q, 1, party);
    query_int(q, 2, (int64_t)lane);
    query_run(q);
}

#define IS_FORGOTTEN                                                                                         \
    " FROM chain_in c WHERE c.told = 0 AND EXISTS(SELECT 1 FROM envelope_in e"                               \
    " JOIN receipt_item i ON i.envelope = e.id AND i.kind IN (4, 5) JOIN receipt r ON r.n = i.receipt"       \
    " WHERE e.party = c.party AND e.lane = c.lane AND e.in_chain = 1 AND r.own = 1 AND r.settled = 1)"       \
    " AND NOT EXISTS(SELECT 1 FROM recall_chain n WHERE n.party = c.party AND n.side = 3"                    \
    " AND n.lane = c.lane AND n.incarnation = 0)"

/* The latest to each sender. A REFUSED is not said again: it is given anew when the letter comes again. */
static void say_untold_again(struct store *store)
{
    struct query *q = store_query(
        store,
        "UPDATE receipt SET settled = 0 WHERE own = 1 AND n IN (SELECT receipt FROM (SELECT i.receipt,"
        " dense_rank() OVER (PARTITION BY c.party ORDER BY i.receipt DESC) AS place"
        " FROM chain_in c JOIN envelope_in e ON e.party = c.party AND e.lane = c.lane AND e.in_chain = 1"
        " JOIN receipt_item i ON i.envelope = e.id AND i.kind IN (4, 6) WHERE c.told = 0)"
        " WHERE place <= ?1)");
    query_int(q, 1, SAID_AGAIN_MAX);
    query_run(q);
}

void store_answers_say_later_again(struct store *store, const struct in_row *row)
{
    struct query *q =
        store_query(store, "UPDATE receipt SET settled = 0 WHERE own = 1 AND n IN (SELECT DISTINCT i.receipt"
                           " FROM envelope_in e JOIN receipt_item i ON i.envelope = e.id AND i.kind IN (4, 6)"
                           " WHERE e.party = ?1 AND e.lane = ?2 AND e.n > ?3 AND e.in_chain = 1"
                           " ORDER BY i.receipt DESC LIMIT ?4)");
    query_text(q, 1, row->from.text);
    query_int(q, 2, (int64_t)row->lane);
    query_int(q, 3, (int64_t)row->number);
    query_int(q, 4, SAID_AGAIN_MAX);
    query_run(q);
}

uint64_t store_answers_forgotten(struct store *store)
{
    query_run(store_query(store, "INSERT INTO standing(party, tries) SELECT DISTINCT c.party, 0" IS_FORGOTTEN
                                 " ON CONFLICT(party) DO UPDATE SET envelope = NULL, tries = 0"));
    query_run(store_query(store, "INSERT INTO recall_chain(party, side, lane, incarnation, seq, done)"
                                 " SELECT DISTINCT c.party, 3, c.lane, 0, 0, 1" IS_FORGOTTEN));
    const uint64_t lanes = (uint64_t)store_changes(store);
    if (lanes != 0) {
        say_untold_again(store);
    }
    return lanes;
}
