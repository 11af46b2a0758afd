/* SPDX-License-Identifier: Apache-2.0 */
/* Frames: what each of them promises, shown by the one who said it (docs/protocol.md 6). */
#include "drills/oracle/oracle_private.h"
#include "drills/oracle/protobuf_walk.h"

/* Members of Frame. */
enum {
    FRAME_SUBMIT = 3,
    FRAME_ACCEPTED = 4,
    FRAME_REJECTED = 5,
    FRAME_DELIVER = 6,
    FRAME_RECEIPT = 7,
    FRAME_SETTLE = 8,
    FRAME_HEADS = 10,
    FRAME_BYE = 17,
};

struct said {
    struct oracle *oracle;
    size_t party;
    bool to_broker;
    struct bytes body; /* of the frame's one member */
};

static size_t speaker_of(const struct said *s)
{
    return s->to_broker ? s->party : BROKER;
}

static void malformed(const struct said *s, const char *what)
{
    oracle_break(s->oracle, "I4", "%s says a frame on the link of %s with %s that cannot be read",
                 oracle_name(s->oracle, speaker_of(s)), oracle_name(s->oracle, s->party), what);
}

void oracle_broker_knows(struct oracle *o, struct envelope_record *e)
{
    if (e->broker_knew_us == NOT_YET) {
        e->broker_knew_us = o->now_us;
    }
    e->broker_knew_last_us = o->now_us;
}

/* --- numbers --- */

static struct id place_id(size_t from, size_t to, uint32_t lane, uint32_t incarnation, uint32_t seq)
{
    const uint64_t place[] = {from, to, lane, incarnation, seq};
    return id_hash(bytes_of(place, sizeof place));
}

static struct number_record *number_beside(const struct oracle *o, const struct envelope_record *e,
                                           uint32_t seq)
{
    struct id place = place_id(e->from, e->to, e->lane, e->incarnation, seq);
    uint32_t number = seq == 0 ? ID_MAP_NONE : id_map_get(&o->number_of_place, &place);
    return number == ID_MAP_NONE ? NULL : &o->numbers[number];
}

struct number_record *oracle_number(struct oracle *o, const struct envelope_record *e)
{
    return number_beside(o, e, e->seq);
}

const struct number_record *oracle_number_before(const struct oracle *o, const struct envelope_record *e)
{
    return number_beside(o, e, e->seq - 1);
}

/*
 * A number is used for one envelope. A store that was put back forgets what it said: then it has to learn it from the
 * broker's heads before it goes on, unless the broker never got it, or was put back, too.
 */
static void check_used_once(struct oracle *o, const struct envelope_record *e,
                            const struct envelope_record *before)
{
    bool broker_knew =
        before->broker_knew_us != NOT_YET && (!oracle_is_excused(o, BROKER, before->broker_knew_us) ||
                                              !oracle_is_excused(o, BROKER, before->broker_knew_last_us));
    bool misled = o->hostile[e->from];
    if ((broker_knew && !misled) || !oracle_excuse(o, e->from, before->said_us)) {
        oracle_break(o, "I2", "%s uses a number again: under it it said %s, and before that %s",
                     oracle_name(o, e->from), oracle_envelope_text(o, e).text, id_digits(&before->id).text);
    }
}

static void check_order(struct oracle *o, const struct envelope_record *first,
                        const struct envelope_record *second)
{
    if (first->created_ms > second->created_ms) {
        oracle_break(o, "I3", "%s was made before the number before it",
                     oracle_envelope_text(o, second).text);
    } else if (!second->has_prev || !id_equal(&second->prev, &first->id)) {
        oracle_break(o, "I3", "%s does not name the envelope %s before it",
                     oracle_envelope_text(o, second).text, id_digits(&first->id).text);
    }
}

static void add_number(struct oracle *o, uint32_t envelope, bool again)
{
    const struct envelope_record *e = &o->envelopes[envelope];
    struct id place = place_id(e->from, e->to, e->lane, e->incarnation, e->seq);
    o->numbers = list_grow(o->numbers, o->number_count, &o->number_room, sizeof *o->numbers);
    o->numbers[o->number_count] =
        (struct number_record){.envelope = envelope, .accepted = ID_MAP_NONE, .again = again};
    id_map_put(&o->number_of_place, &place, (uint32_t)o->number_count++);
}

/* Behind a number that was used again stand others from before the loss: there the order proves nothing. */
static void take_number(struct oracle *o, uint32_t envelope)
{
    const struct envelope_record *e = &o->envelopes[envelope];
    struct number_record *number = oracle_number(o, e);
    if (number != NULL) {
        check_used_once(o, e, &o->envelopes[number->envelope]);
        number->envelope = envelope;
        number->again = true;
        return;
    }
    const struct number_record *before = number_beside(o, e, e->seq - 1);
    const struct number_record *after = number_beside(o, e, e->seq + 1);
    bool again = before != NULL && before->again;
    if (before != NULL && !again) {
        check_order(o, &o->envelopes[before->envelope], e);
    }
    if (after != NULL && !again) {
        check_order(o, e, &o->envelopes[after->envelope]);
    }
    add_number(o, envelope, again);
}

/* --- Submit --- */

/* It is the party's to send, by its address and its key. */
static bool is_own(const struct said *s, const struct said_envelope *said)
{
    const struct oracle *o = s->oracle;
    size_t to = oracle_actor(o, said->header.to.text);
    struct bytes key = bytes_of(o->parties[s->party].node_key, sizeof o->parties[s->party].node_key);
    return oracle_actor(o, said->header.from.text) == s->party && to != NOBODY && to != s->party &&
           bytes_equal(id_bytes(&said->header.from_key), key);
}

static bool is_signed(const struct said *s, const struct said_envelope *said)
{
    return said_proof_holds(said->proof, &said->id, &said->header.from_key, &s->oracle->good_turns);
}

/* Number of a new record. */
static uint32_t add_envelope(const struct said *s, const struct said_envelope *said)
{
    static const struct fact never = {.at_us = NOT_YET, .at_ms = 0, .receipt = ID_MAP_NONE};
    struct oracle *o = s->oracle;
    struct envelope_record record = {.id = said->id,
                                     .has_prev = said->header.has_prev,
                                     .prev = said->header.prev,
                                     .from = oracle_actor(o, said->header.from.text),
                                     .to = oracle_actor(o, said->header.to.text),
                                     .lane = said->header.lane,
                                     .incarnation = said->header.incarnation,
                                     .seq = said->header.seq,
                                     .created_ms = said->header.created_ms,
                                     .expires_ms = said->header.expires_ms,
                                     .said_us = o->now_us,
                                     .delivered_us = NOT_YET,
                                     .stub_settled_us = NOT_YET,
                                     .broker_knew_us = NOT_YET,
                                     .broker_knew_last_us = NOT_YET};
    for (size_t i = 0; i < FACT_KINDS; i++) {
        record.facts[i] = never;
    }
    o->envelopes = list_grow(o->envelopes, o->envelope_count, &o->envelope_room, sizeof *o->envelopes);
    o->envelopes[o->envelope_count] = record;
    id_map_put(&o->envelope_of_id, &record.id, (uint32_t)o->envelope_count);
    return (uint32_t)o->envelope_count++;
}

static void submit(const struct said *s)
{
    struct oracle *o = s->oracle;
    struct protobuf_field f[PROTOBUF_FIELDS_MAX + 1];
    struct said_envelope said;
    if (!protobuf_read(s->body, "8b", f) || !said_envelope_read(f[2].bytes, &said)) {
        malformed(s, "an envelope");
        return;
    }
    if (id_map_get(&o->envelope_of_id, &said.id) != ID_MAP_NONE) {
        o->figures.duplicates++;
    } else if (!is_own(s, &said)) {
        oracle_break(o, "I4", "%s submits envelope %s from %s to %s, which is not its own to send",
                     oracle_name(o, s->party), id_digits(&said.id).text, said.header.from.text,
                     said.header.to.text);
    } else if (!is_signed(s, &said)) {
        oracle_break(o, "I4", "%s submits envelope %s under a signature that does not hold",
                     oracle_name(o, s->party), id_digits(&said.id).text);
    } else {
        take_number(o, add_envelope(s, &said));
    }
}

/*
 * What a liar says is remembered where it is an envelope that it may send at all. Any other has no record, so that a broker
 * that takes or delivers it does so with one that nobody submitted.
 */
static void submit_of_liar(const struct said *s)
{
    struct protobuf_field f[PROTOBUF_FIELDS_MAX + 1];
    struct said_envelope said;
    if (protobuf_read(s->body, "8b", f) && said_envelope_read(f[2].bytes, &said) &&
        id_map_get(&s->oracle->envelope_of_id, &said.id) == ID_MAP_NONE && is_own(s, &said) &&
        is_signed(s, &said)) {
        uint32_t envelope = add_envelope(s, &said);
        if (oracle_number(s->oracle, &s->oracle->envelopes[envelope]) == NULL) {
            add_number(s->oracle, envelope, true);
        }
    }
}

/* --- Accepted, Rejected, ReceiptFrame --- */

static void accepted(const struct said *s)
{
    struct protobuf_field f[PROTOBUF_FIELDS_MAX + 1];
    if (!protobuf_read(s->body, "b", f)) {
        malformed(s, "a receipt");
        return;
    }
    const struct receipt_record *receipt =
        oracle_receipt_said(s->oracle, speaker_of(s), s->party, f[1].bytes);
    if (receipt != NULL && receipt->kind != FACT_ACCEPTED) {
        malformed(s, "an Accepted");
    }
}

static void receipt_frame(const struct said *s)
{
    struct protobuf_field f[PROTOBUF_FIELDS_MAX + 1];
    if (!protobuf_read(s->body, "b8", f)) {
        malformed(s, "a receipt");
        return;
    }
    (void)oracle_receipt_said(s->oracle, speaker_of(s), s->party, f[1].bytes);
}

/* Not temporary and without a receipt are only those of 4.1; tag 0 answers what is no submit (6.3, 6.4, 6.6, 6.8). */
static bool refusal_has_form(const struct said *s, const struct protobuf_field *f)
{
    uint64_t reason = f[3].value;
    bool temporary = f[4].value != 0;
    bool is_proven = f[7].number != 0;
    if (reason < 1 || reason > SAID_REASONS_MAX) {
        return false;
    }
    if (s->to_broker) {
        return temporary && !is_proven;
    }
    return temporary || is_proven || f[1].value == 0 || reason == E_TO || reason == E_KEY || reason == E_FORK;
}

static void rejected(const struct said *s)
{
    struct protobuf_field f[PROTOBUF_FIELDS_MAX + 1];
    if (!protobuf_read(s->body, "8bvvvbb", f)) {
        malformed(s, "a refusal");
        return;
    }
    if (!refusal_has_form(s, f)) {
        oracle_break(s->oracle, "I10",
                     "%s refuses something of %s%s with reason %u, which the protocol does not know",
                     oracle_name(s->oracle, speaker_of(s)),
                     s->to_broker ? "the broker" : oracle_name(s->oracle, s->party),
                     f[4].value != 0 ? " for now" : "", (unsigned)f[3].value);
        return;
    }
    if (f[7].number != 0) {
        const struct receipt_record *receipt =
            oracle_receipt_said(s->oracle, speaker_of(s), s->party, f[7].bytes);
        if (receipt != NULL && (receipt->kind != FACT_REJECTED || f[4].value != 0)) {
            malformed(s, "a refusal");
        }
    }
}

/* --- Deliver --- */

/* The envelope as its sender said it, to this party; NULL: the verdict says why not. */
static struct envelope_record *known_to(const struct said *s, const struct said_envelope *said)
{
    struct oracle *o = s->oracle;
    uint32_t number = id_map_get(&o->envelope_of_id, &said->id);
    if (number == ID_MAP_NONE) {
        oracle_break(o, "I4", "the broker delivers envelope %s from %s to %s, which nobody submitted",
                     id_digits(&said->id).text, said->header.from.text, oracle_name(o, s->party));
        return NULL;
    }
    if (o->envelopes[number].to != s->party) {
        oracle_break(o, "I4", "the broker delivers %s to %s",
                     oracle_envelope_text(o, &o->envelopes[number]).text, oracle_name(o, s->party));
        return NULL;
    }
    return &o->envelopes[number];
}

static void deliver_whole(const struct said *s, uint64_t accepted_ms, struct bytes bytes)
{
    struct oracle *o = s->oracle;
    struct said_envelope said;
    if (!said_envelope_read(bytes, &said)) {
        malformed(s, "an envelope");
        return;
    }
    struct envelope_record *e = known_to(s, &said);
    if (e == NULL) {
        return;
    }
    const struct fact *fact = &e->facts[FACT_ACCEPTED];
    if (!said_proof_holds(said.proof, &e->id, &said.header.from_key, &o->good_turns)) {
        oracle_break(o, "I4", "the broker delivers %s under a signature that does not hold",
                     oracle_envelope_text(o, e).text);
    } else if (fact->receipt != ID_MAP_NONE && fact->at_ms != accepted_ms &&
               !oracle_excuse(o, BROKER, fact->at_us)) {
        oracle_break(o, "I5", "the broker delivers %s with another time of acceptance than its receipt has",
                     oracle_envelope_text(o, e).text);
    }
    if (e->delivered_us == NOT_YET || oracle_is_excused(o, BROKER, e->delivered_us)) {
        e->deliver_accepted_ms = accepted_ms;
        e->delivered_us = o->now_us;
    }
    oracle_broker_knows(o, e);
}

static void deliver_stub(const struct said *s, struct bytes bytes)
{
    struct said_envelope said;
    struct bytes expired;
    if (!said_stub_read(bytes, &said, &expired)) {
        malformed(s, "a stub");
        return;
    }
    const struct envelope_record *e = known_to(s, &said);
    const struct receipt_record *receipt =
        e == NULL ? NULL : oracle_receipt_said(s->oracle, speaker_of(s), s->party, expired);
    if (receipt == NULL) {
        return;
    }
    for (size_t i = 0; receipt->kind == FACT_EXPIRED && i < receipt->item_count; i++) {
        if (&s->oracle->envelopes[s->oracle->items[receipt->item_first + i].envelope] == e) {
            return;
        }
    }
    oracle_break(s->oracle, "I5", "the broker delivers a stub of %s without its receipt EXPIRED",
                 oracle_envelope_text(s->oracle, e).text);
}

static void deliver(const struct said *s)
{
    struct protobuf_field f[PROTOBUF_FIELDS_MAX + 1];
    if (!protobuf_read(s->body, "88bb", f) || (f[3].number != 0) == (f[4].number != 0)) {
        malformed(s, "a delivery");
    } else if (f[3].number != 0) {
        deliver_whole(s, f[2].value, f[3].bytes);
    } else {
        deliver_stub(s, f[4].bytes);
    }
}

/* --- Settle, Heads, Bye --- */

static void settle_receipt(const struct said *s, struct receipt_record *receipt)
{
    struct oracle *o = s->oracle;
    if (s->to_broker) {
        if (receipt->from == s->party && receipt->settled_by_sender_us == NOT_YET) {
            receipt->settled_by_sender_us = o->now_us;
        }
    } else if (receipt->kind > FACT_EXPIRED && receipt->to == s->party) {
        if (receipt->said_us == NOT_YET) {
            oracle_break(o, "I5", "the broker settles a receipt %s that %s has not said",
                         fact_kind_name(receipt->kind), oracle_name(o, s->party));
        }
        if (receipt->settled_by_broker_us == NOT_YET ||
            oracle_is_excused(o, BROKER, receipt->settled_by_broker_us)) {
            receipt->settled_by_broker_us = o->now_us;
        }
    }
}

static void settle(const struct said *s)
{
    struct oracle *o = s->oracle;
    struct protobuf_walk walk = {.left = s->body};
    struct protobuf_field field;
    while (protobuf_next(&walk, &field)) {
        struct id id;
        if (field.number != 1 || !id_from(field.bytes, &id)) {
            malformed(s, "a settlement");
            return;
        }
        uint32_t receipt = id_map_get(&o->receipt_of_digest, &id);
        uint32_t envelope = id_map_get(&o->envelope_of_id, &id);
        if (receipt != ID_MAP_NONE) {
            settle_receipt(s, &o->receipts[receipt]);
        } else if (envelope != ID_MAP_NONE && s->to_broker && o->envelopes[envelope].to == s->party) {
            o->envelopes[envelope].stub_settled_us = o->now_us;
        }
    }
    if (walk.malformed) {
        malformed(s, "a settlement");
    }
}

/* I5: a head names an envelope that was submitted under that number, by this party or to it. */
static bool head_is_true(const struct said *s, struct bytes bytes)
{
    struct protobuf_field f[PROTOBUF_FIELDS_MAX + 1];
    struct oracle *o = s->oracle;
    struct id id;
    if (!protobuf_read(bytes, "bv44bb4", f) || !id_from(f[5].bytes, &id)) {
        return false;
    }
    bool own = f[6].bytes.size == 0;
    uint32_t number = id_map_get(&o->envelope_of_id, &id);
    struct envelope_record *e = number == ID_MAP_NONE ? NULL : &o->envelopes[number];
    bool is = e != NULL && (own ? e->from : e->to) == s->party &&
              bytes_equal(f[own ? 1 : 6].bytes, bytes_of_text(oracle_name(o, own ? e->to : e->from))) &&
              e->lane == f[2].value && e->incarnation == f[3].value && e->seq == f[4].value;
    if (is && own) {
        oracle_broker_knows(o, e);
    }
    return is;
}

static void heads(const struct said *s)
{
    struct protobuf_walk walk = {.left = s->body};
    struct protobuf_field field;
    while (protobuf_next(&walk, &field)) {
        if (field.number == 1 && !head_is_true(s, field.bytes)) {
            oracle_break(s->oracle, "I5", "the broker tells %s of a head that no envelope has",
                         oracle_name(s->oracle, s->party));
            return;
        }
    }
    if (walk.malformed) {
        malformed(s, "heads");
    }
}

static void bye(const struct said *s)
{
    struct protobuf_field f[PROTOBUF_FIELDS_MAX + 1];
    if (!protobuf_read(s->body, "vb", f) || f[1].value > SAID_REASONS_MAX) {
        oracle_break(s->oracle, "I10", "%s ends the link of %s for no reason that the protocol knows",
                     oracle_name(s->oracle, speaker_of(s)), oracle_name(s->oracle, s->party));
    }
}

/* --- frames --- */

static void take(const struct said *s, uint32_t member)
{
    bool of_broker = !s->to_broker;
    switch (member) {
    case FRAME_SUBMIT:
        submit(s);
        break;
    case FRAME_ACCEPTED:
        accepted(s);
        break;
    case FRAME_REJECTED:
        rejected(s);
        break;
    case FRAME_DELIVER:
        deliver(s);
        break;
    case FRAME_RECEIPT:
        receipt_frame(s);
        break;
    case FRAME_SETTLE:
        settle(s);
        break;
    case FRAME_HEADS:
        heads(s);
        break;
    case FRAME_BYE:
        bye(s);
        break;
    default: /* promises nothing that is watched here */
        return;
    }
    bool only_broker = member == FRAME_ACCEPTED || member == FRAME_DELIVER || member == FRAME_HEADS;
    if (member == FRAME_SUBMIT ? of_broker : only_broker && !of_broker) {
        malformed(s, "the wrong direction");
    }
}

void oracle_said(struct oracle *o, uint64_t at_us, size_t party, bool to_broker, struct bytes frame)
{
    struct protobuf_walk walk = {.left = frame};
    struct protobuf_field member, more;
    struct said said = {.oracle = o, .party = party, .to_broker = to_broker};
    if (o->broken) {
        return;
    }
    o->now_us = at_us;
    bool of_liar = to_broker && o->liar[party];
    const char *canary = canaries_find(o->canaries, frame);
    if (canary != NULL) {
        oracle_break(o, "I7", "\"%s\" can be read in a frame that %s says on the link of %s", canary,
                     oracle_name(o, speaker_of(&said)), oracle_name(o, party));
        return;
    }
    bool sound = protobuf_next(&walk, &member) && member.wire_type == 2 && !protobuf_next(&walk, &more) &&
                 !walk.malformed;
    said.body = sound ? member.bytes : bytes_of(NULL, 0);
    if (sound && !of_liar) {
        take(&said, member.number);
    } else if (sound && member.number == FRAME_SUBMIT) {
        submit_of_liar(&said);
    } else if (!sound && !of_liar) {
        malformed(&said, "a member");
    }
}
