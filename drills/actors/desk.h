/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The people of a unit: so many at each hour, each at one task at a time. What waits is begun as the inbox orders it; what
 * is not done when the desk closes goes on when it opens. Outside of its hours a desk with somebody on call does what cannot
 * wait, one thing at a time. The first thing of a shift is the hand-over, if there is anything to hand over; after eight hours
 * tasks take longer. A call interrupts. Which tasks there are, and what becomes of them, is the owner's business.
 */
#ifndef COMITY_DRILLS_ACTORS_DESK_H
#define COMITY_DRILLS_ACTORS_DESK_H

#include "drills/actors/agenda.h"
#include "drills/scenario/scenario.h"

struct desk_task {
    uint64_t owner;      /* told back when it is done */
    bool cannot_wait;    /* on call it is done, too */
    uint64_t needs_ms;   /* of somebody who is not tired */
    uint64_t arrived_ms; /* filled in */
};

struct desk_owner {
    void *context;
    /* Which of these comes first, by its place in the list; count is 2 or more. NULL: the first that came. */
    size_t (*first)(void *context, const struct desk_task *waiting, size_t count);
    void (*done)(void *context, uint64_t owner);
    uint64_t (*handover_ms)(void *context); /* how long the next one takes; NULL: none */
};

/* An hour, or several of a day (UTC) that were alike: whether anybody worked or not. */
struct desk_hour {
    uint64_t at_ms, span_ms;
    uint64_t staffed; /* the most people there */
    uint64_t busy_ms; /* of all of them together, in each hour */
    uint64_t queue;   /* that waited at the end of each: tasks, and cases with something unread */
};

struct desk;
/* The unit and the agenda are borrowed. */
struct desk *desk_new(const struct scenario_unit *, struct agenda *, const struct desk_owner *);
void desk_free(struct desk *); /* NULL is allowed */

/* Something to do. It is begun at once if somebody is there and free. */
void desk_put(struct desk *, const struct desk_task *);
/* The phone rings: somebody puts down what is least pressing, if need be. False: nobody is there, and nobody on call. */
MUST_USE bool desk_call(struct desk *, const struct desk_task *);
/* In one case more, or less, something lies unread. It waits, and is no task: when it is read is the owner's business. */
void desk_unread(struct desk *, bool more);
/* Whether anybody would take up the phone now. */
bool desk_answers(const struct desk *);

/* The moment so much staffed time has passed from then on; on_call: hours of somebody on call count, too. UINT64_MAX: never. */
uint64_t desk_staffed_after(const struct scenario_unit *, uint64_t from_ms, uint64_t span_ms, bool on_call);

/* From the beginning until now; none of a desk that never had anything. Borrowed until the desk's next turn. */
size_t desk_hours(struct desk *, const struct desk_hour **ret);
size_t desk_waiting(const struct desk *); /* tasks that nobody has begun */

#endif
