/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The requests of a load (docs/drills/load.md): drawn before it is played, all of them, from the scenario and the seed. Whole numbers only.
 */
#ifndef COMITY_DRILLS_LOAD_LOAD_H
#define COMITY_DRILLS_LOAD_LOAD_H

#include "drills/scenario/scenario.h"

struct load_request {
    struct scenario_inject inject; /* a request at its time; its id is "load-" and its number */
    size_t duplicate_of;           /* number of the one that asked for the same before; 0: none */
    size_t burst;                  /* number of the event it is about; 0: of its own */
    bool misdirected;              /* the data are in another State */
};

struct load {
    struct arena *arena;
    struct scenario scenario; /* what it was drawn for, with the custodians of these requests beside its own */
    struct load_request *list; /* in order of time: number n stands at n - 1 */
    size_t count;
};

/* NULL: there is none in the scenario. */
struct load *load_draw(const struct scenario *, uint64_t seed);
void load_free(struct load *); /* NULL is allowed */

#endif
