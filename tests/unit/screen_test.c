/* SPDX-License-Identifier: Apache-2.0 */
/* The screen of a desk in a drill: it asks for what changed and no more, and what waits is begun in the order of the inbox. */
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

#include "drills/actors/unit.h"
#include "tests/support/scenario_text.h"

#define NOW "2027-01-10T12:00:00Z"

struct bench {
    struct desk_port port;
    struct actors actors;
    struct unit unit;
    struct scenario_unit of;
    struct agenda agenda;
    const char *answer; /* to the next question */
    char asked[256];    /* the query of the last one */
    unsigned delivered; /* said so often */
};

static json_t *answer(void *context, size_t party, enum verb verb, const char *target, const char *query,
                      const json_t *body, unsigned *ret_status)
{
    struct bench *bench = context;
    assert_int_equal(party, 0);
    assert_int_equal(verb, VERB_INBOX);
    assert_string_equal(target, "");
    assert_null(body);
    (void)snprintf(bench->asked, sizeof bench->asked, "%s", query);
    *ret_status = bench->answer == NULL ? 0 : 200;
    return bench->answer == NULL ? NULL : json_loads(bench->answer, 0, NULL);
}

static void hear(void *context, const struct actors_said *said)
{
    struct bench *bench = context;
    bench->delivered += said->event == SCENARIO_EVENT_DELIVERED ? 1 : 0;
}

static int set_up(void **state)
{
    struct bench *bench = test_calloc(1, sizeof *bench);
    bench->port = (struct desk_port){.context = bench, .ask = answer};
    bench->of.address = "XB/poc";
    bench->actors.setup.port = &bench->port;
    bench->actors.setup.agenda = &bench->agenda;
    bench->actors.setup.context = bench;
    bench->actors.setup.said = hear;
    bench->unit.of = &bench->of;
    bench->unit.actors = &bench->actors;
    *state = bench;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *bench = *state;
    for (size_t i = 0; i < bench->unit.file_count; i++) {
        file_forget_view(bench->unit.files[i]);
        free(bench->unit.files[i]->reference);
        free(bench->unit.files[i]);
    }
    free(bench->unit.files);
    free(bench->unit.slots);
    screen_done(&bench->unit.screen);
    test_free(bench);
    return 0;
}

static void is_told(struct bench *bench, const char *text)
{
    bench->answer = text;
    assert_true(screen_refresh(&bench->unit));
}

static void it_asks_for_what_has_changed_since_the_last_answer(void **state)
{
    struct bench *bench = *state;
    is_told(bench, "{\"now\":\"" NOW "\",\"cases\":[],\"exercises\":[],\"mark\":\"7.1\"}");
    assert_string_equal(bench->asked, "all=1&changed=");
    is_told(bench, "{\"now\":\"" NOW "\",\"cases\":[],\"exercises\":[],\"mark\":\"7.3\",\"gone\":[]}");
    assert_string_equal(bench->asked, "all=1&changed=7.1");
    bench->answer = NULL; /* the node is down: nothing is taken for known */
    assert_false(screen_refresh(&bench->unit));
    assert_string_equal(bench->asked, "all=1&changed=7.3");
    assert_false(screen_refresh(&bench->unit));
    assert_string_equal(bench->asked, "all=1&changed=7.3");
}

#define LINE(id, rank, at, more)                                                                             \
    "{\"case\":\"" id "\",\"rank\":\"" rank "\",\"at\":\"" at "\"" more ",\"type\":\"PRESERVE\",\"flags\":[" \
    "]}"

/* first: among files 0 to 3. */
static void first_is(struct bench *bench, size_t wanted)
{
    const struct desk_task waiting[] = {{.owner = 0}, {.owner = 1}, {.owner = 2}, {.owner = 3}};
    assert_int_equal(screen_first(&bench->unit, waiting, 4), wanted);
}

static void what_waits_is_begun_in_the_order_of_the_inbox(void **state)
{
    struct bench *bench = *state;
    static const char *const ids[] = {"0a", "0b", "0c", "0d"};
    for (size_t i = 0; i < 4; i++) {
        (void)unit_add_file(&bench->unit, ids[i]);
    }
    bench->answer = "{\"now\":\"" NOW "\",\"mark\":\"7.1\",\"exercises\":[],\"cases\":[" LINE(
        "0a", "READ", "2027-01-01T00:00:00Z",
        "") "," LINE("0b", "OWED", "2027-01-09T00:00:00Z",
                     "") "," LINE("0c", "OWED", "2027-01-10T00:00:00Z",
                                  ",\"legal\":\"2027-01-14T12:00:00Z\"") "]}";
    first_is(bench, 1);
    bench->answer =
        "{\"now\":\"2027-01-12T12:00:00Z\",\"mark\":\"7.1\",\"exercises\":[],\"cases\":[],\"gone\":[]}";
    first_is(bench, 2); /* its legal date has come near */
    bench->answer = "{\"now\":\"" NOW "\",\"mark\":\"7.2\",\"gone\":[],\"exercises\":[" LINE(
        "0a", "LOSS", "2027-01-01T00:00:00Z", "") "],\"cases\":[" LINE("0d", "LOSS", "2027-01-10T00:00:00Z",
                                                                       "") "]}";
    first_is(bench, 3); /* what is real goes before exercises */
    bench->answer = "{\"now\":\"" NOW "\",\"mark\":\"7.3\",\"gone\":[],\"exercises\":[],\"cases\":[" LINE(
        "0d", "THEIRS", "2027-01-10T00:00:00Z", "") "," LINE("0b", "REST", "2027-01-10T00:00:00Z", "") "]}";
    first_is(bench, 2);
}

/* What nobody looked at is looked at as it is now, once; a case that changes loses what was known of it for a job. */
static void a_line_that_changes_again_is_one_line(void **state)
{
    struct bench *bench = *state;
    struct file *file = unit_add_file(&bench->unit, "0a");
    is_told(bench, "{\"now\":\"" NOW "\",\"mark\":\"7.1\",\"exercises\":[],\"cases\":[]}");
    file->view = json_object();
    is_told(bench, "{\"now\":\"" NOW "\",\"mark\":\"7.2\",\"gone\":[],\"exercises\":[],\"cases\":[" LINE(
                       "0a", "READ", "2027-01-01T00:00:00Z", "") "]}");
    assert_null(file->view);
    uint64_t hash = file->shown.hash;
    is_told(bench, "{\"now\":\"" NOW "\",\"mark\":\"7.3\",\"gone\":[],\"exercises\":[],\"cases\":[" LINE(
                       "0a", "READ", "2027-01-02T00:00:00Z", ",\"overdue\":true") "]}");
    assert_int_equal(bench->unit.screen.changed_count, 1);
    assert_true(file->shown.hash == hash); /* time has passed, and nothing else */
    is_told(bench, "{\"now\":\"" NOW "\",\"mark\":\"7.4\",\"gone\":[],\"exercises\":[],\"cases\":[" LINE(
                       "0a", "READ", "2027-01-02T00:00:00Z", ",\"state\":\"HELD\"") "]}");
    assert_int_equal(bench->unit.screen.changed_count, 1);
    assert_true(file->shown.hash != hash);
}

/* The node is asked for no more than the line: bench->answer is the inbox, and answer() takes no other question. */
static void what_lies_unread_is_known_by_its_line(void **state)
{
    struct bench *bench = *state;
    is_told(bench,
            "{\"now\":\"" NOW "\",\"mark\":\"7.1\",\"exercises\":[],\"cases\":[" LINE(
                "0a", "READ", "2027-01-01T00:00:00Z",
                ",\"side\":\"requested\",\"who\":\"XA/poc\",\"reference\":\"XA-7\",\"class\":\"U\"") "]}");
    const struct outside *outside = &bench->unit.screen.changed[0].outside;
    struct file *file = unit_add_file(&bench->unit, "0a");
    file_get_to_know(file, outside);
    assert_string_equal(file->reference, "XA-7");
    assert_string_equal(file->to.text, "XB/poc");
    assert_int_equal(file->urgency, SCENARIO_URGENT);
    assert_false(file->requesting);
    assert_int_equal(bench->delivered, 1);
    file_get_to_know(file, outside);
    assert_int_equal(bench->delivered, 1); /* it came once */
}

/* Who asked does not get what it asked for itself. */
static void a_case_of_the_requesting_side_was_not_delivered_here(void **state)
{
    struct bench *bench = *state;
    is_told(bench,
            "{\"now\":\"" NOW "\",\"mark\":\"7.1\",\"exercises\":[],\"cases\":[" LINE(
                "0a", "READ", "2027-01-01T00:00:00Z",
                ",\"side\":\"requesting\",\"who\":\"XA/poc\",\"reference\":\"XB-1\",\"class\":\"E\"") "]}");
    struct file *file = unit_add_file(&bench->unit, "0a");
    file_get_to_know(file, &bench->unit.screen.changed[0].outside);
    assert_string_equal(file->to.text, "XA/poc");
    assert_int_equal(file->urgency, SCENARIO_EMERGENCY);
    assert_true(file->requesting);
    assert_int_equal(bench->delivered, 0);
}

static const char closed_desk[] =
    "scenario: 1\n"
    "title: A closed desk\n"
    "summary: s\n"
    "teaches: t\n"
    "classification: TLP:CLEAR\n"
    "clock: {start: 2027-01-11T00:00:00Z, length: 30d}\n" /* a Monday */
    "seed: 1\n"
    "times: {quick: {p0: 30m, p100: 30m}}\n"
    "desks: {office: {hours: [{days: work, from: 09:00, to: 17:00}], people: 1}}\n"
    "habits: {h: {power: own, times: {look: quick}}}\n"
    "states:\n"
    "  - {code: XB, name: B, zone: UTC, week: {work: mon-fri, hours: 09:00-17:00}, units: [\n"
    "      {name: poc, desk: office, habits: h}]}\n"
    "injects: [{id: n, at: day 1 12:00 XB, kind: note, script: x}]\n";

/* The node is asked for the inbox at its arrival, and for nothing in the hours after that. */
static void an_emergency_waits_for_a_desk_from_when_it_arrived(void **state)
{
    struct bench *bench = *state;
    struct scenario_texts texts;
    const struct scenario *scenario = scenario_texts_one(&texts, closed_desk);
    const uint64_t start_ms = scenario->clock.start_ms;
    struct actors_setup setup = bench->actors.setup;
    setup.scenario = scenario;
    bench->agenda.now_ms = start_ms;
    struct actors *actors = actors_new(&setup);
    agenda_run(&bench->agenda, start_ms + 18 * MS_PER_HOUR); /* it has closed an hour before */
    bench->answer = "{\"now\":\"2027-01-11T18:00:00Z\",\"mark\":\"7.1\",\"exercises\":[],\"cases\":[{"
                    "\"case\":\"0a\",\"rank\":\"READ\",\"at\":\"2027-01-11T18:00:00Z\",\"type\":"
                    "\"EMERGENCY\",\"side\":\"requested\",\"who\":\"XA/poc\",\"reference\":\"XA-7\","
                    "\"class\":\"E\",\"flags\":[\"UNOPENED\"]}]}";
    actors_arrived(actors, 0);
    bench->asked[0] = '\0';
    agenda_run(&bench->agenda, start_ms + 33 * MS_PER_HOUR);
    assert_string_equal(bench->asked, "");
    const struct desk_hour *hours = NULL;
    uint64_t waited_ms = 0;
    size_t count = actors_hours(actors, 0, &hours);
    for (size_t i = 0; i < count; i++) {
        const bool after = hours[i].at_ms >= start_ms + 18 * MS_PER_HOUR;
        assert_int_equal(hours[i].queue, after ? 1 : 0);
        waited_ms += hours[i].queue * hours[i].span_ms;
    }
    assert_int_equal(waited_ms, 15 * MS_PER_HOUR);
    actors_free(actors);
    agenda_done(&bench->agenda);
    scenario_texts_close(&texts);
}

static bool ties_change(struct bench *bench, const char *type, const char *side, const char *state)
{
    char text[320];
    (void)snprintf(
        text, sizeof text,
        "{\"now\":\"" NOW "\",\"mark\":\"7.1\",\"gone\":[],\"exercises\":[],\"cases\":[{\"case\":"
        "\"0a\",\"rank\":\"READ\",\"type\":\"%s\",\"side\":\"%s\",\"state\":\"%s\",\"flags\":[]}]}",
        type, side, state);
    bench->unit.screen.ties_changed = false;
    is_told(bench, text);
    return bench->unit.screen.ties_changed;
}

static void only_what_may_end_a_tie_of_a_hold_here_leads_to_the_worklist(void **state)
{
    struct bench *bench = *state;
    assert_true(ties_change(bench, "MLA", "requesting", "CLOSED"));
    assert_true(ties_change(bench, "MLA", "requested", "CLOSED"));
    assert_true(ties_change(bench, "LINK", "requested", "LINKED"));
    assert_true(ties_change(bench, "PRESERVE", "requested", "HELD_OPEN"));
    assert_false(ties_change(bench, "LINK", "requesting", "LINKED")); /* the other party has that hold */
    assert_false(ties_change(bench, "PRESERVE", "requesting", "HELD_OPEN"));
    assert_false(ties_change(bench, "PRESERVE", "requested", "HELD"));
    assert_false(ties_change(bench, "ENQUIRY", "requested", "REQUESTED"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

static void what_goes_on_without_end_at_one_moment_is_stopped_and_named(void **state)
{
    struct bench *bench = *state;
    struct file *file = unit_add_file(&bench->unit, "0a");
    file->reference = strdup("XA-7");
    bench->agenda.now_ms = UINT64_C(1796126400000);
    for (unsigned i = 0; i < 3 * FILE_AT_ONCE_MAX; i++, bench->agenda.now_ms++) {
        assert_true(file_goes_on(file)); /* time passes */
    }
    for (unsigned i = 0; i < FILE_AT_ONCE_MAX; i++) {
        assert_true(file_goes_on(file));
    }
    assert_null(actors_stuck(&bench->actors));
    assert_false(file_goes_on(file));
    assert_non_null(strstr(actors_stuck(&bench->actors), "case XA-7: XB/poc "));
    assert_non_null(strstr(actors_stuck(&bench->actors), "2026-12-01T"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(it_asks_for_what_has_changed_since_the_last_answer),
        TEST(what_waits_is_begun_in_the_order_of_the_inbox),
        TEST(a_line_that_changes_again_is_one_line),
        TEST(what_lies_unread_is_known_by_its_line),
        TEST(a_case_of_the_requesting_side_was_not_delivered_here),
        TEST(an_emergency_waits_for_a_desk_from_when_it_arrived),
        TEST(only_what_may_end_a_tie_of_a_hold_here_leads_to_the_worklist),
        TEST(what_goes_on_without_end_at_one_moment_is_stopped_and_named),
    };
    return cmocka_run_group_tests_name("screen", tests, NULL, NULL);
}
