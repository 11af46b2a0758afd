/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/cli/help.h"
#include "nodes/cli/options.h"
#include "nodes/cli/subcommands.h"

#define FOUND_MAX 16

/* The subcommands a word or two name, NULL-terminated: one, or all that the word begins. */
static size_t find(const char *first, const char *second, const struct subcommand **ret, size_t room)
{
    const struct subcommand *found = subcommand_find(subcommands, first, second);
    size_t count = 0;
    if (found != NULL) {
        ret[count++] = found;
    }
    for (size_t i = 0; found == NULL && second == NULL && subcommands[i] != NULL && count + 1 < room; i++) {
        const struct subcommand *const alone[] = {subcommands[i], NULL};
        if (subcommand_is_family(alone, first)) {
            ret[count++] = subcommands[i];
        }
    }
    ret[count] = NULL;
    return count;
}

static int run(struct cli *cli, const struct arguments *arguments)
{
    const struct subcommand *found[FOUND_MAX];
    if (arguments->word_count == 0) {
        if (cli->json) {
            return cli_print_json(cli, help_json(subcommands));
        }
        help_all(stdout, cli->words, subcommands);
        return EXIT_DONE;
    }
    const char *second = arguments->word_count == 2 ? arguments->words[1] : NULL;
    const struct subcommand *other = subcommand_find(subcommands, arguments->words[0], NULL);
    if (other != NULL && other->members != NULL) { /* the program that has them knows */
        const char *const words[] = {second == NULL ? "--help" : second, "--help"};
        const struct arguments asked = {
            .subcommand = other, .rest = words, .rest_count = second == NULL ? 1 : 2};
        return other->run(cli, &asked);
    }
    size_t count = find(arguments->words[0], second, found, FOUND_MAX);
    if (count == 0) {
        return cli_fail(cli, EXIT_USAGE, "see: comity help", "there is no such command");
    }
    if (cli->json) {
        return cli_print_json(cli, help_json(found));
    }
    for (size_t i = 0; i < count; i++) {
        (void)fputs(i == 0 ? "" : "\n", stdout);
        help_one(stdout, cli->words, found[i]);
    }
    return EXIT_DONE;
}

const struct subcommand cmd_help = {
    .name = "help",
    .group = N_("Help"),
    .synopsis = "[COMMAND]",
    .does = N_("print help on a command, or the list of commands"),
    .words_max = 2,
    .run = run,
};
