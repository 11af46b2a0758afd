/* SPDX-License-Identifier: Apache-2.0 */
/* ALARMS, SEEN, HOOKED: what was said of dates (watch.h), who has seen it, and what the hook program was told. */
#include <stdlib.h>
#include <string.h>

#include "nodes/view.h"
#include "nodes/watch.h"

#define ALARMS_MAX 1000
#define HOOKS_MAX  32
#define SEEN_MAX   1000
#define HOOK_AGE_MAX                                                                                         \
    MS_PER_DAY /* what is older tells nobody anything: it is given up, and that is told (I10) */

/* No name, no number, no word of the case: it may be told to anybody. row: of its case; NULL: not known. */
static json_t *alarm_json(struct call *call, const struct alarm_row *alarm, const struct case_row *row)
{
    const struct watch *watch = &alarm->watch;
    json_t *json = json_object();
    put_number(call, json, "alarm", alarm->n);
    put_hex(call, json, "case", bytes_of(watch->id.bytes, sizeof watch->id.bytes));
    put_text(call, json, "what", line_clock_text(watch->clock));
    if (watch->item != 0 && watch->clock != CLOCK_FAILED) {
        put_number(call, json, watch->clock == CLOCK_RENEW ? "order" : "item", watch->item);
    }
    put_text(call, json, "to", watch_who_word(watch_who(watch, alarm->step)));
    put_number(call, json, "step", alarm->step);
    put_text(call, json, "urgency",
             watch->urgency == URGENCY_NONE ? "ROUTINE" : urgency_name((uint32_t)watch->urgency));
    put_ms(call, json, "due", watch->due_ms);
    put_ms(call, json, "raised", alarm->raised_ms);
    put_true(call, json, "exercise", row != NULL && row->has_exercise);
    return json;
}

/* What is for the people of this party alone. */
static void put_rest(struct call *call, json_t *json, const struct alarm_row *alarm,
                     const struct case_row *row)
{
    if (row != NULL) {
        put_text(call, json, "who", view_side_address(row, row->own_side == SIDE_Q ? SIDE_R : SIDE_Q));
        put_text(call, json, "reference", row->q_reference);
    }
    put_ms(call, json, "seen", alarm->seen_ms);
    put_text(call, json, "seen_by", alarm->seen_by);
}

static bool is_one(struct call *call, const char *name)
{
    const char *value = query_value(call, name);
    return value != NULL && strcmp(value, "1") == 0;
}

static bool is_old(const struct alarm_row *alarm, uint64_t now_ms)
{
    return alarm->raised_ms + HOOK_AGE_MAX < now_ms;
}

void view_hook_trouble(struct call *call, json_t *json)
{
    if (call->node->live.hook_failing != 0) {
        put_number(call, json, "hook_failing", call->node->live.hook_failing);
    }
}

void view_alarms(struct call *call)
{
    const char *after = query_value(call, "after");
    bool hook = is_one(call, "hook");
    uint64_t now = call->now.ms;
    struct alarm_row *rows = arena_zero(call->arena, ALARMS_MAX, sizeof *rows);
    if (rows == NULL) {
        answer_too_large(call);
        return;
    }
    size_t max = hook ? HOOKS_MAX : ALARMS_MAX;
    size_t count = hook ? store_alarms_untold(call->node->store, max, rows)
                        : store_alarms(call->node->store, after == NULL ? 0 : strtoull(after, NULL, 10),
                                       !is_one(call, "all"), max, call->arena, rows);
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        struct case_row row;
        bool known = case_get(call->node, &rows[i].watch.id, call->arena, &row);
        json_t *json = alarm_json(call, &rows[i], known ? &row : NULL);
        if (hook) {
            put_true(call, json, "old", is_old(&rows[i], now));
        } else {
            put_rest(call, json, &rows[i], known ? &row : NULL);
        }
        append(call, list, json);
    }
    json_t *json = json_object();
    put_text(call, json, "party", call->node->options.party.text);
    put_ms(call, json, "now", now);
    put(call, json, "alarms", list);
    view_hook_trouble(call, json);
    if (count == max) {
        put_number(call, json, "more", rows[count - 1].n);
    }
    answer_json(call, json);
}

/* {"alarms": [1, 2]} */
void command_seen(struct call *call)
{
    const json_t *list = body_member(call, "alarms");
    size_t count = json_array_size(list);
    if (count == 0 || count > SEEN_MAX) {
        answer_error(call, 400, "MALFORMED", "name 1 to 1,000 alarms by their numbers",
                     "\"alarms\" names no alarms");
        return;
    }
    for (size_t i = 0; i < count; i++) {
        json_int_t n = json_integer_value(json_array_get(list, i));
        if (n <= 0 || !store_alarm_seen(call->node->store, (uint64_t)n, call->now.ms, call->command->actor)) {
            answer_error(call, 404, "NOT_FOUND", "list them: comity alarms --all", "there is no alarm %lld",
                         (long long)n);
            return; /* those before it are seen all the same */
        }
        call->changed = true;
    }
    json_t *json = json_object();
    put_number(call, json, "seen", count);
    answer_json(call, json);
}

/* {"told": true}, or false: it could not be, and is tried again; one that is old is given up. */
void command_hooked(struct call *call)
{
    uint64_t n = strtoull(call->command->target, NULL, 10);
    bool told = json_is_true(body_member(call, "told"));
    struct alarm_row row;
    bool known =
        n != 0 && store_alarms(call->node->store, n - 1, false, 1, call->arena, &row) == 1 && row.n == n;
    bool ends = told || (known && is_old(&row, call->now.ms));
    if (!known || (ends && !store_alarm_told(call->node->store, n, call->now.ms))) {
        answer_error(call, 404, "NOT_FOUND", "list them: comity alarms --all",
                     "there is no alarm of that number that is still to be told");
        return;
    }
    if (!told) {
        node_event(call->turn, EVENT_HOOK_FAILED, "alarm=%llu given_up=%d", (unsigned long long)n,
                   ends ? 1 : 0);
    }
    call->node->live.hook_failing = told ? 0 : call->node->live.hook_failing + (ends ? 0 : 1);
    call->changed = ends;
    json_t *json = json_object();
    put_number(call, json, "alarm", n);
    answer_json(call, json);
}
