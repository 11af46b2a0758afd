/* SPDX-License-Identifier: Apache-2.0 */
/* The calendars a node counts by: of each party, by the version of the roster. */
#include <string.h>

#include "nodes/calendar.h"
#include "nodes/node_private.h"

static bool same_span(struct day_span a, struct day_span b)
{
    return a.from_min == b.from_min && a.until_min == b.until_min;
}

static bool same_entry(const struct calendar_entry *a, const struct calendar_entry *b)
{
    return a->week == b->week && same_span(a->hours, b->hours) && same_span(a->on_call, b->on_call) &&
           a->holiday_count == b->holiday_count &&
           (a->holiday_count == 0 ||
            memcmp(a->holidays, b->holidays, a->holiday_count * sizeof a->holidays[0]) == 0);
}

/* A party without a row has published nothing in any version that was held here. */
void node_calendars_keep(struct node *node, const struct roster *held, const struct roster *taken)
{
    const struct calendar calendar = calendar_default();
    size_t count = 0;
    const struct party *parties = roster_parties(taken, &count);
    for (size_t i = 0; i < count; i++) {
        const char *address = parties[i].address.text;
        const struct party *party = held == NULL ? NULL : roster_find(held, address);
        const struct calendar_entry *before = party == NULL ? &calendar.entry : party_calendar(party);
        const struct calendar_entry *now = party_calendar(&parties[i]);
        if (same_entry(before, now)) {
            continue;
        }
        if (party != NULL && !store_calendar_known(node->store, address)) {
            store_calendar_put(node->store, address, roster_version(held), before);
        }
        store_calendar_put(node->store, address, roster_version(taken), now);
    }
}

const struct calendar *node_calendar(struct node *node, const char *address, uint64_t roster,
                                     struct arena *arena)
{
    struct calendar *calendar = arena_zero(arena, 1, sizeof *calendar);
    const struct roster *newest = node_roster_now(node);
    const struct party *party = newest == NULL ? NULL : roster_find(newest, address);
    if (calendar == NULL) {
        return NULL;
    }
    *calendar = calendar_default();
    calendar->zone = party == NULL ? NULL : zone_of(node->zones, party->zone);
    if (!store_calendar_get(node->store, address, roster, arena, &calendar->entry) &&
        arena_exhausted(arena)) {
        return NULL;
    }
    return calendar;
}
