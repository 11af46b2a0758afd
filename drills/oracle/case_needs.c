/* SPDX-License-Identifier: Apache-2.0 */
/* What letters need besides the state of an item (docs/lifecycle.md), as case_rules.def names it. */
#include <string.h>

#include "drills/oracle/case_model_private.h"
#include "drills/oracle/case_shown.h"

static bool is_past(int64_t by_ms, int64_t at_ms)
{
    return by_ms != 0 && by_ms < at_ms;
}

/* Put twice, and its last date is past; a question that blocks nothing keeps nobody waiting. */
static bool is_silent(const struct model *m, const struct model_ask *ask, size_t kind)
{
    return ask->open && ask->times >= 2 && is_past(model_ask_by_ms(m, ask, kind), m->signed_ms) &&
           (strcmp(rule_asks()[kind].word, "INFO") != 0 || ask->blocking);
}

static bool silent_for(const struct model *m, size_t number, int64_t least_ms)
{
    for (size_t i = 0; i < RULE_ASKS; i++) {
        const struct model_ask *ask = &m->items[number].asks[i];
        if (rule_asks()[i].per_item && ask->owed_by == 'Q' && is_silent(m, ask, i) &&
            m->signed_ms >= ask->since_ms + least_ms) {
            return true;
        }
    }
    return false;
}

static bool stops(const struct model *m, size_t number)
{
    size_t warn = model_ask_named("WARN");
    const struct model_ask *ask = &m->items[number].asks[warn];
    return m->items[number].asks[model_ask_named("STOP")].open ||
           (ask->default_stop && is_silent(m, ask, warn));
}

/* Of an item that this one link holds open: 14 days more, and no less than was promised. */
static bool floor_holds(const struct model *m, size_t number)
{
    const struct model_item *item = &m->items[number];
    int64_t until_ms = shown_ms(m->body, "holdUntil");
    return item->state != 'M' || item->links != 1 ||
           (until_ms >= item->until_ms && until_ms >= m->signed_ms + DAYS_MS(14));
}

static bool law_end(const struct model *m, size_t number)
{
    int64_t warned_ms = m->items[number].cannot_continue_ms;
    return shown_text(m->body, "courtOrder")[0] != '\0' ||
           (warned_ms != 0 && m->signed_ms >= warned_ms + DAYS_MS(10));
}

static bool oral_overdue(const struct model *m)
{
    size_t kind = model_ask_named("ORAL");
    const struct model_ask *oral = &m->items[0].asks[kind];
    return oral->open && is_past(model_ask_by_ms(m, oral, kind), m->signed_ms) &&
           shown_ms(m->body, "calledAt") != 0;
}

/* Ten working days of silence after the second final part: the calendar that counts them is not the oracle's, only that they are no less. */
static bool received(const struct model *m, size_t number)
{
    const struct model_item *item = &m->items[number];
    bool waited =
        item->final_accepted_ms != 0 && is_past(item->final_accepted_ms + DAYS_MS(10), m->signed_ms);
    return item->well || (item->finals >= 2 && waited && m->took);
}

static bool need_holds(struct model *m, size_t number, const char *need)
{
    const struct model_item *item = &m->items[number];
    int64_t until_ms = shown_ms(m->body, "holdUntil");
#define NEED(word, holds)                                                                                    \
    if (strcmp(need, word) == 0) {                                                                           \
        return holds;                                                                                        \
    }
    NEED("OPEN", model_any_open(m, number, m->rule->answers))
    NEED("NOT_EARLIER", until_ms >= item->until_ms)
    NEED("LATER", until_ms > item->until_ms)
    NEED("LINKED", model_link(m, number) != NULL)
    NEED("NEW_LINK", model_link(m, number) == NULL)
    NEED("FLOOR", floor_holds(m, number))
    NEED("GRACE", m->signed_ms >= item->grace_ms)
    NEED("NOTHING_WAITS", !model_any_open(m, number, "EXTEND NOTICE"))
    NEED("STOP", stops(m, number))
    NEED("LAW_END", law_end(m, number))
    NEED("ORAL", oral_overdue(m))
    NEED("SILENT", silent_for(m, number, 0))
    NEED("SILENT_60", silent_for(m, number, DAYS_MS(60)))
    NEED("CONDITIONS", !item->put || item->accepted)
    NEED("RECEIVED", received(m, number))
    NEED("ASSISTED", item->assisted)
#undef NEED
    return m->took; /* "?": what is shown is taken for what it is */
}

bool model_needs_hold(struct model *m, size_t number)
{
    static const char *const all[] = {
        "OPEN",      "NOT_EARLIER",   "LATER",    "LINKED",   "NEW_LINK", "FLOOR",
        "GRACE",     "NOTHING_WAITS", "STOP",     "LAW_END",  "ORAL",     "SILENT",
        "SILENT_60", "CONDITIONS",    "RECEIVED", "ASSISTED", "?"};
    bool holds = true;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        holds = holds && (!rule_has_word(m->rule->needs, all[i]) || need_holds(m, number, all[i]));
    }
    return holds;
}
