/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/node_sent.h"

#include <string.h>

#include "base/ensure.h"
#include "nodes/lifecycle.h"

/* --- letters --- */

struct writing {
    struct rig *rig;
    struct letter_draft draft;
    enum letter_kind kind;
    bool known;
    struct letter_id id;
};

static void act_write(struct node *node, struct turn *turn, void *context)
{
    struct writing *w = context;
    struct rig *rig = w->rig;
    const struct signer *officers[] = {&rig->me->officer[FIXTURE_DUTY], &rig->me->officer[FIXTURE_HEAD]};
    const struct public_key keys[] = {officers[0]->key, officers[1]->key};
    size_t count = w->kind == LETTER_REFUSED ? 2 : 1;
    Comity__Letter *message = letter_make(rig->arena, w->kind, rig->wall.ms, 1);
    struct bytes proofs[2];
    struct letter_id id;
    if (w->known) {
        const struct case_id case_id = w->draft.case_id;
        ensure(letter_draft(node, &case_id, &w->draft));
    } else {
        letter_draft_new(node, turn, &rig->peer->address, lifecycle_row_any(message)->side,
                         rig->options.has_exercise, &w->draft);
    }
    struct bytes letter = letter_pack(rig->arena, message);
    struct bytes signed_context =
        letter_context(node, &w->draft, letter, keys, count, turn_wall(turn), rig->arena, &w->id);
    ensure(signed_context.data != NULL);
    for (size_t i = 0; i < count; i++) {
        ensure(sign_turn(officers[i], &w->id.digest, 1, rig->arena, &proofs[i]));
    }
    ensure(letter_file(node, turn, signed_context, letter, proofs, count, &id) == FILE_OK);
    ensure(letter_file(node, turn, signed_context, letter, proofs, count, &id) == FILE_KNOWN);
}

struct letter_id rig_write(struct rig *rig, const struct case_id *case_id, enum letter_kind kind,
                           struct case_id *ret_case)
{
    struct writing w = {.rig = rig, .kind = kind, .known = case_id != NULL};
    if (case_id != NULL) {
        w.draft.case_id = *case_id;
    }
    rig_begin(rig);
    ensure(node_input(rig->node, rig->turn, act_write, &w) == INPUT_DONE);
    rig_end(rig);
    if (ret_case != NULL) {
        *ret_case = w.draft.case_id;
    }
    return w.id;
}

struct letter_row rig_filed(struct rig *rig, const struct letter_id *id)
{
    struct letter_row row;
    ensure(letter_get(rig->node, id, rig->arena, &row));
    return row;
}

struct rig_sent rig_request(struct rig *rig)
{
    struct rig_sent sent;
    rig_link(rig);
    sent.letter = rig_write(rig, NULL, LETTER_REQUEST, &sent.case_id);
    rig_give_prekeys(rig, 1);
    sent.head = rig_submitted(rig, 0, &sent.id);
    ensure(sent.head != NULL);
    return sent;
}

/* --- envelopes --- */

const Comity__Header *rig_submitted(struct rig *rig, size_t nth, struct envelope_id *ret_id)
{
    const Comity__Frame *frame = rig_heard(rig, COMITY__FRAME__BODY_SUBMIT, nth);
    struct envelope *envelope = arena_take(rig->arena, sizeof *envelope);
    ensure(envelope != NULL);
    if (frame == NULL) {
        return NULL;
    }
    ensure(envelope_read(wire_bytes(frame->submit->envelope), &rig->fixture->network, rig->arena, envelope) ==
           REASON_NONE);
    ensure(proof_verify(NULL, envelope->proof, &envelope->id.digest, &rig->me->node_signer.key) == PROOF_OK);
    if (ret_id != NULL) {
        *ret_id = envelope->id;
    }
    return envelope->head;
}

struct bytes rig_submitted_bytes(struct rig *rig, size_t nth)
{
    const Comity__Frame *frame = rig_heard(rig, COMITY__FRAME__BODY_SUBMIT, nth);
    return frame == NULL ? bytes_of(NULL, 0) : wire_bytes(frame->submit->envelope);
}

size_t rig_letters(struct rig *rig)
{
    size_t count = 0;
    const Comity__Header *header;
    for (size_t n = 0; (header = rig_submitted(rig, n, NULL)) != NULL; n++) {
        count += header->kind == KIND_LETTER ? 1 : 0;
    }
    return count;
}

static enum slot_key find_peer_key(void *context, const struct public_key *key, uint8_t ret_secret[32])
{
    struct rig *rig = context;
    for (size_t i = 0; i < 8; i++) {
        if (public_key_equal(&rig->peer_key[i], key)) {
            memcpy(ret_secret, rig->peer_secret[i], 32);
            return SLOT_MINE;
        }
    }
    return SLOT_NOT_MINE;
}

Comity__Inner *rig_opened(struct rig *rig, size_t nth)
{
    struct envelope envelope;
    struct bytes bytes;
    Comity__Inner *inner = NULL;
    const struct slot_keys keys = {.find = find_peer_key, .context = rig};
    ensure(envelope_read(rig_submitted_bytes(rig, nth), &rig->fixture->network, rig->arena, &envelope) ==
           REASON_NONE);
    if (open_envelope(&envelope, keys, rig->arena, &bytes, NULL) != REASON_NONE) {
        return NULL;
    }
    ensure(inner_unpack(bytes, rig->arena, &inner, NULL) == WIRE_OK);
    return inner;
}

enum out_state rig_out_state(struct rig *rig, const struct envelope_id *id)
{
    struct out_row row;
    ensure(outbox_get(rig->node, id, rig->arena, &row));
    return row.state;
}

uint64_t rig_tag(struct rig *rig, size_t nth)
{
    const Comity__Frame *frame = rig_heard(rig, COMITY__FRAME__BODY_SUBMIT, nth);
    ensure(frame != NULL);
    return frame->submit->tag;
}

void rig_reject(struct rig *rig, uint64_t tag, const struct envelope_id *id, enum reason reason,
                bool temporary)
{
    Comity__Rejected rejected = COMITY__REJECTED__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    rejected.tag = tag;
    rejected.id = id == NULL ? wire_binary(bytes_of(NULL, 0)) : wire_binary(digest_bytes(&id->digest));
    rejected.reason = (uint32_t)reason;
    rejected.temporary = temporary;
    rejected.retry_ms = temporary ? 5000 : 0;
    frame.body_case = COMITY__FRAME__BODY_REJECTED;
    frame.rejected = &rejected;
    rig_say(rig, &frame);
}
