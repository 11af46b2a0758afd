/* SPDX-License-Identifier: Apache-2.0 */
/* `comity letter KIND CASE`: the general way to make any letter, with an option for each of its fields. */
#include <ctype.h>
#include <string.h>

#include "base/text.h"
#include "nodes/cli/help.h"
#include "nodes/cli/letter_table.h"
#include "nodes/cli/options.h"
#include "nodes/cli/screen.h"
#include "nodes/cli/subcommands.h"

#define WORDS_MAX_GIVEN 256

static int list_kinds(const struct cli *cli)
{
    json_t *kinds = json_array();
    for (unsigned kind = 1; kind <= LETTER_KINDS; kind++) {
        const struct letter_entry *entry = letter_entry((enum letter_kind)kind);
        if (entry != NULL && cli->json) {
            (void)json_array_append_new(kinds,
                                        json_pack("{s:s, s:s}", "letter", entry->name, "does", entry->does));
        } else if (entry != NULL) {
            const char *first = arena_format(cli->arena, "  %-18s ", entry->name);
            screen_wrapped(stdout, first == NULL ? "" : first, 21, say(cli->words, entry->does), 0);
        }
    }
    if (cli->json) {
        return cli_print_json(cli, json_pack("{s:o}", "letters", kinds));
    }
    json_decref(kinds);
    return EXIT_DONE;
}

static int unknown(const struct cli *cli, const char *word)
{
    char upper[64] = "";
    for (size_t i = 0; i + 1 < sizeof upper && word[i] != '\0'; i++) {
        upper[i] = word[i] == '-' ? '_' : (char)toupper((unsigned char)word[i]);
    }
    const char *nearest = text_nearest(upper, letter_kind_names);
    return cli_fail(cli, EXIT_USAGE,
                    nearest == NULL ? say(cli->words, N_("all kinds: comity letter"))
                                    : cli_text(cli, "did you mean: comity letter %s", nearest),
                    "there is no letter %s that is made so", screen_quiet(cli->arena, bytes_of_text(word)));
}

static int help(const struct cli *cli, const struct subcommand *made)
{
    const struct subcommand *const alone[] = {made, NULL};
    if (cli->json) {
        return cli_print_json(cli, help_json(alone));
    }
    help_one(stdout, cli->words, made);
    return EXIT_DONE;
}

static int run_made(struct cli *cli, const struct arguments *arguments)
{
    return letter_send(cli, arguments, letter_of_name(arguments->subcommand->name + strlen("letter ")));
}

/* The rest of the line is read again, by the options of the kind. */
static int run_kind(struct cli *cli, const struct arguments *given, enum letter_kind kind)
{
    const struct letter_entry *entry = letter_entry(kind);
    const struct subcommand made = {.name = arena_format(cli->arena, "letter %s", given->rest[0]),
                                    .group = entry->group,
                                    .synopsis = entry->synopsis,
                                    .does = entry->does,
                                    .help = entry->help,
                                    .options = entry->options,
                                    .words_max = 2,
                                    .needs_directory = true,
                                    .run = run_made};
    const struct subcommand *const table[] = {&made, NULL};
    const char *words[WORDS_MAX_GIVEN + 4] = {"comity"};
    struct arguments arguments;
    struct options_result result;
    int count = 1;
    if (made.name == NULL || given->rest_count > WORDS_MAX_GIVEN) {
        return cli_usage(cli, given, "too many options");
    }
    if (cli->directory != NULL) {
        words[count++] = "-C";
        words[count++] = cli->directory;
    }
    words[count++] = "letter";
    for (size_t i = 0; i < given->rest_count; i++) {
        words[count++] = given->rest[i];
    }
    bool json = cli->json;
    enum options_outcome outcome = options_read(count, words, table, cli, &arguments, &result);
    cli->json |= json;
    if (outcome == OPTIONS_HELP) {
        return help(cli, &made);
    }
    if (outcome != OPTIONS_RUN) {
        const char *fault = result.fault == NULL ? say(cli->words, N_("no memory")) : result.fault;
        return result.next == NULL ? cli_usage(cli, &arguments, "%s", fault)
                                   : cli_fail(cli, EXIT_USAGE, result.next, "%s", fault);
    }
    return made.run(cli, &arguments);
}

static int run(struct cli *cli, const struct arguments *arguments)
{
    const char *word = arguments->rest_count == 0 ? NULL : arguments->rest[0];
    if (word == NULL || strcmp(word, "--json") == 0) {
        return list_kinds(cli);
    }
    if (word[0] == '-') {
        return help(cli, &cmd_letter);
    }
    enum letter_kind kind = letter_of_name(word);
    return kind == LETTER_NONE ? unknown(cli, word) : run_kind(cli, arguments, kind);
}

const struct subcommand cmd_letter = {
    .name = "letter",
    .group = N_("Cases"),
    .synopsis = "[KIND [CASE] [FILE] [--FIELD VALUE]...]",
    .does = N_("make any letter by its kind; alone: all kinds"),
    .help = N_("Every field of a letter has its option: comity letter KIND --help. FILE is a form (lines "
               "\"path: value\")\n"
               "or JSON of the letter's fields; options go over it. A value \"@FILE\" is the text of a file, "
               "\"@@...\" one that begins with @. "
               "Example:\n"
               "  comity letter WARNING 3f2a --kind USER_NOTICE --at +7d --by +1d \\\n"
               "      --text 'The provider tells its users after seven days.'"),
    .members = letter_kind_names,
    .run = run,
};
