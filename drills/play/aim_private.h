/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of steering: the table as a map (aim_map.c), what letters need (aim_supply.c); people_aim.c is whoever goes by them. */
#ifndef COMITY_DRILLS_PLAY_AIM_PRIVATE_H
#define COMITY_DRILLS_PLAY_AIM_PRIVATE_H

#include "drills/play/people_aim.h"

/* --- the table as a map --- */

/* ROW_COUNT: the machine has no such letter. */
enum cell_row row_named(enum machine, enum letter_kind, enum letter_why);
bool has_need(const struct lifecycle_row *, enum need);
/* May it be sent in a state of that cell, as far as the table alone says? */
bool may_stand(enum cell_rule);
/* Where that letter brings an item; the state itself: nowhere. */
enum item_state leads_to(const struct lifecycle_row *, enum item_state from);
/* The first letter on the shortest way between two states, of the machine of the cell aimed at; ROW_COUNT: no way leads there. */
enum cell_row first_towards(const struct aim *, enum item_state from, enum item_state to);
/*
 * The nearest state in which that letter may be sent; ITEM_STATES: none. If it is to be crossed, another than that of the cell, from
 * which letters lead on to it.
 */
enum item_state nearest(const struct aim *, const struct lifecycle_row *, enum item_state from, bool crossed);

/* --- what letters need --- */

/* What to do about a need: as of aims.def. */
enum how { ANEW, WRITE, REMIND, WAIT };
struct supply {
    enum how how;
    enum cell_row row; /* WRITE, REMIND; ROW_COUNT: there is no such letter */
    uint64_t ms;       /* REMIND, WAIT */
};
/* That need of the row does not hold of an item as the requested side sees it, in a case with those asks open. */
struct supply supply_of(const struct aim *, const struct sight *, const struct lifecycle_row *, enum need);
/* What must have been asked for a letter of that row; ASK_NONE. */
enum ask_kind ask_needed(const struct lifecycle_row *);

#endif
