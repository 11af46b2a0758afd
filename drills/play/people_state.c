/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/play/people_state.h"

#include <stdio.h>
#include <string.h>

#include "base/ensure.h"
#include "base/instant.h"

/* --- assistance that came outside the network --- */

static size_t any_hold(struct people *people, size_t party)
{
    size_t found[16], count = 0;
    for (size_t i = people->case_count; i > 0 && count < 16; i--) {
        const struct people_case *known = &people->cases[i - 1];
        bool in_state = known->r == party || known->r == desk_sibling(people, party);
        if (people->met[i - 1].machine == MACHINE_HOLD && in_state && known->q <= people->cast->party_count) {
            found[count++] = i - 1;
        }
    }
    return count == 0 ? people->case_count : found[stream_below(&people->stream, count)];
}

static json_t *entry_new(struct people *people, size_t party)
{
    static const char *const channels[] = {"PAPER", "E_MLA", "INTERPOL", "DIPLOMATIC"};
    char reference[32], received[INSTANT_TEXT_MAX];
    size_t index = any_hold(people, party);
    uint64_t now_ms = world_clock(people->world, party).ms;
    if (index == people->case_count) {
        return NULL;
    }
    const struct people_case *hold = &people->cases[index];
    const uint64_t number =
        stream_below(&people->stream, 40); /* few, so that some are entered again, and some end */
    const uint64_t ago_ms = stream_below(&people->stream, 48 * MS_PER_HOUR);
    (void)snprintf(reference, sizeof reference, "PAPER-%u", (unsigned)number);
    instant_write(received, (struct instant){.ms = (int64_t)(now_ms - ago_ms)});
    json_t *body = json_pack("{s:s, s:s%, s:s, s:s}", "reference", reference, "from",
                             desk_party(people, hold->q)->address.text, (size_t)2, "channel",
                             channels[stream_below(&people->stream, 4)], "received", received);
    ensure(body != NULL);
    if (stream_chance(&people->stream, 800)) {
        ensure(json_object_set_new(body, "hold", json_string(hold->id)) == 0);
        ensure(json_object_set_new(body, "party", json_string(desk_party(people, hold->r)->address.text)) ==
               0);
    }
    return body;
}

static void enter(struct people *people, size_t party)
{
    static const char *const ends[] = {"REFUSED", "WITHDRAWN", "ABANDONED", "NOTHING_OBTAINED", "COMPLETED"};
    json_t *body = entry_new(people, party);
    if (body == NULL) {
        return;
    }
    if (stream_chance(&people->stream, 300)) {
        ensure(json_object_set_new(body, "ended", json_string(ends[stream_below(&people->stream, 5)])) == 0);
    }
    desk_enter(people, party, body);
    json_decref(body);
}

/* --- cases handed over --- */

/* The first that waits to be taken over: its LINK. "": none. */
static void find_handed_over(struct people *people, size_t party, char ret[CASE_TEXT])
{
    size_t index = 0;
    json_t *entry = NULL;
    json_t *list = desk_ask(people, party, VERB_WORKLIST, "", "", NULL);
    ret[0] = '\0';
    json_array_foreach(json_object_get(list, "entries"), index, entry)
    {
        if (ret[0] == '\0' && strcmp(sight_text(entry, "what"), "TAKE_OVER") == 0) {
            (void)snprintf(ret, CASE_TEXT, "%s", sight_text(entry, "link"));
        }
    }
    json_decref(list);
}

/* The draft that the node makes, with a number of this party's own. */
static void take_over(struct people *people, size_t party)
{
    char link[CASE_TEXT];
    struct errand errand;
    find_handed_over(people, party, link);
    json_t *drafted = link[0] == '\0' ? NULL : desk_ask(people, party, VERB_DRAFT, link, "as=takeover", NULL);
    json_t *letter = json_object_get(drafted, "letter");
    const char *type = sight_text(json_object_get(json_object_get(letter, "takenOver"), "request"), "type");
    const enum machine machine = machine_of_type(type);
    const bool of_others = strcmp(sight_text(drafted, "to"), desk_party(people, party)->address.text) != 0;
    if (of_others && (machine == MACHINE_HOLD || machine == MACHINE_MLA)) {
        struct draft draft = {.party = party,
                              .row = machine == MACHINE_HOLD ? ROW_HOLD_TAKEN_OVER_NONE
                                                             : ROW_MLA_TAKEN_OVER_NONE,
                              .to = sight_text(drafted, "to"),
                              .label = "",
                              .letter = letter,
                              .sort = ERRAND_ODD};
        desk_officers(people, &draft);
        if (desk_prepare(people, &draft, &errand, NULL) == 200) {
            (void)desk_hand_in(people, &errand, NULL);
        }
    }
    json_decref(drafted);
}

void act_between(struct people *people)
{
    size_t party = 1 + stream_below(&people->stream, people->cast->party_count);
    if (stream_chance(&people->stream, 500)) {
        enter(people, party);
    } else {
        take_over(people, party);
    }
}

/* --- at the end --- */

static void gather(struct people *people, size_t party, const json_t *lines)
{
    size_t index = 0;
    json_t *line = NULL;
    json_array_foreach(lines, index, line)
    {
        const char *id = sight_text(line, "case");
        if (desk_case_index(people, id) == people->case_count) {
            json_decref(desk_case(people, party, id, NULL));
        }
    }
}

void people_gather(struct people *people)
{
    for (size_t party = 1; party <= people->cast->party_count; party++) {
        json_t *inbox = desk_ask(people, party, VERB_INBOX, "", "all=1", NULL);
        gather(people, party, json_object_get(inbox, "cases"));
        gather(people, party, json_object_get(inbox, "exercises"));
        json_decref(inbox);
    }
}
