/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/cli/act.h"
#include "nodes/cli/subcommands.h"

static const struct option_spec options[] = {
    {"ground", "CODE", false, N_("the ground, such as G21B (ordre public) or G22 (persecution)")},
    {"reason", "TEXT", false, N_("the reasons, for the other side to read")},
    {"item", "N", true, N_("the item; default all to which it applies")},
    SIGNER_OPTIONS,
    {NULL, NULL, false, NULL},
};

static int run(struct cli *cli, const struct arguments *arguments)
{
    struct act act;
    const char *ground = argument_value(arguments, "ground");
    if (ground == NULL || !argument_given(arguments, "reason")) {
        return cli_usage(cli, arguments, "%s",
                         say(cli->words, ground != NULL ? N_("--reason is missing")
                                         : argument_given(arguments, "reason")
                                             ? N_("--ground is missing")
                                             : N_("--ground and --reason are missing")));
    }
    act_begin(&act, cli, arguments, arguments->words[0]);
    act.signers = 2; /* as lifecycle.def has it; the node says so too */
    act_items(&act);
    act_word(&act, "ground", "ground", &comity__refused__ground__descriptor, ground);
    act_text(&act, "text", "reason");
    return act_send(&act, "refused");
}

const struct subcommand cmd_refuse = {
    .name = "refuse",
    .group = N_("Answering a request"),
    .synopsis = "CASE --ground CODE --reason TEXT [--item N]... [--with NAME]",
    .does = N_("refuse, on a ground of the treaty and with reasons; two officers sign"),
    .help =
        N_("Grounds that the legal basis of the request does not know are refused before they are signed. "
           "Where\n"
           "no ground fits, say not-held with its honest cause. Example:\n"
           "  comity refuse 3f2a --ground G21B \\\n"
           "      --reason 'The server belongs to the ministry of defence.'"),
    .options = options,
    .words_min = 1,
    .words_max = 1,
    .needs_directory = true,
    .run = run,
};
