/* SPDX-License-Identifier: Apache-2.0 */
/* Letters that wait for officers at other machines: what is kept, who signs, and that nobody signs what does not fit any more. */
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
#include "nodes/store_prepared.h"
#include "proto/wire.h"
#include "tests/support/api.h"

#define REFUSED "{\"refused\":{\"ground\":\"G21B\",\"text\":\"of the ministry\"}}"

/* REFUSED of the case, as duty and head have signed it. */
static json_t *signed_by_both(struct api *api)
{
    json_t *body = NULL;
    assert_int_equal(officer_sign(api->world, api->fixture, "XB/poc", api->case_id, REFUSED, &body), 200);
    return body;
}

static const char *proof_of(const json_t *body, size_t i)
{
    return json_string_value(json_array_get(json_object_get(body, "signatures"), i));
}

/* A body for KEEP with these proofs of it. */
static json_t *keep_body(const json_t *body, bool duty, bool head)
{
    return json_pack("{s:O, s:O, s:[s?, s?]}", "context", json_object_get(body, "context"), "letter",
                     json_object_get(body, "letter"), "signatures", duty ? proof_of(body, 0) : NULL,
                     head ? proof_of(body, 1) : NULL);
}

static json_t *keep(struct api *api, const json_t *body, bool duty, bool head)
{
    unsigned status = 0;
    json_t *answer = api_call(api, "XB/poc", VERB_KEEP, "", "", true, keep_body(body, duty, head), &status);
    assert_int_equal(status, 200);
    return answer;
}

/* Keeps it with the duty officer's signature; its id lies in the arena. */
static const char *keep_half(struct api *api, const json_t *body)
{
    json_t *answer = keep(api, body, true, false);
    const char *id = arena_format(api->arena, "%s", api_text(answer, "letterId"));
    json_decref(answer);
    return id;
}

static json_t *sign(struct api *api, const char *id, const char *key, const char *proof, unsigned *ret_status)
{
    return api_call(api, "XB/poc", VERB_SIGN, id, "", true,
                    json_pack("{s:s, s:s}", "signer", key, "signature", proof), ret_status);
}

static void assert_sign_refused(struct api *api, const char *id, const char *key, const char *proof,
                                unsigned want_status, const char *want_code)
{
    unsigned status = 0;
    json_t *answer = sign(api, id, key, proof, &status);
    api_assert_refused(answer, status, want_status, want_code);
}

static const char *duty(struct api *api)
{
    return api_officer(api, "XB/poc", FIXTURE_DUTY);
}

static const char *head(struct api *api)
{
    return api_officer(api, "XB/poc", FIXTURE_HEAD);
}

static size_t letters(struct api *api)
{
    json_t *view = officer_get(api->world, "XB/poc", VERB_CASE, api->case_id, "");
    size_t count = json_array_size(json_object_get(view, "letters"));
    json_decref(view);
    return count;
}

/* The only one that waits, NULL when none does. A new reference. */
static json_t *waiting(struct api *api)
{
    json_t *list = officer_get(api->world, "XB/poc", VERB_PREPARED, "", "");
    json_t *only = json_incref(json_array_get(json_object_get(list, "prepared"), 0));
    assert_true(json_array_size(json_object_get(list, "prepared")) <= 1);
    json_decref(list);
    return only;
}

static void a_letter_waits_until_the_last_has_signed(void **state)
{
    struct api *api = *state;
    unsigned status = 0;
    api_case(api);
    json_t *body = signed_by_both(api);
    const char *id = keep_half(api, body);
    json_t *entry = waiting(api);
    assert_string_equal(api_text(entry, "letterId"), id);
    assert_string_equal(api_text(entry, "kind"), "REFUSED");
    assert_string_equal(api_text(entry, "by"), "officer");
    assert_true(
        json_is_false(json_object_get(entry, "new"))); /* though it is the first letter of this side */
    assert_string_equal(api_text(entry, "reference"), "XA-NCC-2026-0417");
    assert_int_equal(json_integer_value(json_object_get(entry, "missing")), 1);
    assert_null(json_object_get(entry, "refused"));
    json_decref(entry);
    assert_int_equal(letters(api), 1); /* nothing is filed */

    json_t *half = keep_body(body, true, false); /* nor sent with one signature of two */
    json_t *answer = api_call(api, "XB/poc", VERB_SUBMIT, "", "", true, half, &status);
    api_assert_refused(answer, status, 422, "SIGNATURE");

    answer = sign(api, id, head(api), proof_of(body, 1), &status);
    assert_int_equal(status, 200);
    assert_int_equal(json_integer_value(json_object_get(answer, "missing")), 0);
    json_decref(answer);
    json_t *one = officer_get(api->world, "XB/poc", VERB_PREPARED_ONE, id, "");
    assert_true(json_equal(json_object_get(one, "signatures"), json_object_get(body, "signatures")) == 1);
    assert_true(json_equal(json_object_get(one, "context"), json_object_get(body, "context")) == 1);
    assert_non_null(strstr(api_text(one, "reading"), "of the ministry"));
    json_t *all = json_pack("{s:O, s:O, s:O}", "context", json_object_get(one, "context"), "letter",
                            json_object_get(one, "letter"), "signatures", json_object_get(one, "signatures"));
    json_decref(api_call(api, "XB/poc", VERB_SUBMIT, "", "", true, all, &status));
    assert_int_equal(status, 200);
    assert_null(waiting(api));
    assert_int_equal(letters(api), 2);
    json_decref(one);
    json_decref(body);
}

static void only_those_named_sign_and_only_with_their_own(void **state)
{
    struct api *api = *state;
    unsigned status = 0;
    api_case(api);
    json_t *body = signed_by_both(api);
    json_t *swapped = json_pack("{s:O, s:O, s:[s, n]}", "context", json_object_get(body, "context"), "letter",
                                json_object_get(body, "letter"), "signatures", proof_of(body, 1));
    json_t *answer = api_call(api, "XB/poc", VERB_KEEP, "", "", true, swapped, &status);
    api_assert_refused(answer, status, 422, "SIGNATURE");
    assert_null(waiting(api));
    const char *id = keep_half(api, body);
    assert_sign_refused(api, id, head(api), proof_of(body, 0), 422, "SIGNATURE");
    assert_sign_refused(api, id, api_extra(api, API_READER), proof_of(body, 1), 422, "OFFICER");
    assert_sign_refused(api, id, "00", proof_of(body, 1), 400, "MALFORMED");
    assert_sign_refused(api, id, head(api), "?", 400, "MALFORMED");
    assert_sign_refused(api, "0123456789abcdef", head(api), proof_of(body, 1), 404, "NOT_FOUND");
    id = arena_format(api->arena, "%.7s", id); /* too short a prefix */
    assert_sign_refused(api, id, head(api), proof_of(body, 1), 404, "NOT_FOUND");
    json_t *entry = waiting(api);
    assert_int_equal(json_integer_value(json_object_get(entry, "missing")), 1);
    json_decref(entry);
    json_decref(body);
}

static void what_was_signed_stays_signed(void **state)
{
    struct api *api = *state;
    unsigned status = 0;
    api_case(api);
    json_t *body = signed_by_both(api);
    const char *id = keep_half(api, body);
    json_t *answer = keep(api, body, false, false); /* the same letter again, without it */
    assert_int_equal(json_integer_value(json_object_get(answer, "missing")), 1);
    json_decref(answer);
    answer = sign(api, id, duty(api), proof_of(body, 0), &status); /* the same signature again */
    assert_int_equal(status, 200);
    assert_int_equal(json_integer_value(json_object_get(answer, "missing")), 1);
    json_decref(answer);
    json_decref(body);
}

static void nobody_signs_for_a_case_that_has_moved(void **state)
{
    struct api *api = *state;
    unsigned status = 0;
    api_case(api);
    json_t *body = signed_by_both(api);
    const char *id = keep_half(api, body);
    api_send(api, "XA/poc", API_STATUS_ASK); /* a question how it stands changes nothing */
    json_t *entry = waiting(api);
    assert_null(json_object_get(entry, "refused"));
    json_decref(entry);
    api_send(api, "XA/poc", API_WITHDRAW);
    entry = waiting(api);
    assert_string_equal(api_text(json_object_get(entry, "refused"), "code"), "CASE_MOVED");
    json_decref(entry);
    assert_sign_refused(api, id, head(api), proof_of(body, 1), 409, "CASE_MOVED");
    json_t *answer = api_call(api, "XB/poc", VERB_KEEP, "", "", true, keep_body(body, true, true), &status);
    api_assert_refused(answer, status, 409, "CASE_MOVED");
    json_decref(body);
}

/* XB/poc publishes that it reads French. */
static void reads_french(struct roster_draft *draft, struct arena *arena, void *context)
{
    static const char *const french[] = {"fr", NULL};
    struct terms *terms = arena_take(arena, sizeof *terms);
    (void)context;
    assert_non_null(terms);
    *terms = *party_terms(&draft->parties[1]);
    terms->languages[TERMS_HOLDS] = french;
    draft->parties[1].terms = terms;
}

static const json_t *change_of(const json_t *answer, const char *path)
{
    size_t i = 0;
    const json_t *change = NULL;
    json_array_foreach(json_object_get(answer, "changes"), i, change)
    {
        if (strcmp(api_text(change, "path"), path) == 0) {
            return change;
        }
    }
    return NULL;
}

static void a_roster_that_changed_shows_what_to_look_at_again(void **state)
{
    struct api *api = *state;
    unsigned status = 0;
    json_t *body = NULL;
    struct bytes minisigs[2];
    size_t xa = world_actor(api->world, "XA/poc");
    assert_int_equal(officer_sign(api->world, api->fixture, "XA/poc", "XB/poc", api->request, &body), 200);
    json_t *answer = api_call(api, "XA/poc", VERB_KEEP, "", "", true, keep_body(body, false, false), &status);
    assert_int_equal(status, 200);
    const char *id = arena_format(api->arena, "%s", api_text(answer, "letterId"));
    json_decref(answer);
    struct roster *next = fixture_next(api->fixture, api->fixture->roster, reads_french, NULL, minisigs);
    world_roster(api->world, xa, roster_json(next), minisigs, 2);
    assert_true(world_pass(api->world, 1000));
    answer = api_call(api, "XA/poc", VERB_SIGN, id, "", true,
                      json_pack("{s:s, s:s}", "signer", api_officer(api, "XA/poc", FIXTURE_DUTY), "signature",
                                proof_of(body, 0)),
                      &status);
    const json_t *change = change_of(answer, "terms.languages.holds");
    assert_string_equal(api_text(change, "party"), "XB/poc");
    assert_string_equal(json_string_value(json_array_get(json_object_get(change, "is"), 0)), "fr");
    assert_null(json_object_get(change, "was"));
    const json_t *fault = json_array_get(json_object_get(answer, "faults"), 0);
    assert_string_equal(api_text(fault, "code"), "LANGUAGE");
    api_assert_refused(answer, status, 409, "ROSTER_MOVED");
    answer = api_call(api, "XA/poc", VERB_SUBMIT, "", "", true, json_deep_copy(body), &status);
    assert_non_null(change_of(answer, "terms.languages.holds"));
    assert_null(change_of(answer, "name"));
    api_assert_refused(answer, status, 409, "ROSTER_MOVED");
    json_t *entry = officer_get(api->world, "XA/poc", VERB_PREPARED_ONE, id, "");
    assert_non_null(change_of(json_object_get(entry, "refused"), "terms.languages.holds"));
    json_decref(entry);
    json_decref(body);
    roster_free(next);
}

/* What the other State only tells is told to each who signs. */
static void who_signs_elsewhere_reads_the_notes(void **state)
{
    struct api *api = *state;
    unsigned status = 0;
    json_t *body = NULL, *letter = json_loads(api->request, 0, NULL);
    (void)json_object_set_new(json_object_get(letter, "request"), "language", json_string("ja"));
    char *text = json_dumps(letter, 0);
    assert_int_equal(officer_sign(api->world, api->fixture, "XA/poc", "XB/poc", text, &body), 200);
    json_t *answer = api_call(api, "XA/poc", VERB_KEEP, "", "", true, keep_body(body, false, false), &status);
    assert_int_equal(status, 200);
    json_t *entry = officer_get(api->world, "XA/poc", VERB_PREPARED_ONE, api_text(answer, "letterId"), "");
    assert_string_equal(api_text(json_array_get(json_object_get(entry, "notes"), 0), "code"), "LANGUAGE");
    json_decref(entry);
    json_decref(answer);
    json_decref(body);
    json_decref(letter);
    free(text);
}

static void a_day_later_it_is_forgotten(void **state)
{
    struct api *api = *state;
    api_case(api);
    json_t *body = signed_by_both(api);
    const char *id = keep_half(api, body);
    assert_true(world_leap(api->world, PREPARED_AGE_MS - MS_PER_HOUR));
    json_t *entry = waiting(api);
    assert_non_null(entry);
    json_decref(entry);
    assert_true(world_leap(api->world, 2 * MS_PER_HOUR));
    assert_null(waiting(api));
    assert_sign_refused(api, id, head(api), proof_of(body, 1), 404, "NOT_FOUND");
    json_decref(body);
}

static void what_is_discarded_is_gone_with_its_signatures(void **state)
{
    struct api *api = *state;
    unsigned status = 0;
    api_case(api);
    json_t *body = signed_by_both(api);
    const char *id = keep_half(api, body);
    json_decref(api_call(api, "XB/poc", VERB_DISCARD, id, "", true, NULL, &status));
    assert_int_equal(status, 200);
    assert_null(waiting(api));
    json_t *answer = api_call(api, "XB/poc", VERB_DISCARD, id, "", true, NULL, &status);
    api_assert_refused(answer, status, 404, "NOT_FOUND");
    answer = keep(api, body, false, false);
    assert_int_equal(json_integer_value(json_object_get(answer, "missing")), 2);
    json_decref(answer);
    json_decref(body);
}

static void no_more_wait_than_there_is_room_for(void **state)
{
    struct api *api = *state;
    unsigned status = 200;
    size_t kept = 0;
    api_case(api);
    for (size_t i = 0; status == 200; i++) {
        char letter[128];
        json_t *body = NULL;
        (void)snprintf(letter, sizeof letter,
                       "{\"refused\":{\"ground\":\"G21B\",\"text\":\"of ministry %zu\"}}", i);
        assert_int_equal(officer_sign(api->world, api->fixture, "XB/poc", api->case_id, letter, &body), 200);
        json_t *answer =
            api_call(api, "XB/poc", VERB_KEEP, "", "", true, keep_body(body, true, false), &status);
        kept += status == 200 ? 1 : 0;
        if (status != 200) {
            api_assert_refused(answer, status, 503, "FULL");
        } else {
            json_decref(answer);
        }
        json_decref(body);
    }
    assert_int_equal(kept, PREPARED_MAX);
}

/* --- mandates --- */

static unsigned prepare_with(struct api *api, const char *second, json_t **ret)
{
    unsigned status = 0;
    json_t *body = api_prepare_body("case", api->case_id, REFUSED, duty(api));
    (void)json_array_append_new(json_object_get(body, "signers"), json_string(second));
    *ret = api_call(api, "XB/poc", VERB_PREPARE, "", "", false, body, &status);
    return status;
}

static void where_somebody_decides_one_who_does_signs_what_takes_two(void **state)
{
    struct api *api = *state;
    json_t *answer = NULL;
    api_case(api);
    unsigned status = prepare_with(api, head(api), &answer);
    api_assert_refused(answer, status, 422, "MANDATE");
    assert_int_equal(prepare_with(api, api_extra(api, API_READER), &answer), 200);
    json_decref(answer);
    json_t *body = api_prepare_body("case", api->case_id, API_ACK, duty(api)); /* takes one: anybody's */
    json_decref(api_call(api, "XB/poc", VERB_PREPARE, "", "", false, body, &status));
    assert_int_equal(status, 200);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, api_set_up, api_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_letter_waits_until_the_last_has_signed),
        TEST(only_those_named_sign_and_only_with_their_own),
        TEST(what_was_signed_stays_signed),
        TEST(nobody_signs_for_a_case_that_has_moved),
        TEST(a_roster_that_changed_shows_what_to_look_at_again),
        TEST(who_signs_elsewhere_reads_the_notes),
        TEST(a_day_later_it_is_forgotten),
        TEST(what_is_discarded_is_gone_with_its_signatures),
        TEST(no_more_wait_than_there_is_room_for),
        cmocka_unit_test_setup_teardown(where_somebody_decides_one_who_does_signs_what_takes_two,
                                        api_set_up_deciding, api_tear_down),
    };
    return cmocka_run_group_tests_name("prepared letters", tests, NULL, NULL);
}
