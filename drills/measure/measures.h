/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is measured of a drill: the events that nodes measure of a case (nodes/case_metrics.h), from all letters of all parties, and what
 * only a drill knows beside them. Whole numbers throughout; nothing here knows a clock but the record's end.
 *
 * Times of events are the drill's: freezes (STOP to RESUME) are cut out. A span across a jump of the clock is left out, as is what
 * an injected fault took a tenth of or more; each is counted under why.
 */
#ifndef COMITY_DRILLS_MEASURE_MEASURES_H
#define COMITY_DRILLS_MEASURE_MEASURES_H

#include "drills/record/record.h"
#include "drills/scenario/scenario.h"
#include "nodes/case_metrics.h"

/* Numbers behind those of enum metric. */
enum drill_metric {
#define MEASURE(name, number, ...) MEASURE_##name = (number),
#include "drills/measure/measures.def"
#undef MEASURE
};
struct measure_rule {
    uint32_t metric;    /* enum metric or enum drill_metric */
    const char *own_id; /* NULL: measure_id() says it by the number */
    const char *word;
    enum metric_kind kind;
    const char *text;
};
const struct measure_rule *measure_rules(size_t *ret_count);
const struct measure_rule *measure_rule(uint32_t metric); /* NULL: there is none of that number */
const char *measure_id(const struct measure_rule *);      /* "M5", "D1" */

/* Why an event is in no row. */
enum left_out {
    LEFT_IN,
    LEFT_CORRECTED,
    LEFT_FORGED,
    LEFT_WHITE,
    LEFT_DUPLICATE,
    LEFT_JUMP,
    LEFT_FAULT,
    LEFT_MAINTENANCE,
    LEFT_OUTS
};
const char *left_out_word(enum left_out); /* N_(): to be translated where it is shown */

/* As struct stat_event (nodes/metrics.h), but for whose it is, which stands beside it: a year has millions. */
struct measured_stat {
    enum metric metric;
    uint32_t part, item;
    enum stat_outcome outcome;
    enum urgency urgency;
    enum staffing staffing;
    uint64_t start_ms, stop_ms, due_ms, paused_ms, paused_since_ms;
};
struct stat_event stat_of(const struct measured_stat *);

struct measured_event {
    struct measured_stat event;
    uint32_t of_case, party;       /* 0: none; whose time it is */
    uint64_t began_ms, stopped_ms; /* start and stop, freezes not cut out */
    uint64_t staffed_ms;           /* of a span: of it, by the hours of who owes, to the quarter of an hour */
    enum left_out left_out;
};

/* A case as it went. Times are the broker's where it has them; 0: it did not come to that. */
struct case_facts {
    uint64_t opened_ms, delivered_ms, acknowledged_ms, committed_ms, decided_ms, held_from_ms, hold_until_ms,
        mla_ms, dies_ms;
    uint64_t ended_ms;
    bool dies_true; /* dies_ms is the truth, and not what a letter says */
    bool is_hold;
    const char *result; /* of its first item: "EXPIRED"; "" */
    enum record_class urgency;
    size_t first_event, events; /* of the case, while they are made */
    bool timed; /* bucket_ms holds: each moment from opened_ms to its end, or to now, in one of them */
    uint64_t bucket_ms[BUCKETS];
};

struct measured_lapse {
    size_t of_case, owed_by; /* party */
    uint32_t item;
    uint64_t at_ms;
    const char *what; /* "EXPIRED", "LAW_END", "LOST" */
    enum owed_at_lapse owed;
};

/* An expectation of the scenario. */
enum judged { JUDGED_MET, JUDGED_LATE, JUDGED_MISSED, JUDGED_OPEN, JUDGED_CUT };
const char *judged_word(enum judged); /* "met" ... */
struct judgement {
    const struct scenario_expectation *expectation;
    enum judged result;
    uint64_t at_ms, by_ms; /* 0: it did not come; nobody can say by when */
    size_t of_case;
};

/* What a party owed, in all cases together. */
struct owed_time {
    uint64_t ms;
    size_t cases;
};

struct drill_measures {
    const struct drill_record *record;
    const struct scenario *scenario; /* may be NULL */
    uint64_t now_ms;                 /* the record's end */
    struct measured_event *events;   /* by metric, class, State of who owes, party, start */
    size_t event_count, event_room;
    struct case_facts *facts; /* of case n at n - 1 */
    struct measured_lapse *lapses;
    size_t lapse_count, lapse_room;
    struct judgement *judgements;
    size_t judgement_count;
    struct owed_time *owed; /* [party number * BUCKETS + bucket]; party 0: nobody's, as transport */
    struct desk_hours *hours;
    struct lookup *lookup;
    struct arena *arena;
};

/* Everything of a closed record; scenario may be NULL. Both are borrowed. Heap; out of memory is the end. */
struct drill_measures *measures_new(const struct drill_record *, const struct scenario *);
void measures_free(struct drill_measures *); /* NULL is allowed */

/*
 * When an event of the scenario came in the case of that number (0: in none) or of an inject (0: of none); item 0: in any of its items. 0: it did
 * not come. What is held counts from the moment that the custodian gave.
 */
uint64_t event_came_ms(const struct drill_measures *, size_t number, size_t inject, enum scenario_event,
                       uint32_t item);
/* The case that an inject began, 0: none. */
size_t case_of_inject(const struct drill_record *, size_t inject);

/* Who owes in that bucket: a side, or nobody (0). */
enum record_side bucket_owner(enum time_bucket);
const char *bucket_word(enum time_bucket); /* "staffed, not acknowledged" */

/* --- rows: measure_rows.c --- */

enum row_clock { ROW_GROSS, ROW_NET, ROW_STAFFED };
struct row_wanted {
    uint32_t metric;
    enum record_class urgency; /* RECORD_NO_CLASS: what is of no case */
    size_t state;              /* 0: all */
    enum staffing hours;       /* 0: all */
    enum row_clock clock;
};
/* False: there is no event of that kind. On time is of gross and net alike the net one; a staffed row has none. */
bool measure_row(const struct drill_measures *, const struct row_wanted *, struct metric_row *ret);
/* Whether anything was measured of it, left out or not. */
bool measure_any(const struct drill_measures *, uint32_t metric);
/* Left-out events of a measure by why; all classes. */
void measure_left_out(const struct drill_measures *, uint32_t metric, size_t ret[LEFT_OUTS]);
/*
 * The curve of a class: so many of a thousand have come after a span; at most max points, the first and last among them. Returns
 * how many.
 */
struct curve_point {
    uint64_t span_ms;
    uint32_t permille;
};
size_t measure_curve(const struct drill_measures *, uint32_t metric, enum record_class, size_t max,
                     struct curve_point *ret);
/* Spans of one metric, class and State by the hour of its week in which they began: Monday 00:00 there is 0. */
#define HOURS_A_WEEK 168
struct heat_cell {
    size_t n;
    struct percentile median;
};
/* False: there are none. */
bool measure_heat(const struct drill_measures *, uint32_t metric, enum record_class, size_t state,
                  struct heat_cell ret[HOURS_A_WEEK]);

/* --- the drill's time: drill_time.c --- */

/* How much of that stretch was frozen. */
uint64_t frozen_ms(const struct drill_record *, uint64_t from_ms, uint64_t to_ms);
/* When something is due that was due at end_ms: later by what is frozen until then. */
uint64_t thawed_ms(const struct drill_record *, uint64_t from_ms, uint64_t end_ms);
/* The moment on a clock that stands still while frozen. */
uint64_t drill_ms(const struct drill_record *, uint64_t ms);

#endif
