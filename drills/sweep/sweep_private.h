/* SPDX-License-Identifier: Apache-2.0 */
/* A sweep within: runs (sweep.c), what they come to (sweep_cells.c), files (sweep_write.c). */
#ifndef COMITY_DRILLS_SWEEP_SWEEP_PRIVATE_H
#define COMITY_DRILLS_SWEEP_SWEEP_PRIVATE_H

#include "drills/sweep/sweep.h"

#define SWEEP_ABSENT UINT64_MAX

struct sweep_number {
    uint64_t number, whole; /* whole SWEEP_ABSENT: the run has none */
};

#define KEY_PARTS NUMBER_KEY_PARTS

struct sweep_column {
    char key[NUMBER_KEY_BYTES_MAX + 1];
    enum number_kind kind;
    bool came;                    /* in any run; of anything but a span: something was to be judged */
    struct sweep_number *numbers; /* of each run of each point: [point * runs + run] */
};

struct sweep {
    struct sweep_setup setup;
    bool *done; /* [point * runs + run] */
    struct sweep_column *columns;
    size_t count, room;
    bool ordered;
};

#endif
