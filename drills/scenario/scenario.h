/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A scenario as it was understood: pure data, made from YAML by scenario_read() (docs/drills/scenario.md), for those who play
 * it. Everything lives in one arena. Moments are ms since 1970 UTC, spans ms, chances parts in a million; nothing here is a
 * floating-point number. What was not given is 0 or NULL where the comment does not say otherwise.
 */
#ifndef COMITY_DRILLS_SCENARIO_SCENARIO_H
#define COMITY_DRILLS_SCENARIO_SCENARIO_H

#include "base/calendar.h"
#include "drills/scenario/mistakes.h"
#include "drills/scenario/words.h"

#define SCENARIO_FORMAT      1
#define SCENARIO_MILLION     UINT32_C(1000000) /* a chance that always happens */
#define SCENARIO_STATES_MAX  256
#define SCENARIO_LENGTH_DAYS 3660 /* ten years */
/* Envelopes have dates from 2020 to 2099 (docs/protocol.md 3); the roster that all hold is a day older than the clock. */
#define SCENARIO_START_MS_MIN (UINT64_C(1577836800000) + 2 * MS_PER_DAY)
#define SCENARIO_END_MS       UINT64_C(4102444800000)

/* A typed list whose elements lie one behind the other. */
#define SCENARIO_LIST(type)                                                                                  \
    struct {                                                                                                 \
        type const *list;                                                                                    \
        size_t count;                                                                                        \
    }

/* --- small values --- */

/* A stretch of time; working days are counted in the calendar of who owes it, after the ms. */
struct scenario_span {
    uint64_t ms, workdays;
};

/* When something is due at the latest: a moment, or a span after what it is about was released. */
struct scenario_by {
    uint64_t at_ms;              /* 0: a span */
    struct scenario_span within; /* both 0 with at_ms 0: not given */
};

struct scenario_zone {
    const char *name;
    const struct zone *zone;
};

/* Where a State is on a map, in millionths of a degree, north and east. */
struct scenario_position {
    bool given;
    int32_t north, east;
};

/* A distribution: in `ppm` of a million cases it takes at most `ms`; straight between the points. */
#define SCENARIO_QUANTILES_MAX 16
struct scenario_quantile {
    uint32_t ppm;
    uint64_t ms;
};
struct scenario_quantiles {
    const char *name; /* under `times`; NULL: it stands where it is used */
    size_t count;     /* 0: not given */
    struct scenario_quantile points[SCENARIO_QUANTILES_MAX]; /* from ppm 0 to SCENARIO_MILLION */
};

/* Which days: DAYS_SUNDAY << weekday, and those by the State's calendar. */
#define SCENARIO_DAY_SUNDAY  1
#define SCENARIO_DAY_HOLIDAY 128 /* a holiday is that, and no weekday */
#define SCENARIO_DAY_WORK    256 /* working days of the State that are no holidays */
#define SCENARIO_DAY_OFF     512 /* all other days */
#define SCENARIO_DAY_EVERY   255

/* Hours of a desk, and how many people are there then. */
struct scenario_hours {
    struct scenario_place place;
    uint32_t days;
    bool office;          /* the State's own hours instead of the span */
    struct day_span span; /* local; not given: all day */
    uint64_t people;      /* in rows of `people` */
};
typedef SCENARIO_LIST(struct scenario_hours) scenario_hours_list;

struct scenario_people {
    bool given;
    uint64_t number;          /* where there are no rows */
    scenario_hours_list rows; /* outside of them: nobody */
};

/* --- what is drilled --- */

struct scenario_objective {
    struct scenario_place place;
    const char *id, *text;
};

struct scenario_state;
struct scenario_unit;
struct scenario_inject;

struct scenario_about {
    const struct scenario_state *state;
    const struct scenario_unit *party;
    const struct scenario_inject *inject;
    enum scenario_class urgency;
};

struct scenario_question {
    struct scenario_place place;
    const char *id, *text;
    enum scenario_measure measure;
    struct scenario_about about;
};

/* People's time: at `at_ms` the clock goes on from `to_ms`. */
struct scenario_jump {
    struct scenario_place place;
    uint64_t at_ms, to_ms;
};

struct scenario_clock {
    uint64_t start_ms;
    int64_t start_date; /* as it is written: day 1 of `day N`, in each State */
    uint64_t length_ms, end_ms;
    uint64_t compression; /* of a rehearsal: so many times as fast as real time */
    SCENARIO_LIST(struct scenario_jump) jumps;
};

/* --- who --- */

struct scenario_desk {
    struct scenario_place place;
    const char *name, *text;
    scenario_hours_list hours; /* none: those of `people`; 24/7 is a row like any other */
    bool on_call;              /* outside of its hours somebody answers the phone, for what cannot wait */
    struct scenario_people people;
    SCENARIO_LIST(uint16_t) shifts; /* minutes after midnight at which one begins; none: no hand-over */
    uint32_t fatigue;               /* tasks take so much longer for each hour after the eighth of a shift */
};

/* Service times of one task, by urgency; NULL: it takes no time. */
struct scenario_service {
    const struct scenario_quantiles *by[SCENARIO_CLASSES]; /* [SCENARIO_NO_CLASS] is not used */
};

struct scenario_refusal {
    struct scenario_place place;
    uint32_t chance;
    const char *ground; /* word of nodes/grounds.def */
};

struct scenario_chances {
    uint32_t ask, ask_again; /* more is asked for; and once more after the answer */
    SCENARIO_LIST(struct scenario_refusal) refuse;
    uint32_t refer;      /* to another authority */
    uint32_t never;      /* it is never looked at */
    uint32_t wrong_case; /* it is answered in another case that is open */
    uint32_t extend;     /* an extension is asked for before the end of a hold */
    uint32_t withdraw;
    uint32_t mla_follows; /* a request for assistance follows a hold */
    uint32_t notices;     /* sees that a request is a duplicate or forged before work begins */
};

struct scenario_task_times {
    struct scenario_service of[SCENARIO_TASKS];
};

struct scenario_habits {
    struct scenario_place place;
    const char *name, *text;
    struct scenario_task_times times;
    struct scenario_chances chances;
    enum scenario_power power;
};

struct scenario_link {
    bool given;         /* of a State: something stands there; else the scenario's own holds */
    uint64_t latency;   /* ms, one way */
    uint64_t bandwidth; /* bytes a second; 0: no limit */
    uint32_t loss;      /* of connections: cut within an hour */
    uint32_t up;        /* of the time */
    uint64_t outage;    /* how long it is down at a time */
};

struct scenario_week {
    uint8_t work; /* as struct calendar_entry has it */
    struct day_span hours;
};

struct scenario_terms {
    uint64_t hold_days_max;   /* in one decision; 0: not said */
    uint64_t hold_extensions; /* of one hold; 0 with hold_days_max 0: not said */
    uint64_t lead_days;       /* before the end of a hold */
    uint64_t order_days;      /* a domestic order lasts; 0: as long as the hold */
    bool dual_holds, dual_assistance;
    SCENARIO_LIST(const char *) insists;   /* paths of a request that must not be empty */
    SCENARIO_LIST(const char *) translate; /* languages that assistance is asked for in; none: any */
};

struct scenario_unit {
    struct scenario_place place;
    const char *name;
    const char *address; /* "XB/poc" */
    const struct scenario_state *state;
    enum scenario_role role;
    const struct scenario_desk *desk;
    const struct scenario_habits *habits;
    struct scenario_people people; /* instead of the desk's */
    const char *phone;
    SCENARIO_LIST(const char *) players; /* in a live drill: real people */
};

struct scenario_season;
struct scenario_state {
    struct scenario_place place;
    const char *code, *name;
    struct scenario_zone zone;
    struct scenario_week week;
    SCENARIO_LIST(int32_t) holidays; /* days since 1970, ascending */
    struct calendar_entry calendar;  /* week, hours and holidays, as base/calendar.h takes them */
    SCENARIO_LIST(const char *) languages;
    struct scenario_terms terms;
    struct scenario_link link; /* filled in from `links` where nothing was given */
    struct scenario_position at;
    SCENARIO_LIST(struct scenario_unit) units;
    SCENARIO_LIST(const struct scenario_season *) seasons; /* of the load model: when people of it are away */
};

/* --- ground truth --- */

struct scenario_identifier {
    enum scenario_identifier_kind kind;
    const char *value;
};

struct scenario_provider;
struct scenario_data {
    struct scenario_place place;
    const char *label, *text;
    const struct scenario_provider *provider;
    enum scenario_data_kind kind;
    struct scenario_identifier identifier;
    uint64_t until_ms;       /* when it is deleted unless held; 0: `keeps` after the start */
    uint64_t from_ms, to_ms; /* the period it is about */
};

struct scenario_provider {
    struct scenario_place place;
    const char *name;
    const struct scenario_state *state;
    const struct scenario_quantiles *custodian; /* from the order to its confirmation */
    uint32_t never, nothing;                    /* never confirms; finds nothing though it is there */
    uint64_t keeps;                             /* ms; 0: for ever */
    bool notifies;                              /* tells the user */
    SCENARIO_LIST(struct scenario_data) data;
};

/* --- what happens --- */

struct scenario_after {
    enum scenario_event event;
    const struct scenario_inject *of; /* NULL: not given */
    struct scenario_span plus;        /* working days: of the State of who acts (`from`) */
};

enum scenario_condition_kind {
    SCENARIO_WHEN_NOTHING,
    SCENARIO_WHEN_HOLD_EXPIRES, /* a hold of the case of that inject ends within `within` */
    SCENARIO_WHEN_OPEN_CASES,   /* a State or party has more than `above` cases open */
};
struct scenario_condition {
    enum scenario_condition_kind kind;
    const struct scenario_inject *of;
    uint64_t within;
    const struct scenario_state *state;
    const struct scenario_unit *party; /* of that State; NULL: all of it */
    uint64_t above;
};

/* When: one of the three. */
struct scenario_inject {
    struct scenario_place place;
    const char *id, *text;
    uint64_t at;
    struct scenario_after after;
    struct scenario_condition when;
    bool manual; /* a controller releases it, at that time or later */
    enum scenario_inject_kind kind;
    const struct scenario_unit *from, *to; /* request: both; others: as the kind has them */
    const struct scenario_inject *of;      /* whose case it is about */
    /* request */
    const char *type; /* name of nodes/request_kinds.def: "preservation" */
    enum scenario_class urgency;
    SCENARIO_LIST(const struct scenario_data *) data; /* an item each */
    uint64_t hold_days;
    bool mla; /* is intended */
    enum scenario_forgery forged;
    /* letter */
    const char *what;   /* name of proto/codes.def: "EXTEND" */
    const char *letter; /* JSON object laid over what is made from the above; NULL: nothing */
    /* phone, mail, paper, courier */
    const char *script, *number;
    enum scenario_carries carries;
    uint64_t takes; /* from its release until it is there, ms */
    /* decision */
    enum scenario_decision decision;
};

struct scenario_fault {
    struct scenario_place place;
    const char *id, *text;
    uint64_t at;
    struct scenario_after after;
    struct scenario_condition when;
    uint64_t lasts; /* 0: to the end */
    enum scenario_fault_kind kind;
    SCENARIO_LIST(const struct scenario_unit *) parties; /* none: the broker */
    uint64_t latency;                                    /* slow-link */
    uint64_t bandwidth;
    uint64_t off; /* clock-off, restored: how far back */
    enum scenario_clock_side side;
    uint64_t an_hour; /* overload: requests */
};

struct scenario_expectation {
    struct scenario_place place;
    const char *id, *text;
    const struct scenario_objective *objective;
    const struct scenario_unit *who;
    enum scenario_event what;
    const struct scenario_inject *of;
    const struct scenario_data *data; /* the item; NULL: all of the case */
    struct scenario_by by;
    uint64_t weight;
    uint64_t alternatives; /* bit 1 << event: these count as well */
};

/* --- a stream of requests that nobody wrote: each value with how sure it is said to be --- */

struct scenario_load_share {
    struct scenario_place place;
    uint32_t share;
    const struct scenario_desk *desk;
    const struct scenario_habits *habits;
    const struct scenario_quantiles *custodian;
    uint32_t never;
    uint64_t keeps;
};
struct scenario_load_kinds {
    uint32_t hold, assistance, question, emergency, other;
};
struct scenario_load_spread {
    uint64_t median, p95, cap;
};
struct scenario_load_bursts {
    uint32_t share, duplicates;
    uint64_t lasts, states;
};
struct scenario_load_seats {
    uint64_t states;
    SCENARIO_LIST(const struct scenario_desk *) desks; /* that a seat has one of; none: any */
    uint32_t share, near;
};
struct scenario_load_when {
    uint32_t office;
    uint32_t friday; /* how much more on the afternoon of the last working day; may be above a million */
};
struct scenario_season {
    struct scenario_place place;
    const char *name;
    int32_t from, until; /* dates, both included */
    uint32_t capacity;
    SCENARIO_LIST(const struct scenario_state *) states; /* none: all */
};
struct scenario_load {
    bool given;
    uint64_t a_year;
    struct scenario_load_spread spread; /* of requests a State and year */
    struct scenario_load_kinds kinds;
    struct scenario_load_bursts bursts;
    struct scenario_load_seats seats;
    struct scenario_load_when when;
    uint32_t duplicates, misdirected, forged, nothing;
    uint64_t holds_an_mla;
    SCENARIO_LIST(struct scenario_load_share) desks, custodians, retention;
    SCENARIO_LIST(struct scenario_season) seasons;
    const char *sure;
};

struct scenario {
    struct arena *arena;
    const char *file;
    uint8_t hash[32]; /* SHA-256 of `canonical` */
    uint64_t format;
    const char *title, *summary, *teaches, *inspired_by;
    enum scenario_classification classification;
    SCENARIO_LIST(struct scenario_objective) objectives;
    SCENARIO_LIST(struct scenario_question) questions;
    struct scenario_clock clock;
    uint64_t seed;
    SCENARIO_LIST(struct scenario_quantiles) times;
    SCENARIO_LIST(struct scenario_desk) desks;
    SCENARIO_LIST(struct scenario_habits) habits;
    SCENARIO_LIST(struct scenario_state) states;
    SCENARIO_LIST(struct scenario_provider) providers;
    struct scenario_link links;
    SCENARIO_LIST(struct scenario_inject) injects;
    struct scenario_load load;
    SCENARIO_LIST(struct scenario_fault) faults;
    SCENARIO_LIST(struct scenario_expectation) expect;
    SCENARIO_LIST(const struct scenario_unit *) white_cell;
    const char *canonical; /* JSON without white space; what the hash is of */
};

/* --- reading --- */

/* Where files and zones come from: the host's (scenario_files.h), or a test's. */
struct scenario_source {
    void *context;
    /*
     * The bytes of a file in the arena; false with a text in the arena that says why not, and what would be right; with NULL: it has more
     * than bytes_max.
     */
    bool (*file)(void *context, const char *path, size_t bytes_max, struct arena *, struct bytes *ret,
                 const char **ret_why);
    /* NULL: there is no such zone. */
    const struct zone *(*zone)(void *context, const char *name, struct arena *);
    /* Names of zones, for the nearest one, NULL-terminated; may be NULL. */
    const char *const *(*zones)(void *context, struct arena *);
};

#define SCENARIO_ARENA_BYTES ((size_t)192 * 1024 * 1024) /* what the largest scenario takes */
#define SCENARIO_SETS_MAX    64

/*
 * Reads the file with what it includes, fills in parameters and --set NAME=VALUE (sets), checks everything, and finds what
 * each name means. The result lives as long as the arena. NULL: mistakes has why, up to 50 places.
 */
MUST_USE const struct scenario *scenario_read(const char *path, const char *const *sets, size_t set_count,
                                              const struct scenario_source *, struct arena *,
                                              struct scenario_mistakes *);

/* NULL: there is none. */
const struct scenario_state *scenario_state(const struct scenario *, const char *code);
const struct scenario_unit *scenario_unit(const struct scenario *, const char *address);
const struct scenario_inject *scenario_inject(const struct scenario *, const char *id);
/* Whether hosting may sit there: its point of contact has a desk that the load wants of a seat; any State where it names none. */
bool scenario_may_host(const struct scenario_load *, const struct scenario_state *);

/* --- drawing: from a number that is uniform over all 64 bits --- */

uint64_t scenario_draw(const struct scenario_quantiles *, uint64_t uniform);
bool scenario_happens(uint32_t chance, uint64_t uniform);

/* --- people by hour --- */

struct scenario_staff {
    uint64_t people;        /* at the desk */
    enum staffing staffing; /* STAFFED with people above 0 */
    uint64_t until_ms;      /* it stays so at least until then */
};
struct scenario_staff scenario_staff_at(const struct scenario_unit *, uint64_t at_ms);
/* The moment a span ends that began then, its working days counted in the State's calendar. */
uint64_t scenario_span_end(struct scenario_span, const struct scenario_state *, uint64_t from_ms);
/* Whether a shift of the unit's desk begins in that minute. */
bool scenario_shift_begins(const struct scenario_unit *, uint64_t at_ms);

#endif
