/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/cli/elsewhere.h"

#include <string.h>

#include "base/text.h"
#include "nodes/cli/screen.h"

const json_t *own_keys(const struct client *client, const json_t *roster)
{
    size_t i = 0;
    const json_t *party = NULL;
    json_array_foreach(json_object_get(roster, "parties"), i, party)
    {
        const char *address = json_string_value(json_object_get(party, "address"));
        if (address != NULL && strcmp(address, client->party.text) == 0) {
            return json_object_get(party, "keys");
        }
    }
    return NULL;
}

/* "XB/poc head" may be written "head". */
static bool is_named(const struct client *client, const json_t *key, const char *name)
{
    const char *role = json_string_value(json_object_get(key, "role"));
    const char *full = json_string_value(json_object_get(key, "name"));
    size_t size = strlen(client->party.text);
    if (role == NULL || full == NULL || strcmp(role, "officer") != 0) {
        return false;
    }
    return strcmp(full, name) == 0 || (strncmp(full, client->party.text, size) == 0 && full[size] == ' ' &&
                                       strcmp(full + size + 1, name) == 0);
}

static int find_one(const struct client *client, const json_t *keys, const char *name, struct elsewhere *ret)
{
    size_t i = 0, found = 0;
    const json_t *key = NULL;
    json_array_foreach(keys, i, key)
    {
        const char *digits = json_string_value(json_object_get(key, "key"));
        if (is_named(client, key, name) && json_object_get(key, "revoked") == NULL && digits != NULL &&
            hex_read(ret->key.bytes, sizeof ret->key.bytes, bytes_of_text(digits))) {
            ret->name = name;
            found++;
        }
    }
    if (found == 1) {
        return EXIT_DONE;
    }
    return cli_fail(client->cli, EXIT_USAGE, "look at the officers: comity roster show",
                    found == 0 ? N_("the roster names no officer %s of this party")
                               : N_("the roster names several keys of %s"),
                    screen_quiet(client->cli->arena, bytes_of_text(name)));
}

int elsewhere_find(struct client *client, const struct arguments *arguments,
                   struct elsewhere ret[SIGNERS_MAX], size_t *ret_count)
{
    json_t *roster = NULL;
    size_t count = 0;
    *ret_count = 0;
    if (!argument_given(arguments, "with")) {
        return EXIT_DONE;
    }
    int code = client_get(client, "/v1/roster", &roster);
    const json_t *keys = own_keys(client, roster);
    for (const char *name; code == EXIT_DONE && (name = argument_nth(arguments, "with", count)) != NULL;) {
        code = count == SIGNERS_MAX ? cli_fail(client->cli, EXIT_USAGE, "name fewer with --with",
                                               "at most %d officers sign a letter", SIGNERS_MAX)
                                    : find_one(client, keys, name, &ret[count++]);
    }
    json_decref(roster);
    *ret_count = count;
    return code;
}

int elsewhere_one(struct client *client, const char *name, struct public_key *ret)
{
    struct elsewhere found;
    json_t *roster = NULL;
    int code = client_get(client, "/v1/roster", &roster);
    code = code == EXIT_DONE ? find_one(client, own_keys(client, roster), name, &found) : code;
    if (code == EXIT_DONE) {
        *ret = found.key;
    }
    json_decref(roster);
    return code;
}
