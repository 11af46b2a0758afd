/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Points of contact and central authorities of two States: a request for assistance keeps a hold open that other parties of the
 * same States have between them. XA asks, XB is asked.
 */
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/daemon/zonefile.h"
#include "base/text.h"
#include "drills/play/cast.h"
#include "nodes/calendar.h"
#include "nodes/lifecycle.h"
#include "proto/json.h"
#include "tests/support/letter_bodies.h"
#include "tests/support/officer.h"

#define PARTIES 8 /* the first of the cast: both States have a central authority among them */
#define START   ((wall_ms){UINT64_C(1794816000000)}) /* 2026-11-16T08:00:00Z */

struct scene {
    struct cast *cast;
    struct world *world;
    char hold[33];
};

static int set_up(void **state)
{
    struct scene *s = calloc(1, sizeof *s);
    struct world_setup setup = {.seed = 5};
    assert_non_null(s);
    assert_true(sodium_init() >= 0);
    s->cast = cast_new(5, PARTIES, START);
    s->world = cast_world(s->cast, &setup);
    assert_true(world_settle(s->world, 1000));
    *state = s;
    return 0;
}

static int tear_down(void **state)
{
    struct scene *s = *state;
    world_free(s->world);
    cast_free(s->cast);
    free(s);
    return 0;
}

static void settle(struct scene *s)
{
    assert_true(world_settle(s->world, 100000));
}

/* --- writing --- */

/* An example with its dates moved so that they fit, and the author's number; with these members. */
static char *request_of(struct scene *s, const char *example, const char *author, const char *members)
{
    const char *top = getenv("COMITY_TOP");
    char path[512];
    (void)snprintf(path, sizeof path, "%s/examples/%s.json", top == NULL ? "." : top, example);
    json_t *request = json_load_file(path, 0, NULL);
    json_t *more = json_loads(members, 0, NULL);
    json_t *items = json_object_get(request, "items");
    size_t i = 0;
    json_t *item = NULL;
    assert_non_null(request);
    assert_non_null(more);
    (void)json_object_set_new(json_object_get(request, "confirmation"), "phone",
                              json_string(cast_party(s->cast, author)->phone));
    json_array_foreach(items, i, item)
    {
        json_t *named = json_object_get(more, "itemHolds");
        if (named != NULL) {
            (void)json_object_set(item, "holds", named);
        }
    }
    (void)json_object_del(more, "itemHolds");
    (void)json_object_update(request, more);
    json_t *letter = json_pack("{s:o}", "request", request);
    char *text = json_dumps(letter, JSON_COMPACT);
    json_decref(letter);
    json_decref(more);
    return text;
}

static void send(struct scene *s, const char *party, const char *where, const char *letter, char ret_case[33])
{
    json_t *answer = NULL;
    unsigned status =
        officer_send_as(s->world, party, cast_party(s->cast, party)->officer, where, letter, &answer);
    if (status != 200) {
        char *dump = json_dumps(answer, JSON_INDENT(1));
        print_message("%s answered %u: %s\n%s\n", party, status, dump == NULL ? "" : dump, letter);
        free(dump);
    }
    assert_int_equal(status, 200);
    if (ret_case != NULL) {
        (void)snprintf(ret_case, 33, "%s", json_string_value(json_object_get(answer, "case")));
    }
    json_decref(answer);
    settle(s);
}

/* A letter with these members. */
static void write(struct scene *s, const char *party, const char *where, const char *letter)
{
    send(s, party, where, letter, NULL);
}

/* A letter of letter_bodies.def with these members set. */
static void say(struct scene *s, const char *party, const char *where, enum letter_kind kind,
                const char *members)
{
    struct arena *arena = arena_new((size_t)1024 * 1024);
    json_t *letter = json_of_message(&letter_of_body(arena, kind, world_now(s->world).ms, NULL)->base);
    json_t *more = json_loads(members, 0, NULL);
    assert_non_null(more);
    (void)json_object_update(json_object_iter_value(json_object_iter(letter)), more);
    char *text = json_dumps(letter, JSON_COMPACT);
    send(s, party, where, text, NULL);
    free(text);
    json_decref(more);
    json_decref(letter);
    arena_free(arena);
}

/* --- looking --- */

static json_t *look(struct scene *s, const char *party, const char *case_id)
{
    json_t *view = officer_get(s->world, party, VERB_CASE, case_id, "letters=all");
    assert_non_null(view);
    return view;
}

static void assert_state(struct scene *s, const char *party, const char *case_id, const char *state)
{
    json_t *view = look(s, party, case_id);
    assert_string_equal(json_string_value(json_object_get(view, "state")), state);
    json_decref(view);
}

/* How many letters of that kind the case has, as that party shows it. */
static size_t letters(struct scene *s, const char *party, const char *case_id, const char *kind)
{
    json_t *view = look(s, party, case_id);
    size_t count = 0, i = 0;
    json_t *letter = NULL;
    json_array_foreach(json_object_get(view, "letters"), i, letter)
    {
        count += strcmp(json_string_value(json_object_get(letter, "letter")), kind) == 0;
    }
    json_decref(view);
    return count;
}

/* The newest LINK case of that party, which has no type but this in the inbox. */
static void find_link(struct scene *s, const char *party, char ret[33])
{
    json_t *inbox = officer_get(s->world, party, VERB_INBOX, "", "all=1");
    size_t i = 0;
    json_t *line = NULL;
    ret[0] = '\0';
    json_array_foreach(json_object_get(inbox, "cases"), i, line)
    {
        const char *id = json_string_value(json_object_get(line, "case"));
        json_t *view = look(s, party, id);
        if (strcmp(json_string_value(json_object_get(view, "type")), "LINK") == 0) {
            (void)snprintf(ret, 33, "%s", id);
        }
        json_decref(view);
    }
    json_decref(inbox);
    assert_int_not_equal(ret[0], '\0');
}

/* --- scenes --- */

/* XA/poc asks XB/poc for a hold, which XB/poc holds. */
static void hold(struct scene *s)
{
    char *text = request_of(s, "preservation", "XA/poc", "{\"reference\": \"A-HOLD-1\"}");
    send(s, "XA/poc", "XB/poc", text, s->hold);
    free(text);
    write(s, "XB/poc", s->hold,
          "{\"ack\": {\"reference\": \"B-HOLD-1\", \"answer\": \"NOT_YET_KNOWN\","
          " \"answerBy\": \"2026-11-18T08:00:00Z\"}}");
    write(s, "XB/poc", s->hold, "{\"held\": {\"scope\": \"all\", \"custodianReference\": \"eh-1\"}}");
}

/* XA/central asks XB/central for the data; the hold is named by members of a HoldRef. */
static void ask(struct scene *s, const char *named, char ret_case[33])
{
    char members[400];
    (void)snprintf(members, sizeof members, "{\"reference\": \"A-MLA-1\", \"itemHolds\": [%s]}", named);
    char *text = request_of(s, "stored-data", "XA/central", members);
    send(s, "XA/central", "XB/central", text, ret_case);
    free(text);
}

static void a_request_for_assistance_keeps_the_hold_open(void **state)
{
    struct scene *s = *state;
    char mla[33], named[200], link[33];
    hold(s);
    (void)snprintf(named, sizeof named, "{\"party\": \"XB/poc\", \"reference\": \"B-HOLD-1\"}");
    ask(s, named, mla);
    settle(s);
    assert_int_equal(letters(s, "XA/poc", s->hold, "MLA_NOTICE"), 1);
    assert_int_equal(letters(s, "XB/poc", s->hold, "MLA_RECEIVED"), 1);
    assert_state(s, "XA/poc", s->hold, "HELD_OPEN");
    assert_state(s, "XB/poc", s->hold, "HELD_OPEN");
    find_link(s, "XB/poc", link);
    assert_state(s, "XB/poc", link, "LINKED");
    assert_state(s, "XB/central", link, "LINKED");
    find_link(s, "XA/poc", link);
    assert_state(s, "XA/central", link, "LINKED");
}

/* What the worklist of that party says first of that kind; "" for none. */
static void waits(struct scene *s, const char *party, const char *what, const char *member, char ret[65])
{
    json_t *answer = officer_get(s->world, party, VERB_WORKLIST, "", "");
    size_t i = 0;
    json_t *entry = NULL;
    ret[0] = '\0';
    json_array_foreach(json_object_get(answer, "entries"), i, entry)
    {
        const char *text = json_string_value(json_object_get(entry, member));
        if (ret[0] == '\0' && strcmp(json_string_value(json_object_get(entry, "what")), what) == 0) {
            (void)snprintf(ret, 65, "%s", text == NULL ? "?" : text);
        }
    }
    json_decref(answer);
}

static unsigned log_mla(struct scene *s, const char *party, const char *body)
{
    json_t *answer = NULL;
    json_t *json = json_loads(body, 0, NULL);
    assert_non_null(json);
    unsigned status = officer_post(s->world, party, VERB_MLA_LOG, "", json, &answer);
    if (status != 200) {
        print_message("%u %s\n", status, json_string_value(json_object_get(answer, "code")));
    }
    json_decref(answer);
    settle(s);
    return status;
}

#define ON_PAPER(hold)                                                                                       \
    "{\"reference\": \"A-MLA-9\", \"from\": \"XA\", \"channel\": \"PAPER\", \"received\": "                  \
    "\"2026-11-16T07:30:00Z\"" hold "}"

static void one_that_came_on_paper_keeps_it_open(void **state)
{
    struct scene *s = *state;
    char text[65], link[33];
    hold(s);
    waits(s, "XB/poc", "HOLD_WITHOUT_MLA", "hold", text);
    assert_string_equal(text, s->hold);
    assert_int_equal(log_mla(s, "XB/central", ON_PAPER("")), 200);
    waits(s, "XB/central", "MLA_WITHOUT_HOLD", "mla_reference", text);
    assert_string_equal(text, "A-MLA-9");
    assert_int_equal(log_mla(s, "XB/central", ON_PAPER(", \"hold\": \"B-HOLD-1\"")), 200);
    assert_int_equal(log_mla(s, "XB/central", ON_PAPER(", \"hold\": \"B-HOLD-1\"")), 409);
    assert_state(s, "XA/poc", s->hold, "HELD_OPEN");
    waits(s, "XB/central", "MLA_WITHOUT_HOLD", "mla_reference", text);
    assert_string_equal(text, "");
    waits(s, "XB/poc", "HOLD_WITHOUT_MLA", "hold", text);
    assert_string_equal(text, "");
    /* it ends, and an officer says so in the hold */
    assert_int_equal(
        log_mla(s, "XB/central", "{\"reference\": \"A-MLA-9\", \"from\": \"XA\", \"ended\": \"REFUSED\"}"),
        200);
    waits(s, "XB/poc", "ASSISTANCE_ENDED", "why", text);
    assert_string_equal(text, "REFUSED");
    find_link(s, "XB/poc", link);
    assert_state(s, "XB/poc", link, "LINKED");
    say(s, "XB/poc", s->hold, LETTER_MLA_ENDED,
        "{\"reference\": \"A-MLA-9\", \"why\": \"REFUSED\", \"holdUntil\": \"2027-03-01T00:00:00+01:00\", "
        "\"zone\": \"Europe/Paris\"}");
    assert_state(s, "XA/poc", s->hold, "HELD");
    assert_state(s, "XB/poc", link, "CLOSED");
    assert_state(s, "XB/central", link, "CLOSED");
    waits(s, "XB/poc", "ASSISTANCE_ENDED", "why", text);
    assert_string_equal(text, "");
}

static void what_no_hold_is_found_for_is_found_when_it_comes(void **state)
{
    struct scene *s = *state;
    char text[65], link[33];
    assert_int_equal(log_mla(s, "XB/central", ON_PAPER(", \"hold\": \"B-HOLD-1\"")), 200);
    waits(s, "XB/poc", "MLA_WITHOUT_HOLD", "mla_reference", text);
    assert_string_equal(text, "A-MLA-9");
    find_link(s, "XB/poc", link);
    assert_int_equal(letters(s, "XB/central", link, "TIED"), 1); /* not found */
    hold(s);
    settle(s);
    assert_int_equal(letters(s, "XB/central", link, "TIED"), 2);
    assert_state(s, "XB/central", link, "LINKED");
    assert_state(s, "XA/poc", s->hold, "HELD_OPEN");
    waits(s, "XB/poc", "MLA_WITHOUT_HOLD", "mla_reference", text);
    assert_string_equal(text, "");
}

static void an_officer_finds_a_hold_that_was_named_wrong(void **state)
{
    struct scene *s = *state;
    char link[65], tied[200];
    hold(s);
    assert_int_equal(log_mla(s, "XB/central", ON_PAPER(", \"hold\": \"B-HOLD-l\"")), 200);
    assert_state(s, "XA/poc", s->hold, "HELD");
    waits(s, "XB/poc", "MLA_WITHOUT_HOLD", "link", link);
    uint8_t id[16];
    struct arena *arena = arena_new(4096);
    assert_true(hex_read(id, 16, bytes_of_text(s->hold)));
    (void)snprintf(tied, sizeof tied, "{\"tied\": {\"match\": \"MATCHED\", \"holdCase\": \"%s\"}}",
                   base64_new(arena, bytes_of(id, 16)));
    arena_free(arena);
    write(s, "XB/poc", link, tied);
    assert_state(s, "XA/poc", s->hold, "HELD_OPEN");
}

static void an_end_comes_from_the_request_for_assistance(void **state)
{
    struct scene *s = *state;
    char mla[33], text[65], link[33];
    hold(s);
    ask(s, "{\"party\": \"XB/poc\", \"reference\": \"B-HOLD-1\"}", mla);
    assert_state(s, "XA/poc", s->hold, "HELD_OPEN");
    write(s, "XB/central", mla, "{\"refused\": {\"ground\": \"G22\", \"text\": \"It would discriminate.\"}}");
    assert_state(s, "XB/central", mla, "CLOSED");
    waits(s, "XB/poc", "ASSISTANCE_ENDED", "why", text);
    assert_string_equal(text, "REFUSED");
    waits(s, "XA/poc", "ASSISTANCE_ENDED", "why", text);
    assert_string_equal(text, ""); /* the requesting side owes nothing: its link is closed by itself */
    assert_state(s, "XB/poc", s->hold, "HELD_OPEN"); /* only an officer ends it */
    find_link(s, "XB/central", link);
    assert_int_equal(letters(s, "XB/central", link, "UNTIED"), 1);
}

/* What another State says is tied to nothing. */
static void a_link_of_another_state_is_answered_by_nobody(void **state)
{
    struct scene *s = *state;
    char link[33], text[65];
    hold(s);
    send(s, "XC/poc", "XB/poc",
         "{\"request\": {\"type\": \"LINK\", \"reference\": \"C-1\", \"tie\": {\"event\": \"RECEIVED\", "
         "\"hold\": {\"reference\": \"B-HOLD-1\"}, "
         "\"mlaReference\": \"A-MLA-9\", \"channel\": \"PAPER\", \"at\": \"2026-11-16T07:30:00Z\"}}}",
         link);
    assert_int_equal(letters(s, "XB/poc", link, "TIED"), 0);
    assert_state(s, "XB/poc", s->hold, "HELD");
    waits(s, "XB/poc", "MLA_WITHOUT_HOLD", "link", text);
}

/* --- a case that another party of the State goes on with --- */

/* Of XB/poc's case with XA/poc, what XB/central would say; state of its items and the date of the first. */
static char *taken_over(struct scene *s, const char *link, const char *until, bool all)
{
    json_t *view = look(s, "XB/central", link);
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

static void move(struct scene *s, char link[65])
{
    hold(s);
    say(s, "XB/poc", s->hold, LETTER_MOVED, "{\"party\": \"XB/central\"}");
    assert_state(s, "XA/poc", s->hold, "CLOSED");
    waits(s, "XB/central", "TAKE_OVER", "link", link);
    assert_int_not_equal(link[0], '\0');
}

static void a_case_handed_over_goes_on_as_it_stood(void **state)
{
    struct scene *s = *state;
    char link[65], text[65], after[33];
    move(s, link);
    waits(s, "XB/poc", "MOVED_ON", "link", text);
    assert_string_equal(text, link);
    char *letter = taken_over(s, link, "2027-04-01T00:00:00+02:00", true);
    send(s, "XB/central", "XA/poc", letter, after);
    free(letter);
    assert_state(s, "XA/poc", after, "HELD");
    assert_state(s, "XB/central", after, "HELD");
    waits(s, "XA/poc", "TAKEN_OVER_WRONG", "hold", text);
    assert_string_equal(text, "");
    waits(s, "XB/central", "TAKE_OVER", "link", text);
    assert_string_equal(text, "");
    waits(s, "XB/poc", "MOVED_ON", "link", text);
    assert_string_equal(text, "");
}

static void less_than_what_stood_is_seen_by_who_asked(void **state)
{
    static const struct {
        const char *until;
        bool all;
    } wrong[] = {{"2026-12-31T00:00:00+01:00", true}, {"2027-04-01T00:00:00+02:00", false}};
    struct scene *s = *state;
    char link[65], text[65], after[33];
    move(s, link);
    for (size_t i = 0; i < 2; i++) {
        char *letter = taken_over(s, link, wrong[i].until, wrong[i].all);
        send(s, "XB/central", "XA/poc", letter, after);
        free(letter);
        waits(s, "XA/poc", "TAKEN_OVER_WRONG", "hold", text);
        assert_int_not_equal(text[0], '\0');
    }
}

/* Nobody has it then: who handed it over sees that, until the case goes on otherwise. */
static void what_is_not_taken_over_is_seen_by_who_had_it(void **state)
{
    struct scene *s = *state;
    char link[65], text[65];
    move(s, link);
    write(s, "XB/central", link,
          "{\"declined\": {\"reason\": \"NOT_COMPETENT\", \"text\": \"Holds are kept by the desk.\"}}");
    waits(s, "XB/central", "TAKE_OVER", "link", text);
    assert_string_equal(text, "");
    waits(s, "XB/poc", "HAND_OVER_DECLINED", "hold", text);
    assert_string_equal(text, s->hold);
    say(s, "XB/poc", s->hold, LETTER_REOPENED, "{\"text\": \"It stays with this desk.\"}");
    waits(s, "XB/poc", "HAND_OVER_DECLINED", "hold", text);
    assert_string_equal(text, "");
}

/* All but the first item: what stays behind is not kept twice. */
static void what_stays_behind_ends_in_the_case_that_goes_on(void **state)
{
    struct scene *s = *state;
    char link[65], text[65], after[33];
    hold(s);
    say(s, "XB/poc", s->hold, LETTER_MOVED, "{\"party\": \"XB/central\", \"items\": [2]}");
    assert_state(s, "XA/poc", s->hold, "HELD");
    waits(s, "XB/central", "TAKE_OVER", "link", link);
    json_t *draft = officer_get(s->world, "XB/central", VERB_DRAFT, link, "as=takeover");
    char *letter = json_dumps(json_object_get(draft, "letter"), JSON_COMPACT);
    json_decref(draft);
    assert_non_null(strstr(letter, "MOVED"));
    send(s, "XB/central", "XA/poc", letter, after);
    free(letter);
    assert_state(s, "XA/poc", after, "HELD");
    waits(s, "XA/poc", "TAKEN_OVER_WRONG", "hold", text);
    assert_string_equal(text, "");
}

/* The link ends where the hold was; where it is now, only a person can say so. */
static void assistance_that_ends_after_the_hold_moved_waits_for_a_person(void **state)
{
    struct scene *s = *state;
    char mla[33], text[65], link[33];
    hold(s);
    ask(s, "{\"party\": \"XB/poc\", \"reference\": \"B-HOLD-1\"}", mla);
    assert_state(s, "XA/poc", s->hold, "HELD_OPEN");
    find_link(s, "XB/poc", link);
    say(s, "XB/poc", s->hold, LETTER_MOVED, "{\"party\": \"XB/central\"}");
    assert_state(s, "XB/poc", link, "LINKED");
    write(s, "XB/central", mla, "{\"refused\": {\"ground\": \"G22\", \"text\": \"It would discriminate.\"}}");
    waits(s, "XB/poc", "ASSISTANCE_ENDED", "link", text);
    assert_string_equal(text, link);
    write(s, "XB/poc", link, "{\"released\": {\"why\": \"CLOSED\"}}");
    waits(s, "XB/poc", "ASSISTANCE_ENDED", "link", text);
    assert_string_equal(text, "");
}

/* --- what else is between a State's parties and abroad --- */

static const char *signer_of_first(const json_t *view)
{
    const json_t *letter = json_array_get(json_object_get(view, "letters"), 0);
    return json_string_value(json_object_get(json_array_get(json_object_get(letter, "signers"), 0), "name"));
}

/* XC's roster entry gives its officers offices and numbers, which is all that another State is shown. */
static void an_officer_is_shown_abroad_by_office_and_number(void **state)
{
    struct scene *s = *state;
    char asked[33];
    char *text = request_of(s, "preservation", "XC/poc", "{\"reference\": \"C-HOLD-1\"}");
    send(s, "XC/poc", "XB/poc", text, asked);
    free(text);
    json_t *abroad = look(s, "XB/poc", asked);
    json_t *home = look(s, "XC/poc", asked);
    assert_string_equal(signer_of_first(abroad), "duty 4711");
    assert_string_equal(signer_of_first(home), "duty");
    json_decref(abroad);
    json_decref(home);
    hold(s); /* whose officers have names alone */
    home = look(s, "XB/poc", s->hold);
    assert_string_equal(signer_of_first(home), "duty");
    json_decref(home);
}

static void what_is_asked_for_twice_has_its_answer_ready(void **state)
{
    struct scene *s = *state;
    char again[33];
    hold(s);
    json_t *draft = officer_get(s->world, "XB/poc", VERB_DRAFT, s->hold, "as=duplicate");
    assert_string_equal(json_string_value(json_object_get(draft, "code")), "NOTHING");
    json_decref(draft);
    char *text = request_of(s, "preservation", "XA/poc", "{\"reference\": \"A-HOLD-2\"}");
    send(s, "XA/poc", "XB/poc", text, again);
    free(text);
    draft = officer_get(s->world, "XA/poc", VERB_DRAFT, again, "as=duplicate"); /* not theirs to say */
    assert_string_equal(json_string_value(json_object_get(draft, "code")), "NOTHING");
    json_decref(draft);
    draft = officer_get(s->world, "XB/poc", VERB_DRAFT, again, "as=duplicate");
    assert_int_equal(json_array_size(json_object_get(draft, "faults")), 0);
    json_t *letter = json_object_get(draft, "letter");
    assert_string_equal(json_string_value(json_object_get(json_object_get(letter, "notHeld"), "duplicateOf")),
                        s->hold);
    text = json_dumps(letter, JSON_COMPACT);
    json_decref(draft);
    write(s, "XB/poc", again, text);
    free(text);
    assert_state(s, "XA/poc", again, "CLOSED");
    assert_state(s, "XA/poc", s->hold, "HELD");
}

/* --- dates that the other side owes --- */

/* The member of the last letter of that kind, as that party shows the case; a new reference. */
static json_t *said_last(struct scene *s, const char *party, const char *case_id, const char *kind,
                         const char *member)
{
    json_t *view = look(s, party, case_id);
    size_t i = 0;
    json_t *letter = NULL, *found = NULL;
    json_array_foreach(json_object_get(view, "letters"), i, letter)
    {
        if (strcmp(json_string_value(json_object_get(letter, "letter")), kind) == 0) {
            const json_t *body = json_object_iter_value(json_object_iter(json_object_get(letter, "body")));
            json_decref(found);
            found = json_incref(json_object_get(body, member));
        }
    }
    json_decref(view);
    return found;
}

/* Ten working days for the receipt: of the side that owes it, whose holidays are not those of who asks for it. */
static void a_date_left_open_is_by_the_calendar_of_who_owes(void **state)
{
    struct scene *s = *state;
    char mla[33], named[200];
    struct instant by = {.ms = 0};
    hold(s);
    (void)snprintf(named, sizeof named, "{\"party\": \"XB/poc\", \"reference\": \"B-HOLD-1\"}");
    ask(s, named, mla);
    write(s, "XB/central", mla,
          "{\"ack\": {\"reference\": \"B-MLA-1\", \"answer\": \"NOT_YET_KNOWN\","
          " \"answerBy\": \"2026-11-18T08:00:00Z\"}}");
    say(s, "XB/central", mla, LETTER_ADMITTED, "{}");
    uint64_t now_ms = world_now(s->world).ms;
    say(s, "XB/central", mla, LETTER_EVIDENCE, "{\"by\": null, \"part\": \"FINAL\"}");
    json_t *text = said_last(s, "XB/central", mla, "EVIDENCE", "by");
    assert_int_equal(instant_read(bytes_of_text(json_string_value(text)), &by), INSTANT_OK);
    json_decref(text);
    const struct party *owes = roster_find(s->cast->roster, "XA/central");
    struct arena *arena = arena_new((size_t)1 << 20);
    const struct calendar calendar = {.zone = zonefile_read(owes->zone, arena),
                                      .entry = *party_calendar(owes)};
    uint64_t wanted_ms = calendar_workdays_after(&calendar, now_ms, 10);
    assert_int_not_equal(wanted_ms / MS_PER_DAY, workdays_after(now_ms, 10) / MS_PER_DAY);
    assert_int_equal((uint64_t)by.ms / MS_PER_DAY, wanted_ms / MS_PER_DAY);
    arena_free(arena);
}

/* --- a case that nobody answers for --- */

/* XA/poc asks urgently, and nobody at XB/poc looks: one hour, and twice that until the central authority is told. */
static void ask_urgently(struct scene *s)
{
    char *text = request_of(s, "preservation", "XA/poc", "{\"reference\": \"A-HOLD-1\"}");
    json_t *letter = json_loads(text, 0, NULL);
    (void)json_object_set_new(json_object_get(letter, "request"), "necessity",
                              json_pack("{s:s,s:[s]}", "urgency", "URGENT", "reasons", "DATA_VOLATILE"));
    free(text);
    text = json_dumps(letter, JSON_COMPACT);
    send(s, "XA/poc", "XB/poc", text, s->hold);
    free(text);
    json_decref(letter);
}

static void pass(struct scene *s, uint64_t minutes)
{
    assert_true(world_pass(s->world, minutes * MS_PER_MINUTE));
    settle(s);
}

/* How many such LINK cases that party has, closed ones, too. */
static size_t escalations(struct scene *s, const char *party)
{
    json_t *inbox = officer_get(s->world, party, VERB_INBOX, "", "all=1");
    size_t i = 0, count = 0;
    json_t *line = NULL;
    json_array_foreach(json_object_get(inbox, "cases"), i, line)
    {
        count += strcmp(json_string_value(json_object_get(line, "target")), "ESCALATED A-HOLD-1 LOOK") == 0;
    }
    json_decref(inbox);
    return count;
}

static void take(struct scene *s, const char *member)
{
    char key[65];
    json_t *answer = NULL;
    const struct public_key *officer = &cast_party(s->cast, "XB/poc")->officer->key;
    (void)hex_write(key, bytes_of(officer->bytes, sizeof officer->bytes));
    json_t *body = json_pack("{s:s}", "officer", key);
    if (member != NULL) {
        (void)json_object_set_new(body, member, json_true());
    }
    assert_int_equal(officer_post(s->world, "XB/poc", VERB_TAKE, s->hold, body, &answer), 200);
    json_decref(answer);
    settle(s);
}

static void the_last_step_tells_the_central_authority_once(void **state)
{
    struct scene *s = *state;
    char text[65];
    ask_urgently(s);
    pass(s, 119);
    assert_int_equal(escalations(s, "XB/central"), 0);
    pass(s, 2);
    assert_int_equal(escalations(s, "XB/central"), 1);
    assert_int_equal(escalations(s, "XA/central") + escalations(s, "XA/poc"), 0);
    waits(s, "XB/central", "ESCALATED", "overdue", text);
    assert_string_equal(text, "LOOK");
    waits(s, "XB/central", "ESCALATED", "hold", text);
    assert_string_equal(text, s->hold);
    waits(s, "XB/poc", "ESCALATED", "hold", text);
    assert_string_equal(text, "");
    size_t xb = world_actor(s->world, "XB/poc");
    struct error error = {.text = ""};
    world_crash(s->world, xb, DISK_KEEP_ALL);
    assert_true(world_start(s->world, xb, &error));
    settle(s);
    pass(s, 60);
    assert_int_equal(escalations(s, "XB/central"), 1);
    write(s, "XB/poc", s->hold,
          "{\"ack\": {\"reference\": \"B-HOLD-1\", \"answer\": \"NOT_YET_KNOWN\","
          " \"answerBy\": \"2026-11-18T08:00:00Z\"}}");
    waits(s, "XB/central", "ESCALATED", "hold", text);
    assert_string_equal(text, "");
    assert_int_equal(escalations(s, "XB/central"), 1);
}

static void a_disk_that_came_back_older_tells_it_no_second_time(void **state)
{
    struct scene *s = *state;
    struct error error = {.text = ""};
    struct disk *before = disk_new("tie-before", 1);
    size_t xb = world_actor(s->world, "XB/poc");
    char text[65];
    ask_urgently(s);
    world_backup(s->world, xb, before);
    pass(s, 121);
    assert_int_equal(escalations(s, "XB/central"), 1);
    world_crash(s->world, xb, DISK_KEEP_ALL);
    world_crash(s->world, 0, DISK_KEEP_ALL); /* nobody tells it yet that it is older */
    world_restore(s->world, xb, before);
    assert_true(world_start(s->world, xb, &error));
    pass(s, 5);
    assert_true(world_start(s->world, 0, &error));
    settle(s);
    pass(s, 60);
    assert_int_equal(escalations(s, "XB/central"), 1);
    assert_int_equal(escalations(s, "XB/poc"), 1);
    waits(s, "XB/central", "ESCALATED", "hold", text);
    assert_string_equal(text, s->hold);
    disk_free(before);
}

static void who_takes_the_case_stops_the_ladder(void **state)
{
    struct scene *s = *state;
    char text[65];
    ask_urgently(s);
    pass(s, 61);
    take(s, NULL);
    pass(s, 120);
    assert_int_equal(escalations(s, "XB/central"), 0);
    take(s, "release"); /* nobody has it any more, and it is late */
    pass(s, 1);
    waits(s, "XB/central", "ESCALATED", "hold", text);
    assert_string_equal(text, s->hold);
    take(s, NULL);
    waits(s, "XB/central", "ESCALATED", "hold", text);
    assert_string_equal(text, "");
    assert_int_equal(escalations(s, "XB/central"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(a_request_for_assistance_keeps_the_hold_open),
        TEST(one_that_came_on_paper_keeps_it_open),
        TEST(what_no_hold_is_found_for_is_found_when_it_comes),
        TEST(an_officer_finds_a_hold_that_was_named_wrong),
        TEST(an_end_comes_from_the_request_for_assistance),
        TEST(a_link_of_another_state_is_answered_by_nobody),
        TEST(a_case_handed_over_goes_on_as_it_stood),
        TEST(less_than_what_stood_is_seen_by_who_asked),
        TEST(what_is_not_taken_over_is_seen_by_who_had_it),
        TEST(what_stays_behind_ends_in_the_case_that_goes_on),
        TEST(assistance_that_ends_after_the_hold_moved_waits_for_a_person),
        TEST(an_officer_is_shown_abroad_by_office_and_number),
        TEST(what_is_asked_for_twice_has_its_answer_ready),
        TEST(a_date_left_open_is_by_the_calendar_of_who_owes),
        TEST(the_last_step_tells_the_central_authority_once),
        TEST(a_disk_that_came_back_older_tells_it_no_second_time),
        TEST(who_takes_the_case_stops_the_ladder),
    };
    return cmocka_run_group_tests_name("tie", tests, NULL, NULL);
}
