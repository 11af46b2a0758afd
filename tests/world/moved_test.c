/* SPDX-License-Identifier: Apache-2.0 */
/* A case that another party of the requested State goes on with: from XB/poc, asked by XA/poc, to XB/central. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "tests/support/officer.h"
#include "tests/support/states.h"

/* Of XB/poc's case with XA/poc, what XB/central would say; state of its items and the date of the first. */
static char *taken_over(struct states *s, const char *link, const char *until, bool all)
{
    json_t *view = states_look(s, "XB/central", link);
    json_t *draft = officer_get(s->world, "XB/central", VERB_DRAFT, link, "as=takeover");
    json_t *letter = json_deep_copy(json_object_get(draft, "letter"));
    json_t *taken = json_object_get(letter, "takenOver");
    json_t *restated = json_object_get(taken, "restated");
    size_t i = 0;
    json_t *item = NULL;
    assert_non_null(taken);
    json_array_foreach(restated, i, item)
    {
        (void)json_object_update_new(item, json_pack("{s:s,s:s,s:s,s:s}", "state", "HELD", "heldFrom",
                                                     "2026-11-16T08:00:00Z", "holdUntil", until, "zone",
                                                     "Europe/Paris"));
    }
    if (!all) {
        (void)json_array_remove(restated, 0);
    }
    char *text = json_dumps(letter, JSON_COMPACT);
    json_decref(letter);
    json_decref(draft);
    json_decref(view);
    return text;
}

static void move(struct states *s, char link[65])
{
    states_hold(s);
    states_say(s, "XB/poc", s->hold, LETTER_MOVED, "{\"party\": \"XB/central\"}");
    states_assert_state(s, "XA/poc", s->hold, "CLOSED");
    states_waits(s, "XB/central", "TAKE_OVER", "link", link);
    assert_int_not_equal(link[0], '\0');
}

static void a_case_handed_over_goes_on_as_it_stood(void **state)
{
    struct states *s = *state;
    char link[65], text[65], after[33];
    move(s, link);
    states_waits(s, "XB/poc", "MOVED_ON", "link", text);
    assert_string_equal(text, link);
    char *letter = taken_over(s, link, "2027-04-01T00:00:00+02:00", true);
    states_send(s, "XB/central", "XA/poc", letter, after);
    free(letter);
    states_assert_state(s, "XA/poc", after, "HELD");
    states_assert_state(s, "XB/central", after, "HELD");
    states_waits(s, "XA/poc", "TAKEN_OVER_WRONG", "hold", text);
    assert_string_equal(text, "");
    states_waits(s, "XB/central", "TAKE_OVER", "link", text);
    assert_string_equal(text, "");
    states_waits(s, "XB/poc", "MOVED_ON", "link", text);
    assert_string_equal(text, "");
}

static void expect_seen(struct states *s, const char *until, bool all)
{
    char link[65], text[65], after[33];
    move(s, link);
    char *letter = taken_over(s, link, until, all);
    states_send(s, "XB/central", "XA/poc", letter, after);
    free(letter);
    states_waits(s, "XA/poc", "TAKEN_OVER_WRONG", "hold", text);
    assert_string_equal(text, after);
}

static void an_earlier_end_is_seen_by_who_asked(void **state)
{
    expect_seen(*state, "2026-12-31T00:00:00+01:00", true);
}

static void an_item_left_out_is_seen_by_who_asked(void **state)
{
    expect_seen(*state, "2027-04-01T00:00:00+02:00", false);
}

/* Nobody has it then: who handed it over sees that, until the case goes on otherwise. */
static void what_is_not_taken_over_is_seen_by_who_had_it(void **state)
{
    struct states *s = *state;
    char link[65], text[65];
    move(s, link);
    states_write(
        s, "XB/central", link,
        "{\"declined\": {\"reason\": \"NOT_COMPETENT\", \"text\": \"Holds are kept by the desk.\"}}");
    states_waits(s, "XB/central", "TAKE_OVER", "link", text);
    assert_string_equal(text, "");
    states_waits(s, "XB/poc", "HAND_OVER_DECLINED", "hold", text);
    assert_string_equal(text, s->hold);
    states_say(s, "XB/poc", s->hold, LETTER_REOPENED, "{\"text\": \"It stays with this desk.\"}");
    states_waits(s, "XB/poc", "HAND_OVER_DECLINED", "hold", text);
    assert_string_equal(text, "");
}

/* All but the first item: what stays behind is not kept twice. */
static void what_stays_behind_ends_in_the_case_that_goes_on(void **state)
{
    struct states *s = *state;
    char link[65], text[65], after[33];
    states_hold(s);
    states_say(s, "XB/poc", s->hold, LETTER_MOVED, "{\"party\": \"XB/central\", \"items\": [2]}");
    states_assert_state(s, "XA/poc", s->hold, "HELD");
    states_waits(s, "XB/central", "TAKE_OVER", "link", link);
    json_t *draft = officer_get(s->world, "XB/central", VERB_DRAFT, link, "as=takeover");
    char *letter = json_dumps(json_object_get(draft, "letter"), JSON_COMPACT);
    json_decref(draft);
    assert_non_null(strstr(letter, "MOVED"));
    states_send(s, "XB/central", "XA/poc", letter, after);
    free(letter);
    states_assert_state(s, "XA/poc", after, "HELD");
    states_waits(s, "XA/poc", "TAKEN_OVER_WRONG", "hold", text);
    assert_string_equal(text, "");
}

/* The link ends where the hold was; where it is now, only a person can say so. */
static void assistance_that_ends_after_the_hold_moved_waits_for_a_person(void **state)
{
    struct states *s = *state;
    char mla[33], text[65], link[33];
    states_hold(s);
    states_ask(s, "{\"party\": \"XB/poc\", \"reference\": \"B-HOLD-1\"}", mla);
    states_assert_state(s, "XA/poc", s->hold, "HELD_OPEN");
    states_find_link(s, "XB/poc", link);
    states_say(s, "XB/poc", s->hold, LETTER_MOVED, "{\"party\": \"XB/central\"}");
    states_assert_state(s, "XB/poc", link, "LINKED");
    states_write(s, "XB/central", mla,
                 "{\"refused\": {\"ground\": \"G22\", \"text\": \"It would discriminate.\"}}");
    states_waits(s, "XB/poc", "ASSISTANCE_ENDED", "link", text);
    assert_string_equal(text, link);
    states_write(s, "XB/poc", link, "{\"released\": {\"why\": \"CLOSED\"}}");
    states_waits(s, "XB/poc", "ASSISTANCE_ENDED", "link", text);
    assert_string_equal(text, "");
}

/* The items one after the other: each take-over is of its own hand-over. */
static void parts_of_a_case_go_on_in_the_cases_that_were_named(void **state)
{
    struct states *s = *state;
    char *letters[2], link[65], after[33];
    states_hold(s);
    json_t *moved[2];
    states_say(s, "XB/poc", s->hold, LETTER_MOVED, "{\"party\": \"XB/central\", \"items\": [1]}");
    states_waits(s, "XB/central", "TAKE_OVER", "link", link);
    moved[0] = officer_get(s->world, "XB/central", VERB_DRAFT, link, "as=takeover");
    states_say(s, "XB/poc", s->hold, LETTER_MOVED,
               "{\"party\": \"XB/central\", \"items\": [2, 3], \"caseId\": \"AAAAAAAAAAAAAAAAAAAAAg==\"}");
    assert_int_equal(states_waiting(s, "XB/central", "TAKE_OVER"), 2);
    json_t *unsaid = json_deep_copy(json_object_get(moved[0], "letter"));
    (void)json_object_del(json_object_get(unsaid, "takenOver"), "asCase");
    letters[0] = json_dumps(unsaid, JSON_COMPACT);
    json_decref(unsaid);
    assert_int_equal(states_try(s, "XB/central", "XA/poc", letters[0]), 409);
    free(letters[0]);
    letters[0] = json_dumps(json_object_get(moved[0], "letter"), JSON_COMPACT);
    states_send(s, "XB/central", "XA/poc", letters[0], after);
    assert_int_equal(states_try(s, "XB/central", "XA/poc", letters[0]), 409); /* it goes on already */
    free(letters[0]);
    states_waits(s, "XB/central", "TAKE_OVER", "link", link);
    moved[1] = officer_get(s->world, "XB/central", VERB_DRAFT, link, "as=takeover");
    letters[1] = json_dumps(json_object_get(moved[1], "letter"), JSON_COMPACT);
    states_send(s, "XB/central", "XA/poc", letters[1], after);
    free(letters[1]);
    assert_int_equal(states_waiting(s, "XB/central", "TAKE_OVER"), 0);
    assert_int_equal(states_waiting(s, "XA/poc", "TAKEN_OVER_WRONG"), 0);
    json_decref(moved[0]);
    json_decref(moved[1]);
}

/* However many requests for assistance keep it open. */
static void a_case_is_handed_over_once(void **state)
{
    struct states *s = *state;
    char members[400], named[200], link[65], after[33], id[33];
    uint8_t bytes[16];
    struct arena *arena = arena_new(4096);
    states_hold(s);
    assert_true(hex_read(bytes, 16, bytes_of_text(s->hold)));
    (void)snprintf(named, sizeof named, "{\"party\": \"XB/poc\", \"caseId\": \"%s\"}",
                   base64_new(arena, bytes_of(bytes, 16)));
    arena_free(arena);
    for (int n = 0; n < 20; n++) {
        (void)snprintf(members, sizeof members, "{\"reference\": \"A-MLA-%d\", \"itemHolds\": [%s]}", n,
                       named);
        char *request = states_request(s, "stored-data", "XA/central", members);
        states_send(s, "XA/central", "XB/central", request, id);
        free(request);
    }
    states_say(s, "XB/poc", s->hold, LETTER_MOVED, "{\"party\": \"XB/central\"}");
    assert_int_equal(states_waiting(s, "XB/central", "TAKE_OVER"), 1);
    states_waits(s, "XB/central", "TAKE_OVER", "link", link);
    json_t *draft = officer_get(s->world, "XB/central", VERB_DRAFT, link, "as=takeover");
    char *letter = json_dumps(json_object_get(draft, "letter"), JSON_COMPACT);
    json_decref(draft);
    states_send(s, "XB/central", "XA/poc", letter, after);
    free(letter);
    assert_int_equal(states_waiting(s, "XB/central", "TAKE_OVER"), 0);
    assert_int_equal(states_waiting(s, "XB/poc", "MOVED_ON"), 0);
    assert_int_equal(states_waiting(s, "XA/poc", "TAKEN_OVER_WRONG"), 0);
}

/* --- to whom --- */

static void a_case_moves_to_another_party_of_its_state(void **state)
{
    static const char *const nobody[] = {"XC/poc", "XB/poc", "XB/nobody", "XA/central"};
    struct states *s = *state;
    char letter[128];
    states_hold(s);
    for (size_t i = 0; i < sizeof nobody / sizeof nobody[0]; i++) {
        (void)snprintf(letter, sizeof letter, "{\"moved\": {\"party\": \"%s\"}}", nobody[i]);
        assert_int_equal(states_try(s, "XB/poc", s->hold, letter), 422);
    }
    states_assert_state(s, "XA/poc", s->hold, "HELD");
    assert_int_equal(states_try(s, "XB/poc", s->hold, "{\"moved\": {\"party\": \"XB/central\"}}"), 200);
}

/* --- what nobody takes over --- */

/* How often an alarm of that party is about that date. */
static size_t alarms(struct states *s, const char *party, const char *what)
{
    json_t *answer = officer_get(s->world, party, VERB_ALARMS, "", "all=1");
    size_t i = 0, count = 0;
    json_t *alarm = NULL;
    json_array_foreach(json_object_get(answer, "alarms"), i, alarm)
    {
        count += strcmp(json_string_value(json_object_get(alarm, "what")), what) == 0;
    }
    json_decref(answer);
    return count;
}

static void pass_days(struct states *s, uint64_t days)
{
    for (uint64_t day = 0; day < days; day++) {
        states_pass(s, 24 * 60);
    }
}

static void who_asked_sees_that_nobody_has_it(void **state)
{
    struct states *s = *state;
    char link[65], text[65], after[33];
    move(s, link);
    states_waits(s, "XA/poc", "MOVED_ON", "hold", text);
    assert_string_equal(text, s->hold);
    states_waits(s, "XA/poc", "MOVED_ON", "with", text);
    assert_string_equal(text, "XB/central");
    size_t raised = alarms(s, "XA/poc", "taken over");
    pass_days(s, 8); /* it was urgent: one working day */
    assert_true(alarms(s, "XA/poc", "taken over") > raised);
    char *letter = taken_over(s, link, "2027-04-01T00:00:00+02:00", true);
    states_send(s, "XB/central", "XA/poc", letter, after);
    free(letter);
    assert_int_equal(states_waiting(s, "XA/poc", "MOVED_ON"), 0);
    raised = alarms(s, "XA/poc", "taken over");
    pass_days(s, 8);
    assert_int_equal(alarms(s, "XA/poc", "taken over"), raised);
}

/* It stays where it was. */
static void what_is_opened_again_waits_for_nobody(void **state)
{
    struct states *s = *state;
    char link[65];
    move(s, link);
    states_say(s, "XB/poc", s->hold, LETTER_REOPENED, "{\"text\": \"It stays with this desk.\"}");
    assert_int_equal(states_waiting(s, "XA/poc", "MOVED_ON"), 0);
}

/* --- what nobody handed over --- */

/* What XB/central says of XA/poc's case of XB/poc, without a word from there. */
static json_t *seized(struct states *s, const char *from_case)
{
    json_t *view = states_look(s, "XA/poc", s->hold);
    json_t *first = json_array_get(json_object_get(view, "letters"), 0);
    json_t *request = json_object_get(json_object_get(first, "body"), "request");
    uint8_t id[32], from[16];
    struct arena *arena = arena_new((size_t)1 << 16);
    assert_true(hex_read(id, sizeof id, bytes_of_text(json_string_value(json_object_get(first, "id")))));
    assert_true(hex_read(from, sizeof from, bytes_of_text(from_case)));
    json_t *restated = json_array();
    size_t items = json_array_size(json_object_get(view, "items"));
    for (size_t i = 1; i <= items; i++) {
        (void)json_array_append_new(restated,
                                    json_pack("{s:i,s:s,s:s,s:s,s:s}", "item", (int)i, "state", "HELD",
                                              "heldFrom", "2026-11-16T08:00:00Z", "holdUntil",
                                              "2027-04-01T00:00:00+02:00", "zone", "Europe/Paris"));
    }
    json_t *letter =
        json_pack("{s:{s:O,s:s,s:s,s:s,s:o}}", "takenOver", "request", request, "fromParty", "XB/poc",
                  "fromCase", base64_new(arena, bytes_of(from, sizeof from)), "requestLetter",
                  base64_new(arena, bytes_of(id, sizeof id)), "restated", restated);
    json_decref(view);
    arena_free(arena);
    assert_non_null(letter);
    return letter;
}

static void seize(struct states *s, const char *party, const char *from_case, char ret_case[33])
{
    json_t *letter = seized(s, from_case);
    char *text = json_dumps(letter, JSON_COMPACT);
    states_send(s, party, "XA/poc", text, ret_case);
    free(text);
    json_decref(letter);
}

static void who_takes_over_what_nobody_handed_over_is_seen(void **state)
{
    struct states *s = *state;
    char after[33], text[65];
    states_hold(s);
    seize(s, "XB/central", s->hold, after); /* two live cases */
    states_waits(s, "XA/poc", "TAKEN_OVER_WRONG", "hold", text);
    assert_string_equal(text, after);
    seize(s, "XB/central", "000102030405060708090a0b0c0d0e0f", after); /* of a case that nobody knows */
    assert_int_equal(states_waiting(s, "XA/poc", "TAKEN_OVER_WRONG"), 2);
    seize(s, "XC/poc", s->hold, after); /* by another State */
    assert_int_equal(states_waiting(s, "XA/poc", "TAKEN_OVER_WRONG"), 3);
}

/* The word that the case moved may come after it went on. */
static void the_mark_goes_when_the_move_is_said(void **state)
{
    struct states *s = *state;
    char after[33], members[160];
    uint8_t id[16];
    struct arena *arena = arena_new(4096);
    states_hold(s);
    seize(s, "XB/central", s->hold, after);
    assert_int_equal(states_waiting(s, "XA/poc", "TAKEN_OVER_WRONG"), 1);
    assert_true(hex_read(id, sizeof id, bytes_of_text(after)));
    (void)snprintf(members, sizeof members, "{\"party\": \"XB/central\", \"caseId\": \"%s\"}",
                   base64_new(arena, bytes_of(id, sizeof id)));
    arena_free(arena);
    states_say(s, "XB/poc", s->hold, LETTER_MOVED, members);
    assert_int_equal(states_waiting(s, "XA/poc", "TAKEN_OVER_WRONG"), 0);
    assert_int_equal(states_waiting(s, "XA/poc", "MOVED_ON"), 0);
}

static void a_person_settles_what_is_wrong(void **state)
{
    struct states *s = *state;
    char after[33], entry[65];
    json_t *answer = NULL;
    states_hold(s);
    seize(s, "XB/central", s->hold, after);
    states_waits(s, "XA/poc", "TAKEN_OVER_WRONG", "entry", entry);
    assert_int_equal(officer_post(s->world, "XA/poc", VERB_SETTLE, entry, json_object(), &answer), 422);
    json_decref(answer);
    assert_int_equal(officer_post(s->world, "XA/poc", VERB_SETTLE, entry,
                                  json_pack("{s:s}", "text", "XB/central withdrew it by telephone."),
                                  &answer),
                     200);
    json_decref(answer);
    assert_int_equal(states_waiting(s, "XA/poc", "TAKEN_OVER_WRONG"), 0);
    states_write(s, "XB/central", after,
                 "{\"status\": {\"text\": \"It is held.\"}}"); /* the case is looked at again */
    assert_int_equal(states_waiting(s, "XA/poc", "TAKEN_OVER_WRONG"), 0);
    json_t *view = states_look(s, "XA/poc", after);
    assert_int_equal(json_array_size(json_object_get(view, "notes")), 1);
    json_decref(view);
    assert_int_equal(
        officer_post(s->world, "XA/poc", VERB_SETTLE, entry, json_pack("{s:s}", "text", "again"), &answer),
        404);
    json_decref(answer);
}

/* --- what is not as it says --- */

/* The tie of that LINK, as it is shown; a new reference. */
static json_t *tie_of(struct states *s, const char *link)
{
    json_t *view = states_look(s, "XB/central", link);
    json_t *letter = json_array_get(json_object_get(view, "letters"), 0);
    json_t *request = json_object_get(json_object_get(letter, "body"), "request");
    json_t *tie = json_incref(json_object_get(request, "tie"));
    json_decref(view);
    assert_non_null(tie);
    return tie;
}

/* Who had the case changed what was asked for: no officer of who asked signed that. */
static void a_request_that_nobody_signed_is_not_taken_over(void **state)
{
    struct states *s = *state;
    char link[65], forged[33];
    move(s, link);
    json_t *tie = tie_of(s, link);
    struct arena *arena = arena_new((size_t)1 << 20);
    uint8_t opener[8192];
    size_t size = 0;
    const char *said = json_string_value(json_object_get(tie, "opener"));
    assert_true(base64_read(opener, sizeof opener, &size, bytes_of_text(said)));
    for (size_t i = 0; i + 8 <= size; i++) {
        if (memcmp(opener + i, "A-HOLD-1", 8) == 0) {
            opener[i + 7] = '2';
        }
    }
    (void)json_object_set_new(tie, "opener", json_string(base64_new(arena, bytes_of(opener, size))));
    json_t *letter =
        json_pack("{s:{s:s,s:s,s:o}}", "request", "type", "LINK", "reference", "B-HOLD-1", "tie", tie);
    char *text = json_dumps(letter, JSON_COMPACT);
    states_send(s, "XB/poc", "XB/central", text, forged);
    free(text);
    json_decref(letter);
    arena_free(arena);
    json_t *draft = officer_get(s->world, "XB/central", VERB_DRAFT, forged, "as=takeover");
    assert_string_equal(json_string_value(json_object_get(draft, "code")), "NOT_GENUINE");
    json_decref(draft);
    draft = officer_get(s->world, "XB/central", VERB_DRAFT, link, "as=takeover");
    assert_non_null(json_object_get(draft, "letter"));
    json_decref(draft);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, states_set_up, states_tear_down)
        TEST(a_case_handed_over_goes_on_as_it_stood),
        TEST(an_earlier_end_is_seen_by_who_asked),
        TEST(an_item_left_out_is_seen_by_who_asked),
        TEST(what_is_not_taken_over_is_seen_by_who_had_it),
        TEST(what_stays_behind_ends_in_the_case_that_goes_on),
        TEST(parts_of_a_case_go_on_in_the_cases_that_were_named),
        TEST(a_case_is_handed_over_once),
        TEST(a_case_moves_to_another_party_of_its_state),
        TEST(who_asked_sees_that_nobody_has_it),
        TEST(what_is_opened_again_waits_for_nobody),
        TEST(who_takes_over_what_nobody_handed_over_is_seen),
        TEST(the_mark_goes_when_the_move_is_said),
        TEST(a_person_settles_what_is_wrong),
        TEST(a_request_that_nobody_signed_is_not_taken_over),
        TEST(assistance_that_ends_after_the_hold_moved_waits_for_a_person),
    };
    return cmocka_run_group_tests_name("moved", tests, NULL, NULL);
}
