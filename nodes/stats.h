/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What this node measures (metrics.h, case_metrics.h), as it keeps it: each time a case is renewed those of its events that
 * changed are written, so that asking for statistics folds nothing.
 */
#ifndef COMITY_NODES_STATS_H
#define COMITY_NODES_STATS_H

#include "nodes/case_line.h"
#include "nodes/metrics.h"
#include "nodes/watch.h"

void stats_follow(struct node *, const struct case_row *, const struct case_fold *,
                  const struct case_alarms *, struct arena *);

/* --- as stored --- */

/* An event of a case and its number there. */
struct numbered_event {
    uint64_t n;
    struct stat_event event;
};
/* The first events of a case, in the order of their numbers, at most max. Returns how many. */
size_t store_stats_of_case(struct store *, const struct case_id *, size_t max, struct numbered_event *ret);
/* Those of a case with larger numbers go. */
void store_stats_cut(struct store *, const struct case_id *, uint64_t n);
/* The one of its case with that number goes. */
void store_stat_drop(struct store *, const struct case_id *, uint64_t n);
/* It has that number in its case, instead of the one that was. */
void store_stat_put(struct store *, const struct stat_event *, uint64_t n);
/*
 * From when on at most max events started before until_ms: since_ms, or later. So much is looked at in one turn, however much
 * there is.
 */
uint64_t store_stats_from(struct store *, uint64_t since_ms, uint64_t until_ms, bool exercise, size_t max);
/*
 * Calls with each event that started since then and before until_ms, in order of metric, side, urgency, part and (by_peer) the other party; the event
 * lives for the call.
 */
void store_stats_each(struct store *, uint64_t since_ms, uint64_t until_ms, bool exercise, bool by_peer,
                      void (*each)(void *context, const struct stat_event *), void *context);
/* With those of one metric alone, by start. */
void store_stats_of_measure(struct store *, enum metric, uint64_t since_ms, uint64_t until_ms, bool exercise,
                            void (*each)(void *context, const struct stat_event *), void *context);
/* A place among the events of one metric, the latest first: behind that start, case and item. */
struct stat_place {
    uint64_t start_ms;
    struct case_id case_id;
    uint32_t item;
};
/* Items of that metric that started since then and before until_ms, behind that place, at most max; the events have their case. Returns how many. */
size_t store_stats_of(struct store *, enum metric, uint64_t since_ms, uint64_t until_ms, bool exercise,
                      const struct stat_place *after, size_t max, struct stat_event *ret);

/*
 * The time within which so many of a hundred of this side's last LEADS_MAX requests for assistance followed their hold, by the
 * product-limit estimate: what is still waited for counts. 0: fewer than LEADS_MIN came, or too many are still waited for, and
 * nothing can be said.
 */
#define LEADS_MIN 10
#define LEADS_MAX 1000
uint64_t store_stats_mla_lead(struct store *, unsigned of_hundred, uint64_t now_ms);

#endif
