/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "nodes/cli/prepared.h"
#include "nodes/cli/screen.h"
#include "nodes/cli/subcommands.h"
#include "proto/codes.h"

static int say_sent(const struct cli *cli, const struct prepared *p, json_t *answer)
{
    if (cli->json) {
        return cli_print_json(cli, answer);
    }
    cli_print(cli, "%s filed in case %.8s, on its way to %s; the case stands at %s\n",
              letter_name((uint32_t)letter_kind(p->letter)), screen_member(cli->arena, answer, "case"),
              p->context->to, screen_member(cli->arena, answer, "state"));
    json_decref(answer);
    return EXIT_DONE;
}

static int submit(struct client *client, const struct prepared *p)
{
    const struct cli *cli = client->cli;
    const char *missing = prepared_names(cli, p->answer, false);
    unsigned status = 0;
    json_t *answer = NULL;
    if (missing[0] != '\0') {
        return cli_fail(cli, EXIT_REFUSED, "let them sign it: comity sign", "the letter waits for %s",
                        missing);
    }
    json_t *body = json_pack("{s:O, s:O, s:O}", "context", json_object_get(p->answer, "context"), "letter",
                             json_object_get(p->answer, "letter"), "signatures",
                             json_object_get(p->answer, "signatures"));
    int code = body == NULL ? cli_fail(cli, EXIT_REFUSED, "", "no memory")
                            : client_call(client, "POST", "/v1/letters", body, true, &status, &answer);
    json_decref(body);
    if (code != EXIT_DONE) {
        return code;
    }
    return status == 200 ? say_sent(cli, p, answer) : client_refused(cli, status, answer);
}

static int run(struct cli *cli, const struct arguments *arguments)
{
    struct client client;
    struct prepared prepared = {.answer = NULL};
    int code = client_open(&client, cli);
    code = code == EXIT_DONE ? prepared_get(&client, arguments->words[0], &prepared) : code;
    code = code == EXIT_DONE ? submit(&client, &prepared) : code;
    json_decref(prepared.answer);
    client_close(&client);
    return code;
}

const struct subcommand cmd_submit = {
    .name = "submit",
    .group = N_("Signing together"),
    .synopsis = "LETTER",
    .does = N_("send a letter that all named officers have signed"),
    .help = N_("Nothing is sent when the case has moved since the letter was prepared. Example:\n"
               "  comity submit 5d41402abc4b"),
    .words_min = 1,
    .words_max = 1,
    .needs_directory = true,
    .run = run,
};
