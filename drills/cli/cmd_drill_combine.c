/* SPDX-License-Identifier: Apache-2.0 */
/* The records that the sides of a live exercise wrote at its end, as one report. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/daemon/files.h"
#include "base/ensure.h"
#include "drills/cli/report_out.h"
#include "drills/cli/scenario_arguments.h"
#include "drills/cli/subcommands.h"
#include "drills/cli/words.h"
#include "drills/conduct/combine.h"
#include "nodes/cli/screen.h"

#define NAMES_BYTES ((size_t)4 << 20)

static const struct option_spec options[] = {
    {"out", "DIR", false, N_("write the report there; default a new folder here")},
    {"set", "NAME=VALUE", true, N_("as all sides said it when the exercise began")},
    {NULL, NULL, false, NULL},
};

struct given {
    struct cli *cli;
    struct arena *names; /* of files */
    struct combine_side sides[COMBINE_SIDES_MAX];
    size_t count;
};

static int refuse(struct cli *cli, const struct error *error, const char *next)
{
    return cli_fail(cli, EXIT_REFUSED, next, "%s", screen_quiet(cli->arena, bytes_of_text(error->text)));
}

static int read_file(struct given *given, const char *path)
{
    struct bytes text = bytes_of(NULL, 0);
    struct error error = {.text = "", .words = given->cli->words};
    if (given->count == COMBINE_SIDES_MAX) {
        return cli_fail(given->cli, EXIT_REFUSED, NULL, "these are more than %d sides", COMBINE_SIDES_MAX);
    }
    struct combine_side *side = &given->sides[given->count];
    struct arena *arena = arena_new(SIDE_BYTES_MAX + 4096);
    ensure(arena != NULL);
    bool good = files_read(path, SIDE_BYTES_MAX, arena, &text, &error) == FILES_OK &&
                side_read(text, path, &side->side, &error);
    arena_free(arena);
    if (!good) {
        return refuse(given->cli, &error,
                      N_("take the file as comity drill end wrote it; the others can go without it"));
    }
    side->name = path;
    given->count++;
    return EXIT_DONE;
}

/* A file, or each record of a side in a folder. */
static int read_word(struct given *given, const char *word)
{
    struct stat status;
    struct error error = {.text = "", .words = given->cli->words};
    const char *const *names = NULL;
    size_t count = 0;
    int code = EXIT_DONE;
    if (stat(word, &status) != 0 || !S_ISDIR(status.st_mode)) {
        return read_file(given, word);
    }
    if (files_list(word, SIDE_FILE_END, given->names, &names, &count, &error) != FILES_OK) {
        return refuse(given->cli, &error, NULL);
    }
    for (size_t i = 0; i < count && code == EXIT_DONE; i++) {
        const char *path = arena_format(given->names, "%s/%s", word, names[i]);
        ensure(path != NULL);
        code = read_file(given, path);
    }
    return count != 0 ? code
                      : cli_fail(given->cli, EXIT_REFUSED, N_("comity drill end writes one into its --out"),
                                 "no file in %s ends in %s",
                                 screen_quiet(given->cli->arena, bytes_of_text(word)), SIDE_FILE_END);
}

static size_t given_sides(const struct drill_record *record)
{
    size_t count = 0;
    for (size_t i = 0; i < record->sides.count; i++) {
        count += record->sides.list[i].given;
    }
    return count;
}

/* Their addresses, in the order of the record. */
static const char *names_of(struct cli *cli, const struct drill_record *record, bool given)
{
    const char *names = "";
    for (size_t i = 0; i < record->sides.count; i++) {
        const struct record_side_read *side = &record->sides.list[i];
        if (side->given == given && names != NULL) {
            names = arena_format(cli->arena, "%s%s%s", names, names[0] == '\0' ? "" : ", ",
                                 record_party(record, side->party)->address);
        }
    }
    return names == NULL ? "?" : names;
}

static json_t *done_json(struct cli *cli, const struct drill_record *record, const char *report)
{
    json_t *sides = json_array();
    for (size_t i = 0; i < record->sides.count; i++) {
        const struct record_side_read *side = &record->sides.list[i];
        ensure(json_array_append_new(
                   sides, json_pack("{s:s, s:b, s:s?}", "party", record_party(record, side->party)->address,
                                    "given", side->given, "hash",
                                    side->given ? words_hash(cli->arena, side->hash) : NULL)) == 0);
    }
    return json_pack("{s:s, s:o, s:I, s:I, s:I}", "report", report, "sides", sides, "cases",
                     (json_int_t)record->cases.count, "letters", (json_int_t)record->letters.count,
                     "disputes", (json_int_t)record->disputes.count);
}

static int say_done(struct cli *cli, const struct drill_record *record, const char *report)
{
    if (cli->json) {
        return cli_print_json(cli, done_json(cli, record, report));
    }
    cli_print(cli,
              "sides      %zu of %zu: %s\n"
              "in all     %s with %s\n"
              "disputes   %zu\n",
              given_sides(record), record->sides.count, names_of(cli, record, true),
              words_cases(cli->arena, cli->words, record->cases.count),
              words_letters(cli->arena, cli->words, record->letters.count), record->disputes.count);
    for (size_t i = 0; i < record->sides.count; i++) {
        const struct record_side_read *side = &record->sides.list[i];
        if (side->skipped != 0) {
            cli_note(cli, "%s: %zu of its cases could not be read: %s",
                     record_party(record, side->party)->address, side->skipped,
                     screen_quiet(cli->arena, bytes_of_text(side->trouble)));
        }
    }
    if (given_sides(record) != record->sides.count) {
        cli_print(cli, "missing    %s: what only they could tell is not known, and nothing is made of it\n",
                  names_of(cli, record, false));
    }
    cli_print(cli, "report     %s\n", report);
    return EXIT_DONE;
}

/* To be called the same way again. */
static const char *command_of(struct cli *cli, const struct arguments *arguments)
{
    const char *sets[SCENARIO_SETS_MAX];
    size_t count = sets_of_arguments(arguments, sets);
    const char *command = "comity drill combine";
    for (size_t i = 0; i < arguments->word_count && command != NULL; i++) {
        command = arena_format(cli->arena, "%s %s", command, words_shell(cli->arena, arguments->words[i]));
    }
    for (size_t i = 0; i < count && command != NULL; i++) {
        command = arena_format(cli->arena, "%s %s %s", command, "--set", words_shell(cli->arena, sets[i]));
    }
    return command == NULL ? "" : command;
}

static int report(struct cli *cli, const struct arguments *arguments, struct given *given,
                  const struct scenario *scenario)
{
    const char *main_file = NULL, *out = NULL;
    struct error error = {.text = "", .words = cli->words};
    struct drill_record *record = record_new();
    int code = EXIT_DONE;
    if (!combine(given->sides, given->count, scenario, words_build(), command_of(cli, arguments), record,
                 &error)) {
        code = refuse(cli, &error, NULL);
    } else {
        out = report_folder(cli, arguments->words[0], argument_value(arguments, "out"));
        code = out == NULL ? EXIT_REFUSED : report_out(cli, scenario, record, out, &main_file);
    }
    code = code == EXIT_DONE ? say_done(cli, record, main_file) : code;
    record_free(record);
    return code;
}

static int run(struct cli *cli, const struct arguments *arguments)
{
    int code = EXIT_DONE;
    struct arena *arena = arena_new(SCENARIO_ARENA_BYTES);
    struct given *given = calloc(1, sizeof *given);
    ensure(arena != NULL && given != NULL);
    given->cli = cli;
    given->names = arena_new(NAMES_BYTES);
    ensure(given->names != NULL);
    const struct scenario *scenario = scenario_of_arguments(cli, arguments, arena, &code);
    for (size_t i = 1; i < arguments->word_count && scenario != NULL && code == EXIT_DONE; i++) {
        code = read_word(given, arguments->words[i]);
    }
    if (scenario != NULL && code == EXIT_DONE) {
        code = report(cli, arguments, given, scenario);
    }
    for (size_t i = 0; i < given->count; i++) {
        side_close(&given->sides[i].side);
    }
    arena_free(given->names);
    free(given);
    arena_free(arena);
    return code;
}

const struct subcommand cmd_drill_combine = {
    .name = "drill combine",
    .group = N_("Drills"),
    .synopsis = "FILE SIDE... [--set NAME=VALUE]... [--out DIR]",
    .does = N_("one report of a live exercise from the records of its sides"),
    .help =
        N_("FILE is the scenario. SIDE is what comity drill end wrote on one side (XA-poc.side.json), or a "
           "folder of\n"
           "such files. A letter that two sides show is one letter; where they differ, both are shown. A "
           "side that\n"
           "gave none is named, and what only it could tell stays unknown. Compare the hashes with the "
           "people there.\n"
           "Example:\n"
           "  comity drill combine weekend.yaml sides/ --out weekend-report\n"),
    .options = options,
    .words_min = 2,
    .words_max = 16,
    .run = run,
};
