/* SPDX-License-Identifier: Apache-2.0 */
/* How much each State sends, where hosting sits, and who is near whom. States go by their place in the scenario. */
#ifndef COMITY_DRILLS_LOAD_PLACES_H
#define COMITY_DRILLS_LOAD_PLACES_H

#include "drills/scenario/scenario.h"
#include "drills/world/stream.h"

#define PLACES_NEAR 8

struct places {
    const struct scenario *scenario;
    uint64_t *until; /* what States up to and with this one send, of the last one's */
    size_t *seats;
    size_t seat_count;
    size_t (*near)[PLACES_NEAR];
    size_t near_count;
};

/* In the arena. There are two States at least. */
void places_draw(struct places *, const struct scenario *, uint64_t seed, struct arena *);

size_t places_sender(const struct places *, struct stream *);
/* One that is another than that. */
size_t places_seat(const struct places *, size_t from, struct stream *);
size_t places_near(const struct places *, size_t from, struct stream *);
size_t places_any(const struct places *, size_t from, struct stream *);

#endif
