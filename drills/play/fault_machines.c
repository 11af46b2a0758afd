/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Faults of machines: processes, disks, clocks. Whoever goes down is started again after a while, as a service manager would, and
 * again if the start itself is struck. An operator restores what a lying disk ruined.
 */
#include <stdio.h>

#include "drills/play/faults_private.h"

#define DOUBLED_MAX          6                /* times a wait before a start */
#define OPERATIONS_AHEAD_MAX 300              /* of its disk, until a trap strikes */
#define WORN_US              (10 * MINUTE_US) /* after a trap struck it may end a process: many checkpoints */

static void restart(struct faults_play *play, enum fault_kind kind, size_t actor);
static void cut_later(struct faults_play *play, enum fault_kind kind, size_t actor);

/* --- down and up --- */

static void plan_restart(struct faults_play *play, size_t actor)
{
    struct computer *machine = &play->machines[actor];
    if (!machine->restart_planned) {
        uint64_t wait_us = stream_tailed(&play->stream, SECOND_US / 20, 30 * SECOND_US);
        unsigned doubled = machine->trapped_starts < DOUBLED_MAX ? machine->trapped_starts : DOUBLED_MAX;
        machine->restart_planned = true;
        play_later(play, wait_us << doubled, false, restart, FAULT_KILL, actor);
    }
}

static bool is_cut(enum fault_kind trap)
{
    return trap == FAULT_TORN_WRITE || trap == FAULT_CUT_IN_WRITE;
}

/* A trap that has struck counts, and has worn the machine: it may go down, and the start that it struck may fail. */
static void look_at_trap(struct faults_play *play, size_t actor)
{
    struct computer *machine = &play->machines[actor];
    if (!machine->trap_set || disk_failed(world_disk(play->world, actor)) == 0) {
        return;
    }
    machine->worn = true;
    machine->worn_us = world_now_us(play->world);
    if (machine->trap == FAULT_EIO_SYNC &&
        stream_chance(&play->stream, 500)) { /* what was not saved shows after a cut */
        play_later(play, stream_tailed(&play->stream, SECOND_US / 10, 2 * MINUTE_US), false, cut_later,
                   FAULT_POWER_CUT, actor);
    }
    if (machine->trap_end_us == 0) {
        machine->trap_set = false;
        play_count(play, machine->trap);
    }
}

/* Does a fault of its disk explain that it goes down now? */
static bool may_go_down(const struct faults_play *play, size_t actor)
{
    const struct computer *machine = &play->machines[actor];
    bool is_full = machine->full &&
                   disk_counters(world_disk(play->world, actor)).refusals != machine->struck[FAULT_DISK_FULL];
    return is_full || (machine->worn && world_now_us(play->world) - machine->worn_us <= WORN_US);
}

/* Before the cut. Where everything is synced, every mode of a cut is the same. */
static void count_cut(struct faults_play *play, size_t actor)
{
    if (play->coverage != NULL) {
        play->coverage->power_cuts++;
        play->coverage->unsafe_cuts += disk_unsafe(world_disk(play->world, actor)) != 0;
    }
}

static void crash(struct faults_play *play, size_t actor, enum disk_cut cut)
{
    struct computer *machine = &play->machines[actor];
    machine->striking = true;
    machine->moment_set = false;
    look_at_trap(play, actor);
    machine->trap_set = machine->trap_set && (machine->trap_end_us != 0 || machine->trap == FAULT_EIO_READ);
    if (cut != DISK_KEEP_ALL) {
        count_cut(play, actor);
    }
    world_crash(play->world, actor, cut); /* takes the trap away */
    machine->striking = false;
    plan_restart(play, actor);
}

/* Not together with a disk that lies, whose end is a cut of its own and of which a backup alone helps if sectors are of many moments. */
static bool is_not_for_liars(enum fault_kind trap)
{
    return is_cut(trap) || trap == FAULT_EIO_SYNC;
}

/* The first one stays, with its moment and the events before it. */
static void note_trouble(struct faults_play *play, size_t actor, const char *what, const char *why)
{
    if (play->trouble[0] == '\0') {
        (void)snprintf(play->trouble, sizeof play->trouble, "%s %s: %.200s",
                       actor == WORLD_BROKER ? CAST_BROKER_ID : play->cast->parties[actor - 1].address.text,
                       what, why);
        play->trouble_us = world_now_us(play->world);
        if (play->transcript != NULL) {
            transcript_keep(play->transcript);
        }
    }
}

/* A failed checkpoint is tried again later, so that a process may not have noticed that the power is off. */
static void power_is_off(struct faults_play *play, size_t actor)
{
    const struct computer *machine = &play->machines[actor];
    if (machine->trap_set && is_cut(machine->trap) && disk_failed(world_disk(play->world, actor)) != 0 &&
        world_is_up(play->world, actor)) {
        crash(play, actor, machine->cut);
    }
}

/* Of one that strikes on, and of a power cut, it is not over before the process is. */
void machine_look(struct faults_play *play, size_t actor)
{
    struct computer *machine = &play->machines[actor];
    if (machine->trap_set && machine->trap_end_us == 0 && !is_cut(machine->trap)) {
        look_at_trap(play, actor);
    }
    power_is_off(play, actor);
    if (machine->worn && world_is_up(play->world, actor) &&
        world_now_us(play->world) - machine->worn_us > WORN_US) {
        machine->worn = false;
    }
}

void faults_down(struct faults_play *play, size_t actor, const char *why)
{
    struct computer *machine = &play->machines[actor];
    if (machine->striking) {
        return;
    }
    plan_restart(play, actor);
    look_at_trap(play, actor);
    bool at_its_moment = machine->moment_set && world_cause_of_end(play->world, actor) == WORLD_AT_ITS_MOMENT;
    machine->moment_set = false; /* of that process */
    if (at_its_moment) {
        play_count(play, machine->moment);
        count_cut(play, actor);
        return;
    }
    if (!may_go_down(play, actor)) {
        note_trouble(play, actor, "went down for no fault", why);
    }
}

static enum disk_fault fault_of(enum fault_kind kind)
{
    switch ((int)kind) {
    case FAULT_NO_SPACE:
        return DISK_NO_SPACE;
    case FAULT_EIO_READ:
        return DISK_EIO_READ;
    case FAULT_EIO_WRITE:
        return DISK_EIO_WRITE;
    case FAULT_EIO_SYNC:
        return DISK_EIO_SYNC;
    default:
        return DISK_CUT;
    }
}

static void set_trap(struct faults_play *play, size_t actor, uint64_t ahead)
{
    const struct computer *machine = &play->machines[actor];
    struct disk *disk = world_disk(play->world, actor);
    disk_fail_at(disk, disk_operations(disk) + ahead, fault_of(machine->trap), machine->trap_end_us != 0);
}

static void tell_lost(struct faults_play *play, size_t actor, uint64_t since_us)
{
    if (play->oracle != NULL) {
        oracle_lost_after(play->oracle, world_now_us(play->world), actor, since_us);
    }
}

/* The operator puts back the last backup, or begins from nothing where there is none. */
static void bring_back(struct faults_play *play, size_t actor)
{
    struct computer *machine = &play->machines[actor];
    uint64_t since_us = machine->backup == NULL ? 0 : machine->backup_us;
    machine->striking = true;
    world_restore(play->world, actor, machine->backup == NULL ? play->nothing : machine->backup);
    machine->striking = false;
    machine->moment_set = false;
    machine->ruined = false;
    play_note(play, actor, "restored from %s", machine->backup == NULL ? "nothing" : "a backup");
    tell_lost(play, actor, since_us);
}

/* What lies on a ruined disk must not bring the start itself down, whatever it answers; nobody works with it. */
static void look_at_ruins(struct faults_play *play, size_t actor)
{
    struct error error = {.text = ""};
    if (world_start(play->world, actor, &error)) {
        play->machines[actor].striking = true;
        world_crash(play->world, actor, DISK_KEEP_ALL);
        play->machines[actor].striking = false;
    }
    bring_back(play, actor);
}

static void restart(struct faults_play *play, enum fault_kind kind, size_t actor)
{
    struct computer *machine = &play->machines[actor];
    struct error error = {.text = ""};
    (void)kind;
    machine->restart_planned = false;
    if (world_is_up(play->world, actor)) {
        return;
    }
    if (machine->worn && is_cut(machine->trap) && !machine->trap_set) {
        machine->striking = true;
        count_cut(play, actor);
        world_crash(play->world, actor,
                    machine->cut); /* the power went by itself: this is what is found when it is back */
        machine->striking = false;
        machine->trap = FAULT_KILL;
    }
    if (machine->ruined) {
        look_at_ruins(play, actor);
    }
    machine->trapped_starts = machine->trap_set || machine->full ? machine->trapped_starts + 1 : 0;
    if (machine->trap_set) {
        set_trap(play, actor, stream_tailed(&play->stream, 1, 40));
    }
    machine->worn = false; /* what ended it explains no start that fails */
    if (world_start(play->world, actor, &error)) {
        if (play->coverage != NULL) {
            play->coverage->restarts++;
        }
        return;
    }
    play_note(play, actor, "does not start: %s", error.text);
    look_at_trap(play, actor);
    if (may_go_down(play, actor)) {
        plan_restart(play, actor);
    } else {
        note_trouble(play, actor, "does not start", error.text);
    }
}

/* --- ends of processes --- */

bool machine_kill(struct faults_play *play, enum fault_kind kind, size_t actor, uint64_t *for_us)
{
    (void)kind;
    *for_us = 0;
    if (!world_is_up(play->world, actor)) {
        return false;
    }
    crash(play, actor, DISK_KEEP_ALL);
    return true;
}

bool machine_power_cut(struct faults_play *play, enum fault_kind kind, size_t actor, uint64_t *for_us)
{
    (void)kind;
    *for_us = 0;
    if (play->machines[actor].lies) {
        return false; /* that ends with a cut of its own */
    }
    crash(play, actor, (enum disk_cut)stream_between(&play->stream, DISK_LOSE_ALL, DISK_TORN));
    return true;
}

static void cut_later(struct faults_play *play, enum fault_kind kind, size_t actor)
{
    uint64_t for_us = 0;
    (void)machine_power_cut(play, kind, actor, &for_us);
}

bool machine_moment(struct faults_play *play, enum fault_kind kind, size_t actor, uint64_t *for_us)
{
    struct computer *machine = &play->machines[actor];
    *for_us = 0;
    if (!world_is_up(play->world, actor) || machine->moment_set || machine->lies) {
        return false;
    }
    enum world_moment moment = kind == FAULT_CUT_BEFORE_COMMIT  ? WORLD_BEFORE_COMMIT
                               : kind == FAULT_CUT_AFTER_COMMIT ? WORLD_AFTER_COMMIT
                                                                : WORLD_HALF_SPOKEN;
    machine->moment_set = true;
    machine->moment = kind;
    world_crash_in_turn(play->world, actor, moment,
                        (enum disk_cut)stream_between(&play->stream, DISK_KEEP_ALL, DISK_TORN));
    return true;
}

/* --- disks --- */

bool machine_trap(struct faults_play *play, enum fault_kind kind, size_t actor, uint64_t *for_us)
{
    struct computer *machine = &play->machines[actor];
    look_at_trap(play, actor);
    if (machine->trap_set || machine->worn || !world_is_up(play->world, actor) ||
        (machine->lies && is_not_for_liars(kind))) {
        return false;
    }
    machine->trap_set = true;
    machine->trap = kind;
    machine->trap_end_us = 0;
    if (is_cut(kind)) {
        machine->cut = kind == FAULT_TORN_WRITE
                           ? DISK_TORN
                           : (enum disk_cut)stream_between(&play->stream, DISK_LOSE_ALL, DISK_TORN);
        *for_us = 0;
    } else if (stream_chance(&play->stream, 400)) {
        machine->trap_end_us = world_now_us(play->world) + *for_us;
    } else {
        *for_us = 0;
    }
    set_trap(play, actor, stream_tailed(&play->stream, 1, OPERATIONS_AHEAD_MAX));
    if (kind == FAULT_EIO_READ && stream_chance(&play->stream, 600)) {
        crash(play, actor, DISK_KEEP_ALL); /* most reads are those of a start */
    }
    return true;
}

void machine_trap_end(struct faults_play *play, enum fault_kind kind, size_t actor)
{
    struct computer *machine = &play->machines[actor];
    if (!machine->trap_set || machine->trap != kind) {
        return;
    }
    look_at_trap(play, actor);
    if (machine->trap_set && disk_failed(world_disk(play->world, actor)) != 0) {
        play_count(play, kind);
    }
    machine->trap_set = false;
    machine->trap_end_us = 0;
    disk_fail_never(world_disk(play->world, actor));
}

bool machine_full(struct faults_play *play, enum fault_kind kind, size_t actor, uint64_t *for_us)
{
    struct computer *machine = &play->machines[actor];
    struct disk *disk = world_disk(play->world, actor);
    (void)kind;
    (void)for_us;
    if (machine->full) {
        return false;
    }
    machine->full = true;
    machine->struck[FAULT_DISK_FULL] = disk_counters(disk).refusals;
    disk_capacity(disk, disk_bytes(disk) + stream_below(&play->stream, 64 * 1024));
    return true;
}

void machine_full_end(struct faults_play *play, enum fault_kind kind, size_t actor)
{
    struct computer *machine = &play->machines[actor];
    struct disk *disk = world_disk(play->world, actor);
    machine->full = false;
    if (disk_counters(disk).refusals != machine->struck[FAULT_DISK_FULL]) { /* else nobody wrote so much */
        play_count(play, kind);
    }
    disk_capacity(disk, UINT64_MAX);
}

bool machine_lies(struct faults_play *play, enum fault_kind kind, size_t actor, uint64_t *for_us)
{
    struct computer *machine = &play->machines[actor];
    (void)kind;
    (void)for_us;
    look_at_trap(play, actor);
    if (machine->lies || machine->moment_set || (machine->trap_set && is_not_for_liars(machine->trap)) ||
        !world_is_up(play->world, actor)) {
        return false;
    }
    machine->lies = true;
    machine->lies_since_us = world_now_us(play->world);
    machine->struck[FAULT_LYING_DISK] = disk_counters(world_disk(play->world, actor)).lies;
    disk_lie_about_sync(world_disk(play->world, actor), true);
    return true;
}

/*
 * The power goes. What is left is the disk of some moment since the lie began, or sectors of many moments, which no store can make
 * sense of: then only the backup helps.
 */
void machine_lies_end(struct faults_play *play, enum fault_kind kind, size_t actor)
{
    static const enum disk_cut cuts[] = {DISK_LOSE_ALL, DISK_LOSE_ALL, DISK_PREFIX,
                                         DISK_PREFIX,   DISK_RANDOM,   DISK_TORN};
    struct computer *machine = &play->machines[actor];
    if (!machine->lies) {
        return;
    }
    machine->lies = false;
    if (disk_counters(world_disk(play->world, actor)).lies != machine->struck[FAULT_LYING_DISK]) {
        play_count(play, kind);
    }
    enum disk_cut cut = cuts[stream_below(&play->stream, sizeof cuts / sizeof cuts[0])];
    tell_lost(play, actor, machine->lies_since_us);
    crash(play, actor, cut);
    disk_lie_about_sync(world_disk(play->world, actor), false);
    machine->ruined = cut == DISK_RANDOM || cut == DISK_TORN;
    machine->worn = false;
}

void faults_backup(struct faults_play *play, size_t actor)
{
    struct computer *machine = &play->machines[actor];
    if (!world_is_up(play->world, actor)) {
        return;
    }
    if (machine->backup == NULL) {
        char name[32];
        (void)snprintf(name, sizeof name, "backup-%zu", actor);
        machine->backup = disk_new(name, actor);
    }
    machine->backup_us = world_now_us(play->world);
    world_backup(play->world, actor, machine->backup);
}

bool machine_restored(struct faults_play *play, enum fault_kind kind, size_t actor, uint64_t *for_us)
{
    struct computer *machine = &play->machines[actor];
    *for_us = 0;
    if ((kind == FAULT_RESTORE_BROKER) != (actor == WORLD_BROKER) || machine->backup == NULL ||
        machine->lies) {
        return false;
    }
    crash(play, actor, DISK_KEEP_ALL);
    bring_back(play, actor);
    machine->worn = false;
    return true;
}

/* --- speed and clocks --- */

bool machine_slow(struct faults_play *play, enum fault_kind kind, size_t actor, uint64_t *for_us)
{
    struct computer *machine = &play->machines[actor];
    (void)for_us;
    if (kind == FAULT_SLOW_DISK) {
        machine->sync_us = stream_tailed(&play->stream, 20000, 5 * SECOND_US);
    } else {
        machine->turn_us = stream_tailed(&play->stream, 1000, SECOND_US);
    }
    world_slow(play->world, actor, machine->turn_us, machine->sync_us);
    return true;
}

void machine_slow_end(struct faults_play *play, enum fault_kind kind, size_t actor)
{
    struct computer *machine = &play->machines[actor];
    *(kind == FAULT_SLOW_DISK ? &machine->sync_us : &machine->turn_us) = 0;
    world_slow(play->world, actor, machine->turn_us, machine->sync_us);
}

/* Seconds to years, each size as likely as the next. */
static int64_t draw_offset_ms(struct stream *stream)
{
    static const uint64_t sizes_ms[] = {
        1000, 60000, 240000, 3600000, 86400000, UINT64_C(2592000000), UINT64_C(63072000000)};
    size_t size = (size_t)stream_below(stream, sizeof sizes_ms / sizeof sizes_ms[0] - 1);
    int64_t offset = (int64_t)stream_between(stream, sizes_ms[size], sizes_ms[size + 1]);
    return stream_chance(stream, 500) ? offset : -offset;
}

bool machine_clock(struct faults_play *play, enum fault_kind kind, size_t actor, uint64_t *for_us)
{
    struct computer *machine = &play->machines[actor];
    (void)for_us;
    if (kind == FAULT_CLOCK_DRIFT) {
        int32_t ppm = (int32_t)stream_between(&play->stream, 50, 20000);
        machine->drift_ppm = stream_chance(&play->stream, 500) ? ppm : -ppm;
    } else {
        machine->offset_ms = draw_offset_ms(&play->stream);
    }
    world_set_clock(play->world, actor, machine->offset_ms, machine->drift_ppm);
    return true;
}

void machine_clock_end(struct faults_play *play, enum fault_kind kind, size_t actor)
{
    struct computer *machine = &play->machines[actor];
    if (kind == FAULT_CLOCK_DRIFT) {
        machine->drift_ppm = 0;
    } else {
        machine->offset_ms = 0;
    }
    world_set_clock(play->world, actor, machine->offset_ms, machine->drift_ppm);
}

bool machine_frozen(struct faults_play *play, enum fault_kind kind, size_t actor, uint64_t *for_us)
{
    (void)kind;
    world_freeze(play->world, actor, world_now_us(play->world) + *for_us);
    *for_us = 0;
    return true;
}

/* --- the end of all faults --- */

void machine_heal(struct faults_play *play, size_t actor)
{
    struct computer *machine = &play->machines[actor];
    power_is_off(play, actor);
    if (machine->trap_set) {
        machine_trap_end(play, machine->trap, actor);
    }
    if (machine->moment_set && world_is_up(play->world, actor)) {
        crash(play, actor, DISK_KEEP_ALL); /* takes the moment away */
    }
    world_freeze(play->world, actor, 0);
    if (!world_is_up(play->world, actor)) {
        restart(play, FAULT_KILL, actor);
    }
}
