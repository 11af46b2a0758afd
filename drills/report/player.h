/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plays a timeline: which moment is next, and how long until it. No clock and no terminal: whoever has them says what time passed and
 * which key was pressed, and shows what is given to it.
 */
#ifndef COMITY_DRILLS_REPORT_PLAYER_H
#define COMITY_DRILLS_REPORT_PLAYER_H

#include "drills/report/timeline.h"

#define PLAYER_SPEED_MAX    (UINT64_C(30) * 86400) /* a month in a second */
#define PLAYER_QUIET_MAX_MS 2000 /* of whoever looks: what would last longer with nothing in it is cut ... */
#define PLAYER_BEAT_MS      1000 /* ... to that */

enum player_key { PLAYER_PAUSE, PLAYER_NEXT, PLAYER_BACK, PLAYER_FASTER, PLAYER_SLOWER, PLAYER_QUIT };

struct player {
    const struct timeline *timeline;
    uint64_t now_ms;     /* of the drill */
    uint64_t speed;      /* times as fast, 1 .. PLAYER_SPEED_MAX */
    uint64_t skipped_ms; /* since the moment before */
    size_t next;         /* moment; `last` when all were shown */
    size_t first, last;  /* of those that are played: last is none of them */
    bool paused, over;
    void *context;
    /* skipped_ms: of the drill, since the one before; 0: all of it was played. back: it was shown before. */
    void (*show)(void *context, const struct moment *, uint64_t skipped_ms, bool back);
};

/* From the first moment at or after from_ms to the last at or before until_ms; show and context are set before. */
void player_begin(struct player *, const struct timeline *, uint64_t from_ms, uint64_t until_ms);
/* So that all of it takes some two minutes, as a round number. */
uint64_t player_speed(const struct timeline *, uint64_t from_ms, uint64_t until_ms);

/* Time passed for whoever looks: shows what has come by then. */
void player_pass(struct player *, uint64_t passed_ms);
/* How long until there is something to be shown, for whoever looks; UINT64_MAX: a key is waited for. */
uint64_t player_wait_ms(const struct player *);
void player_key(struct player *, enum player_key);

#endif
