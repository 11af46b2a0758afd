/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The network of a scenario: its parties with all their keys, roots, and the rosters they sign, drawn from the seed. It is marked
 * as an exercise throughout: nothing real can be signed under it. Parties come in the order of the scenario; party i is actor i + 1 of
 * a world of it.
 */
#ifndef COMITY_DRILLS_CONDUCT_NETWORK_H
#define COMITY_DRILLS_CONDUCT_NETWORK_H

#include "base/zone_set.h"
#include "drills/scenario/scenario.h"
#include "drills/world/world.h"
#include "keys/roster.h"

#define NETWORK_OFFICERS 3 /* of a party: two may have to sign, and one may be revoked */
#define NETWORK_ROOTS    2 /* all sign */
#define NETWORK_BROKER   "hub"
#define NETWORK_PORT     7400 /* of the broker, where nobody listens: a world needs none */

extern const char *const network_root_names[NETWORK_ROOTS];
extern const char *const network_officer_names[NETWORK_OFFICERS];

struct network_party {
    const struct scenario_unit *unit;
    struct address address;
    struct signer node, seal, officer[NETWORK_OFFICERS];
    struct public_key link;
    uint8_t link_secret[32];
    bool revoked;     /* its last officer */
    bool wrong_entry; /* the next roster says another phone number than it has */
};

struct network {
    const struct scenario *scenario; /* borrowed */
    uint64_t seed;
    struct slab *slab;   /* own */
    struct arena *arena; /* own */
    struct zone_set *zones;
    struct verified_turns *verified; /* what its signers have signed, where a world has them verified */
    size_t party_count;
    struct network_party *parties;
    struct signer root[NETWORK_ROOTS], receipt;
    struct public_key broker_link;
    uint8_t broker_link_secret[32];
    unsigned port;               /* of the broker, on this machine */
    struct exercise_id exercise; /* of all */
    struct network_id id;
    struct roster *roster; /* the newest */
    struct bytes first_json, first_minisigs[NETWORK_ROOTS], newest_json, newest_minisigs[NETWORK_ROOTS];
    struct world_party *world_parties;
};

/* NULL with an error: no memory can be locked for so many keys, a zone is missing on this machine, or there are too many parties. */
struct network *network_new(const struct scenario *, uint64_t seed, unsigned port, struct error *);
void network_free(struct network *); /* NULL is allowed */

/* The place of a unit in parties. Aborts when it is of another scenario. */
size_t network_place(const struct network *, const struct scenario_unit *);
/* The officers' secrets of a party that are not revoked, in order. */
size_t network_officers(const struct network *, size_t place, const struct signer *ret[NETWORK_OFFICERS]);

/* The world of it, everybody linked as the scenario says. NULL with an error. quiet_ms and tick_ms as in world_setup. */
struct world *network_world(const struct network *, uint64_t quiet_ms, uint64_t tick_ms,
                            const char *scratch_directory, struct error *);

/*
 * The next roster version, issued then: newer dates, and if revoked is a place (else SIZE_MAX) its last officer's key revoked. It is the
 * newest from now on; nobody has it yet.
 */
void network_next_roster(struct network *, size_t revoked, uint64_t issued_ms);

#endif
