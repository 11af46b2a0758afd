/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/spool.h"
#include "keys/sign.h"

/* The first 8 bytes of an id as SQLite's integer: enough to find it, the chain's row says whether it is the one. */
static int64_t id_head(const struct envelope_id *id)
{
    uint64_t head = 0;
    for (size_t i = 0; i < 8; i++) {
        head = head << 8 | id->digest.bytes[i];
    }
    return (int64_t)(head >> 1);
}

/* The id covers header, seal and body; the proof lies outside it and must not rot unseen, either. */
static struct digest checksum(const struct envelope_id *id, struct bytes proof)
{
    struct bytes parts[] = {digest_bytes(&id->digest), proof};
    return labelled_digest("comity/v1/spool", parts, 2);
}

static void bind_envelope(struct query *query, int index, const struct spool_row *row)
{
    struct digest sum = checksum(&row->id, row->proof);
    query_bytes(query, index, digest_bytes(&sum));
    query_bytes(query, index + 1, digest_bytes(&row->body_hash));
    query_bytes(query, index + 2, row->header);
    query_bytes(query, index + 3, row->seal);
    query_bytes(query, index + 4, row->proof);
    query_bytes(query, index + 5, row->body);
}

int64_t spool_next_arrival(struct store *store)
{
    struct query *query = store_query(store, "SELECT ifnull(max(arrival), 0) + 1 FROM spool");
    int64_t next = query_row(query) ? query_get_int(query, 0) : 1;
    query_end(query);
    return next;
}

void spool_add(struct store *store, const struct spool_row *row)
{
    struct query *query = store_query(
        store, "INSERT INTO spool (arrival, recipient, lane, chain, seq, state, accepted_ms, expires_ms,"
               " bytes, id_head, checksum, body_hash, header, seal, proof, body)"
               " VALUES (?1, ?2, ?3, ?4, ?5, 0, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)");
    query_int(query, 1, row->arrival);
    query_int(query, 2, row->recipient);
    query_int(query, 3, row->lane);
    query_int(query, 4, row->chain);
    query_int(query, 5, row->seq);
    query_int(query, 6, (int64_t)row->accepted_ms);
    query_int(query, 7, (int64_t)row->expires_ms);
    query_int(query, 8, (int64_t)row->bytes);
    query_int(query, 9, id_head(&row->id));
    bind_envelope(query, 10, row);
    query_run(query);
}

void spool_repair(struct store *store, const struct spool_row *row)
{
    struct query *query =
        store_query(store, "UPDATE spool SET state = 0, checksum = ?2, body_hash = ?3, header = ?4,"
                           " seal = ?5, proof = ?6, body = ?7 WHERE arrival = ?1");
    query_int(query, 1, row->arrival);
    bind_envelope(query, 2, row);
    query_run(query);
    query = store_query(store, "DELETE FROM rotten WHERE arrival = ?1");
    query_int(query, 1, row->arrival);
    query_run(query);
}

void spool_drop(struct store *store, int64_t arrival)
{
    struct query *query = store_query(store, "DELETE FROM spool WHERE arrival = ?1");
    query_int(query, 1, arrival);
    query_run(query);
    query = store_query(store, "DELETE FROM rotten WHERE arrival = ?1"); /* the number may be given again */
    query_int(query, 1, arrival);
    query_run(query);
}

static struct digest get_digest(struct query *query, int column)
{
    struct bytes b = query_get_bytes(query, column);
    struct digest digest = {.bytes = {0}};
    return b.size == sizeof digest.bytes ? digest_from(b) : digest;
}

static struct bytes get_copy(struct query *query, int column, struct arena *arena)
{
    return arena_copy(arena, query_get_bytes(query, column));
}

enum spool_read spool_read(struct store *store, int64_t arrival, struct arena *arena, struct spool_row *ret)
{
    struct query *query = store_query(
        store, "SELECT recipient, lane, chain, seq, state, accepted_ms, expires_ms, bytes, expired,"
               " checksum, body_hash, header, seal, proof, body FROM spool WHERE arrival = ?1");
    query_int(query, 1, arrival);
    if (!query_row(query)) {
        return SPOOL_READ_NONE;
    }
    *ret = (struct spool_row){.arrival = arrival,
                              .recipient = query_get_int(query, 0),
                              .lane = (enum lane)query_get_int(query, 1),
                              .chain = query_get_int(query, 2),
                              .seq = (uint32_t)query_get_int(query, 3),
                              .state = (enum spool_state)query_get_int(query, 4),
                              .accepted_ms = (uint64_t)query_get_int(query, 5),
                              .expires_ms = (uint64_t)query_get_int(query, 6),
                              .bytes = (uint64_t)query_get_int(query, 7),
                              .expired = query_get_int(query, 8),
                              .body_hash = get_digest(query, 10),
                              .header = get_copy(query, 11, arena),
                              .seal = get_copy(query, 12, arena),
                              .proof = get_copy(query, 13, arena),
                              .body = get_copy(query, 14, arena)};
    struct digest stored = get_digest(query, 9);
    query_end(query);
    if (arena_exhausted(arena)) {
        return SPOOL_READ_NONE; /* our want of memory is no rot */
    }
    if (ret->state == SPOOL_ROTTEN) {
        return SPOOL_READ_ROTTEN;
    }
    struct digest body_hash = ret->state == SPOOL_WHOLE ? plain_hash(ret->body) : ret->body_hash;
    ret->id = envelope_id_of(ret->header, ret->seal, &body_hash);
    struct digest sum = checksum(&ret->id, ret->proof);
    return digest_equal(&sum, &stored) && digest_equal(&body_hash, &ret->body_hash) ? SPOOL_READ_OK
                                                                                    : SPOOL_READ_ROTTEN;
}

void spool_mark_rotten(struct store *store, int64_t arrival, int64_t sender)
{
    struct query *query = store_query(store, "UPDATE spool SET state = 2, header = NULL, seal = NULL, proof "
                                             "= NULL, body = NULL WHERE arrival = ?1");
    query_int(query, 1, arrival);
    query_run(query);
    query = store_query(store, "INSERT OR IGNORE INTO rotten (sender, arrival) VALUES (?1, ?2)");
    query_int(query, 1, sender);
    query_int(query, 2, arrival);
    query_run(query);
}

/* arrival, chain, recipient, seq, lane, state, accepted_ms, bytes, pair */
static struct spool_key get_key(struct query *query)
{
    return (struct spool_key){.arrival = query_get_int(query, 0),
                              .chain = query_get_int(query, 1),
                              .recipient = query_get_int(query, 2),
                              .seq = (uint32_t)query_get_int(query, 3),
                              .lane = (enum lane)query_get_int(query, 4),
                              .state = (enum spool_state)query_get_int(query, 5),
                              .accepted_ms = (uint64_t)query_get_int(query, 6),
                              .bytes = (uint64_t)query_get_int(query, 7),
                              .pair = query_get_int(query, 8)};
}

uint64_t spool_bytes(struct store *store, int64_t arrival)
{
    struct query *query = store_query(store, "SELECT bytes FROM spool WHERE arrival = ?1");
    query_int(query, 1, arrival);
    return query_number(query);
}

bool spool_next(struct store *store, int64_t recipient, enum lane lane, int64_t after, struct spool_key *ret)
{
    struct query *query = store_query(
        store, "SELECT s.arrival, s.chain, s.recipient, s.seq, s.lane, s.state, s.accepted_ms, s.bytes,"
               " c.pair FROM spool s JOIN chain c ON c.chain = s.chain"
               " WHERE s.recipient = ?1 AND s.lane = ?2 AND s.arrival > ?3 AND s.state <> 2"
               " ORDER BY s.arrival LIMIT 1");
    query_int(query, 1, recipient);
    query_int(query, 2, lane);
    query_int(query, 3, after);
    bool found = query_row(query);
    if (found) {
        *ret = get_key(query);
    }
    query_end(query);
    return found;
}

static size_t read_arrivals(struct query *query, int64_t *ret, size_t max)
{
    size_t count = 0;
    while (count < max && query_row(query)) {
        ret[count++] = query_get_int(query, 0);
    }
    query_end(query);
    return count;
}

size_t spool_before(struct store *store, int64_t chain, uint32_t seq, int64_t after, int64_t *ret, size_t max)
{
    struct query *query =
        store_query(store, "SELECT arrival FROM spool WHERE chain = ?1 AND seq < ?2 AND arrival > ?3"
                           " AND state <> 2 ORDER BY seq LIMIT ?4");
    query_int(query, 1, chain);
    query_int(query, 2, seq);
    query_int(query, 3, after);
    query_int(query, 4, (int64_t)max);
    return read_arrivals(query, ret, max);
}

size_t spool_range(struct store *store, int64_t chain, uint32_t first, uint32_t last, int64_t *ret,
                   size_t max)
{
    struct query *query =
        store_query(store, "SELECT arrival FROM spool WHERE chain = ?1 AND seq >= ?2 AND seq <= ?3"
                           " AND state <> 2 ORDER BY seq LIMIT ?4");
    query_int(query, 1, chain);
    query_int(query, 2, first);
    query_int(query, 3, last);
    query_int(query, 4, (int64_t)max);
    return read_arrivals(query, ret, max);
}

bool spool_find(struct store *store, const struct envelope_id *id, struct spool_key *ret)
{
    struct query *query = store_query(
        store,
        "SELECT s.arrival, s.chain, s.recipient, s.seq, s.lane, s.state, s.accepted_ms, s.bytes, c.pair"
        " FROM spool s JOIN chain c ON c.chain = s.chain JOIN chain_link l ON l.chain = s.chain AND l.seq = "
        "s.seq WHERE s.id_head = ?1 AND l.id = ?2");
    query_int(query, 1, id_head(id));
    query_bytes(query, 2, digest_bytes(&id->digest));
    bool found = query_row(query);
    if (found) {
        *ret = get_key(query);
    }
    query_end(query);
    return found;
}

uint64_t spool_ahead(struct store *store, int64_t recipient, enum lane lane, int64_t arrival, uint64_t max)
{
    struct query *query = store_query(store, "SELECT count(*) FROM (SELECT 1 FROM spool WHERE recipient = ?1"
                                             " AND lane = ?2 AND arrival < ?3 AND state <> 2 LIMIT ?4)");
    query_int(query, 1, recipient);
    query_int(query, 2, lane);
    query_int(query, 3, arrival);
    query_int(query, 4, (int64_t)max);
    return query_number(query);
}

size_t spool_expired(struct store *store, wall_ms now, struct spool_expiring *ret, size_t max)
{
    struct query *query = store_query(
        store,
        "SELECT s.arrival, s.chain, s.state, s.bytes, c.pair, p.sender, p.recipient, s.seq, a.address,"
        " b.address, c.lane, c.incarnation, l.id FROM spool s JOIN chain c ON c.chain = s.chain"
        " JOIN pair p ON p.pair = c.pair JOIN party a ON a.party = p.sender"
        " JOIN party b ON b.party = p.recipient JOIN chain_link l ON l.chain = s.chain AND l.seq = s.seq"
        " WHERE s.expires_ms <= ?1 AND s.state <> 1 ORDER BY s.expires_ms, s.arrival LIMIT ?2");
    query_int(query, 1, (int64_t)now.ms);
    query_int(query, 2, (int64_t)max);
    size_t count = 0;
    while (count < max && query_row(query)) {
        struct spool_expiring *e = &ret[count];
        *e = (struct spool_expiring){.arrival = query_get_int(query, 0),
                                     .chain_row = query_get_int(query, 1),
                                     .state = (enum spool_state)query_get_int(query, 2),
                                     .bytes = (uint64_t)query_get_int(query, 3),
                                     .pair = query_get_int(query, 4),
                                     .sender = query_get_int(query, 5),
                                     .recipient = query_get_int(query, 6),
                                     .seq = (uint32_t)query_get_int(query, 7),
                                     .chain = {.lane = (enum lane)query_get_int(query, 10),
                                               .incarnation = (uint32_t)query_get_int(query, 11)},
                                     .id = {.digest = get_digest(query, 12)}};
        if (address_read(bytes_of_text(query_get_text(query, 8)), &e->chain.from) &&
            address_read(bytes_of_text(query_get_text(query, 9)), &e->chain.to)) {
            count++;
        }
    }
    query_end(query);
    return count;
}

uint64_t spool_earliest_expiry(struct store *store)
{
    uint64_t earliest = store_number(store, "SELECT min(expires_ms) FROM spool WHERE state <> 1");
    return earliest == 0 ? UINT64_MAX : earliest;
}

uint64_t spool_make_stub(struct store *store, int64_t arrival, int64_t expired_receipt)
{
    struct query *query = store_query(
        store, "UPDATE spool SET state = 1, body = NULL, expired = ?2,"
               " bytes = length(header) + length(seal) + length(proof) WHERE arrival = ?1 RETURNING bytes");
    query_int(query, 1, arrival);
    query_int(query, 2, expired_receipt);
    uint64_t bytes = query_row(query) ? (uint64_t)query_get_int(query, 0) : 0;
    query_run(query);
    return bytes;
}

size_t spool_rotten_of(struct store *store, int64_t sender, struct envelope_id *ret, size_t max)
{
    struct query *query =
        store_query(store, "SELECT l.id FROM rotten r JOIN spool s ON s.arrival = r.arrival"
                           " JOIN chain_link l ON l.chain = s.chain AND l.seq = s.seq WHERE r.sender = ?1"
                           " ORDER BY r.arrival LIMIT ?2");
    query_int(query, 1, sender);
    query_int(query, 2, (int64_t)max);
    size_t count = 0;
    while (count < max && query_row(query)) {
        ret[count++].digest = get_digest(query, 0);
    }
    query_end(query);
    return count;
}
