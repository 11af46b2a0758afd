/* SPDX-License-Identifier: Apache-2.0 */
/* A note or correction by a person, beside the signed record of a live exercise. */
#include <string.h>

#include "base/daemon/host.h"
#include "base/ensure.h"
#include "drills/cli/live_command.h"
#include "drills/cli/subcommands.h"
#include "nodes/cli/client.h"
#include "nodes/cli/screen.h"
#include "nodes/cli/when.h"

static const struct option_spec options[] = {
    {"at", "TIME", false, N_("when it was; default now")},
    {"case", "CASE", false, N_("the case it is about: its reference, or digits of its id")},
    {"corrects", "TEXT", false, N_("what of the record it corrects, in words; the record stays as it is")},
    {"by", "NAME", false, N_("who says so; default controller")},
    {NULL, NULL, false, NULL},
};

/* The id of a case, as the node knows it. */
static int find_case(struct cli *cli, const struct live_drill *live, const char *name, const char **ret)
{
    struct client client;
    json_t *answer = NULL;
    int code = client_open_socket(&client, cli, live_text(live, "node"));
    code = code == EXIT_DONE ? client_get(&client, client_path(&client, "/v1/cases/", name), &answer) : code;
    if (code == EXIT_DONE) {
        *ret = screen_member(cli->arena, answer, "case");
    }
    client_close(&client);
    json_decref(answer);
    return code;
}

static int write_note(struct cli *cli, const struct arguments *arguments, struct live_drill *live)
{
    const char *at = argument_value(arguments, "at"), *of = argument_value(arguments, "case"), *id = NULL;
    const char *by = argument_value(arguments, "by"), *fault = NULL;
    struct instant noted = {.ms = (int64_t)host_wall().ms};
    if (at != NULL && !when_read(at, WHEN_PAST, host_wall(), NULL, cli, &noted, &fault)) {
        return cli_usage(cli, arguments, "--at: %s", fault);
    }
    int code = of == NULL ? EXIT_DONE : find_case(cli, live, of, &id);
    if (code != EXIT_DONE) {
        return code;
    }
    json_t *entry = json_pack("{s:s, s:s, s:I, s:s?, s:s?}", "text", arguments->words[1], "by",
                              by == NULL ? "controller" : by, "noted", (json_int_t)noted.ms, "case", id,
                              "corrects", argument_value(arguments, "corrects"));
    return entry == NULL ? cli_usage(cli, arguments, "the note is no text in UTF-8")
                         : live_say(cli, live, LIVE_NOTE, entry, "noted");
}

static int run(struct cli *cli, const struct arguments *arguments)
{
    struct live_drill live;
    if (arguments->words[1][strspn(arguments->words[1], " \t\n")] == '\0') {
        return cli_usage(cli, arguments, "the note is empty; write what is to be noted");
    }
    int code = live_of_arguments(cli, arguments, &live);
    if (code == EXIT_DONE) {
        code = write_note(cli, arguments, &live);
        live_close(&live);
    }
    return code;
}

const struct subcommand cmd_drill_note = {
    .name = "drill note",
    .group = N_("Drills"),
    .synopsis = "DIR TEXT [--at TIME] [--case CASE] [--corrects TEXT] [--by NAME]",
    .does = N_("note something of a live exercise, or correct its record beside it"),
    .help =
        N_("DIR is the folder that comity drill live made. Notes stand in the report with their time, beside "
           "what\n"
           "was signed and never over it. Examples:\n"
           "  comity drill note weekend 'nobody knew the number' --at 2026-11-23T09:10:00Z\n"
           "  comity drill note weekend 'held at 10:20 already' --case XB-accounts \\\n      --corrects "
           "'held from'\n"),
    .options = options,
    .words_min = 2,
    .words_max = 2,
    .run = run,
};
