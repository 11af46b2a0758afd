/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "nodes/cli/network.h"

#define STOP_MS 5000

static int run(struct cli *cli, const struct arguments *arguments)
{
    struct network_member *members = NULL;
    size_t count = 0;
    json_t *stopped = json_array();
    if (!network_members(cli, arguments->words[0], &members, &count)) {
        json_decref(stopped);
        return EXIT_REFUSED;
    }
    for (size_t i = count;
         i-- > 0;) { /* nodes first: none of them has to look for a broker that went before it */
        struct error error = {.text = "", .words = cli->words};
        if (members[i].pid == 0) {
            continue;
        }
        if (!network_stop(&members[i], STOP_MS, &error)) {
            json_decref(stopped);
            return cli_fail(cli, EXIT_REFUSED, "end it by hand", "%s", error.text);
        }
        (void)json_array_append_new(stopped, json_string(members[i].name));
        if (!cli->json) {
            cli_print(cli, "%-12s ended\n", members[i].name);
        }
    }
    if (cli->json) {
        return cli_print_json(cli, json_pack("{s:o}", "stopped", stopped));
    }
    if (json_array_size(stopped) == 0) {
        cli_print(cli, "nothing was running\n");
    }
    json_decref(stopped);
    return EXIT_DONE;
}

const struct subcommand cmd_network_down = {
    .name = "network down",
    .group = N_("Network"),
    .synopsis = "DIR",
    .does = N_("end the broker and every node of a network"),
    .help =
        N_("Ends them with SIGTERM after their present turn. What waits is on disk and goes on at the next "
           "start.\n"),
    .words_min = 1,
    .words_max = 1,
    .run = run,
};
