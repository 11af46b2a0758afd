/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nodes/cli/help.h"
#include "nodes/cli/subcommands.h"

static int run(struct cli *cli, const struct arguments *arguments)
{
    if (strcmp(arguments->words[0], "bash") != 0) {
        return cli_usage(cli, arguments, "there is a completion for bash only");
    }
    if (!cli->json) {
        help_completion_bash(stdout, subcommands);
        return EXIT_DONE;
    }
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out != NULL) {
        help_completion_bash(out, subcommands);
        (void)fclose(out);
    }
    int code = cli_print_json(cli, text == NULL ? NULL : json_pack("{s:s}", "completion", text));
    free(text);
    return code;
}

const struct subcommand cmd_completion = {
    .name = "completion",
    .group = N_("Help"),
    .synopsis = "bash",
    .does = N_("print a completion for the shell"),
    .help = N_("Example:\n  source <(comity completion bash)"),
    .words_min = 1,
    .words_max = 1,
    .run = run,
};
