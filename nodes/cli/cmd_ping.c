/* SPDX-License-Identifier: Apache-2.0 */
/* Is somebody there? Keys, path, person and directory entry of another party are tried, without a case of substance. */
#include <inttypes.h>

#include "nodes/cli/act.h"
#include "nodes/cli/screen.h"
#include "nodes/cli/subcommands.h"

static const struct option_spec options[] = {
    {"by", "DATE", false, N_("when an answer is late; default +1d")},
    {"text", "TEXT", false, N_("what shall be looked at")},
    SIGNER_OPTIONS,
    {NULL, NULL, false, NULL},
};

static int run(struct cli *cli, const struct arguments *arguments)
{
    struct act act;
    struct address to;
    if (!address_read(bytes_of_text(arguments->words[0]), &to)) {
        return cli_usage(cli, arguments, "%s is no address of a party, such as XB/poc",
                         screen_quiet(cli->arena, bytes_of_text(arguments->words[0])));
    }
    act_begin(&act, cli, arguments, NULL);
    act.to = to;
    act_when(&act, "by", "by", WHEN_TO_COME, "+1d");
    act_text(&act, "text", "text");
    json_t *ping = act.body;
    act.body = json_object();
    const char *reference = arena_format(cli->arena, "PING-%" PRIu64, act.now.ms / MS_PER_SECOND);
    act_put(&act, "type", json_string("PING"));
    act_put(&act, "reference", json_string(reference == NULL ? "PING" : reference));
    act_put(&act, "ping", ping);
    return act_send(&act, "request");
}

const struct subcommand cmd_ping = {
    .name = "ping",
    .group = N_("Other cases"),
    .synopsis = "PARTY [--by DATE] [--text TEXT]",
    .does = N_("try keys, path, person and directory entry of another party"),
    .help =
        N_("Its node answers at once, a person within the day. Unannounced where the party consents to it.\n"
           "Example:\n"
           "  comity ping XB/poc"),
    .options = options,
    .words_min = 1,
    .words_max = 1,
    .needs_directory = true,
    .run = run,
};
