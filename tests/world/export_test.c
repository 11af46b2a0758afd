/* SPDX-License-Identifier: Apache-2.0 */
/* What leaves a node for other programs, and what comes from them: cases to be audited, drafts, requests of a national case system. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "tests/support/officer.h"

struct setting {
    struct officer_scene scene;
    struct arena *arena;
    char case_id[33];
};

static int set_up(void **state)
{
    struct setting *s = calloc(1, sizeof *s);
    json_t *answer = NULL;
    assert_non_null(s);
    officer_scene_open(&s->scene, 11);
    s->arena = arena_new((size_t)16 * 1024 * 1024);
    assert_int_equal(
        officer_send(s->scene.world, s->scene.fixture, "XA/poc", "XB/poc", s->scene.request, &answer), 200);
    (void)snprintf(s->case_id, sizeof s->case_id, "%s", json_string_value(json_object_get(answer, "case")));
    json_decref(answer);
    assert_true(world_settle(s->scene.world, 100000));
    *state = s;
    return 0;
}

static int tear_down(void **state)
{
    struct setting *s = *state;
    officer_scene_close(&s->scene);
    arena_free(s->arena);
    free(s);
    return 0;
}

static void send(struct setting *s, const char *party, const char *letter)
{
    assert_int_equal(officer_send(s->scene.world, s->scene.fixture, party, s->case_id, letter, NULL), 200);
    assert_true(world_settle(s->scene.world, 100000));
}

static struct bytes bytes_at(struct setting *s, const json_t *text)
{
    const char *base64 = json_string_value(text);
    size_t size = 0;
    assert_non_null(base64);
    uint8_t *bytes = arena_take(s->arena, strlen(base64) + 1);
    assert_true(base64_read(bytes, strlen(base64), &size, bytes_of_text(base64)));
    return bytes_of(bytes, size);
}

/* --- export --- */

/* As an auditor who has the keys of the roster and nothing else. */
static bool holds(struct setting *s, const json_t *letter, const struct signer *officer)
{
    struct bytes context = bytes_at(s, json_object_get(letter, "context"));
    struct digest hash = plain_hash(bytes_at(s, json_object_get(letter, "letter")));
    const struct bytes parts[] = {context, digest_bytes(&hash)};
    struct digest id = labelled_digest("comity/v1/letter", parts, 2);
    char digits[65];
    struct bytes proof = bytes_at(s, json_array_get(json_object_get(letter, "signatures"), 0));
    return strcmp(hex_write(digits, digest_bytes(&id)), json_string_value(json_object_get(letter, "id"))) ==
               0 &&
           proof_verify(NULL, proof, &id, &officer->key) == PROOF_OK;
}

static void an_exported_case_can_be_verified_without_the_node(void **state)
{
    struct setting *s = *state;
    send(s, "XB/poc",
         "{\"ack\": {\"reference\": \"XB-77\", \"answer\": \"NOT_YET_KNOWN\", \"answerBy\": "
         "\"2026-06-03T12:00:00Z\"}}");
    json_t *export = officer_get(s->scene.world, "XA/poc", VERB_EXPORT, s->case_id, "");
    const json_t *letters = json_object_get(export, "letters");
    assert_string_equal(json_string_value(json_object_get(export, "format")), "comity-case-1");
    assert_int_equal(json_array_size(letters), 2);
    assert_int_equal(json_array_size(json_object_get(export, "rosters")), 1);
    for (size_t i = 0; i < 2; i++) {
        const json_t *letter = json_array_get(letters, i);
        const char *from = json_string_value(json_object_get(letter, "from"));
        const struct fixture_party *author = fixture_party(s->scene.fixture, from);
        assert_string_equal(json_string_value(json_object_get(letter, "place")), "IN_EFFECT");
        assert_true(holds(s, letter, &author->officer[FIXTURE_DUTY]));
        assert_false(holds(s, letter, &author->officer[FIXTURE_HEAD]));
        assert_true(json_array_size(json_object_get(letter, "receipts")) != 0);
    }
    json_decref(export);
}

/* --- drafts --- */

static const json_t *request_of(const json_t *answer)
{
    return json_object_get(json_object_get(answer, "letter"), "request");
}

static void a_referral_is_drafted_to_whom_it_names(void **state)
{
    struct setting *s = *state;
    send(s, "XB/poc",
         "{\"referred\": {\"state\": \"XC\", \"party\": \"XC/poc\", \"toldBy\": \"REQUESTING_SIDE_TELLS\", "
         "\"text\": \"There.\"}}");
    json_t *draft = officer_get(s->scene.world, "XA/poc", VERB_DRAFT, s->case_id, "as=referral");
    const json_t *parent = json_object_get(request_of(draft), "parent");
    assert_string_equal(json_string_value(json_object_get(draft, "to")), "XC/poc");
    assert_string_equal(json_string_value(json_object_get(parent, "relation")), "REFERRED");
    assert_string_equal(json_string_value(json_object_get(parent, "state")), "XB");
    assert_true(json_array_size(json_object_get(draft, "faults")) != 0); /* its own number, at least */
    json_decref(draft);
    draft = officer_get(s->scene.world, "XA/poc", VERB_DRAFT, s->case_id, "as=hop");
    assert_string_equal(json_string_value(json_object_get(draft, "code")), "NOTHING");
    json_decref(draft);
    draft = officer_get(s->scene.world, "XA/poc", VERB_DRAFT, s->case_id, "as=takeover");
    assert_string_equal(json_string_value(json_object_get(draft, "code")), "NOTHING");
    json_decref(draft);
    draft = officer_get(s->scene.world, "XA/poc", VERB_DRAFT, s->case_id, "as=anything");
    assert_string_equal(json_string_value(json_object_get(draft, "code")), "MALFORMED");
    json_decref(draft);
}

/* --- import --- */

static json_t *import(struct setting *s, json_t *body)
{
    json_t *answer = NULL;
    (void)officer_post(s->scene.world, "XA/poc", VERB_IMPORT, "", body, &answer);
    assert_non_null(answer);
    return answer;
}

static void what_no_request_has_is_left_out_and_named(void **state)
{
    struct setting *s = *state;
    json_t *letter = json_loads(s->scene.request, 0, NULL);
    json_t *request = json_object_get(letter, "request");
    json_t *item = json_array_get(json_object_get(request, "items"), 0);
    (void)json_object_set_new(request, "clearance", json_string("secret"));
    (void)json_object_set_new(item, "desk", json_pack("{s:[i]}", "floors", 3));
    json_t *answer = import(s, json_pack("{s:O,s:s}", "request", request, "to", "XB/poc"));
    const json_t *ignored = json_object_get(answer, "ignored");
    assert_int_equal(json_array_size(json_object_get(answer, "faults")), 0);
    assert_int_equal(json_array_size(ignored), 2);
    assert_string_equal(json_string_value(json_array_get(ignored, 0)), "items[0].desk");
    assert_string_equal(json_string_value(json_array_get(ignored, 1)), "clearance");
    assert_string_equal(json_string_value(json_object_get(answer, "to")), "XB/poc");
    char *text = json_dumps(json_object_get(answer, "letter"), JSON_COMPACT);
    assert_int_equal(officer_send(s->scene.world, s->scene.fixture, "XA/poc", "XB/poc", text, NULL),
                     200); /* as drafted */
    free(text);
    json_decref(answer);
    json_decref(letter);
}

static void hostile_requests_are_faults_and_no_letters(void **state)
{
    static const char *const bodies[] = {
        "{\"request\": {\"type\": 7}}",
        "{\"request\": {\"items\": [[[[[[1]]]]]]}}",
        "{\"request\": {\"items\": {\"description\": []}}}",
        "{\"request\": {\"necessity\": \"now\"}}",
        "{\"request\": {\"facts\": \"a\\u0007b\"}}",
        "{\"request\": {\"reference\": {\"reference\": {}}}}",
    };
    struct setting *s = *state;
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        json_t *answer = import(s, json_loads(bodies[i], 0, NULL));
        assert_null(json_object_get(answer, "letter"));
        assert_true(json_array_size(json_object_get(answer, "faults")) != 0);
        json_decref(answer);
    }
    json_t *answer = import(s, json_pack("{s:s}", "request", "all of it"));
    assert_string_equal(json_string_value(json_object_get(answer, "code")), "MALFORMED");
    json_decref(answer);
    answer = import(s, json_pack("{s:{},s:s}", "request", "to", "XZ/poc"));
    assert_null(json_object_get(answer, "to"));
    assert_string_equal(json_string_value(json_object_get(answer, "code")), "RECIPIENT");
    json_decref(answer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(an_exported_case_can_be_verified_without_the_node),
        TEST(a_referral_is_drafted_to_whom_it_names),
        TEST(what_no_request_has_is_left_out_and_named),
        TEST(hostile_requests_are_faults_and_no_letters),
    };
    return cmocka_run_group_tests_name("export", tests, NULL, NULL);
}
