/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/case_metrics.h"

#include "nodes/letter_parts.h"
#include "nodes/lifecycle.h"

/* What the letters of a case say, once over. */
struct history {
    const struct case_fold *fold;
    uint64_t request_ms; /* delivered; 0: not yet */
    uint64_t request_accepted_ms;
    uint64_t roster;            /* of the letter that opened it */
    uint64_t officer_ms;        /* the first letter of R that an officer signed */
    uint64_t commit_ms;         /* will be answered, or any decision */
    uint64_t emergency_ms;      /* disclosed, declined, referred */
    uint64_t withdrawn_ms;      /* the first release as withdrawn */
    uint64_t asked_ms, said_ms; /* status */
    bool questions, elsewhere, merged, refused, out_of_list;
    uint64_t decided_ms[CASE_ITEMS_MAX + 1], ordered_ms[CASE_ITEMS_MAX + 1];
    uint64_t extend_ms[CASE_ITEMS_MAX + 1], answered_ms[CASE_ITEMS_MAX + 1], notice_ms[CASE_ITEMS_MAX + 1];
    uint64_t until_ms[CASE_ITEMS_MAX + 1];          /* the date of the hold, as last said */
    uint64_t linked_ms[CASE_ITEMS_MAX + 1];         /* assistance was sent, or received, as first said */
    uint64_t linked_until_ms[CASE_ITEMS_MAX + 1];   /* until_ms then */
    uint64_t received_ms[CASE_ITEMS_MAX + 1];       /* declared */
    uint64_t received_until_ms[CASE_ITEMS_MAX + 1]; /* until_ms then */
    uint64_t final_ms[CASE_ITEMS_MAX + 1],
        whole_ms[CASE_ITEMS_MAX + 1]; /* evidence: the final part, found good */
    struct pause {
        uint64_t ms, since_ms;                                /* 0: does not run */
    } pause[CASE_ITEMS_MAX + 1], decided[CASE_ITEMS_MAX + 1]; /* now; when it was decided */
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

/* Sets what is 0 of the items the letter is about. */
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

/* An answer to a blocking question is waited for, from its being asked to its delivery. */
static void pause_begin(struct history *h, const struct case_letter *letter)
{
    struct targets targets;
    letter_targets(letter->letter, h->fold->item_count, &targets);
    for (size_t n = 1; n <= h->fold->item_count; n++) {
        bool asked = targets.blocking[0] || targets.blocking[n];
        h->pause[n].since_ms = asked && h->pause[n].since_ms == 0 ? sent_ms(letter) : h->pause[n].since_ms;
    }
}

static void pause_end(struct history *h, const struct case_letter *letter)
{
    struct targets targets;
    letter_targets(letter->letter, h->fold->item_count, &targets);
    for (size_t n = 1; n <= h->fold->item_count; n++) {
        struct pause *pause = &h->pause[n];
        bool answered =
            (targets.all || targets.named[n]) && pause->since_ms != 0 && letter->delivered_ms != 0;
        if (answered) {
            pause->ms += letter->delivered_ms > pause->since_ms ? letter->delivered_ms - pause->since_ms : 0;
            pause->since_ms = 0;
        }
    }
}

/* A decision ends what was waited for. */
static void decide(struct history *h, const struct case_letter *letter)
{
    struct targets targets;
    uint64_t ms = sent_ms(letter);
    letter_targets(letter->letter, h->fold->item_count, &targets);
    for (size_t n = 1; n <= h->fold->item_count; n++) {
        if ((targets.all || targets.named[n]) && h->decided_ms[n] == 0) {
            const struct pause *pause = &h->pause[n];
            bool runs = pause->since_ms != 0 && ms > pause->since_ms;
            h->decided_ms[n] = ms;
            h->decided[n].ms = pause->ms + (runs ? ms - pause->since_ms : 0);
        }
    }
}

/* The date of the hold; the request for assistance, against the date as it was then. */
static void read_hold(struct history *h, const struct case_letter *letter)
{
    struct targets targets;
    const char *zone = NULL;
    const struct instant until = letter_hold_until(letter->letter, &zone);
    bool received = letter->kind == LETTER_MLA_RECEIVED;
    bool linked = received || letter->kind == LETTER_MLA_NOTICE;
    if (until.ms <= 0 && !linked) {
        return;
    }
    letter_targets(letter->letter, h->fold->item_count, &targets);
    for (size_t n = 1; n <= h->fold->item_count; n++) {
        if (!targets.all && !targets.named[n]) {
            continue;
        }
        h->until_ms[n] = until.ms > 0 ? (uint64_t)until.ms : h->until_ms[n];
        if (linked && h->linked_ms[n] == 0) {
            h->linked_ms[n] = sent_ms(letter);
            h->linked_until_ms[n] = h->until_ms[n];
        }
        if (received && h->received_ms[n] == 0) {
            h->received_ms[n] = (uint64_t)instant_of(letter->letter->mla_received->received_at).ms;
            h->received_until_ms[n] = h->until_ms[n];
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
        decide(h, letter);
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
    if (letter->kind == LETTER_INFO_ASKED) {
        pause_begin(h, letter);
    }
    if (letter->kind == LETTER_EVIDENCE && letter_why(letter->letter) == WHY_FINAL) {
        of_items(letter, items, ms, h->final_ms);
    }
    read_hold(h, letter);
    const Comity__NotHeld *not_held = letter->kind == LETTER_NOT_HELD ? letter->letter->not_held : NULL;
    h->questions |= letter->kind == LETTER_INFO_ASKED;
    h->elsewhere |= letter->kind == LETTER_REFERRED || letter->kind == LETTER_MOVED ||
                    (not_held != NULL && not_held->cause == COMITY__NOT_HELD__CAUSE__ELSEWHERE);
    h->merged |= not_held != NULL && not_held->cause == COMITY__NOT_HELD__CAUSE__DUPLICATE_OF;
    h->refused |= letter->kind == LETTER_REFUSED || letter->kind == LETTER_EXTENSION_REFUSED;
    h->out_of_list |= folded->outside_treaty || folded->without_consult;
}

/* It counts where the final part had been sent. */
static void read_receipt(struct history *h, const struct case_letter *letter)
{
    struct targets targets;
    letter_targets(letter->letter, h->fold->item_count, &targets);
    for (size_t n = 1; n <= h->fold->item_count; n++) {
        if ((targets.all || targets.named[n]) && h->final_ms[n] != 0) {
            first(&h->whole_ms[n], sent_ms(letter));
        }
    }
}

static void read_q(struct history *h, const struct case_letter *letter)
{
    size_t items = h->fold->item_count;
    if (letter->kind == LETTER_REQUEST && letter->case_seq == 1) {
        h->request_ms = letter->delivered_ms;
        h->request_accepted_ms = letter->accepted_ms;
        h->roster = letter->roster;
    } else if (letter->kind == LETTER_EXTEND) {
        of_items(letter, items, letter->delivered_ms, h->extend_ms);
    } else if (letter->kind == LETTER_MLA_NOTICE) {
        of_items(letter, items, sent_ms(letter), h->notice_ms);
        read_hold(h, letter);
    } else if (letter->kind == LETTER_INFO_GIVEN) {
        pause_end(h, letter);
    } else if (letter->kind == LETTER_EVIDENCE_RECEIPT && letter_why(letter->letter) == WHY_OK) {
        read_receipt(h, letter);
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
    const struct history *history;
    const struct metric_scene *scene;
    struct stat_event event;
};

/* The roster that the case was opened under says by whose calendar. */
static uint64_t target_end(const struct events *e, enum side measured, uint64_t start_ms)
{
    const struct metric_scene *scene = e->scene;
    const struct metric_target *target = &metric_rule(e->event.metric)->targets[e->event.urgency];
    if (target->workdays != 0 && scene->workdays_after != NULL) {
        return scene->workdays_after(scene->context, measured, e->history->roster, start_ms,
                                     target->workdays);
    }
    return target->workdays != 0 ? workdays_after(start_ms, target->workdays)
           : target->ms != 0     ? start_ms + target->ms
                                 : 0;
}

static void put(struct events *e, enum metric metric, enum side measured, uint32_t item, uint64_t start_ms,
                uint64_t stop_ms, enum stat_outcome outcome)
{
    const struct metric_scene *scene = e->scene;
    e->event.metric = metric;
    e->event.item = item;
    e->event.start_ms = start_ms;
    e->event.stop_ms = stop_ms;
    e->event.outcome = outcome;
    e->event.ours = measured == scene->own;
    if (metric_rule(metric)->kind == METRIC_SPAN) {
        e->event.due_ms = target_end(e, measured, start_ms);
        e->event.staffing = scene->staffing == NULL
                                ? 0
                                : scene->staffing(scene->context, measured, e->history->roster, start_ms);
    }
    scene->put(scene->into, &e->event);
    e->event.due_ms = e->event.paused_ms = e->event.paused_since_ms = 0;
    e->event.staffing = 0;
    e->event.part = 0;
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

/* due_ms: not so once that is past; 0: it is known. */
static void put_share(struct events *e, enum metric metric, enum side measured, uint32_t item,
                      uint64_t start_ms, uint64_t due_ms, enum stat_outcome outcome)
{
    e->event.due_ms = outcome == STAT_OPEN ? due_ms : 0;
    put(e, metric, measured, item, start_ms, 0, outcome);
}

static void pause_is(struct events *e, const struct pause *pause)
{
    e->event.paused_ms = pause->ms;
    e->event.paused_since_ms = pause->since_ms;
}

/* --- holds --- */

static bool not_needed(const struct case_item *item)
{
    return item->result == RESULT_WITHDRAWN || item->result == RESULT_STOPPED;
}

/* It went on elsewhere, and counts there. */
static bool went_away(const struct case_item *item)
{
    return item->result == RESULT_REFERRED || item->result == RESULT_MOVED;
}

static bool has_lapsed(const struct case_item *item)
{
    return item->result == RESULT_EXPIRED || item->result == RESULT_LAW_END || item->result == RESULT_LOST;
}

/* M6. */
static void put_saved(struct events *e, const struct case_item *item, uint64_t held_ms)
{
    uint64_t dies_ms = item->data_dies_ms;
    bool over = item->state == ITEM_ENDED;
    if (dies_ms == 0 || e->history->request_ms == 0) {
        return;
    }
    put_share(e, METRIC_SAVED, SIDE_R, item->number, e->history->request_ms, dies_ms,
              held_ms != 0                                    ? held_ms <= dies_ms ? STAT_DONE : STAT_MISSED
              : over && (not_needed(item) || went_away(item)) ? STAT_LEFT
              : over                                          ? STAT_MISSED
                                                              : STAT_OPEN);
}

static enum owed_at_lapse owed_of(const struct history *h, const struct case_item *item)
{
    uint32_t n = item->number;
    return item->result != RESULT_EXPIRED                   ? OWED_HOLD
           : h->extend_ms[n] != 0 && h->answered_ms[n] == 0 ? OWED_EXTENSION
           : h->notice_ms[n] != 0 && h->received_ms[n] == 0 ? OWED_SEARCH
                                                            : OWED_ASSISTANCE;
}

/* M7: what kept the item until assistance came, or did not. */
static void put_kept(struct events *e, const struct case_item *item, uint64_t held_ms)
{
    const struct history *h = e->history;
    uint32_t n = item->number;
    bool over = item->state == ITEM_ENDED;
    if (h->linked_ms[n] != 0 && !(over && h->received_ms[n] == 0 && not_needed(item))) {
        put_share(e, METRIC_KEPT, SIDE_R, n, held_ms, h->until_ms[n],
                  h->received_ms[n] != 0
                      ? h->received_ms[n] <= h->received_until_ms[n] ? STAT_DONE : STAT_MISSED
                  : over ? STAT_MISSED
                         : STAT_OPEN);
    }
    if (over && has_lapsed(item)) {
        e->event.part = owed_of(h, item);
        put(e, METRIC_LAPSE, e->event.part == OWED_ASSISTANCE ? SIDE_Q : SIDE_R, n, held_ms, 0, STAT_DONE);
    }
}

/* M14. */
static void put_follow_up(struct events *e, const struct case_item *item, uint64_t held_ms)
{
    const struct history *h = e->history;
    uint32_t n = item->number;
    bool over = item->state == ITEM_ENDED;
    bool linked = h->linked_ms[n] != 0;
    put_share(e, METRIC_FOLLOW_UP, SIDE_Q, n, held_ms, h->until_ms[n],
              linked ? h->linked_ms[n] <= h->linked_until_ms[n] ? STAT_DONE : STAT_MISSED
              : over && (not_needed(item) || went_away(item)) ? STAT_LEFT
              : over                                          ? STAT_MISSED
                                                              : STAT_OPEN);
    if (over && !linked && (not_needed(item) || has_lapsed(item))) {
        put_share(e, METRIC_RELEASED_EARLY, SIDE_Q, n, held_ms, 0,
                  not_needed(item) ? STAT_DONE : STAT_MISSED);
    }
}

/* M11: only the side that holds knows its orders. */
static void put_order(struct events *e, const struct case_item *item, uint64_t held_ms)
{
    const struct metric_scene *scene = e->scene;
    uint64_t until_ms = scene->order_until == NULL || !item_is_held(item)
                            ? 0
                            : scene->order_until(scene->context, item->number);
    uint64_t renew_ms = until_ms > RENEW_LEAD_MS ? until_ms - RENEW_LEAD_MS : 1;
    bool covers =
        item->state == ITEM_HELD && item->hold_until.ms > 0 && until_ms >= (uint64_t)item->hold_until.ms;
    if (until_ms == 0) {
        return;
    }
    put_share(e, METRIC_RENEWED, SIDE_R, item->number, held_ms, renew_ms, covers ? STAT_DONE : STAT_OPEN);
    if (item->state == ITEM_HELD_OPEN) {
        put_share(e, METRIC_ORDER_RUNS, SIDE_R, item->number, held_ms, until_ms, STAT_OPEN);
    }
}

static void put_hold_items(struct events *e)
{
    const struct history *h = e->history;
    for (size_t i = 0; i < h->fold->item_count; i++) {
        const struct case_item *item = &h->fold->items[i];
        uint32_t n = item->number;
        bool over = item->state == ITEM_ENDED;
        uint64_t held_ms = item->held_from.ms > 0 ? (uint64_t)item->held_from.ms : 0;
        pause_is(e, h->decided_ms[n] != 0 ? &h->decided[n] : &h->pause[n]);
        put_span(e, METRIC_DECIDE, SIDE_R, n, h->request_ms, h->decided_ms[n], over);
        pause_is(e, h->decided_ms[n] != 0 ? &h->decided[n] : &h->pause[n]);
        put_span(e, METRIC_SAFE, SIDE_R, n, h->request_ms, held_ms, over);
        put_span(e, METRIC_CUSTODIAN, SIDE_R, n, h->ordered_ms[n], held_ms, over);
        put_span(e, METRIC_EXTENSION, SIDE_R, n, h->extend_ms[n], h->answered_ms[n], over);
        put_saved(e, item, held_ms);
        if (held_ms != 0) {
            put_kept(e, item, held_ms);
            put_follow_up(e, item, held_ms);
            put_order(e, item, held_ms);
        }
        if (held_ms != 0 && h->notice_ms[n] != 0) {
            put_span(e, METRIC_MLA_LEAD, SIDE_Q, n, held_ms, h->notice_ms[n], false);
        }
    }
}

/* --- all else --- */

static void put_measures(struct events *e)
{
    const struct history *h = e->history;
    for (size_t i = 0; i < h->fold->item_count; i++) {
        const struct case_item *item = &h->fold->items[i];
        pause_is(e, &h->pause[item->number]);
        put_span(e, METRIC_EVIDENCE, SIDE_R, item->number, h->request_ms, h->whole_ms[item->number],
                 item->state == ITEM_ENDED);
    }
}

/* M20. */
static void put_time(struct events *e)
{
    uint64_t ms[BUCKETS];
    uint64_t start_ms = e->history->request_accepted_ms;
    if (!case_time(e->history->fold, e->scene, ms)) {
        return;
    }
    for (uint32_t bucket = 1; bucket < BUCKETS; bucket++) {
        if (ms[bucket] != 0) {
            e->event.part = bucket;
            put(e, METRIC_TIME, SIDE_R, 0, start_ms, start_ms + ms[bucket], STAT_DONE);
        }
    }
}

/* M19: it ended with those people if its date does not run any more and nobody above was told. */
static void put_told(struct events *e)
{
    const struct metric_scene *scene = e->scene;
    for (size_t i = 0; i < scene->told_count; i++) {
        const struct told_date *told = &scene->told[i];
        bool runs =
            (size_t)told->clock < CLOCKS && due_find(e->history->fold, told->clock, told->item) != NULL;
        for (enum watch_who who = WHO_DEPUTY; who <= told->who; who++) {
            e->event.part = (uint32_t)who;
            put(e, METRIC_ESCALATION, scene->own, told->item, told->due_ms, 0,
                who < told->who ? STAT_MISSED
                : runs          ? STAT_OPEN
                                : STAT_DONE);
        }
    }
}

static void put_case(struct events *e, enum machine machine)
{
    const struct history *h = e->history;
    bool over = h->fold->state == CASE_CLOSED;
    put_span(e, METRIC_ACKNOWLEDGE, SIDE_R, 0, h->request_ms, h->officer_ms, over);
    put_span(e, METRIC_TRANSPORT, SIDE_R, 0, h->request_accepted_ms, h->request_ms, false);
    put_span(e, METRIC_STATUS, SIDE_R, 0, h->asked_ms, h->said_ms, over);
    if (machine == MACHINE_EMERGENCY) {
        put_span(e, METRIC_EMERGENCY, SIDE_R, 0, h->request_ms, h->emergency_ms, over);
    }
    if (machine == MACHINE_HOLD) {
        put_span(e, METRIC_COMMIT, SIDE_R, 0, h->request_ms, h->commit_ms, over);
        put_hold_items(e);
    }
    if (machine == MACHINE_MLA) {
        put_measures(e);
    }
    if (h->commit_ms != 0 && h->request_ms != 0) {
        put_share(e, METRIC_FIRST_TIME, SIDE_Q, 0, h->request_ms, 0, h->questions ? STAT_MISSED : STAT_DONE);
        put_share(e, METRIC_RIGHT_DESK, SIDE_Q, 0, h->request_ms, 0, h->elsewhere ? STAT_MISSED : STAT_DONE);
    }
    if (h->refused && h->request_ms != 0) {
        put_share(e, METRIC_IN_TREATY, SIDE_R, 0, h->request_ms, 0, h->out_of_list ? STAT_MISSED : STAT_DONE);
    }
    put_time(e);
    put_told(e);
}

/* M22. */
static void put_duplicate(struct events *e)
{
    const struct history *h = e->history;
    bool begun = false;
    for (size_t i = 0; i < h->fold->item_count; i++) {
        const struct case_item *item = &h->fold->items[i];
        begun = begun || h->ordered_ms[item->number] != 0 || item->held_from.ms > 0;
    }
    if (h->request_ms != 0) {
        put_share(e, METRIC_DUPLICATE, SIDE_R, 0, h->request_ms, 0, begun ? STAT_MISSED : STAT_DONE);
    }
}

/* --- pings --- */

static void put_checks(struct events *e, const Comity__PingAnswered *answered, uint64_t ms)
{
    for (size_t i = 0; i < answered->n_checks; i++) {
        e->event.part = (uint32_t)answered->checks[i]->field;
        put_share(e, METRIC_DIRECTORY, SIDE_R, 0, ms, 0,
                  answered->checks[i]->right ? STAT_DONE : STAT_MISSED);
    }
}

/* M23 and M24. Whoever does not consent is not measured. */
static void put_ping(struct events *e)
{
    const struct history *h = e->history;
    const struct case_letter *answered = NULL;
    enum item_result result = h->fold->item_count == 0 ? RESULT_NONE : h->fold->items[0].result;
    uint64_t start_ms = h->request_accepted_ms;
    for (size_t i = 0; i < h->fold->letter_count && answered == NULL; i++) {
        const struct folded_letter *folded = &h->fold->letters[i];
        answered = folded->letter->kind == LETTER_PING_ANSWERED && folded->effect == EFFECT_FOLDED
                       ? folded->letter
                       : NULL;
    }
    if (start_ms == 0 || result == RESULT_NO_CONSENT) {
        return;
    }
    put_span(e, METRIC_REACH, SIDE_R, 0, start_ms, answered == NULL ? 0 : sent_ms(answered),
             result == RESULT_SILENT);
    if (answered != NULL) {
        const Comity__PingAnswered *said = answered->letter->ping_answered;
        put_checks(e, said, sent_ms(answered));
        put_share(e, METRIC_REACH_FIRST, SIDE_R, 0, start_ms, 0, said->by_phone ? STAT_MISSED : STAT_DONE);
    } else if (result == RESULT_SILENT) {
        put_share(e, METRIC_REACH_FIRST, SIDE_R, 0, start_ms, 0, STAT_MISSED);
    }
}

void case_metrics(const struct case_fold *fold, const struct metric_scene *scene)
{
    struct history history;
    struct events events = {.history = &history, .scene = scene, .event = scene->base};
    events.event.urgency = fold->urgency;
    if (fold->machine == MACHINE_NONE || fold->machine == MACHINE_LINK) {
        return;
    }
    read_letters(&history, fold);
    if (fold->machine == MACHINE_PING) {
        put_ping(&events);
    } else if (history.merged) {
        put_duplicate(&events);
    } else {
        put_case(&events, fold->machine);
    }
}
