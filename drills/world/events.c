/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/world/events.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/ensure.h"

static bool is_before(const struct event *a, const struct event *b)
{
    return a->at_us != b->at_us ? a->at_us < b->at_us : a->number < b->number;
}

void events_done(struct events *events)
{
    free(events->heap);
    *events = (struct events){.heap = NULL};
}

static void make_room(struct events *events)
{
    if (events->count == events->room) {
        events->room = events->room == 0 ? 256 : events->room * 2;
        events->heap = realloc(events->heap, events->room * sizeof *events->heap);
        ensure(events->heap != NULL);
    }
}

uint64_t events_add(struct events *events, struct event event)
{
    make_room(events);
    event.number = ++events->last;
    size_t at = events->count++;
    while (at != 0 && is_before(&event, &events->heap[(at - 1) / 2])) {
        events->heap[at] = events->heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    events->heap[at] = event;
    return event.number;
}

const struct event *events_first(const struct events *events)
{
    return events->count == 0 ? NULL : &events->heap[0];
}

void events_take(struct events *events)
{
    ensure(events->count != 0);
    struct event last = events->heap[--events->count];
    size_t at = 0;
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= events->count) {
            break;
        }
        if (child + 1 < events->count && is_before(&events->heap[child + 1], &events->heap[child])) {
            child++;
        }
        if (!is_before(&events->heap[child], &last)) {
            break;
        }
        events->heap[at] = events->heap[child];
        at = child;
    }
    if (events->count != 0) {
        events->heap[at] = last;
    }
}
