/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is measured, and how a list of measured things becomes a row: counts, share on time, percentiles. Of one party or of all
 * of an exercise alike; no store, no clock. What is not answered yet counts, for as long as it has waited.
 */
#ifndef COMITY_NODES_METRICS_H
#define COMITY_NODES_METRICS_H

#include "base/measure.h"
#include "nodes/calendar.h"

/* Stored by the numbers of metrics.def. */
enum metric {
#define METRIC(word, number, ...) METRIC_##word = (number),
#include "nodes/metrics.def"
#undef METRIC
};
enum metric_kind { METRIC_SPAN, METRIC_SHARE, METRIC_COUNT, METRIC_TOTAL };
enum metric_parts { PARTS_NONE, PARTS_OWED, PARTS_LEVEL, PARTS_BUCKET, PARTS_FIELD };
/* At least one of both is 0. */
struct metric_target {
    uint64_t ms;
    uint64_t workdays; /* of the side whose time it is */
};
struct metric_rule {
    enum metric metric;
    const char *word;
    enum metric_kind kind;
    struct metric_target targets[4]; /* by enum urgency; both 0: none */
    enum metric_parts parts;
    const char *text;
};
const struct metric_rule *metric_rules(size_t *ret_count);
const struct metric_rule *metric_rule(enum metric); /* NULL: there is none of that number */

/* What a part is called: "PHONE", "head", "on call" ...; "" for 0 and for what is not known. */
const char *metric_part_word(const struct metric_rule *, uint32_t part);

/* Who owed what when a hold lapsed. Stored: numbers stay. */
enum owed_at_lapse { OWED_ASSISTANCE = 1, OWED_EXTENSION, OWED_SEARCH, OWED_HOLD };
/* Where time went. Stored by the numbers of buckets.def. */
enum time_bucket {
#define BUCKET(name, number, word) BUCKET_##name = (number),
#include "nodes/buckets.def"
#undef BUCKET
    BUCKETS
};

/* How a span ended. Stored: numbers stay. */
enum stat_outcome {
    STAT_DONE = 1, /* it came; of a share: it is so */
    STAT_OPEN,     /* it runs; of a share with a date: not so once that is past */
    STAT_LEFT,     /* nobody waits for it any more: withdrawn */
    STAT_MISSED,   /* it will not come any more; of a share: it is not so */
};
struct stat_event {
    struct case_id case_id;
    enum metric metric;
    uint32_t part;              /* metric_part_word(); 0: none */
    uint32_t item;              /* 0: the case */
    uint64_t start_ms, stop_ms; /* stop of what is open: when it was looked at last; 0: now */
    uint64_t due_ms;            /* target or date, by the calendar of who owes; 0: none */
    uint64_t paused_ms;         /* of it: R waited for Q */
    uint64_t paused_since_ms;   /* and does so since then; 0: it does not */
    enum stat_outcome outcome;
    enum urgency urgency;
    enum staffing staffing; /* at the start, of the side whose time it is; 0: not known */
    bool ours;              /* it is this side whose time is measured */
    bool exercise;
    struct address peer;
};

/* Up to when it is looked at. */
uint64_t stat_event_until_ms(const struct stat_event *, uint64_t now_ms);

/* --- a row --- */

#define FEW         5  /* fewer tell no percentile: each is shown */
#define HOURS_LEAST 10 /* of each, to set times out of hours against those within */
#define TALLY_MAX   ((size_t)1 << 18)

struct percentile {
    bool reached; /* else the curve does not come down to it, and it is beyond ms */
    uint64_t ms;
};
struct by_hours {
    size_t count;
    struct percentile median, low, high; /* low to high: where 95 of 100 resamples have it */
};
struct metric_row {
    uint64_t n, done, open, left, missed;
    uint64_t mature, on_time; /* of a span with a target: pauses are taken off */
    uint64_t total_ms;        /* of a total */
    bool cut;                 /* more than TALLY_MAX: the percentiles are of the first */
    size_t dots;              /* n < FEW: each, by length */
    struct measured dot[FEW - 1];
    bool percentiles; /* n >= FEW */
    struct percentile median, p90, p99;
    uint64_t longest_ms; /* that was seen, whether it came or not */
    bool paused;         /* any was: */
    struct percentile net_median, net_p90, net_p99;
    bool hours_shown; /* enough of both: */
    struct by_hours in_hours, out_of_hours;
};

struct tallied {
    uint64_t gross_ms, net_ms;
    bool came;
    enum staffing staffing;
};
/* Events of one row as they come. */
struct metric_tally {
    uint64_t now_ms;
    const struct metric_rule *rule;
    struct metric_row row;
    struct tallied *list;
    struct measured *sorted;
    size_t count, max;
};
/* False: the arena ended. max: events whose spans are kept, at most TALLY_MAX. */
MUST_USE bool metric_tally_init(struct metric_tally *, struct arena *, size_t max, uint64_t now_ms);
void metric_tally_begin(struct metric_tally *, const struct metric_rule *);
void metric_tally_add(struct metric_tally *, const struct stat_event *);
void metric_tally_end(struct metric_tally *, struct metric_row *ret);

#endif
