/* SPDX-License-Identifier: Apache-2.0 */
/* What the broker tells of what it knows: the heads at an opening, and the status of an envelope. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/broker_driver.h"

#define STATUS COMITY__FRAME__BODY_STATUS
#define HEADS  COMITY__FRAME__BODY_HEADS

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
    driver_accept(d, driver_sample(d, "XA/poc", "XB/poc", 1), made, 2);
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
        driver_accept(d, of, &made[i], 1);
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
    driver_accept(d, driver_sample(d, "XA/poc", "XB/poc", 1), made, 3);
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
    driver_accept(d, of, &later, 1);
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
    driver_accept(d, of, made, 2);
    of.lane = LANE_URGENT;
    driver_accept(d, of, &made[2], 1);
    of.lane = LANE_BULK;
    driver_accept(d, of, &made[3], 1);
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
    driver_accept(d, driver_sample(d, "XA/poc", "XB/poc", 1), made, 3);
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
    driver_accept(d, driver_sample(d, "XA/poc", "XB/poc", 1), made, 3);
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
        driver_accept(d, of, &made[i], 1);
    }
    driver_accept(d, driver_sample(d, "XB/poc", "XA/poc", 1), back, 1);
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
        driver_accept(d, of, &made[0], 1);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, driver_setup, driver_teardown)
    const struct CMUnitTest tests[] = {
        TEST(status_tells_the_two_sides_only),
        TEST(heads_tell_what_the_broker_knows),
        TEST(heads_tell_what_the_recipient_answered_last),
        TEST(heads_tell_of_each_chain_of_a_receipt),
        TEST(heads_tell_whose_end_was_settled_last),
        TEST(heads_tell_no_end_that_a_recipient_invents),
        TEST(heads_of_both_kinds_share_their_frames),
    };
    return cmocka_run_group_tests_name("broker_heads", tests, NULL, NULL);
}
