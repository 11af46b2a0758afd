/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/world/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"

#define TURN_BYTES_MAX ((size_t)256 * 1024 * 1024)
#define TURN_INPUTS    64
#define BROKER_STORE   "/broker.db"
#define NODE_STORE     "/node.db"

struct frame {
    struct frame *next;
    size_t size;
    uint8_t bytes[];
};

struct queue {
    struct frame *first, *last;
};

/* A party's connection to the broker. Each end numbers links for itself. */
struct wire {
    bool wanted, up;
    bool broker_knows; /* link_up was given to the broker: with the first frame, as a ROUTER does */
    bool tell_node_up, tell_node_down, tell_broker_down;
    link_id node_end, broker_end;
    link_id node_lost, broker_lost; /* ends to be reported as down */
    struct queue to_broker, to_node;
};

struct actor {
    struct world *world;
    char vfs[32];
    struct disk *disk;
    struct turn *turn;
    struct broker *broker; /* actor 0 */
    struct node *node;     /* the others */
    struct wire wire;      /* of a party */
    const struct world_party *party;
    bool needs_roster;
};

struct world {
    struct world_setup setup;
    struct world_party *parties;
    struct actor *actors;
    size_t actor_count;
    uint64_t random;
    uint64_t elapsed_ms;
    uint64_t last_link;
    unsigned fatals;
    struct world_tap tap;
};

static void world_random(void *context, uint8_t *ret, size_t size)
{
    struct world *world = context;
    for (size_t i = 0; i < size; i++) {
        world->random ^= world->random << 13;
        world->random ^= world->random >> 7;
        world->random ^= world->random << 17;
        ret[i] = (uint8_t)(world->random >> 32);
    }
}

static mono_ms mono_now(const struct world *world)
{
    return (mono_ms){.ms = 1000 + world->elapsed_ms};
}

wall_ms world_now(const struct world *world)
{
    return (wall_ms){.ms = world->setup.start.ms + world->elapsed_ms};
}

/* --- queues --- */

static void queue_put(struct queue *queue, struct bytes bytes)
{
    struct frame *frame = malloc(sizeof *frame + bytes.size);
    ensure(frame != NULL);
    frame->next = NULL;
    frame->size = bytes.size;
    if (bytes.size != 0) {
        memcpy(frame->bytes, bytes.data, bytes.size);
    }
    if (queue->last == NULL) {
        queue->first = frame;
    } else {
        queue->last->next = frame;
    }
    queue->last = frame;
}

static struct frame *queue_take(struct queue *queue)
{
    struct frame *frame = queue->first;
    if (frame != NULL) {
        queue->first = frame->next;
        queue->last = queue->first == NULL ? NULL : queue->last;
    }
    return frame;
}

static void queue_clear(struct queue *queue)
{
    for (struct frame *frame = queue_take(queue); frame != NULL; frame = queue_take(queue)) {
        free(frame);
    }
}

/* --- actors --- */

static struct actor *actor_at(const struct world *world, size_t index)
{
    ensure(index < world->actor_count);
    return &world->actors[index];
}

bool world_is_up(const struct world *world, size_t index)
{
    const struct actor *actor = actor_at(world, index);
    return actor->broker != NULL || actor->node != NULL;
}

static enum door open_broker(struct actor *actor, struct error *error)
{
    struct broker_options options;
    broker_options_default(&options);
    options.store_path = BROKER_STORE;
    options.vfs = actor->vfs;
    options.network = actor->world->setup.network;
    options.id = actor->world->setup.broker_id;
    options.receipt_signer = actor->world->setup.receipt_signer;
    return broker_open(&actor->broker, &options, error);
}

static enum door open_node(struct actor *actor, struct error *error)
{
    const struct world_setup *setup = &actor->world->setup;
    struct node_options options;
    node_options_default(&options);
    options.store_path = NODE_STORE;
    options.vfs = actor->vfs;
    options.network = setup->network;
    options.party = actor->party->address;
    options.node_signer = actor->party->node_signer;
    options.seal_signer = actor->party->seal_signer;
    options.slab = setup->slab;
    options.life_ms = setup->life_ms == 0 ? options.life_ms : setup->life_ms;
    options.prekey_days = setup->prekey_days == 0 ? options.prekey_days : setup->prekey_days;
    return node_open(&actor->node, &options, error);
}

static void drop_wire(struct wire *wire)
{
    if (wire->up) {
        wire->up = false;
        wire->tell_node_down = !wire->tell_node_up;
        wire->tell_broker_down = wire->broker_knows;
        wire->tell_node_up = false;
        wire->node_lost = wire->node_end;
        wire->broker_lost = wire->broker_end;
        wire->broker_knows = false;
    }
    queue_clear(&wire->to_broker);
    queue_clear(&wire->to_node);
}

/* The broker ends the link: what it said before, its Bye at last, still arrives. */
static void hang_up_by_broker(struct wire *wire)
{
    struct queue said = wire->to_node;
    wire->to_node = (struct queue){.first = NULL};
    drop_wire(wire);
    wire->to_node = said;
}

static void close_core(struct world *world, size_t index)
{
    struct actor *actor = actor_at(world, index);
    broker_close(actor->broker);
    node_close(actor->node);
    actor->broker = NULL;
    actor->node = NULL;
    for (size_t i = 1; i < world->actor_count; i++) {
        if (index == WORLD_BROKER || i == index) {
            struct wire *wire = &world->actors[i].wire;
            drop_wire(wire);
            if (index == WORLD_BROKER) {
                wire->tell_broker_down = false;
            } else {
                wire->tell_node_down = false;
            }
        }
    }
}

void world_crash(struct world *world, size_t index, enum disk_cut cut)
{
    struct actor *actor = actor_at(world, index);
    disk_power_off(actor->disk);
    close_core(world, index);
    disk_power_cut(actor->disk, cut, (struct turn_source){.random = world_random, .context = world});
}

bool world_start(struct world *world, size_t index, struct error *error)
{
    struct actor *actor = actor_at(world, index);
    ensure(!world_is_up(world, index));
    actor->needs_roster = true;
    return (index == WORLD_BROKER ? open_broker(actor, error) : open_node(actor, error)) == DOOR_OK;
}

unsigned world_fatals(struct world *world)
{
    unsigned fatals = world->fatals;
    world->fatals = 0;
    return fatals;
}

/* --- one turn --- */

static enum door give_roster(struct actor *actor)
{
    const struct world_setup *setup = &actor->world->setup;
    enum roster_outcome outcome = ROSTER_OK;
    struct error error = {.text = ""};
    actor->needs_roster = false;
    if (actor->broker != NULL) {
        return broker_ready(actor->broker)
                   ? DOOR_OK
                   : broker_roster(actor->broker, actor->turn, setup->roster_json, setup->minisigs,
                                   setup->minisig_count, &outcome, &error);
    }
    return node_ready(actor->node) ? DOOR_OK
                                   : node_roster(actor->node, actor->turn, setup->roster_json,
                                                 setup->minisigs, setup->minisig_count, &outcome, &error);
}

static enum door broker_inputs(struct actor *actor)
{
    struct world *world = actor->world;
    enum door door = DOOR_OK;
    for (size_t i = 1; i < world->actor_count && door == DOOR_OK; i++) {
        struct wire *wire = &world->actors[i].wire;
        if (wire->tell_broker_down) {
            wire->tell_broker_down = false;
            door = broker_link_down(actor->broker, actor->turn, wire->broker_lost);
        }
        for (unsigned n = 0; n < TURN_INPUTS && door == DOOR_OK && wire->to_broker.first != NULL; n++) {
            if (!wire->broker_knows) {
                wire->broker_knows = true;
                wire->broker_end = (link_id){.number = ++world->last_link};
                door = broker_link_up(actor->broker, actor->turn, wire->broker_end,
                                      &world->actors[i].party->address);
            }
            struct frame *frame = queue_take(&wire->to_broker);
            if (door == DOOR_OK) {
                door = broker_frame(actor->broker, actor->turn, wire->broker_end,
                                    bytes_of(frame->bytes, frame->size));
            }
            free(frame);
        }
    }
    return door;
}

static enum door node_inputs(struct actor *actor)
{
    struct wire *wire = &actor->wire;
    enum door door = DOOR_OK;
    if (wire->tell_node_up) {
        wire->tell_node_up = false;
        door = node_link_up(actor->node, actor->turn, wire->node_end);
    }
    for (unsigned n = 0; n < TURN_INPUTS && door == DOOR_OK && wire->to_node.first != NULL; n++) {
        struct frame *frame = queue_take(&wire->to_node);
        door = node_frame(actor->node, actor->turn, wire->node_end, bytes_of(frame->bytes, frame->size));
        free(frame);
    }
    if (wire->tell_node_down && door == DOOR_OK && wire->to_node.first == NULL) {
        wire->tell_node_down = false;
        door = node_link_down(actor->node, actor->turn, wire->node_lost);
    }
    return door;
}

static void put_on_wire(struct world *world, size_t party, enum world_direction direction, struct bytes frame)
{
    struct wire *wire = &world->actors[party].wire;
    if (world->tap.frame != NULL &&
        world->tap.frame(world->tap.context, party, direction, &frame) == WORLD_DROP) {
        return;
    }
    queue_put(direction == WORLD_TO_BROKER ? &wire->to_broker : &wire->to_node, frame);
}

static void speak(struct world *world, size_t index)
{
    struct actor *actor = actor_at(world, index);
    size_t count = 0;
    const struct said *said = turn_said(actor->turn, &count);
    for (size_t k = 0; k < count; k++) {
        for (size_t i = 1; i < world->actor_count; i++) {
            struct wire *wire = &world->actors[i].wire;
            bool mine = index == WORLD_BROKER
                            ? wire->broker_knows && wire->broker_end.number == said[k].to.number
                            : i == index && wire->node_end.number == said[k].to.number;
            if (!wire->up || !mine) {
                continue;
            }
            if (said[k].kind == SAID_HANG_UP && index == WORLD_BROKER) {
                hang_up_by_broker(wire);
            } else if (said[k].kind == SAID_HANG_UP) {
                drop_wire(wire);
            } else {
                put_on_wire(world, i, index == WORLD_BROKER ? WORLD_TO_NODE : WORLD_TO_BROKER, said[k].frame);
            }
        }
    }
}

static mono_ms deadline_of(const struct actor *actor)
{
    if (actor->broker != NULL) {
        return broker_deadline(actor->broker);
    }
    return actor->node != NULL ? node_deadline(actor->node) : MONO_NEVER;
}

/* Drain, decide, commit, speak. command may be NULL. False: the actor went down. */
static bool one_turn(struct world *world, size_t index, const struct command *command, struct answer *answer)
{
    struct actor *actor = actor_at(world, index);
    mono_ms now = mono_now(world);
    turn_begin(actor->turn, world_now(world), now);
    enum door door = actor->needs_roster ? give_roster(actor) : DOOR_OK;
    if (door == DOOR_OK) {
        door = actor->broker != NULL ? broker_inputs(actor) : node_inputs(actor);
    }
    if (door == DOOR_OK && command != NULL) {
        door = node_command(actor->node, actor->turn, command, answer);
    }
    if (door == DOOR_OK && deadline_of(actor).ms <= now.ms) {
        door = actor->broker != NULL ? broker_tick(actor->broker, actor->turn)
                                     : node_tick(actor->node, actor->turn);
    }
    if (door == DOOR_OK) {
        door = actor->broker != NULL ? broker_turn_end(actor->broker, actor->turn)
                                     : node_turn_end(actor->node, actor->turn);
    }
    if (door == DOOR_OK && turn_exhausted(actor->turn)) {
        door = DOOR_FATAL;
    }
    if (door == DOOR_OK) {
        door = actor->broker != NULL ? broker_commit(actor->broker) : node_commit(actor->node);
    }
    if (door == DOOR_OK) {
        speak(world, index);
        door = actor->broker != NULL ? broker_between_turns(actor->broker, false)
                                     : node_between_turns(actor->node, false);
    }
    if (door != DOOR_OK) {
        world->fatals++;
        close_core(world, index);
    }
    return door == DOOR_OK;
}

/* --- time --- */

static bool has_input(const struct world *world, size_t index)
{
    const struct actor *actor = actor_at(world, index);
    if (!world_is_up(world, index)) {
        return false;
    }
    if (actor->needs_roster || deadline_of(actor).ms <= mono_now(world).ms) {
        return true;
    }
    if (index != WORLD_BROKER) {
        return actor->wire.tell_node_up || actor->wire.tell_node_down || actor->wire.to_node.first != NULL;
    }
    for (size_t i = 1; i < world->actor_count; i++) {
        const struct wire *wire = &world->actors[i].wire;
        if (wire->tell_broker_down || wire->to_broker.first != NULL) {
            return true;
        }
    }
    return false;
}

static void raise_links(struct world *world)
{
    for (size_t i = 1; i < world->actor_count; i++) {
        struct wire *wire = &world->actors[i].wire;
        if (wire->wanted && !wire->up && !wire->tell_node_down && world_is_up(world, i) &&
            world_is_up(world, WORLD_BROKER) && !world->actors[i].needs_roster &&
            !world->actors[WORLD_BROKER].needs_roster) {
            wire->up = true;
            wire->tell_node_up = true;
            wire->node_end = (link_id){.number = ++world->last_link};
        }
    }
}

bool world_settle(struct world *world, unsigned turns_max)
{
    for (unsigned turns = 0; turns < turns_max;) {
        bool any = false;
        raise_links(world);
        for (size_t i = 0; i < world->actor_count; i++) {
            if (has_input(world, i)) {
                any = true;
                turns++;
                (void)one_turn(world, i, NULL, NULL);
            }
        }
        if (!any) {
            return true;
        }
    }
    return false;
}

bool world_pass(struct world *world, uint64_t ms)
{
    uint64_t end = world->elapsed_ms + ms;
    do {
        if (!world_settle(world, 100000)) {
            return false;
        }
        mono_ms next = MONO_NEVER;
        for (size_t i = 0; i < world->actor_count; i++) {
            next = mono_earlier(next, deadline_of(actor_at(world, i)));
        }
        uint64_t at = next.ms == MONO_NEVER.ms ? end : next.ms - 1000;
        world->elapsed_ms = at < end ? at : end;
    } while (world->elapsed_ms < end);
    return world_settle(world, 100000);
}

bool world_leap(struct world *world, uint64_t ms)
{
    world->elapsed_ms += ms;
    return world_settle(world, 100000);
}

bool world_command(struct world *world, size_t index, const struct command *command, unsigned *ret_status,
                   json_t **ret_answer)
{
    struct answer answer = {.status = 0};
    if (!world_is_up(world, index) || !one_turn(world, index, command, &answer)) {
        return false;
    }
    *ret_status = answer.status;
    *ret_answer = json_loadb((const char *)answer.json.data, answer.json.size, JSON_DECODE_ANY, NULL);
    return true;
}

/* --- links --- */

void world_cut_link(struct world *world, size_t party)
{
    ensure(party != WORLD_BROKER);
    drop_wire(&actor_at(world, party)->wire);
}

void world_want_link(struct world *world, size_t party, bool wanted)
{
    ensure(party != WORLD_BROKER);
    actor_at(world, party)->wire.wanted = wanted;
    if (!wanted) {
        world_cut_link(world, party);
    }
}

void world_set_tap(struct world *world, struct world_tap tap)
{
    world->tap = tap;
}

void world_inject(struct world *world, size_t party, enum world_direction direction, struct bytes frame)
{
    struct wire *wire = &actor_at(world, party)->wire;
    queue_put(direction == WORLD_TO_BROKER ? &wire->to_broker : &wire->to_node, frame);
}

/* --- life --- */

size_t world_actor(const struct world *world, const char *address)
{
    for (size_t i = 1; i < world->actor_count; i++) {
        if (strcmp(world->actors[i].party->address.text, address) == 0) {
            return i;
        }
    }
    abort(); /* the caller names parties of its own setup */
}

struct disk *world_disk(struct world *world, size_t index)
{
    return actor_at(world, index)->disk;
}

struct broker *world_broker(struct world *world)
{
    return world->actors[WORLD_BROKER].broker;
}

struct node *world_node(struct world *world, size_t index)
{
    return actor_at(world, index)->node;
}

static bool make_actor(struct world *world, size_t index, struct error *error)
{
    struct actor *actor = actor_at(world, index);
    actor->world = world;
    actor->party = index == WORLD_BROKER ? NULL : &world->parties[index - 1];
    actor->wire.wanted = index != WORLD_BROKER;
    (void)snprintf(actor->vfs, sizeof actor->vfs, "world-%zu", index);
    actor->disk = disk_new(actor->vfs, world->setup.seed + index);
    actor->turn = turn_new((struct turn_source){.random = world_random, .context = world}, TURN_BYTES_MAX);
    if (actor->turn == NULL) {
        error_set(error, "no memory for a turn");
        return false;
    }
    return world_start(world, index, error);
}

struct world *world_new(const struct world_setup *setup, struct error *error)
{
    struct world *world = calloc(1, sizeof *world);
    ensure(setup->party_count >= 1 && setup->party_count <= WORLD_PARTIES_MAX);
    if (world == NULL || (world->actors = calloc(setup->party_count + 1, sizeof *world->actors)) == NULL ||
        (world->parties = calloc(setup->party_count, sizeof *world->parties)) == NULL) {
        error_set(error, "no memory for a world");
        world_free(world);
        return NULL;
    }
    world->setup = *setup;
    world->actor_count = setup->party_count + 1;
    memcpy(world->parties, setup->parties, setup->party_count * sizeof *world->parties);
    world->random = setup->seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
    disk_seed_sqlite((uint32_t)(setup->seed & 0xffffffff) | 1u);
    for (size_t i = 0; i < world->actor_count; i++) {
        if (!make_actor(world, i, error)) {
            world_free(world);
            return NULL;
        }
    }
    return world;
}

void world_free(struct world *world)
{
    if (world == NULL) {
        return;
    }
    for (size_t i = 0; world->actors != NULL && i < world->actor_count; i++) {
        struct actor *actor = &world->actors[i];
        broker_close(actor->broker);
        node_close(actor->node);
        queue_clear(&actor->wire.to_broker);
        queue_clear(&actor->wire.to_node);
        turn_free(actor->turn);
        disk_free(actor->disk);
    }
    free(world->actors);
    free(world->parties);
    free(world);
}
