/* SPDX-License-Identifier: Apache-2.0 */
/* What the worklist says of a case that moved was seen to. */
#include "nodes/cli/client.h"
#include "nodes/cli/screen.h"
#include "nodes/cli/subcommands.h"

static int run(struct cli *cli, const struct arguments *arguments)
{
    struct client client;
    json_t *answer = NULL;
    int code = client_open(&client, cli);
    if (code == EXIT_DONE) {
        const char *path = client_path(&client, "/v1/worklist/", arguments->words[0]);
        path = path == NULL ? NULL : arena_format(cli->arena, "%s/settled", path);
        json_t *text = json_string(arguments->words[1]);
        code = text == NULL ? cli_fail(cli, EXIT_USAGE, "write UTF-8", "what was done is no text")
                            : client_do(&client, "POST", path, json_pack("{s:o}", "text", text), &answer);
    }
    if (code == EXIT_DONE && cli->json) {
        code = cli_print_json(cli, json_incref(answer));
    } else if (code == EXIT_DONE) {
        cli_print(cli, "settled, and noted on the case\n");
    }
    json_decref(answer);
    client_close(&client);
    return code;
}

const struct subcommand cmd_settle = {
    .name = "settle",
    .group = N_("Within the State"),
    .synopsis = "ENTRY TEXT",
    .does = N_("say how it was settled that a case that moved did not go on as it stood"),
    .help = N_(
        "ENTRY is the number of 32 digits that comity worklist shows. What you write is noted on the case\n"
        "for your own people; it is never sent. Example:\n"
        "  comity settle 91c04b... 'XB/central corrected the date by EXTENDED'"),
    .words_min = 2,
    .words_max = 2,
    .needs_directory = true,
    .run = run,
};
