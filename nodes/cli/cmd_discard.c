/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "nodes/cli/prepared.h"
#include "nodes/cli/screen.h"
#include "nodes/cli/subcommands.h"

static int run(struct cli *cli, const struct arguments *arguments)
{
    struct client client;
    unsigned status = 0;
    json_t *answer = NULL;
    int code = client_open(&client, cli);
    const char *path = code == EXIT_DONE ? client_path(&client, "/v1/prepared/", arguments->words[0]) : NULL;
    if (code == EXIT_DONE) {
        code = path == NULL ? cli_fail(cli, EXIT_REFUSED, "", "no memory")
                            : client_call(&client, "DELETE", path, NULL, true, &status, &answer);
    }
    if (code == EXIT_DONE && status != 200) {
        code = client_refused(cli, status, answer);
    } else if (code == EXIT_DONE && cli->json) {
        code = cli_print_json(cli, answer);
    } else if (code == EXIT_DONE) {
        cli_print(cli, "letter %.*s is forgotten; nobody has received it\n", PREPARED_DIGITS,
                  screen_member(cli->arena, answer, "letterId"));
        json_decref(answer);
    }
    client_close(&client);
    return code;
}

const struct subcommand cmd_discard = {
    .name = "discard",
    .group = N_("Signing together"),
    .synopsis = "LETTER",
    .does = N_("forget a letter that waits, with its signatures"),
    .help = N_("What was sent cannot be discarded: see comity withdraw. Example:\n"
               "  comity discard 5d41402abc4b"),
    .words_min = 1,
    .words_max = 1,
    .needs_directory = true,
    .run = run,
};
