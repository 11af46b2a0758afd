/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "nodes/cli/client.h"
#include "nodes/cli/screen.h"
#include "nodes/cli/subcommands.h"

static void print_envelope(const struct cli *cli, const json_t *e)
{
    struct arena *arena = cli->arena;
    const char *code = screen_member(arena, e, "code");
    const char *id = screen_member(arena, e, "envelope");
    const char *letter = screen_member(arena, e, "letter");
    const char *direction = screen_member(arena, e, "direction");
    bool out = direction[0] == 'o';
    (void)printf("%s %s %s: %s%s%s%s%.12s\n", letter[0] == '\0' ? say(cli->words, N_("envelope")) : letter,
                 out ? say(cli->words, N_("to")) : say(cli->words, N_("from")),
                 screen_member(arena, e, out ? "to" : "from"), screen_member(arena, e, "state"),
                 code[0] == '\0' ? "" : " ", code, id[0] == '\0' ? "" : say(cli->words, N_("  envelope ")),
                 id);
    screen_wrapped(stdout, "  ", 2, screen_member(arena, e, "why"), 0);
    screen_wrapped(stdout, say(cli->words, "  next: "), 8, screen_member(arena, e, "next"), 0);
}

static int run(struct cli *cli, const struct arguments *arguments)
{
    struct client client;
    json_t *answer = NULL;
    int code = client_open(&client, cli);
    code = code == EXIT_DONE
               ? client_get(&client, client_path(&client, "/v1/why/", arguments->words[0]), &answer)
               : code;
    if (code == EXIT_DONE && cli->json) {
        code = cli_print_json(cli, json_incref(answer));
    } else if (code == EXIT_DONE) {
        size_t i = 0;
        const json_t *envelope = NULL;
        screen_exercise(cli, answer);
        json_array_foreach(json_object_get(answer, "envelopes"), i, envelope)
        {
            print_envelope(cli, envelope);
        }
        if (i == 0) {
            cli_print(cli, "no envelope of it is known here\n");
        }
    }
    json_decref(answer);
    client_close(&client);
    return code;
}

const struct subcommand cmd_why = {
    .name = "why",
    .group = N_("Cases"),
    .synopsis = "ENVELOPE|CASE",
    .does = N_("say where each envelope of a case is, why, and what happens next"),
    .help = N_("ENVELOPE is its id or 8 or more of its first digits. Example:\n"
               "  comity why XA-NCC-2026-0417"),
    .words_min = 1,
    .words_max = 1,
    .needs_directory = true,
    .run = run,
};
