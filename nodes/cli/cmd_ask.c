/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/cli/act.h"
#include "nodes/cli/subcommands.h"

static const struct option_spec options[] = {
    {"question", "TEXT", false, N_("the question, as a sentence that can be answered")},
    {"code", "WORD", false,
     N_("what is asked for: IDENTIFIER PERIOD LINK PROVISION CUSTODIAN PORT NECESSITY AUTHENTICITY")},
    {"item", "N", true, N_("the item it is about; default the whole request")},
    {"blocking", NULL, false,
     N_("nothing more can be done on it before the answer; your clock stands still")},
    {"by", "DATE", false, N_("by when the answer is needed; default +1d")},
    SIGNER_OPTIONS,
    {NULL, NULL, false, NULL},
};

static int run(struct cli *cli, const struct arguments *arguments)
{
    struct act act;
    const char *code = argument_value(arguments, "code");
    const char *text = argument_value(arguments, "question");
    if (text == NULL) {
        return cli_usage(cli, arguments, "--question is missing");
    }
    act_begin(&act, cli, arguments, arguments->words[0]);
    act_word(&act, "code", "code", &comity__question__code__descriptor, code == NULL ? "OTHER_CODE" : code);
    act_put(&act, "text", json_string(text));
    act_items(&act);
    if (argument_given(arguments, "blocking")) {
        act_put(&act, "blocking", json_true());
    }
    json_t *question = act.body;
    act.body = json_object();
    act_put(&act, "questions", json_pack("[o]", question));
    act_when(&act, "by", "by", WHEN_TO_COME, "+1d");
    return act_send(&act, "infoAsked");
}

const struct subcommand cmd_ask = {
    .name = "ask",
    .group = N_("Answering a request"),
    .synopsis = "CASE --question TEXT [--code WORD] [--item N]... [--blocking] [--by DATE]",
    .does = N_("ask the requesting side for what is missing"),
    .help = N_("Example:\n  comity ask 3f2a --item 2 --code PORT --blocking \\\n"
               "      --question 'Which source port?'"),
    .options = options,
    .words_min = 1,
    .words_max = 1,
    .needs_directory = true,
    .run = run,
};
