/* SPDX-License-Identifier: Apache-2.0 */
/* Receipts at the node: which of the others' are believed, those that no roster here verifies yet, and how long its own are said. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "nodes/receipts.h"
#include "nodes/store_letters.h"
#include "tests/support/node_sent.h"

static void a_receipt_of_the_wrong_signer_moves_nothing(void **state)
{
    struct rig *rig = *state;
    struct rig_sent sent = rig_request(rig);
    Comity__Header turned = *sent.head;
    turned.to = turned.from; /* signed by this node itself, not by the recipient */
    rig_give_receipt(rig, RECEIPT_DELIVERED, &turned, &sent.id, REASON_NONE);
    assert_int_equal(rig_out_state(rig, &sent.id), OUT_SEALED);
    Comity__Header other = *sent.head;
    other.seq = 2;
    rig_give_receipt(rig, RECEIPT_DELIVERED, &other, &sent.id, REASON_NONE);
    assert_int_equal(rig_out_state(rig, &sent.id), OUT_SEALED);
    assert_int_equal(rig_filed(rig, &sent.letter).sending, SENDING_SEALED);
}

static void opened_goes_into_the_file(void **state)
{
    struct rig *rig = *state;
    struct rig_sent sent = rig_request(rig);
    rig_give_receipt(rig, RECEIPT_DELIVERED, sent.head, &sent.id, REASON_NONE);
    rig->wall.ms += 60000;
    rig_give_receipt(rig, RECEIPT_OPENED, sent.head, &sent.id, REASON_NONE);
    assert_int_equal(rig_filed(rig, &sent.letter).opened_ms, rig->wall.ms);
}

/* Tells a case that is made anew from its letters from one that is left as it was. */
static void spoil_line(struct rig *rig, const struct case_id *id, enum case_state state)
{
    struct case_row row;
    rig_begin(rig);
    assert_true(case_get(rig->node, id, rig->arena, &row));
    row.state = state;
    store_case_cache(rig->node->store, &row);
    rig_end(rig);
}

static enum case_state line_state(struct rig *rig, const struct case_id *id)
{
    struct case_row row;
    assert_true(case_get(rig->node, id, rig->arena, &row));
    return row.state;
}

static void a_receipt_that_changes_nothing_of_a_case_does_not_make_it_anew(void **state)
{
    struct rig *rig = *state;
    struct rig_sent sent = rig_request(rig);
    const struct case_id id = rig_filed(rig, &sent.letter).case_id;
    rig_give_receipt(rig, RECEIPT_ACCEPTED, sent.head, &sent.id, REASON_NONE);
    spoil_line(rig, &id, CASE_CLOSED);
    rig_give_receipt(rig, RECEIPT_DELIVERED, sent.head, &sent.id, REASON_NONE);
    assert_int_equal(line_state(rig, &id), CASE_REQUESTED);
    spoil_line(rig, &id, CASE_CLOSED);
    rig_give_receipt(rig, RECEIPT_DELIVERED, sent.head, &sent.id, REASON_NONE); /* once more */
    rig->wall.ms += 60000;
    rig_give_receipt(rig, RECEIPT_OPENED, sent.head, &sent.id, REASON_NONE);
    assert_int_equal(line_state(rig, &id), CASE_CLOSED);
}

struct opening {
    struct bytes receipt;
    enum opened_outcome outcome, again;
};

static void act_open(struct node *node, struct turn *turn, void *context)
{
    struct opening *o = context;
    enum reason reason;
    o->outcome = node_file_opened(node, turn, o->receipt, &reason);
    o->again = node_file_opened(node, turn, o->receipt, &reason);
}

/* That our duty officer has opened the letter, signed by this officer, is filed twice. */
static struct opening file_opening(struct rig *rig, const struct sample *s, const struct signer *by)
{
    struct opening o = {.receipt = {.size = 0}};
    struct digest digest;
    struct bytes proof;
    struct bytes draft = node_opened_draft(rig->node, &s->case_id, &rig->me->officer[FIXTURE_DUTY].key,
                                           rig->wall, rig->arena, &digest);
    assert_non_null(draft.data);
    assert_true(sign_turn(by, &digest, 1, rig->arena, &proof));
    o.receipt = signed_receipt_encode(rig->arena, draft, proof);
    rig_begin(rig);
    assert_int_equal(node_input(rig->node, rig->turn, act_open, &o), INPUT_DONE);
    rig_end(rig);
    return o;
}

static void an_officers_opening_is_filed_and_shared(void **state)
{
    struct rig *rig = *state;
    struct sample s;
    struct digest digest;
    const struct signer *officer = &rig->me->officer[FIXTURE_DUTY];
    rig_link(rig);
    rig_letter(rig, &s, LETTER_REQUEST, 1, 1, NULL);
    rig_send(rig, &s);
    struct opening o = file_opening(rig, &s, &rig->me->officer[FIXTURE_HEAD]);
    assert_int_equal(o.outcome, OPENED_REFUSED); /* another officer's signature */
    o = file_opening(rig, &s, officer);
    assert_int_equal(o.outcome, OPENED_OK);
    assert_int_equal(o.again, OPENED_KNOWN);
    assert_non_null(rig_receipt(rig, RECEIPT_OPENED, &s.id));
    assert_int_equal(rig_filed(rig, &s.letter_id).opened_ms, rig->wall.ms);
    assert_null(node_opened_draft(rig->node, &s.case_id, &officer->key, rig->wall, rig->arena, &digest).data);
}

/* A new link, up to Welcome: the turn in which unsettled receipts are said again. */
static void greet(struct rig *rig)
{
    rig_link_down(rig);
    rig_link_up(rig);
    rig_welcome(rig, roster_version(node_current_roster(rig->node)), 1);
}

/* The broker had not taken it before the revocation and never will. */
static void an_opening_by_a_revoked_officer_is_not_said_for_ever(void **state)
{
    struct rig *rig = *state;
    struct sample s;
    const struct signer *officer = &rig->me->officer[FIXTURE_DUTY];
    rig_link(rig);
    rig_letter(rig, &s, LETTER_REQUEST, 1, 1, NULL);
    rig_send(rig, &s);
    (void)file_opening(rig, &s, officer);
    greet(rig);
    assert_non_null(rig_receipt(rig, RECEIPT_OPENED, &s.id));
    struct fixture_revocation lost = {.key = officer->key, .at_ms = rig->wall.ms};
    rig_change_roster(rig, fixture_revoke, &lost);
    greet(rig);
    assert_null(rig_receipt(rig, RECEIPT_OPENED, &s.id));
    assert_int_equal(rig_count(rig, COMITY__FRAME__BODY_RECEIPT), 1); /* the DELIVERED */
}

/* The broker was restored from an older copy and the sender has lost DELIVERED: submitted again, the envelope is past its time. */
static void what_was_delivered_and_is_refused_by_the_broker_then_is_said_to_be_delivered_again(void **state)
{
    static const enum receipt_kind ends[] = {RECEIPT_REJECTED, RECEIPT_EXPIRED};
    struct rig *rig = *state;
    struct sample s;
    struct signed_receipt receipt;
    rig_link(rig);
    rig_letter(rig, &s, LETTER_REQUEST, 1, 1, NULL);
    rig_send(rig, &s);
    assert_int_equal(
        receipt_read(NULL, wire_bytes(rig_heard(rig, COMITY__FRAME__BODY_RECEIPT, 0)->receipt->receipt),
                     rig->fixture->roster, rig->arena, &receipt),
        REASON_NONE);
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        rig_settle(rig, &receipt.digest, 1);
        rig_tick(rig, 0);
        assert_null(rig_receipt(rig, RECEIPT_DELIVERED, &s.id));
        rig_give_receipt(rig, ends[i], &s.header, &s.id,
                         ends[i] == RECEIPT_REJECTED ? REASON_EXPIRED : REASON_NONE);
        assert_non_null(rig_receipt(rig, RECEIPT_DELIVERED, &s.id));
        greet(rig);
        assert_non_null(rig_receipt(rig, RECEIPT_DELIVERED, &s.id)); /* until it is settled */
    }
}

/* Damaged on the way, or no room there: the broker names none, and the link may last for months. */
static void a_receipt_that_was_refused_is_said_again_on_the_same_link(void **state)
{
    struct rig *rig = *state;
    struct sample s;
    rig_link(rig);
    rig_letter(rig, &s, LETTER_REQUEST, 1, 1, NULL);
    rig_send(rig, &s);
    assert_non_null(rig_receipt(rig, RECEIPT_DELIVERED, &s.id));
    rig_reject(rig, 0, NULL, REASON_ENCODING, true);
    rig_reject(rig, 0, NULL, REASON_ENCODING, true); /* one of the same round */
    assert_null(rig_receipt(rig, RECEIPT_DELIVERED, &s.id));
    rig_tick(rig, 0); /* nothing else is due */
    assert_int_equal(node_deadline(rig->node).ms, rig->mono.ms + 5000);
    rig_tick(rig, 4999);
    assert_null(rig_receipt(rig, RECEIPT_DELIVERED, &s.id));
    rig_tick(rig, 1);
    assert_non_null(rig_receipt(rig, RECEIPT_DELIVERED, &s.id));
    rig_tick(rig, 15000);
    assert_null(rig_receipt(rig, RECEIPT_DELIVERED, &s.id)); /* it may have been taken */
    rig_reject(rig, 0, NULL, REASON_ENCODING, true);
    rig_tick(rig, 9999);
    assert_null(rig_receipt(rig, RECEIPT_DELIVERED, &s.id));
    rig_tick(rig, 1);
    assert_non_null(rig_receipt(rig, RECEIPT_DELIVERED, &s.id));
}

/* --- receipts that cannot be verified when they come (docs/protocol.md 6.6) --- */

/* A further node key of XA/poc. */
static void add_node_key(struct roster_draft *draft, struct arena *arena, void *context)
{
    const struct signer *node = context;
    struct party *party = &draft->parties[0];
    struct roster_key *keys = draft_keys(arena, party->keys, party->key_count, 1);
    assert_string_equal(party->address.text, "XA/poc");
    assert_non_null(keys);
    keys[party->key_count++] = (struct roster_key){
        .role = ROLE_NODE, .key = node->key, .from_ms = FIXTURE_FROM_MS, .until_ms = FIXTURE_UNTIL_MS};
    party->keys = keys;
}

static void announce(struct rig *rig, uint64_t version)
{
    Comity__RosterFrame message = COMITY__ROSTER_FRAME__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    message.version = version;
    frame.body_case = COMITY__FRAME__BODY_ROSTER;
    frame.roster = &message;
    rig_say(rig, &frame);
}

/* A request that was accepted. */
static struct rig_sent send_letter(struct rig *rig)
{
    struct rig_sent sent = rig_request(rig);
    rig_give_receipt(rig, RECEIPT_ACCEPTED, sent.head, &sent.id, REASON_NONE);
    return sent;
}

static void say_delivered(struct rig *rig, const struct rig_sent *sent, const struct signer *by)
{
    struct digest digest;
    struct bytes proof;
    Comity__ReceiptFrame message = COMITY__RECEIPT_FRAME__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    const struct receipt_item item = {
        .id = sent->id, .lane = LANE_URGENT, .incarnation = 1, .seq = sent->head->seq};
    struct bytes receipt =
        receipt_encode(RECEIPT_DELIVERED, &rig->fixture->network, &rig->me->address, &rig->peer->address,
                       &by->key, 1, rig->wall, &item, 1, rig->arena, &digest);
    assert_non_null(receipt.data);
    assert_true(sign_turn(by, &digest, 1, rig->arena, &proof));
    message.receipt = wire_binary(signed_receipt_encode(rig->arena, receipt, proof));
    message.accepted_ms = rig->wall.ms;
    frame.body_case = COMITY__FRAME__BODY_RECEIPT;
    frame.receipt = &message;
    rig_say(rig, &frame);
}

static bool is_delivered(struct rig *rig, const struct rig_sent *sent)
{
    return rig_filed(rig, &sent->letter).sending == SENDING_DELIVERED;
}

static bool settled(const struct rig *rig)
{
    return rig_count(rig, COMITY__FRAME__BODY_SETTLE) == 1;
}

static void a_receipt_that_came_before_its_roster_comes_again(void **state)
{
    struct rig *rig = *state;
    struct signer further = fixture_signer(rig->slab, 3000);
    struct rig_sent sent = send_letter(rig);
    say_delivered(rig, &sent, &further);
    assert_false(settled(rig) || is_delivered(rig, &sent) || rig->hung_up);
    rig_change_roster(rig, add_node_key, &further);
    assert_true(rig->hung_up);
    rig_link(rig);
    say_delivered(rig, &sent, &further);
    assert_true(settled(rig) && is_delivered(rig, &sent));
    rig_change_roster(rig, NULL, NULL); /* nothing is wanted any more */
    assert_false(rig->hung_up);
}

/* One link is enough, however many versions are behind. */
static void the_link_is_renewed_when_the_last_roster_has_come(void **state)
{
    struct rig *rig = *state;
    struct signer further = fixture_signer(rig->slab, 3000);
    struct rig_sent sent = send_letter(rig);
    announce(rig, 3);
    say_delivered(rig, &sent, &further);
    rig_change_roster(rig, NULL, NULL);
    assert_false(rig->hung_up);
    rig_change_roster(rig, add_node_key, &further);
    assert_true(rig->hung_up);
    rig_link(rig);
    say_delivered(rig, &sent, &further);
    assert_true(is_delivered(rig, &sent));
}

/* A broker that says nonsense does not make the node end one link after the other. */
static void what_never_verifies_renews_a_link_once_for_each_roster(void **state)
{
    struct rig *rig = *state;
    const struct signer nobody = fixture_signer(rig->slab, 3000);
    struct rig_sent sent = send_letter(rig);
    say_delivered(rig, &sent, &nobody);
    rig_change_roster(rig, NULL, NULL);
    assert_true(rig->hung_up);
    rig_link(rig);
    for (unsigned i = 0; i < 3; i++) {
        say_delivered(rig, &sent, &nobody);
        rig_tick(rig, MS_PER_SECOND);
        assert_false(rig->hung_up || settled(rig) || is_delivered(rig, &sent));
    }
}

/* A broker keeps so many receipts without an answer on a link: those that can never hold would stop all others. */
static void a_receipt_by_a_revoked_key_is_settled_and_moves_nothing(void **state)
{
    struct rig *rig = *state;
    struct fixture_revocation lost = {.key = rig->peer->node_signer.key, .at_ms = FIXTURE_FROM_MS};
    struct rig_sent sent = send_letter(rig);
    rig_change_roster(rig, fixture_revoke, &lost);
    say_delivered(rig, &sent, &rig->peer->node_signer);
    assert_true(settled(rig));
    assert_false(is_delivered(rig, &sent));
    rig_change_roster(rig, NULL, NULL);
    assert_false(rig->hung_up); /* it is waited for no more */
}

/* The sender lost touch, and meanwhile the key that signed the end was revoked: the broker has no other receipt to give. */
static void an_envelope_with_an_end_by_a_revoked_key_expires_by_itself(void **state)
{
    struct rig *rig = *state;
    struct fixture_revocation lost = {.key = rig->peer->node_signer.key, .at_ms = FIXTURE_FROM_MS};
    struct envelope_id second;
    rig->options.life_ms = MS_PER_HOUR;
    rig_restart(rig);
    struct rig_sent sent = send_letter(rig);
    rig_change_roster(rig, fixture_revoke, &lost);
    say_delivered(rig, &sent, &rig->peer->node_signer);
    assert_int_equal(rig_count(rig, COMITY__FRAME__BODY_SUBMIT), 0); /* the answer would be the same */
    rig_link_down(rig);
    rig_link(rig);
    assert_int_equal(rig_count(rig, COMITY__FRAME__BODY_SUBMIT), 1); /* but it is asked for once more */
    rig_link_down(rig);
    rig->wall.ms += MS_PER_HOUR;
    rig_link(rig);
    assert_int_equal(rig_out_state(rig, &sent.id), OUT_SEALED);
    say_delivered(rig, &sent, &rig->peer->node_signer);
    rig_tick(rig, 0);
    assert_int_equal(rig_out_state(rig, &sent.id), OUT_EXPIRED);
    assert_int_equal(rig_count(rig, COMITY__FRAME__BODY_SUBMIT), 1);
    assert_int_equal(rig_submitted(rig, 0, &second)->seq, 2);
}

static void revoke_receipt_key(struct roster_draft *draft, struct arena *arena, void *context)
{
    const struct rig *rig = context;
    struct roster_broker *broker = &draft->brokers[0];
    struct roster_key *keys = draft_keys(arena, broker->keys, broker->key_count, 0);
    assert_non_null(keys);
    for (size_t i = 0; i < broker->key_count; i++) {
        if (public_key_equal(&keys[i].key, &rig->fixture->broker_receipt_signer.key)) {
            keys[i].revoked = true;
            keys[i].revoked_at_ms = FIXTURE_FROM_MS;
            keys[i].revoked_reason = "lost";
        }
    }
    broker->keys = keys;
}

/* The word ACCEPTED by such a key: the place among what is under way is free, and what was delivered waits for it no longer. */
static void the_word_accepted_by_a_revoked_key_is_not_waited_for(void **state)
{
    struct rig *rig = *state;
    struct rig_sent sent = rig_request(rig);
    for (unsigned i = 0; i < 64; i++) {
        (void)rig_write(rig, NULL, LETTER_REQUEST, NULL);
    }
    rig_change_roster(rig, revoke_receipt_key, rig);
    rig_give_receipt(rig, RECEIPT_ACCEPTED, sent.head, &sent.id, REASON_NONE);
    assert_int_equal(rig_count(rig, COMITY__FRAME__BODY_SUBMIT), 1);
    assert_int_equal(rig_submitted(rig, 0, NULL)->seq, 65);
    rig_give_receipt(rig, RECEIPT_DELIVERED, sent.head, &sent.id, REASON_NONE);
    rig_link_down(rig);
    rig_link(rig);
    rig_give_receipt(rig, RECEIPT_ACCEPTED, sent.head, &sent.id, REASON_NONE);
    struct out_row row;
    assert_true(outbox_get(rig->node, &sent.id, rig->arena, &row));
    assert_int_equal(row.state, OUT_DELIVERED);
    assert_false(row.unanswered);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_receipt_of_the_wrong_signer_moves_nothing),
        TEST(opened_goes_into_the_file),
        TEST(a_receipt_that_changes_nothing_of_a_case_does_not_make_it_anew),
        TEST(an_officers_opening_is_filed_and_shared),
        TEST(an_opening_by_a_revoked_officer_is_not_said_for_ever),
        TEST(what_was_delivered_and_is_refused_by_the_broker_then_is_said_to_be_delivered_again),
        TEST(a_receipt_that_was_refused_is_said_again_on_the_same_link),
        TEST(a_receipt_that_came_before_its_roster_comes_again),
        TEST(the_link_is_renewed_when_the_last_roster_has_come),
        TEST(what_never_verifies_renews_a_link_once_for_each_roster),
        TEST(a_receipt_by_a_revoked_key_is_settled_and_moves_nothing),
        TEST(an_envelope_with_an_end_by_a_revoked_key_expires_by_itself),
        TEST(the_word_accepted_by_a_revoked_key_is_not_waited_for),
    };
    return cmocka_run_group_tests_name("node receipts", tests, NULL, NULL);
}
