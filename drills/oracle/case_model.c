/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/oracle/case_model.h"

#include <string.h>

#include "drills/oracle/case_model_private.h"
#include "drills/oracle/case_shown.h"

#define CLOCKS_APART_MS (INT64_C(10) * 60 * 1000) /* signed to created to accepted: 5 minutes each */

/* --- asks --- */

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
static void open_asks(struct model *m, size_t number, bool blocking)
{
    for (size_t i = 0; i < RULE_ASKS; i++) {
        bool said = strcmp(rule_asks()[i].word, "TRANSLATION") != 0 || model_by_ms(m) != 0;
        if (rule_asks()[i].per_item == (number != 0) && rule_has_word(m->rule->opens, rule_asks()[i].word) &&
            said) {
            open_ask(m, number, i, blocking);
        }
    }
}

static void close_asks(struct model *m, size_t number, const char *list)
{
    for (size_t i = 0; i < RULE_ASKS; i++) {
        if (rule_has_word(list, rule_asks()[i].word)) {
            m->items[number].asks[i].open = false;
        }
    }
}

static void close_by_state(struct model *m, size_t number, char state)
{
    for (size_t i = 0; i < RULE_ASKS; i++) {
        if (strchr(rule_asks()[i].closed_by, state) != NULL) {
            m->items[number].asks[i].open = false;
        }
    }
}

/* --- links --- */

static uint64_t bit_of(size_t number)
{
    return UINT64_C(1) << (number - 1);
}

static const char *mla_named(const struct model *m)
{
    return rule_has_word("MLA_RECEIVED MLA_NOTICE", m->kind) ? shown_text(m->body, "mlaCase") : "";
}

static bool is_link(const struct model_link *link, const char *reference, const char *mla)
{
    return (mla[0] != '\0' && strcmp(link->mla, mla) == 0) ||
           (reference[0] != '\0' && strcmp(link->reference, reference) == 0);
}

struct model_link *model_link(struct model *m, size_t number)
{
    const char *reference = shown_text(m->body, "reference");
    bool any = reference[0] == '\0' && mla_named(m)[0] == '\0';
    for (size_t i = 0; i < m->link_count; i++) {
        struct model_link *link = &m->links[i];
        if ((link->items & bit_of(number)) != 0 && (any || is_link(link, reference, mla_named(m)))) {
            return link;
        }
    }
    return NULL;
}

static void add_link(struct model *m, size_t number, const char *reference, const char *mla)
{
    size_t i = 0;
    while (i < m->link_count && !is_link(&m->links[i], reference, mla)) {
        i++;
    }
    if (i == MODEL_LINKS_MAX) {
        return;
    }
    if (i == m->link_count) {
        m->links[m->link_count++] = (struct model_link){.reference = reference, .mla = mla};
    }
    m->items[number].links += (m->links[i].items & bit_of(number)) == 0;
    m->links[i].items |= bit_of(number);
}

static void end_link(struct model *m, size_t number)
{
    struct model_link *link = model_link(m, number);
    if (link != NULL) {
        link->items &= ~bit_of(number);
        m->items[number].links--;
    }
}

/* --- what a letter does to one item --- */

static void move(struct model *m, size_t number, char to, const char *result)
{
    struct model_item *item = &m->items[number];
    if (item->state == 'Z') { /* what was promised and said before is over */
        struct model_item anew = {.links = 0};
        memcpy(anew.asks, item->asks, sizeof anew.asks);
        *item = anew;
    }
    item->state = to;
    item->result = result;
    for (size_t i = 0; i < m->link_count && to == 'Z'; i++) {
        m->links[i].items &= ~bit_of(number);
    }
    item->links = to == 'Z' ? 0 : item->links;
}

static void promise(struct model *m, size_t number)
{
    struct model_item *item = &m->items[number];
    int64_t until_ms = rule_has_word("HELD EXTENDED MLA_ENDED", m->kind) ? shown_ms(m->body, "holdUntil") : 0;
    if (until_ms != 0) {
        item->until_ms = until_ms;
        item->grace_ms = until_ms + GRACE_MS;
    }
}

static const char *by_cause(const json_t *body)
{
    const char *cause = shown_text(body, "cause");
    return rule_has_word("NOT_FOUND ELSEWHERE IMPOSSIBLE", cause) ? cause : "NOT_EXECUTED";
}

/* The results of the table, which outlive the cell's text. */
static const char *result_of(const struct model *m, const char *cell)
{
    static const char *const results[] = {
        "REFUSED",  "REFERRED",    "MOVED",     "EXPIRED", "WITHDRAWN",        "STOPPED",   "DISCLOSED",
        "LAW_END",  "UNCONFIRMED", "ABANDONED", "LOST",    "NOTHING_OBTAINED", "COMPLETED", "ANSWERED",
        "DECLINED", "TAKEN",       "REACHED",   "SILENT",  "NO_CONSENT",       "CLOSED"};
    if (strcmp(cell, "Z:?") == 0) {
        return by_cause(m->body);
    }
    for (size_t i = 0; cell[0] == 'Z' && i < sizeof results / sizeof results[0]; i++) {
        if (strcmp(cell + 2, results[i]) == 0) {
            return results[i];
        }
    }
    return "";
}

static void apply_cell(struct model *m, size_t number, const char *cell)
{
    struct model_item *item = &m->items[number];
    if (strcmp(cell, "H/M") == 0) {
        move(m, number, item->links == 0 ? 'H' : 'M', "");
        promise(m, number);
    } else if (strcmp(cell, ".+") == 0 || strcmp(cell, "M+") == 0) {
        add_link(m, number, shown_text(m->body, "reference"), mla_named(m));
        if (cell[0] == 'M') {
            move(m, number, 'M', "");
        }
    } else if (strcmp(cell, ".-") == 0 || strcmp(cell, "M-") == 0) {
        end_link(m, number);
        if (cell[0] == 'M' && item->links == 0) {
            move(m, number, 'H', "");
            promise(m, number);
        }
    } else if (strchr("AOHMZCPXDGL", cell[0]) != NULL) {
        move(m, number, cell[0], result_of(m, cell));
        if (cell[0] != 'Z') {
            promise(m, number);
        }
    }
}

/* --- what is remembered of it --- */

static bool names_final(const struct model *m, const struct model_item *item)
{
    const json_t *numbers = json_object_get(m->body, "parts");
    bool names = json_array_size(numbers) == 0;
    for (size_t i = 0; i < json_array_size(numbers); i++) {
        names |= json_integer_value(json_array_get(numbers, i)) == item->final_number;
    }
    return names && item->finals != 0;
}

static void remember(const struct model *m, struct model_item *item)
{
    const char *kind = m->kind, *why = m->rule->why;
    if (strcmp(kind, "WARNING") == 0 && strcmp(shown_text(m->body, "kind"), "CANNOT_CONTINUE") == 0 &&
        item->cannot_continue_ms == 0) {
        item->cannot_continue_ms = m->signed_ms;
    } else if (strcmp(kind, "CONDITIONS") == 0) {
        item->put = true;
        item->accepted = false;
    } else if (strcmp(kind, "REPLY") == 0 && strcmp(why, "CONDITIONS") == 0) {
        item->put = true;
        item->accepted = strcmp(shown_text(m->body, "answer"), "ACCEPT") == 0;
    } else if (strcmp(kind, "EVIDENCE") == 0 && strcmp(why, "FINAL") == 0) {
        item->finals++;
        item->final_number = json_integer_value(json_object_get(m->body, "number"));
        item->final_accepted_ms = shown_ms(m->letter, "accepted");
        item->well = false;
    } else if (strcmp(kind, "EVIDENCE_RECEIPT") == 0 && names_final(m, item)) {
        item->well = strcmp(why, "OK") == 0;
    } else if (strcmp(kind, "MLA_ENDED") == 0) {
        item->assisted |= strcmp(shown_text(m->body, "why"), "COMPLETED") == 0;
    } else if (strcmp(kind, "STATUS") == 0 && strcmp(why, "NOTICE") == 0 && item->state == 'H' &&
               item->grace_ms < m->signed_ms + DAYS_MS(10)) {
        item->grace_ms = m->signed_ms + DAYS_MS(10); /* searched and not found: time to send it again */
    }
}

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

/* --- a letter --- */

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
    close_asks(m, number, m->rule->answers);
    if (m->rule->side == 'R' || strcmp(cell, "ask") == 0 || strcmp(cell, "late") == 0) {
        open_asks(m, number, blocking);
    }
    remember(m, item);
    apply_cell(m, number, cell);
    if (item->state != before) {
        close_by_state(m, number, item->state);
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

static void add_items(struct model *m, size_t count)
{
    for (size_t i = 0; i < count && m->count < MODEL_ITEMS_MAX; i++) {
        m->items[++m->count] = (struct model_item){.state = 'A', .result = ""};
    }
}

static const char *urgency_of(const json_t *request)
{
    return shown_text(json_object_get(request, "necessity"), "urgency");
}

static size_t items_of(const json_t *request, const struct rule_machine *machine)
{
    size_t count = json_array_size(json_object_get(request, "items"));
    return count == 0 && !machine->lists_items ? 1 : count;
}

/* --- the letter that opens a case --- */

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
        add_link(m, number, json_string_value(json_array_get(links, i)), "");
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

static void open_case(struct model *m)
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
    m->urgency = urgency_of(request);
    add_items(m, items_of(request, m->machine));
    const json_t *restated = json_object_get(m->body, "restated");
    for (size_t i = 0; i < json_array_size(restated); i++) {
        restate(m, json_array_get(restated, i));
    }
    const json_t *asks = json_object_get(m->body, "asks");
    for (size_t i = 0; i < json_array_size(asks); i++) {
        restate_ask(m, json_array_get(asks, i));
    }
    open_asks(m, 0, false);
}

/* --- the other letters --- */

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
        add_items(m, count);
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
    m->urgency = confirms ? urgency_of(m->body) : m->urgency;
    if (confirms && json_array_size(json_object_get(m->body, "items")) > m->count) {
        add_items(m, json_array_size(json_object_get(m->body, "items")) - m->count);
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
    close_asks(m, 0, m->rule->answers);
    if (opens || confirms) {
        open_asks(m, 0, false);
    }
    if (all_ended(m)) {
        close_by_state(m, 0, 'Z');
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
            open_case(m);
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

/* --- against the view --- */

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

void case_model_check(struct oracle *o, const char *case_id, const json_t *view)
{
    struct model m = {.oracle = o, .case_id = case_id, .q = shown_text(view, "from")};
    const json_t *letters = json_object_get(view, "letters");
    const json_t *items = json_object_get(view, "items");
    for (size_t i = 0; i < json_array_size(letters); i++) {
        take_letter(&m, json_array_get(letters, i));
    }
    if (m.machine == NULL) {
        return;
    }
    if (json_array_size(items) != m.count) {
        oracle_break(o, "I5", "case %.8s is shown with %zu items, and by its letters it has %zu", case_id,
                     json_array_size(items), m.count);
    }
    for (size_t i = 0; i < json_array_size(items); i++) {
        check_item(&m, json_array_get(items, i));
    }
    check_asks(&m, json_object_get(view, "asks"));
    check_clocks(&m, json_object_get(view, "owed"));
}
