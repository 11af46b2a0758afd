/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/cli/played_print.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/ensure.h"
#include "drills/cli/scenario_print.h"
#include "drills/cli/words.h"
#include "nodes/cli/screen.h"

#define INDENT 4

/* Where the clock of an inject is read: at who is to do something. */
static const struct scenario_state *where(const struct scenario *scenario,
                                          const struct scenario_inject *inject)
{
    return inject->to != NULL     ? inject->to->state
           : inject->from != NULL ? inject->from->state
                                  : &scenario->states.list[0];
}

static const char *plain(struct cli *cli, const char *text)
{
    return screen_quiet(cli->arena, bytes_of_text(text == NULL ? "" : text));
}

/* --- injects --- */

/* What is told of a case, in this order. */
static const enum scenario_event told[] = {
    SCENARIO_EVENT_DELIVERED,
    SCENARIO_EVENT_OPENED,
    SCENARIO_EVENT_ACKNOWLEDGED,
    SCENARIO_EVENT_ASKED,
    SCENARIO_EVENT_GIVEN,
    SCENARIO_EVENT_ORDERED,
    SCENARIO_EVENT_HELD,
    SCENARIO_EVENT_NOT_HELD,
    SCENARIO_EVENT_REFUSED,
    SCENARIO_EVENT_REFERRED,
    SCENARIO_EVENT_TOLD,
    SCENARIO_EVENT_ANSWERED,
    SCENARIO_EVENT_DISCLOSED,
    SCENARIO_EVENT_DECLINED,
    SCENARIO_EVENT_EXTENSION_ASKED,
    SCENARIO_EVENT_EXTENDED,
    SCENARIO_EVENT_EXTENSION_REFUSED,
    SCENARIO_EVENT_WITHDRAWN,
    SCENARIO_EVENT_HOLD_RELEASED,
    SCENARIO_EVENT_LAPSED,
    SCENARIO_EVENT_LOST,
    SCENARIO_EVENT_ASSISTANCE_SENT,
    SCENARIO_EVENT_ASSISTANCE_RECEIVED,
    SCENARIO_EVENT_ADMITTED,
    SCENARIO_EVENT_EVIDENCE,
    SCENARIO_EVENT_EVIDENCE_RECEIVED,
    SCENARIO_EVENT_REJECTED,
};

static void print_line(struct cli *cli, const char *word, const char *at, const char *more)
{
    (void)printf("%*s%-18s %s%s%s\n", INDENT, "", say(cli->words, word), at, more[0] == '\0' ? "" : "  ",
                 more);
}

static const char *after_text(struct cli *cli, uint64_t from_ms, uint64_t at_ms)
{
    return from_ms == 0 || at_ms <= from_ms
               ? ""
               : cli_text(cli, "+ %s", words_span(cli->arena, cli->words, at_ms - from_ms));
}

static void print_items(struct cli *cli, const struct ledger_inject *inject,
                        const struct scenario_state *state)
{
    for (size_t i = 0; i < inject->of->data.count && i < LEDGER_ITEMS_MAX; i++) {
        const struct ledger_item *item = &inject->items[i];
        const char *label = plain(cli, inject->of->data.list[i]->label);
        if (item->held_from_ms != 0) {
            (void)printf("%*s%s\n", 2 * INDENT, "",
                         cli_text(cli, "%s: held from %s, until %s", label,
                                  scenario_local_text(cli, state, item->held_from_ms),
                                  scenario_local_text(cli, state, item->hold_until_ms)));
        } else {
            bool gone = item->event_ms[SCENARIO_EVENT_NOT_HELD] != 0;
            (void)printf("%*s%s\n", 2 * INDENT, "",
                         cli_text(cli, gone ? "%s: nothing found" : "%s: not held by the end", label));
        }
    }
}

static void print_inject(struct cli *cli, const struct played_drill *played,
                         const struct ledger_inject *inject)
{
    const struct scenario_state *state = where(played->scenario, inject->of);
    (void)printf("%s (%s)%s%s\n", plain(cli, inject->of->id), scenario_inject_word(inject->of->kind),
                 inject->of->text == NULL ? "" : ": ", plain(cli, inject->of->text));
    if (inject->released_ms == 0) {
        print_line(cli, inject->state == RECORD_SKIPPED ? N_("skipped") : N_("planned"), "",
                   plain(cli, inject->why));
        return;
    }
    print_line(cli, N_("released"), scenario_local_text(cli, state, inject->released_ms), "");
    if (inject->state == RECORD_SKIPPED) {
        print_line(cli, N_("skipped"), "", plain(cli, inject->why));
        return;
    }
    if (inject->of->kind != SCENARIO_INJECT_REQUEST && inject->received_ms != 0) {
        print_line(cli, N_("received"), scenario_local_text(cli, state, inject->received_ms),
                   after_text(cli, inject->released_ms, inject->received_ms));
    }
    for (size_t i = 0; i < sizeof told / sizeof told[0]; i++) {
        uint64_t at = inject->event_ms[told[i]];
        if (at != 0) {
            print_line(cli, scenario_event_word(told[i]), scenario_local_text(cli, state, at),
                       after_text(cli, inject->released_ms, at));
        }
        if (told[i] == SCENARIO_EVENT_NOT_HELD && inject->event_ms[SCENARIO_EVENT_ORDERED] != 0) {
            print_items(cli, inject, state);
        }
    }
    if (inject->why[0] != '\0') {
        print_line(cli, N_("trouble"), "", plain(cli, inject->why));
    }
}

/* --- expectations --- */

static const char *result_word(enum judged result)
{
    static const char *const words[] = {N_("met"), N_("late"), N_("MISSED"), N_("open"), N_("cut")};
    return words[result];
}

static void print_expectation(struct cli *cli, const struct played_drill *played, const struct judgement *j)
{
    const struct scenario_expectation *expected = j->expectation;
    const struct scenario_state *state =
        expected->who == NULL ? &played->scenario->states.list[0] : expected->who->state;
    const char *at = j->at_ms == 0 ? cli_text(cli, "never") : scenario_local_text(cli, state, j->at_ms);
    const char *by = j->by_ms == 0 ? "-" : scenario_local_text(cli, state, j->by_ms);
    uint64_t margin = j->at_ms > j->by_ms ? j->at_ms - j->by_ms : j->by_ms - j->at_ms;
    (void)printf("  %-7s %s\n", say(cli->words, result_word(j->result)),
                 cli_text(cli, "%s: %s %s of %s: %s, wanted by %s", plain(cli, expected->id),
                          expected->who == NULL ? "" : expected->who->address,
                          scenario_event_word(expected->what), plain(cli, expected->of->id), at, by));
    if (j->result == JUDGED_LATE || j->result == JUDGED_MET) {
        (void)printf("%*s%s\n", 10, "",
                     cli_text(cli, j->result == JUDGED_LATE ? "%s late" : "%s to spare",
                              words_span(cli->arena, cli->words, margin)));
    }
}

/* --- questions --- */

static void print_question(struct cli *cli, const struct played_drill *played,
                           const struct scenario_question *question)
{
    const struct scenario_inject *of = question->about.inject;
    if (of == NULL) {
        return; /* of all cases together: the report's business */
    }
    const struct ledger_inject *inject =
        &played->result->ledger.injects[ledger_number(&played->result->ledger, of)];
    const struct scenario_state *state = where(played->scenario, of);
    uint64_t told_ms = inject->event_ms[SCENARIO_EVENT_TOLD], held_ms = inject->held_from_ms;
    uint64_t at = held_ms != 0 ? held_ms : told_ms;
    const char *answer =
        at == 0 ? cli_text(cli, "not by the end of the drill")
                : cli_text(cli, "from %s, %s after it was asked for", scenario_local_text(cli, state, at),
                           words_span(cli->arena, cli->words, at - inject->released_ms));
    (void)printf("  %s\n%*s%s\n", plain(cli, question->text), INDENT, "", answer);
}

/* A phone that nobody took is people's own business. */
static void print_skipped(struct cli *cli, const struct played_drill *played)
{
    const struct ledger_inject *first = NULL;
    size_t count = 0;
    for (size_t i = 0; i < played->scenario->injects.count; i++) {
        const struct ledger_inject *inject = &played->result->ledger.injects[i];
        if (inject->state == RECORD_SKIPPED && inject->of->kind != SCENARIO_INJECT_PHONE) {
            first = first == NULL ? inject : first;
            count++;
        }
    }
    if (count != 0) {
        const char *text =
            arena_format(cli->arena,
                         say_n(cli->words, "%s inject was not sent: %s: %s",
                               "%s injects were not sent; first: %s: %s", count),
                         words_number(cli->arena, count), plain(cli, first->of->id), plain(cli, first->why));
        (void)printf("%s\n", text == NULL ? "?" : text);
    }
}

void played_print(struct cli *cli, const struct played_drill *played)
{
    const struct scenario *scenario = played->scenario;
    const struct conduct_result *result = played->result;
    (void)printf("%s: %s\n\n", cli_text(cli, "EXERCISE"), plain(cli, scenario->title));
    for (size_t i = 0; i < scenario->questions.count; i++) {
        print_question(cli, played, &scenario->questions.list[i]);
    }
    (void)printf("\n");
    for (size_t i = 0; i < scenario->injects.count; i++) {
        print_inject(cli, played, &result->ledger.injects[i]);
    }
    (void)printf("\n%s\n", cli_text(cli, "Expected"));
    for (size_t i = 0; i < played->measures->judgement_count; i++) {
        print_expectation(cli, played, &played->measures->judgements[i]);
    }
    (void)printf("\n%s\n",
                 cli_text(cli, "%s, %s; %s played in %s; seed %" PRIu64,
                          words_cases(cli->arena, cli->words, result->cases),
                          words_letters(cli->arena, cli->words, result->letters),
                          words_span(cli->arena, cli->words, result->end_ms - scenario->clock.start_ms),
                          words_span(cli->arena, cli->words, played->wall_ms), played->seed));
    print_skipped(cli, played);
    if (result->troubles != 0) {
        (void)printf("%s\n",
                     cli_text(cli, "%s times somebody could not do what was next; first: %s",
                              words_number(cli->arena, result->troubles), plain(cli, result->trouble)));
    }
    if (result->late_ms >= MS_PER_MINUTE) {
        (void)printf("%s\n",
                     cli_text(cli, "people were up to %s behind their time: this machine did not keep up",
                              words_span(cli->arena, cli->words, result->late_ms)));
    }
    if (result->not_played != 0) {
        (void)printf("%s\n",
                     cli_text(cli, "%s injects or faults were not played: a world has no means for them",
                              words_number(cli->arena, result->not_played)));
    }
    (void)printf("%s\n", cli_text(cli, "scenario   %s", words_hash(cli->arena, scenario->hash)));
    (void)printf("%s\n", cli_text(cli, "transcript %s", words_hash(cli->arena, played->transcript)));
    if (played->report != NULL) {
        (void)printf(
            "%s\n", cli_text(cli, "report     %s (for programs report.json, for tables events.csv beside it)",
                             plain(cli, played->report)));
    }
}

/* --- JSON --- */

static json_t *ms_json(uint64_t ms)
{
    return ms == 0 ? json_null() : json_integer((json_int_t)ms);
}

static json_t *inject_json(const struct ledger_inject *inject)
{
    json_t *events = json_object(), *items = json_array();
    for (unsigned i = SCENARIO_EVENT_NONE + 1; i < SCENARIO_EVENTS; i++) {
        if (inject->event_ms[i] != 0) {
            ensure(json_object_set_new(events, scenario_event_word((enum scenario_event)i),
                                       ms_json(inject->event_ms[i])) == 0);
        }
    }
    for (size_t i = 0; i < inject->of->data.count && i < LEDGER_ITEMS_MAX; i++) {
        json_t *item = json_pack("{s:s, s:o, s:o}", "data", inject->of->data.list[i]->label, "held_from",
                                 ms_json(inject->items[i].held_from_ms), "held_until",
                                 ms_json(inject->items[i].hold_until_ms));
        ensure(item != NULL && json_array_append_new(items, item) == 0);
    }
    json_t *json = json_pack("{s:s, s:s, s:o, s:o, s:s, s:o, s:o}", "id", inject->of->id, "state",
                             record_inject_state_word(inject->state), "released",
                             ms_json(inject->released_ms), "received", ms_json(inject->received_ms), "why",
                             inject->why, "events", events, "items", items);
    ensure(json != NULL);
    return json;
}

json_t *played_json(struct cli *cli, const struct played_drill *played)
{
    const struct conduct_result *result = played->result;
    json_t *injects = json_array(), *expected = json_array();
    for (size_t i = 0; i < played->scenario->injects.count; i++) {
        ensure(json_array_append_new(injects, inject_json(&result->ledger.injects[i])) == 0);
    }
    for (size_t i = 0; i < played->measures->judgement_count; i++) {
        const struct judgement *j = &played->measures->judgements[i];
        json_t *json = json_pack("{s:s, s:s, s:o, s:o}", "id", j->expectation->id, "result",
                                 judged_word(j->result), "by", ms_json(j->by_ms), "at", ms_json(j->at_ms));
        ensure(json != NULL && json_array_append_new(expected, json) == 0);
    }
    json_t *json = json_pack("{s:b, s:s, s:I, s:s, s:s, s:s, s:I, s:I, s:I, s:o, s:o}", "ok", true, "title",
                             played->scenario->title, "seed", (json_int_t)played->seed, "build",
                             words_build(), "scenario_hash", words_hash(cli->arena, played->scenario->hash),
                             "transcript_hash", words_hash(cli->arena, played->transcript), "cases",
                             (json_int_t)result->cases, "letters", (json_int_t)result->letters, "troubles",
                             (json_int_t)result->troubles, "injects", injects, "expect", expected);
    ensure(json != NULL);
    json_t *network = json_pack("{s:I, s:I}", "turns", (json_int_t)result->figures.turns, "frames",
                                (json_int_t)result->figures.frames);
    ensure(network != NULL && json_object_set_new(json, "network", network) == 0);
    ensure(played->report == NULL ||
           json_object_set_new(json, "report", json_string(plain(cli, played->report))) == 0);
    ensure(json_object_set_new(json, "not_played", json_integer((json_int_t)result->not_played)) == 0);
    if (result->late_ms != 0) {
        ensure(json_object_set_new(json, "late_ms", ms_json(result->late_ms)) == 0);
    }
    if (result->trouble[0] != '\0') {
        ensure(json_object_set_new(json, "trouble", json_string(plain(cli, result->trouble))) == 0);
    }
    return json;
}
