/* SPDX-License-Identifier: Apache-2.0 */
/* A request for assistance that came outside the network, entered by hand, and the hold that it is for; and that it ended. */
#include "nodes/cli/act.h"
#include "nodes/cli/screen.h"
#include "nodes/cli/subcommands.h"

static const struct option_spec options[] = {
    {"from", "CC", false, N_("the State that asks")},
    {"hold", "CASE", false,
     N_("the hold it is for, by its id or a reference; none: it waits on the worklist")},
    {"channel", "WORD", false,
     N_("how it came: PAPER E_MLA INTERPOL DIPLOMATIC POLICE PORTAL OTHER_CHANNEL")},
    {"received", "TIME", false, N_("when it came in")},
    {"party", "PARTY", false, N_("who keeps the hold, where it is not this party: XB/poc")},
    {"ended", "WORD", false,
     N_("it has ended: REFUSED WITHDRAWN ABANDONED NOTHING_OBTAINED NEVER_CAME COMPLETED")},
    OFFICER_OPTION,
    {NULL, NULL, false, NULL},
};

static int tell(const struct cli *cli, json_t *answer)
{
    if (cli->json) {
        return cli_print_json(cli, answer);
    }
    const char *reference = screen_member(cli->arena, answer, "reference");
    if (json_is_true(json_object_get(answer, "told"))) {
        cli_print(cli, "%s is entered, and who keeps the hold is told\n", reference);
    } else {
        cli_print(cli, "%s is entered, and waits for its hold: comity worklist\n", reference);
    }
    json_decref(answer);
    return EXIT_DONE;
}

static int run(struct cli *cli, const struct arguments *arguments)
{
    struct act act;
    json_t *answer = NULL;
    act_begin(&act, cli, arguments, NULL);
    act_put(&act, "reference", json_string(arguments->words[0]));
    act_text(&act, "from", "from");
    act_text(&act, "hold", "hold");
    act_text(&act, "party", "party");
    act_when(&act, "received", "received", WHEN_PAST, NULL);
    if (argument_given(arguments, "channel")) {
        act_word(&act, "channel", "channel", &comity__channel__descriptor,
                 argument_value(arguments, "channel"));
    }
    if (argument_given(arguments, "ended")) {
        act_word(&act, "ended", "ended", &comity__mla_ended__why__descriptor,
                 argument_value(arguments, "ended"));
    }
    int code = act.code == EXIT_DONE
                   ? client_do(&act.client, "POST", "/v1/logged-mla", json_incref(act.body), &answer)
                   : act.code;
    code = code == EXIT_DONE ? tell(cli, answer) : code;
    act_done(&act);
    return code;
}

const struct subcommand cmd_link = {
    .name = "link",
    .group = N_("Within the State"),
    .synopsis =
        "REFERENCE --from CC (--channel WORD --received TIME [--hold CASE] [--party PARTY] | --ended WORD)",
    .does = N_("enter a request for assistance that came outside the network, and tie it to its hold"),
    .help = N_("The hold then stays until the request is done. Examples:\n"
               "  comity link XA-CA-2026-77 --from XA --channel PAPER --party XB/poc \\\n"
               "      --received 2026-11-20T10:00:00+07:00 --hold XA-NCC-2026-0417\n"
               "  comity link XA-CA-2026-77 --from XA --ended COMPLETED"),
    .options = options,
    .words_min = 1,
    .words_max = 1,
    .needs_directory = true,
    .run = run,
};
