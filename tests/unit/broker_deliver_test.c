/* SPDX-License-Identifier: Apache-2.0 */
/* Delivery: lanes, credit, order, retries; receipts and settlement; expiry; rot. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/store_checksum_vfs.h"
#include "broker/broker_private.h"
#include "keys/receipt.h"
#include "tests/support/broker_driver.h"

#define ACCEPTED COMITY__FRAME__BODY_ACCEPTED
#define DELIVER  COMITY__FRAME__BODY_DELIVER
#define RECEIPT  COMITY__FRAME__BODY_RECEIPT
#define REJECTED COMITY__FRAME__BODY_REJECTED
#define SETTLE   COMITY__FRAME__BODY_SETTLE
#define STATUS   COMITY__FRAME__BODY_STATUS
#define HEADS    COMITY__FRAME__BODY_HEADS

static int set_up(void **state)
{
    struct driver *d = driver_new("broker_deliver_test");
    driver_open(d);
    *state = d;
    return 0;
}

static int tear_down(void **state)
{
    driver_free(*state);
    return 0;
}

/* Accepts count numbers of one chain, the first of which is made from of. */
static void accept(struct driver *d, struct sample of, struct made *made, size_t count)
{
    link_id link = driver_link(d, of.from);
    size_t mark = d->heard_count;
    driver_begin(d);
    for (size_t i = 0; i < count; i++) {
        made[i] = i == 0 ? driver_make(d, of) : driver_after(d, &made[i - 1]);
        driver_say(d, link, driver_submit(d, i + 1, &made[i]));
        if (i % 50 == 49) {
            driver_end(d);
            driver_begin(d);
        }
    }
    driver_end(d);
    assert_int_equal(driver_heard_count(d, mark, link, REJECTED), 0);
}

static struct made accept_one(struct driver *d, const char *from, const char *to)
{
    struct made made;
    accept(d, driver_sample(d, from, to, 1), &made, 1);
    return made;
}

static bool delivers(const Comity__Frame *frame, const struct made *made)
{
    return frame != NULL && bytes_equal(wire_bytes(frame->deliver->envelope), made->envelope);
}

static void what_was_accepted_is_delivered_byte_for_byte(void **state)
{
    struct driver *d = *state;
    link_id recipient = driver_link(d, "XB/poc");
    driver_credit(d, recipient, LANE_ROUTINE, 4);
    size_t mark = d->heard_count;
    uint64_t accepted_ms = d->wall.ms;
    struct made made = accept_one(d, "XA/poc", "XB/poc");
    const Comity__Frame *frame = driver_heard(d, mark, recipient, DELIVER, 0);
    assert_true(delivers(frame, &made));
    assert_int_equal(frame->deliver->accepted_ms, accepted_ms);
    assert_true(frame->deliver->tag != 0);
}

static void credit_is_never_exceeded(void **state)
{
    struct driver *d = *state;
    struct made made[20];
    accept(d, driver_sample(d, "XA/poc", "XB/poc", 1), made, 20);
    size_t mark = d->heard_count;
    link_id recipient = driver_link(d, "XB/poc");
    driver_settle_down(d);
    assert_int_equal(driver_heard_count(d, mark, recipient, DELIVER), 0); /* none given yet */
    driver_credit(d, recipient, LANE_URGENT, 4);
    assert_int_equal(driver_heard_count(d, mark, recipient, DELIVER), 0); /* not of this lane */
    driver_credit(d, recipient, LANE_ROUTINE, 3);
    driver_settle_down(d);
    assert_int_equal(driver_heard_count(d, mark, recipient, DELIVER), 3);
    driver_credit(d, recipient, LANE_ROUTINE, 2);
    driver_settle_down(d);
    assert_int_equal(driver_heard_count(d, mark, recipient, DELIVER), 5);
    for (size_t i = 0; i < 5; i++) {
        assert_true(delivers(driver_heard(d, mark, recipient, DELIVER, i), &made[i]));
    }
}

static void credit_adds_to_what_is_left(void **state)
{
    struct driver *d = *state;
    struct made made[8];
    link_id recipient = driver_link(d, "XB/poc");
    size_t mark = d->heard_count;
    driver_credit(d, recipient, LANE_ROUTINE, 3);
    driver_credit(d, recipient, LANE_ROUTINE, 2);
    accept(d, driver_sample(d, "XA/poc", "XB/poc", 1), made, 8);
    driver_settle_down(d);
    assert_int_equal(driver_heard_count(d, mark, recipient, DELIVER), 5);
}

static void credit_is_capped(void **state)
{
    struct driver *d = *state;
    static struct made made[100];
    accept(d, driver_sample(d, "XA/poc", "XB/poc", 1), made, 100);
    link_id recipient = driver_link(d, "XB/poc");
    size_t mark = d->heard_count;
    driver_credit(d, recipient, LANE_ROUTINE, UINT32_MAX);
    driver_settle_down(d);
    assert_int_equal(driver_heard_count(d, mark, recipient, DELIVER), CREDIT_MAX);
}

static void urgent_goes_before_routine_with_500_waiting(void **state)
{
    struct driver *d = *state;
    static struct made routine[500];
    struct made urgent;
    accept(d, driver_sample(d, "XA/poc", "XB/poc", 1), routine, 500);
    struct sample of = driver_sample(d, "XA/poc", "XB/poc", 1);
    of.lane = LANE_BULK;
    struct made bulk;
    accept(d, of, &bulk, 1);
    of.lane = LANE_URGENT;
    accept(d, of, &urgent, 1);
    link_id recipient = driver_link(d, "XB/poc");
    size_t mark = d->heard_count;
    driver_begin(d);
    for (uint32_t lane = LANE_BULK; lane >= LANE_URGENT; lane--) {
        Comity__Credit credit = COMITY__CREDIT__INIT;
        Comity__Frame frame = COMITY__FRAME__INIT;
        credit.lane = lane;
        credit.envelopes = 8;
        frame.body_case = COMITY__FRAME__BODY_CREDIT;
        frame.credit = &credit;
        driver_say(d, recipient, &frame);
    }
    driver_end(d);
    assert_true(delivers(driver_heard(d, mark, recipient, DELIVER, 0), &urgent));
    assert_true(delivers(driver_heard(d, mark, recipient, DELIVER, 1), &routine[0]));
    assert_true(delivers(driver_heard(d, mark, recipient, DELIVER, 9), &bulk));
}

/* Two recipients with 64 envelopes of credit in three lanes: 1.6 MB, more than a turn may say. */
static void a_turn_says_so_much_and_goes_on_at_once(void **state)
{
    struct driver *d = *state;
    static struct made made[CREDIT_MAX];
    static const char *const parties[] = {"XB/poc", "XC/poc"};
    struct sample of = driver_sample(d, "XA/poc", "XB/poc", 1);
    link_id links[2];
    size_t total = 0;
    for (int i = 0; i < 6; i++) {
        of.to = parties[i / 3];
        of.lane = LANE_URGENT + (enum lane)(i % 3);
        accept(d, of, made, CREDIT_MAX);
    }
    links[0] = driver_link(d, parties[0]);
    links[1] = driver_link(d, parties[1]);
    size_t mark = d->heard_count;
    driver_begin(d);
    for (uint32_t i = 0; i < 6; i++) {
        Comity__Credit credit = COMITY__CREDIT__INIT;
        Comity__Frame frame = COMITY__FRAME__INIT;
        credit.lane = 1 + i % 3;
        credit.envelopes = CREDIT_MAX;
        frame.body_case = COMITY__FRAME__BODY_CREDIT;
        frame.credit = &credit;
        driver_say(d, links[i / 3], &frame);
    }
    driver_end(d);
    for (size_t i = mark; i < d->heard_count; i++) {
        total += d->heard[i].frame->deliver->envelope.len;
    }
    assert_true(total <= SAY_BYTES_MAX + QUANTUM_BYTES + FRAME_BYTES_MAX);
    assert_int_equal(broker_deadline(d->broker).ms, 0);
    assert_true(driver_heard_count(d, mark, links[0], DELIVER) > 90); /* both had their turns */
    assert_true(driver_heard_count(d, mark, links[1], DELIVER) > 90);
    driver_settle_down(d);
    assert_int_equal(driver_heard_count(d, mark, links[0], DELIVER), 3 * CREDIT_MAX);
    assert_int_equal(driver_heard_count(d, mark, links[1], DELIVER), 3 * CREDIT_MAX);
}

static void the_numbers_of_a_chain_keep_their_order(void **state)
{
    struct driver *d = *state;
    link_id sender = driver_link(d, "XA/poc");
    struct made made[4];
    made[0] = driver_make(d, driver_sample(d, "XA/poc", "XB/poc", 1));
    for (size_t i = 1; i < 4; i++) {
        made[i] = driver_after(d, &made[i - 1]);
    }
    const size_t order[] = {3, 0, 2, 1};
    for (size_t i = 0; i < 4; i++) {
        driver_do(d, sender, driver_submit(d, i, &made[order[i]]));
    }
    link_id recipient = driver_link(d, "XB/poc");
    size_t mark = d->heard_count;
    for (size_t i = 0; i < 4; i++) {
        driver_credit(d, recipient, LANE_ROUTINE, 1); /* one at a time: the order is kept over turns */
    }
    driver_credit(d, recipient, LANE_ROUTINE, 9);
    assert_int_equal(driver_heard_count(d, mark, recipient, DELIVER), 4); /* and none twice */
    for (size_t i = 0; i < 4; i++) {
        assert_true(delivers(driver_heard(d, mark, recipient, DELIVER, i), &made[i]));
    }
}

static void a_new_link_gets_everything_unanswered_again(void **state)
{
    struct driver *d = *state;
    struct made made[3];
    accept(d, driver_sample(d, "XA/poc", "XB/poc", 1), made, 3);
    link_id first = driver_link(d, "XB/poc");
    driver_credit(d, first, LANE_ROUTINE, 12);
    driver_do(d, first, driver_receipt(d, RECEIPT_DELIVERED, "XB/poc", &made[1], 1, REASON_NONE, NULL));
    driver_begin(d);
    assert_int_equal(broker_link_down(d->broker, d->turn, first), DOOR_OK);
    driver_end(d);
    size_t mark = d->heard_count;
    link_id second = driver_link(d, "XB/poc");
    driver_credit(d, second, LANE_ROUTINE, 12);
    assert_int_equal(driver_heard_count(d, mark, second, DELIVER), 2);
    assert_true(delivers(driver_heard(d, mark, second, DELIVER, 0), &made[0]));
    assert_true(delivers(driver_heard(d, mark, second, DELIVER, 1), &made[2]));
}

static void a_link_goes_on_after_its_spool_was_empty(void **state)
{
    struct driver *d = *state;
    link_id recipient = driver_link(d, "XB/poc");
    driver_credit(d, recipient, LANE_ROUTINE, 12);
    struct made made;
    accept(d, driver_sample(d, "XA/poc", "XB/poc", 1), &made, 1);
    for (int i = 0; i < 3; i++) {
        driver_do(d, recipient, driver_receipt(d, RECEIPT_DELIVERED, "XB/poc", &made, 1, REASON_NONE, NULL));
        size_t mark = d->heard_count;
        link_id sender = driver_link(d, "XA/poc");
        made = driver_after(d, &made);
        driver_do(d, sender, driver_submit(d, 1, &made));
        assert_true(delivers(driver_heard(d, mark, recipient, DELIVER, 0), &made));
    }
}

static void put_back(struct driver *d, link_id recipient, uint64_t tag, uint32_t retry_ms)
{
    Comity__Rejected rejected = COMITY__REJECTED__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    rejected.tag = tag;
    rejected.reason = REASON_ROSTER;
    rejected.temporary = true;
    rejected.retry_ms = retry_ms;
    frame.body_case = REJECTED;
    frame.rejected = &rejected;
    driver_do(d, recipient, &frame);
}

static void a_temporary_rejection_is_tried_again_later(void **state)
{
    struct driver *d = *state;
    struct made made = accept_one(d, "XA/poc", "XB/poc");
    link_id recipient = driver_link(d, "XB/poc");
    size_t mark = d->heard_count;
    driver_credit(d, recipient, LANE_ROUTINE, 5);
    uint64_t tag = driver_heard(d, mark, recipient, DELIVER, 0)->deliver->tag;
    put_back(d, recipient, tag, 5000);
    assert_int_equal(broker_deadline(d->broker).ms, d->mono.ms + 5000);
    driver_tick(d, 4999);
    assert_int_equal(driver_heard_count(d, mark, recipient, DELIVER), 1);
    driver_tick(d, 1);
    const Comity__Frame *again = driver_heard(d, mark, recipient, DELIVER, 1);
    assert_true(delivers(again, &made));
    assert_int_not_equal(again->deliver->tag, tag); /* unique on this link */
}

/* A node that has lost its disk puts back all letters until it was given its cases: those come in the bulk lane (4.6). */
static void what_is_put_back_holds_up_no_other_lane(void **state)
{
    struct driver *d = *state;
    static struct made letters[FLIGHTS_MAX];
    struct sample of = driver_sample(d, "XA/poc", "XB/poc", 1);
    struct made page;
    accept(d, of, letters, FLIGHTS_MAX);
    link_id recipient = driver_link(d, "XB/poc");
    size_t mark = d->heard_count;
    for (size_t i = 0; i < FLIGHTS_MAX; i++) {
        driver_credit(d, recipient, LANE_ROUTINE, 1);
        driver_settle_down(d);
        put_back(d, recipient, driver_heard(d, mark, recipient, DELIVER, i)->deliver->tag, 60000);
    }
    of.lane = LANE_BULK;
    of.kind = KIND_CONTROL;
    accept(d, of, &page, 1);
    mark = d->heard_count;
    driver_credit(d, recipient, LANE_BULK, 1);
    driver_settle_down(d);
    assert_true(delivers(driver_heard(d, mark, recipient, DELIVER, 0), &page));
}

static void asking_again_delivers_what_is_still_there(void **state)
{
    struct driver *d = *state;
    struct made made[4];
    accept(d, driver_sample(d, "XA/poc", "XB/poc", 1), made, 4);
    link_id recipient = driver_link(d, "XB/poc");
    driver_credit(d, recipient, LANE_ROUTINE, 12);
    driver_do(d, recipient, driver_receipt(d, RECEIPT_DELIVERED, "XB/poc", &made[2], 1, REASON_NONE, NULL));
    size_t mark = d->heard_count;
    Comity__AskAgain ask = COMITY__ASK_AGAIN__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    ask.from = (char *)(uintptr_t) "XA/poc";
    ask.lane = LANE_ROUTINE;
    ask.incarnation = 1;
    ask.first = 2;
    ask.last = UINT32_MAX;
    frame.body_case = COMITY__FRAME__BODY_ASK_AGAIN;
    frame.ask_again = &ask;
    driver_do(d, recipient, &frame);
    assert_int_equal(driver_heard_count(d, mark, recipient, DELIVER), 2);
    assert_true(delivers(driver_heard(d, mark, recipient, DELIVER, 0), &made[1]));
    assert_true(delivers(driver_heard(d, mark, recipient, DELIVER, 1), &made[3]));
}

/* --- settlement --- */

static void a_delivered_receipt_settles_and_reaches_the_sender(void **state)
{
    struct driver *d = *state;
    struct made made[3];
    struct digest digest;
    struct broker_figures figures;
    accept(d, driver_sample(d, "XA/poc", "XB/poc", 1), made, 3);
    link_id recipient = driver_link(d, "XB/poc");
    driver_credit(d, recipient, LANE_ROUTINE, 12);
    const Comity__Frame *receipt =
        driver_receipt(d, RECEIPT_DELIVERED, "XB/poc", made, 2, REASON_NONE, &digest);
    size_t mark = d->heard_count;
    d->wall.ms += 1234;
    driver_do(d, recipient, receipt);
    const Comity__Frame *settle = driver_heard(d, mark, recipient, SETTLE, 0);
    assert_memory_equal(settle->settle->digest[0].data, digest.bytes, 32);
    broker_figures(d->broker, &figures);
    assert_int_equal(figures.waiting_envelopes, 1);
    assert_int_equal(figures.waiting_bytes, made[2].envelope.size);
    assert_int_equal(figures.settled, 2);
    assert_int_equal(figures.receipts_owed, 1);

    driver_restart(d); /* it is owed on the disk */
    mark = d->heard_count;
    link_id sender = driver_link(d, "XA/poc");
    const Comity__Frame *forwarded = driver_heard(d, mark, sender, RECEIPT, 0);
    assert_true(bytes_equal(wire_bytes(forwarded->receipt->receipt), wire_bytes(receipt->receipt->receipt)));
    assert_int_equal(forwarded->receipt->accepted_ms, d->wall.ms);
    driver_tick(d, 0);
    assert_int_equal(driver_heard_count(d, mark, sender, RECEIPT), 1); /* once a link */

    sender = driver_link(d, "XA/poc");
    assert_int_equal(driver_heard_count(d, mark, sender, RECEIPT), 1); /* again until it is settled */
    driver_do(d, sender, driver_settle(d, &digest));
    broker_figures(d->broker, &figures);
    assert_int_equal(figures.receipts_owed, 0);
    mark = d->heard_count;
    sender = driver_link(d, "XA/poc");
    assert_int_equal(driver_heard_count(d, mark, sender, RECEIPT), 0);
}

static void a_repeated_receipt_is_settled_and_not_forwarded(void **state)
{
    struct driver *d = *state;
    struct digest digest;
    struct made made = accept_one(d, "XA/poc", "XB/poc");
    link_id sender = driver_link(d, "XA/poc");
    link_id recipient = driver_link(d, "XB/poc");
    size_t mark = d->heard_count;
    const Comity__Frame *receipt =
        driver_receipt(d, RECEIPT_REFUSED, "XB/poc", &made, 1, REASON_BODY, &digest);
    driver_do(d, recipient, receipt);
    driver_do(d, sender, driver_settle(d, &digest));
    driver_do(d, recipient, receipt);
    assert_int_equal(driver_heard_count(d, mark, recipient, SETTLE), 2);
    assert_int_equal(driver_heard_count(d, mark, sender, RECEIPT), 1);
    const Comity__Frame *opened = driver_receipt(d, RECEIPT_OPENED, "XB/poc", &made, 1, REASON_NONE, NULL);
    driver_do(d, recipient, opened); /* another kind is news */
    assert_int_equal(driver_heard_count(d, mark, sender, RECEIPT), 2);
    assert_int_equal(driver_heard_count(d, mark, recipient, SETTLE), 3);
}

static void opened_settles_nothing(void **state)
{
    struct driver *d = *state;
    struct broker_figures figures;
    struct made made = accept_one(d, "XA/poc", "XB/poc");
    link_id recipient = driver_link(d, "XB/poc");
    driver_do(d, recipient, driver_receipt(d, RECEIPT_OPENED, "XB/poc", &made, 1, REASON_NONE, NULL));
    broker_figures(d->broker, &figures);
    assert_int_equal(figures.waiting_envelopes, 1);
    assert_int_equal(figures.receipts_owed, 1);
}

/* As after a restore of the broker: nobody says OPENED again, so it is kept for its sender, though not without bound. */
static void an_opening_of_something_unknown_is_passed_on_and_then_forgotten(void **state)
{
    struct driver *d = *state;
    struct broker_figures figures;
    struct digest digest;
    struct made made = driver_make(d, driver_sample(d, "XA/poc", "XB/poc", 1)); /* never submitted */
    link_id recipient = driver_link(d, "XB/poc");
    const Comity__Frame *opened = driver_receipt(d, RECEIPT_OPENED, "XB/poc", &made, 1, REASON_NONE, &digest);
    size_t mark = d->heard_count;
    driver_do(d, recipient, opened);
    driver_do(d, recipient, opened); /* once more: it is there already */
    assert_int_equal(driver_heard_count(d, mark, recipient, SETTLE), 2);
    driver_restart(d);
    mark = d->heard_count;
    link_id sender = driver_link(d, "XA/poc");
    assert_int_equal(driver_heard_count(d, mark, sender, RECEIPT), 1);
    driver_do(d, sender, driver_settle(d, &digest));
    broker_figures(d->broker, &figures);
    assert_int_equal(figures.receipts_owed, 0);
    recipient = driver_link(d, "XB/poc");
    for (uint32_t i = 0; i <= LOOSE_RECEIPTS_MAX; i++) {
        made = driver_make(d, driver_sample(d, "XA/poc", "XB/poc", i + 2));
        mark = d->heard_count;
        driver_do(d, recipient, driver_receipt(d, RECEIPT_OPENED, "XB/poc", &made, 1, REASON_NONE, NULL));
        bool room = i < LOOSE_RECEIPTS_MAX;
        assert_int_equal(driver_heard_count(d, mark, recipient, SETTLE), room ? 1 : 0);
        assert_int_equal(driver_heard_count(d, mark, recipient, COMITY__FRAME__BODY_REJECTED), room ? 0 : 1);
    }
}

/* A receipt about so many envelopes that were never submitted. */
static const Comity__Frame *loose(struct driver *d, const struct made *like, size_t items)
{
    static struct made named[RECEIPT_ITEMS_MAX];
    for (size_t i = 0; i < items; i++) {
        named[i] = *like;
    }
    return driver_receipt(d, RECEIPT_OPENED, "XB/poc", named, items, REASON_NONE, NULL);
}

static bool taken(struct driver *d, link_id link, const Comity__Frame *receipt)
{
    size_t mark = d->heard_count;
    driver_do(d, link, receipt);
    return driver_heard_count(d, mark, link, SETTLE) == 1;
}

static size_t size_of(const Comity__Frame *receipt)
{
    return receipt->receipt->receipt.len;
}

/* However many parties they are for: one receipt may be large. */
static void openings_of_something_unknown_have_so_many_bytes_of_a_party(void **state)
{
    struct driver *d = *state;
    const struct made to_a = driver_make(d, driver_sample(d, "XA/poc", "XB/poc", 1));
    const struct made to_c = driver_make(d, driver_sample(d, "XC/poc", "XB/poc", 1));
    link_id giver = driver_link(d, "XB/poc");
    const size_t full = size_of(loose(d, &to_a, RECEIPT_ITEMS_MAX));
    size_t left = LOOSE_BYTES_MAX;
    for (size_t i = 0; left >= full; i++, left -= full) {
        d->wall.ms++; /* another receipt */
        assert_true(taken(d, giver, loose(d, i % 2 == 0 ? &to_a : &to_c, RECEIPT_ITEMS_MAX)));
    }
    size_t items = 1;
    while (size_of(loose(d, &to_a, items + 1)) <= left) {
        items++;
    }
    assert_false(taken(d, giver, loose(d, &to_a, items + 1)));
    const Comity__Frame *last = loose(d, &to_a, items);
    assert_true(taken(d, giver, last));
    assert_false(taken(d, giver, loose(d, &to_c, 1)));
    assert_true(taken(d, giver, last)); /* it is there already */
}

static void only_the_recipient_settles_over_its_own_link(void **state)
{
    struct driver *d = *state;
    struct broker_figures figures;
    struct made made = accept_one(d, "XA/poc", "XB/poc");
    link_id thief = driver_link(d, "XC/poc");
    link_id sender = driver_link(d, "XA/poc");
    link_id recipient = driver_link(d, "XB/poc");
    const Comity__Frame *good = driver_receipt(d, RECEIPT_DELIVERED, "XB/poc", &made, 1, REASON_NONE, NULL);
    size_t mark = d->heard_count;
    driver_do(d, thief, good); /* the right receipt over the wrong link */
    driver_do(d, sender, good);
    driver_do(d, recipient,
              driver_receipt(d, RECEIPT_DELIVERED, "XC/poc", &made, 1, REASON_NONE, NULL)); /* signer */
    broker_figures(d->broker, &figures);
    assert_int_equal(figures.settled, 0);
    assert_int_equal(figures.waiting_envelopes, 1);
    assert_int_equal(figures.refused[REASON_FROM], 2);
    assert_int_equal(figures.refused[REASON_KEY], 1);
    assert_int_equal(driver_heard_count(d, mark, recipient, SETTLE), 0);
    driver_do(d, recipient, good);
    broker_figures(d->broker, &figures);
    assert_int_equal(figures.settled, 1);
}

/* The broker was restored: nobody is to say it for ever. Its sender submits it again, and then the receipt comes again, too. */
static void a_receipt_for_nothing_known_is_settled(void **state)
{
    struct driver *d = *state;
    struct broker_figures figures;
    struct digest digest;
    struct made made = driver_make(d, driver_sample(d, "XA/poc", "XB/poc", 9));
    const Comity__Frame *receipt =
        driver_receipt(d, RECEIPT_DELIVERED, "XB/poc", &made, 1, REASON_NONE, &digest);
    link_id sender = driver_link(d, "XA/poc");
    link_id recipient = driver_link(d, "XB/poc");
    size_t mark = d->heard_count;
    driver_do(d, recipient, receipt);
    const Comity__Frame *settle = driver_heard(d, mark, recipient, SETTLE, 0);
    assert_memory_equal(settle->settle->digest[0].data, digest.bytes, 32);
    assert_int_equal(driver_heard_count(d, mark, sender, RECEIPT), 0);
    driver_do(d, sender, driver_submit(d, 5, &made));
    driver_do(d, recipient, receipt);
    broker_figures(d->broker, &figures);
    assert_int_equal(figures.settled, 1);
    assert_int_equal(driver_heard_count(d, mark, sender, RECEIPT), 1);
}

/* A sender that was restored from a backup submits what was delivered long ago: it gets both answers again. */
static void a_restored_sender_learns_the_end_again(void **state)
{
    struct driver *d = *state;
    struct digest digest;
    struct made made = accept_one(d, "XA/poc", "XB/poc");
    link_id recipient = driver_link(d, "XB/poc");
    driver_do(d, recipient, driver_receipt(d, RECEIPT_DELIVERED, "XB/poc", &made, 1, REASON_NONE, &digest));
    link_id sender = driver_link(d, "XA/poc");
    driver_do(d, sender, driver_settle(d, &digest));
    size_t mark = d->heard_count;
    driver_do(d, sender, driver_submit(d, 5, &made));
    assert_int_equal(driver_heard_count(d, mark, sender, ACCEPTED), 1);
    assert_int_equal(driver_heard_count(d, mark, sender, RECEIPT), 1);
}

/* --- expiry --- */

static void what_expires_reaches_both_sides(void **state)
{
    struct driver *d = *state;
    struct broker_figures figures;
    struct made made = accept_one(d, "XA/poc", "XB/poc");
    link_id sender = driver_link(d, "XA/poc");
    size_t mark = d->heard_count;
    assert_true(broker_deadline(d->broker).ms <= d->mono.ms + MS_PER_MINUTE);
    driver_tick(d, MS_PER_DAY - 1);
    assert_int_equal(driver_heard_count(d, mark, sender, RECEIPT), 0);
    sender = driver_link(d, "XA/poc"); /* the old one fell silent */
    mark = d->heard_count;
    driver_tick(d, 1);
    const Comity__Frame *told = driver_heard(d, mark, sender, RECEIPT, 0);
    struct digest digest;
    const Comity__Receipt *expired = driver_read_receipt(d, told->receipt->receipt, &digest);
    assert_int_equal(expired->kind, RECEIPT_EXPIRED);
    assert_memory_equal(expired->item[0]->id.data, made.id.digest.bytes, 32);

    driver_restart(d);
    link_id recipient = driver_link(d, "XB/poc");
    mark = d->heard_count;
    driver_credit(d, recipient, LANE_ROUTINE, 1);
    const Comity__Frame *frame = driver_heard(d, mark, recipient, DELIVER, 0);
    struct envelope stub;
    assert_non_null(frame->deliver->stub);
    assert_int_equal(stub_read(frame->deliver->stub, &d->options.network, d->arena, &stub), REASON_NONE);
    assert_memory_equal(stub.id.digest.bytes, made.id.digest.bytes, 32);
    assert_int_equal(proof_verify(NULL, stub.proof, &stub.id.digest, &stub.from_key), PROOF_OK);
    assert_true(bytes_equal(wire_bytes(frame->deliver->stub->expired), wire_bytes(told->receipt->receipt)));
    link_id other = driver_link(d, "XC/poc");
    driver_do(d, other, driver_settle(d, &made.id.digest)); /* not its own */
    broker_figures(d->broker, &figures);
    assert_int_equal(figures.waiting_envelopes, 1); /* a stub uses room, too */
    driver_do(d, recipient, driver_settle(d, &made.id.digest));
    broker_figures(d->broker, &figures);
    assert_int_equal(figures.waiting_envelopes, 0);
    assert_int_equal(figures.waiting_bytes, 0);
    assert_int_equal(figures.receipts_owed, 1); /* the sender's, not settled */
    driver_tick(d, MS_PER_DAY);
    broker_figures(d->broker, &figures);
    assert_int_equal(figures.expired, 0); /* of this process: nothing expires twice */
}

static void what_expires_in_flight_follows_as_a_stub(void **state)
{
    struct driver *d = *state;
    struct sample of = driver_sample(d, "XA/poc", "XB/poc", 1);
    struct made made;
    of.expires_ms = of.created_ms + LIFE_MS_MIN;
    accept(d, of, &made, 1);
    driver_tick(d, LIFE_MS_MIN - 1000);
    link_id recipient = driver_link(d, "XB/poc");
    size_t mark = d->heard_count;
    driver_credit(d, recipient, LANE_ROUTINE, 2);
    assert_true(delivers(driver_heard(d, mark, recipient, DELIVER, 0), &made));
    driver_tick(d, 1000);
    assert_non_null(driver_heard(d, mark, recipient, DELIVER, 1)->deliver->stub);
    link_id sender = driver_link(d, "XA/poc"); /* EXPIRED */
    driver_do(d, recipient, driver_receipt(d, RECEIPT_DELIVERED, "XB/poc", &made, 1, REASON_NONE, NULL));
    assert_int_equal(driver_heard_count(d, mark, sender, RECEIPT), 2); /* it crossed: the sender has both */
}

/* Its sender heard EXPIRED and never ACCEPTED, whose time counts once DELIVERED follows (protocol.md 4.4). */
static void what_expired_and_comes_again_is_answered_as_before(void **state)
{
    struct driver *d = *state;
    struct digest digest;
    struct made made = driver_make(d, driver_sample(d, "XA/poc", "XB/poc", 1));
    link_id sender = driver_link(d, "XA/poc");
    size_t mark = d->heard_count;
    driver_do(d, sender, driver_submit(d, 1, &made));
    const Comity__Frame *accepted = driver_heard(d, mark, sender, ACCEPTED, 0);
    driver_tick(d, MS_PER_DAY);
    driver_restart(d);
    sender = driver_link(d, "XA/poc");
    mark = d->heard_count;
    driver_do(d, sender, driver_submit(d, 1, &made));
    const Comity__Frame *again = driver_heard(d, mark, sender, ACCEPTED, 0);
    assert_non_null(again);
    assert_true(bytes_equal(wire_bytes(again->accepted->receipt), wire_bytes(accepted->accepted->receipt)));
    const Comity__Frame *told = driver_heard(d, 0, sender, RECEIPT, 0);
    assert_int_equal(driver_read_receipt(d, told->receipt->receipt, &digest)->kind, RECEIPT_EXPIRED);
    driver_do(d, sender, driver_settle(d, &digest));
    mark = d->heard_count;
    driver_do(d, sender, driver_submit(d, 2, &made));
    assert_non_null(driver_heard(d, mark, sender, ACCEPTED, 0));
    assert_int_equal(driver_heard_count(d, mark, sender, RECEIPT), 1); /* and again when asked */
}

static void many_that_expire_take_several_turns(void **state)
{
    struct driver *d = *state;
    static struct made made[EXPIRY_BATCH + 10];
    struct broker_figures figures;
    accept(d, driver_sample(d, "XA/poc", "XB/poc", 1), made, EXPIRY_BATCH + 10);
    driver_tick(d, MS_PER_DAY);
    broker_figures(d->broker, &figures);
    assert_int_equal(figures.expired, EXPIRY_BATCH);
    assert_true(broker_deadline(d->broker).ms <= d->mono.ms);
    driver_settle_down(d);
    broker_figures(d->broker, &figures);
    assert_int_equal(figures.expired, EXPIRY_BATCH + 10);
}

/* --- rot --- */

/* A bit that turned where the page's checksum does not see it: in memory, before the page was written. */
static void flip_before_writing(struct driver *d, uint64_t offset)
{
    static uint8_t page[16384];
    struct disk_handle handle;
    uint64_t start = offset - offset % sizeof page;
    assert_true(disk_flip_bit(d->disk, DRIVER_STORE, offset, 3));
    assert_int_equal(disk_open(d->disk, DRIVER_STORE, false, false, &handle), DISK_OK);
    assert_int_equal(disk_read(&handle, page, sizeof page, start), DISK_OK);
    checksum_vfs_seal(page, sizeof page, (uint32_t)(start / sizeof page) + 1);
    assert_int_equal(disk_write(&handle, bytes_of(page, sizeof page), start), DISK_OK);
    assert_int_equal(disk_sync(&handle), DISK_OK);
    disk_close(&handle);
}

/* Turns a bit of the body of the only envelope in the spool, behind the broker's back. */
static void rot(struct driver *d, uint8_t noise)
{
    assert_int_equal(broker_between_turns(d->broker, true), DOOR_OK);
    broker_close(d->broker);
    struct bytes file = disk_file(d->disk, DRIVER_STORE);
    size_t run = 0;
    size_t i = 0;
    for (; i < file.size && run < 1000; i++) {
        run = file.data[i] == noise ? run + 1 : 0;
    }
    assert_true(run == 1000);
    flip_before_writing(d, i - 500);
    struct error error = {.text = ""};
    assert_int_equal(broker_open(&d->broker, &d->options, &error), DOOR_OK);
}

static void what_rotted_is_never_delivered_and_is_repaired(void **state)
{
    struct driver *d = *state;
    struct made made;
    struct sample of = driver_sample(d, "XA/poc", "XB/poc", 1);
    of.noise = 0x5a;
    accept(d, of, &made, 1);
    rot(d, 0x5a);
    link_id sender = driver_link(d, "XA/poc");
    link_id recipient = driver_link(d, "XB/poc");
    size_t mark = d->heard_count;
    driver_credit(d, recipient, LANE_ROUTINE, 2);
    assert_int_equal(driver_heard_count(d, mark, recipient, DELIVER), 0);
    const Comity__Frame *asked = driver_heard(d, mark, sender, REJECTED, 0); /* the sender is asked at once */
    assert_memory_equal(asked->rejected->id.data, made.id.digest.bytes, 32);
    assert_true(asked->rejected->temporary);
    driver_restart(d);
    mark = d->heard_count;
    sender = driver_link(d, "XA/poc"); /* and whenever it comes back */
    assert_int_equal(driver_heard_count(d, mark, sender, REJECTED), 1);
    recipient = driver_link(d, "XB/poc");
    driver_credit(d, recipient, LANE_ROUTINE, 2);
    driver_do(d, sender, driver_submit(d, 3, &made));
    assert_int_equal(driver_heard_count(d, mark, sender, ACCEPTED), 1);
    assert_true(delivers(driver_heard(d, mark, recipient, DELIVER, 0), &made));
    mark = d->heard_count;
    sender = driver_link(d, "XA/poc");
    assert_int_equal(driver_heard_count(d, mark, sender, REJECTED), 0);
}

/* Each body of that noise is damaged in one place; pages that are no longer in use may hold some of them once more. */
static size_t rot_all(struct driver *d, uint8_t noise)
{
    assert_int_equal(broker_between_turns(d->broker, true), DOOR_OK);
    broker_close(d->broker);
    struct bytes file = disk_file(d->disk, DRIVER_STORE);
    size_t count = 0;
    size_t run = 0;
    for (size_t i = 0; i < file.size; i++) {
        run = file.data[i] == noise ? run + 1 : 0;
        if (run == 4000) {
            flip_before_writing(d, i - 500);
            file = disk_file(d->disk, DRIVER_STORE);
            count++;
        }
    }
    struct error error = {.text = ""};
    assert_int_equal(broker_open(&d->broker, &d->options, &error), DOOR_OK);
    return count;
}

/* However much is damaged, its sender is asked for a bounded number at a time, and in the end for all of it, once each. */
static void much_that_rotted_is_asked_for_piece_by_piece(void **state)
{
    struct driver *d = *state;
    enum { COUNT = 3 * ROTTEN_ASKED_MAX };
    static struct made made[COUNT];
    struct sample of = driver_sample(d, "XA/poc", "XB/poc", 1);
    size_t repaired = 0;
    of.noise = 0x5a;
    accept(d, of, made, COUNT);
    assert_true(rot_all(d, 0x5a) >= COUNT);
    link_id sender = driver_link(d, "XA/poc");
    link_id recipient = driver_link(d, "XB/poc");
    size_t mark = d->heard_count;
    driver_credit(d, recipient, LANE_ROUTINE, CREDIT_MAX);
    driver_settle_down(d);
    assert_int_equal(driver_heard_count(d, mark, recipient, DELIVER), 0);
    assert_int_equal(driver_heard_count(d, mark, sender, REJECTED), ROTTEN_ASKED_MAX);
    for (; repaired < driver_heard_count(d, mark, sender, REJECTED); repaired++) {
        const Comity__Rejected *asked = driver_heard(d, mark, sender, REJECTED, repaired)->rejected;
        size_t i = 0;
        while (i < COUNT && memcmp(made[i].id.digest.bytes, asked->id.data, 32) != 0) {
            i++;
        }
        assert_in_range(i, 0, COUNT - 1);
        assert_in_range(repaired, 0, COUNT - 1);
        driver_do(d, sender, driver_submit(d, 1000 + repaired, &made[i]));
    }
    assert_int_equal(repaired, COUNT);
    driver_settle_down(d);
    assert_int_equal(driver_heard_count(d, mark, recipient, DELIVER), CREDIT_MAX);
}

/* Arrival numbers begin anew behind the last one that waits: what a dropped envelope left must not cling to the next. */
static void number_of_a_dropped_rotten_envelope_is_free(void **state)
{
    struct driver *d = *state;
    struct made made;
    struct sample of = driver_sample(d, "XA/poc", "XB/poc", 1);
    of.noise = 0x5a;
    accept(d, of, &made, 1);
    rot(d, 0x5a);
    link_id recipient = driver_link(d, "XB/poc");
    driver_credit(d, recipient, LANE_ROUTINE, 2);
    driver_tick(d, MS_PER_DAY);
    driver_restart(d);
    (void)accept_one(d, "XA/poc", "XC/poc");
    size_t mark = d->heard_count;
    link_id sender = driver_link(d, "XA/poc");
    assert_int_equal(driver_heard_count(d, mark, sender, REJECTED), 0);
}

static void what_rotted_and_expires_is_told_by_receipt(void **state)
{
    struct driver *d = *state;
    struct made made;
    struct broker_figures figures;
    struct sample of = driver_sample(d, "XA/poc", "XB/poc", 1);
    of.noise = 0x5a;
    accept(d, of, &made, 1);
    rot(d, 0x5a);
    link_id recipient = driver_link(d, "XB/poc");
    driver_credit(d, recipient, LANE_ROUTINE, 2);
    driver_tick(d, MS_PER_DAY);
    recipient = driver_link(d, "XB/poc");
    size_t mark = 0;
    assert_int_equal(driver_heard_count(d, mark, recipient, RECEIPT), 1);
    assert_int_equal(driver_heard_count(d, mark, recipient, DELIVER), 0);
    broker_figures(d->broker, &figures);
    assert_int_equal(figures.waiting_envelopes, 0);
    assert_int_equal(figures.waiting_bytes, 0);
}

/* --- status --- */

static const Comity__StatusFrame *status_of(struct driver *d, link_id link, const struct made *made)
{
    Comity__StatusFrame ask = COMITY__STATUS_FRAME__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    size_t mark = d->heard_count;
    ask.ask = wire_binary(digest_bytes(&made->id.digest));
    frame.body_case = STATUS;
    frame.status = &ask;
    driver_do(d, link, &frame);
    return driver_heard(d, mark, link, STATUS, 0)->status;
}

static void status_tells_the_two_sides_only(void **state)
{
    struct driver *d = *state;
    struct made made[2];
    accept(d, driver_sample(d, "XA/poc", "XB/poc", 1), made, 2);
    link_id sender = driver_link(d, "XA/poc");
    link_id other = driver_link(d, "XC/poc");
    const Comity__StatusFrame *status = status_of(d, sender, &made[1]);
    assert_int_equal(status->state, 1);
    assert_int_equal(status->before, 1);
    assert_false(status->recipient_here);
    assert_int_equal(status->accepted_ms, d->wall.ms);
    assert_int_equal(status_of(d, other, &made[1])->state, 5);
    link_id recipient = driver_link(d, "XB/poc");
    driver_credit(d, recipient, LANE_ROUTINE, 2);
    status = status_of(d, sender, &made[1]);
    assert_int_equal(status->state, 2);
    assert_true(status->recipient_here);
    assert_int_equal(status_of(d, recipient, &made[0])->state, 2);
}

static void heads_tell_what_the_broker_knows(void **state)
{
    struct driver *d = *state;
    static struct made made[70];
    struct sample of = driver_sample(d, "XA/poc", "XB/poc", 1);
    for (uint32_t i = 0; i < 70; i++) {
        of.incarnation = i + 1;
        accept(d, of, &made[i], 1);
    }
    size_t mark = d->heard_count;
    link_id sender = driver_link(d, "XA/poc");
    assert_int_equal(driver_heard_count(d, mark, sender, HEADS), 2);
    const Comity__Heads *first = driver_heard(d, mark, sender, HEADS, 0)->heads;
    const Comity__Heads *second = driver_heard(d, mark, sender, HEADS, 1)->heads;
    assert_int_equal(first->n_head, 64);
    assert_false(first->last);
    assert_int_equal(second->n_head, 6);
    assert_true(second->last);
    assert_memory_equal(second->head[5]->id.data, made[69].id.digest.bytes, 32);
    assert_int_equal(second->head[5]->incarnation, 70);
    mark = d->heard_count;
    link_id other = driver_link(d, "XB/poc");
    const Comity__Heads *none = driver_heard(d, mark, other, HEADS, 0)->heads;
    assert_int_equal(none->n_head, 0);
    assert_true(none->last);
}

/* The only head that is told to a party from another one; NULL: none. */
static const Comity__PeerHead *head_from(struct driver *d, const char *party, const char *from)
{
    size_t mark = d->heard_count;
    link_id link = driver_link(d, party);
    const Comity__PeerHead *found = NULL;
    const Comity__Frame *frame;
    for (size_t n = 0; (frame = driver_heard(d, mark, link, HEADS, n)) != NULL; n++) {
        for (size_t i = 0; i < frame->heads->n_head; i++) {
            if (strcmp(frame->heads->head[i]->from, from) == 0) {
                assert_null(found);
                assert_string_equal(frame->heads->head[i]->to, "");
                found = frame->heads->head[i];
            }
        }
    }
    return found;
}

/* Not the highest number but the last one in time: a disk that forgets, forgets from some moment on. */
static void heads_tell_what_the_recipient_answered_last(void **state)
{
    struct driver *d = *state;
    struct made made[3];
    accept(d, driver_sample(d, "XA/poc", "XB/poc", 1), made, 3);
    assert_null(head_from(d, "XB/poc", "XA/poc"));
    link_id recipient = driver_link(d, "XB/poc");
    const Comity__Frame *third =
        driver_receipt(d, RECEIPT_DELIVERED, "XB/poc", &made[2], 1, REASON_NONE, NULL);
    driver_do(d, recipient, third);
    assert_int_equal(head_from(d, "XB/poc", "XA/poc")->seq, 3);
    recipient = driver_link(d, "XB/poc");
    driver_do(d, recipient, driver_receipt(d, RECEIPT_REFUSED, "XB/poc", &made[0], 1, REASON_SLOT, NULL));
    driver_do(d, recipient, driver_receipt(d, RECEIPT_OPENED, "XB/poc", &made[2], 1, REASON_NONE, NULL));
    driver_do(d, recipient, third); /* again: answered before */
    const Comity__PeerHead *head = head_from(d, "XB/poc", "XA/poc");
    assert_int_equal(head->seq, 1);
    assert_int_equal(head->lane, LANE_ROUTINE);
    assert_int_equal(head->incarnation, 1);
    assert_memory_equal(head->id.data, made[0].id.digest.bytes, 32);

    struct sample of = driver_sample(d, "XA/poc", "XB/poc", 1);
    of.incarnation = 2;
    struct made later;
    accept(d, of, &later, 1);
    recipient = driver_link(d, "XB/poc");
    driver_do(d, recipient, driver_receipt(d, RECEIPT_DELIVERED, "XB/poc", &later, 1, REASON_NONE, NULL));
    assert_int_equal(head_from(d, "XB/poc", "XA/poc")->incarnation, 2);
    assert_null(head_from(d, "XA/poc", "XB/poc"));
}

/* One receipt may speak of several chains: each has its last one. */
static void heads_tell_of_each_chain_of_a_receipt(void **state)
{
    struct driver *d = *state;
    struct made made[4];
    struct sample of = driver_sample(d, "XA/poc", "XB/poc", 1);
    accept(d, of, made, 2);
    of.lane = LANE_URGENT;
    accept(d, of, &made[2], 1);
    of.lane = LANE_BULK;
    accept(d, of, &made[3], 1);
    struct made mixed[] = {made[0], made[2], made[1], made[3]};
    link_id recipient = driver_link(d, "XB/poc");
    driver_do(d, recipient, driver_receipt(d, RECEIPT_DELIVERED, "XB/poc", mixed, 4, REASON_NONE, NULL));
    size_t mark = d->heard_count;
    const Comity__Heads *heads = driver_heard(d, mark, driver_link(d, "XB/poc"), HEADS, 0)->heads;
    assert_int_equal(heads->n_head, 3);
    for (size_t i = 0; i < heads->n_head; i++) {
        assert_int_equal(heads->head[i]->seq, heads->head[i]->lane == LANE_ROUTINE ? 2 : 1);
    }
}

static const Comity__PeerHead *own_head(struct driver *d, const char *party)
{
    size_t mark = d->heard_count;
    const Comity__Heads *heads = driver_heard(d, mark, driver_link(d, party), HEADS, 0)->heads;
    assert_int_equal(heads->n_head, 1);
    return heads->head[0];
}

static void heads_tell_whose_end_was_settled_last(void **state)
{
    struct driver *d = *state;
    struct made made[3];
    struct digest digest, opened;
    accept(d, driver_sample(d, "XA/poc", "XB/poc", 1), made, 3);
    link_id recipient = driver_link(d, "XB/poc");
    driver_do(d, recipient,
              driver_receipt(d, RECEIPT_DELIVERED, "XB/poc", &made[0], 2, REASON_NONE, &digest));
    driver_do(d, recipient, driver_receipt(d, RECEIPT_OPENED, "XB/poc", &made[2], 1, REASON_NONE, &opened));
    assert_int_equal(own_head(d, "XA/poc")->ended, 0); /* forwarded, and not settled */
    link_id sender = driver_link(d, "XA/poc");
    driver_do(d, sender, driver_settle(d, &digest));
    driver_do(d, sender, driver_settle(d, &opened)); /* being read is no end */
    const Comity__PeerHead *head = own_head(d, "XA/poc");
    assert_int_equal(head->seq, 3);
    assert_int_equal(head->ended, 2);
    assert_string_equal(head->to, "XB/poc");
    assert_string_equal(head->from, "");
}

/* The sender would take it for a loss of its own disk. */
static void heads_tell_no_end_that_a_recipient_invents(void **state)
{
    struct driver *d = *state;
    struct made made[3], never;
    struct digest digest;
    accept(d, driver_sample(d, "XA/poc", "XB/poc", 1), made, 3);
    never = driver_make(d, driver_sample(d, "XA/poc", "XB/poc", 4));
    struct made named[] = {made[0], made[1], made[2], never};
    named[2].id.digest.bytes[0] ^= 1; /* the number is still open */
    link_id recipient = driver_link(d, "XB/poc");
    driver_do(d, recipient, driver_receipt(d, RECEIPT_DELIVERED, "XB/poc", named, 4, REASON_NONE, &digest));
    link_id sender = driver_link(d, "XA/poc");
    driver_do(d, sender, driver_settle(d, &digest));
    assert_int_equal(own_head(d, "XA/poc")->ended, 2);
}

/* 64 heads fill a frame; of both kinds together, too. */
static void heads_of_both_kinds_share_their_frames(void **state)
{
    struct driver *d = *state;
    static struct made made[64];
    struct sample of = driver_sample(d, "XA/poc", "XB/poc", 1);
    struct made back[1];
    for (uint32_t i = 0; i < 63; i++) {
        of.incarnation = i + 1;
        accept(d, of, &made[i], 1);
    }
    accept(d, driver_sample(d, "XB/poc", "XA/poc", 1), back, 1);
    link_id sender = driver_link(d, "XA/poc");
    driver_do(d, sender, driver_receipt(d, RECEIPT_DELIVERED, "XA/poc", back, 1, REASON_NONE, NULL));
    for (uint32_t own = 63; own <= 65; own++) {
        size_t mark = d->heard_count;
        sender = driver_link(d, "XA/poc");
        const Comity__Heads *first = driver_heard(d, mark, sender, HEADS, 0)->heads;
        const Comity__Heads *second = driver_heard(d, mark, sender, HEADS, 1)->heads;
        assert_int_equal(driver_heard_count(d, mark, sender, HEADS), 2);
        assert_int_equal(first->n_head, 64);
        assert_int_equal(first->n_head + second->n_head, own + 1);
        assert_false(first->last);
        assert_true(second->last);
        const Comity__PeerHead *last = own == 63 ? first->head[63] : second->head[own - 64];
        assert_string_equal(last->from, "XB/poc");
        of.incarnation = own + 1;
        accept(d, of, &made[0], 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        T(what_was_accepted_is_delivered_byte_for_byte),
        T(credit_is_never_exceeded),
        T(credit_adds_to_what_is_left),
        T(credit_is_capped),
        T(urgent_goes_before_routine_with_500_waiting),
        T(a_turn_says_so_much_and_goes_on_at_once),
        T(the_numbers_of_a_chain_keep_their_order),
        T(a_new_link_gets_everything_unanswered_again),
        T(a_link_goes_on_after_its_spool_was_empty),
        T(a_temporary_rejection_is_tried_again_later),
        T(what_is_put_back_holds_up_no_other_lane),
        T(asking_again_delivers_what_is_still_there),
        T(a_delivered_receipt_settles_and_reaches_the_sender),
        T(a_repeated_receipt_is_settled_and_not_forwarded),
        T(opened_settles_nothing),
        T(an_opening_of_something_unknown_is_passed_on_and_then_forgotten),
        T(openings_of_something_unknown_have_so_many_bytes_of_a_party),
        T(only_the_recipient_settles_over_its_own_link),
        T(a_receipt_for_nothing_known_is_settled),
        T(a_restored_sender_learns_the_end_again),
        T(what_expires_reaches_both_sides),
        T(what_expires_in_flight_follows_as_a_stub),
        T(what_expired_and_comes_again_is_answered_as_before),
        T(many_that_expire_take_several_turns),
        T(what_rotted_is_never_delivered_and_is_repaired),
        T(much_that_rotted_is_asked_for_piece_by_piece),
        T(number_of_a_dropped_rotten_envelope_is_free),
        T(what_rotted_and_expires_is_told_by_receipt),
        T(status_tells_the_two_sides_only),
        T(heads_tell_what_the_broker_knows),
        T(heads_tell_what_the_recipient_answered_last),
        T(heads_tell_of_each_chain_of_a_receipt),
        T(heads_tell_whose_end_was_settled_last),
        T(heads_tell_no_end_that_a_recipient_invents),
        T(heads_of_both_kinds_share_their_frames),
    };
    return cmocka_run_group_tests_name("broker_deliver", tests, NULL, NULL);
}
