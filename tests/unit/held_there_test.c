/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Own letters that the other side gives back while it holds them back, for what they follow is not there (protocol.md 4.6).
 * The node is XB/poc; it asked XA/poc for something, and has lost what it wrote behind that.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "nodes/letters.h"
#include "nodes/recall.h"
#include "proto/limits.h"
#include "tests/support/node_control.h"

/* A node with a case of its own, whose request XA/poc has. */
struct loss {
    struct rig *rig;
    struct case_id case_id;
    struct letter_id request;
    struct control_chain chain;
    uint64_t number; /* of the question that is open */
};

static int setup(void **state)
{
    static unsigned number;
    static struct loss loss;
    char vfs[32];
    struct envelope_id id;
    (void)snprintf(vfs, sizeof vfs, "heldthere%u", ++number);
    loss = (struct loss){.rig = rig_open(vfs)};
    rig_link(loss.rig);
    loss.request = rig_write(loss.rig, NULL, LETTER_REQUEST, &loss.case_id);
    rig_give_prekeys(loss.rig, 1);
    const Comity__Header *header = rig_submitted(loss.rig, 0, &id);
    rig_give_receipt(loss.rig, RECEIPT_ACCEPTED, header, &id, REASON_NONE);
    rig_give_receipt(loss.rig, RECEIPT_DELIVERED, header, &id, REASON_NONE);
    *state = &loss;
    return 0;
}

static int teardown(void **state)
{
    struct loss *loss = *state;
    rig_close(loss->rig);
    return 0;
}

/* --- the recall --- */

/* The question to XA/poc that was sealed in the last turn has arrived; false: there is none. */
static bool asked(struct loss *loss)
{
    const Comity__Control *control;
    const Comity__Header *header = NULL;
    struct envelope_id id;
    for (size_t n = 0; (control = control_heard(loss->rig, n, &header, &id)) != NULL; n++) {
        if (control->body_case == COMITY__CONTROL__BODY_RECALL) {
            loss->number = control->recall->number;
            rig_give_receipt(loss->rig, RECEIPT_ACCEPTED, header, &id, REASON_NONE);
            rig_give_receipt(loss->rig, RECEIPT_DELIVERED, header, &id, REASON_NONE);
            return true;
        }
    }
    return false;
}

static void hello(struct loss *loss, Comity__PeerHead *head)
{
    struct rig *rig = loss->rig;
    rig->link.number++;
    rig_begin(rig);
    assert_int_equal(node_link_up(rig->node, rig->turn, rig->link), DOOR_OK);
    rig_end(rig);
    rig_welcome(rig, 1, 0);
    rig_heads(rig, head);
    if (!asked(loss)) {
        rig_give_prekeys(rig, rig->wall.ms);
        assert_true(asked(loss));
    }
}

/* The link is lost, and the heads of the next one name a number that the disk does not have. */
static void lose(struct loss *loss)
{
    static uint8_t id[32] = {7};
    Comity__PeerHead head = COMITY__PEER_HEAD__INIT;
    head.to = text_make(loss->rig->arena, "XA/poc");
    head.lane = LANE_URGENT;
    head.incarnation = 1;
    head.seq = 12;
    head.id = wire_binary(bytes_of(id, sizeof id));
    rig_link_down(loss->rig);
    hello(loss, &head);
}

static void ask_again(struct loss *loss)
{
    rig_link_down(loss->rig);
    loss->rig->wall.ms += 7 * MS_PER_HOUR;
    loss->rig->mono.ms += 7 * MS_PER_HOUR;
    hello(loss, NULL);
}

/* A last page, with which the recall is whole as far as the chains go. */
static void give(struct loss *loss, struct given *const *letters, size_t count)
{
    Comity__ReturnedLetter *list[RETURNED_LETTERS_MAX];
    Comity__Through through = COMITY__THROUGH__INIT;
    Comity__Through *received[] = {&through};
    Comity__Returned returned = COMITY__RETURNED__INIT;
    Comity__Control control = COMITY__CONTROL__INIT;
    for (size_t i = 0; i < count; i++) {
        list[i] = &letters[i]->message;
    }
    through.lane = LANE_URGENT;
    through.incarnation = 1;
    through.seq = 12;
    returned.number = loss->number;
    returned.n_letter = count;
    returned.letter = list;
    returned.n_received = 1;
    returned.received = received;
    control.body_case = COMITY__CONTROL__BODY_RETURNED;
    control.returned = &returned;
    control_send(loss->rig, &loss->chain, &control, bytes_of(NULL, 0));
}

static struct recall_state state_of(struct loss *loss)
{
    struct recall_state states[2];
    assert_int_equal(recall_states(loss->rig->node, 2, states), 2);
    assert_string_equal(states[0].party.text, "XA/poc");
    return states[0];
}

/* The recall is over, nothing was kept as proof, and the case goes on. */
static void assert_goes_on(struct loss *loss)
{
    assert_true(state_of(loss).done_ms != 0);
    assert_int_equal(state_of(loss).refused, 0);
    assert_int_equal(recall_blocks(loss->rig->node, &loss->case_id, "XA/poc"), RECALL_FREE);
}

/* --- letters --- */

/* A letter of ours in the case, as XA/poc gives it back. */
static void make(struct loss *loss, struct given *g, uint32_t case_seq, const struct letter_id *prev)
{
    struct arena *arena = loss->rig->arena;
    loss->rig->wall.ms++; /* a letter that says the same is another one only by its time */
    given_make(loss->rig, g, LETTER_STATUS_ASK, true, case_seq, NULL, NULL);
    g->context.case_id =
        wire_binary(arena_copy(arena, bytes_of(loss->case_id.bytes, sizeof loss->case_id.bytes)));
    g->context.case_prev = wire_binary(arena_copy(arena, digest_bytes(&prev->digest)));
    given_sign(loss->rig, g);
}

static struct letter_id write_next(struct loss *loss)
{
    loss->rig->wall.ms++;
    return rig_write(loss->rig, &loss->case_id, LETTER_STATUS_ASK, NULL);
}

/* The next letter, refused for good by XA/poc, or (REJECTED) by the broker. */
static struct letter_id write_failed(struct loss *loss, enum receipt_kind kind,
                                     const Comity__Header **ret_header, struct envelope_id *ret_envelope)
{
    struct letter_id id = write_next(loss);
    *ret_header = rig_submitted(loss->rig, 0, ret_envelope);
    assert_non_null(*ret_header);
    rig_give_receipt(loss->rig, kind, *ret_header, ret_envelope, REASON_OFFICER);
    return id;
}

static bool is_filed(struct loss *loss, const struct letter_id *id)
{
    struct letter_row row;
    return letter_get(loss->rig->node, id, loss->rig->arena, &row);
}

static void assert_stands(struct loss *loss, const struct letter_id *id, enum letter_place place,
                          enum letter_sending sending)
{
    struct letter_row row;
    assert_true(letter_get(loss->rig->node, id, loss->rig->arena, &row));
    assert_int_equal(row.place, place);
    assert_int_equal(row.sending, sending);
    assert_int_equal(row.reason == REASON_NONE, place == PLACE_EFFECT);
}

/* --- what it follows is here --- */

static void behind_a_letter_that_is_not_sent_yet_they_are_in_effect(void **state)
{
    struct loss *loss = *state;
    struct given third, fourth;
    rig_link_down(loss->rig);
    struct letter_id second = write_next(loss);
    lose(loss);
    make(loss, &third, 3, &second);
    make(loss, &fourth, 4, &third.id);
    struct given *letters[] = {&third, &fourth};
    give(loss, letters, 2);
    assert_stands(loss, &third.id, PLACE_EFFECT, SENDING_DELIVERED);
    assert_stands(loss, &fourth.id, PLACE_EFFECT, SENDING_DELIVERED);
    assert_stands(loss, &second, PLACE_EFFECT, SENDING_SEALED); /* now that the recall is whole */
    assert_goes_on(loss);
}

static void when_that_fails_they_fail_with_it(void **state)
{
    struct loss *loss = *state;
    struct given third;
    struct envelope_id id;
    rig_link_down(loss->rig);
    struct letter_id second = write_next(loss);
    lose(loss);
    make(loss, &third, 3, &second);
    struct given *letters[] = {&third};
    give(loss, letters, 1);
    const Comity__Header *header = NULL;
    for (size_t n = 0; (header = rig_submitted(loss->rig, n, &id)) != NULL; n++) {
        if (header->kind == KIND_LETTER) {
            break;
        }
    }
    assert_non_null(header);
    rig_give_receipt(loss->rig, RECEIPT_REFUSED, header, &id, REASON_OFFICER);
    assert_stands(loss, &second, PLACE_DEAD, SENDING_FAILED);
    assert_stands(loss, &third.id, PLACE_DEAD, SENDING_FAILED);
    assert_goes_on(loss);
}

static void what_was_signed_for_their_place_meanwhile_gives_way(void **state)
{
    struct loss *loss = *state;
    struct given third;
    rig_link_down(loss->rig);
    struct letter_id second = write_next(loss);
    struct letter_id other = write_next(loss);
    lose(loss);
    make(loss, &third, 3, &second);
    struct given *letters[] = {&third};
    give(loss, letters, 1);
    assert_stands(loss, &third.id, PLACE_EFFECT, SENDING_DELIVERED);
    assert_stands(loss, &other, PLACE_DEAD, SENDING_FAILED);
    assert_goes_on(loss);
}

/* Both wait there, and one of the two will be refused: which, is not known before. */
static void two_that_they_have_for_one_place_block_nothing(void **state)
{
    struct loss *loss = *state;
    struct given third;
    struct envelope_id id;
    struct letter_id second = write_next(loss);
    struct letter_id other = write_next(loss);
    const Comity__Header *header = rig_submitted(loss->rig, 0, &id);
    rig_give_receipt(loss->rig, RECEIPT_ACCEPTED, header, &id, REASON_NONE);
    rig_give_receipt(loss->rig, RECEIPT_DELIVERED, header, &id, REASON_NONE);
    lose(loss);
    make(loss, &third, 3, &second);
    struct given *letters[] = {&third};
    give(loss, letters, 1);
    assert_false(is_filed(loss, &third.id));
    assert_stands(loss, &other, PLACE_EFFECT, SENDING_DELIVERED);
    assert_goes_on(loss);
}

/* --- what it follows is given up here --- */

static void behind_a_letter_given_up_they_are_given_up(void **state)
{
    struct loss *loss = *state;
    struct given third, fourth;
    const Comity__Header *header;
    struct envelope_id id;
    struct letter_id failed = write_failed(loss, RECEIPT_REFUSED, &header, &id);
    struct letter_id again = write_next(loss);
    struct letter_id next = write_next(loss);
    lose(loss);
    make(loss, &third, 3, &failed);
    make(loss, &fourth, 4, &third.id);
    struct given *letters[] = {&third, &fourth};
    give(loss, letters, 2);
    assert_stands(loss, &third.id, PLACE_DEAD, SENDING_FAILED);
    assert_stands(loss, &fourth.id, PLACE_DEAD, SENDING_FAILED);
    assert_stands(loss, &again, PLACE_EFFECT, SENDING_SEALED); /* what took the places goes on */
    assert_stands(loss, &next, PLACE_EFFECT, SENDING_SEALED);
    assert_int_equal(state_of(loss).done_ms, 0); /* once more, to be sure that it is as it was */
    ask_again(loss);
    give(loss, letters, 2);
    assert_stands(loss, &third.id, PLACE_DEAD, SENDING_FAILED);
    assert_goes_on(loss);
}

static void with_a_letter_that_turns_out_to_be_delivered_they_come_back(void **state)
{
    struct loss *loss = *state;
    struct given third, fourth;
    const Comity__Header *header;
    struct envelope_id id;
    struct letter_id failed = write_failed(loss, RECEIPT_REJECTED, &header, &id);
    lose(loss);
    make(loss, &third, 3, &failed);
    make(loss, &fourth, 4, &third.id);
    struct given *letters[] = {&third, &fourth};
    give(loss, letters, 2);
    assert_stands(loss, &third.id, PLACE_DEAD, SENDING_FAILED);
    rig_give_receipt(loss->rig, RECEIPT_DELIVERED, header, &id, REASON_NONE);
    assert_stands(loss, &failed, PLACE_EFFECT, SENDING_DELIVERED);
    assert_stands(loss, &third.id, PLACE_EFFECT, SENDING_DELIVERED);
    assert_stands(loss, &fourth.id, PLACE_EFFECT, SENDING_DELIVERED);
}

/* --- what it follows is not known here --- */

/* It may have reached them since: they are asked once more, and not for ever. */
static void behind_a_letter_that_nobody_has_they_are_given_up(void **state)
{
    struct loss *loss = *state;
    struct given second, third;
    lose(loss);
    make(loss, &second, 2, &loss->request);
    make(loss, &third, 3, &second.id);
    struct given *letters[] = {&third};
    give(loss, letters, 1);
    assert_stands(loss, &third.id, PLACE_DEAD, SENDING_FAILED);
    assert_int_equal(state_of(loss).done_ms, 0);
    ask_again(loss);
    give(loss, letters, 1);
    assert_goes_on(loss);
}

static void with_what_they_follow_they_come_back(void **state)
{
    struct loss *loss = *state;
    struct given second, third;
    lose(loss);
    make(loss, &second, 2, &loss->request);
    make(loss, &third, 3, &second.id);
    struct given *letters[] = {&second, &third};
    give(loss, letters + 1, 1);
    assert_stands(loss, &third.id, PLACE_DEAD, SENDING_FAILED);
    ask_again(loss);
    give(loss, letters, 2);
    assert_stands(loss, &second.id, PLACE_EFFECT, SENDING_DELIVERED);
    assert_stands(loss, &third.id, PLACE_EFFECT, SENDING_DELIVERED);
    assert_goes_on(loss);
}

/* --- forgeries --- */

/* Whatever is wrong with it and wherever it would stand: it is not filed, and not kept. */
static void what_nobody_signed_is_not_taken(void **state)
{
    struct loss *loss = *state;
    struct given second, third, behind;
    rig_link_down(loss->rig);
    struct letter_id waiting = write_next(loss);
    lose(loss);
    make(loss, &second, 2, &loss->request);
    make(loss, &third, 3, &second.id);
    make(loss, &behind, 3, &waiting);
    third.officer = behind.officer = &loss->rig->peer->officer[FIXTURE_DUTY];
    given_sign(loss->rig, &third);
    given_sign(loss->rig, &behind);
    struct given *letters[] = {&third, &behind};
    give(loss, letters, 2);
    assert_false(is_filed(loss, &third.id));
    assert_false(is_filed(loss, &behind.id));
    assert_goes_on(loss);
}

/* Of a case that is not here nothing can be shown. */
static void of_a_case_that_nobody_here_knows_nothing_is_taken(void **state)
{
    struct loss *loss = *state;
    struct given second, third;
    lose(loss);
    memset(loss->case_id.bytes, 99, sizeof loss->case_id.bytes);
    make(loss, &second, 2, &loss->request);
    make(loss, &third, 3, &second.id);
    struct given *letters[] = {&third};
    give(loss, letters, 1);
    assert_false(is_filed(loss, &third.id));
    assert_true(state_of(loss).done_ms != 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(behind_a_letter_that_is_not_sent_yet_they_are_in_effect),
        TEST(when_that_fails_they_fail_with_it),
        TEST(what_was_signed_for_their_place_meanwhile_gives_way),
        TEST(two_that_they_have_for_one_place_block_nothing),
        TEST(behind_a_letter_given_up_they_are_given_up),
        TEST(with_a_letter_that_turns_out_to_be_delivered_they_come_back),
        TEST(behind_a_letter_that_nobody_has_they_are_given_up),
        TEST(with_what_they_follow_they_come_back),
        TEST(what_nobody_signed_is_not_taken),
        TEST(of_a_case_that_nobody_here_knows_nothing_is_taken),
    };
    return cmocka_run_group_tests_name("held_there", tests, NULL, NULL);
}
