/* SPDX-License-Identifier: Apache-2.0 */
/* Who has a case here, so that two do not answer it. The other side never hears of it. */
#include "base/text.h"
#include "nodes/cli/elsewhere.h"
#include "nodes/cli/look.h"
#include "nodes/cli/officers.h"
#include "nodes/cli/screen.h"
#include "nodes/cli/subcommands.h"

static const struct option_spec options[] = {
    {"give", "NAME", false, N_("to this officer, by the name in the roster")},
    {"back", NULL, false, N_("give it back: nobody has it then")},
    {"over", NULL, false, N_("take it from who has it now")},
    OFFICER_OPTION,
    {NULL, NULL, false, NULL},
};

static json_t *hex_of(const struct public_key *key)
{
    char hex[2 * sizeof key->bytes + 1];
    return json_string(hex_write(hex, bytes_of(key->bytes, sizeof key->bytes)));
}

static int read_body(struct client *client, const struct arguments *arguments, const struct officer *officer,
                     json_t **ret)
{
    struct public_key give;
    const char *name = argument_value(arguments, "give");
    int code = name == NULL ? EXIT_DONE : elsewhere_one(client, name, &give);
    json_t *body = json_pack("{s:o}", "officer", hex_of(&officer->signer.key));
    if (code == EXIT_DONE && name != NULL) {
        (void)json_object_set_new(body, "give", hex_of(&give));
    }
    if (argument_given(arguments, "back")) {
        (void)json_object_set_new(body, "release", json_true());
    }
    if (argument_given(arguments, "over")) {
        (void)json_object_set_new(body, "over", json_true());
    }
    *ret = body;
    return code;
}

static int tell(const struct cli *cli, json_t *answer)
{
    if (cli->json) {
        return cli_print_json(cli, answer);
    }
    const json_t *taken = json_object_get(answer, "taken");
    const char *id = screen_member(cli->arena, answer, "case");
    if (taken == NULL) {
        cli_print(cli, "nobody has case %.8s now\n", id);
    } else {
        cli_print(cli, "%s has case %.8s\n", screen_member(cli->arena, taken, "name"), id);
    }
    json_decref(answer);
    return EXIT_DONE;
}

static int run(struct cli *cli, const struct arguments *arguments)
{
    struct client client;
    struct officers officers;
    json_t *body = NULL, *answer = NULL;
    int code = client_open(&client, cli);
    int keys = code == EXIT_DONE ? officers_open(&officers, cli, arguments) : code;
    code = keys == EXIT_DONE ? officers_need(&officers, 1) : keys;
    code = code == EXIT_DONE ? read_body(&client, arguments, &officers.list[0], &body) : code;
    if (code == EXIT_DONE) {
        const char *path = client_path(&client, "/v1/cases/", arguments->words[0]);
        path = path == NULL ? NULL : arena_format(cli->arena, "%s/take", path);
        code = client_do(&client, "PUT", path, body, &answer);
        code = code == EXIT_DONE ? tell(cli, answer) : code;
    } else {
        json_decref(body);
    }
    if (keys == EXIT_DONE) {
        officers_close(&officers);
    }
    client_close(&client);
    return code;
}

const struct subcommand cmd_take = {
    .name = "take",
    .group = N_("Cases"),
    .synopsis = "CASE [--give NAME | --back] [--over]",
    .does = N_("take a case, so that two do not answer it; give it on, or back"),
    .help = N_("In an emergency nobody is held up by who has it. Examples:\n"
               "  comity take 3f2a\n"
               "  comity take 3f2a --give head"),
    .options = options,
    .words_min = 1,
    .words_max = 1,
    .needs_directory = true,
    .run = run,
};
