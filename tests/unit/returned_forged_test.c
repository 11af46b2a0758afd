/* SPDX-License-Identifier: Apache-2.0 */
/* Letters "given back" that do not hold: none is taken, and none stops a case that it has no part in. The node is XB/poc. */
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/store.h"
#include "base/text.h"
#include "nodes/node_private.h"
#include "nodes/recall.h"
#include "nodes/signed_letter.h"
#include "tests/support/loss.h"

/* The letter, broken by the test, is not filed, and does not harm those beside it. */
static void assert_not_taken(struct rig *rig, struct control_chain *chain, uint64_t *number,
                             struct given *bad)
{
    struct given good;
    given_make(rig, &good, LETTER_REQUEST, false, 1, NULL, NULL);
    loss_question_arrives(rig);
    struct given *letters[] = {bad, &good};
    control_give(rig, chain, *number, letters, 2, bytes_of("x", 1));
    assert_non_null(rig_receipt(rig, RECEIPT_DELIVERED, &chain->last.id));
    assert_false(given_is_filed(rig, bad));
    assert_true(given_is_filed(rig, &good));
    rig_tick(rig, MS_PER_SECOND);
    assert_true(loss_asks(rig));
    *number = loss_question_number(rig);
}

static ProtobufCBinaryData with_a_bit_turned(struct rig *rig, ProtobufCBinaryData bytes, size_t bit)
{
    struct bytes copy = arena_copy(rig->arena, wire_bytes(bytes));
    uint8_t *writable = (uint8_t *)(uintptr_t)copy.data;
    writable[bit / 8] ^= (uint8_t)(1U << bit % 8);
    return wire_binary(copy);
}

static void a_letter_of_other_parties_is_not_taken(void **state)
{
    struct rig *rig = *state;
    struct control_chain chain = {.last = {.header = {.seq = 0}}};
    static const char *const pairs[][2] = {{"XC/poc", "XB/poc"}, {"XA/poc", "XC/poc"}, {"XB/poc", "XC/poc"},
                                           {"XC/poc", "XA/poc"}, {"XB/poc", "XB/poc"}, {"XA/poc", "XA/poc"}};
    uint64_t number = loss_show(rig, 12);
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        struct given g;
        given_make(rig, &g, LETTER_REQUEST, false, 1, NULL, NULL);
        g.context.from = text_make(rig->arena, pairs[i][0]);
        g.context.to = text_make(rig->arena, pairs[i][1]);
        g.officer = &fixture_party(rig->fixture, pairs[i][0])->officer[FIXTURE_DUTY];
        given_sign(rig, &g);
        assert_not_taken(rig, &chain, &number, &g);
    }
}

static void a_letter_of_other_officers_is_not_taken(void **state)
{
    struct rig *rig = *state;
    struct control_chain chain = {.last = {.header = {.seq = 0}}};
    uint64_t number = loss_show(rig, 12);
    struct given g;
    given_make(rig, &g, LETTER_REQUEST, true, 1, NULL, NULL);
    g.officer = &rig->peer->officer[FIXTURE_DUTY]; /* XA/poc's, for a letter of ours */
    given_sign(rig, &g);
    assert_not_taken(rig, &chain, &number, &g);
    g.officer = &rig->me->node_signer; /* ours, and no officer's */
    given_sign(rig, &g);
    assert_not_taken(rig, &chain, &number, &g);
    g.officer = &rig->me->officer[FIXTURE_DUTY];
    g.second = &rig->me->officer[FIXTURE_DUTY]; /* twice the same */
    given_sign(rig, &g);
    assert_not_taken(rig, &chain, &number, &g);
    g.second = NULL;
    given_sign(rig, &g);
    g.message.n_signature = 0; /* nobody */
    assert_not_taken(rig, &chain, &number, &g);
}

static void a_letter_with_any_byte_changed_is_not_taken(void **state)
{
    struct rig *rig = *state;
    struct control_chain chain = {.last = {.header = {.seq = 0}}};
    uint64_t number = loss_show(rig, 12);
    for (size_t i = 0; i < 3; i++) {
        for (size_t bit = 3; bit < 1000; bit += 97) {
            struct given g;
            given_make(rig, &g, LETTER_REQUEST, i == 1, 1, NULL, NULL);
            ProtobufCBinaryData *part = i == 0   ? &g.message.context
                                        : i == 1 ? &g.message.letter
                                                 : &g.message.signature[0];
            *part = with_a_bit_turned(rig, *part, bit % (8 * part->len));
            assert_not_taken(rig, &chain, &number, &g);
        }
    }
}

static void what_does_not_fit_its_case_is_not_taken(void **state)
{
    struct rig *rig = *state;
    struct control_chain chain = {.last = {.header = {.seq = 0}}};
    struct given_case h;
    uint64_t number = loss_show(rig, 12);
    given_make_case(rig, &h);
    struct given *letters[] = {&h.request};
    loss_question_arrives(rig);
    control_give(rig, &chain, number, letters, 1, bytes_of("x", 1));
    rig_tick(rig, MS_PER_SECOND);
    number = loss_question_number(rig);
    struct given other;
    given_make(rig, &other, LETTER_REQUEST, false, 1, &h.request, NULL); /* a number that is taken */
    other.letter->request->reference = text_make(rig->arena, "another");
    given_sign(rig, &other);
    assert_not_taken(rig, &chain, &number, &other);
    given_make(rig, &other, LETTER_ACK, true, 1, NULL, NULL); /* of no case */
    assert_not_taken(rig, &chain, &number, &other);
    given_make(rig, &other, LETTER_ACK, false, 2, &h.request, &h.request); /* of the wrong side */
    assert_not_taken(rig, &chain, &number, &other);
    given_make(rig, &other, LETTER_REQUEST, false, 1, NULL, NULL);
    other.context.exercise = wire_binary(bytes_of("an exercise 1234", 16)); /* its officers act in none */
    given_sign(rig, &other);
    assert_not_taken(rig, &chain, &number, &other);
}

static void a_context_out_of_range_is_not_taken(void **state)
{
    struct rig *rig = *state;
    struct control_chain chain = {.last = {.header = {.seq = 0}}};
    static uint8_t noise[32] = {9};
    uint64_t number = loss_show(rig, 12);
    for (unsigned i = 0; i < 9; i++) {
        struct given g;
        given_make(rig, &g, LETTER_REQUEST, false, 1, NULL, NULL);
        g.context.version = i == 0 ? 2 : 1;
        g.context.kind = i == 1 ? KIND_CONTROL : KIND_LETTER;
        g.context.network = i == 2 ? wire_binary(bytes_of(noise, 32)) : g.context.network;
        g.context.roster = i == 3 ? 2 : 1; /* later than ours */
        g.context.roster_hash = i == 4 ? wire_binary(bytes_of(noise, 32)) : g.context.roster_hash;
        g.context.signed_ms = i == 5 ? CREATED_MS_END : g.context.signed_ms;
        given_sign(rig, &g);
        g.message.accepted_ms = i == 6 ? 0 : g.message.accepted_ms;
        g.message.delivered_ms = i == 7 ? CREATED_MS_END : g.message.delivered_ms;
        g.message.opened_ms = i == 8 ? CREATED_MS_MIN - 1 : 0;
        assert_not_taken(rig, &chain, &number, &g);
    }
}

/* --- numbers that are taken --- */

static uint64_t refused(struct rig *rig)
{
    struct recall_state recall;
    assert_int_equal(recall_states(rig->node, 1, &recall), 1);
    return recall.refused;
}

static enum recall_block blocks(struct rig *rig, const struct given *g)
{
    struct case_id id;
    memcpy(id.bytes, g->context.case_id.data, sizeof id.bytes);
    return recall_blocks(rig->node, &id, "XA/poc");
}

/* A case of XA/poc's of its own, and our acknowledgement in it. */
static void make_case(struct rig *rig, struct given *request, struct given *ack, uint8_t number)
{
    uint8_t id[16];
    memset(id, number, sizeof id);
    given_make(rig, request, LETTER_REQUEST, false, 1, NULL, NULL);
    request->context.case_id = wire_binary(arena_copy(rig->arena, bytes_of(id, sizeof id)));
    given_sign(rig, request);
    given_make(rig, ack, LETTER_ACK, true, 1, request, NULL);
}

/* "Ours" by keys of theirs, by one that has no part in the roster, by a broken signature, by nobody, by too many. */
static void a_forged_letter_of_ours_is_not_kept_and_blocks_nothing(void **state)
{
    struct rig *rig = *state;
    struct control_chain chain = {.last = {.header = {.seq = 0}}};
    const struct signer stranger = fixture_signer(rig->slab, 1000);
    struct given request, ack;
    uint64_t number = loss_show(rig, 12);
    for (uint8_t i = 0; i < 7; i++) {
        make_case(rig, &request, &ack, (uint8_t)(100 + i));
        ack.officer = i == 0   ? &stranger
                      : i == 1 ? &rig->peer->officer[FIXTURE_DUTY]
                      : i == 2 ? &rig->me->node_signer
                               : ack.officer;
        ack.second = i == 3 ? &stranger : NULL;
        given_sign(rig, &ack);
        if (i == 4) {
            ack.message.signature[0] = with_a_bit_turned(rig, ack.message.signature[0], 300);
        }
        ack.message.n_signature = i == 5 ? 0 : i == 6 ? 2 : ack.message.n_signature;
        ack.message.signature[1] = i == 6 ? ack.message.signature[0] : ack.message.signature[1];
        assert_not_taken(rig, &chain, &number, &ack);
        assert_int_equal(refused(rig), 0);
    }
    loss_question_arrives(rig);
    loss_end(rig, &chain, number, 12);
    for (uint8_t i = 0; i < 7; i++) {
        make_case(rig, &request, &ack, (uint8_t)(100 + i));
        assert_int_equal(blocks(rig, &ack), RECALL_FREE);
    }
}

/* What is kept proves by itself who signed. */
static void assert_kept_with_signature(struct rig *rig, const struct given *g)
{
    Comity__Inner *proofs = NULL;
    rig_begin(rig);
    struct query *q =
        store_query(rig->node->store, "SELECT context, letter, proofs FROM recall_refused WHERE id = ?1");
    query_bytes(q, 1, digest_bytes(&g->id.digest));
    assert_true(query_row(q));
    struct letter_id id = letter_id_of(query_get_bytes(q, 0), query_get_bytes(q, 1));
    struct bytes packed = arena_copy(rig->arena, query_get_bytes(q, 2));
    query_end(q);
    rig_end(rig);
    assert_int_equal(inner_unpack(packed, rig->arena, &proofs, NULL), WIRE_OK);
    assert_int_equal(proofs->n_signature, 1);
    assert_int_equal(proof_verify(NULL, wire_bytes(proofs->signature[0]), &id.digest, &g->officer->key),
                     PROOF_OK);
}

/* They have it, signed when the officer could: its number is taken, and nothing can be put in its place. */
static void a_letter_of_ours_by_an_officer_revoked_since_blocks_its_case(void **state)
{
    struct rig *rig = *state;
    struct control_chain chain = {.last = {.header = {.seq = 0}}};
    struct given request, ack;
    struct fixture_revocation lost = {.key = rig->me->officer[FIXTURE_DUTY].key, .at_ms = FIXTURE_NOW.ms};
    rig_change_roster(rig, fixture_revoke, &lost);
    uint64_t number = loss_show(rig, 12);
    make_case(rig, &request, &ack, 100);
    assert_not_taken(rig, &chain, &number, &ack);
    assert_int_equal(refused(rig), 1);
    loss_question_arrives(rig);
    loss_end(rig, &chain, number, 12);
    assert_int_equal(blocks(rig, &ack), RECALL_BROKEN);
    assert_kept_with_signature(rig, &ack);
}

/* What WHY says next to people about this letter; they are told it is held back. */
static const char *why_next(struct rig *rig, const struct given *g)
{
    char case_id[33];
    struct answer answer = {.status = 0};
    struct command command = {.actor = "officer", .verb = VERB_WHY, .query = ""};
    const char *name = letter_name((uint32_t)rig_filed(rig, &g->id).kind), *next = NULL;
    command.target = hex_write(case_id, wire_bytes(g->context.case_id));
    rig_begin(rig);
    assert_int_equal(node_command(rig->node, rig->turn, &command, &answer), DOOR_OK);
    json_t *json = json_loadb((const char *)answer.json.data, answer.json.size, 0, NULL);
    rig_end(rig);
    assert_int_equal(answer.status, 200);
    const json_t *list = json_object_get(json, "envelopes");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *told = json_array_get(list, i);
        if (strcmp(json_string_value(json_object_get(told, "letter")), name) == 0) {
            assert_string_equal(json_string_value(json_object_get(told, "state")), "HELD_BACK");
            next = text_make(rig->arena, json_string_value(json_object_get(told, "next")));
        }
    }
    json_decref(json);
    assert_non_null(next);
    return next;
}

/*
 * Of theirs by an officer revoked since: nothing brings it into effect, and what they wrote behind it waits. People are told so, and
 * not that it goes on by itself.
 */
static void a_letter_of_theirs_by_an_officer_revoked_since_holds_up_what_follows(void **state)
{
    struct rig *rig = *state;
    struct control_chain chain = {.last = {.header = {.seq = 0}}};
    struct fixture_revocation lost = {.key = rig->peer->officer[FIXTURE_DUTY].key, .at_ms = FIXTURE_NOW.ms};
    struct given request, ask, more, end;
    struct given *const theirs[] = {&request, &ask, &more, &end};
    rig_change_roster(rig, fixture_revoke, &lost);
    uint64_t number = loss_show(rig, 12);
    given_make(rig, &request, LETTER_REQUEST, false, 1, NULL, NULL);
    request.officer = &rig->peer->officer[FIXTURE_HEAD];
    given_sign(rig, &request);
    given_make(rig, &ask, LETTER_STATUS_ASK, false, 2, &request, &request); /* the one revoked */
    given_make(rig, &more, LETTER_EXTEND, false, 3, &request, &ask);
    more.officer = request.officer;
    given_sign(rig, &more);
    given_make(rig, &end, LETTER_WITHDRAW, false, 4, &request, &more);
    end.officer = request.officer;
    given_sign(rig, &end);
    loss_question_arrives(rig);
    struct given *const behind[] = {&request, &more, &end};
    control_give(rig, &chain, number, behind, 3, bytes_of("x", 1));
    assert_string_equal(why_next(rig, &end), "nothing to do: it goes on by itself");
    rig_tick(rig, MS_PER_SECOND);
    number = loss_question_number(rig);
    loss_question_arrives(rig);
    control_give(rig, &chain, number, theirs, 4, bytes_of("y", 1));
    assert_int_equal(refused(rig), 1);
    assert_false(given_is_filed(rig, &ask));
    assert_int_equal(rig_filed(rig, &request.id).place, PLACE_EFFECT);
    assert_int_equal(rig_filed(rig, &more.id).place, PLACE_HELD_BACK);
    assert_non_null(strstr(why_next(rig, &more), "call XA/poc"));
    assert_non_null(strstr(why_next(rig, &end), "call XA/poc"));
    rig_tick(rig, MS_PER_SECOND);
    number = loss_question_number(rig);
    loss_question_arrives(rig);
    loss_end(rig, &chain, number, 12);
    assert_int_equal(blocks(rig, &request), RECALL_FREE); /* ours go on */
}

/* Letters that they sign and that do not hold take no room from the proofs that block a case. */
static void proofs_are_bounded_for_each_side(void **state)
{
    struct rig *rig = *state;
    struct control_chain chain = {.last = {.header = {.seq = 0}}};
    struct given request, ack;
    uint64_t number = loss_show(rig, 12);
    for (unsigned i = 0; i < 202; i++) {
        struct given ask;
        if (i % 2 == 0) { /* of no case */
            given_make(rig, &request, LETTER_REQUEST, false, 1, NULL, NULL);
            request.context.signed_ms = rig->wall.ms + i;
            request.letter->request->reference = text_make(rig->arena, "never given");
            given_sign(rig, &request);
            given_make(rig, &ask, LETTER_ACK, false, 1, &request, NULL);
        } else {
            make_case(rig, &request, &ask, (uint8_t)(1 + i / 2));
        }
        assert_not_taken(rig, &chain, &number, &ask);
        assert_int_equal(refused(rig), i < 200 ? i + 1 : 200);
    }
    make_case(rig, &request, &ack, 101);
    loss_question_arrives(rig);
    loss_end(rig, &chain, number, 12);
    assert_int_equal(blocks(rig, &ack), RECALL_FREE); /* one more than are kept */
    make_case(rig, &request, &ack, 100);
    assert_int_equal(blocks(rig, &ack), RECALL_BROKEN);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_letter_of_other_parties_is_not_taken),
        TEST(a_letter_of_other_officers_is_not_taken),
        TEST(a_letter_with_any_byte_changed_is_not_taken),
        TEST(what_does_not_fit_its_case_is_not_taken),
        TEST(a_context_out_of_range_is_not_taken),
        TEST(a_forged_letter_of_ours_is_not_kept_and_blocks_nothing),
        TEST(a_letter_of_ours_by_an_officer_revoked_since_blocks_its_case),
        TEST(a_letter_of_theirs_by_an_officer_revoked_since_holds_up_what_follows),
        TEST(proofs_are_bounded_for_each_side),
    };
    return cmocka_run_group_tests_name("returned forged", tests, NULL, NULL);
}
