/* SPDX-License-Identifier: Apache-2.0 */
/* The main of a program whose command line is a table of subcommands. */
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/daemon/host.h"
#include "base/daemon/languages.h"
#include "nodes/cli/cli.h"
#include "nodes/cli/help.h"
#include "nodes/cli/options.h"

#define CLI_BYTES_MAX ((size_t)256 * 1024 * 1024)

static int bad_usage(const struct cli *cli, const struct arguments *arguments,
                     const struct options_result *result)
{
    const char *fault = result->fault == NULL ? say(cli->words, N_("no memory")) : result->fault;
    return result->next == NULL ? cli_usage(cli, arguments, "%s", fault)
                                : cli_fail(cli, EXIT_USAGE, result->next, "%s", fault);
}

struct program_line {
    const struct subcommand *const *table;
    void (*help)(FILE *, const struct catalogue *, const struct subcommand *const *table);
};

static int help(const struct cli *cli, const struct program_line *line, const struct arguments *arguments)
{
    const struct subcommand *const alone[] = {arguments->subcommand, NULL};
    if (cli->json) {
        return cli_print_json(cli, help_json(arguments->subcommand == NULL ? line->table : alone));
    }
    if (arguments->subcommand != NULL) {
        help_one(stdout, cli->words, arguments->subcommand);
    } else if (arguments->family != NULL) {
        help_family(stdout, cli->words, line->table, arguments->family);
    } else {
        line->help(stdout, cli->words, line->table);
    }
    return EXIT_DONE;
}

static int run(struct cli *cli, const struct program_line *line, int argc, char **argv)
{
    struct arguments arguments;
    struct options_result result;
    switch (options_read(argc, (const char *const *)argv, line->table, cli, &arguments, &result)) {
    case OPTIONS_RUN:
        return arguments.subcommand->run(cli, &arguments);
    case OPTIONS_NOTHING:
        line->help(stderr, cli->words, line->table);
        return EXIT_USAGE;
    case OPTIONS_HELP:
        return help(cli, line, &arguments);
    case OPTIONS_VERSION:
        if (cli->json) {
            return cli_print_json(cli, json_pack("{s:s}", "version", COMITY_VERSION));
        }
        (void)printf("comity %s\n", COMITY_VERSION);
        return EXIT_DONE;
    case OPTIONS_BAD:
        break;
    }
    return bad_usage(cli, &arguments, &result);
}

/* Who reads our output has gone, as `head` does: it has seen what it wanted, and there is nobody to complain to. */
static bool reader_is_gone(void)
{
    struct pollfd out = {.fd = STDOUT_FILENO};
    return poll(&out, 1, 0) == 1 && (out.revents & POLLERR) != 0;
}

const char *cli_program_beside(struct cli *cli, const char *name)
{
    char self[PATH_MAX];
    ssize_t size = readlink("/proc/self/exe", self, sizeof self - 1);
    if (size > 0) {
        self[size] = '\0';
        char *slash = strrchr(self, '/');
        if (slash != NULL) {
            *slash = '\0';
            const char *beside = arena_format(cli->arena, "%s/%s", self, name);
            if (beside != NULL && access(beside, X_OK) == 0) {
                return beside;
            }
        }
    }
    return name;
}

int cli_main(int argc, char **argv, const struct subcommand *const *table,
             void (*help_of_all)(FILE *, const struct catalogue *, const struct subcommand *const *))
{
    const struct program_line line = {.table = table, .help = help_of_all};
    struct error error = {.text = ""};
    if (!host_harden(&error)) {
        (void)fprintf(stderr, "comity: %s\n", error.text);
        return EXIT_REFUSED;
    }
    struct cli cli = {
        .command = "",
        .colour = isatty(STDOUT_FILENO) == 1 && getenv("NO_COLOR") == NULL,
        .terminal = isatty(STDERR_FILENO) == 1,
        .arena = arena_new(CLI_BYTES_MAX),
        .language = "",
    };
    if (cli.arena == NULL) {
        (void)fprintf(stderr, "comity: no memory\n");
        return EXIT_REFUSED;
    }
    struct language language;
    language_of_environment(&language, cli.arena);
    cli.words = language.words;
    cli.language = language.name;
    int code = run(&cli, &line, argc, argv);
    if ((fflush(stdout) != 0 || ferror(stdout) != 0) && !reader_is_gone()) {
        (void)fprintf(stderr, "comity: %s\n", say(cli.words, "the output could not be written"));
        code = code == EXIT_DONE ? EXIT_REFUSED : code;
    }
    arena_free(cli.arena);
    return code;
}
