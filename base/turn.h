/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The turn: one round of a daemon. Drain, decide, commit, speak.
 *
 * A core is handed inputs together with the turn. It takes time and randomness from the turn and says frames into
 * it; they go into the turn's list and nowhere else. The host commits the core's store once, and only then speaks
 * the list in order. A core has no way to send, a host no way to speak before the commit: so an acknowledgement that
 * a power cut could take back cannot be written by accident (I1).
 *
 * Source: ../docs/architecture.md, "The turn".
 */
#ifndef COMITY_BASE_TURN_H
#define COMITY_BASE_TURN_H

#include "base/arena.h"
#include "base/attributes.h"
#include "base/bytes.h"
#include "base/clock.h"

struct turn;

/* A connection to one peer, for as long as it lasts; numbered by the host, never used again. 0 is no link. */
typedef struct {
    uint64_t number;
} link_id;

/* What a door of a core answers. FATAL: the store failed; the host ends this party, restart is the recovery. */
enum door { DOOR_OK, DOOR_FATAL };

/* --- what a core may do --- */

wall_ms turn_wall(const struct turn *);
mono_ms turn_mono(const struct turn *);

/* The only randomness a core can see. */
void turn_random(struct turn *, uint8_t *ret, size_t size);

/* Puts a copy of the frame into the list, to be spoken after the commit. An over-full turn marks itself exhausted. */
void turn_say(struct turn *, link_id to, struct bytes frame);

/* Asks the host to end a link once everything before it has been spoken. why must live until the end of the turn. */
void turn_hang_up(struct turn *, link_id, const char *why);

/*
 * One log event, printed after the commit. fields is logfmt ("key=value key=value"); values that a peer, file or
 * person chose go through base/log.h. Control characters that slipped in become '?'. event is a literal.
 */
enum log_level {
    LOG_ERROR = 3,
    LOG_WARNING = 4,
    LOG_NOTICE = 5,
    LOG_INFO = 6,
    LOG_DEBUG = 7
}; /* as journald */
void turn_log(struct turn *, enum log_level, const char *event, const char *fields, ...) PRINTF_LIKE(4, 5);

/* Memory that lasts until the end of the turn. */
struct arena *turn_arena(struct turn *);

/* A place in the list; striking takes back what was said and logged since, when an input's savepoint is rolled back. */
struct turn_mark {
    size_t said;
    size_t logged;
};
struct turn_mark turn_mark(const struct turn *);
void turn_strike(struct turn *, struct turn_mark);

/* --- what a host does --- */

struct turn_source {
    void (*random)(void *context, uint8_t *ret, size_t size);
    void *context;
};

/* A turn whose frames, log and scratch memory never exceed bytes_max. NULL: no memory. */
MUST_USE struct turn *turn_new(struct turn_source, size_t bytes_max);
/*
 * The same in an arena of the caller's, borrowed for the turn's life, which other turns may be in too: when one of them begins,
 * what the others said is gone. For a process of many parties, of which one has its turn at a time.
 */
MUST_USE struct turn *turn_new_in(struct turn_source, struct arena *);
void turn_free(struct turn *);

/* Starts a round: empties the lists and the arena and takes the clocks, read once by the host. */
void turn_begin(struct turn *, wall_ms, mono_ms);

/* True when memory ran out in this round: the host treats it as DOOR_FATAL. */
bool turn_exhausted(const struct turn *);

enum said_kind { SAID_FRAME, SAID_HANG_UP };
struct said {
    enum said_kind kind;
    link_id to;
    struct bytes frame; /* SAID_FRAME */
    const char *why;    /* SAID_HANG_UP */
};
struct logged {
    enum log_level level;
    const char *event;
    const char *fields;
};

/* The lists in order; valid until the next turn_begin. */
const struct said *turn_said(const struct turn *, size_t *ret_count);
const struct logged *turn_logged(const struct turn *, size_t *ret_count);

#endif
