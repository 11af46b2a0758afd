/* SPDX-License-Identifier: Apache-2.0 */
/* What is said: each promise that a frame or a receipt makes is held against what was said before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/oracle_scene.h"

/* Ids and proofs that keys/ makes are those that the oracle computes, also in turns of any size. */
static void signatures_of_any_turn_hold(void **state)
{
    struct scene *s = *state;
    struct digest digests[40];
    struct bytes proofs[40];
    struct id key, digest;
    struct id_map good = {0};
    assert_true(id_from(bytes_of(s->kit.node.key.bytes, 32), &key));
    for (size_t count = 1; count <= 40; count++) {
        for (size_t i = 0; i < count; i++) {
            digests[i] = plain_hash(bytes_of(&i, sizeof i));
        }
        assert_true(sign_turn(&s->kit.node, digests, count, s->kit.arena, proofs));
        for (size_t i = 0; i < count; i++) {
            assert_true(id_from(digest_bytes(&digests[i]), &digest));
            assert_true(said_proof_holds(proofs[i], &digest, &key, &good));
            digest.bytes[0] ^= 1;
            assert_false(said_proof_holds(proofs[i], &digest, &key, &good));
        }
    }
    id_map_free(&good);
}

static void a_number_is_used_once(void **state)
{
    struct scene *s = *state;
    struct post *p = scene_play(s, NOTHING);
    struct post other = *p;
    other.header.expires_ms += 1;
    scene_seal(s, &other);
    scene_submit(s, &other);
    scene_expect_broken(s, "I2", "uses a number again");
}

/* Its broker knew the number: a node that lost its store learns that from the heads. */
static void a_restore_is_no_excuse_for_a_number_the_broker_knew(void **state)
{
    struct scene *s = *state;
    struct post *p = scene_play(s, NOTHING);
    struct post other = *p;
    oracle_lost_after(s->oracle, scene_tick(s), XA, 0);
    other.header.expires_ms += 1;
    scene_seal(s, &other);
    scene_submit(s, &other);
    scene_expect_broken(s, "I2", "uses a number again");
}

static void a_number_that_nobody_heard_of_may_be_used_again_after_a_restore(void **state)
{
    struct scene *s = *state;
    struct post *p = scene_next_post(s);
    struct post other = *p;
    scene_submit(s, p);
    oracle_lost_after(s->oracle, scene_tick(s), XA, 0);
    other.header.expires_ms += 1;
    scene_seal(s, &other);
    scene_submit(s, &other);
    scene_expect_good(s);
    assert_int_equal(oracle_figures(s->oracle).excused, 1);
}

/* Both have lost it. What the recipient's officer signed meanwhile the broker only passes on. */
static void an_opened_that_is_passed_on_shows_no_number(void **state)
{
    struct scene *s = *state;
    struct post *p = scene_play(s, NOTHING);
    struct post other = *p;
    struct bytes opened = scene_receipt(s, RECEIPT_OPENED, p);
    oracle_lost_after(s->oracle, scene_tick(s), HUB, 0);
    oracle_opened(s->oracle, scene_tick(s), XB, opened);
    scene_give(s, XB, true, opened);
    scene_give(s, XA, false, opened);
    oracle_lost_after(s->oracle, scene_tick(s), XA, 0);
    other.header.expires_ms += 1;
    scene_seal(s, &other);
    scene_submit(s, &other);
    scene_expect_good(s);
}

static void a_number_is_accepted_once(void **state)
{
    struct scene *s = *state;
    struct post *p = scene_next_post(s);
    struct post other = *p;
    scene_submit(s, p);
    scene_accept(s, p->accepted);
    oracle_lost_after(s->oracle, scene_tick(s), XA, 0);
    oracle_hostile(s->oracle, scene_tick(s), XA);
    other.header.expires_ms += 1;
    scene_seal(s, &other);
    scene_submit(s, &other);
    scene_expect_good(s);
    scene_accept(s, scene_receipt(s, RECEIPT_ACCEPTED, &other));
    scene_expect_broken(s, "I2", "under the same number");
}

static void time_does_not_go_back_in_a_chain(void **state)
{
    struct scene *s = *state;
    scene_submit(s, scene_next_post(s));
    struct post *p = scene_next_post(s);
    p->header.created_ms -= 1;
    scene_seal(s, p);
    scene_submit(s, p);
    scene_expect_broken(s, "I3", "made before");
}

static void a_chain_names_what_it_follows(void **state)
{
    struct scene *s = *state;
    static const uint8_t stranger[32] = {7};
    scene_submit(s, scene_next_post(s));
    struct post *p = scene_next_post(s);
    p->header.prev = scene_binary(stranger, 32);
    scene_seal(s, p);
    scene_submit(s, p);
    scene_expect_broken(s, "I3", "does not name");
}

static void the_same_command_has_the_same_answer(void **state)
{
    struct scene *s = *state;
    struct post *p = scene_play(s, NOTHING);
    scene_tell(s, p);
    scene_answer(s, p, 409, "CASE_MOVED");
    scene_expect_broken(s, "I2", "the very same one");
}

static void an_envelope_nobody_submitted_is_found(void **state)
{
    struct scene *s = *state;
    scene_deliver(s, scene_next_post(s));
    scene_expect_broken(s, "I4", "nobody submitted");
}

static void an_envelope_for_another_is_found(void **state)
{
    struct scene *s = *state;
    struct post *p = scene_next_post(s);
    scene_submit(s, p);
    scene_deliver_at(s, p, XA, KIT_CREATED_MS + 1000);
    scene_expect_broken(s, "I4", "delivers XA/poc's envelope");
}

static void an_envelope_of_another_signer_is_found(void **state)
{
    struct scene *s = *state;
    struct post *p = scene_next_post(s);
    struct bytes proof;
    assert_true(sign_turn(&s->kit.other_node, &p->sealed.id.digest, 1, s->kit.arena, &proof));
    p->envelope = envelope_encode(s->kit.arena, p->sealed.header, p->sealed.seal, p->sealed.body, proof);
    scene_submit(s, p);
    scene_expect_broken(s, "I4", "signature");
}

static void a_receipt_of_the_wrong_signer_is_found(void **state)
{
    struct scene *s = *state;
    struct post *p = scene_next_post(s);
    scene_submit(s, p);
    s->kit.receipt.key = s->kit.node.key; /* says it is the node's, and is not signed by it */
    scene_accept(s, scene_receipt(s, RECEIPT_ACCEPTED, p));
    scene_expect_broken(s, "I5", "signature");
}

static void an_early_expiry_is_found(void **state)
{
    struct scene *s = *state;
    struct post *p = scene_next_post(s);
    scene_submit(s, p);
    scene_accept(s, p->accepted);
    scene_give(s, XA, false,
               scene_receipt_at(s, RECEIPT_EXPIRED, p, KIT_CREATED_MS + MS_PER_DAY - 1, REASON_NONE));
    scene_expect_broken(s, "I5", "has not passed");
}

/* An envelope that lives for so long is ended by this receipt so long after the heal, which is so long after it was made. */
static const struct aged {
    enum receipt_kind kind;
    uint64_t life_h, heal_h, end_h;
    size_t lost; /* who lost something; ACTORS: nobody */
    bool found;
} aged[] = {
    {RECEIPT_EXPIRED, 72, 0, 72, ACTORS, true},   {RECEIPT_REJECTED, 72, 0, 72, ACTORS, true},
    {RECEIPT_REFUSED, 72, 0, 72, ACTORS, true},   {RECEIPT_EXPIRED, 72, 47, 25, ACTORS, true},
    {RECEIPT_EXPIRED, 72, 49, 25, ACTORS, false}, /* it had less than a day left */
    {RECEIPT_EXPIRED, 72, 0, 23, ACTORS, false},  /* a clock that was wrong when all was healed */
    {RECEIPT_EXPIRED, 72, 0, 72, HUB, false},     {RECEIPT_EXPIRED, 72, 0, 72, XA, false},
    {RECEIPT_EXPIRED, 72, 0, 72, XB, false},
};

#define HOUR_MS UINT64_C(3600000)

static void after_the_heal_nothing_dies_of_age(void **state)
{
    for (size_t i = 0; i < sizeof aged / sizeof aged[0]; i++) {
        assert_int_equal(scene_close(state), 0);
        assert_int_equal(scene_open(state), 0);
        struct scene *s = *state;
        struct post *p = scene_next_post(s);
        p->header.expires_ms = KIT_CREATED_MS + aged[i].life_h * HOUR_MS;
        scene_seal(s, p);
        scene_submit(s, p);
        scene_deliver(s, p);
        if (aged[i].lost != ACTORS) {
            oracle_lost_after(s->oracle, scene_tick(s), aged[i].lost, 0);
        }
        scene_heal(s, KIT_CREATED_MS + aged[i].heal_h * HOUR_MS, aged[i].end_h * HOUR_MS);
        struct bytes end = scene_receipt_at(s, aged[i].kind, p, p->header.expires_ms,
                                            aged[i].kind == RECEIPT_EXPIRED ? REASON_NONE : REASON_EXPIRED);
        scene_give(s, aged[i].kind == RECEIPT_REFUSED ? XB : XA, aged[i].kind == RECEIPT_REFUSED, end);
        if (aged[i].found) {
            scene_expect_broken(s, "I8", "died of age");
        } else {
            scene_expect_good(s);
        }
    }
}

static void accepting_what_had_expired_is_found(void **state)
{
    struct scene *s = *state;
    struct post *p = scene_next_post(s);
    scene_submit(s, p);
    scene_accept(s, scene_receipt_at(s, RECEIPT_ACCEPTED, p, KIT_CREATED_MS + MS_PER_DAY, REASON_NONE));
    scene_expect_broken(s, "I5", "it had expired");
}

/* The same DELIVERED, signed in a turn of two. */
static struct bytes signed_anew(struct scene *s, const struct post *p)
{
    struct address from = kit_address("XA/poc");
    struct address to = kit_address("XB/poc");
    const struct receipt_item item = {
        .id = p->sealed.id, .lane = LANE_URGENT, .incarnation = p->header.incarnation, .seq = p->header.seq};
    struct digest digests[2] = {{.bytes = {0}}};
    struct bytes proofs[2];
    struct bytes body = receipt_encode(RECEIPT_DELIVERED, &s->kit.network, &from, &to, &s->kit.other_node.key,
                                       1, (wall_ms){KIT_CREATED_MS + 1000 * (uint64_t)RECEIPT_DELIVERED},
                                       &item, 1, s->kit.arena, &digests[0]);
    assert_true(sign_turn(&s->kit.other_node, digests, 2, s->kit.arena, proofs));
    return signed_receipt_encode(s->kit.arena, body, proofs[0]);
}

static void another_proof_of_a_receipt_needs_a_loss_of_the_first(void **state)
{
    struct scene *s = *state;
    struct post *p = scene_play(s, NOTHING);
    oracle_lost_after(s->oracle, scene_tick(s), XB, 0);
    scene_give(s, XB, true, signed_anew(s, p));
    scene_expect_good(s);
    assert_int_equal(scene_close(state), 0);
    assert_int_equal(scene_open(state), 0);
    s = *state;
    oracle_lost_after(s->oracle, scene_tick(s), XB, 0);
    p = scene_play(s, NOTHING);
    scene_give(s, XB, true, signed_anew(s, p));
    scene_expect_broken(s, "I5", "with another proof than before");
}

static void a_second_acceptance_is_found(void **state)
{
    struct scene *s = *state;
    struct post *p = scene_next_post(s);
    scene_submit(s, p);
    scene_accept(s, p->accepted);
    scene_accept(s, scene_receipt_at(s, RECEIPT_ACCEPTED, p, KIT_CREATED_MS + 7, REASON_NONE));
    scene_expect_broken(s, "I5", "second receipt");
}

static void a_restored_broker_may_accept_again(void **state)
{
    struct scene *s = *state;
    struct post *p = scene_next_post(s);
    scene_submit(s, p);
    scene_accept(s, p->accepted);
    oracle_lost_after(s->oracle, scene_tick(s), HUB, 0);
    scene_submit(s, p);
    scene_accept(s, scene_receipt_at(s, RECEIPT_ACCEPTED, p, KIT_CREATED_MS + 7, REASON_NONE));
    scene_expect_good(s);
}

static void rejecting_what_was_accepted_is_found(void **state)
{
    struct scene *s = *state;
    struct post *p = scene_next_post(s);
    scene_submit(s, p);
    scene_accept(s, p->accepted);
    scene_reject(s, XA, false, 1, REASON_FORK, false,
                 scene_receipt_at(s, RECEIPT_REJECTED, p, KIT_CREATED_MS, REASON_FORK));
    scene_expect_broken(s, "I1", "it was ACCEPTED before");
}

static void refusing_what_was_delivered_is_found(void **state)
{
    struct scene *s = *state;
    struct post *p = scene_play(s, NOTHING);
    scene_give(s, XB, true, scene_receipt_at(s, RECEIPT_REFUSED, p, KIT_CREATED_MS, REASON_BODY));
    scene_expect_broken(s, "I5", "it was DELIVERED before");
}

static void a_letter_held_back_may_be_refused_after_all(void **state)
{
    struct scene *s = *state;
    struct post *p = scene_play(s, NOTHING);
    scene_give(s, XB, true, scene_receipt_at(s, RECEIPT_REFUSED, p, KIT_CREATED_MS, REASON_CASE));
    scene_expect_good(s);
}

static void another_time_of_acceptance_is_found(void **state)
{
    struct scene *s = *state;
    struct post *p = scene_next_post(s);
    scene_submit(s, p);
    scene_accept(s, p->accepted);
    scene_deliver_at(s, p, XB, KIT_CREATED_MS + 1001);
    scene_expect_broken(s, "I5", "another time of acceptance");
}

static void opened_needs_an_officer(void **state)
{
    struct scene *s = *state;
    struct post *p = scene_play(s, NOTHING);
    struct bytes opened = scene_receipt(s, RECEIPT_OPENED, p);
    oracle_opened(s->oracle, scene_tick(s), XB, opened);
    scene_give(s, XB, true, opened);
    scene_expect_good(s);
    scene_give(s, XB, true, scene_receipt_at(s, RECEIPT_OPENED, p, KIT_CREATED_MS + 8, REASON_NONE));
    scene_expect_broken(s, "I5", "no officer signed");
}

static void nothing_undelivered_is_opened(void **state)
{
    struct scene *s = *state;
    struct post *p = scene_next_post(s);
    scene_submit(s, p);
    oracle_opened(s->oracle, scene_tick(s), XB, scene_receipt(s, RECEIPT_OPENED, p));
    scene_expect_broken(s, "I5", "never delivered there");
}

static void a_head_nobody_said_is_found(void **state)
{
    struct scene *s = *state;
    static char to[] = "XB/poc";
    Comity__PeerHead head = COMITY__PEER_HEAD__INIT;
    Comity__PeerHead *list = &head;
    Comity__Heads message = COMITY__HEADS__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    struct post *p = scene_play(s, NOTHING);
    head.to = to;
    head.lane = LANE_URGENT;
    head.incarnation = 1;
    head.seq = 1;
    head.id = scene_binary(p->sealed.id.digest.bytes, 32);
    message.n_head = 1;
    message.head = &list;
    frame.body_case = COMITY__FRAME__BODY_HEADS;
    frame.heads = &message;
    scene_say(s, XA, false, &frame);
    scene_expect_good(s);
    head.seq = 2;
    scene_say(s, XA, false, &frame);
    scene_expect_broken(s, "I5", "head");
}

static void a_canary_in_a_log_is_found(void **state)
{
    struct scene *s = *state;
    oracle_logged(s->oracle, 1, XA, "kind=REQUEST number=1");
    oracle_logged(s->oracle, 1, XA, NULL);
    scene_expect_good(s);
    oracle_logged(s->oracle, 2, XA, "kind=REQUEST text=" CANARY);
    scene_expect_broken(s, "I7", CANARY);
}

static void a_canary_in_a_frame_is_found(void **state)
{
    struct scene *s = *state;
    Comity__Bye message = COMITY__BYE__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    for (size_t shift = 0; shift < 16; shift++) { /* at any place */
        assert_int_equal(scene_close(state), 0);
        assert_int_equal(scene_open(state), 0);
        message.text = arena_format(s->kit.arena, "%.*s" CANARY, (int)shift, "................");
        frame.body_case = COMITY__FRAME__BODY_BYE;
        frame.bye = &message;
        scene_say(s, XA, true, &frame);
        scene_expect_broken(s, "I7", CANARY);
    }
}

static void a_refusal_without_a_code_is_found(void **state)
{
    struct scene *s = *state;
    struct post *p = scene_next_post(s);
    scene_tell(s, p);
    scene_answer(s, p, 422, "");
    scene_expect_broken(s, "I10", "without saying why");
}

static void a_refusal_without_a_reason_is_found(void **state)
{
    struct scene *s = *state;
    scene_reject(s, XA, false, 1, 0, true, bytes_of(NULL, 0));
    scene_expect_broken(s, "I10", "reason 0");
}

static void a_final_refusal_without_a_receipt_is_found(void **state)
{
    struct scene *s = *state;
    scene_reject(s, XA, false, 1, REASON_KEY, false, bytes_of(NULL, 0));
    scene_expect_good(s);
    scene_reject(s, XA, false, 1, REASON_REVOKED, false, bytes_of(NULL, 0));
    scene_expect_broken(s, "I10", "reason 10");
}

static void an_answer_names_the_letter_that_was_handed_in(void **state)
{
    struct scene *s = *state;
    struct post *p = scene_next_post(s);
    scene_tell(s, p);
    p->id.digest.bytes[0] ^= 1;
    scene_answer(s, p, 200, NULL);
    scene_expect_broken(s, "I4", "and named it");
}

static void a_node_takes_no_letter_of_another_author(void **state)
{
    struct scene *s = *state;
    struct post *p = scene_next_post(s);
    scene_tell(s, p);
    json_t *json = json_object();
    oracle_answer(s->oracle, scene_tick(s), XB, p->command, 200, json);
    json_decref(json);
    scene_expect_broken(s, "I4", "XB/poc took letter");
}

static void a_node_takes_no_letter_without_a_context(void **state)
{
    struct scene *s = *state;
    struct post *p = scene_next_post(s);
    p->context = bytes_of("x", 1);
    scene_tell(s, p);
    scene_answer(s, p, 200, NULL);
    scene_expect_broken(s, "I4", "cannot be read");
}

static void what_is_signed_as_opened_is_a_receipt_of_it(void **state)
{
    struct scene *s = *state;
    struct post *p = scene_play(s, NOTHING);
    oracle_opened(s->oracle, scene_tick(s), XA, scene_receipt(s, RECEIPT_OPENED, p));
    scene_expect_broken(s, "I5", "no receipt OPENED of it");
}

static void accepting_what_comes_from_the_future_is_found(void **state)
{
    struct scene *s = *state;
    struct post *p = scene_next_post(s);
    scene_submit(s, p);
    scene_accept(s, scene_receipt_at(s, RECEIPT_ACCEPTED, p, KIT_CREATED_MS - 300001, REASON_NONE));
    scene_expect_broken(s, "I5", "made in the future");
}

static void accepting_what_was_rejected_is_found(void **state)
{
    struct scene *s = *state;
    struct post *p = scene_next_post(s);
    scene_submit(s, p);
    scene_reject(s, XA, false, 1, REASON_REVOKED, false,
                 scene_receipt_at(s, RECEIPT_REJECTED, p, KIT_CREATED_MS, REASON_REVOKED));
    scene_expect_good(s);
    scene_accept(s, p->accepted);
    scene_expect_broken(s, "I5", "it was REJECTED before");
}

static void a_time_of_acceptance_told_before_is_held_to(void **state)
{
    struct scene *s = *state;
    struct post *p = scene_next_post(s);
    scene_submit(s, p);
    scene_deliver_at(s, p, XB, KIT_CREATED_MS + 1001);
    scene_accept(s, p->accepted);
    scene_expect_broken(s, "I5", "told another time");
}

static void a_rejection_for_what_is_not_so_is_found(void **state)
{
    struct scene *s = *state;
    struct post *p = scene_next_post(s);
    scene_submit(s, p);
    scene_reject(s, XA, false, 1, REASON_EXPIRED, false,
                 scene_receipt_at(s, RECEIPT_REJECTED, p, KIT_CREATED_MS, REASON_EXPIRED));
    scene_expect_broken(s, "I10", "which is not so");
}

static void a_refusal_for_what_may_pass_is_found(void **state)
{
    struct scene *s = *state;
    struct post *p = scene_next_post(s);
    scene_submit(s, p);
    scene_deliver(s, p);
    scene_give(s, XB, true, scene_receipt_at(s, RECEIPT_REFUSED, p, KIT_CREATED_MS, REASON_QUOTA));
    scene_expect_broken(s, "I10", "one to wait for");
}

static void refusing_what_never_came_is_found(void **state)
{
    struct scene *s = *state;
    struct post *p = scene_next_post(s);
    scene_submit(s, p);
    scene_give(s, XB, true, scene_receipt_at(s, RECEIPT_REFUSED, p, KIT_CREATED_MS, REASON_BODY));
    scene_expect_broken(s, "I5", "never delivered it there");
}

static void delivered_after_refused_is_found(void **state)
{
    struct scene *s = *state;
    struct post *p = scene_next_post(s);
    scene_submit(s, p);
    scene_deliver(s, p);
    scene_give(s, XB, true, scene_receipt_at(s, RECEIPT_REFUSED, p, KIT_CREATED_MS, REASON_BODY));
    scene_expect_good(s);
    scene_give(s, XB, true, p->delivered);
    scene_expect_broken(s, "I5", "it was REFUSED before");
}

static void a_receipt_is_its_givers_to_say(void **state)
{
    struct scene *s = *state;
    struct post *p = scene_next_post(s);
    scene_submit(s, p);
    scene_deliver(s, p);
    scene_give(s, XA, true, p->delivered);
    scene_expect_broken(s, "I5", "where it does not belong");
}

static void a_receipt_is_passed_on_only_once_it_was_said(void **state)
{
    struct scene *s = *state;
    struct post *p = scene_next_post(s);
    scene_submit(s, p);
    scene_deliver(s, p);
    scene_give(s, XA, false, p->delivered);
    scene_expect_broken(s, "I5", "passes on a receipt");
}

static void a_receipt_is_settled_only_once_it_was_said(void **state)
{
    struct scene *s = *state;
    struct post *p = scene_next_post(s);
    scene_submit(s, p);
    scene_deliver(s, p);
    oracle_opened(s->oracle, scene_tick(s), XB, scene_receipt(s, RECEIPT_OPENED, p));
    scene_settle(s, XB, false, scene_receipt(s, RECEIPT_OPENED, p));
    scene_expect_broken(s, "I5", "settles a receipt OPENED");
}

static void a_node_submits_only_its_own(void **state)
{
    struct scene *s = *state;
    struct post *p = scene_next_post(s);
    Comity__Submit message = COMITY__SUBMIT__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    message.tag = 1;
    message.envelope = wire_binary(p->envelope);
    frame.body_case = COMITY__FRAME__BODY_SUBMIT;
    frame.submit = &message;
    scene_say(s, XB, true, &frame);
    scene_expect_broken(s, "I4", "not its own to send");
}

/* The proof is outside the id: what rots on the broker's disk must not be said. */
static void a_proof_that_rotted_is_found(void **state)
{
    struct scene *s = *state;
    struct post *p = scene_next_post(s);
    struct bytes proof;
    scene_submit(s, p);
    assert_true(sign_turn(&s->kit.other_node, &p->sealed.id.digest, 1, s->kit.arena, &proof));
    p->envelope = envelope_encode(s->kit.arena, p->sealed.header, p->sealed.seal, p->sealed.body, proof);
    scene_deliver(s, p);
    scene_expect_broken(s, "I4", "under a signature that does not hold");
}

static void a_stub_needs_its_receipt(void **state)
{
    struct scene *s = *state;
    struct post *first = scene_next_post(s);
    scene_submit(s, first);
    struct bytes expired =
        scene_receipt_at(s, RECEIPT_EXPIRED, first, KIT_CREATED_MS + MS_PER_DAY, REASON_NONE);
    scene_stub(s, first, expired);
    scene_expect_good(s);
    struct post *second = scene_next_post(s);
    scene_submit(s, second);
    scene_stub(s, second, expired);
    scene_expect_broken(s, "I5", "without its receipt EXPIRED");
}

static const struct none {
    size_t party;
    bool to_broker;
    size_t size;
    uint8_t frame[8];
    const char *invariant, *part;
} none[] = {
    {XA, true, 6, {0x1a, 0x04, 0x12, 0x02, 0xaa, 0xbb}, "I4", "an envelope that cannot be read"},
    {XA, false, 4, {0x22, 0x02, 0x08, 0x01}, "I4", "a receipt that cannot be read"},
    {XA, false, 6, {0x22, 0x04, 0x0a, 0x02, 0xaa, 0xbb}, "I5", "not in the form"},
    {XA, false, 4, {0x3a, 0x02, 0x08, 0x01}, "I4", "a receipt that cannot be read"},
    {XA, false, 4, {0x2a, 0x02, 0x08, 0x01}, "I4", "a refusal that cannot be read"},
    {XB, false, 6, {0x32, 0x04, 0x1a, 0x02, 0xaa, 0xbb}, "I4", "an envelope that cannot be read"},
    {XB, false, 6, {0x32, 0x04, 0x22, 0x02, 0xaa, 0xbb}, "I4", "a stub that cannot be read"},
    {XB, false, 2, {0x32, 0x00}, "I4", "a delivery that cannot be read"},
    {XB, false, 5, {0x42, 0x03, 0x0a, 0x01, 0xaa}, "I4", "a settlement that cannot be read"},
    {XB, false, 3, {0x42, 0x01, 0x0a}, "I4", "a settlement that cannot be read"},
    {XA, false, 3, {0x52, 0x01, 0x0a}, "I4", "heads that cannot be read"},
    {XA, true, 4, {0x52, 0x02, 0x10, 0x01}, "I4", "the wrong direction"},
    {XA, true, 5, {0x8a, 0x01, 0x02, 0x08, 0x1f}, "I10", "for no reason that the protocol knows"},
    {XA, true, 4, {0x9a, 0x01, 0x01, 0xff}, NULL, NULL}, /* a member that promises nothing known here */
};

static void what_a_frame_holds_has_its_form(void **state)
{
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        assert_int_equal(scene_close(state), 0);
        assert_int_equal(scene_open(state), 0);
        struct scene *s = *state;
        oracle_said(s->oracle, scene_tick(s), none[i].party, none[i].to_broker,
                    bytes_of(none[i].frame, none[i].size));
        if (none[i].part == NULL) {
            scene_expect_good(s);
        } else {
            scene_expect_broken(s, none[i].invariant, none[i].part);
        }
    }
}

static void accepted_says_accepted(void **state)
{
    struct scene *s = *state;
    struct post *p = scene_next_post(s);
    scene_submit(s, p);
    scene_accept(s, scene_receipt_at(s, RECEIPT_EXPIRED, p, KIT_CREATED_MS + MS_PER_DAY, REASON_NONE));
    scene_expect_broken(s, "I4", "an Accepted");
}

static void what_is_refused_for_good_is_not_refused_for_now(void **state)
{
    struct scene *s = *state;
    struct post *p = scene_next_post(s);
    scene_submit(s, p);
    scene_reject(s, XA, false, 1, REASON_REVOKED, true,
                 scene_receipt_at(s, RECEIPT_REJECTED, p, KIT_CREATED_MS, REASON_REVOKED));
    scene_expect_broken(s, "I4", "a refusal");
}

static void the_first_verdict_stays(void **state)
{
    struct scene *s = *state;
    scene_deliver(s, scene_next_post(s));
    uint64_t at_us = s->now_us;
    scene_reject(s, XA, false, 1, 0, true, bytes_of(NULL, 0));
    scene_finish(s);
    scene_expect_broken(s, "I4", "nobody submitted");
    assert_int_equal(oracle_verdict(s->oracle)->at_us, at_us);
}

/* Whatever an honest speaker says has the one form. */
static void a_frame_that_is_none_is_found(void **state)
{
    static const uint8_t frames[][6] = {
        {0x1a, 0x05, 0x09, 0x01},       /* longer than it is */
        {0x1a, 0x82, 0x00, 0x08, 0x01}, /* a length with more bytes than it needs */
        {0x18, 0x01},                   /* a number where a message stands */
        {0x7a, 0x00, 0x7a, 0x00},       /* two members */
        {0x00},
    };
    static const size_t sizes[] = {4, 5, 2, 4, 1};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        assert_int_equal(scene_close(state), 0);
        assert_int_equal(scene_open(state), 0);
        struct scene *s = *state;
        oracle_said(s->oracle, scene_tick(s), XA, true, bytes_of(frames[i], sizes[i]));
        scene_expect_broken(s, "I4", "cannot be read");
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scene_open, scene_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(signatures_of_any_turn_hold),
        TEST(a_number_is_used_once),
        TEST(a_restore_is_no_excuse_for_a_number_the_broker_knew),
        TEST(a_number_that_nobody_heard_of_may_be_used_again_after_a_restore),
        TEST(an_opened_that_is_passed_on_shows_no_number),
        TEST(a_number_is_accepted_once),
        TEST(time_does_not_go_back_in_a_chain),
        TEST(a_chain_names_what_it_follows),
        TEST(the_same_command_has_the_same_answer),
        TEST(an_envelope_nobody_submitted_is_found),
        TEST(an_envelope_for_another_is_found),
        TEST(an_envelope_of_another_signer_is_found),
        TEST(a_receipt_of_the_wrong_signer_is_found),
        TEST(an_early_expiry_is_found),
        TEST(after_the_heal_nothing_dies_of_age),
        TEST(accepting_what_had_expired_is_found),
        TEST(another_proof_of_a_receipt_needs_a_loss_of_the_first),
        TEST(a_second_acceptance_is_found),
        TEST(a_restored_broker_may_accept_again),
        TEST(rejecting_what_was_accepted_is_found),
        TEST(refusing_what_was_delivered_is_found),
        TEST(a_letter_held_back_may_be_refused_after_all),
        TEST(another_time_of_acceptance_is_found),
        TEST(opened_needs_an_officer),
        TEST(nothing_undelivered_is_opened),
        TEST(a_head_nobody_said_is_found),
        TEST(a_canary_in_a_frame_is_found),
        TEST(a_canary_in_a_log_is_found),
        TEST(a_refusal_without_a_code_is_found),
        TEST(a_refusal_without_a_reason_is_found),
        TEST(a_final_refusal_without_a_receipt_is_found),
        TEST(an_answer_names_the_letter_that_was_handed_in),
        TEST(a_node_takes_no_letter_of_another_author),
        TEST(a_node_takes_no_letter_without_a_context),
        TEST(what_is_signed_as_opened_is_a_receipt_of_it),
        TEST(accepting_what_comes_from_the_future_is_found),
        TEST(accepting_what_was_rejected_is_found),
        TEST(a_time_of_acceptance_told_before_is_held_to),
        TEST(a_rejection_for_what_is_not_so_is_found),
        TEST(a_refusal_for_what_may_pass_is_found),
        TEST(refusing_what_never_came_is_found),
        TEST(delivered_after_refused_is_found),
        TEST(a_receipt_is_its_givers_to_say),
        TEST(a_receipt_is_passed_on_only_once_it_was_said),
        TEST(a_receipt_is_settled_only_once_it_was_said),
        TEST(a_node_submits_only_its_own),
        TEST(a_proof_that_rotted_is_found),
        TEST(a_stub_needs_its_receipt),
        TEST(what_a_frame_holds_has_its_form),
        TEST(accepted_says_accepted),
        TEST(what_is_refused_for_good_is_not_refused_for_now),
        TEST(the_first_verdict_stays),
        TEST(a_frame_that_is_none_is_found),
    };
    return cmocka_run_group_tests_name("oracle_said", tests, NULL, NULL);
}
