/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/roster_make.h"

#include <jansson.h>
#include <stdio.h>
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

static void put_office(json_t *object, enum office office, bool *good)
{
    put_optional_text(object, "office", office_name(office), good);
}

static json_t *key_json(const struct roster_key *key, bool *good)
{
    const bool placed = key->office != OFFICE_NONE && key->number != NULL && key->number[0] != '\0';
    json_t *json = json_object();
    put_text(json, "role", key_role_name(key->role), good);
    put_hex(json, "key", key->key.bytes, sizeof key->key.bytes, good);
    put_time(json, "from", key->from_ms, good);
    put_time(json, "until", key->until_ms, good);
    put(json, "revoked", revoked_json(key, good), good);
    if (key->role == ROLE_OFFICER) {
        if (!placed || (key->name != NULL && key->name[0] != '\0')) {
            put_text(json, "name", key->name, good);
        }
        put_office(json, key->office, good);
        put_optional_text(json, "number", key->number, good);
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
        put_office(json, contact->office, good);
        put_optional_text(json, "verified_by", contact->verified_by, good);
        if (contact->verified_at_ms != 0) {
            put_time(json, "verified_at", contact->verified_at_ms, good);
        }
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

/* --- what a party publishes --- */

static json_t *built(json_t *json, bool good)
{
    if (!good) {
        json_decref(json);
    }
    return good ? json : NULL;
}

static json_t *span_json(struct day_span span)
{
    char text[sizeof "HH:MM-HH:MM"];
    ensure(span.from_min < 1440 && span.until_min <= 1440);
    (void)snprintf(text, sizeof text, "%02u:%02u-%02u:%02u", span.from_min / 60U, span.from_min % 60U,
                   span.until_min / 60U, span.until_min % 60U);
    return json_string(text);
}

static void put_span(json_t *object, const char *name, struct day_span span, bool *good)
{
    if (day_span_given(span)) {
        put(object, name, span_json(span), good);
    }
}

json_t *calendar_entry_json(const struct calendar_entry *calendar)
{
    static const char *const days[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
    bool good = true;
    json_t *json = json_object();
    json_t *week = json_array();
    json_t *holidays = json_array();
    for (unsigned i = 0; i < 7; i++) {
        if ((calendar->week >> ((i + 1) % 7) & 1) != 0) {
            append(week, json_string(days[i]), &good);
        }
    }
    for (size_t i = 0; i < calendar->holiday_count; i++) {
        char text[INSTANT_TEXT_MAX];
        const struct instant day = {.ms = calendar->holidays[i] * (int64_t)MS_PER_DAY};
        append(holidays, json_stringn(instant_write(text, day), strlen("YYYY-MM-DD")), &good);
    }
    put(json, "week", week, &good);
    put_span(json, "hours", calendar->hours, &good);
    put_span(json, "on_call", calendar->on_call, &good);
    put(json, "holidays", holidays, &good);
    return built(json, good);
}

static json_t *languages_json(const struct terms *terms, bool *good)
{
    static const char *const names[TERMS_CLASSES] = {
        [TERMS_HOLDS] = "holds", [TERMS_ASSISTANCE] = "assistance", [TERMS_URGENT] = "urgent"};
    json_t *json = json_object();
    for (size_t i = 0; i < TERMS_CLASSES; i++) {
        put_texts(json, names[i], terms->languages[i], good);
    }
    return json;
}

static json_t *hold_json(const struct terms *terms, bool *good)
{
    json_t *json = json_object();
    if (terms->hold_days_max != TERMS_UNSAID) {
        put_integer(json, "days_max", terms->hold_days_max, good);
    }
    if (terms->hold_extensions != TERMS_UNSAID) {
        put_integer(json, "extensions", terms->hold_extensions, good);
    }
    put_integer(json, "lead_days", terms->lead_days, good);
    return json;
}

json_t *terms_json(const struct terms *terms)
{
    bool good = true;
    json_t *json = json_object();
    json_t *dual = json_object();
    json_t *authorities = json_object();
    json_t *signatures = json_object();
    put(dual, "holds", json_boolean(terms->dual_holds), &good);
    put(dual, "assistance", json_boolean(terms->dual_assistance), &good);
    put(dual, "reservation_29_4", json_boolean(terms->reservation_29_4), &good);
    for (size_t i = 0; i < terms->authority_count; i++) {
        put_text(authorities, terms->authorities[i].article, terms->authorities[i].party.text, &good);
    }
    for (size_t i = 0; i < terms->signatures_count; i++) {
        put_integer(signatures, terms->signatures[i].letter, terms->signatures[i].count, &good);
    }
    put(json, "languages", languages_json(terms, &good), &good);
    put_texts(json, "insists", terms->insists, &good);
    put(json, "dual_criminality", dual, &good);
    put(json, "hold", hold_json(terms, &good), &good);
    put_texts(json, "formats", terms->formats, &good);
    put_texts(json, "channels", terms->channels, &good);
    put(json, "authorities", authorities, &good);
    put(json, "signatures", signatures, &good);
    put(json, "share_opened", json_boolean(terms->share_opened), &good);
    put_optional_text(json, "text", terms->text, &good);
    return built(json, good);
}

json_t *roster_key_json(const struct roster_key *key)
{
    bool good = true;
    json_t *json = key_json(key, &good);
    return built(json, good);
}

json_t *ping_consent_json(const struct ping_consent *ping)
{
    bool good = true;
    json_t *json = json_object();
    json_t *quiet = json_array();
    for (size_t i = 0; i < ping->quiet_count; i++) {
        append(quiet, span_json(ping->quiet[i]), &good);
    }
    put(json, "consent", json_boolean(ping->given), &good);
    put(json, "quiet", quiet, &good);
    put_integer(json, "per_year", ping->per_year, &good);
    put_integer(json, "answer_hours", ping->answer_hours, &good);
    return built(json, good);
}

static void put_published(json_t *json, const struct party *party, bool *good)
{
    if (party->calendar != NULL) {
        put(json, "calendar", calendar_entry_json(party->calendar), good);
    }
    if (party->terms != NULL) {
        put(json, "terms", terms_json(party->terms), good);
    }
    if (party->ping != NULL) {
        put(json, "ping", ping_consent_json(party->ping), good);
    }
}

/* --- parties, brokers, roots, the whole --- */

static bool party_needs_format_2(const struct party *party)
{
    if (party->calendar != NULL || party->terms != NULL || party->ping != NULL || party->letters > 1) {
        return true;
    }
    for (size_t i = 0; i < party->contact_count; i++) {
        const struct contact *contact = &party->contacts[i];
        if (contact->office != OFFICE_NONE || contact->verified_at_ms != 0) {
            return true;
        }
    }
    for (size_t i = 0; i < party->key_count; i++) {
        if (party->keys[i].office != OFFICE_NONE ||
            (party->keys[i].number != NULL && party->keys[i].number[0] != '\0')) {
            return true;
        }
    }
    return false;
}

static unsigned format_of(const struct roster_draft *draft)
{
    unsigned format = draft->format == 0 ? 1 : draft->format;
    for (size_t i = 0; i < draft->party_count && format < 2; i++) {
        format = party_needs_format_2(&draft->parties[i]) ? 2 : format;
    }
    return format;
}

static json_t *party_json(const struct party *party, bool *good)
{
    static const char *const statuses[] = {
        [PARTY_ACTIVE] = "active", [PARTY_SUSPENDED] = "suspended", [PARTY_LEFT] = "left"};
    ensure(party->status >= PARTY_ACTIVE && party->status <= PARTY_LEFT);
    json_t *json = json_object();
    json_t *capabilities = json_object();
    put(capabilities, "opened", json_boolean(party->shares_opened), good);
    if (party->letters > 1) {
        put_integer(capabilities, "letters", party->letters, good);
    }
    put_text(json, "address", party->address.text, good);
    put_text(json, "status", statuses[party->status], good);
    put_text(json, "name", party->name, good);
    put(json, "contacts", contacts_json(party, good), good);
    put_text(json, "zone", party->zone, good);
    put_texts(json, "languages", party->languages, good);
    put(json, "capabilities", capabilities, good);
    put(json, "quota", quota_json(party, good), good);
    put(json, "keys", keys_json(party->keys, party->key_count, good), good);
    put_published(json, party, good);
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
    put_text(json, "format", format_of(draft) == 1 ? "comity-roster-1" : "comity-roster-2", good);
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
        .format = held->format,
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
