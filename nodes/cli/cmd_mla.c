/* SPDX-License-Identifier: Apache-2.0 */
/* MLA_NOTICE and MLA_RECEIVED have one word. */
#include "nodes/cli/act.h"
#include "nodes/cli/letter_table.h"
#include "nodes/cli/subcommands.h"

static const struct option_spec options[] = {
    {"item", "N", true, N_("the item; default all to which it applies")},
    {"sent", "TIME", false, N_("requesting side: when it was sent")},
    {"by", "TEXT", false, N_("requesting side: the authority that sent it")},
    {"channel", "WORD", false, N_("NETWORK DIPLOMATIC INTERPOL E_MLA PAPER POLICE PORTAL OTHER_CHANNEL")},
    {"reference", "TEXT", false, N_("its reference, so that the other side can find it")},
    {"mla-case", "ID", false, N_("its case, where it is in the network")},
    {"party", "PARTY", false, N_("whom it was sent to, where that is in the network")},
    {"received", "TIME", false, N_("requested side: when the central authority got it")},
    SIGNER_OPTIONS,
    {NULL, NULL, false, NULL},
};

static int run(struct cli *cli, const struct arguments *arguments)
{
    return letter_send_either(cli, arguments, LETTER_MLA_NOTICE, LETTER_MLA_RECEIVED);
}

const struct subcommand cmd_mla = {
    .name = "mla",
    .group = N_("Requesting"),
    .synopsis = "CASE --channel WORD --reference TEXT (--sent TIME --by TEXT | --received TIME)",
    .does = N_("say that the request for assistance was sent; on the requested side, that it came"),
    .help = N_("While one waits, the hold has no end. One that came on paper is entered so, too. Examples:\n "
               " comity mla XA-NCC-2026-0417 --sent now --by 'Ministry of Justice' \\\n      --channel "
               "DIPLOMATIC --reference XA-CA-2026-77\n  comity mla 3f2a --channel PAPER "
               "--reference XA-CA-2026-77 \\\n      --received 2026-11-20T10:00:00+07:00"),
    .options = options,
    .words_min = 1,
    .words_max = 2,
    .needs_directory = true,
    .run = run,
};
