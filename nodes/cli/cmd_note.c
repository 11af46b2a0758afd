/* SPDX-License-Identifier: Apache-2.0 */
/* Something noted on a case for this side's own people. */
#include "nodes/cli/client.h"
#include "nodes/cli/screen.h"
#include "nodes/cli/subcommands.h"

static int run(struct cli *cli, const struct arguments *arguments)
{
    struct client client;
    json_t *answer = NULL;
    int code = client_open(&client, cli);
    if (code == EXIT_DONE) {
        const char *path = client_path(&client, "/v1/cases/", arguments->words[0]);
        path = path == NULL ? NULL : arena_format(cli->arena, "%s/notes", path);
        json_t *text = json_string(arguments->words[1]);
        code = text == NULL ? cli_fail(cli, EXIT_USAGE, "write UTF-8", "the note is no text")
                            : client_do(&client, "POST", path, json_pack("{s:o}", "text", text), &answer);
    }
    if (code == EXIT_DONE && cli->json) {
        code = cli_print_json(cli, json_incref(answer));
    } else if (code == EXIT_DONE) {
        cli_print(cli, "noted on case %.8s\n", screen_member(cli->arena, answer, "case"));
    }
    json_decref(answer);
    client_close(&client);
    return code;
}

const struct subcommand cmd_note = {
    .name = "note",
    .group = N_("Cases"),
    .synopsis = "CASE TEXT",
    .does = N_("note something on a case for your own people; it is never sent"),
    .help = N_("Example:\n"
               "  comity note 3f2a 'called the hoster at 14:00, asked for the night shift'"),
    .words_min = 2,
    .words_max = 2,
    .needs_directory = true,
    .run = run,
};
