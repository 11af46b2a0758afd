/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/loss.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "nodes/recall.h"

const Comity__Control *loss_question(struct rig *rig, const Comity__Header **ret_header,
                                     struct envelope_id *ret_id)
{
    const Comity__Control *control;
    for (size_t n = 0; (control = control_heard(rig, n, ret_header, ret_id)) != NULL; n++) {
        if (control->body_case == COMITY__CONTROL__BODY_RECALL) {
            return control;
        }
    }
    return NULL;
}

bool loss_asks(struct rig *rig)
{
    return loss_question(rig, NULL, NULL) != NULL;
}

uint64_t loss_question_number(struct rig *rig)
{
    const Comity__Control *control = loss_question(rig, NULL, NULL);
    assert_non_null(control);
    assert_true(control->recall->number != 0);
    return control->recall->number;
}

void loss_question_arrives(struct rig *rig)
{
    const Comity__Header *header = NULL;
    struct envelope_id id;
    assert_non_null(loss_question(rig, &header, &id));
    rig_give_receipt(rig, RECEIPT_ACCEPTED, header, &id, REASON_NONE);
    rig_give_receipt(rig, RECEIPT_DELIVERED, header, &id, REASON_NONE);
}

void loss_heads(struct rig *rig, Comity__PeerHead *head)
{
    rig_heads(rig, head);
    if (!loss_asks(rig)) {
        rig_give_prekeys(rig, rig->wall.ms);
    }
}

uint64_t loss_show(struct rig *rig, uint32_t seq)
{
    Comity__PeerHead head = rig_head(rig, true, 1, seq);
    rig_hello(rig);
    loss_heads(rig, &head);
    return loss_question_number(rig);
}

void loss_later(struct rig *rig, uint64_t ms)
{
    rig_link_down(rig);
    rig->wall.ms += ms;
    rig->mono.ms += ms;
    rig_hello(rig);
    loss_heads(rig, NULL);
}

void loss_live(struct rig *rig, uint64_t ms)
{
    const uint64_t ends_ms = rig->mono.ms + ms;
    while (rig->mono.ms < ends_ms) {
        uint64_t left_ms = ends_ms - rig->mono.ms;
        rig_ping(rig, 1);
        rig_tick(rig, left_ms < 30 * MS_PER_SECOND ? left_ms : 30 * MS_PER_SECOND);
        if (loss_asks(rig)) {
            loss_question_arrives(rig);
        }
    }
}

uint64_t loss_ask_again(struct rig *rig)
{
    loss_later(rig, 7 * MS_PER_HOUR);
    return loss_question_number(rig);
}

void loss_page(struct rig *rig, struct control_chain *chain, uint64_t number, struct given *more,
               uint32_t received, uint32_t ended)
{
    Comity__Through first = COMITY__THROUGH__INIT;
    Comity__Through second = COMITY__THROUGH__INIT;
    Comity__Through *firsts[] = {&first};
    Comity__Through *seconds[] = {&second};
    Comity__ReturnedLetter *letters[1];
    Comity__Returned returned = COMITY__RETURNED__INIT;
    Comity__Control control = COMITY__CONTROL__INIT;
    first.lane = second.lane = LANE_URGENT;
    first.incarnation = second.incarnation = 1;
    first.seq = received;
    second.seq = ended;
    returned.number = number;
    returned.n_received = received != 0;
    returned.received = firsts;
    returned.n_ended = ended != 0;
    returned.ended = seconds;
    if (more != NULL) {
        letters[0] = &more->message;
        returned.n_letter = 1;
        returned.letter = letters;
        returned.after = wire_binary(bytes_of("place", 5));
    }
    control.body_case = COMITY__CONTROL__BODY_RETURNED;
    control.returned = &returned;
    control_send(rig, chain, &control, bytes_of(NULL, 0));
}

void loss_last_page(struct rig *rig, struct control_chain *chain, uint64_t number, uint32_t received,
                    uint32_t ended)
{
    loss_page(rig, chain, number, NULL, received, ended);
}

void loss_answer(struct rig *rig, struct control_chain *chain, uint32_t received, uint32_t ended)
{
    uint64_t number = loss_question_number(rig);
    loss_question_arrives(rig);
    loss_last_page(rig, chain, number, received, ended);
}

void loss_end(struct rig *rig, struct control_chain *chain, uint64_t number, uint32_t received)
{
    loss_last_page(rig, chain, number, received, 0);
    assert_false(loss_is_done(rig)); /* the first page did not tell it */
    number = loss_ask_again(rig);
    loss_last_page(rig, chain, number, received, 0);
    assert_true(loss_is_done(rig));
}

bool loss_is_done(struct rig *rig)
{
    struct recall_state states[2];
    assert_int_equal(recall_states(rig->node, 2, states), 2);
    assert_string_equal(states[0].party.text, "XA/poc");
    assert_true(states[0].shown);
    assert_string_equal(states[1].party.text, "XC/poc");
    assert_false(states[1].shown);
    return states[0].done_ms != 0;
}
