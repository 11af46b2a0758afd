/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bit rot at rest: after a short play one party's machine stops, one bit of its files turns, it is started again and the play
 * goes on. Either the party refuses to start or to go on, by a text that names the file, and the others see nothing that is
 * not so; or everything ends as it would have without the flip, byte for byte.
 *
 * COMITY_ROT_STRIDE=N takes every N-th byte of each file, COMITY_ROT_PLAY_STRIDE=N every N-th that is played with; 0 or unset: a
 * sample.
 */
#ifndef COMITY_TESTS_SUPPORT_ROT_H
#define COMITY_TESTS_SUPPORT_ROT_H

#include "drills/world/world.h"

/* Where it stops: at rest with an empty log, by kill -9 in the middle of work, or by a power cut there. */
enum rot_stop { ROT_HOME, ROT_KILLED, ROT_CUT };

/*
 * After ROT_CUT one class of flips is not seen by the party alone (store_wal.h): those in the last commit of the log, which
 * is then forgotten like a torn one. Only there may the end differ, and then told must say that somebody learnt of it, from a
 * world in which the play has ended. NULL: it is not asked.
 */
void rot_changes_nothing(const char *party, enum rot_stop, bool (*told)(struct world *, size_t actor));

/*
 * The same for the store alone, which is much faster: each flip is named by the full check at open, or everything is in the
 * database afterwards that is there without it, or lies on a page whose checksum will name it when somebody reads it.
 */
void rot_is_seen_in_every_byte(const char *party, enum rot_stop);

#endif
