/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "nodes/cli/act.h"
#include "nodes/cli/reading.h"
#include "nodes/cli/subcommands.h"

static const struct option_spec options[] = {
    {"text", "TEXT", false, N_("how it stands; on the requesting side what is asked")},
    {"next", "TEXT", false, N_("requested side: the next step")},
    {"by", "DATE", false, N_("requested side: by when")},
    SIGNER_OPTIONS,
    {NULL, NULL, false, NULL},
};

static int node_status(const struct cli *cli)
{
    struct client client;
    json_t *answer = NULL;
    int code = client_open(&client, cli);
    code = code == EXIT_DONE ? client_get(&client, "/v1/status", &answer) : code;
    if (code == EXIT_DONE && cli->json) {
        code = cli_print_json(cli, json_incref(answer));
    } else if (code == EXIT_DONE) {
        reading_fields(stdout, cli, answer, 0, NULL);
    }
    json_decref(answer);
    client_close(&client);
    return code;
}

static int run(struct cli *cli, const struct arguments *arguments)
{
    struct act act;
    if (arguments->word_count == 0) {
        return arguments->given_count == 0
                   ? node_status(cli)
                   : cli_usage(cli, arguments, "options go with a case: CASE is missing");
    }
    act_begin(&act, cli, arguments, arguments->words[0]);
    bool requesting = act.look.requesting;
    if (act.code == EXIT_DONE && !requesting && !argument_given(arguments, "text")) {
        act.code = cli_usage(cli, arguments, "you are the requested side: --text is needed");
    }
    act_text(&act, "text", "text");
    if (!requesting) {
        act_text(&act, "nextStep", "next");
        act_when(&act, "by", "by", WHEN_TO_COME, NULL);
    }
    return act_send(&act, requesting ? "statusAsk" : "status");
}

const struct subcommand cmd_status = {
    .name = "status",
    .group = N_("Cases"),
    .synopsis = "[CASE [--text TEXT] [--next TEXT] [--by DATE]]",
    .does = N_("ask how a case stands, or answer that; alone: how the node stands"),
    .help = N_("The requesting side asks, the requested side answers. Example:\n"
               "  comity status 3f2a --text 'order at the custodian' \\\n"
               "      --next 'its answer' --by +2d"),
    .options = options,
    .words_max = 1,
    .needs_directory = true,
    .run = run,
};
