/* SPDX-License-Identifier: Apache-2.0 */
/* Receipts of nodes: only they move what is stored. And what is owed to a party until it settles it. */
#include "broker/broker_private.h"

/* --- what is owed --- */

void owe(struct broker *broker, int64_t party, int64_t number)
{
    broker->figures.receipts_owed += owed_add(broker->store, party, number);
    struct link *link = link_of_party(broker, party);
    if (link != NULL) {
        link->owed_waiting = true;
        link->stirred = true;
        if (link->owed_cursor >= number) {
            link->owed_cursor = number - 1;
        }
    }
}

static bool is_pushed(const struct link *link, int64_t number)
{
    for (size_t i = 0; i < link->pushed_count; i++) {
        if (link->pushed[i].number == number) {
            return true;
        }
    }
    return false;
}

static void push(struct broker *broker, struct turn *turn, struct link *link,
                 const struct receipt_row *receipt)
{
    Comity__ReceiptFrame message = COMITY__RECEIPT_FRAME__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    message.receipt = wire_binary(receipt->signed_bytes);
    message.accepted_ms = receipt->taken_ms;
    frame.body_case = COMITY__FRAME__BODY_RECEIPT;
    frame.receipt = &message;
    broker->said_bytes += say_frame(broker, turn, link, &frame);
    link->pushed[link->pushed_count++] =
        (struct pushed){.number = receipt->number, .digest = receipt->digest};
}

bool link_push_receipts(struct broker *broker, struct turn *turn, struct link *link)
{
    size_t until = broker->said_bytes + QUANTUM_BYTES;
    bool said = false;
    while (link->owed_waiting && link->pushed_count < PUSHED_MAX && broker->said_bytes < until) {
        struct receipt_row receipt;
        int64_t number = owed_next(broker->store, link->party_row, link->owed_cursor);
        link->owed_waiting = number != 0;
        if (number == 0) {
            break;
        }
        link->owed_cursor = number;
        if (!is_pushed(link, number) && receipt_find(broker->store, number, broker->scratch, &receipt)) {
            push(broker, turn, link, &receipt);
            said = true;
        }
    }
    return said;
}

/* The chain of this envelope, if that receipt ended it; else 0. A recipient may name what it likes, and numbers that are open, too. */
static int64_t ended_chain(struct broker *broker, int64_t pair, const Comity__ReceiptItem *item,
                           int64_t number)
{
    int64_t chain = chain_of_pair(broker->store, pair, (enum lane)item->lane, item->incarnation);
    struct chain_row row;
    return chain_row_find(broker->store, chain, item->seq, &row) && row.final == number ? chain : 0;
}

/*
 * The sender has the end of these envelopes on its disk. Of many the last one is noted: a disk that forgets, forgets from
 * some moment on.
 */
static void note_told(struct broker *broker, const struct link *link, int64_t number)
{
    struct receipt_row row;
    Comity__SignedReceipt *signed_receipt = NULL;
    Comity__Receipt *receipt = NULL;
    struct arena *arena = broker->scratch;
    if (!receipt_find(broker->store, number, arena, &row) || row.kind == RECEIPT_OPENED ||
        pair_sender(broker->store, row.pair) != link->party_row ||
        signed_receipt_unpack(row.signed_bytes, arena, &signed_receipt, NULL) != WIRE_OK ||
        receipt_unpack(wire_bytes(signed_receipt->receipt), arena, &receipt, NULL) != WIRE_OK) {
        return;
    }
    int64_t chain = 0;
    for (size_t i = receipt->n_item; i > 0 && chain == 0; i--) {
        chain = ended_chain(broker, row.pair, receipt->item[i - 1], number);
        if (chain != 0) {
            chain_told(broker->store, chain, receipt->item[i - 1]->seq);
        }
    }
}

static bool settle_pushed(struct broker *broker, const struct link *link, const struct digest *digest)
{
    for (size_t i = 0; i < link->pushed_count; i++) {
        if (!digest_equal(&link->pushed[i].digest, digest)) {
            continue;
        }
        if (owed_settle(broker->store, link->party_row, link->pushed[i].number)) {
            broker->figures.receipts_owed--;
            note_told(broker, link, link->pushed[i].number);
        }
        broker->effects->settled[broker->effects->settled_count++] = link->pushed[i].number;
        return true;
    }
    return false;
}

void spool_leave(struct broker *broker, int64_t arrival, int64_t pair, uint64_t bytes)
{
    spool_drop(broker->store, arrival);
    pair_charge(broker->store, pair, -1, -(int64_t)bytes);
    broker->figures.waiting_envelopes--;
    broker->figures.waiting_bytes -= bytes;
}

/* The same on the word of the recipient, over whose link it is no longer in flight. */
static void drop(struct broker *broker, int64_t arrival, int64_t pair, uint64_t bytes)
{
    spool_leave(broker, arrival, pair, bytes);
    if (broker->effects->dropped_count < RECEIPT_ITEMS_MAX) {
        broker->effects->dropped[broker->effects->dropped_count++] = arrival;
    }
}

/* A stub is settled by the id of its envelope, and only by its recipient. */
static void settle_stub(struct broker *broker, const struct link *link, const struct digest *id)
{
    const struct envelope_id envelope = {.digest = *id};
    struct spool_key key;
    struct chain_row row;
    if (!spool_find(broker->store, &envelope, &key) || key.recipient != link->party_row ||
        key.state != SPOOL_STUB || !chain_row_find(broker->store, key.chain, key.seq, &row)) {
        return;
    }
    row.arrival = 0;
    chain_row_change(broker->store, key.chain, key.seq, &row);
    drop(broker, key.arrival, key.pair, key.bytes);
}

void settle_digests(struct broker *broker, struct turn *turn, struct link *link, const Comity__Settle *settle)
{
    (void)turn;
    for (size_t i = 0; i < settle->n_digest; i++) {
        struct digest digest = digest_from(wire_bytes(settle->digest[i]));
        if (!settle_pushed(broker, link, &digest)) {
            settle_stub(broker, link, &digest);
        }
    }
}

/* --- a receipt comes in --- */

static bool is_final(enum receipt_kind kind)
{
    return kind == RECEIPT_DELIVERED || kind == RECEIPT_REFUSED;
}

enum item_outcome { ITEM_UNKNOWN, ITEM_OLD, ITEM_NEW };

/* The last number of a chain that a receipt answers for the first time. */
struct answered {
    int64_t chain; /* 0: none */
    uint32_t seq;
};

/* One envelope of the receipt: the body goes, the number stays. */
static enum item_outcome settle_item(struct broker *broker, const struct signed_receipt *receipt,
                                     const Comity__ReceiptItem *item, int64_t number, struct answered *last,
                                     struct chain_place *ret_place)
{
    enum receipt_kind kind = (enum receipt_kind)receipt->body->kind;
    const struct chain chain = {.from = receipt->from,
                                .to = receipt->to,
                                .lane = (enum lane)item->lane,
                                .incarnation = item->incarnation};
    struct digest id = digest_from(wire_bytes(item->id));
    const struct chain_place place = *ret_place = chain_place_find(broker->store, &chain);
    struct chain_row row;
    if (!chain_row_find(broker->store, place.chain, item->seq, &row) || !digest_equal(&row.id, &id) ||
        (row.kinds & kind_bit(RECEIPT_ACCEPTED)) == 0) {
        return ITEM_UNKNOWN;
    }
    bool known = (row.kinds & kind_bit(kind)) != 0;
    bool drops = is_final(kind) && row.arrival != 0;
    if (drops) {
        drop(broker, row.arrival, place.pair, spool_bytes(broker->store, row.arrival));
        broker->figures.settled++;
        row.arrival = 0;
    }
    if (!known) {
        row.kinds |= kind_bit(kind);
        row.final = is_final(kind) ? number : row.final;
    }
    if (!known && is_final(kind)) {
        if (last->chain != 0 && last->chain != place.chain) {
            chain_answered(broker->store, last->chain, last->seq, number);
        }
        *last = (struct answered){.chain = place.chain, .seq = item->seq};
    }
    if (drops || !known) {
        chain_row_change(broker->store, place.chain, item->seq, &row);
    }
    return known ? ITEM_OLD : ITEM_NEW;
}

static void refuse_receipt(struct broker *broker, struct turn *turn, const struct link *link,
                           enum reason reason, const char *detail)
{
    log_event(turn, RECEIPT_REFUSED, "party=%s reason=%s why=\"%s\"", link->party.text, reason_name(reason),
              detail);
    say_refusal(broker, turn, link, 0, NULL, reason, true, RETRY_QUOTA_MS, detail);
}

static void keep_receipt(struct broker *broker, const struct turn *turn, const struct signed_receipt *receipt,
                         const struct chain_place *place, int64_t number)
{
    const struct receipt_row row = {.number = number,
                                    .kind = (enum receipt_kind)receipt->body->kind,
                                    .pair = place->pair,
                                    .taken_ms = turn_wall(turn).ms,
                                    .digest = receipt->digest,
                                    .signed_bytes = receipt->raw};
    receipt_add(broker->store, &row);
    owe(broker, place->sender, number);
}

/*
 * It has nothing new of what is known here, and speaks of something that is not: this broker was restored from an older copy.
 * REFUSED comes again with the envelope, which its sender still has, or with another one of the letter. OPENED would not, nor
 * DELIVERED when the envelope has expired meanwhile and is not taken again: they are passed on by themselves. So many for a
 * pair, and so many bytes of a party: nobody may fill the disk with them.
 */
static bool take_unknown(struct broker *broker, struct turn *turn, const struct link *link,
                         const struct signed_receipt *receipt, int64_t number)
{
    bool there = false;
    log_event(turn, RECEIPT_UNKNOWN, "party=%s kind=%s", link->party.text,
              receipt_kind_name(receipt->body->kind));
    if (receipt->body->kind == RECEIPT_REFUSED || roster_find(broker->roster, receipt->from.text) == NULL) {
        return true;
    }
    struct chain_place place = pair_place_make(broker->store, &receipt->from, &receipt->to);
    uint64_t waiting = receipts_loose(broker->store, place.pair, &receipt->digest, &there);
    uint64_t bytes = receipts_loose_bytes(broker->store, place.recipient) + receipt->raw.size;
    if (!there && (waiting >= LOOSE_RECEIPTS_MAX || bytes > LOOSE_BYTES_MAX)) {
        refuse_receipt(broker, turn, link, REASON_QUOTA,
                       "too many receipts wait about envelopes that are not known here");
        return false;
    }
    if (!there) {
        const struct receipt_row row = {.number = number,
                                        .kind = (enum receipt_kind)receipt->body->kind,
                                        .pair = place.pair,
                                        .taken_ms = turn_wall(turn).ms,
                                        .digest = receipt->digest,
                                        .signed_bytes = receipt->raw,
                                        .loose = true};
        receipt_add(broker->store, &row);
        owe(broker, place.sender, number);
    }
    return true;
}

void settle_receipt(struct broker *broker, struct turn *turn, struct link *link,
                    const Comity__ReceiptFrame *frame)
{
    struct signed_receipt receipt;
    enum reason reason = receipt_read(&broker->verified, wire_bytes(frame->receipt), broker->roster,
                                      broker->scratch, &receipt);
    if (reason != REASON_NONE) {
        refuse_receipt(broker, turn, link, reason, "the receipt does not hold");
        return;
    }
    if (receipt.body->kind < RECEIPT_DELIVERED || !address_equal(&receipt.to, &link->party)) {
        refuse_receipt(broker, turn, link, REASON_FROM, "the receipt is not this party's to give");
        return;
    }
    int64_t number = broker->next_receipt++;
    size_t unknown = 0;
    size_t new = 0;
    struct answered last = {.chain = 0};
    struct chain_place place = {.pair = 0};
    for (size_t i = 0; i < receipt.body->n_item; i++) {
        enum item_outcome outcome =
            settle_item(broker, &receipt, receipt.body->item[i], number, &last, &place);
        unknown += outcome == ITEM_UNKNOWN;
        new += outcome == ITEM_NEW;
    }
    if (new == 0 && unknown > 0 && !take_unknown(broker, turn, link, &receipt, number)) {
        return;
    }
    if (new > 0) {
        keep_receipt(broker, turn, &receipt, &place, number);
    }
    if (last.chain != 0) {
        chain_answered(broker->store, last.chain, last.seq, number);
    }
    say_settle(broker, turn, link, &receipt.digest);
}
