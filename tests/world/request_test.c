/* SPDX-License-Identifier: Apache-2.0 */
/* One request, end to end, in a world without sockets: the same objects the daemons link, on disks that lose power. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/ensure.h"
#include "tests/support/officer.h"

#define HOLD_UNTIL "2026-09-01T00:00:00+02:00"

static const char ack[] = "{\"ack\":{\"reference\":\"XB-77\",\"desk\":\"duty\",\"answer\":\"WILL_ANSWER\","
                          "\"form\":\"by letter\",\"answerBy\":\"2026-06-02T12:00:00+02:00\"}}";
static const char ordered[] =
    "{\"ordered\":{\"authorisation\":{\"authority\":\"Court of "
    "Belmora\",\"kind\":\"JUDICIAL\",\"reference\":\"C-1\","
    "\"issuedAt\":\"2026-06-01T13:00:00+02:00\",\"scope\":\"items 1 to "
    "3\",\"expiresAt\":\"2026-09-01T00:00:00+02:00\"},"
    "\"custodian\":\"Example Hosting\",\"servedAt\":\"2026-06-01T13:30:00+02:00\"}}";
static const char held[] = "{\"held\":{\"heldFrom\":\"2026-06-01T13:40:00+02:00\",\"holdUntil\":\"" HOLD_UNTIL
                           "\",\"zone\":\"Europe/Paris\",\"scope\":\"all\",\"custodianReference\":\"eh-1\"}}";

struct setting {
    struct officer_scene scene;
};

static int set_up(void **state)
{
    struct setting *s = calloc(1, sizeof *s);
    assert_non_null(s);
    officer_scene_open(&s->scene, 7);
    *state = s;
    return 0;
}

static int tear_down(void **state)
{
    struct setting *s = *state;
    officer_scene_close(&s->scene);
    free(s);
    return 0;
}

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text == NULL ? "" : text;
}

/* Sends and wants success; prints what refused it. */
static void send(struct setting *s, const char *party, const char *where, const char *letter,
                 char case_id[33])
{
    json_t *answer = NULL;
    unsigned status = officer_send(s->scene.world, s->scene.fixture, party, where, letter, &answer);
    if (status != 200) {
        char *dump = json_dumps(answer, JSON_INDENT(1));
        print_message("%s answered %u: %s\n", party, status, dump == NULL ? "" : dump);
        free(dump);
    }
    assert_int_equal(status, 200);
    if (case_id != NULL) {
        (void)snprintf(case_id, 33, "%s", text_of(answer, "case"));
    }
    json_decref(answer);
}

static json_t *view(struct setting *s, const char *party, const char *case_id)
{
    json_t *answer = officer_get(s->scene.world, party, VERB_CASE, case_id, "");
    assert_non_null(answer);
    return answer;
}

static void assert_state(struct setting *s, const char *party, const char *case_id, const char *state)
{
    json_t *answer = view(s, party, case_id);
    assert_string_equal(text_of(answer, "state"), state);
    json_decref(answer);
}

/* I5: state, items and what is owed are equal on both sides once all is delivered. */
static void assert_sides_equal(struct setting *s, const char *case_id)
{
    static const char *const members[] = {"state", "items", "owed", "asks"};
    json_t *q = view(s, "XA/poc", case_id);
    json_t *r = view(s, "XB/poc", case_id);
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        json_t *left = json_object_get(q, members[i]);
        json_t *right = json_object_get(r, members[i]);
        if (json_equal(left, right) == 0) {
            char *a = json_dumps(left, JSON_ENCODE_ANY);
            char *b = json_dumps(right, JSON_ENCODE_ANY);
            fail_msg("%s differs: %s | %s", members[i], a, b);
        }
    }
    json_decref(q);
    json_decref(r);
}

static void assert_full_ladder(struct setting *s, const char *party, const char *case_id)
{
    static const char *const steps[] = {"sealed",       "accepted", "delivered", "opened",
                                        "acknowledged", "ordered",  "held"};
    json_t *answer = view(s, party, case_id);
    json_t *ladder = json_object_get(answer, "ladder");
    assert_int_equal(json_array_size(ladder), sizeof steps / sizeof steps[0]);
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        json_t *rung = json_array_get(ladder, i);
        assert_string_equal(text_of(rung, "step"), steps[i]);
        assert_string_not_equal(text_of(rung, "at"), "");
        assert_string_not_equal(text_of(rung, "by"), "");
    }
    json_decref(answer);
}

static void settle(struct setting *s)
{
    assert_true(world_settle(s->scene.world, 100000));
    assert_true(world_pass(s->scene.world, 2000)); /* retries and what asks for prekeys first */
}

static void first_request_is_held_on_both_sides(void **state)
{
    struct setting *s = *state;
    char case_id[33];
    send(s, "XA/poc", "XB/poc", s->scene.request, case_id);
    settle(s);
    assert_state(s, "XA/poc", case_id, "REQUESTED");
    assert_state(s, "XB/poc", case_id, "REQUESTED");
    assert_int_equal(officer_open(s->scene.world, s->scene.fixture, "XB/poc", case_id), 200);
    send(s, "XB/poc", case_id, ack, NULL);
    settle(s);
    assert_state(s, "XA/poc", case_id, "ACKNOWLEDGED");
    send(s, "XB/poc", case_id, ordered, NULL);
    send(s, "XB/poc", case_id, held, NULL);
    settle(s);
    assert_state(s, "XA/poc", case_id, "HELD");
    assert_state(s, "XB/poc", case_id, "HELD");
    assert_sides_equal(s, case_id);
    assert_full_ladder(s, "XA/poc", case_id);
    assert_full_ladder(s, "XB/poc", case_id);
    struct node_figures figures;
    node_figures(world_node(s->scene.world, world_actor(s->scene.world, "XA/poc")), &figures);
    assert_int_equal(figures.effective, 3);
    assert_int_equal(world_fatals(s->scene.world), 0);
}

static void waits_for_a_recipient_that_is_down(void **state)
{
    struct setting *s = *state;
    struct error error = {.text = ""};
    size_t xb = world_actor(s->scene.world, "XB/poc");
    char case_id[33];
    world_crash(s->scene.world, xb, DISK_KEEP_ALL);
    send(s, "XA/poc", "XB/poc", s->scene.request, case_id);
    settle(s);
    json_t *why = officer_get(s->scene.world, "XA/poc", VERB_WHY, case_id, "");
    assert_string_equal(text_of(json_array_get(json_object_get(why, "envelopes"), 0), "state"), "ACCEPTED");
    json_decref(why);
    assert_state(s, "XA/poc", case_id, "SENT");
    assert_true(world_start(s->scene.world, xb, &error));
    settle(s);
    assert_state(s, "XB/poc", case_id, "REQUESTED");
    assert_state(s, "XA/poc", case_id, "REQUESTED");
    assert_sides_equal(s, case_id);
}

static void is_kept_while_the_broker_is_down(void **state)
{
    struct setting *s = *state;
    struct error error = {.text = ""};
    char case_id[33];
    world_crash(s->scene.world, WORLD_BROKER, DISK_LOSE_ALL);
    send(s, "XA/poc", "XB/poc", s->scene.request, case_id);
    settle(s);
    assert_state(s, "XA/poc", case_id, "SENT");
    assert_true(world_start(s->scene.world, WORLD_BROKER, &error));
    settle(s);
    assert_state(s, "XB/poc", case_id, "REQUESTED");
    assert_sides_equal(s, case_id);
}

static void a_repeated_command_takes_effect_once(void **state)
{
    struct setting *s = *state;
    uint8_t id[16];
    json_t *signed_letter = NULL;
    json_t *first = NULL;
    json_t *second = NULL;
    officer_command_id(id);
    assert_int_equal(
        officer_sign(s->scene.world, s->scene.fixture, "XA/poc", "XB/poc", s->scene.request, &signed_letter),
        200);
    assert_int_equal(officer_submit(s->scene.world, "XA/poc", id, signed_letter, &first), 200);
    assert_int_equal(officer_submit(s->scene.world, "XA/poc", id, signed_letter, &second), 200);
    assert_true(json_equal(first, second) == 1);
    settle(s);
    json_t *inbox = officer_get(s->scene.world, "XB/poc", VERB_INBOX, "", "all=1");
    assert_int_equal(json_array_size(json_object_get(inbox, "cases")), 1);
    json_decref(inbox);
    json_decref(first);
    json_decref(second);
    json_decref(signed_letter);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(first_request_is_held_on_both_sides, set_up, tear_down),
        cmocka_unit_test_setup_teardown(waits_for_a_recipient_that_is_down, set_up, tear_down),
        cmocka_unit_test_setup_teardown(is_kept_while_the_broker_is_down, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_repeated_command_takes_effect_once, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("request", tests, NULL, NULL);
}
