/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who has the data, and knows what is really there. An authority asks by an order; what comes back, and when, depends on the
 * provider and on what is left of the data by then.
 */
#ifndef COMITY_DRILLS_ACTORS_CUSTODIAN_H
#define COMITY_DRILLS_ACTORS_CUSTODIAN_H

#include "drills/scenario/scenario.h"
#include "drills/world/stream.h"

struct custodian_answer {
    const struct scenario_data *data; /* what was meant; NULL: the provider has no such data */
    bool notifies;                    /* it tells the user */
    bool found;                       /* and holds it from then on */
    uint64_t at_ms;                   /* it answers; UINT64_MAX: never */
};

/* The data in that State that an item of a request is about, by provider and identifier; NULL: there are none. */
const struct scenario_data *custodian_data(const struct scenario *, const struct scenario_state *,
                                           const char *provider, const char *identifier);
/* When the data are deleted unless they are held; UINT64_MAX: they are kept. */
uint64_t custodian_deletes_ms(const struct scenario *, const struct scenario_data *);
/* Asked then; what is drawn is drawn from the stream, as many numbers whatever comes of it. */
struct custodian_answer custodian_ask(const struct scenario *, const struct scenario_state *,
                                      const char *provider, const char *identifier, uint64_t asked_ms,
                                      struct stream *);

#endif
