/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/oracle/finish.h"

/* What the broker said of an envelope is what it has. */
static void check_envelope(struct ending *end, const struct envelope_record *e)
{
    struct oracle *o = end->oracle;
    const struct fact *accepted = &e->facts[FACT_ACCEPTED];
    const struct link_row *row = finish_link(end, &e->id);
    uint32_t kinds = row == NULL ? 0 : row->kinds;
    if (accepted->receipt == ID_MAP_NONE) {
        return;
    }
    if ((kinds & BIT(FACT_ACCEPTED)) == 0) {
        if (!oracle_excuse(o, BROKER, accepted->at_us)) {
            oracle_break(o, "I5", "the broker said ACCEPTED of %s and does not know it",
                         oracle_envelope_text(o, e).text);
        }
    } else if ((kinds & ENDS) == 0 && end->readable[e->to]) {
        oracle_break(o, "I1", "the broker accepted %s and knows of no end of it",
                     oracle_envelope_text(o, e).text);
    }
}

/*
 * It settled this when it had forgotten the envelope, which it was given again later (docs/protocol.md 6.6). Then the receipt
 * comes again with the envelope, unless its giver has lost it meanwhile and now finds otherwise.
 */
static bool was_forgotten(struct oracle *o, const struct receipt_record *receipt,
                          const struct envelope_record *e)
{
    const struct fact *accepted = &e->facts[FACT_ACCEPTED];
    return accepted->receipt != ID_MAP_NONE && receipt->settled_by_broker_us < accepted->at_us &&
           oracle_excuse(o, e->to, receipt->said_us);
}

/*
 * What it settled it has taken in: the receipt itself, or one that said the same before. Those about an envelope that it had
 * forgotten by then, and was given again, it only passes on.
 */
static void check_settled(struct ending *end, const struct receipt_record *receipt)
{
    struct oracle *o = end->oracle;
    bool passed_on = receipt->settled_by_sender_us != NOT_YET;
    if (receipt->settled_by_broker_us == NOT_YET ||
        id_map_get(&end->broker.receipt_of_digest, &receipt->digest) != ID_MAP_NONE) {
        return;
    }
    for (size_t i = 0; i < receipt->item_count; i++) {
        const struct envelope_record *e = &o->envelopes[o->items[receipt->item_first + i].envelope];
        const struct link_row *row = finish_link(end, &e->id);
        if (row != NULL && (row->kinds & BIT(FACT_ACCEPTED)) != 0 && (row->kinds & BIT(receipt->kind)) == 0 &&
            !(passed_on && oracle_is_excused(o, BROKER, e->broker_knew_us)) &&
            !was_forgotten(o, receipt, e) && !oracle_excuse(o, BROKER, receipt->settled_by_broker_us)) {
            oracle_break(o, "I5", "the broker settled the %s and does not know of it",
                         oracle_receipt_text(o, receipt).text);
        }
    }
}

/* The one it is for has settled it, and a link that lies did not bring the word: the next link will. */
static bool is_settled(const struct oracle *o, const struct waiting_row *row, size_t to)
{
    uint32_t number = id_map_get(row->kind != 0 ? &o->receipt_of_digest : &o->envelope_of_id, &row->id);
    if (number == ID_MAP_NONE || to == NOBODY || !o->hostile[to]) {
        return false;
    }
    return row->kind != 0 ? o->receipts[number].settled_by_sender_us != NOT_YET
                          : o->envelopes[number].stub_settled_us != NOT_YET;
}

/* To a party whose database is not read nothing may have come. */
static void check_waiting(struct ending *end, const struct waiting_row *row)
{
    struct oracle *o = end->oracle;
    size_t to = oracle_actor(o, row->to.text);
    if ((to != NOBODY && !end->readable[to]) || is_settled(o, row, to)) {
        return;
    }
    oracle_break(o, "I8", "the broker still keeps %s %s%s%s from %s for %s",
                 row->kind != 0 ? "the receipt" : "the envelope", id_digits(&row->id).text,
                 row->kind != 0 ? " " : "", row->kind != 0 ? fact_kind_name((enum fact_kind)row->kind) : "",
                 row->from.text, row->to.text);
}

void finish_broker(struct ending *end)
{
    struct oracle *o = end->oracle;
    const struct broker_file *file = &end->broker;
    if (file->canary != NULL) {
        oracle_break(o, "I7", "\"%s\" can be read in the broker's database, in its table %s", file->canary,
                     file->canary_table.text);
    }
    for (size_t i = 0; i < o->envelope_count && !o->broken; i++) {
        check_envelope(end, &o->envelopes[i]);
    }
    for (size_t i = 0; i < o->receipt_count && !o->broken; i++) {
        check_settled(end, &o->receipts[i]);
    }
    for (size_t i = 0; i < file->waiting_count; i++) {
        check_waiting(end, &file->waiting[i]);
    }
}
