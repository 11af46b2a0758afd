/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/cli/act.h"
#include "nodes/cli/subcommands.h"

static const struct option_spec options[] = {
    {"cause", "WORD", false,
     N_("NOT_FOUND ELSEWHERE IMPOSSIBLE CUSTODIAN_REFUSED COURT_DENIED NO_POWER OUT_OF_SCOPE DUPLICATE_OF")},
    {"item", "N", true, N_("the item; default all to which it applies")},
    {"text", "TEXT", false, N_("what was searched, and what came of it")},
    {"state", "CC", false, N_("the State where the data are, with ELSEWHERE")},
    {"rows", "TEXT", false, N_("the answer line by line, where it was asked for in lines; @FILE for a file")},
    SIGNER_OPTIONS,
    {NULL, NULL, false, NULL},
};

static int run(struct cli *cli, const struct arguments *arguments)
{
    struct act act;
    const char *cause = argument_value(arguments, "cause");
    if (cause == NULL) {
        return cli_usage(cli, arguments, "--cause is missing");
    }
    act_begin(&act, cli, arguments, arguments->words[0]);
    act_items(&act);
    act_word(&act, "cause", "cause", &comity__not_held__cause__descriptor, cause);
    act_text(&act, "text", "text");
    act_text(&act, "state", "state");
    act_text(&act, "rows", "rows");
    return act_send(&act, "notHeld");
}

const struct subcommand cmd_not_held = {
    .name = "not-held",
    .group = N_("Answering a request"),
    .synopsis = "CASE --cause WORD [--item N]... [--text TEXT] [--state CC]",
    .does = N_("say that data are not held, and the honest cause"),
    .help = N_("Not a refusal: those name a ground of the treaty (comity refuse). Examples:\n"
               "  comity not-held 3f2a --item 3 --cause NOT_FOUND \\\n"
               "      --text 'machine deleted on 19 November'\n"
               "  comity not-held 3f2a --item 3 --cause NOT_FOUND --rows '41,42 unknown'"),
    .options = options,
    .words_min = 1,
    .words_max = 1,
    .needs_directory = true,
    .run = run,
};
