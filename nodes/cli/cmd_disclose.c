/* SPDX-License-Identifier: Apache-2.0 */
/* DISCLOSED_43 and DISCLOSED have one word. */
#include "nodes/cli/act.h"
#include "nodes/cli/letter_table.h"
#include "nodes/cli/subcommands.h"

static const struct option_spec options[] = {
    {"item", "N", true, N_("the item; default all to which it applies")},
    {"state", "CC", false, N_("hold: the State that the trail leads to")},
    {"provider", "TEXT", false, N_("hold: the provider there")},
    {"hop", "PARTS", true, N_("hold: a step of the path: address, at, port, note")},
    {"withheld", NULL, false, N_("hold: the data are withheld; name the ground")},
    {"ground", "CODE", false, N_("hold: the ground, where they are withheld")},
    {"text", "TEXT", false, N_("what else there is to say")},
    {"part", "WORD", false, N_("emergency: PART, or FINAL when nothing follows")},
    {"file", "FILE", true, N_("emergency: a file: its name, size and SHA-256 are written down")},
    {"use-limit", "TEXT", false, N_("emergency: what they may be used for")},
    {"outcome-by", "DATE", false, N_("emergency: by when they say how it ended")},
    SIGNER_OPTIONS,
    {NULL, NULL, false, NULL},
};

static int run(struct cli *cli, const struct arguments *arguments)
{
    return letter_send_either(cli, arguments, LETTER_DISCLOSED_43, LETTER_DISCLOSED);
}

const struct subcommand cmd_disclose = {
    .name = "disclose",
    .group = N_("Answering a request"),
    .synopsis = "CASE [--part WORD --text TEXT] [--provider TEXT] [--state CC] [--hop PARTS]...",
    .does = N_(
        "of a hold: the path of a message and its provider (modelled on art. 43); in an emergency: the data"),
    .help = N_("Examples:\n  comity disclose 3f2a --state XC --provider 'Example Transit' \\\n      --hop "
               "'address: 198.51.100.7; at: 2026-11-14T02:11:09Z'\n  comity disclose 77ac --part FINAL "
               "--outcome-by +3d \\\n      --text 'Last seen at cell 4711.'"),
    .options = options,
    .words_min = 1,
    .words_max = 2,
    .needs_directory = true,
    .run = run,
};
