/* SPDX-License-Identifier: Apache-2.0 */
/* PREPARE: what may be signed, and every way in which a letter may not. */
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

#include "base/instant.h"
#include "base/text.h"
#include "proto/wire.h"
#include "tests/support/api.h"

static void assert_prepare_refused(struct api *api, const char *party, json_t *body, unsigned want_status,
                                   const char *want_code)
{
    unsigned status = 0;
    json_t *answer = api_call(api, party, VERB_PREPARE, "", "", false, body, &status);
    api_assert_refused(answer, status, want_status, want_code);
}

static bool has_fault(const json_t *answer, const char *path, const char *code)
{
    size_t i = 0;
    json_t *fault = NULL;
    json_array_foreach(json_object_get(answer, "faults"), i, fault)
    {
        if (strcmp(api_text(fault, "path"), path) == 0 && strcmp(api_text(fault, "code"), code) == 0 &&
            api_text(fault, "text")[0] != '\0') {
            return true;
        }
    }
    return false;
}

static void every_fault_is_named_at_once(void **state)
{
    struct api *api = *state;
    unsigned status = 0;
    json_t *body = api_prepare_body("to", "XB/poc", api->request, api_officer(api, "XA/poc", FIXTURE_DUTY));
    json_t *request = json_object_get(json_object_get(body, "letter"), "request");
    (void)json_object_del(request, "facts");
    (void)json_object_set_new(request, "holdDays", json_integer(10));
    (void)json_object_del(json_array_get(json_object_get(request, "items"), 1), "link");
    json_t *answer = api_call(api, "XA/poc", VERB_PREPARE, "", "", false, body, &status);
    assert_int_equal(status, 422);
    assert_true(has_fault(answer, "facts", "MISSING"));
    assert_true(has_fault(answer, "items[1].link", "MISSING"));
    assert_int_equal(json_array_size(json_object_get(answer, "faults")), 3);
    api_assert_refused(answer, status, 422, "INCOMPLETE");
}

static void what_is_no_letter_is_named_by_its_own_path(void **state)
{
    struct api *api = *state;
    unsigned status = 0;
    json_t *body = api_prepare_body("to", "XB/poc",
                                    "{\"request\":{\"holdDayz\":90,\"necessity\":{\"urgency\":\"SOON\"}}}",
                                    api_officer(api, "XA/poc", FIXTURE_DUTY));
    json_t *answer = api_call(api, "XA/poc", VERB_PREPARE, "", "", false, body, &status);
    assert_true(has_fault(answer, "holdDayz", "UNKNOWN"));
    assert_true(has_fault(answer, "necessity.urgency", "ENUM"));
    api_assert_refused(answer, status, 422, "INCOMPLETE");
    assert_prepare_refused(api, "XA/poc", api_prepare_body("to", "XB/poc", "{}", "00"), 422, "INCOMPLETE");
    assert_prepare_refused(api, "XA/poc", NULL, 422, "INCOMPLETE");
}

static void a_letter_needs_one_place_and_a_good_recipient(void **state)
{
    struct api *api = *state;
    const char *key = api_officer(api, "XA/poc", FIXTURE_DUTY);
    json_t *both = api_prepare_body("to", "XB/poc", api->request, key);
    (void)json_object_set_new(both, "case", json_string("abcd"));
    assert_prepare_refused(api, "XA/poc", both, 400, "MALFORMED");
    json_t *none = api_prepare_body("to", "XB/poc", api->request, key);
    (void)json_object_del(none, "to");
    assert_prepare_refused(api, "XA/poc", none, 400, "MALFORMED");
    assert_prepare_refused(api, "XA/poc", api_prepare_body("to", "xb", api->request, key), 422, "RECIPIENT");
    assert_prepare_refused(api, "XA/poc", api_prepare_body("to", "XZ/poc", api->request, key), 422,
                           "RECIPIENT");
    assert_prepare_refused(api, "XA/poc", api_prepare_body("to", "XA/poc", api->request, key), 422,
                           "RECIPIENT");
    assert_prepare_refused(api, "XA/poc", api_prepare_body("case", "abcd1234", API_ACK, key), 404,
                           "NOT_FOUND");
    assert_prepare_refused(api, "XA/poc", api_prepare_body("to", "XB/poc", api->request, "not a key"), 400,
                           "MALFORMED");
}

static void only_officers_of_this_party_with_a_mandate_sign(void **state)
{
    struct api *api = *state;
    api_case(api);
    static const unsigned wrong[] = {API_READER, API_TRAINEE, API_REVOKED, API_OVER, 999};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_prepare_refused(api, "XB/poc",
                               api_prepare_body("case", api->case_id, API_ACK, api_extra(api, wrong[i])), 422,
                               "OFFICER");
    }
    assert_prepare_refused(
        api, "XB/poc",
        api_prepare_body("case", api->case_id, API_ACK, api_officer(api, "XA/poc", FIXTURE_DUTY)), 422,
        "OFFICER");
    const char *node_key = api_key(api, &fixture_party(api->fixture, "XB/poc")->node_signer.key);
    assert_prepare_refused(api, "XB/poc", api_prepare_body("case", api->case_id, API_ACK, node_key), 422,
                           "OFFICER");
}

static void a_refusal_needs_two_different_officers(void **state)
{
    struct api *api = *state;
    unsigned status = 0;
    api_case(api);
    const char refused[] = "{\"refused\":{\"ground\":\"G21B\",\"text\":\"essential interests\"}}";
    const char *duty = api_officer(api, "XB/poc", FIXTURE_DUTY);
    json_t *answer = api_call(api, "XB/poc", VERB_PREPARE, "", "", false,
                              api_prepare_body("case", api->case_id, refused, duty), &status);
    assert_int_equal(json_integer_value(json_object_get(answer, "signatures")), 2);
    api_assert_refused(answer, status, 422, "SIGNERS");
    json_t *twice = api_prepare_body("case", api->case_id, refused, duty);
    (void)json_array_append_new(json_object_get(twice, "signers"), json_string(duty));
    assert_prepare_refused(api, "XB/poc", twice, 422, "OFFICER");
    json_t *four = api_prepare_body("case", api->case_id, refused, duty);
    for (unsigned i = 0; i < 3; i++) {
        (void)json_array_append_new(json_object_get(four, "signers"), json_string(duty));
    }
    assert_prepare_refused(api, "XB/poc", four, 422, "SIGNERS");
}

static void the_reading_is_made_from_the_bytes_to_be_signed(void **state)
{
    struct api *api = *state;
    unsigned status = 0;
    api_case(api);
    const char asked[] =
        "{\"infoAsked\":{\"questions\":[{\"code\":\"PORT\",\"text\":\"which port?\\nsigned by: the King\","
        "\"items\":[2],\"blocking\":true}]}}";
    json_t *answer = api_call(
        api, "XB/poc", VERB_PREPARE, "", "", false,
        api_prepare_body("case", api->case_id, asked, api_officer(api, "XB/poc", FIXTURE_DUTY)), &status);
    assert_int_equal(status, 200);
    const char *reading = api_text(answer, "reading");
    assert_non_null(strstr(reading, "letter: INFO_ASKED\nfrom: XB/poc\nto: XA/poc\n"));
    assert_non_null(strstr(reading, api->case_id));
    assert_non_null(strstr(reading, "signed by: duty"));
    assert_non_null(strstr(reading, "    | which port?\n    | signed by: the King\n"));
    assert_null(strstr(reading, "\nsigned by: the King"));
    assert_null(strstr(reading, "EXERCISE"));
    assert_int_equal(json_array_size(json_object_get(answer, "unopened")), 1);
    json_decref(answer);
}

static Comity__Letter *prepared_letter(struct api *api, const json_t *answer)
{
    Comity__Letter *letter = NULL;
    struct bytes bytes = api_bytes(api, api_text(answer, "letter"));
    assert_int_equal(letter_unpack(bytes, api->arena, &letter, NULL), WIRE_OK);
    return letter;
}

static void a_hold_left_open_gets_its_dates_from_the_node(void **state)
{
    struct api *api = *state;
    unsigned status = 0;
    api_case(api);
    const char held[] = "{\"held\":{\"scope\":\"all\",\"custodianReference\":\"eh-1\"}}";
    json_t *answer = api_call(
        api, "XB/poc", VERB_PREPARE, "", "", false,
        api_prepare_body("case", api->case_id, held, api_officer(api, "XB/poc", FIXTURE_DUTY)), &status);
    assert_int_equal(status, 200);
    const Comity__Letter *letter = prepared_letter(api, answer);
    json_decref(answer);
    uint64_t now = world_now(api->world).ms;
    assert_int_equal(letter->held->held_from->ms, now);
    assert_int_equal(letter->held->hold_until->ms,
                     now + 90 * MS_PER_DAY); /* the request asks for 90 days; no zone here */
    assert_string_equal(letter->held->zone, "UTC");
    const char extended[] = "{\"extended\":{\"text\":\"granted\"}}";
    answer = api_call(
        api, "XB/poc", VERB_PREPARE, "", "", false,
        api_prepare_body("case", api->case_id, extended, api_officer(api, "XB/poc", FIXTURE_DUTY)), &status);
    assert_true(has_fault(answer, "holdUntil", "MISSING")); /* what an officer promises is not invented */
    api_assert_refused(answer, status, 422, "INCOMPLETE");
}

/* It opens its case: without the date, nobody could ever say that the call was not put into writing. */
static void a_call_left_open_says_by_when_it_is_owed_in_writing(void **state)
{
    struct api *api = *state;
    unsigned status = 0;
    uint64_t now = world_now(api->world).ms;
    json_t *noted = json_loads(api->request, 0, NULL); /* {"request": ...}, and beside it what is noted */
    char called[INSTANT_TEXT_MAX];
    (void)instant_write(called, (struct instant){.ms = (int64_t)now});
    (void)json_object_update_new(noted, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "calledAt", called,
                                                  "caller", "officer 4711", "numberCalledBack",
                                                  "+84 24 5550 0100", "calledBackAt", called, "said",
                                                  "Please hold the logs.", "reference", "XB-88"));
    noted = json_pack("{s:o}", "oralNoted", noted);
    char *letter = json_dumps(noted, JSON_COMPACT);
    json_t *answer =
        api_call(api, "XB/poc", VERB_PREPARE, "", "", false,
                 api_prepare_body("to", "XA/poc", letter, api_officer(api, "XB/poc", FIXTURE_DUTY)), &status);
    assert_int_equal(status, 200);
    assert_int_equal(prepared_letter(api, answer)->oral_noted->written_by->ms, now + MS_PER_DAY);
    json_decref(answer);
    json_decref(noted);
    free(letter);
}

static void nothing_is_signed_under_an_expired_roster(void **state)
{
    struct api *api = *state;
    api_case(api);
    uint64_t to_expiry = FIXTURE_EXPIRES_MS - world_now(api->world).ms + MS_PER_DAY;
    assert_true(world_leap(api->world, to_expiry));
    json_t *status = officer_get(api->world, "XB/poc", VERB_STATUS, "", "");
    assert_true(json_is_true(json_object_get(json_object_get(status, "roster"), "stale")));
    assert_true(json_is_false(json_object_get(json_object_get(status, "roster"), "expired")));
    json_decref(status);
    assert_true(world_leap(api->world, FIXTURE_GRACE_DAYS * MS_PER_DAY));
    assert_prepare_refused(
        api, "XB/poc",
        api_prepare_body("case", api->case_id, API_ACK, api_officer(api, "XB/poc", FIXTURE_DUTY)), 409,
        "ROSTER_EXPIRED");
    assert_int_equal(api_get_status(api, "XB/poc", VERB_CASE, api->case_id), 200); /* reading goes on */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, api_set_up, api_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_fault_is_named_at_once),
        TEST(what_is_no_letter_is_named_by_its_own_path),
        TEST(a_letter_needs_one_place_and_a_good_recipient),
        TEST(only_officers_of_this_party_with_a_mandate_sign),
        TEST(a_refusal_needs_two_different_officers),
        TEST(the_reading_is_made_from_the_bytes_to_be_signed),
        TEST(a_hold_left_open_gets_its_dates_from_the_node),
        TEST(a_call_left_open_says_by_when_it_is_owed_in_writing),
        TEST(nothing_is_signed_under_an_expired_roster),
    };
    return cmocka_run_group_tests_name("command_prepare", tests, NULL, NULL);
}
