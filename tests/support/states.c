/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/states.h"

#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "proto/json.h"
#include "tests/support/letter_bodies.h"
#include "tests/support/officer.h"

#define PARTIES 8 /* the first of the cast: both States have a central authority among them */

int states_set_up(void **state)
{
    struct states *s = calloc(1, sizeof *s);
    struct world_setup setup = {.seed = 5};
    assert_non_null(s);
    assert_true(sodium_init() >= 0);
    s->cast = cast_new(5, PARTIES, STATES_START);
    s->world = cast_world(s->cast, &setup);
    assert_true(world_settle(s->world, 1000));
    *state = s;
    return 0;
}

int states_tear_down(void **state)
{
    struct states *s = *state;
    world_free(s->world);
    cast_free(s->cast);
    free(s);
    return 0;
}

void states_settle(struct states *s)
{
    assert_true(world_settle(s->world, 100000));
}

/* --- writing --- */

/* An example with its dates moved so that they fit, and the author's number; with these members. */
char *states_request(struct states *s, const char *example, const char *author, const char *members)
{
    const char *top = getenv("COMITY_TOP");
    char path[512];
    (void)snprintf(path, sizeof path, "%s/examples/%s.json", top == NULL ? "." : top, example);
    json_t *written = json_load_file(path, 0, NULL);
    assert_non_null(written);
    json_t *request = json_as_of(written, world_now(s->world).ms);
    json_decref(written);
    json_t *more = json_loads(members, 0, NULL);
    json_t *items = json_object_get(request, "items");
    size_t i = 0;
    json_t *item = NULL;
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

void states_send(struct states *s, const char *party, const char *where, const char *letter,
                 char ret_case[33])
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
    states_settle(s);
}

unsigned states_try(struct states *s, const char *party, const char *where, const char *letter)
{
    unsigned status =
        officer_send_as(s->world, party, cast_party(s->cast, party)->officer, where, letter, NULL);
    states_settle(s);
    return status;
}

void states_write(struct states *s, const char *party, const char *where, const char *letter)
{
    states_send(s, party, where, letter, NULL);
}

/* A letter of letter_bodies.def with these members set. */
void states_say(struct states *s, const char *party, const char *where, enum letter_kind kind,
                const char *members)
{
    struct arena *arena = arena_new((size_t)1024 * 1024);
    json_t *letter = json_of_message(&letter_of_body(arena, kind, world_now(s->world).ms, NULL)->base);
    json_t *more = json_loads(members, 0, NULL);
    assert_non_null(more);
    (void)json_object_update(json_object_iter_value(json_object_iter(letter)), more);
    char *text = json_dumps(letter, JSON_COMPACT);
    states_send(s, party, where, text, NULL);
    free(text);
    json_decref(more);
    json_decref(letter);
    arena_free(arena);
}

/* --- looking --- */

json_t *states_look(struct states *s, const char *party, const char *case_id)
{
    json_t *view = officer_get(s->world, party, VERB_CASE, case_id, "letters=all");
    assert_non_null(view);
    return view;
}

void states_assert_state(struct states *s, const char *party, const char *case_id, const char *state)
{
    json_t *view = states_look(s, party, case_id);
    assert_string_equal(json_string_value(json_object_get(view, "state")), state);
    json_decref(view);
}

void states_assert_item(struct states *s, const char *party, const char *case_id, size_t item,
                        const char *state)
{
    json_t *view = states_look(s, party, case_id);
    json_t *shown = json_array_get(json_object_get(view, "items"), item - 1);
    assert_non_null(shown);
    assert_string_equal(json_string_value(json_object_get(shown, "state")), state);
    json_decref(view);
}

/* How many letters of that kind the case has, as that party shows it. */
size_t states_letters(struct states *s, const char *party, const char *case_id, const char *kind)
{
    json_t *view = states_look(s, party, case_id);
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
void states_find_link(struct states *s, const char *party, char ret[33])
{
    json_t *inbox = officer_get(s->world, party, VERB_INBOX, "", "all=1");
    size_t i = 0;
    json_t *line = NULL;
    ret[0] = '\0';
    json_array_foreach(json_object_get(inbox, "cases"), i, line)
    {
        const char *id = json_string_value(json_object_get(line, "case"));
        json_t *view = states_look(s, party, id);
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
void states_hold(struct states *s)
{
    char *text = states_request(s, "preservation", "XA/poc", "{\"reference\": \"A-HOLD-1\"}");
    states_send(s, "XA/poc", "XB/poc", text, s->hold);
    free(text);
    states_write(s, "XB/poc", s->hold,
                 "{\"ack\": {\"reference\": \"B-HOLD-1\", \"answer\": \"NOT_YET_KNOWN\","
                 " \"answerBy\": \"2026-11-18T08:00:00Z\"}}");
    states_write(s, "XB/poc", s->hold, "{\"held\": {\"scope\": \"all\", \"custodianReference\": \"eh-1\"}}");
}

void states_hold_two(struct states *s)
{
    char *text = states_request(s, "preservation", "XA/poc", "{\"reference\": \"A-HOLD-1\"}");
    json_t *letter = json_loads(text, 0, NULL);
    json_t *items = json_object_get(json_object_get(letter, "request"), "items");
    free(text);
    while (json_array_size(items) > 1) {
        (void)json_array_remove(items, 1);
    }
    (void)json_array_append_new(items, json_deep_copy(json_array_get(items, 0)));
    text = json_dumps(letter, JSON_COMPACT);
    json_decref(letter);
    states_send(s, "XA/poc", "XB/poc", text, s->hold);
    free(text);
    states_write(s, "XB/poc", s->hold,
                 "{\"ack\": {\"reference\": \"B-HOLD-1\", \"answer\": \"NOT_YET_KNOWN\","
                 " \"answerBy\": \"2026-11-18T08:00:00Z\"}}");
    states_write(s, "XB/poc", s->hold,
                 "{\"held\": {\"items\": [1], \"scope\": \"all\", \"custodianReference\": \"eh-1\"}}");
    states_write(s, "XB/poc", s->hold,
                 "{\"notHeld\": {\"items\": [2], \"cause\": \"NOT_FOUND\", \"text\": \"Nobody has it.\"}}");
}

/* XA/central asks XB/central for the data; the hold is named by members of a HoldRef. */
void states_ask(struct states *s, const char *named, char ret_case[33])
{
    char members[400];
    (void)snprintf(members, sizeof members, "{\"reference\": \"A-MLA-1\", \"itemHolds\": [%s]}", named);
    char *text = states_request(s, "stored-data", "XA/central", members);
    states_send(s, "XA/central", "XB/central", text, ret_case);
    free(text);
}

/* What the worklist of that party says first of that kind; "" for none. */
void states_waits(struct states *s, const char *party, const char *what, const char *member, char ret[65])
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

size_t states_waiting(struct states *s, const char *party, const char *what)
{
    json_t *answer = officer_get(s->world, party, VERB_WORKLIST, "", "");
    size_t i = 0, count = 0;
    json_t *entry = NULL;
    json_array_foreach(json_object_get(answer, "entries"), i, entry)
    {
        count += strcmp(json_string_value(json_object_get(entry, "what")), what) == 0;
    }
    json_decref(answer);
    return count;
}

unsigned states_log_mla(struct states *s, const char *party, const char *body)
{
    json_t *answer = NULL;
    json_t *json = json_loads(body, 0, NULL);
    assert_non_null(json);
    unsigned status = officer_post(s->world, party, VERB_MLA_LOG, "", json, &answer);
    if (status != 200) {
        print_message("%u %s\n", status, json_string_value(json_object_get(answer, "code")));
    }
    json_decref(answer);
    states_settle(s);
    return status;
}

void states_pass(struct states *s, uint64_t minutes)
{
    assert_true(world_pass(s->world, minutes * MS_PER_MINUTE));
    states_settle(s);
}
