/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/node_control.h"

#include <string.h>

#include "base/ensure.h"
#include "proto/limits.h"

/* --- envelopes --- */

void control_send(struct rig *rig, struct control_chain *chain, const Comity__Control *control,
                  struct bytes bytes)
{
    Comity__Inner inner = COMITY__INNER__INIT;
    struct sample *s = &chain->last;
    const struct envelope_id before = s->id;
    uint32_t seq = s->header.seq + 1;
    rig_letter(rig, s, LETTER_REQUEST, seq, 1, NULL);
    if (seq > 1) {
        s->header.prev = wire_binary(arena_copy(rig->arena, digest_bytes(&before.digest)));
    }
    s->header.kind = KIND_CONTROL;
    s->header.lane = LANE_BULK;
    s->context.kind = KIND_CONTROL;
    s->context.case_id = wire_binary(bytes_of(NULL, 0));
    s->context.case_seq = 0;
    s->context.n_signer = 0;
    inner.context = wire_binary(context_pack(rig->arena, &s->context));
    inner.control = wire_binary(control == NULL ? bytes : control_pack(rig->arena, control));
    rig_seal_inner(rig, s, inner_pack(rig->arena, &inner));
    rig_deliver(rig, s->bytes);
}

const Comity__Control *control_heard(struct rig *rig, size_t nth, const Comity__Header **ret_header,
                                     struct envelope_id *ret_id)
{
    const Comity__Header *header;
    struct envelope_id id;
    for (size_t n = 0; (header = rig_submitted(rig, n, &id)) != NULL; n++) {
        const Comity__Inner *inner = header->kind == KIND_CONTROL ? rig_opened(rig, n) : NULL;
        Comity__Control *control = NULL;
        if (inner == NULL || nth-- != 0) {
            continue;
        }
        ensure(inner->letter.len == 0 && inner->n_signature == 0);
        ensure(control_unpack(wire_bytes(inner->control), rig->arena, &control, NULL) == WIRE_OK);
        if (ret_header != NULL) {
            *ret_header = header;
        }
        if (ret_id != NULL) {
            *ret_id = id;
        }
        return control;
    }
    return NULL;
}

/* --- letters --- */

static ProtobufCBinaryData copy_of(struct rig *rig, struct bytes bytes)
{
    struct bytes copy = arena_copy(rig->arena, bytes);
    ensure(copy.data != NULL);
    return wire_binary(copy);
}

void given_make(struct rig *rig, struct given *g, enum letter_kind kind, bool own, uint32_t case_seq,
                const struct given *first, const struct given *prev)
{
    struct sample s;
    rig_letter(rig, &s, kind, 1, case_seq, NULL);
    *g = (struct given){.own = own, .context = s.context, .letter = s.letter};
    const struct fixture_party *author = own ? rig->me : rig->peer;
    g->officer = &author->officer[FIXTURE_DUTY];
    g->second = kind == LETTER_REFUSED ? &author->officer[FIXTURE_HEAD] : NULL;
    g->from = author->address;
    g->to = own ? rig->peer->address : rig->me->address;
    g->context.from = text_make(rig->arena, g->from.text);
    g->context.to = text_make(rig->arena, g->to.text);
    if (first != NULL) {
        g->context.case_id = first->context.case_id;
    }
    if (own && first != NULL) { /* R had seen what it answers */
        g->context.seen = copy_of(rig, digest_bytes(&first->id.digest));
    }
    if (prev != NULL) {
        g->context.case_prev = copy_of(rig, digest_bytes(&prev->id.digest));
    }
    given_sign(rig, g);
}

void given_sign(struct rig *rig, struct given *g)
{
    const struct signer *officers[] = {g->officer, g->second};
    ProtobufCBinaryData *signers = arena_zero(rig->arena, 2, sizeof *signers);
    ProtobufCBinaryData *signatures = arena_zero(rig->arena, 2, sizeof *signatures);
    ensure(signers != NULL && signatures != NULL);
    g->context.n_signer = g->second == NULL ? 1 : 2;
    g->context.signer = signers;
    for (size_t i = 0; i < g->context.n_signer; i++) {
        signers[i] = copy_of(rig, bytes_of(officers[i]->key.bytes, sizeof officers[i]->key.bytes));
    }
    g->context_bytes = context_pack(rig->arena, &g->context);
    struct bytes letter = letter_pack(rig->arena, g->letter);
    struct digest hash = plain_hash(letter);
    const struct bytes parts[] = {g->context_bytes, digest_bytes(&hash)};
    g->id.digest = labelled_digest("comity/v1/letter", parts, 2);
    for (size_t i = 0; i < g->context.n_signer; i++) {
        ensure(sign_turn(officers[i], &g->id.digest, 1, rig->arena, &g->proofs[i]));
        signatures[i] = wire_binary(g->proofs[i]);
    }
    comity__returned_letter__init(&g->message);
    g->message.context = wire_binary(g->context_bytes);
    g->message.letter = wire_binary(letter);
    g->message.n_signature = g->context.n_signer;
    g->message.signature = signatures;
    g->message.accepted_ms = rig->wall.ms + 1000;
    g->message.delivered_ms = rig->wall.ms + 2000;
}

bool given_is_filed(struct rig *rig, const struct given *g)
{
    struct letter_row row;
    return letter_get(rig->node, &g->id, rig->arena, &row);
}

void given_make_case(struct rig *rig, struct given_case *c)
{
    given_make(rig, &c->request, LETTER_REQUEST, false, 1, NULL, NULL);
    given_make(rig, &c->ack, LETTER_ACK, true, 1, &c->request, NULL);
    given_make(rig, &c->ask, LETTER_STATUS_ASK, false, 2, &c->request, &c->request);
    given_make(rig, &c->held, LETTER_HELD, true, 2, &c->request, &c->ack);
}

void control_give(struct rig *rig, struct control_chain *chain, uint64_t number, struct given *const *letters,
                  size_t count, struct bytes after)
{
    Comity__ReturnedLetter *list[RETURNED_LETTERS_MAX];
    Comity__Returned returned = COMITY__RETURNED__INIT;
    Comity__Control control = COMITY__CONTROL__INIT;
    ensure(count <= RETURNED_LETTERS_MAX);
    for (size_t i = 0; i < count; i++) {
        list[i] = &letters[i]->message;
    }
    returned.number = number;
    returned.n_letter = count;
    returned.letter = list;
    returned.after = wire_binary(after);
    control.body_case = COMITY__CONTROL__BODY_RETURNED;
    control.returned = &returned;
    control_send(rig, chain, &control, bytes_of(NULL, 0));
}

void control_say_standing(struct rig *rig, struct control_chain *chain, uint32_t incarnation,
                          uint32_t received, uint32_t ended)
{
    Comity__Through first = COMITY__THROUGH__INIT;
    Comity__Through second = COMITY__THROUGH__INIT;
    Comity__Through *firsts[] = {&first};
    Comity__Through *seconds[] = {&second};
    Comity__Standing standing = COMITY__STANDING__INIT;
    Comity__Control control = COMITY__CONTROL__INIT;
    first.lane = second.lane = LANE_URGENT;
    first.incarnation = second.incarnation = incarnation;
    first.seq = received;
    second.seq = ended;
    standing.n_received = received != 0;
    standing.received = firsts;
    standing.n_ended = ended != 0;
    standing.ended = seconds;
    control.body_case = COMITY__CONTROL__BODY_STANDING;
    control.standing = &standing;
    control_send(rig, chain, &control, bytes_of(NULL, 0));
    ensure(rig_receipt(rig, RECEIPT_DELIVERED, &chain->last.id) != NULL);
}
