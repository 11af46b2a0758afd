/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/roster_changes.h"

#include <string.h>

#include "nodes/rosters.h"

#define DEPTH_MAX 3 /* "terms.hold.days_max" */

struct pair {
    const char *path;
    const json_t *was, *is; /* NULL: not said */
    unsigned depth;
};

struct comparison {
    struct call *call;
    json_t *list;
    const char *party;
    size_t found;
    struct pair waiting[4 * ROSTER_CHANGES_MAX];
    size_t count;
};

/* The version's own text; a new reference. NULL: it is not held. */
static json_t *roster_read_json(struct call *call, uint64_t version)
{
    struct bytes bundle;
    Comity__Roster *message = NULL;
    if (!store_roster_get(call->node->store, version, call->arena, &bundle) ||
        roster_bundle_unpack(bundle, call->arena, &message, NULL) != WIRE_OK) {
        return NULL;
    }
    return json_loadb((const char *)message->json.data, message->json.len, 0, NULL);
}

static const json_t *party_json(const json_t *roster, const char *address)
{
    size_t i = 0;
    const json_t *party = NULL;
    json_array_foreach(json_object_get(roster, "parties"), i, party)
    {
        const char *text = json_string_value(json_object_get(party, "address"));
        if (text != NULL && strcmp(text, address) == 0) {
            return party;
        }
    }
    return NULL;
}

static void compare_later(struct comparison *c, const struct pair *of, const char *name, const json_t *was,
                          const json_t *is)
{
    bool key = of->depth == 0 && strcmp(name, "keys") == 0;
    const char *path =
        key ? NULL : arena_format(c->call->arena, "%s%s%s", of->path, of->depth == 0 ? "" : ".", name);
    if (path != NULL && c->count < sizeof c->waiting / sizeof c->waiting[0]) {
        c->waiting[c->count++] = (struct pair){.path = path, .was = was, .is = is, .depth = of->depth + 1};
    }
}

static void compare_members(struct comparison *c, const struct pair *of)
{
    const char *name = NULL;
    json_t *value = NULL;
    json_object_foreach((json_t *)(uintptr_t)of->was, name, value)
    {
        compare_later(c, of, name, value, json_object_get(of->is, name));
    }
    json_object_foreach((json_t *)(uintptr_t)of->is, name, value)
    {
        if (json_object_get(of->was, name) == NULL) {
            compare_later(c, of, name, NULL, value);
        }
    }
}

static void put_change(struct comparison *c, const struct pair *pair)
{
    json_t *json = json_object();
    put_text(c->call, json, "party", c->party);
    put_text(c->call, json, "path", pair->path);
    if (pair->was != NULL) {
        put(c->call, json, "was", json_incref((json_t *)(uintptr_t)pair->was));
    }
    if (pair->is != NULL) {
        put(c->call, json, "is", json_incref((json_t *)(uintptr_t)pair->is));
    }
    append(c->call, c->list, json);
    c->found++;
}

/* Objects by their members; all else as a whole. */
static void compare(struct comparison *c)
{
    while (c->count != 0 && c->found < ROSTER_CHANGES_MAX) {
        const struct pair pair = c->waiting[--c->count];
        bool same = pair.was != NULL && pair.is != NULL && json_equal(pair.was, pair.is);
        if (!same && (json_is_object(pair.was) || pair.was == NULL) &&
            (json_is_object(pair.is) || pair.is == NULL) && pair.depth < DEPTH_MAX) {
            compare_members(c, &pair);
        } else if (!same) {
            put_change(c, &pair);
        }
    }
}

void put_roster_changes(struct call *call, json_t *list, const char *party, uint64_t before)
{
    struct comparison *c = arena_zero(call->arena, 1, sizeof *c);
    json_t *was = before == 0 ? NULL : roster_read_json(call, before);
    json_t *is = roster_read_json(call, 0);
    if (c != NULL && was != NULL && is != NULL) {
        *c = (struct comparison){.call = call, .list = list, .party = party, .count = 1};
        c->waiting[0] = (struct pair){.path = "", .was = party_json(was, party), .is = party_json(is, party)};
        compare(c);
    }
    json_decref(was);
    json_decref(is);
}
