/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/rosters.h"

#include <stdlib.h>
#include <string.h>

#include "nodes/calendar.h"
#include "nodes/due.h"
#include "nodes/outbox.h"
#include "nodes/trouble.h"
#include "proto/limits.h"

#define LOAD_ARENA_BYTES (4 * (size_t)ROSTER_BUNDLE_BYTES_MAX)
#define PARTS_MAX        ((ROSTER_BUNDLE_BYTES_MAX + ROSTER_PART_BYTES_MAX - 1) / ROSTER_PART_BYTES_MAX)

bool node_rosters_load(struct node *node, struct error *error)
{
    struct bytes bundle;
    Comity__Roster *message = NULL;
    struct arena *arena = arena_new(LOAD_ARENA_BYTES);
    bool held = arena != NULL && store_roster_get(node->store, 0, arena, &bundle);
    bool read = held && roster_bundle_unpack(bundle, arena, &message, NULL) == WIRE_OK &&
                roster_shelf_read_stored(node->options.shelf, wire_bytes(message->json), &node->roster,
                                         error) == ROSTER_OK;
    bool failed = arena == NULL || (held && !read) || store_outcome(node->store) != STORE_OK;
    if (failed) {
        error_set(error, "the newest roster in the node's store does not read: %s", store_error(node->store));
    }
    arena_free(arena);
    return !failed;
}

static struct bytes bundle_of(struct arena *arena, struct bytes json, const struct bytes *minisigs,
                              size_t count)
{
    Comity__Roster message = COMITY__ROSTER__INIT;
    ProtobufCBinaryData *list = arena_zero(arena, count == 0 ? 1 : count, sizeof *list);
    if (list == NULL) {
        return bytes_of(NULL, 0);
    }
    for (size_t i = 0; i < count; i++) {
        list[i] = wire_binary(minisigs[i]);
    }
    message.json = wire_binary(json);
    message.n_minisig = count;
    message.minisig = list;
    return roster_bundle_pack(arena, &message);
}

/* Signature files that are empty or too long, or too many, cannot count and cannot be stored. */
static size_t storable(const struct bytes *minisigs, size_t count, struct bytes *ret)
{
    size_t kept = 0;
    for (size_t i = 0; i < count && kept < ROSTER_MINISIG_MAX; i++) {
        if (minisigs[i].size > 0 && minisigs[i].size <= MINISIG_BYTES_MAX) {
            ret[kept++] = minisigs[i];
        }
    }
    return kept;
}

static enum roster_outcome verify(struct node *node, const struct roster *candidate,
                                  const struct bytes *minisigs, size_t count, struct arena *arena,
                                  struct error *error)
{
    const struct roster *held = node_roster_now(node);
    if (held == NULL) {
        return roster_first(candidate, &node->options.network, minisigs, count, arena, NULL, error);
    }
    return roster_update(held, candidate, minisigs, count, arena, NULL, error);
}

static void refused(struct turn *turn, const struct roster *candidate, enum roster_outcome outcome)
{
    node_event(turn, EVENT_ROSTER_REFUSED, "outcome=%s version=%llu", roster_outcome_name(outcome),
               candidate == NULL ? 0ULL : (unsigned long long)roster_version(candidate));
}

enum roster_outcome node_rosters_take(struct node *node, struct turn *turn, struct bytes json,
                                      const struct bytes *minisigs, size_t count, struct error *error)
{
    struct arena *arena = turn_arena(turn);
    struct roster *candidate = NULL;
    struct bytes kept[ROSTER_MINISIG_MAX];
    size_t kept_count = storable(minisigs, count, kept);
    enum roster_outcome outcome =
        roster_shelf_read_after(node->options.shelf, node_roster_now(node), json, &candidate, error);
    if (outcome == ROSTER_OK) {
        outcome = verify(node, candidate, kept, kept_count, arena, error);
    }
    struct bytes bundle = outcome == ROSTER_OK ? bundle_of(arena, json, kept, kept_count) : bytes_of(NULL, 0);
    if (outcome == ROSTER_OK && bundle.data == NULL) {
        outcome = ROSTER_NO_MEMORY;
    }
    if (outcome != ROSTER_OK) {
        if (outcome != ROSTER_SAME) {
            refused(turn, candidate, outcome);
        }
        roster_free(candidate);
        return outcome;
    }
    node_calendars_keep(node, node_roster_now(node), candidate);
    store_roster_put(node->store, roster_version(candidate), roster_hash(candidate), bundle);
    node_event(turn, EVENT_ROSTER_TAKEN, "version=%llu", (unsigned long long)roster_version(candidate));
    node_rosters_drop(node);
    node->staged = candidate;
    node->live.node_key_was_bad = node->live.seal_key_was_bad = false;
    outbox_try_again(node); /* what the old roster forbade may go now */
    return ROSTER_OK;
}

void node_rosters_adopt(struct node *node)
{
    if (node->staged != NULL) {
        roster_free(node->roster);
        node->roster = node->staged;
        node->staged = NULL;
    }
}

void node_rosters_drop(struct node *node)
{
    roster_free(node->staged);
    node->staged = NULL;
}

bool node_rosters_hash(struct node *node, uint64_t version, struct digest *ret)
{
    return store_roster_hash(node->store, version, ret);
}

struct roster_standing node_rosters_standing(struct node *node, struct turn *turn)
{
    const struct roster *roster = node_roster_now(node);
    struct roster_standing standing = {.usable = false};
    if (roster == NULL || node_self(node) == NULL) {
        return standing;
    }
    enum roster_outcome outcome = roster_freshness(roster, turn_wall(turn), &standing.stale);
    standing.usable = outcome == ROSTER_OK;
    standing.stale = standing.stale || !standing.usable;
    if (standing.stale && !node->live.roster_was_stale) {
        node_event(turn, EVENT_ROSTER_STALE, "version=%llu", (unsigned long long)roster_version(roster));
    }
    if (!standing.usable && !node->live.roster_was_expired) {
        node_event(turn, EVENT_ROSTER_EXPIRED, "version=%llu", (unsigned long long)roster_version(roster));
    }
    node->live.roster_was_stale = standing.stale;
    node->live.roster_was_expired = !standing.usable;
    return standing;
}

bool node_rosters_own_key(struct node *node, struct turn *turn, enum key_role role)
{
    struct trouble trouble;
    bool bad = trouble_of_key(node, turn, role, NULL, &trouble);
    bool *told = role == ROLE_NODE ? &node->live.node_key_was_bad : &node->live.seal_key_was_bad;
    if (bad && !*told) {
        node_event(turn, EVENT_KEY_UNUSABLE, "role=%s cause=\"%s\" next=\"%s\"", key_role_name(role),
                   trouble.why.text, trouble.next);
    }
    *told = bad;
    return !bad && node_self(node) != NULL;
}

void node_rosters_due(const struct node *node, const struct turn *turn, struct due *due)
{
    const struct roster *roster = node_roster_now(node);
    const struct party *self = node_self(node);
    const uint64_t now = turn_wall(turn).ms;
    if (self == NULL) {
        return;
    }
    const uint64_t stale_ms = roster_expires_ms(roster) + 1;
    const uint64_t expired_ms = stale_ms + roster_grace_ms(roster);
    due_own(due, stale_ms > now ? stale_ms : expired_ms > now ? expired_ms : 0);
    for (size_t i = 0; i < self->key_count; i++) {
        const struct roster_key *key = &self->keys[i];
        due_own(due, key->from_ms > now ? key->from_ms : key->until_ms > now ? key->until_ms : 0);
    }
}

/* --- the link --- */

static void say(struct node *node, struct turn *turn, Comity__RosterFrame *message)
{
    Comity__Frame frame = COMITY__FRAME__INIT;
    frame.body_case = COMITY__FRAME__BODY_ROSTER;
    frame.roster = message;
    node_say(node, turn, &frame);
}

static uint64_t own_version(const struct node *node)
{
    const struct roster *roster = node_roster_now(node);
    return roster == NULL ? 0 : roster_version(roster);
}

void node_rosters_ask(struct node *node, struct turn *turn)
{
    uint64_t next = own_version(node) + 1;
    if (node->live.stage < LINK_HEADS || node->live.broker_roster < next || node->live.roster_asked == next) {
        return;
    }
    Comity__RosterFrame message = COMITY__ROSTER_FRAME__INIT;
    message.ask = next;
    say(node, turn, &message);
    node->live.roster_asked = next;
}

/* All parts of a stored version; without it, the frame that says so. */
static void say_version(struct node *node, struct turn *turn, uint64_t version)
{
    struct bytes bundle;
    Comity__RosterFrame message = COMITY__ROSTER_FRAME__INIT;
    message.version = version;
    if (version == 0 || !store_roster_get(node->store, version, turn_arena(turn), &bundle)) {
        say(node, turn, &message);
        return;
    }
    message.parts = (uint32_t)((bundle.size + ROSTER_PART_BYTES_MAX - 1) / ROSTER_PART_BYTES_MAX);
    for (uint32_t i = 0; i < message.parts; i++) {
        size_t from = (size_t)i * ROSTER_PART_BYTES_MAX;
        size_t left = bundle.size - from;
        message.part = i + 1;
        message.data = wire_binary(
            bytes_of(bundle.data + from, left < ROSTER_PART_BYTES_MAX ? left : ROSTER_PART_BYTES_MAX));
        say(node, turn, &message);
    }
}

void node_rosters_offer(struct node *node, struct turn *turn)
{
    if (node->live.roster_wanted != 0) {
        say_version(node, turn, node->live.roster_wanted);
        node->live.roster_wanted = 0;
    }
    uint64_t next = node->live.broker_roster + 1;
    if (next <= node->live.rosters_said) {
        next = node->live.rosters_said + 1;
    }
    if (node->live.stage < LINK_HEADS || own_version(node) < next) {
        return;
    }
    struct digest hash;
    if (node_rosters_hash(node, next, &hash)) { /* not held when this node began at a later version */
        say_version(node, turn, next);
    }
    node->live.rosters_said = next;
    node->live.more = node->live.more || own_version(node) > next;
}

void node_rosters_forget_parts(struct node *node)
{
    free(node->parts.data);
    node->parts = (struct roster_parts){.version = 0};
}

static bool grow_parts(struct roster_parts *parts, struct bytes data)
{
    uint8_t *larger = realloc(parts->data, parts->size + data.size);
    if (larger == NULL) {
        return false;
    }
    memcpy(larger + parts->size, data.data, data.size);
    parts->data = larger;
    parts->size += data.size;
    return true;
}

static void take_bundle(struct node *node, struct turn *turn, struct bytes bundle)
{
    Comity__Roster *message = NULL;
    struct bytes minisigs[ROSTER_MINISIG_MAX];
    if (roster_bundle_unpack(bundle, turn_arena(turn), &message, NULL) != WIRE_OK) {
        refused(turn, NULL, ROSTER_FORMAT);
        return;
    }
    for (size_t i = 0; i < message->n_minisig; i++) {
        minisigs[i] = wire_bytes(message->minisig[i]);
    }
    struct error error = {.text = ""};
    enum roster_outcome outcome =
        node_rosters_take(node, turn, wire_bytes(message->json), minisigs, message->n_minisig, &error);
    if (outcome == ROSTER_OK) {
        node->live.rosters_said =
            own_version(node) > node->live.rosters_said ? own_version(node) : node->live.rosters_said;
        node_rosters_ask(node, turn);
    }
}

/* One slice of the version that was asked for, in order. */
static bool take_part(struct node *node, struct turn *turn, const Comity__RosterFrame *frame)
{
    struct roster_parts *parts = &node->parts;
    if (frame->version != node->live.roster_asked || frame->parts > PARTS_MAX || frame->data.len == 0) {
        return false;
    }
    if (frame->part == 1) {
        node_rosters_forget_parts(node);
        *parts = (struct roster_parts){.version = frame->version, .parts = frame->parts, .next = 1};
    }
    if (parts->version != frame->version || parts->parts != frame->parts || parts->next != frame->part ||
        frame->part > frame->parts) {
        return false;
    }
    if (!grow_parts(parts, wire_bytes(frame->data))) {
        node->live.roster_asked = 0; /* no memory now: the next announcement or link asks again */
        node_rosters_forget_parts(node);
        return true;
    }
    parts->next++;
    if (frame->part == frame->parts) {
        node->live.roster_asked = 0;
        take_bundle(node, turn, bytes_of(parts->data, parts->size));
        node_rosters_forget_parts(node);
    }
    return true;
}

bool node_rosters_frame(struct node *node, struct turn *turn, const Comity__RosterFrame *frame)
{
    if (frame->ask != 0) {
        if (frame->version != 0 || frame->parts != 0) {
            return false;
        }
        node->live.roster_wanted =
            frame->ask; /* given at the turn's end: one a turn, however many are asked for */
        return true;
    }
    if (frame->version == 0) {
        return false;
    }
    if (frame->parts != 0) {
        return take_part(node, turn, frame);
    }
    if (frame->version == node->live.roster_asked) {
        node->live.roster_asked = 0; /* the broker does not have it */
        return true;
    }
    if (frame->version > node->live.broker_roster) {
        node->live.broker_roster = frame->version;
    }
    node_rosters_ask(node, turn);
    return true;
}
