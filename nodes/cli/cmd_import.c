/* SPDX-License-Identifier: Apache-2.0 */
/* A request as another program has it, made into a form to complete and send. */
#include <stdio.h>

#include "nodes/cli/client.h"
#include "nodes/cli/input.h"
#include "nodes/cli/screen.h"
#include "nodes/cli/subcommands.h"
#include "nodes/template.h"
#include "proto/json.h"

static const struct option_spec options[] = {
    {"to", "PARTY", false, N_("whom it is for: what they insist on is looked at, too")},
    {NULL, NULL, false, NULL},
};

/* The request in what was given: beside other things, in a case that was exported, or the whole of it. */
static json_t *request_in(json_t *given)
{
    json_t *request = json_object_get(given, "request");
    size_t i = 0;
    json_t *letter = NULL;
    json_array_foreach(json_object_get(given, "letters"), i, letter)
    {
        request = request != NULL ? request : json_object_get(json_object_get(letter, "body"), "request");
    }
    return json_is_object(request) ? request : given;
}

static int call_import(struct client *client, const struct arguments *arguments, json_t **ret)
{
    unsigned status = 0;
    json_t *given = NULL;
    const char *to = argument_value(arguments, "to");
    int code = input_json(client->cli, arguments->words[0], &given);
    if (code != EXIT_DONE) {
        return code;
    }
    json_t *body = json_pack("{s:O}", "request", request_in(given));
    if (to != NULL) {
        (void)json_object_set_new(body, "to", json_string(to));
    }
    code = client_call(client, "POST", "/v1/import", body, false, &status, ret);
    json_decref(body);
    json_decref(given);
    if (code == EXIT_DONE && status != 200) {
        code = client_refused(client->cli, status, *ret);
        *ret = NULL;
    }
    return code;
}

/* The form of its kind; what lacks and what was left out are told beside it. */
static int print_import(const struct cli *cli, const json_t *answer)
{
    size_t i = 0;
    const json_t *entry = NULL;
    const json_t *request = json_object_get(json_object_get(answer, "letter"), "request");
    const char *form = template_of(request, cli->words, cli->arena);
    json_array_foreach(json_object_get(answer, "faults"), i, entry)
    {
        cli_note(cli, "%s: %s", screen_member(cli->arena, entry, "path"),
                 screen_member(cli->arena, entry, "text"));
    }
    json_array_foreach(json_object_get(answer, "ignored"), i, entry)
    {
        cli_note(cli, "%s is left out: a request has no such field", screen_string(cli->arena, entry));
    }
    if (form == NULL) {
        return cli_fail(cli, EXIT_REFUSED, "say what is asked for: type, and measure or topic",
                        "it is no kind of request");
    }
    (void)fputs(form, stdout);
    return EXIT_DONE;
}

static int run(struct cli *cli, const struct arguments *arguments)
{
    struct client client;
    json_t *answer = NULL;
    int code = client_open(&client, cli);
    code = code == EXIT_DONE ? call_import(&client, arguments, &answer) : code;
    return client_end(&client, code, answer, print_import);
}

const struct subcommand cmd_import = {
    .name = "import",
    .group = N_("Requesting"),
    .synopsis = "FILE [--to PARTY]",
    .does = N_("make a request of another program's JSON into a form to complete and send"),
    .help = N_("What no request has is left out and named; nothing is kept and nothing is sent. Example:\n"
               "  comity import 0417.json --to XB/poc >request.form"),
    .options = options,
    .words_min = 1,
    .words_max = 1,
    .needs_directory = true,
    .run = run,
};
