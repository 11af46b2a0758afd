/* SPDX-License-Identifier: Apache-2.0 */
/* Is somebody there? Keys, path, person and directory entry of another party, or of many, are tried, without a case of substance. */
#include <inttypes.h>
#include <string.h>

#include "base/daemon/host.h"
#include "nodes/cli/act.h"
#include "nodes/cli/ping_round.h"
#include "nodes/cli/screen.h"
#include "nodes/cli/subcommands.h"

static const struct option_spec options[] = {
    {"to", "all|STATE", false, N_("instead of one party: all that are active, or those of a State")},
    {"report", "ROUND|last", false,
     N_("what came of pings to many: who answered, after how long, what is to be corrected")},
    {"by", "DATE", false, N_("when an answer is late; default +1d")},
    {"text", "TEXT", false, N_("what shall be looked at")},
    SIGNER_OPTIONS,
    {NULL, NULL, false, NULL},
};

static int ping(struct cli *cli, const struct arguments *arguments, struct address to, const char *reference)
{
    struct act act;
    act_begin(&act, cli, arguments, NULL);
    act.to = to;
    act_when(&act, "by", "by", WHEN_TO_COME, "+1d");
    act_text(&act, "text", "text");
    json_t *ping = act.body;
    act.body = json_object();
    if (reference == NULL) {
        reference = arena_format(cli->arena, PING_ROUND_PREFIX "%" PRIu64, act.now.ms / MS_PER_SECOND);
    }
    act_put(&act, "type", json_string("PING"));
    act_put(&act, "reference", json_string(reference == NULL ? "PING" : reference));
    act_put(&act, "ping", ping);
    return act_send(&act, "request");
}

/* A case each; one that cannot be sent is told and does not keep back the others. */
static int ping_each(struct cli *cli, const struct arguments *arguments, const json_t *parties,
                     const char *round)
{
    size_t i = 0;
    const json_t *party = NULL;
    int code = EXIT_DONE;
    json_array_foreach(parties, i, party)
    {
        struct address to;
        char name[sizeof to.text];
        if (address_read(bytes_of_text(json_string_value(party)), &to)) {
            memcpy(name, to.text, sizeof name);
            name[2] = '-';
            int one = ping(cli, arguments, to, arena_format(cli->arena, "%s-%s", round, name));
            code = code == EXIT_DONE ? one : code;
        }
    }
    cli_note(cli, "look what came of it: comity ping --report %s", round);
    return code;
}

static int ping_many(struct cli *cli, const struct arguments *arguments, const char *whom)
{
    struct client client;
    json_t *parties = NULL;
    int code = client_open(&client, cli);
    code = code == EXIT_DONE ? ping_round_parties(&client, whom, &parties) : code;
    client_close(&client);
    if (code == EXIT_DONE) {
        const char *round =
            arena_format(cli->arena, PING_ROUND_PREFIX "%" PRIu64, host_wall().ms / MS_PER_SECOND);
        code = round == NULL ? cli_fail(cli, EXIT_REFUSED, NULL, "no memory")
                             : ping_each(cli, arguments, parties, round);
    }
    json_decref(parties);
    return code;
}

static int report(struct cli *cli, const char *round)
{
    struct client client;
    json_t *rows = NULL;
    int code = client_open(&client, cli);
    if (code == EXIT_DONE && strcmp(round, "last") == 0) {
        code = ping_round_last(&client, &round);
    }
    code = code == EXIT_DONE ? ping_round_rows(&client, round, &rows) : code;
    if (code == EXIT_DONE && cli->json) {
        code = cli_print_json(cli, json_pack("{s:s, s:O}", "round", round, "parties", rows));
    } else if (code == EXIT_DONE) {
        ping_round_print(cli, screen_quiet(cli->arena, bytes_of_text(round)), rows);
    }
    json_decref(rows);
    client_close(&client);
    return code;
}

static int run(struct cli *cli, const struct arguments *arguments)
{
    const char *whom = argument_value(arguments, "to"), *round = argument_value(arguments, "report");
    struct address to;
    if ((arguments->word_count != 0) + (whom != NULL) + (round != NULL) != 1) {
        return cli_usage(cli, arguments, "name one party, or give --to all, --to STATE or --report last");
    }
    if (round != NULL) {
        return report(cli, round);
    }
    if (whom != NULL) {
        return strcmp(whom, "all") == 0 || state_is_valid(bytes_of_text(whom))
                   ? ping_many(cli, arguments, whom)
                   : cli_usage(cli, arguments, "--to takes all, or a State by its two letters, such as XB");
    }
    if (!address_read(bytes_of_text(arguments->words[0]), &to)) {
        return cli_usage(cli, arguments, "%s is no address of a party, such as XB/poc",
                         screen_quiet(cli->arena, bytes_of_text(arguments->words[0])));
    }
    return ping(cli, arguments, to, NULL);
}

const struct subcommand cmd_ping = {
    .name = "ping",
    .group = N_("Other cases"),
    .synopsis = "PARTY | --to all|STATE | --report ROUND|last [--by DATE] [--text TEXT]",
    .does = N_("try keys, path, person and directory entry of another party, or of all"),
    .help =
        N_("Its node answers at once, a person within the day. Unannounced where the party consents to it.\n"
           "--to sends one to each party, as cases of their own; --report says who answered, after how long, "
           "and what\n"
           "of the directory is wrong. Examples:\n"
           "  comity ping XB/poc\n"
           "  comity ping --to all\n"
           "  comity ping --report last"),
    .options = options,
    .words_max = 1,
    .needs_directory = true,
    .run = run,
};
