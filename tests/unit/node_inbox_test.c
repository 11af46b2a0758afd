/* SPDX-License-Identifier: Apache-2.0 */
/* The recipient's checks of docs/protocol.md 4, up to 21: each with its code, and whether anything was stored. */
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "nodes/chains.h"
#include "nodes/inbox.h"
#include "nodes/letters.h"
#include "nodes/node_private.h"
#include "nodes/recall.h"
#include "nodes/store_chains.h"
#include "tests/support/arrivals.h"

/* --- the way it should be --- */

static void a_letter_is_delivered_and_opens_its_case(void **state)
{
    struct rig *rig = *state;
    struct sample s;
    struct case_row row;
    rig_letter(rig, &s, LETTER_REQUEST, 1, 1, NULL);
    rig_send(rig, &s);
    assert_delivered(rig, &s);
    assert_int_equal(rig_receipt(rig, RECEIPT_DELIVERED, &s.id)->through, 1);
    const Comity__Frame *credit = rig_heard(rig, COMITY__FRAME__BODY_CREDIT, 0);
    assert_non_null(credit);
    assert_int_equal(credit->credit->lane, LANE_URGENT);
    assert_int_equal(credit->credit->envelopes, 1);
    assert_true(case_get(rig->node, &s.case_id, rig->arena, &row));
    assert_int_equal(row.own_side, SIDE_R);
    assert_string_equal(row.q.text, "XA/poc");
    assert_int_equal(row.state, CASE_REQUESTED);
    assert_true(row.own_dues > 0);
    size_t count = 0;
    struct letter_row *letters = letter_list(rig->node, &s.case_id, rig->arena, &count);
    assert_int_equal(count, 1);
    case_count_letters(&row, letters, count);
    assert_int_equal(row.unopened, 1);
    assert_int_equal(letters[0].delivered_ms, rig->wall.ms);
    assert_int_equal(letters[0].accepted_ms, rig->wall.ms - 1000);
}

static void a_known_id_gets_the_same_receipt_bytes(void **state)
{
    struct rig *rig = *state;
    struct sample s;
    rig_letter(rig, &s, LETTER_REQUEST, 1, 1, NULL);
    rig_send(rig, &s);
    struct bytes first = wire_bytes(rig_heard(rig, COMITY__FRAME__BODY_RECEIPT, 0)->receipt->receipt);
    rig->wall.ms += 5000;
    rig->mono.ms += 5000;
    rig_deliver(rig, s.bytes);
    assert_int_equal(rig_count(rig, COMITY__FRAME__BODY_RECEIPT), 1);
    struct bytes second = wire_bytes(rig_heard(rig, COMITY__FRAME__BODY_RECEIPT, 0)->receipt->receipt);
    assert_true(bytes_equal(first, second));
    struct node_figures figures;
    node_figures(rig->node, &figures);
    assert_int_equal(figures.received, 1);
}

/* --- 1 to 11 --- */

static void bytes_that_do_not_read_are_put_back(void **state)
{
    struct rig *rig = *state;
    struct sample s;
    rig_letter(rig, &s, LETTER_REQUEST, 1, 1, NULL);
    rig_seal(rig, &s);
    struct bytes cut = bytes_of(s.bytes.data, s.bytes.size - 1);
    rig_deliver(rig, cut);
    assert_put_back(rig, &s.id, REASON_ENCODING);
    s.header.version = 2;
    rig_send(rig, &s);
    assert_put_back(rig, &s.id, REASON_VERSION);
    s.header.version = 1;
    s.header.kind = KIND_CHUNK;
    rig_send(rig, &s);
    assert_put_back(rig, &s.id, REASON_FIELD);
    s.header.kind = KIND_LETTER;
    uint8_t other[32] = {1};
    s.header.network = wire_binary(bytes_of(other, sizeof other));
    rig_send(rig, &s);
    assert_put_back(rig, &s.id, REASON_NETWORK);
}

static void an_envelope_for_another_is_put_back(void **state)
{
    struct rig *rig = *state;
    struct sample s;
    rig_letter(rig, &s, LETTER_REQUEST, 1, 1, NULL);
    s.header.to = text_make(rig->arena, "XC/poc");
    rig_send(rig, &s);
    assert_put_back(rig, &s.id, REASON_TO);
}

static void a_roster_not_known_yet_is_put_back(void **state)
{
    struct rig *rig = *state;
    struct sample s;
    rig_letter(rig, &s, LETTER_REQUEST, 1, 1, NULL);
    s.header.roster = 2;
    rig_send(rig, &s);
    assert_put_back(rig, &s.id, REASON_ROSTER);
}

static void an_unknown_key_is_refused_and_takes_no_number(void **state)
{
    struct rig *rig = *state;
    struct sample s;
    struct chain_link link;
    const struct in_chain chain = {.from = rig->peer->address, .lane = LANE_URGENT, .incarnation = 1};
    rig_letter(rig, &s, LETTER_REQUEST, 1, 1, NULL);
    s.node_signer = &rig->me->node_signer;
    s.header.from_key = wire_binary(bytes_of(s.node_signer->key.bytes, 32));
    rig_send(rig, &s);
    assert_refused(rig, &s, REASON_KEY, false);
    in_chain_link(rig->node, &chain, 1, &link);
    assert_false(link.known);
}

static void a_revoked_key_is_refused_for_good(void **state)
{
    struct rig *rig = *state;
    struct sample s;
    struct fixture_revocation lost = {.key = rig->peer->node_signer.key, .at_ms = FIXTURE_NOW.ms};
    rig_change_roster(rig, fixture_revoke, &lost);
    rig_letter(rig, &s, LETTER_REQUEST, 1, 1, NULL);
    rig_send(rig, &s);
    assert_refused(rig, &s, REASON_REVOKED, true);
}

static void a_bad_signature_is_not_final(void **state)
{
    struct rig *rig = *state;
    struct sample s;
    rig_letter(rig, &s, LETTER_REQUEST, 1, 1, NULL);
    rig_seal(rig, &s);
    struct bytes proof = arena_copy(rig->arena, s.proof);
    ((uint8_t *)(uintptr_t)proof.data)[10] ^= 1;
    rig_deliver(rig, envelope_encode(rig->arena, s.sealed.header, s.sealed.seal, s.sealed.body, proof));
    assert_put_back(rig, &s.id, REASON_SIGNATURE);
    rig_deliver(rig, s.bytes);
    assert_delivered(rig, &s);
}

/* Other bytes are another id, and one that nobody signed: it is not known yet whose key, and of when, was meant. */
static void nothing_final_is_said_of_a_damaged_header(void **state)
{
    struct rig *rig = *state;
    struct sample s;
    rig_letter(rig, &s, LETTER_REQUEST, 1, 1, NULL);
    rig_seal(rig, &s);
    struct sample damaged = s;
    struct public_key nobodys = {.bytes = {9}};
    damaged.header.from_key = wire_binary(bytes_of(nobodys.bytes, sizeof nobodys.bytes));
    rig_seal(rig, &damaged);
    rig_deliver(rig,
                envelope_encode(rig->arena, damaged.sealed.header, s.sealed.seal, s.sealed.body, s.proof));
    assert_put_back(rig, &damaged.id, REASON_SIGNATURE);
    rig_deliver(rig, s.bytes);
    assert_delivered(rig, &s);
}

static void an_expired_envelope_is_refused_and_takes_its_number(void **state)
{
    struct rig *rig = *state;
    struct sample s;
    rig_letter(rig, &s, LETTER_REQUEST, 1, 1, NULL);
    s.header.expires_ms = s.header.created_ms + LIFE_MS_MIN;
    rig_seal(rig, &s);
    rig->wall.ms += LIFE_MS_MIN + 300001;
    rig->mono.ms += LIFE_MS_MIN + 300001;
    rig_deliver(rig, s.bytes);
    assert_refused(rig, &s, REASON_EXPIRED, true);
}

/* Our clock jumps a year ahead, and the broker's does not: the letter waits until they agree, and is taken. */
static void an_envelope_expired_by_our_clock_alone_comes_again(void **state)
{
    struct rig *rig = *state;
    struct sample s;
    rig_letter(rig, &s, LETTER_REQUEST, 1, 1, NULL);
    rig_seal(rig, &s);
    rig->wall.ms += 366 * MS_PER_DAY;
    rig_deliver(rig, s.bytes);
    const Comity__Frame *frame = rig_heard(rig, COMITY__FRAME__BODY_REJECTED, 0);
    assert_non_null(frame);
    assert_true(frame->rejected->temporary);
    assert_int_equal(frame->rejected->reason, REASON_CLOCK);
    rig->wall.ms -= 366 * MS_PER_DAY;
    rig_deliver(rig, s.bytes);
    assert_non_null(rig_receipt(rig, RECEIPT_DELIVERED, &s.id));
}

static void a_fork_is_refused_and_both_are_kept(void **state)
{
    struct rig *rig = *state;
    struct sample a, b;
    struct chain_link link;
    const struct in_chain chain = {.from = rig->peer->address, .lane = LANE_URGENT, .incarnation = 1};
    rig_letter(rig, &a, LETTER_REQUEST, 1, 1, NULL);
    rig_send(rig, &a);
    rig_letter(rig, &b, LETTER_REQUEST, 1, 1, NULL);
    rig_send(rig, &b);
    assert_refused(rig, &b, REASON_FORK, false);
    in_chain_link(rig->node, &chain, 1, &link);
    assert_true(digest_equal(&link.id, &a.id.digest));
}

static void a_number_that_does_not_follow_is_refused(void **state)
{
    struct rig *rig = *state;
    struct sample a, b;
    rig_letter(rig, &a, LETTER_REQUEST, 1, 1, NULL);
    rig_send(rig, &a);
    rig_letter(rig, &b, LETTER_WITHDRAW, 2, 2, &a);
    uint8_t other[32] = {9};
    b.header.prev = wire_binary(bytes_of(other, sizeof other));
    rig_send(rig, &b);
    assert_refused(rig, &b, REASON_SEQUENCE, true);
}

static void a_gap_blocks_nothing_and_is_asked_for(void **state)
{
    struct rig *rig = *state;
    struct sample a, lost, b;
    rig_letter(rig, &a, LETTER_REQUEST, 1, 1, NULL);
    rig_send(rig, &a);
    rig_letter(rig, &lost, LETTER_REQUEST, 2, 1, NULL);
    lost.header.prev = wire_binary(digest_bytes(&a.id.digest));
    rig_seal(rig, &lost);
    rig_letter(rig, &b, LETTER_REQUEST, 3, 1, NULL);
    b.header.prev = wire_binary(digest_bytes(&lost.id.digest));
    rig_send(rig, &b);
    assert_delivered(rig, &b);
    assert_int_equal(rig_receipt(rig, RECEIPT_DELIVERED, &b.id)->through, 1);
    const Comity__Frame *ask = rig_heard(rig, COMITY__FRAME__BODY_ASK_AGAIN, 0);
    assert_non_null(ask);
    assert_int_equal(ask->ask_again->first, 2);
    assert_int_equal(ask->ask_again->last, 2);
    rig_deliver(rig, lost.bytes);
    assert_int_equal(rig_receipt(rig, RECEIPT_DELIVERED, &lost.id)->through, 3);
}

static void voided_numbers_are_not_waited_for(void **state)
{
    struct rig *rig = *state;
    struct sample a, b;
    rig_letter(rig, &a, LETTER_REQUEST, 1, 1, NULL);
    rig_send(rig, &a);
    rig_letter(rig, &b, LETTER_REQUEST, 3, 1, NULL);
    uint8_t other[32] = {9};
    b.header.prev = wire_binary(bytes_of(other, sizeof other));
    Comity__Head head = COMITY__HEAD__INIT;
    Comity__Head *heads[] = {&head};
    head.lane = LANE_URGENT;
    head.incarnation = 1;
    head.seq = 2;
    head.id = b.header.prev;
    b.gossip.n_voided = 1;
    b.gossip.voided = heads;
    rig_send(rig, &b);
    assert_int_equal(rig_receipt(rig, RECEIPT_DELIVERED, &b.id)->through, 3);
}

/* Words of a sender begin no chain, and lengthen none: else each would be a gap for ever. */
static void voided_numbers_above_all_that_came_are_not_taken(void **state)
{
    struct rig *rig = *state;
    struct sample a, b;
    rig_letter(rig, &a, LETTER_REQUEST, 1, 1, NULL);
    rig_send(rig, &a);
    rig_letter(rig, &b, LETTER_REQUEST, 2, 1, NULL);
    b.header.prev = wire_binary(digest_bytes(&a.id.digest));
    Comity__Head head[4];
    Comity__Head *heads[] = {&head[0], &head[1], &head[2], &head[3]};
    static const struct in_chain chains[4] = {{.lane = LANE_URGENT, .incarnation = 1},
                                              {.lane = LANE_URGENT, .incarnation = 2},
                                              {.lane = LANE_BULK, .incarnation = 1},
                                              {.lane = LANE_BULK, .incarnation = UINT32_MAX}};
    for (size_t i = 0; i < 4; i++) {
        comity__head__init(&head[i]);
        head[i].lane = (uint32_t)chains[i].lane;
        head[i].incarnation = chains[i].incarnation;
        head[i].seq = 4000000000;
        head[i].id = b.header.prev;
    }
    b.gossip.n_voided = 4;
    b.gossip.voided = heads;
    rig_send(rig, &b);
    assert_int_equal(rig_receipt(rig, RECEIPT_DELIVERED, &b.id)->through, 2);
    assert_int_equal(rig_count(rig, COMITY__FRAME__BODY_ASK_AGAIN), 0);
    for (size_t i = 0; i < 4; i++) {
        struct in_chain chain = chains[i];
        struct in_state known;
        chain.from = rig->peer->address;
        store_in_chain_get(rig->node->store, &chain, &known);
        assert_int_equal(known.highest, i == 0 ? 2 : 0);
        assert_false(store_in_number_known(rig->node->store, &chain, 4000000000));
    }
}

/* --- 13 to 21 --- */

static void an_exercise_not_joined_is_refused(void **state)
{
    struct rig *rig = *state;
    struct sample s;
    uint8_t exercise[16] = {5};
    rig_letter(rig, &s, LETTER_REQUEST, 1, 1, NULL);
    s.header.exercise = wire_binary(bytes_of(exercise, sizeof exercise));
    s.context.exercise = s.header.exercise;
    rig_send(rig, &s);
    assert_refused(rig, &s, REASON_EXERCISE, true);
}

static void a_key_never_mine_is_refused(void **state)
{
    struct rig *rig = *state;
    struct sample s;
    uint8_t secret[32] = {7};
    rig_letter(rig, &s, LETTER_REQUEST, 1, 1, NULL);
    assert_int_equal(crypto_scalarmult_curve25519_base(s.slot.bytes, secret), 0);
    rig_send(rig, &s);
    assert_refused(rig, &s, REASON_SLOT, true);
}

/* A disk that was emptied has lost its keys with all else, and a broker that was restored may know nothing of it. */
static void a_key_never_mine_shows_a_loss(void **state)
{
    struct rig *rig = *state;
    struct sample s;
    struct recall_state recall;
    uint8_t secret[32] = {7};
    rig_letter(rig, &s, LETTER_REQUEST, 1, 1, NULL);
    assert_int_equal(crypto_scalarmult_curve25519_base(s.slot.bytes, secret), 0);
    assert_int_equal(recall_states(rig->node, 1, &recall), 0);
    rig_send(rig, &s);
    assert_int_equal(recall_states(rig->node, 1, &recall), 1);
    assert_string_equal(recall.party.text, rig->peer->address.text);
    assert_true(recall.shown);
    assert_int_equal(recall.done_ms, 0);
}

static void an_erased_key_is_another_fact(void **state)
{
    struct rig *rig = *state;
    struct sample s;
    rig_letter(rig, &s, LETTER_REQUEST, 1, 1, NULL);
    struct public_key first_day = s.slot;
    rig_tick(rig, 17 * MS_PER_DAY); /* its day and the 15 after it are over */
    rig_link(rig);
    rig_letter(rig, &s, LETTER_REQUEST, 1, 1, NULL);
    s.slot = first_day;
    rig_send(rig, &s);
    assert_refused(rig, &s, REASON_PREKEY, true);
}

static void a_body_that_does_not_open_is_refused(void **state)
{
    struct rig *rig = *state;
    struct sample s;
    rig_letter(rig, &s, LETTER_REQUEST, 1, 1, NULL);
    rig_seal(rig, &s);
    struct bytes body = arena_copy(rig->arena, s.sealed.body);
    ((uint8_t *)(uintptr_t)body.data)[100] ^= 1;
    struct digest hash = plain_hash(body);
    s.id = envelope_id_of(s.sealed.header, s.sealed.seal, &hash);
    assert_true(sign_turn(s.node_signer, &s.id.digest, 1, rig->arena, &s.proof));
    rig_deliver(rig, envelope_encode(rig->arena, s.sealed.header, s.sealed.seal, body, s.proof));
    assert_refused(rig, &s, REASON_BODY, true);
}

static void an_inner_that_does_not_read_is_refused(void **state)
{
    struct rig *rig = *state;
    struct sample s;
    rig_letter(rig, &s, LETTER_REQUEST, 1, 1, NULL);
    rig_seal_inner(rig, &s, bytes_of("rubbish", 7));
    rig_deliver(rig, s.bytes);
    assert_refused(rig, &s, REASON_INNER, true);
}

static void a_context_that_differs_from_the_header_is_refused(void **state)
{
    struct rig *rig = *state;
    struct sample s;
    rig_letter(rig, &s, LETTER_REQUEST, 1, 1, NULL);
    s.context.to = text_make(rig->arena, "XC/poc");
    rig_send(rig, &s);
    assert_refused(rig, &s, REASON_CONTEXT, true);
    rig_letter(rig, &s, LETTER_REQUEST, 2, 1, &s);
    s.context.signed_ms = s.header.created_ms - 30 * MS_PER_DAY - 1;
    rig_send(rig, &s);
    assert_refused(rig, &s, REASON_CONTEXT, true);
    rig_letter(rig, &s, LETTER_REQUEST, 3, 1, &s);
    s.context.signed_ms = s.header.created_ms + 300001;
    rig_send(rig, &s);
    assert_refused(rig, &s, REASON_CONTEXT, true);
    char *copies[] = {text_make(rig->arena, "XD/poc"), text_make(rig->arena, "XC/poc")};
    rig_letter(rig, &s, LETTER_REQUEST, 4, 1, &s);
    s.context.n_copy = 2;
    s.context.copy = copies;
    rig_send(rig, &s);
    assert_refused(rig, &s, REASON_CONTEXT, true);
}

static void another_roster_of_that_version_is_refused(void **state)
{
    struct rig *rig = *state;
    struct sample s;
    uint8_t other[32] = {3};
    rig_letter(rig, &s, LETTER_REQUEST, 1, 1, NULL);
    s.context.roster_hash = wire_binary(bytes_of(other, sizeof other));
    rig_send(rig, &s);
    assert_refused(rig, &s, REASON_ROSTER_FORK, true);
}

static void a_roster_above_the_envelopes_is_refused(void **state)
{
    struct rig *rig = *state;
    struct sample s;
    rig_letter(rig, &s, LETTER_REQUEST, 1, 1, NULL);
    s.context.roster = s.header.roster + 1;
    rig_send(rig, &s);
    assert_refused(rig, &s, REASON_CONTEXT, true);
}

/* --- numbers that the broker says are gone --- */

static void a_forks_refusal_does_not_close_the_number_of_the_other(void **state)
{
    struct rig *rig = *state;
    struct sample s, fork;
    const struct in_chain chain = {.from = rig->peer->address, .lane = LANE_URGENT, .incarnation = 1};
    rig_letter(rig, &s, LETTER_REQUEST, 1, 1, NULL);
    rig_seal(rig, &s);
    rig_letter(rig, &fork, LETTER_REQUEST, 1, 1, NULL);
    rig_seal(rig, &fork);
    rig_give_receipt(rig, RECEIPT_REJECTED, &fork.header, &fork.id, REASON_FORK);
    assert_int_equal(in_chain_through(rig->node, &chain), 0);
    assert_non_null(rig_heard(rig, COMITY__FRAME__BODY_SETTLE, 0));
    rig_give_receipt(rig, RECEIPT_REJECTED, &fork.header, &fork.id, REASON_EXPIRED);
    assert_int_equal(in_chain_through(rig->node, &chain), 1);
}

static void an_expiry_without_a_stub_closes_its_number(void **state)
{
    struct rig *rig = *state;
    struct sample s;
    const struct in_chain chain = {.from = rig->peer->address, .lane = LANE_URGENT, .incarnation = 1};
    rig_letter(rig, &s, LETTER_REQUEST, 1, 1, NULL);
    rig_seal(rig, &s);
    rig_give_receipt(rig, RECEIPT_EXPIRED, &s.header, &s.id, REASON_NONE);
    assert_int_equal(in_chain_through(rig->node, &chain), 1);
}

/* --- CONTROL --- */

static void make_control(struct rig *rig, struct sample *s, uint32_t seq, const struct sample *previous)
{
    const struct envelope_id before = previous == NULL ? (struct envelope_id){.digest = {{0}}} : previous->id;
    rig_letter(rig, s, LETTER_REQUEST, seq, 1, NULL);
    if (seq > 1) {
        struct bytes prev = arena_copy(rig->arena, digest_bytes(&before.digest));
        s->header.prev = wire_binary(prev);
    }
    s->header.kind = KIND_CONTROL;
    s->context.kind = KIND_CONTROL;
    s->context.case_id = wire_binary(bytes_of(NULL, 0));
    s->context.case_seq = 0;
}

static void send_control(struct rig *rig, struct sample *s, struct bytes letter)
{
    Comity__Inner inner = COMITY__INNER__INIT;
    inner.context = wire_binary(context_pack(rig->arena, &s->context));
    inner.letter = wire_binary(letter);
    rig_seal_inner(rig, s, inner_pack(rig->arena, &inner));
    rig_deliver(rig, s->bytes);
}

static void a_control_bears_no_officer_and_no_letter(void **state)
{
    struct rig *rig = *state;
    struct sample s;
    struct in_row row;
    const struct bytes nothing = bytes_of(NULL, 0);
    make_control(rig, &s, 1, NULL);
    rig_send(rig, &s); /* signed by an officer */
    assert_refused(rig, &s, REASON_CONTEXT, true);
    make_control(rig, &s, 2, &s);
    send_control(rig, &s, nothing); /* names an officer who did not sign */
    assert_refused(rig, &s, REASON_CONTEXT, true);
    make_control(rig, &s, 3, &s);
    s.context.n_signer = 0;
    send_control(rig, &s, bytes_of("\x1a\x00", 2));
    assert_refused(rig, &s, REASON_CONTEXT, true);
    make_control(rig, &s, 4, &s);
    s.context.n_signer = 0;
    s.context.case_seq = 2;
    send_control(rig, &s, nothing); /* has a place in a case */
    assert_refused(rig, &s, REASON_CONTEXT, true);
    make_control(rig, &s, 5, &s);
    s.context.n_signer = 0;
    send_control(rig, &s, nothing);
    assert_delivered(rig, &s);
    assert_true(inbox_get(rig->node, &s.id, &row));
    assert_false(row.has_letter);
}

/* Check 20, on both sides of each edge. */
static void times_and_roster_of_a_control_fit_its_envelope(void **state)
{
    static const struct {
        int64_t signed_after_ms;
        uint64_t roster;
        size_t hash_bytes;
        bool fits;
    } contexts[] = {
        {-30 * (int64_t)MS_PER_DAY - 1, 1, 32, false},
        {-30 * (int64_t)MS_PER_DAY, 1, 32, true},
        {300000, 1, 32, true},
        {300001, 1, 32, false},
        {0, 0, 32, false},
        {0, 2, 32, false}, /* above the envelope's */
        {0, 1, 0, false},
        {0, 1, 32, true},
    };
    struct rig *rig = *state;
    struct sample s;
    for (uint32_t i = 0; i < sizeof contexts / sizeof contexts[0]; i++) {
        make_control(rig, &s, i + 1, i == 0 ? NULL : &s);
        s.context.n_signer = 0;
        s.context.signed_ms = s.header.created_ms + (uint64_t)contexts[i].signed_after_ms;
        s.context.roster = contexts[i].roster;
        s.context.roster_hash.len = contexts[i].hash_bytes;
        send_control(rig, &s, bytes_of(NULL, 0));
        if (contexts[i].fits) {
            assert_delivered(rig, &s);
        } else {
            assert_refused(rig, &s, REASON_CONTEXT, true);
        }
    }
}

/* --- stubs, room --- */

/* The first request as a stub, in a frame of these parts. */
static void deliver_of_stub(struct rig *rig, struct sample *s, Comity__Stub *stub, Comity__Deliver *deliver,
                            Comity__Frame *ret)
{
    rig_letter(rig, s, LETTER_REQUEST, 1, 1, NULL);
    rig_seal(rig, s);
    struct digest hash = plain_hash(s->sealed.body);
    stub->header = wire_binary(s->sealed.header);
    stub->seal = wire_binary(s->sealed.seal);
    stub->body_hash = wire_binary(arena_copy(rig->arena, digest_bytes(&hash)));
    stub->proof = wire_binary(s->proof);
    stub->expired = wire_binary(rig_make_receipt(rig, RECEIPT_EXPIRED, &s->header, &s->id, REASON_NONE));
    deliver->tag = 77;
    deliver->accepted_ms = rig->wall.ms;
    deliver->stub = stub;
    ret->body_case = COMITY__FRAME__BODY_DELIVER;
    ret->deliver = deliver;
}

static void a_stub_closes_its_number_and_is_settled(void **state)
{
    struct rig *rig = *state;
    struct sample s;
    Comity__Stub stub = COMITY__STUB__INIT;
    Comity__Deliver deliver = COMITY__DELIVER__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    const struct in_chain chain = {.from = rig->peer->address, .lane = LANE_URGENT, .incarnation = 1};
    deliver_of_stub(rig, &s, &stub, &deliver, &frame);
    stub.expired = wire_binary(rig_make_receipt(rig, RECEIPT_DELIVERED, &s.header, &s.id, REASON_NONE));
    rig_say(rig, &frame);
    assert_put_back(rig, &s.id, REASON_SIGNATURE); /* the receipt in it is not EXPIRED of a broker */
    struct bytes forged = arena_copy(rig->arena, s.proof);
    ((uint8_t *)(uintptr_t)forged.data)[10] ^= 1;
    stub.proof = wire_binary(forged);
    stub.expired = wire_binary(rig_make_receipt(rig, RECEIPT_EXPIRED, &s.header, &s.id, REASON_NONE));
    rig_say(rig, &frame);
    assert_put_back(rig, &s.id, REASON_SIGNATURE); /* nor is the stub of its sender */
    stub.proof = wire_binary(s.proof);
    stub.expired = wire_binary(rig_make_receipt(rig, RECEIPT_EXPIRED, &s.header, &s.id, REASON_NONE));
    rig_say(rig, &frame);
    const Comity__Frame *settle = rig_heard(rig, COMITY__FRAME__BODY_SETTLE, 0);
    assert_non_null(settle);
    assert_true(bytes_equal(wire_bytes(settle->settle->digest[0]), digest_bytes(&s.id.digest)));
    const Comity__Frame *credit = rig_heard(rig, COMITY__FRAME__BODY_CREDIT, 0);
    assert_non_null(credit); /* it took up one that the broker may say */
    assert_int_equal(credit->credit->lane, LANE_URGENT);
    assert_int_equal(in_chain_through(rig->node, &chain), 1);
}

/* A stub that was settled is gone at the broker: nothing that an undone input said may be heard. */
static void a_stub_that_finds_no_room_is_not_settled(void **state)
{
    struct rig *rig = *state;
    struct sample s;
    Comity__Stub stub = COMITY__STUB__INIT;
    Comity__Deliver deliver = COMITY__DELIVER__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    deliver_of_stub(rig, &s, &stub, &deliver, &frame);
    store_bytes_max(rig->node->store, store_bytes_used(rig->node->store));
    rig_say(rig, &frame);
    assert_put_back(rig, &s.id, REASON_QUOTA);
    assert_int_equal(rig_count(rig, COMITY__FRAME__BODY_SETTLE), 0);
    store_bytes_max(rig->node->store, UINT64_C(1) << 40);
    rig_say(rig, &frame);
    assert_int_equal(rig_count(rig, COMITY__FRAME__BODY_SETTLE), 1);
}

static void without_room_a_delivery_waits(void **state)
{
    struct rig *rig = *state;
    struct sample s;
    rig_letter(rig, &s, LETTER_REQUEST, 1, 1, NULL);
    rig_seal(rig, &s);
    node_disk_free(rig->node, 1024);
    rig_deliver(rig, s.bytes);
    assert_put_back(rig, &s.id, REASON_QUOTA);
    node_disk_free(rig->node, UINT64_MAX);
    rig_deliver(rig, s.bytes);
    assert_delivered(rig, &s);
}

static void receipts_are_said_again_until_they_are_settled(void **state)
{
    struct rig *rig = *state;
    struct sample s;
    struct signed_receipt receipt;
    rig_letter(rig, &s, LETTER_REQUEST, 1, 1, NULL);
    rig_send(rig, &s);
    struct bytes raw = wire_bytes(rig_heard(rig, COMITY__FRAME__BODY_RECEIPT, 0)->receipt->receipt);
    rig_restart(rig);
    rig_link_up(rig);
    rig_welcome(rig, 1, 1);
    assert_int_equal(rig_count(rig, COMITY__FRAME__BODY_RECEIPT), 1);
    assert_true(
        bytes_equal(raw, wire_bytes(rig_heard(rig, COMITY__FRAME__BODY_RECEIPT, 0)->receipt->receipt)));
    assert_int_equal(receipt_read(NULL, raw, rig->fixture->roster, rig->arena, &receipt), REASON_NONE);
    rig_settle(rig, &receipt.digest, 1);
    Comity__PeerHead settled = rig_head(rig, false, 1, s.header.seq); /* the broker knows that it did */
    settled.id = wire_binary(digest_bytes(&s.id.digest));
    rig_link_down(rig);
    rig_hello(rig);
    rig_heads(rig, &settled);
    assert_int_equal(rig_count(rig, COMITY__FRAME__BODY_RECEIPT), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup_linked, rig_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_letter_is_delivered_and_opens_its_case),
        TEST(a_known_id_gets_the_same_receipt_bytes),
        TEST(bytes_that_do_not_read_are_put_back),
        TEST(an_envelope_for_another_is_put_back),
        TEST(a_roster_not_known_yet_is_put_back),
        TEST(an_unknown_key_is_refused_and_takes_no_number),
        TEST(a_revoked_key_is_refused_for_good),
        TEST(a_bad_signature_is_not_final),
        TEST(nothing_final_is_said_of_a_damaged_header),
        TEST(an_expired_envelope_is_refused_and_takes_its_number),
        TEST(an_envelope_expired_by_our_clock_alone_comes_again),
        TEST(a_fork_is_refused_and_both_are_kept),
        TEST(a_number_that_does_not_follow_is_refused),
        TEST(a_gap_blocks_nothing_and_is_asked_for),
        TEST(voided_numbers_are_not_waited_for),
        TEST(voided_numbers_above_all_that_came_are_not_taken),
        TEST(an_exercise_not_joined_is_refused),
        TEST(a_key_never_mine_is_refused),
        TEST(a_key_never_mine_shows_a_loss),
        TEST(an_erased_key_is_another_fact),
        TEST(a_body_that_does_not_open_is_refused),
        TEST(an_inner_that_does_not_read_is_refused),
        TEST(a_context_that_differs_from_the_header_is_refused),
        TEST(another_roster_of_that_version_is_refused),
        TEST(a_roster_above_the_envelopes_is_refused),
        TEST(a_forks_refusal_does_not_close_the_number_of_the_other),
        TEST(an_expiry_without_a_stub_closes_its_number),
        TEST(a_control_bears_no_officer_and_no_letter),
        TEST(times_and_roster_of_a_control_fit_its_envelope),
        TEST(a_stub_closes_its_number_and_is_settled),
        TEST(a_stub_that_finds_no_room_is_not_settled),
        TEST(without_room_a_delivery_waits),
        TEST(receipts_are_said_again_until_they_are_settled),
    };
    return cmocka_run_group_tests_name("node inbox", tests, NULL, NULL);
}
