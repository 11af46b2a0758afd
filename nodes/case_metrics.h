/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is measured of one case: its events, from its fold alone and from what who measures knows besides. Left out: duplicates
 * that were merged (they are counted as such), letters without effect, LINK cases. Withdrawn before it came, an item by itself: it had not come until R
 * had the withdrawal, and what came later answers nobody. A pause is what the requested side waits for an answer to a blocking question, and nothing else.
 */
#ifndef COMITY_NODES_CASE_METRICS_H
#define COMITY_NODES_CASE_METRICS_H

#include "nodes/metrics.h"
#include "nodes/watch.h"

/* A date that somebody was told of: the highest of those who were. */
struct told_date {
    enum clock_name clock;
    uint32_t item;
    uint64_t due_ms;
    enum watch_who who;
};
struct metric_scene {
    enum side own;          /* whose times are "ours" */
    struct stat_event base; /* case, peer, exercise: what all its events have in common */
    const void *context;    /* handed to the functions below, each of which may be NULL */
    uint64_t (*workdays_after)(const void *context, enum side, uint64_t roster, uint64_t ms, uint64_t n);
    struct staffing_span (*staffing)(const void *context, enum side, uint64_t roster, uint64_t ms);
    uint64_t (*order_until)(const void *context, uint32_t item); /* 0: no order is recorded */
    const struct told_date *told;
    size_t told_count;
    void (*put)(void *into, const struct stat_event *);
    void *into;
};
void case_metrics(const struct case_fold *, const struct metric_scene *);

/* --- case_time.c --- */

/*
 * Where the time of a closed case went, from its request accepted to its last letter, by buckets.def; while R is to see the request or
 * to decide, by its calendar (CLOSED, ON_CALL), but of a wait of more than 10,000 hours; other times are not parted by hours.
 * False: the case is open, or began elsewhere (TAKEN_OVER).
 */
bool case_time(const struct case_fold *, const struct metric_scene *, uint64_t ret_ms[BUCKETS]);

/* By the hours of who has to see a request or to decide: CLOSED, ON_CALL, else that one. */
enum time_bucket bucket_by_hours(enum staffing, enum time_bucket staffed);

/* The same as stretches, in the order of time and without a gap; of a case that is open: up to that moment. */
struct time_stretch {
    enum time_bucket bucket;
    uint64_t from_ms, to_ms;
};
bool case_time_each(const struct case_fold *, const struct metric_scene *, uint64_t until_ms,
                    void (*each)(void *context, const struct time_stretch *), void *context);

#endif
