/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When a party works: its week, hours and holidays, as its roster entry gave them in one version of the roster (docs/protocol.md
 * 9.5), in its zone as the newest version has it: a zone is where people sit, and seldom moves. Dates that bind between two parties are counted by both in the calendar of the version that the
 * letter names which starts the clock, so that a holiday published later moves nothing.
 */
#ifndef COMITY_NODES_CALENDAR_H
#define COMITY_NODES_CALENDAR_H

#include "base/calendar.h"
#include "base/zone_set.h"
#include "keys/roster.h"
#include "nodes/case.h"

struct node;

struct calendar {
    const struct zone *zone; /* NULL: UTC */
    struct calendar_entry entry;
    uint32_t lead_days; /* of its terms: before the end of a hold */
};

/* UTC, and what holds where nothing is published: Monday to Friday, no holidays, 10 days. */
struct calendar calendar_default(void);

/* Whether the civil date (days since 1970-01-01) is a working day. */
bool calendar_works_on(const struct calendar *, int64_t date);

/* calendar_entry_workdays_after(), _before(), calendar_entry_staffing() and calendar_entry_staffing_span() in it. */
uint64_t calendar_workdays_after(const struct calendar *, uint64_t ms, uint64_t n);
uint64_t calendar_workdays_before(const struct calendar *, uint64_t ms, uint64_t n);
enum staffing calendar_staffing(const struct calendar *, uint64_t ms);
struct staffing_span calendar_staffing_span(const struct calendar *, uint64_t ms);
bool calendar_staffed(const struct calendar *, uint64_t ms);

/* --- of a node: node_calendar.c --- */

/*
 * The calendar of a party as a version of the roster had it, valid for the arena and the input. A version before the first that
 * is held here counts as that one; a version above the newest as the newest. Never NULL but when the arena is exhausted.
 */
const struct calendar *node_calendar(struct node *, const char *address, uint64_t roster, struct arena *);

/*
 * Calendars for the folding of one case, each looked up once: the context of struct case_setting. Borrowed: node, arena and
 * the addresses of both sides.
 */
#define CASE_CALENDARS 16
struct case_calendars {
    struct node *node;
    struct arena *arena;
    const char *party[SIDE_R + 1];
    struct calendar none; /* when memory ends: the arena says so to who folds */
    bool guessed;         /* a version was asked for that was never held here: another one stood in */
    size_t count, next;
    struct {
        enum side side;
        uint64_t roster;
        const struct calendar *calendar;
    } kept[CASE_CALENDARS];
};
void case_calendars_init(struct case_calendars *, struct node *, const char *q, const char *r,
                         struct arena *);
/* The calendar of a side as that version of the roster had it, or, guessed, another one; never NULL. */
const struct calendar *case_calendar(struct case_calendars *, enum side, uint64_t roster);
/* calendar_workdays_after() in it. context: struct case_calendars. */
uint64_t case_workdays_after(const void *context, enum side, uint64_t roster, uint64_t ms, uint64_t n);

/* Keeps what a version changes, before it is used. held NULL: it is the first here. */
void node_calendars_keep(struct node *, const struct roster *held, const struct roster *taken);

/* --- store_calendar.c --- */
struct store;
void store_calendar_put(struct store *, const char *party, uint64_t version, const struct calendar *);
/* Whether any version of that party's is there. */
bool store_calendar_known(struct store *, const char *party);
/*
 * Of the highest version at or below, else the lowest; but for the zone, holidays in the arena. False: none, or the arena
 * ended.
 */
MUST_USE bool store_calendar_get(struct store *, const char *party, uint64_t version, struct arena *,
                                 struct calendar *ret);

#endif
