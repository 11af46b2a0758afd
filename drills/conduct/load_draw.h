/* SPDX-License-Identifier: Apache-2.0 */
/* The stream of requests of a load model (docs/drills/scenario.md, load): who asks whom for what, and when; drawn from a seed. */
#ifndef COMITY_DRILLS_CONDUCT_LOAD_DRAW_H
#define COMITY_DRILLS_CONDUCT_LOAD_DRAW_H

#include "drills/scenario/scenario.h"

#define LOAD_YEAR_MS (365 * MS_PER_DAY)

struct load_request {
    uint64_t at_ms;
    const struct scenario_unit *from, *to;
    const char *type; /* as in an inject: "preservation" */
    enum scenario_class urgency;
    size_t custodian;    /* of load.custodians */
    uint64_t dies_ms;    /* its data; 0: they are kept, or it asks for none */
    bool nothing;        /* is to be found: it was over, the wrong account, or another State has it */
    bool forged;         /* nobody at `from` knows of it */
    size_t duplicate_of; /* number of the one that asks for the same, from 1; 0: none */
    size_t number;       /* from 1, in order of time; for drawing: of drawing */
};

/* In order of time; as many as a year's times the length of the clock. To be freed. Needs two States; else there are none. */
struct load_request *load_draw(const struct scenario *, uint64_t seed, size_t *ret_count);

/* So many requests a State sends, against the others, where it is the rank-th of `count`: a lognormal law in whole numbers. */
uint64_t load_weight(const struct scenario_load_spread *, size_t rank, size_t count);

#endif
