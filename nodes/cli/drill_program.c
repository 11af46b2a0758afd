/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/cli/drill_program.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PROGRAM "comity-drill"

static bool has_json(const struct arguments *arguments)
{
    for (size_t i = 0; i < arguments->rest_count; i++) {
        if (strcmp(arguments->rest[i], "--json") == 0) {
            return true;
        }
    }
    return false;
}

int drill_program_run(struct cli *cli, const struct arguments *arguments)
{
    const char *path = cli_program_beside(cli, PROGRAM);
    char **words = arena_zero(cli->arena, arguments->rest_count + 4, sizeof *words);
    size_t count = 0;
    if (words == NULL) {
        return cli_fail(cli, EXIT_REFUSED, NULL, "no memory");
    }
    words[count++] = (char *)(uintptr_t)PROGRAM;
    words[count++] = (char *)(uintptr_t)arguments->subcommand->name;
    if (cli->json && !has_json(arguments)) { /* it stood before the family */
        words[count++] = (char *)(uintptr_t) "--json";
    }
    for (size_t i = 0; i < arguments->rest_count; i++) {
        words[count++] = (char *)(uintptr_t)arguments->rest[i];
    }
    (void)fflush(stdout);
    (void)execvp(path, words);
    return cli_fail(cli, EXIT_REFUSED, "install it beside comity, or build it: make",
                    "the program %s that plays worlds cannot be started: %s", PROGRAM, strerror(errno));
}
