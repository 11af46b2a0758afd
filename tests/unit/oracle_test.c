/* SPDX-License-Identifier: Apache-2.0 */
/* The oracle is shown a short story that is right, then the same with one thing missing or wrong at its end: it must find each. */
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/oracle_scene.h"

static void a_story_that_is_right_is_right(void **state)
{
    struct scene *s = *state;
    for (int i = 0; i < 3; i++) {
        (void)scene_play(s, NOTHING);
    }
    scene_submit(s, &s->posts[0]);
    scene_accept(s, s->posts[0].accepted);
    scene_finish(s);
    scene_expect_good(s);
    struct oracle_figures figures = oracle_figures(s->oracle);
    assert_int_equal(figures.letters, 3);
    assert_int_equal(figures.accepted, 3);
    assert_int_equal(figures.delivered, 3);
    assert_int_equal(figures.duplicates, 1);
    assert_int_equal(figures.excused, 0);
}

static const struct missing {
    uint32_t left_out;
    const char *invariant, *part;
} missing[] = {
    {WITHOUT(TOLD) | WITHOUT(ANSWERED), "I4", "nobody submitted it"},
    {WITHOUT(SUBMITTED), "I5", "never submitted"},
    {WITHOUT(SAY_DELIVER), "I5", "never delivered it there"},
    {WITHOUT(SAY_DELIVERED), "I5", "has not said"},
    {WITHOUT(ROW_LETTER_XA), "I1", "gone at its author"},
    {WITHOUT(ROW_LETTER_XA) | WITHOUT(ROW_LETTER_XB), "I2", "answered 200"},
    {WITHOUT(ROW_OUT), "I1", "its sender does not have it"},
    {WITHOUT(ROW_DELIVERED_XA), "I1", "no receipt of its end"},
    {WITHOUT(ROW_LETTER_XB), "I1", "gone at its recipient"},
    {WITHOUT(ROW_IN), "I1", "said DELIVERED"},
    {WITHOUT(ROW_DELIVERED_XB), "I5", "does not have it"},
    {WITHOUT(ROW_LINK), "I5", "does not know it"},
    {WITHOUT(ROW_ACCEPTED_HUB), "I5", "the broker said its receipt"},
};

static void each_missing_step_is_found(void **state)
{
    for (size_t i = 0; i < sizeof missing / sizeof missing[0]; i++) {
        assert_int_equal(scene_close(state), 0);
        assert_int_equal(scene_open(state), 0);
        struct scene *s = *state;
        (void)scene_play(s, missing[i].left_out);
        scene_finish(s);
        scene_expect_broken(s, missing[i].invariant, missing[i].part);
    }
}

/* A receipt that was settled and is not there is one the sender lost. */
static void a_settled_receipt_must_be_kept(void **state)
{
    struct scene *s = *state;
    struct post *p = scene_play(s, WITHOUT(ROW_DELIVERED_XA) | WITHOUT(ROW_OUT));
    scene_row_out(s, p, 6, REASON_EXPIRED);
    struct bytes expired = scene_receipt_at(s, RECEIPT_EXPIRED, p, KIT_CREATED_MS + MS_PER_DAY, REASON_NONE);
    scene_give(s, XA, false, expired);
    scene_row_receipt(s, XA, expired, true);
    scene_row_broker_receipt(s, expired);
    scene_finish(s);
    scene_expect_broken(s, "I1", "XA/poc settled the receipt");
}

/* XB's officer opens what XA sent, and XA settles the receipt of it without keeping it. */
static void open_and_settle(struct scene *s)
{
    struct post *p = scene_play(s, NOTHING);
    struct bytes opened = scene_receipt(s, RECEIPT_OPENED, p);
    oracle_opened(s->oracle, scene_tick(s), XB, opened);
    scene_give(s, XB, true, opened);
    scene_give(s, XA, false, opened);
    scene_settle(s, XA, true, opened);
    scene_row_receipt(s, XB, opened, true);
}

static void an_opened_that_was_settled_must_be_kept(void **state)
{
    struct scene *s = *state;
    open_and_settle(s);
    scene_finish(s);
    scene_expect_broken(s, "I1", "XA/poc settled the receipt");
}

static void an_opened_by_a_revoked_officer_is_settled_unread(void **state)
{
    struct scene *s = *state;
    open_and_settle(s);
    oracle_revoked(s->oracle, scene_tick(s), s->kit.officer.key.bytes);
    scene_finish(s);
    scene_expect_good(s);
}

static void a_broker_must_know_what_it_settled(void **state)
{
    struct scene *s = *state;
    struct post *p = scene_play(s, WITHOUT(ROW_LINK) | WITHOUT(ROW_DELIVERED_HUB));
    scene_row_link(s, p, 1 << RECEIPT_ACCEPTED | 1 << RECEIPT_EXPIRED);
    scene_finish(s);
    scene_expect_broken(s, "I5", "the broker settled the receipt");
}

static void an_accepted_envelope_must_end(void **state)
{
    struct scene *s = *state;
    struct post *p = scene_play(s, WITHOUT(SAY_DELIVER) | WITHOUT(SAY_DELIVERED) | WITHOUT(PASS_DELIVERED) |
                                       WITHOUT(SETTLE_BY_HUB) | WITHOUT(SETTLE_BY_XA) | WITHOUT(ROW_OUT) |
                                       WITHOUT(ROW_DELIVERED_XA) | WITHOUT(ROW_LETTER_XB) | WITHOUT(ROW_IN) |
                                       WITHOUT(ROW_DELIVERED_XB) | WITHOUT(ROW_LETTER_XA));
    scene_row_letter(s, XA, p, 1, 2, 0);
    scene_row_out(s, p, 2, 0);
    scene_finish(s);
    scene_expect_broken(s, "I1", "no receipt of its end");
}

static void a_hole_in_a_case_is_found(void **state)
{
    struct scene *s = *state;
    (void)scene_play(s, NOTHING);
    struct post *p = scene_play(s, WITHOUT(ROW_LETTER_XB) | WITHOUT(ROW_LETTER_XA));
    scene_row_letter(s, XA, p, 3, 4, REASON_CASE);
    scene_row_letter(s, XB, p, 3, 0, REASON_CASE);
    (void)scene_play(s, NOTHING);
    scene_finish(s);
    scene_expect_broken(s, "I3", "the one before it is not");
}

static void two_letters_under_one_number_are_found(void **state)
{
    struct scene *s = *state;
    (void)scene_play(s, NOTHING);
    struct post *p = scene_next_post(s);
    p->seq = 1;
    scene_make_letter(s, p, NULL, "another first letter");
    scene_tell(s, p);
    scene_answer(s, p, 200, NULL);
    scene_row_letter(s, XA, p, 1, 3, 0);
    scene_row_letter(s, XB, p, 1, 0, 0);
    scene_finish(s);
    scene_expect_broken(s, "I2", "under that number");
}

static void altered_bytes_are_found(void **state)
{
    struct scene *s = *state;
    (void)scene_play(s, NOTHING);
    scene_run_sql(s, XB, "UPDATE letter SET letter = x'00'");
    scene_finish(s);
    scene_expect_broken(s, "I4", "not what was signed");
}

static void a_refused_submit_has_no_letter(void **state)
{
    struct scene *s = *state;
    struct post *p = scene_play(s, WITHOUT(ANSWERED));
    scene_answer(s, p, 422, "SIGNATURE");
    scene_finish(s);
    scene_expect_broken(s, "I2", "its submit was refused");
}

static void a_submit_without_an_answer_may_have_been_taken(void **state)
{
    struct scene *s = *state;
    struct post *p = scene_play(s, WITHOUT(ANSWERED));
    oracle_answer(s->oracle, scene_tick(s), XA, p->command, 0, NULL);
    scene_tell(s, p);
    scene_answer(s, p, 409, "CASE_MOVED");
    scene_finish(s);
    scene_expect_good(s);
}

static void a_canary_in_the_brokers_database_is_found(void **state)
{
    struct scene *s = *state;
    (void)scene_play(s, NOTHING);
    scene_run_sql(s, HUB, "INSERT INTO roster(version, bundle) VALUES(1, CAST('x" CANARY "x' AS BLOB))");
    scene_finish(s);
    scene_expect_broken(s, "I7", "table roster");
}

static const struct waits {
    size_t actor;
    const char *sql, *invariant, *part;
} waits[] = {
    {XA, "UPDATE letter SET sending = 1", "I8", "waits to be sealed"},
    {XA, "UPDATE letter SET sending = 2", "I8", "on its way"},
    {XA, "UPDATE envelope_out SET state = 2", "I8", "still waits for its end"},
    {XA, "UPDATE envelope_out SET body = x'01'", "I8", "the word ACCEPTED"},
    {XA, "UPDATE letter SET place = 3, sending = 4", "I5", "given up at its author"},
    {XB, "UPDATE letter SET place = 2", "I8", "waits for the letter before it"},
    {XB, "UPDATE letter SET place = 3, reason = 30", "I5", "refused at its recipient"},
    {XB, "UPDATE receipt SET settled = 0", "I8", "XB/poc still owes the broker its receipt"},
    {XB, "UPDATE envelope_in SET due = 4", "I8", "owes a receipt"},
    {XB, "UPDATE envelope_in SET outcome = 2", "I1", "does not have it"},
    {XA, "UPDATE envelope_out SET state = 4", "I5", "without the receipt"},
    {XA, "INSERT INTO receipt(digest, raw) VALUES(x'00', x'0a00')", "I5", "that does not hold"},
    {XA, "INSERT INTO envelope_out(id, seq, state, reason) VALUES(x'09', 9, 6, 0)", "I10", "for no reason"},
    {XA, "INSERT INTO envelope_out(id, seq, state, reason, body) VALUES(x'09', 9, 6, 13, x'01')", "I8",
     "the word ACCEPTED"},
    {XB, "INSERT INTO envelope_in(id, seq, outcome, reason) VALUES(x'09', 9, 2, 0)", "I10",
     "refused envelope"},
    {XB,
     "UPDATE envelope_in SET letter = x'0900000000000000000000000000000000000000000000000000000000000000'",
     "I1", "and not its letter"},
    {HUB, "INSERT INTO party(party, address) VALUES(2, 'XB/poc')", NULL, NULL},
    {HUB, "INSERT INTO owed(party, number) VALUES(2, 1)", "I8", "still keeps the receipt"},
    {HUB, "INSERT INTO spool(arrival, recipient, chain, seq) VALUES(1, 2, 1, 1)", "I8",
     "still keeps the envelope"},
    {HUB, "UPDATE chain_link SET kinds = 2", "I1", "knows of no end"},
};

static void what_waits_at_the_end_is_named(void **state)
{
    for (size_t i = 0; i < sizeof waits / sizeof waits[0]; i++) {
        assert_int_equal(scene_close(state), 0);
        assert_int_equal(scene_open(state), 0);
        struct scene *s = *state;
        (void)scene_play(s, NOTHING);
        scene_run_sql(s, waits[i].actor, waits[i].sql);
        scene_finish(s);
        if (waits[i].part == NULL) {
            scene_expect_good(s);
        } else {
            scene_expect_broken(s, waits[i].invariant, waits[i].part);
        }
    }
}

static void a_letter_given_up_is_counted_and_has_a_reason(void **state)
{
    struct scene *s = *state;
    struct post *p = scene_next_post(s);
    scene_tell(s, p);
    scene_answer(s, p, 200, NULL);
    scene_row_letter(s, XA, p, 3, 4, REASON_LETTER);
    scene_finish(s);
    scene_expect_good(s);
    assert_int_equal(oracle_figures(s->oracle).failed, 1);
}

static void a_letter_given_up_for_no_reason_is_found(void **state)
{
    struct scene *s = *state;
    struct post *p = scene_next_post(s);
    scene_tell(s, p);
    scene_answer(s, p, 200, NULL);
    scene_row_letter(s, XA, p, 3, 4, 0);
    scene_finish(s);
    scene_expect_broken(s, "I10", "for no reason");
}

static void what_one_side_has_is_brought_back(void **state)
{
    struct scene *s = *state;
    (void)scene_play(s, WITHOUT(ROW_LETTER_XA) | WITHOUT(ROW_OUT) | WITHOUT(ROW_DELIVERED_XA));
    oracle_lost_after(s->oracle, scene_tick(s), XA, 0);
    scene_finish(s);
    scene_expect_broken(s, "I1", "gone at its author");
}

/* XA's disk forgot the letter, and the broker the envelope: its heads show no loss. */
static void what_nobody_tells_of_stays_lost(void **state)
{
    struct scene *s = *state;
    (void)scene_play(s, WITHOUT(ROW_LETTER_XA) | WITHOUT(ROW_OUT) | WITHOUT(ROW_DELIVERED_XA));
    oracle_lost_after(s->oracle, scene_tick(s), XA, 0);
    oracle_lost_after(s->oracle, scene_tick(s), HUB, 0);
    scene_finish(s);
    scene_expect_good(s);
    json_t *view = json_pack("{s:s}", "state", "REQUESTED");
    json_t *other = json_pack("{s:s}", "state", "CLOSED");
    oracle_case(s->oracle, scene_tick(s), "ca5e0000000000000000000000000000", XA, view, XB, other);
    scene_expect_good(s); /* of a case that lost something for good the sides differ */
    oracle_case(s->oracle, scene_tick(s), "ca5f0000000000000000000000000000", XA, view, XB, other);
    scene_expect_broken(s, "I5", "other state");
    json_decref(view);
    json_decref(other);
}

/* Both lost something before the letter was written, and the broker again behind it. */
static void a_loss_before_a_letter_is_no_excuse_for_it(void **state)
{
    struct scene *s = *state;
    oracle_lost_after(s->oracle, scene_tick(s), XA, 0);
    (void)scene_play(s, WITHOUT(ROW_LETTER_XA));
    oracle_lost_after(s->oracle, scene_tick(s), HUB, 0);
    scene_finish(s);
    scene_expect_broken(s, "I1", "gone at its author");
}

static void a_loss_before_an_envelope_is_no_excuse_for_what_was_settled_of_it(void **state)
{
    struct scene *s = *state;
    oracle_lost_after(s->oracle, scene_tick(s), HUB, 0);
    struct post *p = scene_play(s, WITHOUT(ROW_LINK) | WITHOUT(ROW_DELIVERED_HUB));
    scene_row_link(s, p, 1 << RECEIPT_ACCEPTED | 1 << RECEIPT_EXPIRED);
    scene_finish(s);
    scene_expect_broken(s, "I5", "the broker settled the receipt");
}

enum settling { SETTLED_UNKNOWN, SETTLED_KNOWN };

/*
 * The broker is restored and given the envelope again, which this time expires. The DELIVERED of before comes to it once more:
 * while it knows nothing of the envelope, or when it has it again.
 */
static void settle_after_a_restore(struct scene *s, enum settling settling, bool recipient_restored)
{
    struct post *p = scene_play(s, WITHOUT(SETTLE_BY_HUB) | WITHOUT(SETTLE_BY_XA) | WITHOUT(ROW_LINK) |
                                       WITHOUT(ROW_ACCEPTED_HUB) | WITHOUT(ROW_DELIVERED_HUB));
    struct bytes again = scene_receipt_at(s, RECEIPT_ACCEPTED, p, KIT_CREATED_MS + 7, REASON_NONE);
    oracle_lost_after(s->oracle, scene_tick(s), HUB, 0);
    if (settling == SETTLED_UNKNOWN) {
        scene_settle(s, XB, false, p->delivered);
    }
    if (recipient_restored) {
        oracle_lost_after(s->oracle, scene_tick(s), XB, 0);
    }
    scene_submit(s, p);
    scene_accept(s, again);
    if (settling == SETTLED_KNOWN) {
        scene_settle(s, XB, false, p->delivered);
    }
    scene_row_link(s, p, 1 << RECEIPT_ACCEPTED | 1 << RECEIPT_EXPIRED);
    scene_row_broker_receipt(s, again);
    scene_finish(s);
}

static void what_a_restored_broker_settled_unknown_may_be_lost_by_its_giver(void **state)
{
    settle_after_a_restore(*state, SETTLED_UNKNOWN, true);
    scene_expect_good(*state);
}

static void what_a_restored_broker_settled_unknown_comes_again(void **state)
{
    settle_after_a_restore(*state, SETTLED_UNKNOWN, false);
    scene_expect_broken(*state, "I5", "the broker settled the receipt");
}

static void what_a_restored_broker_settled_it_must_know(void **state)
{
    settle_after_a_restore(*state, SETTLED_KNOWN, true);
    scene_expect_broken(*state, "I5", "the broker settled the receipt");
}

static void what_a_revoked_officer_signed_stays_lost(void **state)
{
    struct scene *s = *state;
    (void)scene_play(s, WITHOUT(ROW_LETTER_XB) | WITHOUT(ROW_IN) | WITHOUT(ROW_DELIVERED_XB));
    oracle_revoked(s->oracle, scene_tick(s), s->kit.officer.key.bytes);
    oracle_lost_after(s->oracle, scene_tick(s), XB, 0);
    scene_finish(s);
    scene_expect_good(s);
}

static void a_revocation_without_a_loss_is_no_excuse(void **state)
{
    struct scene *s = *state;
    (void)scene_play(s, WITHOUT(ROW_LETTER_XA) | WITHOUT(ROW_OUT) | WITHOUT(ROW_DELIVERED_XA));
    oracle_revoked(s->oracle, scene_tick(s), s->kit.officer.key.bytes);
    scene_finish(s);
    scene_expect_broken(s, "I1", "its sender does not have it");
}

/* The first letter of a case was never taken by anybody when its author lost it; the second was. */
static void lose_the_first_of_two(struct scene *s, bool answered)
{
    struct post *first = scene_next_post(s);
    scene_take_step(s, first, TOLD);
    if (answered) {
        scene_take_step(s, first, ANSWERED);
    }
    (void)scene_play(s, WITHOUT(ROW_LETTER_XA) | WITHOUT(ROW_OUT) | WITHOUT(ROW_DELIVERED_XA));
    scene_run_sql(s, XB, "UPDATE letter SET place = 2");
    oracle_lost_after(s->oracle, scene_tick(s), XA, 0);
    scene_finish(s);
    scene_expect_good(s);
}

static void what_follows_a_letter_that_is_lost_waits_for_ever(void **state)
{
    lose_the_first_of_two(*state, true);
}

static void what_follows_a_lost_letter_without_an_answer_waits_for_ever(void **state)
{
    lose_the_first_of_two(*state, false);
}

static void what_follows_a_letter_that_is_there_does_not(void **state)
{
    struct scene *s = *state;
    (void)scene_play(s, NOTHING);
    (void)scene_play(s, NOTHING);
    scene_run_sql(s, XB, "UPDATE letter SET place = 2 WHERE case_seq = 2");
    oracle_lost_after(s->oracle, scene_tick(s), XA, 0);
    scene_finish(s);
    scene_expect_broken(s, "I8", "waits for the letter before it");
}

static void a_loss_excuses_only_what_came_after_its_backup(void **state)
{
    struct scene *s = *state;
    (void)scene_play(s, WITHOUT(ROW_LETTER_XB) | WITHOUT(ROW_LETTER_XA) | WITHOUT(ROW_OUT) |
                            WITHOUT(ROW_DELIVERED_XA) | WITHOUT(ROW_IN) | WITHOUT(ROW_DELIVERED_XB));
    oracle_lost_after(s->oracle, scene_tick(s), XA, s->now_us);
    scene_finish(s);
    scene_expect_broken(s, "I1", "its sender does not have it");
}

static void an_envelope_a_broker_lost_must_end_all_the_same(void **state)
{
    struct scene *s = *state;
    struct post *p = scene_next_post(s);
    scene_take_step(s, p, TOLD);
    scene_take_step(s, p, ANSWERED);
    scene_submit(s, p);
    scene_accept(s, p->accepted);
    oracle_lost_after(s->oracle, scene_tick(s), HUB, 0);
    scene_row_letter(s, XA, p, 1, 2, 0);
    scene_row_out(s, p, 2, 0);
    scene_finish(s);
    scene_expect_broken(s, "I1", "no receipt of its end");
}

static void a_settled_stub_must_be_kept(void **state)
{
    struct scene *s = *state;
    struct post *p = scene_next_post(s);
    scene_submit(s, p);
    scene_row_out(s, p, 6, REASON_EXPIRED);
    struct bytes expired = scene_receipt_at(s, RECEIPT_EXPIRED, p, KIT_CREATED_MS + MS_PER_DAY, REASON_NONE);
    scene_stub(s, p, expired);
    scene_settle_stub(s, p);
    scene_row_receipt(s, XA, expired, true);
    scene_row_broker_receipt(s, expired);
    scene_finish(s);
    scene_expect_broken(s, "I1", "settled the stub");
}

static void a_refusal_must_be_kept(void **state)
{
    struct scene *s = *state;
    struct post *p = scene_next_post(s);
    scene_submit(s, p);
    scene_deliver(s, p);
    struct bytes refused = scene_receipt_at(s, RECEIPT_REFUSED, p, KIT_CREATED_MS, REASON_BODY);
    scene_give(s, XB, true, refused);
    scene_row_out(s, p, 4, REASON_BODY);
    scene_row_receipt(s, XA, refused, true);
    scene_row_receipt(s, XB, refused, true);
    scene_finish(s);
    scene_expect_broken(s, "I5", "said REFUSED of");
}

/* XA lies, and has no store to be read. */
static void finish_without_liar(struct scene *s)
{
    static const struct oracle_store stores[] = {
        {"oracle-hub", "/store.db"}, {NULL, NULL}, {"oracle-xb", "/store.db"}};
    scene_close_stores(s);
    oracle_finish(s->oracle, scene_tick(s), stores);
}

static void what_a_liar_sent_is_not_taken(void **state)
{
    struct scene *s = *state;
    oracle_liar(s->oracle, XA);
    struct post *p = scene_next_post(s);
    scene_submit(s, p);
    scene_row_in(s, p, 1, 0, 0);
    finish_without_liar(s);
    scene_expect_broken(s, "I4", "which is unsound");
}

static void what_a_liar_wrote_has_no_effect(void **state)
{
    struct scene *s = *state;
    oracle_liar(s->oracle, XA);
    struct post *p = scene_next_post(s);
    scene_submit(s, p);
    scene_row_letter(s, XB, p, 1, 0, 0);
    finish_without_liar(s);
    scene_expect_broken(s, "I4", "nobody submitted it");
}

static void put_by_unsent(struct scene *s, uint64_t life_ms)
{
    struct post *p = scene_next_post(s);
    scene_tell(s, p);
    scene_answer(s, p, 200, NULL);
    p->header.expires_ms = KIT_CREATED_MS + life_ms;
    scene_row_letter(s, XA, p, 3, 4, REASON_EXPIRED);
    scene_row_out(s, p, 7, REASON_EXPIRED);
    scene_heal(s, KIT_CREATED_MS, 5 * MS_PER_DAY);
    scene_finish(s);
}

static void what_was_never_sent_did_not_die_of_age(void **state)
{
    put_by_unsent(*state, 3 * MS_PER_DAY);
    scene_expect_broken(*state, "I8", "was not sent until it died of age");
}

static void a_short_life_may_end_unsent(void **state)
{
    put_by_unsent(*state, MS_PER_DAY);
    scene_expect_good(*state);
}

/* A clock that ran ahead before the heal. */
static void an_end_that_has_not_come_yet_is_none_of_age(void **state)
{
    put_by_unsent(*state, 6 * MS_PER_DAY);
    scene_expect_good(*state);
}

static void an_end_needs_its_receipt(void **state)
{
    struct scene *s = *state;
    struct post *p = scene_next_post(s);
    scene_submit(s, p);
    scene_row_out(s, p, 6, REASON_EXPIRED);
    scene_finish(s);
    scene_expect_broken(s, "I5", "without the receipt that says so");
}

static void a_letter_of_others_is_found(void **state)
{
    struct scene *s = *state;
    struct post *p = scene_next_post(s);
    scene_tell(s, p);
    scene_answer(s, p, 200, NULL);
    scene_row_letter(s, XA, p, 1, 3, 0);
    scene_row_letter(s, XB, p, 1, 0, 0);
    scene_run_sql(s, XB, "UPDATE letter SET own = 1, sending = 3");
    scene_finish(s);
    scene_expect_broken(s, "I4", "belongs to others");
}

static void a_letter_that_follows_another_is_found(void **state)
{
    struct scene *s = *state;
    (void)scene_play(s, NOTHING);
    struct post *p = scene_next_post(s);
    struct post stranger = {.id = {.digest = {.bytes = {9}}}};
    scene_make_letter(s, p, &stranger, "it follows a stranger");
    scene_tell(s, p);
    scene_answer(s, p, 200, NULL);
    scene_row_letter(s, XA, p, 1, 3, 0);
    scene_row_letter(s, XB, p, 1, 0, 0);
    scene_run_sql(
        s, XA,
        "UPDATE letter SET prev = x'0900000000000000000000000000000000000000000000000000000000000000'"
        " WHERE case_seq = 2");
    scene_run_sql(
        s, XB,
        "UPDATE letter SET prev = x'0900000000000000000000000000000000000000000000000000000000000000'"
        " WHERE case_seq = 2");
    scene_finish(s);
    scene_expect_broken(s, "I3", "it follows another letter");
}

static void a_database_that_cannot_be_read_is_named(void **state)
{
    struct scene *s = *state;
    scene_run_sql(s, XB, "DROP TABLE letter");
    scene_finish(s);
    scene_expect_broken(s, "I1", "the database of XB/poc cannot be read");
}

/* An index that says something else than its table: no row that is read here shows it. */
static void a_database_that_is_not_sound_is_named(void **state)
{
    struct scene *s = *state;
    sqlite3 *db = NULL;
    (void)scene_play(s, NOTHING);
    scene_close_stores(s);
    assert_int_equal(sqlite3_open_v2("/store.db", &db, SQLITE_OPEN_READWRITE, "oracle-xb"), SQLITE_OK);
    int code = sqlite3_exec(db,
                            "PRAGMA locking_mode = EXCLUSIVE;"
                            "CREATE TABLE damaged(a); CREATE INDEX damaged_a ON damaged(a);"
                            "INSERT INTO damaged VALUES(1); PRAGMA writable_schema = 1;"
                            "UPDATE sqlite_schema SET sql = 'CREATE INDEX damaged_a ON damaged(-a)'"
                            " WHERE name = 'damaged_a'",
                            NULL, NULL, NULL);
    assert_int_equal(code, SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    scene_finish(s);
    scene_expect_broken(s, "I1", "the database of XB/poc cannot be read: it is not sound");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scene_open, scene_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_story_that_is_right_is_right),
        TEST(each_missing_step_is_found),
        TEST(a_settled_receipt_must_be_kept),
        TEST(an_opened_that_was_settled_must_be_kept),
        TEST(an_opened_by_a_revoked_officer_is_settled_unread),
        TEST(a_broker_must_know_what_it_settled),
        TEST(an_accepted_envelope_must_end),
        TEST(a_hole_in_a_case_is_found),
        TEST(two_letters_under_one_number_are_found),
        TEST(altered_bytes_are_found),
        TEST(a_refused_submit_has_no_letter),
        TEST(a_submit_without_an_answer_may_have_been_taken),
        TEST(a_canary_in_the_brokers_database_is_found),
        TEST(what_waits_at_the_end_is_named),
        TEST(a_letter_given_up_is_counted_and_has_a_reason),
        TEST(a_letter_given_up_for_no_reason_is_found),
        TEST(what_one_side_has_is_brought_back),
        TEST(what_nobody_tells_of_stays_lost),
        TEST(a_loss_before_a_letter_is_no_excuse_for_it),
        TEST(a_loss_before_an_envelope_is_no_excuse_for_what_was_settled_of_it),
        TEST(what_a_restored_broker_settled_unknown_may_be_lost_by_its_giver),
        TEST(what_a_restored_broker_settled_unknown_comes_again),
        TEST(what_a_restored_broker_settled_it_must_know),
        TEST(what_a_revoked_officer_signed_stays_lost),
        TEST(a_revocation_without_a_loss_is_no_excuse),
        TEST(what_follows_a_letter_that_is_lost_waits_for_ever),
        TEST(what_follows_a_lost_letter_without_an_answer_waits_for_ever),
        TEST(what_follows_a_letter_that_is_there_does_not),
        TEST(a_loss_excuses_only_what_came_after_its_backup),
        TEST(an_envelope_a_broker_lost_must_end_all_the_same),
        TEST(a_settled_stub_must_be_kept),
        TEST(a_refusal_must_be_kept),
        TEST(what_a_liar_sent_is_not_taken),
        TEST(what_a_liar_wrote_has_no_effect),
        TEST(what_was_never_sent_did_not_die_of_age),
        TEST(a_short_life_may_end_unsent),
        TEST(an_end_that_has_not_come_yet_is_none_of_age),
        TEST(an_end_needs_its_receipt),
        TEST(a_letter_of_others_is_found),
        TEST(a_letter_that_follows_another_is_found),
        TEST(a_database_that_cannot_be_read_is_named),
        TEST(a_database_that_is_not_sound_is_named),
    };
    return cmocka_run_group_tests_name("oracle", tests, NULL, NULL);
}
