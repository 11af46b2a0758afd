/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of a roster, for keys/roster*.c only. */
#ifndef COMITY_KEYS_ROSTER_PRIVATE_H
#define COMITY_KEYS_ROSTER_PRIVATE_H

#include "keys/roster.h"

struct roster_root {
    const char *name;
    struct minisign_key minisign;
};

/* One key value of the file and whose it is: of a party, of a broker, or a root (then key is NULL). */
struct key_entry {
    const struct public_key *value;
    const struct roster_key *key;
    const struct party *party;
    const struct roster_broker *broker;
    size_t index; /* in its owner's list, or in the list of roots */
};

/* Everything lies in the arena, the roster itself included. */
struct roster {
    struct arena *arena;
    struct bytes json;
    struct digest hash;
    unsigned format;
    uint64_t version;
    struct digest stated_network, previous; /* as in the file: zeros in version 1 */
    uint64_t issued_ms, expires_ms, grace_days;
    uint64_t wire_min, wire_max;
    uint64_t threshold;
    struct roster_root *roots;
    size_t root_count;
    struct minisign_key *root_keys; /* the same, for roster_roots() */
    struct roster_broker *brokers;
    size_t broker_count;
    struct party *parties;
    size_t party_count;
    const struct party **by_address; /* party_count, sorted by address */
    struct key_entry *by_key;        /* entry_count, sorted by value, then in the file's order */
    size_t entry_count;
};

/* roster_json.c: bytes to a filled roster without the sorted lists. FORMAT, NO_MEMORY. */
MUST_USE enum roster_outcome roster_parse(struct bytes json, struct roster *, struct error *);

/* roster.c: the sorted lists. False: the arena is exhausted. */
MUST_USE bool roster_index(struct roster *);
/* The first entry with that value; NULL: none. */
const struct key_entry *roster_find_key(const struct roster *, const struct public_key *);

/* roster_rules.c: the rules without and with a predecessor. OK, RULE, NO_MEMORY. */
MUST_USE enum roster_outcome roster_check(const struct roster *, struct error *);
/* Signing keys are points of the main subgroup; those that held (NULL: none) has too are known to be. */
MUST_USE bool roster_check_points(const struct roster *, const struct roster *held, struct error *);
MUST_USE enum roster_outcome roster_check_successor(const struct roster *held, const struct roster *candidate,
                                                    struct error *);

#endif
