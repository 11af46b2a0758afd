/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/case_metrics.h"

#include "nodes/case_history.h"
#include "nodes/lifecycle.h"

/* --- events --- */

struct events {
    const struct case_history *history;
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
        e->event.staffing =
            scene->staffing == NULL
                ? 0
                : scene->staffing(scene->context, measured, e->history->roster, start_ms).staffing;
    }
    scene->put(scene->into, &e->event);
    e->event.due_ms = e->event.paused_ms = e->event.paused_since_ms = 0;
    e->event.staffing = 0;
    e->event.part = 0;
}

/* What came after it was withdrawn answers nobody; what began only then is waited for as long as it can come. */
static bool is_left(uint64_t start_ms, uint64_t stop_ms, uint64_t withdrawn_ms, bool over)
{
    bool before = start_ms < withdrawn_ms;
    return withdrawn_ms != 0 && (stop_ms == 0 ? before || over : before && withdrawn_ms < stop_ms);
}

/* over: it cannot come any more. A span that stopped before it started took no time. */
static void put_span(struct events *e, enum metric metric, enum side measured, uint32_t item,
                     uint64_t start_ms, uint64_t stop_ms, bool over)
{
    uint64_t withdrawn_ms = e->history->withdrawn_ms[item];
    if (start_ms == 0) {
        return;
    }
    if (is_left(start_ms, stop_ms, withdrawn_ms, over)) {
        put(e, metric, measured, item, start_ms, withdrawn_ms > start_ms ? withdrawn_ms : start_ms,
            STAT_LEFT);
    } else if (stop_ms != 0) {
        put(e, metric, measured, item, start_ms, stop_ms > start_ms ? stop_ms : start_ms, STAT_DONE);
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

static void pause_is(struct events *e, const struct case_pause *pause)
{
    e->event.paused_ms = pause->ms;
    e->event.paused_since_ms = pause->since_ms;
}

/* --- holds --- */

/* What came before there was a date came in time. */
static bool in_time(uint64_t ms, uint64_t until_ms)
{
    return until_ms == 0 || ms <= until_ms;
}

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

static enum owed_at_lapse owed_of(const struct case_history *h, const struct case_item *item)
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
    const struct case_history *h = e->history;
    uint32_t n = item->number;
    bool over = item->state == ITEM_ENDED;
    if (h->linked_ms[n] != 0 && !(over && h->received_ms[n] == 0 && not_needed(item))) {
        put_share(e, METRIC_KEPT, SIDE_R, n, held_ms, h->until_ms[n],
                  h->received_ms[n] != 0
                      ? in_time(h->received_ms[n], h->received_until_ms[n]) ? STAT_DONE : STAT_MISSED
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
    const struct case_history *h = e->history;
    uint32_t n = item->number;
    bool over = item->state == ITEM_ENDED;
    bool linked = h->linked_ms[n] != 0;
    put_share(e, METRIC_FOLLOW_UP, SIDE_Q, n, held_ms, h->until_ms[n],
              linked ? in_time(h->linked_ms[n], h->linked_until_ms[n]) ? STAT_DONE : STAT_MISSED
              : over && (not_needed(item) || went_away(item)) ? STAT_LEFT
              : over                                          ? STAT_MISSED
                                                              : STAT_OPEN);
    if (over && !linked && (not_needed(item) || has_lapsed(item))) {
        put_share(e, METRIC_RELEASED_EARLY, SIDE_Q, n, held_ms, 0,
                  not_needed(item) ? STAT_DONE : STAT_MISSED);
    }
}

/*
 * M13: how long assistance takes after the hold that it needs. A hold that went on elsewhere, or that was lost or ended by law, was
 * waited for until then.
 */
static void put_lead(struct events *e, const struct case_item *item, uint64_t held_ms)
{
    const struct case_history *h = e->history;
    uint64_t linked_ms = h->linked_ms[item->number];
    bool cut = item->state == ITEM_ENDED &&
               (went_away(item) || item->result == RESULT_LAW_END || item->result == RESULT_LOST);
    if (linked_ms == 0 && cut) {
        uint64_t ended_ms = letter_sent_ms(h->fold->letters[item->moved_by].letter);
        put(e, METRIC_MLA_LEAD, SIDE_Q, item->number, held_ms, ended_ms > held_ms ? ended_ms : held_ms,
            STAT_LEFT);
    } else {
        put_span(e, METRIC_MLA_LEAD, SIDE_Q, item->number, held_ms, linked_ms, item->state == ITEM_ENDED);
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
    const struct case_history *h = e->history;
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
            put_lead(e, item, held_ms);
            put_order(e, item, held_ms);
        }
    }
}

/* --- all else --- */

static void put_measures(struct events *e)
{
    const struct case_history *h = e->history;
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
    const struct case_history *h = e->history;
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
    if (h->is_decided && h->request_ms != 0) {
        put_share(e, METRIC_FIRST_TIME, SIDE_Q, 0, h->request_ms, 0, h->questions ? STAT_MISSED : STAT_DONE);
    }
    if ((h->is_decided || h->elsewhere) && h->request_ms != 0) {
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
    const struct case_history *h = e->history;
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
    const struct case_history *h = e->history;
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
    put_span(e, METRIC_REACH, SIDE_R, 0, start_ms, answered == NULL ? 0 : letter_sent_ms(answered),
             result == RESULT_SILENT);
    if (answered != NULL) {
        const Comity__PingAnswered *said = answered->letter->ping_answered;
        put_checks(e, said, letter_sent_ms(answered));
        put_share(e, METRIC_REACH_FIRST, SIDE_R, 0, start_ms, 0, said->by_phone ? STAT_MISSED : STAT_DONE);
    } else if (result == RESULT_SILENT) {
        put_share(e, METRIC_REACH_FIRST, SIDE_R, 0, start_ms, 0, STAT_MISSED);
    }
}

void case_metrics(const struct case_fold *fold, const struct metric_scene *scene)
{
    struct case_history history;
    struct events events = {.history = &history, .scene = scene, .event = scene->base};
    events.event.urgency = fold->urgency;
    if (fold->machine == MACHINE_NONE || fold->machine == MACHINE_LINK) {
        return;
    }
    case_history_read(&history, fold);
    if (fold->machine == MACHINE_PING) {
        put_ping(&events);
    } else if (history.merged) {
        put_duplicate(&events);
    } else {
        put_case(&events, fold->machine);
    }
}
