/* SPDX-License-Identifier: Apache-2.0 */
/* STATUS and ROSTER: the node itself, and the directory it trusts. */
#include <string.h>

#include "base/text.h"
#include "keys/roster_make.h"
#include "nodes/broker_time.h"
#include "nodes/recall.h"
#include "nodes/store_node.h"
#include "nodes/trouble.h"
#include "nodes/view.h"

#define TROUBLE_SHOWN 400 /* bytes */

/* --- the node --- */

static json_t *roster_line(struct call *call, const struct roster *roster)
{
    bool stale = false;
    enum roster_outcome outcome = roster_freshness(roster, call->now, &stale);
    json_t *json = json_object();
    put_number(call, json, "version", roster_version(roster));
    put_hex(call, json, "hash", digest_bytes(roster_hash(roster)));
    put_ms(call, json, "expires", roster_expires_ms(roster));
    put(call, json, "stale", json_boolean(stale || outcome == ROSTER_EXPIRED));
    put(call, json, "expired", json_boolean(outcome == ROSTER_EXPIRED));
    return json;
}

static json_t *figures_json(struct call *call, const struct node_figures *figures)
{
    json_t *json = json_object();
    json_t *refused = json_object();
    put_number(call, json, "sent", figures->sent);
    put_number(call, json, "accepted", figures->accepted);
    put_number(call, json, "delivered", figures->delivered);
    put_number(call, json, "received", figures->received);
    put_number(call, json, "effective", figures->effective);
    for (uint32_t reason = 1; reason < REASON_COUNT; reason++) {
        if (figures->refused[reason] != 0) {
            put_number(call, refused, reason_name(reason), figures->refused[reason]);
        }
    }
    put(call, json, "refused", refused);
    return json;
}

const char *view_link_trouble(struct call *call)
{
    const struct node *node = call->node;
    if (node->live.stage == LINK_READY || node->link_trouble[0] == '\0') {
        return "";
    }
    const char *about = strstr(node->link_trouble, ": ");
    size_t size = about == NULL ? strlen(node->link_trouble) : (size_t)(about - node->link_trouble);
    const char *sentence = arena_format(call->arena, "%.*s", (int)size, node->link_trouble);
    const char *text = sentence == NULL ? NULL
                                        : arena_format(call->arena, "%s%s%s", say(call->words, sentence),
                                                       about == NULL ? "" : ": ",
                                                       about == NULL ? "" : say(call->words, about + 2));
    text = text == NULL ? NULL : text_quiet(call->arena, bytes_of_text(text), TROUBLE_SHOWN);
    return text == NULL ? "" : text;
}

/* Parties whose cases were or are being rebuilt from what they hold. */
static json_t *recalls_json(struct call *call)
{
    struct recall_state *states = arena_zero(call->arena, RECALLS_MAX, sizeof *states);
    size_t count = states == NULL ? 0 : recall_states(call->node, RECALLS_MAX, states);
    json_t *list = count == 0 ? NULL : json_array();
    for (size_t i = 0; i < count; i++) {
        json_t *json = json_object();
        put_text(call, json, "party", states[i].party.text);
        put_ms(call, json, "since", states[i].since_ms);
        put_true(call, json, "older_cases_wait", states[i].shown && states[i].done_ms == 0);
        put_ms(call, json, "whole_since", states[i].done_ms);
        put_number(call, json, "returned", states[i].letters);
        put_number(call, json, "refused", states[i].refused);
        append(call, list, json);
    }
    return list;
}

/* Parties that lost their disk, or say so, and were given their letters. */
static json_t *askers_json(struct call *call)
{
    struct recall_asker *askers = arena_zero(call->arena, RECALLS_MAX, sizeof *askers);
    size_t count = askers == NULL ? 0 : recall_askers(call->node, RECALLS_MAX, askers);
    json_t *list = count == 0 ? NULL : json_array();
    for (size_t i = 0; i < count; i++) {
        json_t *json = json_object();
        put_text(call, json, "party", askers[i].party.text);
        put_ms(call, json, "asked", askers[i].asked_ms);
        append(call, list, json);
    }
    return list;
}

/* What the heads have shown of the disks: when, and what is done about it. */
static void put_losses(struct call *call, json_t *json)
{
    json_t *recalls = recalls_json(call);
    json_t *askers = askers_json(call);
    if (askers != NULL) {
        put(call, json, "recalled_by", askers);
    }
    put_ms(call, json, "store_behind", recall_noticed_ms(call->node));
    put_ms(call, json, "broker_behind", recall_broker_noticed_ms(call->node));
    if (recalls != NULL) {
        put(call, json, "recalls", recalls);
    }
}

/* What keeps the node itself from its work. */
static void put_troubles(struct call *call, json_t *json)
{
    struct trouble found[TROUBLES_MAX];
    size_t count = troubles(call->node, call->turn, call->words, found);
    json_t *list = count == 0 ? NULL : json_array();
    for (size_t i = 0; i < count; i++) {
        json_t *one = json_object();
        put_text(call, one, "what", found[i].what);
        put_text(call, one, "why", found[i].why.text);
        put_text(call, one, "next", say(call->words, found[i].next));
        append(call, list, one);
    }
    if (list != NULL) {
        put(call, json, "troubles", list);
    }
}

void view_status(struct call *call)
{
    struct node_figures figures;
    const struct roster *roster = node_roster_now(call->node);
    json_t *json = json_object();
    json_t *waiting = json_object();
    json_t *because = view_waiting_because(call);
    size_t brokers = 0;
    wall_ms theirs;
    node_figures(call->node, &figures);
    put_text(call, json, "party", call->node->options.party.text);
    put(call, json, "connected", json_boolean(figures.connected));
    put_text(call, json, "link_trouble", view_link_trouble(call));
    put_troubles(call, json);
    if (roster != NULL) {
        const struct roster_broker *broker = roster_brokers(roster, &brokers);
        put_text(call, json, "broker", brokers == 0 ? "" : broker[0].id);
        put(call, json, "roster", roster_line(call, roster));
    }
    if (call->node->options.has_exercise) {
        put_hex(call, json, "exercise",
                bytes_of(call->node->options.exercise.bytes, sizeof call->node->options.exercise.bytes));
    }
    put(call, json, "disk_low", json_boolean(call->node->live.disk_low));
    view_hook_trouble(call, json);
    put_losses(call, json);
    put(call, json, "figures", figures_json(call, &figures));
    put_number(call, waiting, "out", figures.waiting_out);
    put_number(call, waiting, "in", figures.waiting_in);
    put(call, json, "waiting", waiting);
    if (because != NULL) {
        put(call, json, "waiting_because", because);
    }
    put_ms(call, json, "now", call->now.ms);
    if (broker_time_now(call->node, call->turn, &theirs)) {
        put_ms(call, json, "broker_now", theirs.ms);
        put(call, json, "clock_off", json_boolean(broker_time_differs(call->node, call->turn)));
    }
    answer_json(call, json);
}

/* --- the roster --- */

static json_t *texts_json(struct call *call, const char *const *texts)
{
    json_t *list = json_array();
    for (; texts != NULL && *texts != NULL; texts++) {
        append(call, list, json_string(*texts));
    }
    return list;
}

/* party NULL: of a broker, which has no officers. */
static json_t *key_json(struct call *call, const char *party, const struct roster_key *key)
{
    json_t *json = json_object();
    put_text(call, json, "role", key_role_name(key->role));
    put_hex(call, json, "key", bytes_of(key->key.bytes, sizeof key->key.bytes));
    put_ms(call, json, "from", key->from_ms);
    put_ms(call, json, "until", key->until_ms);
    if (key->role == ROLE_OFFICER) {
        put_text(call, json, "name", party == NULL ? "" : officer_shown(call, party, key));
        put_text(call, json, "office", office_name(key->office));
        put_text(call, json, "number", key->number);
        put(call, json, "mandate", texts_json(call, key->mandate));
        put(call, json, "exercise", json_boolean(key->exercise));
    }
    if (key->revoked) {
        put_ms(call, json, "revoked", key->revoked_at_ms);
        put_text(call, json, "reason", key->revoked_reason);
    }
    return json;
}

static json_t *keys_json(struct call *call, const char *party, const struct roster_key *keys, size_t count)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        append(call, list, key_json(call, party, &keys[i]));
    }
    return list;
}

static json_t *contacts_json(struct call *call, const struct party *party)
{
    json_t *list = json_array();
    for (size_t i = 0; i < party->contact_count; i++) {
        const struct contact *contact = &party->contacts[i];
        json_t *json = json_object();
        put_text(call, json, "role", contact->role);
        put_text(call, json, "name", contact->name);
        put_text(call, json, "phone", contact->phone);
        put_text(call, json, "email", contact->email);
        put_text(call, json, "hours", contact->hours);
        put_text(call, json, "office", office_name(contact->office));
        put_ms(call, json, "verified_at", contact->verified_at_ms);
        put_text(call, json, "verified_by", contact->verified_by);
        append(call, list, json);
    }
    return list;
}

static const char *status_name(enum party_status status)
{
    switch (status) {
    case PARTY_ACTIVE:
        return "active";
    case PARTY_SUSPENDED:
        return "suspended";
    case PARTY_LEFT:
        break;
    }
    return "left";
}

json_t *view_party(struct call *call, const struct party *party)
{
    json_t *json = json_object();
    put_text(call, json, "address", party->address.text);
    put_text(call, json, "status", status_name(party->status));
    put_text(call, json, "name", party->name);
    put_text(call, json, "zone", party->zone);
    put(call, json, "has_node", json_boolean(party_has_node(party)));
    put(call, json, "languages", texts_json(call, party->languages));
    put(call, json, "shares_opened", json_boolean(party->shares_opened));
    put_number(call, json, "letters", party->letters);
    put(call, json, "contacts", contacts_json(call, party));
    if (party->calendar != NULL) {
        put(call, json, "calendar", calendar_entry_json(party->calendar));
    }
    if (party->terms != NULL) {
        put(call, json, "terms", terms_json(party->terms));
    }
    if (party->ping != NULL) {
        put(call, json, "ping", ping_consent_json(party->ping));
    }
    return json;
}

static json_t *parties_json(struct call *call, const struct roster *roster)
{
    size_t count = 0;
    const struct party *parties = roster_parties(roster, &count);
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        json_t *json = view_party(call, &parties[i]);
        put(call, json, "keys",
            keys_json(call, parties[i].address.text, parties[i].keys, parties[i].key_count));
        append(call, list, json);
    }
    return list;
}

static json_t *brokers_json(struct call *call, const struct roster *roster)
{
    size_t count = 0;
    const struct roster_broker *brokers = roster_brokers(roster, &count);
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        json_t *json = json_object();
        put_text(call, json, "id", brokers[i].id);
        put(call, json, "endpoints", texts_json(call, brokers[i].endpoints));
        put(call, json, "keys", keys_json(call, NULL, brokers[i].keys, brokers[i].key_count));
        append(call, list, json);
    }
    return list;
}

static json_t *roots_json(struct call *call, const struct roster *roster)
{
    size_t count = 0;
    const struct minisign_key *roots = roster_roots(roster, &count);
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        char text[MINISIGN_KEY_TEXT];
        json_t *json = json_object();
        put_text(call, json, "name", roster_root_name(roster, i));
        put_text(call, json, "minisign", minisign_key_write(text, &roots[i]));
        append(call, list, json);
    }
    return list;
}

void view_roster(struct call *call)
{
    const struct roster *roster = node_roster_now(call->node);
    if (roster == NULL) {
        answer_error(call, 404, "NO_ROSTER", "take the roster in: comity roster update",
                     "this node holds no roster");
        return;
    }
    struct network_id network = roster_network(roster);
    json_t *json = roster_line(call, roster);
    put_hex(call, json, "network", bytes_of(network.bytes, sizeof network.bytes));
    put_ms(call, json, "issued", roster_issued_ms(roster));
    put_number(call, json, "grace_days", roster_grace_ms(roster) / MS_PER_DAY);
    put_number(call, json, "threshold", roster_threshold(roster));
    put(call, json, "roots", roots_json(call, roster));
    put(call, json, "brokers", brokers_json(call, roster));
    put_number(call, json, "format", roster_format(roster));
    put(call, json, "parties", parties_json(call, roster));
    answer_json(call, json);
}
