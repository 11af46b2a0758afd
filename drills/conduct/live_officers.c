/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/conduct/live_officers.h"

#include <string.h>

#include "base/daemon/files.h"
#include "base/daemon/host.h"
#include "base/ensure.h"
#include "base/text.h"
#include "keys/keyfile.h"
#include "nodes/cli/look.h"

#define SUFFIX     ".key"
#define SLAB_CELLS 2 /* one file at a time */

static const char *text_of(const json_t *json, const char *name)
{
    const char *text = json_string_value(json_object_get(json, name));
    return text == NULL ? "" : text;
}

static bool has_word(const json_t *list, const char *word)
{
    size_t i = 0;
    const json_t *one = NULL;
    json_array_foreach(list, i, one)
    {
        const char *text = json_string_value(one);
        if (text != NULL && strcmp(text, word) == 0) {
            return true;
        }
    }
    return false;
}

static bool signs_exercises(const json_t *key, uint64_t now_ms)
{
    return strcmp(text_of(key, "role"), "officer") == 0 && json_is_true(json_object_get(key, "exercise")) &&
           has_word(json_object_get(key, "mandate"), "sign") && json_object_get(key, "revoked") == NULL &&
           look_ms(key, "from") <= now_ms && now_ms < look_ms(key, "until");
}

/* Public keys in hex, a new reference. */
static json_t *listed_keys(const struct live_side *side, const json_t *roster)
{
    const uint64_t now_ms = host_wall().ms;
    json_t *listed = json_array(), *party = NULL, *key = NULL;
    size_t i = 0, k = 0;
    ensure(listed != NULL);
    json_array_foreach(json_object_get(roster, "parties"), i, party)
    {
        if (strcmp(text_of(party, "address"), side->unit->address) != 0) {
            continue;
        }
        json_array_foreach(json_object_get(party, "keys"), k, key)
        {
            if (signs_exercises(key, now_ms)) {
                ensure(json_array_append(listed, json_object_get(key, "key")) == 0);
            }
        }
    }
    return listed;
}

static bool is_listed(const json_t *listed, const char *path, struct slab *slab)
{
    char hex[2 * sizeof(struct public_key) + 1];
    struct error error = {.text = ""};
    struct keyfile file;
    enum keyfile_outcome outcome = keyfile_read(path, bytes_of(NULL, 0), slab, &file, &error);
    if (outcome != KEYFILE_OK && outcome != KEYFILE_LOCKED) {
        return false;
    }
    (void)hex_write(hex, bytes_of(file.key.bytes, sizeof file.key.bytes));
    bool listed_there = file.role == ROLE_OFFICER && has_word(listed, hex);
    keyfile_done(&file);
    return listed_there;
}

/* Where no folder is, or none that may be read, there is no key. */
static void find_files(const struct live_side *side, const char *socket, const json_t *listed, json_t *names)
{
    struct error error = {.text = ""};
    struct arena *arena = side->cli->arena;
    const char *slash = strrchr(socket, '/'), *const *files = NULL;
    const char *folder =
        arena_format(arena, "%.*sofficers", slash == NULL ? 0 : (int)(slash - socket) + 1, socket);
    size_t count = 0;
    struct slab *slab = slab_new(SLAB_CELLS, &error);
    if (slab == NULL || folder == NULL ||
        files_list(folder, SUFFIX, arena, &files, &count, &error) != FILES_OK) {
        count = 0;
    }
    for (size_t i = 0; i < count; i++) {
        const char *path = arena_format(arena, "%s/%s", folder, files[i]);
        if (path != NULL && is_listed(listed, path, slab)) {
            ensure(json_array_append_new(
                       names, json_sprintf("%.*s", (int)(strlen(files[i]) - strlen(SUFFIX)), files[i])) == 0);
        }
    }
    slab_free(slab);
}

size_t live_officers(struct live_side *side, const char *socket, json_t **ret_names)
{
    unsigned status = 0;
    json_t *roster = client_glance(&side->client, "/v1/roster", &status);
    json_t *listed = listed_keys(side, roster), *names = json_array();
    ensure(names != NULL);
    find_files(side, socket, listed, names);
    const size_t count = json_array_size(listed);
    *ret_names = names;
    json_decref(listed);
    json_decref(roster);
    return count;
}
