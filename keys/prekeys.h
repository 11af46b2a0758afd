/* SPDX-License-Identifier: Apache-2.0 */
/* Daily sealing keys from a signed list for the coming weeks, and when their private halves die: docs/protocol.md 3.3. */
#ifndef COMITY_KEYS_PREKEYS_H
#define COMITY_KEYS_PREKEYS_H

#include "base/arena.h"
#include "base/clock.h"
#include "keys/roster.h"
#include "keys/sign.h"
#include "proto/reason.h"
#include "proto/wire.h"

#define PREKEYS_MIN        8
#define PREKEYS_MAX        42
#define PREKEYS_STALE_DAYS 35
#define PREKEYS_RENEW_DAYS 14 /* left */
#define PREKEYS_ERASE_DAYS 15 /* after their day */

/* A list as read and verified; the message lies in the arena it was read into. */
struct prekeys {
    struct address party;
    uint64_t number, issued_ms, first_ms;
    const Comity__PrekeyList *list;
    struct digest digest; /* D(prekey, list) */
};

/* Encodes and signs a list: SignedPrekeys in the arena; data NULL on exhaustion. keys: count X25519 public keys. */
MUST_USE struct bytes prekeys_sign(const struct signer *seal_signer, const struct network_id *,
                                   const struct address *, uint64_t number, wall_ms issued, uint64_t first_ms,
                                   const struct public_key *keys, size_t count, struct arena *);

/*
 * Reads and checks a SignedPrekeys: encoding, fields, 8..42 keys, first_ms a multiple of a day, no low-order point and no
 * key twice, network, signer_key is a `seal` key of the party in the roster at issued_ms and not revoked, signature.
 * SIZE, ENCODING, VERSION, FIELD, NETWORK, TO (party not in the roster), KEY, REVOKED, SIGNATURE.
 */
MUST_USE enum reason prekeys_read(struct verified_turns *, struct bytes signed_prekeys, const struct roster *,
                                  struct arena *, struct prekeys *ret);

/* Higher number replaces; the same number with other bytes, and a lower one, are refused by the holder. */
enum prekeys_order { PREKEYS_NEWER, PREKEYS_SAME, PREKEYS_OLDER, PREKEYS_CONFLICT };
MUST_USE enum prekeys_order prekeys_compare(uint64_t held_number, const struct digest *held,
                                            const struct prekeys *offered);

/*
 * The key for an envelope made at created: the first before the first day, the day's, the last for 35 days after the last
 * day with *ret_stale set; false after that (E_PREKEY, locally).
 */
MUST_USE bool prekeys_choose(const struct prekeys *, wall_ms created, struct public_key *ret,
                             bool *ret_stale);

/* When the owner must issue the next list: when fewer than 14 days are left; of a list of fewer than 28 days, half of it. */
uint64_t prekeys_renewal_ms(uint64_t first_ms, size_t count);
bool prekeys_renewal_due(uint64_t first_ms, size_t count, wall_ms now);

/* When the private half of key[i] of a list is to be erased (the last key of the newest list: protocol.md 3.3). */
uint64_t prekey_erase_ms(uint64_t first_ms, size_t index);

#endif
