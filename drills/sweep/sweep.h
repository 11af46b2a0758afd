/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A sweep: a scenario played at each point of a grid with the same seeds, and what the runs of each point come to. A run goes by the hash
 * of its scenario, its seed and what played it: points whose scenarios are the same share their runs, and a run that was played before
 * needs no playing again. Whole numbers throughout; the order in which runs come in changes nothing.
 */
#ifndef COMITY_DRILLS_SWEEP_SWEEP_H
#define COMITY_DRILLS_SWEEP_SWEEP_H

#include <jansson.h>

#include "base/catalogue.h"
#include "drills/report/report.h"
#include "drills/sweep/grid.h"

#define SWEEP_FORMAT         "comity-drill-sweep-1"
#define SWEEP_RUNS_MAX       1000  /* of a point */
#define SWEEP_ALL_RUNS_MAX   10000 /* of all points together */
#define SWEEP_LINE_BYTES_MAX ((size_t)1 << 20)
#define SWEEP_FEW            5  /* runs: with fewer each is told, and none of them is called typical */
#define SWEEP_SURE_LEAST     10 /* runs: with fewer there is no interval */

struct sweep_setup {
    const struct sweep_grid *grid;
    uint8_t (*hashes)[32]; /* of the scenario at each point */
    uint64_t seed;         /* the first; a point's runs have this one and those behind it */
    size_t runs;
    const struct scenario *scenario; /* at the first point: its title, what it asks and expects */
    const char *build, *command;
}; /* all of it borrowed for the sweep's life */

struct sweep;
struct sweep *sweep_new(const struct sweep_setup *); /* heap; out of memory is the end */
void sweep_free(struct sweep *);                     /* NULL is allowed */

/* --- runs --- */

/* A run as a line of runs.jsonl with its line end, to be freed: {"scenario_hash", "seed", "build", "transcript_hash", "numbers"}. */
char *sweep_line(const uint8_t scenario_hash[32], uint64_t seed, const char *build,
                 const uint8_t transcript[32], const json_t *numbers, size_t *ret_size);

enum sweep_taken {
    SWEEP_TAKEN,
    SWEEP_OTHER, /* of another scenario, seed or build, or taken before */
    SWEEP_BAD,   /* no such line */
    SWEEP_FULL   /* more numbers than a sweep holds */
};
/* A line that a run's process told, or that an earlier sweep left; anybody may have changed it. */
MUST_USE enum sweep_taken sweep_take(struct sweep *, struct bytes line);
/* All lines of a file, the last of which may have been cut off. Returns how many were taken. */
size_t sweep_take_all(struct sweep *, struct bytes lines);

bool sweep_has(const struct sweep *, size_t point, size_t run);
/* Whether that run is played for its point, and not for an earlier one of the same scenario. */
bool sweep_is_first(const struct sweep *, size_t point);
size_t sweep_done(const struct sweep *); /* runs of all points that are there */
size_t sweep_done_at(const struct sweep *, size_t point);

/* --- what they come to --- */

struct sweep_cell {
    size_t n;     /* runs that have such a number */
    bool reached; /* the median came; of anything else: there is one */
    bool sure;    /* low and high hold: 95 of 100 */
    bool high_reached, low_reached;
    uint64_t value, low, high; /* ms; or thousandths */
};

size_t sweep_columns(struct sweep *); /* puts them in order; what came in no run is none of them */
const char *sweep_column_key(const struct sweep *, size_t column);
enum number_kind sweep_column_kind(const struct sweep *, size_t column);
/* False: no run of that point has it. */
MUST_USE bool sweep_cell(const struct sweep *, size_t column, size_t point, struct sweep_cell *ret);
/* Whether two points differ by more than chance: their intervals do not meet. In a sweep of too few runs for any: whether the values differ. */
bool sweep_differs(const struct sweep *, size_t column);

/* The files: {"format", ...} as docs/drills/sweep.md says; a row a point and column. Both are new. */
json_t *sweep_json(struct sweep *);
char *sweep_csv(struct sweep *, size_t *ret_size);

#endif
