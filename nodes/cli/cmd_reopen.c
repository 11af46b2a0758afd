/* SPDX-License-Identifier: Apache-2.0 */
/* REOPEN_ASK and REOPENED have one word. */
#include "nodes/cli/act.h"
#include "nodes/cli/letter_table.h"
#include "nodes/cli/subcommands.h"

static const struct option_spec options[] = {
    {"item", "N", true, N_("the item; default all to which it applies")},
    {"text", "TEXT", false, N_("why it should be taken up again")},
    SIGNER_OPTIONS,
    {NULL, NULL, false, NULL},
};

static int run(struct cli *cli, const struct arguments *arguments)
{
    return letter_send_either(cli, arguments, LETTER_REOPEN_ASK, LETTER_REOPENED);
}

const struct subcommand cmd_reopen = {
    .name = "reopen",
    .group = N_("Cases"),
    .synopsis = "CASE --text TEXT [--item N]...",
    .does = N_("ask that what had ended is taken up again; on the requested side, take it up"),
    .help = N_("Example:\n  comity reopen XA-NCC-2026-0417 --text 'It was released by mistake.'"),
    .options = options,
    .words_min = 1,
    .words_max = 2,
    .needs_directory = true,
    .run = run,
};
