/* SPDX-License-Identifier: Apache-2.0 */
/* What waits for signatures, a line a letter; or one of them with all its fields. */
#include <stdio.h>

#include "base/daemon/host.h"
#include "nodes/cli/look.h"
#include "nodes/cli/prepared.h"
#include "nodes/cli/reading.h"
#include "nodes/cli/screen.h"
#include "nodes/cli/subcommands.h"
#include "nodes/cli/when.h"

static void print_refusal(const struct cli *cli, const json_t *entry)
{
    const json_t *refusal = json_object_get(entry, "refused");
    if (refusal != NULL) {
        const char *text = arena_format(cli->arena, "%s; %s", screen_member(cli->arena, refusal, "error"),
                                        screen_member(cli->arena, refusal, "next"));
        screen_wrapped(stdout, say(cli->words, "    cannot be sent any more: "), 4, text == NULL ? "?" : text,
                       0);
    }
}

static void print_signers(const struct cli *cli, const json_t *entry)
{
    const char *signers = prepared_names(cli, entry, true);
    const char *missing = prepared_names(cli, entry, false);
    const char *ends = when_distance(cli, host_wall().ms, look_ms(entry, "expires"));
    if (missing[0] == '\0') {
        cli_print(cli, "    signed by %s: all; it is forgotten %s\n", signers, ends);
    } else if (signers[0] == '\0') {
        cli_print(cli, "    waits for %s; it is forgotten %s\n", missing, ends);
    } else {
        cli_print(cli, "    signed by %s; waits for %s; it is forgotten %s\n", signers, missing, ends);
    }
}

static void print_entry(const struct cli *cli, const json_t *entry)
{
    const char *id = screen_member(cli->arena, entry, "letterId");
    const char *kind = screen_member(cli->arena, entry, "kind");
    const char *to = screen_member(cli->arena, entry, "to");
    if (json_is_true(json_object_get(entry, "new"))) {
        cli_print(cli, "%.*s  %s to %s, a new case\n", PREPARED_DIGITS, id, kind, to);
    } else {
        cli_print(cli, "%.*s  %s to %s, case %.8s\n", PREPARED_DIGITS, id, kind, to,
                  screen_member(cli->arena, entry, "case"));
    }
    print_signers(cli, entry);
    print_refusal(cli, entry);
}

static int show_one(const struct cli *cli, struct client *client, const char *name)
{
    struct prepared prepared;
    int code = prepared_get(client, name, &prepared);
    if (code == EXIT_DONE && cli->json) {
        code = cli_print_json(cli, json_incref(prepared.answer));
    } else if (code == EXIT_DONE) {
        print_entry(cli, prepared.answer);
        bool shown = reading_print(stdout, cli, NULL, 0, prepared.context, prepared.letter,
                                   screen_member(cli->arena, prepared.answer, "reference"));
        client_notes(cli, json_object_get(prepared.answer, "notes"));
        code = shown ? EXIT_DONE : reading_failed(cli);
    }
    json_decref(prepared.answer);
    return code;
}

static int show_all(const struct cli *cli, struct client *client)
{
    json_t *answer = NULL;
    int code = client_get(client, "/v1/prepared", &answer);
    if (code == EXIT_DONE && cli->json) {
        return cli_print_json(cli, answer);
    }
    size_t i = 0;
    const json_t *entry = NULL;
    json_array_foreach(json_object_get(answer, "prepared"), i, entry)
    {
        print_entry(cli, entry);
    }
    if (code == EXIT_DONE && i == 0) {
        cli_print(cli, "no letter waits for a signature\n");
    }
    json_decref(answer);
    return code;
}

static int run(struct cli *cli, const struct arguments *arguments)
{
    struct client client;
    int code = client_open(&client, cli);
    if (code == EXIT_DONE) {
        code =
            arguments->word_count == 0 ? show_all(cli, &client) : show_one(cli, &client, arguments->words[0]);
    }
    client_close(&client);
    return code;
}

const struct subcommand cmd_prepared = {
    .name = "prepared",
    .group = N_("Signing together"),
    .synopsis = "[LETTER]",
    .does = N_("the letters that wait for signatures, or all of one of them"),
    .help = N_("Any letter is prepared for officers at other machines with --with NAME, as the roster names "
               "them. It\n"
               "waits at the node for a day. LETTER is 8 or more digits of its id. Example:\n"
               "  comity refuse 3f2a --ground G21B --reason 'of the ministry' --with head\n"
               "  comity prepared"),
    .words_max = 1,
    .needs_directory = true,
    .run = run,
};
