/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/text.h"
#include "nodes/cli/act.h"
#include "nodes/cli/input.h"
#include "nodes/cli/screen.h"
#include "nodes/cli/subcommands.h"

static const struct option_spec options[] = {
    {"to", "PARTY", false, N_("whom it goes to, as the roster names it: XB/poc")},
    SIGNER_OPTIONS,
    {NULL, NULL, false, NULL},
};

static int run(struct cli *cli, const struct arguments *arguments)
{
    struct act act;
    struct address to;
    json_t *request = NULL;
    const char *name = argument_value(arguments, "to");
    if (name == NULL) {
        return cli_usage(cli, arguments, "--to is missing");
    }
    if (!address_read(bytes_of_text(name), &to)) {
        return cli_usage(cli, arguments, "--to %s is no address of a party, such as XB/poc",
                         screen_quiet(cli->arena, bytes_of_text(name)));
    }
    int code = input_message(cli, &comity__request__descriptor, arguments->words[0], &request);
    if (code != EXIT_DONE) {
        return code;
    }
    act_begin(&act, cli, arguments, NULL);
    act.to = to;
    json_decref(act.body);
    act.body = request;
    return act_send(&act, "request");
}

const struct subcommand cmd_request = {
    .name = "request",
    .group = N_("Requesting"),
    .synopsis = "FILE --to PARTY",
    .does = N_("send a request to hold data; prints the id of the case"),
    .help = N_(
        "FILE is JSON as in examples/preservation.json, or - for standard input. Everything that is missing\n"
        "or wrong is named at once, before anything is signed. Example:\n"
        "  comity -C DIR/XA-poc request examples/preservation.json --to XB/poc"),
    .options = options,
    .words_min = 1,
    .words_max = 1,
    .needs_directory = true,
    .run = run,
};
