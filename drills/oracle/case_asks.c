/* SPDX-License-Identifier: Apache-2.0 */
/* What is asked of whom in a case: opened and closed by letters, and by items that reach a state. */
#include <string.h>

#include "drills/oracle/case_model_private.h"
#include "drills/oracle/case_shown.h"

size_t model_ask_named(const char *word)
{
    size_t i = 0;
    while (i < RULE_ASKS && strcmp(rule_asks()[i].word, word) != 0) {
        i++;
    }
    return i;
}

bool model_any_open(const struct model *m, size_t number, const char *asks)
{
    bool any = false;
    for (size_t i = 0; i < RULE_ASKS; i++) {
        any |= rule_has_word(asks, rule_asks()[i].word) &&
               (m->items[number].asks[i].open || m->items[0].asks[i].open);
    }
    return any;
}

int64_t model_by_ms(const struct model *m)
{
    static const char *const members[] = {"by",    "writtenBy", "executeBy",    "reviewAt",
                                          "until", "outcomeBy", "translationBy"};
    static const char *const kinds[] = {"INFO_ASKED WARNING CONSULT CONDITIONS COST_ASK EVIDENCE AGREED",
                                        "ORAL_NOTED",
                                        "ADMITTED",
                                        "POSTPONED",
                                        "DELAY",
                                        "DISCLOSED",
                                        "REQUEST"};
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        if (rule_has_word(kinds[i], m->kind)) {
            return shown_ms(m->body, members[i]);
        }
    }
    return 0;
}

int64_t model_ask_by_ms(const struct model *m, const struct model_ask *ask, size_t kind)
{
    int64_t least_ms = ask->accepted_ms + rule_least_ms(m->machine->type, rule_asks()[kind].word, m->urgency);
    return ask->accepted_ms == 0 ? 0 : ask->by_ms > least_ms ? ask->by_ms : least_ms;
}

/* Put again before its answer is due it reminds nobody. */
static bool reminds(const struct model *m, const struct model_ask *ask, size_t kind)
{
    int64_t by_ms = model_ask_by_ms(m, ask, kind);
    return by_ms != 0 && shown_ms(m->letter, "accepted") >= by_ms;
}

static void open_ask(struct model *m, size_t number, size_t kind, bool blocking)
{
    struct model_ask *ask = &m->items[number].asks[kind];
    char owes = rule_asks()[kind].owed_by;
    if (ask->open && m->rule->side == 'Q') {
        return; /* it stands as it was put first */
    }
    if (!ask->open) {
        *ask = (struct model_ask){.open = true,
                                  .owed_by = owes != '*'            ? owes
                                             : m->rule->side == 'Q' ? 'R'
                                                                    : 'Q',
                                  .since_ms = m->signed_ms};
    }
    ask->times += ask->times == 0 || reminds(m, ask, kind);
    ask->blocking |= blocking;
    ask->by_ms = model_by_ms(m);
    ask->accepted_ms = shown_ms(m->letter, "accepted");
    ask->default_stop =
        strcmp(m->kind, "WARNING") == 0 && json_is_true(json_object_get(m->body, "defaultStop"));
}

/* Of the list, those of an item, or (number 0) of the case; a translation only where one is announced. */
void model_open_asks(struct model *m, size_t number, bool blocking)
{
    for (size_t i = 0; i < RULE_ASKS; i++) {
        bool said = strcmp(rule_asks()[i].word, "TRANSLATION") != 0 || model_by_ms(m) != 0;
        if (rule_asks()[i].per_item == (number != 0) && rule_has_word(m->rule->opens, rule_asks()[i].word) &&
            said) {
            open_ask(m, number, i, blocking);
        }
    }
}

void model_close_asks(struct model *m, size_t number, const char *list)
{
    for (size_t i = 0; i < RULE_ASKS; i++) {
        if (rule_has_word(list, rule_asks()[i].word)) {
            m->items[number].asks[i].open = false;
        }
    }
}

void model_close_by_state(struct model *m, size_t number, char state)
{
    for (size_t i = 0; i < RULE_ASKS; i++) {
        if (strchr(rule_asks()[i].closed_by, state) != NULL) {
            m->items[number].asks[i].open = false;
        }
    }
}
