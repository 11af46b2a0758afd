/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "nodes/cli/act.h"
#include "nodes/cli/subcommands.h"

static const struct option_spec options[] = {
    {"why", "WORD", false,
     N_("WITHDRAWN EXPIRED STOPPED DISCLOSED LAW_END UNCONFIRMED ABANDONED GIVEN_UP; default "
        "WITHDRAWN where a withdrawal waits, else EXPIRED")},
    {"item", "N", true, N_("the item; default all to which it applies")},
    {"at", "TIME", false, N_("when the data were released; default now")},
    {"text", "TEXT", false, N_("what else there is to say")},
    {"called-at", "TIME", false, N_("UNCONFIRMED: when the requesting side was called")},
    {"court-order", "TEXT", false, N_("LAW_END: the order itself, in place of a warning")},
    {"reference", "TEXT", false, N_("DISCLOSED: the request for assistance")},
    SIGNER_OPTIONS,
    {NULL, NULL, false, NULL},
};

/* By the table: a release answers a withdrawal, where one is open; else only the date can be past. */
static const char *why_of_case(const struct act *act)
{
    const json_t *asks = json_object_get(act->look.json, "asks");
    const json_t *ask = NULL;
    size_t i = 0;
    json_array_foreach(asks, i, ask)
    {
        const char *kind = json_string_value(json_object_get(ask, "ask"));
        if (kind != NULL && strcmp(kind, "WITHDRAW") == 0) {
            return "WITHDRAWN";
        }
    }
    return "EXPIRED";
}

static int run(struct cli *cli, const struct arguments *arguments)
{
    struct act act;
    const char *why = argument_value(arguments, "why");
    act_begin(&act, cli, arguments, arguments->words[0]);
    act_items(&act);
    act_word(&act, "why", "why", &comity__released__why__descriptor, why == NULL ? why_of_case(&act) : why);
    act_when(&act, "at", "at", WHEN_PAST, NULL);
    act_text(&act, "text", "text");
    act_when(&act, "calledAt", "called-at", WHEN_PAST, NULL);
    act_text(&act, "courtOrder", "court-order");
    act_text(&act, "reference", "reference");
    return act_send(&act, "released");
}

const struct subcommand cmd_release = {
    .name = "release",
    .group = N_("Answering a request"),
    .synopsis = "CASE [--why WORD] [--item N]... [--at TIME] [--text TEXT]",
    .does = N_("say that data are held no longer: withdrawn, or past their date"),
    .help = N_("For expiry, not before the date of the hold and 72 hours more. Examples:\n"
               "  comity release 3f2a\n"
               "  comity release 3f2a --why UNCONFIRMED --called-at 2026-11-24T09:30:00+07:00"),
    .options = options,
    .words_min = 1,
    .words_max = 1,
    .needs_directory = true,
    .run = run,
};
