/* SPDX-License-Identifier: Apache-2.0 */
/* A whole case as JSON with all that was signed: for the case system of the authority, and for an auditor. */
#include "nodes/cli/look.h"
#include "nodes/cli/subcommands.h"

static int run(struct cli *cli, const struct arguments *arguments)
{
    struct client client;
    struct look look = {.json = NULL};
    json_t *whole = NULL;
    int code = client_open(&client, cli);
    code = code == EXIT_DONE ? look_at(&client, arguments->words[0], NULL, &look) : code;
    if (code == EXIT_DONE) {
        const char *path = arena_format(cli->arena, "/v1/cases/%s/export", look.id);
        code =
            path == NULL ? cli_fail(cli, EXIT_REFUSED, "", "no memory") : client_get(&client, path, &whole);
    }
    if (code == EXIT_DONE) {
        code = cli_print_json(cli, json_incref(whole));
    }
    json_decref(whole);
    look_done(&look);
    client_close(&client);
    return code;
}

const struct subcommand cmd_export = {
    .name = "export",
    .group = N_("Cases"),
    .synopsis = "CASE",
    .does = N_("print a whole case as JSON: every letter with its signatures and receipts"),
    .help = N_(
        "For the case system of your authority, and for an auditor, who can verify all of it without this\n"
        "node; docs/api.yaml says what is in it. Example:\n"
        "  comity export XA-NCC-2026-0417 >0417.json"),
    .words_min = 1,
    .words_max = 1,
    .needs_directory = true,
    .run = run,
};
