/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/stats.h"

#include <string.h>

#include "nodes/letter_parts.h"
#include "nodes/lifecycle.h"

#define MINUTES(n) ((n)*MS_PER_MINUTE)
#define HOURS(n)   ((n)*MS_PER_HOUR)
#define DAYS(n)    ((n)*MS_PER_DAY)
#define SPAN       true
#define SHARE      false

static const struct metric_rule rules[] = {
#define METRIC(name, number, said, kind, emergency, urgent, routine, what)                                   \
    {.metric = METRIC_##name,                                                                                \
     .word = (said),                                                                                         \
     .is_span = (kind),                                                                                      \
     .target_ms = {[URGENCY_NONE] = (routine),                                                               \
                   [URGENCY_EMERGENCY] = (emergency),                                                        \
                   [URGENCY_URGENT] = (urgent),                                                              \
                   [URGENCY_ROUTINE] = (routine)},                                                           \
     .text = (what)},
#include "nodes/metrics.def"
#undef METRIC
};
#define RULES (sizeof rules / sizeof rules[0])

const struct metric_rule *metric_rules(size_t *ret_count)
{
    *ret_count = RULES;
    return rules;
}

/* What the letters of a case say, once over. */
struct history {
    const struct case_fold *fold;
    uint64_t request_ms; /* delivered; 0: not yet */
    uint64_t request_accepted_ms;
    uint64_t officer_ms;        /* the first letter of R that an officer signed */
    uint64_t commit_ms;         /* will be answered, or any decision */
    uint64_t emergency_ms;      /* disclosed, declined, referred */
    uint64_t withdrawn_ms;      /* the first release as withdrawn */
    uint64_t asked_ms, said_ms; /* status */
    bool questions, elsewhere, merged, refused, out_of_list;
    uint64_t decided_ms[CASE_ITEMS_MAX + 1], ordered_ms[CASE_ITEMS_MAX + 1];
    uint64_t extend_ms[CASE_ITEMS_MAX + 1], answered_ms[CASE_ITEMS_MAX + 1], notice_ms[CASE_ITEMS_MAX + 1];
};

static void first(uint64_t *at, uint64_t ms)
{
    *at = *at == 0 ? ms : *at;
}

/* When the broker had it, or else (what is of this very turn) when it was signed. */
static uint64_t sent_ms(const struct case_letter *letter)
{
    return letter->accepted_ms != 0 ? letter->accepted_ms : letter->signed_ms;
}

static void of_items(const struct case_letter *letter, size_t item_count, uint64_t ms, uint64_t *at)
{
    struct targets targets;
    letter_targets(letter->letter, item_count, &targets);
    for (size_t n = 1; n <= item_count; n++) {
        if (targets.all || targets.named[n]) {
            first(&at[n], ms);
        }
    }
}

static bool is_decision(enum letter_kind kind)
{
    return kind == LETTER_ORDERED || kind == LETTER_HELD || kind == LETTER_NOT_HELD ||
           kind == LETTER_REFUSED || kind == LETTER_REFERRED;
}

static void read_r(struct history *h, const struct folded_letter *folded)
{
    const struct case_letter *letter = folded->letter;
    size_t items = h->fold->item_count;
    uint64_t ms = sent_ms(letter);
    if (letter_signatures_needed(letter->kind, letter->letter) != 0) {
        first(&h->officer_ms, ms);
    }
    if (is_decision(letter->kind)) {
        first(&h->commit_ms, ms);
        of_items(letter, items, ms, h->decided_ms);
    }
    if (letter->kind == LETTER_ACK && letter->letter->ack->answer == COMITY__ACK__ANSWER__WILL_ANSWER) {
        first(&h->commit_ms, ms);
    }
    if (letter->kind == LETTER_ORDERED) {
        of_items(letter, items, ms, h->ordered_ms);
    }
    if (letter->kind == LETTER_DISCLOSED || letter->kind == LETTER_DECLINED ||
        letter->kind == LETTER_REFERRED) {
        first(&h->emergency_ms, ms);
    }
    if (letter->kind == LETTER_EXTENDED || letter->kind == LETTER_EXTENSION_REFUSED) {
        of_items(letter, items, ms, h->answered_ms);
    }
    if (letter->kind == LETTER_STATUS) {
        first(&h->said_ms, h->asked_ms == 0 ? 0 : ms);
    }
    if (letter->kind == LETTER_RELEASED &&
        letter->letter->released->why == COMITY__RELEASED__WHY__WITHDRAWN) {
        first(&h->withdrawn_ms, ms);
    }
    const Comity__NotHeld *not_held = letter->kind == LETTER_NOT_HELD ? letter->letter->not_held : NULL;
    h->questions |= letter->kind == LETTER_INFO_ASKED;
    h->elsewhere |= letter->kind == LETTER_REFERRED || letter->kind == LETTER_MOVED ||
                    (not_held != NULL && not_held->cause == COMITY__NOT_HELD__CAUSE__ELSEWHERE);
    h->merged |= not_held != NULL && not_held->cause == COMITY__NOT_HELD__CAUSE__DUPLICATE_OF;
    h->refused |= letter->kind == LETTER_REFUSED || letter->kind == LETTER_EXTENSION_REFUSED;
    h->out_of_list |= folded->outside_treaty || folded->without_consult;
}

static void read_q(struct history *h, const struct case_letter *letter)
{
    size_t items = h->fold->item_count;
    if (letter->kind == LETTER_REQUEST && letter->case_seq == 1) {
        h->request_ms = letter->delivered_ms;
        h->request_accepted_ms = letter->accepted_ms;
    } else if (letter->kind == LETTER_EXTEND) {
        of_items(letter, items, letter->delivered_ms, h->extend_ms);
    } else if (letter->kind == LETTER_MLA_NOTICE) {
        of_items(letter, items, sent_ms(letter), h->notice_ms);
    } else if (letter->kind == LETTER_STATUS_ASK) {
        first(&h->asked_ms, letter->delivered_ms);
    }
}

static void read_letters(struct history *h, const struct case_fold *fold)
{
    *h = (struct history){.fold = fold};
    for (size_t i = 0; i < fold->letter_count; i++) {
        const struct folded_letter *folded = &fold->letters[i];
        if (folded->effect == EFFECT_VOID || folded->effect == EFFECT_BREACH) {
            continue;
        }
        if (folded->letter->author == SIDE_R) {
            read_r(h, folded);
        } else {
            read_q(h, folded->letter);
        }
    }
}

/* --- events --- */

struct events {
    struct store *store;
    const struct history *history;
    struct stat_event event; /* what all have in common */
    enum side own;
};

static void put(struct events *e, enum metric metric, enum side measured, uint32_t item, uint64_t start_ms,
                uint64_t stop_ms, enum stat_outcome outcome)
{
    e->event.metric = metric;
    e->event.item = item;
    e->event.start_ms = start_ms;
    e->event.stop_ms = stop_ms;
    e->event.outcome = outcome;
    e->event.ours = measured == e->own;
    store_stat_put(e->store, &e->event);
}

/* over: it cannot come any more. A span that stopped before it started took no time. */
static void put_span(struct events *e, enum metric metric, enum side measured, uint32_t item,
                     uint64_t start_ms, uint64_t stop_ms, bool over)
{
    uint64_t withdrawn_ms = e->history->withdrawn_ms;
    if (start_ms == 0) {
        return;
    }
    if (stop_ms != 0) {
        put(e, metric, measured, item, start_ms, stop_ms > start_ms ? stop_ms : start_ms, STAT_DONE);
    } else if (withdrawn_ms != 0 && over) {
        put(e, metric, measured, item, start_ms, withdrawn_ms > start_ms ? withdrawn_ms : start_ms,
            STAT_LEFT);
    } else {
        put(e, metric, measured, item, start_ms, 0, over ? STAT_MISSED : STAT_OPEN);
    }
}

static void put_items(struct events *e)
{
    const struct history *h = e->history;
    for (size_t i = 0; i < h->fold->item_count; i++) {
        const struct case_item *item = &h->fold->items[i];
        uint32_t n = item->number;
        bool over = item->state == ITEM_ENDED;
        uint64_t held_ms = item->held_from.ms > 0 ? (uint64_t)item->held_from.ms : 0;
        put_span(e, METRIC_DECIDE, SIDE_R, n, h->request_ms, h->decided_ms[n], over);
        put_span(e, METRIC_SAFE, SIDE_R, n, h->request_ms, held_ms, over);
        put_span(e, METRIC_CUSTODIAN, SIDE_R, n, h->ordered_ms[n], held_ms, over);
        put_span(e, METRIC_EXTENSION, SIDE_R, n, h->extend_ms[n], h->answered_ms[n], over);
        if (held_ms != 0 && h->notice_ms[n] != 0) {
            put_span(e, METRIC_MLA_LEAD, SIDE_Q, n, held_ms, h->notice_ms[n], false);
        }
    }
}

static void put_case(struct events *e, enum machine machine)
{
    const struct history *h = e->history;
    bool over = e->history->fold->state == CASE_CLOSED;
    put_span(e, METRIC_ACKNOWLEDGE, SIDE_R, 0, h->request_ms, h->officer_ms, over);
    put_span(e, METRIC_TRANSPORT, SIDE_R, 0, h->request_accepted_ms, h->request_ms, false);
    put_span(e, METRIC_STATUS, SIDE_R, 0, h->asked_ms, h->said_ms, over);
    if (machine == MACHINE_EMERGENCY) {
        put_span(e, METRIC_EMERGENCY, SIDE_R, 0, h->request_ms, h->emergency_ms, over);
    }
    if (machine == MACHINE_HOLD) {
        put_span(e, METRIC_COMMIT, SIDE_R, 0, h->request_ms, h->commit_ms, over);
        put_items(e);
    }
    if (h->commit_ms != 0 && h->request_ms != 0) {
        put(e, METRIC_FIRST_TIME, SIDE_Q, 0, h->request_ms, 0, h->questions ? STAT_MISSED : STAT_DONE);
        put(e, METRIC_RIGHT_DESK, SIDE_Q, 0, h->request_ms, 0, h->elsewhere ? STAT_MISSED : STAT_DONE);
    }
    if (h->refused && h->request_ms != 0) {
        put(e, METRIC_IN_TREATY, SIDE_R, 0, h->request_ms, 0, h->out_of_list ? STAT_MISSED : STAT_DONE);
    }
}

void stats_follow(struct node *node, const struct case_row *row, const struct case_fold *fold)
{
    struct history history;
    bool measured =
        fold->machine != MACHINE_NONE && fold->machine != MACHINE_PING && fold->machine != MACHINE_LINK;
    store_stats_clear(node->store, &row->id);
    if (!measured) {
        return;
    }
    read_letters(&history, fold);
    struct events events = {.store = node->store,
                            .history = &history,
                            .own = row->own_side,
                            .event = {.case_id = row->id,
                                      .urgency = fold->urgency,
                                      .exercise = row->has_exercise,
                                      .peer = row->own_side == SIDE_Q ? row->r : row->q}};
    if (!history.merged) {
        put_case(&events, fold->machine);
    }
}
