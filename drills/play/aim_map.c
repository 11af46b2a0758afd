/* SPDX-License-Identifier: Apache-2.0 */
/* The lifecycle table as a map: which letters bring an item from one state into another, and which way is the shortest. */
#include "drills/play/aim_private.h"

#define UNREACHED 1000U /* longer than any way */

/* How long a way is. */
#define A_LETTER  2U
#define A_NEED    2U
#define A_PARTY   3U  /* a hand-over needs another party that goes on with the case */
#define A_REFUSAL 16U /* it was refused before */
#define AN_END    8U  /* what was said of an item is over when it is opened again */

enum cell_row row_named(enum machine machine, enum letter_kind kind, enum letter_why why)
{
    size_t i = 0;
    while (i < ROW_COUNT &&
           (row_of_table((enum cell_row)i)->machine != machine ||
            row_of_table((enum cell_row)i)->kind != kind || row_of_table((enum cell_row)i)->why != why)) {
        i++;
    }
    return (enum cell_row)i;
}

bool has_need(const struct lifecycle_row *row, enum need need)
{
    return (row->needs & NEED_BIT(need)) != 0;
}

bool may_stand(enum cell_rule rule)
{
    return rule != CELL_FORBIDDEN && rule != CELL_VOID && rule != CELL_DUPLICATE && rule != CELL_LATE;
}

enum item_state leads_to(const struct lifecycle_row *row, enum item_state from)
{
    const struct cell *cell = &row->cells[from];
    bool moves = cell->rule == CELL_MOVE || cell->rule == CELL_MOVE_HOLD || cell->rule == CELL_OPEN_LINK ||
                 cell->rule == CELL_END_LINK_HOLD;
    return moves ? cell->to : from;
}

static unsigned length_of(const struct aim *aim, enum cell_row index)
{
    const struct lifecycle_row *row = row_of_table(index);
    unsigned length = A_LETTER + (row->kind == LETTER_MOVED ? A_PARTY : 0);
    for (unsigned needs = row->needs; needs != 0; needs &= needs - 1) {
        length += A_NEED;
    }
    return length + (aim->refused[index] ? A_REFUSAL : 0);
}

/* The ways from all states to one. */
struct map {
    unsigned length[ITEM_STATES];
    enum cell_row first[ITEM_STATES];
};

/* Is the way by that letter shorter than what is drawn? */
static bool shorten(struct map *map, enum cell_row row, unsigned length)
{
    bool shorter = false;
    for (unsigned from = ITEM_ASKED; from < ITEM_STATES; from++) {
        const enum item_state to = leads_to(row_of_table(row), (enum item_state)from);
        const unsigned whole = map->length[to] + length + (from == ITEM_ENDED ? AN_END : 0);
        if ((unsigned)to != from && whole < map->length[from]) {
            map->length[from] = whole;
            map->first[from] = row;
            shorter = true;
        }
    }
    return shorter;
}

/* Only letters of the requested side move items. */
static void draw_map(const struct aim *aim, enum item_state to, struct map *ret)
{
    const enum machine machine = row_of_table(aim->row)->machine;
    bool shorter = true;
    for (size_t i = 0; i < ITEM_STATES; i++) {
        ret->length[i] = i == (size_t)to ? 0 : UNREACHED;
        ret->first[i] = ROW_COUNT;
    }
    while (shorter) {
        shorter = false;
        for (size_t i = 0; i < ROW_COUNT; i++) {
            const enum cell_row row = (enum cell_row)i;
            bool of_machine = row_of_table(row)->machine == machine;
            shorter |= of_machine && shorten(ret, row, length_of(aim, row));
        }
    }
}

enum cell_row first_towards(const struct aim *aim, enum item_state from, enum item_state to)
{
    struct map map;
    draw_map(aim, to, &map);
    return map.first[from];
}

enum item_state nearest(const struct aim *aim, const struct lifecycle_row *row, enum item_state from,
                        bool crossed)
{
    enum item_state best = ITEM_STATES;
    unsigned length = UNREACHED;
    struct map onward;
    draw_map(aim, aim->state, &onward);
    for (unsigned state = ITEM_ASKED; state < ITEM_STATES; state++) {
        struct map map;
        draw_map(aim, (enum item_state)state, &map);
        const unsigned whole = map.length[from] + (crossed ? onward.length[state] : 0);
        if (may_stand(row->cells[state].rule) && whole < length && !(crossed && state == aim->state)) {
            length = whole;
            best = (enum item_state)state;
        }
    }
    return best;
}
