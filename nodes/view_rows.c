/* SPDX-License-Identifier: Apache-2.0 */
/* Of an item that was asked for in rows: how many they are, and which were answered so far. */
#include <string.h>

#include "nodes/item_rows.h"
#include "nodes/letter_parts.h"
#include "nodes/view.h"

struct answered {
    size_t count;
    bool row[ITEM_ROWS_MAX + 1]; /* by number, from 1 */
};

/* What says nothing of rows answers them all. What cannot be read was not signed. */
static void take_rows(struct answered *a, const char *text, struct arena *arena)
{
    struct row_answers answers = {.count = 0};
    struct faults ignored;
    faults_init(&ignored, arena);
    if (text[0] == '\0') {
        memset(a->row, true, sizeof a->row);
    } else if (row_answers_read(text, "", arena, &ignored, &answers)) {
        for (size_t i = 0; i < answers.count; i++) {
            const struct row_answer *of = &answers.list[i];
            memset(&a->row[of->first], true, of->last - of->first + 1);
        }
    }
}

static void take_letter(struct answered *a, const Comity__Letter *letter, struct arena *arena)
{
    const enum letter_kind kind = letter_kind(letter);
    if (kind == LETTER_HELD) {
        take_rows(a, letter->held->rows, arena);
    } else if (kind == LETTER_NOT_HELD) {
        take_rows(a, letter->not_held->rows, arena);
    } else if (kind == LETTER_REOPENED) {
        memset(a->row, false, sizeof a->row);
    }
}

/* "1-40,43", as an answer names them. */
static const char *list_of(const struct answered *a, bool answered, struct arena *arena)
{
    const char *text = "";
    for (size_t first = 1; first <= a->count && text != NULL; first++) {
        size_t last = first;
        if (a->row[first] != answered) {
            continue;
        }
        while (last < a->count && a->row[last + 1] == answered) {
            last++;
        }
        const char *comma = text[0] == '\0' ? "" : ",";
        text = first == last ? arena_format(arena, "%s%s%zu", text, comma, first)
                             : arena_format(arena, "%s%s%zu-%zu", text, comma, first, last);
        first = last;
    }
    return text == NULL ? "" : text;
}

void put_rows(const struct view *view, json_t *json, const struct case_item *item)
{
    struct arena *arena = view->call->arena;
    struct answered a = {.count = 0};
    struct item_rows rows;
    struct faults ignored;
    faults_init(&ignored, arena);
    if (item->asked->rows[0] == '\0' || !item_rows_read(item->asked->rows, "", arena, &ignored, &rows)) {
        return;
    }
    a.count = rows.count;
    for (size_t i = 0; i < view->fold->letter_count; i++) {
        const struct folded_letter *folded = &view->fold->letters[i];
        struct targets targets;
        letter_targets(folded->letter->letter, view->fold->item_count, &targets);
        if (folded->effect == EFFECT_FOLDED && (targets.all || targets.named[item->number])) {
            take_letter(&a, folded->letter->letter, arena);
        }
    }
    json_t *told = json_object();
    put_number(view->call, told, "asked", a.count);
    put_text(view->call, told, "answered", list_of(&a, true, arena));
    if (view->fold->machine == MACHINE_HOLD &&
        item->state != ITEM_ENDED) { /* elsewhere no letter answers rows */
        put_text(view->call, told, "open", list_of(&a, false, arena));
    }
    put(view->call, json, "rows", told);
}
