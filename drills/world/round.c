/* SPDX-License-Identifier: Apache-2.0 */
#include "base/ensure.h"
#include "drills/world/world_private.h"

/* What one turn drains at most, as the daemons do. */
#define ROUND_INPUTS      512
#define ROUND_INPUT_BYTES ((size_t)1024 * 1024)

static enum door drain(struct world *world, struct actor *actor, size_t *ret_inputs)
{
    enum door door = DOOR_OK;
    size_t bytes = 0;
    while (door == DOOR_OK && inbox_waits(actor) && *ret_inputs < ROUND_INPUTS && bytes < ROUND_INPUT_BYTES) {
        size_t size = 0;
        door = inbox_take(world, actor, &size);
        bytes += size;
        ++*ret_inputs;
    }
    return door;
}

/* Everything up to the commit. */
static enum door decide(struct world *world, struct actor *actor, const struct command *command,
                        struct reply *ret, bool *ret_idle)
{
    size_t inputs = 0;
    mono_ms now = clocks_mono(&actor->clocks, world->now_us);
    actor_look_at_disk(actor, now);
    turn_begin(actor->turn, clocks_wall(&actor->clocks, world->now_us), now);
    enum door door = actor->offers_waiting ? actor_hand_in(actor) : DOOR_OK;
    if (door == DOOR_OK) {
        door = drain(world, actor, &inputs);
    }
    if (door == DOOR_OK && command != NULL) {
        door = node_command_value(actor->node, actor->turn, command, &ret->status, &ret->json);
        inputs++;
    }
    if (door == DOOR_OK && actor_deadline_us(actor) <= world->now_us) {
        door = actor_tick(actor);
    }
    if (door == DOOR_OK) {
        door = actor_turn_end(actor);
    }
    *ret_idle = inputs == 0;
    return turn_exhausted(actor->turn) ? DOOR_FATAL : door;
}

static void show_log(struct world *world, const struct actor *actor)
{
    size_t count = 0;
    const struct logged *logged = turn_logged(actor->turn, &count);
    for (size_t i = 0; world->witness.logged != NULL && i < count; i++) {
        world->witness.logged(world->witness.context, actor->index, &logged[i]);
    }
}

static size_t frames_said(const struct actor *actor)
{
    size_t count = 0;
    size_t frames = 0;
    const struct said *said = turn_said(actor->turn, &count);
    for (size_t i = 0; i < count; i++) {
        frames += said[i].kind == SAID_FRAME;
    }
    return frames;
}

static void speak(struct world *world, struct actor *actor, size_t frames_max, uint64_t departs_us)
{
    size_t count = 0;
    size_t frames = 0;
    const struct said *said = turn_said(actor->turn, &count);
    for (size_t i = 0; i < count && frames < frames_max; i++) {
        connections_speak(world, actor, &said[i], departs_us);
        frames += said[i].kind == SAID_FRAME;
    }
}

static void crash(struct world *world, struct actor *actor, const char *why)
{
    enum disk_cut cut = actor->ending.cut;
    bool last_words = actor->ending.moment == WORLD_HALF_SPOKEN;
    disk_power_off(actor->disk);
    world_end(world, actor, WORLD_AT_ITS_MOMENT, last_words, why);
    world_crash(world, actor->index, cut);
}

/* Frames, and the answer of a command that may have changed something: a query has no id. */
static size_t words_said(const struct actor *actor, const struct command *command)
{
    bool answers = command != NULL && !bytes_all_zero(bytes_of(command->id, sizeof command->id));
    return frames_said(actor) + (answers ? 1 : 0);
}

/* The end that was asked for, if its moment has come: between the decision and its commit, or after that. */
static bool ends_before_commit(struct world *world, struct actor *actor, const struct command *command)
{
    if (!actor->ending.set || actor->ending.moment != WORLD_BEFORE_COMMIT ||
        words_said(actor, command) == 0) {
        return false;
    }
    crash(world, actor, "an end before the commit");
    return true;
}

static bool ends_after_commit(struct world *world, struct actor *actor, const struct command *command)
{
    size_t frames = frames_said(actor);
    if (!actor->ending.set || words_said(actor, command) == 0) {
        return false;
    }
    if (actor->ending.moment == WORLD_HALF_SPOKEN && frames != 0) {
        speak(world, actor, frames == 1 ? 1 : 1 + (size_t)stream_below(&actor->fate, frames - 1),
              world->now_us);
        crash(world, actor, "an end between two words");
    } else {
        crash(world, actor, "an end after the commit and before a word");
    }
    return true;
}

static bool fail(struct world *world, struct actor *actor)
{
    world->fatals++;
    world_end(world, actor, WORLD_BY_ITSELF, false,
              actor->broker != NULL ? broker_trouble(actor->broker) : node_trouble(actor->node));
    return false;
}

/* So long the turn took, up to now. */
static uint64_t duration_us(const struct actor *actor, uint64_t syncs_before)
{
    return actor->turn_us + actor->sync_us * (disk_counters(actor->disk).syncs - syncs_before);
}

static void follow_roster(struct world *world, struct actor *actor)
{
    uint64_t version = actor_roster_version(actor);
    if (version != actor->roster_version) {
        actor->roster_version = version;
        lines_try_again(world, actor);
    }
}

static bool play(struct world *world, struct actor *actor, const struct command *command, struct reply *ret)
{
    bool idle = false;
    uint64_t syncs = disk_counters(actor->disk).syncs;
    uint64_t begins_us = later_us(world->now_us, actor->busy_until_us);
    world->figures.turns++;
    world->turns_this_instant++;
    enum door door = decide(world, actor, command, ret, &idle);
    if (door == DOOR_OK && ends_before_commit(world, actor, command)) {
        return false;
    }
    door = door == DOOR_OK ? actor_commit(actor) : door;
    show_log(world, actor); /* of a turn that failed too: it says what led to it */
    if (door != DOOR_OK) {
        return fail(world, actor);
    }
    if (ends_after_commit(world, actor, command)) {
        return false;
    }
    speak(world, actor, SIZE_MAX, begins_us + duration_us(actor, syncs));
    if (actor_between_turns(actor, idle) != DOOR_OK) {
        return fail(world, actor);
    }
    actor->busy_until_us = begins_us + duration_us(actor, syncs);
    follow_roster(world, actor);
    round_plan(world, actor);
    return true;
}

bool round_play(struct world *world, struct actor *actor, const struct command *command, struct reply *ret)
{
    ensure(!world->playing); /* turns share their memory */
    world->playing = true;
    bool good = play(world, actor, command, ret);
    world->playing = false;
    return good;
}

static bool has_reason(const struct world *world, const struct actor *actor)
{
    return inbox_waits(actor) || actor->offers_waiting || actor_deadline_us(actor) <= world->now_us;
}

void round_plan(struct world *world, struct actor *actor)
{
    bool waits = inbox_waits(actor) || actor->offers_waiting;
    uint64_t at = waits ? world->now_us : later_us(world->now_us, actor_deadline_us(actor));
    world_wake(world, actor, later_us(at, later_us(actor->busy_until_us, actor->frozen_until_us)));
}

static void hear(struct world *world, struct actor *guest)
{
    size_t ignored = 0;
    while (inbox_waits(guest)) {
        ensure(inbox_take(world, guest, &ignored) == DOOR_OK);
    }
}

void round_wake(struct world *world, struct actor *actor, uint64_t event)
{
    if (actor->wake_event != event) {
        return;
    }
    actor->wake_us = UINT64_MAX;
    if (actor->is_guest) {
        hear(world, actor);
    }
    if (!actor_is_up(actor)) {
        return;
    }
    if (later_us(actor->busy_until_us, actor->frozen_until_us) <= world->now_us && has_reason(world, actor)) {
        (void)round_play(world, actor, NULL, NULL);
    } else {
        round_plan(world, actor);
    }
}
