/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/world/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "drills/world/piece.h"
#include "drills/world/world_private.h"

#define FIRST_NODE 1
/* Bytes: more is slower, because the kernel clears it first. */
#define DISKS_IN_MEMORY  ((size_t)1024 * 1024 * 1024)
#define TURN_BYTES_MAX   ((size_t)256 * 1024 * 1024)
#define INSTANT_TURNS    100000
#define CLOCK_OFF_MS_MAX (INT64_C(1000) * 365 * 86400000) /* a thousand years */

/* --- actors --- */

struct actor *world_actor_at(const struct world *world, size_t index)
{
    ensure(index < world->actor_count);
    return &world->actors[index];
}

size_t world_actor(const struct world *world, const char *address)
{
    for (size_t i = 1; i < world->actor_count; i++) {
        if (strcmp(world->actors[i].party->address.text, address) == 0) {
            return i;
        }
    }
    abort(); /* the caller names parties of its own setup */
}

size_t world_actor_count(const struct world *world)
{
    return world->actor_count - world->setup.guest_count;
}

struct disk *world_disk(struct world *world, size_t index)
{
    return world_actor_at(world, index)->disk;
}

const char *world_vfs(const struct world *world, size_t index)
{
    return world_actor_at(world, index)->vfs;
}

const char *world_store_path(const struct world *world, size_t index)
{
    (void)world;
    return index == WORLD_BROKER ? "/broker.db" : "/node.db";
}

struct broker *world_broker(struct world *world)
{
    return world->actors[WORLD_BROKER].broker;
}

struct node *world_node(struct world *world, size_t index)
{
    return world_actor_at(world, index)->node;
}

bool world_is_up(const struct world *world, size_t index)
{
    return actor_is_up(world_actor_at(world, index));
}

enum world_cause world_cause_of_end(const struct world *world, size_t index)
{
    return world_actor_at(world, index)->cause_of_end;
}

/* --- watching --- */

void world_tell(struct world *world, size_t actor, enum world_fact fact, const char *text)
{
    if (world->witness.fact != NULL) {
        world->witness.fact(world->witness.context, actor, fact, text);
    }
}

void world_set_witness(struct world *world, struct world_witness witness)
{
    world->witness = witness;
}

void world_set_tap(struct world *world, struct world_tap tap)
{
    world->tap = tap;
}

struct link_strikes world_strikes(const struct world *world, size_t party)
{
    return world->actors[party].line.strikes;
}

struct world_figures world_figures(const struct world *world)
{
    return world->figures;
}

unsigned world_fatals(struct world *world)
{
    unsigned fatals = world->fatals;
    world->fatals = 0;
    return fatals;
}

/* --- starting and ending actors --- */

void world_end(struct world *world, struct actor *actor, enum world_cause cause, bool last_words,
               const char *why)
{
    char text[200];
    (void)snprintf(text, sizeof text, "%s", why); /* why may be the core's own */
    actor_close(actor);
    actor->roster_version = 0;
    actor->ending.set = false;
    actor->cause_of_end = cause;
    actor->busy_until_us = 0;
    actor->frozen_until_us = 0;
    world_tell(world, actor->index, WORLD_DOWN, text);
    connections_drop(world, actor, last_words,
                     actor->index == WORLD_BROKER ? "the broker ended" : "the node ended");
}

void world_stop(struct world *world, size_t index)
{
    struct actor *actor = world_actor_at(world, index);
    if (actor_is_up(actor)) {
        world_end(world, actor, WORLD_STOPPED, true, "stopped");
    }
}

void world_crash(struct world *world, size_t index, enum disk_cut cut)
{
    struct actor *actor = world_actor_at(world, index);
    disk_power_off(actor->disk);
    if (actor_is_up(actor)) {
        world_end(world, actor, WORLD_CRASHED, false, cut == DISK_KEEP_ALL ? "killed" : "the power was cut");
    }
    if (cut == DISK_KEEP_ALL) {
        disk_kill(actor->disk);
    } else {
        disk_power_cut(actor->disk, cut, stream_source(&actor->fate));
        actor->rebooted = true;
    }
}

void world_crash_in_turn(struct world *world, size_t index, enum world_moment moment, enum disk_cut cut)
{
    struct actor *actor = world_actor_at(world, index);
    if (actor_is_up(actor)) {
        actor->ending.set = true;
        actor->ending.moment = moment;
        actor->ending.cut = cut;
    }
}

/* A turn's monotonic clock never goes back: a new boot has a new turn. */
static void boot(struct actor *actor)
{
    if (actor->turn == NULL || actor->rebooted) {
        turn_free(actor->turn);
        actor->turn = turn_new_in(stream_source(&actor->random), actor->world->arena);
        ensure(actor->turn != NULL);
    }
    if (actor->rebooted) {
        clocks_boot(&actor->clocks, actor->world->now_us);
        actor->disk_looked_at = (mono_ms){.ms = 0};
        actor->rebooted = false;
    }
}

bool world_start(struct world *world, size_t index, struct error *error)
{
    struct actor *actor = world_actor_at(world, index);
    boot(actor);
    if (actor_open(actor, error) != DOOR_OK) {
        return false;
    }
    actor->offers_waiting = true;
    actor->disk_bounded = true; /* a new process looks at once */
    world_tell(world, index, WORLD_UP, "");
    world_wake(world, actor, world->now_us);
    return true;
}

void world_backup(struct world *world, size_t index, struct disk *to)
{
    disk_copy(to, world_disk(world, index));
}

void world_restore(struct world *world, size_t index, const struct disk *from)
{
    ensure(!world_is_up(world, index));
    disk_copy(world_disk(world, index), from);
}

void world_roster(struct world *world, size_t index, struct bytes json, const struct bytes *minisigs,
                  size_t count)
{
    struct actor *actor = world_actor_at(world, index);
    actor_offer(actor, json, minisigs, count);
    world_wake(world, actor, world->now_us);
}

void world_set_guest(struct world *world, size_t index, struct world_guest guest)
{
    struct actor *actor = world_actor_at(world, index);
    ensure(actor->is_guest);
    actor->guest = guest;
}

/* --- time --- */

wall_ms world_now(const struct world *world)
{
    return (wall_ms){.ms = world->setup.start.ms + world->now_us / 1000};
}

uint64_t world_now_us(const struct world *world)
{
    return world->now_us;
}

uint64_t world_next_us(const struct world *world)
{
    const struct event *first = events_first(&world->events);
    return first == NULL ? UINT64_MAX : first->at_us;
}

void world_wake(struct world *world, struct actor *actor, uint64_t at_us)
{
    if (at_us < actor->wake_us) {
        actor->wake_us = at_us;
        actor->wake_event = events_add(
            &world->events, (struct event){.at_us = at_us, .kind = EVENT_WAKE, .subject = actor->index});
    }
}

void world_at(struct world *world, uint64_t at_us, void (*what)(void *context), void *context)
{
    (void)events_add(&world->events, (struct event){.at_us = at_us < world->now_us ? world->now_us : at_us,
                                                    .kind = EVENT_CALL,
                                                    .what = what,
                                                    .context = context});
}

static void play(struct world *world, const struct event *event)
{
    world->figures.events++;
    switch (event->kind) {
    case EVENT_WAKE:
        round_wake(world, world_actor_at(world, (size_t)event->subject), event->number);
        break;
    case EVENT_ARRIVAL:
        line_arrival(world, event);
        break;
    case EVENT_CONNECT:
        line_attempt(world, (size_t)event->subject, event->number);
        break;
    case EVENT_CALL:
        event->what(event->context);
        break;
    }
    connections_sweep(world);
}

/* Plays what comes until then. False: more than turns_max turns in one instant. */
static bool run(struct world *world, uint64_t until_us, uint64_t turns_max)
{
    ensure(!world->running);
    world->running = true;
    world->turns_this_instant = 0;
    const struct event *first = NULL;
    while ((first = events_first(&world->events)) != NULL && first->at_us <= until_us &&
           world->turns_this_instant <= turns_max) {
        struct event event = *first;
        events_take(&world->events);
        if (event.at_us > world->now_us) {
            world->now_us = event.at_us;
            world->turns_this_instant = 0;
        }
        play(world, &event);
    }
    bool done = world->turns_this_instant <= turns_max;
    if (done && until_us > world->now_us) {
        world->now_us = until_us;
    }
    world->running = false;
    return done;
}

bool world_settle(struct world *world, unsigned turns_max)
{
    return run(world, world->now_us, turns_max);
}

bool world_pass(struct world *world, uint64_t ms)
{
    return run(world, world->now_us + ms * 1000, INSTANT_TURNS);
}

bool world_leap(struct world *world, uint64_t ms)
{
    world->now_us += ms * 1000;
    return run(world, world->now_us, INSTANT_TURNS);
}

/* What decides when an actor acts has changed. */
static void plan_anew(struct world *world, struct actor *actor)
{
    actor->wake_us = UINT64_MAX;
    actor->wake_event = 0;
    if (actor_is_up(actor)) {
        round_plan(world, actor);
    }
}

void world_set_clock(struct world *world, size_t index, int64_t offset_ms, int32_t drift_ppm)
{
    struct actor *actor = world_actor_at(world, index);
    ensure(offset_ms >= -CLOCK_OFF_MS_MAX && offset_ms <= CLOCK_OFF_MS_MAX);
    int64_t wall_us = (int64_t)(world->setup.start.ms * 1000 + world->now_us) + offset_ms * 1000;
    clocks_set(&actor->clocks, world->now_us, wall_us < 0 ? 0 : (uint64_t)wall_us, drift_ppm);
    plan_anew(world, actor);
}

wall_ms world_clock(const struct world *world, size_t index)
{
    return clocks_wall(&world_actor_at(world, index)->clocks, world->now_us);
}

void world_freeze(struct world *world, size_t index, uint64_t until_us)
{
    struct actor *actor = world_actor_at(world, index);
    actor->frozen_until_us = until_us;
    plan_anew(world, actor);
    lines_try_again(world, actor);
}

void world_slow(struct world *world, size_t index, uint64_t turn_us, uint64_t sync_us)
{
    struct actor *actor = world_actor_at(world, index);
    actor->turn_us = turn_us;
    actor->sync_us = sync_us;
}

bool world_command(struct world *world, size_t index, const struct command *command, unsigned *ret_status,
                   json_t **ret_answer)
{
    struct actor *actor = world_actor_at(world, index);
    struct reply reply = {.status = 0};
    ensure(index != WORLD_BROKER);
    if (!actor_is_up(actor) || actor->frozen_until_us > world->now_us ||
        !round_play(world, actor, command, &reply)) {
        json_decref(reply.json); /* nobody hears it */
        return false;
    }
    *ret_status = reply.status;
    *ret_answer = reply.json;
    return true;
}

/* --- life --- */

static uint64_t seed_of(const struct world *world, const char *name, size_t index)
{
    struct stream stream = stream_of(world->setup.seed, name, index);
    return stream_next(&stream);
}

static bool make_actor(struct world *world, size_t index, struct error *error)
{
    const struct world_setup *setup = &world->setup;
    struct actor *actor = world_actor_at(world, index);
    (void)snprintf(actor->vfs, sizeof actor->vfs, "world-%zu", index);
    actor->disk = disk_new(actor->vfs, seed_of(world, "disk", index));
    disk_use_pieces(actor->disk, world->pieces);
    if (setup->steady_disks) {
        disk_is_steady(actor->disk);
    }
    actor->random = stream_of(setup->seed, "actor", index);
    actor->fate = stream_of(setup->seed, "fate", index);
    clocks_init(&actor->clocks, 0, setup->start.ms * 1000);
    actor_offer(actor, setup->roster_json, setup->minisigs, setup->minisig_count);
    if (index > FIRST_NODE) { /* it would make the same tables: the store knows no party yet */
        disk_copy(actor->disk, world->actors[FIRST_NODE].disk);
    }
    return world_start(world, index, error);
}

static void lay_out(struct world *world)
{
    for (size_t i = 0; i < world->actor_count; i++) {
        struct actor *actor = &world->actors[i];
        actor->world = world;
        actor->index = i;
        actor->party = i == WORLD_BROKER ? NULL : &world->parties[i - 1];
        actor->is_guest = i > world->setup.party_count;
        actor->roster_version = actor->is_guest ? UINT64_MAX : 0; /* who speaks for it needs none */
        actor->line.wanted = i != WORLD_BROKER && !actor->is_guest;
        actor->wake_us = UINT64_MAX;
    }
}

struct world *world_new(const struct world_setup *setup, struct error *error)
{
    struct world *world = calloc(1, sizeof *world);
    const size_t parties = setup->party_count + setup->guest_count;
    ensure(setup->party_count >= 1 && parties <= WORLD_PARTIES_MAX);
    ensure(world != NULL);
    world->arena = arena_new(TURN_BYTES_MAX);
    world->actors = calloc(parties + 1, sizeof *world->actors);
    world->parties = calloc(parties, sizeof *world->parties);
    ensure(world->arena != NULL && world->actors != NULL && world->parties != NULL);
    world->setup = *setup;
    if (setup->verified == NULL) {
        world->setup.verified = &world->verified;
    }
    if (setup->shelf == NULL) {
        world->setup.shelf = world->shelf = roster_shelf_new();
        ensure(world->shelf != NULL);
    }
    world->actor_count = parties + 1;
    memcpy(world->parties, setup->parties, parties * sizeof *world->parties);
    world->network = stream_of(setup->seed, "network", 0);
    disk_seed_sqlite((uint32_t)seed_of(world, "sqlite", 0) | 1u);
    lay_out(world);
    bool made = setup->scratch_directory == NULL ||
                (world->pieces = pieces_open(setup->scratch_directory, DISKS_IN_MEMORY, error)) != NULL;
    for (size_t i = 0; made && i < world_actor_count(world); i++) {
        made = make_actor(world, i, error);
    }
    if (!made) {
        world_free(world);
        return NULL;
    }
    return world;
}

void world_free(struct world *world)
{
    if (world == NULL) {
        return;
    }
    for (size_t i = 0; i < world->actor_count; i++) {
        struct actor *actor = &world->actors[i];
        if (actor->disk != NULL) {
            disk_power_off(actor->disk); /* nothing is brought home to what nobody reads any more */
        }
        actor_close(actor);
        turn_free(actor->turn);
        disk_free(actor->disk);
        free(actor->offered);
    }
    pieces_close(world->pieces);
    arena_free(world->arena);
    connections_free(world);
    world_offers_free(world);
    roster_shelf_free(world->shelf);
    events_done(&world->events);
    free(world->actors);
    free(world->parties);
    free(world);
}
