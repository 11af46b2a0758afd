/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order is R's (docs/lifecycle.md 1): Q's letters up to the one an R letter has seen, the R letter, and so on; then what
 * else of Q's has been delivered. What each letter does is its row of lifecycle.def; here is only how rows are applied.
 */
#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "nodes/lifecycle.h"

struct folding {
    struct case_fold *fold;
    enum urgency urgency;
    bool r_wrote; /* an officer of R has */
    uint64_t
        paused_from_ms[CASE_ITEMS_MAX + 1]; /* by item number: DECIDE waits for an answer since; 0: it runs */
    const struct case_letter *letter;       /* being folded */
    const struct lifecycle_row *row;        /* of that letter */
    bool changed; /* it moved an item, or opened, closed, started or stopped something */
};

static uint64_t max_ms(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static struct instant instant_of(const Comity__Instant *at)
{
    return at == NULL || at->ms < 0 ? (struct instant){.ms = 0}
                                    : (struct instant){.ms = at->ms, .offset_min = at->offset_min};
}

/*
 * When a letter reached the other side. A letter that R has seen may be folded at Q before its receipt is back: then
 * the nearest earlier moment known stands in for it, until the receipt comes.
 */
static uint64_t arrival_ms(const struct case_letter *letter)
{
    if (letter->delivered_ms != 0) {
        return letter->delivered_ms;
    }
    return letter->accepted_ms != 0 ? letter->accepted_ms : letter->signed_ms;
}

/* --- clocks --- */

static struct case_due *due_find(struct case_fold *fold, enum clock_name clock, uint32_t item)
{
    for (size_t i = 0; i < fold->due_count; i++) {
        if (fold->dues[i].clock == clock && fold->dues[i].item == item) {
            return &fold->dues[i];
        }
    }
    return NULL;
}

static void due_stop(struct folding *w, enum clock_name clock, uint32_t item)
{
    struct case_due *due = due_find(w->fold, clock, item);
    if (due != NULL) {
        *due = w->fold->dues[--w->fold->due_count];
        w->changed = true;
    }
}

/* Starts a clock, or starts it anew. */
static void due_start(struct folding *w, enum clock_name clock, uint32_t item, uint64_t when_ms)
{
    size_t count = 0;
    const struct clock_rule *rule = &clock_rules(&count)[clock];
    struct case_due *due = due_find(w->fold, clock, item);
    if (due == NULL) {
        ensure(w->fold->due_count < CASE_DUES_MAX);
        due = &w->fold->dues[w->fold->due_count++];
    }
    *due = (struct case_due){.clock = clock, .owed_by = rule->owed_by, .item = item, .when_ms = when_ms};
    w->changed = true;
}

/* When the clocks that this letter starts begin to run: a letter of Q, or questions to Q, when they arrive. */
static uint64_t start_ms(const struct case_letter *letter, const struct lifecycle_row *row)
{
    if (row->side == SIDE_Q) {
        return arrival_ms(letter);
    }
    return row->opens == ASK_INFO ? letter->delivered_ms : letter->signed_ms;
}

static void clock_start(struct folding *w, enum clock_name clock, const struct case_item *item)
{
    uint32_t number = item == NULL ? 0 : item->number;
    uint64_t hold_until = item == NULL ? 0 : (uint64_t)item->hold_until.ms;
    const Comity__Letter *letter = w->letter->letter;
    if (clock == CLOCK_INFO && letter->info_asked->by != NULL) {
        due_start(w, clock, number, (uint64_t)instant_of(letter->info_asked->by).ms);
        return;
    }
    uint64_t from = start_ms(w->letter, w->row);
    if (from != 0) { /* 0: questions still on their way to Q */
        due_start(w, clock, number, clock_deadline(clock, w->urgency, from, hold_until));
    }
}

/* An ACK that does not say yet whether the request will be answered leaves that owed. */
static unsigned clocks_stopped(const struct lifecycle_row *row, const Comity__Letter *letter)
{
    bool unsaid = row->kind == LETTER_ACK && letter->ack->answer != COMITY__ACK__ANSWER__WILL_ANSWER &&
                  letter->ack->answer != COMITY__ACK__ANSWER__WILL_NOT_ANSWER;
    return row->stops & ~(unsaid ? CLOCK_BIT(ANSWER) : 0U);
}

/* The row's stops and starts, for one item or (NULL) for the case. */
static void clocks_apply(struct folding *w, const struct case_item *item)
{
    size_t count = 0;
    const struct clock_rule *rules = clock_rules(&count);
    for (unsigned c = 0; c < count; c++) {
        if (rules[c].per_item != (item != NULL)) {
            continue;
        }
        if ((clocks_stopped(w->row, w->letter->letter) >> c & 1U) != 0) {
            due_stop(w, (enum clock_name)c, item == NULL ? 0 : item->number);
        }
        if ((w->row->starts >> c & 1U) != 0) {
            clock_start(w, (enum clock_name)c, item);
        }
    }
}

static bool all_ended(const struct case_fold *fold)
{
    for (size_t i = 0; i < fold->item_count; i++) {
        if (fold->items[i].state != ITEM_ENDED) {
            return false;
        }
    }
    return fold->item_count != 0;
}

/* DECIDE of an item waits while a blocking question on it is open, and goes on later by as long as it waited. */
static void pauses_apply(struct folding *w)
{
    for (uint32_t n = 1; n <= w->fold->item_count; n++) {
        const struct case_ask *info = ask_find(w->fold, ASK_INFO, n);
        struct case_due *decide = due_find(w->fold, CLOCK_DECIDE, n);
        bool waits = info != NULL && info->blocking && decide != NULL;
        if (waits && w->paused_from_ms[n] == 0) {
            w->paused_from_ms[n] = max_ms(w->letter->signed_ms, 1);
        } else if (!waits && w->paused_from_ms[n] != 0) {
            uint64_t now = arrival_ms(w->letter);
            if (decide != NULL && now > w->paused_from_ms[n]) {
                decide->when_ms += now - w->paused_from_ms[n];
            }
            w->paused_from_ms[n] = 0;
        }
        if (decide != NULL) {
            decide->paused = waits;
        }
    }
}

/* --- asks --- */

static void ask_open(struct folding *w, enum ask_kind kind, uint32_t item, bool blocking, bool late)
{
    struct case_ask *ask = ask_find(w->fold, kind, item);
    if (ask == NULL) {
        ensure(w->fold->ask_count < CASE_ASKS_MAX);
        ask = &w->fold->asks[w->fold->ask_count++];
        *ask = (struct case_ask){.kind = kind, .item = item, .late = late};
        ask->owed_by = w->row->side == SIDE_Q ? SIDE_R : SIDE_Q;
    } else if (kind != ASK_INFO) {
        return; /* one open at a time; only questions may be put anew */
    }
    ask->blocking |= blocking;
    ask->opened_by = w->letter;
    w->changed = true;
}

/* The order of the others is kept: it is the order they were opened in. */
static void ask_close(struct folding *w, enum ask_kind kind, uint32_t item)
{
    struct case_ask *ask = ask_find(w->fold, kind, item);
    if (ask != NULL) {
        size_t after = w->fold->ask_count - (size_t)(ask - w->fold->asks) - 1;
        memmove(ask, ask + 1, after * sizeof *ask);
        w->fold->ask_count--;
        w->changed = true;
    }
}

static void item_end(struct folding *w, struct case_item *item)
{
    size_t count = 0;
    (void)clock_rules(&count);
    for (unsigned c = 0; c < count; c++) {
        due_stop(w, (enum clock_name)c, item->number);
    }
    ask_close(w, ASK_INFO, item->number);
    ask_close(w, ASK_WITHDRAW, item->number);
    ask_close(w, ASK_EXTEND, item->number);
}

/* --- items --- */

static void item_move(struct folding *w, struct case_item *item, const struct cell *cell)
{
    const Comity__Letter *letter = w->letter->letter;
    struct instant until = letter_hold_until(letter);
    item->state = cell->to;
    item->moved_by = w->fold->letter_count;
    w->changed = true;
    if (cell->to == ITEM_ENDED) {
        item->result = letter_kind(letter) == LETTER_NOT_HELD
                           ? cause_result(cause_of(letter->not_held->cause))
                           : cell->result;
    }
    if (letter_kind(letter) == LETTER_HELD) {
        item->held_from = instant_of(letter->held->held_from);
        item->zone = letter->held->zone;
    }
    if (letter_kind(letter) == LETTER_EXTENDED) {
        item->zone = letter->extended->zone;
    }
    if (until.ms != 0) {
        item->hold_until = until;
        item->grace_until_ms = (uint64_t)until.ms + GRACE_MS;
    }
}

/* The row's act on one item to which it applies: answers, asks, state, clocks. */
static void item_apply(struct folding *w, struct case_item *item, const struct targets *t)
{
    const struct lifecycle_row *row = w->row;
    const struct cell *cell = &row->cells[item->state];
    bool of_item = row->opens != 0 && !ask_is_of_case(row->opens);
    bool asked_again = of_item && row->side == SIDE_Q && ask_is_open(w->fold, row->opens, item->number);
    if (row->answers != 0 && !ask_is_of_case(row->answers)) {
        ask_close(w, row->answers, item->number);
    }
    if (of_item) {
        ask_open(w, row->opens, item->number, t->blocking[0] || t->blocking[item->number],
                 cell->rule == CELL_LATE);
    }
    if (cell->rule == CELL_MOVE) {
        item_move(w, item, cell);
    }
    if (!asked_again) { /* the clock of the first asking goes on */
        clocks_apply(w, item);
    }
    if (cell->rule == CELL_MOVE && cell->to == ITEM_ENDED) {
        item_end(w, item);
    }
}

/* And on the case as a whole, once all its items are done. */
static void case_apply(struct folding *w)
{
    const struct lifecycle_row *row = w->row;
    bool of_case = row->opens != 0 && ask_is_of_case(row->opens);
    bool asked_again = of_case && ask_is_open(w->fold, row->opens, 0);
    if (row->answers != 0 && ask_is_of_case(row->answers)) {
        ask_close(w, row->answers, 0);
    }
    if (of_case) {
        ask_open(w, row->opens, 0, false, false);
    }
    if (!asked_again) {
        clocks_apply(w, NULL);
    }
    if (all_ended(w->fold)) {
        due_stop(w, CLOCK_LOOK, 0);
        due_stop(w, CLOCK_ANSWER, 0);
    }
    pauses_apply(w);
}

/* --- letters --- */

static void record(struct folding *w, enum letter_effect effect, const char *void_code, bool outside_treaty)
{
    w->fold->letters[w->fold->letter_count++] = (struct folded_letter){
        .letter = w->letter, .effect = effect, .void_code = void_code, .outside_treaty = outside_treaty};
}

static enum lane lane_of(enum urgency urgency)
{
    return urgency == URGENCY_EMERGENCY || urgency == URGENCY_URGENT ? LANE_URGENT : LANE_ROUTINE;
}

/* Shows a request as a case: its items, all asked for. */
static void items_open(struct folding *w, const Comity__Request *request)
{
    struct case_fold *fold = w->fold;
    w->urgency = request->necessity == NULL ? URGENCY_NONE : urgency_of(request->necessity->urgency);
    fold->request = request;
    fold->lane = lane_of(w->urgency);
    fold->item_count = request->n_items;
    for (size_t i = 0; i < request->n_items; i++) {
        fold->items[i] = (struct case_item){
            .number = (uint32_t)i + 1,
            .state = ITEM_ASKED,
            .zone = "",
            .data_dies_ms = (uint64_t)instant_of(request->items[i]->data_dies).ms,
        };
    }
}

static bool is_request(const Comity__Letter *letter)
{
    return letter_kind(letter) == LETTER_REQUEST && letter->request->n_items != 0 &&
           letter->request->n_items <= CASE_ITEMS_MAX;
}

static void fold_request(struct folding *w)
{
    items_open(w, w->letter->letter->request);
    for (size_t i = 0; i < w->fold->item_count; i++) {
        clocks_apply(w, &w->fold->items[i]);
    }
    clocks_apply(w, NULL);
    record(w, EFFECT_FOLDED, "", false);
}

/* Why a letter of Q has no effect on an item; NULL: it has. */
static const char *void_code(const struct folding *w, const struct case_item *item)
{
    const struct cell *cell = &w->row->cells[item->state];
    if (cell->rule == CELL_DUPLICATE) {
        return "DUPLICATE";
    }
    if (cell->rule == CELL_LATE) {
        return late_code(item, w->letter->accepted_ms);
    }
    return cell->rule == CELL_VOID ? cell->code : NULL;
}

static void fold_q(struct folding *w)
{
    if (w->fold->request == NULL && is_request(w->letter->letter)) {
        fold_request(w);
        return;
    }
    struct targets t;
    letter_targets(w->letter->letter, w->fold->item_count, &t);
    if (w->fold->request == NULL || w->row->side != SIDE_Q || t.beyond) {
        record(w, EFFECT_VOID,
               w->fold->request == NULL ? "NO_CASE"
               : t.beyond               ? "NO_ITEM"
                                        : "WRONG_SIDE",
               false);
        return;
    }
    const char *first_code = NULL;
    bool took = false;
    for (size_t i = 0; i < w->fold->item_count; i++) {
        struct case_item *item = &w->fold->items[i];
        if (!t.all && !t.named[item->number]) {
            continue;
        }
        const char *code = void_code(w, item);
        if (code == NULL) {
            item_apply(w, item, &t);
            took = true;
        } else if (first_code == NULL) {
            first_code = code;
        }
    }
    if (!took) {
        record(w, EFFECT_VOID, first_code, false);
        return;
    }
    case_apply(w);
    record(w, w->changed ? EFFECT_FOLDED : EFFECT_NOTED, "", false);
}

/* Picks the items an R letter applies to; false when the table forbids the letter. */
static bool applies(const struct folding *w, const struct targets *t, bool ret[CASE_ITEMS_MAX + 1])
{
    bool any = false;
    for (size_t i = 0; i < w->fold->item_count; i++) {
        const struct case_item *item = &w->fold->items[i];
        bool may = w->row->cells[item->state].rule != CELL_FORBIDDEN &&
                   need_holds(w->row, w->fold, item, w->letter->letter, w->letter->signed_ms);
        if (t->named[item->number] && !may) {
            return false;
        }
        ret[item->number] = may && (t->all || t->named[item->number]);
        any |= ret[item->number];
    }
    return any && !t->beyond;
}

static void fold_r(struct folding *w)
{
    struct targets t;
    bool applied[CASE_ITEMS_MAX + 1] = {false};
    letter_targets(w->letter->letter, w->fold->item_count, &t);
    if (w->row->side != SIDE_R || w->fold->request == NULL || !applies(w, &t, applied)) {
        record(w, EFFECT_BREACH, "", false);
        return;
    }
    for (size_t i = 0; i < w->fold->item_count; i++) {
        if (applied[i + 1]) {
            item_apply(w, &w->fold->items[i], &t);
        }
    }
    case_apply(w);
    w->r_wrote = true;
    bool outside = w->row->kind == LETTER_REFUSED &&
                   !ground_allowed(ground_of(w->letter->letter->refused->ground), w->fold->request);
    record(w, w->changed ? EFFECT_FOLDED : EFFECT_NOTED, "", outside);
}

static void fold_letter(struct folding *w, const struct case_letter *letter)
{
    w->letter = letter;
    w->row = lifecycle_row_of(letter->letter);
    w->changed = false;
    if (letter->author == SIDE_Q) {
        w->fold->last_q = letter;
    } else {
        w->fold->last_r = letter;
    }
    if (w->row == NULL) { /* says nothing */
        record(w, letter->author == SIDE_Q ? EFFECT_VOID : EFFECT_BREACH,
               letter->author == SIDE_Q ? "NOTHING_SAID" : "", false);
    } else if (letter->author == SIDE_Q) {
        fold_q(w);
    } else {
        fold_r(w);
    }
}

/* --- the case --- */

static bool any_item_is(const struct case_fold *fold, enum item_state state)
{
    for (size_t i = 0; i < fold->item_count; i++) {
        if (fold->items[i].state == state) {
            return true;
        }
    }
    return false;
}

static enum case_state state_of(const struct folding *w)
{
    if (w->fold->last_q == NULL) {
        return CASE_SENT;
    }
    if (any_item_is(w->fold, ITEM_HELD_OPEN)) {
        return CASE_HELD_OPEN;
    }
    if (any_item_is(w->fold, ITEM_HELD)) {
        return CASE_HELD;
    }
    if (any_item_is(w->fold, ITEM_ORDERED)) {
        return CASE_ORDERED;
    }
    if (any_item_is(w->fold, ITEM_ASKED)) {
        return w->r_wrote ? CASE_ACKNOWLEDGED : CASE_REQUESTED;
    }
    return CASE_CLOSED;
}

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

/* How many of Q's letters R had taken in: up to the one it names. 0 for none, or one that is not of this case. */
static size_t seen_count(const struct case_letter *q, size_t q_count, const struct letter_id *seen)
{
    for (size_t i = 0; i < q_count; i++) {
        if (digest_equal(&q[i].id.digest, &seen->digest)) {
            return i + 1;
        }
    }
    return 0;
}

static void fold_in_order(struct folding *w, const struct case_letter *q, size_t q_count,
                          const struct case_letter *r, size_t r_count)
{
    size_t taken = 0;
    for (size_t i = 0; i < r_count; i++) {
        for (size_t through = seen_count(q, q_count, &r[i].seen); taken < through; taken++) {
            fold_letter(w, &q[taken]);
        }
        fold_letter(w, &r[i]);
    }
    /* A letter behind one that is on its way waits for it at R, delivered or not: a case is in its author's order. */
    for (; taken < q_count && q[taken].delivered_ms != 0; taken++) {
        fold_letter(w, &q[taken]);
    }
    if (taken == 0 && q_count != 0 && is_request(q[0].letter)) {
        items_open(w, q[0].letter->request);
    }
    for (; taken < q_count; taken++) {
        w->letter = &q[taken];
        record(w, EFFECT_ON_ITS_WAY, "", false);
    }
}

bool case_fold(const struct case_letter *q, size_t q_count, const struct case_letter *r, size_t r_count,
               struct arena *arena, struct case_fold *ret)
{
    struct folded_letter *letters = arena_zero(arena, q_count + r_count, sizeof *letters);
    if (letters == NULL) {
        return false;
    }
    memset(ret, 0, sizeof *ret);
    ret->lane = LANE_ROUTINE;
    ret->letters = letters;
    struct folding w = {.fold = ret};
    fold_in_order(&w, q, q_count, r, r_count);
    ret->state = state_of(&w);
    qsort(ret->dues, ret->due_count, sizeof ret->dues[0], due_order);
    return true;
}
