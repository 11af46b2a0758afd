/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/line_changes.h"

#include <stdlib.h>
#include <string.h>

#include "nodes/view.h"

static const struct case_id *change_at(const struct line_changes *changes, uint64_t number)
{
    return &changes->last[number % LINE_CHANGES_MAX];
}

static bool is_same(const struct case_id *a, const struct case_id *b)
{
    return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

void line_changes_add(struct line_changes *changes, const struct case_id *id)
{
    changes->last[changes->count++ % LINE_CHANGES_MAX] = *id;
}

const char *line_changes_mark(struct line_changes *changes, wall_ms now, struct arena *arena)
{
    changes->began_ms = changes->began_ms == 0 ? now.ms : changes->began_ms;
    return arena_format(arena, "%llu.%llu", (unsigned long long)changes->began_ms,
                        (unsigned long long)changes->count);
}

/* How many changes there were before the mark was given. False: it is of another process, or none at all. */
static bool mark_read(const struct line_changes *changes, const char *mark, uint64_t *ret)
{
    uint64_t began_ms = 0;
    char *end = NULL;
    if (!place_number(&mark, &began_ms) || began_ms != changes->began_ms) {
        return false;
    }
    *ret = strtoull(mark, &end, 10);
    return end != mark && *end == '\0' && *ret <= changes->count;
}

bool line_changes_since(const struct line_changes *changes, const char *mark,
                        struct case_id ret[LINE_CHANGES_MAX], size_t *ret_count)
{
    uint64_t from = 0;
    size_t count = 0;
    if (!mark_read(changes, mark, &from) || changes->count - from > LINE_CHANGES_MAX) {
        return false;
    }
    for (uint64_t n = from; n < changes->count; n++) {
        size_t same = 0;
        while (same < count && !is_same(&ret[same], change_at(changes, n))) {
            same++;
        }
        if (same == count) {
            ret[count++] = *change_at(changes, n);
        }
    }
    *ret_count = count;
    return true;
}
