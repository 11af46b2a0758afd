/* SPDX-License-Identifier: Apache-2.0 */
/* A plan while it is played; only for plan*.c. */
#ifndef COMITY_DRILLS_PLAY_PLAN_STAGE_H
#define COMITY_DRILLS_PLAY_PLAN_STAGE_H

#include "drills/play/history.h"
#include "drills/play/plan_steps.h"

/* Different events of different actors: as many as there can be. */
enum {
    PLAN_NODE_EVENTS = 0
#define EVENT(name, level, text, help) +1
#include "nodes/events.def"
#undef EVENT
    ,
    PLAN_BROKER_EVENTS = 0
#define EVENT(identifier, name, level, help) +1
#include "broker/events.def"
#undef EVENT
    ,
    PLAN_LOGS_MAX = CAST_PARTIES_MAX * PLAN_NODE_EVENTS + PLAN_BROKER_EVENTS,
};
#define PLAN_EVENT_BYTES 40
extern const char *const plan_node_events[PLAN_NODE_EVENTS];
extern const char *const plan_broker_events[PLAN_BROKER_EVENTS];

struct plan_backup {
    struct disk *disk;
    uint64_t at_us;
};

struct plan_run {
    const struct plan *plan;
    struct plan_stage *stage;
    unsigned status; /* of the last write, and what was answered */
    json_t *answer;
    bool answered; /* nothing is left to say of it: it was taken, not heard, or expected */
    const struct step *last_write;
    bool ending; /* an actor goes down right now because the plan says so */
    /* By actors of the world, what has not come yet: an end in a turn, a fault of the disk. */
    const struct step *moments[CAST_PARTIES_MAX + 1], *traps[CAST_PARTIES_MAX + 1];
    struct link_nature natures[CAST_PARTIES_MAX + 1]; /* by the plan's actors */
    struct plan_backup backups[PLAN_LABELS_MAX];
    size_t backup_count;
    struct {
        size_t actor; /* of the world */
        char event[PLAN_EVENT_BYTES];
    } logs[PLAN_LOGS_MAX];
    size_t log_count;
};

/* The actor of the world, and its name, for the plan's. */
size_t plan_actor(const struct plan_run *, size_t actor);
const char *plan_party(const struct plan_run *, size_t actor);

/* "NAME:LINE: ..." in the stage's error; false. */
bool plan_fail(struct plan_run *, const struct step *, const char *format, ...) PRINTF_LIKE(3, 4);

/* A statement that expects something. False: it does not hold. */
MUST_USE bool plan_expect(struct plan_run *, const struct step *);

#endif
