/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a history met: each fault, each reason code, each cell of the lifecycle table. Counters in one flat
 * block without pointers, so that a child process hands it to its parent and a swarm adds them up.
 */
#ifndef COMITY_DRILLS_PLAY_COVERAGE_H
#define COMITY_DRILLS_PLAY_COVERAGE_H

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>

#include "nodes/case.h"
#include "proto/reason.h"

enum fault_kind {
#define FAULT(name, text) FAULT_##name,
#include "drills/play/faults.def"
#undef FAULT
    FAULT_COUNT
};
const char *fault_name(enum fault_kind); /* "power_cut" ... */

/* A row of nodes/lifecycle.def, in its order. */
enum cell_row {
#define ROW(machine, letter, why, ...) ROW_##machine##_##letter##_##why,
#include "nodes/lifecycle.def"
#undef ROW
    ROW_COUNT
};
#define CELL_STATES 11 /* enum item_state from 1 */

struct coverage { /* uint64_t only: coverage_add() */
    uint64_t faults[FAULT_COUNT];
    uint64_t reasons[REASON_COUNT];         /* in any frame, receipt or answer */
    uint64_t cells[ROW_COUNT][CELL_STATES]; /* a letter of that row arrived and met an item in that state */
    uint64_t tried[ROW_COUNT][CELL_STATES]; /* people asked to write one, refused or not */
    uint64_t seeds, failed, letters, accepted, turns, restarts, virtual_ms;
    uint64_t power_cuts, unsafe_cuts; /* unsafe: something was written and not synced */
};

void coverage_add(struct coverage *to, const struct coverage *from);
/* Can a letter of that row meet an item in that state at all? What cannot is not missed (unmet.def says why not). */
bool cell_is_played(enum cell_row, enum item_state);
/* Was it met? What the table forbids need only be tried: a node that holds to the table sends none. */
bool cell_is_met(const struct coverage *, enum cell_row, enum item_state);
/* A letter of that row met an item in that state. */
void coverage_cell(struct coverage *, enum cell_row, enum item_state);
/* The same of one that people asked their node for. */
void coverage_tried(struct coverage *, enum cell_row, enum item_state);
/* For people: totals, then how often each was met, and apart and last what was never met. */
void coverage_print(FILE *, const struct coverage *);
json_t *coverage_json(const struct coverage *); /* a new reference */
/* How many of faults, reasons and cells that can be met at all were never met. */
unsigned coverage_never(const struct coverage *);
/* A cell of the lifecycle table. */
struct cell_place {
    enum cell_row row;
    enum item_state state;
};
/*
 * Of histories that were enough to meet all: how many cells were not met and are not among those that nothing meets, or were met and
 * are. Each is named to out, unless that is NULL.
 */
unsigned cells_wrong(const struct coverage *, const struct cell_place *unmet, size_t unmet_count, FILE *out);
unsigned coverage_cells_wrong(const struct coverage *, FILE *out); /* by unmet.def */

#endif
