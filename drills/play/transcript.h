/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The transcript of a history: a running hash over everything that was said, heard, logged, commanded and broken, with its time
 * (I12: same seed, same build, same hash), the last events in words, and all of them where a trace is asked for.
 */
#ifndef COMITY_DRILLS_PLAY_TRANSCRIPT_H
#define COMITY_DRILLS_PLAY_TRANSCRIPT_H

#include <stdio.h>

#include "drills/world/world.h"

#define TRANSCRIPT_LAST 50

struct transcript;

/* trace: every event as a line, or NULL. names: of the actors, borrowed. */
struct transcript *transcript_new(struct world *, const char *const *names, FILE *trace);
void transcript_free(struct transcript *); /* NULL is allowed */

/* To be called by the world's witness (history.c), and for what no witness sees: commands, faults, plan steps. */
void transcript_frame(struct transcript *, bool said, size_t party, enum world_direction, struct bytes frame);
void transcript_logged(struct transcript *, size_t actor, const struct logged *);
void transcript_note(struct transcript *, size_t actor, const char *format, ...) PRINTF_LIKE(3, 4);

void transcript_hash(const struct transcript *, uint8_t ret[32]); /* so far */
/* Something went wrong: the last events are those up to now. What follows still counts for hash and trace. */
void transcript_keep(struct transcript *);
/* The last TRANSCRIPT_LAST events but Ping, Pong and Credit, oldest first, one line each: "12d 03:04:05.006007 XA/poc -> hub  Submit tag 4 ROUTINE 2/17 4471 bytes". */
void transcript_print_last(const struct transcript *, FILE *);

#endif
