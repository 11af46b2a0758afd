/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/receipt.h"

#include <string.h>

#include "base/ensure.h"
#include "keys/envelope.h"
#include "keys/wire_reason.h"

struct digest receipt_digest(struct bytes receipt)
{
    return labelled_digest("comity/v1/rcpt", &receipt, 1);
}

static bool has_reason(uint32_t kind)
{
    return kind == RECEIPT_REJECTED || kind == RECEIPT_REFUSED;
}

static Comity__ReceiptItem item_message(enum receipt_kind kind, const struct receipt_item *item)
{
    Comity__ReceiptItem message = COMITY__RECEIPT_ITEM__INIT;
    ensure(has_reason(kind) == (item->reason != REASON_NONE));
    ensure(kind == RECEIPT_DELIVERED || item->through == 0);
    message.id = wire_binary(digest_bytes(&item->id.digest));
    message.lane = (uint32_t)item->lane;
    message.incarnation = item->incarnation;
    message.seq = item->seq;
    message.reason = (uint32_t)item->reason;
    message.through = item->through;
    return message;
}

/* The messages and the array of pointers to them that protobuf-c wants; NULL on exhaustion. */
static Comity__ReceiptItem **item_messages(enum receipt_kind kind, const struct receipt_item *items,
                                           size_t count, struct arena *arena)
{
    Comity__ReceiptItem *messages = arena_take(arena, count * sizeof *messages);
    Comity__ReceiptItem **pointers = arena_take(arena, count * sizeof(Comity__ReceiptItem *));
    if (messages == NULL || pointers == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        messages[i] = item_message(kind, &items[i]);
        pointers[i] = &messages[i];
    }
    return pointers;
}

struct bytes receipt_encode(enum receipt_kind kind, const struct network_id *network,
                            const struct address *from, const struct address *to, const struct public_key *by,
                            uint64_t roster_version, wall_ms at, const struct receipt_item *items,
                            size_t count, struct arena *arena, struct digest *ret_digest)
{
    ensure(count >= 1 && count <= RECEIPT_ITEMS_MAX);
    struct address from_text = *from;
    struct address to_text = *to;
    Comity__Receipt message = COMITY__RECEIPT__INIT;
    message.version = 1;
    message.kind = (uint32_t)kind;
    message.network = wire_binary(bytes_of(network->bytes, sizeof network->bytes));
    message.from = from_text.text;
    message.to = to_text.text;
    message.by_key = wire_binary(bytes_of(by->bytes, sizeof by->bytes));
    message.roster = roster_version;
    message.at_ms = at.ms;
    message.n_item = count;
    message.item = item_messages(kind, items, count, arena);
    if (message.item == NULL) {
        return bytes_of(NULL, 0);
    }
    struct bytes encoded = receipt_pack(arena, &message);
    if (encoded.data != NULL) {
        *ret_digest = receipt_digest(encoded);
    }
    return encoded;
}

struct bytes signed_receipt_encode(struct arena *arena, struct bytes receipt, struct bytes proof)
{
    Comity__SignedReceipt message = COMITY__SIGNED_RECEIPT__INIT;
    message.receipt = wire_binary(receipt);
    message.proof = wire_binary(proof);
    return signed_receipt_pack(arena, &message);
}

/* --- reading --- */

static bool item_holds(uint32_t kind, const Comity__ReceiptItem *item)
{
    bool chain =
        item->lane >= LANE_URGENT && item->lane <= LANE_BULK && item->incarnation >= 1 && item->seq >= 1;
    bool reason =
        has_reason(kind) ? item->reason > REASON_NONE && item->reason < REASON_COUNT : item->reason == 0;
    bool leaf = kind == RECEIPT_ACCEPTED || item->leaf == 0;
    bool through = kind == RECEIPT_DELIVERED || item->through == 0;
    return item->id.len == sizeof(struct digest) && chain && reason && leaf && through;
}

static bool items_hold(const Comity__Receipt *receipt)
{
    if (receipt->n_item < 1 || receipt->n_item > RECEIPT_ITEMS_MAX) {
        return false;
    }
    for (size_t i = 0; i < receipt->n_item; i++) {
        if (!item_holds(receipt->kind, receipt->item[i])) {
            return false;
        }
    }
    return true;
}

static bool fields_hold(const Comity__Receipt *receipt, struct signed_receipt *ret)
{
    bool kind = receipt->kind >= RECEIPT_ACCEPTED && receipt->kind <= RECEIPT_OPENED;
    bool sizes =
        receipt->network.len == sizeof(struct network_id) && receipt->by_key.len == sizeof(struct public_key);
    bool checkpoint = receipt->kind == RECEIPT_ACCEPTED || receipt->checkpoint.len == 0;
    return kind && sizes && time_in_range(receipt->at_ms) && checkpoint && receipt->roster >= 1 &&
           address_read(bytes_of_text(receipt->from), &ret->from) &&
           address_read(bytes_of_text(receipt->to), &ret->to) && items_hold(receipt);
}

/* How the signer's key stands in the role that this kind of receipt needs, at its own time. */
static enum key_standing signer_standing(const Comity__Receipt *receipt, const struct address *to,
                                         const struct roster *roster, const struct public_key *by)
{
    wall_ms at = {.ms = receipt->at_ms};
    if (receipt->kind <= RECEIPT_EXPIRED) {
        return roster_key_standing(roster, NULL, ROLE_RECEIPT, by, at, NULL);
    }
    const struct party *party = roster_find(roster, to->text);
    if (party == NULL) {
        return KEY_UNKNOWN; /* roster_key_standing() would take NULL for the brokers */
    }
    enum key_role role = receipt->kind == RECEIPT_OPENED ? ROLE_OFFICER : ROLE_NODE;
    return roster_key_standing(roster, party, role, by, at, NULL);
}

static enum reason signature_check(struct verified_turns *verified, const Comity__Receipt *receipt,
                                   const struct signed_receipt *read, struct bytes proof,
                                   const struct roster *roster)
{
    struct public_key by;
    memcpy(by.bytes, receipt->by_key.data, sizeof by.bytes);
    switch (signer_standing(receipt, &read->to, roster, &by)) {
    case KEY_UNKNOWN:
    case KEY_NOT_AT_THAT_TIME:
        return REASON_KEY;
    case KEY_REVOKED:
        return REASON_REVOKED;
    case KEY_GOOD:
        break;
    }
    return proof_verify(verified, proof, &read->digest, &by) == PROOF_OK ? REASON_NONE : REASON_SIGNATURE;
}

enum reason receipt_read(struct verified_turns *verified, struct bytes signed_receipt,
                         const struct roster *roster, struct arena *arena, struct signed_receipt *ret)
{
    Comity__SignedReceipt *outer = NULL;
    Comity__Receipt *receipt = NULL;
    enum reason reason = wire_reason(signed_receipt_unpack(signed_receipt, arena, &outer, NULL));
    if (reason != REASON_NONE) {
        return reason;
    }
    struct bytes inner = wire_bytes(outer->receipt);
    reason = wire_reason(receipt_unpack(inner, arena, &receipt, NULL));
    if (reason != REASON_NONE) {
        return reason;
    }
    if (receipt->version != 1) {
        return REASON_VERSION;
    }
    struct signed_receipt read = {.raw = signed_receipt, .body = receipt, .digest = receipt_digest(inner)};
    if (!fields_hold(receipt, &read)) {
        return REASON_FIELD;
    }
    struct network_id network = roster_network(roster);
    if (memcmp(receipt->network.data, network.bytes, sizeof network.bytes) != 0) {
        return REASON_NETWORK;
    }
    reason = signature_check(verified, receipt, &read, wire_bytes(outer->proof), roster);
    if (reason == REASON_NONE) {
        *ret = read;
    }
    return reason;
}
