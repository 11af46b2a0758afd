/* SPDX-License-Identifier: Apache-2.0 */
/* E_ROSTER_RULE: what a well-formed roster must hold by itself and against its predecessor (docs/protocol.md 9.1). */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "keys/roster_private.h"

#define LIFE_MS_MAX (400 * MS_PER_DAY)
#define PATH_CHARS  80

/* "parties[3].keys[1]", "roots.keys[0]" */
static const char *entry_path(char ret[PATH_CHARS], const struct roster *roster,
                              const struct key_entry *entry)
{
    if (entry->party != NULL) {
        (void)snprintf(ret, PATH_CHARS, "parties[%zu].keys[%zu]", (size_t)(entry->party - roster->parties),
                       entry->index);
    } else if (entry->broker != NULL) {
        (void)snprintf(ret, PATH_CHARS, "brokers[%zu].keys[%zu]", (size_t)(entry->broker - roster->brokers),
                       entry->index);
    } else {
        (void)snprintf(ret, PATH_CHARS, "roots.keys[%zu]", entry->index);
    }
    return ret;
}

static bool check_threshold(const struct roster *roster, struct error *error)
{
    uint64_t k = roster->threshold;
    uint64_t n = roster->root_count;
    if (k < 1 || k > n) {
        error_set(error, "roots.threshold: %llu of %llu root keys", (unsigned long long)k,
                  (unsigned long long)n);
        return false;
    }
    if (2 * k <= n) { /* two disjoint quorums could sign two successors */
        error_set(error, "roots.threshold: %llu is not more than half of the %llu root keys",
                  (unsigned long long)k, (unsigned long long)n);
        return false;
    }
    return true;
}

static bool check_dates(const struct roster *roster, struct error *error)
{
    if (roster->issued_ms >= roster->expires_ms) {
        error_set(error, "expires: not after issued");
        return false;
    }
    if (roster->expires_ms - roster->issued_ms > LIFE_MS_MAX) {
        error_set(error, "expires: more than 400 days after issued");
        return false;
    }
    return true;
}

static bool check_keys_distinct(const struct roster *roster, struct error *error)
{
    for (size_t i = 1; i < roster->entry_count; i++) {
        const struct key_entry *first = &roster->by_key[i - 1];
        const struct key_entry *second = &roster->by_key[i];
        char a[PATH_CHARS];
        char b[PATH_CHARS];
        if (public_key_equal(first->value, second->value)) {
            error_set(error, "%s: the same key as %s", entry_path(b, roster, second),
                      entry_path(a, roster, first));
            return false;
        }
    }
    return true;
}

static bool check_addresses_distinct(const struct roster *roster, struct error *error)
{
    for (size_t i = 1; i < roster->party_count; i++) {
        const struct party *second = roster->by_address[i];
        if (address_equal(&roster->by_address[i - 1]->address, &second->address)) {
            error_set(error, "parties[%zu].address: %s is there already", (size_t)(second - roster->parties),
                      second->address.text);
            return false;
        }
    }
    return true;
}

static int compare_broker_ids(const void *a, const void *b)
{
    const struct roster_broker *const *x = a;
    const struct roster_broker *const *y = b;
    int order = strcmp((*x)->id, (*y)->id);
    return order != 0 ? order : (*x > *y) - (*x < *y); /* of one array: the file's order */
}

static enum roster_outcome check_broker_ids_distinct(const struct roster *roster, struct error *error)
{
    const struct roster_broker **sorted = arena_zero(roster->arena, roster->broker_count, sizeof(void *));
    if (sorted == NULL) {
        return ROSTER_NO_MEMORY;
    }
    for (size_t i = 0; i < roster->broker_count; i++) {
        sorted[i] = &roster->brokers[i];
    }
    qsort(sorted, roster->broker_count, sizeof(void *), compare_broker_ids);
    for (size_t i = 1; i < roster->broker_count; i++) {
        if (strcmp(sorted[i - 1]->id, sorted[i]->id) == 0) {
            error_set(error, "brokers[%zu].id: is there already", (size_t)(sorted[i] - roster->brokers));
            return ROSTER_RULE;
        }
    }
    return ROSTER_OK;
}

static int compare_root_ids(const void *a, const void *b)
{
    const struct roster_root *const *x = a;
    const struct roster_root *const *y = b;
    int order = memcmp((*x)->minisign.id, (*y)->minisign.id, sizeof(*x)->minisign.id);
    return order != 0 ? order : (*x > *y) - (*x < *y);
}

static enum roster_outcome check_root_ids_distinct(const struct roster *roster, struct error *error)
{
    const struct roster_root **sorted = arena_zero(roster->arena, roster->root_count, sizeof(void *));
    if (sorted == NULL) {
        return ROSTER_NO_MEMORY;
    }
    for (size_t i = 0; i < roster->root_count; i++) {
        sorted[i] = &roster->roots[i];
    }
    qsort(sorted, roster->root_count, sizeof(void *), compare_root_ids);
    for (size_t i = 1; i < roster->root_count; i++) {
        if (memcmp(sorted[i - 1]->minisign.id, sorted[i]->minisign.id, sizeof sorted[i]->minisign.id) == 0) {
            error_set(error, "roots.keys[%zu].minisign: another root key has the same key id",
                      (size_t)(sorted[i] - roster->roots));
            return ROSTER_RULE;
        }
    }
    return ROSTER_OK;
}

/* All but link keys (X25519). */
static bool is_edwards(const struct key_entry *entry)
{
    return entry->key == NULL || entry->key->role != ROLE_LINK;
}

static bool was_checked(const struct roster *held, const struct key_entry *entry)
{
    const struct key_entry *before = held == NULL ? NULL : roster_find_key(held, entry->value);
    return before != NULL && is_edwards(before);
}

bool roster_check_points(const struct roster *roster, const struct roster *held, struct error *error)
{
    for (size_t i = 0; i < roster->entry_count; i++) {
        const struct key_entry *entry = &roster->by_key[i];
        char path[PATH_CHARS];
        if (is_edwards(entry) && !was_checked(held, entry) &&
            crypto_core_ed25519_is_valid_point(entry->value->bytes) != 1) {
            error_set(error, "%s: not a valid Ed25519 key", entry_path(path, roster, entry));
            return false;
        }
    }
    return true;
}

/*
 * Whom a party names for requests under an article: of its own State, in the roster, active unless the party is not either, and
 * one that takes them: who names yet another would leave a request without anybody to send it to.
 */
static bool check_authority(const struct roster *roster, const struct party *party,
                            const struct term_authority *authority, struct error *error)
{
    const size_t i = (size_t)(party - roster->parties);
    const struct party *named = roster_find(roster, authority->party.text);
    const char *wrong = !same_state(party->address.text, authority->party.text) ? "is of another State"
                        : named == NULL                                         ? "is not in the roster"
                        : named->status != PARTY_ACTIVE && party->status == PARTY_ACTIVE ? "is not active"
                                                                                         : NULL;
    if (wrong != NULL) {
        error_set(error, "parties[%zu].terms.authorities.%s: %s %s", i, authority->article,
                  authority->party.text, wrong);
        return false;
    }
    const struct address *next = terms_authority(party_terms(named), authority->article);
    if (next != NULL && !address_equal(next, &named->address)) {
        error_set(error, "parties[%zu].terms.authorities.%s: %s itself names %s for it: name who takes them",
                  i, authority->article, authority->party.text, next->text);
        return false;
    }
    return true;
}

static bool check_authorities(const struct roster *roster, struct error *error)
{
    for (size_t i = 0; i < roster->party_count; i++) {
        const struct party *party = &roster->parties[i];
        const struct terms *terms = party_terms(party);
        for (size_t k = 0; k < terms->authority_count; k++) {
            if (!check_authority(roster, party, &terms->authorities[k], error)) {
                return false;
            }
        }
    }
    return true;
}

enum roster_outcome roster_check(const struct roster *roster, struct error *error)
{
    if (!check_threshold(roster, error) || !check_dates(roster, error) ||
        !check_keys_distinct(roster, error) || !check_addresses_distinct(roster, error) ||
        !check_authorities(roster, error)) {
        return ROSTER_RULE;
    }
    enum roster_outcome outcome = check_broker_ids_distinct(roster, error);
    if (outcome == ROSTER_OK) {
        outcome = check_root_ids_distinct(roster, error);
    }
    if (outcome == ROSTER_NO_MEMORY) {
        error_set(error, "the roster: not enough memory");
    }
    return outcome;
}

static bool same_owner(const struct key_entry *a, const struct key_entry *b)
{
    if (a->party != NULL && b->party != NULL) {
        return address_equal(&a->party->address, &b->party->address);
    }
    return a->broker != NULL && b->broker != NULL && strcmp(a->broker->id, b->broker->id) == 0;
}

/* One key of the predecessor: still there, same role and owner, and still revoked if it was. */
static bool check_kept(const struct roster *held, const struct key_entry *before,
                       const struct roster *candidate, struct error *error)
{
    const struct key_entry *now = roster_find_key(candidate, before->value);
    char path[PATH_CHARS];
    char old[PATH_CHARS];
    if (now == NULL) {
        error_set(error, "%s of version %llu: this key is gone; revoke it, but keep it",
                  entry_path(old, held, before), (unsigned long long)held->version);
        return false;
    }
    if (now->key == NULL || now->key->role != before->key->role || !same_owner(before, now)) {
        error_set(error, "%s: this key had another role or owner in version %llu (%s)",
                  entry_path(path, candidate, now), (unsigned long long)held->version,
                  entry_path(old, held, before));
        return false;
    }
    if (before->key->revoked && !now->key->revoked) {
        error_set(error, "%s.revoked: null, but version %llu has revoked this key",
                  entry_path(path, candidate, now), (unsigned long long)held->version);
        return false;
    }
    return true;
}

enum roster_outcome roster_check_successor(const struct roster *held, const struct roster *candidate,
                                           struct error *error)
{
    if (candidate->issued_ms < held->issued_ms) {
        error_set(error, "issued: before the predecessor's");
        return ROSTER_RULE;
    }
    if (candidate->format < held->format) {
        error_set(error, "format: comity-roster-%u, but version %llu is comity-roster-%u: it never goes back",
                  candidate->format, (unsigned long long)held->version, held->format);
        return ROSTER_RULE;
    }
    for (size_t i = 0; i < held->party_count; i++) {
        const char *address = held->parties[i].address.text;
        if (roster_find(candidate, address) == NULL) {
            error_set(error, "parties: %s of version %llu is gone; set its status to left, but keep it",
                      address, (unsigned long long)held->version);
            return ROSTER_RULE;
        }
    }
    for (size_t i = 0; i < held->entry_count; i++) {
        if (held->by_key[i].key != NULL && !check_kept(held, &held->by_key[i], candidate, error)) {
            return ROSTER_RULE;
        }
    }
    return ROSTER_OK;
}
