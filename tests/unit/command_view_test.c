/* SPDX-License-Identifier: Apache-2.0 */
/* What the API shows: finding cases, INBOX, WHY, STATUS, ROSTER. */
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
#include "tests/support/api.h"

static void a_case_is_found_by_prefix_and_by_either_reference(void **state)
{
    struct api *api = *state;
    unsigned status = 0;
    char prefix[33];
    api_case(api);
    api_send(api, "XB/poc", API_ACK);
    (void)snprintf(prefix, sizeof prefix, "%.4s", api->case_id);
    assert_int_equal(api_get_status(api, "XA/poc", VERB_CASE, api->case_id), 200);
    assert_int_equal(api_get_status(api, "XA/poc", VERB_CASE, prefix), 200);
    assert_int_equal(api_get_status(api, "XB/poc", VERB_CASE, "XA-NCC-2026-0417"), 200);
    assert_int_equal(api_get_status(api, "XA/poc", VERB_CASE, "XB-77"), 200);
    prefix[3] = '\0';
    assert_int_equal(api_get_status(api, "XA/poc", VERB_CASE, prefix), 404);
    assert_int_equal(api_get_status(api, "XA/poc", VERB_CASE, ""), 404);
    json_t *answer = api_call(api, "XA/poc", VERB_CASE, "\xff\x1b[2J", "", false, NULL, &status);
    api_assert_refused(answer, status, 404, "NOT_FOUND");
    api_case(api); /* the same reference again */
    answer = api_call(api, "XA/poc", VERB_CASE, "XA-NCC-2026-0417", "", false, NULL, &status);
    assert_int_equal(json_array_size(json_object_get(answer, "candidates")), 2);
    assert_string_equal(api_text(json_array_get(json_object_get(answer, "candidates"), 0), "reference"),
                        "XA-NCC-2026-0417");
    api_assert_refused(answer, status, 409, "AMBIGUOUS");
    answer = api_call(api, "XA/poc", VERB_OPEN, "XA-NCC-2026-0417", "", true, json_pack("{s:[]}", "opened"),
                      &status);
    api_assert_refused(answer, status, 409, "AMBIGUOUS");
}

/* Another case of XA/poc, which calls it what it likes. */
static void case_called(struct api *api, const char *reference)
{
    json_t *answer = NULL;
    json_t *letter = json_loads(api->request, 0, NULL);
    (void)json_object_set_new(json_object_get(letter, "request"), "reference", json_string(reference));
    char *text = json_dumps(letter, JSON_COMPACT);
    assert_int_equal(officer_send(api->world, api->fixture, "XA/poc", "XB/poc", text, &answer), 200);
    free(text);
    json_decref(answer);
    json_decref(letter);
    api_settle(api);
}

static void a_peer_s_reference_hides_no_case(void **state)
{
    struct api *api = *state;
    char prefix[9];
    unsigned status = 0;
    api_case(api);
    (void)snprintf(prefix, sizeof prefix, "%.8s", api->case_id);
    case_called(api, api->case_id); /* a whole id is that case */
    json_t *view = officer_get(api->world, "XB/poc", VERB_CASE, api->case_id, "");
    assert_string_equal(api_text(view, "case"), api->case_id);
    assert_string_equal(api_text(view, "name"), prefix);
    json_decref(view);
    case_called(api, prefix); /* a part of one may be either */
    view = officer_get(api->world, "XB/poc", VERB_CASE, api->case_id, "");
    assert_string_equal(api_text(view, "name"), api->case_id); /* what is printed to be typed */
    json_decref(view);
    json_t *answer = api_call(api, "XB/poc", VERB_CASE, prefix, "", false, NULL, &status);
    assert_int_equal(json_array_size(json_object_get(answer, "candidates")), 2);
    api_assert_refused(answer, status, 409, "AMBIGUOUS");
}

static const json_t *envelope_at(const json_t *answer, size_t i)
{
    const json_t *envelope = json_array_get(json_object_get(answer, "envelopes"), i);
    assert_non_null(envelope);
    assert_string_not_equal(api_text(envelope, "why"), "");
    assert_string_not_equal(api_text(envelope, "next"), "");
    return envelope;
}

static void assert_why(struct api *api, const char *party, const char *target, const char *state)
{
    json_t *answer = officer_get(api->world, party, VERB_WHY, target, "");
    assert_string_equal(api_text(envelope_at(answer, 0), "state"), state);
    json_decref(answer);
}

static void why_follows_an_envelope_from_filed_to_effective(void **state)
{
    struct api *api = *state;
    struct error error = {.text = ""};
    json_t *answer = NULL;
    size_t xa = world_actor(api->world, "XA/poc");
    world_want_link(api->world, xa, false);
    assert_true(world_settle(api->world, 1000));
    assert_int_equal(officer_send(api->world, api->fixture, "XA/poc", "XB/poc", api->request, &answer), 200);
    (void)snprintf(api->case_id, sizeof api->case_id, "%s", api_text(answer, "case"));
    json_decref(answer);
    assert_true(world_settle(api->world, 1000));
    assert_why(api, "XA/poc", api->case_id, "FILED");
    world_crash(api->world, world_actor(api->world, "XB/poc"), DISK_KEEP_ALL);
    world_want_link(api->world, xa, true);
    api_settle(api);
    assert_why(api, "XA/poc", api->case_id, "ACCEPTED");
    assert_true(world_start(api->world, world_actor(api->world, "XB/poc"), &error));
    api_settle(api);
    answer = officer_get(api->world, "XA/poc", VERB_WHY, api->case_id, "");
    char envelope[65];
    (void)snprintf(envelope, sizeof envelope, "%s", api_text(envelope_at(answer, 0), "envelope"));
    json_decref(answer);
    assert_why(api, "XA/poc", envelope, "DELIVERED");
    assert_why(api, "XB/poc", envelope, "EFFECTIVE");
    envelope[8] = '\0';
    assert_why(api, "XB/poc", envelope, "EFFECTIVE");
    assert_int_equal(api_get_status(api, "XA/poc", VERB_WHY, "0123456789abcdef"), 404);
    assert_int_equal(api_get_status(api, "XA/poc", VERB_WHY, "nothing"), 404);
}

static size_t lines(struct api *api, const char *party, const char *query, int64_t *ret_folded)
{
    json_t *inbox = officer_get(api->world, party, VERB_INBOX, "", query);
    size_t count = json_array_size(json_object_get(inbox, "cases"));
    *ret_folded = json_integer_value(json_object_get(inbox, "folded"));
    assert_int_equal(json_array_size(json_object_get(inbox, "exercises")), 0);
    json_decref(inbox);
    return count;
}

static void the_inbox_shows_what_this_side_owes(void **state)
{
    struct api *api = *state;
    int64_t folded = 0;
    api_case(api);
    assert_int_equal(lines(api, "XA/poc", "", &folded), 0);
    assert_int_equal(folded, 1);
    assert_int_equal(lines(api, "XA/poc", "all=1", &folded), 1);
    assert_int_equal(folded, 0);
    assert_int_equal(lines(api, "XB/poc", "", &folded), 1);
    json_t *inbox = officer_get(api->world, "XB/poc", VERB_INBOX, "", "");
    const json_t *line = json_array_get(json_object_get(inbox, "cases"), 0);
    const json_t *due = json_object_get(line, "due");
    assert_string_equal(api_text(line, "case"), api->case_id);
    assert_string_equal(api_text(line, "class"), "U");
    assert_string_equal(api_text(line, "who"), "XA/poc");
    assert_string_equal(api_text(line, "side"), "requested");
    assert_string_equal(api_text(line, "state"), "REQUESTED");
    assert_string_equal(api_text(line, "target"), "203.0.113.77 Example Hosting");
    assert_string_equal(api_text(line, "data_dies"), "2026-06-06T00:00:00Z");
    assert_string_equal(api_text(due, "by"), "XB/poc");
    assert_string_equal(api_text(due, "what"), "look");
    assert_true(json_is_false(json_object_get(line, "overdue")));
    assert_string_equal(json_string_value(json_array_get(json_object_get(line, "flags"), 0)), "UNOPENED");
    json_decref(inbox);
    assert_true(world_leap(api->world, 2 * MS_PER_HOUR));
    inbox = officer_get(api->world, "XB/poc", VERB_INBOX, "", "");
    assert_true(json_is_true(json_object_get(json_array_get(json_object_get(inbox, "cases"), 0), "overdue")));
    json_decref(inbox);
}

/* XA/poc asks three times: the calmest first. What dies or threatens life stands first all the same. */
static void what_is_lost_stands_before_what_is_promised(void **state)
{
    struct api *api = *state;
    static const char *const urgencies[] = {"ROUTINE", "URGENT", "EMERGENCY"};
    for (size_t i = 0; i < 3; i++) {
        json_t *letter = json_loads(api->request, 0, NULL);
        json_t *request = json_object_get(letter, "request");
        json_t *necessity = json_object_get(request, "necessity");
        size_t n = 0;
        json_t *item = NULL;
        (void)json_object_set_new(necessity, "urgency", json_string(urgencies[i]));
        if (i == 2) {
            (void)json_array_append_new(json_object_get(necessity, "reasons"), json_string("THREAT_TO_LIFE"));
        }
        (void)json_object_set_new(request, "reference", json_string(urgencies[i]));
        json_array_foreach(json_object_get(request, "items"), n, item)
        {
            (void)json_object_del(item, "dataDies");
            if (i == 0) {
                (void)json_object_set_new(item, "dataDies", json_string("2026-06-03T00:00:00Z"));
            }
        }
        char *text = json_dumps(letter, 0);
        json_t *answer = NULL;
        unsigned status = officer_send(api->world, api->fixture, "XA/poc", "XB/poc", text, &answer);
        if (status != 200) {
            fail_msg("answered %u: %s", status, api_text(answer, "error"));
        }
        json_decref(answer);
        free(text);
        json_decref(letter);
    }
    api_settle(api);
    json_t *inbox = officer_get(api->world, "XB/poc", VERB_INBOX, "", "");
    const json_t *cases = json_object_get(inbox, "cases");
    assert_string_equal(api_text(json_array_get(cases, 0), "reference"), "EMERGENCY");
    assert_string_equal(api_text(json_array_get(cases, 1), "reference"), "ROUTINE"); /* its data die */
    assert_string_equal(api_text(json_array_get(cases, 2), "reference"), "URGENT");
    json_decref(inbox);
}

static void the_roster_and_the_status_are_told(void **state)
{
    struct api *api = *state;
    json_t *status = officer_get(api->world, "XB/poc", VERB_STATUS, "", "");
    assert_string_equal(api_text(status, "party"), "XB/poc");
    assert_string_equal(api_text(status, "broker"), "hub");
    assert_true(json_is_true(json_object_get(status, "connected")));
    assert_int_equal(json_integer_value(json_object_get(json_object_get(status, "roster"), "version")), 1);
    json_decref(status);
    json_t *roster = officer_get(api->world, "XB/poc", VERB_ROSTER, "", "");
    assert_int_equal(json_integer_value(json_object_get(roster, "threshold")), FIXTURE_THRESHOLD);
    assert_int_equal(json_array_size(json_object_get(roster, "roots")), FIXTURE_ROOTS);
    assert_int_equal(json_array_size(json_object_get(roster, "parties")), FIXTURE_PARTIES);
    assert_string_equal(api_text(json_array_get(json_object_get(roster, "parties"), 0), "zone"),
                        "Asia/Ho_Chi_Minh");
    json_decref(roster);
}

static void assert_says(const json_t *object, const char *name, const char *words)
{
    if (strstr(api_text(object, name), words) == NULL) {
        fail_msg("%s says \"%s\", not \"%s\"", name, api_text(object, name), words);
    }
}

/* Only the broker knows it: a disk with too little room, told in its own words (I10). */
static void what_the_broker_says_reaches_the_officer(void **state)
{
    struct api *api = *state;
    broker_disk_free(world_broker(api->world), 1000);
    api_case(api);
    json_t *status = officer_get(api->world, "XA/poc", VERB_STATUS, "", "");
    const json_t *because = json_object_get(status, "waiting_because");
    assert_string_equal(api_text(because, "state"), "SUBMITTED");
    assert_string_equal(api_text(because, "code"), "E_QUOTA");
    assert_says(because, "why", "the broker's disk is nearly full");
    json_decref(status);
    json_t *answer = officer_get(api->world, "XA/poc", VERB_WHY, api->case_id, "");
    const json_t *envelope = json_array_get(json_object_get(answer, "envelopes"), 0);
    assert_says(envelope, "why", "the broker's disk is nearly full");
    assert_string_equal(api_text(envelope, "code"), "E_QUOTA");
    json_decref(answer);
    broker_disk_free(world_broker(api->world), UINT64_MAX);
    assert_true(world_pass(api->world, MS_PER_HOUR));
    status = officer_get(api->world, "XA/poc", VERB_STATUS, "", "");
    assert_null(json_object_get(status, "waiting_because"));
    json_decref(status);
}

static void the_hosts_words_about_the_link_are_shown_while_there_is_none(void **state)
{
    struct api *api = *state;
    size_t actor = world_actor(api->world, "XA/poc");
    node_link_trouble(world_node(api->world, actor), "nobody answers: \x1b[1m tcp://broker");
    json_t *status = officer_get(api->world, "XA/poc", VERB_STATUS, "", "");
    assert_null(json_object_get(status, "link_trouble"));
    json_decref(status);
    world_want_link(api->world, actor, false);
    world_cut_link(api->world, actor);
    assert_true(world_settle(api->world, 1000));
    api_case(api);
    status = officer_get(api->world, "XA/poc", VERB_STATUS, "", "");
    assert_string_equal(api_text(status, "link_trouble"), "nobody answers: \\x1b[1m tcp://broker");
    const json_t *because = json_object_get(status, "waiting_because");
    assert_string_equal(api_text(because, "state"), "FILED");
    assert_says(because, "why", "link to the broker is down: nobody answers: ");
    json_decref(status);
}

/* With a clock from the broker's future nothing is sealed: a person has to know, and not to wait (I10). */
static void a_clock_that_stops_sealing_is_told_to_the_officer(void **state)
{
    struct api *api = *state;
    world_set_clock(api->world, world_actor(api->world, "XA/poc"), 400 * MS_PER_SECOND, 0);
    api_case(api);
    json_t *answer = officer_get(api->world, "XA/poc", VERB_WHY, api->case_id, "");
    const json_t *letter = json_array_get(json_object_get(answer, "envelopes"), 0);
    assert_string_equal(api_text(letter, "state"), "FILED");
    assert_says(letter, "why", "this machine's clock is 6 minutes ahead of the broker's: nothing is sealed");
    assert_says(letter, "next", "set this machine's clock");
    json_decref(answer);
    json_t *status = officer_get(api->world, "XA/poc", VERB_STATUS, "", "");
    assert_true(json_is_true(json_object_get(status, "connected")));
    const json_t *trouble = json_array_get(json_object_get(status, "troubles"), 0);
    assert_string_equal(api_text(trouble, "what"), "clock");
    assert_says(trouble, "why", "6 minutes ahead");
    assert_says(trouble, "next", "set this machine's clock");
    assert_says(json_object_get(status, "waiting_because"), "why", "6 minutes ahead");
    json_decref(status);
    world_set_clock(api->world, world_actor(api->world, "XA/poc"), 0, 0);
    assert_true(world_pass(api->world, MS_PER_HOUR));
    status = officer_get(api->world, "XA/poc", VERB_STATUS, "", "");
    assert_null(json_object_get(status, "troubles"));
    assert_null(json_object_get(status, "waiting_because"));
    json_decref(status);
}

static void a_disk_without_room_is_told_to_the_officer(void **state)
{
    struct api *api = *state;
    struct node *node = world_node(api->world, world_actor(api->world, "XA/poc"));
    node_disk_free(node, 1000);
    json_t *status = officer_get(api->world, "XA/poc", VERB_STATUS, "", "");
    const json_t *trouble = json_array_get(json_object_get(status, "troubles"), 0);
    assert_string_equal(api_text(trouble, "what"), "disk");
    assert_says(trouble, "why", "1000 bytes free");
    json_decref(status);
    node_disk_free(node, UINT64_MAX);
}

/* Who only needs to know what is next does not pay for what was said. */
static void how_a_case_stands_is_told_without_its_letters_too(void **state)
{
    struct api *api = *state;
    static const char *const same[] = {"state", "items",    "asks",    "owed",
                                       "next",  "unopened", "request", "flags"};
    api_case(api);
    json_t *with = officer_get(api->world, "XB/poc", VERB_CASE, api->case_id, "");
    json_t *without = officer_get(api->world, "XB/poc", VERB_CASE, api->case_id, "letters=none");
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        assert_non_null(json_object_get(with, same[i]));
        assert_true(json_equal(json_object_get(with, same[i]), json_object_get(without, same[i])));
    }
    assert_non_null(json_object_get(with, "letters"));
    assert_null(json_object_get(without, "letters"));
    assert_null(json_object_get(without, "ladder"));
    json_decref(with);
    json_decref(without);
}

static void an_unknown_verb_is_refused(void **state)
{
    struct api *api = *state;
    unsigned status = 0;
    json_t *answer = api_call(api, "XB/poc", VERB_NONE, "", "", false, NULL, &status);
    api_assert_refused(answer, status, 404, "NOT_FOUND");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, api_set_up, api_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_peer_s_reference_hides_no_case),
        TEST(a_case_is_found_by_prefix_and_by_either_reference),
        TEST(why_follows_an_envelope_from_filed_to_effective),
        TEST(the_inbox_shows_what_this_side_owes),
        TEST(what_is_lost_stands_before_what_is_promised),
        TEST(the_roster_and_the_status_are_told),
        TEST(what_the_broker_says_reaches_the_officer),
        TEST(the_hosts_words_about_the_link_are_shown_while_there_is_none),
        TEST(a_clock_that_stops_sealing_is_told_to_the_officer),
        TEST(a_disk_without_room_is_told_to_the_officer),
        TEST(how_a_case_stands_is_told_without_its_letters_too),
        TEST(an_unknown_verb_is_refused),
    };
    return cmocka_run_group_tests_name("command_view", tests, NULL, NULL);
}
