/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/play/faults.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/ensure.h"
#include "drills/play/faults_private.h"

#define BURST_MIN 10
#define BURST_MAX 40

/* --- shared --- */

void play_count(struct faults_play *play, enum fault_kind kind)
{
    if (play->coverage != NULL) {
        play->coverage->faults[kind]++;
    }
}

void play_note(struct faults_play *play, size_t actor, const char *format, ...)
{
    char text[256];
    va_list arguments;
    if (play->transcript == NULL) {
        return;
    }
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    transcript_note(play->transcript, actor, "%s", text);
}

/* What it explains of the answers that people get. */
static void tell_people(struct faults_play *play, enum fault_kind kind, size_t actor)
{
    if (play->people != NULL) {
        people_struck(play->people, actor, kind);
    }
}

static void come_due(void *context)
{
    struct later *later = context;
    if (!later->done) {
        later->done = true;
        if (later->is_end) {
            play_note(later->play, later->actor, "fault %s ends", fault_name(later->kind));
            tell_people(later->play, later->kind, later->actor);
        }
        later->act(later->play, later->kind, later->actor);
    }
}

void play_later(struct faults_play *play, uint64_t after_us, bool is_end,
                void (*act)(struct faults_play *, enum fault_kind, size_t actor), enum fault_kind kind,
                size_t actor)
{
    struct later *later = calloc(1, sizeof *later);
    ensure(later != NULL);
    *later = (struct later){
        .play = play, .act = act, .kind = kind, .actor = actor, .is_end = is_end, .next = play->laters};
    play->laters = later;
    world_at(play->world, world_now_us(play->world) + after_us, come_due, later);
}

/* --- rosters, time and people --- */

/* The broker distributes it; sometimes a registrar brings it to a node on a stick as well, or first. */
static void give_roster(struct faults_play *play, enum cast_change change, size_t actor)
{
    struct cast *cast = play->cast;
    cast_next_roster(cast, change, actor - 1, world_now(play->world));
    size_t first = stream_chance(&play->stream, 250)
                       ? 1 + (size_t)stream_below(&play->stream, play->actor_count - 1)
                       : WORLD_BROKER;
    world_roster(play->world, first, cast->newest_json, cast->newest_minisigs, CAST_ROOTS);
    if (first != WORLD_BROKER) {
        world_roster(play->world, WORLD_BROKER, cast->newest_json, cast->newest_minisigs, CAST_ROOTS);
    }
}

/* What the deputy signed is not taken back by a store that lost it: nothing proves when a revoked key signed (decision 0016). */
static void tell_revoked(struct faults_play *play, size_t actor)
{
    if (play->oracle != NULL) {
        const struct signer *deputy = cast_deputy(&play->cast->parties[actor - 1]);
        oracle_revoked(play->oracle, world_now_us(play->world), deputy->key.bytes);
    }
}

static bool roster_changes(struct faults_play *play, enum fault_kind kind, size_t actor, uint64_t *for_us)
{
    if (actor == WORLD_BROKER) {
        return false;
    }
    struct computer *machine = &play->machines[actor];
    bool *changed = kind == FAULT_REVOKED_OFFICER   ? &machine->revoked
                    : kind == FAULT_SUSPENDED_PARTY ? &machine->suspended
                                                    : &machine->quota;
    if (*changed) {
        return false;
    }
    *changed = true;
    give_roster(play,
                kind == FAULT_REVOKED_OFFICER   ? CAST_REVOKE_OFFICER
                : kind == FAULT_SUSPENDED_PARTY ? CAST_SUSPEND
                                                : CAST_QUOTA,
                actor);
    if (kind == FAULT_REVOKED_OFFICER) {
        tell_revoked(play, actor);
        *for_us = 0; /* for good */
    }
    return true;
}

static void roster_changes_back(struct faults_play *play, enum fault_kind kind, size_t actor)
{
    struct computer *machine = &play->machines[actor];
    *(kind == FAULT_SUSPENDED_PARTY ? &machine->suspended : &machine->quota) = false;
    give_roster(play, kind == FAULT_SUSPENDED_PARTY ? CAST_RESUME : CAST_QUOTA, actor);
}

static bool newer_roster(struct faults_play *play, enum fault_kind kind, size_t actor, uint64_t *for_us)
{
    (void)kind;
    *for_us = 0;
    give_roster(play, CAST_NOTHING, actor == WORLD_BROKER ? 1 : actor);
    return true;
}

/* All machines stand still, or all run on without a line: either way days cost no more to play than a minute. */
static bool long_sleep(struct faults_play *play, enum fault_kind kind, size_t actor, uint64_t *for_us)
{
    (void)kind;
    (void)actor;
    uint64_t until = world_now_us(play->world) + *for_us;
    if (play->sleep_until_us > world_now_us(play->world)) {
        return false;
    }
    play->sleep_until_us = until;
    if (stream_chance(&play->stream, 500)) {
        uint64_t whole = 0;
        return line_worse(play, FAULT_ISOLATED, WORLD_BROKER, &whole);
    }
    for (size_t i = 0; i < play->actor_count; i++) {
        world_freeze(play->world, i, until);
    }
    return true;
}

static void long_sleep_end(struct faults_play *play, enum fault_kind kind, size_t actor)
{
    (void)kind;
    (void)actor;
    play->sleep_until_us = 0;
    line_end(play, FAULT_ISOLATED, WORLD_BROKER);
}

static bool burst(struct faults_play *play, enum fault_kind kind, size_t actor, uint64_t *for_us)
{
    (void)kind;
    (void)actor;
    *for_us = 0;
    if (play->people == NULL) {
        return false;
    }
    people_burst(play->people, (size_t)stream_between(&play->stream, BURST_MIN, BURST_MAX));
    return true;
}

/* --- one fault --- */

struct ways {
    bool (*begin)(struct faults_play *, enum fault_kind, size_t actor, uint64_t *for_us);
    void (*end)(struct faults_play *, enum fault_kind, size_t actor);
    uint64_t least_us, most_us; /* how long it lasts where nobody says */
    bool counts_itself;         /* when it strikes, which may be later or never */
};

static const struct ways ways[FAULT_COUNT] = {
    [FAULT_KILL] = {machine_kill, NULL, 1, 1, false},
    [FAULT_POWER_CUT] = {machine_power_cut, NULL, 1, 1, false},
    [FAULT_TORN_WRITE] = {machine_trap, machine_trap_end, 1, 1, true},
    [FAULT_CUT_BEFORE_COMMIT] = {machine_moment, NULL, 1, 1, true},
    [FAULT_CUT_AFTER_COMMIT] = {machine_moment, NULL, 1, 1, true},
    [FAULT_CUT_HALF_SPOKEN] = {machine_moment, NULL, 1, 1, true},
    [FAULT_CUT_IN_WRITE] = {machine_trap, machine_trap_end, 1, 1, true},
    [FAULT_NO_SPACE] = {machine_trap, machine_trap_end, SECOND_US, 10 * MINUTE_US, true},
    [FAULT_DISK_FULL] = {machine_full, machine_full_end, SECOND_US, HOUR_US, true},
    [FAULT_EIO_READ] = {machine_trap, machine_trap_end, SECOND_US, 10 * MINUTE_US, true},
    [FAULT_EIO_WRITE] = {machine_trap, machine_trap_end, SECOND_US, 10 * MINUTE_US, true},
    [FAULT_EIO_SYNC] = {machine_trap, machine_trap_end, SECOND_US, 10 * MINUTE_US, true},
    [FAULT_SLOW_DISK] = {machine_slow, machine_slow_end, SECOND_US, 10 * MINUTE_US, false},
    [FAULT_LYING_DISK] = {machine_lies, machine_lies_end, SECOND_US, HOUR_US, true},
    [FAULT_RESTORE] = {machine_restored, NULL, 1, 1, false},
    [FAULT_RESTORE_BROKER] = {machine_restored, NULL, 1, 1, false},
    [FAULT_LINK_CUT] = {line_cut, NULL, 1, 1, false},
    [FAULT_HALF_OPEN] = {line_cut, NULL, 1, 1, false},
    [FAULT_PARTITION] = {line_worse, line_end, SECOND_US, 10 * MINUTE_US, false},
    [FAULT_ISOLATED] = {line_worse, line_end, SECOND_US, 6 * HOUR_US, false},
    [FAULT_SLOW_LINK] = {line_worse, line_end, 10 * SECOND_US, 30 * MINUTE_US, false},
    [FAULT_SLOW_READER] = {line_worse, line_end, 10 * SECOND_US, 10 * MINUTE_US, false},
    [FAULT_CORRUPT] = {line_worse, line_end, SECOND_US, 10 * MINUTE_US, true},
    [FAULT_DUPLICATE] = {line_worse, line_end, SECOND_US, 10 * MINUTE_US, true},
    [FAULT_REORDER] = {line_worse, line_end, SECOND_US, 10 * MINUTE_US, true},
    [FAULT_CLOCK_OFFSET] = {machine_clock, machine_clock_end, 10 * SECOND_US, 6 * HOUR_US, false},
    [FAULT_CLOCK_DRIFT] = {machine_clock, machine_clock_end, 10 * SECOND_US, DAY_US, false},
    [FAULT_CLOCK_JUMP] = {machine_clock, machine_clock_end, SECOND_US / 10, 10 * SECOND_US, false},
    [FAULT_FREEZE] = {machine_frozen, NULL, SECOND_US / 10, 10 * MINUTE_US, false},
    [FAULT_SLOW_PROCESS] = {machine_slow, machine_slow_end, SECOND_US, 10 * MINUTE_US, false},
    [FAULT_REVOKED_OFFICER] = {roster_changes, NULL, 1, 1, false},
    [FAULT_SUSPENDED_PARTY] = {roster_changes, roster_changes_back, SECOND_US, HOUR_US, false},
    [FAULT_SMALL_QUOTA] = {roster_changes, roster_changes_back, SECOND_US, 6 * HOUR_US, false},
    [FAULT_NEW_ROSTER] = {newer_roster, NULL, 1, 1, false},
    [FAULT_LONG_SLEEP] = {long_sleep, long_sleep_end, 12 * HOUR_US, 20 * DAY_US, false},
    [FAULT_BURST] = {burst, NULL, 1, 1, false},
};

bool fault_begin(struct faults_play *play, enum fault_kind kind, size_t actor, uint64_t for_us)
{
    ensure(kind < FAULT_COUNT && actor < play->actor_count);
    const struct ways *way = &ways[kind];
    uint64_t drawn_us = stream_tailed(&play->stream, way->least_us, way->most_us);
    uint64_t lasts_us = for_us == 0 ? drawn_us : for_us;
    play_note(play, actor, "fault %s begins", fault_name(kind));
    if (!way->begin(play, kind, actor, &lasts_us)) {
        play_note(play, actor, "fault %s cannot be now", fault_name(kind));
        return false;
    }
    tell_people(play, kind, actor);
    if (!way->counts_itself) {
        play_count(play, kind);
    }
    if (way->end != NULL && lasts_us != 0) {
        play_later(play, lasts_us, true, way->end, kind, actor);
    }
    return true;
}

/* --- all faults --- */

void faults_heal(struct faults_play *play)
{
    play_note(play, WORLD_BROKER, "all is healed");
    for (struct later *later = play->laters; later != NULL; later = later->next) {
        if (later->is_end) {
            come_due(later);
        }
    }
    for (size_t i = 0; i < play->actor_count; i++) {
        machine_heal(play, i);
    }
}

void faults_look(struct faults_play *play)
{
    for (size_t i = 0; i < play->actor_count; i++) {
        machine_look(play, i);
    }
}

const char *faults_trouble(const struct faults_play *play)
{
    return play->trouble;
}

uint64_t faults_trouble_us(const struct faults_play *play)
{
    return play->trouble_us;
}

uint64_t faults_sleep_until(const struct faults_play *play)
{
    return play->sleep_until_us;
}

void faults_note_to(struct faults_play *play, struct transcript *transcript)
{
    play->transcript = transcript;
}

struct faults_play *faults_new(struct world *world, struct cast *cast, uint64_t seed, struct people *people,
                               struct oracle *oracle, struct coverage *coverage)
{
    struct faults_play *play = calloc(1, sizeof *play);
    ensure(play != NULL);
    play->world = world;
    play->cast = cast;
    play->people = people;
    play->oracle = oracle;
    play->coverage = coverage;
    play->stream = stream_of(seed, "faults", 0);
    play->actor_count = world_actor_count(world);
    play->machines = calloc(play->actor_count, sizeof *play->machines);
    play->lines = calloc(play->actor_count, sizeof *play->lines);
    ensure(play->machines != NULL && play->lines != NULL);
    play->nothing = disk_new("nothing", 0);
    return play;
}

void faults_free(struct faults_play *play)
{
    if (play == NULL) {
        return;
    }
    for (size_t i = 0; i < play->actor_count; i++) {
        disk_free(play->machines[i].backup);
    }
    while (play->laters != NULL) {
        struct later *next = play->laters->next;
        free(play->laters);
        play->laters = next;
    }
    disk_free(play->nothing);
    free(play->machines);
    free(play->lines);
    free(play);
}
