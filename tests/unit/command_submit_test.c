/* SPDX-License-Identifier: Apache-2.0 */
/* SUBMIT: nothing the client says is believed; a command takes effect once. */
/* cmocka.h wants the four before it. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "proto/wire.h"
#include "tests/support/api.h"

static void assert_submit_refused(struct api *api, const char *party, json_t *body, unsigned want_status,
                                  const char *want_code)
{
    unsigned status = 0;
    json_t *answer = api_call(api, party, VERB_SUBMIT, "", "", true, body, &status);
    api_assert_refused(answer, status, want_status, want_code);
}

static json_t *signed_letter(struct api *api, const char *party, const char *letter)
{
    json_t *body = NULL;
    assert_int_equal(officer_sign(api->world, api->fixture, party, api->case_id, letter, &body), 200);
    return body;
}

static Comity__Context *context_of(struct api *api, const json_t *body)
{
    Comity__Context *context = NULL;
    struct bytes bytes = api_bytes(api, api_text(body, "context"));
    assert_int_equal(context_unpack(bytes, api->arena, &context, NULL), WIRE_OK);
    return context;
}

/* The body again with this context, signed by XB's duty officer as if nothing were wrong with it. */
static json_t *with_context(struct api *api, const json_t *body, const Comity__Context *context)
{
    json_t *copy = json_deep_copy(body);
    struct bytes bytes = context_pack(api->arena, context);
    struct bytes proof;
    struct digest hash = plain_hash(api_bytes(api, api_text(body, "letter")));
    const struct bytes parts[] = {bytes, digest_bytes(&hash)};
    struct digest id = labelled_digest("comity/v1/letter", parts, 2);
    assert_true(
        sign_turn(&fixture_party(api->fixture, "XB/poc")->officer[FIXTURE_DUTY], &id, 1, api->arena, &proof));
    (void)json_object_set_new(copy, "context", json_string(base64_new(api->arena, bytes)));
    (void)json_array_set_new(json_object_get(copy, "signatures"), 0,
                             json_string(base64_new(api->arena, proof)));
    return copy;
}

static void the_forger_of_this_test_is_right_when_it_forges_nothing(void **state)
{
    struct api *api = *state;
    unsigned status = 0;
    api_case(api);
    json_t *body = signed_letter(api, "XB/poc", API_ACK);
    json_t *again = with_context(api, body, context_of(api, body));
    json_decref(api_call(api, "XB/poc", VERB_SUBMIT, "", "", true, again, &status));
    assert_int_equal(status, 200);
    json_decref(body);
}

/* Somebody took it over between preparing and sending. */
static void who_has_the_case_by_then_signs(void **state)
{
    struct api *api = *state;
    unsigned status = 0;
    api_case(api);
    json_t *body = signed_letter(api, "XB/poc", API_ACK);
    json_t *answer = api_call(api, "XB/poc", VERB_TAKE, api->case_id, "", true,
                              json_pack("{s:s,s:s}", "officer", api_officer(api, "XB/poc", 0), "give",
                                        api_officer(api, "XB/poc", 1)),
                              &status);
    assert_int_equal(status, 200);
    json_decref(answer);
    assert_submit_refused(api, "XB/poc", body, 409, "TAKEN");
}

static void every_forged_field_of_the_context_is_refused(void **state)
{
    struct api *api = *state;
    static uint8_t noise[32] = {7};
    ProtobufCBinaryData long_noise = {.len = 32, .data = noise};
    ProtobufCBinaryData short_noise = {.len = 16, .data = noise};
    char xc[] = "XC/poc";
    char *copies[] = {xc};
    api_case(api);
    json_t *body = signed_letter(api, "XB/poc", API_ACK);
    for (unsigned field = 0; field < 13; field++) {
        Comity__Context forged = *context_of(api, body);
        const char *code = "CONTEXT";
        unsigned status = 422;
        switch (field) {
        case 0:
            forged.version = 2;
            break;
        case 1:
            forged.kind = KIND_CONTROL;
            break;
        case 2:
            forged.network = long_noise;
            break;
        case 3:
            forged.from = xc;
            break;
        case 4:
            forged.to = xc;
            break;
        case 5:
            forged.n_copy = 1;
            forged.copy = copies;
            break;
        case 6:
            forged.case_id = short_noise;
            code = "NOT_FOUND";
            status = 404;
            break;
        case 7:
            forged.case_seq = 2;
            forged.case_prev = long_noise;
            break;
        case 8:
            forged.seen = long_noise;
            break;
        case 9:
            forged.signed_ms += MS_PER_DAY;
            break;
        case 10:
            forged.roster = 2;
            code = "ROSTER_MOVED";
            status = 409;
            break;
        case 11:
            forged.roster_hash = long_noise;
            break;
        default:
            forged.exercise = short_noise;
            break;
        }
        assert_submit_refused(api, "XB/poc", with_context(api, body, &forged), status, code);
    }
    json_decref(body);
    assert_true(world_settle(api->world, 1000));
    json_t *view = officer_get(api->world, "XB/poc", VERB_CASE, api->case_id, "");
    assert_int_equal(json_array_size(json_object_get(view, "letters")), 1);
    json_decref(view);
}

static void a_forged_signer_or_signature_is_refused(void **state)
{
    struct api *api = *state;
    api_case(api);
    json_t *body = signed_letter(api, "XB/poc", API_ACK);
    Comity__Context foreign = *context_of(api, body);
    struct public_key key = fixture_party(api->fixture, "XA/poc")->officer[FIXTURE_DUTY].key;
    ProtobufCBinaryData signer = {.len = sizeof key.bytes, .data = key.bytes};
    foreign.signer = &signer;
    assert_submit_refused(api, "XB/poc", with_context(api, body, &foreign), 422, "OFFICER");
    struct public_key head = fixture_party(api->fixture, "XB/poc")->officer[FIXTURE_HEAD].key;
    signer.data = head.bytes;
    assert_submit_refused(api, "XB/poc", with_context(api, body, &foreign), 422,
                          "SIGNATURE"); /* named, but did not sign */
    Comity__Context nobody = *context_of(api, body);
    nobody.n_signer = 0;
    json_t *unsigned_body = with_context(api, body, &nobody);
    (void)json_array_clear(json_object_get(unsigned_body, "signatures"));
    assert_submit_refused(api, "XB/poc", unsigned_body, 422, "SIGNERS");
    json_t *missing = json_deep_copy(body);
    (void)json_array_clear(json_object_get(missing, "signatures"));
    assert_submit_refused(api, "XB/poc", missing, 422, "SIGNATURE");
    json_t *rubbish = json_deep_copy(body);
    (void)json_array_set_new(json_object_get(rubbish, "signatures"), 0, json_string("!"));
    assert_submit_refused(api, "XB/poc", rubbish, 400, "MALFORMED");
    json_t *no_letter = json_deep_copy(body);
    (void)json_object_set_new(no_letter, "letter", json_string("AAAA"));
    assert_submit_refused(api, "XB/poc", no_letter, 400, "MALFORMED");
    assert_submit_refused(api, "XB/poc", json_object(), 400, "MALFORMED");
    assert_submit_refused(api, "XB/poc", NULL, 400, "MALFORMED");
    json_decref(body);
}

/* The rules hold at submitting too: a letter that preparing never saw. */
static void rules_are_asked_again_when_a_letter_is_submitted(void **state)
{
    struct api *api = *state;
    api_case(api);
    json_t *body = signed_letter(api, "XB/poc", API_ACK);
    Comity__Letter letter = COMITY__LETTER__INIT;
    Comity__Ack incomplete = COMITY__ACK__INIT;
    letter.body_case = COMITY__LETTER__BODY_ACK;
    letter.ack = &incomplete;
    struct bytes bytes = letter_pack(api->arena, &letter);
    (void)json_object_set_new(body, "letter", json_string(base64_new(api->arena, bytes)));
    assert_submit_refused(api, "XB/poc", with_context(api, body, context_of(api, body)), 422, "INCOMPLETE");
    json_decref(body);
}

static void what_was_prepared_long_ago_is_refused(void **state)
{
    struct api *api = *state;
    api_case(api);
    json_t *body = signed_letter(api, "XB/poc", API_ACK);
    assert_true(world_leap(api->world, MS_PER_DAY + MS_PER_HOUR));
    assert_submit_refused(api, "XB/poc", body, 422, "CONTEXT");
}

static void a_case_that_moved_is_looked_at_again(void **state)
{
    struct api *api = *state;
    api_case(api);
    json_t *stale = signed_letter(api, "XB/poc", API_ACK);
    api_send(api, "XA/poc", API_WITHDRAW);
    assert_submit_refused(api, "XB/poc", stale, 409, "CASE_MOVED");
    json_t *two = signed_letter(api, "XB/poc", "{\"status\":{\"text\":\"it is looked at\"}}");
    api_send(api, "XB/poc", API_ACK);
    assert_submit_refused(api, "XB/poc", two, 409,
                          "CASE_MOVED"); /* another letter of this side has its number */
}

/* Rule 4 excepts the question how it stands. */
static void a_status_ask_that_crossed_stops_no_letter(void **state)
{
    struct api *api = *state;
    unsigned status = 0;
    api_case(api);
    json_t *prepared = signed_letter(api, "XB/poc", API_ACK);
    api_send(api, "XA/poc", API_STATUS_ASK);
    json_decref(api_call(api, "XB/poc", VERB_SUBMIT, "", "", true, prepared, &status));
    assert_int_equal(status, 200);
}

static unsigned submit_as(struct api *api, const uint8_t id[16], const json_t *body, json_t **ret)
{
    return officer_submit(api->world, "XB/poc", id, body, ret);
}

static void a_repeated_id_gets_the_stored_answer_after_a_restart_too(void **state)
{
    struct api *api = *state;
    struct error error = {.text = ""};
    uint8_t id[16];
    json_t *first = NULL, *second = NULL;
    api_case(api);
    json_t *body = signed_letter(api, "XB/poc", API_ACK);
    officer_command_id(id);
    assert_int_equal(submit_as(api, id, body, &first), 200);
    assert_string_equal(api_text(first, "state"), "ACKNOWLEDGED");
    size_t xb = world_actor(api->world, "XB/poc");
    world_crash(api->world, xb, DISK_LOSE_ALL);
    assert_true(world_start(api->world, xb, &error));
    api_settle(api);
    /* the case moved on; the answer stays what it was */
    api_send(api, "XB/poc", "{\"held\":{\"scope\":\"all\",\"custodianReference\":\"eh-1\"}}");
    assert_int_equal(submit_as(api, id, body, &second), 200);
    assert_true(json_equal(first, second) == 1);
    json_decref(first);
    json_decref(second);
    json_decref(body);
    json_t *view = officer_get(api->world, "XB/poc", VERB_CASE, api->case_id, "");
    assert_int_equal(json_array_size(json_object_get(view, "letters")), 3);
    json_decref(view);
}

static void an_id_does_not_mean_two_things(void **state)
{
    struct api *api = *state;
    uint8_t id[16];
    json_t *answer = NULL;
    api_case(api);
    json_t *body = signed_letter(api, "XB/poc", API_ACK);
    officer_command_id(id);
    assert_int_equal(submit_as(api, id, body, &answer), 200);
    json_decref(answer);
    (void)json_object_set_new(body, "opened", json_array());
    unsigned status = submit_as(api, id, body, &answer);
    api_assert_refused(answer, status, 409, "COMMAND_REUSED");
    json_decref(body);
}

static void a_refused_command_leaves_its_id_free(void **state)
{
    struct api *api = *state;
    uint8_t id[16];
    json_t *answer = NULL;
    api_case(api);
    json_t *body = signed_letter(api, "XB/poc", API_ACK);
    json_t *broken = json_deep_copy(body);
    (void)json_array_clear(json_object_get(broken, "signatures"));
    officer_command_id(id);
    unsigned status = submit_as(api, id, broken, &answer);
    api_assert_refused(answer, status, 422, "SIGNATURE");
    assert_int_equal(submit_as(api, id, body, &answer), 200);
    json_decref(answer);
    json_decref(broken);
    json_decref(body);
}

static void the_same_letter_under_two_ids_is_filed_once(void **state)
{
    struct api *api = *state;
    uint8_t one[16], two[16];
    json_t *first = NULL, *second = NULL;
    api_case(api);
    json_t *body = signed_letter(api, "XB/poc", API_ACK);
    officer_command_id(one);
    officer_command_id(two);
    assert_int_equal(submit_as(api, one, body, &first), 200);
    assert_int_equal(submit_as(api, two, body, &second), 200);
    assert_true(json_equal(first, second) == 1);
    json_decref(first);
    json_decref(second);
    json_decref(body);
}

static void a_command_needs_an_id(void **state)
{
    struct api *api = *state;
    unsigned status = 0;
    json_t *answer = api_call(api, "XB/poc", VERB_SUBMIT, "", "", false, json_object(), &status);
    api_assert_refused(answer, status, 400, "MALFORMED");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, api_set_up, api_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_forger_of_this_test_is_right_when_it_forges_nothing),
        TEST(who_has_the_case_by_then_signs),
        TEST(every_forged_field_of_the_context_is_refused),
        TEST(a_forged_signer_or_signature_is_refused),
        TEST(rules_are_asked_again_when_a_letter_is_submitted),
        TEST(what_was_prepared_long_ago_is_refused),
        TEST(a_case_that_moved_is_looked_at_again),
        TEST(a_status_ask_that_crossed_stops_no_letter),
        TEST(a_repeated_id_gets_the_stored_answer_after_a_restart_too),
        TEST(an_id_does_not_mean_two_things),
        TEST(a_refused_command_leaves_its_id_free),
        TEST(the_same_letter_under_two_ids_is_filed_once),
        TEST(a_command_needs_an_id),
    };
    return cmocka_run_group_tests_name("command_submit", tests, NULL, NULL);
}
