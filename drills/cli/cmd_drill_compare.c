/* SPDX-License-Identifier: Apache-2.0 */
/* Two reports beside each other. */
#include <stdio.h>
#include <string.h>

#include "base/ensure.h"
#include "drills/cli/report_load.h"
#include "drills/cli/report_out.h"
#include "drills/cli/subcommands.h"
#include "drills/cli/words.h"
#include "drills/report/report.h"
#include "nodes/cli/screen.h"

static const struct option_spec options[] = {
    {"all", NULL, false, N_("also what is the same in both")},
    {"out", "DIR", false, N_("write there: compare.html, compare.json")},
    {NULL, NULL, false, NULL},
};

/* --- for people --- */

/* "3 h 5 min (of 12)", "> 2 d 3 h (of 7)", "4 of 5", "-5 min 2 s", "-". */
static const char *value_text(struct cli *cli, const json_t *row, const char *name, const char *of_name,
                              const char *beyond_name)
{
    const json_t *value = json_object_get(row, name), *of = json_object_get(row, of_name);
    const char *unit = screen_member(cli->arena, row, "unit");
    json_int_t number = json_integer_value(value);
    uint64_t size = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    const char *whole = words_number(cli->arena, (uint64_t)json_integer_value(of));
    if (!json_is_integer(value)) {
        return "-";
    }
    if (strcmp(unit, "ms") != 0) {
        const char *text = words_number(cli->arena, size);
        return strcmp(unit, "share") == 0 ? cli_text(cli, "%s of %s", text, whole) : text;
    }
    const char *span =
        arena_format(cli->arena, "%s%s%s", json_is_true(json_object_get(row, beyond_name)) ? "> " : "",
                     number < 0 ? "-" : "", words_span(cli->arena, cli->words, size));
    ensure(span != NULL);
    return json_is_integer(of) ? cli_text(cli, "%s (of %s)", span, whole) : span;
}

/* "M1 acknowledge p50"; what is of no measure in words. */
static const char *what_text(struct cli *cli, const json_t *row)
{
    const char *measure = screen_member(cli->arena, row, "measure");
    const char *word = screen_member(cli->arena, row, "word"), *what = screen_member(cli->arena, row, "what");
    if (strcmp(what, "weight") == 0) {
        return cli_text(cli, "expectations met, by weight");
    }
    if (strcmp(what, "count") == 0) {
        return cli_text(cli, "holds lapsed");
    }
    if (strcmp(what, "time to spare") == 0) {
        return cli_text(cli, "expectation %s: time to spare", word);
    }
    return cli_text(cli, "%s %s: %s", measure, word, what);
}

static void print_row(struct cli *cli, const json_t *row)
{
    bool few = json_is_true(json_object_get(row, "few"));
    (void)printf("  %-7s %-1s %-2s %22s %22s  %s%s\n",
                 say(cli->words, screen_member(cli->arena, row, "result")),
                 screen_member(cli->arena, row, "class"), screen_member(cli->arena, row, "state"),
                 value_text(cli, row, "a", "a_of", "a_beyond"), value_text(cli, row, "b", "b_of", "b_beyond"),
                 what_text(cli, row), few ? say(cli->words, " (few)") : "");
}

static void print_rows(struct cli *cli, const json_t *compared, const char *result)
{
    size_t at = 0;
    json_t *row = NULL;
    json_array_foreach(json_object_get(compared, "rows"), at, row)
    {
        if (strcmp(screen_member(cli->arena, row, "result"), result) == 0) {
            print_row(cli, row);
        }
    }
}

static void print_compared(struct cli *cli, const json_t *compared, bool all)
{
    static const char *const order[] = {N_("worse"), N_("better"), N_("unknown"), N_("same")};
    static const char *const sides[] = {"a", "b"};
    for (size_t i = 0; i < 2; i++) {
        const json_t *side = json_object_get(compared, sides[i]);
        (void)printf("%s  %s  %.12s  %s\n", i == 0 ? "A" : "B", screen_member(cli->arena, side, "title"),
                     screen_member(cli->arena, side, "scenario_hash"),
                     screen_member(cli->arena, side, "command"));
    }
    if (json_is_true(json_object_get(compared, "same_transcript"))) {
        (void)printf("%s\n", say(cli->words, "Both say the same: their transcripts have one hash."));
    } else if (!json_is_true(json_object_get(compared, "same_scenario"))) {
        (void)printf("%s\n", say(cli->words, "These are two scenarios, or one with other parameters."));
    }
    (void)printf("\n  %-7s   %-2s %22s %22s\n", "", "", "A", "B");
    for (size_t i = 0; i < (all ? 4U : 3U); i++) {
        print_rows(cli, compared, order[i]);
    }
    (void)printf(say(cli->words, "\nB against A: %lld better, %lld worse, %lld the same\n"),
                 (long long)json_integer_value(json_object_get(compared, "better")),
                 (long long)json_integer_value(json_object_get(compared, "worse")),
                 (long long)json_integer_value(json_object_get(compared, "same")));
}

/* Takes the reference. */
static int show(struct cli *cli, const struct arguments *arguments, json_t *compared)
{
    const char *out = argument_value(arguments, "out"), *main_file = NULL;
    int code = out == NULL ? EXIT_DONE : page_out(cli, compared, out, "compare", &main_file);
    if (code == EXIT_DONE && cli->json) {
        return cli_print_json(cli, compared);
    }
    if (code == EXIT_DONE) {
        print_compared(cli, compared, argument_given(arguments, "all"));
    }
    if (code == EXIT_DONE && main_file != NULL) {
        cli_print(cli, "report     %s\n", screen_quiet(cli->arena, bytes_of_text(main_file)));
    }
    json_decref(compared);
    return code;
}

static int run(struct cli *cli, const struct arguments *arguments)
{
    json_t *a = report_load(cli, arguments->words[0]);
    json_t *b = a == NULL ? NULL : report_load(cli, arguments->words[1]);
    json_t *compared = b == NULL ? NULL : report_compare(a, b);
    int code = EXIT_REFUSED;
    if (compared != NULL) {
        code = show(cli, arguments, compared);
    } else if (b != NULL) {
        code = cli_fail(cli, EXIT_REFUSED, N_("take two of what comity drill run writes into --out"),
                        "one of them is no report of the format %s", REPORT_FORMAT);
    }
    json_decref(a);
    json_decref(b);
    return code;
}

const struct subcommand cmd_drill_compare = {
    .name = "drill compare",
    .group = N_("Drills"),
    .synopsis = "A B [--all] [--out DIR]",
    .does = N_("two reports beside each other: what is better in B, and what is worse"),
    .help =
        N_("A and B are files report.json, or folders that such a file is in. What is worse comes first. A "
           "span\n"
           "that differs by less than one in a hundred or a second, or not as it is shown, is the same; "
           "where a\n"
           "number lacks in one of them, nobody can say. \"> 3 h\" had not come by then. Each says of how "
           "many it is; fewer than five are marked "
           "(few):\n"
           "one case more or less would turn them. Example:\n"
           "  comity drill compare before/ after/"),
    .options = options,
    .words_min = 2,
    .words_max = 2,
    .run = run,
};
