/* SPDX-License-Identifier: Apache-2.0 */
/* What every subcommand says when it cannot go on, and how JSON leaves. */
#include <stdarg.h>
#include <stdio.h>

#include "base/text.h"
#include "nodes/cli/cli.h"
#include "nodes/cli/screen.h"

static const char *code_word(int code)
{
    return code == EXIT_USAGE ? "USAGE" : code == EXIT_UNREACHABLE ? "UNREACHABLE" : "FAILED";
}

/* Names of files and words of the command line may be anything, also what would move a cursor or is no UTF-8. */
static const char *quiet(const struct cli *cli, const char *text)
{
    return text_is_line(bytes_of_text(text)) ? text : screen_quiet(cli->arena, bytes_of_text(text));
}

static int fail(const struct cli *cli, int code, const char *next, const char *text)
{
    const char *said = text == NULL ? say(cli->words, N_("no memory")) : quiet(cli, text);
    next = next == NULL ? NULL : quiet(cli, say(cli->words, next));
    if (cli->json) {
        json_t *object = json_pack("{s:s, s:s}", "error", said, "code", code_word(code));
        if (object != NULL && next != NULL && next[0] != '\0') {
            (void)json_object_set_new(object, "next", json_string(next));
        }
        (void)cli_print_json(cli, object);
        return code;
    }
    bool has_next = next != NULL && next[0] != '\0';
    (void)fflush(stdout);
    (void)fprintf(stderr, "comity%s%s: %s%s%s\n", cli->command[0] == '\0' ? "" : " ", cli->command, said,
                  has_next ? "; " : "", has_next ? next : "");
    return code;
}

int cli_fail(const struct cli *cli, int code, const char *next, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    const char *text = arena_format_list(cli->arena, say(cli->words, format), list);
    va_end(list);
    return fail(cli, code, next, text);
}

int cli_usage(const struct cli *cli, const struct arguments *arguments, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    const char *text = arena_format_list(cli->arena, say(cli->words, format), list);
    va_end(list);
    const struct subcommand *subcommand = arguments->subcommand;
    const char *next = subcommand == NULL
                           ? N_("see: comity help")
                           : cli_text(cli, "write: comity %s%s%s", subcommand->name,
                                      subcommand->synopsis[0] == '\0' ? "" : " ", subcommand->synopsis);
    return fail(cli, EXIT_USAGE, next, text);
}

const char *cli_text(const struct cli *cli, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    const char *text = arena_format_list(cli->arena, say(cli->words, format), list);
    va_end(list);
    return text == NULL ? "?" : text;
}

void cli_print(const struct cli *cli, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    (void)vprintf(say(cli->words, format), list);
    va_end(list);
}

void cli_note(const struct cli *cli, const char *format, ...)
{
    if (cli->json) {
        return;
    }
    va_list list;
    va_start(list, format);
    (void)fflush(stdout);
    (void)vfprintf(stderr, say(cli->words, format), list);
    (void)fputc('\n', stderr);
    va_end(list);
}

int cli_print_json(const struct cli *cli, json_t *json)
{
    bool good = json != NULL && json_dumpf(json, stdout, JSON_INDENT(2)) == 0;
    json_decref(json);
    if (!good && ferror(stdout) == 0) { /* what cannot be written is said at the end, by cli_main() */
        (void)fprintf(stderr, "comity: %s\n", say(cli->words, "no memory for the answer"));
    }
    if (!good) {
        return EXIT_REFUSED;
    }
    (void)fputc('\n', stdout);
    return EXIT_DONE;
}
