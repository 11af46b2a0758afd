/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Points of contact and central authorities of two States: a request for assistance keeps a hold open that other parties of the
 * same States have between them. XA asks, XB is asked.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/daemon/zonefile.h"
#include "base/text.h"
#include "nodes/calendar.h"
#include "nodes/lifecycle.h"
#include "tests/support/officer.h"
#include "tests/support/states.h"

static void a_request_for_assistance_keeps_the_hold_open(void **state)
{
    struct states *s = *state;
    char mla[33], named[200], link[33];
    states_hold(s);
    (void)snprintf(named, sizeof named, "{\"party\": \"XB/poc\", \"reference\": \"B-HOLD-1\"}");
    states_ask(s, named, mla);
    states_settle(s);
    assert_int_equal(states_letters(s, "XA/poc", s->hold, "MLA_NOTICE"), 1);
    assert_int_equal(states_letters(s, "XB/poc", s->hold, "MLA_RECEIVED"), 1);
    states_assert_state(s, "XA/poc", s->hold, "HELD_OPEN");
    states_assert_state(s, "XB/poc", s->hold, "HELD_OPEN");
    states_find_link(s, "XB/poc", link);
    states_assert_state(s, "XB/poc", link, "LINKED");
    states_assert_state(s, "XB/central", link, "LINKED");
    states_find_link(s, "XA/poc", link);
    states_assert_state(s, "XA/central", link, "LINKED");
}

#define ON_PAPER(hold)                                                                                       \
    "{\"reference\": \"A-MLA-9\", \"from\": \"XA\", \"channel\": \"PAPER\", \"received\": "                  \
    "\"2026-11-16T07:30:00Z\"" hold "}"

static void one_that_came_on_paper_keeps_it_open(void **state)
{
    struct states *s = *state;
    char text[65], link[33];
    states_hold(s);
    states_waits(s, "XB/poc", "HOLD_WITHOUT_MLA", "hold", text);
    assert_string_equal(text, s->hold);
    assert_int_equal(states_log_mla(s, "XB/central", ON_PAPER("")), 200);
    states_waits(s, "XB/central", "MLA_WITHOUT_HOLD", "mla_reference", text);
    assert_string_equal(text, "A-MLA-9");
    assert_int_equal(states_log_mla(s, "XB/central", ON_PAPER(", \"hold\": \"B-HOLD-1\"")), 200);
    assert_int_equal(states_log_mla(s, "XB/central", ON_PAPER(", \"hold\": \"B-HOLD-1\"")), 409);
    states_assert_state(s, "XA/poc", s->hold, "HELD_OPEN");
    states_waits(s, "XB/central", "MLA_WITHOUT_HOLD", "mla_reference", text);
    assert_string_equal(text, "");
    states_waits(s, "XB/poc", "HOLD_WITHOUT_MLA", "hold", text);
    assert_string_equal(text, "");
    /* it ends, and an officer says so in the hold */
    assert_int_equal(states_log_mla(s, "XB/central",
                                    "{\"reference\": \"A-MLA-9\", \"from\": \"XA\", \"ended\": \"REFUSED\"}"),
                     200);
    states_waits(s, "XB/poc", "ASSISTANCE_ENDED", "why", text);
    assert_string_equal(text, "REFUSED");
    states_find_link(s, "XB/poc", link);
    states_assert_state(s, "XB/poc", link, "LINKED");
    states_say(
        s, "XB/poc", s->hold, LETTER_MLA_ENDED,
        "{\"reference\": \"A-MLA-9\", \"why\": \"REFUSED\", \"holdUntil\": \"2027-03-01T00:00:00+01:00\", "
        "\"zone\": \"Europe/Paris\"}");
    states_assert_state(s, "XA/poc", s->hold, "HELD");
    states_assert_state(s, "XB/poc", link, "CLOSED");
    states_assert_state(s, "XB/central", link, "CLOSED");
    states_waits(s, "XB/poc", "ASSISTANCE_ENDED", "why", text);
    assert_string_equal(text, "");
}

static void what_no_hold_is_found_for_is_found_when_it_comes(void **state)
{
    struct states *s = *state;
    char text[65], link[33];
    assert_int_equal(states_log_mla(s, "XB/central", ON_PAPER(", \"hold\": \"B-HOLD-1\"")), 200);
    states_waits(s, "XB/poc", "MLA_WITHOUT_HOLD", "mla_reference", text);
    assert_string_equal(text, "A-MLA-9");
    states_find_link(s, "XB/poc", link);
    assert_int_equal(states_letters(s, "XB/central", link, "TIED"), 1); /* not found */
    states_hold(s);
    states_settle(s);
    assert_int_equal(states_letters(s, "XB/central", link, "TIED"), 2);
    states_assert_state(s, "XB/central", link, "LINKED");
    states_assert_state(s, "XA/poc", s->hold, "HELD_OPEN");
    states_waits(s, "XB/poc", "MLA_WITHOUT_HOLD", "mla_reference", text);
    assert_string_equal(text, "");
}

static void an_officer_finds_a_hold_that_was_named_wrong(void **state)
{
    struct states *s = *state;
    char link[65], tied[200];
    states_hold(s);
    assert_int_equal(states_log_mla(s, "XB/central", ON_PAPER(", \"hold\": \"B-HOLD-l\"")), 200);
    states_assert_state(s, "XA/poc", s->hold, "HELD");
    states_waits(s, "XB/poc", "MLA_WITHOUT_HOLD", "link", link);
    uint8_t id[16];
    struct arena *arena = arena_new(4096);
    assert_true(hex_read(id, 16, bytes_of_text(s->hold)));
    (void)snprintf(tied, sizeof tied, "{\"tied\": {\"match\": \"MATCHED\", \"holdCase\": \"%s\"}}",
                   base64_new(arena, bytes_of(id, 16)));
    arena_free(arena);
    states_write(s, "XB/poc", link, tied);
    states_assert_state(s, "XA/poc", s->hold, "HELD_OPEN");
}

static void an_end_comes_from_the_request_for_assistance(void **state)
{
    struct states *s = *state;
    char mla[33], text[65], link[33];
    states_hold(s);
    states_ask(s, "{\"party\": \"XB/poc\", \"reference\": \"B-HOLD-1\"}", mla);
    states_assert_state(s, "XA/poc", s->hold, "HELD_OPEN");
    states_write(s, "XB/central", mla,
                 "{\"refused\": {\"ground\": \"G22\", \"text\": \"It would discriminate.\"}}");
    states_assert_state(s, "XB/central", mla, "CLOSED");
    states_waits(s, "XB/poc", "ASSISTANCE_ENDED", "why", text);
    assert_string_equal(text, "REFUSED");
    states_waits(s, "XA/poc", "ASSISTANCE_ENDED", "why", text);
    assert_string_equal(text, ""); /* the requesting side owes nothing: its link is closed by itself */
    states_assert_state(s, "XB/poc", s->hold, "HELD_OPEN"); /* only an officer ends it */
    states_find_link(s, "XB/central", link);
    assert_int_equal(states_letters(s, "XB/central", link, "UNTIED"), 1);
}

/* What another State says ties nothing: nobody signs it. */
static void there_is_no_link_to_another_state(void **state)
{
    struct states *s = *state;
    states_hold(s);
    assert_int_equal(
        states_try(s, "XC/poc", "XB/poc",
                   "{\"request\": {\"type\": \"LINK\", \"reference\": \"C-1\", \"tie\": {\"event\": "
                   "\"RECEIVED\", \"hold\": {\"reference\": \"B-HOLD-1\"}, \"mlaReference\": "
                   "\"A-MLA-9\", \"requester\": \"XA\", \"channel\": \"PAPER\", \"at\": "
                   "\"2026-11-16T07:30:00Z\"}}}"),
        422);
    states_assert_state(s, "XB/poc", s->hold, "HELD");
    assert_int_equal(states_waiting(s, "XB/poc", "MLA_WITHOUT_HOLD"), 0);
}

/* --- what is opened again --- */

/* XA's request for assistance found nothing, and XB's officer ended the link. */
static void ask_for_nothing(struct states *s, char mla[33])
{
    states_hold(s);
    states_ask(s, "{\"party\": \"XB/poc\", \"reference\": \"B-HOLD-1\"}", mla);
    states_say(s, "XB/central", mla, LETTER_ACK, "{}");
    states_say(s, "XB/central", mla, LETTER_ADMITTED, "{}");
    states_say(s, "XB/central", mla, LETTER_NOTHING_OBTAINED, "{}");
}

static void assistance_opened_again_keeps_the_hold_open_again(void **state)
{
    struct states *s = *state;
    char mla[33], text[65];
    ask_for_nothing(s, mla);
    states_say(s, "XB/poc", s->hold, LETTER_MLA_ENDED,
               "{\"reference\": \"A-MLA-1\", \"why\": \"NOTHING_OBTAINED\", "
               "\"holdUntil\": \"2027-03-01T00:00:00+01:00\", \"zone\": \"Europe/Paris\"}");
    states_assert_state(s, "XB/poc", s->hold, "HELD");
    states_pass(s, 1);
    states_say(s, "XB/central", mla, LETTER_REOPENED, "{}");
    states_assert_state(s, "XB/poc", s->hold, "HELD_OPEN");
    states_assert_state(s, "XA/poc", s->hold, "HELD_OPEN");
    states_say(s, "XB/central", mla, LETTER_ADMITTED, "{}");
    states_say(s, "XB/central", mla, LETTER_NOTHING_OBTAINED, "{}");
    states_waits(s, "XB/poc", "ASSISTANCE_ENDED", "why", text);
    assert_string_equal(text, "NOTHING_OBTAINED");
}

/* Before anybody ended the link: nothing is to be ended any more. */
static void assistance_opened_again_leaves_no_end_to_be_drawn(void **state)
{
    struct states *s = *state;
    char mla[33], link[33];
    ask_for_nothing(s, mla);
    states_find_link(s, "XB/poc", link);
    assert_int_equal(states_waiting(s, "XB/poc", "ASSISTANCE_ENDED"), 1);
    states_pass(s, 1);
    states_say(s, "XB/central", mla, LETTER_REOPENED, "{}");
    assert_int_equal(states_waiting(s, "XB/poc", "ASSISTANCE_ENDED"), 0);
    states_assert_state(s, "XB/poc", link, "CLOSED");
    states_assert_state(s, "XB/poc", s->hold, "HELD_OPEN");
    assert_int_equal(states_letters(s, "XB/poc", s->hold, "MLA_RECEIVED"), 1);
}

static void an_item_opened_again_is_kept_open_by_the_assistance_that_waits(void **state)
{
    struct states *s = *state;
    states_hold_two(s);
    assert_int_equal(states_log_mla(s, "XB/central", ON_PAPER(", \"hold\": \"B-HOLD-1\"")), 200);
    states_assert_item(s, "XB/poc", s->hold, 1, "HELD_OPEN");
    states_say(s, "XB/poc", s->hold, LETTER_REOPENED, "{\"items\": [2]}");
    states_write(s, "XB/poc", s->hold,
                 "{\"held\": {\"items\": [2], \"scope\": \"all\", \"custodianReference\": \"eh-1\"}}");
    states_assert_item(s, "XB/poc", s->hold, 1, "HELD_OPEN");
    states_assert_item(s, "XA/poc", s->hold, 2, "HELD_OPEN");
}

/* Nor is what an officer ended begun again for that. */
static void what_an_officer_ended_stays_so(void **state)
{
    struct states *s = *state;
    states_hold_two(s);
    assert_int_equal(states_log_mla(s, "XB/central", ON_PAPER(", \"hold\": \"B-HOLD-1\"")), 200);
    states_say(s, "XB/poc", s->hold, LETTER_MLA_ENDED,
               "{\"items\": [1], \"reference\": \"A-MLA-9\", \"why\": \"REFUSED\", "
               "\"holdUntil\": \"2027-03-01T00:00:00+01:00\", \"zone\": \"Europe/Paris\"}");
    states_write(s, "XB/poc", s->hold, "{\"status\": {\"text\": \"It is held.\"}}");
    states_assert_item(s, "XB/poc", s->hold, 1, "HELD");
    assert_int_equal(states_waiting(s, "XB/poc", "HOLD_ENDED"), 0);
}

/* --- of which State it is --- */

#define ON_PAPER_OF(from, hold)                                                                              \
    "{\"reference\": \"12/2026\", \"from\": \"" from "\", \"channel\": \"PAPER\", \"received\": "            \
    "\"2026-11-16T07:30:00Z\", \"hold\": \"" hold "\"}"

/* Two States count their requests alike. */
static void an_end_ends_the_tie_of_its_own_state_only(void **state)
{
    struct states *s = *state;
    char second[33], text[65];
    states_hold(s);
    char *request = states_request(s, "preservation", "XC/poc", "{\"reference\": \"C-HOLD-1\"}");
    states_send(s, "XC/poc", "XB/poc", request, second);
    free(request);
    states_write(s, "XB/poc", second,
                 "{\"ack\": {\"reference\": \"B-HOLD-2\", \"answer\": \"NOT_YET_KNOWN\","
                 " \"answerBy\": \"2026-11-18T08:00:00Z\"}}");
    states_write(s, "XB/poc", second, "{\"held\": {\"scope\": \"all\", \"custodianReference\": \"eh-1\"}}");
    assert_int_equal(states_log_mla(s, "XB/central", ON_PAPER_OF("XA", "B-HOLD-1")), 200);
    assert_int_equal(states_log_mla(s, "XB/central", ON_PAPER_OF("XC", "B-HOLD-2")), 200);
    states_assert_state(s, "XC/poc", second, "HELD_OPEN");
    assert_int_equal(states_log_mla(s, "XB/central",
                                    "{\"reference\": \"12/2026\", \"from\": \"XA\", \"ended\": \"REFUSED\"}"),
                     200);
    assert_int_equal(states_waiting(s, "XB/poc", "ASSISTANCE_ENDED"), 1);
    states_waits(s, "XB/poc", "ASSISTANCE_ENDED", "hold", text);
    assert_string_equal(text, s->hold);
}

/* XC's request for assistance names XA's hold: XA learns nothing of it, nor does it keep that open. */
static void assistance_for_one_state_keeps_no_hold_of_another_open(void **state)
{
    struct states *s = *state;
    char text[65];
    states_hold(s);
    char *request = states_request(s, "stored-data", "XC/poc",
                                   "{\"reference\": \"SECRET-C\", \"itemHolds\": [{\"party\": \"XB/poc\", "
                                   "\"reference\": \"B-HOLD-1\"}]}");
    states_send(s, "XC/poc", "XB/central", request, NULL);
    free(request);
    assert_int_equal(states_letters(s, "XA/poc", s->hold, "MLA_RECEIVED"), 0);
    states_assert_state(s, "XB/poc", s->hold, "HELD");
    states_waits(s, "XB/poc", "MLA_WITHOUT_HOLD", "mla_reference", text);
    assert_string_equal(text, "SECRET-C");
}

/* Not by hand, either. */
static void nobody_ties_it_to_a_hold_of_another_state(void **state)
{
    struct states *s = *state;
    char link[65], tied[200];
    uint8_t id[16];
    states_hold(s);
    assert_int_equal(states_log_mla(s, "XB/central",
                                    "{\"reference\": \"SECRET-C\", \"from\": \"XC\", \"channel\": \"PAPER\", "
                                    "\"received\": \"2026-11-16T07:30:00Z\", \"hold\": \"B-HOLD-9\"}"),
                     200);
    states_waits(s, "XB/poc", "MLA_WITHOUT_HOLD", "link", link);
    struct arena *arena = arena_new(4096);
    assert_true(hex_read(id, 16, bytes_of_text(s->hold)));
    (void)snprintf(tied, sizeof tied, "{\"tied\": {\"match\": \"MATCHED\", \"holdCase\": \"%s\"}}",
                   base64_new(arena, bytes_of(id, 16)));
    arena_free(arena);
    states_write(s, "XB/poc", link, tied);
    states_assert_state(s, "XB/poc", s->hold, "HELD");
    assert_int_equal(states_letters(s, "XA/poc", s->hold, "MLA_RECEIVED"), 0);
    assert_int_equal(states_waiting(s, "XB/poc", "MLA_WITHOUT_HOLD"), 1);
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
    struct states *s = *state;
    char asked[33];
    char *text = states_request(s, "preservation", "XC/poc", "{\"reference\": \"C-HOLD-1\"}");
    states_send(s, "XC/poc", "XB/poc", text, asked);
    free(text);
    json_t *abroad = states_look(s, "XB/poc", asked);
    json_t *home = states_look(s, "XC/poc", asked);
    assert_string_equal(signer_of_first(abroad), "duty 4711");
    assert_string_equal(signer_of_first(home), "duty");
    json_decref(abroad);
    json_decref(home);
    states_hold(s); /* whose officers have names alone */
    home = states_look(s, "XB/poc", s->hold);
    assert_string_equal(signer_of_first(home), "duty");
    json_decref(home);
}

static void what_is_asked_for_twice_has_its_answer_ready(void **state)
{
    struct states *s = *state;
    char again[33];
    states_hold(s);
    json_t *draft = officer_get(s->world, "XB/poc", VERB_DRAFT, s->hold, "as=duplicate");
    assert_string_equal(json_string_value(json_object_get(draft, "code")), "NOTHING");
    json_decref(draft);
    char *text = states_request(s, "preservation", "XA/poc", "{\"reference\": \"A-HOLD-2\"}");
    states_send(s, "XA/poc", "XB/poc", text, again);
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
    states_write(s, "XB/poc", again, text);
    free(text);
    states_assert_state(s, "XA/poc", again, "CLOSED");
    states_assert_state(s, "XA/poc", s->hold, "HELD");
}

/* --- dates that the other side owes --- */

/* The member of the last letter of that kind, as that party shows the case; a new reference. */
static json_t *said_last(struct states *s, const char *party, const char *case_id, const char *kind,
                         const char *member)
{
    json_t *view = states_look(s, party, case_id);
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
    struct states *s = *state;
    char mla[33], named[200];
    struct instant by = {.ms = 0};
    states_hold(s);
    (void)snprintf(named, sizeof named, "{\"party\": \"XB/poc\", \"reference\": \"B-HOLD-1\"}");
    states_ask(s, named, mla);
    states_write(s, "XB/central", mla,
                 "{\"ack\": {\"reference\": \"B-MLA-1\", \"answer\": \"NOT_YET_KNOWN\","
                 " \"answerBy\": \"2026-11-18T08:00:00Z\"}}");
    states_say(s, "XB/central", mla, LETTER_ADMITTED, "{}");
    uint64_t now_ms = world_now(s->world).ms;
    states_say(s, "XB/central", mla, LETTER_EVIDENCE, "{\"by\": null, \"part\": \"FINAL\"}");
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
static void ask_urgently(struct states *s)
{
    char *text = states_request(s, "preservation", "XA/poc", "{\"reference\": \"A-HOLD-1\"}");
    json_t *letter = json_loads(text, 0, NULL);
    (void)json_object_set_new(json_object_get(letter, "request"), "necessity",
                              json_pack("{s:s,s:[s]}", "urgency", "URGENT", "reasons", "DATA_VOLATILE"));
    free(text);
    text = json_dumps(letter, JSON_COMPACT);
    states_send(s, "XA/poc", "XB/poc", text, s->hold);
    free(text);
    json_decref(letter);
}

/* How many LINK cases about that date that party has, closed ones, too. */
static size_t escalations_of(struct states *s, const char *party, const char *clock)
{
    char target[64];
    (void)snprintf(target, sizeof target, "ESCALATED A-HOLD-1 %s", clock);
    json_t *inbox = officer_get(s->world, party, VERB_INBOX, "", "all=1");
    size_t i = 0, count = 0;
    json_t *line = NULL;
    json_array_foreach(json_object_get(inbox, "cases"), i, line)
    {
        count += strcmp(json_string_value(json_object_get(line, "target")), target) == 0;
    }
    json_decref(inbox);
    return count;
}

static size_t escalations(struct states *s, const char *party)
{
    return escalations_of(s, party, "LOOK");
}

static void take(struct states *s, const char *member)
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
    states_settle(s);
}

static void the_last_step_tells_the_central_authority_once(void **state)
{
    struct states *s = *state;
    char text[65];
    ask_urgently(s);
    states_pass(s, 119);
    assert_int_equal(escalations(s, "XB/central"), 0);
    states_pass(s, 2);
    assert_int_equal(escalations(s, "XB/central"), 1);
    assert_int_equal(escalations(s, "XA/central") + escalations(s, "XA/poc"), 0);
    states_waits(s, "XB/central", "ESCALATED", "overdue", text);
    assert_string_equal(text, "LOOK");
    states_waits(s, "XB/central", "ESCALATED", "hold", text);
    assert_string_equal(text, s->hold);
    states_waits(s, "XB/poc", "ESCALATED", "hold", text);
    assert_string_equal(text, "");
    size_t xb = world_actor(s->world, "XB/poc");
    struct error error = {.text = ""};
    world_crash(s->world, xb, DISK_KEEP_ALL);
    assert_true(world_start(s->world, xb, &error));
    states_settle(s);
    states_pass(s, 60);
    assert_int_equal(escalations(s, "XB/central"), 1);
    states_write(s, "XB/poc", s->hold,
                 "{\"ack\": {\"reference\": \"B-HOLD-1\", \"answer\": \"NOT_YET_KNOWN\","
                 " \"answerBy\": \"2026-11-18T08:00:00Z\"}}");
    states_waits(s, "XB/central", "ESCALATED", "hold", text);
    assert_string_equal(text, "");
    assert_int_equal(escalations(s, "XB/central"), 1);
}

static void a_disk_that_came_back_older_tells_it_no_second_time(void **state)
{
    struct states *s = *state;
    struct error error = {.text = ""};
    struct disk *before = disk_new("tie-before", 1);
    size_t xb = world_actor(s->world, "XB/poc");
    char text[65];
    ask_urgently(s);
    world_backup(s->world, xb, before);
    states_pass(s, 121);
    assert_int_equal(escalations(s, "XB/central"), 1);
    world_crash(s->world, xb, DISK_KEEP_ALL);
    world_crash(s->world, 0, DISK_KEEP_ALL); /* nobody tells it yet that it is older */
    world_restore(s->world, xb, before);
    assert_true(world_start(s->world, xb, &error));
    states_pass(s, 5);
    assert_true(world_start(s->world, 0, &error));
    states_settle(s);
    states_pass(s, 60);
    assert_int_equal(escalations(s, "XB/central"), 1);
    assert_int_equal(escalations(s, "XB/poc"), 1);
    states_waits(s, "XB/central", "ESCALATED", "hold", text);
    assert_string_equal(text, s->hold);
    disk_free(before);
}

static void who_takes_the_case_stops_the_ladder(void **state)
{
    struct states *s = *state;
    char text[65];
    ask_urgently(s);
    states_pass(s, 61);
    take(s, NULL);
    states_pass(s, 120);
    assert_int_equal(escalations(s, "XB/central"), 0);
    take(s, "release"); /* nobody has it any more, and it is late */
    states_pass(s, 1);
    states_waits(s, "XB/central", "ESCALATED", "hold", text);
    assert_string_equal(text, s->hold);
    take(s, NULL);
    states_waits(s, "XB/central", "ESCALATED", "hold", text);
    assert_string_equal(text, "");
    assert_int_equal(escalations(s, "XB/central"), 1);
}

/* The clock that the one escalation that XB/central knows of is about; "": none. */
static const char *told_of(struct states *s, char text[65])
{
    assert_true(states_waiting(s, "XB/central", "ESCALATED") <= 1);
    states_waits(s, "XB/central", "ESCALATED", "overdue", text);
    return text;
}

/* Who looks at none of it owes a look, an answer, a decision on three items, and later on each of three more. */
static void ask_for_six_items(struct states *s)
{
    ask_urgently(s);
    for (size_t item = 4; item <= 6; item++) {
        char next[32];
        (void)snprintf(next, sizeof next, "{\"firstItem\": %zu}", item);
        states_pass(s, 10);
        states_say(s, "XA/poc", s->hold, LETTER_SUPPLEMENT, next);
    }
}

static void one_date_of_a_case_is_told_at_a_time(void **state)
{
    struct states *s = *state;
    char text[65];
    ask_for_six_items(s);
    states_pass(s, 60 * 60); /* all of them have run out */
    assert_string_equal(told_of(s, text), "LOOK");
    states_say(s, "XB/poc", s->hold, LETTER_ORDERED, "{\"items\": [1, 2, 3]}");
    states_pass(s, 1);
    assert_string_equal(told_of(s, text),
                        "DECIDE"); /* of item 4: what was answered meanwhile is not told any more */
    for (size_t item = 4; item <= 6; item++) {
        char items[32];
        (void)snprintf(items, sizeof items, "{\"items\": [%zu]}", item);
        assert_string_equal(told_of(s, text), "DECIDE");
        states_say(s, "XB/poc", s->hold, LETTER_ORDERED, items);
        states_pass(s, 1);
    }
    assert_string_equal(told_of(s, text), "");
    assert_int_equal(escalations_of(s, "XB/central", "DECIDE"), 3); /* the earliest each time */
}

static void what_the_other_end_closes_lets_the_next_be_told(void **state)
{
    struct states *s = *state;
    char text[65], link[33];
    ask_for_six_items(s);
    states_pass(s, 60 * 60);
    assert_string_equal(told_of(s, text), "LOOK");
    states_find_link(s, "XB/central", link);
    states_write(s, "XB/central", link, "{\"released\": {\"why\": \"CLOSED\"}}");
    states_pass(s, 1);
    assert_string_equal(told_of(s, text), "ANSWER");
    states_pass(s, 24 * 60);
    assert_string_equal(told_of(s, text), "ANSWER"); /* and not once more of the look */
    assert_int_equal(escalations(s, "XB/central"), 1);
    take(s, NULL);
    assert_string_equal(told_of(s, text), "");
}

static void one_date_of_several_items_is_told_once(void **state)
{
    struct states *s = *state;
    char text[65];
    ask_urgently(s); /* three items */
    states_pass(s, 60 * 60);
    for (size_t item = 1; item <= 3; item++) {
        char items[32];
        (void)snprintf(items, sizeof items, "{\"items\": [%zu]}", item);
        states_say(s, "XB/poc", s->hold, LETTER_ORDERED, items);
        states_pass(s, 1);
        assert_string_equal(told_of(s, text), item == 3 ? "" : "DECIDE");
    }
    assert_int_equal(escalations_of(s, "XB/central", "DECIDE"), 1);
}

/* XA/poc lets the date pass by which it should have asked for more time, and is given it unasked. */
static void a_date_that_was_moved_ahead_has_not_run_out(void **state)
{
    struct states *s = *state;
    char text[65];
    states_hold(s);
    states_pass(s, 87 * 24 * 60);
    states_waits(s, "XA/central", "ESCALATED", "overdue", text);
    assert_string_equal(text, "EXTEND");
    states_say(s, "XB/poc", s->hold, LETTER_EXTENDED, "{}");
    states_pass(s, 1);
    states_waits(s, "XA/central", "ESCALATED", "overdue", text);
    assert_string_equal(text, "");
}

/* XB/poc came back from a backup that was made before it told of another case, and who could give that back is down. */
static void what_cannot_be_ended_now_is_ended_later(void **state)
{
    struct states *s = *state;
    struct error error = {.text = ""};
    struct disk *before = disk_new("tie-later", 1);
    size_t poc = world_actor(s->world, "XB/poc"), central = world_actor(s->world, "XB/central");
    char link[33], hold[33];
    ask_urgently(s);
    states_pass(s, 121);
    states_find_link(s, "XB/poc", link);
    memcpy(hold, s->hold, sizeof hold);
    world_backup(s->world, poc, before);
    ask_urgently(s);
    states_pass(s, 121);
    assert_int_equal(states_waiting(s, "XB/central", "ESCALATED"), 2);
    world_crash(s->world, poc, DISK_KEEP_ALL);
    world_crash(s->world, central, DISK_KEEP_ALL);
    world_restore(s->world, poc, before);
    assert_true(world_start(s->world, poc, &error));
    states_pass(s, 5);
    memcpy(s->hold, hold, sizeof hold);
    take(s, NULL);
    states_pass(s, 5);
    assert_int_equal(states_letters(s, "XB/poc", link, "UNTIED"), 0);
    assert_true(world_start(s->world, central, &error));
    states_pass(s, 30);
    assert_int_equal(states_letters(s, "XB/poc", link, "UNTIED"), 1);
    assert_int_equal(states_waiting(s, "XB/central", "ESCALATED"), 1);
    disk_free(before);
}

/* XB/central is down so long that the letter is too old for it: that date is not told again, and the next one is. */
static void what_nobody_heard_holds_nothing_back(void **state)
{
    struct states *s = *state;
    struct error error = {.text = ""};
    size_t central = world_actor(s->world, "XB/central");
    char text[65];
    ask_urgently(s);
    world_crash(s->world, central, DISK_KEEP_ALL);
    states_pass(s, 45 * 24 * 60);
    assert_true(world_start(s->world, central, &error));
    states_pass(s, 60);
    states_say(s, "XA/poc", s->hold, LETTER_SUPPLEMENT, "{\"firstItem\": 4}"); /* the case is looked at */
    states_pass(s, 60);
    assert_string_equal(told_of(s, text), "ANSWER");
    assert_int_equal(escalations(s, "XB/central"), 0);
}

/* --- pages of the worklist --- */

#define CAME_ON_PAPER "\"channel\": \"PAPER\", \"received\": \"2026-11-16T07:30:00Z\""

static json_t *worklist_page(struct states *s, size_t limit, const char *after)
{
    char query[128];
    (void)snprintf(query, sizeof query, "limit=%zu%s%s", limit, after[0] == '\0' ? "" : "&after=", after);
    return officer_get(s->world, "XB/poc", VERB_WORKLIST, "", query);
}

/* All entries, by pages of that many; a page that is not full is the last. */
static json_t *worklist_by(struct states *s, size_t limit)
{
    json_t *all = json_array();
    char after[96] = "";
    for (size_t pages = 0; pages < 100; pages++) {
        json_t *page = worklist_page(s, limit, after);
        const char *more = json_string_value(json_object_get(page, "more"));
        size_t count = json_array_size(json_object_get(page, "entries"));
        assert_true(count <= limit);
        assert_int_equal(more != NULL, count == limit);
        (void)json_array_extend(all, json_object_get(page, "entries"));
        (void)snprintf(after, sizeof after, "%s", more == NULL ? "" : more);
        json_decref(page);
        if (after[0] == '\0') {
            return all;
        }
    }
    fail_msg("there is no end of pages");
    return all;
}

/* How many entries of that what there are, when only they are asked for. */
static size_t entries_of(struct states *s, const char *what)
{
    char query[64];
    size_t i = 0;
    json_t *entry = NULL;
    (void)snprintf(query, sizeof query, "what=%s", what);
    json_t *page = officer_get(s->world, "XB/poc", VERB_WORKLIST, "", query);
    const json_t *entries = json_object_get(page, "entries");
    json_array_foreach(entries, i, entry)
    {
        assert_string_equal(json_string_value(json_object_get(entry, "what")), what);
    }
    const size_t count = json_array_size(entries);
    json_decref(page);
    return count;
}

static void pages_of_the_worklist_show_each_entry_once(void **state)
{
    struct states *s = *state;
    static const char *const wrong[] = {"after=1",     "after=3.0.00000000000000000000000000000000",
                                        "after=0.0.z", "limit=0",
                                        "limit=x",     "after=0.0."};
    char second[33], body[256];
    states_hold(s);
    char *request = states_request(s, "preservation", "XC/poc", "{\"reference\": \"C-HOLD-1\"}");
    states_send(s, "XC/poc", "XB/poc", request, second);
    free(request);
    states_write(s, "XB/poc", second, "{\"held\": {\"scope\": \"all\", \"custodianReference\": \"eh-1\"}}");
    for (size_t i = 0; i < 3; i++) {
        (void)snprintf(body, sizeof body,
                       "{\"reference\": \"%zu/2026\", \"from\": \"XA\", " CAME_ON_PAPER
                       ", \"hold\": \"NOWHERE-%zu\"}",
                       i, i);
        assert_int_equal(states_log_mla(s, "XB/central", body), 200);
        (void)snprintf(body, sizeof body,
                       "{\"reference\": \"%zu/2026\", \"from\": \"XC\", " CAME_ON_PAPER "}", i);
        assert_int_equal(states_log_mla(s, "XB/poc", body), 200);
    }
    json_t *whole = worklist_by(s, 500);
    assert_int_equal(json_array_size(whole), 8); /* three ties, three without a hold, two holds */
    for (size_t limit = 1; limit <= 9; limit++) {
        json_t *paged = worklist_by(s, limit);
        assert_true(json_equal(whole, paged));
        json_decref(paged);
    }
    assert_int_equal(entries_of(s, "MLA_WITHOUT_HOLD"), 6);
    assert_int_equal(entries_of(s, "HOLD_WITHOUT_MLA"), 2);
    assert_int_equal(entries_of(s, "ASSISTANCE_ENDED"), 0);
    json_decref(whole);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        json_t *answer = officer_get(s->world, "XB/poc", VERB_WORKLIST, "", wrong[i]);
        assert_string_equal(json_string_value(json_object_get(answer, "code")), "MALFORMED");
        json_decref(answer);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, states_set_up, states_tear_down)
        TEST(a_request_for_assistance_keeps_the_hold_open),
        TEST(one_that_came_on_paper_keeps_it_open),
        TEST(what_no_hold_is_found_for_is_found_when_it_comes),
        TEST(an_officer_finds_a_hold_that_was_named_wrong),
        TEST(an_end_comes_from_the_request_for_assistance),
        TEST(there_is_no_link_to_another_state),
        TEST(assistance_opened_again_keeps_the_hold_open_again),
        TEST(assistance_opened_again_leaves_no_end_to_be_drawn),
        TEST(an_item_opened_again_is_kept_open_by_the_assistance_that_waits),
        TEST(what_an_officer_ended_stays_so),
        TEST(an_end_ends_the_tie_of_its_own_state_only),
        TEST(assistance_for_one_state_keeps_no_hold_of_another_open),
        TEST(nobody_ties_it_to_a_hold_of_another_state),
        TEST(an_officer_is_shown_abroad_by_office_and_number),
        TEST(what_is_asked_for_twice_has_its_answer_ready),
        TEST(a_date_left_open_is_by_the_calendar_of_who_owes),
        TEST(the_last_step_tells_the_central_authority_once),
        TEST(a_disk_that_came_back_older_tells_it_no_second_time),
        TEST(who_takes_the_case_stops_the_ladder),
        TEST(one_date_of_a_case_is_told_at_a_time),
        TEST(what_the_other_end_closes_lets_the_next_be_told),
        TEST(one_date_of_several_items_is_told_once),
        TEST(a_date_that_was_moved_ahead_has_not_run_out),
        TEST(what_cannot_be_ended_now_is_ended_later),
        TEST(what_nobody_heard_holds_nothing_back),
        TEST(pages_of_the_worklist_show_each_entry_once),
    };
    return cmocka_run_group_tests_name("tie", tests, NULL, NULL);
}
