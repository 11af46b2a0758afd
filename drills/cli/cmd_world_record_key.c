/* SPDX-License-Identifier: Apache-2.0 */
/* The key pair of who may read sealed records. */
#include <sodium.h>
#include <stdio.h>

#include "base/daemon/record_key.h"
#include "base/text.h"
#include "drills/cli/subcommands.h"

static int run(struct cli *cli, const struct arguments *arguments)
{
    struct record_pair pair;
    struct error error = {.text = "", .words = cli->words};
    char key[2 * RECORD_KEY_BYTES + 1];
    const char *path = arguments->words[0];
    if (!record_key_make(path, &pair, &error)) {
        return cli_fail(cli, EXIT_REFUSED, "give another name", "%s", error.text);
    }
    (void)hex_write(key, bytes_of(pair.key, sizeof pair.key));
    sodium_memzero(&pair, sizeof pair);
    if (cli->json) {
        return cli_print_json(cli, json_pack("{s:s, s:s, s:s+}", "public", key, "secret_file", path,
                                             "public_file", path, ".pub"));
    }
    cli_print(cli, "%s      keep it to yourself: who has it reads every record sealed to it\n", path);
    cli_print(cli, "%s.pub  give it to who runs a daemon: --record FILE --record-key %s.pub\n", path, path);
    cli_print(cli, "public key %s\n", key);
    return EXIT_DONE;
}

const struct subcommand cmd_world_record_key = {
    .name = "world record-key",
    .group = N_("Worlds"),
    .synopsis = "FILE",
    .does = N_("make the key pair that records are sealed to"),
    .help = N_(
        "FILE holds the secret key and stays with who is to read the records; FILE.pub is for the daemons.\n"
        "Neither is ever overwritten. Example:\n"
        "  comity world record-key ~/record.key"),
    .words_min = 1,
    .words_max = 1,
    .run = run,
};
