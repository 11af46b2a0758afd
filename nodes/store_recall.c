/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/store_recall.h"

#include <stdio.h>
#include <string.h>

#include "nodes/store_columns.h"

/* What another showing leaves as it is: the time in which this party may hold up its cases runs on. */
#define RUNS_ON                                                                                              \
    "(excluded.shown = 1 AND (?2 BETWEEN recall.shown_ms AND recall.shown_ms + ?5 - 1"                       \
    " OR (recall.shown = 1 AND recall.done_ms = 0)))"
/* When the last half day of a recall begins: nothing of before the loss is on its way. */
#define ENDED_MS "(CASE shown WHEN 1 THEN min(lost_ms, shown_ms) ELSE lost_ms END + ?2)"

#define RECALL_COLUMNS                                                                                       \
    "party, lost_ms, pass_ms, next_ms, done_ms, number, letters, tries, passes, envelope, held, after, "     \
    "loss,"                                                                                                  \
    " pages"

/* --- what the heads showed --- */

bool store_recall_note(struct store *store, const char *party, enum recall_side side, enum lane lane,
                       uint32_t incarnation, uint32_t seq)
{
    struct query *q = store_query(
        store, "INSERT INTO recall_chain(party, side, lane, incarnation, seq, done) VALUES(?1, ?2, ?3, ?4,"
               " ?5, 0) ON CONFLICT(party, side, lane, incarnation) DO UPDATE SET seq = ?5, done = 0"
               " WHERE seq <> ?5 AND (?2 IN (2, 3) OR seq < ?5 OR done = 1)");
    query_text(q, 1, party);
    query_int(q, 2, (int64_t)side);
    query_int(q, 3, (int64_t)lane);
    query_int(q, 4, incarnation);
    query_int(q, 5, seq);
    query_run(q);
    return store_changes(store) != 0;
}

void store_recall_unnote(struct store *store, const char *party, enum lane lane, uint32_t incarnation)
{
    struct query *q = store_query(store, "DELETE FROM recall_chain WHERE party = ?1 AND side = 0"
                                         " AND lane = ?2 AND incarnation = ?3 AND done = 1");
    query_text(q, 1, party);
    query_int(q, 2, (int64_t)lane);
    query_int(q, 3, incarnation);
    query_run(q);
}

size_t store_recall_needs(struct store *store, const char *party, size_t max, struct recall_need *ret)
{
    struct query *q = store_query(
        store, "SELECT side IN (1, 5), lane, incarnation, max(seq) FROM recall_chain WHERE party = ?1"
               " AND side IN (0, 1, 4, 5) AND done = 0 GROUP BY 1, 2, 3 ORDER BY 1, 2, 3 LIMIT ?2");
    size_t count = 0;
    query_text(q, 1, party);
    query_int(q, 2, (int64_t)max);
    while (count < max && query_row(q)) {
        ret[count++] = (struct recall_need){.ours = query_get_int(q, 0) != 0,
                                            .lane = (enum lane)query_get_int(q, 1),
                                            .incarnation = (uint32_t)query_get_int(q, 2),
                                            .seq = (uint32_t)query_get_int(q, 3)};
    }
    query_end(q);
    return count;
}

uint32_t store_recall_shown(struct store *store, const struct in_chain *chain)
{
    struct query *q =
        store_query(store, "SELECT max(seq) FROM recall_chain WHERE party = ?1"
                           " AND side IN (0, 4) AND lane = ?2 AND incarnation = ?3 AND done = 0");
    query_text(q, 1, chain->from.text);
    query_int(q, 2, (int64_t)chain->lane);
    query_int(q, 3, chain->incarnation);
    return (uint32_t)query_number(q);
}

bool store_recall_has_room(struct store *store, const char *party, uint64_t max)
{
    struct query *q = store_query(store, "SELECT 1 WHERE EXISTS(SELECT 1 FROM chain_out WHERE party = ?1)"
                                         " OR EXISTS(SELECT 1 FROM chain_in WHERE party = ?1)"
                                         " OR EXISTS(SELECT 1 FROM recall WHERE party = ?1)"
                                         " OR (SELECT count(*) FROM recall) < ?2");
    query_text(q, 1, party);
    query_int(q, 2, (int64_t)max);
    return query_any(q);
}

/* --- asking --- */

/*
 * A loss with the party may hold up its cases: it does so already, or has not done so for RECALL_MS_MAX in the last two of
 * them.
 */
static bool may_block(struct store *store, const char *party, uint64_t lost_ms)
{
    struct query *q = store_query(store, "SELECT 1 FROM recall WHERE party = ?1"
                                         " AND ?2 BETWEEN shown_ms + ?3 AND shown_ms + 2 * ?3 - 1"
                                         " AND (shown = 0 OR done_ms <> 0)");
    query_text(q, 1, party);
    query_int(q, 2, (int64_t)lost_ms);
    query_int(q, 3, (int64_t)RECALL_MS_MAX);
    return !query_any(q);
}

void store_recall_open(struct store *store, const char *party, bool shown, uint64_t loss, uint64_t lost_ms,
                       uint64_t now_ms)
{
    bool blocks = shown && may_block(store, party, lost_ms);
    struct query *q = store_query(
        store,
        "INSERT INTO recall(party, lost_ms, mark, number, pass_ms, next_ms, tries, passes, letters, held,"
        " shown, loss, done_ms, shown_ms, pages, linked_ms) SELECT ?1, ?2, (SELECT coalesce(max(n), 0) FROM "
        "letter), 0,"
        " 0, ?7, 0, 0, 0, 0, ?3, ?4, 0, ?2 * ?3, 0, 0 WHERE true"
        " ON CONFLICT(party) DO UPDATE SET lost_ms = excluded.lost_ms, mark = excluded.mark, number = 0,"
        " after = NULL, next_ms = CASE excluded.shown WHEN 1 THEN ?7 ELSE"
        "  min(max(?7, recall.done_ms + ?6), ?7 + ?6) END, tries = 0, passes = 0, held = 0,"
        " shown = excluded.shown, loss = excluded.loss, done_ms = 0,"
        " shown_ms = CASE WHEN excluded.shown = 0 OR " RUNS_ON " THEN recall.shown_ms ELSE ?2 END,"
        " linked_ms = CASE WHEN " RUNS_ON " THEN recall.linked_ms ELSE 0 END"
        " WHERE excluded.shown = 1 OR recall.done_ms <> 0");
    query_text(q, 1, party);
    query_int(q, 2, (int64_t)lost_ms);
    query_int(q, 3, blocks ? 1 : 0);
    query_int(q, 4, (int64_t)loss);
    query_int(q, 5, (int64_t)RECALL_MS_MAX);
    query_int(q, 6, (int64_t)ASKED_JUST_NOW_MS);
    query_int(q, 7, (int64_t)now_ms);
    query_run(q);
}

void store_recall_again(struct store *store, const char *party, uint64_t lost_ms, uint64_t now_ms)
{
    struct query *q =
        store_query(store, "UPDATE recall SET lost_ms = CASE done_ms WHEN 0 THEN lost_ms ELSE ?2 END,"
                           " shown = CASE done_ms WHEN 0 THEN shown ELSE 0 END, done_ms = 0, number = 0,"
                           " linked_ms = CASE done_ms WHEN 0 THEN linked_ms ELSE 0 END,"
                           " after = NULL, next_ms = ?3, tries = 0, passes = 0, held = 0 WHERE party = ?1");
    query_text(q, 1, party);
    query_int(q, 2, (int64_t)lost_ms);
    query_int(q, 3, (int64_t)now_ms);
    query_run(q);
}

/* Mostly none does. */
static bool any_lasts(struct store *store)
{
    return store_number(store, "SELECT 1 FROM recall WHERE done_ms = 0 LIMIT 1") != 0;
}

void store_recalls_not_later(struct store *store, uint64_t now_ms)
{
    if (!any_lasts(store)) {
        return;
    }
    struct query *q =
        store_query(store, "UPDATE recall SET lost_ms = min(lost_ms, ?1), shown_ms ="
                           " min(shown_ms, ?1) WHERE done_ms = 0 AND max(lost_ms, shown_ms) > ?1");
    query_int(q, 1, (int64_t)now_ms);
    query_run(q);
}

void store_recalls_linked(struct store *store, uint64_t now_ms, uint64_t linked_ms)
{
    if (!any_lasts(store)) {
        return;
    }
    struct query *q = store_query(store, "UPDATE recall SET linked_ms = linked_ms + ?3 WHERE done_ms = 0"
                                         " AND linked_ms < ?4 AND " ENDED_MS " <= ?1");
    query_int(q, 1, (int64_t)now_ms);
    query_int(q, 2, (int64_t)RECALL_ENDED_MS);
    query_int(q, 3, (int64_t)linked_ms);
    query_int(q, 4, (int64_t)RECALL_LINKED_MS);
    query_run(q);
}

size_t store_recalls_over(struct store *store, uint64_t now_ms, size_t max, struct address *ret)
{
    if (!any_lasts(store)) {
        return 0;
    }
    struct query *q = store_query(store, "SELECT party FROM recall WHERE done_ms = 0 AND linked_ms >= ?4"
                                         " AND " ENDED_MS " + ?4 <= ?1 ORDER BY party LIMIT ?3");
    size_t count = 0;
    query_int(q, 1, (int64_t)now_ms);
    query_int(q, 2, (int64_t)RECALL_ENDED_MS);
    query_int(q, 3, (int64_t)max);
    query_int(q, 4, (int64_t)RECALL_LINKED_MS);
    while (count < max && query_row(q)) {
        (void)snprintf(ret[count].text, sizeof ret[count].text, "%s", query_get_text(q, 0));
        count++;
    }
    query_end(q);
    return count;
}

void store_recall_over(struct store *store, const char *party, uint64_t sure_ms, uint64_t now_ms)
{
    struct query *q = store_query(store, "UPDATE recall SET shown_ms = max(shown_ms, ?2 - ?3)"
                                         " WHERE party = ?1 AND shown = 1");
    query_text(q, 1, party);
    query_int(q, 2, (int64_t)sure_ms);
    query_int(q, 3, (int64_t)RECALL_MS_MAX);
    query_run(q);
    store_recall_done(store, party, now_ms);
}

bool store_recall_lasts(struct store *store, const char *party)
{
    struct query *q =
        store_query(store, "SELECT 1 FROM recall WHERE party = ?1 AND done_ms = 0 AND shown = 1");
    query_text(q, 1, party);
    return query_any(q);
}

bool store_case_is_known(struct store *store, const struct case_id *id)
{
    struct query *q = store_query(store, "SELECT 1 FROM case_file WHERE case_id = ?1");
    query_bytes(q, 1, bytes_of(id->bytes, sizeof id->bytes));
    return query_any(q);
}

static void read_recall(struct query *q, struct arena *arena, struct recall_row *ret)
{
    *ret = (struct recall_row){.lost_ms = (uint64_t)query_get_int(q, 1),
                               .pass_ms = (uint64_t)query_get_int(q, 2),
                               .next_ms = (uint64_t)query_get_int(q, 3),
                               .done_ms = (uint64_t)query_get_int(q, 4),
                               .number = (uint64_t)query_get_int(q, 5),
                               .letters = (uint64_t)query_get_int(q, 6),
                               .tries = (unsigned)query_get_int(q, 7),
                               .passes = (unsigned)query_get_int(q, 8),
                               .asking = !query_is_null(q, 9),
                               .held = query_get_int(q, 10) != 0,
                               .loss = (uint64_t)query_get_int(q, 12),
                               .pages = (unsigned)query_get_int(q, 13),
                               .after = bytes_at(q, 11, arena)};
    (void)snprintf(ret->party.text, sizeof ret->party.text, "%s", query_get_text(q, 0));
}

bool store_recall_get(struct store *store, const char *party, struct arena *arena, struct recall_row *ret)
{
    struct query *q = store_query(store, "SELECT " RECALL_COLUMNS " FROM recall WHERE party = ?1");
    query_text(q, 1, party);
    bool found = query_row(q);
    if (found) {
        read_recall(q, arena, ret);
    }
    query_end(q);
    return found;
}

size_t store_recalls_due(struct store *store, uint64_t now_ms, size_t max, struct arena *arena,
                         struct recall_row *ret)
{
    if (!any_lasts(store)) {
        return 0;
    }
    /* A moment further away than any wait was set by a clock that was ahead. */
    struct query *q = store_query(
        store, "SELECT " RECALL_COLUMNS " FROM recall WHERE done_ms = 0 AND envelope IS NULL"
               " AND (next_ms <= ?1 OR next_ms > ?1 + 86400000)"
               " AND NOT EXISTS(SELECT 1 FROM peer p WHERE p.party = recall.party AND p.waits = 1)"
               " ORDER BY next_ms, party LIMIT ?2");
    size_t count = 0;
    query_int(q, 1, (int64_t)now_ms);
    query_int(q, 2, (int64_t)max);
    while (count < max && query_row(q)) {
        read_recall(q, arena, &ret[count++]);
    }
    query_end(q);
    return count;
}

void store_recall_put(struct store *store, const struct recall_row *row)
{
    struct query *q = store_query(
        store, "UPDATE recall SET lost_ms = ?2, number = ?3, pass_ms = ?4, after = ?5, next_ms = ?6,"
               " tries = ?7, passes = ?8, letters = ?9, held = ?10, pages = ?11 WHERE party = ?1");
    query_text(q, 1, row->party.text);
    query_int(q, 2, (int64_t)row->lost_ms);
    query_int(q, 3, (int64_t)row->number);
    query_int(q, 4, (int64_t)row->pass_ms);
    if (row->after.size != 0) {
        query_bytes(q, 5, row->after);
    }
    query_int(q, 6, (int64_t)row->next_ms);
    query_int(q, 7, row->tries);
    query_int(q, 8, row->passes);
    query_int(q, 9, (int64_t)row->letters);
    query_int(q, 10, row->held ? 1 : 0);
    query_int(q, 11, row->pages);
    query_run(q);
}

void store_recall_asked(struct store *store, const struct recall_row *row, const struct envelope_id *envelope)
{
    store_recall_put(store, row);
    struct query *q = store_query(store, "UPDATE recall SET envelope = ?2 WHERE party = ?1");
    query_text(q, 1, row->party.text);
    query_bytes(q, 2, digest_bytes(&envelope->digest));
    query_run(q);
}

void store_recall_ended(struct store *store, const struct envelope_id *envelope, uint64_t next_ms)
{
    struct query *q = store_query(store, "UPDATE recall SET envelope = NULL,"
                                         " next_ms = CASE ?2 WHEN 0 THEN next_ms ELSE ?2 END"
                                         " WHERE envelope = ?1");
    query_bytes(q, 1, digest_bytes(&envelope->digest));
    query_int(q, 2, (int64_t)next_ms);
    query_run(q);
}

void store_recall_done(struct store *store, const char *party, uint64_t now_ms)
{
    struct query *q = store_query(store, "UPDATE recall SET done_ms = ?2, number = 0 WHERE party = ?1");
    query_text(q, 1, party);
    query_int(q, 2, (int64_t)now_ms);
    query_run(q);
    q = store_query(store, "UPDATE recall_chain SET done = 1 WHERE party = ?1 AND done = 0");
    query_text(q, 1, party);
    query_run(q);
}

/* --- what does not hold --- */

void store_recall_refused(struct store *store, const struct letter_row *row, enum reason reason,
                          uint64_t at_ms, size_t max)
{
    struct query *q = store_query(
        store, "INSERT OR IGNORE INTO recall_refused(id, party, case_id, own, reason, at_ms, context, letter,"
               " proofs)"
               " SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9"
               " WHERE (SELECT count(*) FROM recall_refused WHERE party = ?2 AND own = ?4) < ?10");
    query_bytes(q, 1, digest_bytes(&row->id.digest));
    query_text(q, 2, row->own ? row->to.text : row->from.text);
    query_bytes(q, 3, bytes_of(row->case_id.bytes, sizeof row->case_id.bytes));
    query_int(q, 4, row->own ? 1 : 0);
    query_int(q, 5, (int64_t)reason);
    query_int(q, 6, (int64_t)at_ms);
    query_bytes(q, 7, row->context);
    query_bytes(q, 8, row->letter);
    query_bytes(q, 9, row->proofs);
    query_int(q, 10, (int64_t)max);
    query_run(q);
}

bool store_recall_is_refused(struct store *store, const struct letter_id *id)
{
    struct query *q = store_query(store, "SELECT 1 FROM recall_refused WHERE id = ?1");
    query_bytes(q, 1, digest_bytes(&id->digest));
    return query_any(q);
}

bool store_recall_holds_up(struct store *store, const struct letter_id *id)
{
    struct query *q =
        store_query(store, "WITH RECURSIVE earlier(id) AS (SELECT prev FROM letter WHERE id = ?1"
                           " UNION SELECT prev FROM letter JOIN earlier USING (id)"
                           " WHERE place = 2) SELECT 1 FROM earlier JOIN recall_refused"
                           " USING (id) LIMIT 1");
    query_bytes(q, 1, digest_bytes(&id->digest));
    return query_any(q);
}

void store_recall_accepted(struct store *store, const struct letter_id *id)
{
    struct query *q = store_query(store, "DELETE FROM recall_refused WHERE id = ?1");
    query_bytes(q, 1, digest_bytes(&id->digest));
    query_run(q);
}

enum recall_block recall_blocks(struct node *node, const struct case_id *id, const char *party)
{
    struct query *q = store_query(
        node->store,
        "SELECT EXISTS(SELECT 1 FROM recall_refused WHERE case_id = ?1 AND own = 1 AND party = ?2),"
        " EXISTS(SELECT 1 FROM recall r WHERE r.party = ?2 AND r.done_ms = 0 AND r.shown = 1"
        " AND NOT EXISTS(SELECT 1 FROM letter f WHERE f.case_id = ?1 AND f.seen IS NULL"
        " AND f.case_seq = 1 AND f.place = 1 AND f.returned <> 1 AND f.n > r.mark))");
    enum recall_block block = RECALL_FREE;
    query_bytes(q, 1, bytes_of(id->bytes, sizeof id->bytes));
    query_text(q, 2, party);
    if (query_row(q)) {
        block = query_get_int(q, 1) != 0   ? RECALL_PENDING
                : query_get_int(q, 0) != 0 ? RECALL_BROKEN
                                           : RECALL_FREE;
    }
    query_end(q);
    return block;
}

/* --- for people, and when --- */

uint64_t store_recall_next_ms(struct store *store, uint64_t now_ms)
{
    if (!any_lasts(store) && !store_answers_any(store)) {
        return 0;
    }
    struct query *q = store_query(
        store, "SELECT min(next_ms) FROM (SELECT next_ms FROM recall WHERE done_ms = 0"
               " AND envelope IS NULL AND next_ms > ?1 UNION ALL SELECT next_ms FROM recall_answer"
               " WHERE number <> 0 AND envelope IS NULL AND next_ms > ?1)");
    query_int(q, 1, (int64_t)now_ms);
    return query_number(q);
}

uint64_t store_recall_end_ms(struct store *store, uint64_t now_ms, bool *ret_counting)
{
    *ret_counting = false;
    if (!any_lasts(store)) {
        return 0;
    }
    struct query *q = store_query(
        store,
        "SELECT coalesce(min(CASE WHEN ended_ms > ?1 THEN ended_ms WHEN linked_ms >= ?3 THEN ended_ms + ?3"
        " END), 0), coalesce(max(ended_ms <= ?1 AND linked_ms < ?3), 0) FROM (SELECT linked_ms, " ENDED_MS
        " AS ended_ms FROM recall WHERE done_ms = 0)");
    query_int(q, 1, (int64_t)now_ms);
    query_int(q, 2, (int64_t)RECALL_ENDED_MS);
    query_int(q, 3, (int64_t)RECALL_LINKED_MS);
    bool any = query_row(q);
    uint64_t at_ms = any ? (uint64_t)query_get_int(q, 0) : 0;
    *ret_counting = any && query_get_int(q, 1) != 0;
    query_end(q);
    return at_ms;
}

size_t recall_askers(struct node *node, size_t max, struct recall_asker *ret)
{
    struct query *q =
        store_query(node->store, "SELECT party, asked_ms FROM recall_answer ORDER BY party LIMIT ?1");
    size_t count = 0;
    query_int(q, 1, (int64_t)max);
    while (count < max && query_row(q)) {
        ret[count].asked_ms = (uint64_t)query_get_int(q, 1);
        (void)snprintf(ret[count].party.text, sizeof ret[count].party.text, "%s", query_get_text(q, 0));
        count++;
    }
    query_end(q);
    return count;
}

static size_t states_of(struct node *node, bool named, size_t max, struct recall_state *ret)
{
    const struct roster *roster = node_roster_now(node);
    struct query *q = store_query(
        node->store, "SELECT party, lost_ms, done_ms, letters, shown, (SELECT count(*) FROM recall_refused f"
                     " WHERE f.party = recall.party) FROM recall ORDER BY party");
    size_t count = 0;
    while (count < max && query_row(q)) {
        if ((roster != NULL && roster_find(roster, query_get_text(q, 0)) != NULL) != named) {
            continue;
        }
        struct recall_state *state = &ret[count++];
        *state = (struct recall_state){.since_ms = (uint64_t)query_get_int(q, 1),
                                       .done_ms = (uint64_t)query_get_int(q, 2),
                                       .letters = (uint64_t)query_get_int(q, 3),
                                       .shown = query_get_int(q, 4) != 0,
                                       .refused = (uint64_t)query_get_int(q, 5)};
        (void)snprintf(state->party.text, sizeof state->party.text, "%s", query_get_text(q, 0));
    }
    query_end(q);
    return count;
}

size_t recall_states(struct node *node, size_t max, struct recall_state *ret)
{
    size_t count = states_of(node, true, max, ret);
    return count + states_of(node, false, max - count, ret + count);
}
