/* SPDX-License-Identifier: Apache-2.0 */
/* Letters that a node writes of itself: signed by its key as the one signer, filed and sent like any other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "nodes/rosters.h"
#include "nodes/signed_letter.h"
#include "tests/support/arrivals.h"
#include "tests/support/case_letters.h"
#include "tests/support/node_sent.h"

struct writing {
    struct arena *arena;
    struct case_id case_id;
    Comity__Letter *letter;
    struct letter_id id;
    enum file_outcome outcome;
};

static void act_write(struct node *node, struct turn *turn, void *context)
{
    struct writing *w = context;
    struct letter_draft draft;
    assert_true(letter_draft(node, &w->case_id, &draft));
    w->outcome = node_letter_file(node, turn, &draft, w->letter, &w->id);
}

static enum file_outcome write_letter(struct rig *rig, struct writing *w)
{
    rig_begin(rig);
    assert_int_equal(node_input(rig->node, rig->turn, act_write, w), INPUT_DONE);
    rig_end(rig);
    return w->outcome;
}

static Comity__Letter *received(struct rig *rig)
{
    Comity__Letter *letter = arena_take(rig->arena, sizeof *letter);
    Comity__MlaReceived *body = arena_take(rig->arena, sizeof *body);
    assert_true(letter != NULL && body != NULL);
    comity__letter__init(letter);
    comity__mla_received__init(body);
    letter->body_case = COMITY__LETTER__BODY_MLA_RECEIVED;
    letter->mla_received = body;
    return letter;
}

static struct sample asked(struct rig *rig)
{
    struct sample s;
    rig_letter(rig, &s, LETTER_REQUEST, 1, 1, NULL);
    rig_send(rig, &s);
    assert_delivered(rig, &s);
    return s;
}

static void it_is_signed_by_the_node_key_alone(void **state)
{
    struct rig *rig = *state;
    struct sample s = asked(rig);
    struct writing w = {.case_id = s.case_id, .letter = received(rig)};
    assert_int_equal(write_letter(rig, &w), FILE_OK);
    struct letter_row row = rig_filed(rig, &w.id);
    assert_true(row.own && row.place == PLACE_EFFECT && row.kind == LETTER_MLA_RECEIVED);
    Comity__Context *context = NULL;
    Comity__Inner *proofs = NULL;
    Comity__Letter *message = NULL;
    assert_int_equal(context_unpack(row.context, rig->arena, &context, NULL), WIRE_OK);
    assert_int_equal(inner_unpack(row.proofs, rig->arena, &proofs, NULL), WIRE_OK);
    assert_int_equal(context->n_signer, 1);
    assert_memory_equal(context->signer[0].data, rig->me->node_signer.key.bytes, 32);
    const struct signed_letter as_signed = {.context = context,
                                            .context_bytes = row.context,
                                            .letter_bytes = row.letter,
                                            .proof_count = proofs->n_signature,
                                            .proofs = proofs->signature};
    const struct party *me = node_self(rig->node);
    assert_int_equal(signed_letter_officers(rig->node, &as_signed, me, rig->arena, &message), REASON_NONE);
    assert_int_equal(signed_letter_signatures(rig->node, &as_signed, &row.id), REASON_NONE);
    assert_true(signed_letter_is_genuine(rig->node, &as_signed, &row.id, me, rig->arena));
    const struct party *them = roster_find(node_roster_now(rig->node), "XA/poc");
    assert_false(signed_letter_is_genuine(rig->node, &as_signed, &row.id, them, rig->arena));
}

static void what_takes_an_officer_is_not_filed(void **state)
{
    struct rig *rig = *state;
    struct sample s = asked(rig);
    size_t count = 0;
    struct writing w = {.case_id = s.case_id, .letter = letter_make(rig->arena, LETTER_ACK, rig->wall.ms, 1)};
    assert_int_equal(write_letter(rig, &w), FILE_MALFORMED);
    assert_non_null(letter_list(rig->node, &s.case_id, rig->arena, &count));
    assert_int_equal(count, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup_linked, rig_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(it_is_signed_by_the_node_key_alone),
        TEST(what_takes_an_officer_is_not_filed),
    };
    return cmocka_run_group_tests_name("node letter", tests, NULL, NULL);
}
