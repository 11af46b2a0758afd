/* SPDX-License-Identifier: Apache-2.0 */
/* Asks and clocks of a case: lists for readers, and where each is in its list by kind and item. */
#include <stdlib.h>

#include "base/ensure.h"
#include "nodes/fold_private.h"
#include "nodes/restated.h"

static uint64_t max_ms(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static uint32_t number_of(const struct case_item *item)
{
    return item == NULL ? 0 : item->number;
}

/* --- finding --- */

const struct case_ask *ask_find(const struct case_fold *fold, enum ask_kind kind, uint32_t item)
{
    uint16_t at = fold->ask_at[kind][item];
    return at == 0 ? NULL : &fold->asks[at - 1];
}

bool ask_is_open(const struct case_fold *fold, enum ask_kind kind, uint32_t item)
{
    return fold->ask_at[kind][item] != 0;
}

const struct case_due *due_find(const struct case_fold *fold, enum clock_name clock, uint32_t item)
{
    uint16_t at = fold->due_at[clock][item];
    return at == 0 ? NULL : &fold->dues[at - 1];
}

/* --- asks --- */

unsigned asks_opened(const struct folding *w)
{
    bool announced = w->row->kind != LETTER_REQUEST || letter_by(w->letter->letter).ms != 0;
    return w->row->opens & ~(announced ? 0U : ASK_BIT(ASK_TRANSLATION));
}

bool asks_any_open(const struct folding *w, unsigned kinds, const struct case_item *item)
{
    return (w->fold->open[number_of(item)] & kinds) != 0;
}

static enum side other_side(enum side side)
{
    return side == SIDE_Q ? SIDE_R : SIDE_Q;
}

/* Who repeats a question before its answer is due reminds nobody. */
static bool is_reminder(const struct case_fold *fold, const struct case_ask *ask,
                        const struct case_letter *letter)
{
    uint64_t by_ms = ask_by_ms(fold, ask);
    return by_ms != 0 && letter->accepted_ms >= by_ms;
}

void ask_open(struct folding *w, enum ask_kind kind, uint32_t item, bool blocking, bool late)
{
    struct case_fold *fold = w->fold;
    uint16_t *at = &fold->ask_at[kind][item];
    const Comity__Letter *letter = w->letter->letter;
    if (*at != 0 && w->row->side == SIDE_Q) {
        return; /* one open at a time; only the requested side reminds */
    }
    if (*at == 0) {
        ensure(fold->ask_count < CASE_ASKS_MAX);
        *at = (uint16_t)++fold->ask_count;
        fold->open[item] |= ASK_BIT(kind);
        enum side owed_by = ask_rule(kind)->owed_by;
        fold->asks[*at - 1] =
            (struct case_ask){.kind = kind,
                              .item = item,
                              .owed_by = owed_by == SIDE_NONE ? other_side(w->row->side) : owed_by,
                              .late = late,
                              .since_ms = w->letter->signed_ms,
                              .opened_at = fold->letter_count};
    }
    struct case_ask *ask = &fold->asks[*at - 1];
    ask->times += ask->times == 0 || is_reminder(fold, ask, w->letter);
    ask->blocking |= blocking;
    ask->by_ms = (uint64_t)letter_by(letter).ms;
    ask->default_stop = w->row->kind == LETTER_WARNING && letter->warning->default_stop;
    ask->opened_by = w->letter;
    w->changed = true;
}

void ask_restate(struct folding *w, const struct case_ask *stood)
{
    ask_open(w, stood->kind, stood->item, stood->blocking, stood->late);
    struct case_ask *ask = &w->fold->asks[w->fold->ask_at[stood->kind][stood->item] - 1];
    ask->owed_by = stood->owed_by;
    ask->times = stood->times;
    ask->since_ms = stood->since_ms;
    ask->by_ms = stood->by_ms;
    ask->default_stop = stood->default_stop;
}

static void ask_close(struct folding *w, enum ask_kind kind, uint32_t item)
{
    struct case_fold *fold = w->fold;
    uint16_t at = fold->ask_at[kind][item];
    const struct case_ask *last = &fold->asks[--fold->ask_count];
    fold->ask_at[last->kind][last->item] = at;
    fold->asks[at - 1] = *last;
    fold->ask_at[kind][item] = 0;
    fold->open[item] &= ~ASK_BIT(kind);
    w->changed = true;
}

void asks_close(struct folding *w, unsigned kinds, const struct case_item *item)
{
    unsigned closing = w->fold->open[number_of(item)] & kinds;
    for (unsigned kind = 0; closing >> kind != 0; kind++) {
        if ((closing >> kind & 1U) != 0) {
            ask_close(w, (enum ask_kind)kind, number_of(item));
        }
    }
}

/* What is open on the item, or on the case, and closed by that state. */
static void close_by(struct folding *w, const struct case_item *item, enum item_state state)
{
    unsigned open = w->fold->open[number_of(item)];
    for (unsigned kind = 0; open >> kind != 0; kind++) {
        if ((open >> kind & 1U) != 0 && (ask_rule((enum ask_kind)kind)->closed_by & STATE_BIT(state)) != 0) {
            ask_close(w, (enum ask_kind)kind, number_of(item));
        }
    }
}

void asks_close_by_state(struct folding *w, const struct case_item *item)
{
    close_by(w, item, item->state);
}

/* --- clocks --- */

static void due_stop(struct folding *w, enum clock_name clock, uint32_t item)
{
    struct case_fold *fold = w->fold;
    uint16_t at = fold->due_at[clock][item];
    const struct case_due *last = &fold->dues[--fold->due_count];
    fold->due_at[last->clock][last->item] = at;
    fold->dues[at - 1] = *last;
    fold->due_at[clock][item] = 0;
    fold->runs[item] &= ~CLOCK_BIT(clock);
    w->changed = true;
}

/* Starts a clock, or starts it anew. */
static void due_start(struct folding *w, const struct case_due *due)
{
    struct case_fold *fold = w->fold;
    uint16_t *at = &fold->due_at[due->clock][due->item];
    if (*at == 0) {
        ensure(fold->due_count < CASE_DUES_MAX);
        *at = (uint16_t)++fold->due_count;
        fold->runs[due->item] |= CLOCK_BIT(due->clock);
    }
    fold->dues[*at - 1] = *due;
    w->changed = true;
}

uint64_t arrival_ms(const struct case_letter *letter)
{
    if (letter->delivered_ms != 0) {
        return letter->delivered_ms;
    }
    return letter->accepted_ms != 0 ? letter->accepted_ms : letter->signed_ms;
}

/* When a clock that this letter starts begins to run: where the other side has to act, when it arrives. 0: not yet. */
static uint64_t start_ms(const struct folding *w, enum side owed_by)
{
    if (w->row->side == SIDE_Q) {
        return arrival_ms(w->letter);
    }
    return owed_by == SIDE_Q ? w->letter->delivered_ms : w->letter->signed_ms;
}

/* Does the clock have a date whenever the letter arrives? */
static bool has_own_date(const struct span *span, uint64_t stated_ms)
{
    return span->kind == SPAN_HOLD_END || span->kind == SPAN_HOLD_LEAD || (span->stated && stated_ms != 0);
}

/* By the urgency of now. */
static uint64_t deadline(const struct folding *w, const struct case_due *due, uint64_t stated_ms)
{
    const struct case_item *item = due->item == 0 ? NULL : &w->fold->items[due->item - 1];
    const struct clock_scene scene = {.urgency = w->fold->urgency,
                                      .owed_by = due->owed_by,
                                      .roster = due->roster,
                                      .start_ms = due->start_ms,
                                      .stated_ms = stated_ms,
                                      .hold_until_ms = item == NULL ? 0 : (uint64_t)item->hold_until.ms,
                                      .hold_runs = item != NULL && item->state == ITEM_HELD,
                                      .setting = w->setting};
    return clock_deadline(due->clock, &scene) + due->waited_ms;
}

static void start(struct folding *w, enum clock_name clock, enum side owed_by, uint32_t item,
                  uint64_t stated_ms)
{
    size_t count = 0;
    const struct clock_rule *rule = &clock_rules(&count)[clock];
    struct case_due due = {
        .clock = clock,
        .owed_by = owed_by,
        .item = item,
        .own_date = has_own_date(&rule->spans[w->fold->urgency], stated_ms),
        .roster = w->letter->roster,
    };
    due.start_ms = start_ms(w, due.owed_by);
    due.when_ms = deadline(w, &due, stated_ms);
    if (due.start_ms != 0 || due.own_date) {
        due_start(w, &due);
    }
}

void clock_start(struct folding *w, enum clock_name clock, const struct case_item *item)
{
    size_t count = 0;
    const struct clock_rule *rule = &clock_rules(&count)[clock];
    if ((item != NULL && (rule->starts_in & STATE_BIT(item->state)) == 0) ||
        (rule->goes_with != 0 && !asks_any_open(w, rule->goes_with, item))) {
        return;
    }
    start(w, clock, rule->owed_by == SIDE_NONE ? other_side(w->row->side) : rule->owed_by, number_of(item),
          (uint64_t)letter_by(w->letter->letter).ms);
}

void ask_start(struct folding *w, const struct case_ask *ask)
{
    unsigned clocks = restated_ask_clocks(w->fold->machine, ask->kind);
    for (unsigned c = 0; (clocks & w->fold->runs[ask->item]) == 0 && clocks >> c != 0; c++) {
        if ((clocks >> c & 1U) != 0) {
            start(w, (enum clock_name)c, ask->owed_by, ask->item, ask->by_ms);
        }
    }
}

void clock_restate(struct folding *w, const struct case_due *stood)
{
    size_t count = 0;
    const struct case_item *item = stood->item == 0 ? NULL : &w->fold->items[stood->item - 1];
    bool asked = asks_any_open(w, clock_rules(&count)[stood->clock].goes_with, item);
    if (item == NULL || item->state != ITEM_ENDED || asked) {
        due_start(w, stood);
    }
}

void clocks_reclass(struct folding *w)
{
    for (size_t i = 0; i < w->fold->due_count; i++) {
        struct case_due *due = &w->fold->dues[i];
        if (!due->own_date) {
            due->when_ms = deadline(w, due, 0);
        }
    }
    w->changed = true;
}

/* An ACK that does not say yet whether the request will be answered leaves that owed. */
static unsigned clocks_stopped(const struct folding *w)
{
    const Comity__Letter *letter = w->letter->letter;
    bool unsaid = w->row->kind == LETTER_ACK && letter->ack->answer != COMITY__ACK__ANSWER__WILL_ANSWER &&
                  letter->ack->answer != COMITY__ACK__ANSWER__WILL_NOT_ANSWER;
    return w->row->stops & ~(unsaid ? CLOCK_BIT(CLOCK_ANSWER) : 0U);
}

/* Those of a mask that run, but for one that goes with an ask that is open. */
static void clocks_stop(struct folding *w, unsigned clocks, const struct case_item *item)
{
    size_t count = 0;
    const struct clock_rule *rules = clock_rules(&count);
    unsigned running = w->fold->runs[number_of(item)] & clocks;
    for (unsigned c = 0; running >> c != 0; c++) {
        if ((running >> c & 1U) != 0 && !asks_any_open(w, rules[c].goes_with, item)) {
            due_stop(w, (enum clock_name)c, number_of(item));
        }
    }
}

void clocks_apply(struct folding *w, const struct case_item *item, bool asked_again)
{
    size_t count = 0;
    const struct clock_rule *rules = clock_rules(&count);
    unsigned starts = asked_again ? 0 : w->row->starts;
    clocks_stop(w, clocks_stopped(w), item);
    for (unsigned c = 0; starts >> c != 0; c++) {
        if ((starts >> c & 1U) != 0 && rules[c].per_item == (item != NULL)) {
            clock_start(w, (enum clock_name)c, item);
        }
    }
}

void clocks_end(struct folding *w, const struct case_item *item)
{
    clocks_stop(w, ~0U, item);
}

void case_end(struct folding *w)
{
    close_by(w, NULL, ITEM_ENDED);
    clocks_stop(w, ~0U, NULL);
}

/* --- pauses --- */

/* Is one of these open on the item, or on the case? A question only counts where it blocks. */
static bool is_waited_for(const struct case_fold *fold, unsigned kinds, uint32_t item)
{
    unsigned waits = (fold->open[item] | fold->open[0]) & kinds;
    if ((waits & ASK_BIT(ASK_INFO)) != 0 && !ask_find(fold, ASK_INFO, item)->blocking) {
        waits &= ~ASK_BIT(ASK_INFO);
    }
    return waits != 0;
}

void pauses_apply(struct folding *w)
{
    size_t count = 0;
    const struct clock_rule *rules = clock_rules(&count);
    for (size_t i = 0; i < w->fold->due_count; i++) {
        struct case_due *due = &w->fold->dues[i];
        unsigned kinds = rules[due->clock].paused_by;
        if (kinds == 0) {
            continue;
        }
        bool waits = is_waited_for(w->fold, kinds, due->item);
        if (waits && !due->paused) {
            due->paused_from_ms = max_ms(w->letter->signed_ms, 1);
        } else if (!waits && due->paused) {
            uint64_t now = arrival_ms(w->letter);
            uint64_t waited = now > due->paused_from_ms ? now - due->paused_from_ms : 0;
            due->when_ms += waited;
            due->waited_ms += waited;
        }
        due->paused = waits;
    }
}

/* --- order --- */

/* Total: no two dues of a case have the same clock and item. */
static int due_order(const void *left, const void *right)
{
    const struct case_due *a = left, *b = right;
    if (a->when_ms != b->when_ms) {
        return a->when_ms < b->when_ms ? -1 : 1;
    }
    if (a->clock != b->clock) {
        return a->clock < b->clock ? -1 : 1;
    }
    return a->item < b->item ? -1 : a->item > b->item;
}

/* Total: no two asks of a case have the same kind and item. */
static int ask_order(const void *left, const void *right)
{
    const struct case_ask *a = left, *b = right;
    if (a->opened_at != b->opened_at) {
        return a->opened_at < b->opened_at ? -1 : 1;
    }
    if (a->kind != b->kind) {
        return a->kind < b->kind ? -1 : 1;
    }
    return a->item < b->item ? -1 : a->item > b->item;
}

void lists_sort(struct case_fold *fold)
{
    qsort(fold->dues, fold->due_count, sizeof fold->dues[0], due_order);
    qsort(fold->asks, fold->ask_count, sizeof fold->asks[0], ask_order);
    for (size_t i = 0; i < fold->due_count; i++) {
        fold->due_at[fold->dues[i].clock][fold->dues[i].item] = (uint16_t)(i + 1);
    }
    for (size_t i = 0; i < fold->ask_count; i++) {
        fold->ask_at[fold->asks[i].kind][fold->asks[i].item] = (uint16_t)(i + 1);
    }
}
