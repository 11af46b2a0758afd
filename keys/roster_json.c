/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The grammar of roster.json (docs/protocol.md 9.1) as tables: each object is a list of its members, each member has a
 * reader. What no table names is refused, except inside `ext`.
 */
#include <string.h>

#include "base/ensure.h"
#include "base/text.h"
#include "base/zone_set.h"
#include "keys/roster_fields.h"
#include "keys/roster_private.h"
#include "keys/roster_terms.h"
#include "keys/sign.h"
#include "proto/json.h"

#define DEPTH_MAX   8
#define VALUES_MAX  262144 /* some 40 MiB of a parser's memory */
#define LETTERS_MAX 1000   /* of a later program: read here, and no more is known of it */
#define VERSION_MAX ((UINT64_C(1) << 53) - 1)

static void read_endpoints(struct reader *r, const struct place *place, json_t *json, const struct member *m,
                           void *into)
{
    field_texts(r, place, json, m, into);
    const char *const *endpoints = *(const char *const **)into;
    for (size_t i = 0; endpoints[i] != NULL; i++) {
        if (strncmp(endpoints[i], "tcp://", 6) != 0) {
            field_fail(r, &(struct place){.above = place, .index = i}, "not tcp://HOST:PORT");
        }
    }
}

static void read_address(struct reader *r, const struct place *place, json_t *json, const struct member *m,
                         void *into)
{
    (void)m;
    if (!json_is_string(json) || !address_read(field_string(json), into)) {
        field_fail(r, place, "not an address like XA/poc");
    }
}

static void read_zone(struct reader *r, const struct place *place, json_t *json, const struct member *m,
                      void *into)
{
    field_text(r, place, json, m, into);
    if (r->outcome == ROSTER_OK && !zone_name_good(*(const char **)into)) {
        field_fail(r, place, "not the name of a time zone like Europe/Paris");
    }
}

static void read_status(struct reader *r, const struct place *place, json_t *json, const struct member *m,
                        void *into)
{
    (void)m;
    static const char *const names[] = {
        [PARTY_ACTIVE] = "active", [PARTY_SUSPENDED] = "suspended", [PARTY_LEFT] = "left"};
    for (int i = PARTY_ACTIVE; i <= PARTY_LEFT; i++) {
        if (json_is_string(json) && strcmp(json_string_value(json), names[i]) == 0) {
            *(enum party_status *)into = (enum party_status)i;
            return;
        }
    }
    field_fail(r, place, "not active, suspended or left");
}

static void read_format(struct reader *r, const struct place *place, json_t *json, const struct member *m,
                        void *into)
{
    struct roster *roster = into;
    (void)m;
    (void)json;
    if (r->format == 0) {
        field_fail(r, place, "not \"comity-roster-1\" or \"comity-roster-2\"");
    }
    roster->format = r->format;
}

/* It says which members there are, so it is looked at before all of them. 0: no format that is known. */
static unsigned format_of(json_t *whole)
{
    const char *format = json_string_value(json_object_get(whole, "format"));
    if (format == NULL) {
        return 0;
    }
    return strcmp(format, "comity-roster-2") == 0 ? 2 : strcmp(format, "comity-roster-1") == 0;
}

/*
 * An object whose members mean nothing to version 1; but numbers are integers everywhere. The walk keeps its own stack:
 * the depth of the whole file has been checked before.
 */
static void read_ext(struct reader *r, const struct place *place, json_t *json, const struct member *m,
                     void *into)
{
    (void)m;
    (void)into;
    struct {
        json_t *json;
        void *member;
        size_t index;
    } stack[DEPTH_MAX];
    size_t depth = 0;
    if (!json_is_object(json)) {
        field_fail(r, place, "not an object");
        return;
    }
    stack[depth].json = json;
    stack[depth].member = json_object_iter(json);
    stack[depth++].index = 0;
    while (depth > 0 && r->outcome == ROSTER_OK) {
        json_t *parent = stack[depth - 1].json;
        json_t *value = NULL;
        if (json_is_object(parent) && stack[depth - 1].member != NULL) {
            value = json_object_iter_value(stack[depth - 1].member);
            stack[depth - 1].member = json_object_iter_next(parent, stack[depth - 1].member);
        } else if (json_is_array(parent)) {
            value = json_array_get(parent, stack[depth - 1].index++);
        }
        if (value == NULL) {
            depth--;
        } else if (json_is_real(value)) {
            field_fail(r, place, "holds a number that is not an integer");
        } else if (json_is_object(value) || json_is_array(value)) {
            ensure(depth < DEPTH_MAX);
            stack[depth].json = value;
            stack[depth].member = json_object_iter(value); /* NULL for an array */
            stack[depth++].index = 0;
        }
    }
}

/* --- keys --- */

static void read_revoked(struct reader *r, const struct place *place, json_t *json, const struct member *m,
                         void *into)
{
    static const struct member members[] = {
        {"at", field_time, offsetof(struct roster_key, revoked_at_ms), 0, 0, REQUIRED},
        {"reason", field_text, offsetof(struct roster_key, revoked_reason), 0, 0, REQUIRED},
    };
    (void)m;
    struct roster_key *key = into;
    key->revoked = !json_is_null(json);
    if (key->revoked) {
        FIELD_OBJECT(r, place, json, members, key);
    }
}

static void read_role(struct reader *r, const struct place *place, json_t *json, const struct member *m,
                      void *into)
{
    (void)m;
    for (int role = ROLE_NODE; role <= ROLE_LOG; role++) {
        if (json_is_string(json) &&
            strcmp(json_string_value(json), key_role_name((enum key_role)role)) == 0) {
            *(enum key_role *)into = (enum key_role)role;
            return;
        }
    }
    field_fail(r, place, "not a role of a key");
}

#define KEY_MEMBERS                                                                                          \
    {"role", read_role, offsetof(struct roster_key, role), 0, 0, REQUIRED},                                  \
        {"key", field_hex, offsetof(struct roster_key, key), 0, 32, REQUIRED},                               \
        {"from", field_time, offsetof(struct roster_key, from_ms), 0, 0, REQUIRED},                          \
        {"until", field_time, offsetof(struct roster_key, until_ms), 0, 0, REQUIRED},                        \
    {                                                                                                        \
        "revoked", read_revoked, 0, 0, 0, REQUIRED                                                           \
    }

static const struct member key_members[] = {KEY_MEMBERS};
static const struct member officer_members[] = {
    KEY_MEMBERS,
    {"name", field_text, offsetof(struct roster_key, name), 1, 0, OPTIONAL_2},
    {"office", roster_read_office, offsetof(struct roster_key, office), 0, 0, FORMAT_2},
    {"number", field_text, offsetof(struct roster_key, number), 1, 0, FORMAT_2},
    {"mandate", field_texts, offsetof(struct roster_key, mandate), 0, 0, REQUIRED},
    {"exercise", field_bool, offsetof(struct roster_key, exercise), 0, 0, REQUIRED},
};
static const struct member package_members[] = {
    KEY_MEMBERS,
    {"minisign_id", field_hex, offsetof(struct roster_key, minisign_id), 0, 8, REQUIRED},
};

/* Which members a key has depends on its role. */
static void read_key(struct reader *r, const struct place *place, json_t *json, void *element)
{
    struct roster_key *key = element;
    key->revoked_reason = "";
    key->name = "";
    key->number = "";
    key->shown = "";
    key->mandate = field_no_texts;
    const char *role = json_string_value(json_object_get(json, "role"));
    if (role != NULL && strcmp(role, key_role_name(ROLE_OFFICER)) == 0) {
        FIELD_OBJECT(r, place, json, officer_members, key);
        roster_check_officer(r, place, key);
    } else if (role != NULL && strcmp(role, key_role_name(ROLE_PACKAGE)) == 0) {
        FIELD_OBJECT(r, place, json, package_members, key);
    } else {
        FIELD_OBJECT(r, place, json, key_members, key);
    }
}

static bool is_broker_role(enum key_role role)
{
    return role == ROLE_LINK || role == ROLE_RECEIPT || role == ROLE_LOG;
}

static bool is_party_role(enum key_role role)
{
    return role != ROLE_RECEIPT && role != ROLE_LOG;
}

static const struct roster_key *read_keys(struct reader *r, const struct place *place, json_t *json,
                                          bool (*may_have)(enum key_role), size_t *ret_count)
{
    const struct roster_key *keys = field_array(r, place, json, sizeof *keys, read_key, ret_count);
    for (size_t i = 0; r->outcome == ROSTER_OK && i < *ret_count; i++) {
        if (!may_have(keys[i].role)) {
            const struct place element = {.above = place, .index = i};
            field_fail(r, &(struct place){.above = &element, .member = "role"}, "%s is no role of a key here",
                       key_role_name(keys[i].role));
        }
    }
    return keys;
}

static void read_broker_keys(struct reader *r, const struct place *place, json_t *json,
                             const struct member *m, void *into)
{
    (void)m;
    struct roster_broker *broker = into;
    broker->keys = read_keys(r, place, json, is_broker_role, &broker->key_count);
}

static void read_party_keys(struct reader *r, const struct place *place, json_t *json, const struct member *m,
                            void *into)
{
    (void)m;
    struct party *party = into;
    party->keys = read_keys(r, place, json, is_party_role, &party->key_count);
}

/* --- parties --- */

static void read_contact(struct reader *r, const struct place *place, json_t *json, void *element)
{
    static const struct member members[] = {
        {"role", field_text, offsetof(struct contact, role), 0, 0, OPTIONAL},
        {"name", field_text, offsetof(struct contact, name), 0, 0, OPTIONAL},
        {"phone", field_text, offsetof(struct contact, phone), 0, 0, OPTIONAL},
        {"email", field_text, offsetof(struct contact, email), 0, 0, OPTIONAL},
        {"hours", field_text, offsetof(struct contact, hours), 0, 0, OPTIONAL},
        {"office", roster_read_office, offsetof(struct contact, office), 0, 0, FORMAT_2},
        {"verified_at", field_time, offsetof(struct contact, verified_at_ms), 0, 0, FORMAT_2},
        {"verified_by", field_text, offsetof(struct contact, verified_by), 1, 0, FORMAT_2},
    };
    *(struct contact *)element =
        (struct contact){.role = "", .name = "", .phone = "", .email = "", .hours = "", .verified_by = ""};
    FIELD_OBJECT(r, place, json, members, element);
}

static void read_contacts(struct reader *r, const struct place *place, json_t *json, const struct member *m,
                          void *into)
{
    (void)m;
    struct party *party = into;
    party->contacts =
        field_array(r, place, json, sizeof *party->contacts, read_contact, &party->contact_count);
}

static void read_capabilities(struct reader *r, const struct place *place, json_t *json,
                              const struct member *m, void *into)
{
    static const struct member members[] = {
        {"opened", field_bool, offsetof(struct party, shares_opened), 0, 0, OPTIONAL},
        {"letters", field_integer, offsetof(struct party, letters), 1, LETTERS_MAX, FORMAT_2},
    };
    (void)m;
    FIELD_OBJECT(r, place, json, members, into);
}

static void read_quota(struct reader *r, const struct place *place, json_t *json, const struct member *m,
                       void *into)
{
    static const struct member members[] = {
        {"envelopes", field_integer, offsetof(struct party, quota_envelopes), 0, VERSION_MAX, OPTIONAL},
        {"bytes", field_integer, offsetof(struct party, quota_bytes), 0, VERSION_MAX, OPTIONAL},
    };
    (void)m;
    FIELD_OBJECT(r, place, json, members, into);
}

static void read_party(struct reader *r, const struct place *place, json_t *json, void *element)
{
    static const struct member members[] = {
        {"address", read_address, offsetof(struct party, address), 0, 0, REQUIRED},
        {"status", read_status, offsetof(struct party, status), 0, 0, REQUIRED},
        {"name", field_text, offsetof(struct party, name), 1, 0, REQUIRED},
        {"contacts", read_contacts, 0, 0, 0, OPTIONAL},
        {"zone", read_zone, offsetof(struct party, zone), 1, 0, REQUIRED},
        {"languages", field_texts, offsetof(struct party, languages), 0, 0, OPTIONAL},
        {"capabilities", read_capabilities, 0, 0, 0, OPTIONAL},
        {"quota", read_quota, 0, 0, 0, OPTIONAL},
        {"keys", read_party_keys, 0, 0, 0, REQUIRED},
        {"calendar", roster_read_calendar, offsetof(struct party, calendar), 0, 0, FORMAT_2},
        {"terms", roster_read_terms, offsetof(struct party, terms), 0, 0, FORMAT_2},
        {"ping", roster_read_ping, offsetof(struct party, ping), 0, 0, FORMAT_2},
        {"ext", read_ext, 0, 0, 0, OPTIONAL},
    };
    struct party *party = element;
    party->languages = field_no_texts;
    party->letters = 1;
    FIELD_OBJECT(r, place, json, members, party);
    party->shares_opened = party->shares_opened || party_terms(party)->share_opened;
}

static void read_parties(struct reader *r, const struct place *place, json_t *json, const struct member *m,
                         void *into)
{
    (void)m;
    struct roster *roster = into;
    roster->parties = field_array(r, place, json, sizeof *roster->parties, read_party, &roster->party_count);
}

/* --- brokers, roots, the whole --- */

static void read_broker(struct reader *r, const struct place *place, json_t *json, void *element)
{
    static const struct member members[] = {
        {"id", field_text, offsetof(struct roster_broker, id), 1, 0, REQUIRED},
        {"endpoints", read_endpoints, offsetof(struct roster_broker, endpoints), 0, 0, REQUIRED},
        {"keys", read_broker_keys, 0, 0, 0, REQUIRED},
    };
    FIELD_OBJECT(r, place, json, members, element);
}

static void read_brokers(struct reader *r, const struct place *place, json_t *json, const struct member *m,
                         void *into)
{
    (void)m;
    struct roster *roster = into;
    roster->brokers =
        field_array(r, place, json, sizeof *roster->brokers, read_broker, &roster->broker_count);
}

static void read_minisign_key(struct reader *r, const struct place *place, json_t *json,
                              const struct member *m, void *into)
{
    (void)m;
    if (!json_is_string(json) || !minisign_key_read(field_string(json), into)) {
        field_fail(r, place, "not a minisign public key (RWQ...)");
    }
}

static void read_root(struct reader *r, const struct place *place, json_t *json, void *element)
{
    static const struct member members[] = {
        {"name", field_text, offsetof(struct roster_root, name), 1, 0, REQUIRED},
        {"minisign", read_minisign_key, offsetof(struct roster_root, minisign), 0, 0, REQUIRED},
    };
    FIELD_OBJECT(r, place, json, members, element);
}

static void read_root_keys(struct reader *r, const struct place *place, json_t *json, const struct member *m,
                           void *into)
{
    (void)m;
    struct roster *roster = into;
    roster->roots = field_array(r, place, json, sizeof *roster->roots, read_root, &roster->root_count);
}

static void read_roots(struct reader *r, const struct place *place, json_t *json, const struct member *m,
                       void *into)
{
    static const struct member members[] = {
        {"threshold", field_integer, offsetof(struct roster, threshold), 0, UINT32_MAX, REQUIRED},
        {"keys", read_root_keys, 0, 0, 0, REQUIRED},
    };
    (void)m;
    FIELD_OBJECT(r, place, json, members, into);
}

static void read_wire(struct reader *r, const struct place *place, json_t *json, const struct member *m,
                      void *into)
{
    static const struct member members[] = {
        {"min", field_integer, offsetof(struct roster, wire_min), 1, UINT32_MAX, REQUIRED},
        {"max", field_integer, offsetof(struct roster, wire_max), 1, UINT32_MAX, REQUIRED},
    };
    (void)m;
    struct roster *roster = into;
    FIELD_OBJECT(r, place, json, members, roster);
    if (roster->wire_min > roster->wire_max) {
        field_fail(r, &(struct place){.above = place, .member = "min"}, "above wire.max");
    }
}

static const struct member roster_members[] = {
    {"format", read_format, 0, 0, 0, REQUIRED},
    {"network", field_hex, offsetof(struct roster, stated_network), 0, 32, REQUIRED},
    {"version", field_integer, offsetof(struct roster, version), 1, VERSION_MAX, REQUIRED},
    {"previous", field_hex, offsetof(struct roster, previous), 0, 32, REQUIRED},
    {"issued", field_time, offsetof(struct roster, issued_ms), 0, 0, REQUIRED},
    {"expires", field_time, offsetof(struct roster, expires_ms), 0, 0, REQUIRED},
    {"grace_days", field_integer, offsetof(struct roster, grace_days), 0, 90, REQUIRED},
    {"wire", read_wire, 0, 0, 0, REQUIRED},
    {"roots", read_roots, 0, 0, 0, REQUIRED},
    {"brokers", read_brokers, 0, 0, 0, REQUIRED},
    {"parties", read_parties, 0, 0, 0, REQUIRED},
};

/* Version 1 cannot name its own hash, and has no predecessor. */
static void check_first_version(struct reader *r, const struct place *whole, const struct roster *roster)
{
    if (roster->version != 1) {
        return;
    }
    if (!bytes_all_zero(digest_bytes(&roster->stated_network))) {
        field_fail(r, &(struct place){.above = whole, .member = "network"},
                   "not 64 zeros, as it must be in version 1");
    }
    if (!bytes_all_zero(digest_bytes(&roster->previous))) {
        field_fail(r, &(struct place){.above = whole, .member = "previous"},
                   "not 64 zeros, as it must be in version 1");
    }
}

/* --- text to JSON --- */

static json_t *load(struct reader *r, const struct place *whole, struct bytes text)
{
    if (text.size >= 3 && memcmp(text.data, "\xef\xbb\xbf", 3) == 0) {
        field_fail(r, whole, "begins with a byte order mark");
        return NULL;
    }
    struct json_shape shape = json_shape(text);
    if (shape.depth > DEPTH_MAX) {
        field_fail(r, whole, "nested deeper than %d", DEPTH_MAX);
        return NULL;
    }
    if (shape.values > VALUES_MAX) {
        field_fail(r, whole, "more than %d values", VALUES_MAX);
        return NULL;
    }
    json_error_t fault;
    json_t *json = json_loadb((const char *)text.data, text.size, JSON_REJECT_DUPLICATES, &fault);
    if (json == NULL && json_error_code(&fault) == json_error_out_of_memory) {
        field_fail_memory(r);
    } else if (json == NULL) {
        field_fail(r, whole, "line %d, column %d: %s", fault.line, fault.column, field_quiet(r, fault.text));
    }
    return json;
}

enum roster_outcome roster_parse(struct bytes text, struct roster *roster, struct error *error)
{
    static const struct place whole = {.above = NULL};
    struct reader r = {.arena = roster->arena, .error = error, .outcome = ROSTER_OK};
    json_t *json = load(&r, &whole, text);
    if (json != NULL) {
        r.format = format_of(json);
        FIELD_OBJECT(&r, &whole, json, roster_members, roster);
        json_decref(json);
    }
    if (r.outcome != ROSTER_OK) {
        return r.outcome;
    }
    check_first_version(&r, &whole, roster);
    roster->json = arena_copy(roster->arena, text);
    roster->hash = plain_hash(text);
    if (roster->json.data == NULL) {
        field_fail_memory(&r);
    }
    return r.outcome;
}
