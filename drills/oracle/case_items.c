/* SPDX-License-Identifier: Apache-2.0 */
/* What a letter does to one item: its state and result, its dates, what keeps it open, and what is remembered of it. */
#include <string.h>

#include "drills/oracle/case_model_private.h"
#include "drills/oracle/case_shown.h"

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

void model_add_link(struct model *m, size_t number, const char *reference, const char *mla)
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

/* --- its state and dates --- */

void model_add_items(struct model *m, size_t count)
{
    for (size_t i = 0; i < count && m->count < MODEL_ITEMS_MAX; i++) {
        m->items[++m->count] = (struct model_item){.state = 'A', .result = ""};
    }
}

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

void model_apply_cell(struct model *m, size_t number, const char *cell)
{
    struct model_item *item = &m->items[number];
    if (strcmp(cell, "H/M") == 0) {
        move(m, number, item->links == 0 ? 'H' : 'M', "");
        promise(m, number);
    } else if (strcmp(cell, ".+") == 0 || strcmp(cell, "M+") == 0) {
        model_add_link(m, number, shown_text(m->body, "reference"), mla_named(m));
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

void model_remember(const struct model *m, struct model_item *item)
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
