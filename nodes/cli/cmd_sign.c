/* SPDX-License-Identifier: Apache-2.0 */
/* An officer signs a letter that others prepared: shown from the very bytes, asked for, signed, and left with the node. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "nodes/cli/options.h"
#include "nodes/cli/prepared.h"
#include "nodes/cli/reading.h"
#include "nodes/cli/screen.h"
#include "nodes/cli/subcommands.h"

static const struct option_spec options[] = {
    OFFICER_OPTION,
    {"yes", NULL, false, N_("it was read before (comity prepared LETTER): sign without asking")},
    {NULL, NULL, false, NULL},
};

/* Is that key among those who are to sign and have not? */
static bool is_wanted(const struct prepared *p, const struct public_key *key)
{
    const json_t *proofs = json_object_get(p->answer, "signatures");
    for (size_t i = 0; i < p->context->n_signer; i++) {
        if (bytes_equal(wire_bytes(p->context->signer[i]), bytes_of(key->bytes, sizeof key->bytes))) {
            return !json_is_string(json_array_get(proofs, i));
        }
    }
    return false;
}

/* Unlocks one key after the other until one is wanted; *ret is that officer. */
static int find_officer(struct officers *officers, const struct prepared *p, const struct officer **ret)
{
    const struct cli *cli = officers->cli;
    int code = EXIT_DONE;
    for (size_t i = 0; code == EXIT_DONE && i < officers->path_count; i++) {
        code = officers_need(officers, i + 1);
        if (code == EXIT_DONE && is_wanted(p, &officers->list[i].signer.key)) {
            *ret = &officers->list[i];
            return EXIT_DONE;
        }
    }
    if (code != EXIT_DONE) {
        return code;
    }
    const char *missing = prepared_names(cli, p->answer, false);
    if (missing[0] == '\0') {
        return cli_fail(cli, EXIT_REFUSED, N_("send it: comity submit"), "all have signed it already");
    }
    return cli_fail(cli, EXIT_REFUSED, "name the key file with --officer FILE",
                    "no key here is wanted: the letter waits for %s", missing);
}

/* What the node says of a case that moved is said before anybody signs. */
static int check_stands(const struct cli *cli, const struct prepared *p)
{
    json_t *refusal = json_object_get(p->answer, "refused");
    return refusal == NULL ? EXIT_DONE : client_refused(cli, 409, json_incref(refusal));
}

static int ask(const struct cli *cli, const struct arguments *arguments)
{
    char line[16];
    if (argument_given(arguments, "yes")) {
        return EXIT_DONE;
    }
    if (isatty(STDIN_FILENO) != 1) {
        return cli_fail(cli, EXIT_USAGE, "read it with comity prepared, then add --yes",
                        "nobody is here to be asked whether to sign it");
    }
    (void)fputs(say(cli->words, "Sign it? Write yes: "), stderr);
    if (fgets(line, sizeof line, stdin) == NULL) {
        line[0] = '\0';
    }
    line[strcspn(line, "\n")] = '\0';
    return strcmp(line, "yes") == 0 || strcmp(line, say(cli->words, "yes")) == 0
               ? EXIT_DONE
               : cli_fail(cli, EXIT_REFUSED, "if it is wrong: comity discard", "nothing was signed");
}

static int post(struct client *client, const struct officer *officer, const struct prepared *p, json_t **ret)
{
    const struct cli *cli = client->cli;
    char id[2 * sizeof(struct letter_id) + 1], key[2 * sizeof(struct public_key) + 1];
    unsigned status = 0;
    struct bytes proof = officer_sign(officer, &p->id.digest, cli->arena);
    const char *signature = proof.data == NULL ? NULL : base64_new(cli->arena, proof);
    const char *path =
        arena_format(cli->arena, "/v1/prepared/%s/signatures", hex_write(id, digest_bytes(&p->id.digest)));
    (void)hex_write(key, bytes_of(officer->signer.key.bytes, sizeof officer->signer.key.bytes));
    json_t *body = signature == NULL ? NULL : json_pack("{s:s, s:s}", "signer", key, "signature", signature);
    int code = body == NULL || path == NULL ? cli_fail(cli, EXIT_REFUSED, "", "no memory")
                                            : client_call(client, "POST", path, body, true, &status, ret);
    json_decref(body);
    if (code == EXIT_DONE && status != 200) {
        code = client_refused(cli, status, *ret);
        *ret = NULL;
    }
    return code;
}

static int sign(struct client *client, struct officers *officers, const struct arguments *arguments,
                const struct prepared *p)
{
    const struct officer *officer = NULL;
    json_t *answer = NULL;
    int code = check_stands(client->cli, p);
    code = code == EXIT_DONE ? find_officer(officers, p, &officer) : code;
    if (code == EXIT_DONE) {
        bool shown = reading_print(stderr, client->cli, officer, 1, p->context, p->letter,
                                   screen_member(client->cli->arena, p->answer, "reference"));
        client_notes(client->cli, json_object_get(p->answer, "notes"));
        code = shown ? ask(client->cli, arguments) : reading_failed(client->cli);
    }
    code = code == EXIT_DONE ? post(client, officer, p, &answer) : code;
    return code == EXIT_DONE ? prepared_say(client->cli, answer) : code;
}

static int run(struct cli *cli, const struct arguments *arguments)
{
    struct client client;
    struct officers officers;
    struct prepared prepared = {.answer = NULL};
    int code = client_open(&client, cli);
    int keys = code == EXIT_DONE ? officers_open(&officers, cli, arguments) : code;
    code = keys == EXIT_DONE ? prepared_get(&client, arguments->words[0], &prepared) : keys;
    code = code == EXIT_DONE ? sign(&client, &officers, arguments, &prepared) : code;
    json_decref(prepared.answer);
    if (keys == EXIT_DONE) {
        officers_close(&officers);
    }
    client_close(&client);
    return code;
}

const struct subcommand cmd_sign = {
    .name = "sign",
    .group = N_("Signing together"),
    .synopsis = "LETTER [--officer NAME|FILE] [--yes]",
    .does = N_("sign a letter that waits, after reading it"),
    .help = N_(
        "Shows the letter from the very bytes that are signed, and asks. If the case has moved since it was\n"
        "prepared, it is not signed: look at the case, and prepare the letter anew. Example:\n"
        "  comity sign 5d41402abc4b --officer head"),
    .options = options,
    .words_min = 1,
    .words_max = 1,
    .needs_directory = true,
    .run = run,
};
