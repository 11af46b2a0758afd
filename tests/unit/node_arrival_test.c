/* SPDX-License-Identifier: Apache-2.0 */
/* The recipient's checks 22 to 26 of docs/protocol.md 4: the letter itself, its officers and its case. */
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "nodes/inbox.h"
#include "tests/support/api.h"
#include "tests/support/arrivals.h"
#include "tests/support/node_sent.h"

static void a_letter_in_a_second_envelope_has_no_second_effect(void **state)
{
    struct rig *rig = *state;
    struct sample a, b;
    size_t count = 0;
    rig_letter(rig, &a, LETTER_REQUEST, 1, 1, NULL);
    rig_send(rig, &a);
    b = a;
    b.header.seq = 2;
    b.header.prev = wire_binary(digest_bytes(&a.id.digest));
    rig_send(rig, &b);
    assert_true(digest_equal(&a.letter_id.digest, &b.letter_id.digest));
    assert_delivered(rig, &b);
    assert_non_null(letter_list(rig->node, &a.case_id, rig->arena, &count));
    assert_int_equal(count, 1);
}

static void officers_are_checked(void **state)
{
    struct rig *rig = *state;
    struct sample s;
    rig_letter(rig, &s, LETTER_REQUEST, 1, 1, NULL);
    s.officers[0] = &rig->me->officer[FIXTURE_DUTY]; /* an officer of another party */
    s.context.signer[0] = wire_binary(bytes_of(s.officers[0]->key.bytes, 32));
    rig_send(rig, &s);
    assert_refused(rig, &s, REASON_OFFICER, true);
    rig_letter(rig, &s, LETTER_REQUEST, 2, 1, &s);
    s.context.n_signer = 2;
    s.officers[1] = s.officers[0]; /* one officer twice */
    s.context.signer[1] = s.context.signer[0];
    rig_send(rig, &s);
    assert_refused(rig, &s, REASON_OFFICER, true);
    rig_letter(rig, &s, LETTER_REQUEST, 3, 1, &s);
    s.officers[0] = &rig->peer->officer[FIXTURE_HEAD]; /* signs in the name of the other */
    rig_send(rig, &s);
    assert_refused(rig, &s, REASON_OFFICER_SIGNATURE, true);
}

/* A letter of a row without signatures, number seq of the chain and of the case, in the name of XA/poc. */
static void notice(struct rig *rig, struct sample *s, uint32_t seq, const struct sample *previous)
{
    Comity__MlaNotice *body = arena_take(rig->arena, sizeof *body);
    Comity__Instant *sent = arena_take(rig->arena, sizeof *sent);
    rig_letter(rig, s, LETTER_WITHDRAW, seq, seq, previous);
    assert_true(body != NULL && sent != NULL);
    comity__mla_notice__init(body);
    comity__instant__init(sent);
    sent->ms = (int64_t)rig->wall.ms;
    body->sent_at = sent;
    body->reference = text_make(rig->arena, "MLA-1");
    body->by = text_make(rig->arena, "central authority");
    body->channel = COMITY__CHANNEL__PAPER;
    comity__letter__init(s->letter);
    s->letter->body_case = COMITY__LETTER__BODY_MLA_NOTICE;
    s->letter->mla_notice = body;
}

static void signed_by(struct sample *s, size_t i, const struct signer *signer)
{
    s->officers[i] = signer;
    s->context.signer[i] = wire_binary(bytes_of(signer->key.bytes, sizeof signer->key.bytes));
}

/* Check 23: what a node knows without a person its own key signs, alone; and no letter else. */
static void a_node_signs_alone_what_takes_no_officer(void **state)
{
    struct rig *rig = *state;
    struct sample a, s;
    rig_letter(rig, &a, LETTER_REQUEST, 1, 1, NULL);
    rig_send(rig, &a);
    assert_delivered(rig, &a);
    notice(rig, &s, 2, &a);
    signed_by(&s, 0, &rig->peer->node_signer);
    rig_send(rig, &s);
    assert_delivered(rig, &s);
    a = s;
    notice(rig, &s, 3, &a); /* an officer may as well */
    rig_send(rig, &s);
    assert_delivered(rig, &s);
}

static void a_node_key_signs_nothing_else(void **state)
{
    struct rig *rig = *state;
    struct sample a, s;
    struct envelope_id last = {.digest = {.bytes = {0}}};
    rig_letter(rig, &a, LETTER_REQUEST, 1, 1, NULL);
    rig_send(rig, &a);
    for (unsigned wrong = 0; wrong < 5; wrong++) {
        notice(rig, &s, 2, &a);
        s.header.seq = 2 + wrong;
        s.header.prev = wrong == 0 ? s.header.prev : wire_binary(digest_bytes(&last.digest));
        signed_by(&s, 0, &rig->peer->node_signer);
        switch (wrong) {
        case 0: /* with an officer */
            s.context.n_signer = 2;
            signed_by(&s, 1, &rig->peer->officer[FIXTURE_DUTY]);
            break;
        case 1: /* the node of another party */
            signed_by(&s, 0, &rig->me->node_signer);
            break;
        case 2: /* another key of that party */
            signed_by(&s, 0, &rig->peer->seal_signer);
            break;
        case 3: /* a letter that takes an officer */
            s.letter->body_case = COMITY__LETTER__BODY_WITHDRAW;
            s.letter = letter_make(rig->arena, LETTER_WITHDRAW, rig->wall.ms, 1);
            break;
        default: /* bytes that are no letter */
            s.letter_bytes = bytes_of("\x09", 1);
            break;
        }
        rig_send(rig, &s);
        assert_refused(rig, &s, REASON_OFFICER, true);
        last = s.id;
    }
}

static void an_officer_of_real_cases_does_not_sign_in_an_exercise(void **state)
{
    struct rig *rig = *state;
    struct sample s;
    rig->options.has_exercise = true;
    rig->options.exercise.bytes[0] = 5;
    rig_restart(rig);
    rig->link.number = 70;
    rig_link(rig);
    rig_letter(rig, &s, LETTER_REQUEST, 1, 1, NULL);
    s.header.exercise =
        wire_binary(bytes_of(rig->options.exercise.bytes, sizeof rig->options.exercise.bytes));
    s.context.exercise = s.header.exercise;
    rig_send(rig, &s);
    assert_refused(rig, &s, REASON_OFFICER, true);
}

static void add_trainee(struct roster_draft *draft, struct arena *arena, void *context)
{
    struct rig *rig = context;
    api_add_officers(rig->slab, arena, &draft->parties[0]);
}

/* The key of an officer for exercises must not move a real case, at a node that is in that exercise. */
static void a_letter_of_an_exercise_does_not_enter_a_real_case(void **state)
{
    struct rig *rig = *state;
    struct sample a, s;
    rig_letter(rig, &a, LETTER_REQUEST, 1, 1, NULL);
    rig_send(rig, &a);
    rig_change_roster(rig, add_trainee, rig); /* XA/poc has an officer for exercises */
    rig->options.has_exercise = true;
    rig->options.exercise.bytes[0] = 5;
    rig_restart(rig);
    rig->link.number = 70;
    rig_link(rig);
    rig_letter(rig, &s, LETTER_WITHDRAW, 2, 2, &a);
    s.header.exercise =
        wire_binary(bytes_of(rig->options.exercise.bytes, sizeof rig->options.exercise.bytes));
    s.context.exercise = s.header.exercise;
    struct signer trainee = fixture_signer(rig->slab, API_TRAINEE);
    s.officers[0] = &trainee;
    s.context.signer[0] = wire_binary(bytes_of(s.officers[0]->key.bytes, 32));
    rig_send(rig, &s);
    assert_refused(rig, &s, REASON_CASE, true);
    rig_letter(rig, &s, LETTER_REQUEST, 3, 1, &s); /* in a case of its own it may */
    s.context.case_id = wire_binary(bytes_of(rig->options.exercise.bytes, 16));
    s.header.exercise =
        wire_binary(bytes_of(rig->options.exercise.bytes, sizeof rig->options.exercise.bytes));
    s.context.exercise = s.header.exercise;
    s.officers[0] = &trainee;
    s.context.signer[0] = wire_binary(bytes_of(s.officers[0]->key.bytes, 32));
    rig_send(rig, &s);
    assert_delivered(rig, &s);
    signer_done(&trainee);
}

static void a_third_party_has_no_part_in_a_case(void **state)
{
    struct rig *rig = *state;
    struct sample a, s;
    const struct fixture_party *xc = fixture_party(rig->fixture, "XC/poc");
    rig_letter(rig, &a, LETTER_REQUEST, 1, 1, NULL);
    rig_send(rig, &a);
    rig_letter(rig, &s, LETTER_STATUS, 1, 2, &a);
    s.header.from = text_make(rig->arena, "XC/poc");
    s.header.from_key = wire_binary(bytes_of(xc->node_signer.key.bytes, 32));
    s.node_signer = &xc->node_signer;
    s.context.from = s.header.from;
    s.officers[0] = &xc->officer[FIXTURE_DUTY];
    s.context.signer[0] = wire_binary(bytes_of(s.officers[0]->key.bytes, 32));
    rig_send(rig, &s);
    assert_int_equal(rig_count(rig, COMITY__FRAME__BODY_RECEIPT), 1);
    assert_null(rig_receipt(rig, RECEIPT_DELIVERED, &s.id));
    const Comity__ReceiptItem *item = rig_receipt(rig, RECEIPT_REFUSED, &s.id);
    assert_non_null(item);
    assert_int_equal(item->reason, REASON_CASE);
}

static void a_letter_that_needs_two_is_refused_with_one(void **state)
{
    struct rig *rig = *state;
    struct sample s;
    struct case_id case_id;
    (void)rig_write(rig, NULL, LETTER_REQUEST, &case_id);
    rig_letter(rig, &s, LETTER_REFUSED, 1, 1, NULL);
    s.context.case_id = wire_binary(bytes_of(case_id.bytes, sizeof case_id.bytes));
    s.context.n_signer = 1;
    rig_send(rig, &s);
    assert_refused(rig, &s, REASON_OFFICER, true);
}

static void a_letter_that_is_incomplete_is_refused(void **state)
{
    struct rig *rig = *state;
    struct sample s;
    rig_letter(rig, &s, LETTER_REQUEST, 1, 1, NULL);
    s.letter->request->facts = (char *)(uintptr_t) "";
    rig_send(rig, &s);
    assert_refused(rig, &s, REASON_LETTER, true);
    rig_letter(rig, &s, LETTER_REQUEST, 2, 1, &s);
    s.letter_bytes = bytes_of("\x08\x01", 2); /* no letter at all */
    rig_send(rig, &s);
    assert_refused(rig, &s, REASON_LETTER, true);
}

/* A LINK ties the cases of one State: one that comes from another is refused, though its node may sign such letters alone. */
static void no_link_comes_from_another_state(void **state)
{
    struct rig *rig = *state;
    struct sample s;
    Comity__Request request = COMITY__REQUEST__INIT;
    Comity__Tie tie = COMITY__TIE__INIT;
    Comity__HoldRef hold = COMITY__HOLD_REF__INIT;
    uint8_t id[16] = {9}, opener[] = "forged";
    rig_letter(rig, &s, LETTER_REQUEST, 1, 1, NULL);
    request.type = COMITY__REQUEST__TYPE__LINK;
    request.reference = (char *)(uintptr_t) "A-1";
    request.tie = &tie;
    tie.event = COMITY__TIE__EVENT__HAND_OVER;
    tie.hold = &hold;
    hold.party = (char *)(uintptr_t) "XA/poc";
    hold.case_id = wire_binary(bytes_of(id, sizeof id));
    tie.opener = wire_binary(bytes_of(opener, sizeof opener));
    s.letter->request = &request;
    s.officers[0] = &rig->peer->node_signer;
    s.context.signer[0] =
        wire_binary(bytes_of(rig->peer->node_signer.key.bytes, sizeof rig->peer->node_signer.key.bytes));
    rig_send(rig, &s);
    assert_refused(rig, &s, REASON_LETTER, true);
}

static void a_letter_outside_its_case_is_refused(void **state)
{
    struct rig *rig = *state;
    struct sample a, b;
    rig_letter(rig, &a, LETTER_REQUEST, 1, 1, NULL);
    rig_send(rig, &a);
    rig_letter(rig, &b, LETTER_WITHDRAW, 2, 2, &a);
    uint8_t other[32] = {9};
    b.context.case_prev = wire_binary(bytes_of(other, sizeof other));
    rig_send(rig, &b);
    assert_refused(rig, &b, REASON_CASE, true);
    struct sample c;
    rig_letter(rig, &c, LETTER_REQUEST, 3, 1, &b); /* number 1 is taken by another letter */
    c.context.signed_ms -= 1;
    rig_send(rig, &c);
    assert_refused(rig, &c, REASON_CASE, true);
}

/* The sender was put back and its clock set back: by that it made the envelope an hour before the letter was signed. */
static void a_known_letter_is_taken_whenever_its_envelope_was_made(void **state)
{
    struct rig *rig = *state;
    struct sample a, again, other;
    rig_letter(rig, &a, LETTER_REQUEST, 1, 1, NULL);
    rig_send(rig, &a);
    again = a;
    again.header.incarnation = 2;
    again.header.created_ms -= MS_PER_HOUR;
    rig_send(rig, &again);
    assert_true(digest_equal(&a.letter_id.digest, &again.letter_id.digest));
    assert_delivered(rig, &again);
    rig_letter(rig, &other, LETTER_REQUEST, 1, 1, NULL);
    other.header.incarnation = 3;
    other.header.created_ms -= MS_PER_HOUR;
    rig_send(rig, &other);
    assert_refused(rig, &other, REASON_CONTEXT, true);
}

/* The sender counts from the earliest receipt; so must the recipient, or the two sides fold other dates (I5). */
static void the_earliest_receipt_counts_when_the_clock_goes_back(void **state)
{
    struct rig *rig = *state;
    struct sample a, again;
    struct letter_row row;
    rig_letter(rig, &a, LETTER_REQUEST, 1, 1, NULL);
    rig_send(rig, &a);
    again = a;
    again.header.seq = 2;
    again.header.prev = wire_binary(digest_bytes(&a.id.digest));
    rig->wall.ms -= 10000;
    rig_send(rig, &again);
    assert_delivered(rig, &again);
    assert_true(letter_get(rig->node, &a.letter_id, rig->arena, &row));
    assert_int_equal(row.delivered_ms, rig->wall.ms);
    assert_int_equal(row.accepted_ms, rig->wall.ms - 1000);
    rig->wall.ms += 60000;
    again.header.seq = 3;
    again.header.prev = wire_binary(digest_bytes(&again.id.digest));
    rig_send(rig, &again);
    assert_true(letter_get(rig->node, &a.letter_id, rig->arena, &row));
    assert_int_equal(row.delivered_ms, rig->wall.ms - 60000);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup_linked, rig_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_letter_in_a_second_envelope_has_no_second_effect),
        TEST(a_known_letter_is_taken_whenever_its_envelope_was_made),
        TEST(officers_are_checked),
        TEST(a_node_signs_alone_what_takes_no_officer),
        TEST(a_node_key_signs_nothing_else),
        TEST(an_officer_of_real_cases_does_not_sign_in_an_exercise),
        TEST(a_letter_of_an_exercise_does_not_enter_a_real_case),
        TEST(a_third_party_has_no_part_in_a_case),
        TEST(a_letter_that_needs_two_is_refused_with_one),
        TEST(a_letter_that_is_incomplete_is_refused),
        TEST(no_link_comes_from_another_state),
        TEST(a_letter_outside_its_case_is_refused),
        TEST(the_earliest_receipt_counts_when_the_clock_goes_back),
    };
    return cmocka_run_group_tests_name("node arrival", tests, NULL, NULL);
}
