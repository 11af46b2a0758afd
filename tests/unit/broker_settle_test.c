/* SPDX-License-Identifier: Apache-2.0 */
/* Receipts at the broker: who settles what, and how it reaches the sender. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "broker/broker_private.h"
#include "tests/support/broker_driver.h"

#define ACCEPTED COMITY__FRAME__BODY_ACCEPTED
#define RECEIPT  COMITY__FRAME__BODY_RECEIPT
#define SETTLE   COMITY__FRAME__BODY_SETTLE

static void a_delivered_receipt_settles_and_reaches_the_sender(void **state)
{
    struct driver *d = *state;
    struct made made[3];
    struct digest digest;
    struct broker_figures figures;
    driver_accept(d, driver_sample(d, "XA/poc", "XB/poc", 1), made, 3);
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
    struct made made = driver_accept_one(d, "XA/poc", "XB/poc");
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
    struct made made = driver_accept_one(d, "XA/poc", "XB/poc");
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

/* One receipt of two envelopes: what it says of the one is known for long, the other was lost with the disk. */
static void an_opening_of_something_known_and_something_unknown_is_passed_on(void **state)
{
    struct driver *d = *state;
    struct digest digest;
    struct made made[2];
    driver_accept(d, driver_sample(d, "XA/poc", "XB/poc", 1), made, 1);
    made[1] = driver_make(d, driver_sample(d, "XA/poc", "XB/poc", 2)); /* never submitted */
    link_id sender = driver_link(d, "XA/poc");
    link_id recipient = driver_link(d, "XB/poc");
    driver_do(d, recipient, driver_receipt(d, RECEIPT_OPENED, "XB/poc", made, 1, REASON_NONE, &digest));
    driver_do(d, sender, driver_settle(d, &digest));
    const Comity__Frame *both = driver_receipt(d, RECEIPT_OPENED, "XB/poc", made, 2, REASON_NONE, &digest);
    size_t mark = d->heard_count;
    driver_do(d, recipient, both);
    assert_int_equal(driver_heard_count(d, mark, recipient, SETTLE), 1);
    const Comity__Frame *passed_on = driver_heard(d, mark, sender, RECEIPT, 0);
    assert_true(bytes_equal(wire_bytes(passed_on->receipt->receipt), wire_bytes(both->receipt->receipt)));
    driver_do(d, sender, driver_settle(d, &digest));
    driver_restart(d);
    mark = d->heard_count;
    assert_int_equal(driver_heard_count(d, mark, driver_link(d, "XA/poc"), RECEIPT), 0);
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
    struct made made = driver_accept_one(d, "XA/poc", "XB/poc");
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

/* After a restore of the broker, too, which took a long time: the envelope is not taken again, and its sender would give it up. */
static void a_delivery_is_passed_on_though_its_envelope_is_refused_or_not_there(void **state)
{
    struct driver *d = *state;
    struct sample sample = driver_sample(d, "XA/poc", "XB/poc", 1);
    struct made made = driver_make(d, sample);
    link_id sender = driver_link(d, "XA/poc");
    link_id recipient = driver_link(d, "XB/poc");
    for (unsigned i = 0; i < 2; i++) {
        size_t mark = d->heard_count;
        struct digest digest;
        const Comity__Frame *receipt =
            driver_receipt(d, RECEIPT_DELIVERED, "XB/poc", &made, 1, REASON_NONE, &digest);
        driver_do(d, recipient, receipt);
        assert_int_equal(driver_heard_count(d, mark, recipient, SETTLE), 1);
        assert_int_equal(driver_heard_count(d, mark, sender, RECEIPT), 1);
        driver_do(d, sender, driver_settle(d, &digest));
        d->wall.ms += 40 * MS_PER_DAY;
        driver_do(d, sender, driver_submit(d, 5, &made));
    }
}

/* The broker was restored: nobody is to say it for ever. Its sender submits it again, and then the receipt comes again, too. */
static void a_refusal_of_something_unknown_is_settled(void **state)
{
    struct driver *d = *state;
    struct broker_figures figures;
    struct digest digest;
    struct made made = driver_make(d, driver_sample(d, "XA/poc", "XB/poc", 9));
    const Comity__Frame *receipt =
        driver_receipt(d, RECEIPT_REFUSED, "XB/poc", &made, 1, REASON_BODY, &digest);
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
    struct made made = driver_accept_one(d, "XA/poc", "XB/poc");
    link_id recipient = driver_link(d, "XB/poc");
    driver_do(d, recipient, driver_receipt(d, RECEIPT_DELIVERED, "XB/poc", &made, 1, REASON_NONE, &digest));
    link_id sender = driver_link(d, "XA/poc");
    driver_do(d, sender, driver_settle(d, &digest));
    size_t mark = d->heard_count;
    driver_do(d, sender, driver_submit(d, 5, &made));
    assert_int_equal(driver_heard_count(d, mark, sender, ACCEPTED), 1);
    assert_int_equal(driver_heard_count(d, mark, sender, RECEIPT), 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, driver_setup, driver_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_delivered_receipt_settles_and_reaches_the_sender),
        TEST(a_repeated_receipt_is_settled_and_not_forwarded),
        TEST(opened_settles_nothing),
        TEST(an_opening_of_something_unknown_is_passed_on_and_then_forgotten),
        TEST(an_opening_of_something_known_and_something_unknown_is_passed_on),
        TEST(openings_of_something_unknown_have_so_many_bytes_of_a_party),
        TEST(only_the_recipient_settles_over_its_own_link),
        TEST(a_delivery_is_passed_on_though_its_envelope_is_refused_or_not_there),
        TEST(a_refusal_of_something_unknown_is_settled),
        TEST(a_restored_sender_learns_the_end_again),
    };
    return cmocka_run_group_tests_name("broker_settle", tests, NULL, NULL);
}
