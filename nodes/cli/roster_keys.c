/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/cli/roster_keys.h"

#include <stdlib.h>
#include <string.h>

#include "base/daemon/files.h"
#include "base/instant.h"
#include "base/text.h"
#include "nodes/cli/screen.h"
#include "proto/json.h"

#define FILE_BYTES_MAX ((size_t)16 * 1024)
#define DIGITS_MIN     8

json_t *roster_key_file(const char *owner, json_t *entry)
{
    return json_pack("{s:s, s:o}", "owner", owner, "key", entry);
}

const char *roster_key_text(const struct cli *cli, const json_t *file)
{
    char *text = file == NULL ? NULL : json_dumps(file, JSON_INDENT(2) | JSON_SORT_KEYS);
    const char *kept = text == NULL ? NULL : arena_format(cli->arena, "%s\n", text);
    free(text);
    return kept;
}

/* The index-th of those that may own keys, parties before brokers, and how it is called; NULL: behind the last. */
static json_t *owner_at(const json_t *draft, size_t index, const char **ret_name)
{
    const json_t *parties = json_object_get(draft, "parties"), *brokers = json_object_get(draft, "brokers");
    size_t count = json_array_size(parties);
    json_t *owner = index < count ? json_array_get(parties, index) : json_array_get(brokers, index - count);
    const char *name = json_string_value(json_object_get(owner, index < count ? "address" : "id"));
    *ret_name = name == NULL ? "" : name;
    return owner;
}

static int note(const struct cli *cli, json_t *changed, const char *owner, const char *what,
                const json_t *key)
{
    const char *digits = json_string_value(json_object_get(key, "key"));
    const char *role = json_string_value(json_object_get(key, "role"));
    const char *text = arena_format(cli->arena, "%s %s %.8s", what, role == NULL ? "?" : role,
                                    digits == NULL ? "?" : digits);
    return text == NULL ||
                   json_array_append_new(changed, json_pack("{s:s, s:s}", "party", owner, "what", text)) != 0
               ? cli_fail(cli, EXIT_REFUSED, "", "no memory")
               : EXIT_DONE;
}

/* --- adding --- */

static int read_file(const struct cli *cli, const char *path, json_t **ret)
{
    struct bytes text;
    struct faults faults;
    struct error error = {.text = "", .words = cli->words};
    if (files_read(path, FILE_BYTES_MAX, cli->arena, &text, &error) != FILES_OK) {
        return cli_fail(cli, EXIT_REFUSED, "", "%s", error.text);
    }
    faults_init(&faults, cli->arena);
    faults.words = cli->words;
    *ret = json_read(text, FILE_BYTES_MAX, &faults);
    if (!json_is_string(json_object_get(*ret, "owner")) || !json_is_object(json_object_get(*ret, "key"))) {
        json_decref(*ret);
        *ret = NULL;
        return cli_fail(cli, EXIT_REFUSED, "name the FILE.pub that comity key new has made",
                        "%s holds no key for a roster", path);
    }
    return EXIT_DONE;
}

int roster_key_add(const struct cli *cli, const char *path, json_t *draft, json_t *changed)
{
    json_t *file = NULL, *owner = NULL;
    const char *name = "";
    int code = read_file(cli, path, &file);
    if (code != EXIT_DONE) {
        return code;
    }
    const char *of = json_string_value(json_object_get(file, "owner"));
    json_t *key = json_object_get(file, "key");
    for (size_t i = 0; (owner = owner_at(draft, i, &name)) != NULL && strcmp(name, of) != 0; i++) {
    }
    json_t *keys = json_object_get(owner, "keys");
    if (keys == NULL) {
        code = cli_fail(cli, EXIT_REFUSED, "look at the addresses: comity roster show",
                        "%s is not in the roster", screen_quiet(cli->arena, bytes_of_text(of)));
    } else if (json_array_append(keys, key) != 0) {
        code = cli_fail(cli, EXIT_REFUSED, "", "no memory");
    } else {
        code = note(cli, changed, name, "new", key);
    }
    json_decref(file);
    return code;
}

/* --- revoking --- */

struct found {
    json_t *key;
    const char *owner;
    size_t count;
};

static void find_keys(const json_t *draft, const char *digits, size_t size, struct found *ret)
{
    const char *name = "";
    const json_t *owner = NULL;
    for (size_t i = 0; (owner = owner_at(draft, i, &name)) != NULL; i++) {
        size_t k = 0;
        json_t *key = NULL;
        json_array_foreach(json_object_get(owner, "keys"), k, key)
        {
            const char *hex = json_string_value(json_object_get(key, "key"));
            if (hex != NULL && strncmp(hex, digits, size) == 0) {
                *ret = (struct found){.key = key, .owner = name, .count = ret->count + 1};
            }
        }
    }
}

int roster_key_revoke(const struct cli *cli, const char *given, uint64_t now_ms, json_t *draft,
                      json_t *changed)
{
    char at[INSTANT_TEXT_MAX];
    struct found found = {.key = NULL};
    const char *equals = strchr(given, '=');
    size_t size = equals == NULL ? 0 : (size_t)(equals - given);
    if (size < DIGITS_MIN || equals[1] == '\0') {
        return cli_fail(cli, EXIT_USAGE, "write eight or more digits and why: 3f2a9c1e=lost",
                        "--revoke-key %s names no key and reason", given);
    }
    find_keys(draft, given, size, &found);
    if (found.count != 1) {
        return cli_fail(cli, EXIT_REFUSED, "look at the keys: comity roster show, comity key show FILE",
                        found.count == 0 ? N_("no key in the roster begins with %.*s")
                                         : N_("several keys in the roster begin with %.*s"),
                        (int)size, given);
    }
    if (json_is_object(json_object_get(found.key, "revoked"))) {
        return cli_fail(cli, EXIT_REFUSED, "", "%.*s is revoked already", (int)size, given);
    }
    instant_write(at, (struct instant){.ms = (int64_t)now_ms});
    if (json_object_set_new(found.key, "revoked", json_pack("{s:s, s:s}", "at", at, "reason", equals + 1)) !=
        0) {
        return cli_fail(cli, EXIT_REFUSED, "", "the reason is no UTF-8 text");
    }
    return note(cli, changed, found.owner, "revoked", found.key);
}
