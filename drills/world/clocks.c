/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/world/clocks.h"

#include "base/ensure.h"

#define MILLION UINT64_C(1000000)
#define BOOT_US MILLION /* what the monotonic clock shows when a process can first read it */

/* since_us to now_us as these clocks count it, rounded down; in two steps, since the product of centuries would not fit. */
static uint64_t counted(const struct clocks *clocks, uint64_t now_us)
{
    ensure(now_us >= clocks->since_us);
    uint64_t past = now_us - clocks->since_us;
    return past / MILLION * clocks->rate + past % MILLION * clocks->rate / MILLION;
}

/* Takes new readings, so that what changes from now on leaves what was as it is. */
static void settle(struct clocks *clocks, uint64_t now_us)
{
    uint64_t past = counted(clocks, now_us);
    clocks->wall_us += past;
    clocks->mono_us += past;
    clocks->since_us = now_us;
}

void clocks_init(struct clocks *clocks, uint64_t now_us, uint64_t true_wall_us)
{
    *clocks =
        (struct clocks){.since_us = now_us, .wall_us = true_wall_us, .mono_us = BOOT_US, .rate = MILLION};
}

void clocks_boot(struct clocks *clocks, uint64_t now_us)
{
    settle(clocks, now_us);
    clocks->mono_us = BOOT_US;
}

void clocks_set(struct clocks *clocks, uint64_t now_us, uint64_t wall_us, int32_t drift_ppm)
{
    ensure(drift_ppm <= CLOCKS_DRIFT_PPM_MAX && drift_ppm >= -CLOCKS_DRIFT_PPM_MAX);
    settle(clocks, now_us);
    clocks->wall_us = wall_us;
    clocks->rate = (uint64_t)((int64_t)MILLION + drift_ppm);
}

wall_ms clocks_wall(const struct clocks *clocks, uint64_t now_us)
{
    return (wall_ms){.ms = (clocks->wall_us + counted(clocks, now_us)) / 1000};
}

mono_ms clocks_mono(const struct clocks *clocks, uint64_t now_us)
{
    return (mono_ms){.ms = (clocks->mono_us + counted(clocks, now_us)) / 1000};
}

uint64_t clocks_when(const struct clocks *clocks, mono_ms moment)
{
    if (moment.ms >= UINT64_MAX / MILLION / 4) {
        return UINT64_MAX;
    }
    uint64_t shown = moment.ms * 1000;
    uint64_t missing = shown <= clocks->mono_us ? 0 : shown - clocks->mono_us;
    uint64_t rest = missing % clocks->rate * MILLION;
    return clocks->since_us + missing / clocks->rate * MILLION + (rest + clocks->rate - 1) / clocks->rate;
}
