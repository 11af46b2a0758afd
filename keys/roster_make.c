/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/roster_make.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "base/instant.h"
#include "base/text.h"
#include "keys/roster_private.h"

/*
 * jansson's _new functions take what they are given and hand NULL on as failure (-1); a failure anywhere clears *good, and
 * the text is then not written.
 */
static void put(json_t *object, const char *name, json_t *value, bool *good)
{
    *good = json_object_set_new(object, name, value) == 0 && *good;
}

static void append(json_t *array, json_t *value, bool *good)
{
    *good = json_array_append_new(array, value) == 0 && *good;
}

static void put_text(json_t *object, const char *name, const char *text, bool *good)
{
    put(object, name, json_string(text == NULL ? "" : text), good);
}

static void put_optional_text(json_t *object, const char *name, const char *text, bool *good)
{
    if (text != NULL && text[0] != '\0') {
        put_text(object, name, text, good);
    }
}

static void put_integer(json_t *object, const char *name, uint64_t value, bool *good)
{
    ensure(value <= INT64_MAX);
    put(object, name, json_integer((json_int_t)value), good);
}

static void put_hex(json_t *object, const char *name, const uint8_t *bytes, size_t size, bool *good)
{
    char text[65];
    ensure(size * 2 < sizeof text);
    put_text(object, name, hex_write(text, bytes_of(bytes, size)), good);
}

static void put_time(json_t *object, const char *name, uint64_t ms, bool *good)
{
    char text[INSTANT_TEXT_MAX];
    ensure(ms % MS_PER_SECOND == 0 && ms <= INT64_MAX);
    put_text(object, name, instant_write(text, (struct instant){.ms = (int64_t)ms}), good);
}

static void put_texts(json_t *object, const char *name, const char *const *texts, bool *good)
{
    json_t *array = json_array();
    for (size_t i = 0; texts != NULL && texts[i] != NULL; i++) {
        append(array, json_string(texts[i]), good);
    }
    put(object, name, array, good);
}

static json_t *revoked_json(const struct roster_key *key, bool *good)
{
    if (!key->revoked) {
        return json_null();
    }
    json_t *json = json_object();
    put_time(json, "at", key->revoked_at_ms, good);
    put_text(json, "reason", key->revoked_reason, good);
    return json;
}

static json_t *key_json(const struct roster_key *key, bool *good)
{
    json_t *json = json_object();
    put_text(json, "role", key_role_name(key->role), good);
    put_hex(json, "key", key->key.bytes, sizeof key->key.bytes, good);
    put_time(json, "from", key->from_ms, good);
    put_time(json, "until", key->until_ms, good);
    put(json, "revoked", revoked_json(key, good), good);
    if (key->role == ROLE_OFFICER) {
        put_text(json, "name", key->name, good);
        put_texts(json, "mandate", key->mandate, good);
        put(json, "exercise", json_boolean(key->exercise), good);
    }
    if (key->role == ROLE_PACKAGE) {
        put_hex(json, "minisign_id", key->minisign_id, sizeof key->minisign_id, good);
    }
    return json;
}

static json_t *keys_json(const struct roster_key *keys, size_t count, bool *good)
{
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++) {
        append(array, key_json(&keys[i], good), good);
    }
    return array;
}

static json_t *contacts_json(const struct party *party, bool *good)
{
    json_t *array = json_array();
    for (size_t i = 0; i < party->contact_count; i++) {
        const struct contact *contact = &party->contacts[i];
        json_t *json = json_object();
        put_optional_text(json, "role", contact->role, good);
        put_optional_text(json, "name", contact->name, good);
        put_optional_text(json, "phone", contact->phone, good);
        put_optional_text(json, "email", contact->email, good);
        put_optional_text(json, "hours", contact->hours, good);
        append(array, json, good);
    }
    return array;
}

static json_t *quota_json(const struct party *party, bool *good)
{
    json_t *json = json_object();
    if (party->quota_envelopes != 0) {
        put_integer(json, "envelopes", party->quota_envelopes, good);
    }
    if (party->quota_bytes != 0) {
        put_integer(json, "bytes", party->quota_bytes, good);
    }
    return json;
}

static json_t *party_json(const struct party *party, bool *good)
{
    static const char *const statuses[] = {
        [PARTY_ACTIVE] = "active", [PARTY_SUSPENDED] = "suspended", [PARTY_LEFT] = "left"};
    ensure(party->status >= PARTY_ACTIVE && party->status <= PARTY_LEFT);
    json_t *json = json_object();
    json_t *capabilities = json_object();
    put(capabilities, "opened", json_boolean(party->shares_opened), good);
    put_text(json, "address", party->address.text, good);
    put_text(json, "status", statuses[party->status], good);
    put_text(json, "name", party->name, good);
    put(json, "contacts", contacts_json(party, good), good);
    put_text(json, "zone", party->zone, good);
    put_texts(json, "languages", party->languages, good);
    put(json, "capabilities", capabilities, good);
    put(json, "quota", quota_json(party, good), good);
    put(json, "keys", keys_json(party->keys, party->key_count, good), good);
    return json;
}

static json_t *broker_json(const struct roster_broker *broker, bool *good)
{
    json_t *json = json_object();
    put_text(json, "id", broker->id, good);
    put_texts(json, "endpoints", broker->endpoints, good);
    put(json, "keys", keys_json(broker->keys, broker->key_count, good), good);
    return json;
}

static json_t *roots_json(const struct roster_draft *draft, bool *good)
{
    json_t *array = json_array();
    for (size_t i = 0; i < draft->root_count; i++) {
        char text[MINISIGN_KEY_TEXT];
        json_t *root = json_object();
        put_text(root, "name", draft->roots[i].name, good);
        put_text(root, "minisign", minisign_key_write(text, &draft->roots[i].minisign), good);
        append(array, root, good);
    }
    json_t *json = json_object();
    put_integer(json, "threshold", draft->threshold, good);
    put(json, "keys", array, good);
    return json;
}

static json_t *draft_json(const struct roster_draft *draft, bool *good)
{
    json_t *json = json_object();
    json_t *wire = json_object();
    json_t *brokers = json_array();
    json_t *parties = json_array();
    put_integer(wire, "min", 1, good);
    put_integer(wire, "max", 1, good);
    for (size_t i = 0; i < draft->broker_count; i++) {
        append(brokers, broker_json(&draft->brokers[i], good), good);
    }
    for (size_t i = 0; i < draft->party_count; i++) {
        append(parties, party_json(&draft->parties[i], good), good);
    }
    put_text(json, "format", "comity-roster-1", good);
    put_hex(json, "network", draft->network.bytes, sizeof draft->network.bytes, good);
    put_integer(json, "version", draft->version, good);
    put_hex(json, "previous", draft->previous.bytes, sizeof draft->previous.bytes, good);
    put_time(json, "issued", draft->issued_ms, good);
    put_time(json, "expires", draft->expires_ms, good);
    put_integer(json, "grace_days", draft->grace_days, good);
    put(json, "wire", wire, good);
    put(json, "roots", roots_json(draft, good), good);
    put(json, "brokers", brokers, good);
    put(json, "parties", parties, good);
    return json;
}

struct bytes roster_make(const struct roster_draft *draft, struct arena *arena)
{
    bool good = true;
    json_t *json = draft_json(draft, &good);
    char *text = good ? json_dumps(json, JSON_INDENT(2) | JSON_SORT_KEYS) : NULL;
    const char *copy = text == NULL ? NULL : arena_format(arena, "%s\n", text);
    json_decref(json);
    free(text);
    return copy == NULL ? bytes_of(NULL, 0) : bytes_of_text(copy);
}

struct roster_key *draft_keys(struct arena *arena, const struct roster_key *keys, size_t count, size_t more)
{
    struct roster_key *copy = arena_zero(arena, count + more, sizeof *copy);
    if (copy != NULL && count != 0) {
        memcpy(copy, keys, count * sizeof *copy);
    }
    return copy;
}

bool roster_draft_after(const struct roster *held, struct arena *arena, struct roster_draft *ret)
{
    struct draft_root *roots = arena_zero(arena, held->root_count, sizeof *roots);
    struct roster_broker *brokers = arena_zero(arena, held->broker_count, sizeof *brokers);
    struct party *parties = arena_zero(arena, held->party_count, sizeof *parties);
    if (roots == NULL || brokers == NULL || parties == NULL) {
        return false;
    }
    for (size_t i = 0; i < held->root_count; i++) {
        roots[i] = (struct draft_root){.name = held->roots[i].name, .minisign = held->roots[i].minisign};
    }
    for (size_t i = 0; i < held->broker_count; i++) {
        brokers[i] = held->brokers[i];
    }
    for (size_t i = 0; i < held->party_count; i++) {
        parties[i] = held->parties[i];
    }
    *ret = (struct roster_draft){
        .network = roster_network(held),
        .version = held->version + 1,
        .previous = held->hash,
        .issued_ms = held->issued_ms,
        .expires_ms = held->expires_ms,
        .grace_days = (unsigned)held->grace_days,
        .threshold = (unsigned)held->threshold,
        .roots = roots,
        .root_count = held->root_count,
        .brokers = brokers,
        .broker_count = held->broker_count,
        .parties = parties,
        .party_count = held->party_count,
    };
    return true;
}
