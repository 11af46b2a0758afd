/* SPDX-License-Identifier: Apache-2.0 */
/* Delivery: lanes, credit, order, retries; expiry; rot. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/store_checksum_vfs.h"
#include "broker/broker_private.h"
#include "tests/support/broker_driver.h"

#define ACCEPTED COMITY__FRAME__BODY_ACCEPTED
#define DELIVER  COMITY__FRAME__BODY_DELIVER
#define RECEIPT  COMITY__FRAME__BODY_RECEIPT
#define REJECTED COMITY__FRAME__BODY_REJECTED

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
    struct made made = driver_accept_one(d, "XA/poc", "XB/poc");
    const Comity__Frame *frame = driver_heard(d, mark, recipient, DELIVER, 0);
    assert_true(delivers(frame, &made));
    assert_int_equal(frame->deliver->accepted_ms, accepted_ms);
    assert_true(frame->deliver->tag != 0);
}

static void credit_is_never_exceeded(void **state)
{
    struct driver *d = *state;
    struct made made[20];
    driver_accept(d, driver_sample(d, "XA/poc", "XB/poc", 1), made, 20);
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
    driver_accept(d, driver_sample(d, "XA/poc", "XB/poc", 1), made, 8);
    driver_settle_down(d);
    assert_int_equal(driver_heard_count(d, mark, recipient, DELIVER), 5);
}

static void credit_is_capped(void **state)
{
    struct driver *d = *state;
    static struct made made[100];
    driver_accept(d, driver_sample(d, "XA/poc", "XB/poc", 1), made, 100);
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
    driver_accept(d, driver_sample(d, "XA/poc", "XB/poc", 1), routine, 500);
    struct sample of = driver_sample(d, "XA/poc", "XB/poc", 1);
    of.lane = LANE_BULK;
    struct made bulk;
    driver_accept(d, of, &bulk, 1);
    of.lane = LANE_URGENT;
    driver_accept(d, of, &urgent, 1);
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
        driver_accept(d, of, made, CREDIT_MAX);
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
    driver_accept(d, driver_sample(d, "XA/poc", "XB/poc", 1), made, 3);
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
    driver_accept(d, driver_sample(d, "XA/poc", "XB/poc", 1), &made, 1);
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
    struct made made = driver_accept_one(d, "XA/poc", "XB/poc");
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

/* Time passes; the link is heard all the while. */
static void pass_linked(struct driver *d, link_id link, uint64_t ms)
{
    Comity__Pong pong = COMITY__PONG__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    frame.body_case = COMITY__FRAME__BODY_PONG;
    frame.pong = &pong;
    for (; ms > SILENCE_MS / 2; ms -= SILENCE_MS / 2) {
        driver_tick(d, SILENCE_MS / 2);
        driver_do(d, link, &frame);
    }
    driver_tick(d, ms);
}

/* An answer may be lost on the way, or be none. */
static void what_stays_unanswered_is_delivered_again_on_the_same_link(void **state)
{
    struct driver *d = *state;
    struct made made = driver_accept_one(d, "XA/poc", "XB/poc");
    link_id recipient = driver_link(d, "XB/poc");
    size_t mark = d->heard_count;
    driver_credit(d, recipient, LANE_ROUTINE, 2);
    put_back(d, recipient, driver_heard(d, mark, recipient, DELIVER, 0)->deliver->tag + 77, 5000);
    pass_linked(d, recipient, ANSWER_MS - 1);
    assert_int_equal(driver_heard_count(d, mark, recipient, DELIVER), 1);
    driver_tick(d, 1);
    assert_true(delivers(driver_heard(d, mark, recipient, DELIVER, 1), &made));
    pass_linked(d, recipient, ANSWER_MS); /* no credit is left */
    assert_int_equal(driver_heard_count(d, mark, recipient, DELIVER), 2);
}

/* A node that has lost its disk puts back all letters until it was given its cases: those come in the bulk lane (4.6). */
static void what_is_put_back_holds_up_no_other_lane(void **state)
{
    struct driver *d = *state;
    static struct made letters[FLIGHTS_MAX];
    struct sample of = driver_sample(d, "XA/poc", "XB/poc", 1);
    struct made page;
    driver_accept(d, of, letters, FLIGHTS_MAX);
    link_id recipient = driver_link(d, "XB/poc");
    size_t mark = d->heard_count;
    for (size_t i = 0; i < FLIGHTS_MAX; i++) {
        driver_credit(d, recipient, LANE_ROUTINE, 1);
        driver_settle_down(d);
        put_back(d, recipient, driver_heard(d, mark, recipient, DELIVER, i)->deliver->tag, 60000);
    }
    of.lane = LANE_BULK;
    of.kind = KIND_CONTROL;
    driver_accept(d, of, &page, 1);
    mark = d->heard_count;
    driver_credit(d, recipient, LANE_BULK, 1);
    driver_settle_down(d);
    assert_true(delivers(driver_heard(d, mark, recipient, DELIVER, 0), &page));
}

static void asking_again_delivers_what_is_still_there(void **state)
{
    struct driver *d = *state;
    struct made made[4];
    driver_accept(d, driver_sample(d, "XA/poc", "XB/poc", 1), made, 4);
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

/* --- expiry --- */

static void what_expires_reaches_both_sides(void **state)
{
    struct driver *d = *state;
    struct broker_figures figures;
    struct made made = driver_accept_one(d, "XA/poc", "XB/poc");
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
    driver_accept(d, of, &made, 1);
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
    driver_accept(d, driver_sample(d, "XA/poc", "XB/poc", 1), made, EXPIRY_BATCH + 10);
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
    driver_accept(d, of, &made, 1);
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
    driver_accept(d, of, made, COUNT);
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
    driver_accept(d, of, &made, 1);
    rot(d, 0x5a);
    link_id recipient = driver_link(d, "XB/poc");
    driver_credit(d, recipient, LANE_ROUTINE, 2);
    driver_tick(d, MS_PER_DAY);
    driver_restart(d);
    (void)driver_accept_one(d, "XA/poc", "XC/poc");
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
    driver_accept(d, of, &made, 1);
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

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, driver_setup, driver_teardown)
    const struct CMUnitTest tests[] = {
        TEST(what_was_accepted_is_delivered_byte_for_byte),
        TEST(credit_is_never_exceeded),
        TEST(credit_adds_to_what_is_left),
        TEST(credit_is_capped),
        TEST(urgent_goes_before_routine_with_500_waiting),
        TEST(a_turn_says_so_much_and_goes_on_at_once),
        TEST(the_numbers_of_a_chain_keep_their_order),
        TEST(a_new_link_gets_everything_unanswered_again),
        TEST(a_link_goes_on_after_its_spool_was_empty),
        TEST(a_temporary_rejection_is_tried_again_later),
        TEST(what_stays_unanswered_is_delivered_again_on_the_same_link),
        TEST(what_is_put_back_holds_up_no_other_lane),
        TEST(asking_again_delivers_what_is_still_there),
        TEST(what_expires_reaches_both_sides),
        TEST(what_expires_in_flight_follows_as_a_stub),
        TEST(what_expired_and_comes_again_is_answered_as_before),
        TEST(many_that_expire_take_several_turns),
        TEST(what_rotted_is_never_delivered_and_is_repaired),
        TEST(much_that_rotted_is_asked_for_piece_by_piece),
        TEST(number_of_a_dropped_rotten_envelope_is_free),
        TEST(what_rotted_and_expires_is_told_by_receipt),
    };
    return cmocka_run_group_tests_name("broker_deliver", tests, NULL, NULL);
}
