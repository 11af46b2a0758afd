/* SPDX-License-Identifier: Apache-2.0 */
/* Offline: a roster file and its signatures, against the roster held before it or by itself. */
#include <stdio.h>

#include "base/text.h"
#include "nodes/cli/roster_check.h"
#include "nodes/cli/subcommands.h"

static const struct option_spec options[] = {
    {"held", "FILE", false, N_("the roster.json that is held now, which this one has to follow")},
    {"network", "HEX", false, N_("id of the network, as compared on paper")},
    {NULL, NULL, false, NULL},
};

static int say_checked(const struct roster_check *check, bool against_held)
{
    bool good = roster_check_good(check);
    const char *zones = roster_check_zones(check->cli, check->candidate);
    const char *terms = roster_check_terms(check->cli, check->candidate);
    if (check->cli->json) {
        json_t *json = roster_check_json(check);
        if (json != NULL && zones[0] != '\0') {
            (void)json_object_set_new(json, "unknown_zones", json_string(zones));
        }
        if (json != NULL && terms[0] != '\0') {
            (void)json_object_set_new(json, "unknown_terms", json_string(terms));
        }
        int code = cli_print_json(check->cli, json);
        return code == EXIT_DONE && !good ? EXIT_REFUSED : code;
    }
    roster_check_print(check);
    if (zones[0] != '\0') {
        cli_print(check->cli, "note: this machine's tzdata does not have %s: nodes without it count in UTC\n",
                  zones);
    }
    if (terms[0] != '\0') {
        cli_print(check->cli, "note: its terms name what no letter has, so that it asks for nothing: %s\n",
                  terms);
    }
    if (!good) {
        return roster_check_refuse(check);
    }
    (void)puts(say(check->cli->words,
                   check->outcome == ROSTER_SAME ? N_("good: it is the one that is held")
                   : against_held
                       ? N_("good: it follows the one that is held")
                       : N_("good by its own root keys; compare network and hash on paper or by phone")));
    return EXIT_DONE;
}

static int run(struct cli *cli, const struct arguments *arguments)
{
    struct roster_check check;
    struct network_id network;
    struct roster *held = NULL;
    const char *held_path = argument_value(arguments, "held");
    const char *paper = argument_value(arguments, "network");
    if (paper != NULL && !hex_read(network.bytes, sizeof network.bytes, bytes_of_text(paper))) {
        return cli_usage(cli, arguments, "--network is 64 lower-case hexadecimal digits");
    }
    int code = roster_check_read(&check, cli, arguments->words[0]);
    if (code == EXIT_DONE && held_path != NULL) {
        code = roster_check_file(cli, held_path, &held);
    }
    if (code == EXIT_DONE) {
        network = paper == NULL ? roster_network(check.candidate) : network;
        roster_check_judge(&check, held, &network);
        code = say_checked(&check, held != NULL);
    }
    roster_check_done(&check);
    roster_free(held);
    return code;
}

const struct subcommand cmd_roster_verify = {
    .name = "roster verify",
    .group = N_("Roster"),
    .synopsis = "FILE|DIR [--held FILE] [--network HEX]",
    .does = N_("check a roster and its signatures, offline"),
    .help =
        N_("Takes roster.json, or a directory with it, and the signatures roster.json.*.minisig beside it.\n"
           "Exit code 1 when it is not to be used. Example:\n"
           "  comity roster verify DIR/XA-poc/roster/2 \\\n"
           "      --held DIR/XA-poc/roster/1/roster.json"),
    .options = options,
    .words_min = 1,
    .words_max = 1,
    .run = run,
};
