/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/oracle/finish.h"

#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"

/* --- rows --- */

const struct letter_row *finish_letter(const struct ending *end, size_t party, const struct id *id)
{
    uint32_t row = id_map_get(&end->files[party].letter_of_id, id);
    return row == ID_MAP_NONE ? NULL : &end->files[party].letters[row];
}

const struct out_row *finish_out(const struct ending *end, size_t party, const struct id *id)
{
    uint32_t row = id_map_get(&end->files[party].out_of_id, id);
    return row == ID_MAP_NONE ? NULL : &end->files[party].outs[row];
}

const struct in_row *finish_in(const struct ending *end, size_t party, const struct id *id)
{
    uint32_t row = id_map_get(&end->files[party].in_of_id, id);
    return row == ID_MAP_NONE ? NULL : &end->files[party].ins[row];
}

const struct link_row *finish_link(const struct ending *end, const struct id *id)
{
    uint32_t row = id_map_get(&end->broker.link_of_id, id);
    return row == ID_MAP_NONE ? NULL : &end->broker.links[row];
}

/* --- who has which receipt --- */

static void have_receipt(struct ending *end, size_t party, struct bytes raw)
{
    struct oracle *o = end->oracle;
    const struct receipt_record *receipt = oracle_receipt_shown(o, raw);
    if (receipt == NULL) {
        oracle_break(o, "I5", "%s has a receipt in its database that does not hold", oracle_name(o, party));
        return;
    }
    size_t number = (size_t)(receipt - o->receipts);
    ensure(number < end->receipt_room);
    end->at_signer[number] |= receipt->to == party;
    if (receipt->from != party) {
        return;
    }
    end->at_sender[number] = true;
    for (size_t i = 0; i < receipt->item_count; i++) {
        end->held[o->items[receipt->item_first + i].envelope] |= BIT(receipt->kind);
    }
}

/* Databases can show receipts that nobody has heard yet. */
static void have_receipts(struct ending *end)
{
    struct oracle *o = end->oracle;
    end->receipt_room = o->receipt_count + 1;
    for (size_t p = 1; p <= o->party_count; p++) {
        end->receipt_room += end->files[p].receipt_count;
    }
    end->held = calloc(o->envelope_count + 1, sizeof *end->held);
    end->at_signer = calloc(end->receipt_room, sizeof *end->at_signer);
    end->at_sender = calloc(end->receipt_room, sizeof *end->at_sender);
    ensure(end->held != NULL && end->at_signer != NULL && end->at_sender != NULL);
    for (size_t p = 1; p <= o->party_count; p++) {
        for (size_t i = 0; i < end->files[p].receipt_count; i++) {
            have_receipt(end, p, end->files[p].receipts[i].raw);
        }
    }
}

/* --- envelopes (I1, I5) --- */

static void check_at_sender(struct ending *end, const struct envelope_record *e, uint32_t held)
{
    struct oracle *o = end->oracle;
    const struct out_row *row = finish_out(end, e->from, &e->id);
    const struct fact *accepted = &e->facts[FACT_ACCEPTED];
    if (row == NULL) {
        if (!oracle_excuse(o, e->from, e->said_us)) {
            oracle_break(o, "I1", "%s was submitted, and its sender does not have it",
                         oracle_envelope_text(o, e).text);
        }
        return;
    }
    bool ended = (held & ENDS) != 0;
    bool unknown_again = row->state == OUT_IS_VOID || (held & BIT(FACT_REJECTED)) != 0;
    if (accepted->receipt != ID_MAP_NONE && !ended &&
        !(unknown_again && oracle_excuse(o, BROKER, accepted->at_us))) {
        oracle_break(o, "I1", "%s was accepted, and its sender has no receipt of its end (state %u)",
                     oracle_envelope_text(o, e).text, (unsigned)row->state);
        return;
    }
    const uint32_t proof[] = {[OUT_IS_DELIVERED] = BIT(FACT_DELIVERED),
                              [OUT_IS_REFUSED] = BIT(FACT_REFUSED),
                              [OUT_IS_REJECTED] = BIT(FACT_REJECTED),
                              [OUT_IS_EXPIRED] = BIT(FACT_EXPIRED)};
    if (row->state >= OUT_IS_DELIVERED && row->state <= OUT_IS_EXPIRED && (held & proof[row->state]) == 0) {
        oracle_break(o, "I5", "%s has ended at its sender (state %u) without the receipt that says so",
                     oracle_envelope_text(o, e).text, (unsigned)row->state);
    }
}

static void check_at_recipient(struct ending *end, const struct envelope_record *e)
{
    struct oracle *o = end->oracle;
    const struct in_row *row = finish_in(end, e->to, &e->id);
    const struct fact *delivered = &e->facts[FACT_DELIVERED];
    const struct fact *refused = &e->facts[FACT_REFUSED];
    bool was_refused = refused->receipt != ID_MAP_NONE;
    if (o->liar[e->from] && row != NULL && row->outcome == IN_IS_DELIVERED) {
        oracle_break(o, "I4", "%s has taken %s, which is unsound", oracle_name(o, e->to),
                     oracle_envelope_text(o, e).text);
    } else if (delivered->receipt != ID_MAP_NONE && !was_refused &&
               (row == NULL || row->outcome != IN_IS_DELIVERED) &&
               !oracle_excuse(o, e->to, delivered->at_us)) {
        oracle_break(o, "I1", "%s said DELIVERED of %s and does not have it", oracle_name(o, e->to),
                     oracle_envelope_text(o, e).text);
    } else if (was_refused && (row == NULL || row->outcome != IN_IS_REFUSED) &&
               !oracle_excuse(o, e->to, refused->at_us)) {
        oracle_break(o, "I5", "%s said REFUSED of %s and does not know of it", oracle_name(o, e->to),
                     oracle_envelope_text(o, e).text);
    } else if (e->stub_settled_us != NOT_YET && row == NULL && !oracle_excuse(o, e->to, e->stub_settled_us)) {
        oracle_break(o, "I1", "%s settled the stub of %s and does not have it", oracle_name(o, e->to),
                     oracle_envelope_text(o, e).text);
    }
}

static void check_envelopes(struct ending *end)
{
    struct oracle *o = end->oracle;
    for (size_t i = 0; i < o->envelope_count && !o->broken; i++) {
        const struct envelope_record *e = &o->envelopes[i];
        if (end->readable[e->from]) {
            check_at_sender(end, e, end->held[i]);
        }
        if (end->readable[e->to]) {
            check_at_recipient(end, e);
        }
    }
}

/* --- receipts (I5) --- */

/* Of its envelopes that the sender has: a receipt about an unknown one is settled and forgotten. */
static bool sender_knows_one(const struct ending *end, const struct receipt_record *receipt)
{
    const struct oracle *o = end->oracle;
    for (size_t i = 0; i < receipt->item_count; i++) {
        const struct item_record *item = &o->items[receipt->item_first + i];
        if (finish_out(end, receipt->from, &o->envelopes[item->envelope].id) != NULL) {
            return true;
        }
    }
    return false;
}

/* Signed by an officer who is revoked: nobody takes it any more, and it is settled unread (protocol.md 6.6). */
static bool is_void(const struct oracle *o, const struct receipt_record *receipt)
{
    return receipt->kind == FACT_OPENED && id_map_get(&o->revoked_keys, &receipt->by_key) != ID_MAP_NONE;
}

static void check_receipt(struct ending *end, size_t number)
{
    struct oracle *o = end->oracle;
    const struct receipt_record *receipt = &o->receipts[number];
    bool of_broker = receipt->kind <= FACT_EXPIRED;
    size_t signer = of_broker ? BROKER : receipt->to;
    bool kept = of_broker ? id_map_get(&end->broker.receipt_of_digest, &receipt->digest) != ID_MAP_NONE
                          : end->at_signer[number];
    if (receipt->said_us != NOT_YET && end->readable[signer] && !kept &&
        !oracle_excuse(o, signer, receipt->said_us)) {
        oracle_break(o, "I5", "%s said its %s and does not have it", oracle_name(o, signer),
                     oracle_receipt_text(o, receipt).text);
    }
    if (receipt->settled_by_sender_us != NOT_YET && end->readable[receipt->from] && !end->at_sender[number] &&
        !is_void(o, receipt) && sender_knows_one(end, receipt) &&
        !oracle_excuse(o, receipt->from, receipt->settled_by_sender_us)) {
        oracle_break(o, "I1", "%s settled the %s and does not have it", oracle_name(o, receipt->from),
                     oracle_receipt_text(o, receipt).text);
    }
}

/* --- letters: what one side has the other must have, whatever was lost (I1, I2, I5) --- */

static void letter_broken(struct oracle *o, const char *invariant, const struct letter_record *letter,
                          const char *why)
{
    oracle_break(o, invariant, "letter %s of %s to %s (number %u in its case) %s",
                 id_digits(&letter->id).text, oracle_name(o, letter->from), oracle_name(o, letter->to),
                 (unsigned)letter->case_seq, why);
}

/*
 * What carried a letter, by the row that is left of it. One that was given back (4.6) has no envelope; it has the time at which its
 * recipient signed DELIVERED, and what else that receipt names came with it. NULL: nothing that was said tells.
 */
static const struct envelope_record *carrier_of(const struct oracle *o, const struct letter_row *left)
{
    uint32_t number = id_map_get(&o->envelope_of_id, &left->envelope);
    size_t from = oracle_actor(o, left->from.text);
    size_t to = oracle_actor(o, left->to.text);
    for (size_t i = 0; i < o->receipt_count && number == ID_MAP_NONE; i++) {
        const struct receipt_record *receipt = &o->receipts[i];
        if (receipt->kind == FACT_DELIVERED && receipt->from == from && receipt->to == to &&
            receipt->at_ms == left->delivered_ms && receipt->said_us != NOT_YET && receipt->item_count != 0) {
            number = o->items[receipt->item_first].envelope;
        }
    }
    return number == ID_MAP_NONE ? NULL : &o->envelopes[number];
}

/*
 * A node learns that its disk forgot from the heads of the broker (4.6). Where the broker was put back, too, to before it knew
 * the envelope that carried the letter, nothing tells.
 */
static bool nobody_tells(const struct oracle *o, const struct envelope_record *carrier)
{
    return carrier != NULL && oracle_is_excused(o, BROKER, carrier->broker_knew_us) &&
           oracle_is_excused(o, BROKER, carrier->broker_knew_last_us);
}

/* When the one who misses the letter had it: its author when it was handed in, its recipient when that said DELIVERED. */
static bool loss_explains(const struct oracle *o, const struct letter_record *letter, size_t misses,
                          const struct envelope_record *carrier)
{
    if (misses == letter->from && letter->ok_us != NOT_YET) {
        return oracle_is_excused(o, misses, letter->ok_us);
    }
    return carrier != NULL &&
           oracle_is_excused(
               o, misses, misses == letter->from ? carrier->said_us : carrier->facts[FACT_DELIVERED].at_us);
}

static bool signer_was_revoked(const struct oracle *o, const struct letter_record *letter)
{
    for (size_t i = 0; i < letter->signer_count; i++) {
        if (id_map_get(&o->revoked_keys, &letter->signers[i]) != ID_MAP_NONE) {
            return true;
        }
    }
    return false;
}

/* Is it gone at one side, which lost its store, and cannot come back? */
static bool is_lost_for_good(const struct ending *end, const struct letter_record *letter)
{
    const struct oracle *o = end->oracle;
    const struct letter_row *sent = finish_letter(end, letter->from, &letter->id);
    const struct letter_row *received = finish_letter(end, letter->to, &letter->id);
    if ((sent == NULL) == (received == NULL)) {
        return false;
    }
    size_t misses = sent == NULL ? letter->from : letter->to;
    const struct envelope_record *carrier = carrier_of(o, sent == NULL ? received : sent);
    return loss_explains(o, letter, misses, carrier) &&
           (nobody_tells(o, carrier) || signer_was_revoked(o, letter));
}

/* What follows such a letter in its case cannot take effect, either. */
static bool is_torn(struct oracle *o, const struct letter_record *letter)
{
    return oracle_excuse_torn(o, letter->case_id);
}

static void check_at_author(struct oracle *o, const struct letter_record *letter,
                            const struct letter_row *received)
{
    bool in_effect = received != NULL && received->place == PLACE_IN_EFFECT;
    if (in_effect && !is_torn(o, letter)) {
        letter_broken(o, "I1", letter, "is in effect at its recipient and gone at its author");
    } else if (letter->ok_us != NOT_YET && !in_effect && !oracle_excuse(o, letter->from, letter->ok_us)) {
        letter_broken(o, "I2", letter, "was answered 200 and is not in its author's database");
    }
}

static void check_letter(struct ending *end, const struct letter_record *letter)
{
    struct oracle *o = end->oracle;
    const struct letter_row *sent = finish_letter(end, letter->from, &letter->id);
    const struct letter_row *received = finish_letter(end, letter->to, &letter->id);
    if (sent == NULL) {
        check_at_author(o, letter, received);
        return;
    }
    bool done = sent->place == PLACE_IN_EFFECT && sent->sending == SENDING_DONE;
    bool in_effect = received != NULL && received->place == PLACE_IN_EFFECT;
    if (done && received == NULL && !is_torn(o, letter)) {
        letter_broken(o, "I1", letter, "was delivered and is gone at its recipient");
    } else if (done && received != NULL && received->place == PLACE_DEAD && !is_torn(o, letter)) {
        letter_broken(o, "I5", letter, "is in effect at its author and refused at its recipient");
    } else if (in_effect && sent->place == PLACE_DEAD && !is_torn(o, letter)) {
        letter_broken(o, "I5", letter, "is in effect at its recipient and given up at its author");
    }
}

static bool both_are_read(const struct ending *end, const struct letter_record *letter)
{
    return letter->from != NOBODY && letter->to != NOBODY && end->readable[letter->from] &&
           end->readable[letter->to];
}

static void check_letters(struct ending *end)
{
    struct oracle *o = end->oracle;
    for (size_t i = 0; i < o->letter_count; i++) {
        if (both_are_read(end, &o->letters[i]) && is_lost_for_good(end, &o->letters[i])) {
            struct id key = oracle_case_key(o->letters[i].case_id);
            id_map_put(&o->torn_cases, &key, 0);
        }
    }
    for (size_t i = 0; i < o->letter_count && !o->broken; i++) {
        if (both_are_read(end, &o->letters[i])) {
            check_letter(end, &o->letters[i]);
        }
    }
}

/* --- when a letter was accepted and delivered --- */

/* The earliest delivery counts, and of several at that moment the earliest acceptance; one refused after all is none. */
static void note_times(struct oracle *o, const struct out_row *row)
{
    uint32_t envelope = id_map_get(&o->envelope_of_id, &row->id);
    uint32_t number = id_map_get(&o->letter_of_id, &row->letter);
    const struct envelope_record *e = envelope == ID_MAP_NONE ? NULL : &o->envelopes[envelope];
    struct letter_record *letter = number == ID_MAP_NONE ? NULL : &o->letters[number];
    if (e == NULL || letter == NULL || e->facts[FACT_DELIVERED].receipt == ID_MAP_NONE ||
        e->facts[FACT_REFUSED].receipt != ID_MAP_NONE) {
        return;
    }
    uint64_t delivered_ms = e->facts[FACT_DELIVERED].at_ms;
    uint64_t accepted_ms = e->deliver_accepted_ms;
    if (letter->delivered_ms == 0 || delivered_ms < letter->delivered_ms ||
        (delivered_ms == letter->delivered_ms && accepted_ms < letter->accepted_ms)) {
        letter->delivered_ms = delivered_ms;
        letter->accepted_ms = accepted_ms;
    }
}

static void note_all_times(struct ending *end)
{
    for (size_t p = 1; p <= end->oracle->party_count; p++) {
        for (size_t i = 0; i < end->files[p].out_count; i++) {
            note_times(end->oracle, &end->files[p].outs[i]);
        }
    }
}

/* --- the end --- */

static void read_stores(struct ending *end, const struct oracle_store *stores)
{
    struct oracle *o = end->oracle;
    for (size_t actor = 0; actor <= o->party_count; actor++) {
        struct error error = {.text = ""};
        if (stores[actor].path == NULL) {
            continue;
        }
        end->readable[actor] = actor == BROKER
                                   ? store_read_broker(&stores[actor], o->canaries, &end->broker, &error)
                                   : store_read_node(&stores[actor], &end->files[actor], &error);
        if (!end->readable[actor]) {
            oracle_break(o, "I1", "the database of %s cannot be read: %s", oracle_name(o, actor), error.text);
        }
    }
}

static void check_all(struct ending *end)
{
    struct oracle *o = end->oracle;
    have_receipts(end);
    note_all_times(end);
    check_envelopes(end);
    for (size_t i = 0; i < o->receipt_count && !o->broken; i++) {
        check_receipt(end, i);
    }
    check_letters(end);
    for (size_t p = 1; p <= o->party_count && !o->broken; p++) {
        if (end->readable[p]) {
            finish_node(end, p);
        }
    }
    if (end->readable[BROKER] && !o->broken) {
        finish_broker(end);
    }
}

void oracle_finish(struct oracle *o, uint64_t at_us, const struct oracle_store *stores)
{
    struct ending end = {.oracle = o};
    if (o->broken) {
        return;
    }
    o->now_us = at_us;
    end.readable = calloc(o->party_count + 1, sizeof *end.readable);
    end.files = calloc(o->party_count + 1, sizeof *end.files);
    ensure(end.readable != NULL && end.files != NULL);
    read_stores(&end, stores);
    if (!o->broken) {
        check_all(&end);
    }
    for (size_t p = 1; p <= o->party_count; p++) {
        store_read_node_free(&end.files[p]);
    }
    store_read_broker_free(&end.broker);
    free(end.readable);
    free(end.files);
    free(end.held);
    free(end.at_signer);
    free(end.at_sender);
}
