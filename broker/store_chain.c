/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/chains.h"

static int64_t party_find(struct store *store, const struct address *address)
{
    struct query *query = store_query(store, "SELECT party FROM party WHERE address = ?1");
    query_text(query, 1, address->text);
    return (int64_t)query_number(query);
}

int64_t party_row(struct store *store, const struct address *address)
{
    int64_t party = party_find(store, address);
    if (party == 0 && store_outcome(store) == STORE_OK) {
        struct query *query = store_query(store, "INSERT INTO party (address) VALUES (?1)");
        query_text(query, 1, address->text);
        query_run(query);
        party = store_outcome(store) == STORE_OK ? store_last_rowid(store) : 0;
    }
    return party;
}

uint64_t party_seen(struct store *store, int64_t party)
{
    struct query *query = store_query(store, "SELECT seen_ms FROM party WHERE party = ?1");
    query_int(query, 1, party);
    return query_number(query);
}

void party_note_seen(struct store *store, int64_t party, wall_ms seen)
{
    struct query *query = store_query(store, "UPDATE party SET seen_ms = ?2 WHERE party = ?1");
    query_int(query, 1, party);
    query_int(query, 2, (int64_t)seen.ms);
    query_run(query);
}

struct chain_place chain_place_find(struct store *store, const struct chain *chain)
{
    struct chain_place place = {.sender = 0};
    struct query *query = store_query(
        store, "SELECT a.party, b.party, pair.pair, chain.chain FROM party a, party b"
               " LEFT JOIN pair ON pair.sender = a.party AND pair.recipient = b.party"
               " LEFT JOIN chain ON chain.pair = pair.pair AND chain.lane = ?3 AND chain.incarnation = ?4"
               " WHERE a.address = ?1 AND b.address = ?2");
    query_text(query, 1, chain->from.text);
    query_text(query, 2, chain->to.text);
    query_int(query, 3, chain->lane);
    query_int(query, 4, chain->incarnation);
    if (query_row(query)) {
        place = (struct chain_place){.sender = query_get_int(query, 0),
                                     .recipient = query_get_int(query, 1),
                                     .pair = query_get_int(query, 2),
                                     .chain = query_get_int(query, 3)};
    }
    query_end(query);
    return place;
}

static int64_t pair_make(struct store *store, int64_t sender, int64_t recipient)
{
    struct query *query = store_query(store, "INSERT INTO pair (sender, recipient) VALUES (?1, ?2)");
    query_int(query, 1, sender);
    query_int(query, 2, recipient);
    query_run(query);
    return store_last_rowid(store);
}

static int64_t chain_make(struct store *store, const struct chain_place *place, const struct chain *chain)
{
    struct query *query =
        store_query(store, "INSERT INTO chain (pair, lane, incarnation, sender) VALUES (?1, ?2, ?3, ?4)");
    query_int(query, 1, place->pair);
    query_int(query, 2, chain->lane);
    query_int(query, 3, chain->incarnation);
    query_int(query, 4, place->sender);
    query_run(query);
    return store_last_rowid(store);
}

/* What is missing of the two parties and their pair. */
static void make_pair(struct store *store, const struct chain *chain, struct chain_place *place)
{
    if (place->sender == 0) {
        place->sender = party_row(store, &chain->from);
        place->recipient = party_row(store, &chain->to);
    }
    if (place->pair == 0) {
        place->pair = pair_make(store, place->sender, place->recipient);
    }
}

struct chain_place pair_place_make(struct store *store, const struct address *from, const struct address *to)
{
    const struct chain chain = {.from = *from, .to = *to};
    struct chain_place place = chain_place_find(store, &chain);
    make_pair(store, &chain, &place);
    return place;
}

struct chain_place chain_place_make(struct store *store, const struct chain *chain)
{
    struct chain_place place = chain_place_find(store, chain);
    make_pair(store, chain, &place);
    if (place.chain == 0) {
        place.chain = chain_make(store, &place, chain);
    }
    return place;
}

static struct digest get_digest(struct query *query, int column)
{
    struct bytes b = query_get_bytes(query, column);
    struct digest digest = {.bytes = {0}};
    return b.size == sizeof digest.bytes ? digest_from(b) : digest;
}

bool chain_row_find(struct store *store, int64_t chain, uint32_t seq, struct chain_row *ret)
{
    struct query *query =
        store_query(store, "SELECT id, prev, created_ms, kinds, reason, answer, final, arrival"
                           " FROM chain_link WHERE chain = ?1 AND seq = ?2");
    query_int(query, 1, chain);
    query_int(query, 2, seq);
    bool found = query_row(query);
    if (found) {
        *ret = (struct chain_row){.id = get_digest(query, 0),
                                  .prev = get_digest(query, 1),
                                  .created_ms = (uint64_t)query_get_int(query, 2),
                                  .kinds = (uint32_t)query_get_int(query, 3),
                                  .reason = (enum reason)query_get_int(query, 4),
                                  .answer = query_get_int(query, 5),
                                  .final = query_get_int(query, 6),
                                  .arrival = query_get_int(query, 7)};
    }
    query_end(query);
    return found;
}

void chain_row_add(struct store *store, int64_t chain, uint32_t seq, const struct chain_row *row)
{
    struct query *query = store_query(
        store, "INSERT INTO chain_link (chain, seq, id, prev, created_ms, kinds, reason, answer, arrival)"
               " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)");
    query_int(query, 1, chain);
    query_int(query, 2, seq);
    query_bytes(query, 3, digest_bytes(&row->id));
    query_bytes(query, 4, digest_bytes(&row->prev));
    query_int(query, 5, (int64_t)row->created_ms);
    query_int(query, 6, row->kinds);
    query_int(query, 7, row->reason);
    query_int(query, 8, row->answer);
    query_int(query, 9, row->arrival);
    query_run(query);
    query =
        store_query(store, "UPDATE chain SET head_seq = ?2, head_id = ?3 WHERE chain = ?1 AND head_seq < ?2");
    query_int(query, 1, chain);
    query_int(query, 2, seq);
    query_bytes(query, 3, digest_bytes(&row->id));
    query_run(query);
}

void chain_row_change(struct store *store, int64_t chain, uint32_t seq, const struct chain_row *row)
{
    struct query *query = store_query(
        store, "UPDATE chain_link SET kinds = ?3, final = ?4, arrival = ?5 WHERE chain = ?1 AND seq = ?2");
    query_int(query, 1, chain);
    query_int(query, 2, seq);
    query_int(query, 3, row->kinds);
    query_int(query, 4, row->final);
    query_int(query, 5, row->arrival);
    query_run(query);
}

static int64_t get_row(struct query *query, int64_t key)
{
    query_int(query, 1, key);
    return (int64_t)query_number(query);
}

int64_t pair_sender(struct store *store, int64_t pair)
{
    return get_row(store_query(store, "SELECT sender FROM pair WHERE pair = ?1"), pair);
}

int64_t chain_pair(struct store *store, int64_t chain)
{
    return get_row(store_query(store, "SELECT pair FROM chain WHERE chain = ?1"), chain);
}

int64_t chain_of_pair(struct store *store, int64_t pair, enum lane lane, uint32_t incarnation)
{
    struct query *query =
        store_query(store, "SELECT chain FROM chain WHERE pair = ?1 AND lane = ?2 AND incarnation = ?3");
    query_int(query, 2, lane);
    query_int(query, 3, incarnation);
    return get_row(query, pair);
}

static struct pair_waiting read_waiting(struct query *query)
{
    struct pair_waiting waiting = {.envelopes = 0};
    if (query_row(query)) {
        waiting.envelopes = (uint64_t)query_get_int(query, 0);
        waiting.bytes = (uint64_t)query_get_int(query, 1);
    }
    query_end(query);
    return waiting;
}

struct pair_waiting pair_waiting(struct store *store, int64_t pair)
{
    struct query *query =
        store_query(store, "SELECT waiting_envelopes, waiting_bytes FROM pair WHERE pair = ?1");
    query_int(query, 1, pair);
    return read_waiting(query);
}

struct pair_waiting pair_waiting_total(struct store *store)
{
    return read_waiting(store_query(
        store, "SELECT ifnull(sum(waiting_envelopes), 0), ifnull(sum(waiting_bytes), 0) FROM pair"));
}

void pair_charge(struct store *store, int64_t pair, int64_t envelopes, int64_t bytes)
{
    struct query *query = store_query(store, "UPDATE pair SET waiting_envelopes = waiting_envelopes + ?2,"
                                             " waiting_bytes = waiting_bytes + ?3 WHERE pair = ?1");
    query_int(query, 1, pair);
    query_int(query, 2, envelopes);
    query_int(query, 3, bytes);
    query_run(query);
}

void chain_answered(struct store *store, int64_t chain, uint32_t seq, int64_t receipt)
{
    struct query *query =
        store_query(store, "UPDATE chain SET answered = ?2, answered_by = ?3 WHERE chain = ?1");
    query_int(query, 1, chain);
    query_int(query, 2, seq);
    query_int(query, 3, receipt);
    query_run(query);
}

void chain_told(struct store *store, int64_t chain, uint32_t seq)
{
    struct query *query = store_query(store, "UPDATE chain SET told = ?2 WHERE chain = ?1");
    query_int(query, 1, chain);
    query_int(query, 2, seq);
    query_run(query);
}

/* cursor, address, lane, incarnation, seq, id, told */
static size_t read_heads(struct query *query, int64_t party, int64_t after, struct chain_head *ret,
                         size_t max)
{
    size_t count = 0;
    query_int(query, 1, party);
    query_int(query, 2, after);
    query_int(query, 3, (int64_t)max);
    while (count < max && query_row(query)) {
        struct chain_head *head = &ret[count];
        if (!address_read(bytes_of_text(query_get_text(query, 1)), &head->peer)) {
            continue;
        }
        head->row = query_get_int(query, 0);
        head->lane = (enum lane)query_get_int(query, 2);
        head->incarnation = (uint32_t)query_get_int(query, 3);
        head->seq = (uint32_t)query_get_int(query, 4);
        head->id = get_digest(query, 5);
        head->told = (uint32_t)query_get_int(query, 6);
        count++;
    }
    query_end(query);
    return count;
}

size_t chain_heads(struct store *store, int64_t sender, int64_t after, struct chain_head *ret, size_t max)
{
    return read_heads(store_query(store, "SELECT chain.chain, address, lane, incarnation, head_seq, head_id,"
                                         " told FROM chain JOIN pair ON pair.pair = chain.pair"
                                         " JOIN party ON party.party = pair.recipient"
                                         " WHERE chain.sender = ?1 AND chain.chain > ?2 AND head_seq > 0"
                                         " ORDER BY chain.chain LIMIT ?3"),
                      sender, after, ret, max);
}

/* Of the incarnations of a lane the one that was answered last: SQLite takes the other columns from the row of max(). */
size_t chain_heads_answered(struct store *store, int64_t recipient, int64_t after, struct chain_head *ret,
                            size_t max)
{
    return read_heads(store_query(store, "SELECT c.pair * 4 + c.lane AS place, address, c.lane,"
                                         " c.incarnation, c.answered, l.id, 0, max(c.answered_by)"
                                         " FROM pair JOIN chain c ON c.pair = pair.pair"
                                         " JOIN party ON party.party = pair.sender"
                                         " JOIN chain_link l ON l.chain = c.chain AND l.seq = c.answered"
                                         " WHERE pair.recipient = ?1 AND c.pair * 4 + c.lane > ?2"
                                         " AND c.answered > 0"
                                         " GROUP BY c.pair, c.lane ORDER BY place LIMIT ?3"),
                      recipient, after, ret, max);
}

int64_t fork_find(struct store *store, int64_t chain, uint32_t seq, const struct digest *id)
{
    struct query *query =
        store_query(store, "SELECT answer FROM fork WHERE chain = ?1 AND seq = ?2 AND id = ?3");
    query_int(query, 1, chain);
    query_int(query, 2, seq);
    query_bytes(query, 3, digest_bytes(id));
    return (int64_t)query_number(query);
}

size_t fork_count(struct store *store, int64_t chain, uint32_t seq)
{
    struct query *query = store_query(store, "SELECT count(*) FROM fork WHERE chain = ?1 AND seq = ?2");
    query_int(query, 1, chain);
    query_int(query, 2, seq);
    return (size_t)query_number(query);
}

void fork_add(struct store *store, int64_t chain, uint32_t seq, const struct digest *id, int64_t answer)
{
    struct query *query =
        store_query(store, "INSERT INTO fork (chain, seq, id, answer) VALUES (?1, ?2, ?3, ?4)");
    query_int(query, 1, chain);
    query_int(query, 2, seq);
    query_bytes(query, 3, digest_bytes(id));
    query_int(query, 4, answer);
    query_run(query);
}

/* --- refusals --- */

uint64_t refusals_kept(struct store *store, int64_t sender, uint64_t day)
{
    struct query *query = store_query(store, "SELECT kept FROM refusals WHERE party = ?1 AND day = ?2");
    query_int(query, 1, sender);
    query_int(query, 2, (int64_t)day);
    return (uint64_t)query_number(query);
}

void refusals_add(struct store *store, int64_t sender, uint64_t day)
{
    struct query *query =
        store_query(store, "INSERT INTO refusals (party, day, kept) VALUES (?1, ?2, 1) ON CONFLICT (party)"
                           " DO UPDATE SET kept = CASE day WHEN ?2 THEN kept ELSE 0 END + 1, day = ?2");
    query_int(query, 1, sender);
    query_int(query, 2, (int64_t)day);
    query_run(query);
}
