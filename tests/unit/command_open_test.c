/* SPDX-License-Identifier: Apache-2.0 */
/* OPEN: an officer's receipt that letters were opened, taken once and only when it is true. */
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
#include "nodes/receipts.h"
#include "tests/support/api.h"

/* The receipt of the case view for a signer, signed by that or another officer. */
static json_t *opened_body(struct api *api, const char *signer_text, const struct signer *signer)
{
    char query[80];
    struct bytes proof;
    (void)snprintf(query, sizeof query, "signer=%s", signer_text);
    json_t *view = officer_get(api->world, "XB/poc", VERB_CASE, api->case_id, query);
    const json_t *entry = json_array_get(json_object_get(view, "unopened"), 0);
    const char *text = api_text(entry, "receipt");
    const struct bytes receipt = api_bytes(api, text);
    struct digest digest = labelled_digest("comity/v1/rcpt", &receipt, 1);
    char hex[65];
    assert_string_equal(api_text(entry, "digest"), hex_write(hex, digest_bytes(&digest)));
    assert_true(sign_turn(signer, &digest, 1, api->arena, &proof));
    json_t *body =
        json_pack("{s:[{s:s, s:s}]}", "opened", "receipt", text, "proof", base64_new(api->arena, proof));
    json_decref(view);
    return body;
}

static int64_t opened_count(struct api *api, json_t *body)
{
    unsigned status = 0;
    json_t *answer = api_call(api, "XB/poc", VERB_OPEN, api->case_id, "", true, body, &status);
    int64_t opened = status == 200 ? json_integer_value(json_object_get(answer, "opened")) : -1;
    json_decref(answer);
    return opened;
}

/* How many OPENED receipts XB/poc has filed about the envelope of the request. */
static size_t receipts_filed(struct api *api)
{
    struct receipt_row rows[16];
    struct envelope_id id;
    size_t opened = 0;
    json_t *why = officer_get(api->world, "XA/poc", VERB_WHY, api->case_id, "");
    const json_t *envelope = json_array_get(json_object_get(why, "envelopes"), 0);
    assert_true(
        hex_read(id.digest.bytes, sizeof id.digest.bytes, bytes_of_text(api_text(envelope, "envelope"))));
    json_decref(why);
    size_t count = node_receipts_of(world_node(api->world, world_actor(api->world, "XB/poc")), &id, 16,
                                    api->arena, rows);
    for (size_t i = 0; i < count; i++) {
        opened += rows[i].kind == RECEIPT_OPENED ? 1 : 0;
    }
    return opened;
}

static void a_letter_is_opened_once(void **state)
{
    struct api *api = *state;
    api_case(api);
    const struct fixture_party *xb = fixture_party(api->fixture, "XB/poc");
    json_t *duty = opened_body(api, api_officer(api, "XB/poc", FIXTURE_DUTY), &xb->officer[FIXTURE_DUTY]);
    json_t *head = opened_body(api, api_officer(api, "XB/poc", FIXTURE_HEAD), &xb->officer[FIXTURE_HEAD]);
    assert_int_equal(opened_count(api, json_incref(duty)), 1);
    assert_int_equal(opened_count(api, duty), 0); /* the very receipt again */
    assert_int_equal(opened_count(api, head), 0); /* another officer was slower */
    api_settle(api);
    assert_int_equal(receipts_filed(api), 1);
    json_t *q = officer_get(api->world, "XA/poc", VERB_CASE, api->case_id, "");
    json_t *rung = json_array_get(json_object_get(q, "ladder"), 3);
    assert_string_equal(api_text(rung, "step"), "opened");
    assert_string_equal(api_text(rung, "by"), "duty");
    json_decref(q);
    json_t *r = officer_get(api->world, "XB/poc", VERB_CASE, api->case_id, "");
    assert_int_equal(json_array_size(json_object_get(r, "unopened")), 0);
    json_decref(r);
}

static void assert_open_refused(struct api *api, const char *party, json_t *body, const char *code)
{
    unsigned status = 0;
    json_t *answer = api_call(api, party, VERB_OPEN, api->case_id, "", true, body, &status);
    api_assert_refused(answer, status, 422, code);
}

static void a_false_opened_receipt_is_refused(void **state)
{
    struct api *api = *state;
    unsigned status = 0;
    api_case(api);
    const struct fixture_party *xb = fixture_party(api->fixture, "XB/poc");
    const char *duty = api_officer(api, "XB/poc", FIXTURE_DUTY);
    assert_open_refused(api, "XB/poc", opened_body(api, duty, &xb->officer[FIXTURE_HEAD]), "SIGNATURE");
    assert_open_refused(api, "XB/poc", json_object(), "MALFORMED");
    assert_open_refused(api, "XB/poc",
                        json_pack("{s:[{s:s, s:s}]}", "opened", "receipt", "AAAA", "proof", "AAAA"),
                        "MALFORMED");
    assert_open_refused(api, "XA/poc", opened_body(api, duty, &xb->officer[FIXTURE_DUTY]),
                        "MALFORMED"); /* not its own */
    /* the receipt of one case cannot open another */
    json_t *of_first = opened_body(api, duty, &xb->officer[FIXTURE_DUTY]);
    api_case(api);
    assert_open_refused(api, "XB/poc", of_first, "NOT_FOUND");
    json_t *answer = api_call(api, "XB/poc", VERB_CASE, api->case_id,
                              arena_format(api->arena, "signer=%s", api_officer(api, "XA/poc", FIXTURE_DUTY)),
                              false, NULL, &status);
    api_assert_refused(answer, status, 422, "OFFICER");
    answer = api_call(api, "XB/poc", VERB_CASE, api->case_id, "signer=12", false, NULL, &status);
    api_assert_refused(answer, status, 422, "OFFICER");
}

static void who_may_read_but_not_sign_may_open(void **state)
{
    struct api *api = *state;
    api_case(api);
    struct signer reader = fixture_signer(api->slab, API_READER);
    assert_int_equal(opened_count(api, opened_body(api, api_extra(api, API_READER), &reader)), 1);
    signer_done(&reader);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, api_set_up, api_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_letter_is_opened_once),
        TEST(a_false_opened_receipt_is_refused),
        TEST(who_may_read_but_not_sign_may_open),
    };
    return cmocka_run_group_tests_name("command_open", tests, NULL, NULL);
}
