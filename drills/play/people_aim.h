/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Steering: people who are after one cell of the lifecycle table after the other, each seed from another one on, so that a thousand
 * seeds meet them all. In a case of theirs both sides write what brings its first item on the shortest way over the table into the
 * state of the cell, and then the letter of its row. A letter that the state makes void was signed in an earlier one: the other
 * side moves the item before it has seen it.
 */
#ifndef COMITY_DRILLS_PLAY_PEOPLE_AIM_H
#define COMITY_DRILLS_PLAY_PEOPLE_AIM_H

#include "drills/play/people_desk.h"

/* So many cells are in the table that a letter can meet; and each of them in its order. ROW_COUNT: there are no more. */
size_t aim_cells(void);
enum cell_row aim_cell(size_t number, enum item_state *ret_state);
/* The first cell of a seed, in the order of the table. */
void aim_init(struct aim *, uint64_t seed);
/* One letter on the way to a cell. False: none is left to aim at, or nobody counts what is met. */
bool act_aimed(struct people *);
/* Are they on the way to one? */
bool is_aiming(const struct people *);

#endif
