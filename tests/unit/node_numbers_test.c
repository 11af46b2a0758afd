/* SPDX-License-Identifier: Apache-2.0 */
/* The numbers of a node's own chains: none is used twice, none is left out without a word, whatever was lost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "nodes/chains.h"
#include "tests/support/node_sent.h"

static void a_fork_begins_a_new_incarnation(void **state)
{
    struct rig *rig = *state;
    struct rig_sent sent = rig_request(rig);
    rig_give_receipt(rig, RECEIPT_REJECTED, sent.head, &sent.id, REASON_FORK);
    const Comity__Header *head = rig_submitted(rig, 0, NULL);
    assert_non_null(head);
    assert_int_equal(head->incarnation, 2);
    assert_int_equal(head->seq, 1);
    assert_int_equal(head->prev.len, 0);
}

static void a_higher_head_begins_a_new_incarnation(void **state)
{
    struct rig *rig = *state;
    Comity__PeerHead head = rig_head(rig, true, 3, 12);
    rig_hello(rig);
    rig_heads(rig, &head); /* this node has lost all it knew: nothing of it is used again */
    (void)rig_write(rig, NULL, LETTER_REQUEST, NULL);
    rig_give_prekeys(rig, 1);
    const Comity__Header *sent = rig_submitted(rig, 0, NULL);
    assert_int_equal(sent->incarnation, 4);
    assert_int_equal(sent->seq, 1);
}

/* Our number 1 has arrived; then a broker's heads name that number by an id that nobody made, or a later one. */
static void assert_head_ends_the_incarnation(struct rig *rig, uint32_t seq)
{
    Comity__PeerHead head = rig_head(rig, true, 1, seq);
    struct rig_sent sent = rig_request(rig);
    rig_give_receipt(rig, RECEIPT_DELIVERED, sent.head, &sent.id, REASON_NONE);
    rig_link_down(rig);
    rig_link_up(rig);
    rig_welcome(rig, 1, 1);
    rig_heads(rig, &head);
    (void)rig_write(rig, NULL, LETTER_REQUEST, NULL);
    assert_int_equal(rig_submitted(rig, 0, NULL)->incarnation, 2);
}

/* A backup that is not empty: it knows the chain and not how far it went. */
static void a_head_beyond_ours_ends_the_incarnation(void **state)
{
    assert_head_ends_the_incarnation(*state, 2);
}

static void another_id_for_our_number_begins_a_new_incarnation(void **state)
{
    assert_head_ends_the_incarnation(*state, 1);
}

static void a_number_that_was_never_taken_is_voided_and_told(void **state)
{
    struct rig *rig = *state;
    Comity__Gossip *gossip = NULL;
    struct rig_sent sent = rig_request(rig);
    rig_reject(rig, rig_tag(rig, 0), NULL, REASON_TO,
               false); /* no receipt: the number is free, it waits for another roster */
    rig_tick(rig, 6000);
    assert_int_equal(rig_count(rig, COMITY__FRAME__BODY_SUBMIT), 0);
    rig_tick(rig, 14 * MS_PER_DAY);
    assert_int_equal(rig_out_state(rig, &sent.id), OUT_VOIDED);
    rig_link(rig);
    rig_give_prekeys(rig, 2);
    const Comity__Header *head = rig_submitted(rig, 0, NULL);
    assert_non_null(head);
    assert_int_equal(head->seq, 2);
    assert_int_equal(gossip_unpack(wire_bytes(rig_opened(rig, 0)->gossip), rig->arena, &gossip, NULL),
                     WIRE_OK);
    assert_int_equal(gossip->n_voided, 1);
    assert_int_equal(gossip->voided[0]->seq, 1);
    assert_true(bytes_equal(wire_bytes(gossip->voided[0]->id), digest_bytes(&sent.id.digest)));
}

/* The recipient believes it of numbers below one that it has. */
static void a_void_number_is_told_in_its_own_lane(void **state)
{
    struct rig *rig = *state;
    const struct envelope_id id = {.digest = {.bytes = {7}}};
    struct own_number number = {.to = rig->peer->address, .lane = LANE_BULK, .incarnation = 1, .seq = 1};
    Comity__Head **heads = NULL;
    rig_begin(rig);
    own_chain_void(rig->node, &number, &id);
    rig_end(rig);
    (void)rig_request(rig);
    assert_int_equal(rig_submitted(rig, 0, NULL)->lane, LANE_URGENT);
    assert_int_equal(rig_opened(rig, 0)->gossip.len, 0);
    assert_int_equal(own_chain_voided(rig->node, "XA/poc", LANE_URGENT, rig->arena, &heads), 0);
    assert_int_equal(own_chain_voided(rig->node, "XA/poc", LANE_BULK, rig->arena, &heads), 1);
}

static void a_clock_that_went_back_begins_a_new_incarnation(void **state)
{
    struct rig *rig = *state;
    struct rig_sent sent = rig_request(rig);
    rig_give_receipt(rig, RECEIPT_DELIVERED, sent.head, &sent.id, REASON_NONE);
    rig->wall.ms -= MS_PER_MINUTE;
    (void)rig_write(rig, &sent.case_id, LETTER_STATUS_ASK, NULL);
    rig_give_prekeys(rig, 1);
    assert_int_equal(rig_submitted(rig, 0, NULL)->created_ms, sent.head->created_ms); /* never lower */
    rig->wall.ms -= MS_PER_HOUR;
    (void)rig_write(rig, &sent.case_id, LETTER_STATUS_ASK, NULL);
    rig_give_prekeys(rig, 1);
    assert_int_equal(rig_submitted(rig, 0, NULL)->incarnation, 2);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_fork_begins_a_new_incarnation),
        TEST(a_higher_head_begins_a_new_incarnation),
        TEST(a_head_beyond_ours_ends_the_incarnation),
        TEST(another_id_for_our_number_begins_a_new_incarnation),
        TEST(a_number_that_was_never_taken_is_voided_and_told),
        TEST(a_void_number_is_told_in_its_own_lane),
        TEST(a_clock_that_went_back_begins_a_new_incarnation),
    };
    return cmocka_run_group_tests_name("node numbers", tests, NULL, NULL);
}
