/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "nodes/cli/network.h"
#include "nodes/cli/screen.h"

/* What keeps a node itself from its work, and what to do about it. */
static void print_own_troubles(struct cli *cli, const json_t *troubles)
{
    size_t index;
    const json_t *trouble;
    json_array_foreach(troubles, index, trouble)
    {
        screen_wrapped(stdout, say(cli->words, "             trouble: "), 22,
                       screen_member(cli->arena, trouble, "why"), 0);
        screen_wrapped(stdout, say(cli->words, "             next: "), 19,
                       screen_member(cli->arena, trouble, "next"), 0);
    }
}

/* What a node says about itself, its link and what waits; below its line. */
static void print_trouble(struct cli *cli, const json_t *said)
{
    const json_t *because = json_object_get(said, "waiting_because");
    const char *trouble = screen_member(cli->arena, said, "link_trouble");
    const char *why = screen_member(cli->arena, because, "why");
    if (trouble[0] != '\0') {
        screen_wrapped(stdout, say(cli->words, "             no link: "), 22, trouble, 0);
    }
    print_own_troubles(cli, json_object_get(said, "troubles"));
    if (why[0] != '\0') {
        screen_wrapped(stdout, say(cli->words, "             waits: "), 20, why, 0);
    }
}

/* How a member is: what `network up` may help, and what it does not. */
enum health { HEALTH_GOOD, HEALTH_TROUBLED, HEALTH_DOWN };

static enum health print_member(struct cli *cli, const struct network_member *member, json_t *list)
{
    json_t *said = member->is_broker ? NULL : network_ask(cli, member);
    bool connected = json_is_true(json_object_get(said, "connected"));
    bool troubled = json_object_get(said, "troubles") != NULL;
    const char *state = member->pid == 0    ? N_("down")
                        : member->is_broker ? N_("running")
                        : said == NULL      ? N_("not answering")
                        : connected         ? troubled ? N_("connected, but in trouble") : N_("connected")
                                            : N_("running, no link to the broker");
    if (!cli->json) {
        json_int_t out = json_integer_value(json_object_get(json_object_get(said, "waiting"), "out"));
        (void)printf("%-12s %-*s", member->name, member->pid == 0 ? 0 : 30, say(cli->words, state));
        if (member->pid != 0) {
            cli_print(cli, " process %ld", (long)member->pid);
        }
        if (out != 0) {
            cli_print(cli, ", %lld on the way", (long long)out);
        }
        (void)printf("\n");
        print_trouble(cli, said);
    }
    json_t *entry = json_pack("{s:s,s:s,s:i}", "name", member->name, "state", state, "pid", (int)member->pid);
    if (said != NULL) {
        (void)json_object_set_new(entry, "status", said);
    }
    (void)json_array_append_new(list, entry);
    return member->pid == 0 || !(member->is_broker || connected) ? HEALTH_DOWN
           : troubled                                            ? HEALTH_TROUBLED
                                                                 : HEALTH_GOOD;
}

static int run(struct cli *cli, const struct arguments *arguments)
{
    struct network_member *members = NULL;
    size_t count = 0;
    enum health worst = HEALTH_GOOD;
    json_t *list = json_array();
    if (!network_members(cli, arguments->words[0], &members, &count)) {
        json_decref(list);
        return EXIT_REFUSED;
    }
    for (size_t i = 0; i < count; i++) {
        enum health health = print_member(cli, &members[i], list);
        worst = health > worst ? health : worst;
    }
    bool good = worst == HEALTH_GOOD;
    if (cli->json) {
        (void)cli_print_json(cli, json_pack("{s:b,s:O}", "good", good, "members", list));
    } else if (worst == HEALTH_DOWN) {
        cli_print(cli, "not all is well; next: comity network up %s\n", arguments->words[0]);
    }
    json_decref(list);
    return good ? EXIT_DONE : EXIT_REFUSED;
}

const struct subcommand cmd_network_status = {
    .name = "network status",
    .group = N_("Network"),
    .synopsis = "DIR",
    .does = N_("who runs, and whether each node has its link to the broker"),
    .help = N_("Exit code 0 only when the broker runs and every node answers, is connected\n"
               "and has no trouble of its own: with its clock, its keys or its disk.\n"),
    .words_min = 1,
    .words_max = 1,
    .run = run,
};
