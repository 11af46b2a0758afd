/* SPDX-License-Identifier: Apache-2.0 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "drills/world/world_private.h"

#define DISK_LOOK_EVERY_MS 1000
#define SILENT_QUIETS      3 /* as nodes wait (nodes/node.h) */

/* --- opening and closing --- */

bool actor_is_up(const struct actor *actor)
{
    return actor->broker != NULL || actor->node != NULL;
}

static uint64_t or_default(uint64_t wanted, uint64_t by_default)
{
    return wanted == 0 ? by_default : wanted;
}

static enum door open_broker(struct actor *actor, struct error *error)
{
    const struct world_setup *setup = &actor->world->setup;
    struct broker_options options;
    broker_options_default(&options);
    options.store_path = world_store_path(actor->world, actor->index);
    options.vfs = actor->vfs;
    options.checkpoint_pages = setup->checkpoint_pages;
    options.network = setup->network;
    options.id = setup->broker_id;
    options.receipt_signer = setup->receipt_signer;
    options.verified = setup->verified;
    options.shelf = setup->shelf;
    options.spool_bytes_max = or_default(setup->spool_bytes_max, options.spool_bytes_max);
    options.quota_envelopes = or_default(setup->quota_envelopes, options.quota_envelopes);
    options.quota_bytes = or_default(setup->quota_bytes, options.quota_bytes);
    options.silence_ms = or_default(SILENT_QUIETS * setup->quiet_ms, options.silence_ms);
    return broker_open(&actor->broker, &options, error);
}

static enum door open_node(struct actor *actor, struct error *error)
{
    const struct world_setup *setup = &actor->world->setup;
    struct node_options options;
    node_options_default(&options);
    options.store_path = world_store_path(actor->world, actor->index);
    options.vfs = actor->vfs;
    options.checkpoint_pages = setup->checkpoint_pages;
    options.cache_bytes = setup->cache_bytes;
    options.network = setup->network;
    options.party = actor->party->address;
    options.node_signer = actor->party->node_signer;
    options.seal_signer = actor->party->seal_signer;
    options.slab = setup->slab;
    options.verified = setup->verified;
    options.shelf = setup->shelf;
    options.zone = actor->party->zone;
    options.life_ms = or_default(setup->life_ms, options.life_ms);
    options.prekey_days = or_default(setup->prekey_days, options.prekey_days);
    options.quiet_ms = or_default(setup->quiet_ms, options.quiet_ms);
    options.tick_ms = or_default(setup->tick_ms, options.tick_ms);
    options.has_exercise = actor->party->has_exercise;
    options.exercise = actor->party->exercise;
    enum door door = node_open(&actor->node, &options, error);
    if (door == DOOR_OK) {
        node_zones(actor->node, setup->zones);
    }
    return door;
}

enum door actor_open(struct actor *actor, struct error *error)
{
    ensure(!actor_is_up(actor));
    return actor->index == WORLD_BROKER ? open_broker(actor, error) : open_node(actor, error);
}

void actor_close(struct actor *actor)
{
    broker_close(actor->broker);
    node_close(actor->node);
    actor->broker = NULL;
    actor->node = NULL;
}

/* --- rosters --- */

uint64_t actor_roster_version(const struct actor *actor)
{
    const struct roster *roster = NULL;
    if (actor->broker != NULL) {
        roster = broker_current_roster(actor->broker);
    } else if (actor->node != NULL) {
        roster = node_current_roster(actor->node);
    }
    return roster == NULL ? 0 : roster_version(roster);
}

static struct bytes copy_of(struct bytes bytes)
{
    uint8_t *copy = malloc(bytes.size == 0 ? 1 : bytes.size);
    ensure(copy != NULL);
    if (bytes.size != 0) {
        memcpy(copy, bytes.data, bytes.size);
    }
    return bytes_of(copy, bytes.size);
}

static bool is_same(const struct offer *offer, struct bytes json, const struct bytes *minisigs, size_t count)
{
    bool same = offer->count == count && bytes_equal(offer->json, json);
    for (size_t i = 0; same && i < count; i++) {
        same = bytes_equal(offer->minisigs[i], minisigs[i]);
    }
    return same;
}

/* What it says of itself: whether the roster is a good one the actor judges. 0: it says nothing. */
static uint64_t version_of(struct bytes json)
{
    json_t *roster = json_loadb((const char *)json.data, json.size, 0, NULL);
    json_int_t version = json_integer_value(json_object_get(roster, "version"));
    json_decref(roster);
    return version < 0 ? 0 : (uint64_t)version;
}

static struct offer *offer_of(struct world *world, struct bytes json, const struct bytes *minisigs,
                              size_t count)
{
    for (struct offer *offer = world->offers; offer != NULL; offer = offer->next) {
        if (is_same(offer, json, minisigs, count)) {
            return offer;
        }
    }
    struct offer *offer = calloc(1, sizeof *offer);
    ensure(offer != NULL);
    offer->minisigs = calloc(count + 1, sizeof *offer->minisigs);
    ensure(offer->minisigs != NULL);
    offer->version = version_of(json);
    offer->json = copy_of(json);
    offer->count = count;
    for (size_t i = 0; i < count; i++) {
        offer->minisigs[i] = copy_of(minisigs[i]);
    }
    offer->next = world->offers;
    world->offers = offer;
    return offer;
}

void world_offers_free(struct world *world)
{
    for (struct offer *offer = world->offers, *next = NULL; offer != NULL; offer = next) {
        next = offer->next;
        for (size_t i = 0; i < offer->count; i++) {
            free((void *)(uintptr_t)offer->minisigs[i].data);
        }
        free((void *)(uintptr_t)offer->json.data);
        free(offer->minisigs);
        free(offer);
    }
}

void actor_offer(struct actor *actor, struct bytes json, const struct bytes *minisigs, size_t count)
{
    const struct offer *offer = offer_of(actor->world, json, minisigs, count);
    struct offered *larger = realloc(actor->offered, (actor->offered_count + 1) * sizeof *larger);
    ensure(larger != NULL);
    actor->offered = larger;
    size_t at = actor->offered_count++;
    for (; at != 0 && larger[at - 1].offer->version > offer->version; at--) {
        larger[at] = larger[at - 1];
    }
    larger[at] = (struct offered){.offer = offer};
    actor->offers_waiting = true;
}

static enum door hand_in_one(struct actor *actor, const struct offer *offer)
{
    enum roster_outcome outcome = ROSTER_OK; /* a core that refuses one logs why */
    struct error error = {.text = ""};
    return actor->broker != NULL ? broker_roster(actor->broker, actor->turn, offer->json, offer->minisigs,
                                                 offer->count, &outcome, &error)
                                 : node_roster(actor->node, actor->turn, offer->json, offer->minisigs,
                                               offer->count, &outcome, &error);
}

enum door actor_hand_in(struct actor *actor)
{
    enum door door = DOOR_OK;
    actor->offers_waiting = false;
    for (size_t i = 0; i < actor->offered_count && door == DOOR_OK; i++) {
        struct offered *offered = &actor->offered[i];
        if (!offered->handed_in || offered->offer->version > actor_roster_version(actor)) {
            offered->handed_in = true;
            door = hand_in_one(actor, offered->offer);
        }
    }
    return door;
}

bool actor_admits(const struct actor *actor, const struct address *address)
{
    wall_ms now = clocks_wall(&actor->clocks, actor->world->now_us);
    const struct roster *roster = broker_current_roster(actor->broker);
    const struct party *party = roster == NULL ? NULL : roster_find(roster, address->text);
    for (size_t i = 0; party != NULL && i < party->key_count; i++) {
        if (party->keys[i].role == ROLE_LINK &&
            broker_admit(actor->broker, &party->keys[i].key, now) == party) {
            return true;
        }
    }
    return false;
}

/* --- guests --- */

static enum door guest_link(const struct actor *actor, bool up)
{
    (up ? actor->guest.link_up : actor->guest.link_down)(actor->guest.context);
    return DOOR_OK;
}

static enum door guest_frame(const struct actor *actor, struct bytes frame)
{
    actor->guest.heard(actor->guest.context, frame);
    return DOOR_OK;
}

/* --- doors --- */

uint64_t actor_deadline_us(const struct actor *actor)
{
    mono_ms deadline = MONO_NEVER;
    if (actor->broker != NULL) {
        deadline = broker_deadline(actor->broker);
    } else if (actor->node != NULL) {
        deadline = node_deadline(actor->node);
    }
    return clocks_when(&actor->clocks, deadline);
}

void actor_look_at_disk(struct actor *actor, mono_ms now)
{
    uint64_t room = disk_room(actor->disk);
    if ((room == UINT64_MAX && !actor->disk_bounded) || now.ms < actor->disk_looked_at.ms) {
        return;
    }
    actor->disk_bounded = room != UINT64_MAX;
    actor->disk_looked_at = mono_after(now, DISK_LOOK_EVERY_MS);
    if (actor->broker != NULL) {
        broker_disk_free(actor->broker, room);
    } else {
        node_disk_free(actor->node, room);
    }
}

enum door actor_link_up(struct actor *actor, link_id link, const struct address *party)
{
    return actor->is_guest         ? guest_link(actor, true)
           : actor->broker != NULL ? broker_link_up(actor->broker, actor->turn, link, party)
                                   : node_link_up(actor->node, actor->turn, link);
}

enum door actor_link_down(struct actor *actor, link_id link)
{
    return actor->is_guest         ? guest_link(actor, false)
           : actor->broker != NULL ? broker_link_down(actor->broker, actor->turn, link)
                                   : node_link_down(actor->node, actor->turn, link);
}

enum door actor_frame(struct actor *actor, link_id link, struct bytes frame)
{
    return actor->is_guest         ? guest_frame(actor, frame)
           : actor->broker != NULL ? broker_frame(actor->broker, actor->turn, link, frame)
                                   : node_frame(actor->node, actor->turn, link, frame);
}

enum door actor_tick(struct actor *actor)
{
    return actor->broker != NULL ? broker_tick(actor->broker, actor->turn)
                                 : node_tick(actor->node, actor->turn);
}

enum door actor_turn_end(struct actor *actor)
{
    return actor->broker != NULL ? broker_turn_end(actor->broker, actor->turn)
                                 : node_turn_end(actor->node, actor->turn);
}

enum door actor_commit(struct actor *actor)
{
    return actor->broker != NULL ? broker_commit(actor->broker) : node_commit(actor->node);
}

/* Where all are busy, only the log with a roster goes home by itself: what comes after it is far less for a long time. */
enum door actor_between_turns(struct actor *actor, bool idle)
{
    if (actor->world->setup.busy) {
        idle = actor_roster_version(actor) != actor->roster_version;
    }
    return actor->broker != NULL ? broker_between_turns(actor->broker, idle)
                                 : node_between_turns(actor->node, idle);
}
