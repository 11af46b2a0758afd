/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/prekeys.h"

#include <sodium.h>
#include <string.h>

#include "base/ensure.h"
#include "keys/envelope.h"
#include "keys/wire_reason.h"

static struct digest list_digest(struct bytes list)
{
    return labelled_digest("comity/v1/prekey", &list, 1);
}

struct bytes prekeys_sign(const struct signer *seal_signer, const struct network_id *network,
                          const struct address *party, uint64_t number, wall_ms issued, uint64_t first_ms,
                          const struct public_key *keys, size_t count, struct arena *arena)
{
    ensure(count >= PREKEYS_MIN && count <= PREKEYS_MAX && number >= 1 && first_ms % MS_PER_DAY == 0);
    struct bytes none = bytes_of(NULL, 0);
    ProtobufCBinaryData views[PREKEYS_MAX];
    for (size_t i = 0; i < count; i++) {
        views[i] = wire_binary(bytes_of(keys[i].bytes, sizeof keys[i].bytes));
    }
    struct address address = *party;
    Comity__PrekeyList list = COMITY__PREKEY_LIST__INIT;
    list.version = 1;
    list.network = wire_binary(bytes_of(network->bytes, sizeof network->bytes));
    list.party = address.text;
    list.signer_key = wire_binary(bytes_of(seal_signer->key.bytes, sizeof seal_signer->key.bytes));
    list.number = number;
    list.issued_ms = issued.ms;
    list.first_ms = first_ms;
    list.n_key = count;
    list.key = views;
    struct bytes encoded = prekey_list_pack(arena, &list);
    if (encoded.data == NULL) {
        return none;
    }
    struct digest digest = list_digest(encoded);
    struct bytes proof;
    if (!sign_turn(seal_signer, &digest, 1, arena, &proof)) {
        return none;
    }
    Comity__SignedPrekeys message = COMITY__SIGNED_PREKEYS__INIT;
    message.list = wire_binary(encoded);
    message.proof = wire_binary(proof);
    return signed_prekeys_pack(arena, &message);
}

/*
 * Points whose order divides 8, as they may be written in 32 bytes whose top bit is ignored: 0, 1, the two of order 8, p - 1, and
 * p and p + 1, which stand for 0 and 1. X25519 with one of them gives zero whatever the scalar (RFC 7748 6.1). They are compared and
 * not multiplied, since a list is read for every letter that is sealed. Source: https://cr.yp.to/ecdh.html#validate
 */
static bool is_low_order(const uint8_t key[32])
{
    static const uint8_t points[][32] = {
        {0},
        {1},
        {0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4, 0x6a,
         0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00},
        {0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1, 0x55, 0x9c, 0x83, 0xef, 0x5b,
         0x04, 0x44, 0x5c, 0xc4, 0x58, 0x1c, 0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f, 0x11, 0x57},
        {0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
         0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
        {0xed, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
         0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
        {0xee, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
         0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
    };
    for (size_t i = 0; i < sizeof points / sizeof points[0]; i++) {
        if (memcmp(key, points[i], 31) == 0 && (key[31] & 0x7f) == points[i][31]) {
            return true;
        }
    }
    return false;
}

static bool keys_hold(const Comity__PrekeyList *list)
{
    if (list->n_key < PREKEYS_MIN || list->n_key > PREKEYS_MAX) {
        return false;
    }
    for (size_t i = 0; i < list->n_key; i++) {
        if (list->key[i].len != 32 || is_low_order(list->key[i].data)) {
            return false;
        }
        for (size_t j = 0; j < i; j++) {
            if (memcmp(list->key[i].data, list->key[j].data, 32) == 0) {
                return false;
            }
        }
    }
    return true;
}

static bool list_fields_hold(const Comity__PrekeyList *list, struct address *ret_party)
{
    return list->network.len == sizeof(struct network_id) &&
           list->signer_key.len == sizeof(struct public_key) &&
           address_read(bytes_of_text(list->party), ret_party) && list->number >= 1 &&
           time_in_range(list->issued_ms) && time_in_range(list->first_ms) &&
           list->first_ms % MS_PER_DAY == 0 && keys_hold(list);
}

/* Who signed, and whether the roster lets that key do so. */
static enum reason signer_check(const Comity__PrekeyList *list, const struct address *address,
                                const struct roster *roster, struct public_key *ret)
{
    const struct party *party = roster_find(roster, address->text);
    if (party == NULL) {
        return REASON_TO;
    }
    memcpy(ret->bytes, list->signer_key.data, sizeof ret->bytes);
    switch (roster_key_standing(roster, party, ROLE_SEAL, ret, (wall_ms){.ms = list->issued_ms}, NULL)) {
    case KEY_GOOD:
        return REASON_NONE;
    case KEY_REVOKED:
        return REASON_REVOKED;
    case KEY_UNKNOWN:
    case KEY_NOT_AT_THAT_TIME:
        break;
    }
    return REASON_KEY;
}

enum reason prekeys_read(struct verified_turns *verified, struct bytes signed_prekeys,
                         const struct roster *roster, struct arena *arena, struct prekeys *ret)
{
    Comity__SignedPrekeys *outer = NULL;
    Comity__PrekeyList *list = NULL;
    enum reason reason = wire_reason(signed_prekeys_unpack(signed_prekeys, arena, &outer, NULL));
    if (reason != REASON_NONE) {
        return reason;
    }
    reason = wire_reason(prekey_list_unpack(wire_bytes(outer->list), arena, &list, NULL));
    if (reason != REASON_NONE) {
        return reason;
    }
    if (list->version != 1) {
        return REASON_VERSION;
    }
    struct prekeys read = {
        .list = list, .number = list->number, .issued_ms = list->issued_ms, .first_ms = list->first_ms};
    if (!list_fields_hold(list, &read.party)) {
        return REASON_FIELD;
    }
    struct network_id network = roster_network(roster);
    if (memcmp(list->network.data, network.bytes, sizeof network.bytes) != 0) {
        return REASON_NETWORK;
    }
    struct public_key signer;
    reason = signer_check(list, &read.party, roster, &signer);
    if (reason != REASON_NONE) {
        return reason;
    }
    read.digest = list_digest(wire_bytes(outer->list));
    if (proof_verify(verified, wire_bytes(outer->proof), &read.digest, &signer) != PROOF_OK) {
        return REASON_SIGNATURE;
    }
    *ret = read;
    return REASON_NONE;
}

enum prekeys_order prekeys_compare(uint64_t held_number, const struct digest *held,
                                   const struct prekeys *offered)
{
    if (offered->number != held_number) {
        return offered->number > held_number ? PREKEYS_NEWER : PREKEYS_OLDER;
    }
    return digest_equal(held, &offered->digest) ? PREKEYS_SAME : PREKEYS_CONFLICT;
}

bool prekeys_choose(const struct prekeys *prekeys, wall_ms created, struct public_key *ret, bool *ret_stale)
{
    size_t count = prekeys->list->n_key;
    uint64_t day = created.ms < prekeys->first_ms ? 0 : (created.ms - prekeys->first_ms) / MS_PER_DAY;
    if (day >= count + PREKEYS_STALE_DAYS) {
        return false;
    }
    bool stale = day >= count;
    size_t index = stale ? count - 1 : (size_t)day;
    memcpy(ret->bytes, prekeys->list->key[index].data, sizeof ret->bytes);
    *ret_stale = stale;
    return true;
}

uint64_t prekeys_renewal_ms(uint64_t first_ms, size_t count)
{
    size_t left = count < 2 * PREKEYS_RENEW_DAYS ? count / 2 : PREKEYS_RENEW_DAYS;
    return first_ms + (count - left) * MS_PER_DAY + 1;
}

bool prekeys_renewal_due(uint64_t first_ms, size_t count, wall_ms now)
{
    return now.ms >= prekeys_renewal_ms(first_ms, count);
}

uint64_t prekey_erase_ms(uint64_t first_ms, size_t index)
{
    return first_ms + (index + 1 + PREKEYS_ERASE_DAYS) * MS_PER_DAY;
}
