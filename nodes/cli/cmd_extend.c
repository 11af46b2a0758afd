/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/cli/act.h"
#include "nodes/cli/options.h"
#include "nodes/cli/subcommands.h"

#define DAYS_MAX 3660

static const struct option_spec options[] = {
    {"days", "N", false, N_("requesting side: for how many more days")},
    {"reason", "TEXT", false, N_("requesting side: why it must last longer")},
    {"mla", "TEXT", false, N_("requesting side: how far the request for assistance is")},
    {"until", "DATE", false, N_("requested side: until when they are held now")},
    {"own-motion", NULL, false, N_("requested side: nobody asked for it")},
    {"text", "TEXT", false, N_("requested side: what else there is to say")},
    {"item", "N", true, N_("the item; default all to which it applies")},
    SIGNER_OPTIONS,
    {NULL, NULL, false, NULL},
};

static int missing(struct act *act, const char *what)
{
    int code = act->code == EXIT_DONE ? cli_usage(act->cli, act->arguments, "%s", say(act->cli->words, what))
                                      : act->code;
    act_done(act);
    return code;
}

static int ask(struct act *act)
{
    uint64_t days = 0;
    const char *given = argument_value(act->arguments, "days");
    if (given == NULL || !argument_given(act->arguments, "reason") ||
        !argument_given(act->arguments, "mla")) {
        return missing(act, N_("you are the requesting side: --days, --reason and --mla are needed"));
    }
    if (!number_read(given, 1, DAYS_MAX, &days)) {
        return missing(act, N_("--days is no number of days, such as 60"));
    }
    act_put(act, "days", json_integer((json_int_t)days));
    act_text(act, "text", "reason");
    act_text(act, "mlaProgress", "mla");
    return act_send(act, "extend");
}

static int grant(struct act *act)
{
    if (!argument_given(act->arguments, "until")) {
        return missing(act, N_("you are the requested side: --until is needed"));
    }
    act_when(act, "holdUntil", "until", WHEN_TO_COME, NULL);
    if (argument_given(act->arguments, "own-motion")) {
        act_put(act, "ownMotion", json_true());
    }
    act_text(act, "text", "text");
    return act_send(act, "extended");
}

static int run(struct cli *cli, const struct arguments *arguments)
{
    struct act act;
    act_begin(&act, cli, arguments, arguments->words[0]);
    act_items(&act);
    if (act.code != EXIT_DONE) {
        act_done(&act);
        return act.code;
    }
    return act.look.requesting ? ask(&act) : grant(&act);
}

const struct subcommand cmd_extend = {
    .name = "extend",
    .group = N_("Requesting"),
    .synopsis = "CASE (--days N --reason TEXT --mla TEXT | --until DATE) [--item N]...",
    .does = N_("ask that a hold lasts longer; on the requested side, say that it does"),
    .help = N_("Examples:\n"
               "  comity extend XA-NCC-2026-0417 --days 60 --reason 'MLA in translation' \\\n"
               "      --mla 'sent by 15 December'\n"
               "  comity extend 3f2a --until 2027-04-01"),
    .options = options,
    .words_min = 1,
    .words_max = 1,
    .needs_directory = true,
    .run = run,
};
