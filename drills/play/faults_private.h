/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the faults share: the state of each machine and of each party's line, and what has to be done later. */
#ifndef COMITY_DRILLS_PLAY_FAULTS_PRIVATE_H
#define COMITY_DRILLS_PLAY_FAULTS_PRIVATE_H

#include "drills/play/faults.h"
#include "drills/world/stream.h"

#define SECOND_US UINT64_C(1000000)
#define MINUTE_US (60 * SECOND_US)
#define HOUR_US   (60 * MINUTE_US)
#define DAY_US    (24 * HOUR_US)

/* A machine: the process of an actor, its disk and its clocks. */
struct computer {
    bool striking;     /* we take it down right now */
    enum disk_cut cut; /* what its disk keeps when its power went by itself */
    bool restart_planned;
    unsigned
        trapped_starts; /* in a row while its disk had a trap or little room: the supervisor waits longer each time */

    bool trap_set; /* in its disk, one at a time */
    enum fault_kind trap;
    uint64_t trap_end_us; /* a lasting one is set again after each crash until then; 0: it strikes once */

    bool moment_set; /* it will end at a moment of a turn */
    enum fault_kind moment;

    bool full; /* its disk has little room */
    bool lies; /* its disk lies about syncs */
    uint64_t lies_since_us;
    bool ruined;      /* what a lying disk left is of no moment in time: only a backup helps */
    bool worn;        /* a trap of its disk struck since it was started, and not long ago or it is down */
    uint64_t worn_us; /* when that was seen last */

    uint64_t struck[FAULT_COUNT]; /* of what counts when it strikes: how often it had when it began */

    struct disk *backup; /* NULL: none yet */
    uint64_t backup_us;

    int64_t offset_ms;
    int32_t drift_ppm;
    uint64_t turn_us, sync_us;
    bool revoked, suspended, quota;
};

struct line {
    struct link_nature base, now;
    bool isolated;
};

/* Something that is done at its time, or when all is healed. */
struct later {
    struct faults_play *play;
    void (*act)(struct faults_play *, enum fault_kind, size_t actor);
    enum fault_kind kind;
    size_t actor;
    bool done;
    bool is_end; /* of a fault; else a restart */
    struct later *next;
};

struct faults_play {
    struct world *world;
    struct cast *cast;
    struct people *people;
    struct oracle *oracle;
    struct coverage *coverage;
    struct transcript *transcript;
    struct stream stream;
    size_t actor_count;
    struct computer *machines; /* by actor */
    struct line *lines;        /* by actor; [0] is not used */
    struct disk *nothing;      /* an empty disk: what is left to an operator without a backup */
    struct later *laters;
    uint64_t sleep_until_us;
    char trouble[320];
    uint64_t trouble_us;
};

void play_count(struct faults_play *, enum fault_kind);
void play_note(struct faults_play *, size_t actor, const char *format, ...) PRINTF_LIKE(3, 4);
/* act is called after_us from now; an end also when all is healed. */
void play_later(struct faults_play *, uint64_t after_us, bool is_end,
                void (*act)(struct faults_play *, enum fault_kind, size_t actor), enum fault_kind,
                size_t actor);

/*
 * Beginnings: false when it cannot happen there now. *for_us is how long it is to last (not 0); a beginning sets it to 0 when
 * nothing is left to be ended. Ends put things right again.
 */
bool machine_kill(struct faults_play *, enum fault_kind, size_t actor, uint64_t *for_us);
bool machine_power_cut(struct faults_play *, enum fault_kind, size_t actor, uint64_t *for_us);
bool machine_moment(struct faults_play *, enum fault_kind, size_t actor, uint64_t *for_us);
bool machine_trap(struct faults_play *, enum fault_kind, size_t actor, uint64_t *for_us);
bool machine_full(struct faults_play *, enum fault_kind, size_t actor, uint64_t *for_us);
bool machine_lies(struct faults_play *, enum fault_kind, size_t actor, uint64_t *for_us);
bool machine_restored(struct faults_play *, enum fault_kind, size_t actor, uint64_t *for_us);
bool machine_slow(struct faults_play *, enum fault_kind, size_t actor, uint64_t *for_us);
bool machine_clock(struct faults_play *, enum fault_kind, size_t actor, uint64_t *for_us);
bool machine_frozen(struct faults_play *, enum fault_kind, size_t actor, uint64_t *for_us);
void machine_trap_end(struct faults_play *, enum fault_kind, size_t actor);
void machine_full_end(struct faults_play *, enum fault_kind, size_t actor);
void machine_lies_end(struct faults_play *, enum fault_kind, size_t actor);
void machine_slow_end(struct faults_play *, enum fault_kind, size_t actor);
void machine_clock_end(struct faults_play *, enum fault_kind, size_t actor);
/* Nothing is planned to strike it any more, and it is up. */
void machine_heal(struct faults_play *, size_t actor);

/* After what people did: a trap that struck long ago and ended nothing explains nothing any more. */
void machine_look(struct faults_play *, size_t actor);

bool line_cut(struct faults_play *, enum fault_kind, size_t actor, uint64_t *for_us);
bool line_worse(struct faults_play *, enum fault_kind, size_t actor, uint64_t *for_us);
void line_end(struct faults_play *, enum fault_kind, size_t actor);

#endif
