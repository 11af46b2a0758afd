/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/roster.h"

#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "keys/roster_private.h"

/* What is made of a byte of JSON: at worst `{},` becomes a contact. */
#define ARENA_BYTES_PER_BYTE (sizeof(struct contact) / 3 + 1)
#define ARENA_BYTES_MORE     ((size_t)64 * 1024)

const char *roster_outcome_name(enum roster_outcome outcome)
{
    static const char *const names[] = {
        [ROSTER_OK] = "OK",
        [ROSTER_SAME] = "SAME",
        [ROSTER_FORMAT] = "E_ROSTER_FORMAT",
        [ROSTER_NETWORK] = "E_ROSTER_NETWORK",
        [ROSTER_VERSION] = "E_ROSTER_VERSION",
        [ROSTER_FORK] = "E_ROSTER_FORK",
        [ROSTER_RULE] = "E_ROSTER_RULE",
        [ROSTER_THRESHOLD] = "E_ROSTER_THRESHOLD",
        [ROSTER_EXPIRED] = "E_ROSTER_EXPIRED",
        [ROSTER_NO_MEMORY] = "E_ROSTER_NO_MEMORY",
    };
    ensure((size_t)outcome < sizeof names / sizeof names[0]);
    return names[outcome];
}

const char *key_role_name(enum key_role role)
{
    static const char *const names[] = {
        [ROLE_NODE] = "node",       [ROLE_OFFICER] = "officer", [ROLE_SEAL] = "seal", [ROLE_LINK] = "link",
        [ROLE_PACKAGE] = "package", [ROLE_RECEIPT] = "receipt", [ROLE_LOG] = "log",
    };
    ensure((size_t)role < sizeof names / sizeof names[0] && names[role] != NULL);
    return names[role];
}

static int compare_addresses(const void *a, const void *b)
{
    const struct party *const *x = a;
    const struct party *const *y = b;
    int order = strcmp((*x)->address.text, (*y)->address.text);
    return order != 0 ? order : (*x > *y) - (*x < *y); /* of one array: the file's order */
}

/* Brokers before parties before roots, each in the file's order; so that of two equal keys the same one is always named. */
static int compare_owners(const struct key_entry *x, const struct key_entry *y)
{
    if (x->broker != y->broker) {
        return x->broker == NULL || (y->broker != NULL && x->broker > y->broker) ? 1 : -1;
    }
    if (x->party != y->party) {
        return x->party == NULL || (y->party != NULL && x->party > y->party) ? 1 : -1;
    }
    return (x->index > y->index) - (x->index < y->index);
}

static int compare_values(const void *a, const void *b)
{
    const struct key_entry *x = a;
    const struct key_entry *y = b;
    int order = memcmp(x->value->bytes, y->value->bytes, sizeof x->value->bytes);
    return order != 0 ? order : compare_owners(x, y);
}

static size_t count_keys(const struct roster *roster)
{
    size_t count = roster->root_count;
    for (size_t i = 0; i < roster->broker_count; i++) {
        count += roster->brokers[i].key_count;
    }
    for (size_t i = 0; i < roster->party_count; i++) {
        count += roster->parties[i].key_count;
    }
    return count;
}

static void add_keys(struct roster *roster, const struct roster_key *keys, size_t count,
                     const struct party *party, const struct roster_broker *broker)
{
    for (size_t i = 0; i < count; i++) {
        roster->by_key[roster->entry_count++] = (struct key_entry){
            .value = &keys[i].key, .key = &keys[i], .party = party, .broker = broker, .index = i};
    }
}

bool roster_index(struct roster *roster)
{
    roster->by_key = arena_zero(roster->arena, count_keys(roster), sizeof *roster->by_key);
    roster->by_address = arena_zero(roster->arena, roster->party_count, sizeof *roster->by_address);
    roster->root_keys = arena_zero(roster->arena, roster->root_count, sizeof *roster->root_keys);
    if (roster->by_key == NULL || roster->by_address == NULL || roster->root_keys == NULL) {
        return false;
    }
    for (size_t i = 0; i < roster->broker_count; i++) {
        add_keys(roster, roster->brokers[i].keys, roster->brokers[i].key_count, NULL, &roster->brokers[i]);
    }
    for (size_t i = 0; i < roster->party_count; i++) {
        add_keys(roster, roster->parties[i].keys, roster->parties[i].key_count, &roster->parties[i], NULL);
        roster->by_address[i] = &roster->parties[i];
    }
    for (size_t i = 0; i < roster->root_count; i++) {
        roster->root_keys[i] = roster->roots[i].minisign;
        roster->by_key[roster->entry_count++] =
            (struct key_entry){.value = &roster->roots[i].minisign.key, .index = i};
    }
    qsort(roster->by_key, roster->entry_count, sizeof *roster->by_key, compare_values);
    qsort(roster->by_address, roster->party_count, sizeof(const struct party *), compare_addresses);
    return true;
}

enum roster_outcome roster_read(struct bytes json, struct roster **ret, struct error *error)
{
    return roster_read_after(NULL, json, ret, error);
}

enum roster_outcome roster_read_stored(struct bytes json, struct roster **ret, struct error *error)
{
    if (json.size > ROSTER_BYTES_MAX) {
        error_set(error, "the roster: longer than %zu bytes", ROSTER_BYTES_MAX);
        return ROSTER_FORMAT;
    }
    struct arena *arena = arena_new(json.size * ARENA_BYTES_PER_BYTE + ARENA_BYTES_MORE);
    struct roster *roster = arena == NULL ? NULL : arena_zero(arena, 1, sizeof *roster);
    if (roster == NULL) {
        arena_free(arena);
        error_set(error, "the roster: not enough memory");
        return ROSTER_NO_MEMORY;
    }
    roster->arena = arena;
    enum roster_outcome outcome = roster_parse(json, roster, error);
    if (outcome == ROSTER_OK && !roster_index(roster)) {
        error_set(error, "the roster: not enough memory");
        outcome = ROSTER_NO_MEMORY;
    }
    if (outcome == ROSTER_OK) {
        outcome = roster_check(roster, error);
    }
    if (outcome != ROSTER_OK) {
        roster_free(roster);
        return outcome;
    }
    *ret = roster;
    return ROSTER_OK;
}

enum roster_outcome roster_read_after(const struct roster *held, struct bytes json, struct roster **ret,
                                      struct error *error)
{
    struct roster *roster = NULL;
    enum roster_outcome outcome = roster_read_stored(json, &roster, error);
    if (outcome == ROSTER_OK && !roster_check_points(roster, held, error)) {
        roster_free(roster);
        return ROSTER_RULE;
    }
    if (outcome == ROSTER_OK) {
        *ret = roster;
    }
    return outcome;
}

void roster_free(struct roster *roster)
{
    if (roster != NULL) {
        arena_free(roster->arena);
    }
}

uint64_t roster_version(const struct roster *roster)
{
    return roster->version;
}

struct bytes roster_json(const struct roster *roster)
{
    return roster->json;
}

const struct digest *roster_hash(const struct roster *roster)
{
    return &roster->hash;
}

struct network_id roster_network(const struct roster *roster)
{
    struct network_id id;
    memcpy(id.bytes, roster->version == 1 ? roster->hash.bytes : roster->stated_network.bytes,
           sizeof id.bytes);
    return id;
}

const struct digest *roster_previous(const struct roster *roster)
{
    return &roster->previous;
}

uint64_t roster_issued_ms(const struct roster *roster)
{
    return roster->issued_ms;
}

uint64_t roster_expires_ms(const struct roster *roster)
{
    return roster->expires_ms;
}

uint64_t roster_grace_ms(const struct roster *roster)
{
    return roster->grace_days * MS_PER_DAY;
}

unsigned roster_threshold(const struct roster *roster)
{
    return (unsigned)roster->threshold;
}

unsigned roster_format(const struct roster *roster)
{
    return roster->format;
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

const char *const *roster_zones(const struct roster *roster, struct arena *arena, size_t *ret_count)
{
    const char **names = arena_zero(arena, roster->party_count + 1, sizeof *names);
    size_t count = 0;
    if (names == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < roster->party_count; i++) {
        names[i] = roster->parties[i].zone;
    }
    qsort(names, roster->party_count, sizeof *names, compare_texts);
    for (size_t i = 0; i < roster->party_count; i++) {
        if (count == 0 || strcmp(names[count - 1], names[i]) != 0) {
            names[count++] = names[i];
        }
    }
    *ret_count = count;
    return names;
}

const struct minisign_key *roster_roots(const struct roster *roster, size_t *ret_count)
{
    *ret_count = roster->root_count;
    return roster->root_keys;
}

const char *roster_root_name(const struct roster *roster, size_t index)
{
    ensure(index < roster->root_count);
    return roster->roots[index].name;
}

const struct party *roster_parties(const struct roster *roster, size_t *ret_count)
{
    *ret_count = roster->party_count;
    return roster->parties;
}

const struct roster_broker *roster_brokers(const struct roster *roster, size_t *ret_count)
{
    *ret_count = roster->broker_count;
    return roster->brokers;
}

const struct party *roster_find(const struct roster *roster, const char *address)
{
    size_t low = 0;
    size_t high = roster->party_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(roster->by_address[middle]->address.text, address);
        if (order == 0) {
            return roster->by_address[middle];
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

const struct key_entry *roster_find_key(const struct roster *roster, const struct public_key *value)
{
    size_t low = 0;
    size_t high = roster->entry_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (memcmp(roster->by_key[middle].value->bytes, value->bytes, sizeof value->bytes) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    bool found = low < roster->entry_count && public_key_equal(roster->by_key[low].value, value);
    return found ? &roster->by_key[low] : NULL;
}

/* docs/protocol.md 9: a key proves something at time t if from <= t < until and it is not revoked. */
static enum key_standing standing_at(const struct roster_key *key, wall_ms at)
{
    if (at.ms < key->from_ms || at.ms >= key->until_ms) {
        return KEY_NOT_AT_THAT_TIME;
    }
    return key->revoked ? KEY_REVOKED : KEY_GOOD;
}

const struct party *roster_find_link(const struct roster *roster, const struct public_key *key, wall_ms at)
{
    const struct key_entry *entry = roster_find_key(roster, key);
    bool admitted = entry != NULL && entry->party != NULL && entry->key->role == ROLE_LINK &&
                    entry->party->status == PARTY_ACTIVE && standing_at(entry->key, at) == KEY_GOOD;
    return admitted ? entry->party : NULL;
}

bool roster_is_exercise(const struct roster *roster)
{
    size_t officers = 0;
    for (size_t i = 0; i < roster->party_count; i++) {
        const struct party *party = &roster->parties[i];
        for (size_t k = 0; k < party->key_count; k++) {
            if (party->keys[k].role == ROLE_OFFICER && !party->keys[k].exercise) {
                return false;
            }
            officers += party->keys[k].role == ROLE_OFFICER;
        }
    }
    return officers != 0;
}

enum key_standing roster_key_standing(const struct roster *roster, const struct party *party,
                                      enum key_role role, const struct public_key *key, wall_ms at,
                                      const struct roster_key **ret_key)
{
    const struct key_entry *entry = roster_find_key(roster, key);
    if (entry == NULL || entry->key == NULL || entry->party != party || entry->key->role != role) {
        return KEY_UNKNOWN;
    }
    if (ret_key != NULL) {
        *ret_key = entry->key;
    }
    return standing_at(entry->key, at);
}

enum roster_outcome roster_freshness(const struct roster *roster, wall_ms now, bool *ret_stale)
{
    *ret_stale = now.ms > roster->expires_ms;
    return now.ms > roster->expires_ms + roster_grace_ms(roster) ? ROSTER_EXPIRED : ROSTER_OK;
}
