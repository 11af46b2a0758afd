/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "nodes/cli/client.h"
#include "nodes/cli/screen.h"
#include "nodes/cli/subcommands.h"

static void print_keys(const struct cli *cli, const json_t *keys)
{
    struct arena *arena = cli->arena;
    size_t i = 0;
    const json_t *key = NULL;
    json_array_foreach(keys, i, key)
    {
        const char *name = screen_member(arena, key, "name");
        const char *revoked = screen_member(arena, key, "revoked");
        (void)printf("    %-8s %.16s  %s - %s%s%s%s%s%s\n", screen_member(arena, key, "role"),
                     screen_member(arena, key, "key"), screen_member(arena, key, "from"),
                     screen_member(arena, key, "until"), name[0] == '\0' ? "" : "  ", name,
                     json_is_true(json_object_get(key, "exercise")) ? say(cli->words, N_(" (exercises only)"))
                                                                    : "",
                     revoked[0] == '\0' ? "" : say(cli->words, N_("  REVOKED ")), revoked);
    }
}

/* What is given of it, two blanks between. */
static void print_contact(const struct cli *cli, const json_t *contact)
{
    struct arena *arena = cli->arena;
    static const char *const members[] = {"role", "name", "phone", "email", "hours"};
    (void)fputs("  ", stdout);
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        const char *text = screen_member(arena, contact, members[i]);
        (void)printf("%s%s", text[0] == '\0' ? "" : "  ", text);
    }
    (void)fputc('\n', stdout);
}

static void print_broker(const struct cli *cli, const json_t *broker)
{
    struct arena *arena = cli->arena;
    size_t i = 0;
    const json_t *endpoint = NULL;
    cli_print(cli, "\nbroker %s\n", screen_member(arena, broker, "id"));
    json_array_foreach(json_object_get(broker, "endpoints"), i, endpoint)
    {
        (void)printf("    %s\n", screen_string(arena, endpoint));
    }
    print_keys(cli, json_object_get(broker, "keys"));
}

static void print_party(const struct cli *cli, const json_t *party)
{
    struct arena *arena = cli->arena;
    size_t i = 0;
    const json_t *contact = NULL;
    (void)printf("\n%s  %s  %s  %s\n", screen_member(arena, party, "address"),
                 screen_member(arena, party, "status"), screen_member(arena, party, "name"),
                 screen_member(arena, party, "zone"));
    json_array_foreach(json_object_get(party, "contacts"), i, contact)
    {
        print_contact(cli, contact);
    }
    print_keys(cli, json_object_get(party, "keys"));
}

static void print_roster(const struct cli *cli, const json_t *roster)
{
    struct arena *arena = cli->arena;
    size_t i = 0;
    const json_t *entry = NULL;
    cli_print(cli, "roster version %lld, %s: issued %s, expires %s\nnetwork %s\nhash    %s\n",
              (long long)json_integer_value(json_object_get(roster, "version")),
              json_is_true(json_object_get(roster, "expired"))
                  ? say(cli->words, N_("EXPIRED, past its grace"))
              : json_is_true(json_object_get(roster, "stale")) ? say(cli->words, N_("STALE, past its expiry"))
                                                               : say(cli->words, N_("fresh")),
              screen_member(arena, roster, "issued"), screen_member(arena, roster, "expires"),
              screen_member(arena, roster, "network"), screen_member(arena, roster, "hash"));
    cli_print(cli, "\nsigned by %lld of:\n",
              (long long)json_integer_value(json_object_get(roster, "threshold")));
    json_array_foreach(json_object_get(roster, "roots"), i, entry)
    {
        (void)printf("    %s  %s\n", screen_member(arena, entry, "name"),
                     screen_member(arena, entry, "minisign"));
    }
    json_array_foreach(json_object_get(roster, "brokers"), i, entry)
    {
        print_broker(cli, entry);
    }
    json_array_foreach(json_object_get(roster, "parties"), i, entry)
    {
        print_party(cli, entry);
    }
}

static int run(struct cli *cli, const struct arguments *arguments)
{
    struct client client;
    json_t *answer = NULL;
    (void)arguments;
    int code = client_open(&client, cli);
    code = code == EXIT_DONE ? client_get(&client, "/v1/roster", &answer) : code;
    if (code == EXIT_DONE && cli->json) {
        code = cli_print_json(cli, json_incref(answer));
    } else if (code == EXIT_DONE) {
        print_roster(cli, answer);
    }
    json_decref(answer);
    client_close(&client);
    return code;
}

const struct subcommand cmd_roster_show = {
    .name = "roster show",
    .group = N_("Roster"),
    .synopsis = "",
    .does = N_("the roster this node holds: parties, contacts, keys, freshness"),
    .help = N_("The network and the hash are what is compared on paper or by phone."),
    .needs_directory = true,
    .run = run,
};
