/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/cli/act.h"
#include "nodes/cli/subcommands.h"

static const struct option_spec options[] = {
    {"reason", "TEXT", false, N_("why the data are not needed any more")},
    {"item", "N", true, N_("the item; default all to which it applies")},
    SIGNER_OPTIONS,
    {NULL, NULL, false, NULL},
};

static int run(struct cli *cli, const struct arguments *arguments)
{
    struct act act;
    act_begin(&act, cli, arguments, arguments->words[0]);
    act_items(&act);
    act_text(&act, "text", "reason");
    return act_send(&act, "withdraw");
}

const struct subcommand cmd_withdraw = {
    .name = "withdraw",
    .group = N_("Requesting"),
    .synopsis = "CASE [--item N]... [--reason TEXT]",
    .does = N_("take a request back: the data may be released"),
    .help = N_("Example:\n"
               "  comity withdraw XA-NCC-2026-0417 --item 3 --reason 'suspect cleared'"),
    .options = options,
    .words_min = 1,
    .words_max = 1,
    .needs_directory = true,
    .run = run,
};
