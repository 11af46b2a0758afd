/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is to be said when a date of ours comes near and passes: reminders and the ladder from duty officer to central authority
 * (ladder.def). Each running date of a case has one row, the next step; a tick takes the rows that are due, and each step is a
 * record, an event in the log and something for the hook program of the host. A step is said once for its date,
 * whatever the clock or the process does; one whose date moved on so far that it lies ahead again is said again.
 */
#ifndef COMITY_NODES_WATCH_H
#define COMITY_NODES_WATCH_H

#include "nodes/calendar.h"
#include "nodes/case_line.h"

#define WATCH_A_TICK 64
#define WATCH_SAME_MS                                                                                        \
    MS_PER_MINUTE /* two moments of a step this near are one: times of receipts move a little */

enum watch_who { WHO_HOLDER = 1, WHO_DUTY, WHO_DEPUTY, WHO_HEAD, WHO_CENTRAL };
const char *watch_who_word(enum watch_who); /* "holder", "duty" ... */

/* A running date of a case. */
struct watch {
    struct case_id id;
    enum clock_name clock; /* of clocks.def, or one of those of case_line.h */
    uint32_t
        item; /* the first one concerned; 0: the case; CLOCK_RENEW: the order; CLOCK_FAILED: the letter's number of filing */
    uint64_t due_ms;
    enum urgency urgency;
    bool taken; /* somebody has the case */
    const struct calendar
        *calendar; /* of this party, by which a ladder counts working days; NULL: none is published */
};
/* Number of the last step of the date's ladder. */
unsigned watch_steps(const struct watch *);
/*
 * Whom the step is for, and when; by its number, 1..watch_steps(). Working days are counted in the calendar that this party has
 * published now: a step that another calendar moves ahead is said for its new time, too.
 */
enum watch_who watch_who(const struct watch *, unsigned number);
uint64_t watch_at_ms(const struct watch *, unsigned number);

/* When each step was last said for a clock of the case; 0: never. */
#define WATCH_STEPS_MAX 8
struct steps_said {
    uint64_t at_ms[WATCH_STEPS_MAX + 1];
};
/* What was said of a case. */
#define ALARMS_OF_CASE_MAX 512
struct case_alarms {
    struct steps_said said[CLOCK_LAST + 1]; /* by clock */
    size_t count;
    struct alarm_row
        *latest; /* the latest, at most ALARMS_OF_CASE_MAX, latest first; without who has seen them */
};
/* In the arena; NULL: it ends. */
const struct case_alarms *case_alarms_read(struct node *, const struct case_id *, struct arena *);
/* The next step after one (0: from the first) that is still to be said; 0: none. */
unsigned watch_next(const struct watch *, const struct steps_said *, unsigned after);

/*
 * The dates of a case that run and that we owe, of its fold and of this node alone (the line has them); in the arena. Returns how
 * many; 0 also when it ends.
 */
size_t case_watches(struct node *, const struct case_row *, const struct case_fold *,
                    const struct case_line *, const struct line_records *, const struct case_alarms *,
                    struct arena *, struct watch **ret);
/* The rows of a case become these: what is as it was is not written. */
void cases_watch(struct node *, const struct case_id *, const struct watch *, size_t count,
                 const struct case_alarms *, struct arena *);
/* Was its step for those people said, for the date as it is? */
bool watch_said_to(const struct case_alarms *, const struct watch *, enum watch_who);
/* Says what is due. */
void watch_tick(struct node *, struct turn *);

/* --- as stored --- */

struct alarm_row {
    uint64_t n;
    struct watch watch; /* without taken */
    unsigned step;
    uint64_t raised_ms, seen_ms; /* 0: nobody has seen it */
    const char *seen_by;         /* "" */
};
struct watch_row {
    struct watch watch; /* without a calendar */
    unsigned step;
    uint64_t at_ms;
};
/* The rows of a case. Returns how many. */
size_t store_watches_of(struct store *, const struct case_id *, size_t max, struct watch_row *ret);
void store_watch_put(struct store *, const struct watch *, unsigned step, uint64_t at_ms);
void store_watch_drop(struct store *, const struct watch *);
/* Rows that are due, earliest first. Returns how many. */
size_t store_watch_due(struct store *, uint64_t now_ms, size_t max, struct watch_row *ret);
/* The earliest wall time at which something is to be said; 0: none. */
uint64_t store_watch_next_ms(struct store *);
/* What was said for a clock of a case. */
void store_alarms_said(struct store *, const struct case_id *, enum clock_name, struct steps_said *ret);
uint64_t store_alarm_put(struct store *, const struct watch *, unsigned step, uint64_t now_ms);
/* Alarms behind a number, latest last; unseen: only those nobody has seen. Returns how many. */
size_t store_alarms(struct store *, uint64_t after, bool unseen, size_t max, struct arena *,
                    struct alarm_row *ret);
/* The latest of a case, latest first, and, by clock, what all of them said. Returns how many. */
size_t store_alarms_of_case(struct store *, const struct case_id *, size_t max, struct alarm_row *ret,
                            struct steps_said ret_said[CLOCK_LAST + 1]);
/* False: there is no such alarm. */
MUST_USE bool store_alarm_seen(struct store *, uint64_t n, uint64_t now_ms, const char *by);

/* Alarms that no hook program was told of, emergencies first, then the earliest. */
size_t store_alarms_untold(struct store *, size_t max, struct alarm_row *ret);
/* False: there is no such alarm, or it was told. */
MUST_USE bool store_alarm_told(struct store *, uint64_t n, uint64_t now_ms);

#endif
