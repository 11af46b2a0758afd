/* SPDX-License-Identifier: Apache-2.0 */
/* A case that another party of the requested State had before: its items, asks and clocks as TAKEN_OVER restates them (restated.h). */
#include <string.h>

#include "nodes/fold_private.h"
#include "nodes/restated.h"

static uint64_t ms_of(const Comity__Instant *instant)
{
    int64_t ms = instant_of(instant).ms;
    return ms < 0 ? 0 : (uint64_t)ms;
}

static uint64_t later(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* --- items --- */

static enum item_result read_result(const char *word)
{
    for (unsigned i = RESULT_NONE + 1; i < ITEM_RESULTS; i++) {
        if (strcmp(item_result_name((enum item_result)i), word) == 0) {
            return (enum item_result)i;
        }
    }
    return RESULT_NONE;
}

static void restate_item(struct folding *w, struct case_item *item, const Comity__Restated *restated)
{
    enum item_state state = ITEM_ASKED;
    item->restated = true;
    if (!restated_state(w->fold->machine, restated->state, &state)) {
        return;
    }
    item_move(w, item, state, state == ITEM_ENDED ? read_result(restated->result) : RESULT_NONE);
    item->held_from = instant_of(restated->held_from);
    item->hold_until = instant_of(restated->hold_until);
    item->grace_until_ms = item->hold_until.ms == 0 ? 0 : (uint64_t)item->hold_until.ms + GRACE_MS;
    item->grace_until_ms = later(item->grace_until_ms, ms_of(restated->grace_until));
    item->zone = restated->zone;
    item->data_dies_ms = restated->data_dies == NULL ? item->data_dies_ms : ms_of(restated->data_dies);
    for (size_t i = 0; i < restated->n_links && state != ITEM_ENDED; i++) {
        link_restate(w, item, restated->links[i]);
    }
}

/* --- asks and clocks --- */

/* The item of that number; NULL: the case has none. */
static const struct case_item *item_numbered(const struct folding *w, uint32_t number)
{
    return number == 0 || number > w->fold->item_count ? NULL : &w->fold->items[number - 1];
}

static void restate_ask(struct folding *w, const Comity__OpenAsk *restated)
{
    const enum ask_kind kind = restated_ask(w->fold->machine, restated->ask);
    struct case_ask ask = {.kind = kind,
                           .owed_by = restated_ask_owed_by(w->fold->machine, kind),
                           .blocking = restated->blocking,
                           .late = restated->late,
                           .default_stop = restated->default_stop,
                           .times = restated->times == 0 ? 1 : restated->times,
                           .since_ms =
                               restated->since == NULL ? w->letter->signed_ms : ms_of(restated->since),
                           .by_ms = ms_of(restated->by)};
    if (kind == ASK_NONE) {
        return;
    }
    if (ask_is_of_case(kind)) {
        ask_restate(w, &ask);
    }
    for (size_t i = 0; i < restated->n_items && !ask_is_of_case(kind); i++) {
        const struct case_item *item = item_numbered(w, restated->items[i]);
        if (item != NULL && (ask_rule(kind)->closed_by & STATE_BIT(item->state)) == 0) {
            ask.item = item->number;
            ask_restate(w, &ask);
        }
    }
}

/* What follows from the date of a hold does so here, too. */
static bool is_of_hold(const struct clock_rule *rule)
{
    return rule->spans[0].kind == SPAN_HOLD_END || rule->spans[0].kind == SPAN_HOLD_LEAD;
}

static void restate_due(struct folding *w, const Comity__OpenDue *restated)
{
    size_t count = 0;
    const struct clock_rule *rules = clock_rules(&count);
    struct case_due due = {.own_date = true,
                           .roster = w->letter->roster,
                           .paused = restated->paused_from != NULL,
                           .when_ms = ms_of(restated->when),
                           .start_ms = ms_of(restated->since),
                           .paused_from_ms = ms_of(restated->paused_from)};
    if (!restated_clock(w->fold->machine, restated->clock, &due.clock)) {
        return;
    }
    due.owed_by = restated_clock_owed_by(w->fold->machine, due.clock);
    if (!rules[due.clock].per_item) {
        clock_restate(w, &due);
    }
    for (size_t i = 0; i < restated->n_items && rules[due.clock].per_item; i++) {
        const struct case_item *item = item_numbered(w, restated->items[i]);
        if (item != NULL && is_of_hold(&rules[due.clock])) {
            clock_start(w, due.clock, item);
        } else if (item != NULL) {
            due.item = item->number;
            clock_restate(w, &due);
        }
    }
}

bool case_restate(struct folding *w, const Comity__TakenOver *taken)
{
    for (size_t i = 0; i < taken->n_restated; i++) {
        uint32_t number = taken->restated[i]->item;
        if (item_numbered(w, number) != NULL) {
            restate_item(w, &w->fold->items[number - 1], taken->restated[i]);
        }
    }
    for (size_t i = 0; i < taken->n_asks; i++) {
        restate_ask(w, taken->asks[i]);
    }
    for (size_t i = 0; i < taken->n_dues; i++) {
        restate_due(w, taken->dues[i]);
    }
    for (size_t i = 0; i < w->fold->ask_count; i++) {
        ask_start(w, &w->fold->asks[i]);
    }
    return taken->n_dues != 0;
}
