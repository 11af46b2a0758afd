/* SPDX-License-Identifier: Apache-2.0 */
/* Whole courses of cases through the API of both nodes: what each side shows at each step, and that both show the same (I5). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/officer.h"

#define Q "XA/poc"
#define R "XB/poc"

static const char ack[] =
    "{\"ack\":{\"reference\":\"XB-77\",\"answer\":\"WILL_ANSWER\",\"form\":\"by letter\","
    "\"answerBy\":\"2026-06-02T12:00:00+02:00\"}}";
static const char ordered[] =
    "{\"ordered\":{\"authorisation\":{\"authority\":\"Court of "
    "Belmora\",\"kind\":\"JUDICIAL\",\"reference\":\"C-1\","
    "\"issuedAt\":\"2026-06-01T13:00:00+02:00\"},\"custodian\":\"Example Hosting\"}}";
static const char held[] = "{\"held\":{\"scope\":\"all\",\"custodianReference\":\"eh-1\"}}";
static const char held_first[] =
    "{\"held\":{\"items\":[1],\"scope\":\"logs\",\"custodianReference\":\"eh-1\"}}";
static const char not_held_third[] =
    "{\"notHeld\":{\"items\":[3],\"cause\":\"NOT_FOUND\",\"text\":\"erased\"}}";
static const char info_asked[] =
    "{\"infoAsked\":{\"questions\":[{\"code\":\"PORT\",\"text\":\"which source port?\","
    "\"items\":[2],\"blocking\":true}]}}";
static const char info_given[] = "{\"infoGiven\":{\"answers\":[{\"question\":1,\"text\":\"44321\"}]}}";
static const char refused_second[] =
    "{\"refused\":{\"items\":[2],\"ground\":\"G21B\",\"text\":\"essential interests: see the annex\"}}";
static const char extend[] =
    "{\"extend\":{\"days\":60,\"text\":\"the request for assistance is being translated\","
    "\"mlaProgress\":\"in translation\"}}";
static const char extended[] = "{\"extended\":{\"holdUntil\":\"2027-01-15T00:00:00Z\",\"text\":\"granted\"}}";
static const char withdraw[] = "{\"withdraw\":{\"text\":\"the suspect has confessed\"}}";
static const char released[] = "{\"released\":{\"why\":\"WITHDRAWN\"}}";
static const char released_expired[] = "{\"released\":{\"why\":\"EXPIRED\"}}";
static const char status_ask[] = "{\"statusAsk\":{\"text\":\"how does it stand?\"}}";
static const char status[] = "{\"status\":{\"text\":\"the custodian is slow\",\"nextStep\":\"a reminder\"}}";

struct setting {
    struct officer_scene scene;
    char case_id[33];
};

static int set_up(void **state)
{
    struct setting *s = calloc(1, sizeof *s);
    assert_non_null(s);
    officer_scene_open(&s->scene, 23);
    *state = s;
    return 0;
}

static int tear_down(void **state)
{
    struct setting *s = *state;
    assert_int_equal(world_fatals(s->scene.world), 0);
    officer_scene_close(&s->scene);
    free(s);
    return 0;
}

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text == NULL ? "" : text;
}

static void settle(struct setting *s)
{
    assert_true(world_settle(s->scene.world, 100000));
    assert_true(world_pass(s->scene.world, 2000));
}

/* Without letting anything travel. */
static void file(struct setting *s, const char *party, const char *where, const char *letter)
{
    json_t *answer = NULL;
    unsigned answered = officer_send(s->scene.world, s->scene.fixture, party, where, letter, &answer);
    if (answered != 200) {
        char *dump = json_dumps(answer, JSON_INDENT(1));
        fail_msg("%s answered %u to %s: %s", party, answered, letter, dump);
    }
    (void)snprintf(s->case_id, sizeof s->case_id, "%s", text_of(answer, "case"));
    json_decref(answer);
}

static json_t *view(struct setting *s, const char *party)
{
    json_t *answer = officer_get(s->scene.world, party, VERB_CASE, s->case_id, "");
    assert_non_null(answer);
    return answer;
}

/* I5, as text: not only equal values but the same bytes. */
static void assert_sides_equal(struct setting *s)
{
    static const char *const members[] = {"state", "items", "owed", "asks"};
    json_t *q = view(s, Q);
    json_t *r = view(s, R);
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        char *left = json_dumps(json_object_get(q, members[i]), JSON_ENCODE_ANY | JSON_COMPACT);
        char *right = json_dumps(json_object_get(r, members[i]), JSON_ENCODE_ANY | JSON_COMPACT);
        assert_non_null(left);
        assert_non_null(right);
        assert_string_equal(left, right);
        free(left);
        free(right);
    }
    json_decref(q);
    json_decref(r);
}

/* Sends, lets it arrive, and looks at both sides. */
static void send(struct setting *s, const char *party, const char *letter)
{
    file(s, party, letter == s->scene.request ? R : s->case_id, letter);
    settle(s);
    assert_sides_equal(s);
}

static void assert_state(struct setting *s, const char *state)
{
    json_t *answer = view(s, Q);
    assert_string_equal(text_of(answer, "state"), state);
    json_decref(answer);
}

static void assert_item(struct setting *s, size_t number, const char *state, const char *result)
{
    json_t *answer = view(s, Q);
    const json_t *item = json_array_get(json_object_get(answer, "items"), number - 1);
    assert_string_equal(text_of(item, "state"), state);
    assert_string_equal(text_of(item, "result"), result);
    json_decref(answer);
}

static void assert_ask(struct setting *s, const char *ask, const char *by, size_t count)
{
    json_t *answer = view(s, R);
    const json_t *asks = json_object_get(answer, "asks");
    assert_int_equal(json_array_size(asks), count);
    if (count != 0) {
        assert_string_equal(text_of(json_array_get(asks, 0), "ask"), ask);
        assert_string_equal(text_of(json_array_get(asks, 0), "by"), by);
    }
    json_decref(answer);
}

static bool has_text(const json_t *list, const char *word)
{
    size_t i = 0;
    json_t *element = NULL;
    json_array_foreach(list, i, element)
    {
        if (strcmp(json_string_value(element), word) == 0) {
            return true;
        }
    }
    return false;
}

static bool has_flag(struct setting *s, const char *party, const char *flag)
{
    json_t *answer = view(s, party);
    bool has = has_text(json_object_get(answer, "flags"), flag);
    json_decref(answer);
    return has;
}

static bool may_send(struct setting *s, const char *party, const char *letter)
{
    json_t *answer = view(s, party);
    size_t i = 0;
    json_t *next = NULL;
    bool may = false;
    json_array_foreach(json_object_get(answer, "next"), i, next)
    {
        may = may || strcmp(text_of(next, "letter"), letter) == 0;
        assert_non_null(strstr(text_of(next, "command"), "comity "));
    }
    json_decref(answer);
    return may;
}

/* --- courses --- */

static void both_sides_agree_through_questions_parts_and_a_release(void **state)
{
    struct setting *s = *state;
    send(s, Q, s->scene.request);
    assert_state(s, "REQUESTED");
    assert_int_equal(officer_open(s->scene.world, s->scene.fixture, R, s->case_id), 200);
    assert_sides_equal(s);
    send(s, R, ack);
    assert_state(s, "ACKNOWLEDGED");
    send(s, R, info_asked);
    assert_ask(s, "INFO", Q, 1);
    assert_true(has_flag(s, R, "WAITING"));
    send(s, Q, info_given);
    assert_ask(s, "", "", 0);
    assert_false(has_flag(s, R, "WAITING"));
    send(s, R, ordered);
    assert_state(s, "ORDERED");
    send(s, R, held_first);
    assert_state(s, "HELD");
    assert_item(s, 1, "HELD", "");
    assert_item(s, 2, "ORDERED", "");
    send(s, R, not_held_third);
    assert_item(s, 3, "ENDED", "NOT_FOUND");
    send(s, R, refused_second); /* two officers */
    assert_item(s, 2, "ENDED", "REFUSED");
    send(s, Q, extend);
    assert_ask(s, "EXTEND", R, 1);
    send(s, R, extended);
    assert_ask(s, "", "", 0);
    send(s, Q, status_ask);
    assert_ask(s, "STATUS", R, 1);
    send(s, R, status);
    send(s, Q, withdraw);
    assert_ask(s, "WITHDRAW", R, 1);
    send(s, R, released);
    assert_item(s, 1, "ENDED", "WITHDRAWN");
    assert_state(s, "CLOSED");
}

static void every_letter_is_shown_with_its_signers_and_effect(void **state)
{
    struct setting *s = *state;
    send(s, Q, s->scene.request);
    send(s, R, "{\"refused\":{\"ground\":\"G21B\",\"text\":\"essential interests\"}}");
    assert_state(s, "CLOSED");
    json_t *answer = view(s, Q);
    const json_t *letters = json_object_get(answer, "letters");
    const json_t *refused = json_array_get(letters, 1);
    assert_int_equal(json_array_size(letters), 2);
    assert_string_equal(text_of(json_array_get(letters, 0), "letter"), "REQUEST");
    assert_string_equal(text_of(refused, "letter"), "REFUSED");
    assert_string_equal(text_of(refused, "by"), R);
    assert_string_equal(text_of(refused, "effect"), "FOLDED");
    assert_string_equal(text_of(json_array_get(json_object_get(refused, "signers"), 0), "name"), "duty");
    assert_string_equal(text_of(json_array_get(json_object_get(refused, "signers"), 1), "name"), "head");
    assert_string_equal(text_of(json_object_get(json_object_get(refused, "body"), "refused"), "ground"),
                        "G21B");
    assert_string_not_equal(text_of(refused, "accepted"), "");
    assert_string_not_equal(text_of(refused, "delivered"), "");
    assert_true(json_is_true(json_object_get(json_object_get(answer, "genuine"), "call_back_in_roster")));
    json_decref(answer);
}

/* Crossing letters: each side files before the other's letter arrives. */
static void a_withdrawal_that_crossed_a_hold_is_owed_a_release(void **state)
{
    struct setting *s = *state;
    send(s, Q, s->scene.request);
    file(s, R, s->case_id, held);
    file(s, Q, s->case_id, withdraw);
    settle(s);
    assert_sides_equal(s);
    assert_state(s, "HELD");
    assert_ask(s, "WITHDRAW", R, 3);
    send(s, R, released);
    assert_state(s, "CLOSED");
}

static void a_withdrawal_that_crossed_a_refusal_is_void_on_both_sides(void **state)
{
    struct setting *s = *state;
    send(s, Q, s->scene.request);
    file(s, R, s->case_id, "{\"refused\":{\"ground\":\"G21B\",\"text\":\"essential interests\"}}");
    file(s, Q, s->case_id, withdraw);
    settle(s);
    assert_sides_equal(s);
    json_t *sides[] = {view(s, Q), view(s, R)};
    for (size_t i = 0; i < 2; i++) {
        const json_t *last = json_array_get(json_object_get(sides[i], "letters"), 2);
        assert_string_equal(text_of(last, "letter"), "WITHDRAW");
        assert_string_equal(text_of(last, "effect"), "VOID");
        assert_string_equal(text_of(last, "code"), "ENDED");
        json_decref(sides[i]);
    }
}

static void a_letter_on_its_way_is_shown_as_that(void **state)
{
    struct setting *s = *state;
    struct error error = {.text = ""};
    send(s, Q, s->scene.request);
    size_t xb = world_actor(s->scene.world, R);
    world_crash(s->scene.world, xb, DISK_KEEP_ALL);
    file(s, Q, s->case_id, withdraw);
    settle(s);
    assert_true(has_flag(s, Q, "ON_ITS_WAY"));
    json_t *answer = view(s, Q);
    assert_string_equal(text_of(json_array_get(json_object_get(answer, "letters"), 1), "effect"),
                        "ON_ITS_WAY");
    assert_int_equal(json_array_size(json_object_get(answer, "asks")), 0);
    json_decref(answer);
    assert_true(world_start(s->scene.world, xb, &error));
    settle(s);
    assert_false(has_flag(s, Q, "ON_ITS_WAY"));
    assert_sides_equal(s);
}

/* What "next" offers can be sent, and what it does not offer is refused. */
static void next_names_what_may_be_sent(void **state)
{
    struct setting *s = *state;
    send(s, Q, s->scene.request);
    assert_true(may_send(s, R, "ACK"));
    assert_true(may_send(s, R, "HELD"));
    assert_false(may_send(s, R, "EXTENDED"));
    assert_false(may_send(s, R, "RELEASED"));
    assert_false(may_send(s, Q, "ACK"));
    assert_true(may_send(s, Q, "WITHDRAW"));
    assert_true(may_send(s, Q, "STATUS_ASK"));
    json_t *answer = NULL;
    assert_int_equal(officer_send(s->scene.world, s->scene.fixture, R, s->case_id, extended, &answer), 422);
    assert_string_equal(text_of(answer, "code"), "INCOMPLETE");
    json_decref(answer);
    send(s, R, held);
    assert_true(may_send(s, R, "EXTENDED"));
    assert_false(may_send(s, R, "RELEASED")); /* neither withdrawn nor past its date */
}

/* I11: not before the date and its grace. */
static void a_hold_is_released_as_expired_after_its_grace_only(void **state)
{
    struct setting *s = *state;
    send(s, Q, s->scene.request);
    send(s, R, held);
    assert_true(world_leap(s->scene.world, 91 * MS_PER_DAY));
    json_t *answer = NULL;
    assert_int_equal(officer_send(s->scene.world, s->scene.fixture, R, s->case_id, released_expired, &answer),
                     422);
    json_decref(answer);
    assert_state(s, "HELD"); /* time moves no state */
    assert_true(world_leap(s->scene.world, 3 * MS_PER_DAY));
    send(s, R, released_expired);
    assert_item(s, 1, "ENDED", "EXPIRED");
    assert_state(s, "CLOSED");
}

static void a_closed_case_is_folded_away(void **state)
{
    struct setting *s = *state;
    send(s, Q, s->scene.request);
    send(s, R, "{\"notHeld\":{\"cause\":\"NOT_FOUND\",\"text\":\"never existed\"}}");
    assert_state(s, "CLOSED");
    json_t *inbox = officer_get(s->scene.world, R, VERB_INBOX, "", "");
    assert_int_equal(json_array_size(json_object_get(inbox, "cases")), 0);
    assert_int_equal(json_integer_value(json_object_get(inbox, "folded")), 1);
    json_decref(inbox);
    inbox = officer_get(s->scene.world, R, VERB_INBOX, "", "all=1");
    assert_string_equal(text_of(json_array_get(json_object_get(inbox, "cases"), 0), "state"), "CLOSED");
    json_decref(inbox);
}

/* The view of one side does not change by being looked at, nor by a restart. */
static void a_restart_shows_the_same_case(void **state)
{
    struct setting *s = *state;
    struct error error = {.text = ""};
    send(s, Q, s->scene.request);
    send(s, R, ack);
    send(s, R, info_asked);
    json_t *before = view(s, R);
    size_t xb = world_actor(s->scene.world, R);
    world_crash(s->scene.world, xb, DISK_LOSE_ALL);
    assert_true(world_start(s->scene.world, xb, &error));
    json_t *after = view(s, R);
    assert_true(json_equal(before, after) == 1);
    json_decref(before);
    json_decref(after);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(both_sides_agree_through_questions_parts_and_a_release),
        TEST(every_letter_is_shown_with_its_signers_and_effect),
        TEST(a_withdrawal_that_crossed_a_hold_is_owed_a_release),
        TEST(a_withdrawal_that_crossed_a_refusal_is_void_on_both_sides),
        TEST(a_letter_on_its_way_is_shown_as_that),
        TEST(next_names_what_may_be_sent),
        TEST(a_hold_is_released_as_expired_after_its_grace_only),
        TEST(a_closed_case_is_folded_away),
        TEST(a_restart_shows_the_same_case),
    };
    return cmocka_run_group_tests_name("api", tests, NULL, NULL);
}
