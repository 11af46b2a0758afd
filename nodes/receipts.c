/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/receipts.h"

#include <string.h>

#include "nodes/due.h"
#include "nodes/inbox.h"
#include "nodes/letters.h"
#include "nodes/outbox.h"
#include "nodes/recall.h"
#include "nodes/rosters.h"
#include "nodes/store_receipts.h"

#define SAID_BYTES_A_TURN ((size_t)512 * 1024)
#define AGAIN_MS_MIN      MS_PER_SECOND
#define AGAIN_MS_MAX      (10 * MS_PER_MINUTE)

/* --- given --- */

/* Items of rows [first, last): one sender, one kind. */
static bool encode_due(struct node *node, struct turn *turn, const struct due_row *rows, size_t count,
                       struct due_receipt *ret)
{
    struct arena *arena = turn_arena(turn);
    struct receipt_item *items = arena_zero(arena, count, sizeof *items);
    if (items == NULL) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        const struct in_chain chain = {
            .from = rows[i].from, .lane = rows[i].item.lane, .incarnation = rows[i].item.incarnation};
        items[i] = rows[i].item;
        if (rows[i].kind == RECEIPT_DELIVERED) {
            items[i].through = in_chain_through(node, &chain);
        }
    }
    ret->kind = rows[0].kind;
    ret->from = rows[0].from;
    ret->items = items;
    ret->count = count;
    ret->receipt = receipt_encode(ret->kind, &node->options.network, &ret->from, &node->options.party,
                                  &node->options.node_signer->key, roster_version(node_roster_now(node)),
                                  turn_wall(turn), items, count, arena, &ret->digest);
    return ret->receipt.data != NULL;
}

size_t node_receipts_prepare(struct node *node, struct turn *turn, struct due_receipt *ret, size_t max)
{
    struct due_row *rows = arena_take(turn_arena(turn), RECEIPTS_A_TURN * sizeof *rows);
    size_t made = 0;
    if (rows == NULL || node_roster_now(node) == NULL) {
        return 0;
    }
    size_t count = store_receipts_due(node->store, RECEIPTS_A_TURN, rows);
    /* A key that is not in the roster signs nothing: what is due stays due until the roster names it. */
    if (count == 0 || !node_rosters_own_key(node, turn, ROLE_NODE)) {
        return 0;
    }
    for (size_t first = 0; first < count && made < max;) {
        size_t end = first + 1;
        while (end < count && rows[end].kind == rows[first].kind &&
               address_equal(&rows[end].from, &rows[first].from)) {
            end++;
        }
        if (!encode_due(node, turn, &rows[first], end - first, &ret[made])) {
            break;
        }
        made++;
        first = end;
    }
    node->live.more = node->live.more || count == RECEIPTS_A_TURN || made == max;
    return made;
}

void node_receipts_store(struct node *node, struct turn *turn, const struct due_receipt *due,
                         struct bytes proof)
{
    uint64_t row = 0;
    const struct stored_receipt receipt = {.kind = due->kind,
                                           .party = due->from.text,
                                           .own = true,
                                           .at_ms = turn_wall(turn).ms,
                                           .by = node->options.node_signer->key,
                                           .digest = due->digest,
                                           .raw =
                                               signed_receipt_encode(turn_arena(turn), due->receipt, proof)};
    if (receipt.raw.data == NULL || !store_receipt_put(node->store, &receipt, &row)) {
        return;
    }
    for (size_t i = 0; i < due->count; i++) {
        store_receipt_item(node->store, row, due->kind, &due->items[i].id);
        store_receipt_given(node->store, &due->items[i].id);
        inbox_receipt_given(node, &due->items[i].id, due->kind, receipt.at_ms);
    }
}

static void say(struct node *node, struct turn *turn, struct bytes raw)
{
    Comity__ReceiptFrame message = COMITY__RECEIPT_FRAME__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    message.receipt = wire_binary(raw);
    frame.body_case = COMITY__FRAME__BODY_RECEIPT;
    frame.receipt = &message;
    node_say(node, turn, &frame);
}

/* Nobody takes what a revoked officer signed, and it cannot be signed again: it would be said for ever. */
static bool is_void(const struct node *node, const struct stored_receipt *receipt)
{
    const wall_ms at = {.ms = receipt->at_ms};
    const struct party *self = node_self(node);
    return receipt->kind == RECEIPT_OPENED && self != NULL &&
           roster_key_standing(node_roster_now(node), self, ROLE_OFFICER, &receipt->by, at, NULL) ==
               KEY_REVOKED;
}

void node_receipts_say(struct node *node, struct turn *turn)
{
    size_t bytes = 0;
    struct stored_receipt receipt;
    uint64_t row;
    if (node->live.stage < LINK_HEADS) {
        return;
    }
    for (unsigned i = 0; i < SEND_AGAIN_MAX && bytes < SAID_BYTES_A_TURN; i++) {
        if (!store_receipt_unsettled(node->store, node->live.receipts_said, turn_arena(turn), &row,
                                     &receipt)) {
            return;
        }
        node->live.receipts_said = row;
        if (is_void(node, &receipt) && store_receipt_settled(node->store, &receipt.digest)) {
            node_event(turn, EVENT_RECEIPT_VOID, "kind=%s reason=%s", receipt_kind_name(receipt.kind),
                       reason_name(REASON_REVOKED));
            continue;
        }
        say(node, turn, receipt.raw);
        bytes += receipt.raw.size;
    }
    node->live.more = true;
}

/* Damaged on the way, no room, a roster that is not there yet: the refusal names no receipt, so it may be any of them. */
void node_receipts_refused(struct node *node, struct turn *turn, uint64_t retry_ms)
{
    struct live *live = &node->live;
    if (live->receipts_again.ms != 0) {
        return; /* another one of the same round */
    }
    uint64_t wait_ms = 2 * live->receipts_wait_ms;
    wait_ms = wait_ms < retry_ms ? retry_ms : wait_ms;
    wait_ms = wait_ms < AGAIN_MS_MIN ? AGAIN_MS_MIN : wait_ms > AGAIN_MS_MAX ? AGAIN_MS_MAX : wait_ms;
    live->receipts_wait_ms = wait_ms;
    live->receipts_again = mono_after(turn_mono(turn), wait_ms);
}

void node_receipts_tick(struct node *node, struct turn *turn)
{
    struct live *live = &node->live;
    if (live->receipts_again.ms != 0 && turn_mono(turn).ms >= live->receipts_again.ms) {
        live->receipts_again = (mono_ms){.ms = 0};
        live->receipts_said = 0;
    }
}

void node_receipts_due(const struct node *node, struct due *due)
{
    due_at(due, node->live.receipts_again);
}

bool node_receipts_repeat(struct node *node, struct turn *turn, const struct envelope_id *id,
                          enum receipt_kind kind)
{
    struct bytes raw;
    bool found = store_receipt_about(node->store, id, kind, turn_arena(turn), &raw);
    if (found) {
        say(node, turn, raw);
    }
    return found;
}

bool node_receipts_settled(struct node *node, const struct digest *digest)
{
    return store_receipt_settled(node->store, digest);
}

/* --- OPENED --- */

/* What receipt and store agree on: the item names an envelope of that sender that was delivered here. */
static bool is_delivered_here(struct node *node, const struct signed_receipt *receipt,
                              const Comity__ReceiptItem *item)
{
    struct in_row row;
    const struct envelope_id id = {.digest = digest_from(wire_bytes(item->id))};
    return inbox_get(node, &id, &row) && address_equal(&row.from, &receipt->from) &&
           row.outcome == IN_DELIVERED && (uint32_t)row.lane == item->lane &&
           row.incarnation == item->incarnation && row.seq == item->seq;
}

static bool all_delivered_here(struct node *node, const struct signed_receipt *receipt)
{
    for (size_t i = 0; i < receipt->body->n_item; i++) {
        if (!is_delivered_here(node, receipt, receipt->body->item[i])) {
            return false;
        }
    }
    return true;
}

static struct public_key signer_of(const struct signed_receipt *receipt)
{
    struct public_key key;
    memcpy(key.bytes, receipt->body->by_key.data, sizeof key.bytes);
    return key;
}

enum opened_outcome node_file_opened(struct node *node, struct turn *turn, struct bytes signed_receipt,
                                     enum reason *ret_reason)
{
    struct arena *arena = turn_arena(turn);
    struct signed_receipt receipt;
    uint64_t row = 0;
    *ret_reason = node_roster_now(node) == NULL
                      ? REASON_ROSTER
                      : receipt_read(&node->verified, signed_receipt, node_roster_now(node), arena, &receipt);
    if (*ret_reason != REASON_NONE) {
        return OPENED_REFUSED;
    }
    if (receipt.body->kind != RECEIPT_OPENED || !address_equal(&receipt.to, &node->options.party)) {
        *ret_reason = REASON_FIELD;
        return OPENED_REFUSED;
    }
    if (!all_delivered_here(node, &receipt)) {
        return OPENED_UNKNOWN;
    }
    const struct stored_receipt stored = {.kind = RECEIPT_OPENED,
                                          .party = receipt.from.text,
                                          .own = node_self(node)->shares_opened,
                                          .at_ms = receipt.body->at_ms,
                                          .by = signer_of(&receipt),
                                          .digest = receipt.digest,
                                          .raw = signed_receipt};
    if (!store_receipt_put(node->store, &stored, &row)) {
        return OPENED_KNOWN;
    }
    for (size_t i = 0; i < receipt.body->n_item; i++) {
        const struct envelope_id id = {.digest = digest_from(wire_bytes(receipt.body->item[i]->id))};
        store_receipt_item(node->store, row, RECEIPT_OPENED, &id);
        inbox_opened(node, &id, receipt.body->at_ms, stored.own);
    }
    return OPENED_OK;
}

struct bytes node_opened_draft(struct node *node, const struct case_id *case_id,
                               const struct public_key *officer, wall_ms at, struct arena *arena,
                               struct digest *ret_digest)
{
    const struct bytes none = bytes_of(NULL, 0);
    struct receipt_item *items = arena_zero(arena, RECEIPT_ITEMS_MAX, sizeof *items);
    struct address from;
    if (items == NULL || node_roster_now(node) == NULL) {
        return none;
    }
    size_t count = inbox_unopened(node, case_id, RECEIPT_ITEMS_MAX, items, &from);
    return count == 0
               ? none
               : receipt_encode(RECEIPT_OPENED, &node->options.network, &from, &node->options.party, officer,
                                roster_version(node_roster_now(node)), at, items, count, arena, ret_digest);
}

/* --- received --- */

static bool take_item(struct node *node, struct turn *turn, const struct signed_receipt *receipt,
                      const Comity__ReceiptItem *message)
{
    const struct receipt_item item = {.id = {.digest = digest_from(wire_bytes(message->id))},
                                      .lane = (enum lane)message->lane,
                                      .incarnation = message->incarnation,
                                      .seq = message->seq,
                                      .reason = (enum reason)message->reason};
    enum receipt_kind kind = (enum receipt_kind)receipt->body->kind;
    if (address_equal(&receipt->from, &node->options.party)) {
        return outbox_receipt(node, turn, kind, &receipt->to, &item, receipt->body->at_ms);
    }
    /* About an envelope to us. E_FORK: the number is that of another envelope, which may still come. */
    bool gone = kind == RECEIPT_EXPIRED || (kind == RECEIPT_REJECTED && item.reason != REASON_FORK);
    if (!gone) {
        return kind == RECEIPT_REJECTED;
    }
    /* A broker that was restored from an older copy knows nothing of our word, and its sender may have lost it, too. */
    if (is_delivered_here(node, receipt, message)) {
        store_receipt_again(node->store, &item.id);
        node->live.receipts_said = 0;
        return true;
    }
    const struct in_chain chain = {.from = receipt->from, .lane = item.lane, .incarnation = item.incarnation};
    in_chain_gone(node, turn, &chain, item.seq);
    return true;
}

static void settle(struct node *node, struct turn *turn, const struct digest *digest)
{
    ProtobufCBinaryData item = wire_binary(digest_bytes(digest));
    Comity__Settle message = COMITY__SETTLE__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    message.n_digest = 1;
    message.digest = &item;
    frame.body_case = COMITY__FRAME__BODY_SETTLE;
    frame.settle = &message;
    node_say(node, turn, &frame);
}

static bool is_of_recipient(enum receipt_kind kind)
{
    return kind == RECEIPT_DELIVERED || kind == RECEIPT_REFUSED || kind == RECEIPT_OPENED;
}

/* Files it if it speaks of anything known; a receipt about nothing known is settled all the same, or it came for ever. */
static void file(struct node *node, struct turn *turn, const struct signed_receipt *receipt)
{
    bool from_me = address_equal(&receipt->from, &node->options.party);
    uint64_t row = 0;
    size_t known = 0;
    const struct stored_receipt stored = {.kind = (enum receipt_kind)receipt->body->kind,
                                          .party = from_me ? receipt->to.text : receipt->from.text,
                                          .settled = true,
                                          .at_ms = receipt->body->at_ms,
                                          .by = signer_of(receipt),
                                          .digest = receipt->digest,
                                          .raw = receipt->raw};
    for (size_t i = 0; i < receipt->body->n_item; i++) {
        bool taken = take_item(node, turn, receipt, receipt->body->item[i]);
        known += taken;
        if (!taken && from_me && is_of_recipient(stored.kind)) {
            recall_number_answered(node, turn, &receipt->to, receipt->body->item[i]);
        }
    }
    if (known == 0) {
        node_event(turn, EVENT_RECEIPT_IGNORED, "kind=%s party=%s reason=unknown-envelopes",
                   receipt_kind_name(receipt->body->kind), stored.party);
    } else if (store_receipt_put(node->store, &stored, &row)) {
        for (size_t i = 0; i < receipt->body->n_item; i++) {
            const struct envelope_id id = {.digest = digest_from(wire_bytes(receipt->body->item[i]->id))};
            store_receipt_item(node->store, row, stored.kind, &id);
        }
    }
    if (stored.kind != RECEIPT_ACCEPTED) { /* given in answer to a submit, and again when that comes again */
        settle(node, turn, &receipt->digest);
    }
}

/* A revocation stays: no roster to come makes it hold, and it came for ever. */
static void let_go(struct node *node, struct turn *turn, struct bytes signed_receipt)
{
    Comity__SignedReceipt *outer = NULL;
    Comity__Receipt *receipt = NULL;
    if (signed_receipt_unpack(signed_receipt, turn_arena(turn), &outer, NULL) != WIRE_OK ||
        receipt_unpack(wire_bytes(outer->receipt), turn_arena(turn), &receipt, NULL) != WIRE_OK) {
        return;
    }
    const struct digest digest = receipt_digest(wire_bytes(outer->receipt));
    settle(node, turn, &digest);
    for (size_t i = 0; i < receipt->n_item; i++) {
        const struct envelope_id id = {.digest = digest_from(wire_bytes(receipt->item[i]->id))};
        outbox_unproven(node, turn, (enum receipt_kind)receipt->kind, &id);
    }
}

bool node_receipts_wanted(const struct node *node)
{
    const struct roster *roster = node_roster_now(node);
    uint64_t version = roster == NULL ? 0 : roster_version(roster);
    return node->live.receipts_unread != 0 && version > node->live.receipts_unread &&
           version >= node->live.broker_roster;
}

bool node_receipts_take(struct node *node, struct turn *turn, struct bytes signed_receipt)
{
    struct signed_receipt receipt;
    const struct roster *roster = node_roster_now(node);
    if (roster == NULL) {
        return false;
    }
    enum reason reason = receipt_read(&node->verified, signed_receipt, roster, turn_arena(turn), &receipt);
    if (reason == REASON_REVOKED) {
        let_go(node, turn, signed_receipt);
    } else if (reason != REASON_NONE) {
        node->live.receipts_unread = roster_version(roster);
    }
    bool mine = reason == REASON_NONE && (address_equal(&receipt.from, &node->options.party) ||
                                          address_equal(&receipt.to, &node->options.party));
    if (!mine) {
        node_event(turn, EVENT_RECEIPT_IGNORED, "reason=%s",
                   reason == REASON_NONE ? "other-parties" : reason_name((uint32_t)reason));
        return false;
    }
    file(node, turn, &receipt);
    return true;
}
