/* SPDX-License-Identifier: Apache-2.0 */
/* What a case is by its letters, against what it is shown as. */
#include <string.h>

#include "drills/oracle/case_model_private.h"
#include "drills/oracle/case_shown.h"

static void check_item(const struct model *m, const json_t *shown)
{
    size_t number = (size_t)json_integer_value(json_object_get(shown, "number"));
    if (number < 1 || number > m->count) {
        oracle_break(m->oracle, "I5", "case %.8s is shown with an item %zu, and by its letters it has %zu",
                     m->case_id, number, m->count);
        return;
    }
    const struct model_item *item = &m->items[number];
    const char *result = shown_text(shown, "result");
    if (strcmp(shown_text(shown, "state"), rule_state_word(item->state)) != 0 ||
        strcmp(result, item->result) != 0 || shown_ms(shown, "held_until") != item->until_ms) {
        oracle_break(m->oracle, "I5",
                     "item %zu of case %.8s is shown as %s%s%s until %s, and by its letters it is %s %s",
                     number, m->case_id, shown_text(shown, "state"), result[0] == '\0' ? "" : " ", result,
                     shown_text(shown, "held_until"), rule_state_word(item->state), item->result);
    }
}

static bool is_shown(const json_t *asks, const char *word, size_t number)
{
    for (size_t i = 0; i < json_array_size(asks); i++) {
        const json_t *ask = json_array_get(asks, i);
        if (strcmp(shown_text(ask, "ask"), word) == 0 &&
            json_integer_value(json_object_get(ask, "item")) == (json_int_t)number) {
            return true;
        }
    }
    return false;
}

static void check_asks(const struct model *m, const json_t *asks)
{
    for (size_t number = 0; number <= m->count; number++) {
        for (size_t i = 0; i < RULE_ASKS; i++) {
            const char *word = rule_asks()[i].word;
            bool open = m->items[number].asks[i].open;
            if (open != is_shown(asks, word, number)) {
                oracle_break(m->oracle, "I5",
                             "ask %s on item %zu of case %.8s is shown as %s, and by its letters it is not",
                             word, number, m->case_id, open ? "closed" : "open");
            }
        }
    }
}

/* I11: what is asked for has a date, so that it does not wait for ever. */
static void check_clocks(const struct model *m, const json_t *owed)
{
    for (size_t number = 0; number <= m->count; number++) {
        for (size_t i = 0; i < RULE_ASKS; i++) {
            const struct rule_ask *ask = &rule_asks()[i];
            bool runs = !m->items[number].asks[i].open;
            for (size_t k = 0; k < json_array_size(owed); k++) {
                const json_t *due = json_array_get(owed, k);
                runs |= rule_has_word(ask->clocks, shown_text(due, "what")) &&
                        json_integer_value(json_object_get(due, "item")) == (json_int_t)number;
            }
            if (!runs) {
                oracle_break(m->oracle, "I11", "ask %s on item %zu of case %.8s waits without a date",
                             ask->word, number, m->case_id);
            }
        }
    }
}

void model_check_view(const struct model *m, const json_t *view)
{
    const json_t *items = json_object_get(view, "items");
    if (json_array_size(items) != m->count) {
        oracle_break(m->oracle, "I5", "case %.8s is shown with %zu items, and by its letters it has %zu",
                     m->case_id, json_array_size(items), m->count);
    }
    for (size_t i = 0; i < json_array_size(items); i++) {
        check_item(m, json_array_get(items, i));
    }
    check_asks(m, json_object_get(view, "asks"));
    check_clocks(m, json_object_get(view, "owed"));
}
