/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/item_rows.h"
#include "nodes/letter_checks.h"
#include "nodes/letter_parts.h"

/* The answer by rows that a letter has; "": none. */
static const char *rows_of(const Comity__Letter *letter)
{
    switch ((int)letter_kind(letter)) {
    case LETTER_HELD:
        return letter->held->rows;
    case LETTER_NOT_HELD:
        return letter->not_held->rows;
    default:
        return "";
    }
}

/* How many rows the only item of the letter was asked for in; 0: none, or it is about several items. */
static size_t rows_asked(const Comity__Letter *letter, const struct case_fold *fold, struct arena *arena)
{
    struct targets targets;
    struct item_rows rows;
    struct faults ignored; /* what cannot be read was not signed */
    const struct case_item *only = NULL;
    size_t named = 0;
    faults_init(&ignored, arena);
    letter_targets(letter, fold->item_count, &targets);
    for (size_t i = 0; i < fold->item_count; i++) {
        if (targets.all || targets.named[fold->items[i].number]) {
            only = &fold->items[i];
            named++;
        }
    }
    if (named != 1 || only->asked == NULL || only->asked->rows[0] == '\0' ||
        !item_rows_read(only->asked->rows, "", arena, &ignored, &rows)) {
        return 0;
    }
    return rows.count;
}

void row_answers_check(const Comity__Letter *letter, const struct case_fold *fold, struct faults *faults)
{
    const char *text = rows_of(letter);
    struct row_answers answers;
    struct faults ignored;
    faults_init(&ignored, faults->arena);
    if (text[0] == '\0' || !row_answers_read(text, "rows", faults->arena, &ignored, &answers)) {
        return;
    }
    size_t count = rows_asked(letter, fold, faults->arena);
    if (count == 0) {
        faults_add(faults, "rows", "NO_ROWS",
                   "rows are answered for one item that was asked for in rows: name that item alone, or "
                   "leave rows out");
        return;
    }
    uint32_t last = answers.list[answers.count - 1].last;
    if (last > count) {
        faults_add(faults, "rows", "NO_ROW", "there is no row %u: the item has rows 1 to %zu", last, count);
    }
}
