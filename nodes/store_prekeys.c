/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "nodes/prekeys.h"

#define OF_NEWEST " FROM prekey_list ORDER BY number DESC LIMIT 1"

bool store_prekey_list_newest(struct store *store, struct own_list *ret)
{
    const struct own_list newest = {
        .number = store_number(store, "SELECT number" OF_NEWEST),
        .first_ms = store_number(store, "SELECT first_ms" OF_NEWEST),
        .keys = (size_t)store_number(store, "SELECT keys" OF_NEWEST),
        .taken_ms = store_number(store, "SELECT taken_ms" OF_NEWEST),
    };
    if (newest.number == 0) {
        return false;
    }
    *ret = newest;
    return true;
}

bool store_prekey_list_bytes(struct store *store, uint64_t number, struct arena *arena, struct bytes *ret)
{
    struct query *q = store_query(store, "SELECT list FROM prekey_list WHERE number = ?1");
    query_int(q, 1, (int64_t)number);
    return query_copy(q, arena, ret);
}

void store_prekey_list_put(struct store *store, const struct own_list *own, struct bytes list)
{
    struct query *q =
        store_query(store, "INSERT INTO prekey_list(number, first_ms, keys, digest, list, taken_ms)"
                           " VALUES(?1, ?2, ?3, ?4, ?5, ?6)");
    query_int(q, 1, (int64_t)own->number);
    query_int(q, 2, (int64_t)own->first_ms);
    query_int(q, 3, (int64_t)own->keys);
    query_bytes(q, 4, digest_bytes(&own->digest));
    query_bytes(q, 5, list);
    query_int(q, 6, (int64_t)own->taken_ms);
    query_run(q);
}

void store_prekey_put(struct store *store, const struct public_key *key, const uint8_t secret[32],
                      uint64_t list, uint64_t erase_ms)
{
    struct query *q = store_query(
        store, "INSERT INTO prekey(public, secret, list, erase_ms) VALUES(?1, ?2, ?3, nullif(?4, 0))");
    query_bytes(q, 1, bytes_of(key->bytes, sizeof key->bytes));
    query_bytes(q, 2, bytes_of(secret, 32));
    query_int(q, 3, (int64_t)list);
    query_int(q, 4, (int64_t)erase_ms);
    query_run(q);
}

enum slot_key store_prekey_find(struct store *store, const struct public_key *key, uint8_t ret_secret[32])
{
    struct query *q = store_query(store, "SELECT secret FROM prekey WHERE public = ?1");
    enum slot_key found = SLOT_NOT_MINE;
    query_bytes(q, 1, bytes_of(key->bytes, sizeof key->bytes));
    if (query_row(q)) {
        found = query_is_null(q, 0) ? SLOT_ERASED : SLOT_MINE;
        if (found == SLOT_MINE) {
            memcpy(ret_secret, query_get_bytes(q, 0).data, 32);
        }
    }
    query_end(q);
    return found;
}

size_t store_prekeys_erase(struct store *store, uint64_t now_ms)
{
    struct query *q = store_query(store, "UPDATE prekey SET secret = NULL WHERE secret IS NOT NULL AND "
                                         "erase_ms IS NOT NULL AND erase_ms <= ?1");
    query_int(q, 1, (int64_t)now_ms);
    query_run(q);
    return (size_t)store_changes(store);
}

uint64_t store_prekeys_erase_ms(struct store *store)
{
    return store_number(store, "SELECT min(erase_ms) FROM prekey"
                               " WHERE secret IS NOT NULL AND erase_ms IS NOT NULL");
}

bool store_prekeys_due(struct store *store, uint64_t now_ms)
{
    uint64_t erase_ms = store_prekeys_erase_ms(store);
    return erase_ms != 0 && erase_ms <= now_ms;
}

size_t store_prekeys_left(struct store *store)
{
    return (size_t)store_number(store,
                                "SELECT count(*) FROM prekey INDEXED BY prekey_erase WHERE secret IS NOT NULL"
                                " AND list = (SELECT max(number) FROM prekey_list)");
}

bool store_prekey_list_taken(struct store *store, const struct digest *digest, uint64_t taken_ms,
                             uint64_t last_erase_ms, uint64_t erase_ms_max)
{
    struct query *q = store_query(store, "SELECT number, taken_ms FROM prekey_list WHERE digest = ?1");
    uint64_t number = 0;
    bool first = false;
    query_bytes(q, 1, digest_bytes(digest));
    if (query_row(q)) {
        number = (uint64_t)query_get_int(q, 0);
        first = query_get_int(q, 1) == 0;
    }
    query_end(q);
    if (first) {
        q = store_query(store, "UPDATE prekey_list SET taken_ms = ?2 WHERE number = ?1");
        query_int(q, 1, (int64_t)number);
        query_int(q, 2, (int64_t)taken_ms);
        query_run(q);
        q = store_query(store, "UPDATE prekey SET erase_ms = ?2 WHERE list < ?1 AND secret IS NOT NULL"
                               " AND (erase_ms IS NULL OR erase_ms > ?3)");
        query_int(q, 1, (int64_t)number);
        query_int(q, 2, (int64_t)last_erase_ms);
        query_int(q, 3, (int64_t)erase_ms_max);
        query_run(q);
    }
    return number != 0;
}

bool store_peer_get(struct store *store, const char *party, struct arena *arena, struct peer_list *ret)
{
    struct query *q =
        store_query(store, "SELECT number, digest, list, checked_ms, asked_ms FROM peer WHERE party = ?1");
    bool found = false;
    *ret = (struct peer_list){.number = 0};
    query_text(q, 1, party);
    if (query_row(q)) {
        found = true;
        ret->number = (uint64_t)query_get_int(q, 0);
        if (ret->number != 0) {
            ret->digest = digest_from(query_get_bytes(q, 1));
            ret->list = arena_copy(arena, query_get_bytes(q, 2));
        }
        ret->checked_ms = (uint64_t)query_get_int(q, 3);
        ret->asked_ms = (uint64_t)query_get_int(q, 4);
    }
    query_end(q);
    return found;
}

/* A row for the party, if there is none. */
static void have(struct store *store, const char *party)
{
    struct query *q =
        store_query(store, "INSERT OR IGNORE INTO peer(party, number, checked_ms, asked_ms, waits)"
                           " VALUES(?1, 0, 0, 0, 0)");
    query_text(q, 1, party);
    query_run(q);
}

void store_peer_put(struct store *store, const char *party, const struct peer_list *list)
{
    have(store, party);
    struct query *q = store_query(
        store, "UPDATE peer SET number = ?2, digest = ?3, list = ?4, checked_ms = ?5 WHERE party = ?1");
    query_text(q, 1, party);
    query_int(q, 2, (int64_t)list->number);
    query_bytes(q, 3, digest_bytes(&list->digest));
    query_bytes(q, 4, list->list);
    query_int(q, 5, (int64_t)list->checked_ms);
    query_run(q);
}

void store_peer_checked(struct store *store, const char *party, uint64_t checked_ms)
{
    have(store, party);
    struct query *q = store_query(store, "UPDATE peer SET checked_ms = ?2 WHERE party = ?1");
    query_text(q, 1, party);
    query_int(q, 2, (int64_t)checked_ms);
    query_run(q);
}

void store_peer_asked(struct store *store, const char *party, uint64_t asked_ms)
{
    have(store, party);
    struct query *q = store_query(store, "UPDATE peer SET asked_ms = ?2 WHERE party = ?1");
    query_text(q, 1, party);
    query_int(q, 2, (int64_t)asked_ms);
    query_run(q);
}

void store_peer_waits(struct store *store, const char *party, bool waits)
{
    have(store, party);
    struct query *q = store_query(store, "UPDATE peer SET waits = ?2 WHERE party = ?1");
    query_text(q, 1, party);
    query_int(q, 2, waits ? 1 : 0);
    query_run(q);
}

bool store_peer_is_waiting(struct store *store, const char *party)
{
    struct query *q = store_query(store, "SELECT 1 FROM peer WHERE party = ?1 AND waits = 1");
    query_text(q, 1, party);
    return query_any(q);
}

void store_peer_forget(struct store *store, const char *party)
{
    struct query *q = store_query(store, "UPDATE peer SET number = 0, digest = NULL, list = NULL,"
                                         " checked_ms = 0, asked_ms = 0 WHERE party = ?1");
    query_text(q, 1, party);
    query_run(q);
}

void store_peers_fresh(struct store *store)
{
    query_run(
        store_query(store, "UPDATE peer SET asked_ms = 0, waits = 0 WHERE asked_ms <> 0 OR waits <> 0"));
}

void store_peers_go_on(struct store *store)
{
    query_run(store_query(store, "UPDATE peer SET waits = 0 WHERE waits <> 0"));
}
