/* SPDX-License-Identifier: Apache-2.0 */
/* The calendars a node counts by: of each party, by the version of the roster. */
#include <string.h>

#include "nodes/calendar.h"
#include "nodes/node_private.h"
#include "nodes/rosters.h"

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

static struct calendar published(const struct party *party)
{
    return (struct calendar){.entry = *party_calendar(party),
                             .lead_days = (uint32_t)party_terms(party)->lead_days};
}

/* A party without a row has published nothing in any version that was held here. */
void node_calendars_keep(struct node *node, const struct roster *held, const struct roster *taken)
{
    size_t count = 0;
    const struct party *parties = roster_parties(taken, &count);
    for (size_t i = 0; i < count; i++) {
        const char *address = parties[i].address.text;
        const struct party *party = held == NULL ? NULL : roster_find(held, address);
        const struct calendar before = party == NULL ? calendar_default() : published(party);
        const struct calendar now = published(&parties[i]);
        if (same_entry(&before.entry, &now.entry) && before.lead_days == now.lead_days) {
            continue;
        }
        if (party != NULL && !store_calendar_known(node->store, address)) {
            store_calendar_put(node->store, address, roster_version(held), &before);
        }
        store_calendar_put(node->store, address, roster_version(taken), &now);
    }
}

void case_calendars_init(struct case_calendars *calendars, struct node *node, const char *q, const char *r,
                         struct arena *arena)
{
    *calendars = (struct case_calendars){.node = node, .arena = arena, .none = calendar_default()};
    calendars->party[SIDE_Q] = q;
    calendars->party[SIDE_R] = r;
}

static bool is_held(struct node *node, uint64_t version)
{
    struct digest hash;
    const struct roster *newest = node_roster_now(node);
    return (newest != NULL && roster_version(newest) == version) || node_rosters_hash(node, version, &hash);
}

const struct calendar *case_calendar(struct case_calendars *calendars, enum side side, uint64_t roster)
{
    for (size_t i = 0; i < calendars->count; i++) {
        if (calendars->kept[i].roster == roster && calendars->kept[i].side == side) {
            return calendars->kept[i].calendar;
        }
    }
    const struct calendar *found =
        node_calendar(calendars->node, calendars->party[side], roster, calendars->arena);
    calendars->guessed |= roster != 0 && !is_held(calendars->node, roster);
    if (found == NULL) {
        return &calendars->none;
    }
    calendars->kept[calendars->next].side = side;
    calendars->kept[calendars->next].roster = roster;
    calendars->kept[calendars->next].calendar = found;
    calendars->next = (calendars->next + 1) % CASE_CALENDARS; /* the oldest goes */
    calendars->count += calendars->count < CASE_CALENDARS;
    return found;
}

uint64_t case_workdays_after(const void *context, enum side side, uint64_t roster, uint64_t ms, uint64_t n)
{
    struct case_calendars *calendars = (struct case_calendars *)(uintptr_t)context;
    return calendar_workdays_after(case_calendar(calendars, side, roster), ms, n);
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
    if (party != NULL && roster >= roster_version(newest)) { /* its row, if it has one, was made of this */
        *calendar = published(party);
        calendar->zone = zone_of(node->zones, party->zone);
        return calendar;
    }
    *calendar = calendar_default();
    calendar->zone = party == NULL ? NULL : zone_of(node->zones, party->zone);
    if (!store_calendar_get(node->store, address, roster, arena, calendar) && arena_exhausted(arena)) {
        return NULL;
    }
    return calendar;
}
