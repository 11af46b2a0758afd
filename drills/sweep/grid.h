/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The grid of a sweep: --set NAME=VALUES, where VALUES is one, several (90ms,500ms,2s), or whole numbers from A to B (1..4); ranges
 * and values may stand side by side (1..3,8). Each point is one value of each name; the last name changes first.
 */
#ifndef COMITY_DRILLS_SWEEP_GRID_H
#define COMITY_DRILLS_SWEEP_GRID_H

#include "base/arena.h"
#include "base/error.h"
#include "drills/scenario/scenario.h"

#define SWEEP_NAMES_MAX  64  /* --set */
#define SWEEP_AXES_MAX   4   /* of them with more than one value */
#define SWEEP_VALUES_MAX 100 /* of a name */
#define SWEEP_POINTS_MAX 1000

struct sweep_name {
    const char *name;
    const char *const *values;
    size_t count;
};

struct sweep_grid {
    struct sweep_name names[SWEEP_NAMES_MAX];
    size_t count;
    size_t points; /* at least 1 */
};

/* The texts are copied into the arena; count is at most SWEEP_NAMES_MAX. False with an error that says what would be right. */
MUST_USE bool sweep_grid_read(const char *const *sets, size_t count, struct arena *, struct sweep_grid *ret,
                              struct error *);

/* Which value of that name a point has. */
size_t sweep_grid_at(const struct sweep_grid *, size_t point, size_t name);
/* "NAME=VALUE" of each name, as scenario_read() takes them; room for grid->count. NULL: the arena ended. */
MUST_USE const char *const *sweep_grid_sets(const struct sweep_grid *, size_t point, struct arena *);

#endif
