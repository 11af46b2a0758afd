/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/case_marks.h"

#include <string.h>

#include "nodes/store_letters.h"

static int id_order(const struct case_id *a, const struct case_id *b)
{
    return memcmp(a->bytes, b->bytes, sizeof a->bytes);
}

static struct case_mark *find(struct case_marks *marks, const struct case_id *id)
{
    for (size_t i = 0; i < marks->count; i++) {
        if (id_order(&marks->list[i].id, id) == 0) {
            return &marks->list[i];
        }
    }
    return NULL;
}

bool case_touch(struct node *node, const struct case_id *id, uint64_t changed_ms)
{
    struct case_marks *marks = &node->live.marks;
    struct case_mark *known = find(marks, id);
    if (known != NULL) {
        known->changed_ms = changed_ms > known->changed_ms ? changed_ms : known->changed_ms;
    } else if (marks->count < CASES_MARKED_MAX) {
        marks->list[marks->count++] = (struct case_mark){.id = *id, .changed_ms = changed_ms};
    } else {
        store_case_mark(node->store, id, changed_ms);
    }
    return known == NULL;
}

/* Puts it where it belongs in a list of at most max; what is then too much at its end is left out. */
static size_t insert(const struct case_id *id, struct case_id *list, size_t count, size_t max)
{
    size_t at = count;
    while (at > 0 && id_order(&list[at - 1], id) > 0) {
        at--;
    }
    if (at == max || (at > 0 && id_order(&list[at - 1], id) == 0)) {
        return count;
    }
    size_t kept = count < max ? count : max - 1;
    memmove(&list[at + 1], &list[at], (kept - at) * sizeof *list);
    list[at] = *id;
    return kept + 1;
}

size_t cases_marked(struct node *node, size_t max, struct case_id *ret)
{
    const struct case_marks *marks = &node->live.marks;
    size_t count = store_cases_dirty(node->store, max, ret);
    for (size_t i = 0; i < marks->count; i++) {
        count = insert(&marks->list[i].id, ret, count, max);
    }
    return count;
}

uint64_t case_unmark(struct node *node, const struct case_id *id)
{
    struct case_marks *marks = &node->live.marks;
    struct case_mark *known = find(marks, id);
    uint64_t changed_ms = known == NULL ? 0 : known->changed_ms;
    if (known != NULL) {
        *known = marks->list[--marks->count];
    }
    return changed_ms;
}

void cases_marked_store(struct node *node)
{
    struct case_marks *marks = &node->live.marks;
    for (size_t i = 0; i < marks->count; i++) {
        store_case_mark(node->store, &marks->list[i].id, marks->list[i].changed_ms);
    }
    marks->count = 0;
}
