/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A disk that may be older than it was goes on with none of its chains: numbers that it and the broker have both forgotten are
 * not used again. The node is XB/poc.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/text.h"
#include "nodes/node_private.h"
#include "nodes/recall.h"
#include "tests/support/node_control.h"

static int setup(void **state)
{
    static unsigned number;
    char vfs[32];
    (void)snprintf(vfs, sizeof vfs, "incarnation%u", ++number);
    *state = rig_open(vfs);
    return 0;
}

static int teardown(void **state)
{
    rig_close(*state);
    return 0;
}

/* The chain of letters, as the broker knows it. */
struct told {
    uint32_t incarnation, seq;
    struct envelope_id id;
};

/* A new case; it is delivered. */
static struct told write_request(struct rig *rig)
{
    struct told told;
    (void)rig_write(rig, NULL, LETTER_REQUEST, NULL);
    for (size_t n = 0;; n++) {
        const Comity__Header *header = rig_submitted(rig, n, &told.id);
        assert_non_null(header);
        if (header->kind == KIND_LETTER) {
            told.incarnation = header->incarnation;
            told.seq = header->seq;
            rig_give_receipt(rig, RECEIPT_ACCEPTED, header, &told.id, REASON_NONE);
            rig_give_receipt(rig, RECEIPT_DELIVERED, header, &told.id, REASON_NONE);
            return told;
        }
    }
}

static void assert_next(struct rig *rig, uint32_t incarnation, uint32_t seq)
{
    struct told told = write_request(rig);
    assert_int_equal(told.incarnation, incarnation);
    assert_int_equal(told.seq, seq);
}

/* A new link, whose heads are one of a chain of XB/poc and one of XA/poc; NULL: none is told. */
static void link_until(struct rig *rig, const struct told *ours, const char *from, uint32_t seq, bool last)
{
    static const uint8_t unknown[32] = {9};
    Comity__PeerHead first = COMITY__PEER_HEAD__INIT;
    Comity__PeerHead second = COMITY__PEER_HEAD__INIT;
    Comity__PeerHead *list[2];
    Comity__Heads heads = COMITY__HEADS__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    rig_link_down(rig);
    rig->link.number++;
    rig_begin(rig);
    assert_int_equal(node_link_up(rig->node, rig->turn, rig->link), DOOR_OK);
    rig_end(rig);
    rig_welcome(rig, 1, 0);
    first.lane = second.lane = LANE_URGENT;
    first.incarnation = second.incarnation = 1;
    heads.head = list;
    heads.last = last;
    if (ours != NULL) {
        first.to = text_make(rig->arena, "XA/poc");
        first.incarnation = ours->incarnation;
        first.seq = ours->seq;
        first.id = wire_binary(digest_bytes(&ours->id.digest));
        list[heads.n_head++] = &first;
    }
    if (from != NULL) {
        second.from = text_make(rig->arena, from);
        second.seq = seq;
        second.id = wire_binary(bytes_of(unknown, sizeof unknown));
        list[heads.n_head++] = &second;
    }
    frame.body_case = COMITY__FRAME__BODY_HEADS;
    frame.heads = &heads;
    rig_say(rig, &frame);
}

static void link_again(struct rig *rig, const struct told *ours, const char *from, uint32_t seq)
{
    link_until(rig, ours, from, seq, true);
}

static struct told begin(struct rig *rig)
{
    rig_link(rig);
    rig_give_prekeys(rig, 1);
    return write_request(rig);
}

static void a_link_that_shows_nothing_ends_no_chain(void **state)
{
    struct rig *rig = *state;
    struct told told = begin(rig);
    link_again(rig, &told, NULL, 0);
    rig_restart(rig);
    link_again(rig, &told, NULL, 0);
    rig_give_prekeys(rig, 1);
    assert_next(rig, 1, 2);
}

/* What shows it is of another chain, even of another party: the broker may have lost what it knew of this one. */
static void a_loss_of_any_chain_ends_all(void **state)
{
    struct rig *rig = *state;
    struct told told = begin(rig);
    link_again(rig, &told, "XC/poc", 7);
    assert_true(recall_noticed_ms(rig->node) != 0);
    assert_next(rig, 2, 1);
    assert_next(rig, 2, 2);
}

/* The loss was noted, and is not shown again. */
static void a_link_that_ends_between_heads_ends_them_too(void **state)
{
    struct rig *rig = *state;
    struct told told = begin(rig);
    link_until(rig, &told, "XC/poc", 7, false);
    rig_link_down(rig);
    rig_restart(rig);
    link_again(rig, &told, NULL, 0);
    rig_give_prekeys(rig, 1);
    assert_next(rig, 2, 1);
}

static void a_broker_that_fell_back_ends_all_chains_once(void **state)
{
    struct rig *rig = *state;
    (void)begin(rig);
    link_again(rig, NULL, NULL, 0);
    assert_int_equal(recall_noticed_ms(rig->node),
                     0); /* it is the broker's loss, as far as this node knows */
    assert_true(recall_broker_noticed_ms(rig->node) != 0);
    struct told told = write_request(rig);
    assert_int_equal(told.incarnation, 2);
    assert_int_equal(told.seq, 1);
    link_again(rig, &told, NULL, 0); /* it still lacks the first */
    assert_next(rig, 2, 2);
}

/* What it says of a case it may say because of envelopes, too, that both have lost. */
static void a_place_that_is_taken_ends_the_chains_to_that_party(void **state)
{
    struct rig *rig = *state;
    struct envelope_id id;
    (void)begin(rig);
    (void)rig_write(rig, NULL, LETTER_REQUEST, NULL);
    const Comity__Header *header = rig_submitted(rig, 0, &id);
    assert_non_null(header);
    rig_give_receipt(rig, RECEIPT_REFUSED, header, &id, REASON_CASE);
    assert_next(rig, 2, 1);
}

/* XA/poc shows that numbers were used of which the broker and this disk know nothing. */
static void give_standing(struct rig *rig, uint64_t number, uint32_t incarnation, uint32_t seq)
{
    struct control_chain chain = {.last = {.header = {.seq = 0}}};
    Comity__Through through = COMITY__THROUGH__INIT;
    Comity__Through *list[] = {&through};
    Comity__Standing standing = COMITY__STANDING__INIT;
    Comity__Returned page = COMITY__RETURNED__INIT;
    Comity__Control control = COMITY__CONTROL__INIT;
    const struct bytes nothing = {.data = NULL, .size = 0};
    through.lane = LANE_URGENT;
    through.incarnation = incarnation;
    through.seq = seq;
    standing.n_received = page.n_received = 1;
    standing.received = page.received = list;
    page.number = number;
    control.body_case = number == 0 ? COMITY__CONTROL__BODY_STANDING : COMITY__CONTROL__BODY_RETURNED;
    if (number == 0) {
        control.standing = &standing;
    } else {
        control.returned = &page;
    }
    control_send(rig, &chain, &control, nothing);
}

static void numbers_named_by_their_recipient_are_not_used_again(void **state)
{
    struct rig *rig = *state;
    (void)begin(rig);
    give_standing(rig, 0, 4, 1);
    assert_next(rig, 5, 1);
}

/* The same is in the last page of an answer: the number of the question is that of the one that is sealed for the loss. */
static void a_last_page_names_numbers_too(void **state)
{
    struct rig *rig = *state;
    struct told told = begin(rig);
    const Comity__Control *control = NULL;
    link_again(rig, &told, "XA/poc", 7);
    for (size_t n = 0; control == NULL || control->body_case != COMITY__CONTROL__BODY_RECALL; n++) {
        control = control_heard(rig, n, NULL, NULL);
        assert_non_null(control);
    }
    give_standing(rig, control->recall->number, 4, 1);
    assert_next(rig, 5, 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_link_that_shows_nothing_ends_no_chain),
        TEST(a_loss_of_any_chain_ends_all),
        TEST(a_link_that_ends_between_heads_ends_them_too),
        TEST(a_broker_that_fell_back_ends_all_chains_once),
        TEST(a_place_that_is_taken_ends_the_chains_to_that_party),
        TEST(numbers_named_by_their_recipient_are_not_used_again),
        TEST(a_last_page_names_numbers_too),
    };
    return cmocka_run_group_tests_name("incarnation", tests, NULL, NULL);
}
