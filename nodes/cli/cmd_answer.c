/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/cli/act.h"
#include "nodes/cli/options.h"
#include "nodes/cli/subcommands.h"
#include "proto/limits.h"

static const struct option_spec options[] = {
    {"text", "TEXT", false, N_("the answer; if it is not known, say so")},
    {"question", "N", false, N_("which of the questions that were asked last; default 1")},
    SIGNER_OPTIONS,
    {NULL, NULL, false, NULL},
};

static int run(struct cli *cli, const struct arguments *arguments)
{
    struct act act;
    uint64_t question = 1;
    const char *number = argument_value(arguments, "question");
    if (!argument_given(arguments, "text")) {
        return cli_usage(cli, arguments, "--text is missing");
    }
    if (number != NULL && !number_read(number, 1, QUESTIONS_MAX, &question)) {
        return cli_usage(cli, arguments, "--question %s is no number of a question, such as 1", number);
    }
    act_begin(&act, cli, arguments, arguments->words[0]);
    act_put(&act, "question", json_integer((json_int_t)question));
    act_text(&act, "text", "text");
    json_t *answer = act.body;
    act.body = json_object();
    act_put(&act, "answers", json_pack("[o]", answer));
    return act_send(&act, "infoGiven");
}

const struct subcommand cmd_answer = {
    .name = "answer",
    .group = N_("Requesting"),
    .synopsis = "CASE --text TEXT [--question N]",
    .does = N_("answer a question of the requested side"),
    .help = N_("Example:\n  comity answer 3f2a --text 'Source port 51324, TCP'"),
    .options = options,
    .words_min = 1,
    .words_max = 1,
    .needs_directory = true,
    .run = run,
};
