/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Domestic orders in a State where they last so many days (terms: order_days): recorded when one is served, renewed by somebody at the
 * desk before it ends, and ended when nothing is held under it any more.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/ensure.h"
#include "drills/actors/unit.h"

#define LEAD_MS                                                                                              \
    (10 *                                                                                                    \
     MS_PER_DAY) /* before its end somebody looks at it; at half its time where it is shorter than twice that */
#define RETRY_MS (10 * MS_PER_MINUTE)

static uint64_t lasts_ms(const struct unit *unit)
{
    return unit->of->state->terms.order_days * MS_PER_DAY;
}

static void lie_on_desk(void *context, uint64_t number)
{
    struct unit *unit = context;
    const struct order *order = &unit->orders[number];
    struct file *file = unit->files[order->file];
    desk_put(unit->desk,
             &(struct desk_task){.owner = UNIT_ORDER + number,
                                 .cannot_wait = file_cannot_wait(file),
                                 .needs_ms = file_draw(file, SCENARIO_TASK_EXTEND, order->until_ms)});
}

static void look_before_the_end(struct unit *unit, size_t number)
{
    uint64_t lead = 2 * LEAD_MS < lasts_ms(unit) ? LEAD_MS : lasts_ms(unit) / 2;
    agenda_put(unit->actors->setup.agenda, unit->orders[number].until_ms - lead, lie_on_desk, unit, number);
}

/* The items of a letter, as the register names them. */
static json_t *items_under(const struct file *file, const json_t *items)
{
    json_t *list = json_array();
    size_t i = 0;
    json_t *number = NULL;
    json_array_foreach(items, i, number)
    {
        json_t *item = json_pack("{s:s, s:O}", "case", file->id, "item", number);
        ensure(item != NULL && json_array_append_new(list, item) == 0);
    }
    return list;
}

void order_served(struct file *file, const json_t *ordered)
{
    struct unit *unit = file->unit;
    const struct writer writer = file_writer(file);
    const uint64_t until_ms = writer.now_ms + lasts_ms(unit);
    json_t *answer = NULL;
    if (lasts_ms(unit) == 0) {
        return;
    }
    json_t *body = json_pack("{s:O, s:s, s:o, s:o, s:o}", "custodian", json_object_get(ordered, "custodian"),
                             "reference", file->reference, "served", write_moment(&writer, writer.now_ms),
                             "until", write_moment(&writer, until_ms), "items",
                             items_under(file, json_object_get(ordered, "items")));
    ensure(body != NULL);
    if (unit_command(unit, VERB_ORDER_PUT, "", body, &answer) == 200) {
        unit->orders = realloc(unit->orders, (unit->order_count + 1) * sizeof *unit->orders);
        ensure(unit->orders != NULL);
        unit->orders[unit->order_count] =
            (struct order){.n = (uint64_t)json_integer_value(json_object_get(answer, "order")),
                           .file = file->index,
                           .until_ms = until_ms};
        look_before_the_end(unit, unit->order_count++);
    }
    json_decref(body);
    json_decref(answer);
}

/* Is something of the case still held, or to be? */
static bool is_needed(struct file *file)
{
    json_t *view = file_view(file);
    bool needed = view == NULL || casework_holds(view);
    json_decref(view);
    return needed;
}

void order_looked_at(struct unit *unit, size_t number)
{
    struct order *order = &unit->orders[number];
    struct file *file = unit->files[order->file];
    const struct writer writer = file_writer(file);
    const uint64_t until_ms = order->until_ms + lasts_ms(unit);
    char target[32], why[320];
    bool renews = is_needed(file);
    json_t *body = renews ? json_pack("{s:o}", "until", write_moment(&writer, until_ms)) : json_object();
    json_t *answer = NULL;
    (void)snprintf(target, sizeof target, "%" PRIu64, order->n);
    unsigned status = unit_command(unit, renews ? VERB_ORDER_RENEW : VERB_ORDER_END, target, body, &answer);
    if (status == 200 && renews) {
        order->until_ms = until_ms;
        file_said(file, SCENARIO_EVENT_NONE, "order renewed", 0, target);
        look_before_the_end(unit, number);
    } else if (status == 0 || status == 503) {
        agenda_put(unit->actors->setup.agenda, unit_now(unit) + RETRY_MS, lie_on_desk, unit, number);
    } else if (status != 200) {
        unit_why(why, status, answer);
        file_said(file, SCENARIO_EVENT_NONE, "trouble", 0, why);
    }
    json_decref(body);
    json_decref(answer);
}
