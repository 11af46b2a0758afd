/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NEXT: every row of the lifecycle in this case, and what stands against it: the letters that may be sent now, by how many officers,
 * of which items, until when it is owed; those that may not, each with its reason; and what the other side may say.
 */
#include <string.h>

#include "base/text.h"
#include "nodes/letter_commands.h"
#include "nodes/lifecycle.h"
#include "nodes/view.h"

struct moves {
    const struct view *view;
    char id[2 * sizeof(struct case_id) + 1];
    json_t *may, *may_not, *they_may;
    bool only_may; /* what may not be said, and why, is not asked for */
};

static struct cell_refusal refusal(const struct moves *m, const struct lifecycle_row *row, size_t item)
{
    const struct need_scene scene = {.row = row,
                                     .fold = m->view->fold,
                                     .item = &m->view->fold->items[item],
                                     .at_ms = m->view->call->now.ms};
    return cell_refusal(&scene);
}

static const char *command_text(const struct moves *m, const struct lifecycle_row *row)
{
    struct call *call = m->view->call;
    const char *option = row->why == WHY_NONE ? "" : letter_why_option(row->kind);
    const char *text = arena_format(
        call->arena, "comity %s %.*s%s%s%s%s%s", letter_command_in_case(row->kind), CASE_SHORT_DIGITS, m->id,
        option[0] == '\0' ? "" : " --", option, option[0] == '\0' ? "" : " ",
        option[0] == '\0' ? "" : why_name(row->why), row->why == WHY_BAD ? " --bad" : "");
    return text;
}

static json_t *move_json(const struct moves *m, const struct lifecycle_row *row)
{
    struct call *call = m->view->call;
    json_t *json = json_object();
    put_text(call, json, "letter", letter_name((uint32_t)row->kind));
    put_text(call, json, "why", why_name(row->why));
    put_text(call, json, "command", command_text(m, row));
    put_text(call, json, "does", say(call->words, letter_does(row->kind)));
    put_number(call, json, "signatures", row->signatures);
    return json;
}

/* The grounds that a refusal of that row may stand on by the legal basis of the request. */
static enum ground_letter needs_ground(const struct lifecycle_row *row)
{
    if (row->kind == LETTER_EXTENSION_REFUSED) {
        return REFUSES_EXTENSION;
    }
    if (row->kind == LETTER_DISCLOSED_43) {
        return WITHHOLDS_43;
    }
    if (row->kind != LETTER_REFUSED) {
        return GROUND_LETTER_NONE;
    }
    return row->machine == MACHINE_HOLD ? REFUSES_HOLD : row->why == WHY_P21 ? REFUSES_MLA_21 : REFUSES_MLA;
}

static void put_grounds(const struct moves *m, json_t *json, const struct lifecycle_row *row)
{
    struct call *call = m->view->call;
    enum ground_letter of = needs_ground(row);
    size_t count = 0;
    const struct ground_rule *rules = ground_rules(&count);
    json_t *list = json_array();
    for (size_t i = 0; i < count && of != GROUND_LETTER_NONE; i++) {
        if (ground_allowed(of, rules[i].ground, m->view->fold->request)) {
            append(call, list, json_string(ground_name(rules[i].ground)));
        }
    }
    if (of == GROUND_LETTER_NONE) {
        json_decref(list);
    } else {
        put(call, json, "grounds", list);
    }
}

/* When the first thing is due that the letter would settle of what this side owes. */
static void put_until(const struct moves *m, json_t *json, const struct lifecycle_row *row)
{
    const struct case_fold *fold = m->view->fold;
    uint64_t first_ms = 0;
    for (size_t i = 0; i < fold->due_count; i++) {
        const struct case_due *due = &fold->dues[i];
        bool settles = (row->stops & CLOCK_BIT((unsigned)due->clock)) != 0 && due->owed_by == row->side;
        if (settles && (first_ms == 0 || due->when_ms < first_ms)) {
            first_ms = due->when_ms;
        }
    }
    put_ms(m->view->call, json, "until", first_ms);
}

static void add_may(struct moves *m, const struct lifecycle_row *row, json_t *items)
{
    struct call *call = m->view->call;
    json_t *json = move_json(m, row);
    put(call, json, "items", items);
    put_until(m, json, row);
    put_grounds(m, json, row);
    append(call, m->may, json);
}

/* An entry for each reason, with the items that it is the reason of. */
static void add_may_not(struct moves *m, const struct lifecycle_row *row)
{
    struct call *call = m->view->call;
    size_t count = m->view->fold->item_count;
    for (size_t i = 0; i < count; i++) {
        const struct cell_refusal why = refusal(m, row, i);
        bool first = why.code != NULL;
        for (size_t k = 0; k < i && first; k++) {
            const struct cell_refusal before = refusal(m, row, k);
            first = before.code == NULL || strcmp(before.text, why.text) != 0;
        }
        if (!first) {
            continue;
        }
        json_t *json = move_json(m, row);
        json_t *items = json_array();
        for (size_t k = i; k < count; k++) {
            const struct cell_refusal same = refusal(m, row, k);
            if (same.code != NULL && strcmp(same.text, why.text) == 0) {
                append(call, items, json_integer((json_int_t)m->view->fold->items[k].number));
            }
        }
        put(call, json, "items", items);
        put_text(call, json, "code", why.code);
        put_text(call, json, "text", say(call->words, why.text));
        append(call, m->may_not, json);
    }
}

static void add_row(struct moves *m, const struct lifecycle_row *row)
{
    struct call *call = m->view->call;
    bool ours = row->side == m->view->row.own_side;
    bool confirms = letter_opens(row->kind) && ask_is_open(m->view->fold, ASK_ORAL, 0);
    json_t *items = json_array();
    for (size_t i = 0; i < m->view->fold->item_count; i++) {
        if (refusal(m, row, i).code == NULL) {
            append(call, items, json_integer((json_int_t)m->view->fold->items[i].number));
        }
    }
    bool may = json_array_size(items) != 0;
    if (letter_opens(row->kind) && !(confirms && row->kind == LETTER_REQUEST)) {
        json_decref(items); /* the case has begun */
    } else if (may && ours) {
        add_may(m, row, items);
    } else {
        json_decref(items);
        if (ours && !m->only_may) {
            add_may_not(m, row);
        } else if (may) {
            append(call, m->they_may, move_json(m, row));
        }
    }
}

void view_moves(struct call *call)
{
    struct view view = {.call = call};
    if (!call_has_roster(call) || !call_case(call, call->command->target, &view.row) ||
        !view_load(call, &view)) {
        return;
    }
    const char *only = query_value(call, "only");
    struct moves m = {.view = &view,
                      .may = json_array(),
                      .may_not = json_array(),
                      .they_may = json_array(),
                      .only_may = only != NULL && strcmp(only, "may") == 0};
    size_t count = 0;
    const struct lifecycle_row *rows = lifecycle_rows(&count);
    (void)hex_write(m.id, bytes_of(view.row.id.bytes, sizeof view.row.id.bytes));
    for (size_t i = 0; i < count; i++) {
        if (rows[i].machine == view.fold->machine) {
            add_row(&m, &rows[i]);
        }
    }
    json_t *json = json_object();
    view_head(&view, json);
    put_ms(call, json, "now", call->now.ms);
    put(call, json, "owed", view_owed(&view));
    put(call, json, "may", m.may);
    put(call, json, "may_not", m.may_not);
    put(call, json, "they_may", m.they_may);
    answer_json(call, json);
}
