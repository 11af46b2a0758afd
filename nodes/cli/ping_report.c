/* SPDX-License-Identifier: Apache-2.0 */
/* The report of a round: who answered, how, after how long; for a terminal and in figures. */
#include <stdio.h>
#include <string.h>

#include "base/ensure.h"
#include "base/instant.h"
#include "nodes/cli/look.h"
#include "nodes/cli/ping_round.h"
#include "nodes/cli/screen.h"
#include "nodes/metrics.h"

#define TALLY_BYTES ((size_t)16 * 1024 * 1024)

static bool is_result(const json_t *row, const char *result)
{
    const char *text = json_string_value(json_object_get(row, "result"));
    return text != NULL && strcmp(text, result) == 0;
}

/* --- figures --- */

/* As nodes measure it (M24): without consent it is no try; silent is never; who has not answered was tried until now. */
static bool event_of(const json_t *row, struct stat_event *ret)
{
    *ret = (struct stat_event){.metric = METRIC_REACH,
                               .start_ms = look_ms(row, "sent"),
                               .stop_ms = look_ms(row, "answered"),
                               .urgency = URGENCY_ROUTINE};
    ret->outcome = ret->stop_ms != 0 ? STAT_DONE : is_result(row, "SILENT") ? STAT_MISSED : STAT_OPEN;
    return ret->start_ms != 0 && !is_result(row, "NO_CONSENT");
}

static struct metric_row tally_of(const json_t *rows, wall_ms now)
{
    struct metric_tally tally;
    struct metric_row figures = {.n = 0};
    struct arena *arena = arena_new(TALLY_BYTES);
    size_t i = 0;
    const json_t *row = NULL;
    ensure(arena != NULL && metric_tally_init(&tally, arena, json_array_size(rows) + 1, now.ms));
    metric_tally_begin(&tally, metric_rule(METRIC_REACH));
    json_array_foreach(rows, i, row)
    {
        struct stat_event event;
        if (event_of(row, &event)) {
            metric_tally_add(&tally, &event);
        }
    }
    metric_tally_end(&tally, &figures);
    arena_free(arena);
    return figures;
}

static size_t count_how(const json_t *rows, const char *how)
{
    size_t i = 0, count = 0;
    const json_t *row = NULL;
    json_array_foreach(rows, i, row)
    {
        const char *text = json_string_value(json_object_get(row, "how"));
        count += text != NULL && strcmp(text, how) == 0;
    }
    return count;
}

static size_t count_result(const json_t *rows, const char *result)
{
    size_t i = 0, count = 0;
    const json_t *row = NULL;
    json_array_foreach(rows, i, row)
    {
        count += is_result(row, result);
    }
    return count;
}

static void put_percentile(json_t *json, const char *name, const struct percentile *percentile)
{
    ensure(json_object_set_new(json, name,
                               json_pack("{s:b, s:I}", "reached", percentile->reached ? 1 : 0, "ms",
                                         (json_int_t)percentile->ms)) == 0);
}

/* Of a round that its pings say is one of an exercise; NULL: it is real. Borrowed. */
static json_t *exercise_of(const json_t *rows)
{
    size_t i = 0;
    const json_t *row = NULL;
    json_array_foreach(rows, i, row)
    {
        json_t *exercise = json_object_get(row, "exercise");
        if (json_is_string(exercise)) {
            return exercise;
        }
    }
    return NULL;
}

json_t *ping_round_report(struct client *client, const char *round, wall_ms now, json_t *rows)
{
    char text[INSTANT_TEXT_MAX];
    struct metric_row figures = tally_of(rows, now);
    json_t *summary =
        json_pack("{s:I, s:I, s:I, s:I, s:I, s:{s:I, s:I, s:I}}", "asked", (json_int_t)figures.n, "answered",
                  (json_int_t)figures.done, "waiting", (json_int_t)figures.open, "silent",
                  (json_int_t)figures.missed, "without_consent", (json_int_t)count_result(rows, "NO_CONSENT"),
                  "how", "node", (json_int_t)count_how(rows, "node"), "link",
                  (json_int_t)count_how(rows, "link"), "phone", (json_int_t)count_how(rows, "phone"));
    ensure(summary != NULL);
    if (figures.percentiles) {
        put_percentile(summary, "half", &figures.median);
        put_percentile(summary, "nine_of_ten", &figures.p90);
    }
    return json_pack("{s:s, s:s, s:s, s:O*, s:o, s:o}", "round", round, "from", client->party.text, "now",
                     instant_write(text, (struct instant){.ms = (int64_t)now.ms}), "exercise",
                     exercise_of(rows), "parties", rows, "summary", summary);
}

/* --- for people --- */

static const char *span(const struct cli *cli, uint64_t ms)
{
    uint64_t seconds = ms / MS_PER_SECOND;
    const char *text = seconds < 120    ? cli_text(cli, "%llu s", (unsigned long long)seconds)
                       : seconds < 7200 ? cli_text(cli, "%llu min", (unsigned long long)seconds / 60)
                                        : cli_text(cli, "%llu h", (unsigned long long)seconds / 3600);
    return text == NULL ? "?" : text;
}

const char *ping_round_after(const struct cli *cli, const json_t *row, const char *name)
{
    uint64_t sent = look_ms(row, "sent"), at = look_ms(row, name);
    return at == 0 ? "-" : span(cli, at > sent ? at - sent : 0);
}

const char *ping_round_waited(const struct cli *cli, const json_t *row)
{
    const json_t *waited = json_object_get(row, "waited_ms");
    return waited == NULL ? ""
                          : cli_text(cli, "not within %s", span(cli, (uint64_t)json_integer_value(waited)));
}

static const char *within(const struct cli *cli, const json_t *percentile)
{
    const char *text = span(cli, (uint64_t)json_integer_value(json_object_get(percentile, "ms")));
    return json_is_true(json_object_get(percentile, "reached")) ? cli_text(cli, "within %s", text)
                                                                : cli_text(cli, "not within %s", text);
}

const char *ping_round_speed(const struct cli *cli, const json_t *report)
{
    const json_t *summary = json_object_get(report, "summary"), *half = json_object_get(summary, "half");
    return half == NULL ? ""
                        : cli_text(cli, "half of them %s, nine of ten %s", within(cli, half),
                                   within(cli, json_object_get(summary, "nine_of_ten")));
}

static void print_outside(const struct cli *cli, const json_t *row)
{
    const char *person = screen_member(cli->arena, row, "person");
    if (screen_member(cli->arena, row, "fault")[0] != '\0') {
        cli_print(cli, "  counts nothing: %s\n", screen_member(cli->arena, row, "fault"));
    }
    if (look_ms(row, "answered") != 0) {
        cli_print(cli, "  %s; entered %s by %s\n", person[0] == '\0' ? "?" : person,
                  screen_member(cli->arena, row, "entered"), screen_member(cli->arena, row, "entered_by"));
    }
    if (json_is_false(json_object_get(row, "knew_role"))) {
        cli_print(cli, "  who took the call did not know what the number is for\n");
    }
}

static void print_row(const struct cli *cli, const json_t *row)
{
    size_t i = 0;
    const json_t *correction = NULL;
    const char *how = screen_member(cli->arena, row, "how");
    (void)printf("%-32s %9s %9s %9s%s\n", screen_member(cli->arena, row, "party"),
                 ping_round_after(cli, row, "delivered"), ping_round_after(cli, row, "echo"),
                 ping_round_after(cli, row, "answered"),
                 strcmp(how, "phone") == 0  ? say(cli->words, N_("  by phone"))
                 : strcmp(how, "link") == 0 ? say(cli->words, N_("  by the link of a mail"))
                                            : "");
    if (look_ms(row, "answered") == 0 && screen_member(cli->arena, row, "result")[0] != '\0') {
        cli_print(cli, "  ended without an answer: %s\n", screen_member(cli->arena, row, "result"));
    }
    print_outside(cli, row);
    json_array_foreach(json_object_get(row, "corrections"), i, correction)
    {
        cli_print(cli, "  to be corrected: %s\n", screen_string(cli->arena, correction));
    }
}

void ping_round_print(const struct cli *cli, const json_t *report)
{
    const json_t *rows = json_object_get(report, "parties"), *row = NULL;
    const char *speed = ping_round_speed(cli, report);
    size_t i = 0, answered = 0, corrections = 0;
    const char *head = arena_format(cli->arena, "%-32s %9s %9s %9s",
                                    screen_member(cli->arena, report, "round"), say(cli->words, N_("there")),
                                    say(cli->words, N_("node")), say(cli->words, N_("person")));
    screen_exercise(cli, report);
    screen_heading(stdout, cli->colour, head == NULL ? "" : head);
    json_array_foreach(rows, i, row)
    {
        print_row(cli, row);
        answered += look_ms(row, "answered") != 0;
        corrections += json_array_size(json_object_get(row, "corrections"));
    }
    cli_print(cli, "%zu of %zu answered. Who did not: call the number of its entry: comity directory PARTY\n",
              answered, json_array_size(rows));
    if (speed[0] != '\0') {
        (void)printf("%s\n", speed);
    }
    if (corrections != 0) {
        cli_print(cli,
                  "what is to be corrected, as records for who signs the roster: comity ping --report %s "
                  "--corrections FOLDER\n",
                  screen_member(cli->arena, report, "round"));
    }
}
