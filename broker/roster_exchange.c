/* SPDX-License-Identifier: Apache-2.0 */
/* Rosters: taken from disk or from nodes, kept for ever, announced, given in parts; and what a new one ends. */
#include <stdlib.h>
#include <string.h>

#include "broker/broker_private.h"

/* --- the store --- */

bool roster_load(struct broker *broker, struct error *error)
{
    struct bytes bundle;
    Comity__Roster *message = NULL;
    uint64_t version = roster_row_newest(broker->store);
    bool found = version != 0 && roster_row_find(broker->store, version, broker->scratch, &bundle);
    if (store_outcome(broker->store) != STORE_OK) {
        error_set(error, "cannot read the store %s: %s", broker->store_path, store_error(broker->store));
        return false;
    }
    if (version == 0) {
        return true;
    }
    if (!found || roster_bundle_unpack(bundle, broker->scratch, &message, NULL) != WIRE_OK ||
        roster_read_stored(wire_bytes(message->json), &broker->roster, error) != ROSTER_OK) {
        error_set(error, "the roster in %s is damaged; restore it from the last backup", broker->store_path);
        return false;
    }
    struct network_id network = roster_network(broker->roster);
    if (memcmp(network.bytes, broker->options.network.bytes, sizeof network.bytes) != 0) {
        error_set(error, "%s belongs to another network than the one configured", broker->store_path);
        return false;
    }
    return true;
}

static struct bytes bundle_of(struct broker *broker, struct bytes json, const struct bytes *minisigs,
                              size_t count)
{
    ProtobufCBinaryData signatures[ROSTER_MINISIG_MAX];
    Comity__Roster message = COMITY__ROSTER__INIT;
    for (size_t i = 0; i < count; i++) {
        signatures[i] = wire_binary(minisigs[i]);
    }
    message.json = wire_binary(json);
    message.n_minisig = count;
    message.minisig = signatures;
    return roster_bundle_pack(broker->scratch, &message);
}

static void log_outcome(struct turn *turn, enum roster_outcome outcome, uint64_t version)
{
    unsigned long long v = version;
    if (outcome == ROSTER_OK) {
        log_event(turn, ROSTER_TAKEN, "version=%llu", v);
    } else if (outcome == ROSTER_FORK) {
        log_event(turn, ROSTER_FORK, "version=%llu", v);
    } else if (outcome != ROSTER_SAME) {
        log_event(turn, ROSTER_REFUSED, "version=%llu outcome=%s", v, roster_outcome_name(outcome));
    }
}

/* Sizes that would not fit a bundle, whoever gives them. */
static bool sizes_hold(struct bytes json, const struct bytes *minisigs, size_t count)
{
    if (json.size == 0 || json.size > ROSTER_BYTES_MAX || count > ROSTER_MINISIG_MAX) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (minisigs[i].size == 0 || minisigs[i].size > MINISIG_BYTES_MAX) {
            return false;
        }
    }
    return true;
}

enum roster_outcome roster_take(struct broker *broker, struct turn *turn, struct bytes json,
                                const struct bytes *minisigs, size_t count, struct roster **ret,
                                struct error *error)
{
    struct roster *candidate = NULL;
    if (!sizes_hold(json, minisigs, count)) {
        error_set(error, "the roster or one of its signature files is empty or too large");
        log_outcome(turn, ROSTER_FORMAT, 0);
        return ROSTER_FORMAT;
    }
    enum roster_outcome outcome = roster_read_after(broker->roster, json, &candidate, error);
    if (outcome != ROSTER_OK) {
        log_outcome(turn, outcome, 0);
        return outcome;
    }
    outcome =
        broker->roster == NULL
            ? roster_first(candidate, &broker->options.network, minisigs, count, broker->scratch, NULL, error)
            : roster_update(broker->roster, candidate, minisigs, count, broker->scratch, NULL, error);
    log_outcome(turn, outcome, roster_version(candidate));
    struct bytes bundle = bundle_of(broker, json, minisigs, count);
    if (outcome == ROSTER_OK && bundle.data == NULL) {
        outcome = ROSTER_NO_MEMORY;
    }
    if (outcome == ROSTER_OK) {
        roster_row_add(broker->store, roster_version(candidate), bundle);
        *ret = candidate;
        return outcome;
    }
    if (outcome == ROSTER_FORK && bundle.data != NULL) {
        roster_fork_add(broker->store, roster_hash(candidate), roster_version(candidate), bundle);
    }
    roster_free(candidate);
    return outcome;
}

/* --- taking effect --- */

static bool link_key_revoked(const struct party *before, const struct party *now)
{
    for (size_t i = 0; i < now->key_count; i++) {
        const struct roster_key *key = &now->keys[i];
        if (key->role != ROLE_LINK || !key->revoked) {
            continue;
        }
        for (size_t j = 0; before != NULL && j < before->key_count; j++) {
            if (public_key_equal(&before->keys[j].key, &key->key) && !before->keys[j].revoked) {
                return true;
            }
        }
    }
    return false;
}

/*
 * A link does not know which key it came up with: when any link key of its party is revoked it is ended, and comes back at
 * once if the key it uses is another one.
 */
static bool still_allowed(const struct roster *before, const struct roster *now, const struct link *link)
{
    const struct party *party = roster_find(now, link->party.text);
    if (party == NULL || party->status != PARTY_ACTIVE) {
        return false;
    }
    return before == NULL || !link_key_revoked(roster_find(before, link->party.text), party);
}

static void announce(struct broker *broker, struct turn *turn, const struct link *link)
{
    Comity__RosterFrame message = COMITY__ROSTER_FRAME__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    message.version = roster_version(broker->roster);
    frame.body_case = COMITY__FRAME__BODY_ROSTER;
    frame.roster = &message;
    (void)say_frame(broker, turn, link, &frame);
}

void roster_put_in_effect(struct broker *broker, struct turn *turn, struct roster *roster)
{
    struct roster *before = broker->roster;
    broker->roster = roster;
    for (size_t i = 0; i < broker->link_count; i++) {
        struct link *link = broker->links[i];
        if (link->leaving) {
            continue;
        }
        if (!still_allowed(before, roster, link)) {
            link_end(broker, turn, link, REASON_REVOKED, "the new roster does not allow this link");
        } else if (link->greeted) {
            announce(broker, turn, link);
        }
    }
    roster_free(before);
}

/* --- giving --- */

bool link_say_roster(struct broker *broker, struct turn *turn, struct link *link)
{
    struct bytes bundle;
    Comity__RosterFrame message = COMITY__ROSTER_FRAME__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    if (link->roster_version == 0) {
        return false;
    }
    message.version = link->roster_version;
    if (!roster_row_find(broker->store, link->roster_version, broker->scratch, &bundle)) {
        link->roster_version = 0; /* not held: the version without parts says so */
    } else {
        size_t parts = (bundle.size + ROSTER_PART_BYTES_MAX - 1) / ROSTER_PART_BYTES_MAX;
        size_t offset = (size_t)(link->roster_part - 1) * ROSTER_PART_BYTES_MAX;
        size_t left = bundle.size - offset;
        message.part = link->roster_part;
        message.parts = (uint32_t)parts;
        message.data = wire_binary(
            bytes_of(bundle.data + offset, left < ROSTER_PART_BYTES_MAX ? left : ROSTER_PART_BYTES_MAX));
        link->roster_version = link->roster_part == parts ? 0 : link->roster_version;
        link->roster_part++;
    }
    frame.body_case = COMITY__FRAME__BODY_ROSTER;
    frame.roster = &message;
    broker->said_bytes += say_frame(broker, turn, link, &frame);
    return true;
}

/* --- taking from a node, in parts --- */

void assembly_drop(struct broker *broker)
{
    free(broker->assembly.data);
    broker->assembly = (struct assembly){.from = {.number = 0}};
}

static void ask(struct broker *broker, struct turn *turn, struct link *link, uint64_t version)
{
    Comity__RosterFrame message = COMITY__ROSTER_FRAME__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    if (link->roster_asked == version) {
        return;
    }
    link->roster_asked = version;
    message.ask = version;
    frame.body_case = COMITY__FRAME__BODY_ROSTER;
    frame.roster = &message;
    (void)say_frame(broker, turn, link, &frame);
}

/* One assembly at a time: who began first finishes, unless nothing came for a while. */
static bool may_begin(const struct broker *broker, const struct link *link)
{
    const struct assembly *assembly = &broker->assembly;
    return assembly->from.number == 0 || assembly->from.number == link->id.number ||
           mono_after(assembly->last, ROSTER_PATIENCE_MS).ms <= broker->mono.ms;
}

static bool append_part(struct broker *broker, struct bytes part)
{
    struct assembly *assembly = &broker->assembly;
    if (part.size == 0 || part.size > ROSTER_BUNDLE_BYTES_MAX - assembly->size) {
        return false;
    }
    uint8_t *larger = realloc(assembly->data, assembly->size + part.size);
    if (larger == NULL) {
        return false;
    }
    memcpy(larger + assembly->size, part.data, part.size);
    assembly->data = larger;
    assembly->size += part.size;
    assembly->next++;
    assembly->last = broker->mono;
    return true;
}

static enum roster_outcome judge_assembled(struct broker *broker, struct turn *turn,
                                           struct roster **ret_taken)
{
    struct bytes minisigs[ROSTER_MINISIG_MAX];
    Comity__Roster *bundle = NULL;
    struct error error = {.text = ""};
    struct bytes bytes = bytes_of(broker->assembly.data, broker->assembly.size);
    if (roster_bundle_unpack(bytes, broker->scratch, &bundle, NULL) != WIRE_OK ||
        bundle->n_minisig > ROSTER_MINISIG_MAX) {
        return ROSTER_FORMAT;
    }
    for (size_t i = 0; i < bundle->n_minisig; i++) {
        minisigs[i] = wire_bytes(bundle->minisig[i]);
    }
    if (!roster_signed_by_a_root(broker->roster, wire_bytes(bundle->json), minisigs, bundle->n_minisig)) {
        log_outcome(turn, ROSTER_THRESHOLD, broker->assembly.version);
        return ROSTER_THRESHOLD; /* any party could have made it */
    }
    return roster_take(broker, turn, wire_bytes(bundle->json), minisigs, bundle->n_minisig, ret_taken,
                       &error);
}

static void take_assembled(struct broker *broker, struct turn *turn, const struct link *link,
                           struct roster **ret_taken)
{
    enum roster_outcome outcome = judge_assembled(broker, turn, ret_taken);
    assembly_drop(broker);
    if (outcome != ROSTER_OK && outcome != ROSTER_SAME) {
        say_refusal(broker, turn, link, 0, NULL, REASON_ROSTER, false, 0, roster_outcome_name(outcome));
    }
}

static void take_part(struct broker *broker, struct turn *turn, struct link *link,
                      const Comity__RosterFrame *message, struct roster **ret_taken)
{
    struct assembly *assembly = &broker->assembly;
    if (message->parts > ROSTER_PARTS_MAX || message->part < 1 || message->part > message->parts) {
        link_end(broker, turn, link, REASON_FIELD, "a roster in parts that cannot be");
        return;
    }
    if (message->part == 1 && may_begin(broker, link)) {
        assembly_drop(broker);
        *assembly = (struct assembly){
            .from = link->id, .version = message->version, .parts = message->parts, .next = 1};
    }
    if (assembly->from.number != link->id.number) {
        return; /* another node is bringing one */
    }
    if (message->version != assembly->version || message->part != assembly->next ||
        message->parts != assembly->parts || !append_part(broker, wire_bytes(message->data))) {
        assembly_drop(broker);
        return;
    }
    if (message->part == message->parts) {
        take_assembled(broker, turn, link, ret_taken);
    }
}

void roster_frame(struct broker *broker, struct turn *turn, struct link *link,
                  const Comity__RosterFrame *message, struct roster **ret_taken)
{
    uint64_t wanted = roster_version(broker->roster) + 1;
    if (message->ask != 0) {
        link->roster_version = message->ask;
        link->roster_part = 1;
    } else if (message->version > wanted || (message->version == wanted && message->parts == 0)) {
        ask(broker, turn, link, wanted);
    } else if (message->parts != 0 && (message->version == wanted || message->version + 1 == wanted)) {
        take_part(broker, turn, link, message, ret_taken); /* our own version again may be a fork of it */
    }
}
