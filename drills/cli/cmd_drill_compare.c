/* SPDX-License-Identifier: Apache-2.0 */
/* Two reports beside each other. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/daemon/files.h"
#include "base/ensure.h"
#include "drills/cli/subcommands.h"
#include "drills/cli/words.h"
#include "drills/report/report.h"
#include "nodes/cli/screen.h"

#define REPORT_BYTES_MAX ((size_t)256 << 20)

static const struct option_spec options[] = {
    {"all", NULL, false, "also what is the same in both"},
    {NULL, NULL, false, NULL},
};

/* A report.json, or the folder of one. */
static const char *path_of(struct cli *cli, const char *word)
{
    struct stat status;
    bool folder = stat(word, &status) == 0 && S_ISDIR(status.st_mode);
    char *path = arena_format(cli->arena, folder ? "%s/report.json" : "%s", word);
    ensure(path != NULL);
    return path;
}

/* NULL: it said why. */
static json_t *report_load(struct cli *cli, const char *word)
{
    struct error error = {.words = cli->words};
    json_error_t fault;
    struct bytes text = bytes_of(NULL, 0);
    struct arena *arena = arena_new(REPORT_BYTES_MAX + 4096);
    ensure(arena != NULL);
    const char *path = path_of(cli, word);
    json_t *json = NULL;
    if (files_read(path, REPORT_BYTES_MAX, arena, &text, &error) != FILES_OK) {
        (void)cli_fail(cli, EXIT_REFUSED, NULL, "%s", error.text);
    } else if ((json = json_loadb((const char *)text.data, text.size, JSON_REJECT_DUPLICATES, &fault)) ==
               NULL) {
        (void)cli_fail(cli, EXIT_REFUSED, NULL, "%s:%d:%d: no report: %s",
                       screen_quiet(cli->arena, bytes_of_text(path)), fault.line, fault.column,
                       screen_quiet(cli->arena, bytes_of_text(fault.text)));
    }
    arena_free(arena);
    return json;
}

/* --- for people --- */

static const char *value_text(struct cli *cli, const json_t *row, const char *name)
{
    const json_t *value = json_object_get(row, name);
    json_int_t number = json_integer_value(value);
    uint64_t size = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    if (!json_is_integer(value)) {
        return "-";
    }
    bool count = strcmp(screen_member(cli->arena, row, "unit"), "count") == 0;
    const char *text = count ? words_number(cli->arena, size) : words_span(cli->arena, cli->words, size);
    char *whole = number < 0 ? arena_format(cli->arena, "-%s", text) : NULL;
    return whole == NULL ? text : whole;
}

static void print_row(struct cli *cli, const json_t *row)
{
    const char *state = screen_member(cli->arena, row, "state");
    const char *result = screen_member(cli->arena, row, "result");
    const char *urgency = screen_member(cli->arena, row, "class");
    (void)printf("  %-7s %-1s %-2s %12s %12s  %s\n", say(cli->words, result), urgency, state,
                 value_text(cli, row, "a"), value_text(cli, row, "b"),
                 screen_member(cli->arena, row, "what"));
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
    (void)printf("\n  %-7s   %-2s %12s %12s\n", "", "", "A", "B");
    for (size_t i = 0; i < (all ? 4U : 3U); i++) {
        print_rows(cli, compared, order[i]);
    }
    (void)printf(say(cli->words, "\nB against A: %lld better, %lld worse, %lld the same\n"),
                 (long long)json_integer_value(json_object_get(compared, "better")),
                 (long long)json_integer_value(json_object_get(compared, "worse")),
                 (long long)json_integer_value(json_object_get(compared, "same")));
}

static int run(struct cli *cli, const struct arguments *arguments)
{
    json_t *a = report_load(cli, arguments->words[0]);
    json_t *b = a == NULL ? NULL : report_load(cli, arguments->words[1]);
    json_t *compared = b == NULL ? NULL : report_compare(a, b);
    int code = EXIT_DONE;
    if (b == NULL) {
        code = EXIT_REFUSED;
    } else if (compared == NULL) {
        code = cli_fail(cli, EXIT_REFUSED, "take two of what comity drill run writes into --out",
                        "one of them is no report of the format %s", REPORT_FORMAT);
    } else if (cli->json) {
        code = cli_print_json(cli, compared);
        compared = NULL;
    } else {
        print_compared(cli, compared, argument_given(arguments, "all"));
    }
    json_decref(a);
    json_decref(b);
    json_decref(compared);
    return code;
}

const struct subcommand cmd_drill_compare = {
    .name = "drill compare",
    .group = "Drills",
    .synopsis = "A B [--all]",
    .does = "two reports beside each other: what is better in B, and what is worse",
    .help = "A and B are files report.json, or folders that such a file is in. What is worse comes first. A "
            "span\n"
            "that differs by less than one in a hundred is the same; where a number lacks in one of them, "
            "nobody\n"
            "can say. Example:\n"
            "  comity drill compare before/ after/",
    .options = options,
    .words_min = 2,
    .words_max = 2,
    .run = run,
};
