/* SPDX-License-Identifier: Apache-2.0 */
/* An exercise and the real thing do not mix: keys, cases, lists (one node, no network). */
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
#include "tests/support/node_rig.h"

struct setting {
    struct rig *rig;
    struct signer trainee; /* signs in exercises only */
    char *request;
};

static void add_trainee(struct roster_draft *draft, struct arena *arena, void *context)
{
    struct setting *s = context;
    api_add_officers(s->rig->slab, arena, &draft->parties[1]);
}

/* Version 2 of the roster names the exercise officer. */
static void take_second_roster(struct setting *s)
{
    struct bytes minisigs[2];
    struct error error = {.text = ""};
    enum roster_outcome outcome = ROSTER_FORMAT;
    struct roster *next = fixture_next(s->rig->fixture, s->rig->fixture->roster, add_trainee, s, minisigs);
    rig_begin(s->rig);
    assert_int_equal(
        node_roster(s->rig->node, s->rig->turn, roster_json(next), minisigs, 2, &outcome, &error), DOOR_OK);
    rig_end(s->rig);
    assert_int_equal(outcome, ROSTER_OK);
    roster_free(next);
}

static void join(struct setting *s, bool exercise)
{
    s->rig->options.has_exercise = exercise;
    memset(s->rig->options.exercise.bytes, 0x5e, sizeof s->rig->options.exercise.bytes);
    rig_restart(s->rig);
}

static int set_up(void **state)
{
    struct setting *s = calloc(1, sizeof *s);
    assert_non_null(s);
    s->rig = rig_open("exercise");
    s->rig->wall = FIXTURE_NOW;
    s->trainee = fixture_signer(s->rig->slab, API_TRAINEE);
    s->request = officer_sample_request();
    static const char of_xa[] = "+84 24 5550 0100"; /* the node is XB/poc */
    for (char *phone = strstr(s->request, of_xa); phone != NULL; phone = strstr(phone, of_xa)) {
        memcpy(phone, " +33 1 5550 0200", strlen(" +33 1 5550 0200"));
    }
    take_second_roster(s);
    *state = s;
    return 0;
}

static int tear_down(void **state)
{
    struct setting *s = *state;
    signer_done(&s->trainee);
    rig_close(s->rig);
    free(s->request);
    free(s);
    return 0;
}

/* Takes the body. */
static json_t *call(struct setting *s, enum verb verb, const char *query, json_t *body, unsigned *ret_status)
{
    struct command command = {.actor = "officer", .verb = verb, .target = "", .query = query, .body = body};
    struct answer answer = {.status = 0};
    officer_command_id(command.id);
    rig_begin(s->rig);
    assert_int_equal(node_command(s->rig->node, s->rig->turn, &command, &answer), DOOR_OK);
    json_t *json = json_loadb((const char *)answer.json.data, answer.json.size, 0, NULL);
    rig_end(s->rig);
    json_decref(body);
    *ret_status = answer.status;
    assert_non_null(json);
    return json;
}

static json_t *prepare(struct setting *s, const char *member, const char *where, const char *letter,
                       const struct signer *signer, unsigned *ret_status)
{
    char key[65];
    (void)hex_write(key, bytes_of(signer->key.bytes, sizeof signer->key.bytes));
    return call(s, VERB_PREPARE, "", api_prepare_body(member, where, letter, key), ret_status);
}

/* Opens a case towards XA/poc. */
static void ask(struct setting *s, const struct signer *signer, char ret_case[33], bool exercise)
{
    unsigned status = 0;
    struct digest id;
    struct bytes proof;
    json_t *prepared = prepare(s, "to", "XA/poc", s->request, signer, &status);
    assert_int_equal(status, 200);
    assert_true((strstr(api_text(prepared, "reading"), "EXERCISE") != NULL) == exercise);
    assert_true(hex_read(id.bytes, sizeof id.bytes, bytes_of_text(api_text(prepared, "letterId"))));
    assert_true(sign_turn(signer, &id, 1, s->rig->arena, &proof));
    json_t *body =
        json_pack("{s:O, s:O, s:[s]}", "context", json_object_get(prepared, "context"), "letter",
                  json_object_get(prepared, "letter"), "signatures", base64_new(s->rig->arena, proof));
    json_decref(prepared);
    json_t *answer = call(s, VERB_SUBMIT, "", body, &status);
    assert_int_equal(status, 200);
    (void)snprintf(ret_case, 33, "%s", api_text(answer, "case"));
    json_decref(answer);
}

static void each_officer_signs_in_the_world_of_the_key(void **state)
{
    struct setting *s = *state;
    unsigned status = 0;
    const struct signer *duty = &s->rig->me->officer[FIXTURE_DUTY];
    json_t *answer = prepare(s, "to", "XA/poc", s->request, &s->trainee, &status);
    api_assert_refused(answer, status, 422, "OFFICER");
    join(s, true);
    answer = prepare(s, "to", "XA/poc", s->request, duty, &status);
    assert_int_equal(status, 200); /* real work goes on beside the exercise */
    assert_null(strstr(api_text(answer, "reading"), "EXERCISE"));
    json_decref(answer);
    answer = prepare(s, "to", "XA/poc", s->request, &s->trainee, &status);
    assert_int_equal(status, 200);
    assert_non_null(strstr(api_text(answer, "reading"), "EXERCISE"));
    json_decref(answer);
}

static void an_exercise_stands_in_a_list_of_its_own(void **state)
{
    struct setting *s = *state;
    unsigned status = 0;
    char drill[33], real[33];
    ask(s, &s->rig->me->officer[FIXTURE_DUTY], real, false);
    join(s, true);
    ask(s, &s->trainee, drill, true);
    json_t *inbox = call(s, VERB_INBOX, "all=1", NULL, &status);
    assert_int_equal(json_array_size(json_object_get(inbox, "cases")), 1);
    assert_int_equal(json_array_size(json_object_get(inbox, "exercises")), 1);
    assert_string_equal(api_text(json_array_get(json_object_get(inbox, "cases"), 0), "case"), real);
    assert_string_equal(api_text(json_array_get(json_object_get(inbox, "exercises"), 0), "case"), drill);
    json_decref(inbox);
}

static void a_case_stays_in_its_world(void **state)
{
    struct setting *s = *state;
    unsigned status = 0;
    char drill[33], real[33];
    const struct signer *duty = &s->rig->me->officer[FIXTURE_DUTY];
    ask(s, duty, real, false);
    join(s, true);
    json_t *answer = prepare(s, "case", real, API_WITHDRAW, duty, &status);
    assert_int_equal(status, 200);
    assert_null(strstr(api_text(answer, "reading"), "EXERCISE"));
    json_decref(answer);
    answer = prepare(s, "case", real, API_WITHDRAW, &s->trainee, &status);
    api_assert_refused(answer, status, 422, "OFFICER");
    ask(s, &s->trainee, drill, true);
    answer = prepare(s, "case", drill, API_WITHDRAW, duty, &status);
    api_assert_refused(answer, status, 422, "OFFICER");
    join(s, false);
    answer = prepare(s, "case", drill, API_WITHDRAW, &s->trainee, &status);
    api_assert_refused(answer, status, 409, "EXERCISE");
}

static json_t *join_body(const char *hex)
{
    return json_pack("{s:s, s:s}", "exercise", hex, "title", "A drill");
}

/* By command, kept over a restart; leaving says what stays. */
static void people_join_and_leave(void **state)
{
    static const char drill_id[] = "5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e";
    static const char other_id[] = "5f5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e";
    struct setting *s = *state;
    unsigned status = 0;
    char drill[33], real[33];
    ask(s, &s->rig->me->officer[FIXTURE_DUTY], real, false);
    json_t *answer = call(s, VERB_EXERCISE_LEAVE, "", NULL, &status);
    api_assert_refused(answer, status, 404, "NOT_FOUND");
    answer = call(s, VERB_EXERCISE_JOIN, "", join_body("5e"), &status);
    api_assert_refused(answer, status, 422, "MALFORMED");
    json_decref(call(s, VERB_EXERCISE_JOIN, "", join_body(drill_id), &status));
    assert_int_equal(status, 200);
    answer = call(s, VERB_EXERCISE_JOIN, "", join_body(other_id), &status);
    api_assert_refused(answer, status, 409, "EXERCISE");
    rig_restart(s->rig);
    answer = call(s, VERB_STATUS, "", NULL, &status);
    assert_string_equal(api_text(answer, "exercise"), drill_id);
    json_decref(answer);
    ask(s, &s->trainee, drill, true);
    answer = call(s, VERB_EXERCISE_LEAVE, "", NULL, &status);
    assert_int_equal(status, 200);
    assert_int_equal(json_integer_value(json_object_get(answer, "cases")), 1);
    assert_int_equal(json_integer_value(json_object_get(answer, "letters")), 1);
    json_decref(answer);
    answer = prepare(s, "case", drill, API_WITHDRAW, &s->trainee, &status);
    api_assert_refused(answer, status, 409, "EXERCISE");
    answer = prepare(s, "to", "XA/poc", s->request, &s->trainee, &status);
    api_assert_refused(answer, status, 422, "OFFICER");
    answer = call(s, VERB_EXERCISE_LEAVE, "", join_body(drill_id), &status); /* who did not hear the answer */
    assert_int_equal(status, 200);
    assert_string_equal(api_text(answer, "exercise"), drill_id);
    assert_int_equal(json_integer_value(json_object_get(answer, "cases")), 1);
    assert_int_equal(json_integer_value(json_object_get(answer, "letters")), 1);
    json_decref(answer);
}

static void who_names_an_exercise_leaves_no_other(void **state)
{
    static const char drill_id[] = "5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e";
    struct setting *s = *state;
    unsigned status = 0;
    json_decref(call(s, VERB_EXERCISE_JOIN, "", join_body(drill_id), &status));
    json_t *answer = call(s, VERB_EXERCISE_LEAVE, "", join_body("5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f"), &status);
    api_assert_refused(answer, status, 409, "EXERCISE");
    answer = call(s, VERB_STATUS, "", NULL, &status);
    assert_string_equal(api_text(answer, "exercise"), drill_id);
    json_decref(answer);
    json_decref(call(s, VERB_EXERCISE_LEAVE, "", join_body(drill_id), &status));
    assert_int_equal(status, 200);
}

/* Leaving the one that was joined by command before does not open the door of the one that node.conf names. */
static void what_node_conf_names_is_left_in_node_conf(void **state)
{
    struct setting *s = *state;
    unsigned status = 0;
    json_decref(call(s, VERB_EXERCISE_JOIN, "", join_body("5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f"), &status));
    assert_int_equal(status, 200);
    join(s, true);
    json_t *answer = call(s, VERB_EXERCISE_LEAVE, "", NULL, &status);
    api_assert_refused(answer, status, 409, "EXERCISE");
    answer = call(s, VERB_STATUS, "", NULL, &status);
    assert_string_equal(api_text(answer, "exercise"), "5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e");
    json_decref(answer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_officer_signs_in_the_world_of_the_key, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_exercise_stands_in_a_list_of_its_own, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_case_stays_in_its_world, set_up, tear_down),
        cmocka_unit_test_setup_teardown(people_join_and_leave, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_names_an_exercise_leaves_no_other, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_node_conf_names_is_left_in_node_conf, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("command_exercise", tests, NULL, NULL);
}
