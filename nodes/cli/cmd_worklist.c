/* SPDX-License-Identifier: Apache-2.0 */
/* What waits for a person between the cases of one State: holds without assistance, assistance without hold. */
#include <stdio.h>

#include "base/daemon/host.h"
#include "nodes/cli/client.h"
#include "nodes/cli/look.h"
#include "nodes/cli/screen.h"
#include "nodes/cli/subcommands.h"
#include "nodes/cli/when.h"

static const struct option_spec options[] = {
    {"after", "PLACE", false, N_("with --json: the page behind that place, \"more\" of the page before")},
    {"limit", "NUMBER", false,
     N_("so many entries a page; with --json that is all, and \"more\" says where to go on")},
    {NULL, NULL, false, NULL},
};

static void print_entry(const struct cli *cli, uint64_t now_ms, const json_t *entry)
{
    static const char *const members[] = {"hold_reference", "mla_reference", "channel", "from",
                                          "with",           "why",           "overdue"};
    struct arena *arena = cli->arena;
    const char *text = "";
    uint64_t since = look_ms(entry, "since"), due = look_ms(entry, "due");
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        const char *value = screen_member(arena, entry, members[i]);
        const char *longer = value[0] == '\0' ? text : arena_format(arena, "%s  %s", text, value);
        text = longer == NULL ? text : longer;
    }
    const char *first = arena_format(arena, "%-17s ", screen_member(arena, entry, "what"));
    const char *hold = screen_member(arena, entry, "hold");
    const char *link = screen_member(arena, entry, "link");
    const char *line = cli_text(
        cli, "%s  %.8s%s%.8s%s%s%s%s", text, hold, link[0] == '\0' ? "" : say(cli->words, N_("  tie ")), link,
        since == 0 ? "" : say(cli->words, N_("  since ")),
        since == 0 ? "" : when_local(cli, now_ms, since, NULL), due == 0 ? "" : say(cli->words, N_("  due ")),
        due == 0 ? "" : when_distance(cli, now_ms, due));
    screen_wrapped(stdout, first == NULL ? "" : first, 18, line + (line[0] == ' ' ? 2 : 0), 0);
    screen_wrapped(stdout, "", 18, screen_member(arena, entry, "next"), 0);
    if (screen_member(arena, entry, "entry")[0] != '\0') {
        screen_wrapped(stdout, "", 18,
                       arena_format(arena, "comity settle %s TEXT", screen_member(arena, entry, "entry")), 0);
    }
}

static size_t print_worklist(const struct cli *cli, const json_t *answer, bool last, size_t before)
{
    size_t i = 0;
    const json_t *entry = NULL;
    json_array_foreach(json_object_get(answer, "entries"), i, entry)
    {
        print_entry(cli, host_wall().ms, entry);
    }
    if (before + i == 0 && last) {
        cli_print(cli, "nothing waits between the cases of this State\n");
    }
    return before + i;
}

static int run(struct cli *cli, const struct arguments *arguments)
{
    struct client client;
    const char *limit = argument_value(arguments, "limit");
    const char *path = limit == NULL ? "/v1/worklist" : NULL;
    int code = client_open(&client, cli);
    if (code == EXIT_DONE && path == NULL) {
        path = client_path(&client, "/v1/worklist?limit=", limit);
        code = path == NULL ? cli_fail(cli, EXIT_REFUSED, "", "no memory") : code;
    }
    code = code == EXIT_DONE ? client_pages(&client, path, argument_value(arguments, "after"), print_worklist)
                             : code;
    client_close(&client);
    return code;
}

const struct subcommand cmd_worklist = {
    .name = "worklist",
    .group = N_("Within the State"),
    .synopsis = "",
    .does = N_("holds without a request for assistance, such requests without a hold, cases handed over"),
    .help = N_("Example:\n"
               "  comity worklist"),
    .options = options,
    .needs_directory = true,
    .run = run,
};
