/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "nodes/cli/client.h"
#include "nodes/cli/screen.h"
#include "nodes/cli/subcommands.h"

static void print_keys(struct arena *arena, const json_t *keys)
{
    size_t i = 0;
    const json_t *key = NULL;
    json_array_foreach(keys, i, key)
    {
        const char *name = screen_member(arena, key, "name");
        const char *revoked = screen_member(arena, key, "revoked");
        (void)printf("    %-8s %.16s  %s - %s%s%s%s%s%s\n", screen_member(arena, key, "role"),
                     screen_member(arena, key, "key"), screen_member(arena, key, "from"),
                     screen_member(arena, key, "until"), name[0] == '\0' ? "" : "  ", name,
                     json_is_true(json_object_get(key, "exercise")) ? " (exercises only)" : "",
                     revoked[0] == '\0' ? "" : "  REVOKED ", revoked);
    }
}

/* What is given of it, two blanks between. */
static void print_contact(struct arena *arena, const json_t *contact)
{
    static const char *const members[] = {"role", "name", "phone", "email", "hours"};
    (void)fputs("  ", stdout);
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        const char *text = screen_member(arena, contact, members[i]);
        (void)printf("%s%s", text[0] == '\0' ? "" : "  ", text);
    }
    (void)fputc('\n', stdout);
}

static void print_broker(struct arena *arena, const json_t *broker)
{
    size_t i = 0;
    const json_t *endpoint = NULL;
    (void)printf("\nbroker %s\n", screen_member(arena, broker, "id"));
    json_array_foreach(json_object_get(broker, "endpoints"), i, endpoint)
    {
        (void)printf("    %s\n", screen_string(arena, endpoint));
    }
    print_keys(arena, json_object_get(broker, "keys"));
}

static void print_party(struct arena *arena, const json_t *party)
{
    size_t i = 0;
    const json_t *contact = NULL;
    (void)printf("\n%s  %s  %s  %s\n", screen_member(arena, party, "address"),
                 screen_member(arena, party, "status"), screen_member(arena, party, "name"),
                 screen_member(arena, party, "zone"));
    json_array_foreach(json_object_get(party, "contacts"), i, contact)
    {
        print_contact(arena, contact);
    }
    print_keys(arena, json_object_get(party, "keys"));
}

static void print_roster(struct arena *arena, const json_t *roster)
{
    size_t i = 0;
    const json_t *entry = NULL;
    (void)printf("roster version %lld, %s: issued %s, expires %s\nnetwork %s\nhash    %s\n",
                 (long long)json_integer_value(json_object_get(roster, "version")),
                 json_is_true(json_object_get(roster, "expired")) ? "EXPIRED, past its grace"
                 : json_is_true(json_object_get(roster, "stale")) ? "STALE, past its expiry"
                                                                  : "fresh",
                 screen_member(arena, roster, "issued"), screen_member(arena, roster, "expires"),
                 screen_member(arena, roster, "network"), screen_member(arena, roster, "hash"));
    (void)printf("\nsigned by %lld of:\n",
                 (long long)json_integer_value(json_object_get(roster, "threshold")));
    json_array_foreach(json_object_get(roster, "roots"), i, entry)
    {
        (void)printf("    %s  %s\n", screen_member(arena, entry, "name"),
                     screen_member(arena, entry, "minisign"));
    }
    json_array_foreach(json_object_get(roster, "brokers"), i, entry)
    {
        print_broker(arena, entry);
    }
    json_array_foreach(json_object_get(roster, "parties"), i, entry)
    {
        print_party(arena, entry);
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
        print_roster(cli->arena, answer);
    }
    json_decref(answer);
    client_close(&client);
    return code;
}

const struct subcommand cmd_roster_show = {
    .name = "roster show",
    .group = "Roster",
    .synopsis = "",
    .does = "the roster this node holds: parties, contacts, keys, freshness",
    .help = "The network and the hash are what is compared on paper or by phone.",
    .needs_directory = true,
    .run = run,
};
