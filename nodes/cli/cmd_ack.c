/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "nodes/cli/act.h"
#include "nodes/cli/subcommands.h"

static const struct option_spec options[] = {
    {"by", "DATE", false, N_("by when the answer is promised; default +8h")},
    {"answer", "WORD", false, N_("WILL_ANSWER (default), WILL_NOT_ANSWER or NOT_YET_KNOWN")},
    {"reference", "TEXT", false, N_("your own file number; default made from the case")},
    {"desk", "TEXT", false, N_("who has it here")},
    {"form", "TEXT", false, N_("how it will be answered")},
    {"text", "TEXT", false, N_("what else there is to say; with WILL_NOT_ANSWER the reason")},
    SIGNER_OPTIONS,
    {NULL, NULL, false, NULL},
};

static int run(struct cli *cli, const struct arguments *arguments)
{
    struct act act;
    const char *answer = argument_value(arguments, "answer");
    const char *word = answer == NULL ? "WILL_ANSWER" : answer;
    act_begin(&act, cli, arguments, arguments->words[0]);
    act_word(&act, "answer", "answer", &comity__ack__answer__descriptor, word);
    const char *said = json_string_value(json_object_get(act.body, "answer"));
    bool will = said != NULL && strcmp(said, "WILL_ANSWER") == 0;
    bool never = said != NULL && strcmp(said, "WILL_NOT_ANSWER") == 0;
    act_text(&act, "reference", "reference");
    if (!argument_given(arguments, "reference")) {
        act_put(&act, "reference", json_string(act_reference(&act)));
    }
    act_text(&act, "desk", "desk");
    act_text(&act, "form", "form");
    if (will && !argument_given(arguments, "form")) {
        act_put(&act, "form", json_string("by letter over this network"));
    }
    act_when(&act, "answerBy", "by", WHEN_TO_COME, never ? NULL : "+8h");
    act_text(&act, "text", "text");
    return act_send(&act, "ack");
}

const struct subcommand cmd_ack = {
    .name = "ack",
    .group = N_("Answering a request"),
    .synopsis = "CASE [--by DATE] [--answer WORD] [--reference TEXT] [--text TEXT]",
    .does = N_("acknowledge a request: say whether it will be answered, how and by when"),
    .help = N_("Urgent requests are to be acknowledged within 8 hours. Example:\n"
               "  comity ack XA-NCC-2026-0417 --by 2026-11-21T20:00:00+07:00"),
    .options = options,
    .words_min = 1,
    .words_max = 1,
    .needs_directory = true,
    .run = run,
};
