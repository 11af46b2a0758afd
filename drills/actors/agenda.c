/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/actors/agenda.h"

#include <stdlib.h>

#include "base/ensure.h"

void agenda_done(struct agenda *agenda)
{
    free(agenda->heap);
    *agenda = (struct agenda){.now_ms = agenda->now_ms};
}

static bool is_before(const struct agenda_entry *a, const struct agenda_entry *b)
{
    return a->at_ms < b->at_ms || (a->at_ms == b->at_ms && a->number < b->number);
}

static void swap(struct agenda *agenda, size_t a, size_t b)
{
    struct agenda_entry entry = agenda->heap[a];
    agenda->heap[a] = agenda->heap[b];
    agenda->heap[b] = entry;
}

void agenda_put(struct agenda *agenda, uint64_t at_ms, void (*what)(void *context, uint64_t argument),
                void *context, uint64_t argument)
{
    if (agenda->count == agenda->room) {
        agenda->room = agenda->room == 0 ? 64 : 2 * agenda->room;
        agenda->heap = realloc(agenda->heap, agenda->room * sizeof *agenda->heap);
        ensure(agenda->heap != NULL);
    }
    size_t at = agenda->count++;
    agenda->heap[at] = (struct agenda_entry){.at_ms = at_ms < agenda->now_ms ? agenda->now_ms : at_ms,
                                             .number = ++agenda->last,
                                             .what = what,
                                             .context = context,
                                             .argument = argument};
    for (; at != 0 && is_before(&agenda->heap[at], &agenda->heap[(at - 1) / 2]); at = (at - 1) / 2) {
        swap(agenda, at, (at - 1) / 2);
    }
}

uint64_t agenda_next_ms(const struct agenda *agenda)
{
    return agenda->count == 0 ? UINT64_MAX : agenda->heap[0].at_ms;
}

static struct agenda_entry take(struct agenda *agenda)
{
    struct agenda_entry first = agenda->heap[0];
    agenda->heap[0] = agenda->heap[--agenda->count];
    size_t at = 0;
    for (;;) {
        size_t least = at;
        for (size_t child = 2 * at + 1; child <= 2 * at + 2; child++) {
            if (child < agenda->count && is_before(&agenda->heap[child], &agenda->heap[least])) {
                least = child;
            }
        }
        if (least == at) {
            return first;
        }
        swap(agenda, at, least);
        at = least;
    }
}

void agenda_run(struct agenda *agenda, uint64_t until_ms)
{
    while (agenda_next_ms(agenda) <= until_ms) {
        struct agenda_entry entry = take(agenda);
        agenda->now_ms = entry.at_ms > agenda->now_ms ? entry.at_ms : agenda->now_ms;
        entry.what(entry.context, entry.argument);
    }
    agenda->now_ms = until_ms > agenda->now_ms ? until_ms : agenda->now_ms;
}
