/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/play/people_next.h"

#include <string.h>

#include "base/ensure.h"

/* --- what kind of desk --- */

/* Each side of a case has people of its own. */
enum manner {
    PROMPT,
    SILENT, /* they hardly ever answer */
    TARDY,  /* they answer what is overdue */
    FICKLE, /* they take back what they asked for */
};

/* Fixed by the id of the case, and the side. */
static enum manner manner_of(const struct look *look)
{
    static const enum manner drawn[16] = {SILENT, SILENT, TARDY, TARDY, FICKLE};
    char digit[2] = {look->case_id[look->sight.side == SIDE_Q ? 0 : 1], '\0'};
    static const char digits[] = "0123456789abcdef";
    const char *at = strchr(digits, digit[0]);
    return digit[0] == '\0' || at == NULL ? PROMPT : drawn[at - digits];
}

static bool is_overdue(const struct look *look)
{
    size_t index = 0;
    json_t *owed = NULL;
    const char *own = sight_text(look->view, look->sight.side == SIDE_Q ? "from" : "to");
    json_array_foreach(json_object_get(look->view, "owed"), index, owed)
    {
        uint64_t when_ms = sight_ms(owed, "when");
        if (strcmp(sight_text(owed, "by"), own) == 0 && when_ms != 0 && when_ms < look->sight.now.ms) {
            return true;
        }
    }
    return false;
}

static bool writes_now(struct people *people, const struct look *look)
{
    switch (manner_of(look)) {
    case SILENT:
        return stream_chance(&people->stream, 60);
    case TARDY:
        return is_overdue(look) || stream_chance(&people->stream, 300);
    case PROMPT:
    case FICKLE:
        break;
    }
    return true;
}

/* --- which letter --- */

static bool asked_for(const struct sight *sight, enum ask_kind kind)
{
    bool asked = (sight->asks & ASK_BIT(kind)) != 0;
    for (size_t i = 0; i < sight->item_count; i++) {
        asked |= (sight->items[i].asks & ASK_BIT(kind)) != 0;
    }
    return asked;
}

/* What only time or the other side's silence makes possible: it is seldom possible, and soon not any more. */
#define SELDOM                                                                                               \
    (NEED_BIT(NEED_GRACE_PAST) | NEED_BIT(NEED_STOP_DUE) | NEED_BIT(NEED_LAW_END_TOLD) |                     \
     NEED_BIT(NEED_ORAL_OVERDUE) | NEED_BIT(NEED_SILENT) | NEED_BIT(NEED_SILENT_60) |                        \
     NEED_BIT(NEED_CONSULTED) | NEED_BIT(NEED_RECEIVED_WELL) | NEED_BIT(NEED_OUTCOME_TOLD))

/* Rather what was asked for or moves the case on than what ends it: else no case gets far. */
static uint64_t weight_of(const struct look *look, const struct lifecycle_row *row)
{
    bool moves = false, ends = false, waited_for = false, reminds = false;
    for (unsigned state = ITEM_ASKED; state < ITEM_STATES; state++) {
        const struct cell *cell = &row->cells[state];
        bool ending = cell->rule == CELL_MOVE && cell->to == ITEM_ENDED;
        moves |= (cell->rule == CELL_MOVE && !ending) || cell->rule == CELL_MOVE_HOLD ||
                 cell->rule == CELL_OPEN_LINK;
        ends |= ending;
    }
    for (unsigned kind = ASK_NONE + 1; kind < ASK_KINDS; kind++) {
        bool asked = asked_for(&look->sight, (enum ask_kind)kind);
        waited_for |= (row->answers & ASK_BIT(kind)) != 0 && asked;
        reminds |= (row->opens & ASK_BIT(kind)) != 0 && asked;
    }
    if (row->kind == LETTER_WITHDRAW && manner_of(look) == FICKLE) {
        return 20;
    }
    if (waited_for || (row->needs & SELDOM) != 0) {
        return 8;
    }
    return moves || reminds ? 6 : ends || row->answers != 0 ? 1 : 3;
}

static void read_items(const json_t *move, struct choice *ret)
{
    const json_t *items = json_object_get(move, "items");
    ret->item_count = 0;
    ret->exact = false;
    for (size_t i = 0; i < json_array_size(items) && i < CASE_ITEMS_MAX; i++) {
        ret->items[ret->item_count++] = (uint32_t)json_integer_value(json_array_get(items, i));
    }
}

/* Is there nobody in the author's State who could go on with a case? */
static bool is_alone(const struct people *people, size_t party)
{
    size_t sibling = desk_sibling(people, party);
    return sibling == 0 || people->struck[sibling].ever[FAULT_SUSPENDED_PARTY];
}

/* One of the moves that may be made. */
static bool choose_among(struct people *people, const struct look *look, const json_t *moves,
                         struct choice *ret)
{
    uint64_t weights[ROW_COUNT] = {0}, sum = 0;
    const size_t count = json_array_size(moves);
    for (size_t i = 0; i < count && i < ROW_COUNT; i++) {
        enum cell_row row = row_of_move(look->sight.machine, json_array_get(moves, i));
        bool barred =
            row == ROW_COUNT || (row_of_table(row)->kind == LETTER_MOVED && is_alone(people, look->party));
        weights[i] = barred ? 0 : weight_of(look, row_of_table(row));
        sum += weights[i];
    }
    if (sum == 0) {
        return false;
    }
    uint64_t drawn = stream_below(&people->stream, sum);
    size_t i = 0;
    while (drawn >= weights[i]) {
        drawn -= weights[i++];
    }
    ret->row = row_of_move(look->sight.machine, json_array_get(moves, i));
    read_items(json_array_get(moves, i), ret);
    return true;
}

bool choose_next(struct people *people, const struct look *look, struct choice *ret)
{
    if (!writes_now(people, look)) {
        return false;
    }
    json_t *next = desk_ask(people, look->party, VERB_NEXT, look->case_id, "only=may", NULL);
    bool found = choose_among(people, look, json_object_get(next, "may"), ret);
    json_decref(next);
    return found;
}
