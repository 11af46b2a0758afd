/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two clocks of one machine in a world, in whole microseconds of true time. Both run with the same error; the wall clock can be
 * set, the monotonic one goes on from where it is whatever happens, and begins anew when the machine starts.
 */
#ifndef COMITY_DRILLS_WORLD_CLOCKS_H
#define COMITY_DRILLS_WORLD_CLOCKS_H

#include "base/clock.h"

#define CLOCKS_DRIFT_PPM_MAX 500000

struct clocks {
    uint64_t since_us; /* true time of the two readings below */
    uint64_t wall_us, mono_us;
    uint64_t rate; /* microseconds shown in a million true ones */
};

/* A machine that starts now with a clock that is right. */
void clocks_init(struct clocks *, uint64_t now_us, uint64_t true_wall_us);
/* The machine starts again: a new boot, the wall clock goes on. */
void clocks_boot(struct clocks *, uint64_t now_us);
/* The wall clock is set to wall_us; from now on both run drift_ppm (at most CLOCKS_DRIFT_PPM_MAX either way) fast. */
void clocks_set(struct clocks *, uint64_t now_us, uint64_t wall_us, int32_t drift_ppm);

wall_ms clocks_wall(const struct clocks *, uint64_t now_us);
mono_ms clocks_mono(const struct clocks *, uint64_t now_us);
/* The true time at which the monotonic clock first shows that moment: not before since_us. UINT64_MAX for MONO_NEVER. */
uint64_t clocks_when(const struct clocks *, mono_ms);

#endif
