/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/oracle/case_model.h"

#include <string.h>

#include "drills/oracle/case_model_private.h"
#include "drills/oracle/case_shown.h"

#define CLOCKS_APART_MS (INT64_C(10) * 60 * 1000) /* signed to created to accepted: 5 minutes each */

/* --- which items --- */

static bool list_names(const json_t *list, size_t number)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        if (json_integer_value(json_array_get(list, i)) == (json_int_t)number) {
            return true;
        }
    }
    return false;
}

struct target {
    bool named, all, blocking;
};

/* A question names items of its own. */
static struct target target_of(const struct model *m, size_t number)
{
    const json_t *questions = json_object_get(m->body, "questions");
    const json_t *list = json_object_get(m->body, "items");
    struct target t = {.named = list_names(list, number), .all = json_array_size(list) == 0};
    bool asked = strcmp(m->kind, "INFO_ASKED") == 0;
    t.all = (t.all && !asked) || strcmp(m->kind, "REQUEST") == 0; /* which brings its items */
    for (size_t i = 0; asked && i < json_array_size(questions); i++) {
        const json_t *question = json_array_get(questions, i);
        const json_t *of = json_object_get(question, "items");
        bool here = list_names(of, number), everywhere = json_array_size(of) == 0;
        t.named |= here;
        t.all |= everywhere;
        t.blocking |= (here || everywhere) && json_is_true(json_object_get(question, "blocking"));
    }
    return t;
}

static bool list_beyond(const struct model *m, const json_t *list)
{
    bool beyond = false;
    for (size_t i = 0; i < json_array_size(list); i++) {
        json_int_t number = json_integer_value(json_array_get(list, i));
        beyond |= number < 1 || (size_t)number > m->count;
    }
    return beyond;
}

/* Does it name an item that there is not? One that was signed before a supplement turned out void may. */
static bool names_beyond(const struct model *m)
{
    const json_t *questions = json_object_get(m->body, "questions");
    bool beyond = strcmp(m->kind, "REQUEST") != 0 && list_beyond(m, json_object_get(m->body, "items"));
    for (size_t i = 0; strcmp(m->kind, "INFO_ASKED") == 0 && i < json_array_size(questions); i++) {
        beyond |= list_beyond(m, json_object_get(json_array_get(questions, i), "items"));
    }
    return beyond;
}

/* --- what a letter does to them --- */

/* An extension asked of what had expired: in time by the broker's clock, or not at all. */
static bool is_in_time(const struct model *m, const struct model_item *item)
{
    int64_t accepted_ms = shown_ms(m->letter, "accepted");
    return strcmp(item->result, "EXPIRED") == 0 && accepted_ms <= item->until_ms;
}

static bool has_effect(struct model *m, size_t number, const char *cell)
{
    if (strcmp(cell, "dup") == 0) {
        return m->items[0].asks[model_ask_named("ORAL")].open &&
               strcmp(shown_text(m->body, "type"), m->machine->type) == 0;
    }
    if (strcmp(cell, "late") == 0) {
        return is_in_time(m, &m->items[number]);
    }
    return strcmp(cell, "void") != 0 && strcmp(cell, "-") != 0 && model_needs_hold(m, number);
}

static void apply(struct model *m, size_t number, const char *cell, bool blocking)
{
    struct model_item *item = &m->items[number];
    const char before = item->state;
    model_close_asks(m, number, m->rule->answers);
    if (m->rule->side == 'R' || strcmp(cell, "ask") == 0 || strcmp(cell, "late") == 0) {
        model_open_asks(m, number, blocking);
    }
    model_remember(m, item);
    model_apply_cell(m, number, cell);
    if (item->state != before) {
        model_close_by_state(m, number, item->state);
    }
}

static bool all_ended(const struct model *m)
{
    bool all = m->count != 0;
    for (size_t i = 1; i <= m->count; i++) {
        all = all && m->items[i].state == 'Z';
    }
    return all;
}

static void differs(const struct model *m, const char *what)
{
    oracle_break(m->oracle, "I5",
                 "letter %.8s (%s) of case %.8s is shown as %s, and by the case before it it %s",
                 shown_text(m->letter, "id"), m->kind, m->case_id, shown_text(m->letter, "effect"), what);
}

/* I11: nothing is released as expired before its date and its grace, by either clock, or while something waits. */
static void check_expiry(const struct model *m, size_t number)
{
    const struct model_item *item = &m->items[number];
    int64_t accepted_ms = shown_ms(m->letter, "accepted");
    const char *why = m->signed_ms < item->grace_ms ? "before its date and its grace"
                      : accepted_ms != 0 && accepted_ms + CLOCKS_APART_MS < item->grace_ms
                          ? "before its date and its grace, by the broker's clock"
                      : model_any_open(m, number, "EXTEND") ? "while an extension was asked for"
                      : model_any_open(m, number, "NOTICE") ? "while a request for assistance was announced"
                                                            : NULL;
    if (why != NULL) {
        oracle_break(m->oracle, "I11", "letter %.8s of case %.8s released item %zu as expired %s",
                     shown_text(m->letter, "id"), m->case_id, number, why);
    }
}

static bool is_expiry(const struct model *m)
{
    return strcmp(m->kind, "RELEASED") == 0 && strcmp(m->rule->why, "EXPIRED") == 0;
}

static void supplement(struct model *m)
{
    size_t count = json_array_size(json_object_get(m->body, "items"));
    json_int_t first = json_integer_value(json_object_get(m->body, "firstItem"));
    bool takes = !all_ended(m) && first == (json_int_t)m->count + 1 && count <= MODEL_ITEMS_MAX - m->count;
    if (takes != m->took) {
        differs(m, takes ? "adds items" : "has no effect");
    }
    if (takes) {
        model_add_items(m, count);
    }
}

/* Is it shown as what it is? A letter of R has to fit each item that it names, one of Q any. */
static bool fits(struct model *m, bool applies[MODEL_ITEMS_MAX + 1])
{
    bool any = false, good = !names_beyond(m);
    for (size_t i = 1; i <= m->count; i++) {
        char room[RULE_CELL_TEXT];
        const struct target t = target_of(m, i);
        bool has = has_effect(m, i, rule_cell(m->rule, m->items[i].state, room));
        if (m->took && t.named && is_expiry(m)) {
            check_expiry(m, i);
        }
        applies[i] = has && (t.named || t.all);
        any |= applies[i];
        good = good && (has || !t.named || m->rule->side == 'Q');
    }
    return any && good;
}

static void take(struct model *m)
{
    bool applies[MODEL_ITEMS_MAX + 1] = {false}, opens = m->rule->side == 'R';
    bool fit = fits(m, applies);
    if (fit != m->took) {
        differs(m, fit ? "has an effect" : "has none");
    }
    bool confirms = fit && strcmp(m->kind, "REQUEST") == 0;
    if (!fit) {
        return;
    }
    m->urgency = confirms ? model_urgency_of(m->body) : m->urgency;
    if (confirms && json_array_size(json_object_get(m->body, "items")) > m->count) {
        model_add_items(m, json_array_size(json_object_get(m->body, "items")) - m->count);
    }
    for (size_t i = 1; i <= m->count; i++) {
        char room[RULE_CELL_TEXT];
        const char *cell = rule_cell(m->rule, m->items[i].state, room);
        if (applies[i] && is_expiry(m)) {
            check_expiry(m, i);
        }
        opens |= applies[i] && (strcmp(cell, "ask") == 0 || strcmp(cell, "late") == 0);
        if (applies[i] || confirms) {
            apply(m, i, cell, target_of(m, i).blocking);
        }
    }
    model_close_asks(m, 0, m->rule->answers);
    if (opens || confirms) {
        model_open_asks(m, 0, false);
    }
    if (all_ended(m)) {
        model_close_by_state(m, 0, 'Z');
    }
}

static void take_letter(struct model *m, const json_t *letter)
{
    const char *effect = shown_text(letter, "effect");
    bool of_q = strcmp(shown_text(letter, "by"), m->q) == 0;
    m->letter = letter;
    m->kind = shown_text(letter, "letter");
    m->body = shown_body(letter);
    m->signed_ms = shown_ms(letter, "signed");
    m->took = strcmp(effect, "FOLDED") == 0 || strcmp(effect, "NOTED") == 0;
    if (!m->took && strcmp(effect, "VOID") != 0 && strcmp(effect, "BREACH") != 0) {
        return; /* not in effect */
    }
    if (m->machine == NULL) {
        if (m->took && rule_has_word("REQUEST ORAL_NOTED TAKEN_OVER", m->kind)) {
            model_open_case(m);
        }
        return;
    }
    m->rule = rule_of(m->machine->type, m->kind, m->body);
    if (m->rule == NULL || m->rule->side != (of_q ? 'Q' : 'R')) {
        if (m->took) {
            differs(m, "is no letter of that side in such a case");
        }
    } else if (strcmp(m->kind, "SUPPLEMENT") == 0) {
        supplement(m);
    } else {
        take(m);
    }
}

void case_model_check(struct oracle *o, const char *case_id, const json_t *view)
{
    struct model m = {.oracle = o, .case_id = case_id, .q = shown_text(view, "from")};
    const json_t *letters = json_object_get(view, "letters");
    for (size_t i = 0; i < json_array_size(letters); i++) {
        take_letter(&m, json_array_get(letters, i));
    }
    if (m.machine != NULL) {
        model_check_view(&m, view);
    }
}
