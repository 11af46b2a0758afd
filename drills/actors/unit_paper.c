/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests for assistance that come on paper, by a portal or an embassy: somebody enters them by hand (MLA_LOG), with the day they came,
 * so that the hold they are for stays open; they are executed outside of the network, and that they ended is entered, too.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "drills/actors/unit.h"

#define RETRY_MS (10 * MS_PER_MINUTE)

static const struct scenario_quantiles *times_of(const struct unit *unit, enum scenario_task task)
{
    return unit->of->habits == NULL ? NULL : unit->of->habits->times.of[task].by[SCENARIO_ROUTINE];
}

static struct stream stream_of_paper(const struct unit *unit, const struct paper *paper, const char *word)
{
    char name[320];
    (void)snprintf(name, sizeof name, "%s|%s|%s", unit->of->address, paper->reference, word);
    return stream_of(unit->actors->setup.seed, name, 0);
}

static uint64_t draw(const struct unit *unit, const struct paper *paper, enum scenario_task task)
{
    struct stream stream = stream_of_paper(unit, paper, scenario_task_word(task));
    const struct scenario_quantiles *times = times_of(unit, task);
    return times == NULL ? 0 : scenario_draw(times, stream_next(&stream));
}

static bool is_refused(const struct unit *unit, const struct paper *paper)
{
    const struct scenario_habits *habits = unit->of->habits;
    struct stream stream = stream_of_paper(unit, paper, "fate");
    bool refused = false;
    for (size_t i = 0; habits != NULL && i < habits->chances.refuse.count; i++) {
        refused = scenario_happens(habits->chances.refuse.list[i].chance, stream_next(&stream)) || refused;
    }
    return refused;
}

static void say_of(const struct unit *unit, const struct paper *paper, enum scenario_event event,
                   const char *what, const char *detail)
{
    const struct actors_setup *setup = &unit->actors->setup;
    setup->said(setup->context, &(struct actors_said){.at_ms = unit_now(unit),
                                                      .party = unit->place,
                                                      .case_id = paper->case_id,
                                                      .reference = paper->reference,
                                                      .event = event,
                                                      .letter = "",
                                                      .what = what,
                                                      .detail = detail});
}

static void put_on_desk(struct unit *unit, size_t number, enum scenario_task task)
{
    desk_put(unit->desk, &(struct desk_task){.owner = UNIT_PAPER + number,
                                             .needs_ms = draw(unit, &unit->papers[number], task)});
}

static void lie_on_desk(void *context, uint64_t number)
{
    put_on_desk(context, (size_t)number, SCENARIO_TASK_ANSWER);
}

/* {"reference", "from", ...} of MLA_LOG. */
static json_t *entry_of(const struct unit *unit, const struct paper *paper)
{
    const struct writer writer = {.unit = unit->of, .now_ms = unit_now(unit), .reference = paper->reference};
    json_t *body = json_pack("{s:s, s:s}", "reference", paper->reference, "from", paper->from->state->code);
    ensure(body != NULL);
    if (paper->entered) {
        ensure(json_object_set_new(body, "ended", json_string(paper->refused ? "REFUSED" : "COMPLETED")) ==
               0);
        return body;
    }
    json_t *more =
        json_pack("{s:s, s:o}", "channel", paper->channel, "received", write_moment(&writer, paper->came_ms));
    ensure(more != NULL && json_object_update(body, more) == 0);
    json_decref(more);
    if (paper->case_id[0] != '\0') {
        ensure(json_object_set_new(body, "hold", json_string(paper->case_id)) == 0 &&
               json_object_set_new(body, "party", json_string(paper->hold_of->address)) == 0);
    }
    return body;
}

static void was_entered(struct unit *unit, size_t number)
{
    struct paper *paper = &unit->papers[number];
    unit->screen.ties_changed = true;
    if (paper->entered) {
        say_of(unit, paper, paper->refused ? SCENARIO_EVENT_NONE : SCENARIO_EVENT_EVIDENCE,
               paper->refused ? "refused on paper" : "evidence on paper", paper->channel);
        return;
    }
    paper->entered = true;
    paper->refused = is_refused(unit, paper);
    say_of(unit, paper, SCENARIO_EVENT_ASSISTANCE_RECEIVED,
           scenario_event_word(SCENARIO_EVENT_ASSISTANCE_RECEIVED), paper->channel);
    uint64_t takes = draw(unit, paper, SCENARIO_TASK_MLA_DECIDE) +
                     (paper->refused ? 0 : draw(unit, paper, SCENARIO_TASK_EXECUTE));
    agenda_put(unit->actors->setup.agenda, unit_now(unit) + takes, lie_on_desk, unit, number);
}

void paper_done(struct unit *unit, size_t number)
{
    const struct paper *paper = &unit->papers[number];
    char why[320] = "";
    json_t *body = entry_of(unit, paper), *answer = NULL;
    unsigned status = unit_command(unit, VERB_MLA_LOG, "", body, &answer);
    if (status == 200) {
        was_entered(unit, number);
    } else if (status == 0 || status == 503) {
        agenda_put(unit->actors->setup.agenda, unit_now(unit) + RETRY_MS, lie_on_desk, unit, number);
    } else {
        unit_why(why, status, answer);
        say_of(unit, paper, SCENARIO_EVENT_NONE, "trouble", why);
    }
    json_decref(body);
    json_decref(answer);
}

void actors_paper(struct actors *actors, size_t party, const struct scenario_unit *hold_of,
                  const struct scenario_unit *from, const char *case_id, const char *reference,
                  const char *channel)
{
    struct unit *unit = &actors->units[party];
    unit->papers = realloc(unit->papers, (unit->paper_count + 1) * sizeof *unit->papers);
    ensure(unit->papers != NULL);
    struct paper *paper = &unit->papers[unit->paper_count];
    *paper = (struct paper){.hold_of = hold_of, .from = from, .channel = channel, .came_ms = unit_now(unit)};
    (void)snprintf(paper->case_id, sizeof paper->case_id, "%s", case_id);
    (void)snprintf(paper->reference, sizeof paper->reference, "%s", reference);
    put_on_desk(unit, unit->paper_count++, SCENARIO_TASK_ACK);
}
