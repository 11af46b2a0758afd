/* SPDX-License-Identifier: Apache-2.0 */
/* The letter that opens a case: its items, and what one that goes on from another case restates. */
#include <string.h>

#include "drills/oracle/case_model_private.h"
#include "drills/oracle/case_shown.h"

const char *model_urgency_of(const json_t *request)
{
    return shown_text(json_object_get(request, "necessity"), "urgency");
}

static size_t items_of(const json_t *request, const struct rule_machine *machine)
{
    size_t count = json_array_size(json_object_get(request, "items"));
    return count == 0 && !machine->lists_items ? 1 : count;
}

static void restate(struct model *m, const json_t *restated)
{
    size_t number = (size_t)json_integer_value(json_object_get(restated, "item"));
    char state = rule_state_of(shown_text(restated, "state"));
    if (number < 1 || number > m->count || state == '\0' || strchr(m->machine->states, state) == NULL) {
        return;
    }
    struct model_item *item = &m->items[number];
    item->state = state;
    item->result = state == 'Z' ? shown_text(restated, "result") : "";
    item->until_ms = shown_ms(restated, "holdUntil");
    item->grace_ms = item->until_ms == 0 ? 0 : item->until_ms + GRACE_MS;
    int64_t grace_ms = shown_ms(restated, "graceUntil");
    item->grace_ms = grace_ms > item->grace_ms ? grace_ms : item->grace_ms;
    const json_t *links = json_object_get(restated, "links");
    for (size_t i = 0; state != 'Z' && i < json_array_size(links); i++) {
        model_add_link(m, number, json_string_value(json_array_get(links, i)), "");
    }
}

/* An ask that stood when the case moved, as it stood. */
static void restate_ask(struct model *m, const json_t *restated)
{
    size_t kind = model_ask_named(shown_text(restated, "ask"));
    const json_t *items = json_object_get(restated, "items");
    if (kind >= RULE_ASKS || !rule_may_ask(m->machine->type, rule_asks()[kind].word)) {
        return;
    }
    const struct rule_ask *rule = &rule_asks()[kind];
    int64_t times = json_integer_value(json_object_get(restated, "times"));
    int64_t since_ms = shown_ms(restated, "since");
    const struct model_ask ask = {.open = true,
                                  .owed_by = rule->owed_by == '*' ? 'R' : rule->owed_by,
                                  .times = times <= 0 ? 1 : (unsigned)times,
                                  .since_ms = since_ms == 0 ? m->signed_ms : since_ms,
                                  .by_ms = shown_ms(restated, "by"),
                                  .accepted_ms = shown_ms(m->letter, "accepted"),
                                  .blocking = json_is_true(json_object_get(restated, "blocking")),
                                  .default_stop = json_is_true(json_object_get(restated, "defaultStop"))};
    if (!rule->per_item) {
        m->items[0].asks[kind] = ask;
    }
    for (size_t i = 0; i < json_array_size(items) && rule->per_item; i++) {
        size_t number = (size_t)json_integer_value(json_array_get(items, i));
        if (number >= 1 && number <= m->count && strchr(rule->closed_by, m->items[number].state) == NULL) {
            m->items[number].asks[kind] = ask;
        }
    }
}

void model_open_case(struct model *m)
{
    bool whole = strcmp(m->kind, "REQUEST") == 0;
    const json_t *request = whole ? m->body : json_object_get(m->body, "request");
    const char *type = shown_text(request, "type");
    m->machine = rule_machine(type[0] == '\0' ? "PRESERVE" : type);
    m->rule = m->machine == NULL ? NULL : rule_of(m->machine->type, m->kind, m->body);
    if (m->rule == NULL) {
        m->machine = NULL;
        return;
    }
    m->urgency = model_urgency_of(request);
    model_add_items(m, items_of(request, m->machine));
    const json_t *restated = json_object_get(m->body, "restated");
    for (size_t i = 0; i < json_array_size(restated); i++) {
        restate(m, json_array_get(restated, i));
    }
    const json_t *asks = json_object_get(m->body, "asks");
    for (size_t i = 0; i < json_array_size(asks); i++) {
        restate_ask(m, json_array_get(asks, i));
    }
    model_open_asks(m, 0, false);
}
