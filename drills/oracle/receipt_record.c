/* SPDX-License-Identifier: Apache-2.0 */
/* Receipts: who signed what when, and whether that was true (I1, I5, I10). */
#include "drills/oracle/oracle_private.h"

#define CLOCK_AHEAD_MS UINT64_C(300000) /* docs/protocol.md 4.1, check 10 */

static size_t signer_of(enum fact_kind kind, size_t to)
{
    return kind <= FACT_EXPIRED ? BROKER : to;
}

/* --- reading --- */

/* Officers' keys are not known here: what they sign is shown by oracle_opened. */
static bool key_is_right(const struct oracle *o, const struct said_receipt *said, size_t to)
{
    if (said->kind <= FACT_EXPIRED) {
        return id_equal(&said->by_key, &o->receipt_key);
    }
    struct bytes key = bytes_of(o->parties[to].node_key, sizeof o->parties[to].node_key);
    return said->kind == FACT_OPENED || bytes_equal(id_bytes(&said->by_key), key);
}

/* False: an item is about an envelope that nobody said, or names another number. */
static bool add_items(struct oracle *o, const struct said_receipt *said, struct receipt_record *receipt)
{
    struct said_item items[SAID_ITEMS_MAX];
    said_receipt_items(said, items);
    receipt->item_first = o->item_count;
    receipt->item_count = said->item_count;
    for (size_t i = 0; i < said->item_count; i++) {
        uint32_t number = id_map_get(&o->envelope_of_id, &items[i].id);
        const struct envelope_record *e = number == ID_MAP_NONE ? NULL : &o->envelopes[number];
        if (e == NULL || e->from != receipt->from || e->to != receipt->to || e->lane != items[i].lane ||
            e->incarnation != items[i].incarnation || e->seq != items[i].seq) {
            return false;
        }
        o->items = list_grow(o->items, o->item_count, &o->item_room, sizeof *o->items);
        o->items[o->item_count++] = (struct item_record){.envelope = number, .reason = items[i].reason};
    }
    return true;
}

/* The record of these bytes in *ret, made when they are new. NULL: all is well; else what is wrong with it. */
static const char *read_receipt(struct oracle *o, struct bytes raw, struct receipt_record **ret)
{
    struct id raw_id = id_hash(raw);
    struct said_receipt said;
    uint32_t known = id_map_get(&o->receipt_of_raw, &raw_id);
    if (known != ID_MAP_NONE) {
        *ret = &o->receipts[known];
        return NULL;
    }
    if (!said_receipt_read(raw, &said)) {
        return "that is not in the form of the protocol";
    }
    struct receipt_record receipt = {.digest = said.digest,
                                     .kind = said.kind,
                                     .from = oracle_actor(o, said.from.text),
                                     .to = oracle_actor(o, said.to.text),
                                     .at_ms = said.at_ms,
                                     .by_key = said.by_key,
                                     .said_us = NOT_YET,
                                     .settled_by_broker_us = NOT_YET,
                                     .settled_by_sender_us = NOT_YET};
    if (receipt.from == NOBODY || receipt.to == NOBODY || receipt.from == receipt.to) {
        return "about parties that are none";
    }
    if (!key_is_right(o, &said, receipt.to) ||
        !said_proof_holds(said.proof, &said.digest, &said.by_key, &o->good_turns)) {
        return "whose signature does not hold";
    }
    known = id_map_get(&o->receipt_of_digest, &said.digest);
    if (known != ID_MAP_NONE) {
        *ret = &o->receipts[known];
        return oracle_is_excused(o, signer_of(said.kind, receipt.to), o->receipts[known].said_us)
                   ? NULL
                   : "with another proof than before";
    }
    if (!add_items(o, &said, &receipt)) {
        return "about an envelope that was never submitted, or under another number";
    }
    o->receipts = list_grow(o->receipts, o->receipt_count, &o->receipt_room, sizeof *o->receipts);
    o->receipts[o->receipt_count] = receipt;
    id_map_put(&o->receipt_of_raw, &raw_id, (uint32_t)o->receipt_count);
    id_map_put(&o->receipt_of_digest, &receipt.digest, (uint32_t)o->receipt_count);
    *ret = &o->receipts[o->receipt_count++];
    return NULL;
}

/* --- what it says about one envelope --- */

static bool is_said(const struct envelope_record *e, enum fact_kind kind)
{
    return e->facts[kind].receipt != ID_MAP_NONE;
}

static void broken_by(struct oracle *o, const char *invariant, enum fact_kind kind,
                      const struct envelope_record *e, const char *why)
{
    oracle_break(o, invariant, "%s says %s of %s: %s", oracle_name(o, signer_of(kind, e->to)),
                 fact_kind_name(kind), oracle_envelope_text(o, e).text, why);
}

/* A liar's envelope that does not follow the one that was accepted before it (an honest one: said_frame.c). */
static void check_follows(struct oracle *o, const struct envelope_record *e)
{
    const struct number_record *number = oracle_number_before(o, e);
    const struct envelope_record *before =
        number == NULL || number->accepted == ID_MAP_NONE ? NULL : &o->envelopes[number->accepted];
    if (o->liar[e->from] && before != NULL && !id_equal(&e->prev, &before->id) &&
        !oracle_excuse(o, BROKER, before->facts[FACT_ACCEPTED].at_us)) {
        oracle_break(o, "I3", "the broker accepted %s, which does not name the envelope %s before it",
                     oracle_envelope_text(o, e).text, id_digits(&before->id).text);
    }
}

/* A number is accepted for one envelope only. */
static void check_number(struct oracle *o, const struct envelope_record *e, uint32_t envelope)
{
    struct number_record *number = oracle_number(o, e);
    if (number->accepted != ID_MAP_NONE && number->accepted != envelope) {
        const struct envelope_record *other = &o->envelopes[number->accepted];
        if (!oracle_excuse(o, BROKER, other->facts[FACT_ACCEPTED].at_us)) {
            oracle_break(o, "I2", "the broker accepted %s and under the same number %s before",
                         oracle_envelope_text(o, e).text, id_digits(&other->id).text);
        }
    }
    number->accepted = envelope;
}

static void check_accepted(struct oracle *o, const struct envelope_record *e, uint64_t at_ms)
{
    if (at_ms >= e->expires_ms) {
        broken_by(o, "I5", FACT_ACCEPTED, e, "it had expired");
    } else if (e->created_ms > at_ms + CLOCK_AHEAD_MS) {
        broken_by(o, "I5", FACT_ACCEPTED, e, "it was made in the future");
    } else if (is_said(e, FACT_REJECTED) && !oracle_excuse(o, BROKER, e->facts[FACT_REJECTED].at_us)) {
        broken_by(o, "I5", FACT_ACCEPTED, e, "it was REJECTED before");
    } else if (e->delivered_us != NOT_YET && e->deliver_accepted_ms != at_ms &&
               !oracle_excuse(o, BROKER, e->delivered_us)) {
        broken_by(o, "I5", FACT_ACCEPTED, e, "its recipient was told another time of acceptance");
    }
}

static void check_rejected(struct oracle *o, const struct envelope_record *e, uint64_t at_ms, uint32_t reason)
{
    bool may = reason == E_REVOKED || reason == E_FORK || reason == E_SEQUENCE ||
               (reason == E_CLOCK && e->created_ms > at_ms + CLOCK_AHEAD_MS) ||
               (reason == E_EXPIRED && at_ms >= e->expires_ms);
    if (!may) {
        oracle_break(o, "I10", "the broker says REJECTED of %s with reason %u, which is not so",
                     oracle_envelope_text(o, e).text, (unsigned)reason);
    } else if (is_said(e, FACT_ACCEPTED) && !oracle_excuse(o, BROKER, e->facts[FACT_ACCEPTED].at_us)) {
        broken_by(o, "I1", FACT_REJECTED, e, "it was ACCEPTED before");
    }
}

static void check_delivered(struct oracle *o, const struct envelope_record *e)
{
    if (o->liar[e->from]) {
        broken_by(o, "I4", FACT_DELIVERED, e, "it is unsound, and to be refused");
    } else if (e->delivered_us == NOT_YET) {
        broken_by(o, "I5", FACT_DELIVERED, e, "the broker never delivered it there");
    } else if (is_said(e, FACT_REFUSED) && !oracle_excuse(o, e->to, e->facts[FACT_REFUSED].at_us)) {
        broken_by(o, "I5", FACT_DELIVERED, e, "it was REFUSED before");
    }
}

/* Refusals that a recipient may sign: the others say nothing final (4.2). */
static bool refusal_is_final(uint32_t reason)
{
    return reason == E_KEY || reason == E_REVOKED || (reason >= E_EXPIRED && reason != E_QUOTA);
}

static void check_refused(struct oracle *o, const struct envelope_record *e, uint32_t reason)
{
    bool after_all = reason == E_LETTER || reason == E_CASE;
    if (e->delivered_us == NOT_YET) {
        broken_by(o, "I5", FACT_REFUSED, e, "the broker never delivered it there");
    } else if (!refusal_is_final(reason)) {
        oracle_break(o, "I10", "%s says REFUSED of %s for good with reason %u, which is one to wait for",
                     oracle_name(o, e->to), oracle_envelope_text(o, e).text, (unsigned)reason);
    } else if (is_said(e, FACT_DELIVERED) && !after_all &&
               !oracle_excuse(o, e->to, e->facts[FACT_DELIVERED].at_us)) {
        broken_by(o, "I5", FACT_REFUSED, e,
                  "it was DELIVERED before, and the reason is none to come back to");
    }
}

/* I8: delivered or refused for what it is; whoever of the three keeps it until its time has passed breaks that. */
static void check_age(struct oracle *o, enum fact_kind kind, const struct envelope_record *e)
{
    if (o->healed_us != NOT_YET && o->now_us > o->healed_us + DAY_MS * 1000 &&
        oracle_had_a_day(o, e->from, e->to, e->created_ms, e->expires_ms)) {
        broken_by(o, "I8", kind, e, "it died of age, and had a day in which nothing was wrong");
    }
}

static void check_fact(struct oracle *o, const struct receipt_record *receipt, const struct item_record *item)
{
    const struct envelope_record *e = &o->envelopes[item->envelope];
    switch (receipt->kind) {
    case FACT_ACCEPTED:
        check_accepted(o, e, receipt->at_ms);
        check_follows(o, e);
        check_number(o, e, item->envelope);
        break;
    case FACT_REJECTED:
        check_rejected(o, e, receipt->at_ms, item->reason);
        break;
    case FACT_EXPIRED:
        if (receipt->at_ms < e->expires_ms) {
            broken_by(o, "I5", FACT_EXPIRED, e, "its time has not passed");
        }
        break;
    case FACT_DELIVERED:
        check_delivered(o, e);
        break;
    case FACT_REFUSED:
        check_refused(o, e, item->reason);
        break;
    case FACT_OPENED:
        if (!receipt->opened_by_officer) {
            broken_by(o, "I5", FACT_OPENED, e, "no officer signed that");
        }
        break;
    case FACT_KINDS:
        break;
    }
}

static uint64_t *figure_of(struct oracle *o, enum fact_kind kind)
{
    uint64_t *const figures[FACT_KINDS] = {
        [FACT_ACCEPTED] = &o->figures.accepted, [FACT_REJECTED] = &o->figures.rejected,
        [FACT_EXPIRED] = &o->figures.expired,   [FACT_DELIVERED] = &o->figures.delivered,
        [FACT_REFUSED] = &o->figures.refused,   [FACT_OPENED] = &o->figures.opened,
    };
    return figures[kind];
}

/* Receipts are unique by envelope, kind and key; only OPENED has many keys. */
static void note_fact(struct oracle *o, const struct receipt_record *receipt, const struct item_record *item)
{
    struct envelope_record *e = &o->envelopes[item->envelope];
    struct fact *fact = &e->facts[receipt->kind];
    if (fact->receipt == ID_MAP_NONE) {
        (*figure_of(o, receipt->kind))++;
    } else if (receipt->kind != FACT_OPENED &&
               !oracle_excuse(o, signer_of(receipt->kind, e->to), fact->at_us)) {
        broken_by(o, "I5", receipt->kind, e, "in a second receipt, which differs from the first");
    }
    check_fact(o, receipt, item);
    if (receipt->kind == FACT_EXPIRED || item->reason == E_EXPIRED) {
        check_age(o, receipt->kind, e);
    }
    *fact = (struct fact){.at_us = o->now_us,
                          .at_ms = receipt->at_ms,
                          .receipt = (uint32_t)(receipt - o->receipts),
                          .reason = item->reason};
}

/* --- in frames --- */

static bool may_say(const struct receipt_record *receipt, size_t speaker, size_t party)
{
    bool of_broker = receipt->kind <= FACT_EXPIRED;
    if (speaker != BROKER) {
        return !of_broker && receipt->to == party;
    }
    bool to_both = receipt->kind == FACT_EXPIRED || receipt->kind == FACT_REJECTED;
    return receipt->from == party || (to_both && receipt->to == party);
}

static void say_first(struct oracle *o, struct receipt_record *receipt)
{
    receipt->said_us = o->now_us;
    for (size_t i = 0; i < receipt->item_count; i++) {
        note_fact(o, receipt, &o->items[receipt->item_first + i]);
    }
}

struct receipt_record *oracle_receipt_said(struct oracle *o, size_t speaker, size_t party, struct bytes raw)
{
    struct receipt_record *receipt = NULL;
    const char *wrong = read_receipt(o, raw, &receipt);
    if (wrong != NULL) {
        oracle_break(o, "I5", "%s says a receipt on the link of %s %s", oracle_name(o, speaker),
                     oracle_name(o, party), wrong);
        return NULL;
    }
    size_t signer = signer_of(receipt->kind, receipt->to);
    if (!may_say(receipt, speaker, party)) {
        oracle_break(o, "I5",
                     "%s says a receipt %s from %s to %s on the link of %s, where it does not belong",
                     oracle_name(o, speaker), fact_kind_name(receipt->kind), oracle_name(o, receipt->from),
                     oracle_name(o, receipt->to), oracle_name(o, party));
        return NULL;
    }
    if (speaker == signer && receipt->said_us == NOT_YET) {
        say_first(o, receipt);
    } else if (receipt->said_us == NOT_YET) {
        oracle_break(o, "I5", "the broker passes on a receipt %s of %s that %s has not said",
                     fact_kind_name(receipt->kind), oracle_name(o, receipt->to), oracle_name(o, receipt->to));
        return NULL;
    }
    /* DELIVERED and OPENED it passes on of envelopes that it does not know, too (docs/protocol.md 6.6). */
    bool shows = speaker == BROKER && receipt->kind != FACT_OPENED && receipt->kind != FACT_DELIVERED;
    for (size_t i = 0; shows && i < receipt->item_count; i++) {
        oracle_broker_knows(o, &o->envelopes[o->items[receipt->item_first + i].envelope]);
    }
    return receipt;
}

struct receipt_record *oracle_receipt_shown(struct oracle *o, struct bytes raw)
{
    struct receipt_record *receipt = NULL;
    return read_receipt(o, raw, &receipt) == NULL ? receipt : NULL;
}
