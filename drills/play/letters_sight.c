/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a case view says about the letters that may follow: the table applied to JSON, as a person does who
 * reads a screen.
 */
#include <string.h>

#include "base/ensure.h"
#include "base/text.h"
#include "drills/play/letters.h"

const struct lifecycle_row *row_of_table(enum cell_row index)
{
    size_t count = 0;
    const struct lifecycle_row *rows = lifecycle_rows(&count);
    ensure(count == ROW_COUNT && (size_t)index < count);
    return &rows[index];
}

enum cell_row row_of_request(enum machine machine)
{
    size_t i = 0;
    while (i < ROW_COUNT && (row_of_table((enum cell_row)i)->machine != machine ||
                             row_of_table((enum cell_row)i)->kind != LETTER_REQUEST)) {
        i++;
    }
    ensure(i < ROW_COUNT);
    return (enum cell_row)i;
}

enum cell_row row_of_move(enum machine machine, const json_t *move)
{
    size_t i = 0;
    for (; i < ROW_COUNT; i++) {
        const struct lifecycle_row *row = row_of_table((enum cell_row)i);
        if (row->machine == machine &&
            strcmp(letter_name((uint32_t)row->kind), sight_text(move, "letter")) == 0 &&
            strcmp(why_name(row->why), sight_text(move, "why")) == 0) {
            break;
        }
    }
    return (enum cell_row)i;
}

enum machine machine_of_type(const char *type)
{
    for (unsigned i = MACHINE_NONE + 1; i < MACHINES; i++) {
        const ProtobufCEnumValue *value = protobuf_c_enum_descriptor_get_value(
            &comity__request__type__descriptor, (int)machine_rule((enum machine)i)->type);
        if (value != NULL && strcmp(value->name, type) == 0) {
            return (enum machine)i;
        }
    }
    return MACHINE_NONE;
}

const char *sight_text(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text == NULL ? "" : text;
}

uint64_t sight_ms(const json_t *object, const char *name)
{
    struct instant at;
    bool good = instant_read(bytes_of_text(sight_text(object, name)), &at) == INSTANT_OK && at.ms > 0;
    return good ? (uint64_t)at.ms : 0;
}

static enum item_state state_of(const char *word)
{
    enum item_state state = ITEM_ASKED;
    while (state < ITEM_STATES - 1 && strcmp(item_state_name(state), word) != 0) {
        state++;
    }
    return state;
}

static enum item_result result_of(const char *word)
{
    enum item_result result = RESULT_NONE;
    while (result < ITEM_RESULTS - 1 && strcmp(item_result_name(result), word) != 0) {
        result++;
    }
    return result;
}

static unsigned ask_bit(const char *word)
{
    for (unsigned i = ASK_NONE + 1; i < ASK_KINDS; i++) {
        if (strcmp(ask_name((enum ask_kind)i), word) == 0) {
            return ASK_BIT(i);
        }
    }
    return 0;
}

static void read_items(const json_t *view, struct sight *ret)
{
    size_t index = 0;
    json_t *item = NULL;
    json_array_foreach(json_object_get(view, "items"), index, item)
    {
        if (index < CASE_ITEMS_MAX) {
            ret->items[index] = (struct sight_item){.state = state_of(sight_text(item, "state")),
                                                    .result = result_of(sight_text(item, "result")),
                                                    .until_ms = sight_ms(item, "held_until")};
            ret->item_count = index + 1;
        }
    }
}

static void read_asks(const json_t *view, struct sight *ret)
{
    size_t index = 0;
    json_t *ask = NULL;
    json_array_foreach(json_object_get(view, "asks"), index, ask)
    {
        unsigned bit = ask_bit(sight_text(ask, "ask"));
        json_int_t item = json_integer_value(json_object_get(ask, "item"));
        if (item == 0) {
            ret->asks |= bit;
        } else if (item > 0 && (size_t)item <= ret->item_count) {
            ret->items[item - 1].asks |= bit;
        }
    }
}

void sight_read(const json_t *view, wall_ms now, struct sight *ret)
{
    size_t index = 0;
    json_t *owed = NULL;
    const char *const answers[] = {clock_text(CLOCK_ANSWER), clock_text(CLOCK_MLA_ACK), NULL};
    *ret = (struct sight){.view = view, .side = SIDE_Q, .now = now};
    if (view == NULL) {
        return;
    }
    ret->machine = machine_of_type(sight_text(view, "type"));
    ret->side = strcmp(sight_text(view, "side"), "requested") == 0 ? SIDE_R : SIDE_Q;
    read_items(view, ret);
    read_asks(view, ret);
    json_array_foreach(json_object_get(view, "owed"), index, owed)
    {
        ret->answer_runs |= text_is_one_of(sight_text(owed, "what"), answers);
    }
}

/* What the row needs besides the state, as far as it can be seen. */
static bool need_seems(const struct sight *sight, const struct lifecycle_row *row,
                       const struct sight_item *item)
{
    unsigned asks = sight->asks | item->asks, needs = row->needs;
    const unsigned answers = NEED_BIT(NEED_QUESTION_OR_CORRECTION) | NEED_BIT(NEED_WARN_OPEN) |
                             NEED_BIT(NEED_REPLY_OPEN) | NEED_BIT(NEED_WITHDRAWAL_OPEN) |
                             NEED_BIT(NEED_EXTEND_OPEN) | NEED_BIT(NEED_NOTICE_OPEN) |
                             NEED_BIT(NEED_REOPEN_OPEN);
    bool no = (needs & NEED_BIT(NEED_UNANSWERED)) != 0 && !sight->answer_runs;
    no |= (needs & answers) != 0 && (asks & row->answers) == 0;
    no |= (needs & NEED_BIT(NEED_NOT_YET_ASKED)) != 0 && (asks & row->opens) != 0;
    no |= (needs & NEED_BIT(NEED_GRACE_PAST)) != 0 && sight->now.ms < item->until_ms + GRACE_MS;
    no |= (needs & NEED_BIT(NEED_NOTHING_WAITS)) != 0 &&
          (asks & (ASK_BIT(ASK_EXTEND) | ASK_BIT(ASK_NOTICE))) != 0;
    return !no;
}

static bool cell_allows(const struct sight *sight, const struct cell *cell, const struct sight_item *item)
{
    switch (cell->rule) {
    case CELL_FORBIDDEN:
    case CELL_VOID:
    case CELL_DUPLICATE:
        return false;
    case CELL_LATE:
        return item->result == RESULT_EXPIRED && sight->now.ms <= item->until_ms;
    case CELL_STAY:
    case CELL_MOVE:
    case CELL_MOVE_HOLD:
    case CELL_ADD_LINK:
    case CELL_OPEN_LINK:
    case CELL_END_LINK:
    case CELL_END_LINK_HOLD:
    case CELL_ASK:
    case CELL_NOTE:
        break;
    }
    return true;
}

size_t sight_fits(const struct sight *sight, enum cell_row index, uint32_t ret[CASE_ITEMS_MAX])
{
    const struct lifecycle_row *row = row_of_table(index);
    size_t count = 0;
    bool fits = row->side == sight->side && row->machine == sight->machine;
    for (size_t i = 0; fits && i < sight->item_count; i++) {
        const struct sight_item *item = &sight->items[i];
        if (cell_allows(sight, &row->cells[item->state], item) && need_seems(sight, row, item)) {
            ret[count++] = (uint32_t)i + 1;
        }
    }
    return count;
}
