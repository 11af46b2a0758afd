/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The clock of an exercise: it shows another date than the machine's, and may run faster, so that the days of a request pass in
 * minutes. Only the wall clock is another one: retries and heartbeats keep the machine's time. Who may be given such a clock is
 * for the host to judge: daemons refuse it in a network that is not one of exercises only.
 */
#ifndef COMITY_BASE_EXERCISE_CLOCK_H
#define COMITY_BASE_EXERCISE_CLOCK_H

#include <stdbool.h>

#include "base/attributes.h"
#include "base/clock.h"

#define EXERCISE_CLOCK_RATE_MAX 1440 /* a day in a minute; faster, and what is under way is too late */

/* Of the configurations' key exercise_clock. */
#define EXERCISE_CLOCK_TEXT_MAX 80
#define EXERCISE_CLOCK_HELP                                                                                  \
    "in a network of exercises only: a moment, the time to be shown from then on, and how many times as "    \
    "fast that runs, such as 2026-11-23T08:00:00Z 2026-12-01T06:00:00Z 60, or none"

struct exercise_clock {
    wall_ms begins; /* by the machine's clock; it stands still before */
    wall_ms shows;  /* what it shows then */
    uint64_t rate;  /* so many times as fast as the machine's; 0: there is no such clock */
};

/*
 * Reads "BEGINS SHOWS RATE": two moments of RFC 3339 from 1970 on and a whole number from 1 to 1440, between single spaces;
 * "none" gives rate 0. False, and ret untouched, for anything else.
 */
MUST_USE bool exercise_clock_read(const char *text, struct exercise_clock *ret);

/* What it shows when the machine's clock shows that; the end of the year 9999 at most. Of rate 0: the machine's time. */
wall_ms exercise_clock_at(const struct exercise_clock *, wall_ms machine);

#endif
