/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first power cut, many times over: a scenario of 20 requests is played again and again, and each time the power of
 * one actor goes at another write or sync of its disk; what was not synced is lost. After the restart everything accepted
 * must take effect exactly once, in order, and both sides must agree (I1, I2, I3, I5).
 *
 * COMITY_POWER_STRIDE=N and COMITY_FAULT_STRIDE=N take every N-th operation only.
 */
#ifndef COMITY_TESTS_SUPPORT_POWER_H
#define COMITY_TESTS_SUPPORT_POWER_H

#include <stddef.h>

/* Plays it with a cut at each operation of that actor's disk (drills/world/world.h); fails the cmocka test that calls. */
void power_cuts_lose_nothing(size_t actor);

/*
 * The same with a disk that fails once: no space, and errors of reading, writing and syncing, at each operation that can
 * have them. The party refuses with a code or ends, and a restart continues.
 */
void disk_faults_lose_nothing(size_t actor);

#endif
