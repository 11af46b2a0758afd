/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/cli/act.h"
#include "nodes/cli/orders.h"
#include "nodes/cli/subcommands.h"

static const struct option_spec options[] = {
    {"item", "N", true, N_("the item; default all to which it applies")},
    {"until", "DATE", false,
     N_("until when they are held; default 60 days or what was asked, to midnight here")},
    {"from", "TIME", false, N_("when the custodian confirmed that they are fixed; default now")},
    {"estimated", NULL, false, N_("the moment of --from is an estimate")},
    {"scope", "TEXT", false, N_("what is held; default from officer.conf, else as asked")},
    {"gaps", "TEXT", false, N_("what of it is missing")},
    {"custodian-reference", "TEXT", false, N_("the custodian's own file number; default none")},
    {"rows", "TEXT", false, N_("the answer line by line, where it was asked for in lines; @FILE for a file")},
    SIGNER_OPTIONS,
    {NULL, NULL, false, NULL},
};

static int run(struct cli *cli, const struct arguments *arguments)
{
    struct act act;
    struct orders orders;
    act_begin(&act, cli, arguments, arguments->words[0]);
    act_items(&act);
    orders_read(&act, &orders);
    act_when(&act, "heldFrom", "from", WHEN_PAST, NULL);
    act_when(&act, "holdUntil", "until", WHEN_TO_COME, NULL);
    if (argument_given(arguments, "estimated")) {
        act_put(&act, "heldFromEstimated", json_true());
    }
    act_text(&act, "scope", "scope");
    if (!argument_given(arguments, "scope")) {
        act_put(&act, "scope", json_string(orders.scope[0] == '\0' ? "as asked for" : orders.scope));
    }
    act_text(&act, "gaps", "gaps");
    act_text(&act, "rows", "rows");
    act_text(&act, "custodianReference", "custodian-reference");
    if (!argument_given(arguments, "custodian-reference")) {
        act_put(&act, "custodianReference", json_string("none"));
    }
    return act_send(&act, "held");
}

const struct subcommand cmd_held = {
    .name = "held",
    .group = N_("Answering a request"),
    .synopsis = "CASE [--item N]... [--until DATE] [--from TIME] [--scope TEXT]",
    .does = N_("say that data are held, from when and until when"),
    .help =
        N_("A date alone means the end of that day, 24:00 here. The hold lasts 60 days or more. Examples:\n"
           "  comity held 3f2a --item 1 --item 2 --from 2026-11-21T09:10:00+07:00 \\\n"
           "      --until 2027-01-31\n"
           "  comity held 3f2a --item 3 --rows '1-40,43 held in full'"),
    .options = options,
    .words_min = 1,
    .words_max = 1,
    .needs_directory = true,
    .run = run,
};
