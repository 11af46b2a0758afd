/* SPDX-License-Identifier: Apache-2.0 */
/* What a letter needs besides the state of an item, and what to do so that it is so (aims.def). */
#include "drills/play/aim_private.h"

#define WAITING (ASK_BIT(ASK_EXTEND) | ASK_BIT(ASK_NOTICE)) /* NOTHING_WAITS: these */

struct lack {
    enum need need;
    enum how how;
    enum letter_kind kind;
    enum letter_why why;
    uint64_t days;
};

/* NULL: the need is one of asks, or nothing helps. */
static const struct lack *lack_of(enum need need)
{
    static const struct lack lacks[] = {
#define LACKS(need, how, letter, why, days) {NEED_##need, how, LETTER_##letter, WHY_##why, days},
#include "drills/play/aims.def"
#undef LACKS
    };
    for (size_t i = 0; i < sizeof lacks / sizeof lacks[0]; i++) {
        if (lacks[i].need == need) {
            return &lacks[i];
        }
    }
    return NULL;
}

static unsigned opens(enum cell_row row)
{
    return row == ROW_COUNT ? 0 : row_of_table(row)->opens;
}

/* --- asks --- */

/* How well that letter opens, or answers, one of these asks of an item in that state; 0: it does not at all. */
static unsigned serves(const struct lifecycle_row *row, unsigned asks, bool opening, enum item_state at)
{
    const enum cell_rule rule = row->cells[at].rule;
    bool may = may_stand(rule) && !(opening && row->side == SIDE_Q && rule != CELL_ASK);
    if (letter_opens(row->kind) || ((opening ? row->opens : row->answers) & asks) == 0) {
        return 0;
    }
    return !may ? 1 : leads_to(row, at) != at ? 2 : 3;
}

/* A letter that opens, or answers, one of these asks: rather one that can be sent in that state and moves nothing. ROW_COUNT: none. */
static enum cell_row about(enum machine machine, unsigned asks, bool opening, enum item_state at)
{
    enum cell_row found = ROW_COUNT;
    unsigned best = 0;
    for (size_t i = 0; i < ROW_COUNT; i++) {
        const struct lifecycle_row *row = row_of_table((enum cell_row)i);
        const unsigned good = row->machine == machine ? serves(row, asks, opening, at) : 0;
        if (good > best) {
            best = good;
            found = (enum cell_row)i;
        }
    }
    return found;
}

/* The needs that aims.def does not list are asks: that one is open, or none. */
static struct supply supply_of_ask(const struct lifecycle_row *row, enum need need, unsigned open,
                                   enum item_state at)
{
    if (need == NEED_FIRST || need == NEED_UNANSWERED) {
        return (struct supply){.how = ANEW, .row = ROW_COUNT};
    }
    bool none = need == NEED_NOT_YET_ASKED || need == NEED_NOTHING_WAITS;
    const unsigned in_the_way = open & (need == NEED_NOTHING_WAITS ? WAITING : row->opens);
    return (struct supply){.how = WRITE,
                           .row = about(row->machine, none ? in_the_way : row->answers, !none, at)};
}

/* --- */

static uint64_t until_grace_is_past_ms(const struct sight *sight, const struct sight_item *item)
{
    const uint64_t past_ms = item->until_ms + GRACE_MS + MS_PER_HOUR;
    return past_ms > sight->now.ms ? past_ms - sight->now.ms : 0;
}

struct supply supply_of(const struct aim *aim, const struct sight *sight, const struct lifecycle_row *row,
                        enum need need)
{
    const struct sight_item *item = &sight->items[aim->item - 1];
    const unsigned open = sight->asks | item->asks;
    const struct lack *lack = lack_of(need);
    if (lack == NULL) {
        return supply_of_ask(row, need, open, item->state);
    }
    struct supply supply = {.how = lack->how,
                            .row = row_named(row->machine, lack->kind, lack->why),
                            .ms = lack->days * MS_PER_DAY};
    if (supply.how == WRITE && (opens(supply.row) & open) != 0) {
        supply.row = about(row->machine, opens(supply.row), false, item->state);
    }
    if (supply.row == aim->row && supply.row != ROW_COUNT) { /* that one is for another state */
        supply.how = supply.ms != 0 ? WAIT : ANEW;
        supply.row = ROW_COUNT;
    }
    if (need == NEED_GRACE_PAST) {
        supply.ms = until_grace_is_past_ms(sight, item);
    }
    return supply;
}

enum ask_kind ask_needed(const struct lifecycle_row *row)
{
    unsigned asks = row->answers, kind = ASK_NONE + 1;
    for (unsigned need = 0; need < NEEDS; need++) {
        const struct lack *lack = has_need(row, (enum need)need) ? lack_of((enum need)need) : NULL;
        asks |= lack == NULL ? 0 : opens(row_named(row->machine, lack->kind, lack->why));
    }
    while (kind < ASK_KINDS && (asks & ASK_BIT(kind)) == 0) {
        kind++;
    }
    return kind == ASK_KINDS ? ASK_NONE : (enum ask_kind)kind;
}
