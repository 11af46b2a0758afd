/* SPDX-License-Identifier: Apache-2.0 */
/* What people have to do when, in the order (time, number); and what time it is for them. */
#ifndef COMITY_DRILLS_ACTORS_AGENDA_H
#define COMITY_DRILLS_ACTORS_AGENDA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"

struct agenda_entry {
    uint64_t at_ms, number;
    void (*what)(void *context, uint64_t argument);
    void *context;
    uint64_t argument;
};
struct agenda {
    uint64_t now_ms;
    uint64_t last;
    struct agenda_entry *heap;
    size_t count, room;
};

/* An all-zero agenda with now_ms set is an empty one. */
void agenda_done(struct agenda *);
/* At that time, or as the next thing if it is past. */
void agenda_put(struct agenda *, uint64_t at_ms, void (*what)(void *context, uint64_t argument),
                void *context, uint64_t argument);
/* UINT64_MAX: nothing. */
uint64_t agenda_next_ms(const struct agenda *);
/* Does all that has come due by then, in order; what is put meanwhile as well. now_ms is then until_ms. */
void agenda_run(struct agenda *, uint64_t until_ms);

#endif
