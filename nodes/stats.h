/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is measured of cases. Each time a case is renewed its spans are written anew, so that asking for statistics folds
 * nothing. Left out: duplicates that were merged, letters without effect. Withdrawn before it came: it had not come until then.
 */
#ifndef COMITY_NODES_STATS_H
#define COMITY_NODES_STATS_H

#include "nodes/case_line.h"

/* Stored by the numbers of metrics.def. */
enum metric {
#define METRIC(word, number, ...) METRIC_##word = (number),
#include "nodes/metrics.def"
#undef METRIC
};
struct metric_rule {
    enum metric metric;
    const char *word;
    bool is_span;
    uint64_t target_ms[4]; /* by enum urgency; 0: none */
    const char *text;
};
const struct metric_rule *metric_rules(size_t *ret_count);

/* How a span ended. Stored: numbers stay. */
enum stat_outcome {
    STAT_DONE = 1, /* it came; of a share: it is so */
    STAT_OPEN,     /* it runs */
    STAT_LEFT,     /* nobody waits for it any more: withdrawn */
    STAT_MISSED,   /* it will not come any more; of a share: it is not so */
};
struct stat_event {
    struct case_id case_id;
    enum metric metric;
    uint32_t item; /* 0: the case */
    uint64_t start_ms, stop_ms;
    enum stat_outcome outcome;
    enum urgency urgency;
    bool ours; /* it is this side whose time is measured */
    bool exercise;
    struct address peer;
};

void stats_follow(struct node *, const struct case_row *, const struct case_fold *);

/* --- as stored --- */

void store_stats_clear(struct store *, const struct case_id *);
void store_stat_put(struct store *, const struct stat_event *);
/*
 * Calls with each event that started since then, in order of metric, side, urgency and (by_peer) the other party; the event
 * lives for the call.
 */
void store_stats_each(struct store *, uint64_t since_ms, bool exercise, bool by_peer,
                      void (*each)(void *context, const struct stat_event *), void *context);

/*
 * The time within which so many of a hundred of this side's last requests for assistance followed their hold; 0: there were
 * fewer than LEADS_MIN, and nothing can be said.
 */
#define LEADS_MIN 10
uint64_t store_stats_mla_lead(struct store *, unsigned of_hundred);

#endif
